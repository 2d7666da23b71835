/*
 * utility.h: commands that are no plans: who runs which. Layer: executor.
 *
 * Each command's module registers a UtilityCommand per AST tag at start-up, before the first worker
 * runs (ddl_register(), copy_register(), explain_register(); pgwire registers transactions, settings,
 * cursors, prepared statements). utility_execute dispatches.
 */
#ifndef EXECUTOR_UTILITY_H
#define EXECUTOR_UTILITY_H

#include "executor/executor.h"

typedef enum UtilityFlags {
    UTILITY_NO_SNAPSHOT = 1 << 0, /* needs none: SET, transaction control, ... */
    UTILITY_WRITES = 1 << 1,      /* 25006 in a read-only transaction */
    UTILITY_NO_BLOCK = 1 << 2,    /* 25001 "%s cannot run inside a transaction block" */
    UTILITY_ANY_STATE = 1 << 3,   /* allowed in a failed transaction: ROLLBACK */
    UTILITY_RETURNS_ROWS = 1 << 4 /* describe is set */
} UtilityFlags;

typedef struct UtilityCall {
    Session *session;
    const AstRawStatement *raw; /* raw->statement is the command */
    const char *text;           /* the query string that raw's offsets refer to */
    size_t text_len;
    Arena *arena;        /* lives as long as the statement */
    const Datum *params; /* of the extended protocol: EXECUTE, DECLARE, EXPLAIN, CTAS */
    const bool *param_nulls;
    const Oid *param_types;
    uint32_t param_count;
    const ParseHooks *hooks; /* names of the function that calls; NULL: none */
    RowSink *sink;           /* result rows */
    OtherRows *others;       /* EXECUTE: rows of SELECTs that rules add; NULL: dropped */
    bool top_level;          /* sent by the client, not by a function */
    /* out */
    const char *tag;    /* on entry UtilityCommand.tag; may be replaced (arena) */
    bool tag_has_count; /* append " <processed>" */
    uint64_t processed;
} UtilityCall;

typedef struct UtilityCommand {
    AstTag ast;
    const char *tag; /* command tag: "CREATE TABLE". NULL: set by execute */
    unsigned flags;  /* UtilityFlags */
    Status (*execute)(UtilityCall *call);
    /* The result's columns, before it runs: EXPLAIN, SHOW, FETCH, EXECUTE. *count_out 0: no rows. */
    Status (*describe)(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out);
} UtilityCommand;

/* commands must live for ever. */
void utility_register(const UtilityCommand *commands, size_t count);
/* NULL: no such command. */
const UtilityCommand *utility_find(AstTag ast);
/* What messages call the command: its tag, as far as it is known before it runs. Static. */
const char *utility_name(const Ast *statement);
/* Checks flags (25001, 25006), runs it. Errors: 0A000 where nothing is registered for it. */
Status utility_execute(UtilityCall *call);
Status utility_describe(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out);

/* Registers everything the executor module itself implements (COPY, EXPLAIN, system functions,
 * DDL). Once, at start-up. */
void executor_register(void);

#endif
