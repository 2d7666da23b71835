/*
 * prog_subscript.c: a[i], a[i:j], and assignment to them (UPDATE .. SET a[i] = v).
 */
#include "executor/program.h"

#include "base/array.h"

#define ELEMENTS_MAX 134217727

typedef struct SubscriptNode {
    ProgNode node; /* args: container, upper.., lower.., value */
    uint32_t dims; /* subscripts written */
    bool slice;
    bool store;
    bool nested;                     /* the value is itself an assignment to a part of the part */
    bool value_is_array;             /* a slice is assigned */
    int8_t upper_at[ARRAY_DIMS_MAX]; /* place in args; -1: open */
    int8_t lower_at[ARRAY_DIMS_MAX];
    Oid element_type;
    PhysType element_phys;
    int16_t fixed_bytes; /* > 0: no array but a value of equal parts, such as point */
    int16_t part_bytes;
} SubscriptNode;

typedef struct Bounds {
    int32_t lower[ARRAY_DIMS_MAX], upper[ARRAY_DIMS_MAX];
    bool has_lower[ARRAY_DIMS_MAX], has_upper[ARRAY_DIMS_MAX];
} Bounds;

/* False where a subscript is NULL. */
static bool bounds_read(const SubscriptNode *s, const Vector **v, uint32_t row, Bounds *b) {
    for (uint32_t i = 0; i < s->dims; i++) {
        b->has_upper[i] = s->upper_at[i] >= 0;
        b->has_lower[i] = s->lower_at[i] >= 0;
        if (b->has_upper[i]) {
            if (vector_is_null(v[s->upper_at[i]], row))
                return false;
            b->upper[i] = vector_at(v[s->upper_at[i]], row).i32;
        }
        if (b->has_lower[i]) {
            if (vector_is_null(v[s->lower_at[i]], row))
                return false;
            b->lower[i] = vector_at(v[s->lower_at[i]], row).i32;
        }
    }
    return true;
}

/* Place of the element that the subscripts name; false where there is none. */
static bool element_place(const ArrayView *view, const int32_t *at, uint32_t dims,
                          uint32_t *place_out) {
    if (view->dim_count != (int)dims)
        return false;
    uint64_t place = 0;
    for (uint32_t i = 0; i < dims; i++) {
        int64_t offset = (int64_t)at[i] - view->lower[i];
        if (offset < 0 || offset >= view->dims[i])
            return false;
        place = place * (uint32_t)view->dims[i] + (uint64_t)offset;
    }
    *place_out = (uint32_t)place;
    return true;
}

static Status fetch_slice(const SubscriptNode *s, Arena *arena, const ArrayView *view,
                          const Bounds *b, Datum *out) {
    int32_t from[ARRAY_DIMS_MAX], dims[ARRAY_DIMS_MAX], ones[ARRAY_DIMS_MAX];
    uint32_t total = 1;
    bool empty = view->dim_count == 0 || (int)s->dims > view->dim_count;
    for (int i = 0; i < view->dim_count && !empty; i++) {
        int64_t low = view->lower[i], high = (int64_t)view->lower[i] + view->dims[i] - 1;
        if ((uint32_t)i < s->dims) {
            /* [n] among slices means [1:n]. */
            if (b->has_lower[i] && b->lower[i] > low)
                low = b->lower[i];
            if (b->has_upper[i] && b->upper[i] < high)
                high = b->upper[i];
        }
        empty = low > high;
        from[i] = (int32_t)(low - view->lower[i]);
        dims[i] = (int32_t)(high - low + 1);
        ones[i] = 1;
        total *= (uint32_t)MAX(dims[i], 0);
    }
    if (empty)
        return array_build(arena, s->element_type, s->element_phys, 0, NULL, NULL, NULL, NULL, out);
    Datum *values = arena_array(arena, Datum, total);
    bool *nulls = arena_array(arena, bool, total);
    int32_t at[ARRAY_DIMS_MAX] = {0};
    for (uint32_t n = 0; n < total; n++) {
        uint32_t place = 0;
        for (int i = 0; i < view->dim_count; i++)
            place = place * (uint32_t)view->dims[i] + (uint32_t)(from[i] + at[i]);
        nulls[n] = array_is_null(view, place);
        if (!nulls[n])
            values[n] = array_get(view, place);
        for (int i = view->dim_count - 1; i >= 0 && ++at[i] == dims[i]; i--)
            at[i] = 0;
    }
    return array_build(arena, s->element_type, s->element_phys, view->dim_count, dims, ones, values,
                       nulls, out);
}

