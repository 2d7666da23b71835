/*
 * parse_main.c: the parser's entry points, its token window and its errors.
 *
 * A recursive-descent parser over a window of tokens. Two or three tokens of lookahead decide every
 * rule except parentheses that may hold a query or an expression, which are read once and turned
 * into whichever they prove to be (parse_expr.c, parse_from.c). There is no backtracking, so time
 * is linear.
 *
 * The order of checks follows PostgreSQL's LALR parser, in which a syntax error is found at the
 * first token that no rule can take, and rules that complain about what they have read do so when
 * they are complete.
 */
#include "planner/parse_int.h"

#include <limits.h>

/* ---- tokens ---- */

/* NOT, NULLS and WITH get another role from the word behind them. */
static inline void resolve(Token *token, unsigned next) {
    switch (token->kind) {
    case TOK_K_NOT:
        if (next == TOK_K_BETWEEN || next == TOK_K_IN || next == TOK_K_LIKE ||
            next == TOK_K_ILIKE || next == TOK_K_SIMILAR)
            token->kind = TOK_NOT_LA;
        break;
    case TOK_K_NULLS:
        if (next == TOK_K_FIRST || next == TOK_K_LAST)
            token->kind = TOK_NULLS_LA;
        break;
    case TOK_K_WITH:
        if (next == TOK_K_TIME || next == TOK_K_ORDINALITY)
            token->kind = TOK_WITH_LA;
        break;
    default:
        break;
    }
}

/*
 * Moves what is left of the window to its front, behind the token consumed last, and fills it up.
 * The end of the text, or a lexical error, stands in it as often as anyone may look ahead.
 */
void parse_refill(Parser *p) {
    Token *window = p->window;
    uint32_t first = (uint32_t)(p->current - window) - 1, count = p->count - first;
    bool ended;
    if (first > 0)
        memmove(window, window + first, count * sizeof(Token));
    p->current = window + 1;
    uint32_t total = count + lexer_read(&p->lexer, window + count, TOKEN_WINDOW - count);
    if (UNLIKELY(p->lexer.looks_ahead)) {
        for (uint32_t i = count; i < total; i++)
            resolve(&window[i - 1], window[i].kind);
        p->lexer.looks_ahead = token_word_class[window[total - 1].kind] & WORD_LOOKS_AHEAD;
    }
    count = total;
    ended = window[count - 1].kind == TOK_END || window[count - 1].kind == TOK_ERROR;
    p->count = count;
    /* The last token may still wait for the next one to resolve it, unless it is the end, which
     * is never passed. */
    p->refill_at = window + (ended ? ARRAY_LEN(p->window) : TOKEN_WINDOW - LOOKAHEAD_MAX - 1);
    for (uint32_t i = 0; ended && i < LOOKAHEAD_MAX; i++)
        window[count + i] = window[count - 1];
}

bool parse_accept2(Parser *p, unsigned first, unsigned second) {
    if (tok(p) != first || tok_ahead(p, 1) != second)
        return false;
    parse_advance(p);
    parse_advance(p);
    return true;
}

void parse_expect2(Parser *p, unsigned first, unsigned second) {
    if (parse_expect(p, first))
        parse_expect(p, second);
}

void parse_expect3(Parser *p, unsigned first, unsigned second, unsigned third) {
    parse_expect2(p, first, second);
    parse_expect(p, third);
}

/* ---- errors ---- */

void parse_fail(Parser *p, int32_t location, Status error) {
    if (p->failed) {
        status_free(error);
        return;
    }
    p->error = status_at(error, location);
    p->failed = true;
    p->current = p->window + 1;
    p->refill_at = p->window + ARRAY_LEN(p->window);
    for (uint32_t i = 0; i < ARRAY_LEN(p->window); i++)
        p->window[i] = (Token){.kind = TOK_ERROR};
}

