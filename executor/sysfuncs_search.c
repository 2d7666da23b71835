/* sysfuncs_search.c: text search functions that run a query: ts_stat, ts_rewrite over rules in a table. */
#include "executor/sysfuncs_int.h"

#include "executor/executor.h"
#include "planner/parser.h"
#include "types/ts_rewrite.h"

#include "base/map.h"

#include <stdlib.h>

typedef struct SearchSink {
    RowSink sink;
    Status (*row)(void *arg, const Batch *batch, uint32_t row);
    void *arg;
} SearchSink;

static Status take_rows(RowSink *sink, const Batch *batch) {
    SearchSink *s = (SearchSink *)sink;
    for (uint32_t i = 0; i < batch->selection.count; i++)
        TRY(s->row(s->arg, batch, batch->selection.rows == NULL ? i : batch->selection.rows[i]));
    return STATUS_OK;
}
/* Runs a query whose columns must all be of one type. wrong: the message where they are not. */
static Status run_query(FnCall *call, const char *sql, Oid type, uint32_t columns,
                        const char *wrong, SearchSink *sink) {
    Session *session = call->site->env->session;
    AstList statements;
    PlannedStatement *plan;
    ExecOptions options = {.flags = EXEC_READ_ONLY};
    uint64_t processed;
    TRY(parse_sql(call->arena, sql, strlen(sql), NULL, &statements));
    if (statements.count != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "%s", wrong);
    TRY(executor_plan(session, call->arena, AST_AT(AstRawStatement, statements, 0), NULL, &plan));
    bool right = plan->command == COMMAND_SELECT && plan->column_count == columns;
    for (uint32_t i = 0; right && i < columns; i++)
        right = plan->columns[i].type == type;
    if (!right)
        return error(ERR_INVALID_PARAMETER_VALUE, "%s", wrong);
    sink->sink.rows = take_rows;
    return executor_run(session, plan, &options, &sink->sink, &processed);
}

/* ---- ts_rewrite(query, text) ---- */

static Status rewrite_row(void *arg, const Batch *batch, uint32_t row) {
    TsRewrite *rewrite = arg;
    if (vector_is_null(&batch->columns[0], row) || vector_is_null(&batch->columns[1], row))
        return STATUS_OK;
    TRY(ts_rewrite_apply(rewrite, vector_get(&batch->columns[0], row).str,
                         vector_get(&batch->columns[1], row).str));
    return ts_rewrite_tidy(rewrite);
}
static Status tsquery_rewrite_query(FnCall *call) {
    TsRewrite *rewrite;
    Str copy = str_make(arena_strndup(call->arena, call->args[0].str.data, call->args[0].str.len),
                        call->args[0].str.len);
    TRY(ts_rewrite_open(call->arena, copy, &rewrite));
    SearchSink sink = {.row = rewrite_row, .arg = rewrite};
    TRY(run_query(call, arg_text(call, 1), OID_TSQUERY, 2,
                  "ts_rewrite query must return two tsquery columns", &sink));
    return ts_rewrite_close(rewrite, &call->result);
}

/* ---- ts_stat ---- */

typedef struct StatWord {
    Str text;
    int32_t documents, entries;
} StatWord;
typedef struct Stat {
    Arena *arena;
    StrMap words;
    unsigned weights; /* 0: all */
    StatWord **sorted;
    size_t count, next;
} Stat;

static Status stat_row(void *arg, const Batch *batch, uint32_t row) {
    Stat *stat = arg;
    if (vector_is_null(&batch->columns[0], row))
        return STATUS_OK;
    TsVector v = ts_vector(vector_get(&batch->columns[0], row).str);
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = ts_vector_at(&v, i);
        int32_t n = stat->weights == 0 && l.position_count == 0 ? 1 : 0;
        for (uint32_t k = 0; k < l.position_count; k++)
            n += stat->weights == 0 || (stat->weights >> ts_weight(ts_lexeme_entry(&l, k)) & 1);
        if (n == 0)
            continue;
        StatWord *word = strmap_get(&stat->words, l.text, l.len);
        if (word == NULL) {
            word = arena_new(stat->arena, StatWord);
            word->text = str_make(arena_strndup(stat->arena, l.text, l.len), l.len);
            strmap_put(&stat->words, word->text.data, word->text.len, word);
        }
        word->documents++;
        word->entries += n;
    }
    return arena_check(stat->arena);
}
static int order_words(const void *a, const void *b) {
    return str_compare((*(StatWord *const *)a)->text, (*(StatWord *const *)b)->text);
}
static Status stat_start(SetCall *set) {
    Stat *stat = arena_new(set->scan_arena, Stat);
    FnCall *call = &set->call;
    stat->arena = set->scan_arena;
    if (call->site->arg_count > 1)
        for (uint32_t i = 0; i < call->args[1].str.len; i++) {
            int weight = ts_weight_of_letter(call->args[1].str.data[i]);
            stat->weights |= weight >= 0 ? 1u << weight : 0;
        }
    strmap_init(&stat->words, set->scan_arena->account);
    SearchSink sink = {.row = stat_row, .arg = stat};
    Status s = run_query(call, arg_text(call, 0), OID_TSVECTOR, 1,
                         "ts_stat query must return one tsvector column", &sink);
    stat->sorted = arena_array(stat->arena, StatWord *, stat->words.count + 1);
    size_t cursor = 0, len;
    const void *key;
    void *value;
    while (strmap_next(&stat->words, &cursor, &key, &len, &value))
        stat->sorted[stat->count++] = value;
    strmap_destroy(&stat->words);
    if (stat->count > 1)
        qsort(stat->sorted, stat->count, sizeof(StatWord *), order_words);
    set->state = stat;
    return s;
}
static Status stat_next(SetCall *set, bool *row_out) {
    static const Oid types[] = {25, 23, 23};
    Stat *stat = set->state;
    *row_out = stat->next < stat->count;
    if (!*row_out)
        return STATUS_OK;
    const StatWord *word = stat->sorted[stat->next++];
    Datum values[3] = {datum_str(word->text.data, word->text.len), datum_i32(word->documents),
                       datum_i32(word->entries)};
    bool nulls[3] = {false};
    return record_set_row(set, types, values, nulls, 3);
}

static const FnEntry entries[] = {
    SYSFUNC(3685, "tsquery_rewrite_query", tsquery_rewrite_query),
    SYSFUNC_SET(3689, "ts_stat1", stat_start, stat_next),
    SYSFUNC_SET(3690, "ts_stat2", stat_start, stat_next),
};
void sysfuncs_search_register(void) { fn_register(entries, sizeof(entries) / sizeof(entries[0])); }
