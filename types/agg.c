/* agg.c: count, min, max, bool_and, bit_and and their like; array_agg and string_agg. */
#include "types/datetime_int.h"
#include <math.h>

#include "types/array_ops.h"
#include "types/float.h"

typedef struct CountState {
    int64_t count;
} CountState;
static Status count_step(AggCall *call, void *state) {
    ((CountState *)state)->count++;
    return STATUS_OK;
}
static Status count_combine(AggCall *call, void *state, const void *other) {
    ((CountState *)state)->count += ((const CountState *)other)->count;
    return STATUS_OK;
}
static Status count_inverse(AggCall *call, void *state) {
    ((CountState *)state)->count--;
    return STATUS_OK;
}
static Status count_final(AggCall *call, void *state) {
    call->result = datum_i64(((CountState *)state)->count);
    return STATUS_OK;
}
AGGREGATE(count, "count();regr_count(double precision, double precision)",
          .state_bytes = sizeof(CountState), .strict = true, .step = count_step,
          .combine = count_combine, .inverse = count_inverse, .final = count_final);
AGGREGATE(count_any, "count(any)", .state_bytes = sizeof(CountState), .strict = true,
          .step = count_step, .combine = count_combine, .inverse = count_inverse,
          .final = count_final);

/* One kept value. A string's bytes are copied into a buffer that is reused while it is large enough. */
typedef struct KeepState {
    Datum value;
    const TypeInfo *type;
    char *buffer;
    uint32_t capacity;
    bool has;
} KeepState;

static void keep(AggCall *call, KeepState *s, Datum value) {
    s->value = value;
    s->has = true;
    if (s->type == NULL || s->type->phys != PHYS_STR)
        return;
    if (value.str.len > s->capacity) {
        s->capacity = MAX(value.str.len, 2 * s->capacity);
        s->buffer = arena_alloc(call->arena, s->capacity);
    }
    memcpy(s->buffer, value.str.data, value.str.len);
    s->value = datum_str(value.str.len > 0 ? s->buffer : "", value.str.len);
}
static Status keep_type(AggCall *call, KeepState *s) {
    Oid type = call->site->arg_types != NULL ? call->site->arg_types[0] : 25;
    return type_lookup(call->site->env, type, &s->type);
}
static Status extreme(AggCall *call, KeepState *s, Datum value, int sign) {
    if (s->type == NULL)
        TRY(keep_type(call, s));
    if (s->has && s->type->compare == NULL)
        return type_no_order(s->type);
    int order =
        !s->has ? 1 : sign * s->type->compare(s->type, call->site->collation, value, s->value);
    /* Of equal values that look different the last counts; of bpchar the first. */
    if (order > 0 || (order == 0 && s->type->oid != 1042))
        keep(call, s, value);
    return STATUS_OK;
}
static Status max_step(AggCall *call, void *state) {
    return extreme(call, state, call->args[0], 1);
}
static Status min_step(AggCall *call, void *state) {
    return extreme(call, state, call->args[0], -1);
}
static Status max_combine(AggCall *call, void *state, const void *other) {
    const KeepState *o = other;
    return o->has ? extreme(call, state, o->value, 1) : STATUS_OK;
}
static Status min_combine(AggCall *call, void *state, const void *other) {
    const KeepState *o = other;
    return o->has ? extreme(call, state, o->value, -1) : STATUS_OK;
}
static Status keep_final(AggCall *call, void *state) {
    KeepState *s = state;
    call->result = s->value;
    call->result_null = !s->has;
    return STATUS_OK;
}
AGGREGATE(max,
          "max(anyarray);max(time without time zone);max(time with time zone);max(interval);"
          "max(text);max(numeric);max(character);max(tid);max(anyenum);max(inet);max(real);"
          "max(oid);max(xid8);max(pg_lsn)",
          .state_bytes = sizeof(KeepState), .strict = true, .step = max_step,
          .combine = max_combine, .final = keep_final);
AGGREGATE(min,
          "min(anyarray);min(time without time zone);min(time with time zone);min(interval);"
          "min(text);min(numeric);min(character);min(tid);min(anyenum);min(inet);min(real);"
          "min(oid);min(xid8);min(pg_lsn)",
          .state_bytes = sizeof(KeepState), .strict = true, .step = min_step,
          .combine = min_combine, .final = keep_final);

