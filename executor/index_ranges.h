/* index_ranges.h: the ranges of an index's keys that a scan's bounds ask for. Layer: executor, private. */
#ifndef EXECUTOR_INDEX_RANGES_H
#define EXECUTOR_INDEX_RANGES_H

#include "executor/index_key.h"
#include "executor/program.h"

/* Of encoded keys. A bound is compared with as many of a key's bytes as it has itself. */
typedef struct KeyRange {
    Str low, high;
    bool has_low, has_high;
    bool low_inclusive, high_inclusive;
} KeyRange;

/* What one bound of the plan compiled to. */
typedef struct BoundNode {
    ProgNode *low, *high;
    ProgNode **low_rest, **high_rest; /* of the following key columns */
} BoundNode;

typedef struct IndexRanges {
    IndexKey *key; /* borrowed */
    const IndexBound *plan;
    BoundNode *bounds; /* [bound_count] */
    uint32_t bound_count;
    KeyRange *items; /* in key order; valid until the next make */
    uint32_t count;
    Arena arena;
} IndexRanges;

/* Compiles the bounds. key and bounds must outlive ranges, which index_ranges_end ends. */
Status index_ranges_init(IndexRanges *ranges, Executor *exec, IndexKey *key,
                         const IndexBound *bounds, uint32_t bound_count);
void index_ranges_end(IndexRanges *ranges);
/*
 * Evaluates the bounds with the node's parameters. Rows outside of all ranges do not meet them; rows
 * within do, but for those with a NULL behind the first column of a row comparison.
 */
Status index_ranges_make(IndexRanges *ranges, Node *node);

#endif
