/*
 * sysfuncs_admin.c: functions about the catalogs' own shape, settings' properties and the build, and
 * those that only servers of other kinds (upgrades, standbys) serve.
 */
#include "executor/function_stats.h"
#include "executor/sysfuncs_int.h"

#include "executor/exec_int.h"
#include "executor/executor.h"
#include "executor/settings.h"

/* ---- pg_settings_get_flags, pg_config ---- */

static const struct {
    const char *name, *flags;
} setting_flags[] = {
#define SETTING_FLAGS(name, flags) {name, flags},
#include "executor/setting_flags.def"
#undef SETTING_FLAGS
};

/* A text array of the words between commas. */
static Status words_array(Arena *arena, const char *words, Datum *array_out) {
    Datum values[8];
    uint32_t count = 0;
    while (*words != '\0' && count < ARRAY_LEN(values)) {
        size_t len = strcspn(words, ",");
        values[count++] = datum_str(words, len);
        words += len + (words[len] == ',');
    }
    return array_build_1d(arena, OID_TEXT, PHYS_STR, values, NULL, count, array_out);
}

static Status fn_settings_get_flags(FnCall *call) {
    int setting = setting_find(arg_text(call, 0));
    const char *flags = "";
    if (setting < 0)
        return give_null(call);
    for (size_t i = 0; i < ARRAY_LEN(setting_flags); i++)
        if (strcmp(setting_flags[i].name, setting_info((size_t)setting)->name) == 0)
            flags = setting_flags[i].flags;
    return words_array(call->arena, flags, &call->result);
}

static Status list_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}

static Status nothing_next(SetCall *set, bool *row_out) {
    *row_out = false;
    return STATUS_OK;
}

static Status config_next(SetCall *set, bool *row_out) {
    static const char *const names[] = {
        "BINDIR",  "DOCDIR",     "HTMLDIR",    "INCLUDEDIR", "PKGINCLUDEDIR", "INCLUDEDIR-SERVER",
        "LIBDIR",  "PKGLIBDIR",  "LOCALEDIR",  "MANDIR",     "SHAREDIR",      "SYSCONFDIR",
        "PGXS",    "CONFIGURE",  "CC",         "CPPFLAGS",   "CFLAGS",        "CFLAGS_SL",
        "LDFLAGS", "LDFLAGS_EX", "LDFLAGS_SL", "LIBS",       "VERSION"};
    uint32_t *next = set->state;
    const char *value = "not recorded";
    *row_out = *next < ARRAY_LEN(names);
    if (!*row_out)
        return STATUS_OK;
    if (strcmp(names[*next], "VERSION") == 0) {
        Session *session = set->call.site->env->session;
        TRY(session->ops->setting_show(session, set->call.arena, "server_version", false, &value));
        value = arena_printf(set->call.arena, "PostgreSQL %s", value);
    }
    set_text(set, 0, names[(*next)++]);
    set_text(set, 1, value);
    return STATUS_OK;
}

/* ---- the catalogs' shape ---- */

typedef struct CatalogForeignKey {
    const char *catalog, *columns, *other, *other_columns;
    bool is_array, optional;
} CatalogForeignKey;
static const CatalogForeignKey foreign_keys[] = {
#define FOREIGN_KEY(...) {__VA_ARGS__},
#include "executor/foreign_keys.def"
#undef FOREIGN_KEY
};

static Oid catalog_by_name(const char *name) {
    size_t count;
    const CatalogTable *const tables = catalog_tables(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].name, name) == 0)
            return tables[i].oid;
    return OID_INVALID;
}

static Status foreign_keys_next(SetCall *set, bool *row_out) {
    uint32_t *next = set->state;
    *row_out = *next < ARRAY_LEN(foreign_keys);
    if (!*row_out)
        return STATUS_OK;
    const CatalogForeignKey *key = &foreign_keys[(*next)++];
    set_oid(set, 0, catalog_by_name(key->catalog));
    set_oid(set, 2, catalog_by_name(key->other));
    set_bool(set, 4, key->is_array);
    set_bool(set, 5, key->optional);
    set->column_nulls[1] = set->column_nulls[3] = false;
    TRY(words_array(set->call.arena, key->columns, &set->columns[1]));
    return words_array(set->call.arena, key->other_columns, &set->columns[3]);
}

