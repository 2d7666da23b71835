/*
 * analyze_coerce.c: from one type to another (manual: Type Conversion).
 *
 * A conversion is found in pg_cast, or it is one of those that need no entry: unknown literals,
 * domains, arrays by their elements, rows, enlistment in a supertype, anything through text. Then it
 * is built as an expression: a function call, a relabelling, a text round trip, an array map.
 */
#include "planner/analyze_int.h"

/* ---- the ways ---- */

static Status path_without_cast(Analyzer *an, Oid target, Oid source, CoercionContext context,
                                CoercionPath *path_out, Oid *func_out) {
    Oid target_element = 0, source_element = 0;
    if (target != OID_OIDVECTOR && target != OID_INT2VECTOR) {
        TRY(an_element(an, target, &target_element));
        if (target_element != 0)
            TRY(an_element(an, source, &source_element));
        if (target_element != 0 && source_element != 0) {
            CoercionPath element_path;
            TRY(coerce_find_path(an, target_element, source_element, context, &element_path,
                                 func_out));
            if (element_path != PATH_NONE)
                *path_out = PATH_ARRAY;
        }
    }
    if (*path_out != PATH_NONE)
        return STATUS_OK;
    const TypeDesc *desc;
    if (context >= COERCION_ASSIGNMENT) {
        TRY(an_type(an, target, &desc));
        if (desc->category == 'S')
            *path_out = PATH_VIA_IO;
    }
    if (*path_out == PATH_NONE && context >= COERCION_EXPLICIT) {
        TRY(an_type(an, source, &desc));
        if (desc->category == 'S')
            *path_out = PATH_VIA_IO;
    }
    return STATUS_OK;
}

Status coerce_find_path(Analyzer *an, Oid target, Oid source, CoercionContext context,
                        CoercionPath *path_out, Oid *func_out) {
    *path_out = PATH_NONE;
    *func_out = 0;
    TRY(an_base_type(an, source, &source));
    TRY(an_base_type(an, target, &target));
    if (source == target) {
        *path_out = PATH_RELABEL;
        return STATUS_OK;
    }
    const CastDesc *cast;
    TRY(catalog_cast(an->catalog, source, target, &cast));
    if (cast == NULL)
        return path_without_cast(an, target, source, context, path_out, func_out);
    CoercionContext needed = cast->context == 'i'   ? COERCION_IMPLICIT
                             : cast->context == 'a' ? COERCION_ASSIGNMENT
                                                    : COERCION_EXPLICIT;
    if (context < needed)
        return STATUS_OK;
    if (cast->method == 'f') {
        *path_out = PATH_FUNC;
        *func_out = cast->proc;
    } else {
        *path_out = cast->method == 'i' ? PATH_VIA_IO : PATH_RELABEL;
    }
    return STATUS_OK;
}

Status coerce_find_typmod_func(Analyzer *an, Oid type, CoercionPath *path_out, Oid *func_out) {
    Oid element;
    const CastDesc *cast;
    *path_out = PATH_FUNC;
    *func_out = 0;
    TRY(an_element(an, type, &element));
    if (element != 0) {
        *path_out = PATH_ARRAY;
        type = element;
    }
    TRY(catalog_cast(an->catalog, type, type, &cast));
    if (cast != NULL)
        *func_out = cast->proc;
    else
        *path_out = PATH_NONE;
    return STATUS_OK;
}

static Status inherits_from(Analyzer *an, Oid sub, Oid super, bool *yes_out) {
    Oid sub_relation, super_relation;
    *yes_out = false;
    TRY(an_type_relation(an, sub, &sub_relation));
    TRY(an_type_relation(an, super, &super_relation));
    if (sub_relation == 0 || super_relation == 0)
        return STATUS_OK;
    const RelationDesc *desc;
    TRY(catalog_relation_require(an->catalog, sub_relation, &desc));
    if (desc->of_type != 0 && desc->of_type == super) {
        *yes_out = true;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < desc->parent_count && !*yes_out; i++) {
        const RelationDesc *parent;
        if (desc->parents[i] == super_relation)
            *yes_out = true;
        TRY(catalog_relation_require(an->catalog, desc->parents[i], &parent));
        if (!*yes_out)
            TRY(inherits_from(an, parent->row_type, super, yes_out));
    }
    return STATUS_OK;
}

