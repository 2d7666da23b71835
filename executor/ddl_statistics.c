/* ddl_statistics.c: CREATE and ALTER STATISTICS: what is to be counted together; ANALYZE counts. */
#include "executor/ddl_int.h"

#define STATISTICS_COLUMNS_MAX 8

typedef struct StatisticsPlan {
    Ddl *ddl;
    const RelationDesc *relation;
    int16_t columns[STATISTICS_COLUMNS_MAX];
    uint32_t column_count;
    ExprList expressions;
    bool ndistinct, dependencies, mcv;
} StatisticsPlan;

static Status find_table(Ddl *ddl, const AstCreateStatistics *statement,
                         const RelationDesc **relation_out) {
    static const char one[] = "only a single relation is allowed in CREATE STATISTICS";
    if (statement->from.count != 1)
        return error(ERR_FEATURE_NOT_SUPPORTED, one);
    const Ast *from = statement->from.items[0];
    if (from->tag != AST_RANGE_VAR)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "CREATE STATISTICS only supports relation names in the FROM clause");
    TRY(ddl_relation(ddl, (const AstRangeVar *)from, LOCK_SHARE_UPDATE_EXCLUSIVE, false,
                     relation_out));
    const RelationDesc *relation = *relation_out;
    if (strchr("rmfp", relation->kind) == NULL)
        return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                                   "cannot define statistics for relation \"%s\"", relation->name),
                             "This operation is not supported for %s.",
                             relation->kind == 'v'   ? "views"
                             : relation->kind == 'S' ? "sequences"
                             : relation->kind == 'i' ? "indexes"
                             : relation->kind == 'I' ? "partitioned indexes"
                             : relation->kind == 'c' ? "composite types"
                                                     : "TOAST tables");
    TRY(object_check_owner(ddl->catalog, PG_CLASS, relation->oid));
    return relation->oid >= OID_FIRST_NORMAL
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                       relation->name);
}

static Status has_order(Ddl *ddl, Oid type, bool *yes_out) {
    Oid opclass;
    TRY(catalog_default_opclass(ddl->catalog, OID_AM_BTREE, type, &opclass));
    *yes_out = opclass != OID_INVALID;
    return STATUS_OK;
}

static Status add_column(StatisticsPlan *plan, const char *name) {
    static const char *const system[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    const ColumnDesc *column = relation_column(plan->relation, name);
    for (size_t i = 0; i < ARRAY_LEN(system) && column == NULL; i++)
        if (strcmp(system[i], name) == 0)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "statistics creation on system columns is not supported");
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", name);
    bool ordered;
    TRY(has_order(plan->ddl, column->type, &ordered));
    if (!ordered) {
        const char *text;
        TRY(format_type_brief(plan->ddl->catalog, plan->ddl->arena, column->type, &text));
        return error(
            ERR_FEATURE_NOT_SUPPORTED,
            "column \"%s\" cannot be used in statistics because its type %s has no default "
            "btree operator class",
            name, text);
    }
    plan->columns[plan->column_count++] = column->attnum;
    return STATUS_OK;
}

static bool names_system_column(Expr *expr, void *arg) {
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_COLUMN && ((const ExprColumn *)expr)->attno < 0)
        return true;
    return expr_walk(expr, names_system_column, arg);
}

static Status add_expression(StatisticsPlan *plan, const Ast *ast, bool multivariate) {
    Ddl *ddl = plan->ddl;
    ExprScope scope = {.relation = plan->relation->oid};
    Expr *expr;
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast, &scope,
                     EXPR_KIND_STATS_EXPRESSION, &expr));
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->attno < 0)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "statistics creation on system columns is not supported");
        if (column->attno > 0)
            return add_column(plan, plan->relation->columns[column->attno - 1].name);
    }
    if (names_system_column(expr, NULL))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "statistics creation on system columns is not supported");
    bool ordered = true;
    if (multivariate)
        TRY(has_order(ddl, expr->type, &ordered));
    if (!ordered) {
        const char *text;
        TRY(format_type_brief(ddl->catalog, ddl->arena, expr->type, &text));
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "expression cannot be used in multivariate statistics because its type %s has "
                     "no default btree operator class",
                     text);
    }
    expr_list_add(ddl->arena, &plan->expressions, expr);
    return STATUS_OK;
}

