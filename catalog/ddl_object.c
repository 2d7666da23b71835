/* ddl_object.c: schemas and roles; renaming, owners, schemas and ACLs of any object. */
#include "catalog/catalog_int.h"

Status namespace_create(CatalogSession *session, const char *name, Oid owner, bool temporary,
                        Oid *oid_out) {
    const NamespaceDesc *existing;
    *oid_out = 0;
    TRY(catalog_namespace_by_name(session, name, &existing));
    if (existing != NULL)
        return error(ERR_DUPLICATE_SCHEMA, "schema \"%s\" already exists", name);
    Arena arena;
    arena_init(&arena, &session->account);
    const Acl *acl = NULL;
    CatalogRow *row = row_new(&arena);
    row_set_text(row, PG_NAMESPACE_NSPNAME, name);
    row_set_oid(row, PG_NAMESPACE_NSPOWNER, owner);
    row_set_null(row, PG_NAMESPACE_NSPACL);
    Status status = temporary
                        ? STATUS_OK
                        : acl_for_new_object(session, &arena, ACL_KIND_SCHEMA, owner, 0, &acl);
    if (acl != NULL) {
        row->values[PG_NAMESPACE_NSPACL] = acl_datum(&arena, acl);
        row->nulls[PG_NAMESPACE_NSPACL] = false;
    }
    if (status_ok(status))
        status = object_insert(session, PG_NAMESPACE, row, oid_out);
    if (status_ok(status))
        status = acl_record_roles(session, object_address(PG_NAMESPACE, *oid_out, 0), owner, NULL,
                                  acl, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- roles ---- */

Status role_create(CatalogSession *session, const RoleSpec *spec, Oid *oid_out) {
    Oid existing;
    CatalogRow row = {0};
    *oid_out = spec->oid;
    TRY(role_by_name(session, spec->name, true, &existing));
    if (existing != 0)
        return error(ERR_DUPLICATE_OBJECT, "role \"%s\" already exists", spec->name);
    if (*oid_out == 0)
        TRY(catalog_new_oid(session, PG_AUTHID, oid_out));
    row_set_oid(&row, PG_AUTHID_OID, *oid_out);
    row_set_text(&row, PG_AUTHID_ROLNAME, spec->name);
    row_set_bool(&row, PG_AUTHID_ROLSUPER, spec->superuser);
    row_set_bool(&row, PG_AUTHID_ROLINHERIT, spec->inherit);
    row_set_bool(&row, PG_AUTHID_ROLCREATEROLE, spec->create_role);
    row_set_bool(&row, PG_AUTHID_ROLCREATEDB, spec->create_db);
    row_set_bool(&row, PG_AUTHID_ROLCANLOGIN, spec->can_login);
    row_set_bool(&row, PG_AUTHID_ROLREPLICATION, spec->replication);
    row_set_bool(&row, PG_AUTHID_ROLBYPASSRLS, spec->bypass_rls);
    row_set_i32(&row, PG_AUTHID_ROLCONNLIMIT, spec->connection_limit);
    row_set_text(&row, PG_AUTHID_ROLPASSWORD, spec->password);
    row_set_i64(&row, PG_AUTHID_ROLVALIDUNTIL, spec->valid_until);
    row.nulls[PG_AUTHID_ROLVALIDUNTIL] = !spec->has_valid_until;
    return catalog_insert(session, PG_AUTHID, &row);
}

static Status delete_memberships(CatalogSession *session, Oid role) {
    Datum key = datum_oid(role);
    TRY(catalog_delete_all(session, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX, &key, 1));
    return catalog_delete_all(session, PG_AUTH_MEMBERS_MEMBER_ROLE_INDEX, &key, 1);
}

static Status delete_settings(CatalogSession *session, Oid database, Oid role) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogScan *scan;
    CatalogRow *row;
    VEC(CatalogRow) doomed = {0};
    Status status = catalog_scan_open(session, PG_DB_ROLE_SETTING, 0, NULL, 0, &arena, &scan);
    if (status_ok(status)) {
        while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
            if ((database != 0 && row_oid(row, PG_DB_ROLE_SETTING_SETDATABASE) == database) ||
                (role != 0 && row_oid(row, PG_DB_ROLE_SETTING_SETROLE) == role))
                vec_push(&doomed, &arena, *row);
        catalog_scan_close(scan);
    }
    for (size_t i = 0; i < doomed.count && status_ok(status); i++)
        status = catalog_delete(session, PG_DB_ROLE_SETTING, &doomed.items[i]);
    arena_destroy(&arena);
    return status;
}

Status settings_delete_of_database(CatalogSession *session, Oid database) {
    return delete_settings(session, database, 0);
}

static Status drop_role(CatalogSession *session, Oid role, Arena *arena) {
    const char *name, *detail;
    ObjectAddress self = object_address(PG_AUTHID, role, 0);
    TRY(role_name(session, role, &name));
    if (name == NULL)
        return error(ERR_UNDEFINED_OBJECT, "role with OID %u does not exist", role);
    if (object_is_pinned(self))
        return error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                     "cannot drop role %s because it is required by the database system", name);
    TRY(object_lock(session, PG_AUTHID, role, LOCK_ACCESS_EXCLUSIVE));
    TRY(shdepend_check(session, PG_AUTHID, role, arena, &detail));
    if (detail != NULL)
        return status_detail(
            error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                  "role \"%s\" cannot be dropped because some objects depend on it", name),
            "%s", detail);
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(object_row(session, PG_AUTHID, role, arena, row, &found));
    TRY(delete_memberships(session, role));
    TRY(delete_settings(session, 0, role));
    TRY(comment_delete_all(session, self));
    return catalog_delete(session, PG_AUTHID, row);
}

