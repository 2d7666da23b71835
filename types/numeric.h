/*
 * numeric.h: exact decimal numbers. Private to types/ but for the functions that make and read them.
 *
 * A stored numeric (payload of a PHYS_STR) has one of three forms, told by its first byte:
 *
 *   small    byte 0: display scale 0..127; then a little-endian two's complement integer of 1, 2, 4, 8
 *            or 16 bytes (the fewest that hold it) = value * 10^scale, |integer| < 10^38
 *   special  one byte: 0xc0 NaN, 0xc1 Infinity, 0xc2 -Infinity
 *   large    byte 0: 0x80 positive, 0x81 negative; uint16 display scale; int16 weight; then base-10000
 *            digits as uint16, first and last not zero. Value = sum(digit[i] * 10000^(weight - i))
 *
 * A value that fits the small form always has it, so nearly all arithmetic is on machine words, and
 * numbers of equal value and scale have equal bytes.
 */
#ifndef TYPES_NUMERIC_H
#define TYPES_NUMERIC_H

#include "types/types_int.h"

typedef __int128 Int128;

typedef enum NumClass { NUM_FINITE, NUM_NAN, NUM_PINF, NUM_NINF } NumClass;

/* The working form: any size. digits may have leading zeros only transiently; zero has none. */
typedef struct NumVar {
    int ndigits;
    int weight; /* of digits[0], in base 10000 */
    int dscale;
    bool negative;
    NumClass class;
    uint16_t *digits;
} NumVar;

#define NUM_DSCALE_MAX 16383
#define NUM_RESULT_SCALE_MAX 2000
#define NUM_DISPLAY_SCALE_MAX 1000
#define NUM_SIG_DIGITS_MIN 16
#define NUM_WEIGHT_MAX 32767

/* The small form's integer and scale; false if the number has another form. */
static inline bool num_small(Str s, Int128 *value_out, int *scale_out) {
    uint8_t tag = (uint8_t)s.data[0];
    if (tag >= 0x80)
        return false;
    *scale_out = tag;
    int64_t v;
    switch (s.len) {
    case 2:
        v = (int8_t)s.data[1];
        break;
    case 3:
        v = (int16_t)load_le16(s.data + 1);
        break;
    case 5:
        v = (int32_t)load_le32(s.data + 1);
        break;
    case 9:
        v = (int64_t)load_le64(s.data + 1);
        break;
    default: {
        Int128 wide;
        memcpy(&wide, s.data + 1, sizeof(wide));
        *value_out = wide;
        return true;
    }
    }
    *value_out = v;
    return true;
}
NumClass num_class(Str s);
/* 10^n, n in 0..38. */
extern const Int128 num_pow10[39];

/* Any |value| that an Int128 holds, scale 0..NUM_DSCALE_MAX. */
Str num_make(Arena *arena, Int128 value, int scale);
static inline Str num_from_i64(Arena *arena, int64_t v) { return num_make(arena, v, 0); }
Str num_special(NumClass class);

NumVar num_load(Arena *arena, Str s);
/* Errors: 22003 "value overflows numeric format". */
Status num_store(Arena *arena, const NumVar *v, Str *out);
NumVar num_var_i64(Arena *arena, int64_t v);

/* Results live on arena; arguments finite. */
int num_cmp(const NumVar *a, const NumVar *b);
int num_cmp_abs(const NumVar *a, const NumVar *b);
NumVar num_add(Arena *arena, const NumVar *a, const NumVar *b);
NumVar num_sub(Arena *arena, const NumVar *a, const NumVar *b);
/* Rounded to rscale. */
NumVar num_mul(Arena *arena, const NumVar *a, const NumVar *b, int rscale);
NumVar num_div(Arena *arena, const NumVar *a, const NumVar *b, int rscale, bool round);
NumVar num_mod(Arena *arena, const NumVar *a, const NumVar *b);
NumVar num_div_trunc(Arena *arena, const NumVar *a, const NumVar *b);
/* In place. rscale may be negative. */
void num_round(NumVar *v, int rscale);
void num_trunc(NumVar *v, int rscale);
NumVar num_floor(Arena *arena, const NumVar *v);
NumVar num_ceil(Arena *arena, const NumVar *v);
NumVar num_copy(Arena *arena, const NumVar *v);
int num_div_scale(const NumVar *a, const NumVar *b);
/* Rounds to the nearest; false out of range. */
bool num_to_i64(Arena *arena, const NumVar *v, int64_t *out);
bool num_to_i128(Arena *arena, const NumVar *v, Int128 *out);
double num_to_double(const NumVar *v);
NumVar num_sqrt(Arena *arena, const NumVar *v, int rscale);
Status num_exp(Arena *arena, const NumVar *v, int rscale, NumVar *out);
NumVar num_ln(Arena *arena, const NumVar *v, int rscale);

/* Whole operations on stored numbers. */
int numeric_order(Str a, Str b);
Status numeric_plus(Arena *arena, Str a, Str b, Str *out);
Status numeric_minus(Arena *arena, Str a, Str b, Str *out);
Status numeric_times(Arena *arena, Str a, Str b, Str *out);
/* Errors: 2201F. */
Status numeric_raise(Arena *arena, Str a, Str b, Str *out);
Status numeric_divide(Arena *arena, Str a, Str b, Str *out);
Status numeric_parse(Arena *arena, const char *text, size_t len, Str *out);
void numeric_print(Str s, StrBuf *text);
Status numeric_apply_typmod(Arena *arena, Str s, int32_t typmod, Str *out);
Status numeric_from_double(Arena *arena, double v, int digits, Str *out);
double numeric_as_double(Arena *arena, Str s);
int numeric_sign_of(Str s); /* NaN counts as 1 */
/* round()/trunc() at a decimal place. */
Status numeric_rescale(Arena *arena, Str s, int scale, bool round, Str *out);

#endif
