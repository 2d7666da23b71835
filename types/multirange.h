/*
 * multirange.h: multiranges: ranges in order that neither overlap nor touch. Private to types/.
 *
 *   uint32 count, uint32[count] where each range ends within the rest, the ranges as in range.h
 */
#ifndef TYPES_MULTIRANGE_H
#define TYPES_MULTIRANGE_H

#include "types/range.h"

typedef struct Multirange {
    uint32_t count;
    const char *ends;   /* uint32 little-endian each */
    const char *ranges; /* their bytes, one after the other */
    uint32_t bytes;
} Multirange;

Multirange multirange_load(Str bytes);
/* One of them; never empty. */
Range multirange_at(const TypeInfo *sub, const Multirange *m, uint32_t i);
/* All of them, on the arena. Errors: 53200, 54000. */
Status multirange_ranges(Arena *arena, const TypeInfo *sub, const Multirange *m, Range **out);
/* From ranges in order, as multirange_normalize leaves them. */
Status multirange_store(Arena *arena, const TypeInfo *sub, const Range *ranges, uint32_t count,
                        Datum *value_out);
/* Drops empty ones, sorts, joins what overlaps or touches; in place. Returns how many are left. */
uint32_t multirange_normalize(const TypeInfo *sub, Range *ranges, uint32_t count);

#endif
