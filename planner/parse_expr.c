/*
 * parse_expr.c: expressions, by precedence climbing.
 *
 * Each binary operator has a level; the loop in parse_expr_rest takes operators of at least the
 * level asked for, and reads each right operand with the next higher one, so operators of one level
 * lean left. Comparisons, LIKE and its kind, and IS DISTINCT FROM do not chain: a second of the
 * same level directly after the right operand is a syntax error. Operators that end in a word or a
 * parenthesis (IS NULL, IN (..)) have no right operand and do chain.
 *
 * A parenthesis may open a query, a row or an expression. read_paren() reads to the closing one and
 * says what it was; a nested parenthesised query that goes on as an expression ((SELECT 1) + 1) or
 * as a query ((SELECT 1) UNION ..) is continued from where it stands.
 */
#include "planner/parse_int.h"

enum {
    LEVEL_NONE,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_IS,
    LEVEL_COMPARE,
    LEVEL_LIKE,
    LEVEL_ESCAPE,
    LEVEL_OP,
    LEVEL_ADD,
    LEVEL_MULTIPLY,
    LEVEL_POWER,
    LEVEL_AT,
    LEVEL_COLLATE,
    LEVEL_SIGN,
    LEVEL_CAST
};

static const uint8_t operator_level[TOK_KIND_COUNT] = {
    [TOK_K_OR] = LEVEL_OR,
    [TOK_K_AND] = LEVEL_AND,
    [TOK_K_IS] = LEVEL_IS,
    [TOK_K_ISNULL] = LEVEL_IS,
    [TOK_K_NOTNULL] = LEVEL_IS,
    ['<'] = LEVEL_COMPARE,
    ['>'] = LEVEL_COMPARE,
    ['='] = LEVEL_COMPARE,
    [TOK_LESS_EQUALS] = LEVEL_COMPARE,
    [TOK_GREATER_EQUALS] = LEVEL_COMPARE,
    [TOK_NOT_EQUALS] = LEVEL_COMPARE,
    [TOK_K_BETWEEN] = LEVEL_LIKE,
    [TOK_K_IN] = LEVEL_LIKE,
    [TOK_K_LIKE] = LEVEL_LIKE,
    [TOK_K_ILIKE] = LEVEL_LIKE,
    [TOK_K_SIMILAR] = LEVEL_LIKE,
    [TOK_NOT_LA] = LEVEL_LIKE,
    [TOK_OP] = LEVEL_OP,
    [TOK_K_OPERATOR] = LEVEL_OP,
    ['+'] = LEVEL_ADD,
    ['-'] = LEVEL_ADD,
    ['*'] = LEVEL_MULTIPLY,
    ['/'] = LEVEL_MULTIPLY,
    ['%'] = LEVEL_MULTIPLY,
    ['^'] = LEVEL_POWER,
    [TOK_K_AT] = LEVEL_AT,
    [TOK_K_COLLATE] = LEVEL_COLLATE,
    [TOK_TYPECAST] = LEVEL_CAST,
};

/* ---- making nodes ---- */

AstOp *parse_new_op(Parser *p, AstOpKind kind, const char *name, Ast *left, Ast *right,
                    int32_t location) {
    AstOp *op = NEW(p, AstOp, AST_OP, location);
    op->kind = kind;
    add_str(p, &op->name, name);
    op->left = left;
    op->right = right;
    return op;
}

AstFuncCall *parse_system_call(Parser *p, const char *name, int32_t location) {
    AstFuncCall *call = NEW(p, AstFuncCall, AST_FUNC_CALL, location);
    call->form = AST_FUNC_SQL;
    add_str(p, &call->name, "pg_catalog");
    add_str(p, &call->name, name);
    return call;
}

Ast *parse_new_cast(Parser *p, Ast *arg, AstTypeName *type, int32_t location) {
    AstTypeCast *cast = NEW(p, AstTypeCast, AST_TYPE_CAST, location);
    cast->arg = arg;
    cast->type = type;
    return (Ast *)cast;
}

static Ast *new_not(Parser *p, Ast *arg, int32_t location) {
    AstBoolExpr *expr = NEW(p, AstBoolExpr, AST_BOOL_EXPR, location);
    expr->op = AST_NOT;
    add(p, &expr->args, arg);
    return (Ast *)expr;
}

