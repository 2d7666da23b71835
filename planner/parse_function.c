/*
 * parse_function.c: functions, procedures, aggregates, operators, casts, transforms: making them,
 * altering them, and naming them with their argument types.
 */
#include "planner/parse_int.h"

/* ---- parameters ---- */

static bool starts_type(unsigned kind) {
    if (token_word_class[kind] & WORD_TYPE_FUNC)
        return true;
    switch (kind) {
    case TOK_K_BIGINT:
    case TOK_K_BIT:
    case TOK_K_BOOLEAN:
    case TOK_K_CHAR:
    case TOK_K_CHARACTER:
    case TOK_K_DEC:
    case TOK_K_DECIMAL:
    case TOK_K_FLOAT:
    case TOK_K_INT:
    case TOK_K_INTEGER:
    case TOK_K_INTERVAL:
    case TOK_K_NATIONAL:
    case TOK_K_NCHAR:
    case TOK_K_NUMERIC:
    case TOK_K_REAL:
    case TOK_K_SETOF:
    case TOK_K_SMALLINT:
    case TOK_K_TIME:
    case TOK_K_TIMESTAMP:
    case TOK_K_VARCHAR:
        return true;
    default:
        return false;
    }
}

static bool starts_mode(unsigned kind) {
    return kind == TOK_K_IN || kind == TOK_K_OUT || kind == TOK_K_INOUT || kind == TOK_K_VARIADIC;
}

static AstParamMode read_mode(Parser *p) {
    switch (tok(p)) {
    case TOK_K_IN:
        parse_advance(p);
        return parse_accept(p, TOK_K_OUT) ? AST_PARAM_INOUT : AST_PARAM_IN;
    case TOK_K_OUT:
        parse_advance(p);
        return AST_PARAM_OUT;
    case TOK_K_INOUT:
        parse_advance(p);
        return AST_PARAM_INOUT;
    case TOK_K_VARIADIC:
        parse_advance(p);
        return AST_PARAM_VARIADIC;
    default:
        return AST_PARAM_DEFAULT;
    }
}

/* [mode] [name] type or name mode type */
static AstFuncParam *read_param(Parser *p) {
    AstFuncParam *param = NEW(p, AstFuncParam, AST_FUNC_PARAM, tok_location(p));
    param->mode = read_mode(p);
    unsigned next = tok_ahead(p, 1);
    bool late_mode = param->mode == AST_PARAM_DEFAULT && starts_mode(next);
    if (tok_class(p, WORD_TYPE_FUNC) && (starts_type(next) || late_mode)) {
        param->name = parse_type_func_name(p);
        if (late_mode)
            param->mode = read_mode(p);
    }
    param->type = parse_func_type(p);
    return param;
}

