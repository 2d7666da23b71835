/* int_ops.c: comparison and arithmetic of bool, "char", integers, oid and its kin. */
#include "types/hash_func.h"
#include "types/types_int.h"

#include <math.h>

/* The six operators and the btree support function over two members. */
#define COMPARISONS(eq, ne, lt, le, gt, ge, cmp, ma, mb, ctype)                                    \
    SCALAR(eq) { return ret_bool(call, (ctype)call->args[0].ma == (ctype)call->args[1].mb); }      \
    SCALAR(ne) { return ret_bool(call, (ctype)call->args[0].ma != (ctype)call->args[1].mb); }      \
    SCALAR(lt) { return ret_bool(call, (ctype)call->args[0].ma < (ctype)call->args[1].mb); }       \
    SCALAR(le) { return ret_bool(call, (ctype)call->args[0].ma <= (ctype)call->args[1].mb); }      \
    SCALAR(gt) { return ret_bool(call, (ctype)call->args[0].ma > (ctype)call->args[1].mb); }       \
    SCALAR(ge) { return ret_bool(call, (ctype)call->args[0].ma >= (ctype)call->args[1].mb); }      \
    SCALAR(cmp) {                                                                                  \
        ctype a = (ctype)call->args[0].ma, b = (ctype)call->args[1].mb;                            \
        return ret_i32(call, COMPARE(a, b));                                                       \
    }
/* Narrow ones tell by how much. */
#define COMPARE(a, b)                                                                              \
    (sizeof(a) < 4 ? (int32_t)(a) - (int32_t)(b) : (int32_t)((a) > (b)) - (int32_t)((a) < (b)))
