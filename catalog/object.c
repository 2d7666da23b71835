/*
 * object.c: what the catalogs of objects have in common, by a table: where a row keeps its OID, name,
 * schema, owner and ACL. Privilege and ownership checks, renaming and the like work from it.
 */
#include "catalog/catalog_int.h"

#define NONE (-1)
static const ObjectClass classes[] = {
    {PG_CLASS, PG_CLASS_OID_INDEX, PG_CLASS_OID, PG_CLASS_RELNAME, PG_CLASS_RELNAMESPACE,
     PG_CLASS_RELOWNER, PG_CLASS_RELACL, ACL_KIND_RELATION, PG_CLASS_RELNAME_NSP_INDEX, "relation"},
    {PG_PROC, PG_PROC_OID_INDEX, PG_PROC_OID, PG_PROC_PRONAME, PG_PROC_PRONAMESPACE,
     PG_PROC_PROOWNER, PG_PROC_PROACL, ACL_KIND_FUNCTION, 0, "function"},
    {PG_TYPE, PG_TYPE_OID_INDEX, PG_TYPE_OID, PG_TYPE_TYPNAME, PG_TYPE_TYPNAMESPACE,
     PG_TYPE_TYPOWNER, PG_TYPE_TYPACL, ACL_KIND_TYPE, PG_TYPE_TYPNAME_NSP_INDEX, "type"},
    {PG_CAST, PG_CAST_OID_INDEX, PG_CAST_OID, NONE, NONE, NONE, NONE, 0, 0, "cast"},
    {PG_COLLATION, PG_COLLATION_OID_INDEX, PG_COLLATION_OID, PG_COLLATION_COLLNAME,
     PG_COLLATION_COLLNAMESPACE, PG_COLLATION_COLLOWNER, NONE, 0, 0, "collation"},
    {PG_CONSTRAINT, PG_CONSTRAINT_OID_INDEX, PG_CONSTRAINT_OID, PG_CONSTRAINT_CONNAME,
     PG_CONSTRAINT_CONNAMESPACE, NONE, NONE, 0, 0, "constraint"},
    {PG_CONVERSION, PG_CONVERSION_OID_INDEX, PG_CONVERSION_OID, PG_CONVERSION_CONNAME,
     PG_CONVERSION_CONNAMESPACE, PG_CONVERSION_CONOWNER, NONE, 0, PG_CONVERSION_NAME_NSP_INDEX,
     "conversion"},
    {PG_ATTRDEF, PG_ATTRDEF_OID_INDEX, PG_ATTRDEF_OID, NONE, NONE, NONE, NONE, 0, 0,
     "default value"},
    {PG_LANGUAGE, PG_LANGUAGE_OID_INDEX, PG_LANGUAGE_OID, PG_LANGUAGE_LANNAME, NONE,
     PG_LANGUAGE_LANOWNER, PG_LANGUAGE_LANACL, ACL_KIND_LANGUAGE, PG_LANGUAGE_NAME_INDEX,
     "language"},
    {PG_LARGEOBJECT_METADATA, PG_LARGEOBJECT_METADATA_OID_INDEX, PG_LARGEOBJECT_METADATA_OID, NONE,
     NONE, PG_LARGEOBJECT_METADATA_LOMOWNER, PG_LARGEOBJECT_METADATA_LOMACL, ACL_KIND_LARGE_OBJECT,
     0, "large object"},
    {PG_OPERATOR, PG_OPERATOR_OID_INDEX, PG_OPERATOR_OID, PG_OPERATOR_OPRNAME,
     PG_OPERATOR_OPRNAMESPACE, PG_OPERATOR_OPROWNER, NONE, 0, 0, "operator"},
    {PG_OPCLASS, PG_OPCLASS_OID_INDEX, PG_OPCLASS_OID, PG_OPCLASS_OPCNAME, PG_OPCLASS_OPCNAMESPACE,
     PG_OPCLASS_OPCOWNER, NONE, 0, 0, "operator class"},
    {PG_OPFAMILY, PG_OPFAMILY_OID_INDEX, PG_OPFAMILY_OID, PG_OPFAMILY_OPFNAME,
     PG_OPFAMILY_OPFNAMESPACE, PG_OPFAMILY_OPFOWNER, NONE, 0, 0, "operator family"},
    {PG_AM, PG_AM_OID_INDEX, PG_AM_OID, PG_AM_AMNAME, NONE, NONE, NONE, 0, PG_AM_NAME_INDEX,
     "access method"},
    {PG_AMOP, PG_AMOP_OID_INDEX, PG_AMOP_OID, NONE, NONE, NONE, NONE, 0, 0,
     "operator of access method"},
    {PG_AMPROC, PG_AMPROC_OID_INDEX, PG_AMPROC_OID, NONE, NONE, NONE, NONE, 0, 0,
     "function of access method"},
    {PG_REWRITE, PG_REWRITE_OID_INDEX, PG_REWRITE_OID, PG_REWRITE_RULENAME, NONE, NONE, NONE, 0, 0,
     "rule"},
    {PG_TRIGGER, PG_TRIGGER_OID_INDEX, PG_TRIGGER_OID, PG_TRIGGER_TGNAME, NONE, NONE, NONE, 0, 0,
     "trigger"},
    {PG_NAMESPACE, PG_NAMESPACE_OID_INDEX, PG_NAMESPACE_OID, PG_NAMESPACE_NSPNAME, NONE,
     PG_NAMESPACE_NSPOWNER, PG_NAMESPACE_NSPACL, ACL_KIND_SCHEMA, PG_NAMESPACE_NSPNAME_INDEX,
     "schema"},
    {PG_STATISTIC_EXT, PG_STATISTIC_EXT_OID_INDEX, PG_STATISTIC_EXT_OID, PG_STATISTIC_EXT_STXNAME,
     PG_STATISTIC_EXT_STXNAMESPACE, PG_STATISTIC_EXT_STXOWNER, NONE, 0, PG_STATISTIC_EXT_NAME_INDEX,
     "statistics object"},
    {PG_TS_PARSER, PG_TS_PARSER_OID_INDEX, PG_TS_PARSER_OID, PG_TS_PARSER_PRSNAME,
     PG_TS_PARSER_PRSNAMESPACE, NONE, NONE, 0, PG_TS_PARSER_PRSNAME_INDEX, "text search parser"},
    {PG_TS_DICT, PG_TS_DICT_OID_INDEX, PG_TS_DICT_OID, PG_TS_DICT_DICTNAME,
     PG_TS_DICT_DICTNAMESPACE, PG_TS_DICT_DICTOWNER, NONE, 0, PG_TS_DICT_DICTNAME_INDEX,
     "text search dictionary"},
    {PG_TS_TEMPLATE, PG_TS_TEMPLATE_OID_INDEX, PG_TS_TEMPLATE_OID, PG_TS_TEMPLATE_TMPLNAME,
     PG_TS_TEMPLATE_TMPLNAMESPACE, NONE, NONE, 0, PG_TS_TEMPLATE_TMPLNAME_INDEX,
     "text search template"},
    {PG_TS_CONFIG, PG_TS_CONFIG_OID_INDEX, PG_TS_CONFIG_OID, PG_TS_CONFIG_CFGNAME,
     PG_TS_CONFIG_CFGNAMESPACE, PG_TS_CONFIG_CFGOWNER, NONE, 0, PG_TS_CONFIG_CFGNAME_INDEX,
     "text search configuration"},
    {PG_AUTHID, PG_AUTHID_OID_INDEX, PG_AUTHID_OID, PG_AUTHID_ROLNAME, NONE, NONE, NONE, 0,
     PG_AUTHID_ROLNAME_INDEX, "role"},
    {PG_DATABASE, PG_DATABASE_OID_INDEX, PG_DATABASE_OID, PG_DATABASE_DATNAME, NONE,
     PG_DATABASE_DATDBA, PG_DATABASE_DATACL, ACL_KIND_DATABASE, PG_DATABASE_DATNAME_INDEX,
     "database"},
    {PG_TABLESPACE, PG_TABLESPACE_OID_INDEX, PG_TABLESPACE_OID, PG_TABLESPACE_SPCNAME, NONE,
     PG_TABLESPACE_SPCOWNER, PG_TABLESPACE_SPCACL, ACL_KIND_TABLESPACE, PG_TABLESPACE_SPCNAME_INDEX,
     "tablespace"},
    {PG_FOREIGN_DATA_WRAPPER, PG_FOREIGN_DATA_WRAPPER_OID_INDEX, PG_FOREIGN_DATA_WRAPPER_OID,
     PG_FOREIGN_DATA_WRAPPER_FDWNAME, NONE, PG_FOREIGN_DATA_WRAPPER_FDWOWNER,
     PG_FOREIGN_DATA_WRAPPER_FDWACL, ACL_KIND_FDW, PG_FOREIGN_DATA_WRAPPER_NAME_INDEX,
     "foreign-data wrapper"},
    {PG_FOREIGN_SERVER, PG_FOREIGN_SERVER_OID_INDEX, PG_FOREIGN_SERVER_OID,
     PG_FOREIGN_SERVER_SRVNAME, NONE, PG_FOREIGN_SERVER_SRVOWNER, PG_FOREIGN_SERVER_SRVACL,
     ACL_KIND_SERVER, PG_FOREIGN_SERVER_NAME_INDEX, "foreign server"},
    {PG_USER_MAPPING, PG_USER_MAPPING_OID_INDEX, PG_USER_MAPPING_OID, NONE, NONE, NONE, NONE, 0, 0,
     "user mapping"},
    {PG_DEFAULT_ACL, PG_DEFAULT_ACL_OID_INDEX, PG_DEFAULT_ACL_OID, NONE, NONE, NONE, NONE, 0, 0,
     "default ACL"},
    {PG_EXTENSION, PG_EXTENSION_OID_INDEX, PG_EXTENSION_OID, PG_EXTENSION_EXTNAME, NONE,
     PG_EXTENSION_EXTOWNER, NONE, 0, PG_EXTENSION_NAME_INDEX, "extension"},
    {PG_EVENT_TRIGGER, PG_EVENT_TRIGGER_OID_INDEX, PG_EVENT_TRIGGER_OID, PG_EVENT_TRIGGER_EVTNAME,
     NONE, PG_EVENT_TRIGGER_EVTOWNER, NONE, 0, PG_EVENT_TRIGGER_EVTNAME_INDEX, "event trigger"},
    {PG_PARAMETER_ACL, PG_PARAMETER_ACL_OID_INDEX, PG_PARAMETER_ACL_OID, PG_PARAMETER_ACL_PARNAME,
     NONE, NONE, PG_PARAMETER_ACL_PARACL, ACL_KIND_PARAMETER, PG_PARAMETER_ACL_PARNAME_INDEX,
     "parameter ACL"},
    {PG_POLICY, PG_POLICY_OID_INDEX, PG_POLICY_OID, PG_POLICY_POLNAME, NONE, NONE, NONE, 0, 0,
     "policy"},
    {PG_PUBLICATION, PG_PUBLICATION_OID_INDEX, PG_PUBLICATION_OID, PG_PUBLICATION_PUBNAME, NONE,
     PG_PUBLICATION_PUBOWNER, NONE, 0, PG_PUBLICATION_PUBNAME_INDEX, "publication"},
    {PG_PUBLICATION_REL, PG_PUBLICATION_REL_OID_INDEX, PG_PUBLICATION_REL_OID, NONE, NONE, NONE,
     NONE, 0, 0, "publication relation"},
    {PG_PUBLICATION_NAMESPACE, PG_PUBLICATION_NAMESPACE_OID_INDEX, PG_PUBLICATION_NAMESPACE_OID,
     NONE, NONE, NONE, NONE, 0, 0, "publication schema"},
    {PG_SUBSCRIPTION, PG_SUBSCRIPTION_OID_INDEX, PG_SUBSCRIPTION_OID, PG_SUBSCRIPTION_SUBNAME, NONE,
     PG_SUBSCRIPTION_SUBOWNER, NONE, 0, PG_SUBSCRIPTION_SUBNAME_INDEX, "subscription"},
    {PG_TRANSFORM, PG_TRANSFORM_OID_INDEX, PG_TRANSFORM_OID, NONE, NONE, NONE, NONE, 0, 0,
     "transform"},
};
#undef NONE

