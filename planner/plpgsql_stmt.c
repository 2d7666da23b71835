/* plpgsql_stmt.c: statements of PL/pgSQL, blocks, and the whole of a function. */
#include "planner/plpgsql_int.h"

#include "runtime/fiber.h"

static Status at(uint32_t place, Status s) { return status_at(s, (int32_t)place); }

void *pl_stmt_make(PlParser *p, size_t bytes, PlStmtKind kind, const PlToken *t) {
    PlStmt *stmt = arena_zalloc(p->arena, bytes);
    stmt->kind = kind;
    stmt->line = pl_line_of(p, t->start);
    return stmt;
}

/* ---- labels ---- */

static bool is_op(const PlParser *p, const PlToken *t, const char *op) {
    return t->kind == TOK_OP && t->end - t->start == 2 && memcmp(p->source + t->start, op, 2) == 0;
}

/* The rest of <<label>>. */
static Status read_label(PlParser *p, const char **label_out) {
    PlToken t;
    TRY(pl_next(p, &t));
    TRY(pl_identifier(p, &t, label_out));
    TRY(pl_next(p, &t));
    return is_op(p, &t, ">>") ? STATUS_OK : pl_syntax(p, &t, "syntax error");
}

/* An optional label behind END. t is the token after it. */
static Status end_label(PlParser *p, const char *label, PlToken *t) {
    const char *name;
    TRY(pl_next(p, t));
    if (t->kind != PL_TOK_WORD && t->kind != PL_TOK_DATUM && !pl_is_unreserved(t))
        return STATUS_OK;
    TRY(pl_identifier(p, t, &name));
    if (label == NULL)
        return at(t->start,
                  error(ERR_SYNTAX_ERROR, "end label \"%s\" specified for unlabeled block", name));
    if (strcmp(label, name) != 0)
        return at(t->start,
                  error(ERR_SYNTAX_ERROR, "end label \"%s\" differs from block's label \"%s\"",
                        name, label));
    return pl_next(p, t);
}

static const PlName *find_label(const PlParser *p, const char *name) {
    const PlName *n = p->names;
    while (n != NULL && (n->kind > PL_LABEL_OTHER || strcmp(n->name, name) != 0))
        n = n->outer;
    return n;
}

static bool in_loop(const PlParser *p) {
    const PlName *n = p->names;
    while (n != NULL && n->kind != PL_LABEL_LOOP)
        n = n->outer;
    return n != NULL;
}

Status pl_loop_body(PlParser *p, const char *label, PlBody *body_out) {
    PlToken t;
    TRY(pl_body(p, body_out));
    TRY(pl_expect(p, PL_K_end, &t));
    TRY(pl_expect(p, PL_K_loop, &t));
    TRY(end_label(p, label, &t));
    pl_level_pop(p);
    return t.kind == ';' ? STATUS_OK : pl_syntax(p, &t, "syntax error");
}

/* ---- branches ---- */

typedef VEC(PlBranch) Branches;

static Status read_branch(PlParser *p, Branches *branches) {
    PlBranch branch = {0};
    TRY(pl_read_expr(p, PL_K_then, "THEN", &branch.condition));
    TRY(pl_body(p, &branch.body));
    vec_push(branches, p->arena, branch);
    return STATUS_OK;
}

static Status end_of(PlParser *p, int keyword) {
    PlToken t;
    TRY(pl_expect(p, keyword, &t));
    return pl_expect(p, ';', &t);
}

static Status read_if(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlIf *stmt = pl_stmt_make(p, sizeof(*stmt), PL_IF, first);
    Branches branches = {0};
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    do {
        TRY(read_branch(p, &branches));
        TRY(pl_next(p, &t));
    } while (pl_is(&t, PL_K_elsif));
    if (t.kind == PL_K_else) {
        TRY(pl_body(p, &stmt->otherwise));
        TRY(pl_next(p, &t));
    }
    stmt->branches = branches.items;
    stmt->branch_count = (uint32_t)branches.count;
    return t.kind == PL_K_end ? end_of(p, PL_K_if) : pl_syntax(p, &t, "syntax error");
}

