/*
 * simple_cache.c: simple queries without parsing and planning.
 *
 * A statement's fingerprint is its text apart from literals. From the second time that one is met, the
 * statement is planned with its literals as parameters; where that gives a micro-program (a point
 * get, update or delete, the insert of a row), later texts with that fingerprint only bring their
 * values. Everything else is planned afresh each time: a literal's value may decide how to read many
 * rows, never how to read one.
 *
 * Sessions share such plans (plan_cache.h) and keep their own entries, programs and literals' places. An
 * entry is good while the catalogs and the search path are what they were. A session keeps at most
 * ENTRIES_MAX; when there are more it starts anew.
 */
#include "pgwire/client_int.h"

#include "planner/ast_walk.h"

#define ENTRIES_MAX 128u
#define SEEN_SLOTS 64u
#define TYPE_INT4 23u
#define TYPE_INT8 20u
#define TYPE_NUMERIC 1700u
#define TYPE_BIT 1560u

typedef struct Entry {
    uint8_t *key;
    uint32_t key_len;
    CachedPlan *cached; /* NULL: planned, and no micro-program */
} Entry;

typedef struct SimpleCache {
    StrMap entries;
    uint64_t generation, settings_hash; /* of the settings under which they were planned */
    uint64_t seen[SEEN_SLOTS];          /* hashes met once */
} SimpleCache;

static void entry_free(ClientSession *client, Entry *entry) {
    cached_plan_unref(client, entry->cached);
    mem_free(&client->exec.account, entry->key, entry->key_len);
    mem_free(&client->exec.account, entry, sizeof(*entry));
}

void simple_cache_free(ClientSession *client) {
    SimpleCache *cache = client->simple_cache;
    if (cache == NULL)
        return;
    size_t cursor = 0;
    const void *key;
    size_t len;
    void *entry;
    while (strmap_next(&cache->entries, &cursor, &key, &len, &entry))
        entry_free(client, entry);
    strmap_destroy(&cache->entries);
    mem_free(&client->exec.account, cache, sizeof(*cache));
    client->simple_cache = NULL;
}

static SimpleCache *cache_of(ClientSession *client) {
    if (client->simple_cache == NULL) {
        SimpleCache *cache = mem_alloc(&client->exec.account, sizeof(*cache));
        memset(cache, 0, sizeof(*cache));
        strmap_init(&cache->entries, &client->exec.account);
        cache->settings_hash = variables_hash(client);
        cache->generation = client->settings_generation;
        client->simple_cache = cache;
    }
    return client->simple_cache;
}

/* ---- making an entry ---- */

typedef struct Parameterize {
    const Fingerprint *print;
    SharedPlan *shared;
    uint32_t found;
} Parameterize;

/* The literal behind a constant of the tree; UINT32_MAX: none that may change. */
static uint32_t literal_at(const Fingerprint *print, const AstConst *c, bool *negated_out) {
    for (uint32_t i = 0; i < print->literal_count; i++) {
        const Literal *literal = &print->literals[i];
        if (literal->in_key || c->location < 0)
            continue;
        *negated_out = literal->minus_location >= 0 && c->location == literal->minus_location;
        if (*negated_out || c->location == literal->location)
            return i;
    }
    return UINT32_MAX;
}

static bool parameterize(const Ast *ast, void *arg) {
    Parameterize *p = arg;
    if (ast == NULL)
        return false;
    const AstConst *c = (const AstConst *)ast;
    bool negated = false;
    uint32_t literal =
        ast->tag == AST_CONST && c->kind != AST_CONST_NULL && c->kind != AST_CONST_BOOL
            ? literal_at(p->print, c, &negated)
            : UINT32_MAX;
    if (literal == UINT32_MAX)
        return ast_walk(ast, parameterize, p);
    AstParamRef *param = (AstParamRef *)(uintptr_t)ast; /* smaller than the constant it replaces */
    param->tag = AST_PARAM_REF;
    p->shared->literals[p->found] = literal;
    p->shared->negated[p->found] = negated;
    param->number = (int32_t)++p->found;
    return p->found == p->shared->literal_count;
}
_Static_assert(sizeof(AstParamRef) <= sizeof(AstConst), "replaced in place");

static Oid literal_type(const Literal *literal) {
    switch ((LiteralKind)literal->kind) {
    case LITERAL_INT4:
        return TYPE_INT4;
    case LITERAL_INT8:
        return TYPE_INT8;
    case LITERAL_NUMERIC:
        return TYPE_NUMERIC;
    case LITERAL_BIT:
        return TYPE_BIT;
    case LITERAL_STRING:
        return OID_INVALID; /* inferred, as an unknown literal's would be */
    }
    UNREACHABLE();
}

