/*
 * index_ranges.c: from a plan's bounds of an index to ranges of its keys.
 *
 * One range per combination of the values that leading columns are equal to, in key order.
 */
#include "executor/index_ranges.h"

#include "base/array.h"

#include <stdlib.h>

/* ---- bounds ---- */

/* Making the ranges of one run. */
typedef struct Making {
    IndexRanges *ranges;
    Node *node;
    Arena *arena;
} Making;

static Status bound_value(Making *m, const IndexColumn *column, ProgNode *expr, Datum *value_out,
                          BoundFit *fit_out, bool *null_out) {
    ProgContext ctx = node_context(m->node, NULL, NULL);
    Oid column_type = column->type->oid;
    ctx.arena = m->arena;
    Datum value;
    TRY(prog_eval_single(expr, &ctx, &value, null_out));
    if (*null_out)
        return STATUS_OK;
    if (expr->type == column_type || expr->phys == PHYS_STR) {
        *fit_out = FIT_EXACT;
        *value_out = value;
        if (expr->type == column_type || column->type->phys == PHYS_STR)
            return STATUS_OK;
    }
    return index_bound_convert(&m->node->exec->env, m->arena, column_type, expr->type, value,
                               value_out, fit_out);
}

static Status bound_encode(Making *m, const IndexColumn *column, Datum value, bool is_null,
                           Str *out) {
    StrBuf buf;
    strbuf_init(&buf, m->arena);
    TRY(key_encode_column(column->type, column->collation, column->descending, column->nulls_first,
                          value, is_null, &buf));
    *out = str_make(strbuf_cstr(&buf), buf.len);
    return STATUS_OK;
}

static Str key_join(Arena *arena, Str a, Str b) {
    if (a.len == 0)
        return b;
    char *p = arena_alloc(arena, a.len + b.len + 1u);
    memcpy(p, a.data, a.len);
    memcpy(p + a.len, b.data, b.len);
    return str_make(p, a.len + b.len);
}

static int compare_strs(const void *a, const void *b) {
    return str_compare(*(const Str *)a, *(const Str *)b);
}

/* The encoded values a column is equal to, ascending, distinct; count 0: nothing matches. */
static Status bound_equals(Making *m, uint32_t at, Str **out, uint32_t *count_out) {
    const IndexColumn *c = index_key_column(m->ranges->key, at);
    const IndexBound *bound = &m->ranges->plan[at];
    const BoundNode *b = &m->ranges->bounds[at];
    Arena *arena = m->arena;
    bool is_null;
    BoundFit fit;
    Datum value;
    *count_out = 0;
    *out = arena_new(arena, Str);
    if (bound->kind == INDEX_BOUND_IS_NULL) {
        *count_out = 1;
        return bound_encode(m, c, (Datum){.i64 = 0}, true, *out);
    }
    if (bound->kind == INDEX_BOUND_EQ) {
        TRY(bound_value(m, c, b->low, &value, &fit, &is_null));
        if (is_null || fit != FIT_EXACT)
            return STATUS_OK;
        *count_out = 1;
        return bound_encode(m, c, value, false, *out);
    }
    ProgContext ctx = node_context(m->node, NULL, NULL);
    ctx.arena = arena;
    TRY(prog_eval_single(b->low, &ctx, &value, &is_null));
    if (is_null)
        return STATUS_OK;
    ArrayView view;
    TRY(array_view(value.str, &view));
    Str *keys = arena_array(arena, Str, view.elem_count + 1);
    uint32_t n = 0, distinct = 0;
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (array_is_null(&view, i))
            continue;
        value = array_get(&view, i);
        fit = FIT_EXACT;
        if (view.elem_type != c->type->oid &&
            !(view.elem_phys == PHYS_STR && c->type->phys == PHYS_STR))
            TRY(index_bound_convert(&m->node->exec->env, arena, c->type->oid, view.elem_type, value,
                                    &value, &fit));
        if (fit == FIT_EXACT)
            TRY(bound_encode(m, c, value, false, &keys[n++]));
    }
    if (n > 1)
        qsort(keys, n, sizeof(Str), compare_strs);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || !str_equal(keys[i], keys[distinct - 1]))
            keys[distinct++] = keys[i];
    *out = keys;
    *count_out = distinct;
    return STATUS_OK;
}

/*
 * One side of the last bound. A row comparison's further values go on where the first is exactly a key's;
 * a NULL among them ends it: (a, b) > (1, NULL) is true for a > 1 only.
 */
static Status bound_side(Making *m, uint32_t at, bool is_low, Str *key_out, bool *inclusive_out,
                         BoundFit *fit_out, bool *null_out) {
    const IndexBound *bound = &m->ranges->plan[at];
    const BoundNode *b = &m->ranges->bounds[at];
    const ExprList *rest = is_low ? &bound->low_rest : &bound->high_rest;
    const IndexColumn *c = index_key_column(m->ranges->key, at);
    Datum value;
    Str key;
    *fit_out = FIT_EXACT;
    *inclusive_out = is_low ? bound->low_inclusive : bound->high_inclusive;
    TRY(bound_value(m, c, is_low ? b->low : b->high, &value, fit_out, null_out));
    if (*null_out || *fit_out == FIT_BELOW || *fit_out == FIT_ABOVE)
        return STATUS_OK;
    TRY(bound_encode(m, c, value, false, key_out));
    if (*fit_out == FIT_BETWEEN) {
        *inclusive_out = !is_low;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < rest->count; i++) {
        BoundFit fit = FIT_EXACT;
        bool is_null;
        c = index_key_column(m->ranges->key, at + 1 + i);
        TRY(bound_value(m, c, (is_low ? b->low_rest : b->high_rest)[i], &value, &fit, &is_null));
        if (is_null || fit != FIT_EXACT) {
            *inclusive_out = !is_null;
            return STATUS_OK;
        }
        TRY(bound_encode(m, c, value, false, &key));
        *key_out = key_join(m->arena, *key_out, key);
    }
    return STATUS_OK;
}

