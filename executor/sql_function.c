/*
 * sql_function.c: functions written in SQL. See sql_function.h.
 *
 * The body is parsed and planned when its call site runs first; arguments are parameters $1.., and
 * may be written by name. The result is what the last statement gives: its first row, or, for a set,
 * all rows. A volatile function's statements see what came before them; the others are read-only.
 */
#include "executor/sql_function.h"

#include "executor/exec_int.h"
#include "executor/function_settings.h"
#include "executor/function_stats.h"
#include "executor/utility.h"

#include "types/record.h"

typedef struct SqlStatement {
    AstRawStatement *raw; /* NULL: a stored query */
    PlannedStatement *plan;
} SqlStatement;

typedef struct SqlFunction {
    Session *session;
    const ProcDesc *proc; /* looked up by each call: the site may outlive the pin */
    Oid *arg_types;
    uint32_t arg_count;
    Oid result_type;
    SqlStatement *statements;
    uint32_t count;
    const TypeInfo *result_info;
    bool is_composite; /* several columns make a record */
    bool is_void;
    bool gives_row;          /* the last statement's columns are the record's */
    const Oid *column_types; /* of the record; 0: dropped */
    const int32_t *column_typmods;
    uint32_t column_count; /* 0: as the statement has them */
    Arena *arena;
    SqlBody body; /* for the names in the text */
} SqlFunction;

/* ---- preparing ---- */

/* An error met while the function was made ready: positions are those of its text. */
static Status at_startup(const SqlFunction *f, Status s) {
    if (status_ok(s))
        return s;
    if (f->proc->sql_body == NULL)
        s = status_internal(s, f->proc->source);
    return status_context(s, "SQL function \"%s\" during startup", f->proc->name);
}

/* An error of the statement with that index. */
static Status at_statement(const SqlFunction *f, Status s, uint32_t at) {
    if (status_ok(s))
        return s;
    if (f->proc->sql_body == NULL)
        s = status_internal(s, f->proc->source);
    return status_context(s, "SQL function \"%s\" statement %u", f->proc->name, at + 1);
}

/* Arguments by number and by name. */
static ParseHooks body_hooks(SqlFunction *f) {
    f->body.proc = f->proc;
    return (ParseHooks){
        .arg = &f->body, .column_ref = sql_body_column_ref, .param_ref = sql_body_param_ref};
}

/* The last statement's result as the function's. */
static Status coerce_result(SqlFunction *f, Query **query_io) {
    FunctionResult want = {.type = f->result_type,
                           .is_procedure = f->proc->kind == 'p',
                           .has_columns = f->column_count > 0,
                           .column_count = f->column_count,
                           .types = f->column_types,
                           .typmods = f->column_typmods};
    return analyze_function_result(&f->session->env, f->arena, &f->session->planner, &want,
                                   query_io, &f->gives_row);
}

static Status plan_text(SqlFunction *f) {
    AstList list;
    TRY(parse_sql(f->arena, f->proc->source, strlen(f->proc->source), NULL, &list));
    f->count = list.count;
    f->statements = arena_array(f->arena, SqlStatement, list.count + 1);
    if (list.count == 0 && !f->is_void)
        return coerce_result(f, &(Query *){NULL});
    for (uint32_t i = 0; i < list.count; i++)
        f->statements[i].raw = AST_AT(AstRawStatement, list, i);
    return STATUS_OK;
}

/* BEGIN ATOMIC bodies, RETURN: stored queries, one after the other. */
static Status stored_queries(SqlFunction *f, QueryList *list_out) {
    const char *text = f->proc->sql_body;
    Query *query;
    *list_out = (QueryList){0};
    if (text[0] == '(')
        return query_list_from_string(f->arena, text, strlen(text), list_out);
    TRY(query_from_string(f->arena, text, strlen(text), &query));
    query_list_add(f->arena, list_out, query);
    return STATUS_OK;
}

static Status plan_stored_at(SqlFunction *f, const QueryList *list, uint32_t at) {
    AnalyzedStatement analyzed = {
        .query = list->items[at], .param_types = f->arg_types, .param_count = f->arg_count};
    if (at + 1 == list->count && !f->is_void)
        TRY(coerce_result(f, &analyzed.query));
    return plan_query(&f->session->env, f->arena, &f->session->planner, &analyzed, NULL,
                      &f->statements[at].plan);
}

static Status plan_stored(SqlFunction *f) {
    QueryList list;
    TRY(stored_queries(f, &list));
    f->count = list.count;
    f->statements = arena_array(f->arena, SqlStatement, list.count + 1);
    if (list.count == 0 && !f->is_void)
        return coerce_result(f, &(Query *){NULL});
    for (uint32_t i = 0; i < list.count; i++)
        TRY(plan_stored_at(f, &list, i));
    return STATUS_OK;
}

