/*
 * or_clause.c: what all arms of an OR have in common.
 *
 * (a AND b) OR (a AND c) is a AND (b OR c): the common conjunct can be a join's key or an index's where
 * the OR cannot. And an OR across relations of which each arm says something about one of them, says
 * the OR of that about it: the relation is filtered before it is joined.
 */
#include "planner/rels_int.h"

/* An extracted condition that keeps more rows than this is not worth its evaluation. */
#define SELECTIVITY_WORTH 0.9

static bool is_bool(const Expr *expr, BoolOp op) {
    return expr->tag == EXPR_BOOL && ((const ExprBool *)expr)->op == op;
}

static bool has_member(const ExprList *list, const Expr *expr) {
    for (uint32_t i = 0; i < list->count; i++)
        if (expr_equal(list->items[i], expr))
            return true;
    return false;
}

/* The conjuncts of an arm. */
static ExprList arm_conjuncts(Arena *arena, Expr *arm) {
    ExprList out = {0};
    if (is_bool(arm, BOOL_AND))
        return ((ExprBool *)arm)->args;
    expr_list_add(arena, &out, arm);
    return out;
}

/* Conjuncts that every arm has: those of the shortest that all others have too. */
static ExprList common_conjuncts(Arena *arena, const ExprList *arms) {
    ExprList common = {0}, shortest = arm_conjuncts(arena, arms->items[0]);
    for (uint32_t i = 1; i < arms->count && shortest.count > 1; i++) {
        ExprList arm = arm_conjuncts(arena, arms->items[i]);
        if (arm.count < shortest.count)
            shortest = arm;
    }
    for (uint32_t c = 0; c < shortest.count; c++) {
        const Expr *conjunct = shortest.items[c];
        bool in_all = !has_member(&common, conjunct);
        for (uint32_t i = 0; i < arms->count && in_all; i++) {
            ExprList arm = arm_conjuncts(arena, arms->items[i]);
            in_all = has_member(&arm, conjunct);
        }
        if (in_all)
            expr_list_add(arena, &common, shortest.items[c]);
    }
    return common;
}

/* Adds an arm to an OR, or its arms where it is one. */
static void add_arm(Arena *arena, ExprList *arms, Expr *arm) {
    if (is_bool(arm, BOOL_OR))
        expr_list_concat(arena, arms, &((ExprBool *)arm)->args);
    else
        expr_list_add(arena, arms, arm);
}

static Expr *factored(Arena *arena, const ExprList *arms) {
    ExprList common = common_conjuncts(arena, arms), rest = {0};
    if (common.count == 0)
        return expr_or(arena, arms);
    for (uint32_t i = 0; i < arms->count; i++) {
        ExprList arm = arm_conjuncts(arena, arms->items[i]), left = {0};
        EXPR_FOREACH(conjunct, arm)
            if (!has_member(&common, conjunct))
                expr_list_add(arena, &left, conjunct);
        if (left.count == 0) /* this arm is what is common: the others add nothing */
            return expr_and(arena, &common);
        add_arm(arena, &rest, expr_and(arena, &left));
    }
    ExprList conjuncts = {0};
    EXPR_FOREACH(conjunct, common)
        expr_conjuncts(arena, conjunct, &conjuncts);
    expr_list_add(arena, &conjuncts, expr_or(arena, &rest));
    return expr_and(arena, &conjuncts);
}

Expr *or_factor(Arena *arena, Expr *condition) {
    ExprList out = {0};
    bool is_and = is_bool(condition, BOOL_AND);
    if (!is_and && !is_bool(condition, BOOL_OR))
        return condition;
    EXPR_FOREACH(arg, ((ExprBool *)condition)->args) {
        Expr *part = or_factor(arena, arg);
        if (expr_is_true_const(part) || expr_is_false_const(part)) { /* NULL counts as false */
            if (expr_is_true_const(part) != is_and)
                return (Expr *)expr_bool_const(arena, !is_and, false);
        } else if (is_and) {
            expr_conjuncts(arena, part, &out);
        } else {
            add_arm(arena, &out, part);
        }
    }
    if (out.count == 0)
        return (Expr *)expr_bool_const(arena, is_and, false);
    return is_and || out.count == 1 ? expr_and(arena, &out) : factored(arena, &out);
}

/* ---- conditions on one relation ---- */

static bool is_about(Level *level, const Rel *rel, Expr *expr) {
    BitSet *rels = tree_rels(level->planner->arena, NULL, expr, 0);
    return bitset_equal(rels, rel->relids) && !expr_is_volatile(level->planner, expr) &&
           !expr_has_subplan(expr);
}

/* What an OR says about a relation; NULL: some arm says nothing. */
static Expr *part_about(Level *level, const Rel *rel, const ExprBool *any) {
    Arena *arena = level->planner->arena;
    ExprList arms = {0};
    EXPR_FOREACH(arm, any->args) {
        ExprList conjuncts = arm_conjuncts(arena, arm), about = {0};
        EXPR_FOREACH(conjunct, conjuncts) {
            Expr *part = conjunct;
            if (is_bool(conjunct, BOOL_OR))
                part = part_about(level, rel, (ExprBool *)conjunct);
            else if (!is_about(level, rel, conjunct))
                part = NULL;
            if (part != NULL)
                expr_list_add(arena, &about, part);
        }
        if (about.count == 0)
            return NULL;
        add_arm(arena, &arms, expr_and(arena, &about));
    }
    return expr_or(arena, &arms);
}

/* The OR stays what the join tests: its estimate must not count the filtered rows twice. */
static void add_part(Level *level, Rel *rel, Qual *whole, Expr *part) {
    Qual *qual = qual_make(level, part, NULL, true);
    qual->security = whole->security;
    qual->leakproof = whole->leakproof;
    double kept = qual_selectivity(level, qual, rel, JOIN_INNER, NULL);
    if (kept > SELECTIVITY_WORTH)
        return;
    vec_push(&rel->restrict_, level->planner->arena, qual);
    if (kept > 0)
        whole->selectivity = MIN(1, qual_selectivity(level, whole, NULL, JOIN_INNER, NULL) / kept);
}

void or_extract(Level *level) {
    for (uint32_t i = 1; i < level->rel_count; i++) {
        Rel *rel = level->rels[i];
        for (size_t q = 0; rel != NULL && q < rel->joins.count; q++) {
            Qual *qual = rel->joins.items[q];
            if (!is_bool(qual->clause, BOOL_OR) || !qual_is_movable_to(qual, rel) ||
                (qual->security > 0 && !qual->leakproof))
                continue;
            Expr *part = part_about(level, rel, (ExprBool *)qual->clause);
            if (part != NULL)
                add_part(level, rel, qual, part);
        }
    }
}
