/*
 * kernels.c: whole-vector versions of the functions that queries spend their time in.
 *
 * A kernel sees flat and constant vectors of its exact types, ignores NULLs (the caller has merged
 * them; a NULL's slot may hold anything), and says whether every row was fine. A row that overflows
 * or divides by zero makes it return false: the caller evaluates the selection again row by row with
 * the scalar function, which knows the error and skips NULLs. So kernels need no error text, and
 * their loops have no branch.
 */
#pragma GCC optimize("O3")

#include "executor/program.h"

#include <math.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define WIDE
#else
#define WIDE __attribute__((target_clones("avx2", "default")))
#endif

#define BINARY_LOOPS(TA, TB, BODY)                                                                 \
    uint32_t n = sel.count;                                                                        \
    bool cx = args[0]->form == VEC_CONSTANT, cy = args[1]->form == VEC_CONSTANT;                   \
    if (sel.rows != NULL) {                                                                        \
        for (uint32_t j = 0; j < n; j++) {                                                         \
            uint32_t i = sel.rows[j];                                                              \
            TA a = x[cx ? 0 : i];                                                                  \
            TB b = y[cy ? 0 : i];                                                                  \
            BODY                                                                                   \
        }                                                                                          \
    } else if (cy) {                                                                               \
        TB b = y[0];                                                                               \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            TA a = x[cx ? 0 : i];                                                                  \
            BODY                                                                                   \
        }                                                                                          \
    } else if (cx) {                                                                               \
        TA a = x[0];                                                                               \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            TB b = y[i];                                                                           \
            BODY                                                                                   \
        }                                                                                          \
    } else {                                                                                       \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            TA a = x[i];                                                                           \
            TB b = y[i];                                                                           \
            BODY                                                                                   \
        }                                                                                          \
    }

#define BINARY(name, TA, TB, TR, BODY)                                                             \
    WIDE static bool k_##name(const Vector *const *args, Vector *result, Selection sel) {          \
        const TA *restrict x = args[0]->values;                                                    \
        const TB *restrict y = args[1]->values;                                                    \
        TR *restrict z = result->values;                                                           \
        bool bad = false;                                                                          \
        BINARY_LOOPS(TA, TB, BODY)                                                                 \
        return !bad;                                                                               \
    }

#define UNARY(name, TA, TR, BODY)                                                                  \
    WIDE static bool k_##name(const Vector *const *args, Vector *result, Selection sel) {          \
        const TA *restrict x = args[0]->values;                                                    \
        TR *restrict z = result->values;                                                           \
        bool bad = false;                                                                          \
        if (sel.rows != NULL) {                                                                    \
            for (uint32_t j = 0; j < sel.count; j++) {                                             \
                uint32_t i = sel.rows[j];                                                          \
                TA a = x[i];                                                                       \
                BODY                                                                               \
            }                                                                                      \
        } else {                                                                                   \
            for (uint32_t i = 0; i < sel.count; i++) {                                             \
                TA a = x[i];                                                                       \
                BODY                                                                               \
            }                                                                                      \
        }                                                                                          \
        return !bad;                                                                               \
    }

/* ---- integer arithmetic ---- */

/* Sums and products of narrow types in a wider one vectorise; a range test finds the overflow. */
#define ARITH_WIDE(name, TA, TB, TR, TW, OP)                                                       \
    BINARY(name, TA, TB, TR, {                                                                     \
        TW w = (TW)a OP(TW) b;                                                                     \
        z[i] = (TR)w;                                                                              \
        bad |= w != (TW)(TR)w;                                                                     \
    })
#define ARITH_CHECKED(name, TA, TB, BUILTIN)                                                       \
    BINARY(name, TA, TB, int64_t, { bad |= BUILTIN((int64_t)a, (int64_t)b, &z[i]); })
#define DIVIDE(name, TA, TB, TR, TW)                                                               \
    BINARY(name, TA, TB, TR, {                                                                     \
        bool no = b == 0 || b == -1; /* -1: the lowest number overflows; rare, so row by row */    \
        TW w = no ? 0 : (TW)a / (TW)(no ? 1 : b);                                                  \
        z[i] = (TR)w;                                                                              \
        bad |= no || w != (TW)(TR)w;                                                               \
    })
#define MODULO(name, T)                                                                            \
    BINARY(name, T, T, T, {                                                                        \
        bool no = b == 0;                                                                          \
        z[i] = no || b == -1 ? 0 : (T)(a % b);                                                     \
        bad |= no;                                                                                 \
    })

