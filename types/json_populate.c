/*
 * json_populate.c: JSON into SQL values: objects into rows, arrays into arrays, the rest through the
 * type's input function. json and jsonb take the same way: a part of a jsonb value is opened when it
 * is looked into.
 *
 * The row's columns are those of the first argument's type; of an anonymous record they are its value's, or
 * the column definition list of the call.
 */
#include "types/json_args.h"
#include "types/record.h"
#include "types/record_int.h"

#include "catalog/desc.h"
#include "catalog/name.h"

#define OID_JSON 114
#define OID_JSONB 3802

typedef struct Populate {
    EvalEnv *env;
    Arena *arena;
} Populate;

/* The node with its kind known. A container of jsonb has its children still encoded. */
static JsonNode *open_node(Arena *arena, JsonNode *node) {
    if (node->kind != JSON_ENCODED)
        return node;
    JsonNode *open = jsonb_open(arena, node->text);
    open->kind = jsonb_kind(node->text);
    open->key = node->key;
    open->truth = open->kind == JSON_BOOL && jsonb_truth(node->text);
    StrBuf buf;
    strbuf_init(&buf, arena);
    jsonb_print(node->text, false, &buf);
    open->source = buf_datum(&buf).str;
    open->text = open->kind == JSON_STRING ? jsonb_scalar(node->text) : open->source;
    return open;
}

/* node NULL: no such key. column NULL: an array's element. */
static Status convert(Populate *p, Oid type, int32_t typmod, const char *column, JsonNode *node,
                      const Str *base, Datum *value_out, bool *null_out);

/* ---- arrays ---- */

typedef struct ArrayFill {
    Populate *p;
    const TypeInfo *elem;
    int32_t typmod;
    const char *column;
    int dim_count; /* 0: not known yet */
    int32_t dims[ARRAY_DIMS_MAX], sizes[ARRAY_DIMS_MAX];
    VEC(Datum) values;
    VEC(bool) nulls;
} ArrayFill;

static Status expected_array(const ArrayFill *f, int depth) {
    Status s = error(ERR_INVALID_TEXT_REPRESENTATION, "expected JSON array");
    StrBuf places;
    if (depth <= 0)
        return f->column == NULL ? s : status_hint(s, "See the value of key \"%s\".", f->column);
    strbuf_init(&places, f->p->arena);
    for (int i = 0; i < depth; i++)
        strbuf_printf(&places, "[%d]", f->sizes[i]);
    if (f->column == NULL)
        return status_hint(s, "See the array element %s.", strbuf_cstr(&places));
    return status_hint(s, "See the array element %s of key \"%s\".", strbuf_cstr(&places),
                       f->column);
}
/* Dimension `depth` (from 1) of the array. */
static Status fill_dimension(ArrayFill *f, JsonNode *node, int depth) {
    Arena *arena = f->p->arena;
    node = open_node(arena, node);
    if (node->kind != JSON_ARRAY)
        return expected_array(f, depth - 1);
    if (depth > ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth,
                     ARRAY_DIMS_MAX);
    if (f->dim_count == 0 &&
        (node->first == NULL || open_node(arena, node->first)->kind != JSON_ARRAY))
        f->dim_count = depth;
    for (JsonNode *c = node->first; c != NULL; c = c->next) {
        if (f->dim_count > 0 && depth >= f->dim_count) {
            Datum value = datum_i64(0);
            bool is_null = false;
            TRY(convert(f->p, f->elem->oid, f->typmod, NULL, c, NULL, &value, &is_null));
            vec_push(&f->values, arena, value);
            vec_push(&f->nulls, arena, is_null);
        } else {
            TRY(fill_dimension(f, c, depth + 1));
            if (f->dims[depth] < 0)
                f->dims[depth] = f->sizes[depth];
            else if (f->dims[depth] != f->sizes[depth])
                return status_detail(
                    error(ERR_INVALID_TEXT_REPRESENTATION, "malformed JSON array"),
                    "Multidimensional arrays must have sub-arrays with matching dimensions.");
            f->sizes[depth] = 0;
        }
        f->sizes[depth - 1]++;
    }
    return STATUS_OK;
}
static Status to_array(Populate *p, const TypeInfo *info, int32_t typmod, const char *column,
                       JsonNode *node, Datum *value_out) {
    static const int32_t ones[ARRAY_DIMS_MAX] = {1, 1, 1, 1, 1, 1};
    ArrayFill f = {.p = p, .elem = info->element_type, .typmod = typmod, .column = column};
    for (int i = 0; i < ARRAY_DIMS_MAX; i++)
        f.dims[i] = -1;
    TRY(fill_dimension(&f, node, 1));
    f.dims[0] = f.sizes[0];
    return array_build(p->arena, f.elem->oid, f.elem->phys, f.values.count == 0 ? 0 : f.dim_count,
                       f.dims, ones, f.values.items, f.nulls.items, value_out);
}

