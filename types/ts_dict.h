/* ts_dict.h: dictionaries of text search. Private to types/. */
#ifndef TYPES_TS_DICT_H
#define TYPES_TS_DICT_H

#include "types/ts_option.h"

enum { TS_ADD_POSITION = 1, TS_PREFIX_LEXEME = 2, TS_FILTERED = 4 };

typedef struct TsLexed {
    Str text;
    uint16_t variant; /* of several ways to read a word */
    uint16_t flags;
} TsLexed;
/* known without lexemes: a stop word. */
typedef struct TsLexing {
    bool known;
    uint32_t count;
    const TsLexed *lexemes;
} TsLexing;

/* For dictionaries of phrases: they may ask for the next word. */
typedef struct TsPhrase {
    bool at_end; /* no word, but the end of the text */
    bool wants_next;
    void *state;
} TsPhrase;

typedef struct TsDict TsDict;
struct TsDict {
    Oid oid, template;
    Str options; /* as the catalog has them */
    Arena *arena;
    /* phrase may be NULL: one word by itself. */
    Status (*lexize)(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase, TsLexing *out);
    void *data;
};
typedef struct TsDicts {
    TsDict **items;
    uint32_t count, capacity;
} TsDicts;

/* The session's copy, read anew where the catalog row changed. */
Status ts_dict_open(EvalEnv *env, Oid dict, TsDict **dict_out);
/* Makes a dictionary of a template: lexize_name is the template's function. Errors: 22023 for options,
 * F0000 for files. */
typedef Status (*TsDictInit)(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_dict_init(EvalEnv *env, TsDict *dict, Oid init_function, const TsOptions *options);

Status ts_simple_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_synonym_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_snowball_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_thesaurus_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_ispell_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_unaccent_init(EvalEnv *env, TsDict *dict, const TsOptions *options);
Status ts_int_init(EvalEnv *env, TsDict *dict, const TsOptions *options);

/* ---- for dictionaries ---- */

/* The lower case of words. */
Str ts_lower(Arena *arena, Str text);
typedef struct TsStops {
    Str *words; /* in order */
    uint32_t count;
} TsStops;
/* By name, "" for none. Errors: 22023, F0000. */
Status ts_stops_read(EvalEnv *env, Arena *arena, Str name, TsStops *stops_out);
bool ts_stops_have(const TsStops *stops, Str word);
/* A file of the data directory's or the machine's tsearch_data; what: "stop-word", "synonym" ... */
Status ts_file_read(EvalEnv *env, Arena *arena, Str name, const char *extension, const char *what,
                    Str *text_out, const char **path_out);
/* Takes the next line off the text, without its end. */
bool ts_file_line(Str *text, Str *line_out);
Status ts_one_lexeme(Arena *arena, Str text, uint16_t flags, TsLexing *out);

#endif
