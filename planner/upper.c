/*
 * upper.c: a query level from its joined relations to its result: grouping, windows, sets in the
 * target list, DISTINCT, ORDER BY, row locks, LIMIT.
 */
#include "planner/upper_int.h"

Level *level_make(Planner *planner, Level *parent, Query *query) {
    Level *level = arena_new(planner->arena, Level);
    level->planner = planner;
    level->parent = parent;
    level->query = query;
    level->worktable_union = -1;
    level->limit_tuples = -1;
    return level;
}

Status attach_inits(Level *level, Node *node) {
    Plan *plan = node->plan;
    if (level->inits.count == 0)
        return STATUS_OK;
    PlanInit *inits =
        arena_array(level->planner->arena, PlanInit, plan->init_count + level->inits.count);
    if (plan->init_count > 0)
        memcpy(inits, plan->inits, plan->init_count * sizeof(PlanInit));
    memcpy(inits + plan->init_count, level->inits.items, level->inits.count * sizeof(PlanInit));
    plan->inits = inits;
    plan->init_count += (uint32_t)level->inits.count;
    for (size_t i = 0; i < level->inits.count; i++) {
        const Plan *sub = level->planner->subplans.items[level->inits.items[i].plan];
        if (level->inits.items[i].kind == SUBLINK_CTE)
            continue;
        plan->startup_cost += sub->total_cost;
        plan->total_cost += sub->total_cost;
    }
    level->inits.count = 0;
    return STATUS_OK;
}

/* ---- LIMIT ---- */

static double constant_count(const Expr *expr, double unknown) {
    if (expr == NULL)
        return -1;
    if (expr->tag != EXPR_CONST)
        return unknown;
    if (((const ExprConst *)expr)->is_null)
        return -1;
    return fmax(0, (double)((const ExprConst *)expr)->value.i64);
}

/* Rows that will be read of what LIMIT sees; -1: all. */
static void limit_prepare(Level *level, double tuple_fraction) {
    const Query *query = level->query;
    double count = constant_count(query->limit, 0), offset = constant_count(query->offset, 0);
    level->tuple_fraction = tuple_fraction;
    if (query->limit == NULL || count < 0)
        return;
    if (query->limit->tag == EXPR_CONST &&
        (query->offset == NULL || query->offset->tag == EXPR_CONST)) {
        level->limit_tuples = count + fmax(0, offset);
        if (query->with_ties)
            level->limit_tuples = -1;
        level->tuple_fraction = fmax(1, count + fmax(0, offset));
    } else {
        level->tuple_fraction = 0.1;
    }
}

/* LIMIT NULL and OFFSET 0 leave the rows alone. */
static bool limits(const Expr *count, bool is_offset) {
    if (count == NULL || count->tag != EXPR_CONST)
        return count != NULL;
    const ExprConst *value = (const ExprConst *)count;
    return !value->is_null && !(is_offset && value->value.i64 == 0);
}

static Status limit_plan(Level *level, Node **node) {
    const Query *query = level->query;
    Planner *planner = level->planner;
    if (!limits(query->limit, false) && !limits(query->offset, true))
        return STATUS_OK;
    Plan *child = (*node)->plan;
    PlanLimit *plan = PLAN_NEW(planner, PlanLimit, PLAN_LIMIT);
    plan->with_ties = query->with_ties;
    if (query->with_ties) {
        uint32_t n = query->order_by.count;
        plan->tie_columns = arena_array(planner->arena, uint32_t, n + 1);
        plan->tie_ops = arena_array(planner->arena, Oid, n + 1);
        plan->tie_collations = arena_array(planner->arena, Oid, n + 1);
        for (uint32_t i = 0; i < n; i++) {
            const Target *target = target_by_ref(&query->targets, query->order_by.items[i].ref);
            TRY(node_need(level, node, target->expr, &plan->tie_columns[i]));
            plan->tie_ops[i] = query->order_by.items[i].eq_op;
            plan->tie_collations[i] = target->expr->collation;
        }
        plan->tie_count = n;
        child = (*node)->plan;
    }
    Node *over = node_over(planner, (Plan *)plan, *node);
    TRY(node_above(level, *node, query->limit, &plan->limit));
    TRY(node_above(level, *node, query->offset, &plan->offset));
    if (plan->limit != NULL && plan->limit->tag == EXPR_CONST &&
        ((ExprConst *)plan->limit)->is_null)
        plan->limit = NULL;
    double offset = fmax(0, constant_count(query->offset, child->rows * 0.1));
    double count = constant_count(query->limit, child->rows * 0.1);
    double startup = child->startup_cost, total = child->total_cost, rows = child->rows;
    double run = total - startup, all = fmax(rows, 1);
    offset = fmin(offset, all);
    startup += run * offset / all;
    rows = fmax(1, all - offset);
    if (count >= 0 && count < rows) {
        total = startup + run * count / all;
        rows = fmax(1, count);
    }
    plan_costs((Plan *)plan, startup, total, clamp_rows(rows), child->width);
    over->keys = (*node)->keys;
    *node = over;
    return STATUS_OK;
}

