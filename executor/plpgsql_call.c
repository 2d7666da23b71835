/* plpgsql_call.c: calls of PL/pgSQL functions, procedures, trigger functions; DO. See plpgsql.h. */
#include "executor/plpgsql_int.h"

#include "base/array.h"
#include "executor/function_settings.h"
#include "executor/function_stats.h"
#include "executor/trigger_call.h"
#include "types/record.h"

/* ---- entering and leaving ---- */

typedef struct Guard {
    PlFrame *frame;
    const ProcDesc *proc; /* NULL: DO */
    bool pushed;
    FunctionSettings settings;
} Guard;

/* A frame may be used again: what it holds is of an earlier call. */
static Status clear_variables(PlFrame *frame) {
    const PlTree *tree = frame->fn->tree;
    for (uint32_t i = 0; i < tree->datum_count; i++) {
        PlDatum *d = tree->datums[i];
        if (d->kind == PL_VAR)
            frame->cells[i].v.is_null = true;
        else if (d->kind == PL_REC && frame->cells[i].r.shape != NULL)
            TRY(pl_record_clear(frame, d));
    }
    pl_set_found(frame, false);
    return STATUS_OK;
}

static void frame_reset(PlFrame *frame, PlSession *pl) {
    frame->caller = pl->top;
    frame->stmt = NULL;
    frame->phase = "during initialization of execution state";
    frame->phase_line = 0;
    frame->sql = NULL;
    frame->label = NULL;
    frame->row_count = 0;
    frame->handled = STATUS_OK;
    frame->handling = false;
    frame->returned = false;
    frame->result_null = true;
    frame->result_type = frame->fn->result;
    frame->result_typmod = -1;
    frame->set = NULL;
    frame->subtransactions = 0;
    frame->open_rows = NULL;
    frame->loop_cursors = NULL;
    frame->snapshot = NULL;
    frame->own_snapshot = false;
    frame->read_only = false;
    frame->trigger = NULL;
}

static Status frame_enter(PlFunction *fn, Guard *guard, const Snapshot *snapshot) {
    Session *session = fn->session;
    PlSession *pl = pl_session(session);
    PlFrame *frame;
    TRY(fiber_stack_check());
    TRY(pl_frame_make(fn, &frame));
    guard->frame = frame;
    frame_reset(frame, pl);
    frame->may_commit = pl->allow_commit;
    pl->allow_commit = false;
    pl->top = frame;
    fn->running++;
    session->function_depth++;
    if (guard->proc != NULL && (fn->security_definer || guard->proc->config_count > 0)) {
        frame->may_commit = false;
        TRY(function_settings_push(session, &frame->arena, guard->proc, &guard->settings));
        guard->pushed = true;
    }
    if (fn->volatility != 'v') {
        frame->read_only = true;
        frame->own_snapshot = snapshot == NULL;
        if (snapshot == NULL)
            TRY(txn_snapshot(session->txn, &snapshot));
        frame->snapshot = snapshot;
    }
    TRY(pl_refresh(frame));
    return clear_variables(frame);
}

static void frame_leave(PlFunction *fn, Guard *guard) {
    PlFrame *frame = guard->frame;
    if (frame == NULL)
        return;
    Session *session = fn->session;
    check(frame->open_rows == NULL);
    if (frame->own_snapshot && frame->snapshot != NULL)
        txn_snapshot_release(session->txn, frame->snapshot);
    if (guard->pushed)
        function_settings_pop(session, &guard->settings);
    session->function_depth--;
    session->plpgsql->top = frame->caller;
    status_free(frame->handled);
    frame->handled = STATUS_OK;
    arena_reset(&frame->eval);
    fn->running--;
    if (fn->spare == NULL && !fn->retired && !guard->pushed) { /* pushing used its arena */
        fn->spare = frame;
        return;
    }
    pl_frame_free(frame);
    if (fn->retired && fn->running == 0)
        pl_function_free(fn);
}

/* ---- results ---- */

