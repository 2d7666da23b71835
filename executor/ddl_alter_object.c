/* ddl_alter_object.c: COMMENT, and ALTER .. RENAME, OWNER TO, SET SCHEMA of any object. */
#include "executor/ddl_extension.h"
#include "executor/ddl_alter.h"
#include "executor/ddl_trigger.h"

/* ---- COMMENT ---- */

static Status execute_comment(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstComment *statement = (const AstComment *)call->raw->statement;
    const AstObject *ast = statement->object;
    DdlObject object;
    TRY(ddl_object(&ddl, ast, LOCK_SHARE_UPDATE_EXCLUSIVE, false, &object));
    if (ast->kind == AST_OBJECT_DATABASE || ast->kind == AST_OBJECT_ROLE ||
        ast->kind == AST_OBJECT_TABLESPACE) {
        bool super;
        TRY(role_is_superuser(ddl.catalog, session_role(ddl.catalog), &super));
        if (ast->kind == AST_OBJECT_ROLE && !super) {
            const RoleDesc *self;
            TRY(catalog_role(ddl.catalog, session_role(ddl.catalog), &self));
            if (self == NULL || !self->create_role)
                return error(ERR_INSUFFICIENT_PRIVILEGE, "must have CREATEROLE privilege");
        } else if (!super) {
            TRY(object_check_owner(ddl.catalog, object.address.class_id, object.address.object));
        }
    } else {
        TRY(ddl_object_check_owner(&ddl, ast, &object));
    }
    if (ast->kind == AST_OBJECT_COLUMN) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(ddl.catalog, object.address.object, &relation));
        if (strchr("rvmcfp", relation->kind) == NULL)
            return status_detail(
                error(ERR_WRONG_OBJECT_TYPE, "cannot set comment on relation \"%s\"",
                      relation->name),
                "This operation is not supported for %s.", ddl_relation_kind_plural(relation->kind));
    }
    return comment_set(ddl.catalog, object.address, statement->text);
}

/* ---- RENAME ---- */

static const char *altered_words(AstObjectKind kind, const AstObject *object) {
    return ddl_kind_words(
        kind == AST_OBJECT_COLUMN || kind == AST_OBJECT_TABLE_CONSTRAINT
            ? (object->kind == AST_OBJECT_COLUMN ? AST_OBJECT_TABLE : object->kind)
            : kind);
}

static const AstRangeVar *holder_of(const AstObject *object, AstRangeVar *room) {
    if (object->relation != NULL)
        return object->relation;
    *room = ddl_range_var(&object->name);
    return room;
}

static Status open_holder(Ddl *ddl, const AstRename *statement, const RelationDesc **relation_out) {
    AstRangeVar room;
    const AstRangeVar *var = holder_of(statement->object, &room);
    TRY(ddl_relation(ddl, var, LOCK_ACCESS_EXCLUSIVE, statement->missing_ok, relation_out));
    if (*relation_out == NULL) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "relation \"%s\" does not exist, skipping",
                   var->name);
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl->catalog, PG_CLASS, (*relation_out)->oid));
    if ((*relation_out)->nsp == OID_NAMESPACE_CATALOG && (*relation_out)->oid < OID_FIRST_NORMAL &&
        !session_bootstrap(ddl->catalog))
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     (*relation_out)->name);
    return STATUS_OK;
}

static Status wrong_kind_of_relation(const RelationDesc *relation, AstObjectKind kind) {
    bool right = kind == AST_OBJECT_TABLE || kind == AST_OBJECT_INDEX ||
                 ddl_relation_is_kind(relation->kind, kind);
    if (relation->kind == 'c' && kind != AST_OBJECT_TYPE)
        return status_hint(
            error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", relation->name),
            "Use ALTER TYPE instead.");
    return right ? STATUS_OK
                 : error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a %s", relation->name,
                         kind == AST_OBJECT_SEQUENCE  ? "sequence"
                         : kind == AST_OBJECT_VIEW    ? "view"
                         : kind == AST_OBJECT_MATVIEW ? "materialized view"
                                                      : "foreign table");
}

static Status rename_relation(Ddl *ddl, const AstRename *statement) {
    const RelationDesc *relation;
    TRY(open_holder(ddl, statement, &relation));
    if (relation == NULL)
        return STATUS_OK;
    TRY(wrong_kind_of_relation(relation, statement->kind));
    return relation_rename(ddl->catalog, relation->oid, statement->new_name);
}

