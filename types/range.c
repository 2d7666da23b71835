/* range.c: ranges: bytes, forms and order. */
#include "types/range.h"
#include "types/datetime.h"

DECLARE_TYPE_IO(range);
DECLARE_TYPE_ORDER(range);

enum { EMPTY = 1, LOWER_INC = 2, UPPER_INC = 4, LOWER_INF = 8, UPPER_INF = 16 };

Status range_type(const TypeInfo *type, RangeType *range_out) {
    static const struct {
        Oid multirange, range, sub;
        bool discrete;
    } builtin[] = {{4451, 3904, 23, true},    {4532, 3906, 1700, false}, {4533, 3908, 1114, false},
                   {4534, 3910, 1184, false}, {4535, 3912, 1082, true},  {4536, 3926, 20, true}};
    for (size_t i = 0; i < ARRAY_LEN(builtin); i++)
        if (builtin[i].range == type->oid || builtin[i].multirange == type->oid) {
            *range_out =
                (RangeType){builtin[i].range, type_builtin(builtin[i].sub), builtin[i].discrete};
            return STATUS_OK;
        }
    if (type->kind == TYPE_MULTIRANGE && type->element_type != NULL)
        type = type->element_type;
    if (type->kind != TYPE_RANGE || type->element_type == NULL)
        return error(ERR_DATATYPE_MISMATCH, "type %u is not a range type", type->oid);
    *range_out = (RangeType){type->oid, type->element_type, false};
    return STATUS_OK;
}

/* Built-in types live for ever; others are copied, as a site may outlive its statement. */
static const TypeInfo *keep_type(Arena *arena, const TypeInfo *type) {
    if (type == NULL || type_builtin(type->oid) == type)
        return type;
    TypeInfo *copy = arena_new(arena, TypeInfo);
    *copy = *type;
    copy->name = arena_strdup(arena, type->name);
    copy->element_type = keep_type(arena, type->element_type);
    return copy;
}
Status range_site(FnSite *site, Oid oid, RangeType *range_out) {
    RangeType *kept = site->state;
    if (kept == NULL) {
        const TypeInfo *type;
        TRY(type_lookup(site->env, oid, &type));
        if (type->kind == TYPE_DOMAIN)
            type = type->element_type;
        kept = arena_new(site->arena, RangeType);
        TRY(range_type(type, kept));
        kept->sub = keep_type(site->arena, kept->sub);
        site->state = kept;
    }
    *range_out = *kept;
    return STATUS_OK;
}

static void load_bound(const TypeInfo *sub, const char **p, const char *end, RangeBound *b) {
    b->value = datum_i64(0);
    if (b->infinite)
        return;
    size_t n = phys_vector_bytes(sub->phys), left = (size_t)(end - *p);
    if (sub->phys != PHYS_STR) {
        memcpy(&b->value, *p, MIN(n, left));
        *p += MIN(n, left);
        return;
    }
    n = left < 4 ? 0 : MIN(load_le32(*p), left - 4);
    *p += MIN(left, 4);
    b->value = datum_str(*p, n);
    *p += n;
}
Range range_load(const TypeInfo *sub, Str bytes) {
    const char *p = bytes.data + 1, *end = bytes.data + bytes.len;
    int flags = bytes.len == 0 ? EMPTY : bytes.data[0];
    Range r = {
        .empty = flags & EMPTY,
        .lower = {.infinite = flags & LOWER_INF, .inclusive = flags & LOWER_INC, .lower = true},
        .upper = {.infinite = flags & UPPER_INF, .inclusive = flags & UPPER_INC}};
    if (r.empty)
        return r;
    load_bound(sub, &p, end, &r.lower);
    load_bound(sub, &p, end, &r.upper);
    return r;
}
static void store_bound(const TypeInfo *sub, const RangeBound *b, StrBuf *buf) {
    char len[4];
    if (b->infinite)
        return;
    if (sub->phys != PHYS_STR) {
        strbuf_append(buf, &b->value, phys_vector_bytes(sub->phys));
        return;
    }
    store_le32(len, b->value.str.len);
    strbuf_append(buf, len, 4);
    strbuf_append(buf, b->value.str.data, b->value.str.len);
}

int range_bound_order(const TypeInfo *sub, const RangeBound *a, const RangeBound *b) {
    if (a->infinite || b->infinite) {
        int x = a->infinite ? (a->lower ? -1 : 1) : 0, y = b->infinite ? (b->lower ? -1 : 1) : 0;
        return (x > y) - (x < y);
    }
    int order = sub->compare(sub, sub->collation, a->value, b->value);
    if (order != 0)
        return order;
    /* An excluded lower bound lies just above its value, an excluded upper one just below. */
    int x = a->inclusive ? 0 : a->lower ? 1 : -1, y = b->inclusive ? 0 : b->lower ? 1 : -1;
    return (x > y) - (x < y);
}