/* ---- sets in the target list ---- */

typedef struct Sets {
    Level *level;
    const Node *node;
    ExprList found;
} Sets;

static bool is_set(const Expr *expr) {
    return expr->tag == EXPR_FUNC && ((const ExprFunc *)expr)->returns_set;
}

/* Calls whose arguments hold no set that is not computed yet. */
static bool innermost_visit(Expr *expr, void *arg) {
    Sets *sets = arg;
    if (node_find(sets->node, expr) >= 0)
        return false;
    if (!is_set(expr)) {
        expr_walk(expr, innermost_visit, arg);
        return false;
    }
    uint32_t before = sets->found.count;
    expr_walk(expr, innermost_visit, arg);
    if (sets->found.count > before)
        return false;
    for (uint32_t i = 0; i < sets->found.count; i++)
        if (expr_equal(sets->found.items[i], expr))
            return false;
    expr_list_add(sets->level->planner->arena, &sets->found, expr);
    return false;
}

typedef struct Inputs {
    Level *level;
    const Node *node;
    ExprList out;
} Inputs;

/* What of the node's outputs (or of computable columns) an expression uses. */
static bool inputs_visit(Expr *expr, void *arg) {
    Inputs *inputs = arg;
    bool leaf = expr->tag == EXPR_COLUMN || expr->tag == EXPR_AGG || expr->tag == EXPR_GROUPING ||
                (expr->tag != EXPR_CONST && node_find(inputs->node, expr) >= 0);
    if (!leaf)
        return expr_walk(expr, inputs_visit, arg);
    for (uint32_t i = 0; i < inputs->out.count; i++)
        if (expr_equal(inputs->out.items[i], expr))
            return false;
    expr_list_add(inputs->level->planner->arena, &inputs->out, expr);
    return false;
}

ExprList inputs_of(Level *level, const Node *node, const ExprList *exprs) {
    Inputs inputs = {level, node, {0}};
    for (uint32_t i = 0; i < exprs->count; i++)
        inputs_visit(exprs->items[i], &inputs);
    return inputs.out;
}

static Status project_set_step(Level *level, Node **node, const ExprList *targets,
                               const ExprList *calls) {
    Planner *planner = level->planner;
    ExprList outputs = inputs_of(level, *node, targets);
    double expansion = 1;
    for (uint32_t i = 0; i < calls->count; i++) {
        expansion = fmax(expansion, set_rows(level, calls->items[i]));
        expr_list_add(planner->arena, &outputs, calls->items[i]);
    }
    Plan *plan = PLAN_NEW(planner, Plan, PLAN_PROJECT_SET);
    const Plan *child = (*node)->plan;
    plan_costs(plan, child->startup_cost,
               child->total_cost + planner->settings->cpu_tuple_cost * child->rows * expansion,
               clamp_rows(child->rows * expansion), child->width);
    Node *over = node_row(planner, plan, *node, &(*node)->outputs);
    over->keys = (*node)->keys;
    *node = over;
    TRY(node_project(level, node, &outputs, NULL, NULL));
    (*node)->shape = NODE_PASS; /* what uses a set's value is computed above it */
    return STATUS_OK;
}