const ObjectClass *object_class(Oid class_id) {
    if (class_id == PG_LARGEOBJECT) /* what dependencies and comments call the class */
        class_id = PG_LARGEOBJECT_METADATA;
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (classes[i].catalog == class_id)
            return &classes[i];
    return NULL;
}

/* The object's row. */
Status object_row(CatalogSession *session, Oid class_id, Oid object, Arena *arena, CatalogRow *row,
                  bool *found_out) {
    const ObjectClass *class = object_class(class_id);
    check(class != NULL);
    return catalog_find_oid(session, class->oid_index, object, arena, row, found_out);
}

static Status object_oid_column(CatalogSession *session, Oid class_id, Oid object, int column,
                                Oid *oid_out, bool *found_out) {
    *oid_out = 0;
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    Status status = object_row(session, class_id, object, &arena, row, found_out);
    if (status_ok(status) && *found_out && column >= 0)
        *oid_out = row_oid(row, column);
    arena_destroy(&arena);
    return status;
}

Status object_owner(CatalogSession *session, Oid class_id, Oid object, Oid *owner_out,
                    bool *found_out) {
    const ObjectClass *class = object_class(class_id);
    *owner_out = 0;
    *found_out = false;
    if (class == NULL)
        return STATUS_OK;
    return object_oid_column(session, class_id, object, class->owner_column, owner_out, found_out);
}

