/*
 * subquery.c: queries inside queries that stay plans of their own: sublinks, CTEs; and the
 * parameters through which they see outer levels.
 *
 * While a subquery is planned, each column of an outer level that it uses becomes an exec param,
 * noted in that level's outer_params. Whoever runs the subquery sets them: a SubPlan node per row,
 * a nested loop for LATERAL. A subquery that needs none runs once: an init plan.
 */
#include "planner/plan_int.h"

uint32_t exec_param_new(Planner *planner, Oid type) {
    vec_push(&planner->exec_params, planner->arena, type);
    return (uint32_t)planner->exec_params.count - 1;
}

Expr *exec_param_expr(Planner *planner, uint32_t param, const Expr *like) {
    ExprParam *node = EXPR_NEW(planner->arena, ExprParam, EXPR_PARAM);
    node->kind = PARAM_EXEC;
    node->number = param;
    node->type = like->type;
    node->typmod = like->typmod;
    node->collation = like->collation;
    node->location = like->location;
    return (Expr *)node;
}

/* ---- columns of outer levels ---- */

typedef struct OuterRefs {
    Level *level;
    Status failed;
} OuterRefs;

static Expr *outer_param(Level *owner, Expr *expr) {
    Planner *planner = owner->planner;
    for (size_t i = 0; i < owner->outer_params.count; i++)
        if (expr_equal(owner->outer_params.items[i].expr, expr))
            return exec_param_expr(planner, owner->outer_params.items[i].param, expr);
    OuterParam entry = {expr, exec_param_new(planner, expr->type)};
    vec_push(&owner->outer_params, planner->arena, entry);
    return exec_param_expr(planner, entry.param, expr);
}

static Level *level_up(Level *level, uint32_t levels_up) {
    while (levels_up-- > 0 && level != NULL)
        level = level->parent;
    return level;
}

static Expr *outer_refs_map(Expr *expr, void *arg) {
    OuterRefs *context = arg;
    uint32_t levels_up = expr->tag == EXPR_COLUMN     ? ((ExprColumn *)expr)->levels_up
                         : expr->tag == EXPR_AGG      ? ((ExprAgg *)expr)->levels_up
                         : expr->tag == EXPR_GROUPING ? ((ExprGrouping *)expr)->levels_up
                                                      : 0;
    if (levels_up == 0)
        return expr_map(context->level->planner->arena, expr, outer_refs_map, arg);
    Level *owner = level_up(context->level, levels_up);
    if (owner == NULL) {
        context->failed = error(ERR_INTERNAL_ERROR, "reference to an unknown query level");
        return expr;
    }
    Arena *arena = context->level->planner->arena;
    return outer_param(owner, tree_shift_levels(arena, expr, -(int)levels_up, 0));
}

Status outer_refs_replace(Level *level, Expr *expr, Expr **out) {
    OuterRefs context = {level, STATUS_OK};
    *out = outer_refs_map(expr, &context);
    return context.failed;
}

/* ---- planning a subquery ---- */

Status level_subplan(Level *level, Query *query, double tuple_fraction, Level **sub_out,
                     Node **node_out) {
    TRY(fiber_stack_check());
    Level *sub = level_make(level->planner, level, query);
    if (sub_out != NULL)
        *sub_out = sub;
    return level_plan(sub, tuple_fraction, node_out);
}

uint32_t subplan_add(Planner *planner, Plan *plan) {
    vec_push(&planner->subplans, planner->arena, plan);
    return (uint32_t)planner->subplans.count - 1;
}

static uint32_t visible_columns(const Query *query) {
    const TargetList *targets =
        query->command == COMMAND_SELECT ? &query->targets : &query->returning;
    uint32_t count = 0;
    for (uint32_t i = 0; i < targets->count; i++)
        count += !targets->items[i]->junk;
    return count;
}

/* ---- sublinks ---- */

typedef struct SubLinks {
    Level *level;
    bool top_qual;
    Status failed;
} SubLinks;

