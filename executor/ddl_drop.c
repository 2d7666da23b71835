/* ddl_drop.c: DROP of objects that have an owner in the current database. */
#include "executor/ddl_int.h"

/* ---- relations ---- */

typedef struct RelationWords {
    AstObjectKind kind;
    SqlState missing_state;
    const char *what;  /* "table \"%s\" does not exist" */
    const char *not_a; /* "%s is not a table" */
} RelationWords;

static const RelationWords relation_words[] = {
    {AST_OBJECT_TABLE, ERR_UNDEFINED_TABLE, "table", "a table"},
    {AST_OBJECT_SEQUENCE, ERR_UNDEFINED_TABLE, "sequence", "a sequence"},
    {AST_OBJECT_VIEW, ERR_UNDEFINED_TABLE, "view", "a view"},
    {AST_OBJECT_MATVIEW, ERR_UNDEFINED_TABLE, "materialized view", "a materialized view"},
    {AST_OBJECT_INDEX, ERR_UNDEFINED_OBJECT, "index", "an index"},
    {AST_OBJECT_FOREIGN_TABLE, ERR_UNDEFINED_OBJECT, "foreign table", "a foreign table"},
};

static const RelationWords *words_of(AstObjectKind kind) {
    for (size_t i = 0; i < ARRAY_LEN(relation_words); i++)
        if (relation_words[i].kind == kind)
            return &relation_words[i];
    return NULL;
}

static const char *drop_hint(char kind) {
    switch (kind) {
    case 'r':
    case 'p':
        return "Use DROP TABLE to remove a table.";
    case 'S':
        return "Use DROP SEQUENCE to remove a sequence.";
    case 'v':
        return "Use DROP VIEW to remove a view.";
    case 'm':
        return "Use DROP MATERIALIZED VIEW to remove a materialized view.";
    case 'i':
    case 'I':
        return "Use DROP INDEX to remove an index.";
    case 'c':
        return "Use DROP TYPE to remove a type.";
    case 'f':
        return "Use DROP FOREIGN TABLE to remove a foreign table.";
    default:
        return NULL;
    }
}

static Status missing_relation(Ddl *ddl, const AstRangeVar *var, const RelationWords *words,
                               bool missing_ok) {
    if (var->schema != NULL) {
        Oid nsp;
        TRY(namespace_by_name(ddl->catalog, var->schema, missing_ok, &nsp));
        if (nsp == OID_INVALID) {
            ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "schema \"%s\" does not exist, skipping",
                       var->schema);
            return STATUS_OK;
        }
    }
    if (!missing_ok)
        return error(words->missing_state, "%s \"%s\" does not exist", words->what, var->name);
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "%s \"%s\" does not exist, skipping", words->what,
               var->name);
    return STATUS_OK;
}

/* The owner of the schema may drop what is in it. */
static Status check_rights(Ddl *ddl, const RelationDesc *relation) {
    bool owns_schema;
    TRY(object_is_owner(ddl->catalog, PG_NAMESPACE, relation->nsp, session_role(ddl->catalog),
                        &owns_schema));
    if (!owns_schema)
        TRY(object_check_owner(ddl->catalog, PG_CLASS, relation->oid));
    if (relation->oid < OID_FIRST_NORMAL && !session_bootstrap(ddl->catalog) &&
        relation->nsp == OID_NAMESPACE_CATALOG)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     relation->name);
    return STATUS_OK;
}

