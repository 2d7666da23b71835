/* ddl_partition_attach.c: ALTER TABLE .. ATTACH PARTITION, DETACH PARTITION. */
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

static Status set_bound(Ddl *ddl, Oid relation, const char *bound) {
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
    TRY(set_bound(ddl, child_oid, partition_bound_write(ddl->arena, &bound)));
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

/* ---- DETACH ---- */

/* Rows keep meeting what the bound asked for: so it can be attached again without a look at them. */
static Status keep_constraint(Ddl *ddl, const RelationDesc *child) {
    Expr *expr;
    ConstraintSpec spec = {.nsp = child->nsp,
                           .type = 'c',
                           .validated = true,
                           .is_local = true,
                           .relation = child->oid};
    TRY(partition_constraint(&ddl->session->env, ddl->arena, child, false, &expr));
    if (expr == NULL)
        return STATUS_OK;
    int16_t *columns = arena_array(ddl->arena, int16_t, child->column_count + 1u);
    AddressList addresses = {0};
    Oid made;
    ddl_expr_columns(expr, columns, &spec.column_count);
    spec.columns = columns;
    spec.key_count = spec.column_count;
    spec.expr = expr_to_string(ddl->arena, expr);
    ddl_expr_addresses(ddl, expr, OID_INVALID, &addresses);
    spec.expr_referenced = addresses.items;
    spec.expr_referenced_count = addresses.count;
    TRY(name_choose_relation(ddl->catalog, ddl->arena, child->name,
                             spec.column_count == 1 ? child->columns[columns[0] - 1].name : NULL,
                             "check", child->nsp, true, &spec.name));
    return constraint_create(ddl->catalog, &spec, &made);
}

static bool is_partition_of(const RelationDesc *child, Oid parent) {
    return child->is_partition && child->parent_count > 0 && child->parents[0] == parent;
}

Status alter_detach_partition(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *parent, *child;
    TRY(catalog_relation_require(ddl->catalog, oid, &parent));
    if (command->concurrently &&
        ddl->session->ops->transaction_context(ddl->session) != TRANSACTION_IMPLICIT)
        return error(ERR_ACTIVE_SQL_TRANSACTION,
                     "ALTER TABLE ... DETACH CONCURRENTLY cannot run inside a transaction block");
    if (parent->partition_key == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "table \"%s\" is not partitioned", parent->name);
    if (command->concurrently && parent->partition_key->default_partition != 0)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "cannot detach partitions concurrently when a default partition exists");
    TRY(ddl_relation(ddl, command->relation, LOCK_ACCESS_EXCLUSIVE, false, &child));
    if (!is_partition_of(child, oid))
        return error(ERR_UNDEFINED_TABLE, "relation \"%s\" is not a partition of relation \"%s\"",
                     child->name, parent->name);
    if (command->concurrently && parent->partition_key->strategy != 'h')
        TRY(keep_constraint(ddl, child));
    Oid child_oid = child->oid;
    TRY(ddl_check_unreferenced(ddl, child));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    TRY(ddl_detach_child(ddl, child, parent));
    TRY(set_bound(ddl, child->oid, NULL));
    if (parent->partition_key->default_partition == child->oid)
        TRY(ddl_partition_set_default(ddl, oid, 0));
    TRY(ddl_partition_detach_triggers(ddl, child_oid));
    TRY(ddl_partition_detach_foreign_keys(ddl, child_oid));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    TRY(catalog_relation_require(ddl->catalog, oid, &parent));
    return ddl_partition_detach_indexes(ddl, parent, child);
}

Status alter_detach_finalize(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    const RelationDesc *parent, *child;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &parent));
    TRY(ddl_relation(alter->ddl, command->relation, LOCK_ACCESS_EXCLUSIVE, false, &child));
    if (!is_partition_of(child, oid))
        return error(ERR_UNDEFINED_TABLE, "relation \"%s\" is not a partition of relation \"%s\"",
                     child->name, parent->name);
    /* A detach is done in one transaction: none is ever left half way. */
    return status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                               "cannot complete detaching partition \"%s\"", child->name),
                         "There's no pending concurrent detach.");
}
