/*
 * functions.c: SQL functions about sessions and the server: settings, activity, cancelling, advisory
 * locks, transaction ids (manual: System Administration Functions, System Information Functions).
 */
#include <stdlib.h>

#include "pgwire/functions.h"

#include "base/array.h"
#include "pgwire/client_int.h"
#include "types/snapshot.h"

static ClientSession *client_in(const FnCall *call) { return client_of(call->site->env->session); }

static const char *text_arg(const FnCall *call, int i) {
    return arena_strndup(call->arena, call->args[i].str.data, call->args[i].str.len);
}

static Status return_text(FnCall *call, const char *text) {
    call->result = datum_cstr(text);
    return STATUS_OK;
}

static Status return_bool(FnCall *call, bool value) {
    call->result = datum_bool(value);
    return STATUS_OK;
}

static Status return_null(FnCall *call) {
    call->result_null = true;
    return STATUS_OK;
}

/* ---- settings ---- */

static Status fn_current_setting(FnCall *call) {
    const char *value;
    TRY(settings_show(client_in(call)->settings, text_arg(call, 0), false, call->arena, &value));
    return return_text(call, value);
}

static Status fn_current_setting_missing(FnCall *call) {
    const char *value;
    TRY(settings_show(client_in(call)->settings, text_arg(call, 0), call->args[1].b, call->arena,
                      &value));
    return value == NULL ? return_null(call) : return_text(call, value);
}

static Status fn_set_config(FnCall *call) {
    ClientSession *client = client_in(call);
    if (call->nulls[0])
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "SET requires parameter name");
    const char *name = text_arg(call, 0), *value = call->nulls[1] ? NULL : text_arg(call, 1);
    bool local = !call->nulls[2] && call->args[2].b;
    TRY(client_ops.setting_set(&client->exec, name, value, local));
    TRY(settings_show(client->settings, name, false, call->arena, &value));
    return return_text(call, value);
}

typedef struct RowCursor {
    size_t next;
} RowCursor;

static Status cursor_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, RowCursor);
    return STATUS_OK;
}

static void put_text(SetCall *set, int column, const char *text) {
    set->column_nulls[column] = text == NULL;
    if (text != NULL)
        set->columns[column] = datum_cstr(text);
}

static void put_bool(SetCall *set, int column, bool value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_bool(value);
}

static void put_i32(SetCall *set, int column, int32_t value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_i32(value);
}

static void put_i64(SetCall *set, int column, int64_t value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_i64(value);
}

static void put_nulls(SetCall *set) {
    for (int i = 0; i < set->column_count; i++)
        set->column_nulls[i] = true;
}

/* A number as pg_settings prints limits. */
static const char *limit_text(const SettingInfo *info, double value, Arena *arena) {
    if (info->type != SETTING_INTEGER && info->type != SETTING_REAL)
        return NULL;
    return arena_printf(arena, info->type == SETTING_INTEGER ? "%.0f" : "%g", value);
}

static Status enum_values(const SettingInfo *info, Arena *arena, Datum *array_out) {
    VEC(Datum) values = {0};
    for (const char *p = info->enum_values; *p != '\0';) {
        size_t n = strcspn(p, ",");
        vec_push(&values, arena, datum_str(p, n));
        p += n + (p[n] == ',');
    }
    return array_build_1d(arena, 25, PHYS_STR, values.items, NULL, (uint32_t)values.count,
                          array_out);
}

