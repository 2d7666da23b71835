/*
 * op_hash_join.c: the right side in a hash table, the left side probing it.
 *
 *   BUILD -> PROBE -> UNMATCHED (RIGHT, FULL) -> END
 *
 * Past its memory the build side goes to files, partitioned by hash; the left side then goes to files
 * likewise, and each pair of partitions is joined by itself. A partition that is still too large is
 * kept in memory all the same: its rows mostly share one key, which no partitioning helps.
 */
#include "executor/join.h"

#define PARTITIONS 32u
#define PARTITION_OF(hash) ((uint32_t)((hash) >> 43) & (PARTITIONS - 1))

typedef enum HashPhase { HASH_BUILD, HASH_PROBE, HASH_UNMATCHED, HASH_END } HashPhase;

typedef struct HashJoin {
    JoinNode join;
    const PlanHashJoin *plan;
    HashPhase phase;
    RowEqual equal, right_equal;
    RowTable table;
    ProgNode **left_keys, **right_keys;
    uint32_t key_count;
    const Vector **key_vectors;    /* of the current left batch */
    const Vector **stored_columns; /* scratch for storing */
    uint64_t *hashes;
    uint64_t right_rows;
    bool right_has_null;
    /* the left batch being probed */
    uint32_t place;
    uint8_t *chain; /* next stored row for the row at place */
    bool in_row;
    RowTableCursor cursor; /* UNMATCHED */
    Arena left_arena, build_arena;
    /* partitions */
    bool partitioned;
    uint32_t partition;
    SpillFile *right_parts[PARTITIONS], *left_parts[PARTITIONS];
    RowShape left_shape;
    Register *read_registers;
    Vector *read_columns;
    Batch read_batch;
} HashJoin;

/* ---- build ---- */

static bool any_key_null(HashJoin *h, const Vector *const *keys, uint32_t row) {
    for (uint32_t i = 0; i < h->key_count; i++)
        if (vector_is_null(keys[i], row))
            return true;
    return false;
}

/* Is one right row of a key enough? Where further conditions choose among them, all are needed. */
static bool one_per_key(const HashJoin *h) {
    const JoinNode *join = &h->join;
    if (join->kind == JOIN_SEMI || join->kind == JOIN_ANTI)
        return join->condition_count == 0;
    return join->plan->inner_unique;
}

/* Puts one right row into the table, in front of those with its key; rows without a possible match only where they are emitted. */
static Status build_insert(HashJoin *h, const Vector *const *columns, uint32_t row, uint64_t hash,
                           Arena *arena) {
    RowTable *t = &h->table;
    uint8_t *head = NULL, *stored;
    if (any_key_null(h, columns, row)) {
        if (!h->join.mark_right)
            return STATUS_OK;
        return row_table_write(t, columns, row, hash, &stored);
    }
    if (!one_per_key(h))
        TRY(row_table_find_stored(t, arena, columns, row, hash, &head));
    if (head == NULL)
        return row_table_store(t, columns, row, hash, &stored);
    TRY(row_table_write(t, columns, row, hash, &stored));
    right_link(stored)->next = head;
    row_table_replace(t, hash, head, stored);
    return STATUS_OK;
}

static Status build_partition_row(HashJoin *h, const uint8_t *row, uint64_t hash) {
    SpillFile **file = &h->right_parts[PARTITION_OF(hash)];
    if (*file == NULL)
        TRY(spill_open(h->join.node.exec, file));
    return spill_write_row(*file, row);
}

/* Hashes of stored rows, whose first columns are the keys. */
static void hash_stored(HashJoin *h, const uint8_t *const *rows, uint32_t count, uint64_t *hashes) {
    rows_to_batch(&h->join.stored, rows, count, h->read_registers, &h->join.node.exec->arena,
                  h->read_columns);
    for (uint32_t i = 0; i < h->join.stored.column_count; i++)
        h->stored_columns[i] = &h->read_columns[i];
    row_equal_hash_vectors(&h->equal, h->stored_columns, true, selection_all(count), hashes);
}

