/* json_fn.c: json: its forms, and the functions that look into a text. */
#include "types/json_args.h"
#include "types/record_int.h"
#include "types/text.h"

DECLARE_TYPE_IO(json);

Status json_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    JsonNode *node;
    ArenaMark mark = arena_mark(io->arena);
    Status s = json_parse(io->arena, str_make(text, len), false, &node);
    arena_release(io->arena, mark);
    TRY(s);
    *value_out = datum_str(arena_memdup(io->arena, text, len), len);
    return STATUS_OK;
}
Status json_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_append(text, value.str.data, value.str.len);
    return STATUS_OK;
}
Status json_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TRY(text_verify(bytes, len));
    return json_input(io, (const char *)bytes, len, value_out);
}
Status json_send(TypeIo *io, Datum value, StrBuf *bytes) { return json_output(io, value, bytes); }

/* The part found, as json or as text. */
static Status ret_node(FnCall *call, const JsonNode *node, bool as_text) {
    if (node == NULL || (as_text && node->kind == JSON_NULL))
        return ret_null(call);
    return ret_str(call, as_text && node->kind == JSON_STRING ? node->text : node->source);
}
static Status field(FnCall *call, bool as_text) {
    JsonNode *node;
    TRY(json_parse(call->arena, ARG_STR(0), true, &node));
    return ret_node(call, node->kind == JSON_OBJECT ? json_find(node, ARG_STR(1)) : NULL, as_text);
}
SCALAR(json_object_field) { return field(call, false); }
SCALAR(json_object_field_text) { return field(call, true); }
static Status element(FnCall *call, bool as_text) {
    JsonNode *node;
    TRY(json_parse(call->arena, ARG_STR(0), true, &node));
    return ret_node(call, node->kind == JSON_ARRAY ? json_at(node, ARG_I32(1)) : NULL, as_text);
}
SCALAR(json_array_element) { return element(call, false); }
SCALAR(json_array_element_text) { return element(call, true); }

static Status follow(FnCall *call, bool as_text) {
    JsonNode *root;
    JsonPath path;
    TRY(json_path_arg(call, 1, &path));
    for (uint32_t i = 0; i < path.count; i++)
        if (path.steps[i].data == NULL)
            return ret_null(call);
    TRY(json_parse(call->arena, ARG_STR(0), true, &root));
    const JsonNode *node = root;
    for (uint32_t i = 0; i < path.count && node != NULL; i++) {
        int64_t index;
        if (node->kind == JSON_OBJECT)
            node = json_find(node, path.steps[i]);
        else if (node->kind == JSON_ARRAY && json_step_index(path.steps[i], &index))
            node = json_at(node, index);
        else
            node = NULL;
    }
    return ret_node(call, node, as_text);
}
SCALAR(json_extract_path) { return follow(call, false); }
SCALAR(json_extract_path_text) { return follow(call, true); }

SCALAR(json_typeof) {
    JsonNode *node;
    TRY(json_parse(call->arena, ARG_STR(0), false, &node));
    return ret_str(call, str_from_cstr(json_kind_name(node->kind)));
}
SCALAR(json_array_length) {
    JsonNode *node;
    TRY(json_parse(call->arena, ARG_STR(0), false, &node));
    if (node->kind == JSON_ARRAY)
        return ret_i32(call, (int32_t)node->count);
    return json_argument_error(node->kind == JSON_OBJECT ? "cannot get array length of a non-array"
                                                         : "cannot get array length of a scalar",
                               "");
}

/* ---- sets: of an object's members, of an array's elements ---- */

static Status start(SetCall *set, JsonKind wanted, const char *other_error,
                    const char *scalar_error, const char *function) {
    JsonNode *node;
    TRY(json_parse(set->scan_arena, set->call.args[0].str, true, &node));
    if (node->kind != wanted)
        return json_argument_error(node->kind >= JSON_ARRAY ? other_error : scalar_error, function);
    set->state = node;
    node->last = node->first;
    return STATUS_OK;
}
/* The container's `last` serves as the cursor. */
static const JsonNode *take(SetCall *set, bool *row_out) {
    JsonNode *container = set->state, *node = container->last;
    *row_out = node != NULL;
    if (node != NULL)
        container->last = node->next;
    return node;
}
static Datum part(const JsonNode *node, bool as_text, bool *null_out) {
    *null_out = as_text && node->kind == JSON_NULL;
    return (Datum){.str = as_text && node->kind == JSON_STRING ? node->text : node->source};
}
static Status next_member(SetCall *set, bool as_text, bool *row_out) {
    const JsonNode *node = take(set, row_out);
    if (node == NULL)
        return STATUS_OK;
    const Oid types[] = {25, as_text ? 25 : 114};
    bool nulls[2] = {false};
    Datum values[2] = {{.str = node->key}, part(node, as_text, &nulls[1])};
    return record_set_row(set, types, values, nulls, 2);
}
static Status next_element(SetCall *set, bool as_text, bool *row_out) {
    const JsonNode *node = take(set, row_out);
    if (node != NULL)
        set->columns[0] = part(node, as_text, &set->column_nulls[0]);
    return STATUS_OK;
}
SET_START(json_each) {
    return start(set, JSON_OBJECT, "cannot deconstruct an array as an object",
                 "cannot deconstruct a scalar", "");
}
SET_NEXT(json_each) { return next_member(set, false, row_out); }
SET_START(json_each_text) { return set_json_each_start(set); }
SET_NEXT(json_each_text) { return next_member(set, true, row_out); }
SET_START(json_array_elements) {
    return start(set, JSON_ARRAY, "cannot call %s on a non-array", "cannot call %s on a scalar",
                 "json_array_elements");
}
SET_NEXT(json_array_elements) { return next_element(set, false, row_out); }
SET_START(json_array_elements_text) {
    return start(set, JSON_ARRAY, "cannot call %s on a non-array", "cannot call %s on a scalar",
                 "json_array_elements_text");
}
SET_NEXT(json_array_elements_text) { return next_element(set, true, row_out); }
SET_START(json_object_keys) {
    return start(set, JSON_OBJECT, "cannot call %s on an array", "cannot call %s on a scalar",
                 "json_object_keys");
}
SET_NEXT(json_object_keys) {
    const JsonNode *node = take(set, row_out);
    if (node != NULL)
        set->columns[0] = (Datum){.str = node->key};
    return STATUS_OK;
}

static void print_without_nulls(const JsonNode *node, StrBuf *text) {
    bool any = false;
    if (node->kind == JSON_STRING) {
        json_put_string(text, node->text);
        return;
    }
    if (node->kind < JSON_ARRAY) {
        strbuf_append(text, node->source.data, node->source.len);
        return;
    }
    strbuf_putc(text, node->kind == JSON_ARRAY ? '[' : '{');
    for (const JsonNode *c = node->first; c != NULL; c = c->next) {
        if (node->kind == JSON_OBJECT && c->kind == JSON_NULL)
            continue;
        if (any)
            strbuf_putc(text, ',');
        any = true;
        if (node->kind == JSON_OBJECT) {
            json_put_string(text, c->key);
            strbuf_putc(text, ':');
        }
        print_without_nulls(c, text);
    }
    strbuf_putc(text, node->kind == JSON_ARRAY ? ']' : '}');
}
SCALAR(json_strip_nulls) {
    JsonNode *node;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(json_parse(call->arena, ARG_STR(0), true, &node));
    print_without_nulls(node, &buf);
    return ret_buf(call, &buf);
}
