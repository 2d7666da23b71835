/*
 * fk.h: foreign keys, and other checks that wait for the end of the statement or of the transaction.
 * Layer: executor, private.
 *
 * Writers report each row changed; what must be looked at later becomes an event:
 *
 *   a row that refers    its key must exist in the referenced table: a probe of the unique index and
 *                        a KEY SHARE lock on the row found
 *   a row referred to    its old key is gone: NO ACTION and RESTRICT look for rows that still refer;
 *                        CASCADE, SET NULL, SET DEFAULT change them, by SQL
 *   a deferrable unique  no other live row may have the key
 *
 * Events of the statement run when it ends (RESTRICT at the row's own change); deferred ones wait in
 * the transaction and run before it commits, or when SET CONSTRAINTS makes them immediate.
 */
#ifndef EXECUTOR_FK_H
#define EXECUTOR_FK_H

#include "executor/exec_int.h"

typedef struct FkTarget FkTarget; /* the foreign keys around a table being written */

/* *target_out NULL: nothing to look after. */
Status fk_target_make(Executor *exec, const RelationDesc *desc, Table *table,
                      FkTarget **target_out);
void fk_target_free(FkTarget *target);
/* target may be NULL. */
Status fk_after_insert(FkTarget *target, const Datum *values, const bool *nulls, RowId rowid);
Status fk_after_update(FkTarget *target, RowId rowid, const Datum *old_values,
                       const bool *old_nulls, const Datum *values, const bool *nulls);
Status fk_after_delete(FkTarget *target, RowId rowid, const Datum *old_values,
                       const bool *old_nulls);
/* Rows that go to another partition: fk_after_delete leaves the keys of the tables above alone.. */
void fk_target_moving(FkTarget *target, bool moving);
/* ..and they change in the named table, whose target this is; values NULL: the row is gone. */
Status fk_after_move(FkTarget *target, const Datum *old_values, const bool *old_nulls,
                     const Datum *values, const bool *nulls);
/* Does a foreign key refer to the very table (not only to one above it)? */
bool fk_is_own_target(const RelationDesc *relation);
Status fk_recheck_unique(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                         Str key, RowId rowid);
/* The same for a row under an exclusion constraint: whatever it then is. */
Status fk_recheck_exclusion(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                            RowId rowid);

/* Runs what the statement left, in the order of the rows, up to a place among the triggers that wait
 * (trigger_statement_end does); deferred events move to the transaction. */
Status fk_run_until(Executor *exec, uint64_t place);
void fk_events_free(Executor *exec);
/* Runs the transaction's deferred events now: all, or those of the named constraints. */
Status fk_run_deferred(Session *session, const Oid *constraints, uint32_t count, bool all);
/* 55006 "cannot %s \"%s\" because .." if a statement is changing rows of the table, or checks of its
 * rows wait. */
Status fk_check_idle(Session *session, const RelationDesc *relation, const char *what);
/* SET CONSTRAINTS. */
Status fk_set_constraints(Session *session, const Oid *constraints, uint32_t count, bool all,
                          bool deferred);
void fk_register(void);

#endif