static Status subscript_error(void) {
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array subscript out of range");
}

/* One dimension: the array grows at either end, the gap filled with NULLs. */
static Status store_grown(const SubscriptNode *s, Arena *arena, const ArrayView *view, int32_t from,
                          uint32_t count, const Datum *new_values, const bool *new_nulls,
                          Datum *out) {
    int64_t low = from, high = (int64_t)from + count - 1;
    if (view->dim_count == 1) {
        low = MIN(low, view->lower[0]);
        high = MAX(high, (int64_t)view->lower[0] + view->dims[0] - 1);
    }
    if (high - low + 1 > (int64_t)(ARENA_ALLOC_MAX / sizeof(Datum)))
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                     (int)(ARENA_ALLOC_MAX / sizeof(Datum)));
    uint32_t total = (uint32_t)(high - low + 1);
    void *values, *nulls;
    TRY(arena_try_alloc(arena, total * sizeof(Datum), &values));
    TRY(arena_try_alloc(arena, total, &nulls));
    memset(nulls, 1, total);
    for (uint32_t i = 0; view->dim_count == 1 && i < view->elem_count; i++) {
        uint32_t to = (uint32_t)(view->lower[0] - low) + i;
        ((bool *)nulls)[to] = array_is_null(view, i);
        if (!((bool *)nulls)[to])
            ((Datum *)values)[to] = array_get(view, i);
    }
    for (uint32_t i = 0; i < count; i++) {
        ((Datum *)values)[(uint32_t)(from - low) + i] = new_values[i];
        ((bool *)nulls)[(uint32_t)(from - low) + i] = new_nulls[i];
    }
    int32_t dims[1] = {(int32_t)total}, lower[1] = {(int32_t)low};
    return array_build(arena, s->element_type, s->element_phys, 1, dims, lower, values, nulls, out);
}

/* Copies an array's elements out, to be changed. */
static void unpack(Arena *arena, const ArrayView *view, Datum **values_out, bool **nulls_out) {
    *values_out = arena_array(arena, Datum, view->elem_count + 1);
    *nulls_out = arena_array(arena, bool, view->elem_count + 1);
    for (uint32_t i = 0; i < view->elem_count; i++) {
        (*nulls_out)[i] = array_is_null(view, i);
        if (!(*nulls_out)[i])
            (*values_out)[i] = array_get(view, i);
    }
}

static Status store_element(const SubscriptNode *s, Arena *arena, const ArrayView *view,
                            const Bounds *b, Datum value, bool is_null, Datum *out) {
    uint32_t place;
    if (s->dims == 1 && view->dim_count <= 1)
        return store_grown(s, arena, view, b->upper[0], 1, &value, &is_null, out);
    if (view->dim_count == 0) {
        int32_t dims[ARRAY_DIMS_MAX];
        for (uint32_t i = 0; i < s->dims; i++)
            dims[i] = 1;
        return array_build(arena, s->element_type, s->element_phys, (int)s->dims, dims, b->upper,
                           &value, &is_null, out);
    }
    if (view->dim_count != (int)s->dims)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    if (!element_place(view, b->upper, s->dims, &place))
        return subscript_error();
    Datum *values;
    bool *nulls;
    unpack(arena, view, &values, &nulls);
    values[place] = value;
    nulls[place] = is_null;
    return array_build(arena, s->element_type, s->element_phys, view->dim_count, view->dims,
                       view->lower, values, nulls, out);
}

