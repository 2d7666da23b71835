/* analyze_oper.c: which operator a symbol means (manual 10.2), and the operators of a type's order. */
#include "planner/analyze_int.h"

static const char *oper_schema(const StrList *name) {
    return name->count > 1 ? name->items[name->count - 2] : NULL;
}

static const char *oper_signature(Analyzer *an, const StrList *name, Oid left, Oid right) {
    const char *symbol = str_list_join(an->arena, name);
    if (left == 0)
        return arena_printf(an->arena, "%s %s", symbol, an_format_type(an, right));
    return arena_printf(an->arena, "%s %s %s", an_format_type(an, left), symbol,
                        an_format_type(an, right));
}

static Status oper_missing(Analyzer *an, const StrList *name, Oid left, Oid right, bool ambiguous,
                           int32_t location) {
    const char *signature = oper_signature(an, name, left, right);
    if (ambiguous)
        return AT(
            location,
            status_hint(error(ERR_AMBIGUOUS_FUNCTION, "operator is not unique: %s", signature),
                        "Could not choose a best candidate operator. You might need to add "
                        "explicit type casts."));
    return AT(location,
              status_hint(error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %s", signature),
                          left == 0 ? "No operator matches the given name and argument type. You "
                                      "might need to add an explicit type cast."
                                    : "No operator matches the given name and argument types. You "
                                      "might need to add explicit type casts."));
}

/* The operator with these very types, an unknown side taken to be as the other. */
static Status oper_exact(Analyzer *an, const StrList *name, Oid left, Oid right, Oid *oper_out) {
    bool was_unknown = false;
    if (left == OID_UNKNOWN && right != 0) {
        left = right;
        was_unknown = true;
    } else if (right == OID_UNKNOWN && left != 0) {
        right = left;
        was_unknown = true;
    }
    TRY(catalog_operator_exact(an->catalog, oper_schema(name), str_list_last(name), left, right,
                               oper_out));
    if (*oper_out == 0 && was_unknown) {
        Oid base;
        TRY(an_base_type(an, left, &base));
        if (base != left)
            TRY(catalog_operator_exact(an->catalog, oper_schema(name), str_list_last(name), base,
                                       base, oper_out));
    }
    return STATUS_OK;
}

/* Resolution among several. *oper_out NULL: none, or several equally good (*ambiguous_out). */
static Status oper_select(Analyzer *an, const StrList *name, Oid left, Oid right,
                          const OperatorDesc **oper_out, bool *ambiguous_out) {
    OperatorCandidates found;
    *oper_out = NULL;
    *ambiguous_out = false;
    TRY(catalog_operator_candidates(an->catalog, oper_schema(name), str_list_last(name),
                                    left == 0 ? 'l' : 'b', an->arena, &found));
    uint32_t arg_count = left == 0 ? 1 : 2, count = 0;
    Oid inputs[2] = {left == 0 ? right : left, right};
    if (arg_count == 2) { /* unknown is tried as the other side's type, too */
        if (inputs[0] == 0)
            inputs[0] = inputs[1];
    }
    FuncCandidate *all = arena_array(an->arena, FuncCandidate, found.count + 1);
    FuncCandidate **usable = arena_array(an->arena, FuncCandidate *, found.count + 1);
    for (uint32_t i = 0; i < found.count; i++) {
        bool can;
        const OperatorDesc *oper = found.operators[i];
        Oid *types = arena_array(an->arena, Oid, 2);
        types[0] = left == 0 ? oper->right : oper->left;
        types[1] = oper->right;
        TRY(coerce_can(an, arg_count, inputs, types, COERCION_IMPLICIT, &can));
        if (!can)
            continue;
        all[count] = (FuncCandidate){
            .oid = oper->oid, .arg_count = arg_count, .args = types, .place = (uint16_t)i};
        usable[count] = &all[count];
        count++;
    }
    if (count > 1) {
        TRY(func_select(an, arg_count, inputs, usable, &count));
        *ambiguous_out = count != 1;
    }
    if (count == 1)
        *oper_out = found.operators[usable[0]->place];
    return STATUS_OK;
}

