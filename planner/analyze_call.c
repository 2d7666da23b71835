/* analyze_call.c: f(..) resolved: plain call, cast, aggregate, window function, column of a row. */
#include "planner/analyze_int.h"

typedef struct Call {
    Scope *scope;
    const StrList *name;
    ExprList *args;
    const AstFuncCall *fn; /* NULL: x.f notation */
    CallMode mode;
    int32_t location;
    uint32_t arg_count;
    Oid types[FUNC_ARGS_MAX + 1];
    const char *arg_names[FUNC_ARGS_MAX];
    uint32_t named_count;
    bool variadic;
    bool could_be_projection;
    FuncMatch match;
    Oid result;
} Call;

static const char *call_signature(Call *call) {
    return func_signature(call->scope->an, call->name, call->arg_names, call->named_count,
                          call->arg_count, call->types);
}

static const char *call_name(Call *call) {
    return str_list_join(call->scope->an->arena, call->name);
}

#define CALL_ERROR(call, state, ...) AT((call)->location, error(ERR_##state, __VA_ARGS__))

static Status too_many_args(Call *call) {
    return CALL_ERROR(call, TOO_MANY_ARGUMENTS, "cannot pass more than %d arguments to a function",
                      FUNC_ARGS_MAX);
}

static Status collect_args(Call *call) {
    Arena *arena = call->scope->an->arena;
    if (call->args->count > FUNC_ARGS_MAX)
        return too_many_args(call);
    ExprList kept = {0};
    for (uint32_t i = 0; i < call->args->count; i++) {
        Expr *arg = call->args->items[i];
        /* A void parameter stands for an OUT parameter of clients that do not tell them apart. */
        if (arg->type == OID_VOID && arg->tag == EXPR_PARAM && call->mode != CALL_COLUMN &&
            !(call->fn != NULL && call->fn->within_group))
            continue;
        expr_list_add(arena, &kept, arg);
        call->types[call->arg_count++] = arg->type;
        if (arg->tag != EXPR_NAMED_ARG) {
            if (call->named_count > 0)
                return AT(
                    expr_location(arg),
                    error(ERR_SYNTAX_ERROR, "positional argument cannot follow named argument"));
            continue;
        }
        const char *name = ((ExprNamedArg *)arg)->name;
        for (uint32_t n = 0; n < call->named_count; n++)
            if (strcmp(call->arg_names[n], name) == 0)
                return AT(arg->location, error(ERR_SYNTAX_ERROR,
                                               "argument name \"%s\" used more than once", name));
        call->arg_names[call->named_count++] = name;
    }
    *call->args = kept;
    return STATUS_OK;
}

/* ---- refusals ---- */

static Status check_plain(Call *call) {
    const AstFuncCall *fn = call->fn;
    if (fn == NULL)
        return STATUS_OK;
    const char *name = call_name(call);
    if (fn->star)
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "%s(*) specified, but %s is not an aggregate function", name, name);
    const char *what = fn->distinct         ? "DISTINCT"
                       : fn->within_group   ? "WITHIN GROUP"
                       : fn->order_by.count ? "ORDER BY"
                       : fn->filter != NULL ? "FILTER"
                                            : NULL;
    if (what != NULL)
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "%s specified, but %s is not an aggregate function", what, name);
    if (fn->over != NULL)
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "OVER specified, but %s is not a window function nor an aggregate "
                          "function",
                          name);
    return STATUS_OK;
}

static Status direct_args_error(Call *call, int needed, int given, bool at_least) {
    Status s =
        CALL_ERROR(call, UNDEFINED_FUNCTION, "function %s does not exist", call_signature(call));
    const char *plural = needed == 1 ? "" : "s";
    if (at_least)
        return status_hint(s,
                           "There is an ordered-set aggregate %s, but it requires at least %d "
                           "direct argument%s.",
                           call_name(call), needed, plural);
    return status_hint(s,
                       "There is an ordered-set aggregate %s, but it requires %d direct "
                       "argument%s, not %d.",
                       call_name(call), needed, plural, given);
}