ARITH_WIDE(int2pl, int16_t, int16_t, int16_t, int32_t, +)
ARITH_WIDE(int2mi, int16_t, int16_t, int16_t, int32_t, -)
ARITH_WIDE(int2mul, int16_t, int16_t, int16_t, int32_t, *)
ARITH_WIDE(int4pl, int32_t, int32_t, int32_t, int64_t, +)
ARITH_WIDE(int4mi, int32_t, int32_t, int32_t, int64_t, -)
ARITH_WIDE(int4mul, int32_t, int32_t, int32_t, int64_t, *)
ARITH_WIDE(int24pl, int16_t, int32_t, int32_t, int64_t, +)
ARITH_WIDE(int24mi, int16_t, int32_t, int32_t, int64_t, -)
ARITH_WIDE(int24mul, int16_t, int32_t, int32_t, int64_t, *)
ARITH_WIDE(int42pl, int32_t, int16_t, int32_t, int64_t, +)
ARITH_WIDE(int42mi, int32_t, int16_t, int32_t, int64_t, -)
ARITH_WIDE(int42mul, int32_t, int16_t, int32_t, int64_t, *)
ARITH_CHECKED(int8pl, int64_t, int64_t, __builtin_add_overflow)
ARITH_CHECKED(int8mi, int64_t, int64_t, __builtin_sub_overflow)
ARITH_CHECKED(int8mul, int64_t, int64_t, __builtin_mul_overflow)
ARITH_CHECKED(int84pl, int64_t, int32_t, __builtin_add_overflow)
ARITH_CHECKED(int84mi, int64_t, int32_t, __builtin_sub_overflow)
ARITH_CHECKED(int84mul, int64_t, int32_t, __builtin_mul_overflow)
ARITH_CHECKED(int48pl, int32_t, int64_t, __builtin_add_overflow)
ARITH_CHECKED(int48mi, int32_t, int64_t, __builtin_sub_overflow)
ARITH_CHECKED(int48mul, int32_t, int64_t, __builtin_mul_overflow)
DIVIDE(int2div, int16_t, int16_t, int16_t, int32_t)
DIVIDE(int4div, int32_t, int32_t, int32_t, int64_t)
DIVIDE(int24div, int16_t, int32_t, int32_t, int64_t)
DIVIDE(int42div, int32_t, int16_t, int32_t, int64_t)
DIVIDE(int8div, int64_t, int64_t, int64_t, int64_t)
DIVIDE(int84div, int64_t, int32_t, int64_t, int64_t)
DIVIDE(int48div, int32_t, int64_t, int64_t, int64_t)
MODULO(int2mod, int16_t)
MODULO(int4mod, int32_t)
MODULO(int8mod, int64_t)

UNARY(int2um, int16_t, int16_t, {
    z[i] = (int16_t)-a;
    bad |= a == INT16_MIN;
})
UNARY(int4um, int32_t, int32_t, {
    z[i] = (int32_t)(0u - (uint32_t)a);
    bad |= a == INT32_MIN;
})
UNARY(int8um, int64_t, int64_t, {
    z[i] = (int64_t)(0u - (uint64_t)a);
    bad |= a == INT64_MIN;
})

/* ---- floating point ---- */

#define FLOAT_ARITH(name, TA, TB, TR, OP)                                                          \
    BINARY(name, TA, TB, TR, {                                                                     \
        TR r = (TR)a OP(TR) b;                                                                     \
        z[i] = r;                                                                                  \
        bad |= isinf(r) && !isinf(a) && !isinf(b);                                                 \
    })
