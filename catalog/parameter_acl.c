/* parameter_acl.c: pg_parameter_acl: who may SET and ALTER SYSTEM which setting. */
#include "catalog/catalog_int.h"
#include "catalog/ddl.h"

static const char *folded(Arena *arena, const char *name) {
    char *copy = arena_strdup(arena, name);
    for (char *p = copy; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    return copy;
}

static Status find(CatalogSession *session, const char *name, Arena *arena, CatalogRow *row,
                   bool *found_out) {
    Datum key = datum_cstr(folded(arena, name));
    return catalog_find(session, PG_PARAMETER_ACL_PARNAME_INDEX, &key, 1, arena, row, found_out);
}

static Status mask_of(CatalogSession *session, const char *name, Oid role, uint32_t mask,
                      Arena *arena, uint32_t *held_out) {
    bool found;
    const Acl *acl;
    CatalogRow *row = row_new(arena);
    TRY(find(session, name, arena, row, &found));
    if (!found)
        return STATUS_OK;
    TRY(row_acl(row, PG_PARAMETER_ACL_PARACL, arena, &acl));
    return acl_mask(session, acl, ACL_KIND_PARAMETER, OID_ROLE_BOOTSTRAP, role, mask, held_out);
}

Status parameter_acl_mask(CatalogSession *session, const char *name, Oid role, uint32_t mask,
                          uint32_t *held_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    *held_out = 0;
    Status status = mask_of(session, name, role, mask, &arena, held_out);
    arena_destroy(&arena);
    return status;
}

Status parameter_acl_find(CatalogSession *session, const char *name, bool make, Arena *arena,
                          Oid *oid_out) {
    bool found;
    CatalogRow *row = row_new(arena);
    *oid_out = OID_INVALID;
    TRY(find(session, name, arena, row, &found));
    if (found)
        *oid_out = row_oid(row, PG_PARAMETER_ACL_OID);
    if (found || !make)
        return STATUS_OK;
    CatalogRow *made = row_new(arena);
    memset(made, 0, sizeof(*made));
    TRY(catalog_new_oid(session, PG_PARAMETER_ACL, oid_out));
    row_set_oid(made, PG_PARAMETER_ACL_OID, *oid_out);
    row_set_text(made, PG_PARAMETER_ACL_PARNAME, folded(arena, name));
    made->values[PG_PARAMETER_ACL_PARACL] =
        acl_datum(arena, acl_default(arena, ACL_KIND_PARAMETER, OID_ROLE_BOOTSTRAP));
    return catalog_insert(session, PG_PARAMETER_ACL, made);
}

Status parameter_acl_tidy(CatalogSession *session, Oid oid, Arena *arena) {
    const Acl *acl, *usual = acl_default(arena, ACL_KIND_PARAMETER, OID_ROLE_BOOTSTRAP);
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find_oid(session, PG_PARAMETER_ACL_OID_INDEX, oid, arena, row, &found));
    if (!found)
        return STATUS_OK;
    TRY(row_acl(row, PG_PARAMETER_ACL_PARACL, arena, &acl));
    bool same = acl != NULL && acl->count == usual->count &&
                memcmp(acl->items, usual->items, acl->count * sizeof(acl->items[0])) == 0;
    return same ? catalog_delete(session, PG_PARAMETER_ACL, row) : STATUS_OK;
}
