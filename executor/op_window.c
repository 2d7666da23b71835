/*
 * op_window.c: window functions.
 *
 * The input comes sorted by partition and order columns. A partition is read whole, with the values
 * of all calls' arguments beside each row; peer groups are found; each call then fills its column for
 * every row of the partition, moving the frame's ends forward as it goes. Aggregates over a frame
 * that only grows add rows; over one that moves they take rows out again where they can (inverse),
 * else start anew. Where all calls only number the rows of the whole input, nothing is stored: batches
 * pass as they come, so that who wants the first rows does not pay for the others.
 */
#include "executor/agg.h"

typedef struct WindowCall {
    const ExprWindowCall *expr;
    Oid function; /* no aggregate: the built-in function that does the work */
    ProgNode **args;
    uint32_t arg_count;
    uint32_t first_column; /* of its arguments in a stored row */
    ProgNode *filter;
    int32_t filter_column;
    AggSpec agg; /* is_agg */
    void *state;
    const TypeInfo *info;
    Datum *results; /* by row of the partition */
    bool *nulls;
} WindowCall;

typedef struct Frame {
    uint64_t start, end; /* [start, end) before exclusion */
} Frame;

typedef struct WindowNode {
    Node node;
    const PlanWindow *plan;
    WindowCall *calls;
    RowShape shape; /* input columns, then arguments */
    uint32_t input_count;
    RowEqual partition_equal, order_equal;
    uint32_t *order_columns;
    RowHeap heap;
    uint8_t **rows;
    uint64_t row_count, row_capacity;
    uint64_t *group_start, *group_end; /* peers of each row */
    uint64_t *group_number;
    uint64_t *groups; /* first row of each group; [group_count] = row_count */
    uint64_t group_count;
    const Batch *input;
    uint32_t place;
    bool input_done;
    uint64_t emitted;
    bool ready; /* a partition stands */
    ProgNode *start_offset, *end_offset;
    FnCaller in_range_start, in_range_end;
    Datum start_value, end_value;
    int64_t start_rows, end_rows;
    const Vector **stored_vectors;
    Register *registers;
    Arena partition_arena, input_arena, agg_arena;
    ProgNode **run_condition;
    bool streams;      /* only row numbers of one partition */
    uint64_t numbered; /* rows passed so far */
} WindowNode;

/* ---- reading a partition ---- */

static Status window_input(WindowNode *w) {
    Node *node = &w->node;
    TRY(node_next(node->left, &w->input));
    w->place = 0;
    w->input_done = w->input == NULL;
    if (w->input_done)
        return STATUS_OK;
    arena_reset(&w->input_arena);
    ProgContext ctx = node_context(node, w->input, NULL);
    ctx.arena = &w->input_arena;
    for (uint32_t c = 0; c < w->input_count; c++)
        w->stored_vectors[c] = &w->input->columns[c];
    for (uint32_t i = 0; i < w->plan->call_count; i++) {
        WindowCall *call = &w->calls[i];
        for (uint32_t a = 0; a < call->arg_count; a++)
            TRY(prog_eval(call->args[a], &ctx, w->input->selection,
                          &w->stored_vectors[call->first_column + a]));
        if (call->filter != NULL)
            TRY(prog_eval(call->filter, &ctx, w->input->selection,
                          &w->stored_vectors[call->filter_column]));
    }
    return STATUS_OK;
}

static Status window_store(WindowNode *w, uint32_t row) {
    Vector *columns = arena_array(&w->input_arena, Vector, w->shape.column_count + 1);
    for (uint32_t c = 0; c < w->shape.column_count; c++)
        columns[c] = *w->stored_vectors[c];
    Batch batch = {.column_count = w->shape.column_count,
                   .row_count = w->input->row_count,
                   .columns = columns};
    if (w->row_count == w->row_capacity) {
        uint64_t capacity = MAX(w->row_capacity * 2, (uint64_t)256);
        void *p =
            mem_try_realloc(&w->node.exec->account, w->rows, w->row_capacity * sizeof(uint8_t *),
                            capacity * sizeof(uint8_t *));
        if (p == NULL)
            return status_out_of_memory();
        w->rows = p;
        w->row_capacity = capacity;
    }
    TRY(row_heap_add(&w->heap, &w->shape, &batch, row, &w->rows[w->row_count]));
    w->row_count++;
    return STATUS_OK;
}

