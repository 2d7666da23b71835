/*
 * shared_stats.c: counters of the server as a whole, and setting counters back (manual: pg_stat_wal,
 * pg_stat_bgwriter, pg_stat_slru, pg_stat_reset). Whatever counts goes on counting: a reset remembers where it stood.
 */
#include "pgwire/shared_stats.h"

#include "base/array.h"
#include "catalog/catalog.h"
#include "executor/executor.h"
#include "mvcc/access_stats.h"
#include "pgwire/client_int.h"
#include "pgwire/functions.h"
#include "runtime/clock.h"
#include "types/numeric.h"
#include "wal/wal.h"

#define SLRU_COUNT 8u
static const char *const slru_names[SLRU_COUNT] = {
    "CommitTs", "MultiXactMember", "MultiXactOffset", "Notify", "Serial", "Subtrans", "Xact",
    "other"};

struct SharedStats { /* by the registry's latch */
    int64_t archiver_reset, bgwriter_reset, wal_reset, slru_reset[SLRU_COUNT];
    uint64_t checkpoint_base;
    WalStats wal_base;
};

void shared_stats_init(Server *server) {
    SharedStats *stats = mem_alloc(&server->sessions_account, sizeof(*stats));
    *stats = (SharedStats){.archiver_reset = server->start_micros,
                           .bgwriter_reset = server->start_micros,
                           .wal_reset = server->start_micros};
    for (size_t i = 0; i < SLRU_COUNT; i++)
        stats->slru_reset[i] = server->start_micros;
    server->shared_stats = stats;
}

static Server *server_in(const FnCall *call) { return client_of(call->site->env->session)->server; }

static SharedStats read_stats(Server *server) {
    latch_lock_shared(&server->registry_latch);
    SharedStats stats = *server->shared_stats;
    latch_unlock_shared(&server->registry_latch);
    return stats;
}

static Status give_nothing(FnCall *call) {
    call->result = datum_bool(false);
    return STATUS_OK;
}

/* ---- reading ---- */

static Status fn_stat_wal(FnCall *call) {
    static const Oid types[] = {OID_INT8, OID_INT8,   OID_NUMERIC, OID_INT8,       OID_INT8,
                                OID_INT8, OID_FLOAT8, OID_FLOAT8,  OID_TIMESTAMPTZ};
    Server *server = server_in(call);
    SharedStats shared = read_stats(server);
    WalStats now;
    wal_stats(engine_wal(server->engine), &now);
    NumVar bytes =
        num_var_i64(call->arena, (int64_t)(now.record_bytes - shared.wal_base.record_bytes));
    Datum values[ARRAY_LEN(types)] = {0};
    values[0] = datum_i64((int64_t)(now.record_count - shared.wal_base.record_count));
    TRY(num_store(call->arena, &bytes, &values[2].str));
    values[4] = datum_i64((int64_t)(now.group_count - shared.wal_base.group_count));
    values[5] = values[4];
    values[8] = datum_i64(shared.wal_reset);
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

static Status fn_stat_archiver(FnCall *call) {
    static const Oid types[] = {OID_INT8, OID_TEXT,        OID_TIMESTAMPTZ, OID_INT8,
                                OID_TEXT, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ};
    static const bool nulls[] = {false, true, true, false, true, true, false};
    Datum values[ARRAY_LEN(types)] = {0};
    values[6] = datum_i64(read_stats(server_in(call)).archiver_reset);
    return functions_give_record(call, types, values, nulls, ARRAY_LEN(types));
}

static Status fn_bgwriter_reset_time(FnCall *call) {
    call->result = datum_i64(read_stats(server_in(call)).bgwriter_reset);
    return STATUS_OK;
}

/* A checkpoint here is asked for, by the log's size or CHECKPOINT. */
static Status fn_checkpoints(FnCall *call) {
    EngineStats engine;
    engine_stats(server_in(call)->engine, &engine);
    call->result =
        datum_i64((int64_t)(engine.checkpoints - read_stats(server_in(call)).checkpoint_base));
    return STATUS_OK;
}

static Status slru_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}

/* PostgreSQL's caches of small transaction data by name; here they have no pages. */
static Status slru_next(SetCall *set, bool *row_out) {
    uint32_t *next = set->state;
    *row_out = *next < SLRU_COUNT;
    if (!*row_out)
        return STATUS_OK;
    SharedStats shared = read_stats(server_in(&set->call));
    for (int i = 0; i < set->column_count; i++) {
        set->columns[i] = datum_i64(0);
        set->column_nulls[i] = false;
    }
    set->columns[0] = datum_str(slru_names[*next], strlen(slru_names[*next]));
    set->columns[8] = datum_i64(shared.slru_reset[*next]);
    (*next)++;
    return STATUS_OK;
}

/* ---- back to 0 ---- */

