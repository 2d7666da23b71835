/*
 * tsquery.c: queries as trees of operands and operators: text and binary form, stop words, order.
 *
 * A tree is an array in prefix order, right operand first, so a chain of left operands may be as long as
 * the query; only what hangs on the right nests, and that is bounded by TS_NEST_MAX when a value is built.
 * So everything here walks left operands in a loop and recurses to the right.
 */
#include "types/ts.h"

DECLARE_TYPE_IO(tsquery);
DECLARE_TYPE_ORDER(tsquery);

#define NODE_BYTES 12u

int32_t ts_crc(const char *text, size_t len) {
    static const uint32_t polynomial = 0xedb88320;
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; i++) {
        uint32_t entry = (crc >> 24 ^ (uint8_t)text[i]) & 0xff;
        for (int bit = 0; bit < 8; bit++)
            entry = entry >> 1 ^ (entry & 1 ? polynomial : 0);
        crc = entry ^ crc << 8;
    }
    return (int32_t)~crc;
}

static bool is_binary(const TsNode *n) { return n->kind == TS_OPERATOR && n->op != TS_NOT; }

/* ---- values ---- */

TsQuery ts_query(Arena *arena, Str value) {
    TsQuery q = {.count = load_le32(value.data)};
    const char *text = value.data + 4 + (size_t)q.count * NODE_BYTES;
    q.nodes = arena_alloc(arena, (q.count + 1) * sizeof(TsNode));
    for (uint32_t i = 0; i < q.count; i++) {
        const char *p = value.data + 4 + (size_t)i * NODE_BYTES;
        TsNode *n = &q.nodes[i];
        *n = (TsNode){.kind = (uint8_t)p[0]};
        if (n->kind == TS_OPERAND) {
            n->weights = (uint8_t)p[1];
            n->prefix = p[2];
            n->crc = (int32_t)load_le32(p + 4);
            n->len = load_le32(p + 8) & 0xfff;
            n->text = text + (load_le32(p + 8) >> 12);
        } else {
            n->op = (uint8_t)p[1];
            n->distance = (int16_t)load_le16(p + 2);
            n->left = load_le32(p + 4);
        }
    }
    return q;
}

/* Sets `left` from the back: the ends of the trees that wait for an operator lie on a stack. */
static Status link_nodes(Arena *arena, TsQuery *q) {
    typedef struct Tree {
        uint32_t at, nest;
    } Tree;
    Tree *stack = arena_alloc(arena, (q->count + 1) * sizeof(Tree));
    uint32_t depth = 0;
    for (uint32_t i = q->count; i-- > 0;) {
        TsNode *n = &q->nodes[i];
        uint32_t nest = 0;
        if (n->kind == TS_OPERATOR) {
            if (depth < (n->op == TS_NOT ? 1u : 2u))
                return error(ERR_INTERNAL_ERROR, "malformed tsquery: operand not found");
            Tree right = stack[--depth];
            nest = right.nest + 1;
            n->left = 1;
            if (n->op != TS_NOT) {
                Tree left = stack[--depth];
                n->left = left.at - i;
                nest = left.nest > nest ? left.nest : nest;
            }
        }
        if (nest > TS_NEST_MAX)
            return fiber_stack_error();
        stack[depth++] = (Tree){i, nest};
    }
    return depth == 1 || q->count == 0
               ? STATUS_OK
               : error(ERR_INTERNAL_ERROR, "malformed tsquery: extra nodes");
}
Status ts_query_build(Arena *arena, const TsQuery *query, Datum *value_out) {
    TsQuery q = *query;
    size_t text_bytes = 0;
    TRY(link_nodes(arena, &q));
    for (uint32_t i = 0; i < q.count; i++)
        text_bytes += q.nodes[i].kind == TS_OPERAND ? q.nodes[i].len + 1 : 0;
    if (text_bytes > TS_BYTES_MAX || q.count > (ARENA_ALLOC_MAX - text_bytes - 8) / NODE_BYTES)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "tsquery is too large");
    size_t head = 4 + (size_t)q.count * NODE_BYTES;
    void *block;
    TRY(arena_try_alloc(arena, head + text_bytes, &block));
    memset(block, 0, head);
    store_le32(block, q.count);
    char *texts = (char *)block + head;
    uint32_t at = 0;
    for (uint32_t i = 0; i < q.count; i++) {
        const TsNode *n = &q.nodes[i];
        char *p = (char *)block + 4 + (size_t)i * NODE_BYTES;
        p[0] = (char)n->kind;
        if (n->kind == TS_OPERAND) {
            p[1] = (char)n->weights;
            p[2] = n->prefix;
            store_le32(p + 4, (uint32_t)n->crc);
            store_le32(p + 8, n->len | at << 12);
            memcpy(texts + at, n->text, n->len);
            texts[at + n->len] = '\0';
            at += n->len + 1;
        } else {
            p[1] = (char)n->op;
            store_le16(p + 2, (uint16_t)n->distance);
            store_le32(p + 4, n->left);
        }
    }
    *value_out = datum_str(block, head + text_bytes);
    return STATUS_OK;
}

