/*
 * ts_thesaurus.c: the thesaurus: phrases replaced by others.
 *
 * A rule is a phrase of words, each normalised by another dictionary into lexemes (perhaps several ways to
 * read it; "?" stands for a stop word), and what replaces it. While words come, the rules that still fit
 * are kept; the text's next word is asked for as long as a longer phrase may follow.
 */
#include "types/ts_dict.h"

#include "catalog/catalogs.h"
#include "catalog/name.h"

#include <stdlib.h>

/* One lexeme at one place of one rule; of `group` lexemes which stand there together. */
typedef struct Entry {
    Str lexeme; /* len 0: a stop word */
    uint32_t rule;
    uint16_t place, group;
} Entry;
typedef struct Rule {
    uint32_t words; /* of the phrase */
    TsLexing result;
} Rule;
typedef struct Thesaurus {
    Oid dictionary;
    TsDict *inner;
    Entry *entries; /* by lexeme, rule, place */
    size_t entry_count;
    Rule *rules;
    size_t rule_count;
} Thesaurus;
typedef struct Source {
    Str word;
    bool as_is;
} Source;
/* The rules that fit so far, newest first. */
typedef struct Candidates {
    uint32_t place;
    uint32_t count;
    uint32_t rules[];
} Candidates;

static Status file_error(const char *text) { return error(ERR_CONFIG_FILE_ERROR, "%s", text); }

