/* range_fn.c: functions of ranges. */
#include "types/hash_value.h"
#include "types/numeric.h"
#include "types/range.h"

typedef struct Pair {
    RangeType type;
    const TypeInfo *sub;
    Range a, b;
} Pair;
static Status pair_type(FnCall *call, Oid type, Pair *p) {
    TRY(range_site(call->site, type, &p->type));
    p->sub = p->type.sub;
    return STATUS_OK;
}
static Status load_one(FnCall *call, Pair *p) {
    TRY(pair_type(call, call->site->arg_types[0], p));
    p->a = range_load(p->sub, ARG_STR(0));
    return STATUS_OK;
}
static Status load_two(FnCall *call, Pair *p) {
    TRY(load_one(call, p));
    p->b = range_load(p->sub, ARG_STR(1));
    return STATUS_OK;
}
static int order(const Pair *p, const RangeBound *x, const RangeBound *y) {
    return range_bound_order(p->sub, x, y);
}
static Status ret_range(FnCall *call, const Pair *p, Range r) {
    return range_store(call->arena, &p->type, r, &call->result);
}

/* ---- making ---- */

static Status construct(FnCall *call, bool lower_inc, bool upper_inc) {
    Pair p;
    TRY(pair_type(call, call->site->result_type, &p));
    Range r = {
        .lower = {.value = call->args[0], .infinite = call->nulls[0], .inclusive = lower_inc},
        .upper = {.value = call->args[1], .infinite = call->nulls[1], .inclusive = upper_inc}};
    return ret_range(call, &p, r);
}
SCALAR(range_constructor2) { return construct(call, true, false); }
SCALAR(range_constructor3) {
    if (call->nulls[2])
        return error(ERR_DATA_EXCEPTION, "range constructor flags argument must not be null");
    Str f = ARG_STR(2);
    if (f.len != 2 || (f.data[0] != '[' && f.data[0] != '(') ||
        (f.data[1] != ']' && f.data[1] != ')'))
        return status_hint(error(ERR_SYNTAX_ERROR, "invalid range bound flags"),
                           "Valid values are \"[]\", \"[)\", \"(]\", and \"()\".");
    return construct(call, f.data[0] == '[', f.data[1] == ']');
}

/* ---- parts ---- */

static Status ret_bound(FnCall *call, bool upper) {
    Pair p;
    TRY(load_one(call, &p));
    const RangeBound *b = upper ? &p.a.upper : &p.a.lower;
    return p.a.empty || b->infinite ? ret_null(call) : ret_datum(call, b->value);
}
SCALAR(range_lower) { return ret_bound(call, false); }
SCALAR(range_upper) { return ret_bound(call, true); }
static int flags(FnCall *call) { return ARG_STR(0).len == 0 ? 1 : ARG_STR(0).data[0]; }
SCALAR(range_empty) { return ret_bool(call, flags(call) & 1); }
SCALAR(range_lower_inc) { return ret_bool(call, flags(call) & 2); }
SCALAR(range_upper_inc) { return ret_bool(call, flags(call) & 4); }
SCALAR(range_lower_inf) { return ret_bool(call, flags(call) & 8); }
SCALAR(range_upper_inf) { return ret_bool(call, flags(call) & 16); }

/* ---- order ---- */

static Status compare(FnCall *call, int *order_out) {
    Pair p;
    TRY(load_two(call, &p));
    *order_out = range_order(p.sub, &p.a, &p.b);
    return STATUS_OK;
}
#define COMPARISON(name, op)                                                                       \
    SCALAR(name) {                                                                                 \
        int o;                                                                                     \
        TRY(compare(call, &o));                                                                    \
        return ret_bool(call, o op 0);                                                             \
    }
COMPARISON(range_eq, ==)
COMPARISON(range_ne, !=)
COMPARISON(range_lt, <)
COMPARISON(range_le, <=)
COMPARISON(range_gt, >)
COMPARISON(range_ge, >=)
SCALAR(range_cmp) { return compare(call, &call->result.i32); }
static Status hash(FnCall *call, uint64_t seed, uint64_t *hash_out) {
    Pair p;
    TRY(load_one(call, &p));
    return hash_range_value(call, p.sub, &p.a, seed, hash_out);
}
SCALAR(hash_range) {
    uint64_t h;
    TRY(hash(call, 0, &h));
    return ret_i32(call, (int32_t)h);
}
SCALAR(hash_range_extended) {
    uint64_t h;
    TRY(hash(call, (uint64_t)ARG_I64(1), &h));
    return ret_i64(call, (int64_t)h);
}

/* ---- how two lie to each other ---- */

static bool holds(const Pair *p, const Range *outer, const Range *inner) {
    if (inner->empty || outer->empty)
        return inner->empty;
    return range_holds(p->sub, outer, inner);
}
/* Both not empty. */
static bool overlap(const Pair *p) { return range_overlap(p->sub, &p->a, &p->b); }
static bool adjacent(const Pair *p) {
    return range_touch(p->sub, p->a.upper, p->b.lower) ||
           range_touch(p->sub, p->b.upper, p->a.lower);
}
#define RELATION(name, expr)                                                                       \
    SCALAR(name) {                                                                                 \
        Pair p;                                                                                    \
        TRY(load_two(call, &p));                                                                   \
        return ret_bool(call, expr);                                                               \
    }
