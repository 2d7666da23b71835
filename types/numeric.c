/* numeric.c: the stored forms of numeric, its text and binary I/O, order, hashing, index keys. */
#include "types/numeric.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

DECLARE_TYPE_IO(numeric);
DECLARE_TYPE_ORDER(numeric);
DECLARE_TYPMOD(numeric);

#define E18 ((Int128)1000000000000000000)
const Int128 num_pow10[39] = {1,
                              10,
                              100,
                              1000,
                              10000,
                              100000,
                              1000000,
                              10000000,
                              100000000,
                              1000000000,
                              10000000000,
                              100000000000,
                              1000000000000,
                              10000000000000,
                              100000000000000,
                              1000000000000000,
                              10000000000000000,
                              100000000000000000,
                              E18,
                              E18 * 10,
                              E18 * 100,
                              E18 * 1000,
                              E18 * 10000,
                              E18 * 100000,
                              E18 * 1000000,
                              E18 * 10000000,
                              E18 * 100000000,
                              E18 * 1000000000,
                              E18 * 10000000000,
                              E18 * 100000000000,
                              E18 * 1000000000000,
                              E18 * 10000000000000,
                              E18 * 100000000000000,
                              E18 * 1000000000000000,
                              E18 * 10000000000000000,
                              E18 * 100000000000000000,
                              E18 *E18,
                              E18 *E18 * 10,
                              E18 *E18 * 100};

#define SMALL_SCALE_MAX 127
#define TAG_POSITIVE 0x80
#define TAG_NEGATIVE 0x81
#define TAG_NAN 0xc0
#define TAG_PINF 0xc1
#define TAG_NINF 0xc2

NumClass num_class(Str s) {
    switch ((uint8_t)s.data[0]) {
    case TAG_NAN:
        return NUM_NAN;
    case TAG_PINF:
        return NUM_PINF;
    case TAG_NINF:
        return NUM_NINF;
    default:
        return NUM_FINITE;
    }
}

Str num_special(NumClass class) {
    return str_make(class == NUM_NAN ? "\xc0" : class == NUM_PINF ? "\xc1" : "\xc2", 1);
}

static inline bool fits_small(Int128 v, int scale) {
    return scale <= SMALL_SCALE_MAX && v < num_pow10[38] && v > -num_pow10[38];
}

static Str make_small(Arena *arena, Int128 v, int scale) {
    char *p = arena_alloc(arena, 17);
    int64_t word = (int64_t)v;
    size_t len;
    p[0] = (char)scale;
    memcpy(p + 1, &v, sizeof(v));
    if (word != v)
        len = 17;
    else if (word == (int8_t)word)
        len = 2;
    else if (word == (int16_t)word)
        len = 3;
    else if (word == (int32_t)word)
        len = 5;
    else
        len = 9;
    return str_make(p, len);
}

/* Base-10000 digits of |v| * 10^-scale, aligned to the decimal point. */
static NumVar var_from_i128(Arena *arena, Int128 v, int scale) {
    NumVar r = {.negative = v < 0, .dscale = scale};
    unsigned __int128 m = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    r.digits = arena_zalloc(arena, 13 * sizeof(uint16_t));
    static const int lift[4] = {1, 1000, 100, 10};
    int n = 12, groups = (scale + 3) / 4;
    /* The lowest group takes scale % 4 decimals, shifted to the left of it. */
    if (scale % 4 != 0) {
        unsigned factor = (unsigned)lift[scale % 4], part = 10000 / factor;
        r.digits[n--] = (uint16_t)((unsigned)(m % part) * factor);
        m /= part;
    }
    while (m > UINT64_MAX) {
        r.digits[n--] = (uint16_t)(m % 10000);
        m /= 10000;
    }
    for (uint64_t low = (uint64_t)m; low != 0; low /= 10000)
        r.digits[n--] = (uint16_t)(low % 10000);
    r.digits += n + 1;
    r.ndigits = 12 - n;
    r.weight = r.ndigits - groups - 1;
    while (r.ndigits > 0 && r.digits[0] == 0) {
        r.digits++;
        r.ndigits--;
        r.weight--;
    }
    while (r.ndigits > 0 && r.digits[r.ndigits - 1] == 0)
        r.ndigits--;
    if (r.ndigits == 0) {
        r.weight = 0;
        r.negative = false;
    }
    return r;
}

