/*
 * float.c: float4 and float8: text and binary forms, order.
 *
 * Output is the shortest decimal that reads back as the same number, closest to it among the shortest,
 * by Raffaello Giulietti's Schubfach ("The Schubfach way to render doubles"). The interval's ends are
 * not accepted, so that a reader that rounds its own way at a tie still gets the number back.
 */
#include "types/float.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

DECLARE_TYPE_IO(float4);
DECLARE_TYPE_IO(float8);
DECLARE_TYPE_ORDER(float4);
DECLARE_TYPE_ORDER(float8);

typedef struct Decimal {
    uint64_t digits;
    int exponent;
} Decimal;

static const uint64_t powers[][2] = {
#define POWER(high, low) {UINT64_C(high), UINT64_C(low)},
#include "types/def/powers_of_ten.def"
#undef POWER
};
#define POWER_MIN (-292)

static uint64_t round_to_odd(const uint64_t g[2], uint64_t c) {
    unsigned __int128 low = (unsigned __int128)g[1] * c;
    unsigned __int128 y = (unsigned __int128)g[0] * c + (uint64_t)(low >> 64);
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}
static uint64_t round_to_odd_32(const uint64_t g[2], uint64_t c) {
    uint64_t power = g[0] + (g[1] != 0);
    unsigned __int128 y = (unsigned __int128)power * c;
    return (uint64_t)(y >> 64) | ((uint32_t)((uint64_t)y >> 32) > 1);
}

/* c * 2^q, c > 0; closer: the neighbour below is half as far as the one above. */
static Decimal shortest(uint64_t c, int q, bool closer,
                        uint64_t (*scale)(const uint64_t g[2], uint64_t c)) {
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1;
    const uint64_t *g = powers[-k - POWER_MIN];
    uint64_t low = scale(g, (4 * c - 2 + closer) << h) + 1;
    uint64_t value = scale(g, (4 * c) << h);
    uint64_t high = scale(g, (4 * c + 2) << h) - 1;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down = low <= 40 * tens, up = 40 * tens + 40 <= high;
        if (down != up)
            return (Decimal){tens + up, k + 1};
    }
    bool down = low <= 4 * s, up = 4 * s + 4 <= high;
    if (down != up)
        return (Decimal){s + up, k};
    uint64_t middle = 4 * s + 2;
    return (Decimal){s + (value > middle || (value == middle && (s & 1))), k};
}

/* Digits in fixed notation where the exponent is -4..limit-1, else scientific. */
static size_t print_decimal(Decimal d, bool negative, int limit, char *out) {
    char digits[20];
    char *p = out;
    int n = 0;
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    for (uint64_t v = d.digits; v != 0; v /= 10)
        n++;
    for (int i = n - 1; i >= 0; i--, d.digits /= 10)
        digits[i] = (char)('0' + d.digits % 10);
    int exponent = d.exponent + n - 1;
    if (negative)
        *p++ = '-';
    if (exponent < -4 || exponent >= limit) {
        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)n - 1);
            p += n - 1;
        }
        *p++ = 'e';
        *p++ = exponent < 0 ? '-' : '+';
        exponent = abs(exponent);
        if (exponent >= 100)
            *p++ = (char)('0' + exponent / 100);
        *p++ = (char)('0' + exponent / 10 % 10);
        *p++ = (char)('0' + exponent % 10);
    } else if (exponent < 0) {
        memcpy(p, "0.0000", 6);
        p += 1 - exponent;
        memcpy(p, digits, (size_t)n);
        p += n;
    } else {
        for (int i = 0; i <= exponent || i < n; i++) {
            if (i == exponent + 1)
                *p++ = '.';
            *p++ = i < n ? digits[i] : '0';
        }
    }
    return (size_t)(p - out);
}

static size_t print_special(bool nan, bool negative, char *out) {
    const char *word = nan ? "NaN" : negative ? "-Infinity" : "Infinity";
    memcpy(out, word, strlen(word));
    return strlen(word);
}

size_t float8_print(double v, char out[FLOAT_TEXT_MAX]) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    bool negative = bits >> 63;
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7ff);
    if (exponent == 0x7ff)
        return print_special(fraction != 0, negative, out);
    if (exponent == 0 && fraction == 0) {
        memcpy(out, "-0", 2);
        if (!negative)
            out[0] = '0';
        return negative ? 2 : 1;
    }
    Decimal d;
    uint64_t c = exponent != 0 ? fraction | UINT64_C(1) << 52 : fraction;
    int q = exponent != 0 ? exponent - 1075 : -1074;
    if (q <= 0 && q > -53 && (c & ((UINT64_C(1) << -q) - 1)) == 0)
        d = (Decimal){c >> -q, 0};
    else
        d = shortest(c, q, fraction == 0 && exponent > 1, round_to_odd);
    return print_decimal(d, negative, 15, out);
}

size_t float4_print(float v, char out[FLOAT_TEXT_MAX]) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof(bits));
    bool negative = bits >> 31;
    uint32_t fraction = bits & ((1u << 23) - 1);
    int exponent = (int)(bits >> 23 & 0xff);
    if (exponent == 0xff)
        return print_special(fraction != 0, negative, out);
    if (exponent == 0 && fraction == 0) {
        memcpy(out, "-0", 2);
        if (!negative)
            out[0] = '0';
        return negative ? 2 : 1;
    }
    Decimal d;
    uint32_t c = exponent != 0 ? fraction | 1u << 23 : fraction;
    int q = exponent != 0 ? exponent - 150 : -149;
    if (q <= 0 && q > -24 && (c & ((1u << -q) - 1)) == 0)
        d = (Decimal){c >> -q, 0};
    else
        d = shortest(c, q, fraction == 0 && exponent > 1, round_to_odd_32);
    return print_decimal(d, negative, 6, out);
}

