/*
 * ts_parser.c: the default parser: text into tokens of 23 types.
 *
 * An automaton that goes back: where something may begin that perhaps is none (a host name, a tag, a
 * number's exponent), it pushes its place and tries; a failed try pops and goes on with the rule behind
 * the one that pushed. What it does is data: def/ts_parser.def.
 */
#include "types/record_int.h"
#include "types/ts_text.h"

#include "catalog/catalogs.h"
#include "catalog/name.h"
#include "catalog/row.h"

typedef enum State {
#define STATE(name, ...) STATE_##name,
#include "types/def/ts_parser.def"
#undef STATE
    STATE_STAY
} State;
typedef enum Class {
    ON_END,
    ON_CHAR,
    ON_IGNORED, /* within <script> or <style> */
    ON_ASCII_LETTER,
    ON_LETTER,
    ON_DIGIT,
    ON_ALNUM,
    ON_MARK,
    ON_NOT_ALNUM,
    ON_SPACE,
    ON_HEX,
    ON_HOST_WANTED,
    ON_HOST,
    ON_URL_CHAR,
    ON_URL_PATH,
    ON_ANY
} Class;
enum {
    STEP = 0,
    TOKEN = 1,
    POP = 2,
    PUSH = 4,
    AGAIN = 8,
    DROP_ONE = 16,
    MERGE = 32,
    DROP_ALL = 64
};
typedef enum Hook { HOOK_NO, HOOK_TAG_NAME, HOOK_URL, HOOK_HYPHEN, HOOK_REWIND } Hook;