/* ---- stop words ---- */

/* What has become of a subtree: its nodes, and how far its phrase moved to either side. */
typedef struct Kept {
    uint32_t count; /* nodes, at the end of the output; 0: nothing is left */
    int left_add, right_add;
} Kept;
typedef struct Drop {
    Arena *arena;
    TsNode *out; /* filled from the back */
    uint32_t at;
} Drop;

static Kept join_kept(Drop *d, const TsNode *n, Kept left, Kept right) {
    bool phrase = n->op == TS_PHRASE;
    int distance = phrase ? n->distance : 0;
    Kept k = {.count = left.count + right.count};
    if (k.count == 0) {
        int larger = left.left_add > right.left_add ? left.left_add : right.left_add;
        k.left_add = k.right_add = phrase ? left.left_add + distance + right.left_add : larger;
    } else if (left.count == 0) {
        k.left_add = right.left_add + (phrase ? left.left_add + distance : 0);
        k.right_add = right.right_add;
    } else if (right.count == 0) {
        k.left_add = left.left_add;
        k.right_add = left.right_add + (phrase ? distance + right.right_add : 0);
    } else {
        TsNode *out = &d->out[--d->at];
        *out = *n;
        k.count++;
        if (phrase) {
            out->distance = (int16_t)(out->distance + left.right_add + right.left_add);
            k.left_add = left.left_add;
            k.right_add = right.right_add;
        }
    }
    return k;
}
/* Nodes come from the back, so both operands of an operator are done when it is met: the left one was
 * met first and lies deeper on the stack. */
Status ts_query_drop_stops(Arena *arena, TsQuery *query) {
    TRY(link_nodes(arena, query));
    Drop d = {.arena = arena, .at = query->count};
    Kept *stack = arena_alloc(arena, (query->count + 1) * sizeof(Kept));
    uint32_t depth = 0;
    d.out = arena_alloc(arena, (query->count + 1) * sizeof(TsNode));
    for (uint32_t i = query->count; i-- > 0;) {
        const TsNode *n = &query->nodes[i];
        if (n->kind == TS_STOP) {
            stack[depth++] = (Kept){0};
        } else if (n->kind == TS_OPERAND) {
            d.out[--d.at] = *n;
            stack[depth++] = (Kept){.count = 1};
        } else if (n->op == TS_NOT) {
            if (stack[depth - 1].count > 0) {
                d.out[--d.at] = *n;
                stack[depth - 1].count++;
            }
        } else {
            Kept right = stack[--depth], left = stack[--depth];
            stack[depth++] = join_kept(&d, n, left, right);
        }
    }
    *query = (TsQuery){.count = query->count - d.at, .nodes = d.out + d.at};
    return STATUS_OK;
}

