/*
 * ddl_opclass.c: operator classes and families: CREATE OPERATOR CLASS, CREATE and ALTER OPERATOR
 * FAMILY. What an index can really use is decided by its access method; here stand the rows.
 */
#include "executor/ddl_int.h"

/* What an access method says of its classes; found by its handler. */
typedef struct AmShape {
    Oid handler;
    int strategies; /* 0: any number */
    int functions;
    int options_function;
    bool orders_by_operator, stores_other;
} AmShape;
static const AmShape shapes[] = {
    {330, 5, 5, 5, false, false}, /* btree */
    {331, 1, 3, 3, false, false}, /* hash */
    {332, 0, 11, 10, true, true}, /* gist */
    {333, 0, 7, 7, false, true},  /* gin */
    {334, 0, 6, 6, true, true},   /* spgist */
    {335, 0, 15, 5, false, true}, /* brin */
};
static const AmShape bloom_shape = {0, 1, 2, 2, false, false};

typedef struct Member {
    bool is_function;
    int number;
    Oid object, left, right, sort_family;
    bool hard, of_family;
} Member;

typedef struct ClassPlan {
    Ddl *ddl;
    const char *am_name;
    Oid am, handler;
    const AmShape *shape;
    Oid type; /* the class's; 0: a family alone */
    Oid family, opclass;
    const char *family_name;
    VEC(Member) members;
    Oid storage;
} ClassPlan;

static Status find_am(ClassPlan *plan, const char *name) {
    const AmDesc *am;
    plan->am_name = name;
    TRY(am_by_name(plan->ddl->catalog, name, 'i', false, &plan->am));
    TRY(catalog_am(plan->ddl->catalog, plan->am, &am));
    plan->shape = am_is_bloom(am) ? &bloom_shape : &shapes[0];
    for (size_t i = 0; i < ARRAY_LEN(shapes) && am != NULL; i++)
        if (shapes[i].handler == am->handler)
            plan->shape = &shapes[i];
    return STATUS_OK;
}

static bool is_btree(const ClassPlan *plan) { return plan->shape == &shapes[0]; }
static bool is_hash(const ClassPlan *plan) { return plan->shape == &shapes[1]; }

static Status bad(const char *message) {
    return error(ERR_INVALID_OBJECT_DEFINITION, "%s", message);
}

static const char *type_text(Ddl *ddl, Oid type) {
    const char *text = "???";
    status_free(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return text;
}

/* ---- members ---- */

static Status check_number(const ClassPlan *plan, const AstOpClassItem *item) {
    bool function = item->kind == AST_OP_CLASS_FUNCTION;
    int max = function                       ? plan->shape->functions
              : plan->shape->strategies == 0 ? INT16_MAX
                                             : plan->shape->strategies;
    if (item->number >= 1 && item->number <= max)
        return STATUS_OK;
    return error(ERR_INVALID_OBJECT_DEFINITION,
                 function ? "invalid function number %d, must be between 1 and %d"
                          : "invalid operator number %d, must be between 1 and %d",
                 item->number, max);
}

static Status member_types(ClassPlan *plan, const AstList *types, Oid *left_out, Oid *right_out) {
    if (types->count == 0 || types->count > 2)
        return error(ERR_SYNTAX_ERROR, "one or two argument types must be specified");
    TRY(ddl_type(plan->ddl, (const AstTypeName *)types->items[0], false, left_out));
    *right_out = *left_out;
    return types->count == 1
               ? STATUS_OK
               : ddl_type(plan->ddl, (const AstTypeName *)types->items[1], false, right_out);
}

static Status find_operator(ClassPlan *plan, const AstOpClassItem *item, Oid *oid_out) {
    Ddl *ddl = plan->ddl;
    const char *schema, *name;
    DdlObject object;
    if (item->object->params_given || item->object->params.count > 0) {
        TRY(ddl_object(ddl, item->object, LOCK_ACCESS_SHARE, false, &object));
        *oid_out = object.address.object;
        return STATUS_OK;
    }
    if (plan->type == OID_INVALID)
        return error(ERR_SYNTAX_ERROR,
                     "operator argument types must be specified in ALTER OPERATOR FAMILY");
    TRY(ddl_qualified(ddl, &item->object->name, &schema, &name));
    TRY(catalog_operator_exact(ddl->catalog, schema, name, plan->type, plan->type, oid_out));
    return *oid_out != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %s %s %s",
                       type_text(ddl, plan->type), str_list_join(ddl->arena, &item->object->name),
                       type_text(ddl, plan->type));
}

