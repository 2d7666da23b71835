/* money.c: money: cents in 64 bits, printed as the C locale's "$1,234.56". */
#include "types/float.h"
#include "types/numeric.h"

#include <math.h>

DECLARE_TYPE_IO(money);

static Status out_of_range(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "money out of range");
}

/* "-$1,234.56", "($1)", "1.005": two decimals, the third rounds. */
Status money_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *p = text, *end = text + len;
    bool negative = false, over = false;
    int decimals = -1;
    int64_t v = 0;
#define SKIP_BLANKS                                                                                \
    while (p < end && is_space(*p))                                                                \
    p++
    /* A sign or parenthesis between two currency symbols, each at most once. */
    SKIP_BLANKS;
    if (p < end && *p == '$')
        p++;
    SKIP_BLANKS;
    if (p < end && (*p == '-' || *p == '(' || *p == '+'))
        negative = *p++ != '+';
    SKIP_BLANKS;
    if (p < end && *p == '$')
        p++;
    SKIP_BLANKS;
    for (; p < end && (is_digit(*p) || *p == '.' || *p == ','); p++) {
        if (*p == '.' && decimals < 0) {
            decimals = 0;
        } else if (is_digit(*p)) {
            int digit = *p - '0';
            if (decimals == 2) {
                /* Rounds by the third decimal; the rest is not looked at. */
                over |= digit >= 5 && __builtin_sub_overflow(v, 1, &v);
                decimals = 3;
            } else if (decimals < 3) {
                over |= __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v);
                decimals += decimals >= 0;
            }
        } else if (*p == '.') {
            break;
        }
    }
    for (decimals = MAX(decimals, 0); decimals < 2; decimals++)
        over |= __builtin_mul_overflow(v, 10, &v);
    for (; p < end; p++) {
        if (*p == '-' || *p == ')')
            negative |= *p == '-';
        else if (!is_space(*p) && *p != '+' && *p != '$')
            return type_input_error("money", text, len);
    }
    if (over || (!negative && __builtin_sub_overflow((int64_t)0, v, &v)))
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value \"%.*s\" is out of range for type %s",
                     (int)len, text, "money");
    *value_out = datum_i64(v);
    return STATUS_OK;
}
Status money_output(TypeIo *io, Datum value, StrBuf *text) {
    uint64_t m = value.i64 < 0 ? -(uint64_t)value.i64 : (uint64_t)value.i64;
    char digits[40], *p = digits + sizeof(digits);
    int n = 0;
    for (uint64_t whole = m / 100; whole != 0 || n == 0; whole /= 10) {
        if (n > 0 && n % 3 == 0)
            *--p = ',';
        *--p = (char)('0' + whole % 10);
        n++;
    }
    strbuf_puts(text, value.i64 < 0 ? "-$" : "$");
    strbuf_append(text, p, (size_t)(digits + sizeof(digits) - p));
    strbuf_printf(text, ".%02d", (int)(m % 100));
    return STATUS_OK;
}
Status money_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 8)
        return type_receive_error();
    *value_out = datum_i64((int64_t)load_be64(bytes));
    return STATUS_OK;
}
Status money_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be64(bytes, value.u64);
    return STATUS_OK;
}

