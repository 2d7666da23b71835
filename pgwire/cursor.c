/* cursor.c: DECLARE, FETCH, MOVE, CLOSE and PREPARE, EXECUTE, DEALLOCATE. */
#include "pgwire/client_int.h"

/* ---- cursors ---- */

static Status plan_cursor(ClientSession *client, UtilityCall *call,
                          const AstDeclareCursor *statement, Portal *portal) {
    AstRawStatement *raw = arena_new(&portal->arena, AstRawStatement);
    *raw = *call->raw;
    raw->statement = (Ast *)statement->query;
    portal->text = arena_strndup(&portal->arena, call->text, call->text_len);
    portal->text_len = call->text_len;
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = client->exec.env.standard_conforming_strings;
    AstList statements; /* a tree that lives as long as the cursor */
    TRY(parse_sql(&portal->arena, portal->text, portal->text_len, &options, &statements));
    AST_FOREACH(AstRawStatement, each, statements) {
        if (each->location == call->raw->location && each->statement->tag == AST_DECLARE_CURSOR)
            raw->statement = (Ast *)((AstDeclareCursor *)each->statement)->query;
    }
    if (raw->statement->tag == AST_SELECT && ((const AstSelect *)raw->statement)->into != NULL)
        return status_at(error(ERR_SYNTAX_ERROR, "SELECT ... INTO is not allowed here"),
                         ((const AstSelect *)raw->statement)->into->relation->location);
    AnalyzeOptions analyze = {
        .hooks = call->hooks, .param_types = call->param_types, .param_count = call->param_count};
    PlannedStatement *plan;
    PlannerSettings *planner = &client->exec.planner;
    int workers = planner->max_parallel_workers_per_gather;
    planner->max_parallel_workers_per_gather = 0; /* none wait from one FETCH to the next */
    Status status = executor_plan(&client->exec, &portal->arena, raw, &analyze, &plan);
    planner->max_parallel_workers_per_gather = workers;
    TRY(status);
    portal->raw = raw;
    portal->plan = plan;
    return STATUS_OK;
}

static Status open_declared(ClientSession *client, UtilityCall *call,
                            const AstDeclareCursor *statement, Portal *portal) {
    portal->sql_cursor = true;
    portal->hold = (statement->options & AST_CURSOR_HOLD) != 0;
    portal->binary = (statement->options & AST_CURSOR_BINARY) != 0;
    TRY(plan_cursor(client, call, statement, portal));
    if (!portal->hold && client->block != BLOCK_IN && client->block != BLOCK_IMPLICIT)
        return error(ERR_NO_ACTIVE_SQL_TRANSACTION,
                     "DECLARE CURSOR can only be used in transaction blocks");
    if (portal->hold)
        TRY(session_check_unrestricted(client->exec.catalog, "create a cursor WITH HOLD"));
    portal->param_count = call->param_count;
    portal->params = arena_memdup(&portal->arena, call->params, call->param_count * sizeof(Datum));
    portal->param_nulls =
        arena_memdup(&portal->arena, call->param_nulls, call->param_count * sizeof(bool));
    portal->scroll = (statement->options & AST_CURSOR_SCROLL) != 0;
    bool can_go_back = portal->scroll || ((statement->options & AST_CURSOR_NO_SCROLL) == 0 &&
                                          portal->plan->read_only);
    portal->scroll |= can_go_back && cursor_is_scrollable(portal->plan);
    portal->formats = arena_array(&portal->arena, int16_t, 1);
    portal->formats[0] = portal->binary;
    portal->format_count = 1;
    return portal_open_cursor(client, portal, can_go_back);
}

static Status execute_declare(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstDeclareCursor *statement = (const AstDeclareCursor *)call->raw->statement;
    if (statement->name[0] == '\0')
        return error(ERR_INVALID_CURSOR_NAME, "invalid cursor name: must not be empty");
    Portal *portal;
    TRY(portal_make(client, statement->name, &portal));
    Status status = open_declared(client, call, statement, portal);
    if (!status_ok(status))
        portal_drop(client, portal);
    return status;
}

