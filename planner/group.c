/* group.c: grouping and aggregation, window functions, min and max by an index's end. */
#include "planner/group_sets.h"
#include "planner/upper_int.h"

typedef struct Collect {
    Level *level;
    ExprTag tag;
    ExprList found;
} Collect;

static bool collect_visit(Expr *expr, void *arg) {
    Collect *collect = arg;
    if (expr->tag != collect->tag)
        return expr_walk(expr, collect_visit, arg);
    for (uint32_t i = 0; i < collect->found.count; i++)
        if (expr_equal(collect->found.items[i], expr))
            return false;
    expr_list_add(collect->level->planner->arena, &collect->found, expr);
    return false;
}

static ExprList collect_calls(Level *level, ExprTag tag) {
    Collect collect = {level, tag, {0}};
    const Query *query = level->query;
    for (uint32_t i = 0; i < query->targets.count; i++)
        collect_visit(query->targets.items[i]->expr, &collect);
    if (query->having != NULL)
        collect_visit(query->having, &collect);
    for (uint32_t i = 0; i < query->windows.count; i++) {
        WindowFrame *frame = &query->windows.items[i]->frame;
        if (frame->start_offset != NULL)
            collect_visit(frame->start_offset, &collect);
        if (frame->end_offset != NULL)
            collect_visit(frame->end_offset, &collect);
    }
    return collect.found;
}

/* ---- keys ---- */

typedef struct Grouping {
    Level *level;
    ExprList keys; /* in terms of the level */
    Oid *key_ops;
    uint32_t *refs;   /* sort ref of each; 0: only dependent on others */
    uint32_t written; /* keys that GROUP BY names */
    ExprList aggs;
    ExprList groupings;
    RefSets sets; /* of GROUPING SETS and its kin */
    Rollup *rollups;
    uint32_t rollup_count;
    PlanRollup *sorted; /* [rollup_count] where they are computed by sorting */
    /* by several workers: */
    AggPhase phase;
    ExprAgg **resolved; /* aggs as the partial node has them */
    ExprList states;    /* what stands for its outputs, by aggregate */
} Grouping;

static bool is_key(const Grouping *grouping, const Expr *expr) {
    for (uint32_t i = 0; i < grouping->keys.count; i++)
        if (expr_equal(grouping->keys.items[i], expr))
            return true;
    return false;
}

/* Columns that follow from a grouped primary key become keys too. */
static bool dependent_visit(Expr *expr, void *arg) {
    Grouping *grouping = arg;
    if (expr->tag == EXPR_AGG)
        return expr_list_walk(&((ExprAgg *)expr)->direct_args, dependent_visit, arg);
    if (expr->tag == EXPR_GROUPING || is_key(grouping, expr))
        return false;
    if (expr->tag != EXPR_COLUMN)
        return expr_walk(expr, dependent_visit, arg);
    expr_list_add(grouping->level->planner->arena, &grouping->keys, expr);
    return false;
}

static Status grouping_keys(Level *level, Grouping *grouping) {
    const Query *query = level->query;
    Arena *arena = level->planner->arena;
    grouping->level = level;
    for (uint32_t i = 0; i < query->group_by.count; i++)
        expr_list_add(arena, &grouping->keys,
                      target_by_ref(&query->targets, query->group_by.items[i].ref)->expr);
    grouping->written = grouping->keys.count;
    for (uint32_t i = 0; i < query->targets.count; i++)
        dependent_visit(query->targets.items[i]->expr, grouping);
    if (query->having != NULL)
        dependent_visit(query->having, grouping);
    grouping->key_ops = arena_array(arena, Oid, grouping->keys.count + 1);
    grouping->refs = arena_array(arena, uint32_t, grouping->keys.count + 1);
    for (uint32_t i = 0; i < grouping->keys.count; i++) {
        if (i < grouping->written) {
            grouping->key_ops[i] = query->group_by.items[i].eq_op;
            grouping->refs[i] = query->group_by.items[i].ref;
            continue;
        }
        TRY(oper_sort_group(&level->planner->an, grouping->keys.items[i]->type, false, true, false,
                            NULL, &grouping->key_ops[i], NULL, NULL));
    }
    grouping->aggs = collect_calls(level, EXPR_AGG);
    grouping->groupings = collect_calls(level, EXPR_GROUPING);
    return STATUS_OK;
}

/* ---- the aggregate node ---- */

static Status resolve_agg(Level *level, const Node *child, const ExprAgg *agg, ExprAgg **out) {
    Arena *arena = level->planner->arena;
    ExprAgg *copy = arena_memdup(arena, agg, sizeof(*agg));
    const ExprList *sources[2] = {&agg->args, &agg->direct_args};
    ExprList *targets[2] = {&copy->args, &copy->direct_args};
    for (int l = 0; l < 2; l++) {
        *targets[l] = (ExprList){0};
        for (uint32_t i = 0; i < sources[l]->count; i++) {
            Expr *resolved;
            TRY(node_above(level, child, sources[l]->items[i], &resolved));
            expr_list_add(arena, targets[l], resolved);
        }
    }
    TRY(node_above(level, child, agg->filter, &copy->filter));
    *out = copy;
    return STATUS_OK;
}

