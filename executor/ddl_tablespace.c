/*
 * ddl_tablespace.c: tablespaces: CREATE, ALTER, DROP, and which one a new relation is in.
 *
 * All stores lie in the data directory; a tablespace is a name in the catalogs, with an owner, rights and
 * planner options. Its directory is checked when it is made, and then left alone.
 */
#include "executor/ddl_int.h"

#include "runtime/file.h"

#include <stdlib.h>

static Status setting(Ddl *ddl, const char *name, const char **value_out) {
    return ddl->session->ops->setting_show(ddl->session, ddl->arena, name, true, value_out);
}

/* ---- where a new relation goes ---- */

static Status database_tablespace(Ddl *ddl, Oid *oid_out) {
    const DatabaseDesc *database;
    TRY(catalog_database(ddl->catalog, session_database(ddl->catalog), &database));
    *oid_out = database == NULL ? OID_TABLESPACE_DEFAULT : database->tablespace;
    return STATUS_OK;
}

/* The first of a list of names. */
static const char *first_name(Ddl *ddl, const char *list) {
    if (list == NULL)
        return "";
    size_t len = strcspn(list, ",");
    while (len > 0 && list[len - 1] == ' ')
        len--;
    if (len >= 2 && list[0] == '"' && list[len - 1] == '"')
        return arena_strndup(ddl->arena, list + 1, len - 2);
    return arena_strndup(ddl->arena, list, len);
}

Status ddl_tablespace(Ddl *ddl, const char *name, char persistence, bool partitioned,
                      Oid *oid_out) {
    Oid usual;
    *oid_out = OID_INVALID;
    if (name == NULL) {
        const char *value;
        TRY(setting(ddl, persistence == 't' ? "temp_tablespaces" : "default_tablespace", &value));
        value = first_name(ddl, value);
        if (value[0] == '\0')
            return STATUS_OK;
        TRY(tablespace_by_name(ddl->catalog, value, true, oid_out));
        if (*oid_out == OID_INVALID)
            return STATUS_OK;
    } else {
        TRY(tablespace_by_name(ddl->catalog, name, false, oid_out));
    }
    TRY(database_tablespace(ddl, &usual));
    if (*oid_out == usual && partitioned)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot specify default tablespace for partitioned relations");
    if (*oid_out == usual) {
        *oid_out = OID_INVALID;
        return STATUS_OK;
    }
    TRY(object_check_acl(ddl->catalog, PG_TABLESPACE, *oid_out, ACL_CREATE));
    return *oid_out == OID_TABLESPACE_GLOBAL
               ? error(ERR_INVALID_PARAMETER_VALUE,
                       "only shared relations can be placed in pg_global tablespace")
               : STATUS_OK;
}

Status ddl_table_access_method(Ddl *ddl, const char *name, bool partitioned, Oid *oid_out) {
    *oid_out = OID_INVALID;
    if (partitioned)
        return name == NULL ? STATUS_OK
                            : error(ERR_FEATURE_NOT_SUPPORTED,
                                    "specifying a table access method is not supported on a "
                                    "partitioned table");
    if (name == NULL)
        TRY(setting(ddl, "default_table_access_method", &name));
    if (name == NULL || strcmp(name, "heap") == 0)
        return STATUS_OK;
    return am_by_name(ddl->catalog, name, 't', false, oid_out);
}

/* ---- CREATE ---- */

static Status check_name(Ddl *ddl, const char *name) {
    Oid existing;
    if (strncmp(name, "pg_", 3) == 0)
        return status_detail(error(ERR_RESERVED_NAME, "unacceptable tablespace name \"%s\"", name),
                             "The prefix \"pg_\" is reserved for system tablespaces.");
    TRY(tablespace_by_name(ddl->catalog, name, true, &existing));
    return existing == OID_INVALID
               ? STATUS_OK
               : error(ERR_DUPLICATE_OBJECT, "tablespace \"%s\" already exists", name);
}

