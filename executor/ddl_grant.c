/* ddl_grant.c: GRANT and REVOKE of privileges, ALTER DEFAULT PRIVILEGES. */
#include "executor/ddl_int.h"
#include "executor/settings_int.h"

typedef struct GrantPlan {
    Ddl *ddl;
    const AstGrant *statement;
    VEC(Oid) grantees;
} GrantPlan;

/* What a kind of object may be granted, and how errors call it. */
typedef struct GrantKind {
    AstObjectKind kind;
    char acl;
    const char *name;
} GrantKind;

static const GrantKind grant_kinds[] = {
    {AST_OBJECT_TABLE, ACL_KIND_RELATION, "relation"},
    {AST_OBJECT_SEQUENCE, ACL_KIND_SEQUENCE, "sequence"},
    {AST_OBJECT_DATABASE, ACL_KIND_DATABASE, "database"},
    {AST_OBJECT_DOMAIN, ACL_KIND_TYPE, "domain"},
    {AST_OBJECT_TYPE, ACL_KIND_TYPE, "type"},
    {AST_OBJECT_FUNCTION, ACL_KIND_FUNCTION, "function"},
    {AST_OBJECT_PROCEDURE, ACL_KIND_FUNCTION, "procedure"},
    {AST_OBJECT_ROUTINE, ACL_KIND_FUNCTION, "routine"},
    {AST_OBJECT_LANGUAGE, ACL_KIND_LANGUAGE, "language"},
    {AST_OBJECT_LARGE_OBJECT, ACL_KIND_LARGE_OBJECT, "large object"},
    {AST_OBJECT_SCHEMA, ACL_KIND_SCHEMA, "schema"},
    {AST_OBJECT_TABLESPACE, ACL_KIND_TABLESPACE, "tablespace"},
    {AST_OBJECT_FDW, ACL_KIND_FDW, "foreign-data wrapper"},
    {AST_OBJECT_FOREIGN_SERVER, ACL_KIND_SERVER, "foreign server"},
    {AST_OBJECT_PARAMETER, ACL_KIND_PARAMETER, "parameter"},
};

static const GrantKind *kind_of(AstObjectKind kind) {
    for (size_t i = 0; i < ARRAY_LEN(grant_kinds); i++)
        if (grant_kinds[i].kind == kind)
            return &grant_kinds[i];
    return &grant_kinds[0];
}

/* ---- the statement's words ---- */

static Status read_grantees(GrantPlan *plan) {
    AST_FOREACH(AstRoleSpec, spec, plan->statement->grantees) {
        Oid role = ACL_PUBLIC;
        if (spec->kind != AST_ROLE_PUBLIC)
            TRY(ddl_role(plan->ddl, spec, &role));
        if (role == ACL_PUBLIC && plan->statement->grant && plan->statement->grant_option)
            return error(ERR_INVALID_GRANT_OPERATION, "grant options can only be granted to roles");
        vec_push(&plan->grantees, plan->ddl->arena, role);
    }
    if (plan->statement->grantor != NULL) {
        Oid grantor;
        TRY(ddl_role(plan->ddl, plan->statement->grantor, &grantor));
        if (grantor != session_role(plan->ddl->catalog))
            return error(ERR_FEATURE_NOT_SUPPORTED, "grantor must be current user");
    }
    return STATUS_OK;
}

/* The privileges without columns; *all_out: ALL was said. */
static Status read_privileges(const AstGrant *statement, uint32_t allowed, const char *what,
                              uint32_t *privileges_out, bool *all_out) {
    *privileges_out = 0;
    *all_out = statement->privileges.count == 0;
    AST_FOREACH(AstPrivilege, privilege, statement->privileges) {
        if (privilege->columns.count > 0)
            continue;
        if (privilege->name == NULL) {
            *all_out = true;
            continue;
        }
        uint32_t bit = acl_privilege_by_name(privilege->name);
        if (bit == 0)
            return error(ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"", privilege->name);
        if ((bit & allowed) == 0)
            return error(ERR_INVALID_GRANT_OPERATION, "invalid privilege type %s for %s",
                         acl_privilege_name(bit), what);
        *privileges_out |= bit;
    }
    if (*all_out)
        *privileges_out = allowed;
    return STATUS_OK;
}

