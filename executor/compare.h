/*
 * compare.h: equality, hashes and order of rows by some of their columns. Layer: executor, private.
 *
 * Equality operators of PostgreSQL's types agree with TypeInfo.compare and .hash, so rows are
 * compared by physical kind where that is enough: integers of any width, strings by bytes (collations
 * are deterministic), floats with NaN equal to itself; else by the type, and, where two types meet
 * that share nothing, by the operator's function. Hashes of the integer widths agree with one
 * another, as do those of float4 and float8.
 */
#ifndef EXECUTOR_COMPARE_H
#define EXECUTOR_COMPARE_H

#include "executor/program.h"

typedef enum EqualKind {
    EQUAL_INT,
    EQUAL_FLOAT,
    EQUAL_BYTES,
    EQUAL_TYPE,
    EQUAL_FUNCTION
} EqualKind;

typedef struct ColumnEqual {
    EqualKind kind;
    PhysType left, right; /* of the two sides */
    const TypeInfo *info;
    Oid collation;
    FnCaller caller; /* EQUAL_FUNCTION */
} ColumnEqual;

typedef struct RowEqual {
    uint32_t count;
    ColumnEqual *columns;
} RowEqual;

/* ops and collations may be NULL: the types' default equality. */
Status row_equal_init_types(RowEqual *equal, Executor *exec, uint32_t count, const Oid *left_types,
                            const Oid *right_types, const Oid *ops, const Oid *collations);
/* Of right sides among themselves, as ops with those left types have them. */
Status row_equal_init_right(RowEqual *equal, Executor *exec, uint32_t count, const Oid *left_types,
                            const Oid *right_types, const Oid *ops, const Oid *collations);
/* Columns of one plan's targets against themselves. columns NULL: the first `count`. */
Status row_equal_init(RowEqual *equal, Executor *exec, const Plan *plan, uint32_t count,
                      const uint32_t *columns, const Oid *ops, const Oid *collations);

/* Two values that are not NULL. */
Status row_equal_pair(const RowEqual *equal, Arena *arena, uint32_t column, Datum left, Datum right,
                      bool *equal_out);
/* Whole rows; NULL equals NULL. */
Status row_equal_batch(const RowEqual *equal, Arena *arena, const Batch *left,
                       const uint32_t *left_columns, uint32_t left_row, const Batch *right,
                       const uint32_t *right_columns, uint32_t right_row, bool *equal_out);
Status row_equal_batch_values(const RowEqual *equal, Arena *arena, const Batch *left,
                              const uint32_t *left_columns, uint32_t left_row, const Datum *values,
                              const bool *nulls, bool *equal_out);
/* Mixes a value into a hash. */
uint64_t row_equal_hash(const RowEqual *equal, uint32_t column, Datum value, bool is_null,
                        uint64_t hash);
/* Hashes of selected rows: hashes[row], over vectors of the left (or right) side's types. */
void row_equal_hash_vectors(const RowEqual *equal, const Vector *const *columns, bool right_side,
                            Selection sel, uint64_t *hashes);
/* True where the types can be hashed. */
bool row_equal_hashable(const RowEqual *equal);

/* ---- order ---- */

typedef struct OrderColumn {
    uint32_t column;
    const TypeInfo *info;
    Oid collation;
    bool descending, nulls_first;
} OrderColumn;

typedef struct RowOrder {
    uint32_t count;
    OrderColumn *columns;
} RowOrder;

Status row_order_init(RowOrder *order, Executor *exec, const Plan *input, const SortKey *keys,
                      uint32_t count);
/* One column of two values. <0, 0, >0 */
int row_order_values(const OrderColumn *column, Datum a, bool a_null, Datum b, bool b_null);
int row_order_batches(const RowOrder *order, const Batch *a, uint32_t a_row, const Batch *b,
                      uint32_t b_row);
/* The normalised key of a row: memcmp order is the rows' order. Appends. */
Status row_order_encode(const RowOrder *order, const Batch *batch, uint32_t row, StrBuf *key);

void node_pass(Node *node, const Batch *batch);

#endif