/* Aggregates that collect their rows before they see them. */
static bool has_ordered_aggs(const Grouping *grouping) {
    for (uint32_t i = 0; i < grouping->aggs.count; i++) {
        const ExprAgg *agg = (const ExprAgg *)grouping->aggs.items[i];
        if (agg->distinct.count > 0 || agg->order_by.count > 0)
            return true;
    }
    return false;
}

/* Aggregates over ordered input take sorting; so do keys that cannot be hashed. */
static Status set_is_feasible(Level *level, const Grouping *grouping, const PlanGroupingSet *set) {
    const SortList *by = &level->query->group_by;
    bool hash = !has_ordered_aggs(grouping), sort = true;
    for (uint32_t k = 0; k < set->key_count; k++) {
        if (set->keys[k] >= by->count)
            continue;
        hash &= by->items[set->keys[k]].hashable;
        sort &= by->items[set->keys[k]].sort_op != 0;
    }
    if (hash || sort)
        return STATUS_OK;
    return status_detail(error(ERR_FEATURE_NOT_SUPPORTED, "could not implement GROUP BY"),
                         "Some of the datatypes only support hashing, while others only support "
                         "sorting.");
}

/* The sets in the order of their rollups; hashed ones without keys come last. */
static Status grouping_sets(Level *level, const Grouping *grouping, PlanAggregate *plan) {
    Arena *arena = level->planner->arena;
    uint32_t total = grouping->sets.count, placed = 0;
    if (level->query->grouping_set_count == 0)
        return STATUS_OK;
    plan->set_count = total;
    plan->sets = arena_array(arena, PlanGroupingSet, total + 1);
    if (plan->strategy == AGG_SORTED) {
        plan->rollups = grouping->sorted;
        plan->rollup_count = grouping->rollup_count;
    }
    for (uint32_t r = 0; r < grouping->rollup_count; r++) {
        const Rollup *rollup = &grouping->rollups[r];
        for (uint32_t s = 0; s < rollup->set_count; s++) {
            uint32_t n = rollup->set_keys[s];
            bool last = n == 0 && plan->strategy != AGG_SORTED;
            PlanGroupingSet *set = &plan->sets[last ? --total : placed++];
            set->keys = arena_array(arena, uint32_t, grouping->keys.count + 1);
            memcpy(set->keys, rollup->keys, n * sizeof(uint32_t));
            set->key_count = set->sorted_count = n;
            for (uint32_t k = grouping->written; k < grouping->keys.count; k++)
                set->keys[set->key_count++] = k;
            TRY(set_is_feasible(level, grouping, set));
        }
    }
    return STATUS_OK;
}

static Status grouping_calls(Level *level, const Grouping *grouping, PlanAggregate *plan) {
    Arena *arena = level->planner->arena;
    plan->groupings = arena_array(arena, ExprGrouping *, grouping->groupings.count + 1);
    plan->grouping_count = grouping->groupings.count;
    for (uint32_t i = 0; i < grouping->groupings.count; i++) {
        ExprGrouping *copy =
            arena_memdup(arena, grouping->groupings.items[i], sizeof(ExprGrouping));
        uint32_t *refs = arena_array(arena, uint32_t, copy->args.count + 1);
        for (uint32_t a = 0; a < copy->args.count; a++)
            for (uint32_t k = 0; k < grouping->keys.count; k++)
                if (grouping->refs[k] == copy->refs[a])
                    refs[a] = k;
        copy->refs = refs;
        plan->groupings[i] = copy;
    }
    return STATUS_OK;
}

static double agg_cost(Level *level, const Grouping *grouping, double rows) {
    double per_tuple = 0;
    for (uint32_t i = 0; i < grouping->aggs.count; i++) {
        double s, p;
        const ExprAgg *agg = (const ExprAgg *)grouping->aggs.items[i];
        expr_cost(level->planner, (const Expr *)agg, &s, &p);
        per_tuple += p + level->planner->settings->cpu_operator_cost;
        if (agg->distinct.count > 0 || agg->order_by.count > 0)
            per_tuple += level->planner->settings->cpu_operator_cost * 2 * log2(fmax(rows, 2));
    }
    return per_tuple * rows;
}

/* The aggregates as the node runs them. */
static Status aggregate_calls(Level *level, const Grouping *grouping, const Node *child,
                              PlanAggregate *plan) {
    Arena *arena = level->planner->arena;
    plan->agg_count = grouping->aggs.count;
    plan->aggs = arena_array(arena, ExprAgg *, plan->agg_count + 1);
    plan->state_columns = arena_array(arena, uint32_t, plan->agg_count + 1);
    for (uint32_t i = 0; i < plan->agg_count; i++) {
        if (grouping->phase != AGG_FINALIZE) {
            TRY(resolve_agg(level, child, (ExprAgg *)grouping->aggs.items[i], &plan->aggs[i]));
            continue;
        }
        int32_t column = node_find(child, grouping->states.items[i]);
        if (column < 0)
            return error(ERR_INTERNAL_ERROR, "an aggregate's state is missing from a plan");
        plan->aggs[i] = grouping->resolved[i];
        plan->state_columns[i] = (uint32_t)column;
    }
    return STATUS_OK;
}