static Status show_all_next(SetCall *set, bool *row_out) {
    static const char *const sources[] = {
        "default", "configuration file", "command line", "database",
        "user",    "database user",      "client",       "session"};
    ClientSession *client = client_in(&set->call);
    RowCursor *cursor = set->state;
    Arena *arena = set->call.arena;
    while (cursor->next < setting_count() &&
           (setting_info(cursor->next)->flags & SETTING_NO_SHOW) != 0)
        cursor->next++;
    *row_out = cursor->next < setting_count();
    if (!*row_out)
        return STATUS_OK;
    int index = (int)cursor->next++;
    const SettingInfo *info = setting_info((size_t)index);
    put_text(set, 0, info->name);
    put_text(set, 1, setting_plain(info, settings_get_index(client->settings, index), arena));
    put_text(set, 2, info->unit[0] == '\0' ? NULL : info->unit);
    put_text(set, 3, info->category);
    put_text(set, 4, setting_description(info));
    put_text(set, 5, setting_description_more(info));
    put_text(set, 6, setting_context_name(info->context));
    put_text(set, 7, setting_type_name(info->type));
    put_text(set, 8, sources[settings_source(client->settings, index)]);
    put_text(set, 9, limit_text(info, info->min, arena));
    put_text(set, 10, limit_text(info, info->max, arena));
    set->column_nulls[11] = info->type != SETTING_ENUM;
    if (info->type == SETTING_ENUM)
        TRY(enum_values(info, arena, &set->columns[11]));
    put_text(set, 12, info->boot);
    put_text(set, 13, settings_reset_value(client->settings, index));
    const SettingsServer *settings = client->server->options->settings;
    const char *file = NULL;
    int line;
    bool sees;
    TRY(role_has_privileges_of(client->exec.catalog, session_role(client->exec.catalog),
                               OID_ROLE_READ_ALL_SETTINGS, &sees));
    if (!sees || settings_source(client->settings, index) != SETTING_FROM_FILE ||
        !settings_server_origin(settings, index, &file, &line))
        file = NULL;
    put_text(set, 14, file);
    set->column_nulls[15] = file == NULL;
    if (file != NULL)
        put_i32(set, 15, line);
    put_bool(set, 16, settings_server_pending(settings, index));
    return STATUS_OK;
}

/* ---- the server and its sessions ---- */

static Status fn_version(FnCall *call) {
    return return_text(call, "PostgreSQL 15.18 (Phantom 0.1) on x86_64-pc-linux-gnu, compiled by "
                             "gcc, 64-bit");
}

static Status fn_backend_pid(FnCall *call) {
    call->result = datum_i32(call->site->env->session->process_id);
    return STATUS_OK;
}

/* Superusers' sessions are superusers' to end; others their own role's and pg_signal_backend's. */
static Status check_may_signal(CatalogSession *session, Oid target, bool cancel) {
    bool super, target_super, member, signals;
    Oid role = session_role(session);
    TRY(role_is_superuser(session, role, &super));
    TRY(role_is_superuser(session, target, &target_super));
    if (target_super && !super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be a superuser to %s",
                     cancel ? "cancel superuser query" : "terminate superuser process");
    TRY(role_has_privileges_of(session, role, target, &member));
    TRY(role_has_privileges_of(session, role, OID_ROLE_SIGNAL_BACKEND, &signals));
    if (member || signals)
        return STATUS_OK;
    return error(ERR_INSUFFICIENT_PRIVILEGE,
                 cancel
                     ? "must be a member of the role whose query is being canceled or member of "
                       "pg_signal_backend"
                     : "must be a member of the role whose process is being terminated or member "
                       "of pg_signal_backend");
}

static Status signal_backend(FnCall *call, InterruptReason reason) {
    ClientSession *client = client_in(call);
    Oid target;
    if (server_session_role(client->server, call->args[0].i32, &target))
        TRY(check_may_signal(client->exec.catalog, target, reason == INTERRUPT_CANCEL));
    bool found = server_interrupt(client->server, call->args[0].i32, reason);
    if (!found)
        report_notice(
            client, NOTICE_WARNING,
            error(ERR_WARNING, "PID %d is not a PostgreSQL backend process", call->args[0].i32));
    if (call->args[0].i32 == client->exec.process_id)
        fiber_interrupt(client->fiber, reason); /* at once, not when the worker gets to it */
    return return_bool(call, found);
}

static Status fn_cancel_backend(FnCall *call) { return signal_backend(call, INTERRUPT_CANCEL); }
static Status fn_terminate_backend(FnCall *call) {
    return signal_backend(call, INTERRUPT_TERMINATE);
}

static Status fn_postmaster_start_time(FnCall *call) {
    call->result = datum_i64(client_in(call)->server->start_micros);
    return STATUS_OK;
}

static Status fn_is_in_recovery(FnCall *call) { return return_bool(call, false); }

static Status fn_address(FnCall *call, bool client_side) {
    ClientSession *client = client_in(call);
    char address[CONN_ADDRESS_BYTES];
    uint16_t port;
    if (client->conn == NULL || conn_kind(client->conn) == CONN_UNIX)
        return return_null(call);
    if (client_side)
        conn_remote_address(client->conn, address, &port);
    else
        conn_local_address(client->conn, address, &port);
    TypeIo io = {.typmod = -1, .env = call->site->env, .arena = call->arena};
    TRY(type_lookup(io.env, 869, &io.type)); /* inet */
    return io.type->input(&io, arena_strdup(call->arena, address), strlen(address), &call->result);
}

