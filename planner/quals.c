/*
 * quals.c: each conjunct of WHERE and ON to the lowest place where it may be tested.
 *
 * Inner joins only widen what is available; an outer join's own condition decides matches and stays
 * with it, and a condition from above it must not slip below where it would see rows that the join
 * would have filled with NULLs. Equalities that hold for all rows go to the equivalence classes
 * (equiv.c), which hand them out again wherever they help.
 */
#include "planner/equiv_int.h"

typedef struct Deconstruct {
    Level *level;
    uint32_t security;     /* of the conditions at hand */
    VEC(Expr *) postponed; /* conditions of LATERAL subqueries that need more than is below */
} Deconstruct;

/* ---- columns wanted ---- */

typedef struct Need {
    Level *level;
    const BitSet *where;
    uint32_t depth; /* of the query visited, below the level's */
} Need;

static bool need_visit(Expr *expr, void *arg) {
    Need *need = arg;
    Arena *arena = need->level->planner->arena;
    if (expr->tag != EXPR_COLUMN)
        return expr_walk_levels(expr, &need->depth, need_visit, arg);
    const ExprColumn *column = (const ExprColumn *)expr;
    Rel *rel = column->levels_up == need->depth ? level_rel(need->level, column->rt_index) : NULL;
    if (rel == NULL)
        return false;
    uint32_t at = (uint32_t)(column->attno + ATTNO_OFFSET);
    if (at < rel->attr_count)
        rel->attr_needed[at] = bitset_add_set(arena, rel->attr_needed[at], need->where);
    return false;
}

void need_columns(Level *level, const Expr *expr, const BitSet *where) {
    Need need = {level, where, 0};
    if (expr != NULL)
        need_visit((Expr *)(uintptr_t)expr, &need);
}

/* ---- one condition ---- */

Status operator_equality_family(Planner *planner, Oid op, Oid left, Oid right, Oid *family_out) {
    const OperatorFamilies *families;
    *family_out = 0;
    (void)left;
    (void)right;
    TRY(catalog_operator_families(planner->catalog, op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].purpose == 's' &&
            families->members[i].strategy == BTREE_EQUAL) {
            *family_out = families->members[i].family;
            return STATUS_OK;
        }
    return STATUS_OK;
}

static void qual_join_info(Level *level, Qual *qual) {
    Planner *planner = level->planner;
    ExprFunc *op = (ExprFunc *)qual->clause;
    if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2)
        return;
    qual->left_rels = tree_rels(planner->arena, NULL, op->args.items[0], 0);
    qual->right_rels = tree_rels(planner->arena, NULL, op->args.items[1], 0);
    if (!bitset_empty(qual->left_rels) && !bitset_empty(qual->right_rels) &&
        !bitset_overlap(qual->left_rels, qual->right_rels))
        qual->can_join = true;
    if (qual->volatile_)
        return;
    status_free(operator_equality_family(planner, op->op, op->args.items[0]->type,
                                         op->args.items[1]->type, &qual->merge_family));
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(planner->catalog, op->op, &oper));
    if (oper == NULL)
        return;
    if (!oper->can_merge)
        qual->merge_family = 0;
    qual->hashable = oper->can_hash && (oper->left != OID_ANYARRAY && oper->left != OID_RECORD);
    if (oper->can_hash && !qual->hashable)
        qual->hashable = oper_is_hashable(&planner->an, op->op, op->args.items[0]->type);
}

Qual *qual_make(Level *level, Expr *clause, BitSet *required, bool pushed_down) {
    Planner *planner = level->planner;
    Qual *qual = arena_new(planner->arena, Qual);
    qual->clause = clause;
    qual->rels = tree_rels(planner->arena, NULL, clause, 0);
    qual->required = required != NULL ? required : qual->rels;
    qual->pushed_down = pushed_down;
    qual->selectivity = qual->outer_selectivity = -1;
    qual->volatile_ = expr_is_volatile(planner, clause);
    qual_join_info(level, qual);
    return qual;
}

/* As `right op left`, or NULL where the operator has no commutator. */
Expr *qual_commuted(Level *level, const Qual *qual) {
    const ExprFunc *op = (const ExprFunc *)qual->clause;
    const OperatorDesc *oper = NULL, *other = NULL;
    status_free(catalog_operator(level->planner->catalog, op->op, &oper));
    if (oper == NULL || oper->commutator == 0)
        return NULL;
    status_free(catalog_operator(level->planner->catalog, oper->commutator, &other));
    if (other == NULL || other->code == 0)
        return NULL;
    ExprFunc *copy = arena_memdup(level->planner->arena, op, sizeof(*op));
    copy->op = other->oid;
    copy->function = other->code;
    copy->args = expr_list_of(level->planner->arena, 2, op->args.items[1], op->args.items[0]);
    return (Expr *)copy;
}

