/* ddl_partition_fk.c: foreign keys of partitioned tables: each partition has its own, tied to the
 * parent's. */
#include "executor/ddl_partition.h"

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

static bool same_key(const FkDesc *wanted, const int16_t *columns, const FkDesc *own) {
    if (own->parent != 0 || own->referenced != wanted->referenced ||
        own->column_count != wanted->column_count || own->on_update != wanted->on_update ||
        own->on_delete != wanted->on_delete || own->match != wanted->match ||
        own->deferrable != wanted->deferrable || own->deferred != wanted->deferred ||
        !own->validated)
        return false;
    for (uint16_t i = 0; i < own->column_count; i++)
        if (own->columns[i] != columns[i] ||
            own->referenced_columns[i] != wanted->referenced_columns[i])
            return false;
    return true;
}

static Status make_key(Ddl *ddl, const FkDesc *fk, const RelationDesc *child,
                       const int16_t *columns, const int16_t *delete_set, Oid *out) {
    bool used;
    StrBuf middle;
    ConstraintSpec spec = {.name = fk->name,
                           .nsp = child->nsp,
                           .type = 'f',
                           .deferrable = fk->deferrable,
                           .deferred = fk->deferred,
                           .validated = fk->validated,
                           .is_local = true,
                           .no_inherit = false,
                           .relation = child->oid,
                           .index = fk->index,
                           .columns = columns,
                           .column_count = fk->column_count,
                           .key_count = fk->column_count,
                           .referenced = fk->referenced,
                           .referenced_columns = fk->referenced_columns,
                           .pf_equal = fk->pf_equal,
                           .pp_equal = fk->pp_equal,
                           .ff_equal = fk->ff_equal,
                           .on_update = fk->on_update,
                           .on_delete = fk->on_delete,
                           .match = fk->match,
                           .delete_set_columns = delete_set,
                           .delete_set_count = fk->delete_set_count};
    TRY(constraint_name_used(ddl->catalog, child->oid, OID_INVALID, fk->name, &used));
    strbuf_init(&middle, ddl->arena);
    for (uint16_t i = 0; i < fk->column_count; i++)
        strbuf_printf(&middle, "%s%s", i > 0 ? "_" : "", child->columns[columns[i] - 1].name);
    if (used)
        TRY(name_choose_relation(ddl->catalog, ddl->arena, child->name, strbuf_cstr(&middle),
                                 "fkey", child->nsp, true, &spec.name));
    return constraint_create(ddl->catalog, &spec, out);
}

static Status partition_key(Ddl *ddl, Oid parent_oid, Oid constraint, Oid child_oid) {
    const RelationDesc *parent, *child;
    const int16_t *columns, *delete_set;
    Oid own = 0;
    TRY(catalog_relation_require(ddl->catalog, parent_oid, &parent));
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    const FkDesc *fk = fk_of(parent, constraint);
    if (fk == NULL)
        return STATUS_OK;
    TRY(map_columns(ddl, parent, child, fk->columns, fk->column_count, &columns));
    TRY(map_columns(ddl, parent, child, fk->delete_set_columns, fk->delete_set_count, &delete_set));
    for (uint16_t i = 0; i < child->fk_count && own == 0; i++)
        if (same_key(fk, columns, &child->fks[i]))
            own = child->fks[i].oid;
    bool made = own == 0, is_leaf = child->kind != 'p';
    if (made)
        TRY(make_key(ddl, fk, child, columns, delete_set, &own));
    TRY(ddl_tie_constraint(ddl, own, constraint, child_oid));
    if (is_leaf)
        return made && fk->validated ? ddl_verify_foreign_key(ddl, child_oid, own) : STATUS_OK;
    return ddl_foreign_key_partitions(ddl, child_oid, own);
}

Status ddl_foreign_key_partitions(Ddl *ddl, Oid table, Oid constraint) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, table, &desc));
    for (uint32_t i = 0; i < desc->child_count; i++)
        TRY(partition_key(ddl, table, constraint, desc->children[i]));
    return STATUS_OK;
}

Status ddl_partition_foreign_keys(Ddl *ddl, Oid parent, Oid partition) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, parent, &desc));
    for (uint16_t i = 0; i < desc->fk_count; i++)
        TRY(partition_key(ddl, parent, desc->fks[i].oid, partition));
    return STATUS_OK;
}