/* With a test, WHEN a, b means that its value is among them. */
static Status case_variable(PlParser *p, PlCase *stmt) {
    PlType int4;
    char *name = arena_printf(p->arena, "__Case__Variable_%zu__", p->datums.count);
    TRY(pl_type_make(p, OID_INT4, -1, OID_INVALID, &int4));
    TRY(pl_variable_add(p, name, stmt->line, &int4, true, &stmt->variable));
    for (uint32_t i = 0; i < stmt->branch_count; i++) {
        PlExpr *e = stmt->branches[i].condition;
        e->text = arena_printf(p->arena, "\"%s\" IN (%s)", name, e->text);
        e->location = -1;
        e->names = p->names;
    }
    return STATUS_OK;
}

static Status read_case(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlCase *stmt = pl_stmt_make(p, sizeof(*stmt), PL_CASE, first);
    Branches branches = {0};
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_next(p, &t));
    if (t.kind != PL_K_when) {
        pl_back(p, &t);
        TRY(pl_read_expr(p, PL_K_when, "WHEN", &stmt->test));
    }
    do {
        TRY(read_branch(p, &branches));
        TRY(pl_next(p, &t));
    } while (t.kind == PL_K_when);
    if (t.kind == PL_K_else) {
        stmt->has_else = true;
        TRY(pl_body(p, &stmt->otherwise));
        TRY(pl_next(p, &t));
    }
    stmt->branches = branches.items;
    stmt->branch_count = (uint32_t)branches.count;
    if (t.kind != PL_K_end)
        return pl_syntax(p, &t, "syntax error");
    TRY(end_of(p, PL_K_case));
    return stmt->test == NULL ? STATUS_OK : case_variable(p, stmt);
}

static Status read_loop(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out) {
    bool is_while = first->kind == PL_K_while;
    PlLoop *stmt = pl_stmt_make(p, sizeof(*stmt), is_while ? PL_WHILE : PL_LOOP, first);
    stmt->label = label;
    *stmt_out = (PlStmt *)stmt;
    if (is_while)
        TRY(pl_read_expr(p, PL_K_loop, "LOOP", &stmt->condition));
    return pl_loop_body(p, label, &stmt->body);
}

static Status check_exit(PlParser *p, const PlToken *first, const PlToken *label,
                         const PlExit *stmt) {
    if (stmt->label == NULL)
        return in_loop(p)
                   ? STATUS_OK
                   : at(first->start,
                        stmt->is_exit
                            ? error(ERR_SYNTAX_ERROR, "EXIT cannot be used outside a loop, "
                                                      "unless it has a label")
                            : error(ERR_SYNTAX_ERROR, "CONTINUE cannot be used outside a loop"));
    const PlName *n = find_label(p, stmt->label);
    if (n == NULL)
        return at(label->start, error(ERR_SYNTAX_ERROR,
                                      "there is no label \"%s\" attached to any block or loop "
                                      "enclosing this statement",
                                      stmt->label));
    if (n->kind != PL_LABEL_LOOP && !stmt->is_exit)
        return at(
            label->start,
            error(ERR_SYNTAX_ERROR, "block label \"%s\" cannot be used in CONTINUE", stmt->label));
    return STATUS_OK;
}

static Status read_exit(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlExit *stmt = pl_stmt_make(p, sizeof(*stmt), PL_EXIT, first);
    PlToken t, label;
    *stmt_out = (PlStmt *)stmt;
    stmt->is_exit = pl_is(first, PL_K_exit);
    TRY(pl_next(p, &t));
    label = t;
    if (t.kind != ';' && t.kind != PL_K_when) {
        TRY(pl_identifier(p, &t, &stmt->label));
        TRY(pl_next(p, &t));
    }
    if (t.kind == PL_K_when)
        TRY(pl_read_expr(p, ';', ";", &stmt->condition));
    else if (t.kind != ';')
        return pl_syntax(p, &t, "syntax error");
    return check_exit(p, first, &label, stmt);
}

