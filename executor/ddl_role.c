/* ddl_role.c: roles: CREATE, ALTER, DROP, membership, what they own. */
#include "executor/ddl_int.h"

typedef struct RoleOptions {
    RoleSpec spec;
    bool superuser_set, inherit_set, create_role_set, create_db_set, can_login_set, replication_set,
        bypass_rls_set, limit_set, password_set, valid_until_set;
    const AstList *add_to, *members, *admins;
} RoleOptions;

static Status current_role(Ddl *ddl, const RoleDesc **role_out) {
    TRY(catalog_role(ddl->catalog, session_role(ddl->catalog), role_out));
    return *role_out == NULL ? error(ERR_INTERNAL_ERROR, "the current role is gone") : STATUS_OK;
}

static Status conflicting(const AstOption *option) {
    return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"), option->location);
}

static Status read_bool(const AstOption *option, bool *value_out, bool *set) {
    if (*set)
        return conflicting(option);
    *set = true;
    return ddl_option_bool(option, value_out);
}

static Status read_password(Ddl *ddl, const AstOption *option, RoleOptions *options) {
    if (options->password_set)
        return conflicting(option);
    options->password_set = true;
    if (option->value == NULL)
        return STATUS_OK;
    const char *text;
    TRY(ddl_option_string(option, &text));
    TRY(ddl->session->ops->password_verifier(ddl->session, ddl->arena, options->spec.name, text,
                                             &options->spec.password));
    if (options->spec.password == NULL)
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "empty string is not a valid password, clearing password");
    return STATUS_OK;
}

static Status read_valid_until(Ddl *ddl, const AstOption *option, RoleOptions *options) {
    if (options->valid_until_set)
        return conflicting(option);
    const char *text;
    TRY(ddl_option_string(option, &text));
    Oid type = OID_TEXT;
    Datum param = datum_cstr(text);
    bool null = false;
    NestedQuery query = {.sql = "SELECT $1::pg_catalog.timestamptz",
                         .param_count = 1,
                         .param_types = &type,
                         .params = &param,
                         .param_nulls = &null};
    RowCollector rows;
    uint64_t count;
    row_collector_init(&rows, ddl->arena, 1);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &count));
    options->valid_until_set = options->spec.has_valid_until = true;
    options->spec.valid_until = rows.values[0].i64;
    return STATUS_OK;
}

static const AstList *role_list(const AstOption *option) {
    return &((const AstExprList *)option->value)->items;
}

static Status read_option(Ddl *ddl, const AstOption *option, RoleOptions *o) {
    const char *name = option->name;
    if (strcmp(name, "password") == 0)
        return read_password(ddl, option, o);
    if (strcmp(name, "sysid") == 0) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "SYSID can no longer be specified");
        return STATUS_OK;
    }
    if (strcmp(name, "superuser") == 0)
        return read_bool(option, &o->spec.superuser, &o->superuser_set);
    if (strcmp(name, "inherit") == 0)
        return read_bool(option, &o->spec.inherit, &o->inherit_set);
    if (strcmp(name, "createrole") == 0)
        return read_bool(option, &o->spec.create_role, &o->create_role_set);
    if (strcmp(name, "createdb") == 0)
        return read_bool(option, &o->spec.create_db, &o->create_db_set);
    if (strcmp(name, "canlogin") == 0)
        return read_bool(option, &o->spec.can_login, &o->can_login_set);
    if (strcmp(name, "isreplication") == 0)
        return read_bool(option, &o->spec.replication, &o->replication_set);
    if (strcmp(name, "bypassrls") == 0)
        return read_bool(option, &o->spec.bypass_rls, &o->bypass_rls_set);
    if (strcmp(name, "validUntil") == 0)
        return read_valid_until(ddl, option, o);
    if (strcmp(name, "connectionlimit") == 0) {
        int64_t limit;
        if (o->limit_set)
            return conflicting(option);
        o->limit_set = true;
        TRY(ddl_option_int(option, &limit));
        if (limit < -1)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid connection limit: %d", (int)limit);
        o->spec.connection_limit = (int32_t)limit;
        return STATUS_OK;
    }
    const AstList **list = strcmp(name, "addroleto") == 0      ? &o->add_to
                           : strcmp(name, "rolemembers") == 0  ? &o->members
                           : strcmp(name, "adminmembers") == 0 ? &o->admins
                                                               : NULL;
    if (list == NULL)
        return error(ERR_INTERNAL_ERROR, "option \"%s\" not recognized", name);
    if (*list != NULL)
        return conflicting(option);
    *list = role_list(option);
    return STATUS_OK;
}

