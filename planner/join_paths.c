/*
 * join_paths.c: the order of joins and how each is made.
 *
 * Dynamic programming over the items of a join list: every subset that can be joined legally gets a
 * Rel with its best paths, smallest subsets first. Past DP_ITEMS_MAX items the cheapest next join is
 * taken greedily. Outer and semijoins limit which subsets may meet and on which side (join_is_legal).
 */
#include "planner/plan_int.h"
#include "types/collate.h"

#define DP_ITEMS_MAX 11

typedef struct JoinSearch {
    Level *level;
    RelVec *levels; /* [n]: rels of n items */
    uint32_t item_count;
} JoinSearch;

/* ---- what a join puts out ---- */

void rel_targets(Level *level, Rel *rel) {
    Arena *arena = level->planner->arena;
    if (rel->targets_made)
        return;
    rel->targets_made = true;
    rel->width = rel->is_join ? 0 : rel->width;
    for (int m = bitset_next(rel->relids, -1); m >= 0; m = bitset_next(rel->relids, m)) {
        Rel *base = level_rel(level, (uint32_t)m);
        if (rel->is_join && base != NULL && ec_hidden(level, rel->relids, base->relids))
            continue;
        for (uint32_t a = 0; base != NULL && a < base->attr_count; a++) {
            int16_t attno = (int16_t)((int)a - ATTNO_OFFSET);
            if (base->attr_needed[a] == NULL || bitset_subset(base->attr_needed[a], rel->relids))
                continue;
            Expr *column = base_column(level, base, attno);
            expr_list_add(arena, &rel->targets, column);
            if (rel->is_join)
                rel->width += column_width(level, column);
        }
    }
}

/* ---- is this join allowed? ---- */

typedef struct Legal {
    const OuterJoin *oj; /* the one it performs; NULL: an inner join */
    bool reversed;       /* its left side is the second relation */
    bool unique_right;   /* a semijoin as inner join with its right side made unique */
} Legal;

static bool lateral_legal(const Rel *a, const Rel *b, const Legal *legal) {
    bool forward = bitset_overlap(a->relids, b->lateral);
    bool backward = bitset_overlap(b->relids, a->lateral);
    if (forward && backward)
        return false;
    if (legal->oj == NULL)
        return true;
    if (forward && (legal->reversed || legal->oj->kind == JOIN_FULL))
        return false;
    return !(backward && (!legal->reversed || legal->oj->kind == JOIN_FULL));
}

static bool join_is_legal(Level *level, const Rel *a, const Rel *b, const BitSet *join,
                          Legal *legal) {
    bool must_be_left = false;
    *legal = (Legal){0};
    for (size_t i = 0; i < level->outer_joins.count; i++) {
        const OuterJoin *oj = level->outer_joins.items[i];
        if (!bitset_overlap(oj->min_right, join) || bitset_subset(join, oj->min_right) ||
            (bitset_subset(oj->min_left, a->relids) && bitset_subset(oj->min_right, a->relids)) ||
            (bitset_subset(oj->min_left, b->relids) && bitset_subset(oj->min_right, b->relids)))
            continue;
        if (oj->kind == JOIN_SEMI) {
            /* Joined uniquely before as part of a larger side. */
            if ((bitset_subset(oj->syntax_right, a->relids) &&
                 !bitset_equal(oj->syntax_right, a->relids)) ||
                (bitset_subset(oj->syntax_right, b->relids) &&
                 !bitset_equal(oj->syntax_right, b->relids)))
                continue;
        }
        bool forward =
            bitset_subset(oj->min_left, a->relids) && bitset_subset(oj->min_right, b->relids);
        bool backward =
            bitset_subset(oj->min_left, b->relids) && bitset_subset(oj->min_right, a->relids);
        if (forward || backward) {
            if (legal->oj != NULL)
                return false;
            legal->oj = oj;
            legal->reversed = backward;
        } else if (oj->kind == JOIN_SEMI && oj->semi_can_hash &&
                   (bitset_equal(oj->syntax_right, b->relids) ||
                    bitset_equal(oj->syntax_right, a->relids))) {
            if (legal->oj != NULL)
                return false;
            legal->oj = oj;
            legal->reversed = bitset_equal(oj->syntax_right, a->relids);
            legal->unique_right = true;
        } else {
            if (bitset_overlap(a->relids, oj->min_right) &&
                bitset_overlap(b->relids, oj->min_right))
                continue;
            if (oj->kind != JOIN_LEFT || bitset_overlap(join, oj->min_left))
                return false;
            must_be_left = true;
        }
    }
    if (must_be_left &&
        (legal->oj == NULL || legal->oj->kind != JOIN_LEFT || !legal->oj->strict_left))
        return false;
    return lateral_legal(a, b, legal);
}

/* ---- conditions and size of a join ---- */

static bool qual_listed(const QualVec *quals, const Qual *qual) {
    for (size_t i = 0; i < quals->count; i++)
        if (quals->items[i] == qual)
            return true;
    return false;
}

