/* ddl_publication.c: publications: which tables, schemas, rows and columns they name. */
#include "executor/ddl_int.h"

typedef struct PublishOptions {
    bool publish_given, via_root_given;
    bool insert, update, delete, truncate, via_root;
} PublishOptions;

typedef struct PublishedTable {
    Oid relation;
    const Ast *where;
    const StrList *columns; /* NULL: all */
    const char *qual;       /* the analysed condition */
} PublishedTable;

typedef struct Publication {
    Ddl *ddl;
    Oid oid;
    const char *name;
    bool all_tables, via_root;
    VEC(PublishedTable) tables;
    VEC(Oid) schemas;
} Publication;

/* ---- WITH (..) ---- */

static Status read_publish(Ddl *ddl, const AstOption *option, PublishOptions *out) {
    const char *text, *const *names;
    uint32_t count;
    out->insert = out->update = out->delete = out->truncate = false;
    out->publish_given = true;
    TRY(ddl_option_text(ddl, option, &text));
    if (!name_parse_list(ddl->arena, text, &names, &count))
        return error(ERR_SYNTAX_ERROR, "invalid list syntax in parameter \"%s\"", "publish");
    for (uint32_t i = 0; i < count; i++) {
        bool *what = strcmp(names[i], "insert") == 0     ? &out->insert
                     : strcmp(names[i], "update") == 0   ? &out->update
                     : strcmp(names[i], "delete") == 0   ? &out->delete
                     : strcmp(names[i], "truncate") == 0 ? &out->truncate
                                                         : NULL;
        if (what == NULL)
            return error(ERR_SYNTAX_ERROR,
                         "unrecognized value for publication option \"%s\": \"%s\"", "publish",
                         names[i]);
        *what = true;
    }
    return STATUS_OK;
}

static Status read_options(Ddl *ddl, const AstList *options, PublishOptions *out) {
    *out = (PublishOptions){.insert = true, .update = true, .delete = true, .truncate = true};
    AST_FOREACH(AstOption, option, *options) {
        bool publish = strcmp(option->name, "publish") == 0;
        if (!publish && strcmp(option->name, "publish_via_partition_root") != 0)
            return error(ERR_SYNTAX_ERROR, "unrecognized publication parameter: \"%s\"",
                         option->name);
        if (publish ? out->publish_given : out->via_root_given)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             option->location);
        if (publish) {
            TRY(read_publish(ddl, option, out));
        } else {
            out->via_root_given = true;
            TRY(ddl_option_bool(option, &out->via_root));
        }
    }
    return STATUS_OK;
}

/* ---- row filters ---- */

typedef struct FilterCheck {
    Ddl *ddl;
    const char *detail;
    int32_t location;
} FilterCheck;

static const char *function_complaint(Ddl *ddl, Oid function) {
    const ProcDesc *proc = NULL;
    Status status = catalog_proc(ddl->catalog, function, &proc);
    bool fine =
        status_ok(status) && proc != NULL && proc->volatility == 'i' && function < OID_FIRST_NORMAL;
    status_free(status);
    return fine ? NULL : "User-defined or built-in mutable functions are not allowed.";
}

static const char *node_complaint(FilterCheck *check_, const Expr *expr) {
    Oid op = OID_INVALID, function = OID_INVALID;
    switch (expr->tag) {
    case EXPR_COLUMN:
        if (((const ExprColumn *)expr)->attno < 0)
            return "System columns are not allowed.";
        break;
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        op = ((const ExprFunc *)expr)->op;
        function = ((const ExprFunc *)expr)->function;
        break;
    case EXPR_SCALAR_ARRAY_OP:
        op = ((const ExprScalarArrayOp *)expr)->op;
        function = ((const ExprScalarArrayOp *)expr)->function;
        break;
    case EXPR_CONST:
    case EXPR_BOOL:
    case EXPR_RELABEL:
    case EXPR_COLLATE:
    case EXPR_CASE:
    case EXPR_CASE_TEST:
    case EXPR_ARRAY:
    case EXPR_ROW:
    case EXPR_ROW_COMPARE:
    case EXPR_COALESCE:
    case EXPR_MIN_MAX:
    case EXPR_XML:
    case EXPR_NULL_TEST:
    case EXPR_BOOLEAN_TEST:
        break;
    default:
        return "Only columns, constants, built-in operators, built-in data types, built-in "
               "collations, and immutable built-in functions are allowed.";
    }
    if (op >= OID_FIRST_NORMAL)
        return "User-defined operators are not allowed.";
    if (expr->type >= OID_FIRST_NORMAL)
        return "User-defined types are not allowed.";
    const char *complaint =
        function == OID_INVALID ? NULL : function_complaint(check_->ddl, function);
    if (complaint == NULL && expr->collation >= OID_FIRST_NORMAL)
        complaint = "User-defined collations are not allowed.";
    return complaint;
}

