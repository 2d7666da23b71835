/* hstore.c: see hstore.h. */
#include "types/hstore.h"

#include "types/types_int.h"

#include <stdlib.h>

#define COUNT_FLAG 0x80000000u
#define FIRST_FLAG 0x80000000u
#define NULL_FLAG 0x40000000u
#define END_MASK 0x3fffffffu

static const uint8_t *entries(Str h) { return (const uint8_t *)h.data + 4; }
static uint32_t end_of(Str h, uint32_t entry) {
    return load_le32(entries(h) + 4 * entry) & END_MASK;
}
static uint32_t start_of(Str h, uint32_t entry) { return entry == 0 ? 0 : end_of(h, entry - 1); }
static const char *texts(Str h) { return h.data + 4 + 8 * (size_t)hstore_count(h); }
static Str part(Str h, uint32_t entry) {
    uint32_t start = start_of(h, entry);
    return str_make(texts(h) + start, end_of(h, entry) - start);
}

uint32_t hstore_count(Str h) {
    return load_le32((const uint8_t *)h.data) & ~COUNT_FLAG;
}

HstorePair hstore_pair(Str h, uint32_t i) {
    HstorePair pair = {.key = part(h, 2 * i)};
    if (!(load_le32(entries(h) + 8 * i + 4) & NULL_FLAG))
        pair.value = part(h, 2 * i + 1);
    return pair;
}

static int compare_keys(Str a, Str b) {
    return a.len != b.len ? (a.len < b.len ? -1 : 1) : memcmp(a.data, b.data, a.len);
}

