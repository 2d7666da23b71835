/* tsvector.c: documents as lexemes with positions: text and binary form, order, building. */
#include "types/ts.h"

#include <stdlib.h>

DECLARE_TYPE_IO(tsvector);
DECLARE_TYPE_ORDER(tsvector);

int ts_weight_of_letter(char c) {
    c = to_upper(c);
    return c >= 'A' && c <= 'D' ? 3 - (c - 'A') : -1;
}
int ts_compare(const char *a, uint32_t a_len, const char *b, uint32_t b_len, bool prefix) {
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (order != 0)
        return order;
    if (prefix)
        return a_len > b_len;
    return (a_len > b_len) - (a_len < b_len);
}

/* ---- access ---- */

TsVector ts_vector(Str value) {
    TsVector v = {.count = load_le32(value.data), .entries = value.data + 4, .size = value.len};
    v.data = v.entries + 4 * (size_t)v.count;
    return v;
}
TsLexeme ts_vector_at(const TsVector *v, uint32_t i) {
    uint32_t entry = load_le32(v->entries + 4 * (size_t)i);
    uint32_t len = entry >> 1 & 0x7ff, at = entry >> 12;
    TsLexeme l = {.text = v->data + at, .len = len};
    if (entry & 1) {
        const char *p = v->data + ((at + len + 1) & ~1u);
        l.position_count = load_le16(p);
        l.positions = (const uint16_t *)(const void *)(p + 2);
    }
    return l;
}
bool ts_vector_find(const TsVector *v, const char *text, uint32_t len, uint32_t *index_out) {
    uint32_t low = 0, high = v->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        TsLexeme l = ts_vector_at(v, middle);
        int order = ts_compare(text, len, l.text, l.len, false);
        if (order == 0) {
            *index_out = middle;
            return true;
        }
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index_out = low;
    return false;
}
uint32_t ts_vector_range(const TsVector *v, const TsNode *operand, uint32_t *first_out) {
    bool found = ts_vector_find(v, operand->text, operand->len, first_out);
    if (!operand->prefix)
        return found;
    uint32_t end = *first_out;
    for (; end < v->count; end++) {
        TsLexeme l = ts_vector_at(v, end);
        if (ts_compare(operand->text, operand->len, l.text, l.len, true) != 0)
            break;
    }
    return end - *first_out;
}

/* ---- building ---- */

Status ts_vector_build(Arena *arena, const TsLexeme *lexemes, uint32_t count, Datum *value_out) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += lexemes[i].len;
        if (lexemes[i].position_count > 0)
            bytes = ((bytes + 1) & ~(size_t)1) + 2 + 2 * (size_t)lexemes[i].position_count;
    }
    if (bytes > TS_BYTES_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "string is too long for tsvector (%d bytes, max %d bytes)", (int)bytes,
                     (int)TS_BYTES_MAX);
    size_t head = 4 + 4 * (size_t)count;
    void *block;
    TRY(arena_try_alloc(arena, head + bytes, &block));
    memset(block, 0, head + bytes);
    char *entries = (char *)block + 4, *data = (char *)block + head;
    uint32_t at = 0;
    store_le32(block, count);
    for (uint32_t i = 0; i < count; i++) {
        const TsLexeme *l = &lexemes[i];
        store_le32(entries + 4 * (size_t)i, (l->position_count > 0) | l->len << 1 | at << 12);
        memcpy(data + at, l->text, l->len);
        at += l->len;
        if (l->position_count > 0) {
            at = (at + 1) & ~1u;
            store_le16(data + at, (uint16_t)l->position_count);
            memcpy(data + at + 2, l->positions, 2 * (size_t)l->position_count);
            at += 2 + 2 * l->position_count;
        }
    }
    *value_out = datum_str(block, head + bytes);
    return STATUS_OK;
}

