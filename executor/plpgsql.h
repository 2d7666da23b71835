/*
 * plpgsql.h: functions, procedures and blocks in PL/pgSQL. Layer: executor.
 *
 * A function is read at its first call and kept by the session until its pg_proc row changes. Each
 * call has a frame of variables. SQL inside is analysed when it runs first, with variables as its
 * parameters: what needs no table becomes an expression program, the rest a plan. Both are made anew
 * when the catalogs, the search path or the role change. An exception block is a savepoint.
 */
#ifndef EXECUTOR_PLPGSQL_H
#define EXECUTOR_PLPGSQL_H

#include "executor/utility.h"

Status plpgsql_call(FnCall *call);
Status plpgsql_set_start(SetCall *set);
Status plpgsql_set_next(SetCall *set, bool *row_out);
/* DO. source_at: where it stands in the statement's text, -1: not known. */
Status plpgsql_do(UtilityCall *call, const char *source, int32_t source_at, bool doubled);
/* At CREATE FUNCTION: reads the body as a call would, without knowing polymorphic types. Error
 * positions are offsets into the body. */
Status plpgsql_validate(Session *session, Arena *arena, Oid function);
/* The next procedure called may end transactions. */
void plpgsql_allow_commit(Session *session, bool allow);
bool plpgsql_may_commit(const Session *session);
/* At the session's end: forgets the functions. */
void plpgsql_session_reset(Session *session);
void plpgsql_register(void);

#endif
