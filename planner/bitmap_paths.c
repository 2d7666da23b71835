/*
 * bitmap_paths.c: the ways to read a table through several indexes: the rows that each arm of an OR
 * finds, together; those that several conditions find, each by its own index, in common.
 *
 * Rows are fetched in the table's order and tested by all conditions again.
 */
#include "planner/index_int.h"

/* The paths of one relation, outer: with these relations' values. */
typedef struct Bitmaps {
    Level *level;
    Rel *rel;
    const BitSet *outer;
    double loops;
} Bitmaps;

static PathBitmap *best_of(const Bitmaps *b, const QualVec *quals);

static bool is_or(const Qual *qual) {
    const ExprBool *node = (const ExprBool *)qual->clause;
    return node->tag == EXPR_BOOL && node->op == BOOL_OR;
}

/* ---- one index ---- */

/* What an index finds of the rows that meet the conditions; NULL: it has no bound for them. */
static PathBitmap *index_part(const Bitmaps *b, IndexInfo *index, const QualVec *quals) {
    Arena *arena = b->level->planner->arena;
    uint16_t columns = index->desc->key_count;
    ColumnMatches *matches = arena_array(arena, ColumnMatches, columns + 1u);
    for (uint16_t c = 0; c < columns; c++) {
        index_match_quals(b->level, b->rel, index, c, quals, &matches[c]);
        if (matches[c].count == 0)
            break;
    }
    IndexPath *ip = index_path(b->level, b->rel, index, matches, b->outer)->index;
    if (ip->bound_count == 0 || (index->desc->am == OID_AM_HASH && ip->bound_count < columns))
        return NULL;
    PathBitmap *part = arena_new(arena, PathBitmap);
    double startup;
    part->kind = BITMAP_INDEX;
    part->index = ip;
    part->cost = index_search_cost(b->level, b->rel, ip, b->loops, &startup, &part->rows);
    part->selectivity = ip->index_selectivity;
    for (size_t i = 0; i < ip->conditions.count; i++)
        vec_push(&part->conditions, arena, ip->conditions.items[i]);
    return part;
}

/* ---- OR ---- */

static void arm_quals(const Bitmaps *b, const Qual *qual, Expr *arm, QualVec *out) {
    Planner *planner = b->level->planner;
    ExprList conjuncts = {0};
    expr_conjuncts(planner->arena, arm, &conjuncts);
    for (uint32_t i = 0; i < conjuncts.count; i++) {
        Qual *own = qual_make(b->level, conjuncts.items[i], NULL, true);
        own->security = qual->security;
        own->leakproof = qual->leakproof;
        vec_push(out, planner->arena, own);
    }
}

/* What all arms find, each by an index; NULL: one of them has none. */
static PathBitmap *or_part(const Bitmaps *b, Qual *qual) {
    Arena *arena = b->level->planner->arena;
    const ExprBool *node = (const ExprBool *)qual->clause;
    PathBitmap *all = arena_new(arena, PathBitmap);
    all->kind = BITMAP_OR;
    for (uint32_t i = 0; i < node->args.count; i++) {
        QualVec quals = {0};
        arm_quals(b, qual, node->args.items[i], &quals);
        PathBitmap *part = best_of(b, &quals);
        if (part == NULL)
            return NULL;
        vec_push(&all->parts, arena, part);
        all->cost += part->cost;
        all->selectivity += part->selectivity;
    }
    all->cost +=
        100 * b->level->planner->settings->cpu_operator_cost * (double)(all->parts.count - 1);
    all->selectivity = fmin(all->selectivity, 1);
    all->rows = clamp_rows(all->selectivity * b->rel->tuples);
    vec_push(&all->conditions, arena, qual);
    return all;
}

/* ---- AND ---- */

static double table_cost(const Bitmaps *b, const PathBitmap *bitmap, double *startup_out) {
    const PlannerSettings *set = b->level->planner->settings;
    Rel *rel = b->rel;
    double tuples = bitmap->rows, pages = fmax(rel->pages, 1);
    double fetched = pages_fetched(tuples * b->loops, pages, set->effective_cache_pages) / b->loops;
    double per_page = set->random_page_cost;
    double qual_startup, per_tuple;
    if (fetched >= 2)
        per_page -= (set->random_page_cost - set->seq_page_cost) * sqrt(fmin(fetched / pages, 1));
    quals_cost(b->level->planner, &rel->restrict_, &qual_startup, &per_tuple);
    *startup_out = bitmap->cost + qual_startup + 0.1 * set->cpu_operator_cost * tuples;
    return *startup_out + fetched * per_page + tuples * (set->cpu_tuple_cost + per_tuple);
}

static bool answers_more(const PathBitmap *sum, const PathBitmap *part) {
    for (size_t i = 0; i < part->conditions.count; i++)
        for (size_t k = 0; k < sum->conditions.count; k++)
            if (part->conditions.items[i]->clause == sum->conditions.items[k]->clause)
                return false;
    return true;
}

