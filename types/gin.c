/* gin.c: keys of inverted indexes. See gin.h. */
#include "types/gin.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/vec.h"
#include "catalog/catalogs.h"
#include "types/json.h"
#include "types/ts.h"

#include <stdlib.h>

#define FAMILY_ARRAY_OPS 2745u
#define FAMILY_JSONB_OPS 4036u
#define FAMILY_JSONB_PATH_OPS 4037u
#define FAMILY_TSVECTOR_OPS 3659u
#define KEY_BYTES_MAX 512u

/* Kinds of keys. */
enum {
    KEY_ELEMENT = 1,
    KEY_NULL = 2,  /* an array has NULL elements */
    KEY_EMPTY = 3, /* an array has no elements */
    KEY_HASHED = 4,
    KEY_NAME = 5, /* an object's key, or a string in an array */
    KEY_STRING = 6,
    KEY_NUMBER = 7,
    KEY_BOOL = 8,
    KEY_NULL_JSON = 9,
    KEY_PATH = 10
};

GinKind gin_kind(Oid family) {
    switch (family) {
    case FAMILY_ARRAY_OPS:
        return GIN_KIND_ARRAY;
    case FAMILY_JSONB_OPS:
        return GIN_KIND_JSONB;
    case FAMILY_JSONB_PATH_OPS:
        return GIN_KIND_JSONB_PATH;
    case FAMILY_TSVECTOR_OPS:
        return GIN_KIND_TSVECTOR;
    default:
        return GIN_KIND_NONE;
    }
}

/* ---- making keys ---- */

typedef struct KeyMaker {
    EvalEnv *env;
    const GinColumn *column;
    Arena *arena;
    GinKeys *keys;
    StrBuf buf;
    const TypeInfo *number; /* numeric */
    Status failed;
} KeyMaker;

static void begin(KeyMaker *m, uint8_t kind) {
    strbuf_truncate(&m->buf, 0);
    strbuf_putc(&m->buf, (char)m->column->number);
    strbuf_putc(&m->buf, (char)kind);
}

/* The key in the buffer, or a hash of it. */
static void finish(KeyMaker *m) {
    Str key = str_make(strbuf_cstr(&m->buf), m->buf.len);
    if (key.len > KEY_BYTES_MAX) {
        uint64_t one = hash_bytes_stable(key.data, key.len);
        uint64_t two = hash_bytes_stable(key.data + key.len / 2, key.len - key.len / 2);
        begin(m, KEY_HASHED);
        strbuf_put_be64(&m->buf, one);
        strbuf_put_be64(&m->buf, two);
        key = str_make(strbuf_cstr(&m->buf), m->buf.len);
    }
    key = str_make(arena_memdup(m->arena, key.data, key.len), key.len);
    vec_push(m->keys, m->arena, key);
}

static void put_marker(KeyMaker *m, uint8_t kind) {
    begin(m, kind);
    finish(m);
}

/* Texts have no zero byte, so one ends them. */
static void put_text(KeyMaker *m, uint8_t kind, Str text) {
    begin(m, kind);
    strbuf_append(&m->buf, text.data, text.len);
    strbuf_putc(&m->buf, 0);
    finish(m);
}

static Status element_type(EvalEnv *env, Oid type, const TypeInfo **out) {
    TRY(type_lookup(env, type, out));
    return (*out)->key_encode != NULL
               ? STATUS_OK
               : error(ERR_FEATURE_NOT_SUPPORTED, "type %s cannot be an index key", (*out)->name);
}

static Status array_keys(KeyMaker *m, Datum value, bool *nulls_out) {
    ArrayView view;
    const TypeInfo *type;
    *nulls_out = false;
    TRY(array_view(value.str, &view));
    TRY(element_type(m->env, view.elem_type, &type));
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (array_is_null(&view, i)) {
            *nulls_out = true;
            continue;
        }
        begin(m, KEY_ELEMENT);
        TRY(type->key_encode(type, m->column->collation, array_get(&view, i), &m->buf));
        finish(m);
    }
    if (*nulls_out)
        put_marker(m, KEY_NULL);
    if (view.elem_count == 0)
        put_marker(m, KEY_EMPTY);
    return STATUS_OK;
}

/* A scalar's key; in_array: strings there are found by ?. */
static void json_scalar(KeyMaker *m, Str value, bool in_array) {
    switch (jsonb_kind(value)) {
    case JSON_STRING:
        put_text(m, in_array ? KEY_NAME : KEY_STRING, jsonb_scalar(value));
        break;
    case JSON_NUMBER:
        begin(m, KEY_NUMBER);
        if (status_ok(m->failed))
            m->failed =
                m->number->key_encode(m->number, 0, (Datum){.str = jsonb_scalar(value)}, &m->buf);
        finish(m);
        break;
    case JSON_BOOL:
        begin(m, KEY_BOOL);
        strbuf_putc(&m->buf, jsonb_truth(value) ? 1 : 0);
        finish(m);
        break;
    default:
        put_marker(m, KEY_NULL_JSON);
        break;
    }
}

