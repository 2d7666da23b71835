/*
 * explain_int.h: what the files of EXPLAIN share. Layer: executor, private.
 *
 *   explain.c         options, which statement, running it
 *   explain_plan.c    a plan's nodes, top down: names, costs, what they did, children
 *   explain_detail.c  the lines of each kind of node: conditions, keys, memory
 *   explain_expr.c    a plan's expressions as text
 *   explain_format.c  groups and properties as text, XML, JSON or YAML
 *
 * Output is a tree of groups with properties; only lines that text mode has differently are written
 * by those who know the node.
 */
#ifndef EXECUTOR_EXPLAIN_INT_H
#define EXECUTOR_EXPLAIN_INT_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "executor/explain.h"
#include "executor/utility.h"

typedef enum ExplainFormat { EXPLAIN_TEXT, EXPLAIN_XML, EXPLAIN_JSON, EXPLAIN_YAML } ExplainFormat;

typedef struct Explain {
    UtilityCall *call;
    Session *session;
    Arena *arena;
    bool analyze, verbose, costs, settings, buffers, wal, timing, summary;
    ExplainFormat format;
    StrBuf out;
    int indent;
    VEC(bool) groups; /* JSON, YAML: the open groups; did something stand in it before? */

    /* the plan at work */
    const PlannedStatement *statement;
    const PlanStats *stats; /* NULL: it was not run */
    Query names;            /* only its range table: what columns refer to */
    uint32_t excluded;      /* entry of names that ON CONFLICT's "excluded" is */
    bool *printed_subplans; /* [statement->subplan_count] */
    Status failure;         /* of mapping expressions; taken by explain_expr_text */
} Explain;

/*
 * Where an expression stands: at a node, whose parents tell what its parameters are. input: it is
 * over the rows that come into an aggregation or window node rather than the row it makes.
 */
typedef struct ExplainAt {
    const Plan *plan; /* NULL: `subplan`'s own place between its plan and the node above */
    const ExprSubPlan *subplan;
    bool input;
    const struct ExplainAt *up;
} ExplainAt;

typedef VEC(const char *) TextList;

/* ---- explain_format.c ---- */
void explain_begin(Explain *x);
void explain_end(Explain *x);
/* labeled: its members have names (an object); else a list. label NULL: it is a list's member. */
void explain_open(Explain *x, const char *type, const char *label, bool labeled);
void explain_close(Explain *x, const char *type, bool labeled);
void explain_dummy(Explain *x, const char *type, const char *label);
/* Text mode: the indentation of a line. */
void explain_indent(Explain *x);
void explain_text(Explain *x, const char *label, const char *value);
void explain_integer(Explain *x, const char *label, const char *unit, int64_t value);
void explain_float(Explain *x, const char *label, const char *unit, double value, int digits);
void explain_bool(Explain *x, const char *label, bool value);
void explain_list(Explain *x, const char *label, const TextList *values);
/* A list without a label within a list. */
void explain_list_nested(Explain *x, const char *label, const TextList *values);

/* ---- explain_expr.c ---- */
Status explain_expr_text(Explain *x, const ExplainAt *at, Expr *expr, bool prefix,
                         bool show_implicit, const char **text_out);
/* What column `column` of the node's only or left input is. */
Status explain_input_text(Explain *x, const ExplainAt *at, uint32_t column, bool prefix,
                          const char **text_out);
/* The type of that column's expression. */
Oid explain_input_type(const ExplainAt *at, uint32_t column);
/* Are columns written with their relations in nodes above scans? */
bool explain_prefix(const Explain *x);
/* Calls visit for each subplan in the node's own expressions, in the order they are set up. */
typedef Status (*SubPlanVisit)(Explain *x, const ExplainAt *at, const ExprSubPlan *subplan);
Status explain_each_subplan(Explain *x, const ExplainAt *at, SubPlanVisit visit);
bool explain_has_subplan(Explain *x, const ExplainAt *at);

/* The range-table index that a scan is over; 0: it is no scan. */
uint32_t explain_scan_relation(const Plan *plan);

/* ---- explain_plan.c ---- */
Status explain_node(Explain *x, const ExplainAt *up, const Plan *plan, const char *relationship,
                    const char *plan_name);
/* " on t alias" and its like. */
Status explain_target(Explain *x, const Plan *plan, uint32_t rt_index);
/* Left out of an Append for good before the first row: it is counted, not shown. */
bool explain_was_pruned(Explain *x, const Plan *append, const Plan *child);
const PlanStats *explain_stats(const Explain *x, const Plan *plan);

/* ---- explain_detail.c ---- */
Status explain_details(Explain *x, const ExplainAt *at);
/* The conjuncts of list, over the columns of the scan at hand. */
Status explain_scan_condition(Explain *x, const ExplainAt *at, const char *label,
                              const ExprList *list);
/* "Index Cond" of an inverted index, which shows below the node that fetches the rows. arm: of its
 * condition, an OR; -1: all conditions. */
Status explain_index_condition(Explain *x, const ExplainAt *at, int arm);
void explain_hash_info(Explain *x, const PlanStats *join);
void explain_buffers(Explain *x, const PlanStats *stats, bool planning);
Status explain_output(Explain *x, const ExplainAt *at, const Plan *plan);

#endif