void parse_error_near(Parser *p, const char *message) {
    const Token *token = peek(p, 0);
    if (p->failed)
        return;
    /* A word whose role depends on the next one is not known before that one is read. */
    bool waits = token_word_class[token->kind] & WORD_LOOKS_AHEAD;
    if (token->kind == TOK_ERROR || (waits && token[1].kind == TOK_ERROR)) {
        Status error = p->lexer.error;
        p->lexer.error = STATUS_OK;
        parse_fail(p, -1, error);
        return;
    }
    Status error = token->kind == TOK_END
                       ? error(ERR_SYNTAX_ERROR, "%s at end of input", message)
                       : error(ERR_SYNTAX_ERROR, "%s at or near \"%.*s\"", message,
                               (int)(token->end - token->start), p->lexer.input + token->start);
    parse_fail(p, (int32_t)token->start, error);
}

void parse_error_near_last(Parser *p, const char *message) {
    const Token *last = p->current - 1;
    parse_fail(p, (int32_t)last->start,
               error(ERR_SYNTAX_ERROR, "%s at or near \"%.*s\"", message,
                     (int)(last->end - last->start), p->lexer.input + last->start));
}

void parse_syntax_error(Parser *p) { parse_error_near(p, "syntax error"); }

bool parse_too_deep(Parser *p) {
    parse_error_near(p, "memory exhausted");
    return false;
}

Ast *parse_nothing(Parser *p) { return NEW(p, Ast, AST_INVALID, -1); }

/* ---- entry points ---- */

static const ParseOptions default_options = {.standard_conforming_strings = true,
                                             .escape_string_warning = true};

static Status parser_init(Parser *p, Arena *arena, const char *text, size_t len,
                          const ParseOptions *options) {
    if (len >= INT32_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "query string is too long");
    if (options == NULL)
        options = &default_options;
    p->arena = arena;
    p->depth = 0;
    p->depth_max = options->depth_max != 0 ? options->depth_max : PARSE_DEPTH_DEFAULT;
    p->failed = false;
    p->table_form = TABLE_FORM_ANY;
    p->error = STATUS_OK;
    lexer_init_copy(&p->lexer, arena, text, (uint32_t)len, options);
    p->window[0] = (Token){.kind = ';'};
    p->current = p->window + 1;
    p->count = 1;
    parse_refill(p);
    return STATUS_OK;
}

static Status parser_done(Parser *p) {
    check(p->failed || p->depth == 0);
    lexer_done(&p->lexer);
    return p->failed ? p->error : arena_check(p->arena);
}

Status parse_sql(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                 AstList *statements_out) {
    Parser p;
    *statements_out = (AstList){0};
    TRY(parser_init(&p, arena, text, len, options));
    AstList statements = {0};
    do {
        int32_t start = tok_location(&p);
        Ast *statement = parse_statement(&p, true);
        if (statement != NULL && !p.failed) {
            AstRawStatement *raw = NEW(&p, AstRawStatement, AST_RAW_STATEMENT, start);
            raw->length = (int32_t)p.current[-1].end - start;
            raw->statement = statement;
            add(&p, &statements, raw);
        }
    } while (parse_accept(&p, ';'));
    if (tok(&p) != TOK_END)
        parse_syntax_error(&p);
    TRY(parser_done(&p));
    *statements_out = statements;
    return STATUS_OK;
}

Status parse_type_name(Arena *arena, const char *text, size_t len, AstTypeName **type_out) {
    Parser p;
    *type_out = NULL;
    TRY(parser_init(&p, arena, text, len, NULL));
    if (tok(&p) == TOK_END)
        return error(ERR_SYNTAX_ERROR, "invalid type name \"%.*s\"", (int)len, text);
    AstTypeName *type = parse_type(&p);
    if (tok(&p) != TOK_END)
        parse_syntax_error(&p);
    Status status = parser_done(&p);
    if (!status_ok(status)) /* its position is one in the type's name */
        return status_context(status, "invalid type name \"%.*s\"", (int)len, text);
    if (type->setof)
        return error(ERR_SYNTAX_ERROR, "invalid type name \"%.*s\"", (int)len, text);
    *type_out = type;
    return STATUS_OK;
}

Status parse_expression(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                        Ast **expr_out) {
    Parser p;
    *expr_out = NULL;
    TRY(parser_init(&p, arena, text, len, options));
    Ast *expr = parse_a_expr(&p);
    if (tok(&p) != TOK_END)
        parse_syntax_error(&p);
    TRY(parser_done(&p));
    *expr_out = expr;
    return STATUS_OK;
}
