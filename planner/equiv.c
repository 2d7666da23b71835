/*
 * equiv.c: equivalence classes and orders.
 *
 * From a = b and b = c follows a = c; from a = 5, b = 5. A class holds expressions that are equal in
 * every row that counts; each join takes just one equality per class, and an order by a is an order
 * by b. Path keys point to classes, so comparing orders is comparing pointers.
 */
#include "planner/equiv_int.h"
#include "planner/rels_int.h"

EquivClass *ec_find(EquivClass *ec) {
    while (ec != NULL && ec->merged != NULL)
        ec = ec->merged;
    return ec;
}

static EquivMember *member_add(Level *level, EquivClass *ec, Expr *expr, BitSet *rels, Oid type) {
    Arena *arena = level->planner->arena;
    EquivMember *member = arena_new(arena, EquivMember);
    member->expr = expr;
    member->rels = rels;
    member->type = type;
    /* A constant key of grouping sets is NULL in some of them. */
    member->is_const = bitset_empty(rels) && !tree_has_tag(member->expr, EXPR_PLACEHOLDER);
    ec->has_const |= member->is_const;
    ec->rels = bitset_add_set(arena, ec->rels, rels);
    vec_push(&ec->members, arena, member);
    return member;
}

static EquivClass *class_new(Level *level, Oid family, Oid collation) {
    Arena *arena = level->planner->arena;
    EquivClass *ec = arena_new(arena, EquivClass);
    ec->family = family;
    ec->collation = collation;
    vec_push(&level->ecs, arena, ec);
    return ec;
}

static bool same_expr(const EquivMember *member, const Expr *expr, Oid type) {
    return member->type == type && expr_equal(member->expr, expr);
}

static EquivClass *class_with(Level *level, const Expr *expr, Oid type, Oid family, Oid collation) {
    for (size_t i = 0; i < level->ecs.count; i++) {
        EquivClass *ec = level->ecs.items[i];
        if (ec->merged != NULL || ec->has_volatile || ec->family != family ||
            ec->collation != collation)
            continue;
        for (size_t m = 0; m < ec->members.count; m++)
            if (same_expr(ec->members.items[m], expr, type))
                return ec;
    }
    return NULL;
}

static void merge(Level *level, EquivClass *into, EquivClass *from) {
    Arena *arena = level->planner->arena;
    for (size_t i = 0; i < from->members.count; i++)
        vec_push(&into->members, arena, from->members.items[i]);
    for (size_t i = 0; i < from->sources.count; i++)
        vec_push(&into->sources, arena, from->sources.items[i]);
    into->rels = bitset_union(arena, into->rels, from->rels);
    into->has_const |= from->has_const;
    into->below_outer_join |= from->below_outer_join;
    from->merged = into;
}

/* The expression as the operator takes it: relabelled to its type. */
static Expr *canonical(Level *level, Expr *expr, Oid type, Oid collation) {
    if (expr->tag == EXPR_RELABEL && ((ExprRelabel *)expr)->arg->type == type &&
        ((ExprRelabel *)expr)->arg->collation == collation)
        return ((ExprRelabel *)expr)->arg;
    (void)level;
    return expr;
}

static bool is_polymorphic_or_record(Oid type) {
    return is_polymorphic(type) || type == OID_RECORD || type == OID_ANY;
}

/* No relation has it, yet it is not the same in every row: a constant key of grouping sets. */
static bool is_kept_constant(Expr *expr, const BitSet *rels) {
    return bitset_empty(rels) && tree_has_tag(expr, EXPR_PLACEHOLDER);
}

