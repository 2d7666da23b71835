/*
 * op_modify_move.c: rows that an UPDATE moves to another partition. They are deleted here and inserted
 * there; for the foreign keys that refer to the named table it is an update of its row.
 */
#include "executor/op_modify_int.h"

#include "executor/fk.h"

Status modify_root_row(Modify *m, const ModifyTarget *t, const Datum *values, const bool *nulls,
                       Datum **root_out, bool **root_nulls_out) {
    const RelationDesc *root = router_root(m->router);
    Arena *arena = &m->node.batch_arena;
    int16_t *map = route_map(arena, root, t->writer->rel.desc);
    *root_out = arena_array(arena, Datum, root->column_count + 1u);
    *root_nulls_out = arena_array(arena, bool, root->column_count + 1u);
    for (uint16_t c = 0; c < root->column_count; c++) {
        (*root_nulls_out)[c] = map[c] == 0 || nulls[map[c] - 1];
        if (!(*root_nulls_out)[c])
            (*root_out)[c] = values[map[c] - 1];
    }
    return STATUS_OK;
}

/* Tables between the named one and the partition must not be referred to by themselves. */
static Status check_between(Modify *m, const ModifyTarget *t) {
    CatalogSession *catalog = m->node.exec->session->catalog;
    const RelationDesc *root = router_root(m->router), *at = t->writer->rel.desc;
    while (at->is_partition && at->parent_count > 0 && at->parents[0] != root->oid) {
        TRY(catalog_relation_require(catalog, at->parents[0], &at));
        if (!fk_is_own_target(at))
            continue;
        Status s = error(ERR_FEATURE_NOT_SUPPORTED,
                         "cannot move tuple across partitions when a non-root ancestor of the "
                         "source partition is directly referenced in a foreign key");
        s = status_detail(
            s, "A foreign key points to ancestor \"%s\" but not the root ancestor \"%s\".",
            at->name, root->name);
        return status_hint(s, "Consider defining the foreign key on table \"%s\".", root->name);
    }
    return STATUS_OK;
}

Status modify_begin_move(Modify *m, ModifyTarget *t, const Datum *values, const bool *nulls) {
    Executor *exec = m->node.exec;
    if (!t->may_move)
        TRY(check_between(m, t));
    t->may_move = true;
    if (!m->root_fks_made)
        TRY(fk_target_make(exec, router_root(m->router), NULL, &m->root_fks));
    m->root_fks_made = true;
    if (m->root_fks == NULL)
        return STATUS_OK;
    return modify_root_row(m, t, values, nulls, &m->moved_values, &m->moved_nulls);
}

Status modify_end_move(Modify *m, ModifyTarget *t, const Datum *values, const bool *nulls) {
    Datum *old_values = m->moved_values, *root_values = NULL;
    bool *root_nulls = NULL;
    m->moved_values = NULL;
    if (old_values == NULL)
        return STATUS_OK;
    if (values != NULL)
        TRY(modify_root_row(m, t, values, nulls, &root_values, &root_nulls));
    return fk_after_move(m->root_fks, old_values, m->moved_nulls, root_values, root_nulls);
}