/* ---- one object ---- */

typedef struct GrantObject {
    ObjectAddress address;
    AclKind kind;
    const char *name;
    uint32_t privileges;
    bool all;
} GrantObject;

static void warn(Ddl *ddl, bool grant, bool none, const char *name) {
    Status notice = grant ? error(ERR_WARNING_PRIVILEGE_NOT_GRANTED,
                                  none ? "no privileges were granted for \"%s\""
                                       : "not all privileges were granted for \"%s\"",
                                  name)
                          : error(ERR_WARNING_PRIVILEGE_NOT_REVOKED,
                                  none ? "no privileges could be revoked for \"%s\""
                                       : "not all privileges could be revoked for \"%s\"",
                                  name);
    ddl->session->ops->notice(ddl->session, NOTICE_WARNING, notice);
}

static Status refuse_if_stranger(Ddl *ddl, const GrantObject *object, const Acl *acl, Oid owner) {
    uint32_t held;
    uint32_t mask = acl_all(object->kind);
    TRY(acl_mask(ddl->catalog, acl, object->kind, owner, session_role(ddl->catalog),
                 mask | ACL_GRANT_OPTION(mask), &held));
    return held != 0
               ? STATUS_OK
               : acl_error_denied(ddl->catalog, object->address.class_id, object->address.object);
}

static Status change_object(GrantPlan *plan, const GrantObject *object) {
    Ddl *ddl = plan->ddl;
    const AstGrant *statement = plan->statement;
    const Acl *acl;
    Oid owner, grantor;
    uint32_t grantable;
    TRY(object_get_acl(ddl->catalog, object->address, ddl->arena, &acl, &owner));
    if (acl == NULL)
        acl = acl_default(ddl->arena, object->kind, owner);
    TRY(acl_select_grantor(ddl->catalog, acl, object->kind, owner, session_role(ddl->catalog),
                           object->privileges, &grantor, &grantable));
    uint32_t privileges = object->privileges & grantable;
    if (grantable == 0)
        TRY(refuse_if_stranger(ddl, object, acl, owner));
    if (privileges == 0 && object->privileges != 0)
        warn(ddl, statement->grant, true, object->name);
    else if (privileges != object->privileges && !object->all)
        warn(ddl, statement->grant, false, object->name);
    for (size_t i = 0; i < plan->grantees.count; i++)
        TRY(acl_change(ddl->catalog, ddl->arena, acl, statement->grant ? ACL_GRANT : ACL_REVOKE,
                       plan->grantees.items[i], grantor, privileges, statement->grant_option,
                       statement->behavior == AST_DROP_CASCADE, owner, &acl));
    return object_set_acl(ddl->catalog, object->address, acl);
}

/* ---- relations and their columns ---- */

/* System columns, too; 0: there is none. */
static Status column_number(Ddl *ddl, const RelationDesc *relation, const char *name,
                            int16_t *attnum_out) {
    const ColumnDesc *column = relation_column(relation, name);
    *attnum_out = column == NULL ? 0 : column->attnum;
    if (column != NULL)
        return STATUS_OK;
    Datum keys[] = {datum_oid(relation->oid), datum_cstr(name)};
    CatalogRow *row = arena_new(ddl->arena, CatalogRow);
    bool found;
    TRY(catalog_find(ddl->catalog, PG_ATTRIBUTE_RELID_ATTNAM_INDEX, keys, 2, ddl->arena, row,
                     &found));
    if (found && row->values[PG_ATTRIBUTE_ATTNUM].i16 < 0)
        *attnum_out = row->values[PG_ATTRIBUTE_ATTNUM].i16;
    return STATUS_OK;
}