/* (parameters), with or without default values */
static AstList read_params(Parser *p, bool defaults) {
    AstList list = {0};
    parse_expect(p, '(');
    if (parse_accept(p, ')'))
        return list;
    do {
        AstFuncParam *param = read_param(p);
        if (defaults && (parse_accept(p, TOK_K_DEFAULT) || parse_accept(p, '=')))
            param->default_value = parse_a_expr(p);
        add(p, &list, param);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

static AstList read_aggregate_param_list(Parser *p) {
    AstList list = {0};
    do {
        AstFuncParam *param = read_param(p);
        if (param->mode != AST_PARAM_DEFAULT && param->mode != AST_PARAM_IN &&
            param->mode != AST_PARAM_VARIADIC)
            parse_fail(p, param->location,
                       error(ERR_FEATURE_NOT_SUPPORTED, "aggregates cannot have output arguments"));
        add(p, &list, param);
    } while (parse_accept(p, ','));
    return list;
}

static bool same_type(const AstTypeName *a, const AstTypeName *b) {
    if (a->names.count != b->names.count || a->setof != b->setof ||
        a->bound_count != b->bound_count || a->typmods.count != b->typmods.count ||
        a->percent_type != b->percent_type)
        return false;
    for (uint32_t i = 0; i < a->names.count; i++)
        if (strcmp(a->names.items[i], b->names.items[i]) != 0)
            return false;
    return true;
}

/* (*), (params), (ORDER BY params), (params ORDER BY params). direct_out: those before ORDER BY. */
static AstList read_aggregate_params(Parser *p, int32_t *direct_out) {
    AstList list = {0};
    AstFuncParam *unmatched = NULL;
    *direct_out = -1;
    parse_expect(p, '(');
    if (parse_accept(p, '*')) {
        parse_expect(p, ')');
        return list;
    }
    if (!tok_is(p, TOK_K_ORDER))
        list = read_aggregate_param_list(p);
    if (parse_accept(p, TOK_K_ORDER)) {
        parse_expect(p, TOK_K_BY);
        *direct_out = (int32_t)list.count;
        AstList ordered = read_aggregate_param_list(p);
        AstFuncParam *last = list.count > 0 ? AST_AT(AstFuncParam, list, list.count - 1) : NULL;
        if (last == NULL || last->mode != AST_PARAM_VARIADIC)
            ast_list_concat(p->arena, &list, &ordered);
        else {
            /* A variadic direct argument stands for the ordered one too. */
            AstFuncParam *first = AST_AT(AstFuncParam, ordered, 0);
            if (ordered.count != 1 || first->mode != AST_PARAM_VARIADIC ||
                !same_type(last->type, first->type))
                unmatched = first;
        }
    }
    parse_expect(p, ')');
    if (unmatched != NULL)
        parse_fail(p, unmatched->type->location,
                   error(ERR_FEATURE_NOT_SUPPORTED,
                         "an ordered-set aggregate with a VARIADIC direct argument must have one "
                         "VARIADIC aggregated argument of the same data type"));
    return list;
}

/* ---- naming existing ones ---- */

AstObject *parse_function_object(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    if (tok_class(p, WORD_COL_ID) && !tok_class(p, WORD_TYPE_FUNC) && tok_ahead(p, 1) != '.' &&
        tok_ahead(p, 1) != '[') {
        /* Such a word names a function only where no arguments follow. */
        add_str(p, &object->name, parse_col_id(p));
        if (tok_is(p, '('))
            parse_syntax_error(p);
        return object;
    }
    object->name = parse_func_name(p);
    if (tok_is(p, '(')) {
        object->params_given = true;
        object->params = read_params(p, false);
    }
    return object;
}

AstObject *parse_aggregate_object(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_AGGREGATE, tok_location(p));
    object->name = parse_func_name(p);
    object->params_given = true;
    object->aggregate_star = tok_ahead(p, 1) == '*';
    object->params = read_aggregate_params(p, &object->direct_args);
    return object;
}

static AstTypeName *read_type_or_none(Parser *p) {
    return parse_accept(p, TOK_K_NONE) ? NULL : parse_type(p);
}

void parse_operator_types(Parser *p, AstObject *object) {
    object->params_given = true;
    parse_expect(p, '(');
    AstTypeName *left = read_type_or_none(p);
    int32_t location = tok_location(p);
    if (left != NULL && parse_accept(p, ')')) {
        parse_fail(p, location,
                   status_hint(error(ERR_SYNTAX_ERROR, "missing argument"),
                               "Use NONE to denote the missing argument of a unary operator."));
        return;
    }
    parse_expect(p, ',');
    AstTypeName *right = left != NULL ? read_type_or_none(p) : parse_type(p);
    parse_expect(p, ')');
    add(p, &object->params, left);
    add(p, &object->params, right);
}

AstObject *parse_operator_object(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_OPERATOR, tok_location(p));
    object->name = parse_operator_name(p);
    parse_operator_types(p, object);
    return object;
}

StrList parse_handler_name(Parser *p) { return parse_any_name(p); }

/* ---- options of functions ---- */

static Ast *bool_value(Parser *p, bool value, int32_t location) {
    return (Ast *)parse_bool_const(p, value, location);
}

