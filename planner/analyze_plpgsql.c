/* analyze_plpgsql.c: what PL/pgSQL asks of analysis besides whole statements. */
#include "planner/analyze_int.h"

static bool is_row(Oid type, Oid relation) { return type == OID_RECORD || relation != 0; }

/* Composite values of different types are for the executor to convert. */
static Status leave_row(Analyzer *an, const Expr *variable, const Expr *value, bool *leave_out) {
    Oid to, from;
    TRY(an_type_relation(an, variable->type, &to));
    TRY(an_type_relation(an, value->type, &from));
    *leave_out =
        variable->type != value->type && is_row(variable->type, to) && is_row(value->type, from);
    return STATUS_OK;
}

static Status store_value(Scope *scope, const PlStore *store, Target *target) {
    Analyzer *an = scope->an;
    Expr *value = target->expr;
    bool leave = false;
    if (store->steps != NULL && store->steps->count > 0) {
        TRY(variable_assign(scope, store, value, &target->expr));
    } else {
        TRY(leave_row(an, store->variable, value, &leave));
        if (!leave)
            TRY(coerce_any(an, value, store->variable->type, store->variable->typmod,
                           &target->expr));
    }
    return collate_expr(scope, target->expr);
}

static Status one_column(const Query *query, Target **target_out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        if (query->targets.items[i]->junk)
            continue;
        count++;
        *target_out = query->targets.items[i];
    }
    return count == 1 ? STATUS_OK
                      : error(ERR_SYNTAX_ERROR, "assignment source returned %u column%s", count,
                              count == 1 ? "" : "s");
}

Status analyze_pl_expression(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                             const AstRawStatement *raw, const AnalyzeOptions *options,
                             const PlStore *store, AnalyzedStatement *analyzed_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    Query *query;
    Target *target;
    analyzer_init(an, env, arena, settings);
    an->hooks = options->hooks;
    *analyzed_out = (AnalyzedStatement){0};
    Scope *scope = scope_make(an, NULL);
    scope->resolve_unknowns = store == NULL;
    TRY(query_analyze(scope, raw->statement, &query));
    query->location = raw->location;
    query->length = raw->length;
    if (store != NULL) {
        TRY(one_column(query, &target));
        TRY(store_value(scope, store, target));
    }
    analyzed_out->query = query;
    return STATUS_OK;
}

Status analyze_coerce_any(EvalEnv *env, Arena *arena, Expr *expr, Oid type, int32_t typmod,
                          Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, NULL);
    TRY(coerce_any(an, expr, type, typmod, expr_out));
    return collate_expr(scope_make(an, NULL), *expr_out);
}
