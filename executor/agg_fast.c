/*
 * agg_fast.c: aggregates whose steps are loops over vectors. See agg.h.
 *
 * State: a running value and the number of rows that were not NULL. Sums of int2 and int4 cannot
 * overflow 64 bits before 2^31 rows of the largest value; they are checked where they end. Sums of
 * int8 are 128 bits wide.
 */
#pragma GCC optimize("O3")

#include "executor/agg.h"

#include "types/numeric.h"

#include <math.h>

typedef struct FastState {
    union {
        Int128 wide;
        int64_t i64;
        double f64;
        Datum datum;
    };
    int64_t count;
    bool overflow; /* a sum of finite floats that is not finite */
} FastState;
_Static_assert(sizeof(FastState) <= FAST_STATE_BYTES, "states are laid out by that size");

/* One loop over a vector into one state. BODY uses a (the value) and acc; INIT and DONE load and store
 * it. */
#define SINGLE_LOOP(T, BODY)                                                                       \
    const T *x = v->values;                                                                        \
    int64_t n = 0;                                                                                 \
    if (v->form == VEC_FLAT && v->nulls == NULL && sel.rows == NULL) {                             \
        n = sel.count;                                                                             \
        for (uint32_t i = 0; i < sel.count; i++) {                                                 \
            T a = x[i];                                                                            \
            BODY                                                                                   \
        }                                                                                          \
    } else {                                                                                       \
        SELECTION_FOREACH(sel, row) {                                                              \
            uint32_t at = vector_index(v, row);                                                    \
            if (v->nulls != NULL && v->nulls[at])                                                  \
                continue;                                                                          \
            T a = x[at];                                                                           \
            BODY n++;                                                                              \
        }                                                                                          \
    }

#define GROUPED_LOOP(T, BODY)                                                                      \
    const T *x = v->values;                                                                        \
    SELECTION_FOREACH(sel, row) {                                                                  \
        uint32_t at = vector_index(v, row);                                                        \
        if (v->nulls != NULL && v->nulls[at])                                                      \
            continue;                                                                              \
        FastState *s = (FastState *)(states[row] + offset);                                        \
        T a = x[at];                                                                               \
        BODY s->count++;                                                                           \
    }

/* ---- count ---- */

static void count_star_single(void *state, const Vector *v, Selection sel) {
    ((FastState *)state)->count += sel.count;
}
static void count_star_grouped(uint8_t *const *states, uint32_t offset, const Vector *v,
                               Selection sel) {
    SELECTION_FOREACH(sel, row)
        ((FastState *)(states[row] + offset))->count++;
}
static void count_single(void *state, const Vector *v, Selection sel) {
    int64_t n = 0;
    if (v->nulls == NULL)
        n = sel.count;
    else
        SELECTION_FOREACH(sel, row)
            n += !v->nulls[vector_index(v, row)];
    ((FastState *)state)->count += n;
}
static void count_grouped(uint8_t *const *states, uint32_t offset, const Vector *v, Selection sel) {
    SELECTION_FOREACH(sel, row)
        ((FastState *)(states[row] + offset))->count += !vector_is_null(v, row);
}
static Status count_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                          bool *null_out) {
    *value_out = datum_i64(((const FastState *)state)->count);
    *null_out = false;
    return STATUS_OK;
}

/* ---- sum, avg ---- */

#define SUM_INT(name, T)                                                                           \
    static void name##_single(void *state, const Vector *v, Selection sel) {                       \
        FastState *s = state;                                                                      \
        int64_t acc = 0;                                                                           \
        SINGLE_LOOP(T, { acc += a; })                                                              \
        s->wide += acc;                                                                            \
        s->count += n;                                                                             \
    }                                                                                              \
    static void name##_grouped(uint8_t *const *states, uint32_t offset, const Vector *v,           \
                               Selection sel) {                                                    \
        GROUPED_LOOP(T, { s->wide += a; })                                                         \
    }