/* After it, set-returning calls are outputs like columns. */
Status project_sets(Level *level, Node **node, const ExprList *targets) {
    for (int guard = 0; guard < 32; guard++) {
        Sets sets = {level, *node, {0}};
        for (uint32_t i = 0; i < targets->count; i++)
            innermost_visit(targets->items[i], &sets);
        if (sets.found.count == 0)
            return STATUS_OK;
        TRY(project_set_step(level, node, targets, &sets.found));
    }
    return error(ERR_STATEMENT_TOO_COMPLEX, "set-returning functions are nested too deep");
}

/* ---- targets ---- */

typedef struct Finals {
    ExprList exprs;
    const char **names;
    bool *junk;
} Finals;

static void finals_of(Level *level, const TargetList *targets, Finals *finals) {
    Arena *arena = level->planner->arena;
    *finals = (Finals){.names = arena_array(arena, const char *, targets->count + 1),
                       .junk = arena_array(arena, bool, targets->count + 1)};
    for (uint32_t i = 0; i < targets->count; i++) {
        expr_list_add(arena, &finals->exprs, targets->items[i]->expr);
        finals->names[i] = targets->items[i]->name;
        finals->junk[i] = targets->items[i]->junk;
    }
}

static ExprList exprs_of_sort(Level *level, const SortList *sort, const TargetList *targets) {
    ExprList exprs = {0};
    for (uint32_t i = 0; i < sort->count; i++) {
        const Target *target = target_by_ref(targets, sort->items[i].ref);
        expr_list_add(level->planner->arena, &exprs, target->expr);
    }
    return exprs;
}

/* ---- DISTINCT ---- */

static Status unique_plan(Level *level, Node **node, const SortList *distinct) {
    Planner *planner = level->planner;
    const Query *query = level->query;
    PlanUnique *plan = PLAN_NEW(planner, PlanUnique, PLAN_UNIQUE);
    ExprList exprs = exprs_of_sort(level, distinct, &query->targets);
    plan->columns = arena_array(planner->arena, uint32_t, distinct->count + 1);
    plan->ops = arena_array(planner->arena, Oid, distinct->count + 1);
    plan->collations = arena_array(planner->arena, Oid, distinct->count + 1);
    for (uint32_t i = 0; i < distinct->count; i++) {
        TRY(node_need(level, node, exprs.items[i], &plan->columns[i]));
        plan->ops[i] = distinct->items[i].eq_op;
        plan->collations[i] = exprs.items[i]->collation;
    }
    plan->column_count = distinct->count;
    const Plan *child = (*node)->plan;
    Node *over = node_over(planner, (Plan *)plan, *node);
    plan_costs((Plan *)plan, child->startup_cost,
               child->total_cost +
                   planner->settings->cpu_operator_cost * child->rows * distinct->count,
               group_estimate(level, &exprs, child->rows), child->width);
    over->keys = (*node)->keys;
    *node = over;
    return STATUS_OK;
}

static Status distinct_hash(Level *level, Node **node, const SortList *distinct) {
    Planner *planner = level->planner;
    const Query *query = level->query;
    ExprList keys = (*node)->outputs;
    const Plan *child = (*node)->plan;
    PlanAggregate *plan = PLAN_NEW(planner, PlanAggregate, PLAN_AGGREGATE);
    plan->strategy = AGG_HASHED;
    plan->key_ops = arena_array(planner->arena, Oid, keys.count + 1);
    for (uint32_t i = 0; i < keys.count; i++) {
        expr_list_add(planner->arena, &plan->keys,
                      expr_slot(planner->arena, SLOT_LEFT, (int32_t)i, keys.items[i]));
        for (uint32_t d = 0; d < distinct->count; d++) {
            const Target *target = target_by_ref(&query->targets, distinct->items[d].ref);
            if (expr_equal(target->expr, keys.items[i]))
                plan->key_ops[i] = distinct->items[d].eq_op;
        }
    }
    plan->group_estimate = group_estimate(level, &keys, child->rows);
    Node *over = node_row(planner, (Plan *)plan, *node, &keys);
    double startup =
        child->total_cost + planner->settings->cpu_operator_cost * keys.count * child->rows;
    plan_costs((Plan *)plan, startup,
               startup + planner->settings->cpu_tuple_cost * plan->group_estimate,
               plan->group_estimate, child->width);
    Finals finals;
    finals_of(level, &query->targets, &finals);
    *node = over;
    return node_project(level, node, &finals.exprs, finals.names, finals.junk);
}

