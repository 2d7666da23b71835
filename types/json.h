/*
 * json.h: the two JSON types. Private to types/.
 *
 * json is its text, checked. jsonb is a tree of bytes in which every part is a value of its own, so
 * that -> and its kin return a slice without copying:
 *
 *   byte 0    value
 *   0 1 2     null, false, true: nothing follows
 *   3         number: the bytes of a numeric follow
 *   4         string: its UTF-8 bytes follow
 *   5         array: uint32 count, count * uint32 ends, then the elements
 *   6         object: uint32 count, count * uint32 key ends, count * uint32 value ends, the keys'
 *             bytes, the values
 *
 * An end counts from the first key or value; a part begins where the one before ends, and how long a
 * value is follows from its container. Keys are unique and sorted by length, then bytes: an element
 * is found in O(1), a key in O(log n).
 */
#ifndef TYPES_JSON_H
#define TYPES_JSON_H

#include "types/types_int.h"

/* What is made of text. Walks over it take less stack than fiber_stack_check leaves: see fiber.h. */
#define JSON_DEPTH_MAX 16000

/* In the order of values of different kinds. */
typedef enum JsonKind {
    JSON_NULL,
    JSON_STRING,
    JSON_NUMBER,
    JSON_BOOL,
    JSON_ARRAY,
    JSON_OBJECT,
    JSON_ENCODED /* a JsonNode only: bytes of jsonb */
} JsonKind;

/* A value being read or built. */
typedef struct JsonNode {
    JsonKind kind;
    bool truth;
    uint32_t count; /* of children */
    Str text;       /* string: unescaped; number: its literal; encoded: the bytes */
    Str key;        /* in an object */
    Str source;     /* the text it was read from */
    struct JsonNode *first, *last, *next;
} JsonNode;

/*
 * Reads a text. unescape: strings are decoded, and refused where they hold what text cannot (22P05);
 * else they keep their escapes. Errors: 22P02 with detail and context, 54001.
 */
Status json_parse(Arena *arena, Str text, bool unescape, JsonNode **node_out);
JsonNode *json_node(Arena *arena, JsonKind kind);
JsonNode *json_node_string(Arena *arena, Str text);
JsonNode *json_node_encoded(Arena *arena, Str jsonb);
void json_append(JsonNode *container, JsonNode *child);
/* The last child with that key; NULL. */
const JsonNode *json_find(const JsonNode *object, Str key);
/* The i-th child, from the end where negative; NULL. */
const JsonNode *json_at(const JsonNode *array, int64_t i);
/* "object", "array", "string", "number", "boolean", "null". */
const char *json_kind_name(JsonKind kind);
/* Appends the text in quotes, escaped. */
void json_put_string(StrBuf *buf, Str text);
bool json_is_number(Str text);

Status jsonb_encode(Arena *arena, const JsonNode *node, Datum *value_out);
JsonKind jsonb_kind(Str value);
bool jsonb_truth(Str value);
/* Of a string or number: the bytes behind the tag. */
Str jsonb_scalar(Str value);
uint32_t jsonb_count(Str container);
/* The i-th element or value; i < count. */
Str jsonb_child(Str container, uint32_t i);
Str jsonb_key(Str object, uint32_t i);
bool jsonb_find(Str object, Str key, uint32_t *index_out);
static inline bool jsonb_is_container(Str value) { return jsonb_kind(value) >= JSON_ARRAY; }
Str jsonb_of_numeric(Arena *arena, Str number);
/* One level taken apart: children are JSON_ENCODED. A scalar is one JSON_ENCODED node. */
JsonNode *jsonb_open(Arena *arena, Str value);
/* indent: NULL on one line. */
void jsonb_print(Str value, bool pretty, StrBuf *text);
/* As ->> shows it: strings without quotes. False for null. */
bool jsonb_as_text(Arena *arena, Str value, Str *text_out);
int jsonb_order(Str a, Str b);
bool jsonb_holds(Str a, Str b);

/* Any SQL value as JSON text, or as a node for jsonb. */
Status json_put_value(EvalEnv *env, Arena *arena, Oid type, Datum value, bool is_null, bool pretty,
                      StrBuf *text);
Status json_value_node(EvalEnv *env, Arena *arena, Oid type, Datum value, bool is_null,
                       JsonNode **node_out);
/* The same as an object's key. */
Status json_key_text(EvalEnv *env, Arena *arena, Oid type, Datum value, Str *text_out);

#endif
