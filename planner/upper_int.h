/* upper_int.h: between the files that plan what stands above the joins. Private to planner/. */
#ifndef PLANNER_UPPER_INT_H
#define PLANNER_UPPER_INT_H

#include "planner/rels_int.h"

/* WHERE without columns, tested once. */
Status constant_filter_plan(Level *level, Node **node);
bool level_is_grouped(const Query *query);
/* The columns, aggregates and outputs of node that exprs are made of. */
ExprList inputs_of(Level *level, const Node *node, const ExprList *exprs);
bool targets_have_sets(const ExprList *exprs);
/* Unfolds the set-returning calls in targets: after it they are outputs of the node, like columns. */
Status project_sets(Level *level, Node **node, const ExprList *targets);
/* min(x), max(x) by the end of an index; *done_out false: not this query. */
Status min_max_plan(Level *level, Rel *rel, bool *done_out, Node **node_out);
/* How the rows of the level's relations are found again: rowids or whole rows among the outputs.
 * skip: the relation that DML changes. */
Status row_marks_plan(Level *level, Node **node, PlanRowMark *marks, uint32_t *count_out,
                      const Rel *skip);
Expr *row_mark_expr(Level *level, const Rel *rel);

#endif
