/*
 * analyze_collate.c: which collation each expression and each call works with (manual 24.2.1).
 *
 * A bottom-up pass. Each expression derives a collation with a strength; where inputs meet, the
 * stronger wins, two explicit ones must agree, two implicit ones that differ make a conflict, which
 * is an error only where somebody asks for the collation. The pass writes node->collation and
 * input_collation in place.
 */
#include "planner/analyze_int.h"

typedef enum Strength {
    STRENGTH_NONE,
    STRENGTH_IMPLICIT,
    STRENGTH_CONFLICT,
    STRENGTH_EXPLICIT
} Strength;

typedef struct Collation {
    Analyzer *an;
    Oid collation;
    Strength strength;
    int32_t location;
    Oid other; /* of a conflict */
    int32_t other_location;
    Status failed;
} Collation;

static const char *name_of(Analyzer *an, Oid collation) {
    const char *name = NULL;
    status_free(collation_name(an->catalog, collation, &name));
    return name == NULL ? "?" : name;
}

static Status merge(Collation *into, Oid collation, Strength strength, int32_t location, Oid other,
                    int32_t other_location) {
    if (strength > into->strength) {
        into->collation = collation;
        into->strength = strength;
        into->location = location;
        into->other = other;
        into->other_location = other_location;
        return STATUS_OK;
    }
    if (strength != into->strength || collation == into->collation)
        return STATUS_OK;
    if (strength == STRENGTH_IMPLICIT) {
        if (into->collation == OID_COLLATION_DEFAULT) {
            into->collation = collation;
            into->location = location;
        } else if (collation != OID_COLLATION_DEFAULT) {
            into->strength = STRENGTH_CONFLICT;
            into->other = collation;
            into->other_location = location;
        }
    } else if (strength == STRENGTH_EXPLICIT) {
        return AT(location,
                  error(ERR_COLLATION_MISMATCH,
                        "collation mismatch between explicit collations \"%s\" and \"%s\"",
                        name_of(into->an, into->collation), name_of(into->an, collation)));
    }
    return STATUS_OK;
}

static Status assign(Expr *expr, Collation *context);

static Status assign_list(const ExprList *list, Collation *context) {
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i] != NULL)
            TRY(assign(list->items[i], context));
    return STATUS_OK;
}

/* An expression by itself, its collation of no concern to what is around. */
static Status assign_alone(Analyzer *an, Expr *expr) {
    Collation own = {.an = an};
    return expr == NULL ? STATUS_OK : assign(expr, &own);
}

static Status assign_list_alone(Analyzer *an, const ExprList *list) {
    for (uint32_t i = 0; i < list->count; i++)
        TRY(assign_alone(an, list->items[i]));
    return STATUS_OK;
}

static Status assign_row_compare(Analyzer *an, ExprRowCompare *node) {
    for (uint32_t i = 0; i < node->left.count; i++) {
        Collation own = {.an = an};
        TRY(assign(node->left.items[i], &own));
        TRY(assign(node->right.items[i], &own));
        node->input_collations[i] = own.strength == STRENGTH_CONFLICT ? 0 : own.collation;
    }
    return STATUS_OK;
}

static Status conflict_error(const Collation *own);

/* A hypothetical argument and the sort column beside it have one collation, the column's then. */
static Status assign_hypothetical(ExprAgg *agg, bool merged, Collation *own) {
    Analyzer *an = own->an;
    uint32_t first = agg->direct_args.count - agg->args.count;
    for (uint32_t i = 0; i < first; i++)
        TRY(assign(agg->direct_args.items[i], own));
    for (uint32_t i = 0; i < agg->args.count; i++) {
        Collation pair = {.an = an};
        Expr *column = agg->args.items[i];
        TRY(assign(agg->direct_args.items[first + i], &pair));
        TRY(assign(column, &pair));
        if (pair.strength == STRENGTH_CONFLICT)
            return conflict_error(&pair);
        if (pair.collation != 0 && pair.collation != column->collation) {
            ExprRelabel *relabel = EXPR_NEW(an->arena, ExprRelabel, EXPR_RELABEL);
            relabel->type = column->type;
            relabel->typmod = column->typmod;
            relabel->collation = pair.collation;
            relabel->location = -1;
            relabel->arg = column;
            relabel->form = CALL_IMPLICIT;
            agg->args.items[i] = (Expr *)relabel;
        }
        if (merged)
            TRY(merge(own, pair.collation, pair.strength, pair.location, pair.other,
                      pair.other_location));
    }
    return STATUS_OK;
}

