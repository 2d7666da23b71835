/* ts_make.c: to_tsvector, to_tsquery and their kin, over text and JSON. */
#include "types/json.h"
#include "types/ts_text.h"

#include <stdlib.h>

/* ---- documents ---- */

static int order_words(const void *a, const void *b) {
    const TsWord *x = a, *y = b;
    int order = ts_compare(x->text.data, x->text.len, y->text.data, y->text.len, false);
    return order != 0 ? order : (x->position > y->position) - (x->position < y->position);
}
Status ts_make_vector(Arena *arena, TsWords *words, Datum *value_out) {
    TsWord *w = words->words.items;
    size_t n = words->words.count, kept = 0;
    TsLexeme *lexemes = arena_alloc(arena, (n + 1) * sizeof(TsLexeme));
    uint16_t *positions = arena_alloc(arena, (n + 1) * sizeof(uint16_t));
    if (n > 1)
        qsort(w, n, sizeof(TsWord), order_words);
    for (size_t i = 0; i < n;) {
        TsLexeme *l = &lexemes[kept++];
        *l = (TsLexeme){.text = w[i].text.data, .len = w[i].text.len, .positions = positions};
        if (l->len > TS_LEXEME_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "word is too long (%ld bytes, max %ld bytes)",
                         (long)l->len, (long)TS_LEXEME_MAX);
        size_t first = i;
        for (; i < n && str_equal(w[i].text, w[first].text); i++) {
            uint32_t last = l->position_count == 0 ? 0 : positions[l->position_count - 1];
            if (l->position_count < TS_POSITIONS_MAX && last != TS_POSITION_MAX &&
                last != w[i].position)
                positions[l->position_count++] = ts_entry(w[i].position, 0);
        }
        positions += l->position_count;
    }
    return ts_vector_build(arena, lexemes, (uint32_t)kept, value_out);
}
static Status config_arg(FnCall *call, int arg, Oid *config_out) {
    if (arg < 0)
        return ts_config_default(call_env(call), config_out);
    *config_out = call->args[arg].u32;
    return STATUS_OK;
}
static Status document(FnCall *call, int config_at, int text_at, Datum *value_out) {
    TsWords words = {0};
    Oid config;
    TRY(config_arg(call, config_at, &config));
    TRY(ts_words(call_env(call), call->arena, config, ARG_STR(text_at), &words));
    return ts_make_vector(call->arena, &words, value_out);
}
SCALAR(to_tsvector) { return document(call, -1, 0, &call->result); }
SCALAR(to_tsvector_byid) { return document(call, 0, 1, &call->result); }

/* ---- JSON ---- */

enum { TAKE_KEYS = 1, TAKE_STRINGS = 2, TAKE_NUMBERS = 4, TAKE_BOOLS = 8, TAKE_ALL = 15 };

static Status read_flag(Str flag, unsigned *flags) {
    static const struct {
        const char *name;
        unsigned flag;
    } names[] = {{"all", TAKE_ALL},
                 {"key", TAKE_KEYS},
                 {"string", TAKE_STRINGS},
                 {"numeric", TAKE_NUMBERS},
                 {"boolean", TAKE_BOOLS}};
    static const char hint[] =
        "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".";
    if (jsonb_kind(flag) != JSON_STRING)
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "flag array element is not a string"),
                           "%s", hint);
    Str text = jsonb_scalar(flag);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_is_word(text.data, text.len, names[i].name)) {
            *flags |= names[i].flag;
            return STATUS_OK;
        }
    return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "wrong flag in flag array: \"%.*s\"",
                             (int)text.len, text.data),
                       "%s", hint);
}
static Status read_flags(Str flags, unsigned *flags_out) {
    *flags_out = 0;
    if (jsonb_kind(flags) == JSON_OBJECT)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "wrong flag type, only arrays and scalars are allowed");
    if (jsonb_kind(flags) != JSON_ARRAY)
        return read_flag(flags, flags_out);
    for (uint32_t i = 0; i < jsonb_count(flags); i++) {
        JsonKind kind = jsonb_kind(jsonb_child(flags, i));
        if (kind == JSON_ARRAY || kind == JSON_OBJECT)
            return error(ERR_INTERNAL_ERROR, "unexpected end of flag array");
        TRY(read_flag(jsonb_child(flags, i), flags_out));
    }
    return STATUS_OK;
}

