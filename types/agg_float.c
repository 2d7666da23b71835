/*
 * agg_float.c: sums, variances and regressions of floating point numbers.
 *
 * Variances follow Youngs and Cramer: the sum and the sum of squared deviations are updated
 * together, which keeps precision where values are large against their spread.
 */
#include "types/float.h"

#include <math.h>

typedef struct FloatSum {
    double sum;
    int64_t count;
} FloatSum;
static Status sum_add(FloatSum *s, double v, int64_t count) {
    double r = s->count == 0 ? v : s->sum + v;
    if (isinf(r) && !isinf(s->sum) && !isinf(v))
        return float_overflow_error();
    s->sum = r;
    s->count += count;
    return STATUS_OK;
}
static Status sum8_step(AggCall *call, void *state) { return sum_add(state, call->args[0].f64, 1); }
static Status sum8_combine(AggCall *call, void *state, const void *other) {
    const FloatSum *o = other;
    return o->count > 0 ? sum_add(state, o->sum, o->count) : STATUS_OK;
}
static Status sum8_final(AggCall *call, void *state) {
    FloatSum *s = state;
    call->result.f64 = s->sum;
    call->result_null = s->count == 0;
    return STATUS_OK;
}
AGGREGATE(sum_float8, "sum(double precision)", .state_bytes = sizeof(FloatSum), .strict = true,
          .step = sum8_step, .combine = sum8_combine, .final = sum8_final);

/* real sums in real, as its operator does. */
static Status sum4_add(FloatSum *s, float v, int64_t count) {
    float old = (float)s->sum, r = s->count == 0 ? v : old + v;
    if (isinf(r) && !isinf(old) && !isinf(v))
        return float_overflow_error();
    s->sum = r;
    s->count += count;
    return STATUS_OK;
}
static Status sum4_step(AggCall *call, void *state) {
    return sum4_add(state, call->args[0].f32, 1);
}
static Status sum4_combine(AggCall *call, void *state, const void *other) {
    const FloatSum *o = other;
    return o->count > 0 ? sum4_add(state, (float)o->sum, o->count) : STATUS_OK;
}
static Status sum4_final(AggCall *call, void *state) {
    FloatSum *s = state;
    call->result.i64 = 0;
    call->result.f32 = (float)s->sum;
    call->result_null = s->count == 0;
    return STATUS_OK;
}
AGGREGATE(sum_float4, "sum(real)", .state_bytes = sizeof(FloatSum), .strict = true,
          .step = sum4_step, .combine = sum4_combine, .final = sum4_final);

/* n, sums, and sums of squared deviations; y only for two arguments. */
typedef struct Moments {
    double n, sx, sxx, sy, syy, sxy;
} Moments;

static Status moments_add(Moments *m, double x) {
    double old = m->sx;
    m->n += 1;
    m->sx += x;
    if (m->n > 1) {
        double d = x * m->n - m->sx;
        m->sxx += d * d / (m->n * (m->n - 1));
        if (isinf(m->sx) || isinf(m->sxx)) {
            if (!isinf(old) && !isinf(x))
                return float_overflow_error();
            m->sxx = NAN;
        }
    } else if (isnan(x) || isinf(x)) {
        m->sxx = NAN;
    }
    return STATUS_OK;
}
static Status moments8_step(AggCall *call, void *state) {
    return moments_add(state, call->args[0].f64);
}
static Status moments4_step(AggCall *call, void *state) {
    return moments_add(state, (double)call->args[0].f32);
}
static Status moments_combine(AggCall *call, void *state, const void *other) {
    Moments *a = state;
    const Moments *b = other;
    if (b->n == 0)
        return STATUS_OK;
    if (a->n == 0) {
        *a = *b;
        return STATUS_OK;
    }
    double n = a->n + b->n, dx = a->sx / a->n - b->sx / b->n, dy = a->sy / a->n - b->sy / b->n;
    double share = a->n * b->n / n;
    double sxx = a->sxx + b->sxx + share * dx * dx;
    if (isinf(sxx) && !isinf(a->sxx) && !isinf(b->sxx))
        return float_overflow_error();
    a->sxx = sxx;
    a->syy = a->syy + b->syy + share * dy * dy;
    a->sxy = a->sxy + b->sxy + share * dx * dy;
    a->sx += b->sx;
    a->sy += b->sy;
    a->n = n;
    return STATUS_OK;
}
static Status moments_add_pair(Moments *m, double y, double x) {
    double old_x = m->sx, old_y = m->sy;
    m->n += 1;
    m->sx += x;
    m->sy += y;
    if (m->n > 1) {
        double dx = x * m->n - m->sx, dy = y * m->n - m->sy, scale = 1.0 / (m->n * (m->n - 1));
        m->sxx += dx * dx * scale;
        m->syy += dy * dy * scale;
        m->sxy += dx * dy * scale;
        if (isinf(m->sx) || isinf(m->sxx) || isinf(m->sy) || isinf(m->syy) || isinf(m->sxy)) {
            if (((isinf(m->sx) || isinf(m->sxx)) && !isinf(old_x) && !isinf(x)) ||
                ((isinf(m->sy) || isinf(m->syy)) && !isinf(old_y) && !isinf(y)) ||
                (isinf(m->sxy) && !isinf(old_x) && !isinf(x) && !isinf(old_y) && !isinf(y)))
                return float_overflow_error();
            if (isinf(m->sxx))
                m->sxx = NAN;
            if (isinf(m->syy))
                m->syy = NAN;
            if (isinf(m->sxy))
                m->sxy = NAN;
        }
    } else {
        if (isnan(x) || isinf(x))
            m->sxx = m->sxy = NAN;
        if (isnan(y) || isinf(y))
            m->syy = m->sxy = NAN;
    }
    return STATUS_OK;
}
static Status regr_step(AggCall *call, void *state) {
    return moments_add_pair(state, call->args[0].f64, call->args[1].f64);
}

