/*
 * ddl_analyze.c: ANALYZE: what the planner knows of a column's values.
 *
 * All rows are read once and a uniform sample kept (reservoir sampling; Vitter 1985). From the sample:
 * the part of NULLs, the average width, the number of distinct values (Haas and Stokes 1998, the
 * estimator Duj1), the most common values with their frequencies, a histogram of the others with
 * equal numbers between its bounds, and how far the order of the values follows that of the rows.
 */
#include "executor/ddl_analyze.h"

#include "base/array.h"
#include "types/type.h"

#include <math.h>
#include <stdlib.h>

#define WIDE_BYTES 1024u /* longer values are counted, not kept */
#define KIND_MCV 1
#define KIND_HISTOGRAM 2
#define KIND_CORRELATION 3

static uint64_t next_random(Sample *sample) {
    uint64_t x = sample->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sample->random = x;
    return x;
}

static uint32_t stored_width(PhysType phys, Datum value, int16_t len) {
    if (phys != PHYS_STR)
        return len > 0 ? (uint32_t)len : phys_vector_bytes(phys);
    if (len > 0)
        return (uint32_t)len;
    return value.str.len + (value.str.len < 127 ? 1 : 4);
}

static int slot_of(const Sample *sample, const SampledColumn *c) {
    return sample->places != NULL ? sample->places[c->column->attnum - 1] : c->column->attnum - 1;
}

static Status keep(Sample *sample, uint32_t at, const Datum *values, const bool *nulls) {
    for (uint32_t i = 0; i < sample->column_count; i++) {
        SampledColumn *c = &sample->columns[i];
        int slot = slot_of(sample, c);
        c->nulls[at] = nulls[slot];
        if (nulls[slot])
            continue;
        c->values[at] = values[slot];
        if (c->column->phys != PHYS_STR)
            continue;
        if (values[slot].str.len > WIDE_BYTES) {
            c->nulls[at] = 2;
            continue;
        }
        char *copy = arena_memdup(sample->ddl->arena, values[slot].str.data, values[slot].str.len);
        c->values[at].str = str_make(copy, values[slot].str.len);
    }
    return arena_check(sample->ddl->arena);
}

static Status sample_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    Sample *sample = arg;
    for (uint32_t i = 0; i < sample->column_count; i++) {
        SampledColumn *c = &sample->columns[i];
        int slot = slot_of(sample, c);
        if (nulls[slot])
            continue;
        c->nonnull++;
        c->width_sum += stored_width(c->column->phys, values[slot], c->column->typlen);
    }
    uint64_t seen = sample->rows_seen++;
    if (seen < sample->capacity) {
        sample->count++;
        return keep(sample, (uint32_t)seen, values, nulls);
    }
    uint64_t place = next_random(sample) % (seen + 1);
    return place < sample->capacity ? keep(sample, (uint32_t)place, values, nulls) : STATUS_OK;
}

/* ---- one column ---- */

typedef struct SortItem {
    Datum value;
    uint32_t place; /* in the sample: the order of the rows, about */
} SortItem;

typedef struct SortContext {
    const TypeInfo *type;
    Oid collation;
} SortContext;

