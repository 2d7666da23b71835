/* float_ops.c: comparison, arithmetic, casts and mathematical functions of float4 and float8. */
#include "types/float.h"

#include <errno.h>
#include <math.h>

#define FLOAT_COMPARISONS(p, cmp, ma, mb)                                                          \
    SCALAR(p##eq) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) == 0); } \
    SCALAR(p##ne) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) != 0); } \
    SCALAR(p##lt) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) < 0); }  \
    SCALAR(p##le) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) <= 0); } \
    SCALAR(p##gt) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) > 0); }  \
    SCALAR(p##ge) { return ret_bool(call, float_order(call->args[0].ma, call->args[1].mb) >= 0); } \
    SCALAR(cmp) { return ret_i32(call, float_order(call->args[0].ma, call->args[1].mb)); }
FLOAT_COMPARISONS(float4, btfloat4cmp, f32, f32)
FLOAT_COMPARISONS(float8, btfloat8cmp, f64, f64)
FLOAT_COMPARISONS(float48, btfloat48cmp, f32, f64)
FLOAT_COMPARISONS(float84, btfloat84cmp, f64, f32)

Status float_overflow_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
}
Status float_underflow_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
}
static Status range_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
}

#define FLOAT_ARITHMETIC(p, ma, mb, mr, rtype)                                                     \
    SCALAR(p##pl) {                                                                                \
        rtype a = call->args[0].ma, b = call->args[1].mb, r = a + b;                               \
        if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))                                          \
            return float_overflow_error();                                                         \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##mi) {                                                                                \
        rtype a = call->args[0].ma, b = call->args[1].mb, r = a - b;                               \
        if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))                                          \
            return float_overflow_error();                                                         \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##mul) {                                                                               \
        rtype a = call->args[0].ma, b = call->args[1].mb, r = a * b;                               \
        if (UNLIKELY(isinf(r)) && !isinf(a) && !isinf(b))                                          \
            return float_overflow_error();                                                         \
        if (UNLIKELY(r == 0) && a != 0 && b != 0)                                                  \
            return float_underflow_error();                                                        \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##div) {                                                                               \
        rtype a = call->args[0].ma, b = call->args[1].mb;                                          \
        if (UNLIKELY(b == 0) && !isnan(a))                                                         \
            return division_by_zero_error();                                                       \
        rtype r = a / b;                                                                           \
        if (UNLIKELY(isinf(r)) && !isinf(a))                                                       \
            return float_overflow_error();                                                         \
        if (UNLIKELY(r == 0) && a != 0 && !isinf(b))                                               \
            return float_underflow_error();                                                        \
        return ret_##mr(call, r);                                                                  \
    }
FLOAT_ARITHMETIC(float4, f32, f32, f32, float)
FLOAT_ARITHMETIC(float8, f64, f64, f64, double)
FLOAT_ARITHMETIC(float48, f32, f64, f64, double)
FLOAT_ARITHMETIC(float84, f64, f32, f64, double)

