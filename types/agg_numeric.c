/*
 * agg_numeric.c: sums, averages and variances of integers and numerics.
 *
 * A numeric sum is kept as a 128-bit integer at the largest scale met, which is exact for 38 digits;
 * what does not fit moves to a working-form total beside it.
 */
#include "types/numeric.h"

typedef struct IntSum {
    int64_t sum, count;
} IntSum;
static Status money_range_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "money out of range");
}
#define INT_SUM_STEPS(name, member, range_error)                                                   \
    static Status name##_step(AggCall *call, void *state) {                                        \
        IntSum *s = state;                                                                         \
        s->count++;                                                                                \
        if (__builtin_add_overflow(s->sum, (int64_t)call->args[0].member, &s->sum))                \
            return range_error();                                                                  \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    static Status name##_inverse(AggCall *call, void *state) {                                     \
        IntSum *s = state;                                                                         \
        s->count--;                                                                                \
        s->sum -= call->args[0].member;                                                            \
        return STATUS_OK;                                                                          \
    }
INT_SUM_STEPS(int2, i16, int8_range_error)
INT_SUM_STEPS(int4, i32, int8_range_error)
INT_SUM_STEPS(money, i64, money_range_error)
static Status int_combine(AggCall *call, void *state, const void *other) {
    IntSum *s = state;
    const IntSum *o = other;
    s->count += o->count;
    if (__builtin_add_overflow(s->sum, o->sum, &s->sum))
        return int8_range_error();
    return STATUS_OK;
}
static Status int_sum_final(AggCall *call, void *state) {
    IntSum *s = state;
    call->result = datum_i64(s->sum);
    call->result_null = s->count == 0;
    return STATUS_OK;
}
static Status divide_by_count(AggCall *call, Str sum, int64_t count) {
    Str n = num_from_i64(call->result_arena, count);
    return numeric_divide(call->result_arena, sum, n, &call->result.str);
}
static Status int_avg_final(AggCall *call, void *state) {
    IntSum *s = state;
    call->result_null = s->count == 0;
    if (s->count == 0)
        return STATUS_OK;
    return divide_by_count(call, num_from_i64(call->result_arena, s->sum), s->count);
}
#define INT_AGGREGATE(name, signatures, steps, fin)                                                \
    AGGREGATE(name, signatures, .state_bytes = sizeof(IntSum), .strict = true,                     \
              .step = steps##_step, .combine = int_combine, .inverse = steps##_inverse,            \
              .final = fin)
INT_AGGREGATE(sum_int2, "sum(smallint)", int2, int_sum_final);
INT_AGGREGATE(sum_int4, "sum(integer)", int4, int_sum_final);
INT_AGGREGATE(sum_money, "sum(money)", money, int_sum_final);
INT_AGGREGATE(avg_int2, "avg(smallint)", int2, int_avg_final);
INT_AGGREGATE(avg_int4, "avg(integer)", int4, int_avg_final);

typedef struct WideSum {
    Int128 sum;
    int64_t count;
} WideSum;
static Status wide_step(AggCall *call, void *state) {
    WideSum *s = state;
    s->sum += call->args[0].i64;
    s->count++;
    return STATUS_OK;
}
static Status wide_inverse(AggCall *call, void *state) {
    WideSum *s = state;
    s->sum -= call->args[0].i64;
    s->count--;
    return STATUS_OK;
}
static Status wide_combine(AggCall *call, void *state, const void *other) {
    WideSum *s = state;
    const WideSum *o = other;
    s->sum += o->sum;
    s->count += o->count;
    return STATUS_OK;
}
static Status wide_sum_final(AggCall *call, void *state) {
    WideSum *s = state;
    call->result_null = s->count == 0;
    call->result.str = num_make(call->result_arena, s->sum, 0);
    return STATUS_OK;
}
static Status wide_avg_final(AggCall *call, void *state) {
    WideSum *s = state;
    call->result_null = s->count == 0;
    if (s->count == 0)
        return STATUS_OK;
    return divide_by_count(call, num_make(call->result_arena, s->sum, 0), s->count);
}
#define WIDE_AGGREGATE(name, signatures, fin)                                                      \
    AGGREGATE(name, signatures, .state_bytes = sizeof(WideSum), .strict = true, .step = wide_step, \
              .combine = wide_combine, .inverse = wide_inverse, .final = fin)
WIDE_AGGREGATE(sum_int8, "sum(bigint)", wide_sum_final);
WIDE_AGGREGATE(avg_int8, "avg(bigint)", wide_avg_final);

/* A total of numerics. */
typedef struct NumSum {
    Int128 sum; /* at scale */
    int scale;  /* the largest met */
    int big_scale;
    NumVar big; /* digits NULL: nothing there */
    int64_t count;
    int64_t nan, pinf, ninf;
} NumSum;