static Status change_column(GrantPlan *plan, const RelationDesc *relation, const char *name,
                            uint32_t privileges, bool all) {
    int16_t attnum;
    TRY(column_number(plan->ddl, relation, name, &attnum));
    if (attnum == 0)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", name,
                     relation->name);
    GrantObject object = {.address = object_address(PG_CLASS, relation->oid, attnum),
                          .kind = ACL_KIND_COLUMN,
                          .name = name,
                          .privileges = privileges,
                          .all = all};
    return change_object(plan, &object);
}

static Status change_columns(GrantPlan *plan, const RelationDesc *relation) {
    AST_FOREACH(AstPrivilege, privilege, plan->statement->privileges) {
        if (privilege->columns.count == 0)
            continue;
        uint32_t bits = acl_all(ACL_KIND_COLUMN);
        if (privilege->name != NULL) {
            bits = acl_privilege_by_name(privilege->name);
            if (bits == 0)
                return error(ERR_SYNTAX_ERROR, "unrecognized privilege type \"%s\"",
                             privilege->name);
            if ((bits & ~acl_all(ACL_KIND_COLUMN)) != 0)
                return error(ERR_INVALID_GRANT_OPERATION, "invalid privilege type %s for column",
                             acl_privilege_name(bits));
        }
        if (relation->kind == 'S' && (bits & ~ACL_SELECT) != 0) {
            ddl_warning(plan->ddl, ERR_INVALID_GRANT_OPERATION,
                        "sequence \"%s\" only supports SELECT column privileges", relation->name);
            bits &= ACL_SELECT;
        }
        for (uint32_t i = 0; i < privilege->columns.count; i++)
            TRY(change_column(plan, relation, privilege->columns.items[i], bits,
                              privilege->name == NULL));
    }
    return STATUS_OK;
}

/* REVOKE on a table takes the same privileges from its columns. */
static Status revoke_from_columns(GrantPlan *plan, const RelationDesc *relation,
                                  uint32_t privileges) {
    uint32_t bits = privileges & acl_all(ACL_KIND_COLUMN);
    for (uint16_t i = 0; bits != 0 && i < relation->column_count; i++)
        if (relation->columns[i].acl != NULL && !relation->columns[i].dropped)
            TRY(change_column(plan, relation, relation->columns[i].name, bits, true));
    return STATUS_OK;
}

