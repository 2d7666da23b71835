/*
 * ddl_ext_statistics.c: ANALYZE counts what CREATE STATISTICS asked for, from the sample of the table's rows:
 * how many different combinations columns have, how far some determine others, and the most common
 * combinations with their frequencies (manual: Extended Statistics).
 *
 * Everything works on places of rows in the sample, sorted by several columns at once. With n <= 8 columns
 * there are at most 247 sets and 1,016 dependencies, a sort each.
 */
#include "executor/ddl_analyze.h"

#include "base/array.h"
#include "planner/planner.h"
#include "types/ext_stats.h"
#include "types/record.h"

#include <math.h>
#include <stdlib.h>

typedef struct ExtColumn {
    int16_t number; /* of the table's column; -1, -2 ...: of an expression */
    Oid type;
    Oid collation;
    const TypeInfo *info;
    const Datum *values; /* by row of the sample */
    const uint8_t *nulls;
} ExtColumn;

typedef struct ExtBuild {
    Sample *sample;
    const StatisticsDesc *desc;
    Arena *arena;
    ExtColumn columns[EXT_STATS_COLUMNS_MAX];
    uint32_t column_count;
    uint32_t *rows; /* places, sorted */
    SampledColumn *expressions;
    uint32_t expression_count;
    uint32_t target;
    /* what sorts compare */
    uint32_t key[EXT_STATS_COLUMNS_MAX];
    uint32_t key_count;
} ExtBuild;

static int compare_column(const ExtColumn *c, uint32_t a, uint32_t b) {
    if (c->nulls[a] != 0 || c->nulls[b] != 0)
        return (c->nulls[a] != 0) - (c->nulls[b] != 0);
    return c->info->compare(c->info, c->collation, c->values[a], c->values[b]);
}
static int compare_keys(const ExtBuild *x, uint32_t a, uint32_t b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        int order = compare_column(&x->columns[x->key[i]], a, b);
        if (order != 0)
            return order;
    }
    return 0;
}
static int compare_rows(const void *a, const void *b, void *arg) {
    const ExtBuild *x = arg;
    uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
    int order = compare_keys(x, p, q, x->key_count);
    return order != 0 ? order : (p > q) - (p < q);
}
static void sort_by(ExtBuild *x, const uint32_t *key, uint32_t count) {
    memcpy(x->key, key, count * sizeof(*key));
    x->key_count = count;
    for (uint32_t i = 0; i < x->sample->count; i++)
        x->rows[i] = i;
    qsort_r(x->rows, x->sample->count, sizeof(uint32_t), compare_rows, x);
}

/* Sets of k of n numbers in lexical order. False after the last. */
static bool next_set(uint32_t *set, uint32_t k, uint32_t n) {
    for (uint32_t i = k; i-- > 0;) {
        if (set[i] + (k - i) >= n)
            continue;
        set[i]++;
        for (uint32_t j = i + 1; j < k; j++)
            set[j] = set[j - 1] + 1;
        return true;
    }
    return false;
}
static void first_set(uint32_t *set, uint32_t k) {
    for (uint32_t i = 0; i < k; i++)
        set[i] = i;
}
static ColumnGroup group_of(const ExtBuild *x, const uint32_t *set, uint32_t k, double value) {
    ColumnGroup g = {.value = value, .count = k};
    for (uint32_t i = 0; i < k; i++)
        g.columns[i] = x->columns[set[i]].number;
    return g;
}

/* ---- how many different combinations ---- */

