/*
 * int_array.h: the extension intarray: arrays of integers as sets, and queries on them. Layer: types.
 *
 * A query_int is its nodes in prefix order: a byte ('&', '|', '!' or 'v'), for a value its four bytes
 * behind it.
 */
#ifndef TYPES_INT_ARRAY_H
#define TYPES_INT_ARRAY_H

#include "types/type.h"

extern const TypeInfo query_int_model;

/* Registers its functions (fn_register). Once, before the first worker runs. */
void int_array_register(void);

#endif
