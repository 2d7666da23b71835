/*
 * ts_simple.c: the dictionaries that know words by themselves: simple, synonym, snowball; stop words and
 * the files of tsearch_data.
 */
#include "types/ts_dict.h"

#include "catalog/catalog.h"
#include "runtime/file.h"

#include <errno.h>
#include <libstemmer.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- files ---- */

static const struct {
    const char *language, *words;
} stop_words[] = {
#define STOP_WORDS(language, words) {#language, words},
#include "types/def/stop_words.def"
#undef STOP_WORDS
};
/* Behind the data directory: where Debian keeps what dictionary packages bring. */
static const char shared_directory[] = "/usr/share/postgresql/15/tsearch_data";

Status ts_file_read(EvalEnv *env, Arena *arena, Str name, const char *extension, const char *what,
                    Str *text_out, const char **path_out) {
    for (uint32_t i = 0; i < name.len; i++)
        if (!is_digit(name.data[i]) && !(name.data[i] >= 'a' && name.data[i] <= 'z') &&
            name.data[i] != '_')
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "invalid text search configuration file name \"%.*s\"", (int)name.len,
                         name.data);
    const char *directory = env->data_directory == NULL ? "." : env->data_directory;
    const char *path = arena_printf(arena, "%s/tsearch_data/%.*s.%s", directory, (int)name.len,
                                    name.data, extension);
    if (!file_exists(path))
        path = arena_printf(arena, "%s/%.*s.%s", shared_directory, (int)name.len, name.data,
                            extension);
    *path_out = path;
    char *data;
    size_t len;
    if (!file_exists(path))
        return error(ERR_CONFIG_FILE_ERROR, "could not open %s file \"%s\": %s", what, path,
                     strerror(ENOENT));
    TRY(file_read_all(path, arena, &data, &len));
    if (!utf8_valid(data, len, NULL))
        return error(ERR_CHARACTER_NOT_IN_REPERTOIRE,
                     "invalid byte sequence for encoding \"UTF8\" in file \"%s\"", path);
    *text_out = str_make(data, len);
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        *text_out = str_make(data + 3, len - 3);
    return STATUS_OK;
}
bool ts_file_line(Str *text, Str *line_out) {
    if (text->len == 0)
        return false;
    const char *end = memchr(text->data, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->data);
    size_t taken = end == NULL ? len : len + 1;
    *line_out = (Str){.data = text->data, .len = (uint32_t)len};
    *text = (Str){.data = text->data + taken, .len = text->len - (uint32_t)taken};
    return true;
}

/* ---- words ---- */

Str ts_lower(Arena *arena, Str text) {
    char *out = arena_alloc(arena, text.len + 1u);
    for (uint32_t i = 0; i < text.len; i++)
        out[i] = to_lower(text.data[i]);
    out[text.len] = '\0';
    return str_make(out, text.len);
}
Status ts_one_lexeme(Arena *arena, Str text, uint16_t flags, TsLexing *out) {
    TsLexed *l = arena_new(arena, TsLexed);
    *l = (TsLexed){.text = text, .flags = flags};
    *out = (TsLexing){.known = true, .count = 1, .lexemes = l};
    return STATUS_OK;
}
static int order_words(const void *a, const void *b) {
    return str_compare(*(const Str *)a, *(const Str *)b);
}
bool ts_stops_have(const TsStops *stops, Str word) {
    return stops->count > 0 &&
           bsearch(&word, stops->words, stops->count, sizeof(Str), order_words) != NULL;
}
static void read_stops(Arena *arena, Str text, TsStops *out) {
    VEC(Str) words = {0};
    Str line;
    while (ts_file_line(&text, &line)) {
        uint32_t len = 0;
        while (len < line.len && !is_space(line.data[len]))
            len++;
        if (len > 0)
            vec_push(&words, arena, ts_lower(arena, (Str){.data = line.data, .len = len}));
    }
    if (words.count > 0)
        qsort(words.items, words.count, sizeof(Str), order_words);
    *out = (TsStops){words.items, (uint32_t)words.count};
}
Status ts_stops_read(EvalEnv *env, Arena *arena, Str name, TsStops *out) {
    *out = (TsStops){0};
    if (name.len == 0)
        return STATUS_OK;
    for (size_t i = 0; i < sizeof(stop_words) / sizeof(stop_words[0]); i++)
        if (str_equal(name, str_from_cstr(stop_words[i].language))) {
            read_stops(arena, str_from_cstr(stop_words[i].words), out);
            return STATUS_OK;
        }
    Str text;
    const char *path;
    TRY(ts_file_read(env, arena, name, "stop", "stop-word", &text, &path));
    read_stops(arena, text, out);
    return STATUS_OK;
}
static Status multiple(const char *name) {
    return error(ERR_INVALID_PARAMETER_VALUE, "multiple %s parameters", name);
}

