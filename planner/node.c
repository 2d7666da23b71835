/* node.c: plan nodes under construction: outputs, references to them, sorts on top. */
#include "planner/rels_int.h"

void *plan_new(Planner *planner, size_t bytes, PlanTag tag) {
    Plan *plan = arena_zalloc(planner->arena, bytes);
    plan->tag = tag;
    return plan;
}

void plan_costs(Plan *plan, double startup, double total, double rows, double width) {
    plan->startup_cost = startup;
    plan->total_cost = total;
    plan->rows = rows;
    plan->width = (uint32_t)fmin(width + 0.5, 1e9);
}

/* ---- finding ---- */

static bool same_output(const Expr *output, const Expr *expr) {
    if (output->tag != expr->tag)
        return false;
    if (output->tag == EXPR_COLUMN) {
        const ExprColumn *a = (const ExprColumn *)output, *b = (const ExprColumn *)expr;
        return a->rt_index == b->rt_index && a->attno == b->attno && a->levels_up == b->levels_up;
    }
    return output == expr || expr_equal(output, expr);
}

static int32_t list_find(const ExprList *list, const Expr *expr) {
    for (uint32_t i = 0; i < list->count; i++)
        if (same_output(list->items[i], expr))
            return (int32_t)i;
    return -1;
}

int32_t node_find(const Node *node, const Expr *expr) { return list_find(&node->outputs, expr); }

/* ---- resolving ---- */

typedef struct Resolve {
    Level *level;
    const ExprList *left;
    const ExprList *right;
    Rel *rel; /* scans */
    int16_t **columns;
    uint32_t *column_count;
    bool left_nulled, right_nulled; /* see Node */
    Status failed;
} Resolve;

static Expr *resolve_map(Expr *expr, void *arg);

/* A value that an enclosing loop provides. */
static Expr *bound_value(Resolve *context, Expr *expr) {
    Level *level = context->level;
    for (size_t i = 0; i < level->bindings.count; i++)
        if (same_output(level->bindings.items[i].expr, expr))
            return exec_param_expr(level->planner, level->bindings.items[i].param, expr);
    BitSet *rels = tree_rels(level->planner->arena, NULL, expr, 0);
    if (expr->tag != EXPR_COLUMN || !bitset_subset(rels, level->bind_rels))
        return NULL;
    LoopBinding binding = {expr, exec_param_new(level->planner, expr->type), rels};
    vec_push(&level->bindings, level->planner->arena, binding);
    return exec_param_expr(level->planner, binding.param, expr);
}

static Expr *scan_column(Resolve *context, const ExprColumn *column) {
    Arena *arena = context->level->planner->arena;
    uint32_t count = *context->column_count;
    for (uint32_t i = 0; i < count; i++)
        if ((*context->columns)[i] == column->attno)
            return (Expr *)expr_slot(arena, SLOT_LEFT, (int32_t)i, (const Expr *)column);
    int16_t *wider = arena_array(arena, int16_t, count + 1);
    if (count > 0)
        memcpy(wider, *context->columns, count * sizeof(int16_t));
    wider[count] = column->attno;
    *context->columns = wider;
    *context->column_count = count + 1;
    return (Expr *)expr_slot(arena, SLOT_LEFT, (int32_t)count, (const Expr *)column);
}

static Expr *not_there(Resolve *context, const Expr *expr) {
    if (status_ok(context->failed)) {
        if (expr->tag == EXPR_COLUMN)
            context->failed =
                error(ERR_INTERNAL_ERROR, "column %u.%d is missing from a plan",
                      ((const ExprColumn *)expr)->rt_index, ((const ExprColumn *)expr)->attno);
        else
            context->failed =
                error(ERR_INTERNAL_ERROR, "%s is missing from a plan", expr_tag_name(expr->tag));
    }
    return (Expr *)(uintptr_t)expr;
}