static Status assign_agg(ExprAgg *agg, Collation *own) {
    Analyzer *an = own->an;
    const ProcDesc *proc;
    if (agg->kind == AGG_KIND_NORMAL) {
        for (uint32_t i = 0; i < agg->args.count; i++)
            TRY(i < agg->call_arg_count ? assign(agg->args.items[i], own)
                                        : assign_alone(an, agg->args.items[i]));
    } else {
        TRY(catalog_proc_require(an->catalog, agg->function, &proc));
        bool merged = agg->args.count == 1 && proc->variadic == 0;
        if (agg->kind == AGG_KIND_HYPOTHETICAL) {
            TRY(assign_hypothetical(agg, merged, own));
            return assign_alone(an, agg->filter);
        }
        TRY(assign_list(&agg->direct_args, own));
        for (uint32_t i = 0; i < agg->args.count; i++)
            TRY(merged ? assign(agg->args.items[i], own) : assign_alone(an, agg->args.items[i]));
    }
    return assign_alone(an, agg->filter);
}

typedef struct ChildVisit {
    Collation *own;
} ChildVisit;

static bool child_visit(Expr *expr, void *arg) {
    Collation *own = ((ChildVisit *)arg)->own;
    own->failed = assign(expr, own);
    return !status_ok(own->failed);
}

/* The parts whose collations meet in the node's own. */
static Status assign_children(Expr *expr, Collation *own) {
    Analyzer *an = own->an;
    switch (expr->tag) {
    case EXPR_AGG:
        return assign_agg((ExprAgg *)expr, own);
    case EXPR_WINDOW_CALL:
        TRY(assign_list(&((ExprWindowCall *)expr)->args, own));
        return assign_alone(an, ((ExprWindowCall *)expr)->filter);
    case EXPR_CASE: {
        ExprCase *node = (ExprCase *)expr;
        TRY(assign_alone(an, node->arg));
        TRY(assign_list_alone(an, &node->conditions));
        TRY(assign_list(&node->results, own));
        return assign(node->otherwise, own);
    }
    case EXPR_SUBSCRIPT: {
        ExprSubscript *node = (ExprSubscript *)expr;
        TRY(assign_list_alone(an, &node->upper));
        TRY(assign_list_alone(an, &node->lower));
        TRY(assign(node->arg, own));
        return node->value == NULL ? STATUS_OK : assign(node->value, own);
    }
    case EXPR_SUB_LINK: {
        ExprSubLink *node = (ExprSubLink *)expr;
        TRY(assign_alone(an, node->test));
        if ((node->kind == SUBLINK_EXPR || node->kind == SUBLINK_ARRAY) &&
            node->query->targets.count > 0) {
            Expr *first = node->query->targets.items[0]->expr;
            if (first->collation != 0)
                return merge(own, first->collation, STRENGTH_IMPLICIT, expr_location(first), 0, -1);
        }
        return STATUS_OK;
    }
    default: {
        ChildVisit visit = {own};
        own->failed = STATUS_OK;
        expr_walk(expr, child_visit, &visit);
        return own->failed;
    }
    }
}

static void set_input_collation(Expr *expr, Oid collation) {
    switch (expr->tag) {
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        ((ExprFunc *)expr)->input_collation = collation;
        break;
    case EXPR_SCALAR_ARRAY_OP:
        ((ExprScalarArrayOp *)expr)->input_collation = collation;
        break;
    case EXPR_AGG:
        ((ExprAgg *)expr)->input_collation = collation;
        break;
    case EXPR_WINDOW_CALL:
        ((ExprWindowCall *)expr)->input_collation = collation;
        break;
    case EXPR_MIN_MAX:
        ((ExprMinMax *)expr)->input_collation = collation;
        break;
    default:
        break;
    }
}

static Status assign_domain(ExprCoerceDomain *node, Collation *context) {
    Collation own = {.an = context->an};
    Oid collation;
    TRY(assign(node->arg, &own));
    TRY(an_type_collation(context->an, node->type, &collation));
    if (collation == 0) {
        node->collation = 0;
        return STATUS_OK;
    }
    if (collation == OID_COLLATION_DEFAULT && own.strength != STRENGTH_NONE) {
        node->collation = own.strength == STRENGTH_CONFLICT ? 0 : own.collation;
        return merge(context, own.collation, own.strength, own.location, own.other,
                     own.other_location);
    }
    node->collation = collation;
    return merge(context, collation, STRENGTH_IMPLICIT, expr_location((Expr *)node), 0, -1);
}

