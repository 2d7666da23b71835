/*
 * ext_stats.c: estimates from extended statistics (manual: How the Planner Uses Statistics).
 *
 * A clause is usable where all that it says is about elements of one statistics object: its columns and
 * expressions. Most common combinations come first: a clause is evaluated for each of them by putting their
 * values into its place and folding. Equalities that are left over go through functional dependencies.
 */
#include "planner/plan_int.h"

#include "base/array.h"
#include "catalog/row.h"
#include "types/ext_stats.h"
#include "types/record.h"

#include <math.h>

typedef struct ExtStat {
    const StatisticsDesc *desc;
    ExprList elements; /* its columns, then its expressions */
    const int16_t *numbers;
    ColumnGroups ndistinct, dependencies;
    McvList mcv;
    const ColumnStatistics **expr_stats; /* by expression; NULL: none */
} ExtStat;
struct ExtStats {
    uint32_t count;
    ExtStat *items;
};

static double clamp(double s) { return s < 0 ? 0 : s > 1 ? 1 : s; }

/* ---- loading ---- */

static Status load_expression_stats(Level *level, ExtStat *stat, Datum array) {
    Arena *arena = level->planner->arena;
    ArrayView view;
    TRY(array_view(array.str, &view));
    uint32_t count = stat->elements.count - stat->desc->column_count;
    stat->expr_stats = arena_array(arena, const ColumnStatistics *, count + 1u);
    for (uint32_t e = 0; e < count && e < view.elem_count; e++) {
        RecordView record;
        CatalogRow *row = arena_new(arena, CatalogRow);
        if (array_is_null(&view, e))
            continue;
        TRY(record_view(array_get(&view, e).str, &record));
        for (uint32_t i = 0; i < record.column_count && i < CATALOG_COLUMNS_MAX; i++) {
            row->nulls[i] = record_column_is_null(&record, i);
            if (!row->nulls[i])
                row->values[i] = record_column(&record, i);
        }
        stat->expr_stats[e] = catalog_statistics_of_row(row, arena);
    }
    return STATUS_OK;
}

static Status load_elements(Level *level, const Rel *rel, ExtStat *stat) {
    Planner *planner = level->planner;
    ExprList exprs = {0};
    const StatisticsDesc *desc = stat->desc;
    int16_t *numbers = arena_array(planner->arena, int16_t, EXT_STATS_COLUMNS_MAX + 1);
    for (uint32_t i = 0; i < desc->column_count && i < EXT_STATS_COLUMNS_MAX; i++) {
        const ColumnDesc *column = &rel->desc->columns[desc->columns[i] - 1];
        numbers[i] = column->attnum;
        expr_list_add(planner->arena, &stat->elements,
                      expr_column(planner->arena, rel->rt_index, column->attnum, column->type,
                                  column->typmod, column->collation, 0));
    }
    if (desc->expressions != NULL)
        TRY(expr_list_from_string(planner->arena, desc->expressions, strlen(desc->expressions),
                                  &exprs));
    for (uint32_t e = 0; e < exprs.count && stat->elements.count < EXT_STATS_COLUMNS_MAX; e++) {
        Expr *expr;
        TRY(fold_expr(planner, exprs.items[e], &expr));
        numbers[stat->elements.count] = (int16_t)(-1 - (int)e);
        expr = tree_change_index(planner->arena, expr, 1, rel->rt_index, 0);
        expr_list_add(planner->arena, &stat->elements, expr_strip_relabel(expr));
    }
    stat->numbers = numbers;
    return STATUS_OK;
}

