/*
 * prepared.c: two-phase commit.
 *
 * A prepared transaction stays what it was (its xid runs, its rows are its own), only without a
 * session. Its locks are logged in TXN_ROW_LOCK records in front of TXN_PREPARE, and taken again at
 * the next start; what dies with it is read back from its chain.
 *
 *   TXN_ROW_LOCK  count u32, then {kind u8, mode u8, key3 u32, database u32, key1 u64, key2 u64}[]
 *   TXN_PREPARE   micros u64, lock records u32, any strong u8, gid length u16, drops u32,
 *                 state length u32, gid, drops u32[], state
 *
 * Where the newest record of a prepared transaction is another one, its rollback had begun.
 */
#include "mvcc/mvcc_int.h"

#define GID_BYTES_MAX 199u
#define STATE_BYTES_MAX 65536u
#define LOCK_BYTES 26u
#define LOCKS_A_RECORD 2048u
#define PREPARE_HEAD_BYTES 23u
#define PREPARED_STRONG 1u
#define PREPARED_SERIALIZABLE 2u

typedef struct LockBuffer {
    uint8_t *bytes;
    uint32_t count, capacity;
} LockBuffer;

static void count_lock(void *arg, const LockTag *tag, LockMode mode) { ++*(uint32_t *)arg; }

static void put_lock(void *arg, const LockTag *tag, LockMode mode) {
    LockBuffer *buffer = arg;
    if (buffer->count == buffer->capacity || (tag->kind == LOCK_ROW && tag->key3 == ROW_LOCK_QUEUE))
        return;
    uint8_t *p = buffer->bytes + LOCK_BYTES * buffer->count++;
    p[0] = (uint8_t)tag->kind;
    p[1] = (uint8_t)mode;
    store_le32(p + 2, tag->key3);
    store_le32(p + 6, tag->database);
    store_le64(p + 10, tag->key1);
    store_le64(p + 18, tag->key2);
}

static Status log_locks(Txn *txn, uint32_t *record_count_out) {
    LockBuffer buffer = {0};
    *record_count_out = 0;
    lock_visit(&txn->locks, count_lock, &buffer.capacity);
    void *bytes;
    TRY(arena_try_alloc(&txn->arena, (size_t)buffer.capacity * LOCK_BYTES + 1, &bytes));
    buffer.bytes = bytes;
    lock_visit(&txn->locks, put_lock, &buffer);
    for (uint32_t done = 0; done < buffer.count; ++*record_count_out) {
        uint32_t count = MIN(buffer.count - done, LOCKS_A_RECORD);
        uint8_t head[4];
        Lsn lsn;
        store_le32(head, count);
        WalPart parts[2] = {{head, 4}, {buffer.bytes + done * LOCK_BYTES, count * LOCK_BYTES}};
        TRY(txn_append(txn, WAL_TXN_ROW_LOCK, 0, 0, parts, 2, &lsn));
        done += count;
    }
    return STATUS_OK;
}

static void remember(Txn *txn, const char *gid, size_t gid_len, int64_t micros, const void *state,
                     size_t state_len) {
    PreparedState *prepared = arena_new(&txn->arena, PreparedState);
    prepared->shown = (PreparedTxn){.gid = arena_strndup(&txn->arena, gid, gid_len),
                                    .xid = txn_own_xid(txn),
                                    .prepared_micros = micros,
                                    .state = arena_memdup(&txn->arena, state, state_len),
                                    .state_len = state_len};
    txn->prepared_state = prepared;
}

static Status log_prepare(Txn *txn, const char *gid, int64_t micros, const void *state,
                          size_t state_len, Lsn *lsn_out) {
    uint32_t lock_records;
    TRY(log_locks(txn, &lock_records));
    uint8_t head[PREPARE_HEAD_BYTES];
    uint32_t gid_len = (uint32_t)strlen(gid), drop_count = (uint32_t)txn->drops.count;
    store_le64(head, (uint64_t)micros);
    store_le32(head + 8, lock_records);
    head[12] =
        (txn->any_strong ? PREPARED_STRONG : 0) | (txn->ssi != NULL ? PREPARED_SERIALIZABLE : 0);
    store_le16(head + 13, (uint16_t)gid_len);
    store_le32(head + 15, drop_count);
    store_le32(head + 19, (uint32_t)state_len);
    WalPart parts[4] = {{head, sizeof(head)}, {gid, gid_len}};
    unsigned count = 2;
    if (drop_count > 0)
        parts[count++] = (WalPart){txn->drops.items, drop_count * (uint32_t)sizeof(StoreId)};
    if (state_len > 0)
        parts[count++] = (WalPart){state, (uint32_t)state_len};
    return txn_append(txn, WAL_TXN_PREPARE, 0, 0, parts, count, lsn_out);
}

