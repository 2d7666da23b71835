/* trigger.c: row and statement triggers of one table: see trigger.h. */
#include "executor/trigger_int.h"

/* ---- making a set ---- */

static bool is_enabled(const Session *session, const TriggerDesc *t) {
    if (t->enabled == 'A')
        return true;
    return t->enabled == (session->settings.replication_role_replica ? 'R' : 'O');
}

static Status compile_when(TriggerSet *set, TriggerState *state) {
    Executor *exec = set->exec;
    Session *session = exec->session;
    const char *text = state->desc->when;
    Expr *expr;
    if (text == NULL)
        return STATUS_OK;
    TRY(expr_from_string(&exec->arena, text, strlen(text), &expr));
    TRY(plan_trigger_when(&session->env, &exec->arena, &session->planner, expr, &expr));
    return prog_compile(exec, expr, &state->when);
}

static void make_row(TriggerSet *set, Batch *row, Register **regs) {
    Arena *arena = &set->exec->arena;
    uint32_t n = set->desc->column_count;
    *regs = arena_array(arena, Register, n + 1);
    *row = (Batch){.column_count = n,
                   .row_count = 1,
                   .selection = selection_all(1),
                   .columns = arena_array(arena, Vector, n + 1)};
}

Status trigger_set_make(Executor *exec, const RelationDesc *desc, const BitSet *updated,
                        TriggerSet *named, TriggerSet **set_out) {
    *set_out = NULL;
    bool keeps = named != NULL && named->keeps;
    if (desc->trigger_count == 0 && !keeps)
        return STATUS_OK;
    if (desc->trigger_count > TRIGGER_WORDS_MAX * 64)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "relation \"%s\" has more than %u triggers",
                     desc->name, TRIGGER_WORDS_MAX * 64);
    TriggerSet *set = arena_new(&exec->arena, TriggerSet);
    set->exec = exec;
    set->desc = desc;
    set->states = arena_array(&exec->arena, TriggerState, desc->trigger_count + 1u);
    for (uint16_t i = 0; i < desc->trigger_count; i++) {
        const TriggerDesc *t = &desc->triggers[i];
        if (!is_enabled(exec->session, t))
            continue;
        TriggerState *state = &set->states[set->count++];
        state->desc = t;
        TRY(compile_when(set, state));
        set->types |= (uint32_t)t->type;
        set->keeps |= t->old_table != NULL || t->new_table != NULL;
    }
    if (set->count == 0 && !keeps)
        return STATUS_OK;
    set->named = keeps ? named : set->keeps ? set : NULL;
    if (set->named != NULL && set->named != set)
        set->map = route_map(&exec->arena, set->named->desc, desc);
    set->updated = arena_array(&exec->arena, bool, desc->column_count + 1u);
    for (uint16_t i = 0; i < desc->column_count; i++)
        set->updated[i] = bitset_has(updated, i + 1 + ATTNO_OFFSET);
    make_row(set, &set->old_row, &set->old_regs);
    make_row(set, &set->new_row, &set->new_regs);
    arena_init(&set->arena, &exec->account);
    *set_out = set;
    return STATUS_OK;
}

void trigger_set_free(TriggerSet *set) {
    if (set != NULL)
        arena_destroy(&set->arena);
}

void trigger_set_moving(TriggerSet *set, bool moving) {
    if (set != NULL)
        set->moving = moving;
}

/* ---- which fire ---- */

static const uint32_t op_bits[] = {[TRIGGER_OP_INSERT] = TG_INSERT,
                                   [TRIGGER_OP_UPDATE] = TG_UPDATE,
                                   [TRIGGER_OP_DELETE] = TG_DELETE,
                                   [TRIGGER_OP_TRUNCATE] = TG_TRUNCATE};
static const uint32_t when_bits[] = {[TRIGGER_WHEN_BEFORE] = TG_BEFORE,
                                     [TRIGGER_WHEN_AFTER] = 0,
                                     [TRIGGER_WHEN_INSTEAD] = TG_INSTEAD};

static bool matches(const TriggerDesc *t, TriggerWhen when, TriggerOp op, bool for_row) {
    uint32_t type = (uint32_t)t->type;
    return (type & (TG_BEFORE | TG_INSTEAD)) == when_bits[when] && (type & op_bits[op]) != 0 &&
           ((type & TG_ROW) != 0) == for_row;
}

bool trigger_fires_row(const TriggerSet *set, TriggerWhen when, TriggerOp op) {
    for (uint32_t i = 0; set != NULL && i < set->count; i++)
        if (matches(set->states[i].desc, when, op, true))
            return true;
    return false;
}

bool trigger_wants_after(const TriggerSet *set, TriggerOp op) {
    return set != NULL && (set->named != NULL || trigger_fires_row(set, TRIGGER_WHEN_AFTER, op));
}

static void show_row(TriggerSet *set, const TriggerRow *row, Batch *batch, Register *regs) {
    for (uint16_t i = 0; row != NULL && i < set->desc->column_count; i++)
        batch->columns[i] = *register_constant(
            &regs[i], &set->exec->arena, set->desc->columns[i].phys, row->values[i], row->nulls[i]);
}

static bool sets_columns(const TriggerSet *set, const TriggerDesc *t) {
    for (uint16_t i = 0; i < t->column_count; i++)
        if (set->updated[t->columns[i] - 1])
            return true;
    return t->column_count == 0;
}

