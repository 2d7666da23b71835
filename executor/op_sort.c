/* op_sort.c: the sort operator, and append that keeps an order. */
#include "executor/prune_run.h"
#include "executor/sort.h"

typedef struct SortNode {
    Node node;
    const PlanSort *plan;
    RowShape shape;
    RowOrder order;
    Sorter *sorter;
    Register *registers;
    const uint8_t **rows;
    bool limited; /* the sorter has only what the Limit above wanted then */
} SortNode;

static Status sort_run(SortNode *s) {
    Node *node = &s->node;
    const Batch *batch;
    uint64_t bound =
        s->plan->bound >= 0 && s->plan->bound < 1e15 ? (uint64_t)s->plan->bound : UINT64_MAX;
    s->limited = node->filter_count == 0 && node->limit_rows < bound;
    bound = s->limited ? node->limit_rows : bound;
    TRY(sorter_make(node->exec, &s->shape, &s->order, bound, &s->sorter));
    for (;;) {
        TRY(node_next(node->left, &batch));
        if (batch == NULL)
            break;
        TRY(sorter_add(s->sorter, batch));
    }
    TRY(sorter_finish(s->sorter));
    if (node->stats != NULL)
        sorter_stats(s->sorter, node->stats);
    return STATUS_OK;
}

static Status sort_produce(Node *node) {
    SortNode *s = (SortNode *)node;
    uint32_t count;
    if (s->sorter == NULL)
        TRY(sort_run(s));
    uint32_t capacity = node->exec->batch_limit != 0 ? node->exec->batch_limit : BATCH_ROWS;
    TRY(sorter_next(s->sorter, capacity, &node->batch_arena, s->rows, &count));
    RowShape shape = *sorter_shape(s->sorter);
    shape.column_count--; /* the key behind is no output */
    rows_to_batch(&shape, s->rows, count, s->registers, &node->exec->arena, node->row.columns);
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status sort_rescan(Node *node, const Rescan *rescan) {
    SortNode *s = (SortNode *)node;
    if (s->sorter != NULL && !s->limited && rescan_keeps(node->left, rescan))
        return sorter_rewind(s->sorter);
    sorter_free(s->sorter);
    s->sorter = NULL;
    return node_rescan(node->left, rescan);
}

static void sort_close(Node *node) { sorter_free(((SortNode *)node)->sorter); }

Status sort_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanSort *p = (const PlanSort *)plan;
    SortNode *s;
    if (p->presorted > 0)
        return incremental_sort_build(exec, plan, node_out);
    TRY(node_init(exec, plan, sizeof(*s), sort_produce, sort_rescan, &s));
    s->plan = p;
    s->node.close = sort_close;
    TRY(row_shape_of_targets(&s->shape, exec, plan->left));
    TRY(row_order_init(&s->order, exec, plan->left, p->keys, p->key_count));
    s->registers = arena_array(&exec->arena, Register, s->shape.column_count + 1);
    s->rows = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
    node_row_shape(&s->node, s->shape.column_count);
    *node_out = &s->node;
    return STATUS_OK;
}

/* ---- merge append ---- */

typedef struct MergeChild {
    Node *node;
    const Batch *batch; /* NULL: exhausted */
    uint32_t place;     /* in its selection */
} MergeChild;

typedef struct MergeAppendNode {
    Node node;
    RowOrder order;
    MergeChild *children;
    uint32_t count;
    bool started;
    PruneRun *prune; /* NULL: all children are read */
    RowShape shape;
    Register *registers;
    RowHeap heap;
    const uint8_t **rows;
} MergeAppendNode;

static Status merge_child_fill(MergeChild *c) {
    c->place = 0;
    return node_next(c->node, &c->batch);
}

static MergeChild *merge_lowest(MergeAppendNode *m) {
    MergeChild *best = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        MergeChild *c = &m->children[i];
        if (c->batch == NULL)
            continue;
        if (best == NULL ||
            row_order_batches(&m->order, c->batch, selection_row(c->batch->selection, c->place),
                              best->batch, selection_row(best->batch->selection, best->place)) < 0)
            best = c;
    }
    return best;
}

/* Rows are copied: they come from batches that advance at different times. */
static Status merge_append_produce(Node *node) {
    MergeAppendNode *m = (MergeAppendNode *)node;
    uint32_t count = 0;
    row_heap_free(&m->heap);
    if (!m->started) {
        const BitSet *live = NULL;
        m->started = true;
        if (m->prune != NULL)
            TRY(prune_run_live(m->prune, &live));
        for (uint32_t i = 0; i < m->count; i++) {
            m->children[i].batch = NULL;
            if (m->prune == NULL || bitset_has(live, (int)i))
                TRY(merge_child_fill(&m->children[i]));
        }
    }
    while (count < BATCH_ROWS) {
        MergeChild *c = merge_lowest(m);
        if (c == NULL)
            break;
        uint8_t *row;
        TRY(row_heap_add(&m->heap, &m->shape, c->batch,
                         selection_row(c->batch->selection, c->place), &row));
        m->rows[count++] = row;
        if (++c->place == c->batch->selection.count)
            TRY(merge_child_fill(c));
    }
    rows_to_batch(&m->shape, m->rows, count, m->registers, &node->exec->arena, node->row.columns);
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status merge_append_rescan(Node *node, const Rescan *rescan) {
    MergeAppendNode *m = (MergeAppendNode *)node;
    m->started = false;
    for (uint32_t i = 0; i < m->count; i++)
        TRY(node_rescan(m->children[i].node, rescan));
    return STATUS_OK;
}

static void merge_append_close(Node *node) {
    row_heap_free(&((MergeAppendNode *)node)->heap);
    prune_run_free(((MergeAppendNode *)node)->prune);
}

Status merge_append_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanMergeAppend *p = (const PlanMergeAppend *)plan;
    MergeAppendNode *m;
    TRY(node_init(exec, plan, sizeof(*m), merge_append_produce, merge_append_rescan, &m));
    row_heap_init(&m->heap, &exec->account);
    m->node.close = merge_append_close;
    m->count = p->child_count;
    m->children = arena_array(&exec->arena, MergeChild, m->count + 1);
    for (uint32_t i = 0; i < m->count; i++) {
        TRY(node_build(exec, p->children[i], &m->children[i].node));
        m->node.uses_work_table |= m->children[i].node->uses_work_table;
    }
    if (p->prune != NULL)
        TRY(prune_run_make(exec, p->prune, &m->prune));
    TRY(row_shape_of_targets(&m->shape, exec, p->children[0]));
    TRY(row_order_init(&m->order, exec, p->children[0], p->keys, p->key_count));
    m->registers = arena_array(&exec->arena, Register, m->shape.column_count + 1);
    m->rows = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
    node_row_shape(&m->node, m->shape.column_count);
    *node_out = &m->node;
    return STATUS_OK;
}