bool hstore_find(Str h, Str key, Str *value_out) {
    uint32_t low = 0, high = hstore_count(h);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_keys(part(h, 2 * middle), key);
        if (order == 0) {
            *value_out = hstore_pair(h, middle).value;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* ---- building ---- */

typedef struct Placed {
    HstorePair pair;
    uint32_t place;
} Placed;

static int compare_placed(const void *a, const void *b) {
    const Placed *x = a, *y = b;
    int order = compare_keys(x->pair.key, y->pair.key);
    return order != 0 ? order : x->place < y->place ? -1 : 1;
}

static Status sort_pairs(Arena *arena, HstorePair *pairs, uint32_t *count) {
    void *room;
    uint32_t kept = 0;
    TRY(arena_try_alloc(arena, (*count + (size_t)1) * sizeof(Placed), &room));
    Placed *placed = room;
    for (uint32_t i = 0; i < *count; i++)
        placed[i] = (Placed){pairs[i], i};
    if (*count > 1)
        qsort(placed, *count, sizeof(*placed), compare_placed);
    for (uint32_t i = 0; i < *count; i++)
        if (kept == 0 || compare_keys(pairs[kept - 1].key, placed[i].pair.key) != 0)
            pairs[kept++] = placed[i].pair;
    *count = kept;
    return STATUS_OK;
}

Status hstore_build(Arena *arena, HstorePair *pairs, uint32_t count, Datum *value_out) {
    void *room;
    size_t len = 0;
    TRY(sort_pairs(arena, pairs, &count));
    for (uint32_t i = 0; i < count; i++)
        len += (size_t)pairs[i].key.len + pairs[i].value.len;
    if (len > END_MASK)
        return error(ERR_STRING_DATA_RIGHT_TRUNCATION, "string too long for hstore value");
    size_t total = 4 + 8 * (size_t)count + len;
    TRY(arena_try_alloc(arena, total, &room));
    char *bytes = room, *text = bytes + 4 + 8 * (size_t)count;
    uint32_t end = 0;
    store_le32(bytes, count | COUNT_FLAG);
    for (uint32_t i = 0; i < count; i++) {
        const HstorePair *pair = &pairs[i];
        memcpy(text + end, pair->key.data, pair->key.len);
        end += pair->key.len;
        store_le32(bytes + 4 + 8 * (size_t)i, end | (i == 0 ? FIRST_FLAG : 0));
        if (pair->value.data != NULL)
            memcpy(text + end, pair->value.data, pair->value.len);
        end += pair->value.data == NULL ? 0 : pair->value.len;
        store_le32(bytes + 8 + 8 * (size_t)i, end | (pair->value.data == NULL ? NULL_FLAG : 0));
    }
    *value_out = datum_str(bytes, total);
    return STATUS_OK;
}

Status hstore_concat(Arena *arena, Str a, Str b, Datum *value_out) {
    uint32_t n = hstore_count(a), m = hstore_count(b);
    void *room;
    TRY(arena_try_alloc(arena, ((size_t)n + m + 1) * sizeof(HstorePair), &room));
    HstorePair *pairs = room;
    for (uint32_t i = 0; i < m; i++)
        pairs[i] = hstore_pair(b, i);
    for (uint32_t i = 0; i < n; i++)
        pairs[m + i] = hstore_pair(a, i);
    return hstore_build(arena, pairs, n + m, value_out);
}

/* ---- reading a text ---- */

typedef struct HstoreReader {
    const char *begin, *at, *end;
    StrBuf word;
    bool quoted;
} HstoreReader;

static Status ends_early(void) {
    return error(ERR_INTERNAL_ERROR, "Unexpected end of string");
}
static Status syntax_error(const HstoreReader *r) {
    const char *next = r->at;
    utf8_decode(&next);
    return error(ERR_INTERNAL_ERROR, "Syntax error near \"%.*s\" at position %d",
                 (int)(next - r->at), r->at, (int)(r->at - r->begin));
}
/* White space as the lexer of SQL has it. */
static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static Status read_quoted(HstoreReader *r) {
    r->quoted = true;
    for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
        if (*r->at == '\\' && ++r->at == r->end)
            return ends_early();
        strbuf_putc(&r->word, *r->at);
    }
    if (r->at == r->end)
        return ends_early();
    r->at++;
    return STATUS_OK;
}

/* A word; *found_out false: only white space was left. Values end with a comma, keys with a '='. */
static Status read_word(HstoreReader *r, bool is_value, Str *word_out, bool *found_out) {
    char stop = is_value ? ',' : '=';
    strbuf_init(&r->word, r->word.arena);
    r->quoted = false;
    while (r->at < r->end && blank(*r->at))
        r->at++;
    *found_out = r->at < r->end;
    if (!*found_out)
        return STATUS_OK;
    if (*r->at == '"') {
        TRY(read_quoted(r));
    } else {
        if (*r->at == '=' && !is_value)
            return syntax_error(r);
        bool first = true; /* a value may begin with what would end it */
        for (; r->at < r->end && (first || *r->at != stop) && !blank(*r->at); r->at++) {
            first = false;
            if (*r->at == '\\' && ++r->at == r->end)
                return ends_early();
            strbuf_putc(&r->word, *r->at);
        }
        if (r->at < r->end && blank(*r->at))
            r->at++;
    }
    *word_out = buf_datum(&r->word).str;
    return STATUS_OK;
}

static Status expect(HstoreReader *r, char c) {
    if (r->at == r->end)
        return ends_early();
    if (*r->at != c)
        return syntax_error(r);
    r->at++;
    return STATUS_OK;
}
static void skip_blanks(HstoreReader *r) {
    while (r->at < r->end && blank(*r->at))
        r->at++;
}

static Status hstore_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    HstoreReader r = {.begin = text, .at = text, .end = text + len};
    VEC(HstorePair) pairs = {0};
    strbuf_init(&r.word, io->arena);
    for (;;) {
        HstorePair pair;
        bool found;
        TRY(read_word(&r, false, &pair.key, &found));
        if (!found)
            break;
        skip_blanks(&r);
        TRY(expect(&r, '='));
        TRY(expect(&r, '>'));
        TRY(read_word(&r, true, &pair.value, &found));
        if (!found)
            return ends_early();
        if (!r.quoted && text_is_word(pair.value.data, pair.value.len, "null"))
            pair.value = (Str){0};
        vec_push(&pairs, io->arena, pair);
        skip_blanks(&r);
        if (r.at == r.end)
            break;
        TRY(expect(&r, ','));
    }
    return hstore_build(io->arena, pairs.items, (uint32_t)pairs.count, value_out);
}

static void put_quoted(StrBuf *text, Str s) {
    strbuf_putc(text, '"');
    for (uint32_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"' || s.data[i] == '\\')
            strbuf_putc(text, '\\');
        strbuf_putc(text, s.data[i]);
    }
    strbuf_putc(text, '"');
}

static Status hstore_output(TypeIo *io, Datum value, StrBuf *text) {
    uint32_t count = hstore_count(value.str);
    for (uint32_t i = 0; i < count; i++) {
        HstorePair pair = hstore_pair(value.str, i);
        strbuf_puts(text, i == 0 ? "" : ", ");
        put_quoted(text, pair.key);
        strbuf_puts(text, "=>");
        if (pair.value.data == NULL)
            strbuf_puts(text, "NULL");
        else
            put_quoted(text, pair.value);
    }
    return STATUS_OK;
}

