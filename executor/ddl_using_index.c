/*
 * ddl_using_index.c: ALTER TABLE .. ADD PRIMARY KEY | UNIQUE USING INDEX: an index that is there becomes
 * the constraint's.
 */
#include "executor/ddl_int.h"

static Status unfit(const AstConstraint *constraint, SqlState state, const char *fmt,
                    const char *name) {
    return status_at(
        status_detail(error(state, fmt, name),
                      "Cannot create a primary key or unique constraint using such an index."),
        constraint->location);
}

static Status check_default_order(Ddl *ddl, const IndexDesc *index, const RelationDesc *relation,
                                  const AstConstraint *constraint) {
    for (uint16_t i = 0; i < index->key_count; i++) {
        const ColumnDesc *column = &relation->columns[index->attnums[i] - 1];
        Oid opclass;
        TRY(catalog_default_opclass(ddl->catalog, index->am, column->type, &opclass));
        if (opclass == index->opclasses[i] && column->collation == index->collations[i] &&
            index->options[i] == 0)
            continue;
        return status_at(
            status_detail(
                error(ERR_WRONG_OBJECT_TYPE,
                      "index \"%s\" column number %d does not have default sorting behavior",
                      index->name, i + 1),
                "Cannot create a primary key or unique constraint using such an index."),
            constraint->location);
    }
    return STATUS_OK;
}

static Status check_index(Ddl *ddl, const RelationDesc *relation, const AstConstraint *constraint,
                          const IndexDesc *index) {
    int32_t at = constraint->location;
    const SqlState not_ready = ERR_OBJECT_NOT_IN_PREREQUISITE_STATE;
    if (index->constraint != OID_INVALID)
        return status_at(
            error(not_ready, "index \"%s\" is already associated with a constraint", index->name),
            at);
    if (index->relation != relation->oid)
        return status_at(error(not_ready, "index \"%s\" does not belong to table \"%s\"",
                               index->name, relation->name),
                         at);
    if (!index->valid)
        return status_at(error(not_ready, "index \"%s\" is not valid", index->name), at);
    if (!index->unique)
        return unfit(constraint, ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a unique index",
                     index->name);
    if (index->expressions != NULL)
        return unfit(constraint, ERR_WRONG_OBJECT_TYPE, "index \"%s\" contains expressions",
                     index->name);
    if (index->predicate != NULL)
        return unfit(constraint, ERR_WRONG_OBJECT_TYPE, "\"%s\" is a partial index", index->name);
    if (!index->immediate && !constraint->deferrable)
        return status_at(
            status_detail(error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a deferrable index", index->name),
                          "Cannot create a non-deferrable constraint using a deferrable index."),
            at);
    if (index->am != OID_AM_BTREE)
        return status_at(error(ERR_WRONG_OBJECT_TYPE, "index \"%s\" is not a btree", index->name),
                         at);
    return check_default_order(ddl, index, relation, constraint);
}

static Status find_index(Ddl *ddl, const RelationDesc *relation, const AstConstraint *constraint,
                         const IndexDesc **index_out, const RelationDesc **holder_out) {
    CatalogRow row;
    bool found;
    *index_out = NULL;
    TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, constraint->index,
                          relation->nsp, ddl->arena, &row, &found));
    if (found && row.values[PG_CLASS_RELKIND].byte == 'i')
        TRY(catalog_index_desc(ddl->catalog, row_oid(&row, PG_CLASS_OID), index_out, holder_out));
    return *index_out != NULL ? STATUS_OK
                              : status_at(error(ERR_UNDEFINED_OBJECT, "index \"%s\" does not exist",
                                                constraint->index),
                                          constraint->location);
}

static Status mark_index(Ddl *ddl, Oid index, bool primary, bool deferrable) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_INDEX_INDEXRELID_INDEX, index, ddl->arena, &row, &found));
    row.values[PG_INDEX_INDISPRIMARY] = datum_bool(primary);
    row.values[PG_INDEX_INDIMMEDIATE] = datum_bool(!deferrable);
    return catalog_update(ddl->catalog, PG_INDEX, &row);
}

static Status adopt(Ddl *ddl, const RelationDesc *relation, const AstConstraint *constraint,
                    const IndexDesc *index, const char *name) {
    bool primary = constraint->kind == AST_CONSTRAINT_PRIMARY_KEY;
    ConstraintSpec spec = {.name = name,
                           .nsp = relation->nsp,
                           .type = primary ? 'p' : 'u',
                           .deferrable = constraint->deferrable,
                           .deferred = constraint->initially_deferred,
                           .validated = true,
                           .is_local = true,
                           .no_inherit = true,
                           .relation = relation->oid,
                           .index = index->oid,
                           .columns = index->attnums,
                           .column_count = index->key_count,
                           .key_count = index->column_count};
    ObjectAddress self = object_address(PG_CLASS, index->oid, 0);
    Oid oid;
    TRY(constraint_create(ddl->catalog, &spec, &oid));
    TRY(depend_delete_of_class(ddl->catalog, self, PG_CLASS, DEPEND_AUTO, NULL));
    TRY(depend_record(ddl->catalog, self, object_address(PG_CONSTRAINT, oid, 0), DEPEND_INTERNAL));
    return mark_index(ddl, index->oid, primary, constraint->deferrable);
}

Status ddl_constraint_using_index(Ddl *ddl, const RelationDesc *relation,
                                  const AstConstraint *constraint) {
    const IndexDesc *index;
    const RelationDesc *holder;
    const char *name = constraint->name;
    if (relation->kind == 'p')
        return error(
            ERR_FEATURE_NOT_SUPPORTED,
            "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables");
    TRY(find_index(ddl, relation, constraint, &index, &holder));
    TRY(check_index(ddl, relation, constraint, index));
    if (name == NULL)
        name = index->name;
    if (strcmp(name, index->name) != 0) {
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"%s\" to \"%s\"",
                   index->name, name);
        TRY(relation_rename(ddl->catalog, index->oid, name));
    }
    if (constraint->kind == AST_CONSTRAINT_PRIMARY_KEY) {
        if (relation->primary >= 0)
            return error(ERR_INVALID_TABLE_DEFINITION,
                         "multiple primary keys for table \"%s\" are not allowed", relation->name);
        TRY(ddl_key_not_null(ddl, relation, index->attnums, index->key_count));
    }
    return adopt(ddl, relation, constraint, index, name);
}
