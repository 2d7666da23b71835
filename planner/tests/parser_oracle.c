/*
 * parser_oracle.c: our parser against PostgreSQL's own.
 *
 * parser_oracle compare PATH..   every statement of SQL files, or of the *.sql of directories: both
 *                                  must accept it, or refuse it with the same message and position
 *   parser_oracle fuzz PATH.. N    the same with N statements damaged at random
 * parser_oracle trees N          N random expressions: the trees must agree, seen by parsing ours,
 *                                  printed with all parentheses, again
 *   parser_oracle bench PATH..     time of each on the statements that both accept
 *
 * libpg_query is PostgreSQL 15's parser outside the server. Files are split at semicolons as psql
 * does; psql's own commands and COPY data are dropped. A path that does not exist is skipped.
 */
#include "base/strbuf.h"
#include "planner/lexer.h"
#include "planner/parser.h"
#include "planner/tests/ast_print.h"

#include <dirent.h>
#include <pg_query.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* The library's entry without protobuf; its header does not declare it. */
typedef struct {
    void *tree;
    char *stderr_buffer;
    PgQueryError *error;
} RawParse;
void *pg_query_enter_memory_context(void);
void pg_query_exit_memory_context(void *context);
RawParse pg_query_raw_parse(const char *text);

typedef struct Statement {
    char *text;
    uint32_t len;
    uint32_t line;
    const char *file;
} Statement;

typedef struct Corpus {
    Statement *items;
    uint32_t count;
    uint32_t capacity;
    Arena arena;
} Corpus;

static void add_statement(Corpus *corpus, const char *text, size_t len, const char *file,
                          uint32_t line) {
    while (len > 0 && (unsigned char)*text <= ' ')
        line += *text == '\n', text++, len--;
    while (len > 0 && (unsigned char)text[len - 1] <= ' ')
        len--;
    if (len == 0)
        return;
    if (corpus->count == corpus->capacity) {
        uint32_t capacity = corpus->capacity == 0 ? 1024 : corpus->capacity * 2;
        corpus->items =
            arena_grow(&corpus->arena, corpus->items, corpus->capacity * sizeof(Statement),
                       capacity * sizeof(Statement));
        corpus->capacity = capacity;
    }
    corpus->items[corpus->count++] =
        (Statement){arena_strndup(&corpus->arena, text, len), (uint32_t)len, line, file};
}

/* ---- splitting as psql ---- */

typedef struct Splitter {
    Corpus *corpus;
    const char *file;
    const char *s;
    const char *end;
    const char *start;
    uint32_t line;
    uint32_t start_line;
    int parens;
    int begin_depth;
    uint32_t words;
    bool create_function;
    bool copy_from_stdin;
    StrBuf text;
} Splitter;

static bool word_at(const char *s, const char *end, const char *word) {
    size_t len = strlen(word);
    return (size_t)(end - s) >= len && strncasecmp(s, word, len) == 0;
}