static int order_entries(const void *a, const void *b) {
    const Entry *x = a, *y = b;
    int order = str_compare(x->lexeme, y->lexeme);
    if (order != 0)
        return order;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* ---- reading ---- */

typedef struct Loader {
    EvalEnv *env;
    Arena *arena;
    Thesaurus *t;
    VEC(Entry) entries;
    VEC(Rule) rules;
} Loader;

static Status add_sample(Loader *l, Str word, uint16_t place) {
    Entry e = {.rule = (uint32_t)l->rules.count, .place = place, .group = 1};
    e.lexeme = str_make("", 0);
    if (word.len == 1 && *word.data == '?') {
        vec_push(&l->entries, l->arena, e);
        return STATUS_OK;
    }
    TsLexing out;
    TRY(l->t->inner->lexize(l->t->inner, l->arena, word, NULL, &out));
    if (!out.known)
        return error(ERR_CONFIG_FILE_ERROR,
                     "thesaurus sample word \"%.*s\" isn't recognized by subdictionary (rule %d)",
                     (int)word.len, word.data, (int)e.rule + 1);
    if (out.count == 0)
        return status_hint(error(ERR_CONFIG_FILE_ERROR,
                                 "thesaurus sample word \"%.*s\" is a stop word (rule %d)",
                                 (int)word.len, word.data, (int)e.rule + 1),
                           "Use \"?\" to represent a stop word within a sample phrase.");
    for (uint32_t i = 0, end; i < out.count; i = end) {
        for (end = i + 1; end < out.count && out.lexemes[end].variant == out.lexemes[i].variant;)
            end++;
        for (uint32_t k = i; k < end; k++) {
            e.group = (uint16_t)(end - i);
            e.lexeme = out.lexemes[k].text;
            vec_push(&l->entries, l->arena, e);
        }
    }
    return STATUS_OK;
}
static Status add_substitute(Loader *l, const Source *sources, size_t count, Rule *rule) {
    VEC(TsLexed) all = {0};
    for (size_t i = 0; i < count; i++) {
        TsLexing out;
        Str word = sources[i].word;
        int number = (int)l->rules.count + 1;
        if (sources[i].as_is)
            TRY(ts_one_lexeme(l->arena, word, 0, &out));
        else
            TRY(l->t->inner->lexize(l->t->inner, l->arena, word, NULL, &out));
        if (!out.known)
            return error(ERR_CONFIG_FILE_ERROR,
                         "thesaurus substitute word \"%.*s\" isn't recognized by subdictionary "
                         "(rule %d)",
                         (int)word.len, word.data, number);
        if (out.count == 0)
            return error(ERR_CONFIG_FILE_ERROR,
                         "thesaurus substitute word \"%.*s\" is a stop word (rule %d)",
                         (int)word.len, word.data, number);
        for (uint32_t k = 0; k < out.count; k++) {
            TsLexed one = out.lexemes[k];
            if (k == 0 && all.count > 0)
                one.flags |= TS_ADD_POSITION;
            if (sources[i].as_is)
                one.variant = (uint16_t)i;
            vec_push(&all, l->arena, one);
        }
    }
    rule->result = (TsLexing){true, (uint32_t)all.count, all.items};
    return STATUS_OK;
}
static Str word_at(Str line, uint32_t *at, bool stop_at_colon) {
    uint32_t start = *at;
    while (*at < line.len && !is_space(line.data[*at]) && !(stop_at_colon && line.data[*at] == ':'))
        ++*at;
    return str_make(line.data + start, *at - start);
}
static Status read_rule(Loader *l, Str line) {
    uint32_t at = 0, places = 0;
    VEC(Source) sources = {0};
    for (;; at++) {
        while (at < line.len && is_space(line.data[at]))
            at++;
        if (at >= line.len || line.data[at] == ':')
            break;
        Str word = word_at(line, &at, true);
        TRY(add_sample(l, word, (uint16_t)places++));
        if (at < line.len && line.data[at] == ':')
            break;
    }
    if (at < line.len && places == 0)
        return file_error("unexpected delimiter");
    for (at++; at < line.len;) {
        Source s = {0};
        if (is_space(line.data[at])) {
            at++;
            continue;
        }
        s.as_is = line.data[at] == '*';
        at += line.data[at] == '*' || line.data[at] == '\\';
        s.word = word_at(line, &at, false);
        if (s.word.len == 0)
            return file_error("unexpected end of line or lexeme");
        vec_push(&sources, l->arena, s);
    }
    if (sources.count == 0 || places == 0)
        return file_error("unexpected end of line");
    if (sources.count > UINT16_MAX || places > UINT16_MAX)
        return file_error("too many lexemes in thesaurus entry");
    Rule rule = {.words = places};
    TRY(add_substitute(l, sources.items, sources.count, &rule));
    vec_push(&l->rules, l->arena, rule);
    return STATUS_OK;
}
static Status read_rules(Loader *l, Str text) {
    Str line;
    while (ts_file_line(&text, &line)) {
        uint32_t at = 0;
        while (at < line.len && is_space(line.data[at]))
            at++;
        if (at < line.len && line.data[at] != '#')
            TRY(read_rule(l, line));
    }
    l->t->entries = l->entries.items;
    l->t->entry_count = l->entries.count;
    l->t->rules = l->rules.items;
    l->t->rule_count = l->rules.count;
    if (l->entries.count > 0)
        qsort(l->entries.items, l->entries.count, sizeof(Entry), order_entries);
    return STATUS_OK;
}

/* ---- lexing ---- */

/* Entries of a lexeme: [first, end). */
static void entries_of(const Thesaurus *t, Str lexeme, size_t *first_out, size_t *end_out) {
    size_t low = 0, high = t->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(t->entries[middle].lexeme, lexeme) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*first_out = low; low < t->entry_count && str_equal(t->entries[low].lexeme, lexeme);)
        low++;
    *end_out = low;
}
static bool is_among(const uint32_t *rules, uint32_t count, uint32_t rule) {
    for (uint32_t i = 0; i < count; i++)
        if (rules[i] == rule)
            return true;
    return false;
}
static bool rule_has(const Thesaurus *t, Str lexeme, uint32_t rule, uint32_t place,
                     uint32_t group) {
    size_t first, end;
    entries_of(t, lexeme, &first, &end);
    for (; first < end; first++)
        if (t->entries[first].rule == rule && t->entries[first].place == place &&
            t->entries[first].group == group)
            return true;
    return false;
}
typedef struct Fits {
    Arena *arena;
    VEC(uint32_t) rules; /* oldest first */
} Fits;
/* Rules that have these lexemes together at the place, and fitted before. */
static void fit_group(const Thesaurus *t, const Candidates *before, uint32_t place,
                      const TsLexed *group, uint32_t count, Fits *fits) {
    size_t first, end;
    entries_of(t, group[0].text, &first, &end);
    for (; first < end; first++) {
        const Entry *e = &t->entries[first];
        bool all = e->place == place && e->group == count;
        for (uint32_t i = 1; all && i < count; i++)
            all = rule_has(t, group[i].text, e->rule, place, count);
        if (all && (before == NULL || is_among(before->rules, before->count, e->rule)) &&
            !is_among(fits->rules.items, (uint32_t)fits->rules.count, e->rule))
            vec_push(&fits->rules, fits->arena, e->rule);
    }
}
static Status thesaurus_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                               TsLexing *out) {
    const Thesaurus *t = dict->data;
    *out = (TsLexing){0};
    if (phrase == NULL)
        return error(ERR_INTERNAL_ERROR, "forbidden call of thesaurus or nested call");
    phrase->wants_next = false;
    if (phrase->at_end)
        return STATUS_OK;
    const Candidates *before = phrase->state;
    uint32_t place = before == NULL ? 0 : before->place + 1;
    Fits fits = {.arena = arena};
    TsLexing lexing;
    TRY(t->inner->lexize(t->inner, arena, word, NULL, &lexing));
    TsLexed stop = {.text = str_make("", 0)};
    if (lexing.known && lexing.count == 0)
        fit_group(t, before, place, &stop, 1, &fits);
    for (uint32_t i = 0, end; lexing.known && i < lexing.count; i = end) {
        for (end = i + 1;
             end < lexing.count && lexing.lexemes[end].variant == lexing.lexemes[i].variant;)
            end++;
        fit_group(t, before, place, &lexing.lexemes[i], end - i, &fits);
    }
    phrase->state = NULL;
    if (fits.rules.count == 0)
        return STATUS_OK;
    Candidates *now = arena_alloc(arena, sizeof(Candidates) + fits.rules.count * sizeof(uint32_t));
    now->place = place;
    now->count = (uint32_t)fits.rules.count;
    for (uint32_t i = 0; i < now->count; i++)
        now->rules[i] = fits.rules.items[now->count - 1 - i];
    phrase->state = now;
    for (uint32_t i = 0; i < now->count; i++) {
        const Rule *r = &t->rules[now->rules[i]];
        if (r->words == place + 1) {
            *out = r->result;
            phrase->wants_next = now->count > 1 && (i > 0 || i + 1 < now->count);
            return STATUS_OK;
        }
    }
    phrase->wants_next = true;
    return STATUS_OK;
}