typedef struct Rule {
    uint8_t class;
    char c;
    uint8_t actions;
    uint8_t next;
    uint8_t type;
    uint8_t hook;
} Rule;
#define STATE(name, ...) static const Rule rules_##name[] = {__VA_ARGS__};
#define RULE(class, c, actions, next, type, hook)                                                  \
    { ON_##class, c, actions, STATE_##next, TS_##type, HOOK_##hook }
#include "types/def/ts_parser.def"
#undef STATE
static const Rule *const rules_of[] = {
#define STATE(name, ...) rules_##name,
#include "types/def/ts_parser.def"
#undef STATE
};
#undef RULE

static const struct {
    const char *alias, *description;
} token_types[TS_TOKEN_TYPES] = {
    {"", ""},
    {"asciiword", "Word, all ASCII"},
    {"word", "Word, all letters"},
    {"numword", "Word, letters and digits"},
    {"email", "Email address"},
    {"url", "URL"},
    {"host", "Host"},
    {"sfloat", "Scientific notation"},
    {"version", "Version number"},
    {"hword_numpart", "Hyphenated word part, letters and digits"},
    {"hword_part", "Hyphenated word part, all letters"},
    {"hword_asciipart", "Hyphenated word part, all ASCII"},
    {"blank", "Space symbols"},
    {"tag", "XML tag"},
    {"protocol", "Protocol head"},
    {"numhword", "Hyphenated word, letters and digits"},
    {"asciihword", "Hyphenated word, all ASCII"},
    {"hword", "Hyphenated word, all letters"},
    {"url_path", "URL path"},
    {"file", "File or path name"},
    {"float", "Decimal notation"},
    {"int", "Signed integer"},
    {"uint", "Unsigned integer"},
    {"entity", "XML entity"},
};

typedef struct Place {
    uint32_t at; /* byte of the next character */
    uint32_t char_bytes;
    uint32_t bytes, chars; /* of the token so far */
    State state;
    const Rule *pushed; /* the rule that pushed from here */
    struct Place *below;
} Place;
struct TsLexer {
    Arena *arena;
    const char *text;
    uint32_t len;
    Place *top;
    Place *spare;
    bool ignoring, want_host;
    const char *token;
    uint32_t token_bytes;
    TsTokenType type;
};

static Place *place_push(TsLexer *x, Place *below) {
    Place *p = x->spare;
    if (p != NULL)
        x->spare = p->below;
    else
        p = arena_alloc(x->arena, sizeof(Place));
    *p = below == NULL ? (Place){0} : *below;
    p->below = below;
    p->pushed = NULL;
    return p;
}
static void place_free(TsLexer *x, Place *p) {
    p->below = x->spare;
    x->spare = p;
}
TsLexer *ts_lexer_open(Arena *arena, Str text) {
    TsLexer *x = arena_new(arena, TsLexer);
    x->arena = arena;
    x->text = text.data;
    x->len = text.len;
    x->top = place_push(x, NULL);
    return x;
}

/* ---- characters ---- */

static const struct {
    uint32_t first, last;
} marks[] = {
#define MARKS(first, last) {first, last},
#include "types/def/ts_marks.def"
#undef MARKS
};
static bool is_mark(const TsLexer *x) {
    if (x->top->char_bytes == 0)
        return true;
    const char *p = x->text + x->top->at;
    uint32_t c = utf8_decode(&p);
    size_t low = 0, high = sizeof(marks) / sizeof(marks[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > marks[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof(marks) / sizeof(marks[0]) && c >= marks[low].first;
}
static bool is_url_char(const TsLexer *x) {
    char c = x->text[x->top->at < x->len ? x->top->at : 0];
    return x->top->char_bytes == 1 && c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL;
}
/* A lexer over the rest: does it find this type first? Then its token belongs to ours. */
static bool looks_ahead(TsLexer *x, TsTokenType type) {
    Place *top = x->top;
    TsLexer *inner =
        ts_lexer_open(x->arena, (Str){.data = x->text + top->at, .len = x->len - top->at});
    TsTokenType found;
    Str token;
    inner->want_host = type == TS_HOST;
    if (type == TS_URL_PATH) {
        inner->top = place_push(inner, inner->top);
        inner->top->state = STATE_URL_PATH_FIRST;
    }
    if (!ts_lexer_next(inner, &found, &token) || found != type)
        return false;
    top->at += token.len;
    top->bytes += token.len;
    top->chars += token.len;
    top->char_bytes = inner->top->char_bytes;
    return true;
}
static bool matches(TsLexer *x, const Rule *r) {
    Place *p = x->top;
    unsigned char c = p->char_bytes == 0 ? 0 : (unsigned char)x->text[p->at];
    switch ((Class)r->class) {
    case ON_END:
        return p->char_bytes == 0;
    case ON_CHAR:
        return p->char_bytes == 1 && c == (unsigned char)r->c;
    case ON_IGNORED:
        return x->ignoring;
    case ON_ASCII_LETTER:
        return is_alpha((char)c);
    case ON_LETTER:
        return c >= 0x80 || is_alpha((char)c);
    case ON_DIGIT:
        return is_digit((char)c);
    case ON_ALNUM:
        return c >= 0x80 || is_alpha((char)c) || is_digit((char)c);
    case ON_NOT_ALNUM:
        return !(c >= 0x80 || is_alpha((char)c) || is_digit((char)c));
    case ON_MARK:
        return is_mark(x);
    case ON_SPACE:
        return is_space((char)c);
    case ON_HEX:
        return is_digit((char)c) || (to_lower((char)c) >= 'a' && to_lower((char)c) <= 'f');
    case ON_HOST_WANTED: {
        bool wanted = x->want_host;
        x->want_host = false;
        return wanted;
    }
    case ON_HOST:
        return looks_ahead(x, TS_HOST);
    case ON_URL_CHAR:
        return is_url_char(x);
    case ON_URL_PATH:
        return looks_ahead(x, TS_URL_PATH);
    case ON_ANY:
        break;
    }
    return true;
}

/* ---- actions ---- */

static bool token_is(const TsLexer *x, const char *word) {
    size_t n = strlen(word);
    return x->top->chars == n && text_is_word(x->token, n, word);
}
static void run_hook(TsLexer *x, Hook hook) {
    Place *p = x->top;
    switch (hook) {
    case HOOK_NO:
        break;
    case HOOK_TAG_NAME:
        if (token_is(x, "</script") || token_is(x, "</style"))
            x->ignoring = false;
        else if (token_is(x, "<script") || token_is(x, "<style"))
            x->ignoring = true;
        break;
    case HOOK_URL:
        x->want_host = true;
        p->at -= p->bytes;
        break;
    case HOOK_HYPHEN:
        p->at -= p->bytes;
        break;
    case HOOK_REWIND:
        p->at -= p->bytes;
        p->bytes = p->chars = 0;
        break;
    }
}
static void change_places(TsLexer *x, const Rule *r) {
    Place *top = x->top;
    if (r->actions & POP) {
        x->top = top->below;
        place_free(x, top);
    } else if (r->actions & PUSH) {
        top->pushed = r;
        x->top = place_push(x, top);
    } else if (r->actions & (DROP_ONE | DROP_ALL)) {
        do {
            Place *gone = top->below;
            if (gone == NULL)
                break;
            top->below = gone->below;
            place_free(x, gone);
        } while (r->actions & DROP_ALL);
    } else if (r->actions & MERGE) {
        x->top = top->below;
        x->top->at = top->at;
        x->top->char_bytes = top->char_bytes;
        x->top->bytes = top->bytes;
        x->top->chars = top->chars;
        place_free(x, top);
    }
}
static void measure_char(TsLexer *x) {
    Place *p = x->top;
    p->char_bytes = 0;
    if (p->at < x->len) {
        p->char_bytes = utf8_char_bytes((unsigned char)x->text[p->at]);
        if (p->char_bytes > x->len - p->at)
            p->char_bytes = x->len - p->at;
    }
}
bool ts_lexer_next(TsLexer *x, TsTokenType *type_out, Str *token_out) {
    const Rule *r = NULL;
    if (x->top->at >= x->len)
        return false;
    x->token = x->text + x->top->at;
    x->top->pushed = NULL;
    while (x->top->at <= x->len) {
        measure_char(x);
        r = x->top->pushed != NULL ? x->top->pushed + 1 : rules_of[x->top->state];
        x->top->pushed = NULL;
        while (!matches(x, r))
            r++;
        run_hook(x, (Hook)r->hook);
        if (r->actions & TOKEN) {
            x->token_bytes = x->top->bytes;
            x->top->bytes = x->top->chars = 0;
            x->type = (TsTokenType)r->type;
        }
        change_places(x, r);
        Place *p = x->top;
        if (r->next != STATE_STAY)
            p->state = (State)r->next;
        if ((r->actions & TOKEN) || (p->at >= x->len && !(r->actions & AGAIN)))
            break;
        if (r->actions & (AGAIN | POP))
            continue;
        p->at += p->char_bytes;
        p->bytes += p->char_bytes;
        p->chars += p->char_bytes > 0;
    }
    *type_out = x->type;
    *token_out = (Str){.data = x->token, .len = x->token_bytes};
    return (r->actions & TOKEN) != 0;
}

/* ---- ts_token_type, ts_parse ---- */

Status ts_parser_require(EvalEnv *env, Oid parser) {
    CatalogRow row;
    bool found;
    memset(&row, 0, sizeof(row));
    Arena *arena = session_statement_arena(env->catalog);
    TRY(catalog_find_oid(env->catalog, PG_TS_PARSER_OID_INDEX, parser, arena, &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search parser %u", parser);
    const char *start;
    TRY(proc_name(env->catalog, row_oid(&row, PG_TS_PARSER_PRSSTART), &start));
    if (start == NULL || strcmp(start, "prsd_start") != 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "text search parsers of other functions than the "
                                                "default one's are not supported");
    return STATUS_OK;
}
static Status parser_by_name(FnCall *call, Str name) {
    const char *const *parts;
    uint32_t count;
    Oid parser;
    EvalEnv *env = call_env(call);
    TRY(name_parse(call->arena, name.data, name.len, &parts, &count));
    TRY(text_search_by_name(env->catalog, PG_TS_PARSER, count > 1 ? parts[count - 2] : NULL,
                            parts[count - 1], false, &parser));
    return ts_parser_require(env, parser);
}

SET_START(ts_token_type_byid) {
    set->state = arena_new(set->scan_arena, int);
    return ts_parser_require(set->call.site->env, set->call.args[0].u32);
}
SET_NEXT(ts_token_type_byid) {
    static const Oid types[] = {23, 25, 25};
    int *last = set->state;
    *row_out = ++*last < TS_TOKEN_TYPES;
    if (!*row_out)
        return STATUS_OK;
    Datum values[3] = {datum_i32(*last), datum_cstr(token_types[*last].alias),
                       datum_cstr(token_types[*last].description)};
    bool nulls[3] = {false};
    return record_set_row(set, types, values, nulls, 3);
}
SET_START(ts_token_type_byname) {
    set->state = arena_new(set->scan_arena, int);
    return parser_by_name(&set->call, set->call.args[0].str);
}
SET_NEXT(ts_token_type_byname) { return set_ts_token_type_byid_next(set, row_out); }

static void parse_start(SetCall *set) {
    Str text = set->call.args[1].str;
    set->state = ts_lexer_open(
        set->scan_arena,
        (Str){.data = arena_strndup(set->scan_arena, text.data, text.len), .len = text.len});
}
SET_START(ts_parse_byid) {
    parse_start(set);
    return ts_parser_require(set->call.site->env, set->call.args[0].u32);
}
SET_NEXT(ts_parse_byid) {
    static const Oid types[] = {23, 25};
    TsTokenType type;
    Str token;
    *row_out = ts_lexer_next(set->state, &type, &token);
    if (!*row_out)
        return STATUS_OK;
    Datum values[2] = {datum_i32((int32_t)type), datum_str(token.data, token.len)};
    bool nulls[2] = {false};
    return record_set_row(set, types, values, nulls, 2);
}
SET_START(ts_parse_byname) {
    parse_start(set);
    return parser_by_name(&set->call, set->call.args[0].str);
}
SET_NEXT(ts_parse_byname) { return set_ts_parse_byid_next(set, row_out); }

const char *ts_token_type_alias(int type) { return token_types[type].alias; }
int ts_token_type_of(const char *alias) {
    for (int i = 1; i < TS_TOKEN_TYPES; i++)
        if (strcmp(token_types[i].alias, alias) == 0)
            return i;
    return 0;
}
