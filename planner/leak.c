/*
 * leak.c: could an expression tell somebody of the rows that it sees, by an error, a message, its time?
 * Conditions of users must not see rows that row security or a barrier view would hide, unless every
 * function that they show columns to is marked LEAKPROOF.
 */
#include "planner/rels_int.h"

typedef struct Leak {
    Planner *planner;
} Leak;

static bool has_columns(Expr *expr, void *arg) {
    uint32_t level = 0;
    return expr->tag == EXPR_COLUMN || expr_walk_levels(expr, &level, has_columns, arg);
}

static bool function_leaks(Planner *planner, Oid function) {
    const ProcDesc *proc = NULL;
    status_free(catalog_proc(planner->catalog, function, &proc));
    return proc == NULL || !proc->leakproof;
}

static bool operator_leaks(Planner *planner, Oid op) {
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(planner->catalog, op, &oper));
    return oper == NULL || function_leaks(planner, oper->code);
}

static bool row_compare_leaks(Planner *planner, const ExprRowCompare *compare) {
    for (uint32_t i = 0; i < compare->left.count; i++)
        if (operator_leaks(planner, compare->ops[i]))
            return true;
    return false;
}

static bool leak_visit(Expr *expr, void *arg) {
    Leak *leak = arg;
    bool leaks = false;
    switch (expr->tag) {
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        leaks = function_leaks(leak->planner, ((ExprFunc *)expr)->function);
        break;
    case EXPR_SCALAR_ARRAY_OP:
        leaks = function_leaks(leak->planner, ((ExprScalarArrayOp *)expr)->function);
        break;
    case EXPR_ROW_COMPARE:
        leaks = row_compare_leaks(leak->planner, (ExprRowCompare *)expr);
        break;
    case EXPR_COLUMN:
    case EXPR_CONST:
    case EXPR_PARAM:
    case EXPR_ARRAY:
    case EXPR_FIELD_SELECT:
    case EXPR_FIELD_STORE:
    case EXPR_NAMED_ARG:
    case EXPR_CURRENT_OF:
    case EXPR_BOOL:
    case EXPR_RELABEL:
    case EXPR_COLLATE:
    case EXPR_CASE:
    case EXPR_CASE_TEST:
    case EXPR_ROW:
    case EXPR_VALUE_FUNC:
    case EXPR_NULL_TEST:
    case EXPR_BOOLEAN_TEST:
    case EXPR_NEXT_VALUE:
        break;
    default:
        leaks = true;
    }
    if (leaks && has_columns(expr, NULL))
        return true;
    return expr_walk(expr, leak_visit, arg);
}

bool expr_is_leakproof(Planner *planner, const Expr *expr) {
    Leak leak = {.planner = planner};
    return !leak_visit((Expr *)(uintptr_t)expr, &leak);
}
