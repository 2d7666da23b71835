/*
 * exec_sql.c: statements that come from inside: foreign keys, SQL functions, DDL's checks. Plans are
 * kept in the session by text, types and role, and are good while the catalogs stand still.
 */
#include "executor/exec_int.h"
#include "executor/plpgsql.h"
#include "executor/utility.h"

#include "base/hash.h"
#include "base/map.h"

typedef struct NestedPlan {
    struct NestedPlan *next; /* same hash */
    MemAccount account;
    Arena arena;
    const char *sql;
    uint32_t param_count;
    Oid *param_types;
    Oid role;
    uint64_t epoch, path_hash;
    uint64_t transitions; /* the transition tables it was planned with */
    uint64_t changes;     /* of the transaction that planned it; 0: it had changed no catalog */
    PlannedStatement *plan;
    AstRawStatement *raw;
    uint32_t running; /* not to be freed meanwhile */
} NestedPlan;

typedef struct NestedCache {
    U64Map plans;
    uint64_t count;
} NestedCache;

#define NESTED_PLANS_MAX 1000u

static void nested_free(Session *session, NestedPlan *p) {
    arena_destroy(&p->arena);
    mem_free(&session->account, p, sizeof(*p));
}

static void nested_clear(Session *session) {
    NestedCache *cache = session->nested;
    size_t cursor = 0;
    uint64_t key;
    void *value;
    while (u64map_next(&cache->plans, &cursor, &key, &value)) {
        for (NestedPlan *p = value, *next; p != NULL; p = next) {
            next = p->next;
            check(p->running == 0);
            nested_free(session, p);
        }
    }
    u64map_destroy(&cache->plans);
    mem_free(&session->account, cache, sizeof(*cache));
    session->nested = NULL;
}

void session_executor_reset(Session *session) {
    plpgsql_session_reset(session);
    if (session->nested != NULL)
        nested_clear(session);
}

Status executor_plan(Session *session, Arena *arena, const AstRawStatement *raw,
                     const AnalyzeOptions *options, PlannedStatement **plan_out) {
    static const AnalyzeOptions no_options;
    EvalEnv *env = &session->env;
    env->catalog = session->catalog;
    env->txn = session->txn;
    env->session = session;
    for (bool valid = false; !valid;) { /* somebody may change a table while we wait for its lock */
        AnalyzedStatement analyzed;
        *plan_out = NULL;
        TRY(analyze_statement(env, arena, &session->planner, raw,
                              options == NULL ? &no_options : options, &analyzed));
        TRY(plan_query(env, arena, &session->planner, &analyzed, NULL, plan_out));
        TRY(executor_lock(session, *plan_out, &valid));
    }
    return STATUS_OK;
}

static Status lock_others(Session *session, PlannedStatement *const *others, uint32_t count,
                          bool *valid) {
    for (uint32_t i = 0; i < count && *valid; i++)
        TRY(executor_lock(session, others[i], valid));
    return STATUS_OK;
}

Status executor_lock(Session *session, const PlannedStatement *statement, bool *valid_out) {
    TRY(exec_lock_relations(session, statement, valid_out));
    TRY(lock_others(session, statement->before, statement->before_count, valid_out));
    return lock_others(session, statement->after, statement->after_count, valid_out);
}

static uint64_t nested_hash(const NestedQuery *query, Oid role) {
    uint64_t h = hash_combine(hash_bytes(query->sql, strlen(query->sql)), role);
    return hash_combine(h, hash_bytes(query->param_types, query->param_count * sizeof(Oid)));
}

static bool nested_same(const NestedPlan *p, const NestedQuery *query, Oid role) {
    return p->role == role && p->param_count == query->param_count &&
           memcmp(p->param_types, query->param_types, p->param_count * sizeof(Oid)) == 0 &&
           strcmp(p->sql, query->sql) == 0;
}

static uint64_t own_changes(const Session *session) {
    return session_has_own_changes(session->catalog) ? session_change_count(session->catalog) : 0;
}

static uint64_t transitions_hash(const Session *session) {
    uint64_t h = 0;
    for (const TransitionTable *t = session->env.transitions; t != NULL; t = t->next)
        h = hash_combine(hash_combine(h, t->relation), hash_bytes(t->name, strlen(t->name)));
    return h;
}