static PathBitmap *both(const Bitmaps *b, const PathBitmap *sum, PathBitmap *part) {
    Arena *arena = b->level->planner->arena;
    PathBitmap *all = arena_new(arena, PathBitmap);
    all->kind = BITMAP_AND;
    if (sum->kind == BITMAP_AND) {
        for (size_t i = 0; i < sum->parts.count; i++)
            vec_push(&all->parts, arena, sum->parts.items[i]);
    } else {
        vec_push(&all->parts, arena, (PathBitmap *)sum);
    }
    vec_push(&all->parts, arena, part);
    all->cost = sum->cost + part->cost + 100 * b->level->planner->settings->cpu_operator_cost;
    all->selectivity = sum->selectivity * part->selectivity;
    all->rows = clamp_rows(all->selectivity * b->rel->tuples);
    for (size_t i = 0; i < sum->conditions.count; i++)
        vec_push(&all->conditions, arena, sum->conditions.items[i]);
    for (size_t i = 0; i < part->conditions.count; i++)
        vec_push(&all->conditions, arena, part->conditions.items[i]);
    return all;
}

/*
 * The cheapest way to find the rows that meet the conditions: the best part, and the intersection with
 * others as long as that makes it cheaper. NULL: no index answers any of them.
 */
static PathBitmap *best_of(const Bitmaps *b, const QualVec *quals) {
    Arena *arena = b->level->planner->arena;
    VEC(PathBitmap *) parts = {0};
    PathBitmap *best = NULL;
    double startup, cost = 0;
    for (uint32_t i = 0; i < b->rel->index_count; i++) {
        IndexInfo *index = &b->rel->indexes[i];
        PathBitmap *part = NULL;
        if (index->gin_kinds == NULL && index_holds_rows(b->level->planner, b->rel, quals, index))
            part = index_part(b, index, quals);
        if (part != NULL)
            vec_push(&parts, arena, part);
    }
    for (size_t i = 0; i < quals->count; i++) {
        Qual *qual = quals->items[i];
        PathBitmap *part = NULL;
        if (is_or(qual) && !qual->pseudo_constant && !qual->volatile_ &&
            qual_comes_first(b->rel, qual))
            part = or_part(b, qual);
        if (part != NULL)
            vec_push(&parts, arena, part);
    }
    for (bool grown = true; grown;) {
        PathBitmap *next = NULL;
        grown = false;
        for (size_t i = 0; i < parts.count; i++) {
            PathBitmap *with = parts.items[i];
            if (best != NULL)
                with = answers_more(best, with) ? both(b, best, with) : NULL;
            double own = with == NULL ? 0 : table_cost(b, with, &startup);
            if (with == NULL || ((best != NULL || next != NULL) && own >= cost))
                continue;
            next = with;
            cost = own;
            grown = true;
        }
        best = grown ? next : best;
    }
    return best;
}

/* ---- paths ---- */

static void add_path(const Bitmaps *b, PathBitmap *bitmap, const QualVec *movable) {
    Level *level = b->level;
    Path *path = arena_new(level->planner->arena, Path);
    path->kind = PATH_BITMAP;
    path->rel = b->rel;
    path->bitmap = bitmap;
    path->rows = b->rel->rows;
    path->outer = (BitSet *)b->outer;
    if (!bitset_empty(b->outer)) {
        BitSet *reach = bitset_union(level->planner->arena, b->outer, b->rel->relids);
        for (size_t i = 0; i < movable->count; i++)
            if (bitset_subset(movable->items[i]->rels, reach))
                vec_push(&path->param_quals, level->planner->arena, movable->items[i]);
        path->rows = clamp_rows(
            b->rel->rows * quals_selectivity(level, &path->param_quals, b->rel, JOIN_INNER, NULL));
    }
    path->total = table_cost(b, bitmap, &path->startup);
    path_add(b->rel, path, level->planner->arena);
}

/* Links that are ORs, each with the values it needs: inside nested loops. */
static void param_bitmap_paths(Level *level, Rel *rel, const QualVec *movable) {
    for (size_t i = 0; i < movable->count; i++) {
        Qual *qual = movable->items[i];
        if (!is_or(qual) || qual->pseudo_constant || qual->volatile_)
            continue;
        BitSet *outer = bitset_minus(level->planner->arena, qual->rels, rel->relids);
        Bitmaps b = {level, rel, outer, index_loops(level, outer)};
        PathBitmap *bitmap = or_part(&b, qual);
        if (bitmap != NULL)
            add_path(&b, bitmap, movable);
    }
}

void bitmap_paths(Level *level, Rel *rel, const QualVec *movable) {
    Bitmaps b = {level, rel, NULL, 1};
    if (!level->planner->settings->enable_bitmapscan || rel->index_count == 0)
        return;
    bool several = rel->restrict_.count > 1 && rel->index_count > 1;
    for (size_t i = 0; i < rel->restrict_.count; i++)
        several |= is_or(rel->restrict_.items[i]);
    PathBitmap *bitmap = several ? best_of(&b, &rel->restrict_) : NULL;
    if (bitmap != NULL && bitmap->kind != BITMAP_INDEX) /* those are paths already */
        add_path(&b, bitmap, NULL);
    param_bitmap_paths(level, rel, movable);
}
