/*
 * explain.c: the EXPLAIN command: its options, the statement behind it, running it.
 *
 * Layout, labels and their order are PostgreSQL 15's: tools read them. What PostgreSQL plans as one
 * node and Phantom does as part of another (the Hash below a hash join) is shown as a node of its own.
 */
#include "executor/explain_int.h"

#include "executor/ddl_int.h"
#include "executor/exec_int.h"
#include "executor/settings.h"
#include "runtime/clock.h"
#include "runtime/fiber.h"
#include "types/type.h"

#include <string.h>

#define TYPE_TEXT 25u
#define TYPE_JSON 114u
#define TYPE_XML 142u

/* ---- options ---- */

static Status format_option(const AstOption *option, ExplainFormat *format_out) {
    static const char *const names[] = {"text", "xml", "json", "yaml"};
    const char *text;
    TRY(ddl_option_string(option, &text));
    for (int i = 0; text != NULL && i < 4; i++)
        if (strcmp(text, names[i]) == 0) {
            *format_out = (ExplainFormat)i;
            return STATUS_OK;
        }
    return status_at(error(ERR_INVALID_PARAMETER_VALUE,
                           "unrecognized value for EXPLAIN option \"%s\": \"%s\"", option->name,
                           text == NULL ? "" : text),
                     option->location);
}

static Status read_options(Explain *x, const AstExplain *statement) {
    struct {
        const char *name;
        bool *value;
        bool given;
    } flags[] = {{"analyze", &x->analyze, false}, {"verbose", &x->verbose, false},
                 {"costs", &x->costs, false},     {"buffers", &x->buffers, false},
                 {"wal", &x->wal, false},         {"settings", &x->settings, false},
                 {"timing", &x->timing, false},   {"summary", &x->summary, false}};
    x->costs = true;
    AST_FOREACH(AstOption, option, statement->options) {
        size_t i = 0;
        while (i < ARRAY_LEN(flags) && strcmp(flags[i].name, option->name) != 0)
            i++;
        if (i < ARRAY_LEN(flags)) {
            TRY(ddl_option_bool(option, flags[i].value));
            flags[i].given = true;
        } else if (strcmp(option->name, "format") == 0) {
            TRY(format_option(option, &x->format));
        } else {
            return status_at(
                error(ERR_SYNTAX_ERROR, "unrecognized EXPLAIN option \"%s\"", option->name),
                option->location);
        }
    }
    if (x->wal && !x->analyze)
        return error(ERR_INVALID_PARAMETER_VALUE, "EXPLAIN option WAL requires ANALYZE");
    if (!flags[6].given)
        x->timing = x->analyze;
    if (x->timing && !x->analyze)
        return error(ERR_INVALID_PARAMETER_VALUE, "EXPLAIN option TIMING requires ANALYZE");
    if (!flags[7].given)
        x->summary = x->analyze;
    return STATUS_OK;
}

/* ---- settings that planning depends on ---- */

static const char *const planning_settings[] = {"constraint_exclusion",
                                                "cpu_index_tuple_cost",
                                                "cpu_operator_cost",
                                                "cpu_tuple_cost",
                                                "cursor_tuple_fraction",
                                                "effective_cache_size",
                                                "effective_io_concurrency",
                                                "enable_async_append",
                                                "enable_bitmapscan",
                                                "enable_gathermerge",
                                                "enable_hashagg",
                                                "enable_hashjoin",
                                                "enable_incremental_sort",
                                                "enable_indexonlyscan",
                                                "enable_indexscan",
                                                "enable_material",
                                                "enable_memoize",
                                                "enable_mergejoin",
                                                "enable_nestloop",
                                                "enable_parallel_append",
                                                "enable_parallel_hash",
                                                "enable_partition_pruning",
                                                "enable_partitionwise_aggregate",
                                                "enable_partitionwise_join",
                                                "enable_seqscan",
                                                "enable_sort",
                                                "enable_tidscan",
                                                "force_parallel_mode",
                                                "from_collapse_limit",
                                                "geqo",
                                                "geqo_effort",
                                                "geqo_generations",
                                                "geqo_pool_size",
                                                "geqo_seed",
                                                "geqo_selection_bias",
                                                "geqo_threshold",
                                                "hash_mem_multiplier",
                                                "jit",
                                                "jit_above_cost",
                                                "jit_inline_above_cost",
                                                "jit_optimize_above_cost",
                                                "join_collapse_limit",
                                                "maintenance_io_concurrency",
                                                "max_parallel_workers",
                                                "max_parallel_workers_per_gather",
                                                "min_parallel_index_scan_size",
                                                "min_parallel_table_scan_size",
                                                "parallel_leader_participation",
                                                "parallel_setup_cost",
                                                "parallel_tuple_cost",
                                                "plan_cache_mode",
                                                "random_page_cost",
                                                "recursive_worktable_factor",
                                                "search_path",
                                                "seq_page_cost",
                                                "temp_buffers",
                                                "work_mem"};

