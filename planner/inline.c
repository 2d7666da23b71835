/*
 * inline.c: functions written in SQL, in place of their calls (PostgreSQL's conditions).
 *
 * A scalar function whose body is one SELECT of one expression, without FROM, becomes that expression; a
 * set-returning one in FROM whose body is one SELECT becomes a subquery. What a call does besides must not
 * get lost: settings, the owner's rights, strictness; and a body that is more volatile than the function
 * says is called, as only a call hides that. Parameters that occur more than once are copied only where
 * that is cheap and makes no difference.
 */
#include "planner/parser.h"
#include "planner/plan_int.h"

#define INLINED_SETS_MAX 200 /* of a statement: recursion without end is found when it runs */

/* ---- the body ---- */

static bool may_inline(const Planner *planner, const ProcDesc *proc, uint32_t arg_count) {
    (void)planner;
    return proc->language == OID_LANGUAGE_SQL && proc->kind == 'f' && !proc->security_definer &&
           proc->config_count == 0 && proc->result != OID_VOID && arg_count == proc->arg_count;
}

static Status find_param(void *arg, Arena *arena, const char *name, int32_t location,
                         Expr **expr_out) {
    const SqlBody *body = arg;
    const ProcDesc *proc = body->proc;
    uint32_t total = proc->all_arg_count != 0 ? proc->all_arg_count : proc->arg_count, input = 0;
    *expr_out = NULL;
    for (uint32_t i = 0; proc->arg_names != NULL && i < total; i++) {
        char mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
        if (mode == 'o' || mode == 't')
            continue;
        input++;
        if (proc->arg_names[i][0] != '\0' && strcmp(proc->arg_names[i], name) == 0)
            return sql_body_param(body, arena, (int32_t)input, location, expr_out);
    }
    return STATUS_OK;
}

Status sql_body_param(const SqlBody *body, Arena *arena, int32_t number, int32_t location,
                      Expr **expr_out) {
    const TypeInfo *info;
    *expr_out = NULL;
    if (number < 1 || (uint32_t)number > body->arg_count)
        return STATUS_OK;
    ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
    param->kind = PARAM_EXTERNAL;
    param->number = (uint32_t)number;
    param->type = body->arg_types[number - 1];
    param->typmod = -1;
    TRY(type_lookup(body->env, param->type, &info));
    param->collation =
        info->collation != 0 && body->collation != 0 ? body->collation : info->collation;
    param->location = location;
    *expr_out = (Expr *)param;
    return STATUS_OK;
}

Status sql_body_column_ref(void *arg, Arena *arena, const AstColumnRef *ref, bool found,
                           Expr **expr_out) {
    SqlBody *body = arg;
    (void)found;
    return analyze_param_name(body->env, arena, body->settings, body->proc->name, ref, find_param,
                              body, expr_out);
}

Status sql_body_param_ref(void *arg, Arena *arena, const AstParamRef *ref, Expr **expr_out) {
    return sql_body_param(arg, arena, ref->number, ref->location, expr_out);
}

/* The arguments' types: declared, or what polymorphic ones are in this call. */
static void body_init(Planner *planner, const ProcDesc *proc, const ExprFunc *call,
                      const ExprList *args, SqlBody *body) {
    Oid *types = arena_array(planner->arena, Oid, args->count + 1);
    for (uint32_t i = 0; i < args->count; i++)
        types[i] = is_polymorphic(proc->arg_types[i]) ? args->items[i]->type : proc->arg_types[i];
    *body = (SqlBody){.env = planner->env,
                      .settings = planner->settings,
                      .proc = proc,
                      .arg_types = types,
                      .arg_count = args->count,
                      .collation = call->input_collation};
}

/* The body's only query; NULL: there is none, or more. */
static Status body_query(Planner *planner, SqlBody *body, Query **query_out) {
    Arena *arena = planner->arena;
    const char *text = body->proc->sql_body;
    *query_out = NULL;
    if (text != NULL && text[0] != '(')
        return query_from_string(arena, text, strlen(text), query_out);
    if (text != NULL) {
        QueryList list;
        TRY(query_list_from_string(arena, text, strlen(text), &list));
        if (list.count == 1)
            *query_out = list.items[0];
        return STATUS_OK;
    }
    AstList list;
    text = body->proc->source;
    TRY(parse_sql(arena, text, strlen(text), NULL, &list));
    if (list.count != 1)
        return STATUS_OK;
    ParseHooks hooks = {
        .arg = body, .column_ref = sql_body_column_ref, .param_ref = sql_body_param_ref};
    AnalyzeOptions options = {
        .hooks = &hooks, .param_types = body->arg_types, .param_count = body->arg_count};
    AnalyzedStatement analyzed;
    const void *transitions = planner->env->transitions;
    planner->env->transitions = NULL; /* the trigger's alone */
    Status s = analyze_statement(planner->env, arena, planner->settings,
                                 AST_AT(AstRawStatement, list, 0), &options, &analyzed);
    planner->env->transitions = transitions;
    TRY(s);
    *query_out = analyzed.query;
    return STATUS_OK;
}

