/*
 * prog.c: the expression compiler's dispatch, and the simplest nodes: constants, slots, parameters,
 * relabels. See program.h.
 */
#include "executor/program.h"

#include "base/mem_guard.h"

Status prog_node(Executor *exec, size_t bytes, ProgEval eval, const Expr *expr, void *node_out) {
    ProgNode *node = arena_zalloc(&exec->arena, bytes);
    node->eval = eval;
    node->type = expr->type;
    node->arena = &exec->arena;
    TRY(exec_type(exec, expr->type, &node->info));
    node->phys = node->info->phys;
    *(void **)node_out = node;
    return STATUS_OK;
}

static void prog_args_reserve(Executor *exec, ProgNode *node, uint32_t count) {
    node->arg_count = count;
    node->args = arena_array(&exec->arena, ProgNode *, count == 0 ? 1 : count);
    node->arg_regs = arena_array(&exec->arena, Register, count == 0 ? 1 : count);
}

Status prog_compile_args(Executor *exec, ProgNode *node, const ExprList *args) {
    prog_args_reserve(exec, node, args->count);
    for (uint32_t i = 0; i < args->count; i++) {
        TRY(prog_compile(exec, args->items[i], &node->args[i]));
        node->is_volatile |= node->args[i]->is_volatile;
        node->runs_code |= node->args[i]->runs_code;
        node->has_plan |= node->args[i]->has_plan;
    }
    return STATUS_OK;
}

Status prog_compile_arg(Executor *exec, ProgNode *node, const Expr *arg) {
    ExprList one = {.count = 1, .capacity = 1, .items = (Expr *[]){(Expr *)arg}};
    return prog_compile_args(exec, node, &one);
}

Status prog_compile_list(Executor *exec, const ExprList *list, ProgNode ***nodes_out) {
    *nodes_out = arena_array(&exec->arena, ProgNode *, list->count == 0 ? 1 : list->count);
    for (uint32_t i = 0; i < list->count; i++)
        TRY(prog_compile(exec, list->items[i], &(*nodes_out)[i]));
    return STATUS_OK;
}

Status prog_eval_constant(ProgNode *node, ProgContext *ctx, Datum value, bool is_null,
                          const Vector **out) {
    (void)ctx;
    *out = register_constant(&node->reg, node->arena, node->phys, value, is_null);
    return STATUS_OK;
}

/* ---- constants, slots, parameters ---- */

static Status eval_held(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    *out = &node->reg.v;
    return STATUS_OK;
}

static Status compile_const(Executor *exec, const ExprConst *expr, ProgNode **out) {
    ProgNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_held, (const Expr *)expr, &node));
    Datum value = expr->value;
    /* An unknown literal that stayed one is text. */
    register_constant(&node->reg, &exec->arena, node->phys, value, expr->is_null);
    *out = node;
    return STATUS_OK;
}

typedef struct SlotNode {
    ProgNode node;
    SlotSide side;
    int32_t column;
} SlotNode;

static Status eval_slot(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    SlotNode *slot = (SlotNode *)node;
    const Batch *side = ctx->side[slot->side];
    check(side != NULL && (uint32_t)slot->column < side->column_count);
    *out = &side->columns[slot->column];
    return STATUS_OK;
}

static Status eval_target_system(ProgNode *node, ProgContext *ctx, Selection sel,
                                 const Vector **out) {
    SlotNode *slot = (SlotNode *)node;
    const TargetSystem *sys = ctx->target_system;
    Vector *v = register_flat(&node->reg, node->arena, node->phys, selection_extent(sel) + 1);
    bool all_null = sys == NULL;
    if (all_null)
        register_nulls(&node->reg, selection_extent(sel) + 1);
    SELECTION_FOREACH(sel, row) {
        Datum d = {.i64 = 0};
        if (all_null) {
            v->nulls[row] = 1;
            continue;
        }
        switch (slot->column) {
        case SYS_CTID:
            d.i64 = rowid_to_tid(sys->rowids[row]);
            break;
        case SYS_ROWID:
            d.u64 = sys->rowids[row];
            break;
        case SYS_TABLEOID:
            d.u32 = sys->relation;
            break;
        case SYS_XMIN:
            d.u32 = sys->xmins == NULL ? 0 : (uint32_t)sys->xmins[row];
            break;
        default: /* cmin, cmax, xmax: no such thing is kept */
            d.u32 = 0;
            break;
        }
        vector_put(v, row, d, false);
    }
    *out = v;
    return STATUS_OK;
}

static Status compile_slot(Executor *exec, const ExprSlot *expr, ProgNode **out) {
    bool row_side = expr->side == SLOT_TARGET || expr->side == SLOT_EXCLUDED;
    if (row_side && expr->column == SLOT_WHOLE_ROW)
        return prog_compile_whole_row(exec, expr, out);
    SlotNode *slot;
    TRY(prog_node(exec, sizeof(*slot), expr->column < 0 ? eval_target_system : eval_slot,
                  (const Expr *)expr, &slot));
    slot->side = expr->side;
    slot->column = expr->column;
    *out = &slot->node;
    return STATUS_OK;
}

