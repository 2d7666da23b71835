/* plpgsql_var.c: variables of a PL/pgSQL function: frames, values, records, assignment. */
#include "executor/plpgsql_int.h"

#include "base/array.h"
#include "base/bits.h"
#include "base/hash.h"
#include "types/record.h"

/* ---- frames ---- */

static Session *account_of(const PlFrame *frame) { return frame->session; }

/* How many bytes a buffer keeps when its value is gone. */
#define KEEP_BYTES 4096u

Status pl_frame_make(PlFunction *fn, PlFrame **frame_out) {
    PlFrame *f = fn->spare;
    Session *session = fn->session;
    if (f != NULL) {
        fn->spare = NULL;
        *frame_out = f;
        return STATUS_OK;
    }
    f = mem_alloc(&session->account, sizeof(*f));
    *f = (PlFrame){.session = session, .fn = fn};
    arena_init_small(&f->arena, &session->account);
    arena_init(&f->eval, &session->account);
    f->cells = arena_array(&f->arena, PlCell, fn->tree->datum_count + 1);
    for (uint32_t i = 0; i < fn->tree->datum_count; i++) {
        PlDatum *d = fn->tree->datums[i];
        PlCell *cell = &f->cells[i];
        if (d->kind == PL_REC) {
            arena_init_small(&cell->r.arena, &session->account);
        } else if (d->kind == PL_VAR) {
            const TypeDesc *type;
            Status s = catalog_type_require(session->catalog, d->type.oid, &type);
            if (!status_ok(s)) {
                pl_frame_free(f);
                return s;
            }
            cell->v.phys = type->phys;
            cell->v.is_null = true;
        }
    }
    *frame_out = f;
    return STATUS_OK;
}

void pl_value_clear(PlFrame *frame, PlValue *cell) {
    if (cell->capacity > 0)
        mem_free(&account_of(frame)->account, cell->bytes, cell->capacity);
    cell->bytes = NULL;
    cell->capacity = 0;
    cell->is_null = true;
}

static void record_drop(PlFrame *frame, PlRecord *r) {
    for (uint32_t i = 0; r->shape != NULL && i < r->shape->count; i++)
        pl_value_clear(frame, &r->fields[i]);
    r->shape = NULL;
    r->fields = NULL;
    r->is_null = true;
    arena_reset(&r->arena);
}

void pl_frame_free(PlFrame *f) {
    Session *session = f->session;
    for (uint32_t i = 0; i < f->fn->tree->datum_count; i++) {
        PlDatumKind kind = f->fn->tree->datums[i]->kind;
        if (kind == PL_VAR) {
            pl_value_clear(f, &f->cells[i].v);
        } else if (kind == PL_REC && f->cells[i].r.arena.account != NULL) {
            record_drop(f, &f->cells[i].r);
            arena_destroy(&f->cells[i].r.arena);
        }
    }
    status_free(f->handled);
    arena_destroy(&f->eval);
    arena_destroy(&f->arena);
    mem_free(&session->account, f, sizeof(*f));
}

/* ---- values ---- */

static Status store_bytes(PlFrame *frame, PlValue *cell, Str from) {
    MemAccount *account = &account_of(frame)->account;
    uint32_t need = MAX(from.len, 1u);
    bool own =
        cell->bytes != NULL && from.data >= cell->bytes && from.data < cell->bytes + cell->capacity;
    if (need <= cell->capacity && (need > cell->capacity / 4 || cell->capacity <= KEEP_BYTES)) {
        memmove(cell->bytes, from.data, from.len);
        cell->value = datum_str(cell->bytes, from.len);
        return STATUS_OK;
    }
    uint32_t capacity = need > 64 && need < (1u << 29) ? need + need / 4 : MAX(need, 32u);
    char *bytes = mem_try_alloc(account, capacity);
    if (bytes == NULL)
        return status_out_of_memory();
    memcpy(bytes, from.data, from.len);
    (void)own;
    if (cell->capacity > 0)
        mem_free(account, cell->bytes, cell->capacity);
    cell->bytes = bytes;
    cell->capacity = capacity;
    cell->value = datum_str(bytes, from.len);
    return STATUS_OK;
}