static bool all_hashable(const SortList *list) {
    for (uint32_t i = 0; i < list->count; i++)
        if (!list->items[i].hashable)
            return false;
    return true;
}

static bool all_sortable(const SortList *list) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].sort_op == 0)
            return false;
    return true;
}

/* DISTINCT by each worker for its rows, before it sees what all of them have. */
static bool can_split_distinct(Level *level, const Rel *rel, const Finals *finals) {
    const Query *query = level->query;
    bool ok = rel->partial != NULL && query->distinct.count > 0 && !query->has_distinct_on &&
              !query->has_windows && !query->has_target_srfs && query->limit == NULL &&
              level->planner->settings->enable_hashagg && all_hashable(&query->distinct);
    for (uint32_t i = 0; i < finals->exprs.count && ok; i++)
        ok = !finals->junk[i] && parallel_expr_safe(level, finals->exprs.items[i]);
    for (size_t i = 0; i < level->constant_quals.count && ok; i++)
        ok = parallel_expr_safe(level, level->constant_quals.items[i]->clause);
    return ok;
}

/* *done_out false: the rows are better made unique at once. */
static Status split_distinct_plan(Level *level, Rel *rel, bool *done_out, Node **node_out) {
    const Query *query = level->query;
    const PlannerSettings *set = level->planner->settings;
    const Path *partial = rel->partial, *whole = rel->cheapest_total;
    Finals finals;
    finals_of(level, &query->targets, &finals);
    *done_out = false;
    if (!can_split_distinct(level, rel, &finals))
        return STATUS_OK;
    uint32_t keys = finals.exprs.count;
    double groups = group_estimate(level, &finals.exprs, partial->rows);
    double rows = clamp_rows(groups * parallel_divisor(level->planner, partial->workers));
    double each = set->cpu_operator_cost * keys;
    double startup = partial->total + each * partial->rows + set->parallel_setup_cost;
    double gathered = startup + set->cpu_tuple_cost * groups + set->parallel_tuple_cost * rows;
    if (gathered + each * rows >= whole->total + each * whole->rows)
        return STATUS_OK;
    *done_out = true;
    TRY(path_build(level, rel->partial, node_out));
    TRY(constant_filter_plan(level, node_out));
    TRY(node_project(level, node_out, &finals.exprs, NULL, NULL));
    TRY(distinct_hash(level, node_out, &query->distinct));
    *node_out = parallel_gather_node(level, *node_out, partial->workers, startup, gathered, rows);
    return STATUS_OK;
}

static Status distinct_plan(Level *level, Node **node) {
    Query *query = level->query;
    Planner *planner = level->planner;
    PathKeys keys;
    if (query->distinct.count == 0)
        return STATUS_OK;
    /* ORDER BY's direction for the columns it has, so that it is served too; which row DISTINCT ON
       keeps hangs on all of it. */
    SortList order = query->distinct;
    if (query->has_distinct_on && query->order_by.count > order.count)
        order = query->order_by;
    TRY(keys_for_sort(level, &order, &query->targets, &keys));
    bool sorted = all_sortable(&query->distinct) && keys_contained(keys, (*node)->keys);
    ExprList exprs = exprs_of_sort(level, &query->distinct, &query->targets);
    bool junk = false;
    for (uint32_t i = 0; i < query->targets.count; i++)
        junk |= query->targets.items[i]->junk;
    if (!sorted && !query->has_distinct_on && !junk && all_hashable(&query->distinct)) {
        const Plan *child = (*node)->plan;
        double groups = group_estimate(level, &exprs, child->rows);
        double hash = planner->settings->cpu_operator_cost * exprs.count * child->rows +
                      planner->settings->cpu_tuple_cost * groups +
                      (planner->settings->enable_hashagg ? 0 : 1e10);
        double sort = sort_cost(planner, child->rows, child->width, -1, exprs.count) +
                      planner->settings->cpu_operator_cost * (exprs.count + 1) * child->rows;
        /* An ORDER BY comes for free with sorting. */
        if (query->order_by.count > 0)
            hash += sort_cost(planner, groups, child->width, -1, 1);
        /* What sorting costs more must show: its order may be of use. */
        if (child->total_cost + sort > (child->total_cost + hash) * 1.01 ||
            !all_sortable(&query->distinct))
            return distinct_hash(level, node, &query->distinct);
    }
    if (!sorted) {
        exprs = exprs_of_sort(level, &order, &query->targets);
        TRY(node_sort(level, node, &exprs, &order, -1, 0));
        (*node)->keys = keys;
    }
    return unique_plan(level, node, &query->distinct);
}

