/*
 * join.h: what the three joins share: pairs of rows. Layer: executor, private.
 *
 * A join collects pairs (row of the left batch, stored row of the right side) until a batch is full
 * or the left batch ends, then join_flush evaluates the join conditions over all pairs at once and
 * decides by the join's kind which become output rows. For LEFT and ANTI a pair without a right row
 * (a marker) follows a left row's last real pair: it survives where no real one did, so the left
 * order is kept.
 *
 * Right rows are stored behind a RightLink, which chains equal keys and remembers matches.
 */
#ifndef EXECUTOR_JOIN_H
#define EXECUTOR_JOIN_H

#include "executor/row_table.h"

typedef struct RightLink {
    uint8_t *next;
    uint64_t matched;
} RightLink;
static inline RightLink *right_link(uint8_t *row) { return (RightLink *)(row - sizeof(RightLink)); }

#define LEFT_NONE 0xffffu

typedef struct JoinNode {
    Node node;
    const PlanJoin *plan;
    JoinKind kind;
    ProgNode **conditions;
    uint32_t condition_count;
    bool *left_out, *right_out;   /* columns that targets and filter read */
    bool *left_test, *right_test; /* columns that the conditions read */
    uint32_t left_count, right_count;
    RowShape stored;     /* right rows as they are kept */
    uint32_t *right_map; /* stored column of each right column */
    uint8_t *null_row;   /* all NULL, as stored */
    const Batch *left_batch;
    uint8_t *matched; /* by row of the left batch */
    uint16_t *pair_left;
    uint8_t **pair_right; /* NULL: a marker */
    uint32_t pair_count;
    uint16_t *keep;
    uint16_t *test_left;
    const uint8_t **test_right;
    Register *left_regs, *right_regs, *left_test_regs, *right_test_regs;
    Batch test_left_batch, test_right_batch;
    bool mark_right; /* RIGHT, FULL */
} JoinNode;

/* After node_init. stored_keys: expressions kept in front of the right columns (hash keys). */
Status join_init(JoinNode *join, const ExprList *stored_keys);
/* A new left batch: forgets matches. */
void join_left_batch(JoinNode *join, const Batch *batch);
static inline bool join_full(const JoinNode *join) { return join->pair_count >= BATCH_ROWS; }
static inline void join_pair(JoinNode *join, uint32_t left_row, uint8_t *right_row) {
    join->pair_left[join->pair_count] = (uint16_t)left_row;
    join->pair_right[join->pair_count++] = right_row;
}
static inline bool join_needs_markers(const JoinNode *join) {
    return join->kind == JOIN_LEFT || join->kind == JOIN_FULL || join->kind == JOIN_ANTI;
}
/* Pairs collected so far become the node's row (maybe none survives: an empty selection). */
Status join_flush(JoinNode *join);
/* The end: no row. */
void join_end(JoinNode *join);
/* Vectors of the stored row, for row_table: keys, then the columns that are no keys. */
void join_stored_columns(JoinNode *join, const Vector *const *keys, uint32_t key_count,
                         const Batch *right, const Vector **columns_out);

#endif