static Status can_coerce_one(Analyzer *an, Oid input, Oid target, CoercionContext context,
                             bool *generic_out, bool *can_out) {
    CoercionPath path;
    Oid func, element;
    bool input_complex, target_complex;
    *can_out = true;
    if (input == target || target == OID_ANY)
        return STATUS_OK;
    if (is_polymorphic(target)) {
        *generic_out = true;
        return STATUS_OK;
    }
    if (input == OID_UNKNOWN)
        return STATUS_OK;
    TRY(coerce_find_path(an, target, input, context, &path, &func));
    if (path != PATH_NONE)
        return STATUS_OK;
    TRY(an_is_complex(an, target, &target_complex));
    if (input == OID_RECORD && target_complex)
        return STATUS_OK;
    TRY(an_is_complex(an, input, &input_complex));
    if (target == OID_RECORD && input_complex)
        return STATUS_OK;
    if (target == OID_RECORD_ARRAY) {
        TRY(an_element(an, input, &element));
        if (element != 0)
            TRY(an_is_complex(an, element, can_out));
        if (element != 0 && *can_out)
            return STATUS_OK;
    }
    return inherits_from(an, input, target, can_out);
}

Status coerce_can(Analyzer *an, uint32_t count, const Oid *inputs, const Oid *targets,
                  CoercionContext context, bool *can_out) {
    bool generic = false;
    *can_out = true;
    for (uint32_t i = 0; i < count && *can_out; i++)
        TRY(can_coerce_one(an, inputs[i], targets[i], context, &generic, can_out));
    if (*can_out && generic)
        TRY(coerce_generic_matches(an, inputs, targets, count, can_out));
    return STATUS_OK;
}

Status coerce_binary_compatible(Analyzer *an, Oid source, Oid target, bool *ok_out) {
    const CastDesc *cast;
    Oid element;
    *ok_out = true;
    if (source == target || target == OID_ANY || target == OID_ANYELEMENT ||
        target == OID_ANYCOMPATIBLE)
        return STATUS_OK;
    TRY(an_base_type(an, source, &source));
    if (source == target)
        return STATUS_OK;
    TRY(an_element(an, source, &element));
    if (target == OID_ANYARRAY || target == OID_ANYCOMPATIBLEARRAY) {
        *ok_out = element != 0;
        if (*ok_out)
            return STATUS_OK;
    } else if (target == OID_ANYNONARRAY || target == OID_ANYCOMPATIBLENONARRAY) {
        *ok_out = element == 0;
        if (*ok_out)
            return STATUS_OK;
    }
    const TypeDesc *desc;
    TRY(an_type(an, source, &desc));
    *ok_out = true;
    if ((target == OID_ANYENUM && desc->kind == 'e') ||
        ((target == OID_ANYRANGE || target == OID_ANYCOMPATIBLERANGE) && desc->kind == 'r') ||
        ((target == OID_ANYMULTIRANGE || target == OID_ANYCOMPATIBLEMULTIRANGE) &&
         desc->kind == 'm') ||
        (target == OID_RECORD && desc->kind == 'c'))
        return STATUS_OK;
    if (target == OID_RECORD_ARRAY && element != 0) {
        TRY(an_is_complex(an, element, ok_out));
        if (*ok_out)
            return STATUS_OK;
    }
    TRY(catalog_cast(an->catalog, source, target, &cast));
    *ok_out = cast != NULL && cast->method == 'b' && cast->context == 'i';
    return STATUS_OK;
}

/* ---- building ---- */