Status role_drop(CatalogSession *session, Oid role) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = drop_role(session, role, &arena);
    arena_destroy(&arena);
    return status;
}

static Status membership(CatalogSession *session, Oid role, Oid member, Arena *arena,
                         CatalogRow *row, bool *found_out) {
    Datum keys[2] = {datum_oid(role), datum_oid(member)};
    return catalog_find(session, PG_AUTH_MEMBERS_ROLE_MEMBER_INDEX, keys, 2, arena, row, found_out);
}

static Status grant_role(CatalogSession *session, Oid role, Oid member, Oid grantor, bool admin,
                         Arena *arena) {
    bool circular, found;
    const char *role_text, *member_text;
    TRY(role_name(session, role, &role_text));
    TRY(role_name(session, member, &member_text));
    TRY(role_is_member_of_nosuper(session, role, member, &circular));
    if (circular)
        return error(ERR_INVALID_GRANT_OPERATION, "role \"%s\" is a member of role \"%s\"",
                     role_text != NULL ? role_text : "", member_text != NULL ? member_text : "");
    CatalogRow *row = row_new(arena);
    TRY(membership(session, role, member, arena, row, &found));
    if (found && (!admin || row->values[PG_AUTH_MEMBERS_ADMIN_OPTION].b)) {
        session_notice(session, "NOTICE", ERR_SUCCESSFUL_COMPLETION,
                       "role \"%s\" is already a member of role \"%s\"",
                       member_text != NULL ? member_text : "", role_text != NULL ? role_text : "");
        return STATUS_OK;
    }
    row_set_oid(row, PG_AUTH_MEMBERS_ROLEID, role);
    row_set_oid(row, PG_AUTH_MEMBERS_MEMBER, member);
    row_set_oid(row, PG_AUTH_MEMBERS_GRANTOR, grantor);
    row_set_bool(row, PG_AUTH_MEMBERS_ADMIN_OPTION, admin);
    return found ? catalog_update(session, PG_AUTH_MEMBERS, row)
                 : catalog_insert(session, PG_AUTH_MEMBERS, row);
}

Status role_grant(CatalogSession *session, Oid role, Oid member, Oid grantor, bool admin) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = grant_role(session, role, member, grantor, admin, &arena);
    arena_destroy(&arena);
    return status;
}

Status role_revoke(CatalogSession *session, Oid role, Oid member, bool admin_only, bool *was_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    Status status = membership(session, role, member, &arena, row, was_out);
    if (status_ok(status) && *was_out) {
        row_set_bool(row, PG_AUTH_MEMBERS_ADMIN_OPTION, false);
        status = admin_only ? catalog_update(session, PG_AUTH_MEMBERS, row)
                            : catalog_delete(session, PG_AUTH_MEMBERS, row);
    }
    arena_destroy(&arena);
    return status;
}

/* ---- any object ---- */

