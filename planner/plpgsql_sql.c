/* plpgsql_sql.c: pieces of SQL within a PL/pgSQL body: where they end, and whether they can be parsed. */
#include "planner/plpgsql_int.h"

#include "base/strbuf.h"

const char *pl_slice(PlParser *p, uint32_t start, uint32_t end) {
    return arena_strndup(p->arena, p->source + start, end - start);
}

PlExpr *pl_expr_make(PlParser *p, PlExprMode mode, const char *text, int32_t location) {
    PlExpr *e = arena_new(p->arena, PlExpr);
    e->number = p->tree->expr_count++;
    e->mode = mode;
    e->text = text;
    e->location = location;
    e->names = p->names;
    return e;
}

/* ---- syntax ---- */

static ParseOptions pl_parse_options(const PlParser *p) {
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = p->env->standard_conforming_strings;
    return options;
}

/* Parses SELECT before the text; the text stands `shift` bytes behind `location`. */
static Status check_expression(PlParser *p, const char *text, int32_t location) {
    AstList list;
    const char *query = arena_printf(p->arena, "SELECT %s", text);
    ParseOptions options = pl_parse_options(p);
    Status s = parse_sql(p->arena, query, strlen(query), &options, &list);
    if (!status_ok(s)) {
        int32_t inside = MAX(s.error->byte_location - 7, 0);
        s.error->byte_location = location + inside;
        return s;
    }
    const AstSelect *select = (const AstSelect *)AST_AT(AstRawStatement, list, 0)->statement;
    if (list.count == 1 && select->tag == AST_SELECT)
        return STATUS_OK;
    return status_at(error(ERR_SYNTAX_ERROR, "syntax error at or near \"%s\"", text), location);
}

Status pl_check_sql(PlParser *p, const PlExpr *expr, int32_t location) {
    AstList list;
    if (!p->options->check_syntax)
        return STATUS_OK;
    if (expr->mode == PL_SQL_EXPRESSION)
        return check_expression(p, expr->text, location);
    if (expr->mode == PL_SQL_ASSIGNMENT) {
        const char *target = expr->text;
        int32_t end = expr->value_at;
        while (end > 0 && target[end - 1] != '=')
            end--;
        end -= end > 1 && target[end - 2] == ':' ? 2 : 1;
        TRY(check_expression(p, arena_strndup(p->arena, target, (size_t)end), location));
        return check_expression(p, expr->text + expr->value_at, location + expr->value_at);
    }
    ParseOptions options = pl_parse_options(p);
    Status s = parse_sql(p->arena, expr->text, strlen(expr->text), &options, &list);
    if (!status_ok(s))
        s.error->byte_location = location + MAX(s.error->byte_location, 0);
    return s;
}

/* ---- reading ---- */

/* Where fewer than three tokens end it, the end of the text does, too: TOK_END is 0. */
static bool ends(const PlConstruct *c, const PlToken *t) {
    for (uint32_t i = 0; i < ARRAY_LEN(c->until); i++)
        if (c->until[i] == t->kind)
            return true;
    return false;
}

static Status not_ended(PlParser *p, const PlConstruct *c, const PlToken *t, int32_t depth) {
    if (depth != 0)
        return pl_syntax(p, t, "mismatched parentheses");
    return status_at(error(ERR_SYNTAX_ERROR, "missing \"%s\" at end of SQL %s", c->expected,
                           c->is_expression ? "expression" : "statement"),
                     (int32_t)t->start);
}

/* Reads up to the end token; *end_out is where the last token before it ended. */
static Status find_end(PlParser *p, PlConstruct *c, uint32_t *end_out) {
    int32_t depth = 0;
    bool first = true;
    PlToken t;
    *end_out = 0;
    for (;; first = false) {
        TRY(pl_next(p, &t));
        if (first)
            c->start = t.start;
        c->end = t;
        if (depth == 0 && ends(c, &t))
            return STATUS_OK;
        if (t.kind == '(' || t.kind == '[')
            depth++;
        else if ((t.kind == ')' || t.kind == ']') && --depth < 0)
            return pl_syntax(p, &t, "mismatched parentheses");
        if (t.kind == TOK_END || t.kind == ';')
            return not_ended(p, c, &t, depth);
        *end_out = t.end;
    }
}

