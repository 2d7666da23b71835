/*
 * name.c: from names to objects along the search path, and back; visibility.
 *
 * The temporary schema comes first for relations and types and is never searched for anything else.
 */
#include "catalog/catalog_int.h"

/* ---- schemas ---- */

Status namespace_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out) {
    *oid_out = 0;
    if (strcmp(name, "pg_temp") == 0) {
        TRY(session_temp_namespace(session, false, oid_out));
        if (*oid_out != 0)
            return STATUS_OK;
    }
    const NamespaceDesc *desc;
    TRY(catalog_namespace_by_name(session, name, &desc));
    if (desc != NULL)
        *oid_out = desc->oid;
    else if (!missing_ok)
        return error(ERR_UNDEFINED_SCHEMA, "schema \"%s\" does not exist", name);
    return STATUS_OK;
}

Status namespace_for_lookup(CatalogSession *session, const char *name, bool missing_ok,
                            Oid *oid_out) {
    TRY(namespace_by_name(session, name, missing_ok, oid_out));
    if (*oid_out == 0 || *oid_out == session->temp_namespace)
        return STATUS_OK;
    return object_check_acl(session, PG_NAMESPACE, *oid_out, ACL_USAGE);
}

Status namespace_for_creation(CatalogSession *session, const char *schema, Oid *oid_out) {
    if (schema != NULL && strcmp(schema, "pg_temp") == 0)
        return session_temp_namespace(session, true, oid_out);
    if (schema != NULL) {
        TRY(namespace_by_name(session, schema, false, oid_out));
    } else {
        if (session->path_count > 0 && strcmp(session->path_names[0], "pg_temp") == 0)
            return session_temp_namespace(session, true, oid_out);
        const SearchPath *path;
        TRY(session_search_path(session, &path));
        *oid_out = path->creation;
        if (*oid_out == 0)
            return error(ERR_UNDEFINED_SCHEMA, "no schema has been selected to create in");
    }
    return object_check_acl(session, PG_NAMESPACE, *oid_out, ACL_CREATE);
}

Status namespace_name(CatalogSession *session, Oid nsp, const char **name_out) {
    const NamespaceDesc *desc;
    TRY(catalog_namespace(session, nsp, &desc));
    *name_out = desc != NULL ? arena_strdup(session_statement_arena(session), desc->name) : NULL;
    return STATUS_OK;
}

/* ---- relations and types: cached by (name, schema) ---- */

static Status find_in(CatalogSession *session, CacheId cache, const char *name, Oid nsp,
                      Oid *oid_out) {
    Datum keys[2] = {datum_cstr(name), datum_oid(nsp)};
    const Desc *desc;
    TRY(cache_get(session, cache, keys, &desc));
    *oid_out = desc != NULL ? ((const NameDesc *)desc)->oid : 0;
    return STATUS_OK;
}

static Status find_along_path(CatalogSession *session, CacheId cache, const char *name,
                              Oid *oid_out) {
    const SearchPath *path;
    *oid_out = 0;
    TRY(session_search_path(session, &path));
    for (uint32_t i = 0; i < path->count && *oid_out == 0; i++)
        TRY(find_in(session, cache, name, path->namespaces[i], oid_out));
    return STATUS_OK;
}

static Status check_database(CatalogSession *session, const char *database, const char *schema,
                             const char *name) {
    const DatabaseDesc *desc;
    if (database == NULL)
        return STATUS_OK;
    TRY(catalog_database(session, session->database, &desc));
    if (desc != NULL && strcmp(desc->name, database) == 0)
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED,
                 "cross-database references are not implemented: \"%s.%s.%s\"", database,
                 schema != NULL ? schema : "", name);
}

