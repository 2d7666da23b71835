/* array_ops.c: the SQL functions and operators of arrays. */
#include "types/array_ops.h"
#include "types/hash_value.h"

#include "catalog/catalogs.h"
#include "types/collate.h"
#include "types/record.h"
#include "types/text.h"

/* The element type of an array argument, from the value. */
static Status view_of(FnCall *call, int arg, ArrayView *view) {
    return array_view(ARG_STR(arg), view);
}
static bool same_bytes(PhysType phys, Datum x, Datum y) {
    return phys == PHYS_STR ? str_compare(x.str, y.str) == 0 : x.i32 == y.i32;
}
/* Whether arrays of such a type agree in bounds and elements. */
static bool equal_bytes(const ArrayView *a, const ArrayView *b) {
    size_t bounds = (size_t)a->dim_count * sizeof(a->dims[0]);
    if (a->dim_count != b->dim_count || memcmp(a->dims, b->dims, bounds) != 0 ||
        memcmp(a->lower, b->lower, bounds) != 0)
        return false;
    for (uint32_t i = 0; i < a->elem_count; i++) {
        if (array_is_null(a, i) != array_is_null(b, i))
            return false;
        if (array_is_null(a, i))
            continue;
        if (!same_bytes(a->elem_phys, array_get(a, i), array_get(b, i)))
            return false;
    }
    return true;
}
/* Order 0 where equal. Without order_wanted any other number may stand for "differs". */
static Status compare_args(FnCall *call, bool order_wanted, int *order_out) {
    ArrayView a, b;
    const TypeInfo *type;
    TRY(view_of(call, 0, &a));
    TRY(view_of(call, 1, &b));
    if (a.elem_type != b.elem_type)
        return error(ERR_DATATYPE_MISMATCH, "cannot compare arrays of different element types");
    if (!order_wanted && type_has_only_equality(a.elem_type)) {
        *order_out = !equal_bytes(&a, &b);
        return STATUS_OK;
    }
    size_t bounds = (size_t)a.dim_count * sizeof(a.dims[0]);
    if (!order_wanted && (a.dim_count != b.dim_count || memcmp(a.dims, b.dims, bounds) != 0 ||
                          memcmp(a.lower, b.lower, bounds) != 0)) {
        *order_out = 1;
        return STATUS_OK;
    }
    TRY(type_lookup(call_env(call), call->site->arg_types[0], &type));
    if (type->compare == NULL ||
        (type->element_type != NULL && type->element_type->kind == TYPE_COMPOSITE)) {
        TRY(order_wanted ? type_require_compare(call_env(call), a.elem_type, &type)
                         : type_require_equality(call_env(call), a.elem_type, &type));
        TRY(type_require_compare(call_env(call), call->site->arg_types[0], &type));
    }
    if (type->kind == TYPE_PSEUDO)
        TRY(type_lookup(call_env(call), type_builtin(a.elem_type)->array, &type));
    *order_out = type->compare(type, call->site->collation, call->args[0], call->args[1]);
    return STATUS_OK;
}
#define ARRAY_COMPARISON(name, order_wanted, op)                                                   \
    SCALAR(name) {                                                                                 \
        int order;                                                                                 \
        TRY(compare_args(call, order_wanted, &order));                                             \
        return ret_bool(call, order op 0);                                                         \
    }
