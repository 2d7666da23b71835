/*
 * cube.h: boxes of up to 100 dimensions, of the extension cube. Layer: types.
 *
 *   offset  bytes    field
 *   0       4        dimensions | 0x80000000: a point
 *   4       8 * n    one corner: a double for each dimension
 *   .       8 * n    the other corner; not of a point
 *
 * Little-endian, unaligned. Corners are kept as they were given, in any order.
 */
#ifndef TYPES_CUBE_H
#define TYPES_CUBE_H

#include "types/type.h"

extern const TypeInfo cube_model;

uint32_t cube_dim(Str cube);
/* The lower and the upper coordinate; 0 where it has no such dimension. */
double cube_low(Str cube, uint32_t i);
double cube_high(Str cube, uint32_t i);

/* Registers the functions of cube and earthdistance (fn_register). Once, before the first worker runs. */
void cube_register(void);

#endif
