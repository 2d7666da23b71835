/*
 * plan.h: what the executor runs. Layer: planner.
 *
 * A plan is a tree of typed nodes, each with PLAN_HEAD: costs, the target list (its output columns)
 * and the filter that its rows must pass. Expressions refer to inputs by ExprSlot alone (expr.h);
 * PARAM_EXEC parameters carry values between queries and from a nested loop's left side to its right
 * side. A plan is immutable: it may be cached and run by several sessions at once; run-time state
 * belongs to the executor.
 *
 * Order of work in every node: make the input row (below: "row"), apply filter, compute targets.
 * SLOT_LEFT refers to:
 *   scans            the scan's columns[]; function, VALUES, CTE, subquery scans: the columns named
 *   one-input nodes  the input's targets
 *   joins            SLOT_LEFT the left input's targets, SLOT_RIGHT the right one's
 *   PlanAggregate    in keys and aggregates: the input's targets; in targets and filter: the row
 *                    {keys.., aggregates.., one int4 per grouping call}
 *   PlanWindow       in calls, keys, offsets: the input's targets; in targets and filter: the row
 *                    {input columns.., calls..}
 * `identity` says that targets are exactly the row's columns in order: nothing to compute.
 */
#ifndef PLANNER_PLAN_H
#define PLANNER_PLAN_H

#include "planner/query.h"

/* clang-format off */
#define PLAN_TAGS(X)                                                                               \
    /* leaves */                                                                                   \
    X(RESULT) X(SEQ_SCAN) X(TID_SCAN) X(INDEX_SCAN) X(BITMAP_SCAN) X(FUNCTION_SCAN)                \
    X(TABLE_FUNC_SCAN) X(VALUES_SCAN) X(CTE_SCAN) X(WORK_TABLE_SCAN) X(TRANSITION_SCAN)            \
    X(POINT_GET)                                                                                   \
    /* one input */                                                                                \
    X(SUBQUERY_SCAN) X(AGGREGATE) X(WINDOW) X(SORT) X(LIMIT) X(UNIQUE) X(MATERIALIZE) X(MEMOIZE)   \
    X(PROJECT_SET) X(LOCK_ROWS) X(MODIFY) X(GATHER)                                                \
    /* more */                                                                                     \
    X(NESTED_LOOP) X(HASH_JOIN) X(MERGE_JOIN) X(SET_OP) X(RECURSIVE_UNION) X(APPEND)               \
    X(MERGE_APPEND)
/* clang-format on */

typedef enum PlanTag {
    PLAN_INVALID,
#define PLAN_TAG_ENUM(name) PLAN_##name,
    PLAN_TAGS(PLAN_TAG_ENUM)
#undef PLAN_TAG_ENUM
        PLAN_TAG_COUNT
} PlanTag;

typedef struct Plan Plan;

/* An output column of a node. */
typedef struct PlanTarget {
    Expr *expr;
    const char *name; /* NULL: unnamed (junk) */
    bool junk;        /* not sent to the client, not stored */
} PlanTarget;

/* A subquery run at most once per execution (lazily, at the first read of a param it sets). */
typedef struct PlanInit {
    uint32_t plan;    /* index into PlannedStatement.subplans */
    SubLinkKind kind; /* EXPR, EXISTS, ARRAY, ROW_COMPARE/MULTI_EXPR (several params), CTE (none) */
    uint32_t param_count;
    uint32_t *params; /* exec params it sets, by output column */
    const char *name; /* "InitPlan 1 (returns $0)" */
} PlanInit;

#define PLAN_HEAD                                                                                  \
    PlanTag tag;                                                                                   \
    uint32_t id; /* 0..node_count-1 within the statement: the instrumentation's index */           \
    double startup_cost;                                                                           \
    double total_cost;                                                                             \
    double rows;    /* estimated */                                                                \
    uint32_t width; /* estimated bytes of a row */                                                 \
    PlanTarget *targets;                                                                           \
    uint32_t target_count;                                                                         \
    bool identity;                                                                                 \
    ExprList filter; /* conjuncts, cheapest first */                                               \
    Expr *one_time;  /* a condition without columns: false or NULL: no rows at all; or NULL */     \
    PlanInit *inits;                                                                               \
    uint32_t init_count;                                                                           \
    BitSet *params; /* exec params the subtree reads but does not set: when one changes, rescan */ \
    bool parallel_aware; /* below a gather: those who run it share the work */                     \
    Plan *left;                                                                                    \
    Plan *right