static bool falls_off(const PlFunction *fn) {
    return fn->tree->output != NULL || fn->result == OID_VOID || fn->returns_set;
}

static Status implicit_return(PlFrame *frame) {
    PlFunction *fn = frame->fn;
    PlDatum *output = fn->tree->output;
    if (fn->returns_set || fn->result == OID_VOID || output == NULL) {
        frame->result_null = true;
        return STATUS_OK;
    }
    Datum value = {.i64 = 0};
    TRY(pl_read(frame, output, &value, &frame->result_null, &frame->result_type,
                &frame->result_typmod));
    frame->result = value;
    if (frame->result_null)
        return STATUS_OK;
    const TypeDesc *type;
    TRY(catalog_type_require(frame->session->catalog, frame->result_type, &type));
    return datum_copy(frame->result_arena, type->phys, value, &frame->result);
}

static Status run_body(PlFrame *frame) {
    PlFunction *fn = frame->fn;
    PlFlow flow = PL_GO_ON;
    fiber_yield_if_due(); /* recursion has no loops */
    TRY(fiber_check_interrupt());
    frame->phase = NULL;
    frame->stmt = (const PlStmt *)fn->tree->body;
    TRY(pl_run_block(frame, fn->tree->body, &flow));
    frame->stmt = NULL;
    frame->phase = NULL;
    if (frame->returned && flow == PL_RETURNING)
        return STATUS_OK;
    if (fn->trigger == PL_ROW_TRIGGER)
        return error(ERR_S_R_E_FUNCTION_EXECUTED_NO_RETURN_STATEMENT,
                     "control reached end of trigger procedure without RETURN");
    if (!falls_off(fn))
        return error(ERR_S_R_E_FUNCTION_EXECUTED_NO_RETURN_STATEMENT,
                     "control reached end of function without RETURN");
    return implicit_return(frame);
}

/* The columns that a row is to have; count 0: any. */
static Status expected_columns(PlFrame *frame, Arena *arena, PlShape **shape_out) {
    PlFunction *fn = frame->fn;
    const FnSite *site = frame->site;
    const TypeDesc *type;
    *shape_out = NULL;
    TRY(catalog_type_require(frame->session->catalog, fn->result, &type));
    while (type->kind == 'd')
        TRY(catalog_type_require(frame->session->catalog, type->base, &type));
    if (type->kind == 'c')
        return pl_shape_of_relation(frame, arena, type->relation, shape_out);
    const Oid *types = site == NULL ? NULL : site->row_types;
    uint32_t count = site == NULL ? 0 : site->row_count;
    if (types == NULL && site != NULL && site->row != NULL) {
        types = site->row->types;
        count = site->row->column_count;
    }
    const PlDatum *output = fn->tree->output;
    if (output != NULL && output->kind == PL_ROW) {
        Oid *parts = arena_array(arena, Oid, output->part_count + 1);
        for (uint32_t i = 0; i < output->part_count; i++)
            parts[i] = output->parts[i]->type.oid;
        types = parts;
        count = output->part_count;
    }
    if (types == NULL)
        return STATUS_OK;
    PlShape *s = arena_new(arena, PlShape);
    s->count = count;
    s->types = arena_memdup(arena, types, (count + 1) * sizeof(Oid));
    s->phys = arena_array(arena, PhysType, count + 1);
    s->typmods = arena_array(arena, int32_t, count + 1);
    s->names = arena_array(arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        s->typmods[i] = -1;
        s->names[i] = output != NULL && output->kind == PL_ROW ? output->part_names[i] : "";
        s->phys[i] = PHYS_I32;
        if (types[i] == OID_INVALID)
            continue;
        TRY(catalog_type_require(frame->session->catalog, types[i], &type));
        s->phys[i] = type->phys;
    }
    *shape_out = s;
    return STATUS_OK;
}

static bool row_fits(const PlShape *shape, const PlRow *row) {
    if (shape->count != row->count)
        return false;
    for (uint32_t i = 0; i < row->count; i++)
        if (shape->types[i] != row->types[i])
            return false;
    return true;
}

