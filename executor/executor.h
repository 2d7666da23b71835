/*
 * executor.h: running plans. Layer: executor.
 *
 * Three ways to run a planned statement, cheapest first:
 *
 *   micro_execute     point get/update/delete, insert of a row, SELECT of constants
 *   executor_run      to the end, pushing batches into a sink
 *   executor_next     pulled batch by batch: portals, cursors (ExecCursor adds scrolling)
 *
 * The caller (pgwire, or executor_run_sql) has begun the transaction; relation locks and permissions
 * are the executor's business (executor_plan and executor_lock take PlannedStatement.relations' locks,
 * executor_start checks .permissions). Plans are immutable and may be run by several sessions at once.
 *
 * Memory: an Executor has an account of its own below the session's, and an arena that
 * executor_end frees. Batches it returns are valid until the next call.
 */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "executor/session.h"
#include "planner/parser.h"

/* ---- sinks ---- */

/* Takes the rows of a statement. columns are PlannedStatement.columns in order; only rows of
 * batch->selection count. rows() may park. */
typedef struct RowSink RowSink;
struct RowSink {
    Status (*rows)(RowSink *sink, const Batch *batch);
};

/* ---- running a plan ---- */

typedef enum ExecFlags {
    EXEC_INSTRUMENT = 1 << 0,        /* count rows: PlanStats */
    EXEC_INSTRUMENT_TIMING = 1 << 1, /* and time them */
    EXEC_SKIP_PERMISSIONS = 1 << 2,  /* internal statements (foreign keys) */
    EXEC_READ_ONLY = 1 << 3          /* refuse statements that write: non-volatile functions */
} ExecFlags;

typedef struct Executor Executor;
typedef struct ExecOptions ExecOptions;

/* Who takes the rows of SELECTs that rules put beside a statement. run() runs one of them whole
 * (executor_start to executor_end), with these options but for `allowed`. */
typedef struct OtherRows OtherRows;
struct OtherRows {
    Status (*run)(OtherRows *rows, const PlannedStatement *statement, const ExecOptions *options);
};

struct ExecOptions {
    const Datum *params; /* [PlannedStatement.param_count], must outlive the executor */
    const bool *param_nulls;
    const Snapshot *snapshot; /* NULL: txn_snapshot(session->txn), retained until executor_end */
    unsigned flags;           /* ExecFlags */
    Executor *events_to;      /* who takes the triggers that wait; NULL: the statement itself */
    void (*allowed)(void *arg); /* NULL, or called when the rights have been found */
    void *allowed_arg;
    OtherRows *others; /* NULL: those rows are dropped */
};

/*
 * The caller holds the plan's relation locks and has seen since that the plan is valid: executor_plan
 * or executor_lock in this transaction. options may be NULL. Errors: permissions (42501), 25006 in a
 * read-only transaction. On error nothing is left to end.
 */
Status executor_start(Session *session, const PlannedStatement *statement,
                      const ExecOptions *options, Executor **executor_out);
/* The next batch of result rows; *batch_out NULL: the end. A statement that changes rows runs to its
 * end, executor_finish included, at the first call; what it returns is kept and served. Columns are
 * the non-junk ones, in PlannedStatement.columns' order. */
Status executor_next(Executor *executor, const Batch **batch_out);
/* Pulls at most about row_limit rows a batch from now on (FETCH 1 need not compute 2,048). 0: no
 * limit. A hint. */
void executor_limit_batch(Executor *executor, uint32_t row_limit);
/* For the command tag: rows returned, or inserted/updated/deleted. */
uint64_t executor_rows_processed(const Executor *executor);
const PlannedStatement *executor_statement(const Executor *executor);
const Snapshot *executor_snapshot(const Executor *executor);
/* Back to the first row, under the same snapshot. SELECT only. */
Status executor_rewind(Executor *executor);
/* Runs data-modifying CTEs that were not read to their end, and checks foreign keys. Call it after
 * the last batch and before executor_end, unless the statement failed; again does nothing. */
Status executor_finish(Executor *executor);
/* Frees everything; any state. Before the transaction ends. */
void executor_end(Executor *executor);

/* start, push all rows into sink (NULL: dropped), finish, end. */
Status executor_run(Session *session, const PlannedStatement *statement, const ExecOptions *options,
                    RowSink *sink, uint64_t *processed_out);

/* One PlanStats a plan node (PlannedStatement.node_count); valid until executor_end. */
const PlanStats *executor_stats(const Executor *executor);

/* ---- cursors: an executor with memory of where it stands ---- */

/* Is a cursor over it declared without a word about SCROLL a scrollable one? Where the plan's top nodes run
 * backward in PostgreSQL. */
bool cursor_is_scrollable(const PlannedStatement *statement);

/* ExecCursor: session.h */

/* scroll: rows passed are kept (spilling), so that it can go back. Without it going back is 55000
 * "cursor can only scan forward" with the hint. The executor becomes the cursor's. */
Status cursor_open(Executor *executor, bool scroll, ExecCursor **cursor_out);
/*
 * Pushes rows into sink (NULL: MOVE).
 *   FORWARD, BACKWARD  count rows (AST_FETCH_ALL: all); 0: the current row again; negative: the
 *                      other way
 *   ABSOLUTE           row number count: 1 the first, -1 the last, 0 before the first
 *   RELATIVE           the row count rows from here
 */