static Status read_kinds(StatisticsPlan *plan, const StrList *kinds) {
    for (uint32_t i = 0; i < kinds->count; i++) {
        bool *kind = strcmp(kinds->items[i], "ndistinct") == 0      ? &plan->ndistinct
                     : strcmp(kinds->items[i], "dependencies") == 0 ? &plan->dependencies
                     : strcmp(kinds->items[i], "mcv") == 0          ? &plan->mcv
                                                                    : NULL;
        if (kind == NULL)
            return error(ERR_SYNTAX_ERROR, "unrecognized statistics kind \"%s\"", kinds->items[i]);
        *kind = true;
    }
    if (kinds->count == 0)
        plan->ndistinct = plan->dependencies = plan->mcv = true;
    return STATUS_OK;
}

static Status check_distinct(StatisticsPlan *plan) {
    for (uint32_t i = 1; i < plan->column_count; i++) /* ascending */
        for (uint32_t k = i; k > 0 && plan->columns[k - 1] > plan->columns[k]; k--) {
            int16_t swap = plan->columns[k];
            plan->columns[k] = plan->columns[k - 1];
            plan->columns[k - 1] = swap;
        }
    for (uint32_t i = 1; i < plan->column_count; i++)
        if (plan->columns[i] == plan->columns[i - 1])
            return error(ERR_DUPLICATE_COLUMN, "duplicate column name in statistics definition");
    for (uint32_t i = 0; i < plan->expressions.count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (expr_equal(plan->expressions.items[i], plan->expressions.items[k]))
                return error(ERR_DUPLICATE_COLUMN, "duplicate expression in statistics definition");
    return STATUS_OK;
}

static Status read_elements(StatisticsPlan *plan, const AstCreateStatistics *statement) {
    const AstList *elements = &statement->elements;
    if (elements->count > STATISTICS_COLUMNS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "cannot have more than %d columns in statistics",
                     STATISTICS_COLUMNS_MAX);
    AST_FOREACH(AstStatsElem, element, *elements) {
        if (element->name != NULL)
            TRY(add_column(plan, element->name));
        else
            TRY(add_expression(plan, element->expr, elements->count >= 2));
    }
    bool single = plan->column_count == 0 && plan->expressions.count == 1;
    if (single && statement->kinds.count > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "when building statistics on a single expression, "
                                                "statistics kinds may not be specified");
    TRY(read_kinds(plan, &statement->kinds));
    if (single)
        plan->ndistinct = plan->dependencies = plan->mcv = false;
    if (plan->column_count + plan->expressions.count < 2 && plan->expressions.count != 1)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "extended statistics require at least 2 columns");
    return check_distinct(plan);
}