Status pl_store(PlFrame *frame, PlValue *cell, Datum value, bool is_null) {
    if (cell->phys == PHYS_STR && !is_null)
        TRY(store_bytes(frame, cell, value.str));
    else
        cell->value = value;
    cell->is_null = is_null;
    return STATUS_OK;
}

/* Room for one more element: buffers double. */
static Status array_grow(PlFrame *frame, PlValue *cell, uint32_t len) {
    MemAccount *account = &account_of(frame)->account;
    if (len <= cell->capacity)
        return STATUS_OK;
    uint32_t capacity = len * 2;
    char *bytes = mem_try_alloc(account, capacity);
    if (bytes == NULL)
        return status_out_of_memory();
    memcpy(bytes, cell->bytes, cell->value.str.len);
    mem_free(account, cell->bytes, cell->capacity);
    cell->bytes = bytes;
    cell->capacity = capacity;
    cell->value = datum_str(bytes, cell->value.str.len);
    return STATUS_OK;
}

Status pl_store_element(PlFrame *frame, PlValue *cell, int32_t index, Datum value, PhysType phys,
                        bool *done_out) {
    ArrayView view;
    uint32_t width = phys_vector_bytes(phys);
    *done_out = false;
    if (cell->is_null)
        return STATUS_OK;
    Str array = cell->value.str;
    TRY(array_view(array, &view));
    if (view.dim_count != 1 || view.null_bits != NULL || view.elem_phys != phys ||
        (const char *)view.fixed + (size_t)view.elem_count * width != array.data + array.len)
        return STATUS_OK;
    int64_t place = (int64_t)index - view.lower[0];
    if (place < 0 || place > (int64_t)view.elem_count || array.len > (1u << 28))
        return STATUS_OK;
    size_t at = (size_t)((const char *)view.fixed - array.data) + (size_t)place * width;
    if (place == (int64_t)view.elem_count) {
        TRY(array_grow(frame, cell, array.len + width));
        store_le32(cell->bytes + 8, view.elem_count + 1);
        cell->value = datum_str(cell->bytes, array.len + width);
    }
    memcpy(cell->bytes + at, &value, width);
    *done_out = true;
    return STATUS_OK;
}

/* ---- shapes ---- */

static PlShape *shape_new(Arena *arena, uint32_t count) {
    PlShape *s = arena_new(arena, PlShape);
    s->count = count;
    s->names = arena_array(arena, const char *, count + 1);
    s->types = arena_array(arena, Oid, count + 1);
    s->typmods = arena_array(arena, int32_t, count + 1);
    s->phys = arena_array(arena, PhysType, count + 1);
    return s;
}

/* Fills in what follows from names and types. */
static Status shape_phys(PlFrame *frame, PlShape *s) {
    s->serial = s->count + 1;
    for (uint32_t i = 0; i < s->count; i++) {
        s->serial = hash_combine(s->serial, hash_bytes(s->names[i], strlen(s->names[i])));
        s->serial = hash_combine(s->serial, (uint64_t)s->types[i] << 32 | (uint32_t)s->typmods[i]);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        const TypeDesc *type;
        s->phys[i] = PHYS_I32;
        if (s->types[i] == OID_INVALID)
            continue;
        TRY(catalog_type_require(frame->session->catalog, s->types[i], &type));
        s->phys[i] = type->phys;
    }
    return STATUS_OK;
}

Status pl_shape_of_relation(PlFrame *frame, Arena *arena, Oid relation, PlShape **shape_out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(frame->session->catalog, relation, &desc));
    PlShape *s = shape_new(arena, desc->column_count);
    for (uint32_t i = 0; i < s->count; i++) {
        bool dropped = desc->columns[i].dropped;
        s->names[i] = dropped ? "" : arena_strdup(arena, desc->columns[i].name);
        s->types[i] = dropped ? OID_INVALID : desc->columns[i].type;
        s->typmods[i] = desc->columns[i].typmod;
    }
    *shape_out = s;
    return shape_phys(frame, s);
}

