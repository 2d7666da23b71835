/*
 * range.h: ranges. Private to types/.
 *
 *   byte 0  flags: 1 empty, 2 lower bound included, 4 upper included, 8 no lower bound, 16 no upper
 *   1..     the bounds there are, lower first: of fixed types the value, else uint32 length and bytes
 *
 * Ranges of whole numbers and dates are kept as [a,b).
 */
#ifndef TYPES_RANGE_H
#define TYPES_RANGE_H

#include "types/types_int.h"

typedef struct RangeBound {
    Datum value;
    bool infinite, inclusive, lower;
} RangeBound;
typedef struct Range {
    bool empty;
    RangeBound lower, upper;
} Range;

/* The type whose values the range type spans. Errors: 0A000. */
Status range_subtype(Oid range, const TypeInfo **sub_out);
Range range_load(const TypeInfo *sub, Str bytes);
/* Checks the bounds, makes empty and canonical what is. Errors: 22000, 22003. */
Status range_store(Arena *arena, const TypeInfo *sub, Range r, Datum *value_out);
int range_bound_order(const TypeInfo *sub, const RangeBound *a, const RangeBound *b);
int range_order(const TypeInfo *sub, const Range *a, const Range *b);

#endif