static Status wrong_row(PlFrame *frame, const PlShape *shape, const PlRow *row) {
    uint32_t n = 0, wanted = 0;
    static const char text[] = "returned record type does not match expected record type";
    for (uint32_t i = 0; i < row->count; i++)
        n += row->types[i] != OID_INVALID;
    for (uint32_t i = 0; i < shape->count; i++)
        wanted += shape->types[i] != OID_INVALID;
    uint32_t from = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        const char *is, *should;
        if (shape->types[i] == OID_INVALID)
            continue;
        while (from < row->count && row->types[from] == OID_INVALID)
            from++;
        if (from == row->count)
            break;
        if (row->types[from] == shape->types[i]) {
            from++;
            continue;
        }
        TRY(format_type(frame->session->catalog, &frame->eval, row->types[from], -1, 0, &is));
        TRY(format_type(frame->session->catalog, &frame->eval, shape->types[i], -1, 0, &should));
        return status_detail(error(ERR_DATATYPE_MISMATCH, "%s", text),
                             "Returned type %s does not match expected type %s in column %u.", is,
                             should, i + 1);
    }
    return status_detail(error(ERR_DATATYPE_MISMATCH, "%s", text),
                         "Number of returned columns (%u) does not match expected column count "
                         "(%u).",
                         n, wanted);
}

/* The row as one of the declared type: columns by place, dropped ones on either side left out. */
static Status convert_row(PlFrame *frame, const PlShape *shape, const PlRow *row,
                          Datum *value_out) {
    Arena *arena = frame->result_arena;
    Datum *values = arena_array(&frame->eval, Datum, shape->count + 1);
    bool *nulls = arena_array(&frame->eval, bool, shape->count + 1);
    uint32_t from = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        nulls[i] = true;
        if (shape->types[i] == OID_INVALID)
            continue;
        while (from < row->count && row->types[from] == OID_INVALID)
            from++;
        if (from == row->count || row->types[from] != shape->types[i])
            return wrong_row(frame, shape, row);
        nulls[i] = row->nulls[from];
        values[i] = row->values[from++];
    }
    while (from < row->count && row->types[from] == OID_INVALID)
        from++;
    if (from < row->count)
        return wrong_row(frame, shape, row);
    return record_build(arena, frame->fn->result, -1, shape->count, shape->types, shape->phys,
                        values, nulls, value_out);
}

static Status finish_row(PlFrame *frame) {
    PlShape *shape;
    PlRow row;
    if (frame->result_type == frame->fn->result && frame->fn->result != OID_RECORD)
        return STATUS_OK;
    TRY(expected_columns(frame, &frame->eval, &shape));
    if (shape == NULL)
        return STATUS_OK;
    TRY(pl_row_of_record(frame, frame->result, &row));
    if (frame->fn->result == OID_RECORD && row_fits(shape, &row))
        return STATUS_OK;
    TRY(convert_row(frame, shape, &row, &frame->result));
    const TypeInfo *info;
    EvalEnv *env = &frame->fn->code->exec->env;
    TRY(type_lookup(env, frame->fn->result, &info));
    return type_check_domain(env, info, frame->result, false);
}

static Status finish_result(PlFrame *frame) {
    PlFunction *fn = frame->fn;
    frame->phase = "while casting return value to function's return type";
    if (fn->result == OID_VOID && !fn->returns_set && !fn->is_procedure) {
        frame->result = datum_str("", 0);
        frame->result_null = false;
    }
    if (fn->result == OID_VOID || fn->returns_set)
        return STATUS_OK;
    if (fn->result_is_row)
        return frame->result_null ? STATUS_OK : finish_row(frame);
    Datum value;
    TRY(pl_cast(frame, frame->result, frame->result_null, frame->result_type, frame->result_typmod,
                fn->result, -1, &value, &frame->result_null));
    frame->result = value;
    if (frame->result_null || fn->result_phys != PHYS_STR)
        return STATUS_OK;
    return datum_copy(frame->result_arena, PHYS_STR, value, &frame->result);
}