static bool check_filter(Expr *expr, void *arg) {
    FilterCheck *filter = arg;
    if (expr == NULL)
        return false;
    filter->detail = node_complaint(filter, expr);
    if (filter->detail != NULL) {
        filter->location = expr_location(expr);
        return true;
    }
    return expr_walk(expr, check_filter, filter);
}

static Status analyze_filter(Publication *publication, PublishedTable *table,
                             const RelationDesc *relation) {
    Ddl *ddl = publication->ddl;
    ExprScope scope = {.relation = table->relation};
    Expr *expr;
    if (table->where == NULL)
        return STATUS_OK;
    if (relation->kind == 'p' && !publication->via_root)
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE,
                  "cannot use publication WHERE clause for relation \"%s\"", relation->name),
            "WHERE clause cannot be used for a partitioned table when %s is false.",
            "publish_via_partition_root");
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, table->where, &scope,
                     EXPR_KIND_WHERE, &expr));
    TRY(analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "PUBLICATION WHERE", &expr));
    FilterCheck filter = {.ddl = ddl};
    if (check_filter(expr, &filter))
        return status_at(
            status_detail(error(ERR_FEATURE_NOT_SUPPORTED, "invalid publication WHERE expression"),
                          "%s", filter.detail),
            filter.location);
    table->qual = expr_to_string(ddl->arena, expr);
    return STATUS_OK;
}

/* ---- which tables ---- */

static Status check_publishable(const RelationDesc *relation) {
    const char *what = NULL;
    static const struct {
        char kind;
        const char *what;
    } kinds[] = {{'v', "views"},          {'m', "materialized views"},  {'S', "sequences"},
                 {'i', "indexes"},        {'I', "partitioned indexes"}, {'c', "composite types"},
                 {'f', "foreign tables"}, {'t', "TOAST tables"}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].kind == relation->kind)
            what = kinds[i].what;
    if (what == NULL && relation->oid < OID_FIRST_NORMAL)
        what = "system tables";
    else if (what == NULL && relation->persistence == 't')
        what = "temporary tables";
    else if (what == NULL && relation->persistence == 'u')
        what = "unlogged tables";
    return what == NULL
               ? STATUS_OK
               : status_detail(error(ERR_INVALID_PARAMETER_VALUE,
                                     "cannot add relation \"%s\" to publication", relation->name),
                               "This operation is not supported for %s.", what);
}

static PublishedTable *table_of(Publication *publication, Oid relation) {
    for (size_t i = 0; i < publication->tables.count; i++)
        if (publication->tables.items[i].relation == relation)
            return &publication->tables.items[i];
    return NULL;
}

/* NULL: it is not there yet. */
static Status check_twice(const PublishedTable *before, const AstPublicationObject *object,
                          const char *name) {
    if (object->where != NULL || before->where != NULL)
        return error(ERR_DUPLICATE_OBJECT,
                     "conflicting or redundant WHERE clauses for table \"%s\"", name);
    if (object->columns_given || before->columns != NULL)
        return error(ERR_DUPLICATE_OBJECT, "conflicting or redundant column lists for table \"%s\"",
                     name);
    return STATUS_OK;
}