/* The estimator of Haas and Stokes, as for single columns. */
static double count_distinct(ExtBuild *x, const uint32_t *set, uint32_t k) {
    double n = x->sample->count, total = (double)x->sample->rows_seen, distinct = 0, once = 0;
    sort_by(x, set, k);
    for (uint32_t i = 0, next; i < x->sample->count; i = next) {
        for (next = i + 1; next < x->sample->count; next++)
            if (compare_keys(x, x->rows[i], x->rows[next], k) != 0)
                break;
        distinct++;
        once += next - i == 1;
    }
    double estimate = n * distinct / ((n - once) + once * n / total);
    return floor(fmin(fmax(estimate, distinct), total) + 0.5);
}
static Datum build_ndistinct(ExtBuild *x) {
    VEC(ColumnGroup) groups = {0};
    for (uint32_t k = 2; k <= x->column_count; k++) {
        uint32_t set[EXT_STATS_COLUMNS_MAX];
        first_set(set, k);
        do
            vec_push(&groups, x->arena, group_of(x, set, k, count_distinct(x, set, k)));
        while (next_set(set, k, x->column_count));
    }
    return column_groups_write(x->arena, &(ColumnGroups){(uint32_t)groups.count, groups.items});
}

/* ---- functional dependencies ---- */

/* The part of the rows in groups whose first k - 1 columns leave the last one no choice. */
static double degree_of(ExtBuild *x, const uint32_t *key, uint32_t k) {
    uint32_t count = x->sample->count;
    double supporting = 0;
    sort_by(x, key, k);
    for (uint32_t i = 0, next; i < count; i = next) {
        bool violated = false;
        for (next = i + 1; next < count; next++) {
            if (compare_keys(x, x->rows[next - 1], x->rows[next], k - 1) != 0)
                break;
            violated |=
                compare_column(&x->columns[key[k - 1]], x->rows[next - 1], x->rows[next]) != 0;
        }
        supporting += violated ? 0 : next - i;
    }
    return supporting / count;
}
static bool build_dependencies(ExtBuild *x, Datum *out) {
    VEC(ColumnGroup) groups = {0};
    for (uint32_t k = 2; k <= x->column_count; k++) {
        uint32_t key[EXT_STATS_COLUMNS_MAX];
        first_set(key, k - 1);
        do
            for (uint32_t last = 0; last < x->column_count; last++) {
                bool inside = false;
                for (uint32_t i = 0; i + 1 < k; i++)
                    inside |= key[i] == last;
                if (inside)
                    continue;
                key[k - 1] = last;
                double degree = degree_of(x, key, k);
                if (degree > 0)
                    vec_push(&groups, x->arena, group_of(x, key, k, degree));
            }
        while (next_set(key, k - 1, x->column_count));
    }
    if (groups.count > 0)
        *out = column_groups_write(x->arena, &(ColumnGroups){(uint32_t)groups.count, groups.items});
    return groups.count > 0;
}

/* ---- most common combinations ---- */

typedef struct RowGroup {
    uint32_t first, count; /* in the sorted rows */
} RowGroup;
static int by_falling_count(const void *a, const void *b) {
    const RowGroup *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Combinations that the sample shows less often say nothing certain (Rao: sampling with finite population
 * correction, a relative error of at most 20 %). */
static double least_count(double n, double total) {
    double below = total - n + 0.04 * n * (total - 1);
    return below == 0 ? 0 : n * (total - n) / below;
}

/* How often each row's value of a column stands in the sample. */
static uint32_t *column_counts(ExtBuild *x, uint32_t column) {
    uint32_t count = x->sample->count;
    uint32_t *counts = arena_array(x->arena, uint32_t, (size_t)count + 1);
    sort_by(x, &column, 1);
    for (uint32_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count; next++)
            if (compare_keys(x, x->rows[i], x->rows[next], 1) != 0)
                break;
        for (uint32_t k = i; k < next; k++)
            counts[x->rows[k]] = next - i;
    }
    return counts;
}

static uint32_t find_groups(ExtBuild *x, RowGroup *groups) {
    uint32_t all[EXT_STATS_COLUMNS_MAX], count = 0;
    first_set(all, x->column_count);
    sort_by(x, all, x->column_count);
    for (uint32_t i = 0, next; i < x->sample->count; i = next) {
        for (next = i + 1; next < x->sample->count; next++)
            if (compare_keys(x, x->rows[i], x->rows[next], x->column_count) != 0)
                break;
        groups[count++] = (RowGroup){i, next - i};
    }
    qsort(groups, count, sizeof(*groups), by_falling_count);
    return count;
}