Status ec_process(Level *level, Qual *qual, bool below_outer, bool *taken_out) {
    ExprFunc *op = (ExprFunc *)qual->clause;
    const OperatorDesc *oper;
    *taken_out = false;
    if (qual->volatile_)
        return STATUS_OK;
    TRY(catalog_operator_require(level->planner->catalog, op->op, &oper));
    Expr *left = op->args.items[0], *right = op->args.items[1];
    Oid left_type = is_polymorphic_or_record(oper->left) ? left->type : oper->left;
    Oid right_type = is_polymorphic_or_record(oper->right) ? right->type : oper->right;
    left = canonical(level, left, left_type, op->input_collation);
    right = canonical(level, right, right_type, op->input_collation);
    if (expr_equal(left, right) || bitset_empty(qual->rels))
        return STATUS_OK;
    /* A side without columns must be one value for the whole scan. */
    BitSet *left_rels = tree_rels(level->planner->arena, NULL, left, 0);
    BitSet *right_rels = tree_rels(level->planner->arena, NULL, right, 0);
    if (is_kept_constant(left, left_rels) || is_kept_constant(right, right_rels))
        return STATUS_OK;
    EquivClass *a = class_with(level, left, left_type, qual->merge_family, op->input_collation);
    EquivClass *b = class_with(level, right, right_type, qual->merge_family, op->input_collation);
    if (a != NULL && b != NULL) {
        if (a != b)
            merge(level, a, b);
    } else if (a != NULL) {
        member_add(level, a, right, right_rels, right_type);
    } else if (b != NULL) {
        a = b;
        member_add(level, a, left, left_rels, left_type);
    } else {
        a = class_new(level, qual->merge_family, op->input_collation);
        member_add(level, a, left, left_rels, left_type);
        member_add(level, a, right, right_rels, right_type);
    }
    a->below_outer_join |= below_outer;
    vec_push(&a->sources, level->planner->arena, qual);
    *taken_out = true;
    return STATUS_OK;
}

Status ec_for_expr(Level *level, Expr *expr, Oid family, Oid type, Oid collation, uint32_t sort_ref,
                   const BitSet *rel, bool create, EquivClass **ec_out) {
    bool is_volatile = sort_ref != 0 && expr_is_volatile(level->planner, expr);
    (void)rel;
    if (is_volatile) {
        for (size_t i = 0; i < level->ecs.count; i++)
            if (level->ecs.items[i]->has_volatile && level->ecs.items[i]->sort_ref == sort_ref) {
                *ec_out = level->ecs.items[i];
                return STATUS_OK;
            }
    } else {
        expr = canonical(level, expr, type, collation);
        *ec_out = class_with(level, expr, type, family, collation);
        if (*ec_out != NULL || !create)
            return STATUS_OK;
    }
    *ec_out = NULL;
    if (!create)
        return STATUS_OK;
    EquivClass *ec = class_new(level, family, collation);
    ec->has_volatile = is_volatile;
    ec->sort_ref = is_volatile ? sort_ref : 0;
    BitSet *rels = tree_rels(level->planner->arena, NULL, expr, 0);
    member_add(level, ec, expr, rels, type);
    if (is_volatile || expr_has_set(expr) || tree_has_tag(expr, EXPR_AGG) ||
        tree_has_tag(expr, EXPR_WINDOW_CALL))
        ec->has_const = false;
    *ec_out = ec;
    return STATUS_OK;
}

/* ---- equalities made of a class ---- */

static Expr *equality(Level *level, const EquivClass *ec, const EquivMember *a,
                      const EquivMember *b) {
    const OpfamilyDesc *family = NULL;
    const OperatorDesc *oper = NULL;
    status_free(catalog_opfamily(level->planner->catalog, ec->family, &family));
    if (family == NULL)
        return NULL;
    Oid op = opfamily_operator(family, a->type, b->type, BTREE_EQUAL);
    if (op == 0) { /* polymorphic families (arrays, enums, records) have one for all */
        for (uint32_t i = 0; i < family->operator_count && op == 0; i++)
            if (family->operators[i].strategy == BTREE_EQUAL && a->type == b->type &&
                is_polymorphic_or_record(family->operators[i].left))
                op = family->operators[i].oper;
    }
    if (op == 0)
        return NULL;
    status_free(catalog_operator(level->planner->catalog, op, &oper));
    if (oper == NULL || oper->code == 0)
        return NULL;
    ExprFunc *call = EXPR_NEW(level->planner->arena, ExprFunc, EXPR_FUNC);
    call->function = oper->code;
    call->op = op;
    call->type = OID_BOOL;
    call->input_collation = ec->collation;
    call->args = expr_list_of(level->planner->arena, 2, a->expr, b->expr);
    return (Expr *)call;
}

