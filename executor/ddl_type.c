/* ddl_type.c: CREATE TYPE, CREATE DOMAIN, ALTER TYPE .. VALUE, ALTER DOMAIN. */
#include "executor/ddl_int.h"

#include "planner/deparse.h"

#include <strings.h>

static Status new_name(Ddl *ddl, const StrList *names, Oid *nsp_out, const char **name_out) {
    const char *schema;
    TRY(ddl_qualified(ddl, names, &schema, name_out));
    return namespace_for_creation(ddl->catalog, schema, nsp_out);
}

/* ---- enums ---- */

static Status execute_enum(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateEnum *statement = (const AstCreateEnum *)call->raw->statement;
    Oid nsp, oid;
    const char *name;
    TRY(new_name(&ddl, &statement->name, &nsp, &name));
    return type_create_enum(ddl.catalog, name, nsp, session_role(ddl.catalog),
                            statement->labels.items, statement->labels.count, &oid);
}

/* Index keys hold the labels' numbers: whatever indexes them is built again after these changed. */
static Status rebuild_enum_indexes(Ddl *ddl, Oid type) {
    static const char sql[] =
        "WITH RECURSIVE t(oid) AS (SELECT $1 UNION SELECT x.oid FROM t, LATERAL ("
        "SELECT y.oid FROM pg_catalog.pg_type y WHERE y.typelem = t.oid OR y.typbasetype = t.oid "
        "UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngsubtype = t.oid "
        "UNION ALL SELECT r.rngmultitypid FROM pg_catalog.pg_range r WHERE r.rngsubtype = t.oid "
        "UNION ALL SELECT c.reltype FROM pg_catalog.pg_attribute a, pg_catalog.pg_class c "
        "WHERE a.atttypid = t.oid AND c.oid = a.attrelid AND c.reltype <> 0) x) "
        "SELECT DISTINCT i.indrelid FROM t, pg_catalog.pg_attribute a, pg_catalog.pg_index i, "
        "pg_catalog.pg_class c WHERE a.atttypid = t.oid AND i.indexrelid = a.attrelid "
        "AND c.oid = i.indrelid AND c.relkind IN ('r', 'm') ORDER BY 1";
    Oid param_type = OID_OID;
    Datum param = datum_oid(type);
    bool null = false;
    NestedQuery query = {.sql = sql,
                         .param_count = 1,
                         .param_types = &param_type,
                         .params = &param,
                         .param_nulls = &null,
                         .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    uint64_t processed;
    row_collector_init(&rows, ddl->arena, 0);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &processed));
    for (uint64_t i = 0; i < rows.row_count; i++) {
        TRY(relation_lock(ddl->catalog, rows.values[i].u32, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT,
                          NULL));
        TRY(ddl_reindex_relation(ddl, rows.values[i].u32));
    }
    return STATUS_OK;
}

static Status execute_alter_enum(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterEnum *statement = (const AstAlterEnum *)call->raw->statement;
    AstTypeName name = {.tag = AST_TYPE_NAME, .location = -1, .names = statement->name};
    Oid oid;
    const TypeDesc *type;
    TRY(ddl_type(&ddl, &name, false, &oid));
    TRY(catalog_type_require(ddl.catalog, oid, &type));
    if (type->kind != 'e') {
        const char *text;
        TRY(format_type_brief(ddl.catalog, ddl.arena, oid, &text));
        return error(ERR_WRONG_OBJECT_TYPE, "%s is not an enum", text);
    }
    TRY(object_check_owner(ddl.catalog, PG_TYPE, oid));
    TRY(object_lock(ddl.catalog, PG_TYPE, oid, LOCK_EXCLUSIVE));
    if (statement->old_label != NULL)
        return enum_rename_label(ddl.catalog, oid, statement->old_label, statement->label);
    bool renumbered;
    TRY(enum_add_label(ddl.catalog, oid, statement->label, statement->neighbor, statement->after,
                       statement->if_not_exists, &renumbered));
    return renumbered ? rebuild_enum_indexes(&ddl, oid) : STATUS_OK;
}

/* ---- composite ---- */

