/*
 * gin.h: inverted indexes: the keys of a value, and what a query asks of them. Layer: types.
 *
 * A key is the index column's number, a kind, and bytes; no key is a prefix of another. Elements of
 * arrays are encoded as ordered indexes encode them; of jsonb, keys and scalars (jsonb_ops) or hashes
 * of paths with their scalars (jsonb_path_ops); of tsvector, lexemes. Long ones are replaced by a hash.
 * Whatever a query finds is looked at again: keys tell what may match, never what does.
 */
#ifndef TYPES_GIN_H
#define TYPES_GIN_H

#include "types/type.h"

typedef enum GinKind {
    GIN_KIND_NONE, /* an operator family without keys here */
    GIN_KIND_ARRAY,
    GIN_KIND_JSONB,
    GIN_KIND_JSONB_PATH,
    GIN_KIND_TSVECTOR
} GinKind;
GinKind gin_kind(Oid family);

typedef struct GinColumn {
    GinKind kind;
    uint8_t number; /* of the index column, from 0 */
    Oid collation;
} GinColumn;

typedef struct GinKeys {
    Str *items;
    size_t count;
    size_t capacity;
} GinKeys;

/* Appends the keys of a value, not NULL. They live on the arena; some may be there twice.
 * Errors: 0A000 for elements without an order. */
Status gin_keys(EvalEnv *env, const GinColumn *column, Datum value, Arena *arena, GinKeys *keys);
/* In order, each once. */
void gin_keys_sort(GinKeys *keys);

/* Rows that may match. */
typedef enum GinTag { GIN_ALL, GIN_NOTHING, GIN_KEY, GIN_PREFIX, GIN_AND, GIN_OR } GinTag;
typedef struct GinNode {
    GinTag tag;
    Str key; /* GIN_KEY: the whole; GIN_PREFIX: how keys begin */
    struct GinNode **items;
    uint32_t count;
} GinNode;

/* Can the operator of this strategy be answered by keys at all? */
bool gin_answers(GinKind kind, int16_t strategy);
/* What `column <operator> query` asks for. query is not NULL; no GIN_ALL or GIN_NOTHING is inside of
 * an AND or OR. */
Status gin_query(EvalEnv *env, const GinColumn *column, int16_t strategy, Datum query, Arena *arena,
                 GinNode **node_out);
/* Both; one of both. */
GinNode *gin_and(Arena *arena, GinNode *a, GinNode *b);
GinNode *gin_or(Arena *arena, GinNode *a, GinNode *b);

#endif
