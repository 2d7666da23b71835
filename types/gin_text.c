/*
 * gin_text.c: keys of texts under pg_trgm, and what patterns ask of them.
 *
 * A pattern asks for the trigrams of the words and parts of words that stand in it as they are. Of a
 * regular expression only what is certain counts: brackets, groups, and whatever may be missing,
 * divide words; alternatives are asked for each on its own.
 */
#include "types/gin_int.h"

#include "types/trigram.h"

enum {
    TRIGRAM_SIMILAR = 1,
    TRIGRAM_LIKE = 3,
    TRIGRAM_ILIKE = 4,
    TRIGRAM_REGEX = 5,
    TRIGRAM_REGEX_ICASE = 6,
    TRIGRAM_WORD = 7,
    TRIGRAM_STRICT_WORD = 9,
    TRIGRAM_EQUAL = 11
};

bool gin_trigram_answers(int16_t strategy) {
    return strategy == TRIGRAM_SIMILAR ||
           (strategy >= TRIGRAM_LIKE && strategy <= TRIGRAM_WORD) ||
           strategy == TRIGRAM_STRICT_WORD || strategy == TRIGRAM_EQUAL;
}

static void put_all(KeyMaker *m, TrigramVec *v) {
    trigrams_sort_unique(v);
    for (size_t i = 0; i < v->count; i++) {
        gin_begin(m, KEY_ELEMENT);
        strbuf_append(&m->buf, v->items[i].bytes, 3);
        gin_finish(m);
    }
}

Status gin_trigram_keys(KeyMaker *m, Str text) {
    TrigramVec v;
    TRY(trigrams_of(m->arena, text, &v));
    put_all(m, &v);
    return STATUS_OK;
}

/* ---- patterns: words as they are put together ---- */

typedef struct Pattern {
    Arena *arena;
    TrigramVec found;
    StrBuf word;
    bool begins;     /* the word begins where its part does */
    uint32_t last_at; /* of the part's last character */
} Pattern;

static void part_end(Pattern *p, bool ends) {
    if (p->word.len > 0)
        trigrams_of_part(p->arena, str_make(strbuf_cstr(&p->word), p->word.len), p->begins, ends,
                         &p->found);
    strbuf_truncate(&p->word, 0);
    p->begins = ends;
}
static void literal(Pattern *p, const char *from, const char *to) {
    const char *at = from;
    if (!trigram_in_word(utf8_decode(&at))) {
        part_end(p, true);
        return;
    }
    p->last_at = (uint32_t)p->word.len;
    strbuf_append(&p->word, from, (size_t)(to - from));
}

static void like_pattern(Pattern *p, Str text) {
    const char *at = text.data, *end = at + text.len;
    p->begins = true;
    while (at < end) {
        const char *from = at;
        if (*at == '%' || *at == '_') {
            part_end(p, false);
            at++;
            continue;
        }
        if (*at == '\\' && at + 1 < end)
            from = ++at;
        utf8_decode(&at);
        literal(p, from, at);
    }
    part_end(p, true);
}

/* Behind a bracket expression that begins at `at`. */
static const char *skip_bracket(const char *at, const char *end) {
    at++;
    if (at < end && *at == '^')
        at++;
    if (at < end && *at == ']')
        at++;
    while (at < end && *at != ']') {
        if (*at == '[' && at + 1 < end && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
            char mark = at[1];
            for (at += 2; at + 1 < end && !(at[0] == mark && at[1] == ']');)
                at++;
            at++;
        } else if (*at == '\\' && at + 1 < end) {
            at++;
        }
        at++;
    }
    return MIN(at + 1, end);
}
static const char *skip_group(const char *at, const char *end) {
    int depth = 0;
    while (at < end) {
        char c = *at;
        if (c == '[') {
            at = skip_bracket(at, end);
            continue;
        }
        at += c == '\\' && at + 1 < end ? 2 : 1;
        depth += (c == '(') - (c == ')');
        if (depth == 0)
            break;
    }
    return at;
}

/* One atom's quantifier, if there is one: what may be missing is taken back. */
static const char *quantifier(Pattern *p, const char *at, const char *end, bool was_literal) {
    if (at == end || (*at != '*' && *at != '?' && *at != '+' && *at != '{'))
        return at;
    if (was_literal && *at != '+')
        strbuf_truncate(&p->word, p->last_at);
    part_end(p, false);
    if (*at == '{')
        while (at < end && *at != '}')
            at++;
    return MIN(at + 1, end);
}

/* One alternative; returns where it ends. */
static const char *regex_branch(Pattern *p, const char *at, const char *end) {
    p->begins = false;
    while (at < end && *at != '|') {
        const char *from = at;
        bool was_literal = false;
        if (*at == '[') {
            at = skip_bracket(at, end);
        } else if (*at == '(') {
            at = skip_group(at, end);
        } else if (*at == '\\' && at + 1 < end && !trigram_in_word((uint8_t)at[1])) {
            was_literal = true;
            from++;
            at += 2;
        } else if (*at == '\\') { /* a class, a place, a character by number: up to the end of the word */
            for (at++; at < end && trigram_in_word((uint8_t)*at);)
                at++;
        } else if (strchr(".^$*+?{})", *at) != NULL) {
            at++;
        } else {
            was_literal = true;
            utf8_decode(&at);
        }
        if (was_literal)
            literal(p, from, at);
        else
            part_end(p, false);
        at = quantifier(p, at, end, was_literal && p->word.len > 0);
    }
    part_end(p, false);
    return at;
}

static GinNode *all_of(KeyMaker *m, TrigramVec *v, GinTag tag) {
    m->keys->count = 0;
    put_all(m, v);
    if (m->keys->count == 0)
        return gin_leaf(m->arena, GIN_ALL, (Str){0});
    return gin_of_keys(m->arena, m->keys, tag);
}

static GinNode *regex_query(KeyMaker *m, Str text) {
    const char *at = text.data, *end = at + text.len;
    GinNode *any = gin_leaf(m->arena, GIN_NOTHING, (Str){0});
    if ((text.len >= 2 && memcmp(at, "(?", 2) == 0) || (text.len >= 3 && memcmp(at, "***", 3) == 0))
        return gin_leaf(m->arena, GIN_ALL, (Str){0});
    for (int branches = 0;; at++) {
        Pattern p = {.arena = m->arena};
        strbuf_init(&p.word, m->arena);
        at = regex_branch(&p, at, end);
        GinNode *branch = all_of(m, &p.found, GIN_AND);
        if (branch->tag == GIN_ALL || ++branches > 32)
            return gin_leaf(m->arena, GIN_ALL, (Str){0});
        any = gin_or(m->arena, any, branch);
        if (at >= end)
            return any;
    }
}

Status gin_trigram_query(KeyMaker *m, int16_t strategy, Str query, GinNode **out) {
    Pattern p = {.arena = m->arena};
    strbuf_init(&p.word, m->arena);
    switch (strategy) {
    case TRIGRAM_LIKE:
    case TRIGRAM_ILIKE:
        like_pattern(&p, query);
        *out = all_of(m, &p.found, GIN_AND);
        return STATUS_OK;
    case TRIGRAM_REGEX:
    case TRIGRAM_REGEX_ICASE:
        *out = regex_query(m, query);
        return STATUS_OK;
    default:
        TRY(trigrams_of(m->arena, query, &p.found));
        *out = all_of(m, &p.found, strategy == TRIGRAM_EQUAL ? GIN_AND : GIN_OR);
        return STATUS_OK;
    }
}
