/* jsonb_change.c: functions that make a changed copy of a jsonb value. */
#include "types/json_args.h"
#include "types/jsonb_subscript.h"

#define ARRAY_ELEMENTS_MAX 33554431

static Status ret_encoded(FnCall *call, const JsonNode *node) {
    return jsonb_encode(call->arena, node, &call->result);
}

SCALAR(jsonb_concat) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    bool objects = jsonb_kind(a) == JSON_OBJECT && jsonb_kind(b) == JSON_OBJECT;
    JsonNode *all = json_node(call->arena, objects ? JSON_OBJECT : JSON_ARRAY);
    for (int i = 0; i < 2; i++) {
        Str v = call->args[i].str;
        if (!objects && jsonb_kind(v) != JSON_ARRAY) {
            json_append(all, json_node_encoded(call->arena, v));
            continue;
        }
        JsonNode *open = jsonb_open(call->arena, v);
        for (JsonNode *c = open->first, *next; c != NULL; c = next) {
            next = c->next;
            c->next = NULL;
            json_append(all, c);
        }
    }
    return ret_encoded(call, all);
}

static bool is_listed(Str text, const Str *keys, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (keys[i].data != NULL && str_equal(keys[i], text))
            return true;
    return false;
}
/* Without members of these keys, elements that are these strings. */
static Status delete_keys(FnCall *call, const Str *keys, uint32_t count) {
    JsonNode *open = jsonb_open(call->arena, ARG_STR(0));
    if (open->kind == JSON_ENCODED)
        return json_argument_error("cannot delete from scalar", "");
    JsonNode *kept = json_node(call->arena, open->kind);
    for (JsonNode *c = open->first, *next; c != NULL; c = next) {
        next = c->next;
        c->next = NULL;
        bool drop = open->kind == JSON_OBJECT ? is_listed(c->key, keys, count)
                                              : jsonb_kind(c->text) == JSON_STRING &&
                                                    is_listed(jsonb_scalar(c->text), keys, count);
        if (!drop)
            json_append(kept, c);
    }
    return ret_encoded(call, kept);
}
SCALAR(jsonb_delete) {
    Str key = ARG_STR(1);
    return delete_keys(call, &key, 1);
}
SCALAR(jsonb_delete_array) {
    JsonPath keys;
    TRY(json_path_arg(call, 1, &keys));
    if (keys.dim_count > 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    return delete_keys(call, keys.steps, keys.count);
}
SCALAR(jsonb_delete_idx) {
    JsonNode *open = jsonb_open(call->arena, ARG_STR(0));
    int64_t at = ARG_I32(1);
    if (open->kind == JSON_ENCODED)
        return json_argument_error("cannot delete from scalar", "");
    if (open->kind == JSON_OBJECT)
        return json_argument_error("cannot delete from object using integer index", "");
    if (at < 0)
        at += open->count;
    JsonNode *kept = json_node(call->arena, JSON_ARRAY);
    for (JsonNode *c = open->first, *next; c != NULL; c = next, at--) {
        next = c->next;
        c->next = NULL;
        if (at != 0)
            json_append(kept, c);
    }
    return ret_encoded(call, kept);
}

/* ---- changes at a path ---- */

typedef enum Change {
    CHANGE_REPLACE,
    CHANGE_SET,
    CHANGE_BEFORE,
    CHANGE_AFTER,
    CHANGE_DELETE,
    CHANGE_ASSIGN /* as SET, and what the path lacks is made */
} Change;
typedef struct PathChange {
    Arena *arena;
    Change change;
    JsonPath path;
    Str value;
} PathChange;

static bool may_add(Change c) {
    return c == CHANGE_SET || c == CHANGE_BEFORE || c == CHANGE_AFTER || c == CHANGE_ASSIGN;
}
static JsonNode *new_value(const PathChange *p) { return json_node_encoded(p->arena, p->value); }

/* count times null. */
static Status append_nulls(const PathChange *p, JsonNode *array, int64_t count) {
    void *memory;
    if (count <= 0)
        return STATUS_OK;
    if (array->count + count > ARRAY_ELEMENTS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of jsonb array elements exceeds the maximum allowed (%d)",
                     ARRAY_ELEMENTS_MAX);
    TRY(arena_try_alloc(p->arena, (size_t)count * sizeof(JsonNode), &memory));
    JsonNode *nodes = memset(memory, 0, (size_t)count * sizeof(JsonNode));
    for (int64_t i = 0; i < count; i++)
        json_append(array, &nodes[i]);
    return STATUS_OK;
}
/* The new value within the containers that the path's steps from `level` on ask for. */
static Status make_chain(const PathChange *p, uint32_t level, JsonNode **node_out) {
    *node_out = new_value(p);
    for (uint32_t i = p->path.count; i-- > level;) {
        int64_t at;
        bool array = json_step_index(p->path.steps[i], &at);
        JsonNode *outer = json_node(p->arena, array ? JSON_ARRAY : JSON_OBJECT);
        if (array)
            TRY(append_nulls(p, outer, at));
        else
            (*node_out)->key = p->path.steps[i];
        json_append(outer, *node_out);
        *node_out = outer;
    }
    return STATUS_OK;
}

static Status apply(const PathChange *p, Str value, uint32_t level, JsonNode **node_out);

static Status apply_object(const PathChange *p, JsonNode *open, uint32_t level, JsonNode *result) {
    Str key = p->path.steps[level];
    bool last = level + 1 == p->path.count, found = false;
    for (JsonNode *c = open->first, *next; c != NULL; c = next) {
        next = c->next;
        c->next = NULL;
        if (!str_equal(c->key, key)) {
            json_append(result, c);
            continue;
        }
        JsonNode *changed = NULL;
        found = true;
        if (last && (p->change == CHANGE_BEFORE || p->change == CHANGE_AFTER))
            return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "cannot replace existing key"),
                               "Try using the function jsonb_set to replace key value.");
        if (last && p->change == CHANGE_DELETE)
            continue;
        if (last)
            changed = new_value(p);
        else
            TRY(apply(p, c->text, level + 1, &changed));
        changed->key = key;
        json_append(result, changed);
    }
    if (!found && (last ? may_add(p->change) : p->change == CHANGE_ASSIGN)) {
        JsonNode *added;
        TRY(make_chain(p, level + 1, &added));
        added->key = key;
        json_append(result, added);
    }
    return STATUS_OK;
}
static Status apply_array(const PathChange *p, JsonNode *open, uint32_t level, JsonNode *result) {
    int64_t at;
    bool last = level + 1 == p->path.count, done = false;
    if (!json_step_index(p->path.steps[level], &at))
        return error(ERR_INVALID_TEXT_REPRESENTATION,
                     "path element at position %u is not an integer: \"%.*s\"", level + 1,
                     (int)p->path.steps[level].len, p->path.steps[level].data);
    if (at < 0) {
        at += open->count;
        if (at < 0 && p->change == CHANGE_ASSIGN)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "path element at position %u is out of range: %lld", level + 1,
                         (long long)at - open->count);
    }
    if (last && may_add(p->change) && (at < 0 || open->count == 0)) {
        if (p->change == CHANGE_ASSIGN)
            TRY(append_nulls(p, result, at));
        json_append(result, new_value(p));
        done = true;
    }
    int64_t i = 0;
    for (JsonNode *c = open->first, *next; c != NULL; c = next, i++) {
        next = c->next;
        c->next = NULL;
        if (i != at) {
            json_append(result, c);
            continue;
        }
        done = true;
        if (!last) {
            TRY(apply(p, c->text, level + 1, &c));
            json_append(result, c);
            continue;
        }
        if (p->change == CHANGE_BEFORE || p->change == CHANGE_SET || p->change == CHANGE_ASSIGN)
            json_append(result, new_value(p));
        if (p->change == CHANGE_BEFORE || p->change == CHANGE_AFTER)
            json_append(result, c);
        if (p->change == CHANGE_AFTER || p->change == CHANGE_REPLACE)
            json_append(result, new_value(p));
    }
    if (done || !(last ? may_add(p->change) : p->change == CHANGE_ASSIGN))
        return STATUS_OK;
    JsonNode *added;
    if (p->change == CHANGE_ASSIGN)
        TRY(append_nulls(p, result, at - open->count));
    TRY(make_chain(p, level + 1, &added));
    json_append(result, added);
    return STATUS_OK;
}
static Status apply(const PathChange *p, Str value, uint32_t level, JsonNode **node_out) {
    JsonNode *open = jsonb_open(p->arena, value);
    if (level > JSON_DEPTH_MAX)
        return fiber_stack_error();
    if (p->path.steps[level].data == NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "path element at position %u is null", level + 1);
    if (open->kind == JSON_ENCODED && p->change == CHANGE_ASSIGN)
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE, "cannot replace existing key"),
            "The path assumes key is a composite object, but it is a scalar value.");
    if (open->kind == JSON_ENCODED) {
        *node_out = open;
        return STATUS_OK;
    }
    *node_out = json_node(p->arena, open->kind);
    return open->kind == JSON_OBJECT ? apply_object(p, open, level, *node_out)
                                     : apply_array(p, open, level, *node_out);
}
static Status change_path(FnCall *call, Change change) {
    PathChange p = {.arena = call->arena, .change = change};
    JsonNode *node;
    Str value = ARG_STR(0);
    TRY(json_path_arg(call, 1, &p.path));
    if (p.path.dim_count > 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    if (!jsonb_is_container(value))
        return json_argument_error(change == CHANGE_DELETE ? "cannot delete path in scalar"
                                                           : "cannot set path in scalar",
                                   "");
    if (p.path.count == 0 || (jsonb_count(value) == 0 && !may_add(change)))
        return ret_str(call, value);
    if (change != CHANGE_DELETE)
        p.value = ARG_STR(2);
    TRY(apply(&p, value, 0, &node));
    return ret_encoded(call, node);
}
Status jsonb_assign(Arena *arena, Str value, bool from_array, const Str *path, uint32_t count,
                    Str new_value, Datum *changed_out) {
    PathChange p = {.arena = arena,
                    .change = CHANGE_ASSIGN,
                    .path = {.count = count, .dim_count = 1, .steps = (Str *)path},
                    .value = new_value.data != NULL ? new_value : str_make("", 1)};
    JsonNode *node;
    if (value.data == NULL) {
        Datum empty;
        TRY(jsonb_encode(arena, json_node(arena, from_array ? JSON_ARRAY : JSON_OBJECT), &empty));
        value = empty.str;
    }
    TRY(apply(&p, value, 0, &node));
    return jsonb_encode(arena, node, changed_out);
}
SCALAR(jsonb_delete_path) { return change_path(call, CHANGE_DELETE); }
SCALAR(jsonb_set) { return change_path(call, ARG_BOOL(3) ? CHANGE_SET : CHANGE_REPLACE); }
SCALAR(jsonb_insert) { return change_path(call, ARG_BOOL(3) ? CHANGE_AFTER : CHANGE_BEFORE); }

SCALAR(jsonb_set_lax) {
    if (call->nulls[0] || call->nulls[1] || call->nulls[3])
        return ret_null(call);
    Str how = call->nulls[4] ? str_make("", 0) : ARG_STR(4);
    if (call->nulls[4])
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "null_value_treatment must be \"delete_key\", \"return_target\", "
                     "\"use_json_null\", or \"raise_exception\"");
    if (!call->nulls[2])
        return fn_jsonb_set(call);
    if (str_equal(how, str_from_cstr("raise_exception")))
        return status_hint(
            status_detail(error(ERR_NULL_VALUE_NOT_ALLOWED, "JSON value must not be null"),
                          "Exception was raised because null_value_treatment is "
                          "\"raise_exception\"."),
            "To avoid, either change the null_value_treatment argument or ensure that an SQL NULL "
            "is not passed.");
    if (str_equal(how, str_from_cstr("delete_key")))
        return change_path(call, CHANGE_DELETE);
    if (str_equal(how, str_from_cstr("return_target")))
        return ret_str(call, ARG_STR(0));
    if (!str_equal(how, str_from_cstr("use_json_null")))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "null_value_treatment must be \"delete_key\", \"return_target\", "
                     "\"use_json_null\", or \"raise_exception\"");
    Datum args[4] = {call->args[0], call->args[1], datum_str("\0", 1), call->args[3]};
    FnCall inner = *call;
    inner.args = args;
    TRY(fn_jsonb_set(&inner));
    return ret_datum(call, inner.result);
}

static JsonNode *strip(Arena *arena, Str value, int level) {
    JsonNode *open = jsonb_open(arena, value);
    if (open->kind == JSON_ENCODED || level > JSON_DEPTH_MAX)
        return open;
    JsonNode *kept = json_node(arena, open->kind);
    for (JsonNode *c = open->first, *next; c != NULL; c = next) {
        next = c->next;
        c->next = NULL;
        if (open->kind == JSON_OBJECT && jsonb_kind(c->text) == JSON_NULL)
            continue;
        JsonNode *child = strip(arena, c->text, level + 1);
        child->key = c->key;
        json_append(kept, child);
    }
    return kept;
}
SCALAR(jsonb_strip_nulls) { return ret_encoded(call, strip(call->arena, ARG_STR(0), 0)); }
