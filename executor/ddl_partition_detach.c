/*
 * ddl_partition_detach.c: ALTER TABLE .. DETACH PARTITION.
 *
 * CONCURRENTLY takes two transactions. The first marks the partition (inhdetachpending), so that
 * queries planned from then on leave it out, and gives it a constraint like its bound. When those that
 * may know it as a partition have ended, the second takes the rest away. Where that does not come
 * about, the partition stays marked, for FINALIZE.
 */
#include "executor/ddl_alter.h"
#include "executor/ddl_partition.h"
#include "executor/ddl_trigger.h"

#define FINALIZE_HINT                                                                              \
    "Use ALTER TABLE ... DETACH PARTITION ... FINALIZE to complete the pending detach operation."

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

static Status not_a_partition(const RelationDesc *child, const RelationDesc *parent) {
    return error(ERR_UNDEFINED_TABLE, "relation \"%s\" is not a partition of relation \"%s\"",
                 child->name, parent->name);
}

static bool is_partition_of(const RelationDesc *child, Oid parent) {
    return child->is_partition && child->parent_count > 0 && child->parents[0] == parent;
}

static Status mark_pending(Ddl *ddl, Oid child, Oid parent) {
    Datum key = datum_oid(child);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++) {
        rows[i].values[PG_INHERITS_INHDETACHPENDING] = datum_bool(true);
        TRY(catalog_update(ddl->catalog, PG_INHERITS, &rows[i]));
    }
    catalog_touch_relation(ddl->catalog, child);
    catalog_touch_relation(ddl->catalog, parent);
    return STATUS_OK;
}

/* Takes away what makes it a partition. Both are locked. */
static Status detach(Ddl *ddl, Oid parent_oid, Oid child_oid) {
    const RelationDesc *parent, *child;
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    TRY(ddl_detach_child(ddl, child, parent));
    TRY(ddl_partition_set_bound(ddl, child_oid, NULL));
    if (parent->partition_key->default_partition == child_oid)
        TRY(ddl_partition_set_default(ddl, parent_oid, 0));
    TRY(ddl_partition_detach_triggers(ddl, child_oid));
    TRY(ddl_partition_detach_foreign_keys(ddl, child_oid));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    return ddl_partition_detach_indexes(ddl, parent, child);
}

static Status lock_again(Ddl *ddl, Oid oid, LockMode mode, const char *what, const char *name) {
    const RelationDesc *relation;
    TRY(relation_lock(ddl->catalog, oid, mode, LOCK_WAIT, NULL));
    TRY(catalog_relation(ddl->catalog, oid, &relation));
    return relation != NULL ? STATUS_OK
                            : error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                    "%s \"%s\" was removed concurrently", what, name);
}

static Status detach_concurrently(Ddl *ddl, const RelationDesc *parent, const RelationDesc *child) {
    Oid parent_oid = parent->oid, child_oid = child->oid;
    const char *parent_name = arena_strdup(ddl->arena, parent->name);
    const char *child_name = arena_strdup(ddl->arena, child->name);
    if (parent->pending_child != OID_INVALID) {
        const char *pending;
        TRY(relation_name(ddl->catalog, parent->pending_child, &pending));
        return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                 "partition \"%s\" already pending detach in partitioned table "
                                 "\"%s.%s\"",
                                 pending != NULL ? pending : "", parent->nsp_name, parent->name),
                           FINALIZE_HINT);
    }
    if (parent->partition_key->strategy != 'h')
        TRY(keep_constraint(ddl, child));
    TRY(mark_pending(ddl, child_oid, parent_oid));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    TRY(ddl_check_unreferenced(ddl, child));
    TRY(ddl_next_transaction(ddl));
    TRY(relation_wait_holders(ddl->catalog, parent_oid, LOCK_ACCESS_EXCLUSIVE));
    TRY(lock_again(ddl, parent_oid, LOCK_SHARE_UPDATE_EXCLUSIVE, "partitioned table", parent_name));
    TRY(lock_again(ddl, child_oid, LOCK_ACCESS_EXCLUSIVE, "partition", child_name));
    return detach(ddl, parent_oid, child_oid);
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
    TRY(ddl_relation(ddl, command->relation,
                     command->concurrently ? LOCK_SHARE_UPDATE_EXCLUSIVE : LOCK_ACCESS_EXCLUSIVE,
                     false, &child));
    if (!is_partition_of(child, oid))
        return not_a_partition(child, parent);
    if (command->concurrently)
        return detach_concurrently(ddl, parent, child);
    if (parent->pending_child == child->oid)
        return status_hint(
            status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                "cannot detach partition \"%s\"", child->name),
                          "The partition is being detached concurrently or has an unfinished "
                          "detach."),
            FINALIZE_HINT);
    Oid child_oid = child->oid;
    TRY(ddl_check_unreferenced(ddl, child));
    return detach(ddl, oid, child_oid);
}

Status alter_detach_finalize(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *parent, *child;
    TRY(catalog_relation_require(ddl->catalog, oid, &parent));
    TRY(ddl_relation(ddl, command->relation, LOCK_ACCESS_EXCLUSIVE, false, &child));
    if (!is_partition_of(child, oid))
        return not_a_partition(child, parent);
    if (parent->pending_child != child->oid)
        return status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                   "cannot complete detaching partition \"%s\"", child->name),
                             "There's no pending concurrent detach.");
    Oid child_oid = child->oid;
    TRY(relation_wait_holders(ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE));
    return detach(ddl, oid, child_oid);
}
