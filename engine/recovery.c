/*
 * recovery.c: from the last checkpoint's redo LSN to the end of the log.
 *
 * One pass does both: it sees to every record whose page has a lower LSN, the losers' included, and it
 * notes which transactions wrote without finishing. A transaction counts as a loser if the scan has
 * records of it, or the newest checkpoint lists it, and the scan met neither its commit nor the end of
 * its rollback. A checkpoint's list is older than its record, so a transaction it lists may have
 * finished in between; those that did are remembered until then.
 *
 * Records about pages that are not in memory are not applied but kept for whoever loads the page
 * (pending.h).
 *
 * Redo needs no order between pages: each page's records come in LSN order, and a record that is on
 * the page already is skipped. So a crash during recovery changes nothing: the next one starts over.
 */
#include "engine/checkpoint.h"

#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/os.h"

#include <stdlib.h>

#define YIELD_RECORDS 64u

typedef struct Analysis {
    Engine *engine;
    Arena *arena;    /* as long as the recovery's result */
    U64Map txns;     /* xid -> RecoveryTxn */
    U64Map finished; /* xids, until the newest checkpoint has been met */
    Lsn checkpoint_lsn;
    Xid xid_max;
    uint64_t start_us, user_us, system_us; /* of the redo, as its line in the log says */
} Analysis;

static RecoveryTxn *txn_entry(Analysis *analysis, Xid xid) {
    RecoveryTxn *txn = u64map_get(&analysis->txns, xid);
    if (txn == NULL) {
        txn = arena_new(analysis->arena, RecoveryTxn);
        *txn = (RecoveryTxn){.xid = xid, .first_lsn = LSN_MAX};
        u64map_put(&analysis->txns, xid, txn);
    }
    return txn;
}

static void note_txn_record(Analysis *analysis, const WalRecord *record) {
    if (record->xid == XID_INVALID)
        return;
    analysis->xid_max = MAX(analysis->xid_max, record->xid);
    if (record->kind == WAL_TXN_COMMIT || record->kind == WAL_TXN_ABORT) {
        u64map_remove(&analysis->txns, record->xid);
        u64map_put(&analysis->finished, record->xid, analysis);
        return;
    }
    RecoveryTxn *txn = txn_entry(analysis, record->xid);
    txn->first_lsn = MIN(txn->first_lsn, record->lsn);
    txn->last_lsn = MAX(txn->last_lsn, record->lsn);
    if (record->kind == WAL_TXN_PREPARE)
        txn->prepared = true;
}

static Status note_checkpoint(Analysis *analysis, const WalRecord *record) {
    CheckpointPart part;
    if (record->lsn < analysis->checkpoint_lsn)
        return STATUS_OK; /* what finished between it and the redo LSN is not known */
    if (!checkpoint_decode(record, &part))
        return error(ERR_DATA_CORRUPTED, "invalid checkpoint record in the log at %lX",
                     (unsigned long)record->lsn);
    for (uint32_t i = 0; i < part.txn_count; i++) {
        RecoveryTxn listed = checkpoint_txn(&part, i);
        if (u64map_get(&analysis->finished, listed.xid) != NULL)
            continue;
        RecoveryTxn *txn = txn_entry(analysis, listed.xid);
        txn->first_lsn = MIN(txn->first_lsn, listed.first_lsn);
        txn->last_lsn = MAX(txn->last_lsn, listed.last_lsn);
        txn->prepared |= listed.prepared;
    }
    analysis->xid_max = MAX(analysis->xid_max, part.next_xid == 0 ? 0 : part.next_xid - 1);
    analysis->engine->recovery.purge_from = part.purge_lsn;
    latch_lock(&analysis->engine->counter_latch);
    for (uint32_t i = 0; i < COUNTER_COUNT; i++) {
        Counter *counter = &analysis->engine->counters[i];
        counter->limit = counter->next = MAX(counter->limit, part.counters[i]);
    }
    latch_unlock(&analysis->engine->counter_latch);
    return STATUS_OK;
}

static Status redo(Analysis *analysis, const WalRecord *record) {
    Engine *engine = analysis->engine;
    note_txn_record(analysis, record);
    switch (record->kind) {
    case WAL_LEAF_INSERT:
    case WAL_LEAF_INSERT_MANY:
    case WAL_LEAF_UPDATE:
    case WAL_LEAF_HEADER:
    case WAL_LEAF_REMOVE:
        return leaf_redo(engine, record);
    case WAL_TREE_SPLIT:
    case WAL_TREE_MERGE:
    case WAL_TREE_BUILD:
    case WAL_STORE_CREATE:
    case WAL_STORE_DROP:
    case WAL_STORE_META:
    case WAL_SPACE_ALLOC:
        return smo_redo(engine, record);
    case WAL_COUNTER:
        return counter_redo(engine, record);
    case WAL_CHECKPOINT:
        return note_checkpoint(analysis, record);
    default:
        return STATUS_OK; /* the layer above reads it */
    }
}

