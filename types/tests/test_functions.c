/*
 * test_functions.c: calls SQL functions by OID with textual arguments and compares the results with
 * a file of expectations.
 *
 *     test_functions FILE...
 *
 * Each line of a file, tab-separated:
 *     function OID, result type OID, argument type OIDs separated by blanks, arguments ..., expectation
 * An argument is text or \N for NULL; \t, \n and \\ stand for themselves. The expectation is the result's
 * text, \N, or "!SQLSTATE message". Set-returning functions: rows joined by " | ", aggregates: each
 * argument is an array literal of the rows' values.
 */
#include "base/array.h"
#include "types/datetime.h"
#include "types/type.h"

#include <stdio.h>
#include <stdlib.h>

#define FIELDS_MAX 64

static EvalEnv env;
static uint64_t random_words[2] = {1, 2};

static size_t split(char *line, char **fields) {
    size_t n = 0;
    fields[n++] = line;
    for (char *p = line; *p != '\0' && n < FIELDS_MAX; p++)
        if (*p == '\t') {
            *p = '\0';
            fields[n++] = p + 1;
        }
    return n;
}

static void unescape(char *s) {
    char *to = s;
    for (; *s != '\0'; s++) {
        if (*s == '\\' && s[1] != '\0') {
            s++;
            *to++ = *s == 't' ? '\t' : *s == 'n' ? '\n' : *s == 'r' ? '\r' : *s;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

static Status output(Arena *arena, Oid type, Datum value, bool is_null, StrBuf *text) {
    Str s;
    if (is_null) {
        strbuf_puts(text, "\\N");
        return STATUS_OK;
    }
    TRY(type_output_text(&env, arena, type, value, &s));
    strbuf_append(text, s.data, s.len);
    return STATUS_OK;
}

static Status run_aggregate(const FnEntry *entry, FnSite *site, Arena *arena, const Datum *args,
                            const bool *nulls, StrBuf *text) {
    const AggImpl *agg = entry->aggregate;
    ArrayView views[8];
    void *state = arena_zalloc(arena, agg->state_bytes + 16),
         *half = arena_zalloc(arena, agg->state_bytes + 16);
    Oid row_types[8];
    uint32_t rows = 0;
    for (int i = 0; i < site->arg_count; i++) {
        TRY(array_view(args[i].str, &views[i]));
        rows = views[i].elem_count;
        row_types[i] = site->arg_types[i];
        if (views[i].elem_type != 0)
            row_types[i] = views[i].elem_type;
    }
    site->arg_types = row_types;
    AggCall call = {.site = site, .arena = arena, .result_arena = arena};
    for (uint32_t r = 0; r < rows; r++) {
        Datum values[8];
        bool row_nulls[8], any_null = false;
        for (int i = 0; i < site->arg_count; i++) {
            row_nulls[i] = array_is_null(&views[i], r);
            any_null |= row_nulls[i];
            values[i] = row_nulls[i] ? datum_i64(0) : array_get(&views[i], r);
        }
        call.args = values;
        call.nulls = row_nulls;
        if (agg->strict && any_null)
            continue;
        /* Two states, to exercise combine. */
        TRY(agg->step(&call, agg->combine != NULL && r >= rows / 2 ? half : state));
    }
    if (agg->combine != NULL)
        TRY(agg->combine(&call, state, half));
    TRY(agg->final(&call, state));
    return output(arena, site->result_type, call.result, call.result_null, text);
}

static Status run_set(const FnEntry *entry, FnCall *call, StrBuf *text) {
    Datum column[16];
    bool column_null[16];
    SetCall set = {.call = *call,
                   .scan_arena = call->arena,
                   .column_count = 1,
                   .columns = column,
                   .column_nulls = column_null};
    TRY(entry->set_start(&set));
    for (int row = 0;; row++) {
        bool more = false;
        column_null[0] = false;
        TRY(entry->set_next(&set, &more));
        if (!more)
            return STATUS_OK;
        if (row > 0)
            strbuf_puts(text, " | ");
        TRY(output(call->arena, call->site->result_type, column[0], column_null[0], text));
    }
}

static Status run(char **fields, size_t count, Arena *arena, StrBuf *text) {
    Oid function = (Oid)strtoul(fields[0], NULL, 10), arg_types[FIELDS_MAX];
    const FnEntry *entry = fn_by_oid(function);
    if (entry == NULL)
        return error(ERR_UNDEFINED_FUNCTION, "no code");
    FnSite site = {.function = function,
                   .arg_types = arg_types,
                   .env = &env,
                   .arena = arena,
                   .collation = 100,
                   .result_typmod = -1};
    site.result_type = (Oid)strtoul(fields[1], NULL, 10);
    Datum args[FIELDS_MAX];
    bool nulls[FIELDS_MAX], any_null = false;
    char *p = fields[2];
    for (size_t i = 3; i + 1 < count; i++) {
        int n = site.arg_count++;
        arg_types[n] = (Oid)strtoul(p, &p, 10);
        nulls[n] = strcmp(fields[i], "\\N") == 0;
        any_null |= nulls[n];
        if (nulls[n])
            continue;
        unescape(fields[i]);
        Oid type = arg_types[n];
        if (entry->kind == FN_AGGREGATE)
            type = type_builtin(type)->array != 0 ? type_builtin(type)->array : type;
        TRY(type_input_text(&env, arena, type, -1, str_from_cstr(fields[i]), &args[n]));
    }
    FnCall call = {.site = &site, .args = args, .nulls = nulls, .arena = arena};
    if (entry->kind == FN_AGGREGATE)
        return run_aggregate(entry, &site, arena, args, nulls, text);
    if (entry->strict && any_null) {
        strbuf_puts(text, entry->kind == FN_SET ? "" : "\\N");
        return STATUS_OK;
    }
    if (entry->kind == FN_SET)
        return run_set(entry, &call, text);
    TRY(entry->scalar(&call));
    return output(arena, site.result_type, call.result, call.result_null, text);
}

static bool run_line(char *line, const char *file, int number) {
    char *fields[FIELDS_MAX], *copy = strdup(line);
    Arena arena;
    arena_init(&arena, mem_root());
    env.statement_arena = &arena;
    size_t count = split(line, fields);
    StrBuf text;
    strbuf_init(&text, &arena);
    char *expected = fields[count - 1];
    unescape(expected);
    Status s = run(fields, count, &arena, &text);
    if (!status_ok(s)) {
        strbuf_truncate(&text, 0);
        strbuf_printf(&text, "!%s %s", sqlstate_code(s.error->state), s.error->message);
        status_free(s);
    }
    bool same = strcmp(strbuf_cstr(&text), expected) == 0 ||
                (strcmp(expected, "N") == 0 && strcmp(strbuf_cstr(&text), "\\N") == 0);
    if (!same)
        printf("%s:%d: %s\n  got %s\n", file, number, copy, strbuf_cstr(&text));
    free(copy);
    arena_destroy(&arena);
    return same;
}

int main(int argc, char **argv) {
    int bad = 0, total = 0;
    env = (EvalEnv){.extra_float_digits = 1,
                    .random_state = random_words,
                    .date_style = DATE_STYLE_ISO,
                    .date_order = DATE_ORDER_MDY,
                    .interval_style = INTERVAL_STYLE_POSTGRES,
                    .array_nulls = true,
                    .standard_conforming_strings = true,
                    .transaction_start_micros = INT64_C(848620800000000),
                    .statement_start_micros = INT64_C(848620800000000)};
    env.time_zone = tz_by_name("America/New_York", 16);
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "r");
        char *line = NULL;
        size_t capacity = 0;
        ssize_t len;
        if (f == NULL) {
            perror(argv[i]);
            return 2;
        }
        for (int number = 1; (len = getline(&line, &capacity, f)) > 0; number++) {
            if (line[len - 1] == '\n')
                line[len - 1] = '\0';
            total++;
            bad += !run_line(line, argv[i], number);
        }
        free(line);
        fclose(f);
    }
    printf("%d of %d differ\n", bad, total);
    return bad != 0;
}