/* Hypothetical direct arguments and the sort columns they stand beside get common types. */
static Status unify_hypothetical(Call *call, int aggregated) {
    Analyzer *an = call->scope->an;
    int direct = (int)call->arg_count - aggregated;
    int first = direct - aggregated;
    for (int i = first; i < direct; i++) {
        int sorted = i + aggregated;
        ExprList pair = {0};
        Oid type;
        if (call->match.declared[i] != call->match.declared[sorted])
            return error(ERR_INTERNAL_ERROR,
                         "hypothetical-set aggregate has inconsistent declared argument types");
        if (call->match.declared[i] != OID_ANY)
            continue;
        pair = expr_list_of(an->arena, 2, call->args->items[sorted], call->args->items[i]);
        TRY(coerce_common_type(an, &pair, "WITHIN GROUP", &type, NULL));
        TRY(coerce_type(an, call->args->items[i], call->types[i], type, -1, COERCION_IMPLICIT,
                        CALL_IMPLICIT, -1, &call->args->items[i]));
        call->types[i] = type;
        TRY(coerce_type(an, call->args->items[sorted], call->types[sorted], type, -1,
                        COERCION_IMPLICIT, CALL_IMPLICIT, -1, &call->args->items[sorted]));
        call->types[sorted] = type;
    }
    return STATUS_OK;
}

static Status check_ordered_set(Call *call, const AggregateDesc *agg) {
    const AstFuncCall *fn = call->fn;
    const char *name = call_name(call);
    if (fn == NULL || !fn->within_group)
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "WITHIN GROUP is required for ordered-set aggregate %s", name);
    if (fn->over != NULL)
        return CALL_ERROR(call, FEATURE_NOT_SUPPORTED,
                          "OVER is not supported for ordered-set aggregate %s", name);
    int aggregated = (int)fn->order_by.count;
    int direct = (int)call->arg_count - aggregated;
    int variadic = (int)call->match.variadic_count;
    if (call->match.variadic_type == 0) {
        if (direct != agg->direct_arg_count)
            return direct_args_error(call, agg->direct_arg_count, direct, false);
    } else {
        int declared = (int)call->arg_count - (variadic > 1 ? variadic - 1 : 0);
        if (agg->direct_arg_count < declared) {
            if (direct != agg->direct_arg_count)
                return direct_args_error(call, agg->direct_arg_count, direct, false);
        } else if (agg->kind == 'h') {
            if (variadic != 2 * aggregated)
                return status_hint(
                    CALL_ERROR(call, UNDEFINED_FUNCTION, "function %s does not exist",
                               call_signature(call)),
                    "To use the hypothetical-set aggregate %s, the number of hypothetical direct "
                    "arguments (here %d) must match the number of ordering columns (here %d).",
                    name, variadic - aggregated, aggregated);
        } else if (variadic <= aggregated) {
            return direct_args_error(call, agg->direct_arg_count, direct, true);
        }
    }
    return agg->kind == 'h' ? unify_hypothetical(call, aggregated) : STATUS_OK;
}

static Status not_found(Call *call) {
    const char *signature = call_signature(call);
    bool procedure = call->mode == CALL_PROCEDURE;
    if (call->match.kind == FUNC_MULTIPLE)
        return status_hint(CALL_ERROR(call, AMBIGUOUS_FUNCTION, "%s %s is not unique",
                                      procedure ? "procedure" : "function", signature),
                           "Could not choose a best candidate %s. You might need to add explicit "
                           "type casts.",
                           procedure ? "procedure" : "function");
    Status s = CALL_ERROR(call, UNDEFINED_FUNCTION, "%s %s does not exist",
                          procedure ? "procedure" : "function", signature);
    if (call->fn != NULL && call->fn->order_by.count > 1 && !call->fn->within_group)
        return status_hint(s, "No aggregate function matches the given name and argument types. "
                              "Perhaps you misplaced ORDER BY; ORDER BY must appear after all "
                              "regular arguments of the aggregate.");
    return status_hint(s,
                       "No %s matches the given name and argument types. You might need to add "
                       "explicit type casts.",
                       procedure ? "procedure" : "function");
}