static Status change_relation(GrantPlan *plan, const RelationDesc *relation) {
    const AstGrant *statement = plan->statement;
    if (relation->kind == 'i' || relation->kind == 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an index", relation->name);
    if (relation->kind == 'c')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", relation->name);
    if (statement->kind == AST_OBJECT_SEQUENCE && relation->kind != 'S')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", relation->name);
    bool sequence = relation->kind == 'S';
    GrantObject object = {.address = object_address(PG_CLASS, relation->oid, 0),
                          .kind = sequence ? ACL_KIND_SEQUENCE : ACL_KIND_RELATION,
                          .name = relation->name};
    uint32_t allowed = statement->kind == AST_OBJECT_SEQUENCE
                           ? acl_all(ACL_KIND_SEQUENCE)
                           : acl_all(ACL_KIND_RELATION) | acl_all(ACL_KIND_SEQUENCE);
    TRY(read_privileges(statement, allowed, kind_of(statement->kind)->name, &object.privileges,
                        &object.all));
    uint32_t supported = acl_all(object.kind);
    if (!object.all && (object.privileges & ~supported) != 0) {
        if (!sequence)
            return error(ERR_INVALID_GRANT_OPERATION, "invalid privilege type %s for table",
                         "USAGE");
        ddl_warning(plan->ddl, ERR_INVALID_GRANT_OPERATION,
                    "sequence \"%s\" only supports USAGE, SELECT, and UPDATE privileges",
                    relation->name);
    }
    object.privileges &= supported;
    bool only_columns = statement->privileges.count > 0;
    AST_FOREACH(AstPrivilege, privilege, statement->privileges) {
        only_columns &= privilege->columns.count > 0;
    }
    if (!only_columns) {
        TRY(change_object(plan, &object));
        if (!statement->grant)
            TRY(revoke_from_columns(plan, relation, object.privileges));
    }
    return change_columns(plan, relation);
}

/* ---- finding the objects ---- */

/* Array types have their element type's rights; untrusted languages are superusers' only. */
static Status check_grantable(Ddl *ddl, const DdlObject *object, const char *name) {
    Oid oid = object->address.object;
    if (object->address.class_id == PG_TYPE) {
        const TypeDesc *type;
        TRY(catalog_type_require(ddl->catalog, oid, &type));
        if (type->element != OID_INVALID && type->len == -1)
            return status_hint(error(ERR_INVALID_GRANT_OPERATION,
                                     "cannot set privileges of array types"),
                               "Set the privileges of the element type instead.");
    }
    if (object->address.class_id == PG_LANGUAGE) {
        CatalogRow *row = arena_new(ddl->arena, CatalogRow);
        bool found;
        TRY(catalog_find_oid(ddl->catalog, PG_LANGUAGE_OID_INDEX, oid, ddl->arena, row, &found));
        if (found && !row->values[PG_LANGUAGE_LANPLTRUSTED].b)
            return status_detail(error(ERR_WRONG_OBJECT_TYPE, "language \"%s\" is not trusted", name),
                                 "GRANT and REVOKE are not allowed on untrusted languages, because "
                                 "only superusers can use untrusted languages.");
    }
    return STATUS_OK;
}

static Status change_parameter(GrantPlan *plan, const char *name) {
    Ddl *ddl = plan->ddl;
    GrantObject object = {.kind = ACL_KIND_PARAMETER, .name = name};
    Oid oid;
    TRY(read_privileges(plan->statement, acl_all(ACL_KIND_PARAMETER), "parameter",
                        &object.privileges, &object.all));
    TRY(parameter_acl_find(ddl->catalog, name, false, ddl->arena, &oid));
    if (oid == OID_INVALID && !plan->statement->grant)
        return STATUS_OK;
    if (oid == OID_INVALID && setting_find(name) < 0 && !setting_is_custom_name(name))
        return error(ERR_INVALID_NAME, "invalid parameter name \"%s\"", name);
    TRY(parameter_acl_find(ddl->catalog, name, true, ddl->arena, &oid));
    object.address = object_address(PG_PARAMETER_ACL, oid, 0);
    TRY(change_object(plan, &object));
    return parameter_acl_tidy(ddl->catalog, oid, ddl->arena);
}

static Status change_named(GrantPlan *plan, const AstObject *ast) {
    Ddl *ddl = plan->ddl;
    if (ast->kind == AST_OBJECT_TABLE || ast->kind == AST_OBJECT_SEQUENCE) {
        AstRangeVar by_name;
        const AstRangeVar *var = ast->relation;
        const RelationDesc *relation;
        if (var == NULL) {
            by_name = ddl_range_var(&ast->name);
            var = &by_name;
        }
        TRY(ddl_relation(ddl, var, LOCK_ACCESS_SHARE, false, &relation));
        return change_relation(plan, relation);
    }
    if (ast->kind == AST_OBJECT_PARAMETER)
        return change_parameter(plan, str_list_join(ddl->arena, &ast->name));
    DdlObject found;
    TRY(ddl_object(ddl, ast, LOCK_ACCESS_SHARE, false, &found));
    const GrantKind *kind = kind_of(ast->kind);
    GrantObject object = {.address = found.address, .kind = (AclKind)kind->acl};
    object.name =
        ast->type != NULL ? ddl_type_name_text(ddl, ast->type) : str_list_last(&ast->name);
    TRY(check_grantable(ddl, &found, object.name));
    if (ast->kind == AST_OBJECT_LARGE_OBJECT)
        object.name = arena_printf(ddl->arena, "large object %s", object.name);
    TRY(read_privileges(plan->statement, acl_all(object.kind), kind->name, &object.privileges,
                        &object.all));
    return change_object(plan, &object);
}

static Status change_relations_of(GrantPlan *plan, Oid nsp) {
    Ddl *ddl = plan->ddl;
    CatalogScan *scan;
    CatalogRow *row;
    VEC(Oid) list = {0};
    TRY(catalog_scan_open(ddl->catalog, PG_CLASS, 0, NULL, 0, ddl->arena, &scan));
    Status status;
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        char kind = (char)row->values[PG_CLASS_RELKIND].byte;
        bool wanted = plan->statement->kind == AST_OBJECT_SEQUENCE ? kind == 'S'
                                                                   : strchr("rvmfp", kind) != NULL;
        if (wanted && row_oid(row, PG_CLASS_RELNAMESPACE) == nsp)
            vec_push(&list, ddl->arena, row_oid(row, PG_CLASS_OID));
    }
    catalog_scan_close(scan);
    TRY(status);
    for (size_t i = 0; i < list.count; i++) {
        const RelationDesc *relation;
        TRY(catalog_relation(ddl->catalog, list.items[i], &relation));
        if (relation != NULL)
            TRY(change_relation(plan, relation));
    }
    return STATUS_OK;
}