static int order_positions(const void *a, const void *b) {
    return (int)ts_position(*(const uint16_t *)a) - (int)ts_position(*(const uint16_t *)b);
}
/* Ascending; of equal positions the heaviest. Cut where too many. */
static uint32_t tidy_positions(uint16_t *p, uint32_t count) {
    if (count <= 1)
        return count;
    qsort(p, count, sizeof(*p), order_positions);
    uint32_t last = 0;
    for (uint32_t i = 1; i < count; i++) {
        if (ts_position(p[i]) == ts_position(p[last])) {
            if (ts_weight(p[i]) > ts_weight(p[last]))
                p[last] = p[i];
            continue;
        }
        p[++last] = p[i];
        if (last >= TS_POSITIONS_MAX || ts_position(p[last]) == TS_POSITION_MAX)
            break;
    }
    return last + 1;
}
static int order_lexemes(const void *a, const void *b) {
    const TsLexeme *x = a, *y = b;
    return ts_compare(x->text, x->len, y->text, y->len, false);
}
/* lexemes[from..to) are equal: all their positions go to lexemes[into]. */
static void join_lexemes(Arena *arena, TsLexeme *lexemes, uint32_t from, uint32_t to,
                         uint32_t into) {
    uint32_t total = 0, n = 0;
    for (uint32_t i = from; i < to; i++)
        total += lexemes[i].position_count;
    uint16_t *all = NULL;
    if (total > 0) {
        all = arena_alloc(arena, 2 * (size_t)total);
        for (uint32_t i = from; i < to; i++) {
            memcpy(all + n, lexemes[i].positions, 2 * (size_t)lexemes[i].position_count);
            n += lexemes[i].position_count;
        }
        n = tidy_positions(all, n);
    }
    lexemes[into] = lexemes[from];
    lexemes[into].positions = all;
    lexemes[into].position_count = n;
}
Status ts_vector_gather(Arena *arena, TsLexeme *lexemes, uint32_t count, Datum *value_out) {
    uint32_t kept = 0;
    if (count > 1)
        qsort(lexemes, count, sizeof(*lexemes), order_lexemes);
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && order_lexemes(&lexemes[i], &lexemes[end]) == 0)
            end++;
        join_lexemes(arena, lexemes, i, end, kept++);
        i = end;
    }
    return ts_vector_build(arena, lexemes, kept, value_out);
}

/* ---- text form ---- */

static Status scan_error(const TsScan *scan) {
    return error(ERR_SYNTAX_ERROR, "syntax error in %s: \"%.*s\"",
                 scan->query ? "tsquery" : "tsvector", (int)scan->whole.len, scan->whole.data);
}
static void take_char(TsScan *scan) {
    unsigned n = utf8_char_bytes((unsigned char)*scan->at);
    if (n > (size_t)(scan->end - scan->at))
        n = (unsigned)(scan->end - scan->at);
    strbuf_append(&scan->word, scan->at, n);
    scan->at += n;
}
static Status take_escaped(TsScan *scan) {
    scan->at++;
    if (scan->at >= scan->end)
        return error(ERR_SYNTAX_ERROR, "there is no escaped character: \"%.*s\"",
                     (int)scan->whole.len, scan->whole.data);
    take_char(scan);
    return STATUS_OK;
}
static bool at_char(const TsScan *scan, char c) { return scan->at < scan->end && *scan->at == c; }

