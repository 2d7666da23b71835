/* plpgsql_run.c: PL/pgSQL's statements of control: blocks, branches, loops, RETURN. */
#include "executor/plpgsql_int.h"

#include "base/array.h"

static Status run_statement(PlFrame *frame, const PlStmt *stmt, PlFlow *flow_out);

Status pl_run_body(PlFrame *frame, const PlBody *body, PlFlow *flow_out) {
    *flow_out = PL_GO_ON;
    for (size_t i = 0; i < body->count; i++) {
        frame->stmt = body->items[i];
        TRY(run_statement(frame, body->items[i], flow_out));
        if (*flow_out != PL_GO_ON)
            break;
    }
    return STATUS_OK;
}

/* ---- blocks ---- */

static Status enter_block(PlFrame *frame, const PlBlock *block) {
    frame->phase = "during statement block local variable initialization";
    for (uint32_t i = 0; i < block->variable_count; i++) {
        frame->phase_line = block->variables[i]->line;
        TRY(pl_default(frame, block->variables[i]));
    }
    frame->phase_line = 0;
    frame->phase = NULL;
    return STATUS_OK;
}

/* EXIT label of a block ends it. */
static void leave_block(PlFrame *frame, const PlBlock *block, PlFlow *flow_io) {
    if (*flow_io != PL_EXITING || frame->label == NULL || block->label == NULL ||
        strcmp(frame->label, block->label) != 0)
        return;
    frame->label = NULL;
    *flow_io = PL_GO_ON;
}

static Status guarded_block(PlFrame *frame, const PlBlock *block, PlFlow *flow_out) {
    Session *session = frame->session;
    Subtransaction mark;
    PlRows *rows = frame->open_rows;
    session->ops->subtransaction_begin(session, &mark);
    frame->subtransactions++;
    Status s = pl_run_body(frame, &block->body, flow_out);
    frame->subtransactions--;
    if (status_ok(s)) {
        session->ops->subtransaction_end(session, &mark);
        return s;
    }
    const PlHandler *handler;
    check(frame->open_rows == rows);
    if (!pl_handles(block, s.error, &handler))
        return s;
    s = status_context(status_unplaced(s), "%s", pl_context(frame, &frame->eval));
    s.error->context_closed = true;
    frame->phase = "during exception cleanup";
    fiber_interrupts_hold();
    Status undone = session->ops->subtransaction_rollback(session, &mark);
    fiber_interrupts_release();
    if (!status_ok(undone)) {
        status_free(s);
        return undone;
    }
    frame->phase = NULL;
    return pl_run_handlers(frame, block, s, flow_out);
}

Status pl_run_block(PlFrame *frame, const PlBlock *block, PlFlow *flow_out) {
    TRY(enter_block(frame, block));
    frame->stmt = (const PlStmt *)block;
    if (block->has_handlers)
        TRY(guarded_block(frame, block, flow_out));
    else
        TRY(pl_run_body(frame, &block->body, flow_out));
    leave_block(frame, block, flow_out);
    return STATUS_OK;
}

/* ---- branches ---- */

static Status run_if(PlFrame *frame, const PlIf *stmt, PlFlow *flow_out) {
    for (uint32_t i = 0; i < stmt->branch_count; i++) {
        bool yes, is_null;
        TRY(pl_eval_bool(frame, stmt->branches[i].condition, &yes, &is_null));
        if (yes)
            return pl_run_body(frame, &stmt->branches[i].body, flow_out);
    }
    return pl_run_body(frame, &stmt->otherwise, flow_out);
}

