/*
 * gin.h: inverted indexes: the keys of a value, and what a query asks of them. Layer: types.
 *
 * GIN, GiST and SP-GiST indexes are all kept this way. A key is the index column's number, a kind, and
 * bytes; no key is a prefix of another. Elements of arrays are encoded as ordered indexes encode them;
 * of jsonb, keys and scalars (jsonb_ops) or hashes of paths with their scalars (jsonb_path_ops); of
 * tsvector, lexemes; of texts under pg_trgm, trigrams; of hstore, keys and values. Ranges have the node
 * of an interval tree with their bounds (gin_range.c), geometric values a cell of the plane (gin_box.c),
 * networks their address and mask. Long ones are replaced by a hash.
 * Whatever a query finds is looked at again: keys tell what may match, never what does.
 */
#ifndef TYPES_GIN_H
#define TYPES_GIN_H

#include "types/type.h"

struct IndexDesc;
#define OID_FAMILY_SPGIST_TEXT_OPS 4017u /* ordered by bytes */

typedef enum GinKind {
    GIN_KIND_NONE, /* an operator family without keys here */
    GIN_KIND_ARRAY,
    GIN_KIND_JSONB,
    GIN_KIND_JSONB_PATH,
    GIN_KIND_TSVECTOR,
    GIN_KIND_HSTORE,
    GIN_KIND_INT_ARRAY, /* of the extension intarray */
    GIN_KIND_TRIGRAM,
    GIN_KIND_RANGE, /* and multiranges */
    GIN_KIND_BOX,   /* points, boxes, polygons, circles */
    GIN_KIND_CUBE,  /* of the extension cube: by their first two dimensions */
    GIN_KIND_NETWORK,
    GIN_KIND_LTREE,
    GIN_KIND_SCALAR, /* of the extensions btree_gin and btree_gist, and texts in SP-GiST */
    GIN_KIND_COUNT
} GinKind;
/* Errors: those of reading the catalogs. */
Status gin_kind(struct CatalogSession *catalog, Oid family, GinKind *kind_out);

/*
 * What an index is kept by: inverted where all columns have keys. For that an exclusion constraint has to
 * have an operator that keys answer, besides those that are equalities.
 */
#define GIN_COLUMNS_MAX 32
typedef struct GinIndex {
    bool inverted;
    GinKind kinds[GIN_COLUMNS_MAX];
    bool equality[GIN_COLUMNS_MAX]; /* of an exclusion constraint: compared by equality */
    uint16_t exclusion_at;          /* the column to search for rows it excludes */
    int16_t exclusion_strategy;
} GinIndex;
/* Errors: those of reading the catalogs. */
Status gin_index(struct CatalogSession *catalog, const struct IndexDesc *index, GinIndex *out);

typedef struct GinColumn {
    GinKind kind;
    uint8_t number; /* of the index column, from 0 */
    Oid collation;
    const TypeInfo *type; /* of the values, no domain */
    Str prefix;           /* instead of the number: keys of an exclusion constraint; data NULL: none */
} GinColumn;
#define GIN_EXCLUSION_NUMBER 0xffu /* how such a prefix begins */

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
typedef enum GinTag {
    GIN_ALL,
    GIN_NOTHING,
    GIN_KEY,
    GIN_PREFIX,
    GIN_RANGE,
    GIN_AND,
    GIN_OR
} GinTag;
typedef struct GinNode {
    GinTag tag;
    Str key;  /* GIN_KEY: the whole; GIN_PREFIX: how keys begin; GIN_RANGE: the first */
    Str high; /* GIN_RANGE: how the last begin */
    struct GinNode **items;
    uint32_t count;
} GinNode;

/* Can the operator of this strategy be answered by keys at all? */
bool gin_answers(GinKind kind, int16_t strategy);
/* What `column <operator> query` asks for, query being of query_type. query is not NULL; no GIN_ALL or
 * GIN_NOTHING is inside of an AND or OR. */
Status gin_query(EvalEnv *env, const GinColumn *column, int16_t strategy, Datum query,
                 Oid query_type, Arena *arena, GinNode **node_out);
/* Both; one of both. */
GinNode *gin_and(Arena *arena, GinNode *a, GinNode *b);
GinNode *gin_or(Arena *arena, GinNode *a, GinNode *b);

#endif