/* ---- row locks ---- */

static Status lock_rows_plan(Level *level, Node **node) {
    Planner *planner = level->planner;
    const Query *query = level->query;
    if (query->row_mark_count == 0 || query->command != COMMAND_SELECT)
        return STATUS_OK;
    PlanLockRows *plan = PLAN_NEW(planner, PlanLockRows, PLAN_LOCK_ROWS);
    plan->marks = arena_array(planner->arena, PlanRowMark, level->rel_count + 1);
    TRY(row_marks_plan(level, node, plan->marks, &plan->mark_count, NULL));
    bool locks = false;
    for (uint32_t i = 0; i < plan->mark_count; i++)
        locks |= plan->marks[i].strength != ROW_LOCK_NONE;
    if (!locks)
        return STATUS_OK;
    const Plan *child = (*node)->plan;
    Node *over = node_over(planner, (Plan *)plan, *node);
    plan_costs((Plan *)plan, child->startup_cost,
               child->total_cost + planner->settings->cpu_tuple_cost * child->rows, child->rows,
               child->width);
    over->keys = (*node)->keys;
    *node = over;
    return STATUS_OK;
}

/* ---- which path, which order ---- */

static double fraction_cost(const Path *path, double tuples, double extra_startup) {
    double part = tuples > 0 ? (tuples < 1 ? tuples : fmin(1, tuples / fmax(path->rows, 1))) : 1;
    return path->startup + extra_startup + (path->total - path->startup) * part;
}

/* Into how many groups the first keys divide the rows. */
static double leading_groups(Level *level, PathKeys keys, uint32_t count, double rows) {
    double groups = 1;
    for (uint32_t i = 0; i < count; i++) {
        const EquivClass *ec = ec_find(keys.keys[i].ec);
        bool is_default;
        if (ec->members.count > 0)
            groups *= fmax(1, expr_distinct(level, ec->members.items[0]->expr, rows, &is_default));
    }
    return fmax(1, fmin(groups, rows));
}

/* The cheapest way to so many rows in this order; *presorted_out: keys it comes with (all: no sort). */
static Path *best_path(Level *level, Rel *rel, PathKeys wanted, double tuples,
                       uint32_t *presorted_out) {
    Planner *planner = level->planner;
    Path *best = NULL;
    double best_cost = 0;
    for (size_t i = 0; i < rel->paths.count; i++) {
        Path *path = rel->paths.items[i];
        uint32_t common = keys_common(wanted, path->keys);
        double cost;
        if (!bitset_empty(path->outer))
            continue;
        if (common == wanted.count) {
            cost = fraction_cost(path, tuples, 0);
        } else {
            double sort =
                sort_cost(planner, path->rows, rel->width, level->limit_tuples, wanted.count);
            if (!planner->settings->enable_sort)
                sort += 1e10;
            if (common > 0 && planner->settings->enable_incremental_sort && tuples >= 1 &&
                tuples < path->rows) {
                double groups = leading_groups(level, wanted, common, path->rows);
                cost = fraction_cost(path, tuples, 0) + sort * fmin(1, tuples / path->rows) +
                       sort / groups;
            } else {
                common = 0;
                cost = path->total + sort;
            }
        }
        if (best == NULL || cost < best_cost * 0.99999) {
            best = path;
            best_cost = cost;
            *presorted_out = common;
        }
    }
    return best;
}

