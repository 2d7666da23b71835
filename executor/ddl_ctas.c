/* ddl_ctas.c: CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW, REFRESH MATERIALIZED VIEW. */
#include "executor/ddl_int.h"

typedef struct AsPlan {
    Ddl *ddl;
    const AstCreateTableAs *statement;
    Query *stored; /* a materialized view's definition */
    PlannedStatement *plan;
    ColumnSpec *columns;
    uint32_t column_count;
    CreateAsRun run; /* NULL: executor_run */
    void *run_arg;
} AsPlan;

static AnalyzeOptions call_params(const UtilityCall *call) {
    return (AnalyzeOptions){
        .hooks = call->hooks, .param_types = call->param_types, .param_count = call->param_count};
}

/* Runs the plan and puts its rows into the table. */
static Status fill(AsPlan *as, Oid relation_oid, uint64_t *count_out) {
    Ddl *ddl = as->ddl;
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    DdlLoader *loader;
    uint64_t processed;
    Status status = ddl_loader_open(ddl, relation, &loader);
    ExecOptions options = {.params = ddl->call->params, .param_nulls = ddl->call->param_nulls};
    if (status_ok(status) && as->run != NULL)
        status = as->run(as->run_arg, as->plan, ddl_loader_sink(loader));
    else if (status_ok(status))
        status =
            executor_run(ddl->session, as->plan, &options, ddl_loader_sink(loader), &processed);
    return ddl_loader_close(loader, status, count_out);
}

/* Plans and locks; *valid_out false: a relation changed meanwhile, analyze again. */
static Status plan_analyzed(Ddl *ddl, const AnalyzedStatement *analyzed, PlannedStatement **out,
                            bool *valid_out) {
    Session *session = ddl->session;
    TRY(plan_query(&session->env, ddl->arena, &session->planner, analyzed, NULL, out));
    return executor_lock(session, *out, valid_out);
}

static Status plan_source_once(AsPlan *as, bool *valid_out) {
    *valid_out = true;
    Ddl *ddl = as->ddl;
    const AstCreateTableAs *statement = as->statement;
    const AstInto *into = statement->into;
    AnalyzeOptions options = call_params(ddl->call);
    AnalyzedStatement analyzed;
    TRY(ddl_analyze_query(ddl, statement->query, statement->matview ? NULL : &options, &analyzed));
    if (analyzed.query->has_modifying_cte && statement->matview)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "materialized views must not use data-modifying statements in WITH");
    if (statement->matview) {
        bool temporary;
        TRY(ddl_query_uses_temp(ddl, analyzed.query, &temporary));
        if (temporary)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "materialized views must not use temporary tables or views");
        as->stored = query_copy(ddl->arena, analyzed.query);
        as->stored->keys = analyzed.query->keys;
        as->stored->key_count = analyzed.query->key_count;
    }
    TRY(ddl_query_columns(ddl, analyzed.query, &into->columns, "", &as->columns,
                          &as->column_count));
    if (into->columns.count > as->column_count)
        return error(ERR_SYNTAX_ERROR, "too many column names were specified");
    return into->skip_data ? STATUS_OK : plan_analyzed(ddl, &analyzed, &as->plan, valid_out);
}

static Status plan_source(AsPlan *as) {
    for (bool valid = false; !valid;)
        TRY(plan_source_once(as, &valid));
    return STATUS_OK;
}

static Status create(AsPlan *as, Oid nsp, char persistence, Oid *oid_out) {
    Ddl *ddl = as->ddl;
    const AstInto *into = as->statement->into;
    RelationSpec spec = {.name = into->relation->name,
                         .nsp = nsp,
                         .owner = session_role(ddl->catalog),
                         .kind = as->statement->matview ? 'm' : 'r',
                         .persistence = persistence,
                         .columns = as->columns,
                         .column_count = as->column_count};
    TRY(ddl_tablespace(ddl, into->tablespace, persistence, false, &spec.tablespace));
    TRY(ddl_table_access_method(ddl, into->access_method, false, &spec.am));
    TRY(ddl_new_options(ddl, OPTIONS_HEAP, &into->options, &spec.options, &spec.option_count));
    TRY(relation_create(ddl->catalog, &spec, oid_out));
    if (as->statement->matview)
        TRY(ddl_store_view_rule(ddl, *oid_out, as->stored, false));
    return STATUS_OK;
}

/* CREATE TABLE AS EXECUTE: the columns are the prepared plan's. */
typedef struct AsExecute {
    AsPlan *as;
    Oid nsp;
    char persistence;
} AsExecute;