static bool is_word_char(char c) {
    return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static void take(Splitter *x, size_t n) {
    for (size_t i = 0; i < n && x->s < x->end; i++) {
        if (*x->s == '\n')
            x->line++;
        strbuf_putc(&x->text, *x->s++);
    }
}

static void take_quoted(Splitter *x, char quote, bool escapes) {
    take(x, 1);
    while (x->s < x->end && *x->s != quote)
        take(x, escapes && *x->s == '\\' ? 2 : 1);
    take(x, 1);
}

static bool take_dollar(Splitter *x) {
    const char *tag = x->s + 1;
    while (tag < x->end && is_word_char(*tag) && *tag != '$')
        tag++;
    if (tag >= x->end || *tag != '$' || (x->s + 1 < tag && x->s[1] >= '0' && x->s[1] <= '9'))
        return false;
    size_t len = (size_t)(tag - x->s) + 1;
    const char *close = memmem(tag + 1, (size_t)(x->end - tag - 1), x->s, len);
    take(x, close != NULL ? (size_t)(close - x->s) + len : (size_t)(x->end - x->s));
    return true;
}

static void take_comment(Splitter *x) {
    int depth = 0;
    do {
        if (word_at(x->s, x->end, "/*"))
            depth++, take(x, 2);
        else if (word_at(x->s, x->end, "*/"))
            depth--, take(x, 2);
        else
            take(x, 1);
    } while (depth > 0 && x->s < x->end);
}

static void finish_statement(Splitter *x) {
    add_statement(x->corpus, strbuf_cstr(&x->text), x->text.len, x->file, x->start_line);
    strbuf_truncate(&x->text, 0);
    x->parens = x->begin_depth = 0;
    x->words = 0;
    x->create_function = false;
    x->start_line = x->line;
}

/* COPY .. FROM STDIN: the data up to \. */
static void skip_copy_data(Splitter *x) {
    while (x->s < x->end && *x->s != '\n')
        x->s++;
    while (x->s < x->end && !word_at(x->s, x->end, "\n\\.\n"))
        x->line += *x->s == '\n', x->s++;
    x->s = x->s + 4 < x->end ? x->s + 4 : x->end;
}

static void take_word(Splitter *x) {
    const char *s = x->s;
    size_t len = 0;
    while (s + len < x->end && is_word_char(s[len]))
        len++;
    x->words++;
    if ((s[0] | 0x20) == 'e' && len == 1 && s + 1 < x->end && s[1] == '\'') {
        take(x, 1);
        take_quoted(x, '\'', true);
        return;
    }
    if (x->words == 1)
        x->copy_from_stdin = len == 4 && word_at(s, x->end, "copy");
    if (x->words >= 2 && x->words <= 4 &&
        ((len == 8 && word_at(s, x->end, "function")) ||
         (len == 9 && word_at(s, x->end, "procedure"))))
        x->create_function = true;
    if (x->create_function && len == 5 && word_at(s, x->end, "begin"))
        x->begin_depth++;
    if (x->create_function && len == 4 && word_at(s, x->end, "case") && x->begin_depth > 0)
        x->begin_depth++;
    if (x->create_function && len == 3 && word_at(s, x->end, "end") && x->begin_depth > 0)
        x->begin_depth--;
    take(x, len);
}

static void split(Corpus *corpus, const char *file, const char *text, size_t len) {
    Splitter x = {
        .corpus = corpus, .file = file, .s = text, .end = text + len, .line = 1, .start_line = 1};
    strbuf_init(&x.text, &corpus->arena);
    while (x.s < x.end) {
        char c = *x.s;
        if (c == '\'')
            take_quoted(&x, '\'', false);
        else if (c == '"')
            take_quoted(&x, '"', false);
        else if (c == '$' && take_dollar(&x))
            continue;
        else if (word_at(x.s, x.end, "--"))
            while (x.s < x.end && *x.s != '\n')
                take(&x, 1);
        else if (word_at(x.s, x.end, "/*"))
            take_comment(&x);
        else if (c == '\\') {
            /* A psql command ends the line and, if it is \g or the like, the statement. */
            bool sends = word_at(x.s, x.end, "\\g") || word_at(x.s, x.end, "\\crosstab");
            while (x.s < x.end && *x.s != '\n')
                x.s++;
            if (sends)
                finish_statement(&x);
        } else if (c == ';' && x.parens <= 0 && x.begin_depth == 0) {
            x.s++;
            bool copy = x.copy_from_stdin && strcasestr(strbuf_cstr(&x.text), "stdin") != NULL;
            finish_statement(&x);
            if (copy)
                skip_copy_data(&x);
        } else if (is_word_char(c))
            take_word(&x);
        else {
            x.parens += c == '(' ? 1 : c == ')' ? -1 : 0;
            take(&x, 1);
        }
    }
    finish_statement(&x);
}

static void read_file(Corpus *corpus, const char *path) {
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return;
    StrBuf buf;
    char block[4096];
    size_t n;
    strbuf_init(&buf, &corpus->arena);
    while ((n = fread(block, 1, sizeof(block), f)) > 0)
        strbuf_append(&buf, block, n);
    fclose(f);
    split(corpus, arena_strdup(&corpus->arena, path), strbuf_cstr(&buf), buf.len);
}

static int sql_only(const struct dirent *entry) {
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0;
}

static void read_path(Corpus *corpus, const char *path) {
    struct stat st;
    struct dirent **entries;
    if (stat(path, &st) != 0) {
        printf("%s: not there, skipped\n", path);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        read_file(corpus, path);
        return;
    }
    int count = scandir(path, &entries, sql_only, alphasort);
    for (int i = 0; i < count; i++)
        read_file(corpus, arena_printf(&corpus->arena, "%s/%s", path, entries[i]->d_name));
}

/* ---- comparing ---- */

/* psql variables (:name, :'name') are no SQL. libpg_query takes parameters for labels, and is
 * 15.1, which had not these messages yet. */
static bool is_contaminated(const char *text) {
    if (strcasestr(text, "__pg__is_not_null") != NULL)
        return true;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ':' && (c == text || c[-1] != ':') &&
            (c[1] == '\'' || c[1] == '"' || (is_word_char(c[1]) && (c[1] < '0' || c[1] > '9'))) &&
            (c == text || !is_word_char(c[-1])) && (c == text || c[-1] != '['))
            return true;
    }
    return false;
}

