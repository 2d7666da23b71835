/*
 * op_aggregate.c: groups.
 *
 *   plain    no keys: one state for all rows
 *   sorted   runs of equal keys: one state at a time, results as groups end. Grouping sets: a state
 *            for each set of a rollup, whose keys are prefixes of one another; one rollup after the
 *            other, each over the rows sorted anew
 *   hashed   a RowTable of groups per grouping set; its rows carry the states
 *
 * A hashed aggregation of one set that outgrows its memory takes no new groups any more: rows of
 * unknown groups go to files by hash, and each file is aggregated by itself after the groups in
 * memory went out. A partial one lets its groups out instead, and begins anew: they meet again above,
 * where nothing goes to files (the planner sees to it that the groups are few).
 */
#include "executor/agg.h"
#include "executor/parallel.h"
#include "executor/row_table.h"
#include "executor/sort.h"

#define SPILL_PARTS 32u

typedef struct GroupSet {
    RowTable table;
    bool *member;          /* [key_count] */
    uint32_t sorted_count; /* leading keys of the rollup */
    RowTableCursor cursor;
    int32_t *grouping; /* GROUPING() values */
    bool has_empty;    /* no keys: one row even without input */
} GroupSet;

typedef struct AggNode {
    Node node;
    const PlanAggregate *plan;
    AggStrategy strategy;
    ProgNode **keys;
    uint32_t key_count;
    RowShape key_shape;
    RowEqual equal;
    AggSpec *specs;
    uint32_t spec_count, user_count;
    bool has_direct; /* arguments over the result's keys */
    uint32_t states_bytes;
    Arena agg_arena;     /* what states own */
    Arena input_arena;   /* keys and arguments of one input batch */
    Register *registers; /* of the output row */
    PhysType *phys;
    bool hashed, built, finished;
    /* hashed */
    GroupSet *sets;
    uint32_t set_count, set_at;
    uint64_t *hashes;
    uint8_t **states; /* by input row */
    const Vector **key_vectors, **set_vectors;
    Register *null_keys;
    /* spilling */
    RowShape input_shape;
    SpillFile *parts[SPILL_PARTS];
    SpillFile *queue[256]; /* files to be aggregated yet */
    uint32_t queue_count;
    bool full; /* no new groups; partial: those there go out first */
    bool read; /* the input has ended */
    uint32_t level;
    uint16_t *spill_rows;
    Register *read_registers;
    /* plain, sorted */
    uint8_t *state; /* of one group; sorted sets: of one each, in the order of the sets */
    bool in_group;
    Datum *key_values;
    bool *key_nulls;
    Arena key_arena;
    const Batch *input;
    uint32_t place;
    Selection *spec_sels;
    uint16_t *run_rows;
    /* sorted: sets of one rollup at a time, [rollup_first, rollup_end) */
    const PlanRollup *rollups, *rollup; /* rollup NULL: not begun */
    uint32_t rollup_count, rollup_at, rollup_first, rollup_end;
    uint32_t emit_at;  /* the next set whose group has ended; rollup_end: none */
    int32_t same_keys; /* leading keys that the next row shares: sets with more have ended */
    Arena *set_arenas; /* what the states of each set own */
    RowOrder *rollup_orders;
    bool input_ended;
    Sorter *reading, *sorting; /* this rollup's rows, the next one's; NULL: the input, none */
    Batch sorted_batch;
    const uint8_t **sorted_rows;
} AggNode;

/* ---- input ---- */

static Status eval_keys(AggNode *a, const Batch *batch) {
    ProgContext ctx = node_context(&a->node, batch, NULL);
    ctx.arena = &a->input_arena;
    for (uint32_t i = 0; i < a->key_count; i++)
        TRY(prog_eval(a->keys[i], &ctx, batch->selection, &a->key_vectors[i]));
    return STATUS_OK;
}

static Status begin_states_on(AggNode *a, uint8_t *states, Arena *arena) {
    for (uint32_t i = 0; i < a->spec_count; i++)
        TRY(agg_begin(&a->specs[i], states + a->specs[i].offset, arena));
    return STATUS_OK;
}

static Status begin_states(AggNode *a, uint8_t *states) {
    return begin_states_on(a, states, &a->agg_arena);
}

/* ---- results ---- */

static void output_reserve(AggNode *a, uint32_t rows) {
    for (uint32_t c = 0; c < a->node.row.column_count; c++) {
        register_flat(&a->registers[c], &a->node.exec->arena, a->phys[c], rows);
    }
}

static void output_put(AggNode *a, uint32_t column, uint32_t row, Datum value, bool is_null) {
    Register *reg = &a->registers[column];
    if (is_null && reg->v.nulls == NULL)
        register_nulls(reg, reg->capacity);
    vector_put(&reg->v, row, value, is_null);
}

