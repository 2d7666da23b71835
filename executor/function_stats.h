/*
 * function_stats.h: how often functions ran, and for how long (manual: pg_stat_user_functions,
 * track_functions). Layer: executor.
 *
 * A session counts for itself while a transaction runs; function_stats_flush adds that to the server's
 * counters, whatever the transaction's outcome: calls are no part of it.
 */
#ifndef EXECUTOR_FUNCTION_STATS_H
#define EXECUTOR_FUNCTION_STATS_H

#include "executor/session.h"

typedef enum TrackFunctions {
    TRACK_FUNCTIONS_NONE,
    TRACK_FUNCTIONS_PL,
    TRACK_FUNCTIONS_ALL
} TrackFunctions;

typedef struct FunctionCounters {
    int64_t calls;
    int64_t total_ns; /* a recursive call's time counts once */
    int64_t self_ns;  /* without the tracked functions that it called */
} FunctionCounters;

/* The server's; one for all its databases. Sessions point at it. */
typedef struct FunctionStats FunctionStats;
FunctionStats *function_stats_make(MemAccount *account);

/* One call, on the caller's stack. counters NULL: it is not tracked. */
typedef struct FunctionUse {
    FunctionCounters *counters;
    int64_t total_before, nested_before;
    uint64_t start_ns;
} FunctionUse;
void function_use_begin(Session *session, const ProcDesc *proc, FunctionUse *use_out);
void function_use_end(Session *session, const FunctionUse *use);

/* Before a commit: finds which of the functions that were dropped are really gone. */
Status function_stats_before_commit(Session *session);
/* After the end of a transaction. */
void function_stats_flush(Session *session, bool committed);
/* At the session's end. */
void function_stats_forget(Session *session);

/* False: never called. */
bool function_stats_get(Session *session, Oid function, FunctionCounters *counters_out);
/* In this transaction, by this session. False: not called. */
bool function_stats_get_own(const Session *session, Oid function, FunctionCounters *counters_out);
/* Back to 0. function 0: all of the session's database. */
void function_stats_reset(Session *session, Oid function);

#endif