static Status check_directory(Ddl *ddl, const char *directory) {
    const char *in_place;
    if (strchr(directory, '\'') != NULL)
        return error(ERR_INVALID_NAME, "tablespace location cannot contain single quotes");
    TRY(setting(ddl, "allow_in_place_tablespaces", &in_place));
    if (directory[0] == '\0' && in_place != NULL && strcmp(in_place, "on") == 0)
        return STATUS_OK;
    if (directory[0] != '/')
        return error(ERR_INVALID_OBJECT_DEFINITION, "tablespace location must be an absolute path");
    if (strlen(directory) > 1000)
        return error(ERR_INVALID_OBJECT_DEFINITION, "tablespace location \"%s\" is too long",
                     directory);
    if (!dir_exists(directory) && !file_exists(directory))
        return error(ERR_UNDEFINED_FILE, "directory \"%s\" does not exist", directory);
    return dir_exists(directory)
               ? STATUS_OK
               : error(ERR_WRONG_OBJECT_TYPE, "\"%s\" exists but is not a directory", directory);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateTablespace *statement = (const AstCreateTablespace *)call->raw->statement;
    bool super;
    Oid owner = session_role(ddl.catalog), oid;
    const char *const *options;
    uint32_t count;
    TRY(role_is_superuser(ddl.catalog, owner, &super));
    if (!super)
        return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                 "permission denied to create tablespace \"%s\"", statement->name),
                           "Must be superuser to create a tablespace.");
    if (statement->owner != NULL)
        TRY(ddl_role(&ddl, statement->owner, &owner));
    TRY(check_directory(&ddl, statement->directory));
    TRY(check_name(&ddl, statement->name));
    TRY(ddl_new_options(&ddl, OPTIONS_TABLESPACE, &statement->options, &options, &count));
    CatalogRow row = {0};
    TRY(catalog_new_oid(ddl.catalog, PG_TABLESPACE, &oid));
    row.values[PG_TABLESPACE_OID] = datum_oid(oid);
    row.values[PG_TABLESPACE_SPCNAME] = datum_cstr(statement->name);
    row.values[PG_TABLESPACE_SPCOWNER] = datum_oid(owner);
    row.nulls[PG_TABLESPACE_SPCACL] = true;
    row.nulls[PG_TABLESPACE_SPCOPTIONS] = count == 0;
    if (count > 0)
        row.values[PG_TABLESPACE_SPCOPTIONS] = row_text_array(ddl.arena, options, count);
    TRY(catalog_insert(ddl.catalog, PG_TABLESPACE, &row));
    return shdepend_record_owner(ddl.catalog, PG_TABLESPACE, oid, owner);
}

/* ---- ALTER ---- */

static Status tablespace_row(Ddl *ddl, Oid oid, CatalogRow *row_out) {
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_TABLESPACE_OID_INDEX, oid, ddl->arena, row_out, &found));
    return found ? STATUS_OK
                 : error(ERR_INTERNAL_ERROR, "cache lookup failed for tablespace %u", oid);
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterTablespace *statement = (const AstAlterTablespace *)call->raw->statement;
    Oid oid;
    CatalogRow row;
    const char *const *options = NULL;
    uint32_t count = 0;
    TRY(tablespace_by_name(ddl.catalog, statement->name, false, &oid));
    TRY(object_check_owner(ddl.catalog, PG_TABLESPACE, oid));
    TRY(tablespace_row(&ddl, oid, &row));
    if (!row.nulls[PG_TABLESPACE_SPCOPTIONS])
        options = row_get_texts(ddl.arena, row.values[PG_TABLESPACE_SPCOPTIONS], &count);
    TRY(ddl_change_options(&ddl, OPTIONS_TABLESPACE, options, count, &statement->options,
                           statement->reset ? OPTIONS_RESET : OPTIONS_SET, &options, &count));
    row.nulls[PG_TABLESPACE_SPCOPTIONS] = count == 0;
    if (count > 0)
        row.values[PG_TABLESPACE_SPCOPTIONS] = row_text_array(ddl.arena, options, count);
    return catalog_update(ddl.catalog, PG_TABLESPACE, &row);
}

/* ---- DROP ---- */

static Status is_used(Ddl *ddl, Oid oid, bool *yes_out) {
    NestedQuery query = {
        .sql = arena_printf(ddl->arena,
                            "SELECT 1 FROM pg_catalog.pg_class WHERE reltablespace = %u UNION ALL "
                            "SELECT 1 FROM pg_catalog.pg_database WHERE dattablespace = %u LIMIT 1",
                            oid, oid),
        .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    uint64_t count;
    row_collector_init(&rows, ddl->arena, 1);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &count));
    *yes_out = rows.row_count > 0;
    return STATUS_OK;
}

static Status execute_drop(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropTablespace *statement = (const AstDropTablespace *)call->raw->statement;
    Oid oid;
    CatalogRow row;
    bool used;
    const char *detail;
    TRY(tablespace_by_name(ddl.catalog, statement->name, statement->missing_ok, &oid));
    if (oid == OID_INVALID) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "tablespace \"%s\" does not exist, skipping",
                   statement->name);
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl.catalog, PG_TABLESPACE, oid));
    if (oid < OID_FIRST_UNPINNED)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied for tablespace %s",
                     statement->name);
    TRY(shdepend_check(ddl.catalog, PG_TABLESPACE, oid, ddl.arena, &detail));
    if (detail != NULL)
        return status_detail(
            error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                  "tablespace \"%s\" cannot be dropped because some objects depend "
                  "on it",
                  statement->name),
            "%s", detail);
    TRY(is_used(&ddl, oid, &used));
    if (used)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "tablespace \"%s\" is not empty",
                     statement->name);
    TRY(tablespace_row(&ddl, oid, &row));
    TRY(catalog_delete(ddl.catalog, PG_TABLESPACE, &row));
    TRY(comment_delete_all(ddl.catalog, object_address(PG_TABLESPACE, oid, 0)));
    return shdepend_delete_of(ddl.catalog, PG_TABLESPACE, oid, 0);
}