/* ---- RETURN ---- */

static Status mismatch(uint32_t place, const char *text) {
    return at(place, error(ERR_DATATYPE_MISMATCH, "%s", text));
}

/* A lone variable, or an expression. */
static Status return_value(PlParser *p, PlReturn *stmt) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (t.kind == PL_TOK_DATUM && pl_peek(p) == ';' && t.datum->kind != PL_FIELD) {
        stmt->variable = t.datum;
        return pl_expect(p, ';', &t);
    }
    pl_back(p, &t);
    return pl_read_expr(p, ';', ";", &stmt->value);
}

static Status plain_return(PlParser *p, PlReturn *stmt) {
    const PlOptions *o = p->options;
    PlToken t;
    if (!o->returns_set && o->result != OID_VOID && p->tree->output == NULL)
        return return_value(p, stmt);
    TRY(pl_next(p, &t));
    if (!o->returns_set && o->result != OID_VOID)
        stmt->variable = p->tree->output;
    if (t.kind == ';')
        return STATUS_OK;
    if (o->returns_set)
        return status_hint(mismatch(t.start, "RETURN cannot have a parameter in function returning "
                                             "set"),
                           "Use RETURN NEXT or RETURN QUERY.");
    if (o->result != OID_VOID)
        return mismatch(t.start, "RETURN cannot have a parameter in function with OUT parameters");
    if (o->is_procedure)
        return at(t.start,
                  error(ERR_SYNTAX_ERROR, "RETURN cannot have a parameter in a procedure"));
    return mismatch(t.start, "RETURN cannot have a parameter in function returning void");
}

static Status return_next(PlParser *p, const PlToken *first, PlReturn *stmt) {
    PlToken t;
    stmt->kind = PL_RETURN_NEXT;
    if (!p->options->returns_set)
        return mismatch(first->start, "cannot use RETURN NEXT in a non-SETOF function");
    if (p->tree->output == NULL)
        return return_value(p, stmt);
    stmt->variable = p->tree->output;
    TRY(pl_next(p, &t));
    if (t.kind == ';')
        return STATUS_OK;
    return mismatch(t.start, "RETURN NEXT cannot have a parameter in function with OUT parameters");
}

