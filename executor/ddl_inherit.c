/* ddl_inherit.c: ALTER TABLE .. INHERIT and NO INHERIT. */
#include "executor/ddl_alter.h"
#include "executor/ddl_trigger.h"

static Status open_parent(Alter *alter, const AstRangeVar *name, const RelationDesc **parent_out) {
    TRY(ddl_relation(alter->ddl, name, LOCK_SHARE_UPDATE_EXCLUSIVE, false, parent_out));
    if ((*parent_out)->kind != 'r' && (*parent_out)->kind != 'f' && (*parent_out)->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or foreign table",
                     (*parent_out)->name);
    return object_check_owner(alter->ddl->catalog, PG_CLASS, (*parent_out)->oid);
}

static Status check_circle(Alter *alter, const RelationDesc *child, const RelationDesc *parent) {
    const Oid *all;
    size_t count;
    for (uint32_t i = 0; i < child->parent_count; i++)
        if (child->parents[i] == parent->oid)
            return error(ERR_DUPLICATE_TABLE,
                         "relation \"%s\" would be inherited from more than once", parent->name);
    TRY(relation_descendants(alter->ddl->catalog, child->oid, alter->ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++)
        if (all[i] == parent->oid)
            return status_detail(error(ERR_DUPLICATE_TABLE, "circular inheritance not allowed"),
                                 "\"%s\" is already a child of \"%s\".", parent->name, child->name);
    return STATUS_OK;
}

static Status change_column_count(Ddl *ddl, Oid relation, int16_t attnum, int delta) {
    CatalogRow row;
    TRY(column_row(ddl->catalog, relation, attnum, ddl->arena, &row));
    row.values[PG_ATTRIBUTE_ATTINHCOUNT].i32 += delta;
    if (delta < 0 && row.values[PG_ATTRIBUTE_ATTINHCOUNT].i32 == 0)
        row.values[PG_ATTRIBUTE_ATTISLOCAL] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_ATTRIBUTE, &row);
}

static Status check_generated(Ddl *ddl, const RelationDesc *parent, const ColumnDesc *theirs,
                              const RelationDesc *child, const ColumnDesc *own) {
    bool same;
    if (theirs->generated != 0 && own->generated == 0)
        return error(ERR_DATATYPE_MISMATCH,
                     "column \"%s\" in child table must be a generated column", theirs->name);
    if (theirs->generated == 0 || theirs->default_expr == NULL || own->default_expr == NULL)
        return STATUS_OK;
    TRY(ddl_same_expression(ddl, parent, theirs->default_expr, child, own->default_expr, &same));
    return same ? STATUS_OK
                : error(ERR_DATATYPE_MISMATCH,
                        "column \"%s\" in child table has a conflicting generation expression",
                        theirs->name);
}

static Status adopt_column(Ddl *ddl, const RelationDesc *parent, const RelationDesc *child,
                           const ColumnDesc *theirs) {
    const ColumnDesc *own = relation_column(child, theirs->name);
    if (own == NULL)
        return error(ERR_DATATYPE_MISMATCH, "child table is missing column \"%s\"", theirs->name);
    if (own->type != theirs->type || own->typmod != theirs->typmod)
        return error(ERR_DATATYPE_MISMATCH,
                     "child table \"%s\" has different type for column \"%s\"", child->name,
                     theirs->name);
    if (own->collation != theirs->collation)
        return error(ERR_COLLATION_MISMATCH,
                     "child table \"%s\" has different collation for column \"%s\"", child->name,
                     theirs->name);
    if (theirs->not_null && !own->not_null)
        return error(ERR_DATATYPE_MISMATCH, "column \"%s\" in child table must be marked NOT NULL",
                     theirs->name);
    TRY(check_generated(ddl, parent, theirs, child, own));
    return change_column_count(ddl, child->oid, own->attnum, 1);
}

static Status change_check(Ddl *ddl, Oid constraint, int delta) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    row.values[PG_CONSTRAINT_CONINHCOUNT].i32 += delta;
    if (delta < 0 && row.values[PG_CONSTRAINT_CONINHCOUNT].i32 == 0)
        row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

static const CheckDesc *check_named(const RelationDesc *relation, const char *name) {
    for (uint16_t i = 0; i < relation->check_count; i++)
        if (strcmp(relation->checks[i].name, name) == 0)
            return &relation->checks[i];
    return NULL;
}