/* passing: the states end before the rows do, so values must not lie in them. */
static Status output_aggs(AggNode *a, uint8_t *states, uint32_t row, Arena *arena, bool passing) {
    for (uint32_t i = 0; a->plan->phase == AGG_PARTIAL && i < a->spec_count; i++)
        output_put(a, a->key_count + i, row,
                   (Datum){.u64 = (uintptr_t)(states + a->specs[i].offset)}, false);
    if (a->plan->phase == AGG_PARTIAL)
        return STATUS_OK;
    for (uint32_t c = 0; a->has_direct && c < a->key_count; c++)
        a->node.row.columns[c] = a->registers[c].v;
    ProgContext ctx = node_context(&a->node, &a->node.row, NULL);
    for (uint32_t i = 0; i < a->spec_count; i++)
        TRY(agg_feed_collected(&a->specs[i], states + a->specs[i].offset, arena));
    for (uint32_t i = 0; i < a->spec_count; i++) {
        Datum value;
        bool is_null = false;
        TRY(agg_final(&a->specs[i], states + a->specs[i].offset, &ctx, row, arena,
                      &a->node.batch_arena, &value, &is_null));
        if (passing && !is_null)
            TRY(datum_copy(&a->node.batch_arena, a->phys[a->key_count + i], value, &value));
        output_put(a, a->key_count + i, row, value, is_null);
    }
    return STATUS_OK;
}

static void output_done(AggNode *a, uint32_t count) {
    for (uint32_t c = 0; c < a->node.row.column_count; c++)
        a->node.row.columns[c] = a->registers[c].v;
    a->node.row.row_count = count;
    a->node.row.selection = selection_all(count);
}

/* ---- plain ---- */

/* Users' functions see row after row, as they may tell of it. */
static Status plain_rows(AggNode *a, ProgContext *ctx, const Batch *batch) {
    uint32_t *places = arena_array(&a->input_arena, uint32_t, a->spec_count);
    for (uint32_t i = 0; i < a->spec_count; i++) {
        Selection sel;
        TRY(agg_eval(&a->specs[i], ctx, batch->selection, &sel));
        if (sel.rows != NULL && sel.count > 0)
            sel.rows = arena_memdup(&a->input_arena, sel.rows, sel.count * sizeof(uint16_t));
        a->spec_sels[i] = sel;
    }
    SELECTION_FOREACH(batch->selection, row) {
        uint16_t one = (uint16_t)row;
        for (uint32_t i = 0; i < a->spec_count; i++) {
            const Selection *sel = &a->spec_sels[i];
            if (places[i] >= sel->count || selection_row(*sel, places[i]) != row)
                continue;
            places[i]++;
            TRY(agg_step_single(&a->specs[i], a->state + a->specs[i].offset, (Selection){&one, 1},
                                &a->agg_arena));
        }
    }
    return STATUS_OK;
}

static Status plain_produce(Node *node) {
    AggNode *a = (AggNode *)node;
    const Batch *batch;
    if (a->finished) {
        output_done(a, 0);
        return STATUS_OK;
    }
    TRY(begin_states(a, a->state));
    for (;;) {
        TRY(node_next(node->left, &batch));
        if (batch == NULL)
            break;
        arena_reset(&a->input_arena);
        ProgContext ctx = node_context(node, batch, NULL);
        ctx.arena = &a->input_arena;
        if (a->user_count > 1)
            TRY(plain_rows(a, &ctx, batch));
        for (uint32_t i = 0; i < a->spec_count && a->user_count <= 1; i++) {
            AggSpec *spec = &a->specs[i];
            TRY(agg_feed(spec, &ctx, batch->selection, a->state + spec->offset, NULL,
                         &a->agg_arena));
        }
    }
    a->finished = true;
    output_reserve(a, 1);
    TRY(output_aggs(a, a->state, 0, &a->agg_arena, false));
    for (uint32_t g = 0; g < a->plan->grouping_count; g++)
        output_put(a, a->key_count + a->spec_count + g, 0, datum_i32(0), false);
    output_done(a, 1);
    return STATUS_OK;
}

/* ---- sorted ---- */

static uint8_t *set_state(AggNode *a, uint32_t set) {
    return a->state + (size_t)set * ALIGN_UP(a->states_bytes + 16u, 16u);
}

/* New groups begin for the sets that ended (same_keys), or for all. */
static Status sorted_begin(AggNode *a, int32_t same_keys) {
    for (uint32_t s = a->rollup_first; s < a->rollup_end; s++) {
        if ((int32_t)a->sets[s].sorted_count <= same_keys)
            continue;
        arena_reset(&a->set_arenas[s]);
        TRY(begin_states_on(a, set_state(a, s), &a->set_arenas[s]));
    }
    return STATUS_OK;
}

