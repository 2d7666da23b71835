/*
 * array.h: the bytes of an SQL array (the payload of a PHYS_STR). Layer: base.
 *
 *   offset  bytes           field
 *   0       4               element type OID
 *   4       1               dimensions, 0..6 (0: the empty array)
 *   5       1               PhysType of the elements
 *   6       1               1: a NULL bitmap follows the bounds
 *   7       1               zero
 *   8       8 * dims        {int32 length, int32 lower bound} per dimension
 *   .       (n + 7) / 8     NULL bitmap, if present: bit i set = element i is NULL
 *   .       fixed types     n * width, a NULL's slot zeroed
 *           PHYS_STR        (n + 1) * uint32 end offsets (the first is 0), then the bytes
 *
 * Little-endian, unaligned. Every element is reached in O(1). int2vector and oidvector are the same
 * with one dimension and lower bound 0.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "base/arena.h"
#include "base/datum.h"

#define ARRAY_DIMS_MAX 6

typedef struct ArrayView {
    Oid elem_type;
    PhysType elem_phys;
    int dim_count;
    int32_t dims[ARRAY_DIMS_MAX];
    int32_t lower[ARRAY_DIMS_MAX];
    uint32_t elem_count;
    const uint8_t *null_bits; /* NULL: none */
    const uint8_t *fixed;     /* fixed types: the values */
    const uint8_t *offsets;   /* PHYS_STR: uint32 little-endian */
    const char *bytes;        /* PHYS_STR: the payload */
} ArrayView;

/* Error: 22P03-like data_corrupted (XX001) if the bytes are no array. */
Status array_view(Str bytes, ArrayView *view_out);
bool array_is_null(const ArrayView *view, uint32_t index);
/* Element index in row-major order, 0-based. Undefined for a NULL. Points into the array. */
Datum array_get(const ArrayView *view, uint32_t index);

/* Build. nulls may be NULL. dim_count 0 makes the empty array. Errors: 54000, 53200 by size. */
Status array_build(Arena *arena, Oid elem_type, PhysType elem_phys, int dim_count,
                   const int32_t *dims, const int32_t *lower, const Datum *values,
                   const bool *nulls, Datum *array_out);
/* One dimension, lower bound 1 (or the empty array for count 0). */
Status array_build_1d(Arena *arena, Oid elem_type, PhysType elem_phys, const Datum *values,
                      const bool *nulls, uint32_t count, Datum *array_out);

#endif