static void join_quals(Level *level, const BitSet *join, const Rel *a, Rel *b, QualVec *out) {
    Arena *arena = level->planner->arena;
    const Rel *sides[2] = {a, b};
    for (int s = 0; s < 2; s++)
        for (int m = bitset_next(sides[s]->relids, -1); m >= 0;
             m = bitset_next(sides[s]->relids, m)) {
            Rel *base = level_rel(level, (uint32_t)m);
            for (size_t i = 0; base != NULL && i < base->joins.count; i++) {
                Qual *qual = base->joins.items[i];
                if (bitset_subset(qual->required, join) &&
                    !bitset_subset(qual->required, a->relids) &&
                    !bitset_subset(qual->required, b->relids) && !qual_listed(out, qual))
                    vec_push(out, arena, qual);
            }
        }
    ec_join_quals(level, join, a->relids, b, out);
}

static bool is_pushed_down(const Qual *qual, const BitSet *join) {
    return qual->pushed_down || !bitset_subset(qual->required, join);
}

static void split_quals(Level *level, const QualVec *all, const BitSet *join, bool outer,
                        QualVec *match, QualVec *filter) {
    for (size_t i = 0; i < all->count; i++)
        vec_push(outer && is_pushed_down(all->items[i], join) ? filter : match,
                 level->planner->arena, all->items[i]);
}

static double join_rows(Level *level, const Rel *a, const Rel *b, const QualVec *quals,
                        const BitSet *join, JoinKind kind, const OuterJoin *oj) {
    QualVec match = {0}, filter = {0};
    split_quals(level, quals, join, kind != JOIN_INNER && kind != JOIN_SEMI, &match, &filter);
    double js = quals_selectivity(level, &match, NULL, kind, oj);
    double ps = quals_selectivity(level, &filter, NULL, kind, oj);
    double rows;
    switch (kind) {
    case JOIN_LEFT:
        rows = fmax(a->rows * b->rows * js, a->rows) * ps;
        break;
    case JOIN_FULL:
        rows = fmax(fmax(a->rows * b->rows * js, a->rows), b->rows) * ps;
        break;
    case JOIN_SEMI:
        rows = a->rows * js * ps;
        break;
    case JOIN_ANTI:
        rows = a->rows * (1 - js) * ps;
        break;
    default:
        rows = a->rows * b->rows * js;
    }
    return clamp_rows(rows);
}

/* ---- at most one match? ---- */

/* Does what an index calls unique hold for a comparison under another collation? */
static bool collations_agree(Oid index, Oid clause) {
    return index == OID_INVALID || clause == OID_INVALID || index == clause ||
           (collation_is_deterministic(index) && collation_is_deterministic(clause));
}

bool rel_is_unique_for(Level *level, Rel *inner, const QualVec *quals, const BitSet *outer) {
    if (inner->is_join || inner->entry->kind != RTE_RELATION ||
        (inner->inherits &&
         inner->desc->kind != 'p')) /* its children's rows are not in the index */
        return false;
    for (uint32_t i = 0; i < inner->index_count; i++) {
        const IndexInfo *index = &inner->indexes[i];
        uint16_t pinned = 0;
        if (!index->desc->unique || index->desc->predicate != NULL || !index->desc->immediate)
            continue;
        for (uint16_t c = 0; c < index->desc->key_count; c++) {
            bool found = false;
            for (size_t q = 0; q < quals->count + inner->restrict_.count && !found; q++) {
                const Qual *qual =
                    q < quals->count ? quals->items[q] : inner->restrict_.items[q - quals->count];
                const ExprFunc *op = (const ExprFunc *)qual->clause;
                if (op->tag != EXPR_FUNC || op->args.count != 2 ||
                    qual->merge_family != index->desc->families[c] ||
                    !collations_agree(index->desc->collations[c], op->input_collation))
                    continue;
                for (int side = 0; side < 2 && !found; side++) {
                    BitSet *others =
                        tree_rels(level->planner->arena, NULL, op->args.items[1 - side], 0);
                    found = expr_equal(expr_strip_relabel(op->args.items[side]),
                                       index->columns.items[c]) &&
                            bitset_subset(others, outer) &&
                            !expr_is_volatile(level->planner, op->args.items[1 - side]);
                }
            }
            if (!found)
                break;
            pinned++;
        }
        if (pinned == index->desc->key_count)
            return true;
    }
    return false;
}

/* ---- paths of a join ---- */

typedef struct JoinContext {
    Level *level;
    Rel *join;
    Rel *left, *right;
    JoinKind kind;
    const OuterJoin *oj;
    QualVec quals;
    bool inner_unique;
    uint32_t workers; /* > 0: partial paths are made */
} JoinContext;

/* Of a run. */
static double join_rows_here(const JoinContext *c) {
    return c->workers == 0
               ? c->join->rows
               : clamp_rows(c->join->rows / parallel_divisor(c->level->planner, c->workers));
}

static Path *join_path(JoinContext *c, PathKind kind, Path *left, Path *right) {
    Path *path = arena_new(c->level->planner->arena, Path);
    path->kind = kind;
    path->rel = c->join;
    path->rows = join_rows_here(c);
    path->workers = c->workers;
    path->gathers = left->gathers || right->gathers;
    path->join_kind = c->kind;
    path->left = left;
    path->right = right;
    path->join_quals = c->quals;
    path->inner_unique = c->inner_unique;
    BitSet *outer = bitset_union(c->level->planner->arena, left->outer, right->outer);
    path->outer = bitset_minus(c->level->planner->arena, outer, c->join->relids);
    return path;
}

