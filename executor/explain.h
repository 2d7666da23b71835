/* explain.h: EXPLAIN. Layer: executor, private. */
#ifndef EXECUTOR_EXPLAIN_H
#define EXECUTOR_EXPLAIN_H

void explain_register(void);

#endif