static int by_xid(const void *a, const void *b) {
    Xid x = ((const RecoveryTxn *)a)->xid, y = ((const RecoveryTxn *)b)->xid;
    return (x > y) - (x < y);
}

static void list_losers(Analysis *analysis) {
    Recovery *recovery = &analysis->engine->recovery;
    size_t count = analysis->txns.count, n = 0, cursor = 0;
    RecoveryTxn *losers = arena_alloc(analysis->arena, (count + 1) * sizeof(RecoveryTxn));
    uint64_t xid;
    void *txn;
    while (u64map_next(&analysis->txns, &cursor, &xid, &txn))
        losers[n++] = *(RecoveryTxn *)txn;
    qsort(losers, n, sizeof(RecoveryTxn), by_xid);
    recovery->losers = losers;
    recovery->loser_count = n;
    recovery->next_xid = MAX(recovery->next_xid, analysis->xid_max + 1);
}

/* ---- what the server's log says ---- */

static void note_unclean(Analysis *analysis, Lsn lsn) {
    Recovery *recovery = &analysis->engine->recovery;
    char time[64];
    recovery->was_shut_down = false;
    analysis->start_us = clock_mono_us();
    os_process_times(&analysis->user_us, &analysis->system_us);
    log_timestamp(time, sizeof(time), recovery->last_known_us, false);
    log_write(LOG_LEVEL_LOG, "database system was interrupted; last known up at %s", time);
    log_write(LOG_LEVEL_LOG,
              "database system was not properly shut down; automatic recovery in progress");
    log_write(LOG_LEVEL_LOG, "redo starts at %X/%X", (unsigned)(lsn >> 32), (unsigned)lsn);
}

static void note_end(const Analysis *analysis) {
    const Recovery *recovery = &analysis->engine->recovery;
    char time[64];
    if (analysis->start_us == 0) {
        log_timestamp(time, sizeof(time), recovery->last_known_us, false);
        log_write(LOG_LEVEL_LOG,
                  recovery->was_shut_down ? "database system was shut down at %s"
                                          : "database system was interrupted; last known up at %s",
                  time);
        return;
    }
    uint64_t user_us, system_us;
    os_process_times(&user_us, &system_us);
    log_write(LOG_LEVEL_LOG,
              "redo done at %X/%X system usage: CPU: user: %.2f s, system: %.2f s, elapsed: %.2f s",
              (unsigned)(recovery->redo_to >> 32), (unsigned)recovery->redo_to,
              (double)(user_us - analysis->user_us) / 1e6,
              (double)(system_us - analysis->system_us) / 1e6,
              (double)(clock_mono_us() - analysis->start_us) / 1e6);
}

/* ---- the log, record by record ---- */

static Status replay(void *arg, const WalRecord *record) {
    Analysis *analysis = arg;
    Recovery *recovery = &analysis->engine->recovery;
    recovery->record_count++;
    if (record->kind != WAL_CHECKPOINT && analysis->start_us == 0)
        note_unclean(analysis, record->lsn);
    TRY(status_context(redo(analysis, record), "redo of the log record at %X/%X",
                       (unsigned)(record->lsn >> 32), (unsigned)record->lsn));
    if (recovery->record_count % YIELD_RECORDS == 0)
        fiber_yield_if_due();
    return STATUS_OK;
}

Status engine_recover(Engine *engine, const ControlState *state) {
    Analysis analysis = {.engine = engine,
                         .arena = &engine->recovery_arena,
                         .checkpoint_lsn = state->checkpoint_lsn};
    engine->recovery = (Recovery){.redo_from = state->redo_lsn,
                                  .was_shut_down = state->shut_down,
                                  .last_known_us = state->time_us,
                                  .next_xid = MAX(state->next_xid, 1),
                                  .purge_from = state->purge_lsn};
    u64map_init(&analysis.txns, engine->account);
    u64map_init(&analysis.finished, engine->account);
    engine->pool.replaying = true;
    Status status = wal_recover(engine->wal, state->redo_lsn, replay, &analysis);
    if (status_ok(status))
        status = pool_replayed(&engine->pool);
    if (status_ok(status))
        list_losers(&analysis);
    engine->recovery.redo_to = wal_append_lsn(engine->wal);
    if (status_ok(status))
        note_end(&analysis);
    u64map_destroy(&analysis.txns);
    u64map_destroy(&analysis.finished);
    return status;
}
