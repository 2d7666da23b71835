/*
 * op_simple.c: operators that need little: result, values, subquery scan, append, limit, unique,
 * materialize, memoize.
 */
#include "executor/compare.h"
#include "executor/parallel.h"
#include "executor/program.h"
#include "executor/prune_run.h"
#include "executor/row_store.h"

/* Passes an input batch on as the node's row. */
void node_pass(Node *node, const Batch *batch) {
    if (batch == NULL) {
        node->row.row_count = 0;
        node->row.selection = selection_all(0);
        return;
    }
    node->row = *batch;
}

/* ---- result ---- */

static Status result_produce(Node *node) {
    const Batch *batch;
    TRY(node_next(node->left, &batch));
    node_pass(node, batch);
    return STATUS_OK;
}

static Status result_rescan(Node *node, const Rescan *rescan) {
    return node_rescan(node->left, rescan);
}

/* Without an input: one row, then none. */
typedef struct ResultNode {
    Node node;
    bool emitted;
} ResultNode;

static Status result_once(Node *node) {
    ResultNode *r = (ResultNode *)node;
    node->row = (Batch){.row_count = r->emitted ? 0 : 1, .selection = selection_all(!r->emitted)};
    r->emitted = true;
    return STATUS_OK;
}

static Status result_once_rescan(Node *node, const Rescan *rescan) {
    ((ResultNode *)node)->emitted = false;
    return STATUS_OK;
}

Status result_build(Executor *exec, const Plan *plan, Node **node_out) {
    ResultNode *r;
    bool leaf = plan->left == NULL;
    TRY(node_init(exec, plan, sizeof(*r), leaf ? result_once : result_produce,
                  leaf ? result_once_rescan : result_rescan, &r));
    *node_out = &r->node;
    return STATUS_OK;
}

Status subquery_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    return node_init(exec, plan, sizeof(Node), result_produce, result_rescan, node_out);
}

/* ---- values ---- */

typedef struct ValuesNode {
    Node node;
    const PlanValuesScan *plan;
    uint32_t next;
    Register *registers;
    PhysType *phys;
    ProgNode ***rows; /* compiled when first needed: long lists are mostly read once */
} ValuesNode;

static Status values_row(ValuesNode *v, uint32_t index, uint32_t row) {
    const ExprList *list = &v->plan->values[index];
    ProgContext ctx = node_context(&v->node, NULL, NULL);
    for (uint32_t c = 0; c < v->plan->column_count; c++) {
        const Expr *expr = list->items[c];
        Datum value;
        bool is_null;
        if (expr->tag == EXPR_CONST) {
            value = ((const ExprConst *)expr)->value;
            is_null = ((const ExprConst *)expr)->is_null;
        } else {
            if (v->rows[index] == NULL)
                v->rows[index] =
                    arena_array(&v->node.exec->arena, ProgNode *, v->plan->column_count + 1);
            if (v->rows[index][c] == NULL)
                TRY(prog_compile(v->node.exec, expr, &v->rows[index][c]));
            TRY(prog_eval_single(v->rows[index][c], &ctx, &value, &is_null));
        }
        if (is_null && v->registers[c].v.nulls == NULL)
            register_nulls(&v->registers[c], v->registers[c].capacity);
        vector_put(&v->registers[c].v, row, value, is_null);
    }
    return STATUS_OK;
}

static Status values_produce(Node *node) {
    ValuesNode *v = (ValuesNode *)node;
    uint32_t count = MIN(v->plan->value_count - v->next, BATCH_ROWS);
    if (count == 0) {
        node_pass(node, NULL);
        return STATUS_OK;
    }
    for (uint32_t c = 0; c < v->plan->column_count; c++)
        register_flat(&v->registers[c], &node->exec->arena, v->phys[c], count);
    for (uint32_t row = 0; row < count; row++)
        TRY(values_row(v, v->next + row, row));
    v->next += count;
    for (uint32_t c = 0; c < v->plan->column_count; c++)
        node->row.columns[c] = v->registers[c].v;
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status values_rescan(Node *node, const Rescan *rescan) {
    ((ValuesNode *)node)->next = 0;
    return STATUS_OK;
}

Status values_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    ValuesNode *v;
    TRY(node_init(exec, plan, sizeof(*v), values_produce, values_rescan, &v));
    v->plan = (const PlanValuesScan *)plan;
    v->registers = arena_array(&exec->arena, Register, v->plan->column_count + 1);
    v->phys = arena_array(&exec->arena, PhysType, v->plan->column_count + 1);
    v->rows = arena_array(&exec->arena, ProgNode **, v->plan->value_count + 1);
    for (uint32_t c = 0; c < v->plan->column_count; c++) {
        const TypeInfo *info;
        TRY(exec_type(exec, v->plan->column_types[c], &info));
        v->phys[c] = info->phys;
    }
    node_row_shape(&v->node, v->plan->column_count);
    *node_out = &v->node;
    return STATUS_OK;
}

