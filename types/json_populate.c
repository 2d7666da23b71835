/*
 * json_populate.c: JSON into SQL values: objects into rows, arrays into arrays, the rest through the
 * type's input function. json and jsonb take the same way: a part of a jsonb value is opened when it
 * is looked into.
 */
#include "types/json_args.h"
#include "types/record.h"
#include "types/record_int.h"

#define OID_JSON 114
#define OID_JSONB 3802

typedef struct Populate {
    EvalEnv *env;
    Arena *arena;
    int depth;
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

static Status convert(Populate *p, Oid type, int32_t typmod, JsonNode *node, Datum *value_out,
                      bool *null_out);

static Status to_array(Populate *p, const TypeInfo *info, int32_t typmod, JsonNode *node,
                       Datum *value_out) {
    const TypeInfo *elem = info->element_type;
    VEC(Datum) values = {0};
    VEC(bool) nulls = {0};
    for (JsonNode *c = node->first; c != NULL; c = c->next) {
        Datum value = datum_i64(0);
        bool is_null = false;
        TRY(convert(p, elem->oid, typmod, c, &value, &is_null));
        vec_push(&values, p->arena, value);
        vec_push(&nulls, p->arena, is_null);
    }
    return array_build_1d(p->arena, elem->oid, elem->phys, values.items, nulls.items,
                          (uint32_t)values.count, value_out);
}
/* base: a row whose columns stand where the object has none; NULL. */
static Status to_row(Populate *p, Oid type, const JsonNode *object, const Str *base,
                     Datum *value_out) {
    RecordShape shape;
    RecordView view = {0};
    TRY(record_shape(p->env, p->arena, type, &shape));
    if (base != NULL)
        TRY(record_view(*base, &view));
    Datum *values = arena_array(p->arena, Datum, shape.count + 1);
    bool *nulls = arena_array(p->arena, bool, shape.count + 1);
    for (uint32_t i = 0; i < shape.count; i++) {
        const JsonNode *found = json_find(object, str_from_cstr(shape.names[i]));
        nulls[i] = true;
        if (found != NULL) {
            TRY(convert(p, shape.types[i], shape.typmods[i], (JsonNode *)found, &values[i],
                        &nulls[i]));
        } else if (i < view.column_count && !record_column_is_null(&view, i)) {
            nulls[i] = false;
            values[i] = record_column(&view, i);
        }
    }
    return record_build(p->arena, type, -1, shape.count, shape.types, shape.phys, values, nulls,
                        value_out);
}
static Status convert_open(Populate *p, const TypeInfo *info, int32_t typmod, JsonNode *node,
                           Datum *value_out) {
    const TypeInfo *base = info;
    while (base->kind == TYPE_DOMAIN)
        base = base->element_type;
    if (base->oid == OID_JSON) {
        *value_out = (Datum){.str = node->source};
        return STATUS_OK;
    }
    if (base->oid == OID_JSONB)
        return jsonb_encode(p->arena, node, value_out);
    if (base->kind == TYPE_COMPOSITE && node->kind == JSON_OBJECT)
        return to_row(p, base->oid, node, NULL, value_out);
    bool is_array = base->category == 'A' && base->element_type != NULL;
    if (is_array && node->kind == JSON_ARRAY)
        return to_array(p, base, typmod, node, value_out);
    if (is_array && node->kind != JSON_STRING)
        return error(ERR_INVALID_TEXT_REPRESENTATION, "expected JSON array");
    if (base->kind == TYPE_COMPOSITE && node->kind != JSON_STRING)
        return json_argument_error(node->kind == JSON_ARRAY ? "cannot call %s on an array"
                                                            : "cannot call %s on a scalar",
                                   "populate_composite");
    TypeIo io = {.type = info, .typmod = typmod, .env = p->env, .arena = p->arena};
    Str text = node->kind == JSON_STRING ? node->text : node->source;
    return info->input(&io, text.data, text.len, value_out);
}
static Status convert(Populate *p, Oid type, int32_t typmod, JsonNode *node, Datum *value_out,
                      bool *null_out) {
    const TypeInfo *info;
    node = open_node(p->arena, node);
    *null_out = node->kind == JSON_NULL;
    if (*null_out)
        return STATUS_OK;
    if (p->depth >= TYPE_DEPTH_MAX)
        return type_depth_error();
    TRY(type_lookup(p->env, type, &info));
    p->depth++;
    Status s = convert_open(p, info, typmod, node, value_out);
    p->depth--;
    return s;
}

static Status root_node(FnCall *call, Arena *arena, bool binary, JsonNode **node_out) {
    if (!binary)
        return json_parse(arena, ARG_STR(1), true, node_out);
    *node_out = open_node(arena, json_node_encoded(arena, ARG_STR(1)));
    return STATUS_OK;
}
static Status check_row_type(FnCall *call, const char *function) {
    const TypeInfo *info;
    TRY(type_lookup(call_env(call), call->site->arg_types[0], &info));
    if (info->kind != TYPE_COMPOSITE)
        return error(ERR_DATATYPE_MISMATCH, "first argument of %s must be a row type", function);
    return STATUS_OK;
}
static Status populate_record(FnCall *call, bool binary, const char *function) {
    Populate p = {.env = call_env(call), .arena = call->arena};
    JsonNode *node;
    TRY(check_row_type(call, function));
    if (call->nulls[1])
        return call->nulls[0] ? ret_null(call) : ret_datum(call, call->args[0]);
    TRY(root_node(call, call->arena, binary, &node));
    if (node->kind != JSON_OBJECT)
        return json_argument_error(node->kind == JSON_ARRAY ? "cannot call %s on an array"
                                                            : "cannot call %s on a scalar",
                                   function);
    return to_row(&p, call->site->arg_types[0], node, call->nulls[0] ? NULL : &call->args[0].str,
                  &call->result);
}
SCALAR(json_populate_record) { return populate_record(call, false, "json_populate_record"); }
SCALAR(jsonb_populate_record) { return populate_record(call, true, "jsonb_populate_record"); }

static Status start_recordset(SetCall *set, bool binary, const char *function) {
    FnCall *call = &set->call;
    JsonNode *node;
    TRY(check_row_type(call, function));
    set->state = NULL;
    if (call->nulls[1])
        return STATUS_OK;
    TRY(root_node(call, set->scan_arena, binary, &node));
    if (node->kind != JSON_ARRAY)
        return json_argument_error(node->kind == JSON_OBJECT ? "cannot call %s on an object"
                                                             : "cannot call %s on a scalar",
                                   function);
    set->state = node->first;
    return STATUS_OK;
}
static Status next_recordset(SetCall *set, const char *function, bool *row_out) {
    FnCall *call = &set->call;
    Populate p = {.env = call_env(call), .arena = call->arena};
    RecordView view;
    Datum row;
    *row_out = set->state != NULL;
    if (!*row_out)
        return STATUS_OK;
    JsonNode *node = set->state;
    set->state = node->next;
    node = open_node(call->arena, node);
    if (node->kind != JSON_OBJECT)
        return json_argument_error("argument of %s must be an array of objects", function);
    TRY(to_row(&p, call->site->arg_types[0], node, call->nulls[0] ? NULL : &call->args[0].str,
               &row));
    TRY(record_view(row.str, &view));
    Oid *types = arena_array(call->arena, Oid, view.column_count + 1);
    Datum *values = arena_array(call->arena, Datum, view.column_count + 1);
    bool *nulls = arena_array(call->arena, bool, view.column_count + 1);
    for (uint32_t i = 0; i < view.column_count; i++) {
        types[i] = record_column_type(&view, i);
        nulls[i] = record_column_is_null(&view, i);
        if (!nulls[i])
            values[i] = record_column(&view, i);
    }
    return record_set_row(set, types, values, nulls, view.column_count);
}
SET_START(json_populate_recordset) {
    return start_recordset(set, false, "json_populate_recordset");
}
SET_NEXT(json_populate_recordset) {
    return next_recordset(set, "json_populate_recordset", row_out);
}
SET_START(jsonb_populate_recordset) {
    return start_recordset(set, true, "jsonb_populate_recordset");
}
SET_NEXT(jsonb_populate_recordset) {
    return next_recordset(set, "jsonb_populate_recordset", row_out);
}
