/*
 * ltree_query.c: lquery, a pattern of paths, and ltxtquery, a condition on the labels that occur.
 *
 * Both are read anew from their text where they are used. A pattern's items are followed over the path
 * together: after each, the set of places where the rest may go on.
 */
#include "types/ltree_int.h"

#include <stdlib.h>

enum { VARIANT_PREFIX = 1, VARIANT_ANY_CASE = 2, VARIANT_WORDS = 4 };

typedef struct Variant {
    Str text;
    unsigned flags;
} Variant;

typedef struct Item {
    Variant *variants; /* none: '*' */
    uint32_t variant_count;
    bool negated, counted;
    int32_t low, high;
} Item;
typedef VEC(Item) Items;

typedef struct QueryReader {
    const char *begin, *at, *end;
    Arena *arena;
} QueryReader;

static char peek(const QueryReader *r) { return r->at < r->end ? *r->at : '\0'; }
static uint32_t place(const QueryReader *r) { return (uint32_t)(r->at - r->begin) + 1; }

/* ---- lquery ---- */

static Status unexpected(const QueryReader *r) {
    if (r->at == r->end)
        return status_detail(error(ERR_SYNTAX_ERROR, "lquery syntax error"),
                             "Unexpected end of input.");
    return error(ERR_SYNTAX_ERROR, "lquery syntax error at character %u", place(r));
}

static unsigned flag_of(char c) {
    return c == '@' ? VARIANT_ANY_CASE : c == '*' ? VARIANT_PREFIX : c == '%' ? VARIANT_WORDS : 0;
}
static void put_flags(unsigned flags, StrBuf *text) {
    strbuf_puts(text, flags & VARIANT_WORDS ? "%" : "");
    strbuf_puts(text, flags & VARIANT_ANY_CASE ? "@" : "");
    strbuf_puts(text, flags & VARIANT_PREFIX ? "*" : "");
}

static Status read_variant(QueryReader *r, bool may_be_empty, Variant *out) {
    const char *from = r->at;
    if (!ltree_in_label(peek(r)) && !may_be_empty)
        return unexpected(r);
    while (ltree_in_label(peek(r)))
        r->at++;
    uint32_t at = place(r), len = (uint32_t)(r->at - from);
    *out = (Variant){str_make(from, len), 0};
    while (flag_of(peek(r)) != 0)
        out->flags |= flag_of(*r->at++);
    char next = peek(r);
    if (next != '|' && next != '{' && next != '.' && r->at < r->end)
        return unexpected(r);
    return ltree_label_end("lquery", len, at);
}

static Status read_limit(QueryReader *r, const char *name, int32_t *out) {
    uint32_t at = place(r);
    long value = strtol(r->at, NULL, 10);
    value = MIN(value, INT32_MAX);
    while (is_digit(peek(r)))
        r->at++;
    *out = (int32_t)value;
    return value <= LTREE_LEVELS_MAX
               ? STATUS_OK
               : status_detail(error(ERR_PROGRAM_LIMIT_EXCEEDED, "lquery syntax error"),
                               "%s limit (%d) exceeds the maximum allowed (%d), at character %u.",
                               name, *out, LTREE_LEVELS_MAX, at);
}

/* {n}, {n,}, {n,m}, {,m}, {,} */
static Status read_counts(QueryReader *r, Item *item) {
    r->at++;
    item->counted = true;
    item->low = 0;
    if (is_digit(peek(r)))
        TRY(read_limit(r, "Low", &item->low));
    else if (peek(r) != ',')
        return unexpected(r);
    item->high = item->low;
    if (peek(r) == ',') {
        uint32_t at = place(r) + 1;
        r->at++;
        item->high = LTREE_LEVELS_MAX;
        if (is_digit(peek(r)))
            TRY(read_limit(r, "High", &item->high));
        if (item->low > item->high)
            return status_detail(error(ERR_SYNTAX_ERROR, "lquery syntax error"),
                                 "Low limit (%d) is greater than high limit (%d), at character %u.",
                                 item->low, item->high, at);
    }
    if (peek(r) != '}')
        return unexpected(r);
    r->at++;
    return r->at == r->end || peek(r) == '.' ? STATUS_OK : unexpected(r);
}

