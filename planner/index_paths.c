/*
 * index_paths.c: the ways to read a table: whole, by ctid, through each index with the conditions
 * that fit its columns, alone or with values from other relations (inside nested loops).
 */
#include "planner/index_int.h"
#include "types/collate.h"
#include "types/gin.h"

/* ---- which condition fits which column ---- */

int16_t index_strategy(Planner *planner, Oid op, Oid family) {
    const OperatorFamilies *families = NULL;
    status_free(catalog_operator_families(planner->catalog, op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].family == family && families->members[i].purpose == 's')
            return families->members[i].strategy;
    return 0;
}

bool index_key_is(const IndexInfo *index, uint32_t column, Expr *expr) {
    Expr *own = index->columns.items[column];
    if (expr_equal(expr, own))
        return true;
    expr = expr_strip_relabel(expr);
    if (expr->tag == EXPR_COLUMN && own->tag == EXPR_COLUMN)
        return ((ExprColumn *)expr)->attno == ((ExprColumn *)own)->attno &&
               ((ExprColumn *)expr)->rt_index == ((ExprColumn *)own)->rt_index;
    return expr_equal(expr, expr_strip_relabel(own));
}

static bool value_fits(Level *level, const Rel *rel, const Expr *value, BitSet **others_out) {
    *others_out = tree_rels(level->planner->arena, NULL, value, 0);
    return !bitset_overlap(*others_out, rel->relids) && !expr_is_volatile(level->planner, value);
}

static void strategy_bound(int16_t strategy, Match *match) {
    match->kind = strategy == BTREE_EQUAL ? INDEX_BOUND_EQ : INDEX_BOUND_RANGE;
    match->is_low = strategy >= BTREE_GREATER_EQUAL;
    match->inclusive = strategy == BTREE_LESS_EQUAL || strategy == BTREE_GREATER_EQUAL;
}

static bool match_op(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                     Qual *qual, Match *out) {
    Planner *planner = level->planner;
    const IndexDesc *desc = index->desc;
    ExprFunc *op = (ExprFunc *)qual->clause;
    Oid oper = op->op;
    if (oper == 0 || op->args.count != 2)
        return false;
    if (desc->collations[column] != 0 && op->input_collation != 0 &&
        op->input_collation != desc->collations[column])
        return false;
    uint32_t side = 0;
    if (!index_key_is(index, column, op->args.items[0])) {
        const OperatorDesc *written = NULL;
        if (!index_key_is(index, column, op->args.items[1]))
            return false;
        side = 1;
        status_free(catalog_operator(planner->catalog, oper, &written));
        if (written == NULL || written->commutator == 0)
            return false;
        oper = written->commutator;
    }
    int16_t strategy = index_strategy(planner, oper, desc->families[column]);
    if (strategy == 0)
        return false;
    out->value = op->args.items[1 - side];
    out->qual = qual;
    if (!value_fits(level, rel, out->value, &out->others))
        return false;
    if (desc->am == OID_AM_HASH)
        out->kind = INDEX_BOUND_EQ;
    else
        strategy_bound(strategy, out);
    return true;
}

static bool match_array_op(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                           Qual *qual, Match *out) {
    ExprScalarArrayOp *op = (ExprScalarArrayOp *)qual->clause;
    const IndexDesc *desc = index->desc;
    if (!op->use_or || !index_key_is(index, column, op->args.items[0]) ||
        (desc->collations[column] != 0 && op->input_collation != 0 &&
         op->input_collation != desc->collations[column]) ||
        index_strategy(level->planner, op->op, desc->families[column]) !=
            (desc->am == OID_AM_HASH ? HASH_EQUAL : BTREE_EQUAL))
        return false;
    out->kind = INDEX_BOUND_EQ_ANY;
    out->value = op->args.items[1];
    out->qual = qual;
    return value_fits(level, rel, out->value, &out->others);
}

/* Does the key column follow the one before it in the same direction? */
static bool same_direction(const IndexDesc *desc, uint32_t column) {
    return column < desc->key_count &&
           ((desc->options[column] ^ desc->options[column - 1]) & INDEX_OPTION_DESC) == 0;
}

/*
 * (a, b) > (1, 2) where the index's columns from `column` on are a, b: as many of them as follow each
 * other there; the first is at least 1 in any case. What is not known to be exact stays a filter: fewer
 * columns, values of other types, NULLs behind the first.
 */