/* ---- simple ---- */

typedef struct Simple {
    TsStops stops;
    bool accept;
} Simple;
static Status simple_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                            TsLexing *out) {
    const Simple *s = dict->data;
    Str lower = ts_lower(arena, word);
    *out = (TsLexing){0};
    out->known = lower.len == 0 || ts_stops_have(&s->stops, lower);
    return out->known || !s->accept ? STATUS_OK : ts_one_lexeme(arena, lower, 0, out);
}
Status ts_simple_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Simple *s = arena_new(dict->arena, Simple);
    bool stops = false, accept = false;
    s->accept = true;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        if (strcmp(o->name, "stopwords") == 0) {
            if (stops)
                return multiple("StopWords");
            TRY(ts_stops_read(env, dict->arena, str_from_cstr(o->value), &s->stops));
            stops = true;
        } else if (strcmp(o->name, "accept") == 0) {
            if (accept)
                return multiple("Accept");
            TRY(ts_option_bool(o, &s->accept));
            accept = true;
        } else {
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "unrecognized simple dictionary parameter: \"%s\"", o->name);
        }
    }
    dict->data = s;
    dict->lexize = simple_lexize;
    return STATUS_OK;
}

/* ---- synonym ---- */

typedef struct Synonym {
    Str in, out;
    bool prefix;
} Synonym;
typedef struct Synonyms {
    Synonym *items;
    size_t count;
    bool case_sensitive;
} Synonyms;
static int order_synonyms(const void *a, const void *b) {
    return str_compare(((const Synonym *)a)->in, ((const Synonym *)b)->in);
}
static Status synonym_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                             TsLexing *out) {
    const Synonyms *s = dict->data;
    Synonym key = {.in = s->case_sensitive ? word : ts_lower(arena, word)};
    *out = (TsLexing){0};
    if (word.len == 0 || s->count == 0)
        return STATUS_OK;
    const Synonym *found = bsearch(&key, s->items, s->count, sizeof(Synonym), order_synonyms);
    return found == NULL
               ? STATUS_OK
               : ts_one_lexeme(arena, found->out, found->prefix ? TS_PREFIX_LEXEME : 0, out);
}
static Str next_word(Str *line) {
    while (line->len > 0 && is_space(*line->data))
        *line = (Str){.data = line->data + 1, .len = line->len - 1};
    uint32_t len = 0;
    while (len < line->len && !is_space(line->data[len]))
        len++;
    Str word = str_make(line->data, len);
    *line = (Str){.data = line->data + len, .len = line->len - len};
    return word;
}
static void read_synonyms(Arena *arena, Str text, Synonyms *s) {
    VEC(Synonym) all = {0};
    Str line;
    while (ts_file_line(&text, &line)) {
        Str in = next_word(&line), out = next_word(&line);
        Synonym one = {0};
        if (out.len == 0)
            continue;
        one.prefix = out.len > 1 && out.data[out.len - 1] == '*';
        out = str_make(out.data, out.len - one.prefix);
        one.in = s->case_sensitive ? in : ts_lower(arena, in);
        one.out = s->case_sensitive ? out : ts_lower(arena, out);
        vec_push(&all, arena, one);
    }
    if (all.count > 0)
        qsort(all.items, all.count, sizeof(Synonym), order_synonyms);
    s->items = all.items;
    s->count = all.count;
}
Status ts_synonym_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Synonyms *s = arena_new(dict->arena, Synonyms);
    const char *file = NULL, *path;
    Str text;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        if (strcmp(o->name, "synonyms") == 0)
            file = o->value;
        else if (strcmp(o->name, "casesensitive") == 0)
            TRY(ts_option_bool(o, &s->case_sensitive));
        else
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized synonym parameter: \"%s\"",
                         o->name);
    }
    if (file == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "missing Synonyms parameter");
    TRY(ts_file_read(env, dict->arena, str_from_cstr(file), "syn", "synonym", &text, &path));
    read_synonyms(dict->arena, text, s);
    dict->data = s;
    dict->lexize = synonym_lexize;
    return STATUS_OK;
}