Status pl_read_sql(PlParser *p, PlConstruct *c, PlExpr **expr_out) {
    PlLookup saved = p->lookup;
    uint32_t end;
    p->lookup = PL_LOOKUP_SQL;
    TRY(find_end(p, c, &end));
    p->lookup = saved;
    if (end <= c->start)
        return pl_syntax(p, &c->end,
                         c->is_expression ? "missing expression" : "missing SQL statement");
    *expr_out = pl_expr_make(p, c->mode, pl_slice(p, c->start, end), (int32_t)c->start);
    return c->check ? pl_check_sql(p, *expr_out, (int32_t)c->start) : STATUS_OK;
}

Status pl_read_expr(PlParser *p, int until, const char *expected, PlExpr **expr_out) {
    return pl_read_expr2(p, until, 0, expected, expr_out, NULL);
}

Status pl_read_expr2(PlParser *p, int until, int until2, const char *expected, PlExpr **expr_out,
                     PlToken *end_out) {
    PlConstruct c = {.until = {until, until2},
                     .expected = expected,
                     .mode = PL_SQL_EXPRESSION,
                     .is_expression = true,
                     .check = true};
    TRY(pl_read_sql(p, &c, expr_out));
    if (end_out != NULL)
        *end_out = c.end;
    return STATUS_OK;
}

Status pl_read_statement(PlParser *p, PlExpr **expr_out) {
    PlConstruct c = {.until = {';'}, .expected = ";", .mode = PL_SQL_STATEMENT, .check = true};
    return pl_read_sql(p, &c, expr_out);
}

/* ---- statements of SQL ---- */

/* CREATE [OR REPLACE] FUNCTION or PROCEDURE: only there BEGIN and END pair up. */
typedef struct Routine {
    char seen[4];
    uint32_t count;
    bool is_routine;
    int32_t depth;
} Routine;

static void note_routine(Routine *r, const PlToken *t) {
    bool word = t->kind == PL_TOK_WORD;
    if (r->seen[0] != 'c' || r->count >= sizeof(r->seen))
        return;
    if (t->kind == PL_K_or)
        r->seen[r->count] = 'o';
    else if (word && strcmp(t->names[0], "replace") == 0)
        r->seen[r->count] = 'r';
    else if (word &&
             (strcmp(t->names[0], "function") == 0 || strcmp(t->names[0], "procedure") == 0))
        r->seen[r->count] = 'f';
    r->is_routine =
        r->seen[1] == 'f' || (r->seen[1] == 'o' && r->seen[2] == 'r' && r->seen[3] == 'f');
    r->count++;
}

typedef struct IntoClause {
    bool have, strict;
    uint32_t start, end;
    PlDatum *target;
} IntoClause;

static Status read_into(PlParser *p, const PlToken *t, IntoClause *into) {
    if (into->have)
        return pl_syntax(p, t, "INTO specified more than once");
    into->have = true;
    into->start = t->start;
    p->lookup = PL_LOOKUP_NORMAL;
    TRY(pl_into_target(p, &into->target, &into->strict));
    p->lookup = PL_LOOKUP_SQL;
    return STATUS_OK;
}

static Status scan_statement(PlParser *p, const PlToken *first, IntoClause *into,
                             uint32_t *end_out) {
    Routine routine = {.count = 1};
    int32_t parens = 0;
    PlToken t = *first;
    if (first->kind == PL_TOK_WORD && strcmp(first->names[0], "create") == 0)
        routine.seen[0] = 'c';
    for (;;) {
        int before = t.kind;
        TRY(pl_next(p, &t));
        if (into->have && into->end == 0)
            into->end = t.start;
        note_routine(&routine, &t);
        if (t.kind == '(')
            parens++;
        else if (t.kind == ')' && parens > 0)
            parens--;
        if (routine.is_routine && parens == 0) {
            if (t.kind == PL_K_begin || t.kind == PL_K_case)
                routine.depth++;
            else if (t.kind == PL_K_end && routine.depth > 0)
                routine.depth--;
        }
        *end_out = t.start;
        if (t.kind == ';' && parens == 0 && routine.depth == 0)
            return STATUS_OK;
        if (t.kind == TOK_END)
            return pl_syntax(p, &t, "unexpected end of function definition");
        if (t.kind == PL_K_into && before != PL_K_insert && before != PL_K_merge &&
            first->kind != PL_K_import)
            TRY(read_into(p, &t, into));
    }
}

