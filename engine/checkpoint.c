/*
 * checkpoint.c: how little of the log a restart must redo.
 *
 * A checkpoint stops nobody. In order:
 *   1. write back the pages that were dirty when it began;
 *   2. begin := end of the log;
 *   3. ask for the transactions in progress, the counters, the pages still dirty. Whatever changes
 *      from here on has its record behind begin;
 *   4. redo LSN := the lowest of begin, what a restart left to be applied (pending.h) and the dirty
 *      pages' rec_lsn;
 *   5. log all that, wait until it is durable;
 *   6. write the control block that the newest one does not occupy.
 *
 *   CHECKPOINT payload (aux: the part's number; a long list takes several records)
 *     parts u16, redo u48, next xid u48, purge u48, counters u64 each, transactions u32, then each:
 *     xid u48, first LSN u48, last LSN u48, prepared u8
 *
 * The log is kept from the lowest of the redo LSN, the first records of transactions in progress, and
 * what the layer above may read.
 */
#include "engine/checkpoint.h"

#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/stop_point.h"

#define TRIM_INTERVAL_US 1000000u
#define CHEAP_LOG_BYTES ((uint64_t)32 << 20)
#define CHEAP_FACTOR 8u
#define DRAIN_DELAY_US 1000000u
#define DRAIN_DELAY_STEPS 10u
#define TXN_BYTES 19u
#define HEAD_BYTES (2u + 18u + 8u * COUNTER_COUNT + 4u)
#define TXNS_PER_PART ((uint32_t)((WAL_RECORD_MAX / 2) / TXN_BYTES))

/* What the layer above knows. */
typedef struct Known {
    const RecoveryTxn *txns;
    size_t txn_count;
    Lsn retain_lsn, purge_lsn;
} Known;

static void ask(Engine *engine, Arena *arena, ControlState *state, Known *known) {
    const CheckpointHooks *hooks = &engine->hooks;
    *known = (Known){.retain_lsn = LSN_MAX, .purge_lsn = state->redo_lsn};
    state->next_xid = engine->recovery.next_xid;
    if (hooks->active != NULL)
        hooks->active(hooks->arg, arena, &known->txns, &known->txn_count, &state->next_xid);
    if (hooks->retain_lsn != NULL)
        known->retain_lsn = hooks->retain_lsn(hooks->arg, atomic_load(&engine->space_needed));
    if (hooks->purge_lsn != NULL)
        known->purge_lsn = hooks->purge_lsn(hooks->arg);
    for (size_t i = 0; i < known->txn_count; i++)
        known->retain_lsn = MIN(known->retain_lsn, known->txns[i].first_lsn);
    known->retain_lsn = MIN(known->retain_lsn, known->purge_lsn);
}

static void collect_counters(Engine *engine, ControlState *state) {
    latch_lock(&engine->counter_latch);
    for (uint32_t i = 0; i < COUNTER_COUNT; i++)
        state->counters[i] = engine->counters[i].limit;
    latch_unlock(&engine->counter_latch);
    state->file_pages = atomic_load(&engine->space.file_pages);
}

static uint8_t *put_u48(uint8_t *p, uint64_t v) {
    store_le48(p, v);
    return p + 6;
}

static Status append_part(Engine *engine, const ControlState *state, const Known *known,
                          uint32_t part, uint32_t part_count, Arena *arena, Lsn *lsn_out) {
    size_t from = (size_t)part * TXNS_PER_PART;
    uint32_t count = (uint32_t)MIN(known->txn_count - from, (size_t)TXNS_PER_PART);
    uint32_t bytes = HEAD_BYTES + count * TXN_BYTES;
    uint8_t *payload = arena_alloc(arena, bytes), *p = payload;
    store_le16(p, (uint16_t)part_count);
    p = put_u48(put_u48(put_u48(p + 2, state->redo_lsn), state->next_xid), known->purge_lsn);
    memcpy(p, state->counters, 8 * COUNTER_COUNT);
    p += 8 * COUNTER_COUNT;
    store_le32(p, count);
    p += 4;
    for (uint32_t i = 0; i < count; i++) {
        const RecoveryTxn *txn = &known->txns[from + i];
        p = put_u48(put_u48(put_u48(p, txn->xid), txn->first_lsn), txn->last_lsn);
        *p++ = txn->prepared;
    }
    WalRecord record = {.kind = WAL_CHECKPOINT, .aux = (uint16_t)part};
    WalPart wal_part = {payload, bytes};
    TRY(wal_prepare_checkpoint(engine->wal, LOG_PREPARE_BYTES));
    *lsn_out = wal_append(engine->wal, &record, &wal_part, 1);
    return STATUS_OK;
}