/* ---- rows ---- */

/* The members of an object by key: a table, so wide rows stay linear. The last of equal keys counts. */
typedef struct Members {
    const JsonNode **slots;
    size_t mask;
} Members;
static void members_init(Members *m, Arena *arena, const JsonNode *object) {
    size_t size = 8;
    while (size < 2 * (size_t)object->count)
        size *= 2;
    m->slots = arena_array(arena, const JsonNode *, size);
    m->mask = size - 1;
    for (const JsonNode *c = object->first; c != NULL; c = c->next) {
        size_t at = hash_bytes(c->key.data, c->key.len) & m->mask;
        while (m->slots[at] != NULL && !str_equal(m->slots[at]->key, c->key))
            at = (at + 1) & m->mask;
        m->slots[at] = c;
    }
}
static JsonNode *members_find(const Members *m, Str key) {
    size_t at = hash_bytes(key.data, key.len) & m->mask;
    while (m->slots[at] != NULL && !str_equal(m->slots[at]->key, key))
        at = (at + 1) & m->mask;
    return (JsonNode *)m->slots[at];
}

/* What a row is made of. type: 2249 for an anonymous record. */
typedef struct RowType {
    Oid type;
    RecordShape shape;
    Str names; /* packed, of an anonymous record */
} RowType;

/* base: a row whose columns stand where the object has none; NULL. */
static Status to_row(Populate *p, const RowType *row, const JsonNode *object, const Str *base,
                     Datum *value_out) {
    const RecordShape *shape = &row->shape;
    RecordView view = {0};
    Members members;
    if (object->kind != JSON_OBJECT)
        return json_argument_error(object->kind == JSON_ARRAY ? "cannot call %s on an array"
                                                              : "cannot call %s on a scalar",
                                   "populate_composite");
    if (base != NULL && object->count == 0) {
        *value_out = (Datum){.str = *base};
        return STATUS_OK;
    }
    if (base != NULL)
        TRY(record_view(*base, &view));
    members_init(&members, p->arena, object);
    Datum *values = arena_array(p->arena, Datum, shape->count + 1);
    bool *nulls = arena_array(p->arena, bool, shape->count + 1);
    for (uint32_t i = 0; i < shape->count; i++) {
        nulls[i] = base == NULL || i >= view.column_count || record_column_is_null(&view, i);
        if (!nulls[i])
            values[i] = record_column(&view, i);
        if (shape->types[i] == 0)
            continue;
        JsonNode *found = members_find(&members, str_from_cstr(shape->names[i]));
        if (found == NULL && base != NULL)
            continue;
        Str inner = nulls[i] || shape->phys[i] != PHYS_STR ? (Str){0} : values[i].str;
        TRY(convert(p, shape->types[i], shape->typmods[i], shape->names[i], found,
                    inner.data == NULL ? NULL : &inner, &values[i], &nulls[i]));
    }
    return record_build_named(p->arena, row->type, shape->count, shape->types, shape->phys, values,
                              nulls, row->names, value_out);
}
static Status composite_row(EvalEnv *env, Arena *arena, Oid type, RowType *row_out) {
    *row_out = (RowType){.type = type};
    return record_shape(env, arena, type, &row_out->shape);
}
static Status convert_open(Populate *p, const TypeInfo *info, int32_t typmod, const char *column,
                           JsonNode *node, const Str *base, Datum *value_out) {
    if (info->oid == OID_JSONB)
        return jsonb_encode(p->arena, node, value_out);
    if (node->kind != JSON_STRING && info->kind == TYPE_COMPOSITE) {
        RowType row;
        TRY(composite_row(p->env, p->arena, info->oid, &row));
        return to_row(p, &row, node, base, value_out);
    }
    if (node->kind != JSON_STRING && info->category == 'A' && info->element_type != NULL)
        return to_array(p, info, typmod, column, node, value_out);
    TypeIo io = {.type = info, .typmod = typmod, .env = p->env, .arena = p->arena};
    Str text = node->kind == JSON_STRING && info->oid != OID_JSON ? node->text : node->source;
    return info->input(&io, text.data, text.len, value_out);
}
static Status convert(Populate *p, Oid type, int32_t typmod, const char *column, JsonNode *node,
                      const Str *base, Datum *value_out, bool *null_out) {
    const TypeInfo *info;
    node = node == NULL ? NULL : open_node(p->arena, node);
    *null_out = node == NULL || node->kind == JSON_NULL;
    if (*null_out && type_builtin(type) != NULL)
        return STATUS_OK;
    TRY(fiber_stack_check());
    TRY(type_lookup(p->env, type, &info));
    const TypeInfo *domain = info;
    while (info->kind == TYPE_DOMAIN) {
        const TypeDesc *desc;
        TRY(catalog_type_require(p->env->catalog, info->oid, &desc));
        typmod = desc->typmod;
        info = info->element_type;
    }
    Status s = *null_out ? STATUS_OK : convert_open(p, info, typmod, column, node, base, value_out);
    TRY(s);
    return type_check_domain(p->env, domain, *value_out, *null_out);
}