static void fields_make(PlRecord *r) {
    r->fields = arena_array(&r->arena, PlValue, r->shape->count + 1);
    for (uint32_t i = 0; i < r->shape->count; i++) {
        r->fields[i].phys = r->shape->phys[i];
        r->fields[i].is_null = true;
    }
}

static PlRecord *record_of(PlFrame *frame, const PlDatum *datum) {
    return &frame->cells[datum->number].r;
}

static Status not_assigned(const PlDatum *record) {
    return status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                               "record \"%s\" is not assigned yet", record->name),
                         "The tuple structure of a not-yet-assigned record is indeterminate.");
}

/* Of a named type: known before anything is assigned. */
static Status named_shape(PlFrame *frame, PlDatum *datum) {
    PlRecord *r = record_of(frame, datum);
    PlShape *shape;
    if (r->shape != NULL || datum->type.relation == OID_INVALID)
        return STATUS_OK;
    TRY(pl_shape_of_relation(frame, &r->arena, datum->type.relation, &shape));
    r->shape = shape;
    r->is_null = true;
    fields_make(r);
    return STATUS_OK;
}

Status pl_record_shape(PlFrame *frame, PlDatum *datum, const PlShape **shape_out) {
    TRY(named_shape(frame, datum));
    *shape_out = record_of(frame, datum)->shape;
    return *shape_out != NULL ? STATUS_OK : not_assigned(datum);
}

Status pl_record_field(PlFrame *frame, PlDatum *field, PlRecord **record_out, uint32_t *place_out) {
    const PlShape *shape;
    TRY(pl_record_shape(frame, field->parent, &shape));
    *record_out = record_of(frame, field->parent);
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->types[i] != OID_INVALID && strcmp(shape->names[i], field->field) == 0) {
            *place_out = i;
            return STATUS_OK;
        }
    return error(ERR_UNDEFINED_COLUMN, "record \"%s\" has no field \"%s\"", field->parent->name,
                 field->field);
}

Status pl_record_clear(PlFrame *frame, PlDatum *datum) {
    PlRecord *r = record_of(frame, datum);
    TRY(named_shape(frame, datum));
    for (uint32_t i = 0; r->shape != NULL && i < r->shape->count; i++)
        r->fields[i].is_null = true;
    r->is_null = true;
    return STATUS_OK;
}

/* ---- rows ---- */

static bool same_shape(const PlShape *shape, const PlRow *row) {
    if (shape == NULL || shape->count != row->count)
        return false;
    for (uint32_t i = 0; i < row->count; i++)
        if (shape->types[i] != row->types[i] ||
            (row->typmods != NULL && shape->typmods[i] != row->typmods[i]) ||
            strcmp(shape->names[i], row->names[i] == NULL ? "?column?" : row->names[i]) != 0)
            return false;
    return true;
}

/* A RECORD takes the columns of what is assigned. */
static Status adopt_shape(PlFrame *frame, PlRecord *r, const PlRow *row) {
    if (same_shape(r->shape, row))
        return STATUS_OK;
    record_drop(frame, r);
    PlShape *s = shape_new(&r->arena, row->count);
    for (uint32_t i = 0; i < row->count; i++) {
        s->names[i] = arena_strdup(&r->arena, row->names[i] == NULL ? "?column?" : row->names[i]);
        s->types[i] = row->types[i];
        s->typmods[i] = row->typmods == NULL ? -1 : row->typmods[i];
    }
    TRY(shape_phys(frame, s));
    r->shape = s;
    fields_make(r);
    return STATUS_OK;
}

