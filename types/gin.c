/* gin.c: keys of inverted indexes. See gin.h. */
#include "types/gin.h"

#include "catalog/catalogs.h"
#include "types/gin_int.h"
#include "types/hstore.h"
#include "types/ts.h"

#include <stdlib.h>

#define KEY_BYTES_MAX 512u

/* ---- making keys ---- */

void gin_begin(KeyMaker *m, uint8_t kind) {
    strbuf_truncate(&m->buf, 0);
    if (m->column->prefix.data != NULL)
        strbuf_append(&m->buf, m->column->prefix.data, m->column->prefix.len);
    else
        strbuf_putc(&m->buf, (char)m->column->number);
    strbuf_putc(&m->buf, (char)kind);
}

void gin_finish(KeyMaker *m) {
    Str key = str_make(strbuf_cstr(&m->buf), m->buf.len);
    if (key.len > KEY_BYTES_MAX) {
        uint64_t one = hash_bytes_stable(key.data, key.len);
        uint64_t two = hash_bytes_stable(key.data + key.len / 2, key.len - key.len / 2);
        gin_begin(m, KEY_HASHED);
        strbuf_put_be64(&m->buf, one);
        strbuf_put_be64(&m->buf, two);
        key = str_make(strbuf_cstr(&m->buf), m->buf.len);
    }
    key = str_make(arena_memdup(m->arena, key.data, key.len), key.len);
    vec_push(m->keys, m->arena, key);
}

void gin_put_marker(KeyMaker *m, uint8_t kind) {
    gin_begin(m, kind);
    gin_finish(m);
}

void gin_put_text(KeyMaker *m, uint8_t kind, Str text) {
    gin_begin(m, kind);
    strbuf_append(&m->buf, text.data, text.len);
    strbuf_putc(&m->buf, 0);
    gin_finish(m);
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
        gin_begin(m, KEY_ELEMENT);
        TRY(type->key_encode(type, m->column->collation, array_get(&view, i), &m->buf));
        gin_finish(m);
    }
    if (*nulls_out)
        gin_put_marker(m, KEY_NULL);
    if (view.elem_count == 0)
        gin_put_marker(m, KEY_EMPTY);
    return STATUS_OK;
}

void gin_json_scalar(KeyMaker *m, Str value, bool in_array) {
    switch (jsonb_kind(value)) {
    case JSON_STRING:
        gin_put_text(m, in_array ? KEY_NAME : KEY_STRING, jsonb_scalar(value));
        break;
    case JSON_NUMBER:
        gin_begin(m, KEY_NUMBER);
        if (status_ok(m->failed))
            m->failed =
                m->number->key_encode(m->number, 0, (Datum){.str = jsonb_scalar(value)}, &m->buf);
        gin_finish(m);
        break;
    case JSON_BOOL:
        gin_begin(m, KEY_BOOL);
        strbuf_putc(&m->buf, jsonb_truth(value) ? 1 : 0);
        gin_finish(m);
        break;
    default:
        gin_put_marker(m, KEY_NULL_JSON);
        break;
    }
}

static void json_keys(KeyMaker *m, Str value, bool in_array) {
    if (!jsonb_is_container(value)) {
        gin_json_scalar(m, value, in_array);
        return;
    }
    bool object = jsonb_kind(value) == JSON_OBJECT;
    uint32_t count = jsonb_count(value);
    for (uint32_t i = 0; i < count; i++) {
        if (object)
            gin_put_text(m, KEY_NAME, jsonb_key(value, i));
        json_keys(m, jsonb_child(value, i), !object);
    }
}

void gin_json_path_key(KeyMaker *m, uint64_t path, Str scalar_key) {
    uint64_t hash = hash_combine(path, hash_bytes_stable(scalar_key.data, scalar_key.len));
    gin_begin(m, KEY_PATH);
    strbuf_put_be64(&m->buf, hash);
    gin_finish(m);
}
uint64_t gin_json_path_step(uint64_t path, Str name) {
    return hash_combine(path, hash_bytes_stable(name.data, name.len));
}

