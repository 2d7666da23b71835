/*
 * exec.c: the life of a running plan: start, pull, finish, end; its relations, types and parameters.
 */
#include "executor/fk.h"
#include "executor/parallel.h"
#include "executor/program.h"
#include "executor/row_table.h"
#include "executor/trigger.h"
#include "executor/utility.h"

#include "base/array.h"
#include "types/array_ops.h"

/* ---- start ---- */

static void exec_init(Executor *exec, Session *session) {
    memset(exec, 0, sizeof(*exec));
    exec->session = session;
    mem_account_init(&exec->account, &session->account, "statement", SIZE_MAX);
    arena_init(&exec->arena, &exec->account);
    arena_init(&exec->returned_arena, &exec->account);
    exec->env = session->env;
    exec->env.statement_arena = &exec->arena;
    exec->env.catalog = session->catalog;
    exec->env.txn = session->txn;
    exec->env.session = session;
    exec->work_mem = session->settings.work_mem_bytes != 0 ? session->settings.work_mem_bytes
                                                           : 4u * 1024u * 1024u;
}

static Status exec_prepare(Executor *exec, const PlannedStatement *statement) {
    exec->statement = statement;
    exec->exec_params = arena_array(&exec->arena, ExecParam, statement->exec_param_count + 1);
    for (uint32_t i = 0; i < statement->exec_param_count; i++) {
        if (statement->exec_param_types[i] == 0)
            continue;
        TRY(exec_type(exec, statement->exec_param_types[i], &exec->exec_params[i].info));
        exec->exec_params[i].phys = exec->exec_params[i].info->phys;
    }
    exec->subplans = arena_array(&exec->arena, Node *, statement->subplan_count + 1);
    exec->ctes = arena_array(&exec->arena, CteState, statement->subplan_count + 1);
    exec->unions = arena_array(&exec->arena, struct UnionState *, statement->union_count + 1);
    exec->relations = arena_array(&exec->arena, RelState, statement->range_count + 1);
    if (exec->flags & (EXEC_INSTRUMENT | EXEC_INSTRUMENT_TIMING))
        exec->stats = arena_array(&exec->arena, PlanStats, statement->node_count + 1);
    return STATUS_OK;
}

static void exec_result_shape(Executor *exec) {
    const Plan *plan = exec->statement->plan;
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->target_count; i++)
        count += !plan->targets[i].junk;
    exec->result.columns = arena_array(&exec->arena, Vector, count + 1);
    exec->result.column_count = exec->statement->column_count == 0 ? 0 : count;
}

static Status exec_begin(Executor *exec, const PlannedStatement *statement,
                         const ExecOptions *options) {
    Session *session = exec->session;
    exec->flags = options->flags;
    exec->params = options->params;
    exec->param_nulls = options->param_nulls;
    exec->events_to = options->events_to;
    exec->others = options->others;
    exec->snapshot = options->snapshot;
    if (exec->snapshot == NULL) {
        TRY(txn_snapshot(session->txn, &exec->snapshot));
        exec->own_snapshot = true;
    }
    exec->env.snapshot = exec->snapshot;
    TRY(exec_prepare(exec, statement));
    exec_result_shape(exec);
    return node_build(exec, statement->plan, &exec->root);
}

/* A rule's NOTIFY. */
static Status exec_run_utility(Session *session, const PlannedStatement *statement) {
    Arena arena;
    arena_init(&arena, &session->account);
    AstRawStatement *raw = AST_NEW(&arena, AstRawStatement, AST_RAW_STATEMENT, -1);
    raw->statement = statement->utility;
    UtilityCall call = {.session = session, .raw = raw, .text = "", .arena = &arena};
    Status s = utility_execute(&call);
    arena_destroy(&arena);
    return s;
}