static bool match_row(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                      Qual *qual, Match *out) {
    Planner *planner = level->planner;
    const ExprRowCompare *row = (const ExprRowCompare *)qual->clause;
    const IndexDesc *desc = index->desc;
    bool swapped = !index_key_is(index, column, row->left.items[0]);
    const ExprList *own = swapped ? &row->right : &row->left;
    const ExprList *values = swapped ? &row->left : &row->right;
    bool exact = true;
    uint32_t i = 0;
    for (; i < own->count && (i == 0 || same_direction(desc, column + i)); i++) {
        uint32_t c = column + i;
        BitSet *others;
        if (!index_key_is(index, c, own->items[i]) ||
            index_strategy(planner, row->ops[i], desc->families[c]) != (int16_t)row->kind ||
            (desc->collations[c] != 0 && row->input_collations[i] != 0 &&
             row->input_collations[i] != desc->collations[c]) ||
            !value_fits(level, rel, values->items[i], &others))
            break;
        out->others = bitset_union(planner->arena, out->others, others);
        exact &= i == 0 || (desc->attnums[c] > 0 && values->items[i]->type == own->items[i]->type &&
                            rel->desc->columns[desc->attnums[c] - 1].not_null);
        if (i == 0)
            out->value = values->items[0];
        else
            expr_list_add(planner->arena, &out->rest, values->items[i]);
    }
    if (i == 0)
        return false;
    bool above = row->kind == ROW_GE || row->kind == ROW_GT;
    out->kind = INDEX_BOUND_RANGE;
    out->is_low = above != swapped;
    out->inclusive = row->kind == ROW_LE || row->kind == ROW_GE || i < own->count;
    out->qual = qual;
    if (i < own->count || !exact) /* another condition to whoever looks for those that are done */
        out->qual = arena_memdup(planner->arena, qual, sizeof(*qual));
    return true;
}

/* A boolean column stands for column = true, NOT column for column = false. */
static bool match_boolean(Level *level, const IndexInfo *index, uint32_t column, Qual *qual,
                          Match *out) {
    Expr *clause = qual->clause;
    bool value = true;
    if (index->desc->families[column] != OID_FAMILY_BTREE_BOOL_OPS)
        return false;
    if (clause->tag == EXPR_BOOL && ((ExprBool *)clause)->op == BOOL_NOT) {
        clause = ((ExprBool *)clause)->args.items[0];
        value = false;
    } else if (clause->tag == EXPR_BOOLEAN_TEST) {
        ExprBooleanTest *test = (ExprBooleanTest *)clause;
        if (test->kind != TEST_TRUE && test->kind != TEST_FALSE)
            return false;
        clause = test->arg;
        value = test->kind == TEST_TRUE;
    }
    if (!index_key_is(index, column, clause))
        return false;
    *out = (Match){.kind = INDEX_BOUND_EQ,
                   .value = (Expr *)expr_bool_const(level->planner->arena, value, false),
                   .qual = qual};
    return true;
}

bool qual_comes_first(const Rel *rel, const Qual *qual) {
    bool first = true;
    for (size_t i = 0; i < rel->restrict_.count && first && qual->security > 0; i++)
        first = qual->leakproof || rel->restrict_.items[i]->security >= qual->security;
    return first;
}

static bool match_qual(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                       Qual *qual, Match *out) {
    *out = (Match){0};
    if (qual->pseudo_constant || qual->volatile_ || !qual_comes_first(rel, qual))
        return false;
    if (qual->clause->tag == EXPR_FUNC && match_op(level, rel, index, column, qual, out))
        return true;
    if (qual->clause->tag == EXPR_SCALAR_ARRAY_OP)
        return match_array_op(level, rel, index, column, qual, out);
    if (qual->clause->tag == EXPR_ROW_COMPARE && index->desc->am == OID_AM_BTREE)
        return match_row(level, rel, index, column, qual, out);
    if (qual->clause->tag == EXPR_NULL_TEST && index->desc->am == OID_AM_BTREE) {
        ExprNullTest *test = (ExprNullTest *)qual->clause;
        if (test->arg_is_row || !index_key_is(index, column, test->arg))
            return false;
        out->kind = test->is_not ? INDEX_BOUND_IS_NOT_NULL : INDEX_BOUND_IS_NULL;
        out->qual = qual;
        return true;
    }
    return match_boolean(level, index, column, qual, out);
}

static bool is_about_column(const IndexInfo *index, uint32_t column, Expr *clause) {
    const ExprFunc *op = (const ExprFunc *)clause;
    return clause->tag == EXPR_FUNC && op->args.count == 2 &&
           (index_key_is(index, column, op->args.items[0]) ||
            index_key_is(index, column, op->args.items[1]));
}

void index_match_quals(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                       const QualVec *quals, ColumnMatches *matches) {
    for (size_t i = 0; i < quals->count; i++) {
        Match match;
        if (match_qual(level, rel, index, column, quals->items[i], &match)) {
            vec_push(matches, level->planner->arena, match);
            continue;
        }
        Qual *derived[2];
        uint32_t count = 0;
        if (is_about_column(index, column, quals->items[i]->clause) ||
            quals->items[i]->clause->tag == EXPR_BOOL)
            count = index_derived_quals(level, index, column, quals->items[i], derived);
        for (uint32_t d = 0; d < count; d++)
            if (match_qual(level, rel, index, column, derived[d], &match))
                vec_push(matches, level->planner->arena, match);
    }
}

/* ---- bounds ---- */

static const Match *first_of(const ColumnMatches *matches, IndexBoundKind kind,
                             const BitSet *available) {
    for (size_t i = 0; i < matches->count; i++)
        if (matches->items[i].kind == kind && bitset_subset(matches->items[i].others, available))
            return &matches->items[i];
    return NULL;
}