static Status fn_client_addr(FnCall *call) { return fn_address(call, true); }
static Status fn_server_addr(FnCall *call) { return fn_address(call, false); }

static Status fn_port(FnCall *call, bool client_side) {
    ClientSession *client = client_in(call);
    char address[CONN_ADDRESS_BYTES];
    uint16_t port;
    if (client->conn == NULL || conn_kind(client->conn) == CONN_UNIX)
        return return_null(call);
    if (client_side)
        conn_remote_address(client->conn, address, &port);
    else
        conn_local_address(client->conn, address, &port);
    call->result = datum_i32(port);
    return STATUS_OK;
}

static Status fn_client_port(FnCall *call) { return fn_port(call, true); }
static Status fn_server_port(FnCall *call) { return fn_port(call, false); }

static Status fn_sleep(FnCall *call) {
    double seconds = call->args[0].f64;
    uint64_t until = clock_mono_us() + (uint64_t)(seconds > 0 ? MIN(seconds, 1e9) * 1e6 : 0);
    while (clock_mono_us() < until) {
        fiber_park(until);
        TRY(fiber_check_interrupt());
    }
    return STATUS_OK; /* void */
}

/* What of a session's row is read from texts once the registry's latch is free. */
typedef struct ActivityTexts {
    const char *address, *serial; /* NULL: none */
} ActivityTexts;

/* Names are cut as names of PostgreSQL's are. */
static void put_certificate(SetCall *set, const TlsInfo *info, ActivityTexts *texts) {
    Arena *arena = set->call.arena;
    if (info->peer_dn == NULL)
        return;
    put_text(set, 22, arena_strndup(arena, info->peer_subject, strnlen(info->peer_subject, 63)));
    put_text(set, 24, arena_strndup(arena, info->peer_issuer, strnlen(info->peer_issuer, 63)));
    texts->serial = arena_strdup(arena, info->peer_serial);
}

/* The value of a built-in type that text says; NULL: none. */
static Status put_read(SetCall *set, uint32_t column, Oid type, const char *text) {
    if (text == NULL)
        return STATUS_OK;
    TypeIo io = {.typmod = -1, .env = set->call.site->env, .arena = set->call.arena};
    TRY(type_lookup(io.env, type, &io.type));
    set->column_nulls[column] = false;
    return io.type->input(&io, text, strlen(text), &set->columns[column]);
}

/* One session's row of pg_stat_get_activity; columns as pg_proc names them. */
static void activity_row(SetCall *set, const ClientSession *client, ActivityTexts *texts) {
    static const char *const states[] = {"idle", "active", "active", "idle in transaction",
                                         "idle in transaction (aborted)"};
    const Activity *activity = client->activity;
    put_nulls(set);
    put_i32(set, 0,
            client->exec.catalog == NULL ? 0 : (int32_t)session_database(client->exec.catalog));
    put_i32(set, 1, client->exec.process_id);
    put_i32(set, 2,
            client->exec.catalog == NULL ? 0 : (int32_t)session_user_oid(client->exec.catalog));
    put_text(set, 3, arena_strdup(set->call.arena, client->application_name));
    bool active = client->running && client->block != BLOCK_FAILED;
    put_text(set, 4, active ? "active" : states[client->block]);
    put_text(set, 5, arena_strdup(set->call.arena, activity->query));
    if (activity->xact_start != 0)
        put_i64(set, 8, activity->xact_start);
    if (activity->query_start != 0)
        put_i64(set, 9, activity->query_start);
    put_i64(set, 10, activity->backend_start);
    if (activity->state_change != 0)
        put_i64(set, 11, activity->state_change);
    bool local = client->remote_address[0] == '\0';
    put_i32(set, 14, local ? -1 : client->remote_port);
    if (!local)
        texts->address = arena_strdup(set->call.arena, client->remote_address);
    put_text(set, 17, "client backend");
    put_bool(set, 18, client->tls_info.version != NULL);
    if (client->tls_info.version != NULL) {
        put_text(set, 19, client->tls_info.version);
        put_text(set, 20, client->tls_info.cipher);
        put_i32(set, 21, client->tls_info.bits);
        put_certificate(set, &client->tls_info, texts);
    }
}