Status cursor_fetch(ExecCursor *cursor, AstFetchDirection direction, int64_t count, RowSink *sink,
                    uint64_t *row_count_out);
/* WITH HOLD, at commit: reads all rows into the store and ends the executor; position kept. */
Status cursor_hold(ExecCursor *cursor);
bool cursor_at_end(const ExecCursor *cursor);
bool cursor_at_start(const ExecCursor *cursor);
/* The rowid of the current row in the relation (WHERE CURRENT OF); 0: the row is another table's.
 * Errors: 24000 where the query does not tell, or the cursor is on no row. */
Status cursor_current_row(ExecCursor *cursor, Oid relation, const char *name, RowId *rowid_out);
void cursor_close(ExecCursor *cursor);

/* ---- fast path ---- */

/*
 * A fixed program for a statement whose PlannedStatement.micro says that it is simple. Immutable
 * once made; belongs to the arena it was made on; good as long as the plan is.
 */
typedef struct MicroProgram MicroProgram;

typedef struct MicroResult {
    bool has_row; /* a result row: column_count values; bytes live on the arena */
    uint32_t column_count;
    const Datum *values;
    const bool *nulls;
    uint64_t processed; /* for the command tag */
} MicroResult;

/* *program_out NULL: run it by executor_start. End with micro_free, before the arena goes. */
Status micro_compile(Session *session, const PlannedStatement *statement, Arena *arena,
                     MicroProgram **program_out);
void micro_free(MicroProgram *program);
/* Parameters of runs of one program that come next, the first one's own included. Only those that
 * micro_key_has_param names need a value; the others are NULL. */
#define MICRO_AHEAD_MAX 16u
typedef struct MicroAhead {
    uint32_t count;
    const Datum *params[MICRO_AHEAD_MAX];
    const bool *param_nulls[MICRO_AHEAD_MAX];
} MicroAhead;
/* Is it worth to look for them? */
bool micro_wants_ahead(const MicroProgram *program);
bool micro_key_has_param(const MicroProgram *program, uint32_t param);

/* Parameters as Datums of PlannedStatement.param_types. arena: reset by the caller per statement.
 * ahead: NULL, or the runs to come; a hint. Locks and permissions as executor_start.
 * *handled_out false: nothing was done, take the general path. */
Status micro_execute(const MicroProgram *program, Session *session, const Datum *params,
                     const bool *param_nulls, const MicroAhead *ahead, Arena *arena,
                     MicroResult *result_out, bool *handled_out);

/* ---- SQL from inside ---- */

typedef struct NestedQuery {
    const char *sql; /* one statement; static or stable: plans are kept by its text */
    uint32_t param_count;
    const Oid *param_types;
    const Datum *params;
    const bool *param_nulls;
    Oid run_as;               /* 0: the current user */
    unsigned flags;           /* ExecFlags */
    const Snapshot *snapshot; /* NULL: one of now that sees this transaction's earlier commands */
    Executor *events_to;      /* as in ExecOptions */
} NestedQuery;

/* Parses, plans (kept in the session), runs. sink NULL: rows are dropped. */
Status executor_run_sql(Session *session, const NestedQuery *query, RowSink *sink,
                        uint64_t *processed_out);

/* A sink that keeps rows on an arena, row-major. Init by zeroing and setting sink.rows and arena. */
typedef struct RowCollector {
    RowSink sink;
    Arena *arena;
    uint32_t column_count;
    uint64_t row_count;
    uint64_t row_max; /* more rows are dropped; 0: no limit */
    Datum *values;    /* [row_count * column_count] */
    bool *nulls;
    uint64_t capacity;
} RowCollector;
void row_collector_init(RowCollector *collector, Arena *arena, uint64_t row_max);

/* Analyses and plans one parsed statement with the session's settings, as PREPARE, EXPLAIN, COPY
 * (query) and CREATE TABLE AS need it. options may be NULL, *plan_out as plan_query has it. The plan's relations are locked afterwards,
 * and are what the plan takes them for. Parks for locks. */
Status executor_plan(Session *session, Arena *arena, const AstRawStatement *raw,
                     const AnalyzeOptions *options, PlannedStatement **plan_out);

/* Locks the relations of a plan made earlier. *valid_out false: one of them has changed since, plan
 * again. Parks. */
Status executor_lock(Session *session, const PlannedStatement *statement, bool *valid_out);

/* ---- lone expressions: defaults, checks, USING of ALTER COLUMN, partition bounds ---- */

typedef struct ExprEval ExprEval;

/* Compiles planned expressions (plan_expr) over one row: SLOT_TARGET or SLOT_LEFT columns. Lives on
 * the arena; results' bytes too until expr_eval_reset. */
Status expr_eval_make(Session *session, Arena *arena, Expr *const *exprs, uint32_t expr_count,
                      ExprEval **eval_out);
/* Evaluates expression `index` over a row (values[attno - 1]; may be NULL where no column is used).*/
Status expr_eval_row(ExprEval *eval, uint32_t index, const Datum *values, const bool *nulls,
                     Datum *value_out, bool *null_out);
/* Frees the results made since the last reset. */
void expr_eval_reset(ExprEval *eval);
void expr_eval_free(ExprEval *eval);

#endif
