/*
 * op_incremental_sort.c: sorting an input that comes in the order of the leading keys.
 *
 * Rows are sorted a chunk at a time; a chunk ends where the leading keys change, so chunks follow each
 * other in order. The first ones are small, as a Limit above may want few rows; they double up to
 * CHUNK_MAX, past which only rows with equal leading keys make them larger.
 */
#include "executor/sort.h"

#define CHUNK_MIN 32u
#define CHUNK_MAX 8192u

typedef struct IncrementalSort {
    Node node;
    const PlanSort *plan;
    RowShape shape;
    RowOrder order, leading;
    Sorter *sorter;
    const Batch
        *input; /* rows from `place` of its selection on are still to be sorted; NULL: none */
    uint32_t place;
    uint64_t chunk;          /* rows after which it may end */
    uint64_t filled, wanted; /* rows of the chunk at hand; that the bound leaves */
    StrBuf last; /* leading keys of the last row, where its batch is gone; empty: none */
    bool started, ended, emitting;
    Register *registers;
    const uint8_t **rows;
    uint16_t *taken; /* the batch's rows that go into the chunk */
} IncrementalSort;

static uint64_t bound_of(const IncrementalSort *s) {
    const Node *node = &s->node;
    uint64_t bound =
        s->plan->bound >= 0 && s->plan->bound < 1e15 ? (uint64_t)s->plan->bound : UINT64_MAX;
    return node->filter_count == 0 ? MIN(bound, node->limit_rows) : bound;
}

/* Does the row at `place` have the same leading keys as the row before it? */
static Status continues(IncrementalSort *s, bool *same_out) {
    uint32_t row = selection_row(s->input->selection, s->place);
    if (s->place > 0) {
        uint32_t before = selection_row(s->input->selection, s->place - 1);
        *same_out = row_order_batches(&s->leading, s->input, before, s->input, row) == 0;
        return STATUS_OK;
    }
    StrBuf key;
    strbuf_init(&key, &s->node.batch_arena);
    TRY(row_order_encode(&s->leading, s->input, row, &key));
    *same_out = str_equal(str_make(strbuf_cstr(&key), key.len),
                          str_make(strbuf_cstr(&s->last), s->last.len));
    return STATUS_OK;
}

/* Takes rows of the batch at hand up to the chunk's end. */
static Status take_rows(IncrementalSort *s, bool *ended_out) {
    Selection all = s->input->selection;
    Batch part = *s->input;
    uint32_t from = s->place;
    *ended_out = false;
    while (s->place < all.count && !*ended_out) {
        bool same = true;
        if (s->filled >= s->chunk)
            TRY(continues(s, &same));
        *ended_out = !same;
        s->place += same;
        s->filled += same;
    }
    uint32_t count = s->place - from;
    for (uint32_t i = 0; i < count; i++)
        s->taken[i] = (uint16_t)selection_row(all, from + i);
    part.selection = (Selection){s->taken, count};
    TRY(sorter_add(s->sorter, &part));
    if (s->place == all.count) {
        strbuf_truncate(&s->last, 0);
        TRY(row_order_encode(&s->leading, s->input, selection_row(all, all.count - 1), &s->last));
    }
    return STATUS_OK;
}

static Status sort_chunk(IncrementalSort *s) {
    Node *node = &s->node;
    bool ended = false;
    s->filled = 0;
    if (s->sorter == NULL)
        TRY(sorter_make(node->exec, &s->shape, &s->order, s->wanted, &s->sorter));
    else
        sorter_reset(s->sorter, s->wanted);
    while (!ended) {
        if (s->input == NULL || s->place == s->input->selection.count) {
            s->place = 0;
            TRY(node_next(node->left, &s->input));
            s->ended = s->input == NULL;
            if (s->ended)
                break;
            if (s->input->selection.count == 0)
                continue;
        }
        TRY(take_rows(s, &ended));
    }
    TRY(sorter_finish(s->sorter));
    s->chunk = MIN(s->chunk * 2, (uint64_t)CHUNK_MAX);
    s->emitting = true;
    if (node->stats != NULL)
        sorter_stats(s->sorter, node->stats);
    return STATUS_OK;
}

static Status incremental_sort_produce(Node *node) {
    IncrementalSort *s = (IncrementalSort *)node;
    uint32_t capacity = node->exec->batch_limit != 0 ? node->exec->batch_limit : BATCH_ROWS;
    uint32_t count = 0;
    if (!s->started) {
        s->started = true;
        s->chunk = CHUNK_MIN;
        s->wanted = bound_of(s);
    }
    while (count == 0 && s->wanted > 0) {
        if (!s->emitting) {
            if (s->ended)
                break;
            TRY(sort_chunk(s));
        }
        TRY(sorter_next(s->sorter, capacity, &node->batch_arena, s->rows, &count));
        s->emitting = count > 0;
        s->wanted -= s->wanted == UINT64_MAX ? 0 : count;
    }
    if (s->sorter == NULL)
        return STATUS_OK;
    RowShape shape = *sorter_shape(s->sorter);
    shape.column_count--; /* the key behind is no output */
    rows_to_batch(&shape, s->rows, count, s->registers, &node->exec->arena, node->row.columns);
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status incremental_sort_rescan(Node *node, const Rescan *rescan) {
    IncrementalSort *s = (IncrementalSort *)node;
    s->started = s->ended = s->emitting = false;
    s->input = NULL;
    return node_rescan(node->left, rescan);
}

static void incremental_sort_close(Node *node) { sorter_free(((IncrementalSort *)node)->sorter); }

Status incremental_sort_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanSort *p = (const PlanSort *)plan;
    IncrementalSort *s;
    TRY(node_init(exec, plan, sizeof(*s), incremental_sort_produce, incremental_sort_rescan, &s));
    s->plan = p;
    s->node.close = incremental_sort_close;
    strbuf_init(&s->last, &exec->arena);
    TRY(row_shape_of_targets(&s->shape, exec, plan->left));
    TRY(row_order_init(&s->order, exec, plan->left, p->keys, p->key_count));
    TRY(row_order_init(&s->leading, exec, plan->left, p->keys, p->presorted));
    s->registers = arena_array(&exec->arena, Register, s->shape.column_count + 1);
    s->rows = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
    s->taken = arena_array(&exec->arena, uint16_t, BATCH_ROWS);
    node_row_shape(&s->node, s->shape.column_count);
    *node_out = &s->node;
    return STATUS_OK;
}
