/*
 * cost.c: how many rows, how wide, how dear (manual: Planner Cost Constants, Row Estimation).
 *
 * Selectivities come from pg_statistic where ANALYZE left something, else from what indexes and
 * constants tell, else from PostgreSQL's defaults.
 */
#include "base/array.h"
#include "planner/plan_int.h"
#include "types/datetime.h"

#include <math.h>

#define SEL_EQ 0.005
#define SEL_INEQ 0.3333333333333333
#define SEL_RANGE 0.005
#define ARRAY_ELEMENTS_MAX 10000u /* of a known array that are looked at */
#define SEL_MATCH 0.005
#define SEL_UNKNOWN 0.005
#define DISTINCT_DEFAULT 200.0

double clamp_rows(double rows) {
    if (!(rows < 1e100))
        return 1e100;
    return rows <= 1.0 ? 1.0 : rint(rows);
}

static double clamp_selectivity(double s) { return s < 0 ? 0 : s > 1 ? 1 : s; }

Rel *level_rel(Level *level, uint32_t rt_index) {
    if (rt_index < level->rel_count)
        return level->rels[rt_index];
    size_t low = 0, high = level->others.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (level->others.items[middle]->rt_index < rt_index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < level->others.count && level->others.items[low]->rt_index == rt_index
               ? level->others.items[low]
               : NULL;
}

Expr *base_column(Level *level, const Rel *rel, int16_t attno) {
    static const Oid system_types[] = {0,       OID_TID, OID_XID, OID_CID,
                                       OID_XID, OID_CID, OID_OID, OID_INT8};
    const RangeEntry *entry = rel->entry;
    Oid type = OID_RECORD, collation = 0;
    int32_t typmod = -1;
    if (attno > 0) {
        type = entry->column_types[attno - 1];
        typmod = entry->column_typmods[attno - 1];
        collation = entry->column_collations[attno - 1];
    } else if (attno < 0) {
        type = system_types[-attno];
    } else if (rel->desc != NULL && rel->desc->row_type != 0) {
        type = rel->desc->row_type;
    }
    return (Expr *)expr_column(level->planner->arena, rel->rt_index, attno, type, typmod, collation,
                               0);
}

double type_width(Planner *planner, Oid type, int32_t typmod) {
    const TypeDesc *desc = NULL;
    status_free(catalog_type(planner->catalog, type, &desc));
    if (desc != NULL && desc->len > 0)
        return desc->len;
    if (typmod > 4 && (type == OID_BPCHAR || type == OID_VARCHAR)) {
        int32_t max = typmod - 4;
        return type == OID_BPCHAR || max <= 32 ? max
               : max < 1000                    ? 32 + (max - 32) / 2
                                               : 32 + (1000 - 32) / 2;
    }
    return 32;
}

/* What is known of an expression's values; NULL: nothing. */
static const ColumnStatistics *expr_stats(Level *level, const Expr *expr) {
    const ColumnStatistics *stats = NULL;
    if (expr->tag != EXPR_COLUMN) {
        if (expr->tag == EXPR_CONST || expr->tag == EXPR_PARAM)
            return NULL;
        int only =
            level->has_ext_stats
                ? bitset_only(tree_rels(level->planner->arena, NULL, (Expr *)(uintptr_t)expr, 0))
                : 0;
        return only > 0 ? ext_stats_expression(level, level_rel(level, (uint32_t)only), expr)
                        : NULL;
    }
    const ExprColumn *column = (const ExprColumn *)expr;
    Rel *rel = level_rel(level, column->rt_index);
    if (rel == NULL || rel->entry->kind != RTE_RELATION || column->attno <= 0)
        return NULL;
    status_free(catalog_column_statistics(level->planner->catalog, rel->entry->relation,
                                          column->attno, rel->inherits, &stats));
    return stats;
}
static const ColumnStatistics *column_stats(Level *level, const ExprColumn *column) {
    return expr_stats(level, (const Expr *)column);
}

static const StatisticSlot *stats_slot(const ColumnStatistics *stats, int16_t kind) {
    for (uint32_t i = 0; stats != NULL && i < ARRAY_LEN(stats->slots); i++)
        if (stats->slots[i].kind == kind)
            return &stats->slots[i];
    return NULL;
}

double column_width(Level *level, const Expr *expr) {
    if (expr->tag == EXPR_COLUMN && ((const ExprColumn *)expr)->attno > 0) {
        const ColumnStatistics *stats = column_stats(level, (const ExprColumn *)expr);
        if (stats != NULL && stats->width > 0)
            return stats->width;
    }
    return type_width(level->planner, expr->type, expr->typmod);
}

double relation_pages_bytes(double rows, double width) {
    return ceil(rows * (ALIGN_UP((uint64_t)(width + 0.5), 8) + 24.0) / 8192.0);
}

/* ---- how many different values ---- */

static bool unique_column(const Rel *rel, int16_t attno) {
    for (uint32_t i = 0; i < rel->index_count; i++) {
        const IndexDesc *index = rel->indexes[i].desc;
        if (index->unique && index->key_count == 1 && index->attnums[0] == attno &&
            index->predicate == NULL)
            return true;
    }
    return false;
}

double expr_distinct(Level *level, const Expr *expr, double rows, bool *default_out) {
    *default_out = false;
    expr = expr_strip_relabel((Expr *)(uintptr_t)expr);
    if (expr->type == OID_BOOL)
        return 2;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        Rel *rel = level_rel(level, column->rt_index);
        const ColumnStatistics *stats = column_stats(level, column);
        double tuples = rel != NULL && rel->tuples > 0 ? rel->tuples : rows;
        if (stats != NULL && stats->distinct > 0)
            return clamp_rows(stats->distinct);
        if (stats != NULL && stats->distinct < 0)
            return clamp_rows(-stats->distinct * tuples);
        if (rel != NULL && rel->entry->kind == RTE_RELATION &&
            (unique_column(rel, column->attno) || column->attno == SYS_CTID ||
             column->attno == SYS_ROWID))
            return clamp_rows(tuples);
        if (column->attno == SYS_TABLEOID)
            return 1;
    }
    const ColumnStatistics *known = expr->tag == EXPR_COLUMN ? NULL : expr_stats(level, expr);
    if (known != NULL && known->distinct != 0) {
        Rel *rel = level_rel(level, (uint32_t)bitset_only(tree_rels(level->planner->arena, NULL,
                                                                    (Expr *)(uintptr_t)expr, 0)));
        return clamp_rows(known->distinct > 0 ? known->distinct : -known->distinct * rel->tuples);
    }
    *default_out = true;
    return rows < DISTINCT_DEFAULT ? clamp_rows(rows) : DISTINCT_DEFAULT;
}