static Status execute_composite(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCompositeType *statement = (const AstCompositeType *)call->raw->statement;
    RelationSpec spec = {.name = statement->name->name,
                         .owner = session_role(ddl.catalog),
                         .kind = 'c',
                         .persistence = 'p',
                         .column_count = statement->columns.count};
    TRY(namespace_for_creation(ddl.catalog, statement->name->schema, &spec.nsp));
    ColumnSpec *columns = arena_array(ddl.arena, ColumnSpec, statement->columns.count + 1);
    uint32_t at = 0;
    AST_FOREACH(AstColumnDef, def, statement->columns) {
        ColumnPlan plan;
        AstList constraints = {0};
        TRY(ddl_unplaced(ddl_plan_column(&ddl, spec.name, def, &plan, &constraints)));
        columns[at++] = plan.spec;
    }
    spec.columns = columns;
    CatalogRow row;
    bool exists;
    TRY(catalog_find_name(ddl.catalog, PG_TYPE_TYPNAME_NSP_INDEX, spec.name, spec.nsp, ddl.arena,
                          &row, &exists));
    if (exists && row.values[PG_TYPE_TYPISDEFINED].b && row.values[PG_TYPE_TYPCATEGORY].byte != 'A')
        return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", spec.name);
    Oid oid;
    return relation_create(ddl.catalog, &spec, &oid);
}

/* ---- ranges ---- */

static Status name_of(const AstOption *option, StrList *names_out) {
    const Ast *value = option->value;
    *names_out = (StrList){0};
    if (value != NULL && value->tag == AST_TYPE_NAME)
        *names_out = ((const AstTypeName *)value)->names;
    else if (value != NULL && value->tag == AST_NAME_LIST)
        *names_out = ((const AstNameList *)value)->names;
    return names_out->count > 0 ? STATUS_OK
                                : error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
}

static Status function_of(Ddl *ddl, const AstOption *option, const Oid *types, uint32_t count,
                          Oid *oid_out) {
    StrList names;
    const char *schema, *name, *signature;
    TRY(name_of(option, &names));
    TRY(ddl_qualified(ddl, &names, &schema, &name));
    TRY(catalog_proc_exact(ddl->catalog, schema, name, types, count, oid_out));
    if (*oid_out != OID_INVALID)
        return STATUS_OK;
    TRY(format_signature(ddl->catalog, ddl->arena, str_list_join(ddl->arena, &names), types, count,
                         &signature));
    return error(ERR_UNDEFINED_FUNCTION, "function %s does not exist", signature);
}