Status object_namespace(CatalogSession *session, Oid class_id, Oid object, Oid *nsp_out) {
    const ObjectClass *class = object_class(class_id);
    bool found;
    *nsp_out = 0;
    if (class == NULL || class->nsp_column < 0)
        return STATUS_OK;
    return object_oid_column(session, class_id, object, class->nsp_column, nsp_out, &found);
}

/* ---- privileges ---- */

typedef struct ObjectRights {
    const Acl *acl;
    Oid owner;
    AclKind kind;
    bool found;
} ObjectRights;

static Status object_rights(CatalogSession *session, Oid class_id, Oid object, ObjectRights *out) {
    *out = (ObjectRights){0};
    if (class_id == PG_CLASS) {
        const RelationDesc *rel;
        TRY(catalog_relation(session, object, &rel));
        if (rel != NULL)
            *out = (ObjectRights){rel->acl, rel->owner,
                                  rel->kind == 'S' ? ACL_KIND_SEQUENCE : ACL_KIND_RELATION, true};
        return STATUS_OK;
    }
    if (class_id == PG_PROC) {
        const ProcDesc *proc;
        TRY(catalog_proc(session, object, &proc));
        if (proc != NULL)
            *out = (ObjectRights){proc->acl, proc->owner, ACL_KIND_FUNCTION, true};
        return STATUS_OK;
    }
    if (class_id == PG_NAMESPACE) {
        const NamespaceDesc *nsp;
        TRY(catalog_namespace(session, object, &nsp));
        if (nsp != NULL)
            *out = (ObjectRights){nsp->acl, nsp->owner, ACL_KIND_SCHEMA, true};
        return STATUS_OK;
    }
    const ObjectClass *class = object_class(class_id);
    check(class != NULL && class->acl_column >= 0);
    Arena *arena = session_statement_arena(session);
    CatalogRow *row = row_new(arena);
    TRY(object_row(session, class_id, object, arena, row, &out->found));
    if (!out->found)
        return STATUS_OK;
    out->kind = (AclKind) class->acl_kind;
    out->owner = class->owner_column >= 0 ? row_oid(row, class->owner_column) : OID_ROLE_BOOTSTRAP;
    return row_acl(row, class->acl_column, arena, &out->acl);
}