static Status refuse_reserved(const char *name) {
    if (strncmp(name, "pg_", 3) != 0)
        return STATUS_OK;
    return status_detail(error(ERR_RESERVED_NAME, "role name \"%s\" is reserved", name),
                         "Role names starting with \"pg_\" are reserved.");
}

/* ---- membership ---- */

static Status check_may_grant(Ddl *ddl, Oid role) {
    const RoleDesc *desc, *self;
    TRY(catalog_role(ddl->catalog, role, &desc));
    TRY(current_role(ddl, &self));
    if (self->superuser)
        return STATUS_OK;
    if (desc != NULL && desc->superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter superusers");
    if (self->create_role)
        return STATUS_OK;
    bool admin;
    TRY(role_is_admin_of(ddl->catalog, self->oid, role, &admin));
    return admin ? STATUS_OK
                 : error(ERR_INSUFFICIENT_PRIVILEGE, "must have admin option on role \"%s\"",
                         desc == NULL ? "???" : desc->name);
}

static Status add_member(Ddl *ddl, Oid role, Oid member, bool admin) {
    TRY(check_may_grant(ddl, role));
    if (role == OID_ROLE_DATABASE_OWNER)
        return error(ERR_INVALID_GRANT_OPERATION, "role \"%s\" cannot have explicit members",
                     "pg_database_owner");
    if (member == OID_ROLE_DATABASE_OWNER)
        return error(ERR_INVALID_GRANT_OPERATION, "role \"%s\" cannot be a member of any role",
                     "pg_database_owner");
    return role_grant(ddl->catalog, role, member, session_role(ddl->catalog), admin);
}

static Status remove_member(Ddl *ddl, Oid role, Oid member, bool admin_only) {
    TRY(check_may_grant(ddl, role));
    bool was;
    TRY(role_revoke(ddl->catalog, role, member, admin_only, &was));
    if (was)
        return STATUS_OK;
    const char *role_text, *member_text;
    TRY(role_name(ddl->catalog, role, &role_text));
    TRY(role_name(ddl->catalog, member, &member_text));
    ddl_warning(ddl, ERR_WARNING, "role \"%s\" is not a member of role \"%s\"", member_text,
                role_text);
    return STATUS_OK;
}

static Status add_members(Ddl *ddl, Oid role, const AstList *members, bool admin) {
    if (members == NULL)
        return STATUS_OK;
    AST_FOREACH(AstRoleSpec, spec, *members) {
        Oid member;
        TRY(ddl_role(ddl, spec, &member));
        TRY(add_member(ddl, role, member, admin));
    }
    return STATUS_OK;
}

static Status execute_grant_role(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstGrantRole *statement = (const AstGrantRole *)call->raw->statement;
    call->tag = statement->grant ? "GRANT ROLE" : "REVOKE ROLE";
    AST_FOREACH(AstPrivilege, privilege, statement->roles) {
        Oid role;
        if (privilege->name == NULL || privilege->columns.count > 0)
            return error(ERR_INVALID_GRANT_OPERATION,
                         "column names cannot be included in GRANT/REVOKE ROLE");
        TRY(role_by_name(ddl.catalog, privilege->name, false, &role));
        AST_FOREACH(AstRoleSpec, spec, statement->grantees) {
            Oid member;
            TRY(ddl_role(&ddl, spec, &member));
            TRY(statement->grant ? add_member(&ddl, role, member, statement->admin_option)
                                 : remove_member(&ddl, role, member, statement->admin_option));
        }
    }
    return STATUS_OK;
}

/* ---- CREATE ROLE ---- */

static Status check_may_create(Ddl *ddl, const RoleOptions *options) {
    const RoleDesc *self;
    TRY(current_role(ddl, &self));
    if (self->superuser)
        return STATUS_OK;
    if (options->spec.superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create superusers");
    if (options->spec.replication)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create replication users");
    if (options->spec.bypass_rls)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create bypassrls users");
    return self->create_role
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to create role");
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateRole *statement = (const AstCreateRole *)call->raw->statement;
    RoleOptions options = {.spec = {.name = statement->name,
                                    .inherit = true,
                                    .can_login = statement->kind == AST_ROLE_USER,
                                    .connection_limit = -1}};
    AST_FOREACH(AstOption, option, statement->options) {
        TRY(read_option(&ddl, option, &options));
    }
    TRY(check_may_create(&ddl, &options));
    TRY(refuse_reserved(statement->name));
    Oid oid;
    TRY(role_create(ddl.catalog, &options.spec, &oid));
    if (options.add_to != NULL) {
        AST_FOREACH(AstRoleSpec, spec, *options.add_to) {
            Oid group;
            TRY(ddl_role(&ddl, spec, &group));
            TRY(add_member(&ddl, group, oid, false));
        }
    }
    TRY(add_members(&ddl, oid, options.admins, true));
    return add_members(&ddl, oid, options.members, false);
}

/* ---- ALTER ROLE ---- */

static Status check_may_alter(Ddl *ddl, const RoleOptions *o, const RoleDesc *role) {
    const RoleDesc *self;
    TRY(current_role(ddl, &self));
    if (self->superuser)
        return STATUS_OK;
    if (o->superuser_set || role->superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to alter superuser roles or change superuser attribute");
    if (o->replication_set || role->replication)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to alter replication roles or "
                                                 "change replication attribute");
    if (o->bypass_rls_set)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to change bypassrls attribute");
    if (self->create_role)
        return STATUS_OK;
    bool only_password = !(o->inherit_set || o->create_role_set || o->create_db_set ||
                           o->can_login_set || o->limit_set || o->valid_until_set) &&
                         o->members == NULL && o->password_set && role->oid == self->oid;
    return only_password ? STATUS_OK : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied");
}

static Status store_options(Ddl *ddl, const RoleOptions *o, Oid role) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_AUTHID_OID_INDEX, role, ddl->arena, &row, &found));
    const struct {
        bool set, value;
        int column;
    } flags[] = {{o->superuser_set, o->spec.superuser, PG_AUTHID_ROLSUPER},
                 {o->inherit_set, o->spec.inherit, PG_AUTHID_ROLINHERIT},
                 {o->create_role_set, o->spec.create_role, PG_AUTHID_ROLCREATEROLE},
                 {o->create_db_set, o->spec.create_db, PG_AUTHID_ROLCREATEDB},
                 {o->can_login_set, o->spec.can_login, PG_AUTHID_ROLCANLOGIN},
                 {o->replication_set, o->spec.replication, PG_AUTHID_ROLREPLICATION},
                 {o->bypass_rls_set, o->spec.bypass_rls, PG_AUTHID_ROLBYPASSRLS}};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].set)
            row.values[flags[i].column] = datum_bool(flags[i].value);
    if (o->limit_set)
        row.values[PG_AUTHID_ROLCONNLIMIT] = datum_i32(o->spec.connection_limit);
    if (o->password_set) {
        row.nulls[PG_AUTHID_ROLPASSWORD] = o->spec.password == NULL;
        if (o->spec.password != NULL)
            row.values[PG_AUTHID_ROLPASSWORD] = datum_cstr(o->spec.password);
    }
    if (o->valid_until_set) {
        row.nulls[PG_AUTHID_ROLVALIDUNTIL] = false;
        row.values[PG_AUTHID_ROLVALIDUNTIL] = datum_i64(o->spec.valid_until);
    }
    return catalog_update(ddl->catalog, PG_AUTHID, &row);
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterRole *statement = (const AstAlterRole *)call->raw->statement;
    RoleOptions options = {.spec = {.name = statement->role->name}};
    Oid oid;
    const RoleDesc *role;
    if (statement->role->kind != AST_ROLE_NAMED) {
        TRY(current_role(&ddl, &role));
        options.spec.name = role->name;
    }
    AST_FOREACH(AstOption, option, statement->options) {
        TRY(read_option(&ddl, option, &options));
    }
    if (statement->role->kind == AST_ROLE_NAMED)
        TRY(refuse_reserved(statement->role->name));
    TRY(ddl_role(&ddl, statement->role, &oid));
    TRY(catalog_role(ddl.catalog, oid, &role));
    TRY(check_may_alter(&ddl, &options, role));
    TRY(store_options(&ddl, &options, oid));
    if (options.members == NULL)
        return STATUS_OK;
    AST_FOREACH(AstRoleSpec, spec, *options.members) {
        Oid member;
        TRY(ddl_role(&ddl, spec, &member));
        TRY(statement->drop ? remove_member(&ddl, oid, member, false)
                            : add_member(&ddl, oid, member, false));
    }
    return STATUS_OK;
}