static Status plan_columns(AsPlan *as, const PlannedStatement *plan) {
    Ddl *ddl = as->ddl;
    const StrList *names = &as->statement->into->columns;
    if (plan->column_count == 0)
        return error(ERR_WRONG_OBJECT_TYPE, "prepared statement is not a SELECT");
    if (names->count > plan->column_count)
        return error(ERR_SYNTAX_ERROR, "too many column names were specified");
    as->column_count = plan->column_count;
    as->columns = arena_array(ddl->arena, ColumnSpec, plan->column_count);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const TypeDesc *type;
        const ResultColumn *column = &plan->columns[i];
        Oid oid = column->type == OID_UNKNOWN ? OID_TEXT : column->type;
        TRY(catalog_type_require(ddl->catalog, oid, &type));
        TRY(ddl_check_type_usage(ddl, oid));
        as->columns[i] = (ColumnSpec){.name = i < names->count ? names->items[i] : column->name,
                                      .type = oid,
                                      .typmod = column->typmod,
                                      .collation = type->collation,
                                      .is_local = true,
                                      .stats_target = -1};
    }
    return STATUS_OK;
}

static Status run_execute(void *arg, const PlannedStatement *plan, const Datum *params,
                          const bool *nulls) {
    AsExecute *execute = arg;
    AsPlan *as = execute->as;
    Ddl *ddl = as->ddl;
    Oid oid;
    if (plan->command == COMMAND_UTILITY || plan->command != COMMAND_SELECT)
        return error(ERR_WRONG_OBJECT_TYPE, "prepared statement is not a SELECT");
    TRY(plan_columns(as, plan));
    TRY(create(as, execute->nsp, execute->persistence, &oid));
    TRY(ddl_on_commit(ddl, oid, as->statement->into->on_commit));
    ddl->call->tag = "SELECT";
    ddl->call->tag_has_count = true;
    if (as->statement->into->skip_data)
        return STATUS_OK;
    as->plan = (PlannedStatement *)(uintptr_t)plan;
    ddl->call->params = params;
    ddl->call->param_nulls = nulls;
    return fill(as, oid, &ddl->call->processed);
}

static Status set_populated(Ddl *ddl, Oid relation, bool populated) {
    CatalogRow row;
    TRY(relation_row(ddl->catalog, relation, ddl->arena, &row));
    if (row.values[PG_CLASS_RELISPOPULATED].b == populated)
        return STATUS_OK;
    row.values[PG_CLASS_RELISPOPULATED] = datum_bool(populated);
    return catalog_update(ddl->catalog, PG_CLASS, &row);
}

/* Is the name taken? With IF NOT EXISTS that is a notice. */
static Status check_name(Ddl *ddl, const AstCreateTableAs *statement, Oid *nsp_out,
                         char *persistence_out, bool *exists_out) {
    const AstRangeVar *relation = statement->into->relation;
    CatalogRow row;
    TRY(ddl_creation_namespace(ddl, relation, nsp_out, persistence_out));
    TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, relation->name, *nsp_out,
                          ddl->arena, &row, exists_out));
    if (!*exists_out)
        return STATUS_OK;
    if (!statement->if_not_exists)
        return error(ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", relation->name);
    ddl_notice(ddl, ERR_DUPLICATE_TABLE, "relation \"%s\" already exists, skipping",
               relation->name);
    return STATUS_OK;
}

Status ddl_create_as_exists(Ddl *ddl, const AstCreateTableAs *statement, bool *exists_out) {
    Oid nsp;
    char persistence;
    return check_name(ddl, statement, &nsp, &persistence, exists_out);
}

