/* row_ids.h: sets of a table's rows. Layer: executor, private. */
#ifndef EXECUTOR_ROW_IDS_H
#define EXECUTOR_ROW_IDS_H

#include "mvcc/table.h"

/* Zeroed: empty. Memory is the arenas' that are handed over; 8 bytes a row. */
typedef struct RowIds {
    RowId *items;
    size_t count;
    size_t capacity;
} RowIds;

/* Appends. Error: 53200. */
Status row_ids_add(RowIds *rows, Arena *arena, RowId rowid);
/* Brings them in order, each once: a set. */
void row_ids_sort(RowIds *rows);
/* Of two sets: what is in either, what is in both. out may be neither of them. Error: 53200. */
Status row_ids_union(const RowIds *a, const RowIds *b, Arena *arena, RowIds *out);
Status row_ids_intersect(const RowIds *a, const RowIds *b, Arena *arena, RowIds *out);

#endif
