/*
 * op_nested_loop.c: for each left row, the right side with its parameters set.
 *
 * Right rows are copied next to each other, so that many small runs of the right side (index look-
 * ups) leave as one batch. A large right batch of an inner join goes out as it is, the left row as
 * constants.
 */
#include "executor/join.h"

typedef struct NestedLoop {
    JoinNode join;
    const PlanNestedLoop *plan;
    ProgNode **values;      /* of the loop parameters */
    const Vector **vectors; /* their values over the left batch */
    BitSet *params;
    uint32_t place;    /* in the left batch's selection */
    bool in_row;       /* the right side is running for it */
    const Batch *held; /* a right batch that waits for room */
    RowHeap heap;      /* right rows of the pairs */
    Register *constants;
    Arena left_arena; /* parameter values of the left batch */
} NestedLoop;

static Status loop_start_row(NestedLoop *nl) {
    Node *node = &nl->join.node;
    uint32_t row = selection_row(nl->join.left_batch->selection, nl->place);
    for (uint32_t i = 0; i < nl->plan->loop_param_count; i++) {
        const Vector *v = nl->vectors[i];
        bool is_null = vector_is_null(v, row);
        exec_param_set(node->exec, nl->plan->loop_params[i].param,
                       is_null ? (Datum){.i64 = 0} : vector_at(v, row), is_null);
    }
    Rescan rescan = {.changed = nl->params};
    nl->in_row = true;
    return node_rescan(node->right, &rescan);
}

static Status loop_next_left(NestedLoop *nl, bool *end_out) {
    Node *node = &nl->join.node;
    const Batch *batch;
    TRY(node_next(node->left, &batch));
    *end_out = batch == NULL;
    join_left_batch(&nl->join, batch);
    nl->place = 0;
    if (batch == NULL)
        return STATUS_OK;
    arena_reset(&nl->left_arena);
    ProgContext ctx = node_context(node, batch, NULL);
    ctx.arena = &nl->left_arena;
    for (uint32_t i = 0; i < nl->plan->loop_param_count; i++)
        TRY(prog_eval(nl->values[i], &ctx, batch->selection, &nl->vectors[i]));
    return STATUS_OK;
}

static Status loop_copy_rows(NestedLoop *nl, const Batch *right, uint32_t left_row) {
    JoinNode *join = &nl->join;
    /* Keys are none: stored columns are the right columns in order. */
    SELECTION_FOREACH(right->selection, row) {
        uint8_t *copy;
        TRY(row_heap_add_behind(&nl->heap, sizeof(RightLink), &join->stored, right, row, &copy));
        join_pair(join, left_row, copy);
    }
    return STATUS_OK;
}

/* The right batch as the node's row. */
static Status loop_direct(NestedLoop *nl, const Batch *right, uint32_t left_row) {
    Node *node = &nl->join.node;
    Arena *arena = &node->exec->arena;
    for (uint32_t c = 0; c < nl->join.left_count; c++) {
        const Vector *v = &nl->join.left_batch->columns[c];
        bool is_null = vector_is_null(v, left_row);
        Datum value = is_null ? (Datum){.i64 = 0} : vector_at(v, left_row);
        node->row.columns[c] =
            *register_constant(&nl->constants[c], arena, v->phys, value, is_null);
    }
    for (uint32_t c = 0; c < nl->join.right_count; c++)
        node->right_row.columns[c] = right->columns[c];
    node->row.row_count = node->right_row.row_count = right->row_count;
    Selection sel = right->selection;
    ProgContext ctx = node_context(node, &node->row, &node->right_row);
    uint16_t *rows = arena_alloc(&node->batch_arena, sizeof(uint16_t) * (sel.count + 1u));
    uint32_t before = sel.count;
    TRY(prog_filter(nl->join.conditions, nl->join.condition_count, &ctx, &sel, rows));
    if (node->stats != NULL)
        node->stats->join_filtered += before - sel.count;
    node->row.selection = sel;
    return STATUS_OK;
}

#define DIRECT_ROWS_MIN 256u

/* Semi and anti joins: true once some right row matches. */
static Status loop_any_match(NestedLoop *nl, uint32_t left_row, bool *match_out) {
    Node *node = &nl->join.node;
    const Batch *right;
    *match_out = false;
    while (!*match_out) {
        TRY(node_next(node->right, &right));
        if (right == NULL)
            return STATUS_OK;
        if (nl->join.condition_count == 0) {
            *match_out = true;
            return STATUS_OK;
        }
        TRY(loop_direct(nl, right, left_row));
        *match_out = node->row.selection.count > 0;
    }
    return STATUS_OK;
}