static Status load_one(Level *level, const Rel *rel, const StatisticsDesc *desc, ExtStat *stat,
                       bool *found_out) {
    Planner *planner = level->planner;
    Arena *arena = planner->arena;
    CatalogRow *row = arena_new(arena, CatalogRow);
    Datum keys[2] = {datum_oid(desc->oid), datum_bool(rel->inherits)};
    *stat = (ExtStat){.desc = desc};
    TRY(catalog_find(planner->catalog, PG_STATISTIC_EXT_DATA_STXOID_INH_INDEX, keys, 2, arena, row,
                     found_out));
    if (!*found_out)
        return STATUS_OK;
    TRY(load_elements(level, rel, stat));
    if (!row->nulls[PG_STATISTIC_EXT_DATA_STXDNDISTINCT])
        TRY(column_groups_read(arena, row->values[PG_STATISTIC_EXT_DATA_STXDNDISTINCT].str,
                               &stat->ndistinct));
    if (!row->nulls[PG_STATISTIC_EXT_DATA_STXDDEPENDENCIES])
        TRY(column_groups_read(arena, row->values[PG_STATISTIC_EXT_DATA_STXDDEPENDENCIES].str,
                               &stat->dependencies));
    if (!row->nulls[PG_STATISTIC_EXT_DATA_STXDMCV])
        TRY(mcv_list_read(planner->env, arena, row->values[PG_STATISTIC_EXT_DATA_STXDMCV].str,
                          &stat->mcv));
    if (stat->mcv.column_count != stat->elements.count)
        stat->mcv.count = 0;
    if (!row->nulls[PG_STATISTIC_EXT_DATA_STXDEXPR])
        TRY(load_expression_stats(level, stat, row->values[PG_STATISTIC_EXT_DATA_STXDEXPR]));
    return STATUS_OK;
}

static Status load(Level *level, Rel *rel) {
    rel->ext_stats = arena_new(level->planner->arena, struct ExtStats);
    rel->ext_stats->items =
        arena_array(level->planner->arena, ExtStat, rel->desc->statistics_count + 1u);
    for (uint32_t i = 0; i < rel->desc->statistics_count; i++) {
        bool found;
        ExtStat *stat = &rel->ext_stats->items[rel->ext_stats->count];
        TRY(load_one(level, rel, &rel->desc->statistics[i], stat, &found));
        rel->ext_stats->count += found;
    }
    return STATUS_OK;
}

/* NULL: it has none. Statistics that cannot be read do without, as estimates go. */
static const struct ExtStats *stats_of(Level *level, Rel *rel) {
    if (rel == NULL || rel->desc == NULL || rel->is_join || rel->desc->statistics_count == 0)
        return NULL;
    if (rel->ext_stats == NULL)
        status_free(load(level, rel));
    return rel->ext_stats;
}

/* ---- clauses and the elements they are about ---- */

static int element_of(const ExtStat *stat, const Expr *expr) {
    for (uint32_t i = 0; i < stat->elements.count; i++)
        if (expr_equal(stat->elements.items[i], expr))
            return (int)i;
    return -1;
}

/* The side of a comparison that is no constant; NULL: neither or both are. */
static Expr *compared(Level *level, const ExprList *args) {
    Expr *left, *right;
    if (args->count != 2)
        return NULL;
    left = args->items[0];
    right = args->items[1];
    status_free(fold_estimate(level->planner, left, &left));
    status_free(fold_estimate(level->planner, right, &right));
    left = expr_strip_relabel(left);
    right = expr_strip_relabel(right);
    if (right->tag == EXPR_CONST && left->tag != EXPR_CONST)
        return left;
    return left->tag == EXPR_CONST && right->tag != EXPR_CONST ? right : NULL;
}

/* What is compared with the elements of a known array; NULL: nothing is. */
static Expr *compared_with_array(Level *level, const ExprList *args) {
    uint32_t count;
    Expr *left = expr_strip_relabel(args->items[0]);
    return left->tag == EXPR_CONST || array_elements(level, args->items[1], &count) == NULL ? NULL
                                                                                            : left;
}

#define EQSEL 101
static Oid estimator_of(Level *level, Oid op) {
    const OperatorDesc *desc = NULL;
    status_free(catalog_operator(level->planner->catalog, op, &desc));
    return desc == NULL ? OID_INVALID : desc->restrict_estimator;
}
/* eqsel, neqsel, scalarltsel, scalargtsel, scalarlesel, scalargesel */
static bool is_comparison(Level *level, Oid op) {
    Oid e = estimator_of(level, op);
    return (e >= EQSEL && e <= 104) || e == 336 || e == 337;
}

