/*
 * writer.h: storing, changing, deleting rows of one table with all that hangs on them: generated
 * columns, NOT NULL, CHECK, indexes, foreign keys. Layer: executor, private.
 *
 * INSERT and COPY hand over whole batches: constraints are evaluated by vectors, rows go to the table
 * in one call. Errors come in row order, as if each row had been stored by itself.
 */
#ifndef EXECUTOR_WRITER_H
#define EXECUTOR_WRITER_H

#include "executor/exclusion.h"
#include "executor/index_key.h"
#include "executor/program.h"

typedef struct WriterIndex {
    IndexKey *key;
    Exclusion *exclusion; /* NULL: none */
    IndexCheck check;
    bool touched;  /* UPDATE may change its keys */
    bool deferred; /* unique or exclusion, checked at the end of the statement or transaction */
    bool arbiter;  /* ON CONFLICT: a conflict is no error */
} WriterIndex;

typedef struct Writer {
    Executor *exec;
    const PlanResultRelation *plan;
    RelState rel;
    uint32_t column_count;
    ProgNode **checks;
    ProgNode **generated;
    ProgNode **with_checks;
    const RelationDesc *root;  /* the table that the statement names, where it is another; NULL */
    const int16_t *root_map;   /* by its attnum - 1: own attnum */
    ProgNode *partition_check; /* NULL: none */
    bool moving;               /* deletes are halves of moves to other partitions */
    bool moves;                /* rows outside the partition go to another: no error here */
    WriterIndex *indexes;
    uint32_t index_count;
    bool any_unique;
    Register *generated_regs;
    Datum *values; /* row-major, for table_insert_many */
    bool *nulls;
    uint32_t values_capacity; /* rows */
    struct FkTarget *fks;
    struct TriggerSet *triggers; /* AFTER ones note the rows written; NULL: none */
    bool after_insert, after_update, after_delete; /* do they? */
    uint32_t failed_row; /* of the batch: the one an error of writer_insert is about */
    bool failed_check;   /* NOT NULL or CHECK, before it was stored */
    Arena arena;         /* of one batch */
} Writer;

Status writer_make(Executor *exec, const PlanResultRelation *plan, Writer **writer_out);
void writer_free(Writer *writer);
/* A plan for writers without one (COPY): checks, generated columns, from the catalog. */
Status writer_plan(Session *session, Arena *arena, const RelationDesc *desc,
                   PlanResultRelation *plan_out);
/* The table's triggers, to be freed by the caller (NULL: none). */
void writer_set_triggers(Writer *writer, struct TriggerSet *triggers);
/* Forgets the memory of the last batch. */
void writer_reset(Writer *writer);

/*
 * Inserts the rows of a batch whose columns are the table's (attnum - 1). Generated columns are put
 * into batch->columns. rowids_out[row] by batch row.
 */
Status writer_insert(Writer *writer, Batch *batch, RowId *rowids_out);

/* Fills in generated columns and checks the constraints of the rows: all of sel, or up to the first
 * that fails: *failed_out then is its error and sel ends before it. */
Status writer_prepare(Writer *writer, ProgContext *ctx, Batch *batch, Selection *sel,
                      Status *failed_out);
/* Does the row belong to the partition? */
bool writer_in_partition(Writer *writer, ProgContext *ctx, uint32_t row, Status *status);
/* One prepared row. *conflict_out (may be NULL): an arbiter index has the key: nothing stored. */
Status writer_insert_row(Writer *writer, const Datum *values, const bool *nulls, RowId *rowid_out,
                         bool *conflict_out);
/* One prepared row in place of version `old`; old values decoded. */
Status writer_update_row(Writer *writer, const RowView *old, const Datum *old_values,
                         const bool *old_nulls, const Datum *values, const bool *nulls,
                         Arena *arena, RowView *latest_out, RowWrite *outcome_out);
/* Is the column part of a key that foreign keys may refer to? */
bool writer_key_has(const Writer *writer, int16_t attnum);
Status writer_delete_row(Writer *writer, const RowView *old, const Datum *old_values,
                         const bool *old_nulls, Arena *arena, RowView *latest_out,
                         RowWrite *outcome_out);
/* Checks of views and policies over the rows of a batch, of the given kinds. */
Status writer_with_checks(Writer *writer, ProgContext *ctx, Selection sel, unsigned kinds);
#define WITH_CHECK_BIT(kind) (1u << (kind))

/* A live row with the key of `values` in one of the arbiter indexes. Waits for transactions in
 * progress. */
Status writer_find_conflict(Writer *writer, const Datum *values, const bool *nulls, Arena *arena,
                            RowView *view_out, bool *found_out);

/* "(1, null, abc)" of a row, as error details print it; "(a, b) = (1, null)" where the user may see or
 * has given these columns only; NULL where there is none such. */
Status row_describe(Executor *exec, const RelationDesc *desc, const Datum *values,
                    const bool *nulls, Arena *arena, const char **text_out);

#endif