/* ---- functions ---- */

static Status store_arguments(PlFrame *frame, const FnCall *call) {
    const PlTree *tree = frame->fn->tree;
    frame->phase = "while storing call arguments into local variables";
    for (uint32_t i = 0; i < tree->input_count; i++) {
        PlDatum *d = tree->inputs[i];
        bool is_null = call->nulls[i];
        if (d->kind == PL_VAR)
            TRY(pl_assign_exact(frame, d, is_null ? (Datum){.i64 = 0} : call->args[i], is_null));
        else
            TRY(pl_assign(frame, d, is_null ? (Datum){.i64 = 0} : call->args[i], is_null,
                          d->type.oid, -1));
    }
    frame->phase = "during function entry";
    return STATUS_OK;
}

/* The rows of a call site's last call: freed by the next one, or with the statement. */
static Status held_store(SetCall *set, const RowShape *shape, RowStore **store_out) {
    FnSite *site = set->call.site;
    Executor *exec = CONTAINER_OF(site->env, Executor, env);
    RowStore **held = site->state;
    if (held == NULL) {
        held = arena_new(site->arena, RowStore *);
        exec_own_rows(exec, held);
        site->state = held;
    }
    row_store_free(*held);
    *held = NULL;
    TRY(row_store_make(exec, shape, exec->work_mem, held));
    *store_out = *held;
    return STATUS_OK;
}

static Status open_set(PlFrame *frame, SetCall *set) {
    PlShape *shape;
    if (!frame->fn->result_is_row) {
        shape = arena_new(set->scan_arena, PlShape);
        shape->count = 1;
        shape->types = arena_array(set->scan_arena, Oid, 1);
        shape->phys = arena_array(set->scan_arena, PhysType, 1);
        shape->typmods = arena_array(set->scan_arena, int32_t, 1);
        shape->types[0] = frame->fn->result;
        shape->phys[0] = frame->fn->result_phys;
        shape->typmods[0] = -1;
    } else {
        TRY(expected_columns(frame, set->scan_arena, &shape));
    }
    if (shape == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "function returning record called in context that cannot accept type record");
    frame->set_columns = shape;
    row_shape_init(&frame->set_shape, set->scan_arena, shape->count, shape->phys);
    return held_store(set, &frame->set_shape, &frame->set);
}

static Status run_function(PlFrame *frame, const FnCall *call, SetCall *set) {
    frame->result_arena = call->arena;
    frame->site = call->site;
    if (set != NULL)
        TRY(open_set(frame, set));
    TRY(store_arguments(frame, call));
    TRY(run_body(frame));
    return finish_result(frame);
}

/* What a set call leaves for plpgsql_set_next. */
typedef struct PlSet {
    RowStore *rows;
    RowShape shape;
    const PlShape *columns;
    uint64_t next;
    Oid result;
    bool is_row;
} PlSet;

static Status call_function(const FnCall *call, SetCall *set, FnCall *result) {
    const FnSite *site = call->site;
    Session *session = site->env->session;
    PlFunction *fn;
    Guard guard = {0};
    PlCallInfo info = {.function = site->function,
                       .arg_types = site->arg_types,
                       .arg_count = (uint32_t)site->arg_count,
                       .result_type = site->result_type};
    if (session == NULL)
        return error(ERR_INTERNAL_ERROR, "function %u needs a session", site->function);
    TRY(pl_function_get(session, &info, &fn));
    if (fn->returns_set && set == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "set-valued function called in context that cannot accept a set");
    TRY(catalog_proc_require(session->catalog, site->function, &guard.proc));
    FunctionUse use;
    Status s = frame_enter(fn, &guard, site->env->snapshot);
    function_use_begin(session, guard.proc, &use);
    if (status_ok(s))
        s = run_function(guard.frame, call, set);
    if (status_ok(s))
        function_use_end(session, &use);
    if (guard.frame != NULL) {
        s = pl_frame_context(guard.frame, s);
        result->result = guard.frame->result;
        result->result_null = guard.frame->result_null;
    }
    if (set != NULL && guard.frame != NULL && guard.frame->set != NULL) {
        PlSet *kept = arena_new(set->scan_arena, PlSet);
        *kept = (PlSet){.rows = guard.frame->set,
                        .shape = guard.frame->set_shape,
                        .columns = guard.frame->set_columns,
                        .result = fn->result,
                        .is_row = fn->result_is_row};
        set->state = kept;
    }
    frame_leave(fn, &guard);
    return s;
}

