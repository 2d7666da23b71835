/*
 * explain_expr.c: a plan's expressions as text.
 *
 * In a plan a column is a place in the input row. Here each is followed down the tree until something
 * has a name: a relation's column, or an expression that some node computes, which then stands in
 * parentheses. A parameter that a nested loop or a subplan's caller sets is followed upwards to what it
 * is set to; one that an init plan sets has no better name than $n.
 */
#include "executor/explain_int.h"

#include "planner/deparse.h"
#include "runtime/fiber.h"

typedef struct Mapping {
    Explain *x;
    const ExplainAt *at;
} Mapping;

static Expr *map_expr(Expr *expr, void *arg);

static const ExplainAt *place(Explain *x, const Plan *plan, const ExplainAt *up) {
    ExplainAt *at = arena_new(x->arena, ExplainAt);
    *at = (ExplainAt){.plan = plan, .up = up};
    return at;
}

static const ExplainAt *input_place(Explain *x, const ExplainAt *at) {
    ExplainAt *copy = arena_new(x->arena, ExplainAt);
    *copy = *at;
    copy->input = true;
    return copy;
}

static Expr *fail(Explain *x, const Expr *like, const char *what) {
    if (status_ok(x->failure))
        x->failure = error(ERR_INTERNAL_ERROR, "%s", what);
    return (Expr *)like;
}

static Expr *named_column(Explain *x, uint32_t rt_index, int32_t attno, const ExprSlot *slot) {
    if (rt_index == 0 || rt_index > x->names.range_count)
        return fail(x, (const Expr *)slot, "column of an unknown relation in a plan");
    if (attno == SYS_ROWID)
        attno = SYS_CTID;
    return (Expr *)expr_column(x->arena, rt_index, (int16_t)attno, slot->type, slot->typmod,
                               slot->collation, 0);
}

uint32_t explain_scan_relation(const Plan *plan) {
    switch (plan->tag) {
    case PLAN_SEQ_SCAN:
    case PLAN_TID_SCAN:
    case PLAN_INDEX_SCAN:
    case PLAN_BITMAP_SCAN:
    case PLAN_POINT_GET:
        return ((const PlanScan *)plan)->rt_index;
    case PLAN_FUNCTION_SCAN:
        return ((const PlanFunctionScan *)plan)->rt_index;
    case PLAN_TABLE_FUNC_SCAN:
        return ((const PlanTableFuncScan *)plan)->rt_index;
    case PLAN_VALUES_SCAN:
        return ((const PlanValuesScan *)plan)->rt_index;
    case PLAN_CTE_SCAN:
        return ((const PlanCteScan *)plan)->rt_index;
    case PLAN_WORK_TABLE_SCAN:
        return ((const PlanWorkTableScan *)plan)->rt_index;
    case PLAN_TRANSITION_SCAN:
        return ((const PlanTransitionScan *)plan)->rt_index;
    case PLAN_SUBQUERY_SCAN:
        return ((const PlanSubqueryScan *)plan)->rt_index;
    default:
        return 0;
    }
}

/* The column of a scan, or of the table that a change is about. NULL: the slot is an input's. */
static Expr *own_column(Explain *x, const Plan *plan, const ExprSlot *slot) {
    if (slot->side == SLOT_TARGET || slot->side == SLOT_EXCLUDED) {
        int32_t attno = slot->column == SLOT_WHOLE_ROW ? 0
                        : slot->column < 0             ? slot->column
                                                       : slot->column + 1;
        uint32_t rt_index = x->excluded;
        if (slot->side == SLOT_TARGET)
            rt_index = plan->tag == PLAN_MODIFY ? ((const PlanModify *)plan)->rt_index
                                                : explain_scan_relation(plan);
        return named_column(x, rt_index, attno, slot);
    }
    uint32_t rt_index = explain_scan_relation(plan);
    if (rt_index == 0)
        return NULL;
    if (plan->tag == PLAN_SEQ_SCAN || plan->tag == PLAN_TID_SCAN || plan->tag == PLAN_INDEX_SCAN ||
        plan->tag == PLAN_BITMAP_SCAN || plan->tag == PLAN_POINT_GET) {
        const PlanScan *scan = (const PlanScan *)plan;
        if (slot->column < 0 || (uint32_t)slot->column >= scan->column_count)
            return fail(x, (const Expr *)slot, "column of a scan is out of range");
        return named_column(x, rt_index, scan->columns[slot->column], slot);
    }
    return named_column(x, rt_index, slot->column + 1, slot);
}

static const Plan *input_of(const Plan *plan, SlotSide side) {
    if (plan->tag == PLAN_APPEND)
        return ((const PlanAppend *)plan)->children[0];
    if (plan->tag == PLAN_MERGE_APPEND)
        return ((const PlanMergeAppend *)plan)->children[0];
    return side == SLOT_RIGHT ? plan->right : plan->left;
}