static Status plan_parameterized(ClientSession *client, SharedPlan *shared, const char *text,
                                 size_t len, const ParseOptions *options,
                                 const Fingerprint *print) {
    Arena *arena = &shared->arena;
    for (uint32_t i = 0; i < print->literal_count; i++)
        shared->literal_count += !print->literals[i].in_key;
    shared->literals = arena_array(arena, uint32_t, shared->literal_count);
    shared->negated = arena_array(arena, bool, shared->literal_count);
    AstList statements;
    TRY(parse_sql(arena, text, len, options, &statements));
    if (statements.count != 1)
        return STATUS_OK;
    const AstRawStatement *raw = AST_AT(AstRawStatement, statements, 0);
    Parameterize p = {.print = print, .shared = shared};
    parameterize(raw->statement, &p);
    if (p.found != shared->literal_count)
        return STATUS_OK; /* a literal that the tree does not show as a constant */
    Oid *types = arena_array(arena, Oid, p.found);
    for (uint32_t i = 0; i < p.found; i++)
        types[i] = literal_type(&print->literals[shared->literals[i]]);
    AnalyzeOptions analyze = {.param_types = types, .param_count = p.found, .infer_params = true};
    shared->epoch = catalog_epoch(client->server->catalog);
    shared->settings_hash = variables_hash(client);
    TRY(session_search_path_hash(client->exec.catalog, &shared->path_hash));
    PlannedStatement *plan;
    TRY(executor_plan(&client->exec, arena, raw, &analyze, &plan));
    /* a literal that becomes a domain is cut and checked otherwise than a parameter of that type */
    for (uint32_t i = 0; i < plan->param_count; i++) {
        const TypeDesc *type;
        if (type_builtin(plan->param_types[i]) != NULL)
            continue;
        TRY(catalog_type(client->exec.catalog, plan->param_types[i], &type));
        if (type == NULL || type->kind == 'd')
            return STATUS_OK;
    }
    if (plan->command != COMMAND_UTILITY && plan->micro != MICRO_NONE &&
        plan->param_count == p.found) {
        shared->raw = raw;
        shared->plan = plan;
    }
    return STATUS_OK;
}

/* A plan for micro-programs; NULL: the statement is none for them, or not now. */
static SharedPlan *plan_text(ClientSession *client, const char *text, size_t len,
                             const ParseOptions *options, const Fingerprint *print, Str key) {
    SharedPlan *shared = shared_plan_make(client->server->plan_cache);
    client->exec.env.statement_arena = &shared->arena; /* what it looks up lives with the plan */
    Status status = plan_parameterized(client, shared, text, len, options, print);
    client->exec.env.statement_arena = NULL;
    bool good = status_ok(status) && shared->plan != NULL;
    status_free(status); /* then the statement is simply planned each time */
    if (good) {
        if (key.len > 0)
            plan_cache_add(client->server->plan_cache, shared, key);
        return shared;
    }
    shared_plan_unref(client->server->plan_cache, shared);
    return NULL;
}

/* Puts the session's entry. shared: a reference to take over, or NULL. */
static Entry *entry_put(ClientSession *client, const Fingerprint *print, SharedPlan *shared) {
    MemAccount *account = &client->exec.account;
    SimpleCache *cache = cache_of(client);
    if (cache->entries.count >= ENTRIES_MAX) {
        simple_cache_free(client);
        cache = cache_of(client);
    }
    Entry *old = strmap_remove(&cache->entries, print->key, print->key_len);
    if (old != NULL)
        entry_free(client, old);
    Entry *entry = mem_alloc(account, sizeof(*entry));
    *entry = (Entry){.key_len = print->key_len};
    entry->key = memcpy(mem_alloc(account, print->key_len), print->key, print->key_len);
    if (shared != NULL)
        status_free(cached_plan_make(client, shared, &entry->cached));
    if (entry->cached != NULL && entry->cached->micro == NULL) {
        cached_plan_unref(client, entry->cached);
        entry->cached = NULL;
    }
    strmap_put(&cache->entries, entry->key, entry->key_len, entry);
    return entry;
}

static Status shared_find(ClientSession *client, const Fingerprint *print, Str *key_out,
                          SharedPlan **shared_out) {
    *shared_out = NULL;
    TRY(plan_key(client, 'S', str_make((const char *)print->key, print->key_len), NULL, 0,
                 key_out));
    if (key_out->len > 0)
        *shared_out = plan_cache_find(client->server->plan_cache, *key_out,
                                      catalog_epoch(client->server->catalog));
    return STATUS_OK;
}

/* In a transaction, after the statement has run well once more. */
static Status remember(ClientSession *client, const char *text, size_t len,
                       const ParseOptions *options, const Fingerprint *print) {
    Str key;
    SharedPlan *shared;
    TRY(shared_find(client, print, &key, &shared));
    if (shared == NULL)
        shared = plan_text(client, text, len, options, print, key);
    entry_put(client, print, shared);
    return STATUS_OK;
}

/* ---- using one ---- */