/* Adds what the clause is about. False: no statistics can judge it. */
static bool collect(Level *level, const Rel *rel, Expr *clause, ExprList *out) {
    Expr *other;
    clause = expr_strip_relabel(clause);
    switch (clause->tag) {
    case EXPR_COLUMN:
        if (((ExprColumn *)clause)->rt_index != rel->rt_index || ((ExprColumn *)clause)->attno <= 0)
            return false;
        break;
    case EXPR_FUNC:
        if (((ExprFunc *)clause)->op == 0 || ((ExprFunc *)clause)->args.count != 2)
            break;
        other = compared(level, &((ExprFunc *)clause)->args);
        if (other == NULL || !is_comparison(level, ((ExprFunc *)clause)->op))
            return false;
        clause = other;
        break;
    case EXPR_SCALAR_ARRAY_OP:
        other = compared_with_array(level, &((ExprScalarArrayOp *)clause)->args);
        if (other == NULL || !is_comparison(level, ((ExprScalarArrayOp *)clause)->op))
            return false;
        clause = other;
        break;
    case EXPR_BOOL:
        for (uint32_t i = 0; i < ((ExprBool *)clause)->args.count; i++)
            if (!collect(level, rel, ((ExprBool *)clause)->args.items[i], out))
                return false;
        return true;
    case EXPR_NULL_TEST:
        clause = expr_strip_relabel(((ExprNullTest *)clause)->arg);
        break;
    case EXPR_CONST:
        return false;
    default:
        break;
    }
    if (clause->tag == EXPR_COLUMN &&
        (((ExprColumn *)clause)->rt_index != rel->rt_index || ((ExprColumn *)clause)->attno <= 0))
        return false;
    expr_list_add(level->planner->arena, out, clause);
    return true;
}

/* The clause's elements in stat as bits; 0: it is not covered. */
static uint32_t covered(const ExtStat *stat, const ExprList *about) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < about->count; i++) {
        int element = element_of(stat, about->items[i]);
        if (element < 0)
            return 0;
        bits |= 1u << element;
    }
    return bits;
}

/* ---- most common combinations ---- */

typedef struct Substitute {
    Level *level;
    const ExtStat *stat;
    const McvItem *item;
} Substitute;

static Expr *substitute(Expr *expr, void *arg) {
    const Substitute *s = arg;
    if (expr == NULL)
        return NULL;
    int element = element_of(s->stat, expr);
    if (element < 0)
        return expr_map(s->level->planner->arena, expr, substitute, arg);
    PhysType phys = PHYS_STR;
    status_free(an_phys(&s->level->planner->an, expr->type, &phys));
    return (Expr *)expr_const(s->level->planner->arena, expr->type, expr->typmod, expr->collation,
                              phys, s->item->values[element], s->item->nulls[element]);
}

static bool matches(Level *level, const ExtStat *stat, const McvItem *item, Expr *clause);

/* An operator with ANY or ALL, element by element. */
static bool matches_array(Level *level, const ExtStat *stat, const McvItem *item,
                          ExprScalarArrayOp *node) {
    ExprFunc one = {.tag = EXPR_FUNC,
                    .type = OID_BOOL,
                    .op = node->op,
                    .function = node->function,
                    .input_collation = node->input_collation};
    uint32_t count;
    Expr **elements = array_elements(level, node->args.items[1], &count);
    if (elements == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        one.args = expr_list_of(level->planner->arena, 2, node->args.items[0], elements[i]);
        if (matches(level, stat, item, (Expr *)&one) == node->use_or)
            return node->use_or;
    }
    return !node->use_or;
}