Status trigger_applies(TriggerSet *set, const TriggerState *state, TriggerWhen when, TriggerOp op,
                       const TriggerRow *old_row, const TriggerRow *new_row, bool *yes_out) {
    Datum truth;
    bool is_null;
    *yes_out = matches(state->desc, when, op, old_row != NULL || new_row != NULL) &&
               (op != TRIGGER_OP_UPDATE || sets_columns(set, state->desc));
    if (!*yes_out || state->when == NULL)
        return STATUS_OK;
    const TriggerRow *row = new_row != NULL ? new_row : old_row;
    RowId rowid = row == NULL ? 0 : row->rowid;
    TargetSystem system = {.rowids = &rowid, .relation = set->desc->oid};
    show_row(set, old_row, &set->old_row, set->old_regs);
    show_row(set, new_row, &set->new_row, set->new_regs);
    ProgContext ctx = {
        .exec = set->exec, .row_count = 1, .target_system = &system, .arena = &set->arena};
    ctx.side[SLOT_TARGET] = &set->new_row;
    ctx.side[SLOT_EXCLUDED] = &set->old_row;
    Status s = prog_eval_row(state->when, &ctx, 0, &truth, &is_null);
    *yes_out = status_ok(s) && !is_null && truth.b;
    arena_reset(&set->arena);
    return s;
}

/* ---- row triggers at once ---- */

static Status stays_in_partition(TriggerSet *set, const TriggerDesc *t, TriggerOp op,
                                 const TriggerCall *call) {
    Executor *exec = set->exec;
    Expr *expr;
    Datum truth;
    bool is_null;
    if (op != TRIGGER_OP_INSERT || t->parent == 0 || !set->desc->is_partition)
        return STATUS_OK;
    if (set->partition_check == NULL) {
        TRY(partition_constraint(&exec->session->env, &exec->arena, set->desc, true, &expr));
        if (expr == NULL)
            return STATUS_OK;
        TRY(plan_expr(&exec->session->env, &exec->arena, &exec->session->planner, expr, SLOT_TARGET,
                      &expr));
        TRY(prog_compile(exec, expr, &set->partition_check));
    }
    TriggerRow row = {call->result_values, call->result_nulls, 0};
    show_row(set, &row, &set->new_row, set->new_regs);
    ProgContext ctx = {.exec = exec, .row_count = 1, .arena = &set->arena};
    ctx.side[SLOT_TARGET] = &set->new_row;
    Status s = prog_eval_row(set->partition_check, &ctx, 0, &truth, &is_null);
    arena_reset(&set->arena);
    TRY(s);
    if (is_null || truth.b)
        return STATUS_OK;
    return status_detail(
        error(ERR_FEATURE_NOT_SUPPORTED,
              "moving row to another partition during a BEFORE FOR EACH ROW trigger is not "
              "supported"),
        "Before executing trigger \"%s\", the row was to be in partition \"%s.%s\".", t->name,
        set->desc->nsp_name, set->desc->name);
}

static Status fire_now(TriggerSet *set, TriggerWhen when, TriggerOp op, Arena *arena,
                       const TriggerRow *old_row, TriggerRow *new_row, bool *skip_out) {
    uint16_t n = set->desc->column_count;
    *skip_out = false;
    for (uint32_t i = 0; i < set->count; i++) {
        bool applies;
        TRY(trigger_applies(set, &set->states[i], when, op, old_row, new_row, &applies));
        if (!applies)
            continue;
        TriggerCall call = {.session = set->exec->session,
                            .arena = arena,
                            .trigger = set->states[i].desc,
                            .relation = set->desc,
                            .when = when,
                            .op = op,
                            .for_row = true,
                            .old_row = old_row,
                            .new_row = new_row,
                            .updated = set->updated};
        TRY(trigger_call(&call));
        *skip_out = call.skip;
        if (call.skip)
            return STATUS_OK;
        if (new_row == NULL || call.result_values == new_row->values)
            continue;
        TRY(stays_in_partition(set, set->states[i].desc, op, &call));
        memcpy(new_row->values, call.result_values, sizeof(Datum) * n);
        memcpy(new_row->nulls, call.result_nulls, n);
    }
    return STATUS_OK;
}

/* Generated columns are made after BEFORE triggers: these see NULL. */
static void hide_generated(const TriggerSet *set, TriggerRow *row) {
    for (uint16_t i = 0; i < set->desc->column_count; i++)
        if (set->desc->columns[i].generated != 0)
            row->nulls[i] = true;
}

Status trigger_before_row(TriggerSet *set, TriggerOp op, Arena *arena, const TriggerRow *old_row,
                          TriggerRow *new_row, bool *skip_out) {
    if (new_row != NULL)
        hide_generated(set, new_row);
    return fire_now(set, TRIGGER_WHEN_BEFORE, op, arena, old_row, new_row, skip_out);
}

Status trigger_instead_of(TriggerSet *set, TriggerOp op, Arena *arena, const TriggerRow *old_row,
                          TriggerRow *new_row, bool *skip_out) {
    return fire_now(set, TRIGGER_WHEN_INSTEAD, op, arena, old_row, new_row, skip_out);
}

/* ---- statement triggers ---- */

Status trigger_fire_statement(TriggerSet *set, TriggerWhen when, TriggerOp op,
                              ChangedRows *changed) {
    for (uint32_t i = 0; i < set->count; i++) {
        bool applies;
        TRY(trigger_applies(set, &set->states[i], when, op, NULL, NULL, &applies));
        if (!applies)
            continue;
        Arena arena;
        arena_init(&arena, &set->exec->account);
        TriggerCall call = {.session = set->exec->session,
                            .arena = &arena,
                            .trigger = set->states[i].desc,
                            .relation = set->desc,
                            .when = when,
                            .op = op,
                            .updated = set->updated};
        Status s = when == TRIGGER_WHEN_AFTER ? trigger_call_with_tables(set, changed, &call)
                                              : trigger_call(&call);
        arena_destroy(&arena);
        TRY(s);
    }
    return STATUS_OK;
}
