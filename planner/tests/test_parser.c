/* test_parser.c: the parser by itself, and against PostgreSQL's where libpg_query is installed. */
#include "planner/lexer.h"
#include "planner/parser.h"
#include "planner/tests/ast_print.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_PG_QUERY
#include <pg_query.h>
#endif

static Arena arena;

static void setup(void) { arena_init(&arena, mem_root()); }
static void teardown(void) { arena_destroy(&arena); }

static Ast *parse_one(const char *text) {
    AstList list;
    Status status = parse_sql(&arena, text, strlen(text), NULL, &list);
    ck_assert_msg(status_ok(status), "%s: %s", text,
                  status_ok(status) ? "" : status.error->message);
    ck_assert_uint_eq(list.count, 1);
    return AST_AT(AstRawStatement, list, 0)->statement;
}

static const char *print_expr(const char *text) {
    Ast *expr;
    StrBuf buf;
    Status status = parse_expression(&arena, text, strlen(text), NULL, &expr);
    ck_assert_msg(status_ok(status), "%s: %s", text,
                  status_ok(status) ? "" : status.error->message);
    strbuf_init(&buf, &arena);
    ast_print_expr(&buf, expr);
    return strbuf_cstr(&buf);
}

START_TEST(every_keyword_finds_itself) {
    for (uint32_t i = 0; i < keyword_count; i++) {
        const Keyword *keyword = &keyword_table[i];
        char upper[sizeof(keyword->name)];
        ck_assert_uint_eq(strlen(keyword->name), keyword->len);
        ck_assert_uint_le(keyword->len, KEYWORD_LEN_MAX);
        for (size_t c = 0; c < sizeof(upper); c++)
            upper[c] = keyword->name[c] >= 'a' ? (char)(keyword->name[c] - 32) : keyword->name[c];
        upper[keyword->len] = '\0';
        ck_assert_ptr_eq(keyword_find(keyword->name, keyword->len), keyword);
        if (strchr(keyword->name, '_') == NULL)
            ck_assert_ptr_eq(keyword_find(upper, keyword->len), keyword);
        ck_assert_ptr_ne(keyword_find(keyword->name, keyword->len - 1u), keyword);
        if (i > 0)
            ck_assert_str_lt(keyword_table[i - 1].name, keyword->name);
    }
    ck_assert_ptr_null(keyword_find("fnord", 5));
    ck_assert_ptr_null(keyword_find("", 0));
    ck_assert_ptr_null(keyword_find("current_timestamq", 17));
    ck_assert_ptr_null(keyword_find("current_timestamps", 18));
    ck_assert(identifier_needs_quotes("select", 6));
    ck_assert(identifier_needs_quotes("Abc", 3));
    ck_assert(identifier_needs_quotes("1a", 2));
    ck_assert(identifier_needs_quotes("", 0));
    ck_assert(!identifier_needs_quotes("abort", 5));
    ck_assert(!identifier_needs_quotes("a_1", 3));
}
END_TEST