static Status check_kind(Call *call, AggKind *agg_kind_out) {
    FuncMatch *match = &call->match;
    bool found = match->kind != FUNC_NOT_FOUND && match->kind != FUNC_MULTIPLE;
    if (call->mode == CALL_PROCEDURE && found && match->kind != FUNC_PROCEDURE)
        return status_hint(
            CALL_ERROR(call, WRONG_OBJECT_TYPE, "%s is not a procedure", call_signature(call)),
            "To call a function, use SELECT.");
    if (match->kind == FUNC_PROCEDURE && call->mode != CALL_PROCEDURE)
        return status_hint(
            CALL_ERROR(call, WRONG_OBJECT_TYPE, "%s is a procedure", call_signature(call)),
            "To call a procedure, use CALL.");
    if (match->kind == FUNC_NORMAL || match->kind == FUNC_PROCEDURE || match->kind == FUNC_COERCION)
        return check_plain(call);
    if (match->kind == FUNC_AGGREGATE) {
        const AggregateDesc *agg;
        TRY(catalog_aggregate(call->scope->an->catalog, match->function, &agg));
        if (agg == NULL)
            return error(ERR_INTERNAL_ERROR, "cache lookup failed for aggregate %u",
                         match->function);
        *agg_kind_out = (AggKind)agg->kind;
        if (agg->kind != 'n')
            return check_ordered_set(call, agg);
        if (call->fn != NULL && call->fn->within_group)
            return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                              "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
                              call_name(call));
    } else if (match->kind == FUNC_WINDOW) {
        if (call->fn == NULL || call->fn->over == NULL)
            return CALL_ERROR(call, WRONG_OBJECT_TYPE, "window function %s requires an OVER clause",
                              call_name(call));
        if (call->fn->within_group)
            return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                              "window function %s cannot have WITHIN GROUP", call_name(call));
    }
    return STATUS_OK;
}

/* ---- building ---- */

/* The last arguments of a variadic call become one array. */
static Status pack_variadic(Call *call) {
    Analyzer *an = call->scope->an;
    FuncMatch *match = &call->match;
    if (match->variadic_type == 0)
        call->variadic = false;
    if (match->variadic_count > 0 && match->variadic_type != OID_ANY) {
        uint32_t fixed = call->args->count - match->variadic_count;
        ExprArray *array = EXPR_NEW(an->arena, ExprArray, EXPR_ARRAY);
        for (uint32_t i = fixed; i < call->args->count; i++)
            expr_list_add(an->arena, &array->elements, call->args->items[i]);
        array->element_type = array->elements.items[0]->type;
        array->location = expr_location(array->elements.items[0]);
        TRY(an_array_of(an, array->element_type, &array->type));
        if (array->type == 0)
            return AT(array->location,
                      error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                            an_format_type(an, array->element_type)));
        call->args->count = fixed;
        expr_list_add(an->arena, call->args, array);
        call->variadic = true;
    }
    if (call->arg_count > 0 && match->variadic_type == OID_ANY && call->variadic) {
        Oid element;
        TRY(an_base_element(an, call->types[call->arg_count - 1], &element));
        if (element == 0)
            return AT(expr_location(call->args->items[call->args->count - 1]),
                      error(ERR_DATATYPE_MISMATCH, "VARIADIC argument must be an array"));
    }
    return STATUS_OK;
}