bool qual_clause_joins(const Qual *qual, const BitSet *left, const BitSet *right,
                       bool *left_first_out) {
    if (!qual->can_join)
        return false;
    *left_first_out =
        bitset_subset(qual->left_rels, left) && bitset_subset(qual->right_rels, right);
    return *left_first_out ||
           (bitset_subset(qual->left_rels, right) && bitset_subset(qual->right_rels, left));
}

/* Gives a condition to the relations it is about. */
void qual_place(Level *level, Qual *qual) {
    Arena *arena = level->planner->arena;
    int only = bitset_only(qual->required);
    if (bitset_empty(qual->required)) {
        vec_push(&level->constant_quals, arena, qual);
        return;
    }
    if (only > 0) {
        Rel *rel = level_rel(level, (uint32_t)only);
        if (rel != NULL)
            vec_push(&rel->restrict_, arena, qual);
        return;
    }
    for (int m = bitset_next(qual->required, -1); m >= 0; m = bitset_next(qual->required, m)) {
        Rel *rel = level_rel(level, (uint32_t)m);
        if (rel != NULL)
            vec_push(&rel->joins, arena, qual);
    }
}

/* Outer joins below that the condition must wait for; adds their relations to required. */
static bool outer_join_delay(Level *level, BitSet **required, BitSet **nullable, bool pushed_down) {
    Arena *arena = level->planner->arena;
    bool delayed = false, again = true;
    *nullable = NULL;
    while (again) {
        again = false;
        for (size_t i = 0; i < level->outer_joins.count; i++) {
            OuterJoin *oj = level->outer_joins.items[i];
            bool full = oj->kind == JOIN_FULL;
            if (!bitset_overlap(*required, oj->min_right) &&
                !(full && bitset_overlap(*required, oj->min_left)))
                continue;
            if (!bitset_subset(oj->min_left, *required) ||
                !bitset_subset(oj->min_right, *required)) {
                *required = bitset_union(arena, *required, oj->min_left);
                *required = bitset_union(arena, *required, oj->min_right);
                delayed = again = true;
            }
            *nullable = bitset_union(arena, *nullable, oj->min_right);
            if (full)
                *nullable = bitset_union(arena, *nullable, oj->min_left);
            if (pushed_down && !full && bitset_overlap(*required, oj->min_left))
                oj->delay_upper = true;
        }
    }
    *nullable = bitset_intersect(arena, *nullable, *required);
    return delayed;
}

/* Each side alone is the same above the outer joins below: else equality to a third says nothing there. */
static bool sides_wait_for_nothing(Level *level, const Qual *qual) {
    BitSet *left = bitset_copy(level->planner->arena, qual->left_rels), *nullable;
    BitSet *right = bitset_copy(level->planner->arena, qual->right_rels);
    return !outer_join_delay(level, &left, &nullable, true) &&
           !outer_join_delay(level, &right, &nullable, true);
}

/* Where a condition stands: what the join tree below offers. */
typedef struct Place {
    const BitSet *scope;       /* relations below */
    const BitSet *join_scope;  /* of an outer join: the least it must span; else NULL */
    const BitSet *nonnullable; /* sides that an outer join keeps; NULL: no outer join's ON */
    bool below_outer;
    bool semi;
} Place;

