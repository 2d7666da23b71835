/*
 * op_rows.c: operators that keep rows: set operations, CTEs, recursive unions.
 */
#include "executor/row_table.h"

/* ---- INTERSECT, EXCEPT ---- */

typedef struct SetCounts {
    uint64_t left, right;
} SetCounts;

typedef struct SetOpNode_ {
    Node node;
    const PlanSetOp *plan;
    RowEqual equal;
    RowTable table;
    RowShape shape;
    bool built;
    RowTableCursor cursor;
    uint8_t *row;     /* being emitted */
    uint64_t repeats; /* how often still */
    Register *registers;
    const uint8_t **rows;
} SetOpState;

static Status set_op_read(SetOpState *s, bool right) {
    Node *node = &s->node, *input = right ? node->right : node->left;
    uint64_t *hashes = arena_alloc(&node->exec->arena, sizeof(uint64_t) * BATCH_ROWS);
    const Vector **columns =
        arena_array(&node->exec->arena, const Vector *, s->plan->column_count + 1);
    const Batch *batch;
    for (;;) {
        TRY(node_next(input, &batch));
        if (batch == NULL)
            return STATUS_OK;
        for (uint32_t i = 0; i < s->plan->column_count; i++)
            columns[i] = &batch->columns[i];
        row_equal_hash_vectors(&s->equal, columns, false, batch->selection, hashes);
        SELECTION_FOREACH(batch->selection, row) {
            uint8_t *stored;
            bool is_new;
            /* A right row that no left row equals can never matter. */
            if (right)
                TRY(row_table_find(&s->table, &node->batch_arena, columns, row, hashes[row],
                                   &stored));
            else
                TRY(row_table_put(&s->table, &node->batch_arena, columns, row, hashes[row], &stored,
                                  &is_new));
            if (stored == NULL)
                continue;
            SetCounts *counts = row_extra(&s->table, stored);
            if (right)
                counts->right++;
            else
                counts->left++;
        }
    }
}

static uint64_t set_op_copies(const PlanSetOp *plan, const SetCounts *c) {
    if (plan->op == SETOP_INTERSECT) {
        uint64_t both = MIN(c->left, c->right);
        return plan->all ? both : both > 0;
    }
    if (plan->all)
        return c->left > c->right ? c->left - c->right : 0;
    return c->right == 0;
}

static Status set_op_produce(Node *node) {
    SetOpState *s = (SetOpState *)node;
    uint32_t count = 0;
    if (!s->built) {
        TRY(set_op_read(s, false));
        TRY(set_op_read(s, true));
        s->built = true;
        s->cursor = (RowTableCursor){0};
        s->repeats = 0;
    }
    while (count < BATCH_ROWS) {
        if (s->repeats == 0) {
            s->row = row_table_next(&s->table, &s->cursor);
            if (s->row == NULL)
                break;
            s->repeats = set_op_copies(s->plan, row_extra(&s->table, s->row));
            continue;
        }
        s->repeats--;
        s->rows[count++] = s->row;
    }
    rows_to_batch(&s->shape, s->rows, count, s->registers, &node->exec->arena, node->row.columns);
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status set_op_rescan(Node *node, const Rescan *rescan) {
    SetOpState *s = (SetOpState *)node;
    s->cursor = (RowTableCursor){0};
    s->repeats = 0;
    if (s->built && rescan_keeps(node->left, rescan) && rescan_keeps(node->right, rescan))
        return STATUS_OK;
    s->built = false;
    row_table_clear(&s->table);
    TRY(node_rescan(node->left, rescan));
    return node_rescan(node->right, rescan);
}

static void set_op_close(Node *node) { row_table_free(&((SetOpState *)node)->table); }

Status set_op_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanSetOp *p = (const PlanSetOp *)plan;
    SetOpState *s;
    TRY(node_init(exec, plan, sizeof(*s), set_op_produce, set_op_rescan, &s));
    s->plan = p;
    s->node.close = set_op_close;
    TRY(row_equal_init(&s->equal, exec, plan->left, p->column_count, NULL, p->ops, p->collations));
    TRY(row_shape_of_targets(&s->shape, exec, plan->left));
    TRY(row_table_init(&s->table, &exec->account, &s->shape, &s->equal, sizeof(SetCounts)));
    s->registers = arena_array(&exec->arena, Register, s->shape.column_count + 1);
    s->rows = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
    node_row_shape(&s->node, s->shape.column_count);
    *node_out = &s->node;
    return STATUS_OK;
}

