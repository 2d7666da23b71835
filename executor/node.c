/*
 * node.c: the driver that all operators share: build, pull, rescan, close. See exec_int.h.
 */
#include "executor/program.h"

#include "base/mem_guard.h"
#include "runtime/clock.h"

typedef Status (*NodeBuilder)(Executor *exec, const Plan *plan, Node **node_out);

static const NodeBuilder builders[PLAN_TAG_COUNT] = {
#define NODE_BUILDER_ROW(tag, name) [PLAN_##tag] = name##_build,
    NODE_BUILDERS(NODE_BUILDER_ROW)
#undef NODE_BUILDER_ROW
};

Status node_build(Executor *exec, const Plan *plan, Node **node_out) {
    TRY(fiber_stack_check());
    if ((unsigned)plan->tag >= PLAN_TAG_COUNT || builders[plan->tag] == NULL)
        return error(ERR_INTERNAL_ERROR, "unrecognized node type: %d", (int)plan->tag);
    return builders[plan->tag](exec, plan, node_out);
}

/* Counts calls that change what other calls of the same row see: sequences, functions of users. */
typedef struct EffectSearch {
    CatalogSession *catalog;
    Status status;
} EffectSearch;

static bool has_effect(Expr *expr, void *arg) {
    enum { NEXTVAL = 1574, CURRVAL = 1575, SETVAL = 1576, SETVAL3 = 1765, LASTVAL = 2559 };
    EffectSearch *search = arg;
    const ProcDesc *proc;
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_NEXT_VALUE)
        return true;
    if (expr->tag == EXPR_FUNC) {
        Oid function = ((ExprFunc *)expr)->function;
        if (function == NEXTVAL || function == CURRVAL || function == SETVAL ||
            function == SETVAL3 || function == LASTVAL)
            return true;
        if (function >= OID_FIRST_NORMAL && status_ok(search->status)) {
            search->status = catalog_proc_require(search->catalog, function, &proc);
            if (status_ok(search->status) && proc->volatility == 'v')
                return true;
        }
    }
    return expr_walk(expr, has_effect, arg);
}

static Status node_check_effects(Node *node) {
    EffectSearch search = {.catalog = node->exec->session->catalog};
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->plan->target_count && count < 2; i++)
        count += has_effect(node->plan->targets[i].expr, &search);
    TRY(search.status);
    node->in_turn = count >= 2;
    if (node->in_turn)
        node->target_registers =
            arena_zalloc(&node->exec->arena, node->plan->target_count * sizeof(Register));
    return STATUS_OK;
}

static bool sets_many(const PlanTarget *target) {
    return target->expr->tag == EXPR_SUB_PLAN &&
           ((const ExprSubPlan *)target->expr)->kind == SUBLINK_MULTI_EXPR;
}

/* The nth column to compute: subqueries that set several columns run before what reads them. */
static uint32_t column_in_turn(const Node *node, uint32_t n) {
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < node->out.column_count; i++)
            if (sets_many(&node->plan->targets[i]) == (pass == 0) && n-- == 0)
                return i;
    return 0;
}

static Status node_compile(Node *node) {
    Executor *exec = node->exec;
    const Plan *plan = node->plan;
    node->filter_count = plan->filter.count;
    TRY(prog_compile_list(exec, &plan->filter, &node->filter));
    if (plan->one_time != NULL)
        TRY(prog_compile(exec, plan->one_time, &node->one_time));
    bool is_join = plan->tag == PLAN_NESTED_LOOP || plan->tag == PLAN_HASH_JOIN ||
                   plan->tag == PLAN_MERGE_JOIN; /* the row is in two parts */
    if ((!plan->identity || is_join) && plan->tag != PLAN_PROJECT_SET && plan->tag != PLAN_MODIFY) {
        node->targets = arena_array(&exec->arena, ProgNode *, plan->target_count + 1);
        for (uint32_t i = 0; i < plan->target_count; i++) {
            TRY(prog_compile(exec, plan->targets[i].expr, &node->targets[i]));
            node->sets_many |= sets_many(&plan->targets[i]);
        }
        TRY(node_check_effects(node));
        node->out.column_count = plan->target_count;
        node->out.columns = arena_array(&exec->arena, Vector, plan->target_count + 1);
    }
    return STATUS_OK;
}

#define SLICE_FIRST 8u
#define SLICE_BYTES_MAX ((size_t)16 << 20)

