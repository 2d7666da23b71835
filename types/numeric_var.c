/*
 * numeric_var.c: arithmetic on decimal numbers of any size, base 10000.
 *
 * Digits are schoolbook: numbers past a few hundred digits are rare, and each loop is over machine
 * words. Every function normalises its result: no leading or trailing zero digits.
 */
#include "types/numeric.h"

#include <math.h>

#define NBASE 10000

static void normalise(NumVar *v) {
    while (v->ndigits > 0 && v->digits[0] == 0) {
        v->digits++;
        v->ndigits--;
        v->weight--;
    }
    while (v->ndigits > 0 && v->digits[v->ndigits - 1] == 0)
        v->ndigits--;
    if (v->ndigits == 0) {
        v->weight = 0;
        v->negative = false;
    }
}

static NumVar var_alloc(Arena *arena, int ndigits) {
    NumVar v = {.ndigits = ndigits};
    v.digits = arena_zalloc(arena, (size_t)(ndigits + 1) * sizeof(uint16_t));
    return v;
}

NumVar num_copy(Arena *arena, const NumVar *v) {
    NumVar copy = *v;
    copy.digits = arena_memdup(arena, v->digits, (size_t)v->ndigits * sizeof(uint16_t));
    return copy;
}

NumVar num_var_i64(Arena *arena, int64_t value) {
    NumVar v = var_alloc(arena, 5);
    uint64_t m = value < 0 ? -(uint64_t)value : (uint64_t)value;
    for (int i = 4; i >= 0; i--, m /= NBASE)
        v.digits[i] = (uint16_t)(m % NBASE);
    v.weight = 4;
    v.negative = value < 0;
    normalise(&v);
    return v;
}

int num_cmp_abs(const NumVar *a, const NumVar *b) {
    if (a->ndigits == 0 || b->ndigits == 0)
        return (a->ndigits > 0) - (b->ndigits > 0);
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    int n = MIN(a->ndigits, b->ndigits);
    for (int i = 0; i < n; i++)
        if (a->digits[i] != b->digits[i])
            return a->digits[i] < b->digits[i] ? -1 : 1;
    return (a->ndigits > n) - (b->ndigits > n);
}

int num_cmp(const NumVar *a, const NumVar *b) {
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = num_cmp_abs(a, b);
    return a->negative ? -order : order;
}

static inline int digit_at(const NumVar *v, int weight) {
    int i = v->weight - weight;
    return i >= 0 && i < v->ndigits ? v->digits[i] : 0;
}

/* |a| + |b|, or |a| - |b| where |a| >= |b|. */
static NumVar combine_abs(Arena *arena, const NumVar *a, const NumVar *b, bool subtract) {
    int top = 1 + MAX(a->ndigits ? a->weight : b->weight, b->ndigits ? b->weight : a->weight);
    int bottom = MIN(a->ndigits ? a->weight - a->ndigits + 1 : top,
                     b->ndigits ? b->weight - b->ndigits + 1 : top);
    NumVar r = var_alloc(arena, top - bottom + 1);
    r.weight = top;
    int carry = 0;
    for (int w = bottom; w <= top; w++) {
        int d = digit_at(a, w) + (subtract ? -digit_at(b, w) : digit_at(b, w)) + carry;
        carry = d < 0 ? -1 : d >= NBASE;
        r.digits[top - w] = (uint16_t)(d - carry * NBASE);
    }
    r.dscale = MAX(a->dscale, b->dscale);
    return r;
}

static NumVar add_signed(Arena *arena, const NumVar *a, const NumVar *b, bool b_negative) {
    NumVar r;
    if (a->negative == b_negative) {
        r = combine_abs(arena, a, b, false);
        r.negative = a->negative;
    } else if (num_cmp_abs(a, b) >= 0) {
        r = combine_abs(arena, a, b, true);
        r.negative = a->negative;
    } else {
        r = combine_abs(arena, b, a, true);
        r.negative = b_negative;
    }
    normalise(&r);
    return r;
}
NumVar num_add(Arena *arena, const NumVar *a, const NumVar *b) {
    return add_signed(arena, a, b, b->negative);
}
NumVar num_sub(Arena *arena, const NumVar *a, const NumVar *b) {
    return add_signed(arena, a, b, b->ndigits > 0 && !b->negative);
}

