/*
 * variables.c: SET, SHOW, RESET, DISCARD, and what settings do to a session.
 *
 * Functions never look settings up by name: each change is parsed here, once, into EvalEnv,
 * PlannerSettings and ExecSettings.
 */
#include "pgwire/client_int.h"

#include "catalog/ddl.h"
#include "pgwire/config.h"

#include "catalog/catalogs.h"
#include "catalog/depend.h"
#include "catalog/name.h"
#include "catalog/sequence.h"
#include "types/datetime.h"
#include "types/encoding.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- lists of identifiers ---- */

/* a, "B c": unquoted names are folded to lower case. False: malformed. */
static bool split_identifiers(Arena *arena, const char *text, StrList *names_out) {
    *names_out = (StrList){0};
    const char *p = text;
    while (isspace((unsigned char)*p))
        p++;
    if (*p == '\0')
        return true;
    for (;;) {
        StrBuf name;
        strbuf_init(&name, arena);
        strbuf_reserve(&name, 1);
        if (*p == '"') {
            for (p++; *p != '\0' && !(*p == '"' && p[1] != '"'); p++) {
                if (*p == '"')
                    p++;
                strbuf_putc(&name, *p);
            }
            if (*p++ != '"')
                return false;
        } else {
            while (*p != '\0' && *p != ',' && !isspace((unsigned char)*p))
                strbuf_putc(&name, (char)tolower((unsigned char)*p++));
            if (name.len == 0)
                return false;
        }
        str_list_add(arena, names_out, strbuf_cstr(&name));
        while (isspace((unsigned char)*p))
            p++;
        if (*p == '\0')
            return true;
        if (*p++ != ',')
            return false;
        while (isspace((unsigned char)*p))
            p++;
    }
}

static Status invalid_value(const char *name, const char *value) {
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"", name,
                 value);
}

/* ---- checks ---- */

static const char *const style_names[] = {"ISO", "Postgres", "SQL", "German"};
static const char *const order_names[] = {"MDY", "DMY", "YMD"};

static Status check_date_style(const ClientSession *client, const char *value, Arena *arena,
                               const char **canonical_out) {
    int style = client->exec.env.date_style, order = client->exec.env.date_order;
    bool order_given = false;
    StrList words;
    if (!split_identifiers(arena, value, &words))
        return status_detail(invalid_value("DateStyle", value), "List syntax is invalid.");
    for (uint32_t i = 0; i < words.count; i++) {
        const char *word = words.items[i];
        if (strcasecmp(word, "iso") == 0) {
            style = DATE_STYLE_ISO;
        } else if (strcasecmp(word, "sql") == 0) {
            style = DATE_STYLE_SQL;
        } else if (strncasecmp(word, "postgres", 8) == 0) {
            style = DATE_STYLE_POSTGRES;
        } else if (strcasecmp(word, "german") == 0) {
            style = DATE_STYLE_GERMAN;
            if (!order_given)
                order = DATE_ORDER_DMY;
        } else if (strcasecmp(word, "ymd") == 0) {
            order = DATE_ORDER_YMD;
            order_given = true;
        } else if (strcasecmp(word, "dmy") == 0 || strncasecmp(word, "euro", 4) == 0) {
            order = DATE_ORDER_DMY;
            order_given = true;
        } else if (strcasecmp(word, "mdy") == 0 || strcasecmp(word, "us") == 0 ||
                   strncasecmp(word, "noneuro", 7) == 0) {
            order = DATE_ORDER_MDY;
            order_given = true;
        } else if (strcasecmp(word, "default") == 0) {
            style = DATE_STYLE_ISO;
            if (!order_given)
                order = DATE_ORDER_MDY;
        } else {
            return status_detail(invalid_value("DateStyle", value),
                                 "Unrecognized key word: \"%s\".", word);
        }
    }
    *canonical_out = arena_printf(arena, "%s, %s", style_names[style], order_names[order]);
    return STATUS_OK;
}

/* "all", "none" or names of checks. */
static Status check_plpgsql_checks(const char *name, const char *value, Arena *arena) {
    static const char *const known[] = {"shadowed_variables", "too_many_rows",
                                        "strict_multi_assignment"};
    StrList words;
    if (strcasecmp(value, "all") == 0 || strcasecmp(value, "none") == 0)
        return STATUS_OK;
    if (!split_identifiers(arena, value, &words))
        return status_detail(invalid_value(name, value), "List syntax is invalid.");
    for (uint32_t i = 0; i < words.count; i++) {
        const char *word = words.items[i];
        bool is_known = false;
        for (size_t k = 0; k < ARRAY_LEN(known); k++)
            is_known |= strcasecmp(word, known[k]) == 0;
        if (is_known)
            continue;
        bool alone = strcasecmp(word, "all") == 0 || strcasecmp(word, "none") == 0;
        return status_detail(invalid_value(name, value),
                             alone ? "Key word \"%s\" cannot be combined with other key words."
                                   : "Unrecognized key word: \"%s\".",
                             word);
    }
    return STATUS_OK;
}

