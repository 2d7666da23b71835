/* ast_walk.h: walking a query's syntax tree. Private to planner/. */
#ifndef PLANNER_AST_WALK_H
#define PLANNER_AST_WALK_H

#include "planner/ast.h"

typedef bool (*AstVisit)(const Ast *ast, void *arg);
/* Calls visit for each direct child of a query's or expression's node; stops at the first true. Other
 * nodes have no children here. */
bool ast_walk(const Ast *ast, AstVisit visit, void *arg);

#endif