/* The hot ones, without a call a row: value and flag. */
typedef struct WordState {
    Datum value;
    bool has;
} WordState;
static Status word_final(AggCall *call, void *state) {
    WordState *s = state;
    call->result = s->value;
    call->result_null = !s->has;
    return STATUS_OK;
}
/* better: whether v should replace the kept value k. */
#define WORD_AGGREGATE(name, signatures, member, better, merged)                                   \
    static Status name##_add(WordState *s, Datum arg) {                                            \
        __typeof__(arg.member) v = arg.member, k = s->value.member;                                \
        if (!s->has) {                                                                             \
            s->value = (Datum){.i64 = 0};                                                          \
            s->value.member = v;                                                                   \
            s->has = true;                                                                         \
        } else if (better) {                                                                       \
            s->value.member = (__typeof__(arg.member))(merged);                                    \
        }                                                                                          \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    static Status name##_step(AggCall *call, void *state) {                                        \
        return name##_add(state, call->args[0]);                                                   \
    }                                                                                              \
    static Status name##_combine(AggCall *call, void *state, const void *other) {                  \
        const WordState *o = other;                                                                \
        return o->has ? name##_add(state, o->value) : STATUS_OK;                                   \
    }                                                                                              \
    AGGREGATE(name, signatures, .state_bytes = sizeof(WordState), .strict = true,                  \
              .step = name##_step, .combine = name##_combine, .final = word_final)

WORD_AGGREGATE(max_int2, "max(smallint)", i16, v > k, v);
WORD_AGGREGATE(min_int2, "min(smallint)", i16, v < k, v);
WORD_AGGREGATE(max_int4, "max(integer);max(date)", i32, v > k, v);
WORD_AGGREGATE(min_int4, "min(integer);min(date)", i32, v < k, v);
WORD_AGGREGATE(max_int8,
               "max(bigint);max(money);max(timestamp without time zone);"
               "max(timestamp with time zone)",
               i64, v > k, v);
WORD_AGGREGATE(min_int8,
               "min(bigint);min(money);min(timestamp without time zone);"
               "min(timestamp with time zone)",
               i64, v < k, v);
WORD_AGGREGATE(max_float8, "max(double precision)", f64, float_order(v, k) >= 0, v);
WORD_AGGREGATE(min_float8, "min(double precision)", f64, float_order(v, k) <= 0, v);
WORD_AGGREGATE(bool_and, "bool_and(boolean);every(boolean)", b, true, k &&v);
WORD_AGGREGATE(bool_or, "bool_or(boolean)", b, true, k || v);
WORD_AGGREGATE(bit_and_int2, "bit_and(smallint)", i16, true, k &v);
WORD_AGGREGATE(bit_and_int4, "bit_and(integer)", i32, true, k &v);
WORD_AGGREGATE(bit_and_int8, "bit_and(bigint)", i64, true, k &v);
WORD_AGGREGATE(bit_or_int2, "bit_or(smallint)", i16, true, k | v);
WORD_AGGREGATE(bit_or_int4, "bit_or(integer)", i32, true, k | v);
WORD_AGGREGATE(bit_or_int8, "bit_or(bigint)", i64, true, k | v);
WORD_AGGREGATE(bit_xor_int2, "bit_xor(smallint)", i16, true, k ^ v);
WORD_AGGREGATE(bit_xor_int4, "bit_xor(integer)", i32, true, k ^ v);
WORD_AGGREGATE(bit_xor_int8, "bit_xor(bigint)", i64, true, k ^ v);

/* array_agg: values and NULLs in order of arrival. */
typedef struct ArrayState {
    VEC(Datum) values;
    VEC(bool) nulls;
    const TypeInfo *type;
} ArrayState;

static Status array_step(AggCall *call, void *state) {
    ArrayState *s = state;
    Datum v = call->nulls[0] ? datum_i64(0) : call->args[0];
    if (s->type == NULL)
        TRY(type_lookup(call->site->env, call->site->arg_types[0], &s->type));
    if (!call->nulls[0] && s->type->phys == PHYS_STR)
        v = datum_str(arena_memdup(call->arena, v.str.data, v.str.len), v.str.len);
    vec_push(&s->values, call->arena, v);
    vec_push(&s->nulls, call->arena, call->nulls[0]);
    return STATUS_OK;
}
static Status array_combine(AggCall *call, void *state, const void *other) {
    ArrayState *s = state;
    const ArrayState *o = other;
    if (s->type == NULL)
        s->type = o->type;
    for (size_t i = 0; i < o->values.count; i++) {
        vec_push(&s->values, call->arena, o->values.items[i]);
        vec_push(&s->nulls, call->arena, o->nulls.items[i]);
    }
    return STATUS_OK;
}
static Status array_final(AggCall *call, void *state) {
    ArrayState *s = state;
    call->result_null = s->values.count == 0;
    if (call->result_null)
        return STATUS_OK;
    return array_build_1d(call->result_arena, s->type->oid, s->type->phys, s->values.items,
                          s->nulls.items, (uint32_t)s->values.count, &call->result);
}
AGGREGATE(array_agg, "array_agg(anynonarray)", .state_bytes = sizeof(ArrayState),
          .step = array_step, .combine = array_combine, .final = array_final);

static Status array_array_step(AggCall *call, void *state) {
    if (call->nulls[0])
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "cannot accumulate null arrays");
    ArrayView v;
    TRY(array_view(call->args[0].str, &v));
    ArrayState *s = state;
    if (s->values.count == 0 && v.dim_count == 0)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "cannot accumulate empty arrays");
    if (s->values.count > 0) {
        ArrayView first;
        TRY(array_view(s->values.items[0].str, &first));
        if (first.dim_count != v.dim_count ||
            memcmp(first.dims, v.dims, (size_t)v.dim_count * 4) != 0)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR,
                         "cannot accumulate arrays of different dimensionality");
    }
    return array_step(call, state);
}
static Status array_array_final(AggCall *call, void *state) {
    ArrayState *s = state;
    ArrayView v;
    call->result_null = s->values.count == 0;
    if (call->result_null)
        return STATUS_OK;
    TRY(array_view(s->values.items[0].str, &v));
    return array_of_arrays(call->result_arena, v.elem_type, v.elem_phys, s->values.items,
                           s->nulls.items, (uint32_t)s->values.count, &call->result);
}
AGGREGATE(array_agg_array, "array_agg(anyarray)", .state_bytes = sizeof(ArrayState),
          .step = array_array_step, .combine = array_combine, .final = array_array_final);