static Status oper_find(Analyzer *an, const StrList *name, Oid left, Oid right, bool missing_ok,
                        int32_t location, const OperatorDesc **oper_out) {
    Oid exact;
    bool ambiguous = false;
    *oper_out = NULL;
    TRY(AT(location, oper_exact(an, name, left, right, &exact)));
    if (exact != 0) {
        TRY(catalog_operator_require(an->catalog, exact, oper_out));
        return STATUS_OK;
    }
    TRY(AT(location, oper_select(an, name, left, right, oper_out, &ambiguous)));
    if (*oper_out == NULL && !missing_ok)
        return oper_missing(an, name, left, right, ambiguous, location);
    return STATUS_OK;
}

Status oper_find_binary(Analyzer *an, const StrList *name, Oid left, Oid right, bool missing_ok,
                        int32_t location, const OperatorDesc **oper_out) {
    return oper_find(an, name, left, right, missing_ok, location, oper_out);
}

Status oper_find_prefix(Analyzer *an, const StrList *name, Oid right, bool missing_ok,
                        int32_t location, const OperatorDesc **oper_out) {
    return oper_find(an, name, 0, right, missing_ok, location, oper_out);
}

Status oper_find_compatible(Analyzer *an, const StrList *name, Oid left, Oid right,
                            int32_t location, Oid *oper_out) {
    const OperatorDesc *oper;
    bool left_ok, right_ok;
    *oper_out = 0;
    TRY(oper_find(an, name, left, right, false, location, &oper));
    TRY(coerce_binary_compatible(an, left, oper->left, &left_ok));
    TRY(coerce_binary_compatible(an, right, oper->right, &right_ok));
    if (!left_ok || !right_ok)
        return AT(location,
                  error(ERR_UNDEFINED_FUNCTION, "operator requires run-time type coercion: %s",
                        oper_signature(an, name, left, right)));
    *oper_out = oper->oid;
    return STATUS_OK;
}

static Status oper_check_shell(Analyzer *an, const StrList *name, const OperatorDesc *oper,
                               int32_t location) {
    if (oper->code != 0)
        return STATUS_OK;
    return AT(location, error(ERR_UNDEFINED_FUNCTION, "operator is only a shell: %s",
                              oper_signature(an, name, oper->left, oper->right)));
}

Status oper_make(Scope *scope, const StrList *name, Expr *left, Expr *right, int32_t location,
                 Expr **expr_out) {
    Analyzer *an = scope->an;
    const OperatorDesc *oper;
    const Expr *last_srf = scope->last_srf;
    Oid actual[2], declared[2];
    uint32_t count = left == NULL ? 1 : 2;
    if (left == NULL)
        TRY(oper_find_prefix(an, name, right->type, false, location, &oper));
    else
        TRY(oper_find_binary(an, name, left->type, right->type, false, location, &oper));
    TRY(oper_check_shell(an, name, oper, location));
    ExprFunc *call = EXPR_NEW(an->arena, ExprFunc, EXPR_FUNC);
    if (left != NULL) {
        expr_list_add(an->arena, &call->args, left);
        actual[0] = left->type;
        declared[0] = oper->left;
    }
    expr_list_add(an->arena, &call->args, right);
    actual[count - 1] = right->type;
    declared[count - 1] = oper->right;
    TRY(AT(location,
           coerce_enforce_generic(an, actual, declared, count, oper->result, &call->type)));
    TRY(func_make_args(an, &call->args, actual, declared));
    const ProcDesc *proc;
    TRY(catalog_proc_require(an->catalog, oper->code, &proc));
    call->function = oper->code;
    call->op = oper->oid;
    call->returns_set = proc->returns_set;
    call->location = location;
    if (call->returns_set) {
        TRY(call_check_srf(scope, last_srf, location));
        scope->last_srf = (Expr *)call;
    }
    *expr_out = (Expr *)call;
    return STATUS_OK;
}

