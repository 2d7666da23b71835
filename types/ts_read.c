/*
 * ts_read.c: the syntaxes of queries: operators; plain text; what search engines take.
 *
 * Operators go through a stack by priority, each parenthesis its own stack by recursion; nodes come out
 * operands first and are turned round at the end.
 */
#include "types/ts.h"

#include "catalog/catalog.h"

#define STACK_MAX 32
#define PARENTHESES_MAX 300

struct TsParse {
    EvalEnv *env;
    Arena *arena;
    Str whole;
    TsScan scan;
    TsSyntax syntax;
    TsPush push;
    void *push_arg;
    VEC(TsNode) nodes; /* operands before their operator */
    size_t text_bytes;
    bool stops; /* a stop word was pushed */
    int open;   /* parentheses */
    bool want_operand, first;
};

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_BAD,
    TOKEN_WORD,
    TOKEN_OPERATOR,
    TOKEN_OPEN,
    TOKEN_CLOSE
} TokenKind;
typedef struct Token {
    TokenKind kind;
    TsOperator op;
    int16_t distance;
    Str text;
    uint8_t weights;
    bool prefix;
} Token;

static Status syntax_error(const TsParse *p) {
    return error(ERR_SYNTAX_ERROR, "syntax error in tsquery: \"%.*s\"", (int)p->whole.len,
                 p->whole.data);
}
static char peek(const TsParse *p) { return p->scan.at < p->scan.end ? *p->scan.at : '\0'; }

/* ---- pushing ---- */

Status ts_push_operand(TsParse *p, Str text, uint8_t weights, bool prefix) {
    if (text.len > TS_LEXEME_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "word is too long in tsquery: \"%.*s\"",
                     (int)p->whole.len, p->whole.data);
    if (p->text_bytes >= TS_BYTES_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "value is too big in tsquery: \"%.*s\"",
                     (int)p->whole.len, p->whole.data);
    TsNode n = {.kind = TS_OPERAND, .weights = weights, .prefix = prefix, .len = text.len};
    n.text = arena_strndup(p->arena, text.data, text.len);
    n.crc = ts_crc(n.text, n.len);
    p->text_bytes += n.len + 1;
    vec_push(&p->nodes, p->arena, n);
    return STATUS_OK;
}
void ts_push_operator(TsParse *p, TsOperator op, int16_t distance) {
    TsNode n = {.kind = TS_OPERATOR, .op = (uint8_t)op};
    n.distance = op == TS_PHRASE ? distance : 0;
    vec_push(&p->nodes, p->arena, n);
}
void ts_push_stop(TsParse *p) {
    TsNode n = {.kind = TS_STOP};
    p->stops = true;
    vec_push(&p->nodes, p->arena, n);
}

/* ---- tokens ---- */