/* A column of the row that an aggregation or window node makes; NULL: it is the input's. */
static Expr *made_column(const Plan *plan, uint32_t column) {
    if (plan->tag == PLAN_AGGREGATE) {
        const PlanAggregate *agg = (const PlanAggregate *)plan;
        if (column < agg->keys.count)
            return agg->keys.items[column];
        column -= agg->keys.count;
        if (column < agg->agg_count)
            return (Expr *)agg->aggs[column];
        column -= agg->agg_count;
        return column < agg->grouping_count ? (Expr *)agg->groupings[column] : NULL;
    }
    const PlanWindow *window = (const PlanWindow *)plan;
    uint32_t input = plan->left->target_count;
    return column >= input && column - input < window->call_count
               ? (Expr *)window->calls[column - input]
               : NULL;
}

/* Where it is computed: what a finalizing aggregation combines is, by the partial one below its gather. */
static const ExplainAt *made_place(Explain *x, const ExplainAt *at, const Expr *made) {
    const PlanAggregate *agg = (const PlanAggregate *)at->plan;
    if (agg->tag == PLAN_AGGREGATE && agg->phase == AGG_FINALIZE && made->tag == EXPR_AGG) {
        at = place(x, agg->left, at);
        at = place(x, agg->left->left, at);
    }
    return input_place(x, at);
}

/* What an Append over a table's children puts out: the table's columns. NULL: it is no such. */
static Expr *shown_by_append(const Plan *plan, uint32_t column) {
    const ExprList *shown = plan->tag == PLAN_APPEND ? &((const PlanAppend *)plan)->shown
                            : plan->tag == PLAN_MERGE_APPEND
                                ? &((const PlanMergeAppend *)plan)->shown
                                : NULL;
    uint32_t rt_index = plan->tag == PLAN_APPEND         ? ((const PlanAppend *)plan)->rt_index
                        : plan->tag == PLAN_MERGE_APPEND ? ((const PlanMergeAppend *)plan)->rt_index
                                                         : 0;
    return rt_index != 0 && column < shown->count ? shown->items[column] : NULL;
}

/*
 * What a slot stands for. The answer is in terms of *at_out, unless that is NULL: then it is a named
 * column. *wrap: DEPARSE_WRAP_ flags, as it is computed by another node.
 */
static Expr *follow_slot(Explain *x, const ExplainAt *at, Expr *expr, const ExplainAt **at_out,
                         uint32_t *wrap) {
    *wrap = 0;
    while (expr->tag == EXPR_SLOT) {
        const ExprSlot *slot = (const ExprSlot *)expr;
        const Plan *plan = at->plan;
        Expr *found = own_column(x, plan, slot);
        if (found != NULL) {
            *at_out = NULL;
            return found;
        }
        if ((plan->tag == PLAN_AGGREGATE || plan->tag == PLAN_WINDOW) && !at->input) {
            found = made_column(plan, (uint32_t)slot->column);
            at = found == NULL ? input_place(x, at) : made_place(x, at, found);
            if (found != NULL) {
                if (plan->tag == PLAN_AGGREGATE && found->tag != EXPR_AGG &&
                    found->tag != EXPR_GROUPING)
                    *wrap |= DEPARSE_WRAP_PAREN;
                if (found->tag == EXPR_AGG && ((const PlanAggregate *)plan)->phase == AGG_PARTIAL)
                    *wrap |= DEPARSE_WRAP_PARTIAL;
                expr = found;
                continue;
            }
        }
        found = shown_by_append(plan, (uint32_t)slot->column);
        if (found != NULL) {
            const ExprColumn *column = (const ExprColumn *)found;
            *at_out = NULL;
            return found->tag == EXPR_COLUMN
                       ? named_column(x, column->rt_index, column->attno, slot)
                       : found;
        }
        const Plan *input = input_of(plan, slot->side);
        *at_out = NULL;
        if (input == NULL || slot->column < 0 || (uint32_t)slot->column >= input->target_count)
            return fail(x, expr, "column of a plan's input is out of range");
        expr = input->targets[slot->column].expr;
        at = place(x, input, at);
        *wrap |= DEPARSE_WRAP_PAREN;
    }
    *at_out = at;
    return expr;
}

static Expr *wrap(Explain *x, Expr *expr, uint32_t flags) {
    ExprPlaceholder *wrapped = EXPR_NEW(x->arena, ExprPlaceholder, EXPR_PLACEHOLDER);
    wrapped->arg = expr;
    wrapped->id = flags;
    wrapped->type = expr->type;
    wrapped->typmod = expr->typmod;
    wrapped->collation = expr->collation;
    return (Expr *)wrapped;
}

