/* hstore_fn.c: the functions of the extension hstore. */
#include "types/hstore.h"

#include "catalog/catalogs.h"
#include "types/extension_type.h"
#include "types/hash_func.h"
#include "types/json_args.h"
#include "types/record_int.h"

#define HSTORE_OID 9110 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

static Status null_key(void) {
    return error(ERR_NULL_VALUE_NOT_ALLOWED, "null value not allowed for hstore key");
}
static Status new_pairs(FnCall *call, size_t count, HstorePair **pairs_out) {
    void *room;
    TRY(arena_try_alloc(call->arena, (count + 1) * sizeof(HstorePair), &room));
    *pairs_out = room;
    return STATUS_OK;
}

/* ---- one key ---- */

static Status fn_fetch(FnCall *call) {
    Str value;
    if (!hstore_find(ARG_STR(0), ARG_STR(1), &value) || value.data == NULL)
        return ret_null(call);
    return ret_str(call, value);
}
static Status fn_exists(FnCall *call) {
    Str value;
    return ret_bool(call, hstore_find(ARG_STR(0), ARG_STR(1), &value));
}
static Status fn_defined(FnCall *call) {
    Str value;
    return ret_bool(call, hstore_find(ARG_STR(0), ARG_STR(1), &value) && value.data != NULL);
}
static Status exists_some(FnCall *call, bool all) {
    JsonPath keys;
    Str value;
    TRY(json_path_arg(call, 1, &keys));
    for (uint32_t i = 0; i < keys.count; i++)
        if (keys.steps[i].data != NULL && hstore_find(ARG_STR(0), keys.steps[i], &value) != all)
            return ret_bool(call, !all);
    return ret_bool(call, all);
}
static Status fn_exists_any(FnCall *call) { return exists_some(call, false); }
static Status fn_exists_all(FnCall *call) { return exists_some(call, true); }

/* ---- parts ---- */

/* NULL keys give NULL values; the array keeps its shape. */
static Status fn_slice_array(FnCall *call) {
    ArrayView view;
    TRY(array_view(ARG_STR(1), &view));
    void *room;
    TRY(arena_try_alloc(call->arena, (view.elem_count + 1) * (sizeof(Datum) + 1), &room));
    Datum *values = room;
    bool *nulls = (bool *)(values + view.elem_count + 1);
    for (uint32_t i = 0; i < view.elem_count; i++) {
        Str value = {0};
        bool found = !array_is_null(&view, i) &&
                     hstore_find(ARG_STR(0), array_get(&view, i).str, &value);
        nulls[i] = !found || value.data == NULL;
        values[i] = (Datum){.str = value};
    }
    return array_build(call->arena, OID_TEXT, PHYS_STR, view.dim_count, view.dims, view.lower,
                       values, nulls, &call->result);
}

static Status fn_slice(FnCall *call) {
    JsonPath keys;
    HstorePair *pairs;
    uint32_t n = 0;
    TRY(json_path_arg(call, 1, &keys));
    TRY(new_pairs(call, keys.count, &pairs));
    for (uint32_t i = 0; i < keys.count; i++) {
        pairs[n].key = keys.steps[i];
        if (keys.steps[i].data != NULL &&
            hstore_find(ARG_STR(0), keys.steps[i], &pairs[n].value))
            n++;
    }
    return hstore_build(call->arena, pairs, n, &call->result);
}