Status node_init(Executor *exec, const Plan *plan, size_t bytes, Status (*produce)(Node *),
                 Status (*rescan)(Node *, const Rescan *), void *node_out) {
    Node *node = arena_zalloc(&exec->arena, bytes);
    *(Node **)node_out = node;
    node->exec = exec;
    node->plan = plan;
    node->produce = produce;
    node->rescan = rescan;
    node->limit_rows = UINT64_MAX;
    node->slice = SLICE_FIRST;
    arena_init(&node->batch_arena, &exec->account);
    node->chain = exec->nodes;
    exec->nodes = node;
    if (exec->stats != NULL)
        node->stats = &exec->stats[plan->id];
    for (uint32_t i = 0; i < plan->init_count; i++) {
        const PlanInit *init = &plan->inits[i];
        for (uint32_t j = 0; j < init->param_count; j++)
            exec->exec_params[init->params[j]].init = init;
    }
    if (plan->left != NULL) {
        TRY(node_build(exec, plan->left, &node->left));
        node->uses_work_table |= node->left->uses_work_table;
    }
    if (plan->right != NULL) {
        TRY(node_build(exec, plan->right, &node->right));
        node->uses_work_table |= node->right->uses_work_table;
    }
    return node_compile(node);
}

void node_row_shape(Node *node, uint32_t count) {
    node->row.column_count = count;
    node->row.columns = arena_array(&node->exec->arena, Vector, count + 1);
}

ProgContext node_context(Node *node, const Batch *left, const Batch *right) {
    return (ProgContext){.exec = node->exec,
                         .side = {left, right, NULL, NULL},
                         .row_count = left == NULL ? 1 : left->row_count,
                         .arena = &node->batch_arena};
}

Status exec_pulse(Executor *exec) {
    TRY(fiber_check_interrupt());
    if (fiber_self() != NULL)
        fiber_yield_if_due();
    return arena_check(&exec->arena);
}

/* ---- pulling ---- */

static Status node_check_one_time(Node *node) {
    Datum value;
    bool is_null;
    ProgContext ctx = node_context(node, NULL, NULL);
    node->one_time_checked = true;
    TRY(prog_eval_single(node->one_time, &ctx, &value, &is_null));
    node->one_time_false = is_null || !value.b;
    return STATUS_OK;
}

static uint16_t *node_rows(Node *node, uint32_t count) {
    if (node->filter_rows == NULL || count > BATCH_ROWS)
        node->filter_rows =
            arena_alloc(&node->exec->arena, sizeof(uint16_t) * MAX(count, BATCH_ROWS));
    return node->filter_rows;
}

/* The same, one row after the other. */
static Status node_project_in_turn(Node *node, ProgContext *ctx, Selection sel) {
    uint32_t extent = selection_extent(sel);
    for (uint32_t k = 0; k < sel.count; k++) {
        uint16_t row = (uint16_t)selection_row(sel, k);
        for (uint32_t n = 0; n < node->out.column_count; n++) {
            uint32_t i = node->sets_many ? column_in_turn(node, n) : n;
            Register *reg = &node->target_registers[i];
            const Vector *one;
            TRY(prog_eval(node->targets[i], ctx, (Selection){&row, 1}, &one));
            if (k == 0) {
                register_flat(reg, &node->exec->arena, one->phys, extent);
                register_nulls(reg, extent);
            }
            bool is_null = vector_is_null(one, row);
            Datum value = {0};
            if (!is_null)
                TRY(datum_copy(&node->batch_arena, one->phys, vector_at(one, row), &value));
            vector_put(&reg->v, row, value, is_null);
        }
    }
    for (uint32_t i = 0; i < node->out.column_count; i++)
        node->out.columns[i] = node->target_registers[i].v;
    return STATUS_OK;
}

static Status node_project(Node *node, ProgContext *ctx, Selection sel) {
    node->out.row_count = node->row.row_count;
    node->out.selection = sel;
    if (node->in_turn)
        return node_project_in_turn(node, ctx, sel);
    for (uint32_t n = 0; n < node->out.column_count; n++) {
        uint32_t i = node->sets_many ? column_in_turn(node, n) : n;
        const Vector *v;
        TRY(prog_eval(node->targets[i], ctx, sel, &v));
        node->out.columns[i] = *v;
    }
    return STATUS_OK;
}

/*
 * A batch is computed column by column, so that an error of a later row may come first. Goes through it once
 * more row by row: the rows before the first that fails stand, its error waits for the next round.
 */
