/*
 * ts_words.c: tokens through the dictionaries of a configuration.
 *
 * Tokens wait in a list. Usually a dictionary takes the first one alone; one for phrases may ask for the
 * tokens behind it, and if it finds nothing there in the end, the waiting ones begin anew with the
 * dictionary behind it.
 */
#include "types/ts_text.h"

#include "catalog/catalog.h"

struct TsPipe {
    EvalEnv *env;
    Arena *arena;
    const TsConfig *config;
    TsToken *first, *last; /* not yet done with */
    TsToken *done, *done_last;
    uint32_t done_count;
    uint32_t next_dict;  /* which dictionary the first token comes to */
    TsDict *phrase_dict; /* asks for tokens from `ahead` on; NULL: none does */
    TsToken *ahead;
    TsPhrase phrase;
    TsToken *found_at; /* the last token of the phrase found so far */
    TsLexing found;
};

TsPipe *ts_pipe_open(EvalEnv *env, Arena *arena, const TsConfig *config) {
    TsPipe *p = arena_new(arena, TsPipe);
    p->env = env;
    p->arena = arena;
    p->config = config;
    return p;
}
void ts_pipe_push(TsPipe *p, TsTokenType type, Str text) {
    TsToken *t = arena_new(p->arena, TsToken);
    t->type = type;
    t->text = text;
    if (p->last != NULL)
        p->last->next = t;
    else
        p->first = t;
    p->last = t;
    p->ahead = t;
}
static void finish_first(TsPipe *p) {
    TsToken *t = p->first;
    p->first = t->next;
    if (p->first == NULL)
        p->last = NULL;
    t->next = NULL;
    if (p->done_last != NULL)
        p->done_last->next = t;
    else
        p->done = t;
    p->done_last = t;
    p->done_count++;
    p->next_dict = 0;
}
static void give(TsPipe *p, const TsLexing *lexing, TsStep *step) {
    *step = (TsStep){.token_count = p->done_count, .tokens = p->done};
    if (lexing != NULL) {
        step->lexemes = lexing->lexemes;
        step->lexeme_count = lexing->count;
    }
    p->done = p->done_last = NULL;
    p->done_count = 0;
}
static bool takes(const TsDicts *dicts, const TsDict *dict) {
    for (uint32_t i = 0; i < dicts->count; i++)
        if (dicts->items[i] == dict)
            return true;
    return false;
}

/* A phrase is looked for. *open_out: it neither came nor failed, more tokens are needed. */
static Status look_ahead(TsPipe *p, bool *found_out, bool *open_out) {
    *found_out = *open_out = false;
    for (; p->ahead != NULL; p->ahead = p->ahead->next) {
        TsToken *t = p->ahead;
        const TsDicts *dicts = &p->config->dicts[t->type];
        if (t->type != TS_NONE && dicts->count == 0)
            continue;
        if (t->type != TS_NONE && !takes(dicts, p->phrase_dict)) {
            p->phrase_dict = NULL;
            return STATUS_OK;
        }
        TsLexing lexing;
        p->phrase.at_end = t->type == TS_NONE;
        p->phrase.wants_next = false;
        TRY(p->phrase_dict->lexize(p->phrase_dict, p->arena, t->text, &p->phrase, &lexing));
        if (p->phrase.wants_next) {
            if (lexing.known) {
                p->found = lexing;
                p->found_at = t;
            }
            continue;
        }
        if (lexing.known) {
            p->found = lexing;
            p->found_at = t;
        }
        *found_out = p->found_at != NULL;
        p->phrase_dict = NULL;
        return STATUS_OK;
    }
    *open_out = true;
    return STATUS_OK;
}
static void take_phrase(TsPipe *p) {
    for (bool more = true; more && p->first != NULL;) {
        more = p->first != p->found_at;
        finish_first(p);
    }
    p->found_at = NULL;
}

/* The first token through the dictionaries that it has not been through. */
static Status lex_first(TsPipe *p, bool *found_out) {
    TsToken *t = p->first;
    const TsDicts *dicts = &p->config->dicts[t->type];
    Str word = t->text;
    *found_out = false;
    if (t->type == TS_NONE) {
        finish_first(p);
        return STATUS_OK;
    }
    for (uint32_t i = p->next_dict; i < dicts->count; i++) {
        TsDict *dict = dicts->items[i];
        TsLexing lexing;
        p->phrase = (TsPhrase){0};
        TRY(dict->lexize(dict, p->arena, word, &p->phrase, &lexing));
        if (p->phrase.wants_next) {
            p->phrase_dict = dict;
            p->next_dict = i + 1;
            p->ahead = t->next;
            p->found_at = lexing.known ? t : NULL;
            p->found = lexing;
            return STATUS_OK;
        }
        if (!lexing.known)
            continue;
        if (lexing.count > 0 && (lexing.lexemes[0].flags & TS_FILTERED)) {
            word = lexing.lexemes[0].text;
            continue;
        }
        p->found = lexing;
        finish_first(p);
        *found_out = true;
        return STATUS_OK;
    }
    finish_first(p);
    return STATUS_OK;
}
Status ts_pipe_next(TsPipe *p, bool *found_out, TsStep *step) {
    *found_out = false;
    while (p->first != NULL) {
        if (p->phrase_dict != NULL) {
            bool open;
            TRY(look_ahead(p, found_out, &open));
            if (open)
                break;
            if (*found_out) {
                TsLexing found = p->found;
                take_phrase(p);
                give(p, &found, step);
                return STATUS_OK;
            }
            continue;
        }
        TRY(lex_first(p, found_out));
        if (*found_out) {
            give(p, &p->found, step);
            return STATUS_OK;
        }
    }
    give(p, NULL, step);
    return STATUS_OK;
}

static void add_words(Arena *arena, const TsStep *step, TsWords *words) {
    words->position++;
    for (uint32_t i = 0; i < step->lexeme_count; i++) {
        const TsLexed *l = &step->lexemes[i];
        words->position += (l->flags & TS_ADD_POSITION) != 0;
        TsWord w = {.text = l->text,
                    .position =
                        words->position > TS_POSITION_MAX ? TS_POSITION_MAX : words->position,
                    .variant = l->variant,
                    .prefix = (l->flags & TS_PREFIX_LEXEME) != 0};
        vec_push(&words->words, arena, w);
    }
}
Status ts_words(EvalEnv *env, Arena *arena, Oid oid, Str text, TsWords *words) {
    const TsConfig *config;
    TRY(ts_config_open(env, oid, &config));
    TsLexer *lexer = ts_lexer_open(arena, text);
    TsPipe *pipe = ts_pipe_open(env, arena, config);
    for (bool more = true; more;) {
        TsTokenType type = TS_NONE;
        Str token = {.data = ""};
        bool found = true;
        more = ts_lexer_next(lexer, &type, &token);
        if (more && token.len > TS_LEXEME_MAX) {
            session_notice_full(
                env->catalog,
                &(Notice){.level = "NOTICE",
                          .state = ERR_PROGRAM_LIMIT_EXCEEDED,
                          .message = "word is too long to be indexed",
                          .detail = "Words longer than 2047 characters are ignored."});
            continue;
        }
        ts_pipe_push(pipe, more ? type : TS_NONE, str_make(token.data, token.len));
        while (found) {
            TsStep step;
            TRY(ts_pipe_next(pipe, &found, &step));
            if (found)
                add_words(arena, &step, words);
        }
    }
    return STATUS_OK;
}
