/*
 * hstore.h: texts by key, of the extension hstore. Layer: types.
 *
 *   offset  bytes       field
 *   0       4           pair count | 0x80000000
 *   4       8 * count   {uint32 end of the key, uint32 end of the value}: offsets into the texts below;
 *                       0x80000000: the first of all; 0x40000000: the value is NULL and takes no bytes
 *   .       .           keys and values in turn
 *
 * Little-endian, unaligned; keys are unique and in order of length, then bytes. These are PostgreSQL's bytes:
 * SQL's hash of a value is over them.
 */
#ifndef TYPES_HSTORE_H
#define TYPES_HSTORE_H

#include "types/type.h"

/* How its values are read and ordered. */
extern const TypeInfo hstore_model;

/* A value whose data is NULL is NULL. */
typedef struct HstorePair {
    Str key, value;
} HstorePair;

uint32_t hstore_count(Str hstore);
HstorePair hstore_pair(Str hstore, uint32_t i);
/* False: it has no such key. */
bool hstore_find(Str hstore, Str key, Str *value_out);
/* Sorts the pairs; of those with the same key the first counts. Errors: 54000, 53200. */
Status hstore_build(Arena *arena, HstorePair *pairs, uint32_t count, Datum *value_out);
/* The pairs of one, then those of the other, which win. */
Status hstore_concat(Arena *arena, Str a, Str b, Datum *value_out);

/* Registers its functions (fn_register). Once, before the first worker runs. */
void hstore_register(void);

#endif
