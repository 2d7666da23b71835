/*
 * prog_subplan.c: subqueries evaluated per row: EXISTS, scalar, ANY, ALL, ARRAY, rows for
 * UPDATE .. SET (a, b) = (..). An uncorrelated ANY is a hash table made once.
 */
#include "executor/row_table.h"

typedef struct SubPlanNode {
    ProgNode node; /* args: values of the parameters */
    const ExprSubPlan *expr;
    Node *plan;
    const BitSet *params;
    ProgNode *test;
    /* hashed ANY */
    bool built, has_null, is_empty;
    uint32_t key_count;
    ProgNode **left_keys, **right_keys;
    RowEqual equal, right_equal;
    RowTable table;
    uint64_t *hashes;
    const Vector **vectors;
    /* MULTI_EXPR */
    Register *multi;
} SubPlanNode;

static void set_params(SubPlanNode *s, Executor *exec, const Vector *const *args, uint32_t row) {
    for (uint32_t i = 0; i < s->expr->args.count; i++) {
        bool is_null = vector_is_null(args[i], row);
        exec_param_set(exec, s->expr->param_ids[i],
                       is_null ? (Datum){.i64 = 0} : vector_at(args[i], row), is_null);
    }
}

static Status start_plan(SubPlanNode *s, Executor *exec) {
    Rescan rescan = {.changed = s->params};
    if (s->plan == NULL)
        TRY(exec_subplan(exec, s->expr->plan, &s->plan));
    return node_rescan(s->plan, &rescan);
}

static Status more_than_one_row(void) {
    return error(ERR_CARDINALITY_VIOLATION,
                 "more than one row returned by a subquery used as an expression");
}

/* ---- kinds, for one row ---- */

static Status run_exists(SubPlanNode *s, Datum *value_out, bool *null_out) {
    const Batch *batch;
    s->plan->limit_rows = 1;
    TRY(node_next(s->plan, &batch));
    *value_out = datum_bool(batch != NULL);
    *null_out = false;
    return STATUS_OK;
}

static Status run_scalar(SubPlanNode *s, ProgContext *ctx, Datum *value_out, bool *null_out) {
    const Batch *batch;
    *null_out = true;
    TRY(node_next(s->plan, &batch));
    if (batch == NULL)
        return STATUS_OK;
    if (batch->selection.count > 1)
        return more_than_one_row();
    uint32_t row = selection_row(batch->selection, 0);
    *null_out = vector_is_null(&batch->columns[0], row);
    if (!*null_out)
        TRY(datum_copy(ctx->arena, batch->columns[0].phys, vector_at(&batch->columns[0], row),
                       value_out));
    TRY(node_next(s->plan, &batch));
    return batch == NULL ? STATUS_OK : more_than_one_row();
}

/* test over each row of the subquery; ANY is an OR, ALL an AND of the answers. */
static Status run_test(SubPlanNode *s, ProgContext *ctx, uint32_t outer_row, Datum *value_out,
                       bool *null_out) {
    bool any = s->expr->kind == SUBLINK_ANY;
    const Batch *batch;
    bool row_compare = s->expr->kind == SUBLINK_ROW_COMPARE, found = false;
    *value_out = datum_bool(!any);
    *null_out = row_compare;
    for (;;) {
        TRY(node_next(s->plan, &batch));
        if (batch == NULL)
            return STATUS_OK;
        SELECTION_FOREACH(batch->selection, row) {
            Datum answer;
            bool is_null;
            for (uint32_t i = 0; i < s->expr->column_param_count; i++) {
                const Vector *v = &batch->columns[i];
                bool null = vector_is_null(v, row);
                exec_param_set(ctx->exec, s->expr->column_params[i],
                               null ? (Datum){.i64 = 0} : vector_at(v, row), null);
            }
            TRY(prog_eval_row(s->test, ctx, outer_row, &answer, &is_null));
            if (row_compare) {
                if (found)
                    return more_than_one_row();
                found = true;
                *value_out = answer;
                *null_out = is_null;
            } else if (is_null) {
                *null_out = true;
            } else if (answer.b == any) {
                *value_out = datum_bool(any);
                *null_out = false;
                return STATUS_OK;
            }
        }
    }
}

static Status run_row(SubPlanNode *s, ProgContext *ctx, uint32_t row, Datum *value_out,
                      bool *null_out) {
    switch (s->expr->kind) {
    case SUBLINK_EXISTS:
        return run_exists(s, value_out, null_out);
    case SUBLINK_EXPR:
        return run_scalar(s, ctx, value_out, null_out);
    case SUBLINK_ARRAY:
        *null_out = false;
        return exec_collect_array(ctx->exec, s->plan, ctx->arena, s->node.info, value_out);
    default:
        return run_test(s, ctx, row, value_out, null_out);
    }
}