/* The variable has the type of the test's value. */
static Status set_case_variable(PlFrame *frame, const PlCase *stmt) {
    Datum value = {.i64 = 0};
    bool is_null;
    int32_t typmod;
    PlDatum *v = stmt->variable;
    TRY(pl_eval(frame, stmt->test, OID_INVALID, -1, &value, &is_null));
    Oid type = pl_eval_type(frame, stmt->test, &typmod);
    if (type != v->type.oid) {
        const TypeDesc *desc;
        TRY(catalog_type_require(frame->session->catalog, type, &desc));
        pl_value_clear(frame, &frame->cells[v->number].v);
        frame->cells[v->number].v.phys = desc->phys;
        v->type = (PlType){.oid = type, .typmod = -1, .collation = desc->collation};
    }
    return pl_assign_exact(frame, v, value, is_null);
}

static Status run_case(PlFrame *frame, const PlCase *stmt, PlFlow *flow_out) {
    if (stmt->test != NULL)
        TRY(set_case_variable(frame, stmt));
    for (uint32_t i = 0; i < stmt->branch_count; i++) {
        bool yes, is_null;
        TRY(pl_eval_bool(frame, stmt->branches[i].condition, &yes, &is_null));
        if (!yes)
            continue;
        if (stmt->test != NULL)
            TRY(pl_assign_exact(frame, stmt->variable, (Datum){.i64 = 0}, true));
        return pl_run_body(frame, &stmt->branches[i].body, flow_out);
    }
    if (stmt->test != NULL)
        TRY(pl_assign_exact(frame, stmt->variable, (Datum){.i64 = 0}, true));
    if (!stmt->has_else)
        return status_hint(error(ERR_CASE_NOT_FOUND, "case not found"),
                           "CASE statement is missing ELSE part.");
    return pl_run_body(frame, &stmt->otherwise, flow_out);
}

/* ---- loops ---- */

bool pl_loop_again(PlFrame *frame, const char *label, PlFlow *flow_io) {
    bool mine = frame->label == NULL || (label != NULL && strcmp(frame->label, label) == 0);
    if (*flow_io == PL_GO_ON)
        return true;
    if (*flow_io == PL_RETURNING || !mine)
        return false;
    frame->label = NULL;
    bool again = *flow_io == PL_CONTINUING;
    *flow_io = PL_GO_ON;
    return again;
}

static Status run_loop(PlFrame *frame, const PlLoop *stmt, PlFlow *flow_out) {
    do {
        TRY(pl_turn(frame));
        frame->stmt = (const PlStmt *)stmt;
        if (stmt->condition != NULL) {
            bool yes, is_null;
            arena_reset(&frame->eval);
            TRY(pl_eval_bool(frame, stmt->condition, &yes, &is_null));
            if (!yes)
                break;
        }
        TRY(pl_run_body(frame, &stmt->body, flow_out));
    } while (pl_loop_again(frame, stmt->label, flow_out));
    return STATUS_OK;
}

static Status bound(PlFrame *frame, PlExpr *expr, const char *what, int64_t *value_out) {
    Datum value = {.i64 = 0};
    bool is_null;
    TRY(pl_eval(frame, expr, OID_INT4, -1, &value, &is_null));
    if (is_null)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "%s of FOR loop cannot be null", what);
    *value_out = value.i32;
    return STATUS_OK;
}

static Status run_for_int(PlFrame *frame, const PlForInt *stmt, PlFlow *flow_out) {
    int64_t i, end, step = 1;
    bool found = false;
    TRY(bound(frame, stmt->lower, "lower bound", &i));
    TRY(bound(frame, stmt->upper, "upper bound", &end));
    if (stmt->step != NULL)
        TRY(bound(frame, stmt->step, "BY value", &step));
    if (step <= 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "BY value of FOR loop must be greater than zero");
    for (; stmt->reverse ? i >= end : i <= end; i += stmt->reverse ? -step : step) {
        if (i > INT32_MAX || i < INT32_MIN)
            break;
        found = true;
        TRY(pl_turn(frame));
        TRY(pl_assign_exact(frame, stmt->variable, datum_i32((int32_t)i), false));
        TRY(pl_run_body(frame, &stmt->body, flow_out));
        if (!pl_loop_again(frame, stmt->label, flow_out))
            break;
    }
    pl_set_found(frame, found);
    return STATUS_OK;
}

