/*
 * row_claim.c: who may write a row, and who waits.
 *
 * A row is being written while the xid in its header runs. It is locked (FOR SHARE and its kin) while
 * the lock table holds ROW_LOCK_HELD for it; the four modes are four of the eight table modes, whose
 * conflicts are the same:
 *
 *   KEY SHARE = ACCESS SHARE, SHARE = ROW SHARE, NO KEY UPDATE = EXCLUSIVE, UPDATE = ACCESS EXCLUSIVE
 *
 * Both are looked at under the latch of the row's leaf, so a writer and a locker cannot miss each
 * other. Who must wait for a writer first takes the row's ROW_LOCK_QUEUE token: the others queue up
 * behind that in order, and the writer itself never meets it. Who must wait for lockers queues for the
 * lock itself.
 */
#include "mvcc/table_int.h"

typedef enum Look {
    LOOK_CLEAR,
    LOOK_DONE,   /* outcome is set */
    LOOK_WRITER, /* blocked by a running transaction */
    LOOK_LOCKED  /* blocked by lockers */
} Look;

static Status changed(RowClaim *claim, uint16_t flags, Str value, Look *look_out) {
    bool deleted = flags & ROW_DELETED, moved = deleted && (flags & ROW_MOVED);
    *look_out = LOOK_DONE;
    if (claim->txn->isolation >= ISOLATION_REPEATABLE_READ)
        return error(ERR_T_R_SERIALIZATION_FAILURE,
                     "could not serialize access due to concurrent %s",
                     deleted && !moved && !claim->reads ? "delete" : "update");
    if (moved && !claim->moved_goes)
        return error(ERR_T_R_SERIALIZATION_FAILURE,
                     "tuple to be locked was already moved to another partition due to concurrent "
                     "update");
    claim->outcome = deleted ? ROW_DELETED_BY_OTHER : ROW_UPDATED_BY_OTHER;
    if (deleted)
        return STATUS_OK;
    value = str_make(arena_memdup(claim->arena, value.data, value.len), value.len);
    return row_view(claim->rowid, value, claim->latest);
}

/* Is the version that the running writer builds on the expected one? From the ring only. */
static bool based_on_expected(RowClaim *claim, Str value) {
    Mvcc *mvcc = claim->txn->mvcc;
    Xid writer = claim->header.xid;
    for (uint32_t steps = 0; steps < 16; steps++) {
        WalRecord record;
        Str older;
        bool existed;
        RowHeader header = row_header_load(value.data);
        if (header.xid != writer)
            return header.undo_lsn == claim->expected && !(header.flags & ROW_DELETED);
        if (!wal_read_ring(mvcc->wal, header.undo_lsn, claim->arena, &record))
            return false;
        Status status = btree_record_before_image(&record, value, claim->arena, &older, &existed);
        if (!status_ok(status) || !existed) {
            status_free(status);
            return false;
        }
        value = older;
    }
    return false;
}

/* A KEY SHARE locker and a writer that leaves the key alone do not disturb each other. */
static bool passes_by_writer(RowClaim *claim, Str value) {
    return claim->lock_only && claim->mode == LOCK_ACCESS_SHARE &&
           !(claim->header.flags & (ROW_DELETED | ROW_KEY_CHANGED)) &&
           based_on_expected(claim, value);
}

/* For KEY SHARE a row is as it was while no version since the expected one changed its key. From the
 * ring only. */
static bool key_as_expected(RowClaim *claim, Str value) {
    if (!claim->lock_only || claim->mode != LOCK_ACCESS_SHARE)
        return false;
    for (uint32_t steps = 0; steps < 16; steps++) {
        RowHeader header = row_header_load(value.data);
        if (header.undo_lsn == claim->expected)
            return true;
        WalRecord record;
        Str older;
        bool existed;
        if ((header.flags & (ROW_DELETED | ROW_KEY_CHANGED)) != 0 ||
            !wal_read_ring(claim->txn->mvcc->wal, header.undo_lsn, claim->arena, &record))
            return false;
        Status status = btree_record_before_image(&record, value, claim->arena, &older, &existed);
        if (!status_ok(status) || !existed) {
            status_free(status);
            return false;
        }
        value = older;
    }
    return false;
}

/* Looks at the latched row. */
static Status look(RowClaim *claim, Look *look_out) {
    Txn *txn = claim->txn;
    if (!claim->leaf.found)
        return changed(claim, ROW_DELETED, (Str){0}, look_out);
    Str value = btree_leaf_value(&claim->leaf);
    RowHeader header = claim->header = row_header_load(value.data);
    if (header.xid == txn_own_xid(txn)) {
        if (header.undo_lsn >= claim->snapshot->own_lsn || (header.flags & ROW_DELETED)) {
            claim->outcome = ROW_SELF_MODIFIED;
            *look_out = LOOK_DONE;
            return STATUS_OK;
        }
    } else {
        uint64_t state = xid_state(txn->mvcc, header.xid);
        if (xid_running(state)) {
            if (!passes_by_writer(claim, value) && !txn->mvcc->faults.writes_over_running) {
                *look_out = LOOK_WRITER;
                return STATUS_OK;
            }
        } else {
            txn_depend(txn, XID_LSN(state));
            if (header.undo_lsn != claim->expected && !key_as_expected(claim, value))
                return changed(claim, header.flags, value, look_out);
        }
    }
    LockTag tag = lock_row_tag(claim->table->store, claim->rowid, ROW_LOCK_HELD);
    *look_out = LOOK_CLEAR;
    if (claim->lock_only) {
        bool got = claim->held;
        if (!got)
            TRY(lock_acquire(txn, &tag, claim->mode, LOCK_NOWAIT, &got));
        if (!got)
            *look_out = LOOK_LOCKED;
    } else if (atomic_load(claim->table->row_locks) != 0 &&
               lock_row_blocked(txn, &tag, claim->mode)) {
        *look_out = LOOK_LOCKED;
    }
    return STATUS_OK;
}

