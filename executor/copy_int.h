/* copy_int.h: what the files of COPY share. Layer: executor, private. */
#ifndef EXECUTOR_COPY_INT_H
#define EXECUTOR_COPY_INT_H

#include "executor/copy.h"

void copy_register(void);

#endif