Status oper_make_array(Scope *scope, const StrList *name, bool use_or, Expr *left, Expr *right,
                       int32_t location, Expr **expr_out) {
    Analyzer *an = scope->an;
    const OperatorDesc *oper;
    Oid element = OID_UNKNOWN, result, array;
    if (right->type != OID_UNKNOWN) {
        TRY(an_base_element(an, right->type, &element));
        if (element == 0)
            return AT(location, error(ERR_WRONG_OBJECT_TYPE,
                                      "op ANY/ALL (array) requires array on right side"));
    }
    TRY(oper_find_binary(an, name, left->type, element, false, location, &oper));
    TRY(oper_check_shell(an, name, oper, location));
    Oid actual[2] = {left->type, element}, declared[2] = {oper->left, oper->right};
    TRY(AT(location, coerce_enforce_generic(an, actual, declared, 2, oper->result, &result)));
    if (result != OID_BOOL)
        return AT(location, error(ERR_WRONG_OBJECT_TYPE,
                                  "op ANY/ALL (array) requires operator to yield boolean"));
    const ProcDesc *proc;
    TRY(catalog_proc_require(an->catalog, oper->code, &proc));
    if (proc->returns_set)
        return AT(location, error(ERR_WRONG_OBJECT_TYPE,
                                  "op ANY/ALL (array) requires operator not to return a set"));
    array = right->type;
    if (!is_polymorphic(declared[1])) {
        TRY(an_array_of(an, declared[1], &array));
        if (array == 0)
            return AT(location,
                      error(ERR_UNDEFINED_OBJECT, "could not find array type for data type %s",
                            an_format_type(an, declared[1])));
    }
    actual[1] = right->type;
    declared[1] = array;
    ExprScalarArrayOp *node = EXPR_NEW(an->arena, ExprScalarArrayOp, EXPR_SCALAR_ARRAY_OP);
    node->args = expr_list_of(an->arena, 2, left, right);
    TRY(func_make_args(an, &node->args, actual, declared));
    node->type = OID_BOOL;
    node->function = oper->code;
    node->op = oper->oid;
    node->use_or = use_or;
    node->location = location;
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- order and equality of a type ---- */

/* Do the elements of a container type have what the container's operator needs? */
static Status parts_have(Analyzer *an, Oid type, bool order, bool hash, bool *have_out);

static Status class_operator(Analyzer *an, Oid am, Oid type, int16_t strategy, Oid *oper_out) {
    Oid class_oid;
    const OpclassDesc *op_class;
    const OpfamilyDesc *family;
    *oper_out = 0;
    TRY(catalog_default_opclass(an->catalog, am, type, &class_oid));
    if (class_oid == 0)
        return STATUS_OK;
    TRY(catalog_opclass(an->catalog, class_oid, &op_class));
    if (op_class == NULL)
        return STATUS_OK;
    TRY(catalog_opfamily(an->catalog, op_class->family, &family));
    if (family != NULL)
        *oper_out = opfamily_operator(family, op_class->input_type, op_class->input_type, strategy);
    return STATUS_OK;
}

static Status type_order_ops(Analyzer *an, Oid type, Oid *lt_out, Oid *eq_out, Oid *gt_out) {
    bool have;
    TRY(class_operator(an, OID_AM_BTREE, type, BTREE_LESS, lt_out));
    TRY(class_operator(an, OID_AM_BTREE, type, BTREE_EQUAL, eq_out));
    TRY(class_operator(an, OID_AM_BTREE, type, BTREE_GREATER, gt_out));
    if (*eq_out == 0)
        TRY(class_operator(an, OID_AM_HASH, type, HASH_EQUAL, eq_out));
    TRY(parts_have(an, type, true, false, &have));
    if (!have)
        *lt_out = *gt_out = 0;
    if (!have && *eq_out != 0) {
        TRY(parts_have(an, type, false, false, &have));
        if (!have)
            *eq_out = 0;
    }
    return STATUS_OK;
}

static Status part_has(Analyzer *an, Oid part, bool order, bool hash, bool *have_out) {
    Oid lt, eq, gt;
    TRY(type_order_ops(an, part, &lt, &eq, &gt));
    *have_out = order ? lt != 0 : eq != 0;
    if (hash && *have_out)
        *have_out = oper_is_hashable(an, eq, part);
    return STATUS_OK;
}

static Status parts_have(Analyzer *an, Oid type, bool order, bool hash, bool *have_out) {
    Oid base, element, relation;
    const TypeDesc *desc;
    *have_out = true;
    TRY(an_base_type(an, type, &base));
    if (base == OID_UNKNOWN || base == 0)
        return STATUS_OK;
    TRY(an_element(an, base, &element));
    if (element != 0 && base != OID_INT2VECTOR && base != OID_OIDVECTOR)
        return part_has(an, element, order, hash, have_out);
    TRY(an_type(an, base, &desc));
    if (desc->kind == 'r' && hash) {
        const RangeDesc *range;
        TRY(catalog_range(an->catalog, base, &range));
        return range == NULL ? STATUS_OK : part_has(an, range->subtype, false, true, have_out);
    }
    TRY(an_type_relation(an, base, &relation));
    if (relation == 0)
        return STATUS_OK;
    RowShape shape;
    TRY(an_relation_shape(an, relation, &shape));
    for (uint32_t i = 0; i < shape.count && *have_out; i++)
        if (shape.types[i] != 0)
            TRY(part_has(an, shape.types[i], order, hash, have_out));
    return STATUS_OK;
}

bool oper_is_hashable(Analyzer *an, Oid oper, Oid type) {
    const OperatorDesc *desc = NULL;
    bool parts = true;
    if (oper == 0)
        return false;
    Status s = catalog_operator(an->catalog, oper, &desc);
    status_free(s);
    if (desc == NULL || !desc->can_hash)
        return false;
    s = parts_have(an, type, false, true, &parts);
    status_free(s);
    return parts;
}

Status oper_sort_group(Analyzer *an, Oid type, bool need_lt, bool need_eq, bool need_gt,
                       Oid *lt_out, Oid *eq_out, Oid *gt_out, bool *hashable_out) {
    Oid lt, eq, gt;
    TRY(type_order_ops(an, type, &lt, &eq, &gt));
    if ((need_lt && lt == 0) || (need_gt && gt == 0))
        return status_hint(error(ERR_UNDEFINED_FUNCTION,
                                 "could not identify an ordering operator for type %s",
                                 an_format_type(an, type)),
                           "Use an explicit ordering operator or modify the query.");
    if (need_eq && eq == 0)
        return error(ERR_UNDEFINED_FUNCTION, "could not identify an equality operator for type %s",
                     an_format_type(an, type));
    if (lt_out != NULL)
        *lt_out = lt;
    if (eq_out != NULL)
        *eq_out = eq;
    if (gt_out != NULL)
        *gt_out = gt;
    if (hashable_out != NULL)
        *hashable_out = oper_is_hashable(an, eq, type);
    return STATUS_OK;
}

Status oper_equality_for_ordering(Analyzer *an, Oid oper, Oid *eq_out, bool *reverse_out) {
    const OperatorFamilies *families;
    *eq_out = 0;
    *reverse_out = false;
    TRY(catalog_operator_families(an->catalog, oper, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++) {
        const FamilyOperator *member = &families->members[i];
        if (member->am != OID_AM_BTREE || member->purpose != 's' ||
            (member->strategy != BTREE_LESS && member->strategy != BTREE_GREATER))
            continue;
        const OpfamilyDesc *family;
        TRY(catalog_opfamily(an->catalog, member->family, &family));
        if (family == NULL)
            continue;
        *eq_out = opfamily_operator(family, member->left, member->right, BTREE_EQUAL);
        *reverse_out = member->strategy == BTREE_GREATER;
        return STATUS_OK;
    }
    return STATUS_OK;
}
