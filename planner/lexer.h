/*
 * lexer.h: text to tokens, by PostgreSQL 15's lexical rules (manual: Lexical Structure).
 * Layer: planner, private to the parser and the fingerprint.
 *
 * lexer_next() yields one token at a time and never fails: a lexical error is the token TOK_ERROR,
 * whose Status waits in the lexer. So an error in text that the grammar has not reached yet does
 * not hide a syntax error before it.
 */
#ifndef PLANNER_LEXER_H
#define PLANNER_LEXER_H

#include "planner/parser.h"

#include <string.h>

/* Single-character tokens are their ASCII code. */
typedef enum TokenKind {
    TOK_END = 0,
    TOK_IDENT = 256, /* text */
    TOK_INTEGER,     /* ival */
    TOK_FLOAT,       /* text */
    TOK_STRING,      /* text */
    TOK_BIT,         /* text: b or x, then the digits */
    TOK_PARAM,       /* ival */
    TOK_OP,          /* text */
    TOK_TYPECAST,    /* :: */
    TOK_DOT_DOT,     /* .. */
    TOK_COLON_EQUALS,
    TOK_EQUALS_GREATER,
    TOK_LESS_EQUALS,
    TOK_GREATER_EQUALS,
    TOK_NOT_EQUALS,
    /* NOT, NULLS and WITH where the next word gives them another role in the grammar. */
    TOK_NOT_LA,   /* before BETWEEN, IN, LIKE, ILIKE, SIMILAR */
    TOK_NULLS_LA, /* before FIRST, LAST */
    TOK_WITH_LA,  /* before TIME, ORDINALITY */
    TOK_ERROR,
    TOK_KEYWORD_BEFORE,
#define KEYWORD(suffix, spelling, category, bare) TOK_K_##suffix,
#include "planner/keywords.def"
#undef KEYWORD
    TOK_KIND_COUNT
} TokenKind;

#define TOK_KEYWORD_FIRST (TOK_KEYWORD_BEFORE + 1)
#define KEYWORD_COUNT (TOK_KIND_COUNT - TOK_KEYWORD_FIRST)
#define KEYWORD_LEN_MAX 17

#define IDENTIFIER_BYTES_MAX 63 /* longer names are cut, as PostgreSQL's NAMEDATALEN - 1 */

typedef struct Token {
    uint16_t kind;  /* TokenKind or a character */
    bool plain;     /* a string without quotes, escapes or continuation inside */
    uint32_t start; /* byte offsets of the spelling */
    uint32_t end;
    int32_t ival;
    uint32_t text_len;
    const char *text; /* NUL-terminated; NULL if the lexer has no arena */
} Token;

typedef struct Lexer {
    const char *input;
    uint32_t len;
    uint32_t readable; /* bytes that may be loaded: len, or more if the text is padded with zeros */
    uint32_t pos;
    uint32_t signs_from; /* an operator gave these back: each is a token, nothing to look for */
    uint32_t signs_end;
    bool looks_ahead; /* a word of WORD_LOOKS_AHEAD was read; for the caller to clear */
    Arena *arena;     /* NULL: tokens carry no text, strings are not decoded */
    const ParseOptions *options;
    Status error; /* of TOK_ERROR; the lexer owns it until taken */
} Lexer;

/* How many zero bytes behind a text let the lexer read it all in its fastest way. */
#define LEXER_PADDING 80

/* Does not skip anything yet. input must stay while the lexer is used; padded: LEXER_PADDING
 * zero bytes follow it. */
void lexer_init(Lexer *lexer, Arena *arena, const char *input, uint32_t len, bool padded,
                const ParseOptions *options);
/* The same with the text copied to have the padding, unless it is so long that only its last
 * bytes would gain. */
void lexer_init_copy(Lexer *lexer, Arena *arena, const char *input, uint32_t len,
                     const ParseOptions *options);
/* The next token; at the end TOK_END again and again, after an error TOK_ERROR likewise. */
void lexer_next(Lexer *lexer, Token *token_out);
/* The next tokens, at most max and none behind TOK_END or TOK_ERROR. Returns how many. */
uint32_t lexer_read(Lexer *lexer, Token *tokens_out, uint32_t max);
/* Frees an error nobody took. */
void lexer_done(Lexer *lexer);

/* Index in keyword_table of a word of at most KEYWORD_LEN_MAX bytes in lower case; -1: none.
 * first16 is its first sixteen bytes, zero-padded, as they lie in memory. */
int32_t keyword_lookup(const char *folded, size_t len, const uint64_t first16[2]);

#define KEYWORD_MULTIPLIER_0 UINT64_C(0x1600a35a099950d9)
#define KEYWORD_MULTIPLIER_1 UINT64_C(0x6b0d549b6f03675b)

extern const uint16_t keyword_displacement[128];
extern const uint16_t keyword_slots[512];

/* The only keyword that a word of fewer than sixteen bytes can be. */
static inline const Keyword *keyword_candidate(const uint64_t first16[2]) {
    uint64_t hash = (first16[0] ^ (first16[1] * KEYWORD_MULTIPLIER_1)) * KEYWORD_MULTIPLIER_0;
    return &keyword_table[keyword_slots[((hash >> 40) + keyword_displacement[hash >> 57]) & 511]];
}
static inline bool keyword_is(const Keyword *keyword, const uint64_t first16[2]) {
    uint64_t words[2];
    memcpy(words, keyword->name, sizeof(words));
    return ((words[0] ^ first16[0]) | (words[1] ^ first16[1])) == 0;
}

/* What a token may be in the grammar. */
enum {
    WORD_COL_ID = 1 << 0,       /* a table's or column's name */
    WORD_TYPE_FUNC = 1 << 1,    /* a type's or function's name */
    WORD_NON_RESERVED = 1 << 2, /* any word that is not reserved */
    WORD_LABEL = 1 << 3,        /* any word: after AS */
    WORD_BARE_LABEL = 1 << 4,   /* a label without AS */
    WORD_RESERVED = 1 << 5,     /* a reserved word */
    WORD_LOOKS_AHEAD = 1 << 6   /* NOT, NULLS, WITH: the next word may give it another role */
};
#define TOKEN_LOOKS_AHEAD(kind)                                                                    \
    ((kind) == TOK_K_NOT || (kind) == TOK_K_NULLS || (kind) == TOK_K_WITH)
extern const uint8_t token_word_class[TOK_KIND_COUNT];

#endif