/* What stays where pairs of other (all of it, or with the same value) are taken out. */
static Status without(FnCall *call, Str other, bool same_value) {
    HstorePair *pairs;
    uint32_t n = 0, count = hstore_count(ARG_STR(0));
    TRY(new_pairs(call, count, &pairs));
    for (uint32_t i = 0; i < count; i++) {
        Str value;
        pairs[n] = hstore_pair(ARG_STR(0), i);
        bool out = hstore_find(other, pairs[n].key, &value);
        if (out && same_value)
            out = value.data == NULL || pairs[n].value.data == NULL
                      ? value.data == pairs[n].value.data
                      : str_equal(value, pairs[n].value);
        n += !out;
    }
    return hstore_build(call->arena, pairs, n, &call->result);
}
static Status fn_delete_hstore(FnCall *call) { return without(call, ARG_STR(1), true); }
static Status fn_delete_array(FnCall *call) {
    JsonPath keys;
    HstorePair *pairs;
    Datum other;
    uint32_t n = 0;
    TRY(json_path_arg(call, 1, &keys));
    TRY(new_pairs(call, keys.count, &pairs));
    for (uint32_t i = 0; i < keys.count; i++)
        if (keys.steps[i].data != NULL)
            pairs[n++] = (HstorePair){.key = keys.steps[i]};
    TRY(hstore_build(call->arena, pairs, n, &other));
    return without(call, other.str, false);
}
static Status fn_delete(FnCall *call) {
    HstorePair pair = {.key = ARG_STR(1)};
    Datum other;
    TRY(hstore_build(call->arena, &pair, 1, &other));
    return without(call, other.str, false);
}
static Status fn_concat(FnCall *call) {
    return hstore_concat(call->arena, ARG_STR(0), ARG_STR(1), &call->result);
}

static bool holds(Str all, Str some) {
    for (uint32_t i = 0; i < hstore_count(some); i++) {
        HstorePair pair = hstore_pair(some, i);
        Str value;
        if (!hstore_find(all, pair.key, &value))
            return false;
        if (value.data == NULL || pair.value.data == NULL) {
            if (value.data != pair.value.data)
                return false;
        } else if (!str_equal(value, pair.value)) {
            return false;
        }
    }
    return true;
}
static Status fn_contains(FnCall *call) {
    return ret_bool(call, holds(ARG_STR(0), ARG_STR(1)));
}
static Status fn_contained(FnCall *call) {
    return ret_bool(call, holds(ARG_STR(1), ARG_STR(0)));
}

/* ---- made of texts, arrays and records ---- */

static Status fn_from_text(FnCall *call) {
    if (call->nulls[0])
        return ret_null(call);
    HstorePair pair = {.key = ARG_STR(0), .value = call->nulls[1] ? (Str){0} : ARG_STR(1)};
    return hstore_build(call->arena, &pair, 1, &call->result);
}

static Status wrong_subscripts(void) {
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
}
static Str text_at(const ArrayView *view, uint32_t i) {
    return array_is_null(view, i) ? (Str){0} : array_get(view, i).str;
}

static Status fn_from_array(FnCall *call) {
    ArrayView view;
    HstorePair *pairs;
    TRY(array_view(ARG_STR(0), &view));
    if (view.dim_count > 2)
        return wrong_subscripts();
    if (view.dim_count == 1 && view.dims[0] % 2 != 0)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array must have even number of elements");
    if (view.dim_count == 2 && view.dims[1] != 2)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array must have two columns");
    uint32_t count = view.elem_count / 2;
    TRY(new_pairs(call, count, &pairs));
    for (uint32_t i = 0; i < count; i++) {
        pairs[i] = (HstorePair){text_at(&view, 2 * i), text_at(&view, 2 * i + 1)};
        if (pairs[i].key.data == NULL)
            return null_key();
    }
    return hstore_build(call->arena, pairs, count, &call->result);
}

static Status fn_from_arrays(FnCall *call) {
    ArrayView keys, values = {0};
    HstorePair *pairs;
    if (call->nulls[0])
        return ret_null(call);
    TRY(array_view(ARG_STR(0), &keys));
    if (keys.dim_count > 1)
        return wrong_subscripts();
    if (!call->nulls[1]) {
        TRY(array_view(ARG_STR(1), &values));
        if (values.dim_count > 1)
            return wrong_subscripts();
        if (keys.dim_count != values.dim_count ||
            (keys.dim_count == 1 &&
             (keys.dims[0] != values.dims[0] || keys.lower[0] != values.lower[0])))
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "arrays must have same bounds");
    }
    TRY(new_pairs(call, keys.elem_count, &pairs));
    for (uint32_t i = 0; i < keys.elem_count; i++) {
        pairs[i] = (HstorePair){text_at(&keys, i), call->nulls[1] ? (Str){0} : text_at(&values, i)};
        if (pairs[i].key.data == NULL)
            return null_key();
    }
    return hstore_build(call->arena, pairs, keys.elem_count, &call->result);
}