static AstOption *read_security(Parser *p, int32_t location) {
    parse_expect(p, TOK_K_SECURITY);
    bool definer = parse_accept(p, TOK_K_DEFINER);
    if (!definer)
        parse_expect(p, TOK_K_INVOKER);
    return parse_new_option(p, "security", bool_value(p, definer, location), location);
}

static AstOption *read_null_input(Parser *p, bool strict, int32_t location) {
    parse_expect3(p, TOK_K_ON, TOK_K_NULL, TOK_K_INPUT);
    return parse_new_option(p, "strict", bool_value(p, strict, location), location);
}

/* Options of CREATE and ALTER FUNCTION; NULL (nothing consumed) if none starts here. */
static AstOption *read_common_option(Parser *p) {
    int32_t location = tok_location(p);
    const char *word = peek(p, 0)->text;
    switch (tok(p)) {
    case TOK_K_CALLED:
        parse_advance(p);
        return read_null_input(p, false, location);
    case TOK_K_RETURNS:
        parse_expect2(p, TOK_K_RETURNS, TOK_K_NULL);
        return read_null_input(p, true, location);
    case TOK_K_STRICT:
        parse_advance(p);
        return parse_new_option(p, "strict", bool_value(p, true, location), location);
    case TOK_K_IMMUTABLE:
    case TOK_K_STABLE:
    case TOK_K_VOLATILE:
        parse_advance(p);
        return parse_new_option(p, "volatility", (Ast *)parse_string_const(p, word, location),
                                location);
    case TOK_K_EXTERNAL:
        parse_advance(p);
        return read_security(p, location);
    case TOK_K_SECURITY:
        return read_security(p, location);
    case TOK_K_LEAKPROOF:
        parse_advance(p);
        return parse_new_option(p, "leakproof", bool_value(p, true, location), location);
    case TOK_K_NOT:
        parse_expect2(p, TOK_K_NOT, TOK_K_LEAKPROOF);
        return parse_new_option(p, "leakproof", bool_value(p, false, location), location);
    case TOK_K_COST:
    case TOK_K_ROWS:
        parse_advance(p);
        return parse_new_option(p, word, (Ast *)parse_number(p), location);
    case TOK_K_SUPPORT: {
        parse_advance(p);
        int32_t where = tok_location(p);
        Ast *name = (Ast *)parse_new_name_list(p, parse_any_name(p), where);
        return parse_new_option(p, "support", name, location);
    }
    case TOK_K_SET:
    case TOK_K_RESET:
        return parse_new_option(p, "set", (Ast *)parse_set_or_reset(p, true), location);
    case TOK_K_PARALLEL: {
        parse_advance(p);
        int32_t where = tok_location(p);
        Ast *value = (Ast *)parse_string_const(p, parse_col_id(p), where);
        return parse_new_option(p, "parallel", value, location);
    }
    default:
        return NULL;
    }
}

static AstOption *read_create_option(Parser *p) {
    int32_t location = tok_location(p);
    if (parse_accept(p, TOK_K_AS)) {
        StrList sources = {0};
        add_str(p, &sources, parse_string(p));
        if (parse_accept(p, ','))
            add_str(p, &sources, parse_string(p));
        return parse_new_option(p, "as", (Ast *)parse_new_name_list(p, sources, location),
                                location);
    }
    if (parse_accept(p, TOK_K_LANGUAGE)) {
        int32_t where = tok_location(p);
        Ast *name = (Ast *)parse_string_const(p, parse_word_or_string(p), where);
        return parse_new_option(p, "language", name, location);
    }
    if (parse_accept(p, TOK_K_TRANSFORM)) {
        AstExprList *types = NEW(p, AstExprList, AST_EXPR_LIST, location);
        do {
            parse_expect2(p, TOK_K_FOR, TOK_K_TYPE);
            add(p, &types->items, parse_type(p));
        } while (parse_accept(p, ','));
        return parse_new_option(p, "transform", (Ast *)types, location);
    }
    if (parse_accept(p, TOK_K_WINDOW))
        return parse_new_option(p, "window", bool_value(p, true, location), location);
    return read_common_option(p);
}

