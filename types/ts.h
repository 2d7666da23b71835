/*
 * ts.h: text search values: documents (tsvector) and queries (tsquery). Layer: types.
 *
 * tsvector, little-endian, unaligned:
 *
 *   offset  bytes      field
 *   0       4          lexemes
 *   4       4 * n      bit 0: has positions; bits 1..11: length; bits 12..31: where its bytes begin
 *   .       .          the bytes of each lexeme, in order; a lexeme with positions is followed, on an
 *                      even offset, by uint16 count and count * uint16 (weight << 14 | position)
 *
 * Lexemes are unique and in byte order, positions of a lexeme unique and ascending.
 *
 * tsquery: nodes in prefix order, the right operand first:
 *
 *   0       4          nodes
 *   4       12 * n     byte kind (1 operand, 2 operator)
 *                      operand: weights, prefix, 0, int32 CRC, uint32 length | offset << 12
 *                      operator: TsOperator, int16 distance, uint32 node of the left operand from here,
 *                      4 bytes 0
 *   .       .          the operands, each ended by a NUL
 *
 * So the sizes of both are what PostgreSQL has, less its length word: orders that begin with the size
 * agree.
 */
#ifndef TYPES_TS_H
#define TYPES_TS_H

#include "types/types_int.h"

#define TS_LEXEME_MAX 2047            /* bytes */
#define TS_BYTES_MAX ((1u << 20) - 1) /* of all lexemes and positions */
#define TS_POSITION_MAX 16383
#define TS_DISTANCE_MAX 16384
#define TS_POSITIONS_MAX 255 /* of a lexeme */
#define TS_NEST_MAX 400      /* levels of a query that are no left operands */

static inline uint16_t ts_position(uint16_t entry) { return entry & 0x3fff; }
static inline unsigned ts_weight(uint16_t entry) { return entry >> 14; }
static inline uint16_t ts_entry(uint32_t position, unsigned weight) {
    return (uint16_t)(weight << 14 | (position > TS_POSITION_MAX ? TS_POSITION_MAX : position));
}
/* 3..0 for A..D of either case; -1. */
int ts_weight_of_letter(char c);
/* Byte order; prefix: 0 where b begins with a. */
int ts_compare(const char *a, uint32_t a_len, const char *b, uint32_t b_len, bool prefix);
/* PostgreSQL's old CRC-32, which orders operands of queries. */
int32_t ts_crc(const char *text, size_t len);

/* ---- tsvector ---- */

typedef struct TsLexeme {
    const char *text;
    uint32_t len;
    uint32_t position_count;
    const uint16_t *positions; /* not aligned: read by ts_lexeme_entry */
} TsLexeme;
static inline uint16_t ts_lexeme_entry(const TsLexeme *l, uint32_t i) {
    return load_le16((const char *)l->positions + 2 * (size_t)i);
}

typedef struct TsVector {
    uint32_t count;
    const char *entries, *data;
    uint32_t size; /* of the whole value */
} TsVector;
TsVector ts_vector(Str value);
TsLexeme ts_vector_at(const TsVector *v, uint32_t i);
/* The lexeme, or where it would stand. */
bool ts_vector_find(const TsVector *v, const char *text, uint32_t len, uint32_t *index_out);

typedef VEC(TsLexeme) TsLexemes;
/* Makes the value of lexemes in order. Error: 54000. */
Status ts_vector_build(Arena *arena, const TsLexeme *lexemes, uint32_t count, Datum *value_out);
/* Puts lexemes in order first, and joins equal ones. */
Status ts_vector_gather(Arena *arena, TsLexeme *lexemes, uint32_t count, Datum *value_out);

/* ---- words of a value's text ---- */

typedef struct TsScan {
    Arena *arena;
    Str whole; /* of error messages */
    const char *at, *end;
    bool operators_end; /* ! | & ( ) < end a word */
    bool query, web;
    StrBuf word; /* of the last token */
    VEC(uint16_t) positions;
} TsScan;
Status ts_scan_next(TsScan *scan, bool *found_out);
static inline bool ts_is_operator(char c) {
    return c == '!' || c == '&' || c == '|' || c == '(' || c == ')' || c == '<';
}

/* ---- tsquery ---- */

typedef enum TsNodeKind { TS_OPERAND = 1, TS_OPERATOR = 2, TS_STOP = 3 } TsNodeKind;
typedef enum TsOperator { TS_NOT = 1, TS_AND, TS_OR, TS_PHRASE } TsOperator;

typedef struct TsNode {
    uint8_t kind;
    uint8_t op;
    uint8_t weights; /* bits 3..0: A..D */
    bool prefix;
    int16_t distance; /* of a phrase */
    uint32_t left;    /* the left operand's node, from this one on; the right one is the next */
    int32_t crc;
    uint32_t len;
    const char *text;
} TsNode;
typedef struct TsQuery {
    uint32_t count;
    TsNode *nodes;
} TsQuery;
/* The nodes of a value; their texts point into it. */
TsQuery ts_query(Arena *arena, Str value);
/* Nodes in prefix order; left is set here. Errors: 54000 "tsquery is too large", 54001. */
Status ts_query_build(Arena *arena, const TsQuery *query, Datum *value_out);
/* Drops stop words in place: parents close up, distances grow. count 0: nothing is left. */
Status ts_query_drop_stops(Arena *arena, TsQuery *query);
/* A tree without anything under a NOT; count 0: nothing certain is asked for. */
TsQuery ts_query_positive(Arena *arena, const TsQuery *query);
void ts_query_print(Arena *arena, const TsQuery *query, StrBuf *text);

/* ---- reading queries ---- */

typedef struct TsParse TsParse;
/* Takes one operand's text and pushes what it stands for. */
typedef Status (*TsPush)(TsParse *parse, void *arg, Str text, uint8_t weights, bool prefix);
typedef enum TsSyntax { TS_SYNTAX_QUERY, TS_SYNTAX_PLAIN, TS_SYNTAX_WEB } TsSyntax;
Status ts_parse_query(EvalEnv *env, Arena *arena, Str text, TsSyntax syntax, TsPush push, void *arg,
                      Datum *value_out);
Status ts_push_operand(TsParse *parse, Str text, uint8_t weights, bool prefix);
void ts_push_operator(TsParse *parse, TsOperator op, int16_t distance);
void ts_push_stop(TsParse *parse);

/* ---- matching ---- */

typedef enum TsMatch { TS_NO, TS_YES, TS_MAYBE } TsMatch;
/* Where an operand stands: positions ascending and unique. */
typedef struct TsPlaces {
    uint32_t count;
    bool negate; /* everywhere but there */
    uint16_t *positions;
    int32_t width; /* of the match, in lexemes, less one */
} TsPlaces;
/* Is the operand there? places may be NULL: only whether. */
typedef TsMatch (*TsCheck)(void *arg, const TsNode *operand, TsPlaces *places);
typedef struct TsRun {
    Arena *arena; /* scratch: released behind each run */
    TsCheck find;
    void *arg;
} TsRun;
bool ts_query_match(TsRun *run, const TsNode *root);
/* A query over a document. */
bool ts_match(Arena *arena, const TsVector *document, const TsQuery *query);

/* The lexemes that an operand finds: first and how many. */
uint32_t ts_vector_range(const TsVector *v, const TsNode *operand, uint32_t *first_out);

#endif
