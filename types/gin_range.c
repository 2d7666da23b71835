/*
 * gin_range.c: keys of ranges, networks and plain values.
 *
 * Ranges lie in an interval tree that is not stored (Kriegel and others, "Managing Intervals Efficiently in
 * Object-Relational Databases", 2000). A bound is a number of 64 bits, the beginning of its ordered key:
 * bounds in order have numbers in order, though not always different ones. Bounds are leaves, odd
 * numbers; the even number 2^k * odd is the node over those that differ from it in bits below k. A range
 * belongs to the node where its bounds part, and has two keys: the node with the lower, and with the
 * upper bound. What overlaps [c, d] then is
 *
 *   all of the nodes from c to d,
 *   at nodes below c on the way from the root to c, ranges whose upper bound is at least c,
 *   at nodes above d on the way from the root to d, ranges whose lower bound is at most d:
 *
 * a search for each level at most, mostly fewer, as whoever reads the keys leaps over nodes without ranges.
 */
#include "types/gin_int.h"

#include "types/inet.h"
#include "types/multirange.h"

enum {
    RANGE_BEFORE = 1,
    RANGE_OVERLEFT = 2,
    RANGE_OVERLAPS = 3,
    RANGE_OVERRIGHT = 4,
    RANGE_AFTER = 5,
    RANGE_ADJACENT = 6,
    RANGE_CONTAINS = 7,
    RANGE_CONTAINED = 8,
    RANGE_CONTAINS_ELEMENT = 16,
    RANGE_EQUAL = 18
};

bool gin_range_answers(int16_t strategy) {
    return (strategy >= RANGE_BEFORE && strategy <= RANGE_CONTAINED) ||
           strategy == RANGE_CONTAINS_ELEMENT || strategy == RANGE_EQUAL;
}

typedef struct Span {
    bool empty;
    uint64_t low, high; /* leaves */
} Span;

static Status leaf_of(KeyMaker *m, const TypeInfo *sub, Datum value, uint64_t *out) {
    StrBuf key;
    uint8_t bytes[8] = {0};
    strbuf_init(&key, m->arena);
    TRY(sub->key_encode(sub, sub->collation, value, &key));
    memcpy(bytes, strbuf_cstr(&key), MIN(key.len, 8));
    *out = load_be64(bytes) | 1;
    return STATUS_OK;
}

static Status span_of_bounds(KeyMaker *m, const TypeInfo *sub, const RangeBound *lower,
                             const RangeBound *upper, Span *out) {
    *out = (Span){.low = 1, .high = UINT64_MAX};
    if (!lower->infinite)
        TRY(leaf_of(m, sub, lower->value, &out->low));
    if (!upper->infinite)
        TRY(leaf_of(m, sub, upper->value, &out->high));
    return STATUS_OK;
}

/* Of a range, a multirange (from its first bound to its last) or an element. */
static Status span_of(KeyMaker *m, const TypeInfo *type, Datum value, bool element, Span *out) {
    RangeType range;
    TRY(range_type(m->column->type, &range));
    if (range.sub->key_encode == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "type %s cannot be an index key", range.sub->name);
    *out = (Span){.empty = true};
    if (element) {
        *out = (Span){0};
        TRY(leaf_of(m, range.sub, value, &out->low));
        out->high = out->low;
        return STATUS_OK;
    }
    if (type->kind != TYPE_MULTIRANGE) {
        Range r = range_load(range.sub, value.str);
        return r.empty ? STATUS_OK : span_of_bounds(m, range.sub, &r.lower, &r.upper, out);
    }
    Multirange all = multirange_load(value.str);
    if (all.count == 0)
        return STATUS_OK;
    Range first = multirange_at(range.sub, &all, 0),
          last = multirange_at(range.sub, &all, all.count - 1);
    return span_of_bounds(m, range.sub, &first.lower, &last.upper, out);
}

static uint64_t fork_of(uint64_t low, uint64_t high) {
    if (low == high)
        return low;
    int k = 63 - __builtin_clzll(low ^ high);
    return (high >> k) << k;
}

static Str node_key(KeyMaker *m, uint8_t kind, uint64_t node, uint64_t bound) {
    gin_begin(m, kind);
    strbuf_put_be64(&m->buf, node);
    strbuf_put_be64(&m->buf, bound);
    return str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
}

