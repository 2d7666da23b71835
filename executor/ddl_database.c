/* ddl_database.c: databases, and settings that ALTER DATABASE and ALTER ROLE store. */
#include "executor/ddl_int.h"

#include <strings.h>

#define ENCODING_UTF8 6

/* ---- CREATE DATABASE ---- */

typedef struct DatabaseOptions {
    DatabaseSpec spec;
    const char *template_name, *encoding;
} DatabaseOptions;

static bool is_default(const AstOption *option) { return option->value == NULL; }

static Status read_role(Ddl *ddl, const AstOption *option, Oid *role_out) {
    if (option->value != NULL && option->value->tag == AST_ROLE_SPEC)
        return ddl_role(ddl, (const AstRoleSpec *)option->value, role_out);
    const char *name;
    TRY(ddl_option_string(option, &name));
    return role_by_name(ddl->catalog, name, false, role_out);
}

static Status read_option(Ddl *ddl, const AstOption *option, DatabaseOptions *o) {
    const char *name = option->name, *text = NULL;
    int64_t number;
    if (is_default(option))
        return STATUS_OK;
    if (strcmp(name, "owner") == 0)
        return read_role(ddl, option, &o->spec.owner);
    if (strcmp(name, "template") == 0)
        return ddl_option_string(option, &o->template_name);
    if (strcmp(name, "encoding") == 0) {
        const AstConst *value = (const AstConst *)option->value;
        if (value->tag == AST_CONST && value->kind == AST_CONST_INTEGER) {
            o->encoding = value->ival == ENCODING_UTF8 ? "UTF8" : "SQL_ASCII";
            return STATUS_OK;
        }
        return ddl_option_string(option, &o->encoding);
    }
    if (strcmp(name, "locale") == 0) {
        TRY(ddl_option_string(option, &text));
        o->spec.collate = o->spec.ctype = text;
        return STATUS_OK;
    }
    if (strcmp(name, "lc_collate") == 0)
        return ddl_option_string(option, &o->spec.collate);
    if (strcmp(name, "lc_ctype") == 0)
        return ddl_option_string(option, &o->spec.ctype);
    if (strcmp(name, "is_template") == 0)
        return ddl_option_bool(option, &o->spec.is_template);
    if (strcmp(name, "allow_connections") == 0)
        return ddl_option_bool(option, &o->spec.allow_connections);
    if (strcmp(name, "connection_limit") == 0) {
        TRY(ddl_option_int(option, &number));
        if (number < -1)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid connection limit: %d", (int)number);
        o->spec.connection_limit = (int32_t)number;
        return STATUS_OK;
    }
    if (strcmp(name, "tablespace") == 0) {
        TRY(ddl_option_string(option, &text));
        return tablespace_by_name(ddl->catalog, text, false, &o->spec.tablespace);
    }
    if (strcmp(name, "locale_provider") == 0) {
        TRY(ddl_option_string(option, &text));
        if (strcasecmp(text, "libc") != 0)
            return error(ERR_FEATURE_NOT_SUPPORTED, "locale provider \"%s\" is not supported",
                         text);
        return STATUS_OK;
    }
    if (strcmp(name, "strategy") == 0 || strcmp(name, "collation_version") == 0 ||
        strcmp(name, "icu_locale") == 0 || strcmp(name, "location") == 0)
        return STATUS_OK;
    if (strcmp(name, "oid") == 0) {
        TRY(ddl_option_int(option, &number));
        if (number < OID_FIRST_NORMAL)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "OIDs less than %u are reserved for system "
                         "objects",
                         OID_FIRST_NORMAL);
        o->spec.oid = (Oid)number;
        return STATUS_OK;
    }
    return status_at(error(ERR_SYNTAX_ERROR, "option \"%s\" not recognized", name),
                     option->location);
}

static Status check_may_create(Ddl *ddl) {
    const RoleDesc *self;
    TRY(catalog_role(ddl->catalog, session_role(ddl->catalog), &self));
    return self != NULL && (self->superuser || self->create_db)
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to create database");
}

static Status invalid_database(const char *format, const char *name) {
    return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, format, name),
                       "Use DROP DATABASE to drop invalid databases.");
}

