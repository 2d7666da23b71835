/*
 * exclusion.h: EXCLUDE constraints: no two rows for which every operator holds. Layer: executor.
 *
 * A row is stored and put into the index first, then held against the others, those of transactions in
 * progress included, for whose end it waits. So of two writers at the same time at least one sees the
 * other. Candidates are found by the keys of the index (types/gin.h), which begin with the columns that are
 * compared by equality. Operator classes without such keys have rows with the same key in the index as
 * candidates: equal in all columns that are compared by equality; without such a column that is every row.
 */
#ifndef EXECUTOR_EXCLUSION_H
#define EXECUTOR_EXCLUSION_H

#include "executor/index_key.h"
#include "executor/program.h"

typedef struct Exclusion Exclusion;

/* key: the index's, which outlives it. On exec->arena. */
Status exclusion_make(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                      Table *table, IndexKey *key, Exclusion **exclusion_out);

/* A live row other than self (0: none is left out) that excludes a row with these values; 0: none.
 * Waits for transactions that may decide it. Errors: 40P01, 55P03, 57014. */
Status exclusion_find(Exclusion *x, const Datum *values, const bool *nulls, RowId self,
                      Arena *arena, RowId *rowid_out);
/* 23P01 for the conflict that was found last; building: the constraint is being made. */
Status exclusion_error(Exclusion *x, bool building);

#endif