Status ddl_rename_role(Ddl *ddl, Oid oid, const char *name) {
    const RoleDesc *role, *self;
    Oid other;
    TRY(catalog_role(ddl->catalog, oid, &role));
    TRY(current_role(ddl, &self));
    if (oid == session_user_oid(ddl->catalog))
        return error(ERR_FEATURE_NOT_SUPPORTED, "session user cannot be renamed");
    if (oid == session_role(ddl->catalog))
        return error(ERR_FEATURE_NOT_SUPPORTED, "current user cannot be renamed");
    TRY(refuse_reserved(role->name));
    TRY(refuse_reserved(name));
    TRY(role_by_name(ddl->catalog, name, true, &other));
    if (other != OID_INVALID)
        return error(ERR_DUPLICATE_OBJECT, "role \"%s\" already exists", name);
    if (role->superuser && !self->superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to rename superusers");
    if (!self->superuser && !self->create_role)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to rename role");
    bool md5 = role->password != NULL && strncmp(role->password, "md5", 3) == 0;
    if (md5) {
        RoleOptions options = {.password_set = true};
        TRY(store_options(ddl, &options, oid));
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "MD5 password cleared because of role rename");
    }
    return object_rename(ddl->catalog, PG_AUTHID, oid, name);
}

/* ---- DROP ROLE ---- */

