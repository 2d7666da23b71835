/* bitset.c: sets of small integers. */
#include "planner/bitset.h"

static BitSet *set_make(Arena *arena, uint32_t word_count) {
    BitSet *set = arena_zalloc(arena, sizeof(BitSet) + word_count * sizeof(uint64_t));
    set->word_count = word_count;
    return set;
}

BitSet *bitset_copy(Arena *arena, const BitSet *set) {
    if (bitset_empty(set))
        return NULL;
    return arena_memdup(arena, set, sizeof(BitSet) + set->word_count * sizeof(uint64_t));
}

BitSet *bitset_single(Arena *arena, int member) { return bitset_add(arena, NULL, member); }

BitSet *bitset_add(Arena *arena, BitSet *set, int member) {
    check(member >= 0);
    uint32_t word = (uint32_t)member / 64;
    if (set == NULL || word >= set->word_count) {
        BitSet *wider = set_make(arena, word + 1);
        if (set != NULL)
            memcpy(wider->words, set->words, set->word_count * sizeof(uint64_t));
        set = wider;
    }
    set->words[word] |= UINT64_C(1) << (member % 64);
    return set;
}

BitSet *bitset_add_set(Arena *arena, BitSet *set, const BitSet *members) {
    if (members == NULL)
        return set;
    if (set == NULL)
        return bitset_copy(arena, members);
    if (set->word_count < members->word_count)
        return bitset_union(arena, set, members);
    for (uint32_t i = 0; i < members->word_count; i++)
        set->words[i] |= members->words[i];
    return set;
}

void bitset_remove(BitSet *set, int member) {
    if (bitset_has(set, member))
        set->words[member / 64] &= ~(UINT64_C(1) << (member % 64));
}

BitSet *bitset_union(Arena *arena, const BitSet *a, const BitSet *b) {
    if (a == NULL || b == NULL)
        return bitset_copy(arena, a == NULL ? b : a);
    const BitSet *longer = a->word_count >= b->word_count ? a : b;
    const BitSet *shorter = longer == a ? b : a;
    BitSet *set = set_make(arena, longer->word_count);
    for (uint32_t i = 0; i < longer->word_count; i++)
        set->words[i] = longer->words[i] | (i < shorter->word_count ? shorter->words[i] : 0);
    return set;
}

BitSet *bitset_intersect(Arena *arena, const BitSet *a, const BitSet *b) {
    if (!bitset_overlap(a, b))
        return NULL;
    uint32_t count = a->word_count < b->word_count ? a->word_count : b->word_count;
    BitSet *set = set_make(arena, count);
    for (uint32_t i = 0; i < count; i++)
        set->words[i] = a->words[i] & b->words[i];
    return set;
}

BitSet *bitset_minus(Arena *arena, const BitSet *a, const BitSet *b) {
    BitSet *set = bitset_copy(arena, a);
    for (uint32_t i = 0; set != NULL && b != NULL && i < set->word_count && i < b->word_count; i++)
        set->words[i] &= ~b->words[i];
    return bitset_empty(set) ? NULL : set;
}

bool bitset_equal(const BitSet *a, const BitSet *b) {
    return bitset_subset(a, b) && bitset_subset(b, a);
}

bool bitset_subset(const BitSet *a, const BitSet *b) {
    for (uint32_t i = 0; a != NULL && i < a->word_count; i++)
        if ((a->words[i] & ~(b != NULL && i < b->word_count ? b->words[i] : 0)) != 0)
            return false;
    return true;
}

bool bitset_overlap(const BitSet *a, const BitSet *b) {
    for (uint32_t i = 0; a != NULL && b != NULL && i < a->word_count && i < b->word_count; i++)
        if ((a->words[i] & b->words[i]) != 0)
            return true;
    return false;
}

int bitset_count(const BitSet *set) {
    int count = 0;
    for (uint32_t i = 0; set != NULL && i < set->word_count; i++)
        count += __builtin_popcountll(set->words[i]);
    return count;
}

int bitset_only(const BitSet *set) {
    int member = bitset_next(set, -1);
    return member >= 0 && bitset_next(set, member) < 0 ? member : -1;
}

int bitset_next(const BitSet *set, int after) {
    if (set == NULL)
        return -1;
    uint32_t next = (uint32_t)(after + 1);
    for (uint32_t word = next / 64; word < set->word_count; word++) {
        uint64_t bits = set->words[word];
        if (word == next / 64)
            bits &= ~UINT64_C(0) << (next % 64);
        if (bits != 0)
            return (int)(word * 64) + __builtin_ctzll(bits);
    }
    return -1;
}