/* Other statements that rules made of this one, each to its end, seeing what came before. */
static Status exec_run_others(Session *session, PlannedStatement *const *others, uint32_t count,
                              const ExecOptions *like) {
    ExecOptions options = {.params = like->params, .param_nulls = like->param_nulls};
    for (uint32_t i = 0; i < count; i++)
        if (others[i]->command == COMMAND_UTILITY)
            TRY(exec_run_utility(session, others[i]));
        else if (like->others != NULL && others[i]->command == COMMAND_SELECT)
            TRY(like->others->run(like->others, others[i], &options));
        else
            TRY(executor_run(session, others[i], &options, NULL, NULL));
    return STATUS_OK;
}

Status executor_start(Session *session, const PlannedStatement *statement,
                      const ExecOptions *options, Executor **executor_out) {
    static const ExecOptions no_options;
    *executor_out = NULL;
    if (options == NULL)
        options = &no_options;
    check(statement->plan != NULL);
    if (!(options->flags & EXEC_SKIP_PERMISSIONS))
        TRY(exec_check_permissions(session, statement));
    TRY(exec_check_read_only(session, statement, options->flags));
    if (options->allowed != NULL)
        options->allowed(options->allowed_arg);
    ExecOptions fresh = *options;
    if (statement->before_count > 0) {
        TRY(exec_run_others(session, statement->before, statement->before_count, options));
        fresh.snapshot = NULL;
        options = &fresh;
    }
    Executor *exec = mem_alloc(&session->account, sizeof(*exec));
    exec_init(exec, session);
    Status s = exec_begin(exec, statement, options);
    if (!status_ok(s)) {
        executor_end(exec);
        return s;
    }
    *executor_out = exec;
    return STATUS_OK;
}

static Status worker_begin(Executor *exec, const Executor *leader, const PlanGather *gather) {
    TRY(exec_prepare(exec, leader->statement));
    for (uint32_t i = 0; i < gather->evaluated_count; i++) {
        uint32_t param = gather->evaluated[i];
        const ExecParam *known = &leader->exec_params[param];
        exec->exec_params[param].value = known->value;
        exec->exec_params[param].is_null = known->is_null;
        exec->exec_params[param].set = true;
    }
    return node_build(exec, gather->left, &exec->root);
}

Status executor_start_worker(Session *session, const Executor *leader, const Snapshot *snapshot,
                             const PlanGather *gather, Executor **executor_out) {
    Executor *exec = mem_alloc(&session->account, sizeof(*exec));
    exec_init(exec, session);
    *executor_out = exec;
    exec->flags = leader->flags;
    exec->params = leader->params;
    exec->param_nulls = leader->param_nulls;
    exec->snapshot = snapshot;
    exec->env.snapshot = snapshot;
    exec->parts = leader->parts;
    return worker_begin(exec, leader, gather);
}

/* ---- pulling ---- */

static void exec_publish(Executor *exec, const Batch *batch) {
    const Plan *plan = exec->statement->plan;
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->target_count && exec->result.column_count > 0; i++)
        if (!plan->targets[i].junk)
            exec->result.columns[n++] = batch->columns[i];
    exec->result.row_count = batch->row_count;
    exec->result.selection = batch->selection;
}

static bool exec_changes_rows(const Executor *exec) {
    return exec->statement->command != COMMAND_SELECT || exec->statement->modifying_count > 0;
}

/* Runs a statement that changes rows to its end; what it returns goes to a store. */
static Status exec_drain(Executor *exec) {
    bool keep = exec->result.column_count > 0;
    const Batch *batch;
    RowShape shape;
    if (keep) {
        PhysType *phys = arena_array(&exec->arena, PhysType, exec->result.column_count);
        for (uint32_t i = 0; i < exec->result.column_count; i++) {
            const TypeInfo *info;
            TRY(exec_type(exec, exec->statement->columns[i].type, &info));
            phys[i] = info->phys;
        }
        row_shape_init(&shape, &exec->arena, exec->result.column_count, phys);
        TRY(row_store_make(exec, &shape, exec->work_mem, &exec->returned));
        exec->returned_registers =
            arena_array(&exec->arena, Register, exec->result.column_count + 1);
    }
    for (;;) {
        TRY(node_next(exec->root, &batch));
        if (batch == NULL)
            break;
        exec_publish(exec, batch);
        if (keep)
            TRY(row_store_add(exec->returned, &exec->result));
        if (exec->statement->command == COMMAND_SELECT)
            exec->processed += batch->selection.count;
    }
    return executor_finish(exec);
}

