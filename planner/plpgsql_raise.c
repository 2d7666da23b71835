/* plpgsql_raise.c: RAISE, ASSERT, GET DIAGNOSTICS, the conditions of exception handlers. */
#include "planner/plpgsql_int.h"

/* ---- conditions ---- */

static void add_condition(Arena *arena, PlCondition **list_io, PlCondition condition) {
    PlCondition *c = arena_new(arena, PlCondition);
    *c = condition;
    while (*list_io != NULL)
        list_io = &(*list_io)->next;
    *list_io = c;
}

static bool is_class(SqlState state) {
    char code[6];
    sqlstate_spell(state, code);
    return memcmp(code + 2, "000", 3) == 0;
}

/* Conditions that only warnings and successes have are not known by name. */
Status pl_conditions(Arena *arena, const char *name, PlCondition **list_io) {
    if (strcmp(name, "others") == 0) {
        add_condition(arena, list_io, (PlCondition){.others = true});
        return STATUS_OK;
    }
    bool found = false;
    for (unsigned i = 0; i < SQLSTATE_COUNT; i++) {
        SqlState state = (SqlState)i;
        if (memcmp(sqlstate_code(state), "00", 2) == 0 ||
            strcmp(sqlstate_condition(state), name) != 0)
            continue;
        found = true;
        add_condition(arena, list_io, (PlCondition){.state = state, .is_class = is_class(state)});
    }
    return found ? STATUS_OK
                 : error(ERR_UNDEFINED_OBJECT, "unrecognized exception condition \"%s\"", name);
}

/* SQLSTATE 'code', of which the word is read. */
static Status read_state(PlParser *p, const char **code_out, SqlState *state_out) {
    PlToken t;
    TRY(pl_expect(p, TOK_STRING, &t));
    *code_out = t.text;
    if (strlen(t.text) != 5 || !sqlstate_make(t.text, state_out))
        return pl_syntax(p, &t, "invalid SQLSTATE code");
    return STATUS_OK;
}

Status pl_condition(PlParser *p, PlCondition **list_io) {
    PlToken t;
    const char *name;
    TRY(pl_next(p, &t));
    TRY(pl_identifier(p, &t, &name));
    if (strcmp(name, "sqlstate") != 0)
        return pl_conditions(p->arena, name, list_io);
    SqlState state;
    TRY(read_state(p, &name, &state));
    add_condition(p->arena, list_io, (PlCondition){.state = state, .is_class = is_class(state)});
    return STATUS_OK;
}

/* ---- RAISE ---- */

static const struct {
    int keyword;
    PlRaiseLevel level;
} levels[] = {{PL_K_exception, PL_RAISE_EXCEPTION},
              {PL_K_warning, PL_RAISE_WARNING},
              {PL_K_notice, PL_RAISE_NOTICE},
              {PL_K_info, PL_RAISE_INFO},
              {PL_K_log, PL_RAISE_LOG},
              {PL_K_debug, PL_RAISE_DEBUG}};

static const struct {
    int keyword;
    PlRaiseOption option;
} raise_options[] = {{PL_K_errcode, PL_OPTION_ERRCODE},   {PL_K_message, PL_OPTION_MESSAGE},
                     {PL_K_detail, PL_OPTION_DETAIL},     {PL_K_hint, PL_OPTION_HINT},
                     {PL_K_column, PL_OPTION_COLUMN},     {PL_K_constraint, PL_OPTION_CONSTRAINT},
                     {PL_K_datatype, PL_OPTION_DATATYPE}, {PL_K_table, PL_OPTION_TABLE},
                     {PL_K_schema, PL_OPTION_SCHEMA}};

/* option = expression, ... ; behind USING. */
static Status read_usings(PlParser *p, PlRaise *stmt) {
    VEC(PlRaiseUsing) usings = {0};
    PlToken t;
    do {
        PlRaiseUsing using = {.option = PL_OPTION_COUNT};
        TRY(pl_next(p, &t));
        if (t.kind == TOK_END)
            return pl_syntax(p, &t, "unexpected end of function definition");
        for (size_t i = 0; i < ARRAY_LEN(raise_options); i++)
            if (pl_is(&t, raise_options[i].keyword))
                using.option = raise_options[i].option;
        if (using.option == PL_OPTION_COUNT)
            return pl_syntax(p, &t, "unrecognized RAISE statement option");
        TRY(pl_next(p, &t));
        if (t.kind != '=' && t.kind != TOK_COLON_EQUALS)
            return pl_syntax(p, &t, "syntax error, expected \"=\"");
        TRY(pl_read_expr2(p, ',', ';', ", or ;", &using.value, &t));
        vec_push(&usings, p->arena, using);
    } while (t.kind != ';');
    stmt->usings = usings.items;
    stmt->using_count = (uint32_t)usings.count;
    return STATUS_OK;
}