static Status read_item(QueryReader *r, Item *item) {
    VEC(Variant) variants = {0};
    *item = (Item){.low = 1, .high = 1};
    if (peek(r) == '*') {
        r->at++;
        item->low = 0;
        item->high = LTREE_LEVELS_MAX;
        if (peek(r) == '{')
            return read_counts(r, item);
        return r->at == r->end || peek(r) == '.' ? STATUS_OK : unexpected(r);
    }
    item->negated = peek(r) == '!';
    r->at += item->negated;
    for (bool first = true;; first = false) {
        Variant variant;
        TRY(read_variant(r, first && item->negated, &variant));
        vec_push(&variants, r->arena, variant);
        if (peek(r) != '|')
            break;
        r->at++;
    }
    if (variants.count > UINT16_MAX)
        return status_detail(
            error(ERR_PROGRAM_LIMIT_EXCEEDED, "lquery level has too many variants"),
            "Number of variants exceeds the maximum allowed (%d).", UINT16_MAX);
    item->variants = variants.items;
    item->variant_count = (uint32_t)variants.count;
    return peek(r) == '{' ? read_counts(r, item) : STATUS_OK;
}

static Status read_pattern(Arena *arena, const char *text, size_t len, Items *out) {
    QueryReader r = {text, text, text + len, arena};
    uint32_t levels = 1;
    *out = (Items){0};
    for (size_t i = 0; i < len; i++)
        levels += text[i] == '.';
    if (levels > LTREE_LEVELS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of lquery items (%u) exceeds the maximum allowed (%d)", levels,
                     LTREE_LEVELS_MAX);
    for (;;) {
        Item item;
        TRY(read_item(&r, &item));
        vec_push(out, arena, item);
        if (r.at == r.end)
            return STATUS_OK;
        r.at++; /* the dot */
    }
}

static void put_counts(const Item *item, StrBuf *text) {
    if (!item->counted && item->variant_count > 0)
        return;
    if (item->low == item->high)
        strbuf_printf(text, "{%d}", item->low);
    else if (item->low == 0 && item->high == LTREE_LEVELS_MAX)
        strbuf_puts(text, item->variant_count == 0 ? "" : "{,}");
    else if (item->low == 0)
        strbuf_printf(text, "{,%d}", item->high);
    else if (item->high == LTREE_LEVELS_MAX)
        strbuf_printf(text, "{%d,}", item->low);
    else
        strbuf_printf(text, "{%d,%d}", item->low, item->high);
}

static Status lquery_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Items items;
    StrBuf out;
    const char *copy = arena_strndup(io->arena, text, len);
    TRY(read_pattern(io->arena, copy, len, &items));
    strbuf_init(&out, io->arena);
    for (size_t i = 0; i < items.count; i++) {
        const Item *item = &items.items[i];
        strbuf_puts(&out, i == 0 ? "" : ".");
        strbuf_puts(&out, item->negated ? "!" : item->variant_count == 0 ? "*" : "");
        for (uint32_t v = 0; v < item->variant_count; v++) {
            strbuf_puts(&out, v == 0 ? "" : "|");
            strbuf_append(&out, item->variants[v].text.data, item->variants[v].text.len);
            put_flags(item->variants[v].flags, &out);
        }
        put_counts(item, &out);
    }
    *value_out = buf_datum(&out);
    return STATUS_OK;
}

/* ---- one label ---- */

static bool text_matches(Str wanted, Str text, unsigned flags) {
    bool fits = flags & VARIANT_PREFIX ? wanted.len <= text.len : wanted.len == text.len;
    if (!fits)
        return false;
    for (uint32_t i = 0; i < wanted.len; i++) {
        char a = wanted.data[i], b = text.data[i];
        if (a != b && !((flags & VARIANT_ANY_CASE) && to_lower(a) == to_lower(b)))
            return false;
    }
    return true;
}

/* The next word between underscores. */
static bool next_word(Str *rest, Str *word) {
    const char *at = rest->data, *end = at + rest->len;
    while (at < end && *at == '_')
        at++;
    const char *from = at;
    while (at < end && *at != '_')
        at++;
    *word = str_make(from, (size_t)(at - from));
    *rest = str_make(at, (size_t)(end - at));
    return word->len > 0;
}

/* Each word of the variant is one of the label's. */
static bool words_match(const Variant *v, Str label) {
    Str wanted = v->text, word;
    while (next_word(&wanted, &word)) {
        Str rest = label, other;
        bool found = false;
        while (!found && next_word(&rest, &other))
            found = text_matches(word, other, v->flags);
        if (!found)
            return false;
    }
    return true;
}