static Expr *multi_param(Resolve *context, const ExprParam *param) {
    Level *level = context->level;
    uint32_t id = param->number >> 16, column = (param->number & 0xffff) - 1;
    if (id >= level->multi_params.count || level->multi_params.items[id] == NULL)
        return not_there(context, (const Expr *)param);
    return exec_param_expr(level->planner, level->multi_params.items[id][column],
                           (const Expr *)param);
}

static Expr *resolve_map(Expr *expr, void *arg) {
    Resolve *context = arg;
    Arena *arena = context->level->planner->arena;
    if (expr->tag == EXPR_CONST || expr->tag == EXPR_SLOT)
        return expr;
    if (context->rel != NULL) {
        if (expr->tag == EXPR_COLUMN) {
            const ExprColumn *column = (const ExprColumn *)expr;
            if (column->rt_index == context->rel->rt_index && column->levels_up == 0)
                return scan_column(context, column);
            Expr *value = bound_value(context, expr);
            return value != NULL ? value : not_there(context, expr);
        }
    } else {
        bool column = expr->tag == EXPR_COLUMN;
        int32_t at = context->left != NULL && (column || !context->left_nulled)
                         ? list_find(context->left, expr)
                         : -1;
        if (at >= 0)
            return (Expr *)expr_slot(arena, SLOT_LEFT, at, expr);
        at = context->right != NULL && (column || !context->right_nulled)
                 ? list_find(context->right, expr)
                 : -1;
        if (at >= 0)
            return (Expr *)expr_slot(arena, SLOT_RIGHT, at, expr);
        if (expr->tag == EXPR_COLUMN) {
            Expr *value = bound_value(context, expr);
            return value != NULL ? value : not_there(context, expr);
        }
        if (expr->tag == EXPR_AGG || expr->tag == EXPR_WINDOW_CALL || expr->tag == EXPR_GROUPING)
            return not_there(context, expr);
    }
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_MULTI)
        return multi_param(context, (ExprParam *)expr);
    if (expr->tag == EXPR_PLACEHOLDER)
        return resolve_map(((ExprPlaceholder *)expr)->arg, arg);
    return expr_map(arena, expr, resolve_map, arg);
}

Status node_scan_expr(Level *level, Rel *rel, int16_t **columns, uint32_t *count, Expr *expr,
                      Expr **out) {
    Resolve context = {.level = level, .rel = rel, .columns = columns, .column_count = count};
    *out = expr == NULL ? NULL : resolve_map(expr, &context);
    return context.failed;
}

/* Where a scan keeps its column list; entries that are no tables number their columns directly. */
static bool is_table_scan(const Plan *plan) {
    return plan->tag == PLAN_SEQ_SCAN || plan->tag == PLAN_INDEX_SCAN ||
           plan->tag == PLAN_TID_SCAN || plan->tag == PLAN_BITMAP_SCAN ||
           plan->tag == PLAN_POINT_GET;
}

static Expr *direct_slots(Expr *expr, void *arg) {
    Level *level = ((Resolve *)arg)->level;
    Resolve *context = arg;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->rt_index == context->rel->rt_index && column->levels_up == 0) {
            if (column->attno > 0)
                return (Expr *)expr_slot(level->planner->arena, SLOT_LEFT, column->attno - 1, expr);
            if (column->attno < 0)
                return (Expr *)expr_null(level->planner->arena, expr->type, -1, 0, PHYS_I32);
            ExprRow *row = EXPR_NEW(level->planner->arena, ExprRow, EXPR_ROW);
            row->type = expr->type;
            row->form = CALL_IMPLICIT;
            row->names = context->rel->entry->column_names;
            for (uint32_t i = 0; i < context->rel->entry->column_count; i++)
                expr_list_add(level->planner->arena, &row->args,
                              expr_slot(level->planner->arena, SLOT_LEFT, (int32_t)i,
                                        base_column(level, context->rel, (int16_t)(i + 1))));
            return (Expr *)row;
        }
        Expr *value = bound_value(context, expr);
        return value != NULL ? value : not_there(context, expr);
    }
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_MULTI)
        return multi_param(context, (ExprParam *)expr);
    if (expr->tag == EXPR_PLACEHOLDER)
        return direct_slots(((ExprPlaceholder *)expr)->arg, arg);
    return expr_map(level->planner->arena, expr, direct_slots, arg);
}

