/*
 * trigram.h: the trigrams of texts, as the extension pg_trgm has them. Layer: types.
 *
 * A word is a run of letters and digits, in lower case, with two spaces before and one behind. A trigram of
 * ASCII characters is three bytes, any other three bytes of its checksum.
 */
#ifndef TYPES_TRIGRAM_H
#define TYPES_TRIGRAM_H

#include "base/arena.h"
#include "base/datum.h"
#include "base/vec.h"

typedef struct Trigram {
    signed char bytes[3];
    bool first, last; /* of its word */
} Trigram;
typedef VEC(Trigram) TrigramVec;

bool trigram_in_word(uint32_t c);
int trigram_compare(const Trigram *a, const Trigram *b);
/* For qsort and bsearch. */
int trigram_by_bytes(const void *a, const void *b);
/* In the order of the text. Errors: 53200. */
Status trigrams_of(Arena *arena, Str text, TrigramVec *out);
/* Appends those of a part of a word; padded where the word begins, ends. */
void trigrams_of_part(Arena *arena, Str part, bool begins, bool ends, TrigramVec *out);
void trigrams_sort_unique(TrigramVec *v);

#endif
