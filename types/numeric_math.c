/*
 * numeric_math.c: roots, exponentials, logarithms and powers of numeric.
 *
 * The scale of each result follows PostgreSQL's rules: at least 16 significant digits, at least the
 * arguments' scales. Inner work carries guard digits and rounds once at the end.
 */
#include "types/numeric.h"

#include <math.h>

/* floor(sqrt(n)) by Newton's method, from above. n >= 0 whole. */
static NumVar whole_sqrt(Arena *arena, const NumVar *n) {
    if (n->ndigits == 0)
        return num_copy(arena, n);
    /* A start above the root, near enough for quadratic convergence. */
    int shift = n->weight & ~1;
    double head = 0;
    for (int i = 0; i < 5; i++)
        head = head * 10000 + (i < n->ndigits ? n->digits[i] : 0);
    head = sqrt(head * pow(10000.0, n->weight - shift - 4)) * 1.0000000001 + 1e-9;
    NumVar x = num_var_i64(arena, (int64_t)(head * 1e12) + 2);
    x.weight += shift / 2 - 3;
    NumVar two = num_var_i64(arena, 2), one = num_var_i64(arena, 1);
    num_trunc(&x, 0);
    x = num_add(arena, &x, &one);
    for (;;) {
        NumVar q = num_div(arena, n, &x, 0, false);
        NumVar s = num_add(arena, &x, &q);
        NumVar y = num_div(arena, &s, &two, 0, false);
        if (num_cmp(&y, &x) >= 0)
            return x;
        x = y;
    }
}

NumVar num_sqrt(Arena *arena, const NumVar *v, int rscale) {
    /* Shift by whole base-10000 digits so that the root has a spare digit group. */
    int groups = (rscale + 3) / 4 + 1;
    NumVar n = num_copy(arena, v);
    n.weight += 2 * groups;
    NumVar whole = num_copy(arena, &n);
    num_trunc(&whole, 0);
    NumVar r = whole_sqrt(arena, &whole);
    /* Truncated at a spare group: rounding half up at rscale is still exact. */
    r.weight -= r.ndigits ? groups : 0;
    r.dscale = rscale;
    num_round(&r, rscale);
    return r;
}

