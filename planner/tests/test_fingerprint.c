/* test_fingerprint.c: which texts share a key, and what the literals are. */
#include "planner/fingerprint.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Arena arena;

static void setup(void) { arena_init(&arena, mem_root()); }
static void teardown(void) { arena_destroy(&arena); }

static Fingerprint compute(const char *text) {
    Fingerprint f;
    ck_assert_msg(fingerprint_compute(&arena, text, strlen(text), NULL, &f), "%s", text);
    return f;
}

static bool same(const char *a, const char *b) {
    Fingerprint x = compute(a), y = compute(b);
    bool equal = x.key_len == y.key_len && memcmp(x.key, y.key, x.key_len) == 0;
    ck_assert_int_eq(equal, x.hash == y.hash);
    return equal;
}

START_TEST(literals_are_not_in_the_key) {
    ck_assert(same("SELECT a FROM t WHERE b = 1", "select  A from T /* x */ where b=2"));
    ck_assert(same("SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = E'y\\n'"));
    ck_assert(same("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (-1 + 2, 'b')") == false);
    ck_assert(same("UPDATE t SET a = a + 5 WHERE b = 7;", "UPDATE t SET a = a + 6 WHERE b = 8"));
    ck_assert(same("INSERT INTO t AS x VALUES (1)", "INSERT INTO t AS x VALUES (2)"));
    ck_assert(same("SELECT x::int IN (1, 2)", "SELECT x::int IN (3, 4)"));
    ck_assert(same("SELECT \"a\" FROM t", "SELECT a FROM t"));
    ck_assert(same("WITH c AS (SELECT 1) SELECT 2 FROM c", "WITH c AS (SELECT 3) SELECT 4 FROM c"));
}
END_TEST

START_TEST(the_rest_is) {
    ck_assert(!same("SELECT a FROM t", "SELECT b FROM t"));
    ck_assert(!same("SELECT 1", "SELECT 1.0"));
    ck_assert(!same("SELECT 1", "SELECT '1'"));
    ck_assert(!same("SELECT 1", "SELECT 3000000000"));
    ck_assert(!same("SELECT 3000000000", "SELECT 9999999999999999999"));
    ck_assert(!same("SELECT $1", "SELECT $2"));
    ck_assert(!same("SELECT a + 1", "SELECT a - 1"));
    ck_assert(!same("SELECT a @> 1", "SELECT a <@ 1"));
    ck_assert(!same("SELECT a IN (1)", "SELECT a IN (1, 2)"));
    ck_assert(!same("SELECT ab c", "SELECT a bc"));
    ck_assert(!same("SELECT \"A\"", "SELECT a"));
}
END_TEST

START_TEST(some_literals_stay) {
    ck_assert(!same("SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2"));
    ck_assert(!same("SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2"));
    ck_assert(!same("SELECT a FROM t OFFSET 1", "SELECT a FROM t OFFSET 2"));
    ck_assert(!same("SELECT a FROM t FETCH FIRST 1 ROWS ONLY",
                    "SELECT a FROM t FETCH FIRST 2 ROWS ONLY"));
    ck_assert(!same("SELECT a::numeric(3)", "SELECT a::numeric(4)"));
    ck_assert(!same("SELECT CAST(a AS s.t(3))", "SELECT CAST(a AS s.t(4))"));
    ck_assert(!same("SELECT CURRENT_TIMESTAMP(1)", "SELECT CURRENT_TIMESTAMP(2)"));
    ck_assert(!same("SELECT INTERVAL '1' YEAR", "SELECT INTERVAL '2' YEAR"));
    ck_assert(!same("SELECT '1'::interval year", "SELECT '2'::interval year"));
    ck_assert(!same("SELECT a + 1, count(*) FROM t GROUP BY a + 1",
                    "SELECT a + 2, count(*) FROM t GROUP BY a + 2"));
    ck_assert(!same("SELECT DISTINCT a + 1 FROM t", "SELECT DISTINCT a + 2 FROM t"));
    ck_assert(same("SELECT a IS DISTINCT FROM 1", "SELECT a IS DISTINCT FROM 2"));
    ck_assert(!same("SELECT sum(a) OVER (ORDER BY b + 1)", "SELECT sum(a) OVER (ORDER BY b + 2)"));
    ck_assert(same("SELECT * FROM (SELECT a FROM t ORDER BY b LIMIT 1) x WHERE a = 1",
                   "SELECT * FROM (SELECT a FROM t ORDER BY b LIMIT 1) x WHERE a = 2"));
    ck_assert(same("INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b > 1 DO UPDATE SET c = 1",
                   "INSERT INTO t VALUES (2) ON CONFLICT (a) WHERE b > 1 DO UPDATE SET c = 2"));
    ck_assert(!same("INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b > 1 DO NOTHING",
                    "INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b > 2 DO NOTHING"));
}
END_TEST

START_TEST(literals_are_told) {
    Fingerprint f = compute("SELECT -5, 'it''s', 1.5, x'1F', 7 FROM t LIMIT 9");
    ck_assert_uint_eq(f.literal_count, 6);
    ck_assert_int_eq(f.literals[0].kind, LITERAL_INT4);
    ck_assert_int_eq(f.literals[0].ival, 5);
    ck_assert_int_eq(f.literals[0].location, 8);
    ck_assert_int_eq(f.literals[0].minus_location, 7);
    ck_assert_int_eq(f.literals[1].kind, LITERAL_STRING);
    ck_assert_str_eq(f.literals[1].text, "it's");
    ck_assert_int_eq(f.literals[1].minus_location, -1);
    ck_assert_str_eq(f.literals[2].text, "1.5");
    ck_assert_str_eq(f.literals[3].text, "x1F");
    ck_assert(!f.literals[4].in_key);
    ck_assert(f.literals[5].in_key);
}
END_TEST

START_TEST(not_for_the_cache) {
    static const char *const texts[] = {
        "",          "BEGIN",     "CREATE TABLE t (a int)", "SELECT 1; SELECT 2", "SELECT 'a",
        "SELECT (1", "SELECT 1)", "SELECT mytype(3) 'x'",   "EXPLAIN SELECT 1"};
    Fingerprint f;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        ck_assert_msg(!fingerprint_compute(&arena, texts[i], strlen(texts[i]), NULL, &f), "%s",
                      texts[i]);
        ck_assert_ptr_null(f.key);
    }
    char *deep = malloc(1000);
    memset(deep, '(', 1000);
    ck_assert(!fingerprint_compute(&arena, deep, 1000, NULL, &f));
    free(deep);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fingerprint");
    TCase *cases = tcase_create("fingerprint");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, literals_are_not_in_the_key);
    tcase_add_test(cases, the_rest_is);
    tcase_add_test(cases, some_literals_stay);
    tcase_add_test(cases, literals_are_told);
    tcase_add_test(cases, not_for_the_cache);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