static Status require_row(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                          CatalogRow *row) {
    bool found;
    TRY(object_row(session, class_id, object, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for %s %u",
                     object_class(class_id)->description, object);
    return STATUS_OK;
}

/* Kinds whose names are unique by more than (name, schema): all index keys but the name as they are
 * in the row. */
static Status check_free(CatalogSession *session, const ObjectClass *class, const CatalogRow *row,
                         const char *name, Oid nsp, Arena *arena) {
    const CatalogTable *table = catalog_table(class->catalog);
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        Datum keys[CATALOG_INDEX_MAX];
        bool names = false;
        for (unsigned k = 0; k < index->key_count; k++) {
            keys[k] = row->values[index->columns[k]];
            if (index->columns[k] == class->name_column) {
                keys[k] = datum_cstr(name);
                names = true;
            } else if (index->columns[k] == class->nsp_column) {
                keys[k] = datum_oid(nsp);
            }
        }
        if (!names || !index->unique)
            continue;
        CatalogRow *other = row_new(arena);
        bool found;
        TRY(catalog_find(session, index->oid, keys, index->key_count, arena, other, &found));
        if (!found || other->rowid == row->rowid)
            continue;
        if (nsp == 0)
            return error(class->catalog == PG_NAMESPACE  ? ERR_DUPLICATE_SCHEMA
                         : class->catalog == PG_DATABASE ? ERR_DUPLICATE_DATABASE
                                                         : ERR_DUPLICATE_OBJECT,
                         "%s \"%s\" already exists",
                         class->catalog == PG_FOREIGN_SERVER ? "server" : class->description, name);
        const char *schema;
        TRY(namespace_name(session, nsp, &schema));
        if (class->catalog == PG_PROC) {
            const ProcDesc *proc;
            const char *signature;
            TRY(catalog_proc_require(session, row_oid(row, PG_PROC_OID), &proc));
            TRY(format_signature(session, arena, name, proc->arg_types, proc->arg_count,
                                 &signature));
            return error(ERR_DUPLICATE_FUNCTION, "function %s already exists in schema \"%s\"",
                         signature, schema != NULL ? schema : "");
        }
        if (class->catalog == PG_OPCLASS || class->catalog == PG_OPFAMILY) {
            CatalogRow *am = row_new(arena);
            Oid method = row_oid(row, class->catalog == PG_OPCLASS ? PG_OPCLASS_OPCMETHOD
                                                                   : PG_OPFAMILY_OPFMETHOD);
            TRY(object_row(session, PG_AM, method, arena, am, &found));
            return error(ERR_DUPLICATE_OBJECT,
                         "%s \"%s\" for access method \"%s\" already exists in schema \"%s\"",
                         class->description, name, row_name(am, PG_AM_AMNAME, arena),
                         schema != NULL ? schema : "");
        }
        return error(class->catalog == PG_PROC ? ERR_DUPLICATE_FUNCTION : ERR_DUPLICATE_OBJECT,
                     "%s \"%s\" already exists in schema \"%s\"", class->description, name,
                     schema != NULL ? schema : "");
    }
    return STATUS_OK;
}

static Status rename_object(CatalogSession *session, const ObjectClass *class, Oid object,
                            const char *name, Arena *arena) {
    CatalogRow *row = row_new(arena);
    TRY(require_row(session, class->catalog, object, arena, row));
    Oid nsp = class->nsp_column >= 0 ? row_oid(row, class->nsp_column) : 0;
    TRY(check_free(session, class, row, name, nsp, arena));
    row_set_text(row, class->name_column, name);
    return catalog_update(session, class->catalog, row);
}

Status object_rename(CatalogSession *session, Oid class_id, Oid object, const char *name) {
    const ObjectClass *class = object_class(class_id);
    check(class != NULL && class->name_column >= 0);
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = rename_object(session, class, object, name, &arena);
    arena_destroy(&arena);
    return status;
}

static Status change_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner,
                           Arena *arena) {
    const ObjectClass *class = object_class(class_id);
    check(class != NULL && class->owner_column >= 0);
    CatalogRow *row = row_new(arena);
    TRY(require_row(session, class->catalog, object, arena, row));
    Oid old = row_oid(row, class->owner_column);
    if (old == owner)
        return STATUS_OK;
    if (class->acl_column >= 0 && !row->nulls[class->acl_column]) {
        const Acl *acl;
        TRY(row_acl(row, class->acl_column, arena, &acl));
        row->values[class->acl_column] = acl_datum(arena, acl_change_owner(arena, acl, old, owner));
    }
    row_set_oid(row, class->owner_column, owner);
    TRY(catalog_update(session, class->catalog, row));
    return shdepend_change_owner(session, class_id, object, owner);
}

Status object_change_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner) {
    if (class_id == PG_CLASS)
        return relation_change_owner(session, object, owner);
    if (class_id == PG_TYPE)
        return type_change_owner(session, object, owner);
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = change_owner(session, class_id, object, owner, &arena);
    arena_destroy(&arena);
    return status;
}

