/* op_modify_init.c: the tables that a statement changes: expressions, indexes, triggers. */
#include "catalog/catalogs.h"
#include "catalog/row.h"
#include "executor/op_modify_int.h"
#include "executor/published.h"

/* Is the index, or one that it is part of, among the arbiters? */
static Status is_arbiter(Executor *exec, const PlanOnConflict *oc, Oid index, bool *yes_out) {
    *yes_out = false;
    for (uint32_t depth = 0; index != 0 && depth < 100; depth++) {
        Datum key = datum_oid(index);
        CatalogRow *rows;
        size_t count;
        for (uint32_t j = 0; j < oc->arbiter_count; j++)
            *yes_out |= oc->arbiters[j] == index;
        if (*yes_out)
            return STATUS_OK;
        TRY(catalog_find_all(exec->session->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1,
                             &exec->arena, &rows, &count));
        index = count == 0 ? 0 : row_oid(&rows[0], PG_INHERITS_INHPARENT);
    }
    return STATUS_OK;
}

static Status conflict_init(Modify *m, Executor *exec, ModifyTarget *t, const RouteLeaf *leaf) {
    const PlanOnConflict *oc = m->plan->on_conflict;
    Writer *w = t->writer;
    ExprList where = oc->where;
    t->set = arena_array(&exec->arena, PlanColumnExpr, oc->set_count + 1);
    t->conflict_set = arena_array(&exec->arena, ProgNode *, oc->set_count + 1);
    for (uint32_t i = 0; i < oc->set_count; i++) {
        t->set[i] = oc->set[i];
        if (leaf != NULL) {
            if (oc->set[i].attno != 0)
                t->set[i].attno = leaf->to_leaf[oc->set[i].attno - 1];
            t->set[i].expr = route_expr(&exec->arena, leaf, NULL, oc->set[i].expr);
        }
        TRY(prog_compile(exec, t->set[i].expr, &t->conflict_set[i]));
    }
    if (leaf != NULL) {
        where = (ExprList){0};
        for (uint32_t i = 0; i < oc->where.count; i++)
            expr_list_add(&exec->arena, &where,
                          route_expr(&exec->arena, leaf, NULL, oc->where.items[i]));
    }
    TRY(prog_compile_list(exec, &where, &t->conflict_where));
    for (uint32_t i = 0; i < w->index_count; i++) {
        const IndexDesc *desc = index_key_desc(w->indexes[i].key);
        w->indexes[i].arbiter =
            oc->arbiter_count == 0 && (desc->unique || desc->exclusion) && desc->immediate;
        if (oc->arbiter_count > 0)
            TRY(is_arbiter(exec, oc, desc->oid, &w->indexes[i].arbiter));
        if (w->indexes[i].arbiter && !desc->immediate)
            return status_object(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                       "ON CONFLICT does not support deferrable unique "
                                       "constraints/exclusion constraints as arbiters"),
                                 w->rel.desc->nsp_name, w->rel.desc->name, NULL, NULL, desc->name);
    }
    return STATUS_OK;
}

static Status merge_init(Modify *m, Executor *exec, ModifyTarget *t) {
    const PlanMergeAction *actions =
        t->plan->merge_actions != NULL ? t->plan->merge_actions : m->plan->merge_actions;
    t->actions = arena_array(&exec->arena, MergeActionState, m->plan->merge_action_count + 1);
    for (uint32_t i = 0; i < m->plan->merge_action_count; i++) {
        MergeActionState *a = &t->actions[i];
        a->plan = &actions[i];
        TRY(prog_compile_list(exec, &a->plan->condition, &a->condition));
        a->set = arena_array(&exec->arena, ProgNode *, a->plan->set_count + 1);
        for (uint32_t j = 0; j < a->plan->set_count; j++)
            TRY(prog_compile(exec, a->plan->set[j].expr, &a->set[j]));
    }
    return STATUS_OK;
}

/* Errors describe rows as the named table has them. */
static Status show_as_named(Modify *m, Executor *exec, Writer *w) {
    if (m->plan->rt_index == 0 || m->plan->rt_index > exec->statement->range_count)
        return STATUS_OK;
    Oid named = exec->statement->range_table[m->plan->rt_index - 1]->relation;
    RelState state = {0};
    if (named == 0 || named == w->rel.desc->oid || w->rel.desc->kind == 'p')
        return STATUS_OK;
    TRY(exec_open_relation(exec, named, &state));
    w->root = state.desc;
    w->root_map = route_map(&exec->arena, state.desc, w->rel.desc);
    return STATUS_OK;
}

/* ---- triggers ---- */

static BitSet *set_columns(Arena *arena, BitSet *set, const PlanColumnExpr *columns,
                           uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (columns[i].attno != 0)
            set = bitset_add(arena, set, columns[i].attno + ATTNO_OFFSET);
    return set;
}