double hash_buckets(double rows) {
    double buckets = 1024;
    while (buckets < rows)
        buckets *= 2;
    return buckets;
}

double hash_bucket_share(Level *level, const Expr *expr, const Rel *rel, double buckets) {
    bool is_default;
    double distinct = expr_distinct(level, expr, rel->rows, &is_default), common = 0, nulls = 0;
    const Expr *bare = expr_strip_relabel((Expr *)(uintptr_t)expr);
    const ColumnStatistics *stats =
        bare->tag == EXPR_COLUMN ? column_stats(level, (const ExprColumn *)bare) : NULL;
    if (stats != NULL) {
        const StatisticSlot *slot = stats_slot(stats, 1);
        common = slot != NULL && slot->number_count > 0 ? slot->numbers[0] : 0;
        nulls = stats->null_fraction;
    }
    if (is_default)
        return fmax(0.1, common);
    double average = (1 - nulls) / distinct;
    if (rel->tuples > 0)
        distinct = clamp_rows(distinct * rel->rows / rel->tuples);
    double share = distinct > buckets ? 1 / buckets : 1 / distinct;
    if (average > 0 && common > average)
        share *= common / average;
    return fmin(1, fmax(share, 1e-6));
}

typedef struct GroupColumns {
    Level *level;
    ExprList columns; /* and expressions with statistics of their own */
} GroupColumns;

static void group_add(GroupColumns *group, Expr *expr) {
    for (uint32_t i = 0; i < group->columns.count; i++)
        if (expr_equal(group->columns.items[i], expr))
            return;
    expr_list_add(group->level->planner->arena, &group->columns, expr);
}

static bool group_columns_visit(Expr *expr, void *arg) {
    if (expr->tag != EXPR_COLUMN)
        return expr_walk(expr, group_columns_visit, arg);
    group_add(arg, expr);
    return false;
}

static int group_rel(Level *level, Expr *expr) {
    if (expr->tag == EXPR_COLUMN)
        return (int)((ExprColumn *)expr)->rt_index;
    return bitset_only(tree_rels(level->planner->arena, NULL, expr, 0));
}

/* Combinations of values that some of one relation's columns have. */
static double rel_groups(Level *level, Rel *rel, ExprList list, double rows) {
    double product = 1, max = 1, tuples = rel != NULL && rel->tuples > 0 ? rel->tuples : rows;
    double together;
    uint32_t columns = 0;
    while (rel != NULL && list.count > 1 && ext_stats_distinct(level, rel, &list, &together)) {
        product *= together;
        max = fmax(max, together);
        columns++;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        bool is_default;
        double distinct = expr_distinct(level, list.items[i], tuples, &is_default);
        product *= distinct;
        max = fmax(max, distinct);
        columns++;
    }
    double clamp = columns > 1 ? fmax(tuples * 0.1, max) : tuples;
    product = fmin(product, fmax(clamp, 1));
    if (rel != NULL && rel->tuples > 0 && rel->rows < rel->tuples)
        product *= 1 - pow((rel->tuples - rel->rows) / rel->tuples, rel->tuples / product);
    return fmax(1, ceil(product));
}

double group_estimate(Level *level, const ExprList *exprs, double rows) {
    GroupColumns group = {level, {0}};
    double total = 1;
    if (exprs->count == 0)
        return 1;
    for (uint32_t i = 0; i < exprs->count; i++) {
        Expr *expr = expr_strip_relabel(exprs->items[i]);
        if (expr->type == OID_BOOL && expr->tag != EXPR_COLUMN)
            total *= 2;
        else if (expr->tag != EXPR_COLUMN && expr_stats(level, expr) != NULL)
            group_add(&group, expr);
        else
            group_columns_visit(expr, &group);
    }
    BitSet *done = NULL;
    Arena *arena = level->planner->arena;
    for (uint32_t i = 0; i < group.columns.count; i++) {
        int rt = group_rel(level, group.columns.items[i]);
        ExprList own = {0};
        if (bitset_has(done, rt))
            continue;
        done = bitset_add(arena, done, rt);
        for (uint32_t j = i; j < group.columns.count; j++)
            if (group_rel(level, group.columns.items[j]) == rt)
                expr_list_add(arena, &own, group.columns.items[j]);
        total *= rel_groups(level, level_rel(level, (uint32_t)rt), own, rows);
    }
    return clamp_rows(fmin(total, rows));
}

/* ---- comparisons with constants ---- */

static bool const_of(Level *level, Expr *expr, ExprConst **out) {
    Expr *value = expr;
    if (expr->tag != EXPR_CONST)
        status_free(fold_estimate(level->planner, expr, &value));
    value = expr_strip_relabel(value);
    *out = (ExprConst *)value;
    return value->tag == EXPR_CONST;
}