static Status execute_range(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateRange *statement = (const AstCreateRange *)call->raw->statement;
    RangeSpec spec = {.owner = session_role(ddl.catalog)};
    const AstOption *opclass = NULL, *subdiff = NULL, *collation = NULL;
    StrList names;
    const char *schema, *name;
    TRY(new_name(&ddl, &statement->name, &spec.nsp, &spec.name));
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcasecmp(option->name, "subtype") == 0) {
            if (spec.subtype != OID_INVALID)
                return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                                 option->location);
            TRY(ddl_type(&ddl, (const AstTypeName *)option->value, false, &spec.subtype));
        } else if (strcasecmp(option->name, "subtype_opclass") == 0) {
            opclass = option;
        } else if (strcasecmp(option->name, "collation") == 0) {
            collation = option;
        } else if (strcasecmp(option->name, "subtype_diff") == 0) {
            subdiff = option;
        } else if (strcasecmp(option->name, "multirange_type_name") == 0) {
            TRY(name_of(option, &names));
            TRY(new_name(&ddl, &names, &spec.multirange_nsp, &spec.multirange_name));
        } else if (strcasecmp(option->name, "canonical") == 0) {
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cannot specify a canonical function without a pre-created shell type");
        } else {
            return error(ERR_SYNTAX_ERROR, "type attribute \"%s\" not recognized", option->name);
        }
    }
    if (spec.subtype == OID_INVALID)
        return error(ERR_SYNTAX_ERROR, "type attribute \"subtype\" is required");
    const TypeDesc *subtype;
    TRY(catalog_type_require(ddl.catalog, spec.subtype, &subtype));
    if (subtype->kind == 'p')
        return error(ERR_DATATYPE_MISMATCH, "range subtype cannot be %s", subtype->name);
    if (opclass != NULL) {
        TRY(name_of(opclass, &names));
        TRY(ddl_qualified(&ddl, &names, &schema, &name));
        TRY(opclass_by_name(ddl.catalog, OID_AM_BTREE, schema, name, false, &spec.opclass));
    } else {
        TRY(catalog_default_opclass(ddl.catalog, OID_AM_BTREE, spec.subtype, &spec.opclass));
        if (spec.opclass == OID_INVALID) {
            const char *text;
            TRY(format_type_brief(ddl.catalog, ddl.arena, spec.subtype, &text));
            return status_hint(error(ERR_UNDEFINED_OBJECT,
                                     "data type %s has no default operator class for access method "
                                     "\"btree\"",
                                     text),
                               "You must specify an operator class for the range type or define a "
                               "default operator class for the subtype.");
        }
    }
    spec.collation = subtype->collation;
    if (collation != NULL) {
        if (subtype->collation == OID_INVALID)
            return error(ERR_WRONG_OBJECT_TYPE,
                         "range collation specified but subtype does not support collation");
        TRY(name_of(collation, &names));
        TRY(ddl_qualified(&ddl, &names, &schema, &name));
        TRY(collation_by_name(ddl.catalog, schema, name, false, &spec.collation));
    }
    if (subdiff != NULL) {
        Oid types[2] = {spec.subtype, spec.subtype};
        TRY(function_of(&ddl, subdiff, types, 2, &spec.subdiff));
    }
    Oid oid;
    return type_create_range(ddl.catalog, &spec, &oid);
}

/* ---- domains ---- */

static Status add_domain_check(Ddl *ddl, Oid domain, const AstConstraint *constraint,
                               bool validated) {
    const TypeDesc *type;
    TRY(catalog_type_require(ddl->catalog, domain, &type));
    ExprScope scope = {
        .domain_value = true, .value_type = type->base, .value_typmod = type->typmod};
    Expr *expr;
    TRY(ddl_unplaced(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                                  constraint->expr, &scope, EXPR_KIND_DOMAIN_CHECK, &expr)));
    TRY(ddl_unplaced(analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "CHECK", &expr)));
    ConstraintSpec spec = {.name = constraint->name,
                           .nsp = type->nsp,
                           .type = 'c',
                           .validated = validated,
                           .is_local = true,
                           .domain = domain};
    bool used;
    if (spec.name == NULL) {
        spec.name = name_make_object(ddl->arena, type->name, NULL, "check");
        for (int i = 1;; i++) {
            TRY(constraint_name_used(ddl->catalog, OID_INVALID, domain, spec.name, &used));
            if (!used)
                break;
            spec.name = name_make_object(ddl->arena, type->name, NULL,
                                         arena_printf(ddl->arena, "check%d", i));
        }
    } else {
        TRY(constraint_name_used(ddl->catalog, OID_INVALID, domain, spec.name, &used));
        if (used)
            return error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for domain \"%s\" already exists",
                         spec.name, type->name);
    }
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, OID_INVALID, &addresses);
    spec.expr = expr_to_string(ddl->arena, expr);
    spec.expr_referenced = addresses.items;
    spec.expr_referenced_count = addresses.count;
    Oid oid;
    return constraint_create(ddl->catalog, &spec, &oid);
}

/* Analyses DEFAULT; *expr_out NULL for DEFAULT NULL. */
static Status domain_default(Ddl *ddl, const Ast *ast, const char *name, Oid base, int32_t typmod,
                             Expr **expr_out) {
    ExprScope scope = {0};
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast, &scope,
                     EXPR_KIND_COLUMN_DEFAULT, expr_out));
    TRY(analyze_coerce_default(&ddl->session->env, ddl->arena, *expr_out, name, base, typmod,
                               expr_out));
    if ((*expr_out)->tag == EXPR_CONST && ((ExprConst *)*expr_out)->is_null)
        *expr_out = NULL;
    return STATUS_OK;
}