/* Nothing is latched. */
static Status wait_for_writer(RowClaim *claim) {
    Txn *txn = claim->txn;
    if (claim->held) {
        /* The writer may have to write the row again: not with our lock in its way. */
        LockTag tag = lock_row_tag(claim->table->store, claim->rowid, ROW_LOCK_HELD);
        lock_release(txn, &tag, claim->mode);
        claim->held = false;
    }
    if (!claim->token) {
        LockTag tag = lock_row_tag(claim->table->store, claim->rowid, ROW_LOCK_QUEUE);
        TRY(lock_acquire(txn, &tag, claim->mode, LOCK_WAIT, NULL));
        claim->token = true;
    }
    return lock_wait_xid(txn, claim->header.xid);
}

static Status wait_for_lockers(RowClaim *claim) {
    LockTag tag = lock_row_tag(claim->table->store, claim->rowid, ROW_LOCK_HELD);
    TRY(lock_acquire(claim->txn, &tag, claim->mode, LOCK_WAIT, NULL));
    claim->held = true;
    return STATUS_OK;
}

Status row_claim(RowClaim *claim) {
    uint8_t key[8];
    Str key_str = rowid_key(claim->rowid, key);
    for (;;) {
        Look seen;
        claim->outcome = ROW_WRITTEN;
        TRY(btree_write_begin(claim->table->tree, key_str, &claim->leaf));
        Status status = look(claim, &seen);
        if (status_ok(status) && seen == LOOK_CLEAR)
            return STATUS_OK;
        btree_write_end(&claim->leaf);
        TRY(status);
        if (seen == LOOK_DONE)
            return STATUS_OK;
        if (claim->wait == LOCK_NOWAIT) {
            claim->outcome = ROW_WOULD_BLOCK;
            return STATUS_OK;
        }
        TRY(seen == LOOK_WRITER ? wait_for_writer(claim) : wait_for_lockers(claim));
    }
}

void row_claim_end(RowClaim *claim) {
    if (LIKELY(!claim->token && !claim->held))
        return;
    LockTag tag = lock_row_tag(claim->table->store, claim->rowid, ROW_LOCK_QUEUE);
    if (claim->token)
        lock_release(claim->txn, &tag, claim->mode);
    tag.key3 = ROW_LOCK_HELD;
    if (claim->held && !(claim->lock_only && claim->outcome == ROW_WRITTEN))
        lock_release(claim->txn, &tag, claim->mode);
    claim->token = claim->held = false;
}

static LockMode row_lock_mode(RowLockMode mode) {
    static const LockMode modes[] = {
        [ROW_KEY_SHARE] = LOCK_ACCESS_SHARE,
        [ROW_SHARE] = LOCK_ROW_SHARE,
        [ROW_NO_KEY_UPDATE] = LOCK_EXCLUSIVE,
        [ROW_UPDATE] = LOCK_ACCESS_EXCLUSIVE,
    };
    return modes[mode];
}

static Status lock_row(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                       RowLockMode mode, bool reads, bool moved_goes, LockWait wait, Arena *arena,
                       RowView *latest_out, RowWrite *outcome_out) {
    *latest_out = (RowView){0};
    RowClaim claim = {.txn = txn,
                      .snapshot = snapshot,
                      .table = table,
                      .rowid = rowid,
                      .expected = expected,
                      .mode = row_lock_mode(mode),
                      .lock_only = true,
                      .reads = reads,
                      .moved_goes = moved_goes,
                      .wait = wait,
                      .arena = arena,
                      .latest = latest_out};
    Status status = row_claim(&claim);
    bool locked = status_ok(status) && claim.outcome == ROW_WRITTEN;
    if (locked)
        btree_write_end(&claim.leaf);
    else if (!status_ok(status))
        claim.outcome = ROW_WOULD_BLOCK;
    row_claim_end(&claim);
    *outcome_out = claim.outcome;
    return status;
}

Status table_lock_row(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                      RowLockMode mode, LockWait wait, Arena *arena, RowView *latest_out,
                      RowWrite *outcome_out) {
    return lock_row(txn, snapshot, table, rowid, expected, mode, true, false, wait, arena,
                    latest_out, outcome_out);
}

Status table_lock_row_to_write(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                               Lsn expected, RowLockMode mode, bool moved_goes, Arena *arena,
                               RowView *latest_out, RowWrite *outcome_out) {
    return lock_row(txn, snapshot, table, rowid, expected, mode, false, moved_goes, LOCK_WAIT,
                    arena, latest_out, outcome_out);
}