static Status print_settings(Explain *x) {
    StrBuf line;
    strbuf_init(&line, x->arena);
    if (!x->settings)
        return STATUS_OK;
    explain_open(x, "Settings", "Settings", true);
    for (size_t i = 0; i < ARRAY_LEN(planning_settings); i++) {
        const char *name = planning_settings[i], *value;
        int index = setting_find(name);
        if (index < 0)
            continue;
        TRY(x->session->ops->setting_show(x->session, x->arena, name, true, &value));
        const SettingInfo *info = setting_info((size_t)index);
        if (value == NULL || strcmp(value, setting_display(info, info->boot, x->arena)) == 0)
            continue;
        if (x->format != EXPLAIN_TEXT)
            explain_text(x, name, value);
        else
            strbuf_printf(&line, "%s%s = '%s'", line.len > 0 ? ", " : "", name, value);
    }
    explain_close(x, "Settings", true);
    if (x->format == EXPLAIN_TEXT && line.len > 0)
        explain_text(x, "Settings", strbuf_cstr(&line));
    return STATUS_OK;
}

/* ---- a plan ---- */

static void find_used_relations(Explain *x, const Plan *plan, BitSet **used) {
    if (plan == NULL || !status_ok(x->failure))
        return;
    x->failure = fiber_stack_check();
    uint32_t rt_index = plan->tag == PLAN_MODIFY         ? ((const PlanModify *)plan)->rt_index
                        : plan->tag == PLAN_APPEND       ? ((const PlanAppend *)plan)->rt_index
                        : plan->tag == PLAN_MERGE_APPEND ? ((const PlanMergeAppend *)plan)->rt_index
                                                         : explain_scan_relation(plan);
    if (rt_index != 0)
        *used = bitset_add(x->arena, *used, (int)rt_index);
    find_used_relations(x, plan->left, used);
    find_used_relations(x, plan->right, used);
    const PlanAppend *append = (const PlanAppend *)plan;
    const PlanMergeAppend *merge = (const PlanMergeAppend *)plan;
    for (uint32_t i = 0; plan->tag == PLAN_APPEND && i < append->child_count; i++)
        if (!explain_was_pruned(x, plan, append->children[i]))
            find_used_relations(x, append->children[i], used);
    for (uint32_t i = 0; plan->tag == PLAN_MERGE_APPEND && i < merge->child_count; i++)
        if (!explain_was_pruned(x, plan, merge->children[i]))
            find_used_relations(x, merge->children[i], used);
}

static bool name_taken(RangeEntry *const *entries, const BitSet *named, const char *name) {
    for (int i = bitset_next(named, -1); i >= 0; i = bitset_next(named, i))
        if (strcmp(entries[i - 1]->name, name) == 0)
            return true;
    return false;
}

static BitSet *name_relations(Explain *x, RangeEntry **entries, const BitSet *used, BitSet *named) {
    for (int i = bitset_next(used, -1); i >= 0; i = bitset_next(used, i)) {
        RangeEntry *entry = entries[i - 1];
        if (entry->name == NULL || bitset_has(named, i))
            continue;
        const char *name = entry->name;
        for (int n = 1; name_taken(entries, named, name); n++)
            name = arena_printf(x->arena, "%s_%d", entry->name, n);
        if (name != entry->name) {
            entries[i - 1] = arena_memdup(x->arena, entry, sizeof(RangeEntry));
            entries[i - 1]->name = name;
        }
        named = bitset_add(x->arena, named, i);
    }
    return named;
}