/* The next whole number or day. *same_out: there is none, as for infinity. */
static Status successor(const TypeInfo *sub, Datum *v, bool *same_out) {
    *same_out = false;
    if (sub->oid == 20)
        return add_i64(v->i64, 1, &v->i64) ? STATUS_OK : int8_range_error();
    if (sub->oid == 1082) {
        *same_out = !date_is_finite(v->i32);
        if (!*same_out && !date_in_range(++v->i32))
            return error(ERR_DATETIME_FIELD_OVERFLOW, "date out of range");
        return STATUS_OK;
    }
    return __builtin_add_overflow(v->i32, 1, &v->i32) ? int4_range_error() : STATUS_OK;
}
static Status canonical(const TypeInfo *sub, Range *r) {
    bool same;
    if (!r->lower.infinite && !r->lower.inclusive) {
        TRY(successor(sub, &r->lower.value, &same));
        r->lower.inclusive = !same;
    }
    if (!r->upper.infinite && r->upper.inclusive) {
        TRY(successor(sub, &r->upper.value, &same));
        r->upper.inclusive = same;
    }
    return STATUS_OK;
}
static Status check_bounds(const TypeInfo *sub, Range *r) {
    r->lower.lower = true;
    r->upper.lower = false;
    r->lower.inclusive &= !r->lower.infinite;
    r->upper.inclusive &= !r->upper.infinite;
    if (r->empty || r->lower.infinite || r->upper.infinite)
        return STATUS_OK;
    int order = sub->compare(sub, sub->collation, r->lower.value, r->upper.value);
    if (order > 0)
        return error(ERR_DATA_EXCEPTION,
                     "range lower bound must be less than or equal to range upper bound");
    r->empty = order == 0 && !(r->lower.inclusive && r->upper.inclusive);
    return STATUS_OK;
}
void range_put(const TypeInfo *sub, const Range *r, StrBuf *buf) {
    if (r->empty) {
        strbuf_putc(buf, EMPTY);
        return;
    }
    strbuf_putc(buf, (char)(r->lower.inclusive * LOWER_INC | r->upper.inclusive * UPPER_INC |
                            r->lower.infinite * LOWER_INF | r->upper.infinite * UPPER_INF));
    store_bound(sub, &r->lower, buf);
    store_bound(sub, &r->upper, buf);
}
Status range_store(Arena *arena, const RangeType *type, Range r, Datum *value_out) {
    const TypeInfo *sub = type->sub;
    StrBuf buf;
    strbuf_init(&buf, arena);
    TRY(check_bounds(sub, &r));
    if (!r.empty && type->discrete) {
        TRY(canonical(sub, &r));
        /* (1,2) of whole numbers holds nothing. */
        r.empty = !r.lower.infinite && !r.upper.infinite && !r.upper.inclusive &&
                  sub->compare(sub, 0, r.lower.value, r.upper.value) >= 0;
    }
    range_put(sub, &r, &buf);
    *value_out = buf_datum(&buf);
    return STATUS_OK;
}

/* ---- forms ---- */

