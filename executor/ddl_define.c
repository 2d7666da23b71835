/* ddl_define.c: CREATE CAST, CREATE OPERATOR, shell types. */
#include "executor/ddl_int.h"

/* ---- CREATE CAST ---- */

static Status cast_function(Ddl *ddl, const AstCreateCast *statement, Oid source, Oid target,
                            Oid *function_out) {
    DdlObject object;
    const ProcDesc *proc;
    TRY(ddl_object(ddl, statement->function, LOCK_ACCESS_SHARE, false, &object));
    *function_out = object.address.object;
    TRY(catalog_proc_require(ddl->catalog, *function_out, &proc));
    if (proc->arg_count < 1 || proc->arg_count > 3)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "cast function must take one to three arguments");
    if (proc->arg_types[0] != source)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "argument of cast function must match or be binary-coercible from source data "
                     "type");
    if (proc->arg_count > 1 && proc->arg_types[1] != OID_INT4)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "second argument of cast function must be type %s", "integer");
    if (proc->arg_count > 2 && proc->arg_types[2] != OID_BOOL)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "third argument of cast function must be type %s", "boolean");
    if (proc->result != target)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "return data type of cast function must match or be binary-coercible to target "
                     "data type");
    if (proc->kind != 'f')
        return error(ERR_INVALID_OBJECT_DEFINITION, "cast function must be a normal function");
    if (proc->returns_set)
        return error(ERR_INVALID_OBJECT_DEFINITION, "cast function must not return a set");
    return STATUS_OK;
}

static Status check_binary(Ddl *ddl, const TypeDesc *source, const TypeDesc *target) {
    bool super;
    TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to create a cast WITHOUT FUNCTION");
    if (source->len != target->len || source->by_value != target->by_value ||
        source->align != target->align || source->phys != target->phys)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "source and target data types are not physically compatible");
    if (source->kind == 'c' || target->kind == 'c')
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "composite data types are not binary-compatible");
    if (source->kind == 'e' || target->kind == 'e')
        return error(ERR_INVALID_OBJECT_DEFINITION, "enum data types are not binary-compatible");
    if (source->kind == 'd' || target->kind == 'd')
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "domain data types must not be marked binary-compatible");
    return STATUS_OK;
}

static Status check_cast_types(Ddl *ddl, const TypeDesc *source, const TypeDesc *target) {
    if (source->kind == 'p' || target->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "%s data type %s is a pseudo-type",
                     source->kind == 'p' ? "source" : "target",
                     source->kind == 'p' ? source->name : target->name);
    if (source->kind == 'd')
        ddl_warning(ddl, ERR_WRONG_OBJECT_TYPE,
                    "cast will be ignored because the source data type is a domain");
    else if (target->kind == 'd')
        ddl_warning(ddl, ERR_WRONG_OBJECT_TYPE,
                    "cast will be ignored because the target data type is a domain");
    bool owner;
    TRY(object_is_owner(ddl->catalog, PG_TYPE, source->oid, session_role(ddl->catalog), &owner));
    if (!owner)
        TRY(object_is_owner(ddl->catalog, PG_TYPE, target->oid, session_role(ddl->catalog), &owner));
    return owner ? STATUS_OK
                 : error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of type %s or type %s",
                         source->name, target->name);
}

