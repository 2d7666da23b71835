/* plpgsql_cursor.c: OPEN, FETCH, MOVE, CLOSE and FOR over a cursor: portals of the session. */
#include "executor/plpgsql_int.h"

typedef struct Opening {
    PlFrame *frame;
    const PlExpr *query;   /* of the function */
    const char *text;      /* or text made at run time */
    const PlExprs *params; /* with values */
} Opening;

/* ---- the query ---- */

static Status copy_values(PlFrame *frame, Arena *arena, CursorOpen *open, const Oid *types) {
    for (uint32_t i = 0; i < open->param_count; i++) {
        const TypeDesc *type;
        if (open->param_nulls[i])
            continue;
        TRY(catalog_type_require(frame->session->catalog, types[i], &type));
        TRY(datum_copy(arena, type->phys, open->params[i], &open->params[i]));
    }
    return STATUS_OK;
}

static void value_arrays(CursorOpen *open, Arena *arena, uint32_t count) {
    open->param_count = count;
    open->params = arena_array(arena, Datum, count + 1);
    open->param_nulls = arena_array(arena, bool, count + 1);
}

static Status prepare_static(CursorOpen *open, Arena *arena) {
    const Opening *o = open->arg;
    PlFrame *frame = o->frame;
    bool valid;
    PlPlan plan = {0};
    TRY(pl_sql_context(pl_plan_fresh(frame, o->query, arena, &plan), PL_SQL_STATEMENT,
                       o->query->text));
    open->plan = plan.plan;
    value_arrays(open, arena, plan.param_count);
    TRY(pl_bind(frame, plan.params, plan.param_count, open->params, open->param_nulls));
    TRY(copy_values(frame, arena, open, plan.param_types));
    if (plan.plan->command == COMMAND_UTILITY)
        return STATUS_OK;
    TRY(executor_lock(frame->session, plan.plan, &valid));
    return valid ? STATUS_OK : prepare_static(open, arena);
}

static Status prepare_dynamic(CursorOpen *open, Arena *arena) {
    const Opening *o = open->arg;
    PlFrame *frame = o->frame;
    uint32_t n = (uint32_t)o->params->count;
    Oid *types = arena_array(arena, Oid, n + 1);
    AstList list;
    value_arrays(open, arena, n);
    for (uint32_t i = 0; i < n; i++) {
        int32_t typmod;
        TRY(pl_eval(frame, o->params->items[i], OID_INVALID, -1, &open->params[i],
                    &open->param_nulls[i]));
        types[i] = pl_eval_type(frame, o->params->items[i], &typmod);
        if (types[i] == OID_UNKNOWN)
            types[i] = OID_TEXT;
    }
    TRY(copy_values(frame, arena, open, types));
    Status s = parse_sql(arena, o->text, strlen(o->text), NULL, &list);
    if (status_ok(s) && list.count != 1)
        s = error(ERR_INVALID_CURSOR_DEFINITION, "cannot open multi-query plan as cursor");
    if (status_ok(s))
        s = pl_plan_text(frame, AST_AT(AstRawStatement, list, 0), o->text, types, n, arena,
                         &open->plan);
    return pl_sql_context(s, PL_SQL_STATEMENT, o->text);
}