/* What a session does is its role's and pg_read_all_stats's to see. */
static Status hide_activity(SetCall *set) {
    CatalogSession *session = client_in(&set->call)->exec.catalog;
    bool member, reads;
    TRY(role_has_privileges_of(session, session_role(session), set->columns[2].u32, &member));
    TRY(role_has_privileges_of(session, session_role(session), OID_ROLE_READ_ALL_STATS, &reads));
    if (member || reads)
        return STATUS_OK;
    Datum shown[] = {set->columns[0], set->columns[1], set->columns[2], set->columns[3]};
    put_nulls(set);
    for (uint32_t i = 0; i < ARRAY_LEN(shown); i++) {
        set->columns[i] = shown[i];
        set->column_nulls[i] = false;
    }
    put_text(set, 5, "<insufficient privilege>");
    return STATUS_OK;
}

static Status activity_next(SetCall *set, bool *row_out) {
    Server *server = client_in(&set->call)->server;
    RowCursor *cursor = set->state;
    bool any = set->call.nulls == NULL || set->call.nulls[0];
    *row_out = false;
    ActivityTexts texts = {NULL, NULL};
    latch_lock(&server->registry_latch);
    while (cursor->next < server->slot_count && !*row_out) {
        const ClientSession *client = server->slots[cursor->next++];
        if (client == NULL || client->activity == NULL ||
            (!any && client->exec.process_id != set->call.args[0].i32))
            continue;
        activity_row(set, client, &texts);
        *row_out = true;
    }
    latch_unlock(&server->registry_latch);
    if (!*row_out)
        return STATUS_OK;
    TRY(put_read(set, 12, 869, texts.address)); /* inet */
    TRY(put_read(set, 23, 1700, texts.serial)); /* numeric */
    return hide_activity(set);
}

typedef Status (*ListBlockers)(Mvcc *mvcc, int32_t process_id, Arena *arena,
                               const int32_t **pids_out, size_t *count_out);

static Status return_blockers(FnCall *call, ListBlockers list) {
    const int32_t *pids;
    size_t count;
    TRY(list(client_in(call)->server->mvcc, call->args[0].i32, call->arena, &pids, &count));
    Datum *values = arena_array(call->arena, Datum, count);
    for (size_t i = 0; i < count; i++)
        values[i] = datum_i32(pids[i]);
    return array_build_1d(call->arena, 23, PHYS_I32, values, NULL, (uint32_t)count, &call->result);
}

static Status fn_blocking_pids(FnCall *call) { return return_blockers(call, lock_blockers); }

static Status fn_safe_snapshot_blocking_pids(FnCall *call) {
    return return_blockers(call, lock_safe_snapshot_blockers);
}

static Status blocked_by_any(FnCall *call, ListBlockers list, bool *blocked_out) {
    const int32_t *pids;
    size_t count;
    TRY(list(client_in(call)->server->mvcc, call->args[0].i32, call->arena, &pids, &count));
    ArrayView interesting;
    TRY(array_view(call->args[1].str, &interesting));
    for (size_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < interesting.elem_count; j++)
            *blocked_out |= array_get(&interesting, j).i32 == pids[i];
    return STATUS_OK;
}

static Status fn_session_is_blocked(FnCall *call) {
    bool blocked = false;
    TRY(blocked_by_any(call, lock_blockers, &blocked));
    TRY(blocked_by_any(call, lock_safe_snapshot_blockers, &blocked));
    return return_bool(call, blocked);
}