struct Plan {
    PLAN_HEAD;
};

/* ---- scans of tables ---- */

/* relation's row as columns[]: attribute numbers, 0 the whole row, negative SysColumn. */
#define PLAN_SCAN_HEAD                                                                             \
    PLAN_HEAD;                                                                                     \
    uint32_t rt_index; /* in PlannedStatement.range_table */                                       \
    Oid relation;                                                                                  \
    int16_t *columns;                                                                              \
    uint32_t column_count

typedef struct PlanScan {
    PLAN_SCAN_HEAD;
} PlanScan;

/* left: none. No input: one row (or none, by one_time). Input in left: a gate over it. */
typedef struct PlanResult {
    PLAN_HEAD;
} PlanResult;

/* Conjuncts `column op constant` of the filter, for zone maps and vectorised tests: hints only, the
 * filter has them too. */
typedef struct ScanRange {
    int16_t attno;
    Expr *low; /* without slots; NULL: open */
    Expr *high;
    bool low_inclusive;
    bool high_inclusive;
} ScanRange;

typedef struct PlanSeqScan {
    PLAN_SCAN_HEAD;
    ScanRange *ranges;
    uint32_t range_count;
    TableSample *sample;
} PlanSeqScan;

/* ctid = value (type tid), or ctid = ANY(value) (array of tid); or a range of ctids. */
typedef struct PlanTidScan {
    PLAN_SCAN_HEAD;
    ExprList tids; /* any of them; arrays are unnested */
    Expr *low;     /* a range scan if tids is empty */
    Expr *high;
    bool low_inclusive;
    bool high_inclusive;
    ExprCurrentOf *current_of;
    ExprList conditions; /* as written, for EXPLAIN */
} PlanTidScan;

typedef enum IndexBoundKind {
    INDEX_BOUND_EQ,     /* column = low */
    INDEX_BOUND_EQ_ANY, /* column = ANY(low), an array; its values are visited in key order */
    INDEX_BOUND_RANGE,  /* low <[=] column <[=] high; either may be NULL (open) */
    INDEX_BOUND_IS_NULL,
    INDEX_BOUND_IS_NOT_NULL
} IndexBoundKind;

/*
 * What is asked of one key column. Bounds apply to a prefix of the index's key columns: any number of
 * EQ, EQ_ANY and IS_NULL, then at most one of another kind. A bound whose value is NULL matches
 * nothing. A value's type may differ from the column's within one operator family (int4 against
 * int8): index_bound_convert() adapts it.
 */
typedef struct IndexBound {
    IndexBoundKind kind;
    Expr *low; /* without slots: constants, parameters, stable calls */
    Expr *high;
    ExprList low_rest, high_rest; /* of a row comparison: values of the following key columns */
    bool low_inclusive;
    bool high_inclusive;
} IndexBound;

/* column <operator> query, for an inverted index (types/gin.h). */
typedef struct PlanGinClause {
    uint16_t column; /* of the index */
    int16_t strategy;
    Expr *query; /* without slots */
} PlanGinClause;

typedef struct PlanIndexScan {
    PLAN_SCAN_HEAD;
    Oid index;
    bool index_only; /* columns[] can all be read from the key */
    bool backward;
    bool ordered; /* the order is relied on; false: rowids may be sorted first (bitmap-like) */
    uint32_t bound_count;
    IndexBound *bounds; /* by key column */
    ExprList
        conditions; /* as written, for EXPLAIN ("Index Cond"); with bounds, true of every row found */
    uint32_t gin_count; /* > 0: of an inverted index; then there are no bounds */
    PlanGinClause *gin; /* all of them must hold; the filter has the conditions, too */
    bool gin_any;       /* or one of them: the arms of an OR, which is the one condition */
} PlanIndexScan;

typedef enum BitmapKind { BITMAP_INDEX, BITMAP_AND, BITMAP_OR } BitmapKind;

