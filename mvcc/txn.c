/*
 * txn.c: the life of a transaction.
 *
 *   free -> active -> (xid at the first write) -> committed | rolled back -> free
 *                                        `-> prepared -> committed | rolled back
 *
 * A transaction that only reads touches nothing that is shared but its own Txn. Txns are recycled
 * through a list of each worker's; a Txn taken on one worker may be given back on another.
 *
 * Commit. The commit record's LSN is the transaction's place in the order of commits. Rows and locks
 * are free as soon as the record is appended: whoever builds on them commits behind it in the same
 * log. Replies wait until everything the transaction observed is durable (depends_lsn).
 * Only DDL is different: others rely on its lock to read new catalog rows, and snapshots read at the
 * durable LSN; so it keeps its locks until it is durable (or, if asynchronous, raises see_lsn).
 */
#include "mvcc/mvcc_int.h"

#define DEADLOCK_TIMEOUT_US UINT64_C(1000000)

Txn *txn_at(Mvcc *mvcc, uint32_t number) {
    Txn *block = atomic_load_explicit(&mvcc->blocks[number / TXN_BLOCK], memory_order_acquire);
    return &block[number % TXN_BLOCK];
}

static void txn_make(Mvcc *mvcc, Txn *txn, uint32_t number) {
    memset(txn, 0, sizeof(*txn));
    txn->mvcc = mvcc;
    txn->number = number;
    atomic_store(&txn->finishing_lsn, LSN_MAX);
    arena_init(&txn->arena, &mvcc->account);
    arena_init(&txn->scratch, &mvcc->account);
    lock_owner_init(&txn->locks, mvcc, txn);
    snapshot_reset(txn);
}

static Txn **free_list(Mvcc *mvcc) {
    int worker = worker_id();
    check(worker >= 0);
    return &mvcc->free_txns[(unsigned)worker % TXN_WORKERS_MAX];
}

static Status block_add(Mvcc *mvcc) {
    Txn *block = mem_try_alloc(&mvcc->account, TXN_BLOCK * sizeof(Txn));
    if (block == NULL)
        return status_out_of_memory();
    latch_lock(&mvcc->directory_latch);
    uint32_t count = atomic_load(&mvcc->txn_count);
    bool full = count / TXN_BLOCK >= TXN_BLOCKS_MAX;
    if (!full) {
        for (uint32_t i = 0; i < TXN_BLOCK; i++)
            txn_make(mvcc, &block[i], count + i);
        atomic_store(&mvcc->blocks[count / TXN_BLOCK], block);
        atomic_store(&mvcc->txn_count, count + TXN_BLOCK);
    }
    latch_unlock(&mvcc->directory_latch);
    if (full) {
        mem_free(&mvcc->account, block, TXN_BLOCK * sizeof(Txn));
        return error(ERR_TOO_MANY_CONNECTIONS, "too many transactions at once");
    }
    Txn **list = free_list(mvcc);
    for (uint32_t i = TXN_BLOCK; i-- > 0;) {
        block[i].next_free = *list;
        *list = &block[i];
    }
    return STATUS_OK;
}

Status txn_take(Mvcc *mvcc, Txn **txn_out) {
    *txn_out = NULL;
    Txn **list = free_list(mvcc);
    if (UNLIKELY(*list == NULL))
        TRY(block_add(mvcc));
    Txn *txn = *list;
    *list = txn->next_free;
    txn->active = true;
    txn->deadlock_timeout_us = DEADLOCK_TIMEOUT_US;
    *txn_out = txn;
    return STATUS_OK;
}