static Status lock_status_next(SetCall *set, bool *row_out) {
    static const char *const modes[] = {"",
                                        "AccessShareLock",
                                        "RowShareLock",
                                        "RowExclusiveLock",
                                        "ShareUpdateExclusiveLock",
                                        "ShareLock",
                                        "ShareRowExclusiveLock",
                                        "ExclusiveLock",
                                        "AccessExclusiveLock"};
    static const char *const kinds[] = {"relation", "advisory", "object", "transactionid", "tuple"};
    struct LockRows {
        const LockInfo *list;
        size_t count, next;
    } *rows = set->state;
    if (rows == NULL) {
        rows = arena_zalloc(set->scan_arena, sizeof(*rows));
        TRY(lock_list(client_in(&set->call)->server->mvcc, set->scan_arena, &rows->list,
                      &rows->count));
        set->state = rows;
    }
    *row_out = rows->next < rows->count;
    if (!*row_out)
        return STATUS_OK;
    const LockInfo *lock = &rows->list[rows->next++];
    put_nulls(set);
    put_text(set, 0, kinds[lock->tag.kind]);
    if (lock->tag.kind != LOCK_TRANSACTION)
        put_i32(set, 1, (int32_t)lock->tag.database);
    if (lock->tag.kind == LOCK_RELATION || lock->tag.kind == LOCK_ROW)
        put_i32(set, 2, (int32_t)lock->tag.key1);
    if (lock->tag.kind == LOCK_ROW) {
        put_i32(set, 3, (int32_t)(lock->tag.key2 >> 8));
        set->column_nulls[4] = false;
        set->columns[4] = (Datum){.i16 = (int16_t)((lock->tag.key2 & 255) + 1)};
    }
    if (lock->tag.kind == LOCK_TRANSACTION)
        put_i32(set, 6, (int32_t)lock->tag.key1);
    if (lock->tag.kind == LOCK_ADVISORY) {
        bool two = lock->tag.key3 == 2;
        put_i32(set, 7, (int32_t)(two ? lock->tag.key1 : lock->tag.key1 >> 32));
        put_i32(set, 8, (int32_t)(two ? lock->tag.key2 : lock->tag.key1));
        set->column_nulls[9] = false;
        set->columns[9] = (Datum){.i16 = (int16_t)lock->tag.key3};
    }
    put_text(
        set, 10,
        arena_printf(set->call.arena, "%d/%llu", lock->process_id, (unsigned long long)lock->xid));
    put_i32(set, 11, lock->process_id);
    put_text(set, 12, modes[lock->mode]);
    put_bool(set, 13, lock->granted);
    put_bool(set, 14, false);
    if (!lock->granted && lock->wait_start_micros != 0)
        put_i64(set, 15, lock->wait_start_micros);
    return STATUS_OK;
}

static Status lazy_start(SetCall *set) {
    set->state = NULL;
    return STATUS_OK;
}

/* ---- statements, cursors, notifications ---- */