/* The rows that one index finds, or that all or any of the parts find. */
typedef struct PlanBitmap {
    BitmapKind kind;
    double total_cost, rows; /* estimated */
    Oid index;               /* BITMAP_INDEX: bounds as PlanIndexScan's */
    IndexBound *bounds;
    uint32_t bound_count;
    ExprList conditions; /* as written, for EXPLAIN */
    struct PlanBitmap **parts;
    uint32_t part_count;
} PlanBitmap;

/* Rows in the table's order; the filter has all conditions. */
typedef struct PlanBitmapScan {
    PLAN_SCAN_HEAD;
    PlanBitmap *bitmap;
    ExprList conditions; /* those the indexes answer: "Recheck Cond" */
} PlanBitmapScan;

/*
 * The row of a unique index with exactly these key values (all columns, none NULL), or none:
 * micro-programs start here.
 */
typedef struct PlanPointGet {
    PLAN_SCAN_HEAD;
    Oid index;
    ExprList keys; /* one per key column, without slots; types as IndexBound's */
    ExprList conditions;
} PlanPointGet;

/* ---- other leaves ---- */

typedef struct PlanFunctionScan {
    PLAN_HEAD;
    uint32_t rt_index;
    RangeFunction
        *functions; /* calls without slots; zipped if several, the shorter padded by NULL */
    uint32_t function_count;
    bool ordinality;       /* one more int8 column */
    uint32_t column_count; /* the row's columns: of all functions, then ordinality */
    Oid *column_types;
} PlanFunctionScan;

typedef struct PlanTableFuncScan {
    PLAN_HEAD;
    uint32_t rt_index;
    TableFunc *func;
} PlanTableFuncScan;

typedef struct PlanValuesScan {
    PLAN_HEAD;
    uint32_t rt_index;
    uint32_t column_count;
    uint32_t value_count;
    ExprList *values; /* [value_count], one a row; without slots but for lateral ones' parameters */
    Oid *column_types;
} PlanValuesScan;

/* Rows of the CTE that subplans[plan] computes, once, shared by all its scans. */
typedef struct PlanCteScan {
    PLAN_HEAD;
    uint32_t rt_index;
    uint32_t plan;
    const char *cte_name;
} PlanCteScan;

/* The rows that the last round of the recursive union with this id made. */
typedef struct PlanWorkTableScan {
    PLAN_HEAD;
    uint32_t rt_index;
    uint32_t union_id;
    const char *cte_name;
} PlanWorkTableScan;

/* The rows of EvalEnv.transitions by that name. */
typedef struct PlanTransitionScan {
    PLAN_HEAD;
    uint32_t rt_index;
    const char *name;
} PlanTransitionScan;

/* A filter and projection over a subquery's plan, kept as a node for its name in EXPLAIN. */
typedef struct PlanSubqueryScan {
    PLAN_HEAD;
    uint32_t rt_index;
} PlanSubqueryScan;

/* ---- joins ---- */

/* Set before each run of the right side. */
typedef struct LoopParam {
    uint32_t param;
    Expr *value; /* over SLOT_LEFT */
} LoopParam;

/*
 * JOIN_INNER, LEFT, SEMI, ANTI (and RIGHT, FULL for hash and merge). Semi: each left row once if some
 * right row matches; anti: if none does. Their targets use SLOT_LEFT only. conditions decide whether
 * a pair matches; filter applies to the joined rows afterwards (outer joins).
 */
#define PLAN_JOIN_HEAD                                                                             \
    PLAN_HEAD;                                                                                     \
    JoinKind join_kind;                                                                            \
    bool inner_unique; /* at most one right row matches a left row */                              \
    ExprList conditions

typedef struct PlanJoin {
    PLAN_JOIN_HEAD;
} PlanJoin;

typedef struct PlanNestedLoop {
    PLAN_JOIN_HEAD;
    LoopParam *loop_params;
    uint32_t loop_param_count;
} PlanNestedLoop;

/* left_keys[i] = right_keys[i], by ops[i]; the right side is hashed. conditions has only the rest. */
typedef struct PlanHashJoin {
    PLAN_JOIN_HEAD;
    ExprList left_keys;
    ExprList right_keys;      /* SLOT_RIGHT */
    BitSet *right_key_params; /* exec params of right_keys: they decide what the table holds */
    Oid *ops;
    Oid *collations;
    ExprList key_conditions; /* as written, for EXPLAIN */
    bool null_aware; /* ANTI for NOT IN: a NULL key on the right: no rows; on the left: none */
} PlanHashJoin;