static Status find_zone(const char *value, const TimeZone **zone_out) {
    *zone_out = NULL;
    char *end;
    double hours = strtod(value, &end);
    if (end != value && *end == '\0' && hours > -168 && hours < 168)
        *zone_out = tz_fixed((int)(hours * 3600));
    else
        *zone_out = tz_by_name(value, strlen(value));
    return *zone_out != NULL ? STATUS_OK : invalid_value("TimeZone", value);
}

static Status check_zone(const char *value, Arena *arena, const char **canonical_out) {
    const TimeZone *zone;
    const char *text = value;
    if (strncasecmp(value, "interval ", 9) == 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "time zone given as an interval string");
    TRY(find_zone(text, &zone));
    *canonical_out = arena_strdup(arena, tz_name(zone));
    return STATUS_OK;
}

static Status check_encoding(const char *value, Arena *arena, const char **canonical_out) {
    int encoding = encoding_by_name(value, strlen(value));
    if (encoding < 0)
        return invalid_value("client_encoding", value);
    if (!encoding_converts(encoding))
        return status_detail(invalid_value("client_encoding", value),
                             "Conversion between %s and %s is not supported.",
                             encoding_name(encoding), encoding_name(ENCODING_UTF8));
    *canonical_out = encoding_name(encoding);
    return STATUS_OK;
}

/* The configuration's full name, where catalogs can be read. */
static Status check_search_config(ClientSession *client, const char *value, Arena *arena,
                                  const char **canonical_out) {
    const char *const *parts;
    const char *schema;
    uint32_t count;
    Oid oid, nsp;
    if (client->exec.txn == NULL || *value == '\0')
        return STATUS_OK;
    Status status = name_parse(arena, value, strlen(value), &parts, &count);
    if (!status_ok(status) || count > 2) {
        status_free(status);
        return invalid_value("default_text_search_config", value);
    }
    TRY(text_search_by_name(client->exec.catalog, PG_TS_CONFIG, count > 1 ? parts[0] : NULL,
                            parts[count - 1], true, &oid));
    if (oid == OID_INVALID)
        return invalid_value("default_text_search_config", value);
    TRY(object_namespace(client->exec.catalog, PG_TS_CONFIG, oid, &nsp));
    TRY(namespace_name(client->exec.catalog, nsp, &schema));
    *canonical_out = quote_qualified(client->exec.catalog, arena, schema, parts[count - 1]);
    return STATUS_OK;
}

static Status check_table_am(ClientSession *client, const char *value) {
    Oid am;
    if (*value == '\0')
        return status_detail(invalid_value("default_table_access_method", value),
                             "default_table_access_method cannot be empty.");
    if (client->exec.txn == NULL)
        return STATUS_OK;
    TRY(am_by_name(client->exec.catalog, value, 't', true, &am));
    return am != OID_INVALID ? STATUS_OK
                             : status_detail(invalid_value("default_table_access_method", value),
                                             "Table access method \"%s\" does not exist.", value);
}

/* Code with another's rights must not take the session's back. */
static Status check_role_may_change(const ClientSession *client, const char *name) {
    const CatalogSession *catalog = client->exec.catalog;
    if (catalog != NULL && session_role_is_local(catalog))
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "cannot set parameter \"%s\" within security-definer function", name);
    if (catalog != NULL && session_is_restricted(catalog))
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "cannot set parameter \"%s\" within security-restricted operation", name);
    return STATUS_OK;
}

static Status check_role(ClientSession *client, const char *value, bool session_role) {
    TRY(check_role_may_change(client, session_role ? "session_authorization" : "role"));
    if (!session_role && strcmp(value, "none") == 0)
        return STATUS_OK;
    const RoleDesc *role;
    TRY(catalog_role_by_name(client->exec.catalog, value, &role));
    if (role == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "role \"%s\" does not exist", value);
    Oid user = session_user_oid(client->exec.catalog);
    bool allowed;
    if (session_role) {
        user = session_authenticated_oid(client->exec.catalog);
        if (user == OID_INVALID || user == role->oid)
            return STATUS_OK;
        TRY(role_is_superuser(client->exec.catalog, user, &allowed));
        return allowed ? STATUS_OK
                       : error(ERR_INSUFFICIENT_PRIVILEGE,
                               "permission denied to set session authorization \"%s\"", value);
    }
    TRY(role_is_member_of(client->exec.catalog, user, role->oid, &allowed));
    return allowed
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set role \"%s\"", value);
}

static const char *const isolation_names[] = {"read uncommitted", "read committed",
                                              "repeatable read", "serializable"};

static Isolation parse_isolation(const char *value) {
    for (int i = 0; i < 4; i++)
        if (strcmp(value, isolation_names[i]) == 0)
            return (Isolation)i;
    return ISOLATION_READ_COMMITTED;
}

static Status check_isolation(const ClientSession *client, const char *value) {
    if (client->exec.txn == NULL || txn_isolation(client->exec.txn) == parse_isolation(value))
        return STATUS_OK;
    if (txn_had_snapshot(client->exec.txn))
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    if (client->savepoints.count > 0)
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
    return STATUS_OK;
}

static Status check_read_only(const ClientSession *client, const char *value) {
    Txn *txn = client->exec.txn;
    if (txn == NULL || strcmp(value, "on") == 0 || !txn_read_only(txn))
        return STATUS_OK;
    size_t depth = client->savepoints.count;
    if (depth > 0)
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "cannot set transaction read-write mode inside a read-only transaction");
    if (!txn_had_snapshot(txn))
        return STATUS_OK;
    return error(ERR_ACTIVE_SQL_TRANSACTION,
                 "transaction read-write mode must be set before any query");
}