static Status in_body(Status s, const SqlBody *body, const char *phase) {
    if (status_ok(s))
        return s;
    if (body->proc->sql_body == NULL)
        s = status_internal(s, body->proc->source);
    return status_context(s, "SQL function \"%s\" during %s", body->proc->name, phase);
}

/* ---- arguments in place of parameters ---- */

typedef struct Substitute {
    Planner *planner;
    const ExprList *args;
    uint32_t *uses;
    uint32_t depth; /* of the query, below the one that holds the call */
} Substitute;

static Expr *substitute(Expr *expr, void *arg) {
    Substitute *s = arg;
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_EXTERNAL) {
        uint32_t at = ((ExprParam *)expr)->number - 1;
        if (at >= s->args->count)
            return expr;
        s->uses[at]++;
        return tree_shift_levels(s->planner->arena, s->args->items[at], (int)s->depth, 0);
    }
    return expr_map_levels(s->planner->arena, expr, &s->depth, substitute, arg);
}

/* May an argument that occurs `uses` times be copied? */
static bool argument_fits(Planner *planner, Expr *arg, uint32_t uses, bool strict) {
    double startup, per_tuple;
    if (uses == 0)
        return !strict; /* the call would test it for NULL */
    if (uses == 1)
        return true;
    if (tree_has_tag(arg, EXPR_SUB_LINK) || expr_has_subplan(arg) || expr_is_volatile(planner, arg))
        return false;
    expr_cost(planner, arg, &startup, &per_tuple);
    return startup + per_tuple <= 10 * planner->settings->cpu_operator_cost;
}

/* ---- scalars ---- */

static bool is_one_expression(const Query *query) {
    return query->command == COMMAND_SELECT && !query->has_aggs && !query->has_windows &&
           !query->has_target_srfs && !query->has_sub_links && query->ctes.count == 0 &&
           query->range_count == 0 && (query->from == NULL || query->from->condition == NULL) &&
           query->group_by.count == 0 && query->grouping_set_count == 0 && query->having == NULL &&
           query->windows.count == 0 && query->distinct.count == 0 && query->order_by.count == 0 &&
           query->limit == NULL && query->offset == NULL && query->set_op == NULL &&
           query->targets.count == 1 && !query->has_group_by;
}

/* A body that is more volatile, or less strict, than the function says keeps its call. */
static bool keeps_promises(Planner *planner, const ProcDesc *proc, const Expr *expr) {
    if ((proc->volatility == 'i' && expr_is_mutable(planner, expr)) ||
        (proc->volatility == 's' && expr_is_volatile(planner, expr)))
        return false;
    return !proc->strict || expr_is_strict(planner, expr);
}

static Status scalar_expr(Planner *planner, SqlBody *body, const ExprFunc *call, Expr **out) {
    Query *query;
    bool is_row;
    FunctionResult want = {.type = call->type};
    *out = NULL;
    TRY(body_query(planner, body, &query));
    if (query == NULL || !is_one_expression(query))
        return STATUS_OK;
    TRY(analyze_function_result(planner->env, planner->arena, planner->settings, &want, &query,
                                &is_row));
    if (is_row || !is_one_expression(query) || query->targets.items[0]->expr->type != call->type)
        return STATUS_OK;
    *out = query->targets.items[0]->expr;
    return STATUS_OK;
}

Status inline_call(Planner *planner, const ProcDesc *proc, const ExprFunc *call,
                   const ExprList *args, const char *phase, Expr **out) {
    SqlBody body;
    Expr *expr;
    *out = NULL;
    if (!may_inline(planner, proc, args->count) || call->returns_set ||
        proc->result == OID_RECORD || fn_by_oid(proc->oid) != NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < args->count; i++)
        if (tree_has_tag(args->items[i], EXPR_CASE_TEST))
            return STATUS_OK; /* it would mean another CASE's in there */
    body_init(planner, proc, call, args, &body);
    TRY(in_body(scalar_expr(planner, &body, call, &expr), &body, phase));
    if (expr == NULL || !keeps_promises(planner, proc, expr))
        return STATUS_OK;
    Substitute s = {planner, args, arena_zalloc(planner->arena, (args->count + 1) * 4), 0};
    Oid collation = expr->collation;
    expr = substitute(expr, &s);
    for (uint32_t i = 0; i < args->count; i++)
        if (!argument_fits(planner, args->items[i], s.uses[i], proc->strict))
            return STATUS_OK;
    if (collation != 0 && collation != call->collation) {
        ExprCollate *node = EXPR_NEW(planner->arena, ExprCollate, EXPR_COLLATE);
        node->type = expr->type;
        node->typmod = expr->typmod;
        node->collation = call->collation;
        node->location = -1;
        node->arg = expr;
        expr = (Expr *)node;
    }
    planner_note_expr(planner, expr);
    *out = expr;
    return STATUS_OK;
}

