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

/* What a range type spans. */
typedef struct RangeType {
    Oid oid;
    const TypeInfo *sub; /* with the range's collation */
    bool discrete;       /* kept as [a,b) */
} RangeType;

/* type: a range or multirange type. Errors: 42804 where it is neither. */
Status range_type(const TypeInfo *type, RangeType *range_out);
/* The range type that a call is about, by any of its ranges or multiranges; looked up once a site. */
Status range_site(FnSite *site, Oid type, RangeType *range_out);
Range range_load(const TypeInfo *sub, Str bytes);
/* Checks the bounds, makes empty and canonical what is. Errors: 22000, 22003. */
Status range_store(Arena *arena, const RangeType *type, Range r, Datum *value_out);
/* The same without checks, for ranges that came from range_load and their parts. */
void range_put(const TypeInfo *sub, const Range *r, StrBuf *buf);
int range_bound_order(const TypeInfo *sub, const RangeBound *a, const RangeBound *b);
int range_order(const TypeInfo *sub, const Range *a, const Range *b);

uint64_t range_hash_of(const TypeInfo *sub, const Range *r);
/* The key of one range: see range_key_encode. */
Status range_key_put(const TypeInfo *sub, const Range *r, StrBuf *key);

/* How ranges that are not empty lie to each other. */
bool range_overlap(const TypeInfo *sub, const Range *a, const Range *b);
bool range_holds(const TypeInfo *sub, const Range *outer, const Range *inner);
/* Nothing lies between an upper and a lower bound, and they share nothing. */
bool range_touch(const TypeInfo *sub, RangeBound upper, RangeBound lower);

#endif
