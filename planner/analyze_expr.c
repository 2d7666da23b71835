/*
 * analyze_expr.c: expressions: dispatch, names, literals, operators, subqueries (manual chapter 4).
 * What is built of several values of one type (CASE, ARRAY, COALESCE, ..) is in analyze_construct.c.
 */
#include "planner/analyze_expr_int.h"

Status expr_analyze(Scope *scope, const Ast *ast, ExprKind kind, Expr **expr_out) {
    ExprKind saved = scope->kind;
    scope->kind = kind;
    Status s = expr_analyze_inner(scope, ast, expr_out);
    scope->kind = saved;
    return s;
}

Status expr_analyze_where(Scope *scope, const Ast *ast, ExprKind kind, const char *construct,
                          Expr **expr_out) {
    *expr_out = NULL;
    if (ast == NULL)
        return STATUS_OK;
    TRY(expr_analyze(scope, ast, kind, expr_out));
    return coerce_to_boolean(scope->an, *expr_out, construct, expr_out);
}

/* ---- literals and parameters ---- */

static bool integer_text(const char *text, size_t len, int64_t *value_out) {
    size_t i = 0;
    bool negative = len > 0 && text[0] == '-';
    int64_t value = 0;
    for (i = negative; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text[i] - '0', &value))
            return false;
    }
    if (len == (size_t)negative || (!negative && value == INT64_MIN))
        return false;
    *value_out = negative ? value : -value;
    return true;
}