bool checkpoint_decode(const WalRecord *record, CheckpointPart *out) {
    const uint8_t *p = record->payload;
    if (record->payload_len < HEAD_BYTES)
        return false;
    *out = (CheckpointPart){.part = record->aux,
                            .part_count = load_le16(p),
                            .redo_lsn = load_le48(p + 2),
                            .next_xid = load_le48(p + 8),
                            .purge_lsn = load_le48(p + 14),
                            .txn_count = load_le32(p + HEAD_BYTES - 4),
                            .txns = p + HEAD_BYTES};
    memcpy(out->counters, p + 20, sizeof(out->counters));
    return (uint64_t)out->txn_count * TXN_BYTES == record->payload_len - HEAD_BYTES;
}

RecoveryTxn checkpoint_txn(const CheckpointPart *part, uint32_t i) {
    const uint8_t *p = part->txns + (size_t)i * TXN_BYTES;
    return (RecoveryTxn){.xid = load_le48(p),
                         .first_lsn = load_le48(p + 6),
                         .last_lsn = load_le48(p + 12),
                         .prepared = p[18]};
}

void checkpoint_note_control(Engine *engine, const ControlState *state) {
    latch_lock(&engine->control_latch);
    engine->control = (EngineControl){.system_id = state->system_id,
                                      .checkpoint_lsn = state->checkpoint_lsn,
                                      .redo_lsn = state->redo_lsn,
                                      .next_xid = state->next_xid,
                                      .time_us = state->time_us};
    latch_unlock(&engine->control_latch);
}

void engine_control(Engine *engine, EngineControl *control_out) {
    latch_lock(&engine->control_latch);
    *control_out = engine->control;
    latch_unlock(&engine->control_latch);
}

static void kick_checkpointer(Engine *engine) {
    if (!atomic_exchange(&engine->checkpointer_kicked, true))
        fiber_cond_signal(&engine->checkpointer_cond);
}

static Status take(Engine *engine, Arena *arena, CheckpointReport *report) {
    Known known;
    TRY(pool_clean_below(&engine->pool, wal_append_lsn(engine->wal)));
    checkpoint_report_cleaned(report);
    STOP_POINT("checkpoint_after_clean");
    Lsn begin = wal_append_lsn(engine->wal);
    ControlState state = {.system_id = engine->system_id,
                          .sequence = engine->control_sequence + 1,
                          .redo_lsn = begin,
                          .shut_down = report->cause == CHECKPOINT_SHUTDOWN,
                          .time_us = clock_wall_us(),
                          .wal_segment_bytes = engine->config.wal_segment_bytes};
    ask(engine, arena, &state, &known);
    collect_counters(engine, &state);
    Lsn pending = pending_lsn_min(engine); /* first: a page goes from there to the dirty ones */
    state.redo_lsn = MIN(begin, MIN(pending, pool_rec_lsn_min(&engine->pool)));
    known.purge_lsn = MIN(known.purge_lsn, begin);
    state.purge_lsn = known.purge_lsn;
    uint32_t parts = (uint32_t)(known.txn_count / TXNS_PER_PART) + 1;
    Lsn lsn = LSN_INVALID;
    for (uint32_t i = 0; i < parts; i++) {
        TRY(append_part(engine, &state, &known, i, parts, arena, &lsn));
        if (i == 0)
            state.checkpoint_lsn = lsn;
    }
    TRY(wal_wait_durable(engine->wal, lsn));
    STOP_POINT("checkpoint_before_control");
    TRY(control_write(engine->control_file, &state));
    engine->control_sequence = state.sequence;
    checkpoint_note_control(engine, &state);
    atomic_store(&engine->redo_lsn, state.redo_lsn);
    atomic_store(&engine->checkpoint_us, clock_mono_us());
    atomic_store(&engine->checkpoint_end_lsn, wal_append_lsn(engine->wal));
    atomic_fetch_add(&engine->checkpoint_count, 1);
    wal_retain_from(engine->wal, MIN(state.redo_lsn, known.retain_lsn));
    return STATUS_OK;
}

