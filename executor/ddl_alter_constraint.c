/* ddl_alter_constraint.c: ALTER TABLE: constraints come, go, are validated. */
#include "executor/ddl_alter.h"
#include "executor/fk.h"

static bool has_check(const RelationDesc *relation, const char *name, const CheckDesc **check_out) {
    for (uint16_t i = 0; i < relation->check_count; i++)
        if (strcmp(relation->checks[i].name, name) == 0) {
            *check_out = &relation->checks[i];
            return true;
        }
    return false;
}

/* The name a CHECK got, for the children. */
static Status newest_check(Ddl *ddl, Oid relation_oid, const char **name_out) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    Oid newest = OID_INVALID;
    *name_out = NULL;
    for (uint16_t i = 0; i < relation->check_count; i++)
        if (relation->checks[i].oid > newest) {
            newest = relation->checks[i].oid;
            *name_out = relation->checks[i].name;
        }
    return STATUS_OK;
}

static Status add_check_to_child(Alter *alter, Oid child, const AstConstraint *constraint) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const CheckDesc *check;
    bool merged;
    TRY(ddl_merge_check(ddl, child, constraint, false, true, &merged));
    if (merged)
        return STATUS_OK;
    TRY(alter_added_constraint(alter, child, constraint, true));
    TRY(catalog_relation_require(ddl->catalog, child, &relation));
    if (!has_check(relation, constraint->name, &check))
        return STATUS_OK;
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, check->oid, ddl->arena, &row,
                         &found));
    row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(false);
    row.values[PG_CONSTRAINT_CONINHCOUNT] = datum_i32(1);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

Status alter_added_constraint(Alter *alter, Oid oid, const AstConstraint *constraint,
                              bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    for (uint32_t i = 0;
         constraint->kind == AST_CONSTRAINT_PRIMARY_KEY && i < constraint->keys.count; i++)
        TRY(alter_column(relation, constraint->keys.items[i], &column));
    bool merged = false;
    if (constraint->kind == AST_CONSTRAINT_CHECK && !recursing)
        TRY(ddl_merge_check(ddl, oid, constraint, true, false, &merged));
    if (!merged)
        TRY(ddl_add_constraint(ddl, oid, constraint, true));
    if (constraint->kind != AST_CONSTRAINT_CHECK || constraint->no_inherit || merged)
        return STATUS_OK;
    const Oid *children;
    uint32_t count;
    TRY(alter_children(alter, oid, &children, &count));
    if (count == 0)
        return STATUS_OK;
    if (!alter->recurse && !recursing)
        return error(ERR_INVALID_TABLE_DEFINITION, "constraint must be added to child tables too");
    AstConstraint copy = *constraint;
    if (copy.name == NULL)
        TRY(newest_check(ddl, oid, &copy.name));
    for (uint32_t i = 0; i < count; i++)
        TRY(add_check_to_child(alter, children[i], &copy));
    return STATUS_OK;
}

Status alter_add_constraint(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                            bool recursing) {
    return alter_added_constraint(alter, oid, (const AstConstraint *)command->definition,
                                  recursing);
}

/* ---- DROP ---- */

static Status constraint_row(Ddl *ddl, const RelationDesc *relation, const char *name,
                             CatalogRow *row, bool *found_out) {
    Oid oid;
    *found_out = false;
    TRY(constraint_by_name(ddl->catalog, relation->oid, name, true, &oid));
    if (oid == OID_INVALID)
        return STATUS_OK;
    return catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, oid, ddl->arena, row, found_out);
}

static Status drop_from_child(Alter *alter, Oid child, const AstAlterTableCmd *command) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const CheckDesc *check;
    TRY(catalog_relation_require(ddl->catalog, child, &relation));
    if (!has_check(relation, command->name, &check))
        return STATUS_OK;
    if (alter->recurse && check->inherit_count == 1 && !check->is_local)
        return alter_drop_constraint(alter, child, command, true);
    return ddl_count_check_parent(ddl, check->oid, -1, !alter->recurse);
}

