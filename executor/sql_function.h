/*
 * sql_function.h: functions written in SQL. Layer: executor, private.
 *
 * A call site keeps the function's statements planned; each call runs them with the arguments as
 * $1.. and returns the first row of the last one.
 */
#ifndef EXECUTOR_SQL_FUNCTION_H
#define EXECUTOR_SQL_FUNCTION_H

#include "executor/exec_int.h"

/* An FnImpl for any function of LANGUAGE SQL. */
Status sql_function_call(FnCall *call);
/* The same as a set: one row per call of next. */
Status sql_function_set_start(SetCall *set);
Status sql_function_set_next(SetCall *set, bool *row_out);

#endif