/* Conditions that the right side has tested already with the left's values. */
static bool tested_inside(const Path *right, const Qual *qual) {
    if (qual_listed(&right->param_quals, qual))
        return true;
    for (size_t i = 0; qual->parent_ec != NULL && i < right->param_quals.count; i++)
        if (right->param_quals.items[i]->parent_ec == qual->parent_ec)
            return true;
    return false;
}

/* How many of the left rows find a match, and how many right rows such a one matches on average. */
static void estimate_matches(JoinContext *c, double left_rows, double *share_out,
                             double *matches_out) {
    bool unique = c->kind != JOIN_SEMI && c->kind != JOIN_ANTI;
    QualVec match = {0}, filter = {0};
    *matches_out = 1;
    *share_out = fmin(1, join_rows_here(c) / left_rows);
    if (unique && c->kind == JOIN_INNER)
        return;
    split_quals(c->level, &c->quals, c->join->relids, c->kind != JOIN_SEMI, &match, &filter);
    *share_out = quals_selectivity(c->level, &match, NULL, JOIN_SEMI, c->oj);
    if (unique)
        return;
    double all = quals_selectivity(c->level, &match, NULL, JOIN_INNER, NULL) * c->right->rows;
    *matches_out = fmax(1, *share_out > 0 ? all / *share_out : 1);
}

/* Is the right side a look-up in an index by all conditions of the join? */
static bool looks_up(const Path *right, const QualVec *untested) {
    return (right->kind == PATH_INDEX || right->kind == PATH_POINT) && untested->count == 0 &&
           right->param_quals.count > 0;
}

/* Reading the right side for each left row ends at the first match. */
static double first_match_cost(JoinContext *c, const Path *right, bool look_up, double left_rows,
                               double rescan_run, double *tuples_out) {
    double share, matches, run = right->total - right->startup;
    estimate_matches(c, left_rows, &share, &matches);
    double matched = rint(left_rows * share), unmatched = left_rows - matched;
    double fraction = 2.0 / (matches + 1);
    *tuples_out = matched * right->rows * fraction;
    if (look_up) /* finds out at once that there is nothing */
        return run * fraction + fmax(0, matched - 1) * rescan_run * fraction +
               unmatched * rescan_run / fmax(right->rows, 1);
    *tuples_out += unmatched * right->rows;
    if (unmatched >= 1)
        unmatched--;
    else
        matched--;
    return run + fmax(0, matched) * rescan_run * fraction + fmax(0, unmatched) * rescan_run;
}

static void cost_loop(JoinContext *c, Path *path) {
    const PlannerSettings *set = c->level->planner->settings;
    Path *left = path->left, *right = path->right;
    QualVec tested = {0};
    double startup, per_tuple;
    for (size_t i = 0; i < path->join_quals.count; i++)
        if (!tested_inside(right, path->join_quals.items[i]))
            vec_push(&tested, c->level->planner->arena, path->join_quals.items[i]);
    path->join_quals = tested;
    quals_cost(c->level->planner, &tested, &startup, &per_tuple);
    double left_rows = fmax(left->rows, 1), run = right->total - right->startup;
    double rescan_startup = right->startup, rescan_total = right->total;
    if (right->kind == PATH_MATERIAL || right->kind == PATH_SORT) {
        rescan_startup = 0;
        rescan_total = right->rows * set->cpu_operator_cost;
    } else if (right->kind == PATH_CTE) {
        rescan_startup = 0;
        rescan_total = right->rows * set->cpu_tuple_cost;
    } else if (right->kind == PATH_FUNCTION || right->kind == PATH_VALUES) {
        rescan_startup = 0;
        rescan_total = run;
    } else if (right->kind == PATH_MEMOIZE) {
        rescan_startup = 0;
        rescan_total = right->limit;
    }
    path->startup = left->startup + right->startup + startup;
    double cost = left->total - left->startup + (left_rows - 1) * rescan_startup;
    double rescan_run = rescan_total - rescan_startup, tuples = left_rows * right->rows;
    if (c->kind == JOIN_SEMI || c->kind == JOIN_ANTI || c->inner_unique)
        cost +=
            first_match_cost(c, right, looks_up(right, &tested), left_rows, rescan_run, &tuples);
    else
        cost += run + (left_rows - 1) * rescan_run;
    cost += tuples * (set->cpu_tuple_cost + per_tuple);
    path->total = path->startup + cost;
    if (!set->enable_nestloop)
        path->startup += 1e10, path->total += 1e10;
}

static Path *material_path(Level *level, Path *child) {
    Path *path = arena_new(level->planner->arena, Path);
    *path = *child;
    path->kind = PATH_MATERIAL;
    path->child = child;
    path->total = child->total + 2 * level->planner->settings->cpu_operator_cost * child->rows;
    double bytes = child->rows * (child->rel->width + 24);
    if (bytes > level->planner->settings->work_mem_kb * 1024)
        path->total += ceil(bytes / 8192) * level->planner->settings->seq_page_cost;
    path->param_quals = (QualVec){0};
    return path;
}