static Status default_text(Ddl *ddl, Expr *expr, const char **text_out) {
    return deparse_expr(&ddl->session->env, ddl->arena, expr, OID_INVALID, false, 0, text_out);
}

static Status misplaced(const AstConstraint *constraint) {
    const char *what = constraint->kind == AST_CONSTRAINT_UNIQUE        ? "unique constraints"
                       : constraint->kind == AST_CONSTRAINT_PRIMARY_KEY ? "primary key constraints"
                       : constraint->kind == AST_CONSTRAINT_EXCLUSION   ? "exclusion constraints"
                       : constraint->kind == AST_CONSTRAINT_FOREIGN_KEY ? "foreign key constraints"
                                                                        : NULL;
    if (what != NULL)
        return error(ERR_SYNTAX_ERROR, "%s not possible for domains", what);
    return error(ERR_FEATURE_NOT_SUPPORTED,
                 "specifying constraint deferrability not supported for domains");
}

static Status read_domain_constraint(Ddl *ddl, DomainSpec *spec, const AstConstraint *constraint,
                                     bool *null_given, bool *default_given,
                                     AddressList *addresses) {
    Expr *expr;
    switch (constraint->kind) {
    case AST_CONSTRAINT_DEFAULT:
        if (*default_given)
            return error(ERR_SYNTAX_ERROR, "multiple default expressions");
        *default_given = true;
        TRY(domain_default(ddl, constraint->expr, spec->name, spec->base, spec->typmod, &expr));
        if (expr == NULL)
            return STATUS_OK;
        spec->default_expr = expr_to_string(ddl->arena, expr);
        ddl_expr_addresses(ddl, expr, OID_INVALID, addresses);
        return default_text(ddl, expr, &spec->default_text);
    case AST_CONSTRAINT_NOT_NULL:
    case AST_CONSTRAINT_NULL:
        if (*null_given && spec->not_null != (constraint->kind == AST_CONSTRAINT_NOT_NULL))
            return error(ERR_SYNTAX_ERROR, "conflicting NULL/NOT NULL constraints");
        *null_given = true;
        spec->not_null = constraint->kind == AST_CONSTRAINT_NOT_NULL;
        return STATUS_OK;
    case AST_CONSTRAINT_CHECK:
        return constraint->no_inherit
                   ? error(ERR_INVALID_OBJECT_DEFINITION,
                           "check constraints for domains cannot be marked NO INHERIT")
                   : STATUS_OK;
    default:
        return misplaced(constraint);
    }
}

/* The base type's default, as it is now. */
static Status take_default(Ddl *ddl, const TypeDesc *base, DomainSpec *spec,
                           AddressList *addresses) {
    Expr *expr;
    spec->default_expr = arena_strdup(ddl->arena, base->default_expr);
    if (base->default_text != NULL)
        spec->default_text = arena_strdup(ddl->arena, base->default_text);
    TRY(expr_from_string(ddl->arena, spec->default_expr, strlen(spec->default_expr), &expr));
    ddl_expr_addresses(ddl, expr, OID_INVALID, addresses);
    return STATUS_OK;
}