typedef struct ColumnParams {
    Planner *planner;
    const uint32_t *params;
} ColumnParams;

static Expr *column_params_map(Expr *expr, void *arg) {
    ColumnParams *context = arg;
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_SUB_LINK)
        return exec_param_expr(context->planner, context->params[((ExprParam *)expr)->number - 1],
                               expr);
    if (expr->tag == EXPR_SUB_LINK) /* its test's numbers are its own */
        return expr;
    return expr_map(context->planner->arena, expr, column_params_map, arg);
}

static uint32_t *column_params(Planner *planner, const Query *query, uint32_t *count_out) {
    uint32_t count = visible_columns(query), n = 0;
    uint32_t *params = arena_array(planner->arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < query->targets.count && n < count; i++)
        if (!query->targets.items[i]->junk)
            params[n++] = exec_param_new(planner, query->targets.items[i]->expr->type);
    *count_out = count;
    return params;
}

static void init_add(Level *level, PlanInit init) {
    Planner *planner = level->planner;
    StrBuf name;
    strbuf_init(&name, planner->arena);
    strbuf_printf(&name, "InitPlan %u", init.plan + 1);
    if (init.param_count > 0) {
        strbuf_puts(&name, " (returns ");
        for (uint32_t i = 0; i < init.param_count; i++)
            strbuf_printf(&name, "%s$%u", i > 0 ? "," : "", init.params[i]);
        strbuf_puts(&name, ")");
    }
    init.name = strbuf_cstr(&name);
    for (uint32_t i = 0; i < init.param_count; i++)
        planner->init_params =
            bitset_add(planner->arena, planner->init_params, (int)init.params[i]);
    vec_push(&level->inits, planner->arena, init);
}

/* A subquery that depends on nothing of this level: run once, its value in parameters. */
static Expr *make_init(Level *level, const ExprSubLink *link, uint32_t plan, const Query *query) {
    Planner *planner = level->planner;
    PlanInit init = {.plan = plan, .kind = link->kind};
    if (link->kind == SUBLINK_ROW_COMPARE || link->kind == SUBLINK_MULTI_EXPR) {
        init.params = column_params(planner, query, &init.param_count);
        init_add(level, init);
        if (link->kind == SUBLINK_ROW_COMPARE) {
            ColumnParams context = {planner, init.params};
            return column_params_map(link->test, &context);
        }
        while (level->multi_params.count <= link->id)
            vec_push(&level->multi_params, planner->arena, NULL);
        level->multi_params.items[link->id] = init.params;
        return (Expr *)expr_null(planner->arena, OID_RECORD, -1, 0, PHYS_STR);
    }
    init.params = arena_array(planner->arena, uint32_t, 1);
    init.params[0] = exec_param_new(planner, link->type);
    init.param_count = 1;
    init_add(level, init);
    return exec_param_expr(planner, init.params[0], (const Expr *)link);
}

/* Is test an AND of hashable equalities, left sides free of the subquery's columns? */
static bool hash_test(Planner *planner, const Expr *test) {
    if (test->tag == EXPR_BOOL && ((const ExprBool *)test)->op == BOOL_AND) {
        const ExprBool *node = (const ExprBool *)test;
        for (uint32_t i = 0; i < node->args.count; i++)
            if (!hash_test(planner, node->args.items[i]))
                return false;
        return true;
    }
    const ExprFunc *op = (const ExprFunc *)test;
    const OperatorDesc *oper = NULL;
    if (test->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2)
        return false;
    status_free(catalog_operator(planner->catalog, op->op, &oper));
    const ProcDesc *proc = NULL;
    status_free(catalog_proc(planner->catalog, op->function, &proc));
    return oper != NULL && oper->can_hash && proc != NULL && proc->strict &&
           oper_is_hashable(&planner->an, op->op, op->args.items[0]->type) &&
           expr_strip_relabel(op->args.items[1])->tag == EXPR_PARAM;
}