/* The table of an index, and those whose indexes go with it. */
static Status lock_indexed_tables(Ddl *ddl, const RelationDesc *index) {
    const Oid *tables;
    size_t count;
    TRY(relation_descendants(ddl->catalog, index->indexes[0].relation, ddl->arena, &tables,
                             &count));
    for (size_t i = 0; i < (index->kind == 'I' ? count : MIN(count, 1)); i++)
        TRY(relation_lock(ddl->catalog, tables[i], LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    return STATUS_OK;
}

static Status drop_relation_address(Ddl *ddl, const AstDrop *drop, const AstObject *object,
                                    AddressList *list) {
    const RelationWords *words = words_of(drop->kind);
    AstRangeVar var = ddl_range_var(&object->name);
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, &var,
                     drop->concurrently ? LOCK_SHARE_UPDATE_EXCLUSIVE : LOCK_ACCESS_EXCLUSIVE, true,
                     &relation));
    if (relation == NULL)
        return missing_relation(ddl, &var, words, drop->missing_ok);
    if (!ddl_relation_is_kind(relation->kind, drop->kind)) {
        Status status =
            error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not %s", relation->name, words->not_a);
        const char *hint = drop_hint(relation->kind);
        return hint == NULL ? status : status_hint(status, "%s", hint);
    }
    TRY(check_rights(ddl, relation));
    if (relation->kind == 'I' && drop->concurrently && relation->persistence != 't')
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot drop partitioned index \"%s\" concurrently",
                     relation->name);
    if ((relation->kind == 'i' || relation->kind == 'I') && relation->index_count == 1 &&
        !drop->concurrently)
        TRY(lock_indexed_tables(ddl, relation));
    vec_push(list, ddl->arena, object_address(PG_CLASS, relation->oid, 0));
    return STATUS_OK;
}

/* ---- the rest ---- */

static const char *params_text(Ddl *ddl, const AstObject *object) {
    StrBuf text;
    strbuf_init(&text, ddl->arena);
    for (uint32_t i = 0; i < object->params.count; i++) {
        const Ast *item = object->params.items[i];
        const AstTypeName *type = (const AstTypeName *)item;
        if (item != NULL && item->tag == AST_FUNC_PARAM)
            type = ((const AstFuncParam *)item)->type;
        strbuf_printf(&text, "%s%s", i > 0 ? "," : "",
                      type == NULL ? "none" : ddl_type_name_text(ddl, type));
    }
    return strbuf_cstr(&text);
}

/* A missing schema of a qualified name is what the NOTICE tells of. */
static Status missing_schema(Ddl *ddl, const StrList *name, bool *missing_out) {
    *missing_out = false;
    if (name->count < 2)
        return STATUS_OK;
    Oid nsp;
    TRY(namespace_by_name(ddl->catalog, name->items[name->count - 2], true, &nsp));
    *missing_out = nsp == OID_INVALID;
    if (*missing_out)
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "schema \"%s\" does not exist, skipping",
                   name->items[name->count - 2]);
    return STATUS_OK;
}

/* A type that is not there, or its schema, is what is told. */
static Status missing_type(Ddl *ddl, const AstTypeName *type, bool *missing_out) {
    Oid oid;
    TRY(missing_schema(ddl, &type->names, missing_out));
    if (*missing_out)
        return STATUS_OK;
    TRY(ddl_type(ddl, type, true, &oid));
    *missing_out = oid == OID_INVALID;
    if (*missing_out)
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "type \"%s\" does not exist, skipping",
                   ddl_type_name_text(ddl, type));
    return STATUS_OK;
}

static Status missing_parameter(Ddl *ddl, const AstObject *object, bool *missing_out) {
    *missing_out = false;
    for (uint32_t i = 0; i < object->params.count && !*missing_out; i++) {
        const Ast *item = object->params.items[i];
        if (item != NULL)
            TRY(missing_type(ddl,
                             item->tag == AST_FUNC_PARAM ? ((const AstFuncParam *)item)->type
                                                         : (const AstTypeName *)item,
                             missing_out));
    }
    return STATUS_OK;
}

static void skipping(Ddl *ddl, const char *fmt, const char *a, const char *b) {
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, fmt, a, b);
}

static void skipping_routine(Ddl *ddl, const AstObject *object) {
    const char *what = object->kind == AST_OBJECT_PROCEDURE   ? "procedure"
                       : object->kind == AST_OBJECT_AGGREGATE ? "aggregate"
                       : object->kind == AST_OBJECT_ROUTINE   ? "routine"
                                                              : "function";
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "%s %s(%s) does not exist, skipping", what,
               str_list_join(ddl->arena, &object->name), params_text(ddl, object));
}

