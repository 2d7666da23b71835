/* multirange.c: multiranges: bytes, forms and order. */
#include "types/multirange.h"

#include <stdlib.h>

DECLARE_TYPE_IO(multirange);
DECLARE_TYPE_ORDER(multirange);

Multirange multirange_load(Str bytes) {
    Multirange m = {0};
    if (bytes.len < 4 || load_le32(bytes.data) > (bytes.len - 4) / 4)
        return m;
    m.count = load_le32(bytes.data);
    m.ends = bytes.data + 4;
    m.ranges = m.ends + 4 * (size_t)m.count;
    m.bytes = bytes.len - 4 - 4 * m.count;
    return m;
}
Range multirange_at(const TypeInfo *sub, const Multirange *m, uint32_t i) {
    uint32_t from = i == 0 ? 0 : load_le32(m->ends + 4 * ((size_t)i - 1));
    uint32_t end = load_le32(m->ends + 4 * (size_t)i);
    from = MIN(from, m->bytes);
    end = MIN(MAX(end, from), m->bytes);
    return range_load(sub, str_make(m->ranges + from, end - from));
}
Status multirange_ranges(Arena *arena, const TypeInfo *sub, const Multirange *m, Range **out) {
    void *p;
    TRY(arena_try_alloc(arena, ((size_t)m->count + 1) * sizeof(Range), &p));
    *out = p;
    for (uint32_t i = 0; i < m->count; i++)
        (*out)[i] = multirange_at(sub, m, i);
    return STATUS_OK;
}
Status multirange_store(Arena *arena, const TypeInfo *sub, const Range *ranges, uint32_t count,
                        Datum *value_out) {
    StrBuf body, all;
    char number[4];
    strbuf_init(&body, arena);
    strbuf_init(&all, arena);
    store_le32(number, count);
    strbuf_append(&all, number, 4);
    for (uint32_t i = 0; i < count; i++) {
        range_put(sub, &ranges[i], &body);
        if (body.len > ARENA_ALLOC_MAX / 2)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "multirange is too large");
        store_le32(number, (uint32_t)body.len);
        strbuf_append(&all, number, 4);
    }
    strbuf_append(&all, body.data, body.len);
    *value_out = buf_datum(&all);
    return STATUS_OK;
}

static int by_place(const void *a, const void *b, void *sub) { return range_order(sub, a, b); }
uint32_t multirange_normalize(const TypeInfo *sub, Range *ranges, uint32_t count) {
    uint32_t kept = 0, last = 0;
    if (count > 0)
        qsort_r(ranges, count, sizeof(*ranges), by_place, (void *)(uintptr_t)sub);
    for (uint32_t i = 0; i < count; i++) {
        if (ranges[i].empty)
            continue;
        Range *end = &ranges[last];
        if (kept > 0 && (range_overlap(sub, end, &ranges[i]) ||
                         range_touch(sub, end->upper, ranges[i].lower))) {
            if (range_bound_order(sub, &end->upper, &ranges[i].upper) < 0)
                end->upper = ranges[i].upper;
            continue;
        }
        last = kept;
        ranges[kept++] = ranges[i];
    }
    return kept;
}

/* ---- forms ---- */