/* A slice of an empty array is the array. */
static Status new_slice(const SubscriptNode *s, Arena *arena, const Bounds *b,
                        const ArrayView *source, const Datum *values, const bool *nulls,
                        Datum *out) {
    int32_t dims[ARRAY_DIMS_MAX];
    int64_t total = 1;
    for (uint32_t i = 0; i < s->dims; i++) {
        if (!b->has_lower[i] || !b->has_upper[i])
            return status_detail(
                error(ERR_ARRAY_SUBSCRIPT_ERROR,
                      "array slice subscript must provide both boundaries"),
                "When assigning to a slice of an empty array value, slice boundaries must be fully "
                "specified.");
        int64_t count = (int64_t)b->upper[i] - b->lower[i] + 1;
        if (count < 0)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
        total *= count;
        if (count > ELEMENTS_MAX || total > ELEMENTS_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         ELEMENTS_MAX);
        dims[i] = (int32_t)count;
    }
    if ((int64_t)source->elem_count < total)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
    return array_build(arena, s->element_type, s->element_phys, total == 0 ? 0 : (int)s->dims, dims,
                       b->lower, values, nulls, out);
}
static Status store_slice(const SubscriptNode *s, Arena *arena, const ArrayView *view,
                          const Bounds *b, Str source_bytes, Datum *out) {
    ArrayView source;
    Datum *values, *old_values;
    bool *nulls, *old_nulls;
    TRY(array_view(source_bytes, &source));
    unpack(arena, &source, &values, &nulls);
    if (view->dim_count == 0)
        return new_slice(s, arena, b, &source, values, nulls, out);
    if (s->dims == 1 && view->dim_count <= 1) {
        int32_t low = b->has_lower[0] ? b->lower[0] : view->dim_count == 1 ? view->lower[0] : 1;
        if (view->dim_count == 0 && (!b->has_lower[0] || !b->has_upper[0]))
            return status_detail(
                error(ERR_ARRAY_SUBSCRIPT_ERROR,
                      "array slice subscript must provide both boundaries"),
                "When assigning to a slice of an empty array value, slice boundaries must be fully "
                "specified.");
        int64_t high = b->has_upper[0] ? b->upper[0] : (int64_t)view->lower[0] + view->dims[0] - 1;
        if (low > high + 1)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
        uint32_t count = (uint32_t)(high - low + 1);
        if (source.elem_count < count)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
        return store_grown(s, arena, view, low, count, values, nulls, out);
    }
    if (view->dim_count != (int)s->dims)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    unpack(arena, view, &old_values, &old_nulls);
    int32_t at[ARRAY_DIMS_MAX], low[ARRAY_DIMS_MAX], high[ARRAY_DIMS_MAX];
    uint64_t total = 1;
    for (uint32_t i = 0; i < s->dims; i++) {
        low[i] = b->has_lower[i] ? b->lower[i] : view->lower[i];
        high[i] = b->has_upper[i] ? b->upper[i] : view->lower[i] + view->dims[i] - 1;
        if (low[i] > high[i])
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
        at[i] = low[i];
        total *= (uint64_t)(high[i] - low[i] + 1);
    }
    if (source.elem_count < total)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
    for (uint64_t n = 0; n < total; n++) {
        uint32_t place;
        if (!element_place(view, at, s->dims, &place))
            return subscript_error();
        old_values[place] = values[n];
        old_nulls[place] = nulls[n];
        for (int i = (int)s->dims - 1; i >= 0 && ++at[i] > high[i]; i--)
            at[i] = low[i];
    }
    return array_build(arena, s->element_type, s->element_phys, view->dim_count, view->dims,
                       view->lower, old_values, old_nulls, out);
}

/*
 * Parts of values of fixed length, such as the coordinates of a point: counted from 0, neither sliced
 * nor grown, and never NULL.
 */