/* Plans one statement of the text: later ones may depend on what earlier ones did. */
static Status plan_statement(SqlFunction *f, SqlStatement *s) {
    if (s->plan != NULL)
        return STATUS_OK;
    if (s->raw == NULL) {
        QueryList list;
        TRY(stored_queries(f, &list));
        return plan_stored_at(f, &list, (uint32_t)(s - f->statements));
    }
    ParseHooks hooks = body_hooks(f);
    AnalyzeOptions options = {
        .hooks = &hooks, .param_types = f->arg_types, .param_count = f->arg_count};
    AnalyzedStatement analyzed;
    Session *session = f->session;
    EvalEnv *env = &session->env;
    env->catalog = session->catalog;
    env->txn = session->txn;
    env->session = session;
    TRY(analyze_statement(env, f->arena, &session->planner, s->raw, &options, &analyzed));
    if (s == &f->statements[f->count - 1] && !f->is_void)
        TRY(coerce_result(f, &analyzed.query));
    return plan_query(env, f->arena, &session->planner, &analyzed, NULL, &s->plan);
}

/* any* types: what they stand for depends on the call. */
static Status is_polymorphic_type(CatalogSession *catalog, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    TRY(catalog_type_require(catalog, type, &desc));
    *yes_out = desc->kind == 'p' && strncmp(desc->name, "any", 3) == 0;
    return STATUS_OK;
}

static Status relation_columns(SqlFunction *f, Oid relation) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(f->session->catalog, relation, &desc));
    Oid *types = arena_array(f->arena, Oid, desc->column_count + 1u);
    int32_t *typmods = arena_array(f->arena, int32_t, desc->column_count + 1u);
    for (uint16_t i = 0; i < desc->column_count; i++) {
        types[i] = desc->columns[i].dropped ? OID_INVALID : desc->columns[i].type;
        typmods[i] = desc->columns[i].typmod;
    }
    f->column_types = types;
    f->column_typmods = typmods;
    f->column_count = desc->column_count;
    return STATUS_OK;
}

/* OUT parameters; polymorphic ones: unknown here. */
static Status output_columns(SqlFunction *f) {
    const ProcDesc *proc = f->proc;
    Oid *types = arena_array(f->arena, Oid, proc->all_arg_count + 1u);
    uint32_t n = 0;
    for (uint32_t i = 0; proc->arg_modes != NULL && i < proc->all_arg_count; i++) {
        bool polymorphic;
        if (strchr("obt", proc->arg_modes[i]) == NULL)
            continue;
        TRY(is_polymorphic_type(f->session->catalog, proc->all_arg_types[i], &polymorphic));
        types[n] = proc->all_arg_types[i];
        if (polymorphic)
            TRY(analyze_polymorphic_result(&f->session->env, f->arena, &f->session->planner,
                                           f->arg_types, proc->arg_types, f->arg_count, types[n],
                                           &types[n]));
        if (polymorphic && types[n] == proc->all_arg_types[i])
            return STATUS_OK;
        n++;
    }
    f->column_types = types;
    f->column_count = n;
    return STATUS_OK;
}

/* What the columns of a composite result are: the type's attributes, what the call in FROM says, or OUT
 * parameters. */
static Status result_columns(SqlFunction *f, const FnSite *site) {
    const TypeDesc *type;
    TRY(catalog_type_require(f->session->catalog, f->result_type, &type));
    f->is_composite = f->result_type == OID_RECORD || type->kind == 'c';
    if (!f->is_composite)
        return STATUS_OK;
    if (type->kind == 'c')
        return relation_columns(f, type->relation);
    TRY(output_columns(f));
    if (f->column_count == 0 && site->row_types != NULL) {
        f->column_types = arena_memdup(f->arena, site->row_types, site->row_count * sizeof(Oid));
        f->column_typmods = site->row_typmods;
        f->column_count = site->row_count;
    }
    return STATUS_OK;
}