static Status sorted_keep_key(AggNode *a, uint32_t row) {
    arena_reset(&a->key_arena);
    for (uint32_t i = 0; i < a->key_count; i++) {
        const Vector *v = a->key_vectors[i];
        a->key_nulls[i] = vector_is_null(v, row);
        if (!a->key_nulls[i])
            TRY(datum_copy(&a->key_arena, v->phys, vector_at(v, row), &a->key_values[i]));
    }
    a->in_group = true;
    return sorted_begin(a, a->same_keys);
}

/* How many leading keys of the rollup the row has in common with the group. */
static Status sorted_same_keys(AggNode *a, uint32_t row, uint32_t *same_out) {
    const PlanRollup *rollup = a->rollup;
    bool same = true;
    for (*same_out = 0; *same_out < rollup->key_count; (*same_out)++) {
        uint32_t i = rollup->keys[*same_out];
        const Vector *v = a->key_vectors[i];
        bool is_null = vector_is_null(v, row);
        if (is_null || a->key_nulls[i])
            same = is_null == a->key_nulls[i];
        else
            TRY(row_equal_pair(&a->equal, &a->input_arena, i, vector_at(v, row), a->key_values[i],
                               &same));
        if (!same)
            break;
    }
    return STATUS_OK;
}

static Status sorted_emit(AggNode *a, uint32_t set, uint32_t row) {
    const GroupSet *of = &a->sets[set];
    for (uint32_t i = 0; i < a->key_count; i++) {
        Datum value = {.i64 = 0};
        bool is_null = a->key_nulls[i] || !of->member[i];
        if (!is_null)
            TRY(datum_copy(&a->node.batch_arena, a->key_shape.phys[i], a->key_values[i], &value));
        output_put(a, i, row, value, is_null);
    }
    TRY(output_aggs(a, set_state(a, set), row, &a->set_arenas[set], true));
    for (uint32_t g = 0; g < a->plan->grouping_count; g++)
        output_put(a, a->key_count + a->spec_count + g, row, datum_i32(of->grouping[g]), false);
    return STATUS_OK;
}

/* Groups that have ended: those of sets with more than same_keys keys. */
static Status sorted_emit_ended(AggNode *a, uint32_t *count) {
    for (; a->emit_at < a->rollup_end && *count < BATCH_ROWS; a->emit_at++)
        if ((int32_t)a->sets[a->emit_at].sorted_count > a->same_keys)
            TRY(sorted_emit(a, a->emit_at, (*count)++));
    if (a->emit_at == a->rollup_end)
        a->in_group = false;
    return STATUS_OK;
}

/* Rows of the input from place on that belong to the group: a run of the batch. */
static Status sorted_run(AggNode *a, uint32_t *count_out) {
    const Selection *in = &a->input->selection;
    uint32_t n = 0;
    while (a->place + n < in->count) {
        uint32_t row = selection_row(*in, a->place + n), same = a->rollup->key_count;
        if (n > 0 || a->in_group)
            TRY(sorted_same_keys(a, row, &same));
        if (same < a->rollup->key_count) {
            a->same_keys = (int32_t)same;
            a->emit_at = a->rollup_first;
            break;
        }
        if (!a->in_group)
            TRY(sorted_keep_key(a, row));
        a->run_rows[n++] = (uint16_t)row;
    }
    *count_out = n;
    return STATUS_OK;
}

/* The rows of a run that an aggregate's filter let through: both are ascending. */
static Selection run_of(const Selection *passed, const uint16_t *run, uint32_t count,
                        uint16_t *out) {
    uint32_t low = 0, high = passed->count, n = 0;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (selection_row(*passed, middle) < run[0])
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < passed->count && selection_row(*passed, low) <= run[count - 1]; low++)
        out[n++] = (uint16_t)selection_row(*passed, low);
    return (Selection){out, n};
}

/* The next rows of the rollup's order; the next rollup sorts them for itself meanwhile. */
static Status sorted_read(AggNode *a) {
    Node *node = &a->node;
    if (a->reading == NULL) {
        TRY(node_next(node->left, &a->input));
    } else {
        Batch *batch = &a->sorted_batch;
        TRY(sorter_next(a->reading, BATCH_ROWS, &a->input_arena, a->sorted_rows,
                        &batch->row_count));
        RowShape shape = *sorter_shape(a->reading);
        shape.column_count--; /* the key behind */
        rows_to_batch(&shape, a->sorted_rows, batch->row_count, a->read_registers,
                      &node->exec->arena, batch->columns);
        batch->selection = selection_all(batch->row_count);
        a->input = batch->row_count == 0 ? NULL : batch;
    }
    if (a->input != NULL && a->sorting != NULL)
        TRY(sorter_add(a->sorting, a->input));
    return STATUS_OK;
}