static Qual *class_qual(Level *level, EquivClass *ec, const EquivMember *a, const EquivMember *b) {
    /* The written condition itself, where it is just this one: EXPLAIN shows it as written. */
    for (size_t i = 0; i < ec->sources.count; i++) {
        Qual *source = ec->sources.items[i];
        const ExprFunc *op = (const ExprFunc *)source->clause;
        bool same =
            (expr_equal(op->args.items[0], a->expr) && expr_equal(op->args.items[1], b->expr)) ||
            (expr_equal(op->args.items[0], b->expr) && expr_equal(op->args.items[1], a->expr));
        if (same) {
            source->parent_ec = ec;
            source->required = source->rels;
            return source;
        }
    }
    Expr *clause = equality(level, ec, a, b);
    if (clause == NULL)
        return NULL;
    Qual *qual = qual_make(level, clause, NULL, true);
    qual->parent_ec = ec;
    return qual;
}

static void restore_sources(Level *level, EquivClass *ec) {
    for (size_t i = 0; i < ec->sources.count; i++)
        qual_place(level, ec->sources.items[i]);
    ec->sources.count = 0;
    ec->members.count = 0;
    ec->rels = NULL;
}

/* x = constant for every member. False: some equality has no operator. */
static bool generate_constants(Level *level, EquivClass *ec) {
    Arena *arena = level->planner->arena;
    const EquivMember *constant = NULL;
    QualVec made = {0};
    for (size_t i = 0; i < ec->members.count; i++)
        if (ec->members.items[i]->is_const &&
            (constant == NULL || constant->expr->tag != EXPR_CONST))
            constant = ec->members.items[i];
    for (size_t i = 0; i < ec->members.count; i++) {
        const EquivMember *member = ec->members.items[i];
        if (member == constant)
            continue;
        Qual *qual = class_qual(level, ec, member, constant);
        if (qual == NULL)
            return false;
        vec_push(&made, arena, qual);
    }
    for (size_t i = 0; i < made.count; i++)
        qual_place(level, made.items[i]);
    return true;
}

/* a = b within one relation. */
static bool generate_within(Level *level, EquivClass *ec) {
    for (size_t i = 0; i < ec->members.count; i++) {
        const EquivMember *member = ec->members.items[i];
        if (bitset_only(member->rels) < 0)
            continue;
        for (size_t j = 0; j < i; j++) {
            if (!bitset_equal(ec->members.items[j]->rels, member->rels))
                continue;
            Qual *qual = class_qual(level, ec, ec->members.items[j], member);
            if (qual == NULL)
                return false;
            qual_place(level, qual);
            break;
        }
    }
    return true;
}

void ec_generate_base(Level *level) {
    for (size_t i = 0; i < level->ecs.count; i++) {
        EquivClass *ec = level->ecs.items[i];
        if (ec->merged != NULL || ec->sources.count == 0)
            continue;
        bool ok = ec->has_const ? generate_constants(level, ec) : generate_within(level, ec);
        if (!ok) {
            restore_sources(level, ec);
            continue;
        }
        /* Columns of classes that span relations are wanted where these meet. */
        if (bitset_only(ec->rels) < 0 && !ec->has_const)
            for (size_t m = 0; m < ec->members.count; m++)
                need_columns(level, ec->members.items[m]->expr, ec->rels);
        for (int m = bitset_next(ec->rels, -1); m >= 0; m = bitset_next(ec->rels, m)) {
            Rel *rel = level_rel(level, (uint32_t)m);
            if (rel != NULL && bitset_only(ec->rels) < 0 && !ec->has_const)
                rel->in_ec = true;
        }
    }
}

