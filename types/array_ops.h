/*
 * array_ops.h: operations on arrays that expressions need beside functions: subscripts, slices,
 * assignment, construction, element search. Layer: types.
 */
#ifndef TYPES_ARRAY_OPS_H
#define TYPES_ARRAY_OPS_H

#include "types/types_int.h"

Status array_element_type(EvalEnv *env, const TypeInfo *array, const TypeInfo **elem_out);
char array_delimiter(const TypeInfo *elem);

/* array[s1][s2]...: NULL where a subscript is outside or their number is wrong. */
Status array_subscript(Str array, int count, const int32_t *subscripts, Datum *value_out,
                       bool *null_out);
/* array[l1:u1]...: given[i] false leaves a bound open. The empty array where nothing is inside. */
Status array_slice(Arena *arena, Str array, int count, const int32_t *lower,
                   const bool *lower_given, const int32_t *upper, const bool *upper_given,
                   Datum *slice_out);
/* array[s1]... := value; the array grows as needed. array_null: starts from nothing. */
Status array_assign(Arena *arena, Oid elem_type, PhysType elem_phys, Str array, bool array_null,
                    int count, const int32_t *subscripts, Datum value, bool value_null,
                    Datum *array_out);
/* array[l1:u1]... := source. */
Status array_assign_slice(Arena *arena, Oid elem_type, PhysType elem_phys, Str array,
                          bool array_null, int count, const int32_t *lower, const bool *lower_given,
                          const int32_t *upper, const bool *upper_given, Str source,
                          Datum *array_out);
/* ARRAY[a1, a2...] of arrays: one dimension more. All of equal shape, else 2202E. */
Status array_of_arrays(Arena *arena, Oid elem_type, PhysType elem_phys, const Datum *arrays,
                       const bool *nulls, uint32_t count, Datum *array_out);

/* All elements as datums. nulls_out may be NULL. */
Status array_deconstruct(Arena *arena, const ArrayView *view, Datum **values_out, bool **nulls_out);

#endif
