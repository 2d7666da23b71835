/* plpgsql_int.h: what the files of the PL/pgSQL parser share. Private to planner/. */
#ifndef PLANNER_PLPGSQL_INT_H
#define PLANNER_PLPGSQL_INT_H

#include "base/vec.h"
#include "catalog/catalog.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "planner/lexer.h"
#include "planner/plpgsql.h"

/* clang-format off */
/* Words with a meaning of their own, by alphabet; R: reserved. */
#define PL_WORDS(R, U) \
    U(absolute) U(alias) R(all) U(and) U(array) U(assert) U(backward) R(begin) R(by) U(call) \
    R(case) U(chain) U(close) U(collate) U(column) U(column_name) U(commit) U(constant) \
    U(constraint) U(constraint_name) U(continue) U(current) U(cursor) U(datatype) U(debug) \
    R(declare) U(default) U(detail) U(diagnostics) U(do) U(dump) R(else) U(elseif) U(elsif) R(end) \
    U(errcode) U(error) U(exception) R(execute) U(exit) U(fetch) U(first) R(for) R(foreach) \
    U(forward) R(from) U(get) U(hint) R(if) U(import) R(in) U(info) U(insert) R(into) U(is) \
    U(last) U(log) R(loop) U(merge) U(message) U(message_text) U(move) U(next) U(no) R(not) \
    U(notice) R(null) U(open) U(option) R(or) U(perform) U(pg_context) U(pg_datatype_name) \
    U(pg_exception_context) U(pg_exception_detail) U(pg_exception_hint) U(print_strict_params) \
    U(prior) U(query) U(raise) U(relative) U(return) U(returned_sqlstate) U(reverse) U(rollback) \
    U(row_count) U(rowtype) U(schema) U(schema_name) U(scroll) U(slice) U(sqlstate) U(stacked) \
    R(strict) U(table) U(table_name) R(then) R(to) U(type) U(use_column) U(use_variable) R(using) \
    U(variable_conflict) U(warning) R(when) R(while)
/* clang-format on */

/* Tokens: characters and TokenKind below, then these. */
enum {
    PL_TOK_WORD = TOK_KIND_COUNT, /* a name that is no variable */
    PL_TOK_NAMES,                 /* several with dots between, likewise */
    PL_TOK_DATUM,                 /* a variable */
    PL_TOK_KEYWORDS,
#define PL_WORD_ENUM(name) PL_K_##name,
    PL_WORDS(PL_WORD_ENUM, PL_WORD_ENUM)
#undef PL_WORD_ENUM
        PL_TOK_COUNT
};

typedef struct PlToken {
    int kind;
    uint32_t start, end; /* in the source */
    uint32_t place;      /* of its first raw token */
    bool quoted;
    uint32_t name_count; /* words, names, variables */
    const char *names[3];
    PlDatum *datum;
    const char *text; /* of strings */
    int32_t ival;
} PlToken;

/* How names are taken: as variables where known, or not at all. */
typedef enum PlLookup { PL_LOOKUP_NORMAL, PL_LOOKUP_DECLARE, PL_LOOKUP_SQL } PlLookup;

typedef struct PlParser {
    EvalEnv *env;
    Arena *arena;
    const PlannerSettings *settings;
    const PlOptions *options;
    PlTree *tree;
    const char *source;
    uint32_t source_len;
    Token *raw; /* all of it; the last is TOK_END or TOK_ERROR */
    uint32_t raw_count;
    uint32_t at;    /* the next raw token */
    Status lexical; /* of TOK_ERROR */
    PlLookup lookup;
    PlName *names;
    VEC(PlDatum *) datums;
    uint32_t declared_from; /* datums of the DECLARE section being read start here */
    int32_t line;           /* reached so far */
    uint32_t line_at;       /* and the offset that is on it */
} PlParser;

/* ---- plpgsql_lex.c ---- */