static bool add_bound(Level *level, IndexPath *path, const ColumnMatches *matches,
                      const BitSet *available) {
    static const IndexBoundKind exact[] = {INDEX_BOUND_EQ, INDEX_BOUND_IS_NULL, INDEX_BOUND_EQ_ANY};
    Arena *arena = level->planner->arena;
    IndexBound *bound = &path->bounds[path->bound_count];
    for (size_t i = 0; i < ARRAY_LEN(exact); i++) {
        const Match *match = first_of(matches, exact[i], available);
        if (match == NULL)
            continue;
        *bound = (IndexBound){.kind = match->kind, .low = match->value, .low_inclusive = true};
        vec_push(&path->conditions, arena, match->qual);
        path->bound_count++;
        return true;
    }
    *bound = (IndexBound){.kind = INDEX_BOUND_RANGE};
    for (size_t i = 0; i < matches->count; i++) {
        const Match *match = &matches->items[i];
        if (match->kind != INDEX_BOUND_RANGE || !bitset_subset(match->others, available))
            continue;
        Expr **side = match->is_low ? &bound->low : &bound->high;
        if (*side != NULL)
            continue;
        *side = match->value;
        *(match->is_low ? &bound->low_rest : &bound->high_rest) = match->rest;
        *(match->is_low ? &bound->low_inclusive : &bound->high_inclusive) = match->inclusive;
        vec_push(&path->conditions, arena, match->qual);
    }
    if (bound->low == NULL && bound->high == NULL) {
        const Match *match = first_of(matches, INDEX_BOUND_IS_NOT_NULL, available);
        if (match == NULL)
            return false;
        bound->kind = INDEX_BOUND_IS_NOT_NULL;
        vec_push(&path->conditions, arena, match->qual);
    }
    path->bound_count++;
    return false; /* nothing may follow */
}

/* ---- costs ---- */

/* Pages fetched of a table when so many rows are read in no order (Mackert and Lohman). */
double pages_fetched(double tuples, double pages, double cache) {
    double t = fmax(pages, 1), b = fmax(cache, 1);
    if (t <= b)
        return fmin(ceil(2 * t * tuples / (2 * t + tuples)), t);
    double limit = 2 * t * b / (2 * t - b);
    return ceil(tuples <= limit ? 2 * t * tuples / (2 * t + tuples)
                                : b + (tuples - limit) * (t - b) / t);
}

static double correlation(Level *level, const Rel *rel, const IndexInfo *index) {
    const ColumnStatistics *stats = NULL;
    int16_t attno = index->desc->attnums[0];
    if (attno <= 0 || index->gin_kinds != NULL)
        return 0;
    status_free(
        catalog_column_statistics(level->planner->catalog, rel->desc->oid, attno, false, &stats));
    for (size_t i = 0; stats != NULL && i < ARRAY_LEN(stats->slots); i++)
        if (stats->slots[i].kind == 3 && stats->slots[i].number_count > 0)
            return stats->slots[i].numbers[0] * (index->desc->key_count > 1 ? 0.75 : 1);
    return 0;
}

/* Finding the entries: its cost, and how many they are. Sets index_selectivity. */
double index_search_cost(Level *level, Rel *rel, IndexPath *index, double loops,
                         double *startup_out, double *tuples_out) {
    const PlannerSettings *set = level->planner->settings;
    double selectivity = quals_selectivity(level, &index->conditions, rel, JOIN_INNER, NULL);
    if (index->whole_key)
        selectivity = fmin(selectivity, 1 / fmax(rel->tuples, 1));
    index->index_selectivity = selectivity;
    double tuples = clamp_rows(selectivity * rel->tuples);
    double scans = 1;
    for (uint32_t i = 0; i < index->bound_count; i++)
        if (index->bounds[i].kind == INDEX_BOUND_EQ_ANY)
            scans = fmin(scans * 10, tuples + 1);
    double pages = fmax(1, ceil(selectivity * index->index->pages));
    double index_io = pages * set->random_page_cost;
    if (loops > 1)
        index_io = pages_fetched(pages * loops, index->index->pages, set->effective_cache_pages) *
                   set->random_page_cost / loops;
    double descent =
        ceil(log2(fmax(rel->tuples, 2))) * set->cpu_operator_cost + 2 * 50 * set->cpu_operator_cost;
    *startup_out = descent * scans;
    *tuples_out = tuples;
    return *startup_out + index_io +
           tuples * (set->cpu_index_tuple_cost +
                     set->cpu_operator_cost * (double)index->conditions.count);
}