static Status from_template(Ddl *ddl, DatabaseOptions *o) {
    const DatabaseDesc *template;
    const char *name = o->template_name == NULL ? "template1" : o->template_name;
    TRY(catalog_database_by_name(ddl->catalog, name, &template));
    if (template == NULL)
        return error(ERR_UNDEFINED_DATABASE, "template database \"%s\" does not exist", name);
    if (!template->is_template) {
        bool is_owner;
        TRY(object_is_owner(ddl->catalog, PG_DATABASE, template->oid, session_role(ddl->catalog),
                            &is_owner));
        if (!is_owner)
            return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to copy database \"%s\"",
                         name);
    }
    if (template->connection_limit == DATABASE_INVALID_LIMIT)
        return invalid_database("cannot use invalid database \"%s\" as template", name);
    o->spec.template_database = template->oid;
    o->spec.encoding = template->encoding;
    o->spec.locale_provider = template->locale_provider;
    if (o->spec.collate == NULL)
        o->spec.collate = template->collate;
    if (o->spec.ctype == NULL)
        o->spec.ctype = template->ctype;
    if (o->spec.tablespace == OID_INVALID)
        o->spec.tablespace = template->tablespace;
    return STATUS_OK;
}

static Status check_encoding(const char *encoding) {
    if (encoding == NULL || strcasecmp(encoding, "utf8") == 0 ||
        strcasecmp(encoding, "utf-8") == 0 || strcasecmp(encoding, "unicode") == 0)
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED, "encoding \"%s\" is not supported", encoding);
}

/* How many other sessions are connected to it? */
static Status other_sessions(Ddl *ddl, Oid database, int64_t *count_out) {
    Oid type = OID_OID;
    Datum param = datum_oid(database);
    bool null = false;
    NestedQuery query = {.sql = "SELECT count(*) FROM pg_catalog.pg_stat_get_activity(NULL) AS a "
                                "WHERE a.datid = $1 AND a.pid <> pg_catalog.pg_backend_pid()",
                         .param_count = 1,
                         .param_types = &type,
                         .params = &param,
                         .param_nulls = &null,
                         .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    uint64_t processed;
    row_collector_init(&rows, ddl->arena, 1);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &processed));
    *count_out = rows.row_count == 0 ? 0 : rows.values[0].i64;
    return STATUS_OK;
}

static Status check_unused(Ddl *ddl, Oid database, const char *what, const char *name) {
    int64_t others;
    TRY(other_sessions(ddl, database, &others));
    if (others == 0)
        return STATUS_OK;
    Status status =
        error(ERR_OBJECT_IN_USE, "%s \"%s\" is being accessed by other users", what, name);
    return others == 1 ? status_detail(status, "There is 1 other session using the database.")
                       : status_detail(status, "There are %d other sessions using the database.",
                                       (int)others);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateDatabase *statement = (const AstCreateDatabase *)call->raw->statement;
    DatabaseOptions options = {.spec = {.name = statement->name,
                                        .owner = session_role(ddl.catalog),
                                        .allow_connections = true,
                                        .connection_limit = -1}};
    AST_FOREACH(AstOption, option, statement->options) {
        TRY(read_option(&ddl, option, &options));
    }
    TRY(check_may_create(&ddl));
    TRY(role_check_member_of(ddl.catalog, session_role(ddl.catalog), options.spec.owner));
    TRY(check_encoding(options.encoding));
    TRY(from_template(&ddl, &options));
    Oid existing, oid;
    TRY(database_by_name(ddl.catalog, statement->name, true, &existing));
    if (existing != OID_INVALID)
        return error(ERR_DUPLICATE_DATABASE, "database \"%s\" already exists", statement->name);
    TRY(object_lock(ddl.catalog, PG_DATABASE, options.spec.template_database, LOCK_SHARE));
    TRY(check_unused(&ddl, options.spec.template_database, "source database",
                     options.template_name == NULL ? "template1" : options.template_name));
    return database_create(ddl.catalog, &options.spec, &oid);
}

/* ---- DROP DATABASE ---- */

static Status execute_drop(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropDatabase *statement = (const AstDropDatabase *)call->raw->statement;
    const DatabaseDesc *database;
    TRY(catalog_database_by_name(ddl.catalog, statement->name, &database));
    if (database == NULL) {
        if (!statement->missing_ok)
            return error(ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", statement->name);
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "database \"%s\" does not exist, skipping",
                   statement->name);
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl.catalog, PG_DATABASE, database->oid));
    if (database->is_template)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot drop a template database");
    if (database->oid == session_database(ddl.catalog))
        return error(ERR_OBJECT_IN_USE, "cannot drop the currently open database");
    TRY(object_lock(ddl.catalog, PG_DATABASE, database->oid, LOCK_ACCESS_EXCLUSIVE));
    TRY(check_unused(&ddl, database->oid, "database", statement->name));
    return database_drop(ddl.catalog, database->oid);
}