void txn_give_back(Txn *txn) {
    check(txn->locks.fast_count == 0 && txn->ssi == NULL);
    /* Entries past the txn's own lie in its arena, free ones too. */
    if (txn->live_entries != NULL || txn->has_base || txn->arena.chunks != NULL)
        snapshot_reset(txn);
    atomic_store_explicit(&txn->xid, XID_INVALID, memory_order_release);
    atomic_store_explicit(&txn->last_lsn, 0, memory_order_relaxed);
    atomic_store_explicit(&txn->begin_lsn, 0, memory_order_relaxed);
    atomic_store_explicit(&txn->process_id, 0, memory_order_relaxed);
    if (txn->arena.chunks != NULL)
        arena_reset(&txn->arena);
    if (txn->scratch.chunks != NULL)
        arena_reset(&txn->scratch);
    memset(&txn->actions, 0, sizeof(txn->actions));
    memset(&txn->dead, 0, sizeof(txn->dead));
    memset(&txn->drops, 0, sizeof(txn->drops));
    memset(&txn->made, 0, sizeof(txn->made));
    txn->savepoint_lsn = LSN_INVALID;
    atomic_store_explicit(&txn->prepared, false, memory_order_relaxed);
    txn->active = txn->any_strong = txn->purge_flagged = txn->dead_lost = false;
    txn->depends_lsn = 0;
    txn->session_lsn = NULL;
    txn->lock_timeout_us = 0;
    txn->prepared_state = NULL;
    Txn **list = free_list(txn->mvcc);
    txn->next_free = *list;
    *list = txn;
}

Status txn_begin(Mvcc *mvcc, Isolation isolation, bool read_only, bool deferrable, Txn **txn_out) {
    TRY(txn_take(mvcc, txn_out));
    Txn *txn = *txn_out;
    txn->isolation = isolation;
    txn->read_only = read_only;
    txn->had_snapshot = false;
    txn->deferrable = deferrable;
    return STATUS_OK;
}

Isolation txn_isolation(const Txn *txn) { return txn->isolation; }
void txn_set_isolation(Txn *txn, Isolation isolation) {
    check(!txn->has_base);
    txn->isolation = isolation;
}
bool txn_read_only(const Txn *txn) { return txn->read_only; }
bool txn_deferrable(const Txn *txn) { return txn->deferrable; }
void txn_set_deferrable(Txn *txn, bool deferrable) { txn->deferrable = deferrable; }
void txn_set_read_only(Txn *txn, bool read_only) { txn->read_only = read_only; }
Xid txn_xid(const Txn *txn) { return txn_own_xid(txn); }
Lsn txn_last_lsn(const Txn *txn) { return txn_prev_lsn(txn); }
void txn_note_record(Txn *txn, Lsn lsn) { txn_append_end(txn, lsn); }
void txn_set_lock_timeout(Txn *txn, uint64_t timeout_us) { txn->lock_timeout_us = timeout_us; }
void txn_set_deadlock_timeout(Txn *txn, uint64_t timeout_us) {
    txn->deadlock_timeout_us = timeout_us;
}
void txn_set_owner(Txn *txn, int32_t process_id) {
    atomic_store_explicit(&txn->process_id, process_id, memory_order_relaxed);
    lock_owner_set_process(&txn->locks, process_id);
}
void txn_set_session_lsn(Txn *txn, Lsn *last_commit_lsn) { txn->session_lsn = last_commit_lsn; }

Status txn_assign_xid(Txn *txn, Xid *xid_out) {
    check(txn->active);
    Xid xid = txn_own_xid(txn);
    if (xid == XID_INVALID) {
        TRY(xid_new(txn->mvcc, txn, &xid));
        atomic_store(&txn->xid, xid);
        if (UNLIKELY(txn->ssi != NULL))
            ssi_set_xid(txn->ssi, xid);
        for (SnapshotEntry *entry = txn->live_entries; entry != NULL; entry = entry->next)
            entry->snapshot.own_xid = xid;
    }
    *xid_out = xid;
    return STATUS_OK;
}