static int compare_items(const void *a, const void *b, void *arg) {
    const SortContext *context = arg;
    const SortItem *x = a, *y = b;
    int order = context->type->compare(context->type, context->collation, x->value, y->value);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

typedef struct Common {
    uint32_t first, count; /* a run of equal values in the sorted sample */
} Common;

typedef struct Statistics {
    double null_fraction, distinct;
    int32_t width;
    Common *common; /* by count, falling */
    uint32_t common_count;
    uint32_t *histogram; /* places in the sorted sample */
    uint32_t histogram_count;
    bool has_correlation;
    double correlation;
    SortItem *sorted;
    uint32_t sorted_count;
} Statistics;

static int by_count(const void *a, const void *b) {
    const Common *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static double estimate_distinct(const Sample *sample, double nonnull, double distinct,
                                double multiple, double wide, double null_fraction) {
    double total = (double)sample->rows_seen;
    if (multiple == 0)
        return -1.0 * (1.0 - null_fraction);
    if (wide == 0 && multiple == distinct)
        return distinct;
    double f1 = distinct - multiple + wide, d = f1 + multiple;
    double n = nonnull, big = total * (1.0 - null_fraction);
    double estimate = big > 0 ? (n * d) / ((n - f1) + f1 * n / big) : 0;
    if (estimate < d)
        estimate = d;
    if (estimate > big)
        estimate = big;
    estimate = floor(estimate + 0.5);
    return estimate > 0.1 * total ? -(estimate / total) : estimate;
}

/* How many of the candidates are significantly more common than the rest (PostgreSQL's rule: the
 * estimate without them must be off by more than two standard deviations). */
static uint32_t significant(const Statistics *s, const Sample *sample, uint32_t count) {
    double rows = sample->count, total = (double)sample->rows_seen;
    if (rows == total || total <= 1.0)
        return count;
    double distinct = s->distinct < 0 ? -s->distinct * total : s->distinct, sum = 0;
    for (uint32_t i = 0; i + 1 < count; i++)
        sum += s->common[i].count;
    while (count > 0) {
        double selectivity = 1.0 - sum / rows - s->null_fraction;
        selectivity = selectivity < 0 ? 0 : selectivity > 1 ? 1 : selectivity;
        double others = distinct - (count - 1);
        if (others > 1)
            selectivity /= others;
        double k = total * s->common[count - 1].count / rows;
        double variance = rows * k * (total - k) * (total - rows) / (total * total * (total - 1));
        double deviation = sqrt(variance);
        if (s->common[count - 1].count > selectivity * rows + 2 * deviation + 0.5)
            break;
        if (--count > 0)
            sum -= s->common[count - 1].count;
    }
    return count;
}

static void choose_common(Statistics *s, const Sample *sample, uint32_t runs, uint32_t target,
                          bool complete) {
    qsort(s->common, runs, sizeof(Common), by_count);
    s->common_count = runs < target ? runs : target;
    if (complete && runs <= target && s->distinct > 0)
        return;
    s->common_count = significant(s, sample, s->common_count);
}

static bool is_common(const Statistics *s, uint32_t place) {
    for (uint32_t i = 0; i < s->common_count; i++)
        if (place >= s->common[i].first && place < s->common[i].first + s->common[i].count)
            return true;
    return false;
}

static void choose_histogram(Statistics *s, Arena *arena, uint32_t distinct, uint32_t target) {
    uint32_t bounds = distinct - s->common_count;
    if (bounds > target + 1)
        bounds = target + 1;
    if (bounds < 2)
        return;
    uint32_t *rest = arena_array(arena, uint32_t, s->sorted_count), rest_count = 0;
    for (uint32_t i = 0; i < s->sorted_count; i++)
        if (!is_common(s, i))
            rest[rest_count++] = i;
    if (rest_count < 2)
        return;
    if (bounds > rest_count)
        bounds = rest_count;
    s->histogram = arena_array(arena, uint32_t, bounds);
    s->histogram_count = bounds;
    for (uint32_t i = 0; i < bounds; i++)
        s->histogram[i] = rest[(uint64_t)i * (rest_count - 1) / (bounds - 1)];
}

static void correlate(Statistics *s) {
    double n = s->sorted_count, sum = n * (n - 1) / 2, square = (n - 1) * n * (2 * n - 1) / 6;
    double products = 0;
    /* places count only the rows that are not NULL */
    for (uint32_t i = 0; i < s->sorted_count; i++)
        products += (double)i * s->sorted[i].place;
    double divisor = n * square - sum * sum;
    if (n < 2 || divisor <= 0)
        return;
    s->has_correlation = true;
    s->correlation = (n * products - sum * sum) / divisor;
}

static Status compute(Sample *sample, const SampledColumn *c, const TypeInfo *type, uint32_t target,
                      Statistics *s) {
    Arena *arena = sample->ddl->arena;
    uint32_t nulls = 0, wide = 0;
    void *memory;
    TRY(arena_try_alloc(arena, ((size_t)sample->count + 1) * sizeof(SortItem), &memory));
    s->sorted = memory;
    for (uint32_t i = 0; i < sample->count; i++) {
        nulls += c->nulls[i] == 1;
        wide += c->nulls[i] == 2;
        if (c->nulls[i] == 0) {
            s->sorted[s->sorted_count] = (SortItem){c->values[i], s->sorted_count};
            s->sorted_count++;
        }
    }
    s->null_fraction = sample->count == 0 ? 0 : (double)nulls / sample->count;
    s->width = c->nonnull == 0 ? 0 : (int32_t)(c->width_sum / (double)c->nonnull);
    if (type->compare == NULL || s->sorted_count == 0) {
        if (s->sorted_count == 0 && sample->count > 0 && wide > 0)
            s->distinct = -1.0 * (1.0 - s->null_fraction);
        return STATUS_OK;
    }
    SortContext context = {type, c->column->collation};
    qsort_r(s->sorted, s->sorted_count, sizeof(SortItem), compare_items, &context);
    uint32_t distinct = 0, multiple = 0;
    TRY(arena_try_alloc(arena, ((size_t)s->sorted_count / 2 + 1) * sizeof(Common), &memory));
    s->common = memory;
    for (uint32_t i = 0, next; i < s->sorted_count; i = next) {
        for (next = i + 1; next < s->sorted_count; next++)
            if (type->compare(type, context.collation, s->sorted[i].value, s->sorted[next].value) !=
                0)
                break;
        distinct++;
        if (next - i > 1)
            s->common[multiple++] = (Common){i, next - i};
    }
    s->distinct = estimate_distinct(sample, s->sorted_count + wide, distinct, multiple, wide,
                                    s->null_fraction);
    choose_common(s, sample, multiple, target, multiple == distinct && wide == 0);
    choose_histogram(s, arena, distinct, target);
    correlate(s);
    return STATUS_OK;
}

/* ---- pg_statistic ---- */

static Status operators(Ddl *ddl, Oid type, Oid *eq_out, Oid *less_out) {
    Oid opclass;
    const OpclassDesc *desc;
    const OpfamilyDesc *family;
    *eq_out = *less_out = OID_INVALID;
    TRY(catalog_default_opclass(ddl->catalog, OID_AM_BTREE, type, &opclass));
    if (opclass == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_opclass(ddl->catalog, opclass, &desc));
    TRY(catalog_opfamily(ddl->catalog, desc->family, &family));
    *eq_out = opfamily_operator(family, desc->input_type, desc->input_type, BTREE_EQUAL);
    *less_out = opfamily_operator(family, desc->input_type, desc->input_type, BTREE_LESS);
    return STATUS_OK;
}

typedef struct StatRow {
    Ddl *ddl;
    CatalogRow row;
    uint32_t slot;
} StatRow;

static Status float_array(Arena *arena, const double *values, uint32_t count, Datum *array_out) {
    Datum *items = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++)
        items[i].f32 = (float)values[i];
    return array_build_1d(arena, OID_FLOAT4, PHYS_F32, items, NULL, count, array_out);
}

static Status add_slot(StatRow *stat, int16_t kind, Oid oper, Oid collation, const double *numbers,
                       uint32_t number_count, const Datum *values, uint32_t value_count,
                       const TypeInfo *type) {
    uint32_t slot = stat->slot++;
    Arena *arena = stat->ddl->arena;
    stat->row.values[PG_STATISTIC_STAKIND1 + slot].i16 = kind;
    stat->row.values[PG_STATISTIC_STAOP1 + slot] = datum_oid(oper);
    stat->row.values[PG_STATISTIC_STACOLL1 + slot] = datum_oid(collation);
    stat->row.nulls[PG_STATISTIC_STANUMBERS1 + slot] = number_count == 0;
    if (number_count > 0)
        TRY(float_array(arena, numbers, number_count,
                        &stat->row.values[PG_STATISTIC_STANUMBERS1 + slot]));
    stat->row.nulls[PG_STATISTIC_STAVALUES1 + slot] = value_count == 0;
    return value_count == 0
               ? STATUS_OK
               : array_build_1d(arena, type->oid, type->phys, values, NULL, value_count,
                                &stat->row.values[PG_STATISTIC_STAVALUES1 + slot]);
}

static Status add_slots(StatRow *stat, const Statistics *s, const SampledColumn *c,
                        const TypeInfo *type, uint32_t sample_rows, Oid eq, Oid less) {
    Arena *arena = stat->ddl->arena;
    uint32_t most = s->common_count > s->histogram_count ? s->common_count : s->histogram_count;
    Datum *values = arena_array(arena, Datum, most + 1);
    double *numbers = arena_array(arena, double, most + 1);
    if (s->common_count > 0) {
        for (uint32_t i = 0; i < s->common_count; i++) {
            values[i] = s->sorted[s->common[i].first].value;
            numbers[i] = (double)s->common[i].count / sample_rows;
        }
        TRY(add_slot(stat, KIND_MCV, eq, c->column->collation, numbers, s->common_count, values,
                     s->common_count, type));
    }
    if (s->histogram_count > 0) {
        for (uint32_t i = 0; i < s->histogram_count; i++)
            values[i] = s->sorted[s->histogram[i]].value;
        TRY(add_slot(stat, KIND_HISTOGRAM, less, c->column->collation, NULL, 0, values,
                     s->histogram_count, type));
    }
    return !s->has_correlation ? STATUS_OK
                               : add_slot(stat, KIND_CORRELATION, less, c->column->collation,
                                          &s->correlation, 1, NULL, 0, type);
}

Status sample_statistics(Sample *sample, const SampledColumn *c, uint32_t target,
                         CatalogRow *row_out) {
    Ddl *ddl = sample->ddl;
    StatRow *stat = arena_new(ddl->arena, StatRow);
    Statistics s = {0};
    const TypeInfo *type;
    Oid eq, less;
    stat->ddl = ddl;
    TRY(type_lookup(&ddl->session->env, c->column->type, &type));
    TRY(compute(sample, c, type, target, &s));
    TRY(operators(ddl, c->column->type, &eq, &less));
    CatalogRow *row = &stat->row;
    row->values[PG_STATISTIC_STANULLFRAC].f32 = (float)s.null_fraction;
    row->values[PG_STATISTIC_STAWIDTH] = datum_i32(s.width);
    row->values[PG_STATISTIC_STADISTINCT].f32 = (float)s.distinct;
    if (eq != OID_INVALID && less != OID_INVALID)
        TRY(add_slots(stat, &s, c, type, sample->count, eq, less));
    while (stat->slot < 5)
        TRY(add_slot(stat, 0, OID_INVALID, OID_INVALID, NULL, 0, NULL, 0, type));
    *row_out = *row;
    return STATUS_OK;
}

static uint32_t target_of(const Sample *sample, const ColumnDesc *column) {
    return (uint32_t)(column->stats_target >= 0
                          ? column->stats_target
                          : sample->ddl->session->planner.default_statistics_target);
}

static Status store(Sample *sample, const SampledColumn *c) {
    Ddl *ddl = sample->ddl;
    CatalogRow *row = arena_new(ddl->arena, CatalogRow), *old = arena_new(ddl->arena, CatalogRow);
    Datum keys[3] = {
        datum_oid(sample->relation->oid), {.i16 = c->column->attnum}, datum_bool(sample->inherit)};
    bool found;
    TRY(sample_statistics(sample, c, target_of(sample, c->column), row));
    TRY(catalog_find(ddl->catalog, PG_STATISTIC_RELID_ATT_INH_INDEX, keys, 3, ddl->arena, old,
                     &found));
    row->rowid = old->rowid;
    row->version = old->version;
    row->xmin = old->xmin;
    row->values[PG_STATISTIC_STARELID] = keys[0];
    row->values[PG_STATISTIC_STAATTNUM] = keys[1];
    row->values[PG_STATISTIC_STAINHERIT] = keys[2];
    return found ? catalog_update(ddl->catalog, PG_STATISTIC, row)
                 : catalog_insert(ddl->catalog, PG_STATISTIC, row);
}

/* ---- a table ---- */

static bool is_chosen(const Sample *sample, const ColumnDesc *column) {
    for (uint32_t i = 0; i < sample->column_count; i++)
        if (sample->columns[i].column == column)
            return true;
    return false;
}

static Status choose_columns(Sample *sample, const StrList *names) {
    Ddl *ddl = sample->ddl;
    const RelationDesc *relation = sample->relation;
    sample->columns = arena_array(ddl->arena, SampledColumn, relation->column_count + 1);
    for (uint32_t i = 0; i < names->count; i++) {
        const ColumnDesc *column = relation_column(relation, names->items[i]);
        if (column == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         names->items[i], relation->name);
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(names->items[i], names->items[k]) == 0)
                return error(ERR_DUPLICATE_COLUMN,
                             "column \"%s\" of relation \"%s\" appears more than once",
                             names->items[i], relation->name);
        sample->columns[sample->column_count++].column = column;
    }
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const ColumnDesc *column = &relation->columns[i];
        bool wanted = names->count == 0 && column->stats_target != 0;
        if (column->dropped || is_chosen(sample, column) ||
            (!wanted && !ext_statistics_want_rows(relation)))
            continue;
        sample->columns[sample->column_count].hidden = !wanted;
        sample->columns[sample->column_count++].column = column;
    }
    return STATUS_OK;
}

