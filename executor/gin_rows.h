/* gin_rows.h: the rows that keys of an inverted index have, gathered. Layer: executor, private. */
#ifndef EXECUTOR_GIN_ROWS_H
#define EXECUTOR_GIN_ROWS_H

#include "executor/row_ids.h"
#include "mvcc/index.h"
#include "types/gin.h"

/* A key, keys with one beginning, a range of them; or a GIN_OR of nothing but those. */
bool gin_is_flat(const GinNode *node);
/*
 * The rows of a flat node, on the arena. snapshot: of the reader, who is remembered as such; NULL: nobody.
 * Ranges are read in order, and those without entries are leapt over. Parks. Errors: 53200, 57014.
 */
Status gin_rows_gather(const Snapshot *snapshot, const Table *table, Index *index,
                       const GinNode *node, Arena *arena, RowIds *rows_out);

#endif