typedef struct ParamNode {
    ProgNode node;
    uint32_t number;
} ParamNode;

static Status eval_param_external(ProgNode *node, ProgContext *ctx, Selection sel,
                                  const Vector **out) {
    const Executor *exec = ctx->exec;
    uint32_t i = ((ParamNode *)node)->number - 1;
    if (exec->params == NULL)
        return error(ERR_UNDEFINED_OBJECT, "no value found for parameter %u", i + 1);
    return prog_eval_constant(node, ctx, exec->params[i],
                              exec->param_nulls != NULL && exec->param_nulls[i], out);
}

static Status eval_param_exec(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    Datum value;
    bool is_null;
    uint32_t number = ((ParamNode *)node)->number;
    if (ctx->exec->exec_params[number].vector != NULL) {
        *out = ctx->exec->exec_params[number].vector;
        return STATUS_OK;
    }
    TRY(exec_param_get(ctx->exec, number, &value, &is_null));
    return prog_eval_constant(node, ctx, value, is_null, out);
}

static Status compile_param(Executor *exec, const ExprParam *expr, ProgNode **out) {
    ParamNode *node;
    ProgEval eval = expr->kind == PARAM_EXTERNAL ? eval_param_external : eval_param_exec;
    TRY(prog_node(exec, sizeof(*node), eval, (const Expr *)expr, &node));
    node->number = expr->number;
    node->node.runs_code = expr->kind != PARAM_EXTERNAL; /* a plan, which has failed half way */
    *out = &node->node;
    return STATUS_OK;
}

static Status eval_case_test(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    check(ctx->case_test != NULL);
    *out = ctx->case_test;
    return STATUS_OK;
}

static Status eval_domain_value(ProgNode *node, ProgContext *ctx, Selection sel,
                                const Vector **out) {
    check(ctx->domain_value != NULL);
    *out = ctx->domain_value;
    return STATUS_OK;
}

static Status compile_held(Executor *exec, const Expr *expr, ProgNode **out) {
    ProgNode *node;
    TRY(prog_node(exec, sizeof(*node),
                  expr->tag == EXPR_CASE_TEST ? eval_case_test : eval_domain_value, expr, &node));
    *out = node;
    return STATUS_OK;
}

/* The same bits: evaluation goes straight to the argument; only the declared type differs. */
static Status eval_relabel(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    return prog_eval(node->args[0], ctx, sel, out);
}

static Status compile_relabel(Executor *exec, const Expr *expr, const Expr *arg, ProgNode **out) {
    ProgNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_relabel, expr, &node));
    TRY(prog_compile_arg(exec, node, arg));
    node->phys = node->args[0]->phys;
    *out = node;
    return STATUS_OK;
}

/* ---- dispatch ---- */

static Status compile_call(Executor *exec, const Expr *expr, ProgNode **out) {
    switch (expr->tag) {
    case EXPR_FUNC:
        return prog_compile_func(exec, (const ExprFunc *)expr, out);
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        return prog_compile_distinct(exec, (const ExprFunc *)expr, out);
    case EXPR_SCALAR_ARRAY_OP:
        return prog_compile_scalar_array(exec, (const ExprScalarArrayOp *)expr, out);
    case EXPR_COERCE_VIA_IO:
        return prog_compile_via_io(exec, (const ExprCoerceViaIo *)expr, out);
    case EXPR_ARRAY_COERCE:
        return prog_compile_array_coerce(exec, (const ExprArrayCoerce *)expr, out);
    case EXPR_ROW_COERCE:
        return prog_compile_row_coerce(exec, (const ExprRowCoerce *)expr, out);
    case EXPR_COERCE_DOMAIN:
        return prog_compile_domain(exec, (const ExprCoerceDomain *)expr, out);
    case EXPR_VALUE_FUNC:
        return prog_compile_value_func(exec, (const ExprValueFunc *)expr, out);
    case EXPR_NEXT_VALUE:
        return prog_compile_next_value(exec, (const ExprNextValue *)expr, out);
    case EXPR_XML:
        return prog_compile_xml(exec, (const ExprXml *)expr, out);
    case EXPR_CURRENT_OF:
        return prog_compile_current_of(exec, (const ExprCurrentOf *)expr, out);
    default:
        return error(ERR_INTERNAL_ERROR, "unrecognized node type: %d", (int)expr->tag);
    }
}