static Status change_functions_of(GrantPlan *plan, Oid nsp) {
    Ddl *ddl = plan->ddl;
    CatalogScan *scan;
    CatalogRow *row;
    VEC(GrantObject) list = {0};
    AstObjectKind kind = plan->statement->kind;
    GrantObject object = {.kind = ACL_KIND_FUNCTION};
    TRY(read_privileges(plan->statement, acl_all(ACL_KIND_FUNCTION), kind_of(kind)->name,
                        &object.privileges, &object.all));
    TRY(catalog_scan_open(ddl->catalog, PG_PROC, 0, NULL, 0, ddl->arena, &scan));
    Status status;
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        char prokind = (char)row->values[PG_PROC_PROKIND].byte;
        bool wanted =
            kind == AST_OBJECT_ROUTINE || (kind == AST_OBJECT_PROCEDURE) == (prokind == 'p');
        if (!wanted || row_oid(row, PG_PROC_PRONAMESPACE) != nsp)
            continue;
        object.address = object_address(PG_PROC, row_oid(row, PG_PROC_OID), 0);
        object.name = row_name(row, PG_PROC_PRONAME, ddl->arena);
        vec_push(&list, ddl->arena, object);
    }
    catalog_scan_close(scan);
    TRY(status);
    for (size_t i = 0; i < list.count; i++)
        TRY(change_object(plan, &list.items[i]));
    return STATUS_OK;
}

static Status change_all_in_schema(GrantPlan *plan, const AstObject *schema) {
    Oid nsp;
    TRY(namespace_for_lookup(plan->ddl->catalog, str_list_last(&schema->name), false, &nsp));
    if (plan->statement->kind == AST_OBJECT_TABLE || plan->statement->kind == AST_OBJECT_SEQUENCE)
        return change_relations_of(plan, nsp);
    return change_functions_of(plan, nsp);
}

static Status execute_grant(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    GrantPlan plan = {.ddl = &ddl, .statement = (const AstGrant *)call->raw->statement};
    call->tag = plan.statement->grant ? "GRANT" : "REVOKE";
    TRY(read_grantees(&plan));
    AST_FOREACH(AstObject, object, plan.statement->objects) {
        if (plan.statement->target == AST_GRANT_ALL_IN_SCHEMA)
            TRY(change_all_in_schema(&plan, object));
        else
            TRY(change_named(&plan, object));
    }
    return STATUS_OK;
}

/* ---- ALTER DEFAULT PRIVILEGES ---- */

static char default_letter(AstObjectKind kind) {
    switch (kind) {
    case AST_OBJECT_SEQUENCE:
        return 'S';
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE:
        return 'f';
    case AST_OBJECT_TYPE:
        return 'T';
    case AST_OBJECT_SCHEMA:
        return 'n';
    default:
        return 'r';
    }
}