static Status type_array(SetCall *set, const Oid *types, uint32_t count, Datum *array_out) {
    Datum *values = arena_array(set->call.arena, Datum, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = datum_oid(types[i]);
    return array_build_1d(set->call.arena, 2206, PHYS_I32, values, NULL, count, array_out);
}

typedef struct PreparedName {
    uint64_t serial;
    const char *name;
} PreparedName;

typedef struct PreparedCursor {
    PreparedName *names;
    uint32_t count, at;
} PreparedCursor;

static int compare_serials(const void *a, const void *b) {
    uint64_t left = ((const PreparedName *)a)->serial, right = ((const PreparedName *)b)->serial;
    return (left > right) - (left < right);
}

/* Oldest first. Names, as a statement may be gone when its turn comes. */
static Status prepared_start(SetCall *set) {
    ClientSession *client = client_in(&set->call);
    PreparedCursor *cursor = arena_new(set->scan_arena, PreparedCursor);
    const void *key;
    size_t len, position = 0;
    void *item;
    uint32_t count = 0;
    while (strmap_next(&client->prepared, &position, &key, &len, &item))
        count++;
    cursor->names = arena_array(set->scan_arena, PreparedName, count);
    position = 0;
    while (strmap_next(&client->prepared, &position, &key, &len, &item)) {
        const Prepared *prepared = item;
        cursor->names[cursor->count++] =
            (PreparedName){prepared->serial, arena_strdup(set->scan_arena, prepared->name)};
    }
    qsort(cursor->names, count, sizeof(PreparedName), compare_serials);
    set->state = cursor;
    return STATUS_OK;
}

static Status prepared_next(SetCall *set, bool *row_out) {
    ClientSession *client = client_in(&set->call);
    PreparedCursor *cursor = set->state;
    const Prepared *prepared = NULL;
    while (prepared == NULL && cursor->at < cursor->count)
        prepared = prepared_find(client, cursor->names[cursor->at++].name);
    *row_out = prepared != NULL;
    if (!*row_out)
        return STATUS_OK;
    put_text(set, 0, prepared->name);
    put_text(set, 1, prepared->text);
    put_i64(set, 2, prepared->prepared_micros);
    set->column_nulls[3] = false;
    TRY(type_array(set, prepared->param_types, prepared->param_count, &set->columns[3]));
    put_bool(set, 4, prepared->from_sql);
    put_i64(set, 5, (int64_t)prepared->generic_runs);
    put_i64(set, 6, (int64_t)prepared->custom_runs);
    return STATUS_OK;
}

static Status cursor_next(SetCall *set, bool *row_out) {
    ClientSession *client = client_in(&set->call);
    RowCursor *cursor = set->state;
    const void *key;
    size_t len;
    void *item;
    *row_out = strmap_next(&client->portals, &cursor->next, &key, &len, &item);
    if (!*row_out)
        return STATUS_OK;
    const Portal *portal = item;
    put_text(set, 0, portal->name);
    put_text(set, 1, portal->text);
    put_bool(set, 2, portal->hold);
    put_bool(set, 3, portal->binary);
    put_bool(set, 4, portal->scroll);
    put_i64(set, 5, portal->created_micros);
    return STATUS_OK;
}

static Status fn_notify(FnCall *call) {
    return listen_notify(call->site->env->session, call->nulls[0] ? "" : text_arg(call, 0),
                         call->nulls[1] ? "" : text_arg(call, 1));
}

static Status fn_queue_usage(FnCall *call) {
    call->result = (Datum){.f64 = 0};
    return STATUS_OK;
}

/* ---- advisory locks ---- */

typedef struct AdvisoryKind {
    bool two_keys, shared, transaction, try;
} AdvisoryKind;

static Status advisory_lock(FnCall *call, AdvisoryKind kind) {
    ClientSession *client = client_in(call);
    LockTag tag = {.kind = LOCK_ADVISORY,
                   .database = session_database(client->exec.catalog),
                   .key1 = kind.two_keys ? (uint32_t)call->args[0].i32 : call->args[0].u64,
                   .key2 = kind.two_keys ? (uint32_t)call->args[1].i32 : 0,
                   .key3 = kind.two_keys ? 2 : 1};
    LockMode mode = kind.shared ? LOCK_SHARE : LOCK_EXCLUSIVE;
    LockWait wait = kind.try ? LOCK_NOWAIT : LOCK_WAIT;
    bool got = false;
    if (kind.transaction)
        TRY(lock_acquire(client->exec.txn, &tag, mode, wait, &got));
    else
        TRY(lock_session_acquire(client->exec.txn, client->lock_owner, &tag, mode, wait, &got));
    call->result = datum_bool(got);
    return STATUS_OK;
}

static Status advisory_unlock(FnCall *call, AdvisoryKind kind) {
    ClientSession *client = client_in(call);
    LockTag tag = {.kind = LOCK_ADVISORY,
                   .database = session_database(client->exec.catalog),
                   .key1 = kind.two_keys ? (uint32_t)call->args[0].i32 : call->args[0].u64,
                   .key2 = kind.two_keys ? (uint32_t)call->args[1].i32 : 0,
                   .key3 = kind.two_keys ? 2 : 1};
    LockMode mode = kind.shared ? LOCK_SHARE : LOCK_EXCLUSIVE;
    bool held = lock_session_release(client->lock_owner, &tag, mode);
    if (!held)
        report_notice(client, NOTICE_WARNING,
                      error(ERR_WARNING, "you don't own a lock of type %s",
                            kind.shared ? "ShareLock" : "ExclusiveLock"));
    return return_bool(call, held);
}

#define ADVISORY(name, ...)                                                                        \
    static Status fn_##name(FnCall *call) {                                                        \
        return advisory_lock(call, (AdvisoryKind){__VA_ARGS__});                                   \
    }
ADVISORY(lock_int8, .try = false)
ADVISORY(lock_int4, .two_keys = true)
ADVISORY(lock_shared_int8, .shared = true)
ADVISORY(lock_shared_int4, .two_keys = true, .shared = true)
ADVISORY(xact_lock_int8, .transaction = true)
ADVISORY(xact_lock_int4, .two_keys = true, .transaction = true)
ADVISORY(xact_lock_shared_int8, .shared = true, .transaction = true)
ADVISORY(xact_lock_shared_int4, .two_keys = true, .shared = true, .transaction = true)
ADVISORY(try_lock_int8, .try = true)
ADVISORY(try_lock_int4, .two_keys = true, .try = true)
ADVISORY(try_lock_shared_int8, .shared = true, .try = true)
ADVISORY(try_lock_shared_int4, .two_keys = true, .shared = true, .try = true)
ADVISORY(try_xact_lock_int8, .transaction = true, .try = true)
ADVISORY(try_xact_lock_int4, .two_keys = true, .transaction = true, .try = true)
ADVISORY(try_xact_lock_shared_int8, .shared = true, .transaction = true, .try = true)
ADVISORY(try_xact_lock_shared_int4, .two_keys = true, .shared = true, .transaction = true,
         .try = true)

