/* ast_walk.c: the children of a node of a query's syntax tree. */
#include "planner/ast_walk.h"

typedef struct Walk {
    AstVisit visit;
    void *arg;
} Walk;

static bool node(const Walk *walk, const void *ast) {
    return ast != NULL && walk->visit(ast, walk->arg);
}

static bool list(const Walk *walk, const AstList *nodes) {
    for (uint32_t i = 0; i < nodes->count; i++)
        if (node(walk, nodes->items[i]))
            return true;
    return false;
}

static bool walk_select(const Walk *walk, const AstSelect *s) {
    return node(walk, s->with) || node(walk, s->left) || node(walk, s->right) ||
           list(walk, &s->distinct_on) || list(walk, &s->targets) || list(walk, &s->from) ||
           node(walk, s->where) || list(walk, &s->group_by) || node(walk, s->having) ||
           list(walk, &s->windows) || list(walk, &s->values) || list(walk, &s->order_by) ||
           node(walk, s->limit) || node(walk, s->offset) || list(walk, &s->locking);
}

static bool walk_dml(const Walk *walk, const Ast *ast) {
    switch (ast->tag) {
    case AST_INSERT: {
        const AstInsert *s = (const AstInsert *)ast;
        return node(walk, s->with) || list(walk, &s->columns) || node(walk, s->source) ||
               node(walk, s->on_conflict) || list(walk, &s->returning);
    }
    case AST_UPDATE: {
        const AstUpdate *s = (const AstUpdate *)ast;
        return node(walk, s->with) || list(walk, &s->set) || list(walk, &s->from) ||
               node(walk, s->where) || list(walk, &s->returning);
    }
    case AST_DELETE: {
        const AstDelete *s = (const AstDelete *)ast;
        return node(walk, s->with) || list(walk, &s->from) || node(walk, s->where) ||
               list(walk, &s->returning);
    }
    case AST_MERGE: {
        const AstMerge *s = (const AstMerge *)ast;
        return node(walk, s->with) || node(walk, s->source) || node(walk, s->on) ||
               list(walk, &s->whens);
    }
    case AST_MERGE_WHEN: {
        const AstMergeWhen *s = (const AstMergeWhen *)ast;
        return node(walk, s->condition) || list(walk, &s->set) || list(walk, &s->columns) ||
               list(walk, &s->values);
    }
    case AST_ON_CONFLICT: {
        const AstOnConflict *s = (const AstOnConflict *)ast;
        return list(walk, &s->elements) || node(walk, s->elements_where) || list(walk, &s->set) ||
               node(walk, s->where);
    }
    default:
        return false;
    }
}

static bool walk_range(const Walk *walk, const Ast *ast) {
    switch (ast->tag) {
    case AST_RANGE_SUBSELECT:
        return node(walk, ((const AstRangeSubselect *)ast)->query);
    case AST_RANGE_FUNCTION:
        return list(walk, &((const AstRangeFunction *)ast)->functions);
    case AST_RANGE_FUNCTION_ITEM:
        return node(walk, ((const AstRangeFunctionItem *)ast)->call);
    case AST_RANGE_SAMPLE: {
        const AstRangeSample *s = (const AstRangeSample *)ast;
        return node(walk, s->relation) || list(walk, &s->args) || node(walk, s->repeatable);
    }
    case AST_RANGE_XML_TABLE: {
        const AstRangeXmlTable *s = (const AstRangeXmlTable *)ast;
        return node(walk, s->document) || node(walk, s->row) || list(walk, &s->namespaces) ||
               list(walk, &s->columns);
    }
    case AST_XML_TABLE_COLUMN: {
        const AstXmlTableColumn *s = (const AstXmlTableColumn *)ast;
        return node(walk, s->path) || node(walk, s->default_value);
    }
    case AST_JOIN: {
        const AstJoin *s = (const AstJoin *)ast;
        return node(walk, s->left) || node(walk, s->right) || node(walk, s->on);
    }
    default:
        return walk_dml(walk, ast);
    }
}