static Status execute_domain(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateDomain *statement = (const AstCreateDomain *)call->raw->statement;
    DomainSpec spec = {.owner = session_role(ddl.catalog)};
    bool null_given = false, default_given = false;
    AddressList addresses = {0};
    const TypeDesc *base;
    Oid oid;
    TRY(new_name(&ddl, &statement->name, &spec.nsp, &spec.name));
    TRY(ddl_unplaced(analyze_type_name(&ddl.session->env, ddl.arena, statement->type, &spec.base,
                                       &spec.typmod)));
    TRY(catalog_type_require(ddl.catalog, spec.base, &base));
    if (strchr("bcderm", base->kind) == NULL)
        return error(ERR_DATATYPE_MISMATCH, "\"%s\" is not a valid base type for a domain",
                     ddl_type_name_text(&ddl, statement->type));
    TRY(object_check_acl(ddl.catalog, PG_TYPE, spec.base, ACL_USAGE));
    spec.dims = (int32_t)statement->type->bound_count;
    if (statement->collate != NULL && base->collation == OID_INVALID) {
        const char *text;
        TRY(format_type_brief(ddl.catalog, ddl.arena, spec.base, &text));
        return error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s", text);
    }
    TRY(analyze_column_collation(&ddl.session->env, statement->collate, spec.base,
                                 &spec.collation));
    AST_FOREACH(AstConstraint, constraint, statement->constraints) {
        TRY(read_domain_constraint(&ddl, &spec, constraint, &null_given, &default_given,
                                   &addresses));
    }
    if (!default_given && base->default_expr != NULL)
        TRY(take_default(&ddl, base, &spec, &addresses));
    spec.expr_referenced = addresses.items;
    spec.expr_referenced_count = addresses.count;
    TRY(type_create_domain(ddl.catalog, &spec, &oid));
    AST_FOREACH(AstConstraint, constraint, statement->constraints) {
        if (constraint->kind == AST_CONSTRAINT_CHECK)
            TRY(add_domain_check(&ddl, oid, constraint, true));
    }
    return STATUS_OK;
}

/* ---- ALTER DOMAIN ---- */

typedef struct DomainScan {
    Ddl *ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    ExprEval *eval; /* the check; NULL: NOT NULL */
    const char *constraint;
} DomainScan;

static Status check_domain_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    DomainScan *scan = arg;
    int at = scan->column->attnum - 1;
    if (scan->eval == NULL)
        return !nulls[at]
                   ? STATUS_OK
                   : status_object(error(ERR_NOT_NULL_VIOLATION,
                                         "column \"%s\" of table \"%s\" contains null values",
                                         scan->column->name, scan->relation->name),
                                   scan->relation->nsp_name, scan->relation->name,
                                   scan->column->name, NULL, NULL);
    Datum result;
    bool null;
    TRY(expr_eval_row(scan->eval, 0, values, nulls, &result, &null));
    bool violated = !null && !result.b;
    expr_eval_reset(scan->eval);
    return violated
               ? status_object(error(ERR_CHECK_VIOLATION,
                                     "column \"%s\" of table \"%s\" contains values that violate "
                                     "the new constraint",
                                     scan->column->name, scan->relation->name),
                               scan->relation->nsp_name, scan->relation->name, scan->column->name,
                               NULL, NULL)
               : STATUS_OK;
}

typedef struct ValueAsColumn {
    Arena *arena;
    int16_t attnum;
} ValueAsColumn;

static Expr *value_to_column(Expr *expr, void *arg) {
    ValueAsColumn *map = arg;
    if (expr->tag != EXPR_DOMAIN_VALUE)
        return expr_map(map->arena, expr, value_to_column, map);
    return (Expr *)expr_column(map->arena, 1, map->attnum, expr->type, expr->typmod,
                               expr->collation, 0);
}

static Status check_column(DomainScan *scan, const CheckDesc *check) {
    Ddl *ddl = scan->ddl;
    scan->eval = NULL;
    if (check != NULL) {
        Expr *expr;
        ValueAsColumn map = {ddl->arena, scan->column->attnum};
        TRY(expr_from_string(ddl->arena, check->expr, strlen(check->expr), &expr));
        expr = value_to_column(expr, &map);
        TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, expr, SLOT_LEFT,
                      &expr));
        TRY(expr_eval_make(ddl->session, ddl->arena, &expr, 1, &scan->eval));
    }
    Status status = ddl_each_row(ddl, scan->relation, check_domain_row, scan);
    if (scan->eval != NULL)
        expr_eval_free(scan->eval);
    return status;
}

/* Values of arrays, records and ranges of the domain are not looked into: there must be none. */
static Status check_made_of(Ddl *ddl, Oid domain, Oid type) {
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, domain, &text));
    return ddl_check_type_unused(ddl, type, text);
}

/* Every stored value of the domain must satisfy the check (NULL: NOT NULL). */
static Status check_stored(Ddl *ddl, Oid domain, const CheckDesc *check);

