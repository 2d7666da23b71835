/*
 * setops.c: UNION, INTERSECT, EXCEPT. Every node of such a tree puts out the columns of the leftmost
 * query, which is how the level's targets name them.
 */
#include "planner/upper_int.h"

static uint32_t leftmost(const SetOpNode *node) {
    while (node->rt_index == 0)
        node = node->left;
    return node->rt_index;
}

/* The result's columns as the level names them. */
static ExprList result_columns(Level *level, const SetOpNode *op) {
    ExprList out = {0};
    uint32_t rt_index = leftmost(level->query->set_op);
    for (uint32_t i = 0; i < op->column_count; i++)
        expr_list_add(level->planner->arena, &out,
                      expr_column(level->planner->arena, rt_index, (int16_t)(i + 1), op->types[i],
                                  op->typmods[i], op->collations[i], 0));
    return out;
}

/* A member query, wrapped so that its columns have the operation's types. */
static Status leaf_plan(Level *level, const SetOpNode *leaf, const SetOpNode *op, Node **node_out) {
    Planner *planner = level->planner;
    RangeEntry *entry = query_rte(level->query, leaf->rt_index);
    Node *inner;
    TRY(level_subplan(level, entry->subquery, 0, NULL, &inner));
    const TargetList *targets = &entry->subquery->targets;
    PlanSubqueryScan *plan = PLAN_NEW(planner, PlanSubqueryScan, PLAN_SUBQUERY_SCAN);
    uint32_t count = 0;
    plan->rt_index = level->rt_offset + leaf->rt_index;
    plan->left = inner->plan;
    plan->targets = arena_array(planner->arena, PlanTarget, op->column_count + 1);
    plan->identity = inner->plan->target_count == op->column_count;
    for (uint32_t i = 0; i < inner->plan->target_count && count < op->column_count; i++) {
        if (inner->plan->targets[i].junk)
            continue;
        Expr *source = inner->plan->targets[i].expr;
        Expr *value = (Expr *)expr_slot(planner->arena, SLOT_LEFT, (int32_t)i, source);
        if (value->type != op->types[count]) {
            TRY(coerce_to_common(&planner->an, value, op->types[count], "UNION/INTERSECT/EXCEPT",
                                 &value));
            plan->identity = false;
        }
        plan->targets[count].expr = value;
        plan->targets[count].name = count < targets->count ? targets->items[count]->name : NULL;
        count++;
    }
    plan->target_count = count;
    const Plan *child = inner->plan;
    plan_costs((Plan *)plan, child->startup_cost, child->total_cost, child->rows, child->width);
    Node *node = arena_new(planner->arena, Node);
    node->shape = NODE_PASS;
    node->plan = (Plan *)plan;
    node->left = inner;
    node->outputs = result_columns(level, op);
    *node_out = node;
    return STATUS_OK;
}

static Status tree_plan(Level *level, const SetOpNode *op, Node **node_out);

Status set_op_side_plan(Level *level, const SetOpNode *side, const SetOpNode *parent,
                        Node **node_out) {
    TRY(fiber_stack_check());
    if (side->rt_index != 0)
        return leaf_plan(level, side, parent, node_out);
    TRY(tree_plan(level, side, node_out));
    (*node_out)->outputs = result_columns(level, parent);
    bool same = true;
    for (uint32_t i = 0; i < parent->column_count; i++)
        same &= side->types[i] == parent->types[i];
    if (same)
        return STATUS_OK;
    PlanResult *plan = PLAN_NEW(level->planner, PlanResult, PLAN_RESULT);
    Node *over = node_over(level->planner, (Plan *)plan, *node_out);
    const Plan *child = (*node_out)->plan;
    plan_costs((Plan *)plan, child->startup_cost, child->total_cost, child->rows, child->width);
    for (uint32_t i = 0; i < parent->column_count; i++) {
        Expr *like = EXPR_NEW(level->planner->arena, Expr, EXPR_CASE_TEST);
        like->type = side->types[i];
        like->typmod = side->typmods[i];
        like->collation = side->collations[i];
        Expr *value = (Expr *)expr_slot(level->planner->arena, SLOT_LEFT, (int32_t)i, like);
        TRY(coerce_to_common(&level->planner->an, value, parent->types[i], "UNION/INTERSECT/EXCEPT",
                             &plan->targets[i].expr));
    }
    plan->identity = false;
    *node_out = over;
    return STATUS_OK;
}