static Expr *relabel(Analyzer *an, Expr *arg, Oid type, CallForm form, int32_t location) {
    ExprRelabel *node = EXPR_NEW(an->arena, ExprRelabel, EXPR_RELABEL);
    node->arg = arg;
    node->type = type;
    node->form = form;
    node->location = location;
    return (Expr *)node;
}

/* Marks what lies under a domain coercion as implicit: only the domain is printed. */
static void hide_coercion(Expr *expr) {
    switch (expr->tag) {
    case EXPR_FUNC:
        ((ExprFunc *)expr)->form = CALL_IMPLICIT;
        break;
    case EXPR_RELABEL:
        ((ExprRelabel *)expr)->form = CALL_IMPLICIT;
        break;
    case EXPR_COERCE_VIA_IO:
        ((ExprCoerceViaIo *)expr)->form = CALL_IMPLICIT;
        break;
    case EXPR_ARRAY_COERCE:
        ((ExprArrayCoerce *)expr)->form = CALL_IMPLICIT;
        break;
    case EXPR_ROW_COERCE:
        ((ExprRowCoerce *)expr)->form = CALL_IMPLICIT;
        break;
    case EXPR_COERCE_DOMAIN:
        ((ExprCoerceDomain *)expr)->form = CALL_IMPLICIT;
        break;
    default:
        break;
    }
}

static Status build_coercion(Analyzer *an, Expr *arg, CoercionPath path, Oid func, Oid type,
                             int32_t typmod, CoercionContext context, CallForm form,
                             int32_t location, Expr **expr_out);

/* The same value with another typmod to show. */
static Expr *relabel_typmod(Analyzer *an, Expr *expr, Oid type, int32_t typmod, CallForm form,
                            int32_t location) {
    Oid collation = expr->collation;
    while (expr->tag == EXPR_RELABEL)
        expr = ((ExprRelabel *)expr)->arg;
    if (expr->tag == EXPR_CONST) {
        ExprConst *constant = EXPR_NEW(an->arena, ExprConst, EXPR_CONST);
        *constant = *(ExprConst *)expr;
        constant->type = type;
        constant->typmod = typmod;
        constant->collation = collation;
        return (Expr *)constant;
    }
    if (expr->type == type && expr->typmod == typmod && expr->collation == collation)
        return expr;
    Expr *node = relabel(an, expr, type, form, location);
    node->typmod = typmod;
    node->collation = collation;
    return node;
}

/* The length or precision that a type's typmod demands. */
static Status apply_typmod(Analyzer *an, Expr *expr, Oid type, int32_t typmod,
                           CoercionContext context, CallForm form, int32_t location,
                           bool hide_input, Expr **expr_out) {
    CoercionPath path;
    Oid func;
    *expr_out = expr;
    if (expr->typmod == typmod)
        return STATUS_OK;
    if (hide_input)
        hide_coercion(expr);
    if (typmod < 0) {
        *expr_out = relabel_typmod(an, expr, type, typmod, form, location);
        return STATUS_OK;
    }
    TRY(coerce_find_typmod_func(an, type, &path, &func));
    if (path == PATH_NONE) {
        *expr_out = relabel_typmod(an, expr, type, typmod, form, location);
        return STATUS_OK;
    }
    return build_coercion(an, expr, path, func, type, typmod, context, form, location, expr_out);
}

