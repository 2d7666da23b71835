/* json_args.c: arguments of JSON functions. */
#include "types/json_args.h"
#include "types/array_ops.h"

#define ERR_2202E ERR_ARRAY_SUBSCRIPT_ERROR

Status json_argument_error(const char *format, const char *function) {
    const char *mark = strstr(format, "%s");
    if (mark == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "%s", format);
    return error(ERR_INVALID_PARAMETER_VALUE, "%.*s%s%s", (int)(mark - format), format, function,
                 mark + 2);
}

Status json_args(FnCall *call, JsonArgs *a) {
    *a = (JsonArgs){.count = call->site->arg_count};
    if (!call->site->variadic) {
        a->values = (Datum *)call->args;
        a->nulls = (bool *)call->nulls;
        a->types = (Oid *)call->site->arg_types;
        return STATUS_OK;
    }
    ArrayView view;
    a->is_null = call->nulls[0];
    if (a->is_null)
        return STATUS_OK;
    TRY(array_view(ARG_STR(0), &view));
    a->count = (int)view.elem_count;
    a->types = arena_array(call->arena, Oid, view.elem_count + 1);
    for (uint32_t i = 0; i < view.elem_count; i++)
        a->types[i] = view.elem_type;
    return array_deconstruct(call->arena, &view, &a->values, &a->nulls);
}

Status json_path_arg(FnCall *call, int arg, JsonPath *path) {
    ArrayView view;
    TRY(array_view(ARG_STR(arg), &view));
    path->count = view.elem_count;
    path->dim_count = view.dim_count;
    path->steps = arena_array(call->arena, Str, view.elem_count + 1);
    for (uint32_t i = 0; i < view.elem_count; i++)
        if (!array_is_null(&view, i))
            path->steps[i] = array_get(&view, i).str;
    return STATUS_OK;
}
bool json_step_index(Str step, int64_t *index_out) {
    const char *s = step.data, *end = s + step.len;
    bool negative = false;
    int64_t v = 0;
    while (s < end && is_space(*s))
        s++;
    if (s < end && (*s == '-' || *s == '+'))
        negative = *s++ == '-';
    if (s >= end)
        return false;
    for (; s < end; s++) {
        if (!is_digit(*s) || v > INT32_MAX)
            return false;
        v = v * 10 + (*s - '0');
    }
    *index_out = negative ? -v : v;
    return *index_out >= INT32_MIN && *index_out <= INT32_MAX;
}

Status json_pairs(FnCall *call, JsonPairs *pairs) {
    JsonPath a, b = {0};
    bool two = call->site->arg_count == 2;
    TRY(json_path_arg(call, 0, &a));
    if (two)
        TRY(json_path_arg(call, 1, &b));
    *pairs = (JsonPairs){.count = two ? a.count : a.count / 2};
    if (a.dim_count > (two ? 1 : 2) || (two && a.dim_count != b.dim_count))
        return error(ERR_2202E, "wrong number of array subscripts");
    if (two && a.count != b.count)
        return error(ERR_2202E, "mismatched array dimensions");
    if (!two && a.dim_count == 1 && a.count % 2 != 0)
        return error(ERR_2202E, "array must have even number of elements");
    if (a.dim_count == 2) {
        ArrayView view;
        TRY(array_view(ARG_STR(0), &view));
        if (view.dims[1] != 2)
            return error(ERR_2202E, "array must have two columns");
    }
    pairs->keys = arena_array(call->arena, Str, pairs->count + 1);
    pairs->values = arena_array(call->arena, Str, pairs->count + 1);
    for (uint32_t i = 0; i < pairs->count; i++) {
        pairs->keys[i] = two ? a.steps[i] : a.steps[2 * i];
        pairs->values[i] = two ? b.steps[i] : a.steps[2 * i + 1];
        if (pairs->keys[i].data == NULL)
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key");
    }
    return STATUS_OK;
}