/* The columns of a table that are of the domain; of a composite type, its uses. */
static Status check_stored_column(Ddl *ddl, Oid domain, ObjectAddress by, const CheckDesc *check) {
    DomainScan scan = {.ddl = ddl};
    TRY(relation_lock(ddl->catalog, by.object, LOCK_SHARE, LOCK_WAIT, NULL));
    TRY(catalog_relation(ddl->catalog, by.object, &scan.relation));
    if (scan.relation != NULL && scan.relation->kind == 'c')
        return check_made_of(ddl, domain, scan.relation->row_type);
    if (scan.relation == NULL || scan.relation->store == 0 ||
        strchr("rm", scan.relation->kind) == NULL)
        return STATUS_OK;
    scan.column = &scan.relation->columns[by.sub - 1];
    return scan.column->type == domain ? check_column(&scan, check) : STATUS_OK;
}

/* Domains over it, and other types made of it. */
static Status check_stored_type(Ddl *ddl, Oid domain, Oid by, const CheckDesc *check) {
    const TypeDesc *type;
    TRY(catalog_type(ddl->catalog, by, &type));
    if (type == NULL)
        return STATUS_OK;
    return type->kind == 'd' && type->base == domain ? check_stored(ddl, by, check)
                                                     : check_made_of(ddl, domain, by);
}

static Status check_stored(Ddl *ddl, Oid domain, const CheckDesc *check) {
    DependRow *rows;
    size_t count;
    TRY(depend_list_on(ddl->catalog, object_address(PG_TYPE, domain, 0), ddl->arena, &rows,
                       &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].depender.class_id == PG_CLASS && rows[i].depender.sub > 0)
            TRY(check_stored_column(ddl, domain, rows[i].depender, check));
    for (size_t i = 0; i < count; i++)
        if (rows[i].depender.class_id == PG_TYPE)
            TRY(check_stored_type(ddl, domain, rows[i].depender.object, check));
    return STATUS_OK;
}

static const CheckDesc *check_named(const TypeDesc *type, const char *name) {
    for (uint16_t i = 0; i < type->check_count; i++)
        if (strcmp(type->checks[i].name, name) == 0)
            return &type->checks[i];
    return NULL;
}

static Status domain_row(Ddl *ddl, Oid domain, CatalogRow *row_out) {
    bool found;
    return catalog_find_oid(ddl->catalog, PG_TYPE_OID_INDEX, domain, ddl->arena, row_out, &found);
}

static Status set_not_null(Ddl *ddl, const TypeDesc *type, bool not_null) {
    CatalogRow row;
    if (type->not_null == not_null)
        return STATUS_OK;
    if (not_null)
        TRY(check_stored(ddl, type->oid, NULL));
    TRY(domain_row(ddl, type->oid, &row));
    row.values[PG_TYPE_TYPNOTNULL] = datum_bool(not_null);
    return catalog_update(ddl->catalog, PG_TYPE, &row);
}

static Status set_default(Ddl *ddl, const TypeDesc *type, const Ast *ast) {
    CatalogRow row;
    Expr *expr = NULL;
    const char *text = NULL;
    if (ast != NULL)
        TRY(domain_default(ddl, ast, type->name, type->base, type->typmod, &expr));
    TRY(domain_row(ddl, type->oid, &row));
    row.nulls[PG_TYPE_TYPDEFAULT] = row.nulls[PG_TYPE_TYPDEFAULTBIN] = expr == NULL;
    if (expr != NULL) {
        TRY(default_text(ddl, expr, &text));
        row.values[PG_TYPE_TYPDEFAULT] = datum_cstr(text);
        row.values[PG_TYPE_TYPDEFAULTBIN] = datum_cstr(expr_to_string(ddl->arena, expr));
        AddressList addresses = {0};
        ddl_expr_addresses(ddl, expr, OID_INVALID, &addresses);
        TRY(depend_record_many(ddl->catalog, object_address(PG_TYPE, type->oid, 0), addresses.items,
                               addresses.count, DEPEND_NORMAL));
    }
    return catalog_update(ddl->catalog, PG_TYPE, &row);
}