Status checkpoint_take(Engine *engine, CheckpointCause cause) {
    Arena arena;
    Status status = STATUS_OK;
    fiber_mutex_lock(&engine->checkpoint_mutex);
    if (!engine->hooks_gone) {
        CheckpointReport report;
        arena_init(&arena, engine->account);
        checkpoint_report_start(engine, cause, &report);
        status = take(engine, &arena, &report);
        if (status_ok(status)) {
            checkpoint_report_done(engine, &report);
            atomic_store(&engine->space_needed, false);
        }
        arena_destroy(&arena);
    }
    fiber_mutex_unlock(&engine->checkpoint_mutex);
    return status;
}

Status engine_last_checkpoint(Engine *engine) {
    TRY(pending_drain(engine, NULL));
    return checkpoint_take(engine, CHECKPOINT_SHUTDOWN);
}

void engine_need_space(Engine *engine) { atomic_store(&engine->space_needed, true); }

void engine_tune(Engine *engine, const EngineTuning *tuning) {
    atomic_store(&engine->max_wal_bytes, tuning->max_wal_bytes);
    atomic_store(&engine->checkpoint_timeout_us, tuning->checkpoint_timeout_us);
    atomic_store(&engine->log_checkpoints, tuning->log_checkpoints);
    kick_checkpointer(engine); /* it sleeps by the old ones */
}

Status engine_checkpoint(Engine *engine) { return checkpoint_take(engine, CHECKPOINT_ASKED); }

void engine_set_hooks(Engine *engine, const CheckpointHooks *hooks) {
    fiber_mutex_lock(&engine->checkpoint_mutex);
    engine->hooks_gone = hooks == NULL;
    engine->hooks = hooks == NULL ? (CheckpointHooks){0} : *hooks;
    fiber_mutex_unlock(&engine->checkpoint_mutex);
}

/* ---- background ---- */

/* What the restart left: then it need not be done again. The first clients, who find nothing in memory, come
 * before that. */
static void drain_fiber(void *arg) {
    Engine *engine = arg;
    for (unsigned i = 0; i < DRAIN_DELAY_STEPS && !atomic_load(&engine->stopping); i++)
        fiber_sleep(DRAIN_DELAY_US / DRAIN_DELAY_STEPS);
    Status status = pending_drain(engine, &engine->stopping);
    if (status_ok(status) && !atomic_load(&engine->stopping))
        status = checkpoint_take(engine, CHECKPOINT_RESTART);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
    }
    engine_background_done(engine);
}

void engine_start_drain(Engine *engine) { engine_spawn(engine, drain_fiber, engine); }

/* Parks until kicked, or the deadline, or the engine stops. */
static void wait_for_kick(Engine *engine, FiberCond *cond, _Atomic bool *kicked,
                          uint64_t deadline_us) {
    ParkResult result = PARK_WOKEN;
    while (!atomic_exchange(kicked, false) && !atomic_load(&engine->stopping) &&
           result != PARK_TIMEOUT) {
        FiberWaiter waiter;
        fiber_cond_enter(cond, &waiter);
        if (!atomic_load(kicked) && !atomic_load(&engine->stopping))
            result = fiber_park_uninterruptible(deadline_us);
        fiber_cond_leave(cond, &waiter);
    }
}

static void kick_cleaner(void *arg) {
    Engine *engine = arg;
    if (!atomic_exchange(&engine->cleaner_kicked, true))
        fiber_cond_signal(&engine->cleaner_cond);
}

