/* ddl_operator.c: CREATE OPERATOR, ALTER OPERATOR .. SET. */
#include "executor/ddl_int.h"

typedef struct OperatorPlan {
    Oid left, right, result, function, restrict_estimator, join_estimator;
    const StrList *function_name, *commutator, *negator;
    const AstOption *restrict_option, *join_option;
    bool merges, hashes;
} OperatorPlan;

static const StrList *names_of(const AstOption *option) {
    const Ast *value = option->value;
    if (value != NULL && value->tag == AST_NAME_LIST)
        return &((const AstNameList *)value)->names;
    return value != NULL && value->tag == AST_TYPE_NAME ? &((const AstTypeName *)value)->names
                                                        : NULL;
}

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
    TRY(ddl_function_by_name(ddl, names, join ? join_types : restrict_types, join ? 5 : 4,
                             oid_out));
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

/* ---- CREATE OPERATOR ---- */

static Status type_argument(Ddl *ddl, const AstOption *option, Oid *type_out) {
    int32_t typmod;
    if (option->value == NULL || option->value->tag != AST_TYPE_NAME)
        return error(ERR_SYNTAX_ERROR, "argument of %s must be a type name", option->name);
    const AstTypeName *name = (const AstTypeName *)option->value;
    if (name->setof)
        return invalid_function("SETOF type not allowed for operator argument");
    return ddl_unplaced(analyze_type_name(&ddl->session->env, ddl->arena, name, type_out, &typmod));
}

static Status read_names(const AstOption *option, const StrList **names_out) {
    *names_out = option->value == NULL ? NULL : names_of(option);
    return *names_out != NULL ? STATUS_OK
                              : error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
}

static Status read_attribute(Ddl *ddl, const AstOption *option, OperatorPlan *plan) {
    static const char *const merging[] = {"sort1", "sort2", "ltcmp", "gtcmp"};
    const char *name = option->name;
    if (strcmp(name, "leftarg") == 0)
        return type_argument(ddl, option, &plan->left);
    if (strcmp(name, "rightarg") == 0)
        return type_argument(ddl, option, &plan->right);
    if (strcmp(name, "function") == 0 || strcmp(name, "procedure") == 0)
        return read_names(option, &plan->function_name);
    if (strcmp(name, "commutator") == 0)
        return read_names(option, &plan->commutator);
    if (strcmp(name, "negator") == 0)
        return read_names(option, &plan->negator);
    if (strcmp(name, "restrict") == 0)
        plan->restrict_option = option;
    else if (strcmp(name, "join") == 0)
        plan->join_option = option;
    else if (strcmp(name, "hashes") == 0)
        return ddl_option_bool(option, &plan->hashes);
    else if (strcmp(name, "merges") == 0)
        return ddl_option_bool(option, &plan->merges);
    else {
        bool merges = false; /* words of long ago that mean MERGES */
        for (size_t i = 0; i < ARRAY_LEN(merging); i++)
            merges |= strcmp(merging[i], name) == 0;
        plan->merges |= merges;
        if (!merges)
            ddl_warning(ddl, ERR_SYNTAX_ERROR, "operator attribute \"%s\" not recognized", name);
    }
    return STATUS_OK;
}

static Status read_operator(Ddl *ddl, const AstDefine *statement, OperatorPlan *plan) {
    const ProcDesc *proc;
    AST_FOREACH(AstOption, option, statement->options)
        TRY(read_attribute(ddl, option, plan));
    if (plan->function_name == NULL)
        return invalid_function("operator function must be specified");
    if (plan->left == OID_INVALID && plan->right == OID_INVALID)
        return invalid_function("operator argument types must be specified");
    if (plan->right == OID_INVALID)
        return status_detail(invalid_function("operator right argument type must be specified"),
                             "Postfix operators are not supported.");
    if (plan->left != OID_INVALID)
        TRY(object_check_acl(ddl->catalog, PG_TYPE, plan->left, ACL_USAGE));
    TRY(object_check_acl(ddl->catalog, PG_TYPE, plan->right, ACL_USAGE));
    Oid types[2] = {plan->left, plan->right};
    uint32_t first = plan->left == OID_INVALID ? 1 : 0;
    TRY(ddl_function_by_name(ddl, plan->function_name, types + first, 2 - first, &plan->function));
    TRY(object_check_acl(ddl->catalog, PG_PROC, plan->function, ACL_EXECUTE));
    TRY(catalog_proc_require(ddl->catalog, plan->function, &proc));
    plan->result = proc->result;
    TRY(object_check_acl(ddl->catalog, PG_TYPE, plan->result, ACL_USAGE));
    if (plan->restrict_option != NULL)
        TRY(estimator(ddl, plan->restrict_option, false, &plan->restrict_estimator));
    return plan->join_option == NULL
               ? STATUS_OK
               : estimator(ddl, plan->join_option, true, &plan->join_estimator);
}

