/*
 * prepared.c: prepared statements and their plans.
 *
 * A plan is generic: parameters stay parameters. It is good while the catalogs and the search path
 * are what they were; then it is made again, and the client hears 0A000 if the result's columns
 * changed, since it has described them.
 */
#include "pgwire/client_int.h"

void cached_plan_unref(ClientSession *client, CachedPlan *cached) {
    if (cached == NULL || --cached->references > 0)
        return;
    micro_free(cached->micro);
    arena_destroy(&cached->arena);
    mem_free(&client->exec.account, cached, sizeof(*cached));
}

static Status fill_plan(ClientSession *client, const Prepared *prepared, CachedPlan *cached) {
    AnalyzeOptions options = {.param_types = prepared->given_types,
                              .param_count = prepared->given_count,
                              .infer_params = true};
    cached->epoch = catalog_epoch(client->server->catalog);
    TRY(session_search_path_hash(client->exec.catalog, &cached->path_hash));
    TRY(executor_plan(&client->exec, &cached->arena, prepared->raw, &options, &cached->plan));
    if (cached->plan->command == COMMAND_UTILITY || cached->plan->micro == MICRO_NONE)
        return STATUS_OK;
    return micro_compile(&client->exec, cached->plan, &cached->arena, &cached->micro);
}

static Status make_plan(ClientSession *client, Prepared *prepared) {
    CachedPlan *cached = mem_alloc(&client->exec.account, sizeof(*cached));
    *cached = (CachedPlan){.references = 1};
    arena_init(&cached->arena, &client->exec.account);
    Arena *statement_arena = client->exec.env.statement_arena;
    client->exec.env.statement_arena = &cached->arena; /* what it looks up lives with the plan */
    Status status = fill_plan(client, prepared, cached);
    client->exec.env.statement_arena = statement_arena;
    if (!status_ok(status)) {
        cached_plan_unref(client, cached);
        return status;
    }
    cached_plan_unref(client, prepared->cached);
    prepared->cached = cached;
    return STATUS_OK;
}

static ResultColumn *copy_columns(Arena *arena, const ResultColumn *columns, uint32_t count) {
    ResultColumn *copy = arena_array(arena, ResultColumn, count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = columns[i];
        copy[i].name = arena_strdup(arena, columns[i].name);
    }
    return copy;
}

static Status describe_result(ClientSession *client, Prepared *prepared) {
    const PlannedStatement *plan = prepared->cached->plan;
    if (plan->command != COMMAND_UTILITY) {
        prepared->columns = copy_columns(&prepared->arena, plan->columns, plan->column_count);
        prepared->column_count = plan->column_count;
        return STATUS_OK;
    }
    const UtilityCommand *command = utility_find(prepared->raw->statement->tag);
    if (command == NULL || !(command->flags & UTILITY_RETURNS_ROWS))
        return STATUS_OK;
    UtilityCall call = {.session = &client->exec,
                        .raw = prepared->raw,
                        .text = prepared->text,
                        .text_len = prepared->text_len,
                        .arena = &prepared->arena,
                        .top_level = true};
    ResultColumn *columns;
    TRY(utility_describe(&call, &columns, &prepared->column_count));
    prepared->columns = copy_columns(&prepared->arena, columns, prepared->column_count);
    return STATUS_OK;
}

static Status make_first_plan(ClientSession *client, Prepared *prepared) {
    TRY(make_plan(client, prepared));
    const PlannedStatement *plan = prepared->cached->plan;
    prepared->param_count = plan->param_count;
    prepared->param_types =
        arena_memdup(&prepared->arena, plan->param_types, plan->param_count * sizeof(Oid));
    prepared->described = true;
    return describe_result(client, prepared);
}

static Status parse_one(ClientSession *client, Prepared *prepared) {
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = client->exec.env.standard_conforming_strings;
    options.escape_string_warning = client->exec.env.escape_string_warning;
    AstList statements;
    TRY(parse_sql(&prepared->arena, prepared->text, prepared->text_len, &options, &statements));
    if (statements.count > 1)
        return error(ERR_SYNTAX_ERROR,
                     "cannot insert multiple commands into a prepared statement");
    if (statements.count == 0)
        return STATUS_OK;
    AstRawStatement *raw = AST_AT(AstRawStatement, statements, 0);
    if (prepared->from_sql)
        raw->statement = ((AstPrepare *)raw->statement)->query;
    prepared->raw = raw;
    return STATUS_OK;
}

static Status fill(ClientSession *client, Prepared *prepared) {
    TRY(parse_one(client, prepared));
    TRY(command_check_failed_block(client,
                                   prepared->raw == NULL ? NULL : prepared->raw->statement));
    if (prepared->raw == NULL || client->block == BLOCK_FAILED)
        return STATUS_OK;
    TRY(command_begin(client));
    return make_first_plan(client, prepared);
}