static void cost_index(Level *level, Path *path, double loops) {
    const PlannerSettings *set = level->planner->settings;
    Rel *rel = path->rel;
    IndexPath *index = path->index;
    double startup, tuples;
    double search = index_search_cost(level, rel, index, loops, &startup, &tuples);
    double heap_max, heap_min;
    double heap_pages =
        pages_fetched(tuples * fmax(loops, 1), rel->pages, set->effective_cache_pages) /
        fmax(loops, 1);
    heap_max = heap_pages * set->random_page_cost;
    heap_min = fmax(0, ceil(index->index_selectivity * rel->pages) - 1) * set->seq_page_cost +
               set->random_page_cost;
    if (!index->ordered && set->enable_bitmapscan && tuples > 1) { /* rowids sorted first */
        double t = fmax(rel->pages, 1);
        double per_page = set->random_page_cost - (set->random_page_cost - set->seq_page_cost) *
                                                      sqrt(fmin(heap_pages, t) / t);
        heap_max = fmin(heap_max, heap_pages * per_page + 0.1 * set->cpu_operator_cost * tuples);
        heap_min = fmin(heap_min, heap_max);
    }
    if (index->index_only) {
        heap_max *= 0.1;
        heap_min *= 0.1;
    }
    /* Of one page, as it was when the index was made: no order is better than the index's. */
    bool one_page = rel->one_page && index->index->desc->tuples > 0;
    index->by_rowid = !index->ordered && set->enable_bitmapscan && !one_page;
    double c = correlation(level, rel, index->index);
    double heap_io = heap_max + c * c * (heap_min - heap_max);
    double qual_startup, qual_per_tuple;
    QualVec residual = rel->restrict_;
    quals_cost(level->planner, &residual, &qual_startup, &qual_per_tuple);
    double covered = set->cpu_operator_cost * (double)index->conditions.count;
    double cpu = set->cpu_tuple_cost + fmax(0, qual_per_tuple - covered);
    path->startup = startup + qual_startup;
    path->total = qual_startup + search + heap_io + tuples * cpu;
    bool allowed = index->gin_count > 0 ? set->enable_bitmapscan : set->enable_indexscan;
    if (!allowed && !index->index_only)
        path->startup += 1e10, path->total += 1e10;
    if (!set->enable_indexonlyscan && index->index_only)
        path->startup += 1e10, path->total += 1e10;
}

static void cost_seq(Level *level, Path *path) {
    const PlannerSettings *set = level->planner->settings;
    Rel *rel = path->rel;
    double startup, per_tuple, pages = rel->pages, tuples = rel->tuples;
    if (rel->entry->sample != NULL) {
        tuples *= 0.1;
        pages *= 0.1;
    }
    quals_cost(level->planner, &rel->restrict_, &startup, &per_tuple);
    path->startup = startup;
    path->total = startup + pages * set->seq_page_cost + tuples * (set->cpu_tuple_cost + per_tuple);
    if (!set->enable_seqscan)
        path->startup += 1e10, path->total += 1e10;
}

/* ---- index-only ---- */

/* Are all columns that are wanted of the table in the index's key? */
static bool covers(Level *level, const Rel *rel, const IndexInfo *index) {
    bool any = false;
    for (uint32_t a = 0; a < rel->attr_count; a++) {
        int16_t attno = (int16_t)((int)a - ATTNO_OFFSET);
        if (bitset_empty(rel->attr_needed[a]))
            continue;
        any = true;
        bool found = false;
        for (uint16_t c = 0; c < index->desc->column_count && !found; c++)
            found = attno > 0 && index->desc->attnums[c] == attno &&
                    (c >= index->desc->key_count || collation_is_bytes(index->desc->collations[c]));
        if (!found)
            return false;
        const TypeInfo *type = NULL;
        status_free(type_lookup(level->planner->env, rel->desc->columns[attno - 1].type, &type));
        if (type == NULL || type->key_decode == NULL)
            return false;
    }
    for (size_t i = 0; i < rel->restrict_.count; i++) {
        BitSet *used = tree_columns_of(level->planner->arena, NULL, rel->restrict_.items[i]->clause,
                                       rel->rt_index);
        for (int m = bitset_next(used, -1); m >= 0; m = bitset_next(used, m)) {
            bool found = false;
            for (uint16_t c = 0; c < index->desc->column_count && !found; c++)
                found = index->desc->attnums[c] == m - ATTNO_OFFSET && m > ATTNO_OFFSET;
            if (!found)
                return false;
            const TypeInfo *type = NULL;
            status_free(type_lookup(level->planner->env,
                                    rel->desc->columns[m - ATTNO_OFFSET - 1].type, &type));
            if (type == NULL || type->key_decode == NULL)
                return false;
        }
    }
    return any && index->desc->am == OID_AM_BTREE;
}

/* ---- partial indexes ---- */

static bool implied(Planner *planner, const QualVec *quals, Expr *predicate) {
    for (size_t i = 0; quals != NULL && i < quals->count; i++)
        if (predicate_implied(planner, predicate, quals->items[i]->clause))
            return true;
    return false;
}

bool index_holds_rows(Planner *planner, const Rel *rel, const QualVec *more,
                      const IndexInfo *index) {
    for (uint32_t i = 0; i < index->predicate.count; i++)
        if (!implied(planner, &rel->restrict_, index->predicate.items[i]) &&
            !implied(planner, more, index->predicate.items[i]))
            return false;
    return true;
}

/* ---- paths of one index ---- */

