/*
 * op_lock_rows.c: SELECT .. FOR UPDATE and its kin.
 *
 * Rows are locked one by one as they are wanted (a LIMIT above bounds them). A row that has a newer
 * committed version is locked there and evaluated again for that version (epq.h); what comes out of
 * that takes its place.
 */
#include "executor/compare.h"
#include "executor/epq.h"
#include "executor/index_key.h"

typedef enum LockOutcome { LOCK_KEEP, LOCK_SKIP, LOCK_CHANGED } LockOutcome;

typedef struct LockRows {
    Node node;
    const PlanLockRows *plan;
    RelState **relations; /* by mark; of the row at hand where there are children */
    const Batch *input;
    uint32_t place;
    const Batch *changed; /* an EPQ result that waits */
    uint16_t *rows;
    Epq *epq;
    bool needs_epq;
} LockRows;

static RowLockMode lock_mode(RowLockStrength strength) {
    switch (strength) {
    case ROW_LOCK_KEY_SHARE:
        return ROW_KEY_SHARE;
    case ROW_LOCK_SHARE:
        return ROW_SHARE;
    case ROW_LOCK_NO_KEY_UPDATE:
        return ROW_NO_KEY_UPDATE;
    default:
        return ROW_UPDATE;
    }
}

/* Do two versions of a row have the same keys, as far as foreign keys may refer to them? */
static Status same_keys(LockRows *l, uint32_t m, const RowView *a, const RowView *b,
                        bool *same_out) {
    const RelState *rel = l->relations[m];
    const RelationDesc *desc = rel->desc;
    Arena *arena = &l->node.batch_arena;
    Session *session = l->node.exec->session;
    Datum *values[2];
    bool *nulls[2];
    *same_out = true;
    for (int i = 0; i < 2; i++) {
        values[i] = arena_array(arena, Datum, desc->column_count + 1u);
        nulls[i] = arena_array(arena, bool, desc->column_count + 1u);
        TRY(relation_decode(desc, rel->table, i == 0 ? a : b, arena, values[i], nulls[i]));
    }
    for (uint16_t i = 0; i < desc->index_count && *same_out; i++) {
        const IndexDesc *index = &desc->indexes[i];
        IndexKey *key;
        Str first = {0}, second = {0};
        bool has_null;
        if (!index->unique || index->expressions != NULL || index->predicate != NULL ||
            index->store == 0)
            continue;
        TRY(index_key_make(session, arena, desc, index, &key));
        Status s = index_key_encode(key, values[0], nulls[0], &first, &has_null);
        if (status_ok(s)) {
            first = str_make(arena_memdup(arena, first.data, first.len), first.len);
            s = index_key_encode(key, values[1], nulls[1], &second, &has_null);
        }
        *same_out = status_ok(s) && str_equal(first, second);
        index_key_end(key);
        TRY(s);
    }
    return STATUS_OK;
}

/* Locks the newest version of one row. */
static Status lock_one(LockRows *l, uint32_t m, const PlanMarkChild *of, RowId rowid,
                       LockOutcome *outcome_out) {
    Node *node = &l->node;
    Executor *exec = node->exec;
    const PlanRowMark *mark = &l->plan->marks[m];
    Table *table = l->relations[m]->table;
    RowView view;
    bool found, moved = false;
    *outcome_out = LOCK_SKIP;
    TRY(table_fetch(exec->snapshot, table, rowid, &node->batch_arena, &view, &found));
    if (!found)
        return STATUS_OK;
    for (;;) {
        RowWrite outcome;
        RowView latest;
        TRY(table_lock_row(exec->session->txn, exec->snapshot, table, rowid, view.version,
                           lock_mode(mark->strength),
                           mark->wait == ROW_WAIT_BLOCK ? LOCK_WAIT : LOCK_NOWAIT,
                           &node->batch_arena, &latest, &outcome));
        switch (outcome) {
        case ROW_WRITTEN:
            *outcome_out = moved ? LOCK_CHANGED : LOCK_KEEP;
            if (moved) {
                if (l->epq == NULL)
                    TRY(epq_make(exec, node->plan->left, &l->epq));
                if (!l->needs_epq)
                    epq_begin(l->epq);
                l->needs_epq = true;
                for (uint32_t i = 0; i < mark->child_count; i++)
                    epq_set_absent(l->epq, mark->children[i].rt_index);
                epq_set_row(l->epq, of->rt_index, &view);
            }
            return STATUS_OK;
        case ROW_UPDATED_BY_OTHER: {
            /* KEY SHARE does not mind changes that leave the keys alone: the row stays as seen. */
            bool same = false;
            if (mark->strength == ROW_LOCK_KEY_SHARE && !moved)
                TRY(same_keys(l, m, &view, &latest, &same));
            moved |= !same;
            view = latest;
            break;
        }
        case ROW_WOULD_BLOCK:
            if (mark->wait == ROW_WAIT_SKIP)
                return STATUS_OK;
            return error(ERR_LOCK_NOT_AVAILABLE, "could not obtain lock on row in relation \"%s\"",
                         l->relations[m]->desc->name);
        default: /* deleted, or changed by this very command */
            return STATUS_OK;
        }
    }
}