NumVar num_load(Arena *arena, Str s) {
    Int128 v;
    int scale;
    if (num_small(s, &v, &scale))
        return var_from_i128(arena, v, scale);
    NumVar r = {.class = num_class(s)};
    if (r.class != NUM_FINITE)
        return r;
    r.negative = (uint8_t)s.data[0] == TAG_NEGATIVE;
    r.dscale = load_le16(s.data + 1);
    r.weight = (int16_t)load_le16(s.data + 3);
    r.ndigits = (int)(s.len - 5) / 2;
    r.digits = arena_alloc(arena, (size_t)r.ndigits * 2 + 2);
    memcpy(r.digits, s.data + 5, (size_t)r.ndigits * 2);
    return r;
}

/* The value as integer * 10^-dscale, if it fits the small form. */
static bool var_to_small(const NumVar *v, Int128 *out) {
    Int128 sum = 0;
    if (v->dscale > SMALL_SCALE_MAX || v->weight > 9)
        return false;
    int last = -((v->dscale + 3) / 4);
    for (int w = v->weight; v->ndigits > 0 && w >= last; w--) {
        int i = v->weight - w;
        int d = i < v->ndigits ? v->digits[i] : 0, factor = 10000;
        if (w == last && v->dscale % 4 != 0) {
            static const int part[4] = {1, 10, 100, 1000};
            factor = part[v->dscale % 4];
            d /= 10000 / factor;
        }
        if (__builtin_mul_overflow(sum, (Int128)factor, &sum) ||
            __builtin_add_overflow(sum, (Int128)d, &sum))
            return false;
    }
    *out = v->negative ? -sum : sum;
    return sum < num_pow10[38];
}

Status num_store(Arena *arena, const NumVar *v, Str *out) {
    Int128 small;
    if (v->class != NUM_FINITE) {
        *out = num_special(v->class);
        return STATUS_OK;
    }
    if (var_to_small(v, &small)) {
        *out = make_small(arena, small, v->dscale);
        return STATUS_OK;
    }
    if (v->weight > NUM_WEIGHT_MAX || v->dscale > NUM_DSCALE_MAX)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    size_t len = 5 + 2 * (size_t)v->ndigits;
    char *p = arena_alloc(arena, len);
    p[0] = (char)(v->negative ? TAG_NEGATIVE : TAG_POSITIVE);
    store_le16(p + 1, (uint16_t)v->dscale);
    store_le16(p + 3, (uint16_t)v->weight);
    memcpy(p + 5, v->digits, 2 * (size_t)v->ndigits);
    *out = str_make(p, len);
    return STATUS_OK;
}

Str num_make(Arena *arena, Int128 value, int scale) {
    if (LIKELY(fits_small(value, scale)))
        return make_small(arena, value, scale);
    NumVar v = var_from_i128(arena, value, scale);
    Str s;
    Status status = num_store(arena, &v, &s);
    check(status_ok(status));
    return s;
}