static Status add_table(Publication *publication, const AstPublicationObject *object) {
    Ddl *ddl = publication->ddl;
    const RelationDesc *relation;
    const Oid *all;
    size_t count = 1;
    TRY(ddl_relation(ddl, object->relation, LOCK_SHARE_UPDATE_EXCLUSIVE, false, &relation));
    if (relation->kind == 'i' || relation->kind == 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an index", relation->name);
    if (relation->kind == 'c')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", relation->name);
    const char *name = relation->name;
    Oid oid = relation->oid;
    PublishedTable *before = table_of(publication, oid);
    if (before != NULL)
        return check_twice(before, object, name);
    all = arena_new(ddl->arena, Oid);
    *(Oid *)all = oid;
    if (object->relation->inherit && relation->kind != 'p')
        TRY(relation_descendants(ddl->catalog, oid, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        before = table_of(publication, all[i]);
        if (before != NULL) {
            TRY(check_twice(before, object, name));
            continue;
        }
        PublishedTable table = {.relation = all[i],
                                .where = object->where,
                                .columns = object->columns_given ? &object->columns : NULL};
        vec_push(&publication->tables, ddl->arena, table);
    }
    return STATUS_OK;
}

/* 0: the search path names none. */
static Status current_namespace(Ddl *ddl, Oid *nsp_out) {
    const SearchPath *path;
    *nsp_out = OID_INVALID;
    TRY(session_search_path(ddl->catalog, &path));
    for (uint32_t i = 0; i < path->count && *nsp_out == OID_INVALID; i++) {
        bool implicit = path->namespaces[i] == OID_NAMESPACE_CATALOG && path->catalog_implicit;
        if (!implicit && !(i == 0 && path->temp_implicit))
            *nsp_out = path->namespaces[i];
    }
    return STATUS_OK;
}

static Status add_schema(Publication *publication, const AstPublicationObject *object) {
    Ddl *ddl = publication->ddl;
    Oid nsp;
    if (object->kind == AST_PUBLICATION_CURRENT_SCHEMA) {
        TRY(current_namespace(ddl, &nsp));
        if (nsp == OID_INVALID)
            return error(ERR_INVALID_SCHEMA_NAME, "no schema has been selected for CURRENT_SCHEMA");
    } else {
        TRY(namespace_by_name(ddl->catalog, object->schema, false, &nsp));
    }
    for (size_t i = 0; i < publication->schemas.count; i++)
        if (publication->schemas.items[i] == nsp)
            return STATUS_OK;
    vec_push(&publication->schemas, ddl->arena, nsp);
    return STATUS_OK;
}

static Status gather(Publication *publication, const AstList *objects) {
    AST_FOREACH(AstPublicationObject, object, *objects) {
        if (object->kind != AST_PUBLICATION_TABLE)
            TRY(add_schema(publication, object));
    }
    AST_FOREACH(AstPublicationObject, object, *objects) {
        if (object->kind == AST_PUBLICATION_TABLE)
            TRY(add_table(publication, object));
    }
    return STATUS_OK;
}

/* ---- members ---- */

static bool is_system_column(const char *name) {
    static const char *const names[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static Status column_numbers(Ddl *ddl, const RelationDesc *relation, const StrList *columns,
                             const int16_t **numbers_out, uint32_t *count_out) {
    int16_t *numbers = arena_array(ddl->arena, int16_t, columns->count + 1);
    for (uint32_t i = 0; i < columns->count; i++) {
        const ColumnDesc *column = relation_column(relation, columns->items[i]);
        if (column == NULL && !is_system_column(columns->items[i]))
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         columns->items[i], relation->name);
        if (column == NULL)
            return error(ERR_INVALID_COLUMN_REFERENCE,
                         "cannot use system column \"%s\" in publication column list",
                         columns->items[i]);
        if (column->generated != 0)
            return error(ERR_INVALID_COLUMN_REFERENCE,
                         "cannot use generated column \"%s\" in publication column list",
                         columns->items[i]);
        numbers[i] = column->attnum;
        for (uint32_t k = 0; k < i; k++)
            if (numbers[k] == numbers[i])
                return error(ERR_DUPLICATE_OBJECT,
                             "duplicate column \"%s\" in publication column list",
                             columns->items[i]);
    }
    for (uint32_t i = 1; i < columns->count; i++) /* ascending */
        for (uint32_t k = i; k > 0 && numbers[k - 1] > numbers[k]; k--) {
            int16_t swap = numbers[k];
            numbers[k] = numbers[k - 1];
            numbers[k - 1] = swap;
        }
    *numbers_out = numbers;
    *count_out = columns->count;
    return STATUS_OK;
}

static Status insert_member(Publication *publication, const PublishedTable *table,
                            const RelationDesc *relation) {
    Ddl *ddl = publication->ddl;
    CatalogRow row = {0};
    Oid oid;
    const int16_t *numbers = NULL;
    uint32_t count = 0;
    AddressList needs = {0};
    row.values[PG_PUBLICATION_REL_PRPUBID] = datum_oid(publication->oid);
    row.values[PG_PUBLICATION_REL_PRRELID] = datum_oid(table->relation);
    row.nulls[PG_PUBLICATION_REL_PRQUAL] = table->qual == NULL;
    if (table->qual != NULL)
        row.values[PG_PUBLICATION_REL_PRQUAL] = datum_cstr(table->qual);
    row.nulls[PG_PUBLICATION_REL_PRATTRS] = table->columns == NULL;
    if (table->columns != NULL) {
        TRY(column_numbers(ddl, relation, table->columns, &numbers, &count));
        row.values[PG_PUBLICATION_REL_PRATTRS] = row_int2_vector(ddl->arena, numbers, count);
    }
    TRY(object_insert(ddl->catalog, PG_PUBLICATION_REL, &row, &oid));
    ObjectAddress self = object_address(PG_PUBLICATION_REL, oid, 0);
    TRY(depend_record(ddl->catalog, self, object_address(PG_PUBLICATION, publication->oid, 0),
                      DEPEND_AUTO));
    TRY(depend_record(ddl->catalog, self, object_address(PG_CLASS, table->relation, 0),
                      DEPEND_AUTO));
    if (table->qual != NULL) {
        Expr *expr;
        TRY(expr_from_string(ddl->arena, table->qual, strlen(table->qual), &expr));
        ddl_expr_addresses(ddl, expr, table->relation, &needs);
    }
    for (uint32_t i = 0; i < count; i++)
        vec_push(&needs, ddl->arena, object_address(PG_CLASS, table->relation, numbers[i]));
    TRY(depend_record_many(ddl->catalog, self, needs.items, needs.count, DEPEND_NORMAL));
    catalog_touch_relation(ddl->catalog, table->relation);
    return STATUS_OK;
}

static Status member_row(Publication *publication, Oid relation, CatalogRow *row, bool *found) {
    Datum keys[2] = {datum_oid(relation), datum_oid(publication->oid)};
    return catalog_find(publication->ddl->catalog, PG_PUBLICATION_REL_PRRELID_PRPUBID_INDEX, keys,
                        2, publication->ddl->arena, row, found);
}

static Status check_column_list(Publication *publication, const PublishedTable *table,
                                const RelationDesc *relation, bool with_schemas) {
    if (table->columns == NULL)
        return STATUS_OK;
    Status status = error(ERR_INVALID_PARAMETER_VALUE,
                          "cannot use column list for relation \"%s.%s\" in publication \"%s\"",
                          relation->nsp_name, relation->name, publication->name);
    if (with_schemas)
        return status_detail(status, "Column lists cannot be specified in publications containing "
                                     "FOR TABLES IN SCHEMA elements.");
    if (relation->kind == 'p' && !publication->via_root)
        return status_detail(status,
                             "Column lists cannot be specified for partitioned tables when %s is "
                             "false.",
                             "publish_via_partition_root");
    status_free(status);
    return STATUS_OK;
}

static Status prepare_tables(Publication *publication, bool with_schemas) {
    for (size_t i = 0; i < publication->tables.count; i++) {
        const RelationDesc *relation;
        PublishedTable *table = &publication->tables.items[i];
        TRY(catalog_relation_require(publication->ddl->catalog, table->relation, &relation));
        TRY(analyze_filter(publication, table, relation));
    }
    for (size_t i = 0; i < publication->tables.count; i++) {
        const RelationDesc *relation;
        PublishedTable *table = &publication->tables.items[i];
        TRY(catalog_relation_require(publication->ddl->catalog, table->relation, &relation));
        TRY(check_column_list(publication, table, relation, with_schemas));
    }
    return STATUS_OK;
}

/* if_not_exists: tables that are members already stay as they are. */
static Status insert_tables(Publication *publication, bool if_not_exists) {
    Ddl *ddl = publication->ddl;
    for (size_t i = 0; i < publication->tables.count; i++) {
        const PublishedTable *table = &publication->tables.items[i];
        const RelationDesc *relation;
        CatalogRow row;
        bool found;
        TRY(object_check_owner(ddl->catalog, PG_CLASS, table->relation));
        TRY(catalog_relation_require(ddl->catalog, table->relation, &relation));
        TRY(member_row(publication, table->relation, &row, &found));
        if (found && if_not_exists)
            continue;
        if (found)
            return error(ERR_DUPLICATE_OBJECT,
                         "relation \"%s\" is already member of publication \"%s\"", relation->name,
                         publication->name);
        TRY(check_publishable(relation));
        TRY(insert_member(publication, table, relation));
    }
    return STATUS_OK;
}

static Status insert_schemas(Publication *publication, bool if_not_exists) {
    Ddl *ddl = publication->ddl;
    for (size_t i = 0; i < publication->schemas.count; i++) {
        Oid nsp = publication->schemas.items[i], oid;
        CatalogRow row = {0};
        bool found, temp, own;
        const char *name;
        Datum keys[2] = {datum_oid(nsp), datum_oid(publication->oid)};
        TRY(namespace_name(ddl->catalog, nsp, &name));
        TRY(catalog_find(ddl->catalog, PG_PUBLICATION_NAMESPACE_PNNSPID_PNPUBID_INDEX, keys, 2,
                         ddl->arena, &row, &found));
        if (found && if_not_exists)
            continue;
        if (found)
            return error(ERR_DUPLICATE_OBJECT,
                         "schema \"%s\" is already member of publication \"%s\"", name,
                         publication->name);
        Status refused =
            error(ERR_INVALID_PARAMETER_VALUE, "cannot add schema \"%s\" to publication", name);
        if (nsp == OID_NAMESPACE_CATALOG || nsp == OID_NAMESPACE_TOAST)
            return status_detail(refused, "This operation is not supported for system schemas.");
        TRY(catalog_is_temp_namespace(ddl->catalog, nsp, &temp, &own));
        if (temp)
            return status_detail(refused, "Temporary schemas cannot be replicated.");
        status_free(refused);
        row = (CatalogRow){0};
        row.values[PG_PUBLICATION_NAMESPACE_PNPUBID] = datum_oid(publication->oid);
        row.values[PG_PUBLICATION_NAMESPACE_PNNSPID] = datum_oid(nsp);
        TRY(object_insert(ddl->catalog, PG_PUBLICATION_NAMESPACE, &row, &oid));
        ObjectAddress self = object_address(PG_PUBLICATION_NAMESPACE, oid, 0);
        TRY(depend_record(ddl->catalog, self, object_address(PG_PUBLICATION, publication->oid, 0),
                          DEPEND_AUTO));
        TRY(depend_record(ddl->catalog, self, object_address(PG_NAMESPACE, nsp, 0), DEPEND_AUTO));
    }
    return STATUS_OK;
}

/* ---- CREATE ---- */

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreatePublication *statement = (const AstCreatePublication *)call->raw->statement;
    Publication publication = {.ddl = &ddl, .name = statement->name};
    PublishOptions options;
    CatalogRow row = {0};
    bool super, found;
    TRY(object_check_acl(ddl.catalog, PG_DATABASE, session_database(ddl.catalog), ACL_CREATE));
    TRY(ddl_is_superuser(&ddl, &super));
    if (statement->all_tables && !super)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to create FOR ALL TABLES publication");
    TRY(catalog_find_name(ddl.catalog, PG_PUBLICATION_PUBNAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "publication \"%s\" already exists", statement->name);
    TRY(read_options(&ddl, &statement->options, &options));
    row = (CatalogRow){0};
    row.values[PG_PUBLICATION_PUBNAME] = datum_cstr(statement->name);
    row.values[PG_PUBLICATION_PUBOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_PUBLICATION_PUBALLTABLES] = datum_bool(statement->all_tables);
    row.values[PG_PUBLICATION_PUBINSERT] = datum_bool(options.insert);
    row.values[PG_PUBLICATION_PUBUPDATE] = datum_bool(options.update);
    row.values[PG_PUBLICATION_PUBDELETE] = datum_bool(options.delete);
    row.values[PG_PUBLICATION_PUBTRUNCATE] = datum_bool(options.truncate);
    row.values[PG_PUBLICATION_PUBVIAROOT] = datum_bool(options.via_root);
    publication.via_root = options.via_root;
    TRY(object_insert(ddl.catalog, PG_PUBLICATION, &row, &publication.oid));
    TRY(gather(&publication, &statement->objects));
    if (publication.schemas.count > 0 && !super)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to create FOR TABLES IN SCHEMA publication");
    TRY(prepare_tables(&publication, publication.schemas.count > 0));
    TRY(insert_tables(&publication, true));
    TRY(insert_schemas(&publication, true));
    OidVec tables = {0};
    TRY(ddl_all_relations(&ddl, "r", &tables));
    for (size_t i = 0; i < tables.count; i++) /* their descriptors say that there is one */
        if (tables.items[i] >= OID_FIRST_NORMAL)
            catalog_touch_relation(ddl.catalog, tables.items[i]);
    Status notice = status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                      "wal_level is insufficient to publish logical changes"),
                                "Set wal_level to \"logical\" before creating subscriptions.");
    ddl.session->ops->notice(ddl.session, NOTICE_WARNING, notice);
    return STATUS_OK;
}

/* ---- ALTER ---- */

static Status member_rows(Publication *publication, CatalogRow **rows, size_t *count) {
    Datum key = datum_oid(publication->oid);
    return catalog_find_all(publication->ddl->catalog, PG_PUBLICATION_REL_PRPUBID_INDEX, &key, 1,
                            publication->ddl->arena, rows, count);
}

/* publish_via_partition_root cannot go while partitioned tables have filters or column lists. */
static Status check_via_root(Publication *publication) {
    CatalogRow *rows;
    size_t count;
    TRY(member_rows(publication, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *relation;
        bool filter = !rows[i].nulls[PG_PUBLICATION_REL_PRQUAL];
        TRY(catalog_relation(publication->ddl->catalog,
                             row_oid(&rows[i], PG_PUBLICATION_REL_PRRELID), &relation));
        if (relation == NULL || relation->kind != 'p' ||
            (!filter && rows[i].nulls[PG_PUBLICATION_REL_PRATTRS]))
            continue;
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE,
                  "cannot set parameter \"%s\" to false for publication \"%s\"",
                  "publish_via_partition_root", publication->name),
            "The publication contains a %s for partitioned table \"%s\", which is not allowed when "
            "\"%s\" is false.",
            filter ? "WHERE clause" : "column list", relation->name, "publish_via_partition_root");
    }
    return STATUS_OK;
}