START_TEST(expressions_nest_by_precedence) {
    static const char *const cases[][2] = {
        {"a + b * c", "(a + (b * c))"},
        {"a - b - c", "((a - b) - c)"},
        {"- a ^ 2", "((- a) ^ 2)"},
        {"a OR b AND NOT c = d", "(a OR (b AND (NOT (c = d))))"},
        {"a = b IS NULL", "((a = b) IS NULL)"},
        {"a || b < c || d", "((a || b) < (c || d))"},
        {"a IN (1) IN (true)", "((a IN (1)) IN (TRUE))"},
        {"a BETWEEN b = c AND d AND e", "((a BETWEEN (b = c) AND d) AND e)"},
        {"x::int::text COLLATE c || y", "((((((x)::pg_catalog.int4))::text) COLLATE c) || y)"},
        {"a AND b AND (c AND d)", "(a AND b AND (c AND d))"},
        {"a NOT LIKE b ESCAPE c", "(a NOT LIKE b ESCAPE c)"},
        {"a AT TIME ZONE b AT TIME ZONE c", "((a AT TIME ZONE b) AT TIME ZONE c)"},
        {"-1", "-1"},
        {"- 1.5", "-1.5"},
        {"a[1].b[2:3]", "a[1].b[2:3]"},
        {"((a, b)) = ROW(1)", "((a, b) = ROW(1))"},
        {"a = ANY (b) OR c <> ALL (d)", "((a = ANY (b)) OR (c <> ALL (d)))"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_str_eq(print_expr(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(literals_are_decoded) {
    static const char *const strings[][2] = {
        {"'it''s'", "it's"},
        {"'a'\n 'b' -- c\n 'd'", "abd"},
        {"'a' -- c\n'b'", "ab"},
        {"E'\\t\\x41\\102\\u0043\\'\\q'", "\tABC'q"},
        {"E'\\U0001F600'", "\xF0\x9F\x98\x80"},
        {"E'\\uD83D\\uDE00'", "\xF0\x9F\x98\x80"},
        {"U&'\\0041!0042' UESCAPE '!'", "\\0041B"},
        {"U&'d\\0061t\\+000061'", "data"},
        {"$$a'b$$", "a'b"},
        {"$x$ $$ $y$ $x$", " $$ $y$ "},
    };
    for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
        Ast *expr;
        Status s = parse_expression(&arena, strings[i][0], strlen(strings[i][0]), NULL, &expr);
        ck_assert_msg(status_ok(s), "%s", strings[i][0]);
        ck_assert_int_eq(expr->tag, AST_CONST);
        ck_assert_str_eq(((AstConst *)expr)->text, strings[i][1]);
        ck_assert_uint_eq(((AstConst *)expr)->text_len, strlen(strings[i][1]));
    }
    ck_assert_str_eq(print_expr("2147483647"), "2147483647");
    AstConst *big = NULL;
    Ast *expr;
    ck_assert(status_ok(parse_expression(&arena, "2147483648", 10, NULL, &expr)));
    big = (AstConst *)expr;
    ck_assert_int_eq(big->kind, AST_CONST_FLOAT);
    ck_assert(status_ok(parse_expression(&arena, "000000000000012", 15, NULL, &expr)));
    ck_assert_int_eq(((AstConst *)expr)->ival, 12);
    ck_assert(status_ok(parse_expression(&arena, "x'1F'", 5, NULL, &expr)));
    ck_assert_str_eq(((AstConst *)expr)->text, "x1F");
}
END_TEST

START_TEST(names_are_folded_and_cut) {
    ParseNotices notices = {0};
    ParseOptions options = PARSE_DEFAULTS;
    AstList list;
    options.notices = &notices;
    AstColumnRef *column;
    Ast *expr;
    ck_assert(status_ok(parse_expression(&arena, "AbC.\"DeF\".GHI", 13, NULL, &expr)));
    column = (AstColumnRef *)expr;
    ck_assert_str_eq(str_list_join(&arena, &column->fields), "abc.DeF.ghi");
    const char *text =
        "SELECT a1234567890123456789012345678901234567890123456789012345678901234567890";
    ck_assert(status_ok(parse_sql(&arena, text, strlen(text), &options, &list)));
    ck_assert_ptr_nonnull(notices.first);
    ck_assert_ptr_null(notices.first->next);
    ck_assert_int_eq(notices.first->location, 7);
    ck_assert_ptr_nonnull(strstr(notices.first->message, "will be truncated to \"a12345"));
}
END_TEST

START_TEST(statements_have_their_bytes) {
    AstList list;
    const char *text = " select 1 ; ;/* x */ begin; update t set a = 1 -- y\n";
    ck_assert(status_ok(parse_sql(&arena, text, strlen(text), NULL, &list)));
    ck_assert_uint_eq(list.count, 3);
    ck_assert_int_eq(list.items[0]->location, 1);
    ck_assert_int_eq(AST_AT(AstRawStatement, list, 0)->length, 8);
    ck_assert_int_eq(AST_AT(AstRawStatement, list, 1)->statement->tag, AST_TRANSACTION);
    ck_assert_int_eq(AST_AT(AstRawStatement, list, 2)->length, 18);
    ck_assert(status_ok(parse_sql(&arena, "", 0, NULL, &list)));
    ck_assert_uint_eq(list.count, 0);
    ck_assert(status_ok(parse_sql(&arena, "-- nothing", 10, NULL, &list)));
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(trees_hold_what_was_written) {
    AstSelect *select = (AstSelect *)parse_one(
        "WITH c AS (SELECT 1) SELECT DISTINCT a AS b FROM t AS x (y) JOIN u USING (i) "
        "WHERE c GROUP BY d HAVING e ORDER BY f DESC NULLS LAST LIMIT 5 OFFSET 6 FOR UPDATE");
    ck_assert_int_eq(select->tag, AST_SELECT);
    ck_assert_uint_eq(select->with->ctes.count, 1);
    ck_assert(select->distinct);
    ck_assert_str_eq(AST_AT(AstTarget, select->targets, 0)->name, "b");
    AstJoin *join = AST_AT(AstJoin, select->from, 0);
    ck_assert_str_eq(((AstRangeVar *)join->left)->alias->name, "x");
    ck_assert_uint_eq(join->using_columns.count, 1);
    ck_assert_int_eq(AST_AT(AstSortBy, select->order_by, 0)->nulls, AST_NULLS_LAST);
    ck_assert_int_eq(((AstConst *)select->limit)->ival, 5);
    ck_assert_int_eq(AST_AT(AstLocking, select->locking, 0)->strength, AST_LOCK_UPDATE);

    AstInsert *insert = (AstInsert *)parse_one("INSERT INTO s.t (a, b.c) VALUES (1, DEFAULT) ON "
                                               "CONFLICT (a) DO UPDATE SET (x, y) = (1, 2) "
                                               "RETURNING *");
    ck_assert_str_eq(insert->relation->schema, "s");
    ck_assert_uint_eq(insert->columns.count, 2);
    ck_assert_uint_eq(insert->source->values.count, 1);
    ck_assert(insert->on_conflict->update);
    AstSetClause *set = AST_AT(AstSetClause, insert->on_conflict->set, 0);
    ck_assert(set->multiple);
    ck_assert_uint_eq(set->targets.count, 2);
    ck_assert_uint_eq(insert->returning.count, 1);

    AstCreateTable *table = (AstCreateTable *)parse_one(
        "CREATE TEMP TABLE t (a numeric(10, 2)[] NOT NULL DEFAULT 1, PRIMARY KEY (a) DEFERRABLE)");
    ck_assert_int_eq(table->relation->persistence, AST_PERSISTENCE_TEMPORARY);
    AstColumnDef *column = AST_AT(AstColumnDef, table->elements, 0);
    ck_assert_uint_eq(column->type->typmods.count, 2);
    ck_assert_uint_eq(column->type->bound_count, 1);
    ck_assert_uint_eq(column->constraints.count, 2);
    AstConstraint *key = AST_AT(AstConstraint, table->elements, 1);
    ck_assert_int_eq(key->kind, AST_CONSTRAINT_PRIMARY_KEY);
    ck_assert(key->deferrable);

    AstFuncCall *call =
        (AstFuncCall *)AST_AT(
            AstTarget,
            ((AstSelect *)parse_one("SELECT f(DISTINCT a ORDER BY b) FILTER (WHERE c) OVER "
                                    "(PARTITION BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"))
                ->targets,
            0)
            ->value;
    ck_assert(call->distinct);
    ck_assert_ptr_nonnull(call->filter);
    ck_assert_int_eq(call->over->frame_mode, AST_FRAME_ROWS);
    ck_assert_int_eq(call->over->frame_start, AST_BOUND_PRECEDING);
    ck_assert_int_eq(call->over->frame_end, AST_BOUND_CURRENT_ROW);
}
END_TEST

START_TEST(type_names_stand_alone) {
    AstTypeName *type;
    ck_assert(status_ok(parse_type_name(&arena, "timestamp(3) with time zone", 27, &type)));
    ck_assert_str_eq(str_list_join(&arena, &type->names), "pg_catalog.timestamptz");
    Status status = parse_type_name(&arena, "int4 x", 6, &type);
    ck_assert(!status_ok(status));
    ck_assert_int_eq(status.error->byte_location, 5);
    ck_assert_str_eq(status.error->context, "invalid type name \"int4 x\"");
    status_free(status);
    status = parse_type_name(&arena, "setof int", 9, &type);
    ck_assert_str_eq(status.error->message, "invalid type name \"setof int\"");
    status_free(status);
    status = parse_type_name(&arena, " ", 1, &type);
    ck_assert_str_eq(status.error->message, "invalid type name \" \"");
    status_free(status);
}
END_TEST

static const struct {
    const char *text;
    const char *message;
    int32_t location;
    SqlState state;
} refused[] = {
    {"SELECT 1 FROM", "syntax error at end of input", 13, ERR_SYNTAX_ERROR},
    {"SELEC 1", "syntax error at or near \"SELEC\"", 0, ERR_SYNTAX_ERROR},
    {"SELECT 'a", "unterminated quoted string at or near \"'a\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT \"a", "unterminated quoted identifier at or near \"\"a\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT \"\"", "zero-length delimited identifier at or near \"\"\"\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT $$a", "unterminated dollar-quoted string at or near \"$$a\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT /* a", "unterminated /* comment at or near \"/* a\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT b'1", "unterminated bit string literal at or near \"b'1\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT 123abc", "trailing junk after numeric literal at or near \"123abc\"", 7,
     ERR_SYNTAX_ERROR},
    {"SELECT 1e+", "trailing junk after numeric literal at or near \"1e+\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT $1x", "trailing junk after parameter at or near \"$1x\"", 7, ERR_SYNTAX_ERROR},
    {"SELECT E'\\u12'", "invalid Unicode escape", 9, ERR_INVALID_ESCAPE_SEQUENCE},
    {"SELECT E'\\uDC00'", "invalid Unicode surrogate pair at or near \"\\uDC00\"", 9,
     ERR_SYNTAX_ERROR},
    {"SELECT E'\\xff'", "invalid byte sequence for encoding \"UTF8\": 0xff", -1,
     ERR_CHARACTER_NOT_IN_REPERTOIRE},
    {"SELECT U&'\\00'", "invalid Unicode escape", 10, ERR_SYNTAX_ERROR},
    {"SELECT U&'a' UESCAPE '+'", "invalid Unicode escape character at or near \"'+'\"", 21,
     ERR_SYNTAX_ERROR},
    {"SELECT a < b < c", "syntax error at or near \"<\"", 13, ERR_SYNTAX_ERROR},
    {"SELECT a.*.b", "improper use of \"*\" at end of input", 12, ERR_SYNTAX_ERROR},
    {"SELECT * FROM (SELECT 1)", "subquery in FROM must have an alias", 14, ERR_SYNTAX_ERROR},
    {"SELECT 1 LIMIT 1, 2", "LIMIT #,# syntax is not supported", 9, ERR_SYNTAX_ERROR},
    {"(SELECT 1 ORDER BY 1) ORDER BY 2", "multiple ORDER BY clauses not allowed", 31,
     ERR_SYNTAX_ERROR},
    {"SELECT 1 FROM a.b.c.d", "improper qualified name (too many dotted names): a.b.c.d", 14,
     ERR_SYNTAX_ERROR},
    {"SELECT float(54) '1'", "precision for type float must be less than 54 bits", 13,
     ERR_INVALID_PARAMETER_VALUE},
    {"SELECT sum(a) OVER (ROWS UNBOUNDED FOLLOWING)", "frame start cannot be UNBOUNDED FOLLOWING",
     25, ERR_WINDOWING_ERROR},
    {"CREATE TABLE t (a int COLLATE \"x\" COLLATE \"y\")", "multiple COLLATE clauses not allowed",
     34, ERR_SYNTAX_ERROR},
    {"CREATE ROLE none", "role name \"none\" is reserved", 12, ERR_RESERVED_NAME},
    {"CREATE ROLE current_user", "CURRENT_USER cannot be used as a role name here", 12,
     ERR_RESERVED_NAME},
    {"DROP OPERATOR + (int)", "missing argument", 20, ERR_SYNTAX_ERROR},
    {"SELECT 1; SELEKT 2", "syntax error at or near \"SELEKT\"", 10, ERR_SYNTAX_ERROR},
};

START_TEST(errors_say_what_and_where) {
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        AstList list;
        Status status = parse_sql(&arena, refused[i].text, strlen(refused[i].text), NULL, &list);
        ck_assert_msg(!status_ok(status), "%s", refused[i].text);
        ck_assert_uint_eq(list.count, 0);
        ck_assert_str_eq(status.error->message, refused[i].message);
        ck_assert_int_eq(status.error->byte_location, refused[i].location);
        ck_assert_int_eq(status.error->state, refused[i].state);
        status_free(status);
    }
}
END_TEST

START_TEST(nesting_is_bounded) {
    static const char *const open[] = {"(", "f(", "- ", "(SELECT ", "ARRAY[", "CASE WHEN ", "NOT "};
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        StrBuf text;
        AstList list;
        strbuf_init(&text, &arena);
        strbuf_puts(&text, "SELECT ");
        for (int n = 0; n < 10000; n++)
            strbuf_puts(&text, open[i]);
        Status status = parse_sql(&arena, text.data, text.len, NULL, &list);
        ck_assert_int_eq(status.error->state, ERR_SYNTAX_ERROR);
        ck_assert_ptr_nonnull(strstr(status.error->message, "memory exhausted at or near"));
        status_free(status);
    }
    /* Long is not deep. */
    StrBuf text;
    AstList list;
    strbuf_init(&text, &arena);
    strbuf_puts(&text, "SELECT 1");
    for (int n = 0; n < 100000; n++)
        strbuf_puts(&text, n % 2 ? " + 1" : " OR a");
    ck_assert(status_ok(parse_sql(&arena, text.data, text.len, NULL, &list)));
}
END_TEST

START_TEST(old_strings_have_escapes) {
    ParseNotices notices = {0};
    ParseOptions options = PARSE_DEFAULTS;
    Ast *expr;
    options.standard_conforming_strings = false;
    options.notices = &notices;
    ck_assert(status_ok(parse_expression(&arena, "'a\\n\\'b'", 8, &options, &expr)));
    ck_assert_str_eq(((AstConst *)expr)->text, "a\n'b");
    ck_assert_str_eq(notices.first->message, "nonstandard use of escape in a string literal");
    ck_assert(notices.first->warning);
    options.backslash_quote = BACKSLASH_QUOTE_OFF;
    Status status = parse_expression(&arena, "'\\''", 4, &options, &expr);
    ck_assert_str_eq(status.error->message, "unsafe use of \\' in a string literal");
    status_free(status);
    status = parse_expression(&arena, "U&'a'", 5, &options, &expr);
    ck_assert_int_eq(status.error->state, ERR_FEATURE_NOT_SUPPORTED);
    status_free(status);
}
END_TEST

/* ---- the corpus ---- */

/* Calls visit with each statement: they are separated by a semicolon at the end of a line. */
static void for_each_statement(void (*visit)(const char *text, size_t len)) {
    FILE *f = fopen(CORPUS, "rb");
    static char text[1 << 17];
    ck_assert_ptr_nonnull(f);
    size_t len = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    ck_assert_uint_lt(len, sizeof(text) - 1);
    text[len] = '\0';
    char *start = text, *end;
    while ((end = strstr(start, ";\n")) != NULL) {
        *end = '\0';
        visit(start, (size_t)(end - start));
        start = end + 2;
    }
}

static void must_parse(const char *text, size_t len) {
    AstList list;
    Status status = parse_sql(&arena, text, len, NULL, &list);
    ck_assert_msg(status_ok(status), "%s: %s", text,
                  status_ok(status) ? "" : status.error->message);
    ck_assert_uint_eq(list.count, 1);
#ifdef HAVE_PG_QUERY
    PgQueryParseResult theirs = pg_query_parse(text);
    ck_assert_msg(theirs.error == NULL, "PostgreSQL refuses: %s", text);
    pg_query_free_parse_result(theirs);
#endif
    arena_reset(&arena);
}

START_TEST(corpus_parses) { for_each_statement(must_parse); }
END_TEST

/* Whatever is cut off, the parser answers: with a tree or an error, and never reads past the
 * end. */
static void cut_everywhere(const char *text, size_t len) {
    for (size_t n = 0; n < len; n++) {
        AstList list;
        char *exact = malloc(n + 1);
        memcpy(exact, text, n);
        Status status = parse_sql(&arena, exact, n, NULL, &list);
        if (!status_ok(status))
            ck_assert_int_le(status.error->byte_location, (int32_t)n);
        status_free(status);
        free(exact);
        arena_reset(&arena);
    }
}

START_TEST(corpus_survives_cutting) { for_each_statement(cut_everywhere); }
END_TEST

int main(void) {
    Suite *suite = suite_create("parser");
    TCase *cases = tcase_create("parser");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, every_keyword_finds_itself);
    tcase_add_test(cases, expressions_nest_by_precedence);
    tcase_add_test(cases, literals_are_decoded);
    tcase_add_test(cases, names_are_folded_and_cut);
    tcase_add_test(cases, statements_have_their_bytes);
    tcase_add_test(cases, trees_hold_what_was_written);
    tcase_add_test(cases, type_names_stand_alone);
    tcase_add_test(cases, errors_say_what_and_where);
    tcase_add_test(cases, nesting_is_bounded);
    tcase_add_test(cases, old_strings_have_escapes);
    tcase_add_test(cases, corpus_parses);
    tcase_add_test(cases, corpus_survives_cutting);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