static bool materialize_helps(const Plan *plan) {
    return plan->tag != PLAN_MATERIALIZE && plan->tag != PLAN_FUNCTION_SCAN &&
           plan->tag != PLAN_CTE_SCAN && plan->tag != PLAN_WORK_TABLE_SCAN &&
           plan->tag != PLAN_SORT && plan->tag != PLAN_RESULT;
}

static Plan *materialized(Level *level, Node *node) {
    Plan *plan = node->plan;
    Planner *planner = level->planner;
    Plan *material = PLAN_NEW(planner, Plan, PLAN_MATERIALIZE);
    Node *over = node_over(planner, material, node);
    material->startup_cost = plan->startup_cost;
    material->total_cost = plan->total_cost + 2 * planner->settings->cpu_operator_cost * plan->rows;
    material->rows = plan->rows;
    material->width = plan->width;
    return over->plan;
}

static void subplan_costs(Planner *planner, ExprSubPlan *sub, const Plan *plan) {
    const PlannerSettings *set = planner->settings;
    if (sub->use_hash) {
        sub->startup_cost = plan->total_cost + set->cpu_operator_cost * plan->rows;
        sub->per_call_cost = set->cpu_operator_cost;
        return;
    }
    double run = plan->total_cost - plan->startup_cost;
    if (sub->kind == SUBLINK_EXISTS)
        sub->per_call_cost = run / fmax(plan->rows, 1);
    else if (sub->kind == SUBLINK_ANY || sub->kind == SUBLINK_ALL)
        sub->per_call_cost = 0.5 * run + 0.5 * plan->rows * set->cpu_operator_cost;
    else
        sub->per_call_cost = run;
    if (sub->args.count == 0 && (plan->tag == PLAN_MATERIALIZE || plan->tag == PLAN_CTE_SCAN))
        sub->startup_cost = plan->startup_cost;
    else
        sub->per_call_cost += plan->startup_cost;
}

static Expr *make_sub_plan(Level *level, const ExprSubLink *link, Node *node, const Query *query,
                           bool unknown_is_false) {
    Planner *planner = level->planner;
    ExprSubPlan *sub = EXPR_NEW(planner->arena, ExprSubPlan, EXPR_SUB_PLAN);
    Plan *plan = node->plan;
    sub->kind = link->kind;
    sub->type = link->type;
    sub->typmod = link->typmod;
    sub->collation = link->collation;
    sub->location = link->location;
    sub->unknown_is_false = unknown_is_false;
    uint32_t count = (uint32_t)level->outer_params.count;
    sub->param_ids = arena_array(planner->arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        expr_list_add(planner->arena, &sub->args, level->outer_params.items[i].expr);
        sub->param_ids[i] = level->outer_params.items[i].param;
    }
    if (query->targets.count > 0 && !query->targets.items[0]->junk) {
        const Expr *first = query->targets.items[0]->expr;
        sub->first_column_type = first->type;
        sub->first_column_typmod = first->typmod;
        sub->first_column_collation = first->collation;
    }
    if (link->kind == SUBLINK_MULTI_EXPR || link->kind == SUBLINK_ROW_COMPARE || link->test != NULL)
        sub->column_params = column_params(planner, query, &sub->column_param_count);
    if (link->test != NULL) {
        ColumnParams context = {planner, sub->column_params};
        sub->test = column_params_map(link->test, &context);
    }
    if (link->kind == SUBLINK_MULTI_EXPR) {
        while (level->multi_params.count <= link->id)
            vec_push(&level->multi_params, planner->arena, NULL);
        level->multi_params.items[link->id] = sub->column_params;
    }
    if (count == 0 && link->kind == SUBLINK_ANY && hash_test(planner, sub->test) &&
        plan->rows * (plan->width + 32.0) <=
            planner->settings->work_mem_kb * 1024 * planner->settings->hash_mem_multiplier)
        sub->use_hash = true;
    else if (count == 0 && planner->settings->enable_material && materialize_helps(plan))
        plan = materialized(level, node);
    sub->plan = subplan_add(planner, plan);
    sub->name =
        arena_printf(planner->arena, "%sSubPlan %u", sub->use_hash ? "hashed " : "", sub->plan + 1);
    subplan_costs(planner, sub, plan);
    return (Expr *)sub;
}