static Status check_partitions_idle(Ddl *ddl, Oid table) {
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, table, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *desc;
        TRY(catalog_relation_require(ddl->catalog, all[i], &desc));
        TRY(fk_check_idle(ddl->session, desc, "ALTER TABLE"));
    }
    return STATUS_OK;
}

Status alter_drop_constraint(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    CatalogRow row;
    bool found;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(constraint_row(ddl, relation, command->name, &row, &found));
    if (!found) {
        if (!command->missing_ok)
            return error(ERR_UNDEFINED_OBJECT,
                         "constraint \"%s\" of relation \"%s\" does not exist", command->name,
                         relation->name);
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "constraint \"%s\" of relation \"%s\" does not exist, skipping", command->name,
                   relation->name);
        return STATUS_OK;
    }
    if (row.values[PG_CONSTRAINT_CONINHCOUNT].i32 > 0 && !recursing)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot drop inherited constraint \"%s\" of relation \"%s\"", command->name,
                     relation->name);
    bool inherits =
        row.values[PG_CONSTRAINT_CONTYPE].byte == 'c' && !row.values[PG_CONSTRAINT_CONNOINHERIT].b;
    if (inherits && relation->kind == 'p' && relation->child_count > 0 && !alter->recurse)
        return status_hint(error(ERR_INVALID_TABLE_DEFINITION,
                                 "cannot remove constraint from only the partitioned table when "
                                 "partitions exist"),
                           "Do not specify the ONLY keyword.");
    if (relation->kind == 'p')
        TRY(check_partitions_idle(ddl, oid));
    Oid other = row_oid(&row, PG_CONSTRAINT_CONFRELID);
    if (other != OID_INVALID && other != oid) {
        const RelationDesc *referenced;
        TRY(relation_lock(ddl->catalog, other, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(catalog_relation_require(ddl->catalog, other, &referenced));
        TRY(fk_check_idle(ddl->session, referenced, "ALTER TABLE"));
    }
    ObjectAddress address = object_address(PG_CONSTRAINT, row_oid(&row, PG_CONSTRAINT_OID), 0);
    TRY(object_drop(ddl->catalog, &address, 1,
                    command->behavior == AST_DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT, 0));
    if (!inherits)
        return STATUS_OK;
    const Oid *children;
    uint32_t count;
    TRY(alter_children(alter, oid, &children, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(drop_from_child(alter, children[i], command));
    return STATUS_OK;
}

/* ---- VALIDATE, ALTER CONSTRAINT ---- */

static Status validate_check(Alter *alter, Oid oid, const AstAlterTableCmd *command) {
    const Oid *children;
    uint32_t count;
    TRY(alter_children(alter, oid, &children, &count));
    for (uint32_t i = 0; i < count; i++) {
        const RelationDesc *child;
        const CheckDesc *check;
        TRY(catalog_relation_require(alter->ddl->catalog, children[i], &child));
        if (has_check(child, command->name, &check))
            TRY(alter_validate_constraint(alter, children[i], command, true));
    }
    const RelationDesc *relation;
    const CheckDesc *check;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    return has_check(relation, command->name, &check)
               ? ddl_verify_check(alter->ddl, relation, check)
               : STATUS_OK;
}

Status alter_validate_constraint(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                                 bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    CatalogRow row;
    bool found;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(constraint_row(ddl, relation, command->name, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" of relation \"%s\" does not exist",
                     command->name, relation->name);
    char type = (char)row.values[PG_CONSTRAINT_CONTYPE].byte;
    if (type != 'c' && type != 'f')
        return error(
            ERR_WRONG_OBJECT_TYPE,
            "constraint \"%s\" of relation \"%s\" is not a foreign key or check constraint",
            command->name, relation->name);
    if (row.values[PG_CONSTRAINT_CONVALIDATED].b)
        return STATUS_OK;
    if (type == 'c')
        TRY(validate_check(alter, oid, command));
    else
        TRY(ddl_verify_foreign_key(ddl, oid, row_oid(&row, PG_CONSTRAINT_OID)));
    row.values[PG_CONSTRAINT_CONVALIDATED] = datum_bool(true);
    TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, &row));
    catalog_touch_relation(ddl->catalog, oid);
    return STATUS_OK;
}

/* The triggers that stand for a foreign key follow it; those of RESTRICT, CASCADE and SET are never
 * put off. */
static Status defer_triggers(Ddl *ddl, Oid oid, const AstConstraint *constraint) {
    enum { CHECK_INS = 1644, CHECK_UPD = 1645, NOACTION_DEL = 1654, NOACTION_UPD = 1655 };
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(oid);
    TRY(catalog_find_all(ddl->catalog, PG_TRIGGER_TGCONSTRAINT_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++) {
        Oid function = row_oid(&rows[i], PG_TRIGGER_TGFOID);
        if (function != CHECK_INS && function != CHECK_UPD && function != NOACTION_DEL &&
            function != NOACTION_UPD)
            continue;
        rows[i].values[PG_TRIGGER_TGDEFERRABLE] = datum_bool(constraint->deferrable);
        rows[i].values[PG_TRIGGER_TGINITDEFERRED] = datum_bool(constraint->initially_deferred);
        TRY(catalog_update(ddl->catalog, PG_TRIGGER, &rows[i]));
    }
    return STATUS_OK;
}

/* The constraint and its parts. */
static Status defer_all(Ddl *ddl, CatalogRow *row, const AstConstraint *constraint) {
    CatalogRow *parts;
    size_t count;
    Datum key = datum_oid(row_oid(row, PG_CONSTRAINT_OID));
    TRY(fiber_stack_check());
    row->values[PG_CONSTRAINT_CONDEFERRABLE] = datum_bool(constraint->deferrable);
    row->values[PG_CONSTRAINT_CONDEFERRED] = datum_bool(constraint->initially_deferred);
    TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, row));
    TRY(defer_triggers(ddl, row_oid(row, PG_CONSTRAINT_OID), constraint));
    catalog_touch_relation(ddl->catalog, row_oid(row, PG_CONSTRAINT_CONFRELID));
    catalog_touch_relation(ddl->catalog, row_oid(row, PG_CONSTRAINT_CONRELID));
    TRY(catalog_find_all(ddl->catalog, PG_CONSTRAINT_CONPARENTID_INDEX, &key, 1, ddl->arena, &parts,
                         &count));
    for (size_t i = 0; i < count; i++)
        TRY(defer_all(ddl, &parts[i], constraint));
    return STATUS_OK;
}

/* Parts follow the topmost constraint. */
static Status derived_error(Ddl *ddl, const RelationDesc *relation, const char *name, Oid parent) {
    CatalogRow row;
    bool found;
    const char *table;
    do {
        TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, parent, ddl->arena, &row,
                             &found));
        if (!found)
            return error(ERR_INTERNAL_ERROR, "cache lookup failed for constraint %u", parent);
        parent = row_oid(&row, PG_CONSTRAINT_CONPARENTID);
    } while (parent != 0);
    TRY(relation_name(ddl->catalog, row_oid(&row, PG_CONSTRAINT_CONRELID), &table));
    Status s = error(ERR_INTERNAL_ERROR, "cannot alter constraint \"%s\" on relation \"%s\"", name,
                     relation->name);
    s = status_detail(s, "Constraint \"%s\" is derived from constraint \"%s\" of relation \"%s\".",
                      name, row_name(&row, PG_CONSTRAINT_CONNAME, ddl->arena), table);
    return status_hint(s, "You may alter the constraint it derives from, instead.");
}

Status alter_constraint(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const AstConstraint *constraint = (const AstConstraint *)command->definition;
    const RelationDesc *relation;
    CatalogRow row;
    bool found;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(constraint_row(ddl, relation, constraint->name, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" of relation \"%s\" does not exist",
                     constraint->name, relation->name);
    if (row.values[PG_CONSTRAINT_CONTYPE].byte != 'f')
        return error(ERR_WRONG_OBJECT_TYPE,
                     "constraint \"%s\" of relation \"%s\" is not a foreign key constraint",
                     constraint->name, relation->name);
    if (row_oid(&row, PG_CONSTRAINT_CONPARENTID) != 0)
        return derived_error(ddl, relation, constraint->name,
                             row_oid(&row, PG_CONSTRAINT_CONPARENTID));
    return defer_all(ddl, &row, constraint);
}
