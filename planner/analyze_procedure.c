/*
 * analyze_procedure.c: CALL. A procedure is found by all its parameters, output ones too: what stands in
 * their places says of what type they are, and is then left out of the call.
 */
#include "planner/analyze_int.h"

/* All parameters in their places: as given, by name, or by default. */
static Status place_arguments(Analyzer *an, const ProcDesc *proc, const ExprFunc *call,
                              Expr **places) {
    ExprList defaults;
    uint32_t count = proc->all_arg_count;
    for (uint32_t i = 0; i < call->args.count; i++) {
        Expr *arg = call->args.items[i];
        bool named = arg->tag == EXPR_NAMED_ARG;
        uint32_t at = named ? (uint32_t)((ExprNamedArg *)arg)->number : i;
        if (at < count)
            places[at] = named ? ((ExprNamedArg *)arg)->arg : arg;
    }
    TRY(func_defaults(an, proc, &defaults));
    for (uint32_t i = 0; i < count; i++) {
        int place = (int)i - (int)(count - proc->default_count);
        if (places[i] == NULL && place >= 0 && (uint32_t)place < defaults.count)
            places[i] = defaults.items[place];
        if (places[i] == NULL)
            return error(ERR_INTERNAL_ERROR, "not enough arguments of procedure %s", proc->name);
    }
    return STATUS_OK;
}

static Status split_outputs(Analyzer *an, ExprFunc *call, const AstFuncCall *ast,
                            ProcOutputs *outputs) {
    const ProcDesc *proc;
    TRY(catalog_proc_require(an->catalog, call->function, &proc));
    *outputs = (ProcOutputs){0};
    bool any = false;
    for (uint32_t i = 0; proc->arg_modes != NULL && i < proc->all_arg_count; i++)
        any |= proc->arg_modes[i] == 'o' || proc->arg_modes[i] == 'b';
    if (!any)
        return STATUS_OK;
    Expr **places = arena_array(an->arena, Expr *, proc->all_arg_count + 1u);
    TRY(place_arguments(an, proc, call, places));
    outputs->items = arena_array(an->arena, ProcOutput, proc->all_arg_count + 1u);
    ExprList inputs = {0};
    for (uint32_t i = 0; i < proc->all_arg_count; i++) {
        char mode = proc->arg_modes[i];
        if (mode != 'o')
            expr_list_add(an->arena, &inputs, places[i]);
        if (mode != 'o' && mode != 'b')
            continue;
        ProcOutput *output = &outputs->items[outputs->count++];
        const char *name = proc->arg_names == NULL ? "" : proc->arg_names[i];
        output->name = *name != '\0' ? name : arena_printf(an->arena, "column%u", outputs->count);
        output->type = proc->all_arg_types[i];
        if (is_polymorphic(output->type))
            output->type = places[i]->type;
        output->argument = -1;
        for (uint32_t k = 0; k < call->args.count && k < ast->args.count; k++) {
            const Expr *arg = call->args.items[k];
            if (arg == places[i] ||
                (arg->tag == EXPR_NAMED_ARG && ((const ExprNamedArg *)arg)->arg == places[i]))
                output->argument = (int32_t)k;
        }
    }
    call->args = inputs;
    return STATUS_OK;
}

static Status call_analyze(Analyzer *an, const AstFuncCall *ast, ExprFunc **call_out,
                           ProcOutputs *outputs_out) {
    ExprList args = {0};
    Expr *expr;
    Scope *scope = scope_make(an, NULL);
    TRY(lone_scope(scope, NULL));
    for (uint32_t i = 0; i < ast->args.count; i++) {
        TRY(expr_analyze(scope, ast->args.items[i], EXPR_KIND_CALL_ARGUMENT, &expr));
        expr_list_add(an->arena, &args, expr);
    }
    TRY(call_make(scope, &ast->name, &args, ast, CALL_PROCEDURE, scope->last_srf, ast->location,
                  &expr));
    TRY(split_outputs(an, (ExprFunc *)expr, ast, outputs_out));
    TRY(collate_expr(scope, expr));
    *call_out = (ExprFunc *)expr;
    return STATUS_OK;
}

Status call_infer_params(Analyzer *an, const AstFuncCall *ast) {
    ExprFunc *call;
    ProcOutputs outputs;
    return call_analyze(an, ast, &call, &outputs);
}

Status analyze_call(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                    const AstFuncCall *ast, const AnalyzeOptions *options, ExprFunc **call_out,
                    ProcOutputs *outputs_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, settings);
    if (options != NULL) {
        an->hooks = options->hooks;
        an->param_count = options->param_count;
        an->param_types = (Oid *)(uintptr_t)options->param_types;
    }
    return call_analyze(an, ast, call_out, outputs_out);
}