/* ---- functions ---- */

static Status undetermined(const char *function) {
    return status_hint(
        error(ERR_FEATURE_NOT_SUPPORTED, "could not determine row type for result of %s", function),
        "Provide a non-null record argument, or call the function in the FROM "
        "clause using a column definition list.");
}
static Status add_phys(EvalEnv *env, Arena *arena, RecordShape *shape) {
    shape->phys = arena_array(arena, PhysType, shape->count + 1);
    for (uint32_t i = 0; i < shape->count; i++) {
        const TypeInfo *info;
        TRY(type_lookup(env, shape->types[i], &info));
        shape->phys[i] = info->phys;
    }
    return STATUS_OK;
}
static Status defined_row(FnCall *call, Arena *arena, const char *function, RowType *row_out) {
    const FnRow *row = call->site->row;
    if (row == NULL)
        return undetermined(function);
    *row_out = (RowType){.type = OID_RECORD,
                         .shape = {.count = row->column_count,
                                   .types = (Oid *)row->types,
                                   .typmods = (int32_t *)row->typmods,
                                   .names = (const char **)row->names},
                         .names = record_pack_names(arena, row->names, row->column_count)};
    return add_phys(call_env(call), arena, &row_out->shape);
}
/* The row of a record's value. */
static Status value_row(FnCall *call, Arena *arena, Str record, RowType *row_out) {
    RecordView view;
    EvalEnv *env = call_env(call);
    TRY(record_view(record, &view));
    if (view.type != OID_RECORD)
        return composite_row(env, arena, view.type, row_out);
    *row_out = (RowType){.type = OID_RECORD, .names = view.names};
    RecordShape *shape = &row_out->shape;
    shape->count = view.column_count;
    shape->types = arena_array(arena, Oid, view.column_count + 1);
    shape->typmods = arena_array(arena, int32_t, view.column_count + 1);
    for (uint32_t i = 0; i < view.column_count; i++) {
        shape->types[i] = record_column_type(&view, i);
        shape->typmods[i] = -1;
    }
    TRY(record_column_names(env, arena, &view, &shape->names));
    return add_phys(env, arena, shape);
}
/* has_record: the first argument is a row. *domain_out: the domain over it, or NULL. */
static Status result_row(FnCall *call, Arena *arena, const char *function, bool has_record,
                         RowType *row_out, const TypeInfo **domain_out) {
    const TypeInfo *info;
    EvalEnv *env = call_env(call);
    *domain_out = NULL;
    if (!has_record)
        return defined_row(call, arena, function, row_out);
    TRY(type_lookup(env, call->site->arg_types[0], &info));
    if (info->kind == TYPE_DOMAIN)
        *domain_out = info;
    while (info->kind == TYPE_DOMAIN)
        info = info->element_type;
    if (info->oid == OID_RECORD)
        return call->nulls[0] ? defined_row(call, arena, function, row_out)
                              : value_row(call, arena, ARG_STR(0), row_out);
    if (info->kind != TYPE_COMPOSITE)
        return error(ERR_DATATYPE_MISMATCH, "first argument of %s must be a row type", function);
    return composite_row(env, arena, info->oid, row_out);
}
static Status root_node(Arena *arena, bool binary, Str json, JsonNode **node_out) {
    if (!binary)
        return json_parse(arena, json, true, node_out);
    *node_out = open_node(arena, json_node_encoded(arena, json));
    return STATUS_OK;
}

static Status populate_record(FnCall *call, bool binary, bool has_record, const char *function) {
    Populate p = {.env = call_env(call), .arena = call->arena};
    int json = has_record ? 1 : 0;
    RowType row;
    const TypeInfo *domain;
    JsonNode *node;
    TRY(result_row(call, call->arena, function, has_record, &row, &domain));
    if (call->nulls[json])
        return !has_record || call->nulls[0] ? ret_null(call) : ret_datum(call, call->args[0]);
    TRY(root_node(call->arena, binary, ARG_STR(json), &node));
    TRY(to_row(&p, &row, node, has_record && !call->nulls[0] ? &call->args[0].str : NULL,
               &call->result));
    return domain == NULL ? STATUS_OK : type_check_domain(p.env, domain, call->result, false);
}
SCALAR(json_populate_record) { return populate_record(call, false, true, "json_populate_record"); }
SCALAR(jsonb_populate_record) { return populate_record(call, true, true, "jsonb_populate_record"); }
SCALAR(json_to_record) { return populate_record(call, false, false, "json_to_record"); }
SCALAR(jsonb_to_record) { return populate_record(call, true, false, "jsonb_to_record"); }