static Status return_query(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlReturnQuery *stmt = pl_stmt_make(p, sizeof(*stmt), PL_RETURN_QUERY, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    if (!p->options->returns_set)
        return mismatch(first->start, "cannot use RETURN QUERY in a non-SETOF function");
    TRY(pl_next(p, &t));
    if (t.kind != PL_K_execute) {
        pl_back(p, &t);
        return pl_read_statement(p, &stmt->query);
    }
    TRY(pl_read_expr2(p, ';', PL_K_using, "; or USING", &stmt->dynamic, &t));
    return t.kind == PL_K_using ? pl_using_list(p, 0, ", or ;", &stmt->params, &t) : STATUS_OK;
}

static Status read_return(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (t.kind == TOK_END)
        return pl_syntax(p, &t, "unexpected end of function definition");
    if (pl_is(&t, PL_K_query))
        return return_query(p, first, stmt_out);
    PlReturn *stmt = pl_stmt_make(p, sizeof(*stmt), PL_RETURN, first);
    *stmt_out = (PlStmt *)stmt;
    if (pl_is(&t, PL_K_next))
        return return_next(p, first, stmt);
    pl_back(p, &t);
    return plain_return(p, stmt);
}

/* ---- assignment, CALL, transactions ---- */

static Status read_assign(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlAssign *stmt = pl_stmt_make(p, sizeof(*stmt), PL_ASSIGN, first);
    PlConstruct c = {.until = {';'}, .expected = ";", .mode = PL_SQL_ASSIGNMENT};
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_check_assignable(p, first->datum, first));
    for (int32_t depth = 0;;) { /* where the value begins */
        TRY(pl_next(p, &t));
        if (depth == 0 && (t.kind == '=' || t.kind == TOK_COLON_EQUALS))
            break;
        depth += (t.kind == '[' || t.kind == '(') - (t.kind == ']' || t.kind == ')');
        if (t.kind == ';' || t.kind == TOK_END)
            return pl_syntax(p, &t, "syntax error");
        if (depth == 0 && t.kind != ']' && t.kind != '.' && t.place == first->place + 1)
            return pl_syntax(p, &t, "syntax error");
    }
    uint32_t value = t.end;
    pl_back(p, first);
    TRY(pl_read_sql(p, &c, &stmt->expr));
    stmt->expr->target = first->datum;
    stmt->expr->name_count = first->name_count;
    stmt->expr->value_at = (int32_t)(value - c.start);
    while (strchr(" \t\n\r\f\v", stmt->expr->text[stmt->expr->value_at]) != NULL &&
           stmt->expr->text[stmt->expr->value_at] != '\0')
        stmt->expr->value_at++;
    return pl_check_sql(p, stmt->expr, (int32_t)c.start);
}

static Status read_call(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlSql *stmt = pl_stmt_make(p, sizeof(*stmt), PL_CALL, first);
    *stmt_out = (PlStmt *)stmt;
    stmt->is_call = pl_is(first, PL_K_call);
    pl_back(p, first);
    return pl_read_statement(p, &stmt->query);
}

static Status read_transaction(PlParser *p, const PlToken *first, PlStmt **stmt_out) {
    PlTransaction *stmt =
        pl_stmt_make(p, sizeof(*stmt), pl_is(first, PL_K_commit) ? PL_COMMIT : PL_ROLLBACK, first);
    PlToken t;
    *stmt_out = (PlStmt *)stmt;
    TRY(pl_next(p, &t));
    if (pl_is(&t, PL_K_and)) {
        TRY(pl_next(p, &t));
        stmt->chain = !pl_is(&t, PL_K_no);
        if (!stmt->chain)
            TRY(pl_next(p, &t));
        if (!pl_is(&t, PL_K_chain))
            return pl_syntax(p, &t, "syntax error");
        TRY(pl_next(p, &t));
    }
    return t.kind == ';' ? STATUS_OK : pl_syntax(p, &t, "syntax error");
}

/* ---- blocks ---- */

static Status read_handler(PlParser *p, PlHandler *handler) {
    PlToken t;
    *handler = (PlHandler){0};
    do {
        TRY(pl_condition(p, &handler->conditions));
        TRY(pl_next(p, &t));
    } while (t.kind == PL_K_or);
    return t.kind == PL_K_then ? pl_body(p, &handler->body) : pl_syntax(p, &t, "syntax error");
}

/* After EXCEPTION; t becomes the END. */
static Status read_handlers(PlParser *p, PlBlock *block, PlToken *t) {
    VEC(PlHandler) handlers = {0};
    PlType text;
    int32_t line = pl_line_of(p, t->start);
    TRY(pl_type_make(p, OID_TEXT, -1, p->options->collation, &text));
    TRY(pl_variable_add(p, "sqlstate", line, &text, true, &block->sqlstate));
    TRY(pl_variable_add(p, "sqlerrm", line, &text, true, &block->sqlerrm));
    block->sqlstate->is_const = block->sqlerrm->is_const = true;
    block->has_handlers = true;
    TRY(pl_expect(p, PL_K_when, t));
    while (t->kind == PL_K_when) {
        PlHandler handler;
        TRY(read_handler(p, &handler));
        vec_push(&handlers, p->arena, handler);
        TRY(pl_next(p, t));
    }
    block->handlers = handlers.items;
    block->handler_count = (uint32_t)handlers.count;
    return STATUS_OK;
}