Status node_resolve(Level *level, Node *node, Expr *expr, Expr **out) {
    Resolve context = {.level = level};
    *out = NULL;
    if (expr == NULL)
        return STATUS_OK;
    switch (node->shape) {
    case NODE_SCAN:
        context.rel = node->rel;
        if (node->rel->parent != NULL)
            expr = inherit_to_child(level, node->rel, expr);
        if (is_table_scan(node->plan)) {
            PlanScan *scan = (PlanScan *)node->plan;
            return node_scan_expr(level, node->rel, &scan->columns, &scan->column_count, expr, out);
        }
        *out = direct_slots(expr, &context);
        return context.failed;
    case NODE_JOIN:
        context.left = &node->left->outputs;
        context.right = &node->right->outputs;
        context.left_nulled = node->left_nulled;
        context.right_nulled = node->right_nulled;
        break;
    case NODE_ROW:
        context.left = &node->row;
        break;
    case NODE_PASS:
        context.left = &node->left->outputs;
        break;
    }
    *out = resolve_map(expr, &context);
    return context.failed;
}

Status node_resolve_list(Level *level, Node *node, const ExprList *list, ExprList *out) {
    *out = (ExprList){0};
    for (uint32_t i = 0; i < list->count; i++) {
        Expr *resolved;
        TRY(node_resolve(level, node, list->items[i], &resolved));
        expr_list_add(level->planner->arena, out, resolved);
    }
    return STATUS_OK;
}

Status node_above(Level *level, const Node *node, Expr *expr, Expr **out) {
    Resolve context = {.level = level, .left = &node->outputs};
    *out = expr == NULL ? NULL : resolve_map(expr, &context);
    return context.failed;
}

/* ---- outputs ---- */

void node_set_identity(Node *node) {
    Plan *plan = node->plan;
    uint32_t width = node->row.count;
    if (node->shape == NODE_SCAN)
        width = is_table_scan(plan) ? ((PlanScan *)plan)->column_count
                : plan->tag == PLAN_SUBQUERY_SCAN && plan->left != NULL ? plan->left->target_count
                : node->rel->entry != NULL ? node->rel->entry->column_count
                                           : 0;
    else if (node->shape == NODE_PASS)
        width = node->left->plan->target_count;
    plan->identity = node->shape != NODE_JOIN && plan->target_count == width;
    for (uint32_t i = 0; i < plan->target_count && plan->identity; i++) {
        const ExprSlot *slot = (const ExprSlot *)plan->targets[i].expr;
        plan->identity =
            slot->tag == EXPR_SLOT && slot->side == SLOT_LEFT && slot->column == (int32_t)i;
    }
}

/* What stands for a value in a row that never comes. */
static Status null_target(Level *level, const Expr *expr, Expr **out) {
    PhysType phys;
    TRY(an_phys(&level->planner->an, expr->type, &phys));
    *out =
        (Expr *)expr_null(level->planner->arena, expr->type, expr->typmod, expr->collation, phys);
    return STATUS_OK;
}

void node_show_append(Level *level, Node *node) {
    Plan *plan = node->plan;
    ExprList *shown = plan->tag == PLAN_APPEND         ? &((PlanAppend *)plan)->shown
                      : plan->tag == PLAN_MERGE_APPEND ? &((PlanMergeAppend *)plan)->shown
                                                       : NULL;
    if (shown == NULL)
        return;
    *shown = (ExprList){0};
    for (uint32_t i = 0; i < node->outputs.count; i++)
        expr_list_add(level->planner->arena, shown,
                      tree_offset(level->planner->arena, node->outputs.items[i], level->rt_offset));
}

