/*
 * mvcc.c: opening and closing the transaction system; what it tells checkpoints; recovery's last part.
 *
 * At the start the engine has redone the log. Every transaction that had not ended is registered
 * again under its xid; prepared ones get their locks back, the others are rolled back as any
 * transaction is.
 */
#include "mvcc/mvcc_int.h"

/* ---- what a checkpoint asks ---- */

#define LAG_WAIT_US UINT64_C(100000)

/* Until last_lsn counts every record that was appended before the call. */
static void wait_appended(Txn *txn) {
    uint64_t deadline = 0;
    Lsn before = atomic_load(&txn->last_lsn);
    for (;;) {
        uint32_t appending = atomic_load(&txn->appending);
        if (appending == 0)
            return;
        if (appending == TXN_APPENDING_LONG) {
            /* A call that may park: only its record in flight lags, for as long as it takes to note. */
            if (atomic_load(&txn->last_lsn) != before)
                return;
            uint64_t now = clock_mono_us();
            if (deadline == 0)
                deadline = now + LAG_WAIT_US;
            else if (now >= deadline)
                return;
        }
        fiber_yield();
    }
}

static void list_active(void *arg, Arena *arena, const RecoveryTxn **txns_out, size_t *count_out,
                        Xid *next_xid_out) {
    Mvcc *mvcc = arg;
    VEC(RecoveryTxn) list = {0};
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        Txn *txn = txn_at(mvcc, i);
        Xid xid = atomic_load(&txn->xid);
        if (xid == XID_INVALID)
            continue;
        wait_appended(txn);
        RecoveryTxn entry = {.xid = xid,
                             .first_lsn = atomic_load(&txn->begin_lsn),
                             .last_lsn = atomic_load(&txn->last_lsn),
                             .prepared = txn->prepared};
        /* Ended, or another one by now: it needs no mention. */
        if (atomic_load(&txn->xid) == xid && entry.last_lsn != LSN_INVALID &&
            xid_running(xid_state(mvcc, xid)))
            vec_push(&list, arena, entry);
    }
    *txns_out = list.items;
    *count_out = list.count;
    *next_xid_out = atomic_load(&mvcc->xids.next);
}

static Lsn retain_lsn(void *arg, bool space_needed) {
    xid_advance(arg);
    return horizon_undo_lsn(arg, space_needed);
}

static Lsn checkpoint_purge_lsn(void *arg) { return purge_lsn(arg); }

/* ---- stores ---- */

void mvcc_forget_store(Mvcc *mvcc, StoreId store) {
    latch_lock(&mvcc->stores_latch);
    Table *table = u64map_remove(&mvcc->tables, store);
    Index *index = u64map_remove(&mvcc->indexes, store);
    if (table != NULL)
        list_push_back(&mvcc->grave_tables, &table->grave);
    if (index != NULL)
        list_push_back(&mvcc->grave_indexes, &index->grave);
    latch_unlock(&mvcc->stores_latch);
}

static void free_stores(Mvcc *mvcc) {
    size_t cursor = 0;
    uint64_t key;
    void *value;
    while (u64map_next(&mvcc->tables, &cursor, &key, &value))
        table_free(value);
    cursor = 0;
    while (u64map_next(&mvcc->indexes, &cursor, &key, &value))
        index_free(value);
    LIST_FOREACH_SAFE(node, next, &mvcc->grave_tables)
        table_free(LIST_ENTRY(node, Table, grave));
    LIST_FOREACH_SAFE(node, next, &mvcc->grave_indexes)
        index_free(LIST_ENTRY(node, Index, grave));
    u64map_destroy(&mvcc->tables);
    u64map_destroy(&mvcc->indexes);
}

/* ---- recovery ---- */

static Status recover_txn(Mvcc *mvcc, const RecoveryTxn *loser, Txn *txn) {
    bool restored = false;
    if (loser->prepared)
        TRY(prepared_restore(txn, &restored));
    if (restored)
        return STATUS_OK;
    TRY(rollback_all(txn));
    txn_give_back(txn);
    return STATUS_OK;
}