NumVar num_mul(Arena *arena, const NumVar *a, const NumVar *b, int rscale) {
    if (a->ndigits == 0 || b->ndigits == 0)
        return (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
    if (a->ndigits > b->ndigits) {
        const NumVar *t = a;
        a = b;
        b = t;
    }
    int n = a->ndigits + b->ndigits;
    /* Sums stay below 2^64 for any number of digits that a numeric may have. */
    uint64_t *sum = arena_zalloc(arena, (size_t)n * sizeof(uint64_t));
    for (int i = 0; i < a->ndigits; i++) {
        uint64_t d = a->digits[i];
        uint64_t *to = sum + i + 1;
        if (d == 0)
            continue;
        for (int j = 0; j < b->ndigits; j++)
            to[j] += d * b->digits[j];
    }
    NumVar r = var_alloc(arena, n);
    uint64_t carry = 0;
    for (int i = n - 1; i >= 0; i--) {
        carry += sum[i];
        r.digits[i] = (uint16_t)(carry % NBASE);
        carry /= NBASE;
    }
    r.weight = a->weight + b->weight + 1;
    r.negative = a->negative != b->negative;
    r.dscale = rscale;
    normalise(&r);
    num_round(&r, rscale);
    return r;
}

/* quotient[0..n) = dividend[0..n) / divisor, a divisor below 2^48. */
static void divide_short(const uint16_t *dividend, uint16_t *quotient, int n, uint64_t divisor) {
    uint64_t rest = 0;
    for (int i = 0; i < n; i++) {
        rest = rest * NBASE + dividend[i];
        quotient[i] = (uint16_t)(rest / divisor);
        rest %= divisor;
    }
}

/* Knuth's algorithm D. u has n + m + 1 digits (u[0] = 0), v has n >= 2; q gets m + 1. Both are
 * scaled so that v[0] >= NBASE / 2. */
static void divide_long(uint32_t *u, const uint32_t *v, uint16_t *q, int n, int m) {
    for (int j = 0; j <= m; j++) {
        uint64_t top = (uint64_t)u[j] * NBASE + u[j + 1];
        uint64_t guess = top / v[0], rest = top % v[0];
        while (guess >= NBASE || guess * v[1] > rest * NBASE + u[j + 2]) {
            guess--;
            rest += v[0];
            if (rest >= NBASE)
                break;
        }
        int64_t borrow = 0;
        for (int i = n - 1; i >= 0; i--) {
            int64_t d = (int64_t)u[j + i + 1] - (int64_t)(guess * v[i]) + borrow;
            borrow = d < 0 ? -((-d + NBASE - 1) / NBASE) : 0;
            u[j + i + 1] = (uint32_t)(d - borrow * NBASE);
        }
        int64_t head = (int64_t)u[j] + borrow;
        if (head < 0) {
            guess--;
            uint32_t carry = 0;
            for (int i = n - 1; i >= 0; i--) {
                uint32_t d = u[j + i + 1] + v[i] + carry;
                carry = d >= NBASE;
                u[j + i + 1] = d - carry * NBASE;
            }
            head += carry;
        }
        u[j] = (uint32_t)head;
        q[j] = (uint16_t)guess;
    }
}

NumVar num_div(Arena *arena, const NumVar *a, const NumVar *b, int rscale, bool round) {
    if (a->ndigits == 0)
        return (NumVar){.dscale = rscale, .digits = arena_alloc(arena, 2)};
    int weight = a->weight - b->weight;
    /* One digit more than asked, for rounding. */
    int count = weight + 1 + (rscale + 3) / 4 + 1;
    if (rscale < 0)
        count = weight + 1 - (-rscale) / 4 + 1;
    if (count < 1)
        count = 1;
    NumVar r = var_alloc(arena, count + 1);
    r.weight = weight;
    r.negative = a->negative != b->negative;
    r.dscale = rscale;
    if (b->ndigits <= 3) {
        uint64_t divisor = 0;
        for (int i = 0; i < b->ndigits; i++)
            divisor = divisor * NBASE + b->digits[i];
        int n = count + b->ndigits - 1;
        uint16_t *dividend = arena_zalloc(arena, (size_t)n * 2),
                 *q = arena_alloc(arena, (size_t)n * 2);
        memcpy(dividend, a->digits, (size_t)MIN(n, a->ndigits) * 2);
        divide_short(dividend, q, n, divisor);
        memcpy(r.digits, q + b->ndigits - 1, (size_t)count * 2);
    } else {
        int n = b->ndigits, m = count - 1;
        uint32_t *u = arena_zalloc(arena, (size_t)(n + m + 2) * 4);
        uint32_t *v = arena_zalloc(arena, (size_t)(n + 1) * 4);
        uint32_t factor = NBASE / (b->digits[0] + 1u), carry = 0;
        for (int i = n - 1; i >= 0; i--) {
            carry += b->digits[i] * factor;
            v[i] = carry % NBASE;
            carry /= NBASE;
        }
        carry = 0;
        for (int i = MIN(n + m, a->ndigits) - 1; i >= 0; i--) {
            carry += a->digits[i] * factor;
            u[i + 1] = carry % NBASE;
            carry /= NBASE;
        }
        u[0] = carry;
        divide_long(u, v, r.digits, n, m);
    }
    /* The rounding digit is there whether or not the last one is partial. */
    r.ndigits = count;
    if (round)
        num_round(&r, rscale);
    else
        num_trunc(&r, rscale);
    normalise(&r);
    return r;
}

NumVar num_div_trunc(Arena *arena, const NumVar *a, const NumVar *b) {
    return num_div(arena, a, b, 0, false);
}

NumVar num_mod(Arena *arena, const NumVar *a, const NumVar *b) {
    NumVar q = num_div(arena, a, b, 0, false);
    NumVar p = num_mul(arena, &q, b, b->dscale);
    return num_sub(arena, a, &p);
}

static const int place_of[4] = {1, 10, 100, 1000};

/* Cuts at rscale decimal places; says whether the first digit dropped is 5 or more. */
static bool cut(NumVar *v, int rscale) {
    v->dscale = MAX(rscale, 0);
    if (v->ndigits == 0)
        return false;
    int decimals = (v->weight + 1) * 4 + rscale; /* decimal digits kept of those held */
    if (decimals < 0) {
        v->ndigits = 0;
        normalise(v);
        return false;
    }
    int keep = (decimals + 3) / 4, partial = decimals % 4;
    if (keep > v->ndigits || (keep == v->ndigits && partial == 0))
        return false;
    bool up;
    if (partial == 0) {
        up = v->digits[keep] >= NBASE / 2;
    } else {
        int place = place_of[4 - partial], d = v->digits[keep - 1];
        up = d % place >= place / 2;
        v->digits[keep - 1] = (uint16_t)(d - d % place);
    }
    v->ndigits = keep;
    return up;
}

void num_trunc(NumVar *v, int rscale) {
    cut(v, rscale);
    normalise(v);
}

/* var_alloc leaves a spare digit, and a stored number is copied with one, in front of none: the carry
 * out of the first digit is made by rewriting it as a single 1. */
void num_round(NumVar *v, int rscale) {
    int decimals = (v->weight + 1) * 4 + rscale, weight = v->weight;
    bool negative = v->negative, up = cut(v, rscale);
    if (up) {
        int carry = decimals % 4 == 0 ? 1 : place_of[4 - decimals % 4];
        int i = v->ndigits - 1;
        for (; i >= 0; i--) {
            int d = v->digits[i] + carry;
            carry = d >= NBASE;
            v->digits[i] = (uint16_t)(carry ? d - NBASE : d);
            if (!carry)
                break;
        }
        if (i < 0) {
            v->digits[0] = 1;
            v->ndigits = 1;
            v->weight = weight + 1;
            v->negative = negative;
        }
    }
    normalise(v);
}

NumVar num_floor(Arena *arena, const NumVar *v) {
    NumVar r = num_copy(arena, v);
    num_trunc(&r, 0);
    if (v->negative && num_cmp(v, &r) != 0) {
        NumVar one = num_var_i64(arena, 1);
        r = num_sub(arena, &r, &one);
    }
    return r;
}
NumVar num_ceil(Arena *arena, const NumVar *v) {
    NumVar r = num_copy(arena, v);
    num_trunc(&r, 0);
    if (!v->negative && num_cmp(v, &r) != 0) {
        NumVar one = num_var_i64(arena, 1);
        r = num_add(arena, &r, &one);
    }
    return r;
}

int num_div_scale(const NumVar *a, const NumVar *b) {
    int weight_a = a->ndigits ? a->weight : 0, weight_b = b->ndigits ? b->weight : 0;
    int first_a = a->ndigits ? a->digits[0] : 0, first_b = b->ndigits ? b->digits[0] : 0;
    int quotient_weight = weight_a - weight_b - (first_a <= first_b);
    int rscale = NUM_SIG_DIGITS_MIN - quotient_weight * 4;
    rscale = MAX(rscale, a->dscale);
    rscale = MAX(rscale, b->dscale);
    rscale = MAX(rscale, 0);
    return MIN(rscale, NUM_DISPLAY_SCALE_MAX);
}

bool num_to_i128(Arena *arena, const NumVar *v, Int128 *out) {
    NumVar r = num_copy(arena, v);
    num_round(&r, 0);
    *out = 0;
    if (r.ndigits == 0)
        return true;
    if (r.weight > 9)
        return false;
    Int128 sum = 0;
    for (int w = r.weight; w >= 0; w--)
        if (__builtin_mul_overflow(sum, (Int128)NBASE, &sum) ||
            __builtin_sub_overflow(sum, (Int128)digit_at(&r, w), &sum))
            return false;
    if (!r.negative && __builtin_sub_overflow((Int128)0, sum, &sum))
        return false;
    *out = sum;
    return true;
}

bool num_to_i64(Arena *arena, const NumVar *v, int64_t *out) {
    Int128 wide;
    *out = 0;
    if (!num_to_i128(arena, v, &wide) || wide < INT64_MIN || wide > INT64_MAX)
        return false;
    *out = (int64_t)wide;
    return true;
}

/* An estimate good to about 15 digits; infinite past the range. */
double num_to_double(const NumVar *v) {
    double sum = 0;
    int n = MIN(v->ndigits, 6);
    for (int i = 0; i < n; i++)
        sum = sum * NBASE + v->digits[i];
    if (n > 0)
        sum *= pow(10.0, 4.0 * (v->weight - n + 1));
    return v->negative ? -sum : sum;
}