/* GROUP BY in the order that ORDER BY wants, as far as they agree. */
static void order_groups(Level *level) {
    Query *query = level->query;
    SortList out = {0};
    if (query->grouping_set_count > 0)
        return;
    for (uint32_t i = 0; i < query->order_by.count; i++) {
        uint32_t g = 0;
        while (g < query->group_by.count &&
               query->group_by.items[g].ref != query->order_by.items[i].ref)
            g++;
        if (g == query->group_by.count)
            break;
        sort_list_add(level->planner->arena, &out, query->order_by.items[i]);
    }
    for (uint32_t g = 0; g < query->group_by.count; g++) {
        bool there = false;
        for (uint32_t i = 0; i < out.count; i++)
            there |= out.items[i].ref == query->group_by.items[g].ref;
        if (!there)
            sort_list_add(level->planner->arena, &out, query->group_by.items[g]);
    }
    query->group_by = out;
}

bool level_is_grouped(const Query *query) {
    return query->has_aggs || query->group_by.count > 0 || query->grouping_set_count > 0 ||
           query->having != NULL;
}

static Status wanted_keys(Level *level) {
    Query *query = level->query;
    PathKeys sort, distinct = {0};
    TRY(keys_for_sort(level, &query->order_by, &query->targets, &sort));
    if (query->distinct.count > 0)
        TRY(keys_for_sort(level, &query->distinct, &query->targets, &distinct));
    if (level_is_grouped(query)) {
        if (query->grouping_set_count == 0)
            TRY(keys_for_sort(level, &query->group_by, &query->targets, &level->query_keys));
    } else if (query->windows.count > 0) {
        SortList list = {0};
        const WindowClause *window = query->windows.items[0];
        for (uint32_t i = 0; i < window->partition_by.count; i++)
            sort_list_add(level->planner->arena, &list, window->partition_by.items[i]);
        for (uint32_t i = 0; i < window->order_by.count; i++)
            sort_list_add(level->planner->arena, &list, window->order_by.items[i]);
        TRY(keys_for_sort(level, &list, &query->targets, &level->query_keys));
    } else if (distinct.count > sort.count) {
        level->query_keys = distinct;
    } else {
        level->query_keys = sort;
    }
    return STATUS_OK;
}

/* ---- the relations of the level ---- */

static Rel *empty_rel(Level *level) {
    Arena *arena = level->planner->arena;
    Rel *rel = arena_new(arena, Rel);
    Path *path = arena_new(arena, Path);
    rel->rows = rel->tuples = 1;
    path->kind = PATH_RESULT;
    path->rel = rel;
    path->rows = 1;
    path->total = level->planner->settings->cpu_tuple_cost;
    path_add(rel, path, arena);
    paths_choose(rel, arena);
    return rel;
}

static void need_targets(Level *level, const TargetList *targets, const BitSet *top) {
    for (uint32_t i = 0; i < targets->count; i++)
        need_columns(level, targets->items[i]->expr, top);
}

static void need_result(Level *level) {
    const Query *query = level->query;
    const BitSet *top = bitset_single(level->planner->arena, 0);
    need_targets(level, &query->targets, top);
    need_targets(level, &query->returning, top);
    need_columns(level, query->having, top);
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        need_targets(level, &query->merge_actions[i]->targets, top);
        need_columns(level, query->merge_actions[i]->condition, top);
    }
    for (uint32_t i = 0; i < query->row_mark_count; i++) {
        Rel *rel = level_rel(level, query->row_marks[i].rt_index);
        if (rel != NULL)
            need_columns(level, row_mark_expr(level, rel), top);
        if (rel != NULL && rel->inherits)
            need_columns(level, base_column(level, rel, SYS_TABLEOID), top);
    }
}

static Status join_level(Level *level, Rel **rel_out) {
    FromNode *joinlist;
    TRY(rels_build(level));
    need_result(level);
    TRY(quals_deconstruct(level, &joinlist));
    joins_reduce(level, joinlist);
    or_extract(level);
    TRY(wanted_keys(level));
    if (joinlist->item_count == 0) {
        *rel_out = empty_rel(level);
        return STATUS_OK;
    }
    for (uint32_t i = 1; i < level->rel_count; i++)
        if (level->rels[i] != NULL)
            TRY(base_paths(level, level->rels[i]));
    TRY(join_search(level, joinlist, rel_out));
    paths_choose(*rel_out, level->planner->arena);
    if ((*rel_out)->cheapest_total == NULL)
        return error(ERR_INTERNAL_ERROR, "could not find a plan for the query");
    return STATUS_OK;
}

