/*
 * function_stats.c: see function_stats.h. Counters by database and function; once there are
 * FUNCTION_COUNT_MAX of them, further functions are not counted.
 */
#include "executor/function_stats.h"

#include "base/map.h"
#include "base/vec.h"
#include "catalog/catalog.h"
#include "executor/sysfuncs_int.h"
#include "runtime/clock.h"
#include "runtime/latch.h"

#define FUNCTION_COUNT_MAX 100000u
#define LANGUAGE_INTERNAL 12u
#define LANGUAGE_C 13u
#define LANGUAGE_SQL 14u

struct FunctionStats {
    MemAccount *account;
    RwLatch latch;
    U64Map map; /* key_of -> FunctionCounters */
};

/* A session's, from its first tracked call to its end; emptied with every transaction. */
struct FunctionPending {
    U64Map map; /* oid -> FunctionCounters, on the arena */
    Arena arena;
    int64_t tracked_ns; /* self times of all calls so far */
    VEC(Oid) gone;      /* dropped by the transaction */
};
typedef struct FunctionPending FunctionPending;

FunctionStats *function_stats_make(MemAccount *account) {
    FunctionStats *stats = mem_alloc(account, sizeof(*stats));
    *stats = (FunctionStats){.account = account};
    u64map_init(&stats->map, account);
    return stats;
}

static uint64_t key_of(const Session *session, Oid function) {
    return (uint64_t)session_database(session->catalog) << 32 | function;
}

/* The latch is held. NULL: too many. */
static FunctionCounters *shared_counters(FunctionStats *stats, uint64_t key) {
    FunctionCounters *counters = u64map_get(&stats->map, key);
    if (counters != NULL || stats->map.count >= FUNCTION_COUNT_MAX)
        return counters;
    counters = mem_alloc(stats->account, sizeof(*counters));
    *counters = (FunctionCounters){0};
    u64map_put(&stats->map, key, counters);
    return counters;
}

static FunctionPending *pending_of(Session *session) {
    FunctionPending *pending = session->function_pending;
    if (pending != NULL)
        return pending;
    pending = mem_alloc(&session->account, sizeof(*pending));
    *pending = (FunctionPending){0};
    u64map_init(&pending->map, &session->account);
    arena_init(&pending->arena, &session->account);
    session->function_pending = pending;
    return pending;
}

static FunctionCounters *own_counters(Session *session, Oid function) {
    FunctionPending *pending = pending_of(session);
    FunctionCounters *counters = u64map_get(&pending->map, function);
    if (counters != NULL)
        return counters;
    counters = arena_new(&pending->arena, FunctionCounters);
    u64map_put(&pending->map, function, counters);
    FunctionStats *stats = session->function_stats;
    latch_lock(&stats->latch);
    shared_counters(stats, key_of(session, function));
    latch_unlock(&stats->latch);
    return counters;
}

void function_use_begin(Session *session, const ProcDesc *proc, FunctionUse *use_out) {
    int level = session->settings.track_functions;
    bool is_pl = proc->language != LANGUAGE_INTERNAL && proc->language != LANGUAGE_C &&
                 proc->language != LANGUAGE_SQL;
    use_out->counters = NULL;
    if (LIKELY(level == TRACK_FUNCTIONS_NONE) || (level == TRACK_FUNCTIONS_PL && !is_pl) ||
        session->function_stats == NULL)
        return;
    FunctionCounters *counters = own_counters(session, proc->oid);
    *use_out = (FunctionUse){.counters = counters,
                             .total_before = counters->total_ns,
                             .nested_before = session->function_pending->tracked_ns,
                             .start_ns = clock_mono_ns()};
}

void function_use_end(Session *session, const FunctionUse *use) {
    FunctionPending *pending = session->function_pending;
    if (LIKELY(use->counters == NULL))
        return;
    int64_t elapsed = (int64_t)(clock_mono_ns() - use->start_ns);
    int64_t self = elapsed - (pending->tracked_ns - use->nested_before);
    pending->tracked_ns += self;
    use->counters->calls++;
    use->counters->total_ns = use->total_before + elapsed;
    use->counters->self_ns += self;
}

Status function_stats_before_commit(Session *session) {
    const Oid *dropped;
    size_t count = session_dropped_functions(session->catalog, &dropped);
    for (size_t i = 0; i < count; i++) {
        const ProcDesc *proc;
        TRY(catalog_proc(session->catalog, dropped[i], &proc));
        FunctionPending *pending = pending_of(session);
        if (proc == NULL)
            vec_push(&pending->gone, &pending->arena, dropped[i]);
    }
    return STATUS_OK;
}