/* ---- sets in FROM ---- */

static Status set_columns(Planner *planner, const RangeEntry *entry, const ExprFunc *call,
                          FunctionResult *want) {
    const TypeDesc *type;
    TRY(catalog_type_require(planner->catalog, call->type, &type));
    *want = (FunctionResult){.type = call->type};
    if (call->type != OID_RECORD && type->kind != 'c')
        return STATUS_OK;
    want->has_columns = true;
    want->column_count = entry->column_count;
    want->types = entry->column_types;
    want->typmods = entry->column_typmods;
    return STATUS_OK;
}

static bool columns_match(const RangeEntry *entry, const Query *query) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *target = query->targets.items[i];
        if (target->junk)
            continue;
        if (at == entry->column_count || (entry->column_types[at] != OID_INVALID &&
                                          target->expr->type != entry->column_types[at]))
            return false;
        at++;
    }
    return at == entry->column_count;
}

static Status set_query(Planner *planner, SqlBody *body, const RangeEntry *entry,
                        const ExprFunc *call, Query **out) {
    Query *query;
    FunctionResult want;
    QueryList products;
    bool is_row;
    *out = NULL;
    TRY(body_query(planner, body, &query));
    if (query == NULL || query->command != COMMAND_SELECT || query->row_mark_count > 0 ||
        query->has_modifying_cte)
        return STATUS_OK;
    TRY(set_columns(planner, entry, call, &want));
    TRY(analyze_function_result(planner->env, planner->arena, planner->settings, &want, &query,
                                &is_row));
    if (is_row != want.has_columns || !columns_match(entry, query))
        return STATUS_OK;
    TRY(rewrite_query(planner->env, planner->arena, planner->settings, query, &products));
    if (products.count == 1 && products.items[0]->command == COMMAND_SELECT)
        *out = products.items[0];
    return STATUS_OK;
}

static void become_subquery(RangeEntry *entry, Query *query) {
    entry->kind = RTE_SUBQUERY;
    entry->subquery = query;
    entry->functions = NULL;
    entry->function_count = 0;
}

/* A constant, or what has become one: a row of it. */
static Status constant_set(Planner *planner, RangeEntry *entry, Expr *value) {
    const TypeDesc *type;
    TRY(catalog_type_require(planner->catalog, value->type, &type));
    if (type->kind == 'c' || type->kind == 'p' || entry->column_count != 1)
        return STATUS_OK;
    Query *query = arena_new(planner->arena, Query);
    query->from = arena_new(planner->arena, FromNode);
    query->from->kind = FROM_LIST;
    query->location = -1;
    target_list_add(planner->arena, &query->targets,
                    target_make(planner->arena, value, 1, entry->column_names[0], false));
    become_subquery(entry, query);
    return STATUS_OK;
}

Status inline_set(Planner *planner, RangeEntry *entry) {
    const ProcDesc *proc;
    SqlBody body;
    Query *query;
    if (entry->function_count != 1 || entry->ordinality)
        return STATUS_OK;
    Expr *folded;
    TRY(fold_expr(planner, entry->functions[0].call, &folded));
    if (folded->tag == EXPR_CONST)
        return constant_set(planner, entry, folded);
    const ExprFunc *call = (const ExprFunc *)folded;
    if (call->tag != EXPR_FUNC || !call->returns_set || call->type == OID_VOID ||
        planner->inlined_sets >= INLINED_SETS_MAX)
        return STATUS_OK;
    TRY(func_props(planner, call->function, &proc));
    if (!may_inline(planner, proc, call->args.count) || proc->volatility == 'v' || proc->strict ||
        fn_by_oid(proc->oid) != NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < call->args.count; i++)
        if (tree_has_tag(call->args.items[i], EXPR_SUB_LINK) ||
            expr_is_volatile(planner, call->args.items[i]))
            return STATUS_OK;
    TRY(fiber_stack_check());
    body_init(planner, proc, call, &call->args, &body);
    TRY(in_body(set_query(planner, &body, entry, call, &query), &body, "inlining"));
    if (query == NULL)
        return STATUS_OK;
    planner->inlined_sets++;
    Substitute s = {planner, &call->args, arena_zalloc(planner->arena, (call->args.count + 1) * 4),
                    1};
    query_map(planner->arena, query, &s.depth, substitute, &s);
    planner_note_query(planner, query);
    become_subquery(entry, query);
    return STATUS_OK;
}