/* Reads digits with an optional point and exponent behind [p, end). */
static bool parse_decimal(Arena *arena, const char *p, const char *end, bool negative, NumVar *out,
                          bool *overflow_out) {
    const char *start = p;
    long long exponent = 0;
    size_t digits = 0, point = SIZE_MAX;
    uint8_t *raw = arena_alloc(arena, (size_t)(end - p) + 8);
    for (; p < end; p++) {
        if (is_digit(*p))
            raw[digits++] = (uint8_t)(*p - '0');
        else if (*p == '.' && point == SIZE_MAX)
            point = digits;
        else
            break;
    }
    if (digits == 0)
        return false;
    (void)start;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool minus = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p >= end || !is_digit(*p))
            return false;
        for (; p < end && is_digit(*p); p++)
            exponent = exponent > INT32_MAX ? exponent : exponent * 10 + (*p - '0');
        exponent = minus ? -exponent : exponent;
        if (exponent >= INT32_MAX / 2 || exponent <= -(INT32_MAX / 2)) {
            *overflow_out = true;
            return true;
        }
    }
    if (p < end)
        return false;
    if (point == SIZE_MAX)
        point = digits;
    long dscale = (long)(digits - point) - (long)exponent;
    long before = (long)point + (long)exponent; /* decimal digits before the point */
    size_t skip = 0;
    while (skip < digits && raw[skip] == 0)
        skip++;
    /* Align to groups of four counted from the point. */
    long groups_before = before > 0 ? (before + 3) / 4 : -((-before) / 4);
    long lead = groups_before * 4 - before;
    size_t count = (digits + (size_t)lead + 3) / 4;
    NumVar v = {.negative = negative, .weight = (int)groups_before - 1, .ndigits = (int)count};
    v.digits = arena_zalloc(arena, (count + 1) * 2);
    static const int place[4] = {1000, 100, 10, 1};
    for (size_t i = 0; i < digits; i++) {
        size_t at = i + (size_t)lead;
        v.digits[at / 4] = (uint16_t)(v.digits[at / 4] + raw[i] * place[at % 4]);
    }
    v.dscale = dscale < 0 ? 0 : (int)MIN(dscale, INT32_MAX / 4);
    *overflow_out = dscale > NUM_DSCALE_MAX;
    while (v.ndigits > 0 && v.digits[0] == 0) {
        v.digits++;
        v.ndigits--;
        v.weight--;
    }
    while (v.ndigits > 0 && v.digits[v.ndigits - 1] == 0)
        v.ndigits--;
    if (v.ndigits == 0) {
        v.weight = 0;
        v.negative = false;
    }
    *out = v;
    return true;
}

/* Up to 37 digits and a point: no working form is needed. */
static bool parse_small(Arena *arena, const char *p, const char *end, bool negative, Str *out) {
    uint64_t high = 0, low = 0;
    int digits = 0, scale = -1, in_high = 0;
    for (; p < end; p++) {
        if (is_digit(*p)) {
            if (digits < 18)
                low = low * 10 + (uint64_t)(*p - '0');
            else if (digits < 36) {
                high = high * 10 + (uint64_t)(*p - '0');
                in_high++;
            } else
                return false;
            digits++;
            scale += scale >= 0;
        } else if (*p == '.' && scale < 0) {
            scale = 0;
        } else {
            return false;
        }
    }
    if (digits == 0)
        return false;
    Int128 v = low;
    if (in_high > 0)
        v = v * num_pow10[in_high] + high;
    *out = make_small(arena, negative ? -v : v, MAX(scale, 0));
    return true;
}

Status numeric_parse(Arena *arena, const char *text, size_t len, Str *out) {
    const char *p = text;
    size_t n = len;
    text_trim(&p, &n);
    const char *end = p + n;
    bool negative = p < end && *p == '-', sign = p < end && (*p == '-' || *p == '+');
    if (parse_small(arena, p + sign, end, negative, out))
        return STATUS_OK;
    const char *word = p + sign;
    size_t word_len = (size_t)(end - word);
    if (text_is_word(word, word_len, "inf") || text_is_word(word, word_len, "infinity")) {
        *out = num_special(negative ? NUM_NINF : NUM_PINF);
        return STATUS_OK;
    }
    if (!sign && text_is_word(word, word_len, "nan")) {
        *out = num_special(NUM_NAN);
        return STATUS_OK;
    }
    NumVar v = {0};
    bool overflow = false;
    if (!parse_decimal(arena, word, end, negative, &v, &overflow))
        return type_input_error("numeric", text, len);
    if (overflow)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    return num_store(arena, &v, out);
}