/* string_agg: NULL values are left out; the first delimiter is not used. */
typedef struct StringState {
    StrBuf text;
    size_t first_delimiter; /* bytes at the front that the result leaves out */
    bool has;
} StringState;
static Status string_step(AggCall *call, void *state) {
    StringState *s = state;
    if (call->nulls[0])
        return STATUS_OK;
    if (s->text.arena == NULL)
        strbuf_init(&s->text, call->arena);
    Str v = call->args[0].str, d = call->nulls[1] ? str_make("", 0) : call->args[1].str;
    if (s->text.len + v.len + d.len > ARENA_ALLOC_MAX)
        return status_detail(error(ERR_PROGRAM_LIMIT_EXCEEDED, "out of memory"),
                             "Cannot enlarge string buffer containing %zu bytes by %u more bytes.",
                             s->text.len, v.len);
    if (!s->has)
        s->first_delimiter = d.len;
    strbuf_append(&s->text, d.data, d.len);
    s->has = true;
    strbuf_append(&s->text, v.data, v.len);
    return STATUS_OK;
}
static Status string_combine(AggCall *call, void *state, const void *other) {
    StringState *s = state;
    const StringState *o = other;
    if (!o->has)
        return STATUS_OK;
    if (!s->has) {
        *s = *o;
        strbuf_init(&s->text, call->arena);
    }
    strbuf_append(&s->text, o->text.data, o->text.len);
    return STATUS_OK;
}
static Status string_final(AggCall *call, void *state) {
    StringState *s = state;
    call->result_null = !s->has;
    if (s->has)
        call->result =
            datum_str(s->text.data + s->first_delimiter, s->text.len - s->first_delimiter);
    return STATUS_OK;
}
AGGREGATE(string_agg, "string_agg(text, text);string_agg(bytea, bytea)",
          .state_bytes = sizeof(StringState), .step = string_step, .combine = string_combine,
          .final = string_final);