/* One table's column. all: the tables that get the new name, by which parents the column may come. */
static Status rename_one_column(Ddl *ddl, Oid oid, const char *old_name, const char *new_name,
                                const Oid *all, size_t count) {
    const RelationDesc *relation;
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    const ColumnDesc *column = relation_column(relation, old_name);
    if (column == NULL && ddl_is_system_column(old_name))
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot rename system column \"%s\"", old_name);
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", old_name);
    if (column->inherit_count > (int32_t)alter_parents_among(relation, all, count))
        return error(ERR_INVALID_TABLE_DEFINITION, "cannot rename inherited column \"%s\"",
                     old_name);
    return relation_rename_column(ddl->catalog, oid, column->attnum, new_name);
}

static Status rename_column_in(Ddl *ddl, Oid oid, const char *old_name, const char *new_name,
                               bool recurse) {
    const RelationDesc *relation;
    const Oid *all;
    size_t count;
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->child_count > 0 && !recurse)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "inherited column \"%s\" must be renamed in child tables too", old_name);
    TRY(relation_descendants(ddl->catalog, oid, ddl->arena, &all, &count));
    for (size_t i = 1; i < count; i++)
        TRY(rename_one_column(ddl, all[i], old_name, new_name, all, count));
    return rename_one_column(ddl, oid, old_name, new_name, NULL, 0);
}

static Status rename_column(Ddl *ddl, const AstRename *statement) {
    AstRangeVar room;
    const RelationDesc *relation;
    TRY(open_holder(ddl, statement, &relation));
    if (relation == NULL)
        return STATUS_OK;
    if (strchr("rvmcifIp", relation->kind) == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot rename columns of relation \"%s\"",
                     relation->name);
    bool recurse = holder_of(statement->object, &room)->inherit;
    if (relation->of_type != OID_INVALID)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot rename column of typed table");
    const Oid *tables;
    size_t count;
    TRY(ddl_typed_tables(ddl, relation, statement->behavior, &tables, &count));
    for (size_t i = 0; i < count; i++)
        TRY(rename_column_in(ddl, tables[i], statement->sub_name, statement->new_name, true));
    return rename_column_in(ddl, relation->oid, statement->sub_name, statement->new_name, recurse);
}

static Status rename_constraint_in(Ddl *ddl, Oid oid, const char *old_name, const char *new_name,
                                   bool recurse, bool recursing) {
    const RelationDesc *relation;
    Oid constraint;
    CatalogRow row;
    bool found;
    TRY(relation_lock(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(constraint_by_name(ddl->catalog, oid, old_name, false, &constraint));
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    if (!recursing && row.values[PG_CONSTRAINT_CONINHCOUNT].i32 > 0)
        return error(ERR_INVALID_TABLE_DEFINITION, "cannot rename inherited constraint \"%s\"",
                     old_name);
    const Oid *children = relation->children;
    uint32_t count = relation->child_count;
    bool inherits =
        row.values[PG_CONSTRAINT_CONTYPE].byte == 'c' && !row.values[PG_CONSTRAINT_CONNOINHERIT].b;
    Oid index = strchr("pux", row.values[PG_CONSTRAINT_CONTYPE].byte) != NULL
                    ? row_oid(&row, PG_CONSTRAINT_CONINDID)
                    : OID_INVALID;
    if (inherits && count > 0 && !recurse)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "inherited constraint \"%s\" must be renamed in child tables too", old_name);
    TRY(index != OID_INVALID ? relation_rename(ddl->catalog, index, new_name)
                             : constraint_rename(ddl->catalog, constraint, new_name));
    for (uint32_t i = 0; inherits && i < count; i++)
        TRY(rename_constraint_in(ddl, children[i], old_name, new_name, true, true));
    return STATUS_OK;
}

static Status rename_constraint(Ddl *ddl, const AstRename *statement) {
    AstRangeVar room;
    const RelationDesc *relation;
    TRY(open_holder(ddl, statement, &relation));
    return relation == NULL
               ? STATUS_OK
               : rename_constraint_in(ddl, relation->oid, statement->sub_name, statement->new_name,
                                      holder_of(statement->object, &room)->inherit, false);
}

/* Rules, triggers, policies: their name is unique on the relation. */
static Status rename_on_relation(Ddl *ddl, const AstRename *statement) {
    static const struct {
        AstObjectKind kind;
        Oid catalog, oid_index, name_index;
        int name_column;
        const char *what;
    } kinds[] = {
        {AST_OBJECT_RULE, PG_REWRITE, PG_REWRITE_OID_INDEX, PG_REWRITE_REL_RULENAME_INDEX,
         PG_REWRITE_RULENAME, "rule"},
        {AST_OBJECT_POLICY, PG_POLICY, PG_POLICY_OID_INDEX, PG_POLICY_POLRELID_POLNAME_INDEX,
         PG_POLICY_POLNAME, "policy"},
    };
    DdlObject object;
    TRY(ddl_object(ddl, statement->object, LOCK_ACCESS_EXCLUSIVE, statement->missing_ok, &object));
    if (!object.found) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "relation \"%s\" does not exist, skipping",
                   statement->object->relation != NULL ? statement->object->relation->name
                                                       : str_list_last(&statement->object->name));
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl->catalog, PG_CLASS, object.relation));
    if (statement->kind == AST_OBJECT_TRIGGER)
        return ddl_rename_trigger(ddl, object.relation, statement->object->sub_name,
                                  statement->new_name);
    if (statement->kind == AST_OBJECT_RULE && strcmp(statement->object->sub_name, "_RETURN") == 0)
        return error(ERR_INVALID_OBJECT_DEFINITION, "renaming an ON SELECT rule is not allowed");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind != statement->kind)
            continue;
        CatalogRow row;
        bool found;
        const char *relation;
        TRY(relation_name(ddl->catalog, object.relation, &relation));
        TRY(catalog_find_name(ddl->catalog, kinds[i].name_index, statement->new_name,
                              object.relation, ddl->arena, &row, &found));
        if (found)
            return error(ERR_DUPLICATE_OBJECT, "%s \"%s\" for %s \"%s\" already exists",
                         kinds[i].what, statement->new_name,
                         kinds[i].kind == AST_OBJECT_POLICY ? "table" : "relation", relation);
        TRY(catalog_find_oid(ddl->catalog, kinds[i].oid_index, object.address.object, ddl->arena,
                             &row, &found));
        row.values[kinds[i].name_column] = datum_cstr(statement->new_name);
        TRY(catalog_update(ddl->catalog, kinds[i].catalog, &row));
        catalog_touch_relation(ddl->catalog, object.relation);
    }
    return STATUS_OK;
}