static Status malformed(const char *text, size_t len, const char *detail) {
    return status_detail(
        error(ERR_INVALID_TEXT_REPRESENTATION, "malformed range literal: \"%.*s\"", (int)len, text),
        "%s", detail);
}
/* One bound's text, unquoted, up to , ) or ] outside quotes. */
static Status scan_bound(Arena *arena, const char **at, const char *text, size_t len, RangeBound *b,
                         StrBuf *buf) {
    const char *p = *at, *end = text + len;
    bool quoted = false;
    b->infinite = p < end && (*p == ',' || *p == ')' || *p == ']');
    strbuf_init(buf, arena);
    if (b->infinite)
        return STATUS_OK;
    for (; p < end && (quoted || (*p != ',' && *p != ')' && *p != ']')); p++) {
        if (*p == '\\') {
            if (++p < end)
                strbuf_putc(buf, *p);
        } else if (*p != '"') {
            strbuf_putc(buf, *p);
        } else if (quoted && p + 1 < end && p[1] == '"') {
            strbuf_putc(buf, *p++);
        } else {
            quoted = !quoted;
        }
    }
    if (p >= end)
        return malformed(text, len, "Unexpected end of input.");
    *at = p;
    return STATUS_OK;
}
static Status input_bound(TypeIo *io, const StrBuf *buf, RangeBound *b) {
    return b->infinite ? STATUS_OK : io->type->input(io, strbuf_cstr(buf), buf->len, &b->value);
}
static Status scan_range(Arena *arena, const char *text, size_t len, Range *r, StrBuf *lower,
                         StrBuf *upper) {
    const char *p = text, *end = text + len;
    while (p < end && is_space(*p))
        p++;
    if (end - p >= 5 && text_is_word(p, 5, "empty")) {
        p += 5;
        r->empty = true;
    } else {
        if (p >= end || (*p != '[' && *p != '('))
            return malformed(text, len, "Missing left parenthesis or bracket.");
        r->lower.inclusive = *p++ == '[';
        TRY(scan_bound(arena, &p, text, len, &r->lower, lower));
        if (p >= end || *p++ != ',')
            return malformed(text, len, "Missing comma after lower bound.");
        TRY(scan_bound(arena, &p, text, len, &r->upper, upper));
        if (p >= end || *p == ',')
            return malformed(text, len, p >= end ? "Unexpected end of input." : "Too many commas.");
        r->upper.inclusive = *p++ == ']';
    }
    while (p < end && is_space(*p))
        p++;
    if (p < end)
        return malformed(text, len,
                         r->empty ? "Junk after \"empty\" key word."
                                  : "Junk after right parenthesis or bracket.");
    return STATUS_OK;
}
Status range_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    RangeType range;
    TypeIo sub = {.typmod = -1, .env = io->env, .arena = io->arena};
    Range r = {0};
    StrBuf lower, upper;
    TRY(fiber_stack_check());
    TRY(range_type(io->type, &range));
    sub.type = range.sub;
    TRY(scan_range(io->arena, text, len, &r, &lower, &upper));
    if (!r.empty) {
        TRY(input_bound(&sub, &lower, &r.lower));
        TRY(input_bound(&sub, &upper, &r.upper));
    }
    return range_store(io->arena, &range, r, value_out);
}
static Status print_bound(TypeIo *io, const RangeBound *b, StrBuf *text) {
    StrBuf buf;
    if (b->infinite)
        return STATUS_OK;
    strbuf_init(&buf, io->arena);
    TRY(io->type->output(io, b->value, &buf));
    bool quote = buf.len == 0;
    for (size_t i = 0; i < buf.len && !quote; i++)
        quote = strchr("\"\\()[],", buf.data[i]) != NULL || is_space(buf.data[i]);
    if (quote)
        strbuf_putc(text, '"');
    for (size_t i = 0; i < buf.len; i++) {
        if (buf.data[i] == '"' || buf.data[i] == '\\')
            strbuf_putc(text, buf.data[i]);
        strbuf_putc(text, buf.data[i]);
    }
    if (quote)
        strbuf_putc(text, '"');
    return STATUS_OK;
}
Status range_output(TypeIo *io, Datum value, StrBuf *text) {
    RangeType range;
    TypeIo sub = {.typmod = -1, .env = io->env, .arena = io->arena};
    TRY(fiber_stack_check());
    TRY(range_type(io->type, &range));
    sub.type = range.sub;
    Range r = range_load(sub.type, value.str);
    if (r.empty) {
        strbuf_puts(text, "empty");
        return STATUS_OK;
    }
    strbuf_putc(text, r.lower.inclusive ? '[' : '(');
    TRY(print_bound(&sub, &r.lower, text));
    strbuf_putc(text, ',');
    TRY(print_bound(&sub, &r.upper, text));
    strbuf_putc(text, r.upper.inclusive ? ']' : ')');
    return STATUS_OK;
}
/* Binary: the flags, then length and bytes of each bound. */
static Status receive_bound(TypeIo *io, const uint8_t **p, const uint8_t *end, RangeBound *b) {
    if (b->infinite)
        return STATUS_OK;
    if (end - *p < 4 || load_be32(*p) > (size_t)(end - *p - 4))
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    uint32_t n = load_be32(*p);
    TRY(io->type->receive(io, *p + 4, n, &b->value));
    *p += 4 + n;
    return STATUS_OK;
}
Status range_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    RangeType range;
    TypeIo sub = {.typmod = -1, .env = io->env, .arena = io->arena};
    TRY(fiber_stack_check());
    const uint8_t *p = bytes + 1, *end = bytes + len;
    TRY(range_type(io->type, &range));
    sub.type = range.sub;
    if (len < 1)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    int flags = bytes[0];
    Range r = {.empty = flags & EMPTY,
               .lower = {.infinite = flags & LOWER_INF, .inclusive = flags & LOWER_INC},
               .upper = {.infinite = flags & UPPER_INF, .inclusive = flags & UPPER_INC}};
    if (!r.empty) {
        TRY(receive_bound(&sub, &p, end, &r.lower));
        TRY(receive_bound(&sub, &p, end, &r.upper));
    }
    if (p != end)
        return type_receive_error();
    return range_store(io->arena, &range, r, value_out);
}
static Status send_bound(TypeIo *io, const RangeBound *b, StrBuf *bytes) {
    if (b->infinite)
        return STATUS_OK;
    size_t at = bytes->len;
    strbuf_put_be32(bytes, 0);
    TRY(io->type->send(io, b->value, bytes));
    store_be32(bytes->data + at, (uint32_t)(bytes->len - at - 4));
    return STATUS_OK;
}
Status range_send(TypeIo *io, Datum value, StrBuf *bytes) {
    RangeType range;
    TypeIo sub = {.typmod = -1, .env = io->env, .arena = io->arena};
    TRY(fiber_stack_check());
    TRY(range_type(io->type, &range));
    sub.type = range.sub;
    Range r = range_load(sub.type, value.str);
    strbuf_putc(bytes, value.str.len == 0 ? EMPTY : value.str.data[0]);
    if (r.empty)
        return STATUS_OK;
    TRY(send_bound(&sub, &r.lower, bytes));
    return send_bound(&sub, &r.upper, bytes);
}