static Status check_may_drop(Ddl *ddl, Oid oid) {
    const RoleDesc *role, *self;
    TRY(catalog_role(ddl->catalog, oid, &role));
    TRY(current_role(ddl, &self));
    if (oid == session_role(ddl->catalog))
        return error(ERR_OBJECT_IN_USE, "current user cannot be dropped");
    if (oid == session_user_oid(ddl->catalog))
        return error(ERR_OBJECT_IN_USE, "session user cannot be dropped");
    if (role->superuser && !self->superuser)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to drop superusers");
    return STATUS_OK;
}

static Status execute_drop(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropRole *statement = (const AstDropRole *)call->raw->statement;
    const RoleDesc *self;
    TRY(current_role(&ddl, &self));
    if (!self->superuser && !self->create_role)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to drop role");
    AST_FOREACH(AstRoleSpec, spec, statement->roles) {
        Oid oid;
        if (spec->kind != AST_ROLE_NAMED)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "cannot use special role specifier in DROP ROLE");
        TRY(role_by_name(ddl.catalog, spec->name, statement->missing_ok, &oid));
        if (oid == OID_INVALID) {
            ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "role \"%s\" does not exist, skipping",
                       spec->name);
            continue;
        }
        TRY(check_may_drop(&ddl, oid));
        TRY(role_drop(ddl.catalog, oid));
    }
    return STATUS_OK;
}

/* ---- what roles own ---- */

static Status check_member(Ddl *ddl, Oid role, const char *what) {
    bool has;
    TRY(role_has_privileges_of(ddl->catalog, session_role(ddl->catalog), role, &has));
    return has ? STATUS_OK : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to %s", what);
}

static Status reassign(Ddl *ddl, const ShDependRow *row, Oid owner) {
    ObjectAddress object = row->object;
    if (object.class_id == PG_CLASS) {
        const RelationDesc *relation;
        TRY(catalog_relation(ddl->catalog, object.object, &relation));
        return relation == NULL || relation->owner == owner
                   ? STATUS_OK
                   : relation_change_owner(ddl->catalog, object.object, owner);
    }
    if (object.class_id == PG_TYPE)
        return type_change_owner(ddl->catalog, object.object, owner);
    if (object.class_id == PG_DEFAULT_ACL || object.class_id == PG_USER_MAPPING)
        return STATUS_OK; /* they belong to the role itself */
    return object_change_owner(ddl->catalog, object.class_id, object.object, owner);
}