void function_stats_flush(Session *session, bool committed) {
    FunctionPending *pending = session->function_pending;
    FunctionStats *stats = session->function_stats;
    if (LIKELY(pending == NULL || (pending->map.count == 0 && pending->gone.count == 0)))
        return;
    size_t cursor = 0;
    uint64_t function;
    void *value;
    latch_lock(&stats->latch);
    while (u64map_next(&pending->map, &cursor, &function, &value)) {
        const FunctionCounters *own = value;
        /* There since the first call, unless another session has dropped the function. */
        FunctionCounters *shared = u64map_get(&stats->map, key_of(session, (Oid)function));
        if (shared == NULL)
            continue;
        shared->calls += own->calls;
        shared->total_ns += own->total_ns;
        shared->self_ns += own->self_ns;
    }
    for (size_t i = 0; committed && i < pending->gone.count; i++) {
        FunctionCounters *old = u64map_remove(&stats->map, key_of(session, pending->gone.items[i]));
        if (old != NULL)
            mem_free(stats->account, old, sizeof(*old));
    }
    latch_unlock(&stats->latch);
    function_stats_forget(session);
}

void function_stats_forget(Session *session) {
    FunctionPending *pending = session->function_pending;
    if (pending == NULL)
        return;
    u64map_destroy(&pending->map);
    arena_destroy(&pending->arena);
    mem_free(&session->account, pending, sizeof(*pending));
    session->function_pending = NULL;
}

bool function_stats_get(Session *session, Oid function, FunctionCounters *counters_out) {
    FunctionStats *stats = session->function_stats;
    latch_lock_shared(&stats->latch);
    const FunctionCounters *counters = u64map_get(&stats->map, key_of(session, function));
    if (counters != NULL)
        *counters_out = *counters;
    latch_unlock_shared(&stats->latch);
    return counters != NULL;
}

bool function_stats_get_own(const Session *session, Oid function, FunctionCounters *counters_out) {
    const FunctionPending *pending = session->function_pending;
    const FunctionCounters *counters = pending == NULL ? NULL : u64map_get(&pending->map, function);
    if (counters != NULL)
        *counters_out = *counters;
    return counters != NULL;
}

void function_stats_reset(Session *session, Oid function) {
    FunctionStats *stats = session->function_stats;
    uint64_t wanted = key_of(session, function), key;
    size_t cursor = 0;
    void *value;
    latch_lock(&stats->latch);
    if (function != 0) {
        FunctionCounters *counters = u64map_get(&stats->map, wanted);
        if (counters != NULL)
            *counters = (FunctionCounters){0};
    }
    while (function == 0 && u64map_next(&stats->map, &cursor, &key, &value))
        if (key >> 32 == wanted >> 32)
            *(FunctionCounters *)value = (FunctionCounters){0};
    latch_unlock(&stats->latch);
}

/* ---- in SQL ---- */

typedef bool (*Get)(FnCall *call, FunctionCounters *counters_out);

static bool get_shared(FnCall *call, FunctionCounters *counters_out) {
    return function_stats_get(call->site->env->session, arg_oid(call, 0), counters_out);
}
static bool get_own(FnCall *call, FunctionCounters *counters_out) {
    return function_stats_get_own(call->site->env->session, arg_oid(call, 0), counters_out);
}
static Status give_calls(FnCall *call, Get get) {
    FunctionCounters counters;
    return get(call, &counters) ? give_i64(call, counters.calls) : give_null(call);
}
static Status give_ms(FnCall *call, Get get, bool self) {
    FunctionCounters counters;
    if (!get(call, &counters))
        return give_null(call);
    call->result.f64 = (double)((self ? counters.self_ns : counters.total_ns) / 1000) / 1000.0;
    return STATUS_OK;
}

static Status fn_calls(FnCall *call) { return give_calls(call, get_shared); }
static Status fn_total(FnCall *call) { return give_ms(call, get_shared, false); }
static Status fn_self(FnCall *call) { return give_ms(call, get_shared, true); }
static Status fn_own_calls(FnCall *call) { return give_calls(call, get_own); }
static Status fn_own_total(FnCall *call) { return give_ms(call, get_own, false); }
static Status fn_own_self(FnCall *call) { return give_ms(call, get_own, true); }

static const FnEntry entries[] = {
    SYSFUNC(2978, "pg_stat_get_function_calls", fn_calls),
    SYSFUNC(2979, "pg_stat_get_function_total_time", fn_total),
    SYSFUNC(2980, "pg_stat_get_function_self_time", fn_self),
    SYSFUNC(3046, "pg_stat_get_xact_function_calls", fn_own_calls),
    SYSFUNC(3047, "pg_stat_get_xact_function_total_time", fn_own_total),
    SYSFUNC(3048, "pg_stat_get_xact_function_self_time", fn_own_self),
};

void function_stats_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