static bool whole_key(const IndexInfo *index, const IndexPath *path) {
    if (!index->desc->unique || path->bound_count != index->desc->key_count ||
        index->desc->predicate != NULL || !index->desc->immediate) /* deferred, it has duplicates */
        return false;
    for (uint32_t i = 0; i < path->bound_count; i++)
        if (path->bounds[i].kind != INDEX_BOUND_EQ)
            return false;
    return true;
}

Path *index_path(Level *level, Rel *rel, IndexInfo *index, ColumnMatches *matches,
                 const BitSet *available) {
    Arena *arena = level->planner->arena;
    Path *path = arena_new(arena, Path);
    IndexPath *ip = arena_new(arena, IndexPath);
    ip->index = index;
    ip->bounds = arena_array(arena, IndexBound, index->desc->key_count + 1u);
    for (uint16_t c = 0; c < index->desc->key_count; c++)
        if (!add_bound(level, ip, &matches[c], available))
            break;
    path->kind = PATH_INDEX;
    path->rel = rel;
    path->index = ip;
    ip->whole_key = whole_key(index, ip);
    ip->index_only = covers(level, rel, index);
    return path;
}

static bool has_array_bound(const IndexPath *path) {
    for (uint32_t i = 0; i < path->bound_count; i++)
        if (path->bounds[i].kind == INDEX_BOUND_EQ_ANY)
            return true;
    return false;
}

/* One row by its whole key runs as a micro-program and touches no other row, whatever the table's size
 * is now or will be while the plan is kept: never behind a scan of everything. */
static void prefer_point(const Rel *rel, Path *point) {
    for (size_t i = 0; i < rel->paths.count; i++) {
        const Path *other = rel->paths.items[i];
        if (other->kind == PATH_SEQ && other->total <= point->total) {
            point->total = other->total / 2;
            point->startup = MIN(point->startup, point->total);
        }
    }
}

static Status plain_index_paths(Level *level, Rel *rel, IndexInfo *index, ColumnMatches *matches) {
    Arena *arena = level->planner->arena;
    Path *path = index_path(level, rel, index, matches, NULL);
    IndexPath *ip = path->index;
    bool can_order = index->can_order && !has_array_bound(ip);
    if (index->desc->am == OID_AM_HASH && ip->bound_count < index->desc->key_count)
        return STATUS_OK;
    path->rows = rel->rows;
    for (int backward = 0; backward < 2 && can_order && !ip->whole_key; backward++) {
        PathKeys keys;
        TRY(keys_for_index(level, rel, index, backward, &keys));
        if (keys.count == 0)
            break;
        if (ip->bound_count == 0 && keys_common(level->query_keys, keys) == 0 && !rel->in_ec)
            continue;
        Path *ordered = arena_memdup(arena, path, sizeof(*path));
        ordered->index = arena_memdup(arena, ip, sizeof(*ip));
        ordered->index->backward = backward;
        ordered->index->ordered = true;
        ordered->keys = keys;
        cost_index(level, ordered, 1);
        path_add(rel, ordered, arena);
    }
    if (ip->bound_count == 0 && !(ip->index_only) && index->predicate.count == 0)
        return STATUS_OK;
    if (ip->whole_key)
        path->kind = PATH_POINT;
    cost_index(level, path, 1);
    if (ip->whole_key && level->planner->settings->enable_indexscan)
        prefer_point(rel, path);
    path_add(rel, path, arena);
    return STATUS_OK;
}

/* ---- inverted indexes ---- */

/* others_out: the relations whose values the query needs. */
static bool match_gin_column(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                             const Expr *clause, PlanGinClause *out, BitSet **others_out) {
    const IndexDesc *desc = index->desc;
    const ExprFunc *op = (const ExprFunc *)clause;
    uint32_t side = 0;
    if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2)
        return false;
    if (desc->collations[column] != 0 && op->input_collation != 0 &&
        op->input_collation != desc->collations[column])
        return false;
    Oid oper = op->op;
    if (!index_key_is(index, column, op->args.items[0])) {
        const OperatorDesc *written = NULL;
        if (!index_key_is(index, column, op->args.items[1]))
            return false;
        status_free(catalog_operator(level->planner->catalog, oper, &written));
        if (written == NULL || written->commutator == 0)
            return false;
        side = 1;
        oper = written->commutator;
    }
    *out = (PlanGinClause){.column = (uint16_t)column,
                           .strategy = index_strategy(level->planner, oper, desc->families[column]),
                           .query = op->args.items[1 - side]};
    return gin_answers(index->gin_kinds[column], out->strategy) &&
           value_fits(level, rel, out->query, others_out);
}

static bool match_gin_with(Level *level, const Rel *rel, const IndexInfo *index, const Expr *clause,
                           PlanGinClause *out, BitSet **others_out) {
    for (uint16_t c = 0; c < index->desc->key_count; c++)
        if (match_gin_column(level, rel, index, c, clause, out, others_out))
            return true;
    return false;
}

static bool match_gin(Level *level, const Rel *rel, const IndexInfo *index, const Expr *clause,
                      PlanGinClause *out) {
    BitSet *others;
    return match_gin_with(level, rel, index, clause, out, &others) && bitset_empty(others);
}

