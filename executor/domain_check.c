/*
 * domain_check.c: a domain's constraints over single values, for types/: what input functions, records,
 * arrays and JSON read into domains. Statements check whole vectors (prog_value.c).
 */
#include "executor/exec_int.h"
#include "executor/sysfuncs_int.h"

#include "base/mem_guard.h"

static Status has_constraints(CatalogSession *catalog, Oid domain, Oid *base_out, bool *out) {
    *out = false;
    for (*base_out = domain;;) {
        const TypeDesc *desc;
        TRY(catalog_type_require(catalog, *base_out, &desc));
        if (desc->kind != 'd')
            return STATUS_OK;
        *out |= desc->not_null || desc->check_count > 0;
        *base_out = desc->base;
    }
}

typedef struct DomainCheck {
    Session *session;
    Arena *arena;
    Oid domain, base;
    Datum value;
    bool is_null;
} DomainCheck;

static Status check_value(void *arg) {
    DomainCheck *check = arg;
    Arena *arena = check->arena;
    ExprEval *eval = NULL;
    Expr like = {.type = check->base, .typmod = -1};
    ExprCoerceDomain *coerce = EXPR_NEW(arena, ExprCoerceDomain, EXPR_COERCE_DOMAIN);
    Expr *expr = (Expr *)coerce;
    Datum checked;
    bool checked_null;
    coerce->arg = (Expr *)expr_slot(arena, SLOT_LEFT, 0, &like);
    coerce->type = check->domain;
    coerce->typmod = -1;
    Status s = expr_eval_make(check->session, arena, &expr, 1, &eval);
    if (status_ok(s))
        s = expr_eval_row(eval, 0, &check->value, &check->is_null, &checked, &checked_null);
    expr_eval_free(eval);
    return s;
}
static Status check_domain(EvalEnv *env, Oid domain, Datum value, bool is_null) {
    Oid base;
    bool constrained;
    Arena arena;
    TRY(has_constraints(env->catalog, domain, &base, &constrained));
    if (!constrained || env->session == NULL)
        return STATUS_OK;
    arena_init(&arena, mem_root());
    DomainCheck check = {env->session, &arena, domain, base, value, is_null};
    Status s = mem_barrier(check_value, &check); /* it runs expressions */
    arena_destroy(&arena);
    return s;
}
void domain_check_register(void) { type_set_domain_check(check_domain); }