/* ---- FOREACH ---- */

typedef struct Foreach {
    Arena arena; /* holds the array */
    ArrayView array;
    Oid array_type, element;
    PhysType phys;
    int32_t slice;
} Foreach;

static Status element_of(PlFrame *frame, Oid type, Oid *element_out) {
    const TypeDesc *desc;
    *element_out = OID_INVALID;
    if (type == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_type_require(frame->session->catalog, type, &desc));
    while (desc->kind == 'd')
        TRY(catalog_type_require(frame->session->catalog, desc->base, &desc));
    return catalog_array_element(frame->session->catalog, desc->oid, element_out);
}

static Status check_foreach(PlFrame *frame, const PlForeach *stmt, const Foreach *f) {
    Oid element;
    if (stmt->slice < 0 || stmt->slice > (int32_t)f->array.dim_count)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR,
                     "slice dimension (%d) is out of the valid range 0..%d", stmt->slice,
                     (int)f->array.dim_count);
    if (stmt->target->kind == PL_REC || stmt->target->kind == PL_ROW)
        return STATUS_OK;
    Oid type = stmt->target->type.oid;
    if (stmt->target->kind == PL_FIELD) {
        PlRecord *r;
        uint32_t place;
        TRY(pl_record_field(frame, stmt->target, &r, &place));
        type = r->shape->types[place];
    }
    TRY(element_of(frame, type, &element));
    if (stmt->slice > 0 && element == OID_INVALID)
        return error(ERR_DATATYPE_MISMATCH,
                     "FOREACH ... SLICE loop variable must be of an array type");
    if (stmt->slice == 0 && element != OID_INVALID)
        return error(ERR_DATATYPE_MISMATCH, "FOREACH loop variable must not be of an array type");
    return STATUS_OK;
}

static Status open_foreach(PlFrame *frame, const PlForeach *stmt, Foreach *f) {
    Datum value = {.i64 = 0};
    bool is_null;
    int32_t typmod;
    const TypeDesc *desc;
    const char *text;
    TRY(pl_eval(frame, stmt->array, OID_INVALID, -1, &value, &is_null));
    if (is_null)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "FOREACH expression must not be null");
    Oid type = pl_eval_type(frame, stmt->array, &typmod);
    TRY(element_of(frame, type, &f->element));
    if (f->element == OID_INVALID) {
        TRY(format_type(frame->session->catalog, &frame->eval, type, -1, 0, &text));
        return error(ERR_DATATYPE_MISMATCH, "FOREACH expression must yield an array, not type %s",
                     text);
    }
    f->array_type = type;
    TRY(catalog_type_require(frame->session->catalog, f->element, &desc));
    f->phys = desc->phys;
    f->slice = stmt->slice;
    TRY(datum_copy(&f->arena, PHYS_STR, value, &value));
    TRY(array_view(value.str, &f->array));
    return check_foreach(frame, stmt, f);
}

/* Elements [first, first + count) as an array of the innermost dimensions. */
static Status slice_at(PlFrame *frame, const Foreach *f, uint32_t first, uint32_t count,
                       Datum *value_out) {
    Datum *values = arena_array(&frame->eval, Datum, count + 1);
    bool *nulls = arena_array(&frame->eval, bool, count + 1);
    uint32_t skip = f->array.dim_count - (uint32_t)f->slice;
    for (uint32_t i = 0; i < count; i++) {
        nulls[i] = array_is_null(&f->array, first + i);
        if (!nulls[i])
            values[i] = array_get(&f->array, first + i);
    }
    return array_build(&frame->eval, f->element, f->phys, (uint32_t)f->slice, f->array.dims + skip,
                       f->array.lower + skip, values, nulls, value_out);
}