static Status recover(Mvcc *mvcc, const Recovery *recovery) {
    Xid next = MAX(recovery->next_xid, XID_FIRST), floor = next;
    Lsn end = wal_append_lsn(mvcc->wal), floor_lsn = end;
    for (size_t i = 0; i < recovery->loser_count; i++) {
        floor = MIN(floor, recovery->losers[i].xid);
        floor_lsn = MIN(floor_lsn, recovery->losers[i].first_lsn);
    }
    TRY(xid_table_init(mvcc, next, floor, floor_lsn));
    Arena arena;
    arena_init(&arena, &mvcc->account);
    Txn **txns = arena_array(&arena, Txn *, recovery->loser_count + 1);
    Status status = STATUS_OK;
    /* All are registered before the first is rolled back: they may take checkpoints meanwhile. */
    for (size_t i = 0; i < recovery->loser_count && status_ok(status); i++) {
        const RecoveryTxn *loser = &recovery->losers[i];
        status = xid_table_cover(mvcc, loser->xid);
        if (status_ok(status))
            status = txn_take(mvcc, &txns[i]);
        if (!status_ok(status))
            break;
        atomic_store(&txns[i]->begin_lsn, loser->first_lsn);
        atomic_store(&txns[i]->last_lsn, loser->last_lsn);
        atomic_store(&txns[i]->xid, loser->xid);
        txns[i]->prepared = loser->prepared;
        xid_restore(mvcc, txns[i], loser->xid, loser->first_lsn);
    }
    engine_set_hooks(mvcc->engine, &(CheckpointHooks){.arg = mvcc,
                                                      .active = list_active,
                                                      .retain_lsn = retain_lsn,
                                                      .purge_lsn = checkpoint_purge_lsn});
    for (size_t i = 0; i < recovery->loser_count && status_ok(status); i++)
        status = recover_txn(mvcc, &recovery->losers[i], txns[i]);
    arena_destroy(&arena);
    TRY(status);
    if (!recovery->initialised && recovery->purge_from < end)
        purge_reread(mvcc, recovery->purge_from, end - 1, wal_oldest_lsn(mvcc->wal));
    return engine_recovery_done(mvcc->engine);
}

/* ---- opening and closing ---- */

#define UNDO_LEFT_BYTES ((uint64_t)64 << 20)
#define KEPT_BYTES ((size_t)64 << 20)
#define KEPT_AFTER_BYTES ((size_t)8 << 20)

static void mvcc_free(Mvcc *mvcc) {
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        arena_destroy(&txn_at(mvcc, i)->arena);
        arena_destroy(&txn_at(mvcc, i)->scratch);
    }
    for (uint32_t i = 0; i < count / TXN_BLOCK; i++)
        mem_free(&mvcc->account, atomic_load(&mvcc->blocks[i]), TXN_BLOCK * sizeof(Txn));
    purge_destroy(mvcc);
    kept_destroy(mvcc);
    lock_manager_destroy(mvcc);
    ssi_free(mvcc->ssi);
    xid_table_destroy(mvcc);
    free_stores(mvcc);
    strmap_destroy(&mvcc->prepared);
    mem_free(mvcc->account.parent, mvcc, sizeof(*mvcc));
}

Status mvcc_open(const MvccConfig *config, Mvcc **mvcc_out) {
    Mvcc *mvcc = *mvcc_out = mem_alloc(config->account, sizeof(Mvcc));
    memset(mvcc, 0, sizeof(*mvcc));
    mem_account_init(&mvcc->account, config->account, "transactions", SIZE_MAX);
    mvcc->engine = config->engine;
    mvcc->wal = engine_wal(config->engine);
    mvcc->undo_left_bytes = UNDO_LEFT_BYTES;
    lock_manager_init(mvcc);
    mvcc->ssi = ssi_make(mvcc, &mvcc->account);
    u64map_init(&mvcc->tables, &mvcc->account);
    u64map_init(&mvcc->indexes, &mvcc->account);
    list_init(&mvcc->grave_tables);
    list_init(&mvcc->grave_indexes);
    strmap_init(&mvcc->prepared, &mvcc->account);
    fiber_mutex_init(&mvcc->store_mutex);
    fiber_mutex_init(&mvcc->prepared_mutex);
    purge_init(mvcc);
    kept_init(mvcc, config->kept_bytes == 0 ? KEPT_BYTES : config->kept_bytes,
              config->kept_after_bytes == 0 ? KEPT_AFTER_BYTES : config->kept_after_bytes);
    Status status = recover(mvcc, engine_recovery(mvcc->engine));
    if (!status_ok(status)) {
        engine_set_hooks(mvcc->engine, NULL);
        mvcc_free(mvcc);
        *mvcc_out = NULL;
        return status;
    }
    mvcc->background = config->background;
    if (mvcc->background) {
        fiber_group_init(&mvcc->housekeeper, 1);
        fiber_spawn(SCHED_BACKGROUND, housekeeping, mvcc);
    }
    return STATUS_OK;
}

Status mvcc_close(Mvcc *mvcc) {
    if (mvcc->background) {
        mvcc->housekeeper.waiter = fiber_self_ref();
        atomic_store(&mvcc->stopping, true);
        fiber_unpark(mvcc->purge.sleeper);
        fiber_group_wait(&mvcc->housekeeper);
    }
    Status status = engine_last_checkpoint(mvcc->engine);
    engine_set_hooks(mvcc->engine, NULL);
    mvcc_free(mvcc);
    return status;
}

void mvcc_abandon(Mvcc *mvcc) { mvcc_free(mvcc); }

Engine *mvcc_engine(Mvcc *mvcc) { return mvcc->engine; }