/* [DECLARE ..] BEGIN .. END [label], without the semicolon, from `first` on. */
static Status read_block(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out,
                         PlToken *after) {
    PlToken t = *first;
    PlBlock *block = pl_stmt_make(p, sizeof(*block), PL_BLOCK, first);
    *stmt_out = (PlStmt *)block;
    block->label = label;
    pl_level_push(p, label, PL_LABEL_BLOCK);
    if (t.kind == PL_K_declare) {
        TRY(pl_declarations(p, block));
        TRY(pl_next(p, &t));
    }
    if (t.kind != PL_K_begin)
        return pl_syntax(p, &t, "syntax error");
    block->line = pl_line_of(p, t.start);
    TRY(pl_body(p, &block->body));
    TRY(pl_next(p, &t));
    if (pl_is(&t, PL_K_exception))
        TRY(read_handlers(p, block, &t));
    if (t.kind != PL_K_end)
        return pl_syntax(p, &t, "syntax error");
    TRY(end_label(p, label, after));
    pl_level_pop(p);
    return STATUS_OK;
}

static Status inner_block(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out) {
    PlToken t;
    TRY(read_block(p, first, label, stmt_out, &t));
    return t.kind == ';' ? STATUS_OK : pl_syntax(p, &t, "syntax error");
}

static Status read_loops(PlParser *p, const PlToken *first, const char *label, PlStmt **stmt_out) {
    pl_level_push(p, label, PL_LABEL_LOOP);
    if (first->kind == PL_K_for)
        return pl_for(p, first, label, stmt_out);
    if (first->kind == PL_K_foreach)
        return pl_foreach(p, first, label, stmt_out);
    return read_loop(p, first, label, stmt_out);
}

static bool is_loop(const PlToken *t) {
    return t->kind == PL_K_for || t->kind == PL_K_foreach || t->kind == PL_K_loop ||
           t->kind == PL_K_while;
}

static Status labelled(PlParser *p, PlStmt **stmt_out) {
    const char *label;
    PlToken t;
    TRY(read_label(p, &label));
    TRY(pl_next(p, &t));
    if (t.kind == PL_K_begin || t.kind == PL_K_declare)
        return inner_block(p, &t, label, stmt_out);
    return is_loop(&t) ? read_loops(p, &t, label, stmt_out) : pl_syntax(p, &t, "syntax error");
}

/* ---- statements ---- */

static Status word_statement(PlParser *p, const PlToken *t, PlStmt **stmt_out) {
    int next = pl_peek(p);
    if (next == '=' || next == TOK_COLON_EQUALS || next == '[' || next == '.')
        return pl_not_variable(p, t);
    return pl_sql_statement(p, t, stmt_out);
}

static Status keyword_statement(PlParser *p, const PlToken *t, PlStmt **stmt_out) {
    switch (t->kind) {
    case PL_K_exit:
    case PL_K_continue:
        return read_exit(p, t, stmt_out);
    case PL_K_return:
        return read_return(p, t, stmt_out);
    case PL_K_raise:
    case PL_K_assert:
        return pl_raise(p, t, stmt_out);
    case PL_K_perform:
        return pl_perform(p, t, stmt_out);
    case PL_K_call:
    case PL_K_do:
        return read_call(p, t, stmt_out);
    case PL_K_get:
        return pl_get_diagnostics(p, t, stmt_out);
    case PL_K_open:
        return pl_open(p, t, stmt_out);
    case PL_K_fetch:
    case PL_K_move:
        return pl_fetch(p, t, stmt_out);
    case PL_K_close:
        return pl_close(p, t, stmt_out);
    case PL_K_commit:
    case PL_K_rollback:
        return read_transaction(p, t, stmt_out);
    case PL_K_insert:
    case PL_K_merge:
    case PL_K_import:
        return pl_sql_statement(p, t, stmt_out);
    default:
        return pl_syntax(p, t, "syntax error");
    }
}