Status plpgsql_call(FnCall *call) {
    call->result_null = true;
    return call_function(call, NULL, call);
}

Status plpgsql_set_start(SetCall *set) {
    FnCall call = set->call, result;
    call.arena = set->scan_arena;
    set->state = NULL;
    return call_function(&call, set, &result);
}

Status plpgsql_set_next(SetCall *set, bool *row_out) {
    PlSet *s = set->state;
    const uint8_t *row;
    Arena *arena = set->call.arena;
    *row_out = s != NULL && s->next < row_store_count(s->rows);
    if (!*row_out)
        return STATUS_OK;
    uint32_t n = s->columns->count;
    TRY(row_store_get(s->rows, s->next++, &row));
    if (row_store_disk(s->rows) > 0)
        row = arena_memdup(arena, row, row_bytes(row));
    bool spread = !s->is_row || set->call.site->row_types != NULL;
    if (spread && (uint32_t)set->column_count != n)
        return status_detail(error(ERR_DATATYPE_MISMATCH, "function return row and query-specified "
                                                          "return row do not match"),
                             "Returned row contains %u attribute%s, but query expects %d.", n,
                             n == 1 ? "" : "s", set->column_count);
    Datum *values = spread ? set->columns : arena_array(arena, Datum, n + 1);
    bool *nulls = spread ? set->column_nulls : arena_array(arena, bool, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        nulls[i] = row_is_null(row, i);
        if (!nulls[i])
            values[i] = row_get(&s->shape, row, i);
    }
    if (spread)
        return STATUS_OK;
    set->column_nulls[0] = false;
    return record_build(arena, s->result, -1, n, s->columns->types, s->columns->phys, values, nulls,
                        &set->columns[0]);
}

/* ---- DO ---- */

Status plpgsql_do(UtilityCall *call, const char *source, PlSourcePlace place) {
    Session *session = call->session;
    PlFunction *fn;
    Guard guard = {0};
    Status s = pl_function_inline(session, source, &place, &fn);
    if (!status_ok(s) && s.error->byte_location >= 0) {
        if (place.at < 0)
            return status_internal(s, source);
        s.error->byte_location = pl_place_in(&place, source, s.error->byte_location);
        return s;
    }
    TRY(s);
    s = frame_enter(fn, &guard, NULL);
    if (status_ok(s)) {
        guard.frame->result_arena = call->arena;
        guard.frame->site = NULL;
        s = run_body(guard.frame);
    }
    if (guard.frame != NULL)
        s = pl_frame_context(guard.frame, s);
    if (guard.frame == NULL)
        pl_function_free(fn);
    frame_leave(fn, &guard);
    return s;
}

void plpgsql_allow_commit(Session *session, bool allow) {
    pl_session(session)->allow_commit = allow;
}

bool plpgsql_may_commit(const Session *session) {
    return session->plpgsql != NULL && session->plpgsql->top != NULL &&
           session->plpgsql->top->may_commit;
}

/* ---- CREATE FUNCTION ---- */

Status plpgsql_validate(Session *session, Oid function, PlSourcePlace place) {
    const ProcDesc *proc;
    PlFunction *fn;
    PlCallInfo info = {.function = function, .validate = true, .place = place};
    TRY(catalog_proc_require(session->catalog, function, &proc));
    if (proc->result == OID_TRIGGER)
        info.trigger = PL_ROW_TRIGGER;
    else if (proc->result == OID_EVENT_TRIGGER)
        info.trigger = PL_EVENT_TRIGGER;
    TRY(pl_function_get(session, &info, &fn));
    pl_function_free(fn);
    return STATUS_OK;
}