/* Compares a constant with an element of a statistics array. */
typedef struct Comparer {
    const TypeInfo *type;
    Oid collation;
} Comparer;

static bool integer_of(Oid type, Datum value, int64_t *out) {
    switch (type) {
    case OID_INT2:
        *out = value.i16;
        return true;
    case OID_INT4:
        *out = value.i32;
        return true;
    case OID_INT8:
        *out = value.i64;
        return true;
    default:
        return false;
    }
}

#define CLAMP(x, low, high) MIN(MAX((int64_t)(x), (low)), (high))
#define DAYS_MAX (INT64_MAX / USECS_PER_DAY)

static bool is_timestamp(Oid type) { return type == OID_TIMESTAMP || type == OID_TIMESTAMPTZ; }

/*
 * The constant as one of another type that it may be compared with by an operator of both: integers,
 * floats, text, dates and timestamps (to a day, and as if in UTC: this is for estimates). False: there is
 * none.
 */
static bool value_as(const ExprConst *from, Oid type, Datum *out) {
    bool from_text = from->type == OID_TEXT || from->type == OID_VARCHAR;
    int64_t integer;
    *out = from->value;
    if (from->type == type || (from_text && (type == OID_TEXT || type == OID_VARCHAR)) ||
        (is_timestamp(from->type) && is_timestamp(type)))
        return true;
    if (integer_of(from->type, from->value, &integer)) {
        out->i64 = 0;
        if (type == OID_INT2)
            out->i16 = (int16_t)CLAMP(integer, INT16_MIN, INT16_MAX);
        else if (type == OID_INT4)
            out->i32 = (int32_t)CLAMP(integer, INT32_MIN, INT32_MAX);
        else
            out->i64 = integer;
        return type == OID_INT2 || type == OID_INT4 || type == OID_INT8;
    }
    if (from->type == OID_FLOAT4 && type == OID_FLOAT8)
        out->f64 = from->value.f32;
    else if (from->type == OID_FLOAT8 && type == OID_FLOAT4)
        out->f32 = (float)from->value.f64;
    else if (from->type == OID_DATE && is_timestamp(type))
        out->i64 = CLAMP(from->value.i32, -DAYS_MAX, DAYS_MAX) * USECS_PER_DAY;
    else if (is_timestamp(from->type) && type == OID_DATE)
        out->i32 = (int32_t)(from->value.i64 / USECS_PER_DAY);
    else
        return false;
    return true;
}

static bool comparer_make(Level *level, Oid type, Oid collation, Comparer *out) {
    const TypeInfo *info = NULL;
    status_free(type_lookup(level->planner->env, type, &info));
    *out = (Comparer){info, collation};
    return info != NULL && info->compare != NULL;
}

static double eq_const_selectivity(Level *level, const Expr *column, const ExprConst *value,
                                   double distinct) {
    const ColumnStatistics *stats = expr_stats(level, column);
    const StatisticSlot *common = stats_slot(stats, 1);
    double null_fraction = stats != NULL ? stats->null_fraction : 0, sum = 0;
    Comparer comparer;
    ArrayView view;
    Datum wanted;
    if (common == NULL || !common->has_values || !value_as(value, column->type, &wanted) ||
        !comparer_make(level, column->type, column->collation, &comparer))
        return clamp_selectivity((1 - null_fraction) / fmax(distinct, 1));
    Status s = array_view(common->values.str, &view);
    if (!status_ok(s)) {
        status_free(s);
        return clamp_selectivity((1 - null_fraction) / fmax(distinct, 1));
    }
    for (uint32_t i = 0; i < view.elem_count && i < common->number_count; i++) {
        if (comparer.type->compare(comparer.type, comparer.collation, array_get(&view, i),
                                   wanted) == 0)
            return clamp_selectivity(common->numbers[i]);
        sum += common->numbers[i];
    }
    double others = distinct - common->number_count;
    double selectivity = clamp_selectivity(1 - sum - null_fraction) / fmax(others, 1);
    if (common->number_count > 0)
        selectivity = fmin(selectivity, common->numbers[common->number_count - 1]);
    return clamp_selectivity(selectivity);
}

/* Where a value lies between two others, from 0 to 1; 0.5 where its type has no measure. */
static double fraction_between(Oid type, Datum low, Datum high, Datum value) {
    double from, to, at;
    switch (type) {
    case OID_INT2:
        from = low.i16, to = high.i16, at = value.i16;
        break;
    case OID_INT4:
    case OID_DATE:
        from = low.i32, to = high.i32, at = value.i32;
        break;
    case OID_OID:
        from = low.u32, to = high.u32, at = value.u32;
        break;
    case OID_INT8:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        from = (double)low.i64, to = (double)high.i64, at = (double)value.i64;
        break;
    case OID_FLOAT4:
        from = low.f32, to = high.f32, at = value.f32;
        break;
    case OID_FLOAT8:
        from = low.f64, to = high.f64, at = value.f64;
        break;
    default:
        return 0.5;
    }
    double fraction = (at - from) / (to - from);
    return fraction >= 0 && fraction <= 1 ? fraction : 0.5; /* NaN too */
}