static Status execute_cast(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateCast *statement = (const AstCreateCast *)call->raw->statement;
    Oid source, target, function = OID_INVALID, oid;
    const TypeDesc *from, *to;
    const CastDesc *existing;
    TRY(ddl_type(&ddl, statement->source, false, &source));
    TRY(ddl_type(&ddl, statement->target, false, &target));
    TRY(catalog_type_require(ddl.catalog, source, &from));
    TRY(catalog_type_require(ddl.catalog, target, &to));
    TRY(check_cast_types(&ddl, from, to));
    if (statement->function != NULL)
        TRY(cast_function(&ddl, statement, source, target, &function));
    else if (!statement->inout)
        TRY(check_binary(&ddl, from, to));
    if (source == target && function == OID_INVALID)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "source data type and target data type are the same");
    TRY(catalog_cast(ddl.catalog, source, target, &existing));
    if (existing != NULL) {
        const char *a, *b;
        TRY(format_type_brief(ddl.catalog, ddl.arena, source, &a));
        TRY(format_type_brief(ddl.catalog, ddl.arena, target, &b));
        return error(ERR_DUPLICATE_OBJECT, "cast from type %s to type %s already exists", a, b);
    }
    CatalogRow row = {0};
    row.values[PG_CAST_CASTSOURCE] = datum_oid(source);
    row.values[PG_CAST_CASTTARGET] = datum_oid(target);
    row.values[PG_CAST_CASTFUNC] = datum_oid(function);
    row.values[PG_CAST_CASTCONTEXT].byte = (uint8_t)statement->context;
    row.values[PG_CAST_CASTMETHOD].byte = function != OID_INVALID ? 'f' : statement->inout ? 'i' : 'b';
    TRY(object_insert(ddl.catalog, PG_CAST, &row, &oid));
    AddressList needs = {0};
    ddl_type_address(&ddl, source, &needs);
    ddl_type_address(&ddl, target, &needs);
    if (function >= OID_FIRST_UNPINNED)
        vec_push(&needs, ddl.arena, object_address(PG_PROC, function, 0));
    return depend_record_many(ddl.catalog, object_address(PG_CAST, oid, 0), needs.items, needs.count,
                              DEPEND_NORMAL);
}

/* ---- CREATE OPERATOR ---- */

typedef struct OperatorPlan {
    Oid left, right, function, restrict_estimator, join_estimator;
    const StrList *commutator, *negator;
    bool merges, hashes;
} OperatorPlan;

static const StrList *names_of(const AstOption *option) {
    const Ast *value = option->value;
    if (value != NULL && value->tag == AST_NAME_LIST)
        return &((const AstNameList *)value)->names;
    return value != NULL && value->tag == AST_TYPE_NAME ? &((const AstTypeName *)value)->names : NULL;
}

static Status find_function(Ddl *ddl, const AstOption *option, const Oid *types, uint32_t count,
                            Oid *oid_out) {
    const StrList *names = names_of(option);
    const char *schema, *name, *signature;
    if (names == NULL)
        return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_proc_exact(ddl->catalog, schema, name, types, count, oid_out));
    if (*oid_out != OID_INVALID)
        return STATUS_OK;
    TRY(format_signature(ddl->catalog, ddl->arena, str_list_join(ddl->arena, names), types, count,
                         &signature));
    return error(ERR_UNDEFINED_FUNCTION, "function %s does not exist", signature);
}

static Status read_operator(Ddl *ddl, const AstDefine *statement, OperatorPlan *plan) {
    const AstOption *function = NULL, *restrict_option = NULL, *join = NULL;
    AST_FOREACH(AstOption, option, statement->options) {
        const char *name = option->name;
        if (strcmp(name, "leftarg") == 0)
            TRY(ddl_type(ddl, (const AstTypeName *)option->value, false, &plan->left));
        else if (strcmp(name, "rightarg") == 0)
            TRY(ddl_type(ddl, (const AstTypeName *)option->value, false, &plan->right));
        else if (strcmp(name, "function") == 0 || strcmp(name, "procedure") == 0)
            function = option;
        else if (strcmp(name, "commutator") == 0)
            plan->commutator = names_of(option);
        else if (strcmp(name, "negator") == 0)
            plan->negator = names_of(option);
        else if (strcmp(name, "restrict") == 0)
            restrict_option = option;
        else if (strcmp(name, "join") == 0)
            join = option;
        else if (strcmp(name, "hashes") == 0)
            TRY(ddl_option_bool(option, &plan->hashes));
        else if (strcmp(name, "merges") == 0)
            TRY(ddl_option_bool(option, &plan->merges));
        else
            ddl_warning(ddl, ERR_SYNTAX_ERROR, "operator attribute \"%s\" not recognized", name);
    }
    if (function == NULL)
        return error(ERR_INVALID_FUNCTION_DEFINITION, "operator function must be specified");
    if (plan->left == OID_INVALID && plan->right == OID_INVALID)
        return error(ERR_INVALID_FUNCTION_DEFINITION, "operator argument types must be specified");
    if (plan->right == OID_INVALID)
        return status_detail(error(ERR_INVALID_FUNCTION_DEFINITION,
                                   "operator right argument type must be specified"),
                             "Postfix operators are not supported.");
    Oid types[2] = {plan->left, plan->right};
    uint32_t first = plan->left == OID_INVALID ? 1 : 0;
    TRY(find_function(ddl, function, types + first, 2 - first, &plan->function));
    static const Oid restrict_types[] = {OID_INTERNAL, OID_OID, OID_INTERNAL, OID_INT4};
    static const Oid join_types[] = {OID_INTERNAL, OID_OID, OID_INTERNAL, OID_INT2, OID_INTERNAL};
    if (restrict_option != NULL)
        TRY(find_function(ddl, restrict_option, restrict_types, 4, &plan->restrict_estimator));
    return join == NULL ? STATUS_OK : find_function(ddl, join, join_types, 5, &plan->join_estimator);
}

