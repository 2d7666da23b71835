/*
 * session.h: the part of a client's session that running statements need. Layer: executor.
 *
 * pgwire/ owns sessions and embeds this struct first in its own; whatever runs below pgwire (utility
 * commands, system functions, triggers) reaches the rest through SessionOps. EvalEnv.session points
 * here. One fibre at a time works for a session.
 */
#ifndef EXECUTOR_SESSION_H
#define EXECUTOR_SESSION_H

#include "catalog/desc.h"
#include "mvcc/table.h"
#include "planner/planner.h"
#include "types/fn.h"

typedef struct Session Session;

typedef enum NoticeLevel {
    NOTICE_DEBUG,
    NOTICE_LOG,
    NOTICE_INFO,
    NOTICE_NOTICE,
    NOTICE_WARNING
} NoticeLevel;

/* Effects of one transaction block state, as commands need to see it. */
typedef enum TransactionContext {
    TRANSACTION_IMPLICIT,       /* a statement on its own */
    TRANSACTION_IMPLICIT_BLOCK, /* one of several statements of a simple query, or of a pipeline */
    TRANSACTION_BLOCK,          /* after BEGIN */
    TRANSACTION_FUNCTION        /* within a function or DO */
} TransactionContext;

struct UtilityCall;

/* Takes what an EXECUTE runs: a plan (perhaps COMMAND_UTILITY) and the arguments' values. */
typedef Status (*PreparedRun)(void *arg, const PlannedStatement *plan, const Datum *params,
                              const bool *param_nulls);

/* Where an exception block began. */
typedef struct Subtransaction {
    SavepointMark mark;
    size_t settings_mark;
    uint64_t portal_mark, large_object_mark;
    bool read_only;
} Subtransaction;

struct ExecCursor;
typedef struct ExecCursor ExecCursor;

/* A cursor to be made: prepare fills in plan, params and types on the arena given, which lives as long
 * as the cursor. */
typedef struct CursorOpen CursorOpen;
struct CursorOpen {
    const char *name; /* NULL: it gets one, here */
    unsigned options; /* AST_CURSOR_ */
    const char *text; /* for pg_cursors */
    Status (*prepare)(CursorOpen *open, Arena *arena);
    void *arg;
    PlannedStatement *plan;
    Datum *params;
    bool *param_nulls;
    uint32_t param_count;
};

/* What pgwire supplies. Every member is set before the first statement runs. */
typedef struct SessionOps {
    /* Sends a notice; takes the error made with error(). Honours client_min_messages. */
    void (*notice)(Session *session, NoticeLevel level, Status notice);
    /* A setting's value as SHOW prints it. missing_ok: *value_out NULL; else 42704. */
    Status (*setting_show)(Session *session, Arena *arena, const char *name, bool missing_ok,
                           const char **value_out);
    /* SET [LOCAL]; value NULL: to default. */
    Status (*setting_set)(Session *session, const char *name, const char *value, bool local);
    /* Would SET accept it? Checks without setting. */
    Status (*setting_validate)(Session *session, const char *name, const char *value);
    /* The row of `relation` that a cursor stands on, for WHERE CURRENT OF. Errors: 34000, 24000. */
    Status (*cursor_row)(Session *session, const char *cursor, Oid relation, RowId *rowid_out);
    TransactionContext (*transaction_context)(Session *session);
    /* What is stored of a role's password, as password_encryption asks; what is such already stays.
     * NULL: it is the empty password, hashed or not. */
    Status (*password_verifier)(Session *session, Arena *arena, const char *role,
                                const char *password, const char **verifier_out);
    /* Calls run with the prepared statement's plan, kept meanwhile, and the evaluated arguments. */
    Status (*prepared_run)(Session *session, struct UtilityCall *call, const AstExecute *statement,
                           PreparedRun run, void *arg);
    /* What exception blocks are made of: marks, and the way back to one. */
    void (*subtransaction_begin)(Session *session, Subtransaction *mark_out);
    void (*subtransaction_end)(Session *session, const Subtransaction *mark);
    Status (*subtransaction_rollback)(Session *session, const Subtransaction *mark);
    /* Ends the transaction in the middle of a statement and begins the next, with chain of the same
     * kind. */
    Status (*transaction_end)(Session *session, bool commit, bool chain);
    /* Cursors of the session, which its client sees too. */
    Status (*cursor_open)(Session *session, CursorOpen *open);
    Status (*cursor_find)(Session *session, const char *name, ExecCursor **cursor_out,
                          const PlannedStatement **plan_out);
    Status (*cursor_close)(Session *session, const char *name);
    /* Reads it to its end, so that it outlives its transaction. */
    Status (*cursor_keep)(Session *session, const char *name);
    /* Adds to LISTEN/NOTIFY's queue at commit. */
    Status (*notify)(Session *session, const char *channel, const char *payload);
} SessionOps;

