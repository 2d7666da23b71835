/*
 * ddl_to_view.c: may a table become a view? Dumps of views that depend on each other make a table
 * first and its _RETURN rule later (manual: CREATE RULE).
 */
#include "executor/ddl_int.h"
#include "executor/fk.h"

static Status found_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    *(bool *)arg = true;
    return error(ERR_SUCCESSFUL_COMPLETION, "enough");
}

static Status refuse(const RelationDesc *relation, const char *why) {
    return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                 "could not convert table \"%s\" to a view because it %s", relation->name, why);
}

static Status check_empty(Ddl *ddl, const RelationDesc *relation) {
    bool found = false;
    Status status = ddl_each_row(ddl, relation, found_row, &found);
    if (!found)
        return status;
    status_free(status);
    return refuse(relation, "is not empty");
}

/* The flags of pg_class stay set where the last trigger or index was dropped, as PostgreSQL's do. */
static Status check_flags(Ddl *ddl, const RelationDesc *relation) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CLASS_OID_INDEX, relation->oid, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    if (row.values[PG_CLASS_RELHASTRIGGERS].b)
        return status_hint(refuse(relation, "has triggers"),
                           "In particular, the table cannot be involved in any foreign key "
                           "relationships.");
    if (row.values[PG_CLASS_RELHASINDEX].b)
        return refuse(relation, "has indexes");
    return STATUS_OK;
}

Status ddl_check_to_view(Ddl *ddl, const RelationDesc *relation) {
    TRY(fk_check_idle(ddl->session, relation, "CREATE RULE"));
    if (relation->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "cannot convert partitioned table \"%s\" to a view",
                     relation->name);
    if (relation->is_partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot convert partition \"%s\" to a view",
                     relation->name);
    TRY(check_empty(ddl, relation));
    TRY(check_flags(ddl, relation));
    if (relation->has_subclass)
        return refuse(relation, "has child tables");
    if (relation->parent_count > 0)
        return refuse(relation, "has parent tables");
    if (relation->row_security)
        return refuse(relation, "has row security enabled");
    if (relation->policy_count > 0)
        return refuse(relation, "has row security policies");
    return STATUS_OK;
}
