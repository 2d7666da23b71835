/*
 * exec_int.h: a running statement and its operators. Layer: executor, private.
 *
 * A plan becomes a tree of Nodes. A node's produce() makes batches of its "row" (plan.h); the shared
 * driver node_next() counts, checks for interrupts, filters and computes the targets. A batch is
 * valid until the next call of the same node; inputs are pulled only from within produce(), so what
 * an output points to stays alive.
 *
 *   node_next -> produce -> filter -> targets -> batch
 *
 * Rescan: a nested loop or subplan sets parameters and calls node_rescan with the set that changed.
 * Nodes that keep results (sort, hash, aggregate, materialize) rewind them where their subtree reads
 * none of the changed parameters.
 */
#ifndef EXECUTOR_EXEC_INT_H
#define EXECUTOR_EXEC_INT_H

#include "catalog/catalog.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "executor/executor.h"
#include "executor/vector.h"
#include "mvcc/index.h"
#include "runtime/fiber.h"
#include "types/type.h"

typedef struct Node Node;
typedef struct ProgNode ProgNode;
typedef struct ProgContext ProgContext;
typedef struct Epq Epq;

/* A parameter that one part of the plan sets and another reads. */
typedef struct ExecParam {
    Datum value;
    bool is_null;
    bool set;             /* false: init plan not run yet */
    bool running;         /* an init plan that reads itself */
    const PlanInit *init; /* who sets it; NULL: a loop or subplan */
    const Vector *vector; /* a value per row of the batch at hand, instead of value; else NULL */
    PhysType phys;
    const TypeInfo *info;
} ExecParam;

/* A relation that the statement works on, opened once. */
typedef struct RelState {
    const RelationDesc *desc; /* pinned */
    Table *table;
} RelState;

/* A CTE's shared rows. */
typedef struct CteState {
    Node *node;
    struct RowStore *store;
    bool started;
    bool done;
} CteState;

struct Executor {
    Session *session;
    const PlannedStatement *statement; /* NULL: lone expressions */
    EvalEnv env;                       /* a copy: statement_arena is `arena` */
    MemAccount account;
    Arena arena;
    const Snapshot *snapshot;
    bool own_snapshot;
    unsigned flags;
    const Datum *params;
    const bool *param_nulls;
    ExecParam *exec_params;
    Node **subplans; /* by PlannedStatement.subplans; NULL: not built yet */
    bool runs_code;  /* something with ProgNode.runs_code was compiled */
    CteState *ctes;  /* by subplan */
    struct UnionState **unions;
    PlanStats *stats;    /* by plan id; NULL: not instrumented */
    RelState *relations; /* by rt_index - 1 */
    Node *root;
    Node *nodes; /* all that were made, newest first: closed at the end */
    bool finished;
    Executor *changing_outer; /* Session.changing before this one */
    bool failed;
    uint32_t batch_limit; /* 0: none */
    uint64_t processed;
    Epq *epq;                    /* this is a recheck of single rows: epq.c */
    Executor *outer;             /* the executor an EPQ or lone expression belongs to */
    size_t work_mem;             /* bytes an operator may keep before it spills */
    struct ParallelPart **parts; /* by plan id: what a gather's input shares, or NULL; parallel.h */
    struct Leftover *leftovers;
    struct TriggerQueue *triggers; /* AFTER triggers and transition tables: trigger.h */
    struct FkEvents *fk_events;    /* foreign keys to check when the statement ends: fk.c */
    Executor *events_to; /* this is a foreign key's action: who takes its events and triggers */
    OtherRows *others;   /* of SELECTs that rules add; NULL: dropped */
    Batch result;        /* non-junk columns of the last batch */
    struct RowStore *returned; /* result rows of a statement that changes rows */
    uint64_t returned_at;
    Register *returned_registers;
    Arena returned_arena;
    struct OwnedTable *tables;    /* hash tables of expressions */
    struct OwnedRows *row_stores; /* rows of calls of set functions */
    const Expr *row_call;         /* a call in FROM being compiled, and its column definitions */
    const FnRow *row_shape;
    const Desc **pins;
    uint32_t pin_count, pin_capacity;
};

/* ---- nodes ---- */