static Status assign_general(Expr *expr, Collation *context) {
    Collation own = {.an = context->an};
    Oid collation;
    TRY(assign_children(expr, &own));
    TRY(an_type_collation(context->an, expr->type, &collation));
    set_input_collation(expr, own.strength == STRENGTH_CONFLICT ? 0 : own.collation);
    if (collation == 0) {
        expr->collation = 0;
        return STATUS_OK;
    }
    if (own.strength == STRENGTH_NONE) {
        own.collation = collation;
        own.strength = STRENGTH_IMPLICIT;
        own.location = expr_location(expr);
    }
    expr->collation = own.strength == STRENGTH_CONFLICT ? 0 : own.collation;
    return merge(context, own.collation, own.strength, own.location, own.other, own.other_location);
}

static Status assign(Expr *expr, Collation *context) {
    TRY(fiber_stack_check());
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_COLUMN:
    case EXPR_PARAM:
    case EXPR_SLOT:
    case EXPR_CASE_TEST:
    case EXPR_DOMAIN_VALUE:
    case EXPR_SET_TO_DEFAULT:
    case EXPR_VALUE_FUNC:
    case EXPR_CURRENT_OF:
    case EXPR_NEXT_VALUE:
        if (expr->collation == 0)
            return STATUS_OK;
        return merge(context, expr->collation, STRENGTH_IMPLICIT, expr_location(expr), 0, -1);
    case EXPR_COLLATE: {
        ExprCollate *node = (ExprCollate *)expr;
        Collation own = {.an = context->an};
        TRY(assign(node->arg, &own));
        return merge(context, node->collation, STRENGTH_EXPLICIT, expr->location, 0, -1);
    }
    case EXPR_FIELD_SELECT:
        TRY(assign_alone(context->an, ((ExprFieldSelect *)expr)->arg));
        if (expr->collation == 0)
            return STATUS_OK;
        return merge(context, expr->collation, STRENGTH_IMPLICIT, expr_location(expr), 0, -1);
    case EXPR_ROW:
        return assign_list_alone(context->an, &((ExprRow *)expr)->args);
    case EXPR_ROW_COMPARE:
        return assign_row_compare(context->an, (ExprRowCompare *)expr);
    case EXPR_COERCE_DOMAIN:
        return assign_domain((ExprCoerceDomain *)expr, context);
    default:
        return assign_general(expr, context);
    }
}

Status collate_expr(Scope *scope, Expr *expr) { return assign_alone(scope->an, expr); }

Status collate_list(Scope *scope, const ExprList *list) {
    return assign_list_alone(scope->an, list);
}

typedef struct QueryVisit {
    Analyzer *an;
    Status failed;
} QueryVisit;

static bool query_visit(Expr *expr, void *arg) {
    QueryVisit *visit = arg;
    visit->failed = assign_alone(visit->an, expr);
    return !status_ok(visit->failed);
}

static Status conflict_error(const Collation *own) {
    return AT(own->other_location,
              status_hint(error(ERR_COLLATION_MISMATCH,
                                "collation mismatch between implicit collations \"%s\" and \"%s\"",
                                name_of(own->an, own->collation), name_of(own->an, own->other)),
                          "You can choose the collation by applying the COLLATE clause to one or "
                          "both expressions."));
}
/* What is sorted or grouped by must have a collation. */
static Status collate_sorted(Analyzer *an, const TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++) {
        Collation own = {.an = an};
        if (targets->items[i]->sort_ref == 0)
            continue;
        TRY(assign(targets->items[i]->expr, &own));
        if (own.strength == STRENGTH_CONFLICT)
            return conflict_error(&own);
    }
    return STATUS_OK;
}

Status collate_query(Scope *scope, Query *query) {
    QueryVisit visit = {scope->an, STATUS_OK};
    if (query->set_op == NULL)
        TRY(collate_sorted(scope->an, &query->targets));
    query_walk(query, NULL, query_visit, &visit);
    return visit.failed;
}

Status collate_select_common(Scope *scope, const ExprList *list, bool none_ok, Oid *collation_out) {
    Collation own = {.an = scope->an};
    *collation_out = 0;
    TRY(assign_list(list, &own));
    if (own.strength == STRENGTH_CONFLICT) {
        if (none_ok)
            return STATUS_OK;
        return conflict_error(&own);
    }
    *collation_out = own.collation;
    return STATUS_OK;
}