/* Is the clause true for the item? What is NULL counts as false. */
static bool matches(Level *level, const ExtStat *stat, const McvItem *item, Expr *clause) {
    Substitute s = {level, stat, item};
    clause = expr_strip_relabel(clause);
    int element = element_of(stat, clause);
    if (element >= 0)
        return !item->nulls[element] && item->values[element].b;
    if (clause->tag == EXPR_SCALAR_ARRAY_OP)
        return matches_array(level, stat, item, (ExprScalarArrayOp *)clause);
    if (clause->tag == EXPR_BOOL) {
        const ExprBool *node = (const ExprBool *)clause;
        for (uint32_t i = 0; i < node->args.count; i++) {
            bool one = matches(level, stat, item, node->args.items[i]);
            if (node->op == BOOL_NOT || one == (node->op == BOOL_OR))
                return node->op == BOOL_NOT ? !one : one;
        }
        return node->op == BOOL_AND;
    }
    Expr *value = substitute(clause, &s);
    Status status = fold_estimate(level->planner, value, &value);
    bool failed = !status_ok(status);
    status_free(status);
    return !failed && expr_is_true_const(value);
}

typedef struct McvSum {
    double frequency, base;
} McvSum;
static void sum_add(McvSum *sum, const McvItem *item) {
    sum->frequency += item->frequency;
    sum->base += item->base_frequency;
}
static double total_of(const ExtStat *stat) {
    double total = 0;
    for (uint32_t i = 0; i < stat->mcv.count; i++)
        total += stat->mcv.items[i].frequency;
    return total;
}

/* What the simple estimate says beyond the combinations known is kept. */
static double combine(double simple, McvSum sum, double total) {
    double other = clamp(simple - sum.base);
    if (other > 1 - total)
        other = 1 - total;
    return clamp(sum.frequency + other);
}

static double all_true(ExtClauses *c, const ExtStat *stat, const uint32_t *chosen, uint32_t count) {
    Arena *arena = c->level->planner->arena;
    Expr **list = arena_array(arena, Expr *, count + 1u);
    McvSum sum = {0};
    for (uint32_t i = 0; i < count; i++)
        list[i] = c->clauses[chosen[i]];
    for (uint32_t k = 0; k < stat->mcv.count; k++) {
        bool match = true;
        for (uint32_t i = 0; i < count && match; i++)
            match = matches(c->level, stat, &stat->mcv.items[k], list[i]);
        if (match)
            sum_add(&sum, &stat->mcv.items[k]);
    }
    return combine(c->simple(c, list, count), sum, total_of(stat));
}

/* Clause by clause, each without what it has in common with those before. */
static double any_true(ExtClauses *c, const ExtStat *stat, const uint32_t *chosen, uint32_t count,
                       const ExprList *about) {
    Arena *arena = c->level->planner->arena;
    bool *before = arena_array(arena, bool, stat->mcv.count + 1u);
    double simple_or = 0, s = 0, total = total_of(stat);
    for (uint32_t i = 0; i < count; i++) {
        Expr *clause = c->clauses[chosen[i]];
        double simple = c->simple(c, &clause, 1), overlap_simple = simple_or * simple;
        McvSum sum = {0}, overlap = {0};
        simple_or = clamp(simple_or + simple - overlap_simple);
        for (uint32_t k = 0; k < stat->mcv.count; k++) {
            if (!matches(c->level, stat, &stat->mcv.items[k], clause))
                continue;
            sum_add(&sum, &stat->mcv.items[k]);
            if (before[k])
                sum_add(&overlap, &stat->mcv.items[k]);
            before[k] = true;
        }
        double one = about[chosen[i]].count == 1 ? simple : combine(simple, sum, total);
        s = clamp(s + one - combine(overlap_simple, overlap, total));
    }
    return s;
}

