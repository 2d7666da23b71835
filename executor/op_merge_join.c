/*
 * op_merge_join.c: two inputs in the order of their keys.
 *
 * The right side is read a group of equal keys at a time; each left row either passes the group,
 * meets it, or falls before it. Stored right rows live until the pairs that show them are flushed.
 */
#include "executor/join.h"

typedef struct MergeKey {
    const TypeInfo *info;
    Oid collation;
    bool descending, nulls_first;
    ColumnEqual *kind; /* of RowEqual: how the two types meet */
    FnCaller less, greater;
} MergeKey;

typedef struct MergeJoin {
    JoinNode join;
    const PlanMergeJoin *plan;
    RowEqual equal;       /* left type against right type */
    RowEqual right_equal; /* right against right */
    MergeKey *keys;
    uint32_t key_count;
    ProgNode **left_keys, **right_keys;
    const Vector **left_vectors, **right_vectors;
    uint32_t place; /* in the left batch */
    bool in_row;
    uint32_t group_at; /* next group row to pair with the left row at place */
    const Batch *right_batch;
    uint32_t right_place;
    bool right_done, started;
    bool never; /* FULL without keys whose condition is false */
    RowHeap heap;
    uint8_t **group;
    uint32_t group_count, group_capacity;
    uint32_t unmatched_at; /* RIGHT, FULL: next group row to look at; group_count: none left */
    const Vector **stored_columns;
    Arena left_arena, right_arena;
} MergeJoin;

#define HEAP_KEEP_BYTES (1024u * 1024u)

/* ---- comparing ---- */

static Status merge_compare_key(MergeJoin *m, uint32_t i, Datum left, Datum right, int *order_out) {
    const MergeKey *k = &m->keys[i];
    int order = 0;
    bool is_null = false;
    if (k->kind->kind == EQUAL_FUNCTION || k->kind->left != k->kind->right) {
        Datum args[2] = {left, right}, result = {.i64 = 0};
        Arena *arena = &m->join.node.batch_arena;
        TRY(fn_caller_call((FnCaller *)&k->less, arena, args, NULL, &result, &is_null));
        order = result.b ? -1 : 0;
        if (order == 0) {
            TRY(fn_caller_call((FnCaller *)&k->greater, arena, args, NULL, &result, &is_null));
            order = result.b;
        }
    } else {
        order = k->info->compare(k->info, k->collation, left, right);
    }
    *order_out = k->descending ? -order : order;
    return STATUS_OK;
}

/* The left row against the group's key. Rows with a NULL key match nothing, so they go at once: left
 * ones before the group, groups before any other left row. So does everything where nothing matches. */
static Status merge_compare(MergeJoin *m, uint32_t row, int *order_out) {
    *order_out = 0;
    for (uint32_t i = 0; i < m->key_count; i++)
        if (vector_is_null(m->left_vectors[i], row)) {
            *order_out = -1;
            return STATUS_OK;
        }
    for (uint32_t i = 0; i < m->key_count && *order_out == 0; i++)
        *order_out = row_is_null(m->group[0], i);
    if (m->never)
        *order_out = 1;
    for (uint32_t i = 0; i < m->key_count && *order_out == 0; i++)
        TRY(merge_compare_key(m, i, vector_at(m->left_vectors[i], row),
                              row_get(&m->join.stored, m->group[0], i), order_out));
    return STATUS_OK;
}

/* ---- the right side's groups ---- */

static Status right_fill(MergeJoin *m) {
    Node *node = &m->join.node;
    if (m->right_batch != NULL && m->right_place < m->right_batch->selection.count)
        return STATUS_OK;
    if (m->right_done)
        return STATUS_OK;
    TRY(node_next(node->right, &m->right_batch));
    m->right_place = 0;
    m->right_done = m->right_batch == NULL;
    if (m->right_done)
        return STATUS_OK;
    arena_reset(&m->right_arena);
    ProgContext ctx = node_context(node, NULL, m->right_batch);
    ctx.arena = &m->right_arena;
    for (uint32_t i = 0; i < m->key_count; i++)
        TRY(prog_eval(m->right_keys[i], &ctx, m->right_batch->selection, &m->right_vectors[i]));
    join_stored_columns(&m->join, m->right_vectors, m->key_count, m->right_batch,
                        m->stored_columns);
    return STATUS_OK;
}

static Status right_same_key(MergeJoin *m, uint32_t row, bool *same_out) {
    *same_out = true;
    for (uint32_t i = 0; i < m->key_count && *same_out; i++) {
        bool a = row_is_null(m->group[0], i), b = vector_is_null(m->right_vectors[i], row);
        if (a || b)
            *same_out = a && b;
        else
            TRY(row_equal_pair(&m->right_equal, &m->join.node.batch_arena, i,
                               row_get(&m->join.stored, m->group[0], i),
                               vector_at(m->right_vectors[i], row), same_out));
    }
    return STATUS_OK;
}