static void print_var(const NumVar *v, StrBuf *text) {
    if (v->negative)
        strbuf_putc(text, '-');
    strbuf_reserve(
        text, ((size_t)v->ndigits + (size_t)MAX(v->weight, 0) + (size_t)v->dscale / 4 + 4) * 4);
    char *p = text->data + text->len, *start = p;
    for (int w = MAX(v->weight, 0); w >= 0; w--) {
        int i = v->weight - w, d = i >= 0 && i < v->ndigits ? v->digits[i] : 0;
        for (int place = 1000; place > 0; place /= 10)
            if (p > start || d >= place || (w == 0 && place == 1))
                *p++ = (char)('0' + d / place % 10);
    }
    if (v->dscale > 0)
        *p++ = '.';
    for (int k = 0; k < v->dscale; k += 4) {
        int i = v->weight + 1 + k / 4, d = i >= 0 && i < v->ndigits ? v->digits[i] : 0;
        for (int place = 1000, n = 0; n < 4 && k + n < v->dscale; n++, place /= 10)
            *p++ = (char)('0' + d / place % 10);
    }
    *p = '\0';
    text->len = (size_t)(p - text->data);
}

void numeric_print(Str s, StrBuf *text) {
    static const char *const words[] = {"", "NaN", "Infinity", "-Infinity"};
    Int128 v;
    int scale;
    if (num_small(s, &v, &scale)) {
        char buf[180];
        char *p = buf + sizeof(buf);
        unsigned __int128 m = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
        int n = 0;
        while (m > UINT64_MAX) {
            *--p = (char)('0' + (int)(m % 10));
            m /= 10;
            if (++n == scale)
                *--p = '.';
        }
        uint64_t low = (uint64_t)m;
        while (low != 0 || n <= scale) {
            *--p = (char)('0' + (int)(low % 10));
            low /= 10;
            if (++n == scale)
                *--p = '.';
        }
        if (v < 0)
            *--p = '-';
        strbuf_append(text, p, (size_t)(buf + sizeof(buf) - p));
        return;
    }
    if (num_class(s) != NUM_FINITE) {
        strbuf_puts(text, words[num_class(s)]);
        return;
    }
    ArenaMark mark = arena_mark(text->arena);
    NumVar var = num_load(text->arena, s);
    (void)mark;
    print_var(&var, text);
}

int numeric_sign_of(Str s) {
    Int128 v;
    int scale;
    if (num_small(s, &v, &scale))
        return (v > 0) - (v < 0);
    uint8_t tag = (uint8_t)s.data[0];
    if (tag == TAG_NINF || tag == TAG_NEGATIVE)
        return -1;
    return tag == TAG_POSITIVE && s.len == 5 ? 0 : 1;
}

/* Order of two stored large or mixed numbers without memory: digits are compared in place. */
typedef struct Digits {
    int weight, count;
    const uint8_t *bytes;
    uint16_t own[13];
} Digits;

static void load_digits(Str s, Digits *d) {
    Int128 v;
    int scale;
    if (!num_small(s, &v, &scale)) {
        d->weight = (int16_t)load_le16(s.data + 3);
        d->count = (int)(s.len - 5) / 2;
        d->bytes = (const uint8_t *)s.data + 5;
        return;
    }
    unsigned __int128 m = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    int n = 12;
    static const unsigned part_of[4] = {10000, 10, 100, 1000};
    if (scale % 4 != 0) {
        unsigned part = part_of[scale % 4];
        d->own[n--] = (uint16_t)((unsigned)(m % part) * (10000 / part));
        m /= part;
    }
    for (; m != 0; m /= 10000)
        d->own[n--] = (uint16_t)(m % 10000);
    int first = n + 1;
    d->count = 12 - n;
    d->weight = d->count - (scale + 3) / 4 - 1;
    while (d->count > 0 && d->own[first] == 0) {
        first++;
        d->count--;
        d->weight--;
    }
    while (d->count > 0 && d->own[first + d->count - 1] == 0)
        d->count--;
    d->bytes = (const uint8_t *)&d->own[first];
}

static int order_digits(Str a, Str b) {
    int sign_a = numeric_sign_of(a), sign_b = numeric_sign_of(b);
    if (sign_a != sign_b)
        return sign_a < sign_b ? -1 : 1;
    if (sign_a == 0)
        return 0;
    Digits x, y;
    load_digits(a, &x);
    load_digits(b, &y);
    if (x.weight != y.weight)
        return (x.weight < y.weight ? -1 : 1) * sign_a;
    for (int i = 0; i < MAX(x.count, y.count); i++) {
        int dx = i < x.count ? load_le16(x.bytes + 2 * i) : 0;
        int dy = i < y.count ? load_le16(y.bytes + 2 * i) : 0;
        if (dx != dy)
            return (dx < dy ? -1 : 1) * sign_a;
    }
    return 0;
}

