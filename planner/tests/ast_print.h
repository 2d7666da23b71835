/* ast_print.h: expressions as text with every operator in parentheses, to see how they were
 * read. */
#ifndef PLANNER_TESTS_AST_PRINT_H
#define PLANNER_TESTS_AST_PRINT_H

#include "base/strbuf.h"
#include "planner/ast.h"

/* Appends SQL that parses to the same tree. Nodes it does not know become <TAG>. */
void ast_print_expr(StrBuf *out, const Ast *expr);

#endif