/* The columns that the statement sets, as the named table has them. */
static BitSet *named_columns(const Modify *m, Arena *arena) {
    BitSet *set = NULL;
    for (uint32_t i = 0; i < m->plan->relation_count; i++)
        if (m->plan->relations[i].relation == m->named_rel.desc->oid)
            return m->plan->relations[i].updated_columns;
    for (uint32_t i = 0; i < m->plan->update_count; i++)
        set = bitset_add(arena, set, m->plan->update_columns[i] + ATTNO_OFFSET);
    if (m->plan->on_conflict != NULL)
        set = set_columns(arena, set, m->plan->on_conflict->set, m->plan->on_conflict->set_count);
    for (uint32_t i = 0; i < m->plan->merge_action_count; i++)
        if (m->plan->merge_actions[i].command == COMMAND_UPDATE)
            set = set_columns(arena, set, m->plan->merge_actions[i].set,
                              m->plan->merge_actions[i].set_count);
    return set;
}

Status modify_named_triggers(Modify *m, Executor *exec) {
    if (m->plan->rt_index == 0 || m->plan->rt_index > exec->statement->range_count ||
        exec->epq != NULL)
        return STATUS_OK;
    Oid named = exec->statement->range_table[m->plan->rt_index - 1]->relation;
    if (named == 0)
        return STATUS_OK;
    TRY(exec_open_relation(exec, named, &m->named_rel));
    if (m->named_rel.desc->trigger_count == 0)
        return STATUS_OK;
    return trigger_set_make(exec, m->named_rel.desc, named_columns(m, &exec->arena), NULL,
                            &m->named);
}

static Status target_triggers(Modify *m, Executor *exec, ModifyTarget *t) {
    Writer *w = t->writer;
    const RelationDesc *desc = w->rel.desc;
    TriggerSet *set = NULL;
    bool is_named = m->named_rel.desc != NULL && m->named_rel.desc->oid == desc->oid;
    if (exec->epq != NULL)
        return STATUS_OK;
    if (is_named)
        set = m->named;
    else if (desc->trigger_count > 0 || m->named != NULL)
        TRY(trigger_set_make(exec, desc, t->plan->updated_columns, m->named, &set));
    writer_set_triggers(w, set);
    for (int op = 0; op < 3 && set != NULL; op++) {
        t->before[op] = trigger_fires_row(set, TRIGGER_WHEN_BEFORE, (TriggerOp)op);
        t->instead[op] = trigger_fires_row(set, TRIGGER_WHEN_INSTEAD, (TriggerOp)op);
    }
    m->by_row |= m->plan->command == COMMAND_INSERT && m->plan->returning && modify_fires_insert(t);
    return STATUS_OK;
}

/* What the statement may do to rows that are there must be what publications allow. */
static Status check_published(const Modify *m, Executor *exec, const RelationDesc *desc) {
    const PlanModify *plan = m->plan;
    bool updates =
        plan->command == COMMAND_UPDATE || (plan->on_conflict != NULL && plan->on_conflict->update);
    bool deletes = plan->command == COMMAND_DELETE;
    /* never any row: partitions are not even looked for */
    if (plan->left != NULL && plan->left->tag == PLAN_RESULT && plan->left->one_time != NULL &&
        desc->is_partition && m->named_rel.desc != NULL && m->named_rel.desc->oid != desc->oid)
        return STATUS_OK;
    for (uint32_t i = 0; i < plan->merge_action_count; i++) {
        updates |= plan->merge_actions[i].command == COMMAND_UPDATE;
        deletes |= plan->merge_actions[i].command == COMMAND_DELETE;
    }
    if (updates)
        TRY(published_check(exec->session, &exec->arena, desc, false));
    return deletes ? published_check(exec->session, &exec->arena, desc, true) : STATUS_OK;
}

Status modify_target_init(Modify *m, Executor *exec, ModifyTarget *t,
                          const PlanResultRelation *plan, const RouteLeaf *leaf) {
    const Plan *node = m->node.plan;
    t->plan = plan;
    arena_init(&t->arena, &exec->account);
    TRY(writer_make(exec, plan, &t->writer));
    if (t->writer->rel.desc->maybe_published)
        TRY(check_published(m, exec, t->writer->rel.desc));
    t->writer->moves = m->plan->root != 0 && leaf == NULL;
    TRY(target_triggers(m, exec, t));
    TRY(show_as_named(m, exec, t->writer));
    if (m->plan->on_conflict != NULL)
        TRY(conflict_init(m, exec, t, leaf));
    t->returning = arena_array(&exec->arena, ProgNode *, node->target_count + 1);
    for (uint32_t i = 0; m->plan->returning && i < node->target_count; i++)
        TRY(prog_compile(exec, plan->returning != NULL ? plan->returning[i] : node->targets[i].expr,
                         &t->returning[i]));
    return merge_init(m, exec, t);
}
