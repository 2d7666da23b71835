/*
 * jsonb.c: the bytes of jsonb: made from nodes, looked into, printed, ordered. Bytes that are no jsonb
 * (from a damaged page) give nonsense values but never a read outside of them.
 */
#include "types/json.h"
#include "types/numeric.h"
#include "types/text.h"

#include <stdlib.h>

DECLARE_TYPE_IO(jsonb);
DECLARE_TYPE_ORDER(jsonb);
DECLARE_TYPE_ORDER(numeric);
DECLARE_TYPE_ORDER(text);

enum { TAG_NULL, TAG_FALSE, TAG_TRUE, TAG_NUMBER, TAG_STRING, TAG_ARRAY, TAG_OBJECT };
#define HEADER 5u /* tag and count */
#define COLLATION_DEFAULT 100

/* ---- looking ---- */

JsonKind jsonb_kind(Str value) {
    static const JsonKind kinds[] = {JSON_NULL,   JSON_BOOL,  JSON_BOOL,  JSON_NUMBER,
                                     JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    uint8_t tag = value.len == 0 ? 0 : (uint8_t)value.data[0];
    return tag < ARRAY_LEN(kinds) ? kinds[tag] : JSON_NULL;
}
bool jsonb_truth(Str value) { return value.data[0] == TAG_TRUE; }
Str jsonb_scalar(Str value) { return str_make(value.data + 1, value.len - 1); }
Str jsonb_of_numeric(Arena *arena, Str number) {
    char *p = arena_alloc(arena, number.len + 1u);
    p[0] = TAG_NUMBER;
    memcpy(p + 1, number.data, number.len);
    return str_make(p, number.len + 1u);
}

static uint32_t ends_per_child(Str v) { return v.data[0] == TAG_OBJECT ? 2 : 1; }
uint32_t jsonb_count(Str v) {
    if (v.len < HEADER || !jsonb_is_container(v))
        return 0;
    uint32_t count = load_le32(v.data + 1);
    return count <= (v.len - HEADER) / (4 * ends_per_child(v)) ? count : 0;
}
/* The piece between the ends i - 1 and i of a list of ends, counted from base. */
static Str piece(Str v, const char *ends, uint32_t i, size_t base) {
    uint32_t start = i == 0 ? 0 : load_le32(ends + 4 * (i - 1)), stop = load_le32(ends + 4 * i);
    size_t room = v.len - base;
    if (stop > room || start > stop)
        return str_make("", 0);
    return str_make(v.data + base + start, stop - start);
}
Str jsonb_child(Str v, uint32_t i) {
    uint32_t count = jsonb_count(v);
    const char *ends = v.data + HEADER;
    size_t base = HEADER + 4u * (size_t)count;
    if (v.data[0] == TAG_OBJECT) {
        uint32_t keys = load_le32(ends + 4 * (count - 1));
        ends += 4 * count;
        base += 4u * (size_t)count + keys;
        if (base > v.len)
            return str_make("", 0);
    }
    return piece(v, ends, i, base);
}
Str jsonb_key(Str v, uint32_t i) {
    return piece(v, v.data + HEADER, i, HEADER + 8u * (size_t)jsonb_count(v));
}
/* Keys: shorter ones first. */
static int key_order(Str a, Str b) {
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.data, b.data, a.len);
}
bool jsonb_find(Str object, Str key, uint32_t *index_out) {
    uint32_t low = 0, high = jsonb_kind(object) == JSON_OBJECT ? jsonb_count(object) : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = key_order(jsonb_key(object, middle), key);
        if (order == 0) {
            *index_out = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
JsonNode *jsonb_open(Arena *arena, Str value) {
    JsonKind kind = jsonb_kind(value);
    if (kind < JSON_ARRAY)
        return json_node_encoded(arena, value);
    JsonNode *node = json_node(arena, kind);
    uint32_t count = jsonb_count(value);
    for (uint32_t i = 0; i < count; i++) {
        JsonNode *child = json_node_encoded(arena, jsonb_child(value, i));
        if (kind == JSON_OBJECT)
            child->key = jsonb_key(value, i);
        json_append(node, child);
    }
    return node;
}

/* ---- making ---- */

typedef struct Member {
    const JsonNode *node;
    uint32_t place; /* of equal keys the last counts */
} Member;
static int member_order(const void *a, const void *b) {
    const Member *x = a, *y = b;
    int order = key_order(x->node->key, y->node->key);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static Status encode(const JsonNode *node, StrBuf *buf, int depth);

static void reserve_ends(StrBuf *buf, char tag, uint32_t count, size_t ends) {
    strbuf_reserve(buf, HEADER + 4 * ends);
    strbuf_putc(buf, tag);
    store_le32(buf->data + buf->len, count);
    buf->len += 4 + 4 * ends;
}
static Status encode_object(const JsonNode *node, StrBuf *buf, int depth) {
    uint32_t n = 0, count = 0;
    Member *members = arena_array(buf->arena, Member, node->count + 1);
    for (const JsonNode *c = node->first; c != NULL; c = c->next, n++)
        members[n] = (Member){c, n};
    qsort(members, n, sizeof(*members), member_order);
    for (uint32_t i = 0; i < n; i++)
        if (i + 1 == n || key_order(members[i].node->key, members[i + 1].node->key) != 0)
            members[count++] = members[i];
    size_t ends = buf->len + HEADER, base;
    reserve_ends(buf, TAG_OBJECT, count, 2 * (size_t)count);
    base = buf->len;
    for (uint32_t i = 0; i < count; i++, ends += 4) {
        strbuf_append(buf, members[i].node->key.data, members[i].node->key.len);
        store_le32(buf->data + ends, (uint32_t)(buf->len - base));
    }
    base = buf->len;
    for (uint32_t i = 0; i < count; i++, ends += 4) {
        TRY(encode(members[i].node, buf, depth));
        store_le32(buf->data + ends, (uint32_t)(buf->len - base));
    }
    return STATUS_OK;
}
static Status encode_array(const JsonNode *node, StrBuf *buf, int depth) {
    size_t ends = buf->len + HEADER;
    reserve_ends(buf, TAG_ARRAY, node->count, node->count);
    size_t base = buf->len;
    for (const JsonNode *c = node->first; c != NULL; c = c->next, ends += 4) {
        TRY(encode(c, buf, depth));
        store_le32(buf->data + ends, (uint32_t)(buf->len - base));
    }
    return STATUS_OK;
}
static Status encode(const JsonNode *node, StrBuf *buf, int depth) {
    if (depth > JSON_DEPTH_MAX)
        return fiber_stack_error();
    if (buf->len > ARENA_ALLOC_MAX / 4)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "total size of jsonb object elements exceeds the maximum of %u bytes",
                     (unsigned)(ARENA_ALLOC_MAX / 4));
    switch (node->kind) {
    case JSON_NULL:
        strbuf_putc(buf, TAG_NULL);
        return STATUS_OK;
    case JSON_BOOL:
        strbuf_putc(buf, node->truth ? TAG_TRUE : TAG_FALSE);
        return STATUS_OK;
    case JSON_NUMBER: {
        Str number;
        TRY(numeric_parse(buf->arena, node->text.data, node->text.len, &number));
        strbuf_putc(buf, TAG_NUMBER);
        strbuf_append(buf, number.data, number.len);
        return STATUS_OK;
    }
    case JSON_STRING:
        strbuf_putc(buf, TAG_STRING);
        strbuf_append(buf, node->text.data, node->text.len);
        return STATUS_OK;
    case JSON_ENCODED:
        strbuf_append(buf, node->text.data, node->text.len);
        return STATUS_OK;
    case JSON_ARRAY:
        return encode_array(node, buf, depth + 1);
    case JSON_OBJECT:
        return encode_object(node, buf, depth + 1);
    }
    return STATUS_OK;
}
Status jsonb_encode(Arena *arena, const JsonNode *node, Datum *value_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    TRY(encode(node, &buf, 0));
    *value_out = buf_datum(&buf);
    return STATUS_OK;
}

/* ---- printing ---- */

static void new_line(StrBuf *text, int depth) {
    strbuf_putc(text, '\n');
    for (int i = 0; i < depth; i++)
        strbuf_puts(text, "    ");
}
/* depth: of the indentation; negative: on one line. */
static void print(Str v, int depth, int level, StrBuf *text) {
    JsonKind kind = jsonb_kind(v);
    switch (kind) {
    case JSON_BOOL:
        strbuf_puts(text, jsonb_truth(v) ? "true" : "false");
        return;
    case JSON_NUMBER:
        numeric_print(jsonb_scalar(v), text);
        return;
    case JSON_STRING:
        json_put_string(text, jsonb_scalar(v));
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    default:
        strbuf_puts(text, "null");
        return;
    }
    bool pretty = depth >= 0;
    uint32_t count = level > JSON_DEPTH_MAX + 1 ? 0 : jsonb_count(v);
    strbuf_putc(text, kind == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_puts(text, pretty ? "," : ", ");
        if (pretty)
            new_line(text, depth + 1);
        if (kind == JSON_OBJECT) {
            json_put_string(text, jsonb_key(v, i));
            strbuf_puts(text, ": ");
        }
        print(jsonb_child(v, i), pretty ? depth + 1 : -1, level + 1, text);
    }
    if (pretty)
        new_line(text, depth);
    strbuf_putc(text, kind == JSON_ARRAY ? ']' : '}');
}
void jsonb_print(Str value, bool pretty, StrBuf *text) { print(value, pretty ? 0 : -1, 0, text); }

bool jsonb_as_text(Arena *arena, Str value, Str *text_out) {
    JsonKind kind = jsonb_kind(value);
    if (kind == JSON_NULL)
        return false;
    if (kind == JSON_STRING) {
        *text_out = jsonb_scalar(value);
        return true;
    }
    StrBuf buf;
    strbuf_init(&buf, arena);
    jsonb_print(value, false, &buf);
    *text_out = buf_datum(&buf).str;
    return true;
}

/* ---- order ---- */

static int order_u32(uint32_t a, uint32_t b) { return (a > b) - (a < b); }

static int order_part(Str a, Str b, int level);
static int order_children(Str a, Str b, int level) {
    uint32_t count = jsonb_count(a);
    int order = order_u32(count, jsonb_count(b));
    if (level > JSON_DEPTH_MAX + 1)
        return 0;
    bool object = jsonb_kind(a) == JSON_OBJECT;
    for (uint32_t i = 0; order == 0 && i < count; i++) {
        if (object)
            order = text_compare_collated(COLLATION_DEFAULT, jsonb_key(a, i), jsonb_key(b, i));
        if (order == 0)
            order = order_part(jsonb_child(a, i), jsonb_child(b, i), level + 1);
    }
    return order;
}
static int order_part(Str a, Str b, int level) {
    JsonKind kind = jsonb_kind(a), other = jsonb_kind(b);
    if (kind != other)
        return kind < other ? -1 : 1;
    switch (kind) {
    case JSON_STRING:
        return text_compare_collated(COLLATION_DEFAULT, jsonb_scalar(a), jsonb_scalar(b));
    case JSON_NUMBER:
        return numeric_order(jsonb_scalar(a), jsonb_scalar(b));
    case JSON_BOOL:
        return (int)jsonb_truth(a) - (int)jsonb_truth(b);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return order_children(a, b, level);
    default:
        return 0;
    }
}
/* At the top a scalar stands among arrays, as one of a single element before its equal. */
int jsonb_order(Str a, Str b) {
    bool x = jsonb_is_container(a), y = jsonb_is_container(b);
    if (x == y)
        return order_part(a, b, 0);
    Str container = x ? a : b;
    int order = 1;
    if (jsonb_kind(container) == JSON_ARRAY && jsonb_count(container) == 0)
        order = -1;
    return x ? order : -order;
}

static bool holds(Str a, Str b, int level);
static bool array_holds(Str a, Str element, int level) {
    bool container = jsonb_is_container(element);
    for (uint32_t i = 0; i < jsonb_count(a); i++) {
        Str own = jsonb_child(a, i);
        if (jsonb_kind(own) == jsonb_kind(element) &&
            (container ? holds(own, element, level + 1) : order_part(own, element, level) == 0))
            return true;
    }
    return false;
}
/* Both containers of one kind. */
static bool holds(Str a, Str b, int level) {
    if (level > JSON_DEPTH_MAX + 1)
        return false;
    for (uint32_t i = 0; i < jsonb_count(b); i++) {
        Str wanted = jsonb_child(b, i);
        if (jsonb_kind(b) == JSON_ARRAY) {
            if (!array_holds(a, wanted, level))
                return false;
            continue;
        }
        uint32_t at;
        if (!jsonb_find(a, jsonb_key(b, i), &at))
            return false;
        Str own = jsonb_child(a, at);
        if (jsonb_kind(own) != jsonb_kind(wanted))
            return false;
        if (jsonb_is_container(own) ? !holds(own, wanted, level + 1)
                                    : order_part(own, wanted, level) != 0)
            return false;
    }
    return true;
}
bool jsonb_holds(Str a, Str b) {
    if (!jsonb_is_container(b))
        return jsonb_kind(a) == JSON_ARRAY ? array_holds(a, b, 0)
                                           : !jsonb_is_container(a) && jsonb_order(a, b) == 0;
    return jsonb_kind(a) == jsonb_kind(b) && holds(a, b, 0);
}
int jsonb_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return jsonb_order(a.str, b.str);
}

static uint64_t hash(Str v, int level) {
    JsonKind kind = jsonb_kind(v);
    uint64_t h = hash_u64(kind);
    switch (kind) {
    case JSON_STRING:
        return hash_combine(h, hash_bytes(jsonb_scalar(v).data, jsonb_scalar(v).len));
    case JSON_NUMBER:
        return hash_combine(h, numeric_hash(NULL, 0, (Datum){.str = jsonb_scalar(v)}));
    case JSON_BOOL:
        return hash_combine(h, jsonb_truth(v));
    case JSON_ARRAY:
    case JSON_OBJECT: {
        uint32_t count = level > JSON_DEPTH_MAX + 1 ? 0 : jsonb_count(v);
        for (uint32_t i = 0; i < count; i++) {
            if (kind == JSON_OBJECT)
                h = hash_combine(h, hash_bytes(jsonb_key(v, i).data, jsonb_key(v, i).len));
            h = hash_combine(h, hash(jsonb_child(v, i), level + 1));
        }
        return h;
    }
    default:
        return h;
    }
}
uint64_t jsonb_hash(const TypeInfo *type, Oid collation, Datum value) { return hash(value.str, 0); }

static Status put_text_key(Str s, StrBuf *key) {
    return text_key_encode(type_builtin(25), COLLATION_DEFAULT, (Datum){.str = s}, key);
}
static Status put_key(Str v, StrBuf *key, int level);
static Status put_children(Str v, StrBuf *key, int level) {
    uint32_t count = jsonb_count(v);
    if (level > JSON_DEPTH_MAX + 1)
        return fiber_stack_error();
    for (uint32_t i = 0; i < count; i++) {
        if (jsonb_kind(v) == JSON_OBJECT)
            TRY(put_text_key(jsonb_key(v, i), key));
        TRY(put_key(jsonb_child(v, i), key, level + 1));
    }
    return STATUS_OK;
}
/* A part: its kind, then for containers the count, as that decides before the elements do. */
static Status put_key(Str v, StrBuf *key, int level) {
    JsonKind kind = jsonb_kind(v);
    strbuf_putc(key, (char)kind);
    if (kind == JSON_STRING)
        return put_text_key(jsonb_scalar(v), key);
    if (kind == JSON_NUMBER)
        return numeric_key_encode(type_builtin(1700), 0, (Datum){.str = jsonb_scalar(v)}, key);
    if (kind == JSON_BOOL)
        strbuf_putc(key, jsonb_truth(v));
    if (kind < JSON_ARRAY)
        return STATUS_OK;
    key_put_u32(key, jsonb_count(v));
    return put_children(v, key, level);
}
/* The top: see jsonb_order. A byte after the count tells a scalar from an array of one. */
Status jsonb_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    bool container = jsonb_is_container(value.str);
    strbuf_putc(key, container ? (char)jsonb_kind(value.str) : (char)JSON_ARRAY);
    key_put_u32(key, container ? jsonb_count(value.str) : 1);
    strbuf_putc(key, container);
    return container ? put_children(value.str, key, 0) : put_key(value.str, key, 0);
}
Status jsonb_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                        Datum *value_out, size_t *used_out) {
    return error(ERR_INDEX_CORRUPTED, "an index key of type jsonb cannot be read back");
}

/* ---- forms ---- */

Status jsonb_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    JsonNode *node;
    TRY(json_parse(io->arena, str_make(text, len), true, &node));
    return jsonb_encode(io->arena, node, value_out);
}
Status jsonb_output(TypeIo *io, Datum value, StrBuf *text) {
    jsonb_print(value.str, false, text);
    return STATUS_OK;
}
/* A version byte, then the text. */
Status jsonb_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len < 1)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    if (bytes[0] != 1)
        return error(ERR_INTERNAL_ERROR, "unsupported jsonb version number %d", bytes[0]);
    TRY(text_verify(bytes + 1, len - 1));
    return jsonb_input(io, (const char *)bytes + 1, len - 1, value_out);
}
Status jsonb_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_putc(bytes, 1);
    return jsonb_output(io, value, bytes);
}