/* The object that covers most; of equals the smaller one. NULL: none covers two elements. */
static const ExtStat *best_mcv(const ExtClauses *c, const struct ExtStats *stats,
                               const ExprList *about) {
    const ExtStat *best = NULL;
    int best_matched = 2, best_keys = EXT_STATS_COLUMNS_MAX + 1;
    for (uint32_t i = 0; i < stats->count; i++) {
        const ExtStat *stat = &stats->items[i];
        uint32_t bits = 0;
        if (stat->mcv.count == 0)
            continue;
        for (uint32_t k = 0; k < c->count; k++)
            if (about[k].count > 0)
                bits |= covered(stat, &about[k]);
        int matched = __builtin_popcount(bits), keys = (int)stat->elements.count;
        if (matched > best_matched || (matched == best_matched && keys < best_keys)) {
            best = stat;
            best_matched = matched;
            best_keys = keys;
        }
    }
    return best;
}

static double by_mcv(ExtClauses *c, const struct ExtStats *stats) {
    Arena *arena = c->level->planner->arena;
    ExprList *about = arena_array(arena, ExprList, c->count + 1u);
    uint32_t *chosen = arena_array(arena, uint32_t, c->count + 1u);
    double s = c->is_or ? 0 : 1;
    const ExtStat *stat;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->estimated[i] || !collect(c->level, c->rel, c->clauses[i], &about[i]))
            about[i] = (ExprList){0};
    while ((stat = best_mcv(c, stats, about)) != NULL) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < c->count; i++) {
            if (c->estimated[i] || about[i].count == 0 || covered(stat, &about[i]) == 0)
                continue;
            c->estimated[i] = true;
            chosen[count++] = i;
        }
        double one =
            c->is_or ? any_true(c, stat, chosen, count, about) : all_true(c, stat, chosen, count);
        s = c->is_or ? s + one - s * one : s * one;
        for (uint32_t i = 0; i < count; i++)
            about[chosen[i]] = (ExprList){0};
    }
    return s;
}

/* ---- functional dependencies ---- */

/* What a clause compares for equality with something known; NULL: it does not. */
static Expr *equal_to_known(Level *level, const Rel *rel, Expr *clause) {
    Expr *about = NULL;
    clause = expr_strip_relabel(clause);
    if (clause->tag == EXPR_FUNC && ((ExprFunc *)clause)->op != 0 &&
        ((ExprFunc *)clause)->args.count == 2) {
        ExprFunc *op = (ExprFunc *)clause;
        if (estimator_of(level, op->op) != EQSEL)
            return NULL;
        Expr *left = expr_strip_relabel(op->args.items[0]);
        Expr *right = expr_strip_relabel(op->args.items[1]);
        BitSet *l = tree_rels(level->planner->arena, NULL, left, 0);
        BitSet *r = tree_rels(level->planner->arena, NULL, right, 0);
        about = bitset_empty(r) && !bitset_empty(l)   ? left
                : bitset_empty(l) && !bitset_empty(r) ? right
                                                      : NULL;
    } else if (clause->tag == EXPR_SCALAR_ARRAY_OP) {
        ExprScalarArrayOp *op = (ExprScalarArrayOp *)clause;
        if (!op->use_or || estimator_of(level, op->op) != EQSEL)
            return NULL;
        about = compared_with_array(level, &op->args);
    } else if (clause->tag == EXPR_BOOL && ((ExprBool *)clause)->op == BOOL_OR) {
        ExprBool *any = (ExprBool *)clause;
        for (uint32_t i = 0; i < any->args.count; i++) {
            Expr *one = equal_to_known(level, rel, any->args.items[i]);
            if (one == NULL || (about != NULL && !expr_equal(one, about)))
                return NULL;
            about = one;
        }
    } else if (clause->tag == EXPR_BOOL && ((ExprBool *)clause)->args.count == 1) {
        about = expr_strip_relabel(((ExprBool *)clause)->args.items[0]);
    } else {
        about = clause;
    }
    if (about != NULL && about->tag == EXPR_COLUMN &&
        (((ExprColumn *)about)->rt_index != rel->rt_index || ((ExprColumn *)about)->attno <= 0))
        return NULL;
    return about;
}