/* ---- append ---- */

typedef struct AppendNode {
    Node node;
    Node **children;
    uint32_t count, current;
    PruneRun *prune; /* NULL: all children are read */
    const BitSet *live;
    bool decided;
    int32_t mine; /* parallel_aware: the child being run here; -1: none */
} AppendNode;

/* Children are run by whoever is free. */
static Status append_shared(AppendNode *a, const Batch **batch_out) {
    const PlanAppend *plan = (const PlanAppend *)a->node.plan;
    ParallelPart *part = a->node.exec->parts[plan->id];
    for (;;) {
        if (a->mine < 0)
            a->mine = parallel_next_child(part, plan, a->live);
        if (a->mine < 0)
            return STATUS_OK;
        TRY(node_next(a->children[a->mine], batch_out));
        if (*batch_out != NULL)
            return STATUS_OK;
        parallel_close_child(part, (uint32_t)a->mine);
        a->mine = -1;
    }
}

static Status append_produce(Node *node) {
    AppendNode *a = (AppendNode *)node;
    const Batch *batch = NULL;
    if (a->prune != NULL && !a->decided)
        TRY(prune_run_live(a->prune, &a->live));
    a->decided = true;
    if (node->plan->parallel_aware) {
        TRY(append_shared(a, &batch));
        node_pass(node, batch);
        return STATUS_OK;
    }
    for (; a->current < a->count; a->current++) {
        if (a->prune != NULL && !bitset_has(a->live, (int)a->current))
            continue;
        TRY(node_next(a->children[a->current], &batch));
        if (batch != NULL)
            break;
    }
    node_pass(node, batch);
    return STATUS_OK;
}

static Status append_rescan(Node *node, const Rescan *rescan) {
    AppendNode *a = (AppendNode *)node;
    a->current = 0;
    a->decided = false;
    a->mine = -1;
    for (uint32_t i = 0; i < a->count; i++)
        TRY(node_rescan(a->children[i], rescan));
    return STATUS_OK;
}

const Node *append_current(const Node *node) {
    const AppendNode *a = (const AppendNode *)node;
    return a->current < a->count ? a->children[a->current] : NULL;
}

static void append_close(Node *node) { prune_run_free(((AppendNode *)node)->prune); }

Status append_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanAppend *p = (const PlanAppend *)plan;
    AppendNode *a;
    TRY(node_init(exec, plan, sizeof(*a), append_produce, append_rescan, &a));
    a->node.close = append_close;
    a->count = p->child_count;
    a->mine = -1;
    a->children = arena_array(&exec->arena, Node *, a->count + 1);
    if (p->prune != NULL)
        TRY(prune_run_make(exec, p->prune, &a->prune));
    for (uint32_t i = 0; i < a->count; i++) {
        TRY(node_build(exec, p->children[i], &a->children[i]));
        a->node.uses_work_table |= a->children[i]->uses_work_table;
    }
    *node_out = &a->node;
    return STATUS_OK;
}

/* ---- limit ---- */

typedef struct LimitNode {
    Node node;
    const PlanLimit *plan;
    ProgNode *limit, *offset;
    bool ready;
    uint64_t skip;
    uint64_t left; /* UINT64_MAX: no limit */
    uint16_t *rows;
    RowEqual ties;
    Datum *tie_values; /* of the last row within the limit */
    bool *tie_nulls;
    Arena tie_arena;
    bool in_ties;
} LimitNode;

