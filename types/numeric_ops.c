/*
 * numeric_ops.c: operators, functions and casts of numeric. Each of + - * / has a path on machine words
 * for operands in the small form, and falls back to the working form.
 */
#include "types/numeric.h"

#include <math.h>

/* Infinity and NaN arithmetic: true where the result is settled. */
static bool special_sum(Str a, Str b, bool subtract, Str *out) {
    NumClass ca = num_class(a), cb = num_class(b);
    if (ca == NUM_FINITE && cb == NUM_FINITE)
        return false;
    if (subtract && (cb == NUM_PINF || cb == NUM_NINF))
        cb = cb == NUM_PINF ? NUM_NINF : NUM_PINF;
    if (ca == NUM_NAN || cb == NUM_NAN || (ca != NUM_FINITE && cb != NUM_FINITE && ca != cb))
        *out = num_special(NUM_NAN);
    else
        *out = num_special(ca != NUM_FINITE ? ca : cb);
    return true;
}

static Status sum(Arena *arena, Str a, Str b, bool subtract, Str *out) {
    Int128 va, vb, r;
    int sa, sb;
    if (LIKELY(num_small(a, &va, &sa) && num_small(b, &vb, &sb))) {
        bool fits = true;
        if (sa < sb)
            fits = sb - sa <= 38 && !__builtin_mul_overflow(va, num_pow10[sb - sa], &va);
        else if (sb < sa)
            fits = sa - sb <= 38 && !__builtin_mul_overflow(vb, num_pow10[sa - sb], &vb);
        if (fits &&
            !(subtract ? __builtin_sub_overflow(va, vb, &r) : __builtin_add_overflow(va, vb, &r))) {
            *out = num_make(arena, r, MAX(sa, sb));
            return STATUS_OK;
        }
    }
    if (special_sum(a, b, subtract, out))
        return STATUS_OK;
    NumVar x = num_load(arena, a), y = num_load(arena, b);
    NumVar z = subtract ? num_sub(arena, &x, &y) : num_add(arena, &x, &y);
    return num_store(arena, &z, out);
}
Status numeric_plus(Arena *arena, Str a, Str b, Str *out) { return sum(arena, a, b, false, out); }
Status numeric_minus(Arena *arena, Str a, Str b, Str *out) { return sum(arena, a, b, true, out); }

Status numeric_times(Arena *arena, Str a, Str b, Str *out) {
    Int128 va, vb, r;
    int sa, sb;
    if (LIKELY(num_small(a, &va, &sa) && num_small(b, &vb, &sb))) {
        if (!__builtin_mul_overflow(va, vb, &r)) {
            *out = num_make(arena, r, sa + sb);
            return STATUS_OK;
        }
    }
    NumClass ca = num_class(a), cb = num_class(b);
    if (ca != NUM_FINITE || cb != NUM_FINITE) {
        int sign = numeric_sign_of(a) * numeric_sign_of(b);
        bool nan = ca == NUM_NAN || cb == NUM_NAN || sign == 0;
        *out = num_special(nan ? NUM_NAN : sign > 0 ? NUM_PINF : NUM_NINF);
        return STATUS_OK;
    }
    NumVar x = num_load(arena, a), y = num_load(arena, b);
    NumVar z = num_mul(arena, &x, &y, MIN(x.dscale + y.dscale, NUM_DSCALE_MAX));
    return num_store(arena, &z, out);
}

