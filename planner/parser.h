/*
 * parser.h: from text to tree. Layer: planner.
 *
 * A hand-written recursive-descent parser with precedence climbing for PostgreSQL 15's grammar
 * (manual: SQL Commands; Lexical Structure). It accepts what PostgreSQL's raw parser accepts, and
 * refuses the rest with the same message, SQLSTATE and position. It looks nothing up, takes no
 * lock, never parks, and keeps no state between calls.
 *
 * Time is linear in the text; recursion is bounded (42601, "memory exhausted").
 */
#ifndef PLANNER_PARSER_H
#define PLANNER_PARSER_H

#include "base/arena.h"
#include "base/status.h"
#include "planner/ast.h"

typedef enum BackslashQuote {
    BACKSLASH_QUOTE_SAFE_ENCODING, /* the default: refused only for encodings we do not have */
    BACKSLASH_QUOTE_OFF,
    BACKSLASH_QUOTE_ON
} BackslashQuote;

/* A warning or notice met while reading text: truncated names, escapes. */
typedef struct ParseNotice {
    struct ParseNotice *next;
    bool warning; /* else NOTICE */
    SqlState state;
    const char *message;
    const char *hint;
    int32_t location;
} ParseNotice;

typedef struct ParseNotices {
    ParseNotice *first;
    ParseNotice *last;
} ParseNotices;

/* The settings that change what text means. All zeros is not the default: use PARSE_DEFAULTS. */
typedef struct ParseOptions {
    bool standard_conforming_strings;
    bool escape_string_warning;
    BackslashQuote backslash_quote;
    uint32_t depth_max;    /* nesting of expressions, parentheses, subqueries; 0: the default */
    ParseNotices *notices; /* where notices go (in the arena); NULL drops them */
} ParseOptions;

/* A level takes up to 340 bytes of stack: this is two thirds of a statement's 256 KB. */
/* As many as PostgreSQL's parser has places for. A level takes no more than 700 bytes of stack. */
#define PARSE_DEPTH_DEFAULT 9993
#define PARSE_DEFAULTS                                                                             \
    ((ParseOptions){.standard_conforming_strings = true, .escape_string_warning = true})

/*
 * Parses a query string: statements separated by semicolons, empty ones left out.
 *   text            in   UTF-8, len bytes without NUL; must outlive nothing: the tree copies
 *   options         in   NULL: PARSE_DEFAULTS
 *   statements_out  out  AstRawStatement, in order; empty on error
 * Errors: 42601 and the other grammar errors with byte_location set, 54001, 53200.
 */
Status parse_sql(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                 AstList *statements_out);

/*
 * Parses text that must be one type name, such as 'numeric(10,2)[]' (regtype input, to_regtype).
 * Errors: as parse_sql, with the context line that PostgreSQL adds.
 */
Status parse_type_name(Arena *arena, const char *text, size_t len, AstTypeName **type_out);

/* Parses text that must be one expression (a_expr), such as a stored default. */
Status parse_expression(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                        Ast **expr_out);

/* ---- keywords ---- */

typedef enum KeywordCategory {
    KEYWORD_UNRESERVED,
    KEYWORD_COL_NAME,       /* cannot be a function or type name */
    KEYWORD_TYPE_FUNC_NAME, /* can be a function or type name */
    KEYWORD_RESERVED
} KeywordCategory;

typedef struct Keyword {
    _Alignas(32) char name[24]; /* lower case, zero-padded */
    uint16_t token;             /* the lexer's TokenKind */
    uint8_t len;
    uint8_t category; /* KeywordCategory */
    bool bare_label;  /* may be a column label without AS */
    bool looks_ahead; /* the lexer's: the next word may give it another role */
} Keyword;

/* All keywords, in alphabetical order. Static. */
extern const Keyword keyword_table[];
extern const uint32_t keyword_count;

/* The keyword spelt by name (any case of ASCII letters), or NULL. */
const Keyword *keyword_find(const char *name, size_t len);

/* True if an identifier must be quoted to be read back as itself: it is empty, has characters other
 * than a-z, 0-9 and _, starts with a digit, or is a keyword that is not unreserved. */
bool identifier_needs_quotes(const char *name, size_t len);

#endif