Status gin_range_keys(KeyMaker *m, Datum value) {
    Span span;
    TRY(span_of(m, m->column->type, value, false, &span));
    if (span.empty) {
        gin_put_marker(m, KEY_EMPTY);
        return STATUS_OK;
    }
    uint64_t node = fork_of(span.low, span.high);
    Str lower = node_key(m, KEY_LOWER, node, span.low),
        upper = node_key(m, KEY_UPPER, node, span.high);
    vec_push(m->keys, m->arena, lower);
    vec_push(m->keys, m->arena, upper);
    return STATUS_OK;
}

/* ---- queries ---- */

#define LEAVES_MAX 192u

static void add_range(KeyMaker *m, GinNode *any, uint8_t kind, uint64_t node, uint64_t from,
                      uint64_t last_node, uint64_t to) {
    GinNode *leaf = gin_leaf(m->arena, GIN_RANGE, node_key(m, kind, node, from));
    leaf->high = node_key(m, kind, last_node, to);
    check(any->count < LEAVES_MAX);
    any->items[any->count++] = leaf;
}

/* Nodes of the way from the root to a leaf that lie below it (above it) and not within [low, high]. */
static void add_way(KeyMaker *m, GinNode *any, uint64_t leaf, bool below, uint64_t bound) {
    for (int k = 63; k >= 1; k--) {
        uint64_t node = ((leaf >> k) | 1) << k;
        if (below && node < leaf)
            add_range(m, any, KEY_UPPER, node, bound, node, UINT64_MAX);
        else if (!below && node > leaf)
            add_range(m, any, KEY_LOWER, node, 0, node, bound);
    }
}

/* What contains [low, high]: nodes of the way to where the two part. */
static void add_containing(KeyMaker *m, GinNode *any, const Span *q) {
    uint64_t fork = fork_of(q->low, q->high);
    for (int k = 63; k >= 0; k--) {
        uint64_t node = k == 0 ? q->low : ((q->low >> k) | 1) << k;
        if (node > q->high)
            add_range(m, any, KEY_LOWER, node, 0, node, q->low);
        else if (node < q->low)
            add_range(m, any, KEY_UPPER, node, q->high, node, UINT64_MAX);
        else
            add_range(m, any, KEY_LOWER, node, 0, node, q->low);
        if (node == fork)
            return;
    }
}

static void add_empty(KeyMaker *m, GinNode *any) {
    gin_begin(m, KEY_EMPTY);
    Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
    any->items[any->count++] = gin_leaf(m->arena, GIN_KEY, key);
}

static void add_nodes(KeyMaker *m, GinNode *any, uint64_t low, uint64_t high) {
    add_range(m, any, KEY_LOWER, low, 0, high, UINT64_MAX);
}

static GinNode *empty_query(KeyMaker *m, int16_t strategy) {
    GinNode *any = gin_leaf(m->arena, GIN_OR, (Str){0});
    any->items = arena_array(m->arena, GinNode *, 1);
    if (strategy == RANGE_CONTAINS)
        return gin_leaf(m->arena, GIN_ALL, (Str){0});
    if (strategy != RANGE_CONTAINED && strategy != RANGE_EQUAL)
        return gin_leaf(m->arena, GIN_NOTHING, (Str){0});
    add_empty(m, any);
    return any;
}

Status gin_range_query(KeyMaker *m, int16_t strategy, Datum query, Oid query_type, GinNode **out) {
    const TypeInfo *type;
    Span q;
    TRY(type_lookup(m->env, query_type, &type));
    while (type->kind == TYPE_DOMAIN)
        type = type->element_type;
    TRY(span_of(m, type, query, strategy == RANGE_CONTAINS_ELEMENT, &q));
    if (q.empty) {
        *out = empty_query(m, strategy);
        return STATUS_OK;
    }
    GinNode *any = *out = gin_leaf(m->arena, GIN_OR, (Str){0});
    any->items = arena_array(m->arena, GinNode *, LEAVES_MAX);
    switch (strategy) {
    case RANGE_BEFORE:
        add_nodes(m, any, 0, q.low);
        break;
    case RANGE_OVERLEFT:
        add_nodes(m, any, 0, q.high);
        break;
    case RANGE_AFTER:
        add_nodes(m, any, q.high, UINT64_MAX);
        break;
    case RANGE_OVERRIGHT:
        add_nodes(m, any, q.low, UINT64_MAX);
        break;
    case RANGE_CONTAINED:
        add_nodes(m, any, q.low, q.high);
        add_empty(m, any);
        break;
    case RANGE_EQUAL: {
        uint64_t node = fork_of(q.low, q.high);
        add_range(m, any, KEY_LOWER, node, q.low, node, q.low);
        break;
    }
    case RANGE_CONTAINS:
    case RANGE_CONTAINS_ELEMENT:
        add_containing(m, any, &q);
        break;
    default:
        add_nodes(m, any, q.low, q.high);
        add_way(m, any, q.low, true, q.low);
        add_way(m, any, q.high, false, q.high);
        break;
    }
    return STATUS_OK;
}