static Status store_field(PlFrame *frame, PlRecord *r, uint32_t place, Datum value, bool is_null,
                          Oid type, int32_t typmod) {
    const PlShape *s = r->shape;
    if (type != s->types[place] || (s->typmods[place] >= 0 && typmod != s->typmods[place]))
        TRY(pl_cast(frame, value, is_null, type, typmod, s->types[place], s->typmods[place], &value,
                    &is_null));
    return pl_store(frame, &r->fields[place], value, is_null);
}

/* A table's own row type: system columns and types agree, dropped columns may be missing. */
static Status fill_named(PlFrame *frame, PlRecord *r, const PlRow *row) {
    uint32_t from = 0;
    bool whole = row->count == r->shape->count;
    for (uint32_t i = 0; i < row->count && whole; i++)
        whole = (row->types[i] == OID_INVALID) == (r->shape->types[i] == OID_INVALID);
    for (uint32_t i = 0; i < r->shape->count; i++) {
        if (r->shape->types[i] == OID_INVALID) {
            from += whole;
            continue;
        }
        while (from < row->count && row->types[from] == OID_INVALID)
            from++;
        bool have = from < row->count;
        TRY(store_field(frame, r, i, have ? row->values[from] : (Datum){.i64 = 0},
                        !have || row->nulls[from], have ? row->types[from] : OID_UNKNOWN,
                        have && row->typmods != NULL ? row->typmods[from] : -1));
        from += have;
    }
    r->is_null = false;
    return STATUS_OK;
}

static Status wrong_field_count(void) {
    return status_hint(
        status_detail(error(ERR_DATATYPE_MISMATCH,
                            "number of source and target fields in assignment does not match"),
                      "strict_multi_assignment check of extra_errors is active."),
        "Make sure the query returns the exact list of columns.");
}

/* plpgsql.extra_errors and extra_warnings may ask for rows that fit. */
static Status check_field_count(PlFrame *frame, uint32_t given, uint32_t wanted) {
    const PlFunction *fn = frame->fn;
    if (given == wanted ||
        ((fn->extra_errors | fn->extra_warnings) & PL_CHECK_MULTI_ASSIGNMENT) == 0)
        return STATUS_OK;
    if (fn->extra_errors & PL_CHECK_MULTI_ASSIGNMENT)
        return wrong_field_count();
    Status s = status_hint(
        status_detail(error(ERR_DATATYPE_MISMATCH,
                            "number of source and target fields in assignment does not match"),
                      "strict_multi_assignment check of extra_warnings is active."),
        "Make sure the query returns the exact list of columns.");
    frame->session->ops->notice(frame->session, NOTICE_WARNING,
                                status_context(s, "%s", pl_context(frame, &frame->eval)));
    return STATUS_OK;
}

static uint32_t live_columns(uint32_t count, const Oid *types) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += types[i] != OID_INVALID;
    return n;
}

static Status assign_parts(PlFrame *frame, PlDatum *target, const PlRow *row) {
    uint32_t from = 0;
    if (row != NULL)
        TRY(check_field_count(frame, live_columns(row->count, row->types), target->part_count));
    for (uint32_t i = 0; i < target->part_count; i++) {
        while (row != NULL && from < row->count && row->types[from] == OID_INVALID)
            from++;
        bool have = row != NULL && from < row->count;
        TRY(pl_assign(frame, target->parts[i], have ? row->values[from] : (Datum){.i64 = 0},
                      !have || row->nulls[from], have ? row->types[from] : OID_UNKNOWN,
                      have && row->typmods != NULL ? row->typmods[from] : -1));
        from += have;
    }
    return STATUS_OK;
}

static Status null_violation(const PlDatum *datum) {
    return error(ERR_NULL_VALUE_NOT_ALLOWED,
                 "null value cannot be assigned to variable \"%s\" declared NOT NULL", datum->name);
}

