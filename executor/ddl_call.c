/* ddl_call.c: functions that statements name: found by their exact arguments, and called. */
#include "executor/ddl_int.h"

Status ddl_function_by_name(Ddl *ddl, const StrList *name, const Oid *types, uint32_t count,
                            Oid *oid_out) {
    const char *schema, *last, *signature;
    TRY(ddl_qualified(ddl, name, &schema, &last));
    TRY(catalog_proc_exact(ddl->catalog, schema, last, types, count, oid_out));
    if (*oid_out != OID_INVALID)
        return STATUS_OK;
    TRY(format_signature(ddl->catalog, ddl->arena, str_list_join(ddl->arena, name), types, count,
                         &signature));
    return error(ERR_UNDEFINED_FUNCTION, "function %s does not exist", signature);
}

Status ddl_call_function(Ddl *ddl, Oid function, const Oid *types, const Datum *values,
                         const bool *nulls, uint32_t count, Datum *result_out, bool *null_out) {
    const ProcDesc *proc;
    TRY(catalog_proc_require(ddl->catalog, function, &proc));
    ExprFunc *call = EXPR_NEW(ddl->arena, ExprFunc, EXPR_FUNC);
    call->function = function;
    call->type = proc->result;
    for (uint32_t i = 0; i < count; i++) {
        ExprConst *constant = EXPR_NEW(ddl->arena, ExprConst, EXPR_CONST);
        constant->type = types[i];
        constant->typmod = -1;
        constant->value = values[i];
        constant->is_null = nulls[i];
        expr_list_add(ddl->arena, &call->args, constant);
    }
    Expr *planned;
    ExprEval *eval;
    TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, (Expr *)call, SLOT_LEFT,
                  &planned));
    TRY(expr_eval_make(ddl->session, ddl->arena, &planned, 1, &eval));
    Status status = expr_eval_row(eval, 0, NULL, NULL, result_out, null_out);
    expr_eval_free(eval);
    return status;
}

Status ddl_binary_coercible(Ddl *ddl, Oid source, Oid target, bool *yes_out) {
    *yes_out = true;
    if (source == target || target == OID_ANY || target == OID_ANYELEMENT)
        return STATUS_OK;
    const TypeDesc *desc;
    TRY(catalog_type_require(ddl->catalog, source, &desc));
    while (desc->kind == 'd') {
        source = desc->base;
        TRY(catalog_type_require(ddl->catalog, source, &desc));
    }
    if (source == target)
        return STATUS_OK;
    const CastDesc *cast;
    TRY(catalog_cast(ddl->catalog, source, target, &cast));
    *yes_out = cast != NULL && cast->method == 'b' && cast->context == 'i';
    if (!*yes_out && target == OID_RECORD)
        *yes_out = desc->kind == 'c';
    if (!*yes_out && target == OID_ANYARRAY)
        *yes_out = desc->element != OID_INVALID && desc->len == -1;
    if (!*yes_out && target == OID_ANYENUM)
        *yes_out = desc->kind == 'e';
    if (!*yes_out && target == OID_ANYRANGE)
        *yes_out = desc->kind == 'r';
    return STATUS_OK;
}

static bool is_simple_polymorphic(Oid type) {
    return type == OID_ANYELEMENT || type == OID_ANYARRAY || type == OID_ANYNONARRAY ||
           type == OID_ANYENUM || type == OID_ANYRANGE || type == OID_ANYMULTIRANGE;
}
static bool is_compatible_polymorphic(Oid type) {
    return type == OID_ANYCOMPATIBLE || type == OID_ANYCOMPATIBLEARRAY ||
           type == OID_ANYCOMPATIBLENONARRAY || type == OID_ANYCOMPATIBLERANGE ||
           type == OID_ANYCOMPATIBLEMULTIRANGE;
}
bool ddl_is_polymorphic(Oid type) {
    return is_simple_polymorphic(type) || is_compatible_polymorphic(type);
}

static const char *polymorphic_gap(const Oid *types, uint32_t count, Oid type) {
    bool range = false, compatible_range = false, simple = false, compatible = false;
    for (uint32_t i = 0; i < count; i++) {
        Oid arg = types[i];
        range |= arg == OID_ANYRANGE || arg == OID_ANYMULTIRANGE;
        compatible_range |= arg == OID_ANYCOMPATIBLERANGE || arg == OID_ANYCOMPATIBLEMULTIRANGE;
        simple |= is_simple_polymorphic(arg);
        compatible |= is_compatible_polymorphic(arg);
    }
    if ((type == OID_ANYRANGE || type == OID_ANYMULTIRANGE) && !range)
        return "anyrange or anymultirange";
    if ((type == OID_ANYCOMPATIBLERANGE || type == OID_ANYCOMPATIBLEMULTIRANGE) &&
        !compatible_range)
        return "anycompatiblerange or anycompatiblemultirange";
    if (is_simple_polymorphic(type) && !simple)
        return "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange";
    if (is_compatible_polymorphic(type) && !compatible)
        return "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or "
               "anycompatiblemultirange";
    return NULL;
}

Status ddl_check_polymorphic(Ddl *ddl, const Oid *types, uint32_t count, Oid type,
                             const char *message) {
    const char *gap = polymorphic_gap(types, count, type), *text;
    if (gap == NULL)
        return STATUS_OK;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return status_detail(error(ERR_INVALID_FUNCTION_DEFINITION, "%s", message),
                         "A result of type %s requires at least one input of type %s.", text, gap);
}

Status ddl_unplaced(Status status) {
    if (!status_ok(status))
        status.error->byte_location = -1;
    return status;
}

Status ddl_is_superuser(Ddl *ddl, bool *super_out) {
    return role_is_superuser(ddl->catalog, session_role(ddl->catalog), super_out);
}
