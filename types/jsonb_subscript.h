/* jsonb_subscript.h: j['a'][0] and assignment to it, for the executor. Layer: types. */
#ifndef TYPES_JSONB_SUBSCRIPT_H
#define TYPES_JSONB_SUBSCRIPT_H

#include "base/arena.h"
#include "base/datum.h"

/* The part at a path of keys and indexes in decimal digits; NULL where there is none. A slice of value. */
void jsonb_fetch(Str value, const Str *path, uint32_t count, Str *part_out, bool *null_out);
/*
 * value with new_value at the path. What the path lacks is made: arrays for whole numbers, their gaps
 * filled with null, objects for other steps. value.data NULL: starts from an empty array or object; new_value.data
 * NULL: JSON null. Errors: 22023, 22P02, 54000, 54001.
 */
Status jsonb_assign(Arena *arena, Str value, bool from_array, const Str *path, uint32_t count,
                    Str new_value, Datum *changed_out);

#endif