static Status find_sort_family(ClassPlan *plan, const StrList *names, Oid *oid_out) {
    const char *schema, *name;
    Oid btree;
    TRY(am_by_name(plan->ddl->catalog, "btree", 'i', false, &btree));
    TRY(ddl_qualified(plan->ddl, names, &schema, &name));
    return opfamily_by_name(plan->ddl->catalog, btree, schema, name, false, oid_out);
}

static Status operator_member(ClassPlan *plan, const AstOpClassItem *item, Member *member) {
    const OperatorDesc *desc;
    TRY(find_operator(plan, item, &member->object));
    if (item->order_family.count > 0)
        TRY(find_sort_family(plan, &item->order_family, &member->sort_family));
    TRY(catalog_operator_require(plan->ddl->catalog, member->object, &desc));
    if (desc->kind != 'b')
        return bad("index operators must be binary");
    if (member->sort_family != OID_INVALID && !plan->shape->orders_by_operator)
        return bad(arena_printf(plan->ddl->arena,
                                "access method \"%s\" does not support ordering operators",
                                plan->am_name));
    if (member->sort_family == OID_INVALID && desc->result != OID_BOOL)
        return bad("index search operators must return boolean");
    member->left = member->left != OID_INVALID ? member->left : desc->left;
    member->right = member->right != OID_INVALID ? member->right : desc->right;
    return STATUS_OK;
}

static Status check_btree(const Member *member, const ProcDesc *proc) {
    switch (member->number) {
    case 1:
        if (proc->arg_count != 2)
            return bad("btree comparison functions must have two arguments");
        return proc->result == OID_INT4 ? STATUS_OK
                                        : bad("btree comparison functions must return integer");
    case 2:
        if (proc->arg_count != 1 || proc->arg_types[0] != OID_INTERNAL)
            return bad("btree sort support functions must accept type \"internal\"");
        return proc->result == OID_VOID ? STATUS_OK
                                        : bad("btree sort support functions must return void");
    case 3:
        if (proc->arg_count != 5)
            return bad("btree in_range functions must have five arguments");
        return proc->result == OID_BOOL ? STATUS_OK
                                        : bad("btree in_range functions must return boolean");
    case 4:
        if (proc->arg_count != 1)
            return bad("btree equal image functions must have one argument");
        if (proc->result != OID_BOOL)
            return bad("btree equal image functions must return boolean");
        return member->left == member->right
                   ? STATUS_OK
                   : bad("btree equal image functions must not be cross-type");
    default:
        return STATUS_OK;
    }
}

static Status check_hash(const Member *member, const ProcDesc *proc) {
    if (member->number == 1 && proc->arg_count != 1)
        return bad("hash function 1 must have one argument");
    if (member->number == 1 && proc->result != OID_INT4)
        return bad("hash function 1 must return integer");
    if (member->number == 2 && proc->arg_count != 2)
        return bad("hash function 2 must have two arguments");
    if (member->number == 2 && proc->result != OID_INT8)
        return bad("hash function 2 must return bigint");
    return STATUS_OK;
}

static Status check_options(const ClassPlan *plan, const Member *member, const ProcDesc *proc) {
    if (plan->type != OID_INVALID && member->left != OID_INVALID && member->left != plan->type)
        return bad("associated data types for operator class options parsing functions must match "
                   "opclass input type");
    if (member->left != member->right)
        return bad("left and right associated data types for operator class options parsing "
                   "functions must match");
    if (proc->result == OID_VOID && proc->arg_count == 1 && proc->arg_types[0] == OID_INTERNAL)
        return STATUS_OK;
    return status_hint(bad("invalid operator class options parsing function"),
                       "Valid signature of operator class options parsing function is %s.",
                       "(internal) RETURNS void");
}