/* Both inputs sorted by the keys, in order. */
typedef struct PlanMergeJoin {
    PLAN_JOIN_HEAD;
    ExprList left_keys;
    ExprList right_keys;
    Oid *ops;
    Oid *collations;
    bool *descending;
    bool *nulls_first;
    ExprList key_conditions;
    bool skip_mark_restore;
} PlanMergeJoin;

/* ---- rows in order, groups, windows ---- */

typedef struct SortKey {
    uint32_t column; /* of the input */
    Oid sort_op;     /* < or > of the order; its family's */
    Oid collation;
    bool descending;
    bool nulls_first;
} SortKey;

typedef struct PlanSort {
    PLAN_HEAD;
    SortKey *keys;
    uint32_t key_count;
    uint32_t presorted; /* the input is sorted by so many keys already: incremental sort */
    double bound;       /* >= 0: at most so many rows are wanted (top-N); -1: all */
} PlanSort;

typedef enum AggStrategy {
    AGG_PLAIN,  /* no keys: one group, also of an empty input */
    AGG_SORTED, /* the input comes grouped by the keys (grouping sets: of the first rollup) */
    AGG_HASHED,
    AGG_MIXED /* grouping sets that are hashed all at once, whatever the order */
} AggStrategy;

/* One grouping set: which keys are not NULL. */
typedef struct PlanGroupingSet {
    uint32_t key_count;
    uint32_t *keys;        /* indexes into PlanAggregate.keys */
    uint32_t sorted_count; /* of a rollup: leading keys of its that tell this set's groups apart */
} PlanGroupingSet;

/* Sets computed in one pass over rows sorted by the first one's keys: others have prefixes of them. */
typedef struct PlanRollup {
    uint32_t set_count; /* the next ones of PlanAggregate.sets, largest first */
    uint32_t *keys;     /* indexes into PlanAggregate.keys, as they are sorted */
    uint32_t key_count;
    SortKey *sort_keys; /* how the input's rows are sorted; the first rollup's input is already */
    uint32_t sort_count;
} PlanRollup;

/* Aggregation by several workers: each makes states of its rows, which are combined above the gather. */
typedef enum AggPhase {
    AGG_WHOLE,
    AGG_PARTIAL, /* aggregates come out as the addresses of their states, int8 */
    AGG_FINALIZE /* such states are combined: aggs are the partial node's, over that one's input */
} AggPhase;

typedef struct PlanAggregate {
    PLAN_HEAD;
    AggStrategy strategy;
    AggPhase phase;
    ExprList keys; /* mostly slots */
    Oid *key_ops;  /* equality operators */
    ExprAgg **aggs;
    ExprList *direct; /* each aggregate's direct arguments, over this node's own row */
    uint32_t agg_count;
    uint32_t *state_columns; /* AGG_FINALIZE: the input's columns with the states, by aggregate */
    PlanGroupingSet *sets;   /* none: one set of all the keys */
    uint32_t set_count;
    PlanRollup *rollups; /* of sorted grouping sets: all of them, in order */
    uint32_t rollup_count;
    ExprGrouping **groupings; /* GROUPING() calls; refs[] are indexes into keys */
    uint32_t grouping_count;
    double group_estimate;
} PlanAggregate;

typedef struct PlanWindow {
    PLAN_HEAD;
    uint32_t *partition_columns;
    Oid *partition_ops;
    uint32_t partition_count;
    SortKey *order_keys; /* the input is sorted by partition columns, then by these */
    Oid *order_eq_ops;
    uint32_t order_count;
    WindowFrame frame;
    ExprWindowCall **calls;
    uint32_t call_count;
    ExprList run_condition; /* true again and again until false for ever: stop there; or empty */
} PlanWindow;

/* limit or offset NULL: none. A negative value is an error (2201W, 2201X); a NULL one: none. */
typedef struct PlanLimit {
    PLAN_HEAD;
    Expr *limit;
    Expr *offset;
    bool with_ties; /* the input is sorted by tie_columns */
    uint32_t *tie_columns;
    Oid *tie_ops;
    Oid *tie_collations;
    uint32_t tie_count;
} PlanLimit;

