/*
 * join_reduce.c: joins that need not be made, or not as they were written.
 *
 * A left join whose right side matches at most once and of which nobody reads a column changes nothing:
 * it goes (ORMs and views write many). A semijoin with a table that matches at most once is an inner
 * join, which may be made in any order.
 */
#include "planner/equiv_int.h"
#include "planner/rels_int.h"

static bool is_pushed_down(const Qual *qual, const BitSet *join) {
    return qual->pushed_down || !bitset_subset(qual->required, join);
}

/* Does anything above the join read the relation? */
static bool is_read_above(Level *level, const Rel *rel, const BitSet *join) {
    for (uint32_t a = 0; a < rel->attr_count; a++)
        if (rel->attr_needed[a] != NULL && !bitset_subset(rel->attr_needed[a], join))
            return true;
    for (int m = bitset_next(level->all_rels, -1); m >= 0; m = bitset_next(level->all_rels, m)) {
        const Rel *other = level_rel(level, (uint32_t)m);
        if (other != NULL && bitset_overlap(other->lateral, rel->relids))
            return true;
    }
    return false;
}

static bool left_join_is_idle(Level *level, const OuterJoin *oj) {
    int only = bitset_only(oj->min_right);
    Rel *rel = oj->kind == JOIN_LEFT && !oj->delay_upper && only > 0
                   ? level_rel(level, (uint32_t)only)
                   : NULL;
    if (rel == NULL || rel->index_count == 0 || !bitset_empty(rel->lateral))
        return false;
    BitSet *join = bitset_union(level->planner->arena, oj->min_left, oj->min_right);
    if (is_read_above(level, rel, join))
        return false;
    QualVec own = {0};
    for (size_t i = 0; i < rel->joins.count; i++) {
        Qual *qual = rel->joins.items[i];
        if (!is_pushed_down(qual, join))
            vec_push(&own, level->planner->arena, qual);
        else if (bitset_overlap(qual->rels, rel->relids))
            return false;
    }
    return rel_is_unique_for(level, rel, &own, oj->min_left);
}

static void forget_qual(QualVec *quals, const Qual *qual) {
    size_t kept = 0;
    for (size_t i = 0; i < quals->count; i++)
        if (quals->items[i] != qual)
            quals->items[kept++] = quals->items[i];
    quals->count = kept;
}

/* The join's own conditions go; others that waited for it are placed without it. */
static void drop_conditions(Level *level, Rel *gone, const BitSet *join) {
    for (size_t i = 0; i < gone->joins.count; i++) {
        Qual *qual = gone->joins.items[i];
        bool stays = is_pushed_down(qual, join);
        for (uint32_t r = 1; r < level->rel_count; r++)
            if (level->rels[r] != NULL && level->rels[r] != gone)
                forget_qual(&level->rels[r]->joins, qual);
        if (!stays)
            continue;
        qual->required = bitset_minus(level->planner->arena, qual->required, gone->relids);
        qual->nullable = bitset_minus(level->planner->arena, qual->nullable, gone->relids);
        qual_place(level, qual);
    }
}

static bool drop_item(FromNode *list, uint32_t rt_index) {
    for (uint32_t i = 0; i < list->item_count; i++) {
        FromNode *item = list->items[i];
        bool here = item->kind != FROM_LIST && item->rt_index == rt_index;
        if (!here && !(item->kind == FROM_LIST && drop_item(item, rt_index)))
            continue;
        if (!here && item->item_count > 0)
            return true;
        memmove(&list->items[i], &list->items[i + 1],
                (list->item_count - i - 1) * sizeof(FromNode *));
        list->item_count--;
        return true;
    }
    return false;
}

static void drop_outer_join(Level *level, size_t at) {
    memmove(&level->outer_joins.items[at], &level->outer_joins.items[at + 1],
            (level->outer_joins.count - at - 1) * sizeof(OuterJoin *));
    level->outer_joins.count--;
}

static void drop_left_join(Level *level, size_t at, FromNode *joinlist) {
    Arena *arena = level->planner->arena;
    const OuterJoin *oj = level->outer_joins.items[at];
    Rel *gone = level_rel(level, (uint32_t)bitset_only(oj->min_right));
    BitSet *join = bitset_union(arena, oj->min_left, oj->min_right);
    drop_outer_join(level, at);
    level->rels[gone->rt_index] = NULL;
    level->all_rels = bitset_minus(arena, level->all_rels, gone->relids);
    drop_conditions(level, gone, join);
    for (size_t i = 0; i < level->outer_joins.count; i++) {
        OuterJoin *other = level->outer_joins.items[i];
        BitSet **sets[] = {&other->min_left, &other->min_right, &other->syntax_left,
                           &other->syntax_right};
        for (size_t s = 0; s < ARRAY_LEN(sets); s++)
            *sets[s] = bitset_minus(arena, *sets[s], gone->relids);
    }
    for (uint32_t r = 1; r < level->rel_count; r++)
        for (uint32_t a = 0; level->rels[r] != NULL && a < level->rels[r]->attr_count; a++)
            if (level->rels[r]->attr_needed[a] != NULL)
                level->rels[r]->attr_needed[a] =
                    bitset_minus(arena, level->rels[r]->attr_needed[a], gone->relids);
    drop_item(joinlist, gone->rt_index);
}

static bool semi_join_is_inner(Level *level, const OuterJoin *oj) {
    Arena *arena = level->planner->arena;
    int only = bitset_only(oj->min_right);
    Rel *rel = oj->kind == JOIN_SEMI && only > 0 ? level_rel(level, (uint32_t)only) : NULL;
    if (rel == NULL || rel->index_count == 0)
        return false;
    QualVec quals = {0};
    for (size_t i = 0; i < rel->joins.count; i++)
        vec_push(&quals, arena, rel->joins.items[i]);
    ec_join_quals(level, bitset_union(arena, oj->min_left, oj->min_right), oj->min_left, rel,
                  &quals);
    return rel_is_unique_for(level, rel, &quals, oj->min_left);
}

void joins_reduce(Level *level, FromNode *joinlist) {
    for (size_t i = 0; i < level->outer_joins.count;) {
        if (!left_join_is_idle(level, level->outer_joins.items[i])) {
            i++;
            continue;
        }
        drop_left_join(level, i, joinlist);
        i = 0; /* it may have been all that read another */
    }
    for (size_t i = 0; i < level->outer_joins.count;)
        if (semi_join_is_inner(level, level->outer_joins.items[i]))
            drop_outer_join(level, i);
        else
            i++;
}