ARRAY_COMPARISON(array_eq, false, ==)
ARRAY_COMPARISON(array_ne, false, !=)
ARRAY_COMPARISON(array_lt, true, <)
ARRAY_COMPARISON(array_le, true, <=)
ARRAY_COMPARISON(array_gt, true, >)
ARRAY_COMPARISON(array_ge, true, >=)
SCALAR(btarraycmp) {
    int order;
    TRY(compare_args(call, true, &order));
    return ret_i32(call, (order > 0) - (order < 0));
}
SCALAR(array_larger) {
    int order;
    TRY(compare_args(call, true, &order));
    return ret_datum(call, call->args[order > 0 ? 0 : 1]);
}
SCALAR(array_smaller) {
    int order;
    TRY(compare_args(call, true, &order));
    return ret_datum(call, call->args[order < 0 ? 0 : 1]);
}
static Status hash_of(FnCall *call, bool extended, uint64_t *hash_out) {
    const TypeInfo *type;
    TRY(type_lookup(call_env(call), call->site->arg_types[0], &type));
    TRY(type_require_hash(call, type->element_type, extended));
    uint64_t seed = extended ? (uint64_t)ARG_I64(1) : 0;
    return hash_array_value(call, type->element_type, ARG_STR(0), seed, hash_out);
}
SCALAR(hash_array) {
    uint64_t h;
    TRY(hash_of(call, false, &h));
    return ret_i32(call, (int32_t)h);
}
SCALAR(hash_array_extended) {
    uint64_t h;
    TRY(hash_of(call, true, &h));
    return ret_i64(call, (int64_t)h);
}
/* oidvector: first by length. */
static int oidvector_order(FnCall *call) {
    ArrayView a, b;
    if (!status_ok(view_of(call, 0, &a)) || !status_ok(view_of(call, 1, &b)))
        return 0;
    if (a.elem_count != b.elem_count)
        return (int)a.elem_count - (int)b.elem_count;
    for (uint32_t i = 0; i < a.elem_count; i++) {
        Oid x = array_get(&a, i).u32, y = array_get(&b, i).u32;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}
SCALAR(oidvectoreq) { return ret_bool(call, oidvector_order(call) == 0); }
SCALAR(oidvectorne) { return ret_bool(call, oidvector_order(call) != 0); }
SCALAR(oidvectorlt) { return ret_bool(call, oidvector_order(call) < 0); }
SCALAR(oidvectorle) { return ret_bool(call, oidvector_order(call) <= 0); }
SCALAR(oidvectorgt) { return ret_bool(call, oidvector_order(call) > 0); }
SCALAR(oidvectorge) { return ret_bool(call, oidvector_order(call) >= 0); }
SCALAR(btoidvectorcmp) { return ret_i32(call, oidvector_order(call)); }

SCALAR(array_ndims) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    return v.dim_count == 0 ? ret_null(call) : ret_i32(call, v.dim_count);
}
SCALAR(array_dims) {
    ArrayView v;
    StrBuf buf;
    TRY(view_of(call, 0, &v));
    if (v.dim_count == 0)
        return ret_null(call);
    strbuf_init(&buf, call->arena);
    for (int d = 0; d < v.dim_count; d++)
        strbuf_printf(&buf, "[%d:%d]", v.lower[d], v.lower[d] + v.dims[d] - 1);
    return ret_buf(call, &buf);
}
SCALAR(array_lower) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    int d = ARG_I32(1);
    return d < 1 || d > v.dim_count ? ret_null(call) : ret_i32(call, v.lower[d - 1]);
}
SCALAR(array_upper) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    int d = ARG_I32(1);
    return d < 1 || d > v.dim_count ? ret_null(call)
                                    : ret_i32(call, v.lower[d - 1] + v.dims[d - 1] - 1);
}
SCALAR(array_length) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    int d = ARG_I32(1);
    return d < 1 || d > v.dim_count ? ret_null(call) : ret_i32(call, v.dims[d - 1]);
}
SCALAR(array_cardinality) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    return ret_i32(call, (int32_t)v.elem_count);
}

/* The element's type by the call's array argument. */
static Status element_info(FnCall *call, Oid array_type, const TypeInfo **elem_out) {
    const TypeInfo *array;
    TRY(type_lookup(call_env(call), array_type, &array));
    return array_element_type(call_env(call), array, elem_out);
}