static Status analyze_const(Scope *scope, const AstConst *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    Arena *arena = an->arena;
    ExprConst *node = NULL;
    Datum value;
    int64_t number;
    switch (ast->kind) {
    case AST_CONST_NULL:
        node = expr_null(arena, OID_UNKNOWN, -1, 0, PHYS_STR);
        break;
    case AST_CONST_BOOL:
        node = expr_bool_const(arena, ast->bval, false);
        break;
    case AST_CONST_INTEGER:
        node = expr_const(arena, OID_INT4, -1, 0, PHYS_I32, datum_i32(ast->ival), false);
        break;
    case AST_CONST_FLOAT:
        if (integer_text(ast->text, ast->text_len, &number)) {
            node = number == (int32_t)number /* -2147483648 */
                       ? expr_const(arena, OID_INT4, -1, 0, PHYS_I32, datum_i32((int32_t)number),
                                    false)
                       : expr_const(arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(number), false);
            break;
        }
        TRY(an_input(an, OID_NUMERIC, -1, str_make(ast->text, ast->text_len), ast->location,
                     &value));
        node = expr_const(arena, OID_NUMERIC, -1, 0, PHYS_STR, value, false);
        break;
    case AST_CONST_STRING:
        node = expr_const(arena, OID_UNKNOWN, -1, 0, PHYS_STR, datum_str(ast->text, ast->text_len),
                          false);
        break;
    case AST_CONST_BIT:
        TRY(an_input(an, OID_BIT, -1, str_make(ast->text, ast->text_len), ast->location, &value));
        node = expr_const(arena, OID_BIT, -1, 0, PHYS_STR, value, false);
        break;
    }
    node->location = ast->location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status no_parameter(const AstParamRef *ref) {
    return AT(ref->location,
              error(ERR_UNDEFINED_PARAMETER, "there is no parameter $%d", ref->number));
}

/* Bind passes 65,535; PREPARE and EXECUTE know no such limit, memory does. */
#define PARAMS_MAX ((uint32_t)1 << 20)

static Status param_declare(Analyzer *an, const AstParamRef *ref) {
    uint32_t number = (uint32_t)ref->number;
    if (number > PARAMS_MAX)
        return no_parameter(ref);
    if (number > an->param_count && number > an->param_room) {
        uint32_t room = MAX(number, MIN(an->param_room * 2, PARAMS_MAX));
        void *wider;
        TRY(arena_try_alloc(an->arena, room * sizeof(Oid), &wider));
        memset(wider, 0, room * sizeof(Oid));
        if (an->param_count > 0)
            memcpy(wider, an->param_types, an->param_count * sizeof(Oid));
        an->param_types = wider;
        an->param_room = room;
    }
    an->param_count = MAX(an->param_count, number);
    if (an->param_types[number - 1] == 0)
        an->param_types[number - 1] = OID_UNKNOWN;
    return STATUS_OK;
}

Status param_make(Scope *scope, const AstParamRef *ref, Expr **expr_out) {
    Analyzer *an = scope->an;
    *expr_out = NULL;
    if (an->hooks != NULL && an->hooks->param_ref != NULL) {
        TRY(an->hooks->param_ref(an->hooks->arg, an->arena, ref, expr_out));
        if (*expr_out != NULL)
            return STATUS_OK;
    }
    if (ref->number <= 0)
        return no_parameter(ref);
    if (an->infer_params)
        TRY(param_declare(an, ref));
    if ((uint32_t)ref->number > an->param_count || an->param_types[ref->number - 1] == 0)
        return no_parameter(ref);
    ExprParam *param = EXPR_NEW(an->arena, ExprParam, EXPR_PARAM);
    param->kind = PARAM_EXTERNAL;
    param->number = (uint32_t)ref->number;
    param->type = an->param_types[ref->number - 1];
    param->location = ref->location;
    TRY(an_type_collation(an, param->type, &param->collation));
    *expr_out = (Expr *)param;
    return STATUS_OK;
}

/* A parameter of unknown type takes the type it is wanted in; the same node, everywhere it stands. */
Status param_coerce(Analyzer *an, ExprParam *param, Oid type, int32_t location, Expr **expr_out) {
    if (param->type != OID_UNKNOWN || !an->infer_params || param->number > an->param_count)
        return STATUS_OK;
    Oid *known = &an->param_types[param->number - 1];
    if (*known == OID_UNKNOWN)
        *known = type;
    else if (*known != type)
        return AT(
            param->location,
            status_detail(error(ERR_AMBIGUOUS_PARAMETER,
                                "inconsistent types deduced for parameter $%u", param->number),
                          "%s versus %s", an_format_type(an, *known), an_format_type(an, type)));
    param->type = type;
    param->typmod = -1;
    TRY(an_type_collation(an, type, &param->collation));
    if (location >= 0 && (param->location < 0 || location < param->location))
        param->location = location;
    *expr_out = (Expr *)param;
    return STATUS_OK;
}

/* ---- column references ---- */

typedef struct RefSearch {
    const char *schema;
    const char *rel;
    const char *column;
    bool no_rel;
    bool wrong_database;
    bool too_many;
} RefSearch;

static Status qualified_ref(Scope *scope, const AstColumnRef *ref, RefSearch *search,
                            Expr **expr_out) {
    ScopeItem *item;
    uint32_t levels_up;
    uint32_t count = ref->fields.count + ref->star;
    uint32_t parts = count - 1; /* of the table's name */
    if (parts > 3) {
        search->too_many = true;
        return STATUS_OK;
    }
    search->rel = ref->fields.items[parts - 1];
    search->schema = parts > 1 ? ref->fields.items[parts - 2] : NULL;
    if (parts == 3) {
        const char *database = NULL;
        TRY(database_name(scope->an->catalog, session_database(scope->an->catalog), &database));
        if (database == NULL || strcmp(database, ref->fields.items[0]) != 0) {
            search->wrong_database = true;
            return STATUS_OK;
        }
    }
    TRY(scope_find_rel(scope, search->schema, search->rel, ref->location, &levels_up, &item));
    if (item == NULL) {
        search->no_rel = true;
        return STATUS_OK;
    }
    if (ref->star)
        return scope_whole_row(scope, item, levels_up, ref->location, expr_out);
    search->column = str_list_last(&ref->fields);
    TRY(scope_item_column(scope, item, levels_up, search->column, ref->location, expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    Expr *row;
    TRY(scope_whole_row(scope, item, levels_up, ref->location, &row));
    ExprList args = expr_list_of(scope->an->arena, 1, row);
    StrList name = str_list_one(scope->an->arena, search->column);
    return call_make(scope, &name, &args, NULL, CALL_COLUMN, scope->last_srf, ref->location,
                     expr_out);
}

static Status column_ref_missing(Scope *scope, const AstColumnRef *ref, const RefSearch *search) {
    if (search->too_many)
        return AT(ref->location,
                  error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                        str_list_join(scope->an->arena, &ref->fields)));
    if (search->wrong_database)
        return AT(ref->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cross-database references are not implemented: %s",
                                       str_list_join(scope->an->arena, &ref->fields)));
    if (search->no_rel) {
        AstRangeVar *var = AST_NEW(scope->an->arena, AstRangeVar, AST_RANGE_VAR, ref->location);
        var->schema = search->schema;
        var->name = search->rel;
        return scope_missing_rel(scope, var, ref->location);
    }
    return scope_missing_column(scope, search->rel, search->column, ref->location);
}

static Status find_column(Scope *scope, const AstColumnRef *ref, RefSearch *search,
                          Expr **expr_out) {
    if (ref->fields.count != 1 || ref->star)
        return qualified_ref(scope, ref, search, expr_out);
    search->column = ref->fields.items[0];
    TRY(scope_column(scope, search->column, false, ref->location, expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    ScopeItem *item; /* a table's name: its row */
    uint32_t levels_up;
    TRY(scope_find_rel(scope, NULL, search->column, ref->location, &levels_up, &item));
    return item == NULL ? STATUS_OK
                        : scope_whole_row(scope, item, levels_up, ref->location, expr_out);
}

/* The host language's name, which must not be a column's at the same time. */
static Status hooked_name(Analyzer *an, const AstColumnRef *ref, Expr **expr_io) {
    Expr *name = NULL;
    TRY(an->hooks->column_ref(an->hooks->arg, an->arena, ref, *expr_io != NULL, &name));
    if (name != NULL && *expr_io != NULL)
        return AT(ref->location,
                  status_detail(error(ERR_AMBIGUOUS_COLUMN, "column reference \"%s\" is ambiguous",
                                      str_list_join(an->arena, &ref->fields)),
                                "It could refer to either a PL/pgSQL variable or a table column."));
    if (name != NULL)
        *expr_io = name;
    return STATUS_OK;
}

static Status analyze_column_ref(Scope *scope, const AstColumnRef *ref, Expr **expr_out) {
    Analyzer *an = scope->an;
    RefSearch search = {0};
    *expr_out = NULL;
    if (scope->kind == EXPR_KIND_COLUMN_DEFAULT)
        return AT(ref->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot use column reference in DEFAULT expression"));
    if (scope->kind == EXPR_KIND_PARTITION_BOUND)
        return AT(ref->location,
                  error(ERR_FEATURE_NOT_SUPPORTED,
                        "cannot use column reference in partition bound expression"));
    if (scope->domain_value != NULL && ref->fields.count == 1 && !ref->star &&
        strcmp(ref->fields.items[0], "value") == 0) {
        *expr_out = expr_copy(an->arena, scope->domain_value);
        (*expr_out)->location = ref->location;
        return STATUS_OK;
    }
    const ParseHooks *hooks = an->hooks;
    bool hooked = hooks != NULL && hooks->column_ref != NULL;
    if (hooked && hooks->order == HOOK_NAME_WINS)
        TRY(hooks->column_ref(hooks->arg, an->arena, ref, true, expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    TRY(find_column(scope, ref, &search, expr_out));
    if (hooked && hooks->order != HOOK_NAME_WINS &&
        (*expr_out == NULL || hooks->order == HOOK_AMBIGUOUS))
        TRY(hooked_name(an, ref, expr_out));
    return *expr_out != NULL ? STATUS_OK : column_ref_missing(scope, ref, &search);
}

/* ---- fields and subscripts ---- */

static Status unknown_field(Scope *scope, Expr *expr, const char *name, int32_t location) {
    Analyzer *an = scope->an;
    bool complex;
    if (expr->tag == EXPR_COLUMN && ((ExprColumn *)expr)->attno == 0) {
        Scope *owner = scope_up(scope, ((ExprColumn *)expr)->levels_up);
        RangeEntry *entry = query_rte(owner->query, ((ExprColumn *)expr)->rt_index);
        return AT(location,
                  error(ERR_UNDEFINED_COLUMN, "column %s.%s does not exist", entry->name, name));
    }
    TRY(an_is_complex(an, expr->type, &complex));
    if (complex)
        return AT(location, error(ERR_UNDEFINED_COLUMN, "column \"%s\" not found in data type %s",
                                  name, an_format_type(an, expr->type)));
    if (expr->type == OID_RECORD)
        return AT(location, error(ERR_UNDEFINED_COLUMN,
                                  "could not identify column \"%s\" in record data type", name));
    return AT(location, error(ERR_WRONG_OBJECT_TYPE,
                              "column notation .%s applied to type %s, which is not a composite "
                              "type",
                              name, an_format_type(an, expr->type)));
}

Status indirection_apply(Scope *scope, Expr *expr, const AstList *steps, int32_t location,
                         Expr **expr_out) {
    Analyzer *an = scope->an;
    for (uint32_t i = 0; i < steps->count;) {
        const Ast *step = steps->items[i];
        if (step->tag == AST_STAR)
            return AT(location, error(ERR_FEATURE_NOT_SUPPORTED,
                                      "row expansion via \"*\" is not supported here"));
        if (step->tag == AST_SUBSCRIPT) {
            uint32_t first = i;
            ExprSubscript *node;
            while (i < steps->count && steps->items[i]->tag == AST_SUBSCRIPT)
                i++;
            TRY(subscripts_make(scope, expr, expr->type, expr->typmod, steps, first, i - first,
                                false, &node));
            expr = (Expr *)node;
            continue;
        }
        const char *name = ((const AstField *)step)->name;
        ExprList args = expr_list_of(an->arena, 1, expr);
        StrList names = str_list_one(an->arena, name);
        Expr *field;
        TRY(call_make(scope, &names, &args, NULL, CALL_COLUMN, scope->last_srf, location, &field));
        if (field == NULL)
            return unknown_field(scope, expr, name, location);
        expr = field;
        i++;
    }
    *expr_out = expr;
    return STATUS_OK;
}

static Status analyze_indirection(Scope *scope, const AstIndirection *ast, Expr **expr_out) {
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    int32_t location = expr_location(arg);
    return indirection_apply(scope, arg, &ast->steps, location, expr_out);
}

/* ---- operators ---- */

static bool is_null_const(const Ast *ast) {
    return ast != NULL && ast->tag == AST_CONST && ((const AstConst *)ast)->kind == AST_CONST_NULL;
}

Status null_test_make(Scope *scope, Expr *arg, bool is_not, int32_t location, Expr **expr_out) {
    bool complex;
    TRY(an_is_complex(scope->an, arg->type, &complex));
    ExprNullTest *node = EXPR_NEW(scope->an->arena, ExprNullTest, EXPR_NULL_TEST);
    node->arg = arg;
    node->is_not = is_not;
    node->arg_is_row = complex || arg->type == OID_RECORD;
    node->type = OID_BOOL;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* (a, b) op (SELECT ..) */
static Status row_against_query(Scope *scope, const AstOp *ast, Expr **expr_out) {
    AstSubLink *link = AST_NEW(scope->an->arena, AstSubLink, AST_SUB_LINK, ast->location);
    *link = *(const AstSubLink *)ast->right;
    link->test = ast->left;
    link->op = ast->name;
    link->location = ast->location;
    return sub_link_make(scope, link, SUBLINK_ROW_COMPARE, expr_out);
}

static Status analyze_plain_op(Scope *scope, const AstOp *ast, Expr **expr_out) {
    Expr *left = NULL, *right;
    if (scope->an->settings != NULL && scope->an->settings->transform_null_equals &&
        ast->name.count == 1 && strcmp(ast->name.items[0], "=") == 0 &&
        (is_null_const(ast->left) || is_null_const(ast->right))) {
        TRY(expr_analyze_inner(scope, is_null_const(ast->left) ? ast->right : ast->left, &left));
        return null_test_make(scope, left, false, ast->location, expr_out);
    }
    if (ast->left != NULL && ast->left->tag == AST_ROW && ast->right->tag == AST_SUB_LINK &&
        ((const AstSubLink *)ast->right)->kind == AST_SUBLINK_EXPR)
        return row_against_query(scope, ast, expr_out);
    if (ast->left != NULL)
        TRY(expr_analyze_inner(scope, ast->left, &left));
    TRY(expr_analyze_inner(scope, ast->right, &right));
    if (ast->left != NULL && ast->left->tag == AST_ROW && ast->right->tag == AST_ROW)
        return expr_make_row_op(scope, &ast->name, &((ExprRow *)left)->args,
                                &((ExprRow *)right)->args, ast->location, expr_out);
    return oper_make(scope, &ast->name, left, right, ast->location, expr_out);
}

static Status distinct_op(Scope *scope, const StrList *name, Expr *left, Expr *right,
                          int32_t location, Expr **expr_out) {
    TRY(oper_make(scope, name, left, right, location, expr_out));
    if ((*expr_out)->type != OID_BOOL)
        return AT(location, error(ERR_DATATYPE_MISMATCH,
                                  "IS DISTINCT FROM requires = operator to yield boolean"));
    if (((ExprFunc *)*expr_out)->returns_set)
        return AT(location,
                  error(ERR_DATATYPE_MISMATCH, "%s must not return a set", "IS DISTINCT FROM"));
    (*expr_out)->tag = EXPR_DISTINCT;
    return STATUS_OK;
}

/* Compared field by field; PL/pgSQL's records are compared as values. */
static bool is_written_row(const Expr *expr) {
    return expr->tag == EXPR_ROW && !((const ExprRow *)expr)->is_record;
}

static Status analyze_distinct(Scope *scope, const AstOp *ast, Expr **expr_out) {
    Arena *arena = scope->an->arena;
    Expr *left, *right;
    bool negated = ast->kind == AST_OP_NOT_DISTINCT;
    if (is_null_const(ast->left) || is_null_const(ast->right)) {
        TRY(expr_analyze_inner(scope, is_null_const(ast->right) ? ast->left : ast->right, &left));
        TRY(null_test_make(scope, left, !negated, ast->location, expr_out));
        ((ExprNullTest *)*expr_out)->arg_is_row = false;
        return STATUS_OK;
    }
    TRY(expr_analyze_inner(scope, ast->left, &left));
    TRY(expr_analyze_inner(scope, ast->right, &right));
    if (is_written_row(left) && is_written_row(right)) {
        ExprList *l = &((ExprRow *)left)->args, *r = &((ExprRow *)right)->args;
        ExprBool *any = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
        if (l->count != r->count)
            return AT(ast->location,
                      error(ERR_SYNTAX_ERROR, "unequal number of entries in row expressions"));
        any->op = BOOL_OR;
        any->type = OID_BOOL;
        any->location = ast->location;
        for (uint32_t i = 0; i < l->count; i++) {
            Expr *one;
            TRY(distinct_op(scope, &ast->name, l->items[i], r->items[i], ast->location, &one));
            expr_list_add(arena, &any->args, one);
        }
        *expr_out = any->args.count == 0   ? (Expr *)expr_bool_const(arena, false, false)
                    : any->args.count == 1 ? any->args.items[0]
                                           : (Expr *)any;
    } else {
        TRY(distinct_op(scope, &ast->name, left, right, ast->location, expr_out));
    }
    if (negated) {
        *expr_out = expr_not(arena, *expr_out);
        (*expr_out)->location = ast->location;
    }
    return STATUS_OK;
}

static Status analyze_nullif(Scope *scope, const AstOp *ast, Expr **expr_out) {
    Expr *left, *right;
    TRY(expr_analyze_inner(scope, ast->left, &left));
    TRY(expr_analyze_inner(scope, ast->right, &right));
    TRY(oper_make(scope, &ast->name, left, right, ast->location, expr_out));
    ExprFunc *node = (ExprFunc *)*expr_out;
    if (node->type != OID_BOOL)
        return AT(ast->location,
                  error(ERR_DATATYPE_MISMATCH, "NULLIF requires = operator to yield boolean"));
    if (node->returns_set)
        return AT(ast->location,
                  error(ERR_DATATYPE_MISMATCH, "%s must not return a set", "NULLIF"));
    node->tag = EXPR_NULLIF;
    node->type = node->args.items[0]->type;
    node->typmod = node->args.items[0]->typmod;
    return STATUS_OK;
}

static Status analyze_op(Scope *scope, const AstOp *ast, Expr **expr_out) {
    Expr *left, *right;
    switch (ast->kind) {
    case AST_OP_ANY:
    case AST_OP_ALL:
        TRY(expr_analyze_inner(scope, ast->left, &left));
        TRY(expr_analyze_inner(scope, ast->right, &right));
        return oper_make_array(scope, &ast->name, ast->kind == AST_OP_ANY, left, right,
                               ast->location, expr_out);
    case AST_OP_DISTINCT:
    case AST_OP_NOT_DISTINCT:
        return analyze_distinct(scope, ast, expr_out);
    case AST_OP_NULLIF:
        return analyze_nullif(scope, ast, expr_out);
    default:
        return analyze_plain_op(scope, ast, expr_out);
    }
}

Expr *bool_make(Arena *arena, BoolOp op, Expr *left, Expr *right, int32_t location) {
    ExprBool *node = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
    node->op = op;
    node->type = OID_BOOL;
    node->args = expr_list_of(arena, 2, left, right);
    node->location = location;
    return (Expr *)node;
}

/* The constants of an IN list become one array. *expr_out NULL: they have no common type. */
static Status in_list_array(Scope *scope, const AstInList *ast, const StrList *name, Expr *left,
                            const ExprList *constants, Expr **expr_out) {
    Analyzer *an = scope->an;
    ExprList all = expr_list_of(an->arena, 1, left);
    Oid scalar, array = 0;
    bool ok = true;
    *expr_out = NULL;
    expr_list_concat(an->arena, &all, constants);
    TRY(coerce_common_type(an, &all, NULL, &scalar, NULL));
    if (scalar != 0)
        TRY(coerce_verify_common(an, scalar, &all, &ok));
    if (scalar != 0 && ok && scalar != OID_RECORD)
        TRY(an_array_of(an, scalar, &array));
    if (array == 0)
        return STATUS_OK;
    ExprArray *node = EXPR_NEW(an->arena, ExprArray, EXPR_ARRAY);
    node->type = array;
    node->element_type = scalar;
    for (uint32_t i = 0; i < constants->count; i++) {
        Expr *item;
        TRY(coerce_to_common(an, constants->items[i], scalar, "IN", &item));
        expr_list_add(an->arena, &node->elements, item);
    }
    return oper_make_array(scope, name, !ast->negated, left, (Expr *)node, ast->location, expr_out);
}

static Status analyze_in_list(Scope *scope, const AstInList *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    StrList name = str_list_one(an->arena, ast->negated ? "<>" : "=");
    ExprList constants = {0}, columns = {0}, items = {0};
    Expr *left, *result = NULL;
    TRY(expr_analyze_inner(scope, ast->left, &left));
    for (uint32_t i = 0; i < ast->items.count; i++) {
        Expr *item;
        TRY(expr_analyze_inner(scope, ast->items.items[i], &item));
        expr_list_add(an->arena, &items, item);
        expr_list_add(an->arena, contains_columns_of_level(item, 0) ? &columns : &constants, item);
    }
    if (constants.count > 1) {
        TRY(in_list_array(scope, ast, &name, left, &constants, &result));
        if (result != NULL)
            items = columns;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        Expr *item = items.items[i], *test;
        if (is_written_row(left) && is_written_row(item))
            TRY(expr_make_row_op(scope, &name, &((ExprRow *)left)->args, &((ExprRow *)item)->args,
                                 ast->location, &test));
        else
            TRY(oper_make(scope, &name, left, item, ast->location, &test));
        TRY(coerce_to_boolean(an, test, "IN", &test));
        result = result == NULL ? test
                                : bool_make(an->arena, ast->negated ? BOOL_AND : BOOL_OR, result,
                                            test, ast->location);
    }
    *expr_out = result;
    return STATUS_OK;
}

static Status between_half(Scope *scope, const char *op, Expr *arg, Expr *bound, int32_t location,
                           Expr **out) {
    StrList name = str_list_one(scope->an->arena, op);
    if (is_written_row(arg) && is_written_row(bound))
        return expr_make_row_op(scope, &name, &((ExprRow *)arg)->args, &((ExprRow *)bound)->args,
                                location, out);
    return oper_make(scope, &name, arg, bound, location, out);
}

static Status analyze_between(Scope *scope, const AstBetween *ast, Expr **expr_out) {
    Arena *arena = scope->an->arena;
    Expr *arg, *low, *high, *a, *b;
    const char *low_op = ast->negated ? "<" : ">=", *high_op = ast->negated ? ">" : "<=";
    BoolOp join = ast->negated ? BOOL_OR : BOOL_AND;
    int32_t at = ast->location;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    TRY(expr_analyze_inner(scope, ast->low, &low));
    TRY(between_half(scope, low_op, arg, low, at, &a));
    TRY(expr_analyze_inner(scope, ast->high, &high));
    TRY(between_half(scope, high_op, arg, high, at, &b));
    *expr_out = bool_make(arena, join, a, b, at);
    if (ast->symmetric) {
        TRY(between_half(scope, low_op, arg, high, at, &a));
        TRY(between_half(scope, high_op, arg, low, at, &b));
        *expr_out = bool_make(arena, ast->negated ? BOOL_AND : BOOL_OR, *expr_out,
                              bool_make(arena, join, a, b, at), at);
    }
    return STATUS_OK;
}

static Status analyze_bool(Scope *scope, const AstBoolExpr *ast, Expr **expr_out) {
    static const BoolOp ops[] = {BOOL_AND, BOOL_OR, BOOL_NOT};
    static const char *const names[] = {"AND", "OR", "NOT"};
    ExprBool *node = EXPR_NEW(scope->an->arena, ExprBool, EXPR_BOOL);
    node->op = ops[ast->op];
    node->type = OID_BOOL;
    node->location = ast->location;
    for (uint32_t i = 0; i < ast->args.count; i++) {
        Expr *arg;
        TRY(expr_analyze_inner(scope, ast->args.items[i], &arg));
        TRY(coerce_to_boolean(scope->an, arg, names[ast->op], &arg));
        expr_list_add(scope->an->arena, &node->args, arg);
    }
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- row comparison ---- */

/* Bit s: some btree family has op as strategy s; ROW_NE: its negator is an equality. */
static Status btree_strategies(Analyzer *an, Oid op, uint32_t *bits_out) {
    const OperatorFamilies *families;
    const OperatorDesc *desc;
    *bits_out = 0;
    TRY(catalog_operator_families(an->catalog, op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].purpose == 's')
            *bits_out |= 1u << families->members[i].strategy;
    if (*bits_out != 0)
        return STATUS_OK;
    TRY(catalog_operator_require(an->catalog, op, &desc));
    if (desc->negator == 0)
        return STATUS_OK;
    TRY(catalog_operator_families(an->catalog, desc->negator, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].strategy == BTREE_EQUAL)
            *bits_out |= 1u << ROW_NE;
    return STATUS_OK;
}

static Status row_compare_node(Scope *scope, RowCompareKind kind, const ExprList *tests,
                               Expr **expr_out) {
    Arena *arena = scope->an->arena;
    ExprRowCompare *node = EXPR_NEW(arena, ExprRowCompare, EXPR_ROW_COMPARE);
    node->type = OID_BOOL;
    node->kind = kind;
    node->ops = arena_array(arena, Oid, tests->count);
    node->functions = arena_array(arena, Oid, tests->count);
    node->input_collations = arena_array(arena, Oid, tests->count);
    for (uint32_t i = 0; i < tests->count; i++) {
        ExprFunc *test = (ExprFunc *)tests->items[i];
        node->ops[i] = test->op;
        node->functions[i] = test->function;
        expr_list_add(arena, &node->left, test->args.items[0]);
        expr_list_add(arena, &node->right, test->args.items[1]);
    }
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

Status expr_make_row_op(Scope *scope, const StrList *name, const ExprList *left,
                        const ExprList *right, int32_t location, Expr **expr_out) {
    Analyzer *an = scope->an;
    ExprList tests = {0};
    uint32_t strategies = ~0u;
    if (left->count != right->count)
        return AT(location,
                  error(ERR_SYNTAX_ERROR, "unequal number of entries in row expressions"));
    if (left->count == 0)
        return AT(location, error(ERR_FEATURE_NOT_SUPPORTED, "cannot compare rows of zero length"));
    for (uint32_t i = 0; i < left->count; i++) {
        Expr *test;
        TRY(oper_make(scope, name, left->items[i], right->items[i], location, &test));
        if (test->type != OID_BOOL)
            return AT(location, error(ERR_DATATYPE_MISMATCH,
                                      "row comparison operator must yield type boolean, not type "
                                      "%s",
                                      an_format_type(an, test->type)));
        if (expr_returns_set(test))
            return AT(location, error(ERR_DATATYPE_MISMATCH,
                                      "row comparison operator must not return a set"));
        expr_list_add(an->arena, &tests, test);
    }
    if (tests.count == 1) {
        *expr_out = tests.items[0];
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < tests.count; i++) {
        uint32_t bits;
        TRY(btree_strategies(an, ((ExprFunc *)tests.items[i])->op, &bits));
        strategies &= bits;
    }
    if (strategies == 0)
        return AT(location,
                  status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                    "could not determine interpretation of row comparison "
                                    "operator %s",
                                    str_list_last(name)),
                              "Row comparison operators must be associated with btree operator "
                              "families."));
    RowCompareKind kind = (RowCompareKind)__builtin_ctz(strategies);
    if (kind != ROW_EQ && kind != ROW_NE)
        return row_compare_node(scope, kind, &tests, expr_out);
    ExprBool *node = EXPR_NEW(an->arena, ExprBool, EXPR_BOOL);
    node->type = OID_BOOL;
    node->op = kind == ROW_EQ ? BOOL_AND : BOOL_OR;
    node->args = tests;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- subqueries ---- */

static Status sub_link_test(Scope *scope, const AstSubLink *ast, ExprSubLink *link) {
    Arena *arena = scope->an->arena;
    Expr *test;
    ExprList left = {0}, right = {0};
    StrList name = ast->op.count > 0 ? ast->op : str_list_one(arena, "=");
    TRY(expr_analyze_inner(scope, ast->test, &test));
    if (is_written_row(test))
        left = ((ExprRow *)test)->args;
    else
        expr_list_add(arena, &left, test);
    for (uint32_t i = 0; i < link->query->targets.count; i++) {
        Target *target = link->query->targets.items[i];
        if (target->junk)
            continue;
        ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
        param->kind = PARAM_SUB_LINK;
        param->number = (uint32_t)target->resno;
        param->type = target->expr->type;
        param->typmod = target->expr->typmod;
        param->collation = target->expr->collation;
        expr_list_add(arena, &right, param);
    }
    if (left.count != right.count)
        return AT(link->location, error(ERR_SYNTAX_ERROR, left.count < right.count
                                                              ? "subquery has too many columns"
                                                              : "subquery has too few columns"));
    link->op_name = ast->op.count > 0 ? str_list_last(&ast->op) : NULL;
    return expr_make_row_op(scope, &name, &left, &right, link->location, &link->test);
}

static uint32_t visible_targets(const Query *query) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->targets.count; i++)
        count += !query->targets.items[i]->junk;
    return count;
}

Status sub_link_make(Scope *scope, const AstSubLink *ast, SubLinkKind kind, Expr **expr_out) {
    Analyzer *an = scope->an;
    TRY(kind_check_sub_link(scope, ast->location));
    ExprSubLink *link = EXPR_NEW(an->arena, ExprSubLink, EXPR_SUB_LINK);
    link->kind = kind;
    link->location = ast->location;
    link->type = OID_BOOL;
    scope->has_sub_links = true;
    TRY(subquery_analyze(scope, (const Ast *)ast->query, NULL, false, true, &link->query));
    if (kind == SUBLINK_EXPR || kind == SUBLINK_ARRAY) {
        if (visible_targets(link->query) != 1)
            return AT(ast->location,
                      error(ERR_SYNTAX_ERROR, "subquery must return only one column"));
        Expr *first = link->query->targets.items[0]->expr;
        link->type = first->type;
        link->typmod = first->typmod;
        link->collation = first->collation;
        if (kind == SUBLINK_ARRAY) {
            TRY(an_array_of(an, first->type, &link->type));
            if (link->type == 0) { /* an array's array is itself, one dimension up */
                Oid element;
                TRY(an_element(an, first->type, &element));
                if (element != 0)
                    link->type = first->type;
            }
            if (link->type == 0)
                return AT(ast->location,
                          error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                                an_format_type(an, first->type)));
        }
    } else if (kind == SUBLINK_MULTI_EXPR) {
        link->type = OID_RECORD;
    } else if (kind != SUBLINK_EXISTS) {
        TRY(sub_link_test(scope, ast, link));
    }
    *expr_out = (Expr *)link;
    return STATUS_OK;
}

static Status analyze_sub_link(Scope *scope, const AstSubLink *ast, Expr **expr_out) {
    static const SubLinkKind kinds[] = {[AST_SUBLINK_EXPR] = SUBLINK_EXPR,
                                        [AST_SUBLINK_EXISTS] = SUBLINK_EXISTS,
                                        [AST_SUBLINK_ANY] = SUBLINK_ANY,
                                        [AST_SUBLINK_ALL] = SUBLINK_ALL,
                                        [AST_SUBLINK_ARRAY] = SUBLINK_ARRAY};
    return sub_link_make(scope, ast, kinds[ast->kind], expr_out);
}

/* ---- functions ---- */

static Status analyze_func_call(Scope *scope, const AstFuncCall *ast, Expr **expr_out) {
    Arena *arena = scope->an->arena;
    const Expr *last_srf = scope->last_srf;
    ExprList args = {0};
    for (uint32_t i = 0; i < ast->args.count; i++) {
        Expr *arg;
        TRY(expr_analyze_inner(scope, ast->args.items[i], &arg));
        expr_list_add(arena, &args, arg);
    }
    if (ast->within_group)
        for (uint32_t i = 0; i < ast->order_by.count; i++) {
            Expr *arg;
            TRY(expr_analyze(scope, AST_AT(AstSortBy, ast->order_by, i)->value, EXPR_KIND_ORDER_BY,
                             &arg));
            expr_list_add(arena, &args, arg);
        }
    return call_make(scope, &ast->name, &args, ast, CALL_FUNCTION, last_srf, ast->location,
                     expr_out);
}

static Status analyze_named_arg(Scope *scope, const AstNamedArg *ast, Expr **expr_out) {
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    ExprNamedArg *node = EXPR_NEW(scope->an->arena, ExprNamedArg, EXPR_NAMED_ARG);
    node->name = ast->name;
    node->arg = arg;
    node->number = -1;
    node->type = arg->type;
    node->typmod = arg->typmod;
    node->location = ast->location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- dispatch ---- */

Status expr_analyze_inner(Scope *scope, const Ast *ast, Expr **expr_out) {
    *expr_out = NULL;
    TRY(fiber_stack_check());
    switch (ast->tag) {
    case AST_COLUMN_REF:
        return analyze_column_ref(scope, (const AstColumnRef *)ast, expr_out);
    case AST_PARAM_REF:
        return param_make(scope, (const AstParamRef *)ast, expr_out);
    case AST_CONST:
        return analyze_const(scope, (const AstConst *)ast, expr_out);
    case AST_INDIRECTION:
        return analyze_indirection(scope, (const AstIndirection *)ast, expr_out);
    case AST_OP:
        return analyze_op(scope, (const AstOp *)ast, expr_out);
    case AST_IN_LIST:
        return analyze_in_list(scope, (const AstInList *)ast, expr_out);
    case AST_BETWEEN:
        return analyze_between(scope, (const AstBetween *)ast, expr_out);
    case AST_BOOL_EXPR:
        return analyze_bool(scope, (const AstBoolExpr *)ast, expr_out);
    case AST_FUNC_CALL:
        return analyze_func_call(scope, (const AstFuncCall *)ast, expr_out);
    case AST_NAMED_ARG:
        return analyze_named_arg(scope, (const AstNamedArg *)ast, expr_out);
    case AST_SUB_LINK:
        return analyze_sub_link(scope, (const AstSubLink *)ast, expr_out);
    case AST_GROUPING_FUNC:
        return grouping_make(scope, (const AstGroupingFunc *)ast, expr_out);
    default:
        return construct_analyze(scope, ast, expr_out);
    }
}