/* Arrays have no rights of their own: the element's count. */
static Status acl_object(CatalogSession *session, Oid class_id, Oid *object) {
    if (class_id != PG_TYPE)
        return STATUS_OK;
    Oid element;
    TRY(catalog_array_element(session, *object, &element));
    if (element != 0)
        *object = element;
    return STATUS_OK;
}

/* pg_read_all_data, pg_write_all_data. */
static Status predefined_rights(CatalogSession *session, Oid class_id, const ObjectRights *rights,
                                Oid role, uint32_t mask, uint32_t *held) {
    bool member;
    uint32_t read = class_id == PG_NAMESPACE ? ACL_USAGE : class_id == PG_CLASS ? ACL_SELECT : 0;
    uint32_t write = class_id == PG_CLASS ? ACL_INSERT | ACL_UPDATE | ACL_DELETE : 0;
    if (class_id == PG_NAMESPACE)
        write = ACL_USAGE;
    if (mask & read & ~*held) {
        TRY(role_has_privileges_of(session, role, OID_ROLE_READ_ALL_DATA, &member));
        if (member)
            *held |= mask & read;
    }
    if (mask & write & ~*held) {
        TRY(role_has_privileges_of(session, role, OID_ROLE_WRITE_ALL_DATA, &member));
        if (member)
            *held |= mask & write;
    }
    return STATUS_OK;
}