static Status function_member(ClassPlan *plan, const AstOpClassItem *item, Member *member) {
    DdlObject object;
    const ProcDesc *proc;
    TRY(ddl_object(plan->ddl, item->object, LOCK_ACCESS_SHARE, false, &object));
    member->object = object.address.object;
    if (item->arg_types.count > 0)
        TRY(member_types(plan, &item->arg_types, &member->left, &member->right));
    TRY(catalog_proc_require(plan->ddl->catalog, member->object, &proc));
    bool typed_by_arguments = false;
    if (member->number == plan->shape->options_function) {
        TRY(check_options(plan, member, proc));
    } else if (is_btree(plan)) {
        TRY(check_btree(member, proc));
        typed_by_arguments = member->number == 1 || member->number == 3;
    } else if (is_hash(plan)) {
        TRY(check_hash(member, proc));
        typed_by_arguments = member->number <= 2;
    }
    if (member->left == OID_INVALID)
        member->left = typed_by_arguments ? proc->arg_types[0] : plan->type;
    if (member->right == OID_INVALID)
        member->right = !typed_by_arguments   ? plan->type
                        : is_hash(plan)       ? proc->arg_types[0]
                        : member->number == 1 ? proc->arg_types[1]
                                              : proc->arg_types[2];
    return member->left != OID_INVALID && member->right != OID_INVALID
               ? STATUS_OK
               : bad("associated data types must be specified for index support function");
}

/* Without its own type's members an index cannot do; the others may come and go. */
static void set_strength(const ClassPlan *plan, Member *member) {
    bool own =
        plan->type != OID_INVALID && member->left == plan->type && member->right == plan->type;
    if (is_btree(plan) || is_hash(plan)) {
        member->hard = own && (!member->is_function || member->number == 1);
        member->of_family = !member->hard;
    } else {
        member->hard = plan->type != OID_INVALID && member->is_function;
        member->of_family = plan->type == OID_INVALID || !member->is_function;
    }
}

static Status add_member(ClassPlan *plan, Member *member) {
    for (size_t i = 0; i < plan->members.count; i++) {
        const Member *other = &plan->members.items[i];
        if (other->is_function == member->is_function && other->number == member->number &&
            other->left == member->left && other->right == member->right)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "%s number %d for (%s,%s) appears more than once",
                         member->is_function ? "function" : "operator", member->number,
                         type_text(plan->ddl, member->left), type_text(plan->ddl, member->right));
    }
    set_strength(plan, member);
    vec_push(&plan->members, plan->ddl->arena, *member);
    return STATUS_OK;
}

static Status read_item(ClassPlan *plan, const AstOpClassItem *item) {
    Member member = {.is_function = item->kind == AST_OP_CLASS_FUNCTION, .number = item->number};
    if (item->kind == AST_OP_CLASS_STORAGE) {
        if (plan->type == OID_INVALID)
            return error(ERR_SYNTAX_ERROR, "STORAGE cannot be specified in ALTER OPERATOR FAMILY");
        if (plan->storage != OID_INVALID)
            return bad("storage type specified more than once");
        return ddl_type(plan->ddl, item->storage, false, &plan->storage);
    }
    TRY(check_number(plan, item));
    TRY(member.is_function ? function_member(plan, item, &member)
                           : operator_member(plan, item, &member));
    return add_member(plan, &member);
}

/* ---- rows ---- */

static Status member_exists(ClassPlan *plan, const Member *member, CatalogRow *row, bool *found) {
    Datum keys[4] = {datum_oid(plan->family),
                     datum_oid(member->left),
                     datum_oid(member->right),
                     {.i16 = (int16_t)member->number}};
    return catalog_find(plan->ddl->catalog,
                        member->is_function ? PG_AMPROC_FAM_PROC_INDEX : PG_AMOP_FAM_STRAT_INDEX,
                        keys, 4, plan->ddl->arena, row, found);
}

