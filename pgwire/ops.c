/* ops.c: what the layers below may ask of a session (executor/session.h). */
#include "pgwire/client_int.h"

#include "executor/large_object.h"

#include <stdio.h>

static void op_notice(Session *session, NoticeLevel level, Status notice) {
    report_notice(client_of(session), level, notice);
}

static Status op_setting_show(Session *session, Arena *arena, const char *name, bool missing_ok,
                              const char **value_out) {
    return settings_show(client_of(session)->settings, name, missing_ok, arena, value_out);
}

static Status op_setting_set(Session *session, const char *name, const char *value, bool local) {
    ClientSession *client = client_of(session);
    bool superuser;
    TRY(variables_may_set(session->catalog, session_user_oid(session->catalog), name, &superuser));
    return settings_set(client->settings, name, value, SETTING_FROM_SESSION, local, superuser);
}

static Status op_setting_validate(Session *session, const char *name, const char *value) {
    bool superuser;
    TRY(variables_may_set(session->catalog, session_role(session->catalog), name, &superuser));
    return settings_validate(client_of(session)->settings, name, value, superuser);
}

static Status op_cursor_row(Session *session, const char *cursor, Oid relation, RowId *rowid_out) {
    Portal *portal = portal_find(client_of(session), cursor);
    if (portal == NULL)
        return error(ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", cursor);
    if (portal->cursor == NULL)
        return error(ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is not a SELECT query", cursor);
    return cursor_current_row(portal->cursor, relation, cursor, rowid_out);
}

static TransactionContext op_transaction_context(Session *session) {
    ClientSession *client = client_of(session);
    if (session->function_depth > 0)
        return TRANSACTION_FUNCTION;
    return client->block == BLOCK_IN || client->block == BLOCK_FAILED ? TRANSACTION_BLOCK
           : client->block == BLOCK_IMPLICIT                          ? TRANSACTION_IMPLICIT_BLOCK
                                                                      : TRANSACTION_IMPLICIT;
}

/* ---- exception blocks, transactions in procedures ---- */

static void op_subtransaction_begin(Session *session, Subtransaction *mark_out) {
    ClientSession *client = client_of(session);
    *mark_out = (Subtransaction){.mark = txn_savepoint(session->txn),
                                 .large_object_mark = large_objects_mark(session),
                                 .settings_mark = settings_mark(client->settings),
                                 .portal_mark = client->portal_serial,
                                 .read_only = txn_read_only(session->txn)};
}

static void op_subtransaction_end(Session *session, const Subtransaction *mark) {
    txn_release(session->txn, mark->mark);
    txn_set_read_only(session->txn, mark->read_only);
}

static Status op_subtransaction_rollback(Session *session, const Subtransaction *mark) {
    ClientSession *client = client_of(session);
    portals_drop_since(client, mark->portal_mark);
    large_objects_close_since(session, mark->large_object_mark);
    TRY(txn_rollback_to(session->txn, mark->mark));
    txn_release(session->txn, mark->mark);
    catalog_session_rolled_back_to(session->catalog);
    settings_rollback_to(client->settings, mark->settings_mark);
    txn_set_read_only(session->txn, mark->read_only);
    return STATUS_OK;
}

/* The next transaction belongs to the same statement. */
static Status op_transaction_end(Session *session, bool commit, bool chain) {
    ClientSession *client = client_of(session);
    TxnTraits traits = client_txn_traits(client);
    int64_t statement_start = session->env.statement_start_micros;
    if (commit)
        TRY(client_commit(client));
    else
        TRY(client_rollback(client));
    TRY(client_txn_start(client));
    session->env.statement_start_micros = statement_start;
    client->block = BLOCK_STATEMENT;
    if (chain) {
        txn_set_isolation(session->txn, traits.isolation);
        txn_set_read_only(session->txn, traits.read_only);
        txn_set_deferrable(session->txn, traits.deferrable);
    }
    return STATUS_OK;
}

/* ---- cursors of procedural languages ---- */

static Status fill_portal(ClientSession *client, Portal *portal, CursorOpen *open) {
    portal->sql_cursor = true;
    portal->text = arena_strdup(&portal->arena, open->text);
    portal->text_len = strlen(portal->text);
    TRY(open->prepare(open, &portal->arena));
    portal->plan = open->plan;
    portal->params = open->params;
    portal->param_nulls = open->param_nulls;
    portal->param_count = open->param_count;
    portal->scroll = (open->options & AST_CURSOR_SCROLL) != 0;
    bool can_go_back =
        portal->scroll || ((open->options & AST_CURSOR_NO_SCROLL) == 0 && portal->plan->read_only);
    portal->scroll |= can_go_back && cursor_is_scrollable(portal->plan);
    portal->formats = arena_array(&portal->arena, int16_t, 1);
    portal->format_count = 1;
    return portal_open_cursor(client, portal, can_go_back);
}

static Status op_cursor_open(Session *session, CursorOpen *open) {
    ClientSession *client = client_of(session);
    Portal *portal;
    char made[32];
    const char *name = open->name;
    for (; name == NULL || (open->name == NULL && portal_find(client, name) != NULL);) {
        snprintf(made, sizeof(made), "<unnamed portal %u>", ++client->unnamed_cursors);
        name = made;
    }
    TRY(portal_make(client, name, &portal));
    open->name = portal->name;
    Status status = fill_portal(client, portal, open);
    if (!status_ok(status))
        portal_drop(client, portal);
    return status;
}

static Status op_cursor_find(Session *session, const char *name, ExecCursor **cursor_out,
                             const PlannedStatement **plan_out) {
    ClientSession *client = client_of(session);
    Portal *portal = portal_find(client, name);
    if (portal == NULL)
        return error(ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", name);
    if (portal->cursor == NULL)
        return error(ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is not a SELECT query", name);
    *cursor_out = portal->cursor;
    *plan_out = portal->plan;
    return STATUS_OK;
}

static Status op_cursor_close(Session *session, const char *name) {
    ClientSession *client = client_of(session);
    Portal *portal = portal_find(client, name);
    if (portal == NULL)
        return error(ERR_UNDEFINED_CURSOR, "cursor \"%s\" does not exist", name);
    portal_drop(client, portal);
    return STATUS_OK;
}

static Status op_cursor_keep(Session *session, const char *name) {
    Portal *portal = portal_find(client_of(session), name);
    if (portal == NULL || portal->held || portal->cursor == NULL)
        return STATUS_OK;
    TRY(cursor_hold(portal->cursor));
    portal->hold = portal->held = true;
    return STATUS_OK;
}

const SessionOps client_ops = {.notice = op_notice,
                               .setting_show = op_setting_show,
                               .setting_set = op_setting_set,
                               .setting_validate = op_setting_validate,
                               .cursor_row = op_cursor_row,
                               .transaction_context = op_transaction_context,
                               .password_verifier = password_verifier_make,
                               .prepared_run = prepared_run,
                               .subtransaction_begin = op_subtransaction_begin,
                               .subtransaction_end = op_subtransaction_end,
                               .subtransaction_rollback = op_subtransaction_rollback,
                               .transaction_end = op_transaction_end,
                               .cursor_open = op_cursor_open,
                               .cursor_find = op_cursor_find,
                               .cursor_close = op_cursor_close,
                               .cursor_keep = op_cursor_keep,
                               .notify = listen_notify};