bool ec_relevant(Level *level, const BitSet *a, const BitSet *b) {
    for (size_t i = 0; i < level->ecs.count; i++) {
        const EquivClass *ec = level->ecs.items[i];
        if (ec->merged != NULL || ec->has_const || ec->sources.count == 0)
            continue;
        if (bitset_overlap(ec->rels, a) && bitset_overlap(ec->rels, b) &&
            !bitset_subset(ec->rels, a) && !bitset_subset(ec->rels, b))
            return true;
    }
    return false;
}

bool ec_hidden(const Level *level, const BitSet *join, const BitSet *rels) {
    for (size_t i = 0; i < level->outer_joins.count; i++) {
        const OuterJoin *oj = level->outer_joins.items[i];
        if (oj->kind == JOIN_SEMI && bitset_subset(oj->min_left, join) &&
            bitset_subset(oj->min_right, join) && bitset_overlap(oj->syntax_right, rels))
            return true;
    }
    return false;
}

/* How good a pair is to join by: plain columns of one type first. */
static int pair_score(const EquivMember *a, const EquivMember *b) {
    return (a->expr->tag == EXPR_COLUMN) + (b->expr->tag == EXPR_COLUMN) + (a->type == b->type);
}

static bool join_pair(Level *level, EquivClass *ec, const BitSet *left, const BitSet *right,
                      QualVec *out) {
    const EquivMember *best_a = NULL, *best_b = NULL;
    int best = -1;
    for (size_t i = 0; i < ec->members.count; i++) {
        const EquivMember *a = ec->members.items[i];
        if (a->is_const || !bitset_subset(a->rels, left) || ec_hidden(level, left, a->rels))
            continue;
        for (size_t j = 0; j < ec->members.count; j++) {
            const EquivMember *b = ec->members.items[j];
            if (b->is_const || !bitset_subset(b->rels, right) || ec_hidden(level, right, b->rels))
                continue;
            int score = pair_score(a, b);
            if (score > best) {
                best = score;
                best_a = a;
                best_b = b;
            }
        }
    }
    if (best_a == NULL)
        return true;
    Qual *qual = class_qual(level, ec, best_a, best_b);
    if (qual == NULL)
        return false;
    vec_push(out, level->planner->arena, qual);
    return true;
}

/* A member over both sides at once equals the others only when both are there. */
static void spanning_members(Level *level, EquivClass *ec, const BitSet *join, const BitSet *left,
                             const BitSet *right, QualVec *out) {
    const EquivMember *anchor = NULL;
    for (size_t i = 0; i < ec->members.count; i++) {
        const EquivMember *member = ec->members.items[i];
        bool inside = !member->is_const && bitset_subset(member->rels, join);
        if (!inside)
            continue;
        bool spans = !bitset_subset(member->rels, left) && !bitset_subset(member->rels, right);
        if (!spans && anchor == NULL)
            anchor = member;
    }
    for (size_t i = 0; i < ec->members.count; i++) {
        const EquivMember *member = ec->members.items[i];
        if (member->is_const || !bitset_subset(member->rels, join) ||
            bitset_subset(member->rels, left) || bitset_subset(member->rels, right))
            continue;
        if (anchor != NULL) {
            Qual *qual = class_qual(level, ec, anchor, member);
            if (qual != NULL)
                vec_push(out, level->planner->arena, qual);
        } else {
            anchor = member;
        }
    }
}

void ec_join_quals(Level *level, const BitSet *join, const BitSet *left, Rel *right, QualVec *out) {
    for (size_t i = 0; i < level->ecs.count; i++) {
        EquivClass *ec = level->ecs.items[i];
        if (ec->merged != NULL || ec->has_const || ec->sources.count == 0 ||
            !bitset_overlap(ec->rels, join))
            continue;
        join_pair(level, ec, left, right->relids, out);
        spanning_members(level, ec, join, left, right->relids, out);
    }
}

void ec_join_quals_one(Level *level, EquivClass *ec, const BitSet *left, const BitSet *right,
                       QualVec *out) {
    join_pair(level, ec, left, right, out);
}

/* ---- orders ---- */

bool keys_contained(PathKeys wanted, PathKeys given) {
    return keys_common(wanted, given) == wanted.count;
}

