/* ddl_partition_attach.c: ALTER TABLE .. ATTACH PARTITION. */
#include "executor/ddl_alter.h"
#include "executor/ddl_partition.h"
#include "executor/ddl_trigger.h"

/* ---- ATTACH ---- */

static Status check_attachable(Alter *alter, const RelationDesc *parent,
                               const RelationDesc *child) {
    Ddl *ddl = alter->ddl;
    const Oid *all;
    size_t count;
    if (child->kind != 'r' && child->kind != 'p' && child->kind != 'f')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or foreign table", child->name);
    TRY(object_check_owner(ddl->catalog, PG_CLASS, child->oid));
    if (child->is_partition)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is already a partition", child->name);
    if (child->of_type != 0)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot attach a typed table as partition");
    if (child->parent_count > 0)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot attach inheritance child as partition");
    if (child->kind == 'r' && child->child_count > 0)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot attach inheritance parent as partition");
    TRY(relation_descendants(ddl->catalog, child->oid, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++)
        if (all[i] == parent->oid)
            return status_detail(error(ERR_DUPLICATE_TABLE, "circular inheritance not allowed"),
                                 "\"%s\" is already a child of \"%s\".", parent->name, child->name);
    if (parent->persistence != 't' && child->persistence == 't')
        return error(ERR_WRONG_OBJECT_TYPE,
                     "cannot attach a temporary relation as partition of permanent relation \"%s\"",
                     parent->name);
    if (parent->persistence == 't' && child->persistence != 't')
        return error(ERR_WRONG_OBJECT_TYPE,
                     "cannot attach a permanent relation as partition of temporary relation \"%s\"",
                     parent->name);
    TRY(ddl_check_child_triggers(child, true));
    for (uint16_t i = 0; i < child->column_count; i++)
        if (!child->columns[i].dropped && relation_column(parent, child->columns[i].name) == NULL)
            return status_detail(
                error(ERR_DATATYPE_MISMATCH,
                      "table \"%s\" contains column \"%s\" not found in parent \"%s\"", child->name,
                      child->columns[i].name, parent->name),
                "The new partition may contain only the columns present in parent.");
    return STATUS_OK;
}

Status ddl_partition_set_bound(Ddl *ddl, Oid relation, const char *bound) {
    CatalogRow row;
    TRY(relation_row(ddl->catalog, relation, ddl->arena, &row));
    row.values[PG_CLASS_RELISPARTITION] = datum_bool(bound != NULL);
    row.nulls[PG_CLASS_RELPARTBOUND] = bound == NULL;
    row.values[PG_CLASS_RELPARTBOUND] =
        bound == NULL ? (Datum){.i64 = 0} : (Datum){.str = str_make(bound, strlen(bound))};
    return catalog_update(ddl->catalog, PG_CLASS, &row);
}

/* A partition has nothing of its own but by its parent. */
static Status not_local(Ddl *ddl, Oid relation) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, relation, &desc));
    for (uint16_t i = 0; i < desc->column_count; i++) {
        CatalogRow row;
        if (desc->columns[i].dropped || desc->columns[i].inherit_count == 0)
            continue;
        TRY(column_row(ddl->catalog, relation, desc->columns[i].attnum, ddl->arena, &row));
        row.values[PG_ATTRIBUTE_ATTISLOCAL] = datum_bool(false);
        TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    }
    for (uint16_t i = 0; i < desc->check_count; i++) {
        CatalogRow row;
        bool found;
        if (desc->checks[i].inherit_count == 0)
            continue;
        TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, desc->checks[i].oid, ddl->arena,
                             &row, &found));
        row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(false);
        TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, &row));
    }
    return STATUS_OK;
}

Status alter_attach_partition(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              bool recursing) {
    Ddl *ddl = alter->ddl;
    EvalEnv *env = &ddl->session->env;
    const AstPartitionBound *ast = (const AstPartitionBound *)command->definition;
    const RelationDesc *parent, *child;
    PartitionBound bound;
    Expr *own, *inherited;
    TRY(catalog_relation_require(ddl->catalog, oid, &parent));
    if (parent->kind == 'I' && ast != NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a partitioned table", parent->name);
    if (parent->kind == 'I')
        return ddl_attach_index(ddl, oid, command->relation);
    TRY(ddl_relation(ddl, command->relation, LOCK_ACCESS_EXCLUSIVE, false, &child));
    if (parent->partition_key == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "table \"%s\" is not partitioned", parent->name);
    TRY(check_attachable(alter, parent, child));
    if (child->kind == 'f')
        TRY(ddl_check_foreign_partition(parent, child->name, false));
    TRY(ddl_partition_bound(ddl, parent, ast, &bound));
    Oid child_oid = child->oid;
    TRY(ddl_attach_child(ddl, child, parent, true));
    TRY(ddl_partition_check_bound(ddl, parent, child->name, ast, &bound));
    TRY(ddl_partition_check_default(ddl, parent, &bound));
    TRY(partition_bound_constraint(env, ddl->arena, parent, &bound, &own));
    TRY(partition_constraint(env, ddl->arena, parent, true, &inherited));
    TRY(ddl_partition_set_bound(ddl, child_oid, partition_bound_write(ddl->arena, &bound)));
    if (bound.is_default)
        TRY(ddl_partition_set_default(ddl, oid, child_oid));
    catalog_touch_relation(ddl->catalog, oid);
    TRY(not_local(ddl, child_oid));
    TRY(ddl_partition_verify(ddl, parent, child, own, false));
    TRY(ddl_partition_verify(ddl, parent, child, inherited, false));
    TRY(ddl_partition_indexes(ddl, oid, child_oid));
    TRY(ddl_partition_foreign_keys(ddl, oid, child_oid));
    return ddl_partition_triggers(ddl, oid, child_oid);
}