Status prepared_make(ClientSession *client, const char *name, const char *text, size_t len,
                     const Oid *types, uint32_t type_count, bool from_sql,
                     Prepared **prepared_out) {
    *prepared_out = NULL;
    Prepared *prepared = mem_alloc(&client->exec.account, sizeof(*prepared));
    *prepared = (Prepared){.references = 1,
                           .from_sql = from_sql,
                           .prepared_micros = client->exec.env.statement_start_micros};
    arena_init(&prepared->arena, &client->exec.account);
    prepared->name = arena_strdup(&prepared->arena, name);
    prepared->text = arena_strndup(&prepared->arena, text, len);
    prepared->text_len = len;
    prepared->given_types = arena_memdup(&prepared->arena, types, type_count * sizeof(Oid));
    prepared->given_count = type_count;
    Status status = fill(client, prepared);
    if (!status_ok(status)) {
        prepared_unref(client, prepared);
        return status;
    }
    *prepared_out = prepared;
    return STATUS_OK;
}

void prepared_unref(ClientSession *client, Prepared *prepared) {
    check(prepared->references > 0);
    if (--prepared->references > 0)
        return;
    cached_plan_unref(client, prepared->cached);
    arena_destroy(&prepared->arena);
    mem_free(&client->exec.account, prepared, sizeof(*prepared));
}

static bool same_columns(const Prepared *prepared) {
    const PlannedStatement *plan = prepared->cached->plan;
    if (plan->command == COMMAND_UTILITY)
        return true;
    if (plan->column_count != prepared->column_count)
        return false;
    for (uint32_t i = 0; i < plan->column_count; i++)
        if (plan->columns[i].type != prepared->columns[i].type ||
            plan->columns[i].typmod != prepared->columns[i].typmod)
            return false;
    return true;
}

Status prepared_is_fresh(ClientSession *client, const Prepared *prepared, bool *fresh_out) {
    uint64_t path_hash;
    TRY(session_search_path_hash(client->exec.catalog, &path_hash));
    const CachedPlan *cached = prepared->cached;
    *fresh_out = cached != NULL && cached->epoch == catalog_epoch(client->server->catalog) &&
                 cached->path_hash == path_hash && !session_has_own_changes(client->exec.catalog);
    return STATUS_OK;
}

Status prepared_plan(ClientSession *client, Prepared *prepared) {
    if (prepared->raw == NULL)
        return STATUS_OK;
    bool fresh;
    TRY(prepared_is_fresh(client, prepared, &fresh));
    if (LIKELY(fresh))
        return STATUS_OK;
    if (!prepared->described)
        return make_first_plan(client, prepared);
    TRY(make_plan(client, prepared));
    if (!same_columns(prepared))
        return error(ERR_FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
    return STATUS_OK;
}

Prepared *prepared_find(ClientSession *client, const char *name) {
    if (name[0] == '\0')
        return client->unnamed_statement;
    return strmap_get(&client->prepared, name, strlen(name));
}

Status prepared_require(ClientSession *client, const char *name, Prepared **prepared_out) {
    *prepared_out = prepared_find(client, name);
    if (*prepared_out != NULL)
        return STATUS_OK;
    if (name[0] == '\0')
        return error(ERR_UNDEFINED_PSTATEMENT, "unnamed prepared statement does not exist");
    return error(ERR_UNDEFINED_PSTATEMENT, "prepared statement \"%s\" does not exist", name);
}

Status prepared_store(ClientSession *client, Prepared *prepared) {
    if (prepared->name[0] == '\0') {
        if (client->unnamed_statement != NULL)
            prepared_unref(client, client->unnamed_statement);
        client->unnamed_statement = prepared;
        return STATUS_OK;
    }
    if (prepared_find(client, prepared->name) != NULL) {
        Status status = error(ERR_DUPLICATE_PSTATEMENT,
                              "prepared statement \"%s\" already exists", prepared->name);
        prepared_unref(client, prepared);
        return status;
    }
    strmap_put(&client->prepared, prepared->name, strlen(prepared->name), prepared);
    return STATUS_OK;
}

void prepared_drop(ClientSession *client, const char *name) {
    Prepared *prepared = prepared_find(client, name);
    if (prepared == NULL)
        return;
    if (name[0] == '\0')
        client->unnamed_statement = NULL;
    else
        strmap_remove(&client->prepared, name, strlen(name));
    prepared_unref(client, prepared);
}

void prepared_drop_all(ClientSession *client) {
    size_t cursor = 0;
    const void *key;
    size_t len;
    void *prepared;
    while (strmap_next(&client->prepared, &cursor, &key, &len, &prepared))
        prepared_unref(client, prepared);
    strmap_destroy(&client->prepared);
    prepared_drop(client, "");
}