static Status refuse_reserved(const char *name, const char *what) {
    if (strncmp(name, "pg_", 3) != 0)
        return STATUS_OK;
    return status_detail(error(ERR_RESERVED_NAME, "unacceptable %s name \"%s\"", what, name),
                         strcmp(what, "schema") == 0
                             ? "The prefix \"pg_\" is reserved for system schemas."
                             : "Role names starting with \"pg_\" are reserved.");
}

/* Array types change with their elements' types, row types with their tables. */
static Status type_on_its_own(Ddl *ddl, Oid oid, const TypeDesc **type_out) {
    const TypeDesc *type;
    const RelationDesc *relation;
    const char *text, *of;
    Oid element;
    TRY(catalog_type_require(ddl->catalog, oid, &type));
    *type_out = type;
    TRY(format_type_brief(ddl->catalog, ddl->arena, oid, &text));
    TRY(catalog_array_element(ddl->catalog, oid, &element));
    if (element != OID_INVALID && type->array == OID_INVALID && type->name[0] == '_') {
        TRY(format_type_brief(ddl->catalog, ddl->arena, element, &of));
        return status_hint(error(ERR_WRONG_OBJECT_TYPE, "cannot alter array type %s", text),
                           "You can alter type %s, which will alter the array type as well.", of);
    }
    if (type->kind != 'c')
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, type->relation, &relation));
    return relation->kind == 'c'
               ? STATUS_OK
               : status_hint(error(ERR_WRONG_OBJECT_TYPE, "%s is a table's row type", text),
                             "Use ALTER TABLE instead.");
}

static Status rename_type(Ddl *ddl, const AstRename *statement, const DdlObject *object) {
    const TypeDesc *type;
    TRY(type_on_its_own(ddl, object->address.object, &type));
    return type->kind == 'c' ? relation_rename(ddl->catalog, type->relation, statement->new_name)
                             : type_rename(ddl->catalog, type->oid, statement->new_name);
}

/* Of any routine this says "function". */
static Status check_owner(Ddl *ddl, const AstObject *ast, const DdlObject *object) {
    bool owner;
    const char *name;
    if (object->address.class_id != PG_PROC)
        return ddl_object_check_owner(ddl, ast, object);
    TRY(object_is_owner(ddl->catalog, PG_PROC, object->address.object, session_role(ddl->catalog),
                        &owner));
    if (owner)
        return STATUS_OK;
    TRY(proc_name(ddl->catalog, object->address.object, &name));
    return error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of function %s", name);
}