static bool same_acl(const Acl *a, const Acl *b) {
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        bool found = false;
        for (uint32_t j = 0; j < b->count; j++)
            found |= memcmp(&a->items[i], &b->items[j], sizeof(AclItem)) == 0;
        if (!found)
            return false;
    }
    return true;
}

static Status acl_roles(Ddl *ddl, const Acl *acl, Oid **roles_out, size_t *count_out) {
    *count_out = 0;
    *roles_out = arena_array(ddl->arena, Oid, acl == NULL ? 1 : acl->count * 2 + 1);
    for (uint32_t i = 0; acl != NULL && i < acl->count; i++) {
        (*roles_out)[(*count_out)++] = acl->items[i].grantor;
        if (acl->items[i].grantee != ACL_PUBLIC)
            (*roles_out)[(*count_out)++] = acl->items[i].grantee;
    }
    return STATUS_OK;
}

static Status store_default(Ddl *ddl, CatalogRow *row, bool found, const Acl *was, const Acl *now,
                            bool same_as_builtin) {
    Oid role = row_oid(row, PG_DEFAULT_ACL_DEFACLROLE);
    Oid nsp = row_oid(row, PG_DEFAULT_ACL_DEFACLNAMESPACE);
    if (same_as_builtin) {
        ObjectAddress self = object_address(PG_DEFAULT_ACL, row_oid(row, PG_DEFAULT_ACL_OID), 0);
        return found ? object_drop(ddl->catalog, &self, 1, DROP_RESTRICT, DROP_INTERNAL)
                     : STATUS_OK;
    }
    row->values[PG_DEFAULT_ACL_DEFACLACL] = acl_datum(ddl->arena, now);
    row->nulls[PG_DEFAULT_ACL_DEFACLACL] = false;
    if (found) {
        TRY(catalog_update(ddl->catalog, PG_DEFAULT_ACL, row));
    } else {
        Oid oid;
        TRY(catalog_new_oid(ddl->catalog, PG_DEFAULT_ACL, &oid));
        row->values[PG_DEFAULT_ACL_OID] = datum_oid(oid);
        TRY(catalog_insert(ddl->catalog, PG_DEFAULT_ACL, row));
        TRY(shdepend_record_owner(ddl->catalog, PG_DEFAULT_ACL, oid, role));
        if (nsp != OID_INVALID)
            TRY(depend_record(ddl->catalog, object_address(PG_DEFAULT_ACL, oid, 0),
                              object_address(PG_NAMESPACE, nsp, 0), DEPEND_AUTO));
    }
    Oid *old_roles, *new_roles;
    size_t old_count, new_count;
    TRY(acl_roles(ddl, was, &old_roles, &old_count));
    TRY(acl_roles(ddl, now, &new_roles, &new_count));
    return shdepend_update_acl(ddl->catalog, PG_DEFAULT_ACL, row_oid(row, PG_DEFAULT_ACL_OID), 0,
                               role, old_roles, old_count, new_roles, new_count);
}

static Status change_default(GrantPlan *plan, Oid role, Oid nsp) {
    Ddl *ddl = plan->ddl;
    const AstGrant *statement = plan->statement;
    const GrantKind *kind = kind_of(statement->kind);
    uint32_t privileges;
    bool all, found;
    TRY(read_privileges(statement, acl_all((AclKind)kind->acl), kind->name, &privileges, &all));
    if (nsp != OID_INVALID && statement->kind == AST_OBJECT_SCHEMA)
        return error(ERR_INVALID_GRANT_OPERATION,
                     "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS");
    CatalogRow row = {0};
    Datum letter = {.byte = (uint8_t)default_letter(statement->kind)};
    Datum keys[3] = {datum_oid(role), datum_oid(nsp), letter};
    TRY(catalog_find(ddl->catalog, PG_DEFAULT_ACL_ROLE_NSP_OBJ_INDEX, keys, 3, ddl->arena, &row,
                     &found));
    const Acl *builtin = nsp == OID_INVALID ? acl_default(ddl->arena, (AclKind)kind->acl, role)
                                            : arena_zalloc(ddl->arena, sizeof(Acl));
    const Acl *was = NULL;
    if (found)
        TRY(acl_of_datum(ddl->arena, row.values[PG_DEFAULT_ACL_DEFACLACL], &was));
    const Acl *acl = found ? was : builtin;
    for (size_t i = 0; i < plan->grantees.count; i++)
        TRY(acl_change(ddl->catalog, ddl->arena, acl, statement->grant ? ACL_GRANT : ACL_REVOKE,
                       plan->grantees.items[i], role, privileges, statement->grant_option,
                       statement->behavior == AST_DROP_CASCADE, role, &acl));
    row.values[PG_DEFAULT_ACL_DEFACLROLE] = datum_oid(role);
    row.values[PG_DEFAULT_ACL_DEFACLNAMESPACE] = datum_oid(nsp);
    row.values[PG_DEFAULT_ACL_DEFACLOBJTYPE] = letter;
    return store_default(ddl, &row, found, was, acl, same_acl(acl, builtin));
}