static Status related(Ddl *ddl, const StrList *names, Oid left, Oid right, const char *self_name,
                      Oid self, Oid *oid_out) {
    const char *schema, *name;
    *oid_out = OID_INVALID;
    if (names == NULL)
        return STATUS_OK;
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_operator_exact(ddl->catalog, schema, name, left, right, oid_out));
    if (*oid_out == OID_INVALID && strcmp(name, self_name) == 0)
        *oid_out = self;
    return STATUS_OK;
}

/* The other operator's row names this one too, if it names none yet. */
static Status link_back(Ddl *ddl, Oid other, int column, Oid self) {
    CatalogRow row;
    bool found;
    if (other == OID_INVALID || other == self)
        return STATUS_OK;
    TRY(catalog_find_oid(ddl->catalog, PG_OPERATOR_OID_INDEX, other, ddl->arena, &row, &found));
    if (!found || row_oid(&row, column) != OID_INVALID)
        return STATUS_OK;
    row.values[column] = datum_oid(self);
    return catalog_update(ddl->catalog, PG_OPERATOR, &row);
}

static Status create_operator(Ddl *ddl, const AstDefine *statement) {
    OperatorPlan plan = {0};
    const char *schema, *name;
    Oid nsp, oid, existing, commutator, negator;
    const ProcDesc *proc;
    TRY(ddl_qualified(ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    TRY(read_operator(ddl, statement, &plan));
    TRY(catalog_proc_require(ddl->catalog, plan.function, &proc));
    TRY(object_check_acl(ddl->catalog, PG_PROC, plan.function, ACL_EXECUTE));
    const char *nsp_text;
    TRY(namespace_name(ddl->catalog, nsp, &nsp_text));
    TRY(catalog_operator_exact(ddl->catalog, nsp_text, name, plan.left, plan.right, &existing));
    if (existing != OID_INVALID)
        return error(ERR_DUPLICATE_FUNCTION, "operator %s already exists", name);
    TRY(catalog_new_oid(ddl->catalog, PG_OPERATOR, &oid));
    TRY(related(ddl, plan.commutator, plan.right, plan.left, name, oid, &commutator));
    TRY(related(ddl, plan.negator, plan.left, plan.right, name, oid, &negator));
    if (negator == oid && plan.negator != NULL)
        return error(ERR_INVALID_FUNCTION_DEFINITION,
                     "operator cannot be its own negator or sort operator");
    CatalogRow row = {0};
    row.values[PG_OPERATOR_OID] = datum_oid(oid);
    row.values[PG_OPERATOR_OPRNAME] = datum_cstr(name);
    row.values[PG_OPERATOR_OPRNAMESPACE] = datum_oid(nsp);
    row.values[PG_OPERATOR_OPROWNER] = datum_oid(session_role(ddl->catalog));
    row.values[PG_OPERATOR_OPRKIND].byte = plan.left == OID_INVALID ? 'l' : 'b';
    row.values[PG_OPERATOR_OPRCANMERGE] = datum_bool(plan.merges);
    row.values[PG_OPERATOR_OPRCANHASH] = datum_bool(plan.hashes);
    row.values[PG_OPERATOR_OPRLEFT] = datum_oid(plan.left);
    row.values[PG_OPERATOR_OPRRIGHT] = datum_oid(plan.right);
    row.values[PG_OPERATOR_OPRRESULT] = datum_oid(proc->result);
    row.values[PG_OPERATOR_OPRCOM] = datum_oid(commutator);
    row.values[PG_OPERATOR_OPRNEGATE] = datum_oid(negator);
    row.values[PG_OPERATOR_OPRCODE] = datum_oid(plan.function);
    row.values[PG_OPERATOR_OPRREST] = datum_oid(plan.restrict_estimator);
    row.values[PG_OPERATOR_OPRJOIN] = datum_oid(plan.join_estimator);
    TRY(object_insert(ddl->catalog, PG_OPERATOR, &row, &oid));
    TRY(link_back(ddl, commutator, PG_OPERATOR_OPRCOM, oid));
    TRY(link_back(ddl, negator, PG_OPERATOR_OPRNEGATE, oid));
    AddressList needs = {0};
    ddl_type_address(ddl, plan.left, &needs);
    ddl_type_address(ddl, plan.right, &needs);
    ddl_type_address(ddl, proc->result, &needs);
    if (plan.function >= OID_FIRST_UNPINNED)
        vec_push(&needs, ddl->arena, object_address(PG_PROC, plan.function, 0));
    return depend_record_many(ddl->catalog, object_address(PG_OPERATOR, oid, 0), needs.items,
                              needs.count, DEPEND_NORMAL);
}

/* ---- ALTER OPERATOR .. SET ---- */

static Status invalid_function(const char *message) {
    return error(ERR_INVALID_FUNCTION_DEFINITION, "%s", message);
}

/* An estimator, checked; NONE: 0. */
static Status estimator(Ddl *ddl, const AstOption *option, bool join, Oid *oid_out) {
    static const Oid restrict_types[] = {OID_INTERNAL, OID_OID, OID_INTERNAL, OID_INT4};
    static const Oid join_types[] = {OID_INTERNAL, OID_OID, OID_INTERNAL, OID_INT2, OID_INTERNAL};
    const StrList *names = option->value == NULL ? NULL : names_of(option);
    const ProcDesc *proc;
    bool super;
    *oid_out = OID_INVALID;
    if (names == NULL)
        return STATUS_OK;
    TRY(ddl_function_by_name(ddl, names, join ? join_types : restrict_types, join ? 5 : 4, oid_out));
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    if (proc->result != OID_FLOAT8)
        return error(ERR_INVALID_OBJECT_DEFINITION, "%s estimator function %s must return type %s",
                     join ? "join" : "restriction", str_list_join(ddl->arena, names), "float8");
    if (*oid_out < OID_FIRST_NORMAL)
        return STATUS_OK;
    TRY(ddl_is_superuser(ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to specify a non-built-in %s estimator function",
                     join ? "join" : "restriction");
    return object_check_acl(ddl->catalog, PG_PROC, *oid_out, ACL_EXECUTE);
}

static Status operator_settings(const AstList *options, const AstOption **restrict_out,
                                const AstOption **join_out) {
    static const char *const fixed[] = {"leftarg",    "rightarg", "function", "procedure",
                                        "commutator", "negator",  "hashes",   "merges"};
    AST_FOREACH(AstOption, option, *options) {
        if (strcmp(option->name, "restrict") == 0) {
            *restrict_out = option;
            continue;
        }
        if (strcmp(option->name, "join") == 0) {
            *join_out = option;
            continue;
        }
        for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
            if (strcmp(fixed[i], option->name) == 0)
                return error(ERR_SYNTAX_ERROR, "operator attribute \"%s\" cannot be changed",
                             option->name);
        return error(ERR_SYNTAX_ERROR, "operator attribute \"%s\" not recognized", option->name);
    }
    return STATUS_OK;
}

static Status operator_needs(Ddl *ddl, const CatalogRow *row) {
    static const int functions[] = {PG_OPERATOR_OPRCODE, PG_OPERATOR_OPRREST, PG_OPERATOR_OPRJOIN};
    static const int types[] = {PG_OPERATOR_OPRLEFT, PG_OPERATOR_OPRRIGHT, PG_OPERATOR_OPRRESULT};
    ObjectAddress self = object_address(PG_OPERATOR, row_oid(row, PG_OPERATOR_OID), 0);
    AddressList needs = {0};
    TRY(depend_delete_of(ddl->catalog, self, true, NULL));
    vec_push(&needs, ddl->arena,
             object_address(PG_NAMESPACE, row_oid(row, PG_OPERATOR_OPRNAMESPACE), 0));
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        ddl_type_address(ddl, row_oid(row, types[i]), &needs);
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (row_oid(row, functions[i]) >= OID_FIRST_UNPINNED)
            vec_push(&needs, ddl->arena, object_address(PG_PROC, row_oid(row, functions[i]), 0));
    return depend_record_many(ddl->catalog, self, needs.items, needs.count, DEPEND_NORMAL);
}

static Status execute_alter_operator(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterOperator *statement = (const AstAlterOperator *)call->raw->statement;
    const AstOption *restrict_option = NULL, *join_option = NULL;
    Oid restrict_oid = OID_INVALID, join_oid = OID_INVALID;
    DdlObject object;
    CatalogRow row;
    bool found;
    TRY(ddl_object(&ddl, statement->op, LOCK_ACCESS_EXCLUSIVE, false, &object));
    TRY(catalog_find_oid(ddl.catalog, PG_OPERATOR_OID_INDEX, object.address.object, ddl.arena, &row,
                         &found));
    TRY(operator_settings(&statement->options, &restrict_option, &join_option));
    TRY(object_check_owner(ddl.catalog, PG_OPERATOR, object.address.object));
    if (restrict_option != NULL)
        TRY(estimator(&ddl, restrict_option, false, &restrict_oid));
    if (join_option != NULL)
        TRY(estimator(&ddl, join_option, true, &join_oid));
    bool binary = row_oid(&row, PG_OPERATOR_OPRLEFT) != OID_INVALID &&
                  row_oid(&row, PG_OPERATOR_OPRRIGHT) != OID_INVALID;
    if (!binary && join_oid != OID_INVALID)
        return invalid_function("only binary operators can have join selectivity");
    if (row_oid(&row, PG_OPERATOR_OPRRESULT) != OID_BOOL) {
        if (restrict_oid != OID_INVALID)
            return invalid_function("only boolean operators can have restriction selectivity");
        if (join_oid != OID_INVALID)
            return invalid_function("only boolean operators can have join selectivity");
    }
    if (restrict_option != NULL)
        row.values[PG_OPERATOR_OPRREST] = datum_oid(restrict_oid);
    if (join_option != NULL)
        row.values[PG_OPERATOR_OPRJOIN] = datum_oid(join_oid);
    TRY(catalog_update(ddl.catalog, PG_OPERATOR, &row));
    return operator_needs(&ddl, &row);
}

/* ---- CREATE of what is defined by a list of attributes ---- */

static Status create_shell(Ddl *ddl, const AstDefine *statement) {
    const char *schema, *name;
    Oid nsp, oid;
    if (statement->options.count > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "base types cannot be created");
    TRY(ddl_qualified(ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    CatalogRow row;
    bool exists;
    TRY(catalog_find_name(ddl->catalog, PG_TYPE_TYPNAME_NSP_INDEX, name, nsp, ddl->arena, &row,
                          &exists));
    if (exists)
        return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
    return type_create_shell(ddl->catalog, name, nsp, session_role(ddl->catalog), &oid);
}

static Status execute_define(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDefine *statement = (const AstDefine *)call->raw->statement;
    call->tag = arena_printf(call->arena, "CREATE %s", ddl_kind_words(statement->kind));
    switch (statement->kind) {
    case AST_OBJECT_OPERATOR:
        return create_operator(&ddl, statement);
    case AST_OBJECT_TYPE:
        return create_shell(&ddl, statement);
    case AST_OBJECT_AGGREGATE:
        return ddl_create_aggregate(&ddl, statement);
    case AST_OBJECT_COLLATION:
        return ddl_create_collation(&ddl, statement);
    case AST_OBJECT_TS_PARSER:
    case AST_OBJECT_TS_TEMPLATE:
    case AST_OBJECT_TS_DICTIONARY:
    case AST_OBJECT_TS_CONFIGURATION:
        return ddl_create_search(&ddl, statement);
    default:
        return error(ERR_FEATURE_NOT_SUPPORTED, "CREATE %s is not supported",
                     ddl_kind_words(statement->kind));
    }
}

static const UtilityCommand commands[] = {
    {AST_CREATE_CAST, "CREATE CAST", UTILITY_WRITES, execute_cast, NULL},
    {AST_DEFINE, NULL, UTILITY_WRITES, execute_define, NULL},
    {AST_ALTER_OPERATOR, "ALTER OPERATOR", UTILITY_WRITES, execute_alter_operator, NULL},
};

void ddl_define_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