static Status distribute(Deconstruct *context, Expr *clause, const Place *place) {
    Level *level = context->level;
    Arena *arena = level->planner->arena;
    BitSet *rels = tree_rels(arena, NULL, clause, 0), *required, *nullable = NULL;
    bool own = false, delayed = false, maybe_equal, below_outer = place->below_outer;
    bool constant = bitset_empty(rels);
    if (!bitset_subset(rels, place->scope)) {
        vec_push(&context->postponed, arena, clause);
        return STATUS_OK;
    }
    bool is_volatile = expr_is_volatile(level->planner, clause);
    required = rels;
    if (constant) {
        required = bitset_copy(arena, place->join_scope != NULL ? place->join_scope : place->scope);
        if (place->join_scope == NULL && !is_volatile && !place->below_outer)
            required = NULL; /* decides for the whole level */
    }
    if (place->nonnullable != NULL && bitset_overlap(required, place->nonnullable)) {
        own = true;
        maybe_equal = false;
        delayed = outer_join_delay(level, &required, &nullable, false);
        required = bitset_copy(arena, place->join_scope);
    } else {
        delayed = outer_join_delay(level, &required, &nullable, true);
        maybe_equal = !delayed;
        if (place->nonnullable != NULL)
            below_outer = true;
    }
    Qual *qual = qual_make(level, clause, required, !own);
    qual->required = required;
    qual->delayed = delayed;
    qual->nullable = nullable;
    qual->outer_rels = own ? bitset_copy(arena, place->nonnullable) : NULL;
    qual->pseudo_constant = constant && !is_volatile;
    qual->security = context->security;
    qual->leakproof = qual->security > 0 && expr_is_leakproof(level->planner, clause);
    if (bitset_only(required) < 0 && !bitset_empty(required))
        need_columns(level, clause, required);
    if (qual->merge_family != 0 && maybe_equal && !constant &&
        (qual->security == 0 || qual->leakproof) && sides_wait_for_nothing(level, qual)) {
        bool taken;
        TRY(ec_process(level, qual, below_outer, &taken));
        if (taken)
            return STATUS_OK;
    }
    qual_place(level, qual);
    return STATUS_OK;
}

static Status distribute_all(Deconstruct *context, Expr *condition, const Place *place) {
    ExprList conjuncts = {0};
    expr_conjuncts(context->level->planner->arena, condition, &conjuncts);
    for (uint32_t i = 0; i < conjuncts.count; i++)
        TRY(distribute(context, conjuncts.items[i], place));
    return STATUS_OK;
}

static Status distribute_postponed(Deconstruct *context, const Place *place) {
    size_t count = context->postponed.count;
    Expr **items = context->postponed.items;
    memset(&context->postponed, 0, sizeof(context->postponed));
    for (size_t i = 0; i < count; i++)
        TRY(distribute(context, items[i], place));
    return STATUS_OK;
}

/* ---- outer joins ---- */

static void semi_info(Level *level, OuterJoin *oj, Expr *condition) {
    Planner *planner = level->planner;
    ExprList conjuncts = {0};
    expr_conjuncts(planner->arena, condition, &conjuncts);
    oj->semi_can_hash = true;
    for (uint32_t i = 0; i < conjuncts.count && oj->semi_can_hash; i++) {
        ExprFunc *op = (ExprFunc *)conjuncts.items[i];
        BitSet *rels = tree_rels(planner->arena, NULL, conjuncts.items[i], 0);
        Oid family = 0;
        if ((!bitset_overlap(rels, oj->syntax_right) || bitset_subset(rels, oj->syntax_right)) &&
            !expr_is_volatile(planner, conjuncts.items[i]))
            continue; /* about one side alone */
        if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2 ||
            oj->semi_right.count == ARRAY_LEN(oj->semi_ops) ||
            expr_is_volatile(planner, (Expr *)op)) {
            oj->semi_can_hash = false;
            break;
        }
        BitSet *left = tree_rels(planner->arena, NULL, op->args.items[0], 0);
        BitSet *right = tree_rels(planner->arena, NULL, op->args.items[1], 0);
        bool swapped = bitset_subset(left, oj->syntax_right);
        status_free(operator_equality_family(planner, op->op, op->args.items[0]->type,
                                             op->args.items[1]->type, &family));
        if (family == 0 || op->args.items[0]->type != op->args.items[1]->type ||
            !bitset_subset(swapped ? left : right, oj->syntax_right) ||
            bitset_overlap(swapped ? right : left, oj->syntax_right)) {
            oj->semi_can_hash = false;
            break;
        }
        oj->semi_ops[oj->semi_right.count] = op->op;
        oj->semi_collations[oj->semi_right.count] = op->input_collation;
        expr_list_add(planner->arena, &oj->semi_left, op->args.items[swapped]);
        expr_list_add(planner->arena, &oj->semi_right, op->args.items[!swapped]);
    }
    oj->semi_can_hash = oj->semi_can_hash && oj->semi_right.count > 0;
}

