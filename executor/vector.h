/*
 * vector.h: work on vectors and selections. Layer: executor, private.
 *
 * Registers are vectors that own their memory: they grow to the largest batch they have seen, so a
 * statement of one row stays small and one of millions runs in full batches.
 */
#ifndef EXECUTOR_VECTOR_H
#define EXECUTOR_VECTOR_H

#include "base/arena.h"
#include "base/datum.h"

/* The row at place i of a selection. */
static inline uint32_t selection_row(Selection sel, uint32_t i) {
    return sel.rows != NULL ? sel.rows[i] : i;
}
static inline Selection selection_all(uint32_t count) { return (Selection){NULL, count}; }

#define SELECTION_FOREACH(sel, row)                                                                \
    for (uint32_t row##_i_ = 0, row;                                                               \
         row##_i_ < (sel).count && (row = selection_row((sel), row##_i_), true); row##_i_++)

/* One past the highest row a selection names. */
static inline uint32_t selection_extent(Selection sel) {
    return sel.count == 0 ? 0 : sel.rows != NULL ? sel.rows[sel.count - 1] + 1u : sel.count;
}

typedef struct Register {
    Vector v;          /* v.values and v.nulls point at the buffers below, or elsewhere */
    uint32_t capacity; /* rows; a power of two up to BATCH_ROWS, or 1 */
    uint32_t width;    /* bytes a row that values has room for */
    void *values;
    uint8_t *nulls;
} Register;

/* A flat vector with room for `rows` rows, without NULLs yet (v.nulls is NULL). */
Vector *register_flat(Register *reg, Arena *arena, PhysType phys, uint32_t rows);
/* The same holding one value for all rows. */
Vector *register_constant(Register *reg, Arena *arena, PhysType phys, Datum value, bool is_null);
/* Makes v.nulls point at the register's own bytes, all zero for rows < `rows`. */
uint8_t *register_nulls(Register *reg, uint32_t rows);

/* v itself if flat or constant, else its selected rows spread into reg. */
const Vector *vector_flatten(const Vector *v, Register *reg, Arena *arena, Selection sel);
/* Copies selected rows into reg so that no dictionary or constant is left. */
const Vector *vector_to_flat(const Vector *v, Register *reg, Arena *arena, Selection sel);

/* to[0..count) = from[rows[0..count)]; to is a register. */
void vector_gather(const Vector *from, const uint16_t *rows, uint32_t count, Register *to,
                   Arena *arena);
/* Writes one value; nulls must be set up where is_null is possible. */
static inline void vector_put(Vector *v, uint32_t row, Datum d, bool is_null) {
    if (v->nulls != NULL)
        v->nulls[row] = is_null;
    if (is_null)
        return;
    switch (v->phys) {
    case PHYS_BYTE:
        ((uint8_t *)v->values)[row] = d.byte;
        break;
    case PHYS_I16:
        ((int16_t *)v->values)[row] = d.i16;
        break;
    case PHYS_I32:
    case PHYS_F32:
        ((int32_t *)v->values)[row] = d.i32;
        break;
    case PHYS_I64:
    case PHYS_F64:
        ((int64_t *)v->values)[row] = d.i64;
        break;
    default:
        ((Datum *)v->values)[row] = d;
        break;
    }
}
/* Reads one value of a flat or constant vector quickly. */
static inline Datum vector_at(const Vector *v, uint32_t row) {
    uint32_t i = vector_index(v, row);
    switch (v->phys) {
    case PHYS_BYTE:
        return (Datum){.u64 = ((const uint8_t *)v->values)[i]};
    case PHYS_I16:
        return (Datum){.i64 = ((const int16_t *)v->values)[i]};
    case PHYS_I32:
    case PHYS_F32:
        return (Datum){.i64 = ((const int32_t *)v->values)[i]};
    case PHYS_I64:
    case PHYS_F64:
        return (Datum){.i64 = ((const int64_t *)v->values)[i]};
    default:
        return ((const Datum *)v->values)[i];
    }
}

/* Copies a value whose bytes live elsewhere onto the arena. Errors: 53200. */
Status datum_copy(Arena *arena, PhysType phys, Datum value, Datum *copy_out);

/* Rows of sel where the boolean vector is true go to rows_out; returns how many. */
uint32_t selection_filter(const Vector *condition, Selection sel, uint16_t *rows_out);

#endif