/* WHERE without columns: the whole level runs or does not. */
Status constant_filter_plan(Level *level, Node **node) {
    Planner *planner = level->planner;
    ExprList conditions = {0};
    if (level->constant_quals.count == 0)
        return STATUS_OK;
    for (size_t i = 0; i < level->constant_quals.count; i++) {
        Expr *condition;
        TRY(node_above(level, *node, level->constant_quals.items[i]->clause, &condition));
        expr_list_add(planner->arena, &conditions, condition);
    }
    bool leaf = (*node)->plan->tag == PLAN_RESULT && (*node)->plan->left == NULL;
    bool never = false;
    for (uint32_t i = 0; i < conditions.count; i++)
        never |= expr_is_false_const(conditions.items[i]);
    if (!leaf) {
        PlanResult *plan = PLAN_NEW(planner, PlanResult, PLAN_RESULT);
        const Plan *child = (*node)->plan;
        Node *over = node_over(planner, (Plan *)plan, *node);
        plan_costs((Plan *)plan, child->startup_cost, child->total_cost, child->rows, child->width);
        over->shape = NODE_ROW;
        over->row = (*node)->outputs;
        over->keys = (*node)->keys;
        if (never) /* nothing below will run */
            plan_costs((Plan *)plan, 0, 0, 0, child->width);
        *node = over;
    }
    (*node)->plan->one_time = expr_and(planner->arena, &conditions);
    return STATUS_OK;
}

/* ---- the whole ---- */

static Status order_plan(Level *level, Node **node) {
    Query *query = level->query;
    PathKeys wanted;
    if (query->order_by.count == 0)
        return STATUS_OK;
    TRY(keys_for_sort(level, &query->order_by, &query->targets, &wanted));
    if (keys_contained(wanted, (*node)->keys))
        return STATUS_OK;
    ExprList exprs = exprs_of_sort(level, &query->order_by, &query->targets);
    uint32_t presorted = 0;
    if (level->planner->settings->enable_incremental_sort && wanted.count == query->order_by.count)
        presorted = keys_common(wanted, (*node)->keys);
    /* Rows that cannot be locked, or change while they are, do not count for the limit. */
    double limit = query->row_mark_count > 0 ? -1 : level->limit_tuples;
    TRY(node_sort(level, node, &exprs, &query->order_by, limit, presorted));
    (*node)->keys = wanted;
    return STATUS_OK;
}

bool targets_have_sets(const ExprList *exprs) {
    for (uint32_t i = 0; i < exprs->count; i++)
        if (expr_has_set(exprs->items[i]))
            return true;
    return false;
}

/* Computed after sorting: what no clause refers to and is volatile or a set (`sets`). */
static bool is_postponed(Level *level, const Target *target, bool sets) {
    if (target->sort_ref != 0)
        return false;
    return expr_has_set(target->expr) ? sets : expr_is_volatile(level->planner, target->expr);
}

static void add_missing(Level *level, ExprList *list, const ExprList *more) {
    for (uint32_t i = 0; i < more->count; i++) {
        bool there = false;
        for (uint32_t j = 0; j < list->count; j++)
            there |= expr_equal(list->items[j], more->items[i]);
        if (!there)
            expr_list_add(level->planner->arena, list, more->items[i]);
    }
}

/* What must be there before DISTINCT and ORDER BY; *any_out: some targets are computed after them. */
static ExprList early_targets(Level *level, const Node *node, const Finals *finals, bool *any_out,
                              bool *any_set_out) {
    const Query *query = level->query;
    ExprList early = {0}, late = {0};
    ExprList sort = exprs_of_sort(level, &query->order_by, &query->targets);
    bool sets = !targets_have_sets(&sort);
    *any_set_out = false;
    for (uint32_t i = 0; i < query->targets.count && query->order_by.count > 0; i++) {
        bool postponed = is_postponed(level, query->targets.items[i], sets);
        Expr *expr = finals->exprs.items[i];
        expr_list_add(level->planner->arena, postponed ? &late : &early, expr);
        *any_set_out |= postponed && expr_has_set(expr);
    }
    *any_out = late.count > 0;
    if (!*any_out)
        return finals->exprs;
    ExprList inputs = inputs_of(level, node, &late);
    add_missing(level, &early, &inputs);
    return early;
}