/* Bytes may lie in the record that is assigned to. */
static Status copy_row(PlFrame *frame, const PlRow *row, PlRow *copy) {
    Datum *values = arena_array(&frame->eval, Datum, row->count + 1);
    const char **names = arena_array(&frame->eval, const char *, row->count + 1);
    *copy = *row;
    for (uint32_t i = 0; i < row->count; i++) {
        const TypeDesc *type;
        names[i] = row->names[i] == NULL ? NULL : arena_strdup(&frame->eval, row->names[i]);
        if (row->nulls[i] || row->types[i] == OID_INVALID)
            continue;
        TRY(catalog_type_require(frame->session->catalog, row->types[i], &type));
        TRY(datum_copy(&frame->eval, type->phys, row->values[i], &values[i]));
    }
    copy->types = arena_memdup(&frame->eval, row->types, row->count * sizeof(Oid));
    copy->values = values;
    copy->names = names;
    return STATUS_OK;
}

/* A record of a domain's type: are its constraints met? */
static Status check_record_domain(PlFrame *frame, PlDatum *target) {
    EvalEnv *env = &frame->fn->code->exec->env;
    const TypeInfo *info;
    Datum value = {.i64 = 0};
    bool is_null;
    Oid type;
    int32_t typmod;
    if (!target->type.is_domain)
        return STATUS_OK;
    TRY(type_lookup(env, target->type.oid, &info));
    TRY(pl_read(frame, target, &value, &is_null, &type, &typmod));
    return type_check_domain(env, info, value, is_null);
}

static Status assign_record(PlFrame *frame, PlDatum *target, const PlRow *row,
                            const PlRow *shape_of);

Status pl_assign_row(PlFrame *frame, PlDatum *target, const PlRow *row, const PlRow *shape_of) {
    if (target->kind == PL_ROW)
        return assign_parts(frame, target, row);
    TRY(assign_record(frame, target, row, shape_of));
    return check_record_domain(frame, target);
}

static Status assign_record(PlFrame *frame, PlDatum *target, const PlRow *row,
                            const PlRow *shape_of) {
    PlRecord *r = record_of(frame, target);
    if (row == NULL && target->not_null)
        return null_violation(target);
    if (target->type.relation == OID_INVALID) {
        const PlRow *shape = row != NULL ? row : shape_of;
        if (shape != NULL && !same_shape(r->shape, shape))
            TRY(adopt_shape(frame, r, shape));
    }
    TRY(named_shape(frame, target));
    if (row == NULL) {
        TRY(pl_record_clear(frame, target));
        r->is_null = shape_of == NULL || r->shape == NULL;
        return STATUS_OK;
    }
    if (target->type.relation != OID_INVALID) {
        TRY(check_field_count(frame, live_columns(row->count, row->types),
                              live_columns(r->shape->count, r->shape->types)));
        return fill_named(frame, r, row);
    }
    for (uint32_t i = 0; i < row->count; i++)
        TRY(pl_store(frame, &r->fields[i], row->values[i], row->nulls[i]));
    r->is_null = false;
    return STATUS_OK;
}

/* The names in a record that knows its own. */
static void unpack_names(Arena *arena, const RecordView *view, const char **names) {
    size_t at = 0;
    for (uint32_t i = 0; i < view->column_count; i++) {
        names[i] = arena_printf(arena, "f%u", i + 1);
        if (view->names.data == NULL || at >= view->names.len)
            continue;
        uint8_t len = (uint8_t)view->names.data[at++];
        if (at + len > view->names.len)
            continue;
        names[i] = arena_strndup(arena, view->names.data + at, len);
        at += len;
    }
}

