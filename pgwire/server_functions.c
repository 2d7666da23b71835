/*
 * server_functions.c: SQL functions about the server as a whole: the log, its directories, control
 * data, keywords (manual: System Administration Functions; the cumulative statistics system).
 */
#include "pgwire/functions.h"

#include "base/hash.h"
#include "pgwire/client_int.h"
#include "planner/parser.h"
#include "types/numeric.h"
#include "types/record.h"
#include "wal/wal.h"

#include <stdio.h>

static ClientSession *client_in(const FnCall *call) { return client_of(call->site->env->session); }
static Wal *wal_in(const FnCall *call) { return engine_wal(client_in(call)->server->engine); }

static Status give_null(FnCall *call) {
    call->result_null = true;
    return STATUS_OK;
}

static Status give_bool(FnCall *call, bool value) {
    call->result = datum_bool(value);
    return STATUS_OK;
}

static Status give_nothing(FnCall *call) { return give_bool(call, false); }

Status functions_give_record(FnCall *call, const Oid *types, const Datum *values, const bool *nulls,
                             uint32_t count) {
    PhysType *phys = arena_array(call->arena, PhysType, count);
    for (uint32_t i = 0; i < count; i++) {
        const TypeInfo *info;
        TRY(type_lookup(call->site->env, types[i], &info));
        phys[i] = info->phys;
    }
    return record_build(call->arena, OID_RECORD, -1, count, types, phys, values, nulls,
                        &call->result);
}

/* ---- the write-ahead log ---- */

static Status fn_insert_lsn(FnCall *call) {
    call->result.u64 = wal_append_lsn(wal_in(call));
    return STATUS_OK;
}

static Status fn_flush_lsn(FnCall *call) {
    Wal *wal = wal_in(call);
    call->result.u64 = MIN(wal_durable_lsn(wal), wal_append_lsn(wal));
    return STATUS_OK;
}

static Status fn_not_in_recovery(FnCall *call) {
    return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "recovery is not in progress"),
                       "Recovery control functions can only be executed during recovery.");
}

static Status fn_no_commit_times(FnCall *call) {
    return status_hint(
        error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "could not get commit timestamp data"),
        "Make sure the configuration parameter \"track_commit_timestamp\" is set.");
}

static Status fn_lsn_diff(FnCall *call) {
    Int128 difference = (Int128)call->args[0].u64 - (Int128)call->args[1].u64;
    call->result.str = num_make(call->arena, difference, 0);
    return STATUS_OK;
}

/* PostgreSQL's name of the segment that the byte before lsn lies in. */
static const char *segment_name(Arena *arena, Lsn lsn) {
    Lsn last = lsn - 1; /* of 0 the very last */
    return arena_printf(arena, "%08X%08X%08X", 1u, (unsigned)(last >> 32),
                        (unsigned)((last & UINT32_MAX) / WAL_SEGMENT_BYTES));
}

static Status fn_walfile_name(FnCall *call) {
    call->result = datum_cstr(segment_name(call->arena, call->args[0].u64));
    return STATUS_OK;
}

static Status fn_walfile_name_offset(FnCall *call) {
    static const Oid types[] = {OID_TEXT, OID_INT4};
    Lsn lsn = call->args[0].u64;
    Datum values[] = {datum_cstr(segment_name(call->arena, lsn)),
                      datum_i32((int32_t)(lsn % WAL_SEGMENT_BYTES))};
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

static Status fn_create_restore_point(FnCall *call) {
    if (call->args[0].str.len >= NAME_BYTES)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "value too long for restore point (maximum %d characters)", NAME_BYTES - 1);
    return fn_insert_lsn(call);
}

/* Transactions between xid and the next one; those that never were are as old as can be. */
static Status fn_age(FnCall *call) {
    uint32_t xid = call->args[0].u32;
    uint32_t next = (uint32_t)mvcc_next_xid(client_in(call)->server->mvcc);
    call->result = datum_i32(xid < 3 ? INT32_MAX : (int32_t)(next - xid));
    return STATUS_OK;
}

/* There are no multixacts: the next would be the first. */
static Status fn_mxid_age(FnCall *call) {
    uint32_t xid = call->args[0].u32;
    call->result = datum_i32(xid == 0 ? INT32_MAX : (int32_t)(1 - xid));
    return STATUS_OK;
}

/* ---- control data ---- */

#define CONTROL_VERSION 1300
#define CATALOG_VERSION 202209061