/* How an earlier (lower) outer join widens the sides of a new one. */
static void outer_join_order(Level *level, OuterJoin *oj, const OuterJoin *lower,
                             const BitSet *condition_rels, const BitSet *strict_rels) {
    Arena *arena = level->planner->arena;
    bool special = oj->kind == JOIN_SEMI || oj->kind == JOIN_ANTI;
    if (lower->kind == JOIN_FULL) {
        if (bitset_overlap(oj->syntax_left, lower->syntax_left) ||
            bitset_overlap(oj->syntax_left, lower->syntax_right)) {
            oj->min_left = bitset_union(arena, oj->min_left, lower->syntax_left);
            oj->min_left = bitset_union(arena, oj->min_left, lower->syntax_right);
        }
        if (bitset_overlap(oj->syntax_right, lower->syntax_left) ||
            bitset_overlap(oj->syntax_right, lower->syntax_right)) {
            oj->min_right = bitset_union(arena, oj->min_right, lower->syntax_left);
            oj->min_right = bitset_union(arena, oj->min_right, lower->syntax_right);
        }
        return;
    }
    if (bitset_overlap(oj->syntax_left, lower->syntax_right) &&
        bitset_overlap(condition_rels, lower->syntax_right) &&
        (special || !bitset_overlap(strict_rels, lower->min_right))) {
        oj->min_left = bitset_union(arena, oj->min_left, lower->syntax_left);
        oj->min_left = bitset_union(arena, oj->min_left, lower->syntax_right);
    }
    if (bitset_overlap(oj->syntax_right, lower->syntax_right) &&
        (bitset_overlap(condition_rels, lower->syntax_right) ||
         !bitset_overlap(condition_rels, lower->min_left) || special || lower->kind == JOIN_SEMI ||
         lower->kind == JOIN_ANTI || !lower->strict_left || lower->delay_upper)) {
        oj->min_right = bitset_union(arena, oj->min_right, lower->syntax_left);
        oj->min_right = bitset_union(arena, oj->min_right, lower->syntax_right);
    }
}

static OuterJoin *outer_join_make(Level *level, JoinKind kind, BitSet *left, BitSet *right,
                                  BitSet *inner_rels, Expr *condition) {
    Planner *planner = level->planner;
    Arena *arena = planner->arena;
    OuterJoin *oj = arena_new(arena, OuterJoin);
    oj->kind = kind;
    oj->syntax_left = left;
    oj->syntax_right = right;
    if (kind == JOIN_FULL) {
        oj->min_left = left;
        oj->min_right = right;
        return oj;
    }
    if (kind == JOIN_SEMI)
        semi_info(level, oj, condition);
    BitSet *condition_rels = tree_rels(arena, NULL, condition, 0);
    BitSet *strict_rels = nonnullable_rels(planner, condition, true);
    oj->strict_left = bitset_overlap(strict_rels, left);
    oj->min_left = bitset_intersect(arena, condition_rels, left);
    oj->min_right = bitset_intersect(arena, bitset_union(arena, condition_rels, inner_rels), right);
    for (size_t i = 0; i < level->outer_joins.count; i++)
        outer_join_order(level, oj, level->outer_joins.items[i], condition_rels, strict_rels);
    if (bitset_empty(oj->min_left))
        oj->min_left = left;
    if (bitset_empty(oj->min_right))
        oj->min_right = right;
    return oj;
}

/* ---- the join tree ---- */

typedef struct Below {
    BitSet *scope;
    BitSet *inner;  /* relations joined by inner joins in there */
    FromNode *list; /* a FROM_LIST: what may be joined in any order */
} Below;

static Status deconstruct(Deconstruct *context, FromNode *node, bool below_outer, Below *out);

static FromNode *list_new(Arena *arena) {
    FromNode *list = arena_new(arena, FromNode);
    list->kind = FROM_LIST;
    return list;
}

static void list_append(Arena *arena, FromNode *list, FromNode *tail, int limit) {
    if (tail->item_count == 1 || (int)(list->item_count + tail->item_count) <= limit) {
        for (uint32_t i = 0; i < tail->item_count; i++)
            from_add(arena, list, tail->items[i]);
    } else if (tail->item_count > 0) {
        from_add(arena, list, tail);
    }
}

static Status deconstruct_list(Deconstruct *context, FromNode *node, bool below_outer, Below *out) {
    Level *level = context->level;
    Arena *arena = level->planner->arena;
    *out = (Below){.list = list_new(arena)};
    uint32_t remaining = node->item_count;
    for (uint32_t i = 0; i < node->item_count; i++) {
        Below child;
        TRY(deconstruct(context, node->items[i], below_outer, &child));
        out->scope = bitset_union(arena, out->scope, child.scope);
        out->inner = bitset_union(arena, out->inner, child.inner);
        remaining--;
        int limit = level->planner->settings->from_collapse_limit - (int)remaining;
        list_append(arena, out->list, child.list, limit);
    }
    if (node->item_count > 1)
        out->inner = out->scope;
    Place place = {.scope = out->scope, .below_outer = below_outer};
    TRY(distribute_postponed(context, &place));
    return distribute_all(context, node->condition, &place);
}