static Status foreach_rounds(PlFrame *frame, const PlForeach *stmt, const Foreach *f,
                             PlFlow *flow_out) {
    uint32_t step = 1;
    bool found = false;
    for (int32_t i = 0; i < f->slice; i++)
        step *= (uint32_t)f->array.dims[f->array.dim_count - 1 - (uint32_t)i];
    for (uint32_t at = 0; at < f->array.elem_count && step > 0; at += step) {
        Datum value = {.i64 = 0};
        bool is_null = false;
        found = true;
        TRY(pl_turn(frame));
        frame->stmt = (const PlStmt *)stmt;
        arena_reset(&frame->eval);
        if (f->slice > 0) {
            TRY(slice_at(frame, f, at, step, &value));
        } else {
            is_null = array_is_null(&f->array, at);
            if (!is_null)
                value = array_get(&f->array, at);
        }
        TRY(pl_assign(frame, stmt->target, value, is_null,
                      f->slice > 0 ? f->array_type : f->element, -1));
        TRY(pl_run_body(frame, &stmt->body, flow_out));
        if (!pl_loop_again(frame, stmt->label, flow_out))
            break;
    }
    pl_set_found(frame, found);
    return STATUS_OK;
}

static Status run_foreach(PlFrame *frame, const PlForeach *stmt, PlFlow *flow_out) {
    Foreach f = {0};
    arena_init(&f.arena, &frame->session->account);
    Status s = open_foreach(frame, stmt, &f);
    if (status_ok(s))
        s = foreach_rounds(frame, stmt, &f, flow_out);
    arena_destroy(&f.arena);
    return s;
}

static Status run_exit(PlFrame *frame, const PlExit *stmt, PlFlow *flow_out) {
    bool yes = true, is_null;
    if (stmt->condition != NULL)
        TRY(pl_eval_bool(frame, stmt->condition, &yes, &is_null));
    if (!yes)
        return STATUS_OK;
    frame->label = stmt->label;
    *flow_out = stmt->is_exit ? PL_EXITING : PL_CONTINUING;
    return STATUS_OK;
}

/* ---- RETURN ---- */

static Status not_composite(void) {
    return error(ERR_DATATYPE_MISMATCH,
                 "cannot return non-composite value from function returning composite type");
}

static Status is_row_value(PlFrame *frame, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    TRY(catalog_type_require(frame->session->catalog, type, &desc));
    while (desc->kind == 'd')
        TRY(catalog_type_require(frame->session->catalog, desc->base, &desc));
    *yes_out = desc->kind == 'c' || type == OID_RECORD;
    return STATUS_OK;
}

/* The value, copied to where it outlives the frame's scratch. */
static Status keep_result(PlFrame *frame, Datum value, bool is_null) {
    const TypeDesc *desc;
    frame->result_null = is_null;
    frame->result = value;
    if (is_null)
        return STATUS_OK;
    TRY(catalog_type_require(frame->session->catalog, frame->result_type, &desc));
    return datum_copy(frame->result_arena, desc->phys, value, &frame->result);
}

static Status return_variable(PlFrame *frame, PlDatum *datum) {
    Datum value = {.i64 = 0};
    bool is_null;
    TRY(pl_read(frame, datum, &value, &is_null, &frame->result_type, &frame->result_typmod));
    bool row = datum->kind == PL_REC || datum->kind == PL_ROW;
    if (frame->fn->result_is_row && !row && !is_null)
        return not_composite();
    return keep_result(frame, value, is_null);
}

static Status run_return(PlFrame *frame, const PlReturn *stmt, PlFlow *flow_out) {
    PlFunction *fn = frame->fn;
    Datum value = {.i64 = 0};
    bool is_null = true, row;
    *flow_out = PL_RETURNING;
    frame->returned = true;
    frame->result_null = true;
    frame->result_type = fn->result;
    frame->result_typmod = -1;
    if (fn->returns_set)
        return STATUS_OK;
    if (stmt->variable != NULL)
        return return_variable(frame, stmt->variable);
    if (stmt->value == NULL)
        return STATUS_OK;
    TRY(pl_eval(frame, stmt->value, OID_INVALID, -1, &value, &is_null));
    frame->result_type = pl_eval_type(frame, stmt->value, &frame->result_typmod);
    if (fn->result_is_row && !is_null) {
        TRY(is_row_value(frame, frame->result_type, &row));
        if (!row)
            return not_composite();
    }
    return keep_result(frame, value, is_null);
}