static Status change_namespace(CatalogSession *session, const ObjectClass *class, Oid object,
                               Oid nsp, Arena *arena) {
    CatalogRow *row = row_new(arena);
    TRY(require_row(session, class->catalog, object, arena, row));
    Oid old = row_oid(row, class->nsp_column);
    if (old == nsp)
        return STATUS_OK;
    TRY(check_free(session, class, row, row_name(row, class->name_column, arena), nsp, arena));
    row_set_oid(row, class->nsp_column, nsp);
    TRY(catalog_update(session, class->catalog, row));
    return depend_change(session, class->catalog, object, PG_NAMESPACE, old, nsp, NULL);
}

Status object_change_namespace(CatalogSession *session, Oid class_id, Oid object, Oid nsp) {
    if (class_id == PG_CLASS)
        return relation_change_namespace(session, object, nsp);
    if (class_id == PG_TYPE)
        return type_change_namespace(session, object, nsp);
    const ObjectClass *class = object_class(class_id);
    check(class != NULL && class->nsp_column >= 0);
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = change_namespace(session, class, object, nsp, &arena);
    arena_destroy(&arena);
    return status;
}

/* The row that holds an object's ACL, its column there, and the owner. */
static Status acl_row_of(CatalogSession *session, ObjectAddress object, Arena *arena,
                         CatalogRow *row, int *column, Oid *catalog, Oid *owner) {
    bool found;
    TRY(object_owner(session, object.class_id, object.object, owner, &found));
    const ObjectClass *class = object_class(object.class_id);
    if (class != NULL && class->owner_column < 0)
        *owner = OID_ROLE_BOOTSTRAP;
    if (object.class_id == PG_CLASS && object.sub != 0) {
        *column = PG_ATTRIBUTE_ATTACL;
        *catalog = PG_ATTRIBUTE;
        return column_row(session, object.object, (int16_t)object.sub, arena, row);
    }
    check(class != NULL && class->acl_column >= 0);
    *column = class->acl_column;
    *catalog = class->catalog;
    return require_row(session, class->catalog, object.object, arena, row);
}

static Status set_acl(CatalogSession *session, ObjectAddress object, const Acl *acl, Arena *arena) {
    CatalogRow *row = row_new(arena);
    int column;
    Oid catalog, owner;
    const Acl *old;
    TRY(acl_row_of(session, object, arena, row, &column, &catalog, &owner));
    TRY(row_acl(row, column, arena, &old));
    row_set_null(row, column);
    if (acl != NULL && !(catalog == PG_ATTRIBUTE && acl->count == 0)) {
        row->values[column] = acl_datum(arena, acl);
        row->nulls[column] = false;
    }
    TRY(catalog_update(session, catalog, row));
    return acl_record_roles(session, object, owner, old, acl, arena);
}

Status object_set_acl(CatalogSession *session, ObjectAddress object, const Acl *acl) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = set_acl(session, object, acl, &arena);
    arena_destroy(&arena);
    return status;
}

Status object_get_acl(CatalogSession *session, ObjectAddress object, Arena *arena,
                      const Acl **acl_out, Oid *owner_out) {
    CatalogRow *row = row_new(arena);
    int column;
    Oid catalog;
    *acl_out = NULL;
    TRY(acl_row_of(session, object, arena, row, &column, &catalog, owner_out));
    return row_acl(row, column, arena, acl_out);
}

Status object_insert(CatalogSession *session, Oid class_id, CatalogRow *row, Oid *oid_out) {
    const ObjectClass *class = object_class(class_id);
    check(class != NULL);
    *oid_out = row_oid(row, class->oid_column);
    if (*oid_out == 0) {
        TRY(catalog_new_oid(session, class->catalog, oid_out));
        row_set_oid(row, class->oid_column, *oid_out);
    }
    if (class->name_column >= 0) {
        Arena arena;
        arena_init(&arena, &session->account);
        Status status =
            check_free(session, class, row, row_name(row, class->name_column, &arena),
                       class->nsp_column >= 0 ? row_oid(row, class->nsp_column) : 0, &arena);
        arena_destroy(&arena);
        TRY(status);
    }
    TRY(catalog_insert(session, class->catalog, row));
    ObjectAddress self = object_address(class_id, *oid_out, 0);
    if (class->nsp_column >= 0)
        TRY(depend_record(session, self,
                          object_address(PG_NAMESPACE, row_oid(row, class->nsp_column), 0),
                          DEPEND_NORMAL));
    if (class->owner_column >= 0)
        TRY(shdepend_record_owner(session, class_id, *oid_out, row_oid(row, class->owner_column)));
    return depend_on_current_extension(session, self);
}