Status num_exp(Arena *arena, const NumVar *v, int rscale, NumVar *out) {
    double value = num_to_double(v);
    if (fabs(value) >= NUM_RESULT_SCALE_MAX * 3) {
        if (value > 0)
            return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
        *out = (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
        return STATUS_OK;
    }
    int dweight = (int)(value * 0.434294481903252), halvings = 0;
    for (double x = fabs(value); x > 0.01; x /= 2)
        halvings++;
    NumVar x = num_copy(arena, v);
    int digits = MAX(1 + dweight + rscale + (int)(halvings * 0.301029995663981), 0) + 16;
    int scale = digits + 4;
    if (halvings > 0) {
        NumVar power = num_var_i64(arena, (int64_t)1 << halvings);
        x = num_div(arena, v, &power, MAX(v->dscale + halvings, scale), true);
    }
    NumVar one = num_var_i64(arena, 1), sum = num_add(arena, &one, &x), term = x;
    for (int64_t n = 2; term.ndigits > 0; n++) {
        NumVar divisor = num_var_i64(arena, n);
        term = num_mul(arena, &term, &x, scale);
        term = num_div(arena, &term, &divisor, scale, true);
        sum = num_add(arena, &sum, &term);
    }
    for (int i = 0; i < halvings; i++) {
        int local = MAX(digits + 8 - sum.weight * 2 * 4, 0);
        sum = num_mul(arena, &sum, &sum, local);
    }
    num_round(&sum, rscale);
    *out = sum;
    return STATUS_OK;
}

/*
 * ln(v) = 2^k * 2 * artanh((x - 1) / (x + 1)), where x = v^(1 / 2^k) is in 0.9..1.1; square roots
 * bring it there.
 */
NumVar num_ln(Arena *arena, const NumVar *v, int rscale) {
    NumVar one = num_var_i64(arena, 1), two = num_var_i64(arena, 2), x = num_copy(arena, v);
    double log10_factor = 0;
    int doublings = 1;
    /* Powers of 10000 come off exactly, as multiples of ln(10000). */
    int shift = x.weight;
    NumVar base_part = {.digits = arena_alloc(arena, 2)};
    if (shift > 1 || shift < -1) {
        NumVar base = num_var_i64(arena, 10000), count = num_var_i64(arena, shift);
        NumVar log_base = num_ln(arena, &base, rscale + 8 + 5);
        base_part = num_mul(arena, &log_base, &count, rscale + 8);
        x.weight = 0;
    }
    (void)log10_factor;
    int scale = rscale + 16;
    for (;;) {
        double near = num_to_double(&x);
        if (near > 0.9 && near < 1.1)
            break;
        doublings++;
        x = num_sqrt(arena, &x, scale + doublings);
    }
    scale += doublings;
    NumVar top = num_sub(arena, &x, &one), bottom = num_add(arena, &x, &one);
    /* A number next to 1 needs its leading zeros' worth of digits more. */
    NumVar z = num_div(arena, &top, &bottom, scale, true);
    NumVar square = num_mul(arena, &z, &z, scale), power = z, sum = z;
    for (int64_t n = 3; power.ndigits > 0; n += 2) {
        NumVar divisor = num_var_i64(arena, n);
        power = num_mul(arena, &power, &square, scale);
        NumVar term = num_div(arena, &power, &divisor, scale, true);
        if (term.ndigits == 0)
            break;
        sum = num_add(arena, &sum, &term);
    }
    for (int i = 0; i < doublings; i++)
        sum = num_mul(arena, &sum, &two, scale);
    sum = num_add(arena, &sum, &base_part);
    num_round(&sum, rscale);
    sum.dscale = rscale;
    return sum;
}

/* The decimal exponent that ln(v) will have, about. */
static int estimate_ln_weight(Arena *arena, const NumVar *v) {
    if (v->negative || v->ndigits == 0)
        return 0;
    double near = num_to_double(v);
    if (near >= 0.9 && near <= 1.1) {
        NumVar one = num_var_i64(arena, 1), low = num_var_i64(arena, 9),
               high = num_var_i64(arena, 11);
        NumVar ten = num_var_i64(arena, 10);
        NumVar scaled = num_mul(arena, v, &ten, v->dscale);
        if (num_cmp(&scaled, &low) >= 0 && num_cmp(&scaled, &high) <= 0) {
            NumVar x = num_sub(arena, v, &one);
            return x.ndigits == 0 ? 0 : x.weight * 4 + (int)log10(x.digits[0]);
        }
    }
    int digits = v->digits[0], weight = v->weight * 4;
    if (v->ndigits > 1) {
        digits = digits * 10000 + v->digits[1];
        weight -= 4;
    }
    return (int)log10(fabs(log((double)digits) + weight * 2.302585092994046));
}

static int clamp_scale(int rscale, int a, int b) {
    rscale = MAX(MAX(rscale, a), MAX(b, 0));
    return MIN(rscale, NUM_DISPLAY_SCALE_MAX);
}

static Status ret_num(FnCall *call, const NumVar *v) {
    return num_store(call->arena, v, &call->result.str);
}

SCALAR(numeric_sqrt) {
    NumVar v = num_load(call->arena, ARG_STR(0));
    if (v.class == NUM_NINF || v.negative)
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "cannot take square root of a negative number");
    if (v.class != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    int weight = (v.weight + 1) * 4 / 2 - 1;
    NumVar r = num_sqrt(call->arena, &v, clamp_scale(NUM_SIG_DIGITS_MIN - weight, v.dscale, 0));
    return ret_num(call, &r);
}
SCALAR(numeric_exp) {
    NumVar v = num_load(call->arena, ARG_STR(0)), r;
    if (v.class == NUM_NINF)
        return ret_str(call, num_make(call->arena, 0, 0));
    if (v.class != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    double value = num_to_double(&v) * 0.434294481903252;
    value = MIN(MAX(value, -NUM_RESULT_SCALE_MAX), NUM_RESULT_SCALE_MAX);
    TRY(num_exp(call->arena, &v, clamp_scale(NUM_SIG_DIGITS_MIN - (int)value, v.dscale, 0), &r));
    return ret_num(call, &r);
}
static bool is_below_zero(const NumVar *v) { return v->class == NUM_NINF || v->negative; }
static Status log_of_negative(void) {
    return error(ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of a negative number");
}
static Status check_log_argument(const NumVar *v) {
    if (is_below_zero(v))
        return log_of_negative();
    if (v->class == NUM_FINITE && v->ndigits == 0)
        return error(ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
    return STATUS_OK;
}
SCALAR(numeric_ln) {
    NumVar v = num_load(call->arena, ARG_STR(0));
    if (v.class == NUM_NAN)
        return ret_str(call, ARG_STR(0));
    TRY(check_log_argument(&v));
    if (v.class != NUM_FINITE)
        return ret_str(call, ARG_STR(0));
    int weight = estimate_ln_weight(call->arena, &v);
    NumVar r = num_ln(call->arena, &v, clamp_scale(NUM_SIG_DIGITS_MIN - weight, v.dscale, 0));
    return ret_num(call, &r);
}
SCALAR(numeric_log) {
    Arena *arena = call->arena;
    NumVar base = num_load(arena, ARG_STR(0)), v = num_load(arena, ARG_STR(1));
    if (base.class == NUM_NAN || v.class == NUM_NAN)
        return ret_str(call, num_special(NUM_NAN));
    /* Where one is infinite, both signs are looked at before zeros. */
    if ((base.class != NUM_FINITE || v.class != NUM_FINITE) &&
        (is_below_zero(&base) || is_below_zero(&v)))
        return log_of_negative();
    TRY(check_log_argument(&base));
    TRY(check_log_argument(&v));
    if (base.class != NUM_FINITE && v.class != NUM_FINITE)
        return ret_str(call, num_special(NUM_NAN));
    if (base.class != NUM_FINITE)
        return ret_str(call, num_make(arena, 0, 0));
    if (v.class != NUM_FINITE)
        return ret_str(call, num_special(NUM_PINF));
    int wb = estimate_ln_weight(arena, &base), wv = estimate_ln_weight(arena, &v);
    int rscale = clamp_scale(NUM_SIG_DIGITS_MIN - (wv - wb), base.dscale, v.dscale);
    NumVar lb = num_ln(arena, &base, MAX(rscale + wv - wb - wb + 8, 0));
    NumVar lv = num_ln(arena, &v, MAX(rscale - wb + 8, 0));
    if (lb.ndigits == 0)
        return division_by_zero_error();
    NumVar r = num_div(arena, &lv, &lb, rscale, true);
    return ret_num(call, &r);
}

static bool is_whole(const NumVar *v) { return v->ndigits <= v->weight + 1; }
static bool is_odd(const NumVar *v) {
    return v->ndigits > 0 && v->ndigits == v->weight + 1 && (v->digits[v->ndigits - 1] & 1);
}

static Status power_whole(Arena *arena, const NumVar *base, int32_t exponent, int rscale,
                          NumVar *out) {
    NumVar one = num_var_i64(arena, 1), product = *base, result;
    if (exponent == 0) {
        *out = one;
        out->dscale = rscale;
        return STATUS_OK;
    }
    if (base->ndigits == 0) {
        if (exponent < 0)
            return division_by_zero_error();
        *out = (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
        return STATUS_OK;
    }
    double f = base->digits[0];
    int p = base->weight * 4;
    for (int i = 1; i < base->ndigits && i < 4; i++, p -= 4)
        f = f * 10000 + base->digits[i];
    f = exponent * (log10(f) + p);
    if (f > 3.0 * NUM_WEIGHT_MAX * 4)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    if (f + 1 < -rscale || f + 1 < -NUM_DISPLAY_SCALE_MAX) {
        *out = (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
        return STATUS_OK;
    }
    int digits = 1 + rscale + (int)f + (int)log(fabs((double)exponent)) + 8;
    uint32_t mask = exponent < 0 ? -(uint32_t)exponent : (uint32_t)exponent;
    bool inverse = exponent < 0;
    result = mask & 1 ? *base : one;
    while ((mask >>= 1) > 0) {
        int local = MAX(MIN(digits - 2 * product.weight * 4, 2 * product.dscale), 0);
        product = num_mul(arena, &product, &product, local);
        if (mask & 1) {
            local = digits - (product.weight + result.weight) * 4;
            local = MAX(MIN(local, product.dscale + result.dscale), 0);
            result = num_mul(arena, &product, &result, local);
        }
        if (product.weight > NUM_WEIGHT_MAX || result.weight > NUM_WEIGHT_MAX) {
            if (!inverse)
                return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
            *out = (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
            return STATUS_OK;
        }
    }
    if (inverse) {
        if (result.ndigits == 0)
            return division_by_zero_error();
        *out = num_div(arena, &one, &result, rscale, true);
    } else {
        *out = num_copy(arena, &result);
        num_round(out, rscale);
    }
    return STATUS_OK;
}

static Status power_any(Arena *arena, const NumVar *base, const NumVar *exponent, NumVar *out) {
    int64_t whole;
    if (is_whole(exponent) && num_to_i64(arena, exponent, &whole) && whole >= INT32_MIN &&
        whole <= INT32_MAX)
        return power_whole(arena, base, (int32_t)whole,
                           clamp_scale(NUM_SIG_DIGITS_MIN, base->dscale, 0), out);
    *out = (NumVar){.dscale = NUM_SIG_DIGITS_MIN, .digits = arena_alloc(arena, 2)};
    if (base->ndigits == 0)
        return STATUS_OK;
    if (base->negative && !is_whole(exponent))
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "a negative number raised to a non-integer power yields a complex result");
    NumVar magnitude = *base;
    magnitude.negative = false;
    int ln_weight = estimate_ln_weight(arena, &magnitude);
    int local = MAX(8 - ln_weight, 0);
    NumVar log_base = num_ln(arena, &magnitude, local);
    NumVar product = num_mul(arena, &log_base, exponent, local);
    double value = num_to_double(&product);
    if (fabs(value) > NUM_RESULT_SCALE_MAX * 3.01) {
        if (value > 0)
            return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
        out->dscale = NUM_DISPLAY_SCALE_MAX;
        return STATUS_OK;
    }
    value *= 0.434294481903252;
    int rscale = clamp_scale(NUM_SIG_DIGITS_MIN - (int)value, base->dscale, exponent->dscale);
    local = MAX(MAX(rscale + (int)value, 0) - ln_weight + 8, 0);
    log_base = num_ln(arena, &magnitude, local);
    product = num_mul(arena, &log_base, exponent, local);
    TRY(num_exp(arena, &product, rscale, out));
    out->negative = base->negative && is_odd(exponent) && out->ndigits > 0;
    return STATUS_OK;
}

/* Where an argument is NaN or infinite, by the rules of pow(3). */
static Str power_special(Arena *arena, const NumVar *x, const NumVar *y, int sign_x, int sign_y) {
    Str one = num_make(arena, 1, 0), zero = num_make(arena, 0, 0);
    NumVar unit = num_var_i64(arena, 1);
    bool x_is_one = x->class == NUM_FINITE && num_cmp(x, &unit) == 0;
    if (x->class == NUM_NAN)
        return y->class == NUM_FINITE && y->ndigits == 0 ? one : num_special(NUM_NAN);
    if (y->class == NUM_NAN)
        return x_is_one ? one : num_special(NUM_NAN);
    if (x_is_one || sign_y == 0)
        return one;
    if (sign_x == 0)
        return zero;
    if (y->class != NUM_FINITE) {
        int order = x->class != NUM_FINITE ? 1 : num_cmp_abs(x, &unit);
        if (order == 0)
            return one;
        return (order > 0) == (sign_y > 0) ? num_special(NUM_PINF) : zero;
    }
    if (sign_y < 0)
        return zero;
    return num_special(x->class == NUM_NINF && is_odd(y) ? NUM_NINF : NUM_PINF);
}

Status numeric_raise(Arena *arena, Str a, Str b, Str *out) {
    NumVar x = num_load(arena, a), y = num_load(arena, b), r;
    int sign_x = numeric_sign_of(a), sign_y = numeric_sign_of(b);
    bool nan = x.class == NUM_NAN || y.class == NUM_NAN;
    if (!nan && sign_x == 0 && sign_y < 0)
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "zero raised to a negative power is undefined");
    if (x.class != NUM_FINITE || y.class != NUM_FINITE) {
        if (!nan && sign_x < 0 && y.class == NUM_FINITE && !is_whole(&y))
            return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                         "a negative number raised to a non-integer power yields a complex result");
        *out = power_special(arena, &x, &y, sign_x, sign_y);
        return STATUS_OK;
    }
    TRY(power_any(arena, &x, &y, &r));
    return num_store(arena, &r, out);
}
SCALAR(numeric_power) {
    return numeric_raise(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str);
}
