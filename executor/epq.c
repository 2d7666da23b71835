/* epq.c: see epq.h. */
#include "executor/epq.h"

#include "executor/row_store.h"

Status epq_make(Executor *exec, const Plan *input, Epq **epq_out) {
    Epq *epq = arena_new(&exec->arena, Epq);
    epq->plan = input;
    epq->parent = exec;
    epq->rows = arena_array(&exec->arena, EpqRow, exec->statement->range_count + 1);
    arena_init(&epq->arena, &exec->account);
    *epq_out = epq;
    return STATUS_OK;
}

void epq_free(Epq *epq) {
    if (epq == NULL)
        return;
    if (epq->exec != NULL) {
        exec_close_nodes(epq->exec);
        exec_light_end(epq->exec);
    }
    arena_destroy(&epq->arena);
}

void epq_begin(Epq *epq) {
    arena_reset(&epq->arena);
    memset(epq->rows, 0, sizeof(EpqRow) * epq->parent->statement->range_count);
}

void epq_set_absent(Epq *epq, uint32_t rt_index) {
    epq->rows[rt_index - 1] = (EpqRow){.active = true, .absent = true};
}

void epq_set_row(Epq *epq, uint32_t rt_index, const RowView *view) {
    epq->rows[rt_index - 1] = (EpqRow){.active = true, .view = *view};
}

PlanMarkChild epq_mark_relation(const PlanRowMark *mark, const Batch *input, uint32_t row) {
    PlanMarkChild of = {mark->relation, mark->rt_index};
    if (mark->tableoid_column < 0)
        return of;
    const Vector *v = &input->columns[mark->tableoid_column];
    Oid oid = vector_is_null(v, row) ? 0 : vector_at(v, row).u32;
    for (uint32_t i = 0; i < mark->child_count; i++)
        if (mark->children[i].relation == oid)
            return mark->children[i];
    return (PlanMarkChild){0, 0};
}

static Status set_mark(Epq *epq, const PlanRowMark *mark, const Batch *input, uint32_t row) {
    Executor *exec = epq->parent;
    EpqRow *to = &epq->rows[mark->rt_index - 1];
    *to = (EpqRow){.active = true, .absent = true};
    if (mark->rowid_column < 0) {
        const Vector *v =
            mark->whole_row_column < 0 ? NULL : &input->columns[mark->whole_row_column];
        if (v == NULL) {
            to->active = false;
            return STATUS_OK;
        }
        to->is_record = true;
        to->absent = vector_is_null(v, row);
        if (to->absent)
            return STATUS_OK;
        return datum_copy(&epq->arena, PHYS_STR, vector_at(v, row), &to->record);
    }
    const Vector *v = &input->columns[mark->rowid_column];
    PlanMarkChild of = epq_mark_relation(mark, input, row);
    RelState *rel;
    bool found;
    for (uint32_t i = 0; i < mark->child_count; i++)
        epq_set_absent(epq, mark->children[i].rt_index);
    if (vector_is_null(v, row) || of.relation == 0)
        return STATUS_OK;
    to = &epq->rows[of.rt_index - 1];
    TRY(exec_relation(exec, of.rt_index, of.relation, &rel));
    TRY(table_fetch(exec->snapshot, rel->table, vector_at(v, row).u64, &epq->arena, &to->view,
                    &found));
    to->absent = !found;
    return STATUS_OK;
}

static bool any_child_set(const Epq *epq, const PlanRowMark *mark) {
    for (uint32_t i = 0; i < mark->child_count; i++)
        if (epq->rows[mark->children[i].rt_index - 1].active)
            return true;
    return false;
}

Status epq_set_marks(Epq *epq, const PlanRowMark *marks, uint32_t mark_count, const Batch *input,
                     uint32_t row, uint32_t skip_rt_index) {
    for (uint32_t i = 0; i < mark_count; i++)
        if (marks[i].rt_index != skip_rt_index && !epq->rows[marks[i].rt_index - 1].active &&
            !any_child_set(epq, &marks[i]))
            TRY(set_mark(epq, &marks[i], input, row));
    return STATUS_OK;
}

/* A second executor over the same plan: its own nodes and parameters, the parent's CTE results. */
static Status epq_start(Epq *epq) {
    Executor *parent = epq->parent, *exec;
    const PlannedStatement *statement = parent->statement;
    TRY(exec_light(parent->session, &parent->arena, parent, &exec));
    epq->exec = exec;
    exec->statement = statement;
    exec->flags = parent->flags & ~(unsigned)(EXEC_INSTRUMENT | EXEC_INSTRUMENT_TIMING);
    exec->epq = epq;
    exec->exec_params = arena_memdup(&exec->arena, parent->exec_params,
                                     sizeof(ExecParam) * (statement->exec_param_count + 1));
    exec->subplans = arena_array(&exec->arena, Node *, statement->subplan_count + 1);
    exec->ctes = parent->ctes;
    exec->unions = arena_array(&exec->arena, struct UnionState *, statement->union_count + 1);
    exec->relations = arena_array(&exec->arena, RelState, statement->range_count + 1);
    return node_build(exec, epq->plan, &epq->node);
}

Status epq_run(Epq *epq, const Batch **batch_out) {
    *batch_out = NULL;
    if (epq->exec == NULL) {
        TRY(epq_start(epq));
    } else {
        Rescan all = {.everything = true};
        TRY(node_rescan(epq->node, &all));
    }
    return node_next(epq->node, batch_out);
}