/* Part of the column's values below the constant. -1: unknown. */
static double fraction_below(Level *level, const Expr *column, const ExprConst *value,
                             bool inclusive) {
    const ColumnStatistics *stats = expr_stats(level, column);
    const StatisticSlot *histogram = stats_slot(stats, 2), *common = stats_slot(stats, 1);
    Comparer comparer;
    ArrayView view;
    Datum wanted;
    if (stats == NULL || !value_as(value, column->type, &wanted) ||
        !comparer_make(level, column->type, column->collation, &comparer))
        return -1;
    double common_sum = 0, below = 0, fraction = -1;
    if (common != NULL && common->has_values) {
        Status s = array_view(common->values.str, &view);
        for (uint32_t i = 0; status_ok(s) && i < view.elem_count && i < common->number_count; i++) {
            int order = comparer.type->compare(comparer.type, comparer.collation,
                                               array_get(&view, i), wanted);
            common_sum += common->numbers[i];
            if (order < 0 || (inclusive && order == 0))
                below += common->numbers[i];
        }
        status_free(s);
    }
    if (histogram != NULL && histogram->has_values) {
        Status s = array_view(histogram->values.str, &view);
        if (status_ok(s) && view.elem_count > 1) {
            uint32_t low = 0, high = view.elem_count;
            while (low < high) {
                uint32_t middle = (low + high) / 2;
                int order = comparer.type->compare(comparer.type, comparer.collation,
                                                   array_get(&view, middle), wanted);
                if (order < 0 || (inclusive && order == 0))
                    low = middle + 1;
                else
                    high = middle;
            }
            fraction = low == 0 ? 0
                       : low == view.elem_count
                           ? 1
                           : (low - 1 +
                              fraction_between(column->type, array_get(&view, low - 1),
                                               array_get(&view, low), wanted)) /
                                 (view.elem_count - 1);
        }
        status_free(s);
    }
    if (fraction < 0 && common == NULL)
        return -1;
    if (fraction < 0)
        fraction = 0.5;
    return clamp_selectivity(below + fraction * fmax(0, 1 - common_sum - stats->null_fraction));
}

static int16_t btree_strategy(Level *level, Oid op) {
    const OperatorFamilies *families = NULL;
    status_free(catalog_operator_families(level->planner->catalog, op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].purpose == 's')
            return families->members[i].strategy;
    return 0;
}

static double op_column_selectivity(Level *level, const ExprFunc *op, Expr *column_expr,
                                    Expr *other, bool column_left, Rel *rel) {
    const Expr *column = column_expr;
    int16_t strategy = btree_strategy(level, op->op);
    ExprConst *value;
    bool is_default, known = const_of(level, other, &value);
    double rows = rel != NULL && rel->tuples > 0 ? rel->tuples : 1000;
    if (known && value->is_null)
        return 0;
    if (strategy == BTREE_EQUAL) {
        double distinct = expr_distinct(level, column_expr, rows, &is_default);
        const ColumnStatistics *stats = expr_stats(level, column);
        if (is_default && stats == NULL)
            return 1.0 / distinct;
        if (known)
            return eq_const_selectivity(level, column, value, distinct);
        return clamp_selectivity((1 - (stats != NULL ? stats->null_fraction : 0)) /
                                 fmax(distinct, 1));
    }
    if (strategy != 0) {
        bool less = strategy == BTREE_LESS || strategy == BTREE_LESS_EQUAL;
        if (!column_left)
            less = !less;
        bool inclusive = strategy == BTREE_LESS_EQUAL || strategy == BTREE_GREATER_EQUAL;
        if (!known)
            return SEL_INEQ;
        double below = fraction_below(level, column, value, less ? inclusive : !inclusive);
        if (below < 0)
            return SEL_INEQ;
        const ColumnStatistics *stats = expr_stats(level, column);
        return clamp_selectivity(less ? below
                                      : 1 - below - (stats != NULL ? stats->null_fraction : 0));
    }
    return -1;
}

/* ---- any condition ---- */

static double clause_selectivity(Level *level, Expr *clause, Rel *rel, JoinKind kind,
                                 const OuterJoin *oj);
/* All clauses true; one of them true. */
static double list_selectivity(Level *level, Expr *const *clauses, uint32_t count, Rel *rel,
                               JoinKind kind, const OuterJoin *oj);
static double any_selectivity(Level *level, const ExprList *clauses, Rel *rel, JoinKind kind,
                              const OuterJoin *oj);

static double join_eq_selectivity(Level *level, const ExprFunc *op, JoinKind kind,
                                  const OuterJoin *oj) {
    bool left_default, right_default;
    Expr *left = op->args.items[0], *right = op->args.items[1];
    double left_rows = 1000, right_rows = 1000;
    BitSet *left_rels = tree_rels(level->planner->arena, NULL, left, 0);
    BitSet *right_rels = tree_rels(level->planner->arena, NULL, right, 0);
    Rel *l = bitset_only(left_rels) > 0 ? level_rel(level, (uint32_t)bitset_only(left_rels)) : NULL;
    Rel *r =
        bitset_only(right_rels) > 0 ? level_rel(level, (uint32_t)bitset_only(right_rels)) : NULL;
    if (l != NULL)
        left_rows = fmax(l->tuples, l->rows);
    if (r != NULL)
        right_rows = fmax(r->tuples, r->rows);
    double n1 = expr_distinct(level, left, left_rows, &left_default);
    double n2 = expr_distinct(level, right, right_rows, &right_default);
    const ColumnStatistics *left_stats = expr_stats(level, expr_strip_relabel(left));
    const ColumnStatistics *right_stats = expr_stats(level, expr_strip_relabel(right));
    double left_known = left_stats == NULL ? 1 : 1 - left_stats->null_fraction;
    double right_known = right_stats == NULL ? 1 : 1 - right_stats->null_fraction;
    if (kind == JOIN_SEMI || kind == JOIN_ANTI) {
        bool reversed = oj != NULL && l != NULL && bitset_overlap(left_rels, oj->syntax_right);
        double outer = reversed ? n2 : n1, inner = reversed ? n1 : n2;
        Rel *inner_rel = reversed ? l : r;
        if (inner_rel != NULL)
            inner = fmin(inner, inner_rel->rows);
        double known = reversed ? right_known : left_known;
        if (left_default && right_default)
            return 0.5 * known;
        return fmin(1, inner / fmax(outer, 1)) * known;
    }
    return left_known * right_known / fmax(fmax(n1, n2), 1);
}