/* The weight in base 10000 and the first such digit of value * 10^-scale. */
static void leading_digit(Int128 v, int scale, int *weight_out, int *first_out) {
    unsigned __int128 m = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    int places = 0;
    *weight_out = *first_out = 0;
    if (m == 0)
        return;
    if (m > UINT64_MAX) {
        m /= UINT64_C(10000000000000000);
        places = 16;
    }
    uint64_t w = (uint64_t)m;
    static const uint64_t ten16 = UINT64_C(10000000000000000);
    if (w >= ten16) {
        w /= 10000;
        places += 4;
    }
    int digits = 1;
    for (uint64_t t = w; t >= 10; t /= 10)
        digits++;
    /* The number has digits + places - scale decimal digits before the point. */
    int before = digits + places - scale;
    int weight = before > 0 ? (before - 1) / 4 : -((-before) / 4) - 1;
    int lead = before - weight * 4; /* 1..4 decimal digits in the first group */
    uint64_t first = w;
    for (int d = digits; d > lead; d--)
        first /= 10;
    for (int d = digits; d < lead; d++)
        first *= 10;
    *weight_out = weight;
    *first_out = (int)first;
}

static bool divide_small(Arena *arena, Int128 va, int sa, Int128 vb, int sb, Str *out) {
    int wa, wb, fa, fb;
    leading_digit(va, sa, &wa, &fa);
    leading_digit(vb, sb, &wb, &fb);
    int rscale = NUM_SIG_DIGITS_MIN - (wa - wb - (fa <= fb)) * 4;
    rscale = MAX(MAX(rscale, 0), MAX(sa, sb));
    rscale = MIN(rscale, NUM_DISPLAY_SCALE_MAX);
    int lift = rscale + sb - sa;
    if (lift > 38 || lift < 0 || __builtin_mul_overflow(va, num_pow10[lift], &va))
        return false;
    bool negative = (va < 0) != (vb < 0);
    unsigned __int128 n = va < 0 ? -(unsigned __int128)va : (unsigned __int128)va;
    unsigned __int128 d = vb < 0 ? -(unsigned __int128)vb : (unsigned __int128)vb;
    unsigned __int128 q = n / d, rest = n - q * d;
    if (rest >= d - rest)
        q++;
    *out = num_make(arena, negative ? -(Int128)q : (Int128)q, rscale);
    return true;
}

Status numeric_divide(Arena *arena, Str a, Str b, Str *out) {
    Int128 va, vb;
    int sa, sb;
    if (num_small(a, &va, &sa) && num_small(b, &vb, &sb)) {
        if (vb == 0)
            return division_by_zero_error();
        if (divide_small(arena, va, sa, vb, sb, out))
            return STATUS_OK;
    }
    NumClass ca = num_class(a), cb = num_class(b);
    if (ca != NUM_FINITE || cb != NUM_FINITE) {
        if (ca == NUM_NAN || cb == NUM_NAN || (ca != NUM_FINITE && cb != NUM_FINITE)) {
            *out = num_special(NUM_NAN);
        } else if (ca != NUM_FINITE) {
            int sign = numeric_sign_of(b);
            if (sign == 0)
                return division_by_zero_error();
            *out = num_special((ca == NUM_PINF) == (sign > 0) ? NUM_PINF : NUM_NINF);
        } else {
            *out = num_make(arena, 0, 0);
        }
        return STATUS_OK;
    }
    NumVar x = num_load(arena, a), y = num_load(arena, b);
    if (y.ndigits == 0)
        return division_by_zero_error();
    NumVar z = num_div(arena, &x, &y, num_div_scale(&x, &y), true);
    return num_store(arena, &z, out);
}

static Status ret_num(FnCall *call, const NumVar *v) {
    return num_store(call->arena, v, &call->result.str);
}

