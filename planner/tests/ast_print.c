/* ast_print.c: expressions back to text. */
#include "planner/tests/ast_print.h"

static void print_list(StrBuf *out, const AstList *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_puts(out, ", ");
        ast_print_expr(out, list->items[i]);
    }
}

static void print_names(StrBuf *out, const StrList *names) {
    for (uint32_t i = 0; i < names->count; i++)
        strbuf_printf(out, "%s%s", i > 0 ? "." : "", names->items[i]);
}

static void print_type(StrBuf *out, const AstTypeName *type) {
    strbuf_puts(out, type->setof ? "SETOF " : "");
    print_names(out, &type->names);
    if (type->typmods.count > 0) {
        strbuf_putc(out, '(');
        print_list(out, &type->typmods);
        strbuf_putc(out, ')');
    }
    for (uint32_t i = 0; i < type->bound_count; i++)
        if (type->bounds[i] >= 0)
            strbuf_printf(out, "[%d]", type->bounds[i]);
        else
            strbuf_puts(out, "[]");
}

static void print_const(StrBuf *out, const AstConst *c) {
    switch (c->kind) {
    case AST_CONST_NULL:
        strbuf_puts(out, "NULL");
        break;
    case AST_CONST_BOOL:
        strbuf_puts(out, c->bval ? "TRUE" : "FALSE");
        break;
    case AST_CONST_INTEGER:
        strbuf_printf(out, "%d", c->ival);
        break;
    case AST_CONST_FLOAT:
        strbuf_puts(out, c->text);
        break;
    case AST_CONST_STRING:
        strbuf_printf(out, "'%s'", c->text);
        break;
    case AST_CONST_BIT:
        strbuf_printf(out, "%c'%s'", c->text[0], c->text + 1);
        break;
    }
}

/* LIKE's operators print as the words they were. */
static void print_op(StrBuf *out, const AstOp *op) {
    bool negated = str_list_last(&op->name)[0] == '!';
    strbuf_putc(out, '(');
    if (op->left != NULL)
        ast_print_expr(out, op->left);
    switch (op->kind) {
    case AST_OP_DISTINCT:
    case AST_OP_NOT_DISTINCT:
        strbuf_puts(out,
                    op->kind == AST_OP_DISTINCT ? " IS DISTINCT FROM " : " IS NOT DISTINCT FROM ");
        break;
    case AST_OP_LIKE:
    case AST_OP_ILIKE:
    case AST_OP_SIMILAR: {
        const char *word = op->kind == AST_OP_LIKE    ? "LIKE"
                           : op->kind == AST_OP_ILIKE ? "ILIKE"
                                                      : "SIMILAR TO";
        strbuf_printf(out, " %s%s ", negated ? "NOT " : "", word);
        const AstFuncCall *call = (const AstFuncCall *)op->right;
        bool escape = op->right->tag == AST_FUNC_CALL &&
                      strstr(str_list_last(&call->name), "_escape") != NULL;
        if (escape) {
            ast_print_expr(out, call->args.items[0]);
            if (call->args.count > 1) {
                strbuf_puts(out, " ESCAPE ");
                ast_print_expr(out, call->args.items[1]);
            }
            strbuf_putc(out, ')');
            return;
        }
        break;
    }
    default:
        strbuf_puts(out, op->left != NULL ? " " : "");
        strbuf_puts(out, op->name.count > 1 ? "OPERATOR(" : "");
        print_names(out, &op->name);
        strbuf_puts(out, op->name.count > 1 ? ") " : " ");
        break;
    }
    if (op->kind == AST_OP_ANY || op->kind == AST_OP_ALL)
        strbuf_puts(out, op->kind == AST_OP_ANY ? "ANY (" : "ALL (");
    ast_print_expr(out, op->right);
    strbuf_puts(out, op->kind == AST_OP_ANY || op->kind == AST_OP_ALL ? "))" : ")");
}

