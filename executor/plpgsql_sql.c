/* plpgsql_sql.c: SQL in PL/pgSQL: statements, EXECUTE, loops over rows, RETURN QUERY, transactions. */
#include "executor/plpgsql_int.h"

#include "base/strbuf.h"
#include "executor/copy.h"
#include "executor/procedure.h"

#include <stdio.h>

void pl_set_found(PlFrame *frame, bool found) {
    PlValue *cell = &frame->cells[frame->fn->tree->found->number].v;
    cell->value = datum_bool(found);
    cell->is_null = false;
}

/* ---- a statement to run ---- */

/* Of a plan of the function's, or of text made at run time. */
typedef struct Run {
    PlFrame *frame;
    const AstRawStatement *raw;
    const char *text;
    PlannedStatement *plan;
    Datum *params;
    bool *nulls;
    Oid *types;
    uint32_t param_count;
    const ParseHooks *hooks; /* names in utility statements */
    Arena *arena;            /* lives as long as the run */
} Run;

typedef struct Result {
    RowCollector rows;
    uint64_t row_limit; /* 0: all; reading stops there */
    ResultColumn *columns;
    uint32_t column_count;
    uint64_t processed;
} Result;

static Status bind_plan(Run *run, const PlPlan *plan) {
    uint32_t n = run->param_count = plan->param_count;
    run->params = arena_array(run->arena, Datum, n + 1);
    run->nulls = arena_array(run->arena, bool, n + 1);
    run->types = plan->param_types;
    return pl_bind(run->frame, plan->params, n, run->params, run->nulls);
}

static ExecOptions options_of(const Run *run) {
    return (ExecOptions){.params = run->params,
                         .param_nulls = run->nulls,
                         .snapshot = run->frame->snapshot,
                         .flags = run->frame->read_only ? EXEC_READ_ONLY : 0};
}

/* Stops reading after limit rows of a SELECT. */
static Status run_some(const Run *run, uint64_t limit, RowSink *sink, uint64_t *processed_out) {
    Executor *exec;
    const Batch *batch;
    ExecOptions options = options_of(run);
    TRY(executor_start(run->frame->session, run->plan, &options, &exec));
    if (exec == NULL)
        return error(ERR_INTERNAL_ERROR, "cached plan must not change result type");
    executor_limit_batch(exec, (uint32_t)limit);
    Status s = STATUS_OK;
    uint64_t seen = 0;
    do {
        s = executor_next(exec, &batch);
        if (status_ok(s) && batch != NULL)
            s = sink->rows(sink, batch);
        seen += status_ok(s) && batch != NULL ? batch->selection.count : 0;
    } while (status_ok(s) && batch != NULL && seen < limit);
    if (status_ok(s))
        s = executor_finish(exec);
    *processed_out = MIN(seen, limit);
    executor_end(exec);
    return s;
}

static Status utility_columns(UtilityCall *call, Result *result) {
    const UtilityCommand *command = utility_find(call->raw->statement->tag);
    if (command == NULL || !(command->flags & UTILITY_RETURNS_ROWS))
        return STATUS_OK;
    return utility_describe(call, &result->columns, &result->column_count);
}

static Status run_utility(Run *run, Result *result) {
    AstRawStatement raw = *run->raw;
    if (run->plan->utility != NULL)
        raw.statement = run->plan->utility;
    UtilityCall call = {.session = run->frame->session,
                        .raw = &raw,
                        .text = run->text,
                        .text_len = strlen(run->text),
                        .arena = run->arena,
                        .params = run->params,
                        .param_nulls = run->nulls,
                        .param_types = run->types,
                        .param_count = run->param_count,
                        .hooks = run->hooks};
    const UtilityCommand *command = utility_find(raw.statement->tag);
    if (run->frame->read_only && command != NULL && (command->flags & UTILITY_WRITES))
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in a non-volatile function",
                     utility_name(raw.statement));
    TRY(utility_columns(&call, result));
    if (result->column_count > 0)
        call.sink = &result->rows.sink;
    TRY(utility_execute(&call));
    result->processed = result->column_count > 0 ? result->rows.row_count : call.processed;
    return STATUS_OK;
}

static Status run_it(Run *run, Result *result) {
    if (run->plan->command == COMMAND_UTILITY)
        return run_utility(run, result);
    result->columns = run->plan->columns;
    result->column_count = run->plan->column_count;
    if (result->row_limit > 0 && run->plan->command == COMMAND_SELECT &&
        run->plan->modifying_count == 0)
        return run_some(run, result->row_limit, &result->rows.sink, &result->processed);
    ExecOptions options = options_of(run);
    return executor_run(run->frame->session, run->plan, &options,
                        result->rows.arena != NULL ? &result->rows.sink : NULL, &result->processed);
}