static const char *plain_word(AstObjectKind kind) {
    switch (kind) {
    case AST_OBJECT_COLLATION:
        return "collation";
    case AST_OBJECT_CONVERSION:
        return "conversion";
    case AST_OBJECT_SCHEMA:
        return "schema";
    case AST_OBJECT_LANGUAGE:
        return "language";
    case AST_OBJECT_EVENT_TRIGGER:
        return "event trigger";
    case AST_OBJECT_EXTENSION:
        return "extension";
    case AST_OBJECT_FDW:
        return "foreign-data wrapper";
    case AST_OBJECT_FOREIGN_SERVER:
        return "server";
    case AST_OBJECT_PUBLICATION:
        return "publication";
    case AST_OBJECT_ACCESS_METHOD:
        return "access method";
    case AST_OBJECT_STATISTICS:
        return "statistics object";
    case AST_OBJECT_TS_CONFIGURATION:
        return "text search configuration";
    case AST_OBJECT_TS_DICTIONARY:
        return "text search dictionary";
    case AST_OBJECT_TS_PARSER:
        return "text search parser";
    case AST_OBJECT_TS_TEMPLATE:
        return "text search template";
    default:
        return "type";
    }
}

static Status skip_on_relation(Ddl *ddl, const AstObject *object) {
    AstRangeVar var = ddl_range_var(&object->name);
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, &var, LOCK_ACCESS_SHARE, true, &relation));
    if (relation == NULL) {
        bool schema;
        TRY(missing_schema(ddl, &object->name, &schema));
        if (!schema)
            skipping(ddl, "relation \"%s\" does not exist, skipping",
                     str_list_join(ddl->arena, &object->name), NULL);
        return STATUS_OK;
    }
    skipping(ddl,
             object->kind == AST_OBJECT_TRIGGER
                 ? "trigger \"%s\" for relation \"%s\" does not exist, skipping"
             : object->kind == AST_OBJECT_POLICY
                 ? "policy \"%s\" for relation \"%s\" does not exist, skipping"
                 : "rule \"%s\" for relation \"%s\" does not exist, skipping",
             object->sub_name, str_list_join(ddl->arena, &object->name));
    return STATUS_OK;
}

static Status tell_skipped(Ddl *ddl, const AstObject *object) {
    bool told = false;
    switch (object->kind) {
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE:
    case AST_OBJECT_AGGREGATE:
        TRY(missing_schema(ddl, &object->name, &told));
        if (!told)
            TRY(missing_parameter(ddl, object, &told));
        if (!told)
            skipping_routine(ddl, object);
        return STATUS_OK;
    case AST_OBJECT_OPERATOR:
        TRY(missing_schema(ddl, &object->name, &told));
        if (!told)
            TRY(missing_parameter(ddl, object, &told));
        if (!told)
            skipping(ddl, "operator %s does not exist, skipping",
                     str_list_join(ddl->arena, &object->name), NULL);
        return STATUS_OK;
    case AST_OBJECT_CAST:
        TRY(missing_type(ddl, object->type, &told));
        if (!told)
            TRY(missing_type(ddl, object->type2, &told));
        if (told)
            return STATUS_OK;
        skipping(ddl, "cast from type %s to type %s does not exist, skipping",
                 ddl_type_name_text(ddl, object->type), ddl_type_name_text(ddl, object->type2));
        return STATUS_OK;
    case AST_OBJECT_TRANSFORM:
        skipping(ddl, "transform for type %s language \"%s\" does not exist, skipping",
                 ddl_type_name_text(ddl, object->type), object->sub_name);
        return STATUS_OK;
    case AST_OBJECT_TRIGGER:
    case AST_OBJECT_POLICY:
    case AST_OBJECT_RULE:
        return skip_on_relation(ddl, object);
    case AST_OBJECT_OP_CLASS:
    case AST_OBJECT_OP_FAMILY:
        TRY(missing_schema(ddl, &object->name, &told));
        if (!told)
            skipping(ddl,
                     object->kind == AST_OBJECT_OP_CLASS
                         ? "operator class \"%s\" does not exist for access method \"%s\", skipping"
                         : "operator family \"%s\" does not exist for access method \"%s\", "
                           "skipping",
                     str_list_join(ddl->arena, &object->name), object->sub_name);
        return STATUS_OK;
    default:
        break;
    }
    const StrList *name = object->type != NULL ? &object->type->names : &object->name;
    TRY(missing_schema(ddl, name, &told));
    if (!told)
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "%s \"%s\" does not exist, skipping",
                   plain_word(object->kind),
                   object->type != NULL ? ddl_type_name_text(ddl, object->type)
                                        : str_list_join(ddl->arena, name));
    return STATUS_OK;
}