static Status loop_semi(NestedLoop *nl) {
    JoinNode *join = &nl->join;
    Node *node = &join->node;
    bool end;
    if (join->left_batch == NULL || nl->place >= join->left_batch->selection.count) {
        TRY(loop_next_left(nl, &end));
        if (end) {
            join_end(join);
            return STATUS_OK;
        }
    }
    const Batch *batch = join->left_batch;
    uint32_t n = 0;
    uint16_t *rows = arena_alloc(&node->batch_arena, sizeof(uint16_t) * batch->selection.count);
    uint64_t wanted = node->filter_count == 0 ? node->limit_rows : UINT64_MAX;
    for (; nl->place < batch->selection.count && n < wanted; nl->place++) {
        uint32_t row = selection_row(batch->selection, nl->place);
        bool match;
        Status s = loop_start_row(nl);
        if (status_ok(s))
            s = loop_any_match(nl, row, &match);
        if (UNLIKELY(!status_ok(s))) {
            TRY(node_hold_back(node, n, s));
            break;
        }
        if (match == (join->kind == JOIN_SEMI))
            rows[n++] = (uint16_t)row;
        TRY(fiber_check_interrupt());
    }
    for (uint32_t c = 0; c < join->left_count; c++)
        node->row.columns[c] = batch->columns[c];
    node->row.row_count = batch->row_count;
    node->row.selection = (Selection){rows, n};
    return STATUS_OK;
}

typedef enum LoopStep { LOOP_MORE, LOOP_FLUSH, LOOP_DIRECT } LoopStep;

/* One step of the right side for the current left row. LOOP_DIRECT: node->row is set. */
static Status loop_step(NestedLoop *nl, LoopStep *step_out) {
    JoinNode *join = &nl->join;
    Node *node = &join->node;
    uint32_t row = selection_row(join->left_batch->selection, nl->place);
    const Batch *right = nl->held;
    *step_out = LOOP_MORE;
    nl->held = NULL;
    if (!nl->in_row)
        TRY(loop_start_row(nl));
    if (right == NULL)
        TRY(node_next(node->right, &right));
    if (right != NULL && join->kind == JOIN_INNER && join->pair_count == 0 &&
        right->selection.count >= DIRECT_ROWS_MIN) {
        *step_out = LOOP_DIRECT;
        return loop_direct(nl, right, row);
    }
    if (right != NULL && join->pair_count + right->selection.count > BATCH_ROWS) {
        nl->held = right;
        *step_out = LOOP_FLUSH;
        return STATUS_OK;
    }
    if (right != NULL)
        TRY(loop_copy_rows(nl, right, row));
    if (right == NULL || (join->plan->inner_unique && join->condition_count == 0)) {
        if (join->kind == JOIN_LEFT)
            join_pair(join, row, NULL);
        nl->in_row = false;
        nl->place++;
    }
    return STATUS_OK;
}

static Status nested_loop_produce(Node *node) {
    NestedLoop *nl = (NestedLoop *)node;
    JoinNode *join = &nl->join;
    if (join->kind == JOIN_SEMI || join->kind == JOIN_ANTI)
        return loop_semi(nl);
    row_heap_free(&nl->heap);
    uint64_t wanted = node->filter_count == 0 ? node->limit_rows : UINT64_MAX;
    for (;;) {
        bool end;
        LoopStep step;
        if (join->left_batch == NULL || nl->place >= join->left_batch->selection.count) {
            if (join->pair_count > 0)
                return join_flush(join);
            TRY(loop_next_left(nl, &end));
            if (end) {
                join_end(join);
                return STATUS_OK;
            }
        }
        Status s = loop_step(nl, &step);
        if (UNLIKELY(!status_ok(s))) {
            TRY(node_hold_back(node, join->pair_count, s));
            return join_flush(join);
        }
        if (step == LOOP_DIRECT)
            return STATUS_OK;
        if (step == LOOP_FLUSH || join_full(join) || join->pair_count >= wanted)
            return join_flush(join);
        TRY(fiber_check_interrupt());
    }
}

static Status nested_loop_rescan(Node *node, const Rescan *rescan) {
    NestedLoop *nl = (NestedLoop *)node;
    nl->in_row = false;
    nl->held = NULL;
    nl->join.pair_count = 0;
    join_left_batch(&nl->join, NULL);
    TRY(node_rescan(node->left, rescan));
    /* The right side is rescanned for each left row with the loop's own parameters only: what else
     * changed it must hear of now. */
    return node_rescan(node->right, rescan);
}

static void nested_loop_close(Node *node) {
    NestedLoop *nl = (NestedLoop *)node;
    row_heap_free(&nl->heap);
    arena_destroy(&nl->left_arena);
}

Status nested_loop_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanNestedLoop *p = (const PlanNestedLoop *)plan;
    NestedLoop *nl;
    TRY(node_init(exec, plan, sizeof(*nl), nested_loop_produce, nested_loop_rescan, &nl));
    nl->plan = p;
    row_heap_init(&nl->heap, &exec->account);
    arena_init(&nl->left_arena, &exec->account);
    nl->join.node.close = nested_loop_close;
    TRY(join_init(&nl->join, NULL));
    nl->values = arena_array(&exec->arena, ProgNode *, p->loop_param_count + 1);
    nl->vectors = arena_array(&exec->arena, const Vector *, p->loop_param_count + 1);
    for (uint32_t i = 0; i < p->loop_param_count; i++) {
        TRY(prog_compile(exec, p->loop_params[i].value, &nl->values[i]));
        nl->params = bitset_add(&exec->arena, nl->params, (int)p->loop_params[i].param);
    }
    nl->constants = arena_array(&exec->arena, Register, nl->join.left_count + 1);
    *node_out = &nl->join.node;
    return STATUS_OK;
}
