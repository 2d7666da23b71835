/* jsonb_fn.c: jsonb's comparisons and the functions that look into a value. */
#include "types/json_args.h"
#include "types/jsonb_subscript.h"
#include "types/record_int.h"

DECLARE_TYPE_ORDER(jsonb);

static int order(FnCall *call) { return jsonb_order(ARG_STR(0), ARG_STR(1)); }
SCALAR(jsonb_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(jsonb_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(jsonb_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(jsonb_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(jsonb_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(jsonb_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(jsonb_cmp) { return ret_i32(call, order(call)); }
SCALAR(jsonb_contains) { return ret_bool(call, jsonb_holds(ARG_STR(0), ARG_STR(1))); }
SCALAR(jsonb_contained) { return ret_bool(call, jsonb_holds(ARG_STR(1), ARG_STR(0))); }

static bool is_string(Str value, Str text) {
    return jsonb_kind(value) == JSON_STRING && str_equal(jsonb_scalar(value), text);
}
static bool has_key(Str value, Str key) {
    uint32_t at;
    if (jsonb_kind(value) == JSON_OBJECT)
        return jsonb_find(value, key, &at);
    if (jsonb_kind(value) != JSON_ARRAY)
        return is_string(value, key);
    for (uint32_t i = 0; i < jsonb_count(value); i++)
        if (is_string(jsonb_child(value, i), key))
            return true;
    return false;
}
SCALAR(jsonb_exists) { return ret_bool(call, has_key(ARG_STR(0), ARG_STR(1))); }
static Status has_keys(FnCall *call, bool all) {
    JsonPath keys;
    TRY(json_path_arg(call, 1, &keys));
    for (uint32_t i = 0; i < keys.count; i++)
        if (keys.steps[i].data != NULL && has_key(ARG_STR(0), keys.steps[i]) != all)
            return ret_bool(call, !all);
    return ret_bool(call, all);
}
SCALAR(jsonb_exists_any) { return has_keys(call, false); }
SCALAR(jsonb_exists_all) { return has_keys(call, true); }

static Status ret_part(FnCall *call, bool found, Str value, bool as_text) {
    Str text;
    if (!found)
        return ret_null(call);
    if (!as_text)
        return ret_str(call, value);
    return jsonb_as_text(call->arena, value, &text) ? ret_str(call, text) : ret_null(call);
}
static bool find_field(Str value, Str key, Str *out) {
    uint32_t at;
    bool found = jsonb_find(value, key, &at);
    if (found)
        *out = jsonb_child(value, at);
    return found;
}
static bool find_element(Str value, int64_t i, Str *out) {
    uint32_t count = jsonb_count(value);
    if (i < 0)
        i += count;
    bool found = jsonb_kind(value) == JSON_ARRAY && i >= 0 && i < count;
    if (found)
        *out = jsonb_child(value, (uint32_t)i);
    return found;
}
static Status field(FnCall *call, bool as_text) {
    Str part = ARG_STR(0);
    return ret_part(call, find_field(ARG_STR(0), ARG_STR(1), &part), part, as_text);
}
SCALAR(jsonb_object_field) { return field(call, false); }
SCALAR(jsonb_object_field_text) { return field(call, true); }
static Status element(FnCall *call, bool as_text) {
    Str part = ARG_STR(0);
    /* A scalar counts as an array of one here. */
    if (!jsonb_is_container(part))
        return ret_part(call, ARG_I32(1) == 0 || ARG_I32(1) == -1, part, as_text);
    return ret_part(call, find_element(ARG_STR(0), ARG_I32(1), &part), part, as_text);
}
SCALAR(jsonb_array_element) { return element(call, false); }
SCALAR(jsonb_array_element_text) { return element(call, true); }
void jsonb_fetch(Str value, const Str *path, uint32_t count, Str *part_out, bool *null_out) {
    bool found = true;
    *part_out = value;
    for (uint32_t i = 0; i < count && found; i++) {
        int64_t index;
        if (path[i].data == NULL)
            found = false;
        else if (jsonb_kind(*part_out) == JSON_OBJECT)
            found = find_field(*part_out, path[i], part_out);
        else
            found = json_step_index(path[i], &index) && find_element(*part_out, index, part_out);
    }
    *null_out = !found;
}
static Status follow(FnCall *call, bool as_text) {
    JsonPath path;
    Str part;
    bool is_null;
    TRY(json_path_arg(call, 1, &path));
    jsonb_fetch(ARG_STR(0), path.steps, path.count, &part, &is_null);
    return ret_part(call, !is_null, part, as_text);
}
SCALAR(jsonb_extract_path) { return follow(call, false); }
SCALAR(jsonb_extract_path_text) { return follow(call, true); }

SCALAR(jsonb_typeof) {
    return ret_str(call, str_from_cstr(json_kind_name(jsonb_kind(ARG_STR(0)))));
}
SCALAR(jsonb_array_length) {
    if (jsonb_kind(ARG_STR(0)) == JSON_ARRAY)
        return ret_i32(call, (int32_t)jsonb_count(ARG_STR(0)));
    return json_argument_error(jsonb_is_container(ARG_STR(0))
                                   ? "cannot get array length of a non-array"
                                   : "cannot get array length of a scalar",
                               "");
}
SCALAR(jsonb_pretty) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    jsonb_print(ARG_STR(0), true, &buf);
    return ret_buf(call, &buf);
}

typedef struct Children {
    Str value;
    uint32_t next, count;
} Children;

static Status start(SetCall *set, JsonKind wanted, const char *other_error,
                    const char *scalar_error, const char *function) {
    Children *c = arena_new(set->scan_arena, Children);
    c->value = set->call.args[0].str;
    c->count = jsonb_count(c->value);
    set->state = c;
    if (jsonb_kind(c->value) == wanted)
        return STATUS_OK;
    return json_argument_error(jsonb_is_container(c->value) ? other_error : scalar_error, function);
}
static Status next_member(SetCall *set, bool as_text, bool *row_out) {
    Children *c = set->state;
    const Oid types[] = {25, as_text ? 25 : 3802};
    bool nulls[2] = {false};
    *row_out = c->next < c->count;
    if (!*row_out)
        return STATUS_OK;
    Str part = jsonb_child(c->value, c->next), text = part;
    if (as_text)
        nulls[1] = !jsonb_as_text(set->call.arena, part, &text);
    Datum values[2] = {{.str = jsonb_key(c->value, c->next)}, {.str = text}};
    c->next++;
    return record_set_row(set, types, values, nulls, 2);
}
static Status next_element(SetCall *set, bool as_text, bool *row_out) {
    Children *c = set->state;
    *row_out = c->next < c->count;
    if (!*row_out)
        return STATUS_OK;
    Str part = jsonb_child(c->value, c->next++);
    set->column_nulls[0] = as_text && !jsonb_as_text(set->call.arena, part, &part);
    set->columns[0] = (Datum){.str = part};
    return STATUS_OK;
}
#define NOT_OBJECT "cannot call %s on a non-object"
SET_START(jsonb_each) { return start(set, JSON_OBJECT, NOT_OBJECT, NOT_OBJECT, "jsonb_each"); }
SET_NEXT(jsonb_each) { return next_member(set, false, row_out); }
SET_START(jsonb_each_text) {
    return start(set, JSON_OBJECT, NOT_OBJECT, NOT_OBJECT, "jsonb_each_text");
}
SET_NEXT(jsonb_each_text) { return next_member(set, true, row_out); }
SET_START(jsonb_array_elements) {
    return start(set, JSON_ARRAY, "cannot extract elements from an object",
                 "cannot extract elements from a scalar", "");
}
SET_NEXT(jsonb_array_elements) { return next_element(set, false, row_out); }
SET_START(jsonb_array_elements_text) { return set_jsonb_array_elements_start(set); }
SET_NEXT(jsonb_array_elements_text) { return next_element(set, true, row_out); }
SET_START(jsonb_object_keys) {
    return start(set, JSON_OBJECT, "cannot call %s on an array", "cannot call %s on a scalar",
                 "jsonb_object_keys");
}
SET_NEXT(jsonb_object_keys) {
    Children *c = set->state;
    *row_out = c->next < c->count;
    if (*row_out)
        set->columns[0] = (Datum){.str = jsonb_key(c->value, c->next++)};
    return STATUS_OK;
}

/* ---- casts to scalar types ---- */

Status fn_numeric_int2(FnCall *call);
Status fn_numeric_int4(FnCall *call);
Status fn_numeric_int8(FnCall *call);
Status fn_numeric_float4(FnCall *call);
Status fn_numeric_float8(FnCall *call);

static Status cast_error(Str value, const char *type) {
    return error(ERR_INVALID_PARAMETER_VALUE, "cannot cast jsonb %s to type %s",
                 jsonb_kind(value) == JSON_NUMBER ? "numeric" : json_kind_name(jsonb_kind(value)),
                 type);
}
SCALAR(jsonb_bool) {
    if (jsonb_kind(ARG_STR(0)) != JSON_BOOL)
        return cast_error(ARG_STR(0), "boolean");
    return ret_bool(call, jsonb_truth(ARG_STR(0)));
}
SCALAR(jsonb_numeric) {
    if (jsonb_kind(ARG_STR(0)) != JSON_NUMBER)
        return cast_error(ARG_STR(0), "numeric");
    return ret_str(call, jsonb_scalar(ARG_STR(0)));
}
static Status cast_number(FnCall *call, FnImpl convert, const char *type) {
    if (jsonb_kind(ARG_STR(0)) != JSON_NUMBER)
        return cast_error(ARG_STR(0), type);
    Datum number = {.str = jsonb_scalar(ARG_STR(0))};
    FnCall inner = *call;
    inner.args = &number;
    TRY(convert(&inner));
    return ret_datum(call, inner.result);
}
SCALAR(jsonb_int2) { return cast_number(call, fn_numeric_int2, "smallint"); }
SCALAR(jsonb_int4) { return cast_number(call, fn_numeric_int4, "integer"); }
SCALAR(jsonb_int8) { return cast_number(call, fn_numeric_int8, "bigint"); }
SCALAR(jsonb_float4) { return cast_number(call, fn_numeric_float4, "real"); }
SCALAR(jsonb_float8) { return cast_number(call, fn_numeric_float8, "double precision"); }