SUM_INT(sum_i16, int16_t)
SUM_INT(sum_i32, int32_t)
static void sum_i64_single(void *state, const Vector *v, Selection sel) {
    FastState *s = state;
    Int128 acc = 0;
    SINGLE_LOOP(int64_t, { acc += a; })
    s->wide += acc;
    s->count += n;
}
static void sum_i64_grouped(uint8_t *const *states, uint32_t offset, const Vector *v,
                            Selection sel) {
    GROUPED_LOOP(int64_t, { s->wide += a; })
}
/* Floating-point sums keep the order of the rows: the result is the one a row-by-row sum has. */
static void sum_f64_single(void *state, const Vector *v, Selection sel) {
    FastState *s = state;
    double acc = s->f64;
    bool finite = isfinite(acc);
    SINGLE_LOOP(double, {
        acc += a;
        finite &= isfinite(a);
    })
    s->f64 = acc;
    s->count += n;
    s->overflow |= finite && isinf(acc);
}
static void sum_f64_grouped(uint8_t *const *states, uint32_t offset, const Vector *v,
                            Selection sel) {
    GROUPED_LOOP(double, {
        bool finite = isfinite(s->f64) && isfinite(a);
        s->f64 += a;
        s->overflow |= finite && isinf(s->f64);
    })
}

static Status sum_int_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                            bool *null_out) {
    const FastState *s = state;
    *null_out = s->count == 0;
    if (s->wide > INT64_MAX || s->wide < INT64_MIN)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range");
    *value_out = datum_i64((int64_t)s->wide);
    return STATUS_OK;
}
static Status sum_wide_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                             bool *null_out) {
    const FastState *s = state;
    *null_out = s->count == 0;
    value_out->str = num_make(arena, s->wide, 0);
    return STATUS_OK;
}
static Status avg_int_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                            bool *null_out) {
    const FastState *s = state;
    *null_out = s->count == 0;
    if (*null_out)
        return STATUS_OK;
    return numeric_divide(arena, num_make(arena, s->wide, 0), num_from_i64(arena, s->count),
                          &value_out->str);
}

/* ---- min, max ---- */

#define EXTREME(name, T, member, BETTER)                                                           \
    static void name##_single(void *state, const Vector *v, Selection sel) {                       \
        FastState *s = state;                                                                      \
        bool has = s->count > 0;                                                                   \
        T k = s->datum.member;                                                                     \
        if (!has && sel.count > 0) {                                                               \
            SELECTION_FOREACH(sel, first) {                                                        \
                if (vector_is_null(v, first))                                                      \
                    continue;                                                                      \
                k = ((const T *)v->values)[vector_index(v, first)];                                \
                break;                                                                             \
            }                                                                                      \
        }                                                                                          \
        SINGLE_LOOP(T, { k = (BETTER) ? a : k; })                                                  \
        if (n > 0)                                                                                 \
            s->datum.member = k;                                                                   \
        s->count += n;                                                                             \
    }                                                                                              \
    static void name##_grouped(uint8_t *const *states, uint32_t offset, const Vector *v,           \
                               Selection sel) {                                                    \
        GROUPED_LOOP(T, {                                                                          \
            T k = s->datum.member;                                                                 \
            if (s->count == 0 || (BETTER))                                                         \
                s->datum.member = a;                                                               \
        })                                                                                         \
    }
EXTREME(max_i16, int16_t, i16, a > k)
EXTREME(min_i16, int16_t, i16, a < k)
EXTREME(max_i32, int32_t, i32, a > k)
EXTREME(min_i32, int32_t, i32, a < k)
EXTREME(max_i64, int64_t, i64, a > k)
EXTREME(min_i64, int64_t, i64, a < k)
EXTREME(max_f64, double, f64, a >= k || isnan(a))
EXTREME(min_f64, double, f64, a <= k || isnan(k))
static Status extreme_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                            bool *null_out) {
    const FastState *s = state;
    *null_out = s->count == 0;
    *value_out = s->datum;
    return STATUS_OK;
}
static Status sum_f64_final(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                            bool *null_out) {
    const FastState *s = state;
    *null_out = s->count == 0;
    if (s->overflow)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
    value_out->f64 = s->f64;
    return STATUS_OK;
}

/* ---- states of several workers ---- */