static Status aggregate_having(Level *level, Node *node) {
    ExprList having = {0};
    expr_conjuncts(level->planner->arena, level->query->having, &having);
    for (uint32_t i = 0; i < having.count; i++) {
        Expr *resolved;
        TRY(node_resolve(level, node, having.items[i], &resolved));
        expr_list_add(level->planner->arena, &node->plan->filter, resolved);
    }
    if (having.count > 0)
        node->plan->rows = clamp_rows(node->plan->rows * 0.3333);
    return STATUS_OK;
}

static Status aggregate_node(Level *level, const Grouping *grouping, AggStrategy strategy,
                             double groups, Node **node) {
    Planner *planner = level->planner;
    const PlannerSettings *set = planner->settings;
    PlanAggregate *plan = PLAN_NEW(planner, PlanAggregate, PLAN_AGGREGATE);
    ExprList row = {0};
    plan->strategy = strategy;
    plan->key_ops = grouping->key_ops;
    for (uint32_t i = 0; i < grouping->keys.count; i++) {
        Expr *key;
        TRY(node_above(level, *node, grouping->keys.items[i], &key));
        expr_list_add(planner->arena, &plan->keys, key);
    }
    plan->phase = grouping->phase;
    expr_list_concat(planner->arena, &row, &grouping->keys);
    expr_list_concat(planner->arena, &row,
                     plan->phase == AGG_PARTIAL ? &grouping->states : &grouping->aggs);
    expr_list_concat(planner->arena, &row, &grouping->groupings);
    TRY(aggregate_calls(level, grouping, *node, plan));
    TRY(grouping_sets(level, grouping, plan));
    TRY(grouping_calls(level, grouping, plan));
    plan->group_estimate = groups;
    const Plan *child = (*node)->plan;
    double work = agg_cost(level, grouping, child->rows) +
                  set->cpu_operator_cost * grouping->keys.count * child->rows;
    double output = groups * set->cpu_tuple_cost;
    double startup = strategy == AGG_SORTED ? child->startup_cost : child->total_cost + work;
    Node *over = node_row(planner, (Plan *)plan, *node, &row);
    plan_costs((Plan *)plan, startup, child->total_cost + work + output, groups, child->width);
    if (strategy == AGG_SORTED)
        over->keys = (*node)->keys;
    *node = over;
    plan->direct = arena_array(planner->arena, ExprList, plan->agg_count + 1);
    for (uint32_t i = 0; i < plan->agg_count; i++)
        TRY(node_resolve_list(level, over, &((ExprAgg *)grouping->aggs.items[i])->direct_args,
                              &plan->direct[i]));
    TRY(node_project(level, node, &row, NULL, NULL));
    return plan->phase == AGG_PARTIAL ? STATUS_OK : aggregate_having(level, *node);
}

/* ---- how to group ---- */

static bool hashable(const Query *query) {
    for (uint32_t i = 0; i < query->group_by.count; i++)
        if (!query->group_by.items[i].hashable)
            return false;
    return true;
}

static bool sortable(const Query *query) {
    for (uint32_t i = 0; i < query->group_by.count; i++)
        if (query->group_by.items[i].sort_op == 0)
            return false;
    return true;
}

static double sets_estimate(Level *level, const Grouping *grouping, double rows) {
    double total = 0;
    for (uint32_t i = 0; i < grouping->sets.count; i++) {
        ExprList keys = {0};
        for (uint32_t k = 0; k < grouping->keys.count; k++)
            if (bitset_has(grouping->sets.items[i], (int)grouping->refs[k]))
                expr_list_add(level->planner->arena, &keys, grouping->keys.items[k]);
        total += group_estimate(level, &keys, rows);
    }
    return clamp_rows(total);
}

/* Sets among the keys unfold before rows are grouped. */
static Status unfold_keys(Level *level, const Grouping *grouping, Node **node) {
    ExprList exprs = {0};
    Arena *arena = level->planner->arena;
    if (!targets_have_sets(&grouping->keys))
        return STATUS_OK;
    expr_list_concat(arena, &exprs, &grouping->keys);
    for (uint32_t i = 0; i < grouping->aggs.count; i++) {
        ExprAgg *agg = (ExprAgg *)grouping->aggs.items[i];
        expr_list_concat(arena, &exprs, &agg->args);
        if (agg->filter != NULL)
            expr_list_add(arena, &exprs, agg->filter);
    }
    ExprList inputs = inputs_of(level, *node, &exprs);
    TRY(node_project(level, node, &inputs, NULL, NULL));
    return project_sets(level, node, &exprs);
}

static Status plain_group(Level *level, Rel *rel, Grouping *grouping, Node **node_out) {
    TRY(path_build(level, rel->cheapest_total, node_out));
    TRY(constant_filter_plan(level, node_out));
    return aggregate_node(level, grouping, AGG_PLAIN, 1, node_out);
}

static Status hashed_group(Level *level, Rel *rel, Grouping *grouping, double groups,
                           AggStrategy strategy, Node **node_out) {
    TRY(path_build(level, rel->cheapest_total, node_out));
    TRY(constant_filter_plan(level, node_out));
    TRY(unfold_keys(level, grouping, node_out));
    return aggregate_node(level, grouping, strategy, groups, node_out);
}