SCALAR(numeric_add) { return numeric_plus(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str); }
SCALAR(numeric_sub) {
    return numeric_minus(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str);
}
SCALAR(numeric_mul) {
    return numeric_times(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str);
}
SCALAR(numeric_div) {
    return numeric_divide(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str);
}
SCALAR(numeric_div_trunc) {
    NumClass ca = num_class(ARG_STR(0)), cb = num_class(ARG_STR(1));
    if (ca != NUM_FINITE || cb != NUM_FINITE)
        return numeric_divide(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str);
    NumVar x = num_load(call->arena, ARG_STR(0)), y = num_load(call->arena, ARG_STR(1));
    if (y.ndigits == 0)
        return division_by_zero_error();
    NumVar z = num_div_trunc(call->arena, &x, &y);
    return ret_num(call, &z);
}
SCALAR(numeric_mod) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    Int128 va, vb;
    int sa, sb;
    if (num_small(a, &va, &sa) && num_small(b, &vb, &sb) && sa == sb && vb != 0)
        return ret_str(call, num_make(call->arena, va % vb, sa));
    NumClass ca = num_class(a), cb = num_class(b);
    if (ca != NUM_FINITE || cb != NUM_FINITE) {
        if (ca == NUM_NAN || cb == NUM_NAN)
            return ret_str(call, num_special(NUM_NAN));
        if (ca != NUM_FINITE) {
            if (numeric_sign_of(b) == 0)
                return division_by_zero_error();
            return ret_str(call, num_special(NUM_NAN));
        }
        return ret_str(call, a);
    }
    NumVar x = num_load(call->arena, a), y = num_load(call->arena, b);
    if (y.ndigits == 0)
        return division_by_zero_error();
    NumVar z = num_mod(call->arena, &x, &y);
    return ret_num(call, &z);
}

SCALAR(numeric_eq) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) == 0); }
SCALAR(numeric_ne) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) != 0); }
SCALAR(numeric_lt) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) < 0); }
SCALAR(numeric_le) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) <= 0); }
SCALAR(numeric_gt) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) > 0); }
SCALAR(numeric_ge) { return ret_bool(call, numeric_order(ARG_STR(0), ARG_STR(1)) >= 0); }
SCALAR(numeric_cmp) { return ret_i32(call, numeric_order(ARG_STR(0), ARG_STR(1))); }
SCALAR(numeric_larger) {
    return ret_str(call, ARG_STR(numeric_order(ARG_STR(0), ARG_STR(1)) > 0 ? 0 : 1));
}
SCALAR(numeric_smaller) {
    return ret_str(call, ARG_STR(numeric_order(ARG_STR(0), ARG_STR(1)) < 0 ? 0 : 1));
}

static Status negate(FnCall *call, Str s) {
    Int128 v;
    int scale;
    if (num_small(s, &v, &scale))
        return ret_str(call, num_make(call->arena, -v, scale));
    NumVar x = num_load(call->arena, s);
    if (x.class == NUM_PINF || x.class == NUM_NINF)
        x.class = x.class == NUM_PINF ? NUM_NINF : NUM_PINF;
    x.negative = !x.negative && x.ndigits > 0;
    return ret_num(call, &x);
}
SCALAR(numeric_uminus) { return negate(call, ARG_STR(0)); }
SCALAR(numeric_uplus) { return ret_str(call, ARG_STR(0)); }
SCALAR(numeric_abs) {
    return numeric_sign_of(ARG_STR(0)) < 0 ? negate(call, ARG_STR(0)) : ret_str(call, ARG_STR(0));
}
SCALAR(numeric_sign) {
    if (num_class(ARG_STR(0)) == NUM_NAN)
        return ret_str(call, ARG_STR(0));
    return ret_str(call, num_make(call->arena, numeric_sign_of(ARG_STR(0)), 0));
}
SCALAR(numeric) {
    return numeric_apply_typmod(call->arena, ARG_STR(0), ARG_I32(1), &call->result.str);
}
#define DIGITS_BEFORE_POINT_MAX ((NUM_WEIGHT_MAX + 1) * 4)
SCALAR(numeric_round) {
    int scale = MIN(MAX(ARG_I32(1), -DIGITS_BEFORE_POINT_MAX - 1), NUM_DSCALE_MAX);
    return numeric_rescale(call->arena, ARG_STR(0), scale, true, &call->result.str);
}
SCALAR(numeric_trunc) {
    int scale = MIN(MAX(ARG_I32(1), -DIGITS_BEFORE_POINT_MAX), NUM_DSCALE_MAX);
    return numeric_rescale(call->arena, ARG_STR(0), scale, false, &call->result.str);
}
SCALAR(numeric_floor) {
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    NumVar x = num_load(call->arena, ARG_STR(0));
    NumVar r = num_floor(call->arena, &x);
    return ret_num(call, &r);
}
SCALAR(numeric_ceil) {
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    NumVar x = num_load(call->arena, ARG_STR(0));
    NumVar r = num_ceil(call->arena, &x);
    return ret_num(call, &r);
}
SCALAR(numeric_inc) {
    Str one = num_make(call->arena, 1, 0);
    return numeric_plus(call->arena, ARG_STR(0), one, &call->result.str);
}