/* The same way: a NOT leaves nothing, an OR only where both sides do, others what is left. */
TsQuery ts_query_positive(Arena *arena, const TsQuery *query) {
    uint32_t *stack = arena_alloc(arena, (query->count + 1) * sizeof(uint32_t));
    TsNode *out = arena_alloc(arena, (query->count + 1) * sizeof(TsNode));
    uint32_t depth = 0, at = query->count;
    for (uint32_t i = query->count; i-- > 0;) {
        const TsNode *n = &query->nodes[i];
        if (n->kind == TS_OPERAND) {
            out[--at] = *n;
            stack[depth++] = 1;
            continue;
        }
        if (n->op == TS_NOT) {
            at += stack[depth - 1];
            stack[depth - 1] = 0;
            continue;
        }
        uint32_t right = stack[--depth], left = stack[--depth], count = left + right;
        if (left > 0 && right > 0) {
            out[--at] = *n;
            count++;
        } else if (n->op == TS_OR) {
            at += count;
            count = 0;
        }
        stack[depth++] = count;
    }
    TsQuery result = {.count = query->count - at, .nodes = out + at};
    Status s = link_nodes(arena, &result); /* a part of a tree that nests no deeper */
    status_free(s);
    return result;
}

/* ---- text form ---- */

static int priority_of(const TsNode *n) {
    static const int priorities[] = {0, 4, 2, 1, 3};
    return priorities[n->op];
}
static void print_operand(const TsNode *n, StrBuf *text) {
    strbuf_putc(text, '\'');
    for (uint32_t i = 0; i < n->len; i++) {
        if (n->text[i] == '\'' || n->text[i] == '\\')
            strbuf_putc(text, n->text[i]);
        strbuf_putc(text, n->text[i]);
    }
    strbuf_putc(text, '\'');
    if (n->weights != 0 || n->prefix)
        strbuf_puts(text, n->prefix ? ":*" : ":");
    for (int bit = 3; bit >= 0; bit--)
        if (n->weights >> bit & 1)
            strbuf_putc(text, (char)('D' - bit));
}
static void print_operator(const TsNode *n, StrBuf *text) {
    if (n->op == TS_PHRASE && n->distance != 1)
        strbuf_printf(text, " <%d> ", n->distance);
    else
        strbuf_puts(text, n->op == TS_PHRASE ? " <-> " : n->op == TS_AND ? " & " : " | ");
}
static void print_node(Arena *arena, const TsNode *n, int parent, bool right_of_phrase,
                       StrBuf *text) {
    typedef struct Step {
        const TsNode *node;
        bool parentheses;
    } Step;
    VEC(Step) chain = {0};
    for (; is_binary(n); n += n->left) {
        Step step = {n, priority_of(n) < parent || (n->op == TS_PHRASE && right_of_phrase)};
        vec_push(&chain, arena, step);
        if (step.parentheses)
            strbuf_puts(text, "( ");
        parent = priority_of(n);
        right_of_phrase = false;
    }
    if (n->kind == TS_OPERAND) {
        print_operand(n, text);
    } else {
        strbuf_putc(text, '!');
        print_node(arena, n + 1, priority_of(n), false, text);
    }
    for (size_t i = chain.count; i-- > 0;) {
        const TsNode *op = chain.items[i].node;
        print_operator(op, text);
        print_node(arena, op + 1, priority_of(op), op->op == TS_PHRASE, text);
        if (chain.items[i].parentheses)
            strbuf_puts(text, " )");
    }
}
void ts_query_print(Arena *arena, const TsQuery *query, StrBuf *text) {
    if (query->count > 0)
        print_node(arena, query->nodes, -1, false, text);
}
Status tsquery_output(TypeIo *io, Datum value, StrBuf *text) {
    TsQuery q = ts_query(io->arena, value.str);
    ts_query_print(io->arena, &q, text);
    return STATUS_OK;
}
static Status push_as_is(TsParse *parse, void *arg, Str text, uint8_t weights, bool prefix) {
    return ts_push_operand(parse, text, weights, prefix);
}
Status tsquery_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return ts_parse_query(io->env, io->arena, str_make(text, len), TS_SYNTAX_QUERY, push_as_is,
                          NULL, value_out);
}