typedef struct Rescan {
    const BitSet *changed; /* exec params that have new values */
    bool work_table;       /* the recursive union's work table changed */
    bool everything;       /* other rows lie under the scans: keep nothing */
} Rescan;

struct Node {
    Executor *exec;
    const Plan *plan;
    Node *left, *right;
    Node *chain; /* Executor.nodes */
    /* Makes the next rows in node->row (row_count, columns, selection); row_count 0: the end. */
    Status (*produce)(Node *node);
    /* Forgets where it stands. The driver has handled init plans. */
    Status (*rescan)(Node *node, const Rescan *rescan);
    void (*close)(Node *node); /* spill files and other things no arena frees; may be NULL */

    Batch row;             /* what produce made */
    Batch out;             /* after filter and targets */
    uint16_t *filter_rows; /* [BATCH_ROWS] made when first needed */
    ProgNode **filter;
    uint32_t filter_count;
    ProgNode **targets;
    bool in_turn;               /* targets have side effects on one another: row by row */
    Register *target_registers; /* in_turn: what the rows got */
    ProgNode *one_time;
    bool one_time_checked;
    bool one_time_false;
    bool done;
    bool uses_work_table;
    bool sets_many;      /* some target is a subquery for several columns of an UPDATE */
    Batch right_row;     /* joins: the SLOT_RIGHT part of the row */
    Status pending;      /* raised once the rows before the one that failed are through */
    uint64_t limit_rows; /* at most so many rows are wanted from here on; UINT64_MAX: all */
    /* Filter and targets take rows in slices, so that large values of a whole batch need not be there at once. */
    Selection rest;       /* of row: not yet computed */
    uint32_t slice;       /* rows of the next slice: grows while they are small */
    uint16_t *slice_rows; /* [BATCH_ROWS] made when first needed */
    ArenaMark slice_mark; /* of batch_arena: behind it are the last slice's values */
    Arena batch_arena;    /* results of this batch */
    PlanStats *stats;
};

Status node_build(Executor *exec, const Plan *plan, Node **node_out);
/* *batch_out NULL: the end. */
Status node_next(Node *node, const Batch **batch_out);
Status node_rescan(Node *node, const Rescan *rescan);
/* For a node's produce that fails after `rows` rows: OK, they come first and the failure waits for the next
 * round; with none it is returned. */
Status node_hold_back(Node *node, uint32_t rows, Status failure);
void exec_close_nodes(Executor *exec);

/* Room for a node of a kind; sets produce, rescan, builds left and right if the plan has them. */
Status node_init(Executor *exec, const Plan *plan, size_t bytes, Status (*produce)(Node *),
                 Status (*rescan)(Node *, const Rescan *), void *node_out);
/* Declares the row's shape: makes row.columns for `count` columns. */
void node_row_shape(Node *node, uint32_t count);
/* True if what the subtree computed before may be used again. */
static inline bool rescan_keeps(const Node *child, const Rescan *rescan) {
    return !rescan->everything && !(rescan->work_table && child->uses_work_table) &&
           !bitset_overlap(child->plan->params, rescan->changed);
}
/* A context over the node's left input batch (right may be NULL). */
ProgContext node_context(Node *node, const Batch *left, const Batch *right);

/* Each per-batch loop calls it: cancels, yields, memory. */
Status exec_pulse(Executor *exec);