/* Parsed settings that execution reads; pgwire keeps them in step with SET. */
typedef struct ExecSettings {
    uint64_t work_mem_bytes;
    double hash_mem_multiplier;
    uint64_t maintenance_work_mem_bytes;
    uint64_t temp_file_limit_bytes; /* of all a session has; UINT64_MAX: none */
    int64_t log_temp_files_kb;      /* log those as big when they end; -1: none */
    uint32_t max_stack_depth_bytes;
    bool check_function_bodies;
    bool row_security;
    bool replication_role_replica; /* session_replication_role: no foreign keys, no triggers */
    bool log_planner_times;
    bool lo_compat_privileges;
    int client_encoding; /* types/encoding.h */
    bool track_io_timing;
    int track_functions; /* executor/function_stats.h: TrackFunctions */
} ExecSettings;

struct Session {
    const SessionOps *ops;
    Mvcc *mvcc;
    CatalogSession *catalog; /* names, current user, search path: catalog/catalog.h */
    Txn *txn;                /* of the running statement; NULL outside */
    EvalEnv env;             /* of the running statement; executors work on copies */
    ExecSettings settings;
    PlannerSettings planner;
    MemAccount account; /* of the session; statements' accounts are its children */
    Arena arena;        /* lives as long as the session */
    int32_t process_id;
    uint64_t temp_file_bytes;       /* in use */
    uint32_t function_depth;        /* nesting of SQL functions, triggers, cascades */
    struct Executor *changing;      /* the innermost statement that is changing rows; NULL: none */
    uint32_t trigger_depth;         /* of triggers alone: pg_trigger_depth() */
    struct PlSession *plpgsql;      /* functions read, frames running; owned by the executor */
    struct NestedCache *nested;     /* plans of executor_run_sql; owned by the executor */
    struct FkDeferred *deferred;    /* checks that wait for the commit; owned by the executor */
    struct EventState *event_state; /* of the command that fires event triggers; NULL: none */
    struct TriggerChunk *deferred_triggers;   /* events that wait for the commit; likewise */
    struct FkModes *constraint_modes;         /* SET CONSTRAINTS of this transaction; likewise */
    struct OnCommitTable *on_commit;          /* temporary tables that forget at commit; likewise */
    struct LargeObjects *large_objects;       /* descriptors of this transaction; likewise */
    struct FunctionStats *function_stats;     /* the server's; NULL: nothing is counted */
    struct FunctionPending *function_pending; /* calls of this transaction; owned by the executor */
    const char *temp_directory;               /* for spill files; exists */
    const char *data_directory;               /* server-side COPY files are relative to it */
};

/* Frees what the executor hung on the session (nested plans). Called at its end and by DISCARD. */
void session_executor_reset(Session *session);
/* What precedes every commit while its transaction can still fail: ON COMMIT of temporary tables. */
Status session_before_commit(Session *session);
/* At the session's end: forgets the list of those tables. */
void session_forget_temp(Session *session);

#endif