/* :1A,2,3B */
static Status scan_positions(TsScan *scan) {
    for (char mark = ':'; at_char(scan, mark); mark = ',') {
        scan->at++;
        if (scan->at >= scan->end || !is_digit(*scan->at))
            return scan_error(scan);
        uint64_t n = 0;
        for (; scan->at < scan->end && is_digit(*scan->at); scan->at++)
            n = n > 1000000000 ? n : n * 10 + (uint64_t)(*scan->at - '0');
        if (n == 0)
            return error(ERR_SYNTAX_ERROR, "wrong position info in tsvector: \"%.*s\"",
                         (int)scan->whole.len, scan->whole.data);
        unsigned weight = 0;
        for (; scan->at < scan->end && *scan->at != ',' && !is_space(*scan->at); scan->at++) {
            char c = *scan->at;
            int w = c == '*' ? 3 : ts_weight_of_letter(c);
            if (is_digit(c))
                continue;
            if (w < 0 || weight != 0)
                return scan_error(scan);
            weight = (unsigned)w;
        }
        vec_push(&scan->positions, scan->arena,
                 ts_entry(n > TS_POSITION_MAX ? TS_POSITION_MAX : (uint32_t)n, weight));
    }
    return STATUS_OK;
}
/* 'it''s' */
static Status scan_quoted(TsScan *scan) {
    scan->at++;
    for (;;) {
        if (scan->at >= scan->end)
            return scan_error(scan);
        if (*scan->at == '\\') {
            TRY(take_escaped(scan));
        } else if (*scan->at == '\'') {
            scan->at++;
            if (!at_char(scan, '\''))
                break;
            take_char(scan);
        } else {
            take_char(scan);
        }
    }
    if (scan->word.len == 0)
        return scan_error(scan);
    return scan->operators_end ? STATUS_OK : scan_positions(scan);
}
static bool word_ends(const TsScan *scan) {
    return scan->at >= scan->end || is_space(*scan->at) ||
           (scan->operators_end && ts_is_operator(*scan->at)) || (scan->web && *scan->at == '"');
}
Status ts_scan_next(TsScan *scan, bool *found_out) {
    strbuf_truncate(&scan->word, 0);
    scan->positions.count = 0;
    *found_out = false;
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
    if (scan->at >= scan->end)
        return STATUS_OK;
    *found_out = true;
    if (!scan->web && *scan->at == '\'')
        return scan_quoted(scan);
    if ((scan->operators_end && ts_is_operator(*scan->at)) || (scan->web && *scan->at == '"'))
        return scan_error(scan);
    for (bool first = true; !word_ends(scan); first = false) {
        if (!scan->web && *scan->at == '\\') {
            TRY(take_escaped(scan));
        } else if (*scan->at == ':' && !first) {
            return scan->operators_end ? STATUS_OK : scan_positions(scan);
        } else {
            take_char(scan);
        }
    }
    return STATUS_OK;
}

Status tsvector_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    TsScan scan = {.arena = io->arena, .whole = str_make(text, len), .at = text, .end = text + len};
    TsLexemes lexemes = {0};
    size_t bytes = 0;
    strbuf_init(&scan.word, io->arena);
    for (;;) {
        bool found;
        TRY(ts_scan_next(&scan, &found));
        if (!found)
            break;
        if (scan.word.len > TS_LEXEME_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "word is too long (%ld bytes, max %ld bytes)",
                         (long)scan.word.len, (long)TS_LEXEME_MAX);
        if (bytes > TS_BYTES_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                         "string is too long for tsvector (%ld bytes, max %ld bytes)", (long)bytes,
                         (long)TS_BYTES_MAX);
        bytes += scan.word.len;
        TsLexeme l = {.text = arena_strndup(io->arena, strbuf_cstr(&scan.word), scan.word.len),
                      .len = (uint32_t)scan.word.len,
                      .position_count = (uint32_t)scan.positions.count};
        if (l.position_count > 0)
            l.positions = arena_memdup(io->arena, scan.positions.items, 2 * scan.positions.count);
        vec_push(&lexemes, io->arena, l);
    }
    return ts_vector_gather(io->arena, lexemes.items, (uint32_t)lexemes.count, value_out);
}
Status tsvector_output(TypeIo *io, Datum value, StrBuf *text) {
    TsVector v = ts_vector(value.str);
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = ts_vector_at(&v, i);
        strbuf_puts(text, i == 0 ? "'" : " '");
        for (uint32_t k = 0; k < l.len; k++) {
            if (l.text[k] == '\'' || l.text[k] == '\\')
                strbuf_putc(text, l.text[k]);
            strbuf_putc(text, l.text[k]);
        }
        strbuf_putc(text, '\'');
        for (uint32_t k = 0; k < l.position_count; k++) {
            uint16_t entry = ts_lexeme_entry(&l, k);
            strbuf_putc(text, k == 0 ? ':' : ',');
            strbuf_put_i64(text, ts_position(entry));
            if (ts_weight(entry) > 0)
                strbuf_putc(text, (char)('D' - ts_weight(entry)));
        }
    }
    return STATUS_OK;
}

/* ---- binary form ---- */