static Status group_push(MergeJoin *m, uint32_t row) {
    Batch columns = {.column_count = m->join.stored.column_count, .row_count = 1};
    Vector *vectors = arena_array(&m->right_arena, Vector, columns.column_count + 1);
    for (uint32_t i = 0; i < columns.column_count; i++)
        vectors[i] = *m->stored_columns[i];
    columns.columns = vectors;
    uint8_t *stored;
    TRY(row_heap_add_behind(&m->heap, sizeof(RightLink), &m->join.stored, &columns, row, &stored));
    if (m->group_count == m->group_capacity) {
        uint32_t capacity = MAX(m->group_capacity * 2, 16u);
        m->group = arena_grow(&m->join.node.exec->arena, m->group,
                              m->group_capacity * sizeof(uint8_t *), capacity * sizeof(uint8_t *));
        m->group_capacity = capacity;
    }
    m->group[m->group_count++] = stored;
    return STATUS_OK;
}

/* The next rows with one key; group_count 0: the right side is at its end. */
static Status group_load(MergeJoin *m) {
    m->group_count = m->unmatched_at = 0;
    for (;;) {
        TRY(right_fill(m));
        if (m->right_done)
            return STATUS_OK;
        uint32_t row = selection_row(m->right_batch->selection, m->right_place);
        if (m->group_count > 0) {
            bool same;
            TRY(right_same_key(m, row, &same));
            if (!same)
                return STATUS_OK;
        }
        TRY(group_push(m, row));
        m->right_place++;
    }
}

/* Between flushes: forget rows of groups that are past. */
static Status heap_compact(MergeJoin *m) {
    if (m->heap.bytes < HEAP_KEEP_BYTES)
        return STATUS_OK;
    RowHeap kept;
    row_heap_init(&kept, &m->join.node.exec->account);
    for (uint32_t i = 0; i < m->group_count; i++) {
        size_t bytes = sizeof(RightLink) + row_bytes(m->group[i]);
        uint8_t *copy;
        Status s = row_heap_alloc(&kept, bytes, &copy);
        if (!status_ok(s)) {
            row_heap_free(&kept);
            return s;
        }
        memcpy(copy, m->group[i] - sizeof(RightLink), bytes);
        m->group[i] = copy + sizeof(RightLink);
    }
    row_heap_free(&m->heap);
    m->heap = kept;
    return STATUS_OK;
}

/* ---- merging ---- */

static Status left_fill(MergeJoin *m) {
    Node *node = &m->join.node;
    const Batch *batch;
    TRY(node_next(node->left, &batch));
    join_left_batch(&m->join, batch);
    m->place = 0;
    m->in_row = false;
    if (batch == NULL)
        return STATUS_OK;
    arena_reset(&m->left_arena);
    ProgContext ctx = node_context(node, batch, NULL);
    ctx.arena = &m->left_arena;
    for (uint32_t i = 0; i < m->key_count; i++)
        TRY(prog_eval(m->left_keys[i], &ctx, batch->selection, &m->left_vectors[i]));
    return STATUS_OK;
}

/* RIGHT, FULL: rows of a group that is past and that nothing matched. Their matches are known only
 * once the pending pairs are flushed. *full_out: flush first, then call again. */
static void group_unmatched(MergeJoin *m, bool *full_out) {
    JoinNode *join = &m->join;
    *full_out = false;
    if (!join->mark_right || m->unmatched_at == m->group_count)
        return;
    if (m->unmatched_at == 0 && join->pair_count > 0 && join->condition_count > 0) {
        *full_out = true;
        return;
    }
    for (; m->unmatched_at < m->group_count; m->unmatched_at++) {
        if (join_full(join)) {
            *full_out = true;
            return;
        }
        if (!right_link(m->group[m->unmatched_at])->matched)
            join_pair(join, LEFT_NONE, m->group[m->unmatched_at]);
    }
}

/* Pairs one left row with the group it meets. *full_out: flush, then go on. */
static void pair_row(MergeJoin *m, uint32_t row, bool meets, bool *full_out) {
    JoinNode *join = &m->join;
    *full_out = false;
    for (; meets && m->group_at < m->group_count; m->group_at++) {
        if (join_full(join)) {
            *full_out = true;
            return;
        }
        /* Without conditions a pair is a match: known at once, so groups need no flush to tell. */
        if (join->condition_count == 0)
            right_link(m->group[m->group_at])->matched = 1;
        join_pair(join, row, m->group[m->group_at]);
        if (join->kind == JOIN_SEMI && join->condition_count == 0)
            m->group_at = m->group_count - 1;
    }
    if (join_needs_markers(join)) {
        if (join_full(join)) {
            *full_out = true;
            return;
        }
        join_pair(join, row, NULL);
    }
    m->in_row = false;
    m->group_at = 0;
    m->place++;
}