#define COMPARISONS_NAMED(p, cmp, ma, mb, ctype)                                                   \
    COMPARISONS(p##eq, p##ne, p##lt, p##le, p##gt, p##ge, cmp, ma, mb, ctype)

COMPARISONS_NAMED(int2, btint2cmp, i16, i16, int16_t)
COMPARISONS_NAMED(int4, btint4cmp, i32, i32, int32_t)
COMPARISONS_NAMED(int8, btint8cmp, i64, i64, int64_t)
COMPARISONS_NAMED(int24, btint24cmp, i16, i32, int32_t)
COMPARISONS_NAMED(int42, btint42cmp, i32, i16, int32_t)
COMPARISONS_NAMED(int28, btint28cmp, i16, i64, int64_t)
COMPARISONS_NAMED(int82, btint82cmp, i64, i16, int64_t)
COMPARISONS_NAMED(int48, btint48cmp, i32, i64, int64_t)
COMPARISONS_NAMED(int84, btint84cmp, i64, i32, int64_t)
COMPARISONS_NAMED(bool, btboolcmp, b, b, int)
COMPARISONS_NAMED(char, btcharcmp, byte, byte, uint8_t)
COMPARISONS_NAMED(oid, btoidcmp, u32, u32, uint32_t)
COMPARISONS_NAMED(xid8, xid8cmp, u64, u64, uint64_t)
COMPARISONS_NAMED(tid, bttidcmp, u64, u64, uint64_t)
COMPARISONS(cash_eq, cash_ne, cash_lt, cash_le, cash_gt, cash_ge, cash_cmp, i64, i64, int64_t)
COMPARISONS(date_eq, date_ne, date_lt, date_le, date_gt, date_ge, date_cmp, i32, i32, int32_t)
COMPARISONS(time_eq, time_ne, time_lt, time_le, time_gt, time_ge, time_cmp, i64, i64, int64_t)
COMPARISONS(timestamp_eq, timestamp_ne, timestamp_lt, timestamp_le, timestamp_gt, timestamp_ge,
            timestamp_cmp, i64, i64, int64_t)
COMPARISONS(pg_lsn_eq, pg_lsn_ne, pg_lsn_lt, pg_lsn_le, pg_lsn_gt, pg_lsn_ge, pg_lsn_cmp, u64, u64,
            uint64_t)
SCALAR(xideq) { return ret_bool(call, ARG_U32(0) == ARG_U32(1)); }
SCALAR(xidneq) { return ret_bool(call, ARG_U32(0) != ARG_U32(1)); }
ALIAS(cideq, xideq)

#define LARGER_SMALLER(larger, smaller, member)                                                    \
    SCALAR(larger) {                                                                               \
        return ret_datum(call, call->args[call->args[0].member > call->args[1].member ? 0 : 1]);   \
    }                                                                                              \
    SCALAR(smaller) {                                                                              \
        return ret_datum(call, call->args[call->args[0].member < call->args[1].member ? 0 : 1]);   \
    }
LARGER_SMALLER(int2larger, int2smaller, i16)
LARGER_SMALLER(int4larger, int4smaller, i32)
LARGER_SMALLER(int8larger, int8smaller, i64)
LARGER_SMALLER(oidlarger, oidsmaller, u32)
LARGER_SMALLER(cashlarger, cashsmaller, i64)
LARGER_SMALLER(date_larger, date_smaller, i32)
LARGER_SMALLER(time_larger, time_smaller, i64)
LARGER_SMALLER(timestamp_larger, timestamp_smaller, i64)
LARGER_SMALLER(pg_lsn_larger, pg_lsn_smaller, u64)
LARGER_SMALLER(tidlarger, tidsmaller, u64)
LARGER_SMALLER(xid8_larger, xid8_smaller, u64)

/* + - * over two members with the wider result; range_error on overflow. */
#define ARITHMETIC(p, ma, mb, mr, rtype, range_error)                                              \
    SCALAR(p##pl) {                                                                                \
        rtype r;                                                                                   \
        if (UNLIKELY(                                                                              \
                __builtin_add_overflow((rtype)call->args[0].ma, (rtype)call->args[1].mb, &r)))     \
            return range_error();                                                                  \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##mi) {                                                                                \
        rtype r;                                                                                   \
        if (UNLIKELY(                                                                              \
                __builtin_sub_overflow((rtype)call->args[0].ma, (rtype)call->args[1].mb, &r)))     \
            return range_error();                                                                  \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##mul) {                                                                               \
        rtype r;                                                                                   \
        if (UNLIKELY(                                                                              \
                __builtin_mul_overflow((rtype)call->args[0].ma, (rtype)call->args[1].mb, &r)))     \
            return range_error();                                                                  \
        return ret_##mr(call, r);                                                                  \
    }                                                                                              \
    SCALAR(p##div) {                                                                               \
        rtype a = (rtype)call->args[0].ma, b = (rtype)call->args[1].mb, r;                         \
        if (UNLIKELY(b == 0))                                                                      \
            return division_by_zero_error();                                                       \
        if (UNLIKELY(b == -1)) {                                                                   \
            if (__builtin_sub_overflow((rtype)0, a, &r))                                           \
                return range_error();                                                              \
            return ret_##mr(call, r);                                                              \
        }                                                                                          \
        return ret_##mr(call, (rtype)(a / b));                                                     \
    }
ARITHMETIC(int2, i16, i16, i16, int16_t, int2_range_error)
ARITHMETIC(int4, i32, i32, i32, int32_t, int4_range_error)
ARITHMETIC(int8, i64, i64, i64, int64_t, int8_range_error)
ARITHMETIC(int24, i16, i32, i32, int32_t, int4_range_error)
ARITHMETIC(int42, i32, i16, i32, int32_t, int4_range_error)
ARITHMETIC(int28, i16, i64, i64, int64_t, int8_range_error)
ARITHMETIC(int82, i64, i16, i64, int64_t, int8_range_error)
ARITHMETIC(int48, i32, i64, i64, int64_t, int8_range_error)
ARITHMETIC(int84, i64, i32, i64, int64_t, int8_range_error)

#define UNARY(p, member, utype, rtype, range_error)                                                \
    SCALAR(p##um) {                                                                                \
        rtype r;                                                                                   \
        if (__builtin_sub_overflow((rtype)0, call->args[0].member, &r))                            \
            return range_error();                                                                  \
        return ret_##member(call, r);                                                              \
    }                                                                                              \
    SCALAR(p##up) { return ret_##member(call, call->args[0].member); }                             \
    SCALAR(p##abs) {                                                                               \
        rtype r = call->args[0].member;                                                            \
        if (r < 0 && __builtin_sub_overflow((rtype)0, r, &r))                                      \
            return range_error();                                                                  \
        return ret_##member(call, r);                                                              \
    }                                                                                              \
    SCALAR(p##mod) {                                                                               \
        rtype a = call->args[0].member, b = call->args[1].member;                                  \
        if (b == 0)                                                                                \
            return division_by_zero_error();                                                       \
        return ret_##member(call, b == -1 ? 0 : (rtype)(a % b));                                   \
    }                                                                                              \
    SCALAR(p##and) { return ret_##member(call, call->args[0].member & call->args[1].member); }     \
    SCALAR(p## or) { return ret_##member(call, call->args[0].member | call->args[1].member); }     \
    SCALAR(p## xor) { return ret_##member(call, call->args[0].member ^ call->args[1].member); }    \
    SCALAR(p##not ) { return ret_##member(call, (rtype)~call->args[0].member); }
UNARY(int2, i16, uint16_t, int16_t, int2_range_error)
UNARY(int4, i32, uint32_t, int32_t, int4_range_error)
UNARY(int8, i64, uint64_t, int64_t, int8_range_error)

/* Shift counts wrap as the CPU's do. */
SCALAR(int2shl) { return ret_i16(call, (int16_t)((uint32_t)ARG_I16(0) << (ARG_I32(1) & 31))); }
SCALAR(int2shr) { return ret_i16(call, (int16_t)(ARG_I16(0) >> (ARG_I32(1) & 31))); }
SCALAR(int4shl) { return ret_i32(call, (int32_t)((uint32_t)ARG_I32(0) << (ARG_I32(1) & 31))); }
SCALAR(int4shr) { return ret_i32(call, ARG_I32(0) >> (ARG_I32(1) & 31)); }
SCALAR(int8shl) { return ret_i64(call, (int64_t)((uint64_t)ARG_I64(0) << (ARG_I32(1) & 63))); }
SCALAR(int8shr) { return ret_i64(call, ARG_I64(0) >> (ARG_I32(1) & 63)); }

SCALAR(int4inc) {
    if (ARG_I32(0) == INT32_MAX)
        return int4_range_error();
    return ret_i32(call, ARG_I32(0) + 1);
}
SCALAR(int8inc) {
    if (ARG_I64(0) == INT64_MAX)
        return int8_range_error();
    return ret_i64(call, ARG_I64(0) + 1);
}
ALIAS(int8inc_any, int8inc)
ALIAS(int8inc_float8_float8, int8inc)
SCALAR(int8dec) {
    if (ARG_I64(0) == INT64_MIN)
        return int8_range_error();
    return ret_i64(call, ARG_I64(0) - 1);
}

static uint64_t gcd_u64(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}
static uint64_t magnitude(int64_t v) { return v < 0 ? -(uint64_t)v : (uint64_t)v; }

SCALAR(int4gcd) {
    uint64_t g = gcd_u64(magnitude(ARG_I32(0)), magnitude(ARG_I32(1)));
    if (g > INT32_MAX)
        return int4_range_error();
    return ret_i32(call, (int32_t)g);
}
SCALAR(int8gcd) {
    uint64_t g = gcd_u64(magnitude(ARG_I64(0)), magnitude(ARG_I64(1)));
    if (g > INT64_MAX)
        return int8_range_error();
    return ret_i64(call, (int64_t)g);
}
SCALAR(int4lcm) {
    uint64_t a = magnitude(ARG_I32(0)), b = magnitude(ARG_I32(1)), g = gcd_u64(a, b);
    uint64_t r = g == 0 ? 0 : a / g * b;
    if (r > INT32_MAX)
        return int4_range_error();
    return ret_i32(call, (int32_t)r);
}
SCALAR(int8lcm) {
    uint64_t a = magnitude(ARG_I64(0)), b = magnitude(ARG_I64(1)), g = gcd_u64(a, b), r = 0;
    if ((g != 0 && __builtin_mul_overflow(a / g, b, &r)) || r > INT64_MAX)
        return int8_range_error();
    return ret_i64(call, (int64_t)r);
}

/* Conversions among whole numbers. */
SCALAR(i2toi4) { return ret_i32(call, ARG_I16(0)); }
SCALAR(i4toi2) {
    if (ARG_I32(0) < INT16_MIN || ARG_I32(0) > INT16_MAX)
        return int2_range_error();
    return ret_i16(call, (int16_t)ARG_I32(0));
}
SCALAR(int28) { return ret_i64(call, ARG_I16(0)); }
SCALAR(int48) { return ret_i64(call, ARG_I32(0)); }
SCALAR(int82) {
    if (ARG_I64(0) < INT16_MIN || ARG_I64(0) > INT16_MAX)
        return int2_range_error();
    return ret_i16(call, (int16_t)ARG_I64(0));
}
SCALAR(int84) {
    if (ARG_I64(0) < INT32_MIN || ARG_I64(0) > INT32_MAX)
        return int4_range_error();
    return ret_i32(call, (int32_t)ARG_I64(0));
}
SCALAR(oidtoi8) { return ret_i64(call, ARG_U32(0)); }
SCALAR(i8tooid) {
    if (ARG_I64(0) < 0 || ARG_I64(0) > UINT32_MAX)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range");
    return ret_oid(call, (Oid)ARG_I64(0));
}
SCALAR(xid8toxid) { return ret_oid(call, (Oid)ARG_I64(0)); }
SCALAR(chartoi4) { return ret_i32(call, (int8_t)call->args[0].byte); }
SCALAR(i4tochar) {
    if (ARG_I32(0) < INT8_MIN || ARG_I32(0) > INT8_MAX)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "\"char\" out of range");
    return ret_byte(call, (uint8_t)ARG_I32(0));
}
SCALAR(int4_bool) { return ret_bool(call, ARG_I32(0) != 0); }
SCALAR(bool_int4) { return ret_i32(call, ARG_BOOL(0)); }
SCALAR(booltext) { return ret_datum(call, datum_cstr(ARG_BOOL(0) ? "true" : "false")); }
SCALAR(booland_statefunc) { return ret_bool(call, ARG_BOOL(0) && ARG_BOOL(1)); }
SCALAR(boolor_statefunc) { return ret_bool(call, ARG_BOOL(0) || ARG_BOOL(1)); }

/* in_range support: is value <= (or >=) base -+ offset, without overflow. */
static Status in_range_i64(FnCall *call, int64_t value, int64_t base, int64_t offset) {
    bool sub = ARG_BOOL(3), less = ARG_BOOL(4);
    int64_t edge;
    if (offset < 0)
        return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "invalid preceding or following size in window function");
    if (sub ? __builtin_sub_overflow(base, offset, &edge)
            : __builtin_add_overflow(base, offset, &edge))
        return ret_bool(call, sub ? !less : less);
    return ret_bool(call, less ? value <= edge : value >= edge);
}
SCALAR(in_range_int2_int2) { return in_range_i64(call, ARG_I16(0), ARG_I16(1), ARG_I16(2)); }
SCALAR(in_range_int2_int4) { return in_range_i64(call, ARG_I16(0), ARG_I16(1), ARG_I32(2)); }
SCALAR(in_range_int2_int8) { return in_range_i64(call, ARG_I16(0), ARG_I16(1), ARG_I64(2)); }
SCALAR(in_range_int4_int2) { return in_range_i64(call, ARG_I32(0), ARG_I32(1), ARG_I16(2)); }
SCALAR(in_range_int4_int4) { return in_range_i64(call, ARG_I32(0), ARG_I32(1), ARG_I32(2)); }
SCALAR(in_range_int4_int8) { return in_range_i64(call, ARG_I32(0), ARG_I32(1), ARG_I64(2)); }
SCALAR(in_range_int8_int8) { return in_range_i64(call, ARG_I64(0), ARG_I64(1), ARG_I64(2)); }

/* Hash support functions. */
#define HASH_FN(name, ext, hash, value)                                                            \
    SCALAR(name) { return ret_i32(call, (int32_t)hash(value, 0)); }                                \
    SCALAR(ext) { return ret_i64(call, (int64_t)hash(value, (uint64_t)ARG_I64(1))); }
HASH_FN(hashint2, hashint2extended, hash_func_u32, (uint32_t)(int32_t)ARG_I16(0))
HASH_FN(hashint4, hashint4extended, hash_func_u32, (uint32_t)ARG_I32(0))
HASH_FN(hashint8, hashint8extended, hash_func_i64, ARG_I64(0))
HASH_FN(hashoid, hashoidextended, hash_func_u32, ARG_U32(0))
HASH_FN(hashchar, hashcharextended, hash_func_u32, (uint32_t)(int32_t)(int8_t)call->args[0].byte)
HASH_FN(time_hash, time_hash_extended, hash_func_i64, ARG_I64(0))
HASH_FN(timestamp_hash, timestamp_hash_extended, hash_func_i64, ARG_I64(0))
HASH_FN(pg_lsn_hash, pg_lsn_hash_extended, hash_func_i64, ARG_I64(0))

/* The three text forms of whole numbers in other bases. */
SCALAR(to_hex32) {
    char *s = arena_printf(call->arena, "%x", ARG_U32(0));
    return ret_datum(call, datum_cstr(s));
}
SCALAR(to_hex64) {
    char *s = arena_printf(call->arena, "%llx", (unsigned long long)ARG_I64(0));
    return ret_datum(call, datum_cstr(s));
}

typedef struct SeriesState {
    int64_t next, last, step;
    bool done;
} SeriesState;

static Status series_start(SetCall *set, int64_t first, int64_t last, int64_t step) {
    if (step == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    SeriesState *s = arena_new(set->scan_arena, SeriesState);
    *s = (SeriesState){first, last, step, step > 0 ? first > last : first < last};
    set->state = s;
    return STATUS_OK;
}
static bool series_next(SetCall *set, int64_t *value_out) {
    SeriesState *s = set->state;
    if (s->done)
        return false;
    *value_out = s->next;
    s->done = __builtin_add_overflow(s->next, s->step, &s->next) ||
              (s->step > 0 ? s->next > s->last : s->next < s->last);
    return true;
}
SET_START(generate_series_int4) {
    FnCall *call = &set->call;
    return series_start(set, ARG_I32(0), ARG_I32(1), 1);
}
SET_NEXT(generate_series_int4) {
    int64_t v;
    if ((*row_out = series_next(set, &v)))
        set->columns[0] = datum_i32((int32_t)v);
    return STATUS_OK;
}
SET_START(generate_series_step_int4) {
    FnCall *call = &set->call;
    return series_start(set, ARG_I32(0), ARG_I32(1), ARG_I32(2));
}
SET_NEXT(generate_series_step_int4) { return set_generate_series_int4_next(set, row_out); }
SET_START(generate_series_int8) {
    FnCall *call = &set->call;
    return series_start(set, ARG_I64(0), ARG_I64(1), 1);
}
SET_NEXT(generate_series_int8) {
    int64_t v;
    if ((*row_out = series_next(set, &v)))
        set->columns[0] = datum_i64(v);
    return STATUS_OK;
}
SET_START(generate_series_step_int8) {
    FnCall *call = &set->call;
    return series_start(set, ARG_I64(0), ARG_I64(1), ARG_I64(2));
}
SET_NEXT(generate_series_step_int8) { return set_generate_series_int8_next(set, row_out); }