/* How often a value of type bool is true. */
static double true_selectivity(Level *level, Expr *expr) {
    ExprConst yes = {.tag = EXPR_CONST, .type = OID_BOOL, .value = datum_bool(true)};
    return expr_stats(level, expr) == NULL ? 0.5 : eq_const_selectivity(level, expr, &yes, 2);
}

static bool is_inequality(Level *level, Oid op) {
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(level->planner->catalog, op, &oper));
    return oper != NULL && oper->negator != 0 &&
           btree_strategy(level, oper->negator) == BTREE_EQUAL;
}

/* With many rows to choose from, one of another value is nearly always among them. */
static double join_ne_selectivity(Level *level, const ExprFunc *op, JoinKind kind,
                                  const OuterJoin *oj) {
    if (kind != JOIN_SEMI && kind != JOIN_ANTI)
        return clamp_selectivity(1 - join_eq_selectivity(level, op, kind, oj));
    BitSet *left = tree_rels(level->planner->arena, NULL, op->args.items[0], 0);
    bool reversed = oj != NULL && bitset_overlap(left, oj->syntax_right);
    const ColumnStatistics *stats = expr_stats(level, expr_strip_relabel(op->args.items[reversed]));
    return stats == NULL ? 1 : 1 - stats->null_fraction;
}

static double func_selectivity(Level *level, ExprFunc *call, Rel *rel, JoinKind kind,
                               const OuterJoin *oj) {
    if (call->op == 0 && call->type == OID_BOOL && expr_stats(level, (Expr *)call) != NULL)
        return true_selectivity(level, (Expr *)call);
    if (call->op == 0 || call->args.count != 2)
        return call->op == 0 ? 0.3333333 : 0.5;
    Expr *left = expr_strip_relabel(call->args.items[0]);
    Expr *right = expr_strip_relabel(call->args.items[1]);
    bool left_column = left->tag == EXPR_COLUMN || expr_stats(level, left) != NULL;
    bool right_column = right->tag == EXPR_COLUMN || expr_stats(level, right) != NULL;
    BitSet *left_rels = tree_rels(level->planner->arena, NULL, left, 0);
    BitSet *right_rels = tree_rels(level->planner->arena, NULL, right, 0);
    int16_t strategy = btree_strategy(level, call->op);
    double s = -1;
    if (!bitset_empty(left_rels) && !bitset_empty(right_rels) &&
        !bitset_overlap(left_rels, right_rels) && rel == NULL) {
        if (strategy == BTREE_EQUAL)
            return join_eq_selectivity(level, call, kind, oj);
        return strategy != 0                    ? SEL_INEQ
               : is_inequality(level, call->op) ? join_ne_selectivity(level, call, kind, oj)
                                                : 0.005;
    }
    if (left_column && !bitset_overlap(left_rels, right_rels))
        s = op_column_selectivity(level, call, left, right, true,
                                  level_rel(level, (uint32_t)bitset_only(left_rels)));
    else if (right_column && !bitset_overlap(left_rels, right_rels))
        s = op_column_selectivity(level, call, right, left, false,
                                  level_rel(level, (uint32_t)bitset_only(right_rels)));
    if (s >= 0)
        return s;
    if (strategy == BTREE_EQUAL)
        return SEL_EQ;
    if (strategy != 0)
        return SEL_INEQ;
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(level->planner->catalog, call->op, &oper));
    if (is_inequality(level, call->op)) {
        ExprFunc equal = *call;
        equal.op = oper->negator;
        return clamp_selectivity(1 - func_selectivity(level, &equal, rel, kind, oj));
    }
    if (oper != NULL && (strcmp(oper->name, "!~~") == 0 || strcmp(oper->name, "!~~*") == 0 ||
                         strcmp(oper->name, "!~") == 0 || strcmp(oper->name, "!~*") == 0))
        return 1 - SEL_MATCH;
    return SEL_MATCH;
}

typedef struct ElementPut {
    Arena *arena;
    Expr *element;
} ElementPut;
static Expr *put_element(Expr *expr, void *arg) {
    ElementPut *put = arg;
    if (expr == NULL || expr->tag == EXPR_CASE_TEST)
        return expr == NULL ? NULL : put->element;
    return expr_map(put->arena, expr, put_element, arg);
}

/* The elements of an array that is cast as a whole, each of them cast. */
static Expr **coerced_elements(Level *level, ExprArrayCoerce *coerce, uint32_t *count_out) {
    Planner *planner = level->planner;
    Expr **from = array_elements(level, coerce->arg, count_out);
    Expr **items = arena_array(planner->arena, Expr *, *count_out + 1u);
    for (uint32_t i = 0; i < *count_out; i++) {
        ElementPut put = {planner->arena, from[i]};
        items[i] = put_element(coerce->element, &put);
        status_free(fold_estimate(planner, items[i], &items[i]));
    }
    return from == NULL ? NULL : items;
}