Status pl_sql_statement(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    IntoClause into = {0};
    uint32_t end;
    PlLookup saved = p->lookup;
    PlSql *stmt = pl_stmt_make(p, sizeof(*stmt), PL_SQL, first);
    p->lookup = PL_LOOKUP_SQL;
    TRY(scan_statement(p, first, &into, &end));
    p->lookup = saved;
    char *text = arena_strndup(p->arena, p->source + first->start, end - first->start);
    if (into.have) /* what follows keeps its place */
        memset(text + (into.start - first->start), ' ', into.end - into.start);
    for (size_t len = strlen(text); len > 0 && strchr(" \t\n\r\f\v", text[len - 1]) != NULL;)
        text[--len] = '\0';
    stmt->query = pl_expr_make(p, PL_SQL_STATEMENT, text, (int32_t)first->start);
    stmt->into = into.have;
    stmt->strict = into.strict;
    stmt->target = into.target;
    *stmt_out = (PlStmt *)stmt;
    return pl_check_sql(p, stmt->query, (int32_t)first->start);
}

Status pl_perform(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlConstruct c = {.until = {';'}, .expected = ";", .mode = PL_SQL_STATEMENT};
    PlSql *stmt = pl_stmt_make(p, sizeof(*stmt), PL_PERFORM, first);
    *stmt_out = (PlStmt *)stmt;
    pl_back(p, first);
    TRY(pl_read_sql(p, &c, &stmt->query));
    /* PERFORM is a byte longer. */
    stmt->query->text = arena_printf(p->arena, "SELECT%s", stmt->query->text + 7);
    stmt->query->location++;
    return pl_check_sql(p, stmt->query, (int32_t)c.start + 1);
}

/* ---- EXECUTE ---- */

Status pl_using_list(PlParser *p, int until, const char *expected, PlExprs *params, PlToken *end) {
    do {
        PlExpr *e;
        PlConstruct c = {.until = {',', ';', until},
                         .expected = expected,
                         .mode = PL_SQL_EXPRESSION,
                         .is_expression = true,
                         .check = true};
        if (until == PL_K_loop)
            c.until[1] = 0;
        TRY(pl_read_sql(p, &c, &e));
        vec_push(params, p->arena, e);
        *end = c.end;
    } while (end->kind == ',');
    return STATUS_OK;
}

Status pl_execute(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlConstruct c = {.until = {PL_K_into, PL_K_using, ';'},
                     .expected = "INTO or USING or ;",
                     .mode = PL_SQL_EXPRESSION,
                     .is_expression = true,
                     .check = true};
    PlExecute *stmt = pl_stmt_make(p, sizeof(*stmt), PL_EXECUTE, first);
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_read_sql(p, &c, &stmt->query));
    PlToken end = c.end;
    for (;;) {
        if (end.kind == PL_K_into && !stmt->into) {
            stmt->into = true;
            TRY(pl_into_target(p, &stmt->target, &stmt->strict));
            TRY(pl_next(p, &end));
        } else if (end.kind == PL_K_using && stmt->params.count == 0) {
            TRY(pl_using_list(p, PL_K_into, ", or ; or INTO", &stmt->params, &end));
        } else if (end.kind == ';') {
            return STATUS_OK;
        } else {
            return pl_syntax(p, &end, "syntax error");
        }
    }
}

/* ---- cursors ---- */

static Status cursor_variable(PlParser *p, PlDatum **cursor_out) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (t.kind != PL_TOK_DATUM)
        return pl_not_variable(p, &t);
    if (t.datum->kind != PL_VAR || pl_peek(p) == '[')
        return status_at(error(ERR_DATATYPE_MISMATCH, "cursor variable must be a simple variable"),
                         (int32_t)t.start);
    if (t.datum->type.oid != OID_REFCURSOR)
        return status_at(error(ERR_DATATYPE_MISMATCH,
                               "variable \"%s\" must be of type cursor or refcursor",
                               t.datum->name),
                         (int32_t)t.start);
    *cursor_out = t.datum;
    return STATUS_OK;
}

/* [[NO] SCROLL] FOR of an unbound cursor. */
static Status open_options(PlParser *p, PlOpen *stmt) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (pl_is(&t, PL_K_no)) {
        TRY(pl_next(p, &t));
        if (pl_is(&t, PL_K_scroll)) {
            stmt->options |= AST_CURSOR_NO_SCROLL;
            TRY(pl_next(p, &t));
        }
    } else if (pl_is(&t, PL_K_scroll)) {
        stmt->options |= AST_CURSOR_SCROLL;
        TRY(pl_next(p, &t));
    }
    return t.kind == PL_K_for ? STATUS_OK : pl_syntax(p, &t, "syntax error, expected \"FOR\"");
}