static Ast *new_bool(Parser *p, AstBoolOp op, Ast *left, Ast *right, int32_t location) {
    AstBoolExpr *expr = (AstBoolExpr *)left;
    if (left->tag != AST_BOOL_EXPR || expr->op != op) {
        expr = NEW(p, AstBoolExpr, AST_BOOL_EXPR, location);
        expr->op = op;
        add(p, &expr->args, left);
    }
    add(p, &expr->args, right);
    return (Ast *)expr;
}

static AstSubLink *new_sublink(Parser *p, AstSubLinkKind kind, AstSelect *query, int32_t location) {
    AstSubLink *link = NEW(p, AstSubLink, AST_SUB_LINK, location);
    link->kind = kind;
    link->query = query;
    return link;
}

/* A star may only be the last step. */
static void check_steps(Parser *p, const AstList *steps) {
    for (uint32_t i = 0; i + 1 < steps->count; i++)
        if (steps->items[i]->tag == AST_STAR)
            parse_error_near(p, "improper use of \"*\"");
}

static Ast *with_indirection(Parser *p, Ast *arg, int32_t location) {
    if (!tok_is(p, '.') && !tok_is(p, '['))
        return arg;
    AstIndirection *node = NEW(p, AstIndirection, AST_INDIRECTION, location);
    node->arg = arg;
    node->steps = parse_indirection(p);
    check_steps(p, &node->steps);
    return (Ast *)node;
}

/* A column with room for a table's name beside its own. */
static AstColumnRef *new_column(Parser *p, const char *name, int32_t location) {
    size_t bytes = sizeof(AstColumnRef) + 2 * sizeof(char *);
    AstColumnRef *column = ast_new(p->arena, bytes, AST_COLUMN_REF, location);
    column->fields.items = (const char **)(column + 1);
    column->fields.capacity = 2;
    column->fields.count = 1;
    column->fields.items[0] = name;
    return column;
}

Ast *parse_column_ref(Parser *p, const char *name, int32_t location) {
    return (Ast *)new_column(p, name, location);
}

/* A column followed by steps that begin with a star or a subscript. */
static Ast *subscripted_column(Parser *p, AstColumnRef *column, const AstList *steps) {
    if (steps->count == 1 && steps->items[0]->tag == AST_STAR) {
        column->star = true;
        return (Ast *)column;
    }
    check_steps(p, steps);
    AstIndirection *node = NEW(p, AstIndirection, AST_INDIRECTION, column->location);
    node->arg = (Ast *)column;
    node->steps = *steps;
    return (Ast *)node;
}

/* ---- lists ---- */

AstList parse_expr_list(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_a_expr(p));
    } while (parse_accept(p, ','));
    return list;
}

AstList parse_paren_exprs(Parser *p) {
    parse_expect(p, '(');
    AstList list = parse_expr_list(p);
    parse_expect(p, ')');
    return list;
}

bool parse_starts_expr(Parser *p) {
    switch (tok(p)) {
    case '(':
    case '+':
    case '-':
    case TOK_OP:
    case TOK_INTEGER:
    case TOK_FLOAT:
    case TOK_STRING:
    case TOK_BIT:
    case TOK_PARAM:
    case TOK_NOT_LA:
    case TOK_ERROR:
    case TOK_K_ARRAY:
    case TOK_K_CASE:
    case TOK_K_CAST:
    case TOK_K_CURRENT_CATALOG:
    case TOK_K_CURRENT_DATE:
    case TOK_K_CURRENT_ROLE:
    case TOK_K_CURRENT_TIME:
    case TOK_K_CURRENT_TIMESTAMP:
    case TOK_K_CURRENT_USER:
    case TOK_K_DEFAULT:
    case TOK_K_FALSE:
    case TOK_K_LOCALTIME:
    case TOK_K_LOCALTIMESTAMP:
    case TOK_K_NOT:
    case TOK_K_NULL:
    case TOK_K_SESSION_USER:
    case TOK_K_TRUE:
    case TOK_K_UNIQUE:
    case TOK_K_USER:
        return true;
    default:
        return tok_class(p, WORD_COL_ID | WORD_TYPE_FUNC);
    }
}

/* ---- parentheses ---- */

typedef struct Paren {
    AstSelect *query; /* it was a query; else */
    AstList items;    /* one or more expressions */
} Paren;

static void read_paren(Parser *p, bool list, Paren *out);

static void read_row_args(Parser *p, AstRow *row) {
    parse_expect2(p, TOK_K_ROW, '(');
    if (!tok_is(p, ')'))
        row->args = parse_expr_list(p);
    parse_expect(p, ')');
}