Ast *parse_alter_function(Parser *p, AstObject *function, int32_t location) {
    AstAlterFunction *node = NEW(p, AstAlterFunction, AST_ALTER_FUNCTION, location);
    AstOption *option;
    node->function = function;
    while ((option = read_common_option(p)) != NULL)
        add(p, &node->options, option);
    if (node->options.count == 0) {
        parse_accept(p, TOK_K_NO); /* of NO DEPENDS */
        parse_syntax_error(p);
    }
    parse_accept(p, TOK_K_RESTRICT);
    return (Ast *)node;
}

/* ---- CREATE FUNCTION ---- */

static Ast *read_return(Parser *p) {
    AstReturn *node = NEW(p, AstReturn, AST_RETURN, tok_location(p));
    parse_expect(p, TOK_K_RETURN);
    node->value = parse_a_expr(p);
    return (Ast *)node;
}

/* BEGIN ATOMIC statement; .. END */
static Ast *read_atomic_body(Parser *p) {
    AstExprList *body = NEW(p, AstExprList, AST_EXPR_LIST, tok_location(p));
    parse_expect2(p, TOK_K_BEGIN, TOK_K_ATOMIC);
    if (!parse_enter(p)) {
        parse_leave(p);
        return (Ast *)body;
    }
    while (!p->failed && !tok_is(p, TOK_K_END)) {
        Ast *statement = tok_is(p, TOK_K_RETURN) ? read_return(p) : parse_statement(p, false);
        if (statement != NULL)
            add(p, &body->items, statement);
        parse_expect(p, ';');
    }
    parse_expect(p, TOK_K_END);
    parse_leave(p);
    return (Ast *)body;
}