/* Moves what the table holds into files. */
static Status build_spill(HashJoin *h) {
    RowTableCursor cursor = {0};
    const uint8_t *rows[64];
    uint64_t hashes[64];
    uint32_t n = 0;
    h->partitioned = true;
    for (uint8_t *row = NULL;;) {
        row = row_table_next(&h->table, &cursor);
        if (row != NULL)
            rows[n++] = row;
        if (n == ARRAY_LEN(rows) || (row == NULL && n > 0)) {
            hash_stored(h, rows, n, hashes);
            for (uint32_t i = 0; i < n; i++)
                TRY(build_partition_row(h, rows[i], hashes[i]));
            n = 0;
        }
        if (row == NULL)
            break;
    }
    row_table_clear(&h->table);
    return STATUS_OK;
}

static Status build_batch(HashJoin *h, const Batch *batch) {
    Node *node = &h->join.node;
    ProgContext ctx = node_context(node, NULL, batch);
    const Vector **keys = arena_array(&h->build_arena, const Vector *, h->key_count + 1);
    ctx.arena = &h->build_arena;
    ctx.row_count = batch->row_count;
    for (uint32_t i = 0; i < h->key_count; i++)
        TRY(prog_eval(h->right_keys[i], &ctx, batch->selection, &keys[i]));
    const Vector **columns =
        arena_array(&h->build_arena, const Vector *, h->join.stored.column_count + 1);
    join_stored_columns(&h->join, keys, h->key_count, batch, columns);
    row_equal_hash_vectors(&h->equal, keys, true, batch->selection, h->hashes);
    SELECTION_FOREACH(batch->selection, row) {
        h->right_rows++;
        h->right_has_null |= h->plan->null_aware && any_key_null(h, keys, row);
        if (!h->partitioned) {
            TRY(build_insert(h, columns, row, h->hashes[row], &h->build_arena));
            continue;
        }
        if (!h->join.mark_right && any_key_null(h, keys, row))
            continue;
        uint8_t *stored;
        TRY(row_table_write(&h->table, columns, row, h->hashes[row], &stored));
        TRY(build_partition_row(h, stored, h->hashes[row]));
        row_heap_free(&h->table.heap);
    }
    size_t limit = (size_t)((double)node->exec->work_mem *
                            MAX(node->exec->session->settings.hash_mem_multiplier, 1.0));
    if (!h->partitioned && row_table_bytes(&h->table) > limit && h->table.count > 1024 &&
        !h->plan->null_aware)
        return build_spill(h);
    return STATUS_OK;
}

static Status hash_build(HashJoin *h) {
    Node *node = &h->join.node;
    const Batch *batch;
    for (;;) {
        TRY(node_next(node->right, &batch));
        if (batch == NULL)
            break;
        arena_reset(&h->build_arena);
        TRY(build_batch(h, batch));
    }
    h->phase = HASH_PROBE;
    if (node->stats != NULL) {
        node->stats->hash_buckets = h->table.mask + 1;
        node->stats->hash_batches = h->partitioned ? PARTITIONS : 1;
        node->stats->memory_kb = (row_table_bytes(&h->table) + 1023) / 1024;
    }
    return STATUS_OK;
}

/* ---- the left side ---- */

static Status left_keys(HashJoin *h, const Batch *batch) {
    ProgContext ctx = node_context(&h->join.node, batch, NULL);
    ctx.arena = &h->left_arena;
    for (uint32_t i = 0; i < h->key_count; i++)
        TRY(prog_eval(h->left_keys[i], &ctx, batch->selection, &h->key_vectors[i]));
    row_equal_hash_vectors(&h->equal, h->key_vectors, false, batch->selection, h->hashes);
    return STATUS_OK;
}

/* Partitioned: the whole left side goes to files first. */
static Status partition_left(HashJoin *h) {
    Node *node = &h->join.node;
    RowHeap heap;
    const Batch *batch;
    Status s = STATUS_OK;
    row_heap_init(&heap, &node->exec->account);
    while (status_ok(s)) {
        s = node_next(node->left, &batch);
        if (!status_ok(s) || batch == NULL)
            break;
        arena_reset(&h->left_arena);
        s = left_keys(h, batch);
        for (uint32_t i = 0; i < batch->selection.count && status_ok(s); i++) {
            uint32_t row = selection_row(batch->selection, i);
            SpillFile **file = &h->left_parts[PARTITION_OF(h->hashes[row])];
            uint8_t *stored;
            if (*file == NULL)
                s = spill_open(node->exec, file);
            if (status_ok(s))
                s = row_heap_add(&heap, &h->left_shape, batch, row, &stored);
            if (status_ok(s))
                s = spill_write_row(*file, stored);
        }
        row_heap_free(&heap);
    }
    row_heap_free(&heap);
    h->partition = UINT32_MAX;
    return s;
}