/* left OVERLAPS right: two rows of two, flattened into the arguments of a function. */
static Ast *overlaps_call(Parser *p, AstRow *left) {
    int32_t location = tok_location(p);
    parse_advance(p);
    int32_t right_location = tok_location(p);
    AstRow *right = NEW(p, AstRow, AST_ROW, right_location);
    if (tok_is(p, TOK_K_ROW))
        read_row_args(p, right);
    else {
        /* Must be a row of two or more: unlike other parentheses it can be nothing else. */
        parse_expect(p, '(');
        add(p, &right->args, parse_a_expr(p));
        parse_expect(p, ',');
        AstList rest = parse_expr_list(p);
        ast_list_concat(p->arena, &right->args, &rest);
        parse_expect(p, ')');
    }
    AstFuncCall *call = parse_system_call(p, "overlaps", location);
    if (left->args.count != 2)
        parse_fail(p, left->location,
                   error(ERR_SYNTAX_ERROR,
                         "wrong number of parameters on left side of OVERLAPS expression"));
    else if (right->args.count != 2)
        parse_fail(p, right_location,
                   error(ERR_SYNTAX_ERROR,
                         "wrong number of parameters on right side of OVERLAPS expression"));
    ast_list_concat(p->arena, &call->args, &left->args);
    ast_list_concat(p->arena, &call->args, &right->args);
    return (Ast *)call;
}

/* What a parenthesis holds as an operand, with what is attached to it. */
static Ast *paren_operand(Parser *p, const Paren *paren, bool overlaps, int32_t location) {
    if (paren->query != NULL) {
        AstSubLink *link = new_sublink(p, AST_SUBLINK_EXPR, paren->query, location);
        return with_indirection(p, (Ast *)link, location);
    }
    if (paren->items.count == 1)
        return with_indirection(p, paren->items.items[0], location);
    AstRow *row = NEW(p, AstRow, AST_ROW, location);
    row->args = paren->items;
    return overlaps && tok_is(p, TOK_K_OVERLAPS) ? overlaps_call(p, row) : (Ast *)row;
}

/* The current token is the opening parenthesis; reads behind the closing one. list: several
 * expressions may stand inside. */
static void read_paren(Parser *p, bool list, Paren *out) {
    *out = (Paren){0};
    if (!parse_enter(p)) {
        parse_leave(p);
        add(p, &out->items, parse_nothing(p));
        return;
    }
    parse_expect(p, '(');
    if (parse_starts_select(p))
        out->query = parse_select_no_parens(p);
    else if (tok_is(p, '(')) {
        int32_t location = tok_location(p);
        Paren inner;
        read_paren(p, true, &inner);
        if (inner.query != NULL && tok_is(p, ')'))
            out->query = inner.query;
        else if (inner.query != NULL && parse_continues_select(p))
            out->query = parse_select_rest(p, inner.query);
        else {
            Ast *left = paren_operand(p, &inner, true, location);
            add(p, &out->items, parse_expr_rest(p, left, LEVEL_OR, 0));
        }
    } else
        add(p, &out->items, parse_a_expr(p));
    if (out->query == NULL)
        while (list && parse_accept(p, ','))
            add(p, &out->items, parse_a_expr(p));
    parse_expect(p, ')');
    parse_leave(p);
}

/* ---- operands ---- */

static Ast *read_case(Parser *p) {
    AstCase *node = NEW(p, AstCase, AST_CASE, tok_location(p));
    parse_enter_more(p, 4);
    parse_advance(p);
    if (!tok_is(p, TOK_K_WHEN))
        node->arg = parse_a_expr(p);
    do {
        AstCaseWhen *when = NEW(p, AstCaseWhen, AST_CASE_WHEN, tok_location(p));
        parse_expect(p, TOK_K_WHEN);
        when->condition = parse_a_expr(p);
        parse_expect(p, TOK_K_THEN);
        when->result = parse_a_expr(p);
        add(p, &node->whens, when);
    } while (tok_is(p, TOK_K_WHEN));
    if (parse_accept(p, TOK_K_ELSE))
        node->otherwise = parse_a_expr(p);
    parse_expect(p, TOK_K_END);
    parse_leave_more(p, 4);
    return (Ast *)node;
}