static Status prepare_checked(Txn *txn, const char *gid, const void *state, size_t state_len) {
    Mvcc *mvcc = txn->mvcc;
    if (strmap_get(&mvcc->prepared, gid, strlen(gid)) != NULL)
        return error(ERR_DUPLICATE_OBJECT, "transaction identifier \"%s\" is already in use", gid);
    int64_t micros = clock_timestamp_us();
    Lsn lsn;
    atomic_store(&txn->prepared, true);
    Status status = log_prepare(txn, gid, micros, state, state_len, &lsn);
    if (status_ok(status))
        status = wal_wait_durable(mvcc->wal, lsn);
    if (!status_ok(status)) {
        atomic_store(&txn->prepared, false);
        return status;
    }
    remember(txn, gid, strlen(gid), micros, state, state_len);
    const char *kept = txn->prepared_state->shown.gid;
    strmap_put(&mvcc->prepared, kept, strlen(kept), txn);
    return STATUS_OK;
}

Status txn_prepare(Txn *txn, const char *gid, const void *state, size_t state_len) {
    Mvcc *mvcc = txn->mvcc;
    check(txn->active && !txn->prepared);
    if (strlen(gid) > GID_BYTES_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE, "transaction identifier \"%s\" is too long", gid);
    if (state_len > STATE_BYTES_MAX || txn->drops.count > 4096)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "prepared transaction is too large");
    TRY(txn_before_commit(txn));
    TRY(txn_need_xid(txn));
    if (txn->ssi != NULL)
        TRY(ssi_pre_commit(txn->ssi));
    fiber_mutex_lock(&mvcc->prepared_mutex);
    Status status = prepare_checked(txn, gid, state, state_len);
    fiber_mutex_unlock(&mvcc->prepared_mutex);
    TRY(status);
    snapshot_reset(txn);
    txn_run_actions(txn, 0, false, LSN_INVALID);
    txn->session_lsn = NULL;
    lock_owner_detach(&txn->locks);
    atomic_store(&txn->process_id, 0);
    return STATUS_OK;
}

/* ---- the end ---- */

static Status finish(Txn *txn, bool commit) {
    Mvcc *mvcc = txn->mvcc;
    if (!commit) {
        TRY(rollback_all(txn));
        Lsn end = txn_prev_lsn(txn);
        txn_give_back(txn);
        return wal_wait_durable(mvcc->wal, end); /* it must not come back */
    }
    Lsn commit_lsn;
    uint64_t old_state;
    TRY(txn_append_commit(txn, &commit_lsn, &old_state));
    return txn_finish_commit(txn, commit_lsn, SYNC_ON, old_state);
}

size_t mvcc_prepared_count(Mvcc *mvcc) {
    fiber_mutex_lock(&mvcc->prepared_mutex);
    size_t count = mvcc->prepared.count;
    fiber_mutex_unlock(&mvcc->prepared_mutex);
    return count;
}

Status txn_finish_prepared(Mvcc *mvcc, const char *gid, bool commit) {
    fiber_mutex_lock(&mvcc->prepared_mutex);
    Txn *txn = strmap_remove(&mvcc->prepared, gid, strlen(gid));
    fiber_mutex_unlock(&mvcc->prepared_mutex);
    if (txn == NULL)
        return error(ERR_UNDEFINED_OBJECT,
                     "prepared transaction with identifier \"%s\" does not exist", gid);
    return finish(txn, commit);
}