/* The arguments of a format; t: the token behind it, then the one that ends them. */
static Status read_params(PlParser *p, PlRaise *stmt, PlToken *t) {
    if (t->kind != ',' && t->kind != ';' && t->kind != PL_K_using)
        return pl_syntax(p, t, "syntax error");
    while (t->kind == ',') {
        PlConstruct c = {.until = {',', ';', PL_K_using},
                         .expected = ", or ; or USING",
                         .mode = PL_SQL_EXPRESSION,
                         .is_expression = true,
                         .check = true};
        PlExpr *e;
        TRY(pl_read_sql(p, &c, &e));
        vec_push(&stmt->params, p->arena, e);
        *t = c.end;
    }
    return STATUS_OK;
}

static Status read_condition(PlParser *p, PlRaise *stmt, PlToken *t) {
    SqlState state;
    PlCondition *known = NULL;
    if (pl_is(t, PL_K_sqlstate)) {
        TRY(read_state(p, &stmt->condition, &state));
    } else if (t->kind == PL_TOK_WORD || pl_is_unreserved(t)) {
        stmt->condition = t->names[0];
        TRY(pl_conditions(p->arena, stmt->condition, &known));
        if (known->others)
            return error(ERR_UNDEFINED_OBJECT, "unrecognized exception condition \"%s\"",
                         stmt->condition);
    } else {
        return pl_syntax(p, t, "syntax error");
    }
    TRY(pl_next(p, t));
    return t->kind == ';' || t->kind == PL_K_using ? STATUS_OK : pl_syntax(p, t, "syntax error");
}

static Status check_format(const PlRaise *stmt) {
    size_t wanted = 0;
    for (const char *c = stmt->format; c != NULL && *c != '\0'; c++) {
        if (*c != '%')
            continue;
        if (c[1] == '%')
            c++;
        else
            wanted++;
    }
    if (stmt->format == NULL || wanted == stmt->params.count)
        return STATUS_OK;
    return error(ERR_SYNTAX_ERROR, wanted < stmt->params.count
                                       ? "too many parameters specified for RAISE"
                                       : "too few parameters specified for RAISE");
}

static Status read_assert(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlAssert *stmt = pl_stmt_make(p, sizeof(*stmt), PL_ASSERT, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_read_expr2(p, ',', ';', ", or ;", &stmt->condition, &t));
    return t.kind == ',' ? pl_read_expr(p, ';', ";", &stmt->message) : STATUS_OK;
}

Status pl_raise(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    if (first->kind == PL_K_assert)
        return read_assert(p, first, stmt_out);
    PlRaise *stmt = pl_stmt_make(p, sizeof(*stmt), PL_RAISE, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    stmt->level = PL_RAISE_EXCEPTION;
    TRY(pl_next(p, &t));
    if (t.kind == ';') {
        stmt->again = true;
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(levels) && t.kind != TOK_END; i++) {
        if (pl_is(&t, levels[i].keyword)) {
            stmt->level = levels[i].level;
            TRY(pl_next(p, &t));
            break;
        }
    }
    if (t.kind == TOK_END)
        return pl_syntax(p, &t, "unexpected end of function definition");
    if (t.kind == TOK_STRING) {
        stmt->format = t.text;
        TRY(pl_next(p, &t));
        TRY(read_params(p, stmt, &t));
    } else if (t.kind != PL_K_using) {
        TRY(read_condition(p, stmt, &t));
    }
    if (t.kind == PL_K_using)
        TRY(read_usings(p, stmt));
    return check_format(stmt);
}

/* ---- GET DIAGNOSTICS ---- */

static const struct {
    int keyword;
    const char *name;
} diagnostics[] = {
    [PL_DIAG_ROW_COUNT] = {PL_K_row_count, "ROW_COUNT"},
    [PL_DIAG_CONTEXT] = {PL_K_pg_context, "PG_CONTEXT"},
    [PL_DIAG_ERROR_CONTEXT] = {PL_K_pg_exception_context, "PG_EXCEPTION_CONTEXT"},
    [PL_DIAG_ERROR_DETAIL] = {PL_K_pg_exception_detail, "PG_EXCEPTION_DETAIL"},
    [PL_DIAG_ERROR_HINT] = {PL_K_pg_exception_hint, "PG_EXCEPTION_HINT"},
    [PL_DIAG_RETURNED_SQLSTATE] = {PL_K_returned_sqlstate, "RETURNED_SQLSTATE"},
    [PL_DIAG_COLUMN_NAME] = {PL_K_column_name, "COLUMN_NAME"},
    [PL_DIAG_CONSTRAINT_NAME] = {PL_K_constraint_name, "CONSTRAINT_NAME"},
    [PL_DIAG_DATATYPE_NAME] = {PL_K_pg_datatype_name, "PG_DATATYPE_NAME"},
    [PL_DIAG_MESSAGE_TEXT] = {PL_K_message_text, "MESSAGE_TEXT"},
    [PL_DIAG_TABLE_NAME] = {PL_K_table_name, "TABLE_NAME"},
    [PL_DIAG_SCHEMA_NAME] = {PL_K_schema_name, "SCHEMA_NAME"},
};

static Status diagnostic_item(PlParser *p, PlDiagnosticItem *item) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (t.kind != PL_TOK_DATUM)
        return pl_not_variable(p, &t);
    if (t.datum->kind == PL_ROW || t.datum->kind == PL_REC || pl_peek(p) == '[')
        return status_at(
            error(ERR_SYNTAX_ERROR, "\"%s\" is not a scalar variable", pl_names_text(p, &t)),
            (int32_t)t.start);
    TRY(pl_check_assignable(p, t.datum, &t));
    item->target = t.datum;
    TRY(pl_next(p, &t));
    if (t.kind != '=' && t.kind != TOK_COLON_EQUALS)
        return pl_syntax(p, &t, "syntax error");
    TRY(pl_next(p, &t));
    for (size_t i = 0; i < ARRAY_LEN(diagnostics); i++)
        if (pl_is(&t, diagnostics[i].keyword)) {
            item->what = (PlDiagnostic)i;
            return STATUS_OK;
        }
    return pl_syntax(p, &t, "unrecognized GET DIAGNOSTICS item");
}

