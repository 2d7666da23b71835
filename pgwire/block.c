/* block.c: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, PREPARE TRANSACTION and their kin. */
#include "pgwire/client_int.h"

#include "executor/large_object.h"

#include <strings.h>

static Status only_in_block(const char *what) {
    return error(ERR_NO_ACTIVE_SQL_TRANSACTION, "%s can only be used in transaction blocks", what);
}

static void warn(ClientSession *client, SqlState state, const char *text) {
    report_notice(client, NOTICE_WARNING, error(state, "%s", text));
}

static bool in_block(const ClientSession *client) {
    return client->block == BLOCK_IN || client->block == BLOCK_FAILED;
}

/* transaction_isolation and its kin of BEGIN and SET TRANSACTION. */
static Status apply_options(ClientSession *client, const AstList *options) {
    AST_FOREACH(AstOption, option, *options) {
        const AstConst *value = (const AstConst *)option->value;
        const char *text = value->kind == AST_CONST_STRING ? value->text
                           : value->ival != 0              ? "on"
                                                           : "off";
        TRY(settings_set(client->settings, option->name, text, SETTING_FROM_SESSION, true, true));
    }
    return STATUS_OK;
}

static Status begin_block(ClientSession *client, const AstTransaction *statement) {
    if (client->block == BLOCK_IN)
        warn(client, ERR_ACTIVE_SQL_TRANSACTION, "there is already a transaction in progress");
    client->block = BLOCK_IN;
    return apply_options(client, &statement->options);
}

/* AND CHAIN: the next block begins with the characteristics of the one that ended. */
static Status chain(ClientSession *client, TxnTraits traits) {
    TRY(client_txn_start(client));
    txn_set_isolation(client->exec.txn, traits.isolation);
    txn_set_read_only(client->exec.txn, traits.read_only);
    txn_set_deferrable(client->exec.txn, traits.deferrable);
    client->block = BLOCK_IN;
    return STATUS_OK;
}

static TxnTraits current_traits(const ClientSession *client) {
    return client->exec.txn == NULL ? client->failed_traits : client_txn_traits(client);
}

static Status commit_block(ClientSession *client, const AstTransaction *statement,
                           const char **tag_out) {
    *tag_out = "COMMIT";
    if (!in_block(client)) {
        if (statement->chain)
            return only_in_block("COMMIT AND CHAIN");
        warn(client, ERR_NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress");
        client->block = BLOCK_STATEMENT;
        return STATUS_OK;
    }
    TxnTraits traits = current_traits(client);
    if (client->block == BLOCK_FAILED) {
        *tag_out = "ROLLBACK";
        TRY(client_rollback(client));
    } else {
        client->block = BLOCK_STATEMENT; /* a failure of the commit ends the block */
        TRY(client_commit(client));
    }
    return statement->chain ? chain(client, traits) : STATUS_OK;
}

static Status rollback_block(ClientSession *client, const AstTransaction *statement) {
    if (!in_block(client)) {
        if (statement->chain)
            return only_in_block("ROLLBACK AND CHAIN");
        warn(client, ERR_NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress");
        return client_rollback(client);
    }
    TxnTraits traits = current_traits(client);
    TRY(client_rollback(client));
    return statement->chain ? chain(client, traits) : STATUS_OK;
}

/* ---- savepoints ---- */

static Status savepoint_find(ClientSession *client, const char *name, size_t *index_out) {
    for (size_t i = client->savepoints.count; i-- > 0;) {
        if (strcmp(client->savepoints.items[i].name, name) == 0) {
            *index_out = i;
            return STATUS_OK;
        }
    }
    return error(ERR_S_E_INVALID_SPECIFICATION, "savepoint \"%s\" does not exist", name);
}

static Status savepoint_make(ClientSession *client, const char *name) {
    if (!in_block(client))
        return only_in_block("SAVEPOINT");
    Savepoint savepoint = {.name = arena_strdup(&client->txn_arena, name),
                           .mark = txn_savepoint(client->exec.txn),
                           .large_object_mark = large_objects_mark(&client->exec),
                           .settings_mark = settings_mark(client->settings),
                           .portal_mark = client->portal_serial,
                           .read_only = txn_read_only(client->exec.txn)};
    vec_push(&client->savepoints, &client->txn_arena, savepoint);
    return STATUS_OK;
}

static Status savepoint_release(ClientSession *client, const char *name) {
    if (!in_block(client))
        return only_in_block("RELEASE SAVEPOINT");
    size_t index;
    TRY(savepoint_find(client, name, &index));
    txn_set_read_only(client->exec.txn, client->savepoints.items[index].read_only);
    txn_release(client->exec.txn, client->savepoints.items[index].mark);
    client->savepoints.count = index;
    return STATUS_OK;
}

static Status savepoint_rollback(ClientSession *client, const char *name) {
    if (!in_block(client))
        return only_in_block("ROLLBACK TO SAVEPOINT");
    size_t index;
    TRY(savepoint_find(client, name, &index));
    Savepoint *savepoint = &client->savepoints.items[index];
    portals_drop_since(client, savepoint->portal_mark);
    large_objects_close_since(&client->exec, savepoint->large_object_mark);
    TRY(txn_rollback_to(client->exec.txn, savepoint->mark));
    catalog_session_rolled_back_to(client->exec.catalog);
    settings_rollback_to(client->settings, savepoint->settings_mark);
    txn_set_read_only(client->exec.txn, savepoint->read_only);
    client->savepoints.count = index + 1;
    client->block = BLOCK_IN;
    return STATUS_OK;
}

/* ---- two-phase commit ---- */

static Status check_may_prepare(ClientSession *client) {
    int64_t limit = settings_int(client->settings, "max_prepared_transactions");
    if (limit == 0)
        return status_hint(
            error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "prepared transactions are disabled"),
            "Set max_prepared_transactions to a nonzero value.");
    if (mvcc_prepared_count(client->server->mvcc) >= (size_t)limit)
        return status_hint(
            error(ERR_OUT_OF_MEMORY, "maximum number of prepared transactions reached"),
            "Increase max_prepared_transactions (currently %d).", (int)limit);
    if (listen_pending(client))
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot PREPARE a transaction that has executed "
                                                "LISTEN, UNLISTEN, or NOTIFY");
    if (portals_will_hold(client))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot PREPARE a transaction that has created a cursor WITH HOLD");
    if (client->lock_owner != NULL && lock_session_shares(client->lock_owner, client->exec.txn))
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot PREPARE while holding both session-level "
                                                "and transaction-level locks on the same object");
    return STATUS_OK;
}

