/* analyze_construct.c: casts, CASE, rows, arrays, subscripts and the other constructs that are no
 * operators or calls. */
#include "planner/analyze_expr_int.h"
#include "types/xml.h"

/* ---- casts ---- */

/* That of the elements, where they agree. */
static int32_t array_typmod(const ExprArray *node, Oid wanted) {
    int32_t typmod = node->elements.count > 0 ? node->elements.items[0]->typmod : -1;
    for (uint32_t i = 0; i < node->elements.count; i++)
        if (node->elements.items[i]->type != wanted || node->elements.items[i]->typmod != typmod)
            return -1;
    return typmod;
}

static Status array_make(Scope *scope, const AstArray *ast, Oid array_type, Oid element_type,
                         int32_t typmod, Expr **expr_out);

static Status analyze_cast(Scope *scope, const AstTypeCast *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    Oid type, base, element = 0;
    int32_t typmod, base_typmod;
    Expr *arg;
    TRY(analyze_type_name(an->env, an->arena, ast->type, &type, &typmod));
    if (ast->arg->tag == AST_ARRAY) {
        base_typmod = typmod;
        TRY(an_base_type_mod(an, type, &base, &base_typmod));
        TRY(an_element(an, base, &element));
    }
    if (element != 0)
        TRY(array_make(scope, (const AstArray *)ast->arg, base, element, base_typmod, &arg));
    else
        TRY(expr_analyze_inner(scope, ast->arg, &arg));
    int32_t location = ast->location >= 0 ? ast->location : ast->type->location;
    TRY(coerce_to_target(an, arg, arg->type, type, typmod, COERCION_EXPLICIT, CALL_CAST, location,
                         expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    return AT(location >= 0 ? location : expr_location(arg),
              error(ERR_CANNOT_COERCE, "cannot cast type %s to %s", an_format_type(an, arg->type),
                    an_format_type(an, type)));
}

static Status analyze_collate(Scope *scope, const AstCollate *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    if (arg->type != OID_UNKNOWN && !an_is_collatable(an, arg->type))
        return AT(ast->location,
                  error(ERR_DATATYPE_MISMATCH, "collations are not supported by type %s",
                        an_format_type(an, arg->type)));
    ExprCollate *node = EXPR_NEW(an->arena, ExprCollate, EXPR_COLLATE);
    node->arg = arg;
    node->type = arg->type;
    node->typmod = arg->typmod;
    node->location = ast->location;
    TRY(AT(ast->location,
           collation_by_name(an->catalog,
                             ast->name.count > 1 ? ast->name.items[ast->name.count - 2] : NULL,
                             str_list_last(&ast->name), false, &node->collation)));
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- tests ---- */

static Status analyze_null_test(Scope *scope, const AstNullTest *ast, Expr **expr_out) {
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    return null_test_make(scope, arg, ast->negated, ast->location, expr_out);
}

static Status analyze_boolean_test(Scope *scope, const AstBooleanTest *ast, Expr **expr_out) {
    static const struct {
        BooleanTestKind kind;
        const char *name;
    } tests[3][2] = {{{TEST_TRUE, "IS TRUE"}, {TEST_NOT_TRUE, "IS NOT TRUE"}},
                     {{TEST_FALSE, "IS FALSE"}, {TEST_NOT_FALSE, "IS NOT FALSE"}},
                     {{TEST_UNKNOWN, "IS UNKNOWN"}, {TEST_NOT_UNKNOWN, "IS NOT UNKNOWN"}}};
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    TRY(coerce_to_boolean(scope->an, arg, tests[ast->kind][ast->negated].name, &arg));
    ExprBooleanTest *node = EXPR_NEW(scope->an->arena, ExprBooleanTest, EXPR_BOOLEAN_TEST);
    node->arg = arg;
    node->kind = tests[ast->kind][ast->negated].kind;
    node->type = OID_BOOL;
    node->location = ast->location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status check_no_sets(Scope *scope, const Expr *last_srf, const char *construct) {
    if (scope->last_srf == last_srf)
        return STATUS_OK;
    return AT(expr_location(scope->last_srf),
              status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                "set-returning functions are not allowed in %s", construct),
                          "You might be able to move the set-returning function into a LATERAL "
                          "FROM item."));
}

/* ---- CASE ---- */

static Status case_conditions(Scope *scope, const AstCase *ast, Expr *test, ExprCase *node) {
    Analyzer *an = scope->an;
    StrList equals = str_list_one(an->arena, "=");
    for (uint32_t i = 0; i < ast->whens.count; i++) {
        const AstCaseWhen *when = AST_AT(AstCaseWhen, ast->whens, i);
        Expr *condition, *result;
        TRY(expr_analyze_inner(scope, when->condition, &condition));
        if (test != NULL)
            TRY(oper_make(scope, &equals, test, condition, when->location, &condition));
        TRY(coerce_to_boolean(an, condition, "CASE/WHEN", &condition));
        TRY(expr_analyze_inner(scope, when->result, &result));
        expr_list_add(an->arena, &node->conditions, condition);
        expr_list_add(an->arena, &node->results, result);
    }
    return STATUS_OK;
}

static Status analyze_case(Scope *scope, const AstCase *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    const Expr *last_srf = scope->last_srf;
    ExprCase *node = EXPR_NEW(an->arena, ExprCase, EXPR_CASE);
    Expr *test = NULL;
    node->location = ast->location;
    if (ast->arg != NULL) {
        TRY(expr_analyze_inner(scope, ast->arg, &node->arg));
        if (node->arg->type == OID_UNKNOWN)
            TRY(coerce_to_common(an, node->arg, OID_TEXT, "CASE", &node->arg));
        TRY(collate_expr(scope, node->arg));
        test = EXPR_NEW(an->arena, Expr, EXPR_CASE_TEST);
        test->type = node->arg->type;
        test->typmod = node->arg->typmod;
        test->collation = node->arg->collation;
    }
    TRY(case_conditions(scope, ast, test, node));
    if (ast->otherwise != NULL)
        TRY(expr_analyze_inner(scope, ast->otherwise, &node->otherwise));
    else
        node->otherwise = (Expr *)expr_null(an->arena, OID_UNKNOWN, -1, 0, PHYS_STR);
    ExprList all = expr_list_of(an->arena, 1, node->otherwise);
    expr_list_concat(an->arena, &all, &node->results);
    TRY(coerce_common_type(an, &all, "CASE", &node->type, NULL));
    TRY(coerce_to_common(an, node->otherwise, node->type, "CASE/ELSE", &node->otherwise));
    for (uint32_t i = 0; i < node->results.count; i++)
        TRY(coerce_to_common(an, node->results.items[i], node->type, "CASE/WHEN",
                             &node->results.items[i]));
    TRY(check_no_sets(scope, last_srf, "CASE"));
    all = expr_list_of(an->arena, 1, node->otherwise);
    expr_list_concat(an->arena, &all, &node->results);
    node->typmod = coerce_common_typmod(&all, node->type);
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- COALESCE, GREATEST, LEAST ---- */

static Status common_args(Scope *scope, const AstList *list, const char *construct, Oid *type_out,
                          int32_t *typmod_out, ExprList *args_out) {
    Analyzer *an = scope->an;
    const Expr *last_srf = scope->last_srf;
    *args_out = (ExprList){0};
    for (uint32_t i = 0; i < list->count; i++) {
        Expr *arg;
        TRY(expr_analyze_inner(scope, list->items[i], &arg));
        expr_list_add(an->arena, args_out, arg);
    }
    TRY(coerce_common_type(an, args_out, construct, type_out, NULL));
    for (uint32_t i = 0; i < args_out->count; i++)
        TRY(coerce_to_common(an, args_out->items[i], *type_out, construct, &args_out->items[i]));
    *typmod_out = coerce_common_typmod(args_out, *type_out);
    return check_no_sets(scope, last_srf, construct);
}

static Status analyze_coalesce(Scope *scope, const AstCoalesce *ast, Expr **expr_out) {
    ExprCoalesce *node = EXPR_NEW(scope->an->arena, ExprCoalesce, EXPR_COALESCE);
    TRY(common_args(scope, &ast->args, "COALESCE", &node->type, &node->typmod, &node->args));
    node->location = ast->location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status analyze_min_max(Scope *scope, const AstMinMax *ast, Expr **expr_out) {
    ExprMinMax *node = EXPR_NEW(scope->an->arena, ExprMinMax, EXPR_MIN_MAX);
    node->greatest = ast->greatest;
    node->location = ast->location;
    TRY(common_args(scope, &ast->args, ast->greatest ? "GREATEST" : "LEAST", &node->type,
                    &node->typmod, &node->args));
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- rows and arrays ---- */

static Status analyze_row(Scope *scope, const AstRow *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    ExprRow *node = EXPR_NEW(an->arena, ExprRow, EXPR_ROW);
    TRY(exprs_analyze(scope, &ast->args, scope->kind, false, &node->args));
    if (node->args.count > TARGETS_MAX)
        return AT(ast->location, error(ERR_TOO_MANY_COLUMNS,
                                       "ROW expressions can have at most %d entries", TARGETS_MAX));
    node->type = OID_RECORD;
    node->form = ast->explicit_row ? CALL_EXPLICIT : CALL_IMPLICIT;
    node->location = ast->location;
    node->names = arena_array(an->arena, const char *, node->args.count + 1);
    for (uint32_t i = 0; i < node->args.count; i++)
        node->names[i] = arena_printf(an->arena, "f%u", i + 1);
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status array_elements(Scope *scope, const AstArray *ast, Oid array_type, Oid element_type,
                             int32_t typmod, ExprArray *node) {
    Analyzer *an = scope->an;
    for (uint32_t i = 0; i < ast->elements.count; i++) {
        const Ast *item = ast->elements.items[i];
        Expr *element;
        TRY(fiber_stack_check());
        if (item->tag == AST_ARRAY) {
            TRY(array_make(scope, (const AstArray *)item, array_type, element_type, typmod,
                           &element));
            node->multi = true;
        } else {
            TRY(expr_analyze_inner(scope, item, &element));
            if (!node->multi) {
                Oid inner = 0;
                if (element->type != OID_UNKNOWN)
                    TRY(an_element(an, element->type, &inner));
                node->multi =
                    inner != 0 && element->type != OID_INT2VECTOR && element->type != OID_OIDVECTOR;
            }
        }
        expr_list_add(an->arena, &node->elements, element);
    }
    return STATUS_OK;
}

static Status array_types(Scope *scope, const AstArray *ast, ExprArray *node, Oid *coerce_out) {
    Analyzer *an = scope->an;
    if (node->elements.count == 0)
        return AT(ast->location, status_hint(error(ERR_INDETERMINATE_DATATYPE,
                                                   "cannot determine type of empty array"),
                                             "Explicitly cast to the desired type, for example "
                                             "ARRAY[]::integer[]."));
    TRY(coerce_common_type(an, &node->elements, "ARRAY", coerce_out, NULL));
    if (node->multi) {
        node->type = *coerce_out;
        TRY(an_element(an, node->type, &node->element_type));
        if (node->element_type == 0)
            return AT(ast->location,
                      error(ERR_UNDEFINED_OBJECT, "could not find element type for data type %s",
                            an_format_type(an, node->type)));
        return STATUS_OK;
    }
    node->element_type = *coerce_out;
    TRY(an_array_of(an, node->element_type, &node->type));
    if (node->type == 0)
        return AT(ast->location,
                  error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                        an_format_type(an, node->element_type)));
    return STATUS_OK;
}

static Status array_make(Scope *scope, const AstArray *ast, Oid array_type, Oid element_type,
                         int32_t typmod, Expr **expr_out) {
    Analyzer *an = scope->an;
    ExprArray *node = EXPR_NEW(an->arena, ExprArray, EXPR_ARRAY);
    bool hard = array_type != 0;
    Oid wanted;
    node->location = ast->location;
    TRY(array_elements(scope, ast, array_type, element_type, typmod, node));
    if (hard) {
        node->type = array_type;
        node->element_type = element_type;
        wanted = node->multi ? array_type : element_type;
    } else {
        TRY(array_types(scope, ast, node, &wanted));
    }
    for (uint32_t i = 0; i < node->elements.count; i++) {
        Expr *element = node->elements.items[i], *coerced;
        if (!hard) {
            TRY(coerce_to_common(an, element, wanted, "ARRAY", &node->elements.items[i]));
            continue;
        }
        TRY(coerce_to_target(an, element, element->type, wanted, typmod, COERCION_EXPLICIT,
                             CALL_CAST, -1, &coerced));
        if (coerced == NULL)
            return AT(expr_location(element),
                      error(ERR_CANNOT_COERCE, "cannot cast type %s to %s",
                            an_format_type(an, element->type), an_format_type(an, wanted)));
        node->elements.items[i] = coerced;
    }
    node->typmod = array_typmod(node, wanted);
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- subscripts ---- */

static Status not_subscriptable(Analyzer *an, const Expr *container, Oid type) {
    return AT(expr_location(container),
              error(ERR_DATATYPE_MISMATCH,
                    "cannot subscript type %s because it does not support subscripting",
                    an_format_type(an, type)));
}

static Status integer_subscript(Scope *scope, const Ast *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    Expr *expr;
    TRY(expr_analyze_inner(scope, ast, &expr));
    TRY(coerce_to_target(an, expr, expr->type, OID_INT4, -1, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                         expr_out));
    if (*expr_out == NULL)
        return AT(ast_location(ast),
                  error(ERR_DATATYPE_MISMATCH, "array subscript must have type integer"));
    return STATUS_OK;
}

static Status json_subscript(Scope *scope, const AstSubscript *step, Expr **expr_out) {
    Analyzer *an = scope->an;
    Expr *expr;
    Oid target = OID_TEXT;
    const Oid targets[2] = {OID_INT4, OID_TEXT};
    if (step->slice)
        return AT(ast_location(step->upper != NULL ? step->upper : step->lower),
                  error(ERR_DATATYPE_MISMATCH, "jsonb subscript does not support slices"));
    TRY(expr_analyze_inner(scope, step->upper, &expr));
    if (expr->type != OID_UNKNOWN) {
        uint32_t fits = 0;
        for (int i = 0; i < 2; i++) {
            bool can;
            TRY(coerce_can(an, 1, &expr->type, &targets[i], COERCION_IMPLICIT, &can));
            if (can) {
                target = targets[i];
                fits++;
            }
        }
        if (fits != 1)
            return AT(expr_location(expr),
                      status_hint(error(ERR_DATATYPE_MISMATCH, "subscript type %s is not supported",
                                        an_format_type(an, expr->type)),
                                  "jsonb subscript must be coercible to %s",
                                  fits > 1 ? "only one type, integer or text."
                                           : "either integer or text."));
    }
    return coerce_type(an, expr, expr->type, target, -1, COERCION_IMPLICIT, CALL_IMPLICIT, -1,
                       expr_out);
}

static Status array_subscripts(Scope *scope, const AstList *steps, uint32_t first, uint32_t count,
                               ExprSubscript *node) {
    Arena *arena = scope->an->arena;
    for (uint32_t i = first; i < first + count; i++)
        node->slice |= AST_AT(AstSubscript, *steps, i)->slice;
    for (uint32_t i = first; i < first + count; i++) {
        const AstSubscript *step = AST_AT(AstSubscript, *steps, i);
        Expr *bound = NULL;
        if (node->slice) {
            if (step->lower != NULL)
                TRY(integer_subscript(scope, step->lower, &bound));
            else if (!step->slice)
                bound = (Expr *)expr_const(arena, OID_INT4, -1, 0, PHYS_I32, datum_i32(1), false);
            expr_list_add(arena, &node->lower, bound);
        }
        bound = NULL;
        if (step->upper != NULL)
            TRY(integer_subscript(scope, step->upper, &bound));
        expr_list_add(arena, &node->upper, bound);
    }
    if (node->upper.count > 6)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                     node->upper.count, 6);
    return STATUS_OK;
}

/* The extension hstore's type: its code tells it. */
static Status subscripted_by_text(Analyzer *an, const TypeDesc *desc, bool *by_text_out) {
    const ProcDesc *proc;
    *by_text_out = false;
    if (desc->subscript == 0 || desc->element != 0)
        return STATUS_OK;
    TRY(catalog_proc(an->catalog, desc->subscript, &proc));
    *by_text_out = proc != NULL && proc->language == OID_LANGUAGE_C &&
                   strcmp(proc->source, "hstore_subscript_handler") == 0;
    return STATUS_OK;
}
static Status text_subscript(Scope *scope, const AstList *steps, uint32_t first, uint32_t count,
                             ExprSubscript *node) {
    Analyzer *an = scope->an;
    const AstSubscript *step = AST_AT(AstSubscript, *steps, first);
    Expr *expr, *key;
    if (count != 1 || step->slice)
        return error(ERR_FEATURE_NOT_SUPPORTED, "hstore allows only one subscript");
    TRY(expr_analyze_inner(scope, step->upper, &expr));
    TRY(coerce_to_target(an, expr, expr->type, OID_TEXT, -1, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                         &key));
    if (key == NULL)
        return AT(ast_location(step->upper),
                  error(ERR_DATATYPE_MISMATCH, "hstore subscript must have type text"));
    expr_list_add(an->arena, &node->upper, key);
    node->type = OID_TEXT;
    node->typmod = -1;
    return STATUS_OK;
}

Status subscripts_make(Scope *scope, Expr *container, Oid container_type, int32_t typmod,
                       const AstList *steps, uint32_t first, uint32_t count, bool is_assignment,
                       ExprSubscript **out) {
    Analyzer *an = scope->an;
    const TypeDesc *desc;
    if (!is_assignment) {
        TRY(an_base_type_mod(an, container_type, &container_type, &typmod));
        if (container_type == OID_INT2VECTOR)
            container_type = OID_INT2_ARRAY;
        else if (container_type == OID_OIDVECTOR)
            container_type = OID_OID_ARRAY;
    }
    if (container_type == OID_UNKNOWN)
        return not_subscriptable(an, container, container_type);
    TRY(an_type(an, container_type, &desc));
    ExprSubscript *node = EXPR_NEW(an->arena, ExprSubscript, EXPR_SUBSCRIPT);
    node->container_type = container_type;
    node->typmod = typmod;
    node->arg = container;
    *out = node;
    if (container_type == OID_JSONB) {
        node->type = OID_JSONB;
        for (uint32_t i = first; i < first + count; i++) {
            Expr *key;
            TRY(json_subscript(scope, AST_AT(AstSubscript, *steps, i), &key));
            expr_list_add(an->arena, &node->upper, key);
        }
        return STATUS_OK;
    }
    bool by_text;
    TRY(subscripted_by_text(an, desc, &by_text));
    if (by_text)
        return text_subscript(scope, steps, first, count, node);
    if (desc->subscript == 0 || desc->element == 0)
        return not_subscriptable(an, container, container_type);
    node->element_type = desc->element;
    TRY(array_subscripts(scope, steps, first, count, node));
    node->type = node->slice ? container_type : desc->element;
    return STATUS_OK;
}

/* ---- the rest ---- */

static Status analyze_value_func(Scope *scope, const AstValueFunc *ast, Expr **expr_out) {
    static const Oid types[] = {[AST_CURRENT_DATE] = OID_DATE,
                                [AST_CURRENT_TIME] = OID_TIMETZ,
                                [AST_CURRENT_TIMESTAMP] = OID_TIMESTAMPTZ,
                                [AST_LOCALTIME] = OID_TIME,
                                [AST_LOCALTIMESTAMP] = OID_TIMESTAMP,
                                [AST_CURRENT_ROLE] = OID_NAME,
                                [AST_CURRENT_USER] = OID_NAME,
                                [AST_USER] = OID_NAME,
                                [AST_SESSION_USER] = OID_NAME,
                                [AST_CURRENT_CATALOG] = OID_NAME,
                                [AST_CURRENT_SCHEMA] = OID_NAME};
    ExprValueFunc *node = EXPR_NEW(scope->an->arena, ExprValueFunc, EXPR_VALUE_FUNC);
    node->kind = (ValueFuncKind)ast->kind;
    node->type = types[ast->kind];
    node->location = ast->location;
    if (ast->precision >= 0) {
        bool zone = ast->kind == AST_CURRENT_TIME || ast->kind == AST_CURRENT_TIMESTAMP;
        const char *name =
            ast->kind == AST_CURRENT_TIME || ast->kind == AST_LOCALTIME ? "TIME" : "TIMESTAMP";
        node->typmod = ast->precision;
        if (node->typmod > 6) {
            session_notice(scope->an->catalog, "WARNING", ERR_INVALID_PARAMETER_VALUE,
                           "%s(%d)%s precision reduced to maximum allowed, %d", name, node->typmod,
                           zone ? " WITH TIME ZONE" : "", 6);
            node->typmod = 6;
        }
    }
    if (node->type == OID_NAME)
        node->collation = OID_COLLATION_C;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status xml_arg_type(Scope *scope, const AstXmlExpr *ast, uint32_t i, Expr *arg,
                           Expr **expr_out) {
    Analyzer *an = scope->an;
    *expr_out = arg;
    switch (ast->op) {
    case AST_XML_CONCAT:
        return coerce_to_specific(an, arg, OID_XML, "XMLCONCAT", expr_out);
    case AST_XML_FOREST:
        return coerce_to_specific(an, arg, OID_XML, "XMLFOREST", expr_out);
    case AST_XML_PARSE:
        return i == 0 ? coerce_to_specific(an, arg, OID_TEXT, "XMLPARSE", expr_out)
                      : coerce_to_boolean(an, arg, "XMLPARSE", expr_out);
    case AST_XML_PI:
        return coerce_to_specific(an, arg, OID_TEXT, "XMLPI", expr_out);
    case AST_XML_ROOT:
        return coerce_to_specific(an, arg,
                                  i == 0   ? OID_XML
                                  : i == 1 ? OID_TEXT
                                           : OID_INT4,
                                  "XMLROOT", expr_out);
    case AST_XML_IS_DOCUMENT:
        return coerce_to_specific(an, arg, OID_XML, "IS DOCUMENT", expr_out);
    default:
        return STATUS_OK;
    }
}

/* An identifier as a name of XML; full: it is a column's. */
static const char *xml_name(Analyzer *an, const char *identifier, bool full) {
    StrBuf out;
    strbuf_init(&out, an->arena);
    xml_put_name(&out, identifier, full, false);
    return strbuf_cstr(&out);
}
static Status xml_named_args(Scope *scope, const AstXmlExpr *ast, ExprXml *node) {
    Analyzer *an = scope->an;
    node->arg_names = arena_array(an->arena, const char *, ast->attributes.count + 1);
    for (uint32_t i = 0; i < ast->attributes.count; i++) {
        const AstTarget *target = AST_AT(AstTarget, ast->attributes, i);
        Expr *value;
        const char *name = target->name;
        TRY(expr_analyze_inner(scope, target->value, &value));
        if (name == NULL && target->value->tag == AST_COLUMN_REF)
            name = target_figure_name(scope, target->value);
        if (name == NULL)
            return AT(target->location,
                      error(ERR_SYNTAX_ERROR, ast->op == AST_XML_ELEMENT
                                                  ? "unnamed XML attribute value must be a column "
                                                    "reference"
                                                  : "unnamed XML element value must be a column "
                                                    "reference"));
        for (uint32_t j = 0; ast->op == AST_XML_ELEMENT && j < i; j++)
            if (strcmp(node->arg_names[j], name) == 0)
                return AT(target->location,
                          error(ERR_SYNTAX_ERROR,
                                "XML attribute name \"%s\" appears more than once", name));
        node->arg_names[i] = xml_name(an, name, target->name == NULL);
        expr_list_add(an->arena, &node->named_args, value);
    }
    return STATUS_OK;
}

static Status analyze_xml(Scope *scope, const AstXmlExpr *ast, Expr **expr_out) {
    static const XmlOp ops[] = {[AST_XML_CONCAT] = XML_CONCAT,
                                [AST_XML_ELEMENT] = XML_ELEMENT,
                                [AST_XML_FOREST] = XML_FOREST,
                                [AST_XML_PARSE] = XML_PARSE,
                                [AST_XML_PI] = XML_PI,
                                [AST_XML_ROOT] = XML_ROOT,
                                [AST_XML_IS_DOCUMENT] = XML_IS_DOCUMENT};
    ExprXml *node = EXPR_NEW(scope->an->arena, ExprXml, EXPR_XML);
    node->op = ops[ast->op];
    node->name = ast->name == NULL ? NULL : xml_name(scope->an, ast->name, false);
    node->document = ast->document;
    node->type = ast->op == AST_XML_IS_DOCUMENT ? OID_BOOL : OID_XML;
    node->location = ast->location;
    TRY(xml_named_args(scope, ast, node));
    for (uint32_t i = 0; i < ast->args.count; i++) {
        Expr *arg;
        TRY(expr_analyze_inner(scope, ast->args.items[i], &arg));
        TRY(xml_arg_type(scope, ast, i, arg, &arg));
        expr_list_add(scope->an->arena, &node->args, arg);
    }
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status analyze_xml_serialize(Scope *scope, const AstXmlSerialize *ast, Expr **expr_out) {
    Analyzer *an = scope->an;
    Oid type;
    int32_t typmod;
    Expr *arg;
    TRY(expr_analyze_inner(scope, ast->arg, &arg));
    TRY(coerce_to_specific(an, arg, OID_XML, "XMLSERIALIZE", &arg));
    TRY(analyze_type_name(an->env, an->arena, ast->type, &type, &typmod));
    ExprXml *node = EXPR_NEW(an->arena, ExprXml, EXPR_XML);
    node->op = XML_SERIALIZE;
    node->args = expr_list_of(an->arena, 1, arg);
    node->document = ast->document;
    node->type = OID_TEXT;
    node->location = ast->location;
    TRY(coerce_to_target(an, (Expr *)node, OID_TEXT, type, typmod, COERCION_IMPLICIT, CALL_IMPLICIT,
                         -1, expr_out));
    if (*expr_out == NULL)
        return AT(ast->location, error(ERR_CANNOT_COERCE, "cannot cast XMLSERIALIZE result to %s",
                                       an_format_type(an, type)));
    return STATUS_OK;
}

/* A host language's variable may hold the cursor's name. */
static Status current_of_variable(Scope *scope, const AstCurrentOf *ast, ExprCurrentOf *node) {
    const ParseHooks *hooks = scope->an->hooks;
    Expr *variable = NULL;
    if (hooks == NULL || hooks->column_ref == NULL || ast->cursor == NULL)
        return STATUS_OK;
    AstColumnRef *ref = AST_NEW(scope->an->arena, AstColumnRef, AST_COLUMN_REF, -1);
    str_list_add(scope->an->arena, &ref->fields, ast->cursor);
    TRY(hooks->column_ref(hooks->arg, scope->an->arena, ref, true, &variable));
    if (variable == NULL || variable->tag != EXPR_PARAM || variable->type != OID_REFCURSOR)
        return STATUS_OK;
    node->cursor = NULL;
    node->param = ((ExprParam *)variable)->number;
    return STATUS_OK;
}

static Status analyze_current_of(Scope *scope, const AstCurrentOf *ast, Expr **expr_out) {
    ExprCurrentOf *node = EXPR_NEW(scope->an->arena, ExprCurrentOf, EXPR_CURRENT_OF);
    node->rt_index = scope->target_item == NULL ? 0 : scope->target_item->rt_index;
    node->cursor = ast->cursor;
    node->type = OID_BOOL;
    node->location = ast->location;
    *expr_out = (Expr *)node;
    return current_of_variable(scope, ast, node);
}

Status construct_analyze(Scope *scope, const Ast *ast, Expr **expr_out) {
    switch (ast->tag) {
    case AST_TYPE_CAST:
        return analyze_cast(scope, (const AstTypeCast *)ast, expr_out);
    case AST_COLLATE:
        return analyze_collate(scope, (const AstCollate *)ast, expr_out);
    case AST_NULL_TEST:
        return analyze_null_test(scope, (const AstNullTest *)ast, expr_out);
    case AST_BOOLEAN_TEST:
        return analyze_boolean_test(scope, (const AstBooleanTest *)ast, expr_out);
    case AST_CASE:
        return analyze_case(scope, (const AstCase *)ast, expr_out);
    case AST_COALESCE:
        return analyze_coalesce(scope, (const AstCoalesce *)ast, expr_out);
    case AST_MIN_MAX:
        return analyze_min_max(scope, (const AstMinMax *)ast, expr_out);
    case AST_ROW:
        return analyze_row(scope, (const AstRow *)ast, expr_out);
    case AST_ARRAY:
        return array_make(scope, (const AstArray *)ast, 0, 0, -1, expr_out);
    case AST_VALUE_FUNC:
        return analyze_value_func(scope, (const AstValueFunc *)ast, expr_out);
    case AST_XML_EXPR:
        return analyze_xml(scope, (const AstXmlExpr *)ast, expr_out);
    case AST_XML_SERIALIZE:
        return analyze_xml_serialize(scope, (const AstXmlSerialize *)ast, expr_out);
    case AST_CURRENT_OF:
        return analyze_current_of(scope, (const AstCurrentOf *)ast, expr_out);
    case AST_SET_TO_DEFAULT:
        return AT(ast->location, error(ERR_SYNTAX_ERROR, "DEFAULT is not allowed in this context"));
    case AST_STAR:
        return AT(ast->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                       "row expansion via \"*\" is not supported here"));
    default:
        return error(ERR_INTERNAL_ERROR, "unrecognized node type: %s", ast_tag_name(ast->tag));
    }
}