/* ---- order ---- */

int range_order(const TypeInfo *sub, const Range *a, const Range *b) {
    if (a->empty || b->empty)
        return (int)b->empty - (int)a->empty;
    int order = range_bound_order(sub, &a->lower, &b->lower);
    return order != 0 ? order : range_bound_order(sub, &a->upper, &b->upper);
}
bool range_overlap(const TypeInfo *sub, const Range *a, const Range *b) {
    return range_bound_order(sub, &a->lower, &b->upper) <= 0 &&
           range_bound_order(sub, &b->lower, &a->upper) <= 0;
}
bool range_holds(const TypeInfo *sub, const Range *outer, const Range *inner) {
    return range_bound_order(sub, &outer->lower, &inner->lower) <= 0 &&
           range_bound_order(sub, &outer->upper, &inner->upper) >= 0;
}
bool range_touch(const TypeInfo *sub, RangeBound upper, RangeBound lower) {
    /* Bounds of whole numbers are canonical, so they too touch only where they are equal. */
    return !upper.infinite && !lower.infinite && upper.inclusive != lower.inclusive &&
           sub->compare(sub, sub->collation, upper.value, lower.value) == 0;
}

static const TypeInfo *known_subtype(const TypeInfo *type) {
    RangeType range = {0};
    status_free(range_type(type, &range));
    check(range.sub != NULL);
    return range.sub;
}
int range_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    const TypeInfo *sub = known_subtype(type);
    Range x = range_load(sub, a.str), y = range_load(sub, b.str);
    return range_order(sub, &x, &y);
}
uint64_t range_hash_of(const TypeInfo *sub, const Range *r) {
    uint64_t h = hash_u64((uint64_t)r->empty | (uint64_t)r->lower.inclusive << 1 |
                          (uint64_t)r->upper.inclusive << 2 | (uint64_t)r->lower.infinite << 3 |
                          (uint64_t)r->upper.infinite << 4);
    if (!r->empty && !r->lower.infinite)
        h = hash_combine(h, sub->hash(sub, sub->collation, r->lower.value));
    if (!r->empty && !r->upper.infinite)
        h = hash_combine(h, sub->hash(sub, sub->collation, r->upper.value));
    return h;
}
uint64_t range_hash(const TypeInfo *type, Oid collation, Datum value) {
    const TypeInfo *sub = known_subtype(type);
    Range r = range_load(sub, value.str);
    return range_hash_of(sub, &r);
}
/* A bound: 0 none below, then the value and 0, 1, 2 for just below, at, just above; 2 none above. */
static Status put_bound(const TypeInfo *sub, const RangeBound *b, StrBuf *key) {
    strbuf_putc(key, b->infinite ? (b->lower ? 0 : 2) : 1);
    if (b->infinite)
        return STATUS_OK;
    TRY(sub->key_encode(sub, sub->collation, b->value, key));
    strbuf_putc(key, b->inclusive ? 1 : b->lower ? 2 : 0);
    return STATUS_OK;
}
Status range_key_put(const TypeInfo *sub, const Range *r, StrBuf *key) {
    strbuf_putc(key, !r->empty);
    if (r->empty)
        return STATUS_OK;
    TRY(put_bound(sub, &r->lower, key));
    return put_bound(sub, &r->upper, key);
}
Status range_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    const TypeInfo *sub = known_subtype(type);
    Range r = range_load(sub, value.str);
    return range_key_put(sub, &r, key);
}
Status range_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                        Datum *value_out, size_t *used_out) {
    return error(ERR_INDEX_CORRUPTED, "an index key of a range type cannot be read back");
}
