/*
 * op_modify.c: INSERT, UPDATE, DELETE, MERGE.
 *
 * INSERT works on whole batches. UPDATE and DELETE fetch the rows of a batch, compute the new rows
 * and their constraints by vectors, and write row by row. A row that changed meanwhile is evaluated
 * again for its newest version (epq.h) and written by itself. ON CONFLICT and MERGE go row by row.
 *
 * The rows stored (or deleted) are kept by row until RETURNING is computed over the batch.
 */
#include "executor/op_modify_int.h"

#include "executor/compare.h"
#include "executor/fk.h"
#include "types/record.h"

/* ---- rows of a target ---- */

static void rows_reserve(Modify *m, ModifyTarget *t, uint32_t count) {
    Arena *arena = &m->node.exec->arena;
    ModifyRows *r = &t->rows;
    uint32_t n = t->writer->column_count;
    if (r->registers == NULL) {
        r->registers = arena_array(arena, Register, n + 1);
        r->batch.columns = arena_array(arena, Vector, n + 1);
        r->batch.column_count = n;
    }
    if (r->capacity >= count)
        return;
    uint32_t capacity = count <= 1 ? 1 : count <= 64 ? 64 : BATCH_ROWS;
    r->capacity = capacity;
    r->rowids = arena_array(arena, RowId, capacity);
    r->xmins = arena_array(arena, Xid, capacity);
    r->views = arena_array(arena, RowView, capacity);
    r->old_values = arena_alloc(arena, sizeof(Datum) * capacity * (n + 1));
    r->old_nulls = arena_alloc(arena, (size_t)capacity * (n + 1));
    r->new_values = arena_alloc(arena, sizeof(Datum) * capacity * (n + 1));
    r->new_nulls = arena_alloc(arena, (size_t)capacity * (n + 1));
}

static Datum *row_values(ModifyTarget *t, uint32_t row) {
    return t->rows.old_values + (size_t)row * t->writer->column_count;
}
static bool *row_nulls(ModifyTarget *t, uint32_t row) {
    return t->rows.old_nulls + (size_t)row * t->writer->column_count;
}

/* Columns from row-major values. */
static void rows_columns(Modify *m, ModifyTarget *t, const Datum *values, const bool *nulls,
                         uint32_t count, Register *regs, Vector *columns) {
    uint32_t n = t->writer->column_count;
    for (uint32_t c = 0; c < n; c++) {
        PhysType phys = t->writer->rel.desc->columns[c].phys;
        Vector *v = register_flat(&regs[c], &m->node.exec->arena, phys, count);
        for (uint32_t row = 0; row < count; row++) {
            bool is_null = nulls[(size_t)row * n + c];
            if (is_null && v->nulls == NULL)
                register_nulls(&regs[c], regs[c].capacity);
            vector_put(v, row, values[(size_t)row * n + c], is_null);
        }
        columns[c] = *v;
    }
}

/* Row-major values from columns, for the rows of sel. */
static void columns_rows(ModifyTarget *t, const Batch *batch, Selection sel, Datum *values,
                         bool *nulls) {
    uint32_t n = t->writer->column_count;
    for (uint32_t c = 0; c < n; c++) {
        const Vector *v = &batch->columns[c];
        SELECTION_FOREACH(sel, row) {
            bool is_null = vector_is_null(v, row);
            nulls[(size_t)row * n + c] = is_null;
            values[(size_t)row * n + c] = is_null ? (Datum){.i64 = 0} : vector_at(v, row);
        }
    }
}

static ProgContext target_context(Modify *m, ModifyTarget *t, const Batch *input,
                                  const Batch *target, TargetSystem *system) {
    *system = (TargetSystem){
        .rowids = t->rows.rowids, .xmins = t->rows.xmins, .relation = t->writer->rel.desc->oid};
    return (ProgContext){.exec = m->node.exec,
                         .side = {input, NULL, target, NULL},
                         .target_system = system,
                         .row_count = target->row_count,
                         .arena = &m->node.batch_arena};
}

/* ---- RETURNING ---- */

static void emit_nothing(Modify *m, uint32_t row_count) {
    m->node.row.row_count = MAX(row_count, 1u);
    m->node.row.selection = selection_all(0);
}

/* The targets over rows of sel become the node's row. */
static Status emit_returning(Modify *m, ModifyTarget *t, const Batch *input, const Batch *target,
                             Selection sel) {
    Node *node = &m->node;
    TargetSystem system;
    if (node->plan->target_count == 0 || !m->plan->returning || sel.count == 0) {
        emit_nothing(m, target->row_count);
        return STATUS_OK;
    }
    ProgContext ctx = target_context(m, t, input, target, &system);
    for (uint32_t i = 0; i < node->plan->target_count; i++) {
        const Vector *v;
        TRY(prog_eval(t->returning[i], &ctx, sel, &v));
        /* Results may share registers with the next batch's rows: they are used up before. */
        node->row.columns[i] = *v;
    }
    node->row.row_count = target->row_count;
    node->row.selection = sel;
    return STATUS_OK;
}

static void count_rows(Modify *m, uint64_t count) {
    if (m->plan->set_tag && m->node.exec->epq == NULL)
        m->node.exec->processed += count;
}

/* ---- INSERT ---- */

static Status insert_target_batch(Modify *m, const Batch *input, Batch *out) {
    ModifyTarget *t = &m->targets[0];
    rows_reserve(m, t, MAX(input->row_count, 1u));
    *out = t->rows.batch;
    for (uint32_t c = 0; c < m->insert_count; c++)
        out->columns[c] = input->columns[m->insert_columns[c]];
    for (uint32_t c = m->insert_count; c < t->writer->column_count; c++)
        out->columns[c] =
            *register_constant(&m->default_regs[c], &m->node.exec->arena,
                               t->writer->rel.desc->columns[c].phys, (Datum){.i64 = 0}, true);
    out->row_count = input->row_count;
    out->selection = input->selection;
    return STATUS_OK;
}

static Status insert_stored(Modify *m, ModifyTarget *t, const Batch *input, Batch *target) {
    TRY(writer_insert(t->writer, target, t->rows.rowids));
    SELECTION_FOREACH(target->selection, row) {
        t->rows.xmins[row] = txn_xid(m->node.exec->session->txn);
    }
    count_rows(m, target->selection.count);
    return emit_returning(m, t, input, target, target->selection);
}

/* The row as BEFORE triggers leave it becomes the only one selected. *skip_out: none. */
static Status fire_insert(Modify *m, ModifyTarget *t, Batch *target, uint32_t row, bool *skip_out) {
    Arena *arena = &m->node.batch_arena;
    uint32_t n = t->writer->column_count;
    uint16_t *one = arena_alloc(arena, sizeof(uint16_t));
    one[0] = (uint16_t)row;
    target->selection = (Selection){one, 1};
    columns_rows(t, target, target->selection, t->rows.new_values, t->rows.new_nulls);
    TriggerRow new_row = {t->rows.new_values + (size_t)row * n, t->rows.new_nulls + (size_t)row * n,
                          0};
    if (t->instead[TRIGGER_OP_INSERT])
        TRY(trigger_instead_of(t->writer->triggers, TRIGGER_OP_INSERT, arena, NULL, &new_row,
                               skip_out));
    else
        TRY(trigger_before_row(t->writer->triggers, TRIGGER_OP_INSERT, arena, NULL, &new_row,
                               skip_out));
    Register *regs = arena_array(arena, Register, n + 1);
    Vector *columns = arena_array(arena, Vector, n + 1);
    for (uint32_t c = 0; c < n; c++)
        columns[c] = *register_constant(&regs[c], arena, t->writer->rel.desc->columns[c].phys,
                                        new_row.values[c], new_row.nulls[c]);
    target->columns = columns;
    return STATUS_OK;
}

static Status upsert_rows(Modify *m, ModifyTarget *t, const Batch *input, Batch target);

/* What an INSTEAD OF trigger leaves must satisfy the check options of the views above. */
static Status check_view(Modify *m, ModifyTarget *t, const Batch *input, Batch *one) {
    TargetSystem system;
    ProgContext ctx = target_context(m, t, input, one, &system);
    return writer_with_checks(t->writer, &ctx, one->selection, WITH_CHECK_BIT(CHECK_VIEW_LOCAL));
}