static Status malformed(const char *text, size_t len, const char *detail) {
    return status_detail(error(ERR_INVALID_TEXT_REPRESENTATION,
                               "malformed multirange literal: \"%.*s\"", (int)len, text),
                         "%s", detail);
}
/* The end of the range that begins at p, past its bracket; NULL where the text ends before. */
static const char *range_end(const char *p, const char *end) {
    bool quoted = false;
    for (; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (*p == '"' && quoted && p + 1 < end && p[1] == '"')
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (!quoted && (*p == ']' || *p == ')'))
            return p + 1;
    }
    return NULL;
}
static const char *skip_space(const char *p, const char *end) {
    while (p < end && is_space(*p))
        p++;
    return p;
}
/* The range type behind a multirange's, to convert with. */
static TypeIo range_io(TypeIo *io, RangeType *range, Status *status_out) {
    TypeIo sub = {.typmod = -1, .env = io->env, .arena = io->arena};
    *status_out = range_type(io->type, range);
    if (status_ok(*status_out)) {
        sub.type = type_builtin(range->oid);
        if (sub.type == NULL)
            sub.type = io->type->element_type;
    }
    return sub;
}
Status multirange_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Status s;
    RangeType type;
    TypeIo sub = range_io(io, &type, &s);
    TRY(s);
    const char *end = text + len, *p = skip_space(text, end);
    VEC(Range) ranges = {0};
    if (p >= end || *p != '{')
        return malformed(text, len, "Missing left brace.");
    p = skip_space(p + 1, end);
    bool more = p >= end || *p != '}';
    while (more) {
        const char *stop;
        Datum value;
        p = skip_space(p, end);
        if (p >= end)
            return malformed(text, len, "Unexpected end of input.");
        if (*p == '[' || *p == '(') {
            stop = range_end(p + 1, end);
            if (stop == NULL)
                return malformed(text, len, "Unexpected end of input.");
            TRY(sub.type->input(&sub, p, (size_t)(stop - p), &value));
            vec_push(&ranges, io->arena, range_load(type.sub, value.str));
        } else if (end - p >= 5 && text_is_word(p, 5, "empty")) {
            stop = p + 5;
        } else {
            return malformed(text, len, "Expected range start.");
        }
        p = skip_space(stop, end);
        if (p >= end)
            return malformed(text, len, "Unexpected end of input.");
        if (*p != ',' && *p != '}')
            return malformed(text, len, "Expected comma or end of multirange.");
        more = *p == ',';
        p += more;
    }
    if (skip_space(p + 1, end) < end)
        return malformed(text, len, "Junk after closing right brace.");
    uint32_t count = multirange_normalize(type.sub, ranges.items, (uint32_t)ranges.count);
    return multirange_store(io->arena, type.sub, ranges.items, count, value_out);
}
/* The bytes of a range, which range_output and range_send take. */
static Datum range_bytes(const Multirange *m, uint32_t i) {
    uint32_t from = i == 0 ? 0 : load_le32(m->ends + 4 * ((size_t)i - 1));
    uint32_t end = load_le32(m->ends + 4 * (size_t)i);
    from = MIN(from, m->bytes);
    end = MIN(MAX(end, from), m->bytes);
    return datum_str(m->ranges + from, end - from);
}
Status multirange_output(TypeIo *io, Datum value, StrBuf *text) {
    Status s;
    RangeType type;
    TypeIo sub = range_io(io, &type, &s);
    TRY(s);
    Multirange m = multirange_load(value.str);
    strbuf_putc(text, '{');
    for (uint32_t i = 0; i < m.count; i++) {
        if (i > 0)
            strbuf_putc(text, ',');
        TRY(sub.type->output(&sub, range_bytes(&m, i), text));
    }
    strbuf_putc(text, '}');
    return STATUS_OK;
}
Status multirange_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    Status s;
    RangeType type;
    TypeIo sub = range_io(io, &type, &s);
    TRY(s);
    VEC(Range) ranges = {0};
    const uint8_t *p = bytes + 4, *end = bytes + len;
    uint32_t count = len < 4 ? 0 : load_be32(bytes);
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    for (uint32_t i = 0; i < count; i++) {
        Datum value;
        if (end - p < 4 || load_be32(p) > (size_t)(end - p - 4))
            return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
        uint32_t n = load_be32(p);
        TRY(sub.type->receive(&sub, p + 4, n, &value));
        vec_push(&ranges, io->arena, range_load(type.sub, value.str));
        p += 4 + n;
    }
    if (p != end)
        return type_receive_error();
    count = multirange_normalize(type.sub, ranges.items, count);
    return multirange_store(io->arena, type.sub, ranges.items, count, value_out);
}
Status multirange_send(TypeIo *io, Datum value, StrBuf *bytes) {
    Status s;
    RangeType type;
    TypeIo sub = range_io(io, &type, &s);
    TRY(s);
    Multirange m = multirange_load(value.str);
    strbuf_put_be32(bytes, m.count);
    for (uint32_t i = 0; i < m.count; i++) {
        size_t at = bytes->len;
        strbuf_put_be32(bytes, 0);
        TRY(sub.type->send(&sub, range_bytes(&m, i), bytes));
        store_be32(bytes->data + at, (uint32_t)(bytes->len - at - 4));
    }
    return STATUS_OK;
}

/* ---- order: range by range, then the shorter first ---- */

static const TypeInfo *known_subtype(const TypeInfo *type) {
    RangeType range = {0};
    status_free(range_type(type, &range));
    check(range.sub != NULL);
    return range.sub;
}
int multirange_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    const TypeInfo *sub = known_subtype(type);
    Multirange x = multirange_load(a.str), y = multirange_load(b.str);
    for (uint32_t i = 0; i < x.count && i < y.count; i++) {
        Range r = multirange_at(sub, &x, i), s = multirange_at(sub, &y, i);
        int order = range_order(sub, &r, &s);
        if (order != 0)
            return order;
    }
    return (x.count > y.count) - (x.count < y.count);
}
uint64_t multirange_hash(const TypeInfo *type, Oid collation, Datum value) {
    const TypeInfo *sub = known_subtype(type);
    Multirange m = multirange_load(value.str);
    uint64_t h = 1;
    for (uint32_t i = 0; i < m.count; i++) {
        Range r = multirange_at(sub, &m, i);
        h = hash_combine(h, range_hash_of(sub, &r));
    }
    return h;
}
/* 1 and the range's key for each, then 0. */
Status multirange_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    const TypeInfo *sub = known_subtype(type);
    Multirange m = multirange_load(value.str);
    for (uint32_t i = 0; i < m.count; i++) {
        Range r = multirange_at(sub, &m, i);
        strbuf_putc(key, 1);
        TRY(range_key_put(sub, &r, key));
    }
    strbuf_putc(key, 0);
    return STATUS_OK;
}
Status multirange_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                             Datum *value_out, size_t *used_out) {
    return error(ERR_INDEX_CORRUPTED, "an index key of a multirange type cannot be read back");
}