static Status sorted_group(Level *level, Path *path, bool sorted, Grouping *grouping, double groups,
                           Node **node_out) {
    Query *query = level->query;
    TRY(path_build(level, path, node_out));
    TRY(constant_filter_plan(level, node_out));
    TRY(unfold_keys(level, grouping, node_out));
    if (!sorted) {
        SortList sort = query->group_by;
        ExprList written = grouping->keys;
        written.count = grouping->written;
        TRY(node_sort(level, node_out, &written, &sort, -1, 0));
        (*node_out)->keys = level->query_keys;
    }
    return aggregate_node(level, grouping, AGG_SORTED, groups, node_out);
}

/* ---- by several workers ---- */

static bool can_combine(Level *level, const ExprAgg *agg) {
    const AggregateDesc *desc = NULL;
    const FnEntry *entry = fn_by_oid(agg->function);
    status_free(catalog_aggregate(level->planner->catalog, agg->function, &desc));
    return agg->kind == AGG_KIND_NORMAL && agg->distinct.count == 0 && agg->order_by.count == 0 &&
           desc != NULL && desc->combine != 0 && entry != NULL && entry->kind == FN_AGGREGATE &&
           entry->aggregate->combine != NULL && parallel_expr_safe(level, (const Expr *)agg);
}

static bool can_split(Level *level, const Rel *rel, const Grouping *grouping) {
    bool ok = rel->partial != NULL && level->query->grouping_set_count == 0 &&
              grouping->groupings.count == 0 && !targets_have_sets(&grouping->keys) &&
              (grouping->keys.count == 0 ||
               (hashable(level->query) && level->planner->settings->enable_hashagg));
    for (uint32_t i = 0; i < grouping->keys.count && ok; i++)
        ok = parallel_expr_safe(level, grouping->keys.items[i]);
    for (uint32_t i = 0; i < grouping->aggs.count && ok; i++)
        ok = can_combine(level, (const ExprAgg *)grouping->aggs.items[i]);
    for (size_t i = 0; i < level->constant_quals.count && ok; i++)
        ok = parallel_expr_safe(level, level->constant_quals.items[i]->clause);
    return ok;
}

/* Aggregation in each worker, and of what they come to. */
typedef struct SplitGroup {
    double groups;  /* of a worker */
    double rows;    /* of all workers' */
    double startup; /* of the gather */
    double gathered;
    double total; /* of all, without its last output */
} SplitGroup;

static double group_work(Level *level, const Grouping *grouping, double rows) {
    return agg_cost(level, grouping, rows) +
           level->planner->settings->cpu_operator_cost * grouping->keys.count * rows;
}

static SplitGroup split_costs(Level *level, const Rel *rel, const Grouping *grouping) {
    const PlannerSettings *set = level->planner->settings;
    const Path *partial = rel->partial;
    SplitGroup split = {.groups = 1};
    if (grouping->keys.count > 0)
        split.groups = group_estimate(level, &grouping->keys, partial->rows);
    split.rows = clamp_rows(split.groups * parallel_divisor(level->planner, partial->workers));
    split.startup =
        partial->total + group_work(level, grouping, partial->rows) + set->parallel_setup_cost;
    split.gathered =
        split.startup + split.groups * set->cpu_tuple_cost + set->parallel_tuple_cost * split.rows;
    split.total = split.gathered + group_work(level, grouping, split.rows);
    return split;
}

static Status split_group(Level *level, Rel *rel, Grouping *grouping, const SplitGroup *split,
                          double groups, Node **node_out) {
    Arena *arena = level->planner->arena;
    AggStrategy strategy = grouping->keys.count == 0 ? AGG_PLAIN : AGG_HASHED;
    for (uint32_t i = 0; i < grouping->aggs.count; i++) {
        ExprPlaceholder *state = EXPR_NEW(arena, ExprPlaceholder, EXPR_PLACEHOLDER);
        state->arg = grouping->aggs.items[i];
        state->id = UINT32_MAX;
        state->type = OID_INT8;
        state->typmod = -1;
        expr_list_add(arena, &grouping->states, state);
    }
    TRY(path_build(level, rel->partial, node_out));
    TRY(constant_filter_plan(level, node_out));
    grouping->phase = AGG_PARTIAL;
    TRY(aggregate_node(level, grouping, strategy, split->groups, node_out));
    grouping->resolved = ((PlanAggregate *)(*node_out)->plan)->aggs;
    *node_out = parallel_gather_node(level, *node_out, rel->partial->workers, split->startup,
                                     split->gathered, split->rows);
    grouping->phase = AGG_FINALIZE;
    return aggregate_node(level, grouping, strategy, groups, node_out);
}

/* The keys of a rollup as the query spells them, and how they sort. */
static void rollup_order(Level *level, const Grouping *grouping, const Rollup *rollup,
                         ExprList *keys_out, SortList *sort_out) {
    Arena *arena = level->planner->arena;
    *keys_out = (ExprList){0};
    *sort_out = (SortList){.items = arena_array(arena, SortClause, rollup->key_count + 1)};
    for (uint32_t i = 0; i < rollup->key_count; i++) {
        expr_list_add(arena, keys_out, grouping->keys.items[rollup->keys[i]]);
        sort_out->items[sort_out->count++] = level->query->group_by.items[rollup->keys[i]];
    }
}