static Status composite_of(EvalEnv *env, Oid type, const TypeInfo **info_out) {
    TRY(type_lookup(env, type, info_out));
    while ((*info_out)->kind == TYPE_DOMAIN)
        *info_out = (*info_out)->element_type;
    return STATUS_OK;
}

/* A NULL record still has its type's columns. */
static Status fn_from_record(FnCall *call) {
    EvalEnv *env = call_env(call);
    RecordView view = {0};
    const char **names;
    uint32_t count, n = 0;
    HstorePair *pairs;
    if (call->nulls[0]) {
        RecordShape shape;
        const TypeInfo *info;
        TRY(composite_of(env, call->site->arg_types[0], &info));
        if (info->oid == OID_RECORD)
            return error(ERR_WRONG_OBJECT_TYPE,
                         "record type has not been registered");
        TRY(record_shape(env, call->arena, info->oid, &shape));
        names = shape.names;
        count = shape.count;
        for (uint32_t i = 0; i < count; i++)
            if (shape.types[i] == 0)
                names[i] = NULL;
    } else {
        TRY(record_view(ARG_STR(0), &view));
        TRY(record_column_names(env, call->arena, &view, &names));
        count = view.column_count;
    }
    TRY(new_pairs(call, count, &pairs));
    for (uint32_t i = 0; i < count; i++) {
        if (names[i] == NULL)
            continue;
        pairs[n] = (HstorePair){.key = str_from_cstr(names[i])};
        if (!call->nulls[0] && !record_column_is_null(&view, i))
            TRY(type_output_text(env, call->arena, record_column_type(&view, i),
                                 record_column(&view, i), &pairs[n].value));
        n++;
    }
    return hstore_build(call->arena, pairs, n, &call->result);
}

/* One column of populate_record: its text through the type's input, NULL included. */
static Status populate_column(FnCall *call, const RecordShape *shape, uint32_t i, Str text,
                              Datum *value, bool *is_null) {
    EvalEnv *env = call_env(call);
    const TypeInfo *info;
    *is_null = text.data == NULL;
    if (!*is_null)
        return type_input_text(env, call->arena, shape->types[i], shape->typmods[i], text, value);
    TRY(type_lookup(env, shape->types[i], &info));
    return type_check_domain(env, info, (Datum){.i64 = 0}, true);
}

static Status anonymous_shape(FnCall *call, const RecordView *view, RecordShape *shape) {
    EvalEnv *env = call_env(call);
    *shape = (RecordShape){.count = view->column_count};
    shape->types = arena_array(call->arena, Oid, view->column_count + 1);
    shape->typmods = arena_array(call->arena, int32_t, view->column_count + 1);
    shape->phys = arena_array(call->arena, PhysType, view->column_count + 1);
    for (uint32_t i = 0; i < view->column_count; i++) {
        shape->types[i] = record_column_type(view, i);
        shape->typmods[i] = -1;
        shape->phys[i] = record_column_phys(view, i);
    }
    return record_column_names(env, call->arena, view, &shape->names);
}

