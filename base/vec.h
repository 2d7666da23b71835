/*
 * vec.h: a typed growing array on an arena. Layer: base.
 *
 *     VEC(int32_t) ids = {0};
 *     vec_push(&ids, arena, 7);
 *     for (size_t i = 0; i < ids.count; i++) use(ids.items[i]);
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

#define vec_push(vec, arena, item)                                                                 \
    do {                                                                                           \
        if ((vec)->count == (vec)->capacity)                                                       \
            (vec)->items =                                                                         \
                vec_grow((arena), (vec)->items, &(vec)->capacity, sizeof(*(vec)->items));          \
        (vec)->items[(vec)->count++] = (item);                                                     \
    } while (0)

/* Doubles the capacity (at least 8). Returns the new items. */
void *vec_grow(Arena *arena, void *items, size_t *capacity, size_t item_bytes);

#endif