SCALAR(cash_pl) {
    int64_t r;
    return add_i64(ARG_I64(0), ARG_I64(1), &r) ? ret_i64(call, r) : out_of_range();
}
SCALAR(cash_mi) {
    int64_t r;
    return sub_i64(ARG_I64(0), ARG_I64(1), &r) ? ret_i64(call, r) : out_of_range();
}
static Status from_double(FnCall *call, double v) {
    v = rint(v);
    if (isnan(v) || v < -9223372036854775808.0 || v >= 9223372036854775808.0)
        return out_of_range();
    return ret_i64(call, (int64_t)v);
}
static Status times(FnCall *call, int64_t a, int64_t b) {
    int64_t r;
    return mul_i64(a, b, &r) ? ret_i64(call, r) : out_of_range();
}
static Status divided(FnCall *call, int64_t a, int64_t b) {
    if (b == 0)
        return division_by_zero_error();
    if (b == -1)
        return times(call, a, -1);
    return ret_i64(call, a / b);
}
static Status divided_float(FnCall *call, double b) {
    double a = (double)ARG_I64(0);
    if (b == 0)
        return division_by_zero_error();
    if (isinf(a / b))
        return float_overflow_error();
    return a / b == 0 && a != 0 && !isinf(b) ? float_underflow_error() : from_double(call, a / b);
}
static Status times_float(FnCall *call, double a, double b) {
    if (isinf(a * b) && !isinf(b))
        return float_overflow_error();
    return a * b == 0 && a != 0 && b != 0 ? float_underflow_error() : from_double(call, a * b);
}
SCALAR(cash_mul_flt8) { return times_float(call, (double)ARG_I64(0), ARG_F64(1)); }
SCALAR(flt8_mul_cash) { return times_float(call, (double)ARG_I64(1), ARG_F64(0)); }
SCALAR(cash_div_flt8) { return divided_float(call, ARG_F64(1)); }
SCALAR(cash_mul_flt4) { return times_float(call, (double)ARG_I64(0), (double)ARG_F32(1)); }
SCALAR(flt4_mul_cash) { return times_float(call, (double)ARG_I64(1), (double)ARG_F32(0)); }
SCALAR(cash_div_flt4) { return divided_float(call, (double)ARG_F32(1)); }
SCALAR(cash_mul_int8) { return times(call, ARG_I64(0), ARG_I64(1)); }
SCALAR(int8_mul_cash) { return times(call, ARG_I64(0), ARG_I64(1)); }
SCALAR(cash_div_int8) { return divided(call, ARG_I64(0), ARG_I64(1)); }
SCALAR(cash_mul_int4) { return times(call, ARG_I64(0), ARG_I32(1)); }
SCALAR(int4_mul_cash) { return times(call, ARG_I32(0), ARG_I64(1)); }
SCALAR(cash_div_int4) { return divided(call, ARG_I64(0), ARG_I32(1)); }
SCALAR(cash_mul_int2) { return times(call, ARG_I64(0), ARG_I16(1)); }
SCALAR(int2_mul_cash) { return times(call, ARG_I16(0), ARG_I64(1)); }
SCALAR(cash_div_int2) { return divided(call, ARG_I64(0), ARG_I16(1)); }
SCALAR(cash_div_cash) {
    if (ARG_I64(1) == 0)
        return division_by_zero_error();
    return ret_f64(call, (double)ARG_I64(0) / (double)ARG_I64(1));
}
SCALAR(cash_numeric) {
    /* Divided as numerics are, then shown with two decimals. */
    return ret_str(call, num_make(call->arena, ARG_I64(0), 2));
}
SCALAR(numeric_cash) {
    Str hundred = num_from_i64(call->arena, 100), cents;
    Int128 v;
    int scale;
    if (num_class(ARG_STR(0)) != NUM_FINITE)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to bigint",
                     num_class(ARG_STR(0)) == NUM_NAN ? "NaN" : "infinity");
    TRY(numeric_times(call->arena, ARG_STR(0), hundred, &cents));
    TRY(numeric_rescale(call->arena, cents, 0, true, &cents));
    if (!num_small(cents, &v, &scale) || v < INT64_MIN || v > INT64_MAX)
        return int8_range_error();
    return ret_i64(call, (int64_t)v);
}
SCALAR(int4_cash) { return times(call, ARG_I32(0), 100); }
SCALAR(int8_cash) {
    int64_t r;
    return mul_i64(ARG_I64(0), 100, &r) ? ret_i64(call, r) : int8_range_error();
}

/* ---- in words ---- */

/* 0..999, as "one hundred twenty three", but "one hundred and three". */
static void put_hundreds(StrBuf *text, unsigned v) {
    static const char *const small[] = {"zero",    "one",     "two",       "three",    "four",
                                        "five",    "six",     "seven",     "eight",    "nine",
                                        "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"",      "",      "twenty",  "thirty", "forty",
                                       "fifty", "sixty", "seventy", "eighty", "ninety"};
    unsigned rest = v % 100;
    if (v >= 100) {
        strbuf_printf(text, "%s hundred", small[v / 100]);
        if (rest == 0)
            return;
        strbuf_puts(text, rest < 20 ? " and " : " ");
    }
    if (rest < 20)
        strbuf_puts(text, small[rest]);
    else if (rest % 10 == 0)
        strbuf_puts(text, tens[rest / 10]);
    else
        strbuf_printf(text, "%s %s", tens[rest / 10], small[rest % 10]);
}
SCALAR(cash_words) {
    static const char *const units[] = {" quadrillion ", " trillion ", " billion ",
                                        " million ",     " thousand ", ""};
    StrBuf text;
    int64_t value = ARG_I64(0);
    uint64_t cents = value < 0 ? -(uint64_t)value : (uint64_t)value, dollars = cents / 100;
    uint64_t size = UINT64_C(1000000000000000);
    strbuf_init(&text, call->arena);
    if (value < 0)
        strbuf_puts(&text, "minus ");
    for (size_t i = 0; i < ARRAY_LEN(units); i++, size /= 1000) {
        unsigned part = (unsigned)(dollars / size % 1000);
        if (part == 0)
            continue;
        put_hundreds(&text, part);
        strbuf_puts(&text, units[i]);
    }
    if (dollars == 0)
        strbuf_puts(&text, "zero");
    strbuf_puts(&text, dollars == 1 ? " dollar and " : " dollars and ");
    put_hundreds(&text, (unsigned)(cents % 100));
    strbuf_puts(&text, cents % 100 == 1 ? " cent" : " cents");
    text.data[0] = to_upper(text.data[0]);
    return ret_buf(call, &text);
}