/* One left row, or one group. *full_out: the pairs must be flushed before the next step. */
static Status merge_step(MergeJoin *m, bool *full_out) {
    uint32_t row = selection_row(m->join.left_batch->selection, m->place);
    int order = -1;
    *full_out = false;
    if (m->group_count > 0)
        TRY(merge_compare(m, row, &order));
    if (order > 0) {
        group_unmatched(m, full_out);
        return *full_out ? STATUS_OK : group_load(m);
    }
    pair_row(m, row, order == 0, full_out);
    return STATUS_OK;
}

/* After the left side: what is left of the right. */
static Status merge_tail(MergeJoin *m) {
    JoinNode *join = &m->join;
    bool full = false;
    while (join->mark_right && !full) {
        group_unmatched(m, &full);
        if (full)
            break;
        if (m->group_count == 0)
            break;
        TRY(group_load(m));
        if (m->group_count == 0)
            break;
    }
    if (join->pair_count == 0) {
        join_end(join);
        return STATUS_OK;
    }
    uint32_t conditions = join->condition_count;
    join->condition_count = 0;
    Status s = join_flush(join);
    join->condition_count = conditions;
    return s;
}

static Status merge_join_produce(Node *node) {
    MergeJoin *m = (MergeJoin *)node;
    JoinNode *join = &m->join;
    TRY(heap_compact(m));
    if (!m->started) {
        m->started = true;
        TRY(group_load(m));
        TRY(left_fill(m));
    }
    while (join->left_batch != NULL) {
        bool full;
        if (m->place >= join->left_batch->selection.count) {
            if (join->pair_count > 0)
                return join_flush(join);
            TRY(left_fill(m));
            continue;
        }
        TRY(merge_step(m, &full));
        if (full || join_full(join))
            return join_flush(join);
        if (m->heap.bytes > 4 * HEAP_KEEP_BYTES && join->pair_count > 0)
            return join_flush(join);
    }
    return merge_tail(m);
}

static Status merge_join_rescan(Node *node, const Rescan *rescan) {
    MergeJoin *m = (MergeJoin *)node;
    m->started = m->right_done = m->in_row = false;
    m->right_batch = NULL;
    m->group_count = m->group_at = m->unmatched_at = 0;
    m->join.pair_count = 0;
    row_heap_free(&m->heap);
    join_left_batch(&m->join, NULL);
    TRY(node_rescan(node->left, rescan));
    return node_rescan(node->right, rescan);
}

static void merge_join_close(Node *node) {
    MergeJoin *m = (MergeJoin *)node;
    row_heap_free(&m->heap);
    arena_destroy(&m->left_arena);
    arena_destroy(&m->right_arena);
}

static Status merge_keys_init(MergeJoin *m, Executor *exec) {
    const PlanMergeJoin *p = m->plan;
    uint32_t n = m->key_count;
    Oid *left = arena_array(&exec->arena, Oid, n + 1),
        *right = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        left[i] = p->left_keys.items[i]->type;
        right[i] = p->right_keys.items[i]->type;
    }
    TRY(row_equal_init_types(&m->equal, exec, n, left, right, p->ops, p->collations));
    TRY(row_equal_init_right(&m->right_equal, exec, n, left, right, p->ops, p->collations));
    m->keys = arena_array(&exec->arena, MergeKey, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        MergeKey *k = &m->keys[i];
        *k = (MergeKey){.collation = p->collations[i],
                        .descending = p->descending[i],
                        .nulls_first = p->nulls_first[i],
                        .kind = &m->equal.columns[i],
                        .info = m->equal.columns[i].info};
        if (k->kind->kind == EQUAL_FUNCTION || k->kind->left != k->kind->right) {
            Oid types[2] = {left[i], right[i]};
            TRY(order_callers_make(exec, p->ops[i], types, k->collation, &k->less, &k->greater));
        }
    }
    return STATUS_OK;
}

Status merge_join_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanMergeJoin *p = (const PlanMergeJoin *)plan;
    MergeJoin *m;
    TRY(node_init(exec, plan, sizeof(*m), merge_join_produce, merge_join_rescan, &m));
    m->plan = p;
    row_heap_init(&m->heap, &exec->account);
    arena_init(&m->left_arena, &exec->account);
    arena_init(&m->right_arena, &exec->account);
    m->join.node.close = merge_join_close;
    TRY(join_init(&m->join, &p->right_keys));
    m->key_count = p->left_keys.count;
    for (uint32_t i = 0; i < p->conditions.count && m->key_count == 0; i++) {
        const ExprConst *condition = (const ExprConst *)p->conditions.items[i];
        m->never |= condition->tag == EXPR_CONST && (condition->is_null || !condition->value.b);
    }
    TRY(prog_compile_list(exec, &p->left_keys, &m->left_keys));
    TRY(prog_compile_list(exec, &p->right_keys, &m->right_keys));
    m->left_vectors = arena_array(&exec->arena, const Vector *, m->key_count + 1);
    m->right_vectors = arena_array(&exec->arena, const Vector *, m->key_count + 1);
    m->stored_columns = arena_array(&exec->arena, const Vector *, m->join.stored.column_count + 1);
    TRY(merge_keys_init(m, exec));
    *node_out = &m->join.node;
    return STATUS_OK;
}
