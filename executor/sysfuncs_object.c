/* sysfuncs_object.c: objects by address: what they are called, and back; encodings, collations. */
#include "executor/sysfuncs_int.h"

#include "executor/ddl_int.h"

static Status fn_describe_object(FnCall *call) {
    const char *text = NULL;
    if (arg_oid(call, 0) == 0 && arg_oid(call, 1) == 0)
        return give_null(call);
    TRY(object_describe(call_catalog(call), call->arena,
                        object_address(arg_oid(call, 0), arg_oid(call, 1), call->args[2].i32), true,
                        &text));
    return give_text(call, text);
}

static Status text_record(FnCall *call, unsigned count, const char *const *texts) {
    static const Oid types[] = {OID_TEXT, OID_TEXT, OID_TEXT, OID_TEXT};
    static const PhysType phys[] = {PHYS_STR, PHYS_STR, PHYS_STR, PHYS_STR};
    Datum values[4];
    bool nulls[4];
    for (unsigned i = 0; i < count; i++) {
        nulls[i] = texts[i] == NULL;
        values[i] = nulls[i] ? (Datum){.i64 = 0} : datum_cstr(texts[i]);
    }
    return record_build(call->arena, OID_RECORD, -1, count, types, phys, values, nulls,
                        &call->result);
}

static Status fn_identify_object(FnCall *call) {
    ObjectAddress object = object_address(arg_oid(call, 0), arg_oid(call, 1), call->args[2].i32);
    ObjectIdentity identity;
    const char *texts[4];
    TRY(object_identity(call_catalog(call), call->arena, object, &identity));
    TRY(object_type_text(call_catalog(call), call->arena, object, &texts[0]));
    texts[1] = identity.schema;
    texts[2] = identity.name;
    texts[3] = identity.identity;
    return text_record(call, 4, texts);
}

/* ---- options of foreign servers ---- */

typedef struct ConnectionOption {
    const char *name;
    Oid catalog;
} ConnectionOption;
static const ConnectionOption connection_options[] = {
    {"authtype", PG_FOREIGN_SERVER},
    {"service", PG_FOREIGN_SERVER},
    {"user", PG_USER_MAPPING},
    {"password", PG_USER_MAPPING},
    {"connect_timeout", PG_FOREIGN_SERVER},
    {"dbname", PG_FOREIGN_SERVER},
    {"host", PG_FOREIGN_SERVER},
    {"hostaddr", PG_FOREIGN_SERVER},
    {"port", PG_FOREIGN_SERVER},
    {"tty", PG_FOREIGN_SERVER},
    {"options", PG_FOREIGN_SERVER},
    {"requiressl", PG_FOREIGN_SERVER},
    {"sslmode", PG_FOREIGN_SERVER},
    {"gsslib", PG_FOREIGN_SERVER},
};

static Status invalid_connection_option(FnCall *call, const char *name, Oid catalog) {
    StrBuf hint;
    strbuf_init(&hint, call->arena);
    for (size_t i = 0; i < ARRAY_LEN(connection_options); i++)
        if (connection_options[i].catalog == catalog)
            strbuf_printf(&hint, "%s%s", hint.len > 0 ? ", " : "", connection_options[i].name);
    Status status = error(ERR_SYNTAX_ERROR, "invalid option \"%s\"", name);
    return hint.len > 0
               ? status_hint(status, "Valid options in this context are: %s", strbuf_cstr(&hint))
               : status_hint(status, "There are no valid options in this context.");
}

static Status fn_postgresql_fdw_validator(FnCall *call) {
    uint32_t count;
    const char *const *items = row_get_texts(call->arena, call->args[0], &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(items[i], '=');
        size_t len = equals == NULL ? strlen(items[i]) : (size_t)(equals - items[i]);
        const char *name = arena_strndup(call->arena, items[i], len);
        bool known = false;
        for (size_t k = 0; k < ARRAY_LEN(connection_options); k++)
            known |= connection_options[k].catalog == arg_oid(call, 1) &&
                     strcmp(connection_options[k].name, name) == 0;
        if (!known)
            return invalid_connection_option(call, name, arg_oid(call, 1));
    }
    return give_bool(call, true);
}

/* ---- encodings ---- */

static Status fn_database_encoding(FnCall *call) { return give_text(call, "UTF8"); }

static Status fn_client_encoding(FnCall *call) {
    Session *session = call->site->env->session;
    const char *value;
    TRY(session->ops->setting_show(session, call->arena, "client_encoding", false, &value));
    return give_text(call, value);
}

/* ---- collations ---- */

static Status fn_collation_for(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const CollationDesc *desc;
    bool visible, found;
    const char *schema = NULL;
    const TypeDesc *type;
    TRY(catalog_type_require(session, call->site->arg_types[0], &type));
    if (type->collation == 0 && type->oid != OID_UNKNOWN) {
        const char *name;
        TRY(format_type_brief(session, call->arena, type->oid, &name));
        return error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s", name);
    }
    if (call->site->collation == 0)
        return give_null(call);
    TRY(catalog_collation(session, call->site->collation, &desc));
    if (desc == NULL)
        return give_null(call);
    TRY(object_is_visible(session, PG_COLLATION, desc->oid, &visible, &found));
    if (!visible)
        TRY(namespace_name(session, desc->nsp, &schema));
    return give_text(call, quote_qualified(session, call->arena, schema, desc->name));
}