/* append and prepend keep lower bounds of the array. */
static Status push(FnCall *call, int array_arg, int elem_arg, bool front) {
    const TypeInfo *elem;
    ArrayView v = {0};
    TRY(element_info(call, call->site->result_type, &elem));
    if (!call->nulls[array_arg])
        TRY(view_of(call, array_arg, &v));
    if (v.dim_count > 1)
        return error(ERR_DATA_EXCEPTION, "argument must be empty or one-dimensional array");
    int32_t n = (int32_t)v.elem_count, lower = v.dim_count == 0 ? 1 : v.lower[0];
    if (front && v.dim_count > 0 && lower == INT32_MIN)
        return int4_range_error();
    Datum *values = arena_alloc(call->arena, (size_t)(n + 1) * sizeof(Datum));
    bool *nulls = arena_alloc(call->arena, (size_t)n + 1);
    for (int32_t i = 0; i < n; i++) {
        nulls[i + front] = array_is_null(&v, (uint32_t)i);
        values[i + front] = nulls[i + front] ? datum_i64(0) : array_get(&v, (uint32_t)i);
    }
    int32_t at = front ? 0 : n, count = n + 1;
    nulls[at] = call->nulls[elem_arg];
    values[at] = nulls[at] ? datum_i64(0) : call->args[elem_arg];
    return array_build(call->arena, elem->oid, elem->phys, 1, &count, &lower, values, nulls,
                       &call->result);
}
SCALAR(array_append) { return push(call, 0, 1, false); }
SCALAR(array_prepend) { return push(call, 1, 0, true); }

static Status cat_mismatch(int dims_a, int dims_b, bool count_differs) {
    Status s = error(ERR_ARRAY_SUBSCRIPT_ERROR, "cannot concatenate incompatible arrays");
    if (count_differs)
        return status_detail(s,
                             "Arrays of %d and %d dimensions are not compatible for concatenation.",
                             dims_a, dims_b);
    return status_detail(s,
                         "Arrays with differing %sdimensions are not compatible for "
                         "concatenation.",
                         dims_a == dims_b ? "element " : "");
}
SCALAR(array_cat) {
    ArrayView a, b;
    if (call->nulls[0] && call->nulls[1])
        return ret_null(call);
    if (call->nulls[0] || call->nulls[1])
        return ret_datum(call, call->args[call->nulls[0] ? 1 : 0]);
    TRY(view_of(call, 0, &a));
    TRY(view_of(call, 1, &b));
    if (a.dim_count == 0 && b.dim_count > 0)
        return ret_datum(call, call->args[1]);
    if (b.dim_count == 0)
        return ret_datum(call, call->args[0]);
    int32_t dims[ARRAY_DIMS_MAX], lower[ARRAY_DIMS_MAX];
    int gap = a.dim_count - b.dim_count;
    const ArrayView *big = gap >= 0 ? &a : &b, *little = gap >= 0 ? &b : &a;
    if (gap < -1 || gap > 1)
        return cat_mismatch(a.dim_count, b.dim_count, true);
    memcpy(dims, big->dims, sizeof(dims));
    memcpy(lower, big->lower, sizeof(lower));
    int inner = gap == 0 ? 1 : 0;
    for (int d = inner; d < little->dim_count; d++)
        if (little->dims[d] != big->dims[d + 1 - inner] ||
            little->lower[d] != big->lower[d + 1 - inner])
            return cat_mismatch(a.dim_count, b.dim_count, false);
    dims[0] += gap == 0 ? little->dims[0] : 1;
    if (gap == 0)
        lower[0] = a.lower[0];
    uint32_t total = a.elem_count + b.elem_count;
    Datum *values = arena_alloc(call->arena, (size_t)(total + 1) * sizeof(Datum));
    bool *nulls = arena_alloc(call->arena, (size_t)total + 1);
    for (uint32_t i = 0; i < total; i++) {
        const ArrayView *v = i < a.elem_count ? &a : &b;
        uint32_t k = i < a.elem_count ? i : i - a.elem_count;
        nulls[i] = array_is_null(v, k);
        values[i] = nulls[i] ? datum_i64(0) : array_get(v, k);
    }
    return array_build(call->arena, a.elem_type, a.elem_phys, big->dim_count, dims, lower, values,
                       nulls, &call->result);
}