/* ---- ALTER DATABASE ---- */

static Status change_option(Ddl *ddl, CatalogRow *row, const AstOption *option) {
    bool flag;
    int64_t number;
    const char *text;
    if (strcmp(option->name, "is_template") == 0) {
        TRY(ddl_option_bool(option, &flag));
        row->values[PG_DATABASE_DATISTEMPLATE] = datum_bool(flag);
    } else if (strcmp(option->name, "allow_connections") == 0) {
        TRY(ddl_option_bool(option, &flag));
        if (!flag && row_oid(row, PG_DATABASE_OID) == session_database(ddl->catalog))
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "cannot disallow connections for current database");
        row->values[PG_DATABASE_DATALLOWCONN] = datum_bool(flag);
    } else if (strcmp(option->name, "connection_limit") == 0) {
        TRY(ddl_option_int(option, &number));
        if (number < -1)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid connection limit: %d", (int)number);
        row->values[PG_DATABASE_DATCONNLIMIT] = datum_i32((int32_t)number);
    } else if (strcmp(option->name, "tablespace") == 0) {
        Oid tablespace;
        TRY(ddl_option_string(option, &text));
        TRY(tablespace_by_name(ddl->catalog, text, false, &tablespace));
        row->values[PG_DATABASE_DATTABLESPACE] = datum_oid(tablespace);
    } else {
        return status_at(error(ERR_SYNTAX_ERROR, "option \"%s\" not recognized", option->name),
                         option->location);
    }
    return STATUS_OK;
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterDatabase *statement = (const AstAlterDatabase *)call->raw->statement;
    Oid oid;
    CatalogRow row;
    bool found;
    TRY(database_by_name(ddl.catalog, statement->name, false, &oid));
    TRY(object_check_owner(ddl.catalog, PG_DATABASE, oid));
    if (statement->refresh_collation) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "version has not changed");
        return STATUS_OK;
    }
    TRY(catalog_find_oid(ddl.catalog, PG_DATABASE_OID_INDEX, oid, ddl.arena, &row, &found));
    if (row.values[PG_DATABASE_DATCONNLIMIT].i32 == DATABASE_INVALID_LIMIT)
        return status_severity(
            invalid_database("cannot alter invalid database \"%s\"", statement->name), SEV_FATAL);
    AST_FOREACH(AstOption, option, statement->options) {
        TRY(change_option(&ddl, &row, option));
    }
    return catalog_update(ddl.catalog, PG_DATABASE, &row);
}

/* ---- stored settings ---- */