Status prog_compile(Executor *exec, const Expr *expr, ProgNode **node_out) {
    TRY(fiber_stack_check());
    switch (expr->tag) {
    case EXPR_CONST:
        return compile_const(exec, (const ExprConst *)expr, node_out);
    case EXPR_SLOT:
        return compile_slot(exec, (const ExprSlot *)expr, node_out);
    case EXPR_PARAM:
        return compile_param(exec, (const ExprParam *)expr, node_out);
    case EXPR_RELABEL:
        return compile_relabel(exec, expr, ((const ExprRelabel *)expr)->arg, node_out);
    case EXPR_COLLATE:
        return compile_relabel(exec, expr, ((const ExprCollate *)expr)->arg, node_out);
    case EXPR_CASE_TEST:
    case EXPR_DOMAIN_VALUE:
        return compile_held(exec, expr, node_out);
    case EXPR_BOOL:
        return prog_compile_bool(exec, (const ExprBool *)expr, node_out);
    case EXPR_CASE:
        return prog_compile_case(exec, (const ExprCase *)expr, node_out);
    case EXPR_COALESCE:
        return prog_compile_coalesce(exec, (const ExprCoalesce *)expr, node_out);
    case EXPR_MIN_MAX:
        return prog_compile_min_max(exec, (const ExprMinMax *)expr, node_out);
    case EXPR_NULL_TEST:
        return prog_compile_null_test(exec, (const ExprNullTest *)expr, node_out);
    case EXPR_BOOLEAN_TEST:
        return prog_compile_boolean_test(exec, (const ExprBooleanTest *)expr, node_out);
    case EXPR_ROW:
        return prog_compile_row(exec, (const ExprRow *)expr, node_out);
    case EXPR_ARRAY:
        return prog_compile_array(exec, (const ExprArray *)expr, node_out);
    case EXPR_ROW_COMPARE:
        return prog_compile_row_compare(exec, (const ExprRowCompare *)expr, node_out);
    case EXPR_FIELD_SELECT:
        return prog_compile_field_select(exec, (const ExprFieldSelect *)expr, node_out);
    case EXPR_FIELD_STORE:
        return prog_compile_field_store(exec, (const ExprFieldStore *)expr, node_out);
    case EXPR_SUBSCRIPT:
        return prog_compile_subscript(exec, (const ExprSubscript *)expr, node_out);
    case EXPR_SUB_PLAN:
        return prog_compile_sub_plan(exec, (const ExprSubPlan *)expr, node_out);
    default:
        return compile_call(exec, expr, node_out);
    }
}

/* ---- evaluation from outside ---- */

Status prog_eval_single(ProgNode *node, ProgContext *ctx, Datum *value_out, bool *null_out) {
    return prog_eval_row(node, ctx, 0, value_out, null_out);
}

typedef struct EvalOne {
    ProgNode *node;
    ProgContext *ctx;
    Selection sel;
    const Vector **out;
} EvalOne;

static Status eval_one(void *arg) {
    const EvalOne *eval = arg;
    return prog_eval(eval->node, eval->ctx, eval->sel, eval->out);
}

Status prog_eval_row(ProgNode *node, ProgContext *ctx, uint32_t row, Datum *value_out,
                     bool *null_out) {
    uint16_t rows[1] = {(uint16_t)row};
    const Vector *v;
    Selection one = row == 0 ? selection_all(1) : (Selection){rows, 1};
    EvalOne eval = {node, ctx, one, &v};
    bool guarded = node->arg_count == 0 || mem_guard_top != NULL; /* a leaf computes nothing */
    TRY(guarded ? prog_eval(node, ctx, one, &v) : mem_guarded(eval_one, &eval));
    *null_out = vector_is_null(v, row);
    *value_out = *null_out ? (Datum){.i64 = 0} : vector_at(v, row);
    return STATUS_OK;
}

Status prog_filter(ProgNode *const *conditions, uint32_t count, ProgContext *ctx, Selection *sel,
                   uint16_t *rows) {
    for (uint32_t i = 0; i < count && sel->count > 0; i++) {
        const Vector *v;
        TRY(prog_eval(conditions[i], ctx, *sel, &v));
        if (v->form == VEC_CONSTANT) {
            if (vector_is_null(v, 0) || !((const uint8_t *)v->values)[0])
                sel->count = 0;
            continue;
        }
        uint32_t kept = selection_filter(v, *sel, rows);
        if (kept < sel->count)
            *sel = (Selection){rows, kept};
    }
    return STATUS_OK;
}

static bool subplans_may_repeat(Executor *exec) {
    for (uint32_t i = 0; i < exec->statement->subplan_count; i++) {
        Node *plan;
        Status status = exec_subplan(exec, i, &plan);
        if (!status_ok(status)) {
            status_free(status);
            return false;
        }
    }
    return !exec->runs_code;
}

bool prog_may_repeat(Executor *exec, ProgNode *const *nodes, uint32_t count) {
    bool has_plan = false;
    for (uint32_t i = 0; i < count; i++) {
        if (nodes[i]->runs_code)
            return false;
        has_plan |= nodes[i]->has_plan;
    }
    return !has_plan || subplans_may_repeat(exec);
}

Status prog_try_row(ProgNode *const *conditions, uint32_t condition_count, ProgNode *const *targets,
                    uint32_t target_count, ProgContext *ctx, uint16_t row, bool *true_out) {
    const Vector *v;
    *true_out = true;
    for (uint32_t i = 0; i < condition_count && *true_out; i++) {
        TRY(prog_eval(conditions[i], ctx, (Selection){&row, 1}, &v));
        *true_out = !vector_is_null(v, row) && vector_at(v, row).b;
    }
    for (uint32_t i = 0; i < target_count && *true_out; i++)
        TRY(prog_eval(targets[i], ctx, (Selection){&row, 1}, &v));
    return STATUS_OK;
}