static Status limit_value(LimitNode *l, ProgNode *expr, bool is_offset, int64_t *out,
                          bool *none_out) {
    ProgContext ctx = node_context(&l->node, NULL, NULL);
    Datum value;
    TRY(prog_eval_single(expr, &ctx, &value, none_out));
    if (*none_out)
        return STATUS_OK;
    *out = value.i64;
    if (*out < 0)
        return is_offset
                   ? error(ERR_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE,
                           "OFFSET must not be negative")
                   : error(ERR_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT must not be negative");
    return STATUS_OK;
}

static Status limit_setup(LimitNode *l) {
    int64_t value = 0;
    bool none = true;
    l->ready = true;
    l->skip = 0;
    l->left = UINT64_MAX;
    l->in_ties = false;
    if (l->offset != NULL)
        TRY(limit_value(l, l->offset, true, &value, &none));
    if (!none)
        l->skip = (uint64_t)value;
    none = true;
    if (l->limit != NULL)
        TRY(limit_value(l, l->limit, false, &value, &none));
    if (none)
        return STATUS_OK;
    l->left = (uint64_t)value;
    if (!l->plan->with_ties)
        l->node.left->limit_rows = l->left + l->skip;
    return STATUS_OK;
}

static Status limit_keep_tie(LimitNode *l, const Batch *batch, uint32_t row) {
    arena_reset(&l->tie_arena);
    for (uint32_t i = 0; i < l->plan->tie_count; i++) {
        const Vector *v = &batch->columns[l->plan->tie_columns[i]];
        l->tie_nulls[i] = vector_is_null(v, row);
        if (!l->tie_nulls[i])
            TRY(datum_copy(&l->tie_arena, v->phys, vector_at(v, row), &l->tie_values[i]));
    }
    return STATUS_OK;
}

/* Rows equal to the last one within the limit; *end_out where one differs. */
static Status limit_ties(LimitNode *l, const Batch *batch, uint32_t from, uint32_t *count_out,
                         bool *end_out) {
    uint32_t n = 0;
    *end_out = false;
    for (uint32_t i = from; i < batch->selection.count; i++) {
        uint32_t row = selection_row(batch->selection, i);
        bool equal;
        TRY(row_equal_batch_values(&l->ties, &l->node.batch_arena, batch, l->plan->tie_columns, row,
                                   l->tie_values, l->tie_nulls, &equal));
        if (!equal) {
            *end_out = true;
            break;
        }
        n++;
    }
    *count_out = n;
    return STATUS_OK;
}

static Status limit_produce(Node *node) {
    LimitNode *l = (LimitNode *)node;
    const Batch *batch;
    if (!l->ready)
        TRY(limit_setup(l));
    node_pass(node, NULL);
    if (l->left == 0 && !l->in_ties)
        return STATUS_OK;
    do {
        TRY(node_next(node->left, &batch));
        if (batch == NULL)
            return STATUS_OK;
        if (l->skip >= batch->selection.count)
            l->skip -= batch->selection.count;
        else
            break;
    } while (true);
    uint32_t from = (uint32_t)l->skip, count = batch->selection.count - from;
    l->skip = 0;
    uint32_t take = (uint32_t)MIN((uint64_t)count, l->left);
    bool end = false;
    if (l->left != UINT64_MAX)
        l->left -= take;
    if (l->plan->with_ties && l->left == 0) {
        uint32_t more;
        if (!l->in_ties)
            TRY(limit_keep_tie(l, batch, selection_row(batch->selection, from + take - 1)));
        TRY(limit_ties(l, batch, from + take, &more, &end));
        take += more;
        l->in_ties = !end;
    }
    node->row = *batch;
    for (uint32_t i = 0; i < take; i++)
        l->rows[i] = (uint16_t)selection_row(batch->selection, from + i);
    node->row.selection = (Selection){l->rows, take};
    return STATUS_OK;
}

static Status limit_rescan(Node *node, const Rescan *rescan) {
    ((LimitNode *)node)->ready = false;
    return node_rescan(node->left, rescan);
}

static void limit_close(Node *node) { arena_destroy(&((LimitNode *)node)->tie_arena); }

Status limit_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanLimit *p = (const PlanLimit *)plan;
    LimitNode *l;
    TRY(node_init(exec, plan, sizeof(*l), limit_produce, limit_rescan, &l));
    l->plan = p;
    l->node.close = limit_close;
    arena_init(&l->tie_arena, &exec->account);
    l->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    if (p->limit != NULL)
        TRY(prog_compile(exec, p->limit, &l->limit));
    if (p->offset != NULL)
        TRY(prog_compile(exec, p->offset, &l->offset));
    if (p->with_ties) {
        l->tie_values = arena_array(&exec->arena, Datum, p->tie_count + 1);
        l->tie_nulls = arena_array(&exec->arena, bool, p->tie_count + 1);
        TRY(row_equal_init(&l->ties, exec, plan->left, p->tie_count, p->tie_columns, p->tie_ops,
                           p->tie_collations));
    }
    *node_out = &l->node;
    return STATUS_OK;
}

