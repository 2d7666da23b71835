/*
 * exclude.c: can a table have a row that meets a condition, given its constraints? Proofs are simple:
 * AND and OR are taken apart, comparisons of one expression with constants are set against each
 * other by the operators' btree family. Not proven means it may. The same way shows what follows from
 * a condition.
 */
#include "base/array.h"
#include "planner/rels_int.h"
#include "types/array_ops.h"

#define ARRAY_LIMIT 100u /* elements of IN (..) that are looked at one by one */

typedef struct Exclude {
    Planner *planner;
} Exclude;

/* expr op constant, by a btree family */
typedef struct Comparison {
    Expr *expr;
    Expr *value; /* a constant, not NULL */
    Oid family;
    int strategy; /* BTREE_; 0: <> */
} Comparison;

static int flipped(int strategy) { return strategy == 0 ? 0 : 6 - strategy; }

static bool in_families(Exclude *x, Oid op, Comparison *out) {
    const OperatorFamilies *families = NULL;
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator_families(x->planner->catalog, op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].purpose == 's') {
            out->family = families->members[i].family;
            out->strategy = families->members[i].strategy;
            return true;
        }
    status_free(catalog_operator(x->planner->catalog, op, &oper));
    if (oper == NULL || oper->negator == 0)
        return false;
    status_free(catalog_operator_families(x->planner->catalog, oper->negator, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE &&
            families->members[i].strategy == BTREE_EQUAL) {
            out->family = families->members[i].family;
            out->strategy = 0;
            return true;
        }
    return false;
}

static bool is_value(const Expr *expr) {
    return expr->tag == EXPR_CONST && !((const ExprConst *)expr)->is_null;
}

static bool as_comparison(Exclude *x, Expr *expr, Comparison *out) {
    const ExprFunc *op = (const ExprFunc *)expr;
    if (expr->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2 ||
        !in_families(x, op->op, out))
        return false;
    Expr *left = op->args.items[0], *right = op->args.items[1];
    if (is_value(right)) {
        *out = (Comparison){expr_strip_relabel(left), right, out->family, out->strategy};
        return left->tag != EXPR_CONST;
    }
    if (!is_value(left))
        return false;
    *out = (Comparison){expr_strip_relabel(right), left, out->family, flipped(out->strategy)};
    return right->tag != EXPR_CONST;
}

/* `a op b` of constants, evaluated; NULL: unknown. */
static Expr *compared(Exclude *x, Oid family, const Expr *a, int strategy, const Expr *b) {
    Planner *planner = x->planner;
    const OpfamilyDesc *desc = NULL;
    const OperatorDesc *oper = NULL;
    status_free(catalog_opfamily(planner->catalog, family, &desc));
    Oid op = desc == NULL ? 0 : opfamily_operator(desc, a->type, b->type, (int16_t)strategy);
    if (op == 0)
        return NULL;
    status_free(catalog_operator(planner->catalog, op, &oper));
    if (oper == NULL || oper->code == 0)
        return NULL;
    ExprFunc *call = EXPR_NEW(planner->arena, ExprFunc, EXPR_FUNC);
    call->function = oper->code;
    call->op = op;
    call->type = OID_BOOL;
    call->input_collation = a->collation;
    call->args = expr_list_of(planner->arena, 2, a, b);
    Expr *out = (Expr *)call;
    status_free(fold_expr(planner, out, &out));
    return out->tag == EXPR_CONST ? out : NULL;
}

/* Unknown counts as true. */
static bool holds(Exclude *x, Oid family, const Expr *a, int strategy, const Expr *b) {
    const Expr *answer = compared(x, family, a, strategy, b);
    return answer == NULL || !expr_is_false_const(answer);
}

/* Unknown counts as false. */
static bool proven(Exclude *x, Oid family, const Expr *a, int strategy, const Expr *b) {
    const Expr *answer = compared(x, family, a, strategy, b);
    return answer != NULL && expr_is_true_const(answer);
}

