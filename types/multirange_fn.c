/* multirange_fn.c: functions of multiranges. */
#include "types/hash_value.h"
#include "types/multirange.h"

/* ---- arguments: a range counts as a multirange of one or none ---- */

typedef struct Side {
    Multirange m;
    Range range;
    uint32_t count;
    bool is_range;
} Side;
typedef struct Sides {
    RangeType type;
    const TypeInfo *sub;
    Side a, b;
} Sides;

static Side side_of(const TypeInfo *sub, Str bytes, bool is_range) {
    Side s = {.is_range = is_range};
    if (is_range) {
        s.range = range_load(sub, bytes);
        s.count = !s.range.empty;
    } else {
        s.m = multirange_load(bytes);
        s.count = s.m.count;
    }
    return s;
}
static Range side_at(const TypeInfo *sub, const Side *s, uint32_t i) {
    return s->is_range ? s->range : multirange_at(sub, &s->m, i);
}
static Range side_last(const TypeInfo *sub, const Side *s) { return side_at(sub, s, s->count - 1); }
static Status load_one(FnCall *call, Sides *s) {
    TRY(range_site(call->site, call->site->arg_types[0], &s->type));
    s->sub = s->type.sub;
    s->a = side_of(s->sub, ARG_STR(0), false);
    return STATUS_OK;
}
static Status load_two(FnCall *call, bool a_is_range, bool b_is_range, Sides *s) {
    TRY(range_site(call->site, call->site->arg_types[0], &s->type));
    s->sub = s->type.sub;
    s->a = side_of(s->sub, ARG_STR(0), a_is_range);
    s->b = side_of(s->sub, ARG_STR(1), b_is_range);
    return STATUS_OK;
}
static Status ret_ranges(FnCall *call, const Sides *s, Range *ranges, uint32_t count) {
    return multirange_store(call->arena, s->sub, ranges, count, &call->result);
}

/* ---- making ---- */

static Status result_type(FnCall *call, Sides *s) {
    TRY(range_site(call->site, call->site->result_type, &s->type));
    s->sub = s->type.sub;
    return STATUS_OK;
}
SCALAR(multirange_constructor0) {
    Sides s;
    TRY(result_type(call, &s));
    return ret_ranges(call, &s, NULL, 0);
}
SCALAR(multirange_constructor1) {
    Sides s;
    TRY(result_type(call, &s));
    Range r = range_load(s.sub, ARG_STR(0));
    return ret_ranges(call, &s, &r, !r.empty);
}
SCALAR(multirange_constructor2) {
    Sides s;
    ArrayView view;
    void *p;
    TRY(result_type(call, &s));
    TRY(array_view(ARG_STR(0), &view));
    if (view.dim_count > 1)
        return error(ERR_CARDINALITY_VIOLATION,
                     "multiranges cannot be constructed from multidimensional arrays");
    TRY(arena_try_alloc(call->arena, ((size_t)view.elem_count + 1) * sizeof(Range), &p));
    Range *ranges = p;
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (array_is_null(&view, i))
            return error(ERR_NULL_VALUE_NOT_ALLOWED,
                         "multirange values cannot contain null members");
        ranges[i] = range_load(s.sub, array_get(&view, i).str);
    }
    return ret_ranges(call, &s, ranges, multirange_normalize(s.sub, ranges, view.elem_count));
}

/* ---- parts ---- */

static Status ret_bound(FnCall *call, bool upper) {
    Sides s;
    TRY(load_one(call, &s));
    if (s.a.count == 0)
        return ret_null(call);
    Range r = upper ? side_last(s.sub, &s.a) : side_at(s.sub, &s.a, 0);
    const RangeBound *b = upper ? &r.upper : &r.lower;
    return b->infinite ? ret_null(call) : ret_datum(call, b->value);
}
SCALAR(multirange_lower) { return ret_bound(call, false); }
SCALAR(multirange_upper) { return ret_bound(call, true); }
SCALAR(multirange_empty) { return ret_bool(call, multirange_load(ARG_STR(0)).count == 0); }
#define BOUND_TEST(name, which, expr)                                                              \
    SCALAR(name) {                                                                                 \
        Sides s;                                                                                   \
        TRY(load_one(call, &s));                                                                   \
        if (s.a.count == 0)                                                                        \
            return ret_bool(call, false);                                                          \
        Range r = which;                                                                           \
        return ret_bool(call, expr);                                                               \
    }
