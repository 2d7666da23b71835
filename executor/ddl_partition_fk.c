/*
 * ddl_partition_fk.c: foreign keys from and to partitioned tables.
 *
 *   referring side    every partition has a constraint of its own, a part (PARTITION_PRI, _SEC) of its
 *                     parent's, with check triggers: clones of the parent's. The action triggers are
 *                     only those of the topmost constraint: they reach the partitions through it.
 *   referenced side   for every partition there is one more constraint from the same referring table,
 *                     internal to the one above, with action triggers on the partition: clones of
 *                     those above. It is never checked: the topmost one is.
 */
#include "executor/ddl_partition.h"

#include "executor/fk.h"

#include <stdlib.h>

static const FkDesc *fk_of(const RelationDesc *table, Oid constraint) {
    for (uint16_t i = 0; i < table->fk_count; i++)
        if (table->fks[i].oid == constraint)
            return &table->fks[i];
    return NULL;
}

static Status map_columns(Ddl *ddl, const RelationDesc *parent, const RelationDesc *child,
                          const int16_t *columns, uint16_t count, const int16_t **out) {
    int16_t *mapped = arena_array(ddl->arena, int16_t, count + 1u);
    for (uint16_t i = 0; i < count; i++) {
        const ColumnDesc *column = relation_column(child, parent->columns[columns[i] - 1].name);
        if (column == NULL)
            return error(ERR_INTERNAL_ERROR, "attribute of a foreign key is not in \"%s\"",
                         child->name);
        mapped[i] = column->attnum;
    }
    *out = mapped;
    return STATUS_OK;
}

#define KEEP(ddl, array, count) arena_memdup((ddl)->arena, array, sizeof(*(array)) * (count))

/* In the order of their bounds. */
static Status partitions_of(Ddl *ddl, Oid table, const Oid **out, uint32_t *count_out) {
    const RelationDesc *desc;
    const PartitionTable *partitions;
    *count_out = 0;
    TRY(catalog_relation_require(ddl->catalog, table, &desc));
    if (desc->kind != 'p')
        return STATUS_OK;
    TRY(partition_table_open(&ddl->session->env, desc, &partitions));
    *count_out = partitions->count;
    *out = KEEP(ddl, partitions->partitions, partitions->count);
    return STATUS_OK;
}

/* A foreign key that is there, as it was asked for. */
static Status spec_of(Ddl *ddl, Oid relation, Oid constraint, ConstraintSpec *out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, relation, &desc));
    const FkDesc *fk = fk_of(desc, constraint);
    if (fk == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for constraint %u", constraint);
    uint16_t n = fk->column_count;
    *out = (ConstraintSpec){.name = arena_strdup(ddl->arena, fk->name),
                            .nsp = desc->nsp,
                            .type = 'f',
                            .deferrable = fk->deferrable,
                            .deferred = fk->deferred,
                            .validated = fk->validated,
                            .is_local = true,
                            .relation = relation,
                            .index = fk->index,
                            .columns = KEEP(ddl, fk->columns, n),
                            .column_count = n,
                            .key_count = n,
                            .referenced = fk->referenced,
                            .referenced_columns = KEEP(ddl, fk->referenced_columns, n),
                            .pf_equal = KEEP(ddl, fk->pf_equal, n),
                            .pp_equal = KEEP(ddl, fk->pp_equal, n),
                            .ff_equal = KEEP(ddl, fk->ff_equal, n),
                            .on_update = fk->on_update,
                            .on_delete = fk->on_delete,
                            .match = fk->match,
                            .delete_set_columns =
                                KEEP(ddl, fk->delete_set_columns, fk->delete_set_count),
                            .delete_set_count = fk->delete_set_count,
                            .bare = true};
    return STATUS_OK;
}

/* The name is free on the table, or another one is made. */
static Status choose_name(Ddl *ddl, ConstraintSpec *spec) {
    const RelationDesc *desc;
    bool used;
    StrBuf middle;
    TRY(catalog_relation_require(ddl->catalog, spec->relation, &desc));
    spec->nsp = desc->nsp;
    TRY(constraint_name_used(ddl->catalog, spec->relation, OID_INVALID, spec->name, &used));
    if (!used)
        return STATUS_OK;
    strbuf_init(&middle, ddl->arena);
    for (uint16_t i = 0; i < spec->column_count; i++)
        strbuf_printf(&middle, "%s%s", i > 0 ? "_" : "", desc->columns[spec->columns[i] - 1].name);
    return name_choose_relation(ddl->catalog, ddl->arena, desc->name, strbuf_cstr(&middle), "fkey",
                                desc->nsp, true, &spec->name);
}