Status mvcc_prepared_list(Mvcc *mvcc, Arena *arena, const PreparedTxn **list_out,
                          size_t *count_out) {
    VEC(PreparedTxn) list = {0};
    size_t cursor = 0, len;
    const void *key;
    void *value;
    fiber_mutex_lock(&mvcc->prepared_mutex);
    while (strmap_next(&mvcc->prepared, &cursor, &key, &len, &value)) {
        PreparedTxn shown = ((Txn *)value)->prepared_state->shown;
        shown.gid = arena_strdup(arena, shown.gid);
        shown.state = arena_memdup(arena, shown.state, shown.state_len);
        vec_push(&list, arena, shown);
    }
    fiber_mutex_unlock(&mvcc->prepared_mutex);
    *list_out = list.items;
    *count_out = list.count;
    return arena_check(arena);
}

/* ---- the next start ---- */

static Status damaged(const WalRecord *record) {
    return error(ERR_DATA_CORRUPTED, "log record %llu is damaged", (unsigned long long)record->lsn);
}

static Status restore_locks(Txn *txn, Lsn lsn, uint32_t record_count) {
    for (uint32_t i = 0; i < record_count; i++) {
        WalRecord record;
        TRY(wal_read(txn->mvcc->wal, lsn, &txn->scratch, &record));
        if (record.kind != WAL_TXN_ROW_LOCK || record.payload_len < 4 ||
            (record.payload_len - 4) / LOCK_BYTES != load_le32(record.payload))
            return damaged(&record);
        uint32_t count = load_le32(record.payload);
        for (uint32_t at = 0; at < count; at++) {
            const uint8_t *p = record.payload + 4 + (size_t)LOCK_BYTES * at;
            LockTag tag = {.kind = (LockKind)p[0],
                           .key3 = load_le32(p + 2),
                           .database = load_le32(p + 6),
                           .key1 = load_le64(p + 10),
                           .key2 = load_le64(p + 18)};
            if (p[0] > LOCK_ROW || p[1] < LOCK_ACCESS_SHARE || p[1] > LOCK_ACCESS_EXCLUSIVE)
                return damaged(&record);
            TRY(lock_acquire(txn, &tag, (LockMode)p[1], LOCK_WAIT, NULL));
        }
        lsn = record.prev_txn_lsn;
    }
    return STATUS_OK;
}

Status prepared_restore(Txn *txn, bool *restored_out) {
    WalRecord record;
    *restored_out = false;
    TRY(wal_read(txn->mvcc->wal, txn_prev_lsn(txn), &txn->scratch, &record));
    if (record.kind != WAL_TXN_PREPARE)
        return STATUS_OK;
    const uint8_t *p = record.payload;
    if (record.payload_len < PREPARE_HEAD_BYTES)
        return damaged(&record);
    uint32_t gid_len = load_le16(p + 13), drop_count = load_le32(p + 15);
    uint32_t state_len = load_le32(p + 19);
    uint64_t total = PREPARE_HEAD_BYTES + (uint64_t)gid_len + 4 * (uint64_t)drop_count + state_len;
    if (total != record.payload_len)
        return damaged(&record);
    const uint8_t *gid = p + PREPARE_HEAD_BYTES, *drops = gid + gid_len;
    for (uint32_t i = 0; i < drop_count; i++)
        vec_push(&txn->drops, &txn->arena, load_le32(drops + 4 * (size_t)i));
    TRY(restore_locks(txn, record.prev_txn_lsn, load_le32(p + 8)));
    txn->any_strong = (p[12] & PREPARED_STRONG) != 0;
    if (p[12] & PREPARED_SERIALIZABLE)
        TRY(ssi_restore(txn->mvcc->ssi, txn_own_xid(txn), &txn->ssi));
    txn->dead_lost = true; /* to be read from its chain */
    txn->purge_flagged = true;
    remember(txn, (const char *)gid, gid_len, (int64_t)load_le64(p), drops + 4 * (size_t)drop_count,
             state_len);
    const char *kept = txn->prepared_state->shown.gid;
    strmap_put(&txn->mvcc->prepared, kept, gid_len, txn);
    *restored_out = true;
    arena_reset(&txn->scratch);
    return STATUS_OK;
}