static Status fn_next_oid(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const CatalogTable *table = catalog_table(arg_oid(call, 0));
    const CatalogTable *indexed = NULL;
    const char *column_name = arg_text(call, 1);
    int column = -1;
    if (table == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "pg_nextoid() can only be used on system catalogs");
    const CatalogIndex *index = catalog_index(arg_oid(call, 2), &indexed);
    if (index == NULL || indexed != table)
        return error(ERR_INVALID_PARAMETER_VALUE, "index \"%s\" does not belong to table \"%s\"",
                     index == NULL ? "" : index->name, table->name);
    for (int i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, column_name) == 0)
            column = i;
    if (column < 0)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                     column_name, table->name);
    if (table->columns[column].type != OID_OID)
        return error(ERR_INVALID_PARAMETER_VALUE, "column \"%s\" is not of type oid", column_name);
    if (!index->unique || index->key_count != 1 || index->columns[0] != column)
        return error(ERR_INVALID_PARAMETER_VALUE, "index \"%s\" is not the index for column \"%s\"",
                     index->name, column_name);
    Oid oid;
    TRY(catalog_new_oid(session, table->oid, &oid));
    return give_oid(call, oid);
}

static Status fn_am_validate(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(call_catalog(call), PG_OPCLASS_OID_INDEX, arg_oid(call, 0), call->arena,
                         &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for operator class %u",
                     arg_oid(call, 0));
    return give_bool(call, true);
}

static Status fn_build_phase(FnCall *call) {
    static const char *const phases[] = {"initializing", "scanning table", "sorting live tuples",
                                         "sorting dead tuples", "loading tuples in tree"};
    int64_t phase = call->args[1].i64;
    if (arg_oid(call, 0) != 403 || phase < 1 || phase > (int64_t)ARRAY_LEN(phases))
        return give_null(call);
    return give_text(call, phases[phase - 1]);
}

static Status fn_validator(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(call_catalog(call), PG_PROC_OID_INDEX, arg_oid(call, 0), call->arena, &row,
                         &found));
    if (!found)
        return error(ERR_UNDEFINED_FUNCTION, "function with OID %u does not exist",
                     arg_oid(call, 0));
    return give_bool(call, false);
}

/* Collations of the operating system and of ICU are there from the start. */
static Status fn_import_collations(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(call_catalog(call), PG_NAMESPACE_OID_INDEX, arg_oid(call, 0), call->arena,
                         &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_SCHEMA, "schema with OID %u does not exist", arg_oid(call, 0));
    return give_i32(call, 0);
}

/* ---- currtid2 ---- */

static Status wrong_tid(const char *name, int64_t tid) {
    return error(ERR_INVALID_PARAMETER_VALUE, "tid (%u, %u) is not valid for relation \"%s\"",
                 (unsigned)((uint64_t)tid >> 16), (unsigned)(tid & 0xffff), name);
}

/* A row keeps its place as long as it lives, so its newest version is where it was. */
static Status current_tid(FnCall *call, const RelationDesc *rel) {
    static const Oid types[] = {OID_TID};
    RowCollector rows;
    row_collector_init(&rows, call->arena, 1);
    NestedQuery query = {.sql = arena_printf(call->arena, "SELECT ctid FROM %s WHERE ctid = $1",
                                             quote_qualified(call_catalog(call), call->arena,
                                                             rel->nsp_name, rel->name)),
                         .param_count = 1,
                         .param_types = types,
                         .params = &call->args[1],
                         .param_nulls = &call->nulls[1]};
    TRY(executor_run_sql(call->site->env->session, &query, &rows.sink, NULL));
    if (rows.row_count == 0)
        return wrong_tid(rel->name, call->args[1].i64);
    call->result = call->args[1];
    return STATUS_OK;
}

