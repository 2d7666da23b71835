/* gin_int.h: what the files of inverted indexes share. Private to types/. */
#ifndef TYPES_GIN_INT_H
#define TYPES_GIN_INT_H

#include "types/gin.h"
#include "types/json.h"

/* Kinds of keys. */
enum {
    KEY_ELEMENT = 1,
    KEY_NULL = 2,  /* an array has NULL elements; a key of hstore whose value is NULL */
    KEY_EMPTY = 3, /* an array has no elements; an empty range */
    KEY_HASHED = 4,
    KEY_NAME = 5, /* an object's key, or a string in an array */
    KEY_STRING = 6,
    KEY_NUMBER = 7,
    KEY_BOOL = 8,
    KEY_NULL_JSON = 9,
    KEY_PATH = 10,
    KEY_LOWER = 11, /* of ranges: gin_range.c */
    KEY_UPPER = 12,
    KEY_CELL = 13, /* of the plane: gin_box.c */
    KEY_NET = 14
};

typedef struct KeyMaker {
    EvalEnv *env;
    const GinColumn *column;
    Arena *arena;
    GinKeys *keys;
    StrBuf buf;
    const TypeInfo *number; /* numeric */
    Status failed;
} KeyMaker;

void gin_begin(KeyMaker *m, uint8_t kind);
/* The key in the buffer, or a hash of it, is added. */
void gin_finish(KeyMaker *m);
void gin_put_marker(KeyMaker *m, uint8_t kind);
/* Texts have no zero byte, so one ends them. */
void gin_put_text(KeyMaker *m, uint8_t kind, Str text);
/* A scalar's key; in_array: strings there are found by ?. */
void gin_json_scalar(KeyMaker *m, Str value, bool in_array);
/* The key of a scalar (of its own key) at a path, and the path one name further; 0: the root. */
void gin_json_path_key(KeyMaker *m, uint64_t path, Str scalar_key);
uint64_t gin_json_path_step(uint64_t path, Str name);

GinNode *gin_leaf(Arena *arena, GinTag tag, Str key);
/* All of the keys, or any; none: everything, or nothing. */
GinNode *gin_of_keys(Arena *arena, GinKeys *keys, GinTag tag);

bool gin_trigram_answers(int16_t strategy);
Status gin_trigram_keys(KeyMaker *m, Str text);
Status gin_trigram_query(KeyMaker *m, int16_t strategy, Str query, GinNode **out);

Status gin_path_query(KeyMaker *m, Str path, bool matches, GinNode **out);

bool gin_range_answers(int16_t strategy);
Status gin_range_keys(KeyMaker *m, Datum value);
Status gin_range_query(KeyMaker *m, int16_t strategy, Datum query, Oid query_type, GinNode **out);

bool gin_box_answers(int16_t strategy);
Status gin_box_keys(KeyMaker *m, Datum value);
Status gin_box_query(KeyMaker *m, int16_t strategy, Datum query, Oid query_type, GinNode **out);

bool gin_cube_answers(int16_t strategy);
Status gin_cube_keys(KeyMaker *m, Datum value);
Status gin_cube_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out);

bool gin_network_answers(int16_t strategy);
Status gin_network_keys(KeyMaker *m, Datum value);
Status gin_network_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out);

bool gin_ltree_answers(int16_t strategy);
Status gin_ltree_keys(KeyMaker *m, Str path);
Status gin_ltree_query(KeyMaker *m, int16_t strategy, Str query, GinNode **out);

Status gin_scalar_keys(KeyMaker *m, Datum value);
Status gin_scalar_query(KeyMaker *m, int16_t strategy, Datum query, GinNode **out);

#endif