/* A setting's value as SET's arguments spell it: a list is joined by commas. */
static Status setting_text(Ddl *ddl, const AstVariableSet *set, const char **text_out) {
    StrBuf text;
    strbuf_init(&text, ddl->arena);
    bool quoted = strcmp(set->name, "search_path") == 0 ||
                  strcmp(set->name, "temp_tablespaces") == 0 ||
                  strstr(set->name, "preload_libraries") != NULL;
    for (uint32_t i = 0; i < set->args.count; i++) {
        const Ast *arg = set->args.items[i];
        if (arg->tag == AST_TYPE_CAST)
            arg = ((const AstTypeCast *)arg)->arg;
        if (arg->tag != AST_CONST)
            return error(ERR_SYNTAX_ERROR, "invalid value for parameter \"%s\"", set->name);
        const AstConst *value = (const AstConst *)arg;
        strbuf_puts(&text, i > 0 ? ", " : "");
        if (value->kind == AST_CONST_INTEGER)
            strbuf_put_i64(&text, value->ival);
        else if (value->kind == AST_CONST_BOOL)
            strbuf_puts(&text, value->bval ? "true" : "false");
        else
            strbuf_puts(&text,
                        quoted ? quote_ident(ddl->catalog, ddl->arena, value->text) : value->text);
    }
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

Status ddl_setting_value(Ddl *ddl, const AstVariableSet *set, const char **value_out) {
    if (set->kind != AST_SET_VALUE)
        return ddl->session->ops->setting_show(ddl->session, ddl->arena, set->name, false,
                                               value_out);
    TRY(setting_text(ddl, set, value_out));
    return ddl->session->ops->setting_validate(ddl->session, set->name, *value_out);
}

static bool is_setting(const char *entry, const char *name) {
    size_t len = strlen(name);
    return strncasecmp(entry, name, len) == 0 && entry[len] == '=';
}

static Status changed_settings(Ddl *ddl, const CatalogRow *row, const AstVariableSet *set,
                               const char ***list_out, uint32_t *count_out) {
    uint32_t count = 0, kept = 0;
    const char *const *was = NULL;
    if (row != NULL)
        was = row_get_texts(ddl->arena, row->values[PG_DB_ROLE_SETTING_SETCONFIG], &count);
    const char **list = arena_array(ddl->arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        if (set->kind != AST_RESET_ALL && !is_setting(was[i], set->name))
            list[kept++] = was[i];
    if (set->kind == AST_SET_VALUE || set->kind == AST_SET_CURRENT) {
        const char *value;
        TRY(ddl_setting_value(ddl, set, &value));
        list[kept++] = arena_printf(ddl->arena, "%s=%s", set->name, value);
    }
    *list_out = list;
    *count_out = kept;
    return STATUS_OK;
}

static Status store_setting(Ddl *ddl, Oid database, Oid role, const AstVariableSet *set) {
    Datum keys[2] = {datum_oid(database), datum_oid(role)};
    CatalogRow row = {0};
    bool found;
    const char **list;
    uint32_t count;
    TRY(catalog_find(ddl->catalog, PG_DB_ROLE_SETTING_DATABASEID_ROL_INDEX, keys, 2, ddl->arena,
                     &row, &found));
    TRY(changed_settings(ddl, found ? &row : NULL, set, &list, &count));
    if (count == 0)
        return found ? catalog_delete(ddl->catalog, PG_DB_ROLE_SETTING, &row) : STATUS_OK;
    row.values[PG_DB_ROLE_SETTING_SETDATABASE] = keys[0];
    row.values[PG_DB_ROLE_SETTING_SETROLE] = keys[1];
    row.values[PG_DB_ROLE_SETTING_SETCONFIG] = row_text_array(ddl->arena, list, count);
    return found ? catalog_update(ddl->catalog, PG_DB_ROLE_SETTING, &row)
                 : catalog_insert(ddl->catalog, PG_DB_ROLE_SETTING, &row);
}

static Status execute_alter_set(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterDatabaseSet *statement = (const AstAlterDatabaseSet *)call->raw->statement;
    Oid oid;
    TRY(database_by_name(ddl.catalog, statement->name, false, &oid));
    TRY(object_check_owner(ddl.catalog, PG_DATABASE, oid));
    return store_setting(&ddl, oid, OID_INVALID, statement->set);
}

static Status execute_role_set(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterRoleSet *statement = (const AstAlterRoleSet *)call->raw->statement;
    Oid role = OID_INVALID, database = OID_INVALID;
    const RoleDesc *desc = NULL, *self;
    TRY(catalog_role(ddl.catalog, session_role(ddl.catalog), &self));
    if (statement->role != NULL) {
        TRY(ddl_role(&ddl, statement->role, &role));
        TRY(catalog_role(ddl.catalog, role, &desc));
        if (desc->superuser && !self->superuser)
            return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter superusers");
        if (!desc->superuser && !self->superuser && !self->create_role && role != self->oid)
            return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied");
    }
    if (statement->database != NULL) {
        TRY(database_by_name(ddl.catalog, statement->database, false, &database));
        if (role == OID_INVALID)
            TRY(object_check_owner(ddl.catalog, PG_DATABASE, database));
    }
    if (statement->database == NULL && statement->role == NULL && !self->superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter settings globally");
    return store_setting(&ddl, database, role, statement->set);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_DATABASE, "CREATE DATABASE", UTILITY_WRITES | UTILITY_NO_BLOCK, execute_create,
     NULL},
    {AST_DROP_DATABASE, "DROP DATABASE", UTILITY_WRITES | UTILITY_NO_BLOCK, execute_drop, NULL},
    {AST_ALTER_DATABASE, "ALTER DATABASE", UTILITY_WRITES, execute_alter, NULL},
    {AST_ALTER_DATABASE_SET, "ALTER DATABASE", UTILITY_WRITES, execute_alter_set, NULL},
    {AST_ALTER_ROLE_SET, "ALTER ROLE", UTILITY_WRITES, execute_role_set, NULL},
};

void ddl_database_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