static void operator_row(const ClassPlan *plan, const Member *member, CatalogRow *row) {
    row->values[PG_AMOP_AMOPFAMILY] = datum_oid(plan->family);
    row->values[PG_AMOP_AMOPLEFTTYPE] = datum_oid(member->left);
    row->values[PG_AMOP_AMOPRIGHTTYPE] = datum_oid(member->right);
    row->values[PG_AMOP_AMOPSTRATEGY].i16 = (int16_t)member->number;
    row->values[PG_AMOP_AMOPPURPOSE].byte = member->sort_family != OID_INVALID ? 'o' : 's';
    row->values[PG_AMOP_AMOPOPR] = datum_oid(member->object);
    row->values[PG_AMOP_AMOPMETHOD] = datum_oid(plan->am);
    row->values[PG_AMOP_AMOPSORTFAMILY] = datum_oid(member->sort_family);
}

static void function_row(const ClassPlan *plan, const Member *member, CatalogRow *row) {
    row->values[PG_AMPROC_AMPROCFAMILY] = datum_oid(plan->family);
    row->values[PG_AMPROC_AMPROCLEFTTYPE] = datum_oid(member->left);
    row->values[PG_AMPROC_AMPROCRIGHTTYPE] = datum_oid(member->right);
    row->values[PG_AMPROC_AMPROCNUM].i16 = (int16_t)member->number;
    row->values[PG_AMPROC_AMPROC] = datum_oid(member->object);
}

static Status store_member(ClassPlan *plan, const Member *member, bool alter) {
    Ddl *ddl = plan->ddl;
    CatalogRow row;
    bool found;
    Oid oid, class_id = member->is_function ? PG_AMPROC : PG_AMOP;
    TRY(member_exists(plan, member, &row, &found));
    if (found && alter)
        return error(ERR_DUPLICATE_OBJECT, "%s %d(%s,%s) already exists in operator family \"%s\"",
                     member->is_function ? "function" : "operator", member->number,
                     type_text(ddl, member->left), type_text(ddl, member->right),
                     plan->family_name);
    row = (CatalogRow){0};
    if (member->is_function)
        function_row(plan, member, &row);
    else
        operator_row(plan, member, &row);
    TRY(object_insert(ddl->catalog, class_id, &row, &oid));
    ObjectAddress self = object_address(class_id, oid, 0);
    TRY(depend_record(
        ddl->catalog, self,
        object_address(member->is_function ? PG_PROC : PG_OPERATOR, member->object, 0),
        member->hard ? DEPEND_NORMAL : DEPEND_AUTO));
    TRY(depend_record(ddl->catalog, self,
                      member->of_family ? object_address(PG_OPFAMILY, plan->family, 0)
                                        : object_address(PG_OPCLASS, plan->opclass, 0),
                      member->hard ? DEPEND_INTERNAL : DEPEND_AUTO));
    return member->sort_family == OID_INVALID
               ? STATUS_OK
               : depend_record(ddl->catalog, self,
                               object_address(PG_OPFAMILY, member->sort_family, 0),
                               member->hard ? DEPEND_NORMAL : DEPEND_AUTO);
}