/* *stmt_out NULL: nothing to do. */
static Status statement(PlParser *p, const PlToken *t, PlStmt **stmt_out) {
    PlToken end;
    *stmt_out = NULL;
    switch (t->kind) {
    case PL_K_begin:
    case PL_K_declare:
        return inner_block(p, t, NULL, stmt_out);
    case PL_K_if:
        return read_if(p, t, stmt_out);
    case PL_K_case:
        return read_case(p, t, stmt_out);
    case PL_K_execute:
        return pl_execute(p, t, stmt_out);
    case PL_K_null:
        return pl_expect(p, ';', &end);
    case PL_TOK_DATUM:
        return read_assign(p, t, stmt_out);
    case PL_TOK_WORD:
    case PL_TOK_NAMES:
        return word_statement(p, t, stmt_out);
    default:
        if (is_loop(t))
            return read_loops(p, t, NULL, stmt_out);
        return is_op(p, t, "<<") ? labelled(p, stmt_out) : keyword_statement(p, t, stmt_out);
    }
}

/* Words after which a list of statements is over. */
static bool ends_body(PlParser *p, const PlToken *t) {
    if (t->kind == PL_K_end || t->kind == PL_K_else || t->kind == PL_K_when ||
        t->kind == PL_K_elsif)
        return true;
    if (t->kind != PL_K_exception)
        return false;
    return true;
}

Status pl_body(PlParser *p, PlBody *body_out) {
    PlToken t;
    *body_out = (PlBody){0};
    TRY(fiber_stack_check());
    for (;;) {
        PlStmt *stmt;
        TRY(pl_next(p, &t));
        if (ends_body(p, &t))
            break;
        TRY(statement(p, &t, &stmt));
        if (stmt != NULL)
            vec_push(body_out, p->arena, stmt);
    }
    pl_back(p, &t);
    return STATUS_OK;
}

/* ---- the whole ---- */

static Status conflict_option(PlParser *p) {
    PlToken t;
    TRY(pl_next(p, &t));
    if (pl_is(&t, PL_K_error))
        p->tree->conflict = PL_CONFLICT_ERROR;
    else if (pl_is(&t, PL_K_use_variable))
        p->tree->conflict = PL_CONFLICT_VARIABLE;
    else if (pl_is(&t, PL_K_use_column))
        p->tree->conflict = PL_CONFLICT_COLUMN;
    else
        return pl_syntax(p, &t, "syntax error");
    return STATUS_OK;
}

/* #option dump, #variable_conflict .., #print_strict_params on. t: the first token behind. */
static Status directives(PlParser *p, PlToken *t) {
    TRY(pl_next(p, t));
    while (t->kind == '#') {
        TRY(pl_next(p, t));
        if (pl_is(t, PL_K_option)) {
            TRY(pl_expect(p, PL_K_dump, t));
        } else if (pl_is(t, PL_K_print_strict_params)) {
            TRY(pl_next(p, t));
            if (t->name_count != 1 ||
                (strcmp(t->names[0], "on") != 0 && strcmp(t->names[0], "off") != 0))
                return error(ERR_INTERNAL_ERROR, "unrecognized print_strict_params option %s",
                             t->name_count == 1 ? t->names[0] : "");
            p->tree->print_strict_params = strcmp(t->names[0], "on") == 0;
        } else if (pl_is(t, PL_K_variable_conflict)) {
            TRY(conflict_option(p));
        } else {
            return pl_syntax(p, t, "syntax error");
        }
        TRY(pl_next(p, t));
    }
    return STATUS_OK;
}