static Status read_word(TsParse *p, Token *t) {
    bool found;
    TRY(ts_scan_next(&p->scan, &found));
    t->kind = found ? TOKEN_WORD : TOKEN_END;
    t->text = str_make(strbuf_cstr(&p->scan.word), p->scan.word.len);
    return STATUS_OK;
}
/* :AB* behind a word */
static void read_modifiers(TsParse *p, Token *t) {
    if (peek(p) != ':')
        return;
    for (p->scan.at++; p->scan.at < p->scan.end; p->scan.at++) {
        int weight = ts_weight_of_letter(*p->scan.at);
        if (*p->scan.at == '*')
            t->prefix = true;
        else if (weight >= 0)
            t->weights |= (uint8_t)(1 << weight);
        else
            break;
    }
}
/* <-> or <3>; nothing is read where it is neither. */
static Status read_phrase(TsParse *p, Token *t, bool *found_out) {
    const char *at = p->scan.at, *end = p->scan.end;
    int64_t distance = 1;
    *found_out = false;
    if (at >= end || *at++ != '<' || at >= end)
        return STATUS_OK;
    if (*at == '-') {
        at++;
    } else {
        if (!is_digit(*at))
            return STATUS_OK;
        for (distance = 0; at < end && is_digit(*at); at++)
            distance = distance > 100000 ? distance : distance * 10 + (*at - '0');
        if (distance > TS_DISTANCE_MAX)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "distance in phrase operator must be an integer value between zero and %d "
                         "inclusive",
                         TS_DISTANCE_MAX);
    }
    if (at >= end || *at++ != '>' || at >= end)
        return STATUS_OK;
    p->scan.at = at;
    t->distance = (int16_t)distance;
    *found_out = true;
    return STATUS_OK;
}
static Status take_operator(TsParse *p, Token *t, TsOperator op, size_t len) {
    p->scan.at += len;
    p->want_operand = true;
    p->first = false;
    t->kind = TOKEN_OPERATOR;
    t->op = op;
    return STATUS_OK;
}
static Status next_operand(TsParse *p, Token *t) {
    char c = peek(p);
    if (c == '!')
        return take_operator(p, t, TS_NOT, 1);
    if (c == '(') {
        p->scan.at++;
        p->first = false;
        p->open++;
        t->kind = TOKEN_OPEN;
        return STATUS_OK;
    }
    if (c == ':')
        return syntax_error(p);
    TRY(read_word(p, t));
    if (t->kind == TOKEN_WORD) {
        read_modifiers(p, t);
        p->want_operand = false;
        return STATUS_OK;
    }
    return p->first ? STATUS_OK
                    : error(ERR_SYNTAX_ERROR, "no operand in tsquery: \"%.*s\"", (int)p->whole.len,
                            p->whole.data);
}
static Status next_query(TsParse *p, Token *t) {
    while (p->scan.at < p->scan.end && is_space(*p->scan.at))
        p->scan.at++;
    if (p->want_operand)
        return next_operand(p, t);
    bool phrase;
    char c = peek(p);
    if (c == '&')
        return take_operator(p, t, TS_AND, 1);
    if (c == '|')
        return take_operator(p, t, TS_OR, 1);
    TRY(read_phrase(p, t, &phrase));
    if (phrase)
        return take_operator(p, t, TS_PHRASE, 0);
    if (c == ')') {
        p->scan.at++;
        t->kind = --p->open < 0 ? TOKEN_BAD : TOKEN_CLOSE;
    } else {
        t->kind = p->scan.at >= p->scan.end && p->open == 0 ? TOKEN_END : TOKEN_BAD;
    }
    return STATUS_OK;
}

/* "or" as a word of its own with something behind it. */
static bool at_or(const TsParse *p) {
    const char *at = p->scan.at, *end = p->scan.end;
    if (end - at < 3 || to_lower(at[0]) != 'o' || to_lower(at[1]) != 'r')
        return false;
    at += 2;
    if (*at == '-' || *at == '_' || is_alpha(*at) || is_digit(*at))
        return false;
    for (at += utf8_char_bytes((unsigned char)*at); at < end; at++)
        if (!is_space(*at))
            return true;
    return false;
}
static Status next_web_operand(TsParse *p, Token *t) {
    for (; p->scan.at < p->scan.end; p->scan.at++) {
        char c = *p->scan.at;
        if (c == '-')
            return take_operator(p, t, TS_NOT, 1);
        if (c == '"') {
            const char *start = ++p->scan.at;
            while (p->scan.at < p->scan.end && *p->scan.at != '"')
                p->scan.at++;
            t->kind = TOKEN_WORD;
            t->text = str_make(start, (size_t)(p->scan.at - start));
            p->scan.at += p->scan.at < p->scan.end;
            p->want_operand = false;
            return STATUS_OK;
        }
        if (ts_is_operator(c))
            p->first = false;
        else if (!is_space(c))
            break;
    }
    TRY(read_word(p, t));
    if (t->kind == TOKEN_WORD)
        p->want_operand = false;
    else if (!p->first)
        ts_push_stop(p);
    return STATUS_OK;
}
static Status next_web(TsParse *p, Token *t) {
    if (p->want_operand)
        return next_web_operand(p, t);
    while (p->scan.at < p->scan.end && (is_space(*p->scan.at) || ts_is_operator(*p->scan.at)))
        p->scan.at++;
    if (p->scan.at >= p->scan.end) {
        t->kind = TOKEN_END;
        return STATUS_OK;
    }
    return at_or(p) ? take_operator(p, t, TS_OR, 2) : take_operator(p, t, TS_AND, 0);
}
static Status next_token(TsParse *p, Token *t) {
    *t = (Token){.kind = TOKEN_END};
    if (p->syntax == TS_SYNTAX_QUERY)
        return next_query(p, t);
    if (p->syntax == TS_SYNTAX_WEB)
        return next_web(p, t);
    if (p->scan.at < p->scan.end) {
        t->kind = TOKEN_WORD;
        t->text = p->whole;
        p->scan.at = p->scan.end;
    }
    return STATUS_OK;
}