Status object_acl_mask(CatalogSession *session, Oid class_id, Oid object, Oid role, uint32_t mask,
                       uint32_t *held_out, bool *missing_out) {
    ObjectRights rights;
    bool super;
    *held_out = 0;
    TRY(acl_object(session, class_id, &object));
    TRY(object_rights(session, class_id, object, &rights));
    *missing_out = !rights.found;
    if (!rights.found)
        return STATUS_OK;
    TRY(role_is_superuser(session, role, &super));
    if (super) {
        *held_out = mask;
        return STATUS_OK;
    }
    if (class_id == PG_NAMESPACE && object == session->temp_namespace) {
        bool missing;
        uint32_t temp;
        TRY(object_acl_mask(session, PG_DATABASE, session->database, role, ACL_CREATE_TEMP, &temp,
                            &missing));
        *held_out = temp != 0 ? mask & acl_all(ACL_KIND_SCHEMA) : mask & ACL_USAGE;
        return STATUS_OK;
    }
    /* System catalogs are not for users to change, whatever their ACLs say. */
    if (class_id == PG_CLASS && object < OID_FIRST_NORMAL && catalog_table(object) != NULL)
        mask &= ~(ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_USAGE);
    TRY(acl_mask(session, rights.acl, rights.kind, rights.owner, role, mask, held_out));
    return predefined_rights(session, class_id, &rights, role, mask, held_out);
}

/* NULL: nobody was granted anything, or the relation has no such column. */
static Status system_column_acl(CatalogSession *session, Oid relation, int16_t attnum,
                                const Acl **acl_out) {
    Arena *arena = session_statement_arena(session);
    Datum keys[] = {datum_oid(relation), {.i16 = attnum}};
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find(session, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, keys, 2, arena, row, &found));
    if (found && !row->nulls[PG_ATTRIBUTE_ATTACL])
        return acl_of_datum(arena, row->values[PG_ATTRIBUTE_ATTACL], acl_out);
    return STATUS_OK;
}

Status column_acl_mask(CatalogSession *session, Oid relation, int16_t attnum, Oid role,
                       uint32_t mask, uint32_t *held_out) {
    const RelationDesc *rel;
    *held_out = 0;
    TRY(catalog_relation(session, relation, &rel));
    if (rel == NULL || attnum > rel->column_count || attnum == 0)
        return STATUS_OK;
    const Acl *acl = NULL;
    if (attnum < 0)
        TRY(system_column_acl(session, relation, attnum, &acl));
    else if (!rel->columns[attnum - 1].dropped)
        acl = rel->columns[attnum - 1].acl;
    return acl == NULL ? STATUS_OK
                       : acl_mask(session, acl, ACL_KIND_COLUMN, rel->owner, role, mask, held_out);
}

static const char *relation_word(char kind) {
    switch (kind) {
    case 'S':
        return "sequence";
    case 'v':
        return "view";
    case 'm':
        return "materialized view";
    case 'i':
    case 'I':
        return "index";
    case 'f':
        return "foreign table";
    default:
        return "table";
    }
}

/* "table", "function", ... and the object's name as privilege errors have them. */
static Status acl_words(CatalogSession *session, Oid class_id, Oid object, const char **kind,
                        const char **name) {
    const ObjectClass *class = object_class(class_id);
    Arena *arena = session_statement_arena(session);
    CatalogRow *row = row_new(arena);
    bool found;
    *kind = class->description;
    *name = arena_printf(arena, "%u", object);
    TRY(object_row(session, class_id, object, arena, row, &found));
    if (!found)
        return STATUS_OK;
    if (class->name_column >= 0)
        *name = row_name(row, class->name_column, arena);
    if (class_id == PG_CLASS)
        *kind = relation_word((char)row->values[PG_CLASS_RELKIND].byte);
    if (class_id == PG_PROC) {
        char prokind = (char)row->values[PG_PROC_PROKIND].byte;
        *kind = prokind == 'p' ? "procedure" : prokind == 'a' ? "aggregate" : "function";
    }
    if (class_id == PG_TYPE)
        TRY(format_type_brief(session, arena, object, name));
    if (class_id == PG_PARAMETER_ACL)
        *kind = "parameter";
    return STATUS_OK;
}