static Status node_until_failure(Node *node, ProgContext *ctx, Selection *sel, Status failure) {
    Selection all = node->row.selection;
    uint32_t targets = node->targets != NULL ? node->out.column_count : 0, kept = 0;
    if (all.count <= 1 || node->in_turn || node->sets_many ||
        !prog_may_repeat(ctx->exec, node->filter, node->filter_count) ||
        !prog_may_repeat(ctx->exec, node->targets, targets))
        return failure;
    uint16_t *rows = node_rows(node, node->row.row_count);
    uint32_t k;
    for (k = 0; k < all.count && kept < node->limit_rows; k++) {
        uint16_t row = (uint16_t)selection_row(all, k);
        bool passes;
        Status s = prog_try_row(node->filter, node->filter_count, node->targets, targets, ctx, row,
                                &passes);
        if (!status_ok(s)) {
            status_free(failure);
            if (kept == 0)
                return s;
            status_free(node->pending); /* a later row's */
            node->pending = s;
            break;
        }
        if (passes)
            rows[kept++] = row;
    }
    if (k == all.count)
        return failure; /* what failed does not fail twice */
    if (kept == node->limit_rows)
        status_free(failure);
    *sel = (Selection){rows, kept};
    return kept == 0 || node->targets == NULL ? STATUS_OK : node_project(node, ctx, *sel);
}

Status node_hold_back(Node *node, uint32_t rows, Status failure) {
    if (rows == 0)
        return failure;
    status_free(node->pending);
    node->pending = failure;
    return STATUS_OK;
}

typedef struct Compute {
    Node *node;
    ProgContext *ctx;
    Selection *sel;
} Compute;

static Status node_compute(void *arg) {
    const Compute *compute = arg;
    Node *node = compute->node;
    ProgContext *ctx = compute->ctx;
    Selection *sel = compute->sel;
    if (node->filter_count > 0)
        TRY(prog_filter(node->filter, node->filter_count, ctx, sel,
                        node_rows(node, node->row.row_count)));
    if (sel->count > node->limit_rows)
        sel->count = (uint32_t)node->limit_rows;
    return node->targets != NULL && sel->count > 0 ? node_project(node, ctx, *sel) : STATUS_OK;
}

/* Those that work on what their inputs give them, and neither read nor write tables: they may be left. */
static const bool only_computes[PLAN_TAG_COUNT] = {
    [PLAN_RESULT] = true,      [PLAN_VALUES_SCAN] = true,     [PLAN_CTE_SCAN] = true,
    [PLAN_AGGREGATE] = true,   [PLAN_WINDOW] = true,          [PLAN_SORT] = true,
    [PLAN_UNIQUE] = true,      [PLAN_MATERIALIZE] = true,     [PLAN_MEMOIZE] = true,
    [PLAN_PROJECT_SET] = true, [PLAN_NESTED_LOOP] = true,     [PLAN_HASH_JOIN] = true,
    [PLAN_MERGE_JOIN] = true,  [PLAN_SET_OP] = true,          [PLAN_RECURSIVE_UNION] = true,
    [PLAN_APPEND] = true,      [PLAN_MERGE_APPEND] = true,    [PLAN_WORK_TABLE_SCAN] = true,
    [PLAN_LIMIT] = true,       [PLAN_TABLE_FUNC_SCAN] = true, [PLAN_SUBQUERY_SCAN] = true,
};

static Status call_produce(void *arg) {
    Node *node = arg;
    return node->produce(node);
}

static Status node_produce(Node *node) {
    return only_computes[node->plan->tag] ? mem_guarded(call_produce, node) : node->produce(node);
}

