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

Status ddl_is_superuser(Ddl *ddl, bool *super_out) {
    return role_is_superuser(ddl->catalog, session_role(ddl->catalog), super_out);
}