typedef struct JsonWords {
    EvalEnv *env;
    Arena *arena;
    Oid config;
    unsigned flags;
    TsWords words;
} JsonWords;
/* The words of two parts are never neighbours. */
static Status add_text(JsonWords *j, Str text) {
    size_t before = j->words.words.count;
    TRY(ts_words(j->env, j->arena, j->config, text, &j->words));
    if (j->words.words.count > before)
        j->words.position++;
    return STATUS_OK;
}
static Status add_jsonb(JsonWords *j, Str value, int depth) {
    JsonKind kind = jsonb_kind(value);
    Str text;
    if (depth > JSON_DEPTH_MAX)
        return fiber_stack_error();
    if (jsonb_is_container(value)) {
        for (uint32_t i = 0; i < jsonb_count(value); i++) {
            if (kind == JSON_OBJECT && (j->flags & TAKE_KEYS))
                TRY(add_text(j, jsonb_key(value, i)));
            TRY(add_jsonb(j, jsonb_child(value, i), depth + 1));
        }
        return STATUS_OK;
    }
    unsigned take = kind == JSON_STRING   ? TAKE_STRINGS
                    : kind == JSON_NUMBER ? TAKE_NUMBERS
                    : kind == JSON_BOOL   ? TAKE_BOOLS
                                          : 0;
    if (!(j->flags & take) || !jsonb_as_text(j->arena, value, &text))
        return STATUS_OK;
    return add_text(j, text);
}
static Status add_json(JsonWords *j, const JsonNode *node, int depth) {
    if (depth > JSON_DEPTH_MAX)
        return fiber_stack_error();
    switch (node->kind) {
    case JSON_ARRAY:
    case JSON_OBJECT:
        for (const JsonNode *c = node->first; c != NULL; c = c->next) {
            if (node->kind == JSON_OBJECT && (j->flags & TAKE_KEYS))
                TRY(add_text(j, c->key));
            TRY(add_json(j, c, depth + 1));
        }
        return STATUS_OK;
    case JSON_STRING:
        return j->flags & TAKE_STRINGS ? add_text(j, node->text) : STATUS_OK;
    case JSON_NUMBER:
        return j->flags & TAKE_NUMBERS ? add_text(j, node->text) : STATUS_OK;
    case JSON_BOOL:
        return j->flags & TAKE_BOOLS ? add_text(j, str_from_cstr(node->truth ? "true" : "false"))
                                     : STATUS_OK;
    default:
        return STATUS_OK;
    }
}
/* flags_at < 0: strings only. */
static Status json_document(FnCall *call, bool binary, int config_at, int json_at, int flags_at) {
    JsonWords j = {.env = call_env(call), .arena = call->arena, .flags = TAKE_STRINGS};
    JsonNode *node;
    TRY(config_arg(call, config_at, &j.config));
    if (flags_at >= 0)
        TRY(read_flags(ARG_STR(flags_at), &j.flags));
    if (binary) {
        TRY(add_jsonb(&j, ARG_STR(json_at), 0));
    } else {
        TRY(json_parse(call->arena, ARG_STR(json_at), true, &node));
        TRY(add_json(&j, node, 0));
    }
    return ts_make_vector(call->arena, &j.words, &call->result);
}
SCALAR(jsonb_string_to_tsvector) { return json_document(call, true, -1, 0, -1); }
SCALAR(jsonb_string_to_tsvector_byid) { return json_document(call, true, 0, 1, -1); }
SCALAR(jsonb_to_tsvector) { return json_document(call, true, -1, 0, 1); }
SCALAR(jsonb_to_tsvector_byid) { return json_document(call, true, 0, 1, 2); }
SCALAR(json_string_to_tsvector) { return json_document(call, false, -1, 0, -1); }
SCALAR(json_string_to_tsvector_byid) { return json_document(call, false, 0, 1, -1); }
SCALAR(json_to_tsvector) { return json_document(call, false, -1, 0, 1); }
SCALAR(json_to_tsvector_byid) { return json_document(call, false, 0, 1, 2); }