/* ---- UNION ---- */

typedef struct Members {
    Level *level;
    const SetOpNode *op;
    VEC(Node *) nodes;
} Members;

static bool same_types(const SetOpNode *a, const SetOpNode *b) {
    for (uint32_t i = 0; i < a->column_count; i++)
        if (a->types[i] != b->types[i])
            return false;
    return true;
}

/* Nested unions of the same sort are one. */
static Status union_members(Members *members, const SetOpNode *side) {
    const SetOpNode *op = members->op;
    if (side->rt_index == 0 && side->op == SETOP_UNION && (side->all == op->all || side->all) &&
        same_types(side, op)) {
        TRY(union_members(members, side->left));
        return union_members(members, side->right);
    }
    Node *node;
    TRY(set_op_side_plan(members->level, side, op, &node));
    vec_push(&members->nodes, members->level->planner->arena, node);
    return STATUS_OK;
}

static Node *append_node(Level *level, const Members *members) {
    Planner *planner = level->planner;
    PlanAppend *plan = PLAN_NEW(planner, PlanAppend, PLAN_APPEND);
    Node *first = members->nodes.items[0];
    Node *node = node_over(planner, (Plan *)plan, first);
    double rows = 0, total = 0, width = 0;
    plan->left = NULL;
    plan->child_count = (uint32_t)members->nodes.count;
    plan->children = arena_array(planner->arena, Plan *, plan->child_count + 1);
    for (uint32_t i = 0; i < plan->child_count; i++) {
        const Plan *child = plan->children[i] = members->nodes.items[i]->plan;
        rows += child->rows;
        total += child->total_cost;
        width = fmax(width, child->width);
    }
    plan_costs((Plan *)plan, first->plan->startup_cost,
               total + 0.5 * planner->settings->cpu_tuple_cost * rows, rows, width);
    node->outputs = result_columns(level, members->op);
    node->keys = (PathKeys){0};
    return node;
}

static Status union_distinct(Level *level, const SetOpNode *op, Node **node) {
    Planner *planner = level->planner;
    ExprList columns = (*node)->outputs;
    const Plan *child = (*node)->plan;
    bool hashable = true, sortable = true;
    for (uint32_t i = 0; i < op->group.count; i++) {
        hashable &= op->group.items[i].hashable;
        sortable &= op->group.items[i].sort_op != 0;
    }
    if (!hashable && !sortable)
        return error(ERR_FEATURE_NOT_SUPPORTED, "could not implement UNION");
    if (op->column_count > 0 && hashable && (planner->settings->enable_hashagg || !sortable)) {
        PlanAggregate *plan = PLAN_NEW(planner, PlanAggregate, PLAN_AGGREGATE);
        plan->strategy = AGG_HASHED;
        plan->key_ops = arena_array(planner->arena, Oid, op->column_count + 1);
        for (uint32_t i = 0; i < op->column_count; i++) {
            expr_list_add(planner->arena, &plan->keys,
                          expr_slot(planner->arena, SLOT_LEFT, (int32_t)i, columns.items[i]));
            plan->key_ops[i] = op->group.items[i].eq_op;
        }
        plan->group_estimate = child->rows;
        double startup = child->total_cost +
                         planner->settings->cpu_operator_cost * op->column_count * child->rows;
        Node *over = node_row(planner, (Plan *)plan, *node, &columns);
        plan_costs((Plan *)plan, startup, startup + planner->settings->cpu_tuple_cost * child->rows,
                   child->rows, child->width);
        *node = over;
        return node_project(level, node, &columns, NULL, NULL);
    }
    if (op->column_count > 0) /* rows without columns are all the same */
        TRY(node_sort(level, node, &columns, &op->group, -1, 0));
    PlanUnique *plan = PLAN_NEW(planner, PlanUnique, PLAN_UNIQUE);
    plan->column_count = op->column_count;
    plan->columns = arena_array(planner->arena, uint32_t, op->column_count + 1);
    plan->ops = arena_array(planner->arena, Oid, op->column_count + 1);
    plan->collations = op->collations;
    for (uint32_t i = 0; i < op->column_count; i++) {
        plan->columns[i] = i;
        plan->ops[i] = op->group.items[i].eq_op;
    }
    child = (*node)->plan;
    Node *over = node_over(planner, (Plan *)plan, *node);
    plan_costs((Plan *)plan, child->startup_cost,
               child->total_cost +
                   planner->settings->cpu_operator_cost * child->rows * op->column_count,
               child->rows, child->width);
    *node = over;
    return STATUS_OK;
}

