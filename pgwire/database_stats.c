/*
 * database_stats.c: transactions and sessions by database (manual: pg_stat_database). Counted since the
 * server started, each worker for itself.
 */
#include "pgwire/client_int.h"

#include "mvcc/access_stats.h"
#include "runtime/clock.h"
#include "types/fn.h"

typedef struct DatabaseStats {
    struct DatabaseStats *next;
    Oid database;
    int64_t reset_micros; /* 0: never */
    AccessStats counters; /* by DatabaseCounter */
} DatabaseStats;

static DatabaseStats *find(const Server *server, Oid database) {
    DatabaseStats *stats = server->database_stats;
    while (stats != NULL && stats->database != database)
        stats = stats->next;
    return stats;
}

/* The latch is held. */
static DatabaseStats *find_or_make(Server *server, Oid database) {
    DatabaseStats *stats = find(server, database);
    if (stats == NULL) {
        stats = mem_alloc(&server->sessions_account, sizeof(*stats));
        *stats = (DatabaseStats){.next = server->database_stats, .database = database};
        access_stats_init(&stats->counters, &server->sessions_account);
        server->database_stats = stats;
    }
    return stats;
}

void database_stats_reset(Server *server, Oid database, bool counters) {
    latch_lock(&server->registry_latch);
    DatabaseStats *stats = find_or_make(server, database);
    stats->reset_micros = clock_timestamp_us();
    if (counters)
        access_stats_clear(&stats->counters);
    latch_unlock(&server->registry_latch);
}

void database_stats_join(ClientSession *client, Oid database) {
    Server *server = client->server;
    latch_lock(&server->registry_latch);
    DatabaseStats *stats = find_or_make(server, database);
    latch_unlock(&server->registry_latch);
    client->database_stats = stats;
    database_stats_count(client, DATABASE_SESSIONS);
}

void database_stats_count(ClientSession *client, DatabaseCounter counter) {
    if (LIKELY(client->database_stats != NULL))
        access_count(&client->database_stats->counters, (AccessCounter)counter, 1);
}

static Status give(FnCall *call, DatabaseCounter counter) {
    Server *server = client_of(call->site->env->session)->server;
    latch_lock(&server->registry_latch);
    const DatabaseStats *stats = find(server, call->args[0].u32);
    uint64_t sum = 0;
    for (uint32_t slot = 0; stats != NULL && slot < stats->counters.slot_count; slot++)
        sum += atomic_load_explicit(&stats->counters.slots[slot * ACCESS_SLOT_COUNTERS + counter],
                                    memory_order_relaxed);
    latch_unlock(&server->registry_latch);
    call->result = datum_i64((int64_t)sum);
    return STATUS_OK;
}

static Status fn_commits(FnCall *call) { return give(call, DATABASE_COMMITS); }
static Status fn_rollbacks(FnCall *call) { return give(call, DATABASE_ROLLBACKS); }
static Status fn_sessions(FnCall *call) { return give(call, DATABASE_SESSIONS); }

static Status fn_reset_time(FnCall *call) {
    Server *server = client_of(call->site->env->session)->server;
    latch_lock_shared(&server->registry_latch);
    const DatabaseStats *stats = find(server, call->args[0].u32);
    int64_t micros = stats == NULL ? 0 : stats->reset_micros;
    latch_unlock_shared(&server->registry_latch);
    call->result = datum_i64(micros);
    call->result_null = micros == 0;
    return STATUS_OK;
}

static Status fn_backends(FnCall *call) {
    Server *server = client_of(call->site->env->session)->server;
    int32_t count = 0;
    latch_lock(&server->registry_latch);
    const DatabaseStats *stats = find(server, call->args[0].u32);
    for (uint32_t i = 0; i < server->slot_count; i++)
        count +=
            server->slots[i] != NULL && stats != NULL && server->slots[i]->database_stats == stats;
    latch_unlock(&server->registry_latch);
    call->result = datum_i32(count);
    return STATUS_OK;
}

static const FnEntry entries[] = {
    {.oid = 1941,
     .prosrc = "pg_stat_get_db_numbackends",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_backends},
    {.oid = 1942,
     .prosrc = "pg_stat_get_db_xact_commit",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_commits},
    {.oid = 1943,
     .prosrc = "pg_stat_get_db_xact_rollback",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_rollbacks},
    {.oid = 3074,
     .prosrc = "pg_stat_get_db_stat_reset_time",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_reset_time},
    {.oid = 6188,
     .prosrc = "pg_stat_get_db_sessions",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_sessions},
};

void database_stats_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