static void spill(Arena *arena, NumSum *s, const NumVar *v) {
    if (s->big.digits == NULL)
        s->big = num_copy(arena, v);
    else
        s->big = num_add(arena, &s->big, v);
}
static void spill_sum(Arena *arena, NumSum *s) {
    NumVar v = num_load(arena, num_make(arena, s->sum, s->scale));
    spill(arena, s, &v);
    s->sum = 0;
}
static void num_sum_add(Arena *arena, NumSum *s, Str value) {
    Int128 v;
    int scale;
    if (num_small(value, &v, &scale)) {
        if (scale > s->scale) {
            int gap = scale - s->scale;
            Int128 lifted;
            if (gap > 38 || __builtin_mul_overflow(s->sum, num_pow10[gap], &lifted)) {
                spill_sum(arena, s);
                lifted = 0;
            }
            s->sum = lifted;
            s->scale = scale;
        }
        int gap = s->scale - scale;
        Int128 lifted = v;
        if (gap == 0 || (gap <= 38 && !__builtin_mul_overflow(v, num_pow10[gap], &lifted))) {
            Int128 r;
            if (LIKELY(!__builtin_add_overflow(s->sum, lifted, &r))) {
                s->sum = r;
                return;
            }
            spill_sum(arena, s);
            s->sum = lifted;
            return;
        }
    }
    switch (num_class(value)) {
    case NUM_NAN:
        s->nan++;
        return;
    case NUM_PINF:
        s->pinf++;
        return;
    case NUM_NINF:
        s->ninf++;
        return;
    case NUM_FINITE:
        break;
    }
    NumVar var = num_load(arena, value);
    s->big_scale = MAX(s->big_scale, var.dscale);
    spill(arena, s, &var);
}
static bool num_sum_special(const NumSum *s, Str *out) {
    if (s->nan > 0 || (s->pinf > 0 && s->ninf > 0))
        *out = num_special(NUM_NAN);
    else if (s->pinf > 0 || s->ninf > 0)
        *out = num_special(s->pinf > 0 ? NUM_PINF : NUM_NINF);
    else
        return false;
    return true;
}
/* The total of finite numbers: it may be one that no stored form has. */
static NumVar num_sum_var(Arena *arena, const NumSum *s) {
    NumVar small = num_load(arena, num_make(arena, s->sum, s->scale));
    if (s->big.digits == NULL)
        return small;
    NumVar r = num_add(arena, &small, &s->big);
    r.dscale = MAX(MAX(s->scale, s->big_scale), s->big.dscale);
    return r;
}
static Status num_sum_total(Arena *arena, const NumSum *s, Str *out) {
    if (num_sum_special(s, out))
        return STATUS_OK;
    *out = num_make(arena, s->sum, s->scale);
    if (s->big.digits == NULL)
        return STATUS_OK;
    NumVar r = num_sum_var(arena, s);
    return num_store(arena, &r, out);
}
static void num_sum_merge(Arena *arena, NumSum *s, const NumSum *o) {
    int64_t count = s->count + o->count;
    num_sum_add(arena, s, num_make(arena, o->sum, o->scale));
    if (o->big.digits != NULL) {
        spill(arena, s, &o->big);
        s->big_scale = MAX(s->big_scale, o->big_scale);
    }
    s->nan += o->nan;
    s->pinf += o->pinf;
    s->ninf += o->ninf;
    s->count = count;
}

static Status numeric_sum_step(AggCall *call, void *state) {
    NumSum *s = state;
    s->count++;
    num_sum_add(call->arena, s, call->args[0].str);
    return STATUS_OK;
}
static Status numeric_sum_combine(AggCall *call, void *state, const void *other) {
    num_sum_merge(call->arena, state, other);
    return STATUS_OK;
}
static Status numeric_sum_final(AggCall *call, void *state) {
    NumSum *s = state;
    call->result_null = s->count == 0;
    return num_sum_total(call->result_arena, s, &call->result.str);
}
static Status numeric_avg_final(AggCall *call, void *state) {
    NumSum *s = state;
    Str total;
    call->result_null = s->count == 0;
    if (s->count == 0)
        return STATUS_OK;
    TRY(num_sum_total(call->result_arena, s, &total));
    return divide_by_count(call, total, s->count);
}
#define NUMERIC_AGGREGATE(name, signatures, fin)                                                   \
    AGGREGATE(name, signatures, .state_bytes = sizeof(NumSum), .strict = true,                     \
              .step = numeric_sum_step, .combine = numeric_sum_combine, .final = fin)
NUMERIC_AGGREGATE(sum_numeric, "sum(numeric)", numeric_sum_final);
NUMERIC_AGGREGATE(avg_numeric, "avg(numeric)", numeric_avg_final);

