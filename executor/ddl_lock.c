/* ddl_lock.c: LOCK TABLE: tables with their children, views with what they read. */
#include "executor/ddl_int.h"
#include "executor/exec_int.h"

typedef struct LockWalk {
    Ddl *ddl;
    const AstLock *statement;
    Oid role;       /* whose rights count */
    VEC(Oid) views; /* on the way to here */
    Status status;
} LockWalk;

static Status check_may_lock(LockWalk *walk, Oid relation) {
    AstTableLock mode = walk->statement->mode;
    uint32_t wanted = mode == AST_TABLE_LOCK_ACCESS_SHARE ? ACL_SELECT
                      : mode == AST_TABLE_LOCK_ROW_EXCLUSIVE
                          ? ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE
                          : ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;
    uint32_t held;
    bool missing;
    CatalogSession *catalog = walk->ddl->catalog;
    TRY(object_acl_mask(catalog, PG_CLASS, relation, walk->role, wanted, &held, &missing));
    return held != 0 ? STATUS_OK : acl_error_denied(catalog, PG_CLASS, relation);
}

static Status take(LockWalk *walk, Oid oid) {
    bool got = true;
    TRY(relation_lock(walk->ddl->catalog, oid, (LockMode)walk->statement->mode,
                      walk->statement->nowait ? LOCK_NOWAIT : LOCK_WAIT, &got));
    if (got)
        return STATUS_OK;
    const char *name;
    TRY(relation_name(walk->ddl->catalog, oid, &name));
    return error(ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on relation \"%s\"",
                 name == NULL ? "???" : name);
}

static Status take_children(LockWalk *walk, Oid oid) {
    const Oid *all;
    size_t count;
    TRY(relation_descendants(walk->ddl->catalog, oid, walk->ddl->arena, &all, &count));
    for (size_t i = 1; i < count; i++)
        TRY(take(walk, all[i]));
    return STATUS_OK;
}

static Status lock_view(LockWalk *walk, const RelationDesc *view);
static Status lock_query(LockWalk *walk, Query *query);

static bool in_progress(const LockWalk *walk, Oid view) {
    for (size_t i = 0; i < walk->views.count; i++)
        if (walk->views.items[i] == view)
            return true;
    return false;
}

static Status lock_read(LockWalk *walk, const RangeEntry *entry) {
    const RelationDesc *relation;
    if (strchr("rpv", entry->relkind) == NULL || in_progress(walk, entry->relation))
        return STATUS_OK;
    TRY(check_may_lock(walk, entry->relation));
    TRY(take(walk, entry->relation));
    TRY(catalog_relation_require(walk->ddl->catalog, entry->relation, &relation));
    if (relation->kind == 'v')
        return lock_view(walk, relation);
    return entry->inherit ? take_children(walk, relation->oid) : STATUS_OK;
}

static bool visit_sublink(Expr *expr, void *arg) {
    LockWalk *walk = arg;
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_SUB_LINK) {
        walk->status = lock_query(walk, ((ExprSubLink *)expr)->query);
        if (!status_ok(walk->status))
            return true;
    }
    return expr_walk(expr, visit_sublink, arg);
}

static Status lock_query(LockWalk *walk, Query *query) {
    TRY(fiber_stack_check());
    for (uint32_t i = 0; i < query->range_count; i++) {
        const RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_RELATION)
            TRY(lock_read(walk, entry));
        else if (entry->kind == RTE_SUBQUERY && entry->subquery != NULL)
            TRY(lock_query(walk, entry->subquery));
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        TRY(lock_query(walk, query->ctes.items[i]->query));
    walk->status = STATUS_OK;
    query_walk(query, NULL, visit_sublink, walk);
    return walk->status;
}

static bool is_invoker(const RelationDesc *view) {
    const char *value = relation_option(view, "security_invoker");
    return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "on") == 0 ||
                             strcmp(value, "yes") == 0 || strcmp(value, "1") == 0);
}

static Status lock_view(LockWalk *walk, const RelationDesc *view) {
    Oid role = walk->role;
    vec_push(&walk->views, walk->ddl->arena, view->oid);
    walk->role = is_invoker(view) ? session_role(walk->ddl->catalog) : view->owner;
    for (uint16_t i = 0; i < view->rule_count; i++) {
        Query *query;
        const char *actions = view->rules[i].actions;
        if (view->rules[i].event != '1' || actions == NULL)
            continue;
        TRY(query_from_string(walk->ddl->arena, actions, strlen(actions), &query));
        TRY(lock_query(walk, query));
    }
    walk->role = role;
    walk->views.count--;
    return STATUS_OK;
}

static Status lock_named(LockWalk *walk, const AstRangeVar *var) {
    Ddl *ddl = walk->ddl;
    Oid oid;
    const RelationDesc *relation;
    TRY(relation_by_name(ddl->catalog, var->catalog, var->schema, var->name, false, &oid));
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (strchr("rpv", relation->kind) == NULL)
        return status_detail(
            error(ERR_WRONG_OBJECT_TYPE, "cannot lock relation \"%s\"", relation->name),
            "This operation is not supported for %s.", ddl_relation_kind_plural(relation->kind));
    TRY(check_may_lock(walk, oid));
    if (relation->persistence == 't')
        session_note_temp(ddl->catalog);
    TRY(take(walk, oid));
    if (relation->kind == 'v')
        return lock_view(walk, relation);
    return var->inherit ? take_children(walk, oid) : STATUS_OK;
}

static Status execute_lock(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    LockWalk walk = {.ddl = &ddl,
                     .statement = (const AstLock *)call->raw->statement,
                     .role = session_role(ddl.catalog)};
    if (call->session->ops->transaction_context(call->session) == TRANSACTION_IMPLICIT)
        return error(ERR_NO_ACTIVE_SQL_TRANSACTION,
                     "LOCK TABLE can only be used in transaction blocks");
    AST_FOREACH(AstRangeVar, var, walk.statement->relations) {
        TRY(lock_named(&walk, var));
    }
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_LOCK, "LOCK TABLE", 0, execute_lock, NULL},
};

void ddl_lock_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
