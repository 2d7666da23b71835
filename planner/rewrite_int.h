/* rewrite_int.h: what the files of the rewriter share. Private to planner/. */
#ifndef PLANNER_REWRITE_INT_H
#define PLANNER_REWRITE_INT_H

#include "planner/analyze_int.h"
#include "planner/tree.h"

typedef struct Rewriter {
    Analyzer an;
    Oid views[32]; /* being expanded, against recursion */
    uint32_t view_count;
    Status failed;
} Rewriter;

Status rewrite_one(Rewriter *rw, Query *query);
/* The query a view stands for, on the arena; its relations locked. */
Status view_query(Rewriter *rw, const RelationDesc *view, Query **query_out);
/* DML on a view becomes DML on its table. */
Status rewrite_view_target(Rewriter *rw, Query *query, const RelationDesc *view);
Status rewrite_row_security(Rewriter *rw, Query *query);
/* The default of a column: *expr_out NULL where it has none. */
Status column_default(Analyzer *an, const RelationDesc *relation, const ColumnDesc *column,
                      Expr **expr_out);

#endif
