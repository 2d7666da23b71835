/*
 * unique_path.c: a semijoin by an inner join with each value of its right side once.
 *
 * WHERE key IN (SELECT few) over a large table is best read from the few: they are made unique by
 * hashing and each looks its key up. The semijoin's conditions must all be equalities that can be hashed.
 */
#include "planner/rels_int.h"

/* What a value takes in the hash table beside itself. */
#define ENTRY_BYTES 64

static bool holds(Expr *expr, void *arg) {
    uint32_t level = 0;
    return expr_equal(expr, arg) || expr_walk_levels(expr, &level, holds, arg);
}

/* Is it always equal to one of the keys? */
static bool is_like_a_key(Level *level, const Expr *column, const ExprList *keys) {
    for (size_t e = 0; e < level->ecs.count; e++) {
        const EquivClass *ec = level->ecs.items[e];
        bool has_column = false, has_key = false;
        for (size_t m = 0; ec->merged == NULL && m < ec->members.count; m++) {
            has_column |= expr_equal(ec->members.items[m]->expr, column);
            for (uint32_t k = 0; k < keys->count; k++)
                has_key |= expr_equal(ec->members.items[m]->expr, keys->items[k]);
        }
        if (has_column && has_key)
            return true;
    }
    return false;
}

static bool add_key(Level *level, Path *path, uint32_t at, Expr *key, Oid op) {
    if (op == 0)
        status_free(oper_sort_group(&level->planner->an, key->type, false, true, false, NULL, &op,
                                    NULL, NULL));
    if (op == 0 || !oper_is_hashable(&level->planner->an, op, key->type))
        return false;
    expr_list_add(level->planner->arena, &path->unique_keys, key);
    path->unique_ops[at] = op;
    return true;
}

/* The keys, and columns that joins above want and that are equal to one. False: they want others.
 * *whole_out: they do unless the join tests all of the semijoin's conditions. */
static bool choose_keys(Level *level, Rel *right, const OuterJoin *oj, Path *path,
                        bool *whole_out) {
    const ExprList *keys = &oj->semi_right;
    *whole_out = false;
    rel_targets(level, right);
    path->unique_ops =
        arena_array(level->planner->arena, Oid, keys->count + right->targets.count + 1);
    for (uint32_t i = 0; i < keys->count; i++) {
        bool collations_agree = keys->items[i]->collation == oj->semi_collations[i];
        Expr *key = expr_strip_relabel(keys->items[i]); /* by whatever type it is read above */
        if (!collations_agree || !add_key(level, path, i, key, oj->semi_ops[i]))
            return false;
    }
    for (uint32_t t = 0; t < right->targets.count; t++) {
        Expr *column = right->targets.items[t];
        bool is_key = false, in_key = false;
        for (uint32_t i = 0; i < keys->count; i++) {
            is_key |= expr_equal(expr_strip_relabel(keys->items[i]), column);
            in_key |= holds(keys->items[i], column);
        }
        if (is_key)
            continue;
        if (in_key && !is_like_a_key(level, column, keys)) {
            *whole_out = true; /* the expression is there, not the column */
            continue;
        }
        if (!is_like_a_key(level, column, keys) ||
            !add_key(level, path, path->unique_keys.count, column, 0))
            return false;
    }
    return true;
}

Rel *unique_rel(Level *level, Rel *right, const OuterJoin *oj, bool whole) {
    const PlannerSettings *set = level->planner->settings;
    Path *child = right->cheapest_total;
    bool for_whole;
    if (right->unique != NULL)
        return right->unique->whole_only && !whole ? NULL : right->unique;
    if (!oj->semi_can_hash || child == NULL || !bitset_empty(child->outer) ||
        !bitset_empty(right->lateral))
        return NULL;
    Path *path = arena_new(level->planner->arena, Path);
    path->kind = PATH_UNIQUE;
    path->child = child;
    double rows = group_estimate(level, &oj->semi_right, child->rows);
    double memory = set->work_mem_kb * 1024 * set->hash_mem_multiplier;
    if ((right->width + ENTRY_BYTES) * rows > memory ||
        !choose_keys(level, right, oj, path, &for_whole))
        return NULL;
    Rel *unique = arena_new(level->planner->arena, Rel);
    unique->relids = right->relids;
    unique->is_join = true;
    unique->width = right->width;
    unique->rows = rows;
    path->rel = unique;
    path->rows = unique->rows;
    path->startup = child->total + set->cpu_operator_cost * oj->semi_right.count * child->rows;
    path->total = path->startup + set->cpu_tuple_cost * unique->rows;
    if (!set->enable_hashagg) {
        path->startup += 1e10;
        path->total += 1e10;
    }
    path_add(unique, path, level->planner->arena);
    paths_choose(unique, level->planner->arena);
    unique->whole_only = for_whole;
    right->unique = unique;
    return for_whole && !whole ? NULL : unique;
}

Status build_unique(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *child;
    TRY(path_build(level, path->child, &child));
    PlanAggregate *plan = PLAN_NEW(planner, PlanAggregate, PLAN_AGGREGATE);
    plan->strategy = AGG_HASHED;
    plan->key_ops = path->unique_ops;
    plan->group_estimate = path->rows;
    for (uint32_t i = 0; i < path->unique_keys.count; i++) {
        Expr *key;
        TRY(node_above(level, child, path->unique_keys.items[i], &key));
        expr_list_add(planner->arena, &plan->keys, key);
    }
    *node_out = node_row(planner, (Plan *)plan, child, &path->unique_keys);
    plan_costs((Plan *)plan, path->startup, path->total, path->rows, child->plan->width);
    TRY(node_project(level, node_out, &path->unique_keys, NULL, NULL));
    (*node_out)->rel = path->rel;
    return STATUS_OK;
}