/* A dependency between attributes: places in the list of what clauses are about. */
typedef struct Dependency {
    double degree;
    uint32_t count;
    uint32_t attributes[EXT_STATS_COLUMNS_MAX];
} Dependency;
typedef VEC(Dependency) DependencyVec;

static int place_of(const ExprList *list, const Expr *expr) {
    for (uint32_t i = 0; i < list->count; i++)
        if (expr_equal(list->items[i], expr))
            return (int)i;
    return -1;
}

static void add_dependencies(Level *level, const ExtStat *stat, const ExprList *attributes,
                             DependencyVec *out) {
    for (uint32_t i = 0; i < stat->dependencies.count; i++) {
        const ColumnGroup *group = &stat->dependencies.items[i];
        Dependency d = {.degree = group->value, .count = group->count};
        bool all = true;
        for (uint32_t k = 0; k < group->count && all; k++) {
            int place = -1;
            for (uint32_t e = 0; e < stat->elements.count; e++)
                if (stat->numbers[e] == group->columns[k])
                    place = place_of(attributes, stat->elements.items[e]);
            all = place >= 0;
            d.attributes[k] = (uint32_t)place;
        }
        if (all)
            vec_push(out, level->planner->arena, d);
    }
}

/* The widest one whose attributes are all left, of equals the strongest. */
static const Dependency *strongest(const DependencyVec *all, const bool *left) {
    const Dependency *best = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const Dependency *d = &all->items[i];
        bool usable = best == NULL || d->count > best->count ||
                      (d->count == best->count && d->degree >= best->degree);
        for (uint32_t k = 0; k < d->count && usable; k++)
            usable = left[d->attributes[k]];
        if (usable)
            best = d;
    }
    return best;
}

/* P(a, b) = f * min(P(a), P(b)) + (1 - f) * P(a) * P(b), from the last dependency to the first. */
static double apply(ExtClauses *c, const Dependency *const *used, uint32_t used_count,
                    const ExprList *attributes, const int *clause_place) {
    Arena *arena = c->level->planner->arena;
    double *s = arena_array(arena, double, attributes->count + 1u), product = 1;
    bool *involved = arena_array(arena, bool, attributes->count + 1u);
    Expr **list = arena_array(arena, Expr *, c->count + 1u);
    for (uint32_t i = 0; i < used_count; i++)
        for (uint32_t k = 0; k < used[i]->count; k++)
            involved[used[i]->attributes[k]] = true;
    for (uint32_t a = 0; a < attributes->count; a++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < c->count && involved[a]; i++)
            if (clause_place[i] == (int)a) {
                list[count++] = c->clauses[i];
                c->estimated[i] = true;
            }
        s[a] = involved[a] ? c->simple(c, list, count) : 1;
    }
    for (uint32_t i = used_count; i-- > 0;) {
        const Dependency *d = used[i];
        double s1 = 1, f = d->degree, *s2 = &s[d->attributes[d->count - 1]];
        for (uint32_t k = 0; k + 1 < d->count; k++)
            s1 *= s[d->attributes[k]];
        *s2 = s1 <= *s2 ? f + (1 - f) * *s2 : f * *s2 / s1 + (1 - f) * *s2;
    }
    for (uint32_t a = 0; a < attributes->count; a++)
        product *= s[a];
    return clamp(product);
}

