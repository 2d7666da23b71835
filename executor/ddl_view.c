/* ddl_view.c: CREATE VIEW. */
#include "executor/ddl_int.h"

/* ---- queries that are stored ---- */

Status ddl_analyze_query(Ddl *ddl, const Ast *statement, const AnalyzeOptions *options,
                         AnalyzedStatement *analyzed_out) {
    AstRawStatement *raw = AST_NEW(ddl->arena, AstRawStatement, AST_RAW_STATEMENT, 0);
    raw->statement = (Ast *)(uintptr_t)statement;
    return analyze_statement(&ddl->session->env, ddl->arena, &ddl->session->planner, raw, options,
                             analyzed_out);
}

static bool is_collatable(Ddl *ddl, Oid type, Status *status) {
    const TypeDesc *desc;
    *status = catalog_type(ddl->catalog, type, &desc);
    return status_ok(*status) && desc != NULL && desc->collation != OID_INVALID;
}

Status ddl_query_columns(Ddl *ddl, const Query *query, const StrList *names, const char *what,
                         ColumnSpec **columns_out, uint32_t *count_out) {
    ColumnSpec *columns = arena_array(ddl->arena, ColumnSpec, query->targets.count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *target = query->targets.items[i];
        if (target->junk)
            continue;
        ColumnSpec *column = &columns[count];
        *column = (ColumnSpec){.name = count < names->count ? names->items[count] : target->name,
                               .type = target->expr->type,
                               .typmod = target->expr->typmod,
                               .collation = target->expr->collation,
                               .is_local = true,
                               .stats_target = -1};
        const TypeDesc *type;
        TRY(catalog_type_require(ddl->catalog, column->type, &type));
        if (type->kind == 'p' && column->type != OID_UNKNOWN && !session_bootstrap(ddl->catalog))
            return error(ERR_INVALID_TABLE_DEFINITION, "column \"%s\" has pseudo-type %s",
                         column->name, type->name);
        TRY(ddl_check_type_usage(ddl, column->type));
        Status status;
        bool collatable = is_collatable(ddl, column->type, &status);
        TRY(status);
        if (collatable && column->collation == OID_INVALID && *what == '\0') {
            const char *shown;
            TRY(format_type_brief(ddl->catalog, ddl->arena, column->type, &shown));
            return status_hint(error(ERR_INDETERMINATE_COLLATION,
                                     "no collation was derived for column \"%s\" with collatable "
                                     "type %s",
                                     column->name, shown),
                               "Use the COLLATE clause to set the collation explicitly.");
        }
        if (collatable && column->collation == OID_INVALID)
            return status_hint(error(ERR_INDETERMINATE_COLLATION,
                                     "could not determine which collation to use for %s column "
                                     "\"%s\"",
                                     what, column->name),
                               "Use the COLLATE clause to set the collation explicitly.");
        count++;
    }
    *columns_out = columns;
    *count_out = count;
    return STATUS_OK;
}

/* Does the query read anything that goes away with the session? */
typedef struct TempSearch {
    Ddl *ddl;
    bool found;
    Status status;
} TempSearch;

static void search_temp(TempSearch *search, const Query *query);

static bool search_temp_in(Expr *expr, void *arg) {
    if (expr->tag == EXPR_SUB_LINK)
        search_temp(arg, ((const ExprSubLink *)expr)->query);
    return expr_walk(expr, search_temp_in, arg);
}

static void search_temp(TempSearch *search, const Query *query) {
    for (uint32_t i = 0; i < query->range_count && status_ok(search->status); i++) {
        const RangeEntry *entry = query->range_table[i];
        const RelationDesc *relation;
        if (entry->kind == RTE_SUBQUERY && entry->subquery != NULL)
            search_temp(search, entry->subquery);
        if (entry->kind != RTE_RELATION)
            continue;
        search->status = catalog_relation(search->ddl->catalog, entry->relation, &relation);
        if (status_ok(search->status) && relation != NULL && relation->persistence == 't')
            search->found = true;
    }
    for (uint32_t i = 0; i < query->ctes.count && status_ok(search->status); i++)
        search_temp(search, query->ctes.items[i]->query);
    query_walk((Query *)(uintptr_t)query, NULL, search_temp_in, search);
}

Status ddl_query_uses_temp(Ddl *ddl, const Query *query, bool *yes_out) {
    TempSearch search = {.ddl = ddl};
    search_temp(&search, query);
    *yes_out = search.found;
    return search.status;
}

Status ddl_store_view_rule(Ddl *ddl, Oid view, Query *query, bool replace) {
    AddressList addresses = {0};
    ddl_query_addresses(ddl, query, &addresses);
    RuleSpec rule = {.name = "_RETURN",
                     .relation = view,
                     .event = '1',
                     .instead = true,
                     .enabled = 'O',
                     .actions = query_to_string(ddl->arena, query),
                     .referenced = addresses.items,
                     .referenced_count = addresses.count,
                     .replace = replace};
    Oid oid;
    return rule_store(ddl->catalog, &rule, &oid);
}

/* ---- CREATE VIEW ---- */

typedef struct ViewPlan {
    Ddl *ddl;
    const AstCreateView *statement;
    Query *query;
    ColumnSpec *columns;
    uint32_t column_count;
    const char *const *options;
    uint32_t option_count;
} ViewPlan;

static Status view_options(ViewPlan *plan) {
    Ddl *ddl = plan->ddl;
    const AstCreateView *statement = plan->statement;
    TRY(ddl_new_options(ddl, OPTIONS_VIEW, &statement->options, &plan->options,
                        &plan->option_count));
    if (statement->check_option == AST_CHECK_NONE)
        return STATUS_OK;
    const char **more = arena_array(ddl->arena, const char *, plan->option_count + 1);
    for (uint32_t i = 0; i < plan->option_count; i++)
        more[i] = plan->options[i];
    more[plan->option_count++] =
        statement->check_option == AST_CHECK_LOCAL ? "check_option=local" : "check_option=cascaded";
    plan->options = more;
    return STATUS_OK;
}