/* Remembers the right side's rows by the left's values: worth it where these repeat. */
static Path *memoize_path(JoinContext *c, Path *left, Path *right) {
    Planner *planner = c->level->planner;
    const PlannerSettings *set = planner->settings;
    ExprList keys = {0};
    if (!set->enable_memoize || right->param_quals.count == 0 || left->rows < 2 ||
        (c->kind != JOIN_INNER && c->kind != JOIN_LEFT && !c->inner_unique) || right->rel->is_join)
        return NULL;
    for (size_t i = 0; i < right->param_quals.count; i++) {
        const Qual *qual = right->param_quals.items[i];
        const ExprFunc *op = (const ExprFunc *)qual->clause;
        if (!qual->can_join || !qual->hashable || qual->merge_family == 0)
            return NULL;
        bool right_first = bitset_subset(qual->left_rels, right->rel->relids);
        Expr *key = op->args.items[right_first];
        expr_list_add(planner->arena, &keys, key);
    }
    double distinct = group_estimate(c->level, &keys, left->rows);
    double entry_bytes = right->rows * (right->rel->width + 32) + 64;
    double capacity = floor(set->work_mem_kb * 1024 * set->hash_mem_multiplier / entry_bytes);
    if (capacity < 1)
        return NULL;
    double hits = fmax(0, (1 - distinct / left->rows) * fmin(1, capacity / distinct));
    Path *path = arena_new(planner->arena, Path);
    *path = *right;
    path->kind = PATH_MEMOIZE;
    path->child = right;
    path->memo_keys = keys;
    path->total = right->total + set->cpu_tuple_cost * right->rows;
    path->limit = right->total * (1 - hits) + set->cpu_operator_cost +
                  set->cpu_tuple_cost * right->rows; /* a rescan */
    return path;
}

static void try_loop(JoinContext *c, Path *left, Path *right) {
    if (bitset_overlap(left->outer, right->rel->relids))
        return;
    Path *path = join_path(c, PATH_LOOP, left, right);
    /* Values may come from outside only where the order of joins leaves no other way. */
    path->keys = c->kind == JOIN_FULL ? (PathKeys){0} : left->keys;
    cost_loop(c, path);
    path_add(c->join, path, c->level->planner->arena);
}

static void loop_paths(JoinContext *c) {
    Level *level = c->level;
    Path *inner = c->right->cheapest_total;
    if (c->kind == JOIN_FULL || c->kind == JOIN_RIGHT || inner == NULL)
        return;
    bool unparameterised = bitset_empty(inner->outer);
    Path *material = NULL;
    if (unparameterised && level->planner->settings->enable_material && inner->kind != PATH_CTE &&
        inner->kind != PATH_SORT && inner->kind != PATH_MATERIAL && inner->kind != PATH_FUNCTION)
        material = material_path(level, inner);
    for (size_t i = 0; i < c->left->paths.count; i++) {
        Path *left = c->left->paths.items[i];
        if (left != c->left->cheapest_total && left != c->left->cheapest_startup &&
            left->keys.count == 0 && bitset_empty(left->outer))
            continue;
        if (unparameterised) {
            try_loop(c, left, inner);
            if (material != NULL)
                try_loop(c, left, material);
        }
        for (size_t p = 0; p < c->right->cheapest_params.count; p++) {
            Path *right = c->right->cheapest_params.items[p];
            if (!bitset_overlap(right->outer, c->left->relids) &&
                !bitset_subset(right->outer, c->join->lateral)) /* values from further out */
                continue;
            try_loop(c, left, right);
            Path *memo = left == c->left->cheapest_total ? memoize_path(c, left, right) : NULL;
            if (memo != NULL)
                try_loop(c, left, memo);
        }
    }
}

static void cost_hash(JoinContext *c, Path *path) {
    const PlannerSettings *set = c->level->planner->settings;
    Path *left = path->left, *right = path->right;
    double clauses = (double)path->merge_quals.count, startup, per_tuple, hash_per_tuple;
    QualVec all = path->join_quals;
    quals_cost(c->level->planner, &path->merge_quals, &startup, &hash_per_tuple);
    quals_cost(c->level->planner, &all, &startup, &per_tuple);
    path->startup = left->startup + startup + right->total +
                    (set->cpu_operator_cost * clauses + set->cpu_tuple_cost) * right->rows;
    double cost = left->total - left->startup + set->cpu_operator_cost * clauses * left->rows;
    double inner_bytes = right->rows * (right->rel->width + 24);
    double memory = set->work_mem_kb * 1024 * set->hash_mem_multiplier;
    if (inner_bytes > memory) {
        double inner_pages = ceil(inner_bytes / 8192);
        double outer_pages = ceil(left->rows * (left->rel->width + 24) / 8192);
        path->startup += set->seq_page_cost * inner_pages;
        cost += set->seq_page_cost * (inner_pages + 2 * outer_pages);
    }
    /* Rows compared: a bucket's share for each left row, the smallest share of all keys. */
    double share = 1;
    for (size_t i = 0; i < path->merge_quals.count; i++) {
        const Qual *qual = path->merge_quals.items[i];
        const ExprFunc *op = (const ExprFunc *)qual->clause;
        bool right_second = bitset_subset(qual->right_rels, c->right->relids);
        share = fmin(share, hash_bucket_share(c->level, op->args.items[right_second], c->right,
                                              hash_buckets(right->rows)));
    }
    double compares = left->rows * clamp_rows(right->rows * share);
    if (c->kind == JOIN_SEMI || c->kind == JOIN_ANTI || c->inner_unique)
        compares = left->rows;
    cost += compares * hash_per_tuple * 0.5;
    cost += path->rows * (set->cpu_tuple_cost + fmax(0, per_tuple - hash_per_tuple));
    path->total = path->startup + cost;
    if (!set->enable_hashjoin)
        path->startup += 1e10, path->total += 1e10;
}