static bool walk_part(const Walk *walk, const Ast *ast) {
    switch (ast->tag) {
    case AST_EXPR_LIST:
        return list(walk, &((const AstExprList *)ast)->items);
    case AST_TARGET:
        return list(walk, &((const AstTarget *)ast)->indirection) ||
               node(walk, ((const AstTarget *)ast)->value);
    case AST_SET_CLAUSE:
        return list(walk, &((const AstSetClause *)ast)->targets) ||
               node(walk, ((const AstSetClause *)ast)->value);
    case AST_SORT_BY:
        return node(walk, ((const AstSortBy *)ast)->value);
    case AST_WINDOW_DEF: {
        const AstWindowDef *s = (const AstWindowDef *)ast;
        return list(walk, &s->partition_by) || list(walk, &s->order_by) ||
               node(walk, s->start_offset) || node(walk, s->end_offset);
    }
    case AST_LOCKING:
        return list(walk, &((const AstLocking *)ast)->relations);
    case AST_WITH:
        return list(walk, &((const AstWith *)ast)->ctes);
    case AST_CTE:
        return node(walk, ((const AstCte *)ast)->query);
    case AST_INDEX_ELEM:
        return node(walk, ((const AstIndexElem *)ast)->expr);
    case AST_GROUPING_SET:
        return list(walk, &((const AstGroupingSet *)ast)->content);
    default:
        return walk_range(walk, ast);
    }
}

static bool walk_more(const Walk *walk, const Ast *ast) {
    switch (ast->tag) {
    case AST_CASE: {
        const AstCase *s = (const AstCase *)ast;
        return node(walk, s->arg) || list(walk, &s->whens) || node(walk, s->otherwise);
    }
    case AST_CASE_WHEN:
        return node(walk, ((const AstCaseWhen *)ast)->condition) ||
               node(walk, ((const AstCaseWhen *)ast)->result);
    case AST_ROW:
        return list(walk, &((const AstRow *)ast)->args);
    case AST_ARRAY:
        return list(walk, &((const AstArray *)ast)->elements);
    case AST_COALESCE:
        return list(walk, &((const AstCoalesce *)ast)->args);
    case AST_MIN_MAX:
        return list(walk, &((const AstMinMax *)ast)->args);
    case AST_INDIRECTION:
        return node(walk, ((const AstIndirection *)ast)->arg) ||
               list(walk, &((const AstIndirection *)ast)->steps);
    case AST_SUBSCRIPT:
        return node(walk, ((const AstSubscript *)ast)->lower) ||
               node(walk, ((const AstSubscript *)ast)->upper);
    case AST_GROUPING_FUNC:
        return list(walk, &((const AstGroupingFunc *)ast)->args);
    case AST_XML_EXPR:
        return list(walk, &((const AstXmlExpr *)ast)->attributes) ||
               list(walk, &((const AstXmlExpr *)ast)->args);
    case AST_XML_SERIALIZE:
        return node(walk, ((const AstXmlSerialize *)ast)->arg);
    default:
        return walk_part(walk, ast);
    }
}

bool ast_walk(const Ast *ast, AstVisit visit, void *arg) {
    const Walk walk_ = {visit, arg}, *walk = &walk_;
    switch (ast->tag) {
    case AST_SELECT:
        return walk_select(walk, (const AstSelect *)ast);
    case AST_TYPE_CAST:
        return node(walk, ((const AstTypeCast *)ast)->arg);
    case AST_COLLATE:
        return node(walk, ((const AstCollate *)ast)->arg);
    case AST_OP:
        return node(walk, ((const AstOp *)ast)->left) || node(walk, ((const AstOp *)ast)->right);
    case AST_IN_LIST:
        return node(walk, ((const AstInList *)ast)->left) ||
               list(walk, &((const AstInList *)ast)->items);
    case AST_BETWEEN: {
        const AstBetween *s = (const AstBetween *)ast;
        return node(walk, s->arg) || node(walk, s->low) || node(walk, s->high);
    }
    case AST_BOOL_EXPR:
        return list(walk, &((const AstBoolExpr *)ast)->args);
    case AST_NULL_TEST:
        return node(walk, ((const AstNullTest *)ast)->arg);
    case AST_BOOLEAN_TEST:
        return node(walk, ((const AstBooleanTest *)ast)->arg);
    case AST_FUNC_CALL: {
        const AstFuncCall *s = (const AstFuncCall *)ast;
        return list(walk, &s->args) || list(walk, &s->order_by) || node(walk, s->filter) ||
               node(walk, s->over);
    }
    case AST_NAMED_ARG:
        return node(walk, ((const AstNamedArg *)ast)->arg);
    case AST_SUB_LINK:
        return node(walk, ((const AstSubLink *)ast)->test) ||
               node(walk, ((const AstSubLink *)ast)->query);
    default:
        return walk_more(walk, ast);
    }
}