/* Relations that the plan reads get names of their own: t, t_1, ..; subplans' come last. */
static Status make_names_unique(Explain *x, const PlannedStatement *plan, RangeEntry **entries) {
    BitSet *used = NULL, *named;
    find_used_relations(x, plan->plan, &used);
    named = name_relations(x, entries, used, NULL);
    for (uint32_t i = 0; i < plan->subplan_count; i++)
        find_used_relations(x, plan->subplans[i], &used);
    name_relations(x, entries, used, named);
    Status failure = x->failure;
    x->failure = STATUS_OK;
    return failure;
}

/* What columns refer to: the statement's relations, and "excluded" for ON CONFLICT. */
static Status set_names(Explain *x, const PlannedStatement *plan) {
    uint32_t count = plan->range_count;
    RangeEntry **entries = arena_array(x->arena, RangeEntry *, count + 2);
    memcpy(entries, plan->range_table, count * sizeof(RangeEntry *));
    x->names = (Query){.range_table = entries, .range_count = count};
    x->excluded = 0;
    for (uint32_t i = 0; i < count && x->excluded == 0; i++)
        if (entries[i]->name != NULL && strcmp(entries[i]->name, "excluded") == 0)
            x->excluded = i + 1;
    TRY(make_names_unique(x, plan, entries));
    if (x->excluded != 0 || plan->plan->tag != PLAN_MODIFY)
        return STATUS_OK;
    const PlanModify *modify = (const PlanModify *)plan->plan;
    RangeEntry *excluded =
        arena_memdup(x->arena, entries[modify->rt_index - 1], sizeof(RangeEntry));
    excluded->name = "excluded";
    entries[count] = excluded;
    x->names.range_count = x->excluded = count + 1;
    return STATUS_OK;
}

static Status print_plan(Explain *x, const PlannedStatement *plan, double planning_ms) {
    x->statement = plan;
    x->printed_subplans = arena_array(x->arena, bool, plan->subplan_count + 1);
    TRY(set_names(x, plan));
    TRY(explain_node(x, NULL, plan->plan, NULL, NULL));
    TRY(print_settings(x));
    if (x->buffers && x->format != EXPLAIN_TEXT) {
        explain_open(x, "Planning", "Planning", true);
        explain_buffers(x, NULL, true);
        explain_close(x, "Planning", true);
    }
    if (x->summary && planning_ms >= 0)
        explain_float(x, "Planning Time", "ms", planning_ms, 3);
    if (x->analyze) {
        explain_open(x, "Triggers", "Triggers", false);
        explain_close(x, "Triggers", false);
    }
    return STATUS_OK;
}

static Status run_to_end(Executor *exec, RowSink *sink) {
    const Batch *batch;
    do {
        TRY(executor_next(exec, &batch));
        if (batch != NULL && sink != NULL)
            TRY(sink->rows(sink, batch));
    } while (batch != NULL);
    return executor_finish(exec);
}

static double ms_since(uint64_t start_ns) { return (double)(clock_mono_ns() - start_ns) / 1e6; }

/* Runs the plan if that is asked for and prints it. never_run: ANALYZE of a query whose rows nobody
 * wants. */
static Status explain_statement(Explain *x, const PlannedStatement *plan, const Datum *params,
                                const bool *nulls, RowSink *sink, double planning_ms,
                                bool never_run) {
    Executor *exec = NULL;
    Status status = STATUS_OK;
    uint64_t start = clock_mono_ns();
    x->stats = NULL;
    if (x->analyze && !never_run) {
        ExecOptions options = {.params = params,
                               .param_nulls = nulls,
                               .flags = EXEC_INSTRUMENT | (x->timing ? EXEC_INSTRUMENT_TIMING : 0)};
        TRY(executor_start(x->session, plan, &options, &exec));
        status = run_to_end(exec, sink);
        x->stats = executor_stats(exec);
    } else {
        TRY(exec_check_permissions(x->session, plan));
        if (never_run)
            x->stats = arena_array(x->arena, PlanStats, plan->node_count + 1);
    }
    double run_ms = ms_since(start);
    explain_open(x, "Query", NULL, true);
    if (status_ok(status))
        status = print_plan(x, plan, planning_ms);
    start = clock_mono_ns();
    executor_end(exec);
    x->stats = NULL;
    TRY(status);
    if (x->summary && x->analyze)
        explain_float(x, "Execution Time", "ms", run_ms + ms_since(start), 3);
    explain_close(x, "Query", true);
    return STATUS_OK;
}