typedef struct ElemEquals {
    const TypeInfo *elem;
    Oid collation;
} ElemEquals;
static Status elem_equals(FnCall *call, Oid elem_type, ElemEquals *out) {
    out->collation = call->site->collation;
    if (type_has_only_equality(elem_type))
        return type_lookup(call_env(call), elem_type, &out->elem);
    return type_require_equality(call_env(call), elem_type, &out->elem);
}
static bool same(const ElemEquals *e, const ArrayView *v, uint32_t i, Datum value, bool is_null) {
    bool elem_null = array_is_null(v, i);
    if (elem_null || is_null)
        return elem_null && is_null;
    if (e->elem->compare == NULL)
        return same_bytes(v->elem_phys, array_get(v, i), value);
    return e->elem->compare(e->elem, e->collation, array_get(v, i), value) == 0;
}

SCALAR(array_position) {
    ArrayView v;
    ElemEquals e;
    int64_t start = 0;
    if (call->nulls[0])
        return ret_null(call);
    TRY(view_of(call, 0, &v));
    if (v.dim_count > 1)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "searching for elements in multidimensional arrays is not supported");
    if (v.dim_count == 0 || (call->nulls[1] && v.null_bits == NULL))
        return ret_null(call);
    if (call->site->arg_count > 2) {
        if (call->nulls[2])
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "initial position must not be null");
        start = (int64_t)ARG_I32(2) - v.lower[0];
    }
    TRY(elem_equals(call, v.elem_type, &e));
    for (uint32_t i = (uint32_t)MIN(MAX(start, 0), v.elem_count); i < v.elem_count; i++)
        if (same(&e, &v, i, call->args[1], call->nulls[1]))
            return ret_i32(call, v.lower[0] + (int32_t)i);
    return ret_null(call);
}
ALIAS(array_position_start, array_position)
SCALAR(array_positions) {
    ArrayView v;
    ElemEquals e;
    VEC(Datum) found = {0};
    if (call->nulls[0])
        return ret_null(call);
    TRY(view_of(call, 0, &v));
    if (v.dim_count > 1)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "searching for elements in multidimensional arrays is not supported");
    if (v.dim_count > 0 && (!call->nulls[1] || v.null_bits != NULL))
        TRY(elem_equals(call, v.elem_type, &e));
    else
        v.elem_count = 0;
    for (uint32_t i = 0; i < v.elem_count; i++)
        if (same(&e, &v, i, call->args[1], call->nulls[1]))
            vec_push(&found, call->arena, datum_i32(v.lower[0] + (int32_t)i));
    return array_build_1d(call->arena, 23, PHYS_I32, found.items, NULL, (uint32_t)found.count,
                          &call->result);
}

static Status replace_or_remove(FnCall *call, bool remove) {
    ArrayView v;
    ElemEquals e;
    if (call->nulls[0])
        return ret_null(call);
    TRY(view_of(call, 0, &v));
    if (v.elem_count == 0)
        return ret_datum(call, call->args[0]);
    if (remove && v.dim_count > 1)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "removing elements from multidimensional arrays is not supported");
    TRY(elem_equals(call, v.elem_type, &e));
    Datum *values;
    bool *nulls;
    TRY(array_deconstruct(call->arena, &v, &values, &nulls));
    uint32_t n = 0, changed = 0;
    for (uint32_t i = 0; i < v.elem_count; i++) {
        bool hit = same(&e, &v, i, call->args[1], call->nulls[1]);
        changed += hit;
        if (hit && remove)
            continue;
        values[n] = hit ? call->args[2] : values[i];
        nulls[n] = hit ? call->nulls[2] : nulls[i];
        n++;
    }
    if (changed == 0)
        return ret_datum(call, call->args[0]);
    if (n == 0)
        return array_build_1d(call->arena, v.elem_type, v.elem_phys, NULL, NULL, 0, &call->result);
    if (remove)
        v.dims[0] = (int32_t)n;
    return array_build(call->arena, v.elem_type, v.elem_phys, v.dim_count, v.dims, v.lower, values,
                       nulls, &call->result);
}
SCALAR(array_remove) { return replace_or_remove(call, true); }
SCALAR(array_replace) { return replace_or_remove(call, false); }