/* With the lines of context that belong to it. */
static Status run_in_context(Run *run, Result *result) {
    PlFrame *frame = run->frame;
    frame->sql = run->text;
    frame->sql_mode = PL_SQL_STATEMENT;
    Status s = pl_sql_context(run_it(run, result), PL_SQL_STATEMENT, run->text);
    frame->sql = NULL;
    return s;
}

/* The k-th row of a result. */
static PlRow row_of(PlFrame *frame, const Result *result, uint64_t k) {
    uint32_t n = result->column_count;
    const char **names = arena_array(&frame->eval, const char *, n + 1);
    Oid *types = arena_array(&frame->eval, Oid, n + 1);
    int32_t *typmods = arena_array(&frame->eval, int32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = result->columns[i].name;
        types[i] = result->columns[i].type;
        typmods[i] = result->columns[i].typmod;
    }
    bool have = k < result->rows.row_count;
    return (PlRow){.count = n,
                   .names = names,
                   .types = types,
                   .typmods = typmods,
                   .values = have ? result->rows.values + k * n : NULL,
                   .nulls = have ? result->rows.nulls + k * n : NULL};
}

/* ---- names in utility statements: their values, as constants ---- */

typedef struct Constants {
    PlFrame *frame;
    const PlExpr *expr;
} Constants;

static Status constant_of(PlFrame *frame, Arena *arena, PlDatum *datum, int32_t location,
                          Expr **expr_out) {
    const TypeDesc *type;
    ExprConst *c = EXPR_NEW(arena, ExprConst, EXPR_CONST);
    TRY(pl_read(frame, datum, &c->value, &c->is_null, &c->type, &c->typmod));
    TRY(catalog_type_require(frame->session->catalog, c->type, &type));
    c->phys = type->phys;
    c->collation = type->collation;
    c->location = location;
    if (!c->is_null)
        TRY(datum_copy(arena, c->phys, c->value, &c->value));
    *expr_out = (Expr *)c;
    return STATUS_OK;
}

static Status constant_column(void *arg, Arena *arena, const AstColumnRef *ref, bool found,
                              Expr **expr_out) {
    Constants *k = arg;
    uint32_t used, count = ref->fields.count;
    const char *names[3];
    *expr_out = NULL;
    if (ref->star || count == 0 || count > 3)
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        names[i] = ref->fields.items[i];
    const PlName *n = pl_name_find(k->expr->names, false, names, count, &used);
    if (n == NULL || found)
        return STATUS_OK;
    if (used == count)
        return constant_of(k->frame, arena, n->datum, ref->location, expr_out);
    PlDatum field = {.kind = PL_FIELD, .parent = n->datum, .field = names[used]};
    if (n->kind != PL_NAME_REC || used + 1 != count)
        return STATUS_OK;
    return constant_of(k->frame, arena, &field, ref->location, expr_out);
}

static Status constant_param(void *arg, Arena *arena, const AstParamRef *ref, Expr **expr_out) {
    Constants *k = arg;
    char name[16];
    uint32_t used;
    snprintf(name, sizeof(name), "$%d", ref->number);
    const PlName *n = pl_name_find(k->expr->names, false, (const char *const[]){name}, 1, &used);
    *expr_out = NULL;
    return n == NULL ? STATUS_OK : constant_of(k->frame, arena, n->datum, ref->location, expr_out);
}

/* ---- SQL statements ---- */

static const char *bad_command(const PlannedStatement *plan, const AstRawStatement *raw) {
    if (plan->command != COMMAND_UTILITY)
        return NULL;
    if (raw->statement->tag == AST_COPY &&
        copy_direction((const AstCopy *)raw->statement) != COPY_FILE)
        return "cannot COPY to/from client in PL/pgSQL";
    return NULL;
}

static Status check_command(const Run *run, const char *transaction_text) {
    const char *bad = bad_command(run->plan, run->raw);
    if (run->plan->command == COMMAND_UTILITY && run->raw->statement->tag == AST_TRANSACTION)
        bad = transaction_text;
    return bad == NULL ? STATUS_OK : error(ERR_FEATURE_NOT_SUPPORTED, "%s", bad);
}

static Status no_destination(const Run *run) {
    Status s = error(ERR_SYNTAX_ERROR, "query has no destination for result data");
    if (run->plan->command != COMMAND_SELECT)
        return s;
    return status_hint(s, "If you want to discard the results of a SELECT, use PERFORM instead.");
}