/* ---- trees ---- */

typedef struct Pending {
    TsOperator op;
    int16_t distance;
} Pending;
/* Operators that bind at least as tightly as the next one are done; NOT only before a NOT is not. */
static void settle(TsParse *p, Pending *stack, int *depth, TsOperator next) {
    static const int priorities[] = {0, 4, 2, 1, 3};
    while (*depth > 0) {
        int above = priorities[stack[*depth - 1].op], own = priorities[next];
        if (own > above || (next == TS_NOT && own == above))
            break;
        --*depth;
        ts_push_operator(p, stack[*depth].op, stack[*depth].distance);
    }
}
static Status parse_level(TsParse *p, int level) {
    Pending stack[STACK_MAX];
    int depth = 0;
    if (level > PARENTHESES_MAX)
        return fiber_stack_error();
    for (;;) {
        Token t;
        TRY(next_token(p, &t));
        switch (t.kind) {
        case TOKEN_WORD:
            TRY(p->push(p, p->push_arg, t.text, t.weights, t.prefix));
            break;
        case TOKEN_OPERATOR:
            settle(p, stack, &depth, t.op);
            if (depth == STACK_MAX)
                return error(ERR_INTERNAL_ERROR, "tsquery stack too small");
            stack[depth++] = (Pending){t.op, t.distance};
            break;
        case TOKEN_OPEN:
            TRY(parse_level(p, level + 1));
            break;
        case TOKEN_END:
        case TOKEN_CLOSE:
            settle(p, stack, &depth, TS_OR);
            return STATUS_OK;
        case TOKEN_BAD:
            return syntax_error(p);
        }
    }
}
Status ts_parse_query(EvalEnv *env, Arena *arena, Str text, TsSyntax syntax, TsPush push, void *arg,
                      Datum *value_out) {
    TsParse p = {.env = env,
                 .arena = arena,
                 .whole = text,
                 .syntax = syntax,
                 .push = push,
                 .push_arg = arg,
                 .want_operand = true,
                 .first = true};
    p.scan = (TsScan){.arena = arena,
                      .whole = text,
                      .at = text.data,
                      .end = text.data + text.len,
                      .operators_end = true,
                      .query = true,
                      .web = syntax == TS_SYNTAX_WEB};
    strbuf_init(&p.scan.word, arena);
    TRY(parse_level(&p, 0));
    TsQuery q = {.count = (uint32_t)p.nodes.count, .nodes = p.nodes.items};
    if (q.count == 0 && env != NULL)
        session_notice(env->catalog, "NOTICE", ERR_SUCCESSFUL_COMPLETION,
                       "text-search query doesn't contain lexemes: \"%.*s\"", (int)text.len,
                       text.data);
    for (uint32_t i = 0; i < q.count / 2; i++) {
        TsNode n = q.nodes[i];
        q.nodes[i] = q.nodes[q.count - 1 - i];
        q.nodes[q.count - 1 - i] = n;
    }
    if (p.stops) {
        TRY(ts_query_drop_stops(arena, &q));
        if (q.count == 0 && env != NULL)
            session_notice(env->catalog, "NOTICE", ERR_SUCCESSFUL_COMPLETION,
                           "text-search query contains only stop words or doesn't contain lexemes, "
                           "ignored");
    }
    return ts_query_build(arena, &q, value_out);
}