Status acl_error_denied(CatalogSession *session, Oid class_id, Oid object) {
    const char *kind, *name;
    if (class_id == PG_TYPE) {
        Oid element;
        TRY(catalog_array_element(session, object, &element));
        object = element != OID_INVALID ? element : object;
    }
    TRY(acl_words(session, class_id, object, &kind, &name));
    if (class_id == PG_TYPE)
        kind = "type";
    return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied for %s %s", kind, name);
}

Status acl_error_owner(CatalogSession *session, Oid class_id, Oid object) {
    const char *kind, *name;
    TRY(acl_words(session, class_id, object, &kind, &name));
    return error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s", kind, name);
}

Status object_check_acl(CatalogSession *session, Oid class_id, Oid object, uint32_t mask) {
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(session, class_id, object, session->role, mask, &held, &missing));
    return held == mask || missing ? STATUS_OK : acl_error_denied(session, class_id, object);
}

Status object_is_owner(CatalogSession *session, Oid class_id, Oid object, Oid role, bool *yes_out) {
    Oid owner;
    bool found;
    TRY(role_is_superuser(session, role, yes_out));
    if (*yes_out)
        return STATUS_OK;
    TRY(object_owner(session, class_id, object, &owner, &found));
    if (found)
        TRY(role_has_privileges_of(session, role, owner, yes_out));
    return STATUS_OK;
}

Status object_check_owner(CatalogSession *session, Oid class_id, Oid object) {
    bool yes;
    TRY(object_is_owner(session, class_id, object, session->role, &yes));
    return yes ? STATUS_OK : acl_error_owner(session, class_id, object);
}

/* ---- default privileges ---- */

static Status default_acl(CatalogSession *session, Arena *arena, Oid owner, Oid nsp, char letter,
                          const Acl **acl_out) {
    *acl_out = NULL;
    Datum keys[3] = {datum_oid(owner), datum_oid(nsp), {.byte = (uint8_t)letter}};
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find(session, PG_DEFAULT_ACL_ROLE_NSP_OBJ_INDEX, keys, 3, arena, row, &found));
    return found ? row_acl(row, PG_DEFAULT_ACL_DEFACLACL, arena, acl_out) : STATUS_OK;
}

static bool acl_same(const Acl *a, const Acl *b) {
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < b->count; k++)
            found |= memcmp(&a->items[i], &b->items[k], sizeof(AclItem)) == 0;
        if (!found)
            return false;
    }
    return true;
}

Status acl_for_new_object(CatalogSession *session, Arena *arena, AclKind kind, Oid owner, Oid nsp,
                          const Acl **acl_out) {
    *acl_out = NULL;
    static const char kinds[] = {ACL_KIND_RELATION, ACL_KIND_SEQUENCE, ACL_KIND_FUNCTION,
                                 ACL_KIND_TYPE, ACL_KIND_SCHEMA};
    static const char stored[] = "rSfTn";
    const char *at = memchr(kinds, (char)kind, sizeof(kinds));
    if (at == NULL || session->bootstrap)
        return STATUS_OK;
    char letter = stored[at - kinds];
    const Acl *global, *local;
    TRY(default_acl(session, arena, owner, 0, letter, &global));
    TRY(default_acl(session, arena, owner, nsp, letter, &local));
    if (global == NULL && (local == NULL || nsp == 0))
        return STATUS_OK;
    const Acl *usual = acl_default(arena, kind, owner);
    const Acl *acl = global != NULL ? global : usual;
    for (uint32_t i = 0; local != NULL && nsp != 0 && i < local->count; i++) {
        uint32_t privileges = local->items[i].privileges;
        TRY(acl_change(session, arena, acl, ACL_GRANT, local->items[i].grantee,
                       local->items[i].grantor, privileges & 0xffff, false, false, owner, &acl));
        if (privileges >> 16)
            TRY(acl_change(session, arena, acl, ACL_GRANT, local->items[i].grantee,
                           local->items[i].grantor, privileges >> 16, true, false, owner, &acl));
    }
    *acl_out = acl_same(acl, usual) ? NULL : acl;
    return STATUS_OK;
}