Status pl_next(PlParser *p, PlToken *t);
/* The token after what was read, without reading it. */
int pl_peek(PlParser *p);
/* The kind of the raw token `ahead` tokens on. */
uint16_t pl_raw_kind(const PlParser *p, uint32_t ahead);
static inline void pl_back(PlParser *p, const PlToken *t) { p->at = t->place; }
Status pl_expect(PlParser *p, int kind, PlToken *t);
/* Is it the keyword, even where a variable has that name? */
bool pl_is(const PlToken *t, int keyword);
bool pl_is_unreserved(const PlToken *t);
/* "<message> at or near "token"". */
Status pl_syntax(const PlParser *p, const PlToken *t, const char *message);
int32_t pl_line_of(const PlParser *p, uint32_t offset);
const char *pl_names_text(PlParser *p, const PlToken *t);
Status pl_not_variable(PlParser *p, const PlToken *t);
/* A label or other name: keywords that are not reserved, and variables, too. */
Status pl_identifier(PlParser *p, const PlToken *t, const char **name_out);

void pl_level_push(PlParser *p, const char *label, PlNameKind kind);
void pl_level_pop(PlParser *p);
void pl_name_add(PlParser *p, PlNameKind kind, PlDatum *datum, const char *name);
PlDatum *pl_datum_add(PlParser *p, PlDatumKind kind, const char *name, int32_t line);

/* ---- plpgsql_sql.c ---- */

typedef struct PlConstruct {
    int until[3]; /* token kinds that end it; 0: none */
    const char *expected;
    PlExprMode mode;
    bool is_expression; /* how errors call it */
    bool check;
    /* out */
    PlToken end;
    uint32_t start;
} PlConstruct;
/* Reads SQL up to one of the tokens, which is consumed. */
Status pl_read_sql(PlParser *p, PlConstruct *construct, PlExpr **expr_out);
Status pl_read_expr(PlParser *p, int until, const char *expected, PlExpr **expr_out);
/* Ends at either; *end_out says at which. end_out may be NULL. */
Status pl_read_expr2(PlParser *p, int until, int until2, const char *expected, PlExpr **expr_out,
                     PlToken *end_out);
Status pl_read_statement(PlParser *p, PlExpr **expr_out);
/* Expressions with commas between, up to ; or `until` (0: none). */
Status pl_using_list(PlParser *p, int until, const char *expected, PlExprs *params, PlToken *end);
PlExpr *pl_expr_make(PlParser *p, PlExprMode mode, const char *text, int32_t location);
/* Parses it; mistakes are placed from `location` in the source on. */
Status pl_check_sql(PlParser *p, const PlExpr *expr, int32_t location);
const char *pl_slice(PlParser *p, uint32_t start, uint32_t end);

/* ---- plpgsql_decl.c ---- */

Status pl_declarations(PlParser *p, PlBlock *block);
Status pl_type_make(PlParser *p, Oid oid, int32_t typmod, Oid collation, PlType *type_out);
Status pl_variable_add(PlParser *p, const char *name, int32_t line, const PlType *type,
                       bool name_it, PlDatum **datum_out);
PlDatum *pl_record_add(PlParser *p, const char *name, int32_t line, bool name_it);
PlDatum *pl_row_add(PlParser *p, PlDatum **parts, const char **names, uint32_t count, int32_t line);
Status pl_check_assignable(PlParser *p, const PlDatum *datum, const PlToken *t);
Status pl_cursor_arguments(PlParser *p, const PlDatum *cursor, int until, PlExpr **expr_out);

/* ---- plpgsql_stmt.c, plpgsql_stmt_sql.c, plpgsql_raise.c ---- */

Status pl_body(PlParser *p, PlBody *body_out);
Status pl_block(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_into_target(PlParser *p, PlDatum **target_out, bool *strict_out);
Status pl_scalar_list(PlParser *p, const PlToken *first, PlDatum **row_out);
void *pl_stmt_make(PlParser *p, size_t bytes, PlStmtKind kind, const PlToken *t);
Status pl_sql_statement(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_execute(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_perform(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_open(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_fetch(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_close(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_raise(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_get_diagnostics(PlParser *p, const PlToken *first, PlStmt **stmt_out);
Status pl_condition(PlParser *p, PlCondition **list_io);
Status pl_for(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out);
Status pl_foreach(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out);
/* Statements up to END LOOP [label];. */
Status pl_loop_body(PlParser *p, const char *label, PlBody *body_out);

#endif
