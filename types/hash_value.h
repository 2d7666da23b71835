/*
 * hash_value.h: what SQL's hash functions give for a value of any type, as PostgreSQL 15 computes it. The hashes of
 * TypeInfo are others: they serve joins and groups. Private to types/.
 */
#ifndef TYPES_HASH_VALUE_H
#define TYPES_HASH_VALUE_H

#include "types/multirange.h"
#include "types/types_int.h"

/*
 * The extended hash with the seed; with seed 0 its low half is the plain hash.
 * Errors: 42883 for a type without a hash function; those of type_lookup.
 */
Status hash_value(FnCall *call, const TypeInfo *type, Datum value, uint64_t seed, uint64_t *hash_out);
/* sub: the type of the bounds. */
Status hash_range_value(FnCall *call, const TypeInfo *sub, const Range *range, uint64_t seed,
                        uint64_t *hash_out);
Status hash_multirange_value(FnCall *call, const TypeInfo *sub, Str bytes, uint64_t seed,
                             uint64_t *hash_out);
Status hash_array_value(FnCall *call, const TypeInfo *element, Str bytes, uint64_t seed,
                        uint64_t *hash_out);
Status hash_record_value(FnCall *call, Str bytes, uint64_t seed, uint64_t *hash_out);

#endif