static Status build_mcv(ExtBuild *x, Datum *out, bool *built_out) {
    McvList list = {.column_count = x->column_count};
    uint32_t n = x->sample->count, *counts[EXT_STATS_COLUMNS_MAX];
    for (uint32_t c = 0; c < x->column_count; c++) {
        list.types[c] = x->columns[c].type;
        counts[c] = column_counts(x, c);
    }
    RowGroup *groups = arena_array(x->arena, RowGroup, (size_t)n + 1);
    uint32_t count = find_groups(x, groups);
    list.count = MIN(count, x->target);
    if (count > list.count || x->sample->rows_seen > n) {
        double least = least_count(n, (double)x->sample->rows_seen);
        for (uint32_t i = 0; i < list.count; i++)
            if (groups[i].count < least)
                list.count = i;
    }
    *built_out = list.count > 0;
    if (list.count == 0)
        return STATUS_OK;
    list.items = arena_array(x->arena, McvItem, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        McvItem *item = &list.items[i];
        uint32_t row = x->rows[groups[i].first];
        item->frequency = (double)groups[i].count / n;
        item->base_frequency = 1;
        for (uint32_t c = 0; c < x->column_count; c++) {
            item->nulls[c] = x->columns[c].nulls[row] != 0;
            item->values[c] = x->columns[c].values[row];
            item->base_frequency *= (double)counts[c][row] / n;
        }
    }
    return mcv_list_write(&x->sample->ddl->session->env, x->arena, &list, out);
}

/* ---- expressions ---- */

bool ext_statistics_want_rows(const RelationDesc *relation) {
    for (uint32_t i = 0; i < relation->statistics_count; i++)
        if (relation->statistics[i].expressions != NULL)
            return true;
    return false;
}

/* One row of the sample as the table has it. */
static void sample_row_at(const Sample *sample, uint32_t row, Datum *values, bool *nulls) {
    memset(nulls, true, sample->relation->column_count);
    for (uint32_t i = 0; i < sample->column_count; i++) {
        const SampledColumn *c = &sample->columns[i];
        int at = c->column->attnum - 1;
        nulls[at] = c->nulls[row] != 0;
        values[at] = c->values[row];
    }
}

static Status compute_expressions(ExtBuild *x, const ExprList *list) {
    Sample *sample = x->sample;
    Session *session = sample->ddl->session;
    Expr **exprs = arena_array(x->arena, Expr *, list->count + 1u);
    uint16_t width = sample->relation->column_count;
    Datum *values = arena_array(x->arena, Datum, (size_t)width + 1);
    bool *nulls = arena_array(x->arena, bool, (size_t)width + 1);
    ExprEval *eval;
    for (uint32_t e = 0; e < list->count; e++)
        TRY(plan_expr(&session->env, x->arena, &session->planner, list->items[e], SLOT_TARGET,
                      &exprs[e]));
    TRY(expr_eval_make(session, x->arena, exprs, list->count, &eval));
    Status s = STATUS_OK;
    for (uint32_t row = 0; status_ok(s) && row < sample->count; row++) {
        sample_row_at(sample, row, values, nulls);
        for (uint32_t e = 0; status_ok(s) && e < list->count; e++) {
            SampledColumn *c = &x->expressions[e];
            bool null = false;
            s = expr_eval_row(eval, e, values, nulls, &c->values[row], &null);
            c->nulls[row] = null;
            if (!status_ok(s) || null)
                continue;
            c->nonnull++;
            Str *text = &c->values[row].str;
            if (c->column->phys == PHYS_STR) {
                *text = str_make(arena_memdup(x->arena, text->data, text->len), text->len);
                c->width_sum += c->column->typlen > 0
                                    ? (double)c->column->typlen
                                    : (double)text->len + (text->len < 127 ? 1 : 4);
            } else {
                c->width_sum += c->column->typlen > 0 ? (double)c->column->typlen
                                                      : (double)phys_vector_bytes(c->column->phys);
            }
        }
        expr_eval_reset(eval);
    }
    expr_eval_free(eval);
    return s;
}

