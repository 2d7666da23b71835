/* internal.c: sessions without a client: initialisation, and the check of a whole server. */
#include "pgwire/client_int.h"

#include "catalog/row.h"
#include "executor/amcheck.h"
#include "runtime/log.h"

#include <stdio.h>

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

static ClientSession *session_make(Server *server, Oid database, bool bootstrap) {
    ClientSession *client = client_make(server, NULL);
    client->phase = PHASE_READY;
    client->settings = variables_make(client);
    CatalogSessionConfig config = {
        .database = database, .role = 10, .backend_id = 1, .bootstrap = bootstrap};
    client->exec.catalog = catalog_session_open(server->catalog, &config);
    client->exec.env.catalog = client->exec.catalog;
    return client;
}

Status internal_run_scripts(Server *server, const CatalogScript *scripts, size_t count) {
    ClientSession *client = session_make(server, OID_DATABASE_TEMPLATE1, true);
    Status status = STATUS_OK;
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = run_script(client, &scripts[i]);
    if (!status_ok(status))
        command_abort(client);
    session_free(client);
    return status;
}

/* ---- is everything sound? ---- */

typedef struct ServerCheck {
    DatabaseReport report;
    const char *database;
} ServerCheck;

static void print_problem(DatabaseReport *report, const char *text) {
    printf("database \"%s\", %s\n", ((ServerCheck *)report)->database, text);
}

typedef struct DatabaseName {
    Oid oid;
    const char *name;
} DatabaseName;

typedef VEC(DatabaseName) DatabaseNames;

static Status find_databases(ClientSession *client, Arena *arena, DatabaseNames *out) {
    CatalogScan *scan;
    CatalogRow *row;
    TRY(catalog_scan_open(client->exec.catalog, PG_DATABASE, 0, NULL, 0, arena, &scan));
    Status status;
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        DatabaseName database = {row_oid(row, PG_DATABASE_OID),
                                 row_name(row, PG_DATABASE_DATNAME, arena)};
        vec_push(out, arena, database);
    }
    catalog_scan_close(scan);
    return status;
}

/* Runs one of the two in a transaction of a session in that database. */
static Status in_database(Server *server, Oid database, Arena *arena, DatabaseNames *names,
                          DatabaseReport *report) {
    ClientSession *client = session_make(server, database, false);
    Arena statement;
    arena_init(&statement, &client->exec.account);
    client->exec.env.statement_arena = &statement;
    Status status = command_begin(client);
    if (status_ok(status))
        status = names != NULL ? find_databases(client, arena, names)
                               : amcheck_database(&client->exec, report);
    if (status_ok(status))
        status = command_end(client);
    else
        command_abort(client);
    client->exec.env.statement_arena = NULL;
    arena_destroy(&statement);
    session_free(client);
    return status;
}

Status internal_check(Server *server, uint64_t *problems_out) {
    Arena arena;
    DatabaseNames names = {0};
    ServerCheck check = {.report.line = print_problem};
    arena_init(&arena, mem_root());
    Status status = in_database(server, OID_DATABASE_TEMPLATE1, &arena, &names, NULL);
    for (size_t i = 0; status_ok(status) && i < names.count; i++) {
        check.database = names.items[i].name;
        status = in_database(server, names.items[i].oid, &arena, NULL, &check.report);
        if (!status_ok(status) && status.error->state == ERR_DATA_CORRUPTED) {
            print_problem(&check.report, status.error->message);
            check.report.problems++;
            status_free(status);
            status = STATUS_OK;
        }
    }
    printf("%llu databases, %llu tables, %llu indexes\n", (unsigned long long)names.count,
           (unsigned long long)check.report.tables, (unsigned long long)check.report.indexes);
    *problems_out = check.report.problems;
    arena_destroy(&arena);
    return status;
}