/* A scalar with the names on the way to it; arrays leave no trace. */
static void json_paths(KeyMaker *m, Str value, uint64_t path) {
    if (!jsonb_is_container(value)) {
        size_t before = m->keys->count;
        gin_json_scalar(m, value, false);
        Str *key = &m->keys->items[before];
        m->keys->count--;
        gin_json_path_key(m, path, *key);
        return;
    }
    bool object = jsonb_kind(value) == JSON_OBJECT;
    uint32_t count = jsonb_count(value);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t below = path;
        if (object) {
            Str name = jsonb_key(value, i);
            below = gin_json_path_step(path, name);
        }
        json_paths(m, jsonb_child(value, i), below);
    }
}

static void lexeme_keys(KeyMaker *m, Datum value) {
    TsVector vector = ts_vector(value.str);
    for (uint32_t i = 0; i < vector.count; i++) {
        TsLexeme lexeme = ts_vector_at(&vector, i);
        gin_begin(m, KEY_ELEMENT);
        strbuf_append(&m->buf, lexeme.text, lexeme.len);
        strbuf_putc(&m->buf, 0);
        Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
        vec_push(m->keys, m->arena, key); /* never hashed: queries ask for prefixes */
    }
}

/* A key alone, and with its value. */
static void hstore_pair_key(KeyMaker *m, HstorePair pair) {
    gin_begin(m, pair.value.data == NULL ? KEY_NULL : KEY_STRING);
    strbuf_append(&m->buf, pair.key.data, pair.key.len);
    strbuf_putc(&m->buf, 0);
    strbuf_append(&m->buf, pair.value.data, pair.value.data == NULL ? 0 : pair.value.len);
    strbuf_putc(&m->buf, 0);
    gin_finish(m);
}
static void hstore_keys(KeyMaker *m, Str value) {
    for (uint32_t i = 0; i < hstore_count(value); i++) {
        HstorePair pair = hstore_pair(value, i);
        gin_put_text(m, KEY_NAME, pair.key);
        hstore_pair_key(m, pair);
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
    case GIN_KIND_INT_ARRAY:
        return array_keys(&m, value, &has_nulls);
    case GIN_KIND_HSTORE:
        hstore_keys(&m, value.str);
        return STATUS_OK;
    case GIN_KIND_TRIGRAM:
        return gin_trigram_keys(&m, value.str);
    case GIN_KIND_RANGE:
        return gin_range_keys(&m, value);
    case GIN_KIND_BOX:
        return gin_box_keys(&m, value);
    case GIN_KIND_CUBE:
        return gin_cube_keys(&m, value);
    case GIN_KIND_NETWORK:
        return gin_network_keys(&m, value);
    case GIN_KIND_LTREE:
        return gin_ltree_keys(&m, value.str);
    case GIN_KIND_SCALAR:
        return gin_scalar_keys(&m, value);
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
    JSONB_PATH_EXISTS = 15,
    JSONB_PATH_MATCHES = 16,
    INT_OVERLAP = 3,
    INT_EQUAL = 6,
    INT_CONTAINS = 7,
    INT_CONTAINED = 8,
    INT_CONTAINS_OLD = 13,
    INT_CONTAINED_OLD = 14,
    INT_QUERY = 20,
    TS_MATCHES = 1,
    TS_MATCHES_OLD = 2
};

bool gin_answers(GinKind kind, int16_t strategy) {
    switch (kind) {
    case GIN_KIND_ARRAY:
        return strategy >= ARRAY_OVERLAP && strategy <= ARRAY_EQUAL;
    case GIN_KIND_JSONB:
        return strategy == JSONB_CONTAINS || strategy == JSONB_PATH_EXISTS ||
               strategy == JSONB_PATH_MATCHES ||
               (strategy >= JSONB_EXISTS && strategy <= JSONB_EXISTS_ALL);
    case GIN_KIND_JSONB_PATH:
        return strategy == JSONB_CONTAINS || strategy == JSONB_PATH_EXISTS ||
               strategy == JSONB_PATH_MATCHES;
    case GIN_KIND_HSTORE:
        return strategy == JSONB_CONTAINS ||
               (strategy >= JSONB_EXISTS && strategy <= JSONB_EXISTS_ALL);
    case GIN_KIND_INT_ARRAY:
        return strategy == INT_OVERLAP || (strategy >= INT_EQUAL && strategy <= INT_CONTAINED) ||
               strategy == INT_CONTAINS_OLD || strategy == INT_CONTAINED_OLD;
    case GIN_KIND_TRIGRAM:
        return gin_trigram_answers(strategy);
    case GIN_KIND_RANGE:
        return gin_range_answers(strategy);
    case GIN_KIND_BOX:
        return gin_box_answers(strategy);
    case GIN_KIND_CUBE:
        return gin_cube_answers(strategy);
    case GIN_KIND_NETWORK:
        return gin_network_answers(strategy);
    case GIN_KIND_LTREE:
        return gin_ltree_answers(strategy);
    case GIN_KIND_SCALAR:
        return strategy >= 1 && strategy <= 5;
    case GIN_KIND_TSVECTOR:
        return strategy == TS_MATCHES || strategy == TS_MATCHES_OLD;
    default:
        return false;
    }
}

GinNode *gin_leaf(Arena *arena, GinTag tag, Str key) {
    GinNode *node = arena_new(arena, GinNode);
    node->tag = tag;
    node->key = key;
    return node;
}

static GinNode *combine(Arena *arena, GinTag tag, GinNode *a, GinNode *b) {
    GinNode *node = gin_leaf(arena, tag, (Str){0});
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

GinNode *gin_of_keys(Arena *arena, GinKeys *keys, GinTag tag) {
    gin_keys_sort(keys);
    if (keys->count == 0)
        return gin_leaf(arena, tag == GIN_AND ? GIN_ALL : GIN_NOTHING, (Str){0});
    if (keys->count == 1)
        return gin_leaf(arena, GIN_KEY, keys->items[0]);
    GinNode *node = gin_leaf(arena, tag, (Str){0});
    node->items = arena_array(arena, GinNode *, keys->count);
    for (size_t i = 0; i < keys->count; i++)
        node->items[node->count++] = gin_leaf(arena, GIN_KEY, keys->items[i]);
    return node;
}

static Status array_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    bool has_nulls;
    TRY(array_keys(m, query, &has_nulls));
    bool empty = m->keys->count > 0 && m->keys->items[m->keys->count - 1].data[1] == KEY_EMPTY;
    if (strategy == ARRAY_EQUAL) {
        *out = gin_of_keys(m->arena, m->keys, GIN_AND);
        return STATUS_OK;
    }
    if (has_nulls || empty) /* NULL is nobody's equal */
        m->keys->count--;
    if (strategy == ARRAY_CONTAINS && has_nulls)
        *out = gin_leaf(m->arena, GIN_NOTHING, (Str){0});
    else if (strategy == ARRAY_CONTAINS)
        *out = gin_of_keys(m->arena, m->keys, GIN_AND);
    else if (strategy == ARRAY_CONTAINED) { /* the empty array is in each */
        gin_put_marker(m, KEY_EMPTY);
        *out = gin_of_keys(m->arena, m->keys, GIN_OR);
    } else {
        *out = gin_of_keys(m->arena, m->keys, GIN_OR);
    }
    return STATUS_OK;
}

/* The strategies of array_ops for those of intarray. */
static int16_t array_strategy(int16_t strategy) {
    switch (strategy) {
    case INT_OVERLAP:
        return ARRAY_OVERLAP;
    case INT_EQUAL:
        return ARRAY_EQUAL;
    case INT_CONTAINS:
    case INT_CONTAINS_OLD:
        return ARRAY_CONTAINS;
    default:
        return ARRAY_CONTAINED;
    }
}

static Status json_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out) {
    if (strategy == JSONB_PATH_EXISTS || strategy == JSONB_PATH_MATCHES)
        return gin_path_query(m, query.str, strategy == JSONB_PATH_MATCHES, out);
    if (strategy == JSONB_CONTAINS && m->column->kind == GIN_KIND_HSTORE) {
        for (uint32_t i = 0; i < hstore_count(query.str); i++)
            hstore_pair_key(m, hstore_pair(query.str, i));
        *out = gin_of_keys(m->arena, m->keys, GIN_AND);
        return STATUS_OK;
    }
    if (strategy == JSONB_CONTAINS) {
        if (m->column->kind == GIN_KIND_JSONB_PATH)
            json_paths(m, query.str, 0);
        else
            json_keys(m, query.str, true);
        *out = gin_of_keys(m->arena, m->keys, GIN_AND);
        return m->failed;
    }
    if (strategy == JSONB_EXISTS) {
        gin_put_text(m, KEY_NAME, query.str);
    } else {
        ArrayView view;
        TRY(array_view(query.str, &view));
        for (uint32_t i = 0; i < view.elem_count; i++)
            if (!array_is_null(&view, i))
                gin_put_text(m, KEY_NAME, array_get(&view, i).str);
    }
    *out = gin_of_keys(m->arena, m->keys, strategy == JSONB_EXISTS_ANY ? GIN_OR : GIN_AND);
    return STATUS_OK;
}