/* EXISTS needs no columns, order or duplicates removed. */
static void simplify_exists(Planner *planner, Query *query) {
    if (query->set_op != NULL || query->has_aggs || query->grouping_set_count > 0 ||
        query->has_windows || query->has_target_srfs || query->has_modifying_cte ||
        query->having != NULL || query->row_mark_count > 0)
        return;
    if (query->offset == NULL && query->limit != NULL) {
        Expr *limit = query->limit;
        status_free(fold_expr(planner, limit, &limit));
        if (limit->tag == EXPR_CONST &&
            (((ExprConst *)limit)->is_null || ((ExprConst *)limit)->value.i64 > 0))
            query->limit = NULL;
    }
    if (query->limit != NULL || query->offset != NULL)
        return;
    query->targets = (TargetList){0};
    query->group_by = query->order_by = query->distinct = (SortList){0};
    query->windows = (WindowList){0};
    query->has_distinct_on = query->has_group_by = false;
}

/* Aggregates of this level that the subquery holds: their sublinks are this level's too. */
static Status outer_aggs_plan(Level *level) {
    for (size_t i = 0; i < level->outer_params.count; i++) {
        Expr *value = level->outer_params.items[i].expr;
        if (value->tag != EXPR_AGG || !tree_has_tag(value, EXPR_SUB_LINK))
            continue;
        TRY(sublinks_replace(level, value, false, &value));
        level->outer_params.items[i].expr = value;
    }
    return STATUS_OK;
}

static Status plan_sub_link(Level *level, ExprSubLink *link, bool top_qual, Expr **out) {
    Planner *planner = level->planner;
    Query *query = query_copy(planner->arena, link->query);
    Node *node;
    double fraction = 0;
    if (link->kind == SUBLINK_EXISTS) {
        simplify_exists(planner, query);
        fraction = 1;
    } else if (link->kind == SUBLINK_ALL || link->kind == SUBLINK_ANY) {
        fraction = 0.5;
    }
    __typeof__(level->outer_params) saved = level->outer_params;
    memset(&level->outer_params, 0, sizeof(level->outer_params));
    bool hashable = link->kind == SUBLINK_ANY && !query_contains_columns_of_level(query, 1);
    TRY(level_subplan(level, query, hashable ? 0 : fraction, NULL, &node));
    bool correlated = level->outer_params.count > 0;
    TRY(outer_aggs_plan(level));
    if (!correlated && link->kind != SUBLINK_ANY && link->kind != SUBLINK_ALL)
        *out = make_init(level, link, subplan_add(planner, node->plan), query);
    else
        *out = make_sub_plan(level, link, node, query, top_qual);
    level->outer_params = saved;
    return STATUS_OK;
}

static Expr *sub_links_map(Expr *expr, void *arg) {
    SubLinks *context = arg;
    Arena *arena = context->level->planner->arena;
    bool top = context->top_qual;
    if (!status_ok(context->failed))
        return expr;
    /* An aggregate of an outer level is computed there, its sublinks with it. */
    if (expr->tag == EXPR_AGG && ((ExprAgg *)expr)->levels_up > 0)
        return expr;
    if (expr->tag == EXPR_SUB_LINK) {
        ExprSubLink *link = (ExprSubLink *)expr;
        Expr *out = expr;
        context->top_qual = false;
        if (link->test != NULL) {
            Expr *test = sub_links_map(link->test, arg);
            if (test != link->test) {
                link = arena_memdup(arena, link, sizeof(*link));
                link->test = test;
            }
        }
        context->failed = plan_sub_link(context->level, link, top, &out);
        context->top_qual = top;
        return out;
    }
    if (!(expr->tag == EXPR_BOOL && ((ExprBool *)expr)->op != BOOL_NOT))
        context->top_qual = false;
    Expr *out = expr_map(arena, expr, sub_links_map, arg);
    context->top_qual = top;
    return out;
}