/* [..] behind ARRAY, or nested in one. */
static Ast *read_array(Parser *p, int32_t location) {
    AstArray *array = NEW(p, AstArray, AST_ARRAY, location);
    if (!parse_enter(p)) {
        parse_leave(p);
        return (Ast *)array;
    }
    parse_expect(p, '[');
    if (tok_is(p, '[')) {
        do {
            if (!tok_is(p, '['))
                parse_syntax_error(p);
            add(p, &array->elements, read_array(p, tok_location(p)));
        } while (parse_accept(p, ','));
    } else if (!tok_is(p, ']'))
        array->elements = parse_expr_list(p);
    parse_expect(p, ']');
    parse_leave(p);
    return (Ast *)array;
}

/* A word that is no operator and no keyword with a syntax of its own. */
static Ast *read_word(Parser *p) {
    int32_t location = tok_location(p);
    if (!tok_class(p, WORD_COL_ID | WORD_TYPE_FUNC)) {
        parse_syntax_error(p);
        return parse_nothing(p);
    }
    unsigned next = tok_ahead(p, 1);
    bool callable = next == '(' || next == TOK_STRING;
    if (tok_class(p, WORD_TYPE_FUNC) && (callable || !tok_class(p, WORD_COL_ID))) {
        StrList name = {0};
        add_str(p, &name, parse_col_label(p));
        return parse_func_or_typed_const(p, name, location);
    }
    AstColumnRef *column = new_column(p, parse_col_id(p), location);
    while (tok_is(p, '.') && tok_ahead(p, 1) != '*') {
        parse_advance(p);
        add_str(p, &column->fields, parse_col_label(p));
    }
    AstList steps = {0};
    if (tok_is(p, '.') || tok_is(p, '['))
        steps = parse_indirection(p);
    /* Only behind a dotted name; a simple one was seen above. */
    if ((tok_is(p, '(') || tok_is(p, TOK_STRING)) && next == '.') {
        if (steps.count > 0)
            parse_syntax_error(p);
        return parse_func_or_typed_const(p, column->fields, location);
    }
    return steps.count > 0 ? subscripted_column(p, column, &steps) : (Ast *)column;
}

/* A literal without a type in front of it; NULL (nothing consumed) if none starts here. */
static Ast *plain_const(Parser *p) {
    const Token *token = peek(p, 0);
    AstConst *node = NEW(p, AstConst, AST_CONST, (int32_t)token->start);
    node->text = token->text;
    node->text_len = token->text_len;
    switch (token->kind) {
    case TOK_INTEGER:
        node->kind = AST_CONST_INTEGER;
        node->ival = token->ival;
        break;
    case TOK_FLOAT:
        node->kind = AST_CONST_FLOAT;
        break;
    case TOK_STRING:
        node->kind = AST_CONST_STRING;
        break;
    case TOK_BIT:
        node->kind = AST_CONST_BIT;
        break;
    case TOK_K_TRUE:
    case TOK_K_FALSE:
        node->kind = AST_CONST_BOOL;
        node->bval = token->kind == TOK_K_TRUE;
        break;
    case TOK_K_NULL:
        node->kind = AST_CONST_NULL;
        break;
    default:
        return NULL;
    }
    parse_advance(p);
    return (Ast *)node;
}

Ast *parse_const(Parser *p) {
    Ast *node = plain_const(p);
    if (node != NULL)
        return node;
    if (parse_starts_const_type(p))
        return parse_typed_const(p);
    int32_t location = tok_location(p);
    StrList name = parse_func_name(p);
    if (!tok_is(p, '(') && !tok_is(p, TOK_STRING)) {
        parse_syntax_error(p);
        return parse_nothing(p);
    }
    node = parse_func_or_typed_const(p, name, location);
    if (node->tag != AST_TYPE_CAST)
        parse_syntax_error(p);
    return node;
}

static Ast *read_row(Parser *p, bool overlaps) {
    AstRow *row = NEW(p, AstRow, AST_ROW, tok_location(p));
    row->explicit_row = true;
    read_row_args(p, row);
    return overlaps && tok_is(p, TOK_K_OVERLAPS) ? overlaps_call(p, row) : (Ast *)row;
}

