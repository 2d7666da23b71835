/* jsonpath_lex.h: tokens of the path language. Private to the jsonpath files. */
#ifndef TYPES_JSONPATH_LEX_H
#define TYPES_JSONPATH_LEX_H

#include "types/jsonpath.h"

typedef enum PathToken {
    PT_END,
    PT_CHAR, /* `mark` holds it */
    PT_IDENT,
    PT_STRING,
    PT_VARIABLE,
    PT_INTEGER,
    PT_NUMERIC,
    PT_AND,
    PT_OR,
    PT_NOT,
    PT_ANY,
    PT_LESS,
    PT_LESS_EQUAL,
    PT_EQUAL,
    PT_NOT_EQUAL,
    PT_GREATER,
    PT_GREATER_EQUAL,
    PT_IS, /* key words from here */
    PT_TO,
    PT_ABS,
    PT_LAX,
    PT_FLAG,
    PT_LAST,
    PT_NULL,
    PT_SIZE,
    PT_TRUE,
    PT_TYPE,
    PT_WITH,
    PT_FALSE,
    PT_FLOOR,
    PT_DOUBLE,
    PT_EXISTS,
    PT_STARTS,
    PT_STRICT,
    PT_CEILING,
    PT_UNKNOWN,
    PT_DATETIME,
    PT_KEYVALUE,
    PT_LIKE_REGEX
} PathToken;

typedef struct PathLexer {
    Arena *arena;
    const char *at, *end;
    PathToken kind; /* the current token */
    char mark;
    Str text;  /* decoded: identifiers, strings, variables, numbers */
    Str shown; /* what an error shows of it; empty: "at end" */
} PathLexer;

Status path_lex_next(PathLexer *lexer);
/* "message at or near ..." the current token, 42601. */
Status path_lex_error(const PathLexer *lexer, const char *message);

#endif