/* A single rollup's rows are in its order, as the NULL of a key left out comes last. */
static Status rollup_keys(Level *level, const Grouping *grouping, const SortList *sort,
                          PathKeys *keys_out) {
    bool ordered = grouping->rollup_count == 1;
    for (uint32_t i = 0; i < sort->count; i++)
        ordered &= !sort->items[i].descending && !sort->items[i].nulls_first;
    *keys_out = (PathKeys){0};
    return ordered ? keys_for_sort(level, sort, &level->query->targets, keys_out) : STATUS_OK;
}

/* Grouping sets by sorting: the input by the first rollup, the aggregate sorts for the others. */
static Status sorted_sets(Level *level, Rel *rel, Grouping *grouping, double groups,
                          Node **node_out) {
    ExprList keys;
    SortList sort;
    uint32_t column;
    TRY(path_build(level, rel->cheapest_total, node_out));
    TRY(constant_filter_plan(level, node_out));
    TRY(unfold_keys(level, grouping, node_out));
    for (uint32_t k = 0; k < grouping->keys.count; k++)
        TRY(node_need(level, node_out, grouping->keys.items[k], &column));
    grouping->sorted = arena_array(level->planner->arena, PlanRollup, grouping->rollup_count + 1);
    for (uint32_t r = 0; r < grouping->rollup_count; r++) {
        const Rollup *rollup = &grouping->rollups[r];
        PlanRollup *sorted = &grouping->sorted[r];
        *sorted = (PlanRollup){
            .set_count = rollup->set_count, .keys = rollup->keys, .key_count = rollup->key_count};
        rollup_order(level, grouping, rollup, &keys, &sort);
        if (r == 0) {
            TRY(node_sort(level, node_out, &keys, &sort, -1, 0));
            TRY(rollup_keys(level, grouping, &sort, &(*node_out)->keys));
        }
        TRY(node_sort_columns(level, node_out, &keys, &sort, &sorted->sort_keys,
                              &sorted->sort_count));
    }
    return aggregate_node(level, grouping, AGG_SORTED, groups, node_out);
}

/*
 * Rows of small inputs are sorted for aggregates that collect their rows, as one group's rows are
 * kept at a time then; large ones are hashed, which is faster.
 */
#define COLLECT_SORTED_ROWS_MAX 16384

static bool prefers_sorting(Level *level, const Grouping *grouping, double rows) {
    return !level->planner->settings->enable_hashagg || !hashable(level->query) ||
           (has_ordered_aggs(grouping) && rows <= COLLECT_SORTED_ROWS_MAX &&
            level->planner->settings->enable_sort);
}

static Status sets_plan(Level *level, Rel *rel, Grouping *grouping, Node **node_out) {
    Arena *arena = level->planner->arena;
    const Query *query = level->query;
    TRY(grouping_expand(arena, query, 4096, &grouping->sets));
    grouping->rollup_count = rollups_make(arena, grouping->sets.items, grouping->sets.count,
                                          &query->group_by, &query->order_by, &grouping->rollups);
    double groups = sets_estimate(level, grouping, rel->rows);
    if (query->group_by.count > 0 && sortable(query) && prefers_sorting(level, grouping, rel->rows))
        return sorted_sets(level, rel, grouping, groups, node_out);
    return hashed_group(level, rel, grouping, groups, AGG_MIXED, node_out);
}

Status group_plan(Level *level, Rel *rel, Node **node_out) {
    Query *query = level->query;
    Planner *planner = level->planner;
    const PlannerSettings *set = planner->settings;
    Grouping grouping = {0};
    PathKeys order;
    TRY(grouping_keys(level, &grouping));
    if (query->grouping_set_count > 0)
        return sets_plan(level, rel, &grouping, node_out);
    double groups = group_estimate(level, &grouping.keys, rel->rows), width = rel->width;
    double bytes = groups * (width + 64 + 32.0 * grouping.aggs.count);
    bool fits = bytes <= set->work_mem_kb * 1024 * set->hash_mem_multiplier;
    SplitGroup split = {.total = INFINITY};
    if (fits && can_split(level, rel, &grouping))
        split = split_costs(level, rel, &grouping);
    if (query->group_by.count == 0) {
        double plain =
            rel->cheapest_total->total + group_work(level, &grouping, rel->cheapest_total->rows);
        return split.total < plain ? split_group(level, rel, &grouping, &split, 1, node_out)
                                   : plain_group(level, rel, &grouping, node_out);
    }
    double rows = rel->cheapest_total->rows;
    TRY(keys_for_sort(level, &query->order_by, &query->targets, &order));
    bool order_served = keys_contained(order, level->query_keys);
    double final_sort =
        query->order_by.count > 0 ? sort_cost(planner, groups, width, level->limit_tuples, 1) : 0;
    double key_cost = set->cpu_operator_cost * grouping.keys.count * rows;
    double hash =
        rel->cheapest_total->total + key_cost + final_sort + (set->enable_hashagg ? 0 : 1e10);
    if (!fits)
        hash += 2 * relation_pages_bytes(rows, width) * set->seq_page_cost;
    Path *presorted = sortable(query) && !targets_have_sets(&grouping.keys)
                          ? path_for_keys(rel, level->query_keys, false)
                          : NULL;
    double sort = rel->cheapest_total->total +
                  sort_cost(planner, rows, width, -1, grouping.written) + key_cost +
                  (set->enable_sort ? 0 : 1e10) + (order_served ? 0 : final_sort);
    bool sorted = false;
    Path *path = rel->cheapest_total;
    if (presorted != NULL) {
        double cost = presorted->total + key_cost + (order_served ? 0 : final_sort);
        if (level->limit_tuples > 0 && order_served)
            cost = presorted->startup +
                   (cost - presorted->startup) * fmin(1, level->limit_tuples / fmax(groups, 1));
        if (cost < sort) {
            sort = cost;
            sorted = true;
            path = presorted;
        }
    }
    if (split.total + final_sort <
        fmin(hash, sort) + agg_cost(level, &grouping, rel->cheapest_total->rows))
        return split_group(level, rel, &grouping, &split, groups, node_out);
    bool hash_wins = hash <= sort && !prefers_sorting(level, &grouping, rows);
    if (hashable(query) && (hash_wins || !sortable(query)))
        return hashed_group(level, rel, &grouping, groups, AGG_HASHED, node_out);
    return sorted_group(level, path, sorted, &grouping, groups, node_out);
}