Status relation_by_name(CatalogSession *session, const char *database, const char *schema,
                        const char *name, bool missing_ok, Oid *oid_out) {
    *oid_out = 0;
    TRY(check_database(session, database, schema, name));
    if (schema != NULL) {
        Oid nsp;
        TRY(namespace_for_lookup(session, schema, missing_ok, &nsp));
        if (nsp != 0)
            TRY(find_in(session, CACHE_RELATION_NAME, name, nsp, oid_out));
    } else {
        TRY(find_along_path(session, CACHE_RELATION_NAME, name, oid_out));
    }
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    if (schema != NULL)
        return error(ERR_UNDEFINED_TABLE, "relation \"%s.%s\" does not exist", schema, name);
    return error(ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", name);
}

static LockTag relation_tag(const CatalogSession *session, Oid relation) {
    const CatalogTable *table = catalog_table(relation);
    if (table == NULL)
        catalog_index(relation, &table);
    bool shared = table != NULL && table->shared;
    return (LockTag){
        .kind = LOCK_RELATION, .database = shared ? 0 : session->database, .key1 = relation};
}

Status relation_lock(CatalogSession *session, Oid relation, LockMode mode, LockWait wait,
                     bool *got_out) {
    LockTag tag = relation_tag(session, relation);
    bool got = true;
    TRY(lock_acquire(session->txn, &tag, mode, wait, &got));
    if (got_out != NULL)
        *got_out = got;
    else if (!got) {
        const char *name;
        TRY(relation_name(session, relation, &name));
        return error(ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on relation \"%s\"",
                     name != NULL ? name : "");
    }
    return STATUS_OK;
}

Status relation_wait_holders(CatalogSession *session, Oid relation, LockMode mode) {
    LockTag tag = relation_tag(session, relation);
    return lock_wait_holders(session->txn, &tag, mode);
}

Status object_lock(CatalogSession *session, Oid class_id, Oid object, LockMode mode) {
    if (class_id == PG_CLASS)
        return relation_lock(session, object, mode, LOCK_WAIT, NULL);
    const CatalogTable *table = catalog_table(class_id);
    LockTag tag = {.kind = LOCK_OBJECT,
                   .database = table != NULL && table->shared ? 0 : session->database,
                   .key1 = class_id,
                   .key2 = object};
    return lock_acquire(session->txn, &tag, mode, LOCK_WAIT, NULL);
}

Status relation_by_name_lock(CatalogSession *session, const char *database, const char *schema,
                             const char *name, LockMode mode, LockWait wait, bool missing_ok,
                             Oid *oid_out) {
    Oid before;
    TRY(relation_by_name(session, database, schema, name, missing_ok, oid_out));
    do {
        before = *oid_out;
        if (before == 0)
            return STATUS_OK;
        bool got;
        TRY(relation_lock(session, before, mode, wait, &got));
        if (!got)
            return error(ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on relation \"%s\"", name);
        /* While it waited, the name may have come to mean another relation. */
        TRY(relation_by_name(session, database, schema, name, missing_ok, oid_out));
    } while (*oid_out != before);
    Oid nsp;
    if (session->temp_namespace != 0) {
        TRY(relation_namespace(session, before, &nsp));
        session->temp_used |= nsp == session->temp_namespace;
    }
    return STATUS_OK;
}

Status type_by_name(CatalogSession *session, const char *schema, const char *name, Oid *oid_out) {
    *oid_out = 0;
    if (schema == NULL)
        return find_along_path(session, CACHE_TYPE_NAME, name, oid_out);
    Oid nsp;
    TRY(namespace_for_lookup(session, schema, false, &nsp));
    return find_in(session, CACHE_TYPE_NAME, name, nsp, oid_out);
}

/* ---- kinds that are looked up by an index alone ---- */

typedef Status (*FindInSchema)(CatalogSession *session, const void *arg, const char *name, Oid nsp,
                               Oid *oid_out);

/* schema, or each of the path's but the temporary one. */
static Status find_object(CatalogSession *session, const char *schema, const char *name,
                          bool missing_ok, FindInSchema find, const void *arg, const char *what,
                          Oid *oid_out) {
    *oid_out = 0;
    if (schema != NULL) {
        Oid nsp;
        TRY(namespace_for_lookup(session, schema, missing_ok, &nsp));
        if (nsp != 0)
            TRY(find(session, arg, name, nsp, oid_out));
    } else {
        const SearchPath *path;
        TRY(session_search_path(session, &path));
        for (uint32_t i = 0; i < path->count && *oid_out == 0; i++)
            if (path->namespaces[i] != session->temp_namespace)
                TRY(find(session, arg, name, path->namespaces[i], oid_out));
    }
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    return error(ERR_UNDEFINED_OBJECT, "%s \"%s%s%s\" does not exist", what,
                 schema != NULL ? schema : "", schema != NULL ? "." : "", name);
}

/* One row by keys, its OID column being the first. */
static Status find_oid(CatalogSession *session, Oid index, const Datum *keys, uint32_t count,
                       Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    bool found;
    Status status = catalog_find(session, index, keys, count, &arena, row, &found);
    *oid_out = status_ok(status) && found ? row->values[0].u32 : 0;
    arena_destroy(&arena);
    return status;
}

static Status find_by_name_nsp(CatalogSession *session, const void *arg, const char *name, Oid nsp,
                               Oid *oid_out) {
    Datum keys[2] = {datum_cstr(name), datum_oid(nsp)};
    return find_oid(session, *(const Oid *)arg, keys, 2, oid_out);
}

/* Of the database's encoding, or of any. */
static Status find_collation(CatalogSession *session, const void *arg, const char *name, Oid nsp,
                             Oid *oid_out) {
    static const int32_t encodings[] = {6, -1};
    for (unsigned i = 0; i < ARRAY_LEN(encodings); i++) {
        Datum keys[3] = {datum_cstr(name), datum_i32(encodings[i]), datum_oid(nsp)};
        TRY(find_oid(session, PG_COLLATION_NAME_ENC_NSP_INDEX, keys, 3, oid_out));
        if (*oid_out != 0)
            break;
    }
    return STATUS_OK;
}

Status collation_by_name(CatalogSession *session, const char *schema, const char *name,
                         bool missing_ok, Oid *oid_out) {
    Oid nsp;
    if (schema != NULL && !missing_ok)
        TRY(namespace_for_lookup(session, schema, false, &nsp));
    TRY(find_object(session, schema, name, true, find_collation, NULL, "", oid_out));
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    return error(ERR_UNDEFINED_OBJECT, "collation \"%s%s%s\" for encoding \"UTF8\" does not exist",
                 schema != NULL ? schema : "", schema != NULL ? "." : "", name);
}

typedef struct AmName {
    Oid index;
    Oid am;
} AmName;
static Status find_by_am(CatalogSession *session, const void *arg, const char *name, Oid nsp,
                         Oid *oid_out) {
    const AmName *am = arg;
    Datum keys[3] = {datum_oid(am->am), datum_cstr(name), datum_oid(nsp)};
    return find_oid(session, am->index, keys, 3, oid_out);
}

static Status by_am_name(CatalogSession *session, AmName arg, const char *schema, const char *name,
                         bool missing_ok, const char *what, Oid *oid_out) {
    TRY(find_object(session, schema, name, true, find_by_am, &arg, "", oid_out));
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    const AmDesc *am;
    TRY(catalog_am(session, arg.am, &am));
    return error(ERR_UNDEFINED_OBJECT, "%s \"%s%s%s\" does not exist for access method \"%s\"",
                 what, schema != NULL ? schema : "", schema != NULL ? "." : "", name,
                 am != NULL ? am->name : "");
}

Status opclass_by_name(CatalogSession *session, Oid am, const char *schema, const char *name,
                       bool missing_ok, Oid *oid_out) {
    return by_am_name(session, (AmName){PG_OPCLASS_AM_NAME_NSP_INDEX, am}, schema, name, missing_ok,
                      "operator class", oid_out);
}
Status opfamily_by_name(CatalogSession *session, Oid am, const char *schema, const char *name,
                        bool missing_ok, Oid *oid_out) {
    return by_am_name(session, (AmName){PG_OPFAMILY_AM_NAME_NSP_INDEX, am}, schema, name,
                      missing_ok, "operator family", oid_out);
}

Status conversion_by_name(CatalogSession *session, const char *schema, const char *name,
                          bool missing_ok, Oid *oid_out) {
    static const Oid index = PG_CONVERSION_NAME_NSP_INDEX;
    return find_object(session, schema, name, missing_ok, find_by_name_nsp, &index, "conversion",
                       oid_out);
}
Status statistics_by_name(CatalogSession *session, const char *schema, const char *name,
                          bool missing_ok, Oid *oid_out) {
    static const Oid index = PG_STATISTIC_EXT_NAME_INDEX;
    return find_object(session, schema, name, missing_ok, find_by_name_nsp, &index,
                       "statistics object", oid_out);
}
Status text_search_by_name(CatalogSession *session, Oid kind, const char *schema, const char *name,
                           bool missing_ok, Oid *oid_out) {
    const ObjectClass *class = object_class(kind);
    return find_object(session, schema, name, missing_ok, find_by_name_nsp, &class->name_index,
                       class->description, oid_out);
}

static Status find_global(CatalogSession *session, Oid index, const char *name, bool missing_ok,
                          const char *what, SqlState state, Oid *oid_out) {
    Datum key = datum_cstr(name);
    TRY(find_oid(session, index, &key, 1, oid_out));
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    return error(state, "%s \"%s\" does not exist", what, name);
}

Status role_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out) {
    const RoleDesc *role;
    TRY(catalog_role_by_name(session, name, &role));
    *oid_out = role != NULL ? role->oid : 0;
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    return error(ERR_UNDEFINED_OBJECT, "role \"%s\" does not exist", name);
}
Status database_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out) {
    return find_global(session, PG_DATABASE_DATNAME_INDEX, name, missing_ok, "database",
                       ERR_UNDEFINED_DATABASE, oid_out);
}
Status tablespace_by_name(CatalogSession *session, const char *name, bool missing_ok,
                          Oid *oid_out) {
    return find_global(session, PG_TABLESPACE_SPCNAME_INDEX, name, missing_ok, "tablespace",
                       ERR_UNDEFINED_OBJECT, oid_out);
}
Status language_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out) {
    return find_global(session, PG_LANGUAGE_NAME_INDEX, name, missing_ok, "language",
                       ERR_UNDEFINED_OBJECT, oid_out);
}
Status extension_by_name(CatalogSession *session, const char *name, bool missing_ok, Oid *oid_out) {
    return find_global(session, PG_EXTENSION_NAME_INDEX, name, missing_ok, "extension",
                       ERR_UNDEFINED_OBJECT, oid_out);
}
Status am_by_name(CatalogSession *session, const char *name, char type, bool missing_ok,
                  Oid *oid_out) {
    TRY(find_global(session, PG_AM_NAME_INDEX, name, missing_ok, "access method",
                    ERR_UNDEFINED_OBJECT, oid_out));
    if (*oid_out == 0 || type == 0)
        return STATUS_OK;
    const AmDesc *am;
    TRY(catalog_am(session, *oid_out, &am));
    if (am != NULL && am->type != type)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "access method \"%s\" is not of type %s",
                     name, type == 'i' ? "INDEX" : "TABLE");
    return STATUS_OK;
}