/* Does an input row belong with the partition's first row? */
static Status same_partition(WindowNode *w, uint32_t row, bool *same_out) {
    *same_out = true;
    for (uint32_t i = 0; i < w->plan->partition_count && *same_out; i++) {
        uint32_t c = w->plan->partition_columns[i];
        const Vector *v = &w->input->columns[c];
        bool a = vector_is_null(v, row), b = row_is_null(w->rows[0], c);
        if (a || b)
            *same_out = a == b;
        else
            TRY(row_equal_pair(&w->partition_equal, &w->input_arena, i, vector_at(v, row),
                               row_get(&w->shape, w->rows[0], c), same_out));
    }
    return STATUS_OK;
}

static Status read_partition(WindowNode *w) {
    row_heap_free(&w->heap);
    arena_reset(&w->partition_arena);
    w->row_count = 0;
    for (;;) {
        if (!w->input_done && (w->input == NULL || w->place >= w->input->selection.count))
            TRY(window_input(w));
        if (w->input_done)
            return STATUS_OK;
        uint32_t row = selection_row(w->input->selection, w->place);
        bool same = true;
        if (w->row_count > 0)
            TRY(same_partition(w, row, &same));
        if (!same)
            return STATUS_OK;
        TRY(window_store(w, row));
        w->place++;
        if ((w->row_count & 4095) == 0)
            TRY(exec_pulse(w->node.exec));
    }
}

static Status peers(WindowNode *w, uint64_t a, uint64_t b, bool *same_out) {
    *same_out = true;
    for (uint32_t i = 0; i < w->plan->order_count && *same_out; i++) {
        uint32_t c = w->plan->order_keys[i].column;
        bool x = row_is_null(w->rows[a], c), y = row_is_null(w->rows[b], c);
        if (x || y)
            *same_out = x == y;
        else
            TRY(row_equal_pair(&w->order_equal, &w->partition_arena, i,
                               row_get(&w->shape, w->rows[a], c), row_get(&w->shape, w->rows[b], c),
                               same_out));
    }
    return STATUS_OK;
}

static Status find_groups(WindowNode *w) {
    void *p;
    uint64_t n = w->row_count;
    TRY(arena_try_alloc(&w->partition_arena, (n + 1) * 4 * sizeof(uint64_t), &p));
    w->group_start = p;
    w->group_end = w->group_start + n + 1;
    w->group_number = w->group_end + n + 1;
    w->groups = w->group_number + n + 1;
    w->group_count = 0;
    for (uint64_t i = 0; i < n; i++) {
        bool same = false;
        if (i > 0)
            TRY(peers(w, i - 1, i, &same));
        if (!same)
            w->groups[w->group_count++] = i;
        w->group_start[i] = w->groups[w->group_count - 1];
        w->group_number[i] = w->group_count - 1;
    }
    w->groups[w->group_count] = n;
    for (uint64_t i = 0; i < n; i++)
        w->group_end[i] = w->groups[w->group_number[i] + 1];
    return STATUS_OK;
}

/* ---- frames ---- */

static Status offset_value(WindowNode *w, ProgNode *expr, bool starting, Datum *value_out,
                           int64_t *rows_out) {
    bool is_null;
    ProgContext ctx = node_context(&w->node, NULL, NULL);
    ctx.arena = &w->partition_arena;
    const char *which = starting ? "starting" : "ending";
    TRY(prog_eval_single(expr, &ctx, value_out, &is_null));
    if (is_null)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "frame %s offset must not be null", which);
    *rows_out = value_out->i64;
    if (w->plan->frame.mode != FRAME_RANGE && *rows_out < 0)
        return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "frame %s offset must not be negative", which);
    return STATUS_OK;
}

static Status frame_offsets(WindowNode *w) {
    if (w->start_offset != NULL)
        TRY(offset_value(w, w->start_offset, true, &w->start_value, &w->start_rows));
    if (w->end_offset != NULL)
        TRY(offset_value(w, w->end_offset, false, &w->end_value, &w->end_rows));
    return STATUS_OK;
}