static Status next_scalar(PlFrame *frame, Datum value, bool is_null, Oid type, int32_t typmod) {
    const Oid *wanted = frame->set_columns->types;
    if (frame->set_columns->count != 1)
        return error(ERR_DATATYPE_MISMATCH, "wrong result type supplied in RETURN NEXT");
    TRY(pl_cast(frame, value, is_null, type, typmod, wanted[0], frame->set_columns->typmods[0],
                &value, &is_null));
    return row_store_add_row(frame->set, &value, &is_null);
}

static Status null_row(PlFrame *frame) {
    Datum *values = arena_array(&frame->eval, Datum, frame->set_columns->count + 1);
    bool *nulls = arena_array(&frame->eval, bool, frame->set_columns->count + 1);
    memset(nulls, 1, frame->set_columns->count);
    return row_store_add_row(frame->set, values, nulls);
}

static Status next_row(PlFrame *frame, Datum value, bool is_null, Oid type) {
    bool row;
    PlRow given;
    if (is_null)
        return null_row(frame);
    TRY(is_row_value(frame, type, &row));
    if (!row)
        return not_composite();
    TRY(pl_row_of_record(frame, value, &given));
    return pl_add_row(frame, &given);
}

static Status run_return_next(PlFrame *frame, const PlReturn *stmt) {
    Datum value = {.i64 = 0};
    bool is_null = false;
    Oid type;
    int32_t typmod;
    if (stmt->variable != NULL) {
        PlDatum *d = stmt->variable;
        const PlShape *shape;
        if (d->kind == PL_REC && frame->cells[d->number].r.shape == NULL)
            TRY(pl_record_shape(frame, d, &shape));
        TRY(pl_read(frame, d, &value, &is_null, &type, &typmod));
        if (d->kind != PL_VAR && !frame->fn->result_is_row)
            return next_row(frame, value, is_null, type);
    } else {
        TRY(pl_eval(frame, stmt->value, OID_INVALID, -1, &value, &is_null));
        type = pl_eval_type(frame, stmt->value, &typmod);
    }
    return frame->fn->result_is_row ? next_row(frame, value, is_null, type)
                                    : next_scalar(frame, value, is_null, type, typmod);
}

static Status wrong_record(PlFrame *frame, const PlRow *row) {
    return status_detail(error(ERR_DATATYPE_MISMATCH, "%s",
                               frame->stmt != NULL && frame->stmt->kind == PL_RETURN_QUERY
                                   ? "structure of query does not match function result type"
                               : frame->stmt != NULL && frame->stmt->kind == PL_RETURN_NEXT
                                   ? "wrong record type supplied in RETURN NEXT"
                                   : "returned record type does not match expected record type"),
                         "Number of returned columns (%u) does not match expected column count "
                         "(%u).",
                         row->count, frame->set_columns->count);
}

static Status wrong_column(PlFrame *frame, const PlRow *row, uint32_t from, uint32_t to) {
    const char *is, *wanted;
    CatalogSession *catalog = frame->session->catalog;
    TRY(format_type(catalog, &frame->eval, row->types[from], -1, 0, &is));
    TRY(format_type(catalog, &frame->eval, frame->set_columns->types[to], -1, 0, &wanted));
    Status s = wrong_record(frame, row);
    status_replace_detail(s, arena_printf(&frame->eval,
                                          "Returned type %s does not match expected type %s in "
                                          "column %u.",
                                          is, wanted, to + 1));
    return s;
}