static Expr *map_at(Explain *x, const ExplainAt *at, Expr *expr) {
    Mapping mapping = {x, at};
    return map_expr(expr, &mapping);
}

static Expr *map_slot(Explain *x, const ExplainAt *at, Expr *expr) {
    const ExplainAt *where;
    uint32_t flags;
    Expr *found = follow_slot(x, at, expr, &where, &flags);
    if (where == NULL)
        return found;
    found = map_at(x, where, found);
    return flags != 0 ? wrap(x, found, flags) : found;
}

/* Where an ancestor sets the parameter: the value and its place; NULL: nowhere. */
static Expr *param_source(Explain *x, const ExplainAt *at, uint32_t param,
                          const ExplainAt **at_out) {
    for (at = at->up; at != NULL; at = at->up) {
        if (at->subplan != NULL) {
            for (uint32_t i = 0; i < at->subplan->args.count; i++)
                if (at->subplan->param_ids[i] == param) {
                    *at_out = at->up;
                    return at->subplan->args.items[i];
                }
            continue;
        }
        if (at->plan->tag != PLAN_NESTED_LOOP)
            continue;
        const PlanNestedLoop *loop = (const PlanNestedLoop *)at->plan;
        for (uint32_t i = 0; i < loop->loop_param_count; i++)
            if (loop->loop_params[i].param == param) {
                *at_out = place(x, at->plan, at->up);
                return loop->loop_params[i].value;
            }
    }
    return NULL;
}

static Expr *map_param(Explain *x, const ExplainAt *at, Expr *expr) {
    const ExprParam *param = (const ExprParam *)expr;
    const ExplainAt *where;
    Expr *source = param->kind == PARAM_EXEC ? param_source(x, at, param->number, &where) : NULL;
    if (source == NULL)
        return expr;
    bool simple = source->tag == EXPR_SLOT || source->tag == EXPR_PARAM;
    return wrap(x, map_at(x, where, source),
                DEPARSE_WRAP_PREFIX | (simple ? 0 : DEPARSE_WRAP_PAREN));
}

static Expr *map_expr(Expr *expr, void *arg) {
    const Mapping *mapping = arg;
    Explain *x = mapping->x;
    if (!status_ok(x->failure))
        return expr;
    x->failure = fiber_stack_check();
    if (!status_ok(x->failure))
        return expr;
    switch (expr->tag) {
    case EXPR_SLOT:
        return map_slot(x, mapping->at, expr);
    case EXPR_PARAM:
        return map_param(x, mapping->at, expr);
    case EXPR_SUB_PLAN:
        return expr;
    default:
        return expr_map(x->arena, expr, map_expr, arg);
    }
}

static Status mapped_text(Explain *x, Expr *mapped, bool prefix, bool show_implicit,
                          const char **text_out) {
    Status failure = x->failure;
    x->failure = STATUS_OK;
    TRY(failure);
    return deparse_plan_expr(&x->session->env, x->arena, mapped, &x->names, prefix, show_implicit,
                             text_out);
}

Status explain_expr_text(Explain *x, const ExplainAt *at, Expr *expr, bool prefix,
                         bool show_implicit, const char **text_out) {
    return mapped_text(x, map_at(x, at, expr), prefix, show_implicit, text_out);
}

Status explain_input_text(Explain *x, const ExplainAt *at, uint32_t column, bool prefix,
                          const char **text_out) {
    const Plan *input = input_of(at->plan, SLOT_LEFT);
    if (input == NULL || column >= input->target_count)
        return error(ERR_INTERNAL_ERROR, "no target for key %u", column);
    Expr *shown = shown_by_append(at->plan, column);
    if (shown != NULL)
        return explain_expr_text(x, at, shown, prefix, true, text_out);
    const ExplainAt *below = place(x, input, at);
    return explain_expr_text(x, below, input->targets[column].expr, prefix, true, text_out);
}

Oid explain_input_type(const ExplainAt *at, uint32_t column) {
    const Plan *input = input_of(at->plan, SLOT_LEFT);
    return input != NULL && column < input->target_count ? input->targets[column].expr->type : 0;
}

bool explain_prefix(const Explain *x) { return x->statement->range_count > 1 || x->verbose; }

/* ---- subplans ---- */

typedef struct SubPlanWalk {
    Explain *x;
    const ExplainAt *at;
    SubPlanVisit visit; /* NULL: only to know whether there is one */
    bool found;
    Status status;
} SubPlanWalk;