static Status check_items(const PlGetDiagnostics *stmt, const PlToken *first) {
    for (uint32_t i = 0; i < stmt->item_count; i++) {
        PlDiagnostic what = stmt->items[i].what;
        if (what == PL_DIAG_CONTEXT || (what == PL_DIAG_ROW_COUNT) != stmt->stacked)
            continue;
        return status_at(error(ERR_SYNTAX_ERROR,
                               "diagnostics item %s is not allowed in GET %s DIAGNOSTICS",
                               diagnostics[what].name, stmt->stacked ? "STACKED" : "CURRENT"),
                         (int32_t)first->start);
    }
    return STATUS_OK;
}

Status pl_get_diagnostics(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlGetDiagnostics *stmt = pl_stmt_make(p, sizeof(*stmt), PL_GET_DIAGNOSTICS, first);
    VEC(PlDiagnosticItem) items = {0};
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_next(p, &t));
    stmt->stacked = pl_is(&t, PL_K_stacked);
    if (stmt->stacked || pl_is(&t, PL_K_current))
        TRY(pl_next(p, &t));
    if (!pl_is(&t, PL_K_diagnostics))
        return pl_syntax(p, &t, "syntax error");
    do {
        PlDiagnosticItem item;
        TRY(diagnostic_item(p, &item));
        vec_push(&items, p->arena, item);
        TRY(pl_next(p, &t));
    } while (t.kind == ',');
    stmt->items = items.items;
    stmt->item_count = (uint32_t)items.count;
    return t.kind == ';' ? check_items(stmt, first) : pl_syntax(p, &t, "syntax error");
}

/* ---- names of statements ---- */

const char *pl_statement_name(const PlStmt *stmt) {
    static const char *const names[] = {[PL_BLOCK] = "statement block",
                                        [PL_ASSIGN] = "assignment",
                                        [PL_IF] = "IF",
                                        [PL_CASE] = "CASE",
                                        [PL_LOOP] = "LOOP",
                                        [PL_WHILE] = "WHILE",
                                        [PL_FOR_INT] = "FOR with integer loop variable",
                                        [PL_FOR_QUERY] = "FOR over SELECT rows",
                                        [PL_FOR_CURSOR] = "FOR over cursor",
                                        [PL_FOR_EXECUTE] = "FOR over EXECUTE statement",
                                        [PL_FOREACH] = "FOREACH over array",
                                        [PL_RETURN] = "RETURN",
                                        [PL_RETURN_NEXT] = "RETURN NEXT",
                                        [PL_RETURN_QUERY] = "RETURN QUERY",
                                        [PL_RAISE] = "RAISE",
                                        [PL_ASSERT] = "ASSERT",
                                        [PL_SQL] = "SQL statement",
                                        [PL_EXECUTE] = "EXECUTE",
                                        [PL_GET_DIAGNOSTICS] = "GET DIAGNOSTICS",
                                        [PL_OPEN] = "OPEN",
                                        [PL_CLOSE] = "CLOSE",
                                        [PL_PERFORM] = "PERFORM",
                                        [PL_COMMIT] = "COMMIT",
                                        [PL_ROLLBACK] = "ROLLBACK"};
    switch (stmt->kind) {
    case PL_EXIT:
        return ((const PlExit *)stmt)->is_exit ? "EXIT" : "CONTINUE";
    case PL_FETCH:
        return ((const PlFetch *)stmt)->is_move ? "MOVE" : "FETCH";
    case PL_CALL:
        return ((const PlSql *)stmt)->is_call ? "CALL" : "DO";
    case PL_GET_DIAGNOSTICS:
        return ((const PlGetDiagnostics *)stmt)->stacked ? "GET STACKED DIAGNOSTICS"
                                                         : "GET DIAGNOSTICS";
    default:
        return names[stmt->kind];
    }
}
