/* rewrite_int.h: what the files of the rewriter share. Private to planner/. */
#ifndef PLANNER_REWRITE_INT_H
#define PLANNER_REWRITE_INT_H

#include "base/vec.h"
#include "planner/analyze_int.h"
#include "planner/tree.h"

typedef struct RewriteEvent {
    Oid relation;
    CommandKind event;
} RewriteEvent;

typedef struct Rewriter {
    Analyzer an;
    VEC(Oid) views;           /* being expanded, against recursion */
    VEC(RewriteEvent) events; /* whose rules are being applied, likewise */
    Oid policies[32];         /* tables whose policies are being added, likewise */
    uint32_t policy_count;
    Status failed;
} Rewriter;

Status rewrite_one(Rewriter *rw, Query *query);
/* rewrite_cte.c: the columns of SEARCH and CYCLE clauses, computed by the query itself. */
Status rewrite_search_cycle(Rewriter *rw, Cte *cte);
/* Defaults and generated columns into the target list; at most once a query. */
Status rewrite_fill(Rewriter *rw, Query *query, const RelationDesc *relation);
/* The relations of a stored query are accessed with owner's rights. */
void rewrite_set_owner(Rewriter *rw, Oid owner, Query *query);
/*
 * rewrite_rule.c: what the rules of its target make of a statement, and of views what they write to:
 * the queries to run, in order, none of them rewritten otherwise yet (rewrite_one).
 */
Status rewrite_rules(Rewriter *rw, Query *query, QueryList *out);
/* The query a view stands for, on the arena; its relations locked. */
/* A rule's action may read the VALUES of the statement that fired it: a DEFAULT that nothing has replaced
 * is NULL there. */
Status rewrite_null_defaults(Rewriter *rw, Query *query);
/* Is the boolean option of the view on? */
bool rewrite_option_is_true(const RelationDesc *relation, const char *name);
Status view_query(Rewriter *rw, const RelationDesc *view, Query **query_out);
/* Why a view cannot be written to by itself; NULL: it can. */
const char *view_not_updatable(const Query *query);
/* The column of the view's table that a target of the view shows: its number, 0: another expression or the
 * whole row, negative: a system column. */
int16_t view_base_column(const Target *target, uint32_t base_rt);
/* DML on a view becomes DML on its table. */
Status rewrite_view_target(Rewriter *rw, Query *query, const RelationDesc *view);
/* Has the view an INSTEAD OF trigger for the command? */
bool rewrite_has_instead(const RelationDesc *view, CommandKind command);
/* UPDATE and DELETE by such triggers: the view is read as a subquery, whose rows come whole in a junk
 * target "wholerow"; the target becomes an entry of its own, which RETURNING sees. */
void rewrite_view_instead(Rewriter *rw, Query *query, const RelationDesc *view);
Status rewrite_row_security(Rewriter *rw, Query *query);
/* The queries within a policy's condition, rewritten as the statement's own; owner 0: the caller's
 * rights. */
Status rewrite_policy_sub_links(Rewriter *rw, Query *query, Expr *condition, Oid owner);
/* The default of a column: *expr_out NULL where it has none. */
Status column_default(Analyzer *an, const RelationDesc *relation, const ColumnDesc *column,
                      Expr **expr_out);

#endif
