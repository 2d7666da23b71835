/*
 * trigger_call.h: what a trigger function gets and gives back, and who runs it. Layer: executor.
 *
 * Built-in trigger functions (pg_proc.prolang internal) are registered by the name of their code;
 * procedural languages register a handler by the language's name. Both run on the statement's fibre
 * and may park. trigger_call counts the nesting (54001), makes the transition tables known to
 * name look-up (EvalEnv.transitions) and restores both and session->env afterwards; rights and
 * settings that the function asks for (SECURITY DEFINER, SET) are the handler's to set and undo.
 */
#ifndef EXECUTOR_TRIGGER_CALL_H
#define EXECUTOR_TRIGGER_CALL_H

#include "executor/session.h"

typedef enum TriggerOp {
    TRIGGER_OP_INSERT,
    TRIGGER_OP_UPDATE,
    TRIGGER_OP_DELETE,
    TRIGGER_OP_TRUNCATE
} TriggerOp;
typedef enum TriggerWhen {
    TRIGGER_WHEN_BEFORE,
    TRIGGER_WHEN_AFTER,
    TRIGGER_WHEN_INSTEAD
} TriggerWhen;

/* A row of the relation: values[attnum - 1], dropped columns NULL. */
typedef struct TriggerRow {
    Datum *values;
    bool *nulls;
    RowId rowid; /* 0: not stored */
} TriggerRow;

/*
 * One call of a trigger function.
 *   relation    the table (or view) that the row is of: a partition, where the statement named its
 *               parent; OLD and NEW are of its row type (relation->row_type)
 *   old_row     UPDATE, DELETE for each row; else NULL
 *   new_row     INSERT, UPDATE for each row; else NULL. BEFORE: generated columns are NULL
 * The handler sets result, for BEFORE and INSTEAD OF row triggers; for others it may do so and nobody
 * looks. On entry result is new_row's values, or for DELETE old_row's: the row as it is.
 *   skip          the function returned NULL: the row is left alone, later triggers do not fire
 *   result        the row returned: arrays of the handler's on `arena`, or those of new_row/old_row
 * TG_ARGV: trigger->args[0..arg_count). TG_RELID, TG_TABLE_NAME, TG_TABLE_SCHEMA: relation->oid,
 * name, nsp_name. TG_NAME: trigger->name.
 */
typedef struct TriggerCall {
    Session *session;
    Arena *arena; /* lives beyond the call, until the row is done with */
    const ProcDesc *function;
    const TriggerDesc *trigger;
    const RelationDesc *relation;
    TriggerWhen when;
    TriggerOp op;
    bool for_row;
    const TriggerRow *old_row, *new_row;
    /* columns that the UPDATE sets, by attnum - 1; NULL: unknown, take all as set */
    const bool *updated;
    const TransitionTable *transitions; /* those that it names; NULL: none */
    /* out */
    bool skip;
    Datum *result_values;
    bool *result_nulls;
} TriggerCall;

/* One call of an event trigger's function. */
typedef struct EventTriggerCall {
    Session *session;
    Arena *arena;
    const ProcDesc *function;
    const char *event; /* TG_EVENT: ddl_command_start, ddl_command_end, sql_drop, table_rewrite */
    const char *tag;   /* TG_TAG: CREATE TABLE */
} EventTriggerCall;

typedef Status (*TriggerFunction)(TriggerCall *call);
typedef Status (*EventTriggerFunction)(EventTriggerCall *call);

/* Runs the function by its language. call->function and result are filled in here. */
Status trigger_call(TriggerCall *call);
Status event_trigger_call(EventTriggerCall *call);

/* What runs trigger functions of a language (pg_language.lanname). At start-up, before the first
 * worker runs; name lives for ever. event may be NULL. */
void trigger_register_language(const char *name, TriggerFunction row, EventTriggerFunction event);
/* Built-in functions by pg_proc.prosrc. entries live for ever. */
typedef struct TriggerBuiltin {
    const char *source;
    TriggerFunction run;
} TriggerBuiltin;
void trigger_register_builtins(const TriggerBuiltin *entries, size_t count);

void trigger_builtin_register(void);

/* The error of calling a trigger function other than by a trigger is each language's own. */
Status trigger_protocol_error(const char *function, const char *what);

#endif