/* Operands that start with a keyword; NULL (nothing consumed) if it is an ordinary word here. */
static Ast *keyword_operand(Parser *p, bool overlaps) {
    int32_t location = tok_location(p);
    unsigned next = tok_ahead(p, 1);
    switch (tok(p)) {
    case TOK_K_ARRAY:
        parse_advance(p);
        if (next == '(')
            return (Ast *)new_sublink(p, AST_SUBLINK_ARRAY, parse_select_parens(p), location);
        return read_array(p, location);
    case TOK_K_EXISTS:
        if (next != '(')
            return NULL;
        parse_advance(p);
        return (Ast *)new_sublink(p, AST_SUBLINK_EXISTS, parse_select_parens(p), location);
    case TOK_K_ROW:
        return next == '(' ? read_row(p, overlaps) : NULL;
    case TOK_K_GROUPING: {
        if (next != '(')
            return NULL;
        parse_advance(p);
        AstGroupingFunc *node = NEW(p, AstGroupingFunc, AST_GROUPING_FUNC, location);
        node->args = parse_paren_exprs(p);
        return (Ast *)node;
    }
    default:
        if (parse_starts_const_type(p))
            return parse_typed_const(p);
        return parse_common_func(p);
    }
}

static Ast *read_param(Parser *p) {
    int32_t location = tok_location(p);
    AstParamRef *param = NEW(p, AstParamRef, AST_PARAM_REF, location);
    param->number = peek(p, 0)->ival;
    parse_advance(p);
    return with_indirection(p, (Ast *)param, location);
}

/* c_expr; overlaps: a row may begin an OVERLAPS. */
static Ast *read_operand(Parser *p, bool overlaps) {
    switch (tok(p)) {
    case TOK_IDENT:
        return read_word(p);
    case '(': {
        int32_t location = tok_location(p);
        Paren paren;
        read_paren(p, true, &paren);
        return paren_operand(p, &paren, overlaps, location);
    }
    case TOK_PARAM:
        return read_param(p);
    case TOK_INTEGER:
    case TOK_FLOAT:
    case TOK_STRING:
    case TOK_BIT:
    case TOK_K_TRUE:
    case TOK_K_FALSE:
    case TOK_K_NULL:
        return plain_const(p);
    case TOK_K_CASE:
        return read_case(p);
    default: {
        Ast *node = keyword_operand(p, overlaps);
        return node != NULL ? node : read_word(p);
    }
    }
}

Ast *parse_c_expr(Parser *p) { return read_operand(p, false); }

/* UNIQUE (query), which no version implements. */
static Ast *read_unique(Parser *p) {
    int32_t location = tok_location(p);
    parse_advance(p);
    if (parse_accept(p, TOK_K_NULLS)) {
        parse_accept(p, TOK_K_NOT);
        parse_expect(p, TOK_K_DISTINCT);
    }
    parse_select_parens(p);
    parse_fail(p, location,
               error(ERR_FEATURE_NOT_SUPPORTED, "UNIQUE predicate is not yet implemented"));
    return parse_nothing(p);
}

static NOINLINE Ast *read_prefix(Parser *p, unsigned flags) {
    unsigned kind = tok(p), b = flags & EXPR_B;
    int32_t location = tok_location(p);
    switch (kind) {
    case '+':
        parse_advance(p);
        return (Ast *)parse_new_op(p, AST_OP_PLAIN, "+", NULL, parse_expr(p, LEVEL_SIGN, b),
                                   location);
    case '-': {
        parse_advance(p);
        Ast *arg = parse_expr(p, LEVEL_SIGN, b);
        AstConst *number = (AstConst *)arg;
        if (arg->tag == AST_CONST &&
            (number->kind == AST_CONST_INTEGER || number->kind == AST_CONST_FLOAT)) {
            parse_negate(p, number);
            number->location = location;
            return arg;
        }
        return (Ast *)parse_new_op(p, AST_OP_PLAIN, "-", NULL, arg, location);
    }
    case TOK_K_OPERATOR:
        if (tok_ahead(p, 1) != '(')
            break;
        /* fall through */
    case TOK_OP: {
        AstOp *op = NEW(p, AstOp, AST_OP, location);
        op->name = parse_qualified_operator(p);
        op->right = parse_expr(p, LEVEL_OP + 1, b);
        return (Ast *)op;
    }
    case TOK_K_NOT:
    case TOK_NOT_LA:
        if (b)
            break;
        parse_advance(p);
        return new_not(p, parse_expr(p, LEVEL_NOT + 1, 0), location);
    case TOK_K_DEFAULT:
        if (b)
            break;
        parse_advance(p);
        return NEW(p, Ast, AST_SET_TO_DEFAULT, location);
    case TOK_K_UNIQUE:
        if (b)
            break;
        return read_unique(p);
    default:
        break;
    }
    return read_operand(p, !b);
}