static Status rename_other(Ddl *ddl, const AstRename *statement) {
    DdlObject object;
    AstObject ast = *statement->object;
    if (statement->kind == AST_OBJECT_DOMAIN_CONSTRAINT) {
        ast.kind = AST_OBJECT_DOMAIN_CONSTRAINT;
        ast.sub_name = statement->sub_name;
    }
    TRY(ddl_object(ddl, &ast, LOCK_ACCESS_EXCLUSIVE, false, &object));
    Oid oid = object.address.object;
    if (statement->kind == AST_OBJECT_ROLE)
        return ddl_rename_role(ddl, oid, statement->new_name);
    TRY(check_owner(ddl, &ast, &object));
    switch (statement->kind) {
    case AST_OBJECT_TYPE:
    case AST_OBJECT_DOMAIN:
        return rename_type(ddl, statement, &object);
    case AST_OBJECT_DOMAIN_CONSTRAINT:
        return constraint_rename(ddl->catalog, oid, statement->new_name);
    case AST_OBJECT_SCHEMA: {
        TRY(object_check_acl(ddl->catalog, PG_DATABASE, session_database(ddl->catalog),
                             ACL_CREATE));
        TRY(refuse_reserved(statement->new_name, "schema"));
        break;
    }
    case AST_OBJECT_DATABASE:
        if (oid == session_database(ddl->catalog))
            return error(ERR_FEATURE_NOT_SUPPORTED, "current database cannot be renamed");
        break;
    default:
        break;
    }
    return object_rename(ddl->catalog, object.address.class_id, oid, statement->new_name);
}

static Status execute_rename(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstRename *statement = (const AstRename *)call->raw->statement;
    call->tag =
        arena_printf(call->arena, "ALTER %s", altered_words(statement->kind, statement->object));
    switch (statement->kind) {
    case AST_OBJECT_TABLE:
    case AST_OBJECT_INDEX:
    case AST_OBJECT_SEQUENCE:
    case AST_OBJECT_VIEW:
    case AST_OBJECT_MATVIEW:
    case AST_OBJECT_FOREIGN_TABLE:
        return rename_relation(&ddl, statement);
    case AST_OBJECT_COLUMN:
    case AST_OBJECT_ATTRIBUTE:
        return rename_column(&ddl, statement);
    case AST_OBJECT_TABLE_CONSTRAINT:
        return rename_constraint(&ddl, statement);
    case AST_OBJECT_TRIGGER:
    case AST_OBJECT_RULE:
    case AST_OBJECT_POLICY:
        return rename_on_relation(&ddl, statement);
    default:
        return rename_other(&ddl, statement);
    }
}

/* ---- OWNER ---- */

/* A superuser may give anything to anybody; others only to a role they are members of, which may
 * create there. */
static Status check_new_owner(Ddl *ddl, Oid owner, Oid nsp) {
    bool super;
    TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
    if (super)
        return STATUS_OK;
    TRY(role_check_member_of(ddl->catalog, session_role(ddl->catalog), owner));
    if (nsp == OID_INVALID)
        return STATUS_OK;
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(ddl->catalog, PG_NAMESPACE, nsp, owner, ACL_CREATE, &held, &missing));
    return (held & ACL_CREATE) != 0 ? STATUS_OK : acl_error_denied(ddl->catalog, PG_NAMESPACE, nsp);
}

Status ddl_change_relation_owner(Ddl *ddl, Oid oid, Oid owner) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->kind == 'i' || relation->kind == 'I') {
        ddl->session->ops->notice(
            ddl->session, NOTICE_WARNING,
            status_hint(error(ERR_WRONG_OBJECT_TYPE, "cannot change owner of index \"%s\"",
                              relation->name),
                        "Change the ownership of the index's table, instead."));
        return STATUS_OK;
    }
    if (relation->kind == 'S') {
        Oid table;
        int32_t attnum;
        for (const char *type = "ai"; *type != '\0'; type++) {
            bool owned;
            TRY(depend_sequence_owner(ddl->catalog, oid, *type, &table, &attnum, &owned));
            if (!owned || relation->owner == owner)
                continue;
            const char *table_name;
            TRY(relation_name(ddl->catalog, table, &table_name));
            return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot change owner of sequence \"%s\"", relation->name),
                                 "Sequence \"%s\" is linked to table \"%s\".", relation->name,
                                 table_name);
        }
    }
    if (relation->owner == owner)
        return STATUS_OK;
    TRY(check_new_owner(ddl, owner, relation->nsp));
    return relation_change_owner(ddl->catalog, oid, owner);
}