static Status sorted_input(AggNode *a) {
    arena_reset(&a->input_arena);
    TRY(sorted_read(a));
    a->place = 0;
    if (a->input == NULL)
        return STATUS_OK;
    TRY(eval_keys(a, a->input));
    ProgContext ctx = node_context(&a->node, a->input, NULL);
    ctx.arena = &a->input_arena;
    for (uint32_t i = 0; i < a->spec_count; i++) {
        Selection sel;
        TRY(agg_eval(&a->specs[i], &ctx, a->input->selection, &sel));
        if (sel.rows != NULL) /* it may be the aggregate's buffer or the input's */
            sel.rows = arena_memdup(&a->input_arena, sel.rows, sel.count * sizeof(uint16_t));
        a->spec_sels[i] = sel;
    }
    return STATUS_OK;
}

/* Begins a rollup; the rows for the one after it are collected while it runs. */
static Status sorted_begin_rollup(AggNode *a, uint32_t at) {
    a->rollup_at = at;
    a->rollup = &a->rollups[at];
    a->rollup_first = at == 0 ? 0 : a->rollup_end;
    a->emit_at = a->rollup_end = a->rollup_first + a->rollup->set_count;
    a->same_keys = -1;
    a->in_group = a->input_ended = false;
    if (at + 1 < a->rollup_count)
        TRY(sorter_make(a->node.exec, &a->input_shape, &a->rollup_orders[at + 1], UINT64_MAX,
                        &a->sorting));
    return STATUS_OK;
}

static Status sorted_next_rollup(AggNode *a) {
    sorter_free(a->reading);
    a->reading = a->sorting;
    a->sorting = NULL;
    a->input = NULL;
    a->finished = a->reading == NULL;
    if (a->finished)
        return STATUS_OK;
    TRY(sorter_finish(a->reading));
    return sorted_begin_rollup(a, a->rollup_at + 1);
}

/* The rows have ended: so have the groups. Sets without keys have one even of no rows. */
static Status sorted_end(AggNode *a) {
    a->input_ended = true;
    a->emit_at = a->rollup_first;
    a->same_keys = -1;
    if (a->in_group)
        return STATUS_OK;
    while (a->emit_at < a->rollup_end && a->sets[a->emit_at].sorted_count > 0)
        a->emit_at++;
    for (uint32_t i = 0; i < a->key_count; i++)
        a->key_nulls[i] = true;
    return sorted_begin(a, -1);
}

static Status sorted_step(AggNode *a, uint32_t run, uint16_t *rows) {
    for (uint32_t i = 0; i < a->spec_count && run > 0; i++) {
        Selection sel = run_of(&a->spec_sels[i], a->run_rows, run, rows);
        for (uint32_t s = a->rollup_first; s < a->rollup_end; s++)
            TRY(agg_step_single(&a->specs[i], set_state(a, s) + a->specs[i].offset, sel,
                                &a->set_arenas[s]));
    }
    a->place += run;
    return STATUS_OK;
}

/* A step: groups that ended go out, or the rollup is over, or rows come in. */
static Status sorted_advance(AggNode *a, uint16_t *rows, uint32_t *count) {
    uint32_t run;
    if (a->emit_at < a->rollup_end)
        return sorted_emit_ended(a, count);
    if (a->input_ended)
        return sorted_next_rollup(a);
    if (a->input == NULL || a->place >= a->input->selection.count)
        TRY(sorted_input(a));
    if (a->input == NULL)
        return sorted_end(a);
    TRY(sorted_run(a, &run));
    return sorted_step(a, run, rows);
}

static Status sorted_produce(Node *node) {
    AggNode *a = (AggNode *)node;
    uint32_t count = 0;
    uint16_t *rows = arena_alloc(&node->batch_arena, sizeof(uint16_t) * BATCH_ROWS);
    output_reserve(a, BATCH_ROWS);
    if (a->rollup == NULL)
        TRY(sorted_begin_rollup(a, 0));
    while (!a->finished && count < BATCH_ROWS)
        TRY(sorted_advance(a, rows, &count));
    output_done(a, count);
    return STATUS_OK;
}

/* ---- hashed ---- */

static Status spill_input_row(AggNode *a, const Batch *batch, uint32_t row, uint64_t hash) {
    SpillFile **file = &a->parts[(hash >> (32 + 5 * (a->level % 4))) & (SPILL_PARTS - 1)];
    RowHeap heap;
    uint8_t *stored;
    row_heap_init(&heap, &a->node.exec->account);
    if (*file == NULL)
        TRY(spill_open(a->node.exec, file));
    Status s = row_heap_add(&heap, &a->input_shape, batch, row, &stored);
    if (status_ok(s))
        s = spill_write_row(*file, stored);
    row_heap_free(&heap);
    return s;
}

