/*
 * command.c: what surrounds every statement: transactions, clocks, timeouts, failures.
 */
#include "pgwire/client_int.h"

#include "executor/large_object.h"

Status client_txn_start(ClientSession *client) {
    check(client->exec.txn == NULL);
    Txn *txn;
    TRY(txn_begin(client->server->mvcc, client->isolation_next, client->read_only_next,
                  client->deferrable_next, &txn));
    txn_set_owner(txn, client->exec.process_id);
    txn_set_lock_timeout(txn, client->lock_timeout_us);
    if (client->deadlock_timeout_us != 0)
        txn_set_deadlock_timeout(txn, client->deadlock_timeout_us);
    client->exec.txn = txn;
    client->exec.env.txn = txn;
    catalog_session_begin(client->exec.catalog, txn);
    client->exec.env.transaction_start_micros = clock_timestamp_us();
    client->exec.env.statement_start_micros = client->exec.env.transaction_start_micros;
    if (client->activity != NULL)
        client->activity->xact_start = client->exec.env.transaction_start_micros;
    return STATUS_OK;
}

TxnTraits client_txn_traits(const ClientSession *client) {
    const Txn *txn = client->exec.txn;
    return (TxnTraits){.isolation = txn_isolation(txn),
                       .read_only = txn_read_only(txn),
                       .deferrable = txn_deferrable(txn)};
}

static void txn_forgotten(ClientSession *client) {
    large_objects_forget(&client->exec);
    client->exec.txn = NULL;
    client->exec.env.txn = NULL;
    client->block = BLOCK_NONE;
    client->savepoints.count = 0;
    client->savepoints.items = NULL;
    client->savepoints.capacity = 0;
    arena_destroy(&client->txn_arena);
    if (client->activity != NULL)
        client->activity->xact_start = 0;
}

Status client_commit(ClientSession *client) {
    TRY(portals_hold(client));
    portals_drop_transaction(client);
    TRY(session_before_commit(&client->exec));
    TRY(function_stats_before_commit(&client->exec));
    TRY(txn_commit(client->exec.txn, client->sync_commit));
    database_stats_count(client, DATABASE_COMMITS);
    function_stats_flush(&client->exec, true);
    catalog_session_release(client->exec.catalog);
    if (client->settings != NULL)
        settings_commit(client->settings);
    txn_forgotten(client);
    return STATUS_OK;
}

Status client_rollback(ClientSession *client) {
    Status status = STATUS_OK;
    fiber_interrupts_hold();
    portals_drop_transaction(client);
    if (client->exec.txn != NULL) {
        status = txn_rollback(client->exec.txn);
        database_stats_count(client, DATABASE_ROLLBACKS);
        function_stats_flush(&client->exec, false);
    }
    catalog_session_release(client->exec.catalog);
    if (client->settings != NULL)
        settings_rollback_to(client->settings, 0);
    txn_forgotten(client);
    fiber_interrupts_release();
    return status;
}

/* ---- timeouts ---- */

static void statement_timed_out(Timer *timer) {
    ClientSession *client = CONTAINER_OF(timer, ClientSession, statement_timer);
    if (client->running)
        fiber_interrupt(client->fiber, INTERRUPT_STATEMENT_TIMEOUT);
}

static void start_statement_timer(ClientSession *client) {
    if (client->statement_timeout_us > 0 && !timer_running(&client->statement_timer))
        timer_start(&client->statement_timer, clock_mono_us() + client->statement_timeout_us,
                    statement_timed_out);
}

static void stop_statement_timer(ClientSession *client) {
    if (timer_running(&client->statement_timer))
        timer_stop(&client->statement_timer);
}

/* ---- statements ---- */

Status command_begin(ClientSession *client) {
    if (client->exec.txn == NULL && client->block != BLOCK_FAILED) {
        TRY(client_txn_start(client));
        client->block = BLOCK_STATEMENT;
    } else if (fiber_slice() != client->statement_slice) { /* else it came with the one before */
        client->exec.env.statement_start_micros = clock_timestamp_us();
    }
    client->statement_slice = fiber_slice();
    start_statement_timer(client);
    return STATUS_OK;
}

Status command_end(ClientSession *client) {
    stop_statement_timer(client);
    fiber_interrupts_clear();
    if (client->block == BLOCK_STATEMENT)
        return client_commit(client);
    if (client->exec.catalog != NULL)
        catalog_session_release(client->exec.catalog);
    return STATUS_OK;
}

void command_abort(ClientSession *client) {
    stop_statement_timer(client);
    fiber_interrupts_hold();
    Status status = STATUS_OK;
    if (client->block == BLOCK_IN || client->block == BLOCK_FAILED) {
        if (client->savepoints.count > 0 && client->exec.txn != NULL) {
            Savepoint *last = &client->savepoints.items[client->savepoints.count - 1];
            portals_drop_since(client, last->portal_mark);
            status = txn_rollback_to(client->exec.txn, last->mark);
            catalog_session_rolled_back_to(client->exec.catalog);
            settings_rollback_to(client->settings, last->settings_mark);
            txn_set_read_only(client->exec.txn, last->read_only);
        } else if (client->exec.txn != NULL) {
            client->failed_traits = client_txn_traits(client);
            status = client_rollback(client);
        }
        client->block = BLOCK_FAILED;
    } else if (client->exec.txn != NULL) {
        status = client_rollback(client);
    }
    fiber_interrupts_clear();
    fiber_interrupts_release();
    if (!status_ok(status)) /* what could not be undone must not be served */
        check_failed(status.error->message, __FILE__, __LINE__);
}

Status command_check_failed_block(ClientSession *client, const Ast *statement) {
    if (client->block != BLOCK_FAILED)
        return STATUS_OK;
    if (statement != NULL && statement->tag == AST_TRANSACTION) {
        AstTransactionKind kind = ((const AstTransaction *)statement)->kind;
        if (kind == AST_TRANSACTION_COMMIT || kind == AST_TRANSACTION_ROLLBACK ||
            kind == AST_TRANSACTION_ROLLBACK_TO || kind == AST_TRANSACTION_PREPARE)
            return STATUS_OK;
    }
    return error(ERR_IN_FAILED_SQL_TRANSACTION, "current transaction is aborted, commands ignored "
                                                "until end of transaction block");
}

const char *command_tag(ClientSession *client, const PlannedStatement *plan, uint64_t processed,
                        Arena *arena) {
    static const char *const names[] = {[COMMAND_SELECT] = "SELECT",
                                        [COMMAND_INSERT] = "INSERT 0",
                                        [COMMAND_UPDATE] = "UPDATE",
                                        [COMMAND_DELETE] = "DELETE",
                                        [COMMAND_MERGE] = "MERGE"};
    StrBuf tag;
    strbuf_init(&tag, arena);
    strbuf_append(&tag, names[plan->command], strlen(names[plan->command]));
    strbuf_putc(&tag, ' ');
    strbuf_put_i64(&tag, (int64_t)processed);
    return strbuf_cstr(&tag);
}

void client_set_activity(ClientSession *client, const char *query, size_t len) {
    Activity *activity = client->activity;
    if (activity == NULL)
        return;
    activity->query_start = activity->state_change = clock_timestamp_us();
    len = MIN(len, sizeof(activity->query) - 1);
    memcpy(activity->query, query, len);
    activity->query[len] = '\0';
}