static Status adopt_checks(Ddl *ddl, const RelationDesc *child, const RelationDesc *parent) {
    for (uint16_t i = 0; i < parent->check_count; i++) {
        const CheckDesc *theirs = &parent->checks[i];
        if (theirs->no_inherit)
            continue;
        const CheckDesc *own = check_named(child, theirs->name);
        if (own == NULL)
            return error(ERR_DATATYPE_MISMATCH, "child table is missing constraint \"%s\"",
                         theirs->name);
        bool same;
        TRY(ddl_same_expression(ddl, parent, theirs->expr, child, own->expr, &same));
        if (!same)
            return error(ERR_DATATYPE_MISMATCH,
                         "child table \"%s\" has different definition for check constraint \"%s\"",
                         child->name, theirs->name);
        if (own->no_inherit)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "constraint \"%s\" conflicts with non-inherited constraint on child table "
                         "\"%s\"",
                         own->name, child->name);
        if (!own->validated)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "constraint \"%s\" conflicts with NOT VALID constraint on child table "
                         "\"%s\"",
                         own->name, child->name);
        TRY(change_check(ddl, own->oid, 1));
    }
    return STATUS_OK;
}

Status ddl_attach_child(Ddl *ddl, const RelationDesc *child, const RelationDesc *parent,
                        bool partition) {
    for (uint16_t i = 0; i < parent->column_count; i++)
        if (!parent->columns[i].dropped)
            TRY(adopt_column(ddl, parent, child, &parent->columns[i]));
    TRY(adopt_checks(ddl, child, parent));
    int32_t last = 0;
    Datum key = datum_oid(child->oid);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].values[PG_INHERITS_INHSEQNO].i32 > last)
            last = rows[i].values[PG_INHERITS_INHSEQNO].i32;
    return relation_add_parent(ddl->catalog, child->oid, parent->oid, last + 1, partition);
}

Status ddl_detach_child(Ddl *ddl, const RelationDesc *child, const RelationDesc *parent) {
    for (uint16_t i = 0; i < parent->column_count; i++) {
        if (parent->columns[i].dropped)
            continue;
        const ColumnDesc *own = relation_column(child, parent->columns[i].name);
        if (own != NULL && own->inherit_count > 0)
            TRY(change_column_count(ddl, child->oid, own->attnum, -1));
    }
    for (uint16_t i = 0; i < parent->check_count; i++) {
        const CheckDesc *own = check_named(child, parent->checks[i].name);
        if (own != NULL && own->inherit_count > 0)
            TRY(change_check(ddl, own->oid, -1));
    }
    TRY(relation_remove_parent(ddl->catalog, child->oid, parent->oid));
    catalog_touch_relation(ddl->catalog, parent->oid);
    return STATUS_OK;
}

Status alter_inherit(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *child, *parent;
    TRY(catalog_relation_require(ddl->catalog, oid, &child));
    if (child->is_partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot change inheritance of a partition");
    if (child->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "cannot change inheritance of partitioned table");
    if (child->of_type != OID_INVALID)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot change inheritance of typed table");
    TRY(open_parent(alter, command->relation, &parent));
    if (parent->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "cannot inherit from partitioned table \"%s\"",
                     parent->name);
    if (parent->is_partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot inherit from a partition");
    if (parent->persistence == 't' && child->persistence != 't')
        return error(ERR_WRONG_OBJECT_TYPE, "cannot inherit from temporary relation \"%s\"",
                     parent->name);
    TRY(check_circle(alter, child, parent));
    TRY(ddl_check_child_triggers(child, false));
    return ddl_attach_child(ddl, child, parent, false);
}

Status alter_no_inherit(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *child, *parent;
    TRY(catalog_relation_require(ddl->catalog, oid, &child));
    if (child->is_partition)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot change inheritance of a partition");
    TRY(ddl_relation(ddl, command->relation, LOCK_ACCESS_SHARE, false, &parent));
    bool is_parent = false;
    for (uint32_t i = 0; i < child->parent_count; i++)
        is_parent |= child->parents[i] == parent->oid;
    if (!is_parent)
        return error(ERR_UNDEFINED_TABLE, "relation \"%s\" is not a parent of relation \"%s\"",
                     parent->name, child->name);
    return ddl_detach_child(ddl, child, parent);
}