/* ---- networks: the address, and the network it is in ---- */

enum {
    NET_OVERLAPS = 3,
    NET_EQUAL = 18,
    NET_WITHIN = 24,
    NET_WITHIN_OR_EQUAL = 25,
    NET_HOLDS = 26,
    NET_HOLDS_OR_EQUAL = 27
};

bool gin_network_answers(int16_t strategy) {
    return strategy == NET_OVERLAPS || strategy == NET_EQUAL ||
           (strategy >= NET_WITHIN && strategy <= NET_HOLDS_OR_EQUAL);
}

static Str address_key(KeyMaker *m, uint8_t kind, const NetAddress *a, int bits) {
    gin_begin(m, kind);
    strbuf_putc(&m->buf, (char)a->family);
    strbuf_append(&m->buf, a->bytes, 16);
    if (kind == KEY_NET)
        strbuf_putc(&m->buf, (char)bits);
    return str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
}
static NetAddress masked_to(const NetAddress *a, int bits) {
    NetAddress masked = *a;
    masked.bits = bits;
    return net_masked(&masked);
}

Status gin_network_keys(KeyMaker *m, Datum value) {
    NetAddress a = net_load(value), net = net_masked(&a);
    Str address = address_key(m, KEY_ELEMENT, &a, 0), network = address_key(m, KEY_NET, &net, a.bits);
    vec_push(m->keys, m->arena, address);
    vec_push(m->keys, m->arena, network);
    return STATUS_OK;
}

static GinNode *within(KeyMaker *m, const NetAddress *q) {
    NetAddress low = net_masked(q), high = low;
    for (int bit = q->bits; bit < net_bits_max(q); bit++)
        high.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    GinNode *leaf = gin_leaf(m->arena, GIN_RANGE, address_key(m, KEY_ELEMENT, &low, 0));
    leaf->high = address_key(m, KEY_ELEMENT, &high, 0);
    return leaf;
}

Status gin_network_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    NetAddress q = net_load(query);
    if (strategy == NET_EQUAL) {
        *out = gin_leaf(m->arena, GIN_KEY, address_key(m, KEY_ELEMENT, &q, 0));
        return STATUS_OK;
    }
    GinNode *any = *out = gin_leaf(m->arena, GIN_OR, (Str){0});
    any->items = arena_array(m->arena, GinNode *, 130);
    if (strategy == NET_OVERLAPS || strategy == NET_WITHIN || strategy == NET_WITHIN_OR_EQUAL)
        any->items[any->count++] = within(m, &q);
    if (strategy != NET_WITHIN && strategy != NET_WITHIN_OR_EQUAL)
        for (int bits = 0; bits <= q.bits; bits++) {
            NetAddress net = masked_to(&q, bits);
            any->items[any->count++] =
                gin_leaf(m->arena, GIN_KEY, address_key(m, KEY_NET, &net, bits));
        }
    return STATUS_OK;
}

/* ---- plain values, in order; long ones by how they begin ---- */

#define SCALAR_BYTES_MAX 1000u

static Status scalar_key(KeyMaker *m, Datum value, Str *out) {
    const TypeInfo *type = m->column->type;
    if (type->key_encode == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "type %s cannot be an index key", type->name);
    gin_begin(m, KEY_ELEMENT);
    TRY(type->key_encode(type, m->column->collation, value, &m->buf));
    size_t len = MIN(m->buf.len, SCALAR_BYTES_MAX);
    *out = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), len), len);
    return STATUS_OK;
}

Status gin_scalar_keys(KeyMaker *m, Datum value) {
    Str key;
    TRY(scalar_key(m, value, &key));
    vec_push(m->keys, m->arena, key);
    return STATUS_OK;
}

Status gin_scalar_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    Str key;
    TRY(scalar_key(m, query, &key));
    *out = gin_leaf(m->arena, strategy == 3 ? GIN_KEY : GIN_RANGE, key);
    if (strategy == 3)
        return STATUS_OK;
    gin_begin(m, KEY_ELEMENT);
    Str all = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
    (*out)->key = strategy < 3 ? all : key;
    (*out)->high = strategy < 3 ? key : all;
    return STATUS_OK;
}