static uint64_t shifted(uint64_t at, int64_t by, bool forward, uint64_t limit) {
    uint64_t step = (uint64_t)by;
    if (forward)
        return step > limit - MIN(at, limit) ? limit : at + step;
    return step > at ? 0 : at - step;
}

/* RANGE with an offset: is row j within (on the side asked for) of row i's bound? NULLs are peers of
 * NULLs only. */
static Status range_within(WindowNode *w, uint64_t j, uint64_t i, bool is_start, bool *within_out) {
    const WindowFrame *f = &w->plan->frame;
    uint32_t c = w->plan->order_keys[0].column;
    bool j_null = row_is_null(w->rows[j], c), i_null = row_is_null(w->rows[i], c);
    FrameBound bound = is_start ? f->start : f->end;
    bool preceding = bound == BOUND_PRECEDING;
    if (j_null || i_null) {
        bool before = j_null ? f->in_range_nulls_first : !f->in_range_nulls_first;
        *within_out = j_null && i_null ? true : is_start ? !before : before;
        return STATUS_OK;
    }
    /* in_range(value, base, offset, sub, less) */
    bool sub = f->in_range_descending ? !preceding : preceding;
    bool less = is_start ? f->in_range_descending : !f->in_range_descending;
    Datum args[5] = {row_get(&w->shape, w->rows[j], c), row_get(&w->shape, w->rows[i], c),
                     is_start ? w->start_value : w->end_value, datum_bool(sub), datum_bool(less)};
    Datum result = {.i64 = 0};
    bool is_null = false;
    TRY(fn_caller_call(is_start ? &w->in_range_start : &w->in_range_end, &w->partition_arena, args,
                       NULL, &result, &is_null));
    *within_out = result.b;
    return STATUS_OK;
}

static Status frame_start(WindowNode *w, uint64_t i, uint64_t previous, uint64_t *out) {
    const WindowFrame *f = &w->plan->frame;
    bool forward = f->start == BOUND_FOLLOWING;
    switch (f->start) {
    case BOUND_UNBOUNDED_PRECEDING:
        *out = 0;
        return STATUS_OK;
    case BOUND_UNBOUNDED_FOLLOWING:
        *out = w->row_count;
        return STATUS_OK;
    case BOUND_CURRENT_ROW:
        *out = f->mode == FRAME_ROWS ? i : w->group_start[i];
        return STATUS_OK;
    default:
        break;
    }
    if (f->mode == FRAME_ROWS) {
        *out = shifted(i, w->start_rows, forward, w->row_count);
    } else if (f->mode == FRAME_GROUPS) {
        uint64_t g = w->group_number[i], step = (uint64_t)w->start_rows;
        if (forward)
            *out = step > w->group_count - g ? w->row_count : w->groups[g + step];
        else
            *out = step > g ? 0 : w->groups[g - step];
    } else {
        uint64_t j = previous;
        for (bool within = false; j < w->row_count; j++) {
            TRY(range_within(w, j, i, true, &within));
            if (within)
                break;
        }
        *out = j;
    }
    return STATUS_OK;
}

static Status frame_end(WindowNode *w, uint64_t i, uint64_t previous, uint64_t *out) {
    const WindowFrame *f = &w->plan->frame;
    bool forward = f->end == BOUND_FOLLOWING;
    switch (f->end) {
    case BOUND_UNBOUNDED_PRECEDING:
        *out = 0;
        return STATUS_OK;
    case BOUND_UNBOUNDED_FOLLOWING:
        *out = w->row_count;
        return STATUS_OK;
    case BOUND_CURRENT_ROW:
        *out = f->mode == FRAME_ROWS ? i + 1 : w->group_end[i];
        return STATUS_OK;
    default:
        break;
    }
    if (f->mode == FRAME_ROWS) {
        *out = forward                     ? shifted(i + 1, w->end_rows, true, w->row_count)
               : (uint64_t)w->end_rows > i ? 0
                                           : i - (uint64_t)w->end_rows + 1;
    } else if (f->mode == FRAME_GROUPS) {
        uint64_t g = w->group_number[i], step = (uint64_t)w->end_rows;
        if (forward)
            *out = step >= w->group_count - g ? w->row_count : w->groups[g + step + 1];
        else
            *out = step > g ? 0 : w->groups[g - step + 1];
    } else {
        uint64_t j = previous;
        for (bool within = true; j < w->row_count; j++) {
            TRY(range_within(w, j, i, false, &within));
            if (!within)
                break;
        }
        *out = j;
    }
    return STATUS_OK;
}