static int32_t char_position(const char *text, int32_t byte_location) {
    int32_t position = 1;
    if (byte_location < 0)
        return 0;
    for (int32_t i = 0; i < byte_location; i++)
        position += ((unsigned char)text[i] & 0xc0) != 0x80;
    return position;
}

typedef struct Tally {
    uint32_t total;
    uint32_t accepted;
    uint32_t skipped;
    uint32_t verdict_wrong;
    uint32_t message_wrong;
    uint32_t position_wrong;
} Tally;

static void report(const Statement *st, const char *what, const char *ours, const char *theirs) {
    printf("%s:%u: %s\n  %.400s\n  ours:   %s\n  theirs: %s\n", st->file, st->line, what, st->text,
           ours, theirs);
}

static uint64_t random_state; /* of damage; 0 while statements are whole */

static bool has_parameter(const char *text) {
    for (const char *c = text; (c = strchr(c, '$')) != NULL; c++)
        if (c[1] >= '0' && c[1] <= '9')
            return true;
    return false;
}

/* 15.1 quoted less of a number with junk behind it, and said of publications where, to no avail. */
static bool same_message(const char *ours, const char *theirs) {
    static const char junk[] = "trailing junk after numeric literal at or near \"";
    if (strncmp(ours, "invalid table name", 18) == 0 ||
        strncmp(ours, "invalid schema name", 19) == 0)
        return strncmp(ours, theirs, strlen(ours)) == 0;
    return strcmp(ours, theirs) == 0 || (strncmp(ours, junk, sizeof(junk) - 1) == 0 &&
                                         strncmp(theirs, junk, sizeof(junk) - 1) == 0);
}

static void compare(const Statement *st, Arena *arena, Tally *tally) {
    AstList statements;
    if (is_contaminated(st->text) || (random_state != 0 && has_parameter(st->text))) {
        tally->skipped++;
        return;
    }
    void *context = pg_query_enter_memory_context();
    RawParse theirs = pg_query_raw_parse(st->text);
    Status ours = parse_sql(arena, st->text, st->len, NULL, &statements);
    const Error *e = ours.error;
    tally->total++;
    tally->accepted += theirs.error == NULL;
    if ((e == NULL) != (theirs.error == NULL)) {
        tally->verdict_wrong++;
        report(st, "VERDICT", e != NULL ? e->message : "accepted",
               theirs.error != NULL ? theirs.error->message : "accepted");
    } else if (e != NULL && !same_message(e->message, theirs.error->message)) {
        tally->message_wrong++;
        report(st, "MESSAGE", e->message, theirs.error->message);
    } else if (e != NULL && char_position(st->text, e->byte_location) != theirs.error->cursorpos) {
        char a[32], b[32];
        snprintf(a, sizeof(a), "%d", char_position(st->text, e->byte_location));
        snprintf(b, sizeof(b), "%d", theirs.error->cursorpos);
        tally->position_wrong++;
        report(st, e->message, a, b);
    }
    status_free(ours);
    free(theirs.stderr_buffer);
    pg_query_exit_memory_context(context);
    arena_reset(arena);
}

static int print_tally(const Tally *t) {
    uint32_t wrong = t->verdict_wrong + t->message_wrong + t->position_wrong;
    printf("%u statements (%u accepted by PostgreSQL, %u skipped): %u verdicts, %u messages, %u "
           "positions differ; %.3f%% agree\n",
           t->total, t->accepted, t->skipped, t->verdict_wrong, t->message_wrong, t->position_wrong,
           t->total > 0 ? 100.0 * (t->total - wrong) / t->total : 100.0);
    return wrong > 0;
}

static int compare_all(const Corpus *corpus) {
    Arena arena;
    Tally tally = {0};
    arena_init(&arena, mem_root());
    for (uint32_t i = 0; i < corpus->count; i++)
        compare(&corpus->items[i], &arena, &tally);
    arena_destroy(&arena);
    return print_tally(&tally);
}