static Status fn_current_tid(FnCall *call) {
    const char *const *parts;
    uint32_t count;
    Oid oid;
    const RelationDesc *rel;
    CatalogSession *session = call_catalog(call);
    TRY(name_parse(call->arena, call->args[0].str.data, call->args[0].str.len, &parts, &count));
    TRY(relation_by_name(session, count == 3 ? parts[0] : NULL,
                         count >= 2 ? parts[count - 2] : NULL, parts[count - 1], false, &oid));
    TRY(catalog_relation_require(session, oid, &rel));
    if (rel->kind == 'i' || rel->kind == 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an index", rel->name);
    if (rel->kind == 'S') {
        call->result = call->args[1];
        return STATUS_OK;
    }
    if (rel->kind == 'v') {
        const ColumnDesc *ctid = relation_column(rel, "ctid");
        if (ctid == NULL)
            return error(ERR_INTERNAL_ERROR, "currtid cannot handle views with no CTID");
        if (ctid->type != OID_TID)
            return error(ERR_INTERNAL_ERROR, "ctid isn't of type TID");
    } else if (rel->kind != 'r' && rel->kind != 'm') {
        return error(ERR_INTERNAL_ERROR, "cannot look at latest visible tid for relation \"%s.%s\"",
                     rel->nsp_name, rel->name);
    }
    return current_tid(call, rel);
}

/* ---- statistics of what there is none of ---- */

static Status record_of(FnCall *call, uint32_t count, const Oid *types, const Datum *values,
                        const bool *nulls) {
    PhysType phys[16];
    for (uint32_t i = 0; i < count; i++)
        phys[i] = type_builtin(types[i])->phys;
    return record_build(call->arena, OID_RECORD, -1, count, types, phys, values, nulls,
                        &call->result);
}

static Status fn_slot_stats(FnCall *call) {
    static const Oid types[] = {OID_TEXT, OID_INT8, OID_INT8, OID_INT8, OID_INT8,
                                OID_INT8, OID_INT8, OID_INT8, OID_INT8, OID_TIMESTAMPTZ};
    static const bool nulls[ARRAY_LEN(types)] = {[9] = true};
    Datum values[ARRAY_LEN(types)] = {call->args[0]};
    return record_of(call, ARRAY_LEN(types), types, values, nulls);
}
static Status fn_subscription_stats(FnCall *call) {
    static const Oid types[] = {OID_OID, OID_INT8, OID_INT8, OID_TIMESTAMPTZ};
    static const bool nulls[] = {false, false, false, true};
    Datum values[ARRAY_LEN(types)] = {call->args[0]};
    return record_of(call, ARRAY_LEN(types), types, values, nulls);
}
static Status prefetch_next(SetCall *set, bool *row_out) {
    uint32_t *next = set->state;
    *row_out = (*next)++ == 0;
    for (int i = 0; i < set->column_count; i++) {
        set->column_nulls[i] = i == 0;
        set->columns[i] = datum_i64(0);
    }
    return STATUS_OK;
}

static Status fn_have_stats(FnCall *call) {
    static const struct {
        const char *kind;
        bool fixed;
    } kinds[] = {{"database", false}, {"relation", false},     {"function", false},
                 {"replslot", false}, {"subscription", false}, {"archiver", true},
                 {"bgwriter", true},  {"checkpointer", true},  {"slru", true},
                 {"wal", true}};
    const char *kind = arg_text(call, 0);
    CatalogRow row;
    FunctionCounters counters;
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcasecmp(kinds[i].kind, kind) != 0)
            continue;
        if (i == 0 && arg_oid(call, 2) == 0)
            TRY(catalog_find_oid(call_catalog(call), PG_DATABASE_OID_INDEX, arg_oid(call, 1),
                                 call->arena, &row, &found));
        if (i == 1)
            TRY(catalog_find_oid(call_catalog(call), PG_CLASS_OID_INDEX, arg_oid(call, 2),
                                 call->arena, &row, &found));
        if (i == 2 && arg_oid(call, 1) == session_database(call_catalog(call)))
            found = function_stats_get(call->site->env->session, arg_oid(call, 2), &counters);
        return give_bool(call, kinds[i].fixed || found);
    }
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid statistics kind: \"%s\"", kind);
}

static Status resource_managers_next(SetCall *set, bool *row_out) {
    static const char *const names[] = {
        "XLOG",       "Transaction",   "Storage", "CLOG",     "Database",
        "Tablespace", "MultiXact",     "RelMap",  "Standby",  "Heap2",
        "Heap",       "Btree",         "Hash",    "Gin",      "Gist",
        "Sequence",   "SPGist",        "BRIN",    "CommitTs", "ReplicationOrigin",
        "Generic",    "LogicalMessage"};
    uint32_t *next = set->state;
    *row_out = *next < ARRAY_LEN(names);
    if (!*row_out)
        return STATUS_OK;
    set_i32(set, 0, (int32_t)*next);
    set_bool(set, 2, true);
    set_text(set, 1, names[(*next)++]);
    return STATUS_OK;
}