/* One row as a batch. */
static Batch row_batch(Modify *m, const Writer *w, const Datum *values, const bool *nulls) {
    Arena *arena = &m->node.batch_arena;
    Register *regs = arena_array(arena, Register, w->column_count + 1);
    Batch one = {.column_count = w->column_count,
                 .row_count = 1,
                 .selection = selection_all(1),
                 .columns = arena_array(arena, Vector, w->column_count + 1)};
    for (uint32_t c = 0; c < w->column_count; c++)
        one.columns[c] =
            *register_constant(&regs[c], arena, w->rel.desc->columns[c].phys, values[c], nulls[c]);
    return one;
}

/* Row by row: each row's triggers see the rows before it. */
static Status insert_fired(Modify *m, ModifyTarget *t, const Batch *input, const Batch *target) {
    SELECTION_FOREACH(target->selection, row) {
        Batch one = *target;
        bool skip;
        emit_nothing(m, input->row_count);
        TRY(fire_insert(m, t, &one, row, &skip));
        if (skip)
            continue;
        if (t->instead[TRIGGER_OP_INSERT]) {
            count_rows(m, 1);
            t->rows.rowids[row] = 0;
            t->rows.xmins[row] = 0;
            TRY(check_view(m, t, input, &one));
            TRY(emit_returning(m, t, input, &one, one.selection));
        } else if (m->plan->on_conflict != NULL) {
            TRY(upsert_rows(m, t, input, one));
        } else {
            TRY(insert_stored(m, t, input, &one));
        }
        TRY(fiber_check_interrupt());
    }
    return STATUS_OK;
}

static Status insert_rows(Modify *m, ModifyTarget *t, const Batch *input, Batch *target) {
    return UNLIKELY(modify_fires_insert(t)) ? insert_fired(m, t, input, target)
                                            : insert_stored(m, t, input, target);
}

/* The next row alone, where rows are returned one at a time. */
static void take_one(Modify *m, Batch *target) {
    m->rows[0] = (uint16_t)selection_row(target->selection, m->pending++);
    target->selection = (Selection){m->rows, 1};
}

static Status insert_routed(Modify *m, const Batch *input);

static Status insert_batch(Modify *m, const Batch *input) {
    ModifyTarget *t = &m->targets[0];
    Batch target;
    if (m->router != NULL)
        return insert_routed(m, input);
    TRY(insert_target_batch(m, input, &target));
    if (m->by_row)
        take_one(m, &target);
    return insert_rows(m, t, input, &target);
}

/* ---- writing one changed row ---- */

static Status self_modified_merge(void) {
    return status_hint(
        error(ERR_CARDINALITY_VIOLATION, "MERGE command cannot affect row a second time"),
        "Ensure that not more than one source row matches any one target row.");
}