/* ---- damage ---- */

static uint32_t random_below(uint32_t n) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

/* Tokens of a statement by our lexer; spellings only. */
static uint32_t tokenize(const Statement *st, Arena *arena, Token *tokens, uint32_t max) {
    static const ParseOptions options = {.standard_conforming_strings = true};
    Lexer lexer;
    uint32_t count = 0;
    lexer_init(&lexer, arena, st->text, st->len, false, &options);
    while (count < max) {
        lexer_next(&lexer, &tokens[count]);
        if (tokens[count].kind == TOK_END || tokens[count].kind == TOK_ERROR)
            break;
        count++;
    }
    lexer_done(&lexer);
    return count;
}

/* Changes, drops or inserts a few bytes, mostly ones that mean something to the scanner. */
static void damage_bytes(const Statement *st, Arena *arena, Statement *out) {
    static const char bytes[] = "''\"\"$$\\/*-.:;=<>!@#&|uUeEbBxXnN019 \n(),";
    char *text = arena_alloc(arena, st->len + 8);
    uint32_t len = st->len;
    memcpy(text, st->text, len + 1);
    for (uint32_t n = 1 + random_below(3); n > 0 && len > 1; n--) {
        uint32_t at = random_below(len), how = random_below(3);
        char byte = bytes[random_below(sizeof(bytes) - 1)];
        if ((unsigned char)text[at] >= 0x80)
            continue;
        if (how == 0)
            text[at] = byte;
        else if (how == 1)
            memmove(text + at, text + at + 1, len-- - at);
        else {
            memmove(text + at + 1, text + at, ++len - at);
            text[at] = byte;
        }
    }
    *out = (Statement){text, len, st->line, st->file};
}

/* Drops, doubles, replaces, inserts or swaps tokens, or cuts the rest. */
static void damage(const Corpus *corpus, Arena *arena, Statement *out) {
    enum { TOKENS_MAX = 300 };
    static Token a[TOKENS_MAX], b[TOKENS_MAX];
    const Statement *st, *other = &corpus->items[random_below(corpus->count)];
    uint32_t na, nb;
    do {
        st = &corpus->items[random_below(corpus->count)];
    } while (is_contaminated(st->text) || st->len > 2000);
    if (random_below(4) == 0) {
        damage_bytes(st, arena, out);
        return;
    }
    na = tokenize(st, arena, a, TOKENS_MAX);
    nb = tokenize(other, arena, b, TOKENS_MAX);
    StrBuf text;
    strbuf_init(&text, arena);
    uint32_t at = random_below(na + 1), how = random_below(7), to = random_below(nb + 1);
    for (uint32_t i = 0; i < na; i++) {
        const Token *t = &a[i];
        if (i == at) {
            if (how == 0)
                break;
            if (how == 1)
                continue;
            if (how == 2 || (how == 3 && nb == 0))
                strbuf_append(&text, st->text + t->start, t->end - t->start);
            else if (how == 5 && i + 1 < na) {
                strbuf_append(&text, st->text + a[i + 1].start, a[i + 1].end - a[i + 1].start);
                strbuf_putc(&text, ' ');
                a[i + 1] = *t;
                continue;
            } else if (how == 6) {
                uint32_t k = random_below(keyword_count);
                strbuf_puts(&text, keyword_table[k].name);
                strbuf_putc(&text, ' ');
                if (random_below(2))
                    continue;
            } else if (to < nb) {
                strbuf_append(&text, other->text + b[to].start, b[to].end - b[to].start);
                strbuf_putc(&text, ' ');
                if (how == 3)
                    continue;
            }
            strbuf_putc(&text, ' ');
        }
        strbuf_append(&text, st->text + t->start, t->end - t->start);
        strbuf_putc(&text, ' ');
    }
    *out = (Statement){(char *)strbuf_cstr(&text), (uint32_t)text.len, st->line, st->file};
}

static int fuzz(const Corpus *corpus, uint32_t count) {
    Arena arena, scratch;
    Tally tally = {0};
    const char *seed = getenv("SEED");
    random_state = seed != NULL ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
    printf("SEED=%llu\n", (unsigned long long)random_state);
    arena_init(&arena, mem_root());
    arena_init(&scratch, mem_root());
    for (uint32_t i = 0; i < count; i++) {
        Statement st;
        damage(corpus, &scratch, &st);
        compare(&st, &arena, &tally);
        arena_reset(&scratch);
    }
    arena_destroy(&scratch);
    arena_destroy(&arena);
    return print_tally(&tally);
}