/* Whether every (or any) element of a is in b; NULLs are in nothing. */
static Status contains(FnCall *call, int a_arg, int b_arg, bool all, bool *out) {
    ArrayView a, b;
    ElemEquals e;
    TRY(view_of(call, a_arg, &a));
    TRY(view_of(call, b_arg, &b));
    if (a.elem_type != b.elem_type)
        return error(ERR_DATATYPE_MISMATCH, "cannot compare arrays of different element types");
    TRY(elem_equals(call, a.elem_type, &e));
    *out = all;
    for (uint32_t i = 0; i < a.elem_count; i++) {
        bool found = false;
        if (!array_is_null(&a, i)) {
            Datum value = array_get(&a, i);
            for (uint32_t k = 0; k < b.elem_count && !found; k++)
                found = same(&e, &b, k, value, false);
        }
        if (found != all) {
            *out = found;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}
SCALAR(arrayoverlap) {
    bool r;
    TRY(contains(call, 0, 1, false, &r));
    return ret_bool(call, r);
}
SCALAR(arraycontains) {
    bool r;
    TRY(contains(call, 1, 0, true, &r));
    return ret_bool(call, r);
}
SCALAR(arraycontained) {
    bool r;
    TRY(contains(call, 0, 1, true, &r));
    return ret_bool(call, r);
}

/* Sizes or lower bounds given as an array. */
static Status check_sizes(const ArrayView *v) {
    if (v->dim_count > 1)
        return status_detail(error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts"),
                             "Dimension array must be one dimensional.");
    for (uint32_t i = 0; i < v->elem_count; i++)
        if (array_is_null(v, i))
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "dimension values cannot be null");
    return STATUS_OK;
}

static Status fill(FnCall *call) {
    const TypeInfo *elem;
    ArrayView dims, lower = {0};
    int32_t lens[ARRAY_DIMS_MAX], bounds[ARRAY_DIMS_MAX];
    bool has_lower = call->site->arg_count > 2;
    if (call->nulls[1] || (has_lower && call->nulls[2]))
        return error(ERR_NULL_VALUE_NOT_ALLOWED,
                     "dimension array or low bound array cannot be null");
    TRY(element_info(call, call->site->result_type, &elem));
    TRY(view_of(call, 1, &dims));
    if (has_lower)
        TRY(view_of(call, 2, &lower));
    TRY(check_sizes(&dims));
    if (dims.elem_count > ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                     (int)dims.elem_count, ARRAY_DIMS_MAX);
    TRY(check_sizes(&lower));
    if (has_lower && lower.elem_count != dims.elem_count)
        return status_detail(error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts"),
                             "Low bound array has different size than dimensions array.");
    int64_t total = dims.elem_count > 0;
    for (uint32_t i = 0; i < dims.elem_count; i++) {
        lens[i] = array_get(&dims, i).i32;
        bounds[i] = has_lower ? array_get(&lower, i).i32 : 1;
        if (lens[i] < 0 || (total *= lens[i]) > 134217727)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         134217727);
    }
    void *p;
    TRY(arena_try_alloc(call->arena, (size_t)(total + 1) * sizeof(Datum), &p));
    Datum *values = p;
    TRY(arena_try_alloc(call->arena, (size_t)total + 1, &p));
    bool *nulls = p;
    for (int64_t i = 0; i < total; i++) {
        nulls[i] = call->nulls[0];
        values[i] = call->nulls[0] ? datum_i64(0) : call->args[0];
    }
    return array_build(call->arena, elem->oid, elem->phys, total == 0 ? 0 : (int)dims.elem_count,
                       lens, bounds, values, nulls, &call->result);
}
SCALAR(array_fill) { return fill(call); }
SCALAR(array_fill_with_lower_bounds) { return fill(call); }

SCALAR(trim_array) {
    ArrayView v;
    TRY(view_of(call, 0, &v));
    int32_t n = ARG_I32(1), len = v.dim_count > 0 ? v.dims[0] : 0;
    if (n < 0 || n > len)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR,
                     "number of elements to trim must be between 0 and %d", len);
    if (len == 0)
        return ret_datum(call, call->args[0]);
    int32_t upper = v.lower[0] + len - n - 1, lower = v.lower[0];
    bool given = true;
    return array_slice(call->arena, ARG_STR(0), 1, &lower, &given, &upper, &given, &call->result);
}