Status constraint_by_name(CatalogSession *session, Oid relation, const char *name, bool missing_ok,
                          Oid *oid_out) {
    Datum keys[3] = {datum_oid(relation), datum_oid(0), datum_cstr(name)};
    TRY(find_oid(session, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, keys, 3, oid_out));
    if (*oid_out != 0 || missing_ok)
        return STATUS_OK;
    const char *table;
    TRY(relation_name(session, relation, &table));
    return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" for table \"%s\" does not exist", name,
                 table != NULL ? table : "");
}

/* ---- names of objects ---- */

#define NAME_OF(function, Type, lookup)                                                            \
    Status function(CatalogSession *session, Oid oid, const char **name_out) {                     \
        const Type *desc;                                                                          \
        *name_out = NULL;                                                                          \
        TRY(lookup(session, oid, &desc));                                                          \
        if (desc != NULL)                                                                          \
            *name_out = arena_strdup(session_statement_arena(session), desc->name);                \
        return STATUS_OK;                                                                          \
    }
NAME_OF(role_name, RoleDesc, catalog_role)
NAME_OF(relation_name, RelationDesc, catalog_relation)
NAME_OF(type_name, TypeDesc, catalog_type)
NAME_OF(proc_name, ProcDesc, catalog_proc)
NAME_OF(operator_name, OperatorDesc, catalog_operator)
NAME_OF(database_name, DatabaseDesc, catalog_database)
NAME_OF(collation_name, CollationDesc, catalog_collation)
#undef NAME_OF