static Status alter_options(Publication *publication, const AstAlterPublication *statement,
                            CatalogRow *row) {
    PublishOptions options;
    TRY(read_options(publication->ddl, &statement->options, &options));
    if (options.via_root_given && !options.via_root && publication->via_root)
        TRY(check_via_root(publication));
    if (options.publish_given) {
        row->values[PG_PUBLICATION_PUBINSERT] = datum_bool(options.insert);
        row->values[PG_PUBLICATION_PUBUPDATE] = datum_bool(options.update);
        row->values[PG_PUBLICATION_PUBDELETE] = datum_bool(options.delete);
        row->values[PG_PUBLICATION_PUBTRUNCATE] = datum_bool(options.truncate);
    }
    if (options.via_root_given)
        row->values[PG_PUBLICATION_PUBVIAROOT] = datum_bool(options.via_root);
    return catalog_update(publication->ddl->catalog, PG_PUBLICATION, row);
}

static Status drop_member(Publication *publication, Oid class_id, Oid oid) {
    ObjectAddress member = object_address(class_id, oid, 0);
    return object_drop(publication->ddl->catalog, &member, 1, DROP_CASCADE, DROP_INTERNAL);
}

static Status drop_tables(Publication *publication) {
    for (size_t i = 0; i < publication->tables.count; i++) {
        const PublishedTable *table = &publication->tables.items[i];
        CatalogRow row;
        bool found;
        if (table->columns != NULL)
            return error(ERR_SYNTAX_ERROR,
                         "column list must not be specified in ALTER PUBLICATION ... DROP");
        TRY(member_row(publication, table->relation, &row, &found));
        if (!found) {
            const char *name;
            TRY(relation_name(publication->ddl->catalog, table->relation, &name));
            return error(ERR_UNDEFINED_OBJECT, "relation \"%s\" is not part of the publication",
                         name);
        }
        if (table->where != NULL)
            return error(ERR_SYNTAX_ERROR,
                         "cannot use a WHERE clause when removing a table from a publication");
        TRY(drop_member(publication, PG_PUBLICATION_REL, row_oid(&row, PG_PUBLICATION_REL_OID)));
    }
    return STATUS_OK;
}