typedef struct RecordSet {
    RowType row;
    const TypeInfo *domain;
    JsonNode *next;
    bool has_base;
} RecordSet;

static Status mismatch(void) {
    return error(ERR_DATATYPE_MISMATCH,
                 "function return row and query-specified return row do not match");
}
/* A record's own columns against the column definition list of the call. */
static Status check_columns(FnCall *call, const RowType *row) {
    const FnRow *wanted = call->site->row;
    if (wanted == NULL)
        return STATUS_OK;
    if (row->shape.count != wanted->column_count)
        return status_detail(
            mismatch(), "Returned row contains %u attribute%s, but query expects %u.",
            row->shape.count, row->shape.count == 1 ? "" : "s", wanted->column_count);
    for (uint32_t i = 0; i < wanted->column_count; i++) {
        const TypeInfo *got, *want;
        if (row->shape.types[i] == wanted->types[i])
            continue;
        TRY(type_lookup(call_env(call), row->shape.types[i], &got));
        TRY(type_lookup(call_env(call), wanted->types[i], &want));
        if (got->phys == want->phys && got->category == want->category)
            continue;
        const char *got_name, *want_name;
        CatalogSession *catalog = call_env(call)->catalog;
        TRY(format_type_brief(catalog, call->arena, got->oid, &got_name));
        TRY(format_type_brief(catalog, call->arena, want->oid, &want_name));
        return status_detail(mismatch(),
                             "Returned type %s at ordinal position %u, but query expects %s.",
                             got_name, i + 1, want_name);
    }
    return STATUS_OK;
}
static Status start_recordset(SetCall *set, bool binary, bool has_record, const char *function) {
    FnCall *call = &set->call;
    RecordSet *rows = arena_new(set->scan_arena, RecordSet);
    JsonNode *node;
    int json = has_record ? 1 : 0;
    set->state = rows;
    TRY(result_row(call, set->scan_arena, function, has_record, &rows->row, &rows->domain));
    rows->has_base = has_record && !call->nulls[0];
    if (call->nulls[json])
        return STATUS_OK;
    TRY(check_columns(call, &rows->row));
    TRY(root_node(set->scan_arena, binary, ARG_STR(json), &node));
    if (node->kind != JSON_ARRAY)
        return json_argument_error(binary                      ? "cannot call %s on a non-array"
                                   : node->kind == JSON_OBJECT ? "cannot call %s on an object"
                                                               : "cannot call %s on a scalar",
                                   function);
    rows->next = node->first;
    return STATUS_OK;
}
static Status next_recordset(SetCall *set, const char *function, bool *row_out) {
    FnCall *call = &set->call;
    RecordSet *rows = set->state;
    Populate p = {.env = call_env(call), .arena = call->arena};
    RecordView view;
    Datum record;
    *row_out = rows->next != NULL;
    if (!*row_out)
        return STATUS_OK;
    JsonNode *node = open_node(call->arena, rows->next);
    rows->next = rows->next->next;
    if (node->kind != JSON_OBJECT)
        return json_argument_error("argument of %s must be an array of objects", function);
    TRY(to_row(&p, &rows->row, node, rows->has_base ? &call->args[0].str : NULL, &record));
    if (rows->domain != NULL)
        TRY(type_check_domain(p.env, rows->domain, record, false));
    if (set->whole) {
        set->columns[0] = record;
        return STATUS_OK;
    }
    TRY(record_view(record.str, &view));
    for (uint32_t i = 0; i < view.column_count && (int)i < set->column_count; i++) {
        set->column_nulls[i] = record_column_is_null(&view, i);
        if (!set->column_nulls[i])
            set->columns[i] = record_column(&view, i);
    }
    return STATUS_OK;
}
SET_START(json_populate_recordset) {
    return start_recordset(set, false, true, "json_populate_recordset");
}
SET_NEXT(json_populate_recordset) {
    return next_recordset(set, "json_populate_recordset", row_out);
}
SET_START(jsonb_populate_recordset) {
    return start_recordset(set, true, true, "jsonb_populate_recordset");
}
SET_NEXT(jsonb_populate_recordset) {
    return next_recordset(set, "jsonb_populate_recordset", row_out);
}
SET_START(json_to_recordset) { return start_recordset(set, false, false, "json_to_recordset"); }
SET_NEXT(json_to_recordset) { return next_recordset(set, "json_to_recordset", row_out); }
SET_START(jsonb_to_recordset) { return start_recordset(set, true, false, "jsonb_to_recordset"); }
SET_NEXT(jsonb_to_recordset) { return next_recordset(set, "jsonb_to_recordset", row_out); }