/* Finds or makes the group of each row of one set; *sel_out: the rows that have one. */
static Status set_groups(AggNode *a, GroupSet *set, const Batch *batch, Selection *sel_out) {
    const Vector **keys = a->set_vectors;
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->key_count; i++)
        keys[i] = set->member[i] ? a->key_vectors[i] : &a->null_keys[i].v;
    row_equal_hash_vectors(&a->equal, keys, false, batch->selection, a->hashes);
    SELECTION_FOREACH(batch->selection, row) {
        uint8_t *stored;
        bool is_new = false;
        if (a->full)
            TRY(row_table_find(&set->table, &a->input_arena, keys, row, a->hashes[row], &stored));
        else
            TRY(row_table_put(&set->table, &a->input_arena, keys, row, a->hashes[row], &stored,
                              &is_new));
        if (stored == NULL) {
            TRY(spill_input_row(a, batch, row, a->hashes[row]));
            continue;
        }
        a->states[row] = row_extra(&set->table, stored);
        if (is_new)
            TRY(begin_states(a, a->states[row]));
        a->spill_rows[n++] = (uint16_t)row;
    }
    *sel_out = n == batch->selection.count ? batch->selection : (Selection){a->spill_rows, n};
    return STATUS_OK;
}

static Status hashed_batch(AggNode *a, const Batch *batch) {
    arena_reset(&a->input_arena);
    TRY(eval_keys(a, batch));
    ProgContext ctx = node_context(&a->node, batch, NULL);
    ctx.arena = &a->input_arena;
    for (uint32_t s = 0; s < a->set_count; s++) {
        Selection sel;
        TRY(set_groups(a, &a->sets[s], batch, &sel));
        for (uint32_t i = 0; i < a->spec_count; i++) {
            TRY(agg_feed(&a->specs[i], &ctx, sel, NULL, a->states, &a->agg_arena));
        }
    }
    size_t used = a->agg_arena.reserved_bytes;
    for (uint32_t s = 0; s < a->set_count; s++)
        used += row_table_bytes(&a->sets[s].table);
    double limit = (double)a->node.exec->work_mem *
                   MAX(a->node.exec->session->settings.hash_mem_multiplier, 1.0);
    /* States to be combined lie in memory anyway: none of them goes to a file. */
    if (a->set_count == 1 && a->plan->phase != AGG_FINALIZE && (double)used > limit &&
        a->sets[0].table.count > 1024 && a->level < 4)
        a->full = true;
    return STATUS_OK;
}

static Status hashed_read_file(AggNode *a, SpillFile *file) {
    Batch batch = {.column_count = a->input_shape.column_count};
    TRY(spill_rewind(file));
    for (;;) {
        Arena *arena = &a->key_arena; /* free in hashed aggregation */
        arena_reset(arena);
        const uint8_t **rows = arena_array(arena, const uint8_t *, BATCH_ROWS);
        batch.columns = arena_array(arena, Vector, batch.column_count + 1);
        uint32_t n = 0;
        for (; n < BATCH_ROWS; n++) {
            uint8_t *row;
            void *copy;
            TRY(spill_read_row(file, &row));
            if (row == NULL)
                break;
            TRY(arena_try_alloc(arena, row_bytes(row), &copy));
            memcpy(copy, row, row_bytes(row));
            rows[n] = copy;
        }
        if (n == 0)
            return STATUS_OK;
        rows_to_batch(&a->input_shape, rows, n, a->read_registers, &a->node.exec->arena,
                      batch.columns);
        batch.row_count = n;
        batch.selection = selection_all(n);
        TRY(hashed_batch(a, &batch));
        TRY(exec_pulse(a->node.exec));
    }
}

/* Files made by the last pass wait for their turn. */
static void queue_parts(AggNode *a) {
    for (uint32_t i = 0; i < SPILL_PARTS; i++) {
        if (a->parts[i] == NULL)
            continue;
        check(a->queue_count < ARRAY_LEN(a->queue));
        if (a->node.stats != NULL)
            a->node.stats->disk_kb += (spill_bytes(a->parts[i]) + 1023) / 1024;
        a->queue[a->queue_count++] = a->parts[i];
        a->parts[i] = NULL;
    }
}

static Status empty_sets(AggNode *a) {
    for (uint32_t s = 0; s < a->set_count; s++) {
        GroupSet *set = &a->sets[s];
        uint8_t *stored;
        if (!set->has_empty || set->table.count > 0)
            continue;
        for (uint32_t i = 0; i < a->key_count; i++)
            a->set_vectors[i] = &a->null_keys[i].v;
        TRY(row_table_store(&set->table, a->set_vectors, 0, 0, &stored));
        TRY(begin_states(a, row_extra(&set->table, stored)));
    }
    return STATUS_OK;
}