static bool variant_matches(const Variant *v, Str label) {
    return v->flags & VARIANT_WORDS ? words_match(v, label)
                                    : text_matches(v->text, label, v->flags);
}

static bool item_matches(const Item *item, Str label) {
    bool any = item->variant_count == 0;
    for (uint32_t i = 0; i < item->variant_count && !any; i++)
        any = variant_matches(&item->variants[i], label);
    return any != item->negated;
}

/* From the places where an item may begin to those where the next may. */
static bool follow(const Item *item, const Labels *path, const bool *from, bool *to) {
    bool any = false;
    uint32_t run = 0, n = path->count;
    memset(to, 0, n + 1);
    /* run: how many labels from i on match */
    for (int64_t i = n; i >= 0; i--) {
        if (i < n)
            run = item_matches(item, path->items[i]) ? run + 1 : 0;
        if (!from[i])
            continue;
        int64_t high = MIN((int64_t)item->high, run);
        for (int64_t k = item->low; k <= high; k++)
            to[i + k] = any = true;
    }
    return any;
}

Status lquery_matches(Arena *arena, Str query, const Labels *path, bool *matches_out) {
    Items items;
    *matches_out = false;
    TRY(read_pattern(arena, query.data, query.len, &items));
    bool *from = arena_array(arena, bool, path->count + 1), *to;
    to = arena_array(arena, bool, path->count + 1);
    from[0] = true;
    for (size_t i = 0; i < items.count; i++) {
        if (!follow(&items.items[i], path, from, to))
            return STATUS_OK;
        bool *spare = from;
        from = to;
        to = spare;
    }
    *matches_out = from[path->count];
    return STATUS_OK;
}

Status lquery_beginning(Arena *arena, Str query, Labels *out) {
    Items items;
    TRY(read_pattern(arena, query.data, query.len, &items));
    *out = (Labels){arena_array(arena, Str, items.count + 1), 0};
    for (size_t i = 0; i < items.count; i++) {
        const Item *item = &items.items[i];
        if (item->variant_count != 1 || item->negated || item->counted ||
            item->variants[0].flags != 0)
            break;
        out->items[out->count++] = item->variants[0].text;
    }
    return STATUS_OK;
}

const TypeInfo lquery_model = {
    .name = "lquery",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = lquery_input,
    .output = ltree_put_text,
    .receive = ltree_receive_text,
    .send = ltree_send_text,
};

/* ---- ltxtquery ---- */

typedef struct Condition {
    char op; /* '&', '|', '!', or 'v': a variant */
    Variant variant;
    struct Condition *left, *right; /* of '!': right */
} Condition;

typedef struct ConditionReader {
    QueryReader r;
} ConditionReader;

static Status bad_condition(void) { return error(ERR_SYNTAX_ERROR, "syntax error"); }
static Condition *condition(Arena *arena, char op, Condition *left, Condition *right) {
    Condition *c = arena_new(arena, Condition);
    *c = (Condition){.op = op, .left = left, .right = right};
    return c;
}
static Status read_or(ConditionReader *c, Condition **out);

static Status read_operand(ConditionReader *c, Condition **out) {
    QueryReader *r = &c->r;
    const char *from = r->at;
    while (ltree_in_label(peek(r)))
        r->at++;
    *out = condition(r->arena, 'v', NULL, NULL);
    (*out)->variant.text = str_make(from, (size_t)(r->at - from));
    while (flag_of(peek(r)) != 0)
        (*out)->variant.flags |= flag_of(*r->at++);
    if (ltree_in_label(peek(r)))
        return error(ERR_SYNTAX_ERROR, "modifiers syntax error");
    return (*out)->variant.text.len <= 255
               ? STATUS_OK
               : error(ERR_INVALID_PARAMETER_VALUE, "operand is too long");
}