static Status lock_row(LockRows *l, uint32_t row, LockOutcome *outcome_out) {
    const Batch *input = l->input;
    l->needs_epq = false;
    *outcome_out = LOCK_KEEP;
    for (uint32_t m = 0; m < l->plan->mark_count; m++) {
        const PlanRowMark *mark = &l->plan->marks[m];
        LockOutcome outcome;
        if (mark->strength == ROW_LOCK_NONE || mark->rowid_column < 0)
            continue;
        const Vector *v = &input->columns[mark->rowid_column];
        if (vector_is_null(v, row)) /* the nullable side of an outer join */
            continue;
        PlanMarkChild of = epq_mark_relation(mark, input, row);
        if (of.relation == 0)
            continue;
        if (mark->tableoid_column >= 0)
            TRY(exec_relation(l->node.exec, of.rt_index, of.relation, &l->relations[m]));
        TRY(lock_one(l, m, &of, vector_at(v, row).u64, &outcome));
        if (outcome == LOCK_SKIP) {
            *outcome_out = LOCK_SKIP;
            return STATUS_OK;
        }
    }
    if (!l->needs_epq)
        return STATUS_OK;
    TRY(epq_set_marks(l->epq, l->plan->marks, l->plan->mark_count, input, row, 0));
    TRY(epq_run(l->epq, &l->changed));
    *outcome_out = l->changed == NULL ? LOCK_SKIP : LOCK_CHANGED;
    return STATUS_OK;
}

static Status lock_rows_produce(Node *node) {
    LockRows *l = (LockRows *)node;
    if (l->changed != NULL) {
        node->row = *l->changed;
        l->changed = NULL;
        return STATUS_OK;
    }
    if (l->input == NULL || l->place >= l->input->selection.count) {
        TRY(node_next(node->left, &l->input));
        l->place = 0;
        if (l->input == NULL) {
            node_pass(node, NULL);
            return STATUS_OK;
        }
    }
    uint32_t n = 0;
    while (l->place < l->input->selection.count && n < node->limit_rows) {
        uint32_t row = selection_row(l->input->selection, l->place++);
        LockOutcome outcome;
        TRY(fiber_check_interrupt());
        TRY(lock_row(l, row, &outcome));
        if (outcome == LOCK_KEEP)
            l->rows[n++] = (uint16_t)row;
        else if (outcome == LOCK_CHANGED)
            break;
    }
    node->row = *l->input;
    node->row.selection = (Selection){l->rows, n};
    if (n == 0 && l->changed != NULL) {
        node->row = *l->changed;
        l->changed = NULL;
    }
    return STATUS_OK;
}

static Status lock_rows_rescan(Node *node, const Rescan *rescan) {
    LockRows *l = (LockRows *)node;
    l->input = l->changed = NULL;
    l->place = 0;
    return node_rescan(node->left, rescan);
}

static void lock_rows_close(Node *node) { epq_free(((LockRows *)node)->epq); }

Status lock_rows_build(Executor *exec, const Plan *plan, Node **node_out) {
    LockRows *l;
    TRY(node_init(exec, plan, sizeof(*l), lock_rows_produce, lock_rows_rescan, &l));
    l->plan = (const PlanLockRows *)plan;
    l->node.close = lock_rows_close;
    l->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    l->relations = arena_array(&exec->arena, RelState *, l->plan->mark_count + 1);
    for (uint32_t i = 0; i < l->plan->mark_count; i++) {
        const PlanRowMark *mark = &l->plan->marks[i];
        if (mark->rowid_column >= 0 && mark->tableoid_column < 0)
            TRY(exec_relation(exec, mark->rt_index, mark->relation, &l->relations[i]));
    }
    *node_out = &l->node;
    return STATUS_OK;
}
