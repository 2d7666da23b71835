/* vec.c: see the header. */
#include "base/vec.h"

void *vec_grow(Arena *arena, void *items, size_t *capacity, size_t item_bytes) {
    size_t bigger = *capacity == 0 ? 8 : *capacity * 2;
    items = arena_grow(arena, items, *capacity * item_bytes, arena_array_bytes(bigger, item_bytes));
    *capacity = bigger;
    return items;
}