static Status make_plain(Call *call, Expr **expr_out) {
    ExprFunc *node = EXPR_NEW(call->scope->an->arena, ExprFunc, EXPR_FUNC);
    node->function = call->match.function;
    node->type = call->result;
    node->returns_set = call->match.returns_set;
    node->variadic = call->variadic;
    node->form = call->fn != NULL && call->fn->form == AST_FUNC_SQL ? CALL_SQL : CALL_EXPLICIT;
    node->args = *call->args;
    node->location = call->location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status analyze_filter(Call *call, Expr **filter_out) {
    *filter_out = NULL;
    if (call->fn == NULL || call->fn->filter == NULL)
        return STATUS_OK;
    return expr_analyze_where(call->scope, call->fn->filter, EXPR_KIND_FILTER, "FILTER",
                              filter_out);
}

static Status make_agg(Call *call, AggKind kind, Expr *filter, Expr **expr_out) {
    static const AstList none;
    const AstFuncCall *fn = call->fn;
    ExprAgg *agg = EXPR_NEW(call->scope->an->arena, ExprAgg, EXPR_AGG);
    agg->function = call->match.function;
    agg->type = call->result;
    agg->kind = kind;
    agg->filter = filter;
    agg->star = fn != NULL && fn->star;
    agg->variadic = call->variadic;
    agg->location = call->location;
    if (call->args->count == 0 && !agg->star && !(fn != NULL && fn->within_group))
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "%s(*) must be used to call a parameterless aggregate function",
                          call_name(call));
    if (call->match.returns_set)
        return CALL_ERROR(call, INVALID_FUNCTION_DEFINITION, "aggregates cannot return sets");
    if (call->named_count > 0)
        return CALL_ERROR(call, FEATURE_NOT_SUPPORTED, "aggregates cannot use named arguments");
    TRY(agg_finish(call->scope, agg, call->args, fn == NULL ? &none : &fn->order_by,
                   fn != NULL && fn->distinct));
    *expr_out = (Expr *)agg;
    return STATUS_OK;
}

static Status make_window(Call *call, Expr *filter, Expr **expr_out) {
    const AstFuncCall *fn = call->fn;
    bool is_agg = call->match.kind == FUNC_AGGREGATE;
    ExprWindowCall *node = EXPR_NEW(call->scope->an->arena, ExprWindowCall, EXPR_WINDOW_CALL);
    node->function = call->match.function;
    node->type = call->result;
    node->args = *call->args;
    node->star = fn->star;
    node->is_agg = is_agg;
    node->filter = filter;
    node->location = call->location;
    if (fn->distinct)
        return CALL_ERROR(call, FEATURE_NOT_SUPPORTED,
                          "DISTINCT is not implemented for window functions");
    if (is_agg && call->args->count == 0 && !fn->star)
        return CALL_ERROR(call, WRONG_OBJECT_TYPE,
                          "%s(*) must be used to call a parameterless aggregate function",
                          call_name(call));
    if (fn->order_by.count > 0)
        return CALL_ERROR(call, FEATURE_NOT_SUPPORTED,
                          "aggregate ORDER BY is not implemented for window functions");
    if (!is_agg && filter != NULL)
        return CALL_ERROR(call, FEATURE_NOT_SUPPORTED,
                          "FILTER is not implemented for non-aggregate window functions");
    if (call->match.returns_set)
        return CALL_ERROR(call, INVALID_FUNCTION_DEFINITION, "window functions cannot return sets");
    TRY(window_call_finish(call->scope, node, fn->over));
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status call_build(Call *call, const Expr *last_srf, Expr *filter, AggKind agg_kind,
                         Expr **expr_out) {
    Analyzer *an = call->scope->an;
    FuncMatch *match = &call->match;
    Oid actual[2 * FUNC_ARGS_MAX];
    uint32_t total = call->arg_count;
    memcpy(actual, call->types, total * sizeof(Oid));
    for (uint32_t i = 0; i < match->default_count; i++) {
        if (total >= FUNC_ARGS_MAX)
            return too_many_args(call);
        actual[total++] = match->default_types[i];
    }
    TRY(coerce_enforce_generic(an, actual, match->declared, total, match->result, &call->result));
    TRY(func_make_args(an, call->args, actual, match->declared));
    TRY(pack_variadic(call));
    if (match->returns_set)
        TRY(call_check_srf(call->scope, last_srf, call->location));
    bool plain = match->kind == FUNC_NORMAL || match->kind == FUNC_PROCEDURE;
    bool aggregate = match->kind == FUNC_AGGREGATE && (call->fn == NULL || call->fn->over == NULL);
    if (!plain && call->scope->last_srf != last_srf)
        return AT(expr_location(call->scope->last_srf),
                  status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                    "%s function calls cannot contain set-returning function calls",
                                    aggregate ? "aggregate" : "window"),
                              "You might be able to move the set-returning function into a LATERAL "
                              "FROM item."));
    if (plain)
        TRY(make_plain(call, expr_out));
    else if (aggregate)
        TRY(make_agg(call, agg_kind, filter, expr_out));
    else
        TRY(make_window(call, filter, expr_out));
    if (match->returns_set)
        call->scope->last_srf = *expr_out;
    return STATUS_OK;
}