static bool is_upper(int s) { return s == BTREE_LESS || s == BTREE_LESS_EQUAL; }
static bool is_lower(int s) { return s == BTREE_GREATER || s == BTREE_GREATER_EQUAL; }

static bool contradict(Exclude *x, const Comparison *a, const Comparison *b) {
    if (a->family != b->family || !expr_equal(a->expr, b->expr))
        return false;
    if (a->strategy == BTREE_EQUAL || b->strategy == BTREE_EQUAL) {
        const Comparison *equal = a->strategy == BTREE_EQUAL ? a : b;
        const Comparison *other = equal == a ? b : a;
        if (other->strategy == 0)
            return !holds(x, a->family, equal->value, BTREE_LESS, other->value) &&
                   !holds(x, a->family, equal->value, BTREE_GREATER, other->value);
        return !holds(x, a->family, equal->value, other->strategy, other->value);
    }
    const Comparison *upper = is_upper(a->strategy) ? a : is_upper(b->strategy) ? b : NULL;
    const Comparison *lower = is_lower(a->strategy) ? a : is_lower(b->strategy) ? b : NULL;
    if (upper == NULL || lower == NULL)
        return false;
    bool touch = upper->strategy == BTREE_LESS_EQUAL && lower->strategy == BTREE_GREATER_EQUAL;
    return !holds(x, a->family, lower->value, touch ? BTREE_LESS_EQUAL : BTREE_LESS, upper->value);
}

/* x op ANY (constant array) as a list of comparisons. False: too long, or not one. */
static bool array_items(Exclude *x, const Expr *expr, ExprList *out) {
    const ExprScalarArrayOp *any = (const ExprScalarArrayOp *)expr;
    Arena *arena = x->planner->arena;
    if (expr->tag != EXPR_SCALAR_ARRAY_OP)
        return false;
    const Expr *array = any->args.items[1];
    Datum *values = NULL;
    bool *nulls = NULL;
    Oid element = 0;
    ArrayView view;
    PhysType phys;
    if (array->tag == EXPR_ARRAY && !((const ExprArray *)array)->multi) {
        const ExprList *elements = &((const ExprArray *)array)->elements;
        for (uint32_t i = 0; i < elements->count; i++)
            expr_list_add(arena, out, elements->items[i]);
    } else {
        if (!is_value(array) ||
            !status_ok(array_view(((const ExprConst *)array)->value.str, &view)) ||
            view.elem_count > ARRAY_LIMIT)
            return false;
        status_free(catalog_array_element(x->planner->catalog, array->type, &element));
        if (element == 0)
            return false;
        status_free(array_deconstruct(arena, &view, &values, &nulls));
        status_free(an_phys(&x->planner->an, element, &phys));
        for (uint32_t i = 0; values != NULL && i < view.elem_count; i++)
            expr_list_add(arena, out,
                          expr_const(arena, element, -1, array->collation, phys, values[i],
                                     nulls != NULL && nulls[i]));
    }
    if (out->count > ARRAY_LIMIT)
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        ExprFunc *call = EXPR_NEW(arena, ExprFunc, EXPR_FUNC);
        call->function = any->function;
        call->op = any->op;
        call->type = OID_BOOL;
        call->input_collation = any->input_collation;
        call->args = expr_list_of(arena, 2, any->args.items[0], out->items[i]);
        out->items[i] = (Expr *)call;
    }
    return true;
}

/* The parts of an AND or OR (or what is one in effect); NULL: an atom. */
static bool parts_of(Exclude *x, Expr *expr, BoolOp op, ExprList *out) {
    *out = (ExprList){0};
    if (expr->tag == EXPR_BOOL && ((ExprBool *)expr)->op == op) {
        *out = ((ExprBool *)expr)->args;
        return true;
    }
    return expr->tag == EXPR_SCALAR_ARRAY_OP &&
           ((ExprScalarArrayOp *)expr)->use_or == (op == BOOL_OR) && array_items(x, expr, out);
}