/* Adjacent equal rows once. */
typedef struct PlanUnique {
    PLAN_HEAD;
    uint32_t *columns;
    Oid *ops;
    Oid *collations;
    uint32_t column_count;
} PlanUnique;

typedef struct PlanMemoize {
    PLAN_HEAD;
    ExprList keys; /* exec params (ExprParam) that decide the subtree's rows */
    Oid *ops;
    Oid *collations;
    bool single_row;
    double entry_estimate;
} PlanMemoize;

/* targets hold set-returning calls at their top (or plain expressions): run in lockstep, the shorter
 * padded by NULL. */
typedef struct PlanProjectSet {
    PLAN_HEAD;
} PlanProjectSet;

/*
 * Rows of its input, which several workers and the statement's own fibre run at once, each its own copy;
 * nodes that are parallel_aware divide the rows among them. They come in no order.
 */
typedef struct PlanGather {
    PLAN_HEAD;
    uint32_t workers;    /* besides the statement's own fibre, at most */
    uint32_t *evaluated; /* params of init plans that the input reads: known before workers start */
    uint32_t evaluated_count;
} PlanGather;

/* Which rows of the input to lock, and how the row is found again when it changed meanwhile. */
typedef struct PlanRowMark {
    uint32_t rt_index;
    Oid relation;
    RowLockStrength strength; /* NONE: only to find the row for a recheck */
    RowLockWait wait;
    int32_t rowid_column;     /* of the input; -1: none */
    int32_t whole_row_column; /* of the input: for entries that are no tables; -1: none */
    int32_t tableoid_column;  /* of the input: whose row it is, where there are children; -1 */
    struct PlanMarkChild *children;
    uint32_t child_count;
} PlanRowMark;

/* A table that is scanned for one with children. */
typedef struct PlanMarkChild {
    Oid relation;
    uint32_t rt_index;
} PlanMarkChild;

typedef struct PlanLockRows {
    PLAN_HEAD;
    PlanRowMark *marks;
    uint32_t mark_count;
} PlanLockRows;

/* Bag or set intersection and difference of left and right. */
typedef struct PlanSetOp {
    PLAN_HEAD;
    SetOpKind op; /* INTERSECT, EXCEPT */
    bool all;
    bool hashed; /* else both inputs are sorted by all columns */
    uint32_t column_count;
    Oid *ops;
    Oid *collations;
    SortKey *keys; /* sorted form */
} PlanSetOp;

/* left once, then right again and again over the rows that the last round added (work table). */
typedef struct PlanRecursiveUnion {
    PLAN_HEAD;
    uint32_t union_id;
    bool all; /* else rows seen before are dropped */
    uint32_t column_count;
    Oid *ops;
    Oid *collations;
} PlanRecursiveUnion;

typedef enum PruneKind {
    PRUNE_AND,
    PRUNE_OR,
    PRUNE_OP, /* key strategy value */
    PRUNE_NULL,
    PRUNE_NOT_NULL,
    PRUNE_NEVER
} PruneKind;

/* A condition on a partition key (prune.h). */
typedef struct PruneStep {
    PruneKind kind;
    uint16_t key;
    int16_t strategy; /* BTREE_; 0: <> */
    Expr *value;      /* without slots */
    uint32_t number;  /* of the value among the plan's that are no constants */
    uint32_t count;
    struct PruneStep **steps;
} PruneStep;

/* A partitioned table whose partitions an Append reads, as far as they are decided when it runs. */
typedef struct PlanPruneTable {
    Oid relation;
    PruneStep *steps; /* NULL: nothing is left to decide */
    uint32_t count;
    int32_t *children; /* by the partition's place: the Append's child; -1: none */
    int32_t *tables;   /* or the table it is partitioned by itself; -1: none */
} PlanPruneTable;

/* Children that parameters leave out. tables[0] is the top one. */
typedef struct PlanPrune {
    PlanPruneTable *tables;
    uint32_t table_count;
    ExprList values; /* by PruneStep.number */
    bool once;       /* no value changes while the statement runs */
} PlanPrune;

typedef struct PlanAppend {
    PLAN_HEAD;
    PlanPrune *prune;  /* NULL: all children are read */
    uint32_t rt_index; /* of the table whose children these are; 0: of none */
    ExprList
        shown; /* for EXPLAIN: the targets as that table's columns (of the statement's entries) */
    Plan **children;
    uint32_t child_count;
    uint32_t first_partial; /* parallel_aware: the children before it are run by one worker each */
} PlanAppend;

