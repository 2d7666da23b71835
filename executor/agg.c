/* agg.c: see agg.h. */
#include "executor/agg.h"

#include "base/mem_guard.h"
#include "catalog/row.h"
#include "planner/planner.h"

/* Rows whose arguments are evaluated at once, to begin with; and the bytes that they may take. */
#define SLICE_FIRST 8u
#define SLICE_BYTES_MAX ((size_t)16 << 20)

/* What a collecting aggregate keeps of a group: its rows, chained. */
typedef struct Collected {
    uint8_t *first, *last; /* each row has the next one's address in the 8 bytes before it */
    uint64_t count;
} Collected;

/* The state of an aggregate made by CREATE AGGREGATE. */
typedef struct UserState {
    Datum value;
    bool is_null;
    bool started; /* a strict transition function without an initial value took its first row */
    uint32_t capacity; /* of the bytes that a PHYS_STR value lies in */
    char *bytes;
} UserState;

/* ---- setting up ---- */

/* An aggregate over an internal state is one of the built-in ones under another name: whose functions
 * would it have? NULL: nobody's. */
static Status find_internal(AggSpec *spec, const AggregateDesc *desc, const AggImpl **impl_out) {
    CatalogSession *catalog = spec->exec->env.catalog;
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    *impl_out = NULL;
    TRY(catalog_scan_open(catalog, PG_AGGREGATE, 0, NULL, 0, &spec->exec->arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL && *impl_out == NULL) {
        const FnEntry *entry = fn_by_oid(row_oid(row, PG_AGGREGATE_AGGFNOID));
        if (entry != NULL && entry->kind == FN_AGGREGATE &&
            row_oid(row, PG_AGGREGATE_AGGTRANSFN) == desc->trans &&
            row_oid(row, PG_AGGREGATE_AGGFINALFN) == desc->final)
            *impl_out = entry->aggregate;
    }
    catalog_scan_close(scan);
    return status;
}

/* The aggregated arguments' types, as the call has them; direct ones come first in `all_out`. */
static void user_types(const AggSpec *spec, const Oid **all_out, uint32_t *direct_out) {
    const ExprAgg *expr = spec->expr;
    uint32_t n = spec->call_count, d = expr == NULL ? 0 : expr->direct_args.count;
    Oid *types = arena_array(&spec->exec->arena, Oid, d + n + 1);
    for (uint32_t i = 0; i < d; i++)
        types[i] = expr->direct_args.items[i]->type;
    for (uint32_t i = 0; i < n; i++)
        types[d + i] = spec->site.arg_types[i];
    *all_out = types;
    *direct_out = d;
}

static Status user_function(AggSpec *spec, const AggregateDesc *desc) {
    Executor *exec = spec->exec;
    const ProcDesc *proc;
    const Oid *all;
    uint32_t n = spec->call_count, d;
    Oid state = desc->trans_type;
    static const PlannerSettings no_settings;
    user_types(spec, &all, &d);
    TRY(catalog_proc_require(exec->env.catalog, spec->function, &proc));
    if (proc->arg_count == d + n && proc->variadic != OID_ANY)
        TRY(analyze_polymorphic_result(&exec->env, &exec->arena, &no_settings, all, proc->arg_types,
                                       d + n, state, &state));
    Oid *types = arena_array(&exec->arena, Oid, d + n + 2);
    types[0] = state;
    memcpy(types + 1, all + d, sizeof(Oid) * n);
    spec->user = true;
    TRY(exec_type(exec, state, &spec->trans_type));
    TRY(fn_caller_make(exec, desc->trans, types, n + 1, state, spec->site.collation, NULL,
                       &spec->trans));
    spec->trans_strict = spec->trans.strict;
    spec->has_final = desc->final != 0;
    spec->final_extra = desc->final_extra;
    memcpy(types + 1, all, sizeof(Oid) * (d + n));
    spec->final_count = d + (spec->final_extra ? n : 0);
    if (spec->has_final)
        TRY(fn_caller_make(exec, desc->final, types, spec->final_count + 1, spec->site.result_type,
                           spec->site.collation, NULL, &spec->final));
    spec->trans_function = desc->trans;
    spec->keeps_state = desc->final_modify != 'w';
    spec->initial_text = desc->initial == NULL ? NULL : arena_strdup(&exec->arena, desc->initial);
    spec->initial_null = desc->initial == NULL;
    if (!spec->initial_null) {
        TypeIo io = {
            .type = spec->trans_type, .typmod = -1, .env = &exec->env, .arena = &exec->arena};
        TRY(io.type->input(&io, desc->initial, strlen(desc->initial), &spec->initial));
    }
    spec->state_bytes = ALIGN_UP((uint32_t)sizeof(UserState), 16u);
    spec->step_args = arena_array(&exec->arena, Datum, n + 1);
    spec->step_nulls = arena_array(&exec->arena, bool, n + 1);
    return STATUS_OK;
}

static Status find_function(AggSpec *spec) {
    const FnEntry *entry = fn_by_oid(spec->function);
    const AggregateDesc *desc = NULL;
    if (entry != NULL && entry->kind == FN_AGGREGATE) {
        spec->impl = entry->aggregate;
        spec->state_bytes = ALIGN_UP(spec->impl->state_bytes, 16u);
        return STATUS_OK;
    }
    if (spec->exec->env.catalog != NULL)
        TRY(catalog_aggregate(spec->exec->env.catalog, spec->function, &desc));
    if (desc == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for aggregate %u", spec->function);
    if (agg_hypothetical_is(desc->final)) {
        spec->hypothetical = desc->final;
        return STATUS_OK;
    }
    if (desc->trans_type == OID_INTERNAL) {
        TRY(find_internal(spec, desc, &spec->impl));
        if (spec->impl == NULL)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "aggregates with a transition state of type internal are not supported");
        spec->state_bytes = ALIGN_UP(spec->impl->state_bytes, 16u);
        return STATUS_OK;
    }
    return user_function(spec, desc);
}

Status agg_init_function(AggSpec *spec, Executor *exec, Oid function, const ExprList *args,
                         Oid result_type, Oid collation, const Expr *expr) {
    uint32_t n = args->count;
    *spec = (AggSpec){.exec = exec, .function = function, .arg_count = n, .call_count = n};
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        types[i] = args->items[i]->type;
    spec->site = (FnSite){.function = function,
                          .arg_count = (int)n,
                          .arg_types = types,
                          .result_type = result_type,
                          .result_typmod = -1,
                          .collation = collation,
                          .env = &exec->env,
                          .arena = &exec->arena,
                          .expr = expr};
    TRY(exec_type(exec, result_type, &spec->result_type));
    TRY(prog_compile_list(exec, args, &spec->args));
    spec->slice = SLICE_FIRST;
    for (uint32_t i = 0; i < n; i++)
        spec->large_args |= spec->args[i]->phys == PHYS_STR && args->items[i]->tag != EXPR_SLOT;
    spec->vectors = arena_array(&exec->arena, const Vector *, n + 1);
    spec->values = arena_array(&exec->arena, Datum, n + 1);
    spec->nulls = arena_array(&exec->arena, bool, n + 1);
    if (expr != NULL && expr->tag == EXPR_AGG) {
        spec->expr = (const ExprAgg *)expr;
        spec->call_count = spec->expr->kind == AGG_KIND_NORMAL ? spec->expr->call_arg_count : n;
    }
    return find_function(spec);
}

/* The order in which a collecting aggregate sees its rows: ORDER BY, then what DISTINCT adds. */
static Status collect_order(AggSpec *spec, const ExprAgg *expr) {
    Executor *exec = spec->exec;
    uint32_t n = 0;
    PhysType *phys = arena_array(&exec->arena, PhysType, spec->arg_count + 1);
    for (uint32_t i = 0; i < spec->arg_count; i++)
        phys[i] = spec->args[i]->phys;
    row_shape_init(&spec->collected, &exec->arena, spec->arg_count, phys);
    /* DISTINCT starts with ORDER BY's items, so it is the longer list where it is given. */
    const SortList *list = expr->distinct.count > 0 ? &expr->distinct : &expr->order_by;
    spec->order.columns = arena_array(&exec->arena, OrderColumn, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const SortClause *clause = &list->items[i];
        const Expr *arg = expr->args.items[clause->ref - 1];
        OrderColumn *c = &spec->order.columns[n++];
        *c = (OrderColumn){.column = clause->ref - 1,
                           .collation = arg->collation,
                           .descending = clause->descending,
                           .nulls_first = clause->nulls_first};
        TRY(exec_type(exec, arg->type, &c->info));
        if (c->info->compare == NULL)
            return error(ERR_UNDEFINED_FUNCTION,
                         "could not identify an ordering operator for type %s", c->info->name);
    }
    spec->order.count = n;
    spec->distinct_count = expr->distinct.count;
    return STATUS_OK;
}

Status agg_init(AggSpec *spec, Executor *exec, const ExprAgg *expr, const ExprList *direct) {
    TRY(agg_init_function(spec, exec, expr->function, &expr->args, expr->type,
                          expr->input_collation, (const Expr *)expr));
    spec->expr = expr;
    spec->call_count = expr->call_arg_count;
    spec->direct_count = direct == NULL ? 0 : direct->count;
    if (spec->direct_count > 0)
        TRY(prog_compile_list(exec, direct, &spec->direct));
    if (expr->filter != NULL)
        TRY(prog_compile(exec, expr->filter, &spec->filter));
    if (expr->kind != AGG_KIND_NORMAL) {
        /* The function sees direct arguments first. */
        uint32_t d = spec->direct_count, n = d + spec->arg_count;
        Oid *types = arena_array(&exec->arena, Oid, n + 1);
        for (uint32_t i = 0; i < d; i++)
            types[i] = expr->direct_args.items[i]->type;
        for (uint32_t i = 0; i < spec->arg_count; i++)
            types[d + i] = expr->args.items[i]->type;
        spec->site.arg_types = types;
        spec->site.arg_count = (int)n;
        spec->call_count = spec->arg_count;
    } else {
        spec->site.arg_count = (int)spec->call_count;
    }
    spec->site.variadic = expr->variadic;
    spec->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    spec->collects = expr->order_by.count > 0 || expr->distinct.count > 0;
    if (!spec->collects) {
        spec->fast = spec->call_count <= 1 ? fast_agg_find(expr->function) : NULL;
        if (spec->fast != NULL)
            spec->state_bytes = FAST_STATE_BYTES;
        return STATUS_OK;
    }
    spec->state_bytes = MAX(spec->state_bytes, 0u) + ALIGN_UP((uint32_t)sizeof(Collected), 16u);
    return collect_order(spec, expr);
}

Status agg_init_combine(AggSpec *spec, Executor *exec, const ExprAgg *expr, uint32_t column) {
    uint32_t n = expr->call_arg_count;
    *spec = (AggSpec){.exec = exec,
                      .function = expr->function,
                      .expr = expr,
                      .combines = true,
                      .state_column = column};
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        types[i] = expr->args.items[i]->type;
    spec->site = (FnSite){.function = expr->function,
                          .arg_count = (int)n,
                          .arg_types = types,
                          .result_type = expr->type,
                          .result_typmod = -1,
                          .collation = expr->input_collation,
                          .variadic = expr->variadic,
                          .env = &exec->env,
                          .arena = &exec->arena,
                          .expr = (const Expr *)expr};
    TRY(exec_type(exec, expr->type, &spec->result_type));
    TRY(find_function(spec));
    spec->fast = n <= 1 ? fast_agg_find(expr->function) : NULL;
    if (spec->fast != NULL)
        spec->state_bytes = FAST_STATE_BYTES;
    return STATUS_OK;
}

bool agg_same_state(const AggSpec *a, const AggSpec *b) {
    bool same = a->user && b->user && !a->collects && !b->collects && a->keeps_state &&
                b->keeps_state && a->expr != NULL && b->expr != NULL &&
                a->expr->kind == AGG_KIND_NORMAL && b->expr->kind == AGG_KIND_NORMAL &&
                a->trans_function == b->trans_function &&
                a->trans_type->oid == b->trans_type->oid &&
                a->expr->input_collation == b->expr->input_collation &&
                a->initial_null == b->initial_null &&
                (a->initial_null || strcmp(a->initial_text, b->initial_text) == 0) &&
                expr_list_equal(&a->expr->args, &b->expr->args) &&
                (a->filter == NULL) == (b->filter == NULL) &&
                (a->filter == NULL || expr_equal(a->expr->filter, b->expr->filter)) &&
                (a->filter == NULL || !a->filter->is_volatile);
    for (uint32_t i = 0; i < a->arg_count && same; i++)
        same = !a->args[i]->is_volatile;
    return same;
}

/* ---- steps ---- */

static Status keep_value(const AggSpec *spec, UserState *u, Arena *arena, Datum value);

/* A collecting aggregate's function state lies behind its list of rows. */
static void *function_state(const AggSpec *spec, void *state) {
    return spec->collects ? (char *)state + ALIGN_UP(sizeof(Collected), (size_t)16) : state;
}

Status agg_begin(AggSpec *spec, void *state, Arena *arena) {
    memset(state, 0, spec->state_bytes);
    if (spec->user) {
        UserState *u = function_state(spec, state);
        u->is_null = spec->initial_null;
        u->started = !spec->initial_null;
        if (!spec->initial_null)
            TRY(keep_value(spec, u, arena, spec->initial));
    }
    return STATUS_OK;
}

typedef struct EvalArgs {
    AggSpec *spec;
    ProgContext *ctx;
    Selection sel;
} EvalArgs;

static Status eval_args(void *arg) {
    const EvalArgs *eval = arg;
    AggSpec *spec = eval->spec;
    for (uint32_t i = 0; i < spec->arg_count; i++)
        TRY(prog_eval(spec->args[i], eval->ctx, eval->sel, &spec->vectors[i]));
    return STATUS_OK;
}

Status agg_eval(AggSpec *spec, ProgContext *ctx, Selection sel, Selection *sel_out) {
    if (spec->combines)
        spec->state_vector = &ctx->side[SLOT_LEFT]->columns[spec->state_column];
    if (spec->shared)
        sel.count = 0;
    if (spec->filter != NULL)
        TRY(prog_filter(&spec->filter, 1, ctx, &sel, spec->rows));
    *sel_out = sel;
    EvalArgs eval = {spec, ctx, sel};
    return mem_guarded(eval_args, &eval);
}

/* The state outlives the row: its bytes go to a place of its own, which grows by doubling. */
static Status keep_value(const AggSpec *spec, UserState *u, Arena *arena, Datum value) {
    u->value = value;
    if (u->is_null || spec->trans_type->phys != PHYS_STR)
        return STATUS_OK;
    uint32_t len = value.str.len;
    if (len > u->capacity) {
        void *bytes;
        uint32_t capacity = len < 32 ? 64 : len > UINT32_MAX / 2 ? len : len * 2;
        TRY(arena_try_alloc(arena, capacity, &bytes));
        u->bytes = bytes;
        u->capacity = capacity;
    }
    memmove(u->bytes, value.str.data, len);
    u->value = datum_str(u->bytes, len);
    return STATUS_OK;
}

static Status user_call(AggSpec *spec, UserState *u, const Datum *values, const bool *nulls,
                        Arena *arena, Arena *scratch) {
    uint32_t n = spec->call_count;
    spec->step_args[0] = u->value;
    spec->step_nulls[0] = u->is_null;
    memcpy(spec->step_args + 1, values, sizeof(Datum) * n);
    memcpy(spec->step_nulls + 1, nulls, n);
    Datum result = {.i64 = 0};
    TRY(fn_caller_call(&spec->trans, scratch, spec->step_args, spec->step_nulls, &result,
                       &u->is_null));
    return keep_value(spec, u, arena, result);
}

static Status user_step(AggSpec *spec, UserState *u, const Datum *values, const bool *nulls,
                        Arena *arena) {
    uint32_t n = spec->call_count;
    if (spec->trans_strict) {
        for (uint32_t i = 0; i < n; i++)
            if (nulls[i])
                return STATUS_OK;
        if (!u->started && n > 0) {
            u->started = true;
            u->is_null = false;
            return keep_value(spec, u, arena, values[0]);
        }
        if (u->is_null)
            return STATUS_OK;
    }
    Arena scratch;
    arena_init(&scratch, arena->account);
    Status status = user_call(spec, u, values, nulls, arena, &scratch);
    arena_destroy(&scratch);
    return status;
}

Status agg_step_values(AggSpec *spec, void *state, const Datum *values, const bool *nulls,
                       Arena *arena, bool inverse) {
    void *inner = function_state(spec, state);
    if (spec->user)
        return user_step(spec, inner, values, nulls, arena);
    if (spec->impl->strict)
        for (uint32_t i = 0; i < spec->call_count; i++)
            if (nulls[i])
                return STATUS_OK;
    AggCall call = {.site = &spec->site, .arena = arena, .args = values, .nulls = nulls};
    return inverse ? spec->impl->inverse(&call, inner) : spec->impl->step(&call, inner);
}

bool agg_can_invert(const AggSpec *spec) {
    return !spec->user && !spec->collects && spec->impl != NULL && spec->impl->inverse != NULL;
}

static void load_row(AggSpec *spec, uint32_t row) {
    for (uint32_t i = 0; i < spec->arg_count; i++) {
        spec->nulls[i] = vector_is_null(spec->vectors[i], row);
        if (!spec->nulls[i])
            spec->values[i] = vector_at(spec->vectors[i], row);
    }
}

static Status collect_row(AggSpec *spec, Collected *c, Arena *arena) {
    size_t bytes = row_measure(&spec->collected, spec->values, spec->nulls);
    void *p;
    TRY(arena_try_alloc(arena, bytes + 8, &p));
    uint8_t *row = (uint8_t *)p + 8;
    row_write(&spec->collected, spec->values, spec->nulls, bytes, row);
    *(uint8_t **)p = NULL;
    if (c->last == NULL)
        c->first = row;
    else
        *(uint8_t **)(c->last - 8) = row;
    c->last = row;
    c->count++;
    return STATUS_OK;
}

static Status step_row(AggSpec *spec, void *state, uint32_t row, Arena *arena) {
    load_row(spec, row);
    if (spec->collects)
        return collect_row(spec, state, arena);
    return agg_step_values(spec, state, spec->values, spec->nulls, arena, false);
}

static Status combine_row(AggSpec *spec, void *state, uint32_t row, Arena *arena) {
    const void *other = (const void *)(uintptr_t)vector_at(spec->state_vector, row).u64;
    AggCall call = {.site = &spec->site, .arena = arena};
    if (spec->fast == NULL)
        return spec->impl->combine(&call, state, other);
    spec->fast->combine(state, other);
    return STATUS_OK;
}

typedef struct StepRows {
    AggSpec *spec;
    uint8_t *state;         /* of all rows, or */
    uint8_t *const *states; /* by row */
    Selection sel;
    Arena *arena;
} StepRows;

static Status step_rows(void *arg) {
    const StepRows *rows = arg;
    AggSpec *spec = rows->spec;
    SELECTION_FOREACH(rows->sel, row) {
        uint8_t *state = rows->states == NULL ? rows->state : rows->states[row] + spec->offset;
        TRY(spec->combines ? combine_row(spec, state, row, rows->arena)
                           : step_row(spec, state, row, rows->arena));
    }
    return STATUS_OK;
}

Status agg_step_single(AggSpec *spec, void *state, Selection sel, Arena *arena) {
    if (spec->fast != NULL && !spec->combines) {
        spec->fast->single(state, spec->arg_count > 0 ? spec->vectors[0] : NULL, sel);
        return STATUS_OK;
    }
    StepRows rows = {.spec = spec, .state = state, .sel = sel, .arena = arena};
    return spec->user ? step_rows(&rows) : mem_guarded(step_rows, &rows);
}

Status agg_step_grouped(AggSpec *spec, uint8_t *const *states, Selection sel, Arena *arena) {
    if (spec->fast != NULL && !spec->combines) {
        spec->fast->grouped(states, spec->offset, spec->arg_count > 0 ? spec->vectors[0] : NULL,
                            sel);
        return STATUS_OK;
    }
    StepRows rows = {.spec = spec, .states = states, .sel = sel, .arena = arena};
    return spec->user ? step_rows(&rows) : mem_guarded(step_rows, &rows);
}

static Status feed_slice(AggSpec *spec, ProgContext *ctx, Selection sel, void *state,
                         uint8_t *const *states, Arena *arena) {
    Selection counting;
    TRY(agg_eval(spec, ctx, sel, &counting));
    return state != NULL ? agg_step_single(spec, state, counting, arena)
                         : agg_step_grouped(spec, states, counting, arena);
}

Status agg_feed(AggSpec *spec, ProgContext *ctx, Selection sel, void *state, uint8_t *const *states,
                Arena *arena) {
    if (!spec->large_args || sel.count <= SLICE_FIRST)
        return feed_slice(spec, ctx, sel, state, states, arena);
    uint16_t *rows = arena_alloc(ctx->arena, sizeof(uint16_t) * sel.count);
    for (uint32_t i = 0; i < sel.count; i++)
        rows[i] = (uint16_t)selection_row(sel, i);
    ArenaMark mark = arena_mark(ctx->arena);
    for (uint32_t at = 0, n; at < sel.count; at += n) {
        n = MIN(sel.count - at, spec->slice);
        TRY(feed_slice(spec, ctx, (Selection){rows + at, n}, state, states, arena));
        size_t bytes = arena_bytes_since(ctx->arena, mark);
        if (bytes > SLICE_BYTES_MAX)
            spec->slice = MAX((uint32_t)((double)n * SLICE_BYTES_MAX / (double)bytes), 1u);
        else if (spec->slice < BATCH_ROWS && n == spec->slice)
            spec->slice *= 4;
        arena_release(ctx->arena, mark);
    }
    return STATUS_OK;
}

/* ---- rows that were collected ---- */

int agg_compare_collected(const AggSpec *spec, const uint8_t *a, const uint8_t *b) {
    int order = 0;
    for (uint32_t i = 0; i < spec->order.count && order == 0; i++) {
        const OrderColumn *c = &spec->order.columns[i];
        bool a_null = row_is_null(a, c->column), b_null = row_is_null(b, c->column);
        Datum x = {.i64 = 0}, y = {.i64 = 0};
        if (!a_null)
            x = row_get(&spec->collected, a, c->column);
        if (!b_null)
            y = row_get(&spec->collected, b, c->column);
        order = row_order_values(c, x, a_null, y, b_null);
    }
    return order;
}

static void sort_collected(const AggSpec *spec, uint8_t **rows, uint8_t **other, uint64_t n) {
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t at = 0; at < n; at += 2 * width) {
            uint64_t i = at, i_end = MIN(at + width, n), j = i_end, j_end = MIN(at + 2 * width, n);
            for (uint64_t k = at; k < j_end; k++) {
                bool right =
                    i == i_end || (j < j_end && agg_compare_collected(spec, rows[j], rows[i]) < 0);
                other[k] = right ? rows[j++] : rows[i++];
            }
        }
        memcpy(rows, other, n * sizeof(uint8_t *));
    }
}