static Status add_expressions(ExtBuild *x) {
    ExprList list = {0};
    Sample *sample = x->sample;
    if (x->desc->expressions == NULL)
        return STATUS_OK;
    TRY(expr_list_from_string(x->arena, x->desc->expressions, strlen(x->desc->expressions), &list));
    x->expressions = arena_array(x->arena, SampledColumn, list.count + 1u);
    x->expression_count = list.count;
    for (uint32_t e = 0; e < list.count; e++) {
        SampledColumn *c = &x->expressions[e];
        ColumnDesc *column = arena_new(x->arena, ColumnDesc);
        const TypeInfo *info;
        TRY(type_lookup(&sample->ddl->session->env, list.items[e]->type, &info));
        *column = (ColumnDesc){.type = list.items[e]->type,
                               .collation = list.items[e]->collation,
                               .phys = info->phys,
                               .typlen = info->typlen,
                               .stats_target = -1};
        c->column = column;
        c->values = arena_array(x->arena, Datum, (size_t)sample->count + 1);
        c->nulls = arena_array(x->arena, uint8_t, (size_t)sample->count + 1);
        x->columns[x->column_count++] = (ExtColumn){.number = (int16_t)(-1 - (int)e),
                                                    .type = column->type,
                                                    .collation = column->collation,
                                                    .info = info,
                                                    .values = c->values,
                                                    .nulls = c->nulls};
    }
    return compute_expressions(x, &list);
}

/* An array of rows of pg_statistic, one an expression. */
static Status expression_rows(ExtBuild *x, Datum *out) {
    const CatalogTable *table = catalog_table(PG_STATISTIC);
    uint32_t width = table->column_count;
    Oid *types = arena_array(x->arena, Oid, width);
    PhysType *phys = arena_array(x->arena, PhysType, width);
    Datum *rows = arena_array(x->arena, Datum, x->expression_count);
    for (uint32_t i = 0; i < width; i++) {
        types[i] = table->columns[i].type;
        phys[i] = table->columns[i].phys;
    }
    for (uint32_t e = 0; e < x->expression_count; e++) {
        CatalogRow *row = arena_new(x->arena, CatalogRow);
        TRY(sample_statistics(x->sample, &x->expressions[e], x->target, row));
        TRY(record_build(x->arena, table->row_type, -1, width, types, phys, row->values, row->nulls,
                         &rows[e]));
    }
    return array_build_1d(x->arena, table->row_type, PHYS_STR, rows, NULL, x->expression_count,
                          out);
}

/* ---- one statistics object ---- */

static const SampledColumn *sampled(const Sample *sample, int16_t attnum) {
    for (uint32_t i = 0; i < sample->column_count; i++)
        if (sample->columns[i].column->attnum == attnum)
            return &sample->columns[i];
    return NULL;
}

/* *ready_out false: a column was not sampled. */
static Status add_columns(ExtBuild *x, bool *ready_out) {
    *ready_out = true;
    for (uint32_t i = 0; i < x->desc->column_count; i++) {
        const SampledColumn *c = sampled(x->sample, x->desc->columns[i]);
        *ready_out &= c != NULL && !c->hidden;
        if (!*ready_out)
            return STATUS_OK;
        ExtColumn *column = &x->columns[x->column_count++];
        *column = (ExtColumn){.number = c->column->attnum,
                              .type = c->column->type,
                              .collation = c->column->collation,
                              .values = c->values,
                              .nulls = c->nulls};
        TRY(type_lookup(&x->sample->ddl->session->env, c->column->type, &column->info));
    }
    return add_expressions(x);
}

static void choose_target(ExtBuild *x, int32_t own) {
    int32_t most = -1, standard = x->sample->ddl->session->planner.default_statistics_target;
    for (uint32_t i = 0; i < x->desc->column_count; i++) {
        const SampledColumn *c = sampled(x->sample, x->desc->columns[i]);
        most = MAX(most, c == NULL ? -1 : c->column->stats_target);
    }
    x->target = (uint32_t)(own >= 0 ? own : most >= 0 ? most : standard);
}