static Status frame_of(WindowNode *w, uint64_t i, Frame *frame) {
    TRY(frame_start(w, i, frame->start, &frame->start));
    TRY(frame_end(w, i, frame->end, &frame->end));
    return STATUS_OK;
}

/* Is row j of the frame left out for row i? */
static bool excluded(const WindowNode *w, uint64_t i, uint64_t j) {
    switch (w->plan->frame.exclude) {
    case EXCLUDE_CURRENT_ROW:
        return j == i;
    case EXCLUDE_GROUP:
        return j >= w->group_start[i] && j < w->group_end[i];
    case EXCLUDE_TIES:
        return j != i && j >= w->group_start[i] && j < w->group_end[i];
    default:
        return false;
    }
}

/* ---- values ---- */

static bool arg_get(const WindowNode *w, const WindowCall *call, uint32_t arg, uint64_t row,
                    Datum *out) {
    uint32_t c = call->first_column + arg;
    if (row_is_null(w->rows[row], c))
        return false;
    *out = row_get(&w->shape, w->rows[row], c);
    return true;
}

/* Bytes of stored rows live as long as the partition. */
static void put(WindowCall *call, uint64_t i, Datum value, bool is_null) {
    call->nulls[i] = is_null;
    call->results[i] = value;
}

/* ---- ranking ---- */

static Status fill_ntile(WindowNode *w, WindowCall *call) {
    uint64_t n = w->row_count;
    Datum arg;
    if (n == 0)
        return STATUS_OK;
    if (!arg_get(w, call, 0, 0, &arg)) {
        memset(call->nulls, 1, n);
        return STATUS_OK;
    }
    if (arg.i32 <= 0)
        return error(ERR_INVALID_ARGUMENT_FOR_NTILE, "argument of ntile must be greater than zero");
    uint64_t buckets = (uint64_t)arg.i32, size = n / buckets, larger = n % buckets;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t in_larger = larger * (size + 1);
        uint64_t bucket = i < in_larger ? i / (size + 1) : larger + (i - in_larger) / MAX(size, 1u);
        call->results[i] = datum_i32((int32_t)bucket + 1);
        call->nulls[i] = false;
    }
    return STATUS_OK;
}

static Status fill_rank(WindowNode *w, WindowCall *call) {
    uint64_t n = w->row_count;
    if (call->function == 3105)
        return fill_ntile(w, call);
    for (uint64_t i = 0; i < n; i++) {
        Datum d = {.i64 = 0};
        switch (call->function) {
        case 3100:
            d.i64 = (int64_t)i + 1;
            break;
        case 3101:
            d.i64 = (int64_t)w->group_start[i] + 1;
            break;
        case 3102:
            d.i64 = (int64_t)w->group_number[i] + 1;
            break;
        case 3103:
            d.f64 = n <= 1 ? 0 : (double)w->group_start[i] / (double)(n - 1);
            break;
        default:
            d.f64 = (double)w->group_end[i] / (double)n;
            break;
        }
        call->results[i] = d;
        call->nulls[i] = false;
    }
    return STATUS_OK;
}

/* ---- lag, lead ---- */

static Status fill_offset(WindowNode *w, WindowCall *call, bool lead) {
    for (uint64_t i = 0; i < w->row_count; i++) {
        Datum value = {.i64 = 0}, offset = datum_i32(1);
        bool has_offset = call->arg_count < 2 || arg_get(w, call, 1, i, &offset);
        int64_t at = (int64_t)i + (lead ? (int64_t)offset.i32 : -(int64_t)offset.i32);
        bool found = has_offset && at >= 0 && at < (int64_t)w->row_count;
        bool has = false;
        if (found)
            has = arg_get(w, call, 0, (uint64_t)at, &value);
        else if (has_offset && call->arg_count > 2)
            has = arg_get(w, call, 2, i, &value);
        put(call, i, value, !has);
    }
    return STATUS_OK;
}

/* ---- first_value, last_value, nth_value ---- */