static Status exec_next_returned(Executor *exec, const Batch **batch_out) {
    uint32_t count;
    if (exec->returned == NULL)
        return STATUS_OK;
    arena_reset(&exec->returned_arena);
    uint32_t capacity = exec->batch_limit != 0 ? exec->batch_limit : BATCH_ROWS;
    TRY(row_store_read(exec->returned, &exec->returned_at, capacity, exec->returned_registers,
                       &exec->arena, &exec->returned_arena, exec->result.columns, &count));
    exec->result.row_count = count;
    exec->result.selection = selection_all(count);
    if (count > 0)
        *batch_out = &exec->result;
    return STATUS_OK;
}

/* Meanwhile its tables are in use: fk_check_idle. */
static Status exec_change(Executor *exec) {
    Session *session = exec->session;
    exec->changing_outer = session->changing;
    session->changing = exec;
    Status s = exec_drain(exec);
    session->changing = exec->changing_outer;
    return s;
}

static Status exec_pull(Executor *exec, const Batch **batch_out) {
    const Batch *batch;
    if (exec_changes_rows(exec)) {
        if (!exec->finished)
            TRY(exec_change(exec));
        return exec_next_returned(exec, batch_out);
    }
    TRY(node_next(exec->root, &batch));
    if (batch == NULL)
        return STATUS_OK;
    exec_publish(exec, batch);
    exec->processed += batch->selection.count;
    *batch_out = &exec->result;
    return STATUS_OK;
}

Status executor_next(Executor *exec, const Batch **batch_out) {
    *batch_out = NULL;
    if (exec->failed)
        return STATUS_OK;
    Status s = exec_pull(exec, batch_out);
    exec->failed = !status_ok(s);
    return s;
}

void executor_limit_batch(Executor *exec, uint32_t row_limit) {
    exec->batch_limit = row_limit > BATCH_ROWS ? 0 : row_limit;
}

uint64_t executor_rows_processed(const Executor *exec) { return exec->processed; }
const PlannedStatement *executor_statement(const Executor *exec) { return exec->statement; }
const Snapshot *executor_snapshot(const Executor *exec) { return exec->snapshot; }
const PlanStats *executor_stats(const Executor *exec) { return exec->stats; }

Status executor_rewind(Executor *exec) {
    if (exec_changes_rows(exec)) {
        exec->returned_at = 0;
        return STATUS_OK;
    }
    Rescan nothing = {0};
    exec->processed = 0;
    return node_rescan(exec->root, &nothing);
}

Status executor_finish(Executor *exec) {
    if (exec->finished)
        return STATUS_OK;
    exec->finished = true;
    for (uint32_t i = 0; i < exec->statement->modifying_count; i++) {
        CteState *cte;
        TRY(cte_start(exec, exec->statement->modifying_subplans[i], &cte));
        while (!cte->done)
            TRY(cte_pull(exec, cte));
    }
    TRY(trigger_statement_end(exec));
    const PlannedStatement *statement = exec->statement;
    if (statement->after_count == 0)
        return STATUS_OK;
    ExecOptions options = {
        .params = exec->params, .param_nulls = exec->param_nulls, .others = exec->others};
    return exec_run_others(exec->session, statement->after, statement->after_count, &options);
}

typedef struct OwnedTable {
    struct OwnedTable *next;
    RowTable *table;
} OwnedTable;

void exec_own_table(Executor *exec, RowTable *table) {
    OwnedTable *owned = arena_new(&exec->arena, OwnedTable);
    *owned = (OwnedTable){exec->tables, table};
    exec->tables = owned;
}