Expr **array_elements(Level *level, Expr *array, uint32_t *count_out) {
    Planner *planner = level->planner;
    Expr *known = array;
    ArrayView view;
    PhysType phys;
    *count_out = 0;
    status_free(fold_estimate(planner, array, &known));
    known = expr_strip_relabel(known);
    if (known->tag == EXPR_ARRAY_COERCE)
        return coerced_elements(level, (ExprArrayCoerce *)known, count_out);
    if (known->tag == EXPR_ARRAY && !((ExprArray *)known)->multi) {
        *count_out = ((ExprArray *)known)->elements.count;
        return ((ExprArray *)known)->elements.items;
    }
    if (known->tag != EXPR_CONST || ((ExprConst *)known)->is_null)
        return NULL;
    Status s = array_view(((ExprConst *)known)->value.str, &view);
    bool good = status_ok(s) && status_ok(an_phys(&planner->an, view.elem_type, &phys));
    status_free(s);
    if (!good)
        return NULL;
    uint32_t count = MIN(view.elem_count, ARRAY_ELEMENTS_MAX);
    Expr **items = arena_array(planner->arena, Expr *, count + 1u);
    for (uint32_t i = 0; i < count; i++) {
        bool null = array_is_null(&view, i);
        items[i] = (Expr *)expr_const(planner->arena, view.elem_type, -1, known->collation, phys,
                                      null ? datum_i64(0) : array_get(&view, i), null);
    }
    *count_out = count;
    return items;
}

/* Elements one by one; equalities (and with ALL inequalities) exclude each other. */
static double array_op_selectivity(Level *level, ExprScalarArrayOp *node, Rel *rel, JoinKind kind,
                                   const OuterJoin *oj) {
    ExprFunc one = {.tag = EXPR_FUNC, .type = OID_BOOL, .op = node->op, .function = node->function};
    uint32_t count;
    Expr **elements = array_elements(level, node->args.items[1], &count);
    bool equality = btree_strategy(level, node->op) == BTREE_EQUAL;
    bool inequality = !equality && is_inequality(level, node->op);
    double s = node->use_or ? 0 : 1, disjoint = s;
    Expr *unknown = EXPR_NEW(level->planner->arena, Expr, EXPR_CASE_TEST);
    unknown->type = node->args.items[0]->type;
    if (elements == NULL)
        count = 10;
    for (uint32_t i = 0; i < count; i++) {
        one.args = expr_list_of(level->planner->arena, 2, node->args.items[0],
                                elements == NULL ? unknown : elements[i]);
        double part = func_selectivity(level, &one, rel, kind, oj);
        s = node->use_or ? s + part - s * part : s * part;
        disjoint += node->use_or ? part : part - 1;
    }
    if ((node->use_or ? equality : inequality) && disjoint >= 0 && disjoint <= 1)
        s = disjoint;
    return clamp_selectivity(s);
}

static double null_test_selectivity(Level *level, const ExprNullTest *node) {
    double nulls = SEL_UNKNOWN;
    Expr *arg = expr_strip_relabel(node->arg);
    const ColumnStatistics *known = expr_stats(level, arg);
    if (arg->tag != EXPR_COLUMN && known != NULL)
        nulls = known->null_fraction;
    if (arg->tag == EXPR_COLUMN) {
        const ColumnStatistics *stats = known;
        Rel *rel = level_rel(level, ((ExprColumn *)arg)->rt_index);
        int16_t attno = ((ExprColumn *)arg)->attno;
        if (stats != NULL)
            nulls = stats->null_fraction;
        else if (attno < 0 || (rel != NULL && rel->desc != NULL && attno > 0 &&
                               rel->desc->columns[attno - 1].not_null))
            nulls = 0;
    }
    return node->is_not ? 1 - nulls : nulls;
}

/* By its first columns, which decide nearly always. */
static double row_compare_selectivity(Level *level, const ExprRowCompare *row, Rel *rel,
                                      JoinKind kind, const OuterJoin *oj) {
    ExprFunc *first = EXPR_NEW(level->planner->arena, ExprFunc, EXPR_FUNC);
    first->type = OID_BOOL;
    first->op = row->ops[0];
    first->function = row->functions[0];
    first->input_collation = row->input_collations[0];
    first->args = expr_list_of(level->planner->arena, 2, row->left.items[0], row->right.items[0]);
    return func_selectivity(level, first, rel, kind, oj);
}

static double clause_selectivity(Level *level, Expr *clause, Rel *rel, JoinKind kind,
                                 const OuterJoin *oj) {
    switch (clause->tag) {
    case EXPR_CONST:
        return expr_is_true_const(clause) ? 1 : 0;
    case EXPR_BOOL: {
        ExprBool *node = (ExprBool *)clause;
        if (node->op == BOOL_AND)
            return list_selectivity(level, node->args.items, node->args.count, rel, kind, oj);
        if (node->op == BOOL_OR)
            return any_selectivity(level, &node->args, rel, kind, oj);
        return 1 - clause_selectivity(level, node->args.items[0], rel, kind, oj);
    }
    case EXPR_FUNC:
        return func_selectivity(level, (ExprFunc *)clause, rel, kind, oj);
    case EXPR_DISTINCT: {
        ExprFunc equal = *(ExprFunc *)clause;
        return 1 - func_selectivity(level, &equal, rel, kind, oj);
    }
    case EXPR_SCALAR_ARRAY_OP:
        return array_op_selectivity(level, (ExprScalarArrayOp *)clause, rel, kind, oj);
    case EXPR_NULL_TEST:
        return null_test_selectivity(level, (ExprNullTest *)clause);
    case EXPR_BOOLEAN_TEST: {
        BooleanTestKind test = ((ExprBooleanTest *)clause)->kind;
        double s = clause_selectivity(level, ((ExprBooleanTest *)clause)->arg, rel, kind, oj);
        return test == TEST_TRUE || test == TEST_NOT_FALSE   ? s
               : test == TEST_FALSE || test == TEST_NOT_TRUE ? 1 - s
               : test == TEST_UNKNOWN                        ? SEL_UNKNOWN
                                                             : 1 - SEL_UNKNOWN;
    }
    case EXPR_ROW_COMPARE:
        return row_compare_selectivity(level, (ExprRowCompare *)clause, rel, kind, oj);
    case EXPR_CURRENT_OF:
        return 1e-10;
    case EXPR_RELABEL:
        return clause_selectivity(level, ((ExprRelabel *)clause)->arg, rel, kind, oj);
    case EXPR_COLUMN:
        return true_selectivity(level, clause);
    default:
        return 0.5;
    }
}

