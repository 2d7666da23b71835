/*
 * scan.h: what the scans of tables share. Layer: executor, private.
 *
 * A scan finds row versions (RowViews) and hands them to scan_emit, which decodes the columns that
 * the filter needs, filters, and decodes the rest for the rows that are left: a column that no
 * surviving row needs is never read, nor a large value fetched.
 */
#ifndef EXECUTOR_SCAN_H
#define EXECUTOR_SCAN_H

#include "executor/epq.h"
#include "executor/index_key.h"
#include "executor/program.h"

typedef struct ScanNode {
    Node node;
    const PlanScan *scan; /* the plan as a scan */
    RelState *rel;
    Register *registers; /* by column of the scan */
    Register *compact;   /* after filtering */
    bool *in_filter;
    ProgNode **filter; /* taken from the node: applied here */
    uint32_t filter_count;
    ProgNode **recheck; /* conditions for rechecked rows (EPQ): the index's */
    uint32_t recheck_count;
    uint32_t capacity;     /* rows to ask for next: grows */
    uint32_t capacity_max; /* as many as their values have memory for */
    RowView *views;
    const uint8_t **bodies;
    uint32_t *lens;
    uint8_t *codes;
    uint16_t *rows;
    uint32_t allocated;
    bool epq_done;
} ScanNode;

/* After node_init of a struct that starts with a ScanNode. index_conditions may be NULL. */
Status scan_init(ScanNode *scan, const ExprList *index_conditions);
/* Room for `count` views; count is the batch to ask for next. */
uint32_t scan_capacity(ScanNode *scan);
/* Turns views[0..count) into the node's row. An empty result with count > 0 is not the end. */
Status scan_emit(ScanNode *scan, uint32_t count);
/* In a recheck: produces the substituted row, if there is one for this relation. */
Status scan_epq(ScanNode *scan, bool *handled_out);

/* What makes the keys of an index of the scan's table. Error: 42704 where it is gone. */
Status scan_index_key(ScanNode *scan, Oid index, IndexKey **key_out);

/* ---- scan_gin.c ---- */
Status gin_scan_build(Executor *exec, const Plan *plan, Node **node_out);

#endif