/* ---- INTERSECT, EXCEPT ---- */

static Status intersect_except(Level *level, const SetOpNode *op, Node **node_out) {
    Planner *planner = level->planner;
    Node *left, *right;
    bool hashable = true, sortable = true;
    TRY(set_op_side_plan(level, op->left, op, &left));
    TRY(set_op_side_plan(level, op->right, op, &right));
    PlanSetOp *plan = PLAN_NEW(planner, PlanSetOp, PLAN_SET_OP);
    plan->op = op->op;
    plan->all = op->all;
    plan->column_count = op->column_count;
    plan->ops = arena_array(planner->arena, Oid, op->column_count + 1);
    plan->collations = op->collations;
    plan->keys = arena_array(planner->arena, SortKey, op->column_count + 1);
    for (uint32_t i = 0; i < op->group.count; i++) {
        const SortClause *clause = &op->group.items[i];
        hashable &= clause->hashable;
        sortable &= clause->sort_op != 0;
        plan->ops[i] = clause->eq_op;
        plan->keys[i] = (SortKey){i, clause->sort_op, op->collations[i], clause->descending,
                                  clause->nulls_first};
    }
    plan->hashed = hashable && (planner->settings->enable_hashagg || !sortable);
    if (!plan->hashed) {
        if (!sortable)
            return error(ERR_FEATURE_NOT_SUPPORTED, "could not implement %s",
                         op->op == SETOP_INTERSECT ? "INTERSECT" : "EXCEPT");
        TRY(node_sort(level, &left, &left->outputs, &op->group, -1, 0));
        TRY(node_sort(level, &right, &right->outputs, &op->group, -1, 0));
    }
    Node *node = node_over(planner, (Plan *)plan, left);
    plan->right = right->plan;
    double input = left->plan->rows + right->plan->rows;
    double rows =
        op->op == SETOP_INTERSECT ? fmin(left->plan->rows, right->plan->rows) : left->plan->rows;
    double total = left->plan->total_cost + right->plan->total_cost +
                   planner->settings->cpu_operator_cost * input * op->column_count;
    plan_costs((Plan *)plan, plan->hashed ? total : 0, total, clamp_rows(rows), left->plan->width);
    node->outputs = result_columns(level, op);
    node->keys = (PathKeys){0};
    *node_out = node;
    return STATUS_OK;
}

static Status tree_plan(Level *level, const SetOpNode *op, Node **node_out) {
    Members members = {.level = level, .op = op};
    if (op->op != SETOP_UNION)
        return intersect_except(level, op, node_out);
    TRY(union_members(&members, op->left));
    TRY(union_members(&members, op->right));
    *node_out = append_node(level, &members);
    return op->all ? STATUS_OK : union_distinct(level, op, node_out);
}

Status set_op_plan(Level *level, double tuple_fraction, Node **node_out) {
    Query *query = level->query;
    (void)tuple_fraction;
    TRY(tree_plan(level, query->set_op, node_out));
    ExprList exprs = {0};
    const char **names = arena_array(level->planner->arena, const char *, query->targets.count + 1);
    bool *junk = arena_array(level->planner->arena, bool, query->targets.count + 1);
    bool plain = query->targets.count == (*node_out)->outputs.count;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        expr_list_add(level->planner->arena, &exprs, query->targets.items[i]->expr);
        names[i] = query->targets.items[i]->name;
        junk[i] = query->targets.items[i]->junk;
        plain &= !junk[i];
    }
    if (plain) { /* the same columns: only named */
        for (uint32_t i = 0; i < exprs.count; i++)
            (*node_out)->plan->targets[i].name = names[i];
        return STATUS_OK;
    }
    return node_project(level, node_out, &exprs, names, junk);
}