/* The nth row (1..) of row i's frame from its start, or the last (n = 0). UINT64_MAX: none. */
static uint64_t frame_row(const WindowNode *w, uint64_t i, const Frame *frame, uint64_t n) {
    if (frame->start >= frame->end)
        return UINT64_MAX;
    if (w->plan->frame.exclude == EXCLUDE_NONE) {
        if (n == 0)
            return frame->end - 1;
        return n > frame->end - frame->start ? UINT64_MAX : frame->start + n - 1;
    }
    if (n == 0) {
        for (uint64_t j = frame->end; j-- > frame->start;)
            if (!excluded(w, i, j))
                return j;
        return UINT64_MAX;
    }
    for (uint64_t j = frame->start; j < frame->end; j++)
        if (!excluded(w, i, j) && --n == 0)
            return j;
    return UINT64_MAX;
}

static Status fill_frame_value(WindowNode *w, WindowCall *call) {
    Frame frame = {0};
    Oid function = call->function;
    for (uint64_t i = 0; i < w->row_count; i++) {
        uint64_t n = function == 3113 ? 0 : 1;
        Datum value = {.i64 = 0}, which;
        bool has = false, skip = false;
        TRY(frame_of(w, i, &frame));
        if (function == 3114) {
            skip = !arg_get(w, call, 1, i, &which);
            if (!skip && which.i32 <= 0)
                return error(ERR_INVALID_ARGUMENT_FOR_NTH_VALUE,
                             "argument of nth_value must be greater than zero");
            n = skip ? 1 : (uint64_t)which.i32;
        }
        uint64_t at = skip ? UINT64_MAX : frame_row(w, i, &frame, n);
        if (at != UINT64_MAX)
            has = arg_get(w, call, 0, at, &value);
        put(call, i, value, !has);
    }
    return STATUS_OK;
}

/* ---- aggregates ---- */

static Status agg_row(WindowNode *w, WindowCall *call, uint64_t row, bool inverse) {
    AggSpec *agg = &call->agg;
    if (call->filter != NULL) {
        if (row_is_null(w->rows[row], (uint32_t)call->filter_column) ||
            !row_get(&w->shape, w->rows[row], (uint32_t)call->filter_column).b)
            return STATUS_OK;
    }
    for (uint32_t a = 0; a < call->arg_count; a++)
        agg->nulls[a] = !arg_get(w, call, a, row, &agg->values[a]);
    return agg_step_values(agg, call->state, agg->values, agg->nulls, &w->agg_arena, inverse);
}

static Status agg_result(WindowNode *w, WindowCall *call, uint64_t i) {
    Datum value;
    bool is_null = false;
    TRY(agg_final(&call->agg, call->state, NULL, 0, &w->agg_arena, &w->partition_arena, &value,
                  &is_null));
    call->nulls[i] = is_null;
    /* The result may lie in the state, which goes on changing. */
    return is_null ? STATUS_OK
                   : datum_copy(&w->partition_arena, call->info->phys, value, &call->results[i]);
}

static Status agg_restart(WindowNode *w, WindowCall *call) {
    arena_reset(&w->agg_arena);
    return agg_begin(&call->agg, call->state, &w->agg_arena);
}

static Status fill_agg(WindowNode *w, WindowCall *call) {
    bool excludes = w->plan->frame.exclude != EXCLUDE_NONE;
    bool invert = agg_can_invert(&call->agg);
    Frame frame = {0}, held = {0}; /* held: what the state has summed up */
    TRY(agg_restart(w, call));
    for (uint64_t i = 0; i < w->row_count; i++) {
        TRY(frame_of(w, i, &frame));
        uint64_t start = MIN(frame.start, frame.end), end = frame.end;
        if (!excludes && i > 0 && start == held.start && end == held.end) {
            call->results[i] = call->results[i - 1];
            call->nulls[i] = call->nulls[i - 1];
            continue;
        }
        bool moves_on = !excludes && start <= held.end && end >= held.end;
        bool keep = moves_on && (start == held.start || (invert && start >= held.start));
        if (!keep) {
            TRY(agg_restart(w, call));
            held = (Frame){start, start};
        }
        for (; held.start < start; held.start++)
            TRY(agg_row(w, call, held.start, true));
        for (; held.end < end; held.end++)
            if (!excludes || !excluded(w, i, held.end))
                TRY(agg_row(w, call, held.end, false));
        TRY(agg_result(w, call, i));
        if ((i & 1023) == 0)
            TRY(exec_pulse(w->node.exec));
    }
    return STATUS_OK;
}