static Status prepare_transaction(ClientSession *client, const char *gid, const char **tag_out) {
    if (!in_block(client)) {
        warn(client, ERR_NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress");
        *tag_out = "ROLLBACK";
        return client_rollback(client);
    }
    if (client->block == BLOCK_FAILED) {
        *tag_out = "ROLLBACK";
        return client_rollback(client);
    }
    *tag_out = "PREPARE TRANSACTION";
    Oid state[2] = {session_role(client->exec.catalog), session_database(client->exec.catalog)};
    client->block = BLOCK_STATEMENT; /* a failure ends the block */
    TRY(check_may_prepare(client));
    portals_drop_transaction(client);
    client->block = BLOCK_STATEMENT; /* a failure ends the block */
    TRY(session_before_commit(&client->exec));
    if (session_used_temp(client->exec.catalog))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot PREPARE a transaction that has operated on temporary objects");
    TRY(txn_prepare(client->exec.txn, gid, state, sizeof(state)));
    client->exec.txn = NULL; /* it belongs to the transaction system now */
    return client_rollback(client);
}

static Status finish_prepared(ClientSession *client, const char *gid, bool commit) {
    const char *what = commit ? "COMMIT PREPARED" : "ROLLBACK PREPARED";
    if (client->block != BLOCK_STATEMENT)
        return error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block", what);
    TRY(txn_finish_prepared(client->server->mvcc, gid, commit));
    if (commit) /* what it changed in the catalogs was noted by a session that may be gone */
        catalog_flush(client->server->catalog);
    return STATUS_OK;
}

static Status execute_transaction(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstTransaction *statement = (const AstTransaction *)call->raw->statement;
    switch (statement->kind) {
    case AST_TRANSACTION_BEGIN:
        call->tag = "BEGIN";
        return begin_block(client, statement);
    case AST_TRANSACTION_START:
        call->tag = "START TRANSACTION";
        return begin_block(client, statement);
    case AST_TRANSACTION_COMMIT:
        return commit_block(client, statement, &call->tag);
    case AST_TRANSACTION_ROLLBACK:
        call->tag = "ROLLBACK";
        return rollback_block(client, statement);
    case AST_TRANSACTION_SAVEPOINT:
        call->tag = "SAVEPOINT";
        return savepoint_make(client, statement->name);
    case AST_TRANSACTION_RELEASE:
        call->tag = "RELEASE";
        return savepoint_release(client, statement->name);
    case AST_TRANSACTION_ROLLBACK_TO:
        call->tag = "ROLLBACK";
        return savepoint_rollback(client, statement->name);
    case AST_TRANSACTION_PREPARE:
        return prepare_transaction(client, statement->gid, &call->tag);
    case AST_TRANSACTION_COMMIT_PREPARED:
        call->tag = "COMMIT PREPARED";
        return finish_prepared(client, statement->gid, true);
    case AST_TRANSACTION_ROLLBACK_PREPARED:
        call->tag = "ROLLBACK PREPARED";
        return finish_prepared(client, statement->gid, false);
    }
    UNREACHABLE();
}

static const UtilityCommand commands[] = {
    {AST_TRANSACTION, NULL, UTILITY_NO_SNAPSHOT | UTILITY_ANY_STATE, execute_transaction, NULL},
};

void block_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