static Status check_deferrable(const ClientSession *client) {
    if (client->savepoints.count > 0)
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction");
    if (client->exec.txn != NULL && txn_had_snapshot(client->exec.txn))
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
    return STATUS_OK;
}

static Status check_stack_depth(const char *value) {
    unsigned long most_kb = FIBER_STACK_DEPTH_MAX_BYTES / 1024;
    if (strtoul(value, NULL, 10) <= most_kb)
        return STATUS_OK;
    return status_hint(
        status_detail(error(ERR_INVALID_PARAMETER_VALUE,
                            "invalid value for parameter \"max_stack_depth\": %s", value),
                      "\"max_stack_depth\" must not exceed %lukB.", most_kb),
        "Increase the platform's stack depth limit via \"ulimit -s\" or local equivalent.");
}

static bool is(int index, const char *name) {
    return strcmp(setting_info((size_t)index)->name, name) == 0;
}

static Status validate(void *arg, int index, const char *value, SettingSource source, Arena *arena,
                       const char **canonical_out) {
    ClientSession *client = arg;
    if (is(index, "DateStyle"))
        return check_date_style(client, value, arena, canonical_out);
    if (is(index, "plpgsql.extra_errors") || is(index, "plpgsql.extra_warnings"))
        return check_plpgsql_checks(setting_info((size_t)index)->name, value, arena);
    if (is(index, "TimeZone") || is(index, "log_timezone"))
        return check_zone(value, arena, canonical_out);
    if (is(index, "default_text_search_config"))
        return check_search_config(client, value, arena, canonical_out);
    if (is(index, "client_encoding"))
        return check_encoding(value, arena, canonical_out);
    if (is(index, "search_path") || is(index, "temp_tablespaces")) {
        StrList names;
        if (!split_identifiers(arena, value, &names))
            return status_detail(invalid_value(setting_info((size_t)index)->name, value),
                                 "List syntax is invalid.");
        return STATUS_OK;
    }
    if (is(index, "default_table_access_method"))
        return check_table_am(client, value);
    if (is(index, "role"))
        return check_role(client, value, false);
    if (is(index, "session_authorization"))
        return check_role(client, value, true);
    if (is(index, "transaction_isolation"))
        return check_isolation(client, value);
    if (is(index, "transaction_read_only"))
        return check_read_only(client, value);
    if (is(index, "transaction_deferrable"))
        return check_deferrable(client);
    if (is(index, "max_stack_depth"))
        return check_stack_depth(value);
    if (is(index, "application_name")) {
        const char *name = value;
        if (client->exec.catalog != NULL)
            name = name_truncate(client->exec.catalog, arena, value);
        char *clean = arena_strndup(arena, name, MIN(strlen(name), (size_t)NAME_BYTES - 1));
        for (char *p = clean; *p != '\0'; p++)
            if (*p < 32 || *p > 126)
                *p = '?';
        *canonical_out = clean;
    }
    return STATUS_OK;
}

Status variables_check(int index, const char *value, Arena *arena, const char **canonical_out) {
    static const ClientSession nobody;
    static const char *const session_only[] = {"role",
                                               "session_authorization",
                                               "transaction_isolation",
                                               "transaction_read_only",
                                               "transaction_deferrable",
                                               "default_text_search_config"};
    for (size_t i = 0; i < ARRAY_LEN(session_only); i++)
        if (is(index, session_only[i]))
            return STATUS_OK;
    return validate((void *)(uintptr_t)&nobody, index, value, SETTING_FROM_FILE, arena,
                    canonical_out);
}

/* ---- effects ---- */

static void apply_search_path(ClientSession *client, const char *value) {
    Arena arena;
    arena_init(&arena, &client->exec.account);
    StrList names;
    if (client->exec.catalog != NULL && split_identifiers(&arena, value, &names))
        session_set_search_path(client->exec.catalog, names.items, names.count);
    arena_destroy(&arena);
}

/* The place of a REPORT setting among them; -1: not reported. */
static int report_bit(int index) {
    int bit = 0;
    for (int i = 0; i < index; i++)
        bit += (setting_info((size_t)i)->flags & SETTING_REPORT) != 0;
    return (setting_info((size_t)index)->flags & SETTING_REPORT) != 0 ? bit : -1;
}

/* is_superuser is about the role in effect, and clients are told when it changes. */
static void note_superuser(ClientSession *client) {
    bool yes = false;
    CatalogSession *catalog = client->exec.catalog;
    status_free(role_is_superuser(catalog, session_role(catalog), &yes));
    if (client->superuser_now == yes)
        return;
    client->superuser_now = yes;
    client->report_dirty |= 1u << report_bit(setting_find("is_superuser"));
}