/* ---- the node ---- */

static Status fill_call(WindowNode *w, WindowCall *call) {
    void *p;
    TRY(arena_try_alloc(&w->partition_arena, (w->row_count + 1) * sizeof(Datum), &p));
    call->results = p;
    TRY(arena_try_alloc(&w->partition_arena, w->row_count + 1, &p));
    call->nulls = p;
    if (call->expr->is_agg)
        return fill_agg(w, call);
    Oid function = call->function;
    if (function >= 3100 && function <= 3105)
        return fill_rank(w, call);
    if (function >= 3106 && function <= 3108)
        return fill_offset(w, call, false);
    if (function >= 3109 && function <= 3111)
        return fill_offset(w, call, true);
    if (function >= 3112 && function <= 3114)
        return fill_frame_value(w, call);
    return error(ERR_FEATURE_NOT_SUPPORTED, "window function %u is not supported", function);
}

static bool reads_frame(const WindowCall *call) {
    return call->expr->is_agg || (call->function >= 3112 && call->function <= 3114);
}

/* Bounds that are RANGE offsets are worked out, and may be out of range, even if no function asks for them. */
static Status check_frames(WindowNode *w) {
    Frame frame = {0};
    if (w->plan->frame.mode != FRAME_RANGE || (w->start_offset == NULL && w->end_offset == NULL))
        return STATUS_OK;
    for (uint32_t i = 0; i < w->plan->call_count; i++)
        if (reads_frame(&w->calls[i]))
            return STATUS_OK;
    for (uint64_t i = 0; i < w->row_count; i++)
        TRY(frame_of(w, i, &frame));
    return STATUS_OK;
}

static Status next_partition(WindowNode *w) {
    TRY(read_partition(w));
    w->emitted = 0;
    w->ready = w->row_count > 0;
    if (!w->ready)
        return STATUS_OK;
    TRY(find_groups(w));
    TRY(frame_offsets(w));
    for (uint32_t i = 0; i < w->plan->call_count; i++)
        TRY(fill_call(w, &w->calls[i]));
    return check_frames(w);
}

static void window_emit(WindowNode *w, uint32_t count) {
    Node *node = &w->node;
    Arena *arena = &node->exec->arena;
    RowShape shape = w->shape;
    shape.column_count = w->input_count;
    rows_to_batch(&shape, (const uint8_t *const *)w->rows + w->emitted, count, w->registers, arena,
                  node->row.columns);
    for (uint32_t i = 0; i < w->plan->call_count; i++) {
        WindowCall *call = &w->calls[i];
        Register *reg = &w->registers[w->input_count + i];
        Vector *v = register_flat(reg, arena, call->info->phys, count);
        for (uint32_t row = 0; row < count; row++) {
            bool is_null = call->nulls[w->emitted + row];
            if (is_null && v->nulls == NULL)
                register_nulls(reg, reg->capacity);
            vector_put(v, row, call->results[w->emitted + row], is_null);
        }
        node->row.columns[w->input_count + i] = *v;
    }
    w->emitted += count;
}

static Status window_check_run(WindowNode *w) {
    Node *node = &w->node;
    ProgContext ctx = node_context(node, &node->row, NULL);
    uint16_t *rows = arena_alloc(&node->batch_arena, sizeof(uint16_t) * node->row.row_count);
    return prog_filter(w->run_condition, w->plan->run_condition.count, &ctx, &node->row.selection,
                       rows);
}

/* Row numbers beside the input's batch. With one partition, what ends the run condition ends all. */
static Status window_stream(WindowNode *w) {
    Node *node = &w->node;
    const Batch *input = NULL;
    if (!w->input_done)
        TRY(node_next(node->left, &input));
    w->input_done = input == NULL;
    if (w->input_done)
        return STATUS_OK;
    node->row.row_count = input->row_count;
    node->row.selection = input->selection;
    memcpy(node->row.columns, input->columns, w->input_count * sizeof(Vector));
    for (uint32_t i = 0; i < w->plan->call_count; i++) {
        Vector *v = register_flat(&w->registers[w->input_count + i], &node->exec->arena,
                                  w->calls[i].info->phys, input->row_count);
        for (uint32_t k = 0; k < input->selection.count; k++)
            vector_put(v, selection_row(input->selection, k),
                       (Datum){.i64 = (int64_t)(w->numbered + k + 1)}, false);
        node->row.columns[w->input_count + i] = *v;
    }
    w->numbered += input->selection.count;
    if (w->plan->run_condition.count == 0)
        return STATUS_OK;
    TRY(window_check_run(w));
    w->input_done = node->row.selection.count < input->selection.count;
    return STATUS_OK;
}