static Status read_function(PlParser *p) {
    PlToken t;
    PlStmt *body;
    const char *label = NULL;
    TRY(directives(p, &t));
    if (is_op(p, &t, "<<")) {
        TRY(read_label(p, &label));
        TRY(pl_next(p, &t));
    }
    if (t.kind != PL_K_begin && t.kind != PL_K_declare)
        return pl_syntax(p, &t, "syntax error");
    TRY(read_block(p, &t, label, &body, &t));
    p->tree->body = (PlBlock *)body;
    if (t.kind == ';')
        TRY(pl_next(p, &t));
    return t.kind == TOK_END ? STATUS_OK : pl_syntax(p, &t, "syntax error");
}

/* ---- parameters ---- */

static Status named_variable(PlParser *p, const char *name, Oid type, PlDatum **out) {
    PlType made;
    TRY(pl_type_make(p, type, -1, p->options->collation, &made));
    return pl_variable_add(p, name, 0, &made, true, out);
}

static Status check_parameter(PlParser *p, Oid type) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(p->env->catalog, type, &desc));
    if (desc->kind != 'p' || type == OID_RECORD)
        return STATUS_OK;
    TRY(format_type(p->env->catalog, p->arena, type, -1, 0, &text));
    return error(ERR_FEATURE_NOT_SUPPORTED, "PL/pgSQL functions cannot accept type %s", text);
}

/* A name that is used twice is an error of its own. */
static Status parameter_name(PlParser *p, PlDatum *d, const char *name) {
    uint32_t used;
    if (pl_name_find(p->names, true, (const char *const[]){name}, 1, &used) != NULL)
        return error(ERR_INVALID_FUNCTION_DEFINITION, "parameter name \"%s\" used more than once",
                     name);
    pl_name_add(p, d->kind == PL_REC ? PL_NAME_REC : PL_NAME_VAR, d, name);
    return STATUS_OK;
}

static Status parameters(PlParser *p) {
    const PlOptions *o = p->options;
    PlTree *tree = p->tree;
    VEC(PlDatum *) outputs = {0};
    VEC(const char *) names = {0};
    tree->inputs = arena_array(p->arena, PlDatum *, o->param_count + 1);
    for (uint32_t i = 0; i < o->param_count; i++) {
        const PlParam *param = &o->params[i];
        const char *number = arena_printf(p->arena, "$%u", i + 1);
        const char *name = param->name[0] != '\0' ? param->name : number;
        PlType type;
        PlDatum *d;
        TRY(check_parameter(p, param->type));
        TRY(pl_type_make(p, param->type, -1, o->collation, &type));
        TRY(pl_variable_add(p, name, 0, &type, false, &d));
        if (param->mode == 'i' || param->mode == 'b' || param->mode == 'v')
            tree->inputs[tree->input_count++] = d;
        if (param->mode == 'o' || param->mode == 'b' || param->mode == 't') {
            vec_push(&outputs, p->arena, d);
            vec_push(&names, p->arena, name);
        }
        TRY(parameter_name(p, d, number));
        if (name != number)
            TRY(parameter_name(p, d, name));
    }
    if (outputs.count > 1 || (outputs.count == 1 && o->is_procedure))
        tree->output = pl_row_add(p, outputs.items, names.items, (uint32_t)outputs.count, 0);
    else if (outputs.count == 1)
        tree->output = outputs.items[0];
    return STATUS_OK;
}

static Status check_result(PlParser *p) {
    const PlOptions *o = p->options;
    const TypeDesc *type;
    const char *text;
    TRY(catalog_type_require(p->env->catalog, o->result, &type));
    if (type->kind != 'p' || o->result == OID_VOID || o->result == OID_RECORD)
        return STATUS_OK;
    if (o->result == OID_TRIGGER || o->result == OID_EVENT_TRIGGER)
        return error(ERR_FEATURE_NOT_SUPPORTED, "trigger functions can only be called as triggers");
    TRY(format_type(p->env->catalog, p->arena, o->result, -1, 0, &text));
    return error(ERR_FEATURE_NOT_SUPPORTED, "PL/pgSQL functions cannot return type %s", text);
}

