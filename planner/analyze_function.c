/*
 * analyze_function.c: what an SQL function's last statement gives, against what the function is declared
 * to return. Values are cast as in an assignment; what cannot be is an error.
 *
 * Casts go into the statement's own target list, where no clause refers to the target; set operations
 * and such targets get a SELECT around them.
 */
#include "planner/analyze_int.h"

typedef struct ResultCheck {
    Analyzer *an;
    const FunctionResult *want;
    Query *query;
    TargetList *targets; /* of the query: what it gives */
    TargetList upper;    /* of the query around it */
    Scope *scope;        /* of that query */
    ScopeItem *item;
    bool wrap;
} ResultCheck;

static Status mismatch(const ResultCheck *check) {
    return error(ERR_INVALID_FUNCTION_DEFINITION,
                 "return type mismatch in function declared to return %s",
                 an_format_type(check->an, check->want->type));
}

static Status ensure_wrapper(ResultCheck *check) {
    if (check->item != NULL)
        return STATUS_OK;
    Arena *arena = check->an->arena;
    check->scope = scope_make(check->an, NULL);
    check->scope->query = query_new(check->an, COMMAND_SELECT);
    AstAlias *alias = AST_NEW(arena, AstAlias, AST_ALIAS, -1);
    alias->name = "*SELECT*";
    TRY(scope_add_subquery(check->scope, check->query, alias, false, true, &check->item));
    FromNode *node = arena_new(arena, FromNode);
    node->rt_index = check->item->rt_index;
    from_add(arena, check->scope->query->from, node);
    return STATUS_OK;
}

/* Target number `at` of the query as type; *fits_out false: there is no such cast. */
static Status coerce_target(ResultCheck *check, uint32_t at, Oid type, int32_t typmod,
                            bool *fits_out) {
    Analyzer *an = check->an;
    Target *target = check->targets->items[at];
    Expr *cast, *column;
    bool in_place = check->query->set_op == NULL && target->sort_ref == 0;
    TRY(coerce_to_target(an, target->expr, target->expr->type, type, typmod, COERCION_ASSIGNMENT,
                         CALL_IMPLICIT, -1, &cast));
    *fits_out = cast != NULL;
    if (cast == NULL)
        return STATUS_OK;
    if (in_place) {
        Expr *before = target->expr;
        target->expr = cast;
        if (cast != before)
            TRY(collate_expr(scope_make(an, NULL), cast));
    }
    column = (Expr *)expr_column(an->arena, 1, target->resno, target->expr->type,
                                 target->expr->typmod, target->expr->collation, 0);
    if (!in_place && cast != target->expr) {
        check->wrap = true;
        TRY(coerce_to_target(an, column, column->type, type, typmod, COERCION_ASSIGNMENT,
                             CALL_IMPLICIT, -1, &column));
        TRY(collate_expr(scope_make(an, NULL), column));
    }
    target_list_add(
        an->arena, &check->upper,
        target_make(an->arena, column, (int16_t)(check->upper.count + 1), target->name, false));
    return STATUS_OK;
}

static Status add_dropped(ResultCheck *check) {
    Expr *null;
    TRY(an_null_const(check->an, OID_INT4, -1, 0, &null));
    check->wrap = true;
    target_list_add(
        check->an->arena, &check->upper,
        target_make(check->an->arena, null, (int16_t)(check->upper.count + 1), "", false));
    return STATUS_OK;
}

static Status check_columns(ResultCheck *check) {
    const FunctionResult *want = check->want;
    uint32_t column = 0, number = 0;
    for (uint32_t i = 0; i < check->targets->count; i++) {
        const Target *target = check->targets->items[i];
        bool fits;
        if (target->junk)
            continue;
        while (column < want->column_count && want->types[column] == OID_INVALID) {
            TRY(add_dropped(check));
            column++;
        }
        if (column >= want->column_count)
            return status_detail(mismatch(check), "Final statement returns too many columns.");
        number++;
        Oid given = target->expr->type;
        TRY(coerce_target(check, i, want->types[column],
                          want->typmods == NULL ? -1 : want->typmods[column], &fits));
        if (!fits)
            return status_detail(mismatch(check),
                                 "Final statement returns %s instead of %s at column %u.",
                                 an_format_type(check->an, given),
                                 an_format_type(check->an, want->types[column]), number);
        column++;
    }
    for (; column < want->column_count; column++) {
        if (want->types[column] != OID_INVALID)
            return status_detail(mismatch(check), "Final statement returns too few columns.");
        TRY(add_dropped(check));
    }
    return STATUS_OK;
}

static Status check_scalar(ResultCheck *check, uint32_t only, uint32_t count) {
    bool fits;
    if (count != 1)
        return status_detail(mismatch(check), "Final statement must return exactly one column.");
    Oid given = check->targets->items[only]->expr->type;
    TRY(coerce_target(check, only, check->want->type, -1, &fits));
    return fits ? STATUS_OK
                : status_detail(mismatch(check), "Actual return type is %s.",
                                an_format_type(check->an, given));
}

static Status check_composite(ResultCheck *check, uint32_t only, uint32_t count, bool *row_out) {
    *row_out = true;
    if (count == 1 && !check->want->is_procedure) {
        bool fits;
        TRY(coerce_target(check, only, check->want->type, -1, &fits));
        if (fits) {
            *row_out = false;
            return STATUS_OK;
        }
    }
    if (!check->want->has_columns)
        return STATUS_OK;
    return check_columns(check);
}

static Status wrap(ResultCheck *check, Query **query_io) {
    if (!check->wrap)
        return STATUS_OK;
    if (check->query->command != COMMAND_SELECT)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "RETURNING of a row type with dropped columns is not supported");
    TRY(ensure_wrapper(check));
    Query *outer = check->scope->query;
    outer->targets = check->upper;
    outer->location = check->query->location;
    outer->length = check->query->length;
    *query_io = outer;
    return STATUS_OK;
}

Status analyze_function_result(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                               const FunctionResult *want, Query **query_io, bool *row_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    Query *query = *query_io;
    *an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
    ResultCheck check = {.an = an, .want = want, .query = query};
    *row_out = false;
    if (want->type == OID_VOID)
        return STATUS_OK;
    if (query != NULL && query->command == COMMAND_SELECT)
        check.targets = &query->targets;
    else if (query != NULL && query->command != COMMAND_UTILITY && query->returning.count > 0)
        check.targets = &query->returning;
    else
        return status_detail(mismatch(&check), "Function's final statement must be SELECT or "
                                               "INSERT/UPDATE/DELETE RETURNING.");
    uint32_t only = 0, count = 0;
    for (uint32_t i = check.targets->count; i > 0; i--) {
        if (check.targets->items[i - 1]->junk)
            continue;
        only = i - 1;
        count++;
    }
    bool composite = want->type == OID_RECORD;
    const TypeDesc *type;
    TRY(an_type(an, want->type, &type));
    composite |= type->kind == 'c';
    if (type->kind == 'p' && !composite)
        return error(ERR_INVALID_FUNCTION_DEFINITION,
                     "return type %s is not supported for SQL functions",
                     an_format_type(an, want->type));
    TRY(composite ? check_composite(&check, only, count, row_out)
                  : check_scalar(&check, only, count));
    return wrap(&check, query_io);
}