static bool find_subplans(Expr *expr, void *arg) {
    SubPlanWalk *walk = arg;
    if (expr == NULL)
        return false;
    walk->status = fiber_stack_check();
    if (status_ok(walk->status) && expr->tag == EXPR_SUB_PLAN) {
        walk->found = true;
        if (walk->visit != NULL)
            walk->status = walk->visit(walk->x, walk->at, (const ExprSubPlan *)expr);
    }
    return !status_ok(walk->status) || expr_walk(expr, find_subplans, walk);
}

static void find_in_list(SubPlanWalk *walk, const ExprList *list) {
    for (uint32_t i = 0; i < list->count && status_ok(walk->status); i++)
        find_subplans(list->items[i], walk);
}

static void find_in_joins(SubPlanWalk *walk, const Plan *plan) {
    find_in_list(walk, &((const PlanJoin *)plan)->conditions);
    if (plan->tag == PLAN_NESTED_LOOP) {
        const PlanNestedLoop *loop = (const PlanNestedLoop *)plan;
        for (uint32_t i = 0; i < loop->loop_param_count && status_ok(walk->status); i++)
            find_subplans(loop->loop_params[i].value, walk);
    } else if (plan->tag == PLAN_HASH_JOIN) {
        find_in_list(walk, &((const PlanHashJoin *)plan)->left_keys);
        find_in_list(walk, &((const PlanHashJoin *)plan)->right_keys);
    } else {
        find_in_list(walk, &((const PlanMergeJoin *)plan)->left_keys);
        find_in_list(walk, &((const PlanMergeJoin *)plan)->right_keys);
    }
}

static void find_in_upper(SubPlanWalk *walk, const Plan *plan) {
    walk->at = input_place(walk->x, walk->at);
    if (plan->tag == PLAN_AGGREGATE) {
        const PlanAggregate *agg = (const PlanAggregate *)plan;
        find_in_list(walk, &agg->keys);
        for (uint32_t i = 0; i < agg->agg_count && status_ok(walk->status); i++)
            find_subplans((Expr *)agg->aggs[i], walk);
        return;
    }
    const PlanWindow *window = (const PlanWindow *)plan;
    for (uint32_t i = 0; i < window->call_count && status_ok(walk->status); i++)
        find_subplans((Expr *)window->calls[i], walk);
}

static void find_in_modify(SubPlanWalk *walk, const PlanModify *modify) {
    if (modify->on_conflict != NULL) {
        for (uint32_t i = 0; i < modify->on_conflict->set_count && status_ok(walk->status); i++)
            find_subplans(modify->on_conflict->set[i].expr, walk);
        find_in_list(walk, &modify->on_conflict->where);
    }
    for (uint32_t i = 0; i < modify->merge_action_count; i++) {
        const PlanMergeAction *action = &modify->merge_actions[i];
        find_in_list(walk, &action->condition);
        for (uint32_t k = 0; k < action->set_count && status_ok(walk->status); k++)
            find_subplans(action->set[k].expr, walk);
    }
}

static void find_in_plan(SubPlanWalk *walk) {
    const Plan *plan = walk->at->plan;
    for (uint32_t i = 0; i < plan->target_count && status_ok(walk->status); i++)
        find_subplans(plan->targets[i].expr, walk);
    find_in_list(walk, &plan->filter);
    if (status_ok(walk->status))
        find_subplans(plan->one_time, walk);
    if (!status_ok(walk->status))
        return;
    switch (plan->tag) {
    case PLAN_NESTED_LOOP:
    case PLAN_HASH_JOIN:
    case PLAN_MERGE_JOIN:
        find_in_joins(walk, plan);
        break;
    case PLAN_AGGREGATE:
    case PLAN_WINDOW:
        find_in_upper(walk, plan);
        break;
    case PLAN_MODIFY:
        find_in_modify(walk, (const PlanModify *)plan);
        break;
    case PLAN_INDEX_SCAN:
        find_in_list(walk, &((const PlanIndexScan *)plan)->conditions);
        break;
    case PLAN_VALUES_SCAN:
        for (uint32_t i = 0; i < ((const PlanValuesScan *)plan)->value_count; i++)
            find_in_list(walk, &((const PlanValuesScan *)plan)->values[i]);
        break;
    case PLAN_LIMIT:
        find_subplans(((const PlanLimit *)plan)->limit, walk);
        if (status_ok(walk->status))
            find_subplans(((const PlanLimit *)plan)->offset, walk);
        break;
    default:
        break;
    }
}

Status explain_each_subplan(Explain *x, const ExplainAt *at, SubPlanVisit visit) {
    SubPlanWalk walk = {x, at, visit, false, STATUS_OK};
    find_in_plan(&walk);
    return walk.status;
}

bool explain_has_subplan(Explain *x, const ExplainAt *at) {
    SubPlanWalk walk = {x, at, NULL, false, STATUS_OK};
    find_in_plan(&walk);
    status_free(walk.status);
    return walk.found;
}