static void quote_value(StrBuf *text, Str value) {
    strbuf_putc(text, '\'');
    for (uint32_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\'')
            strbuf_putc(text, '\'');
        strbuf_putc(text, value.data[i]);
    }
    strbuf_putc(text, '\'');
}

/* "a = '1', b = NULL" of the parameters, for errors. *text_out NULL: there are none. */
static Status describe_params(PlFrame *frame, const Run *run, const PlPlan *plan,
                              const char **text_out) {
    StrBuf text;
    *text_out = NULL;
    if (!frame->fn->tree->print_strict_params || run->param_count == 0)
        return STATUS_OK;
    strbuf_init(&text, &frame->eval);
    for (uint32_t i = 0; i < run->param_count; i++) {
        if (i > 0)
            strbuf_puts(&text, ", ");
        if (plan != NULL)
            strbuf_printf(&text, "%s = ",
                          plan->params[i].field != NULL ? plan->params[i].field
                                                        : plan->params[i].datum->name);
        else
            strbuf_printf(&text, "$%u = ", i + 1);
        if (run->nulls[i]) {
            strbuf_puts(&text, "NULL");
            continue;
        }
        Str value;
        TRY(type_output_text(&frame->session->env, &frame->eval, run->types[i], run->params[i],
                             &value));
        quote_value(&text, value);
    }
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

static Status with_params(Status s, const char *params) {
    return params == NULL ? s : status_detail(s, "parameters: %s", params);
}

static Status too_many_rows(PlFrame *frame, const Run *run, const PlPlan *plan, bool hint,
                            bool is_error) {
    const char *params = NULL;
    TRY(describe_params(frame, run, plan, &params));
    Status s = with_params(error(ERR_TOO_MANY_ROWS, "query returned more than one row"), params);
    if (hint)
        s = status_hint(s, "Make sure the query returns a single row, or use LIMIT 1.");
    if (is_error)
        return s;
    frame->session->ops->notice(frame->session, NOTICE_WARNING,
                                status_context(s, "%s", pl_context(frame, &frame->eval)));
    return STATUS_OK;
}

/* What INTO takes from a result. */
typedef struct Into {
    PlDatum *target;
    bool strict;
    bool one_only; /* more rows than one are an error */
    bool warn;     /* or a warning */
    bool hint;
} Into;

static Status take_into(PlFrame *frame, const Run *run, const PlPlan *plan, const Into *into,
                        const Result *result) {
    PlRow row = row_of(frame, result, 0);
    if (result->rows.row_count == 0) {
        const char *params = NULL;
        if (into->strict) {
            TRY(describe_params(frame, run, plan, &params));
            return with_params(error(ERR_NO_DATA_FOUND, "query returned no rows"), params);
        }
        return pl_assign_row(frame, into->target, NULL, &row);
    }
    if (result->rows.row_count > 1 && (into->strict || into->one_only || into->warn))
        TRY(too_many_rows(frame, run, plan, into->hint, into->strict || into->one_only));
    return pl_assign_row(frame, into->target, &row, &row);
}

static bool modifies(const PlannedStatement *plan) {
    return plan->command == COMMAND_INSERT || plan->command == COMMAND_UPDATE ||
           plan->command == COMMAND_DELETE || plan->command == COMMAND_MERGE;
}

static Status finish_sql(PlFrame *frame, const PlSql *stmt, const Run *run, const PlPlan *plan,
                         const Result *result) {
    const PlFunction *fn = frame->fn;
    if (run->plan->command != COMMAND_UTILITY)
        pl_set_found(frame, result->processed > 0);
    frame->row_count = result->processed;
    if (!stmt->into)
        return result->column_count > 0 || run->plan->command == COMMAND_SELECT
                   ? no_destination(run)
                   : STATUS_OK;
    if (result->column_count == 0 && run->plan->command != COMMAND_SELECT)
        return error(ERR_SYNTAX_ERROR, "INTO used with a command that cannot return data");
    Into into = {.target = stmt->target,
                 .strict = stmt->strict,
                 .one_only = modifies(run->plan) || (fn->extra_errors & PL_CHECK_TOO_MANY_ROWS),
                 .warn = (fn->extra_warnings & PL_CHECK_TOO_MANY_ROWS) != 0,
                 .hint = true};
    return take_into(frame, run, plan, &into, result);
}

static Status run_planned(PlFrame *frame, const PlSql *stmt, PlPlan *plan) {
    Constants constants = {frame, stmt->query};
    ParseHooks hooks = {
        .arg = &constants, .column_ref = constant_column, .param_ref = constant_param};
    Run run = {.frame = frame,
               .raw = plan->raw,
               .text = plan->text,
               .plan = plan->plan,
               .arena = &frame->eval,
               .hooks = &hooks};
    Result result = {0};
    const PlFunction *fn = frame->fn;
    TRY(bind_plan(&run, plan));
    TRY(check_command(&run, "unsupported transaction command in PL/pgSQL"));
    bool more = stmt->strict || modifies(plan->plan) ||
                ((fn->extra_errors | fn->extra_warnings) & PL_CHECK_TOO_MANY_ROWS);
    row_collector_init(&result.rows, &frame->eval, stmt->into ? (more ? 2 : 1) : 1);
    if (stmt->into)
        result.row_limit = more ? 2 : 1;
    if (!stmt->into && plan->plan->command == COMMAND_SELECT)
        return no_destination(&run);
    TRY(run_in_context(&run, &result));
    TRY(pl_refresh(frame));
    return finish_sql(frame, stmt, &run, plan, &result);
}

Status pl_run_sql(PlFrame *frame, const PlSql *stmt) {
    PlPlan *plan;
    TRY(pl_plan(frame, stmt->query, &plan));
    Status s = run_planned(frame, stmt, plan);
    pl_plan_done(plan);
    return s;
}

Status pl_run_perform(PlFrame *frame, const PlSql *stmt) {
    PlPlan *plan;
    TRY(pl_plan(frame, stmt->query, &plan));
    Run run = {.frame = frame,
               .raw = plan->raw,
               .text = plan->text,
               .plan = plan->plan,
               .arena = &frame->eval};
    Result result = {0};
    row_collector_init(&result.rows, &frame->eval, 1);
    Status s = bind_plan(&run, plan);
    if (status_ok(s))
        s = run_in_context(&run, &result);
    pl_plan_done(plan);
    TRY(s);
    pl_set_found(frame, result.processed > 0);
    frame->row_count = result.processed;
    return pl_refresh(frame);
}

/* ---- CALL ---- */

static Status not_writable(const ProcOutput *output, uint32_t at) {
    if (output->name != NULL && output->name[0] != '\0')
        return error(ERR_SYNTAX_ERROR,
                     "procedure parameter \"%s\" is an output parameter but corresponding argument "
                     "is not writable",
                     output->name);
    return error(ERR_SYNTAX_ERROR,
                 "procedure parameter %u is an output parameter but corresponding argument is not "
                 "writable",
                 at + 1);
}

/* The variable that an argument of a CALL is; NULL: none that can be set. */
static PlDatum *argument_variable(PlFrame *frame, const PlExpr *expr, const Ast *arg) {
    const char *names[3];
    char number[16];
    uint32_t used, count = 1;
    if (arg->tag == AST_NAMED_ARG)
        arg = ((const AstNamedArg *)arg)->arg;
    if (arg->tag == AST_PARAM_REF) {
        snprintf(number, sizeof(number), "$%d", ((const AstParamRef *)arg)->number);
        names[0] = number;
    } else if (arg->tag == AST_COLUMN_REF) {
        const AstColumnRef *ref = (const AstColumnRef *)arg;
        count = ref->fields.count;
        if (ref->star || count == 0 || count > 3)
            return NULL;
        for (uint32_t i = 0; i < count; i++)
            names[i] = ref->fields.items[i];
    } else {
        return NULL;
    }
    const PlName *n = pl_name_find(expr->names, false, names, count, &used);
    if (n == NULL || used == count)
        return n == NULL ? NULL : n->datum;
    if (n->kind != PL_NAME_REC || used + 1 != count)
        return NULL;
    PlDatum *field = arena_new(&frame->eval, PlDatum);
    *field =
        (PlDatum){.kind = PL_FIELD, .parent = n->datum, .name = names[used], .field = names[used]};
    return field;
}

/* Which variables the OUT parameters go to: found before the call. */
static Status call_targets(PlFrame *frame, const PlExpr *expr, const PlPlan *plan,
                           const ProcOutputs *outputs, PlDatum *row) {
    const AstFuncCall *call = ((const AstCall *)plan->raw->statement)->call;
    row->kind = PL_ROW;
    row->parts = arena_array(&frame->eval, PlDatum *, outputs->count + 1);
    for (uint32_t i = 0; i < outputs->count; i++) {
        const ProcOutput *output = &outputs->items[i];
        PlDatum *target = NULL;
        if (output->argument >= 0 && (uint32_t)output->argument < call->args.count)
            target = argument_variable(frame, expr, call->args.items[output->argument]);
        if (target == NULL)
            return not_writable(output, (uint32_t)MAX(output->argument, 0));
        const PlDatum *variable = target->kind == PL_FIELD ? target->parent : target;
        if (variable->is_const)
            return error(ERR_ERROR_IN_ASSIGNMENT, "variable \"%s\" is declared CONSTANT",
                         variable->name);
        row->parts[row->part_count++] = target;
    }
    return STATUS_OK;
}

static Status call_procedure(PlFrame *frame, const PlPlan *plan, ExprFunc *call, Datum *value_out,
                             bool *null_out) {
    Arena *arena = &frame->eval;
    Session *session = frame->session;
    TRY(object_check_acl(session->catalog, PG_PROC, call->function, ACL_EXECUTE));
    Datum *values = arena_array(arena, Datum, plan->param_count + 1);
    bool *nulls = arena_array(arena, bool, plan->param_count + 1);
    TRY(pl_bind(frame, plan->params, plan->param_count, values, nulls));
    return procedure_run(session, arena, (Expr *)call, values, nulls,
                         frame->may_commit && frame->subtransactions == 0, value_out, null_out);
}

Status pl_run_call(PlFrame *frame, const PlSql *stmt) {
    PlDatum targets = {0};
    Datum value = {.i64 = 0};
    bool is_null = true;
    PlRow row;
    if (!stmt->is_call)
        return pl_run_sql(frame, stmt);
    if (frame->read_only)
        return error(ERR_FEATURE_NOT_SUPPORTED, "CALL is not allowed in a non-volatile function");
    const char *text = stmt->query->text;
    PlPlan plan = {0};
    ExprFunc *call;
    ProcOutputs outputs = {0};
    TRY(pl_sql_context(pl_call_analyze(frame, stmt->query, &frame->eval, &plan, &call, &outputs),
                       PL_SQL_STATEMENT, text));
    TRY(call_targets(frame, stmt->query, &plan, &outputs, &targets));
    frame->sql = text;
    frame->sql_mode = PL_SQL_STATEMENT;
    Status s = call_procedure(frame, &plan, call, &value, &is_null);
    frame->sql = NULL;
    TRY(pl_sql_context(s, PL_SQL_STATEMENT, text));
    TRY(pl_refresh(frame));
    if (is_null || targets.part_count == 0)
        return STATUS_OK;
    TRY(pl_row_of_record(frame, value, &row));
    return pl_assign_row(frame, &targets, &row, NULL);
}

/* ---- EXECUTE ---- */

/* The values behind USING. */
static Status using_values(PlFrame *frame, const PlExprs *params, Run *run) {
    uint32_t n = run->param_count = (uint32_t)params->count;
    run->params = arena_array(run->arena, Datum, n + 1);
    run->nulls = arena_array(run->arena, bool, n + 1);
    run->types = arena_array(run->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        int32_t typmod;
        const TypeDesc *type;
        TRY(pl_eval(frame, params->items[i], OID_INVALID, -1, &run->params[i], &run->nulls[i]));
        run->types[i] = pl_eval_type(frame, params->items[i], &typmod);
        if (run->types[i] == OID_UNKNOWN)
            run->types[i] = OID_TEXT;
        TRY(catalog_type_require(frame->session->catalog, run->types[i], &type));
        if (!run->nulls[i])
            TRY(datum_copy(run->arena, type->phys, run->params[i], &run->params[i]));
    }
    return STATUS_OK;
}

static Status dynamic_text(PlFrame *frame, PlExpr *query, Run *run) {
    const char *text;
    TRY(pl_eval_text(frame, query, &text));
    if (text == NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "query string argument of EXECUTE is null");
    run->text = arena_strdup(run->arena, text);
    return STATUS_OK;
}

static Status parse_dynamic(Run *run, AstList *list) {
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = run->frame->session->env.standard_conforming_strings;
    return pl_sql_context(parse_sql(run->arena, run->text, strlen(run->text), &options, list),
                          PL_SQL_STATEMENT, run->text);
}

static Status plan_dynamic(Run *run, const AstRawStatement *raw) {
    run->raw = raw;
    run->frame->sql = run->text;
    run->frame->sql_mode = PL_SQL_STATEMENT;
    Status s = pl_sql_context(pl_plan_text(run->frame, raw, run->text, run->types, run->param_count,
                                           run->arena, &run->plan),
                              PL_SQL_STATEMENT, run->text);
    run->frame->sql = NULL;
    return s;
}

static bool selects_into(const AstRawStatement *raw) {
    return raw->statement->tag == AST_SELECT && ((const AstSelect *)raw->statement)->into != NULL;
}

static Status execute_one(Run *run, const AstRawStatement *raw, const PlExecute *stmt,
                          Result *result) {
    if (selects_into(raw))
        return status_hint(
            error(ERR_FEATURE_NOT_SUPPORTED, "EXECUTE of SELECT ... INTO is not implemented"),
            "You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS "
            "instead.");
    TRY(plan_dynamic(run, raw));
    TRY(check_command(run, "EXECUTE of transaction commands is not implemented"));
    *result = (Result){0};
    row_collector_init(&result->rows, run->arena, stmt->into ? 2 : 1);
    return run_in_context(run, result);
}

static Status execute_all(PlFrame *frame, Run *run, const PlExecute *stmt) {
    AstList list;
    Result result = {0};
    TRY(dynamic_text(frame, stmt->query, run));
    TRY(using_values(frame, &stmt->params, run));
    TRY(parse_dynamic(run, &list));
    for (uint32_t i = 0; i < list.count; i++)
        TRY(execute_one(run, AST_AT(AstRawStatement, list, i), stmt, &result));
    TRY(pl_refresh(frame));
    frame->row_count = result.processed;
    if (!stmt->into)
        return STATUS_OK;
    if (list.count == 0 || (result.column_count == 0 && run->plan->command != COMMAND_SELECT))
        return error(ERR_SYNTAX_ERROR, "INTO used with a command that cannot return data");
    Into into = {.target = stmt->target, .strict = stmt->strict};
    return take_into(frame, run, NULL, &into, &result);
}

Status pl_run_execute(PlFrame *frame, const PlExecute *stmt) {
    Arena arena;
    arena_init(&arena, &frame->session->account);
    Run run = {.frame = frame, .arena = &arena};
    bool may_commit = frame->may_commit; /* dynamic statements never may */
    frame->may_commit = false;
    Status s = execute_all(frame, &run, stmt);
    frame->may_commit = may_commit;
    arena_destroy(&arena);
    return s;
}

/* ---- loops over rows ---- */

/* Rows are read a few at a time through a cursor, which can outlive its transaction. */
struct PlRows {
    PlRows *next; /* of the frame's */
    Run run;
    Arena arena, fetched;
    ExecCursor *cursor; /* NULL: all rows are in `result` */
    bool ended;
    uint64_t wanted;
    Result result;
    uint64_t at;
    PlPlan *plan;
};

static Status rows_fetch(PlRows *rows) {
    PlFrame *frame = rows->run.frame;
    uint64_t got;
    arena_reset(&rows->fetched);
    row_collector_init(&rows->result.rows, &rows->fetched, 0);
    rows->at = 0;
    frame->sql = NULL; /* the rows' errors and notices are the loop's */
    Status s = cursor_fetch(rows->cursor, AST_FETCH_FORWARD, (int64_t)rows->wanted,
                            &rows->result.rows.sink, &got);
    if (!status_ok(s) && s.error->byte_location >= 0)
        s = status_internal(s, rows->run.text);
    rows->ended = got < rows->wanted;
    rows->wanted = rows->wanted == 10 ? 50 : MIN(rows->wanted * 2, 1000u);
    return s;
}

static Status rows_start(PlRows *rows) {
    Run *run = &rows->run;
    Executor *exec;
    row_collector_init(&rows->result.rows, &rows->fetched, 0);
    if (run->plan->command == COMMAND_UTILITY) {
        TRY(run_in_context(run, &rows->result));
        rows->ended = true;
        return STATUS_OK;
    }
    rows->result.columns = run->plan->columns;
    rows->result.column_count = run->plan->column_count;
    ExecOptions options = options_of(run);
    TRY(executor_start(run->frame->session, run->plan, &options, &exec));
    Status s = cursor_open(exec, false, &rows->cursor);
    if (!status_ok(s)) {
        executor_end(exec);
        return s;
    }
    rows->wanted = 10;
    return STATUS_OK;
}

static const char *command_name(const Run *run) {
    static const char *const names[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"};
    if (run->plan->command != COMMAND_UTILITY)
        return names[run->plan->command];
    if (run->raw->statement->tag == AST_SELECT)
        return "SELECT INTO";
    const UtilityCommand *command = utility_find(run->raw->statement->tag);
    return command != NULL && command->tag != NULL ? command->tag
                                                   : ast_tag_name(run->raw->statement->tag);
}

static Status not_a_query(const Run *run) {
    return error(ERR_INVALID_CURSOR_DEFINITION, "cannot open %s query as cursor",
                 command_name(run));
}

static bool gives_rows(const Run *run) {
    if (run->plan->command != COMMAND_UTILITY)
        return run->plan->command == COMMAND_SELECT || run->plan->column_count > 0;
    const UtilityCommand *command = utility_find(run->raw->statement->tag);
    return command != NULL && (command->flags & UTILITY_RETURNS_ROWS);
}

/* Values that the loop's body may change meanwhile. */
static Status copy_params(Run *run) {
    for (uint32_t i = 0; i < run->param_count; i++) {
        const TypeDesc *type;
        if (run->nulls[i])
            continue;
        TRY(catalog_type_require(run->frame->session->catalog, run->types[i], &type));
        TRY(datum_copy(run->arena, type->phys, run->params[i], &run->params[i]));
    }
    return STATUS_OK;
}

static Status rows_open(PlRows *rows, const PlForRows *stmt) {
    Run *run = &rows->run;
    PlFrame *frame = run->frame;
    if (stmt->kind == PL_FOR_QUERY) {
        TRY(pl_plan(frame, stmt->query, &rows->plan));
        run->raw = rows->plan->raw;
        run->text = rows->plan->text;
        run->plan = rows->plan->plan;
        TRY(bind_plan(run, rows->plan));
        TRY(copy_params(run));
    } else {
        AstList list;
        TRY(dynamic_text(frame, stmt->query, run));
        TRY(using_values(frame, &stmt->params, run));
        TRY(parse_dynamic(run, &list));
        if (list.count != 1)
            return error(ERR_INVALID_CURSOR_DEFINITION, "cannot open multi-query plan as cursor");
        TRY(plan_dynamic(run, AST_AT(AstRawStatement, list, 0)));
    }
    if (!gives_rows(run))
        return not_a_query(run);
    return rows_start(rows);
}

static void rows_close(PlRows *rows) {
    PlFrame *frame = rows->run.frame;
    check(frame->open_rows == rows);
    frame->open_rows = rows->next;
    cursor_close(rows->cursor);
    if (rows->plan != NULL)
        pl_plan_done(rows->plan);
    arena_destroy(&rows->fetched);
    arena_destroy(&rows->arena);
}

static Status rows_next(PlRows *rows, PlRow *row_out, bool *have_out) {
    if (rows->at == rows->result.rows.row_count && !rows->ended)
        TRY(rows_fetch(rows));
    *have_out = rows->at < rows->result.rows.row_count;
    *row_out = row_of(rows->run.frame, &rows->result, rows->at);
    rows->at += *have_out;
    return STATUS_OK;
}

static Status rows_rounds(PlRows *rows, const PlForRows *stmt, PlFlow *flow_out) {
    PlFrame *frame = rows->run.frame;
    bool found = false, have;
    PlRow row;
    for (;;) {
        TRY(pl_turn(frame));
        frame->stmt = (const PlStmt *)stmt;
        arena_reset(&frame->eval);
        TRY(rows_next(rows, &row, &have));
        if (!have)
            break;
        found = true;
        TRY(pl_assign_row(frame, stmt->target, &row, &row));
        TRY(pl_run_body(frame, &stmt->body, flow_out));
        if (!pl_loop_again(frame, stmt->label, flow_out))
            break;
    }
    if (!found)
        TRY(pl_assign_row(frame, stmt->target, NULL, &row));
    pl_set_found(frame, found);
    return STATUS_OK;
}

Status pl_run_for_rows(PlFrame *frame, const PlForRows *stmt, PlFlow *flow_out) {
    PlRows *rows = mem_alloc(&frame->session->account, sizeof(*rows));
    *rows = (PlRows){.next = frame->open_rows, .run = {.frame = frame}};
    arena_init(&rows->arena, &frame->session->account);
    arena_init(&rows->fetched, &frame->session->account);
    rows->run.arena = &rows->arena;
    frame->open_rows = rows;
    Status s = rows_open(rows, stmt);
    if (status_ok(s))
        s = pl_refresh(frame);
    if (status_ok(s))
        s = rows_rounds(rows, stmt, flow_out);
    rows_close(rows);
    mem_free(&frame->session->account, rows, sizeof(*rows));
    return s;
}

/* ---- RETURN QUERY ---- */

typedef struct QuerySink {
    RowSink sink;
    PlFrame *frame;
    Run *run;
    Result *result;
    uint64_t count;
} QuerySink;

static Status add_batch(RowSink *sink, const Batch *batch) {
    QuerySink *q = CONTAINER_OF(sink, QuerySink, sink);
    uint32_t n = batch->column_count;
    Datum *values = arena_array(&q->frame->eval, Datum, n + 1);
    bool *nulls = arena_array(&q->frame->eval, bool, n + 1);
    PlRow row = row_of(q->frame, q->result, UINT64_MAX);
    row.values = values;
    row.nulls = nulls;
    SELECTION_FOREACH(batch->selection, at) {
        ArenaMark mark = arena_mark(&q->frame->eval);
        for (uint32_t i = 0; i < n; i++) {
            nulls[i] = vector_is_null(&batch->columns[i], at);
            if (!nulls[i])
                values[i] = vector_at(&batch->columns[i], at);
        }
        TRY(pl_add_row(q->frame, &row));
        arena_release(&q->frame->eval, mark);
        q->count++;
    }
    return STATUS_OK;
}

/* The columns must fit even where there are no rows. */
static Status check_columns(PlFrame *frame, const Result *result) {
    PlRow row = row_of(frame, result, UINT64_MAX);
    return pl_add_row(frame, &row);
}

static Status run_query(PlFrame *frame, Run *run) {
    Result result = {0};
    QuerySink sink = {.sink = {add_batch}, .frame = frame, .run = run, .result = &result};
    TRY(check_command(run, "unsupported transaction command in PL/pgSQL"));
    if (!gives_rows(run))
        return pl_sql_context(
            error(ERR_SYNTAX_ERROR, "%s query does not return tuples", command_name(run)),
            PL_SQL_STATEMENT, run->text);
    frame->sql = run->text;
    frame->sql_mode = PL_SQL_STATEMENT;
    Status s;
    if (run->plan->command == COMMAND_UTILITY) {
        row_collector_init(&result.rows, run->arena, 0);
        s = run_utility(run, &result);
        for (uint64_t i = 0; status_ok(s) && i < result.rows.row_count; i++) {
            PlRow row = row_of(frame, &result, i);
            s = pl_add_row(frame, &row);
        }
        sink.count = result.rows.row_count;
    } else {
        ExecOptions options = options_of(run);
        result.columns = run->plan->columns;
        result.column_count = run->plan->column_count;
        s = check_columns(frame, &result);
        if (status_ok(s))
            s = executor_run(frame->session, run->plan, &options, &sink.sink, NULL);
    }
    s = pl_sql_context(s, PL_SQL_STATEMENT, run->text);
    frame->sql = NULL;
    TRY(s);
    frame->row_count = sink.count;
    pl_set_found(frame, sink.count > 0);
    return pl_refresh(frame);
}

static Status dynamic_query(PlFrame *frame, const PlReturnQuery *stmt, Run *run) {
    AstList list;
    TRY(dynamic_text(frame, stmt->dynamic, run));
    TRY(using_values(frame, &stmt->params, run));
    TRY(parse_dynamic(run, &list));
    if (list.count != 1)
        return error(ERR_INVALID_CURSOR_DEFINITION, "cannot open multi-query plan as cursor");
    TRY(plan_dynamic(run, AST_AT(AstRawStatement, list, 0)));
    return run_query(frame, run);
}

Status pl_run_return_query(PlFrame *frame, const PlReturnQuery *stmt) {
    Run run = {.frame = frame, .arena = &frame->eval};
    if (stmt->dynamic != NULL) {
        Arena arena;
        arena_init(&arena, &frame->session->account);
        run.arena = &arena;
        Status s = dynamic_query(frame, stmt, &run);
        arena_destroy(&arena);
        return s;
    }
    PlPlan *plan;
    TRY(pl_plan(frame, stmt->query, &plan));
    run.raw = plan->raw;
    run.text = plan->text;
    run.plan = plan->plan;
    Status s = bind_plan(&run, plan);
    if (status_ok(s))
        s = run_query(frame, &run);
    pl_plan_done(plan);
    return s;
}

/* ---- COMMIT, ROLLBACK ---- */

static Status hold_rows(PlFrame *frame) {
    for (PlFrame *f = frame; f != NULL; f = f->caller) {
        for (PlLoopCursor *loop = f->loop_cursors; loop != NULL; loop = loop->next)
            TRY(f->session->ops->cursor_keep(f->session, loop->name));
        for (PlRows *rows = f->open_rows; rows != NULL; rows = rows->next) {
            if (rows->cursor == NULL)
                continue;
            if (rows->run.plan->command != COMMAND_SELECT)
                return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                             "cannot perform transaction commands inside a cursor loop that is not "
                             "read-only");
            TRY(cursor_hold(rows->cursor));
        }
    }
    return STATUS_OK;
}

Status pl_run_transaction(PlFrame *frame, const PlTransaction *stmt) {
    Session *session = frame->session;
    bool commit = stmt->kind == PL_COMMIT;
    if (!frame->may_commit)
        return error(ERR_INVALID_TRANSACTION_TERMINATION, "invalid transaction termination");
    for (const PlFrame *f = frame; f != NULL; f = f->caller)
        if (f->subtransactions > 0)
            return error(ERR_INVALID_TRANSACTION_TERMINATION,
                         commit ? "cannot commit while a subtransaction is active"
                                : "cannot roll back while a subtransaction is active");
    TRY(hold_rows(frame));
    TRY(session->ops->transaction_end(session, commit, stmt->chain));
    return pl_refresh(frame);
}