typedef struct OwnedRows {
    struct OwnedRows *next;
    RowStore **rows;
} OwnedRows;

void exec_own_rows(Executor *exec, RowStore **rows) {
    OwnedRows *owned = arena_new(&exec->arena, OwnedRows);
    *owned = (OwnedRows){exec->row_stores, rows};
    exec->row_stores = owned;
}

static void exec_unpin(Executor *exec) {
    for (OwnedRows *owned = exec->row_stores; owned != NULL; owned = owned->next)
        row_store_free(*owned->rows);
    exec->row_stores = NULL;
    for (OwnedTable *owned = exec->tables; owned != NULL; owned = owned->next)
        row_table_free(owned->table);
    exec->tables = NULL;
    for (uint32_t i = 0; i < exec->pin_count; i++)
        desc_unpin(exec->pins[i]);
    exec->pin_count = 0;
}

void executor_end(Executor *exec) {
    if (exec == NULL)
        return;
    exec_close_nodes(exec);
    for (uint32_t i = 0; exec->ctes != NULL && i < exec->statement->subplan_count; i++)
        row_store_free(exec->ctes[i].store);
    row_store_free(exec->returned);
    fk_events_free(exec);
    trigger_queue_free(exec);
    exec_unpin(exec);
    if (exec->own_snapshot)
        txn_snapshot_release(exec->session->txn, exec->snapshot);
    arena_destroy(&exec->returned_arena);
    arena_destroy(&exec->arena);
    Session *session = exec->session;
    mem_free(&session->account, exec, sizeof(*exec));
}

Status executor_run(Session *session, const PlannedStatement *statement, const ExecOptions *options,
                    RowSink *sink, uint64_t *processed_out) {
    Executor *exec;
    const Batch *batch;
    TRY(executor_start(session, statement, options, &exec));
    Status s = STATUS_OK;
    do {
        s = executor_next(exec, &batch);
        if (status_ok(s) && batch != NULL && sink != NULL)
            s = sink->rows(sink, batch);
    } while (status_ok(s) && batch != NULL);
    if (status_ok(s))
        s = executor_finish(exec);
    if (processed_out != NULL)
        *processed_out = exec->processed;
    executor_end(exec);
    return s;
}

/* ---- without a plan ---- */

Status exec_light(Session *session, Arena *arena, Executor *parent, Executor **exec_out) {
    Executor *exec = arena_zalloc(arena, sizeof(*exec));
    exec_init(exec, session);
    exec->outer = parent;
    if (parent != NULL) {
        exec->params = parent->params;
        exec->param_nulls = parent->param_nulls;
        exec->snapshot = parent->snapshot;
    }
    *exec_out = exec;
    return STATUS_OK;
}

void exec_light_end(Executor *exec) {
    fk_events_free(exec);
    trigger_queue_free(exec);
    exec_unpin(exec);
    arena_destroy(&exec->returned_arena);
    arena_destroy(&exec->arena);
}

/* ---- the statement's objects ---- */

Status exec_type(Executor *exec, Oid type, const TypeInfo **info_out) {
    *info_out = type_builtin(type);
    if (LIKELY(*info_out != NULL))
        return STATUS_OK;
    return type_lookup(&exec->env, type, info_out);
}

void exec_pin(Executor *exec, const Desc *desc) {
    if (exec->pin_count == exec->pin_capacity) {
        uint32_t capacity = MAX(exec->pin_capacity * 2, 8u);
        exec->pins = arena_grow(&exec->arena, exec->pins, exec->pin_capacity * sizeof(Desc *),
                                capacity * sizeof(Desc *));
        exec->pin_capacity = capacity;
    }
    desc_pin(desc);
    exec->pins[exec->pin_count++] = desc;
}