static void json_keys(KeyMaker *m, Str value, bool in_array) {
    if (!jsonb_is_container(value)) {
        json_scalar(m, value, in_array);
        return;
    }
    bool object = jsonb_kind(value) == JSON_OBJECT;
    uint32_t count = jsonb_count(value);
    for (uint32_t i = 0; i < count; i++) {
        if (object)
            put_text(m, KEY_NAME, jsonb_key(value, i));
        json_keys(m, jsonb_child(value, i), !object);
    }
}

/* A scalar with the names on the way to it; arrays leave no trace. */
static void json_paths(KeyMaker *m, Str value, uint64_t path) {
    if (!jsonb_is_container(value)) {
        size_t before = m->keys->count;
        json_scalar(m, value, false);
        Str *key = &m->keys->items[before];
        uint64_t hash = hash_combine(path, hash_bytes_stable(key->data, key->len));
        begin(m, KEY_PATH);
        strbuf_put_be64(&m->buf, hash);
        *key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
        return;
    }
    bool object = jsonb_kind(value) == JSON_OBJECT;
    uint32_t count = jsonb_count(value);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t below = path;
        if (object) {
            Str name = jsonb_key(value, i);
            below = hash_combine(path, hash_bytes_stable(name.data, name.len));
        }
        json_paths(m, jsonb_child(value, i), below);
    }
}

static void lexeme_keys(KeyMaker *m, Datum value) {
    TsVector vector = ts_vector(value.str);
    for (uint32_t i = 0; i < vector.count; i++) {
        TsLexeme lexeme = ts_vector_at(&vector, i);
        begin(m, KEY_ELEMENT);
        strbuf_append(&m->buf, lexeme.text, lexeme.len);
        strbuf_putc(&m->buf, 0);
        Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
        vec_push(m->keys, m->arena, key); /* never hashed: queries ask for prefixes */
    }
}

static KeyMaker maker(EvalEnv *env, const GinColumn *column, Arena *arena, GinKeys *keys) {
    KeyMaker m = {.env = env, .column = column, .arena = arena, .keys = keys};
    m.number = type_builtin(OID_NUMERIC);
    strbuf_init(&m.buf, arena);
    return m;
}

Status gin_keys(EvalEnv *env, const GinColumn *column, Datum value, Arena *arena, GinKeys *keys) {
    KeyMaker m = maker(env, column, arena, keys);
    bool has_nulls;
    switch (column->kind) {
    case GIN_KIND_ARRAY:
        return array_keys(&m, value, &has_nulls);
    case GIN_KIND_JSONB:
        json_keys(&m, value.str, true);
        return m.failed;
    case GIN_KIND_JSONB_PATH:
        json_paths(&m, value.str, 0);
        return m.failed;
    case GIN_KIND_TSVECTOR:
        lexeme_keys(&m, value);
        return STATUS_OK;
    default:
        return error(ERR_INTERNAL_ERROR, "no keys for this operator family");
    }
}

static int compare_keys(const void *a, const void *b) {
    return str_compare(*(const Str *)a, *(const Str *)b);
}

void gin_keys_sort(GinKeys *keys) {
    size_t kept = 0;
    if (keys->count > 1)
        qsort(keys->items, keys->count, sizeof(Str), compare_keys);
    for (size_t i = 0; i < keys->count; i++)
        if (kept == 0 || !str_equal(keys->items[i], keys->items[kept - 1]))
            keys->items[kept++] = keys->items[i];
    keys->count = kept;
}

/* ---- queries ---- */

enum {
    ARRAY_OVERLAP = 1,
    ARRAY_CONTAINS = 2,
    ARRAY_CONTAINED = 3,
    ARRAY_EQUAL = 4,
    JSONB_CONTAINS = 7,
    JSONB_EXISTS = 9,
    JSONB_EXISTS_ANY = 10,
    JSONB_EXISTS_ALL = 11,
    TS_MATCHES = 1,
    TS_MATCHES_OLD = 2
};

bool gin_answers(GinKind kind, int16_t strategy) {
    switch (kind) {
    case GIN_KIND_ARRAY:
        return strategy >= ARRAY_OVERLAP && strategy <= ARRAY_EQUAL;
    case GIN_KIND_JSONB:
        return strategy == JSONB_CONTAINS ||
               (strategy >= JSONB_EXISTS && strategy <= JSONB_EXISTS_ALL);
    case GIN_KIND_JSONB_PATH:
        return strategy == JSONB_CONTAINS;
    case GIN_KIND_TSVECTOR:
        return strategy == TS_MATCHES || strategy == TS_MATCHES_OLD;
    default:
        return false;
    }
}

static GinNode *leaf(Arena *arena, GinTag tag, Str key) {
    GinNode *node = arena_new(arena, GinNode);
    node->tag = tag;
    node->key = key;
    return node;
}

static GinNode *combine(Arena *arena, GinTag tag, GinNode *a, GinNode *b) {
    GinNode *node = leaf(arena, tag, (Str){0});
    node->items = arena_array(arena, GinNode *, 2);
    node->items[0] = a;
    node->items[1] = b;
    node->count = 2;
    return node;
}

