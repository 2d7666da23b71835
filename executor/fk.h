/*
 * fk.h: foreign keys and other checks that wait for the end of the statement or of the transaction.
 * Layer: executor, private.
 */
#ifndef EXECUTOR_FK_H
#define EXECUTOR_FK_H

#include "executor/exec_int.h"

/* Checks what the statement left to be checked; deferred constraints move to the transaction. */
Status fk_statement_end(Executor *exec);

#endif
