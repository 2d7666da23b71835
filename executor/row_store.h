/*
 * row_store.h: rows kept in memory or in a temporary file. Layer: executor, private.
 *
 * A row is one block of bytes that holds no pointers, so it can be written to a file and read back
 * elsewhere:
 *
 *   offset   bytes          field
 *   0        4              bytes of the row, a multiple of 8
 *   4        4              the owner's (a hash, a flag)
 *   8        columns        1: NULL
 *   .        .              values at RowShape.offsets, aligned; PHYS_STR: {len, prefix, u64 offset
 *                           of its bytes from the row's start}
 *   .        .              bytes of strings
 */
#ifndef EXECUTOR_ROW_STORE_H
#define EXECUTOR_ROW_STORE_H

#include "executor/exec_int.h"
#include "runtime/file.h"

typedef struct RowShape {
    uint32_t column_count;
    PhysType *phys;
    uint32_t *offsets;
    uint32_t fixed_bytes; /* where the strings begin */
    bool has_strings;
} RowShape;

void row_shape_init(RowShape *shape, Arena *arena, uint32_t column_count, const PhysType *phys);
/* The shape of a node's output. */
Status row_shape_of_targets(RowShape *shape, Executor *exec, const Plan *plan);

static inline uint32_t row_bytes(const uint8_t *row) { return *(const uint32_t *)row; }
static inline uint32_t *row_user(uint8_t *row) { return (uint32_t *)(row + 4); }
static inline bool row_is_null(const uint8_t *row, uint32_t column) { return row[8 + column] != 0; }
static inline Datum row_get(const RowShape *shape, const uint8_t *row, uint32_t column) {
    const uint8_t *p = row + shape->offsets[column];
    Datum d = {.i64 = 0};
    switch (shape->phys[column]) {
    case PHYS_BYTE:
        d.byte = *p;
        break;
    case PHYS_I16:
        d.i16 = *(const int16_t *)p;
        break;
    case PHYS_I32:
    case PHYS_F32:
        d.i32 = *(const int32_t *)p;
        break;
    case PHYS_I64:
    case PHYS_F64:
        d.i64 = *(const int64_t *)p;
        break;
    case PHYS_W16:
        memcpy(&d, p, 16);
        break;
    default:
        memcpy(&d, p, 16);
        /* of a NULL this is nothing, which no pointer arithmetic allows */
        d.str.data = (const char *)((uintptr_t)row + (uintptr_t)d.str.data);
        break;
    }
    return d;
}

/* Bytes that a row takes, and writing it. */
size_t row_measure(const RowShape *shape, const Datum *values, const bool *nulls);
void row_write(const RowShape *shape, const Datum *values, const bool *nulls, size_t bytes,
               uint8_t *row);

/* Writes one value; *at: where the next string's bytes go. */
void row_put(const RowShape *shape, uint8_t *row, uint32_t column, Datum d, size_t *at);

/* Vectors of rows: to.columns[c] from rows[0..count). Registers grow on arena. */
void rows_to_batch(const RowShape *shape, const uint8_t *const *rows, uint32_t count,
                   Register *registers, Arena *arena, Vector *columns);

/* One column. */
void rows_to_vector(const RowShape *shape, const uint8_t *const *rows, uint32_t count, uint32_t c,
                    Register *reg, Arena *arena);

/* ---- memory that rows lie in: large blocks, accounted, freed at once ---- */

typedef struct RowBlock {
    struct RowBlock *next;
    size_t capacity, used;
    uint8_t data[] __attribute__((aligned(16)));
} RowBlock;

typedef struct RowHeap {
    MemAccount *account;
    RowBlock *first, *last;
    size_t bytes; /* of all blocks */
} RowHeap;

void row_heap_init(RowHeap *heap, MemAccount *account);
/* 8-byte aligned. Error: 53200. */
Status row_heap_alloc(RowHeap *heap, size_t bytes, uint8_t **out);
void row_heap_free(RowHeap *heap);
/* Writes one row of a batch there. */
Status row_heap_add(RowHeap *heap, const RowShape *shape, const Batch *batch, uint32_t row,
                    uint8_t **row_out);
/* The same with `lead` zeroed bytes directly in front of the row, a multiple of 8. */
Status row_heap_add_behind(RowHeap *heap, size_t lead, const RowShape *shape, const Batch *batch,
                           uint32_t row, uint8_t **row_out);

/* ---- files of rows ---- */

typedef struct SpillFile SpillFile;
Status spill_open(Executor *exec, SpillFile **file_out);
Status spill_write_row(SpillFile *file, const uint8_t *row);
/* Ends writing (or reading): the next read gives the first row. */
Status spill_rewind(SpillFile *file);
/* The next row, valid until the next call; NULL at the end. */
Status spill_read_row(SpillFile *file, uint8_t **row_out);
uint64_t spill_row_count(const SpillFile *file);
uint64_t spill_bytes(const SpillFile *file);
void spill_close(SpillFile *file);

/* ---- a sequence of rows that spills past a limit; any number of readers ---- */

typedef struct RowStore RowStore;
Status row_store_make(Executor *exec, const RowShape *shape, size_t memory_limit,
                      RowStore **store_out);
Status row_store_add(RowStore *store, const Batch *batch);
Status row_store_add_row(RowStore *store, const Datum *values, const bool *nulls);
uint64_t row_store_count(const RowStore *store);
size_t row_store_memory(const RowStore *store);
uint64_t row_store_disk(const RowStore *store);
/* Row number `index`. Valid until the store is freed, or, where it has spilled, until the next call.
 */
Status row_store_get(RowStore *store, uint64_t index, const uint8_t **row_out);
void row_store_clear(RowStore *store);
void row_store_free(RowStore *store);
const RowShape *row_store_shape(const RowStore *store);

/* Fills columns with rows [*position, ...) up to capacity; advances. Strings point into the store, or
 * are copied to arena where it has spilled. */
Status row_store_read(RowStore *store, uint64_t *position, uint32_t capacity, Register *registers,
                      Arena *arena, Arena *copy_arena, Vector *columns, uint32_t *count_out);

#endif