static Status eval_args(SubPlanNode *s, ProgContext *ctx, Selection sel, const Vector ***out) {
    *out = arena_array(ctx->arena, const Vector *, s->node.arg_count + 1);
    for (uint32_t i = 0; i < s->node.arg_count; i++)
        TRY(prog_eval(s->node.args[i], ctx, sel, &(*out)[i]));
    return STATUS_OK;
}

static Status eval_sub_plan(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    SubPlanNode *s = (SubPlanNode *)node;
    const Vector **args;
    TRY(fiber_stack_check());
    TRY(eval_args(s, ctx, sel, &args));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null = false;
        set_params(s, ctx->exec, args, row);
        TRY(start_plan(s, ctx->exec));
        TRY(run_row(s, ctx, row, &value, &is_null));
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

/* ---- UPDATE .. SET (a, b) = (subquery) ---- */

/* Its columns become vectors that the parameters show to the other targets of the same batch. */
static Status eval_multi(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    SubPlanNode *s = (SubPlanNode *)node;
    const Vector **args;
    uint32_t extent = MAX(selection_extent(sel), 1u);
    TRY(eval_args(s, ctx, sel, &args));
    for (uint32_t c = 0; c < s->expr->column_param_count; c++) {
        ExecParam *p = &ctx->exec->exec_params[s->expr->column_params[c]];
        register_flat(&s->multi[c], node->arena, p->phys, extent);
        register_nulls(&s->multi[c], extent);
        p->vector = &s->multi[c].v;
    }
    SELECTION_FOREACH(sel, row) {
        const Batch *batch;
        set_params(s, ctx->exec, args, row);
        TRY(start_plan(s, ctx->exec));
        TRY(node_next(s->plan, &batch));
        for (uint32_t c = 0; c < s->expr->column_param_count; c++) {
            Datum value = {.i64 = 0};
            bool is_null = true;
            if (batch != NULL) {
                if (batch->selection.count > 1)
                    return more_than_one_row();
                uint32_t at = selection_row(batch->selection, 0);
                const Vector *v = &batch->columns[c];
                is_null = vector_is_null(v, at);
                if (!is_null)
                    TRY(datum_copy(ctx->arena, v->phys, vector_at(v, at), &value));
            }
            vector_put(&s->multi[c].v, row, value, is_null);
        }
        if (batch != NULL)
            TRY(node_next(s->plan, &batch));
        if (batch != NULL)
            return more_than_one_row();
    }
    return prog_eval_constant(node, ctx, (Datum){.i64 = 0}, true, out);
}

/* ---- hashed ANY ---- */

static Status hash_build(SubPlanNode *s, ProgContext *ctx) {
    Executor *exec = ctx->exec;
    Arena arena;
    Status status = start_plan(s, exec);
    arena_init(&arena, &exec->account);
    s->is_empty = true;
    s->has_null = false;
    row_table_clear(&s->table);
    while (status_ok(status)) {
        const Batch *batch;
        status = node_next(s->plan, &batch);
        if (!status_ok(status) || batch == NULL)
            break;
        s->is_empty = false;
        arena_reset(&arena);
        ProgContext inner = {.exec = exec, .row_count = batch->row_count, .arena = &arena};
        for (uint32_t i = 0; i < s->expr->column_param_count; i++)
            exec->exec_params[s->expr->column_params[i]].vector = &batch->columns[i];
        for (uint32_t i = 0; i < s->key_count && status_ok(status); i++)
            status = prog_eval(s->right_keys[i], &inner, batch->selection, &s->vectors[i]);
        for (uint32_t i = 0; i < s->expr->column_param_count; i++)
            exec->exec_params[s->expr->column_params[i]].vector = NULL;
        if (!status_ok(status))
            break;
        row_equal_hash_vectors(&s->equal, s->vectors, true, batch->selection, s->hashes);
        for (uint32_t n = 0; n < batch->selection.count && status_ok(status); n++) {
            uint32_t row = selection_row(batch->selection, n);
            bool null = false, is_new;
            uint8_t *stored;
            for (uint32_t i = 0; i < s->key_count; i++)
                null |= vector_is_null(s->vectors[i], row);
            s->has_null |= null;
            status = null ? row_table_write(&s->table, s->vectors, row, s->hashes[row], &stored)
                          : row_table_put(&s->table, &arena, s->vectors, row, s->hashes[row],
                                          &stored, &is_new);
        }
    }
    arena_destroy(&arena);
    s->built = status_ok(status);
    return status;
}

/* Not found: could a NULL make some row equal? */
static Status hash_unknown(SubPlanNode *s, ProgContext *ctx, uint32_t row, bool *null_out) {
    RowTableCursor cursor = {0};
    *null_out = false;
    for (uint8_t *stored; !*null_out && (stored = row_table_next(&s->table, &cursor)) != NULL;) {
        bool differs = false;
        for (uint32_t i = 0; i < s->key_count && !differs; i++) {
            bool equal = true;
            if (!row_is_null(stored, i) && !vector_is_null(s->vectors[i], row))
                TRY(row_equal_pair(&s->equal, ctx->arena, i, vector_at(s->vectors[i], row),
                                   row_get(&s->table.shape, stored, i), &equal));
            differs = !equal;
        }
        *null_out = !differs;
    }
    return STATUS_OK;
}

static Status eval_hashed(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    SubPlanNode *s = (SubPlanNode *)node;
    if (!s->built)
        TRY(hash_build(s, ctx));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, PHYS_BYTE, extent == 0 ? 1 : extent);
    for (uint32_t i = 0; i < s->key_count; i++)
        TRY(prog_eval(s->left_keys[i], ctx, sel, &s->vectors[i]));
    row_equal_hash_vectors(&s->equal, s->vectors, false, sel, s->hashes);
    SELECTION_FOREACH(sel, row) {
        uint8_t *stored = NULL;
        bool left_null = false, is_null = false;
        for (uint32_t i = 0; i < s->key_count; i++)
            left_null |= vector_is_null(s->vectors[i], row);
        if (!left_null)
            TRY(row_table_find(&s->table, ctx->arena, s->vectors, row, s->hashes[row], &stored));
        if (stored == NULL && !s->is_empty && !s->expr->unknown_is_false &&
            (left_null || s->has_null))
            TRY(hash_unknown(s, ctx, row, &is_null));
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, datum_bool(stored != NULL), is_null);
    }
    *out = result;
    return STATUS_OK;
}

