/* call_procedure.c: CALL. Output parameters make one row of the result. */
#include "executor/ddl_int.h"

#include "executor/procedure.h"
#include "executor/vector.h"
#include "types/record.h"
#include "types/type.h"

typedef struct ProcedureCall {
    ExprFunc *function;
    ProcOutputs outputs;
} ProcedureCall;

static Status analyze(UtilityCall *call, ProcedureCall *out) {
    Ddl ddl = ddl_of(call);
    const AstCall *statement = (const AstCall *)call->raw->statement;
    AnalyzeOptions options = {
        .hooks = call->hooks, .param_types = call->param_types, .param_count = call->param_count};
    return analyze_call(&ddl.session->env, ddl.arena, &ddl.session->planner, statement->call,
                        &options, &out->function, &out->outputs);
}

/* The parameters of the extended protocol are known by now. */
static Expr *bind_param(Expr *expr, void *arg) {
    const UtilityCall *call = arg;
    if (expr->tag != EXPR_PARAM)
        return expr_map(call->arena, expr, bind_param, arg);
    const ExprParam *param = (const ExprParam *)expr;
    if (param->kind != PARAM_EXTERNAL || param->number == 0 || param->number > call->param_count ||
        call->params == NULL)
        return expr;
    ExprConst *constant = EXPR_NEW(call->arena, ExprConst, EXPR_CONST);
    constant->type = param->type;
    constant->typmod = param->typmod;
    constant->collation = param->collation;
    constant->is_null = call->param_nulls != NULL && call->param_nulls[param->number - 1];
    constant->value = call->params[param->number - 1];
    const TypeInfo *info;
    Status s = type_lookup(&call->session->env, param->type, &info);
    if (status_ok(s))
        constant->phys = info->phys;
    status_free(s);
    return (Expr *)constant;
}

static Status send_outputs(UtilityCall *call, const ProcOutputs *outputs, Datum record,
                           bool is_null) {
    Vector *columns = arena_array(call->arena, Vector, outputs->count + 1);
    RecordView view = {0};
    if (call->sink == NULL)
        return STATUS_OK;
    if (!is_null)
        TRY(record_view(record.str, &view));
    for (uint32_t i = 0; i < outputs->count; i++) {
        const TypeInfo *info;
        TRY(type_lookup(&call->session->env, outputs->items[i].type, &info));
        columns[i] = (Vector){.phys = info->phys,
                              .form = VEC_FLAT,
                              .values = arena_alloc(call->arena, phys_vector_bytes(info->phys)),
                              .nulls = arena_array(call->arena, uint8_t, 1)};
        bool null = i >= view.column_count || record_column_is_null(&view, i);
        columns[i].nulls[0] = null;
        if (!null)
            vector_put(&columns[i], 0, record_column(&view, i), false);
    }
    Batch batch = {
        .column_count = outputs->count, .row_count = 1, .selection = {NULL, 1}, .columns = columns};
    return call->sink->rows(call->sink, &batch);
}

static Status execute_call(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    ProcedureCall procedure = {0};
    Datum value = {.i64 = 0};
    bool null;
    TRY(analyze(call, &procedure));
    TRY(object_check_acl(ddl.catalog, PG_PROC, procedure.function->function, ACL_EXECUTE));
    TRY(procedure_run(ddl.session, ddl.arena, bind_param((Expr *)procedure.function, call), NULL,
                      NULL, call_may_commit(call), &value, &null));
    return procedure.outputs.count == 0 ? STATUS_OK
                                        : send_outputs(call, &procedure.outputs, value, null);
}

static Status describe_call(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    ProcedureCall procedure = {0};
    TRY(analyze(call, &procedure));
    *count_out = procedure.outputs.count;
    *columns_out = arena_array(call->arena, ResultColumn, *count_out + 1);
    for (uint32_t i = 0; i < *count_out; i++)
        (*columns_out)[i] = (ResultColumn){.name = procedure.outputs.items[i].name,
                                           .type = procedure.outputs.items[i].type,
                                           .typmod = -1};
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_CALL, "CALL", UTILITY_RETURNS_ROWS, execute_call, describe_call},
};

void call_procedure_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