static Status set_targets(Level *level, Node *node, const ExprList *exprs, const char **names,
                          const bool *junk) {
    Arena *arena = level->planner->arena;
    PlanTarget *targets = arena_array(arena, PlanTarget, exprs->count + 1);
    for (uint32_t i = 0; i < exprs->count; i++) {
        if (node->empty)
            TRY(null_target(level, exprs->items[i], &targets[i].expr));
        else
            TRY(node_resolve(level, node, exprs->items[i], &targets[i].expr));
        targets[i].name = names != NULL ? names[i] : NULL;
        targets[i].junk = junk != NULL && junk[i];
    }
    node->plan->targets = targets;
    node->plan->target_count = exprs->count;
    node->outputs = *exprs;
    node->outputs.capacity = node->outputs.count;
    node_show_append(level, node);
    node_set_identity(node);
    return STATUS_OK;
}

static Status result_over(Level *level, Node **node) {
    PlanResult *result = PLAN_NEW(level->planner, PlanResult, PLAN_RESULT);
    Node *over = node_over(level->planner, (Plan *)result, *node);
    const Plan *child = (*node)->plan;
    plan_costs((Plan *)result, child->startup_cost, child->total_cost, child->rows, child->width);
    over->shape = NODE_ROW;
    over->row = (*node)->outputs;
    over->keys = (*node)->keys;
    *node = over;
    return STATUS_OK;
}

/* Partitions compute what their Append is to put out, where all of them can. */
static bool members_compute(const Node *node) {
    for (uint32_t i = 0; i < node->member_count; i++)
        if (node->members[i]->shape != NODE_SCAN)
            return false;
    return node->member_count > 0;
}

static Status project_members(Level *level, Node *node, const ExprList *exprs, const char **names,
                              const bool *junk) {
    for (uint32_t i = 0; i < node->member_count; i++)
        TRY(set_targets(level, node->members[i], exprs, names, junk));
    node->left = node->members[0];
    return STATUS_OK;
}

Status node_project(Level *level, Node **node, const ExprList *exprs, const char **names,
                    const bool *junk) {
    if (members_compute(*node)) {
        TRY(project_members(level, *node, exprs, names, junk));
    } else if ((*node)->shape == NODE_PASS && !(*node)->empty) {
        bool same = exprs->count == (*node)->outputs.count;
        for (uint32_t i = 0; i < exprs->count && same; i++)
            same = same_output((*node)->outputs.items[i], exprs->items[i]);
        if (!same)
            TRY(result_over(level, node));
    }
    TRY(set_targets(level, *node, exprs, names, junk));
    double startup = 0, per_tuple = 0, width = 0;
    Plan *plan = (*node)->plan;
    for (uint32_t i = 0; i < exprs->count; i++) {
        double s, p;
        expr_cost(level->planner, exprs->items[i], &s, &p);
        if (exprs->items[i]->tag != EXPR_AGG && exprs->items[i]->tag != EXPR_WINDOW_CALL) {
            startup += s;
            per_tuple += p;
        }
        width += column_width(level, exprs->items[i]);
    }
    plan->startup_cost += startup;
    plan->total_cost += startup + per_tuple * plan->rows;
    plan->width = (uint32_t)fmin(width + 0.5, 1e9);
    return STATUS_OK;
}

Status node_need(Level *level, Node **node, Expr *expr, uint32_t *column_out) {
    Arena *arena = level->planner->arena;
    int32_t at = node_find(*node, expr);
    if (at >= 0) {
        *column_out = (uint32_t)at;
        return STATUS_OK;
    }
    bool by_members = members_compute(*node);
    if ((*node)->shape == NODE_PASS && !(*node)->empty && !by_members)
        TRY(result_over(level, node));
    uint32_t count = (*node)->outputs.count;
    if ((*node)->plan->tag == PLAN_RESULT && (*node)->plan->target_count == 0 && count == 0 &&
        (*node)->row.count > 0) { /* a Result just made: pass all on first */
        ExprList all = (*node)->row;
        TRY(set_targets(level, *node, &all, NULL, NULL));
        count = all.count;
    }
    ExprList wider = {count, count, NULL};
    wider.items = arena_array(arena, Expr *, count + 1);
    memcpy(wider.items, (*node)->outputs.items, count * sizeof(Expr *));
    const char **names = arena_array(arena, const char *, count + 1);
    bool *junk = arena_array(arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = (*node)->plan->targets[i].name;
        junk[i] = (*node)->plan->targets[i].junk;
    }
    wider.items[count] = expr;
    wider.count = wider.capacity = count + 1;
    junk[count] = true;
    if (by_members)
        TRY(project_members(level, *node, &wider, names, junk));
    TRY(set_targets(level, *node, &wider, names, junk));
    *column_out = count;
    return STATUS_OK;
}