#define FLOAT_SCALE(name, TA, TB, TR, OP)                                                          \
    BINARY(name, TA, TB, TR, {                                                                     \
        TR r = (TR)a OP(TR) b;                                                                     \
        z[i] = r;                                                                                  \
        bad |= (isinf(r) && !isinf(a) && !isinf(b)) || (r == 0 && a != 0 && !isinf(b)) ||          \
               (#OP[0] == '/' && b == 0);                                                          \
    })
#define FLOAT_FAMILY(p, TA, TB, TR)                                                                \
    FLOAT_ARITH(p##pl, TA, TB, TR, +)                                                              \
    FLOAT_ARITH(p##mi, TA, TB, TR, -)                                                              \
    BINARY(p##mul, TA, TB, TR, {                                                                   \
        TR r = (TR)a * (TR)b;                                                                      \
        z[i] = r;                                                                                  \
        bad |= (isinf(r) && !isinf(a) && !isinf(b)) || (r == 0 && a != 0 && b != 0);               \
    })                                                                                             \
    FLOAT_SCALE(p##div, TA, TB, TR, /)
FLOAT_FAMILY(float4, float, float, float)
FLOAT_FAMILY(float8, double, double, double)
FLOAT_FAMILY(float48, float, double, double)
FLOAT_FAMILY(float84, double, float, double)
UNARY(float4um, float, float, { z[i] = -a; })
UNARY(float8um, double, double, { z[i] = -a; })
UNARY(float4abs, float, float, { z[i] = fabsf(a); })
UNARY(float8abs, double, double, { z[i] = fabs(a); })

/* ---- comparisons ---- */

#define COMPARE(name, TA, TB, OP) BINARY(name, TA, TB, uint8_t, { z[i] = a OP b; })
#define COMPARE_FAMILY(p, TA, TB)                                                                  \
    COMPARE(p##eq, TA, TB, ==)                                                                     \
    COMPARE(p##ne, TA, TB, !=)                                                                     \
    COMPARE(p##lt, TA, TB, <)                                                                      \
    COMPARE(p##le, TA, TB, <=)                                                                     \
    COMPARE(p##gt, TA, TB, >)                                                                      \
    COMPARE(p##ge, TA, TB, >=)
COMPARE_FAMILY(int2, int16_t, int16_t)
COMPARE_FAMILY(int4, int32_t, int32_t)
COMPARE_FAMILY(int8, int64_t, int64_t)
COMPARE_FAMILY(int24, int16_t, int32_t)
COMPARE_FAMILY(int42, int32_t, int16_t)
COMPARE_FAMILY(int28, int16_t, int64_t)
COMPARE_FAMILY(int82, int64_t, int16_t)
COMPARE_FAMILY(int48, int32_t, int64_t)
COMPARE_FAMILY(int84, int64_t, int32_t)
COMPARE_FAMILY(oid, uint32_t, uint32_t)
COMPARE_FAMILY(char, uint8_t, uint8_t)
COMPARE_FAMILY(bool, uint8_t, uint8_t)

/* NaN equals itself and is above all other numbers. */
#define FLOAT_COMPARE_FAMILY(p, TA, TB)                                                            \
    BINARY(p##eq, TA, TB, uint8_t, { z[i] = a == b || (isnan(a) && isnan(b)); })                   \
    BINARY(p##ne, TA, TB, uint8_t, { z[i] = !(a == b || (isnan(a) && isnan(b))); })                \
    BINARY(p##lt, TA, TB, uint8_t, { z[i] = a < b || (isnan(b) && !isnan(a)); })                   \
    BINARY(p##le, TA, TB, uint8_t, { z[i] = a <= b || isnan(b); })                                 \
    BINARY(p##gt, TA, TB, uint8_t, { z[i] = a > b || (isnan(a) && !isnan(b)); })                   \
    BINARY(p##ge, TA, TB, uint8_t, { z[i] = a >= b || isnan(a); })
FLOAT_COMPARE_FAMILY(float4, float, float)
FLOAT_COMPARE_FAMILY(float8, double, double)
FLOAT_COMPARE_FAMILY(float48, float, double)
FLOAT_COMPARE_FAMILY(float84, double, float)

/* Length and prefix decide nearly always; both lie in the vector. Deterministic collations agree
 * with bytes on what is equal. */
static inline bool str_same(Str a, Str b) {
    return a.len == b.len && a.prefix == b.prefix &&
           (a.len <= 4 || memcmp(a.data + 4, b.data + 4, a.len - 4) == 0);
}
#define STR_EQUAL(name, NOT)                                                                       \
    static bool k_##name(const Vector *const *args, Vector *result, Selection sel) {               \
        const Str *x = args[0]->values;                                                            \
        const Str *y = args[1]->values;                                                            \
        uint8_t *z = result->values;                                                               \
        const uint8_t *nulls = result->nulls;                                                      \
        bool cx = args[0]->form == VEC_CONSTANT, cy = args[1]->form == VEC_CONSTANT;               \
        SELECTION_FOREACH(sel, i) {                                                                \
            if (nulls == NULL || !nulls[i])                                                        \
                z[i] = NOT str_same(x[cx ? 0 : i], y[cy ? 0 : i]);                                 \
        }                                                                                          \
        return true;                                                                               \
    }
STR_EQUAL(texteq, )
STR_EQUAL(textne, !)

typedef struct Wide {
    uint64_t lo, hi;
} Wide;
BINARY(uuid_eq, Wide, Wide, uint8_t, { z[i] = a.lo == b.lo && a.hi == b.hi; })
BINARY(uuid_ne, Wide, Wide, uint8_t, { z[i] = a.lo != b.lo || a.hi != b.hi; })

/* ---- casts ---- */

#define WIDEN(name, TA, TR) UNARY(name, TA, TR, { z[i] = (TR)a; })
#define NARROW(name, TA, TR)                                                                       \
    UNARY(name, TA, TR, {                                                                          \
        z[i] = (TR)a;                                                                              \
        bad |= (TA)(TR)a != a;                                                                     \
    })
WIDEN(i2toi4, int16_t, int32_t)
WIDEN(int28, int16_t, int64_t)
WIDEN(int48, int32_t, int64_t)
WIDEN(i2tod, int16_t, double)
WIDEN(i4tod, int32_t, double)
WIDEN(i8tod, int64_t, double)
WIDEN(i2tof, int16_t, float)
WIDEN(i4tof, int32_t, float)
WIDEN(i8tof, int64_t, float)
WIDEN(ftod, float, double)
NARROW(i4toi2, int32_t, int16_t)
NARROW(int82, int64_t, int16_t)
NARROW(int84, int64_t, int32_t)

/* ---- the table ---- */

typedef struct KernelEntry {
    const char *prosrc;
    KernelFn kernel;
} KernelEntry;

#define K(name)                                                                                    \
    { #name, k_##name }
#define K_COMPARE(p) K(p##eq), K(p##ne), K(p##lt), K(p##le), K(p##gt), K(p##ge)
#define K_AS(prefix, p)                                                                            \
    {#prefix "eq", k_##p##eq}, {#prefix "ne", k_##p##ne}, {#prefix "lt", k_##p##lt},               \
        {#prefix "le", k_##p##le}, {#prefix "gt", k_##p##gt}, {                                    \
#prefix "ge", k_##p##ge                                                                    \
    }
#define K_FLOAT(p) K_COMPARE(p), K(p##pl), K(p##mi), K(p##mul), K(p##div)

static const KernelEntry kernel_table[] = {
    K(int2pl),
    K(int2mi),
    K(int2mul),
    K(int2div),
    K(int2mod),
    K(int2um),
    K(int4pl),
    K(int4mi),
    K(int4mul),
    K(int4div),
    K(int4mod),
    K(int4um),
    K(int8pl),
    K(int8mi),
    K(int8mul),
    K(int8div),
    K(int8mod),
    K(int8um),
    K(int24pl),
    K(int24mi),
    K(int24mul),
    K(int24div),
    K(int42pl),
    K(int42mi),
    K(int42mul),
    K(int42div),
    K(int84pl),
    K(int84mi),
    K(int84mul),
    K(int84div),
    K(int48pl),
    K(int48mi),
    K(int48mul),
    K(int48div),
    K_COMPARE(int2),
    K_COMPARE(int4),
    K_COMPARE(int8),
    K_COMPARE(int24),
    K_COMPARE(int42),
    K_COMPARE(int28),
    K_COMPARE(int82),
    K_COMPARE(int48),
    K_COMPARE(int84),
    K_COMPARE(oid),
    K_COMPARE(char),
    K_COMPARE(bool),
    K_AS(date_, int4),
    K_AS(timestamp_, int8),
    K_AS(time_, int8),
    K_AS(cash_, int8),
    K_FLOAT(float4),
    K_FLOAT(float8),
    K_FLOAT(float48),
    K_FLOAT(float84),
    K(float4um),
    K(float8um),
    K(float4abs),
    K(float8abs),
    K(texteq),
    K(textne),
    {"nameeq", k_texteq},
    {"namene", k_textne},
    {"nameeqtext", k_texteq},
    {"namenetext", k_textne},
    {"texteqname", k_texteq},
    {"textnename", k_textne},
    {"byteaeq", k_texteq},
    {"byteane", k_textne},
    K(uuid_eq),
    K(uuid_ne),
    K(i2toi4),
    K(int28),
    K(int48),
    K(i2tod),
    K(i4tod),
    K(i8tod),
    K(i2tof),
    K(i4tof),
    K(i8tof),
    K(ftod),
    K(i4toi2),
    K(int82),
    K(int84),
};

KernelFn kernel_find(const char *prosrc) {
    for (size_t i = 0; i < ARRAY_LEN(kernel_table); i++)
        if (kernel_table[i].prosrc[0] == prosrc[0] && strcmp(kernel_table[i].prosrc, prosrc) == 0)
            return kernel_table[i].kernel;
    return NULL;
}