double qual_selectivity(Level *level, Qual *qual, Rel *rel, JoinKind kind, const OuterJoin *oj) {
    bool semi = kind == JOIN_SEMI || kind == JOIN_ANTI;
    double *cached = semi ? &qual->outer_selectivity : &qual->selectivity;
    if (qual->pseudo_constant)
        return expr_is_false_const(qual->clause) ? 0 : 1;
    if (rel != NULL && bitset_only(qual->rels) < 0) /* a join's, but for one of its relations */
        return clamp_selectivity(clause_selectivity(level, qual->clause, rel, kind, oj));
    if (*cached < 0 || semi)
        *cached = clamp_selectivity(clause_selectivity(level, qual->clause, rel, kind, oj));
    return *cached;
}

/* One bound of a range on a column: pairs of them are taken together. */
typedef struct RangePair {
    Expr *column;
    double low, high; /* selectivity of each bound; -1: none */
} RangePair;

static bool range_bound(Level *level, Expr *clause, Expr **column_out, bool *is_low_out) {
    const ExprFunc *op = (const ExprFunc *)clause;
    if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2)
        return false;
    int16_t strategy = btree_strategy(level, op->op);
    if (strategy == 0 || strategy == BTREE_EQUAL)
        return false;
    bool greater = strategy == BTREE_GREATER || strategy == BTREE_GREATER_EQUAL;
    BitSet *left = tree_rels(level->planner->arena, NULL, op->args.items[0], 0);
    BitSet *right = tree_rels(level->planner->arena, NULL, op->args.items[1], 0);
    if (bitset_empty(left) == bitset_empty(right))
        return false;
    *column_out = op->args.items[bitset_empty(left) ? 1 : 0];
    *is_low_out = bitset_empty(left) ? !greater : greater;
    return true;
}

typedef struct RangePairs {
    RangePair pairs[8];
    uint32_t count;
} RangePairs;

/* Is the clause one bound of a range? Then it is kept for its fellow. */
static bool range_add(Level *level, RangePairs *ranges, Expr *clause, double s) {
    Expr *column;
    bool is_low;
    uint32_t p = 0;
    if (ranges->count == ARRAY_LEN(ranges->pairs) || !range_bound(level, clause, &column, &is_low))
        return false;
    while (p < ranges->count && !expr_equal(ranges->pairs[p].column, column))
        p++;
    if (p == ranges->count)
        ranges->pairs[ranges->count++] = (RangePair){column, -1, -1};
    double *bound = is_low ? &ranges->pairs[p].low : &ranges->pairs[p].high;
    *bound = *bound < 0 ? s : fmin(*bound, s);
    return true;
}

static double ranges_selectivity(const RangePairs *ranges) {
    double s = 1;
    for (uint32_t p = 0; p < ranges->count; p++) {
        double low = ranges->pairs[p].low, high = ranges->pairs[p].high;
        if (low < 0 || high < 0) {
            s *= low < 0 ? high : low;
            continue;
        }
        double both = low + high - 1;
        if (low == SEL_INEQ || high == SEL_INEQ)
            both = SEL_RANGE;
        s *= both <= 0 ? (both < -0.01 ? SEL_RANGE : 1e-10) : both;
    }
    return s;
}

/* ---- conditions together ---- */

static double simple_selectivity(const ExtClauses *c, Expr *const *clauses, uint32_t count) {
    bool saved = c->level->planner->no_ext_stats;
    c->level->planner->no_ext_stats = true;
    double s = list_selectivity(c->level, clauses, count, c->rel, JOIN_INNER, NULL);
    c->level->planner->no_ext_stats = saved;
    return s;
}

/* The one relation with extended statistics that all clauses are about; NULL: there is none. */
static Rel *ext_stats_rel(Level *level, Expr *const *clauses, uint32_t count) {
    BitSet *rels = NULL;
    if (!level->has_ext_stats || level->planner->no_ext_stats)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        rels = tree_rels(level->planner->arena, rels, clauses[i], 0);
    int only = bitset_only(rels);
    Rel *rel = only > 0 ? level_rel(level, (uint32_t)only) : NULL;
    return rel != NULL && rel->desc != NULL && rel->desc->statistics_count > 0 ? rel : NULL;
}

/* estimated is set where extended statistics say something; NULL: they say nothing. */
static double from_ext_stats(Level *level, Expr *const *clauses, uint32_t count, bool is_or,
                             bool **estimated_out) {
    Rel *rel = ext_stats_rel(level, clauses, count);
    *estimated_out = NULL;
    if (rel == NULL)
        return is_or ? 0 : 1;
    *estimated_out = arena_array(level->planner->arena, bool, count + 1u);
    ExtClauses c = {level, rel, clauses, count, *estimated_out, is_or, simple_selectivity};
    return ext_stats_selectivity(&c);
}

static double list_selectivity(Level *level, Expr *const *clauses, uint32_t count, Rel *rel,
                               JoinKind kind, const OuterJoin *oj) {
    RangePairs ranges = {.count = 0};
    bool *estimated;
    if (count == 1)
        return clause_selectivity(level, clauses[0], rel, kind, oj);
    double s = from_ext_stats(level, clauses, count, false, &estimated);
    for (uint32_t i = 0; i < count; i++) {
        if (estimated != NULL && estimated[i])
            continue;
        double one = clamp_selectivity(clause_selectivity(level, clauses[i], rel, kind, oj));
        if (!range_add(level, &ranges, clauses[i], one))
            s *= one;
    }
    return clamp_selectivity(s * ranges_selectivity(&ranges));
}