static double by_dependencies(ExtClauses *c, const struct ExtStats *stats) {
    Arena *arena = c->level->planner->arena;
    ExprList attributes = {0};
    DependencyVec all = {0};
    int *place = arena_array(arena, int, c->count + 1u);
    bool known = false;
    for (uint32_t i = 0; i < stats->count; i++)
        known |= stats->items[i].dependencies.count > 0;
    if (!known)
        return 1;
    for (uint32_t i = 0; i < c->count; i++) {
        Expr *about = c->estimated[i] ? NULL : equal_to_known(c->level, c->rel, c->clauses[i]);
        place[i] = -1;
        if (about == NULL)
            continue;
        place[i] = place_of(&attributes, about);
        if (place[i] < 0) {
            place[i] = (int)attributes.count;
            expr_list_add(arena, &attributes, about);
        }
    }
    if (attributes.count < 2)
        return 1;
    for (uint32_t i = 0; i < stats->count; i++)
        add_dependencies(c->level, &stats->items[i], &attributes, &all);
    const Dependency **used = arena_array(arena, const Dependency *, attributes.count + 1u), *d;
    bool *left = arena_array(arena, bool, attributes.count + 1u);
    uint32_t used_count = 0;
    memset(left, true, attributes.count);
    while (used_count < attributes.count && (d = strongest(&all, left)) != NULL) {
        used[used_count++] = d;
        left[d->attributes[d->count - 1]] = false;
    }
    return used_count == 0 ? 1 : apply(c, used, used_count, &attributes, place);
}

double ext_stats_selectivity(ExtClauses *c) {
    const struct ExtStats *stats = stats_of(c->level, c->rel);
    if (stats == NULL || stats->count == 0)
        return c->is_or ? 0 : 1;
    double s = by_mcv(c, stats);
    return c->is_or ? s : s * by_dependencies(c, stats);
}

/* ---- how many values ---- */

const ColumnStatistics *ext_stats_expression(Level *level, Rel *rel, const Expr *expr) {
    const struct ExtStats *stats = stats_of(level, rel);
    for (uint32_t i = 0; stats != NULL && i < stats->count; i++) {
        const ExtStat *stat = &stats->items[i];
        int element = stat->expr_stats == NULL ? -1 : element_of(stat, expr);
        if (element >= (int)stat->desc->column_count &&
            stat->expr_stats[(uint32_t)element - stat->desc->column_count] != NULL)
            return stat->expr_stats[(uint32_t)element - stat->desc->column_count];
    }
    return NULL;
}

/* Expressions shared count more than columns. */
static const ExtStat *best_ndistinct(const struct ExtStats *stats, const ExprList *exprs,
                                     uint32_t *bits_out) {
    const ExtStat *best = NULL;
    int best_columns = 0, best_expressions = 0;
    for (uint32_t i = 0; i < stats->count; i++) {
        const ExtStat *stat = &stats->items[i];
        uint32_t bits = 0;
        for (uint32_t k = 0; k < exprs->count && stat->ndistinct.count > 0; k++) {
            int element = element_of(stat, exprs->items[k]);
            bits |= element < 0 ? 0 : 1u << element;
        }
        int columns = __builtin_popcount(bits & ((1u << stat->desc->column_count) - 1));
        int expressions = __builtin_popcount(bits) - columns;
        if (columns + expressions < 2 || expressions < best_expressions ||
            (expressions == best_expressions && columns <= best_columns))
            continue;
        best = stat;
        best_columns = columns;
        best_expressions = expressions;
        *bits_out = bits;
    }
    return best;
}

bool ext_stats_distinct(Level *level, Rel *rel, ExprList *exprs, double *distinct_out) {
    const struct ExtStats *stats = stats_of(level, rel);
    uint32_t bits = 0;
    const ExtStat *stat = stats == NULL ? NULL : best_ndistinct(stats, exprs, &bits);
    if (stat == NULL)
        return false;
    for (uint32_t i = 0; i < stat->ndistinct.count; i++) {
        const ColumnGroup *group = &stat->ndistinct.items[i];
        uint32_t have = 0;
        for (uint32_t k = 0; k < group->count; k++)
            for (uint32_t e = 0; e < stat->elements.count; e++)
                if (stat->numbers[e] == group->columns[k])
                    have |= 1u << e;
        if (have != bits)
            continue;
        ExprList rest = {0};
        for (uint32_t k = 0; k < exprs->count; k++)
            if (element_of(stat, exprs->items[k]) < 0)
                expr_list_add(level->planner->arena, &rest, exprs->items[k]);
        *exprs = rest;
        *distinct_out = group->value;
        return true;
    }
    return false;
}