/* ---- operators ---- */

/* The operators of one level do not chain. */
static void refuse_chain(Parser *p, unsigned level) {
    if (operator_level[tok(p)] == level)
        parse_syntax_error(p);
}

static bool is_sub_type(unsigned kind) {
    return kind == TOK_K_ANY || kind == TOK_K_SOME || kind == TOK_K_ALL;
}

/* left op ANY | ALL (query or array); the current token is ANY, SOME or ALL. */
static Ast *read_any_all(Parser *p, Ast *left, StrList name, int32_t location) {
    bool all = tok_is(p, TOK_K_ALL);
    parse_advance(p);
    if (!tok_is(p, '(')) {
        parse_syntax_error(p);
        return left;
    }
    Paren paren;
    read_paren(p, false, &paren);
    if (paren.query != NULL) {
        AstSubLink *link =
            new_sublink(p, all ? AST_SUBLINK_ALL : AST_SUBLINK_ANY, paren.query, location);
        link->test = left;
        link->op = name;
        return (Ast *)link;
    }
    AstOp *op = NEW(p, AstOp, AST_OP, location);
    op->kind = all ? AST_OP_ALL : AST_OP_ANY;
    op->name = name;
    op->left = left;
    op->right = paren.items.items[0];
    return (Ast *)op;
}

/* qual_all_Op; the symbols of one character need no memory. */
static StrList operator_list(Parser *p) {
    static const char *const symbols[128] = {
        ['+'] = "+", ['-'] = "-", ['*'] = "*", ['/'] = "/", ['%'] = "%",
        ['^'] = "^", ['<'] = "<", ['>'] = ">", ['='] = "="};
    unsigned kind = tok(p);
    if (kind >= ARRAY_LEN(symbols))
        return parse_qualified_operator(p);
    parse_advance(p);
    return (StrList){1, 1, (const char **)&symbols[kind]};
}

static Ast *read_symbol(Parser *p, Ast *left, unsigned level, unsigned b) {
    int32_t location = tok_location(p);
    StrList name = operator_list(p);
    if (!b && is_sub_type(tok(p)))
        return read_any_all(p, left, name, location);
    AstOp *op = NEW(p, AstOp, AST_OP, location);
    op->name = name;
    op->left = left;
    op->right = parse_expr(p, (int)level + 1, b);
    if (level == LEVEL_COMPARE)
        refuse_chain(p, level);
    return (Ast *)op;
}

/* LIKE, ILIKE, SIMILAR TO, perhaps with ANY or ESCAPE. */
static Ast *read_like(Parser *p, Ast *left, bool negated, int32_t location) {
    static const char *const names[][2] = {{"~~", "!~~"}, {"~~*", "!~~*"}, {"~", "!~"}};
    unsigned keyword = tok(p);
    AstOpKind kind = keyword == TOK_K_LIKE    ? AST_OP_LIKE
                     : keyword == TOK_K_ILIKE ? AST_OP_ILIKE
                                              : AST_OP_SIMILAR;
    const char *name = names[kind - AST_OP_LIKE][negated];
    parse_advance(p);
    if (kind == AST_OP_SIMILAR)
        parse_expect(p, TOK_K_TO);
    else if (is_sub_type(tok(p))) {
        StrList op = {0};
        add_str(p, &op, name);
        return read_any_all(p, left, op, location);
    }
    Ast *right = parse_expr(p, LEVEL_LIKE + 1, 0);
    bool escape = parse_accept(p, TOK_K_ESCAPE);
    if (escape || kind == AST_OP_SIMILAR) {
        AstFuncCall *call = parse_system_call(
            p, kind == AST_OP_SIMILAR ? "similar_to_escape" : "like_escape", location);
        call->form = AST_FUNC_EXPLICIT;
        add(p, &call->args, right);
        if (escape)
            add(p, &call->args, parse_expr(p, LEVEL_LIKE + 1, 0));
        right = (Ast *)call;
    }
    refuse_chain(p, LEVEL_LIKE);
    return (Ast *)parse_new_op(p, kind, name, left, right, location);
}

