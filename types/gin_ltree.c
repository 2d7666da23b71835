/* gin_ltree.c: keys of paths of the extension ltree: those below a path lie together in their order. */
#include "types/gin_int.h"

#include "types/ltree_int.h"

enum { LTREE_ABOVE = 10, LTREE_BELOW = 11, LTREE_PATTERN = 12 };

bool gin_ltree_answers(int16_t strategy) {
    return (strategy >= 1 && strategy <= 5) || (strategy >= LTREE_ABOVE && strategy <= LTREE_PATTERN);
}

static Str path_key(KeyMaker *m, Str path, int end) {
    gin_begin(m, KEY_ELEMENT);
    ltree_put_key(path, &m->buf);
    if (end >= 0)
        strbuf_putc(&m->buf, (char)end);
    return str_make(arena_memdup(m->arena, strbuf_cstr(&m->buf), m->buf.len), m->buf.len);
}

/* Paths longer than an index entry takes are kept by their beginning. */
#define PATH_BYTES_MAX 2000u

Status gin_ltree_keys(KeyMaker *m, Str path) {
    bool cut = path.len > PATH_BYTES_MAX;
    Str key = path_key(m, cut ? str_make(path.data, PATH_BYTES_MAX) : path, 0);
    vec_push(m->keys, m->arena, key);
    return STATUS_OK;
}

static GinNode *below(KeyMaker *m, Str path) {
    if (path.len > PATH_BYTES_MAX)
        return gin_leaf(m->arena, GIN_PREFIX, path_key(m, str_make(path.data, PATH_BYTES_MAX), -1));
    if (path.len == 0)
        return gin_leaf(m->arena, GIN_ALL, (Str){0});
    GinNode *itself = gin_leaf(m->arena, GIN_KEY, path_key(m, path, 0));
    return gin_or(m->arena, itself,
                  gin_leaf(m->arena, GIN_PREFIX, path_key(m, path, LTREE_KEY_DOT)));
}

static GinNode *above(KeyMaker *m, Str path) {
    m->keys->count = 0;
    for (uint32_t len = 0; len <= MIN(path.len, PATH_BYTES_MAX); len++)
        if (len == 0 || len == path.len || path.data[len] == '.') {
            Str key = path_key(m, str_make(path.data, len), 0);
            vec_push(m->keys, m->arena, key);
        }
    if (path.len > PATH_BYTES_MAX) {
        Str key = path_key(m, str_make(path.data, PATH_BYTES_MAX), 0);
        vec_push(m->keys, m->arena, key);
    }
    return gin_of_keys(m->arena, m->keys, GIN_OR);
}

Status gin_ltree_query(KeyMaker *m, int16_t strategy, Str query, GinNode **out) {
    Labels labels;
    if (strategy == LTREE_BELOW || strategy == LTREE_ABOVE) {
        *out = strategy == LTREE_BELOW ? below(m, query) : above(m, query);
        return STATUS_OK;
    }
    if (strategy == LTREE_PATTERN) {
        TRY(lquery_beginning(m->arena, query, &labels));
        StrBuf path;
        strbuf_init(&path, m->arena);
        for (uint32_t i = 0; i < labels.count; i++) {
            strbuf_puts(&path, i == 0 ? "" : ".");
            strbuf_append(&path, labels.items[i].data, labels.items[i].len);
        }
        *out = below(m, str_make(strbuf_cstr(&path), path.len));
        return STATUS_OK;
    }
    bool cut = query.len > PATH_BYTES_MAX;
    Str path = cut ? str_make(query.data, PATH_BYTES_MAX) : query;
    Str key = path_key(m, path, 0), all = path_key(m, str_make("", 0), -1);
    *out = gin_leaf(m->arena, strategy == 3 ? GIN_KEY : GIN_RANGE, key);
    if (strategy < 3) {
        (*out)->high = key;
        (*out)->key = all;
    } else {
        (*out)->high = all;
    }
    return STATUS_OK;
}