/* ---- CTEs ---- */

Status cte_start(Executor *exec, uint32_t plan, CteState **cte_out) {
    CteState *cte = &exec->ctes[plan];
    *cte_out = cte;
    if (cte->started)
        return STATUS_OK;
    cte->started = true;
    RowShape shape;
    TRY(exec_subplan(exec, plan, &cte->node));
    TRY(row_shape_of_targets(&shape, exec, exec->statement->subplans[plan]));
    return row_store_make(exec, &shape, exec->work_mem, &cte->store);
}

Status cte_pull(Executor *exec, CteState *cte) {
    const Batch *batch;
    TRY(node_next(cte->node, &batch));
    if (batch == NULL)
        cte->done = true;
    else
        TRY(row_store_add(cte->store, batch));
    return STATUS_OK;
}

typedef struct CteScan {
    Node node;
    uint32_t plan;
    CteState *cte;
    uint64_t position;
    Register *registers;
} CteScan;

static Status cte_scan_produce(Node *node) {
    CteScan *c = (CteScan *)node;
    uint32_t count;
    if (c->cte == NULL)
        TRY(cte_start(node->exec, c->plan, &c->cte));
    while (c->position == row_store_count(c->cte->store) && !c->cte->done)
        TRY(cte_pull(node->exec, c->cte));
    TRY(row_store_read(c->cte->store, &c->position, BATCH_ROWS, c->registers, &node->exec->arena,
                       &node->batch_arena, node->row.columns, &count));
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status cte_scan_rescan(Node *node, const Rescan *rescan) {
    CteScan *c = (CteScan *)node;
    c->position = 0;
    CteState *cte = &node->exec->ctes[c->plan];
    if (!cte->started || rescan->everything || rescan_keeps(cte->node, rescan))
        return STATUS_OK;
    /* What the CTE reads from outside changed: run it anew, for all of its scans. */
    row_store_clear(cte->store);
    cte->done = false;
    return node_rescan(cte->node, rescan);
}

Status cte_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    CteScan *c;
    TRY(node_init(exec, plan, sizeof(*c), cte_scan_produce, cte_scan_rescan, &c));
    c->plan = ((const PlanCteScan *)plan)->plan;
    uint32_t n = exec->statement->subplans[c->plan]->target_count;
    c->registers = arena_array(&exec->arena, Register, n + 1);
    node_row_shape(&c->node, n);
    *node_out = &c->node;
    return STATUS_OK;
}

/* ---- WITH RECURSIVE ---- */

/* The rows a round adds, and those that the last one added. */
typedef struct UnionState {
    RowStore *working, *next;
    uint64_t generation; /* counts rounds */
} UnionState;

typedef struct UnionNode {
    Node node;
    const PlanRecursiveUnion *plan;
    UnionState state;
    RowShape shape;
    RowEqual equal;
    RowTable seen; /* UNION: all rows so far */
    bool in_right;
    uint64_t *hashes;
    uint16_t *rows;
    const Vector **columns;
} UnionNode;

/* Drops rows seen before; the rest go to the next round. */
static Status union_take(UnionNode *u, const Batch *batch) {
    Node *node = &u->node;
    node->row = *batch;
    if (!u->plan->all) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < u->plan->column_count; i++)
            u->columns[i] = &batch->columns[i];
        row_equal_hash_vectors(&u->equal, u->columns, false, batch->selection, u->hashes);
        SELECTION_FOREACH(batch->selection, row) {
            uint8_t *stored;
            bool is_new;
            TRY(row_table_put(&u->seen, &node->batch_arena, u->columns, row, u->hashes[row],
                              &stored, &is_new));
            if (is_new)
                u->rows[n++] = (uint16_t)row;
        }
        node->row.selection = (Selection){u->rows, n};
    }
    return row_store_add(u->state.next, &node->row);
}