static bool usable_for_keys(const JoinContext *c, const Qual *qual) {
    bool left_first;
    if (c->kind != JOIN_INNER && c->kind != JOIN_SEMI && is_pushed_down(qual, c->join->relids))
        return false;
    return qual_clause_joins(qual, c->left->relids, c->right->relids, &left_first);
}

static void hash_keys(const JoinContext *c, QualVec *keys) {
    for (size_t i = 0; i < c->quals.count; i++)
        if (c->quals.items[i]->hashable && usable_for_keys(c, c->quals.items[i]))
            vec_push(keys, c->level->planner->arena, c->quals.items[i]);
}

static void hash_paths(JoinContext *c) {
    Arena *arena = c->level->planner->arena;
    QualVec keys = {0};
    Path *right = c->right->cheapest_total;
    hash_keys(c, &keys);
    if (keys.count == 0 || right == NULL || bitset_overlap(right->outer, c->left->relids))
        return;
    Path *lefts[2] = {c->left->cheapest_total, c->left->cheapest_startup};
    for (int i = 0; i < 2; i++) {
        if (lefts[i] == NULL || (i == 1 && lefts[1] == lefts[0]) ||
            bitset_overlap(lefts[i]->outer, c->right->relids))
            continue;
        Path *path = join_path(c, PATH_HASH, lefts[i], right);
        path->merge_quals = keys;
        cost_hash(c, path);
        path_add(c->join, path, arena);
    }
}

/* ---- merge joins ---- */

static bool ec_sides(JoinContext *c, Qual *qual, bool *left_first_out, EquivClass **left_out,
                     EquivClass **right_out) {
    Level *level = c->level;
    ExprFunc *op = (ExprFunc *)qual->clause;
    if (!qual_clause_joins(qual, c->left->relids, c->right->relids, left_first_out))
        return false;
    if (qual->left_ec == NULL) {
        status_free(ec_for_expr(level, op->args.items[0], qual->merge_family,
                                op->args.items[0]->type, op->input_collation, 0, NULL, true,
                                &qual->left_ec));
        status_free(ec_for_expr(level, op->args.items[1], qual->merge_family,
                                op->args.items[1]->type, op->input_collation, 0, NULL, true,
                                &qual->right_ec));
    }
    *left_out = ec_find(*left_first_out ? qual->left_ec : qual->right_ec);
    *right_out = ec_find(*left_first_out ? qual->right_ec : qual->left_ec);
    return *left_out != NULL && *right_out != NULL;
}

static void cost_merge(JoinContext *c, Path *path) {
    const PlannerSettings *set = c->level->planner->settings;
    Path *left = path->left, *right = path->right;
    double startup, per_tuple, sorts = 0;
    quals_cost(c->level->planner, &path->join_quals, &startup, &per_tuple);
    double left_cost = left->total, right_cost = right->total;
    double left_start = left->startup, right_start = right->startup;
    if (path->left_sort.count > 0) {
        sorts += sort_cost(c->level->planner, left->rows, left->rel->width, -1, 1);
        left_start = left->total + sorts;
        left_cost = left_start + set->cpu_operator_cost * left->rows;
    }
    if (path->right_sort.count > 0) {
        double sort = sort_cost(c->level->planner, right->rows, right->rel->width, -1, 1);
        right_start = right->total + sort;
        right_cost = right_start + set->cpu_operator_cost * right->rows;
    }
    path->startup = left_start + right_start + startup;
    double compares = left->rows + right->rows;
    path->total = left_cost + right_cost + startup +
                  compares * set->cpu_operator_cost * (double)path->merge_quals.count +
                  path->rows * (set->cpu_tuple_cost + per_tuple);
    if (!set->enable_mergejoin ||
        (!set->enable_sort && (path->left_sort.count > 0 || path->right_sort.count > 0)))
        path->startup += 1e10, path->total += 1e10;
}

/* The cheapest way to a side's rows in such an order; *sort_out: they are to be sorted. */
static Path *merge_side(JoinContext *c, Rel *rel, PathKeys keys, bool *sort_out) {
    const PlannerSettings *set = c->level->planner->settings;
    Path *sorted = path_for_keys(rel, keys, false), *cheapest = rel->cheapest_total;
    double sort = cheapest->total +
                  sort_cost(c->level->planner, cheapest->rows, rel->width, -1, 1) +
                  (set->enable_sort ? 0 : 1e10);
    *sort_out = sorted == NULL || sorted->total > sort;
    return *sort_out ? cheapest : sorted;
}

static void try_merge(JoinContext *c, const QualVec *quals, PathKeys left_keys,
                      PathKeys right_keys) {
    Arena *arena = c->level->planner->arena;
    bool sort_left, sort_right;
    Path *left = merge_side(c, c->left, left_keys, &sort_left);
    Path *right = merge_side(c, c->right, right_keys, &sort_right);
    if (!bitset_empty(left->outer) || !bitset_empty(right->outer))
        return;
    Path *path = join_path(c, PATH_MERGE, left, right);
    path->merge_quals = *quals;
    path->left_sort = sort_left ? left_keys : (PathKeys){0};
    path->right_sort = sort_right ? right_keys : (PathKeys){0};
    if (c->kind != JOIN_FULL && c->kind != JOIN_RIGHT)
        path->keys = sort_left ? left_keys : left->keys;
    cost_merge(c, path);
    path_add(c->join, path, arena);
}