SCALAR(numeric_scale) {
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return ret_null(call);
    return ret_i32(call, num_load(call->arena, ARG_STR(0)).dscale);
}
static int min_scale(const NumVar *v) {
    if (v->ndigits == 0)
        return 0;
    int scale = (v->ndigits - v->weight - 1) * 4;
    if (scale <= 0)
        return 0;
    for (int d = v->digits[v->ndigits - 1]; d % 10 == 0; d /= 10)
        scale--;
    return scale;
}
SCALAR(numeric_min_scale) {
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return ret_null(call);
    NumVar x = num_load(call->arena, ARG_STR(0));
    return ret_i32(call, min_scale(&x));
}
SCALAR(numeric_trim_scale) {
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    NumVar x = num_load(call->arena, ARG_STR(0));
    x.dscale = min_scale(&x);
    return ret_num(call, &x);
}

/* Casts. */
SCALAR(int2_numeric) { return ret_str(call, num_make(call->arena, ARG_I16(0), 0)); }
SCALAR(int4_numeric) { return ret_str(call, num_make(call->arena, ARG_I32(0), 0)); }
SCALAR(int8_numeric) { return ret_str(call, num_make(call->arena, ARG_I64(0), 0)); }
SCALAR(float8_numeric) {
    return numeric_from_double(call->arena, ARG_F64(0), 15, &call->result.str);
}
SCALAR(float4_numeric) {
    return numeric_from_double(call->arena, ARG_F32(0), 6, &call->result.str);
}

static Status to_integer(FnCall *call, const char *name, int64_t least, int64_t most,
                         Status (*range_error)(void), int64_t *out) {
    Str s = ARG_STR(0);
    Int128 v;
    int scale;
    NumClass class = num_class(s);
    if (class != NUM_FINITE)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to %s",
                     class == NUM_NAN ? "NaN" : "infinity", name);
    TRY(numeric_rescale(call->arena, s, 0, true, &s));
    if (!num_small(s, &v, &scale) || v < least || v > most)
        return range_error();
    *out = (int64_t)v;
    return STATUS_OK;
}
SCALAR(numeric_int2) {
    int64_t v;
    TRY(to_integer(call, "smallint", INT16_MIN, INT16_MAX, int2_range_error, &v));
    return ret_i16(call, (int16_t)v);
}
SCALAR(numeric_int4) {
    int64_t v;
    TRY(to_integer(call, "integer", INT32_MIN, INT32_MAX, int4_range_error, &v));
    return ret_i32(call, (int32_t)v);
}
SCALAR(numeric_int8) {
    int64_t v;
    TRY(to_integer(call, "bigint", INT64_MIN, INT64_MAX, int8_range_error, &v));
    return ret_i64(call, v);
}
static Status out_of_double(FnCall *call, const char *type_name) {
    StrBuf text;
    strbuf_init(&text, call->arena);
    numeric_print(ARG_STR(0), &text);
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "\"%s\" is out of range for type %s",
                 strbuf_cstr(&text), type_name);
}
SCALAR(numeric_float8) {
    double v = numeric_as_double(call->arena, ARG_STR(0));
    if ((isinf(v) || (v == 0 && numeric_sign_of(ARG_STR(0)) != 0)) &&
        num_class(ARG_STR(0)) == NUM_FINITE)
        return out_of_double(call, "double precision");
    return ret_f64(call, v);
}
SCALAR(numeric_float4) {
    float v = (float)numeric_as_double(call->arena, ARG_STR(0));
    if ((isinf(v) || (v == 0 && numeric_sign_of(ARG_STR(0)) != 0)) &&
        num_class(ARG_STR(0)) == NUM_FINITE)
        return out_of_double(call, "real");
    return ret_f32(call, v);
}

