/* json_build.c: functions and aggregates that make json and jsonb from SQL values. */
#include "types/json_args.h"

static Status put(FnCall *call, int arg, bool pretty) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(json_put_value(call_env(call), call->arena, call->site->arg_types[arg], call->args[arg],
                       call->nulls[arg], pretty, &buf));
    return ret_buf(call, &buf);
}
SCALAR(to_json) { return put(call, 0, false); }
SCALAR(row_to_json) { return put(call, 0, false); }
SCALAR(array_to_json) { return put(call, 0, false); }
SCALAR(row_to_json_pretty) { return put(call, 0, ARG_BOOL(1)); }
SCALAR(array_to_json_pretty) { return put(call, 0, ARG_BOOL(1)); }
SCALAR(to_jsonb) {
    JsonNode *node;
    TRY(json_value_node(call_env(call), call->arena, call->site->arg_types[0], call->args[0],
                        call->nulls[0], &node));
    return jsonb_encode(call->arena, node, &call->result);
}

SCALAR(json_build_array) {
    JsonArgs a;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(json_args(call, &a));
    if (a.is_null)
        return ret_null(call);
    strbuf_putc(&buf, '[');
    for (int i = 0; i < a.count; i++) {
        if (i > 0)
            strbuf_puts(&buf, ", ");
        TRY(json_put_value(call_env(call), call->arena, a.types[i], a.values[i], a.nulls[i], false,
                           &buf));
    }
    strbuf_putc(&buf, ']');
    return ret_buf(call, &buf);
}
SCALAR(json_build_array_noargs) { return ret_str(call, str_make("[]", 2)); }
SCALAR(json_build_object_noargs) { return ret_str(call, str_make("{}", 2)); }

static Status check_pairs(const JsonArgs *a, const char *function) {
    if (a->count % 2 == 0)
        return STATUS_OK;
    return status_hint(
        error(ERR_INVALID_PARAMETER_VALUE, "argument list must have even number of elements"),
        "The arguments of %s must consist of alternating keys and values.", function);
}
SCALAR(json_build_object) {
    JsonArgs a;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(json_args(call, &a));
    if (a.is_null)
        return ret_null(call);
    TRY(check_pairs(&a, "json_build_object()"));
    strbuf_putc(&buf, '{');
    for (int i = 0; i < a.count; i += 2) {
        Str key;
        if (a.nulls[i])
            return status_hint(
                error(ERR_INVALID_PARAMETER_VALUE, "argument %d cannot be null", i + 1),
                "Object keys should be text.");
        if (i > 0)
            strbuf_puts(&buf, ", ");
        TRY(json_key_text(call_env(call), call->arena, a.types[i], a.values[i], &key));
        json_put_string(&buf, key);
        strbuf_puts(&buf, " : ");
        TRY(json_put_value(call_env(call), call->arena, a.types[i + 1], a.values[i + 1],
                           a.nulls[i + 1], false, &buf));
    }
    strbuf_putc(&buf, '}');
    return ret_buf(call, &buf);
}
SCALAR(jsonb_build_array) {
    JsonArgs a;
    JsonNode *node = json_node(call->arena, JSON_ARRAY), *child;
    TRY(json_args(call, &a));
    if (a.is_null)
        return ret_null(call);
    for (int i = 0; i < a.count; i++) {
        TRY(json_value_node(call_env(call), call->arena, a.types[i], a.values[i], a.nulls[i],
                            &child));
        json_append(node, child);
    }
    return jsonb_encode(call->arena, node, &call->result);
}
SCALAR(jsonb_build_object) {
    JsonArgs a;
    JsonNode *node = json_node(call->arena, JSON_OBJECT), *child;
    TRY(json_args(call, &a));
    if (a.is_null)
        return ret_null(call);
    TRY(check_pairs(&a, "jsonb_build_object()"));
    for (int i = 0; i < a.count; i += 2) {
        Str key;
        if (a.nulls[i])
            return error(ERR_INVALID_PARAMETER_VALUE, "argument %d: key must not be null", i + 1);
        TRY(json_key_text(call_env(call), call->arena, a.types[i], a.values[i], &key));
        TRY(json_value_node(call_env(call), call->arena, a.types[i + 1], a.values[i + 1],
                            a.nulls[i + 1], &child));
        child->key = key;
        json_append(node, child);
    }
    return jsonb_encode(call->arena, node, &call->result);
}
SCALAR(jsonb_build_array_noargs) {
    return jsonb_encode(call->arena, json_node(call->arena, JSON_ARRAY), &call->result);
}
SCALAR(jsonb_build_object_noargs) {
    return jsonb_encode(call->arena, json_node(call->arena, JSON_OBJECT), &call->result);
}