static Status part_fetch(const SubscriptNode *s, Str whole, const Bounds *b, Datum *out,
                         bool *null_out) {
    if (s->slice)
        return error(ERR_FEATURE_NOT_SUPPORTED, "slices of fixed-length arrays not implemented");
    *null_out = s->dims != 1 || b->upper[0] < 0 || b->upper[0] >= s->fixed_bytes / s->part_bytes;
    if (*null_out)
        return STATUS_OK;
    uint32_t from = (uint32_t)(b->upper[0] * s->part_bytes), bytes = (uint32_t)s->part_bytes;
    if (s->element_phys == PHYS_STR)
        *out = datum_str(whole.data + MIN(from, whole.len),
                         from + bytes <= whole.len ? bytes : whole.len - MIN(from, whole.len));
    else if (from + bytes <= whole.len)
        memcpy(out, whole.data + from, bytes);
    return STATUS_OK;
}
static Status part_store(const SubscriptNode *s, Arena *arena, Str whole, const Bounds *b,
                         Datum value, Datum *out) {
    if (s->slice)
        return error(ERR_FEATURE_NOT_SUPPORTED, "updates on slices of fixed-length arrays not "
                                                "implemented");
    if (s->dims != 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    if (b->upper[0] < 0 || b->upper[0] >= s->fixed_bytes / s->part_bytes)
        return subscript_error();
    uint32_t from = (uint32_t)(b->upper[0] * s->part_bytes), bytes = (uint32_t)s->part_bytes;
    uint32_t len = MAX(whole.len, from + bytes);
    char *data = arena_zalloc(arena, len);
    memcpy(data, whole.data, whole.len);
    if (s->element_phys == PHYS_STR)
        memcpy(data + from, value.str.data, MIN(bytes, value.str.len));
    else
        memcpy(data + from, &value, bytes);
    *out = datum_str(data, len);
    return STATUS_OK;
}
static Status part_row(const SubscriptNode *s, ProgContext *ctx, const Vector **v, uint32_t row,
                       Datum *out, bool *null_out) {
    Bounds bounds = {0};
    Datum whole = vector_at(v[0], row);
    if (!bounds_read(s, v, row, &bounds)) {
        if (s->store)
            return error(ERR_NULL_VALUE_NOT_ALLOWED,
                         "array subscript in assignment must not be null");
        *null_out = true;
        return STATUS_OK;
    }
    if (!s->store)
        return part_fetch(s, whole.str, &bounds, out, null_out);
    const Vector *value = v[s->node.arg_count - 1];
    *out = whole;
    if (vector_is_null(value, row))
        return STATUS_OK;
    return part_store(s, ctx->arena, whole.str, &bounds, vector_at(value, row), out);
}

static Status subscript_row(const SubscriptNode *s, ProgContext *ctx, const Vector **v,
                            uint32_t row, Datum *out, bool *null_out) {
    const ProgNode *node = &s->node;
    ArrayView view = {.elem_type = s->element_type, .elem_phys = s->element_phys};
    Bounds bounds = {0};
    bool container_null = vector_is_null(v[0], row);
    *null_out = false;
    if (container_null && (!s->store || s->fixed_bytes > 0)) {
        *null_out = true;
        return STATUS_OK;
    }
    if (s->fixed_bytes > 0)
        return part_row(s, ctx, v, row, out, null_out);
    if (!container_null)
        TRY(array_view(vector_at(v[0], row).str, &view));
    if (!bounds_read(s, v, row, &bounds)) {
        if (s->store)
            return error(ERR_NULL_VALUE_NOT_ALLOWED,
                         "array subscript in assignment must not be null");
        *null_out = true;
        return STATUS_OK;
    }
    if (!s->store && s->slice)
        return fetch_slice(s, ctx->arena, &view, &bounds, out);
    if (!s->store) {
        uint32_t place;
        *null_out =
            !element_place(&view, bounds.upper, s->dims, &place) || array_is_null(&view, place);
        if (!*null_out)
            *out = array_get(&view, place);
        return STATUS_OK;
    }
    const Vector *value = v[node->arg_count - 1];
    bool is_null = vector_is_null(value, row);
    Datum new_value = is_null ? (Datum){.i64 = 0} : vector_at(value, row);
    if (!s->slice)
        return store_element(s, ctx->arena, &view, &bounds, new_value, is_null, out);
    if (is_null) { /* assigning NULL to a slice changes nothing */
        *null_out = container_null;
        *out = container_null ? new_value : vector_at(v[0], row);
        return STATUS_OK;
    }
    return store_slice(s, ctx->arena, &view, &bounds, new_value.str, out);
}

/* The part that a store replaces, which the value of a nested assignment builds on. */
static Status old_part(SubscriptNode *s, ProgContext *ctx, Selection sel, const Vector **v,
                       const Vector **out) {
    uint32_t extent = selection_extent(sel);
    Register *reg = arena_new(ctx->arena, Register);
    SubscriptNode fetch = *s;
    fetch.store = false;
    register_flat(reg, ctx->arena, s->slice ? PHYS_STR : s->element_phys, extent == 0 ? 1 : extent);
    register_nulls(reg, reg->capacity);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null;
        TRY(subscript_row(&fetch, ctx, v, row, &value, &is_null));
        vector_put(&reg->v, row, value, is_null);
    }
    *out = &reg->v;
    return STATUS_OK;
}

