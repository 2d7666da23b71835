/*
 * prepared.c: prepared statements and their plans.
 *
 * A plan is generic: parameters stay parameters. Sessions share it (plan_cache.h); the micro-program for
 * it is the session's. It is good while the catalogs and the search path
 * are what they were; then it is made again, and the client hears 0A000 if the result's columns
 * changed, since it has described them.
 */
#include "pgwire/client_int.h"

#include "base/utf8.h"

/* ---- plans ---- */

Status plan_key(ClientSession *client, char kind, Str text, const Oid *types, uint32_t type_count,
                Str *key_out) {
    CatalogSession *catalog = client->exec.catalog;
    struct {
        uint64_t path_hash, settings_hash;
        Oid database, role;
        uint32_t type_count;
        uint32_t kind;
    } head = {.settings_hash = variables_hash(client),
              .database = session_database(catalog),
              .role = session_role(catalog),
              .type_count = type_count,
              .kind = (uint8_t)kind};
    Oid temp;
    *key_out = (Str){0};
    TRY(session_temp_namespace(catalog, false, &temp));
    if (temp != OID_INVALID || session_has_own_changes(catalog))
        return STATUS_OK;
    TRY(session_search_path_hash(catalog, &head.path_hash));
    size_t type_bytes = type_count * sizeof(Oid);
    char *key = arena_alloc(&client->message_arena, sizeof(head) + type_bytes + text.len);
    memcpy(key, &head, sizeof(head));
    if (type_bytes > 0)
        memcpy(key + sizeof(head), types, type_bytes);
    memcpy(key + sizeof(head) + type_bytes, text.data, text.len);
    *key_out = str_make(key, (uint32_t)(sizeof(head) + type_bytes + text.len));
    return STATUS_OK;
}

Status shared_plan_is_fresh(ClientSession *client, const SharedPlan *shared, bool *fresh_out) {
    uint64_t path_hash;
    TRY(session_search_path_hash(client->exec.catalog, &path_hash));
    *fresh_out = shared->epoch == catalog_epoch(client->server->catalog) &&
                 shared->path_hash == path_hash &&
                 shared->settings_hash == variables_hash(client) &&
                 !session_has_own_changes(client->exec.catalog);
    return STATUS_OK;
}

Status cached_plan_make(ClientSession *client, SharedPlan *shared, CachedPlan **cached_out) {
    CachedPlan *cached = mem_alloc(&client->exec.account, sizeof(*cached));
    *cached = (CachedPlan){.references = 1, .shared = shared, .plan = shared->plan};
    arena_init(&cached->arena, &client->exec.account);
    Status status = STATUS_OK;
    if (cached->plan->command != COMMAND_UTILITY && cached->plan->micro != MICRO_NONE)
        status = micro_compile(&client->exec, cached->plan, &cached->arena, &cached->micro);
    if (status_ok(status))
        *cached_out = cached;
    else
        cached_plan_unref(client, cached);
    return status;
}

void cached_plan_unref(ClientSession *client, CachedPlan *cached) {
    if (cached == NULL || --cached->references > 0)
        return;
    micro_free(cached->micro);
    arena_destroy(&cached->arena);
    shared_plan_unref(client->server->plan_cache, cached->shared);
    mem_free(&client->exec.account, cached, sizeof(*cached));
}

