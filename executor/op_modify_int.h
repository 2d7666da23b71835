/* op_modify_int.h: the state of INSERT, UPDATE, DELETE and MERGE. Layer: executor, private. */
#ifndef EXECUTOR_OP_MODIFY_INT_H
#define EXECUTOR_OP_MODIFY_INT_H

#include "executor/epq.h"
#include "executor/route.h"
#include "executor/trigger.h"
#include "executor/writer.h"

/* One batch of target rows: new (or deleted) values as columns. */
typedef struct ModifyRows {
    Batch batch; /* columns by attnum - 1 */
    Register *registers;
    RowId *rowids;
    Xid *xmins;
    RowView *views;    /* the versions replaced */
    Datum *old_values; /* row-major */
    bool *old_nulls;
    Datum *new_values;
    bool *new_nulls;
    uint32_t capacity;
} ModifyRows;

typedef struct ModifyTarget {
    const PlanResultRelation *plan;
    Writer *writer;
    ModifyRows rows;
    Arena arena;                /* of one batch */
    bool before[3], instead[3]; /* row triggers by TriggerOp */
    ProgNode **returning;
    struct MergeActionState *actions;
    /* ON CONFLICT */
    ProgNode **conflict_set;
    ProgNode **conflict_where;
    PlanColumnExpr *set;
    bool may_move;             /* modify_begin_move has looked */
    struct ModifyTarget *next; /* of partitions that rows were routed to */
} ModifyTarget;

typedef struct MergeActionState {
    const PlanMergeAction *plan;
    ProgNode **condition;
    ProgNode **set;
} MergeActionState;

typedef struct Modify {
    Node node;
    const PlanModify *plan;
    ModifyTarget *targets;
    const Batch *input;
    uint32_t insert_count;    /* columns of the row to insert */
    uint32_t *insert_columns; /* in the input */
    Register *default_regs;
    Epq *epq;
    /* partitioned tables */
    Router *router;     /* NULL: rows stay where they are */
    RouteLeaf **leaves; /* by row of `routed`; NULL: done */
    Batch routed;       /* rows to insert, as the named table has them */
    ModifyTarget *partitions;
    /* ON CONFLICT */
    Batch excluded;
    Batch existing;
    Register *existing_regs;
    uint16_t *rows;
    uint32_t pending; /* input rows already done of the batch at hand (several targets) */
    /* triggers */
    TriggerSet *named; /* of the table that the statement names; NULL: none */
    RelState named_rel;
    bool began, ended;
    /* a row that goes to another partition, as the named table had it; values NULL: none goes */
    Datum *moved_values;
    bool *moved_nulls;
    bool moved_late; /* the last row written was found to leave its partition */
    struct FkTarget *root_fks; /* foreign keys that refer to the named table; NULL: none */
    bool root_fks_made;
    bool by_row; /* rows are inserted and returned one at a time */
} Modify;

static inline bool modify_fires_insert(const ModifyTarget *t) {
    return t->before[TRIGGER_OP_INSERT] || t->instead[TRIGGER_OP_INSERT];
}

/* A table to be changed; leaf: the partition that rows were routed to; NULL. */
Status modify_target_init(Modify *m, Executor *exec, ModifyTarget *t,
                          const PlanResultRelation *plan, const RouteLeaf *leaf);
/* ---- op_modify_move.c: rows that go to another partition ---- */

/* A row as the named table has it. */
Status modify_root_row(Modify *m, const ModifyTarget *t, const Datum *values, const bool *nulls,
                       Datum **root_out, bool **root_nulls_out);
/* Before the row is deleted. Error 0A000 where a foreign key refers to a table between. */
Status modify_begin_move(Modify *m, ModifyTarget *t, const Datum *values, const bool *nulls);
/* It lies in t now; values NULL: nowhere, a trigger has dropped it. */
Status modify_end_move(Modify *m, ModifyTarget *t, const Datum *values, const bool *nulls);

/* The triggers of the table that the statement names: before its targets are made. */
Status modify_named_triggers(Modify *m, Executor *exec);

#endif