typedef struct PlanMergeAppend {
    PLAN_HEAD;
    PlanPrune *prune;
    uint32_t rt_index; /* as PlanAppend's */
    ExprList shown;
    Plan **children;
    uint32_t child_count;
    SortKey *keys;
    uint32_t key_count;
} PlanMergeAppend;

/* ---- changing rows ---- */

typedef struct PlanCheck {
    const char *name;
    Expr *condition; /* over SLOT_TARGET; false fails */
} PlanCheck;

typedef struct PlanColumnExpr {
    int16_t attno;
    Expr *expr;
} PlanColumnExpr;

/* An index to be kept, with what it needs compiled. */
typedef struct PlanIndexInfo {
    Oid index;
    ExprList expressions; /* of its expression columns in order, over SLOT_TARGET */
    ExprList predicate;   /* conjuncts over SLOT_TARGET; empty: none */
    bool touched;         /* UPDATE: some column set is in its key, expressions or predicate */
} PlanIndexInfo;

/* A table that the statement changes. */
typedef struct PlanResultRelation {
    uint32_t rt_index;
    Oid relation;
    bool has_triggers;
    PlanCheck *checks;
    uint32_t check_count;
    PlanColumnExpr *generated; /* stored generated columns, in order: over SLOT_TARGET */
    uint32_t generated_count;
    PlanIndexInfo *indexes;
    uint32_t index_count;
    PlanCheck *with_checks; /* view check options and row security, name: the relation's */
    WithCheckKind *with_check_kinds;
    const char **with_check_policies;
    uint32_t with_check_count;
    BitSet *updated_columns; /* attno + ATTNO_OFFSET; generated ones included */
    Expr *partition_check;   /* what its rows meet as a partition, over SLOT_TARGET; NULL: none */
    int16_t *update_columns; /* PlanModify.update_columns as they are here; NULL: the same */
    /* RETURNING and MERGE's actions over this table's columns; NULL: as in PlanModify */
    Expr **returning;
    struct PlanMergeAction *merge_actions;
} PlanResultRelation;

typedef struct PlanOnConflict {
    bool update;
    Oid *arbiters; /* indexes; none: any conflict (DO NOTHING) */
    uint32_t arbiter_count;
    PlanColumnExpr *set; /* over SLOT_TARGET (existing row) and SLOT_EXCLUDED; attno 0: only run */
    uint32_t set_count;
    ExprList where;
} PlanOnConflict;

typedef struct PlanMergeAction {
    bool matched;
    CommandKind command; /* COMMAND_UTILITY: do nothing */
    ExprList condition;  /* over SLOT_LEFT (joined row) and SLOT_TARGET (existing row) */
    PlanColumnExpr *set; /* UPDATE: columns changed; INSERT: every column; attno 0: only run */
    uint32_t set_count;
} PlanMergeAction;

/*
 * INSERT: left's non-junk targets are the whole row, column by column (dropped ones NULL).
 * UPDATE: left gives the new values of update_columns in order; DELETE: nothing; both: the rowid in
 * rowid_column. MERGE: the joined row; rowid NULL: not matched.
 * Several relations (inheritance, partitions): tableoid_column says whose row it is.
 * RETURNING (targets, if any) sees SLOT_TARGET: the row stored, or deleted; SLOT_LEFT: the input.
 */
typedef struct PlanModify {
    PLAN_HEAD;
    CommandKind command;
    uint32_t rt_index; /* the table that the statement names */
    Oid root;          /* that table, if it is partitioned: rows find their partition; else 0 */
    bool set_tag;
    PlanResultRelation *relations;
    uint32_t relation_count;
    int32_t rowid_column;    /* -1: INSERT */
    int32_t row_column;      /* of a view's row as a record: INSTEAD OF triggers; -1 */
    int32_t tableoid_column; /* -1: one relation */
    uint32_t insert_target;  /* MERGE: which of the relations new rows go to */
    uint32_t update_count;
    int16_t *update_columns;
    bool returning;
    PlanOnConflict *on_conflict;
    PlanMergeAction *merge_actions;
    uint32_t merge_action_count;
    PlanRowMark *marks; /* how the other tables' rows are found again for a recheck */
    uint32_t mark_count;
} PlanModify;