static Status trigger_variables(PlParser *p) {
    static const struct {
        const char *name;
        Oid type;
    } tg[] = {{"tg_name", OID_NAME},       {"tg_when", OID_TEXT},         {"tg_level", OID_TEXT},
              {"tg_op", OID_TEXT},         {"tg_relid", OID_OID},         {"tg_relname", OID_NAME},
              {"tg_table_name", OID_NAME}, {"tg_table_schema", OID_NAME}, {"tg_nargs", OID_INT4},
              {"tg_argv", OID_TEXT_ARRAY}},
      event[] = {{"tg_event", OID_TEXT}, {"tg_tag", OID_TEXT}};
    bool row = p->options->trigger == PL_ROW_TRIGGER;
    if (p->options->param_count > 0)
        return status_hint(
            error(ERR_INVALID_FUNCTION_DEFINITION,
                  row ? "trigger functions cannot have declared arguments"
                      : "event trigger functions cannot have declared arguments"),
            row ? "The arguments of the trigger can be accessed through TG_NARGS and "
                  "TG_ARGV instead."
                : NULL);
    if (row) {
        p->tree->new_row = pl_record_add(p, "new", 0, true);
        p->tree->old_row = pl_record_add(p, "old", 0, true);
    }
    for (size_t i = 0; i < (row ? ARRAY_LEN(tg) : ARRAY_LEN(event)); i++) {
        PlDatum *d;
        TRY(named_variable(p, row ? tg[i].name : event[i].name, row ? tg[i].type : event[i].type,
                           &d));
        if (i == 0)
            p->tree->tg_first = d;
    }
    return STATUS_OK;
}

static Status read_all_tokens(PlParser *p) {
    VEC(Token) raw = {0};
    Lexer lexer;
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = p->env->standard_conforming_strings;
    lexer_init(&lexer, p->arena, p->source, p->source_len, false, &options);
    for (;;) {
        Token t;
        lexer_next(&lexer, &t);
        vec_push(&raw, p->arena, t);
        if (t.kind == TOK_ERROR)
            p->lexical = lexer.error;
        if (t.kind == TOK_ERROR || t.kind == TOK_END)
            break;
    }
    p->raw = raw.items;
    p->raw_count = (uint32_t)raw.count;
    return STATUS_OK;
}

static Status parse_whole(PlParser *p) {
    const PlOptions *o = p->options;
    TRY(read_all_tokens(p));
    pl_level_push(p, o->name == NULL ? "inline_code_block" : o->name, PL_LABEL_BLOCK);
    if (o->trigger != PL_NO_TRIGGER) {
        TRY(trigger_variables(p));
    } else {
        TRY(parameters(p));
        TRY(check_result(p));
        PlDatum *result;
        if (o->polymorphic_result && p->tree->output == NULL)
            TRY(named_variable(p, "$0", o->result, &result));
    }
    TRY(named_variable(p, "found", OID_BOOL, &p->tree->found));
    return read_function(p);
}

Status pl_parse(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                const PlOptions *options, PlTree **tree_out, int32_t *line_out) {
    PlParser *p = arena_new(arena, PlParser);
    p->env = env;
    p->arena = arena;
    p->settings = settings;
    p->options = options;
    p->source = arena_strdup(arena, options->source);
    p->source_len = (uint32_t)strlen(p->source);
    p->line = 1;
    p->tree = arena_new(arena, PlTree);
    p->tree->conflict = options->conflict;
    p->tree->print_strict_params = options->print_strict_params;
    Status s = parse_whole(p);
    *line_out = p->line;
    status_free(p->lexical);
    p->tree->datums = p->datums.items;
    p->tree->datum_count = (uint32_t)p->datums.count;
    *tree_out = p->tree;
    return s;
}