/* Elements as text between delimiters; NULLs are left out or shown as null_text. */
static Status to_text(FnCall *call, Str delimiter, const Str *null_text) {
    ArrayView v;
    TypeIo io = {.typmod = -1, .env = call_env(call), .arena = call->arena};
    StrBuf buf;
    TRY(view_of(call, 0, &v));
    TRY(type_lookup(io.env, v.elem_type, &io.type));
    strbuf_init(&buf, call->arena);
    bool first = true;
    for (uint32_t i = 0; i < v.elem_count; i++) {
        bool is_null = array_is_null(&v, i);
        if (is_null && null_text == NULL)
            continue;
        if (!first)
            strbuf_append(&buf, delimiter.data, delimiter.len);
        first = false;
        if (is_null)
            strbuf_append(&buf, null_text->data, null_text->len);
        else
            TRY(io.type->output(&io, array_get(&v, i), &buf));
    }
    return ret_buf(call, &buf);
}
SCALAR(array_to_text) { return to_text(call, ARG_STR(1), NULL); }
SCALAR(array_to_text_null) {
    if (call->nulls[0] || call->nulls[1])
        return ret_null(call);
    Str null_text = call->nulls[2] ? str_make("", 0) : ARG_STR(2);
    return to_text(call, ARG_STR(1), call->nulls[2] ? NULL : &null_text);
}

/* Splitting: a NULL delimiter means every character, an empty one the whole string. */
typedef struct Splitter {
    Str rest;
    Str delimiter;
    Str null_text;
    bool by_char, has_null_text, done;
    Oid collation;
} Splitter;

static Status splitter_init(Splitter *s, FnCall *call) {
    *s = (Splitter){
        .rest = ARG_STR(0), .by_char = call->nulls[1], .collation = call->site->collation};
    s->delimiter = call->nulls[1] ? str_make("", 0) : ARG_STR(1);
    s->has_null_text = call->site->arg_count > 2 && !call->nulls[2];
    if (s->has_null_text)
        s->null_text = ARG_STR(2);
    s->done = s->rest.len == 0;
    return s->delimiter.len == 0 || s->done
               ? STATUS_OK
               : collation_require_deterministic(s->collation, "string search",
                                                 "substring searches");
}
static bool splitter_next(Splitter *s, Datum *value_out, bool *null_out) {
    size_t len = s->rest.len, skip = 0;
    if (s->done)
        return false;
    if (s->by_char) {
        len = utf8_char_bytes((unsigned char)s->rest.data[0]);
        s->done = len >= s->rest.len;
    } else {
        const char *hit = s->delimiter.len == 0 ? NULL
                                                : memmem(s->rest.data, s->rest.len,
                                                         s->delimiter.data, s->delimiter.len);
        if (hit != NULL) {
            len = (size_t)(hit - s->rest.data);
            skip = s->delimiter.len;
        } else {
            s->done = true;
        }
    }
    *value_out = datum_str(s->rest.data, len);
    *null_out =
        s->has_null_text && text_compare_collated(s->collation, value_out->str, s->null_text) == 0;
    s->rest = str_make(s->rest.data + len + skip, s->rest.len - len - skip);
    return true;
}
SCALAR(text_to_array) {
    Splitter s;
    Datum v;
    bool is_null;
    VEC(Datum) values = {0};
    VEC(bool) nulls = {0};
    if (call->nulls[0])
        return ret_null(call);
    TRY(splitter_init(&s, call));
    while (splitter_next(&s, &v, &is_null)) {
        vec_push(&values, call->arena, v);
        vec_push(&nulls, call->arena, is_null);
    }
    return array_build_1d(call->arena, 25, PHYS_STR, values.items, nulls.items,
                          (uint32_t)values.count, &call->result);
}
ALIAS(text_to_array_null, text_to_array)
SET_START(text_to_table) {
    Splitter *s = arena_new(set->scan_arena, Splitter);
    set->state = s;
    if (set->call.nulls[0])
        s->done = true;
    else
        TRY(splitter_init(s, &set->call));
    return STATUS_OK;
}
SET_NEXT(text_to_table) {
    *row_out = splitter_next(set->state, &set->columns[0], &set->column_nulls[0]);
    return STATUS_OK;
}
SET_START(text_to_table_null) { return set_text_to_table_start(set); }
SET_NEXT(text_to_table_null) { return set_text_to_table_next(set, row_out); }