/* ---- windows ---- */

static Status window_frame(Level *level, const Node *child, const WindowFrame *frame,
                           WindowFrame *out) {
    *out = *frame;
    TRY(node_above(level, child, frame->start_offset, &out->start_offset));
    return node_above(level, child, frame->end_offset, &out->end_offset);
}

static Status window_calls(Level *level, const Node *child, const WindowClause *window,
                           const ExprList *all, PlanWindow *plan, ExprList *row) {
    Arena *arena = level->planner->arena;
    plan->calls = arena_array(arena, ExprWindowCall *, all->count + 1);
    for (uint32_t i = 0; i < all->count; i++) {
        ExprWindowCall *call = (ExprWindowCall *)all->items[i];
        if (call->window_ref != window->ref)
            continue;
        ExprWindowCall *copy = arena_memdup(arena, call, sizeof(*call));
        copy->args = (ExprList){0};
        for (uint32_t a = 0; a < call->args.count; a++) {
            Expr *arg;
            TRY(node_above(level, child, call->args.items[a], &arg));
            expr_list_add(arena, &copy->args, arg);
        }
        TRY(node_above(level, child, call->filter, &copy->filter));
        plan->calls[plan->call_count++] = copy;
        expr_list_add(arena, row, call);
    }
    return STATUS_OK;
}

static Status window_node(Level *level, const WindowClause *window, const ExprList *calls,
                          Node **node) {
    Planner *planner = level->planner;
    const TargetList *targets = &level->query->targets;
    SortList sort = {0};
    ExprList exprs = {0};
    PathKeys keys;
    uint32_t partitions = window->partition_by.count, orders = window->order_by.count;
    for (uint32_t i = 0; i < partitions + orders; i++) {
        SortClause clause =
            i < partitions ? window->partition_by.items[i] : window->order_by.items[i - partitions];
        sort_list_add(planner->arena, &sort, clause);
        expr_list_add(planner->arena, &exprs, target_by_ref(targets, clause.ref)->expr);
    }
    TRY(keys_for_sort(level, &sort, targets, &keys));
    if (!keys_contained(keys, (*node)->keys) || keys.count < sort.count) {
        if (!keys_contained(keys, (*node)->keys))
            TRY(node_sort(level, node, &exprs, &sort, -1, 0));
        (*node)->keys = keys;
    }
    PlanWindow *plan = PLAN_NEW(planner, PlanWindow, PLAN_WINDOW);
    plan->partition_columns = arena_array(planner->arena, uint32_t, partitions + 1);
    plan->partition_ops = arena_array(planner->arena, Oid, partitions + 1);
    plan->order_keys = arena_array(planner->arena, SortKey, orders + 1);
    plan->order_eq_ops = arena_array(planner->arena, Oid, orders + 1);
    plan->partition_count = partitions;
    plan->order_count = orders;
    for (uint32_t i = 0; i < partitions + orders; i++) {
        uint32_t column;
        TRY(node_need(level, node, exprs.items[i], &column));
        if (i < partitions) {
            plan->partition_columns[i] = column;
            plan->partition_ops[i] = sort.items[i].eq_op;
        } else {
            plan->order_eq_ops[i - partitions] = sort.items[i].eq_op;
            plan->order_keys[i - partitions] =
                (SortKey){column, sort.items[i].sort_op, exprs.items[i]->collation,
                          sort.items[i].descending, sort.items[i].nulls_first};
        }
    }
    ExprList row = (*node)->outputs;
    row.capacity = row.count;
    TRY(window_frame(level, *node, &window->frame, &plan->frame));
    TRY(window_calls(level, *node, window, calls, plan, &row));
    const Plan *child = (*node)->plan;
    Node *over = node_row(planner, (Plan *)plan, *node, &row);
    double per_tuple =
        planner->settings->cpu_operator_cost * (plan->call_count + partitions + orders) +
        planner->settings->cpu_tuple_cost;
    plan_costs((Plan *)plan, child->startup_cost, child->total_cost + per_tuple * child->rows,
               child->rows, child->width);
    over->keys = (*node)->keys;
    *node = over;
    return node_project(level, node, &row, NULL, NULL);
}