Status txn_append(Txn *txn, WalKind kind, uint8_t flags, StoreId store, const WalPart *parts,
                  unsigned part_count, Lsn *lsn_out) {
    *lsn_out = LSN_INVALID;
    TRY(txn_need_xid(txn));
    uint32_t bytes = WAL_RECORD_HEADER_BYTES;
    for (unsigned i = 0; i < part_count; i++)
        bytes += parts[i].len;
    bool reserved = (flags & WAL_COMPENSATION) != 0 || kind == WAL_TXN_ABORT;
    TRY(reserved ? wal_prepare_reserved(txn->mvcc->wal, bytes)
                 : wal_prepare(txn->mvcc->wal, bytes));
    WalRecord record = {.kind = (uint8_t)kind,
                        .flags = flags,
                        .xid = txn_own_xid(txn),
                        .prev_txn_lsn = txn_prev_lsn(txn),
                        .store = store};
    txn_append_begin(txn);
    *lsn_out = wal_append(txn->mvcc->wal, &record, parts, part_count);
    txn_append_end(txn, *lsn_out);
    return STATUS_OK;
}

/* ---- actions ---- */

void txn_add_action(Txn *txn, const TxnAction *action) {
    vec_push(&txn->actions, &txn->arena, *action);
}

/* An action may add others: they run too. */
Status txn_before_commit(Txn *txn) {
    for (size_t i = 0; i < txn->actions.count; i++) {
        TxnAction action = txn->actions.items[i];
        if (action.before_commit != NULL)
            TRY(action.before_commit(action.arg));
    }
    return STATUS_OK;
}

void txn_run_actions(Txn *txn, size_t from, bool committed, Lsn commit_lsn) {
    for (size_t i = from; i < txn->actions.count; i++) {
        TxnAction action = txn->actions.items[i];
        if (action.after != NULL)
            action.after(action.arg, committed, commit_lsn);
    }
    txn->actions.count = from;
}

/* ---- stores ---- */

Status txn_store_create(Txn *txn, StoreKind kind, StoreId *store_out) {
    *store_out = 0;
    TRY(txn_need_xid(txn));
    Lsn lsn = LSN_INVALID;
    txn_append_begin_long(txn);
    Status status = engine_store_create(txn->mvcc->engine, kind, txn_own_xid(txn),
                                        txn_prev_lsn(txn), store_out, &lsn);
    txn_append_end(txn, status_ok(status) ? lsn : LSN_INVALID);
    if (status_ok(status)) {
        MadeStore made = {.store = *store_out, .lsn = lsn};
        vec_push(&txn->made, &txn->arena, made);
    }
    return status;
}

bool txn_made_store(const Txn *txn, StoreId store) {
    for (size_t i = txn->made.count; i-- > 0;)
        if (txn->made.items[i].store == store)
            return txn->made.items[i].lsn > txn->savepoint_lsn;
    return false;
}

Status txn_store_drop(Txn *txn, StoreId store) {
    TRY(txn_need_xid(txn));
    if (txn->ssi != NULL)
        TRY(ssi_wrote_store(txn->ssi, store));
    else
        ssi_store_gone(txn->mvcc->ssi, store);
    vec_push(&txn->drops, &txn->arena, store);
    return dead_add(txn, &(DeadItem){.kind = DEAD_STORE, .store = store});
}

Status mvcc_drop_store(Mvcc *mvcc, StoreId store) {
    fiber_mutex_lock(&mvcc->store_mutex);
    Status status = STATUS_OK;
    if (engine_store_exists(mvcc->engine, store)) {
        mvcc_forget_store(mvcc, store);
        status = engine_store_drop(mvcc->engine, store);
    }
    fiber_mutex_unlock(&mvcc->store_mutex);
    return status;
}

/* ---- commit ---- */

