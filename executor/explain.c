/* explain.c: EXPLAIN. */
#include "executor/explain.h"

#include "executor/utility.h"

void explain_register(void) {}