/* The last bound as a range of the column's own key bytes. *none_out: nothing matches. */
static Status bound_range(Making *m, uint32_t at, KeyRange *range, bool *none_out) {
    const IndexColumn *c = index_key_column(m->ranges->key, at);
    const BoundNode *b = &m->ranges->bounds[at];
    Str null_key;
    bool is_null = false;
    *none_out = false;
    TRY(bound_encode(m, c, (Datum){.i64 = 0}, true, &null_key));
    /* NULLs lie at one end of the key space; leave them out. */
    if (c->nulls_first)
        *range = (KeyRange){.low = null_key, .has_low = true};
    else
        *range = (KeyRange){.high = null_key, .has_high = true};
    if (m->ranges->plan[at].kind == INDEX_BOUND_IS_NOT_NULL)
        return STATUS_OK;
    for (int side = 0; side < 2; side++) {
        BoundFit fit;
        bool inclusive;
        Str key;
        if ((side == 0 ? b->low : b->high) == NULL)
            continue;
        TRY(bound_side(m, at, side == 0, &key, &inclusive, &fit, &is_null));
        if (is_null || fit == (side == 0 ? FIT_ABOVE : FIT_BELOW)) {
            *none_out = true;
            return STATUS_OK;
        }
        if (fit == FIT_BELOW || fit == FIT_ABOVE)
            continue;
        if ((side == 0) != c->descending) {
            range->low = key;
            range->has_low = true;
            range->low_inclusive = inclusive;
        } else {
            range->high = key;
            range->has_high = true;
            range->high_inclusive = inclusive;
        }
    }
    return STATUS_OK;
}

static bool bound_is_equal(IndexBoundKind kind) {
    return kind == INDEX_BOUND_EQ || kind == INDEX_BOUND_EQ_ANY || kind == INDEX_BOUND_IS_NULL;
}

static void ranges_finish(Making *m, const Str *prefixes, uint32_t prefix_count,
                          const KeyRange *last) {
    Arena *arena = m->arena;
    m->ranges->items = arena_array(arena, KeyRange, prefix_count + 1);
    m->ranges->count = prefix_count;
    for (uint32_t i = 0; i < prefix_count; i++) {
        KeyRange *r = &m->ranges->items[i];
        Str prefix = prefixes[i];
        *r = last != NULL ? *last : (KeyRange){0};
        if (r->has_low) {
            r->low = key_join(arena, prefix, r->low);
        } else if (prefix.len > 0) {
            r->low = prefix;
            r->has_low = r->low_inclusive = true;
        }
        if (r->has_high) {
            r->high = key_join(arena, prefix, r->high);
        } else if (prefix.len > 0) {
            r->high = prefix;
            r->has_high = r->high_inclusive = true;
        }
    }
}

Status index_ranges_make(IndexRanges *ranges, Node *node) {
    Making m = {ranges, node, &ranges->arena};
    arena_reset(m.arena);
    Str *prefixes = arena_new(m.arena, Str);
    uint32_t prefix_count = 1;
    KeyRange last;
    bool has_last = false;
    ranges->count = 0;
    for (uint32_t i = 0; i < ranges->bound_count; i++) {
        Str *values;
        uint32_t count;
        bool none;
        if (!bound_is_equal(ranges->plan[i].kind)) {
            TRY(bound_range(&m, i, &last, &none));
            if (none)
                return STATUS_OK;
            has_last = true;
            break;
        }
        TRY(bound_equals(&m, i, &values, &count));
        Str *next;
        void *room;
        TRY(arena_try_alloc(m.arena, ((size_t)prefix_count * count + 1) * sizeof(Str), &room));
        next = room;
        for (uint32_t p = 0; p < prefix_count; p++)
            for (uint32_t v = 0; v < count; v++)
                next[p * count + v] = key_join(m.arena, prefixes[p], values[v]);
        prefixes = next;
        prefix_count *= count;
    }
    ranges_finish(&m, prefixes, prefix_count, has_last ? &last : NULL);
    return STATUS_OK;
}

/* ---- life ---- */

Status index_ranges_init(IndexRanges *ranges, Executor *exec, IndexKey *key,
                         const IndexBound *bounds, uint32_t bound_count) {
    *ranges = (IndexRanges){.key = key, .plan = bounds, .bound_count = bound_count};
    arena_init(&ranges->arena, &exec->account);
    ranges->bounds = arena_array(&exec->arena, BoundNode, bound_count + 1);
    for (uint32_t i = 0; i < bound_count; i++) {
        BoundNode *b = &ranges->bounds[i];
        if (bounds[i].low != NULL)
            TRY(prog_compile(exec, bounds[i].low, &b->low));
        if (bounds[i].high != NULL)
            TRY(prog_compile(exec, bounds[i].high, &b->high));
        TRY(prog_compile_list(exec, &bounds[i].low_rest, &b->low_rest));
        TRY(prog_compile_list(exec, &bounds[i].high_rest, &b->high_rest));
    }
    return STATUS_OK;
}

void index_ranges_end(IndexRanges *ranges) { arena_destroy(&ranges->arena); }