static bool atoms_contradict(Exclude *x, Expr *a, Expr *b) {
    Comparison left, right;
    if (a->tag == EXPR_BOOL && ((ExprBool *)a)->op == BOOL_NOT)
        return expr_equal(((ExprBool *)a)->args.items[0], b);
    if (b->tag == EXPR_BOOL && ((ExprBool *)b)->op == BOOL_NOT)
        return expr_equal(((ExprBool *)b)->args.items[0], a);
    if (a->tag == EXPR_NULL_TEST && b->tag == EXPR_NULL_TEST)
        return ((ExprNullTest *)a)->is_not != ((ExprNullTest *)b)->is_not &&
               expr_equal(((ExprNullTest *)a)->arg, ((ExprNullTest *)b)->arg);
    if (a->tag == EXPR_FUNC && b->tag == EXPR_NULL_TEST && !((ExprNullTest *)b)->is_not &&
        as_comparison(x, a, &left))
        return expr_equal(left.expr, expr_strip_relabel(((ExprNullTest *)b)->arg));
    return as_comparison(x, a, &left) && as_comparison(x, b, &right) &&
           contradict(x, &left, &right);
}

/* No row can meet `a` while `b` is true or NULL because of a's column. */
static bool refutes(Exclude *x, Expr *a, Expr *b, int depth) {
    ExprList parts;
    if (depth > 20)
        return false;
    if (parts_of(x, a, BOOL_OR, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (!refutes(x, parts.items[i], b, depth + 1))
                return false;
        return parts.count > 0;
    }
    if (parts_of(x, b, BOOL_OR, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (!refutes(x, a, parts.items[i], depth + 1))
                return false;
        return parts.count > 0;
    }
    if (parts_of(x, a, BOOL_AND, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (refutes(x, parts.items[i], b, depth + 1))
                return true;
        return false;
    }
    if (parts_of(x, b, BOOL_AND, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (refutes(x, a, parts.items[i], depth + 1))
                return true;
        return false;
    }
    return atoms_contradict(x, a, b);
}

/* ---- what follows from a condition ---- */

static bool comparison_implies(Exclude *x, const Comparison *given, const Comparison *wanted) {
    int s = given->strategy, w = wanted->strategy;
    if (given->family != wanted->family || !expr_equal(given->expr, wanted->expr))
        return false;
    if (s == BTREE_EQUAL && w == 0)
        return proven(x, given->family, given->value, BTREE_LESS, wanted->value) ||
               proven(x, given->family, given->value, BTREE_GREATER, wanted->value);
    if (s == BTREE_EQUAL)
        return proven(x, given->family, given->value, w, wanted->value);
    if (s == 0)
        return w == 0 && proven(x, given->family, given->value, BTREE_EQUAL, wanted->value);
    if (!(is_upper(s) && (is_upper(w) || w == 0)) && !(is_lower(s) && (is_lower(w) || w == 0)))
        return false;
    /* x <= 5 says x < 6, not x < 5; x < 5 says both. */
    bool inclusive = s == BTREE_LESS_EQUAL || s == BTREE_GREATER_EQUAL;
    bool wants_inclusive = w == BTREE_LESS_EQUAL || w == BTREE_GREATER_EQUAL;
    int needed = is_upper(s)
                     ? (inclusive && !wants_inclusive ? BTREE_LESS : BTREE_LESS_EQUAL)
                     : (inclusive && !wants_inclusive ? BTREE_GREATER : BTREE_GREATER_EQUAL);
    return proven(x, given->family, given->value, needed, wanted->value);
}

/* A strict condition on the very expression is false where it is NULL. */
static bool implies_not_null(Exclude *x, Expr *clause, const ExprNullTest *test) {
    if (clause->tag != EXPR_FUNC || ((ExprFunc *)clause)->op == 0 ||
        !expr_is_strict(x->planner, clause))
        return false;
    ExprList *args = &((ExprFunc *)clause)->args;
    for (uint32_t a = 0; a < args->count; a++)
        if (expr_equal(expr_strip_relabel(args->items[a]), expr_strip_relabel(test->arg)))
            return true;
    return false;
}

static bool atom_implies(Exclude *x, Expr *clause, Expr *predicate) {
    Comparison given, wanted;
    if (predicate->tag == EXPR_NULL_TEST && ((ExprNullTest *)predicate)->is_not &&
        implies_not_null(x, clause, (ExprNullTest *)predicate))
        return true;
    return as_comparison(x, clause, &given) && as_comparison(x, predicate, &wanted) &&
           comparison_implies(x, &given, &wanted);
}

static bool implies(Exclude *x, Expr *clause, Expr *predicate, int depth) {
    ExprList parts;
    if (depth > 20)
        return false;
    if (expr_equal(clause, predicate))
        return true;
    if (parts_of(x, predicate, BOOL_AND, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (!implies(x, clause, parts.items[i], depth + 1))
                return false;
        return parts.count > 0;
    }
    if (parts_of(x, clause, BOOL_OR, &parts)) {
        for (uint32_t i = 0; i < parts.count; i++)
            if (!implies(x, parts.items[i], predicate, depth + 1))
                return false;
        return parts.count > 0;
    }
    bool any = false;
    if (parts_of(x, clause, BOOL_AND, &parts))
        for (uint32_t i = 0; i < parts.count && !any; i++)
            any = implies(x, parts.items[i], predicate, depth + 1);
    if (!any && parts_of(x, predicate, BOOL_OR, &parts))
        for (uint32_t i = 0; i < parts.count && !any; i++)
            any = implies(x, clause, parts.items[i], depth + 1);
    return any || atom_implies(x, clause, predicate);
}

bool predicate_implied(Planner *planner, Expr *predicate, Expr *clause) {
    Exclude x = {planner};
    return implies(&x, clause, predicate, 0);
}

/* ---- tables ---- */

static bool refuted_by_not_null(const Rel *rel, const Expr *clause) {
    const ExprNullTest *test = (const ExprNullTest *)clause;
    if (clause->tag != EXPR_NULL_TEST || test->is_not || test->arg->tag != EXPR_COLUMN)
        return false;
    const ExprColumn *column = (const ExprColumn *)test->arg;
    return column->rt_index == rel->rt_index && column->attno > 0 &&
           rel->desc->columns[column->attno - 1].not_null;
}

bool inherit_excluded(Level *level, const Rel *rel) {
    Planner *planner = level->planner;
    Exclude x = {planner};
    const QualVec *quals = &rel->restrict_;
    for (size_t q = 0; q < quals->count; q++)
        if (refuted_by_not_null(rel, quals->items[q]->clause))
            return true;
    for (uint16_t c = 0; c < rel->desc->check_count && quals->count > 0; c++) {
        const CheckDesc *check = &rel->desc->checks[c];
        Expr *expr = NULL;
        ExprList parts = {0};
        if (!check->validated)
            continue;
        status_free(expr_from_string(planner->arena, check->expr, strlen(check->expr), &expr));
        if (expr == NULL)
            continue;
        status_free(fold_expr(planner, expr, &expr));
        if (expr_is_mutable(planner, expr))
            continue;
        expr = tree_change_index(planner->arena, expr, 1, rel->rt_index, 0);
        expr_conjuncts(planner->arena, expr, &parts);
        for (uint32_t p = 0; p < parts.count; p++)
            for (size_t q = 0; q < quals->count; q++)
                if (!expr_is_mutable(planner, quals->items[q]->clause) &&
                    refutes(&x, quals->items[q]->clause, parts.items[p], 0))
                    return true;
    }
    return false;
}