static Status to_domain(Analyzer *an, Expr *arg, Oid base, int32_t base_typmod, Oid type,
                        CoercionContext context, CallForm form, int32_t location, bool hide_input,
                        Expr **expr_out) {
    *expr_out = arg;
    if (base == 0)
        TRY(an_base_type_mod(an, type, &base, &base_typmod));
    if (base == type)
        return STATUS_OK;
    if (hide_input)
        hide_coercion(arg);
    TRY(apply_typmod(an, arg, base, base_typmod, context, CALL_IMPLICIT, location, false, &arg));
    ExprCoerceDomain *node = EXPR_NEW(an->arena, ExprCoerceDomain, EXPR_COERCE_DOMAIN);
    node->arg = arg;
    node->type = type;
    node->form = form;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status build_func_coercion(Analyzer *an, Expr *arg, Oid func, Oid type, int32_t typmod,
                                  CoercionContext context, CallForm form, int32_t location,
                                  Expr **expr_out) {
    const ProcDesc *proc;
    TRY(catalog_proc_require(an->catalog, func, &proc));
    ExprFunc *call = EXPR_NEW(an->arena, ExprFunc, EXPR_FUNC);
    call->function = func;
    call->type = type;
    call->form = form;
    call->location = location;
    expr_list_add(an->arena, &call->args, arg);
    if (proc->arg_count >= 2)
        expr_list_add(an->arena, &call->args,
                      expr_const(an->arena, OID_INT4, -1, 0, PHYS_I32, datum_i32(typmod), false));
    if (proc->arg_count == 3)
        expr_list_add(an->arena, &call->args,
                      expr_bool_const(an->arena, context == COERCION_EXPLICIT, false));
    if (proc->arg_count >= 2)
        call->typmod = typmod; /* length coercion functions put it into force */
    *expr_out = (Expr *)call;
    return STATUS_OK;
}

static Status build_array_coercion(Analyzer *an, Expr *arg, Oid type, int32_t typmod,
                                   CoercionContext context, CallForm form, int32_t location,
                                   Expr **expr_out) {
    Oid source, source_element, target_element;
    int32_t source_typmod = arg->typmod;
    TRY(an_base_type_mod(an, arg->type, &source, &source_typmod));
    TRY(an_element(an, source, &source_element));
    TRY(an_element(an, type, &target_element));
    Expr *test = EXPR_NEW(an->arena, Expr, EXPR_CASE_TEST);
    test->type = source_element;
    test->typmod = source_typmod;
    TRY(an_type_collation(an, source_element, &test->collation));
    Expr *element;
    TRY(coerce_to_target(an, test, source_element, target_element, typmod, context, form, location,
                         &element));
    if (element == NULL)
        return error(ERR_INTERNAL_ERROR, "failed to coerce array element type as expected");
    ExprArrayCoerce *node = EXPR_NEW(an->arena, ExprArrayCoerce, EXPR_ARRAY_COERCE);
    node->arg = arg;
    node->element = element;
    node->type = type;
    node->typmod = element->typmod;
    node->form = form;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

static Status build_coercion(Analyzer *an, Expr *arg, CoercionPath path, Oid func, Oid type,
                             int32_t typmod, CoercionContext context, CallForm form,
                             int32_t location, Expr **expr_out) {
    if (path == PATH_FUNC)
        return build_func_coercion(an, arg, func, type, typmod, context, form, location, expr_out);
    if (path == PATH_ARRAY)
        return build_array_coercion(an, arg, type, typmod, context, form, location, expr_out);
    check(path == PATH_VIA_IO);
    ExprCoerceViaIo *node = EXPR_NEW(an->arena, ExprCoerceViaIo, EXPR_COERCE_VIA_IO);
    node->arg = arg;
    node->type = type;
    node->form = form;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* An unknown literal takes the type it is wanted in. */
static Status coerce_literal(Analyzer *an, const ExprConst *literal, Oid target, int32_t typmod,
                             CoercionContext context, CallForm form, int32_t location,
                             Expr **expr_out) {
    Oid base;
    int32_t base_typmod = typmod;
    const TypeDesc *desc;
    TRY(an_base_type_mod(an, target, &base, &base_typmod));
    TRY(an_type(an, base, &desc));
    /* A typmod normally acts through the cast that follows; interval has no other way to tell
     * fields from literals like '1'. */
    int32_t input_typmod = base == OID_INTERVAL ? base_typmod : -1;
    Datum value = {0};
    PhysType phys;
    if (!literal->is_null)
        TRY(an_input(an, base, input_typmod, literal->value.str, literal->location, &value));
    TRY(an_phys(an, base, &phys));
    ExprConst *constant =
        expr_const(an->arena, base, input_typmod, desc->collation, phys, value, literal->is_null);
    constant->location = literal->location;
    *expr_out = (Expr *)constant;
    if (base != target)
        return to_domain(an, (Expr *)constant, base, base_typmod, target, context, form, location,
                         false, expr_out);
    return STATUS_OK;
}

static Status row_mismatch(Analyzer *an, Oid type, int32_t location, const Expr *expr) {
    return AT(location >= 0 ? location : expr_location(expr),
              error(ERR_CANNOT_COERCE, "cannot cast type %s to %s", an_format_type(an, OID_RECORD),
                    an_format_type(an, type)));
}

static Status coerce_record(Analyzer *an, Expr *expr, Oid type, CoercionContext context,
                            CallForm form, int32_t location, Expr **expr_out) {
    Oid base;
    int32_t base_typmod = -1;
    RowShape shape;
    TRY(an_base_type_mod(an, type, &base, &base_typmod));
    if (expr->tag != EXPR_ROW)
        return row_mismatch(an, type, location, expr);
    Oid relation;
    TRY(an_type_relation(an, base, &relation));
    TRY(an_relation_shape(an, relation, &shape));
    ExprRow *source = (ExprRow *)expr;
    ExprRow *row = EXPR_NEW(an->arena, ExprRow, EXPR_ROW);
    uint32_t next = 0;
    for (uint32_t i = 0; i < shape.count; i++) {
        Expr *value;
        if (shape.types[i] == 0) {
            TRY(an_null_const(an, OID_INT4, -1, 0, &value));
            expr_list_add(an->arena, &row->args, value);
            continue;
        }
        if (next == source->args.count)
            return status_detail(row_mismatch(an, type, location, expr),
                                 "Input has too few columns.");
        Expr *arg = source->args.items[next++];
        TRY(coerce_to_target(an, arg, arg->type, shape.types[i], shape.typmods[i], context,
                             CALL_IMPLICIT, -1, &value));
        if (value == NULL)
            return status_detail(
                row_mismatch(an, type, location, arg), "Cannot cast type %s to %s in column %u.",
                an_format_type(an, arg->type), an_format_type(an, shape.types[i]), next);
        expr_list_add(an->arena, &row->args, value);
    }
    if (next < source->args.count)
        return status_detail(row_mismatch(an, type, location, expr), "Input has too many columns.");
    row->type = base;
    row->form = form;
    row->location = location;
    *expr_out = (Expr *)row;
    if (base != type) {
        row->form = CALL_IMPLICIT;
        return to_domain(an, (Expr *)row, base, base_typmod, type, context, form, location, false,
                         expr_out);
    }
    return STATUS_OK;
}

static Status coerce_by_path(Analyzer *an, Expr *expr, CoercionPath path, Oid func, Oid target,
                             int32_t typmod, CoercionContext context, CallForm form,
                             int32_t location, Expr **expr_out) {
    if (path == PATH_RELABEL) {
        TRY(to_domain(an, expr, 0, -1, target, context, form, location, false, expr_out));
        if (*expr_out == expr)
            *expr_out = relabel(an, expr, target, form, location);
        return STATUS_OK;
    }
    Oid base;
    int32_t base_typmod = typmod;
    TRY(an_base_type_mod(an, target, &base, &base_typmod));
    TRY(build_coercion(an, expr, path, func, base, base_typmod, context, form, location, expr_out));
    if (base != target)
        return to_domain(an, *expr_out, base, base_typmod, target, context, form, location, true,
                         expr_out);
    return STATUS_OK;
}

static Status coerce_collate(Analyzer *an, ExprCollate *collate, Oid input, Oid target,
                             int32_t typmod, CoercionContext context, CallForm form,
                             int32_t location, Expr **expr_out) {
    TRY(coerce_type(an, collate->arg, input, target, typmod, context, form, location, expr_out));
    if (an_is_collatable(an, target)) {
        ExprCollate *outer = EXPR_NEW(an->arena, ExprCollate, EXPR_COLLATE);
        *outer = *collate;
        outer->arg = *expr_out;
        outer->type = (*expr_out)->type;
        outer->typmod = (*expr_out)->typmod;
        *expr_out = (Expr *)outer;
    }
    return STATUS_OK;
}

/* Polymorphic and "any" targets take the value as it is. True: *expr_out is set. */
static Status coerce_pseudo(Analyzer *an, Expr *expr, Oid input, Oid target, CallForm form,
                            int32_t location, bool *done_out, Expr **expr_out) {
    *expr_out = expr;
    *done_out = target == OID_ANY || target == OID_ANYELEMENT || target == OID_ANYNONARRAY ||
                target == OID_ANYCOMPATIBLE || target == OID_ANYCOMPATIBLENONARRAY;
    if (*done_out || !is_polymorphic(target) || input == OID_UNKNOWN)
        return STATUS_OK;
    Oid base;
    TRY(an_base_type(an, input, &base));
    if (base != input)
        *expr_out = relabel(an, expr, base, form, location);
    *done_out = true;
    return STATUS_OK;
}

Status coerce_type(Analyzer *an, Expr *expr, Oid input, Oid target, int32_t typmod,
                   CoercionContext context, CallForm form, int32_t location, Expr **expr_out) {
    CoercionPath path;
    Oid func;
    bool done;
    *expr_out = expr;
    if (input == target || expr == NULL)
        return STATUS_OK;
    TRY(coerce_pseudo(an, expr, input, target, form, location, &done, expr_out));
    if (done)
        return STATUS_OK;
    if (input == OID_UNKNOWN && expr->tag == EXPR_CONST)
        return coerce_literal(an, (ExprConst *)expr, target, typmod, context, form, location,
                              expr_out);
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_EXTERNAL) {
        Expr *param = NULL;
        TRY(param_coerce(an, (ExprParam *)expr, target, location, &param));
        if (param != NULL) {
            *expr_out = param;
            return STATUS_OK;
        }
    }
    if (expr->tag == EXPR_COLLATE)
        return coerce_collate(an, (ExprCollate *)expr, input, target, typmod, context, form,
                              location, expr_out);
    TRY(coerce_find_path(an, target, input, context, &path, &func));
    if (path != PATH_NONE)
        return coerce_by_path(an, expr, path, func, target, typmod, context, form, location,
                              expr_out);
    bool input_complex, target_complex, inherits;
    TRY(an_is_complex(an, input, &input_complex));
    TRY(an_is_complex(an, target, &target_complex));
    if (input == OID_RECORD && target_complex)
        return coerce_record(an, expr, target, context, form, location, expr_out);
    if ((target == OID_RECORD && input_complex) || target == OID_RECORD_ARRAY)
        return STATUS_OK;
    TRY(inherits_from(an, input, target, &inherits));
    if (inherits) {
        Oid base;
        TRY(an_base_type(an, input, &base));
        ExprRowCoerce *node = EXPR_NEW(an->arena, ExprRowCoerce, EXPR_ROW_COERCE);
        node->arg = base == input ? expr : relabel(an, expr, base, CALL_IMPLICIT, location);
        node->type = target;
        node->form = form;
        node->location = location;
        *expr_out = (Expr *)node;
        return STATUS_OK;
    }
    return error(ERR_INTERNAL_ERROR, "failed to find conversion function from %s to %s",
                 an_format_type(an, input), an_format_type(an, target));
}

Status coerce_to_target(Analyzer *an, Expr *expr, Oid expr_type, Oid type, int32_t typmod,
                        CoercionContext context, CallForm form, int32_t location, Expr **expr_out) {
    bool can;
    *expr_out = NULL;
    TRY(coerce_can(an, 1, &expr_type, &type, context, &can));
    if (!can)
        return STATUS_OK;
    Expr *written = expr;
    while (expr->tag == EXPR_COLLATE)
        expr = ((ExprCollate *)expr)->arg;
    Expr *result;
    TRY(coerce_type(an, expr, expr_type, type, typmod, context, form, location, &result));
    TRY(apply_typmod(an, result, type, typmod, context, form, location,
                     result != expr && result->tag != EXPR_CONST, &result));
    if (written != expr && an_is_collatable(an, type)) {
        ExprCollate *collate = EXPR_NEW(an->arena, ExprCollate, EXPR_COLLATE);
        *collate = *(ExprCollate *)written;
        collate->arg = result;
        collate->type = result->type;
        collate->typmod = result->typmod;
        result = (Expr *)collate;
    }
    *expr_out = result;
    return STATUS_OK;
}

Status coerce_any(Analyzer *an, Expr *expr, Oid type, int32_t typmod, Expr **expr_out) {
    /* A record whose columns nobody knows is converted through text. */
    bool opaque = expr->type == OID_RECORD && expr->tag == EXPR_PARAM && type != OID_RECORD;
    *expr_out = NULL;
    if (!opaque)
        TRY(coerce_to_target(an, expr, expr->type, type, typmod, COERCION_ASSIGNMENT, CALL_IMPLICIT,
                             -1, expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    ExprCoerceViaIo *node = EXPR_NEW(an->arena, ExprCoerceViaIo, EXPR_COERCE_VIA_IO);
    Oid base;
    TRY(an_base_type(an, type, &base));
    node->arg = expr;
    node->type = base;
    node->typmod = -1;
    node->location = -1;
    node->form = CALL_IMPLICIT;
    TRY(an_type_collation(an, base, &node->collation));
    if (base != type) /* a domain, whose constraints see NULL too */
        return coerce_type(an, (Expr *)node, base, type, typmod, COERCION_ASSIGNMENT, CALL_IMPLICIT,
                           -1, expr_out);
    return apply_typmod(an, (Expr *)node, type, typmod, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                        false, expr_out);
}

/* ---- what constructs demand ---- */

typedef struct SetSearch {
    bool found;
} SetSearch;

static bool set_visit(Expr *expr, void *arg) {
    SetSearch *search = arg;
    if (expr_returns_set(expr))
        search->found = true;
    return search->found;
}

bool expr_returns_set(const Expr *expr) {
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_FUNC && ((const ExprFunc *)expr)->returns_set)
        return true;
    if (expr->tag == EXPR_AGG || expr->tag == EXPR_WINDOW_CALL || expr->tag == EXPR_GROUPING)
        return false;
    SetSearch search = {false};
    expr_walk((Expr *)expr, set_visit, &search);
    return search.found;
}

static Status check_no_set(const Expr *expr, const char *construct) {
    if (!expr_returns_set(expr))
        return STATUS_OK;
    return AT(expr_location(expr),
              error(ERR_DATATYPE_MISMATCH, "argument of %s must not return a set", construct));
}

Status coerce_to_specific(Analyzer *an, Expr *expr, Oid type, const char *construct,
                          Expr **expr_out) {
    *expr_out = expr;
    if (expr->type != type) {
        TRY(coerce_to_target(an, expr, expr->type, type, -1, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                             expr_out));
        if (*expr_out == NULL)
            return AT(expr_location(expr),
                      error(ERR_DATATYPE_MISMATCH, "argument of %s must be type %s, not type %s",
                            construct, an_format_type(an, type), an_format_type(an, expr->type)));
    }
    return check_no_set(*expr_out, construct);
}

Status coerce_to_boolean(Analyzer *an, Expr *expr, const char *construct, Expr **expr_out) {
    return coerce_to_specific(an, expr, OID_BOOL, construct, expr_out);
}

Status coerce_to_common(Analyzer *an, Expr *expr, Oid type, const char *construct,
                        Expr **expr_out) {
    bool can;
    *expr_out = expr;
    if (expr->type == type)
        return STATUS_OK;
    TRY(coerce_can(an, 1, &expr->type, &type, COERCION_IMPLICIT, &can));
    if (can)
        return coerce_type(an, expr, expr->type, type, -1, COERCION_IMPLICIT, CALL_IMPLICIT, -1,
                           expr_out);
    return AT(expr_location(expr),
              error(ERR_CANNOT_COERCE, "%s could not convert type %s to %s", construct,
                    an_format_type(an, expr->type), an_format_type(an, type)));
}

/* ---- a common type ---- */

static Status types_category(Analyzer *an, Oid type, char *category_out, bool *preferred_out) {
    const TypeDesc *desc;
    *category_out = 'X';
    *preferred_out = false;
    if (type == OID_UNKNOWN)
        return STATUS_OK;
    TRY(an_type(an, type, &desc));
    *category_out = desc->category;
    *preferred_out = desc->preferred;
    return STATUS_OK;
}

/* The rule of UNION, CASE and the rest (manual 10.5) over types. *type_out 0: categories differ; then
 * *culprit_out is the first that does not go with *winner_out. */
static Status common_type(Analyzer *an, const Oid *types, uint32_t count, Oid *type_out,
                          uint32_t *winner_out, uint32_t *culprit_out) {
    uint32_t same = 1;
    *winner_out = 0;
    *type_out = types[0];
    while (types[0] != OID_UNKNOWN && same < count && types[same] == types[0])
        same++;
    if (types[0] != OID_UNKNOWN && same == count)
        return STATUS_OK;
    Oid best;
    char category;
    bool preferred;
    TRY(an_base_type(an, types[0], &best));
    TRY(types_category(an, best, &category, &preferred));
    for (uint32_t i = 1; i < count; i++) {
        Oid next;
        char next_category;
        bool next_preferred, forward, backward;
        TRY(an_base_type(an, types[i], &next));
        if (next == OID_UNKNOWN || next == best)
            continue;
        TRY(types_category(an, next, &next_category, &next_preferred));
        if (best != OID_UNKNOWN) {
            if (next_category != category) {
                *culprit_out = i;
                *type_out = 0;
                return STATUS_OK;
            }
            if (preferred)
                continue;
            TRY(coerce_can(an, 1, &best, &next, COERCION_IMPLICIT, &forward));
            TRY(coerce_can(an, 1, &next, &best, COERCION_IMPLICIT, &backward));
            if (!forward || backward)
                continue;
        }
        best = next;
        category = next_category;
        preferred = next_preferred;
        *winner_out = i;
    }
    *type_out = best == OID_UNKNOWN ? OID_TEXT : best;
    return STATUS_OK;
}

Status coerce_common_type(Analyzer *an, const ExprList *exprs, const char *construct, Oid *type_out,
                          Expr **which_out) {
    Oid *types = arena_array(an->arena, Oid, exprs->count);
    uint32_t winner, culprit = 0;
    for (uint32_t i = 0; i < exprs->count; i++)
        types[i] = exprs->items[i]->type;
    TRY(common_type(an, types, exprs->count, type_out, &winner, &culprit));
    if (which_out != NULL)
        *which_out = exprs->items[winner];
    if (*type_out != 0 || construct == NULL)
        return STATUS_OK;
    Oid best = types[winner], other = types[culprit];
    TRY(an_base_type(an, best, &best));
    TRY(an_base_type(an, other, &other));
    return AT(expr_location(exprs->items[culprit]),
              error(ERR_DATATYPE_MISMATCH, "%s types %s and %s cannot be matched", construct,
                    an_format_type(an, best), an_format_type(an, other)));
}

Status coerce_verify_common(Analyzer *an, Oid type, const ExprList *exprs, bool *ok_out) {
    *ok_out = true;
    for (uint32_t i = 0; i < exprs->count && *ok_out; i++)
        TRY(coerce_can(an, 1, &exprs->items[i]->type, &type, COERCION_IMPLICIT, ok_out));
    return STATUS_OK;
}

int32_t coerce_common_typmod(const ExprList *exprs, Oid type) {
    for (uint32_t i = 0; i < exprs->count; i++)
        if (exprs->items[i]->type != type || exprs->items[i]->typmod != exprs->items[0]->typmod)
            return -1;
    return exprs->count == 0 ? -1 : exprs->items[0]->typmod;
}