Status pl_row_of_record(PlFrame *frame, Datum value, PlRow *row_out) {
    Arena *arena = &frame->eval;
    RecordView view;
    TRY(record_view(value.str, &view));
    uint32_t n = view.column_count;
    Oid *types = arena_array(arena, Oid, n + 1);
    int32_t *typmods = arena_array(arena, int32_t, n + 1);
    Datum *values = arena_array(arena, Datum, n + 1);
    bool *nulls = arena_array(arena, bool, n + 1);
    const char **names = arena_array(arena, const char *, n + 1);
    unpack_names(arena, &view, names);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = record_column_type(&view, i);
        typmods[i] = -1;
        nulls[i] = record_column_is_null(&view, i);
        if (!nulls[i])
            values[i] = record_column(&view, i);
    }
    if (view.type != OID_RECORD && view.type != OID_INVALID) {
        const TypeDesc *type;
        PlShape *shape;
        TRY(catalog_type_require(frame->session->catalog, view.type, &type));
        while (type->kind == 'd')
            TRY(catalog_type_require(frame->session->catalog, type->base, &type));
        TRY(pl_shape_of_relation(frame, arena, type->relation, &shape));
        for (uint32_t i = 0; i < n && i < shape->count; i++) {
            names[i] = shape->names[i];
            types[i] = shape->types[i];
            typmods[i] = shape->typmods[i];
        }
    }
    *row_out = (PlRow){.count = n,
                       .names = names,
                       .types = types,
                       .typmods = typmods,
                       .values = values,
                       .nulls = nulls};
    return STATUS_OK;
}

/* ---- assignment ---- */

static Status is_row_type(PlFrame *frame, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    *yes_out = type == OID_RECORD;
    if (*yes_out || type == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_type_require(frame->session->catalog, type, &desc));
    while (desc->kind == 'd')
        TRY(catalog_type_require(frame->session->catalog, desc->base, &desc));
    *yes_out = desc->kind == 'c';
    return STATUS_OK;
}

static Status assign_composite(PlFrame *frame, PlDatum *datum, Datum value, bool is_null,
                               Oid type) {
    bool row;
    PlRow given, copy;
    if (is_null)
        return pl_assign_row(frame, datum, NULL, NULL);
    TRY(is_row_type(frame, type, &row));
    if (!row)
        return error(ERR_DATATYPE_MISMATCH,
                     datum->kind == PL_ROW ? "cannot assign non-composite value to a row variable"
                                           : "cannot assign non-composite value to a record "
                                             "variable");
    TRY(pl_row_of_record(frame, value, &given));
    TRY(copy_row(frame, &given, &copy));
    return pl_assign_row(frame, datum, &copy, NULL);
}

static Status assign_field(PlFrame *frame, PlDatum *datum, Datum value, bool is_null, Oid type,
                           int32_t typmod) {
    PlRecord *r;
    uint32_t place;
    TRY(pl_record_field(frame, datum, &r, &place));
    TRY(store_field(frame, r, place, value, is_null, type, typmod));
    r->is_null = false;
    return check_record_domain(frame, datum->parent);
}

Status pl_assign_exact(PlFrame *frame, PlDatum *datum, Datum value, bool is_null) {
    if (UNLIKELY(is_null && datum->not_null))
        return null_violation(datum);
    return pl_store(frame, &frame->cells[datum->number].v, value, is_null);
}

Status pl_assign(PlFrame *frame, PlDatum *datum, Datum value, bool is_null, Oid type,
                 int32_t typmod) {
    if (datum->kind == PL_FIELD)
        return assign_field(frame, datum, value, is_null, type, typmod);
    if (datum->kind != PL_VAR)
        return assign_composite(frame, datum, value, is_null, type);
    if (type != datum->type.oid || (datum->type.typmod >= 0 && typmod != datum->type.typmod))
        TRY(pl_cast(frame, value, is_null, type, typmod, datum->type.oid, datum->type.typmod,
                    &value, &is_null));
    return pl_assign_exact(frame, datum, value, is_null);
}

Status pl_assign_text(PlFrame *frame, PlDatum *datum, const char *text) {
    return pl_assign(frame, datum, text == NULL ? (Datum){.i64 = 0} : datum_cstr(text),
                     text == NULL, OID_TEXT, -1);
}