static void read_returns_table(Parser *p, AstCreateFunction *function) {
    AstList columns = {0};
    parse_expect2(p, TOK_K_TABLE, '(');
    do {
        AstFuncParam *column = NEW(p, AstFuncParam, AST_FUNC_PARAM, tok_location(p));
        column->mode = AST_PARAM_TABLE;
        column->name = parse_type_func_name(p);
        column->type = parse_func_type(p);
        add(p, &columns, column);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    if (columns.count == 1) {
        function->returns =
            arena_memdup(p->arena, AST_AT(AstFuncParam, columns, 0)->type, sizeof(AstTypeName));
    } else
        function->returns = parse_system_type(p, "record", -1);
    function->returns->setof = true;
    ast_list_concat(p->arena, &function->params, &columns);
}

/* The columns of RETURNS TABLE are the only outputs such a function may have. */
static void refuse_output_params(Parser *p, const AstCreateFunction *function) {
    AST_FOREACH(AstFuncParam, param, function->params) {
        if (param->mode == AST_PARAM_OUT || param->mode == AST_PARAM_INOUT)
            parse_fail(p, -1,
                       error(ERR_SYNTAX_ERROR,
                             "OUT and INOUT arguments aren't allowed in TABLE functions"));
    }
}

Ast *parse_create_function(Parser *p, bool replace, int32_t location) {
    AstCreateFunction *function = NEW(p, AstCreateFunction, AST_CREATE_FUNCTION, location);
    AstOption *option;
    bool table_function = false;
    function->replace = replace;
    function->procedure = parse_accept(p, TOK_K_PROCEDURE);
    if (!function->procedure)
        parse_expect(p, TOK_K_FUNCTION);
    function->name = parse_func_name(p);
    function->params = read_params(p, true);
    if (!function->procedure && tok_is(p, TOK_K_RETURNS) && tok_ahead(p, 1) != TOK_K_NULL) {
        parse_advance(p);
        table_function = tok_is(p, TOK_K_TABLE);
        if (table_function)
            read_returns_table(p, function);
        else
            function->returns = parse_func_type(p);
    }
    while ((option = read_create_option(p)) != NULL)
        add(p, &function->options, option);
    if (tok_is(p, TOK_K_RETURN))
        function->body = read_return(p);
    else if (tok_is(p, TOK_K_BEGIN)) {
        function->atomic = true;
        function->body = read_atomic_body(p);
    }
    if (table_function)
        refuse_output_params(p, function);
    return (Ast *)function;
}

/* ---- aggregates and operators ---- */

static AstList read_old_definition(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        int32_t location = tok_location(p);
        if (!tok_is(p, TOK_IDENT))
            parse_syntax_error(p);
        const char *name = parse_col_label(p);
        parse_expect(p, '=');
        add(p, &list, parse_new_option(p, name, parse_def_arg(p), location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

Ast *parse_create_aggregate(Parser *p, bool replace, int32_t location) {
    AstDefine *define = NEW(p, AstDefine, AST_DEFINE, location);
    define->kind = AST_OBJECT_AGGREGATE;
    define->replace = replace;
    parse_expect(p, TOK_K_AGGREGATE);
    define->name = parse_func_name(p);
    define->old_style = tok_ahead(p, 1) == TOK_IDENT && tok_ahead(p, 2) == '=';
    define->direct_args = -1;
    if (define->old_style)
        define->options = read_old_definition(p);
    else {
        define->params = read_aggregate_params(p, &define->direct_args);
        define->options = parse_definition(p);
    }
    return (Ast *)define;
}

Ast *parse_create_operator(Parser *p, int32_t location) {
    AstDefine *define = NEW(p, AstDefine, AST_DEFINE, location);
    define->kind = AST_OBJECT_OPERATOR;
    define->name = parse_operator_name(p);
    define->options = parse_definition(p);
    return (Ast *)define;
}

/* ---- casts and transforms ---- */

static char read_cast_context(Parser *p) {
    if (!parse_accept(p, TOK_K_AS))
        return 'e';
    if (parse_accept(p, TOK_K_IMPLICIT))
        return 'i';
    parse_expect(p, TOK_K_ASSIGNMENT);
    return 'a';
}

Ast *parse_create_cast(Parser *p, int32_t location) {
    AstCreateCast *cast = NEW(p, AstCreateCast, AST_CREATE_CAST, location);
    parse_expect2(p, TOK_K_CAST, '(');
    cast->source = parse_type(p);
    parse_expect(p, TOK_K_AS);
    cast->target = parse_type(p);
    parse_expect(p, ')');
    if (parse_accept(p, TOK_K_WITHOUT))
        parse_expect(p, TOK_K_FUNCTION);
    else {
        parse_expect(p, TOK_K_WITH);
        cast->inout = parse_accept(p, TOK_K_INOUT);
        if (!cast->inout) {
            parse_expect(p, TOK_K_FUNCTION);
            cast->function = parse_function_object(p, AST_OBJECT_FUNCTION);
        }
    }
    cast->context = read_cast_context(p);
    return (Ast *)cast;
}

static void read_transform_element(Parser *p, AstCreateTransform *transform) {
    bool from = tok_is(p, TOK_K_FROM);
    /* Each direction once. */
    if (from ? transform->from_sql != NULL : transform->to_sql != NULL)
        parse_syntax_error(p);
    parse_expect(p, from ? TOK_K_FROM : TOK_K_TO);
    parse_expect3(p, TOK_K_SQL, TOK_K_WITH, TOK_K_FUNCTION);
    AstObject *function = parse_function_object(p, AST_OBJECT_FUNCTION);
    if (from)
        transform->from_sql = function;
    else
        transform->to_sql = function;
}

Ast *parse_create_transform(Parser *p, bool replace, int32_t location) {
    AstCreateTransform *node = NEW(p, AstCreateTransform, AST_CREATE_TRANSFORM, location);
    node->replace = replace;
    parse_expect2(p, TOK_K_TRANSFORM, TOK_K_FOR);
    node->type = parse_type(p);
    parse_expect(p, TOK_K_LANGUAGE);
    node->language = parse_col_id(p);
    parse_expect(p, '(');
    read_transform_element(p, node);
    if (parse_accept(p, ','))
        read_transform_element(p, node);
    parse_expect(p, ')');
    return (Ast *)node;
}