/* ---- snowball ---- */

#define STEM_BYTES_MAX 1000 /* longer ones are no words */

/*
 * A stemmer has working memory of its own, made and freed by its library, and serves one thread at a time.
 * One a language waits here; who finds none makes another. Stemming never parks, so there are never more
 * than workers.
 */
static const char *const languages[] = {
    "basque",  "catalan",    "danish",     "dutch",   "english",   "finnish",
    "french",  "german",     "indonesian", "irish",   "italian",   "norwegian",
    "porter",  "portuguese", "spanish",    "swedish", "hungarian", "romanian",
    "russian", "arabic",     "armenian",   "greek",   "hindi",     "lithuanian",
    "nepali",  "serbian",    "tamil",      "turkish", "yiddish",
};
#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))
static _Atomic(struct sb_stemmer *) stemmers[LANGUAGES];

typedef struct Snowball {
    TsStops stops;
    size_t language;
} Snowball;
static Status snowball_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                              TsLexing *out) {
    const Snowball *s = dict->data;
    Str lower = ts_lower(arena, word);
    *out = (TsLexing){0};
    if (lower.len > STEM_BYTES_MAX)
        return ts_one_lexeme(arena, lower, 0, out);
    if (lower.len == 0 || ts_stops_have(&s->stops, lower)) {
        out->known = true;
        return STATUS_OK;
    }
    struct sb_stemmer *stemmer = atomic_exchange(&stemmers[s->language], NULL);
    if (stemmer == NULL)
        stemmer = sb_stemmer_new(languages[s->language], "UTF_8");
    const sb_symbol *stem =
        stemmer == NULL ? NULL
                        : sb_stemmer_stem(stemmer, (const sb_symbol *)lower.data, (int)lower.len);
    size_t len = stem == NULL ? 0 : (size_t)sb_stemmer_length(stemmer);
    Str result = lower;
    if (len > 0)
        result = str_make(arena_strndup(arena, (const char *)stem, len), len);
    stemmer = stemmer == NULL ? NULL : atomic_exchange(&stemmers[s->language], stemmer);
    if (stemmer != NULL)
        sb_stemmer_delete(stemmer);
    return stem == NULL ? status_out_of_memory() : ts_one_lexeme(arena, result, 0, out);
}
static Status find_language(const char *name, size_t *language_out) {
    for (size_t i = 0; i < LANGUAGES; i++)
        if (text_is_word(name, strlen(name), languages[i])) {
            *language_out = i;
            return STATUS_OK;
        }
    return error(ERR_UNDEFINED_OBJECT,
                 "no Snowball stemmer available for language \"%s\" and encoding \"%s\"", name,
                 "UTF8");
}
Status ts_snowball_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Snowball *s = arena_new(dict->arena, Snowball);
    bool stops = false, language = false;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        if (strcmp(o->name, "stopwords") == 0) {
            if (stops)
                return multiple("StopWords");
            TRY(ts_stops_read(env, dict->arena, str_from_cstr(o->value), &s->stops));
            stops = true;
        } else if (strcmp(o->name, "language") == 0) {
            if (language)
                return multiple("Language");
            TRY(find_language(o->value, &s->language));
            language = true;
        } else {
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized Snowball parameter: \"%s\"",
                         o->name);
        }
    }
    if (!language)
        return error(ERR_INVALID_PARAMETER_VALUE, "missing Language parameter");
    dict->data = s;
    dict->lexize = snowball_lexize;
    return STATUS_OK;
}