Status txn_append_commit(Txn *txn, Lsn *commit_lsn_out, uint64_t *old_state_out) {
    Mvcc *mvcc = txn->mvcc;
    Xid xid = txn_own_xid(txn);
    uint8_t time[8];
    store_le64(time, (uint64_t)clock_timestamp_us());
    WalPart part = {time, sizeof(time)};
    WalRecord record = {.kind = WAL_TXN_COMMIT,
                        .flags = txn->purge_flagged ? WAL_PURGE : 0,
                        .xid = xid,
                        .prev_txn_lsn = txn_prev_lsn(txn)};
    TRY(wal_prepare_reserved(mvcc->wal, WAL_RECORD_HEADER_BYTES + part.len));
    if (txn->purge_flagged)
        atomic_store(&txn->finishing_lsn, atomic_load(&txn->begin_lsn));
    txn_append_begin(txn);
    *old_state_out = xid_set_state(mvcc, xid, XID_STATE_COMMITTING);
    Lsn lsn = wal_append(mvcc->wal, &record, &part, 1);
    xid_set_state(mvcc, xid, XID_STATE_COMMITTED | lsn);
    lsn_raise(&mvcc->last_commit, lsn);
    txn_append_end(txn, lsn);
    *commit_lsn_out = lsn;
    return STATUS_OK;
}

void txn_end_locks(Txn *txn, uint64_t old_state) {
    if (UNLIKELY(old_state & XID_WAITED))
        lock_wake_xid(txn->mvcc, txn_own_xid(txn), true);
    lock_release_owner(&txn->locks, 0);
}

static Status wait_observed(Txn *txn, SyncCommit sync) {
    Mvcc *mvcc = txn->mvcc;
    if (txn->depends_lsn == 0 || wal_durable_lsn(mvcc->wal) > txn->depends_lsn)
        return STATUS_OK;
    if (sync != SYNC_OFF && !mvcc->faults.early_reply)
        return wal_wait_durable(mvcc->wal, txn->depends_lsn);
    if (mvcc->background) {
        atomic_store(&mvcc->flush_wanted, true);
        purge_wake(mvcc);
    } else {
        wal_kick(mvcc->wal);
    }
    return STATUS_OK;
}

static void serializable_end(Txn *txn, bool committed) {
    if (UNLIKELY(txn->ssi != NULL))
        ssi_end(txn->ssi, committed);
    txn->ssi = NULL;
}

/* The end of one that others must see at once: stores go, and locks only after that. */
static Status finish_strong(Txn *txn, Lsn commit_lsn, SyncCommit sync, uint64_t old_state) {
    Mvcc *mvcc = txn->mvcc;
    Status status = wait_observed(txn, sync);
    lsn_raise(&mvcc->see_lsn, commit_lsn);
    txn_run_actions(txn, 0, true, commit_lsn);
    for (size_t i = 0; status_ok(status) && i < txn->drops.count; i++)
        status = mvcc_drop_store(mvcc, txn->drops.items[i]);
    txn_end_locks(txn, old_state);
    return status;
}

Status txn_finish_commit(Txn *txn, Lsn commit_lsn, SyncCommit sync, uint64_t old_state) {
    Mvcc *mvcc = txn->mvcc;
    txn_depend(txn, commit_lsn);
    serializable_end(txn, true);
    if (txn->session_lsn != NULL)
        *txn->session_lsn = MAX(*txn->session_lsn, txn->depends_lsn);
    snapshot_reset(txn);
    if (txn->purge_flagged)
        purge_enqueue(txn, commit_lsn);
    if (UNLIKELY(commit_lsn >= atomic_load_explicit(&mvcc->kept.look_at, memory_order_relaxed)))
        purge_wake(mvcc); /* for kept_refresh */
    Status status;
    if (txn->any_strong || txn->drops.count > 0) {
        status = finish_strong(txn, commit_lsn, sync, old_state);
    } else {
        txn_end_locks(txn, old_state);
        status = wait_observed(txn, sync);
        txn_run_actions(txn, 0, true, commit_lsn);
    }
    if (txn->purge_flagged)
        atomic_store(&txn->finishing_lsn, LSN_MAX);
    xid_advance(mvcc);
    txn_give_back(txn);
    return status;
}

