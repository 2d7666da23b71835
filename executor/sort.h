/*
 * sort.h: sorting rows by normalised keys, in memory or through files. Layer: executor, private.
 *
 * Each row carries its key (row_order_encode) as one more column, so it can be compared by memcmp
 * wherever it lies. In memory an array of {first eight key bytes, row} is merge-sorted; most
 * comparisons end at the eight bytes. Past the limit sorted runs go to files and are merged.
 * With a bound only the best rows are kept (top-N).
 */
#ifndef EXECUTOR_SORT_H
#define EXECUTOR_SORT_H

#include "executor/compare.h"
#include "executor/row_store.h"

typedef struct Sorter Sorter;

/* shape: the rows' columns; order's column numbers refer to it. bound: rows wanted, UINT64_MAX: all. */
Status sorter_make(Executor *exec, const RowShape *shape, const RowOrder *order, uint64_t bound,
                   Sorter **sorter_out);
Status sorter_add(Sorter *sorter, const Batch *batch);
/* After the last add. */
Status sorter_finish(Sorter *sorter);
/* The next rows in order: pointers valid until the next call (files: they lie on copy_arena). */
Status sorter_next(Sorter *sorter, uint32_t capacity, Arena *copy_arena, const uint8_t **rows_out,
                   uint32_t *count_out);
/* Empties it for other rows; bound as sorter_make's. */
void sorter_reset(Sorter *sorter, uint64_t bound);
/* Back to the first row. */
Status sorter_rewind(Sorter *sorter);
/* The shape of what sorter_next returns: `shape` and the key behind it. */
const RowShape *sorter_shape(const Sorter *sorter);
/* Key bytes of a row. */
Str sorter_key(const Sorter *sorter, const uint8_t *row);
void sorter_stats(const Sorter *sorter, PlanStats *stats);
void sorter_free(Sorter *sorter);

/* ---- op_incremental_sort.c ---- */
Status incremental_sort_build(Executor *exec, const Plan *plan, Node **node_out);

#endif