/* The targets, DISTINCT and ORDER BY. */
static Status result_targets(Level *level, Node **node) {
    Query *query = level->query;
    Finals finals;
    bool late, late_sets;
    double limit = level->limit_tuples;
    finals_of(level, &query->targets, &finals);
    ExprList early = early_targets(level, *node, &finals, &late, &late_sets);
    if (query->has_target_srfs && targets_have_sets(&early))
        TRY(project_sets(level, node, &early));
    TRY(node_project(level, node, &early, late ? NULL : finals.names, late ? NULL : finals.junk));
    TRY(distinct_plan(level, node));
    if (late_sets)
        level->limit_tuples = -1; /* a set may be empty: no telling how many rows are needed */
    TRY(order_plan(level, node));
    level->limit_tuples = limit;
    if (!late)
        return STATUS_OK;
    if (late_sets)
        TRY(project_sets(level, node, &finals.exprs));
    return node_project(level, node, &finals.exprs, finals.names, finals.junk);
}

/* HAVING alone: one row or none, whatever FROM holds. */
static Status having_only(Level *level, Node **node_out) {
    Planner *planner = level->planner;
    PlanResult *plan = PLAN_NEW(planner, PlanResult, PLAN_RESULT);
    ExprList none = {0};
    plan_costs((Plan *)plan, 0, planner->settings->cpu_tuple_cost, 1, 0);
    *node_out = node_row(planner, (Plan *)plan, NULL, &none);
    if (!expr_is_true_const(level->query->having))
        TRY(node_above(level, *node_out, level->query->having, &plan->one_time));
    return STATUS_OK;
}

static Status top_of_joins(Level *level, Rel *rel, Node **node_out) {
    Query *query = level->query;
    if (level_is_grouped(query)) {
        bool done = false;
        if (!query->has_aggs && query->group_by.count == 0 && query->grouping_set_count == 0)
            return having_only(level, node_out);
        TRY(min_max_plan(level, rel, &done, node_out));
        if (!done)
            TRY(group_plan(level, rel, node_out));
        return STATUS_OK;
    }
    uint32_t presorted = 0;
    bool done;
    TRY(split_distinct_plan(level, rel, &done, node_out));
    if (done)
        return STATUS_OK;
    Path *path = best_path(level, rel, level->query_keys, level->tuple_fraction, &presorted);
    if (path == NULL)
        path = rel->cheapest_total;
    TRY(path_build(level, path, node_out));
    return constant_filter_plan(level, node_out);
}

Status level_plan(Level *level, double tuple_fraction, Node **node_out) {
    Query *query = level->query;
    Planner *planner = level->planner;
    Rel *rel;
    TRY(fiber_stack_check());
    TRY(ctes_plan(level));
    if (query->has_aggs && query->group_by.count == 0 && query->set_op == NULL &&
        query->from != NULL && query->from->item_count == 1 &&
        query->from->items[0]->kind == FROM_RTE)
        level->written = query_copy(planner->arena, query);
    TRY(modify_prepare(level));
    TRY(prep_query(level));
    modify_keep_columns(level);
    level->rt_offset = (uint32_t)planner->range_table.count;
    for (uint32_t i = 0; i < query->range_count; i++)
        vec_push(&planner->range_table, planner->arena, query->range_table[i]);
    limit_prepare(level, tuple_fraction);
    if (query->set_op != NULL) {
        TRY(rels_build(level));
        TRY(set_op_plan(level, level->tuple_fraction, node_out));
        TRY(order_plan(level, node_out));
        TRY(limit_plan(level, node_out));
        return attach_inits(level, *node_out);
    }
    order_groups(level);
    TRY(join_level(level, &rel));
    TRY(top_of_joins(level, rel, node_out));
    if (query->has_windows)
        TRY(window_plan(level, *node_out, node_out));
    TRY(result_targets(level, node_out));
    TRY(lock_rows_plan(level, node_out));
    TRY(limit_plan(level, node_out));
    if (query->command != COMMAND_SELECT)
        TRY(modify_plan(level, *node_out, node_out));
    return attach_inits(level, *node_out);
}