static void print_bool(StrBuf *out, const AstBoolExpr *expr) {
    strbuf_puts(out, expr->op == AST_NOT ? "(NOT " : "(");
    for (uint32_t i = 0; i < expr->args.count; i++) {
        if (i > 0)
            strbuf_puts(out, expr->op == AST_AND ? " AND " : " OR ");
        ast_print_expr(out, expr->args.items[i]);
    }
    strbuf_putc(out, ')');
}

static void print_call(StrBuf *out, const AstFuncCall *call) {
    const char *name = str_list_last(&call->name);
    if (call->form == AST_FUNC_SQL && strcmp(name, "timezone") == 0) {
        strbuf_putc(out, '(');
        ast_print_expr(out, call->args.items[1]);
        strbuf_puts(out, " AT TIME ZONE ");
        ast_print_expr(out, call->args.items[0]);
        strbuf_putc(out, ')');
        return;
    }
    if (call->form == AST_FUNC_SQL && strcmp(name, "overlaps") == 0) {
        AstList left = {2, 2, call->args.items}, right = {2, 2, call->args.items + 2};
        strbuf_puts(out, "((");
        print_list(out, &left);
        strbuf_puts(out, ") OVERLAPS (");
        print_list(out, &right);
        strbuf_puts(out, "))");
        return;
    }
    if (call->form == AST_FUNC_SQL)
        strbuf_puts(out, "<SQL>");
    print_names(out, &call->name);
    strbuf_puts(out, call->distinct ? "(DISTINCT " : "(");
    strbuf_puts(out, call->star ? "*" : "");
    print_list(out, &call->args);
    strbuf_putc(out, ')');
}

static void print_indirection(StrBuf *out, const AstIndirection *node) {
    bool bare = node->steps.items[0]->tag == AST_SUBSCRIPT &&
                (node->arg->tag == AST_COLUMN_REF || node->arg->tag == AST_PARAM_REF);
    strbuf_puts(out, bare ? "" : "(");
    ast_print_expr(out, node->arg);
    strbuf_puts(out, bare ? "" : ")");
    AST_FOREACH(Ast, step, node->steps) {
        const AstSubscript *subscript = (const AstSubscript *)step;
        if (step->tag == AST_FIELD)
            strbuf_printf(out, ".%s", ((const AstField *)step)->name);
        else if (step->tag == AST_STAR)
            strbuf_puts(out, ".*");
        else {
            strbuf_putc(out, '[');
            if (subscript->lower != NULL)
                ast_print_expr(out, subscript->lower);
            strbuf_puts(out, subscript->slice ? ":" : "");
            if (subscript->upper != NULL)
                ast_print_expr(out, subscript->upper);
            strbuf_putc(out, ']');
        }
    }
}

static void print_case(StrBuf *out, const AstCase *node) {
    strbuf_puts(out, "CASE ");
    if (node->arg != NULL)
        ast_print_expr(out, node->arg);
    AST_FOREACH(AstCaseWhen, when, node->whens) {
        strbuf_puts(out, " WHEN ");
        ast_print_expr(out, when->condition);
        strbuf_puts(out, " THEN ");
        ast_print_expr(out, when->result);
    }
    if (node->otherwise != NULL) {
        strbuf_puts(out, " ELSE ");
        ast_print_expr(out, node->otherwise);
    }
    strbuf_puts(out, " END");
}

static void print_wrapped(StrBuf *out, const char *open, const AstList *list, const char *close) {
    strbuf_puts(out, open);
    print_list(out, list);
    strbuf_puts(out, close);
}

static void print_test(StrBuf *out, const Ast *arg, const char *test) {
    strbuf_putc(out, '(');
    ast_print_expr(out, arg);
    strbuf_printf(out, " IS %s)", test);
}