/* ---- binary ---- */

static Status receive_text(const uint8_t **at, const uint8_t *end, int32_t len, Str *out) {
    if (end - *at < len)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    *out = str_make((const char *)*at, (size_t)len);
    *at += len;
    return STATUS_OK;
}
static Status receive_i32(const uint8_t **at, const uint8_t *end, int32_t *out) {
    if (end - *at < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    *out = (int32_t)load_be32(*at);
    *at += 4;
    return STATUS_OK;
}

static Status hstore_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    const uint8_t *at = bytes, *end = bytes + len;
    int32_t count, n;
    size_t bad;
    void *room;
    const int32_t most = (int32_t)(ARENA_ALLOC_MAX / 40);
    TRY(receive_i32(&at, end, &count));
    if (count < 0 || count > most)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of pairs (%d) exceeds the maximum allowed (%d)", count, most);
    if ((size_t)count * 8 > len)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    TRY(arena_try_alloc(io->arena, ((size_t)count + 1) * sizeof(HstorePair), &room));
    HstorePair *pairs = room;
    for (int32_t i = 0; i < count; i++) {
        pairs[i] = (HstorePair){0};
        TRY(receive_i32(&at, end, &n));
        if (n < 0)
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "null value not allowed for hstore key");
        TRY(receive_text(&at, end, n, &pairs[i].key));
        TRY(receive_i32(&at, end, &n));
        if (n >= 0)
            TRY(receive_text(&at, end, n, &pairs[i].value));
        if (!utf8_valid(pairs[i].key.data, pairs[i].key.len, &bad) ||
            !utf8_valid(pairs[i].value.data, pairs[i].value.len, &bad))
            return type_receive_error();
    }
    if (at != end)
        return type_receive_error();
    return hstore_build(io->arena, pairs, (uint32_t)count, value_out);
}

static Status hstore_send(TypeIo *io, Datum value, StrBuf *bytes) {
    uint32_t count = hstore_count(value.str);
    strbuf_put_be32(bytes, count);
    for (uint32_t i = 0; i < count; i++) {
        HstorePair pair = hstore_pair(value.str, i);
        strbuf_put_be32(bytes, pair.key.len);
        strbuf_append(bytes, pair.key.data, pair.key.len);
        strbuf_put_be32(bytes, pair.value.data == NULL ? UINT32_MAX : pair.value.len);
        if (pair.value.data != NULL)
            strbuf_append(bytes, pair.value.data, pair.value.len);
    }
    return STATUS_OK;
}

/* ---- order: by the texts, then by how they are divided ---- */

static Str all_texts(Str h) {
    uint32_t n = hstore_count(h);
    return str_make(texts(h), n == 0 ? 0 : end_of(h, 2 * n - 1));
}

static int hstore_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    uint32_t n = hstore_count(a.str), m = hstore_count(b.str);
    if (n == 0 || m == 0)
        return (n > 0) - (m > 0);
    int order = str_compare(all_texts(a.str), all_texts(b.str));
    if (order != 0 || n != m)
        return order != 0 ? order : n < m ? -1 : 1;
    for (uint32_t i = 0; i < 2 * n; i++) {
        uint32_t x = load_le32(entries(a.str) + 4 * i), y = load_le32(entries(b.str) + 4 * i);
        if (x == y)
            continue;
        if ((x & END_MASK) != (y & END_MASK))
            return (x & END_MASK) < (y & END_MASK) ? -1 : 1;
        return x & NULL_FLAG ? 1 : -1;
    }
    return 0;
}

static uint64_t hstore_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}

static Status hstore_key(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    uint32_t n = hstore_count(value.str);
    Str all = all_texts(value.str);
    strbuf_putc(key, n > 0);
    key_put_bytes(key, all.data, all.len);
    key_put_u32(key, n);
    for (uint32_t i = 0; i < 2 * n; i++) {
        uint32_t x = load_le32(entries(value.str) + 4 * i);
        key_put_u32(key, (x & END_MASK) << 1 | ((x & NULL_FLAG) != 0));
    }
    return STATUS_OK;
}

const TypeInfo hstore_model = {
    .name = "hstore",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = hstore_input,
    .output = hstore_output,
    .receive = hstore_receive,
    .send = hstore_send,
    .compare = hstore_compare,
    .hash = hstore_hash,
    .key_encode = hstore_key,
};