static Status add_constraint(Ddl *ddl, Oid domain, const AstConstraint *constraint) {
    const TypeDesc *type;
    if (constraint->kind != AST_CONSTRAINT_CHECK)
        return misplaced(constraint);
    TRY(add_domain_check(ddl, domain, constraint, !constraint->not_valid));
    if (constraint->not_valid)
        return STATUS_OK;
    TRY(catalog_type_require(ddl->catalog, domain, &type));
    const CheckDesc *newest = NULL;
    for (uint16_t i = 0; i < type->check_count; i++)
        if (newest == NULL || type->checks[i].oid > newest->oid)
            newest = &type->checks[i];
    return newest == NULL ? STATUS_OK : check_stored(ddl, domain, newest);
}

static Status drop_constraint(Ddl *ddl, const TypeDesc *type, const AstAlterDomain *statement) {
    const CheckDesc *check = check_named(type, statement->constraint);
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type->oid, &text));
    if (check != NULL) {
        ObjectAddress address = object_address(PG_CONSTRAINT, check->oid, 0);
        return object_drop(ddl->catalog, &address, 1,
                           statement->behavior == AST_DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT,
                           0);
    }
    if (!statement->missing_ok)
        return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" of domain \"%s\" does not exist",
                     statement->constraint, text);
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
               "constraint \"%s\" of domain \"%s\" does not exist, skipping", statement->constraint,
               text);
    return STATUS_OK;
}

static Status validate_constraint(Ddl *ddl, const TypeDesc *type, const char *name) {
    const CheckDesc *check = check_named(type, name);
    CatalogRow row;
    bool found;
    if (check == NULL)
        return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" of domain \"%s\" does not exist",
                     name, type->name);
    if (check->validated)
        return STATUS_OK;
    TRY(check_stored(ddl, type->oid, check));
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, check->oid, ddl->arena, &row,
                         &found));
    row.values[PG_CONSTRAINT_CONVALIDATED] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

static Status execute_alter_domain(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterDomain *statement = (const AstAlterDomain *)call->raw->statement;
    AstTypeName name = {.tag = AST_TYPE_NAME, .location = -1, .names = statement->name};
    Oid oid;
    const TypeDesc *type;
    TRY(ddl_type(&ddl, &name, false, &oid));
    TRY(catalog_type_require(ddl.catalog, oid, &type));
    if (type->kind != 'd') {
        const char *text;
        TRY(format_type_brief(ddl.catalog, ddl.arena, oid, &text));
        return error(ERR_WRONG_OBJECT_TYPE, "%s is not a domain", text);
    }
    TRY(object_check_owner(ddl.catalog, PG_TYPE, oid));
    switch (statement->kind) {
    case AST_DOMAIN_DEFAULT:
        return set_default(&ddl, type, statement->definition);
    case AST_DOMAIN_DROP_NOT_NULL:
        return set_not_null(&ddl, type, false);
    case AST_DOMAIN_SET_NOT_NULL:
        return set_not_null(&ddl, type, true);
    case AST_DOMAIN_ADD_CONSTRAINT:
        return add_constraint(&ddl, oid, (const AstConstraint *)statement->definition);
    case AST_DOMAIN_DROP_CONSTRAINT:
        return drop_constraint(&ddl, type, statement);
    default:
        return validate_constraint(&ddl, type, statement->constraint);
    }
}

static const UtilityCommand commands[] = {
    {AST_CREATE_ENUM, "CREATE TYPE", UTILITY_WRITES, execute_enum, NULL},
    {AST_ALTER_ENUM, "ALTER TYPE", UTILITY_WRITES, execute_alter_enum, NULL},
    {AST_COMPOSITE_TYPE, "CREATE TYPE", UTILITY_WRITES, execute_composite, NULL},
    {AST_CREATE_RANGE, "CREATE TYPE", UTILITY_WRITES, execute_range, NULL},
    {AST_CREATE_DOMAIN, "CREATE DOMAIN", UTILITY_WRITES, execute_domain, NULL},
    {AST_ALTER_DOMAIN, "ALTER DOMAIN", UTILITY_WRITES, execute_alter_domain, NULL},
};

void ddl_type_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