int numeric_order(Str a, Str b) {
    Int128 va, vb;
    int sa, sb;
    if (LIKELY(num_small(a, &va, &sa) && num_small(b, &vb, &sb))) {
        if (sa == sb)
            return (va > vb) - (va < vb);
        int gap = sa < sb ? sb - sa : sa - sb;
        if (gap <= 38 &&
            !__builtin_mul_overflow(sa < sb ? va : vb, num_pow10[gap], sa < sb ? &va : &vb))
            return (va > vb) - (va < vb);
        return order_digits(a, b);
    }
    static const int rank[] = {1, 3, 2, 0}; /* finite, NaN, Infinity, -Infinity */
    NumClass ca = num_class(a), cb = num_class(b);
    if (ca != NUM_FINITE || cb != NUM_FINITE)
        return (rank[ca] > rank[cb]) - (rank[ca] < rank[cb]);
    return order_digits(a, b);
}

int numeric_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return numeric_order(a.str, b.str);
}

uint64_t numeric_hash(const TypeInfo *type, Oid collation, Datum value) {
    Int128 v;
    int scale;
    if (num_small(value.str, &v, &scale) && v == (int64_t)v) {
        int64_t word = (int64_t)v;
        while (scale > 0 && word % 10 == 0 && word != 0) {
            word /= 10;
            scale--;
        }
        if (word == 0)
            scale = 0;
        /* Whole numbers hash as bigint does not need to, but cheaply. */
        if (scale < 4)
            return hash_combine((uint64_t)word, (uint64_t)scale);
    }
    if (num_class(value.str) != NUM_FINITE)
        return hash_u64(num_class(value.str));
    Digits d;
    load_digits(value.str, &d);
    if (d.count == 0)
        return hash_combine(0, 0);
    /* Few digits may have come by the other way above: bring them there. */
    Int128 whole = 0;
    if (d.weight <= 4 && d.weight - d.count + 1 >= -1) {
        for (int i = 0; i <= d.weight + 1 || i < d.count; i++) {
            int digit = i < d.count ? load_le16(d.bytes + 2 * i) : 0;
            whole = whole * 10000 + digit;
        }
        scale = 4;
        while (scale > 0 && whole % 10 == 0) {
            whole /= 10;
            scale--;
        }
        if (numeric_sign_of(value.str) < 0)
            whole = -whole;
        if (whole == (int64_t)whole && scale < 4)
            return hash_combine((uint64_t)(int64_t)whole, (uint64_t)scale);
    }
    uint64_t h = hash_combine((uint64_t)d.weight, numeric_sign_of(value.str) < 0);
    return hash_combine(h, hash_bytes_stable(d.bytes, (size_t)d.count * 2));
}

/*
 * Key: a class byte (-Inf, negative, zero, positive, Inf, NaN), then for finite numbers the weight and
 * the digits, each plus one and ended by zero; all inverted for negative ones. The display scale is
 * not kept, so a key cannot be read back.
 */
Status numeric_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    static const uint8_t special[] = {0, 0x60, 0x50, 0x10};
    NumClass class = num_class(value.str);
    int sign = numeric_sign_of(value.str);
    if (class != NUM_FINITE || sign == 0) {
        strbuf_putc(key, (char)(class != NUM_FINITE ? special[class] : 0x30));
        return STATUS_OK;
    }
    Digits d;
    load_digits(value.str, &d);
    strbuf_putc(key, sign < 0 ? 0x20 : 0x40);
    size_t start = key->len;
    strbuf_put_be16(key, (uint16_t)(d.weight + 0x8000));
    for (int i = 0; i < d.count; i++)
        strbuf_put_be16(key, (uint16_t)(load_le16(d.bytes + 2 * i) + 1));
    strbuf_put_be16(key, 0);
    if (sign < 0)
        for (size_t i = start; i < key->len; i++)
            key->data[i] = (char)~key->data[i];
    return STATUS_OK;
}
static int typmod_precision(int32_t typmod) { return ((typmod - 4) >> 16) & 0xffff; }
static int typmod_scale(int32_t typmod) { return (((typmod - 4) & 0x7ff) ^ 1024) - 1024; }