/* It wrote nothing: its end is not logged, and it is older than every snapshot. */
static Status commit_nothing(Txn *txn, SyncCommit sync) {
    uint64_t old_state = 0;
    if (txn_own_xid(txn) != XID_INVALID)
        old_state = xid_set_state(txn->mvcc, txn_own_xid(txn), XID_STATE_COMMITTED);
    serializable_end(txn, true);
    if (txn_has_snapshot(txn))
        snapshot_reset(txn);
    txn_end_locks(txn, old_state);
    Status status = STATUS_OK;
    if (UNLIKELY(txn->depends_lsn != 0))
        status = wait_observed(txn, sync);
    txn_run_actions(txn, 0, true, txn->depends_lsn);
    txn_give_back(txn);
    return status;
}

Status txn_commit(Txn *txn, SyncCommit sync) {
    check(txn->active && !txn->prepared);
    if (UNLIKELY(txn->actions.count > 0))
        TRY(txn_before_commit(txn));
    if (UNLIKELY(txn->ssi != NULL))
        TRY(ssi_pre_commit(txn->ssi));
    if (txn_prev_lsn(txn) == LSN_INVALID)
        return commit_nothing(txn, sync);
    Lsn commit_lsn;
    uint64_t old_state;
    TRY(txn_append_commit(txn, &commit_lsn, &old_state));
    return txn_finish_commit(txn, commit_lsn, sync, old_state);
}

/* ---- rollback ---- */

Status rollback_all(Txn *txn) {
    Mvcc *mvcc = txn->mvcc;
    uint64_t old_state = 0;
    fiber_interrupts_hold();
    Status status = undo_chain(txn, LSN_INVALID, false);
    if (status_ok(status) && txn_own_xid(txn) != XID_INVALID) {
        Lsn lsn = wal_append_lsn(mvcc->wal);
        if (txn_prev_lsn(txn) != LSN_INVALID)
            status = txn_append(txn, WAL_TXN_ABORT, 0, 0, NULL, 0, &lsn);
        if (status_ok(status))
            old_state = xid_set_state(mvcc, txn_own_xid(txn), XID_STATE_ABORTED | lsn);
    }
    fiber_interrupts_release();
    if (!status_ok(status))
        return status;
    serializable_end(txn, false);
    snapshot_reset(txn);
    txn_run_actions(txn, 0, false, LSN_INVALID);
    txn_end_locks(txn, old_state);
    xid_advance(mvcc);
    return STATUS_OK;
}

Status txn_rollback(Txn *txn) {
    check(txn->active && !txn->prepared);
    TRY(rollback_all(txn));
    Status status = wait_observed(txn, SYNC_LOCAL);
    txn_give_back(txn);
    return status;
}

SavepointMark txn_savepoint(Txn *txn) {
    SavepointMark mark = {.lsn = txn_prev_lsn(txn),
                          .lock_mark = txn->lock_seq,
                          .action_mark = txn->actions.count,
                          .outer = txn->savepoint_lsn};
    txn->savepoint_lsn = mark.lsn;
    return mark;
}

void txn_release(Txn *txn, SavepointMark mark) { txn->savepoint_lsn = mark.outer; }

Status txn_rollback_to(Txn *txn, SavepointMark mark) {
    check(txn->active && mark.action_mark <= txn->actions.count);
    fiber_interrupts_hold();
    Status status = undo_chain(txn, mark.lsn, true);
    fiber_interrupts_release();
    TRY(status);
    txn->savepoint_lsn = mark.lsn;
    dead_rollback_to(txn, mark.lsn);
    txn_run_actions(txn, mark.action_mark, false, LSN_INVALID);
    lock_release_owner(&txn->locks, mark.lock_mark);
    /* Its rows are free again, though it goes on. */
    if (txn_own_xid(txn) != XID_INVALID)
        lock_wake_xid(txn->mvcc, txn_own_xid(txn), false);
    return STATUS_OK;
}