Status ts_thesaurus_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    Thesaurus *t = arena_new(dict->arena, Thesaurus);
    const char *file = NULL, *inner = NULL, *path;
    const char *const *parts;
    uint32_t count;
    Str text;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        bool is_file = strcmp(o->name, "dictfile") == 0;
        if (!is_file && strcmp(o->name, "dictionary") != 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized Thesaurus parameter: \"%s\"",
                         o->name);
        if ((is_file ? file : inner) != NULL)
            return error(ERR_INVALID_PARAMETER_VALUE, "multiple %s parameters",
                         is_file ? "DictFile" : "Dictionary");
        *(is_file ? &file : &inner) = o->value;
    }
    if (file == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "missing DictFile parameter");
    TRY(ts_file_read(env, dict->arena, str_from_cstr(file), "ths", "thesaurus", &text, &path));
    if (inner == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "missing Dictionary parameter");
    TRY(name_parse(dict->arena, inner, strlen(inner), &parts, &count));
    TRY(text_search_by_name(env->catalog, PG_TS_DICT, count > 1 ? parts[count - 2] : NULL,
                            parts[count - 1], false, &t->dictionary));
    if (t->dictionary == dict->oid)
        return error(ERR_CONFIG_FILE_ERROR, "thesaurus dictionary refers to itself");
    TRY(ts_dict_open(env, t->dictionary, &t->inner));
    Loader l = {.env = env, .arena = dict->arena, .t = t};
    TRY(read_rules(&l, text));
    dict->data = t;
    dict->lexize = thesaurus_lexize;
    return STATUS_OK;
}