static AstObjectKind kind_of_letter(char letter) {
    return letter == 'S'   ? AST_OBJECT_SEQUENCE
           : letter == 'f' ? AST_OBJECT_FUNCTION
           : letter == 'T' ? AST_OBJECT_TYPE
           : letter == 'n' ? AST_OBJECT_SCHEMA
                           : AST_OBJECT_TABLE;
}

Status ddl_strip_default_acl(Ddl *ddl, Oid oid, Oid role) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_DEFAULT_ACL_OID_INDEX, oid, ddl->arena, &row, &found));
    if (!found)
        return STATUS_OK;
    AstGrant revoke = {.tag = AST_GRANT,
                       .behavior = AST_DROP_RESTRICT,
                       .kind = kind_of_letter((char)row.values[PG_DEFAULT_ACL_DEFACLOBJTYPE].byte)};
    GrantPlan plan = {.ddl = ddl, .statement = &revoke};
    vec_push(&plan.grantees, ddl->arena, role);
    return change_default(&plan, row_oid(&row, PG_DEFAULT_ACL_DEFACLROLE),
                          row_oid(&row, PG_DEFAULT_ACL_DEFACLNAMESPACE));
}

static Status change_default_in_schemas(GrantPlan *plan, Oid role, const StrList *schemas) {
    if (schemas == NULL)
        return change_default(plan, role, OID_INVALID);
    for (uint32_t i = 0; i < schemas->count; i++) {
        Oid nsp;
        TRY(namespace_by_name(plan->ddl->catalog, schemas->items[i], false, &nsp));
        TRY(change_default(plan, role, nsp));
    }
    return STATUS_OK;
}

static Status execute_alter_default(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterDefaultPrivileges *statement =
        (const AstAlterDefaultPrivileges *)call->raw->statement;
    GrantPlan plan = {.ddl = &ddl, .statement = statement->action};
    const StrList *schemas = NULL;
    const AstList *roles = NULL;
    AST_FOREACH(AstOption, option, statement->options) {
        bool is_schemas = strcmp(option->name, "schemas") == 0;
        if (is_schemas ? schemas != NULL : roles != NULL)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             option->location);
        if (is_schemas)
            schemas = &((const AstNameList *)option->value)->names;
        else
            roles = &((const AstExprList *)option->value)->items;
    }
    TRY(read_grantees(&plan));
    if (roles == NULL)
        return change_default_in_schemas(&plan, session_role(ddl.catalog), schemas);
    AST_FOREACH(AstRoleSpec, spec, *roles) {
        Oid role;
        TRY(ddl_role(&ddl, spec, &role));
        TRY(role_check_member_of(ddl.catalog, session_role(ddl.catalog), role));
        TRY(change_default_in_schemas(&plan, role, schemas));
    }
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_GRANT, NULL, UTILITY_WRITES, execute_grant, NULL},
    {AST_ALTER_DEFAULT_PRIVILEGES, "ALTER DEFAULT PRIVILEGES", UTILITY_WRITES,
     execute_alter_default, NULL},
};

void ddl_grant_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
