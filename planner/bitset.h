/*
 * bitset.h: sets of small integers (range-table indexes, column numbers, parameters). Layer: planner.
 *
 * A set is a pointer; NULL is the empty one. Functions that return a set never change their
 * arguments unless their name says add or remove; all memory is the arena's. Members are >= 0.
 */
#ifndef PLANNER_BITSET_H
#define PLANNER_BITSET_H

#include "base/arena.h"

typedef struct BitSet {
    uint32_t word_count; /* >= 1; the last word may be zero */
    uint64_t words[];
} BitSet;

BitSet *bitset_copy(Arena *arena, const BitSet *set);
BitSet *bitset_single(Arena *arena, int member);
/* Adds to the set itself, which may move: set = bitset_add(arena, set, 7). */
BitSet *bitset_add(Arena *arena, BitSet *set, int member);
BitSet *bitset_add_set(Arena *arena, BitSet *set, const BitSet *members);
void bitset_remove(BitSet *set, int member);
BitSet *bitset_union(Arena *arena, const BitSet *a, const BitSet *b);
BitSet *bitset_intersect(Arena *arena, const BitSet *a, const BitSet *b);
BitSet *bitset_minus(Arena *arena, const BitSet *a, const BitSet *b);
bool bitset_equal(const BitSet *a, const BitSet *b);
bool bitset_subset(const BitSet *a, const BitSet *b); /* a within b */
bool bitset_overlap(const BitSet *a, const BitSet *b);
int bitset_count(const BitSet *set);
/* The only member, or -1 where there is none or more than one. */
int bitset_only(const BitSet *set);
/* The next member above `after` (start with -1); -1 at the end. */
int bitset_next(const BitSet *set, int after);

static inline bool bitset_empty(const BitSet *set) {
    for (uint32_t i = 0; set != NULL && i < set->word_count; i++)
        if (set->words[i] != 0)
            return false;
    return true;
}
static inline bool bitset_has(const BitSet *set, int member) {
    return set != NULL && member >= 0 && (uint32_t)member / 64 < set->word_count &&
           (set->words[member / 64] >> (member % 64) & 1) != 0;
}

#endif