static uint32_t window_sort_count(const WindowClause *window) {
    return window->partition_by.count + window->order_by.count;
}

static const SortClause *window_sort_item(const WindowClause *window, uint32_t i) {
    const SortList *first = &window->partition_by;
    return i < first->count ? &first->items[i] : &window->order_by.items[i - first->count];
}

/* Windows whose sorting serves others come before these; otherwise the order is only fixed. */
static int window_compare(const WindowClause *a, const WindowClause *b) {
    uint32_t n = window_sort_count(a), m = window_sort_count(b);
    for (uint32_t i = 0; i < MIN(n, m); i++) {
        const SortClause *x = window_sort_item(a, i), *y = window_sort_item(b, i);
        if (x->ref != y->ref)
            return x->ref > y->ref ? -1 : 1;
        if (x->sort_op != y->sort_op)
            return x->sort_op > y->sort_op ? -1 : 1;
        if (x->nulls_first != y->nulls_first)
            return x->nulls_first ? -1 : 1;
    }
    return n == m ? 0 : n > m ? -1 : 1;
}

/* The windows that calls use, in the order of their evaluation. */
static uint32_t active_windows(const Query *query, const ExprList *calls, WindowClause **active) {
    uint32_t count = 0;
    for (uint32_t w = 0; w < query->windows.count; w++) {
        WindowClause *window = query->windows.items[w];
        bool used = false;
        for (uint32_t i = 0; i < calls->count; i++)
            used |= ((ExprWindowCall *)calls->items[i])->window_ref == window->ref;
        if (!used)
            continue;
        uint32_t at = count++;
        for (; at > 0 && window_compare(window, active[at - 1]) < 0; at--)
            active[at] = active[at - 1];
        active[at] = window;
    }
    return count;
}

Status window_plan(Level *level, Node *node, Node **node_out) {
    Query *query = level->query;
    Arena *arena = level->planner->arena;
    ExprList calls = collect_calls(level, EXPR_WINDOW_CALL), exprs = {0};
    for (uint32_t i = 0; i < query->targets.count; i++)
        expr_list_add(arena, &exprs, query->targets.items[i]->expr);
    ExprList inputs = inputs_of(level, node, &exprs), ordering = {0};
    for (uint32_t w = 0; w < query->windows.count; w++) {
        const WindowClause *window = query->windows.items[w];
        const SortList *lists[2] = {&window->partition_by, &window->order_by};
        for (int l = 0; l < 2; l++)
            for (uint32_t i = 0; i < lists[l]->count; i++) {
                Expr *expr = target_by_ref(&query->targets, lists[l]->items[i].ref)->expr;
                bool there = false;
                for (uint32_t j = 0; j < inputs.count; j++)
                    there |= expr_equal(inputs.items[j], expr);
                if (expr_has_set(expr))
                    expr_list_add(arena, &ordering, expr);
                else if (!there && !tree_has_tag(expr, EXPR_WINDOW_CALL))
                    expr_list_add(arena, &inputs, expr);
            }
    }
    TRY(node_project(level, &node, &inputs, NULL, NULL));
    if (ordering.count > 0) {
        expr_list_concat(arena, &ordering, &inputs);
        TRY(project_sets(level, &node, &ordering));
    }
    WindowClause **active = arena_array(arena, WindowClause *, query->windows.count + 1);
    uint32_t count = active_windows(query, &calls, active);
    for (uint32_t w = 0; w < count; w++)
        TRY(window_node(level, active[w], &calls, &node));
    *node_out = node;
    return STATUS_OK;
}

/* ---- min and max ---- */

/* The operator by which an aggregate is just the first row: < for min, > for max. */
static Oid agg_sort_op(Planner *planner, const ExprAgg *agg) {
    const AggregateDesc *desc = NULL;
    if (agg->call_arg_count != 1 || agg->args.count != 1 || agg->distinct.count > 0 ||
        agg->order_by.count > 0 || agg->kind != AGG_KIND_NORMAL || agg->levels_up > 0)
        return 0;
    status_free(catalog_aggregate(planner->catalog, agg->function, &desc));
    return desc == NULL ? 0 : desc->sort_operator;
}

/* (SELECT x FROM .. WHERE .. AND x IS NOT NULL ORDER BY x LIMIT 1) */
static Query *first_row_query(Level *level, const ExprAgg *agg, Oid sort_op) {
    Planner *planner = level->planner;
    Arena *arena = planner->arena;
    Query *query = query_copy(arena, level->written);
    Expr *value = expr_copy(arena, agg->args.items[0]);
    ExprNullTest *test = EXPR_NEW(arena, ExprNullTest, EXPR_NULL_TEST);
    ExprList where = {0};
    SortClause clause = {.ref = 1, .sort_op = sort_op};
    test->arg = value;
    test->is_not = true;
    test->type = OID_BOOL;
    query->targets = (TargetList){0};
    target_list_add(arena, &query->targets, target_make(arena, value, 1, "min_max", false));
    query->targets.items[0]->sort_ref = 1;
    query->has_aggs = false;
    query->having = NULL;
    query->order_by = query->distinct = (SortList){0};
    bool reverse;
    status_free(oper_equality_for_ordering(&planner->an, sort_op, &clause.eq_op, &reverse));
    clause.descending = reverse;
    clause.nulls_first = reverse;
    sort_list_add(arena, &query->order_by, clause);
    expr_conjuncts(arena, query->from->condition, &where);
    expr_list_add(arena, &where, test);
    if (agg->filter != NULL)
        expr_list_add(arena, &where, expr_copy(arena, agg->filter));
    query->from->condition = expr_and(arena, &where);
    query->limit = (Expr *)expr_const(arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(1), false);
    query->offset = NULL;
    query->ctes = (CteList){0};
    return query;
}

