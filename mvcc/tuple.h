/*
 * tuple.h: the bytes of a row behind its 14-byte header. Layer: mvcc.
 *
 *   offset          bytes              field
 *   0               2                  columns stored (low 12 bits); 0x8000: a NULL bitmap follows
 *   2               sum of widths      fixed area, in column order, unaligned: fixed types their value
 *                                      (a NULL's is zero), PHYS_STR a u16: end offset of its bytes in
 *                                      the variable area (low 15 bits); 0x8000: the bytes are a
 *                                      BlobRef (the value is stored outside)
 *   .               (n + 7) / 8        NULL bitmap, if present: bit i set = column i is NULL
 *   .               .                  variable area
 *
 * So every column is reached in O(1) at an offset that depends on the table's types alone. A row
 * written before ALTER TABLE ADD COLUMN stores fewer columns; the reader supplies the default.
 */
#ifndef MVCC_TUPLE_H
#define MVCC_TUPLE_H

#include "base/arena.h"
#include "base/datum.h"

#define TUPLE_COLUMNS_MAX 1600u

typedef struct TupleShape {
    uint32_t column_count;
    const uint8_t *phys;       /* PhysType of each column */
    const uint16_t *offsets;   /* of each column's slot in the body; [column_count] = end of area */
    const int16_t *str_before; /* the PHYS_STR column before each, -1: none */
} TupleShape;

void tuple_shape_init(TupleShape *shape, Arena *arena, const uint8_t *phys, uint32_t column_count);

/* Bytes of the body; nulls may be NULL. The variable area holds up to 32767 bytes.
 * external[i] (may be NULL): values[i].str holds a 16-byte BlobRef. */
size_t tuple_size(const TupleShape *shape, const Datum *values, const bool *nulls);
void tuple_encode(const TupleShape *shape, const Datum *values, const bool *nulls,
                  const bool *external, uint8_t *body_out);

typedef enum TupleGet { TUPLE_VALUE, TUPLE_NULL, TUPLE_EXTERNAL, TUPLE_MISSING } TupleGet;

/* One column. PHYS_STR points into body. TUPLE_EXTERNAL: value_out->str is the BlobRef's bytes.
 * Never reads past len: malformed bytes give TUPLE_NULL and *damaged_out = true. */
TupleGet tuple_get(const TupleShape *shape, const uint8_t *body, size_t len, uint32_t column,
                   Datum *value_out, bool *damaged_out);

/* A column of many rows into a flat vector (executor scans): bodies[i] with lens[i]. out->values and
 * out->nulls have room for row_count. Rows where it is external or missing are reported through
 * codes_out[i] (TupleGet), others get TUPLE_VALUE/NULL. */
void tuple_get_column(const TupleShape *shape, const uint8_t *const *bodies, const uint32_t *lens,
                      uint32_t row_count, uint32_t column, Vector *out, uint8_t *codes_out,
                      bool *damaged_out);

#endif