Status relation_namespace(CatalogSession *session, Oid relation, Oid *nsp_out) {
    const RelationDesc *desc;
    TRY(catalog_relation(session, relation, &desc));
    *nsp_out = desc != NULL ? desc->nsp : 0;
    return STATUS_OK;
}

/* ---- visibility ---- */

static bool in_path(const SearchPath *path, Oid nsp) {
    for (uint32_t i = 0; i < path->count; i++)
        if (path->namespaces[i] == nsp)
            return true;
    return false;
}

static Status proc_visible(CatalogSession *session, Oid object, bool *visible, bool *found) {
    const ProcDesc *proc;
    Oid first;
    TRY(catalog_proc(session, object, &proc));
    *found = proc != NULL;
    if (proc == NULL)
        return STATUS_OK;
    TRY(catalog_proc_exact(session, NULL, proc->name, proc->arg_types, proc->arg_count, &first));
    *visible = first == object;
    return STATUS_OK;
}

static Status operator_visible(CatalogSession *session, Oid object, bool *visible, bool *found) {
    const OperatorDesc *oper;
    Oid first;
    TRY(catalog_operator(session, object, &oper));
    *found = oper != NULL;
    if (oper == NULL)
        return STATUS_OK;
    TRY(catalog_operator_exact(session, NULL, oper->name, oper->left, oper->right, &first));
    *visible = first == object;
    return STATUS_OK;
}