static Status fn_populate(FnCall *call) {
    EvalEnv *env = call_env(call);
    RecordView view = {0};
    RecordShape shape;
    const TypeInfo *info;
    bool has_base = !call->nulls[0];
    TRY(composite_of(env, call->site->arg_types[0], &info));
    if (info->kind != TYPE_COMPOSITE && info->oid != OID_RECORD)
        return error(ERR_DATATYPE_MISMATCH, "first argument must be a rowtype");
    if (call->nulls[1])
        return has_base ? ret_datum(call, call->args[0]) : ret_null(call);
    if (has_base && hstore_count(ARG_STR(1)) == 0)
        return ret_datum(call, call->args[0]);
    if (has_base)
        TRY(record_view(ARG_STR(0), &view));
    Oid type = has_base ? view.type : info->oid;
    if (type != OID_RECORD)
        TRY(record_shape(env, call->arena, type, &shape));
    else if (has_base)
        TRY(anonymous_shape(call, &view, &shape));
    else
        return error(ERR_WRONG_OBJECT_TYPE, "record type has not been registered");
    Datum *values = arena_array(call->arena, Datum, shape.count + 1);
    bool *nulls = arena_array(call->arena, bool, shape.count + 1);
    for (uint32_t i = 0; i < shape.count; i++) {
        Str text = {0};
        nulls[i] = !has_base || i >= view.column_count || record_column_is_null(&view, i);
        if (!nulls[i])
            values[i] = record_column(&view, i);
        if (shape.types[i] == 0 || shape.names[i] == NULL)
            continue;
        if (hstore_find(ARG_STR(1), str_from_cstr(shape.names[i]), &text) || !has_base)
            TRY(populate_column(call, &shape, i, text, &values[i], &nulls[i]));
    }
    TRY(record_build_named(call->arena, type, shape.count, shape.types, shape.phys, values, nulls,
                           view.names, &call->result));
    if (call->site->arg_types[0] == info->oid)
        return STATUS_OK;
    TRY(type_lookup(env, call->site->arg_types[0], &info));
    return type_check_domain(env, info, call->result, false);
}

/* ---- taken apart ---- */

typedef enum Parts { KEYS = 1, VALUES = 2, BOTH = 3 } Parts;

static Status parts_array(FnCall *call, Parts parts, bool matrix) {
    uint32_t count = hstore_count(ARG_STR(0)), n = 0;
    void *room;
    TRY(arena_try_alloc(call->arena, (2 * (size_t)count + 1) * (sizeof(Datum) + 1), &room));
    Datum *values = room;
    bool *nulls = (bool *)(values + 2 * (size_t)count + 1);
    for (uint32_t i = 0; i < count; i++) {
        HstorePair pair = hstore_pair(ARG_STR(0), i);
        if (parts & KEYS) {
            nulls[n] = false;
            values[n++] = (Datum){.str = pair.key};
        }
        if (parts & VALUES) {
            nulls[n] = pair.value.data == NULL;
            values[n++] = (Datum){.str = pair.value};
        }
    }
    if (!matrix || count == 0)
        return array_build_1d(call->arena, OID_TEXT, PHYS_STR, values, nulls, n, &call->result);
    const int32_t dims[2] = {(int32_t)count, 2}, lower[2] = {1, 1};
    return array_build(call->arena, OID_TEXT, PHYS_STR, 2, dims, lower, values, nulls,
                       &call->result);
}
static Status fn_to_array(FnCall *call) { return parts_array(call, BOTH, false); }
static Status fn_to_matrix(FnCall *call) { return parts_array(call, BOTH, true); }
static Status fn_akeys(FnCall *call) { return parts_array(call, KEYS, false); }
static Status fn_avals(FnCall *call) { return parts_array(call, VALUES, false); }

static Status set_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}
static bool next_pair(SetCall *set, HstorePair *pair) {
    uint32_t *at = set->state;
    Str h = set->call.args[0].str;
    if (*at >= hstore_count(h))
        return false;
    *pair = hstore_pair(h, (*at)++);
    return true;
}
static Status skeys_next(SetCall *set, bool *row_out) {
    HstorePair pair;
    *row_out = next_pair(set, &pair);
    set->column_nulls[0] = false;
    if (*row_out)
        set->columns[0] = (Datum){.str = pair.key};
    return STATUS_OK;
}
static Status svals_next(SetCall *set, bool *row_out) {
    HstorePair pair;
    *row_out = next_pair(set, &pair);
    if (*row_out) {
        set->column_nulls[0] = pair.value.data == NULL;
        set->columns[0] = (Datum){.str = pair.value};
    }
    return STATUS_OK;
}
static Status each_next(SetCall *set, bool *row_out) {
    static const Oid types[2] = {OID_TEXT, OID_TEXT};
    HstorePair pair;
    *row_out = next_pair(set, &pair);
    if (!*row_out)
        return STATUS_OK;
    const Datum values[2] = {{.str = pair.key}, {.str = pair.value}};
    const bool nulls[2] = {false, pair.value.data == NULL};
    return record_set_row(set, types, values, nulls, 2);
}