/* Event triggers and foreign-data wrappers are for superusers alone, before and after. */
static Status check_superuser_owner(Ddl *ddl, const DdlObject *object, const AstObject *ast,
                                    Oid owner) {
    bool event = object->address.class_id == PG_EVENT_TRIGGER, super;
    bool wrapper = object->address.class_id == PG_FOREIGN_DATA_WRAPPER;
    if (!event && !wrapper && object->address.class_id != PG_SUBSCRIPTION)
        return STATUS_OK;
    const char *what = event ? "event trigger" : wrapper ? "foreign-data wrapper" : "subscription";
    const char *name = str_list_last(&ast->name);
    if (wrapper) {
        TRY(ddl_is_superuser(ddl, &super));
        if (!super)
            return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                     "permission denied to change owner of %s \"%s\"", what, name),
                               "Must be superuser to change owner of a %s.", what);
    }
    TRY(role_is_superuser(ddl->catalog, owner, &super));
    return super ? STATUS_OK
                 : status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                     "permission denied to change owner of %s \"%s\"", what, name),
                               "The owner of %s %s must be a superuser.", event ? "an" : "a", what);
}

/* A server's new owner must be able to use its wrapper; a publication's to create in the database. */
static Status check_owner_rights(Ddl *ddl, const ObjectAddress *object, Oid owner) {
    Oid class_id = OID_INVALID, other = OID_INVALID;
    uint32_t wanted = ACL_USAGE, held;
    bool super, missing, found;
    CatalogRow row;
    TRY(ddl_is_superuser(ddl, &super));
    if (super)
        return STATUS_OK;
    if (object->class_id == PG_FOREIGN_SERVER) {
        TRY(catalog_find_oid(ddl->catalog, PG_FOREIGN_SERVER_OID_INDEX, object->object, ddl->arena,
                             &row, &found));
        class_id = PG_FOREIGN_DATA_WRAPPER;
        other = found ? row_oid(&row, PG_FOREIGN_SERVER_SRVFDW) : OID_INVALID;
    } else if (object->class_id == PG_PUBLICATION || object->class_id == PG_SUBSCRIPTION ||
               object->class_id == PG_NAMESPACE) {
        class_id = PG_DATABASE;
        other = session_database(ddl->catalog);
        wanted = ACL_CREATE;
    }
    if (other == OID_INVALID)
        return STATUS_OK;
    TRY(object_acl_mask(ddl->catalog, class_id, other, owner, wanted, &held, &missing));
    return held == wanted ? STATUS_OK : acl_error_denied(ddl->catalog, class_id, other);
}

static Status execute_owner(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterOwner *statement = (const AstAlterOwner *)call->raw->statement;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(statement->object->kind));
    Oid owner, nsp;
    DdlObject object;
    TRY(ddl_role(&ddl, statement->new_owner, &owner));
    TRY(ddl_object(&ddl, statement->object, LOCK_ACCESS_EXCLUSIVE, false, &object));
    if (object.address.class_id == PG_FOREIGN_DATA_WRAPPER)
        TRY(check_superuser_owner(&ddl, &object, statement->object, owner));
    TRY(check_owner(&ddl, statement->object, &object));
    TRY(check_superuser_owner(&ddl, &object, statement->object, owner));
    if (object.address.class_id == PG_CLASS)
        return ddl_change_relation_owner(&ddl, object.address.object, owner);
    TRY(object_namespace(ddl.catalog, object.address.class_id, object.address.object, &nsp));
    TRY(check_new_owner(&ddl, owner, nsp));
    TRY(check_owner_rights(&ddl, &object.address, owner));
    if (object.address.class_id == PG_TYPE)
        return type_change_owner(ddl.catalog, object.address.object, owner);
    return object_change_owner(ddl.catalog, object.address.class_id, object.address.object, owner);
}

/* ---- SET SCHEMA ---- */

static Status check_schema(Ddl *ddl, Oid from, Oid to) {
    bool any, own;
    TRY(catalog_is_temp_namespace(ddl->catalog, to, &any, &own));
    if (!any)
        TRY(catalog_is_temp_namespace(ddl->catalog, from, &any, &own));
    if (any)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot move objects into or out of temporary schemas");
    if (to == OID_NAMESPACE_TOAST || from == OID_NAMESPACE_TOAST)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot move objects into or out of TOAST schema");
    return STATUS_OK;
}

