/* array_subscript.c: elements and slices of arrays, read and assigned. */
#include "types/array_ops.h"

Status array_deconstruct(Arena *arena, const ArrayView *view, Datum **values_out,
                         bool **nulls_out) {
    void *p;
    TRY(arena_try_alloc(arena, (view->elem_count + 1) * sizeof(Datum), &p));
    *values_out = p;
    TRY(arena_try_alloc(arena, view->elem_count + 1, &p));
    bool *nulls = p;
    for (uint32_t i = 0; i < view->elem_count; i++) {
        nulls[i] = array_is_null(view, i);
        (*values_out)[i] = nulls[i] ? datum_i64(0) : array_get(view, i);
    }
    if (nulls_out != NULL)
        *nulls_out = nulls;
    return STATUS_OK;
}

Status array_subscript(Str array, int count, const int32_t *subscripts, Datum *value_out,
                       bool *null_out) {
    ArrayView view;
    *null_out = true;
    TRY(array_view(array, &view));
    if (view.dim_count != count)
        return STATUS_OK;
    uint32_t index = 0;
    for (int d = 0; d < count; d++) {
        int64_t at = (int64_t)subscripts[d] - view.lower[d];
        if (at < 0 || at >= view.dims[d])
            return STATUS_OK;
        index = index * (uint32_t)view.dims[d] + (uint32_t)at;
    }
    if (array_is_null(&view, index))
        return STATUS_OK;
    *null_out = false;
    *value_out = array_get(&view, index);
    return STATUS_OK;
}

Status array_slice(Arena *arena, Str array, int count, const int32_t *lower,
                   const bool *lower_given, const int32_t *upper, const bool *upper_given,
                   Datum *slice_out) {
    ArrayView view;
    int32_t from[ARRAY_DIMS_MAX], dims[ARRAY_DIMS_MAX], ones[ARRAY_DIMS_MAX];
    TRY(array_view(array, &view));
    if (view.dim_count < count || view.dim_count == 0)
        return array_build_1d(arena, view.elem_type, view.elem_phys, NULL, NULL, 0, slice_out);
    uint32_t total = 1;
    for (int d = 0; d < view.dim_count; d++) {
        int32_t first = view.lower[d], last = view.lower[d] + view.dims[d] - 1;
        if (d < count && lower_given[d] && lower[d] > first)
            first = lower[d];
        if (d < count && upper_given[d] && upper[d] < last)
            last = upper[d];
        if (first > last)
            return array_build_1d(arena, view.elem_type, view.elem_phys, NULL, NULL, 0, slice_out);
        from[d] = first - view.lower[d];
        dims[d] = last - first + 1;
        ones[d] = 1;
        total *= (uint32_t)dims[d];
    }
    Datum *values = arena_alloc(arena, (total + 1) * sizeof(Datum));
    bool *nulls = arena_alloc(arena, total + 1);
    int32_t at[ARRAY_DIMS_MAX] = {0};
    for (uint32_t i = 0; i < total; i++) {
        uint32_t index = 0;
        for (int d = 0; d < view.dim_count; d++)
            index = index * (uint32_t)view.dims[d] + (uint32_t)(from[d] + at[d]);
        nulls[i] = array_is_null(&view, index);
        values[i] = nulls[i] ? datum_i64(0) : array_get(&view, index);
        for (int d = view.dim_count - 1; d >= 0 && ++at[d] == dims[d]; d--)
            at[d] = 0;
    }
    return array_build(arena, view.elem_type, view.elem_phys, view.dim_count, dims, ones, values,
                       nulls, slice_out);
}

static Status wrong_subscripts(void) {
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
}
static Status out_of_range(void) {
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array subscript out of range");
}

Status array_assign(Arena *arena, Oid elem_type, PhysType elem_phys, Str array, bool array_null,
                    int count, const int32_t *subscripts, Datum value, bool value_null,
                    Datum *array_out) {
    ArrayView view = {0};
    int32_t ones[ARRAY_DIMS_MAX];
    if (!array_null)
        TRY(array_view(array, &view));
    if (view.dim_count == 0) {
        for (int d = 0; d < count; d++)
            ones[d] = 1;
        return array_build(arena, elem_type, elem_phys, count, ones, subscripts, &value,
                           &value_null, array_out);
    }
    if (view.dim_count != count)
        return wrong_subscripts();
    /* Only a vector grows. */
    uint32_t before = 0, after = 0, index = 0;
    for (int d = 0; d < count; d++) {
        int64_t at = (int64_t)subscripts[d] - view.lower[d];
        if ((at < 0 || at >= view.dims[d]) && count > 1)
            return out_of_range();
        if (at < 0)
            before = (uint32_t)-at;
        else if (at >= view.dims[d])
            after = (uint32_t)(at - view.dims[d] + 1);
        index = index * (uint32_t)view.dims[d] + (uint32_t)(at < 0 ? 0 : at);
    }
    uint64_t total = (uint64_t)view.elem_count + before + after;
    if (total > 134217727)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                     134217727);
    void *p;
    TRY(arena_try_alloc(arena, (total + 1) * sizeof(Datum), &p));
    Datum *values = p;
    bool *nulls = arena_alloc(arena, total + 1);
    memset(nulls, 1, total);
    for (uint32_t i = 0; i < view.elem_count; i++) {
        nulls[before + i] = array_is_null(&view, i);
        values[before + i] = nulls[before + i] ? datum_i64(0) : array_get(&view, i);
    }
    values[index] = value_null ? datum_i64(0) : value;
    nulls[index] = value_null;
    view.dims[0] += (int32_t)(before + after);
    view.lower[0] -= (int32_t)before;
    return array_build(arena, elem_type, elem_phys, view.dim_count, view.dims, view.lower, values,
                       nulls, array_out);
}