/* ---- the statement ---- */

/* Fixed shapes that run without operators; the nodes say everything. */
typedef enum MicroKind {
    MICRO_NONE,
    MICRO_POINT_GET,    /* root is a PlanPointGet without subplans */
    MICRO_INSERT,       /* PlanModify over a PlanResult: one row */
    MICRO_POINT_UPDATE, /* PlanModify over a PlanPointGet */
    MICRO_POINT_DELETE,
    MICRO_VALUE /* PlanResult without tables: SELECT 1 */
} MicroKind;

typedef struct ResultColumn {
    const char *name;
    Oid type;
    int32_t typmod;
    Oid table; /* 0: not a plain column */
    int16_t attno;
} ResultColumn;

/* A relation that planning looked at: the plan holds while its version is the same. */
typedef struct PlanRelation {
    Oid relation;
    uint64_t version;  /* catalog's */
    uint8_t lock_mode; /* LockMode to take before running; 0: none (indexes) */
} PlanRelation;

/* Rights to check before each run. */
typedef struct PlanPermission {
    Oid relation;
    uint32_t rights; /* ACL_SELECT .. */
    Oid check_as_user;
    BitSet *selected_columns;
    BitSet *inserted_columns;
    BitSet *updated_columns;
} PlanPermission;

typedef struct PlannedStatement {
    CommandKind command;
    Query *query; /* as planned, for EXPLAIN and deparsing of range-table names */
    Ast *utility; /* COMMAND_UTILITY */
    Plan *plan;   /* NULL: utility */
    uint32_t node_count;
    MicroKind micro;

    RangeEntry *
        *range_table; /* entries plan nodes refer to (flattened), names unique for EXPLAIN */
    uint32_t range_count;
    Plan **subplans;
    uint32_t subplan_count;
    uint32_t exec_param_count;
    Oid *exec_param_types;
    uint32_t union_count;         /* recursive unions: ids 0.. */
    uint32_t *modifying_subplans; /* CTEs that must run to the end even if not read */
    uint32_t modifying_count;

    ResultColumn *columns; /* what the client gets; none for DML without RETURNING */
    uint32_t column_count;
    uint32_t param_count; /* external parameters */
    Oid *param_types;

    PlanRelation *relations;
    uint32_t relation_count;
    PlanPermission *permissions;
    uint32_t permission_count;
    Oid *functions; /* that need EXECUTE (those whose ACL is not the default) */
    uint32_t function_count;
    uint64_t
        catalog_version; /* of types, functions, operators: the plan holds while it is the same */

    /* Other statements that rules made of it, to run before and after it. */
    struct PlannedStatement **before, **after;
    uint32_t before_count, after_count;
    bool replaced; /* by rules: `plan` gives nothing and does nothing */

    bool read_only; /* writes nothing, locks no row */
    bool has_volatile;
    bool has_stable; /* results folded from stable functions: not to be cached across statements */
    bool depends_on_role;
    bool has_returning;
} PlannedStatement;

const char *plan_tag_name(PlanTag tag);

/* ---- instrumentation, for EXPLAIN ANALYZE: filled by the executor, one per node id ---- */

typedef struct PlanStats {
    bool executed;
    double startup_micros; /* sums over loops */
    double total_micros;
    double rows; /* emitted, sum over loops */
    double loops;
    double filtered;      /* rows removed by filter */
    double join_filtered; /* rows removed by join conditions */
    double heap_fetches;
    uint64_t blocks_hit;
    uint64_t blocks_read;
    uint64_t blocks_dirtied;
    uint64_t blocks_written;
    uint64_t temp_read;
    uint64_t temp_written;
    /* sort, hash, memoize, aggregate: by tag */
    const char *sort_method;
    uint64_t memory_kb;
    uint64_t disk_kb;
    uint64_t hash_buckets;
    uint64_t hash_batches;
    uint64_t cache_hits;
    uint64_t cache_misses;
    uint64_t cache_evictions;
    uint64_t cache_overflows;
    double conflicts; /* ON CONFLICT: tuples that conflicted */
    double inserted;
    double updated;
    double deleted;
    uint32_t workers_launched;
} PlanStats;

#endif