static Status cursor_require(ClientSession *client, const char *name, Portal **portal_out) {
    *portal_out = portal_find(client, name);
    if (*portal_out == NULL)
        return error(ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", name);
    if ((*portal_out)->cursor == NULL && (*portal_out)->plan != NULL &&
        (*portal_out)->plan->command == COMMAND_SELECT)
        return portal_open_cursor(client, *portal_out, false);
    if ((*portal_out)->failed || (*portal_out)->cursor == NULL)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run", name);
    return STATUS_OK;
}

static Status execute_fetch(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstFetch *statement = (const AstFetch *)call->raw->statement;
    Portal *portal;
    TRY(cursor_require(client, statement->portal, &portal));
    call->tag = statement->move ? "MOVE" : "FETCH";
    call->tag_has_count = true;
    Status status = cursor_fetch(portal->cursor, statement->direction, statement->count,
                                 statement->move ? NULL : call->sink, &call->processed);
    portal->failed = !status_ok(status);
    return status;
}

static Status describe_fetch(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    ClientSession *client = client_of(call->session);
    const AstFetch *statement = (const AstFetch *)call->raw->statement;
    *columns_out = NULL;
    *count_out = 0;
    Portal *portal = portal_find(client, statement->portal);
    if (statement->move || portal == NULL || portal->plan == NULL)
        return STATUS_OK;
    *columns_out = portal->plan->columns;
    *count_out = portal->plan->column_count;
    return STATUS_OK;
}

static Status execute_close(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstClosePortal *statement = (const AstClosePortal *)call->raw->statement;
    call->tag = "CLOSE CURSOR";
    if (statement->name == NULL) {
        TRY(session_check_unrestricted(client->exec.catalog, "execute CLOSE"));
        call->tag = "CLOSE CURSOR ALL";
        portals_drop_all(client);
        return STATUS_OK;
    }
    Portal *portal = portal_find(client, statement->name);
    if (portal == NULL)
        return error(ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", statement->name);
    portal_drop(client, portal);
    return STATUS_OK;
}

/* ---- prepared statements by SQL ---- */

static Status execute_prepare(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    TRY(session_check_unrestricted(client->exec.catalog, "execute PREPARE"));
    const AstPrepare *statement = (const AstPrepare *)call->raw->statement;
    if (statement->name[0] == '\0')
        return error(ERR_INVALID_PSTATEMENT_DEFINITION,
                     "invalid statement name: must not be empty");
    uint32_t count = statement->arg_types.count;
    Oid *types = arena_array(call->arena, Oid, count);
    for (uint32_t i = 0; i < count; i++) {
        int32_t typmod;
        TRY(analyze_type_name(&client->exec.env, call->arena,
                              AST_AT(AstTypeName, statement->arg_types, i), &types[i], &typmod));
    }
    if (prepared_find(client, statement->name) != NULL)
        return error(ERR_DUPLICATE_PSTATEMENT, "prepared statement \"%s\" already exists",
                     statement->name);
    Prepared *prepared;
    /* pg_prepared_statements shows the statement with its semicolon. */
    const char *text = call->text + call->raw->location;
    size_t len = (size_t)call->raw->length;
    size_t end = len, rest = call->text_len - (size_t)call->raw->location;
    while (end < rest && strchr(" \t\r\n", text[end]) != NULL)
        end++;
    if (end < rest && text[end] == ';')
        len = end + 1;
    TRY(prepared_make(client, statement->name, text, len, types, count, true, &prepared));
    return prepared_store(client, prepared);
}

static Status check_argument_count(const AstExecute *statement, const Prepared *prepared) {
    if (statement->args.count == prepared->param_count)
        return STATUS_OK;
    return status_detail(
        error(ERR_SYNTAX_ERROR, "wrong number of parameters for prepared statement \"%s\"",
              prepared->name),
        "Expected %u parameters but got %u.", prepared->param_count, statement->args.count);
}

/* The arguments of EXECUTE, coerced to the parameters' types and evaluated. */
static Status evaluate_arguments(UtilityCall *call, const AstExecute *statement,
                                 const Prepared *prepared, Datum **values_out, bool **nulls_out) {
    Session *session = call->session;
    TRY(check_argument_count(statement, prepared));
    uint32_t count = prepared->param_count;
    *values_out = arena_array(call->arena, Datum, count);
    *nulls_out = arena_array(call->arena, bool, count);
    if (count == 0)
        return STATUS_OK;
    Expr **exprs = arena_array(call->arena, Expr *, count);
    ExprScope scope = {0};
    for (uint32_t i = 0; i < count; i++) {
        Expr *expr;
        TRY(analyze_expr(&session->env, call->arena, &session->planner, statement->args.items[i],
                         &scope, EXPR_KIND_EXECUTE_PARAMETER, &expr));
        TRY(analyze_coerce_parameter(&session->env, call->arena, expr, i + 1,
                                     prepared->param_types[i], &expr));
        TRY(plan_expr(&session->env, call->arena, &session->planner, expr, SLOT_LEFT, &exprs[i]));
    }
    ExprEval *eval;
    TRY(expr_eval_make(session, call->arena, exprs, count, &eval));
    for (uint32_t i = 0; i < count; i++)
        TRY(expr_eval_row(eval, i, NULL, NULL, &(*values_out)[i], &(*nulls_out)[i]));
    return STATUS_OK; /* the evaluator and its results live on the statement's arena */
}

static Status execute_utility_inside(UtilityCall *call, const Prepared *prepared) {
    UtilityCall inner = *call;
    inner.raw = prepared->raw;
    inner.text = prepared->text;
    inner.text_len = prepared->text_len;
    TRY(utility_execute(&inner));
    call->tag = inner.tag;
    call->tag_has_count = inner.tag_has_count;
    call->processed = inner.processed;
    return STATUS_OK;
}

static Status execute_execute(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstExecute *statement = (const AstExecute *)call->raw->statement;
    Prepared *prepared;
    TRY(prepared_require(client, statement->name, &prepared));
    TRY(prepared_admit(client, prepared));
    Datum *values;
    bool *nulls;
    TRY(evaluate_arguments(call, statement, prepared, &values, &nulls));
    const PlannedStatement *plan = prepared->cached->plan;
    if (plan->command == COMMAND_UTILITY)
        return execute_utility_inside(call, prepared);
    prepared->generic_runs++;
    CachedPlan *cached = prepared->cached;
    cached->references++;
    ExecOptions options = {.params = values,
                           .param_nulls = nulls,
                           .others = plan->column_count == 0 ? call->others : NULL};
    Status status = executor_run(&client->exec, plan, &options, call->sink, &call->processed);
    call->tag = status_ok(status) ? command_tag(client, plan, call->processed, call->arena) : "";
    cached_plan_unref(client, cached);
    return status;
}

Status prepared_run(Session *session, UtilityCall *call, const AstExecute *statement,
                    PreparedRun run, void *arg) {
    ClientSession *client = client_of(session);
    Prepared *prepared;
    Datum *values;
    bool *nulls;
    TRY(prepared_require(client, statement->name, &prepared));
    TRY(prepared_admit(client, prepared));
    TRY(evaluate_arguments(call, statement, prepared, &values, &nulls));
    CachedPlan *cached = prepared->cached;
    cached->references++;
    Status status = run(arg, cached->plan, values, nulls);
    cached_plan_unref(client, cached);
    return status;
}

static Status describe_execute(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    ClientSession *client = client_of(call->session);
    const AstExecute *statement = (const AstExecute *)call->raw->statement;
    *columns_out = NULL;
    *count_out = 0;
    Prepared *prepared;
    TRY(prepared_require(client, statement->name, &prepared));
    TRY(prepared_plan(client, prepared));
    TRY(check_argument_count(statement, prepared));
    *columns_out = (ResultColumn *)prepared->columns;
    *count_out = prepared->column_count;
    return STATUS_OK;
}

static Status execute_deallocate(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    TRY(session_check_unrestricted(client->exec.catalog, "execute DEALLOCATE"));
    const AstDeallocate *statement = (const AstDeallocate *)call->raw->statement;
    call->tag = statement->name == NULL ? "DEALLOCATE ALL" : "DEALLOCATE";
    if (statement->name == NULL) {
        prepared_drop_all(client);
        return STATUS_OK;
    }
    Prepared *prepared;
    TRY(prepared_require(client, statement->name, &prepared));
    prepared_drop(client, statement->name);
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_DECLARE_CURSOR, "DECLARE CURSOR", 0, execute_declare, NULL},
    {AST_FETCH, NULL, UTILITY_RETURNS_ROWS, execute_fetch, describe_fetch},
    {AST_CLOSE_PORTAL, NULL, UTILITY_NO_SNAPSHOT, execute_close, NULL},
    {AST_PREPARE, "PREPARE", 0, execute_prepare, NULL},
    {AST_EXECUTE, NULL, UTILITY_RETURNS_ROWS, execute_execute, describe_execute},
    {AST_DEALLOCATE, NULL, UTILITY_NO_SNAPSHOT, execute_deallocate, NULL},
};

void cursor_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