static Status eval_subscript(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    SubscriptNode *s = (SubscriptNode *)node;
    const Vector **v = arena_array(ctx->arena, const Vector *, node->arg_count);
    const Vector *saved = ctx->case_test;
    TRY(prog_eval(node->args[0], ctx, sel, &v[0]));
    for (uint32_t i = 1; i < node->arg_count; i++) {
        /* A nested assignment's value sees the part that it replaces as the case test. */
        if (s->nested && i == node->arg_count - 1)
            TRY(old_part(s, ctx, sel, v, &ctx->case_test));
        TRY(prog_eval(node->args[i], ctx, sel, &v[i]));
    }
    ctx->case_test = saved;
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null;
        TRY(subscript_row(s, ctx, v, row, &value, &is_null));
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_subscript(Executor *exec, const ExprSubscript *expr, ProgNode **out) {
    SubscriptNode *node;
    const TypeInfo *element, *container;
    if (expr->container_type == OID_JSONB || expr->element_type == 0)
        return prog_compile_json_subscript(exec, expr, out);
    TRY(prog_node(exec, sizeof(*node), eval_subscript, (const Expr *)expr, &node));
    if (expr->upper.count > ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                     expr->upper.count, ARRAY_DIMS_MAX);
    TRY(exec_type(exec, expr->element_type, &element));
    TRY(exec_type(exec, expr->container_type, &container));
    node->fixed_bytes = container->typlen;
    node->part_bytes = element->typlen;
    node->dims = expr->upper.count;
    node->slice = expr->slice;
    node->store = expr->value != NULL;
    node->nested = node->store &&
                   (expr->value->tag == EXPR_FIELD_STORE || expr->value->tag == EXPR_SUBSCRIPT ||
                    expr->value->tag == EXPR_COERCE_DOMAIN);
    node->element_type = expr->element_type;
    node->element_phys = element->phys;
    ExprList all = {0};
    expr_list_add(&exec->arena, &all, expr->arg);
    for (uint32_t i = 0; i < node->dims; i++) {
        Expr *upper = expr->upper.items[i];
        Expr *lower = expr->slice && i < expr->lower.count ? expr->lower.items[i] : NULL;
        node->upper_at[i] = upper == NULL ? -1 : (int8_t)all.count;
        if (upper != NULL)
            expr_list_add(&exec->arena, &all, upper);
        node->lower_at[i] = lower == NULL ? -1 : (int8_t)all.count;
        if (lower != NULL)
            expr_list_add(&exec->arena, &all, lower);
    }
    if (node->store)
        expr_list_add(&exec->arena, &all, expr->value);
    TRY(prog_compile_args(exec, &node->node, &all));
    *out = &node->node;
    return STATUS_OK;
}