static Status move_relation(Ddl *ddl, Oid oid, Oid nsp) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->kind == 'S') {
        for (const char *type = "ai"; *type != '\0'; type++) {
            Oid table;
            int32_t attnum;
            bool owned;
            TRY(depend_sequence_owner(ddl->catalog, oid, *type, &table, &attnum, &owned));
            if (!owned)
                continue;
            const char *table_name;
            TRY(relation_name(ddl->catalog, table, &table_name));
            return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot move an owned sequence into another schema"),
                                 "Sequence \"%s\" is linked to table \"%s\".", relation->name,
                                 table_name);
        }
    }
    if (relation->nsp == nsp)
        return STATUS_OK;
    TRY(check_schema(ddl, relation->nsp, nsp));
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, relation->name, nsp, ddl->arena,
                          &row, &found));
    if (found) {
        const char *schema;
        TRY(namespace_name(ddl->catalog, nsp, &schema));
        return error(ERR_DUPLICATE_TABLE, "relation \"%s\" already exists in schema \"%s\"",
                     relation->name, schema);
    }
    return relation_change_namespace(ddl->catalog, oid, nsp);
}

/* ALTER TABLE moves views, sequences and foreign tables, too. */
static Status any_relation(Ddl *ddl, const AstObject *object, AstObject *out) {
    AstRangeVar room;
    const AstRangeVar *var = holder_of(object, &room);
    const RelationDesc *relation;
    Oid oid;
    *out = *object;
    if (object->kind != AST_OBJECT_TABLE)
        return STATUS_OK;
    TRY(relation_by_name(ddl->catalog, var->catalog, var->schema, var->name, true, &oid));
    if (oid == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    out->kind = relation->kind == 'v'   ? AST_OBJECT_VIEW
                : relation->kind == 'm' ? AST_OBJECT_MATVIEW
                : relation->kind == 'S' ? AST_OBJECT_SEQUENCE
                : relation->kind == 'f' ? AST_OBJECT_FOREIGN_TABLE
                                        : AST_OBJECT_TABLE;
    return STATUS_OK;
}

static Status execute_set_schema(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterObjectSchema *statement = (const AstAlterObjectSchema *)call->raw->statement;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(statement->object->kind));
    DdlObject object;
    Oid nsp, from;
    AstObject named;
    const TypeDesc *type;
    TRY(any_relation(&ddl, statement->object, &named));
    TRY(ddl_object(&ddl, &named, LOCK_ACCESS_EXCLUSIVE, statement->missing_ok, &object));
    if (!object.found) {
        AstRangeVar room;
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "relation \"%s\" does not exist, skipping",
                   holder_of(statement->object, &room)->name);
        return STATUS_OK;
    }
    TRY(check_owner(&ddl, &named, &object));
    TRY(namespace_by_name(ddl.catalog, statement->new_schema, false, &nsp));
    TRY(object_check_acl(ddl.catalog, PG_NAMESPACE, nsp, ACL_CREATE));
    if (object.address.class_id == PG_CLASS)
        return move_relation(&ddl, object.address.object, nsp);
    if (object.address.class_id == PG_TYPE)
        TRY(type_on_its_own(&ddl, object.address.object, &type));
    TRY(object_namespace(ddl.catalog, object.address.class_id, object.address.object, &from));
    if (from == nsp)
        return STATUS_OK;
    TRY(check_schema(&ddl, from, nsp));
    if (object.address.class_id == PG_EXTENSION)
        return extension_set_schema(&ddl, object.address.object, nsp);
    if (object.address.class_id == PG_TYPE)
        return type_change_namespace(ddl.catalog, object.address.object, nsp);
    return object_change_namespace(ddl.catalog, object.address.class_id, object.address.object,
                                   nsp);
}

static const UtilityCommand commands[] = {
    {AST_COMMENT, "COMMENT", UTILITY_WRITES, execute_comment, NULL},
    {AST_RENAME, NULL, UTILITY_WRITES, execute_rename, NULL},
    {AST_ALTER_OWNER, NULL, UTILITY_WRITES, execute_owner, NULL},
    {AST_ALTER_OBJECT_SCHEMA, NULL, UTILITY_WRITES, execute_set_schema, NULL},
};

void ddl_alter_object_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