/* There are no multixacts. */
static Status multixact_start(SetCall *set) {
    uint32_t id = set->call.args[0].u32;
    if (id < 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid MultiXactId: %u", id);
    return error(ERR_INTERNAL_ERROR,
                 "MultiXactId %u has not been created yet -- apparent wraparound", id);
}

static Status fn_no_upgrade(FnCall *call) {
    return error(ERR_CANT_CHANGE_RUNTIME_PARAM,
                 "function can only be called when server is in binary upgrade mode");
}
static Status fn_only_trigger(FnCall *call) {
    const char *name;
    TRY(proc_name(call_catalog(call), call->site->function, &name));
    return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                 "function \"%s\" was not called by trigger manager", name);
}

#define TRIGGER(oid, prosrc) SYSFUNC(oid, prosrc, fn_only_trigger)
#define UPGRADE(oid, name) SYSFUNC_LAX(oid, "binary_upgrade_" name, fn_no_upgrade)
static const FnEntry entries[] = {
    SYSFUNC(275, "pg_nextoid", fn_next_oid),
    SYSFUNC(338, "amvalidate", fn_am_validate),
    SYSFUNC(676, "pg_indexam_progress_phasename", fn_build_phase),
    TRIGGER(1250, "unique_key_recheck"),
    TRIGGER(1291, "suppress_redundant_updates_trigger"),
    SYSFUNC(1294, "currtid_byrelname", fn_current_tid),
    TRIGGER(1644, "RI_FKey_check_ins"),
    TRIGGER(1645, "RI_FKey_check_upd"),
    TRIGGER(1646, "RI_FKey_cascade_del"),
    TRIGGER(1647, "RI_FKey_cascade_upd"),
    TRIGGER(1648, "RI_FKey_restrict_del"),
    TRIGGER(1649, "RI_FKey_restrict_upd"),
    TRIGGER(1650, "RI_FKey_setnull_del"),
    TRIGGER(1651, "RI_FKey_setnull_upd"),
    TRIGGER(1652, "RI_FKey_setdefault_del"),
    TRIGGER(1653, "RI_FKey_setdefault_upd"),
    TRIGGER(1654, "RI_FKey_noaction_del"),
    TRIGGER(1655, "RI_FKey_noaction_upd"),
    SYSFUNC(2247, "fmgr_c_validator", fn_validator),
    SYSFUNC(2248, "fmgr_sql_validator", fn_validator),
    SYSFUNC_SET(3400, "pg_config", list_start, config_next),
    SYSFUNC(3445, "pg_import_system_collations", fn_import_collations),
    UPGRADE(3582, "set_next_pg_type_oid"),
    UPGRADE(3584, "set_next_array_pg_type_oid"),
    UPGRADE(3586, "set_next_heap_pg_class_oid"),
    UPGRADE(3587, "set_next_index_pg_class_oid"),
    UPGRADE(3588, "set_next_toast_pg_class_oid"),
    UPGRADE(3589, "set_next_pg_enum_oid"),
    UPGRADE(3590, "set_next_pg_authid_oid"),
    UPGRADE(3591, "create_empty_extension"),
    SYSFUNC_SET(3819, "pg_get_multixact_members", multixact_start, nothing_next),
    UPGRADE(4083, "set_record_init_privs"),
    UPGRADE(4101, "set_missing_value"),
    UPGRADE(4390, "set_next_multirange_pg_type_oid"),
    UPGRADE(4391, "set_next_multirange_array_pg_type_oid"),
    UPGRADE(4545, "set_next_heap_relfilenode"),
    UPGRADE(4546, "set_next_index_relfilenode"),
    UPGRADE(4547, "set_next_toast_relfilenode"),
    UPGRADE(4548, "set_next_pg_tablespace_oid"),
    SYSFUNC_SET(6159, "pg_get_catalog_foreign_keys", list_start, foreign_keys_next),
    SYSFUNC(6169, "pg_stat_get_replication_slot", fn_slot_stats),
    SYSFUNC_SET(6224, "pg_get_wal_resource_managers", list_start, resource_managers_next),
    SYSFUNC(6230, "pg_stat_have_stats", fn_have_stats),
    SYSFUNC(6231, "pg_stat_get_subscription_stats", fn_subscription_stats),
    SYSFUNC(6240, "pg_settings_get_flags", fn_settings_get_flags),
    SYSFUNC_SET(6248, "pg_stat_get_recovery_prefetch", list_start, prefetch_next),
    SYSFUNC_SET(6270, "pg_ls_logicalsnapdir", list_start, nothing_next),
    SYSFUNC_SET(6271, "pg_ls_logicalmapdir", list_start, nothing_next),
};

void sysfuncs_admin_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