static void join_lists(Level *level, JoinKind kind, const Below *left, const Below *right,
                       Below *out) {
    Arena *arena = level->planner->arena;
    out->list = list_new(arena);
    if (kind == JOIN_FULL) {
        FromNode *pair = list_new(arena);
        FromNode *l = left->list->item_count == 1 ? left->list->items[0] : left->list;
        FromNode *r = right->list->item_count == 1 ? right->list->items[0] : right->list;
        from_add(arena, pair, l);
        from_add(arena, pair, r);
        from_add(arena, out->list, pair);
    } else if ((int)(left->list->item_count + right->list->item_count) <=
               level->planner->settings->join_collapse_limit) {
        list_append(arena, out->list, left->list, 1000);
        list_append(arena, out->list, right->list, 1000);
    } else {
        from_add(arena, out->list, left->list->item_count == 1 ? left->list->items[0] : left->list);
        from_add(arena, out->list,
                 right->list->item_count == 1 ? right->list->items[0] : right->list);
    }
}

static Status deconstruct_join(Deconstruct *context, FromNode *node, bool below_outer, Below *out) {
    Level *level = context->level;
    Arena *arena = level->planner->arena;
    JoinKind kind = node->join_kind;
    Below left, right;
    bool left_null = kind == JOIN_FULL;
    bool right_null = kind == JOIN_FULL || kind == JOIN_LEFT || kind == JOIN_ANTI;
    TRY(deconstruct(context, node->left, below_outer || left_null, &left));
    TRY(deconstruct(context, node->right, below_outer || right_null, &right));
    out->scope = bitset_union(arena, left.scope, right.scope);
    out->inner = kind == JOIN_INNER ? out->scope : bitset_union(arena, left.inner, right.inner);
    Place place = {.scope = out->scope, .below_outer = below_outer, .semi = kind == JOIN_SEMI};
    OuterJoin *oj = NULL;
    if (kind == JOIN_INNER)
        TRY(distribute_postponed(context, &place));
    if (kind != JOIN_INNER) {
        oj = outer_join_make(level, kind, left.scope, right.scope, out->inner, node->condition);
        if (kind == JOIN_SEMI) {
            out->inner = bitset_union(arena, out->inner, left.scope);
        } else {
            place.join_scope = bitset_union(arena, oj->min_left, oj->min_right);
            place.nonnullable = kind == JOIN_FULL ? out->scope : left.scope;
            level->nullable_rels = bitset_union(arena, level->nullable_rels,
                                                kind == JOIN_FULL ? out->scope : right.scope);
        }
    }
    TRY(distribute_all(context, node->condition, &place));
    if (oj != NULL)
        vec_push(&level->outer_joins, arena, oj);
    join_lists(level, kind, &left, &right, out);
    return STATUS_OK;
}

static Status deconstruct(Deconstruct *context, FromNode *node, bool below_outer, Below *out) {
    Arena *arena = context->level->planner->arena;
    TRY(fiber_stack_check());
    *out = (Below){0};
    if (node->kind == FROM_LIST)
        return deconstruct_list(context, node, below_outer, out);
    if (node->kind == FROM_JOIN)
        return deconstruct_join(context, node, below_outer, out);
    out->scope = bitset_single(arena, (int)node->rt_index);
    out->list = list_new(arena);
    from_add(arena, out->list, node);
    RangeEntry *entry = query_rte(context->level->query, node->rt_index);
    Place place = {.scope = out->scope, .below_outer = below_outer};
    for (uint32_t i = 0; i < entry->security_quals.count; i++) {
        context->security = i;
        TRY(distribute_all(context, entry->security_quals.items[i], &place));
    }
    context->security = context->level->security;
    return STATUS_OK;
}

/* The conditions of the query come behind those of row security, whichever table has the most. */
static uint32_t query_security(const Query *query) {
    uint32_t security = 0;
    for (uint32_t i = 1; i <= query->range_count; i++)
        security = MAX(security, query_rte(query, i)->security_quals.count);
    return security;
}

Status quals_deconstruct(Level *level, FromNode **joinlist_out) {
    level->security = query_security(level->query);
    Deconstruct context = {.level = level, .security = level->security};
    Below top;
    TRY(deconstruct(&context, level->query->from, false, &top));
    if (context.postponed.count > 0)
        return error(ERR_INTERNAL_ERROR, "condition refers to relations out of its reach");
    *joinlist_out = top.list;
    ec_generate_base(level);
    return STATUS_OK;
}