static GinNode *ts_node(KeyMaker *m, const TsQuery *query, uint32_t at, int depth) {
    const TsNode *n = &query->nodes[at];
    if (n->kind == TS_OPERAND) {
        gin_begin(m, KEY_ELEMENT);
        strbuf_append(&m->buf, n->text, n->len);
        if (!n->prefix)
            strbuf_putc(&m->buf, 0);
        Str key = str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
        return gin_leaf(m->arena, n->prefix ? GIN_PREFIX : GIN_KEY, key);
    }
    /* what a NOT excludes, and what lies too deep, is left to the second look */
    if (n->kind != TS_OPERATOR || n->op == TS_NOT || depth > TS_NEST_MAX)
        return gin_leaf(m->arena, GIN_ALL, (Str){0});
    GinNode *right = ts_node(m, query, at + 1, depth + 1);
    GinNode *left = ts_node(m, query, at + n->left, depth + 1);
    return n->op == TS_OR ? gin_or(m->arena, left, right) : gin_and(m->arena, left, right);
}

Status gin_query(EvalEnv *env, const GinColumn *column, int16_t strategy, Datum query,
                 Oid query_type, Arena *arena, GinNode **node_out) {
    GinKeys keys = {0};
    KeyMaker m = maker(env, column, arena, &keys);
    switch (column->kind) {
    case GIN_KIND_ARRAY:
        return array_query(&m, strategy, query, node_out);
    case GIN_KIND_INT_ARRAY:
        return array_query(&m, array_strategy(strategy), query, node_out);
    case GIN_KIND_TSVECTOR: {
        TsQuery parsed = ts_query(arena, query.str);
        *node_out =
            parsed.count == 0 ? gin_leaf(arena, GIN_NOTHING, (Str){0}) : ts_node(&m, &parsed, 0, 0);
        return STATUS_OK;
    }
    case GIN_KIND_TRIGRAM:
        return gin_trigram_query(&m, strategy, query.str, node_out);
    case GIN_KIND_RANGE:
        return gin_range_query(&m, strategy, query, query_type, node_out);
    case GIN_KIND_BOX:
        return gin_box_query(&m, strategy, query, query_type, node_out);
    case GIN_KIND_CUBE:
        return gin_cube_query(&m, strategy, query, node_out);
    case GIN_KIND_NETWORK:
        return gin_network_query(&m, strategy, query, node_out);
    case GIN_KIND_LTREE:
        return gin_ltree_query(&m, strategy, query.str, node_out);
    case GIN_KIND_SCALAR:
        return gin_scalar_query(&m, strategy, query, node_out);
    default:
        return json_query(&m, strategy, query, node_out);
    }
}
