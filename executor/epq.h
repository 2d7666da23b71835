/*
 * epq.h: rechecking a row that changed under READ COMMITTED. Layer: executor, private.
 *
 * When a row that a statement was about to change or lock has a newer committed version, PostgreSQL
 * evaluates the statement again for just that row: scans of its table give the new version, scans of
 * the other tables give the rows that were joined to the old one. An Epq is a second executor over
 * the same plan in which scans look here first.
 */
#ifndef EXECUTOR_EPQ_H
#define EXECUTOR_EPQ_H

#include "executor/exec_int.h"

typedef struct EpqRow {
    bool active; /* the relation's scan gives this row only */
    bool absent; /* outer joins: no row at all */
    bool is_record;
    RowView view;
    Datum record; /* whole-row value of an entry that is no table */
} EpqRow;

struct Epq {
    Executor *exec; /* runs `plan` again */
    Node *node;     /* over the same input plan; built at the first recheck */
    const Plan *plan;
    Executor *parent;
    EpqRow *rows; /* by rt_index - 1 */
    Arena arena;  /* of one recheck */
};

Status epq_make(Executor *exec, const Plan *input, Epq **epq_out);
void epq_free(Epq *epq);
/* Forgets the substituted rows. */
void epq_begin(Epq *epq);
/* A table that has no row, where its sisters under one parent have. */
void epq_set_absent(Epq *epq, uint32_t rt_index);
/* Puts a table's row in. */
void epq_set_row(Epq *epq, uint32_t rt_index, const RowView *view);
/* The table that a row's mark is about; relation 0: none. */
PlanMarkChild epq_mark_relation(const PlanRowMark *mark, const Batch *input, uint32_t row);
/* Puts in the rows of `marks` that row `row` of the input batch was made of. */
Status epq_set_marks(Epq *epq, const PlanRowMark *marks, uint32_t mark_count, const Batch *input,
                     uint32_t row, uint32_t skip_rt_index);
/* Runs; *batch_out has the one row, or is NULL: the row no longer qualifies. Valid until the next
 * recheck. */
Status epq_run(Epq *epq, const Batch **batch_out);

#endif