static Status nested_fill(Session *session, const NestedQuery *query, NestedPlan *p) {
    AstList statements;
    AnalyzeOptions options = {.param_types = query->param_types, .param_count = query->param_count};
    p->sql = arena_strdup(&p->arena, query->sql);
    p->param_types = arena_memdup(&p->arena, query->param_types, query->param_count * sizeof(Oid));
    p->param_count = query->param_count;
    p->epoch = catalog_epoch(session_catalog(session->catalog));
    p->changes = own_changes(session);
    p->transitions = transitions_hash(session);
    TRY(session_search_path_hash(session->catalog, &p->path_hash));
    TRY(parse_sql(&p->arena, p->sql, strlen(p->sql), NULL, &statements));
    if (statements.count != 1)
        return error(ERR_SYNTAX_ERROR, "cannot run %u statements at once", statements.count);
    p->raw = AST_AT(AstRawStatement, statements, 0);
    return executor_plan(session, &p->arena, p->raw, &options, &p->plan);
}

/* Finds or makes the plan. A transaction's own catalog changes make it plan anew. */
static Status nested_plan(Session *session, const NestedQuery *query, NestedPlan **out) {
    if (session->nested != NULL && session->nested->count > NESTED_PLANS_MAX &&
        session->function_depth <= 1)
        nested_clear(session);
    if (session->nested == NULL) {
        session->nested = mem_alloc(&session->account, sizeof(NestedCache));
        *session->nested = (NestedCache){0};
        u64map_init(&session->nested->plans, &session->account);
    }
    NestedCache *cache = session->nested;
    Oid role = session_role(session->catalog);
    uint64_t hash = nested_hash(query, role), path_hash;
    uint64_t epoch = catalog_epoch(session_catalog(session->catalog));
    uint64_t changes = own_changes(session);
    TRY(session_search_path_hash(session->catalog, &path_hash));
    NestedPlan *first = u64map_get(&cache->plans, hash);
    for (NestedPlan *p = first; p != NULL; p = p->next)
        if (nested_same(p, query, role) && p->epoch == epoch && p->path_hash == path_hash &&
            p->changes == changes && p->transitions == transitions_hash(session)) {
            *out = p;
            return STATUS_OK;
        }
    NestedPlan *p = mem_alloc(&session->account, sizeof(*p));
    *p = (NestedPlan){.role = role};
    arena_init(&p->arena, &session->account);
    Status s = nested_fill(session, query, p);
    if (!status_ok(s)) {
        nested_free(session, p);
        return s;
    }
    p->next = first;
    u64map_put(&cache->plans, hash, p);
    cache->count++;
    *out = p;
    return STATUS_OK;
}

/* The plan, locked. */
static Status nested_admit(Session *session, const NestedQuery *query, NestedPlan **out) {
    for (bool valid = false; !valid;) {
        TRY(nested_plan(session, query, out));
        if ((*out)->plan->command == COMMAND_UTILITY)
            return STATUS_OK;
        TRY(executor_lock(session, (*out)->plan, &valid));
    }
    return STATUS_OK;
}

static Status nested_utility(Session *session, const NestedPlan *p, const NestedQuery *query,
                             RowSink *sink, uint64_t *processed_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    UtilityCall call = {.session = session,
                        .raw = p->raw,
                        .text = p->sql,
                        .text_len = strlen(p->sql),
                        .arena = &arena,
                        .params = query->params,
                        .param_nulls = query->param_nulls,
                        .param_types = query->param_types,
                        .param_count = query->param_count,
                        .sink = sink};
    Status s = utility_execute(&call);
    *processed_out = call.processed;
    arena_destroy(&arena);
    return s;
}

static Status nested_run(Session *session, NestedPlan *p, const NestedQuery *query, RowSink *sink,
                         uint64_t *processed_out) {
    const Snapshot *snapshot = query->snapshot;
    if (p->plan->command == COMMAND_UTILITY)
        return nested_utility(session, p, query, sink, processed_out);
    if (snapshot == NULL)
        TRY(txn_snapshot_latest(session->txn, &snapshot));
    ExecOptions options = {.params = query->params,
                           .param_nulls = query->param_nulls,
                           .snapshot = snapshot,
                           .flags = query->flags,
                           .events_to = query->events_to};
    Status s = executor_run(session, p->plan, &options, sink, processed_out);
    if (query->snapshot == NULL)
        txn_snapshot_release(session->txn, snapshot);
    return s;
}

Status executor_run_sql(Session *session, const NestedQuery *query, RowSink *sink,
                        uint64_t *processed_out) {
    uint64_t processed = 0;
    NestedPlan *p;
    TRY(fiber_stack_check());
    SavedRole saved = {0};
    if (query->run_as != 0)
        saved = session_push_role(session->catalog, query->run_as, ROLE_LOCAL);
    Status s = nested_admit(session, query, &p);
    if (status_ok(s)) {
        p->running++;
        s = nested_run(session, p, query, sink, &processed);
        p->running--;
    }
    if (query->run_as != 0)
        session_pop_role(session->catalog, saved);
    if (processed_out != NULL)
        *processed_out = processed;
    return s;
}
