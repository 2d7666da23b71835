/* ddl_schema.c: CREATE SCHEMA, LOCK TABLE, SET CONSTRAINTS, LOAD, CHECKPOINT. */
#include "executor/ddl_int.h"

/* Elements in the order in which one may need the other. */
static int element_rank(const Ast *element) {
    switch (element->tag) {
    case AST_CREATE_SEQUENCE:
        return 0;
    case AST_CREATE_TABLE:
        return 1;
    case AST_CREATE_VIEW:
        return 2;
    case AST_CREATE_INDEX:
        return 3;
    case AST_CREATE_TRIGGER:
        return 4;
    default:
        return 5;
    }
}

static AstRangeVar *element_name(const Ast *element) {
    switch (element->tag) {
    case AST_CREATE_SEQUENCE:
        return ((const AstCreateSequence *)element)->sequence;
    case AST_CREATE_TABLE:
        return ((const AstCreateTable *)element)->relation;
    case AST_CREATE_VIEW:
        return ((const AstCreateView *)element)->view;
    case AST_CREATE_INDEX:
        return ((const AstCreateIndex *)element)->relation;
    case AST_CREATE_TRIGGER:
        return ((const AstCreateTrigger *)element)->relation;
    default:
        return NULL;
    }
}

static Status check_element(const Ast *element, const char *schema) {
    const AstRangeVar *name = element_name(element);
    if (name == NULL || name->schema == NULL || strcmp(name->schema, schema) == 0)
        return STATUS_OK;
    return error(ERR_INVALID_SCHEMA_DEFINITION,
                 "CREATE specifies a schema (%s) different from the one being created (%s)",
                 name->schema, schema);
}

static Status run_elements(Ddl *ddl, const AstCreateSchema *statement) {
    for (int rank = 0; rank <= 5; rank++) {
        AST_FOREACH(Ast, element, statement->elements) {
            if (element_rank(element) != rank)
                continue;
            AstRawStatement raw = {.tag = AST_RAW_STATEMENT, .statement = element};
            UtilityCall inner = *ddl->call;
            inner.raw = &raw;
            inner.top_level = false;
            TRY(utility_execute(&inner));
        }
    }
    return STATUS_OK;
}

/* The path of the session with the schema in front. */
static Status path_with(Ddl *ddl, const char *schema, const char *const **names_out,
                        size_t *count_out) {
    const SearchPath *path;
    TRY(session_search_path(ddl->catalog, &path));
    const char **names = arena_array(ddl->arena, const char *, path->count + 1);
    size_t count = 0;
    names[count++] = schema;
    for (uint32_t i = 0; i < path->count; i++) {
        const char *name;
        if (path->namespaces[i] == OID_NAMESPACE_CATALOG && path->catalog_implicit)
            continue;
        TRY(namespace_name(ddl->catalog, path->namespaces[i], &name));
        if (name != NULL)
            names[count++] = arena_strdup(ddl->arena, name);
    }
    *names_out = names;
    *count_out = count;
    return STATUS_OK;
}

static Status check_name(Ddl *ddl, const AstCreateSchema *statement, const char *name,
                         bool *skip_out) {
    *skip_out = false;
    if (strncmp(name, "pg_", 3) == 0 && !session_bootstrap(ddl->catalog))
        return status_detail(error(ERR_RESERVED_NAME, "unacceptable schema name \"%s\"", name),
                             "The prefix \"pg_\" is reserved for system schemas.");
    Oid existing;
    if (!statement->if_not_exists)
        return STATUS_OK;
    TRY(namespace_by_name(ddl->catalog, name, true, &existing));
    *skip_out = existing != OID_INVALID;
    if (*skip_out)
        ddl_notice(ddl, ERR_DUPLICATE_SCHEMA, "schema \"%s\" already exists, skipping", name);
    return STATUS_OK;
}

static Status execute_create_schema(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateSchema *statement = (const AstCreateSchema *)call->raw->statement;
    Oid owner = session_role(ddl.catalog), oid;
    const char *name = statement->name;
    bool skip;
    if (statement->owner != NULL)
        TRY(ddl_role(&ddl, statement->owner, &owner));
    if (name == NULL)
        TRY(role_name(ddl.catalog, owner, &name));
    TRY(object_check_acl(ddl.catalog, PG_DATABASE, session_database(ddl.catalog), ACL_CREATE));
    TRY(role_check_member_of(ddl.catalog, session_role(ddl.catalog), owner));
    TRY(check_name(&ddl, statement, name, &skip));
    if (skip)
        return STATUS_OK;
    TRY(namespace_create(ddl.catalog, name, owner, false, &oid));
    if (statement->elements.count == 0)
        return STATUS_OK;
    AST_FOREACH(Ast, element, statement->elements) {
        TRY(check_element(element, name));
    }
    const char *const *names;
    size_t count;
    TRY(path_with(&ddl, arena_strdup(ddl.arena, name), &names, &count));
    SavedRole saved_role = session_push_role(ddl.catalog, owner, ROLE_LOCAL);
    SearchPathSaved saved = session_push_search_path(ddl.catalog, names, count);
    Status status = run_elements(&ddl, statement);
    session_pop_search_path(ddl.catalog, saved);
    session_pop_role(ddl.catalog, saved_role);
    return status;
}

/* ---- LOAD, CHECKPOINT ---- */

static Status execute_load(UtilityCall *call) {
    const AstLoad *statement = (const AstLoad *)call->raw->statement;
    return error(ERR_UNDEFINED_FILE, "could not access file \"%s\": No such file or directory",
                 statement->file);
}

static Status execute_checkpoint(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    bool may;
    TRY(role_has_privileges_of(ddl.catalog, session_role(ddl.catalog), OID_ROLE_CHECKPOINT, &may));
    if (!may)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT");
    return engine_checkpoint(mvcc_engine(call->session->mvcc));
}

static const UtilityCommand commands[] = {
    {AST_CREATE_SCHEMA, "CREATE SCHEMA", UTILITY_WRITES, execute_create_schema, NULL},
    {AST_LOAD, "LOAD", 0, execute_load, NULL},
    {AST_CHECKPOINT, "CHECKPOINT", UTILITY_NO_SNAPSHOT, execute_checkpoint, NULL},
};

void ddl_schema_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