static Status hashed_build(AggNode *a) {
    const Batch *batch;
    bool partial = a->plan->phase == AGG_PARTIAL;
    while (!a->read && !(partial && a->full)) {
        TRY(node_next(a->node.left, &batch));
        a->read = batch == NULL;
        if (batch != NULL)
            TRY(hashed_batch(a, batch));
    }
    TRY(empty_sets(a));
    a->built = true;
    queue_parts(a);
    if (a->node.stats != NULL) {
        a->node.stats->memory_kb = (row_table_bytes(&a->sets[0].table) + 1023) / 1024;
        a->node.stats->hash_batches = 1 + a->queue_count;
    }
    return STATUS_OK;
}

/* The groups in memory are out: on to a file. False: there is none. */
static Status hashed_next_file(AggNode *a, bool *more_out) {
    *more_out = a->queue_count > 0;
    if (!*more_out)
        return STATUS_OK;
    SpillFile *file = a->queue[--a->queue_count];
    row_table_clear(&a->sets[0].table);
    arena_reset(&a->agg_arena);
    a->sets[0].cursor = (RowTableCursor){0};
    a->set_at = 0;
    a->full = false;
    a->level++;
    /* Rows that spill again must not meet the bound of waiting files. */
    if (a->queue_count + SPILL_PARTS >= ARRAY_LEN(a->queue))
        a->level = 4;
    Status s = hashed_read_file(a, file);
    spill_close(file);
    TRY(s);
    queue_parts(a);
    return STATUS_OK;
}

static Status hashed_emit(AggNode *a, uint32_t *count_out) {
    uint32_t count = 0;
    while (count < BATCH_ROWS && a->set_at < a->set_count) {
        GroupSet *set = &a->sets[a->set_at];
        uint8_t *stored = row_table_next(&set->table, &set->cursor);
        if (stored == NULL) {
            a->set_at++;
            continue;
        }
        for (uint32_t i = 0; i < a->key_count; i++) {
            bool is_null = row_is_null(stored, i);
            output_put(a, i, count,
                       is_null ? (Datum){.i64 = 0} : row_get(&set->table.shape, stored, i),
                       is_null);
        }
        TRY(output_aggs(a, row_extra(&set->table, stored), count, &a->agg_arena, false));
        for (uint32_t g = 0; g < a->plan->grouping_count; g++)
            output_put(a, a->key_count + a->spec_count + g, count, datum_i32(set->grouping[g]),
                       false);
        count++;
    }
    *count_out = count;
    return STATUS_OK;
}

/* Groups whose states are being read by the node above the gather. */
typedef struct PastGroups {
    Leftover leftover;
    MemAccount *account;
    RowTable table;
    Arena arena;
} PastGroups;

static void past_groups_free(Leftover *leftover) {
    PastGroups *past = (PastGroups *)leftover;
    row_table_free(&past->table);
    arena_destroy(&past->arena);
    mem_free(past->account, past, sizeof(*past));
}

/* A partial aggregation's groups are out: it begins anew with the rest of the input, if there is any. */
static Status hashed_begin_anew(AggNode *a, bool *more_out) {
    Executor *exec = a->node.exec;
    *more_out = !a->read;
    if (a->read)
        return STATUS_OK;
    PastGroups *past = mem_alloc(&exec->account, sizeof(*past));
    *past = (PastGroups){.leftover = {.free = past_groups_free},
                         .account = &exec->account,
                         .table = a->sets[0].table,
                         .arena = a->agg_arena};
    exec_leave(exec, &past->leftover);
    arena_init(&a->agg_arena, &exec->account);
    TRY(row_table_init(&a->sets[0].table, &exec->account, &a->key_shape, &a->equal,
                       a->states_bytes));
    a->sets[0].cursor = (RowTableCursor){0};
    a->set_at = 0;
    a->full = false;
    return hashed_build(a);
}

static Status hashed_produce(Node *node) {
    AggNode *a = (AggNode *)node;
    uint32_t count = 0;
    if (!a->built)
        TRY(hashed_build(a));
    output_reserve(a, BATCH_ROWS);
    for (bool more = true; count == 0 && more;) {
        TRY(hashed_emit(a, &count));
        if (count == 0)
            TRY(a->plan->phase == AGG_PARTIAL ? hashed_begin_anew(a, &more)
                                              : hashed_next_file(a, &more));
    }
    output_done(a, count);
    return STATUS_OK;
}

/* ---- life ---- */

static void drop_files(AggNode *a) {
    queue_parts(a);
    while (a->queue_count > 0)
        spill_close(a->queue[--a->queue_count]);
}

static void sorted_drop(AggNode *a) {
    sorter_free(a->reading);
    sorter_free(a->sorting);
    a->reading = a->sorting = NULL;
    a->rollup = NULL;
    a->rollup_end = 0;
    a->input = NULL;
    a->in_group = false;
}