static Status insert_family(ClassPlan *plan, const char *name, Oid nsp, Oid *oid_out) {
    Ddl *ddl = plan->ddl;
    Datum keys[3] = {datum_oid(plan->am), datum_cstr(name), datum_oid(nsp)};
    CatalogRow row;
    bool found;
    TRY(catalog_find(ddl->catalog, PG_OPFAMILY_AM_NAME_NSP_INDEX, keys, 3, ddl->arena, &row,
                     &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT,
                     "operator family \"%s\" for access method \"%s\" already exists", name,
                     plan->am_name);
    row = (CatalogRow){0};
    row.values[PG_OPFAMILY_OPFMETHOD] = keys[0];
    row.values[PG_OPFAMILY_OPFNAME] = keys[1];
    row.values[PG_OPFAMILY_OPFNAMESPACE] = keys[2];
    row.values[PG_OPFAMILY_OPFOWNER] = datum_oid(session_role(ddl->catalog));
    TRY(object_insert(ddl->catalog, PG_OPFAMILY, &row, oid_out));
    return depend_record(ddl->catalog, object_address(PG_OPFAMILY, *oid_out, 0),
                         object_address(PG_AM, plan->am, 0), DEPEND_AUTO);
}

/* The family named, or the one of the class's own name, made if there is none. */
static Status class_family(ClassPlan *plan, const AstCreateOpClass *statement, const char *name,
                           Oid nsp) {
    Ddl *ddl = plan->ddl;
    const char *schema, *family;
    CatalogRow row;
    bool found;
    plan->family_name = name;
    if (statement->family.count > 0) {
        TRY(ddl_qualified(ddl, &statement->family, &schema, &family));
        plan->family_name = family;
        return opfamily_by_name(ddl->catalog, plan->am, schema, family, false, &plan->family);
    }
    Datum keys[3] = {datum_oid(plan->am), datum_cstr(name), datum_oid(nsp)};
    TRY(catalog_find(ddl->catalog, PG_OPFAMILY_AM_NAME_NSP_INDEX, keys, 3, ddl->arena, &row,
                     &found));
    if (!found)
        return insert_family(plan, name, nsp, &plan->family);
    plan->family = row_oid(&row, PG_OPFAMILY_OID);
    return STATUS_OK;
}

static Status check_class(ClassPlan *plan, const AstCreateOpClass *statement, const char *name,
                          Oid nsp) {
    Ddl *ddl = plan->ddl;
    CatalogRow row, *rows;
    bool found;
    size_t count;
    Datum keys[3] = {datum_oid(plan->am), datum_cstr(name), datum_oid(nsp)};
    if (plan->storage == plan->type)
        plan->storage = OID_INVALID;
    if (plan->storage != OID_INVALID && !plan->shape->stores_other)
        return bad(arena_printf(ddl->arena,
                                "storage type cannot be different from data type for access method "
                                "\"%s\"",
                                plan->am_name));
    TRY(catalog_find(ddl->catalog, PG_OPCLASS_AM_NAME_NSP_INDEX, keys, 3, ddl->arena, &row,
                     &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT,
                     "operator class \"%s\" for access method \"%s\" already exists", name,
                     plan->am_name);
    if (!statement->is_default)
        return STATUS_OK;
    TRY(catalog_find_all(ddl->catalog, PG_OPCLASS_AM_NAME_NSP_INDEX, keys, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++)
        if (row_oid(&rows[i], PG_OPCLASS_OPCINTYPE) == plan->type &&
            rows[i].values[PG_OPCLASS_OPCDEFAULT].b)
            return status_detail(error(ERR_DUPLICATE_OBJECT,
                                       "could not make operator class \"%s\" be default for type "
                                       "%s",
                                       name, ddl_type_name_text(ddl, statement->type)),
                                 "Operator class \"%s\" already is the default.",
                                 row_name(&rows[i], PG_OPCLASS_OPCNAME, ddl->arena));
    return STATUS_OK;
}

static Status execute_class(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateOpClass *statement = (const AstCreateOpClass *)call->raw->statement;
    ClassPlan *plan = arena_new(ddl.arena, ClassPlan);
    const char *schema, *name;
    bool super;
    Oid nsp;
    plan->ddl = &ddl;
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl.catalog, schema, &nsp));
    TRY(find_am(plan, statement->access_method));
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create an operator class");
    TRY(ddl_type(&ddl, statement->type, false, &plan->type));
    TRY(class_family(plan, statement, name, nsp));
    AST_FOREACH(AstOpClassItem, item, statement->items) {
        TRY(read_item(plan, item));
    }
    TRY(check_class(plan, statement, name, nsp));
    CatalogRow row = {0};
    row.values[PG_OPCLASS_OPCMETHOD] = datum_oid(plan->am);
    row.values[PG_OPCLASS_OPCNAME] = datum_cstr(name);
    row.values[PG_OPCLASS_OPCNAMESPACE] = datum_oid(nsp);
    row.values[PG_OPCLASS_OPCOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_OPCLASS_OPCFAMILY] = datum_oid(plan->family);
    row.values[PG_OPCLASS_OPCINTYPE] = datum_oid(plan->type);
    row.values[PG_OPCLASS_OPCDEFAULT] = datum_bool(statement->is_default);
    row.values[PG_OPCLASS_OPCKEYTYPE] = datum_oid(plan->storage);
    TRY(object_insert(ddl.catalog, PG_OPCLASS, &row, &plan->opclass));
    for (size_t i = 0; i < plan->members.count; i++)
        TRY(store_member(plan, &plan->members.items[i], false));
    AddressList needs = {0};
    ddl_type_address(&ddl, plan->type, &needs);
    ddl_type_address(&ddl, plan->storage, &needs);
    ObjectAddress self = object_address(PG_OPCLASS, plan->opclass, 0);
    TRY(depend_record(ddl.catalog, self, object_address(PG_OPFAMILY, plan->family, 0),
                      DEPEND_AUTO));
    return depend_record_many(ddl.catalog, self, needs.items, needs.count, DEPEND_NORMAL);
}

static Status execute_family(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateOpFamily *statement = (const AstCreateOpFamily *)call->raw->statement;
    ClassPlan *plan = arena_new(ddl.arena, ClassPlan);
    const char *schema, *name;
    bool super;
    Oid nsp, oid;
    plan->ddl = &ddl;
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl.catalog, schema, &nsp));
    TRY(find_am(plan, statement->access_method));
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create an operator family");
    return insert_family(plan, name, nsp, &oid);
}

