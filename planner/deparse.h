/*
 * deparse.h: SQL text from stored trees, letter by letter as PostgreSQL's pg_get_* functions print it:
 * tools compare these texts. Layer: planner.
 */
#ifndef PLANNER_DEPARSE_H
#define PLANNER_DEPARSE_H

#include "planner/query.h"
#include "types/fn.h"

#define DEPARSE_PAREN 1u  /* only the parentheses that are needed */
#define DEPARSE_INDENT 2u /* line breaks and indentation */
#define DEPARSE_SCHEMA 4u /* schemas only where the name is not visible */

/* An expression whose columns (rt_index 1) are `relation`'s; prefix: write them relation.column. */
Status deparse_expr(EvalEnv *env, Arena *arena, Expr *expr, Oid relation, bool prefix,
                    unsigned flags, const char **text_out);
/*
 * An expression of a plan, as EXPLAIN prints it: columns refer to names' range table, the only part of
 * it that is read. ExprPlaceholder marks what stands behind a column of a lower node: its id holds
 * DEPARSE_WRAP_ flags. show_implicit: implicit casts at the top are written.
 */
Status deparse_plan_expr(EvalEnv *env, Arena *arena, Expr *expr, const Query *names, bool prefix,
                         bool show_implicit, const char **text_out);
#define DEPARSE_WRAP_PAREN 1u
#define DEPARSE_WRAP_PREFIX 2u  /* columns within are written relation.column */
#define DEPARSE_WRAP_PARTIAL 4u /* an aggregate's state */
/* Names of the parameters of the function whose body is printed; "": by number. */
typedef struct DeparseParams {
    const char *function;
    const char *const *names; /* NULL: none has a name */
    uint32_t count;
} DeparseParams;
/* A statement of an SQL-standard function body. */
Status deparse_body_query(EvalEnv *env, Arena *arena, Query *query, unsigned flags, int indent,
                          const DeparseParams *params, const char **text_out);
/* A whole query. wrap_column: 0: every FROM item and target on a line of its own; -1: no breaks. */
Status deparse_query(EvalEnv *env, Arena *arena, Query *query, unsigned flags, int wrap_column,
                     const char *const *result_names, const char **text_out);
/* CREATE INDEX …; column > 0: only that column or expression. NULL in *text_out: no such index. */
Status deparse_index(EvalEnv *env, Arena *arena, Oid index, int column, unsigned flags,
                     const char **text_out);
/* PRIMARY KEY (a), CHECK (..), FOREIGN KEY .. */
Status deparse_constraint(EvalEnv *env, Arena *arena, Oid constraint, unsigned flags,
                          const char **text_out);
/* CREATE RULE …; NULL in *text_out: no such rule. */
Status deparse_rule(EvalEnv *env, Arena *arena, Oid rule, unsigned flags, const char **text_out);
/* CREATE TRIGGER …; NULL in *text_out: no such trigger. */
Status deparse_trigger(EvalEnv *env, Arena *arena, Oid trigger, unsigned flags,
                       const char **text_out);
/* The SELECT of a view, with its semicolon. */
Status deparse_view(EvalEnv *env, Arena *arena, Oid view, unsigned flags, int wrap_column,
                    const char **text_out);

#endif