Status exec_open_relation(Executor *exec, Oid relation, RelState *state_out) {
    const RelationDesc *desc;
    TRY(catalog_relation(exec->session->catalog, relation, &desc));
    if (desc == NULL)
        return error(ERR_UNDEFINED_TABLE, "could not open relation with OID %u", relation);
    exec_pin(exec, &desc->desc);
    if (desc->persistence == 't')
        session_note_temp(exec->session->catalog);
    state_out->desc = desc;
    if (desc->store != 0)
        TRY(table_open(exec->session->mvcc, desc->store, &state_out->table));
    if (state_out->table != NULL && (desc->oid < OID_FIRST_NORMAL || desc->persistence == 't'))
        table_set_untracked(state_out->table);
    return STATUS_OK;
}

Status exec_relation(Executor *exec, uint32_t rt_index, Oid relation, RelState **state_out) {
    check(rt_index >= 1 && rt_index <= exec->statement->range_count);
    RelState *state = &exec->relations[rt_index - 1];
    if (state->desc == NULL || state->desc->oid != relation)
        TRY(exec_open_relation(exec, relation, state));
    *state_out = state;
    return STATUS_OK;
}

/* ---- parameters and subplans ---- */

Status exec_subplan(Executor *exec, uint32_t index, Node **node_out) {
    check(index < exec->statement->subplan_count);
    if (exec->subplans[index] == NULL) {
        TRY(node_build(exec, exec->statement->subplans[index], &exec->subplans[index]));
    }
    *node_out = exec->subplans[index];
    return STATUS_OK;
}

void exec_param_set(Executor *exec, uint32_t number, Datum value, bool is_null) {
    ExecParam *p = &exec->exec_params[number];
    p->value = value;
    p->is_null = is_null;
    p->set = true;
}

static Status init_first_row(Executor *exec, const PlanInit *init, Node *node) {
    const Batch *batch;
    bool found = false;
    TRY(node_next(node, &batch));
    while (batch != NULL) {
        if (found || batch->selection.count > 1)
            return error(ERR_CARDINALITY_VIOLATION,
                         "more than one row returned by a subquery used as an expression");
        uint32_t row = selection_row(batch->selection, 0);
        for (uint32_t i = 0; i < init->param_count; i++) {
            const Vector *v = &batch->columns[i];
            Datum value = {.i64 = 0};
            bool is_null = vector_is_null(v, row);
            if (!is_null)
                TRY(datum_copy(&exec->arena, v->phys, vector_at(v, row), &value));
            exec_param_set(exec, init->params[i], value, is_null);
        }
        found = true;
        TRY(node_next(node, &batch));
    }
    for (uint32_t i = 0; i < init->param_count && !found; i++)
        exec_param_set(exec, init->params[i], (Datum){.i64 = 0}, true);
    return STATUS_OK;
}

Status exec_collect_array(Executor *exec, Node *node, Arena *arena, const TypeInfo *array,
                          Datum *array_out) {
    Datum *values = NULL;
    bool *nulls = NULL;
    size_t count = 0, capacity = 0;
    const Batch *batch;
    /* Arrays of the same type become one array of one dimension more. */
    Oid row_type = node->plan->target_count > 0 ? node->plan->targets[0].expr->type : 0;
    bool from_arrays = row_type == array->oid;
    for (;;) {
        TRY(node_next(node, &batch));
        if (batch == NULL)
            break;
        SELECTION_FOREACH(batch->selection, row) {
            const Vector *v = &batch->columns[0];
            if (count == capacity) {
                size_t more = MAX(capacity * 2, (size_t)64);
                values = arena_grow(arena, values, capacity * sizeof(Datum), more * sizeof(Datum));
                nulls = arena_grow(arena, nulls, capacity, more);
                capacity = more;
            }
            nulls[count] = vector_is_null(v, row);
            if (!nulls[count])
                TRY(datum_copy(arena, v->phys, vector_at(v, row), &values[count]));
            count++;
        }
    }
    const TypeInfo *element = array->element_type;
    if (element != NULL && from_arrays)
        return array_of_arrays(arena, element->oid, element->phys, values, nulls, (uint32_t)count,
                               array_out);
    if (element == NULL)
        return error(ERR_INTERNAL_ERROR, "type %s is no array", array->name);
    return array_build_1d(arena, element->oid, element->phys, values, nulls, (uint32_t)count,
                          array_out);
}