/* ---- unique: adjacent equal rows once ---- */

typedef struct UniqueNode {
    Node node;
    const PlanUnique *plan;
    RowEqual equal;
    bool has_last;
    Datum *last;
    bool *last_nulls;
    Arena last_arena;
    uint16_t *rows;
} UniqueNode;

static Status unique_keep(UniqueNode *u, const Batch *batch, uint32_t row) {
    arena_reset(&u->last_arena);
    for (uint32_t i = 0; i < u->plan->column_count; i++) {
        const Vector *v = &batch->columns[u->plan->columns[i]];
        u->last_nulls[i] = vector_is_null(v, row);
        if (!u->last_nulls[i])
            TRY(datum_copy(&u->last_arena, v->phys, vector_at(v, row), &u->last[i]));
    }
    u->has_last = true;
    return STATUS_OK;
}

static Status unique_produce(Node *node) {
    UniqueNode *u = (UniqueNode *)node;
    const Batch *batch;
    TRY(node_next(node->left, &batch));
    node_pass(node, batch);
    if (batch == NULL)
        return STATUS_OK;
    uint32_t n = 0, previous = 0;
    bool in_batch = false;
    SELECTION_FOREACH(batch->selection, row) {
        bool equal = false;
        if (in_batch)
            TRY(row_equal_batch(&u->equal, &node->batch_arena, batch, u->plan->columns, row, batch,
                                u->plan->columns, previous, &equal));
        else if (u->has_last)
            TRY(row_equal_batch_values(&u->equal, &node->batch_arena, batch, u->plan->columns, row,
                                       u->last, u->last_nulls, &equal));
        in_batch = true;
        previous = row;
        if (!equal)
            u->rows[n++] = (uint16_t)row;
    }
    TRY(unique_keep(u, batch, previous));
    node->row.selection = (Selection){u->rows, n};
    return STATUS_OK;
}

static Status unique_rescan(Node *node, const Rescan *rescan) {
    ((UniqueNode *)node)->has_last = false;
    return node_rescan(node->left, rescan);
}

static void unique_close(Node *node) { arena_destroy(&((UniqueNode *)node)->last_arena); }

Status unique_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanUnique *p = (const PlanUnique *)plan;
    UniqueNode *u;
    TRY(node_init(exec, plan, sizeof(*u), unique_produce, unique_rescan, &u));
    u->plan = p;
    u->node.close = unique_close;
    arena_init(&u->last_arena, &exec->account);
    u->last = arena_array(&exec->arena, Datum, p->column_count + 1);
    u->last_nulls = arena_array(&exec->arena, bool, p->column_count + 1);
    u->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    TRY(row_equal_init(&u->equal, exec, plan->left, p->column_count, p->columns, p->ops,
                       p->collations));
    *node_out = &u->node;
    return STATUS_OK;
}

/* ---- materialize ---- */

typedef struct MaterializeNode {
    Node node;
    RowStore *store;
    RowShape shape;
    Register *registers;
    uint64_t position;
    bool complete;
} MaterializeNode;