/* All that rules made of a statement, in the order in which it runs. */
static Status explain_utility(Explain *x, const Ast *statement);

static Status explain_products(Explain *x, const PlannedStatement *plan, const Datum *params,
                               const bool *nulls, RowSink *sink, double planning_ms,
                               bool never_run) {
    if (plan->before_count + plan->after_count == 0 && !plan->replaced)
        return explain_statement(x, plan, params, nulls, sink, planning_ms, never_run);
    PlannedStatement *self = arena_memdup(x->arena, plan, sizeof(*plan));
    self->before_count = self->after_count = 0;
    PlannedStatement **all =
        arena_array(x->arena, PlannedStatement *, plan->before_count + plan->after_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->before_count; i++)
        all[count++] = plan->before[i];
    if (!plan->replaced)
        all[count++] = self;
    for (uint32_t i = 0; i < plan->after_count; i++)
        all[count++] = plan->after[i];
    if (count == 0 && x->format == EXPLAIN_TEXT)
        strbuf_puts(&x->out, "Query rewrites to nothing\n");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && x->format == EXPLAIN_TEXT)
            strbuf_putc(&x->out, '\n');
        if (all[i]->command == COMMAND_UTILITY) {
            TRY(explain_utility(x, all[i]->utility));
            continue;
        }
        TRY(explain_statement(x, all[i], params, nulls, all[i] == self ? sink : NULL, planning_ms,
                              never_run));
    }
    return STATUS_OK;
}

static Status explain_query(Explain *x, const Ast *statement, double tuple_fraction, RowSink *sink,
                            bool never_run) {
    AstRawStatement *raw = AST_NEW(x->arena, AstRawStatement, AST_RAW_STATEMENT, 0);
    raw->statement = (Ast *)(uintptr_t)statement;
    UtilityCall *call = x->call;
    AnalyzeOptions options = {
        .hooks = call->hooks, .param_types = call->param_types, .param_count = call->param_count};
    PlanOptions plan_options = {.tuple_fraction = tuple_fraction};
    EvalEnv *env = &x->session->env;
    env->catalog = x->session->catalog;
    env->txn = x->session->txn;
    env->session = x->session;
    PlannedStatement *plan;
    double planning_ms = 0;
    for (bool valid = false; !valid;) {
        AnalyzedStatement analyzed;
        TRY(analyze_statement(env, x->arena, &x->session->planner, raw, &options, &analyzed));
        if (analyzed.query->command == COMMAND_UTILITY)
            return explain_utility(x, analyzed.query->utility);
        uint64_t start = clock_mono_ns();
        TRY(plan_query(env, x->arena, &x->session->planner, &analyzed, &plan_options, &plan));
        planning_ms = ms_since(start);
        TRY(executor_lock(x->session, plan, &valid));
    }
    return explain_products(x, plan, call->params, call->param_nulls, sink, planning_ms, never_run);
}

/* ---- statements with a query inside ---- */

static Status run_created(void *arg, const PlannedStatement *plan, RowSink *sink) {
    Explain *x = arg;
    return explain_statement(x, plan, x->call->params, x->call->param_nulls, sink, -1, false);
}