/* ---- trees ---- */

static void random_expr(StrBuf *out, int depth) {
    static const char *const atoms[] = {"a",  "b.c",     "1",      "-2",     "'s'", "NULL",
                                        "$1", "f(a, 1)", "(a, b)", "ROW(1)", "2.5"};
    static const char *const binary[] = {"+",
                                         "-",
                                         "*",
                                         "/",
                                         "%",
                                         "^",
                                         "<",
                                         ">",
                                         "=",
                                         "<=",
                                         ">=",
                                         "<>",
                                         "||",
                                         "@>",
                                         "AND",
                                         "OR",
                                         "LIKE",
                                         "NOT LIKE",
                                         "ILIKE",
                                         "SIMILAR TO",
                                         "IS DISTINCT FROM",
                                         "IS NOT DISTINCT FROM",
                                         "AT TIME ZONE",
                                         "OPERATOR(s.+)",
                                         "NOT ILIKE",
                                         "->",
                                         "OVERLAPS"};
    static const char *const prefix[] = {"- ", "+ ", "NOT ", "@ ", "~ ", "OPERATOR(s.-) "};
    static const char *const postfix[] = {
        "::int",      "::text[]",    " COLLATE c",    " IS NULL",    " IS NOT NULL", " ISNULL",
        " NOTNULL",   " IS TRUE",    " IS NOT FALSE", " IS UNKNOWN", " IN (1, 2)",   " NOT IN (a)",
        " = ANY (a)", " <> ALL (b)", " LIKE ANY (a)", "[1]",         "[1:2]",        ".x"};
    uint32_t how = depth <= 0 ? 0 : random_below(12);
    if (how <= 2)
        strbuf_puts(out, atoms[random_below(ARRAY_LEN(atoms))]);
    else if (how <= 6) {
        random_expr(out, depth - 1);
        strbuf_printf(out, " %s ", binary[random_below(ARRAY_LEN(binary))]);
        random_expr(out, depth - 1);
    } else if (how == 7) {
        strbuf_puts(out, prefix[random_below(ARRAY_LEN(prefix))]);
        random_expr(out, depth - 1);
    } else if (how <= 9) {
        random_expr(out, depth - 1);
        strbuf_puts(out, postfix[random_below(ARRAY_LEN(postfix))]);
    } else if (how == 10) {
        random_expr(out, depth - 1);
        strbuf_puts(out, random_below(2) ? " BETWEEN " : " NOT BETWEEN SYMMETRIC ");
        random_expr(out, depth - 2);
        strbuf_puts(out, " AND ");
        random_expr(out, depth - 1);
    } else {
        strbuf_putc(out, '(');
        random_expr(out, depth - 1);
        strbuf_putc(out, ')');
    }
}

/* The library's tree as text without positions. NULL: it does not parse. Free it. */
static char *their_tree(const char *expr) {
    char text[8192];
    snprintf(text, sizeof(text), "SELECT %s", expr);
    PgQueryParseResult result = pg_query_parse(text);
    char *tree = result.error == NULL ? strdup(result.parse_tree) : NULL;
    pg_query_free_parse_result(result);
    if (tree == NULL)
        return NULL;
    char *to = tree;
    for (const char *from = tree; *from != '\0';) {
        if (strncmp(from, "\"location\":", 11) == 0) {
            from += 11;
            while (*from >= '0' && *from <= '9')
                from++;
        } else
            *to++ = *from++;
    }
    *to = '\0';
    return tree;
}

static bool tree_agrees(Arena *arena, const char *text) {
    Ast *expr;
    char *theirs = their_tree(text);
    Status status = parse_expression(arena, text, strlen(text), NULL, &expr);
    bool ok = status_ok(status) == (theirs != NULL);
    const char *printed = "";
    if (ok && theirs != NULL) {
        StrBuf buf;
        strbuf_init(&buf, arena);
        ast_print_expr(&buf, expr);
        printed = strbuf_cstr(&buf);
        char *again = their_tree(printed);
        ok = again != NULL && strcmp(again, theirs) == 0;
        free(again);
    }
    if (!ok)
        printf("TREE\n  %s\n  ours:   %s\n  theirs: %s\n", text,
               status_ok(status) ? printed : status.error->message,
               theirs != NULL ? "accepted" : "refused");
    status_free(status);
    free(theirs);
    return ok;
}

