/* procedure.c: CALL, whatever the language. See procedure.h. */
#include "executor/procedure.h"

#include "executor/plpgsql.h"
#include "executor/program.h"

static Status evaluate(Executor *exec, const ExprFunc *call, Arena *arena, Datum *values,
                       bool *nulls, Oid *types) {
    for (uint32_t i = 0; i < call->args.count; i++) {
        ProgNode *node;
        ProgContext ctx = {.exec = exec, .row_count = 1, .arena = arena};
        TRY(prog_compile(exec, call->args.items[i], &node));
        TRY(prog_eval_single(node, &ctx, &values[i], &nulls[i]));
        types[i] = call->args.items[i]->type;
        if (!nulls[i])
            TRY(datum_copy(arena, node->phys, values[i], &values[i]));
    }
    return STATUS_OK;
}

static Status run(Executor *exec, Arena *arena, const ExprFunc *call, bool may_commit,
                  Datum *result_out, bool *null_out) {
    uint32_t n = call->args.count;
    Datum *values = arena_array(arena, Datum, n + 1);
    bool *nulls = arena_array(arena, bool, n + 1);
    Oid *types = arena_array(arena, Oid, n + 1);
    FnCaller caller;
    TRY(evaluate(exec, call, arena, values, nulls, types));
    TRY(fn_caller_make(exec, call->function, types, n, call->type, call->input_collation,
                       (const Expr *)call, &caller));
    plpgsql_allow_commit(exec->session, may_commit);
    Status s = fn_caller_call(&caller, arena, values, nulls, result_out, null_out);
    plpgsql_allow_commit(exec->session, false);
    return s;
}

/* Planning knew better: another expression gives the same. */
static Status run_folded(Executor *exec, Arena *arena, const Expr *expr, Datum *result_out,
                         bool *null_out) {
    ProgNode *node;
    ProgContext ctx = {.exec = exec, .row_count = 1, .arena = arena};
    TRY(prog_compile(exec, expr, &node));
    TRY(prog_eval_single(node, &ctx, result_out, null_out));
    return *null_out ? STATUS_OK : datum_copy(arena, node->phys, *result_out, result_out);
}

Status procedure_run(Session *session, Arena *arena, Expr *call, const Datum *params,
                     const bool *param_nulls, bool may_commit, Datum *result_out, bool *null_out) {
    Expr *planned;
    Executor *exec;
    TRY(plan_expr(&session->env, arena, &session->planner, call, SLOT_LEFT, &planned));
    TRY(exec_light(session, arena, NULL, &exec));
    exec->params = params;
    exec->param_nulls = param_nulls;
    Status s = planned->tag == EXPR_FUNC
                   ? run(exec, arena, (const ExprFunc *)planned, may_commit, result_out, null_out)
                   : run_folded(exec, arena, planned, result_out, null_out);
    exec_light_end(exec);
    return s;
}

bool call_may_commit(const UtilityCall *call) {
    Session *session = call->session;
    if (!call->top_level)
        return plpgsql_may_commit(session);
    return session->ops->transaction_context(session) == TRANSACTION_IMPLICIT;
}