/* ---- triggers ---- */

static const char *const op_names[] = {[TRIGGER_OP_INSERT] = "INSERT",
                                       [TRIGGER_OP_UPDATE] = "UPDATE",
                                       [TRIGGER_OP_DELETE] = "DELETE",
                                       [TRIGGER_OP_TRUNCATE] = "TRUNCATE"};
static const char *const when_names[] = {[TRIGGER_WHEN_BEFORE] = "BEFORE",
                                         [TRIGGER_WHEN_AFTER] = "AFTER",
                                         [TRIGGER_WHEN_INSTEAD] = "INSTEAD OF"};

static Status set_text(PlFrame *frame, uint32_t which, const char *text) {
    PlDatum *d = frame->fn->tree->datums[frame->fn->tree->tg_first->number + which];
    return pl_assign_exact(frame, d, text == NULL ? (Datum){.i64 = 0} : datum_cstr(text),
                           text == NULL);
}

static Status set_arguments(PlFrame *frame, const TriggerDesc *trigger) {
    uint32_t first = frame->fn->tree->tg_first->number, n = trigger->arg_count;
    Datum *values = arena_array(&frame->eval, Datum, n + 1), array;
    bool *nulls = arena_array(&frame->eval, bool, n + 1);
    int32_t dims = (int32_t)n, lower = 0; /* TG_ARGV counts from 0 */
    for (uint32_t i = 0; i < n; i++)
        values[i] = datum_cstr(trigger->args[i]);
    TRY(pl_assign_exact(frame, frame->fn->tree->datums[first + PL_TG_NARGS], datum_i32((int32_t)n),
                        false));
    TRY(array_build(&frame->eval, OID_TEXT, PHYS_STR, n == 0 ? 0 : 1, &dims, &lower, values, nulls,
                    &array));
    return pl_assign_exact(frame, frame->fn->tree->datums[first + PL_TG_ARGV], array, n == 0);
}

static Status set_trigger_row(PlFrame *frame, PlDatum *record, const RelationDesc *relation,
                              const TriggerRow *row) {
    uint32_t n = relation->column_count;
    record->type = (PlType){.oid = relation->row_type, .typmod = -1, .relation = relation->oid};
    if (row == NULL)
        return pl_record_clear(frame, record);
    Oid *types = arena_array(&frame->eval, Oid, n + 1);
    int32_t *typmods = arena_array(&frame->eval, int32_t, n + 1);
    const char **names = arena_array(&frame->eval, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = relation->columns[i].dropped ? OID_INVALID : relation->columns[i].type;
        typmods[i] = relation->columns[i].typmod;
        names[i] = relation->columns[i].name;
    }
    PlRow given = {.count = n,
                   .names = names,
                   .types = types,
                   .typmods = typmods,
                   .values = row->values,
                   .nulls = row->nulls};
    return pl_assign_row(frame, record, &given, &given);
}

static Status set_trigger_variables(PlFrame *frame, const TriggerCall *call) {
    const PlTree *tree = frame->fn->tree;
    const RelationDesc *relation = call->relation;
    frame->phase = "during function entry";
    TRY(set_text(frame, PL_TG_NAME, call->trigger->name));
    TRY(set_text(frame, PL_TG_WHEN, when_names[call->when]));
    TRY(set_text(frame, PL_TG_LEVEL, call->for_row ? "ROW" : "STATEMENT"));
    TRY(set_text(frame, PL_TG_OP, op_names[call->op]));
    TRY(pl_assign_exact(frame, tree->datums[tree->tg_first->number + PL_TG_RELID],
                        datum_oid(relation->oid), false));
    TRY(set_text(frame, PL_TG_RELNAME, relation->name));
    TRY(set_text(frame, PL_TG_TABLE_NAME, relation->name));
    TRY(set_text(frame, PL_TG_TABLE_SCHEMA, relation->nsp_name));
    TRY(set_arguments(frame, call->trigger));
    TRY(set_trigger_row(frame, tree->new_row, relation, call->new_row));
    return set_trigger_row(frame, tree->old_row, relation, call->old_row);
}