static Status field_overflow(int precision, int scale, bool infinite) {
    Status s = error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
    if (infinite)
        return status_detail(s,
                             "A field with precision %d, scale %d cannot hold an infinite value.",
                             precision, scale);
    int most = precision - scale;
    return status_detail(
        s, "A field with precision %d, scale %d must round to an absolute value less than %s%d.",
        precision, scale, most != 0 ? "10^" : "", most != 0 ? most : 1);
}

Status numeric_apply_typmod(Arena *arena, Str s, int32_t typmod, Str *out) {
    *out = s;
    if (typmod < 4 || num_class(s) == NUM_NAN)
        return STATUS_OK;
    int precision = typmod_precision(typmod), scale = typmod_scale(typmod), current;
    if (num_class(s) != NUM_FINITE)
        return field_overflow(precision, scale, true);
    Int128 v;
    if (num_small(s, &v, &current) && scale >= 0) {
        if (current == scale && precision <= 38 && v < num_pow10[precision] &&
            v > -num_pow10[precision])
            return STATUS_OK;
    }
    TRY(numeric_rescale(arena, s, scale, true, out));
    NumVar var = num_load(arena, *out);
    if (var.ndigits > 0) {
        int digits = (var.weight + 1) * 4, first = var.digits[0];
        digits -= first < 10 ? 3 : first < 100 ? 2 : first < 1000 ? 1 : 0;
        if (digits > precision - scale)
            return field_overflow(precision, scale, false);
    }
    return STATUS_OK;
}

Status numeric_rescale(Arena *arena, Str s, int scale, bool round, Str *out) {
    Int128 v;
    int current;
    *out = s;
    if (num_class(s) != NUM_FINITE)
        return STATUS_OK;
    if (num_small(s, &v, &current) && scale >= 0 && scale <= SMALL_SCALE_MAX) {
        Int128 scaled = v;
        int gap = scale - current;
        if (gap == 0)
            return STATUS_OK;
        if (gap > 0 && gap <= 38 && !__builtin_mul_overflow(v, num_pow10[gap], &scaled)) {
            *out = num_make(arena, scaled, scale);
            return STATUS_OK;
        }
        if (gap < 0 && gap >= -38) {
            Int128 unit = num_pow10[-gap], rest;
            scaled = v / unit;
            rest = v - scaled * unit;
            if (round && (rest < 0 ? -rest : rest) >= unit - unit / 2)
                scaled += v < 0 ? -1 : 1;
            *out = num_make(arena, scaled, scale);
            return STATUS_OK;
        }
    }
    NumVar var = num_load(arena, s);
    if (round)
        num_round(&var, scale);
    else
        num_trunc(&var, scale);
    return num_store(arena, &var, out);
}

Status numeric_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Str s;
    TRY(numeric_parse(io->arena, text, len, &s));
    return numeric_apply_typmod(io->arena, s, io->typmod, &value_out->str);
}
Status numeric_output(TypeIo *io, Datum value, StrBuf *text) {
    numeric_print(value.str, text);
    return STATUS_OK;
}

#define WIRE_NEGATIVE 0x4000
#define WIRE_NAN 0xc000
#define WIRE_PINF 0xd000
#define WIRE_NINF 0xf000

