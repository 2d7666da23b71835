/* ops.c: what the layers below may ask of a session (executor/session.h). */
#include "pgwire/client_int.h"

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
    TRY(role_is_superuser(session->catalog, session_user_oid(session->catalog), &superuser));
    return settings_set(client->settings, name, value, SETTING_FROM_SESSION, local, superuser);
}

static Status op_setting_validate(Session *session, const char *name, const char *value) {
    bool superuser;
    TRY(role_is_superuser(session->catalog, session_role(session->catalog), &superuser));
    return settings_validate(client_of(session)->settings, name, value, superuser);
}

static Status op_cursor_row(Session *session, const char *cursor, Oid relation,
                            RowId *rowid_out) {
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

const SessionOps client_ops = {.notice = op_notice,
                               .setting_show = op_setting_show,
                               .setting_set = op_setting_set,
                               .setting_validate = op_setting_validate,
                               .cursor_row = op_cursor_row,
                               .transaction_context = op_transaction_context,
                               .password_verifier = scram_make_verifier,
                               .prepared_run = prepared_run,
                               .notify = listen_notify};