static Ast *read_between(Parser *p, Ast *left, bool negated, int32_t location) {
    AstBetween *node = NEW(p, AstBetween, AST_BETWEEN, location);
    node->negated = negated;
    node->arg = left;
    parse_advance(p);
    node->symmetric = parse_accept(p, TOK_K_SYMMETRIC);
    if (!node->symmetric)
        parse_accept(p, TOK_K_ASYMMETRIC);
    node->low = parse_b_expr(p);
    parse_expect(p, TOK_K_AND);
    node->high = parse_expr(p, LEVEL_LIKE + 1, 0);
    refuse_chain(p, LEVEL_LIKE);
    return (Ast *)node;
}

static Ast *read_in(Parser *p, Ast *left, bool negated, int32_t location) {
    parse_advance(p);
    if (!tok_is(p, '(')) {
        parse_syntax_error(p);
        return left;
    }
    Paren paren;
    read_paren(p, true, &paren);
    if (paren.query != NULL) {
        AstSubLink *link = new_sublink(p, AST_SUBLINK_ANY, paren.query, location);
        link->test = left;
        return negated ? new_not(p, (Ast *)link, location) : (Ast *)link;
    }
    AstInList *node = NEW(p, AstInList, AST_IN_LIST, location);
    node->negated = negated;
    node->left = left;
    node->items = paren.items;
    return (Ast *)node;
}

/* BETWEEN, IN, LIKE, ILIKE, SIMILAR TO with or without NOT. */
static Ast *read_predicate(Parser *p, Ast *left) {
    int32_t location = tok_location(p);
    bool negated = parse_accept(p, TOK_NOT_LA);
    switch (tok(p)) {
    case TOK_K_BETWEEN:
        return read_between(p, left, negated, location);
    case TOK_K_IN:
        return read_in(p, left, negated, location);
    default:
        return read_like(p, left, negated, location);
    }
}

static Ast *new_null_test(Parser *p, Ast *arg, bool negated, int32_t location) {
    AstNullTest *node = NEW(p, AstNullTest, AST_NULL_TEST, location);
    node->negated = negated;
    node->arg = arg;
    return (Ast *)node;
}

/* arg IS [NOT] [form] NORMALIZED; the current token is the form or NORMALIZED. */
static Ast *read_normalized(Parser *p, Ast *arg, bool negated, int32_t location) {
    AstFuncCall *call = parse_system_call(p, "is_normalized", location);
    add(p, &call->args, arg);
    if (!tok_is(p, TOK_K_NORMALIZED)) {
        int32_t where = tok_location(p);
        const char *form = parse_col_label(p);
        /* As the function wants it: in capitals. */
        char *upper = arena_strdup(p->arena, form);
        for (char *c = upper; *c != '\0'; c++)
            *c = (char)(*c - ('a' - 'A'));
        add(p, &call->args, parse_string_const(p, upper, where));
    }
    parse_expect(p, TOK_K_NORMALIZED);
    return negated ? new_not(p, (Ast *)call, location) : (Ast *)call;
}

/* IS .. */
static Ast *read_is(Parser *p, Ast *left, unsigned b) {
    int32_t location = tok_location(p);
    parse_advance(p);
    bool negated = parse_accept(p, TOK_K_NOT);
    unsigned kind = tok(p);
    if (kind == TOK_K_DISTINCT) {
        parse_advance(p);
        parse_expect(p, TOK_K_FROM);
        Ast *right = parse_expr(p, LEVEL_IS + 1, b);
        refuse_chain(p, LEVEL_IS);
        return (Ast *)parse_new_op(p, negated ? AST_OP_NOT_DISTINCT : AST_OP_DISTINCT, "=", left,
                                   right, location);
    }
    if (kind == TOK_K_DOCUMENT) {
        parse_advance(p);
        AstXmlExpr *xml = NEW(p, AstXmlExpr, AST_XML_EXPR, location);
        xml->op = AST_XML_IS_DOCUMENT;
        add(p, &xml->args, left);
        return negated ? new_not(p, (Ast *)xml, location) : (Ast *)xml;
    }
    if (!b)
        switch (kind) {
        case TOK_K_NULL:
            parse_advance(p);
            return new_null_test(p, left, negated, location);
        case TOK_K_TRUE:
        case TOK_K_FALSE:
        case TOK_K_UNKNOWN: {
            parse_advance(p);
            AstBooleanTest *test = NEW(p, AstBooleanTest, AST_BOOLEAN_TEST, location);
            test->kind = kind == TOK_K_TRUE    ? AST_IS_TRUE
                         : kind == TOK_K_FALSE ? AST_IS_FALSE
                                               : AST_IS_UNKNOWN;
            test->negated = negated;
            test->arg = left;
            return (Ast *)test;
        }
        case TOK_K_NFC:
        case TOK_K_NFD:
        case TOK_K_NFKC:
        case TOK_K_NFKD:
        case TOK_K_NORMALIZED:
            return read_normalized(p, left, negated, location);
        default:
            break;
        }
    parse_syntax_error(p);
    return left;
}

