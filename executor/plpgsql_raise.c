/* plpgsql_raise.c: RAISE, ASSERT, exception handlers, GET DIAGNOSTICS, lines of context. */
#include "executor/plpgsql_int.h"

#include "base/strbuf.h"

/* ---- contexts ---- */

static const char *frame_line(const PlFrame *frame, Arena *arena) {
    const PlFunction *fn = frame->fn;
    int32_t line = frame->phase_line != 0 ? frame->phase_line
                   : frame->stmt != NULL  ? frame->stmt->line
                                          : 0;
    if (frame->phase != NULL && line > 0)
        return arena_printf(arena, "PL/pgSQL function %s line %d %s", fn->signature, (int)line,
                            frame->phase);
    if (frame->phase != NULL)
        return arena_printf(arena, "PL/pgSQL function %s %s", fn->signature, frame->phase);
    if (frame->stmt == NULL)
        return arena_printf(arena, "PL/pgSQL function %s", fn->signature);
    return arena_printf(arena, "PL/pgSQL function %s line %d at %s", fn->signature,
                        (int)frame->stmt->line, pl_statement_name(frame->stmt));
}

Status pl_frame_context(const PlFrame *frame, Status s) {
    Arena arena;
    if (status_ok(s))
        return s;
    arena_init(&arena, mem_root());
    s = status_context(status_unplaced(s), "%s", frame_line(frame, &arena));
    arena_destroy(&arena);
    return s;
}

static const char *sql_line(const PlFrame *frame, Arena *arena) {
    return arena_printf(arena,
                        frame->sql_mode == PL_SQL_STATEMENT    ? "SQL statement \"%s\""
                        : frame->sql_mode == PL_SQL_EXPRESSION ? "SQL expression \"%s\""
                                                               : "PL/pgSQL assignment \"%s\"",
                        frame->sql);
}

const char *pl_context(const PlFrame *frame, Arena *arena) {
    StrBuf text;
    strbuf_init(&text, arena);
    for (const PlFrame *f = frame; f != NULL; f = f->caller) {
        if (f != frame)
            strbuf_putc(&text, '\n');
        if (f != frame && f->sql != NULL)
            strbuf_printf(&text, "%s\n", sql_line(f, arena));
        strbuf_puts(&text, frame_line(f, arena));
    }
    return strbuf_cstr(&text);
}

/* ---- RAISE ---- */

typedef struct Raised {
    const char *options[PL_OPTION_COUNT];
    const char *message;
    const char *condition; /* its name or code, as the message where there is none */
    SqlState state;
} Raised;

/* % becomes the next parameter, %% a percent sign. */
static Status format_message(PlFrame *frame, const PlRaise *stmt, const char **message_out) {
    StrBuf text;
    size_t next = 0;
    strbuf_init(&text, &frame->eval);
    for (const char *c = stmt->format; *c != '\0'; c++) {
        if (*c != '%') {
            strbuf_putc(&text, *c);
            continue;
        }
        if (c[1] == '%') {
            strbuf_putc(&text, '%');
            c++;
            continue;
        }
        if (next >= stmt->params.count)
            return error(ERR_INTERNAL_ERROR, "unexpected RAISE parameter list length");
        const char *value;
        TRY(pl_eval_text(frame, stmt->params.items[next++], &value));
        strbuf_puts(&text, value == NULL ? "<NULL>" : value);
    }
    *message_out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* A condition's name, or five characters. */
static Status state_of(PlFrame *frame, const char *condition, SqlState *state_out) {
    PlCondition *list = NULL;
    if (sqlstate_make(condition, state_out))
        return STATUS_OK;
    TRY(pl_conditions(&frame->eval, condition, &list));
    if (list->others)
        return error(ERR_UNDEFINED_OBJECT, "unrecognized exception condition \"%s\"", condition);
    *state_out = list->state;
    return STATUS_OK;
}

static Status read_usings(PlFrame *frame, const PlRaise *stmt, Raised *r) {
    static const char *const names[] = {"ERRCODE",    "MESSAGE",  "DETAIL", "HINT",  "COLUMN",
                                        "CONSTRAINT", "DATATYPE", "TABLE",  "SCHEMA"};
    for (uint32_t i = 0; i < stmt->using_count; i++) {
        PlRaiseOption option = stmt->usings[i].option;
        const char *value;
        TRY(pl_eval_text(frame, stmt->usings[i].value, &value));
        if (value == NULL)
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "RAISE statement option cannot be null");
        bool twice = r->options[option] != NULL ||
                     (option == PL_OPTION_MESSAGE && stmt->format != NULL) ||
                     (option == PL_OPTION_ERRCODE && stmt->condition != NULL);
        if (twice)
            return error(ERR_SYNTAX_ERROR, "RAISE option already specified: %s", names[option]);
        r->options[option] = value;
        if (option == PL_OPTION_ERRCODE) {
            TRY(state_of(frame, value, &r->state));
            r->condition = value;
        }
    }
    return STATUS_OK;
}

static Status raised_error(const Raised *r, SqlState state) {
    const char *const *o = r->options;
    char code[6];
    sqlstate_spell(state, code);
    const char *message = r->message != NULL             ? r->message
                          : o[PL_OPTION_MESSAGE] != NULL ? o[PL_OPTION_MESSAGE]
                          : r->condition != NULL         ? r->condition
                                                         : code;
    Status s = error(state, "%s", message);
    if (o[PL_OPTION_DETAIL] != NULL)
        s = status_detail(s, "%s", o[PL_OPTION_DETAIL]);
    if (o[PL_OPTION_HINT] != NULL)
        s = status_hint(s, "%s", o[PL_OPTION_HINT]);
    return status_object(s, o[PL_OPTION_SCHEMA], o[PL_OPTION_TABLE], o[PL_OPTION_COLUMN],
                         o[PL_OPTION_DATATYPE], o[PL_OPTION_CONSTRAINT]);
}