Node *node_over(Planner *planner, Plan *plan, Node *child) {
    Node *node = arena_new(planner->arena, Node);
    node->shape = NODE_PASS;
    node->plan = plan;
    node->left = child;
    node->outputs = child->outputs;
    node->keys = child->keys;
    plan->left = child->plan;
    plan->target_count = child->plan->target_count;
    plan->targets = arena_array(planner->arena, PlanTarget, plan->target_count + 1);
    for (uint32_t i = 0; i < plan->target_count; i++) {
        plan->targets[i] = child->plan->targets[i];
        plan->targets[i].expr =
            (Expr *)expr_slot(planner->arena, SLOT_LEFT, (int32_t)i, child->outputs.items[i]);
    }
    plan->identity = true;
    return node;
}

Node *node_row(Planner *planner, Plan *plan, Node *child, const ExprList *row) {
    Node *node = arena_new(planner->arena, Node);
    node->shape = NODE_ROW;
    node->plan = plan;
    node->left = child;
    node->row = *row;
    plan->left = child == NULL ? NULL : child->plan;
    return node;
}

/* ---- sorts ---- */

static Status sort_over(Level *level, Node **node, SortKey *keys, uint32_t count, double limit,
                        uint32_t presorted) {
    Planner *planner = level->planner;
    const Plan *child = (*node)->plan;
    PlanSort *sort = PLAN_NEW(planner, PlanSort, PLAN_SORT);
    sort->keys = keys;
    sort->key_count = count;
    sort->presorted = presorted;
    sort->bound = limit > 0 ? limit : -1;
    double rows = child->rows;
    double startup = child->total_cost + sort_cost(planner, rows, child->width, limit, count);
    double total = startup + planner->settings->cpu_operator_cost * rows;
    if (presorted > 0) { /* by groups of equal leading keys */
        double groups = fmax(1, rows / 200);
        double run = (child->total_cost - child->startup_cost) +
                     sort_cost(planner, rows / groups, child->width, -1, count) * groups;
        startup = child->startup_cost + run / groups;
        total = child->startup_cost + run + planner->settings->cpu_tuple_cost * rows;
    }
    if (!planner->settings->enable_sort)
        startup += 1e10, total += 1e10;
    Node *over = node_over(planner, (Plan *)sort, *node);
    plan_costs((Plan *)sort, startup, total, rows, child->width);
    over->keys = (PathKeys){0};
    *node = over;
    return STATUS_OK;
}

Status node_sort_columns(Level *level, Node **node, const ExprList *exprs, const SortList *sort,
                         SortKey **keys_out, uint32_t *count_out) {
    SortKey *keys = *keys_out = arena_array(level->planner->arena, SortKey, sort->count + 1);
    uint32_t count = *count_out = 0;
    for (uint32_t i = 0; i < sort->count; i++) {
        uint32_t column;
        bool repeated = false;
        if (exprs->items[i]->tag == EXPR_CONST)
            continue;
        TRY(node_need(level, node, exprs->items[i], &column));
        for (uint32_t k = 0; k < count; k++)
            repeated |= keys[k].column == column;
        if (repeated)
            continue;
        keys[count++] = (SortKey){column, sort->items[i].sort_op, exprs->items[i]->collation,
                                  sort->items[i].descending, sort->items[i].nulls_first};
    }
    *count_out = count;
    return STATUS_OK;
}