Status array_assign_slice(Arena *arena, Oid elem_type, PhysType elem_phys, Str array,
                          bool array_null, int count, const int32_t *lower, const bool *lower_given,
                          const int32_t *upper, const bool *upper_given, Str source,
                          Datum *array_out) {
    ArrayView view = {0}, from;
    int32_t first[ARRAY_DIMS_MAX], len[ARRAY_DIMS_MAX];
    uint32_t wanted = 1;
    if (!array_null)
        TRY(array_view(array, &view));
    TRY(array_view(source, &from));
    bool empty = view.dim_count == 0;
    if (!empty && (view.dim_count < count))
        return wrong_subscripts();
    int dim_count = empty ? count : view.dim_count;
    for (int d = 0; d < dim_count; d++) {
        bool low = d < count && lower_given[d], high = d < count && upper_given[d];
        if (empty && (!low || !high))
            return status_detail(
                error(ERR_ARRAY_SUBSCRIPT_ERROR,
                      "array slice subscript must provide both boundaries"),
                "When assigning to a slice of an empty array value, slice boundaries must be fully "
                "specified.");
        int32_t a = low ? lower[d] : view.lower[d];
        int32_t b = high ? upper[d] : view.lower[d] + view.dims[d] - 1;
        if (a > b)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
        first[d] = a;
        len[d] = b - a + 1;
        wanted *= (uint32_t)len[d];
    }
    if (from.elem_count < wanted)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "source array too small");
    Datum out = {.str = array};
    if (empty) {
        Datum *values;
        bool *nulls;
        TRY(array_deconstruct(arena, &from, &values, &nulls));
        return array_build(arena, elem_type, elem_phys, dim_count, len, first, values, nulls,
                           array_out);
    }
    int32_t at[ARRAY_DIMS_MAX] = {0}, subscripts[ARRAY_DIMS_MAX];
    for (uint32_t i = 0; i < wanted; i++) {
        for (int d = 0; d < dim_count; d++)
            subscripts[d] = first[d] + at[d];
        bool is_null = array_is_null(&from, i);
        Datum v = is_null ? datum_i64(0) : array_get(&from, i);
        TRY(array_assign(arena, elem_type, elem_phys, out.str, false, dim_count, subscripts, v,
                         is_null, &out));
        for (int d = dim_count - 1; d >= 0 && ++at[d] == len[d]; d--)
            at[d] = 0;
    }
    *array_out = out;
    return STATUS_OK;
}

Status array_of_arrays(Arena *arena, Oid elem_type, PhysType elem_phys, const Datum *arrays,
                       const bool *nulls, uint32_t count, Datum *array_out) {
    ArrayView first = {0};
    VEC(Datum) values = {0};
    VEC(bool) value_nulls = {0};
    bool any = false, any_empty = false;
    for (uint32_t i = 0; i < count; i++) {
        ArrayView view = {0};
        if (!nulls[i])
            TRY(array_view(arrays[i].str, &view));
        if (view.dim_count == 0) {
            any_empty = true;
            continue;
        }
        if (!any) {
            first = view;
            any = true;
            if (view.dim_count + 1 > ARRAY_DIMS_MAX)
                return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                             "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                             view.dim_count + 1, ARRAY_DIMS_MAX);
        } else if (view.dim_count != first.dim_count ||
                   memcmp(view.dims, first.dims, (size_t)view.dim_count * 4) != 0 ||
                   memcmp(view.lower, first.lower, (size_t)view.dim_count * 4) != 0) {
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "multidimensional arrays must have array "
                                                    "expressions with matching dimensions");
        }
        for (uint32_t k = 0; k < view.elem_count; k++) {
            bool is_null = array_is_null(&view, k);
            vec_push(&values, arena, is_null ? datum_i64(0) : array_get(&view, k));
            vec_push(&value_nulls, arena, is_null);
        }
    }
    if (!any)
        return array_build_1d(arena, elem_type, elem_phys, NULL, NULL, 0, array_out);
    if (any_empty)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "multidimensional arrays must have array "
                                                "expressions with matching dimensions");
    int32_t dims[ARRAY_DIMS_MAX] = {(int32_t)count}, lower[ARRAY_DIMS_MAX] = {1};
    memcpy(dims + 1, first.dims, (size_t)first.dim_count * 4);
    memcpy(lower + 1, first.lower, (size_t)first.dim_count * 4);
    return array_build(arena, elem_type, elem_phys, first.dim_count + 1, dims, lower, values.items,
                       value_nulls.items, array_out);
}