static Status parse_one(ClientSession *client, const Prepared *prepared, SharedPlan *shared,
                        ParseNotices *notices) {
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = client->exec.env.standard_conforming_strings;
    options.escape_string_warning = client->exec.env.escape_string_warning;
    AstList statements;
    options.notices = notices;
    TRY(parse_sql(&shared->arena, prepared->text, prepared->text_len, &options, &statements));
    if (statements.count > 1)
        return error(ERR_SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement");
    if (statements.count == 0)
        return STATUS_OK;
    AstRawStatement *raw = AST_AT(AstRawStatement, statements, 0);
    if (prepared->from_sql)
        raw->statement = ((AstPrepare *)raw->statement)->query;
    shared->raw = raw;
    return STATUS_OK;
}

/* Plans what was parsed, and lets others find it under key unless that is empty. */
static Status plan_one(ClientSession *client, const Prepared *prepared, SharedPlan *shared,
                       Str key) {
    AnalyzeOptions options = {.param_types = prepared->given_types,
                              .param_count = prepared->given_count,
                              .infer_params = true};
    Arena *statement_arena = client->exec.env.statement_arena;
    client->exec.env.statement_arena = &shared->arena; /* what it looks up lives with the plan */
    shared->epoch = catalog_epoch(client->server->catalog);
    shared->settings_hash = variables_hash(client);
    Status status = session_search_path_hash(client->exec.catalog, &shared->path_hash);
    if (status_ok(status))
        status = executor_plan(&client->exec, &shared->arena, shared->raw, &options, &shared->plan);
    client->exec.env.statement_arena = statement_arena;
    /* commands may rewrite their tree when they run */
    if (status_ok(status) && key.len > 0 && shared->plan->command != COMMAND_UTILITY)
        plan_cache_add(client->server->plan_cache, shared, key);
    return status;
}

static Status key_of(ClientSession *client, const Prepared *prepared, Str *key_out) {
    return plan_key(client, prepared->from_sql ? 'Q' : 'P',
                    str_make(prepared->text, (uint32_t)prepared->text_len), prepared->given_types,
                    prepared->given_count, key_out);
}

/* A plan for now, found or made. The reference is the caller's. */
static Status plan_again(ClientSession *client, const Prepared *prepared, SharedPlan **shared_out) {
    PlanCache *cache = client->server->plan_cache;
    Str key;
    TRY(key_of(client, prepared, &key));
    *shared_out =
        key.len == 0 ? NULL : plan_cache_find(cache, key, catalog_epoch(client->server->catalog));
    if (*shared_out != NULL)
        return STATUS_OK;
    SharedPlan *shared = shared_plan_make(cache);
    Status status = parse_one(client, prepared, shared, NULL);
    if (status_ok(status))
        status = plan_one(client, prepared, shared, key);
    if (status_ok(status))
        *shared_out = shared;
    else
        shared_plan_unref(cache, shared);
    return status;
}

static Status make_plan(ClientSession *client, Prepared *prepared) {
    SharedPlan *shared;
    CachedPlan *cached;
    TRY(plan_again(client, prepared, &shared));
    TRY(cached_plan_make(client, shared, &cached));
    cached_plan_unref(client, prepared->cached);
    prepared->cached = cached;
    return STATUS_OK;
}

/* ---- prepared statements ---- */

static ResultColumn *copy_columns(Arena *arena, const ResultColumn *columns, uint32_t count) {
    ResultColumn *copy = arena_array(arena, ResultColumn, count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = columns[i];
        copy[i].name = arena_strdup(arena, columns[i].name);
    }
    return copy;
}

static Status describe_result(ClientSession *client, Prepared *prepared,
                              const PlannedStatement *plan) {
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
                        .param_types = plan->param_types,
                        .param_count = plan->param_count,
                        .top_level = true};
    ResultColumn *columns;
    TRY(utility_describe(&call, &columns, &prepared->column_count));
    prepared->columns = copy_columns(&prepared->arena, columns, prepared->column_count);
    return STATUS_OK;
}

/* What the client is told about the statement comes from its first plan. */
static Status describe(ClientSession *client, Prepared *prepared, const PlannedStatement *plan) {
    prepared->param_count = plan->param_count;
    prepared->param_types =
        arena_memdup(&prepared->arena, plan->param_types, plan->param_count * sizeof(Oid));
    prepared->described = true;
    return describe_result(client, prepared, plan);
}

static Status use_first_plan(ClientSession *client, Prepared *prepared) {
    prepared->raw = prepared->origin->raw;
    TRY(cached_plan_make(client, shared_plan_ref(prepared->origin), &prepared->cached));
    return describe(client, prepared, prepared->cached->plan);
}

/* Planning is a part of Bind: an error of it (1 / 0 is computed there) is for those that run the
 * statement. False where it is not the statement's own, or it could not be described either. */
static bool is_for_bind(const Prepared *prepared, const Status *status) {
    SqlState state = status->error->state;
    const PlannedStatement *plan = prepared->origin->plan;
    return plan != NULL && plan->command != COMMAND_UTILITY && plan->plan == NULL &&
           !sqlstate_in_class(state, ERR_INSUFFICIENT_RESOURCES) &&
           !sqlstate_in_class(state, ERR_OPERATOR_INTERVENTION);
}