static void apply_role(ClientSession *client, const char *value, bool session_role) {
    CatalogSession *catalog = client->exec.catalog;
    if (catalog == NULL || client->exec.txn == NULL)
        return;
    if (!session_role && strcmp(value, "none") == 0) {
        session_set_role(catalog, session_user_oid(catalog));
        note_superuser(client);
        return;
    }
    const RoleDesc *role = NULL;
    Status status = catalog_role_by_name(catalog, value, &role);
    if (status_ok(status) && role != NULL) {
        if (session_role)
            session_set_session_role(catalog, role->oid);
        session_set_role(catalog, role->oid);
        note_superuser(client);
    }
    status_free(status);
}

static void apply_date_style(EvalEnv *env, const char *value) {
    for (int i = 0; i < 4; i++)
        if (strncasecmp(value, style_names[i], strlen(style_names[i])) == 0)
            env->date_style = i;
    for (int i = 0; i < 3; i++)
        if (strstr(value, order_names[i]) != NULL)
            env->date_order = i;
}

static int enum_index(const SettingInfo *info, const char *value) {
    int index = 0;
    for (const char *p = info->enum_values; *p != '\0'; index++) {
        size_t n = strcspn(p, ",");
        if (strlen(value) == n && strncasecmp(p, value, n) == 0)
            return index;
        p += n + (p[n] == ',');
    }
    return 0;
}

static void apply_to_env(EvalEnv *env, int index, const char *value) {
    const char *name = setting_info((size_t)index)->name;
    const TimeZone *zone;
    bool on = strcmp(value, "on") == 0;
    if (strcmp(name, "TimeZone") == 0) {
        Status status = find_zone(value, &zone);
        if (status_ok(status))
            env->time_zone = zone;
        status_free(status);
    } else if (strcmp(name, "DateStyle") == 0) {
        apply_date_style(env, value);
    } else if (strcmp(name, "IntervalStyle") == 0) {
        static const char *const styles[] = {"postgres", "postgres_verbose", "sql_standard",
                                             "iso_8601"};
        for (int i = 0; i < 4; i++)
            if (strcmp(value, styles[i]) == 0)
                env->interval_style = i;
    } else if (strcmp(name, "extra_float_digits") == 0) {
        env->extra_float_digits = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "bytea_output") == 0) {
        env->bytea_output = strcmp(value, "escape") == 0;
    } else if (strcmp(name, "standard_conforming_strings") == 0) {
        env->standard_conforming_strings = on;
    } else if (strcmp(name, "escape_string_warning") == 0) {
        env->escape_string_warning = on;
    } else if (strcmp(name, "array_nulls") == 0) {
        env->array_nulls = on;
    } else if (strcmp(name, "quote_all_identifiers") == 0) {
        env->quote_all_identifiers = on;
    } else if (strcmp(name, "default_text_search_config") == 0) {
        env->text_search_config = value;
    } else if (strcmp(name, "xmloption") == 0) {
        env->xml_option = strcmp(value, "document") == 0;
    } else if (strcmp(name, "xmlbinary") == 0) {
        env->xml_binary = enum_index(setting_info((size_t)index), value);
    }
}

typedef struct FieldSetting {
    const char *name;
    size_t offset;
    enum { FIELD_BOOL, FIELD_REAL, FIELD_INT } kind;
} FieldSetting;