static Status bind_literals(ClientSession *client, const Entry *entry, const Fingerprint *print,
                            Datum *values) {
    const PlannedStatement *plan = entry->cached->plan;
    const SharedPlan *shared = entry->cached->shared;
    for (uint32_t i = 0; i < shared->literal_count; i++) {
        const Literal *literal = &print->literals[shared->literals[i]];
        Oid type = plan->param_types[i];
        if (literal->kind == LITERAL_INT4 && type == TYPE_INT4) {
            values[i] = datum_i32(shared->negated[i] ? -literal->ival : literal->ival);
            continue;
        }
        TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = &client->message_arena};
        TRY(type_lookup(io.env, type, &io.type));
        const char *text = literal->text;
        if (literal->kind == LITERAL_INT4)
            text = arena_printf(&client->message_arena, "%d", literal->ival);
        if (shared->negated[i])
            text = arena_printf(&client->message_arena, "-%s", text);
        TRY(status_at(io.type->input(&io, text, strlen(text), &values[i]), literal->location));
    }
    return STATUS_OK;
}

static Status answer(ClientSession *client, const PlannedStatement *plan, Arena *arena,
                     const MicroResult *result) {
    if (plan->column_count > 0) {
        WireSink sink;
        TRY(wire_sink_init(&sink, client, arena, plan->columns, plan->column_count, NULL, 0));
        report_row_description(client, plan->columns, plan->column_count, NULL, 0);
        if (result->has_row)
            TRY(wire_sink_row(&sink, result->values, result->nulls));
    }
    const char *tag = command_tag(client, plan, result->processed, arena);
    TRY(command_end(client));
    report_complete(client, tag);
    return STATUS_OK;
}

static Status run_entry(ClientSession *client, const Entry *entry, const Fingerprint *print,
                        bool *handled_out) {
    Arena *arena = &client->message_arena;
    uint32_t count = entry->cached->shared->literal_count;
    Datum *values = arena_alloc(arena, count * sizeof(Datum));
    bool *nulls = arena_zalloc(arena, count * sizeof(bool));
    TRY(command_begin(client));
    MicroResult result;
    client->exec.env.statement_arena = arena;
    Status status = bind_literals(client, entry, print, values);
    if (status_ok(status))
        status = micro_execute(entry->cached->micro, &client->exec, values, nulls, NULL, arena,
                               &result, handled_out);
    if (status_ok(status) && *handled_out)
        status = answer(client, entry->cached->plan, arena, &result);
    client->exec.env.statement_arena = NULL;
    return status;
}

/* Other settings may mean other plans. */
static void forget_other_settings(ClientSession *client) {
    SimpleCache *cache = client->simple_cache;
    if (LIKELY(cache == NULL || cache->generation == client->settings_generation))
        return;
    if (cache->settings_hash != variables_hash(client))
        simple_cache_free(client);
    else
        cache->generation = client->settings_generation;
}

/* The session's entry, or one made from a plan that another session left; NULL: none, plan the text. */
static Status entry_find(ClientSession *client, const Fingerprint *print, const Entry **entry_out) {
    forget_other_settings(client);
    const Entry *entry = client->simple_cache == NULL ? NULL
                                                      : strmap_get(&client->simple_cache->entries,
                                                                   print->key, print->key_len);
    *entry_out = entry;
    if (entry != NULL && entry->cached == NULL)
        return STATUS_OK;
    if (client->exec.txn == NULL)
        TRY(command_begin(client));
    bool fresh = false;
    if (entry != NULL)
        TRY(shared_plan_is_fresh(client, entry->cached->shared, &fresh));
    if (fresh)
        return STATUS_OK;
    Str key;
    SharedPlan *shared;
    TRY(shared_find(client, print, &key, &shared));
    *entry_out = shared == NULL ? NULL : entry_put(client, print, shared);
    return STATUS_OK;
}

Status simple_cache_run(ClientSession *client, const char *text, size_t len,
                        const ParseOptions *options, Fingerprint *print, bool *cacheable_out,
                        bool *handled_out) {
    *handled_out = false;
    *cacheable_out = client->block != BLOCK_FAILED &&
                     fingerprint_compute(&client->message_arena, text, len, options, print);
    if (!*cacheable_out)
        return STATUS_OK;
    const Entry *entry;
    TRY(entry_find(client, print, &entry));
    if (entry == NULL)
        return STATUS_OK;
    *cacheable_out = false;
    return entry->cached == NULL ? STATUS_OK : run_entry(client, entry, print, handled_out);
}

/* After the general path: worth an entry the second time. */
void simple_cache_note(ClientSession *client, const char *text, size_t len,
                       const ParseOptions *options, const Fingerprint *print) {
    SimpleCache *cache = cache_of(client);
    uint64_t *seen = &cache->seen[print->hash % SEEN_SLOTS];
    bool again = *seen == print->hash;
    *seen = print->hash;
    if (!again)
        return;
    bool own = client->exec.txn == NULL;
    Status status = own ? command_begin(client) : STATUS_OK;
    if (status_ok(status))
        status = remember(client, text, len, options, print);
    if (status_ok(status) && own)
        status = command_end(client);
    if (!status_ok(status) && own)
        command_abort(client);
    status_free(status);
}