static Status receive_lexeme(Arena *arena, const uint8_t **p, const uint8_t *end, TsLexeme *l) {
    const uint8_t *nul = memchr(*p, 0, (size_t)(end - *p));
    if (nul == NULL || end - nul < 3)
        return type_receive_error();
    l->text = (const char *)*p;
    l->len = (uint32_t)(nul - *p);
    l->position_count = load_be16(nul + 1);
    *p = nul + 3;
    if (l->len > TS_LEXEME_MAX)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid tsvector: lexeme too long");
    if (!utf8_valid(l->text, l->len, NULL))
        return type_receive_error();
    if (l->position_count > TS_POSITIONS_MAX + 1)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "unexpected number of tsvector positions");
    if ((size_t)(end - *p) < 2 * (size_t)l->position_count)
        return type_receive_error();
    uint16_t *positions = arena_alloc(arena, 2 * (size_t)l->position_count + 2);
    for (uint32_t i = 0; i < l->position_count; i++, *p += 2) {
        positions[i] = load_be16(*p);
        if (i > 0 && ts_position(positions[i]) <= ts_position(positions[i - 1]))
            return error(ERR_INVALID_BINARY_REPRESENTATION, "position information is misordered");
    }
    l->positions = positions;
    return STATUS_OK;
}
Status tsvector_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    const uint8_t *p = bytes + 4, *end = bytes + len;
    TsLexemes lexemes = {0};
    if (len < 4)
        return type_receive_error();
    uint32_t count = load_be32(bytes);
    if (count > len / 3)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid size of tsvector");
    for (uint32_t i = 0; i < count; i++) {
        TsLexeme l;
        TRY(receive_lexeme(io->arena, &p, end, &l));
        vec_push(&lexemes, io->arena, l);
    }
    if (p != end)
        return type_receive_error();
    return ts_vector_gather(io->arena, lexemes.items, count, value_out);
}
Status tsvector_send(TypeIo *io, Datum value, StrBuf *bytes) {
    TsVector v = ts_vector(value.str);
    strbuf_put_be32(bytes, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = ts_vector_at(&v, i);
        strbuf_append(bytes, l.text, l.len);
        strbuf_putc(bytes, '\0');
        strbuf_put_be16(bytes, (uint16_t)l.position_count);
        for (uint32_t k = 0; k < l.position_count; k++)
            strbuf_put_be16(bytes, ts_lexeme_entry(&l, k));
    }
    return STATUS_OK;
}

/* ---- order: size, count, then lexeme by lexeme ---- */

static int compare_positions(const TsLexeme *a, const TsLexeme *b) {
    if (a->position_count != b->position_count)
        return a->position_count > b->position_count ? -1 : 1;
    for (uint32_t i = 0; i < a->position_count; i++) {
        uint16_t x = ts_lexeme_entry(a, i), y = ts_lexeme_entry(b, i);
        if (ts_position(x) != ts_position(y))
            return ts_position(x) > ts_position(y) ? -1 : 1;
        if (ts_weight(x) != ts_weight(y))
            return ts_weight(x) > ts_weight(y) ? -1 : 1;
    }
    return 0;
}
int tsvector_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    TsVector x = ts_vector(a.str), y = ts_vector(b.str);
    if (x.size != y.size)
        return x.size < y.size ? -1 : 1;
    if (x.count != y.count)
        return x.count < y.count ? -1 : 1;
    for (uint32_t i = 0; i < x.count; i++) {
        TsLexeme l = ts_vector_at(&x, i), m = ts_vector_at(&y, i);
        if ((l.position_count > 0) != (m.position_count > 0))
            return l.position_count > 0 ? -1 : 1;
        int order = ts_compare(l.text, l.len, m.text, m.len, false);
        if (order == 0)
            order = compare_positions(&l, &m);
        if (order != 0)
            return order;
    }
    return 0;
}
uint64_t tsvector_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
/* Everything that the order looks at, in its order; 0xff less where more comes first. */
Status tsvector_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    TsVector v = ts_vector(value.str);
    key_put_u32(key, v.size);
    key_put_u32(key, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = ts_vector_at(&v, i);
        strbuf_putc(key, l.position_count > 0 ? 0 : 1);
        key_put_bytes(key, l.text, l.len);
        strbuf_put_be16(key, (uint16_t)~l.position_count);
        for (uint32_t k = 0; k < l.position_count; k++) {
            uint16_t entry = ts_lexeme_entry(&l, k);
            strbuf_put_be16(key, (uint16_t) ~(ts_position(entry) << 2 | ts_weight(entry)));
        }
    }
    return STATUS_OK;
}

static int order(FnCall *call) { return tsvector_compare(NULL, 0, call->args[0], call->args[1]); }
SCALAR(tsvector_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(tsvector_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(tsvector_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(tsvector_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(tsvector_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(tsvector_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(tsvector_cmp) { return ret_i32(call, order(call)); }