/* Reads up to a batch of rows of a file; copies lie on the arena. */
static Status read_rows(SpillFile *file, Arena *arena, const uint8_t **rows, uint32_t *count_out) {
    uint32_t n = 0;
    while (n < BATCH_ROWS) {
        uint8_t *row;
        void *copy;
        TRY(spill_read_row(file, &row));
        if (row == NULL)
            break;
        TRY(arena_try_alloc(arena, row_bytes(row), &copy));
        memcpy(copy, row, row_bytes(row));
        rows[n++] = copy;
    }
    *count_out = n;
    return STATUS_OK;
}

static Status partition_load(HashJoin *h, uint32_t p) {
    row_table_clear(&h->table);
    if (h->right_parts[p] == NULL)
        return STATUS_OK;
    TRY(spill_rewind(h->right_parts[p]));
    for (;;) {
        uint32_t n;
        arena_reset(&h->build_arena);
        const uint8_t **rows = arena_array(&h->build_arena, const uint8_t *, BATCH_ROWS);
        TRY(read_rows(h->right_parts[p], &h->build_arena, rows, &n));
        if (n == 0)
            return STATUS_OK;
        hash_stored(h, rows, n, h->hashes);
        for (uint32_t i = 0; i < n; i++)
            TRY(build_insert(h, h->stored_columns, i, h->hashes[i], &h->build_arena));
        TRY(exec_pulse(h->join.node.exec));
    }
}

static Status left_from_file(HashJoin *h, const Batch **batch_out) {
    uint32_t n = 0;
    SpillFile *file = h->left_parts[h->partition];
    *batch_out = NULL;
    if (file == NULL)
        return STATUS_OK;
    const uint8_t **rows = arena_array(&h->left_arena, const uint8_t *, BATCH_ROWS);
    TRY(read_rows(file, &h->left_arena, rows, &n));
    if (n == 0)
        return STATUS_OK;
    rows_to_batch(&h->left_shape, rows, n, h->read_registers, &h->join.node.exec->arena,
                  h->read_batch.columns);
    h->read_batch.row_count = n;
    h->read_batch.selection = selection_all(n);
    *batch_out = &h->read_batch;
    return STATUS_OK;
}

/* The next left batch with its keys; NULL at the end of the input or of the partition. */
static Status left_next(HashJoin *h) {
    const Batch *batch;
    arena_reset(&h->left_arena);
    if (h->partitioned)
        TRY(left_from_file(h, &batch));
    else
        TRY(node_next(h->join.node.left, &batch));
    join_left_batch(&h->join, batch);
    h->place = 0;
    h->in_row = false;
    return batch == NULL ? STATUS_OK : left_keys(h, batch);
}

/* ---- probing ---- */

static Status probe_row(HashJoin *h, uint32_t row) {
    Node *node = &h->join.node;
    h->chain = NULL;
    if (any_key_null(h, h->key_vectors, row))
        return STATUS_OK;
    return row_table_find(&h->table, &node->batch_arena, h->key_vectors, row, h->hashes[row],
                          &h->chain);
}

/* Semi and anti joins without further conditions: a selection of the left batch, nothing copied. */
static Status probe_select(HashJoin *h, bool *done_out) {
    JoinNode *join = &h->join;
    Node *node = &join->node;
    const Batch *batch = join->left_batch;
    uint32_t n = 0;
    uint16_t *rows = arena_alloc(&node->batch_arena, sizeof(uint16_t) * batch->selection.count);
    *done_out = true;
    SELECTION_FOREACH(batch->selection, row) {
        TRY(probe_row(h, row));
        bool match = h->chain != NULL;
        if (h->plan->null_aware && h->right_rows > 0)
            match |= h->right_has_null || any_key_null(h, h->key_vectors, row);
        if (match == (join->kind == JOIN_SEMI))
            rows[n++] = (uint16_t)row;
    }
    h->place = batch->selection.count;
    for (uint32_t c = 0; c < join->left_count; c++)
        node->row.columns[c] = batch->columns[c];
    node->row.row_count = batch->row_count;
    node->row.selection = (Selection){rows, n};
    return STATUS_OK;
}