/* Keeps enough frames clean that readers rarely have to write. */
static void cleaner_fiber(void *arg) {
    Engine *engine = arg;
    Pool *pool = &engine->pool;
    while (!atomic_load(&engine->stopping)) {
        wait_for_kick(engine, &engine->cleaner_cond, &engine->cleaner_kicked, DEADLINE_NONE);
        while (atomic_load(&pool->dirty_count) > pool->dirty_high / 2 &&
               !atomic_load(&engine->stopping)) {
            Status status = pool_clean_some(pool);
            if (!status_ok(status)) {
                log_error(LOG_LEVEL_PANIC, status, NULL);
                status_free(status);
                break;
            }
            fiber_yield();
        }
    }
    engine_background_done(engine);
}

/* Would a checkpoint let half the allowed log go? So it is when an old snapshot has gone. */
static bool may_trim(Engine *engine) {
    Arena arena;
    Known known;
    ControlState state = {.redo_lsn = wal_append_lsn(engine->wal)};
    fiber_mutex_lock(&engine->checkpoint_mutex);
    arena_init(&arena, engine->account);
    ask(engine, &arena, &state, &known);
    arena_destroy(&arena);
    fiber_mutex_unlock(&engine->checkpoint_mutex);
    return MIN(state.redo_lsn, known.retain_lsn) >
           wal_oldest_lsn(engine->wal) + atomic_load(&engine->max_wal_bytes) / 2;
}

/*
 * Is it time for the next checkpoint? At half the allowed log at the latest; and long before, where it costs
 * little: what it writes is at most CHEAP_FACTOR times what was logged. So a restart mostly has a few
 * dozen megabytes to read, and a load that dirties a page with every few records is not made to
 * write each page again and again.
 */
static bool is_due(Engine *engine, Lsn durable_lsn, CheckpointCause *cause_out) {
    Lsn redo_lsn = atomic_load_explicit(&engine->redo_lsn, memory_order_relaxed);
    uint64_t logged = durable_lsn > redo_lsn ? durable_lsn - redo_lsn : 0;
    uint64_t half = atomic_load_explicit(&engine->max_wal_bytes, memory_order_relaxed) / 2;
    *cause_out = logged >= half ? CHECKPOINT_WAL : CHECKPOINT_EARLY;
    if (LIKELY(logged < MIN(half, CHEAP_LOG_BYTES)))
        return false;
    uint64_t dirty_bytes = (uint64_t)atomic_load(&engine->pool.dirty_count) * PAGE_BYTES;
    return logged >= half || dirty_bytes <= CHEAP_FACTOR * logged;
}

/* With nothing logged since the last one there is nothing to be due. */
static uint64_t checkpoint_deadline(Engine *engine) {
    uint64_t timeout_us = atomic_load(&engine->checkpoint_timeout_us);
    return timeout_us == 0
               ? DEADLINE_NONE
               : MAX(atomic_load(&engine->checkpoint_us) + timeout_us, clock_mono_us() + 1);
}

static bool is_overdue(Engine *engine) {
    uint64_t timeout_us = atomic_load(&engine->checkpoint_timeout_us);
    if (timeout_us == 0 || clock_mono_us() < atomic_load(&engine->checkpoint_us) + timeout_us)
        return false;
    atomic_store(&engine->checkpoint_us, clock_mono_us());
    return wal_durable_lsn(engine->wal) > atomic_load(&engine->checkpoint_end_lsn);
}

/* Called as the log grows. With more kept than is allowed, letting some go is tried now and then. */
static void on_durable(void *arg, Lsn durable_lsn) {
    Engine *engine = arg;
    CheckpointCause cause;
    if (!is_due(engine, durable_lsn, &cause)) {
        Lsn max_wal_bytes = atomic_load_explicit(&engine->max_wal_bytes, memory_order_relaxed);
        if (LIKELY(durable_lsn < wal_oldest_lsn(engine->wal) + max_wal_bytes) ||
            clock_mono_us() < atomic_load(&engine->trim_next_us))
            return;
        atomic_store(&engine->trim_next_us, clock_mono_us() + TRIM_INTERVAL_US);
        atomic_store(&engine->trim_asked, true);
    }
    kick_checkpointer(engine);
}