/* Where unmatched rows of the right side come out, the join's own conditions must be keys. */
static bool all_mergeable(const JoinContext *c) {
    for (size_t i = 0; i < c->quals.count; i++) {
        const Qual *qual = c->quals.items[i];
        if (is_pushed_down(qual, c->join->relids) || qual->clause->tag == EXPR_CONST)
            continue;
        if (qual->merge_family == 0 || !usable_for_keys(c, qual))
            return false;
    }
    return true;
}

static void merge_paths(JoinContext *c) {
    Arena *arena = c->level->planner->arena;
    QualVec quals = {0};
    PathKey *left = arena_array(arena, PathKey, c->quals.count + 1);
    PathKey *right = arena_array(arena, PathKey, c->quals.count + 1);
    uint32_t count = 0;
    if ((c->kind == JOIN_FULL || c->kind == JOIN_RIGHT) && !all_mergeable(c))
        return;
    for (size_t i = 0; i < c->quals.count; i++) {
        Qual *qual = c->quals.items[i];
        bool left_first, seen = false;
        EquivClass *l, *r;
        if (qual->merge_family == 0 || !usable_for_keys(c, qual) ||
            !ec_sides(c, qual, &left_first, &l, &r) || l->has_const || r->has_const)
            continue;
        for (uint32_t k = 0; k < count; k++)
            seen |= left[k].ec == l || right[k].ec == r;
        if (seen)
            continue;
        left[count] = (PathKey){l, qual->merge_family, false, false};
        right[count++] = (PathKey){r, qual->merge_family, false, false};
        vec_push(&quals, arena, qual);
    }
    if (count == 0 && c->kind != JOIN_FULL)
        return;
    /* An order the rest of the query wants comes first. */
    for (uint32_t w = 0; w < c->level->query_keys.count && w < count; w++)
        for (uint32_t k = w; k < count; k++)
            if (ec_find(c->level->query_keys.keys[w].ec) == left[k].ec) {
                PathKey swap = left[w];
                left[w] = left[k], left[k] = swap;
                swap = right[w], right[w] = right[k], right[k] = swap;
                Qual *q = quals.items[w];
                quals.items[w] = quals.items[k], quals.items[k] = q;
                left[w].descending = right[w].descending = c->level->query_keys.keys[w].descending;
                left[w].nulls_first = right[w].nulls_first =
                    c->level->query_keys.keys[w].nulls_first;
                break;
            }
    try_merge(c, &quals, (PathKeys){count, left}, (PathKeys){count, right});
}

/* The left side's partial path with all of the right side, which each worker reads for itself. */
static void partial_paths(JoinContext *whole) {
    JoinContext c = *whole;
    Level *level = c.level;
    QualVec keys = {0};
    if (!parallel_join_left(level, c.join, c.left, c.kind, &c.quals))
        return;
    Path *left = c.left->partial, *right = parallel_whole_path(level, c.right);
    c.workers = left->workers;
    hash_keys(&c, &keys);
    if (right != NULL && keys.count > 0) {
        Path *path = join_path(&c, PATH_HASH, left, right);
        path->merge_quals = keys;
        cost_hash(&c, path);
        parallel_join_add(c.join, path);
    }
    for (size_t p = 0; p <= c.right->cheapest_params.count; p++) {
        bool last = p == c.right->cheapest_params.count;
        Path *inner = last ? right : c.right->cheapest_params.items[p];
        if (last
                ? right == NULL
                : !bitset_subset(inner->outer, c.left->relids) || !parallel_path_safe(level, inner))
            continue;
        Path *memo = last ? NULL : memoize_path(&c, left, inner);
        for (int m = 0; m < (memo == NULL ? 1 : 2); m++) {
            Path *path = join_path(&c, PATH_LOOP, left, m == 0 ? inner : memo);
            cost_loop(&c, path);
            parallel_join_add(c.join, path);
        }
    }
}

static void join_paths(Level *level, Rel *join, Rel *left, Rel *right, JoinKind kind,
                       const OuterJoin *oj, const QualVec *quals, bool inner_unique) {
    JoinContext c = {.level = level,
                     .join = join,
                     .left = left,
                     .right = right,
                     .kind = kind,
                     .oj = oj,
                     .quals = *quals};
    if (left->cheapest_total == NULL || right->cheapest_total == NULL)
        return;
    if (bitset_overlap(left->lateral, right->relids))
        return;
    bool lateral = bitset_overlap(right->lateral, left->relids);
    c.inner_unique = inner_unique || kind == JOIN_SEMI || kind == JOIN_ANTI ||
                     rel_is_unique_for(level, right, quals, left->relids);
    loop_paths(&c);
    if (lateral)
        return;
    partial_paths(&c);
    hash_paths(&c);
    if (level->planner->settings->enable_mergejoin || kind == JOIN_FULL)
        merge_paths(&c);
}

/* ---- joining two relations ---- */

