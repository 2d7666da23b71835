/*
 * row_table.h: a hash table of rows: groups, distinct rows, the build side of joins. Layer: executor,
 * private.
 *
 * Rows lie in a RowHeap, each with `extra` zeroed bytes of the owner's in front (aggregate states, a
 * chain link). The directory is open addressing over 8-byte slots that hold a pointer and 16 bits of
 * the hash, so most mismatches touch no row.
 */
#ifndef EXECUTOR_ROW_TABLE_H
#define EXECUTOR_ROW_TABLE_H

#include "executor/compare.h"
#include "executor/row_store.h"

typedef struct RowTable RowTable;
struct RowTable {
    RowHeap heap;
    RowShape shape;        /* of what is stored; its first equal->count columns are the key */
    const RowEqual *equal; /* of what is looked up with what is stored */
    const RowEqual *stored_equal; /* of what is to be stored with what is; at first the same */
    uint32_t extra;               /* bytes before each row, a multiple of 16 */
    uint64_t *slots;
    uint64_t mask;
    uint64_t count;
    MemAccount *account;
    bool null_equal; /* NULL keys match each other (groups); else never (joins) */
};

Status row_table_init(RowTable *table, MemAccount *account, const RowShape *shape,
                      const RowEqual *equal, uint32_t extra);
void row_table_free(RowTable *table);
/* Empties it, keeping the directory. */
void row_table_clear(RowTable *table);
size_t row_table_bytes(const RowTable *table);

/* The row whose key equals that of `keys` (vectors of the left side's types) at `row`; NULL: none. */
Status row_table_find(RowTable *table, Arena *arena, const Vector *const *keys, uint32_t row,
                      uint64_t hash, uint8_t **row_out);
/* The same for vectors of the right side's types. */
Status row_table_find_stored(RowTable *table, Arena *arena, const Vector *const *keys, uint32_t row,
                             uint64_t hash, uint8_t **row_out);
/* The same; where there is none, stores columns[0..shape.column_count) of the row (the key first). */
Status row_table_put(RowTable *table, Arena *arena, const Vector *const *columns, uint32_t row,
                     uint64_t hash, uint8_t **row_out, bool *new_out);
/* Stores the row whatever stands there: joins chain duplicates themselves. */
Status row_table_store(RowTable *table, const Vector *const *columns, uint32_t row, uint64_t hash,
                       uint8_t **row_out);
/* Only writes it into the heap: no look-up finds it, row_table_next does. */
Status row_table_write(RowTable *table, const Vector *const *columns, uint32_t row, uint64_t hash,
                       uint8_t **row_out);
/* Look-ups find `row`, written with an equal key, where they found `old` until now. */
void row_table_replace(RowTable *table, uint64_t hash, const uint8_t *old, uint8_t *row);
/* Walks all rows. cursor: zeroed to start. NULL at the end. */
typedef struct RowTableCursor {
    RowBlock *block;
    size_t at;
    bool started;
} RowTableCursor;
uint8_t *row_table_next(const RowTable *table, RowTableCursor *cursor);

static inline void *row_extra(const RowTable *table, uint8_t *row) { return row - table->extra; }

#endif