/* ---- binary form ---- */

static Status receive_node(Arena *arena, const uint8_t **p, const uint8_t *end, bool last,
                           size_t *text_bytes, TsNode *n) {
    *n = (TsNode){.kind = end - *p < 2 ? 0 : (*p)[0]};
    if (end - *p < 2)
        return type_receive_error();
    if (n->kind == TS_OPERAND) {
        if (end - *p < 4)
            return type_receive_error();
        n->weights = (*p)[1];
        n->prefix = (*p)[2] != 0;
        const uint8_t *text = *p + 3, *nul = memchr(text, 0, (size_t)(end - text));
        if (nul == NULL || !utf8_valid(text, (size_t)(nul - text), NULL))
            return type_receive_error();
        if (n->weights > 0xf)
            return error(ERR_INTERNAL_ERROR, "invalid tsquery: invalid weight bitmap");
        if ((size_t)(nul - text) > TS_LEXEME_MAX)
            return error(ERR_INTERNAL_ERROR, "invalid tsquery: operand too long");
        if (*text_bytes > TS_BYTES_MAX)
            return error(ERR_INTERNAL_ERROR, "invalid tsquery: total operand length exceeded");
        n->text = (const char *)text;
        n->len = (uint32_t)(nul - text);
        n->crc = ts_crc(n->text, n->len);
        *text_bytes += n->len + 1;
        *p = nul + 1;
        return STATUS_OK;
    }
    if (n->kind != TS_OPERATOR)
        return error(ERR_INTERNAL_ERROR, "unrecognized tsquery node type: %d", (int8_t)n->kind);
    n->op = (*p)[1];
    *p += 2;
    if (n->op < TS_NOT || n->op > TS_PHRASE)
        return error(ERR_INTERNAL_ERROR, "invalid tsquery: unrecognized operator type %d",
                     (int8_t)n->op);
    if (last)
        return error(ERR_INTERNAL_ERROR, "invalid pointer to right operand");
    if (n->op == TS_PHRASE) {
        if (end - *p < 2)
            return type_receive_error();
        n->distance = (int16_t)load_be16(*p);
        *p += 2;
    }
    return STATUS_OK;
}
Status tsquery_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    const uint8_t *p = bytes + 4, *end = bytes + len;
    size_t text_bytes = 0;
    if (len < 4)
        return type_receive_error();
    uint32_t count = load_be32(bytes);
    if (count > len / 2)
        return error(ERR_INTERNAL_ERROR, "invalid size of tsquery");
    void *nodes;
    TRY(arena_try_alloc(io->arena, (count + 1) * sizeof(TsNode), &nodes));
    TsQuery q = {.count = count, .nodes = nodes};
    for (uint32_t i = 0; i < count; i++)
        TRY(receive_node(io->arena, &p, end, i + 1 == count, &text_bytes, &q.nodes[i]));
    if (p != end)
        return type_receive_error();
    return ts_query_build(io->arena, &q, value_out);
}
Status tsquery_send(TypeIo *io, Datum value, StrBuf *bytes) {
    TsQuery q = ts_query(io->arena, value.str);
    strbuf_put_be32(bytes, q.count);
    for (uint32_t i = 0; i < q.count; i++) {
        const TsNode *n = &q.nodes[i];
        strbuf_putc(bytes, (char)n->kind);
        if (n->kind == TS_OPERAND) {
            strbuf_putc(bytes, (char)n->weights);
            strbuf_putc(bytes, (char)n->prefix);
            strbuf_append(bytes, n->text, n->len);
            strbuf_putc(bytes, '\0');
        } else {
            strbuf_putc(bytes, (char)n->op);
            if (n->op == TS_PHRASE)
                strbuf_put_be16(bytes, (uint16_t)n->distance);
        }
    }
    return STATUS_OK;
}

/* ---- order: count, size, then node by node from the top ---- */