/* No space for the log: a checkpoint, where it might let a segment go. */
static void on_full(void *arg) {
    Engine *engine = arg;
    uint64_t segment_bytes = engine->config.wal_segment_bytes;
    if (segment_bytes == 0)
        segment_bytes = WAL_SEGMENT_BYTES;
    uint64_t now = wal_durable_lsn(engine->wal) / segment_bytes;
    if (now == atomic_load(&engine->redo_lsn) / segment_bytes &&
        now == wal_oldest_lsn(engine->wal) / segment_bytes)
        return;
    engine_need_space(engine);
    atomic_store(&engine->space_asked, true);
    kick_checkpointer(engine);
}

/* The log grew while the checkpoint before was taken, so a kick alone means little. */
static bool is_wanted(Engine *engine, CheckpointCause *cause_out) {
    bool for_space = atomic_exchange(&engine->space_asked, false);
    bool for_trim = atomic_exchange(&engine->trim_asked, false);
    if (is_due(engine, wal_durable_lsn(engine->wal), cause_out))
        return true;
    *cause_out = CHECKPOINT_WAL;
    if (for_space || (for_trim && may_trim(engine)))
        return true;
    *cause_out = CHECKPOINT_TIME;
    return is_overdue(engine);
}

static void checkpointer_fiber(void *arg) {
    Engine *engine = arg;
    for (;;) {
        CheckpointCause cause;
        wait_for_kick(engine, &engine->checkpointer_cond, &engine->checkpointer_kicked,
                      checkpoint_deadline(engine));
        if (atomic_load(&engine->stopping))
            break;
        if (!is_wanted(engine, &cause))
            continue;
        Status status = checkpoint_take(engine, cause);
        if (!status_ok(status)) {
            log_error(LOG_LEVEL_LOG, status, NULL);
            status_free(status);
            fiber_sleep(1000000);
        }
    }
    engine_background_done(engine);
}

bool engine_spawn(Engine *engine, FiberFn fn, void *arg) {
    atomic_fetch_add(&engine->background_count, 1);
    if (atomic_load(&engine->stopping)) {
        engine_background_done(engine);
        return false;
    }
    fiber_spawn(SCHED_BACKGROUND, fn, arg);
    return true;
}

/* Whoever waits frees the engine when it has seen the count at 0 and had the latch since. */
void engine_background_done(Engine *engine) {
    latch_lock(&engine->background_latch);
    atomic_fetch_sub(&engine->background_count, 1);
    fiber_cond_broadcast(&engine->stopped_cond);
    latch_unlock(&engine->background_latch);
}

void engine_start_cleaner(Engine *engine) {
    engine->pool.kick_arg = engine;
    engine->pool.kick = kick_cleaner;
    engine_spawn(engine, cleaner_fiber, engine);
}

void engine_start_checkpointer(Engine *engine) {
    wal_on_durable(engine->wal, on_durable, engine);
    wal_on_full(engine->wal, on_full, engine);
    engine_spawn(engine, checkpointer_fiber, engine);
}

void engine_stop_background(Engine *engine) {
    atomic_store(&engine->stopping, true);
    fiber_cond_broadcast(&engine->cleaner_cond);
    fiber_cond_broadcast(&engine->checkpointer_cond);
    while (atomic_load(&engine->background_count) > 0) {
        FiberWaiter waiter;
        fiber_cond_enter(&engine->stopped_cond, &waiter);
        if (atomic_load(&engine->background_count) > 0)
            fiber_park_uninterruptible(DEADLINE_NONE);
        fiber_cond_leave(&engine->stopped_cond, &waiter);
    }
    latch_lock(&engine->background_latch);
    latch_unlock(&engine->background_latch);
    while (atomic_load(&engine->pool.prefetch_count) > 0)
        fiber_sleep(100);
}