/* What only binary operators, and only those that give a boolean, can have. */
static Status check_operator(const OperatorPlan *plan) {
    bool binary = plan->left != OID_INVALID, boolean = plan->result == OID_BOOL;
    if (!binary && plan->commutator != NULL)
        return invalid_function("only binary operators can have commutators");
    if (!binary && plan->join_estimator != OID_INVALID)
        return invalid_function("only binary operators can have join selectivity");
    if (!binary && plan->merges)
        return invalid_function("only binary operators can merge join");
    if (!binary && plan->hashes)
        return invalid_function("only binary operators can hash");
    if (!boolean && plan->negator != NULL)
        return invalid_function("only boolean operators can have negators");
    if (!boolean && plan->restrict_estimator != OID_INVALID)
        return invalid_function("only boolean operators can have restriction selectivity");
    if (!boolean && plan->join_estimator != OID_INVALID)
        return invalid_function("only boolean operators can have join selectivity");
    if (!boolean && plan->merges)
        return invalid_function("only boolean operators can merge join");
    return boolean || !plan->hashes ? STATUS_OK
                                    : invalid_function("only boolean operators can hash");
}

/* The operator of that very schema; 0: there is none. */
static Status find_operator(Ddl *ddl, Oid nsp, const char *name, Oid left, Oid right,
                            Oid *oid_out) {
    const char *schema;
    TRY(namespace_name(ddl->catalog, nsp, &schema));
    return catalog_operator_exact(ddl->catalog, schema, name, left, right, oid_out);
}

static void fill_operator(CatalogRow *row, Oid oid, const char *name, Oid nsp, Oid owner,
                          const OperatorPlan *plan) {
    row->values[PG_OPERATOR_OID] = datum_oid(oid);
    row->values[PG_OPERATOR_OPRNAME] = datum_cstr(name);
    row->values[PG_OPERATOR_OPRNAMESPACE] = datum_oid(nsp);
    row->values[PG_OPERATOR_OPROWNER] = datum_oid(owner);
    row->values[PG_OPERATOR_OPRKIND].byte = plan->left == OID_INVALID ? 'l' : 'b';
    row->values[PG_OPERATOR_OPRCANMERGE] = datum_bool(plan->merges);
    row->values[PG_OPERATOR_OPRCANHASH] = datum_bool(plan->hashes);
    row->values[PG_OPERATOR_OPRLEFT] = datum_oid(plan->left);
    row->values[PG_OPERATOR_OPRRIGHT] = datum_oid(plan->right);
    row->values[PG_OPERATOR_OPRRESULT] = datum_oid(plan->result);
    row->values[PG_OPERATOR_OPRCOM] = datum_oid(OID_INVALID);
    row->values[PG_OPERATOR_OPRNEGATE] = datum_oid(OID_INVALID);
    row->values[PG_OPERATOR_OPRCODE] = datum_oid(plan->function);
    row->values[PG_OPERATOR_OPRREST] = datum_oid(plan->restrict_estimator);
    row->values[PG_OPERATOR_OPRJOIN] = datum_oid(plan->join_estimator);
}

/* Commutator or negator: an operator that is there, or a shell made now, which a later CREATE OPERATOR
 * fills in; 0: this one itself. self: a shell of this operator, or 0. */