/* gcd and lcm by Euclid. */
static NumVar gcd_var(Arena *arena, NumVar a, NumVar b) {
    int dscale = MAX(a.dscale, b.dscale);
    while (b.ndigits > 0) {
        NumVar r = num_mod(arena, &a, &b);
        a = b;
        b = r;
    }
    a.negative = false;
    a.dscale = dscale;
    return a;
}
SCALAR(numeric_gcd) {
    NumVar a = num_load(call->arena, ARG_STR(0)), b = num_load(call->arena, ARG_STR(1));
    if (a.class != NUM_FINITE || b.class != NUM_FINITE)
        return ret_str(call, num_special(NUM_NAN));
    NumVar g = gcd_var(call->arena, a, b);
    return ret_num(call, &g);
}
SCALAR(numeric_lcm) {
    NumVar a = num_load(call->arena, ARG_STR(0)), b = num_load(call->arena, ARG_STR(1));
    if (a.class != NUM_FINITE || b.class != NUM_FINITE)
        return ret_str(call, num_special(NUM_NAN));
    int dscale = MAX(a.dscale, b.dscale);
    if (a.ndigits == 0 || b.ndigits == 0)
        return ret_str(call, num_make(call->arena, 0, dscale));
    NumVar g = gcd_var(call->arena, a, b);
    NumVar q = num_div(call->arena, &a, &g, 0, false);
    NumVar r = num_mul(call->arena, &q, &b, dscale);
    r.negative = false;
    r.dscale = dscale;
    return ret_num(call, &r);
}
SCALAR(numeric_fac) {
    int64_t n = ARG_I64(0);
    if (n < 0)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "factorial of a negative number is undefined");
    if (n > 32177)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    NumVar r = num_var_i64(call->arena, 1);
    for (int64_t i = 2; i <= n; i++) {
        NumVar f = num_var_i64(call->arena, i);
        r = num_mul(call->arena, &r, &f, 0);
    }
    return ret_num(call, &r);
}

static Status bucket(FnCall *call, NumVar top, NumVar span, int32_t count, int64_t *out) {
    Arena *arena = call->arena;
    NumVar n = num_var_i64(arena, count), one = num_var_i64(arena, 1);
    NumVar scaled = num_mul(arena, &top, &n, top.dscale);
    NumVar q = num_div(arena, &scaled, &span, num_div_scale(&scaled, &span), true);
    q = num_add(arena, &q, &one);
    q = num_floor(arena, &q);
    if (!num_to_i64(arena, &q, out))
        return int4_range_error();
    return STATUS_OK;
}
SCALAR(width_bucket_numeric) {
    Str v = ARG_STR(0), low = ARG_STR(1), high = ARG_STR(2);
    int32_t count = ARG_I32(3);
    int64_t result = 0;
    if (count <= 0)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "count must be greater than zero");
    if (num_class(v) == NUM_NAN || num_class(low) == NUM_NAN || num_class(high) == NUM_NAN)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "operand, lower bound, and upper bound cannot be NaN");
    if (num_class(low) != NUM_FINITE || num_class(high) != NUM_FINITE)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "lower and upper bounds must be finite");
    int order = numeric_order(low, high);
    if (order == 0)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "lower bound cannot equal upper bound");
    if (numeric_order(v, low) * order > 0) {
        result = 0;
    } else if (numeric_order(v, high) * order <= 0) {
        result = (int64_t)count + 1;
    } else {
        NumVar x = num_load(call->arena, v), a = num_load(call->arena, low),
               b = num_load(call->arena, high);
        bool down = order > 0;
        NumVar top = down ? num_sub(call->arena, &a, &x) : num_sub(call->arena, &x, &a);
        NumVar span = down ? num_sub(call->arena, &a, &b) : num_sub(call->arena, &b, &a);
        TRY(bucket(call, top, span, count, &result));
    }
    if (result > INT32_MAX)
        return int4_range_error();
    return ret_i32(call, (int32_t)result);
}