Status sublinks_replace(Level *level, Expr *expr, bool is_qual, Expr **out) {
    SubLinks context = {level, is_qual, STATUS_OK};
    *out = sub_links_map(expr, &context);
    return context.failed;
}

/* ---- CTEs ---- */

static uint32_t cte_uses(const Query *query, const char *name, uint32_t depth) {
    uint32_t uses = 0;
    for (uint32_t i = 0; i < query->range_count; i++) {
        const RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_CTE && entry->cte_levels_up == depth &&
            strcmp(entry->cte_name, name) == 0)
            uses++;
        else if (entry->kind == RTE_SUBQUERY)
            uses += cte_uses(entry->subquery, name, depth + 1);
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        uses += cte_uses(query->ctes.items[i]->query, name, depth + 1);
    return uses;
}

typedef struct CteUses {
    const char *name;
    uint32_t level;
    uint32_t uses;
    bool in_sub_link;
} CteUses;

static bool cte_uses_visit(Expr *expr, void *arg) {
    CteUses *search = arg;
    if (expr->tag == EXPR_SUB_LINK) {
        uint32_t uses = cte_uses(((ExprSubLink *)expr)->query, search->name, search->level + 1);
        search->uses += uses;
        search->in_sub_link |= uses > 0;
    }
    return expr_walk_levels(expr, &search->level, cte_uses_visit, arg);
}

static bool has_row_marks(const Query *query) { return query->row_mark_count > 0; }

static bool cte_can_inline(Planner *planner, const Query *parent, const Cte *cte, uint32_t uses) {
    const Query *query = cte->query;
    if (cte->recursive || query->command != COMMAND_SELECT || has_row_marks(query) ||
        cte->materialized == AST_MATERIALIZED_ALWAYS ||
        (cte->materialized == AST_MATERIALIZED_DEFAULT && uses > 1))
        return false;
    (void)parent;
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (expr_is_volatile(planner, query->targets.items[i]->expr))
            return false;
    return !(query->from != NULL && expr_is_volatile(planner, query->from->condition));
}

/* Its references become subqueries. */
static void cte_inline(Arena *arena, Query *query, const Cte *cte, uint32_t depth);

typedef struct InlineCte {
    Arena *arena;
    const Cte *cte;
    uint32_t level;
    uint32_t base;
} InlineCte;

static bool cte_inline_visit(Expr *expr, void *arg) {
    InlineCte *context = arg;
    if (expr->tag == EXPR_SUB_LINK)
        cte_inline(context->arena, ((ExprSubLink *)expr)->query, context->cte, context->base + 1);
    return expr_walk(expr, cte_inline_visit, arg);
}

static void cte_inline(Arena *arena, Query *query, const Cte *cte, uint32_t depth) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_SUBQUERY) {
            cte_inline(arena, entry->subquery, cte, depth + 1);
        } else if (entry->kind == RTE_CTE && entry->cte_levels_up == depth &&
                   strcmp(entry->cte_name, cte->name) == 0) {
            entry->kind = RTE_SUBQUERY;
            entry->subquery = query_copy(arena, cte->query);
            tree_shift_query_levels(arena, entry->subquery, (int)depth, 1);
        }
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        if (query->ctes.items[i] != cte)
            cte_inline(arena, query->ctes.items[i]->query, cte, depth + 1);
    InlineCte context = {arena, cte, 0, depth};
    query_walk(query, NULL, cte_inline_visit, &context);
}

static Status recursive_union(Level *level, const Cte *cte, Level *sub, Node **node_out);