/*
 * Both trees have as many nodes. While they agree their arrays do, too, but for distances, which PostgreSQL
 * looks at only when all that hangs on a phrase agreed: the innermost differing phrase decides.
 */
static int compare_nodes(const TsQuery *a, const TsQuery *b) {
    for (uint32_t i = 0; i < a->count; i++) {
        const TsNode *x = &a->nodes[i], *y = &b->nodes[i];
        if (x->kind != y->kind)
            return x->kind > y->kind ? -1 : 1;
        if (x->kind == TS_OPERATOR) {
            if (x->op != y->op)
                return x->op > y->op ? -1 : 1;
            continue;
        }
        if (x->crc != y->crc)
            return x->crc > y->crc ? -1 : 1;
        int order = ts_compare(x->text, x->len, y->text, y->len, false);
        if (order != 0)
            return order;
    }
    return 0;
}
/* The end of each subtree is met in prefix order of ends: later nodes of equal ends come first. */
static int compare_distances(Arena *arena, const TsQuery *a, const TsQuery *b) {
    uint32_t *ends = arena_alloc(arena, (a->count + 1) * sizeof(uint32_t));
    uint32_t best = UINT32_MAX, best_end = UINT32_MAX;
    for (uint32_t i = a->count; i-- > 0;) {
        const TsNode *n = &a->nodes[i];
        ends[i] = n->kind == TS_OPERAND ? i : n->op == TS_NOT ? ends[i + 1] : ends[i + n->left];
        if (n->kind == TS_OPERATOR && n->op == TS_PHRASE && n->distance != b->nodes[i].distance &&
            ends[i] < best_end) {
            best = i;
            best_end = ends[i];
        }
    }
    if (best == UINT32_MAX)
        return 0;
    return a->nodes[best].distance > b->nodes[best].distance ? -1 : 1;
}
int tsquery_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    uint32_t x_count = load_le32(a.str.data), y_count = load_le32(b.str.data);
    if (x_count != y_count)
        return x_count < y_count ? -1 : 1;
    if (a.str.len != b.str.len)
        return a.str.len < b.str.len ? -1 : 1;
    Arena arena;
    arena_init(&arena, mem_root());
    TsQuery x = ts_query(&arena, a.str), y = ts_query(&arena, b.str);
    int order = compare_nodes(&x, &y);
    if (order == 0)
        order = compare_distances(&arena, &x, &y);
    arena_destroy(&arena);
    return order;
}
/* Equal queries may differ in weights, so those are no part of it. */
uint64_t tsquery_hash(const TypeInfo *type, Oid collation, Datum value) {
    uint32_t count = load_le32(value.str.data);
    size_t head = 4 + (size_t)count * NODE_BYTES;
    return hash_combine(count, hash_bytes(value.str.data + head, value.str.len - head));
}
Status tsquery_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    TsQuery q = ts_query(key->arena, value.str);
    key_put_u32(key, q.count);
    key_put_u32(key, value.str.len);
    for (uint32_t i = 0; i < q.count; i++) {
        const TsNode *n = &q.nodes[i];
        strbuf_putc(key, (char)~n->kind);
        if (n->kind == TS_OPERATOR) {
            strbuf_putc(key, (char)~n->op);
        } else {
            key_put_u32(key, ~((uint32_t)n->crc ^ 0x80000000u));
            key_put_bytes(key, n->text, n->len);
        }
    }
    for (uint32_t i = q.count; i-- > 0;)
        if (q.nodes[i].kind == TS_OPERATOR && q.nodes[i].op == TS_PHRASE)
            strbuf_put_be16(key, (uint16_t)~q.nodes[i].distance);
    return STATUS_OK;
}

static int order(FnCall *call) { return tsquery_compare(NULL, 0, call->args[0], call->args[1]); }
SCALAR(tsquery_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(tsquery_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(tsquery_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(tsquery_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(tsquery_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(tsquery_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(tsquery_cmp) { return ret_i32(call, order(call)); }
