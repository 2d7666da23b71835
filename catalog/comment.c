/* comment.c: pg_description and pg_shdescription. */
#include "catalog/catalog_int.h"

/* Subscriptions are a shared catalog's, but their comments belong to their database. */
static bool is_shared(Oid class_id) {
    if (class_id == PG_SUBSCRIPTION)
        return false;
    const CatalogTable *table = catalog_table(class_id);
    return table != NULL && table->shared;
}

static Status comment_row(CatalogSession *session, ObjectAddress object, Arena *arena,
                          CatalogRow *row, bool *found_out) {
    Datum keys[3] = {datum_oid(object.object), datum_oid(object.class_id), datum_i32(object.sub)};
    return is_shared(object.class_id)
               ? catalog_find(session, PG_SHDESCRIPTION_O_C_INDEX, keys, 2, arena, row, found_out)
               : catalog_find(session, PG_DESCRIPTION_O_C_O_INDEX, keys, 3, arena, row, found_out);
}

static Status set_with(CatalogSession *session, ObjectAddress object, const char *comment,
                       Arena *arena) {
    bool shared = is_shared(object.class_id), found;
    Oid catalog = shared ? PG_SHDESCRIPTION : PG_DESCRIPTION;
    int text = shared ? PG_SHDESCRIPTION_DESCRIPTION : PG_DESCRIPTION_DESCRIPTION;
    CatalogRow *row = row_new(arena);
    TRY(comment_row(session, object, arena, row, &found));
    if (comment == NULL || comment[0] == '\0')
        return found ? catalog_delete(session, catalog, row) : STATUS_OK;
    row_set_text(row, text, comment);
    if (found)
        return catalog_update(session, catalog, row);
    row_set_oid(row, PG_DESCRIPTION_OBJOID, object.object);
    row_set_oid(row, PG_DESCRIPTION_CLASSOID, object.class_id);
    if (!shared)
        row_set_i32(row, PG_DESCRIPTION_OBJSUBID, object.sub);
    return catalog_insert(session, catalog, row);
}

Status comment_set(CatalogSession *session, ObjectAddress object, const char *comment) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = set_with(session, object, comment, &arena);
    arena_destroy(&arena);
    return status;
}

Status comment_get(CatalogSession *session, ObjectAddress object, Arena *arena,
                   const char **comment_out) {
    CatalogRow *row = row_new(arena);
    bool found;
    *comment_out = NULL;
    TRY(comment_row(session, object, arena, row, &found));
    if (found)
        *comment_out = row_name(row,
                                is_shared(object.class_id) ? PG_SHDESCRIPTION_DESCRIPTION
                                                           : PG_DESCRIPTION_DESCRIPTION,
                                arena);
    return STATUS_OK;
}

Status comment_delete_all(CatalogSession *session, ObjectAddress object) {
    Datum keys[3] = {datum_oid(object.object), datum_oid(object.class_id), datum_i32(object.sub)};
    return is_shared(object.class_id)
               ? catalog_delete_all(session, PG_SHDESCRIPTION_O_C_INDEX, keys, 2)
               : catalog_delete_all(session, PG_DESCRIPTION_O_C_O_INDEX, keys,
                                    object.sub != 0 ? 3 : 2);
}
