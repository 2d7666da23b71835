/*
 * optimize_int.h: the optimizer's inside: Query -> Plan. Layer: planner, private.
 *
 *   optimize.c          plan_query: the statement as a whole
 *   optimize_level.c    one query level: FROM, grouping, windows, ORDER BY, LIMIT
 *   optimize_from.c     FROM and WHERE: units, conjuncts, outer joins, order of joins
 *   optimize_scan.c     access paths of base relations
 *   optimize_group.c    grouping, DISTINCT, windows, set operations
 *   optimize_sub.c      sublinks, CTEs, correlated references
 *   optimize_modify.c   INSERT, UPDATE, DELETE, MERGE
 *   optimize_slots.c    columns to slots, parameters, node ids
 *
 * While a level is planned, expressions speak of range-table columns (ExprColumn). Every Node carries
 * `outs`: what each of its output columns is in those terms; a node above turns an expression into
 * slots by finding what equals an out.
 */
#ifndef PLANNER_OPTIMIZE_INT_H
#define PLANNER_OPTIMIZE_INT_H

#include "base/vec.h"
#include "catalog/desc.h"
#include "planner/planner.h"
#include "planner/tree.h"

typedef struct Global {
    EvalEnv *env;
    Arena *arena;
    const PlannerSettings *settings;
    PlannedStatement *statement;
    VEC(RangeEntry *) range_table;
    VEC(Plan *) subplans;
    VEC(Oid) exec_param_types;
    VEC(PlanRelation) relations;
    VEC(PlanPermission) permissions;
    VEC(uint32_t) modifying;
    uint32_t init_count; /* for names */
    const PlanOptions *options;
} Global;

/* A plan node with what its columns are. */
typedef struct Node {
    Plan *plan;
    ExprList outs; /* [plan->target_count] over the level's range table */
} Node;

/* A reference from a level below, passed as an execution parameter. */
typedef struct OuterRef {
    Expr *expr; /* level 0 here */
    uint32_t param;
} OuterRef;

typedef struct CtePlan {
    const Cte *cte;
    uint32_t plan; /* subplan */
    double rows;
    bool working; /* inside its own recursive part */
    uint32_t union_id;
} CtePlan;

typedef struct Level {
    Global *global;
    struct Level *parent;
    Query *query;
    uint32_t rt_offset; /* of this level's entries in the statement's range table */
    VEC(OuterRef) outer_refs;
    VEC(CtePlan) ctes;
    VEC(PlanInit) inits; /* attached to the level's top node */
    BitSet **needed;     /* per entry: columns wanted above the scan, attno + ATTNO_OFFSET */
    double tuple_fraction;
} Level;

/* ---- optimize_slots.c ---- */
/* expr over the outs of left (and right): SLOT_LEFT, SLOT_RIGHT. Errors: XX000 where a column is
 * not there. */
Status slots_of(Level *level, Expr *expr, const Node *left, const Node *right, Expr **expr_out);
Status slots_of_list(Level *level, const ExprList *list, const Node *left, const Node *right,
                     ExprList *list_out);
uint32_t param_new(Global *global, Oid type);
Expr *param_expr(Global *global, uint32_t param, const Expr *like);
void *plan_new(Global *global, size_t bytes, PlanTag tag);
#define PLAN_NEW(global, type, tag) ((type *)plan_new((global), sizeof(type), (tag)))
/* Sets targets to pass all of the input's columns through (SLOT_LEFT, identity). */
void pass_targets(Level *level, Plan *plan, const Node *input);
/* Free exec params of a plan and its subplans' arguments; sets plan->params bottom-up. */
BitSet *params_finish(Global *global, Plan *plan);
void plan_ids(Global *global);
/* The input with a projection to exactly these expressions. */
Status node_project(Level *level, const Node *input, const ExprList *exprs, Node *node_out);
/* Adds the expressions that the input does not have yet as columns. */
Status node_extend(Level *level, const Node *input, const ExprList *exprs, Node *node_out);
int node_find(const Node *node, const Expr *expr); /* -1: none */

/* ---- optimize_sub.c ---- */
/* Sublinks become parameters (init plans) or ExprSubPlan; references to outer levels parameters. */
Status sub_replace(Level *level, Expr *expr, bool at_top_of_where, Expr **expr_out);
Status sub_plan_ctes(Level *level);
Status sub_cte_scan(Level *level, uint32_t rt_index, Node *node_out);
/* Plans a query one level down. */
Status sub_plan_query(Level *level, Query *query, double tuple_fraction, Plan **plan_out);

/* ---- optimize_level.c ---- */
/* Plans a whole query level; the plan's targets are the query's (junk included). */
Status level_plan(Global *global, Level *parent, Query *query, double tuple_fraction,
                  Level **level_out, Node *node_out);

/* ---- optimize_from.c ---- */
Status from_plan(Level *level, Node *node_out);

/* ---- optimize_scan.c ---- */
/* A clause that a scan may use; outer: relations that must be known (parameterised scans). */
typedef struct Access {
    double startup_cost, total_cost, rows;
    const IndexDesc *index; /* NULL: sequential */
    bool unique;            /* at most one row */
    bool ordered_only;      /* chosen for its order */
    bool backward;
    uint32_t bound_count;
    IndexBound bounds[32];  /* over columns; the scan's makers turn them into slots or params */
    ExprList used;          /* clauses that bounds came from */
} Access;
Status scan_best(Level *level, uint32_t rt_index, const ExprList *clauses, const BitSet *outer,
                 const SortList *wanted_order, Access *access_out);
/* The scan with its filter; clauses not over outer relations only. */
Status scan_make(Level *level, uint32_t rt_index, const ExprList *clauses, const Access *access,
                 Node *node_out);
Status scan_other(Level *level, uint32_t rt_index, const ExprList *clauses, Node *node_out);
double clause_selectivity(Level *level, const Expr *clause);
double relation_rows(Level *level, uint32_t rt_index);

/* ---- optimize_group.c ---- */
Status group_plan(Level *level, const Node *input, Node *node_out);
Status window_plan(Level *level, const Node *input, Node *node_out);
Status sort_node(Level *level, const Node *input, const SortKey *keys, uint32_t key_count,
                 double bound, Node *node_out);
Status setop_plan(Level *level, Node *node_out);
Status distinct_plan(Level *level, const Node *input, bool sorted, Node *node_out);

/* ---- optimize_modify.c ---- */
Status modify_plan(Level *level, const Node *input, Node *node_out);
/* Adds the row identities that DML and row locks need to the query's targets. */
Status modify_prepare(Level *level);
Status lock_rows_plan(Level *level, const Node *input, Node *node_out);

#endif