static Status allocate(Sample *sample) {
    uint32_t target = 1;
    for (uint32_t i = 0; i < sample->column_count; i++)
        if (target_of(sample, sample->columns[i].column) > target)
            target = target_of(sample, sample->columns[i].column);
    sample->capacity = 300 * target;
    for (uint32_t i = 0; i < sample->column_count; i++) {
        void *memory;
        TRY(arena_try_alloc(sample->ddl->arena, sample->capacity * sizeof(Datum), &memory));
        sample->columns[i].values = memory;
        TRY(arena_try_alloc(sample->ddl->arena, sample->capacity, &memory));
        sample->columns[i].nulls = memory;
    }
    return STATUS_OK;
}

/* Where the columns of the sample's relation are in the rows of one that inherits from it. */
static void set_places(Sample *sample, const RelationDesc *child) {
    const RelationDesc *relation = sample->relation;
    int16_t *places = arena_array(sample->ddl->arena, int16_t, (size_t)relation->column_count + 1);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const ColumnDesc *column =
            relation->columns[i].dropped ? NULL : relation_column(child, relation->columns[i].name);
        places[i] = column == NULL ? 0 : (int16_t)(column->attnum - 1);
    }
    sample->places = places;
}

/* Reads the rows that the sample is to be of. */
static Status read_rows(Sample *sample) {
    Ddl *ddl = sample->ddl;
    const Oid *all;
    size_t count;
    if (!sample->inherit)
        return ddl_each_row(ddl, sample->relation, sample_row, sample);
    TRY(relation_descendants(ddl->catalog, sample->relation->oid, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *member;
        TRY(relation_lock(ddl->catalog, all[i], LOCK_ACCESS_SHARE, LOCK_WAIT, NULL));
        TRY(catalog_relation(ddl->catalog, all[i], &member));
        if (member == NULL || member->store == 0 || member->kind == 'f')
            continue;
        set_places(sample, member);
        TRY(ddl_each_row(ddl, member, sample_row, sample));
    }
    return STATUS_OK;
}

static Status analyze_rows(Ddl *ddl, Oid oid, const StrList *names, bool inherit,
                           uint64_t *row_count_out) {
    Sample sample = {.ddl = ddl,
                     .random = (uint64_t)ddl->session->env.statement_start_micros | 1,
                     .inherit = inherit};
    TRY(catalog_relation_require(ddl->catalog, oid, &sample.relation));
    TRY(choose_columns(&sample, names));
    TRY(allocate(&sample));
    TRY(read_rows(&sample));
    *row_count_out = sample.rows_seen;
    for (uint32_t i = 0; i < sample.column_count && sample.rows_seen > 0; i++)
        if (!sample.columns[i].hidden)
            TRY(store(&sample, &sample.columns[i]));
    return sample.rows_seen > 0 ? ext_statistics_store(&sample, names->count > 0) : STATUS_OK;
}

Status ddl_analyze_table(Ddl *ddl, Oid oid, const StrList *names) {
    const RelationDesc *relation;
    uint64_t row_count;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->store != 0) {
        Table *table;
        TRY(analyze_rows(ddl, oid, names, false, &row_count));
        TRY(catalog_relation_require(ddl->catalog, oid, &relation));
        TRY(table_open(ddl->session->mvcc, relation->store, &table));
        TRY(relation_set_stats(ddl->catalog, oid, (int32_t)table_page_count(table),
                               (float)row_count));
    }
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->child_count > 0)
        TRY(analyze_rows(ddl, oid, names, true, &row_count));
    else if (relation->has_subclass)
        TRY(relation_clear_flag(ddl->catalog, oid, PG_CLASS_RELHASSUBCLASS));
    if (relation->store == 0)
        TRY(relation_set_stats(ddl->catalog, oid, -1,
                               relation->child_count > 0 ? (float)row_count : 0));
    catalog_touch_relation(ddl->catalog, oid);
    return STATUS_OK;
}