/* The next rows of the rest. */
static Selection node_slice(Node *node) {
    Selection all = node->rest;
    bool computes = node->filter_count > 0 || node->targets != NULL;
    if (LIKELY(all.count <= node->slice || !computes)) {
        node->rest.count = 0;
        return all;
    }
    if (node->slice_rows == NULL)
        node->slice_rows = arena_alloc(&node->exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    if (all.rows == NULL) {
        for (uint32_t i = 0; i < all.count; i++)
            node->slice_rows[i] = (uint16_t)i;
        all.rows = node->slice_rows;
    }
    node->rest = (Selection){all.rows + node->slice, all.count - node->slice};
    return (Selection){all.rows, node->slice};
}

static void node_adapt(Node *node, uint32_t rows) {
    size_t bytes = arena_bytes_since(&node->batch_arena, node->slice_mark);
    if (UNLIKELY(bytes > SLICE_BYTES_MAX))
        node->slice = MAX((uint32_t)((double)rows * SLICE_BYTES_MAX / (double)bytes), 1u);
    else if (node->slice < BATCH_ROWS && rows == node->slice)
        node->slice *= 4;
}

/* One round: makes a batch, which may turn out empty. */
static Status node_step(Node *node, const Batch **batch_out) {
    *batch_out = NULL;
    if (node->one_time != NULL && !node->one_time_checked)
        TRY(node_check_one_time(node));
    if (node->one_time_false || node->done || node->limit_rows == 0)
        return STATUS_OK;
    if (UNLIKELY(!status_ok(node->pending))) {
        Status pending = node->pending;
        node->pending = STATUS_OK;
        return pending;
    }
    if (node->rest.count == 0) {
        arena_reset(&node->batch_arena);
        node->row.row_count = 0;
        node->row.selection = (Selection){NULL, 0};
        TRY(node_produce(node));
        if (node->row.row_count == 0 && node->row.selection.count == 0) {
            node->done = true;
            return STATUS_OK;
        }
        node->rest = node->row.selection;
        node->slice_mark = arena_mark(&node->batch_arena);
    } else {
        arena_release(&node->batch_arena, node->slice_mark);
    }
    ProgContext ctx = node_context(node, &node->row, &node->right_row);
    Selection sel = node_slice(node);
    uint32_t before = sel.count;
    Compute compute = {node, &ctx, &sel};
    Status s = mem_guarded(node_compute, &compute);
    if (UNLIKELY(!status_ok(s)))
        TRY(s.error->state == ERR_OUT_OF_MEMORY ? s : node_until_failure(node, &ctx, &sel, s));
    node_adapt(node, before);
    if (node->stats != NULL && node->filter_count > 0)
        node->stats->filtered += before - sel.count;
    if (node->limit_rows != UINT64_MAX)
        node->limit_rows -= sel.count;
    if (node->targets != NULL && sel.count > 0) {
        *batch_out = &node->out;
    } else {
        node->out.selection = sel;
        node->row.selection = sel;
        *batch_out = node->targets != NULL ? &node->out : &node->row;
    }
    return STATUS_OK;
}

/* Nodes own what no guard outside of them knows: a subquery within an expression is pulled here, too. */
static Status node_pull(Node *node, const Batch **batch_out) {
    MemGuard *outer = mem_guard_top;
    Status s;
    mem_guard_top = NULL;
    do {
        s = exec_pulse(node->exec);
        if (status_ok(s))
            s = node_step(node, batch_out);
    } while (status_ok(s) && *batch_out != NULL && (*batch_out)->selection.count == 0);
    mem_guard_top = outer;
    return s;
}

static Status node_next_timed(Node *node, const Batch **batch_out) {
    bool timing = (node->exec->flags & EXEC_INSTRUMENT_TIMING) != 0;
    uint64_t start = timing ? clock_mono_ns() : 0;
    PlanStats *stats = node->stats;
    bool first = !stats->executed;
    TRY(node_pull(node, batch_out));
    double micros = timing ? (double)(clock_mono_ns() - start) / 1000.0 : 0;
    if (first || stats->loops == 0) {
        stats->loops = MAX(stats->loops, 1.0);
        stats->startup_micros += micros;
    }
    stats->executed = true;
    stats->total_micros += micros;
    if (*batch_out != NULL)
        stats->rows += (*batch_out)->selection.count;
    return STATUS_OK;
}

Status node_next(Node *node, const Batch **batch_out) {
    if (UNLIKELY(node->stats != NULL))
        return node_next_timed(node, batch_out);
    return node_pull(node, batch_out);
}

Status node_rescan(Node *node, const Rescan *rescan) {
    if (node->plan->init_count > 0)
        exec_inits_reset(node->exec, node->plan, rescan);
    if (node->one_time != NULL)
        node->one_time_checked = node->one_time_false = false;
    node->done = false;
    status_free(node->pending);
    node->pending = STATUS_OK;
    node->rest.count = 0;
    node->limit_rows = UINT64_MAX;
    if (node->stats != NULL && node->stats->executed)
        node->stats->loops += 1;
    return node->rescan(node, rescan);
}

void exec_close_nodes(Executor *exec) {
    for (Node *node = exec->nodes; node != NULL; node = node->chain) {
        if (node->close != NULL)
            node->close(node);
        status_free(node->pending);
        arena_destroy(&node->batch_arena);
    }
    exec->nodes = NULL;
}