/* Same filter and columns as the row's? */
static bool same_member(Publication *publication, const PublishedTable *table,
                        const CatalogRow *row, const RelationDesc *relation) {
    bool qual = !row->nulls[PG_PUBLICATION_REL_PRQUAL];
    if (qual != (table->qual != NULL))
        return false;
    if (qual && !str_equal(row->values[PG_PUBLICATION_REL_PRQUAL].str, str_from_cstr(table->qual)))
        return false;
    bool columns = !row->nulls[PG_PUBLICATION_REL_PRATTRS];
    if (columns != (table->columns != NULL))
        return false;
    if (!columns)
        return true;
    uint32_t old_count, count;
    const int16_t *old =
        row_get_int2s(publication->ddl->arena, row->values[PG_PUBLICATION_REL_PRATTRS], &old_count);
    const int16_t *now;
    Status status = column_numbers(publication->ddl, relation, table->columns, &now, &count);
    bool same =
        status_ok(status) && count == old_count && memcmp(old, now, count * sizeof(int16_t)) == 0;
    status_free(status);
    return same;
}

static Status replace_tables(Publication *publication) {
    CatalogRow *rows;
    size_t count;
    TRY(member_rows(publication, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        Oid oid = row_oid(&rows[i], PG_PUBLICATION_REL_PRRELID);
        const PublishedTable *table = table_of(publication, oid);
        const RelationDesc *relation;
        TRY(catalog_relation(publication->ddl->catalog, oid, &relation));
        if (table == NULL || relation == NULL ||
            !same_member(publication, table, &rows[i], relation))
            TRY(drop_member(publication, PG_PUBLICATION_REL,
                            row_oid(&rows[i], PG_PUBLICATION_REL_OID)));
    }
    return insert_tables(publication, true);
}

static Status schema_rows(Publication *publication, CatalogRow **rows_out, size_t *count_out) {
    CatalogScan *scan;
    CatalogRow *each;
    Status status;
    VEC(CatalogRow) rows = {0};
    Ddl *ddl = publication->ddl;
    TRY(catalog_scan_open(ddl->catalog, PG_PUBLICATION_NAMESPACE, 0, NULL, 0, ddl->arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &each)) && each != NULL)
        if (row_oid(each, PG_PUBLICATION_NAMESPACE_PNPUBID) == publication->oid)
            vec_push(&rows, ddl->arena, *each);
    catalog_scan_close(scan);
    *rows_out = rows.items;
    *count_out = rows.count;
    return status;
}