static Status function_prepare(FnSite *site) {
    SqlFunction *known = site->state;
    if (known != NULL)
        return catalog_proc_require(known->session->catalog, site->function, &known->proc);
    SqlFunction *f = arena_new(site->arena, SqlFunction);
    f->arena = site->arena;
    f->session = site->env->session;
    if (f->session == NULL)
        return error(ERR_INTERNAL_ERROR, "function %u needs a session", site->function);
    TRY(catalog_proc_require(f->session->catalog, site->function, &f->proc));
    f->arg_count = (uint32_t)site->arg_count;
    f->arg_types = arena_array(f->arena, Oid, f->arg_count + 1);
    memcpy(f->arg_types, site->arg_types, sizeof(Oid) * f->arg_count);
    f->body = (SqlBody){.env = &f->session->env,
                        .settings = &f->session->planner,
                        .arg_types = f->arg_types,
                        .arg_count = f->arg_count,
                        .collation = site->collation};
    f->result_type = site->result_type;
    f->is_void = f->result_type == OID_VOID;
    if (!f->is_void) {
        TRY(type_lookup(site->env, f->result_type, &f->result_info));
        TRY(at_startup(f, result_columns(f, site)));
    }
    TRY(at_startup(f, f->proc->sql_body != NULL ? plan_stored(f) : plan_text(f)));
    site->state = f;
    return STATUS_OK;
}

/* ---- running ---- */

/* Commands that a function in SQL may not run. */
static Status check_utility(const SqlFunction *f, const Ast *statement) {
    const char *name = utility_name(statement);
    if (statement->tag == AST_COPY && ((const AstCopy *)statement)->file == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot COPY to/from client in an SQL function");
    if (statement->tag == AST_TRANSACTION)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in an SQL function", name);
    if (f->proc->volatility != 'v')
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in a non-volatile function",
                     name);
    return STATUS_OK;
}

/* The statement's plan, its relations locked. */
static Status ready_statement(SqlFunction *f, SqlStatement *s) {
    for (bool valid = false; !valid;) {
        TRY(at_startup(f, plan_statement(f, s)));
        if (s->plan->command == COMMAND_UTILITY)
            return at_startup(f, check_utility(f, s->plan->utility));
        if (f->proc->volatility != 'v')
            TRY(at_startup(f, exec_check_read_only(f->session, s->plan, EXEC_READ_ONLY)));
        TRY(executor_lock(f->session, s->plan, &valid));
        if (!valid)
            s->plan = NULL;
    }
    return STATUS_OK;
}

static Status run_statement(SqlFunction *f, SqlStatement *s, const FnCall *call, RowSink *sink) {
    Session *session = f->session;
    bool *nulls = arena_array(call->arena, bool, f->arg_count + 1);
    for (uint32_t i = 0; i < f->arg_count; i++)
        nulls[i] = call->nulls != NULL && call->nulls[i];
    if (s->plan->command == COMMAND_UTILITY) {
        ParseHooks hooks = body_hooks(f);
        UtilityCall utility = {.session = session,
                               .hooks = &hooks,
                               .raw = s->raw,
                               .text = f->proc->source,
                               .text_len = strlen(f->proc->source),
                               .arena = call->arena,
                               .params = call->args,
                               .param_nulls = nulls,
                               .param_types = f->arg_types,
                               .param_count = f->arg_count,
                               .sink = sink};
        return utility_execute(&utility);
    }
    /* A volatile function's statements see what came before each; others see what the caller sees. */
    const Snapshot *snapshot = f->proc->volatility == 'v' ? NULL : call->site->env->snapshot;
    bool own = snapshot == NULL;
    if (own)
        TRY(txn_snapshot(session->txn, &snapshot));
    ExecOptions options = {.params = call->args,
                           .param_nulls = nulls,
                           .snapshot = snapshot,
                           .flags = f->proc->volatility == 'v' ? 0 : EXEC_READ_ONLY};
    Status status = executor_run(session, s->plan, &options, sink, NULL);
    if (own)
        txn_snapshot_release(session->txn, snapshot);
    return status;
}

static Status run_statements(SqlFunction *f, const FnCall *call, RowCollector *rows) {
    Status s = STATUS_OK;
    for (uint32_t i = 0; i < f->count && status_ok(s); i++) {
        TRY(ready_statement(f, &f->statements[i]));
        s = run_statement(f, &f->statements[i], call, i + 1 == f->count ? &rows->sink : NULL);
        s = at_statement(f, s, i);
    }
    return s;
}

/* With the owner's rights and the settings the function asks for. */
static Status run_function(SqlFunction *f, const FnCall *call, RowCollector *rows) {
    Session *session = f->session;
    const ProcDesc *proc = f->proc;
    FunctionSettings settings;
    TRY(fiber_stack_check());
    TRY(function_settings_push(session, call->arena, proc, &settings));
    session->env.transitions = NULL;
    session->function_depth++;
    FunctionUse use;
    function_use_begin(session, proc, &use);
    Status s = run_statements(f, call, rows);
    if (status_ok(s))
        function_use_end(session, &use);
    session->function_depth--;
    function_settings_pop(session, &settings);
    return s;
}

/* ---- results ---- */