/* Prepares one row (values[0..n)) as a batch of one: generated columns, constraints. */
static Status prepare_one(Modify *m, ModifyTarget *t, const Batch *input, Datum *values,
                          bool *nulls, RowId rowid, unsigned with_checks) {
    Writer *w = t->writer;
    TargetSystem system;
    Status failed;
    Batch one = row_batch(m, w, values, nulls);
    ProgContext ctx = target_context(m, t, input, &one, &system);
    system.rowids = &rowid;
    system.xmins = NULL;
    Selection sel = selection_all(1);
    TRY(writer_with_checks(w, &ctx, sel, with_checks & ~WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    TRY(writer_prepare(w, &ctx, &one, &sel, &failed));
    TRY(failed);
    TRY(writer_with_checks(w, &ctx, sel, with_checks & WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    for (uint32_t c = 0; c < w->column_count; c++) {
        nulls[c] = vector_is_null(&one.columns[c], 0);
        values[c] = nulls[c] ? (Datum){.i64 = 0} : vector_at(&one.columns[c], 0);
    }
    return STATUS_OK;
}

/* ---- READ COMMITTED: the row has a newer version ---- */

/* Evaluates the input again for `latest`. *batch_out NULL: the row no longer qualifies. */
static Status recheck(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                      const RowView *latest, const Batch **batch_out) {
    if (m->epq == NULL)
        TRY(epq_make(m->node.exec, m->node.plan->left, &m->epq));
    epq_begin(m->epq);
    for (uint32_t i = 0; i < m->plan->relation_count; i++)
        epq_set_absent(m->epq, m->plan->relations[i].rt_index);
    epq_set_row(m->epq, t->plan->rt_index, latest);
    TRY(epq_set_marks(m->epq, m->plan->marks, m->plan->mark_count, input, row, t->plan->rt_index));
    return epq_run(m->epq, batch_out);
}

static Status decode_old(Modify *m, ModifyTarget *t, const RowView *view, uint32_t row) {
    return relation_decode(t->writer->rel.desc, t->writer->rel.table, view, &m->node.batch_arena,
                           row_values(t, row), row_nulls(t, row));
}

/* New values: the old ones with the update's columns from the input row. */
static void apply_update(Modify *m, ModifyTarget *t, const Batch *input, uint32_t input_row,
                         uint32_t row, Datum *values, bool *nulls) {
    uint32_t n = t->writer->column_count;
    memcpy(values, row_values(t, row), sizeof(Datum) * n);
    memcpy(nulls, row_nulls(t, row), n);
    const int16_t *columns =
        t->plan->update_columns != NULL ? t->plan->update_columns : m->plan->update_columns;
    for (uint32_t i = 0; i < m->plan->update_count; i++) {
        const Vector *v = &input->columns[i];
        uint32_t c = (uint32_t)columns[i] - 1;
        nulls[c] = vector_is_null(v, input_row);
        values[c] = nulls[c] ? (Datum){.i64 = 0} : vector_at(v, input_row);
    }
}

/* The row has a newer version: *qualifies_out false if the statement has nothing to do with that, else
 * it is the row's old version, and values and nulls what UPDATE makes of it. */
static Status follow(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                     const RowView *latest, Datum *values, bool *nulls, bool *qualifies_out) {
    const Batch *again;
    TRY(recheck(m, t, input, row, latest, &again));
    *qualifies_out = again != NULL;
    if (again == NULL)
        return STATUS_OK;
    t->rows.views[row] = *latest;
    TRY(decode_old(m, t, latest, row));
    if (m->plan->command == COMMAND_DELETE)
        return STATUS_OK;
    apply_update(m, t, again, selection_row(again->selection, 0), row, values, nulls);
    for (uint32_t c = 0; c < t->writer->column_count; c++) /* the recheck's memory goes */
        if (!nulls[c])
            TRY(datum_copy(&m->node.batch_arena, t->writer->rel.desc->columns[c].phys, values[c],
                           &values[c]));
    return STATUS_OK;
}

static Status move_row(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row, bool emit);
static Status leaves_partition(Modify *m, ModifyTarget *t, const Batch *input, const Datum *values,
                               const bool *nulls, bool *leaves_out);

/* Writes one row of an UPDATE or DELETE, following newer versions. values: prepared new values.
 * *done_out: it was written, here. */
static Status write_row(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row, Datum *values,
                        bool *nulls, bool *done_out) {
    RowView *view = &t->rows.views[row], latest;
    RowWrite outcome;
    bool is_delete = m->plan->command == COMMAND_DELETE;
    *done_out = false;
    for (;;) {
        if (is_delete)
            TRY(writer_delete_row(t->writer, view, row_values(t, row), row_nulls(t, row), &t->arena,
                                  &latest, &outcome));
        else
            TRY(writer_update_row(t->writer, view, row_values(t, row), row_nulls(t, row), values,
                                  nulls, &t->arena, &latest, &outcome));
        *done_out = outcome == ROW_WRITTEN;
        if (outcome != ROW_UPDATED_BY_OTHER)
            return STATUS_OK;
        bool qualifies, leaves = false;
        TRY(follow(m, t, input, row, &latest, values, nulls, &qualifies));
        if (!qualifies)
            return STATUS_OK;
        if (is_delete)
            continue;
        if (t->writer->moves)
            TRY(leaves_partition(m, t, input, values, nulls, &leaves));
        m->moved_late = leaves;
        if (leaves)
            return move_row(m, t, input, row, m->plan->returning);
        TRY(prepare_one(m, t, input, values, nulls, view->rowid,
                        WITH_CHECK_BIT(CHECK_RLS_UPDATE) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    }
}

/* ---- UPDATE, DELETE ---- */

/* The target of an input row. */
static Status find_target(Modify *m, const Batch *input, uint32_t row, ModifyTarget **out) {
    if (m->plan->tableoid_column < 0) {
        *out = &m->targets[0];
        return STATUS_OK;
    }
    Oid oid = vector_at(&input->columns[m->plan->tableoid_column], row).u32;
    for (uint32_t i = 0; i < m->plan->relation_count; i++)
        if (m->targets[i].plan->relation == oid) {
            *out = &m->targets[i];
            return STATUS_OK;
        }
    return error(ERR_INTERNAL_ERROR, "relation %u is no target of the statement", oid);
}

/* Fetches the old versions of the selected rows; rows_out: those that are there. */
static Status fetch_old(Modify *m, ModifyTarget *t, const Batch *input, Selection sel,
                        uint16_t *rows_out, uint32_t *count_out) {
    const Vector *rowids = &input->columns[m->plan->rowid_column];
    uint32_t n = 0;
    SELECTION_FOREACH(sel, row) {
        bool found;
        if (vector_is_null(rowids, row))
            continue;
        t->rows.rowids[row] = vector_at(rowids, row).u64;
        TRY(table_fetch(m->node.exec->snapshot, t->writer->rel.table, t->rows.rowids[row],
                        &m->node.batch_arena, &t->rows.views[row], &found));
        if (!found)
            continue;
        t->rows.xmins[row] = t->rows.views[row].xmin;
        TRY(decode_old(m, t, &t->rows.views[row], row));
        rows_out[n++] = (uint16_t)row;
    }
    *count_out = n;
    return STATUS_OK;
}

/* Rows that leave their partition go from sel to moving (which has room for them). */
static Status take_moving(ModifyTarget *t, ProgContext *ctx, Selection *sel, Selection *moving) {
    uint16_t *stay = (uint16_t *)(uintptr_t)sel->rows, *go = (uint16_t *)(uintptr_t)moving->rows;
    uint32_t kept = 0;
    SELECTION_FOREACH(*sel, row) {
        Status s;
        bool inside = writer_in_partition(t->writer, ctx, row, &s);
        TRY(s);
        if (inside)
            stay[kept++] = (uint16_t)row;
        else
            go[moving->count++] = (uint16_t)row;
    }
    sel->count = kept;
    return STATUS_OK;
}

/* New rows of an UPDATE as a batch: old columns, then those set, generated, checked. */
static Status update_prepare(Modify *m, ModifyTarget *t, const Batch *input, Selection *sel,
                             Selection *moving, Status *failed) {
    TargetSystem system;
    uint32_t n = t->writer->column_count;
    SELECTION_FOREACH(*sel, row) {
        apply_update(m, t, input, row, row, t->rows.new_values + (size_t)row * n,
                     t->rows.new_nulls + (size_t)row * n);
    }
    uint32_t extent = selection_extent(*sel);
    /* Rows outside the selection hold nothing: mark them NULL so that no bytes are looked at. */
    uint8_t *wanted = arena_zalloc(&m->node.batch_arena, extent + 1);
    SELECTION_FOREACH(*sel, wanted_row)
        wanted[wanted_row] = 1;
    for (uint32_t row = 0; row < extent; row++)
        if (!wanted[row])
            memset(t->rows.new_nulls + (size_t)row * n, 1, n);
    rows_columns(m, t, t->rows.new_values, t->rows.new_nulls, extent, t->rows.registers,
                 t->rows.batch.columns);
    t->rows.batch.row_count = extent;
    ProgContext ctx = target_context(m, t, input, &t->rows.batch, &system);
    if (t->writer->moves)
        TRY(take_moving(t, &ctx, sel, moving));
    TRY(writer_with_checks(t->writer, &ctx, *sel, WITH_CHECK_BIT(CHECK_RLS_UPDATE)));
    TRY(writer_prepare(t->writer, &ctx, &t->rows.batch, sel, failed));
    Status s = writer_with_checks(t->writer, &ctx, *sel, WITH_CHECK_BIT(CHECK_VIEW_LOCAL));
    if (!status_ok(s)) {
        status_free(*failed);
        return s;
    }
    columns_rows(t, &t->rows.batch, *sel, t->rows.new_values, t->rows.new_nulls);
    return STATUS_OK;
}

static Status write_rows(Modify *m, ModifyTarget *t, const Batch *input, Selection sel,
                         uint16_t *done, uint32_t *count_out) {
    uint32_t n = t->writer->column_count, count = 0;
    SELECTION_FOREACH(sel, row) {
        bool written;
        TRY(write_row(m, t, input, row, t->rows.new_values + (size_t)row * n,
                      t->rows.new_nulls + (size_t)row * n, &written));
        if (written)
            done[count++] = (uint16_t)row;
        TRY(fiber_check_interrupt());
    }
    *count_out = count;
    return STATUS_OK;
}

/* The rows written: counted and returned. */
static Status emit_changed(Modify *m, ModifyTarget *t, const Batch *input, Selection done) {
    bool is_delete = m->plan->command == COMMAND_DELETE;
    count_rows(m, done.count);
    if (!m->plan->returning || done.count == 0) {
        emit_nothing(m, input->row_count);
        return STATUS_OK;
    }
    SELECTION_FOREACH(done, written) {
        if (!is_delete)
            t->rows.xmins[written] = txn_xid(m->node.exec->session->txn);
    }
    /* What was written may differ from what was prepared: rechecks. */
    const Datum *values = is_delete ? t->rows.old_values : t->rows.new_values;
    const bool *nulls = is_delete ? t->rows.old_nulls : t->rows.new_nulls;
    uint32_t extent = selection_extent(done), n = t->writer->column_count;
    uint8_t *wanted = arena_zalloc(&m->node.batch_arena, extent + 1);
    SELECTION_FOREACH(done, row)
        wanted[row] = 1;
    for (uint32_t row = 0; row < extent; row++)
        if (!wanted[row])
            memset((bool *)nulls + (size_t)row * n, 1, n);
    rows_columns(m, t, values, nulls, extent, t->rows.registers, t->rows.batch.columns);
    t->rows.batch.row_count = extent;
    return emit_returning(m, t, input, &t->rows.batch, done);
}

/* ---- UPDATE and DELETE with row triggers ---- */

static bool fires_change(const Modify *m, const ModifyTarget *t) {
    TriggerOp op = m->plan->command == COMMAND_DELETE ? TRIGGER_OP_DELETE : TRIGGER_OP_UPDATE;
    return t->before[op] || t->instead[op];
}

static TriggerRow old_trigger_row(ModifyTarget *t, uint32_t row, RowId rowid) {
    return (TriggerRow){row_values(t, row), row_nulls(t, row), rowid};
}

/* BEFORE UPDATE, where there are such: values and nulls are what shall be stored. */
static Status fire_update(Modify *m, ModifyTarget *t, uint32_t row, RowId rowid, Datum *values,
                          bool *nulls, bool *skip_out) {
    *skip_out = false;
    if (!t->before[TRIGGER_OP_UPDATE])
        return STATUS_OK;
    TriggerRow old_row = old_trigger_row(t, row, rowid), new_row = {values, nulls, rowid};
    return trigger_before_row(t->writer->triggers, TRIGGER_OP_UPDATE, &m->node.batch_arena,
                              &old_row, &new_row, skip_out);
}

static Status fire_delete(Modify *m, ModifyTarget *t, uint32_t row, RowId rowid, bool *skip_out) {
    *skip_out = false;
    if (!t->before[TRIGGER_OP_DELETE])
        return STATUS_OK;
    TriggerRow old_row = old_trigger_row(t, row, rowid);
    return trigger_before_row(t->writer->triggers, TRIGGER_OP_DELETE, &m->node.batch_arena,
                              &old_row, NULL, skip_out);
}

static Status modified_by_trigger(const char *what) {
    return status_hint(error(ERR_TRIGGERED_DATA_CHANGE_VIOLATION,
                             "tuple to be %s was already modified by an operation triggered by "
                             "the current command",
                             what),
                       "Consider using an AFTER trigger instead of a BEFORE trigger to propagate "
                       "changes to other rows.");
}

/* How an UPDATE locks a row before it knows the new values. */
static RowLockMode update_lock(const Modify *m, const ModifyTarget *t) {
    const PlanOnConflict *oc = m->plan->on_conflict;
    const int16_t *columns =
        t->plan->update_columns != NULL ? t->plan->update_columns : m->plan->update_columns;
    bool key = false;
    for (uint32_t i = 0; oc != NULL && i < oc->set_count; i++)
        key |= writer_key_has(t->writer, t->set[i].attno);
    for (uint32_t i = 0; i < m->plan->update_count; i++)
        key |= writer_key_has(t->writer, columns[i]);
    return key ? ROW_UPDATE : ROW_NO_KEY_UPDATE;
}

/* Nobody else may change the row while its triggers run. */
static Status lock_before(Modify *m, ModifyTarget *t, const RowView *view, bool is_delete,
                          RowView *latest, RowWrite *outcome) {
    Executor *exec = m->node.exec;
    return table_lock_row_to_write(
        exec->session->txn, exec->snapshot, t->writer->rel.table, view->rowid, view->version,
        is_delete ? ROW_UPDATE : update_lock(m, t), false, &m->node.batch_arena, latest, outcome);
}

/* The row locked as it is now, with the new values that the statement gives it. */
static Status hold_row(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row, Datum *values,
                       bool *nulls, bool *held_out) {
    bool is_delete = m->plan->command == COMMAND_DELETE;
    uint16_t one[1] = {(uint16_t)row}, found[1];
    uint32_t count;
    *held_out = false;
    TRY(fetch_old(m, t, input, (Selection){one, 1}, found, &count));
    if (count == 0)
        return STATUS_OK;
    if (!is_delete)
        apply_update(m, t, input, row, row, values, nulls);
    for (;;) {
        RowView *view = &t->rows.views[row], latest;
        RowWrite outcome;
        bool qualifies;
        TRY(lock_before(m, t, view, is_delete, &latest, &outcome));
        /* A statement over one table meets each row once: a trigger was there before. */
        if (outcome == ROW_SELF_MODIFIED && m->plan->mark_count == 0)
            return modified_by_trigger("updated");
        *held_out = outcome == ROW_WRITTEN;
        if (outcome != ROW_UPDATED_BY_OTHER)
            return STATUS_OK;
        TRY(follow(m, t, input, row, &latest, values, nulls, &qualifies));
        if (!qualifies)
            return STATUS_OK;
    }
}

static Status delete_fired(Modify *m, ModifyTarget *t, uint32_t row, bool *done_out) {
    RowView latest;
    RowWrite outcome;
    bool skip;
    TRY(fire_delete(m, t, row, t->rows.views[row].rowid, &skip));
    if (skip)
        return STATUS_OK;
    TRY(writer_delete_row(t->writer, &t->rows.views[row], row_values(t, row), row_nulls(t, row),
                          &t->arena, &latest, &outcome));
    *done_out = outcome == ROW_WRITTEN;
    return outcome == ROW_WRITTEN ? STATUS_OK : modified_by_trigger("deleted");
}

static Status update_fired(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                           Datum *values, bool *nulls, bool *done_out, bool *moved_out) {
    RowId rowid = t->rows.views[row].rowid;
    RowView latest;
    RowWrite outcome;
    bool skip;
    TRY(fire_update(m, t, row, rowid, values, nulls, &skip));
    if (skip)
        return STATUS_OK;
    if (t->writer->moves)
        TRY(leaves_partition(m, t, input, values, nulls, moved_out));
    if (*moved_out)
        return move_row(m, t, input, row, m->plan->returning);
    TRY(prepare_one(m, t, input, values, nulls, rowid,
                    WITH_CHECK_BIT(CHECK_RLS_UPDATE) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    TRY(writer_update_row(t->writer, &t->rows.views[row], row_values(t, row), row_nulls(t, row),
                          values, nulls, &t->arena, &latest, &outcome));
    *done_out = outcome == ROW_WRITTEN;
    return outcome == ROW_WRITTEN ? STATUS_OK : modified_by_trigger("updated");
}

/* INSTEAD OF: the view's row comes whole in a column of the input. */
static Status change_instead(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                             Datum *values, bool *nulls, bool *done_out) {
    bool is_delete = m->plan->command == COMMAND_DELETE, skip;
    uint32_t n = t->writer->column_count;
    RecordView record;
    const Vector *whole = &input->columns[m->plan->row_column];
    TRY(record_view(vector_at(whole, row).str, &record));
    for (uint32_t c = 0; c < n; c++) {
        bool is_null = c >= record.column_count || record_column_is_null(&record, c);
        row_nulls(t, row)[c] = is_null;
        row_values(t, row)[c] = is_null ? (Datum){.i64 = 0} : record_column(&record, c);
    }
    t->rows.rowids[row] = 0;
    t->rows.xmins[row] = 0;
    TriggerRow old_row = old_trigger_row(t, row, 0), new_row = {values, nulls, 0};
    if (!is_delete)
        apply_update(m, t, input, row, row, values, nulls);
    TRY(trigger_instead_of(t->writer->triggers, is_delete ? TRIGGER_OP_DELETE : TRIGGER_OP_UPDATE,
                           &m->node.batch_arena, &old_row, is_delete ? NULL : &new_row, &skip));
    *done_out = !skip;
    if (skip || is_delete)
        return STATUS_OK;
    Batch one = row_batch(m, t->writer, new_row.values, new_row.nulls);
    return check_view(m, t, input, &one);
}

static Status change_fired(Modify *m, ModifyTarget *t, const Batch *input, Selection sel) {
    bool is_delete = m->plan->command == COMMAND_DELETE;
    bool instead = t->instead[is_delete ? TRIGGER_OP_DELETE : TRIGGER_OP_UPDATE];
    uint16_t *done = arena_alloc(&m->node.batch_arena, sizeof(uint16_t) * (sel.count + 1u));
    uint32_t n = t->writer->column_count, count = 0;
    SELECTION_FOREACH(sel, row) {
        Datum *values = t->rows.new_values + (size_t)row * n;
        bool *nulls = t->rows.new_nulls + (size_t)row * n;
        bool held = false, written = false, moved = false;
        if (instead) {
            TRY(change_instead(m, t, input, row, values, nulls, &written));
        } else {
            TRY(hold_row(m, t, input, row, values, nulls, &held));
            if (held && is_delete)
                TRY(delete_fired(m, t, row, &written));
            else if (held)
                TRY(update_fired(m, t, input, row, values, nulls, &written, &moved));
            if (moved && m->plan->returning) /* the only row of its batch */
                return STATUS_OK;
        }
        if (written)
            done[count++] = (uint16_t)row;
        TRY(fiber_check_interrupt());
    }
    return emit_changed(m, t, input, (Selection){done, count});
}

/* Rows of one target among those of a batch. */
static Status change_rows(Modify *m, ModifyTarget *t, const Batch *input, Selection sel) {
    bool is_delete = m->plan->command == COMMAND_DELETE;
    uint16_t *rows = arena_alloc(&m->node.batch_arena, sizeof(uint16_t) * (sel.count + 1u));
    uint32_t count;
    Status failed = STATUS_OK;
    rows_reserve(m, t, MAX(input->row_count, 1u));
    arena_reset(&t->arena);
    writer_reset(t->writer);
    if (UNLIKELY(fires_change(m, t)))
        return change_fired(m, t, input, sel);
    TRY(fetch_old(m, t, input, sel, rows, &count));
    Selection present = {rows, count};
    Selection moving = {arena_alloc(&m->node.batch_arena, sizeof(uint16_t) * (sel.count + 1u)), 0};
    if (!is_delete && count > 0)
        TRY(update_prepare(m, t, input, &present, &moving, &failed));
    if (moving.count > 0 && m->plan->returning) /* one row at a time */
        return move_row(m, t, input, selection_row(moving, 0), true);
    SELECTION_FOREACH(moving, moving_row) {
        TRY(move_row(m, t, input, moving_row, false));
    }
    m->moved_late = false;
    Status s = write_rows(m, t, input, present, rows, &count);
    if (!status_ok(s)) {
        status_free(failed);
        return s;
    }
    TRY(failed);
    if (m->moved_late && m->plan->returning) /* the only row of its batch */
        return STATUS_OK;
    return emit_changed(m, t, input, (Selection){rows, count});
}

static Status change_batch(Modify *m, const Batch *input) {
    Selection sel = input->selection;
    if (m->plan->tableoid_column < 0)
        return change_rows(m, &m->targets[0], input, sel);
    /* The next run of rows with one target. */
    uint32_t from = m->pending, count = 0;
    ModifyTarget *t, *other;
    TRY(find_target(m, input, selection_row(sel, from), &t));
    for (; from + count < sel.count; count++) {
        TRY(find_target(m, input, selection_row(sel, from + count), &other));
        if (other != t || (count > 0 && t->writer->moves && m->plan->returning))
            break;
        m->rows[count] = (uint16_t)selection_row(sel, from + count);
    }
    m->pending = from + count;
    return change_rows(m, t, input, (Selection){m->rows, count});
}

/* ---- ON CONFLICT ---- */

static Status eval_set(ProgNode *const *nodes, const PlanColumnExpr *set, uint32_t count,
                       ProgContext *ctx, uint32_t row, Datum *values, bool *nulls) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t c = (uint32_t)set[i].attno - 1;
        Datum unused;
        bool unused_null;
        if (set[i].attno == 0)
            TRY(prog_eval_row(nodes[i], ctx, row, &unused, &unused_null));
        else
            TRY(prog_eval_row(nodes[i], ctx, row, &values[c], &nulls[c]));
    }
    return STATUS_OK;
}

/* A context in which SLOT_TARGET is one existing row (old values `row`). */
static ProgContext existing_context(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                                    TargetSystem *system) {
    Writer *w = t->writer;
    for (uint32_t c = 0; c < w->column_count; c++)
        m->existing.columns[c] = *register_constant(&m->existing_regs[c], &m->node.exec->arena,
                                                    w->rel.desc->columns[c].phys,
                                                    row_values(t, row)[c], row_nulls(t, row)[c]);
    ProgContext ctx = target_context(m, t, input, &m->existing, system);
    /* System columns of the one row, wherever its number says. */
    system->rowids = t->rows.rowids;
    return ctx;
}

/* The conflicting row is ours to update: *again_out where it slipped away. */
static Status conflict_lock(Modify *m, ModifyTarget *t, RowView *view, bool *again_out) {
    Executor *exec = m->node.exec;
    RowView latest;
    RowWrite outcome;
    *again_out = false;
    TRY(table_lock_row_to_write(exec->session->txn, exec->snapshot, t->writer->rel.table,
                                view->rowid, view->version, update_lock(m, t), true,
                                &m->node.batch_arena, &latest, &outcome));
    if (outcome == ROW_SELF_MODIFIED)
        return status_hint(
            error(ERR_CARDINALITY_VIOLATION,
                  "ON CONFLICT DO UPDATE command cannot affect row a second time"),
            "Ensure that no rows proposed for insertion within the same command have duplicate "
            "constrained values.");
    *again_out = outcome != ROW_WRITTEN;
    return STATUS_OK;
}

/* From REPEATABLE READ up the conflicting row must be one that the snapshot sees. */
static Status conflict_visible(Modify *m, ModifyTarget *t, const RowView *view) {
    Executor *exec = m->node.exec;
    RowView seen;
    bool found;
    if (txn_isolation(exec->session->txn) < ISOLATION_REPEATABLE_READ)
        return STATUS_OK;
    TRY(table_fetch(exec->snapshot, t->writer->rel.table, view->rowid, &m->node.batch_arena, &seen,
                    &found));
    bool own = view->xmin == txn_xid(exec->session->txn);
    if (!own && (!found || seen.version != view->version))
        return error(ERR_T_R_SERIALIZATION_FAILURE,
                     "could not serialize access due to concurrent update");
    return STATUS_OK;
}

static Status conflict_update(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                              RowView *view, bool *again_out, bool *done_out) {
    const PlanOnConflict *oc = m->plan->on_conflict;
    uint32_t n = t->writer->column_count;
    Datum *values = t->rows.new_values + (size_t)row * n;
    bool *nulls = t->rows.new_nulls + (size_t)row * n;
    TargetSystem system;
    RowView latest;
    RowWrite outcome;
    *done_out = false;
    TRY(conflict_lock(m, t, view, again_out));
    if (*again_out)
        return STATUS_OK;
    TRY(decode_old(m, t, view, row));
    t->rows.rowids[row] = view->rowid;
    ProgContext ctx = existing_context(m, t, input, row, &system);
    ctx.side[SLOT_EXCLUDED] = &m->excluded;
    uint16_t one[1] = {(uint16_t)row};
    TRY(writer_with_checks(t->writer, &ctx, (Selection){one, 1},
                           WITH_CHECK_BIT(CHECK_VIEW_CONFLICT)));
    for (uint32_t i = 0; i < oc->where.count; i++) {
        Datum truth;
        bool is_null;
        TRY(prog_eval_row(t->conflict_where[i], &ctx, row, &truth, &is_null));
        if (is_null || !truth.b)
            return STATUS_OK;
    }
    TRY(writer_with_checks(t->writer, &ctx, (Selection){one, 1},
                           WITH_CHECK_BIT(CHECK_RLS_CONFLICT_UPDATE)));
    memcpy(values, row_values(t, row), sizeof(Datum) * n);
    memcpy(nulls, row_nulls(t, row), n);
    TRY(eval_set(t->conflict_set, t->set, oc->set_count, &ctx, row, values, nulls));
    bool skip;
    TRY(fire_update(m, t, row, view->rowid, values, nulls, &skip));
    if (skip)
        return STATUS_OK;
    TRY(prepare_one(m, t, input, values, nulls, view->rowid,
                    WITH_CHECK_BIT(CHECK_RLS_UPDATE) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    TRY(writer_update_row(t->writer, view, row_values(t, row), row_nulls(t, row), values, nulls,
                          &t->arena, &latest, &outcome));
    *done_out = outcome == ROW_WRITTEN;
    *again_out = outcome == ROW_UPDATED_BY_OTHER;
    return STATUS_OK;
}

/* One row of INSERT .. ON CONFLICT. proposed: has the row to insert; views' checks are for what is
 * stored only. *stored_out: a row was inserted or updated. */
static Status upsert_row(Modify *m, ModifyTarget *t, const Batch *input, ProgContext *proposed,
                         uint32_t row, bool *stored_out) {
    uint32_t n = t->writer->column_count;
    Datum *values = t->rows.new_values + (size_t)row * n;
    bool *nulls = t->rows.new_nulls + (size_t)row * n;
    PlanStats *stats = m->node.stats;
    uint16_t one[1] = {(uint16_t)row};
    *stored_out = false;
    for (;;) {
        RowView view;
        bool conflict, again = false;
        TRY(fiber_check_interrupt());
        TRY(writer_find_conflict(t->writer, values, nulls, &m->node.batch_arena, &view, &conflict));
        if (!conflict) {
            TRY(writer_with_checks(t->writer, proposed, (Selection){one, 1},
                                   WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
            TRY(writer_insert_row(t->writer, values, nulls, &t->rows.rowids[row], &conflict));
            *stored_out = !conflict;
            if (!conflict)
                return STATUS_OK;
            continue; /* somebody was faster: look who */
        }
        if (stats != NULL)
            stats->conflicts += 1;
        TRY(conflict_visible(m, t, &view));
        if (!m->plan->on_conflict->update)
            return STATUS_OK;
        TRY(conflict_update(m, t, input, row, &view, &again, stored_out));
        if (!again)
            return STATUS_OK;
    }
}

static Status upsert_rows(Modify *m, ModifyTarget *t, const Batch *input, Batch target) {
    Status failed;
    TargetSystem system;
    uint32_t count = 0;
    arena_reset(&t->arena);
    writer_reset(t->writer);
    ProgContext ctx = target_context(m, t, input, &target, &system);
    Selection sel = target.selection;
    TRY(writer_prepare(t->writer, &ctx, &target, &sel, &failed));
    Status s = writer_with_checks(t->writer, &ctx, sel, WITH_CHECK_BIT(CHECK_RLS_INSERT));
    columns_rows(t, &target, sel, t->rows.new_values, t->rows.new_nulls);
    m->excluded = m->router != NULL ? m->routed : target;
    m->excluded.columns = arena_memdup(&m->node.batch_arena, m->excluded.columns,
                                       sizeof(Vector) * (m->excluded.column_count + 1));
    uint16_t *rows = arena_alloc(&m->node.batch_arena, sizeof(uint16_t) * (sel.count + 1u));
    for (uint32_t i = 0; i < sel.count && status_ok(s); i++) {
        uint32_t row = selection_row(sel, i);
        bool stored;
        s = upsert_row(m, t, input, &ctx, row, &stored);
        if (status_ok(s) && stored) {
            t->rows.xmins[row] = txn_xid(m->node.exec->session->txn);
            rows[count++] = (uint16_t)row;
        }
    }
    if (!status_ok(s)) {
        status_free(failed);
        return s;
    }
    TRY(failed);
    count_rows(m, count);
    if (!m->plan->returning || count == 0) {
        emit_nothing(m, input->row_count);
        return STATUS_OK;
    }
    Selection done = {rows, count};
    uint32_t extent = selection_extent(done), n = t->writer->column_count;
    uint8_t *wanted = arena_zalloc(&m->node.batch_arena, extent + 1);
    SELECTION_FOREACH(done, row_done)
        wanted[row_done] = 1;
    for (uint32_t row = 0; row < extent; row++)
        if (!wanted[row])
            memset(t->rows.new_nulls + (size_t)row * n, 1, n);
    rows_columns(m, t, t->rows.new_values, t->rows.new_nulls, extent, t->rows.registers,
                 t->rows.batch.columns);
    t->rows.batch.row_count = extent;
    return emit_returning(m, t, input, &t->rows.batch, done);
}

static Status upsert_batch(Modify *m, const Batch *input) {
    Batch target;
    if (m->router != NULL)
        return insert_routed(m, input);
    TRY(insert_target_batch(m, input, &target));
    if (m->by_row)
        take_one(m, &target);
    return modify_fires_insert(&m->targets[0]) ? insert_fired(m, &m->targets[0], input, &target)
                                               : upsert_rows(m, &m->targets[0], input, target);
}

/* ---- partitioned tables ---- */

/* The partition as a target of the statement: expressions over its own columns. */
static Status route_target(Modify *m, RouteLeaf *leaf, ModifyTarget **out) {
    Executor *exec = m->node.exec;
    const PlanResultRelation *root = &m->plan->relations[m->plan->insert_target];
    *out = leaf->owner;
    if (*out != NULL)
        return STATUS_OK;
    ModifyTarget *t = arena_new(&exec->arena, ModifyTarget);
    PlanResultRelation *plan = arena_new(&exec->arena, PlanResultRelation);
    TRY(route_plan(m->router, leaf, root, plan));
    const Plan *node = m->node.plan;
    plan->returning = arena_array(&exec->arena, Expr *, node->target_count + 1);
    for (uint32_t i = 0; m->plan->returning && i < node->target_count; i++)
        plan->returning[i] =
            route_expr(&exec->arena, leaf, router_root(m->router), node->targets[i].expr);
    t->next = m->partitions;
    m->partitions = t;
    TRY(modify_target_init(m, exec, t, plan, leaf));
    leaf->owner = *out = t;
    return STATUS_OK;
}

/* The next rows that go to one partition: all of them, or (in_order) the next run. */
static Selection next_group(Modify *m, bool in_order, RouteLeaf **leaf_out) {
    Selection sel = m->routed.selection;
    uint32_t count = 0;
    *leaf_out = NULL;
    for (; m->pending < sel.count; m->pending++) {
        uint32_t row = selection_row(sel, m->pending);
        if (m->leaves[row] != NULL && *leaf_out == NULL)
            *leaf_out = m->leaves[row];
        else if (m->leaves[row] != *leaf_out && in_order)
            break;
        if (in_order && count > 0 && (*leaf_out)->rel.desc->trigger_count > 0)
            break;
        if (*leaf_out != NULL && m->leaves[row] == *leaf_out) {
            m->leaves[row] = NULL;
            m->rows[count++] = (uint16_t)row;
        }
    }
    if (!in_order)
        m->pending = *leaf_out == NULL ? sel.count : 0;
    return (Selection){m->rows, count};
}

static Status insert_group(Modify *m, RouteLeaf *leaf, const Batch *input, Selection sel) {
    ModifyTarget *t;
    TRY(route_target(m, leaf, &t));
    rows_reserve(m, t, MAX(input->row_count, 1u));
    writer_reset(t->writer);
    Batch target = t->rows.batch;
    router_convert(m->router, leaf, &m->routed, &target);
    target.selection = sel;
    if (modify_fires_insert(t))
        return insert_fired(m, t, input, &target);
    return m->plan->on_conflict != NULL ? upsert_rows(m, t, input, target)
                                        : insert_stored(m, t, input, &target);
}

static Status insert_routed(Modify *m, const Batch *input) {
    RouteLeaf *leaf;
    if (m->pending == 0) {
        TRY(insert_target_batch(m, input, &m->routed));
        TRY(router_route(m->router, &m->routed, m->routed.selection, m->leaves));
    }
    do {
        Selection sel = next_group(m, m->plan->returning || m->named != NULL, &leaf);
        if (leaf == NULL) {
            emit_nothing(m, input->row_count);
            m->pending = m->routed.selection.count;
            return STATUS_OK;
        }
        TRY(insert_group(m, leaf, input, sel));
    } while (!m->plan->returning);
    return STATUS_OK;
}

/* BEFORE INSERT over one row, changed in place. */
static Status fire_insert_row(Modify *m, ModifyTarget *t, Datum *values, bool *nulls,
                              bool *skip_out) {
    TriggerRow new_row = {values, nulls, 0};
    *skip_out = false;
    if (!t->before[TRIGGER_OP_INSERT])
        return STATUS_OK;
    return trigger_before_row(t->writer->triggers, TRIGGER_OP_INSERT, &m->node.batch_arena, NULL,
                              &new_row, skip_out);
}

/* One row, given as the named table has it. *skip_out: a trigger would not have it stored. */
static Status insert_one_routed(Modify *m, const Batch *input, Datum *values, bool *nulls,
                                WithCheckKind kind, bool emit, bool *skip_out) {
    const RelationDesc *root = router_root(m->router);
    Arena *arena = &m->node.batch_arena;
    Register *regs = arena_array(arena, Register, root->column_count + 1u);
    Batch one = {.column_count = root->column_count,
                 .row_count = 1,
                 .selection = selection_all(1),
                 .columns = arena_array(arena, Vector, root->column_count + 1u)};
    RouteLeaf *leaf;
    ModifyTarget *t;
    RowId rowid;
    for (uint16_t c = 0; c < root->column_count; c++)
        one.columns[c] =
            *register_constant(&regs[c], arena, root->columns[c].phys, values[c], nulls[c]);
    TRY(router_route(m->router, &one, one.selection, &leaf));
    TRY(route_target(m, leaf, &t));
    rows_reserve(m, t, 1);
    uint32_t n = t->writer->column_count;
    Datum *own = arena_array(arena, Datum, n + 1);
    bool *own_nulls = arena_array(arena, bool, n + 1);
    for (uint32_t c = 0; c < n; c++) {
        int16_t from = leaf->from_root[c];
        own_nulls[c] = from == 0 || nulls[from - 1];
        own[c] = own_nulls[c] ? (Datum){.i64 = 0} : values[from - 1];
    }
    TRY(fire_insert_row(m, t, own, own_nulls, skip_out));
    if (*skip_out)
        return modify_end_move(m, t, NULL, NULL);
    TRY(prepare_one(m, t, input, own, own_nulls, 0,
                    WITH_CHECK_BIT(kind) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    trigger_set_moving(t->writer->triggers, kind == CHECK_RLS_UPDATE);
    Status s = writer_insert_row(t->writer, own, own_nulls, &rowid, NULL);
    trigger_set_moving(t->writer->triggers, false);
    TRY(s);
    TRY(modify_end_move(m, t, own, own_nulls));
    if (kind == CHECK_RLS_UPDATE && m->plan->command != COMMAND_MERGE)
        count_rows(m, 1);
    if (!emit)
        return STATUS_OK;
    t->rows.rowids[0] = rowid;
    t->rows.xmins[0] = txn_xid(m->node.exec->session->txn);
    rows_columns(m, t, own, own_nulls, 1, t->rows.registers, t->rows.batch.columns);
    t->rows.batch.row_count = 1;
    return emit_returning(m, t, input, &t->rows.batch, selection_all(1));
}

static void set_moving(ModifyTarget *t, bool moving) {
    trigger_set_moving(t->writer->triggers, moving);
    fk_target_moving(t->writer->fks, moving);
    t->writer->moving = moving;
}

/* The row leaves its partition, deleted as it is now. */
static Status delete_moving(Modify *m, ModifyTarget *t, uint32_t row, bool *skip_out,
                            RowView *latest, RowWrite *outcome) {
    const RowView *view = &t->rows.views[row];
    *outcome = ROW_WRITTEN;
    *skip_out = false;
    if (t->before[TRIGGER_OP_DELETE])
        TRY(lock_before(m, t, view, true, latest, outcome));
    if (*outcome != ROW_WRITTEN)
        return STATUS_OK;
    TRY(fire_delete(m, t, row, view->rowid, skip_out));
    if (*skip_out)
        return STATUS_OK;
    TRY(modify_begin_move(m, t, row_values(t, row), row_nulls(t, row)));
    set_moving(t, true);
    Status s = writer_delete_row(t->writer, view, row_values(t, row), row_nulls(t, row), &t->arena,
                                 latest, outcome);
    set_moving(t, false);
    if (!status_ok(s) || *outcome != ROW_WRITTEN)
        m->moved_values = NULL;
    return s;
}

/* A newer version of a row that was to move stays where it is. */
static Status stay(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row, Datum *values,
                   bool *nulls) {
    uint16_t one[1] = {(uint16_t)row};
    bool done;
    TRY(prepare_one(m, t, input, values, nulls, t->rows.views[row].rowid,
                    WITH_CHECK_BIT(CHECK_RLS_UPDATE) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    TRY(write_row(m, t, input, row, values, nulls, &done));
    return done ? emit_changed(m, t, input, (Selection){one, 1}) : STATUS_OK;
}

/* An updated row that belongs to another partition now: deleted here, inserted there. */
static Status move_row(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row, bool emit) {
    uint32_t n = t->writer->column_count;
    Datum *values = t->rows.new_values + (size_t)row * n;
    bool *nulls = t->rows.new_nulls + (size_t)row * n;
    RowView latest;
    RowWrite outcome;
    bool skip;
    if (emit)
        emit_nothing(m, input->row_count);
    for (;;) {
        bool qualifies, leaves;
        TRY(delete_moving(m, t, row, &skip, &latest, &outcome));
        if (skip)
            return STATUS_OK;
        if (outcome != ROW_UPDATED_BY_OTHER)
            break;
        TRY(follow(m, t, input, row, &latest, values, nulls, &qualifies));
        if (!qualifies)
            return STATUS_OK;
        TRY(leaves_partition(m, t, input, values, nulls, &leaves));
        if (!leaves)
            return stay(m, t, input, row, values, nulls);
    }
    if (outcome != ROW_WRITTEN)
        return STATUS_OK;
    TRY(modify_root_row(m, t, values, nulls, &values, &nulls));
    return insert_one_routed(m, input, values, nulls, CHECK_RLS_UPDATE, emit, &skip);
}

static Status leaves_partition(Modify *m, ModifyTarget *t, const Batch *input, const Datum *values,
                               const bool *nulls, bool *leaves_out) {
    uint32_t n = t->writer->column_count;
    Register *regs = arena_array(&m->node.batch_arena, Register, n + 1);
    Batch one = {.column_count = n,
                 .row_count = 1,
                 .selection = selection_all(1),
                 .columns = arena_array(&m->node.batch_arena, Vector, n + 1)};
    TargetSystem system;
    Status s;
    for (uint32_t c = 0; c < n; c++)
        one.columns[c] =
            *register_constant(&regs[c], &m->node.batch_arena, t->writer->rel.desc->columns[c].phys,
                               values[c], nulls[c]);
    ProgContext ctx = target_context(m, t, input, &one, &system);
    *leaves_out = !writer_in_partition(t->writer, &ctx, 0, &s);
    return s;
}

/* MERGE's form of moving. */
static Status merge_moves(Modify *m, ModifyTarget *t, const Batch *input, uint32_t row,
                          Datum *values, bool *nulls, const RowView *view, RowView *latest,
                          RowWrite *outcome, bool *moved_out) {
    bool skip;
    TRY(leaves_partition(m, t, input, values, nulls, moved_out));
    if (!*moved_out)
        return STATUS_OK;
    TRY(fire_delete(m, t, row, view->rowid, &skip));
    *outcome = ROW_WOULD_BLOCK;
    if (skip)
        return STATUS_OK;
    TRY(modify_begin_move(m, t, row_values(t, row), row_nulls(t, row)));
    set_moving(t, true);
    Status s = writer_delete_row(t->writer, view, row_values(t, row), row_nulls(t, row), &t->arena,
                                 latest, outcome);
    set_moving(t, false);
    TRY(s);
    if (*outcome != ROW_WRITTEN) {
        m->moved_values = NULL;
        return STATUS_OK;
    }
    TRY(modify_root_row(m, t, values, nulls, &values, &nulls));
    TRY(insert_one_routed(m, input, values, nulls, CHECK_RLS_UPDATE, false, &skip));
    if (skip)
        *outcome = ROW_WOULD_BLOCK;
    return STATUS_OK;
}

/* ---- MERGE ---- */

static Status action_applies(Modify *m, const MergeActionState *a, ProgContext *ctx, uint32_t row,
                             bool *applies_out) {
    *applies_out = true;
    for (uint32_t i = 0; i < a->plan->condition.count && *applies_out; i++) {
        Datum truth;
        bool is_null;
        TRY(prog_eval_row(a->condition[i], ctx, row, &truth, &is_null));
        *applies_out = !is_null && truth.b;
    }
    return STATUS_OK;
}

static Status merge_not_matched(Modify *m, const Batch *input, uint32_t row, bool *done_out) {
    ModifyTarget *t = &m->targets[m->plan->insert_target];
    uint32_t n = t->writer->column_count;
    Datum *values = arena_array(&m->node.batch_arena, Datum, n + 1);
    bool *nulls = arena_array(&m->node.batch_arena, bool, n + 1);
    ProgContext ctx = node_context(&m->node, input, NULL);
    for (uint32_t i = 0; i < m->plan->merge_action_count; i++) {
        MergeActionState *a = &t->actions[i];
        bool applies, skip;
        RowId rowid;
        if (a->plan->matched)
            continue;
        TRY(action_applies(m, a, &ctx, row, &applies));
        if (!applies)
            continue;
        if (a->plan->command != COMMAND_INSERT)
            return STATUS_OK;
        memset(nulls, 1, n);
        TRY(eval_set(a->set, a->plan->set, a->plan->set_count, &ctx, row, values, nulls));
        if (m->router != NULL) {
            TRY(insert_one_routed(m, input, values, nulls, CHECK_RLS_INSERT, false, &skip));
            *done_out = !skip;
            if (m->node.stats != NULL && !skip)
                m->node.stats->inserted += 1;
            return STATUS_OK;
        }
        TRY(fire_insert_row(m, t, values, nulls, &skip));
        if (skip)
            return STATUS_OK;
        TRY(prepare_one(m, t, input, values, nulls, 0,
                        WITH_CHECK_BIT(CHECK_RLS_INSERT) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
        *done_out = true;
        if (m->node.stats != NULL)
            m->node.stats->inserted += 1;
        return writer_insert_row(t->writer, values, nulls, &rowid, NULL);
    }
    return STATUS_OK;
}

/* Applies one action to the existing row (old values at `row`). */
static Status merge_apply(Modify *m, ModifyTarget *t, const MergeActionState *a, const Batch *input,
                          ProgContext *ctx, uint32_t row, const RowView *view, RowView *latest,
                          RowWrite *outcome) {
    uint32_t n = t->writer->column_count;
    uint16_t one[1] = {(uint16_t)row};
    bool skip;
    bool is_delete = a->plan->command == COMMAND_DELETE;
    if (t->before[is_delete ? TRIGGER_OP_DELETE : TRIGGER_OP_UPDATE]) {
        TRY(lock_before(m, t, view, is_delete, latest, outcome));
        if (*outcome != ROW_WRITTEN)
            return STATUS_OK;
    }
    if (is_delete) {
        TRY(writer_with_checks(t->writer, ctx, (Selection){one, 1},
                               WITH_CHECK_BIT(CHECK_RLS_MERGE_DELETE)));
        TRY(fire_delete(m, t, row, view->rowid, &skip));
        if (skip) {
            *outcome = ROW_WOULD_BLOCK;
            return STATUS_OK;
        }
        return writer_delete_row(t->writer, view, row_values(t, row), row_nulls(t, row), &t->arena,
                                 latest, outcome);
    }
    Datum *values = arena_memdup(&m->node.batch_arena, row_values(t, row), sizeof(Datum) * n);
    bool *nulls = arena_memdup(&m->node.batch_arena, row_nulls(t, row), n);
    TRY(writer_with_checks(t->writer, ctx, (Selection){one, 1},
                           WITH_CHECK_BIT(CHECK_RLS_MERGE_UPDATE)));
    TRY(eval_set(a->set, a->plan->set, a->plan->set_count, ctx, row, values, nulls));
    TRY(fire_update(m, t, row, view->rowid, values, nulls, &skip));
    if (skip) {
        *outcome = ROW_WOULD_BLOCK;
        return STATUS_OK;
    }
    if (t->writer->moves) {
        bool moved;
        TRY(merge_moves(m, t, input, row, values, nulls, view, latest, outcome, &moved));
        if (moved)
            return STATUS_OK;
    }
    TRY(prepare_one(m, t, input, values, nulls, view->rowid,
                    WITH_CHECK_BIT(CHECK_RLS_UPDATE) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL)));
    return writer_update_row(t->writer, view, row_values(t, row), row_nulls(t, row), values, nulls,
                             &t->arena, latest, outcome);
}

static Status merge_matched(Modify *m, const Batch *input, uint32_t row, bool *done_out) {
    ModifyTarget *t;
    RowView view, latest;
    bool found;
    TRY(find_target(m, input, row, &t));
    rows_reserve(m, t, MAX(input->row_count, 1u));
    t->rows.rowids[row] = vector_at(&input->columns[m->plan->rowid_column], row).u64;
    TRY(table_fetch(m->node.exec->snapshot, t->writer->rel.table, t->rows.rowids[row],
                    &m->node.batch_arena, &view, &found));
    if (!found)
        return STATUS_OK;
    for (;;) {
        const MergeActionState *chosen = NULL;
        TargetSystem system;
        RowWrite outcome;
        TRY(decode_old(m, t, &view, row));
        ProgContext ctx = existing_context(m, t, input, row, &system);
        for (uint32_t i = 0; i < m->plan->merge_action_count && chosen == NULL; i++) {
            bool applies = false;
            if (t->actions[i].plan->matched)
                TRY(action_applies(m, &t->actions[i], &ctx, row, &applies));
            if (applies)
                chosen = &t->actions[i];
        }
        if (chosen == NULL || chosen->plan->command == COMMAND_UTILITY)
            return STATUS_OK;
        bool fired = t->before[chosen->plan->command == COMMAND_DELETE ? TRIGGER_OP_DELETE
                                                                       : TRIGGER_OP_UPDATE];
        TRY(merge_apply(m, t, chosen, input, &ctx, row, &view, &latest, &outcome));
        if (outcome == ROW_WOULD_BLOCK) /* its triggers would have it left alone */
            return STATUS_OK;
        if (outcome == ROW_SELF_MODIFIED && fired)
            return modified_by_trigger("updated or deleted");
        if (outcome == ROW_SELF_MODIFIED)
            return self_modified_merge();
        if (outcome == ROW_WRITTEN) {
            *done_out = true;
            if (m->node.stats != NULL && chosen->plan->command == COMMAND_UPDATE)
                m->node.stats->updated += 1;
            else if (m->node.stats != NULL)
                m->node.stats->deleted += 1;
            return STATUS_OK;
        }
        if (outcome != ROW_UPDATED_BY_OTHER)
            return merge_not_matched(m, input, row, done_out);
        const Batch *again;
        TRY(recheck(m, t, input, row, &latest, &again));
        if (again == NULL || vector_is_null(&again->columns[m->plan->rowid_column],
                                            selection_row(again->selection, 0)))
            return merge_not_matched(m, input, row, done_out);
        view = latest;
    }
}

static Status merge_batch(Modify *m, const Batch *input) {
    const Vector *rowids = &input->columns[m->plan->rowid_column];
    for (uint32_t i = 0; i < m->plan->relation_count; i++) {
        arena_reset(&m->targets[i].arena);
        writer_reset(m->targets[i].writer);
    }
    SELECTION_FOREACH(input->selection, row) {
        bool done = false;
        if (vector_is_null(rowids, row))
            TRY(merge_not_matched(m, input, row, &done));
        else
            TRY(merge_matched(m, input, row, &done));
        count_rows(m, done);
        TRY(fiber_check_interrupt());
    }
    emit_nothing(m, input->row_count);
    return STATUS_OK;
}

/* ---- the node ---- */

static Status modify_batch(Modify *m, const Batch *input) {
    switch (m->plan->command) {
    case COMMAND_INSERT:
        return m->plan->on_conflict != NULL ? upsert_batch(m, input) : insert_batch(m, input);
    case COMMAND_MERGE:
        return merge_batch(m, input);
    default:
        return change_batch(m, input);
    }
}

/* Statement triggers of the operations that the statement may do, in order or backwards. */
static Status fire_statement(Modify *m, bool before) {
    static const CommandKind kinds[] = {COMMAND_INSERT, COMMAND_UPDATE, COMMAND_DELETE};
    static const TriggerOp ops[] = {TRIGGER_OP_INSERT, TRIGGER_OP_UPDATE, TRIGGER_OP_DELETE};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t at = before ? i : 2 - i;
        bool does = m->plan->command == kinds[at] ||
                    (kinds[at] == COMMAND_UPDATE && m->plan->on_conflict != NULL &&
                     m->plan->on_conflict->update);
        for (uint32_t a = 0; a < m->plan->merge_action_count && !does; a++)
            does = m->plan->merge_actions[a].command == kinds[at];
        if (does)
            TRY(before ? trigger_before_statement(m->named, ops[at])
                       : trigger_after_statement(m->named, ops[at]));
    }
    return STATUS_OK;
}

static Status modify_end(Modify *m) {
    bool ended = m->ended;
    m->node.row.row_count = 0;
    m->node.row.selection = selection_all(0);
    m->ended = true;
    return ended ? STATUS_OK : fire_statement(m, false);
}

static Status modify_produce(Node *node) {
    Modify *m = (Modify *)node;
    bool several = m->plan->command == COMMAND_INSERT
                       ? (m->router != NULL || m->by_row) && m->plan->returning
                       : m->plan->tableoid_column >= 0 && m->plan->command != COMMAND_MERGE;
    if (several && m->input != NULL && m->pending < m->input->selection.count)
        return modify_batch(m, m->input);
    if (!m->began && node->exec->epq == NULL)
        TRY(fire_statement(m, true));
    m->began = true;
    TRY(node_next(node->left, &m->input));
    m->pending = 0;
    if (m->input == NULL)
        return modify_end(m);
    if (m->plan->command == COMMAND_INSERT && m->plan->on_conflict == NULL && m->router == NULL)
        writer_reset(m->targets[0].writer);
    return modify_batch(m, m->input);
}

static Status modify_rescan(Node *node, const Rescan *rescan) {
    Modify *m = (Modify *)node;
    m->input = NULL;
    m->pending = 0;
    return node_rescan(node->left, rescan);
}

static void free_triggers(Modify *m, ModifyTarget *t) {
    if (t->writer != NULL && t->writer->triggers != m->named)
        trigger_set_free(t->writer->triggers);
}

static void modify_close(Node *node) {
    Modify *m = (Modify *)node;
    for (uint32_t i = 0; m->targets != NULL && i < m->plan->relation_count; i++) {
        free_triggers(m, &m->targets[i]);
        writer_free(m->targets[i].writer);
        if (m->targets[i].plan != NULL)
            arena_destroy(&m->targets[i].arena);
    }
    fk_target_free(m->root_fks);
    router_free(m->router);
    trigger_set_free(m->named);
    for (ModifyTarget *t = m->partitions; t != NULL; t = t->next) {
        free_triggers(m, t);
        writer_free(t->writer);
        arena_destroy(&t->arena);
    }
    epq_free(m->epq);
}

static Status modify_init(Modify *m, Executor *exec) {
    const Plan *plan = m->node.plan;
    m->targets = arena_array(&exec->arena, ModifyTarget, m->plan->relation_count + 1);
    if (m->plan->root != 0 && m->plan->command != COMMAND_DELETE) {
        TRY(router_make(exec, m->plan->root, &m->router));
        m->leaves = arena_alloc(&exec->arena, sizeof(RouteLeaf *) * BATCH_ROWS);
    }
    TRY(modify_named_triggers(m, exec));
    for (uint32_t i = 0; i < m->plan->relation_count; i++)
        TRY(modify_target_init(m, exec, &m->targets[i], &m->plan->relations[i], NULL));
    uint32_t columns = m->targets[0].writer->column_count;
    for (uint32_t i = 1; i < m->plan->relation_count; i++)
        columns = MAX(columns, m->targets[i].writer->column_count);
    m->existing_regs = arena_array(&exec->arena, Register, columns + 1);
    m->existing = (Batch){.column_count = columns,
                          .row_count = 1,
                          .selection = selection_all(1),
                          .columns = arena_array(&exec->arena, Vector, columns + 1)};
    m->default_regs = arena_array(&exec->arena, Register, columns + 1);
    m->rows = arena_alloc(&exec->arena, sizeof(uint16_t) * BATCH_ROWS);
    m->insert_columns = arena_array(&exec->arena, uint32_t, plan->left->target_count + 1);
    for (uint32_t i = 0; i < plan->left->target_count; i++)
        if (!plan->left->targets[i].junk && m->insert_count < columns)
            m->insert_columns[m->insert_count++] = i;
    node_row_shape(&m->node, plan->target_count);
    return STATUS_OK;
}

Status modify_build(Executor *exec, const Plan *plan, Node **node_out) {
    Modify *m;
    TRY(node_init(exec, plan, sizeof(*m), modify_produce, modify_rescan, &m));
    m->plan = (const PlanModify *)plan;
    m->node.close = modify_close;
    TRY(modify_init(m, exec));
    *node_out = &m->node;
    return STATUS_OK;
}