/* ---- ALTER TABLE ALL IN TABLESPACE ---- */

typedef struct MoveAll {
    Ddl *ddl;
    const AstAlterTableMoveAll *statement;
    Oid from, to;
} MoveAll;

static const char *kinds_of(AstObjectKind kind) {
    return kind == AST_OBJECT_INDEX ? "iI" : kind == AST_OBJECT_MATVIEW ? "m" : "rp";
}

static Status roles_text(MoveAll *move, const char **text_out) {
    StrBuf text;
    strbuf_init(&text, move->ddl->arena);
    AST_FOREACH(AstRoleSpec, spec, move->statement->roles) {
        Oid role;
        TRY(ddl_role(move->ddl, spec, &role));
        strbuf_printf(&text, "%s%u", text.len > 0 ? "," : " AND relowner IN (", role);
    }
    if (text.len > 0)
        strbuf_putc(&text, ')');
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

static Status move_one(MoveAll *move, Oid oid) {
    Ddl *ddl = move->ddl;
    bool got;
    CatalogRow row;
    TRY(object_check_owner(ddl->catalog, PG_CLASS, oid));
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE,
                      move->statement->nowait ? LOCK_NOWAIT : LOCK_WAIT, &got));
    if (!got)
        return error(ERR_LOCK_NOT_AVAILABLE,
                     "aborting because lock on relation with OID %u is not available", oid);
    TRY(relation_row(ddl->catalog, oid, ddl->arena, &row));
    row.values[PG_CLASS_RELTABLESPACE] = datum_oid(move->to);
    return catalog_update(ddl->catalog, PG_CLASS, &row);
}

static Status execute_move_all(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    MoveAll move = {.ddl = &ddl, .statement = (const AstAlterTableMoveAll *)call->raw->statement};
    const char *roles, *kinds = kinds_of(move.statement->kind);
    Oid usual;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(move.statement->kind));
    TRY(tablespace_by_name(ddl.catalog, move.statement->from_tablespace, false, &move.from));
    TRY(tablespace_by_name(ddl.catalog, move.statement->to_tablespace, false, &move.to));
    if (move.from == OID_TABLESPACE_GLOBAL || move.to == OID_TABLESPACE_GLOBAL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "cannot move relations in to or out of pg_global tablespace");
    TRY(database_tablespace(&ddl, &usual));
    if (move.to != usual)
        TRY(object_check_acl(ddl.catalog, PG_TABLESPACE, move.to, ACL_CREATE));
    move.from = move.from == usual ? OID_INVALID : move.from;
    move.to = move.to == usual ? OID_INVALID : move.to;
    if (move.from == move.to)
        return STATUS_OK;
    TRY(roles_text(&move, &roles));
    NestedQuery query = {
        .sql =
            arena_printf(ddl.arena,
                         "SELECT oid::text FROM pg_catalog.pg_class WHERE reltablespace = %u AND "
                         "relkind IN ('%c','%c') AND oid >= 16384 AND NOT relisshared%s "
                         "ORDER BY oid",
                         move.from, kinds[0], kinds[1] != '\0' ? kinds[1] : kinds[0], roles),
        .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    uint64_t count;
    row_collector_init(&rows, ddl.arena, 1);
    TRY(executor_run_sql(ddl.session, &query, &rows.sink, &count));
    if (rows.row_count == 0)
        ddl_notice(&ddl, ERR_NO_DATA_FOUND, "no matching relations in tablespace \"%s\" found",
                   move.from == OID_INVALID ? "(database default)"
                                            : move.statement->from_tablespace);
    for (size_t i = 0; i < rows.row_count; i++)
        TRY(move_one(&move, (Oid)strtoul(arena_strndup(ddl.arena, rows.values[i].str.data,
                                                       rows.values[i].str.len),
                                         NULL, 10)));
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_TABLESPACE, "CREATE TABLESPACE", UTILITY_WRITES | UTILITY_NO_BLOCK, execute_create,
     NULL},
    {AST_ALTER_TABLESPACE, "ALTER TABLESPACE", UTILITY_WRITES, execute_alter, NULL},
    {AST_DROP_TABLESPACE, "DROP TABLESPACE", UTILITY_WRITES | UTILITY_NO_BLOCK, execute_drop, NULL},
    {AST_ALTER_TABLE_MOVE_ALL, NULL, UTILITY_WRITES, execute_move_all, NULL},
};

void ddl_tablespace_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