static int trees(uint32_t count) {
    Arena arena;
    uint32_t wrong = 0;
    const char *seed = getenv("SEED");
    random_state = seed != NULL ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
    printf("SEED=%llu\n", (unsigned long long)random_state);
    arena_init(&arena, mem_root());
    for (uint32_t i = 0; i < count; i++) {
        StrBuf buf;
        strbuf_init(&buf, &arena);
        random_expr(&buf, 5);
        if (buf.len < 1000)
            wrong += !tree_agrees(&arena, strbuf_cstr(&buf));
        arena_reset(&arena);
    }
    arena_destroy(&arena);
    printf("%u expressions, %u differ\n", count, wrong);
    return wrong > 0;
}

/* ---- time ---- */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What each of the three makes of a text: a tree; a tree; a tree as a message of protobuf, which is the only
 * form that the library's header offers (or JSON, which takes longer). */
static void parse_ours(Arena *arena, const Statement *st) {
    AstList list;
    status_free(parse_sql(arena, st->text, st->len, NULL, &list));
    arena_reset(arena);
}

static void parse_raw(Arena *arena, const Statement *st) {
    (void)arena;
    void *context = pg_query_enter_memory_context();
    RawParse raw = pg_query_raw_parse(st->text);
    free(raw.stderr_buffer);
    pg_query_exit_memory_context(context);
}

static void parse_public(Arena *arena, const Statement *st) {
    (void)arena;
    pg_query_free_protobuf_parse_result(pg_query_parse_protobuf(st->text));
}

/* Seconds a statement, for one round over all. */
static double time_round(const Corpus *corpus, uint32_t kept, Arena *arena,
                         void (*parse)(Arena *arena, const Statement *st)) {
    double start = now();
    for (uint32_t i = 0; i < kept; i++)
        parse(arena, &corpus->items[i]);
    return (now() - start) / kept;
}

static int bench(Corpus *corpus) {
    Arena arena;
    uint32_t kept = 0;
    size_t bytes = 0;
    arena_init(&arena, mem_root());
    for (uint32_t i = 0; i < corpus->count; i++) {
        AstList list;
        Status s = parse_sql(&arena, corpus->items[i].text, corpus->items[i].len, NULL, &list);
        if (status_ok(s) && !is_contaminated(corpus->items[i].text)) {
            bytes += corpus->items[i].len;
            corpus->items[kept++] = corpus->items[i];
        }
        status_free(s);
        arena_reset(&arena);
    }
    /* By turns, the best round of each: a busy machine slows single rounds. */
    double ours = 1e9, raw = 1e9, public = 1e9, end = now() + 5.0;
    while (now() < end) {
        ours = MIN(ours, time_round(corpus, kept, &arena, parse_ours));
        raw = MIN(raw, time_round(corpus, kept, &arena, parse_raw));
        public = MIN(public, time_round(corpus, kept, &arena, parse_public));
    }
    printf("%u statements, %.0f bytes on average: ours %.3f us\n", kept, (double)bytes / kept,
           ours * 1e6);
    printf("libpg_query: pg_query_parse_protobuf %.3f us, ratio 1/%.1f; the parser inside of it "
           "%.3f us, "
           "ratio 1/%.1f\n",
           public * 1e6, public / ours, raw * 1e6, raw / ours);
    arena_destroy(&arena);
    return 0;
}

int main(int argc, char **argv) {
    Corpus corpus = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: parser_oracle compare|fuzz|bench PATH.. [N], trees N\n");
        return 2;
    }
    bool fuzzing = strcmp(argv[1], "fuzz") == 0;
    if (strcmp(argv[1], "trees") == 0)
        return trees((uint32_t)atoi(argv[2]));
    arena_init(&corpus.arena, mem_root());
    for (int i = 2; i < argc - fuzzing; i++)
        read_path(&corpus, argv[i]);
    if (corpus.count == 0)
        return 0;
    if (fuzzing)
        return fuzz(&corpus, (uint32_t)atoi(argv[argc - 1]));
    return strcmp(argv[1], "bench") == 0 ? bench(&corpus) : compare_all(&corpus);
}