#define FLOAT_UNARY(p, m)                                                                          \
    SCALAR(p##um) { return ret_##m(call, -call->args[0].m); }                                      \
    SCALAR(p##up) { return ret_##m(call, call->args[0].m); }                                       \
    SCALAR(p##larger) {                                                                            \
        return ret_datum(call,                                                                     \
                         call->args[float_order(call->args[0].m, call->args[1].m) > 0 ? 0 : 1]);   \
    }                                                                                              \
    SCALAR(p##smaller) {                                                                           \
        return ret_datum(call,                                                                     \
                         call->args[float_order(call->args[0].m, call->args[1].m) < 0 ? 0 : 1]);   \
    }
FLOAT_UNARY(float4, f32)
FLOAT_UNARY(float8, f64)
SCALAR(float4abs) { return ret_f32(call, fabsf(ARG_F32(0))); }
SCALAR(float8abs) { return ret_f64(call, fabs(ARG_F64(0))); }


/* Casts. Halves round to even. */
SCALAR(ftod) { return ret_f64(call, ARG_F32(0)); }
SCALAR(dtof) {
    float r = (float)ARG_F64(0);
    if (isinf(r) && !isinf(ARG_F64(0)))
        return float_overflow_error();
    if (r == 0 && ARG_F64(0) != 0)
        return float_underflow_error();
    return ret_f32(call, r);
}
#define TO_INTEGER(name, arg, below, above, cast, ret, bad)                                        \
    SCALAR(name) {                                                                                 \
        double v = rint((double)(arg));                                                            \
        if (!(v >= (below) && v < (above)))                                                        \
            return bad();                                                                          \
        return ret(call, (cast)v);                                                                 \
    }
TO_INTEGER(dtoi2, ARG_F64(0), -32768.0, 32768.0, int16_t, ret_i16, int2_range_error)
TO_INTEGER(dtoi4, ARG_F64(0), -2147483648.0, 2147483648.0, int32_t, ret_i32, int4_range_error)
TO_INTEGER(dtoi8, ARG_F64(0), -9223372036854775808.0, 9223372036854775808.0, int64_t, ret_i64,
           int8_range_error)
TO_INTEGER(ftoi2, ARG_F32(0), -32768.0, 32768.0, int16_t, ret_i16, int2_range_error)
TO_INTEGER(ftoi4, ARG_F32(0), -2147483648.0, 2147483648.0, int32_t, ret_i32, int4_range_error)
TO_INTEGER(ftoi8, ARG_F32(0), -9223372036854775808.0, 9223372036854775808.0, int64_t, ret_i64,
           int8_range_error)
SCALAR(i2tod) { return ret_f64(call, ARG_I16(0)); }
SCALAR(i4tod) { return ret_f64(call, ARG_I32(0)); }
SCALAR(i8tod) { return ret_f64(call, (double)ARG_I64(0)); }
SCALAR(i2tof) { return ret_f32(call, ARG_I16(0)); }
SCALAR(i4tof) { return ret_f32(call, (float)ARG_I32(0)); }
SCALAR(i8tof) { return ret_f32(call, (float)ARG_I64(0)); }

SCALAR(dround) { return ret_f64(call, rint(ARG_F64(0))); }
SCALAR(dceil) { return ret_f64(call, ceil(ARG_F64(0))); }
SCALAR(dfloor) { return ret_f64(call, floor(ARG_F64(0))); }
SCALAR(dtrunc) { return ret_f64(call, trunc(ARG_F64(0))); }
SCALAR(dsign) { return ret_f64(call, ARG_F64(0) > 0 ? 1 : ARG_F64(0) < 0 ? -1 : 0); }
SCALAR(dsqrt) {
    double a = ARG_F64(0), r;
    if (a < 0)
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "cannot take square root of a negative number");
    r = sqrt(a);
    if (isinf(r) && !isinf(a))
        return float_overflow_error();
    return ret_f64(call, r);
}
SCALAR(dcbrt) { return ret_f64(call, cbrt(ARG_F64(0))); }

SCALAR(dpow) {
    double x = ARG_F64(0), y = ARG_F64(1);
    if (isnan(x))
        return ret_f64(call, y == 0 ? 1 : x);
    if (isnan(y))
        return ret_f64(call, x == 1 ? 1 : y);
    if (x == 0 && y < 0)
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "zero raised to a negative power is undefined");
    if (x < 0 && floor(y) != y)
        return error(ERR_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                     "a negative number raised to a non-integer power yields a complex result");
    double r = pow(x, y);
    if (!isinf(x) && !isinf(y)) {
        if (isinf(r))
            return float_overflow_error();
        if (r == 0 && x != 0)
            return float_underflow_error();
    }
    return ret_f64(call, r);
}
SCALAR(dexp) {
    double a = ARG_F64(0), r = exp(a);
    if (isinf(r) && !isinf(a))
        return float_overflow_error();
    if (r == 0 && !isinf(a))
        return float_underflow_error();
    return ret_f64(call, r);
}
static Status check_log(double v) {
    if (v == 0)
        return error(ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
    if (v < 0)
        return error(ERR_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of a negative number");
    return STATUS_OK;
}
SCALAR(dlog1) {
    TRY(check_log(ARG_F64(0)));
    return ret_f64(call, log(ARG_F64(0)));
}
SCALAR(dlog10) {
    TRY(check_log(ARG_F64(0)));
    return ret_f64(call, log10(ARG_F64(0)));
}

/* Functions that are libm's with a check of the argument. */
#define FINITE_ONLY(name, fn)                                                                      \
    SCALAR(name) {                                                                                 \
        double a = ARG_F64(0);                                                                     \
        if (isinf(a))                                                                              \
            return range_error();                                                                  \
        return ret_f64(call, fn(a));                                                               \
    }
static double cotangent(double a) { return 1.0 / tan(a); }
FINITE_ONLY(dsin, sin)
FINITE_ONLY(dcos, cos)
FINITE_ONLY(dtan, tan)
FINITE_ONLY(dcot, cotangent)
#define UNIT_ONLY(name, fn)                                                                        \
    SCALAR(name) {                                                                                 \
        double a = ARG_F64(0);                                                                     \
        if (a < -1 || a > 1)                                                                       \
            return range_error();                                                                  \
        return ret_f64(call, fn(a));                                                               \
    }
UNIT_ONLY(dacos, acos)
UNIT_ONLY(dasin, asin)
UNIT_ONLY(datanh, atanh)
SCALAR(datan) { return ret_f64(call, atan(ARG_F64(0))); }
SCALAR(datan2) { return ret_f64(call, atan2(ARG_F64(0), ARG_F64(1))); }
SCALAR(dsinh) { return ret_f64(call, sinh(ARG_F64(0))); }
SCALAR(dcosh) { return ret_f64(call, cosh(ARG_F64(0))); }
SCALAR(dtanh) { return ret_f64(call, tanh(ARG_F64(0))); }
SCALAR(dasinh) { return ret_f64(call, asinh(ARG_F64(0))); }
SCALAR(dacosh) {
    if (ARG_F64(0) < 1)
        return range_error();
    return ret_f64(call, acosh(ARG_F64(0)));
}
#define DEGREE 0.0174532925199432957692
SCALAR(degrees) {
    double r = ARG_F64(0) / DEGREE;
    if (isinf(r) && !isinf(ARG_F64(0)))
        return float_overflow_error();
    return ret_f64(call, r);
}
SCALAR(radians) {
    double r = ARG_F64(0) * DEGREE;
    return r == 0 && ARG_F64(0) != 0 ? float_underflow_error() : ret_f64(call, r);
}
SCALAR(dpi) { return ret_f64(call, M_PI); }

/* Trigonometry in degrees: exact at multiples of 30 and 45, by scaling with the library's own value at
 * a known angle. volatile keeps the compiler from folding those values with another rounding. */
static double sin_30(void) {
    volatile double a = 30.0 * DEGREE;
    return sin(a);
}
static double one_minus_cos_60(void) {
    volatile double a = 60.0 * DEGREE;
    return 1.0 - cos(a);
}
static double sind_to_30(double x) {
    volatile double s = sin(x * DEGREE);
    return s / sin_30() / 2.0;
}
static double cosd_to_60(double x) {
    volatile double c = 1.0 - cos(x * DEGREE);
    return 1.0 - c / one_minus_cos_60() / 2.0;
}
static double sind_quarter(double x) { return x <= 30 ? sind_to_30(x) : cosd_to_60(90.0 - x); }
static double cosd_quarter(double x) { return x <= 60 ? cosd_to_60(x) : sind_to_30(90.0 - x); }

static double sind(double x) {
    double sign = 1;
    x = fmod(x, 360.0);
    if (x < 0) {
        x = -x;
        sign = -sign;
    }
    if (x > 180) {
        x = 360.0 - x;
        sign = -sign;
    }
    return sign * sind_quarter(x > 90 ? 180.0 - x : x);
}
static double cosd(double x) {
    double sign = 1;
    x = fabs(fmod(x, 360.0));
    if (x > 180)
        x = 360.0 - x;
    if (x > 90) {
        x = 180.0 - x;
        sign = -1;
    }
    return sign * cosd_quarter(x);
}
static double tand_scaled(double x, bool cotangent_wanted) {
    double sign = 1;
    x = fmod(x, 360.0);
    if (x < 0) {
        x = -x;
        sign = -sign;
    }
    if (x > 180) {
        x = 360.0 - x;
        sign = -sign;
    }
    if (x > 90) {
        x = 180.0 - x;
        sign = -sign;
    }
    volatile double at_45 = sind_quarter(45.0) / cosd_quarter(45.0);
    volatile double cot_at_45 = cosd_quarter(45.0) / sind_quarter(45.0);
    double r = cotangent_wanted ? sign * (cosd_quarter(x) / sind_quarter(x) / cot_at_45)
                                : sign * (sind_quarter(x) / cosd_quarter(x) / at_45);
    return r == 0 ? 0 : r;
}
static double tand(double x) { return tand_scaled(x, false); }
static double cotd(double x) { return tand_scaled(x, true); }
static double asind_quarter(double x) {
    volatile double half = asin(0.5), acos_half = acos(0.5);
    if (x <= 0.5)
        return asin(x) / half * 30.0;
    return 90.0 - acos(x) / acos_half * 60.0;
}
static double acosd_quarter(double x) {
    volatile double half = asin(0.5), acos_half = acos(0.5);
    if (x <= 0.5)
        return 90.0 - asin(x) / half * 30.0;
    return acos(x) / acos_half * 60.0;
}
static double asind(double x) { return x >= 0 ? asind_quarter(x) : -asind_quarter(-x); }
static double acosd(double x) { return x >= 0 ? acosd_quarter(x) : 90.0 + asind_quarter(-x); }
static double atand(double x) {
    volatile double one = atan(1.0);
    return atan(x) / one * 45.0;
}
FINITE_ONLY(dsind, sind)
FINITE_ONLY(dcosd, cosd)
FINITE_ONLY(dtand, tand)
FINITE_ONLY(dcotd, cotd)
UNIT_ONLY(dasind, asind)
UNIT_ONLY(dacosd, acosd)
SCALAR(datand) { return ret_f64(call, atand(ARG_F64(0))); }
SCALAR(datan2d) {
    volatile double one = atan(1.0);
    return ret_f64(call, atan2(ARG_F64(0), ARG_F64(1)) / one * 45.0);
}

/* random(): xoroshiro128++ over the session's two words. */
static uint64_t next_random(uint64_t s[2]) {
    uint64_t a = s[0], b = s[1], sum = a + b;
    uint64_t r = (sum << 17 | sum >> 47) + a;
    b ^= a;
    s[0] = (a << 49 | a >> 15) ^ b ^ (b << 21);
    s[1] = b << 28 | b >> 36;
    return r;
}
SCALAR(drandom) {
    return ret_f64(call, (double)(next_random(call_env(call)->random_state) >> 11) * 0x1p-53);
}
SCALAR(setseed) {
    double seed = ARG_F64(0);
    if (!(seed >= -1 && seed <= 1)) {
        char buf[FLOAT_TEXT_MAX];
        int n = (int)float8_print(seed, buf);
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "setseed parameter %.*s is out of allowed range [-1,1]", n, buf);
    }
    uint64_t *state = call_env(call)->random_state, bits;
    memcpy(&bits, &seed, sizeof(bits));
    state[0] = hash_u64(bits + 1);
    state[1] = hash_u64(state[0] + UINT64_C(0x9e3779b97f4a7c15)) | 1;
    return STATUS_OK;
}

SCALAR(width_bucket_float8) {
    double v = ARG_F64(0), low = ARG_F64(1), high = ARG_F64(2), n = ARG_I32(3), r;
    if (ARG_I32(3) <= 0)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "count must be greater than zero");
    if (isnan(v) || isnan(low) || isnan(high))
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "operand, lower bound, and upper bound cannot be NaN");
    if (isinf(low) || isinf(high))
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "lower and upper bounds must be finite");
    if (low == high)
        return error(ERR_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
                     "lower bound cannot equal upper bound");
    bool down = low > high;
    if (down ? v > low : v < low)
        r = 0;
    else if (down ? v <= high : v >= high)
        r = n + 1;
    else {
        double share =
            isinf(high - low) ? (v / 2 - low / 2) / (high / 2 - low / 2) : (v - low) / (high - low);
        r = floor(n * share) + 1;
        r = MIN(r, n);
    }
    if (r > INT32_MAX)
        return int4_range_error();
    return ret_i32(call, (int32_t)r);
}

static Status in_range(FnCall *call, double v, double base, double offset) {
    bool sub = ARG_BOOL(3), less = ARG_BOOL(4);
    if (isnan(offset) || offset < 0)
        return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "invalid preceding or following size in window function");
    if (isnan(v))
        return ret_bool(call, isnan(base) || !less);
    if (isnan(base))
        return ret_bool(call, less);
    if (isinf(offset) && isinf(base) && (sub ? base > 0 : base < 0))
        return ret_bool(call, true);
    double edge = sub ? base - offset : base + offset;
    return ret_bool(call, less ? v <= edge : v >= edge);
}
SCALAR(in_range_float8_float8) { return in_range(call, ARG_F64(0), ARG_F64(1), ARG_F64(2)); }
SCALAR(in_range_float4_float8) { return in_range(call, ARG_F32(0), ARG_F32(1), ARG_F64(2)); }