static Status related(Ddl *ddl, const StrList *names, const OperatorPlan *plan, bool commutator,
                      const char *self_name, Oid self_nsp, Oid self, Oid *oid_out) {
    Oid left = commutator ? plan->right : plan->left, right = commutator ? plan->left : plan->right;
    const char *schema, *name;
    Oid nsp;
    *oid_out = OID_INVALID;
    if (names == NULL)
        return STATUS_OK;
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_operator_exact(ddl->catalog, schema, name, left, right, oid_out));
    if (*oid_out == OID_INVALID || *oid_out == self) {
        TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
        if (strcmp(name, self_name) == 0 && nsp == self_nsp && left == plan->left &&
            right == plan->right) {
            *oid_out = OID_INVALID;
            return commutator ? STATUS_OK : invalid_function("operator cannot be its own negator");
        }
        CatalogRow row = {0};
        const OperatorPlan shell = {.left = left, .right = right};
        TRY(catalog_new_oid(ddl->catalog, PG_OPERATOR, oid_out));
        fill_operator(&row, *oid_out, name, nsp, session_role(ddl->catalog), &shell);
        TRY(object_insert(ddl->catalog, PG_OPERATOR, &row, oid_out));
        return operator_needs(ddl, &row);
    }
    bool owner;
    TRY(object_is_owner(ddl->catalog, PG_OPERATOR, *oid_out, session_role(ddl->catalog), &owner));
    return owner ? STATUS_OK
                 : error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of operator %s",
                         str_list_join(ddl->arena, names));
}

/* The other operator's row names this one too, if it names none yet. */
static Status link_back(Ddl *ddl, Oid other, int column, Oid self) {
    CatalogRow row;
    bool found;
    if (other == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_find_oid(ddl->catalog, PG_OPERATOR_OID_INDEX, other, ddl->arena, &row, &found));
    if (!found || row_oid(&row, column) != OID_INVALID)
        return STATUS_OK;
    row.values[column] = datum_oid(self);
    return catalog_update(ddl->catalog, PG_OPERATOR, &row);
}

Status ddl_create_operator(Ddl *ddl, const AstDefine *statement) {
    OperatorPlan plan = {0};
    const char *schema, *name;
    Oid nsp, oid, commutator, negator;
    CatalogRow row = {0};
    bool shell;
    TRY(ddl_qualified(ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    TRY(read_operator(ddl, statement, &plan));
    TRY(check_operator(&plan));
    TRY(find_operator(ddl, nsp, name, plan.left, plan.right, &oid));
    shell = oid != OID_INVALID;
    if (shell) {
        const OperatorDesc *desc;
        TRY(catalog_operator_require(ddl->catalog, oid, &desc));
        if (desc->code != OID_INVALID)
            return error(ERR_DUPLICATE_FUNCTION, "operator %s already exists", name);
        TRY(object_check_owner(ddl->catalog, PG_OPERATOR, oid));
    }
    TRY(related(ddl, plan.commutator, &plan, true, name, nsp, oid, &commutator));
    TRY(related(ddl, plan.negator, &plan, false, name, nsp, oid, &negator));
    if (shell) {
        bool found;
        TRY(catalog_find_oid(ddl->catalog, PG_OPERATOR_OID_INDEX, oid, ddl->arena, &row, &found));
    } else {
        TRY(catalog_new_oid(ddl->catalog, PG_OPERATOR, &oid));
    }
    if (plan.commutator != NULL && commutator == OID_INVALID)
        commutator = oid;
    fill_operator(&row, oid, name, nsp, session_role(ddl->catalog), &plan);
    row.values[PG_OPERATOR_OPRCOM] = datum_oid(commutator);
    row.values[PG_OPERATOR_OPRNEGATE] = datum_oid(negator);
    if (shell)
        TRY(catalog_update(ddl->catalog, PG_OPERATOR, &row));
    else
        TRY(object_insert(ddl->catalog, PG_OPERATOR, &row, &oid));
    TRY(operator_needs(ddl, &row));
    if (commutator != oid)
        TRY(link_back(ddl, commutator, PG_OPERATOR_OPRCOM, oid));
    return link_back(ddl, negator, PG_OPERATOR_OPRNEGATE, oid);
}

/* ---- ALTER OPERATOR .. SET ---- */

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

static const UtilityCommand commands[] = {
    {AST_ALTER_OPERATOR, "ALTER OPERATOR", UTILITY_WRITES, execute_alter_operator, NULL},
};

void ddl_operator_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
