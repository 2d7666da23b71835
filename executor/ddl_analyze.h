/* ddl_analyze.h: statistics of a table. Layer: executor, private. */
#ifndef EXECUTOR_DDL_ANALYZE_H
#define EXECUTOR_DDL_ANALYZE_H

#include "executor/ddl_int.h"

typedef struct SampledColumn {
    const ColumnDesc *column;
    bool hidden;      /* sampled for expressions alone */
    Datum *values;    /* [sample rows] */
    uint8_t *nulls;   /* 0 value, 1 NULL, 2 too wide */
    double width_sum; /* of all rows read */
    uint64_t nonnull;
} SampledColumn;

typedef struct Sample {
    Ddl *ddl;
    const RelationDesc *relation;
    SampledColumn *columns;
    uint32_t column_count;
    uint32_t capacity, count;
    uint64_t rows_seen;
    uint64_t random;
    bool inherit; /* the rows of all that inherit from it, too */
    const int16_t
        *places; /* by column - 1: its place in the rows of the table now read; NULL: the same */
} Sample;

/* The statistics of one column's sample as a row of pg_statistic; the caller fills in whose. */
Status sample_statistics(Sample *sample, const SampledColumn *c, uint32_t target,
                         CatalogRow *row_out);
/* ddl_ext_statistics.c: what CREATE STATISTICS asked to count, from the same sample. named: ANALYZE named
 * columns, so some may be missing. */
Status ext_statistics_store(Sample *sample, bool named);
/* Do some of the relation's extended statistics have expressions? */
bool ext_statistics_want_rows(const RelationDesc *relation);

/* Reads the table and stores its statistics; names: the columns, empty for all. The caller holds the
 * lock and has checked rights. Parks for long. */
Status ddl_analyze_table(Ddl *ddl, Oid relation, const StrList *names);

#endif