static double any_selectivity(Level *level, const ExprList *clauses, Rel *rel, JoinKind kind,
                              const OuterJoin *oj) {
    bool *estimated;
    double s = from_ext_stats(level, clauses->items, clauses->count, true, &estimated);
    for (uint32_t i = 0; i < clauses->count; i++) {
        if (estimated != NULL && estimated[i])
            continue;
        double one = clause_selectivity(level, clauses->items[i], rel, kind, oj);
        s = s + one - s * one;
    }
    return s;
}

double quals_selectivity(Level *level, const QualVec *quals, Rel *rel, JoinKind kind,
                         const OuterJoin *oj) {
    RangePairs ranges = {.count = 0};
    bool *estimated = NULL;
    double s = 1;
    if (level->has_ext_stats && quals->count > 1) {
        Expr **clauses = arena_array(level->planner->arena, Expr *, quals->count);
        for (size_t i = 0; i < quals->count; i++)
            clauses[i] = quals->items[i]->clause;
        s = from_ext_stats(level, clauses, (uint32_t)quals->count, false, &estimated);
    }
    for (size_t i = 0; i < quals->count; i++) {
        if (estimated != NULL && estimated[i])
            continue;
        double one = qual_selectivity(level, quals->items[i], rel, kind, oj);
        if (quals->count == 1 || !range_add(level, &ranges, quals->items[i]->clause, one))
            s *= one;
    }
    return clamp_selectivity(s * ranges_selectivity(&ranges));
}

/* ---- what expressions cost ---- */

typedef struct CostWalk {
    Planner *planner;
    double startup, per_tuple;
} CostWalk;

static double function_cost(Planner *planner, Oid function) {
    const ProcDesc *proc = NULL;
    status_free(catalog_proc(planner->catalog, function, &proc));
    return (proc == NULL ? 1 : proc->cost) * planner->settings->cpu_operator_cost;
}

static bool cost_visit(Expr *expr, void *arg) {
    CostWalk *walk = arg;
    double unit = walk->planner->settings->cpu_operator_cost;
    switch (expr->tag) {
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        walk->per_tuple += function_cost(walk->planner, ((ExprFunc *)expr)->function);
        break;
    case EXPR_SCALAR_ARRAY_OP: {
        Expr *array = ((ExprScalarArrayOp *)expr)->args.items[1];
        double count = 10;
        ArrayView view;
        if (array->tag == EXPR_CONST && !((ExprConst *)array)->is_null) {
            Status s = array_view(((ExprConst *)array)->value.str, &view);
            if (status_ok(s))
                count = view.elem_count;
            status_free(s);
        }
        walk->per_tuple +=
            function_cost(walk->planner, ((ExprScalarArrayOp *)expr)->function) * count * 0.5;
        break;
    }
    case EXPR_COERCE_VIA_IO:
        walk->per_tuple += 2 * unit;
        break;
    case EXPR_ARRAY_COERCE:
        walk->per_tuple += 10 * unit;
        break;
    case EXPR_ROW_COMPARE:
        walk->per_tuple += ((ExprRowCompare *)expr)->left.count * unit;
        break;
    case EXPR_MIN_MAX:
    case EXPR_VALUE_FUNC:
    case EXPR_XML:
    case EXPR_COERCE_DOMAIN:
    case EXPR_NEXT_VALUE:
        walk->per_tuple += unit;
        break;
    case EXPR_SUB_PLAN: {
        ExprSubPlan *sub = (ExprSubPlan *)expr;
        walk->startup += sub->startup_cost;
        walk->per_tuple += sub->per_call_cost;
        break;
    }
    default:
        break;
    }
    return expr_walk(expr, cost_visit, arg);
}

void expr_cost(Planner *planner, const Expr *expr, double *startup_out, double *per_tuple_out) {
    CostWalk walk = {planner, 0, 0};
    if (expr != NULL)
        cost_visit((Expr *)(uintptr_t)expr, &walk);
    *startup_out = walk.startup;
    *per_tuple_out = walk.per_tuple;
}

void quals_cost(Planner *planner, QualVec *quals, double *startup_out, double *per_tuple_out) {
    *startup_out = *per_tuple_out = 0;
    for (size_t i = 0; i < quals->count; i++) {
        Qual *qual = quals->items[i];
        if (!qual->costed)
            expr_cost(planner, qual->clause, &qual->cost_startup, &qual->cost_per_tuple);
        qual->costed = true;
        *startup_out += qual->cost_startup;
        *per_tuple_out += qual->cost_per_tuple;
    }
}

double sort_cost(Planner *planner, double rows, double width, double limit, uint32_t keys) {
    const PlannerSettings *set = planner->settings;
    double compare = 2 * set->cpu_operator_cost, cost;
    double bytes = rows * (ALIGN_UP((uint64_t)(width + 0.5), 8) + 24),
           memory = set->work_mem_kb * 1024;
    (void)keys;
    if (rows < 2)
        rows = 2;
    if (limit > 0 && limit < rows && limit * (width + 24) <= memory) {
        cost = compare * rows * log2(2 * limit);
    } else {
        cost = compare * rows * log2(rows);
        if (bytes > memory) {
            double pages = ceil(bytes / 8192);
            double runs = bytes / memory;
            double order = fmax(memory / (256 * 1024.0), 6);
            double passes = runs > order ? ceil(log(runs) / log(order)) : 1;
            cost += 2 * pages * passes * (set->seq_page_cost * 0.75 + set->random_page_cost * 0.25);
        }
    }
    return cost;
}