static bool plan_reads_index_end(const Plan *plan) {
    while (plan != NULL &&
           (plan->tag == PLAN_LIMIT || plan->tag == PLAN_RESULT || plan->tag == PLAN_SUBQUERY_SCAN))
        plan = plan->left;
    if (plan != NULL && plan->tag == PLAN_MERGE_APPEND)
        plan = ((const PlanMergeAppend *)plan)->children[0];
    return plan != NULL && plan->tag == PLAN_INDEX_SCAN;
}

static Status first_row_param(Level *level, const ExprAgg *agg, double *cost_io, bool *ok_out,
                              Expr **out) {
    Planner *planner = level->planner;
    Oid sort_op = agg_sort_op(planner, agg);
    Node *node;
    *ok_out = false;
    if (sort_op == 0 || expr_is_mutable(planner, agg->args.items[0]))
        return STATUS_OK;
    TRY(level_subplan(level, first_row_query(level, agg, sort_op), 1, NULL, &node));
    if (!plan_reads_index_end(node->plan) || level->outer_params.count > 0)
        return STATUS_OK;
    uint32_t plan = subplan_add(planner, node->plan);
    PlanInit init = {.plan = plan, .kind = SUBLINK_EXPR, .param_count = 1};
    init.params = arena_array(planner->arena, uint32_t, 1);
    init.params[0] = exec_param_new(planner, agg->type);
    init.name = arena_printf(planner->arena, "InitPlan %u (returns $%u)", plan + 1, init.params[0]);
    planner->init_params = bitset_add(planner->arena, planner->init_params, (int)init.params[0]);
    vec_push(&level->inits, planner->arena, init);
    *cost_io += node->plan->total_cost;
    *out = exec_param_expr(planner, init.params[0], (const Expr *)agg);
    *ok_out = true;
    return STATUS_OK;
}

typedef struct ReplaceAggs {
    Arena *arena;
    const ExprList *aggs;
    const ExprList *values;
} ReplaceAggs;

static Expr *replace_aggs(Expr *expr, void *arg) {
    ReplaceAggs *context = arg;
    for (uint32_t i = 0; i < context->aggs->count; i++)
        if (expr_equal(context->aggs->items[i], expr))
            return context->values->items[i];
    return expr_map(context->arena, expr, replace_aggs, arg);
}

/* Does the query read columns of a query around it? */
static bool is_correlated(const Level *level) {
    uint32_t up = 1;
    for (const Level *outer = level->parent; outer != NULL; outer = outer->parent, up++)
        if (query_contains_columns_of_level(level->written, up))
            return true;
    return false;
}

Status min_max_plan(Level *level, Rel *rel, bool *done_out, Node **node_out) {
    Query *query = level->query;
    Planner *planner = level->planner;
    *done_out = false;
    if (level->written == NULL || query->group_by.count > 0 || query->grouping_set_count > 0 ||
        query->has_windows || query->row_mark_count > 0 || query->command != COMMAND_SELECT ||
        level->written->has_sub_links || is_correlated(level) ||
        bitset_count(level->all_rels) != 1 || rel->entry == NULL ||
        rel->entry->kind != RTE_RELATION || rel->index_count == 0)
        return STATUS_OK;
    ExprList aggs = collect_calls(level, EXPR_AGG), values = {0};
    if (aggs.count == 0 || aggs.count > 4)
        return STATUS_OK;
    for (uint32_t i = 0; i < aggs.count; i++)
        if (agg_sort_op(planner, (ExprAgg *)aggs.items[i]) == 0)
            return STATUS_OK;
    double cost = 0;
    size_t inits = level->inits.count;
    for (uint32_t i = 0; i < aggs.count; i++) {
        Expr *value;
        bool ok;
        TRY(first_row_param(level, (ExprAgg *)aggs.items[i], &cost, &ok, &value));
        if (!ok || cost > rel->cheapest_total->total) {
            level->inits.count = inits;
            return STATUS_OK;
        }
        expr_list_add(planner->arena, &values, value);
    }
    ReplaceAggs context = {planner->arena, &aggs, &values};
    for (uint32_t i = 0; i < query->targets.count; i++)
        query->targets.items[i]->expr = replace_aggs(query->targets.items[i]->expr, &context);
    PlanResult *plan = PLAN_NEW(planner, PlanResult, PLAN_RESULT);
    plan_costs((Plan *)plan, 0, planner->settings->cpu_tuple_cost, 1, 8);
    ExprList none = {0};
    *node_out = node_row(planner, (Plan *)plan, NULL, &none);
    if (query->having != NULL)
        plan->one_time = replace_aggs(query->having, &context);
    *done_out = true;
    return STATUS_OK;
}
