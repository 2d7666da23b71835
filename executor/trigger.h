/*
 * trigger.h: firing triggers. Layer: executor, private.
 *
 * A TriggerSet is the triggers of one table that a statement may fire. BEFORE and INSTEAD OF row
 * triggers fire when the row is at hand; AFTER row triggers when the statement ends, in the order of
 * the rows, each row's by name; deferred ones before the commit. Rows that wait are kept in row
 * stores, which spill past work_mem.
 *
 *   statement begins   trigger_before_statement
 *   row                trigger_before_row, or trigger_instead_of; write; trigger_after_row
 *   statement ends     trigger_after_statement notes it; trigger_statement_end fires what waits
 *
 * Transition tables take every row that the statement changes, in the named table's layout.
 */
#ifndef EXECUTOR_TRIGGER_H
#define EXECUTOR_TRIGGER_H

#include "executor/exec_int.h"
#include "executor/trigger_call.h"
#include "planner/bitset.h"

typedef struct TriggerSet TriggerSet;
typedef struct TriggerQueue TriggerQueue;

/*
 * The table's triggers that fire under session_replication_role. updated: columns that the statement
 * sets (attno + ATTNO_OFFSET). named: the set of the table that the statement names, where it is
 * another one; its transition tables take this table's rows. *set_out NULL: nothing to fire or keep.
 */
Status trigger_set_make(Executor *exec, const RelationDesc *desc, const BitSet *updated,
                        TriggerSet *named, TriggerSet **set_out);
void trigger_set_free(TriggerSet *set); /* NULL: nothing */

/* Is there a row trigger of the kind? set may be NULL. */
bool trigger_fires_row(const TriggerSet *set, TriggerWhen when, TriggerOp op);
/* Any row trigger at all for the operation, or rows to be kept? */
bool trigger_wants_after(const TriggerSet *set, TriggerOp op);

/* BEFORE ROW. new_row's arrays are changed in place (new values' bytes on `arena`); of DELETE
 * it is NULL. *skip_out: the row is left alone. */
Status trigger_before_row(TriggerSet *set, TriggerOp op, Arena *arena, const TriggerRow *old_row,
                          TriggerRow *new_row, bool *skip_out);
/* INSTEAD OF, likewise. */
Status trigger_instead_of(TriggerSet *set, TriggerOp op, Arena *arena, const TriggerRow *old_row,
                          TriggerRow *new_row, bool *skip_out);
/* The row has been written: notes it for AFTER ROW triggers and transition tables. */
Status trigger_after_row(TriggerSet *set, TriggerOp op, const TriggerRow *old_row,
                         const TriggerRow *new_row);
/* Rows move between partitions: the next rows deleted and inserted are an UPDATE's for transition
 * tables. */
void trigger_set_moving(TriggerSet *set, bool moving);

/* Statement triggers of the named table. Once for a table and operation in a statement. */
Status trigger_before_statement(TriggerSet *set, TriggerOp op);
Status trigger_after_statement(TriggerSet *set, TriggerOp op);

/* Fires what waits in the executor's queue and, in between, does what foreign keys ask for (fk.h), in the
 * order of the rows; deferred events move to the transaction. A foreign key's action leaves everything
 * to the statement that caused it. */
Status trigger_statement_end(Executor *exec);
/* Rows and statements that the queue has taken. */
uint64_t trigger_noted(const Executor *exec);
void trigger_queue_free(Executor *exec);

/* Deferred events: all, or those of the named constraints. */
Status trigger_run_deferred(Session *session, const Oid *constraints, uint32_t count, bool all);
/* Do events of the table's rows wait for the commit? */
bool trigger_is_pending(const Session *session, Oid relation);

/* fk.c: SET CONSTRAINTS has its say. */
bool constraint_is_deferred(Session *session, Oid constraint, bool deferrable, bool initially);

#endif