static Status check_object_rights(Ddl *ddl, const AstObject *ast, const DdlObject *object) {
    Oid nsp = OID_INVALID;
    if (object->relation == OID_INVALID)
        TRY(object_namespace(ddl->catalog, object->address.class_id, object->address.object, &nsp));
    if (nsp != OID_INVALID) {
        bool owns_schema;
        TRY(object_is_owner(ddl->catalog, PG_NAMESPACE, nsp, session_role(ddl->catalog),
                            &owns_schema));
        if (owns_schema)
            return STATUS_OK;
    }
    return ddl_object_check_owner(ddl, ast, object);
}

static Status refuse_aggregate(Ddl *ddl, const AstObject *ast, const DdlObject *object) {
    const ProcDesc *proc;
    if (object->address.class_id != PG_PROC || ast->kind == AST_OBJECT_AGGREGATE)
        return STATUS_OK;
    TRY(catalog_proc_require(ddl->catalog, object->address.object, &proc));
    if (proc->kind != 'a')
        return STATUS_OK;
    return status_hint(error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an aggregate function",
                             str_list_join(ddl->arena, &ast->name)),
                       "Use DROP AGGREGATE to drop aggregate functions.");
}

static Status drop_address(Ddl *ddl, const AstDrop *drop, const AstObject *ast, AddressList *list) {
    DdlObject object;
    TRY(ddl_object(ddl, ast, LOCK_ACCESS_EXCLUSIVE, drop->missing_ok, &object));
    if (!object.found)
        return tell_skipped(ddl, ast);
    TRY(refuse_aggregate(ddl, ast, &object));
    TRY(check_object_rights(ddl, ast, &object));
    vec_push(list, ddl->arena, object.address);
    return STATUS_OK;
}

static Status execute_drop(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDrop *drop = (const AstDrop *)call->raw->statement;
    call->tag = arena_printf(call->arena, "DROP %s", ddl_kind_words(drop->kind));
    if (drop->concurrently) {
        TRY(ddl_not_in_block(call, "DROP INDEX CONCURRENTLY"));
        if (drop->objects.count > 1)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "DROP INDEX CONCURRENTLY does not support dropping multiple objects");
        if (drop->behavior == AST_DROP_CASCADE)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "DROP INDEX CONCURRENTLY does not support CASCADE");
    }
    AddressList list = {0};
    AST_FOREACH(AstObject, object, drop->objects) {
        if (words_of(drop->kind) != NULL)
            TRY(drop_relation_address(&ddl, drop, object, &list));
        else
            TRY(drop_address(&ddl, drop, object, &list));
    }
    if (list.count == 0)
        return STATUS_OK;
    if (drop->concurrently)
        TRY(ddl_concurrent_drop_index(&ddl, list.items[0].object));
    return object_drop(ddl.catalog, list.items, list.count,
                       drop->behavior == AST_DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT, 0);
}

static const UtilityCommand commands[] = {
    {AST_DROP, NULL, UTILITY_WRITES, execute_drop, NULL},
};

void ddl_drop_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