static bool names_schema(const Publication *publication, Oid nsp) {
    for (size_t i = 0; i < publication->schemas.count; i++)
        if (publication->schemas.items[i] == nsp)
            return true;
    return false;
}

static Status alter_schemas(Publication *publication, AstAlterPublicationKind kind) {
    CatalogRow *rows;
    size_t count;
    TRY(schema_rows(publication, &rows, &count));
    if (kind == AST_PUBLICATION_ADD) {
        CatalogRow *tables;
        size_t table_count;
        if (publication->schemas.count == 0)
            return STATUS_OK;
        TRY(member_rows(publication, &tables, &table_count));
        for (size_t i = 0; i < table_count; i++)
            if (!tables[i].nulls[PG_PUBLICATION_REL_PRATTRS])
                return status_detail(error(ERR_INVALID_PARAMETER_VALUE,
                                           "cannot add schema to publication \"%s\"",
                                           publication->name),
                                     "Schemas cannot be added if any tables that specify a column "
                                     "list are already part of the publication.");
        return insert_schemas(publication, false);
    }
    for (size_t i = 0; i < count; i++) {
        bool named = names_schema(publication, row_oid(&rows[i], PG_PUBLICATION_NAMESPACE_PNNSPID));
        if (named == (kind == AST_PUBLICATION_DROP))
            TRY(drop_member(publication, PG_PUBLICATION_NAMESPACE,
                            row_oid(&rows[i], PG_PUBLICATION_NAMESPACE_OID)));
    }
    if (kind == AST_PUBLICATION_SET)
        return insert_schemas(publication, true);
    for (size_t k = 0; k < publication->schemas.count; k++) {
        bool was = false;
        for (size_t i = 0; i < count; i++)
            was |= row_oid(&rows[i], PG_PUBLICATION_NAMESPACE_PNNSPID) ==
                   publication->schemas.items[k];
        if (was)
            continue;
        const char *name;
        TRY(namespace_name(publication->ddl->catalog, publication->schemas.items[k], &name));
        return error(ERR_UNDEFINED_OBJECT,
                     "tables from schema \"%s\" are not part of the publication", name);
    }
    return STATUS_OK;
}