static Status read_unary(ConditionReader *c, Condition **out) {
    QueryReader *r = &c->r;
    TRY(fiber_stack_check());
    while (is_space(peek(r)))
        r->at++;
    if (peek(r) == '!') {
        Condition *of;
        r->at++;
        TRY(read_unary(c, &of));
        *out = condition(r->arena, '!', NULL, of);
    } else if (peek(r) == '(') {
        r->at++;
        TRY(read_or(c, out));
        if (peek(r) != ')')
            return bad_condition();
        r->at++;
    } else if (ltree_in_label(peek(r))) {
        TRY(read_operand(c, out));
    } else {
        return error(ERR_SYNTAX_ERROR, "operand syntax error");
    }
    while (peek(r) == ' ')
        r->at++;
    return STATUS_OK;
}
static Status read_joined(ConditionReader *c, char op,
                          Status (*operand)(ConditionReader *, Condition **), Condition **out) {
    TRY(operand(c, out));
    for (uint32_t count = 1; peek(&c->r) == op; count++) {
        Condition *right;
        c->r.at++;
        if (count > 4000)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "ltxtquery is too large");
        TRY(operand(c, &right));
        *out = condition(c->r.arena, op, *out, right);
    }
    return STATUS_OK;
}
static Status read_and(ConditionReader *c, Condition **out) {
    return read_joined(c, '&', read_unary, out);
}
static Status read_or(ConditionReader *c, Condition **out) {
    return read_joined(c, '|', read_and, out);
}
static Status read_condition(Arena *arena, const char *text, size_t len, Condition **out) {
    ConditionReader c = {.r = {text, text, text + len, arena}};
    TRY(read_or(&c, out));
    return c.r.at == c.r.end ? STATUS_OK : bad_condition();
}

/* Chains lean to the left: they are walked down, not called down. */
static void put_condition(const Condition *c, bool first, StrBuf *text) {
    VEC(const Condition *) chain = {0};
    if (c->op == 'v') {
        strbuf_append(text, c->variant.text.data, c->variant.text.len);
        put_flags(c->variant.flags, text);
        return;
    }
    if (c->op == '!') {
        bool bracket = c->right->op != 'v';
        strbuf_puts(text, bracket ? "!( " : "!");
        put_condition(c->right, bracket, text);
        strbuf_puts(text, bracket ? " )" : "");
        return;
    }
    bool outer = c->op == '|' && !first;
    for (const Condition *down = c; down->op == c->op; down = down->left)
        vec_push(&chain, text->arena, down);
    /* the inner ones of a chain of '|' stand in brackets of their own */
    for (size_t i = 0; i < chain.count; i++)
        strbuf_puts(text, c->op == '|' && (i > 0 || outer) ? "( " : "");
    put_condition(chain.items[chain.count - 1]->left, false, text);
    for (size_t i = chain.count; i-- > 0;) {
        strbuf_printf(text, " %c ", c->op);
        put_condition(chain.items[i]->right, false, text);
        strbuf_puts(text, c->op == '|' && (i > 0 || outer) ? " )" : "");
    }
}

static Status ltxtquery_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Condition *c;
    StrBuf out;
    TRY(read_condition(io->arena, arena_strndup(io->arena, text, len), len, &c));
    strbuf_init(&out, io->arena);
    put_condition(c, true, &out);
    *value_out = buf_datum(&out);
    return STATUS_OK;
}

static bool condition_holds(const Condition *c, const Labels *path) {
    bool holds = false;
    VEC(const Condition *) chain = {0};
    Arena arena;
    if (c->op == '!')
        return !condition_holds(c->right, path);
    if (c->op == 'v') {
        for (uint32_t i = 0; i < path->count && !holds; i++)
            holds = variant_matches(&c->variant, path->items[i]);
        return holds;
    }
    arena_init(&arena, mem_root());
    for (const Condition *down = c; down->op == c->op; down = down->left)
        vec_push(&chain, &arena, down);
    holds = condition_holds(chain.items[chain.count - 1]->left, path);
    for (size_t i = chain.count; i-- > 0 && holds == (c->op == '&');)
        holds = condition_holds(chain.items[i]->right, path);
    arena_destroy(&arena);
    return holds;
}

Status ltxtquery_matches(Arena *arena, Str query, const Labels *path, bool *matches_out) {
    Condition *c;
    *matches_out = false;
    TRY(read_condition(arena, query.data, query.len, &c));
    *matches_out = condition_holds(c, path);
    return STATUS_OK;
}

const TypeInfo ltxtquery_model = {
    .name = "ltxtquery",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = ltxtquery_input,
    .output = ltree_put_text,
    .receive = ltree_receive_text,
    .send = ltree_send_text,
};