/* Columns agree by place; dropped ones are left out on either side. */
Status pl_add_row(PlFrame *frame, const PlRow *row) {
    const PlShape *to = frame->set_columns;
    Datum *values = arena_array(&frame->eval, Datum, to->count + 1);
    bool *nulls = arena_array(&frame->eval, bool, to->count + 1);
    uint32_t from = 0;
    for (uint32_t i = 0; i < to->count; i++) {
        nulls[i] = true;
        if (to->types[i] == OID_INVALID)
            continue;
        while (from < row->count && row->types[from] == OID_INVALID)
            from++;
        if (from == row->count)
            return wrong_record(frame, row);
        if (row->types[from] != to->types[i])
            return wrong_column(frame, row, from, i);
        if (row->values != NULL) {
            nulls[i] = row->nulls[from];
            values[i] = row->values[from];
        }
        from++;
    }
    while (from < row->count && row->types[from] == OID_INVALID)
        from++;
    if (from < row->count)
        return wrong_record(frame, row);
    return row->values == NULL ? STATUS_OK : row_store_add_row(frame->set, values, nulls);
}

/* ---- dispatch ---- */

static Status run_other(PlFrame *frame, const PlStmt *stmt, PlFlow *flow_out) {
    switch (stmt->kind) {
    case PL_SQL:
        return pl_run_sql(frame, (const PlSql *)stmt);
    case PL_PERFORM:
        return pl_run_perform(frame, (const PlSql *)stmt);
    case PL_CALL:
        return pl_run_call(frame, (const PlSql *)stmt);
    case PL_EXECUTE:
        return pl_run_execute(frame, (const PlExecute *)stmt);
    case PL_RETURN_QUERY:
        return pl_run_return_query(frame, (const PlReturnQuery *)stmt);
    case PL_FOR_QUERY:
    case PL_FOR_EXECUTE:
        return pl_run_for_rows(frame, (const PlForRows *)stmt, flow_out);
    case PL_FOR_CURSOR:
        return pl_run_for_cursor(frame, (const PlForRows *)stmt, flow_out);
    case PL_RAISE:
        return pl_run_raise(frame, (const PlRaise *)stmt);
    case PL_ASSERT:
        return pl_run_assert(frame, (const PlAssert *)stmt);
    case PL_GET_DIAGNOSTICS:
        return pl_run_get_diagnostics(frame, (const PlGetDiagnostics *)stmt);
    case PL_OPEN:
        return pl_run_open(frame, (const PlOpen *)stmt);
    case PL_FETCH:
        return pl_run_fetch(frame, (const PlFetch *)stmt);
    case PL_CLOSE:
        return pl_run_close(frame, (const PlClose *)stmt);
    case PL_COMMIT:
    case PL_ROLLBACK:
        return pl_run_transaction(frame, (const PlTransaction *)stmt);
    default:
        UNREACHABLE();
    }
}

static Status run_statement(PlFrame *frame, const PlStmt *stmt, PlFlow *flow_out) {
    arena_reset(&frame->eval);
    switch (stmt->kind) {
    case PL_ASSIGN:
        return pl_run_assign(frame, ((const PlAssign *)stmt)->expr);
    case PL_BLOCK:
        return pl_run_block(frame, (const PlBlock *)stmt, flow_out);
    case PL_IF:
        return run_if(frame, (const PlIf *)stmt, flow_out);
    case PL_CASE:
        return run_case(frame, (const PlCase *)stmt, flow_out);
    case PL_LOOP:
    case PL_WHILE:
        return run_loop(frame, (const PlLoop *)stmt, flow_out);
    case PL_FOR_INT:
        return run_for_int(frame, (const PlForInt *)stmt, flow_out);
    case PL_FOREACH:
        return run_foreach(frame, (const PlForeach *)stmt, flow_out);
    case PL_EXIT:
        return run_exit(frame, (const PlExit *)stmt, flow_out);
    case PL_RETURN:
        return run_return(frame, (const PlReturn *)stmt, flow_out);
    case PL_RETURN_NEXT:
        return run_return_next(frame, (const PlReturn *)stmt);
    default:
        return run_other(frame, stmt, flow_out);
    }
}