static Status check_all_tables(const Publication *publication, bool has_tables) {
    bool schemas = publication->schemas.count > 0;
    if (!publication->all_tables || (!schemas && !has_tables))
        return STATUS_OK;
    return status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                               "publication \"%s\" is defined as FOR ALL TABLES",
                               publication->name),
                         "%s cannot be added to or dropped from FOR ALL TABLES publications.",
                         schemas ? "Schemas" : "Tables");
}

static Status alter_members(Publication *publication, const AstAlterPublication *statement) {
    bool super, has_tables = false;
    CatalogRow *rows;
    size_t count;
    AST_FOREACH(AstPublicationObject, object, statement->objects) {
        has_tables |= object->kind == AST_PUBLICATION_TABLE;
        if (object->kind != AST_PUBLICATION_TABLE)
            TRY(add_schema(publication, object));
    }
    TRY(ddl_is_superuser(publication->ddl, &super));
    if (statement->kind != AST_PUBLICATION_DROP && publication->schemas.count > 0 && !super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to add or set schemas");
    TRY(check_all_tables(publication, has_tables));
    AST_FOREACH(AstPublicationObject, object, statement->objects) {
        if (object->kind == AST_PUBLICATION_TABLE)
            TRY(add_table(publication, object));
    }
    bool with_schemas = publication->schemas.count > 0;
    if (statement->kind == AST_PUBLICATION_ADD) {
        TRY(schema_rows(publication, &rows, &count));
        with_schemas |= count > 0;
    }
    if (statement->kind == AST_PUBLICATION_DROP) {
        TRY(drop_tables(publication));
    } else {
        TRY(prepare_tables(publication, with_schemas));
        TRY(statement->kind == AST_PUBLICATION_ADD ? insert_tables(publication, false)
                                                   : replace_tables(publication));
    }
    return alter_schemas(publication, statement->kind);
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterPublication *statement = (const AstAlterPublication *)call->raw->statement;
    Publication publication = {.ddl = &ddl, .name = statement->name};
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl.catalog, PG_PUBLICATION_PUBNAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "publication \"%s\" does not exist", statement->name);
    publication.oid = row_oid(&row, PG_PUBLICATION_OID);
    publication.all_tables = row.values[PG_PUBLICATION_PUBALLTABLES].b;
    publication.via_root = row.values[PG_PUBLICATION_PUBVIAROOT].b;
    TRY(object_check_owner(ddl.catalog, PG_PUBLICATION, publication.oid));
    return statement->kind == AST_PUBLICATION_SET_OPTIONS
               ? alter_options(&publication, statement, &row)
               : alter_members(&publication, statement);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_PUBLICATION, "CREATE PUBLICATION", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_PUBLICATION, "ALTER PUBLICATION", UTILITY_WRITES, execute_alter, NULL},
};

void ddl_publication_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