Status numeric_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len < 8)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    unsigned count = load_be16(bytes), sign = load_be16(bytes + 4), dscale = load_be16(bytes + 6);
    if (len < 8 + 2 * (size_t)count)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (len > 8 + 2 * (size_t)count)
        return type_receive_error();
    if (sign != 0 && sign != WIRE_NEGATIVE && sign != WIRE_NAN && sign != WIRE_PINF &&
        sign != WIRE_NINF)
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid sign in external \"numeric\" value");
    if ((dscale & 0x3fff) != dscale)
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid scale in external \"numeric\" value");
    Str s;
    if (sign & 0x8000) {
        s = num_special(sign == WIRE_NAN ? NUM_NAN : sign == WIRE_PINF ? NUM_PINF : NUM_NINF);
        return numeric_apply_typmod(io->arena, s, io->typmod, &value_out->str);
    }
    NumVar v = {.weight = (int16_t)load_be16(bytes + 2),
                .ndigits = (int)count,
                .dscale = (int)dscale,
                .negative = sign == WIRE_NEGATIVE};
    v.digits = arena_alloc(io->arena, 2 * (size_t)count + 2);
    for (unsigned i = 0; i < count; i++) {
        v.digits[i] = load_be16(bytes + 8 + 2 * i);
        if (v.digits[i] >= 10000)
            return error(ERR_INVALID_BINARY_REPRESENTATION,
                         "invalid digit in external \"numeric\" value");
    }
    num_trunc(&v, (int)dscale);
    TRY(num_store(io->arena, &v, &s));
    return numeric_apply_typmod(io->arena, s, io->typmod, &value_out->str);
}

#define WIRE_INFINITE_SCALE 0x20 /* without a meaning, but PostgreSQL's bytes */

Status numeric_send(TypeIo *io, Datum value, StrBuf *bytes) {
    static const uint16_t wire[] = {0, WIRE_NAN, WIRE_PINF, WIRE_NINF};
    NumVar v = num_load(io->arena, value.str);
    bool infinite = v.class != NUM_FINITE && v.class != NUM_NAN;
    strbuf_put_be16(bytes, (uint16_t)v.ndigits);
    strbuf_put_be16(bytes, (uint16_t)v.weight);
    strbuf_put_be16(bytes, v.class != NUM_FINITE ? wire[v.class] : v.negative ? WIRE_NEGATIVE : 0);
    strbuf_put_be16(bytes, (uint16_t)(infinite ? WIRE_INFINITE_SCALE : v.dscale));
    for (int i = 0; i < v.ndigits; i++)
        strbuf_put_be16(bytes, v.digits[i]);
    return STATUS_OK;
}

Status numeric_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    if (count != 1 && count != 2)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid NUMERIC type modifier");
    if (args[0] < 1 || args[0] > 1000)
        return error(ERR_INVALID_PARAMETER_VALUE, "NUMERIC precision %d must be between 1 and %d",
                     args[0], 1000);
    if (count == 2 && (args[1] < -1000 || args[1] > 1000))
        return error(ERR_INVALID_PARAMETER_VALUE, "NUMERIC scale %d must be between %d and %d",
                     args[1], -1000, 1000);
    *typmod_out = (int32_t)((uint32_t)args[0] << 16 | ((count == 2 ? args[1] : 0) & 0x7ff)) + 4;
    return STATUS_OK;
}
void numeric_typmod_out(int32_t typmod, StrBuf *text) {
    if (typmod >= 4)
        strbuf_printf(text, "(%d,%d)", typmod_precision(typmod), typmod_scale(typmod));
}

Status numeric_from_double(Arena *arena, double v, int digits, Str *out) {
    char buf[64];
    if (isnan(v) || isinf(v)) {
        *out = num_special(isnan(v) ? NUM_NAN : v > 0 ? NUM_PINF : NUM_NINF);
        return STATUS_OK;
    }
    int n = snprintf(buf, sizeof(buf), "%.*g", digits, v);
    return numeric_parse(arena, buf, (size_t)n, out);
}

/* Through the text form, so the nearest double is found. */
double numeric_as_double(Arena *arena, Str s) {
    Int128 v;
    int scale;
    if (num_small(s, &v, &scale) && scale <= 22 && v < ((Int128)1 << 53) && v > -((Int128)1 << 53))
        return (double)(int64_t)v / (double)num_pow10[scale];
    StrBuf text;
    strbuf_init(&text, arena);
    numeric_print(s, &text);
    return strtod(strbuf_cstr(&text), NULL);
}