BOUND_TEST(multirange_lower_inc, side_at(s.sub, &s.a, 0), r.lower.inclusive)
BOUND_TEST(multirange_upper_inc, side_last(s.sub, &s.a), r.upper.inclusive)
BOUND_TEST(multirange_lower_inf, side_at(s.sub, &s.a, 0), r.lower.infinite)
BOUND_TEST(multirange_upper_inf, side_last(s.sub, &s.a), r.upper.infinite)
SCALAR(range_merge_from_multirange) {
    Sides s;
    TRY(load_one(call, &s));
    Range r = {.empty = s.a.count == 0};
    if (!r.empty) {
        r.lower = side_at(s.sub, &s.a, 0).lower;
        r.upper = side_last(s.sub, &s.a).upper;
    }
    return range_store(call->arena, &s.type, r, &call->result);
}

typedef struct Unnest {
    Str bytes;
    uint32_t next;
} Unnest;
SET_START(multirange_unnest) {
    Unnest *u = arena_new(set->scan_arena, Unnest);
    Str bytes = set->call.args[0].str;
    void *copy;
    TRY(arena_try_alloc(set->scan_arena, bytes.len + 1, &copy));
    memcpy(copy, bytes.data, bytes.len);
    u->bytes = str_make(copy, bytes.len);
    set->state = u;
    return STATUS_OK;
}
SET_NEXT(multirange_unnest) {
    Unnest *u = set->state;
    RangeType type;
    Multirange m = multirange_load(u->bytes);
    *row_out = u->next < m.count;
    if (!*row_out)
        return STATUS_OK;
    TRY(range_site(set->call.site, set->call.site->arg_types[0], &type));
    Range r = multirange_at(type.sub, &m, u->next++);
    set->column_nulls[0] = false;
    return range_store(set->call.arena, &type, r, &set->columns[0]);
}

/* ---- order ---- */

static Status compare(FnCall *call, int *order_out) {
    Sides s;
    TRY(load_two(call, false, false, &s));
    *order_out = 0;
    for (uint32_t i = 0; i < s.a.count && i < s.b.count && *order_out == 0; i++) {
        Range x = side_at(s.sub, &s.a, i), y = side_at(s.sub, &s.b, i);
        *order_out = range_order(s.sub, &x, &y);
    }
    if (*order_out == 0)
        *order_out = (s.a.count > s.b.count) - (s.a.count < s.b.count);
    return STATUS_OK;
}
#define COMPARISON(name, op)                                                                       \
    SCALAR(name) {                                                                                 \
        int o;                                                                                     \
        TRY(compare(call, &o));                                                                    \
        return ret_bool(call, o op 0);                                                             \
    }
COMPARISON(multirange_eq, ==)
COMPARISON(multirange_ne, !=)
COMPARISON(multirange_lt, <)
COMPARISON(multirange_le, <=)
COMPARISON(multirange_gt, >)
COMPARISON(multirange_ge, >=)
SCALAR(multirange_cmp) { return compare(call, &call->result.i32); }
static Status hash(FnCall *call, uint64_t seed, uint64_t *hash_out) {
    Sides s;
    TRY(load_one(call, &s));
    return hash_multirange_value(call, s.sub, ARG_STR(0), seed, hash_out);
}
SCALAR(hash_multirange) {
    uint64_t h;
    TRY(hash(call, 0, &h));
    return ret_i32(call, (int32_t)h);
}
SCALAR(hash_multirange_extended) {
    uint64_t h;
    TRY(hash(call, (uint64_t)ARG_I64(1), &h));
    return ret_i64(call, (int64_t)h);
}

/* ---- how two lie to each other ---- */