static Status union_next_round(UnionNode *u, bool *more_out) {
    UnionState *state = &u->state;
    *more_out = row_store_count(state->next) > 0;
    RowStore *working = state->working;
    state->working = state->next;
    state->next = working;
    row_store_clear(state->next);
    state->generation++;
    Rescan rescan = {.work_table = true};
    return *more_out ? node_rescan(u->node.right, &rescan) : STATUS_OK;
}

static Status union_produce(Node *node) {
    UnionNode *u = (UnionNode *)node;
    const Batch *batch;
    if (u->state.next == NULL) {
        TRY(row_store_make(node->exec, &u->shape, node->exec->work_mem, &u->state.next));
        TRY(row_store_make(node->exec, &u->shape, node->exec->work_mem, &u->state.working));
    }
    for (;;) {
        TRY(node_next(u->in_right ? node->right : node->left, &batch));
        if (batch != NULL)
            return union_take(u, batch);
        bool more;
        TRY(union_next_round(u, &more));
        if (!more)
            break;
        u->in_right = true;
        TRY(exec_pulse(node->exec));
    }
    node_pass(node, NULL);
    return STATUS_OK;
}

static Status union_rescan(Node *node, const Rescan *rescan) {
    UnionNode *u = (UnionNode *)node;
    u->in_right = false;
    if (!u->plan->all)
        row_table_clear(&u->seen);
    if (u->state.next != NULL) {
        row_store_clear(u->state.next);
        row_store_clear(u->state.working);
    }
    TRY(node_rescan(node->left, rescan));
    Rescan inner = *rescan;
    inner.work_table = true;
    return node_rescan(node->right, &inner);
}

static void union_close(Node *node) {
    UnionNode *u = (UnionNode *)node;
    row_store_free(u->state.next);
    row_store_free(u->state.working);
    row_table_free(&u->seen);
}

Status recursive_union_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanRecursiveUnion *p = (const PlanRecursiveUnion *)plan;
    UnionNode *u;
    TRY(node_init(exec, plan, sizeof(*u), union_produce, union_rescan, &u));
    u->plan = p;
    u->node.close = union_close;
    /* Work table scans outside belong to an outer union: this one's own stay within. */
    u->node.uses_work_table = u->node.left->uses_work_table;
    exec->unions[p->union_id] = &u->state;
    TRY(row_shape_of_targets(&u->shape, exec, plan->left));
    if (!p->all) {
        TRY(row_equal_init(&u->equal, exec, plan->left, p->column_count, NULL, p->ops,
                           p->collations));
        TRY(row_table_init(&u->seen, &exec->account, &u->shape, &u->equal, 0));
    }
    u->hashes = arena_alloc(&exec->arena, sizeof(uint64_t) * BATCH_ROWS);
    u->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    u->columns = arena_array(&exec->arena, const Vector *, p->column_count + 1);
    *node_out = &u->node;
    return STATUS_OK;
}

typedef struct WorkScan {
    Node node;
    uint32_t union_id;
    uint64_t position, generation;
    Register *registers;
} WorkScan;

static Status work_scan_produce(Node *node) {
    WorkScan *w = (WorkScan *)node;
    UnionState *state = node->exec->unions[w->union_id];
    uint32_t count;
    check(state != NULL && state->working != NULL);
    if (w->generation != state->generation) {
        w->generation = state->generation;
        w->position = 0;
    }
    if (node->row.columns == NULL) {
        uint32_t n = row_store_shape(state->working)->column_count;
        w->registers = arena_array(&node->exec->arena, Register, n + 1);
        node_row_shape(node, n);
    }
    TRY(row_store_read(state->working, &w->position, BATCH_ROWS, w->registers, &node->exec->arena,
                       &node->batch_arena, node->row.columns, &count));
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status work_scan_rescan(Node *node, const Rescan *rescan) {
    ((WorkScan *)node)->position = 0;
    return STATUS_OK;
}

Status work_table_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    WorkScan *w;
    TRY(node_init(exec, plan, sizeof(*w), work_scan_produce, work_scan_rescan, &w));
    w->union_id = ((const PlanWorkTableScan *)plan)->union_id;
    w->node.uses_work_table = true;
    *node_out = &w->node;
    return STATUS_OK;
}