static Status try_projection(Call *call, Expr **expr_out) {
    if (!call->could_be_projection)
        return STATUS_OK;
    return complex_projection(call->scope, call->name->items[0], call->args->items[0],
                              call->location, expr_out);
}

static bool has_decoration(const AstFuncCall *fn) {
    return fn != NULL && (fn->order_by.count > 0 || fn->filter != NULL || fn->star ||
                          fn->distinct || fn->over != NULL || fn->variadic);
}

Status call_make(Scope *scope, const StrList *name, ExprList *args, const AstFuncCall *fn,
                 CallMode mode, const Expr *last_srf, int32_t location, Expr **expr_out) {
    Analyzer *an = scope->an;
    Call *call = arena_new(an->arena, Call);
    AggKind agg_kind = AGG_KIND_NORMAL;
    Expr *filter;
    *call = (Call){.scope = scope,
                   .name = name,
                   .args = args,
                   .fn = fn,
                   .mode = mode,
                   .location = location,
                   .variadic = fn != NULL && fn->variadic};
    *expr_out = NULL;
    TRY(analyze_filter(call, &filter));
    TRY(collect_args(call));
    if (call->arg_count == 1 && mode != CALL_PROCEDURE && !has_decoration(fn) &&
        call->named_count == 0 && name->count == 1) {
        TRY(an_is_complex(an, call->types[0], &call->could_be_projection));
        call->could_be_projection |= call->types[0] == OID_RECORD;
    }
    if (mode == CALL_COLUMN) {
        TRY(try_projection(call, expr_out));
        if (*expr_out != NULL)
            return STATUS_OK;
    }
    TRY(AT(location,
           func_find(an, name, args, call->arg_names, call->named_count, call->arg_count,
                     call->types, !call->variadic, true, mode == CALL_PROCEDURE, &call->match)));
    TRY(check_kind(call, &agg_kind));
    if (call->match.kind == FUNC_COERCION)
        return coerce_type(an, args->items[0], call->types[0], call->match.result, -1,
                           COERCION_EXPLICIT, CALL_EXPLICIT, location, expr_out);
    if (call->match.kind == FUNC_NOT_FOUND || call->match.kind == FUNC_MULTIPLE) {
        if (mode == CALL_COLUMN)
            return STATUS_OK;
        if (call->match.kind == FUNC_NOT_FOUND) {
            TRY(try_projection(call, expr_out));
            if (*expr_out != NULL)
                return STATUS_OK;
        }
        return not_found(call);
    }
    return call_build(call, last_srf, filter, agg_kind, expr_out);
}

Status complex_projection(Scope *scope, const char *name, Expr *arg, int32_t location,
                          Expr **expr_out) {
    Analyzer *an = scope->an;
    RowShape shape;
    bool found;
    *expr_out = NULL;
    if (arg->tag == EXPR_COLUMN && ((ExprColumn *)arg)->attno == 0) {
        ExprColumn *column = (ExprColumn *)arg;
        Scope *owner = scope_up(scope, column->levels_up);
        if (owner != NULL && column->rt_index <= owner->query->range_count)
            return scope_item_column(scope, scope_item_of(owner, column->rt_index),
                                     column->levels_up, name, location, expr_out);
    }
    TRY(an_expr_shape(scope, arg, &shape, &found));
    for (uint32_t i = 0; found && i < shape.count; i++) {
        if (shape.types[i] == 0 || strcmp(shape.names[i], name) != 0)
            continue;
        ExprFieldSelect *select = EXPR_NEW(an->arena, ExprFieldSelect, EXPR_FIELD_SELECT);
        select->arg = arg;
        select->field = (int16_t)(i + 1);
        select->type = shape.types[i];
        select->typmod = shape.typmods[i];
        select->collation = shape.collations[i];
        *expr_out = (Expr *)select;
        return STATUS_OK;
    }
    return STATUS_OK;
}