#define NOT_EMPTY (!p.a.empty && !p.b.empty)
RELATION(range_contains, holds(&p, &p.a, &p.b))
RELATION(range_contained_by, holds(&p, &p.b, &p.a))
RELATION(range_overlaps, NOT_EMPTY &&overlap(&p))
RELATION(range_before, NOT_EMPTY &&order(&p, &p.a.upper, &p.b.lower) < 0)
RELATION(range_after, NOT_EMPTY &&order(&p, &p.a.lower, &p.b.upper) > 0)
RELATION(range_overleft, NOT_EMPTY &&order(&p, &p.a.upper, &p.b.upper) <= 0)
RELATION(range_overright, NOT_EMPTY &&order(&p, &p.a.lower, &p.b.lower) >= 0)
RELATION(range_adjacent, NOT_EMPTY &&adjacent(&p))
static Status has_element(FnCall *call, int range, int element) {
    Pair p;
    TRY(pair_type(call, call->site->arg_types[range], &p));
    Range r = range_load(p.sub, ARG_STR(range));
    RangeBound v = {.value = call->args[element], .inclusive = true};
    return ret_bool(call, !r.empty && order(&p, &r.lower, &v) <= 0 && order(&p, &r.upper, &v) >= 0);
}
SCALAR(range_contains_elem) { return has_element(call, 0, 1); }
SCALAR(elem_contained_by_range) { return has_element(call, 1, 0); }

/* ---- sets ---- */

static RangeBound lesser(const Pair *p, RangeBound x, RangeBound y) {
    return order(p, &x, &y) <= 0 ? x : y;
}
static RangeBound greater(const Pair *p, RangeBound x, RangeBound y) {
    return order(p, &x, &y) >= 0 ? x : y;
}
static Status unite(FnCall *call, bool contiguous) {
    Pair p;
    TRY(load_two(call, &p));
    if (p.a.empty || p.b.empty)
        return ret_datum(call, call->args[p.a.empty ? 1 : 0]);
    if (contiguous && !adjacent(&p) && !overlap(&p))
        return error(ERR_DATA_EXCEPTION, "result of range union would not be contiguous");
    Range r = {.lower = lesser(&p, p.a.lower, p.b.lower),
               .upper = greater(&p, p.a.upper, p.b.upper)};
    return ret_range(call, &p, r);
}
SCALAR(range_union) { return unite(call, true); }
SCALAR(range_merge) { return unite(call, false); }
SCALAR(range_intersect) {
    Pair p;
    TRY(load_two(call, &p));
    if (!NOT_EMPTY || !overlap(&p))
        return ret_range(call, &p, (Range){.empty = true});
    Range r = {.lower = greater(&p, p.a.lower, p.b.lower),
               .upper = lesser(&p, p.a.upper, p.b.upper)};
    return ret_range(call, &p, r);
}
SCALAR(range_intersect_agg_transfn) {
    return error(ERR_INTERNAL_ERROR, "range_intersect_agg_transfn called in non-aggregate context");
}
SCALAR(range_minus) {
    Pair p;
    TRY(load_two(call, &p));
    if (!NOT_EMPTY || !overlap(&p))
        return ret_datum(call, call->args[0]);
    bool left = order(&p, &p.a.lower, &p.b.lower)<0, right = order(&p, &p.a.upper, &p.b.upper)> 0;
    if (left && right)
        return error(ERR_DATA_EXCEPTION, "result of range difference would not be contiguous");
    Range r = {.empty = !left && !right, .lower = p.a.lower, .upper = p.a.upper};
    if (left) {
        r.upper = p.b.lower;
        r.upper.inclusive = !p.b.lower.inclusive;
    } else if (right) {
        r.lower = p.b.upper;
        r.lower.inclusive = !p.b.upper.inclusive;
    }
    return ret_range(call, &p, r);
}

/* ---- distances between values, and canonical forms ---- */

SCALAR(int4range_subdiff) { return ret_f64(call, (double)ARG_I32(0) - (double)ARG_I32(1)); }
SCALAR(int8range_subdiff) { return ret_f64(call, (double)ARG_I64(0) - (double)ARG_I64(1)); }
SCALAR(numrange_subdiff) {
    Str difference;
    TRY(numeric_minus(call->arena, ARG_STR(0), ARG_STR(1), &difference));
    return ret_f64(call, numeric_as_double(call->arena, difference));
}
SCALAR(daterange_subdiff) { return ret_f64(call, (double)ARG_I32(0) - (double)ARG_I32(1)); }
SCALAR(tsrange_subdiff) { return ret_f64(call, ((double)ARG_I64(0) - (double)ARG_I64(1)) / 1e6); }
SCALAR(tstzrange_subdiff) { return ret_f64(call, ((double)ARG_I64(0) - (double)ARG_I64(1)) / 1e6); }
/* Such ranges are always kept in canonical form. */
SCALAR(int4range_canonical) { return ret_datum(call, call->args[0]); }
SCALAR(int8range_canonical) { return ret_datum(call, call->args[0]); }
SCALAR(daterange_canonical) { return ret_datum(call, call->args[0]); }