/* Only what gives rows can be a cursor. */
static Status prepare(CursorOpen *open, Arena *arena) {
    static const char *const names[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"};
    const Opening *o = open->arg;
    TRY(o->query != NULL ? prepare_static(open, arena) : prepare_dynamic(open, arena));
    const PlannedStatement *plan = open->plan;
    if (plan->command == COMMAND_SELECT ||
        (plan->command != COMMAND_UTILITY && plan->column_count > 0))
        return STATUS_OK;
    return error(ERR_INVALID_CURSOR_DEFINITION, "cannot open %s query as cursor",
                 plan->command == COMMAND_UTILITY ? "utility" : names[plan->command]);
}

/* ---- OPEN ---- */

static PlValue *cursor_cell(PlFrame *frame, const PlDatum *cursor) {
    return &frame->cells[cursor->number].v;
}

static const char *cursor_name(PlFrame *frame, const PlDatum *cursor) {
    const PlValue *v = cursor_cell(frame, cursor);
    return v->is_null ? NULL : arena_strndup(&frame->eval, v->value.str.data, v->value.str.len);
}

static Status check_unused(PlFrame *frame, const char *name) {
    ExecCursor *cursor;
    const PlannedStatement *plan;
    Session *session = frame->session;
    if (name == NULL)
        return STATUS_OK;
    Status s = session->ops->cursor_find(session, name, &cursor, &plan);
    if (!status_ok(s)) {
        status_free(s);
        return STATUS_OK;
    }
    return error(ERR_DUPLICATE_CURSOR, "cursor \"%s\" already in use", name);
}

/* The arguments of a bound cursor go into its variables. */
static Status set_arguments(PlFrame *frame, const PlDatum *cursor, PlExpr *arguments) {
    const PlDatum *row = cursor->cursor_args;
    if (row == NULL)
        return STATUS_OK;
    PlPlan *plan;
    RowCollector rows;
    PlExpr *list = arguments;
    Arena *arena = &frame->eval;
    PlExpr query = *list;
    query.mode = PL_SQL_STATEMENT;
    query.text = arena_printf(arena, "SELECT %s", list->text);
    plan = arena_new(arena, PlPlan);
    TRY(pl_sql_context(pl_plan_fresh(frame, &query, arena, plan), PL_SQL_EXPRESSION, list->text));
    Datum *values = arena_array(arena, Datum, plan->param_count + 1);
    bool *nulls = arena_array(arena, bool, plan->param_count + 1);
    TRY(pl_bind(frame, plan->params, plan->param_count, values, nulls));
    ExecOptions options = {.params = values, .param_nulls = nulls, .snapshot = frame->snapshot};
    row_collector_init(&rows, arena, 1);
    TRY(pl_sql_context(executor_run(frame->session, plan->plan, &options, &rows.sink, NULL),
                       PL_SQL_EXPRESSION, list->text));
    for (uint32_t i = 0; i < row->part_count && i < rows.column_count; i++)
        TRY(pl_assign(frame, row->parts[i], rows.values[i], rows.nulls[i],
                      plan->plan->columns[i].type, plan->plan->columns[i].typmod));
    return STATUS_OK;
}

static Status open_portal(PlFrame *frame, PlDatum *cursor, Opening *opening, unsigned options) {
    Session *session = frame->session;
    const char *name = cursor_name(frame, cursor);
    CursorOpen open = {.name = name,
                       .options = options,
                       .text = opening->query != NULL ? opening->query->text : opening->text,
                       .prepare = prepare,
                       .arg = opening};
    opening->frame = frame;
    if (name == NULL && cursor->is_const)
        return error(ERR_ERROR_IN_ASSIGNMENT, "variable \"%s\" is declared CONSTANT", cursor->name);
    TRY(session->ops->cursor_open(session, &open));
    if (name == NULL)
        TRY(pl_assign_text(frame, cursor, open.name));
    return pl_refresh(frame);
}

Status pl_run_open(PlFrame *frame, const PlOpen *stmt) {
    Opening opening = {.params = &stmt->params};
    unsigned options = stmt->options;
    TRY(check_unused(frame, cursor_name(frame, stmt->cursor)));
    if (stmt->dynamic != NULL) {
        TRY(pl_eval_text(frame, stmt->dynamic, &opening.text));
        if (opening.text == NULL)
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "query string argument of EXECUTE is null");
    } else if (stmt->query != NULL) {
        opening.query = stmt->query;
    } else {
        TRY(set_arguments(frame, stmt->cursor, stmt->arguments));
        opening.query = stmt->cursor->cursor_query;
        options = stmt->cursor->cursor_options;
    }
    return open_portal(frame, stmt->cursor, &opening, options);
}

/* ---- FETCH, MOVE, CLOSE ---- */

static Status require(PlFrame *frame, const PlDatum *variable, ExecCursor **cursor_out,
                      const PlannedStatement **plan_out) {
    Session *session = frame->session;
    const char *name = cursor_name(frame, variable);
    if (name == NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "cursor variable \"%s\" is null", variable->name);
    return session->ops->cursor_find(session, name, cursor_out, plan_out);
}

