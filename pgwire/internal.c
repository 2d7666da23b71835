/* internal.c: a session without a client, for initialisation. */
#include "pgwire/client_int.h"

#include "runtime/log.h"

static Status run_one(ClientSession *client, const AstRawStatement *raw, const char *text,
                      size_t len) {
    Arena arena;
    arena_init(&arena, &client->exec.account);
    client->exec.env.statement_arena = &arena;
    PlannedStatement *plan = NULL;
    Status status = command_begin(client);
    if (status_ok(status))
        status = executor_plan(&client->exec, &arena, raw, NULL, &plan);
    if (status_ok(status) && plan->command == COMMAND_UTILITY) {
        UtilityCall call = {.session = &client->exec,
                            .raw = raw,
                            .text = text,
                            .text_len = len,
                            .arena = &arena,
                            .top_level = true};
        status = utility_execute(&call);
    } else if (status_ok(status)) {
        uint64_t processed;
        status = executor_run(&client->exec, plan, NULL, NULL, &processed);
    }
    if (status_ok(status))
        status = command_end(client);
    client->exec.env.statement_arena = NULL;
    arena_destroy(&arena);
    strbuf_truncate(&client->out, 0);
    return status;
}

static Status run_script(ClientSession *client, const CatalogScript *script) {
    AstList statements;
    size_t len = strlen(script->sql);
    client->query_text = script->sql;
    client->query_len = len;
    TRY(parse_sql(&client->message_arena, script->sql, len, NULL, &statements));
    AST_FOREACH(AstRawStatement, raw, statements) {
        Status status = run_one(client, raw, script->sql, len);
        if (!status_ok(status))
            return status_context(status, "initialisation script %s: %.*s", script->name,
                                  (int)MIN(raw->length, 200), script->sql + raw->location);
    }
    return STATUS_OK;
}

static void session_free(ClientSession *client) {
    if (client->exec.catalog != NULL)
        catalog_session_close(client->exec.catalog);
    session_executor_reset(&client->exec);
    session_forget_temp(&client->exec);
    function_stats_forget(&client->exec);
    settings_free(client->settings);
    arena_destroy(&client->message_arena);
    arena_destroy(&client->out_arena);
    arena_destroy(&client->txn_arena);
    arena_destroy(&client->exec.arena);
    strmap_destroy(&client->prepared);
    strmap_destroy(&client->portals);
    mem_free(&client->server->sessions_account, client, sizeof(*client));
}

Status internal_run_scripts(Server *server, const CatalogScript *scripts, size_t count) {
    ClientSession *client = client_make(server, NULL);
    client->phase = PHASE_READY;
    client->settings = variables_make(client);
    CatalogSessionConfig config = {
        .database = OID_DATABASE_TEMPLATE1, .role = 10, .backend_id = 1, .bootstrap = true};
    client->exec.catalog = catalog_session_open(server->catalog, &config);
    client->exec.env.catalog = client->exec.catalog;
    Status status = STATUS_OK;
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = run_script(client, &scripts[i]);
    if (!status_ok(status))
        command_abort(client);
    session_free(client);
    return status;
}