static Status window_produce(Node *node) {
    WindowNode *w = (WindowNode *)node;
    if (w->streams)
        return window_stream(w);
    if (!w->ready || w->emitted == w->row_count)
        TRY(next_partition(w));
    uint32_t count = w->ready ? (uint32_t)MIN(w->row_count - w->emitted, (uint64_t)BATCH_ROWS) : 0;
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    if (count == 0)
        return STATUS_OK;
    window_emit(w, count);
    return w->plan->run_condition.count == 0 ? STATUS_OK : window_check_run(w);
}

static Status window_rescan(Node *node, const Rescan *rescan) {
    WindowNode *w = (WindowNode *)node;
    w->ready = w->input_done = false;
    w->input = NULL;
    w->place = 0;
    w->row_count = w->emitted = w->numbered = 0;
    return node_rescan(node->left, rescan);
}

static void window_close(Node *node) {
    WindowNode *w = (WindowNode *)node;
    row_heap_free(&w->heap);
    if (w->rows != NULL)
        mem_free(&node->exec->account, w->rows, w->row_capacity * sizeof(uint8_t *));
    arena_destroy(&w->partition_arena);
    arena_destroy(&w->input_arena);
    arena_destroy(&w->agg_arena);
}

/* By OID from 3100. */
static const char *const window_sources[] = {"window_row_number",
                                             "window_rank",
                                             "window_dense_rank",
                                             "window_percent_rank",
                                             "window_cume_dist",
                                             "window_ntile",
                                             "window_lag",
                                             "window_lag_with_offset",
                                             "window_lag_with_offset_and_default",
                                             "window_lead",
                                             "window_lead_with_offset",
                                             "window_lead_with_offset_and_default",
                                             "window_first_value",
                                             "window_last_value",
                                             "window_nth_value"};

/* Functions of users that are built-in ones under another name do what those do. */
static Status window_function(Executor *exec, Oid function, Oid *out) {
    const ProcDesc *proc;
    *out = function;
    if (function < OID_FIRST_NORMAL)
        return STATUS_OK;
    TRY(catalog_proc_require(exec->env.catalog, function, &proc));
    for (uint32_t i = 0; i < ARRAY_LEN(window_sources); i++)
        if (proc->language == OID_LANGUAGE_INTERNAL && strcmp(proc->source, window_sources[i]) == 0)
            *out = 3100 + i;
    return STATUS_OK;
}

static Status window_call_init(WindowNode *w, WindowCall *call, const ExprWindowCall *expr,
                               PhysType *phys, uint32_t *column) {
    Executor *exec = w->node.exec;
    call->expr = expr;
    call->arg_count = expr->args.count;
    call->first_column = *column;
    call->filter_column = -1;
    TRY(exec_type(exec, expr->type, &call->info));
    TRY(prog_compile_list(exec, &expr->args, &call->args));
    for (uint32_t a = 0; a < call->arg_count; a++)
        phys[(*column)++] = call->args[a]->phys;
    if (expr->filter != NULL) {
        TRY(prog_compile(exec, expr->filter, &call->filter));
        call->filter_column = (int32_t)*column;
        phys[(*column)++] = PHYS_BYTE;
    }
    if (!expr->is_agg)
        return window_function(exec, expr->function, &call->function);
    TRY(agg_init_function(&call->agg, exec, expr->function, &expr->args, expr->type,
                          expr->input_collation, (const Expr *)expr));
    call->state = arena_zalloc(&exec->arena, call->agg.state_bytes + 16u);
    return STATUS_OK;
}

