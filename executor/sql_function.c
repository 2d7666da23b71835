/*
 * sql_function.c: functions written in SQL. See sql_function.h.
 *
 * The body is parsed and planned when its call site runs first; arguments are parameters $1.., and
 * may be written by name. The result is what the last statement gives: its first row, or, for a set,
 * all rows. A volatile function's statements see what came before them; the others are read-only.
 */
#include "executor/sql_function.h"

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
    Oid *column_types; /* of the record */
    uint32_t column_count;
    Arena *arena;
} SqlFunction;

#define FUNCTION_DEPTH_MAX 400u

/* ---- names of arguments ---- */

static Status param_by_name(void *arg, Arena *arena, const AstColumnRef *ref, Expr **expr_out) {
    const SqlFunction *f = arg;
    const ProcDesc *proc = f->proc;
    *expr_out = NULL;
    if (ref->star || ref->fields.count == 0 || ref->fields.count > 2 || proc->arg_names == NULL)
        return STATUS_OK;
    if (ref->fields.count == 2 && strcmp(ref->fields.items[0], proc->name) != 0)
        return STATUS_OK;
    const char *name = str_list_last(&ref->fields);
    uint32_t total = proc->all_arg_count != 0 ? proc->all_arg_count : proc->arg_count, input = 0;
    for (uint32_t i = 0; i < total; i++) {
        char mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
        if (mode == 'o' || mode == 't')
            continue;
        input++;
        if (proc->arg_names[i][0] == '\0' || strcmp(proc->arg_names[i], name) != 0)
            continue;
        ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
        const TypeInfo *info;
        param->kind = PARAM_EXTERNAL;
        param->number = input;
        param->type = f->arg_types[input - 1];
        TRY(type_lookup(&f->session->env, param->type, &info));
        param->collation = info->collation;
        param->location = ref->location;
        *expr_out = (Expr *)param;
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* ---- preparing ---- */

static Status plan_text(SqlFunction *f) {
    AstList list;
    TRY(parse_sql(f->arena, f->proc->source, strlen(f->proc->source), NULL, &list));
    f->count = list.count;
    f->statements = arena_array(f->arena, SqlStatement, list.count + 1);
    for (uint32_t i = 0; i < list.count; i++)
        f->statements[i].raw = AST_AT(AstRawStatement, list, i);
    return STATUS_OK;
}

/* BEGIN ATOMIC bodies, RETURN: stored queries, one after the other. */
static Status plan_stored(SqlFunction *f) {
    const char *text = f->proc->sql_body;
    Query *query;
    AnalyzedStatement analyzed = {.param_types = f->arg_types, .param_count = f->arg_count};
    TRY(query_from_string(f->arena, text, strlen(text), &query));
    analyzed.query = query;
    f->count = 1;
    f->statements = arena_array(f->arena, SqlStatement, 2);
    return plan_query(&f->session->env, f->arena, &f->session->planner, &analyzed, NULL,
                      &f->statements[0].plan);
}

/* Plans one statement of the text: later ones may depend on what earlier ones did. */
static Status plan_statement(SqlFunction *f, SqlStatement *s) {
    if (s->plan != NULL)
        return STATUS_OK;
    ParseHooks hooks = {.arg = f, .column_ref = param_by_name};
    AnalyzeOptions options = {.hooks = &hooks, .param_types = f->arg_types,
                              .param_count = f->arg_count};
    return executor_plan(f->session, f->arena, s->raw, &options, &s->plan);
}

/* any* types: what they stand for depends on the call. */
static Status is_polymorphic_type(CatalogSession *catalog, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    TRY(catalog_type_require(catalog, type, &desc));
    *yes_out = desc->kind == 'p' && strncmp(desc->name, "any", 3) == 0;
    return STATUS_OK;
}

/* What the columns of a composite result are: OUT parameters, or the type's attributes. Polymorphic
 * ones are as the statement has them, which was analysed with the call's types. */
static Status result_columns(SqlFunction *f) {
    const ProcDesc *proc = f->proc;
    CatalogSession *catalog = f->session->catalog;
    const TypeDesc *type;
    uint32_t n = 0;
    f->column_types = arena_array(f->arena, Oid, TUPLE_COLUMNS_MAX);
    for (uint32_t i = 0; proc->arg_modes != NULL && i < proc->all_arg_count; i++)
        if (strchr("obt", proc->arg_modes[i]) != NULL && n < TUPLE_COLUMNS_MAX)
            f->column_types[n++] = proc->all_arg_types[i];
    f->column_count = n;
    for (uint32_t i = 0; i < n; i++) {
        bool polymorphic;
        TRY(is_polymorphic_type(catalog, f->column_types[i], &polymorphic));
        if (polymorphic)
            f->column_count = 0;
    }
    if (n > 1) {
        f->is_composite = true;
        return STATUS_OK;
    }
    TRY(catalog_type_require(catalog, f->result_type, &type));
    if (f->result_type == OID_RECORD) {
        f->is_composite = true;
        f->column_count = 0; /* as the statement has them */
    } else if (type->kind == 'c') {
        const RelationDesc *desc;
        TRY(catalog_relation_require(catalog, type->relation, &desc));
        f->is_composite = true;
        f->column_count = 0;
        for (uint16_t i = 0; i < desc->column_count; i++)
            if (!desc->columns[i].dropped)
                f->column_types[f->column_count++] = desc->columns[i].type;
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
    f->arg_types = arena_memdup(f->arena, site->arg_types, sizeof(Oid) * (f->arg_count + 1));
    f->result_type = site->result_type;
    f->is_void = f->result_type == OID_VOID;
    if (!f->is_void) {
        TRY(type_lookup(site->env, f->result_type, &f->result_info));
        TRY(result_columns(f));
    }
    TRY(f->proc->sql_body != NULL ? plan_stored(f) : plan_text(f));
    site->state = f;
    return STATUS_OK;
}

/* ---- running ---- */

static Status run_statement(SqlFunction *f, SqlStatement *s, const FnCall *call, RowSink *sink) {
    Session *session = f->session;
    TRY(plan_statement(f, s));
    bool *nulls = arena_array(call->arena, bool, f->arg_count + 1);
    for (uint32_t i = 0; i < f->arg_count; i++)
        nulls[i] = call->nulls != NULL && call->nulls[i];
    if (s->plan->command == COMMAND_UTILITY) {
        UtilityCall utility = {.session = session,
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
    const Snapshot *snapshot;
    TRY(txn_snapshot_latest(session->txn, &snapshot));
    ExecOptions options = {.params = call->args,
                           .param_nulls = nulls,
                           .snapshot = snapshot,
                           .flags = f->proc->volatility == 'v' ? 0 : EXEC_READ_ONLY};
    Status status = executor_run(session, s->plan, &options, sink, NULL);
    txn_snapshot_release(session->txn, snapshot);
    return status;
}

static Status run_statements(SqlFunction *f, const FnCall *call, RowCollector *rows) {
    Status s = STATUS_OK;
    for (uint32_t i = 0; i < f->count && status_ok(s); i++)
        s = run_statement(f, &f->statements[i], call, i + 1 == f->count ? &rows->sink : NULL);
    return s;
}

/* With the owner's rights and the settings the function asks for. */
static Status run_function(SqlFunction *f, const FnCall *call, RowCollector *rows) {
    Session *session = f->session;
    const ProcDesc *proc = f->proc;
    const char *const *names = NULL;
    uint32_t name_count = 0;
    SearchPathSaved path = {0};
    TRY(exec_check_stack());
    if (session->function_depth >= FUNCTION_DEPTH_MAX)
        return status_hint(
            error(ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded"),
            "Increase the configuration parameter \"max_stack_depth\" (currently %dkB), after "
            "ensuring the platform's stack depth limit is adequate.",
            2048);
    for (uint32_t i = 0; i < proc->config_count; i++)
        if (strncmp(proc->config[i], "search_path=", 12) == 0)
            name_parse_list(call->arena, proc->config[i] + 12, &names, &name_count);
    Oid role = proc->security_definer ? session_push_role(session->catalog, proc->owner) : 0;
    if (names != NULL)
        path = session_push_search_path(session->catalog, names, name_count);
    EvalEnv saved_env = session->env;
    session->function_depth++;
    Status s = run_statements(f, call, rows);
    session->function_depth--;
    session->env = saved_env;
    if (names != NULL)
        session_pop_search_path(session->catalog, path);
    if (proc->security_definer)
        session_pop_role(session->catalog, role);
    return s;
}

/* ---- results ---- */

/* A value as another type: by assignment through text where the bits differ. */
static Status convert(SqlFunction *f, Arena *arena, Oid from, Oid to, Datum *value) {
    const TypeInfo *source, *target;
    if (from == to)
        return STATUS_OK;
    TRY(type_lookup(&f->session->env, from, &source));
    TRY(type_lookup(&f->session->env, to, &target));
    bool strings = source->phys == PHYS_STR && target->phys == PHYS_STR && source->category == 'S' &&
                   target->category == 'S';
    if (strings)
        return STATUS_OK;
    StrBuf text;
    strbuf_init(&text, arena);
    TypeIo out = {.type = source, .typmod = -1, .env = &f->session->env, .arena = arena};
    TypeIo in = {.type = target, .typmod = -1, .env = &f->session->env, .arena = arena};
    TRY(source->output(&out, *value, &text));
    return target->input(&in, strbuf_cstr(&text), text.len, value);
}

static const PlannedStatement *last_plan(const SqlFunction *f) {
    return f->count == 0 ? NULL : f->statements[f->count - 1].plan;
}

static Status shape_error(const SqlFunction *f) {
    return error(ERR_INVALID_FUNCTION_DEFINITION,
                 "return type mismatch in function declared to return %s",
                 f->result_info == NULL ? "?" : f->result_info->name);
}

/* One collected row as columns of the declared types. */
static Status result_row(SqlFunction *f, Arena *arena, const RowCollector *rows, uint64_t row,
                         Datum *values, bool *nulls) {
    const PlannedStatement *plan = last_plan(f);
    for (uint32_t i = 0; i < rows->column_count; i++) {
        uint64_t at = row * rows->column_count + i;
        nulls[i] = rows->nulls[at];
        values[i] = rows->values[at];
        if (!nulls[i] && i < f->column_count)
            TRY(convert(f, arena, plan->columns[i].type, f->column_types[i], &values[i]));
    }
    return STATUS_OK;
}

static Status result_record(SqlFunction *f, Arena *arena, const RowCollector *rows, uint64_t row,
                            Datum *out) {
    const PlannedStatement *plan = last_plan(f);
    uint32_t n = rows->column_count;
    Datum *values = arena_array(arena, Datum, n + 1);
    bool *nulls = arena_array(arena, bool, n + 1);
    Oid *types = arena_array(arena, Oid, n + 1);
    PhysType *phys = arena_array(arena, PhysType, n + 1);
    if (f->column_count != 0 && f->column_count != n)
        return shape_error(f);
    TRY(result_row(f, arena, rows, row, values, nulls));
    for (uint32_t i = 0; i < n; i++) {
        const TypeInfo *info;
        types[i] = f->column_count != 0 ? f->column_types[i] : plan->columns[i].type;
        TRY(type_lookup(&f->session->env, types[i], &info));
        phys[i] = info->phys;
    }
    return record_build(arena, f->result_type, -1, n, types, phys, values, nulls, out);
}

/* Is the statement's one column the whole result, composite or not? */
static bool is_single(const SqlFunction *f, const RowCollector *rows) {
    const PlannedStatement *plan = last_plan(f);
    return rows->column_count == 1 &&
           (!f->is_composite || plan->columns[0].type == f->result_type);
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
    if (!is_single(f, &rows)) {
        if (!f->is_composite)
            return shape_error(f);
        return result_record(f, call->arena, &rows, 0, &call->result);
    }
    call->result_null = rows.nulls[0];
    call->result = rows.values[0];
    return call->result_null ? STATUS_OK
                             : convert(f, call->arena, last_plan(f)->columns[0].type,
                                       f->result_type, &call->result);
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

Status sql_function_set_next(SetCall *set, bool *row_out) {
    SqlFunction *f = set->call.site->state;
    SqlSet *s = set->state;
    Arena *arena = set->call.arena;
    *row_out = !f->is_void && s->next < s->rows.row_count;
    if (!*row_out)
        return STATUS_OK;
    uint64_t row = s->next++;
    bool single = is_single(f, &s->rows);
    if (set->column_count == (int)s->rows.column_count && !(single && f->is_composite))
        return result_row(f, arena, &s->rows, row, set->columns, set->column_nulls);
    if (single && set->column_count == 1) {
        set->column_nulls[0] = s->rows.nulls[row];
        set->columns[0] = s->rows.values[row];
        return set->column_nulls[0] ? STATUS_OK
                                    : convert(f, arena, last_plan(f)->columns[0].type,
                                              f->result_type, &set->columns[0]);
    }
    if (single) { /* a composite value that the caller wants spread */
        RecordView view;
        for (int i = 0; i < set->column_count; i++)
            set->column_nulls[i] = true;
        if (s->rows.nulls[row])
            return STATUS_OK;
        TRY(record_view(s->rows.values[row].str, &view));
        for (int i = 0; i < set->column_count && (uint32_t)i < view.column_count; i++) {
            set->column_nulls[i] = record_column_is_null(&view, (uint32_t)i);
            if (!set->column_nulls[i])
                set->columns[i] = record_column(&view, (uint32_t)i);
        }
        return STATUS_OK;
    }
    set->column_nulls[0] = false;
    return result_record(f, arena, &s->rows, row, &set->columns[0]);
}