static Status agg_rescan(Node *node, const Rescan *rescan) {
    AggNode *a = (AggNode *)node;
    bool keep = a->built && a->level == 0 && rescan_keeps(node, rescan);
    for (uint32_t s = 0; s < a->set_count; s++)
        a->sets[s].cursor = (RowTableCursor){0};
    a->set_at = 0;
    a->finished = false;
    if (keep && a->queue_count == 0 && !a->full) {
        /* Final functions may be called again: they do not change states, but collecting ones feed
         * theirs once more. */
        bool collects = false;
        for (uint32_t i = 0; i < a->spec_count; i++)
            collects |= a->specs[i].collects;
        if (!collects)
            return STATUS_OK;
    }
    drop_files(a);
    for (uint32_t s = 0; s < a->set_count && a->hashed; s++)
        row_table_clear(&a->sets[s].table);
    arena_reset(&a->agg_arena);
    sorted_drop(a);
    a->built = a->full = a->read = false;
    a->level = 0;
    return node_rescan(node->left, rescan);
}

static void agg_close(Node *node) {
    AggNode *a = (AggNode *)node;
    drop_files(a);
    sorted_drop(a);
    for (uint32_t s = 0; s < a->set_count; s++) {
        if (a->hashed)
            row_table_free(&a->sets[s].table);
        else if (a->set_arenas != NULL)
            arena_destroy(&a->set_arenas[s]);
    }
    arena_destroy(&a->agg_arena);
    arena_destroy(&a->input_arena);
    arena_destroy(&a->key_arena);
}

/* Where an aggregate's state lies: at one that is the same, or behind the others'. */
static void agg_place_state(AggNode *a, uint32_t i) {
    AggSpec *spec = &a->specs[i];
    a->user_count += spec->user;
    for (uint32_t j = 0; j < i; j++)
        if (agg_same_state(&a->specs[j], spec)) {
            spec->shared = true;
            spec->offset = a->specs[j].offset;
            return;
        }
    spec->offset = a->states_bytes;
    a->states_bytes += ALIGN_UP(spec->state_bytes, 16u);
}

static Status agg_compile(AggNode *a, Executor *exec) {
    const PlanAggregate *p = a->plan;
    uint32_t n = a->key_count = p->keys.count;
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    Oid *collations = arena_array(&exec->arena, Oid, n + 1);
    uint32_t columns = n + p->agg_count + p->grouping_count;
    a->phys = arena_array(&exec->arena, PhysType, columns + 1);
    TRY(prog_compile_list(exec, &p->keys, &a->keys));
    for (uint32_t i = 0; i < n; i++) {
        types[i] = p->keys.items[i]->type;
        collations[i] = p->keys.items[i]->collation;
        a->phys[i] = a->keys[i]->phys;
    }
    row_shape_init(&a->key_shape, &exec->arena, n, a->phys);
    TRY(row_equal_init_types(&a->equal, exec, n, types, types, p->key_ops, collations));
    a->spec_count = p->agg_count;
    a->specs = arena_array(&exec->arena, AggSpec, p->agg_count + 1);
    for (uint32_t i = 0; i < p->agg_count; i++) {
        if (p->phase == AGG_FINALIZE)
            TRY(agg_init_combine(&a->specs[i], exec, p->aggs[i], p->state_columns[i]));
        else
            TRY(agg_init(&a->specs[i], exec, p->aggs[i], p->direct == NULL ? NULL : &p->direct[i]));
        a->has_direct |= a->specs[i].direct_count > 0;
        agg_place_state(a, i);
        a->phys[n + i] = p->phase == AGG_PARTIAL ? PHYS_I64 : a->specs[i].result_type->phys;
    }
    for (uint32_t g = 0; g < p->grouping_count; g++)
        a->phys[n + p->agg_count + g] = PHYS_I32;
    a->registers = arena_array(&exec->arena, Register, columns + 1);
    node_row_shape(&a->node, columns);
    a->key_vectors = arena_array(&exec->arena, const Vector *, n + 1);
    a->set_vectors = arena_array(&exec->arena, const Vector *, n + 1);
    return STATUS_OK;
}

static void agg_set_init(AggNode *a, Arena *arena, GroupSet *set, const PlanGroupingSet *of) {
    const PlanAggregate *p = a->plan;
    set->member = arena_array(arena, bool, a->key_count + 1);
    set->grouping = arena_array(arena, int32_t, p->grouping_count + 1);
    set->sorted_count = of == NULL ? a->key_count : of->sorted_count;
    uint32_t count = of == NULL ? a->key_count : of->key_count;
    for (uint32_t k = 0; k < count; k++)
        set->member[of == NULL ? k : of->keys[k]] = true;
    set->has_empty = of != NULL && count == 0;
    for (uint32_t g = 0; g < p->grouping_count; g++)
        for (uint32_t k = 0; k < p->groupings[g]->args.count; k++)
            set->grouping[g] = set->grouping[g] << 1 | !set->member[p->groupings[g]->refs[k]];
}