SCALAR(in_range_numeric_numeric) {
    Str v = ARG_STR(0), base = ARG_STR(1), offset = ARG_STR(2);
    bool sub = ARG_BOOL(3), less = ARG_BOOL(4);
    if (num_class(offset) == NUM_NAN || numeric_sign_of(offset) < 0)
        return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "invalid preceding or following size in window function");
    NumClass cv = num_class(v), cb = num_class(base);
    if (cv == NUM_NAN)
        return ret_bool(call, cb == NUM_NAN || !less);
    if (cb == NUM_NAN)
        return ret_bool(call, less);
    if (num_class(offset) == NUM_PINF && cb == (sub ? NUM_PINF : NUM_NINF))
        return ret_bool(call, true);
    Str edge;
    TRY(sum(call->arena, base, offset, sub, &edge));
    int order = numeric_order(v, edge);
    return ret_bool(call, less ? order <= 0 : order >= 0);
}

typedef struct NumericSeries {
    Str next, last, step;
    int sign;
    bool done;
} NumericSeries;

static Status series_bound(Str s, const char *what) {
    NumClass class = num_class(s);
    if (class == NUM_FINITE)
        return STATUS_OK;
    return error(ERR_INVALID_PARAMETER_VALUE, "%s cannot be %s", what,
                 class == NUM_NAN ? "NaN" : "infinity");
}
SET_START(generate_series_step_numeric) {
    FnCall *call = &set->call;
    NumericSeries *s = arena_new(set->scan_arena, NumericSeries);
    TRY(series_bound(ARG_STR(0), "start value"));
    TRY(series_bound(ARG_STR(1), "stop value"));
    s->step = num_make(set->scan_arena, 1, 0);
    if (call->site->arg_count > 2) {
        TRY(series_bound(ARG_STR(2), "step size"));
        s->step = ARG_STR(2);
    }
    s->sign = numeric_sign_of(s->step);
    if (s->sign == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    s->next = ARG_STR(0);
    s->last = ARG_STR(1);
    set->state = s;
    return STATUS_OK;
}
SET_NEXT(generate_series_step_numeric) {
    NumericSeries *s = set->state;
    *row_out = !s->done && numeric_order(s->next, s->last) * s->sign <= 0;
    if (!*row_out)
        return STATUS_OK;
    set->columns[0] = (Datum){.str = s->next};
    Status status = numeric_plus(set->scan_arena, s->next, s->step, &s->next);
    s->done = !status_ok(status); /* past every numeric is past the last one */
    status_free(status);
    return STATUS_OK;
}
SET_START(generate_series_numeric) { return set_generate_series_step_numeric_start(set); }
SET_NEXT(generate_series_numeric) { return set_generate_series_step_numeric_next(set, row_out); }

SCALAR(numeric_pg_lsn) {
    Int128 v;
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to pg_lsn",
                     num_class(ARG_STR(0)) == NUM_NAN ? "NaN" : "infinity");
    NumVar x = num_load(call->arena, ARG_STR(0));
    if (!num_to_i128(call->arena, &x, &v) || v < 0 || v > (Int128)UINT64_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE, "pg_lsn out of range");
    return ret_i64(call, (int64_t)(uint64_t)v);
}