/* An OR whose arms the index answers, each of them. */
static bool match_gin_or(Level *level, const Rel *rel, const IndexInfo *index, const Qual *qual,
                         IndexPath *ip) {
    const ExprBool *node = (const ExprBool *)qual->clause;
    if (qual->pseudo_constant || qual->volatile_ || !qual_comes_first(rel, qual) ||
        node->tag != EXPR_BOOL || node->op != BOOL_OR)
        return false;
    ip->gin = arena_array(level->planner->arena, PlanGinClause, node->args.count + 1);
    for (uint32_t i = 0; i < node->args.count; i++)
        if (!match_gin(level, rel, index, node->args.items[i], &ip->gin[i]))
            return false;
    ip->gin_count = node->args.count;
    ip->gin_any = true;
    return true;
}

static void gin_path(Level *level, Rel *rel, IndexInfo *index) {
    Arena *arena = level->planner->arena;
    IndexPath *ip = arena_new(arena, IndexPath);
    ip->index = index;
    ip->gin = arena_array(arena, PlanGinClause, rel->restrict_.count + 1);
    for (size_t i = 0; i < rel->restrict_.count; i++) {
        Qual *qual = rel->restrict_.items[i];
        if (qual->pseudo_constant || qual->volatile_ || !qual_comes_first(rel, qual) ||
            !match_gin(level, rel, index, qual->clause, &ip->gin[ip->gin_count]))
            continue;
        vec_push(&ip->conditions, arena, qual);
        ip->gin_count++;
    }
    for (size_t i = 0; i < rel->restrict_.count && ip->gin_count == 0; i++)
        if (match_gin_or(level, rel, index, rel->restrict_.items[i], ip))
            vec_push(&ip->conditions, arena, rel->restrict_.items[i]);
    if (ip->gin_count == 0)
        return;
    Path *path = arena_new(arena, Path);
    path->kind = PATH_INDEX;
    path->rel = rel;
    path->index = ip;
    path->rows = rel->rows;
    cost_index(level, path, 1);
    path_add(rel, path, arena);
}

/* ---- paths inside nested loops ---- */

bool qual_is_movable_to(const Qual *qual, const Rel *rel) {
    return bitset_overlap(qual->rels, rel->relids) &&
           !bitset_overlap(qual->outer_rels, rel->relids) &&
           !bitset_overlap(qual->nullable, rel->relids);
}

void movable_quals(Level *level, Rel *rel, QualVec *out) {
    Arena *arena = level->planner->arena;
    for (size_t i = 0; i < rel->joins.count; i++)
        if (qual_is_movable_to(rel->joins.items[i], rel))
            vec_push(out, arena, rel->joins.items[i]);
    if (!rel->in_ec)
        return;
    for (size_t e = 0; e < level->ecs.count; e++) {
        EquivClass *ec = level->ecs.items[e];
        if (ec->merged != NULL || ec->has_const || ec->sources.count == 0 ||
            !bitset_overlap(ec->rels, rel->relids))
            continue;
        for (int m = bitset_next(ec->rels, -1); m >= 0; m = bitset_next(ec->rels, m)) {
            Rel *other = level_rel(level, (uint32_t)m);
            if (other == NULL || other == rel)
                continue;
            QualVec one = {0};
            ec_join_quals_one(level, ec, rel->relids, other->relids, &one);
            for (size_t i = 0; i < one.count; i++)
                vec_push(out, arena, one.items[i]);
        }
    }
}

static void param_path(Level *level, Rel *rel, IndexInfo *index, ColumnMatches *matches,
                       const BitSet *outer, const QualVec *movable) {
    Arena *arena = level->planner->arena;
    Path *path = index_path(level, rel, index, matches, outer);
    BitSet *used = NULL;
    for (size_t i = 0; i < path->index->conditions.count; i++)
        used = bitset_union(arena, used, path->index->conditions.items[i]->rels);
    path->outer = bitset_minus(arena, used, rel->relids);
    if (bitset_empty(path->outer))
        return;
    if (index->desc->am == OID_AM_HASH && path->index->bound_count < index->desc->key_count)
        return;
    BitSet *reach = bitset_union(arena, path->outer, rel->relids);
    for (size_t i = 0; i < movable->count; i++)
        if (bitset_subset(movable->items[i]->rels, reach))
            vec_push(&path->param_quals, arena, movable->items[i]);
    if (path->index->whole_key)
        path->kind = PATH_POINT;
    double selectivity = quals_selectivity(level, &path->param_quals, rel, JOIN_INNER, NULL);
    if (path->index->whole_key)
        selectivity = fmin(selectivity, 1 / fmax(rel->tuples, 1));
    path->rows = clamp_rows(rel->rows * selectivity);
    cost_index(level, path, index_loops(level, path->outer));
    path_add(rel, path, arena);
}