static int order(const Sides *s, const RangeBound *x, const RangeBound *y) {
    return range_bound_order(s->sub, x, y);
}
/* The first range of a side that does not end before the bound; count where all do. */
static uint32_t first_from(const Sides *s, const Side *side, const RangeBound *bound) {
    uint32_t low = 0, high = side->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        Range r = side_at(s->sub, side, middle);
        if (order(s, &r.upper, bound) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
static bool contains(const Sides *s, const Side *outer, const Side *inner) {
    for (uint32_t i = 0; i < inner->count; i++) {
        Range r = side_at(s->sub, inner, i);
        uint32_t at = first_from(s, outer, &r.lower);
        if (at == outer->count)
            return false;
        Range o = side_at(s->sub, outer, at);
        if (!range_holds(s->sub, &o, &r))
            return false;
    }
    return true;
}
static bool overlaps(const Sides *s) {
    const Side *few = s->a.count <= s->b.count ? &s->a : &s->b,
               *many = few == &s->a ? &s->b : &s->a;
    for (uint32_t i = 0; i < few->count; i++) {
        Range r = side_at(s->sub, few, i);
        uint32_t at = first_from(s, many, &r.lower);
        if (at == many->count)
            return false;
        Range o = side_at(s->sub, many, at);
        if (range_overlap(s->sub, &o, &r))
            return true;
    }
    return false;
}
static bool before(const Sides *s, const Side *a, const Side *b) {
    Range last = side_last(s->sub, a), first = side_at(s->sub, b, 0);
    return order(s, &last.upper, &first.lower) < 0;
}
static bool overleft(const Sides *s) {
    Range x = side_last(s->sub, &s->a), y = side_last(s->sub, &s->b);
    return order(s, &x.upper, &y.upper) <= 0;
}
static bool overright(const Sides *s) {
    Range x = side_at(s->sub, &s->a, 0), y = side_at(s->sub, &s->b, 0);
    return order(s, &x.lower, &y.lower) >= 0;
}
static bool adjacent(const Sides *s) {
    return range_touch(s->sub, side_last(s->sub, &s->a).upper, side_at(s->sub, &s->b, 0).lower) ||
           range_touch(s->sub, side_last(s->sub, &s->b).upper, side_at(s->sub, &s->a, 0).lower);
}
#define RELATION(name, a_is_range, b_is_range, expr)                                               \
    SCALAR(name) {                                                                                 \
        Sides s;                                                                                   \
        TRY(load_two(call, a_is_range, b_is_range, &s));                                           \
        return ret_bool(call, expr);                                                               \
    }
#define BOTH (s.a.count > 0 && s.b.count > 0)
#define RELATIONS(name, expr)                                                                      \
    RELATION(multirange_##name##_multirange, false, false, expr)                                   \
    RELATION(multirange_##name##_range, false, true, expr)                                         \
    RELATION(range_##name##_multirange, true, false, expr)
RELATIONS(contains, contains(&s, &s.a, &s.b))
RELATIONS(contained_by, contains(&s, &s.b, &s.a))
RELATIONS(overlaps, overlaps(&s))
RELATIONS(before, BOTH &&before(&s, &s.a, &s.b))
RELATIONS(after, BOTH &&before(&s, &s.b, &s.a))
RELATIONS(overleft, BOTH &&overleft(&s))
RELATIONS(overright, BOTH &&overright(&s))
RELATIONS(adjacent, BOTH &&adjacent(&s))
static Status has_element(FnCall *call, int multirange, int element) {
    Sides s;
    TRY(range_site(call->site, call->site->arg_types[multirange], &s.type));
    s.sub = s.type.sub;
    s.a = side_of(s.sub, ARG_STR(multirange), false);
    RangeBound v = {.value = call->args[element], .inclusive = true, .lower = true};
    uint32_t at = first_from(&s, &s.a, &v);
    bool has = at < s.a.count;
    if (has) {
        Range r = side_at(s.sub, &s.a, at);
        has = order(&s, &r.lower, &v) <= 0;
    }
    return ret_bool(call, has);
}
SCALAR(multirange_contains_elem) { return has_element(call, 0, 1); }
SCALAR(elem_contained_by_multirange) { return has_element(call, 1, 0); }

/* ---- sets ---- */

SCALAR(multirange_union) {
    Sides s;
    void *p;
    TRY(load_two(call, false, false, &s));
    TRY(arena_try_alloc(call->arena, ((size_t)s.a.count + s.b.count + 1) * sizeof(Range), &p));
    Range *ranges = p;
    for (uint32_t i = 0; i < s.a.count; i++)
        ranges[i] = side_at(s.sub, &s.a, i);
    for (uint32_t i = 0; i < s.b.count; i++)
        ranges[s.a.count + i] = side_at(s.sub, &s.b, i);
    return ret_ranges(call, &s, ranges, multirange_normalize(s.sub, ranges, s.a.count + s.b.count));
}
/* Walks both in step: whichever range ends first gives way. */
static Status intersect(FnCall *call, const Sides *s) {
    void *p;
    uint32_t count = 0, i = 0, j = 0;
    TRY(arena_try_alloc(call->arena, ((size_t)s->a.count + s->b.count + 1) * sizeof(Range), &p));
    Range *out = p;
    while (i < s->a.count && j < s->b.count) {
        Range x = side_at(s->sub, &s->a, i), y = side_at(s->sub, &s->b, j);
        bool x_first = order(s, &x.upper, &y.upper) <= 0;
        if (range_overlap(s->sub, &x, &y))
            out[count++] = (Range){.lower = order(s, &x.lower, &y.lower) >= 0 ? x.lower : y.lower,
                                   .upper = x_first ? x.upper : y.upper};
        if (x_first)
            i++;
        else
            j++;
    }
    return ret_ranges(call, s, out, count);
}
SCALAR(multirange_intersect) {
    Sides s;
    TRY(load_two(call, false, false, &s));
    return intersect(call, &s);
}
SCALAR(multirange_intersect_agg_transfn) {
    return error(ERR_INTERNAL_ERROR,
                 "multirange_intersect_agg_transfn called in non-aggregate context");
}
static RangeBound before_bound(RangeBound lower) {
    lower.lower = false;
    lower.inclusive = !lower.inclusive;
    return lower;
}
static RangeBound after_bound(RangeBound upper) {
    upper.lower = true;
    upper.inclusive = !upper.inclusive;
    return upper;
}
SCALAR(multirange_minus) {
    Sides s;
    void *p;
    uint32_t count = 0, j = 0;
    TRY(load_two(call, false, false, &s));
    TRY(arena_try_alloc(call->arena, ((size_t)s.a.count + s.b.count + 1) * sizeof(Range), &p));
    Range *out = p;
    for (uint32_t i = 0; i < s.a.count; i++) {
        Range rest = side_at(s.sub, &s.a, i);
        for (; j < s.b.count && !rest.empty; j++) {
            Range y = side_at(s.sub, &s.b, j);
            if (order(&s, &y.upper, &rest.lower) < 0)
                continue;
            if (order(&s, &y.lower, &rest.upper) > 0)
                break;
            if (order(&s, &y.lower, &rest.lower) > 0)
                out[count++] = (Range){.lower = rest.lower, .upper = before_bound(y.lower)};
            if (order(&s, &y.upper, &rest.upper) >= 0) {
                rest.empty = true; /* y may reach into the next one */
                break;
            }
            rest.lower = after_bound(y.upper);
        }
        if (!rest.empty)
            out[count++] = rest;
    }
    return ret_ranges(call, &s, out, count);
}

/* ---- aggregates ---- */

typedef struct GatherState {
    Range *ranges;
    uint32_t count, capacity;
    RangeType type;
    bool any;
} GatherState;

static Status gather_one(AggCall *call, GatherState *s, Range r) {
    if (s->count == s->capacity) {
        uint32_t capacity = MAX(16, s->capacity * 2);
        void *p;
        TRY(arena_try_alloc(call->arena, (size_t)capacity * sizeof(Range), &p));
        if (s->count > 0)
            memcpy(p, s->ranges, s->count * sizeof(Range));
        s->ranges = p;
        s->capacity = capacity;
    }
    s->ranges[s->count++] = r;
    return STATUS_OK;
}
static Status gather_bytes(AggCall *call, Str bytes, Str *kept_out) {
    void *p;
    TRY(arena_try_alloc(call->arena, bytes.len + 1, &p));
    memcpy(p, bytes.data, bytes.len);
    *kept_out = str_make(p, bytes.len);
    return STATUS_OK;
}
static Status gather_type(AggCall *call, GatherState *s) {
    s->any = true;
    if (s->type.sub != NULL)
        return STATUS_OK;
    return range_site(call->site, call->site->arg_types[0], &s->type);
}
static Status gather_range_step(AggCall *call, void *state) {
    GatherState *s = state;
    Str bytes;
    TRY(gather_type(call, s));
    TRY(gather_bytes(call, call->args[0].str, &bytes));
    return gather_one(call, s, range_load(s->type.sub, bytes));
}
static Status gather_multirange_step(AggCall *call, void *state) {
    GatherState *s = state;
    Str bytes;
    TRY(gather_type(call, s));
    TRY(gather_bytes(call, call->args[0].str, &bytes));
    Multirange m = multirange_load(bytes);
    for (uint32_t i = 0; i < m.count; i++)
        TRY(gather_one(call, s, multirange_at(s->type.sub, &m, i)));
    return STATUS_OK;
}
/* The other state's bytes live on the same aggregation or one that outlives it. */
static Status gather_combine(AggCall *call, void *state, const void *other) {
    GatherState *s = state;
    const GatherState *o = other;
    if (!o->any)
        return STATUS_OK;
    TRY(gather_type(call, s));
    for (uint32_t i = 0; i < o->count; i++) {
        StrBuf buf;
        strbuf_init(&buf, call->arena);
        range_put(s->type.sub, &o->ranges[i], &buf);
        TRY(gather_one(call, s, range_load(s->type.sub, buf_datum(&buf).str)));
    }
    return STATUS_OK;
}
static Status gather_final(AggCall *call, void *state) {
    GatherState *s = state;
    call->result_null = !s->any;
    if (!s->any)
        return STATUS_OK;
    s->count = multirange_normalize(s->type.sub, s->ranges, s->count);
    return multirange_store(call->result_arena, s->type.sub, s->ranges, s->count, &call->result);
}
AGGREGATE(range_agg, "range_agg(anyrange)", .state_bytes = sizeof(GatherState), .strict = true,
          .step = gather_range_step, .combine = gather_combine, .final = gather_final);
AGGREGATE(multirange_agg, "range_agg(anymultirange)", .state_bytes = sizeof(GatherState),
          .strict = true, .step = gather_multirange_step, .combine = gather_combine,
          .final = gather_final);

/* The intersection so far, in a buffer that is reused while it is large enough. */
typedef struct MeetState {
    Datum value;
    char *buffer;
    uint32_t capacity;
    bool any;
} MeetState;
Status fn_range_intersect(FnCall *call);

static Status keep(AggCall *call, MeetState *s, Str value) {
    if (value.len > s->capacity) {
        void *p;
        TRY(arena_try_alloc(call->arena, 2 * (size_t)value.len, &p));
        s->buffer = p;
        s->capacity = 2 * value.len;
    }
    memcpy(s->buffer, value.data, value.len);
    s->value = datum_str(s->buffer, value.len);
    s->any = true;
    return STATUS_OK;
}
static Status meet(AggCall *call, MeetState *s, Datum value, FnImpl both) {
    Arena scratch;
    if (!s->any)
        return keep(call, s, value.str);
    arena_init(&scratch, call->arena->account);
    Datum args[2] = {s->value, value};
    bool nulls[2] = {false, false};
    FnCall inner = {.site = call->site, .arena = &scratch, .args = args, .nulls = nulls};
    Status status = both(&inner);
    if (status_ok(status))
        status = keep(call, s, inner.result.str);
    arena_destroy(&scratch);
    return status;
}
static Status meet_range_step(AggCall *call, void *state) {
    return meet(call, state, call->args[0], fn_range_intersect);
}
static Status meet_range_combine(AggCall *call, void *state, const void *other) {
    const MeetState *o = other;
    return o->any ? meet(call, state, o->value, fn_range_intersect) : STATUS_OK;
}
static Status meet_multirange_step(AggCall *call, void *state) {
    return meet(call, state, call->args[0], fn_multirange_intersect);
}
static Status meet_multirange_combine(AggCall *call, void *state, const void *other) {
    const MeetState *o = other;
    return o->any ? meet(call, state, o->value, fn_multirange_intersect) : STATUS_OK;
}
static Status meet_final(AggCall *call, void *state) {
    MeetState *s = state;
    call->result = s->value;
    call->result_null = !s->any;
    return STATUS_OK;
}
AGGREGATE(range_intersect_agg, "range_intersect_agg(anyrange)", .state_bytes = sizeof(MeetState),
          .strict = true, .step = meet_range_step, .combine = meet_range_combine,
          .final = meet_final);
AGGREGATE(multirange_intersect_agg, "range_intersect_agg(anymultirange)",
          .state_bytes = sizeof(MeetState), .strict = true, .step = meet_multirange_step,
          .combine = meet_multirange_combine, .final = meet_final);
