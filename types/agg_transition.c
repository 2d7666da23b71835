/*
 * agg_transition.c: transition functions of built-in aggregates that SQL can call by name, as users'
 * aggregates do, and aggregates over bit strings. Those of floats and intervals stand with their
 * arithmetic.
 */
#include "types/collate.h"
#include "types/numeric.h"

/* ---- averages of small integers: the array {count, sum} ---- */

typedef struct IntState {
    int64_t count, sum;
} IntState;

static Status int_state(FnCall *call, int arg, IntState *out) {
    ArrayView v;
    TRY(array_view(ARG_STR(arg), &v));
    if (v.dim_count != 1 || v.elem_count != 2 || v.null_bits != NULL)
        return error(ERR_INTERNAL_ERROR, "expected 2-element int8 array");
    *out = (IntState){array_get(&v, 0).i64, array_get(&v, 1).i64};
    return STATUS_OK;
}
static Status int_accumulate(FnCall *call, int64_t count, int64_t value) {
    IntState s;
    TRY(int_state(call, 0, &s));
    const Datum values[] = {datum_i64((int64_t)((uint64_t)s.count + (uint64_t)count)),
                            datum_i64((int64_t)((uint64_t)s.sum + (uint64_t)value))};
    ArrayView old; /* its bounds stay */
    TRY(array_view(ARG_STR(0), &old));
    return array_build(call->arena, 20, PHYS_I64, 1, old.dims, old.lower, values, NULL,
                       &call->result);
}
SCALAR(int2_avg_accum) { return int_accumulate(call, 1, ARG_I16(1)); }
SCALAR(int4_avg_accum) { return int_accumulate(call, 1, ARG_I32(1)); }
SCALAR(int2_avg_accum_inv) { return int_accumulate(call, -1, -(int64_t)ARG_I16(1)); }
SCALAR(int4_avg_accum_inv) { return int_accumulate(call, -1, -(int64_t)ARG_I32(1)); }
SCALAR(int4_avg_combine) {
    return error(ERR_INTERNAL_ERROR, "aggregate function called in non-aggregate context");
}
SCALAR(int8_avg) {
    IntState s;
    TRY(int_state(call, 0, &s));
    if (s.count == 0)
        return ret_null(call);
    return numeric_divide(call->arena, num_from_i64(call->arena, s.sum),
                          num_from_i64(call->arena, s.count), &call->result.str);
}
SCALAR(int2int4_sum) {
    IntState s;
    TRY(int_state(call, 0, &s));
    return s.count == 0 ? ret_null(call) : ret_i64(call, s.sum);
}
SCALAR(int8_sum) {
    if (call->nulls[1])
        return call->nulls[0] ? ret_null(call) : ret_datum(call, call->args[0]);
    Str add = num_from_i64(call->arena, ARG_I64(1));
    if (call->nulls[0])
        return ret_str(call, add);
    return numeric_plus(call->arena, ARG_STR(0), add, &call->result.str);
}
SCALAR(int8dec_any) {
    int64_t less;
    if (__builtin_sub_overflow(ARG_I64(0), 1, &less))
        return int8_range_error();
    return ret_i64(call, less);
}

/* ---- comparisons of GIN's keys; what b-trees may do with equal keys ---- */

/* The difference of the first bytes that differ, as memcmp has it; else which is longer. */
static Status byte_order(FnCall *call) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return ret_i32(call, order != 0 ? order : (a.len > b.len) - (a.len < b.len));
}
SCALAR(gin_compare_jsonb) { return byte_order(call); }
SCALAR(gin_cmp_tslexeme) { return byte_order(call); }
SCALAR(btequalimage) { return ret_bool(call, true); }
SCALAR(btvarstrequalimage) {
    TRY(collation_require(call->site->collation, "string comparison"));
    return ret_bool(call, collation_is_deterministic(call->site->collation));
}

/* ---- bit_and, bit_or, bit_xor of bit strings ---- */

typedef struct BitState {
    char *bytes; /* a bit string as stored */
    uint32_t len;
    bool has;
} BitState;

static Status bits_add(AggCall *call, BitState *s, Str v, const char *name, char op) {
    if (!s->has) {
        *s = (BitState){arena_memdup(call->arena, v.data, v.len), v.len, true};
        return STATUS_OK;
    }
    if (load_le32(s->bytes) != load_le32(v.data))
        return error(ERR_STRING_DATA_LENGTH_MISMATCH, "cannot %s bit strings of different sizes",
                     name);
    for (uint32_t i = 4; i < s->len; i++) {
        unsigned x = (uint8_t)s->bytes[i], y = (uint8_t)v.data[i];
        s->bytes[i] = (char)(op == '&' ? x & y : op == '|' ? x | y : x ^ y);
    }
    return STATUS_OK;
}
static Status bits_final(AggCall *call, void *state) {
    const BitState *s = state;
    call->result_null = !s->has;
    if (s->has)
        call->result = datum_str(s->bytes, s->len);
    return STATUS_OK;
}
#define BIT_AGGREGATE(name, signature, verb, op)                                                   \
    static Status name##_step(AggCall *call, void *state) {                                        \
        return bits_add(call, state, call->args[0].str, verb, op);                                 \
    }                                                                                              \
    static Status name##_combine(AggCall *call, void *state, const void *other) {                  \
        const BitState *o = other;                                                                 \
        return o->has ? bits_add(call, state, str_make(o->bytes, o->len), verb, op) : STATUS_OK;   \
    }                                                                                              \
    AGGREGATE(name, signature, .state_bytes = sizeof(BitState), .strict = true,                    \
              .step = name##_step, .combine = name##_combine, .final = bits_final)
BIT_AGGREGATE(bits_and, "bit_and(bit)", "AND", '&');
BIT_AGGREGATE(bits_or, "bit_or(bit)", "OR", '|');
BIT_AGGREGATE(bits_xor, "bit_xor(bit)", "XOR", '^');