static Status raise_again(PlFrame *frame) {
    if (!frame->handling)
        return error(ERR_STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER,
                     "RAISE without parameters cannot be used outside an exception handler");
    return status_copy(frame->handled);
}

Status pl_run_raise(PlFrame *frame, const PlRaise *stmt) {
    static const NoticeLevel levels[] = {NOTICE_DEBUG, NOTICE_LOG, NOTICE_INFO, NOTICE_NOTICE,
                                         NOTICE_WARNING};
    bool is_error = stmt->level == PL_RAISE_EXCEPTION;
    Raised r = {.state = is_error                          ? ERR_RAISE_EXCEPTION
                         : stmt->level == PL_RAISE_WARNING ? ERR_WARNING
                                                           : ERR_SUCCESSFUL_COMPLETION};
    if (stmt->again)
        return raise_again(frame);
    if (stmt->condition != NULL) {
        TRY(state_of(frame, stmt->condition, &r.state));
        r.condition = stmt->condition;
    }
    if (stmt->format != NULL)
        TRY(format_message(frame, stmt, &r.message));
    TRY(read_usings(frame, stmt, &r));
    Status s = raised_error(&r, r.state);
    if (is_error)
        return s;
    s = status_context(s, "%s", pl_context(frame, &frame->eval));
    frame->session->ops->notice(frame->session, levels[stmt->level], s);
    return STATUS_OK;
}

Status pl_run_assert(PlFrame *frame, const PlAssert *stmt) {
    bool yes, is_null;
    const char *setting = NULL, *message = NULL;
    Session *session = frame->session;
    TRY(session->ops->setting_show(session, &frame->eval, "plpgsql.check_asserts", true, &setting));
    if (setting != NULL && strcmp(setting, "off") == 0)
        return STATUS_OK;
    TRY(pl_eval_bool(frame, stmt->condition, &yes, &is_null));
    if (yes)
        return STATUS_OK;
    if (stmt->message != NULL)
        TRY(pl_eval_text(frame, stmt->message, &message));
    return error(ERR_ASSERT_FAILURE, "%s", message == NULL ? "assertion failed" : message);
}

/* ---- handlers ---- */

static bool condition_meets(const PlCondition *c, const Error *e) {
    if (c->others)
        return e->state != ERR_QUERY_CANCELED && e->state != ERR_ASSERT_FAILURE;
    return c->state == e->state || (c->is_class && sqlstate_in_class(e->state, c->state));
}

bool pl_handles(const PlBlock *block, const Error *e, const PlHandler **handler_out) {
    if (e->severity != SEV_ERROR)
        return false;
    for (uint32_t i = 0; i < block->handler_count; i++)
        for (const PlCondition *c = block->handlers[i].conditions; c != NULL; c = c->next)
            if (condition_meets(c, e)) {
                *handler_out = &block->handlers[i];
                return true;
            }
    return false;
}

/* Takes the error over. */
Status pl_run_handlers(PlFrame *frame, const PlBlock *block, Status failed, PlFlow *flow_out) {
    const PlHandler *handler;
    Status saved = frame->handled;
    bool was_handling = frame->handling;
    pl_handles(block, failed.error, &handler);
    frame->handled = failed;
    frame->handling = true;
    arena_reset(&frame->eval);
    Status s = pl_refresh(frame);
    if (status_ok(s))
        s = pl_assign_text(frame, block->sqlstate, failed.error->code);
    if (status_ok(s))
        s = pl_assign_text(frame, block->sqlerrm, failed.error->message);
    if (status_ok(s))
        s = pl_run_body(frame, &handler->body, flow_out);
    frame->handled = saved;
    frame->handling = was_handling;
    status_free(failed);
    return s;
}

/* ---- GET DIAGNOSTICS ---- */

static const char *diagnostic_text(PlFrame *frame, PlDiagnostic what) {
    const Error *e = frame->handling ? frame->handled.error : NULL;
    if (what == PL_DIAG_CONTEXT)
        return pl_context(frame, &frame->eval);
    switch (what) {
    case PL_DIAG_ERROR_CONTEXT:
        return e->context;
    case PL_DIAG_ERROR_DETAIL:
        return e->detail;
    case PL_DIAG_ERROR_HINT:
        return e->hint;
    case PL_DIAG_RETURNED_SQLSTATE:
        return e->code;
    case PL_DIAG_COLUMN_NAME:
        return e->column_name;
    case PL_DIAG_CONSTRAINT_NAME:
        return e->constraint_name;
    case PL_DIAG_DATATYPE_NAME:
        return e->datatype_name;
    case PL_DIAG_MESSAGE_TEXT:
        return e->message;
    case PL_DIAG_TABLE_NAME:
        return e->table_name;
    case PL_DIAG_SCHEMA_NAME:
        return e->schema_name;
    default:
        UNREACHABLE();
    }
}

Status pl_run_get_diagnostics(PlFrame *frame, const PlGetDiagnostics *stmt) {
    if (stmt->stacked && !frame->handling)
        return error(ERR_STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER,
                     "GET STACKED DIAGNOSTICS cannot be used outside an exception handler");
    for (uint32_t i = 0; i < stmt->item_count; i++) {
        const PlDiagnosticItem *item = &stmt->items[i];
        if (item->what == PL_DIAG_ROW_COUNT) {
            TRY(pl_assign(frame, item->target, datum_i64((int64_t)frame->row_count), false,
                          OID_INT8, -1));
            continue;
        }
        const char *text = diagnostic_text(frame, item->what);
        TRY(pl_assign_text(frame, item->target, text == NULL ? "" : text));
    }
    return STATUS_OK;
}