/* The value at declaration: its expression's, or NULL. */
Status pl_default(PlFrame *frame, PlDatum *datum) {
    Datum value = {.i64 = 0};
    bool is_null = true;
    arena_reset(&frame->eval);
    if (datum->default_value == NULL) {
        if (datum->kind == PL_REC) {
            PlRecord *r = record_of(frame, datum);
            if (datum->type.relation == OID_INVALID)
                record_drop(frame, r);
            TRY(pl_record_clear(frame, datum));
            return check_record_domain(frame, datum);
        }
        const TypeDesc *type;
        TRY(catalog_type_require(frame->session->catalog, datum->type.oid, &type));
        if (type->kind == 'd') /* its constraints may refuse NULL */
            return pl_assign(frame, datum, value, true, OID_UNKNOWN, -1);
        frame->cells[datum->number].v.is_null = true;
        return STATUS_OK;
    }
    if (datum->kind == PL_VAR) {
        TRY(pl_eval(frame, datum->default_value, datum->type.oid, datum->type.typmod, &value,
                    &is_null));
        return pl_assign_exact(frame, datum, value, is_null);
    }
    int32_t typmod;
    TRY(pl_eval(frame, datum->default_value, OID_INVALID, -1, &value, &is_null));
    return pl_assign(frame, datum, value, is_null,
                     pl_eval_type(frame, datum->default_value, &typmod), -1);
}

/* ---- reading ---- */

static Status record_value(PlFrame *frame, const PlDatum *datum, Datum *value_out, bool *null_out) {
    PlRecord *r = record_of(frame, datum);
    *null_out = r->shape == NULL || r->is_null;
    if (*null_out)
        return STATUS_OK;
    uint32_t n = r->shape->count;
    Datum *values = arena_array(&frame->eval, Datum, n + 1);
    bool *nulls = arena_array(&frame->eval, bool, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        values[i] = r->fields[i].value;
        nulls[i] = r->fields[i].is_null;
    }
    Str names = {0};
    if (datum->type.relation == OID_INVALID)
        names = record_pack_names(&frame->eval, r->shape->names, n);
    else
        return record_build(&frame->eval, datum->type.oid, -1, n, r->shape->types, r->shape->phys,
                            values, nulls, value_out);
    return record_build_named(&frame->eval, OID_RECORD, n, r->shape->types, r->shape->phys, values,
                              nulls, names, value_out);
}

static Status parts_value(PlFrame *frame, const PlDatum *datum, Datum *value_out) {
    uint32_t n = datum->part_count;
    Datum *values = arena_array(&frame->eval, Datum, n + 1);
    bool *nulls = arena_array(&frame->eval, bool, n + 1);
    Oid *types = arena_array(&frame->eval, Oid, n + 1);
    PhysType *phys = arena_array(&frame->eval, PhysType, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const TypeDesc *type;
        int32_t typmod;
        TRY(pl_read(frame, datum->parts[i], &values[i], &nulls[i], &types[i], &typmod));
        TRY(catalog_type_require(frame->session->catalog, types[i], &type));
        phys[i] = type->phys;
    }
    Str names = record_pack_names(&frame->eval, datum->part_names, n);
    return record_build_named(&frame->eval, OID_RECORD, n, types, phys, values, nulls, names,
                              value_out);
}

Status pl_read(PlFrame *frame, PlDatum *datum, Datum *value_out, bool *null_out, Oid *type_out,
               int32_t *typmod_out) {
    *type_out = datum->type.oid;
    *typmod_out = datum->type.typmod;
    switch (datum->kind) {
    case PL_VAR:
        *value_out = frame->cells[datum->number].v.value;
        *null_out = frame->cells[datum->number].v.is_null;
        return STATUS_OK;
    case PL_REC:
        return record_value(frame, datum, value_out, null_out);
    case PL_ROW:
        *type_out = OID_RECORD;
        *typmod_out = -1;
        *null_out = false;
        return parts_value(frame, datum, value_out);
    default: {
        PlRecord *r;
        uint32_t place;
        TRY(pl_record_field(frame, datum, &r, &place));
        *type_out = r->shape->types[place];
        *typmod_out = r->shape->typmods[place];
        *value_out = r->fields[place].value;
        *null_out = r->fields[place].is_null;
        return STATUS_OK;
    }
    }
}