Status pl_open(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlOpen *stmt = pl_stmt_make(p, sizeof(*stmt), PL_OPEN, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(cursor_variable(p, &stmt->cursor));
    if (stmt->cursor->cursor_query != NULL)
        return pl_cursor_arguments(p, stmt->cursor, ';', &stmt->arguments);
    TRY(open_options(p, stmt));
    TRY(pl_next(p, &t));
    if (t.kind != PL_K_execute) {
        pl_back(p, &t);
        return pl_read_statement(p, &stmt->query);
    }
    TRY(pl_read_expr2(p, PL_K_using, ';', "USING or ;", &stmt->dynamic, &t));
    return t.kind == PL_K_using ? pl_using_list(p, 0, ", or ;", &stmt->params, &t) : STATUS_OK;
}

/* FORWARD or BACKWARD [ALL | count]. *from_out: FROM or IN is still to come. */
static Status direction_count(PlParser *p, PlFetch *stmt, bool *from_out) {
    PlToken t;
    TRY(pl_next(p, &t));
    *from_out = false;
    if (t.kind == TOK_END)
        return pl_syntax(p, &t, "unexpected end of function definition");
    if (t.kind == PL_K_from || t.kind == PL_K_in)
        return STATUS_OK;
    stmt->many = true;
    if (t.kind == PL_K_all) {
        stmt->count = AST_FETCH_ALL;
        *from_out = true;
        return STATUS_OK;
    }
    pl_back(p, &t);
    return pl_read_expr2(p, PL_K_from, PL_K_in, "FROM or IN", &stmt->count_expr, NULL);
}

static Status direction_word(PlParser *p, const PlToken *t, PlFetch *stmt, bool *from_out) {
    if (pl_is(t, PL_K_next))
        return STATUS_OK;
    if (pl_is(t, PL_K_prior)) {
        stmt->direction = AST_FETCH_BACKWARD;
        return STATUS_OK;
    }
    if (pl_is(t, PL_K_first) || pl_is(t, PL_K_last)) {
        stmt->direction = AST_FETCH_ABSOLUTE;
        stmt->count = pl_is(t, PL_K_first) ? 1 : -1;
        return STATUS_OK;
    }
    if (pl_is(t, PL_K_absolute) || pl_is(t, PL_K_relative)) {
        stmt->direction = pl_is(t, PL_K_absolute) ? AST_FETCH_ABSOLUTE : AST_FETCH_RELATIVE;
        *from_out = false;
        return pl_read_expr2(p, PL_K_from, PL_K_in, "FROM or IN", &stmt->count_expr, NULL);
    }
    if (t->kind == PL_K_all) {
        stmt->count = AST_FETCH_ALL;
        stmt->many = true;
        return STATUS_OK;
    }
    if (pl_is(t, PL_K_forward))
        return direction_count(p, stmt, from_out);
    if (pl_is(t, PL_K_backward)) {
        stmt->direction = AST_FETCH_BACKWARD;
        return direction_count(p, stmt, from_out);
    }
    *from_out = false;
    if (t->kind == PL_K_from || t->kind == PL_K_in)
        return STATUS_OK;
    pl_back(p, t);
    if (t->kind == PL_TOK_DATUM) /* the cursor */
        return STATUS_OK;
    stmt->many = true;
    return pl_read_expr2(p, PL_K_from, PL_K_in, "FROM or IN", &stmt->count_expr, NULL);
}

Status pl_fetch(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlFetch *stmt = pl_stmt_make(p, sizeof(*stmt), PL_FETCH, first);
    PlToken t;
    bool from = true;
    *stmt_out = (PlStmt *)stmt;
    stmt->direction = AST_FETCH_FORWARD;
    stmt->count = 1;
    stmt->is_move = pl_is(first, PL_K_move);
    TRY(pl_next(p, &t));
    if (t.kind == TOK_END)
        return pl_syntax(p, &t, "unexpected end of function definition");
    TRY(direction_word(p, &t, stmt, &from));
    if (from) {
        TRY(pl_next(p, &t));
        if (t.kind != PL_K_from && t.kind != PL_K_in)
            return pl_syntax(p, &t, "expected FROM or IN");
    }
    TRY(cursor_variable(p, &stmt->cursor));
    if (stmt->is_move)
        return pl_expect(p, ';', &t);
    TRY(pl_expect(p, PL_K_into, &t));
    TRY(pl_into_target(p, &stmt->target, NULL));
    TRY(pl_expect(p, ';', &t));
    if (stmt->many)
        return status_at(
            error(ERR_FEATURE_NOT_SUPPORTED, "FETCH statement cannot return multiple rows"),
            (int32_t)first->start);
    return STATUS_OK;
}

Status pl_close(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlClose *stmt = pl_stmt_make(p, sizeof(*stmt), PL_CLOSE, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(cursor_variable(p, &stmt->cursor));
    return pl_expect(p, ';', &t);
}

/* ---- FOR ---- */

typedef struct LoopVariable {
    PlToken at;
    const char *name;
    PlDatum *scalar, *row; /* both: a list of several */
} LoopVariable;

static Status loop_variable(PlParser *p, LoopVariable *v) {
    PlToken t;
    TRY(pl_next(p, &t));
    *v = (LoopVariable){.at = t};
    if (t.kind == PL_TOK_NAMES)
        return pl_not_variable(p, &t);
    if (t.kind == PL_TOK_DATUM) {
        v->name = pl_names_text(p, &t);
        if (t.datum->kind == PL_REC || t.datum->kind == PL_ROW) {
            v->row = t.datum;
            return STATUS_OK;
        }
        v->scalar = t.datum;
        return pl_peek(p) == ',' ? pl_scalar_list(p, &t, &v->row) : STATUS_OK;
    }
    if (t.kind != PL_TOK_WORD && !pl_is_unreserved(&t))
        return pl_syntax(p, &t, "syntax error");
    t.kind = PL_TOK_WORD;
    v->name = t.names[0];
    return pl_peek(p) == ',' ? pl_not_variable(p, &t) : STATUS_OK;
}

/* The target of a loop over rows. */
static Status row_target(PlParser *p, const LoopVariable *v, SqlState state, PlDatum **target_out) {
    if (v->row != NULL) {
        *target_out = v->row;
        return pl_check_assignable(p, v->row, &v->at);
    }
    if (v->scalar != NULL) {
        TRY(pl_check_assignable(p, v->scalar, &v->at));
        *target_out = pl_row_add(p, (PlDatum *[]){v->scalar}, (const char *[]){v->name}, 1,
                                 pl_line_of(p, v->at.start));
        return STATUS_OK;
    }
    return status_at(error(state,
                           "loop variable of loop over rows must be a record variable or list of "
                           "scalar variables"),
                     (int32_t)v->at.start);
}

static Status for_execute(PlParser *p, const LoopVariable *v, PlForRows *stmt) {
    PlToken end;
    stmt->kind = PL_FOR_EXECUTE;
    TRY(pl_read_expr2(p, PL_K_loop, PL_K_using, "LOOP or USING", &stmt->query, &end));
    TRY(row_target(p, v, ERR_DATATYPE_MISMATCH, &stmt->target));
    if (end.kind == PL_K_using)
        TRY(pl_using_list(p, PL_K_loop, ", or LOOP", &stmt->params, &end));
    return STATUS_OK;
}

static Status for_cursor(PlParser *p, const LoopVariable *v, const PlToken *t, PlForRows *stmt) {
    stmt->kind = PL_FOR_CURSOR;
    stmt->cursor = t->datum;
    if (v->scalar != NULL && v->row != NULL)
        return status_at(
            error(ERR_SYNTAX_ERROR, "cursor FOR loop must have only one target variable"),
            (int32_t)v->at.start);
    if (t->datum->cursor_query == NULL)
        return status_at(
            error(ERR_SYNTAX_ERROR, "cursor FOR loop must use a bound cursor variable"),
            (int32_t)t->start);
    TRY(pl_cursor_arguments(p, t->datum, PL_K_loop, &stmt->query));
    stmt->target = pl_record_add(p, v->name, pl_line_of(p, v->at.start), true);
    return STATUS_OK;
}

static Status for_int(PlParser *p, const LoopVariable *v, PlExpr *lower, PlForInt *stmt) {
    PlToken end;
    PlType int4;
    lower->mode = PL_SQL_EXPRESSION;
    TRY(pl_check_sql(p, lower, lower->location));
    stmt->lower = lower;
    TRY(pl_read_expr2(p, PL_K_loop, PL_K_by, "LOOP", &stmt->upper, &end));
    if (end.kind == PL_K_by)
        TRY(pl_read_expr(p, PL_K_loop, "LOOP", &stmt->step));
    if (v->scalar != NULL && v->row != NULL)
        return status_at(
            error(ERR_SYNTAX_ERROR, "integer FOR loop must have only one target variable"),
            (int32_t)v->at.start);
    TRY(pl_type_make(p, OID_INT4, -1, OID_INVALID, &int4));
    return pl_variable_add(p, v->name, pl_line_of(p, v->at.start), &int4, true, &stmt->variable);
}

/* FOR v IN a .. b, or over a query: which, shows only the text up to .. or LOOP. */
static Status for_range(PlParser *p, const PlToken *first, const LoopVariable *v, PlToken *t,
                        const char *label, PlStmt **stmt_out) {
    PlConstruct c = {.until = {TOK_DOT_DOT, PL_K_loop},
                     .expected = "LOOP",
                     .mode = PL_SQL_STATEMENT,
                     .is_expression = true};
    PlExpr *expr;
    bool reverse = pl_is(t, PL_K_reverse);
    if (!reverse)
        pl_back(p, t);
    TRY(pl_read_sql(p, &c, &expr));
    if (c.end.kind == TOK_DOT_DOT) {
        PlForInt *stmt = pl_stmt_make(p, sizeof(*stmt), PL_FOR_INT, first);
        stmt->label = label;
        stmt->reverse = reverse;
        TRY(for_int(p, v, expr, stmt));
        *stmt_out = (PlStmt *)stmt;
        return pl_loop_body(p, label, &stmt->body);
    }
    if (reverse)
        return status_at(error(ERR_SYNTAX_ERROR, "cannot specify REVERSE in query FOR loop"),
                         (int32_t)t->start);
    PlForRows *stmt = pl_stmt_make(p, sizeof(*stmt), PL_FOR_QUERY, first);
    stmt->label = label;
    stmt->query = expr;
    TRY(pl_check_sql(p, expr, expr->location));
    TRY(row_target(p, v, ERR_SYNTAX_ERROR, &stmt->target));
    *stmt_out = (PlStmt *)stmt;
    return pl_loop_body(p, label, &stmt->body);
}

Status pl_for(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out) {
    LoopVariable v;
    PlToken t;
    TRY(loop_variable(p, &v));
    TRY(pl_expect(p, PL_K_in, &t));
    TRY(pl_next(p, &t));
    bool cursor =
        t.kind == PL_TOK_DATUM && t.datum->kind == PL_VAR && t.datum->type.oid == OID_REFCURSOR;
    if (t.kind != PL_K_execute && !cursor)
        return for_range(p, first, &v, &t, label, stmt_out);
    PlForRows *stmt = pl_stmt_make(p, sizeof(*stmt), PL_FOR_EXECUTE, first);
    stmt->label = label;
    TRY(cursor ? for_cursor(p, &v, &t, stmt) : for_execute(p, &v, stmt));
    *stmt_out = (PlStmt *)stmt;
    return pl_loop_body(p, label, &stmt->body);
}

Status pl_foreach(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out) {
    PlForeach *stmt = pl_stmt_make(p, sizeof(*stmt), PL_FOREACH, first);
    LoopVariable v;
    PlToken t;
    stmt->label = label;
    *stmt_out = (PlStmt *)stmt;
    TRY(loop_variable(p, &v));
    TRY(pl_next(p, &t));
    if (pl_is(&t, PL_K_slice)) {
        TRY(pl_expect(p, TOK_INTEGER, &t));
        stmt->slice = t.ival;
        TRY(pl_next(p, &t));
    }
    if (t.kind != PL_K_in)
        return pl_syntax(p, &t, "syntax error");
    TRY(pl_expect(p, PL_K_array, &t));
    TRY(pl_read_expr(p, PL_K_loop, "LOOP", &stmt->array));
    TRY(pl_loop_body(p, label, &stmt->body));
    stmt->target = v.row != NULL ? v.row : v.scalar;
    if (stmt->target == NULL)
        return status_at(error(ERR_SYNTAX_ERROR,
                               "loop variable of FOREACH must be a known variable "
                               "or list of variables"),
                         (int32_t)v.at.start);
    return pl_check_assignable(p, stmt->target, &v.at);
}