SCALAR(json_object) {
    JsonPairs pairs;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(json_pairs(call, &pairs));
    strbuf_putc(&buf, '{');
    for (uint32_t i = 0; i < pairs.count; i++) {
        if (i > 0)
            strbuf_puts(&buf, ", ");
        json_put_string(&buf, pairs.keys[i]);
        strbuf_puts(&buf, " : ");
        if (pairs.values[i].data == NULL)
            strbuf_puts(&buf, "null");
        else
            json_put_string(&buf, pairs.values[i]);
    }
    strbuf_putc(&buf, '}');
    return ret_buf(call, &buf);
}
ALIAS(json_object_two_arg, json_object)
SCALAR(jsonb_object) {
    JsonPairs pairs;
    JsonNode *node = json_node(call->arena, JSON_OBJECT);
    TRY(json_pairs(call, &pairs));
    for (uint32_t i = 0; i < pairs.count; i++) {
        bool is_null = pairs.values[i].data == NULL;
        JsonNode *child = is_null ? json_node(call->arena, JSON_NULL)
                                  : json_node_string(call->arena, pairs.values[i]);
        child->key = pairs.keys[i];
        json_append(node, child);
    }
    return jsonb_encode(call->arena, node, &call->result);
}
ALIAS(jsonb_object_two_arg, jsonb_object)

/* ---- aggregates ---- */

typedef struct TextState {
    StrBuf text; /* arena NULL before the first row */
} TextState;

static Status json_agg_step(AggCall *call, void *state) {
    TextState *s = state;
    Oid type = call->site->arg_types[0];
    if (s->text.arena == NULL) {
        strbuf_init(&s->text, call->arena);
        strbuf_putc(&s->text, '[');
    } else {
        const TypeInfo *info;
        TRY(type_lookup(call->site->env, type, &info));
        bool tall = !call->nulls[0] &&
                    (info->category == 'A' || info->kind == TYPE_COMPOSITE || info->oid == 2249);
        strbuf_puts(&s->text, tall ? ", \n " : ", ");
    }
    return json_put_value(call->site->env, call->arena, type, call->args[0], call->nulls[0], false,
                          &s->text);
}
static Status text_final(AggCall *call, void *state, const char *closing) {
    TextState *s = state;
    call->result_null = s->text.arena == NULL;
    if (call->result_null)
        return STATUS_OK;
    size_t len = s->text.len, more = strlen(closing);
    void *copy;
    TRY(arena_try_alloc(call->result_arena, len + more, &copy));
    memcpy(copy, s->text.data, len);
    memcpy((char *)copy + len, closing, more);
    call->result = datum_str(copy, len + more);
    return STATUS_OK;
}
static Status json_agg_final(AggCall *call, void *state) { return text_final(call, state, "]"); }

static Status null_key_error(void) {
    return error(ERR_INVALID_PARAMETER_VALUE, "field name must not be null");
}
static Status json_object_agg_step(AggCall *call, void *state) {
    TextState *s = state;
    EvalEnv *env = call->site->env;
    Str key;
    if (call->nulls[0])
        return null_key_error();
    if (s->text.arena == NULL) {
        strbuf_init(&s->text, call->arena);
        strbuf_puts(&s->text, "{ ");
    } else {
        strbuf_puts(&s->text, ", ");
    }
    TRY(json_key_text(env, call->arena, call->site->arg_types[0], call->args[0], &key));
    json_put_string(&s->text, key);
    strbuf_puts(&s->text, " : ");
    return json_put_value(env, call->arena, call->site->arg_types[1], call->args[1], call->nulls[1],
                          false, &s->text);
}
static Status json_object_agg_final(AggCall *call, void *state) {
    return text_final(call, state, " }");
}

typedef struct NodeState {
    JsonNode *node; /* NULL before the first row; children are encoded, so they are copies */
} NodeState;

static Status add_encoded(AggCall *call, NodeState *s, JsonKind kind, int arg, Str key) {
    JsonNode *node;
    Datum encoded;
    if (s->node == NULL)
        s->node = json_node(call->arena, kind);
    TRY(json_value_node(call->site->env, call->arena, call->site->arg_types[arg], call->args[arg],
                        call->nulls[arg], &node));
    TRY(jsonb_encode(call->arena, node, &encoded));
    node = json_node_encoded(call->arena, encoded.str);
    node->key = key;
    json_append(s->node, node);
    return STATUS_OK;
}
static Status jsonb_agg_step(AggCall *call, void *state) {
    return add_encoded(call, state, JSON_ARRAY, 0, (Str){0});
}
static Status jsonb_object_agg_step(AggCall *call, void *state) {
    Str key;
    if (call->nulls[0])
        return null_key_error();
    TRY(json_key_text(call->site->env, call->arena, call->site->arg_types[0], call->args[0], &key));
    key.data = arena_memdup(call->arena, key.data, key.len);
    return add_encoded(call, state, JSON_OBJECT, 1, key);
}
static Status node_final(AggCall *call, void *state) {
    NodeState *s = state;
    call->result_null = s->node == NULL;
    return call->result_null ? STATUS_OK : jsonb_encode(call->result_arena, s->node, &call->result);
}

AGGREGATE(json_agg, "json_agg(anyelement)", .state_bytes = sizeof(TextState), .step = json_agg_step,
          .final = json_agg_final);
AGGREGATE(json_object_agg, "json_object_agg(any,any)", .state_bytes = sizeof(TextState),
          .step = json_object_agg_step, .final = json_object_agg_final);
AGGREGATE(jsonb_agg, "jsonb_agg(anyelement)", .state_bytes = sizeof(NodeState),
          .step = jsonb_agg_step, .final = node_final);
AGGREGATE(jsonb_object_agg, "jsonb_object_agg(any,any)", .state_bytes = sizeof(NodeState),
          .step = jsonb_object_agg_step, .final = node_final);