static Status fill(ClientSession *client, Prepared *prepared) {
    PlanCache *cache = client->server->plan_cache;
    Str key = {0};
    if (client->block != BLOCK_FAILED) {
        TRY(command_begin(client));
        TRY(key_of(client, prepared, &key));
        if (key.len > 0)
            prepared->origin = plan_cache_find(cache, key, catalog_epoch(client->server->catalog));
        if (prepared->origin != NULL)
            return use_first_plan(client, prepared);
    }
    prepared->origin = shared_plan_make(cache);
    ParseNotices notices = {0};
    Status parsed = parse_one(client, prepared, prepared->origin, &notices);
    if (!prepared->from_sql) /* of PREPARE's text they are told already */
        report_parse_notices(client, &notices);
    TRY(parsed);
    if (notices.first != NULL) /* each Parse tells them */
        key.len = 0;
    prepared->raw = prepared->origin->raw;
    TRY(command_check_failed_block(client,
                                   prepared->raw == NULL ? NULL : prepared->raw->statement));
    if (prepared->raw == NULL || client->block == BLOCK_FAILED)
        return STATUS_OK;
    Status status = plan_one(client, prepared, prepared->origin, key);
    if (status_ok(status))
        return use_first_plan(client, prepared);
    if (!is_for_bind(prepared, &status))
        return status;
    status_free(status);
    return describe(client, prepared, prepared->origin->plan);
}

/* A parameter's type that is gone by now is no name that anybody wrote. */
static Status lost_type(ClientSession *client, const Prepared *prepared, Status status) {
    const TypeInfo *info;
    for (uint32_t i = 0; i < prepared->given_count; i++) {
        if (prepared->given_types[i] < OID_FIRST_NORMAL)
            continue;
        Status found = type_lookup(&client->exec.env, prepared->given_types[i], &info);
        if (status_ok(found))
            continue;
        status_free(found);
        status_free(status);
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u",
                     prepared->given_types[i]);
    }
    return status;
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
        if (status.error->state == ERR_UNDEFINED_OBJECT)
            status = lost_type(client, prepared, status);
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
    shared_plan_unref(client->server->plan_cache, prepared->origin);
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
    *fresh_out = false;
    return prepared->cached == NULL
               ? STATUS_OK
               : shared_plan_is_fresh(client, prepared->cached->shared, fresh_out);
}

/* Positions are those within its own text, whatever command runs it. */
static Status placed(const Prepared *prepared, Status s) {
    if (!status_ok(s) && s.error->byte_location >= 0 && s.error->position == 0) {
        size_t at = MIN((size_t)s.error->byte_location, prepared->text_len);
        s.error->position = (int32_t)utf8_length(prepared->text, at) + 1;
    }
    return s;
}

Status prepared_plan(ClientSession *client, Prepared *prepared) {
    if (prepared->raw == NULL)
        return STATUS_OK;
    bool fresh;
    TRY(prepared_is_fresh(client, prepared, &fresh));
    if (LIKELY(fresh))
        return STATUS_OK;
    TRY(placed(prepared, make_plan(client, prepared)));
    if (!prepared->described)
        return describe(client, prepared, prepared->cached->plan);
    if (!same_columns(prepared)) /* clients that will prepare it again know it by its routine */
        return status_make(ERR_FEATURE_NOT_SUPPORTED, __FILE__, __LINE__, "RevalidateCachedQuery",
                           "cached plan must not change result type");
    return STATUS_OK;
}

Status prepared_admit(ClientSession *client, Prepared *prepared) {
    for (bool valid = false; !valid;) {
        TRY(prepared_plan(client, prepared));
        if (prepared->cached->plan->command == COMMAND_UTILITY)
            return STATUS_OK;
        TRY(executor_lock(&client->exec, prepared->cached->plan, &valid));
    }
    return STATUS_OK;
}

Prepared *prepared_find(ClientSession *client, const char *name) {
    if (name[0] == '\0')
        return client->unnamed_statement;
    if (client->last_found == NULL || strcmp(client->last_found->name, name) != 0)
        client->last_found = strmap_get(&client->prepared, name, strlen(name));
    return client->last_found;
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
        Status status = error(ERR_DUPLICATE_PSTATEMENT, "prepared statement \"%s\" already exists",
                              prepared->name);
        prepared_unref(client, prepared);
        return status;
    }
    prepared->serial = ++client->prepared_serial;
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
    client->last_found = NULL;
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
    client->last_found = NULL;
    prepared_drop(client, "");
}