/* ---- JSON ---- */

/* loose: what looks like a boolean or a number becomes one. */
static JsonNode *json_of_value(Arena *arena, Str value, bool loose) {
    if (value.data == NULL)
        return json_node(arena, JSON_NULL);
    if (loose && value.len == 1 && (*value.data == 't' || *value.data == 'f')) {
        JsonNode *node = json_node(arena, JSON_BOOL);
        node->truth = *value.data == 't';
        return node;
    }
    if (loose && json_is_number(value)) {
        JsonNode *node = json_node(arena, JSON_NUMBER);
        node->text = value;
        return node;
    }
    return json_node_string(arena, value);
}

static Status to_jsonb(FnCall *call, bool loose) {
    JsonNode *object = json_node(call->arena, JSON_OBJECT);
    for (uint32_t i = 0; i < hstore_count(ARG_STR(0)); i++) {
        HstorePair pair = hstore_pair(ARG_STR(0), i);
        JsonNode *node = json_of_value(call->arena, pair.value, loose);
        node->key = pair.key;
        json_append(object, node);
    }
    return jsonb_encode(call->arena, object, &call->result);
}
static Status to_json(FnCall *call, bool loose) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    strbuf_putc(&buf, '{');
    for (uint32_t i = 0; i < hstore_count(ARG_STR(0)); i++) {
        HstorePair pair = hstore_pair(ARG_STR(0), i);
        JsonNode *node = json_of_value(call->arena, pair.value, loose);
        strbuf_puts(&buf, i == 0 ? "" : ", ");
        json_put_string(&buf, pair.key);
        strbuf_puts(&buf, ": ");
        if (node->kind == JSON_STRING)
            json_put_string(&buf, pair.value);
        else if (node->kind == JSON_NUMBER)
            strbuf_append(&buf, pair.value.data, pair.value.len);
        else
            strbuf_puts(&buf, node->kind == JSON_NULL ? "null" : node->truth ? "true" : "false");
    }
    strbuf_putc(&buf, '}');
    return ret_buf(call, &buf);
}
static Status fn_to_json(FnCall *call) { return to_json(call, false); }
static Status fn_to_json_loose(FnCall *call) { return to_json(call, true); }
static Status fn_to_jsonb(FnCall *call) { return to_jsonb(call, false); }
static Status fn_to_jsonb_loose(FnCall *call) { return to_jsonb(call, true); }

/* ---- order ---- */

static int order(const FnCall *call) {
    return hstore_model.compare(NULL, 0, call->args[0], call->args[1]);
}
static Status fn_eq(FnCall *call) { return ret_bool(call, order(call) == 0); }
static Status fn_ne(FnCall *call) { return ret_bool(call, order(call) != 0); }
static Status fn_gt(FnCall *call) { return ret_bool(call, order(call) > 0); }
static Status fn_ge(FnCall *call) { return ret_bool(call, order(call) >= 0); }
static Status fn_lt(FnCall *call) { return ret_bool(call, order(call) < 0); }
static Status fn_le(FnCall *call) { return ret_bool(call, order(call) <= 0); }
static Status fn_cmp(FnCall *call) { return ret_i32(call, order(call)); }
static Status fn_hash(FnCall *call) {
    return ret_i32(call, (int32_t)hash_func_bytes(ARG_STR(0).data, ARG_STR(0).len, 0));
}
static Status fn_hash_extended(FnCall *call) {
    return ret_i64(call, (int64_t)hash_func_bytes(ARG_STR(0).data, ARG_STR(0).len,
                                                  (uint64_t)ARG_I64(1)));
}