/* Does the name without a schema, looked up as its kind is, give the object? */
static Status resolves_to(CatalogSession *session, Oid class_id, const CatalogRow *row,
                          const char *name, Oid *first) {
    switch (class_id) {
    case PG_CLASS:
        return find_along_path(session, CACHE_RELATION_NAME, name, first);
    case PG_TYPE:
        return find_along_path(session, CACHE_TYPE_NAME, name, first);
    case PG_OPCLASS:
        return opclass_by_name(session, row_oid(row, PG_OPCLASS_OPCMETHOD), NULL, name, true,
                               first);
    case PG_OPFAMILY:
        return opfamily_by_name(session, row_oid(row, PG_OPFAMILY_OPFMETHOD), NULL, name, true,
                                first);
    case PG_COLLATION:
        return collation_by_name(session, NULL, name, true, first);
    default: {
        const ObjectClass *class = object_class(class_id);
        return find_object(session, NULL, name, true, find_by_name_nsp, &class->name_index, "",
                           first);
    }
    }
}

Status object_is_visible(CatalogSession *session, Oid class_id, Oid object, bool *visible_out,
                         bool *found_out) {
    *visible_out = *found_out = false;
    if (class_id == PG_PROC)
        return proc_visible(session, object, visible_out, found_out);
    if (class_id == PG_OPERATOR)
        return operator_visible(session, object, visible_out, found_out);
    const SearchPath *path;
    Oid nsp = 0, first = 0;
    const char *name = NULL;
    Arena *arena = session_statement_arena(session);
    CatalogRow *row = NULL;
    if (class_id == PG_CLASS) {
        const RelationDesc *rel;
        TRY(catalog_relation(session, object, &rel));
        *found_out = rel != NULL;
        nsp = rel != NULL ? rel->nsp : 0;
        name = rel != NULL ? rel->name : NULL;
    } else if (class_id == PG_TYPE) {
        const TypeDesc *type;
        TRY(catalog_type(session, object, &type));
        *found_out = type != NULL;
        nsp = type != NULL ? type->nsp : 0;
        name = type != NULL ? type->name : NULL;
    } else {
        const ObjectClass *class = object_class(class_id);
        row = row_new(arena);
        TRY(object_row(session, class_id, object, arena, row, found_out));
        if (*found_out) {
            nsp = row_oid(row, class->nsp_column);
            name = row_name(row, class->name_column, arena);
        }
    }
    if (!*found_out)
        return STATUS_OK;
    TRY(session_search_path(session, &path));
    if (!in_path(path, nsp))
        return STATUS_OK;
    TRY(resolves_to(session, class_id, row, name, &first));
    *visible_out = first == object;
    return STATUS_OK;
}