static Status check_not_bootstrap(Ddl *ddl, Oid role, const char *what) {
    const char *name;
    if (role != OID_ROLE_BOOTSTRAP)
        return STATUS_OK;
    TRY(role_name(ddl->catalog, role, &name));
    return error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                 "cannot %s objects owned by role %s because they are required by the database system",
                 what, name);
}

static Status execute_reassign(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstReassignOwned *statement = (const AstReassignOwned *)call->raw->statement;
    Oid owner;
    TRY(ddl_role(&ddl, statement->new_role, &owner));
    TRY(check_member(&ddl, owner, "reassign objects"));
    AST_FOREACH(AstRoleSpec, spec, statement->roles) {
        Oid role;
        ShDependRow *rows;
        size_t count;
        TRY(ddl_role(&ddl, spec, &role));
        TRY(check_member(&ddl, role, "reassign objects"));
        TRY(check_not_bootstrap(&ddl, role, "reassign ownership of"));
        TRY(shdepend_list_on(ddl.catalog, PG_AUTHID, role, ddl.arena, &rows, &count));
        for (size_t i = 0; i < count; i++)
            if (rows[i].type == 'o')
                TRY(reassign(&ddl, &rows[i], owner));
    }
    return STATUS_OK;
}

/* Takes every privilege of the role away. */
static Status strip_acl(Ddl *ddl, ObjectAddress object, Oid role) {
    const Acl *acl;
    Oid owner;
    TRY(object_get_acl(ddl->catalog, object, ddl->arena, &acl, &owner));
    if (acl == NULL)
        return STATUS_OK;
    Acl *kept = arena_alloc(ddl->arena, sizeof(Acl) + acl->count * sizeof(AclItem));
    kept->count = 0;
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].grantee != role && acl->items[i].grantor != role)
            kept->items[kept->count++] = acl->items[i];
    return object_set_acl(ddl->catalog, object, kept);
}

static Status execute_drop_owned(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropOwned *statement = (const AstDropOwned *)call->raw->statement;
    AddressList doomed = {0};
    AST_FOREACH(AstRoleSpec, spec, statement->roles) {
        Oid role;
        ShDependRow *rows;
        size_t count;
        TRY(ddl_role(&ddl, spec, &role));
        TRY(check_member(&ddl, role, "drop objects"));
        TRY(check_not_bootstrap(&ddl, role, "drop"));
        TRY(shdepend_list_on(ddl.catalog, PG_AUTHID, role, ddl.arena, &rows, &count));
        for (size_t i = 0; i < count; i++) {
            if (rows[i].type == 'o' && rows[i].database != OID_INVALID)
                vec_push(&doomed, ddl.arena, rows[i].object);
            else if (rows[i].type == 'a' && rows[i].object.class_id == PG_DEFAULT_ACL)
                TRY(ddl_strip_default_acl(&ddl, rows[i].object.object, role));
            else if (rows[i].type == 'a')
                TRY(strip_acl(&ddl, rows[i].object, role));
        }
    }
    if (doomed.count == 0)
        return STATUS_OK;
    return object_drop(ddl.catalog, doomed.items, doomed.count,
                       statement->behavior == AST_DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT, 0);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_ROLE, "CREATE ROLE", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_ROLE, "ALTER ROLE", UTILITY_WRITES, execute_alter, NULL},
    {AST_DROP_ROLE, "DROP ROLE", UTILITY_WRITES, execute_drop, NULL},
    {AST_GRANT_ROLE, NULL, UTILITY_WRITES, execute_grant_role, NULL},
    {AST_REASSIGN_OWNED, "REASSIGN OWNED", UTILITY_WRITES, execute_reassign, NULL},
    {AST_DROP_OWNED, "DROP OWNED", UTILITY_WRITES, execute_drop_owned, NULL},
};

void ddl_role_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
