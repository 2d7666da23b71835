/*
 * ts_text.h: from text to lexemes: the parser, dictionaries, configurations. Private to types/.
 *
 *   text --parser--> tokens of 23 types --a configuration's dictionaries for the type--> lexemes
 */
#ifndef TYPES_TS_TEXT_H
#define TYPES_TS_TEXT_H

#include "types/ts.h"
#include "types/ts_dict.h"

typedef enum TsTokenType {
    TS_NONE,
    TS_ASCIIWORD,
    TS_WORD,
    TS_NUMWORD,
    TS_EMAIL,
    TS_URL,
    TS_HOST,
    TS_SFLOAT,
    TS_VERSION,
    TS_HWORD_NUMPART,
    TS_HWORD_PART,
    TS_HWORD_ASCIIPART,
    TS_BLANK,
    TS_TAG,
    TS_PROTOCOL,
    TS_NUMHWORD,
    TS_ASCIIHWORD,
    TS_HWORD,
    TS_URL_PATH,
    TS_FILE,
    TS_FLOAT,
    TS_INT,
    TS_UINT,
    TS_ENTITY,
    TS_TOKEN_TYPES
} TsTokenType;

typedef struct TsLexer TsLexer;
TsLexer *ts_lexer_open(Arena *arena, Str text);
/* False at the end; else the token lies in the text. */
bool ts_lexer_next(TsLexer *lexer, TsTokenType *type_out, Str *token_out);

typedef struct TsConfig {
    Oid oid;
    Oid parser;
    uint64_t epoch; /* of the catalog when it was read */
    TsDicts dicts[TS_TOKEN_TYPES];
    bool has_headline;
} TsConfig;
/* Valid until the next call. Errors: 42704 and what a dictionary raises when it is opened. */
Status ts_config_open(EvalEnv *env, Oid config, const TsConfig **config_out);
/* default_text_search_config. */
Status ts_config_default(EvalEnv *env, Oid *config_out);
/* Is the parser one that has code? 0A000. */
Status ts_parser_require(EvalEnv *env, Oid parser);

/* A token with what became of it; tokens that make one lexeme list together come as one. */
typedef struct TsStep {
    uint32_t token_count;
    const struct TsToken *tokens; /* a list */
    const TsLexed *lexemes;       /* NULL: not known to any dictionary */
    uint32_t lexeme_count;
} TsStep;
typedef struct TsToken {
    TsTokenType type;
    Str text;
    struct TsToken *next;
} TsToken;

/* The pipeline. push gives it a token (TS_NONE at the end), then next until it gives false. */
typedef struct TsPipe TsPipe;
TsPipe *ts_pipe_open(EvalEnv *env, Arena *arena, const TsConfig *config);
void ts_pipe_push(TsPipe *pipe, TsTokenType type, Str text);
/* *found_out: a list of lexemes (perhaps empty: stop words). tokens: those done with, also where
 * nothing was found. */
Status ts_pipe_next(TsPipe *pipe, bool *found_out, TsStep *step_out);

/* Words with their places, as they come. */
typedef struct TsWord {
    Str text;
    uint32_t position;
    uint16_t variant;
    bool prefix;
} TsWord;
typedef struct TsWords {
    VEC(TsWord) words;
    uint32_t position; /* of the last one */
} TsWords;
Status ts_words(EvalEnv *env, Arena *arena, Oid config, Str text, TsWords *words);
/* A tsvector of the words, which it sorts. */
Status ts_make_vector(Arena *arena, TsWords *words, Datum *value_out);

#endif