#define ADVISORY_UNLOCK(name, ...)                                                                 \
    static Status fn_##name(FnCall *call) {                                                        \
        return advisory_unlock(call, (AdvisoryKind){__VA_ARGS__});                                 \
    }
ADVISORY_UNLOCK(unlock_int8, .shared = false)
ADVISORY_UNLOCK(unlock_int4, .two_keys = true)
ADVISORY_UNLOCK(unlock_shared_int8, .shared = true)
ADVISORY_UNLOCK(unlock_shared_int4, .two_keys = true, .shared = true)

static Status fn_unlock_all(FnCall *call) {
    lock_session_release_all(client_in(call)->lock_owner);
    return STATUS_OK; /* void */
}

/* ---- transactions ---- */

static Status fn_current_xact_id(FnCall *call) {
    Xid xid;
    TRY(txn_assign_xid(call->site->env->txn, &xid));
    call->result = datum_i64((int64_t)xid);
    return STATUS_OK;
}

static Status fn_current_xact_id_if_assigned(FnCall *call) {
    Xid xid = txn_xid(call->site->env->txn);
    call->result = datum_i64((int64_t)xid);
    call->result_null = xid == XID_INVALID;
    return STATUS_OK;
}

static Status fn_xact_status(FnCall *call) {
    static const char *const names[] = {"in progress", "committed", "aborted"};
    Mvcc *mvcc = client_in(call)->server->mvcc;
    if (call->args[0].u64 >= mvcc_next_xid(mvcc))
        return error(ERR_INVALID_PARAMETER_VALUE, "transaction ID %llu is in the future",
                     (unsigned long long)call->args[0].u64);
    Xid xid = call->args[0].u64;
    /* The two that PostgreSQL reserves have always committed. */
    bool reserved = xid == 1 || xid == 2;
    XidStatus status = reserved ? XID_COMMITTED : mvcc_xid_status(mvcc, xid);
    call->result_null = status == XID_TOO_OLD;
    return call->result_null ? STATUS_OK : return_text(call, names[status]);
}

static Status fn_current_snapshot(FnCall *call) {
    Txn *txn = call->site->env->txn;
    const Snapshot *snapshot;
    const Xid *xids;
    size_t count;
    TRY(txn_snapshot(txn, &snapshot));
    Status s =
        mvcc_in_progress(client_in(call)->server->mvcc, snapshot, call->arena, &xids, &count);
    if (status_ok(s))
        s = snapshot_store(call->arena, snapshot->xmin, snapshot->xmax, xids, count, &call->result);
    txn_snapshot_release(txn, snapshot);
    return s;
}

static Status fn_export_snapshot(FnCall *call) {
    const char *id;
    TRY(txn_snapshot_export(call->site->env->txn, call->arena, &id));
    return return_text(call, id);
}

/* ---- registration ---- */

#define SCALAR(oid_, src, strict_, fn)                                                             \
    { .oid = oid_, .prosrc = src, .kind = FN_SCALAR, .strict = strict_, .scalar = fn }
#define SET(oid_, src, strict_, start, next)                                                       \
    {                                                                                              \
        .oid = oid_, .prosrc = src, .kind = FN_SET, .strict = strict_, .set_start = start,         \
        .set_next = next                                                                           \
    }

