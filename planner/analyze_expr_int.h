/* analyze_expr_int.h: between analyze_expr.c and analyze_construct.c. Private to planner/. */
#ifndef PLANNER_ANALYZE_EXPR_INT_H
#define PLANNER_ANALYZE_EXPR_INT_H

#include "planner/analyze_int.h"

Status construct_analyze(Scope *scope, const Ast *ast, Expr **expr_out);
Status null_test_make(Scope *scope, Expr *arg, bool is_not, int32_t location, Expr **expr_out);
Status sub_link_make(Scope *scope, const AstSubLink *ast, SubLinkKind kind, Expr **expr_out);
Status indirection_apply(Scope *scope, Expr *expr, const AstList *steps, int32_t location,
                         Expr **expr_out);
Expr *bool_make(Arena *arena, BoolOp op, Expr *left, Expr *right, int32_t location);

#endif