GinNode *gin_and(Arena *arena, GinNode *a, GinNode *b) {
    if (a->tag == GIN_NOTHING || b->tag == GIN_ALL)
        return a;
    return b->tag == GIN_NOTHING || a->tag == GIN_ALL ? b : combine(arena, GIN_AND, a, b);
}

GinNode *gin_or(Arena *arena, GinNode *a, GinNode *b) {
    if (a->tag == GIN_ALL || b->tag == GIN_NOTHING)
        return a;
    return b->tag == GIN_ALL || a->tag == GIN_NOTHING ? b : combine(arena, GIN_OR, a, b);
}

/* All of the keys, or any; none: everything, or nothing. */
static GinNode *of_keys(Arena *arena, GinKeys *keys, GinTag tag) {
    gin_keys_sort(keys);
    if (keys->count == 0)
        return leaf(arena, tag == GIN_AND ? GIN_ALL : GIN_NOTHING, (Str){0});
    if (keys->count == 1)
        return leaf(arena, GIN_KEY, keys->items[0]);
    GinNode *node = leaf(arena, tag, (Str){0});
    node->items = arena_array(arena, GinNode *, keys->count);
    for (size_t i = 0; i < keys->count; i++)
        node->items[node->count++] = leaf(arena, GIN_KEY, keys->items[i]);
    return node;
}

static Status array_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    bool has_nulls;
    TRY(array_keys(m, query, &has_nulls));
    bool empty = m->keys->count > 0 && m->keys->items[m->keys->count - 1].data[1] == KEY_EMPTY;
    if (strategy == ARRAY_EQUAL) {
        *out = of_keys(m->arena, m->keys, GIN_AND);
        return STATUS_OK;
    }
    if (has_nulls || empty) /* NULL is nobody's equal */
        m->keys->count--;
    if (strategy == ARRAY_CONTAINS && has_nulls)
        *out = leaf(m->arena, GIN_NOTHING, (Str){0});
    else if (strategy == ARRAY_CONTAINS)
        *out = of_keys(m->arena, m->keys, GIN_AND);
    else if (strategy == ARRAY_CONTAINED) { /* the empty array is in each */
        put_marker(m, KEY_EMPTY);
        *out = of_keys(m->arena, m->keys, GIN_OR);
    } else {
        *out = of_keys(m->arena, m->keys, GIN_OR);
    }
    return STATUS_OK;
}

static Status json_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    if (strategy == JSONB_CONTAINS) {
        if (m->column->kind == GIN_KIND_JSONB_PATH)
            json_paths(m, query.str, 0);
        else
            json_keys(m, query.str, true);
        *out = of_keys(m->arena, m->keys, GIN_AND);
        return m->failed;
    }
    if (strategy == JSONB_EXISTS) {
        put_text(m, KEY_NAME, query.str);
    } else {
        ArrayView view;
        TRY(array_view(query.str, &view));
        for (uint32_t i = 0; i < view.elem_count; i++)
            if (!array_is_null(&view, i))
                put_text(m, KEY_NAME, array_get(&view, i).str);
    }
    *out = of_keys(m->arena, m->keys, strategy == JSONB_EXISTS_ANY ? GIN_OR : GIN_AND);
    return STATUS_OK;
}

static GinNode *ts_node(KeyMaker *m, const TsQuery *query, uint32_t at, int depth) {
    const TsNode *n = &query->nodes[at];
    if (n->kind == TS_OPERAND) {
        begin(m, KEY_ELEMENT);
        strbuf_append(&m->buf, n->text, n->len);
        if (!n->prefix)
            strbuf_putc(&m->buf, 0);
        Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
        return leaf(m->arena, n->prefix ? GIN_PREFIX : GIN_KEY, key);
    }
    /* what a NOT excludes, and what lies too deep, is left to the second look */
    if (n->kind != TS_OPERATOR || n->op == TS_NOT || depth > TS_NEST_MAX)
        return leaf(m->arena, GIN_ALL, (Str){0});
    GinNode *right = ts_node(m, query, at + 1, depth + 1);
    GinNode *left = ts_node(m, query, at + n->left, depth + 1);
    return n->op == TS_OR ? gin_or(m->arena, left, right) : gin_and(m->arena, left, right);
}

Status gin_query(EvalEnv *env, const GinColumn *column, int16_t strategy, Datum query, Arena *arena,
                 GinNode **node_out) {
    GinKeys keys = {0};
    KeyMaker m = maker(env, column, arena, &keys);
    if (column->kind == GIN_KIND_ARRAY)
        return array_query(&m, strategy, query, node_out);
    if (column->kind != GIN_KIND_TSVECTOR)
        return json_query(&m, strategy, query, node_out);
    TsQuery parsed = ts_query(arena, query.str);
    *node_out = parsed.count == 0 ? leaf(arena, GIN_NOTHING, (Str){0}) : ts_node(&m, &parsed, 0, 0);
    return STATUS_OK;
}