/* The rows in order, the same number of unused places behind them. */
static Status sorted_rows(AggSpec *spec, const Collected *c, Arena *arena, uint8_t ***rows_out) {
    void *p;
    uint64_t n = 0;
    TRY(arena_try_alloc(arena, (c->count * 2 + 1) * sizeof(uint8_t *), &p));
    *rows_out = p;
    for (uint8_t *row = c->first; row != NULL; row = *(uint8_t **)(row - 8))
        (*rows_out)[n++] = row;
    sort_collected(spec, *rows_out, *rows_out + c->count, n);
    return STATUS_OK;
}

Status agg_feed_collected(AggSpec *spec, void *state, Arena *arena) {
    Collected *c = state;
    uint8_t **rows;
    if (spec->fast != NULL || !spec->collects || spec->hypothetical != 0)
        return STATUS_OK;
    uint64_t n = c->count;
    TRY(sorted_rows(spec, c, arena, &rows));
    for (uint64_t i = 0; i < n; i++) {
        if (spec->distinct_count > 0 && i > 0 &&
            agg_compare_collected(spec, rows[i - 1], rows[i]) == 0)
            continue;
        for (uint32_t a = 0; a < spec->call_count; a++) {
            spec->nulls[a] = row_is_null(rows[i], a);
            if (!spec->nulls[a])
                spec->values[a] = row_get(&spec->collected, rows[i], a);
        }
        TRY(agg_step_values(spec, state, spec->values, spec->nulls, arena, false));
    }
    return STATUS_OK;
}