static Status compile_hashed(Executor *exec, SubPlanNode *s) {
    ExprList parts = {0};
    expr_conjuncts(&exec->arena, s->expr->test, &parts);
    uint32_t n = s->key_count = parts.count;
    Oid *left = arena_array(&exec->arena, Oid, n + 1),
        *right = arena_array(&exec->arena, Oid, n + 1);
    Oid *ops = arena_array(&exec->arena, Oid, n + 1);
    Oid *collations = arena_array(&exec->arena, Oid, n + 1);
    PhysType *phys = arena_array(&exec->arena, PhysType, n + 1);
    s->left_keys = arena_array(&exec->arena, ProgNode *, n + 1);
    s->right_keys = arena_array(&exec->arena, ProgNode *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const ExprFunc *f = (const ExprFunc *)parts.items[i];
        if (f->tag != EXPR_FUNC || f->args.count != 2)
            return error(ERR_INTERNAL_ERROR, "unexpected test of a hashed subquery");
        left[i] = f->args.items[0]->type;
        right[i] = f->args.items[1]->type;
        ops[i] = f->op;
        collations[i] = f->input_collation;
        TRY(prog_compile(exec, f->args.items[0], &s->left_keys[i]));
        TRY(prog_compile(exec, f->args.items[1], &s->right_keys[i]));
        phys[i] = s->right_keys[i]->phys;
    }
    RowShape shape;
    row_shape_init(&shape, &exec->arena, n, phys);
    TRY(row_equal_init_types(&s->equal, exec, n, left, right, ops, collations));
    TRY(row_equal_init_right(&s->right_equal, exec, n, left, right, ops, collations));
    TRY(row_table_init(&s->table, &exec->account, &shape, &s->equal, 0));
    s->table.stored_equal = &s->right_equal;
    exec_own_table(exec, &s->table);
    s->table.null_equal = false;
    s->hashes = arena_alloc(&exec->arena, sizeof(uint64_t) * BATCH_ROWS);
    s->vectors = arena_array(&exec->arena, const Vector *, n + 1);
    return STATUS_OK;
}

Status prog_compile_sub_plan(Executor *exec, const ExprSubPlan *expr, ProgNode **out) {
    SubPlanNode *s;
    bool hashed = expr->use_hash && expr->kind == SUBLINK_ANY && expr->args.count == 0;
    TRY(prog_node(exec, sizeof(*s),
                  hashed                             ? eval_hashed
                  : expr->kind == SUBLINK_MULTI_EXPR ? eval_multi
                                                     : eval_sub_plan,
                  (const Expr *)expr, &s));
    s->expr = expr;
    s->node.is_volatile = s->node.has_plan = true; /* never folded: its plan decides */
    TRY(prog_compile_args(exec, &s->node, &expr->args));
    /* Whatever it reads may differ from what it was at the last run. */
    s->params = exec->statement->subplans[expr->plan]->params;
    *out = &s->node;
    if (hashed)
        return compile_hashed(exec, s);
    if (expr->test != NULL && expr->kind != SUBLINK_MULTI_EXPR)
        TRY(prog_compile(exec, expr->test, &s->test));
    s->multi = arena_array(&exec->arena, Register, expr->column_param_count + 1);
    return STATUS_OK;
}