static Status materialize_produce(Node *node) {
    MaterializeNode *m = (MaterializeNode *)node;
    uint32_t count;
    if (m->store == NULL)
        TRY(row_store_make(node->exec, &m->shape, node->exec->work_mem, &m->store));
    if (m->position == row_store_count(m->store) && !m->complete) {
        const Batch *batch;
        TRY(node_next(node->left, &batch));
        if (batch == NULL)
            m->complete = true;
        else
            TRY(row_store_add(m->store, batch));
    }
    TRY(row_store_read(m->store, &m->position, BATCH_ROWS, m->registers, &node->exec->arena,
                       &node->batch_arena, node->row.columns, &count));
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status materialize_rescan(Node *node, const Rescan *rescan) {
    MaterializeNode *m = (MaterializeNode *)node;
    m->position = 0;
    if (m->store == NULL)
        return node_rescan(node->left, rescan);
    if (rescan_keeps(node->left, rescan))
        return STATUS_OK;
    row_store_clear(m->store);
    m->complete = false;
    return node_rescan(node->left, rescan);
}

static void materialize_close(Node *node) { row_store_free(((MaterializeNode *)node)->store); }

Status materialize_build(Executor *exec, const Plan *plan, Node **node_out) {
    MaterializeNode *m;
    TRY(node_init(exec, plan, sizeof(*m), materialize_produce, materialize_rescan, &m));
    m->node.close = materialize_close;
    TRY(row_shape_of_targets(&m->shape, exec, plan->left));
    m->registers = arena_array(&exec->arena, Register, m->shape.column_count + 1);
    node_row_shape(&m->node, m->shape.column_count);
    *node_out = &m->node;
    return STATUS_OK;
}

/* ---- memoize: results by the parameters that decide them ---- */

typedef struct MemoEntry {
    struct MemoEntry *next;
    uint64_t hash;
    uint8_t *key;
    RowStore *rows;
    bool complete;
} MemoEntry;

typedef struct MemoizeNode {
    Node node;
    const PlanMemoize *plan;
    ProgNode **keys;
    RowShape key_shape, shape;
    RowEqual equal;
    RowHeap key_heap;
    MemoEntry **buckets;
    MemoEntry *current;
    uint64_t position;
    size_t bytes;
    bool started;
    Register *registers;
    Datum *values;
    bool *nulls;
    BitSet *key_params;
    BitSet *changed; /* parameters that changed since the subtree was set back */
    bool set_back;   /* it is to be, before it runs */
} MemoizeNode;

#define MEMO_BUCKETS 4096u

static void memoize_drop_all(MemoizeNode *m) {
    for (uint32_t i = 0; i < MEMO_BUCKETS; i++) {
        for (MemoEntry *e = m->buckets[i]; e != NULL; e = e->next)
            row_store_free(e->rows);
        m->buckets[i] = NULL;
    }
    row_heap_free(&m->key_heap);
    m->current = NULL;
    m->bytes = 0;
}

/* Results found need no run of the subtree, so it is set back only here. */
static Status memoize_set_back(MemoizeNode *m) {
    Rescan rescan = {.changed = m->changed};
    if (!m->set_back)
        return STATUS_OK;
    m->set_back = false;
    Status s = node_rescan(m->node.left, &rescan);
    for (int p = bitset_next(m->changed, -1); p >= 0; p = bitset_next(m->changed, p))
        bitset_remove(m->changed, p);
    return s;
}

static Status memoize_find(MemoizeNode *m) {
    Node *node = &m->node;
    ProgContext ctx = node_context(node, NULL, NULL);
    uint64_t hash = 0;
    uint32_t n = m->plan->keys.count;
    for (uint32_t i = 0; i < n; i++) {
        TRY(prog_eval_single(m->keys[i], &ctx, &m->values[i], &m->nulls[i]));
        hash = row_equal_hash(&m->equal, i, m->values[i], m->nulls[i], hash);
    }
    for (MemoEntry *e = m->buckets[hash % MEMO_BUCKETS]; e != NULL; e = e->next) {
        bool equal = e->hash == hash;
        for (uint32_t i = 0; i < n && equal; i++) {
            bool null = row_is_null(e->key, i);
            equal = null == m->nulls[i];
            if (equal && !null)
                TRY(row_equal_pair(&m->equal, &node->batch_arena, i,
                                   row_get(&m->key_shape, e->key, i), m->values[i], &equal));
        }
        if (equal && e->complete) {
            m->current = e;
            if (node->stats != NULL)
                node->stats->cache_hits++;
            return STATUS_OK;
        }
    }
    if (node->stats != NULL)
        node->stats->cache_misses++;
    TRY(memoize_set_back(m));
    if (m->bytes > node->exec->work_mem)
        memoize_drop_all(m);
    MemoEntry *e;
    uint8_t *room;
    size_t bytes = row_measure(&m->key_shape, m->values, m->nulls);
    TRY(row_heap_alloc(&m->key_heap, sizeof(*e) + bytes, &room));
    e = (MemoEntry *)room;
    *e = (MemoEntry){.hash = hash, .key = room + sizeof(*e)};
    row_write(&m->key_shape, m->values, m->nulls, bytes, e->key);
    TRY(row_store_make(node->exec, &m->shape, node->exec->work_mem, &e->rows));
    e->next = m->buckets[hash % MEMO_BUCKETS];
    m->buckets[hash % MEMO_BUCKETS] = e;
    m->current = e;
    m->bytes += sizeof(*e) + bytes + 256;
    return STATUS_OK;
}

static Status memoize_produce(Node *node) {
    MemoizeNode *m = (MemoizeNode *)node;
    uint32_t count;
    if (!m->started) {
        m->started = true;
        m->position = 0;
        TRY(memoize_find(m));
    }
    MemoEntry *e = m->current;
    if (m->position == row_store_count(e->rows) && !e->complete) {
        const Batch *batch;
        size_t before = row_store_memory(e->rows);
        TRY(node_next(node->left, &batch));
        if (batch == NULL)
            e->complete = true;
        else
            TRY(row_store_add(e->rows, batch));
        m->bytes += row_store_memory(e->rows) - MIN(before, row_store_memory(e->rows));
    }
    TRY(row_store_read(e->rows, &m->position, BATCH_ROWS, m->registers, &node->exec->arena,
                       &node->batch_arena, node->row.columns, &count));
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status memoize_rescan(Node *node, const Rescan *rescan) {
    MemoizeNode *m = (MemoizeNode *)node;
    BitSet *others = NULL;
    m->started = false;
    /* An abandoned, half-filled entry is never found again: it is not complete. */
    for (int p = bitset_next(rescan->changed, -1); p >= 0; p = bitset_next(rescan->changed, p))
        if (!bitset_has(m->key_params, p) && bitset_has(node->left->plan->params, p))
            others = bitset_add(&node->batch_arena, others, p);
    bool drops = rescan->everything || (rescan->work_table && node->left->uses_work_table);
    if (others != NULL || drops)
        memoize_drop_all(m);
    m->changed = bitset_add_set(&node->exec->arena, m->changed, rescan->changed);
    m->set_back = !drops;
    return drops ? node_rescan(node->left, rescan) : STATUS_OK;
}

static bool memoize_param(Expr *expr, void *arg) {
    MemoizeNode *m = arg;
    if (expr->tag == EXPR_PARAM && ((const ExprParam *)expr)->kind == PARAM_EXEC)
        m->key_params =
            bitset_add(&m->node.exec->arena, m->key_params, (int)((const ExprParam *)expr)->number);
    return expr_walk(expr, memoize_param, arg);
}

static void memoize_close(Node *node) {
    MemoizeNode *m = (MemoizeNode *)node;
    if (m->buckets != NULL)
        memoize_drop_all(m);
}

Status memoize_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanMemoize *p = (const PlanMemoize *)plan;
    MemoizeNode *m;
    TRY(node_init(exec, plan, sizeof(*m), memoize_produce, memoize_rescan, &m));
    m->plan = p;
    m->node.close = memoize_close;
    uint32_t n = p->keys.count;
    PhysType *phys = arena_array(&exec->arena, PhysType, n + 1);
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    TRY(prog_compile_list(exec, &p->keys, &m->keys));
    for (uint32_t i = 0; i < n; i++)
        memoize_param(p->keys.items[i], m);
    for (uint32_t i = 0; i < n; i++) {
        phys[i] = m->keys[i]->phys;
        types[i] = m->keys[i]->type;
    }
    row_shape_init(&m->key_shape, &exec->arena, n, phys);
    TRY(row_equal_init_types(&m->equal, exec, n, types, types, p->ops, p->collations));
    TRY(row_shape_of_targets(&m->shape, exec, plan->left));
    row_heap_init(&m->key_heap, &exec->account);
    m->buckets = arena_array(&exec->arena, MemoEntry *, MEMO_BUCKETS);
    m->registers = arena_array(&exec->arena, Register, m->shape.column_count + 1);
    m->values = arena_array(&exec->arena, Datum, n + 1);
    m->nulls = arena_array(&exec->arena, bool, n + 1);
    node_row_shape(&m->node, m->shape.column_count);
    *node_out = &m->node;
    return STATUS_OK;
}