#define PLANNER_BOOL(field)                                                                        \
    { #field, offsetof(PlannerSettings, field), FIELD_BOOL }
#define PLANNER_REAL(field)                                                                        \
    { #field, offsetof(PlannerSettings, field), FIELD_REAL }
#define PLANNER_INT(field)                                                                         \
    { #field, offsetof(PlannerSettings, field), FIELD_INT }
static const FieldSetting planner_fields[] = {
    PLANNER_REAL(seq_page_cost),
    PLANNER_REAL(random_page_cost),
    PLANNER_REAL(cpu_tuple_cost),
    PLANNER_REAL(cpu_index_tuple_cost),
    PLANNER_REAL(cpu_operator_cost),
    PLANNER_REAL(cursor_tuple_fraction),
    {"effective_cache_size", offsetof(PlannerSettings, effective_cache_pages), FIELD_REAL},
    {"work_mem", offsetof(PlannerSettings, work_mem_kb), FIELD_REAL},
    PLANNER_REAL(hash_mem_multiplier),
    PLANNER_INT(default_statistics_target),
    PLANNER_INT(from_collapse_limit),
    PLANNER_INT(join_collapse_limit),
    PLANNER_BOOL(enable_seqscan),
    PLANNER_BOOL(enable_indexscan),
    PLANNER_BOOL(enable_indexonlyscan),
    PLANNER_BOOL(enable_bitmapscan),
    PLANNER_BOOL(enable_tidscan),
    PLANNER_BOOL(enable_sort),
    PLANNER_BOOL(enable_incremental_sort),
    PLANNER_BOOL(enable_hashagg),
    PLANNER_BOOL(enable_nestloop),
    PLANNER_BOOL(enable_mergejoin),
    PLANNER_BOOL(enable_hashjoin),
    PLANNER_BOOL(enable_material),
    PLANNER_BOOL(enable_memoize),
    PLANNER_BOOL(enable_partition_pruning),
    PLANNER_BOOL(enable_parallel_append),
    PLANNER_BOOL(parallel_leader_participation),
    PLANNER_INT(max_parallel_workers_per_gather),
    PLANNER_INT(max_parallel_workers),
    PLANNER_REAL(parallel_setup_cost),
    PLANNER_REAL(parallel_tuple_cost),
    PLANNER_REAL(min_parallel_table_scan_size),
    PLANNER_BOOL(transform_null_equals),
    PLANNER_BOOL(row_security),
};

static void apply_to_planner(PlannerSettings *planner, const char *name, const char *value) {
    if (strcmp(name, "session_replication_role") == 0)
        planner->replication_role_replica = strcmp(value, "replica") == 0;
    for (size_t i = 0; i < ARRAY_LEN(planner_fields); i++) {
        const FieldSetting *field = &planner_fields[i];
        if (strcmp(field->name, name) != 0)
            continue;
        char *at = (char *)planner + field->offset;
        if (field->kind == FIELD_BOOL)
            *(bool *)at = strcmp(value, "on") == 0;
        else if (field->kind == FIELD_REAL)
            *(double *)at = strtod(value, NULL);
        else
            *(int *)at = (int)strtol(value, NULL, 10);
    }
}

static void apply_to_executor(ExecSettings *exec, const char *name, const char *value) {
    bool on = strcmp(value, "on") == 0;
    if (strcmp(name, "work_mem") == 0)
        exec->work_mem_bytes = strtoull(value, NULL, 10) * 1024;
    else if (strcmp(name, "hash_mem_multiplier") == 0)
        exec->hash_mem_multiplier = strtod(value, NULL);
    else if (strcmp(name, "maintenance_work_mem") == 0)
        exec->maintenance_work_mem_bytes = strtoull(value, NULL, 10) * 1024;
    else if (strcmp(name, "log_temp_files") == 0)
        exec->log_temp_files_kb = strtoll(value, NULL, 10);
    else if (strcmp(name, "max_stack_depth") == 0)
        fiber_stack_limit(exec->max_stack_depth_bytes = (uint32_t)strtoul(value, NULL, 10) * 1024);
    else if (strcmp(name, "temp_file_limit") == 0)
        exec->temp_file_limit_bytes =
            value[0] == '-' ? UINT64_MAX : strtoull(value, NULL, 10) * 1024;
    else if (strcmp(name, "check_function_bodies") == 0)
        exec->check_function_bodies = on;
    else if (strcmp(name, "lo_compat_privileges") == 0)
        exec->lo_compat_privileges = on;
    else if (strcmp(name, "row_security") == 0)
        exec->row_security = on;
    else if (strcmp(name, "session_replication_role") == 0)
        exec->replication_role_replica = strcmp(value, "replica") == 0;
    else if (strcmp(name, "track_io_timing") == 0)
        exec->track_io_timing = on;
    else if (strcmp(name, "track_functions") == 0)
        exec->track_functions = strcmp(value, "all") == 0  ? TRACK_FUNCTIONS_ALL
                                : strcmp(value, "pl") == 0 ? TRACK_FUNCTIONS_PL
                                                           : TRACK_FUNCTIONS_NONE;
}

static void apply_to_session(ClientSession *client, const char *name, const char *value) {
    Txn *txn = client->exec.txn;
    if (session_log_assign(&client->log, name, value))
        return;
    if (strcmp(name, "search_path") == 0) {
        apply_search_path(client, value);
    } else if (strcmp(name, "quote_all_identifiers") == 0) {
        if (client->exec.catalog != NULL)
            session_set_quote_all(client->exec.catalog, strcmp(value, "on") == 0);
    } else if (strcmp(name, "client_encoding") == 0) {
        client->encoding = encoding_by_name(value, strlen(value));
        client->exec.settings.client_encoding = client->encoding;
    } else if (strcmp(name, "role") == 0) {
        apply_role(client, value, false);
    } else if (strcmp(name, "session_authorization") == 0) {
        apply_role(client, value, true);
        /* Where both come back, as after ROLLBACK, the role stays that of SET ROLE. */
        const char *role = settings_get(client->settings, "role");
        if (role != NULL && strcmp(role, "none") != 0)
            apply_role(client, role, false);
    } else if (strcmp(name, "default_transaction_isolation") == 0) {
        client->isolation_next = parse_isolation(value);
    } else if (strcmp(name, "default_transaction_read_only") == 0) {
        client->read_only_next = strcmp(value, "on") == 0;
    } else if (strcmp(name, "default_transaction_deferrable") == 0) {
        client->deferrable_next = strcmp(value, "on") == 0;
    } else if (strcmp(name, "synchronous_commit") == 0) {
        client->sync_commit = strcmp(value, "off") == 0     ? SYNC_OFF
                              : strcmp(value, "local") == 0 ? SYNC_LOCAL
                                                            : SYNC_ON;
    } else if (strcmp(name, "statement_timeout") == 0) {
        client->statement_timeout_us = strtoull(value, NULL, 10) * 1000;
    } else if (strcmp(name, "transaction_isolation") == 0 && txn != NULL) {
        if (!txn_has_snapshot(txn))
            txn_set_isolation(txn, parse_isolation(value));
    } else if (strcmp(name, "transaction_read_only") == 0 && txn != NULL) {
        txn_set_read_only(txn, strcmp(value, "on") == 0);
    } else if (strcmp(name, "transaction_deferrable") == 0 && txn != NULL) {
        txn_set_deferrable(txn, strcmp(value, "on") == 0);
    } else if (strcmp(name, "lock_timeout") == 0) {
        client->lock_timeout_us = strtoull(value, NULL, 10) * 1000;
        if (txn != NULL)
            txn_set_lock_timeout(txn, client->lock_timeout_us);
    } else if (strcmp(name, "deadlock_timeout") == 0) {
        client->deadlock_timeout_us = strtoull(value, NULL, 10) * 1000;
        if (txn != NULL)
            txn_set_deadlock_timeout(txn, client->deadlock_timeout_us);
    } else if (strcmp(name, "idle_session_timeout") == 0) {
        client->idle_limit_ms = strtoull(value, NULL, 10);
    } else if (strcmp(name, "idle_in_transaction_session_timeout") == 0) {
        client->idle_in_block_limit_ms = strtoull(value, NULL, 10);
    } else if (strcmp(name, "allow_system_table_mods") == 0 && client->exec.catalog != NULL) {
        session_allow_system_changes(client->exec.catalog, strcmp(value, "on") == 0);
    } else if (strcmp(name, "application_name") == 0) {
        snprintf(client->application_name, sizeof(client->application_name), "%s", value);
    }
}

/* The settings that show the transaction's own traits, or the role's. */
static const char *live_value(void *arg, int index) {
    const ClientSession *client = arg;
    if (is(index, "is_superuser"))
        return client->superuser_now ? "on" : "off";
    if (client->exec.txn == NULL)
        return NULL;
    TxnTraits traits = client_txn_traits(client);
    if (is(index, "transaction_isolation"))
        return isolation_names[traits.isolation];
    bool on = is(index, "transaction_read_only") ? traits.read_only : traits.deferrable;
    return on ? "on" : "off";
}

/* May a plan be another one under another value? Those that change with every transaction or connection
 * and are known not to matter are told apart. */
static bool counts_for_plans(int index) {
    static const char *const others[] = {
        "application_name",     "client_min_messages",    "idle_in_transaction_session_timeout",
        "idle_session_timeout", "lock_timeout",           "statement_timeout",
        "synchronous_commit",   "transaction_deferrable", "transaction_isolation",
        "transaction_read_only"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (is(index, others[i]))
            return false;
    return true;
}

uint64_t variables_hash(ClientSession *client) {
    if (client->hashed_generation != client->settings_generation) {
        client->settings_hash = settings_hash(client->settings, counts_for_plans);
        client->hashed_generation = client->settings_generation;
    }
    return client->settings_hash;
}

static void assign(void *arg, int index, const char *name, const char *value) {
    ClientSession *client = arg;
    if (index < 0)
        return;
    client->settings_generation += counts_for_plans(index);
    apply_to_env(&client->exec.env, index, value);
    apply_to_planner(&client->exec.planner, name, value);
    apply_to_executor(&client->exec.settings, name, value);
    apply_to_session(client, name, value);
    int bit = report_bit(index);
    if (bit >= 0)
        client->report_dirty |= 1u << bit;
}

static void report_where(ClientSession *client, uint32_t mask) {
    for (size_t i = 0; i < setting_count(); i++) {
        int bit = report_bit((int)i);
        if (bit >= 0 && (mask >> bit & 1) != 0)
            report_parameter(client, setting_info(i)->name,
                             settings_get_index(client->settings, (int)i));
    }
}

void variables_refresh(ClientSession *client) {
    settings_refresh(client->settings);
    client->settings_generation++;
}

void variables_report_changes(ClientSession *client) {
    if (LIKELY(client->report_dirty == 0))
        return;
    report_where(client, client->report_dirty);
    client->report_dirty = 0;
}

void variables_report_all(ClientSession *client) { report_where(client, UINT32_MAX); }

Settings *variables_make(ClientSession *client) {
    client->exec.planner = PLANNER_SETTINGS_DEFAULT;
    client->exec.env.session = &client->exec;
    client->exec.env.random_state = client->random_state;
    SettingsHooks hooks = {
        .arg = client, .validate = validate, .assign = assign, .live = live_value};
    Settings *settings =
        settings_make(client->server->options->settings, &client->exec.account, &hooks);
    client->settings = settings;
    for (size_t i = 0; i < setting_count(); i++)
        assign(client, (int)i, setting_info(i)->name, settings_get_index(settings, (int)i));
    return settings;
}

static Status apply_stored(ClientSession *client, Oid database, Oid role, SettingSource source) {
    const char *const *items;
    uint32_t count;
    TRY(catalog_role_settings(client->exec.catalog, database, role, &client->message_arena, &items,
                              &count));
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(items[i], '=');
        if (equals == NULL)
            continue;
        const char *name =
            arena_strndup(&client->message_arena, items[i], (size_t)(equals - items[i]));
        Status status = settings_set(client->settings, name, equals + 1, source, false, true);
        if (!status_ok(status))
            report_notice(client, NOTICE_WARNING, status);
    }
    return STATUS_OK;
}

Status variables_apply_defaults(ClientSession *client) {
    Oid database = session_database(client->exec.catalog);
    Oid role = session_user_oid(client->exec.catalog);
    session_set_quote_all(client->exec.catalog, client->exec.env.quote_all_identifiers);
    apply_search_path(client, settings_get(client->settings, "search_path"));
    bool superuser;
    TRY(role_is_superuser(client->exec.catalog, role, &superuser));
    TRY(apply_stored(client, database, OID_INVALID, SETTING_FROM_DATABASE));
    TRY(apply_stored(client, OID_INVALID, role, SETTING_FROM_ROLE));
    return apply_stored(client, database, role, SETTING_FROM_DATABASE_ROLE);
}

/* ---- commands ---- */

static Status is_superuser(ClientSession *client, bool *yes_out) {
    return role_is_superuser(client->exec.catalog, session_role(client->exec.catalog), yes_out);
}

Status variables_may_set(CatalogSession *catalog, Oid role, const char *name, bool *yes_out) {
    TRY(role_is_superuser(catalog, role, yes_out));
    int index = setting_find(name);
    if (*yes_out || index < 0 || setting_info((size_t)index)->context == SETTING_USER)
        return STATUS_OK;
    uint32_t held;
    TRY(parameter_acl_mask(catalog, name, role, ACL_SET, &held));
    *yes_out = held != 0;
    return STATUS_OK;
}

Status variables_argument_text(ClientSession *client, const AstVariableSet *set, Arena *arena,
                               const char **text_out) {
    int index = setting_find(set->name);
    bool list = index >= 0 && (setting_info((size_t)index)->flags & SETTING_LIST_QUOTE) != 0;
    bool several = list || (index >= 0 && is(index, "DateStyle"));
    if (set->args.count > 1 && !several)
        return error(ERR_INVALID_PARAMETER_VALUE, "SET %s takes only one argument", set->name);
    StrBuf text;
    strbuf_init(&text, arena);
    for (uint32_t i = 0; i < set->args.count; i++) {
        const Ast *arg = set->args.items[i];
        if (i > 0)
            strbuf_puts(&text, ", ");
        if (arg->tag == AST_TYPE_CAST) { /* TIME ZONE INTERVAL '..' */
            arg = ((const AstTypeCast *)arg)->arg;
            Datum value;
            TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = arena};
            TRY(type_lookup(io.env, 1186, &io.type));
            const AstConst *c = (const AstConst *)arg;
            TRY(io.type->input(&io, c->text, c->text_len, &value));
            strbuf_printf(&text, "%g", (double)value.interval.micros / 3600e6);
            continue;
        }
        const AstConst *c = (const AstConst *)arg;
        if (c->kind == AST_CONST_INTEGER)
            strbuf_put_i64(&text, c->ival);
        else if (c->kind == AST_CONST_STRING && list)
            strbuf_puts(&text, quote_ident(client->exec.catalog, arena, c->text));
        else if (c->kind == AST_CONST_BOOL)
            strbuf_puts(&text, c->bval ? "true" : "false");
        else
            strbuf_puts(&text, c->text);
    }
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* SET TRANSACTION, SET SESSION CHARACTERISTICS, SET TRANSACTION SNAPSHOT. */
static Status set_multi(ClientSession *client, const AstVariableSet *set, bool superuser) {
    if (strcasecmp(set->name, "TRANSACTION SNAPSHOT") == 0)
        return txn_snapshot_import(client->exec.txn, ((const AstConst *)set->args.items[0])->text);
    bool session = strcasecmp(set->name, "SESSION CHARACTERISTICS") == 0;
    if (!session && client->block != BLOCK_IN && client->block != BLOCK_IMPLICIT &&
        client->exec.function_depth == 0)
        report_notice(client, NOTICE_WARNING,
                      error(ERR_NO_ACTIVE_SQL_TRANSACTION,
                            "SET TRANSACTION can only be used in transaction blocks"));
    AST_FOREACH(AstOption, option, set->args) {
        const AstConst *value = (const AstConst *)option->value;
        const char *text = value->kind == AST_CONST_STRING ? value->text
                           : value->ival != 0              ? "on"
                                                           : "off";
        const char *name = session
                               ? arena_printf(&client->message_arena, "default_%s", option->name)
                               : option->name;
        TRY(settings_set(client->settings, name, text, SETTING_FROM_SESSION, !session, superuser));
    }
    return STATUS_OK;
}

static Status execute_set(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstVariableSet *set = (const AstVariableSet *)call->raw->statement;
    bool superuser;
    TRY(is_superuser(client, &superuser));
    if (!superuser && set->name != NULL)
        TRY(variables_may_set(client->exec.catalog, session_role(client->exec.catalog), set->name,
                              &superuser));
    call->tag = set->kind == AST_RESET || set->kind == AST_RESET_ALL ? "RESET" : "SET";
    if (set->local && client->block != BLOCK_IN && client->block != BLOCK_IMPLICIT &&
        client->exec.function_depth == 0)
        report_notice(client, NOTICE_WARNING,
                      error(ERR_NO_ACTIVE_SQL_TRANSACTION,
                            "SET LOCAL can only be used in transaction blocks"));
    switch (set->kind) {
    case AST_SET_MULTI:
        return set_multi(client, set, superuser);
    case AST_RESET_ALL:
        return settings_reset_all(client->settings, superuser);
    case AST_SET_CURRENT:
        return STATUS_OK;
    case AST_RESET:
    case AST_SET_DEFAULT:
        if (strcasecmp(set->name, "session_authorization") == 0 ||
            strcasecmp(set->name, "role") == 0)
            TRY(check_role_may_change(client, set->name));
        if (strcasecmp(set->name, "session_authorization") == 0)
            TRY(settings_set(client->settings, "role", NULL, SETTING_FROM_SESSION, false, true));
        return settings_set(client->settings, set->name, NULL, SETTING_FROM_SESSION, set->local,
                            superuser);
    case AST_SET_VALUE:
        break;
    }
    const char *text;
    TRY(variables_argument_text(client, set, call->arena, &text));
    TRY(settings_set(client->settings, set->name, text, SETTING_FROM_SESSION, set->local,
                     superuser));
    if (strcasecmp(set->name, "session_authorization") == 0) /* whose role was set is another now */
        return settings_set(client->settings, "role", NULL, SETTING_FROM_SESSION, set->local, true);
    return STATUS_OK;
}

#define TYPE_TEXT 25u

static Status describe_show(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    const AstVariableShow *show = (const AstVariableShow *)call->raw->statement;
    static const char *const all_names[] = {"name", "setting", "description"};
    bool all = strcasecmp(show->name, "all") == 0;
    *count_out = all ? 3 : 1;
    *columns_out = arena_array(call->arena, ResultColumn, *count_out);
    int index = setting_find(show->name);
    if (!all && index < 0) {
        const char *value;
        TRY(settings_show(client_of(call->session)->settings, show->name, false, call->arena,
                          &value));
    }
    for (uint32_t i = 0; i < *count_out; i++)
        (*columns_out)[i] = (ResultColumn){.name = all          ? all_names[i]
                                                   : index >= 0 ? setting_info((size_t)index)->name
                                                                : show->name,
                                           .type = TYPE_TEXT,
                                           .typmod = -1};
    return STATUS_OK;
}

/* One row of text columns into the sink. */
static Status emit_text(UtilityCall *call, const char *const *texts, uint32_t count) {
    Str values[3];
    Vector columns[3];
    for (uint32_t i = 0; i < count; i++) {
        values[i] = str_from_cstr(texts[i]);
        columns[i] = (Vector){.phys = PHYS_STR, .form = VEC_FLAT, .values = &values[i]};
    }
    Batch batch = {
        .column_count = count, .row_count = 1, .selection = {NULL, 1}, .columns = columns};
    return call->sink == NULL ? STATUS_OK : call->sink->rows(call->sink, &batch);
}

static Status execute_show(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstVariableShow *show = (const AstVariableShow *)call->raw->statement;
    const char *value;
    if (strcasecmp(show->name, "all") != 0) {
        TRY(settings_show(client->settings, show->name, false, call->arena, &value));
        return emit_text(call, &value, 1);
    }
    for (size_t i = 0; i < setting_count(); i++) {
        const SettingInfo *info = setting_info(i);
        if (info->flags & SETTING_NO_SHOW)
            continue;
        TRY(settings_show(client->settings, info->name, false, call->arena, &value));
        const char *texts[3] = {info->name, value, setting_description(info)};
        TRY(emit_text(call, texts, 3));
    }
    return STATUS_OK;
}

Status discard_all(ClientSession *client) {
    portals_drop_all(client);
    TRY(settings_set(client->settings, "session_authorization", NULL, SETTING_FROM_SESSION, false,
                     true));
    TRY(settings_set(client->settings, "role", NULL, SETTING_FROM_SESSION, false, true));
    TRY(settings_reset_all(client->settings, true));
    prepared_drop_all(client);
    listen_end(client);
    if (client->lock_owner != NULL)
        lock_session_release_all(client->lock_owner);
    session_executor_reset(&client->exec);
    return session_drop_temp(client->exec.catalog);
}

static Status execute_discard(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    TRY(session_check_unrestricted(client->exec.catalog, "execute DISCARD"));
    static const char *const tags[] = {"DISCARD ALL", "DISCARD PLANS", "DISCARD SEQUENCES",
                                       "DISCARD TEMP"};
    AstDiscardTarget target = ((const AstDiscard *)call->raw->statement)->target;
    call->tag = tags[target];
    switch (target) {
    case AST_DISCARD_ALL:
        if (client->block != BLOCK_STATEMENT)
            return error(ERR_ACTIVE_SQL_TRANSACTION,
                         "DISCARD ALL cannot run inside a transaction block");
        return discard_all(client);
    case AST_DISCARD_PLANS:
        session_executor_reset(&client->exec);
        return STATUS_OK;
    case AST_DISCARD_SEQUENCES:
        sequence_forget_all(client->exec.catalog);
        return STATUS_OK;
    case AST_DISCARD_TEMP:
        return session_drop_temp(client->exec.catalog);
    }
    UNREACHABLE();
}

static const UtilityCommand commands[] = {
    {AST_VARIABLE_SET, NULL, UTILITY_NO_SNAPSHOT, execute_set, NULL},
    {AST_VARIABLE_SHOW, "SHOW", UTILITY_NO_SNAPSHOT | UTILITY_RETURNS_ROWS, execute_show,
     describe_show},
    {AST_DISCARD, NULL, UTILITY_NO_SNAPSHOT, execute_discard, NULL},
};

void variables_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