static Rel *join_rel_find(Level *level, const BitSet *relids) {
    for (size_t i = 0; i < level->join_rels.count; i++)
        if (bitset_equal(level->join_rels.items[i]->relids, relids))
            return level->join_rels.items[i];
    return NULL;
}

static Rel *join_rel_make(Level *level, Rel *a, Rel *b, const BitSet *relids, const QualVec *quals,
                          const Legal *legal) {
    Arena *arena = level->planner->arena;
    Rel *join = arena_new(arena, Rel);
    Rel *left = legal->reversed ? b : a, *right = legal->reversed ? a : b;
    JoinKind kind = legal->oj == NULL ? JOIN_INNER : legal->oj->kind;
    join->relids = bitset_copy(arena, relids);
    join->is_join = true;
    join->lateral = bitset_minus(arena, bitset_union(arena, a->lateral, b->lateral), relids);
    join->rows = join_rows(level, left, right, quals, relids, kind, legal->oj);
    if (rel_is_unique_for(level, right, quals, left->relids) && kind == JOIN_INNER)
        join->rows = fmin(join->rows, left->rows);
    else if (rel_is_unique_for(level, left, quals, right->relids) && kind == JOIN_INNER)
        join->rows = fmin(join->rows, right->rows);
    rel_targets(level, join);
    vec_push(&level->join_rels, arena, join);
    return join;
}

/* A semijoin; or an inner join with its right side's values once each, whichever is read first. */
static void semi_paths(Level *level, Rel *join, Rel *left, Rel *right, const OuterJoin *oj,
                       const QualVec *quals) {
    bool whole =
        bitset_subset(oj->min_left, left->relids) && bitset_subset(oj->min_right, right->relids);
    if (whole)
        join_paths(level, join, left, right, JOIN_SEMI, oj, quals, false);
    Rel *unique =
        bitset_equal(oj->syntax_right, right->relids) ? unique_rel(level, right, oj, whole) : NULL;
    if (unique == NULL)
        return;
    join_paths(level, join, left, unique, JOIN_INNER, NULL, quals, whole);
    join_paths(level, join, unique, left, JOIN_INNER, NULL, quals, false);
}

static Rel *make_join(Level *level, Rel *a, Rel *b) {
    Arena *arena = level->planner->arena;
    BitSet *relids = bitset_union(arena, a->relids, b->relids);
    Legal legal;
    QualVec quals = {0};
    if (!join_is_legal(level, a, b, relids, &legal))
        return NULL;
    Rel *left = legal.reversed ? b : a, *right = legal.reversed ? a : b;
    join_quals(level, relids, left, right, &quals);
    Rel *join = join_rel_find(level, relids);
    if (join == NULL)
        join = join_rel_make(level, a, b, relids, &quals, &legal);
    JoinKind kind = legal.oj == NULL ? JOIN_INNER : legal.oj->kind;
    switch (kind) {
    case JOIN_INNER:
        join_paths(level, join, left, right, JOIN_INNER, NULL, &quals, false);
        join_paths(level, join, right, left, JOIN_INNER, NULL, &quals, false);
        break;
    case JOIN_LEFT:
        join_paths(level, join, left, right, JOIN_LEFT, legal.oj, &quals, false);
        join_paths(level, join, right, left, JOIN_RIGHT, legal.oj, &quals, false);
        break;
    case JOIN_FULL:
        join_paths(level, join, left, right, JOIN_FULL, legal.oj, &quals, false);
        join_paths(level, join, right, left, JOIN_FULL, legal.oj, &quals, false);
        break;
    case JOIN_SEMI:
        semi_paths(level, join, left, right, legal.oj, &quals);
        break;
    default:
        join_paths(level, join, left, right, kind, legal.oj, &quals, false);
    }
    return join;
}

/* ---- the search ---- */

static bool have_clause(Level *level, const Rel *a, const Rel *b) {
    const Rel *sides[2] = {a, b};
    for (int s = 0; s < 2; s++)
        for (int m = bitset_next(sides[s]->relids, -1); m >= 0;
             m = bitset_next(sides[s]->relids, m)) {
            Rel *base = level_rel(level, (uint32_t)m);
            for (size_t i = 0; base != NULL && i < base->joins.count; i++)
                if (bitset_overlap(base->joins.items[i]->required, sides[1 - s]->relids))
                    return true;
        }
    return ec_relevant(level, a->relids, b->relids);
}

static bool have_order_restriction(Level *level, const Rel *a, const Rel *b) {
    if (bitset_overlap(a->lateral, b->relids) || bitset_overlap(b->lateral, a->relids))
        return true;
    for (size_t i = 0; i < level->outer_joins.count; i++) {
        const OuterJoin *oj = level->outer_joins.items[i];
        if ((bitset_subset(oj->min_left, a->relids) && bitset_subset(oj->min_right, b->relids)) ||
            (bitset_subset(oj->min_left, b->relids) && bitset_subset(oj->min_right, a->relids)))
            return true;
        if ((bitset_overlap(oj->min_right, a->relids) &&
             bitset_overlap(oj->min_right, b->relids)) ||
            (bitset_overlap(oj->min_left, a->relids) && bitset_overlap(oj->min_left, b->relids)))
            return true;
    }
    return false;
}