/* Pairs of the left batch from place on, until full. */
static Status probe_pairs(HashJoin *h) {
    JoinNode *join = &h->join;
    const Batch *batch = join->left_batch;
    bool marker = join_needs_markers(join);
    for (; h->place < batch->selection.count; h->place++) {
        uint32_t row = selection_row(batch->selection, h->place);
        if (!h->in_row) {
            TRY(probe_row(h, row));
            h->in_row = true;
        }
        for (; h->chain != NULL; h->chain = right_link(h->chain)->next) {
            if (join_full(join))
                return STATUS_OK;
            join_pair(join, row, h->chain);
        }
        if (marker) {
            if (join_full(join))
                return STATUS_OK;
            join_pair(join, row, NULL);
        }
        h->in_row = false;
    }
    return STATUS_OK;
}

static Status probe(HashJoin *h, bool *made_out) {
    JoinNode *join = &h->join;
    bool simple =
        join->condition_count == 0 && (join->kind == JOIN_SEMI || join->kind == JOIN_ANTI);
    *made_out = false;
    if (join->left_batch == NULL || h->place >= join->left_batch->selection.count) {
        TRY(left_next(h));
        if (join->left_batch == NULL)
            return STATUS_OK;
    }
    if (simple)
        return probe_select(h, made_out);
    TRY(probe_pairs(h));
    *made_out = true;
    return join_flush(join);
}

/* Right rows that nothing matched. */
static Status emit_unmatched(HashJoin *h, bool *made_out) {
    JoinNode *join = &h->join;
    uint32_t conditions = join->condition_count;
    *made_out = false;
    while (!join_full(join)) {
        uint8_t *row = row_table_next(&h->table, &h->cursor);
        if (row == NULL)
            break;
        if (!right_link(row)->matched)
            join_pair(join, LEFT_NONE, row);
    }
    if (join->pair_count == 0)
        return STATUS_OK;
    *made_out = true;
    join_left_batch(join, NULL);
    join->condition_count = 0;
    Status s = join_flush(join);
    join->condition_count = conditions;
    return s;
}

static Status next_partition(HashJoin *h) {
    if (!h->partitioned || ++h->partition >= PARTITIONS) {
        h->phase = HASH_END;
        return STATUS_OK;
    }
    h->phase = HASH_PROBE;
    h->cursor = (RowTableCursor){0};
    TRY(partition_load(h, h->partition));
    return h->left_parts[h->partition] == NULL ? STATUS_OK
                                               : spill_rewind(h->left_parts[h->partition]);
}

static Status hash_begin(HashJoin *h) {
    JoinNode *join = &h->join;
    TRY(hash_build(h));
    bool needs_match =
        join->kind == JOIN_INNER || join->kind == JOIN_SEMI || join->kind == JOIN_RIGHT;
    if (h->right_rows == 0 && needs_match) {
        h->phase = HASH_END;
        return STATUS_OK;
    }
    if (h->plan->null_aware && h->right_has_null && join->kind == JOIN_ANTI)
        h->phase = HASH_END;
    if (!h->partitioned)
        return STATUS_OK;
    TRY(partition_left(h));
    return next_partition(h);
}

static Status hash_join_produce(Node *node) {
    HashJoin *h = (HashJoin *)node;
    bool made;
    if (h->phase == HASH_BUILD)
        TRY(hash_begin(h));
    while (h->phase != HASH_END) {
        if (h->phase == HASH_PROBE) {
            TRY(probe(h, &made));
            if (made)
                return STATUS_OK;
            h->phase = HASH_UNMATCHED;
        }
        if (h->join.mark_right) {
            TRY(emit_unmatched(h, &made));
            if (made)
                return STATUS_OK;
        }
        TRY(next_partition(h));
    }
    join_end(&h->join);
    return STATUS_OK;
}