static Status check_query(ViewPlan *plan) {
    const Query *query = plan->query;
    if (query->command != COMMAND_SELECT) {
        if (query->command == COMMAND_UTILITY)
            return error(ERR_FEATURE_NOT_SUPPORTED, "views must not contain SELECT INTO");
        return error(ERR_INTERNAL_ERROR, "unexpected parse analysis result");
    }
    if (query->has_modifying_cte)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "views must not contain data-modifying statements in WITH");
    if (plan->statement->columns.count > plan->column_count)
        return error(ERR_SYNTAX_ERROR, "CREATE VIEW specifies more column names than columns");
    return STATUS_OK;
}

static Status types_text(Ddl *ddl, Oid type, int32_t typmod, const char **out) {
    return format_type(ddl->catalog, ddl->arena, type, typmod, typmod >= 0 ? FORMAT_TYPE_TYPMOD : 0,
                       out);
}

/* CREATE OR REPLACE may only add columns at the end. */
static Status check_same_columns(ViewPlan *plan, const RelationDesc *view) {
    Ddl *ddl = plan->ddl;
    if (plan->column_count < view->column_count)
        return error(ERR_INVALID_TABLE_DEFINITION, "cannot drop columns from view");
    for (uint16_t i = 0; i < view->column_count; i++) {
        const ColumnDesc *was = &view->columns[i];
        const ColumnSpec *now = &plan->columns[i];
        if (was->dropped)
            return error(ERR_INVALID_TABLE_DEFINITION, "cannot drop columns from view");
        if (strcmp(was->name, now->name) != 0)
            return status_hint(error(ERR_INVALID_TABLE_DEFINITION,
                                     "cannot change name of view column \"%s\" to \"%s\"",
                                     was->name, now->name),
                               "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column "
                               "instead.");
        if (was->type != now->type || was->typmod != now->typmod) {
            const char *from, *to;
            TRY(types_text(ddl, was->type, was->typmod, &from));
            TRY(types_text(ddl, now->type, now->typmod, &to));
            return error(ERR_INVALID_TABLE_DEFINITION,
                         "cannot change data type of view column \"%s\" from %s to %s", was->name,
                         from, to);
        }
        if (was->collation != now->collation) {
            const char *from, *to;
            TRY(collation_name(ddl->catalog, was->collation, &from));
            TRY(collation_name(ddl->catalog, now->collation, &to));
            return error(ERR_INVALID_TABLE_DEFINITION,
                         "cannot change collation of view column \"%s\" from \"%s\" to \"%s\"",
                         was->name, from, to);
        }
    }
    return STATUS_OK;
}

static Status replace_view(ViewPlan *plan, Oid oid) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *view;
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &view));
    if (view->kind != 'v')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a view", view->name);
    TRY(object_check_owner(ddl->catalog, PG_CLASS, oid));
    TRY(check_same_columns(plan, view));
    for (uint32_t i = view->column_count; i < plan->column_count; i++) {
        int16_t attnum;
        TRY(relation_add_column(ddl->catalog, oid, &plan->columns[i], NULL, &attnum));
    }
    TRY(ddl_set_reloptions(ddl, oid, plan->options, plan->option_count));
    return ddl_store_view_rule(ddl, oid, plan->query, true);
}

static Status create_view(ViewPlan *plan) {
    Ddl *ddl = plan->ddl;
    AstRangeVar name = *plan->statement->view;
    bool temporary;
    TRY(ddl_query_uses_temp(ddl, plan->query, &temporary));
    if (temporary && name.persistence == AST_PERSISTENCE_PERMANENT) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "view \"%s\" will be a temporary view",
                   name.name);
        name.persistence = AST_PERSISTENCE_TEMPORARY;
    }
    RelationSpec spec = {.name = name.name,
                         .owner = session_role(ddl->catalog),
                         .kind = 'v',
                         .columns = plan->columns,
                         .column_count = plan->column_count,
                         .options = plan->options,
                         .option_count = plan->option_count};
    TRY(ddl_creation_namespace(ddl, &name, &spec.nsp, &spec.persistence));
    CatalogRow row;
    bool exists = false;
    if (plan->statement->replace)
        TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, name.name, spec.nsp,
                              ddl->arena, &row, &exists));
    if (exists)
        return replace_view(plan, row_oid(&row, PG_CLASS_OID));
    Oid oid;
    TRY(relation_create(ddl->catalog, &spec, &oid));
    return ddl_store_view_rule(ddl, oid, plan->query, false);
}

static Status execute_create_view(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    ViewPlan plan = {.ddl = &ddl, .statement = (const AstCreateView *)call->raw->statement};
    if (plan.statement->view->persistence == AST_PERSISTENCE_UNLOGGED)
        return error(ERR_SYNTAX_ERROR, "views cannot be unlogged because they do not have storage");
    AnalyzedStatement analyzed;
    TRY(ddl_analyze_query(&ddl, (const Ast *)plan.statement->query, NULL, &analyzed));
    plan.query = analyzed.query;
    if (plan.query->command == COMMAND_SELECT)
        TRY(ddl_query_columns(&ddl, plan.query, &plan.statement->columns, "view", &plan.columns,
                              &plan.column_count));
    TRY(check_query(&plan));
    TRY(view_options(&plan));
    return create_view(&plan);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_VIEW, "CREATE VIEW", UTILITY_WRITES, execute_create_view, NULL},
};

void ddl_view_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