static const FnEntry entries[] = {
    SCALAR(2077, "show_config_by_name", true, fn_current_setting),
    SCALAR(3294, "show_config_by_name_missing_ok", true, fn_current_setting_missing),
    SCALAR(2078, "set_config_by_name", false, fn_set_config),
    SET(2084, "show_all_settings", true, cursor_start, show_all_next),
    SCALAR(89, "pgsql_version", true, fn_version),
    SCALAR(2026, "pg_backend_pid", true, fn_backend_pid),
    SCALAR(2171, "pg_cancel_backend", true, fn_cancel_backend),
    SCALAR(2096, "pg_terminate_backend", true, fn_terminate_backend),
    SCALAR(2560, "pg_postmaster_start_time", true, fn_postmaster_start_time),
    SCALAR(3810, "pg_is_in_recovery", true, fn_is_in_recovery),
    SCALAR(2196, "inet_client_addr", false, fn_client_addr),
    SCALAR(2197, "inet_client_port", false, fn_client_port),
    SCALAR(2198, "inet_server_addr", false, fn_server_addr),
    SCALAR(2199, "inet_server_port", false, fn_server_port),
    SCALAR(2626, "pg_sleep", true, fn_sleep),
    SET(2022, "pg_stat_get_activity", false, cursor_start, activity_next),
    SCALAR(2561, "pg_blocking_pids", true, fn_blocking_pids),
    SCALAR(3378, "pg_isolation_test_session_is_blocked", true, fn_session_is_blocked),
    SCALAR(3376, "pg_safe_snapshot_blocking_pids", true, fn_safe_snapshot_blocking_pids),
    SET(1371, "pg_lock_status", true, lazy_start, lock_status_next),
    SET(2510, "pg_prepared_statement", true, prepared_start, prepared_next),
    SET(2511, "pg_cursor", true, cursor_start, cursor_next),
    SCALAR(3036, "pg_notify", false, fn_notify),
    SCALAR(3296, "pg_notification_queue_usage", true, fn_queue_usage),
    SCALAR(2880, "pg_advisory_lock_int8", true, fn_lock_int8),
    SCALAR(2886, "pg_advisory_lock_int4", true, fn_lock_int4),
    SCALAR(2881, "pg_advisory_lock_shared_int8", true, fn_lock_shared_int8),
    SCALAR(2887, "pg_advisory_lock_shared_int4", true, fn_lock_shared_int4),
    SCALAR(3089, "pg_advisory_xact_lock_int8", true, fn_xact_lock_int8),
    SCALAR(3093, "pg_advisory_xact_lock_int4", true, fn_xact_lock_int4),
    SCALAR(3090, "pg_advisory_xact_lock_shared_int8", true, fn_xact_lock_shared_int8),
    SCALAR(3094, "pg_advisory_xact_lock_shared_int4", true, fn_xact_lock_shared_int4),
    SCALAR(2882, "pg_try_advisory_lock_int8", true, fn_try_lock_int8),
    SCALAR(2888, "pg_try_advisory_lock_int4", true, fn_try_lock_int4),
    SCALAR(2883, "pg_try_advisory_lock_shared_int8", true, fn_try_lock_shared_int8),
    SCALAR(2889, "pg_try_advisory_lock_shared_int4", true, fn_try_lock_shared_int4),
    SCALAR(3091, "pg_try_advisory_xact_lock_int8", true, fn_try_xact_lock_int8),
    SCALAR(3095, "pg_try_advisory_xact_lock_int4", true, fn_try_xact_lock_int4),
    SCALAR(3092, "pg_try_advisory_xact_lock_shared_int8", true, fn_try_xact_lock_shared_int8),
    SCALAR(3096, "pg_try_advisory_xact_lock_shared_int4", true, fn_try_xact_lock_shared_int4),
    SCALAR(2884, "pg_advisory_unlock_int8", true, fn_unlock_int8),
    SCALAR(2890, "pg_advisory_unlock_int4", true, fn_unlock_int4),
    SCALAR(2885, "pg_advisory_unlock_shared_int8", true, fn_unlock_shared_int8),
    SCALAR(2891, "pg_advisory_unlock_shared_int4", true, fn_unlock_shared_int4),
    SCALAR(2892, "pg_advisory_unlock_all", true, fn_unlock_all),
    SCALAR(5059, "pg_current_xact_id", true, fn_current_xact_id),
    SCALAR(2943, "pg_current_xact_id", true, fn_current_xact_id),
    SCALAR(5060, "pg_current_xact_id_if_assigned", true, fn_current_xact_id_if_assigned),
    SCALAR(3348, "pg_current_xact_id_if_assigned", true, fn_current_xact_id_if_assigned),
    SCALAR(5066, "pg_xact_status", true, fn_xact_status),
    SCALAR(3360, "pg_xact_status", true, fn_xact_status),
    SCALAR(5061, "pg_current_snapshot", true, fn_current_snapshot),
    SCALAR(2944, "pg_current_snapshot", true, fn_current_snapshot),
    SCALAR(3809, "pg_export_snapshot", true, fn_export_snapshot),
};

void session_functions_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