static void count_merge(void *state, const void *other) {
    ((FastState *)state)->count += ((const FastState *)other)->count;
}
static void wide_merge(void *state, const void *other) {
    ((FastState *)state)->wide += ((const FastState *)other)->wide;
    count_merge(state, other);
}
static void f64_merge(void *state, const void *other) {
    FastState *s = state;
    const FastState *o = other;
    bool finite = isfinite(s->f64) && isfinite(o->f64);
    s->f64 += o->f64;
    s->overflow |= o->overflow || (finite && isinf(s->f64));
    s->count += o->count;
}
#define EXTREME_MERGE(name, T, member, BETTER)                                                     \
    static void name##_merge(void *state, const void *other) {                                     \
        FastState *s = state;                                                                      \
        const FastState *o = other;                                                                \
        T a = o->datum.member, k = s->datum.member;                                                \
        if (o->count > 0 && (s->count == 0 || (BETTER)))                                           \
            s->datum.member = a;                                                                   \
        s->count += o->count;                                                                      \
    }
EXTREME_MERGE(max_i16, int16_t, i16, a > k)
EXTREME_MERGE(min_i16, int16_t, i16, a < k)
EXTREME_MERGE(max_i32, int32_t, i32, a > k)
EXTREME_MERGE(min_i32, int32_t, i32, a < k)
EXTREME_MERGE(max_i64, int64_t, i64, a > k)
EXTREME_MERGE(min_i64, int64_t, i64, a < k)
EXTREME_MERGE(max_f64, double, f64, a >= k || isnan(a))
EXTREME_MERGE(min_f64, double, f64, a <= k || isnan(k))

#define FAST(name, fin, merge)                                                                     \
    { name##_single, name##_grouped, fin, merge##_merge }
static const FastAgg fast_count_star = FAST(count_star, count_final, count);
static const FastAgg fast_count = FAST(count, count_final, count);
static const FastAgg fast_sum_i16 = FAST(sum_i16, sum_int_final, wide);
static const FastAgg fast_sum_i32 = FAST(sum_i32, sum_int_final, wide);
static const FastAgg fast_sum_i64 = FAST(sum_i64, sum_wide_final, wide);
static const FastAgg fast_sum_f64 = FAST(sum_f64, sum_f64_final, f64);
static const FastAgg fast_avg_i16 = FAST(sum_i16, avg_int_final, wide);
static const FastAgg fast_avg_i32 = FAST(sum_i32, avg_int_final, wide);
static const FastAgg fast_avg_i64 = FAST(sum_i64, avg_int_final, wide);
static const FastAgg fast_max_i16 = FAST(max_i16, extreme_final, max_i16);
static const FastAgg fast_min_i16 = FAST(min_i16, extreme_final, min_i16);
static const FastAgg fast_max_i32 = FAST(max_i32, extreme_final, max_i32);
static const FastAgg fast_min_i32 = FAST(min_i32, extreme_final, min_i32);
static const FastAgg fast_max_i64 = FAST(max_i64, extreme_final, max_i64);
static const FastAgg fast_min_i64 = FAST(min_i64, extreme_final, min_i64);
static const FastAgg fast_max_f64 = FAST(max_f64, extreme_final, max_f64);
static const FastAgg fast_min_f64 = FAST(min_f64, extreme_final, min_f64);

const FastAgg *fast_agg_find(Oid function) {
    static const struct {
        Oid oid;
        const FastAgg *agg;
    } table[] = {
        {2803, &fast_count_star}, {2147, &fast_count},   {2109, &fast_sum_i16},
        {2108, &fast_sum_i32},    {2107, &fast_sum_i64}, {2111, &fast_sum_f64},
        {2102, &fast_avg_i16},    {2101, &fast_avg_i32}, {2100, &fast_avg_i64},
        {2117, &fast_max_i16},    {2133, &fast_min_i16}, {2116, &fast_max_i32},
        {2132, &fast_min_i32},    {2115, &fast_max_i64}, {2131, &fast_min_i64},
        {2122, &fast_max_i32},    {2138, &fast_min_i32}, {2126, &fast_max_i64},
        {2142, &fast_min_i64},    {2127, &fast_max_i64}, {2143, &fast_min_i64},
        {2123, &fast_max_i64},    {2139, &fast_min_i64}, {2120, &fast_max_f64},
        {2136, &fast_min_f64},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].oid == function)
            return table[i].agg;
    return NULL;
}