static Status cte_plan(Level *level, Cte *cte, uint32_t *plan_out) {
    Planner *planner = level->planner;
    Query *query = query_copy(planner->arena, cte->query);
    Node *node;
    __typeof__(level->outer_params) saved = level->outer_params;
    memset(&level->outer_params, 0, sizeof(level->outer_params));
    Level *sub = level_make(planner, level, query);
    if (cte->recursive)
        TRY(recursive_union(level, cte, sub, &node));
    else
        TRY(level_plan(sub, 0, &node));
    if (level->outer_params.count > 0)
        return error(ERR_INTERNAL_ERROR, "unexpected outer reference in CTE query");
    level->outer_params = saved;
    *plan_out = subplan_add(planner, node->plan);
    PlanInit init = {.plan = *plan_out,
                     .kind = SUBLINK_CTE,
                     .name = arena_printf(planner->arena, "CTE %s", cte->name)};
    vec_push(&level->inits, planner->arena, init);
    if (query->command != COMMAND_SELECT)
        vec_push(&planner->modifying, planner->arena, *plan_out);
    return STATUS_OK;
}

Status ctes_plan(Level *level) {
    Query *query = level->query;
    Planner *planner = level->planner;
    level->cte_plans = arena_array(planner->arena, uint32_t, query->ctes.count + 1);
    for (uint32_t i = 0; i < query->ctes.count; i++) {
        Cte *cte = query->ctes.items[i];
        level->cte_plans[i] = UINT32_MAX;
        CteUses search = {.name = cte->name};
        query_walk(query, &search.level, cte_uses_visit, &search);
        uint32_t uses = cte_uses(query, cte->name, 0) + search.uses;
        if (uses == 0 && cte->query->command == COMMAND_SELECT)
            continue;
        if (cte_can_inline(planner, query, cte, uses)) {
            cte_inline(planner->arena, query, cte, 0);
            continue;
        }
        TRY(cte_plan(level, cte, &level->cte_plans[i]));
    }
    return STATUS_OK;
}

/* ---- recursive unions ---- */

static Status recursive_union(Level *level, const Cte *cte, Level *sub, Node **node_out) {
    Planner *planner = level->planner;
    Query *query = sub->query;
    SetOpNode *op = query->set_op;
    Node *left, *right;
    TRY(ctes_plan(sub));
    uint32_t union_id = planner->out->union_count++;
    TRY(set_op_side_plan(sub, op->left, op, &left));
    sub->worktable_union = (int32_t)union_id;
    sub->worktable_cte = cte;
    sub->worktable_rows = left->plan->rows;
    TRY(set_op_side_plan(sub, op->right, op, &right));
    PlanRecursiveUnion *plan = PLAN_NEW(planner, PlanRecursiveUnion, PLAN_RECURSIVE_UNION);
    plan->union_id = union_id;
    plan->all = op->all;
    plan->left = left->plan;
    plan->right = right->plan;
    plan->column_count = op->column_count;
    plan->ops = arena_array(planner->arena, Oid, op->column_count + 1);
    plan->collations = op->collations;
    for (uint32_t i = 0; i < op->group.count; i++) {
        plan->ops[i] = op->group.items[i].eq_op;
        if (!op->group.items[i].hashable)
            return status_detail(
                error(ERR_FEATURE_NOT_SUPPORTED, "could not implement recursive UNION"),
                "All column datatypes must be hashable.");
    }
    plan->rows = left->plan->rows + 10 * right->plan->rows;
    plan->startup_cost = left->plan->startup_cost;
    plan->total_cost = left->plan->total_cost + 10 * right->plan->total_cost +
                       planner->settings->cpu_tuple_cost * plan->rows;
    plan->width = MAX(left->plan->width, right->plan->width);
    *node_out = node_over(planner, (Plan *)plan, left);
    plan->left = left->plan;
    plan->right = right->plan;
    return attach_inits(sub, *node_out);
}