static Status fn_collation_version(FnCall *call) {
    const CollationDesc *desc;
    TRY(catalog_collation(call_catalog(call), arg_oid(call, 0), &desc));
    if (desc == NULL)
        return error(ERR_UNDEFINED_OBJECT, "collation with OID %u does not exist",
                     arg_oid(call, 0));
    return give_text(call, desc->version);
}

/* ---- sets that are empty here: nothing replicates, no extension is on disk ---- */

static Status empty_start(SetCall *set) { return STATUS_OK; }
static Status empty_next(SetCall *set, bool *row_out) {
    *row_out = false;
    return STATUS_OK;
}

/* ---- prepared transactions ---- */

typedef struct Prepared {
    const PreparedTxn *items;
    size_t count, next;
} Prepared;

static Status prepared_start(SetCall *set) {
    Prepared *list = arena_new(set->scan_arena, Prepared);
    set->state = list;
    return mvcc_prepared_list(catalog_mvcc(session_catalog(call_catalog(&set->call))),
                              set->scan_arena, &list->items, &list->count);
}

/* What PREPARE TRANSACTION keeps begins with the owner's and the database's OID. */
static Status prepared_next(SetCall *set, bool *row_out) {
    Prepared *list = set->state;
    *row_out = list->next < list->count;
    if (!*row_out)
        return STATUS_OK;
    const PreparedTxn *txn = &list->items[list->next++];
    set_oid(set, 0, (Oid)txn->xid);
    set_text(set, 1, txn->gid);
    set->column_nulls[2] = false;
    set->columns[2] = datum_i64(txn->prepared_micros);
    for (int i = 0; i < 2; i++) {
        set->column_nulls[3 + i] = txn->state_len < 8;
        if (txn->state_len >= 8) {
            Oid oid;
            memcpy(&oid, (const char *)txn->state + 4 * i, 4);
            set_oid(set, 3 + i, oid);
        }
    }
    return STATUS_OK;
}

static Status tablespace_databases_start(SetCall *set) {
    Prepared *list = arena_new(set->scan_arena, Prepared);
    CatalogRow *row;
    CatalogScan *scan;
    Status status;
    VEC(Oid) oids = {0};
    set->state = list;
    TRY(catalog_scan_open(call_catalog(&set->call), PG_DATABASE, 0, NULL, 0, set->scan_arena,
                          &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
        if (row_oid(row, PG_DATABASE_DATTABLESPACE) == arg_oid(&set->call, 0))
            vec_push(&oids, set->scan_arena, row_oid(row, PG_DATABASE_OID));
    catalog_scan_close(scan);
    list->items = (const void *)oids.items;
    list->count = oids.count;
    return status;
}
static Status tablespace_databases_next(SetCall *set, bool *row_out) {
    Prepared *list = set->state;
    *row_out = list->next < list->count;
    if (*row_out)
        set_oid(set, 0, ((const Oid *)(const void *)list->items)[list->next++]);
    return STATUS_OK;
}

static const FnEntry entries[] = {
    SYSFUNC(2316, "postgresql_fdw_validator", fn_postgresql_fdw_validator),
    SYSFUNC(3537, "pg_describe_object", fn_describe_object),
    SYSFUNC(3839, "pg_identify_object", fn_identify_object),
    SYSFUNC(1039, "getdatabaseencoding", fn_database_encoding),
    SYSFUNC(810, "pg_client_encoding", fn_client_encoding),
    SYSFUNC_LAX(3162, "pg_collation_for", fn_collation_for),
    SYSFUNC(3448, "pg_collation_actual_version", fn_collation_version),
    SYSFUNC_SET(1065, "pg_prepared_xact", prepared_start, prepared_next),
    SYSFUNC_SET(2556, "pg_tablespace_databases", tablespace_databases_start,
                tablespace_databases_next),
    SYSFUNC_SET(3084, "pg_extension_update_paths", empty_start, empty_next),
    SYSFUNC_SET(3781, "pg_get_replication_slots", empty_start, empty_next),
    SYSFUNC_SET(6014, "pg_show_replication_origin_status", empty_start, empty_next),
    SYSFUNC_SET(6118, "pg_stat_get_subscription", empty_start, empty_next),
    SYSFUNC_SET(3099, "pg_stat_get_wal_senders", empty_start, empty_next),
    SYSFUNC_SET(3317, "pg_stat_get_wal_receiver", empty_start, empty_next),
    SYSFUNC_SET(3318, "pg_stat_get_progress_info", empty_start, empty_next),
    SYSFUNC_SET(5052, "pg_get_shmem_allocations", empty_start, empty_next),
};

void sysfuncs_object_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