static Status wrong_trigger_row(uint32_t given, uint32_t wanted) {
    return status_detail(error(ERR_DATATYPE_MISMATCH,
                               "returned row structure does not match the structure of the "
                               "triggering table"),
                         "Number of returned columns (%u) does not match expected column count "
                         "(%u).",
                         given, wanted);
}

/* The row returned, by columns of the table. */
static Status take_trigger_row(PlFrame *frame, TriggerCall *call) {
    PlRow row;
    uint32_t n = call->relation->column_count, from = 0;
    TRY(pl_row_of_record(frame, frame->result, &row));
    Datum *values = arena_array(call->arena, Datum, n + 1);
    bool *nulls = arena_array(call->arena, bool, n + 1);
    bool whole = row.count == n;
    for (uint32_t i = 0; i < n; i++) {
        const ColumnDesc *column = &call->relation->columns[i];
        nulls[i] = true;
        if (column->dropped) {
            from += whole;
            continue;
        }
        if (from >= row.count || row.types[from] != column->type)
            return wrong_trigger_row(row.count, n);
        nulls[i] = row.nulls[from];
        if (!nulls[i])
            TRY(datum_copy(call->arena, column->phys, row.values[from], &values[i]));
        from++;
    }
    if (from < row.count)
        return wrong_trigger_row(row.count, n);
    call->result_values = values;
    call->result_nulls = nulls;
    return STATUS_OK;
}

static Status run_trigger(PlFrame *frame, TriggerCall *call) {
    frame->result_arena = call->arena;
    frame->site = NULL;
    frame->trigger = call;
    TRY(set_trigger_variables(frame, call));
    TRY(run_body(frame));
    frame->phase = "during function exit";
    if (!call->for_row || call->when == TRIGGER_WHEN_AFTER)
        return STATUS_OK;
    call->skip = frame->result_null;
    return call->skip ? STATUS_OK : take_trigger_row(frame, call);
}

static Status trigger_handler(TriggerCall *call) {
    Session *session = call->session;
    PlFunction *fn;
    Guard guard = {.proc = call->function};
    PlCallInfo info = {.function = call->function->oid,
                       .relation = call->relation->oid,
                       .per_statement = !call->for_row,
                       .trigger = PL_ROW_TRIGGER};
    TRY(pl_function_get(session, &info, &fn));
    pl_session(session)->allow_commit = false;
    FunctionUse use;
    Status s = frame_enter(fn, &guard, NULL);
    function_use_begin(session, guard.proc, &use);
    if (status_ok(s))
        s = run_trigger(guard.frame, call);
    if (status_ok(s))
        function_use_end(session, &use);
    if (guard.frame != NULL)
        s = pl_frame_context(guard.frame, s);
    frame_leave(fn, &guard);
    return s;
}

static Status event_handler(EventTriggerCall *call) {
    Session *session = call->session;
    PlFunction *fn;
    Guard guard = {.proc = call->function};
    PlCallInfo info = {.function = call->function->oid, .trigger = PL_EVENT_TRIGGER};
    TRY(pl_function_get(session, &info, &fn));
    pl_session(session)->allow_commit = false;
    Status s = frame_enter(fn, &guard, NULL);
    if (status_ok(s)) {
        guard.frame->result_arena = call->arena;
        guard.frame->site = NULL;
        s = set_text(guard.frame, PL_TG_EVENT, call->event);
        if (status_ok(s))
            s = set_text(guard.frame, PL_TG_TAG, call->tag);
        if (status_ok(s))
            s = run_body(guard.frame);
    }
    if (guard.frame != NULL)
        s = pl_frame_context(guard.frame, s);
    frame_leave(fn, &guard);
    return s;
}

void plpgsql_register(void) {
    trigger_register_language("plpgsql", trigger_handler, event_handler);
}