static Status fn_reset_shared(FnCall *call) {
    const char *target = arena_strndup(call->arena, call->args[0].str.data, call->args[0].str.len);
    Server *server = server_in(call);
    SharedStats *stats = server->shared_stats;
    Status status = STATUS_OK;
    EngineStats engine;
    WalStats wal;
    engine_stats(server->engine, &engine);
    wal_stats(engine_wal(server->engine), &wal);
    latch_lock(&server->registry_latch);
    if (strcmp(target, "archiver") == 0) {
        stats->archiver_reset = clock_timestamp_us();
    } else if (strcmp(target, "bgwriter") == 0) {
        stats->bgwriter_reset = clock_timestamp_us();
        stats->checkpoint_base = engine.checkpoints;
    } else if (strcmp(target, "wal") == 0) {
        stats->wal_reset = clock_timestamp_us();
        stats->wal_base = wal;
    } else if (strcmp(target, "recovery_prefetch") != 0) {
        status = status_hint(
            error(ERR_INVALID_PARAMETER_VALUE, "unrecognized reset target: \"%s\"", target),
            "Target must be \"archiver\", \"bgwriter\", \"recovery_prefetch\", or \"wal\".");
    }
    latch_unlock(&server->registry_latch);
    TRY(status);
    return give_nothing(call);
}

/* NULL: all. A name that is none means "other". */
static Status fn_reset_slru(FnCall *call) {
    Server *server = server_in(call);
    size_t at = 0, count = SLRU_COUNT;
    if (!call->nulls[0]) {
        const Str name = call->args[0].str;
        while (at + 1 < SLRU_COUNT && (name.len != strlen(slru_names[at]) ||
                                       strncasecmp(name.data, slru_names[at], name.len) != 0))
            at++;
        count = at + 1;
    }
    latch_lock(&server->registry_latch);
    for (; at < count; at++)
        server->shared_stats->slru_reset[at] = clock_timestamp_us();
    latch_unlock(&server->registry_latch);
    return give_nothing(call);
}

static void reset_relation(const ClientSession *client, char kind, StoreId store) {
    if (kind == 'i')
        index_access_reset(client->server->mvcc, store);
    else
        table_access_reset(client->server->mvcc, store);
}

static Status fn_reset_one_table(FnCall *call) {
    ClientSession *client = client_of(call->site->env->session);
    const RelationDesc *rel;
    Oid database = session_database(client->exec.catalog);
    TRY(catalog_relation(client->exec.catalog, call->args[0].u32, &rel));
    if (rel != NULL && rel->store != 0)
        reset_relation(client, rel->kind, rel->store);
    if (rel != NULL && rel->is_shared)
        database = OID_INVALID;
    database_stats_reset(client->server, database, false);
    return give_nothing(call);
}

static Status fn_reset_one_function(FnCall *call) {
    ClientSession *client = client_of(call->site->env->session);
    if (call->args[0].u32 != 0)
        function_stats_reset(&client->exec, call->args[0].u32);
    database_stats_reset(client->server, session_database(client->exec.catalog), false);
    return give_nothing(call);
}

/* All of the database's. */
static Status fn_reset(FnCall *call) {
    ClientSession *client = client_of(call->site->env->session);
    NestedQuery query = {.sql = "SELECT oid FROM pg_catalog.pg_class WHERE relkind IN "
                                "('r', 'i', 'm', 't') AND NOT relisshared",
                         .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    uint64_t processed;
    row_collector_init(&rows, call->arena, 0);
    TRY(executor_run_sql(&client->exec, &query, &rows.sink, &processed));
    for (uint64_t i = 0; i < rows.row_count; i++) {
        const RelationDesc *rel;
        TRY(catalog_relation(client->exec.catalog, rows.values[i].u32, &rel));
        if (rel != NULL && rel->store != 0)
            reset_relation(client, rel->kind, rel->store);
    }
    function_stats_reset(&client->exec, 0);
    database_stats_reset(client->server, session_database(client->exec.catalog), true);
    return give_nothing(call);
}

#define STATS_FN(oid_, src, strict_, fn)                                                           \
    { .oid = oid_, .prosrc = src, .kind = FN_SCALAR, .strict = strict_, .scalar = fn }

static const FnEntry entries[] = {
    STATS_FN(1136, "pg_stat_get_wal", false, fn_stat_wal),
    STATS_FN(2274, "pg_stat_reset", false, fn_reset),
    {.oid = 2306,
     .prosrc = "pg_stat_get_slru",
     .kind = FN_SET,
     .strict = true,
     .set_start = slru_start,
     .set_next = slru_next},
    STATS_FN(2307, "pg_stat_reset_slru", false, fn_reset_slru),
    STATS_FN(2770, "pg_stat_get_bgwriter_requested_checkpoints", true, fn_checkpoints),
    STATS_FN(3075, "pg_stat_get_bgwriter_stat_reset_time", true, fn_bgwriter_reset_time),
    STATS_FN(3195, "pg_stat_get_archiver", false, fn_stat_archiver),
    STATS_FN(3775, "pg_stat_reset_shared", true, fn_reset_shared),
    STATS_FN(3776, "pg_stat_reset_single_table_counters", true, fn_reset_one_table),
    STATS_FN(3777, "pg_stat_reset_single_function_counters", true, fn_reset_one_function),
};

void shared_stats_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
