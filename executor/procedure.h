/* procedure.h: running what CALL names. Layer: executor. */
#ifndef EXECUTOR_PROCEDURE_H
#define EXECUTOR_PROCEDURE_H

#include "executor/utility.h"

/*
 * Evaluates the arguments, then calls the procedure; may_commit: it may end transactions. The result,
 * on the arena, is the record of its OUT parameters.
 */
Status procedure_run(Session *session, Arena *arena, Expr *call, const Datum *params,
                     const bool *param_nulls, bool may_commit, Datum *result_out, bool *null_out);
/* May what the command runs end transactions? Outside of a transaction block, or called by a procedure
 * that may itself. */
bool call_may_commit(const UtilityCall *call);

#endif