/* ---- ALTER ---- */

static Status drop_item(ClassPlan *plan, const AstOpClassItem *item) {
    Ddl *ddl = plan->ddl;
    Member member = {.is_function = item->kind == AST_OP_CLASS_FUNCTION, .number = item->number};
    CatalogRow row;
    bool found;
    TRY(check_number(plan, item));
    TRY(member_types(plan, &item->arg_types, &member.left, &member.right));
    TRY(member_exists(plan, &member, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "%s %d(%s,%s) does not exist in operator family \"%s\"",
                     member.is_function ? "function" : "operator", member.number,
                     type_text(ddl, member.left), type_text(ddl, member.right), plan->family_name);
    ObjectAddress self = member.is_function
                             ? object_address(PG_AMPROC, row_oid(&row, PG_AMPROC_OID), 0)
                             : object_address(PG_AMOP, row_oid(&row, PG_AMOP_OID), 0);
    return object_drop(ddl->catalog, &self, 1, DROP_RESTRICT, 0);
}

static Status execute_alter_family(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterOpFamily *statement = (const AstAlterOpFamily *)call->raw->statement;
    ClassPlan *plan = arena_new(ddl.arena, ClassPlan);
    const char *schema, *name;
    bool super;
    plan->ddl = &ddl;
    TRY(find_am(plan, statement->access_method));
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(opfamily_by_name(ddl.catalog, plan->am, schema, name, false, &plan->family));
    plan->family_name = str_list_join(ddl.arena, &statement->name);
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter an operator family");
    AST_FOREACH(AstOpClassItem, item, statement->items) {
        TRY(statement->drop ? drop_item(plan, item) : read_item(plan, item));
    }
    for (size_t i = 0; i < plan->members.count; i++)
        TRY(store_member(plan, &plan->members.items[i], true));
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_OP_CLASS, "CREATE OPERATOR CLASS", UTILITY_WRITES, execute_class, NULL},
    {AST_CREATE_OP_FAMILY, "CREATE OPERATOR FAMILY", UTILITY_WRITES, execute_family, NULL},
    {AST_ALTER_OP_FAMILY, "ALTER OPERATOR FAMILY", UTILITY_WRITES, execute_alter_family, NULL},
};

void ddl_opclass_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