static Status fn_control_system(FnCall *call) {
    static const Oid types[] = {OID_INT4, OID_INT4, OID_INT8, OID_TIMESTAMPTZ};
    const Server *server = client_in(call)->server;
    EngineControl control;
    engine_control(server->engine, &control);
    Datum values[] = {datum_i32(CONTROL_VERSION), datum_i32(CATALOG_VERSION),
                      datum_i64((int64_t)(control.system_id >> 1)),
                      datum_i64(control.time_us - CLOCK_EPOCH_2000_US)};
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

static Status fn_control_init(FnCall *call) {
    static const Oid types[] = {OID_INT4, OID_INT4, OID_INT4, OID_INT4, OID_INT4, OID_INT4,
                                OID_INT4, OID_INT4, OID_INT4, OID_BOOL, OID_INT4};
    Datum values[] = {datum_i32(8),
                      datum_i32(8192),
                      datum_i32(131072),
                      datum_i32(8192),
                      datum_i32((int32_t)WAL_SEGMENT_BYTES),
                      datum_i32(NAME_BYTES),
                      datum_i32(32),
                      datum_i32(1996),
                      datum_i32(2048),
                      datum_bool(true),
                      datum_i32(1)};
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

static Status fn_control_recovery(FnCall *call) {
    static const Oid types[] = {OID_PG_LSN, OID_INT4, OID_PG_LSN, OID_PG_LSN, OID_BOOL};
    Datum values[ARRAY_LEN(types)] = {0};
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

static Status fn_control_checkpoint(FnCall *call) {
    static const Oid types[] = {OID_PG_LSN, OID_PG_LSN, OID_TEXT,       OID_INT4, OID_INT4,
                                OID_BOOL,   OID_TEXT,   OID_OID,        OID_XID,  OID_XID,
                                OID_XID,    OID_OID,    OID_XID,        OID_XID,  OID_OID,
                                OID_XID,    OID_XID,    OID_TIMESTAMPTZ};
    const Server *server = client_in(call)->server;
    EngineControl control;
    engine_control(server->engine, &control);
    Lsn redo = control.redo_lsn;
    Xid next = control.next_xid;
    Datum values[ARRAY_LEN(types)] = {0};
    values[0].u64 = control.checkpoint_lsn;
    values[1].u64 = redo;
    values[2] = datum_cstr(arena_printf(call->arena, "%08X%08X%08X", 1u, (unsigned)(redo >> 32),
                                        (unsigned)((redo & 0xffffffff) / WAL_SEGMENT_BYTES)));
    values[3] = values[4] = datum_i32(1);
    values[5] = datum_bool(true);
    values[6] =
        datum_cstr(arena_printf(call->arena, "%u:%u", (unsigned)(next >> 32), (unsigned)next));
    values[10] = datum_oid(3);
    values[12] = datum_oid((Oid)next);
    values[17] = datum_i64(control.time_us - CLOCK_EPOCH_2000_US);
    return functions_give_record(call, types, values, NULL, ARRAY_LEN(types));
}

/* ---- sessions ---- */

static Status fn_current_query(FnCall *call) {
    const ClientSession *client = client_in(call);
    if (client->query_text == NULL)
        return give_null(call);
    call->result = datum_str(arena_strndup(call->arena, client->query_text, client->query_len),
                             client->query_len);
    return STATUS_OK;
}

static Status list_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}

static Status backend_idset_next(SetCall *set, bool *row_out) {
    Server *server = client_in(&set->call)->server;
    uint32_t *next = set->state;
    *row_out = false;
    latch_lock(&server->registry_latch);
    while (*next < server->slot_count && !*row_out) {
        const ClientSession *client = server->slots[(*next)++];
        *row_out = client != NULL && client->activity != NULL;
    }
    latch_unlock(&server->registry_latch);
    set->columns[0] = datum_i32((int32_t)*next);
    return STATUS_OK;
}

/* The session with a backend number, under the registry's latch; NULL: none. */
static const ClientSession *backend(FnCall *call) {
    const Server *server = client_in(call)->server;
    uint32_t number = call->args[0].u32;
    const ClientSession *client =
        number >= 1 && number <= server->slot_count ? server->slots[number - 1] : NULL;
    call->result_null = client == NULL || client->activity == NULL;
    return call->result_null ? NULL : client;
}

#define BACKEND_FUNCTION(name, expression)                                                         \
    static Status fn_backend_##name(FnCall *call) {                                                \
        Server *server = client_in(call)->server;                                                  \
        latch_lock(&server->registry_latch);                                                       \
        const ClientSession *client = backend(call);                                               \
        if (client != NULL)                                                                        \
            expression;                                                                            \
        latch_unlock(&server->registry_latch);                                                     \
        return STATUS_OK;                                                                          \
    }

static void put_time(FnCall *call, int64_t micros) {
    call->result_null = micros == 0;
    call->result = datum_i64(micros);
}

BACKEND_FUNCTION(pid, call->result = datum_i32(client->exec.process_id))
BACKEND_FUNCTION(database, call->result = datum_oid(session_database(client->exec.catalog)))
BACKEND_FUNCTION(role, call->result = datum_oid(session_role(client->exec.catalog)))
BACKEND_FUNCTION(query,
                 call->result = datum_cstr(arena_strdup(call->arena, client->activity->query)))
static Status fn_backend_activity(FnCall *call) {
    TRY(fn_backend_query(call));
    if (call->result_null)
        call->result = datum_cstr("<backend information not available>");
    call->result_null = false;
    return STATUS_OK;
}

BACKEND_FUNCTION(start, put_time(call, client->activity->backend_start))
BACKEND_FUNCTION(query_start, put_time(call, client->activity->query_start))
BACKEND_FUNCTION(xact_start, put_time(call, client->activity->xact_start))
BACKEND_FUNCTION(port,
                 call->result = datum_i32(client->remote_address[0] == '\0' ? -1
                                                                            : client->remote_port))

static Status listening_next(SetCall *set, bool *row_out) {
    uint32_t *next = set->state;
    const char *name = listen_channel(client_in(&set->call), (*next)++);
    *row_out = name != NULL;
    if (*row_out)
        set->columns[0] = datum_cstr(name);
    return STATUS_OK;
}

static void put_context(SetCall *set, const char *name, const char *parent, int32_t level,
                        const MemAccount *account) {
    int64_t used = (int64_t)atomic_load(&account->used_bytes);
    set->columns[0] = datum_cstr(name);
    set->column_nulls[1] = true;
    set->column_nulls[2] = parent == NULL;
    if (parent != NULL)
        set->columns[2] = datum_cstr(parent);
    set->columns[3] = datum_i32(level);
    set->columns[4] = datum_i64(used);
    set->columns[5] = datum_i64(1);
    set->columns[6] = datum_i64(0);
    set->columns[7] = datum_i64(0);
    set->columns[8] = datum_i64(used);
}

/* The server's account, and the session's below it. */
static Status memory_contexts_next(SetCall *set, bool *row_out) {
    uint32_t place = (*(uint32_t *)set->state)++;
    *row_out = place < 2;
    if (place == 0)
        put_context(set, "TopMemoryContext", NULL, 0, mem_root());
    else if (place == 1)
        put_context(set, "MessageContext", "TopMemoryContext", 1,
                    &client_in(&set->call)->exec.account);
    return STATUS_OK;
}

static Status fn_rotate_logfile(FnCall *call) {
    ClientSession *client = client_in(call);
    client->exec.ops->notice(
        &client->exec, NOTICE_WARNING,
        error(ERR_WARNING, "rotation not possible because log collection not active"));
    return give_bool(call, false);
}

/* ---- keywords ---- */

static Status keywords_next(SetCall *set, bool *row_out) {
    static const struct {
        char code;
        const char *text;
    } categories[] = {[KEYWORD_UNRESERVED] = {'U', "unreserved"},
                      [KEYWORD_COL_NAME] = {'C', "unreserved (cannot be function or type name)"},
                      [KEYWORD_TYPE_FUNC_NAME] = {'T', "reserved (can be function or type name)"},
                      [KEYWORD_RESERVED] = {'R', "reserved"}};
    uint32_t *next = set->state;
    *row_out = *next < keyword_count;
    if (!*row_out)
        return STATUS_OK;
    const Keyword *keyword = &keyword_table[(*next)++];
    set->columns[0] = datum_cstr(keyword->name);
    set->columns[1] = (Datum){.byte = (uint8_t)categories[keyword->category].code};
    set->columns[2] = datum_bool(keyword->bare_label);
    set->columns[3] = datum_cstr(categories[keyword->category].text);
    set->columns[4] = datum_cstr(keyword->bare_label ? "can be bare label" : "requires AS");
    return STATUS_OK;
}

/* ---- transition functions of old aggregates, kept under their names ---- */

static Status int_sum(FnCall *call, int64_t value) {
    if (call->nulls[0] && call->nulls[1])
        return give_null(call);
    int64_t sum = call->nulls[0] ? 0 : call->args[0].i64;
    call->result = datum_i64((int64_t)((uint64_t)sum + (uint64_t)(call->nulls[1] ? 0 : value)));
    return STATUS_OK;
}

static Status fn_int2_sum(FnCall *call) { return int_sum(call, call->args[1].i16); }
static Status fn_int4_sum(FnCall *call) { return int_sum(call, call->args[1].i32); }

#define SERVER_FN(oid_, src, strict_, fn)                                                          \
    { .oid = oid_, .prosrc = src, .kind = FN_SCALAR, .strict = strict_, .scalar = fn }
#define SERVER_SET(oid_, src, strict_, start, next)                                                \
    {                                                                                              \
        .oid = oid_, .prosrc = src, .kind = FN_SET, .strict = strict_, .set_start = start,         \
        .set_next = next                                                                           \
    }

static const FnEntry entries[] = {
    SERVER_FN(315, "pg_jit_available", true, give_nothing),
    SERVER_FN(817, "current_query", false, fn_current_query),
    SERVER_FN(1181, "xid_age", true, fn_age),
    SERVER_FN(3939, "mxid_age", true, fn_mxid_age),
    SERVER_FN(1391, "pg_stat_get_backend_start", true, fn_backend_start),
    SERVER_FN(1393, "pg_stat_get_backend_client_port", true, fn_backend_port),
    SERVER_FN(1937, "pg_stat_get_backend_pid", true, fn_backend_pid),
    SERVER_FN(1938, "pg_stat_get_backend_dbid", true, fn_backend_database),
    SERVER_FN(1939, "pg_stat_get_backend_userid", true, fn_backend_role),
    SERVER_FN(1940, "pg_stat_get_backend_activity", true, fn_backend_activity),
    SERVER_FN(2094, "pg_stat_get_backend_activity_start", true, fn_backend_query_start),
    SERVER_FN(2857, "pg_stat_get_backend_xact_start", true, fn_backend_xact_start),
    SERVER_FN(2788, "pg_stat_get_backend_wait_event_type", true, give_null),
    SERVER_FN(2853, "pg_stat_get_backend_wait_event", true, give_null),
    SERVER_FN(2850, "pg_walfile_name_offset", true, fn_walfile_name_offset),
    SERVER_FN(2851, "pg_walfile_name", true, fn_walfile_name),
    SERVER_FN(3098, "pg_create_restore_point", true, fn_create_restore_point),
    SERVER_FN(3165, "pg_wal_lsn_diff", true, fn_lsn_diff),
    SERVER_FN(3581, "pg_xact_commit_timestamp", true, fn_no_commit_times),
    SERVER_FN(6249, "pg_database_collation_actual_version", true, give_null),
    SERVER_FN(1137, "pg_get_wal_replay_pause_state", true, fn_not_in_recovery),
    SERVER_SET(1686, "pg_get_keywords", true, list_start, keywords_next),
    SERVER_FN(1840, "int2_sum", false, fn_int2_sum),
    SERVER_FN(1841, "int4_sum", false, fn_int4_sum),
    SERVER_SET(1936, "pg_stat_get_backend_idset", true, list_start, backend_idset_next),
    SERVER_FN(2137, "pg_stat_force_next_flush", false, give_nothing),
    SERVER_FN(2230, "pg_stat_clear_snapshot", false, give_nothing),
    SERVER_SET(2282, "pg_get_backend_memory_contexts", true, list_start, memory_contexts_next),
    SERVER_FN(2622, "pg_rotate_logfile_v2", true, fn_rotate_logfile),
    SERVER_FN(2848, "pg_switch_wal", true, fn_insert_lsn),
    SERVER_FN(2849, "pg_current_wal_lsn", true, fn_insert_lsn),
    SERVER_FN(2852, "pg_current_wal_insert_lsn", true, fn_insert_lsn),
    SERVER_SET(3035, "pg_listening_channels", true, list_start, listening_next),
    SERVER_FN(3071, "pg_wal_replay_pause", true, fn_not_in_recovery),
    SERVER_FN(3072, "pg_wal_replay_resume", true, fn_not_in_recovery),
    SERVER_FN(3073, "pg_is_wal_replay_paused", true, fn_not_in_recovery),
    SERVER_FN(3330, "pg_current_wal_flush_lsn", true, fn_flush_lsn),
    SERVER_FN(3436, "pg_promote", true, fn_not_in_recovery),
    SERVER_FN(3441, "pg_control_system", true, fn_control_system),
    SERVER_FN(3442, "pg_control_checkpoint", true, fn_control_checkpoint),
    SERVER_FN(3443, "pg_control_recovery", true, fn_control_recovery),
    SERVER_FN(3444, "pg_control_init", true, fn_control_init),
    SERVER_FN(3583, "pg_last_committed_xact", true, fn_no_commit_times),
    SERVER_FN(3800, "pg_current_logfile", false, give_null),
    SERVER_FN(3801, "pg_current_logfile_1arg", false, give_null),
    SERVER_FN(3820, "pg_last_wal_receive_lsn", true, give_null),
    SERVER_FN(3821, "pg_last_wal_replay_lsn", true, give_null),
    SERVER_FN(3830, "pg_last_xact_replay_timestamp", true, give_null),
    SERVER_FN(4099, "pg_rotate_logfile", true, fn_rotate_logfile),
    SERVER_FN(6170, "pg_stat_reset_replication_slot", false, give_nothing),
    SERVER_FN(6232, "pg_stat_reset_subscription_stats", false, give_nothing),
};

void server_functions_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