/* percentile_disc, percentile_cont, mode: the rows come sorted. */
typedef struct SortedState {
    ArrayState rows;
    Oid type;
} SortedState;
static Status sorted_step(AggCall *call, void *state) {
    ((SortedState *)state)->type = call->site->arg_types[call->site->arg_count - 1];
    if (call->nulls[0])
        return STATUS_OK;
    SortedState *s = state;
    if (s->rows.type == NULL)
        TRY(type_lookup(call->site->env, s->type, &s->rows.type));
    Datum v = call->args[0];
    if (s->rows.type->phys == PHYS_STR)
        v = datum_str(arena_memdup(call->arena, v.str.data, v.str.len), v.str.len);
    vec_push(&s->rows.values, call->arena, v);
    return STATUS_OK;
}
static Status check_fraction(double f) {
    if (f >= 0 && f <= 1)
        return STATUS_OK;
    char buf[FLOAT_TEXT_MAX];
    if (isfinite(f))
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "percentile value %g is not between 0 and 1",
                     f);
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "percentile value %.*s is not between 0 and 1",
                 (int)float8_print(f, buf), buf);
}
static Status disc_at(SortedState *s, double f, Datum *out) {
    TRY(check_fraction(f));
    double n = (double)s->rows.values.count;
    int64_t row = (int64_t)__builtin_ceil(f * n);
    *out = s->rows.values.items[MAX(row, 1) - 1];
    return STATUS_OK;
}
static Status cont_at(SortedState *s, double f, Datum *out) {
    TRY(check_fraction(f));
    double place = f * (double)(s->rows.values.count - 1);
    int64_t low = (int64_t)__builtin_floor(place), high = (int64_t)__builtin_ceil(place);
    Datum a = s->rows.values.items[low], b = s->rows.values.items[high];
    *out = a;
    if (low == high)
        return STATUS_OK;
    double share = place - (double)low;
    if (s->rows.type->oid == 1186)
        return interval_between(a.interval, b.interval, share, &out->interval);
    out->f64 = a.f64 + share * (b.f64 - a.f64);
    return STATUS_OK;
}
static Status percentile(AggCall *call, SortedState *s,
                         Status (*at)(SortedState *, double, Datum *)) {
    call->result_null = s->rows.values.count == 0 || call->nulls[0];
    if (!call->nulls[0])
        TRY(check_fraction(call->args[0].f64));
    return call->result_null ? STATUS_OK : at(s, call->args[0].f64, &call->result);
}
static Status percentiles(AggCall *call, SortedState *s,
                          Status (*at)(SortedState *, double, Datum *)) {
    ArrayView fractions;
    call->result_null = s->rows.values.count == 0 || call->nulls[0];
    if (call->result_null)
        return STATUS_OK;
    TRY(array_view(call->args[0].str, &fractions));
    Datum *values = arena_array(call->result_arena, Datum, fractions.elem_count + 1);
    bool *nulls = arena_array(call->result_arena, bool, fractions.elem_count + 1);
    for (uint32_t i = 0; i < fractions.elem_count; i++) {
        nulls[i] = array_is_null(&fractions, i);
        if (!nulls[i])
            TRY(at(s, array_get(&fractions, i).f64, &values[i]));
    }
    return array_build(call->result_arena, s->rows.type->oid, s->rows.type->phys,
                       fractions.dim_count, fractions.dims, fractions.lower, values, nulls,
                       &call->result);
}
static Status disc_final(AggCall *call, void *state) { return percentile(call, state, disc_at); }
static Status cont_final(AggCall *call, void *state) { return percentile(call, state, cont_at); }
static Status discs_final(AggCall *call, void *state) { return percentiles(call, state, disc_at); }
static Status conts_final(AggCall *call, void *state) { return percentiles(call, state, cont_at); }
static Status mode_final(AggCall *call, void *state) {
    SortedState *s = state;
    size_t best = 0, best_count = 0;
    call->result_null = s->rows.values.count == 0;
    for (size_t i = 0; i < s->rows.values.count;) {
        size_t k = i + 1;
        while (k < s->rows.values.count &&
               s->rows.type->compare(s->rows.type, call->site->collation, s->rows.values.items[i],
                                     s->rows.values.items[k]) == 0)
            k++;
        if (k - i > best_count) {
            best = i;
            best_count = k - i;
        }
        i = k;
    }
    if (!call->result_null)
        call->result = s->rows.values.items[best];
    return STATUS_OK;
}
#define SORTED(name, signatures, fin)                                                              \
    AGGREGATE(name, signatures, .state_bytes = sizeof(SortedState), .step = sorted_step,           \
              .final = fin)
SORTED(percentile_disc, "percentile_disc(double precision, anyelement)", disc_final);
SORTED(percentile_cont,
       "percentile_cont(double precision, double precision);"
       "percentile_cont(double precision, interval)",
       cont_final);
SORTED(percentile_disc_multi, "percentile_disc(double precision[], anyelement)", discs_final);
SORTED(percentile_cont_multi,
       "percentile_cont(double precision[], double precision);"
       "percentile_cont(double precision[], interval)",
       conts_final);
SORTED(mode, "mode(anyelement)", mode_final);