Status node_sort(Level *level, Node **node, const ExprList *exprs, const SortList *sort,
                 double limit, uint32_t presorted) {
    SortKey *keys;
    uint32_t count;
    TRY(node_sort_columns(level, node, exprs, sort, &keys, &count));
    if (count == 0)
        return STATUS_OK;
    return sort_over(level, node, keys, count, limit, MIN(presorted, count - 1));
}

Oid family_less(Planner *planner, Oid family, Oid type, bool descending) {
    const OpfamilyDesc *desc = NULL;
    int16_t strategy = descending ? BTREE_GREATER : BTREE_LESS;
    status_free(catalog_opfamily(planner->catalog, family, &desc));
    if (desc == NULL)
        return 0;
    Oid op = opfamily_operator(desc, type, type, strategy);
    for (uint32_t i = 0; i < desc->operator_count && op == 0; i++)
        if (desc->operators[i].strategy == strategy)
            op = desc->operators[i].oper;
    return op;
}

typedef struct Given {
    const ExprList *left, *right; /* rows an expression is computed from; right may be NULL */
    bool whole;                   /* more than columns may be taken from them */
} Given;

static bool lacks_column(Expr *expr, void *arg) {
    const Given *given = arg;
    bool column = expr->tag == EXPR_COLUMN;
    if (column || given->whole) {
        if (list_find(given->left, expr) >= 0 ||
            (given->right != NULL && list_find(given->right, expr) >= 0))
            return false;
        if (column)
            return true;
    }
    return expr_walk(expr, lacks_column, arg);
}

/* Has the node all it needs to compute a value of its relations? A join does without columns that
 * nothing above it reads. */
static bool node_can_compute(const Node *node, Expr *expr) {
    Given given = {.whole = true};
    switch (node->shape) {
    case NODE_SCAN:
        return true;
    case NODE_JOIN:
        given.left = &node->left->outputs;
        given.right = &node->right->outputs;
        given.whole = !node->left_nulled && !node->right_nulled;
        break;
    case NODE_ROW:
        given.left = &node->row;
        break;
    case NODE_PASS:
        given.left = &node->outputs;
        break;
    }
    return node_find(node, expr) >= 0 || !lacks_column(expr, &given);
}

/* The member of a class to sort a node's rows by; NULL: none. */
static EquivMember *sort_member(const Node *node, const EquivClass *ec, const BitSet *rels) {
    EquivMember *computable = NULL;
    for (size_t m = 0; m < ec->members.count; m++) {
        EquivMember *member = ec->members.items[m];
        if (member->is_const || !bitset_subset(member->rels, rels))
            continue;
        if (node_find(node, member->expr) >= 0)
            return member;
        if (computable == NULL && node_can_compute(node, member->expr))
            computable = member;
    }
    return computable;
}

/* Sorts by path keys: by a member of each class that the node has or can compute. */
Status node_sort_keys(Level *level, Node **node, PathKeys path_keys) {
    SortKey *keys = arena_array(level->planner->arena, SortKey, path_keys.count + 1);
    const Rel *of = (*node)->rel;
    BitSet *rels = of == NULL ? NULL : of->parent != NULL ? of->parent->relids : of->relids;
    uint32_t count = 0;
    for (uint32_t i = 0; i < path_keys.count; i++) {
        EquivClass *ec = ec_find(path_keys.keys[i].ec);
        const EquivMember *member = sort_member(*node, ec, rels);
        uint32_t column;
        if (member == NULL)
            return error(ERR_INTERNAL_ERROR, "a sort key is missing from a plan");
        TRY(node_need(level, node, member->expr, &column));
        keys[count++] =
            (SortKey){column,
                      family_less(level->planner, path_keys.keys[i].family, member->type,
                                  path_keys.keys[i].descending),
                      ec->collation, path_keys.keys[i].descending, path_keys.keys[i].nulls_first};
    }
    Rel *rel = (*node)->rel;
    TRY(sort_over(level, node, keys, count, -1, 0));
    (*node)->rel = rel;
    (*node)->keys = path_keys;
    return STATUS_OK;
}