/* Finals: NULL under `least` rows or where `undefined`. */
/* Sums that met infinities end in a NaN of the positive sign. */
static double one_nan(double v) { return isnan(v) ? NAN : v; }
#define TOO_FEW(n, least) ((least) == 0 ? (n) == 0 : (least) == 2 ? (n) <= 1 : (n) < 1)
/* least 0: for any number of rows but none. States made by hand count in fractions. */
#define MOMENTS_FINAL(name, least, undefined, expr)                                                \
    static Status name(AggCall *call, void *state) {                                               \
        Moments *m = state;                                                                        \
        call->result_null = TOO_FEW(m->n, least) || (undefined);                                   \
        if (!call->result_null)                                                                    \
            call->result.f64 = one_nan(expr);                                                      \
        return STATUS_OK;                                                                          \
    }
MOMENTS_FINAL(avg_final, 0, false, m->sx / m->n)
MOMENTS_FINAL(var_samp_final, 2, false, m->sxx / (m->n - 1))
MOMENTS_FINAL(var_pop_final, 0, false, m->sxx / m->n)
MOMENTS_FINAL(stddev_samp_final, 2, false, sqrt(m->sxx / (m->n - 1)))
MOMENTS_FINAL(stddev_pop_final, 0, false, sqrt(m->sxx / m->n))
MOMENTS_FINAL(regr_sxx_final, 1, false, m->sxx)
MOMENTS_FINAL(regr_syy_final, 1, false, m->syy)
MOMENTS_FINAL(regr_sxy_final, 1, false, m->sxy)
MOMENTS_FINAL(regr_avgx_final, 1, false, m->sx / m->n)
MOMENTS_FINAL(regr_avgy_final, 1, false, m->sy / m->n)
MOMENTS_FINAL(covar_pop_final, 1, false, m->sxy / m->n)
MOMENTS_FINAL(covar_samp_final, 2, false, m->sxy / (m->n - 1))
MOMENTS_FINAL(corr_final, 1, m->sxx == 0 || m->syy == 0, m->sxy / sqrt(m->sxx * m->syy))
MOMENTS_FINAL(regr_r2_final, 1, m->sxx == 0,
              m->syy == 0 ? 1.0 : (m->sxy * m->sxy) / (m->sxx * m->syy))
MOMENTS_FINAL(regr_slope_final, 1, m->sxx == 0, m->sxy / m->sxx)
MOMENTS_FINAL(regr_intercept_final, 1, m->sxx == 0, (m->sy - m->sx * m->sxy / m->sxx) / m->n)

#define MOMENTS(name, signatures, step_, fin)                                                      \
    AGGREGATE(name, signatures, .state_bytes = sizeof(Moments), .strict = true, .step = step_,     \
              .combine = moments_combine, .final = fin)
