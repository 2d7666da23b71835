/*
 * group_sets.h: grouping sets arranged as rollups. Layer: planner, private.
 *
 * Sets that contain one another can be computed in one pass over rows sorted by the largest of them,
 * as each is a prefix of its keys. A rollup is such a chain; few chains mean few sorts, and fewest
 * come of a maximum matching of each set with the next smaller one (Hopcroft and Karp, 1973; Dilworth).
 */
#ifndef PLANNER_GROUP_SETS_H
#define PLANNER_GROUP_SETS_H

#include "planner/bitset.h"
#include "planner/query.h"

typedef struct Rollup {
    uint32_t *keys; /* indexes into GROUP BY's items: the largest set's, others are prefixes */
    uint32_t key_count;
    uint32_t *set_keys; /* [set_count] how many keys each set has: largest first */
    uint32_t set_count;
} Rollup;

/*
 * sets: of sort refs, largest first. group_by: every ref of theirs once or more, the order in which
 * keys are preferred. order_by: the order that a single rollup follows as far as it can.
 * Empty sets stand at the end of the first rollup. Returns the number of rollups, 0 where there are
 * no sets.
 */
uint32_t rollups_make(Arena *arena, BitSet *const *sets, uint32_t count, const SortList *group_by,
                      const SortList *order_by, Rollup **rollups_out);

#endif