static PlRow plan_row(PlFrame *frame, const PlannedStatement *plan, const RowCollector *rows,
                      uint64_t k) {
    uint32_t n = plan->column_count;
    const char **names = arena_array(&frame->eval, const char *, n + 1);
    Oid *types = arena_array(&frame->eval, Oid, n + 1);
    int32_t *typmods = arena_array(&frame->eval, int32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = plan->columns[i].name;
        types[i] = plan->columns[i].type;
        typmods[i] = plan->columns[i].typmod;
    }
    bool have = k < rows->row_count;
    return (PlRow){.count = n,
                   .names = names,
                   .types = types,
                   .typmods = typmods,
                   .values = have ? rows->values + k * n : NULL,
                   .nulls = have ? rows->nulls + k * n : NULL};
}

Status pl_run_fetch(PlFrame *frame, const PlFetch *stmt) {
    ExecCursor *cursor;
    const PlannedStatement *plan;
    int64_t count = stmt->count;
    uint64_t got;
    RowCollector rows;
    TRY(require(frame, stmt->cursor, &cursor, &plan));
    if (stmt->count_expr != NULL) {
        Datum value = {.i64 = 0};
        bool is_null;
        TRY(pl_eval(frame, stmt->count_expr, OID_INT4, -1, &value, &is_null));
        if (is_null)
            return error(ERR_NULL_VALUE_NOT_ALLOWED,
                         "relative or absolute cursor position is null");
        count = value.i32;
    }
    row_collector_init(&rows, &frame->eval, 1);
    TRY(cursor_fetch(cursor, stmt->direction, count, stmt->is_move ? NULL : &rows.sink, &got));
    TRY(pl_refresh(frame));
    if (!stmt->is_move) {
        PlRow row = plan_row(frame, plan, &rows, 0);
        TRY(pl_assign_row(frame, stmt->target, got > 0 ? &row : NULL, &row));
    }
    frame->row_count = got;
    pl_set_found(frame, got > 0);
    return STATUS_OK;
}

Status pl_run_close(PlFrame *frame, const PlClose *stmt) {
    Session *session = frame->session;
    const char *name = cursor_name(frame, stmt->cursor);
    if (name == NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "cursor variable \"%s\" is null",
                     stmt->cursor->name);
    return session->ops->cursor_close(session, name);
}

/* ---- FOR over a cursor ---- */

static Status cursor_rounds(PlFrame *frame, const PlForRows *stmt, const char *name,
                            PlFlow *flow_out) {
    bool found = false;
    PlRow row = {0};
    for (;;) {
        ExecCursor *cursor;
        const PlannedStatement *plan;
        RowCollector rows;
        uint64_t got;
        TRY(pl_turn(frame));
        frame->stmt = (const PlStmt *)stmt;
        arena_reset(&frame->eval);
        TRY(frame->session->ops->cursor_find(frame->session, name, &cursor, &plan));
        row_collector_init(&rows, &frame->eval, 1);
        TRY(cursor_fetch(cursor, AST_FETCH_FORWARD, 1, &rows.sink, &got));
        row = plan_row(frame, plan, &rows, 0);
        if (got == 0)
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

Status pl_run_for_cursor(PlFrame *frame, const PlForRows *stmt, PlFlow *flow_out) {
    PlDatum *variable = stmt->cursor;
    Opening opening = {.query = variable->cursor_query};
    bool unnamed = cursor_cell(frame, variable)->is_null;
    TRY(check_unused(frame, cursor_name(frame, variable)));
    TRY(set_arguments(frame, variable, stmt->query));
    TRY(open_portal(frame, variable, &opening, variable->cursor_options));
    Arena arena;
    arena_init_small(&arena, &frame->session->account);
    const char *name = arena_strdup(&arena, cursor_name(frame, variable));
    PlLoopCursor loop = {frame->loop_cursors, name};
    frame->loop_cursors = &loop;
    Status s = cursor_rounds(frame, stmt, name, flow_out);
    frame->loop_cursors = loop.next;
    if (status_ok(s))
        s = frame->session->ops->cursor_close(frame->session, name);
    if (status_ok(s) && unnamed)
        s = pl_assign_exact(frame, variable, (Datum){.i64 = 0}, true);
    arena_destroy(&arena);
    return s;
}