/* Hashed sets without keys give their rows before the others do, though the plan has them last. */
static void agg_sets(AggNode *a, Executor *exec) {
    const PlanAggregate *p = a->plan;
    uint32_t empty = 0;
    a->set_count = p->set_count == 0 ? 1 : p->set_count;
    a->sets = arena_array(&exec->arena, GroupSet, a->set_count);
    for (uint32_t s = 0; s < p->set_count && a->hashed; s++)
        empty += p->sets[s].key_count == 0;
    for (uint32_t s = 0; s < a->set_count; s++)
        agg_set_init(a, &exec->arena, &a->sets[(s + empty) % a->set_count],
                     p->set_count == 0 ? NULL : &p->sets[s]);
}

static Status agg_hashed_init(AggNode *a, Executor *exec) {
    a->null_keys = arena_array(&exec->arena, Register, a->key_count + 1);
    for (uint32_t i = 0; i < a->key_count; i++)
        register_constant(&a->null_keys[i], &exec->arena, a->phys[i], (Datum){.i64 = 0}, true);
    for (uint32_t s = 0; s < a->set_count; s++)
        TRY(row_table_init(&a->sets[s].table, &exec->account, &a->key_shape, &a->equal,
                           a->states_bytes));
    a->hashes = arena_alloc(&exec->arena, sizeof(uint64_t) * BATCH_ROWS);
    a->states = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
    a->spill_rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    return STATUS_OK;
}

/* Keys without grouping sets are one rollup of one set. */
static Status agg_sorted_init(AggNode *a, Executor *exec) {
    const PlanAggregate *p = a->plan;
    a->rollups = p->rollups;
    a->rollup_count = p->rollup_count;
    if (p->set_count == 0) {
        PlanRollup *whole = arena_zalloc(&exec->arena, sizeof(*whole));
        *whole = (PlanRollup){.set_count = 1,
                              .keys = arena_array(&exec->arena, uint32_t, a->key_count + 1),
                              .key_count = a->key_count};
        for (uint32_t i = 0; i < a->key_count; i++)
            whole->keys[i] = i;
        a->rollups = whole;
        a->rollup_count = 1;
    }
    a->rollup_orders = arena_array(&exec->arena, RowOrder, a->rollup_count);
    for (uint32_t r = 1; r < a->rollup_count; r++)
        TRY(row_order_init(&a->rollup_orders[r], exec, p->left, a->rollups[r].sort_keys,
                           a->rollups[r].sort_count));
    a->set_arenas = arena_array(&exec->arena, Arena, a->set_count);
    for (uint32_t s = 0; s < a->set_count; s++)
        arena_init(&a->set_arenas[s], &exec->account);
    if (a->rollup_count > 1) {
        a->sorted_rows = arena_alloc(&exec->arena, sizeof(uint8_t *) * BATCH_ROWS);
        a->sorted_batch.column_count = a->input_shape.column_count;
        a->sorted_batch.columns =
            arena_array(&exec->arena, Vector, a->input_shape.column_count + 1);
    }
    return STATUS_OK;
}

Status aggregate_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanAggregate *p = (const PlanAggregate *)plan;
    AggNode *a;
    bool sets = p->set_count > 0;
    bool plain = p->keys.count == 0 && !sets;
    bool sorted = p->strategy == AGG_SORTED && !plain;
    TRY(node_init(exec, plan, sizeof(*a),
                  plain    ? plain_produce
                  : sorted ? sorted_produce
                           : hashed_produce,
                  agg_rescan, &a));
    a->plan = p;
    a->hashed = !plain && !sorted;
    arena_init(&a->agg_arena, &exec->account);
    arena_init(&a->input_arena, &exec->account);
    arena_init(&a->key_arena, &exec->account);
    a->node.close = agg_close;
    TRY(agg_compile(a, exec));
    if (!plain) {
        agg_sets(a, exec);
        TRY(row_shape_of_targets(&a->input_shape, exec, p->left));
        a->read_registers = arena_array(&exec->arena, Register, a->input_shape.column_count + 1);
        TRY(sorted ? agg_sorted_init(a, exec) : agg_hashed_init(a, exec));
    }
    a->state =
        arena_zalloc(&exec->arena, (a->set_count + 1) * ALIGN_UP(a->states_bytes + 16u, 16u));
    a->key_values = arena_array(&exec->arena, Datum, a->key_count + 1);
    a->key_nulls = arena_array(&exec->arena, bool, a->key_count + 1);
    a->spec_sels = arena_array(&exec->arena, Selection, a->spec_count + 1);
    a->run_rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    *node_out = &a->node;
    return STATUS_OK;
}