static void param_index_paths(Level *level, Rel *rel, IndexInfo *index, const QualVec *movable) {
    Arena *arena = level->planner->arena;
    uint16_t columns = index->desc->key_count;
    ColumnMatches *matches = arena_array(arena, ColumnMatches, columns + 1u);
    BitSet *sets[16];
    uint32_t set_count = 0;
    BitSet *all = NULL;
    for (uint16_t c = 0; c < columns; c++) {
        index_match_quals(level, rel, index, c, &rel->restrict_, &matches[c]);
        index_match_quals(level, rel, index, c, movable, &matches[c]);
        for (size_t i = 0; i < matches[c].count; i++) {
            BitSet *others = matches[c].items[i].others;
            uint32_t s = 0;
            if (bitset_empty(others))
                continue;
            all = bitset_union(arena, all, others);
            while (s < set_count && !bitset_equal(sets[s], others))
                s++;
            if (s == set_count && set_count < ARRAY_LEN(sets))
                sets[set_count++] = others;
        }
    }
    for (uint32_t s = 0; s < set_count; s++)
        param_path(level, rel, index, matches, sets[s], movable);
    bool whole = true;
    for (uint32_t s = 0; s < set_count; s++)
        whole &= !bitset_equal(sets[s], all);
    if (whole && set_count > 1)
        param_path(level, rel, index, matches, all, movable);
}

/* ---- inverted indexes inside nested loops ---- */

double index_loops(Level *level, const BitSet *outer) {
    double loops = 1;
    for (int m = bitset_next(outer, -1); m >= 0; m = bitset_next(outer, m)) {
        Rel *other = level_rel(level, (uint32_t)m);
        if (other != NULL)
            loops *= fmax(1, other->rows);
    }
    return fmin(loops, 1e6);
}

/* What the index answers of the relation's own conditions, and of the others where outer is known. */
static void param_gin_path(Level *level, Rel *rel, IndexInfo *index, BitSet *outer,
                           const QualVec *movable) {
    Arena *arena = level->planner->arena;
    IndexPath *ip = arena_new(arena, IndexPath);
    Path *path = arena_new(arena, Path);
    BitSet *reach = bitset_union(arena, outer, rel->relids), *others;
    ip->index = index;
    ip->gin = arena_array(arena, PlanGinClause, rel->restrict_.count + movable->count + 1);
    for (size_t i = 0; i < rel->restrict_.count + movable->count; i++) {
        bool own = i < rel->restrict_.count;
        Qual *qual = own ? rel->restrict_.items[i] : movable->items[i - rel->restrict_.count];
        if (qual->pseudo_constant || qual->volatile_ || (own && !qual_comes_first(rel, qual)) ||
            !bitset_subset(qual->rels, reach) ||
            !match_gin_with(level, rel, index, qual->clause, &ip->gin[ip->gin_count], &others))
            continue;
        vec_push(&ip->conditions, arena, qual);
        ip->gin_count++;
    }
    for (size_t i = 0; i < movable->count; i++)
        if (bitset_subset(movable->items[i]->rels, reach))
            vec_push(&path->param_quals, arena, movable->items[i]);
    path->kind = PATH_INDEX;
    path->rel = rel;
    path->index = ip;
    path->outer = outer;
    path->rows =
        clamp_rows(rel->rows * quals_selectivity(level, &path->param_quals, rel, JOIN_INNER, NULL));
    cost_index(level, path, index_loops(level, outer));
    path_add(rel, path, arena);
}

static void param_gin_paths(Level *level, Rel *rel, IndexInfo *index, const QualVec *movable) {
    BitSet *sets[16];
    uint32_t set_count = 0;
    for (size_t i = 0; i < movable->count; i++) {
        const Qual *qual = movable->items[i];
        PlanGinClause clause;
        BitSet *others;
        uint32_t s = 0;
        if (qual->pseudo_constant || qual->volatile_ ||
            !match_gin_with(level, rel, index, qual->clause, &clause, &others))
            continue;
        others = bitset_minus(level->planner->arena, qual->rels, rel->relids);
        if (bitset_empty(others))
            continue;
        while (s < set_count && !bitset_equal(sets[s], others))
            s++;
        if (s == set_count && set_count < ARRAY_LEN(sets))
            sets[set_count++] = others;
    }
    for (uint32_t s = 0; s < set_count; s++)
        param_gin_path(level, rel, index, sets[s], movable);
}

/* ---- by ctid ---- */

static bool is_ctid(const Rel *rel, const Expr *expr) {
    return expr->tag == EXPR_COLUMN && ((const ExprColumn *)expr)->rt_index == rel->rt_index &&
           ((const ExprColumn *)expr)->attno == SYS_CTID &&
           ((const ExprColumn *)expr)->levels_up == 0;
}

static bool is_equality(Planner *planner, Oid op) {
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(planner->catalog, op, &oper));
    return oper != NULL && strcmp(oper->name, "=") == 0;
}

