/*
 * route.h: which partition of a partitioned table a row goes to. Layer: executor, private.
 *
 * Keys are computed by vectors over the named table's columns and looked up by binary search, level by
 * level. Tables are opened (and locked) when the first row comes to them.
 */
#ifndef EXECUTOR_ROUTE_H
#define EXECUTOR_ROUTE_H

#include "executor/program.h"
#include "executor/writer.h"

typedef struct RouteLeaf {
    RelState rel;
    bool same;          /* its columns are the root's, one by one */
    int16_t *from_root; /* by own attnum - 1: the root's; 0: none */
    int16_t *to_leaf;   /* by the root's attnum - 1: own; 0: dropped */
    void *owner;        /* the user's */
    Register *missing;  /* columns that the root lacks: NULL */
    uint32_t number;    /* in the order of opening */
} RouteLeaf;

typedef struct Router Router;

Status router_make(Executor *exec, Oid root, Router **router_out);
/* The lock on partitions, ROW EXCLUSIVE unless set before rows come. */
void router_set_lock(Router *router, LockMode mode);
void router_free(Router *router); /* NULL: nothing to do */
const RelationDesc *router_root(const Router *router);
/* leaves_out[row] for the selected rows of a batch in the root's layout. Error: 23514 where no
 * partition takes the row. */
Status router_route(Router *router, const Batch *rows, Selection sel, RouteLeaf **leaves_out);
/* The row that router_route's last error was about. */
uint32_t router_failed_row(const Router *router);
/* The same rows with the leaf's columns. out->columns: room for its columns. */
void router_convert(Router *router, RouteLeaf *leaf, const Batch *rows, Batch *out);
/* Columns of `from` by name in `to`: [from's attnum - 1]; 0: none. */
int16_t *route_map(Arena *arena, const RelationDesc *from, const RelationDesc *to);
/* An expression over SLOT_TARGET as the root has it, over a leaf's row. */
Expr *route_expr(Arena *arena, const RouteLeaf *leaf, const RelationDesc *root, Expr *expr);
/* What a writer of the leaf checks and computes; the root's WITH CHECK conditions with it. */
Status route_plan(Router *router, RouteLeaf *leaf, const PlanResultRelation *root,
                  PlanResultRelation *plan_out);

#endif