static Status write_row(ExtBuild *x, CatalogRow *row) {
    Ddl *ddl = x->sample->ddl;
    CatalogRow *old = arena_new(x->arena, CatalogRow);
    Datum keys[2] = {datum_oid(x->desc->oid), datum_bool(x->sample->inherit)};
    bool found;
    row->values[PG_STATISTIC_EXT_DATA_STXOID] = keys[0];
    row->values[PG_STATISTIC_EXT_DATA_STXDINHERIT] = keys[1];
    TRY(catalog_find(ddl->catalog, PG_STATISTIC_EXT_DATA_STXOID_INH_INDEX, keys, 2, x->arena, old,
                     &found));
    row->rowid = old->rowid;
    row->version = old->version;
    row->xmin = old->xmin;
    return found ? catalog_update(ddl->catalog, PG_STATISTIC_EXT_DATA, row)
                 : catalog_insert(ddl->catalog, PG_STATISTIC_EXT_DATA, row);
}

static Status build(ExtBuild *x) {
    CatalogRow *row = arena_new(x->arena, CatalogRow);
    const char *kinds = x->desc->kinds;
    bool built = x->column_count >= 2;
    for (uint32_t i = 0; i < x->column_count; i++)
        if (x->columns[i].info->compare == NULL && x->column_count >= 2)
            return STATUS_OK;
    x->rows = arena_array(x->arena, uint32_t, (size_t)x->sample->count + 1);
    row->nulls[PG_STATISTIC_EXT_DATA_STXDNDISTINCT] = !built || strchr(kinds, 'd') == NULL;
    if (!row->nulls[PG_STATISTIC_EXT_DATA_STXDNDISTINCT])
        row->values[PG_STATISTIC_EXT_DATA_STXDNDISTINCT] = build_ndistinct(x);
    row->nulls[PG_STATISTIC_EXT_DATA_STXDDEPENDENCIES] =
        !built || strchr(kinds, 'f') == NULL ||
        !build_dependencies(x, &row->values[PG_STATISTIC_EXT_DATA_STXDDEPENDENCIES]);
    if (built && strchr(kinds, 'm') != NULL)
        TRY(build_mcv(x, &row->values[PG_STATISTIC_EXT_DATA_STXDMCV], &built));
    row->nulls[PG_STATISTIC_EXT_DATA_STXDMCV] = !built || strchr(kinds, 'm') == NULL;
    row->nulls[PG_STATISTIC_EXT_DATA_STXDEXPR] = x->expression_count == 0;
    if (x->expression_count > 0)
        TRY(expression_rows(x, &row->values[PG_STATISTIC_EXT_DATA_STXDEXPR]));
    return write_row(x, row);
}

Status ext_statistics_store(Sample *sample, bool named) {
    Ddl *ddl = sample->ddl;
    const RelationDesc *relation = sample->relation;
    for (uint32_t i = 0; i < relation->statistics_count; i++) {
        ExtBuild *x = arena_new(ddl->arena, ExtBuild);
        CatalogRow *row = arena_new(ddl->arena, CatalogRow);
        bool found, ready;
        *x = (ExtBuild){.sample = sample, .desc = &relation->statistics[i], .arena = ddl->arena};
        TRY(catalog_find_oid(ddl->catalog, PG_STATISTIC_EXT_OID_INDEX, x->desc->oid, ddl->arena,
                             row, &found));
        if (!found)
            continue;
        TRY(add_columns(x, &ready));
        if (!ready) {
            const char *nsp;
            TRY(namespace_name(ddl->catalog, row_oid(row, PG_STATISTIC_EXT_STXNAMESPACE), &nsp));
            ddl_warning(ddl, ERR_INVALID_OBJECT_DEFINITION,
                        "statistics object \"%s.%s\" could not be computed for relation "
                        "\"%s.%s\"",
                        nsp, row_name(row, PG_STATISTIC_EXT_STXNAME, ddl->arena),
                        relation->nsp_name, relation->name);
            continue;
        }
        choose_target(x, row->values[PG_STATISTIC_EXT_STXSTATTARGET].i32);
        if (x->target > 0)
            TRY(build(x));
    }
    return STATUS_OK;
}