/* ---- queries ---- */

typedef struct Morphology {
    Oid config;
    TsOperator between; /* the words of one operand */
} Morphology;

/* All lexemes of a place: those of one reading are wanted together, one reading is enough. */
static Status push_place(TsParse *parse, const TsWord *w, size_t count, uint8_t weights,
                         bool prefix) {
    for (size_t i = 0, readings = 0; i < count; readings++) {
        uint16_t variant = w[i].variant;
        for (size_t n = 0; i < count && w[i].variant == variant; i++, n++) {
            TRY(ts_push_operand(parse, w[i].text, weights, prefix || w[i].prefix));
            if (n > 0)
                ts_push_operator(parse, TS_AND, 0);
        }
        if (readings > 0)
            ts_push_operator(parse, TS_OR, 0);
    }
    return STATUS_OK;
}
typedef struct PushArg {
    EvalEnv *env;
    Arena *arena;
    Morphology how;
} PushArg;
static Status push_words(TsParse *parse, void *arg, Str text, uint8_t weights, bool prefix) {
    const PushArg *a = arg;
    TsWords words = {0};
    TRY(ts_words(a->env, a->arena, a->how.config, text, &words));
    const TsWord *w = words.words.items;
    size_t n = words.words.count, places = 0;
    uint32_t last = 0;
    if (n == 0)
        ts_push_stop(parse);
    for (size_t i = 0; i < n;) {
        for (; last > 0 && last + 1 < w[i].position; last++, places++) {
            ts_push_stop(parse);
            if (places > 0)
                ts_push_operator(parse, a->how.between, 1);
        }
        size_t end = i;
        last = w[i].position;
        while (end < n && w[end].position == last)
            end++;
        TRY(push_place(parse, w + i, end - i, weights, prefix));
        if (places++ > 0)
            ts_push_operator(parse, a->how.between, 1);
        i = end;
    }
    return STATUS_OK;
}
static Status query(FnCall *call, int config_at, int text_at, TsSyntax syntax, TsOperator between,
                    Datum *value_out) {
    PushArg arg = {.env = call_env(call), .arena = call->arena, .how = {.between = between}};
    TRY(config_arg(call, config_at, &arg.how.config));
    return ts_parse_query(call_env(call), call->arena, ARG_STR(text_at), syntax, push_words, &arg,
                          value_out);
}
#define QUERY(name, syntax, between)                                                               \
    SCALAR(name) { return query(call, -1, 0, syntax, between, &call->result); }                    \
    SCALAR(name##_byid) { return query(call, 0, 1, syntax, between, &call->result); }
QUERY(to_tsquery, TS_SYNTAX_QUERY, TS_PHRASE)
QUERY(plainto_tsquery, TS_SYNTAX_PLAIN, TS_AND)
QUERY(phraseto_tsquery, TS_SYNTAX_PLAIN, TS_PHRASE)
QUERY(websearch_to_tsquery, TS_SYNTAX_WEB, TS_PHRASE)

/* ---- @@ over text ---- */

static Status match(FnCall *call, Datum document_value, Datum query_value) {
    TsVector v = ts_vector(document_value.str);
    TsQuery q = ts_query(call->arena, query_value.str);
    return ret_bool(call, ts_match(call->arena, &v, &q));
}
SCALAR(ts_match_tt) {
    Datum v, q;
    TRY(document(call, -1, 0, &v));
    TRY(query(call, -1, 1, TS_SYNTAX_PLAIN, TS_AND, &q));
    return match(call, v, q);
}
SCALAR(ts_match_tq) {
    Datum v;
    TRY(document(call, -1, 0, &v));
    return match(call, v, call->args[1]);
}