static Status parse_error(const char *type_name, const char *text, size_t len, bool range) {
    if (range)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "\"%.*s\" is out of range for type %s",
                     (int)len, text, type_name);
    return type_input_error(type_name, text, len);
}

/* Up to 15 digits and a small power of ten: one exact operation. */
static bool parse_fast(const char *p, size_t len, double *out) {
    static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *end = p + len;
    bool negative = p < end && *p == '-';
    uint64_t digits = 0;
    int count = 0, decimals = -1;
    for (p += negative; p < end; p++) {
        if (is_digit(*p)) {
            digits = digits * 10 + (uint64_t)(*p - '0');
            decimals += decimals >= 0;
            if (++count > 15)
                return false;
        } else if (*p == '.' && decimals < 0) {
            decimals = 0;
        } else {
            return false;
        }
    }
    if (count == 0)
        return false;
    double v = (double)digits / tens[MAX(decimals, 0)];
    *out = negative ? -v : v;
    return true;
}

static Status parse(const char *text, size_t len, const char *type_name, bool single, double *out) {
    char copy[512];
    const char *p = text;
    size_t n = len;
    text_trim(&p, &n);
    if (!single && parse_fast(p, n, out))
        return STATUS_OK;
    /* 512 characters say all that a double can hold, but for zeros in front. */
    while (n >= sizeof(copy) && *p == '0' && is_digit(p[1])) {
        p++;
        n--;
    }
    if (n == 0 || n >= sizeof(copy))
        return parse_error(type_name, text, len, false);
    memcpy(copy, p, n);
    copy[n] = '\0';
    char *end;
    errno = 0;
    *out = single ? (double)strtof(copy, &end) : strtod(copy, &end);
    bool whole = *end == '\0' && end != copy && memchr(copy, '(', n) == NULL;
    if (!whole)
        return parse_error(type_name, text, len, false);
    if (errno == ERANGE && (*out == 0 || isinf(*out)))
        return parse_error(type_name, text, len, true);
    return STATUS_OK;
}

Status float8_parse(const char *text, size_t len, double *out) {
    return parse(text, len, "double precision", false, out);
}

Status float8_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = (Datum){.i64 = 0};
    return float8_parse(text, len, &value_out->f64);
}
Status float8_output(TypeIo *io, Datum value, StrBuf *text) {
    char buf[FLOAT_TEXT_MAX];
    if (io->env != NULL && io->env->extra_float_digits <= 0 && isfinite(value.f64)) {
        strbuf_printf(text, "%.*g", MAX(15 + io->env->extra_float_digits, 1), value.f64);
        return STATUS_OK;
    }
    strbuf_append(text, buf, float8_print(value.f64, buf));
    return STATUS_OK;
}
Status float8_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 8)
        return type_receive_error();
    *value_out = (Datum){.u64 = load_be64(bytes)};
    return STATUS_OK;
}
Status float8_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be64(bytes, value.u64);
    return STATUS_OK;
}
Status float4_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    double v;
    TRY(parse(text, len, "real", true, &v));
    *value_out = (Datum){.i64 = 0};
    value_out->f32 = (float)v;
    return STATUS_OK;
}
Status float4_output(TypeIo *io, Datum value, StrBuf *text) {
    char buf[FLOAT_TEXT_MAX];
    if (io->env != NULL && io->env->extra_float_digits <= 0 && isfinite(value.f32)) {
        strbuf_printf(text, "%.*g", MAX(6 + io->env->extra_float_digits, 1), (double)value.f32);
        return STATUS_OK;
    }
    strbuf_append(text, buf, float4_print(value.f32, buf));
    return STATUS_OK;
}
Status float4_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 4)
        return type_receive_error();
    *value_out = (Datum){.u64 = load_be32(bytes)};
    return STATUS_OK;
}
Status float4_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be32(bytes, value.u32);
    return STATUS_OK;
}

int float_order(double a, double b) {
    if (a < b)
        return -1;
    if (a > b)
        return 1;
    if (a == b)
        return 0;
    return isnan(a) ? !isnan(b) : -1;
}
static uint64_t hash_double(double v) {
    uint64_t bits;
    if (v == 0)
        return 0;
    if (isnan(v))
        v = NAN;
    memcpy(&bits, &v, sizeof(bits));
    return hash_u64(bits);
}
static double key_get_f64(const uint8_t *key) {
    uint64_t bits = load_be64(key);
    double v;
    bits = bits >> 63 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

/* Both hash and index alike where equal. */
#define ORDER_OF_FLOAT(name, member)                                                               \
    int name##_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {                    \
        return float_order((double)a.member, (double)b.member);                                    \
    }                                                                                              \
    uint64_t name##_hash(const TypeInfo *type, Oid collation, Datum value) {                       \
        return hash_double((double)value.member);                                                  \
    }                                                                                              \
    Status name##_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {      \
        key_put_f64(key, (double)value.member);                                                    \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,   \
                             Datum *value_out, size_t *used_out) {                                 \
        if (len < 8)                                                                               \
            return error(ERR_INDEX_CORRUPTED, "index key is too short");                           \
        *value_out = (Datum){.i64 = 0};                                                            \
        value_out->member = (__typeof__(value_out->member))key_get_f64(key);                       \
        *used_out = 8;                                                                             \
        return STATUS_OK;                                                                          \
    }
ORDER_OF_FLOAT(float4, f32)
ORDER_OF_FLOAT(float8, f64)