uint32_t keys_common(PathKeys wanted, PathKeys given) {
    uint32_t n = 0;
    while (n < wanted.count && n < given.count) {
        const PathKey *a = &wanted.keys[n], *b = &given.keys[n];
        if (ec_find(a->ec) != ec_find(b->ec) || a->family != b->family ||
            a->descending != b->descending || a->nulls_first != b->nulls_first)
            break;
        n++;
    }
    return n;
}

/* Adds unless it says nothing new: a constant, or a class that already sorts. */
static void keys_add(PathKey *keys, uint32_t *count, PathKey key) {
    key.ec = ec_find(key.ec);
    if (key.ec->has_const && !key.ec->below_outer_join)
        return;
    for (uint32_t i = 0; i < *count; i++)
        if (ec_find(keys[i].ec) == key.ec)
            return;
    keys[(*count)++] = key;
}

static Status sort_op_family(Planner *planner, Oid sort_op, Oid *family_out, Oid *type_out) {
    const OperatorFamilies *families;
    *family_out = 0;
    TRY(catalog_operator_families(planner->catalog, sort_op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++) {
        const FamilyOperator *member = &families->members[i];
        if (member->am == OID_AM_BTREE && member->purpose == 's' &&
            (member->strategy == BTREE_LESS || member->strategy == BTREE_GREATER)) {
            *family_out = member->family;
            *type_out = member->left;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

Status keys_for_sort(Level *level, const SortList *sort, const TargetList *targets,
                     PathKeys *keys_out) {
    Planner *planner = level->planner;
    PathKey *keys = arena_array(planner->arena, PathKey, sort->count + 1);
    uint32_t count = 0;
    *keys_out = (PathKeys){0, keys};
    for (uint32_t i = 0; i < sort->count; i++) {
        const SortClause *clause = &sort->items[i];
        Target *target = target_by_ref(targets, clause->ref);
        Oid family, type;
        EquivClass *ec;
        if (target == NULL || clause->sort_op == 0)
            break;
        TRY(sort_op_family(planner, clause->sort_op, &family, &type));
        if (family == 0)
            break;
        if (is_polymorphic_or_record(type))
            type = target->expr->type;
        TRY(ec_for_expr(level, target->expr, family, type, target->expr->collation, clause->ref,
                        NULL, true, &ec));
        keys_add(keys, &count, (PathKey){ec, family, clause->descending, clause->nulls_first});
    }
    keys_out->count = count;
    return STATUS_OK;
}

Status keys_for_index(Level *level, Rel *rel, IndexInfo *index, bool backward, PathKeys *keys_out) {
    Planner *planner = level->planner;
    const IndexDesc *desc = index->desc;
    PathKey *keys = arena_array(planner->arena, PathKey, desc->key_count + 1u);
    uint32_t count = 0;
    *keys_out = (PathKeys){0, keys};
    if (!index->can_order)
        return STATUS_OK;
    for (uint16_t i = 0; i < desc->key_count; i++) {
        EquivClass *ec;
        bool descending = (desc->options[i] & INDEX_OPTION_DESC) != 0;
        bool nulls_first = (desc->options[i] & INDEX_OPTION_NULLS_FIRST) != 0;
        Oid type = desc->input_types[i];
        if (is_polymorphic_or_record(type))
            type = index->columns.items[i]->type;
        Expr *expr = index->columns.items[i];
        if (rel->parent != NULL) /* classes know the parent's columns */
            expr = inherit_to_parent(level, rel, expr);
        if (expr == NULL)
            break;
        TRY(ec_for_expr(level, expr, desc->families[i], type, desc->collations[i], 0, rel->relids,
                        false, &ec));
        if (ec == NULL)
            break;
        keys_add(keys, &count,
                 (PathKey){ec, desc->families[i], descending != backward, nulls_first != backward});
    }
    keys_out->count = count;
    return STATUS_OK;
}

PathKeys keys_of_ecs(Level *level, const PathKey *keys, uint32_t count) {
    PathKey *out = arena_array(level->planner->arena, PathKey, count + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        keys_add(out, &n, keys[i]);
    return (PathKeys){n, out};
}
