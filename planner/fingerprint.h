/*
 * fingerprint.h: what a query's text is apart from its literals. Layer: planner.
 *
 * The shared plan cache finds plans by it without parsing: two texts with one key parse to trees
 * that differ in the values of literals only, namely those not in the key. The first text of a key
 * is planned with those literals as parameters; later texts bring their values.
 *
 * The key is bytes, to be compared whole; the hash is of them. It does not cover settings, search
 * path, role or the catalog's state: they are the cache's to add.
 */
#ifndef PLANNER_FINGERPRINT_H
#define PLANNER_FINGERPRINT_H

#include "planner/parser.h"

typedef enum LiteralKind {
    LITERAL_INT4,    /* an integer of type int4: ival */
    LITERAL_INT8,    /* one too large for it: text */
    LITERAL_NUMERIC, /* any other number: text */
    LITERAL_STRING,  /* text, decoded; its type is unknown until analysis */
    LITERAL_BIT      /* text as in AstConst */
} LiteralKind;

/* The kind is part of the key: a plan for int4 values is none for int8 values. */
typedef struct Literal {
    uint8_t kind;     /* LiteralKind */
    bool in_key;      /* its value chose the key: bind nothing */
    int32_t location; /* byte offset in the text; AstConst.location is the same ... */
    int32_t
        minus_location; /* ... or, where the parser folded a sign, this one; -1: no sign before */
    int32_t ival;
    uint32_t text_len;
    const char *text; /* NUL-terminated, in the arena */
} Literal;

typedef struct Fingerprint {
    uint64_t hash;
    const uint8_t *key;
    uint32_t key_len;
    uint32_t literal_count;
    Literal *literals; /* in the order of the text */
} Fingerprint;

/*
 * Computes the fingerprint of a query string.
 *   text     in   UTF-8, len bytes
 *   options  in   NULL: PARSE_DEFAULTS
 *   out      out  everything in the arena; zeroed where false is returned
 * Returns false where the text is not one SELECT, VALUES, TABLE, INSERT, UPDATE, DELETE or MERGE,
 * does not lex, or is larger or more nested than is worth caching. True does not mean that it
 * parses. Allocates about twice the text, looks nothing up, never parks.
 *
 * These literals stay in the key: in ORDER BY and PARTITION BY (ordinals), LIMIT, OFFSET, FETCH,
 * type modifiers and precisions, the inference clause of ON CONFLICT, those that become an interval
 * with fields; and all, if GROUP BY or DISTINCT compares expressions by their form.
 */
bool fingerprint_compute(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                         Fingerprint *out);

#endif
