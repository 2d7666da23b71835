/* ddl_define.c: CREATE CAST, and who does CREATE of what has attributes. */
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
    bool takes_source, gives_target;
    TRY(ddl_binary_coercible(ddl, source, proc->arg_types[0], &takes_source));
    TRY(ddl_binary_coercible(ddl, proc->result, target, &gives_target));
    if (!takes_source)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "argument of cast function must match or be binary-coercible from source data "
                     "type");
    if (proc->arg_count > 1 && proc->arg_types[1] != OID_INT4)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "second argument of cast function must be type %s", "integer");
    if (proc->arg_count > 2 && proc->arg_types[2] != OID_BOOL)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "third argument of cast function must be type %s", "boolean");
    if (!gives_target)
        return error(
            ERR_INVALID_OBJECT_DEFINITION,
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
        source->align != target->align)
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
    bool same;
    TRY(ddl_same_values(ddl, source->oid, target->oid, &same));
    if (!same)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "source and target data types are not physically compatible");
    return STATUS_OK;
}

static Status check_cast_types(Ddl *ddl, const TypeDesc *source, const TypeDesc *target) {
    if (source->kind == 'p' || target->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "%s data type %s is a pseudo-type",
                     source->kind == 'p' ? "source" : "target",
                     source->kind == 'p' ? source->name : target->name);
    bool owner;
    TRY(object_is_owner(ddl->catalog, PG_TYPE, source->oid, session_role(ddl->catalog), &owner));
    if (!owner)
        TRY(object_is_owner(ddl->catalog, PG_TYPE, target->oid, session_role(ddl->catalog),
                            &owner));
    if (!owner)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of type %s or type %s",
                     source->name, target->name);
    TRY(ddl_check_type_usage(ddl, source->oid));
    TRY(ddl_check_type_usage(ddl, target->oid));
    if (source->kind == 'd')
        ddl_warning(ddl, ERR_WRONG_OBJECT_TYPE,
                    "cast will be ignored because the source data type is a domain");
    else if (target->kind == 'd')
        ddl_warning(ddl, ERR_WRONG_OBJECT_TYPE,
                    "cast will be ignored because the target data type is a domain");
    return STATUS_OK;
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
    row.values[PG_CAST_CASTMETHOD].byte = function != OID_INVALID ? 'f'
                                          : statement->inout      ? 'i'
                                                                  : 'b';
    TRY(object_insert(ddl.catalog, PG_CAST, &row, &oid));
    AddressList needs = {0};
    ddl_type_address(&ddl, source, &needs);
    ddl_type_address(&ddl, target, &needs);
    if (function >= OID_FIRST_UNPINNED)
        vec_push(&needs, ddl.arena, object_address(PG_PROC, function, 0));
    return depend_record_many(ddl.catalog, object_address(PG_CAST, oid, 0), needs.items,
                              needs.count, DEPEND_NORMAL);
}

/* ---- CREATE of what is defined by a list of attributes ---- */

static Status execute_define(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDefine *statement = (const AstDefine *)call->raw->statement;
    call->tag = arena_printf(call->arena, "CREATE %s", ddl_kind_words(statement->kind));
    switch (statement->kind) {
    case AST_OBJECT_OPERATOR:
        return ddl_create_operator(&ddl, statement);
    case AST_OBJECT_TYPE:
        return ddl_create_base_type(&ddl, statement);
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
};

void ddl_define_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
