/* float.h: floating point helpers. Private to types/. */
#ifndef TYPES_FLOAT_H
#define TYPES_FLOAT_H

#include "types/types_int.h"

#define FLOAT_TEXT_MAX 32

/* Shortest text that reads back the same; returns its length, no NUL. */
size_t float8_print(double v, char out[FLOAT_TEXT_MAX]);
size_t float4_print(float v, char out[FLOAT_TEXT_MAX]);
Status float8_parse(const char *text, size_t len, double *out);
/* NaN equals NaN and stands above all. */
int float_order(double a, double b);
Status float_overflow_error(void);
Status float_underflow_error(void);

#endif
