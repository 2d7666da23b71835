/* init.c: what initialisation does beyond rows: SQL scripts, and pg_init_privs at the end. */
#include "catalog/catalog_int.h"
#include "catalog/scripts.h"

static const CatalogScript scripts[] = {
    {"views", script_views},
    {"information_schema", script_information_schema},
    {"standard", script_standard},
};

const CatalogScript *catalog_init_scripts(size_t *count_out) {
    *count_out = ARRAY_LEN(scripts);
    return scripts;
}

static Status record_privileges(CatalogSession *session, Oid class_id, Oid object, int32_t sub,
                                Datum acl) {
    CatalogRow row = {0};
    row_set_oid(&row, PG_INIT_PRIVS_OBJOID, object);
    row_set_oid(&row, PG_INIT_PRIVS_CLASSOID, class_id);
    row_set_i32(&row, PG_INIT_PRIVS_OBJSUBID, sub);
    row_set_char(&row, PG_INIT_PRIVS_PRIVTYPE, 'i');
    row.values[PG_INIT_PRIVS_INITPRIVS] = acl;
    return catalog_insert(session, PG_INIT_PRIVS, &row);
}

/* The relations of pg_catalog that nothing was said about may be read by everybody. */
static Status grant_reading(CatalogSession *session, Arena *arena) {
    Acl *acl = arena_zalloc(arena, sizeof(Acl) + 2 * sizeof(AclItem));
    acl->count = 2;
    acl->items[0] = (AclItem){OID_ROLE_BOOTSTRAP, OID_ROLE_BOOTSTRAP, acl_all(ACL_KIND_RELATION)};
    acl->items[1] = (AclItem){ACL_PUBLIC, OID_ROLE_BOOTSTRAP, ACL_SELECT};
    VEC(CatalogRow) rows = {0};
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(session, PG_CLASS, 0, NULL, 0, arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
        if (row->nulls[PG_CLASS_RELACL] &&
            row_oid(row, PG_CLASS_RELNAMESPACE) == OID_NAMESPACE_CATALOG &&
            strchr("rvmS", row->values[PG_CLASS_RELKIND].byte) != NULL)
            vec_push(&rows, arena, *row);
    catalog_scan_close(scan);
    for (size_t i = 0; i < rows.count && status_ok(status); i++) {
        ObjectAddress object = object_address(PG_CLASS, row_oid(&rows.items[i], PG_CLASS_OID), 0);
        status = object_set_acl(session, object, acl);
    }
    return status;
}

/* Is the row one of pg_catalog's? information_schema was granted like any user's schema. */
static bool is_initial(Oid class_id, const CatalogRow *row) {
    switch (class_id) {
    case PG_CLASS:
        return row_oid(row, PG_CLASS_RELNAMESPACE) == OID_NAMESPACE_CATALOG;
    case PG_PROC:
        return row_oid(row, PG_PROC_PRONAMESPACE) == OID_NAMESPACE_CATALOG;
    case PG_TYPE:
        return row_oid(row, PG_TYPE_TYPNAMESPACE) == OID_NAMESPACE_CATALOG;
    default: /* attrelid and oid alike come first */
        return row_oid(row, 0) < OID_FIRST_UNPINNED;
    }
}

/* Every ACL of the catalog's rows is an initial one. */
static Status record_catalog(CatalogSession *session, Oid class_id, int oid_column, int sub_column,
                             int acl_column, Arena *arena) {
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(session, class_id, 0, NULL, 0, arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        if (row->nulls[acl_column] || !is_initial(class_id, row))
            continue;
        int32_t sub = sub_column >= 0 ? row->values[sub_column].i16 : 0;
        Oid recorded = class_id == PG_ATTRIBUTE ? PG_CLASS : class_id;
        if (!status_ok(status = record_privileges(session, recorded, row_oid(row, oid_column), sub,
                                                  row->values[acl_column])))
            break;
    }
    catalog_scan_close(scan);
    return status;
}

Status init_privileges(CatalogSession *session) {
    static const struct {
        Oid class_id;
        int oid_column, sub_column, acl_column;
    } catalogs[] = {
        {PG_CLASS, PG_CLASS_OID, -1, PG_CLASS_RELACL},
        {PG_ATTRIBUTE, PG_ATTRIBUTE_ATTRELID, PG_ATTRIBUTE_ATTNUM, PG_ATTRIBUTE_ATTACL},
        {PG_PROC, PG_PROC_OID, -1, PG_PROC_PROACL},
        {PG_TYPE, PG_TYPE_OID, -1, PG_TYPE_TYPACL},
        {PG_LANGUAGE, PG_LANGUAGE_OID, -1, PG_LANGUAGE_LANACL},
        {PG_NAMESPACE, PG_NAMESPACE_OID, -1, PG_NAMESPACE_NSPACL},
    };
    Arena first;
    arena_init(&first, &session->account);
    Status status = grant_reading(session, &first);
    arena_destroy(&first);
    for (unsigned i = 0; i < ARRAY_LEN(catalogs) && status_ok(status); i++) {
        Arena arena;
        arena_init(&arena, &session->account);
        status = record_catalog(session, catalogs[i].class_id, catalogs[i].oid_column,
                                catalogs[i].sub_column, catalogs[i].acl_column, &arena);
        arena_destroy(&arena);
    }
    return status;
}
