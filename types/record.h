/*
 * record.h: the bytes of a row value (the payload of a PHYS_STR): composite types and anonymous
 * records. Layer: types.
 *
 *   offset        bytes      field
 *   0             4          type OID (2249: anonymous record)
 *   4             4          -1; -2: the columns' names stand behind the values
 *   8             4          column count n
 *   12            8 * n      {uint32 type OID, uint8 PhysType, uint8 1 = NULL, uint16 0}
 *   12 + 8n       4 (n + 1)  offsets into the values, the first is 0
 *   16 + 12n      .          the values: fixed types by their width, PHYS_STR its bytes
 *   .             .          the names: a byte of length each, then the bytes
 *
 * Little-endian, unaligned. Every column is reached in O(1).
 */
#ifndef TYPES_RECORD_H
#define TYPES_RECORD_H

#include "base/arena.h"
#include "base/datum.h"
#include "types/fn.h"

typedef struct RecordView {
    Oid type;
    uint32_t column_count;
    const uint8_t *columns; /* 8 bytes each */
    const uint8_t *offsets;
    const char *values;
    Str names; /* of an anonymous record made from a query's row; data NULL: f1, f2 ... */
} RecordView;

/* Errors: XX001 if the bytes are no record. */
Status record_view(Str bytes, RecordView *view_out);
Oid record_column_type(const RecordView *view, uint32_t column);
PhysType record_column_phys(const RecordView *view, uint32_t column);
bool record_column_is_null(const RecordView *view, uint32_t column);
/* Points into the record. Undefined for a NULL. */
Datum record_column(const RecordView *view, uint32_t column);

/* Errors: 54000, 53200 by size. nulls may be NULL. */
Status record_build(Arena *arena, Oid type, int32_t typmod, uint32_t column_count, const Oid *types,
                    const PhysType *phys, const Datum *values, const bool *nulls,
                    Datum *record_out);
/* The same of an anonymous record with names, packed by record_pack_names; data NULL: none. */
Status record_build_named(Arena *arena, Oid type, uint32_t column_count, const Oid *types,
                          const PhysType *phys, const Datum *values, const bool *nulls, Str names,
                          Datum *record_out);
/* data NULL where they are f1, f2 ... names may be NULL. */
Str record_pack_names(Arena *arena, const char *const *names, uint32_t column_count);

/* Gives a row of a set function: its columns, or one record of them. */
Status record_set_row(SetCall *set, const Oid *types, const Datum *values, const bool *nulls,
                      uint32_t count);

#endif