/* ---- the referenced side ---- */

/* The partition's part of a partitioned index; 0: none. */
static Status index_part(Ddl *ddl, Oid index, const RelationDesc *partition, Oid *part_out) {
    const RelationDesc *whole;
    *part_out = 0;
    TRY(catalog_relation_require(ddl->catalog, index, &whole));
    for (uint32_t c = 0; c < whole->child_count; c++)
        for (uint16_t i = 0; i < partition->index_count; i++)
            if (partition->indexes[i].oid == whole->children[c])
                *part_out = whole->children[c];
    return STATUS_OK;
}

static Status referenced_part(Ddl *ddl, const ConstraintSpec *key, Oid constraint, Oid child_oid,
                              FkTriggers parents) {
    const RelationDesc *parent, *child;
    ConstraintSpec own = *key;
    Oid oid;
    TRY(relation_lock(ddl->catalog, child_oid, LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(ddl->catalog, key->referenced, &parent));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    if (child->kind != 'r' && child->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "referenced relation \"%s\" is not a table",
                     child->name);
    TRY(map_columns(ddl, parent, child, key->referenced_columns, key->column_count,
                    &own.referenced_columns));
    TRY(index_part(ddl, key->index, child, &own.index));
    if (own.index == 0)
        return error(ERR_INTERNAL_ERROR, "index for %u not found in partition %s", key->index,
                     child->name);
    TRY(choose_name(ddl, &own));
    own.referenced = child_oid;
    own.parent = constraint;
    own.is_local = own.no_inherit = false;
    own.inherit_count = 1;
    own.bare = true;
    TRY(constraint_create(ddl->catalog, &own, &oid));
    TRY(depend_record(ddl->catalog, object_address(PG_CONSTRAINT, oid, 0),
                      object_address(PG_CONSTRAINT, constraint, 0), DEPEND_INTERNAL));
    return ddl_foreign_key_referenced(ddl, &own, oid, parents);
}

Status ddl_foreign_key_referenced(Ddl *ddl, const ConstraintSpec *key, Oid constraint,
                                  FkTriggers parents) {
    FkTriggers made;
    TRY(fiber_stack_check());
    TRY(foreign_key_triggers(ddl->catalog, key, constraint, true, parents, &made));
    catalog_touch_relation(ddl->catalog, key->referenced);
    const Oid *children;
    uint32_t count;
    TRY(partitions_of(ddl, key->referenced, &children, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(referenced_part(ddl, key, constraint, children[i], made));
    return STATUS_OK;
}

static int compare_fks(const void *a, const void *b) {
    Oid x = ((const FkDesc *)a)->oid, y = ((const FkDesc *)b)->oid;
    return x < y ? -1 : x > y;
}

/* The foreign keys that refer to the parent refer to a new partition too. */
static Status join_referenced(Ddl *ddl, Oid parent_oid, Oid partition) {
    const RelationDesc *parent;
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    uint16_t count = parent->referencing_count;
    FkDesc *fks = KEEP(ddl, parent->referencing, count);
    if (count > 0)
        qsort(fks, count, sizeof(FkDesc), compare_fks);
    for (uint16_t i = 0; i < count; i++) {
        ConstraintSpec key;
        FkTriggers triggers;
        TRY(relation_lock(ddl->catalog, fks[i].relation, LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT,
                          NULL));
        TRY(spec_of(ddl, fks[i].relation, fks[i].oid, &key));
        TRY(foreign_key_find_triggers(ddl->catalog, fks[i].oid, parent_oid, true, &triggers));
        TRY(referenced_part(ddl, &key, fks[i].oid, partition, triggers));
    }
    return STATUS_OK;
}

/* ---- the referring side ---- */

static bool same_key(const ConstraintSpec *wanted, const int16_t *columns, const FkDesc *own) {
    if (own->parent != 0 || own->referenced != wanted->referenced ||
        own->column_count != wanted->column_count || own->on_update != wanted->on_update ||
        own->on_delete != wanted->on_delete || own->match != wanted->match ||
        own->deferrable != wanted->deferrable || own->deferred != wanted->deferred ||
        !own->validated)
        return false;
    for (uint16_t i = 0; i < own->column_count; i++)
        if (own->columns[i] != columns[i] ||
            own->referenced_columns[i] != wanted->referenced_columns[i] ||
            own->pf_equal[i] != wanted->pf_equal[i])
            return false;
    return true;
}

static Status drop_action_triggers(Ddl *ddl, Oid constraint, Oid referenced) {
    FkTriggers triggers;
    TRY(foreign_key_find_triggers(ddl->catalog, constraint, referenced, true, &triggers));
    for (int i = 0; i < 2; i++) {
        ObjectAddress trigger = object_address(PG_TRIGGER, triggers.oids[i], 0);
        if (trigger.object == 0)
            continue;
        TRY(depend_delete_of(ddl->catalog, trigger, false, NULL));
        TRY(object_drop(ddl->catalog, &trigger, 1, DROP_RESTRICT, DROP_INTERNAL));
    }
    catalog_touch_relation(ddl->catalog, referenced);
    return STATUS_OK;
}

/* A constraint to a single partition of the referenced table goes, with its triggers. */
static Status drop_part(Ddl *ddl, Oid constraint) {
    ObjectAddress self = object_address(PG_CONSTRAINT, constraint, 0);
    TRY(depend_delete_of_class(ddl->catalog, self, PG_CONSTRAINT, DEPEND_INTERNAL, NULL));
    return object_drop(ddl->catalog, &self, 1, DROP_RESTRICT, DROP_INTERNAL);
}

/* A foreign key that a new partition has already becomes part of the parent's. */
static Status take_key(Ddl *ddl, Oid child_oid, Oid own, Oid referenced, Oid constraint,
                       FkTriggers parents) {
    const RelationDesc *child;
    FkTriggers checks;
    TRY(drop_action_triggers(ddl, own, referenced));
    TRY(ddl_tie_constraint(ddl, own, constraint, child_oid));
    TRY(foreign_key_find_triggers(ddl->catalog, own, child_oid, false, &checks));
    TRY(foreign_key_set_parents(ddl->catalog, checks, parents, child_oid));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    uint16_t count = child->fk_count;
    FkDesc *fks = KEEP(ddl, child->fks, count);
    for (uint16_t i = 0; i < count; i++)
        if (fks[i].parent == own && fks[i].relation == child_oid)
            TRY(drop_part(ddl, fks[i].oid));
    catalog_touch_relation(ddl->catalog, child_oid);
    return STATUS_OK;
}

static Status referring_part(Ddl *ddl, const ConstraintSpec *key, Oid constraint, Oid child_oid,
                             FkTriggers parents, bool check_rows) {
    const RelationDesc *parent, *child;
    ConstraintSpec own = *key;
    Oid oid;
    TRY(catalog_relation_require(ddl->catalog, key->relation, &parent));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    if (child->kind == 'f')
        return error(ERR_WRONG_OBJECT_TYPE,
                     "foreign key constraints are not supported on foreign tables");
    TRY(fk_check_idle(ddl->session, child, "ALTER TABLE"));
    if (child_oid == key->referenced)
        return error(ERR_OBJECT_IN_USE,
                     "cannot ALTER TABLE \"%s\" because it is being used by active queries in this "
                     "session",
                     child->name);
    TRY(map_columns(ddl, parent, child, key->columns, key->column_count, &own.columns));
    TRY(map_columns(ddl, parent, child, key->delete_set_columns, key->delete_set_count,
                    &own.delete_set_columns));
    for (uint16_t i = 0; i < child->fk_count; i++)
        if (same_key(key, own.columns, &child->fks[i]))
            return take_key(ddl, child_oid, child->fks[i].oid, key->referenced, constraint,
                            parents);
    own.relation = child_oid;
    TRY(choose_name(ddl, &own));
    own.is_local = true;
    own.no_inherit = false;
    own.parent = 0;
    own.inherit_count = 0;
    own.bare = true;
    TRY(constraint_create(ddl->catalog, &own, &oid));
    TRY(ddl_tie_constraint(ddl, oid, constraint, child_oid));
    return ddl_foreign_key_referring(ddl, &own, oid, parents, check_rows);
}

Status ddl_foreign_key_referring(Ddl *ddl, const ConstraintSpec *key, Oid constraint,
                                 FkTriggers parents, bool check_rows) {
    const RelationDesc *relation;
    FkTriggers made;
    TRY(fiber_stack_check());
    TRY(foreign_key_triggers(ddl->catalog, key, constraint, false, parents, &made));
    catalog_touch_relation(ddl->catalog, key->relation);
    TRY(catalog_relation_require(ddl->catalog, key->relation, &relation));
    if (relation->kind != 'p')
        return check_rows ? ddl_verify_foreign_key(ddl, key->relation, constraint) : STATUS_OK;
    const Oid *children;
    uint32_t count;
    TRY(partitions_of(ddl, key->relation, &children, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(referring_part(ddl, key, constraint, children[i], made, check_rows));
    return STATUS_OK;
}

/* The referenced table with all its partitions must stay as it is. */
static Status lock_referenced(Ddl *ddl, Oid referenced) {
    const Oid *all;
    size_t count;
    TRY(relation_lock(ddl->catalog, referenced, LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, referenced, &desc));
    if (desc->kind != 'p')
        return STATUS_OK;
    TRY(relation_descendants(ddl->catalog, referenced, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++)
        TRY(relation_lock(ddl->catalog, all[i], LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    return STATUS_OK;
}

/* The parent's foreign keys become the new partition's. */
static Status join_referring(Ddl *ddl, Oid parent_oid, Oid partition) {
    const RelationDesc *parent, *child;
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    TRY(catalog_relation_require(ddl->catalog, partition, &child));
    uint16_t count = parent->fk_count;
    FkDesc *fks = KEEP(ddl, parent->fks, count);
    if (count > 0)
        qsort(fks, count, sizeof(FkDesc), compare_fks);
    for (uint16_t i = 0; i < count; i++)
        if (fks[i].referenced == partition)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cannot attach table \"%s\" as a partition because it is referenced by "
                         "foreign key \"%s\"",
                         child->name, fk_of(parent, fks[i].oid)->name);
    for (uint16_t i = 0; i < count; i++) {
        ConstraintSpec key;
        FkTriggers checks;
        bool is_part = false;
        for (uint16_t k = 0; k < count; k++)
            is_part |= fks[k].oid == fks[i].parent;
        if (is_part)
            continue;
        TRY(lock_referenced(ddl, fks[i].referenced));
        TRY(spec_of(ddl, parent_oid, fks[i].oid, &key));
        TRY(foreign_key_find_triggers(ddl->catalog, fks[i].oid, parent_oid, false, &checks));
        TRY(referring_part(ddl, &key, fks[i].oid, partition, checks, key.validated));
    }
    return STATUS_OK;
}

Status ddl_partition_foreign_keys(Ddl *ddl, Oid parent, Oid partition) {
    TRY(join_referring(ddl, parent, partition));
    return join_referenced(ddl, parent, partition);
}

/* ---- leaving ---- */

Status ddl_check_unreferenced(Ddl *ddl, const RelationDesc *partition) {
    uint16_t count = partition->referencing_count;
    FkDesc *fks = KEEP(ddl, partition->referencing, count);
    for (uint16_t i = 0; i < count; i++)
        if (fks[i].parent != 0) {
            TRY(relation_lock(ddl->catalog, fks[i].relation, LOCK_SHARE, LOCK_WAIT, NULL));
            TRY(ddl_verify_unreferenced(ddl, fks[i].relation, fks[i].oid));
        }
    return STATUS_OK;
}

/* A foreign key of its own: the referenced tables act on it by themselves. */
static Status stand_alone(Ddl *ddl, Oid partition, Oid constraint) {
    FkTriggers checks, none = {{0}};
    ConstraintSpec key;
    TRY(ddl_untie_constraint(ddl, constraint));
    TRY(foreign_key_find_triggers(ddl->catalog, constraint, partition, false, &checks));
    TRY(foreign_key_set_parents(ddl->catalog, checks, none, partition));
    catalog_touch_relation(ddl->catalog, partition);
    TRY(spec_of(ddl, partition, constraint, &key));
    TRY(relation_lock(ddl->catalog, key.referenced, LOCK_SHARE_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    return ddl_foreign_key_referenced(ddl, &key, constraint, none);
}

Status ddl_partition_detach_foreign_keys(Ddl *ddl, Oid partition) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, partition, &desc));
    uint16_t count = desc->fk_count, referring = desc->referencing_count;
    FkDesc *fks = KEEP(ddl, desc->fks, count), *refs = KEEP(ddl, desc->referencing, referring);
    for (uint16_t i = 0; i < count; i++) {
        bool is_part = fks[i].parent == 0;
        for (uint16_t k = 0; k < count; k++)
            is_part |= fks[k].oid == fks[i].parent;
        if (!is_part)
            TRY(stand_alone(ddl, partition, fks[i].oid));
    }
    for (uint16_t i = 0; i < referring; i++) {
        if (refs[i].parent == 0)
            continue;
        Oid relation = refs[i].relation;
        TRY(drop_part(ddl, refs[i].oid));
        catalog_touch_relation(ddl->catalog, relation);
    }
    catalog_touch_relation(ddl->catalog, partition);
    return STATUS_OK;
}