static void print_between(StrBuf *out, const AstBetween *node) {
    strbuf_putc(out, '(');
    ast_print_expr(out, node->arg);
    strbuf_printf(out, " %sBETWEEN %s", node->negated ? "NOT " : "",
                  node->symmetric ? "SYMMETRIC " : "");
    ast_print_expr(out, node->low);
    strbuf_puts(out, " AND ");
    ast_print_expr(out, node->high);
    strbuf_putc(out, ')');
}

static void print_column(StrBuf *out, const AstColumnRef *column) {
    print_names(out, &column->fields);
    if (column->star)
        strbuf_puts(out, column->fields.count > 0 ? ".*" : "*");
}

static void print_cast(StrBuf *out, const AstTypeCast *cast) {
    strbuf_puts(out, "((");
    ast_print_expr(out, cast->arg);
    strbuf_puts(out, ")::");
    print_type(out, cast->type);
    strbuf_putc(out, ')');
}

static void print_boolean_test(StrBuf *out, const AstBooleanTest *test) {
    static const char *const names[][2] = {
        {"TRUE", "NOT TRUE"}, {"FALSE", "NOT FALSE"}, {"UNKNOWN", "NOT UNKNOWN"}};
    print_test(out, test->arg, names[test->kind][test->negated]);
}

void ast_print_expr(StrBuf *out, const Ast *expr) {
    switch (expr->tag) {
    case AST_COLUMN_REF:
        print_column(out, (const AstColumnRef *)expr);
        break;
    case AST_PARAM_REF:
        strbuf_printf(out, "$%d", ((const AstParamRef *)expr)->number);
        break;
    case AST_CONST:
        print_const(out, (const AstConst *)expr);
        break;
    case AST_TYPE_CAST:
        print_cast(out, (const AstTypeCast *)expr);
        break;
    case AST_COLLATE:
        strbuf_putc(out, '(');
        ast_print_expr(out, ((const AstCollate *)expr)->arg);
        strbuf_puts(out, " COLLATE ");
        print_names(out, &((const AstCollate *)expr)->name);
        strbuf_putc(out, ')');
        break;
    case AST_OP:
        print_op(out, (const AstOp *)expr);
        break;
    case AST_IN_LIST: {
        const AstInList *in = (const AstInList *)expr;
        strbuf_putc(out, '(');
        ast_print_expr(out, in->left);
        print_wrapped(out, in->negated ? " NOT IN (" : " IN (", &in->items, "))");
        break;
    }
    case AST_BETWEEN:
        print_between(out, (const AstBetween *)expr);
        break;
    case AST_BOOL_EXPR:
        print_bool(out, (const AstBoolExpr *)expr);
        break;
    case AST_NULL_TEST:
        print_test(out, ((const AstNullTest *)expr)->arg,
                   ((const AstNullTest *)expr)->negated ? "NOT NULL" : "NULL");
        break;
    case AST_BOOLEAN_TEST:
        print_boolean_test(out, (const AstBooleanTest *)expr);
        break;
    case AST_FUNC_CALL:
        print_call(out, (const AstFuncCall *)expr);
        break;
    case AST_CASE:
        print_case(out, (const AstCase *)expr);
        break;
    case AST_ROW:
        print_wrapped(out, ((const AstRow *)expr)->explicit_row ? "ROW(" : "(",
                      &((const AstRow *)expr)->args, ")");
        break;
    case AST_ARRAY:
        print_wrapped(out, "ARRAY[", &((const AstArray *)expr)->elements, "]");
        break;
    case AST_COALESCE:
        print_wrapped(out, "COALESCE(", &((const AstCoalesce *)expr)->args, ")");
        break;
    case AST_INDIRECTION:
        print_indirection(out, (const AstIndirection *)expr);
        break;
    case AST_SET_TO_DEFAULT:
        strbuf_puts(out, "DEFAULT");
        break;
    default:
        strbuf_printf(out, "<%s>", ast_tag_name(expr->tag));
    }
}
