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

/* Where a body stands in the text of the statement that has it. */
typedef struct PlSourcePlace {
    int32_t at;   /* byte of its beginning; -1: not known */
    bool doubled; /* quotes are doubled there */
} PlSourcePlace;

Status plpgsql_call(FnCall *call);
Status plpgsql_set_start(SetCall *set);
Status plpgsql_set_next(SetCall *set, bool *row_out);
/* DO. */
Status plpgsql_do(UtilityCall *call, const char *source, PlSourcePlace place);
/* At CREATE FUNCTION: reads the body as a call would, without knowing polymorphic types. Error
 * positions are offsets into the body. */
Status plpgsql_validate(Session *session, Oid function, PlSourcePlace place);
/* The next procedure called may end transactions. */
void plpgsql_allow_commit(Session *session, bool allow);
bool plpgsql_may_commit(const Session *session);
/* At the session's end: forgets the functions. */
void plpgsql_session_reset(Session *session);
void plpgsql_register(void);

#endif