#define NODE_BUILDERS(X)                                                                           \
    X(RESULT, result)                                                                              \
    X(SEQ_SCAN, seq_scan)                                                                          \
    X(TID_SCAN, tid_scan)                                                                          \
    X(BITMAP_SCAN, bitmap_scan)                                                                    \
    X(INDEX_SCAN, index_scan)                                                                      \
    X(FUNCTION_SCAN, function_scan)                                                                \
    X(TABLE_FUNC_SCAN, table_func_scan)                                                            \
    X(VALUES_SCAN, values_scan)                                                                    \
    X(CTE_SCAN, cte_scan)                                                                          \
    X(WORK_TABLE_SCAN, work_table_scan)                                                            \
    X(TRANSITION_SCAN, transition_scan)                                                            \
    X(POINT_GET, point_get)                                                                        \
    X(SUBQUERY_SCAN, subquery_scan)                                                                \
    X(AGGREGATE, aggregate)                                                                        \
    X(WINDOW, window)                                                                              \
    X(SORT, sort)                                                                                  \
    X(LIMIT, limit)                                                                                \
    X(UNIQUE, unique)                                                                              \
    X(MATERIALIZE, materialize)                                                                    \
    X(MEMOIZE, memoize)                                                                            \
    X(PROJECT_SET, project_set)                                                                    \
    X(LOCK_ROWS, lock_rows)                                                                        \
    X(MODIFY, modify)                                                                              \
    X(GATHER, gather)                                                                              \
    X(NESTED_LOOP, nested_loop)                                                                    \
    X(HASH_JOIN, hash_join)                                                                        \
    X(MERGE_JOIN, merge_join)                                                                      \
    X(SET_OP, set_op)                                                                              \
    X(RECURSIVE_UNION, recursive_union)                                                            \
    X(APPEND, append)                                                                              \
    X(MERGE_APPEND, merge_append)
#define NODE_BUILDER_PROTOTYPE(tag, name)                                                          \
    Status name##_build(Executor *exec, const Plan *plan, Node **node_out);
NODE_BUILDERS(NODE_BUILDER_PROTOTYPE)
#undef NODE_BUILDER_PROTOTYPE

/* ---- the statement's objects ---- */

/* TypeInfo of any type; valid until the executor ends. */
Status exec_type(Executor *exec, Oid type, const TypeInfo **info_out);
Status exec_relation(Executor *exec, uint32_t rt_index, Oid relation, RelState **state_out);
/* Keeps a descriptor until executor_end. */
void exec_pin(Executor *exec, const Desc *desc);
Status exec_open_relation(Executor *exec, Oid relation, RelState *state_out);
/* Frees a hash table of an expression with the executor. */
struct RowTable;
void exec_own_table(Executor *exec, struct RowTable *table);
/* Frees what *rows is by then (NULL: nothing) with the executor. */
struct RowStore;
void exec_own_rows(Executor *exec, struct RowStore **rows);
/* An executor without a plan, for expressions. parent NULL: of the session alone. */
Status exec_light(Session *session, Arena *arena, Executor *parent, Executor **exec_out);
void exec_light_end(Executor *exec);

/* exec_check.c: locks, plan validity, permissions, read-only transactions. */
Status exec_lock_relations(Session *session, const PlannedStatement *statement, bool *valid_out);
Status exec_check_permissions(Session *session, const PlannedStatement *statement);
Status exec_check_read_only(Session *session, const PlannedStatement *statement, unsigned flags);

/* Parameters. Reading one may run an init plan. */
Status exec_param_get(Executor *exec, uint32_t number, Datum *value_out, bool *null_out);
void exec_param_set(Executor *exec, uint32_t number, Datum value, bool is_null);
Status exec_subplan(Executor *exec, uint32_t index, Node **node_out);
/* All rows' column 0 as an array of the type `array`. */
Status exec_collect_array(Executor *exec, Node *node, Arena *arena, const TypeInfo *array,
                          Datum *array_out);
/* A CTE's shared state: started, and read on by a batch into its store. */
Status cte_start(Executor *exec, uint32_t plan, CteState **cte_out);
Status cte_pull(Executor *exec, CteState *cte);
/* Init plans of a plan node run again where what they read has changed. */
void exec_inits_reset(Executor *exec, const Plan *plan, const Rescan *rescan);

/* The rows a batch still wants, in order. */
static inline uint32_t batch_rows(const Batch *batch) { return batch->selection.count; }

/* ctid as a tid Datum and back: 256 rows a "block", rowid 1 is (0,1). */
static inline int64_t rowid_to_tid(RowId rowid) {
    return (int64_t)(((rowid - 1) >> 8) << 16 | (((rowid - 1) & 255) + 1));
}
static inline RowId rowid_of_tid(int64_t tid) {
    uint64_t offset = (uint64_t)tid & 0xffff;
    if (offset == 0 || offset > 256)
        return 0;
    return (((uint64_t)tid >> 16) << 8 | (offset - 1)) + 1;
}

/* The child of an Append whose batch was handed out last; NULL: none is left. */
const Node *append_current(const Node *node);

#endif