/* Variance: the sums of values and of their squares. */
typedef struct NumVariance {
    NumSum values, squares;
} NumVariance;

static Status variance_add(Arena *arena, NumVariance *s, Str v) {
    Str square;
    Int128 integer;
    int scale;
    s->values.count++;
    num_sum_add(arena, &s->values, v);
    if (num_class(v) != NUM_FINITE)
        return STATUS_OK;
    if (num_small(v, &integer, &scale)) {
        TRY(numeric_times(arena, v, v, &square));
        num_sum_add(arena, &s->squares, square);
        return STATUS_OK;
    }
    NumVar var = num_load(arena, v);
    var = num_mul(arena, &var, &var, var.dscale * 2); /* beyond what a stored numeric may be */
    s->squares.big_scale = MAX(s->squares.big_scale, var.dscale);
    spill(arena, &s->squares, &var);
    return STATUS_OK;
}
static Status variance_numeric_step(AggCall *call, void *state) {
    return variance_add(call->arena, state, call->args[0].str);
}
/* Integers need no stored form: their squares fit 128 bits. */
static Status variance_int(AggCall *call, NumVariance *s, int64_t v) {
    Int128 square = (Int128)v * v, sum;
    s->values.count++;
    s->values.sum += v;
    if (UNLIKELY(__builtin_add_overflow(s->squares.sum, square, &sum))) {
        spill_sum(call->arena, &s->squares);
        sum = square;
    }
    s->squares.sum = sum;
    return STATUS_OK;
}
static Status variance_int2_step(AggCall *call, void *state) {
    return variance_int(call, state, call->args[0].i16);
}
static Status variance_int4_step(AggCall *call, void *state) {
    return variance_int(call, state, call->args[0].i32);
}
static Status variance_int8_step(AggCall *call, void *state) {
    return variance_int(call, state, call->args[0].i64);
}
static Status variance_combine(AggCall *call, void *state, const void *other) {
    NumVariance *s = state;
    const NumVariance *o = other;
    num_sum_merge(call->arena, &s->values, &o->values);
    num_sum_merge(call->arena, &s->squares, &o->squares);
    return STATUS_OK;
}

static Status variance(AggCall *call, NumVariance *s, bool sample, bool root) {
    Arena *arena = call->result_arena;
    Str total;
    call->result_null = s->values.count <= (sample ? 1 : 0);
    if (call->result_null)
        return STATUS_OK;
    if (num_sum_special(&s->values, &total)) {
        call->result.str = num_special(NUM_NAN);
        return STATUS_OK;
    }
    NumVar x = num_sum_var(arena, &s->values), squares = num_sum_var(arena, &s->squares);
    NumVar n = num_var_i64(arena, s->values.count);
    NumVar divisor = num_var_i64(arena, s->values.count - (sample ? 1 : 0));
    int rscale = x.dscale * 2;
    x = num_mul(arena, &x, &x, rscale);
    squares = num_mul(arena, &n, &squares, rscale);
    NumVar difference = num_sub(arena, &squares, &x);
    if (difference.ndigits == 0 || difference.negative) {
        call->result.str = num_make(arena, 0, 0);
        return STATUS_OK;
    }
    divisor = num_mul(arena, &n, &divisor, 0);
    rscale = num_div_scale(&difference, &divisor);
    NumVar r = num_div(arena, &difference, &divisor, rscale, true);
    if (root)
        r = num_sqrt(arena, &r, rscale);
    return num_store(arena, &r, &call->result.str);
}
#define VARIANCE_FINAL(name, sample, root)                                                         \
    static Status name(AggCall *call, void *state) { return variance(call, state, sample, root); }
VARIANCE_FINAL(var_samp_final, true, false)
VARIANCE_FINAL(var_pop_final, false, false)
VARIANCE_FINAL(stddev_samp_final, true, true)
VARIANCE_FINAL(stddev_pop_final, false, true)
#define VARIANCE(name, signatures, type, fin)                                                      \
    AGGREGATE(name##_##type, signatures, .state_bytes = sizeof(NumVariance), .strict = true,       \
              .step = variance_##type##_step, .combine = variance_combine, .final = fin)
#define VARIANCES(type, sql)                                                                       \
    VARIANCE(var_samp, "variance(" sql ");var_samp(" sql ")", type, var_samp_final);               \
    VARIANCE(var_pop, "var_pop(" sql ")", type, var_pop_final);                                    \
    VARIANCE(stddev_samp, "stddev(" sql ");stddev_samp(" sql ")", type, stddev_samp_final);        \
    VARIANCE(stddev_pop, "stddev_pop(" sql ")", type, stddev_pop_final)
VARIANCES(int2, "smallint");
VARIANCES(int4, "integer");
VARIANCES(int8, "bigint");
VARIANCES(numeric, "numeric");