/* How it is stored: the second of two versions of the format. */
static Status fn_version(FnCall *call) { return ret_i32(call, 2); }

#define ENTRY(n, src, fn)                                                                          \
    { .oid = HSTORE_OID + (n), .prosrc = src, .kind = FN_SCALAR, .strict = true, .scalar = fn }
#define LAX(n, src, fn)                                                                            \
    { .oid = HSTORE_OID + (n), .prosrc = src, .kind = FN_SCALAR, .scalar = fn }
#define SET(n, src, fn)                                                                            \
    {                                                                                              \
        .oid = HSTORE_OID + (n), .prosrc = src, .kind = FN_SET, .strict = true,                    \
        .set_start = set_start, .set_next = fn                                                     \
    }
static const FnEntry functions[] = {
    ENTRY(0, "hstore_in", extension_type_in),
    ENTRY(1, "hstore_out", extension_type_out),
    ENTRY(2, "hstore_recv", extension_type_recv),
    ENTRY(3, "hstore_send", extension_type_send),
    ENTRY(4, "hstore_version_diag", fn_version),
    ENTRY(5, "hstore_fetchval", fn_fetch),
    ENTRY(6, "hstore_slice_to_array", fn_slice_array),
    ENTRY(7, "hstore_slice_to_hstore", fn_slice),
    ENTRY(8, "hstore_exists", fn_exists),
    ENTRY(9, "hstore_exists_any", fn_exists_any),
    ENTRY(10, "hstore_exists_all", fn_exists_all),
    ENTRY(11, "hstore_defined", fn_defined),
    ENTRY(12, "hstore_delete", fn_delete),
    ENTRY(13, "hstore_delete_array", fn_delete_array),
    ENTRY(14, "hstore_delete_hstore", fn_delete_hstore),
    ENTRY(15, "hstore_concat", fn_concat),
    ENTRY(16, "hstore_contains", fn_contains),
    ENTRY(17, "hstore_contained", fn_contained),
    LAX(18, "hstore_from_text", fn_from_text),
    LAX(19, "hstore_from_arrays", fn_from_arrays),
    ENTRY(20, "hstore_from_array", fn_from_array),
    LAX(21, "hstore_from_record", fn_from_record),
    LAX(22, "hstore_populate_record", fn_populate),
    ENTRY(23, "hstore_to_array", fn_to_array),
    ENTRY(24, "hstore_to_matrix", fn_to_matrix),
    ENTRY(25, "hstore_akeys", fn_akeys),
    ENTRY(26, "hstore_avals", fn_avals),
    SET(27, "hstore_skeys", skeys_next),
    SET(28, "hstore_svals", svals_next),
    SET(29, "hstore_each", each_next),
    ENTRY(30, "hstore_to_json", fn_to_json),
    ENTRY(31, "hstore_to_json_loose", fn_to_json_loose),
    ENTRY(32, "hstore_to_jsonb", fn_to_jsonb),
    ENTRY(33, "hstore_to_jsonb_loose", fn_to_jsonb_loose),
    ENTRY(34, "hstore_eq", fn_eq),
    ENTRY(35, "hstore_ne", fn_ne),
    ENTRY(36, "hstore_gt", fn_gt),
    ENTRY(37, "hstore_ge", fn_ge),
    ENTRY(38, "hstore_lt", fn_lt),
    ENTRY(39, "hstore_le", fn_le),
    ENTRY(40, "hstore_cmp", fn_cmp),
    ENTRY(41, "hstore_hash", fn_hash),
    ENTRY(42, "hstore_hash_extended", fn_hash_extended),
    ENTRY(43, "ghstore_in", extension_no_input),
    ENTRY(44, "ghstore_out", extension_no_output),
    ENTRY(45, "hstore_subscript_handler", extension_type_recv),
};
void hstore_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