static Status explain_create_as(Explain *x, const AstCreateTableAs *statement) {
    UtilityCall inner = *x->call;
    AstRawStatement *raw = AST_NEW(x->arena, AstRawStatement, AST_RAW_STATEMENT, 0);
    raw->statement = (Ast *)(uintptr_t)statement;
    inner.raw = raw;
    Ddl ddl = ddl_of(&inner);
    bool exists;
    TRY(ddl_create_as_exists(&ddl, statement, &exists));
    if (exists) {
        explain_dummy(x, statement->matview ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS", NULL);
        return STATUS_OK;
    }
    if (!x->analyze)
        return explain_query(x, statement->query, 0, NULL, false);
    if (!statement->into->skip_data)
        return ddl_create_as(&inner, run_created, x);
    TRY(ddl_create_as(&inner, NULL, NULL));
    return explain_query(x, statement->query, 0, NULL, true);
}

static Status run_prepared(void *arg, const PlannedStatement *plan, const Datum *params,
                           const bool *nulls) {
    Explain *x = arg;
    if (plan->command == COMMAND_UTILITY)
        return explain_utility(x, plan->utility);
    return explain_products(x, plan, params, nulls, NULL, 0, false);
}

static Status explain_utility(Explain *x, const Ast *statement) {
    if (statement == NULL)
        return STATUS_OK;
    switch (statement->tag) {
    case AST_CREATE_TABLE_AS:
        return explain_create_as(x, (const AstCreateTableAs *)statement);
    case AST_DECLARE_CURSOR:
        return explain_query(x, (const Ast *)((const AstDeclareCursor *)statement)->query,
                             x->session->planner.cursor_tuple_fraction, NULL, false);
    case AST_EXECUTE:
        return x->session->ops->prepared_run(x->session, x->call, (const AstExecute *)statement,
                                             run_prepared, x);
    case AST_NOTIFY:
        if (x->format == EXPLAIN_TEXT)
            strbuf_puts(&x->out, "NOTIFY\n");
        explain_dummy(x, "Notify", NULL);
        return STATUS_OK;
    default:
        if (x->format == EXPLAIN_TEXT)
            strbuf_puts(&x->out, "Utility statements have no plan structure\n");
        explain_dummy(x, "Utility Statement", NULL);
        return STATUS_OK;
    }
}

/* ---- the command ---- */

static Status emit(UtilityCall *call, Str *rows, uint32_t count) {
    Vector column = {.phys = PHYS_STR, .form = VEC_FLAT, .values = rows};
    Batch batch = {
        .column_count = 1, .row_count = count, .selection = {NULL, count}, .columns = &column};
    return call->sink == NULL || count == 0 ? STATUS_OK : call->sink->rows(call->sink, &batch);
}

/* Text: a row a line; other formats: one row. */
static Status emit_output(Explain *x) {
    const char *p = strbuf_cstr(&x->out), *end = p + x->out.len;
    Str *rows = arena_array(x->arena, Str, BATCH_ROWS);
    if (x->format != EXPLAIN_TEXT) {
        rows[0] = str_make(p, x->out.len);
        return emit(x->call, rows, 1);
    }
    uint32_t count = 0;
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        if (line_end == NULL)
            line_end = end;
        if (count == BATCH_ROWS) {
            TRY(emit(x->call, rows, count));
            count = 0;
        }
        rows[count++] = str_make(p, (size_t)(line_end - p));
        p = line_end + 1;
    }
    return emit(x->call, rows, count);
}

static Status execute_explain(UtilityCall *call) {
    const AstExplain *statement = (const AstExplain *)call->raw->statement;
    Explain *x = arena_new(call->arena, Explain);
    x->call = call;
    x->session = call->session;
    x->arena = call->arena;
    strbuf_init(&x->out, call->arena);
    TRY(read_options(x, statement));
    explain_begin(x);
    TRY(explain_query(x, statement->query, 0, NULL, false));
    explain_end(x);
    return emit_output(x);
}

static bool can_be_shown(UtilityCall *call, Oid type) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TypeIo io = {
        .type = type_builtin(type), .typmod = -1, .env = &call->session->env, .arena = call->arena};
    if (io.type == NULL || io.type->output == NULL)
        return false;
    Status status = io.type->output(&io, datum_cstr("[]"), &buf);
    bool shown = status_ok(status);
    status_free(status);
    return shown;
}

static Status describe_explain(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    const AstExplain *statement = (const AstExplain *)call->raw->statement;
    Oid type = TYPE_TEXT;
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcmp(option->name, "format") != 0)
            continue;
        const char *text;
        TRY(ddl_option_string(option, &text));
        type = text != NULL && strcmp(text, "xml") == 0    ? TYPE_XML
               : text != NULL && strcmp(text, "json") == 0 ? TYPE_JSON
                                                           : TYPE_TEXT;
    }
    if (!can_be_shown(call, type)) /* as text it can be read too */
        type = TYPE_TEXT;
    *columns_out = arena_new(call->arena, ResultColumn);
    **columns_out = (ResultColumn){.name = "QUERY PLAN", .type = type, .typmod = -1};
    *count_out = 1;
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_EXPLAIN, "EXPLAIN", UTILITY_RETURNS_ROWS, execute_explain, describe_explain},
};

void explain_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