static Status init_run(Executor *exec, const PlanInit *init) {
    Node *node;
    const Batch *batch;
    Datum value;
    TRY(exec_subplan(exec, init->plan, &node));
    switch (init->kind) {
    case SUBLINK_EXISTS:
        TRY(node_next(node, &batch));
        exec_param_set(exec, init->params[0], datum_bool(batch != NULL), false);
        return STATUS_OK;
    case SUBLINK_ARRAY:
        TRY(exec_collect_array(exec, node, &exec->arena, exec->exec_params[init->params[0]].info,
                               &value));
        exec_param_set(exec, init->params[0], value, false);
        return STATUS_OK;
    default:
        return init_first_row(exec, init, node);
    }
}

/* Errors are looked for again, row by row: so the plan runs from its start again. */
static Status init_failed(Executor *exec, const PlanInit *init, Status failure) {
    const Rescan again = {.everything = true};
    Node *node;
    Status s = exec_subplan(exec, init->plan, &node);
    status_free(status_ok(s) ? node_rescan(node, &again) : s);
    return failure;
}

Status exec_param_get(Executor *exec, uint32_t number, Datum *value_out, bool *null_out) {
    check(exec->statement != NULL && number < exec->statement->exec_param_count);
    ExecParam *p = &exec->exec_params[number];
    if (UNLIKELY(!p->set)) {
        if (p->init == NULL || p->running)
            return error(ERR_INTERNAL_ERROR, "parameter %u has no value", number);
        p->running = true;
        Status status = init_run(exec, p->init);
        p->running = false;
        if (UNLIKELY(!status_ok(status)))
            return init_failed(exec, p->init, status);
    }
    *value_out = p->value;
    *null_out = p->is_null;
    return STATUS_OK;
}

void exec_inits_reset(Executor *exec, const Plan *plan, const Rescan *rescan) {
    for (uint32_t i = 0; i < plan->init_count; i++) {
        const PlanInit *init = &plan->inits[i];
        Node *node = exec->subplans[init->plan];
        if (node == NULL || rescan_keeps(node, rescan))
            continue;
        for (uint32_t j = 0; j < init->param_count; j++)
            exec->exec_params[init->params[j]].set = false;
        /* The run to come must start afresh; its errors show then. */
        Status s = node_rescan(node, rescan);
        status_free(s);
    }
}

/* ---- collecting ---- */

static Status collector_rows(RowSink *sink, const Batch *batch) {
    RowCollector *c = (RowCollector *)sink;
    c->column_count = batch->column_count;
    SELECTION_FOREACH(batch->selection, row) {
        if (c->row_max != 0 && c->row_count >= c->row_max)
            return STATUS_OK;
        uint64_t width = c->column_count;
        if (c->row_count == c->capacity) {
            uint64_t capacity = c->capacity == 0 ? 4 : c->capacity * 2;
            c->values = arena_grow(c->arena, c->values, c->capacity * width * sizeof(Datum),
                                   capacity * width * sizeof(Datum));
            c->nulls = arena_grow(c->arena, c->nulls, c->capacity * width, capacity * width);
            c->capacity = capacity;
        }
        for (uint32_t i = 0; i < width; i++) {
            const Vector *v = &batch->columns[i];
            uint64_t at = c->row_count * width + i;
            c->nulls[at] = vector_is_null(v, row);
            if (!c->nulls[at])
                TRY(datum_copy(c->arena, v->phys, vector_at(v, row), &c->values[at]));
        }
        c->row_count++;
    }
    return STATUS_OK;
}

void row_collector_init(RowCollector *collector, Arena *arena, uint64_t row_max) {
    *collector = (RowCollector){.sink = {collector_rows}, .arena = arena, .row_max = row_max};
}