static Status depend_on(StatisticsPlan *plan, Oid oid) {
    Ddl *ddl = plan->ddl;
    AddressList needs = {0};
    for (uint32_t i = 0; i < plan->column_count; i++)
        vec_push(&needs, ddl->arena,
                 object_address(PG_CLASS, plan->relation->oid, plan->columns[i]));
    if (plan->column_count == 0)
        vec_push(&needs, ddl->arena, object_address(PG_CLASS, plan->relation->oid, 0));
    for (uint32_t i = 0; i < plan->expressions.count; i++)
        ddl_expr_addresses(ddl, plan->expressions.items[i], plan->relation->oid, &needs);
    return depend_record_many(ddl->catalog, object_address(PG_STATISTIC_EXT, oid, 0), needs.items,
                              needs.count, DEPEND_AUTO);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateStatistics *statement = (const AstCreateStatistics *)call->raw->statement;
    StatisticsPlan *plan = arena_new(ddl.arena, StatisticsPlan);
    CatalogRow row = {0};
    const char *schema, *name;
    bool found;
    Oid nsp, oid;
    char kinds[5];
    uint32_t kind_count = 0;
    plan->ddl = &ddl;
    TRY(find_table(&ddl, statement, &plan->relation));
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl.catalog, schema, &nsp));
    TRY(catalog_find_name(ddl.catalog, PG_STATISTIC_EXT_NAME_INDEX, name, nsp, ddl.arena, &row,
                          &found));
    if (found && statement->if_not_exists) {
        ddl_notice(&ddl, ERR_DUPLICATE_OBJECT, "statistics object \"%s\" already exists, skipping",
                   name);
        return STATUS_OK;
    }
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "statistics object \"%s\" already exists", name);
    TRY(read_elements(plan, statement));
    if (plan->ndistinct)
        kinds[kind_count++] = 'd';
    if (plan->dependencies)
        kinds[kind_count++] = 'f';
    if (plan->mcv)
        kinds[kind_count++] = 'm';
    if (plan->expressions.count > 0)
        kinds[kind_count++] = 'e';
    row = (CatalogRow){0};
    row.values[PG_STATISTIC_EXT_STXRELID] = datum_oid(plan->relation->oid);
    row.values[PG_STATISTIC_EXT_STXNAME] = datum_cstr(name);
    row.values[PG_STATISTIC_EXT_STXNAMESPACE] = datum_oid(nsp);
    row.values[PG_STATISTIC_EXT_STXOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_STATISTIC_EXT_STXSTATTARGET] = datum_i32(-1);
    row.values[PG_STATISTIC_EXT_STXKEYS] =
        row_int2_vector(ddl.arena, plan->columns, plan->column_count);
    row.values[PG_STATISTIC_EXT_STXKIND] = row_char_array(ddl.arena, kinds, kind_count);
    row.nulls[PG_STATISTIC_EXT_STXEXPRS] = plan->expressions.count == 0;
    if (plan->expressions.count > 0)
        row.values[PG_STATISTIC_EXT_STXEXPRS] =
            datum_cstr(expr_list_to_string(ddl.arena, &plan->expressions));
    TRY(object_insert(ddl.catalog, PG_STATISTIC_EXT, &row, &oid));
    TRY(depend_on(plan, oid));
    catalog_touch_relation(ddl.catalog, plan->relation->oid);
    return STATUS_OK;
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterStatistics *statement = (const AstAlterStatistics *)call->raw->statement;
    int32_t target = statement->target;
    const char *schema, *name;
    CatalogRow row;
    bool found;
    Oid oid;
    if (target < -1)
        return error(ERR_INVALID_PARAMETER_VALUE, "statistics target %d is too low", target);
    if (target > 10000) {
        target = 10000;
        ddl_warning(&ddl, ERR_INVALID_PARAMETER_VALUE, "lowering statistics target to %d", target);
    }
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(statistics_by_name(ddl.catalog, schema, name, statement->missing_ok, &oid));
    if (oid == OID_INVALID) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION,
                   "statistics object \"%s\" does not exist, skipping",
                   str_list_join(ddl.arena, &statement->name));
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl.catalog, PG_STATISTIC_EXT, oid));
    TRY(catalog_find_oid(ddl.catalog, PG_STATISTIC_EXT_OID_INDEX, oid, ddl.arena, &row, &found));
    row.values[PG_STATISTIC_EXT_STXSTATTARGET] = datum_i32(target);
    return catalog_update(ddl.catalog, PG_STATISTIC_EXT, &row);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_STATISTICS, "CREATE STATISTICS", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_STATISTICS, "ALTER STATISTICS", UTILITY_WRITES, execute_alter, NULL},
};

void ddl_statistics_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
