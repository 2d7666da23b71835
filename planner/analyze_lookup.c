/* analyze_lookup.c: functions by argument types alone, as definitions of objects name them. */
#include "planner/analyze_int.h"

static Status binary_coercible(Analyzer *an, Oid source, Oid target, bool *yes_out) {
    *yes_out = true;
    if (source == target || target == OID_ANY || target == OID_ANYELEMENT ||
        target == OID_ANYCOMPATIBLE)
        return STATUS_OK;
    TRY(an_base_type(an, source, &source));
    if (source == target)
        return STATUS_OK;
    Oid element;
    if (target == OID_ANYARRAY || target == OID_ANYCOMPATIBLEARRAY) {
        TRY(an_element(an, source, &element));
        *yes_out = element != OID_INVALID;
        return STATUS_OK;
    }
    if (target == OID_RECORD)
        return an_is_complex(an, source, yes_out);
    const CastDesc *cast;
    TRY(catalog_cast(an->catalog, source, target, &cast));
    *yes_out = cast != NULL && cast->method == 'b' && cast->context == 'i';
    return STATUS_OK;
}

static bool any_polymorphic(const Oid *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (is_polymorphic(types[i]))
            return true;
    return false;
}

Status analyze_polymorphic_result(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                                  const Oid *actual, const Oid *declared, uint32_t count,
                                  Oid result, Oid *result_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, settings);
    *result_out = result;
    Oid *types = arena_memdup(arena, declared, sizeof(Oid) * (count + 1));
    if (any_polymorphic(actual, count))
        return STATUS_OK;
    return coerce_enforce_generic(an, actual, types, count, result, result_out);
}

Status analyze_support_function(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                                const StrList *name, const Oid *types, uint32_t count,
                                bool variadic_any, Oid *function_out, Oid *result_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    FuncMatch *match = arena_new(arena, FuncMatch);
    analyzer_init(an, env, arena, settings);
    TRY(func_find(an, name, NULL, NULL, 0, count, types, false, false, false, match));
    const char *signature = func_signature(an, name, NULL, 0, count, types);
    if (match->kind != FUNC_NORMAL || match->function == OID_INVALID)
        return error(ERR_UNDEFINED_FUNCTION, "function %s does not exist", signature);
    if (match->returns_set)
        return error(ERR_DATATYPE_MISMATCH, "function %s returns a set", signature);
    if (variadic_any && match->variadic_type != OID_ANY)
        return error(ERR_DATATYPE_MISMATCH,
                     "function %s must accept VARIADIC ANY to be used in this aggregate",
                     signature);
    *function_out = match->function;
    *result_out = match->result;
    if (any_polymorphic(types, count))
        return STATUS_OK;
    TRY(coerce_enforce_generic(an, types, match->declared, count, match->result, result_out));
    for (uint32_t i = 0; i < count; i++) {
        bool yes;
        TRY(binary_coercible(an, types[i], match->declared[i], &yes));
        if (!yes)
            return error(ERR_DATATYPE_MISMATCH, "function %s requires run-time type coercion",
                         signature);
    }
    return STATUS_OK;
}

Status analyze_param_name(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                          const char *function, const AstColumnRef *ref, ParamFind find, void *arg,
                          Expr **expr_out) {
    const StrList *names = &ref->fields;
    const char *field = NULL;
    uint32_t own = names->count > 1 && strcmp(names->items[0], function) == 0 ? 1 : 0;
    *expr_out = NULL;
    if (names->count == 0 || names->count > 3)
        return STATUS_OK;
    if (ref->star) /* p.*, function.p.*: the row */
        return names->count - own == 1
                   ? find(arg, arena, names->items[own], ref->location, expr_out)
                   : STATUS_OK;
    if (names->count == 3)
        field = names->items[2];
    if (names->count - own == 1 || (names->count == 3 && own == 1))
        TRY(find(arg, arena, names->items[own], ref->location, expr_out));
    if (*expr_out == NULL && names->count == 2) {
        field = names->items[1];
        TRY(find(arg, arena, names->items[0], ref->location, expr_out));
    }
    if (*expr_out == NULL || field == NULL)
        return STATUS_OK;
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, settings);
    Scope *scope = scope_make(an, NULL);
    TRY(lone_scope(scope, NULL));
    return complex_projection(scope, field, *expr_out, ref->location, expr_out);
}

Status an_type_default(Analyzer *an, Oid type, Expr **expr_out) {
    const TypeDesc *desc;
    Datum value;
    PhysType phys;
    *expr_out = NULL;
    TRY(an_type(an, type, &desc));
    if (desc->default_expr != NULL)
        return expr_from_string(an->arena, desc->default_expr, strlen(desc->default_expr),
                                expr_out);
    if (desc->default_text == NULL || desc->kind == 'd')
        return STATUS_OK;
    TRY(an_input(an, type, -1, str_from_cstr(desc->default_text), -1, &value));
    TRY(an_phys(an, type, &phys));
    *expr_out = (Expr *)expr_const(an->arena, type, -1, desc->collation, phys, value, false);
    return STATUS_OK;
}

Status analyze_type_default(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Oid type,
                            int32_t typmod, Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, settings);
    TRY(an_type_default(an, type, expr_out));
    if (*expr_out == NULL || (*expr_out)->type == type)
        return STATUS_OK;
    return coerce_to_target(an, *expr_out, (*expr_out)->type, type, typmod, COERCION_ASSIGNMENT,
                            CALL_IMPLICIT, -1, expr_out);
}