static bool joins_something(Level *level, const Rel *rel) {
    for (int m = bitset_next(rel->relids, -1); m >= 0; m = bitset_next(rel->relids, m)) {
        Rel *base = level_rel(level, (uint32_t)m);
        for (size_t i = 0; base != NULL && i < base->joins.count; i++)
            if (!bitset_subset(base->joins.items[i]->required, rel->relids))
                return true;
        if (base != NULL && (base->in_ec || !bitset_empty(base->lateral)))
            return true;
    }
    return level->outer_joins.count > 0;
}

static void add_level(JoinSearch *search, uint32_t n, Rel *join) {
    if (join == NULL)
        return;
    for (size_t i = 0; i < search->levels[n].count; i++)
        if (search->levels[n].items[i] == join)
            return;
    vec_push(&search->levels[n], search->level->planner->arena, join);
}

static void search_level(JoinSearch *search, uint32_t n) {
    Level *level = search->level;
    RelVec *items = &search->levels[1];
    for (size_t i = 0; i < search->levels[n - 1].count; i++) {
        Rel *old = search->levels[n - 1].items[i];
        bool connected = joins_something(level, old);
        for (size_t j = n == 2 ? i + 1 : 0; j < items->count; j++) {
            Rel *other = items->items[j];
            if (bitset_overlap(old->relids, other->relids))
                continue;
            if (!connected || have_clause(level, old, other) ||
                have_order_restriction(level, old, other))
                add_level(search, n, make_join(level, old, other));
        }
    }
    for (uint32_t k = 2; k <= n - k; k++)
        for (size_t i = 0; i < search->levels[k].count; i++)
            for (size_t j = k == n - k ? i + 1 : 0; j < search->levels[n - k].count; j++) {
                Rel *a = search->levels[k].items[i], *b = search->levels[n - k].items[j];
                if (!bitset_overlap(a->relids, b->relids) &&
                    (have_clause(level, a, b) || have_order_restriction(level, a, b)))
                    add_level(search, n, make_join(level, a, b));
            }
    if (search->levels[n].count == 0) /* no clause helps: any product will do */
        for (size_t i = 0; i < search->levels[n - 1].count; i++)
            for (size_t j = 0; j < items->count; j++)
                if (!bitset_overlap(search->levels[n - 1].items[i]->relids,
                                    items->items[j]->relids))
                    add_level(search, n,
                              make_join(level, search->levels[n - 1].items[i], items->items[j]));
    for (size_t i = 0; i < search->levels[n].count; i++) {
        parallel_gather_path(level, search->levels[n].items[i]);
        paths_choose(search->levels[n].items[i], level->planner->arena);
    }
}

static Status no_join(const Level *level) {
    for (size_t i = 0; i < level->outer_joins.count; i++)
        if (level->outer_joins.items[i]->kind == JOIN_FULL)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "FULL JOIN is only supported with "
                         "merge-joinable or hash-joinable join conditions");
    return error(ERR_INTERNAL_ERROR, "failed to build any way to join the relations");
}

/* The pair whose join is cheapest, again and again. */
static Status greedy(Level *level, RelVec *items, Rel **rel_out) {
    while (items->count > 1) {
        Rel *best = NULL;
        size_t best_i = 0, best_j = 0;
        for (int need_clause = 1; need_clause >= 0 && best == NULL; need_clause--)
            for (size_t i = 0; i < items->count; i++)
                for (size_t j = i + 1; j < items->count; j++) {
                    Rel *a = items->items[i], *b = items->items[j];
                    if (need_clause && !have_clause(level, a, b) &&
                        !have_order_restriction(level, a, b))
                        continue;
                    Rel *join = make_join(level, a, b);
                    if (join == NULL || join->paths.count == 0)
                        continue;
                    parallel_gather_path(level, join);
                    paths_choose(join, level->planner->arena);
                    if (best == NULL || join->cheapest_total->total < best->cheapest_total->total) {
                        best = join;
                        best_i = i;
                        best_j = j;
                    }
                }
        if (best == NULL)
            return no_join(level);
        items->items[best_i] = best;
        items->items[best_j] = items->items[items->count - 1];
        items->count--;
    }
    *rel_out = items->items[0];
    return STATUS_OK;
}

Status join_search(Level *level, const FromNode *joinlist, Rel **rel_out) {
    Arena *arena = level->planner->arena;
    JoinSearch search = {.level = level, .item_count = joinlist->item_count};
    search.levels = arena_array(arena, RelVec, joinlist->item_count + 2);
    for (uint32_t i = 0; i < joinlist->item_count; i++) {
        Rel *rel;
        if (joinlist->items[i]->kind == FROM_LIST)
            TRY(join_search(level, joinlist->items[i], &rel));
        else
            rel = level_rel(level, joinlist->items[i]->rt_index);
        vec_push(&search.levels[1], arena, rel);
    }
    if (search.item_count == 1) {
        *rel_out = search.levels[1].items[0];
        return STATUS_OK;
    }
    if (search.item_count > DP_ITEMS_MAX)
        return greedy(level, &search.levels[1], rel_out);
    for (uint32_t n = 2; n <= search.item_count; n++)
        search_level(&search, n);
    if (search.levels[search.item_count].count == 0 ||
        search.levels[search.item_count].items[0]->paths.count == 0)
        return no_join(level);
    *rel_out = search.levels[search.item_count].items[0];
    return STATUS_OK;
}