/* ---- life ---- */

static void hash_drop_files(HashJoin *h) {
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        spill_close(h->right_parts[i]);
        spill_close(h->left_parts[i]);
        h->right_parts[i] = h->left_parts[i] = NULL;
    }
    h->partitioned = false;
}

static Status hash_join_rescan(Node *node, const Rescan *rescan) {
    HashJoin *h = (HashJoin *)node;
    join_left_batch(&h->join, NULL);
    h->place = 0;
    h->in_row = false;
    h->join.pair_count = 0;
    h->cursor = (RowTableCursor){0};
    TRY(node_rescan(node->left, rescan));
    bool keep = h->phase != HASH_BUILD && !h->partitioned && rescan_keeps(node->right, rescan) &&
                !bitset_overlap(h->plan->right_key_params, rescan->changed);
    if (keep) {
        RowTableCursor cursor = {0};
        for (uint8_t *row; h->join.mark_right && (row = row_table_next(&h->table, &cursor));)
            right_link(row)->matched = 0;
        bool empty =
            h->right_rows == 0 &&
            (h->join.kind == JOIN_INNER || h->join.kind == JOIN_SEMI || h->join.kind == JOIN_RIGHT);
        h->phase = empty || (h->plan->null_aware && h->right_has_null) ? HASH_END : HASH_PROBE;
        return STATUS_OK;
    }
    hash_drop_files(h);
    row_table_clear(&h->table);
    h->phase = HASH_BUILD;
    h->right_rows = 0;
    h->right_has_null = false;
    return node_rescan(node->right, rescan);
}

static void hash_join_close(Node *node) {
    HashJoin *h = (HashJoin *)node;
    hash_drop_files(h);
    row_table_free(&h->table);
    arena_destroy(&h->left_arena);
    arena_destroy(&h->build_arena);
}

static Status hash_join_shapes(HashJoin *h, Executor *exec, const Plan *plan) {
    const PlanHashJoin *p = h->plan;
    uint32_t n = h->key_count;
    Oid *left = arena_array(&exec->arena, Oid, n + 1),
        *right = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        left[i] = p->left_keys.items[i]->type;
        right[i] = p->right_keys.items[i]->type;
    }
    TRY(row_equal_init_types(&h->equal, exec, n, left, right, p->ops, p->collations));
    TRY(row_equal_init_right(&h->right_equal, exec, n, left, right, p->ops, p->collations));
    TRY(row_table_init(&h->table, &exec->account, &h->join.stored, &h->equal, sizeof(RightLink)));
    h->table.stored_equal = &h->right_equal;
    h->table.null_equal = false;
    TRY(row_shape_of_targets(&h->left_shape, exec, plan->left));
    uint32_t columns = MAX(h->join.stored.column_count, h->join.left_count) + 1;
    h->read_registers = arena_array(&exec->arena, Register, columns);
    h->read_columns = arena_array(&exec->arena, Vector, columns);
    h->read_batch = (Batch){.column_count = h->join.left_count,
                            .columns = arena_array(&exec->arena, Vector, columns)};
    h->stored_columns = arena_array(&exec->arena, const Vector *, columns);
    return STATUS_OK;
}

Status hash_join_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanHashJoin *p = (const PlanHashJoin *)plan;
    HashJoin *h;
    TRY(node_init(exec, plan, sizeof(*h), hash_join_produce, hash_join_rescan, &h));
    h->plan = p;
    arena_init(&h->left_arena, &exec->account);
    arena_init(&h->build_arena, &exec->account);
    h->join.node.close = hash_join_close;
    TRY(join_init(&h->join, &p->right_keys));
    h->key_count = p->left_keys.count;
    TRY(prog_compile_list(exec, &p->left_keys, &h->left_keys));
    TRY(prog_compile_list(exec, &p->right_keys, &h->right_keys));
    h->key_vectors = arena_array(&exec->arena, const Vector *, h->key_count + 1);
    h->hashes = arena_alloc(&exec->arena, sizeof(uint64_t) * BATCH_ROWS);
    TRY(hash_join_shapes(h, exec, plan));
    *node_out = &h->join.node;
    return STATUS_OK;
}