static const PlannedStatement *last_plan(const SqlFunction *f) {
    return f->count == 0 ? NULL : f->statements[f->count - 1].plan;
}

/* One collected row; its columns are of the declared types. */
static void result_row(const RowCollector *rows, uint64_t row, Datum *values, bool *nulls) {
    for (uint32_t i = 0; i < rows->column_count; i++) {
        uint64_t at = row * rows->column_count + i;
        nulls[i] = rows->nulls[at];
        values[i] = rows->values[at];
    }
}

static Status result_record(SqlFunction *f, Arena *arena, const RowCollector *rows, uint64_t row,
                            Datum *out) {
    const PlannedStatement *plan = last_plan(f);
    uint32_t n = rows->column_count;
    Datum *values = arena_array(arena, Datum, n + 1);
    bool *nulls = arena_array(arena, bool, n + 1);
    Oid *types = arena_array(arena, Oid, n + 1);
    PhysType *phys = arena_array(arena, PhysType, n + 1);
    result_row(rows, row, values, nulls);
    for (uint32_t i = 0; i < n; i++) {
        const TypeInfo *info;
        bool dropped = i < f->column_count && f->column_types[i] == OID_INVALID;
        types[i] = plan->columns[i].type;
        TRY(type_lookup(&f->session->env, types[i], &info));
        phys[i] = info->phys;
        if (dropped)
            types[i] = OID_INVALID;
    }
    return record_build(arena, f->result_type, -1, n, types, phys, values, nulls, out);
}

Status sql_function_call(FnCall *call) {
    TRY(function_prepare(call->site));
    SqlFunction *f = call->site->state;
    RowCollector rows;
    row_collector_init(&rows, call->arena, 1);
    TRY(run_function(f, call, &rows));
    call->result_null = f->is_void || rows.row_count == 0;
    if (call->result_null)
        return STATUS_OK;
    if (f->gives_row)
        return result_record(f, call->arena, &rows, 0, &call->result);
    call->result_null = rows.nulls[0];
    call->result = rows.values[0];
    return STATUS_OK;
}

/* ---- sets ---- */

typedef struct SqlSet {
    RowCollector rows;
    uint64_t next;
} SqlSet;

Status sql_function_set_start(SetCall *set) {
    TRY(function_prepare(set->call.site));
    SqlFunction *f = set->call.site->state;
    SqlSet *s = arena_new(set->scan_arena, SqlSet);
    set->state = s;
    row_collector_init(&s->rows, set->scan_arena, 0);
    FnCall call = set->call;
    call.arena = set->scan_arena;
    return run_function(f, &call, &s->rows);
}

static Status wrong_width(uint32_t given, int wanted) {
    return status_detail(error(ERR_DATATYPE_MISMATCH, "function return row and query-specified "
                                                      "return row do not match"),
                         "Returned row contains %u attribute%s, but query expects %d.", given,
                         given == 1 ? "" : "s", wanted);
}

/* A composite value that the caller wants spread. */
static Status spread_record(SetCall *set, bool is_null, Datum value) {
    RecordView view;
    for (int i = 0; i < set->column_count; i++)
        set->column_nulls[i] = true;
    if (is_null)
        return STATUS_OK;
    TRY(record_view(value.str, &view));
    if (view.column_count != (uint32_t)set->column_count)
        return wrong_width(view.column_count, set->column_count);
    for (int i = 0; i < set->column_count; i++) {
        set->column_nulls[i] = record_column_is_null(&view, (uint32_t)i);
        if (!set->column_nulls[i])
            set->columns[i] = record_column(&view, (uint32_t)i);
    }
    return STATUS_OK;
}

Status sql_function_set_next(SetCall *set, bool *row_out) {
    SqlFunction *f = set->call.site->state;
    SqlSet *s = set->state;
    Arena *arena = set->call.arena;
    *row_out = !f->is_void && s->next < s->rows.row_count;
    if (!*row_out)
        return STATUS_OK;
    uint64_t row = s->next++;
    if (f->gives_row && set->call.site->row_types != NULL) {
        if (set->column_count != (int)s->rows.column_count)
            return wrong_width(s->rows.column_count, set->column_count);
        result_row(&s->rows, row, set->columns, set->column_nulls);
        return STATUS_OK;
    }
    if (f->gives_row) {
        set->column_nulls[0] = false;
        return result_record(f, arena, &s->rows, row, &set->columns[0]);
    }
    if (!f->is_composite || set->call.site->row_types == NULL) {
        set->column_nulls[0] = s->rows.nulls[row];
        set->columns[0] = s->rows.values[row];
        return STATUS_OK;
    }
    return spread_record(set, s->rows.nulls[row], s->rows.values[row]);
}