/* Words between an operand and the end of an output column: there, such a word is its label. */
static bool ends_column(unsigned kind) {
    switch (kind) {
    case TOK_END:
    case ';':
    case ',':
    case ')':
    case TOK_K_EXCEPT:
    case TOK_K_FETCH:
    case TOK_K_FOR:
    case TOK_K_FROM:
    case TOK_K_GROUP:
    case TOK_K_HAVING:
    case TOK_K_INTERSECT:
    case TOK_K_INTO:
    case TOK_K_LIMIT:
    case TOK_K_OFFSET:
    case TOK_K_ON:
    case TOK_K_ORDER:
    case TOK_K_RETURNING:
    case TOK_K_UNION:
    case TOK_K_WHERE:
    case TOK_K_WINDOW:
    case TOK_K_WITH:
        return true;
    default:
        return false;
    }
}

static bool is_b_operator(unsigned kind) {
    return kind == TOK_TYPECAST || kind == TOK_K_IS || kind == TOK_K_OPERATOR || kind == TOK_OP ||
           kind < TOK_IDENT || (kind >= TOK_LESS_EQUALS && kind <= TOK_NOT_EQUALS);
}

/* Not inlined: most operands are followed by no operator, and the way past this is short. */
static NOINLINE Ast *read_operator(Parser *p, Ast *left, unsigned kind, unsigned level,
                                   unsigned b) {
    int32_t location = tok_location(p);
    switch (kind) {
    case TOK_TYPECAST: {
        parse_advance(p);
        return parse_new_cast(p, left, parse_type(p), location);
    }
    case TOK_K_COLLATE: {
        parse_advance(p);
        AstCollate *node = NEW(p, AstCollate, AST_COLLATE, location);
        node->arg = left;
        node->name = parse_any_name(p);
        return (Ast *)node;
    }
    case TOK_K_AT: {
        parse_expect3(p, TOK_K_AT, TOK_K_TIME, TOK_K_ZONE);
        AstFuncCall *call = parse_system_call(p, "timezone", location);
        add(p, &call->args, parse_expr(p, LEVEL_AT + 1, 0));
        add(p, &call->args, left);
        return (Ast *)call;
    }
    case TOK_K_AND:
    case TOK_K_OR: {
        parse_advance(p);
        Ast *right = parse_expr(p, (int)level + 1, 0);
        return new_bool(p, kind == TOK_K_AND ? AST_AND : AST_OR, left, right, location);
    }
    case TOK_K_IS:
        return read_is(p, left, b);
    case TOK_K_ISNULL:
    case TOK_K_NOTNULL:
        parse_advance(p);
        return new_null_test(p, left, kind == TOK_K_NOTNULL, location);
    default:
        if (level == LEVEL_LIKE)
            return read_predicate(p, left);
        return read_symbol(p, left, level, b);
    }
}

Ast *parse_expr_rest(Parser *p, Ast *left, int min_level, unsigned flags) {
    unsigned b = flags & EXPR_B;
    for (;;) {
        unsigned kind = tok(p), level = operator_level[kind];
        if (level == LEVEL_NONE || (int)level < min_level || (b && !is_b_operator(kind)))
            return left;
        if ((flags & EXPR_LABEL) && kind >= TOK_KEYWORD_FIRST && ends_column(tok_ahead(p, 1)) &&
            tok_class(p, WORD_BARE_LABEL))
            return left;
        if ((flags & EXPR_SUBSTRING) && kind == TOK_K_SIMILAR && tok_ahead(p, 1) != TOK_K_TO)
            return left;
        left = read_operator(p, left, kind, level, b);
    }
}

Ast *parse_expr(Parser *p, int min_level, unsigned flags) {
    if (!parse_enter(p)) {
        parse_leave(p);
        return parse_nothing(p);
    }
    Ast *left = tok_is(p, TOK_IDENT) ? read_word(p) : read_prefix(p, flags);
    if (operator_level[tok(p)] != LEVEL_NONE)
        left = parse_expr_rest(p, left, min_level, flags);
    parse_leave(p);
    return left;
}