/* ---- results ---- */

static Status user_final(AggSpec *spec, UserState *u, const AggCall *call, Datum *value_out,
                         bool *null_out) {
    Arena *result_arena = call->result_arena;
    if (!spec->has_final) {
        *null_out = u->is_null;
        return u->is_null ? STATUS_OK
                          : datum_copy(result_arena, spec->trans_type->phys, u->value, value_out);
    }
    uint32_t direct = spec->direct_count, n = spec->final_count + 1;
    Datum *args = arena_array(result_arena, Datum, n);
    bool *nulls = arena_array(result_arena, bool, n);
    memset(nulls, 1, n);
    args[0] = u->value;
    nulls[0] = u->is_null;
    for (uint32_t i = 0; i < direct; i++) {
        args[1 + i] = call->args[i];
        nulls[1 + i] = call->nulls[i];
    }
    return fn_caller_call(&spec->final, result_arena, args, nulls, value_out, null_out);
}

typedef struct FinalCall {
    const AggImpl *impl;
    AggCall *call;
    void *state;
} FinalCall;

static Status call_final(void *arg) {
    const FinalCall *final = arg;
    return final->impl->final(final->call, final->state);
}

Status agg_final(AggSpec *spec, void *state, ProgContext *ctx, uint32_t row, Arena *arena,
                 Arena *result_arena, Datum *value_out, bool *null_out) {
    *value_out = (Datum){.i64 = 0};
    if (spec->fast != NULL)
        return spec->fast->final(spec, state, result_arena, value_out, null_out);
    void *inner = function_state(spec, state);
    AggCall call = {.site = &spec->site, .arena = arena, .result_arena = result_arena};
    if (spec->direct_count > 0) {
        Datum *args = arena_array(result_arena, Datum, spec->direct_count);
        bool *nulls = arena_array(result_arena, bool, spec->direct_count);
        for (uint32_t i = 0; i < spec->direct_count; i++)
            TRY(prog_eval_row(spec->direct[i], ctx, row, &args[i], &nulls[i]));
        call.args = args;
        call.nulls = nulls;
    }
    if (spec->hypothetical != 0) {
        const Collected *c = state;
        uint8_t **rows;
        *null_out = false;
        TRY(sorted_rows(spec, c, arena, &rows));
        return agg_hypothetical_final(spec, rows, c->count, call.args, call.nulls, arena,
                                      value_out);
    }
    if (spec->user)
        return user_final(spec, inner, &call, value_out, null_out);
    FinalCall final = {spec->impl, &call, inner};
    TRY(mem_guarded(call_final, &final));
    *value_out = call.result;
    *null_out = call.result_null;
    return STATUS_OK;
}