static Status window_frame_init(WindowNode *w) {
    Executor *exec = w->node.exec;
    const WindowFrame *f = &w->plan->frame;
    if (f->start_offset != NULL)
        TRY(prog_compile(exec, f->start_offset, &w->start_offset));
    if (f->end_offset != NULL)
        TRY(prog_compile(exec, f->end_offset, &w->end_offset));
    if (f->start_in_range == 0 && f->end_in_range == 0)
        return STATUS_OK;
    Oid order = w->node.plan->left->targets[w->plan->order_keys[0].column].expr->type;
    for (int side = 0; side < 2; side++) {
        const Expr *offset = side == 0 ? f->start_offset : f->end_offset;
        Oid function = side == 0 ? f->start_in_range : f->end_in_range;
        if (function == 0 || offset == NULL)
            continue;
        Oid types[5] = {order, order, offset->type, OID_BOOL, OID_BOOL};
        TRY(fn_caller_make(exec, function, types, 5, OID_BOOL, f->in_range_collation, NULL,
                           side == 0 ? &w->in_range_start : &w->in_range_end));
    }
    return STATUS_OK;
}

static Status window_equals(WindowNode *w, Executor *exec) {
    const PlanWindow *p = w->plan;
    const Plan *left = w->node.plan->left;
    w->order_columns = arena_array(&exec->arena, uint32_t, p->order_count + 1);
    Oid *collations = arena_array(&exec->arena, Oid, MAX(p->order_count, p->partition_count) + 1);
    for (uint32_t i = 0; i < p->partition_count; i++)
        collations[i] = left->targets[p->partition_columns[i]].expr->collation;
    TRY(row_equal_init(&w->partition_equal, exec, left, p->partition_count, p->partition_columns,
                       p->partition_ops, collations));
    for (uint32_t i = 0; i < p->order_count; i++) {
        w->order_columns[i] = p->order_keys[i].column;
        collations[i] = p->order_keys[i].collation;
    }
    return row_equal_init(&w->order_equal, exec, left, p->order_count, w->order_columns,
                          p->order_eq_ops, collations);
}

/* row_number (3100) alone. Offsets of frames may be errors, so frames with offsets are looked at. */
static bool window_streams(const WindowNode *w) {
    const PlanWindow *p = w->plan;
    bool numbers =
        p->partition_count == 0 && p->frame.start_offset == NULL && p->frame.end_offset == NULL;
    for (uint32_t i = 0; i < p->call_count; i++)
        numbers = numbers && !p->calls[i]->is_agg && w->calls[i].function == 3100;
    return numbers;
}

Status window_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanWindow *p = (const PlanWindow *)plan;
    WindowNode *w;
    TRY(node_init(exec, plan, sizeof(*w), window_produce, window_rescan, &w));
    w->plan = p;
    row_heap_init(&w->heap, &exec->account);
    arena_init(&w->partition_arena, &exec->account);
    arena_init(&w->input_arena, &exec->account);
    arena_init(&w->agg_arena, &exec->account);
    w->node.close = window_close;
    uint32_t columns = w->input_count = plan->left->target_count;
    uint32_t extra = 0;
    for (uint32_t i = 0; i < p->call_count; i++)
        extra += p->calls[i]->args.count + 1;
    PhysType *phys = arena_array(&exec->arena, PhysType, columns + extra + 1);
    for (uint32_t i = 0; i < columns; i++) {
        const TypeInfo *info;
        TRY(exec_type(exec, plan->left->targets[i].expr->type, &info));
        phys[i] = info->phys;
    }
    w->calls = arena_array(&exec->arena, WindowCall, p->call_count + 1);
    for (uint32_t i = 0; i < p->call_count; i++)
        TRY(window_call_init(w, &w->calls[i], p->calls[i], phys, &columns));
    row_shape_init(&w->shape, &exec->arena, columns, phys);
    w->stored_vectors = arena_array(&exec->arena, const Vector *, columns + 1);
    w->registers = arena_array(&exec->arena, Register, w->input_count + p->call_count + 1);
    node_row_shape(&w->node, w->input_count + p->call_count);
    TRY(window_equals(w, exec));
    TRY(window_frame_init(w));
    TRY(prog_compile_list(exec, &p->run_condition, &w->run_condition));
    w->streams = window_streams(w);
    *node_out = &w->node;
    return STATUS_OK;
}