typedef struct UnnestState {
    ArrayView view;
    uint32_t next;
} UnnestState;
SET_START(array_unnest) {
    UnnestState *s = arena_new(set->scan_arena, UnnestState);
    set->state = s;
    return array_view(set->call.args[0].str, &s->view);
}
/* An element that is a row, where the call in FROM is to give its columns. */
static Status unnest_row(SetCall *set, const ArrayView *array, uint32_t at) {
    const FnSite *site = set->call.site;
    RecordView view = {0};
    bool is_null = array_is_null(array, at);
    if (!is_null)
        TRY(record_view(array_get(array, at).str, &view));
    if (!is_null && view.column_count != (uint32_t)set->column_count)
        return status_detail(error(ERR_DATATYPE_MISMATCH, "function return row and query-specified "
                                                          "return row do not match"),
                             "Returned row contains %u attributes, but query expects %d.",
                             view.column_count, set->column_count);
    for (int i = 0; i < set->column_count; i++) {
        const TypeInfo *type;
        uint32_t column = (uint32_t)i;
        set->column_nulls[i] = is_null || record_column_is_null(&view, column);
        if (set->column_nulls[i])
            continue;
        TRY(type_lookup(site->env, site->row_types[i], &type));
        if (type->phys != record_column_phys(&view, column))
            return error(ERR_DATATYPE_MISMATCH,
                         "function return row and query-specified return row do not match");
        set->columns[i] = record_column(&view, column);
    }
    return STATUS_OK;
}

SET_NEXT(array_unnest) {
    UnnestState *s = set->state;
    *row_out = s->next < s->view.elem_count;
    if (!*row_out)
        return STATUS_OK;
    if (set->call.site->row_types != NULL)
        return unnest_row(set, &s->view, s->next++);
    set->column_nulls[0] = array_is_null(&s->view, s->next);
    if (!set->column_nulls[0])
        set->columns[0] = array_get(&s->view, s->next);
    s->next++;
    return STATUS_OK;
}

typedef struct SubscriptState {
    int32_t next, last;
    bool reverse, done;
} SubscriptState;
SET_START(generate_subscripts) {
    FnCall *call = &set->call;
    ArrayView v;
    SubscriptState *s = arena_new(set->scan_arena, SubscriptState);
    set->state = s;
    TRY(view_of(call, 0, &v));
    int d = ARG_I32(1);
    s->reverse = call->site->arg_count > 2 && ARG_BOOL(2);
    s->done = d < 1 || d > v.dim_count;
    if (s->done)
        return STATUS_OK;
    int32_t first = v.lower[d - 1], last = first + v.dims[d - 1] - 1;
    s->next = s->reverse ? last : first;
    s->last = s->reverse ? first : last;
    return STATUS_OK;
}
SET_NEXT(generate_subscripts) {
    SubscriptState *s = set->state;
    *row_out = !s->done;
    set->columns[0] = datum_i32(s->next);
    s->done = s->done || s->next == s->last;
    s->next += s->reverse ? -1 : 1;
    return STATUS_OK;
}
SET_START(generate_subscripts_nodir) { return set_generate_subscripts_start(set); }
SET_NEXT(generate_subscripts_nodir) { return set_generate_subscripts_next(set, row_out); }

SCALAR(width_bucket_array) {
    ArrayView v;
    const TypeInfo *elem;
    TRY(view_of(call, 1, &v));
    if (v.dim_count > 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "thresholds must be one-dimensional array");
    if (v.null_bits != NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "thresholds array must not contain NULLs");
    TRY(type_require_compare(call_env(call), v.elem_type, &elem));
    uint32_t low = 0, high = v.elem_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (elem->compare(elem, call->site->collation, call->args[0], array_get(&v, middle)) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ret_i32(call, (int32_t)low);
}