/* True: the table is reached in no other way. */
static bool tid_paths(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    Path *path = NULL;
    for (size_t i = 0; i < rel->restrict_.count; i++) {
        Qual *qual = rel->restrict_.items[i];
        Expr *value = NULL;
        BitSet *others;
        if (qual->clause->tag == EXPR_CURRENT_OF) {
            path = path != NULL ? path : arena_new(planner->arena, Path);
            path->current_of = (ExprCurrentOf *)qual->clause;
            vec_push(&path->tid_quals, planner->arena, qual);
            break;
        }
        if (qual->clause->tag == EXPR_FUNC && ((ExprFunc *)qual->clause)->args.count == 2) {
            ExprFunc *op = (ExprFunc *)qual->clause;
            if (!is_equality(planner, op->op))
                continue;
            if (is_ctid(rel, op->args.items[0]))
                value = op->args.items[1];
            else if (is_ctid(rel, op->args.items[1]))
                value = op->args.items[0];
        } else if (qual->clause->tag == EXPR_SCALAR_ARRAY_OP &&
                   ((ExprScalarArrayOp *)qual->clause)->use_or &&
                   is_equality(planner, ((ExprScalarArrayOp *)qual->clause)->op) &&
                   is_ctid(rel, ((ExprScalarArrayOp *)qual->clause)->args.items[0])) {
            value = ((ExprScalarArrayOp *)qual->clause)->args.items[1];
        }
        if (value == NULL || !qual_comes_first(rel, qual) ||
            !value_fits(level, rel, value, &others) || !bitset_empty(others))
            continue;
        path = path != NULL ? path : arena_new(planner->arena, Path);
        expr_list_add(planner->arena, &path->tids, value);
        vec_push(&path->tid_quals, planner->arena, qual);
        break;
    }
    if (path == NULL)
        return false;
    path->kind = PATH_TID;
    path->rel = rel;
    path->rows = rel->rows;
    if (path->current_of != NULL) { /* no other path knows where the cursor stands */
        rel->paths.count = 0;
        rel->rows = path->rows = 1;
    }
    path->total = planner->settings->random_page_cost + planner->settings->cpu_tuple_cost;
    if (!planner->settings->enable_tidscan && path->current_of == NULL)
        path->total += 1e10;
    path_add(rel, path, planner->arena);
    return path->current_of != NULL;
}

/* ---- tables ---- */

Path *seq_path(Level *level, Rel *rel) {
    Path *seq = arena_new(level->planner->arena, Path);
    seq->kind = PATH_SEQ;
    seq->rel = rel;
    seq->rows = rel->rows;
    seq->outer = rel->lateral; /* a sample's arguments may be columns of others */
    cost_seq(level, seq);
    return seq;
}

static bool key_lookup(Level *level, Rel *rel) {
    /* All columns of a unique index are pinned: one row at most. */
    for (uint32_t i = 0; i < rel->index_count; i++) {
        IndexInfo *index = &rel->indexes[i];
        if (!index->desc->unique || index->desc->predicate != NULL)
            continue;
        uint16_t pinned = 0;
        for (uint16_t c = 0; c < index->desc->key_count; c++) {
            ColumnMatches matches = {0};
            index_match_quals(level, rel, index, c, &rel->restrict_, &matches);
            if (first_of(&matches, INDEX_BOUND_EQ, NULL) == NULL)
                break;
            pinned++;
        }
        if (pinned == index->desc->key_count)
            return true;
    }
    return false;
}

Status table_paths(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    QualVec movable = {0};
    bool single = rel->restrict_.count > 0 && key_lookup(level, rel);
    rel->rows =
        clamp_rows(rel->tuples * quals_selectivity(level, &rel->restrict_, rel, JOIN_INNER, NULL));
    if (single)
        rel->rows = 1;
    for (uint32_t a = 0; a < rel->attr_count; a++)
        if (!bitset_empty(rel->attr_needed[a])) {
            int attno = (int)a - ATTNO_OFFSET;
            rel->width += attno > 0    ? type_width(planner, rel->desc->columns[attno - 1].type,
                                                    rel->desc->columns[attno - 1].typmod)
                          : attno == 0 ? 64
                                       : 6;
        }
    path_add(rel, seq_path(level, rel), planner->arena);
    parallel_scan_path(level, rel);
    if (rel->entry->sample != NULL)
        return STATUS_OK;
    if (tid_paths(level, rel))
        return STATUS_OK;
    if (rel->parent != NULL)
        movable = rel->movable;
    else
        movable_quals(level, rel, &movable);
    for (uint32_t i = 0; i < rel->index_count; i++) {
        IndexInfo *index = &rel->indexes[i];
        if (!index_holds_rows(planner, rel, NULL, index))
            continue;
        if (index->gin_kinds != NULL) {
            gin_path(level, rel, index);
            if (movable.count > 0)
                param_gin_paths(level, rel, index, &movable);
            continue;
        }
        ColumnMatches *matches =
            arena_array(planner->arena, ColumnMatches, index->desc->key_count + 1u);
        for (uint16_t c = 0; c < index->desc->key_count; c++) {
            index_match_quals(level, rel, index, c, &rel->restrict_, &matches[c]);
            if (matches[c].count == 0)
                break;
        }
        TRY(plain_index_paths(level, rel, index, matches));
        if (movable.count > 0)
            param_index_paths(level, rel, index, &movable);
    }
    bitmap_paths(level, rel, &movable);
    return STATUS_OK;
}