Status ddl_create_as(UtilityCall *call, CreateAsRun run, void *run_arg) {
    Ddl ddl = ddl_of(call);
    AsPlan as = {.ddl = &ddl,
                 .statement = (const AstCreateTableAs *)call->raw->statement,
                 .run = run,
                 .run_arg = run_arg};
    const AstInto *into = as.statement->into;
    Oid nsp, oid;
    char persistence;
    bool exists;
    call->tag = as.statement->matview ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
    TRY(check_name(&ddl, as.statement, &nsp, &persistence, &exists));
    if (exists)
        return STATUS_OK;
    if (into->on_commit != AST_ON_COMMIT_NOOP && persistence != 't')
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "ON COMMIT can only be used on temporary tables");
    if (as.statement->query->tag == AST_EXECUTE) {
        AsExecute execute = {&as, nsp, persistence};
        return ddl.session->ops->prepared_run(
            ddl.session, call, (const AstExecute *)as.statement->query, run_execute, &execute);
    }
    TRY(plan_source(&as));
    TRY(create(&as, nsp, persistence, &oid));
    TRY(ddl_on_commit(&ddl, oid, into->on_commit));
    if (into->skip_data)
        return as.statement->matview ? set_populated(&ddl, oid, false) : STATUS_OK;
    SavedRole saved = {0};
    if (as.statement->matview)
        saved = session_push_role(ddl.catalog, session_role(ddl.catalog), ROLE_RESTRICTED);
    Status status = fill(&as, oid, &call->processed);
    if (as.statement->matview)
        session_pop_role(ddl.catalog, saved);
    TRY(status);
    if (as.statement->matview)
        TRY(set_populated(&ddl, oid, true));
    call->tag = "SELECT";
    call->tag_has_count = true;
    return STATUS_OK;
}

static Status execute_create_as(UtilityCall *call) { return ddl_create_as(call, NULL, NULL); }

/* ---- REFRESH ---- */

static Status check_concurrently(const RelationDesc *view, const AstRefreshMatview *statement,
                                 Ddl *ddl) {
    if (statement->skip_data)
        return error(ERR_SYNTAX_ERROR,
                     "CONCURRENTLY and WITH NO DATA options cannot be used together");
    if (!view->is_populated)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "CONCURRENTLY cannot be used when the materialized view is not populated");
    for (uint16_t i = 0; i < view->index_count; i++) {
        const IndexDesc *index = &view->indexes[i];
        if (index->unique && index->valid && index->immediate && index->predicate == NULL &&
            index->expressions == NULL)
            return STATUS_OK;
    }
    return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                             "cannot refresh materialized view \"%s\" concurrently",
                             quote_qualified(ddl->catalog, ddl->arena, view->nsp_name, view->name)),
                       "Create a unique index with no WHERE clause on one or more columns of the "
                       "materialized view.");
}

static Status plan_stored(Ddl *ddl, const RelationDesc *view, PlannedStatement **plan_out) {
    for (uint16_t i = 0; i < view->rule_count; i++) {
        const RuleDesc *rule = &view->rules[i];
        if (rule->event != '1' || rule->actions == NULL)
            continue;
        const char *actions = arena_strdup(ddl->arena, rule->actions);
        for (bool valid = false; !valid;) {
            AnalyzedStatement analyzed = {0};
            TRY(query_from_string(ddl->arena, actions, strlen(actions), &analyzed.query));
            TRY(plan_analyzed(ddl, &analyzed, plan_out, &valid));
        }
        return STATUS_OK;
    }
    return error(ERR_INTERNAL_ERROR, "materialized view \"%s\" is missing rewrite information",
                 view->name);
}

/* As the owner of the view. */
static Status refill(Ddl *ddl, const RelationDesc *view, bool skip_data) {
    AsPlan as = {.ddl = ddl};
    TRY(plan_stored(ddl, view, &as.plan));
    StoreId store;
    uint64_t count;
    Oid oid = view->oid;
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(relation_new_store(ddl->catalog, oid, &store));
    TRY(set_populated(ddl, oid, !skip_data));
    if (skip_data)
        return STATUS_OK;
    TRY(fill(&as, oid, &count));
    return ddl_rebuild_indexes(ddl, oid);
}

static Status execute_refresh(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstRefreshMatview *statement = (const AstRefreshMatview *)call->raw->statement;
    const RelationDesc *view;
    TRY(ddl_relation(&ddl, statement->relation,
                     statement->concurrently ? LOCK_EXCLUSIVE : LOCK_ACCESS_EXCLUSIVE, false,
                     &view));
    TRY(object_check_owner(ddl.catalog, PG_CLASS, view->oid));
    if (view->kind != 'm')
        return error(ERR_FEATURE_NOT_SUPPORTED, "\"%s\" is not a materialized view", view->name);
    if (statement->concurrently)
        TRY(check_concurrently(view, statement, &ddl));
    SavedRole saved = session_push_role(ddl.catalog, view->owner, ROLE_RESTRICTED);
    Status status = refill(&ddl, view, statement->skip_data);
    session_pop_role(ddl.catalog, saved);
    return status;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_TABLE_AS, NULL, UTILITY_WRITES, execute_create_as, NULL},
    {AST_REFRESH_MATVIEW, "REFRESH MATERIALIZED VIEW", UTILITY_WRITES, execute_refresh, NULL},
};

void ddl_ctas_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