#define VARIANCES(suffix, sql, step)                                                               \
    MOMENTS(avg_##suffix, "avg(" sql ")", step, avg_final);                                        \
    MOMENTS(var_samp_##suffix, "variance(" sql ");var_samp(" sql ")", step, var_samp_final);       \
    MOMENTS(var_pop_##suffix, "var_pop(" sql ")", step, var_pop_final);                            \
    MOMENTS(stddev_samp_##suffix, "stddev(" sql ");stddev_samp(" sql ")", step,                    \
            stddev_samp_final);                                                                    \
    MOMENTS(stddev_pop_##suffix, "stddev_pop(" sql ")", step, stddev_pop_final)
VARIANCES(float8, "double precision", moments8_step);
VARIANCES(float4, "real", moments4_step);
#define REGRESSION(name)                                                                           \
    MOMENTS(name, #name "(double precision, double precision)", regr_step, name##_final)
REGRESSION(regr_sxx);
REGRESSION(regr_syy);
REGRESSION(regr_sxy);
REGRESSION(regr_avgx);
REGRESSION(regr_avgy);
REGRESSION(regr_r2);
REGRESSION(regr_slope);
REGRESSION(regr_intercept);
REGRESSION(covar_pop);
REGRESSION(covar_samp);
REGRESSION(corr);

/*
 * The transition functions called as such: their states are arrays of the moments, of the first three or of
 * all six.
 */
static Status moments_of(FnCall *call, int arg, uint32_t count, const char *caller, Moments *out) {
    ArrayView v;
    TRY(array_view(ARG_STR(arg), &v));
    if (v.dim_count != 1 || v.elem_count != count || v.null_bits != NULL || v.elem_type != 701)
        return error(ERR_INTERNAL_ERROR, "%s: expected %u-element float8 array", caller, count);
    double *place[] = {&out->n, &out->sx, &out->sxx, &out->sy, &out->syy, &out->sxy};
    *out = (Moments){0};
    for (uint32_t i = 0; i < count; i++)
        *place[i] = array_get(&v, i).f64;
    return STATUS_OK;
}
static Status moments_give(FnCall *call, const Moments *m, uint32_t count) {
    const double values[] = {m->n, m->sx, m->sxx, m->sy, m->syy, m->sxy};
    Datum elements[ARRAY_LEN(values)];
    for (uint32_t i = 0; i < count; i++)
        elements[i] = (Datum){.f64 = values[i]};
    return array_build_1d(call->arena, 701, PHYS_F64, elements, NULL, count, &call->result);
}
SCALAR(float8_accum) {
    Moments m;
    TRY(moments_of(call, 0, 3, "float8_accum", &m));
    TRY(moments_add(&m, ARG_F64(1)));
    return moments_give(call, &m, 3);
}
SCALAR(float4_accum) {
    Moments m;
    TRY(moments_of(call, 0, 3, "float4_accum", &m));
    TRY(moments_add(&m, (double)ARG_F32(1)));
    return moments_give(call, &m, 3);
}
SCALAR(float8_regr_accum) {
    Moments m;
    TRY(moments_of(call, 0, 6, "float8_regr_accum", &m));
    TRY(moments_add_pair(&m, ARG_F64(1), ARG_F64(2)));
    return moments_give(call, &m, 6);
}
static Status combine_arrays(FnCall *call, uint32_t count, const char *caller) {
    Moments a, b;
    TRY(moments_of(call, 0, count, caller, &a));
    TRY(moments_of(call, 1, count, caller, &b));
    TRY(moments_combine(NULL, &a, &b));
    return moments_give(call, &a, count);
}
SCALAR(float8_combine) { return combine_arrays(call, 3, "float8_combine"); }
SCALAR(float8_regr_combine) { return combine_arrays(call, 6, "float8_regr_combine"); }

#define MOMENTS_SCALAR(prosrc, count, fin)                                                         \
    SCALAR(prosrc) {                                                                               \
        Moments m;                                                                                 \
        AggCall as = {.site = call->site};                                                         \
        TRY(moments_of(call, 0, count, #prosrc, &m));                                              \
        TRY(fin(&as, &m));                                                                         \
        call->result = as.result;                                                                  \
        call->result_null = as.result_null;                                                        \
        return STATUS_OK;                                                                          \
    }
MOMENTS_SCALAR(float8_avg, 3, avg_final)
MOMENTS_SCALAR(float8_var_pop, 3, var_pop_final)
MOMENTS_SCALAR(float8_var_samp, 3, var_samp_final)
MOMENTS_SCALAR(float8_stddev_pop, 3, stddev_pop_final)
MOMENTS_SCALAR(float8_stddev_samp, 3, stddev_samp_final)
MOMENTS_SCALAR(float8_regr_sxx, 6, regr_sxx_final)
MOMENTS_SCALAR(float8_regr_syy, 6, regr_syy_final)
MOMENTS_SCALAR(float8_regr_sxy, 6, regr_sxy_final)
MOMENTS_SCALAR(float8_regr_avgx, 6, regr_avgx_final)
MOMENTS_SCALAR(float8_regr_avgy, 6, regr_avgy_final)
MOMENTS_SCALAR(float8_regr_r2, 6, regr_r2_final)
MOMENTS_SCALAR(float8_regr_slope, 6, regr_slope_final)
MOMENTS_SCALAR(float8_regr_intercept, 6, regr_intercept_final)
MOMENTS_SCALAR(float8_covar_pop, 6, covar_pop_final)
MOMENTS_SCALAR(float8_covar_samp, 6, covar_samp_final)
MOMENTS_SCALAR(float8_corr, 6, corr_final)
