/*
 * jsonpath_exec.c: runs a path over a document.
 *
 * Every node takes an item and gives a sequence of items; each of these goes into the node's `next`, or
 * into the list of results. Without such a list the first item found ends the work. In lax mode arrays are
 * unwrapped where a member or value is wanted, a value counts as an array of one, and what is missing
 * gives no item; in strict mode all these are errors.
 *
 * An error of structure or data is PATH_FAILED; it becomes an SQL error only where the caller asked for
 * it and outside of predicates, which are unknown then.
 */
#include "types/jsonpath.h"

#include "types/datetime_format.h"
#include "types/float.h"
#include "types/numeric.h"

#include "runtime/fiber.h"

#include <math.h>

#define BASE_ID_STEP INT64_C(10000000000)
#define OID_DATE 1082
#define OID_TIME 1083
#define OID_TIMETZ 1266
#define OID_TIMESTAMP 1114
#define OID_TIMESTAMPTZ 1184

typedef enum Truth { IS_FALSE, IS_TRUE, IS_UNKNOWN } Truth;

typedef struct PathRun {
    EvalEnv *env;
    Arena *arena;
    Str vars; /* data NULL: none */
    PathItem root, current;
    Str base; /* the document that objects' ids count from */
    int64_t base_id;
    int64_t next_base_id;
    PlaceCursor place;
    int64_t array_size; /* for `last`; -1 outside of subscripts */
    bool lax, ignore_structure, throws, with_zone;
} PathRun;

Status fn_numeric_mod(FnCall *call);
Status fn_numeric_abs(FnCall *call);
Status fn_numeric_floor(FnCall *call);
Status fn_numeric_ceil(FnCall *call);
Status fn_float8_numeric(FnCall *call);
Status fn_time_timetz(FnCall *call);

static Status run_item(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                       PathItems *found, PathResult *out);
static Status run_predicate(PathRun *x, const PathNode *node, PathItem item, Truth *out);

static JsonKind kind_of(const PathItem *item) {
    return item->type != 0 ? JSON_ENCODED : jsonb_kind(item->json);
}
static PathItem json_item(Str json) { return (PathItem){.json = json}; }
static PathItem number_item(PathRun *x, Str number) {
    return json_item(jsonb_of_numeric(x->arena, number));
}
static Status encoded_item(PathRun *x, const JsonNode *node, PathItem *out) {
    Datum value;
    TRY(jsonb_encode(x->arena, node, &value));
    *out = json_item(value.str);
    return STATUS_OK;
}
/* What a failure is: an error, or just that. */
#define FAIL(x, out, state, ...)                                                                   \
    (*(out) = PATH_FAILED, (x)->throws ? error(state, __VA_ARGS__) : STATUS_OK)
/* The same for an error that is there already. */
static Status soften(PathRun *x, Status s, PathResult *out) {
    *out = PATH_FAILED;
    if (x->throws)
        return s;
    status_free(s);
    return STATUS_OK;
}

/* ---- sequences ---- */

static Status run_next(PathRun *x, const PathNode *next, PathItem item, PathItems *found,
                       PathResult *out) {
    if (next != NULL)
        return run_item(x, next, item, x->lax, found, out);
    if (found != NULL)
        vec_push(found, x->arena, item);
    *out = PATH_FOUND;
    return STATUS_OK;
}
/* Whether a loop over items may stop. */
static bool enough(PathResult result, const PathItems *found) {
    return result == PATH_FAILED || (result == PATH_FOUND && found == NULL);
}
typedef struct Descent {
    const PathNode *node; /* NULL: the parts themselves */
    uint32_t first, last; /* levels */
    bool any, unwrap;
} Descent;
/* The parts of a container, and theirs down to the last level. */
static Status run_parts(PathRun *x, const Descent *d, Str container, uint32_t level,
                        PathItems *found, PathResult *out) {
    uint32_t count = jsonb_count(container);
    *out = PATH_NOT_FOUND;
    if (level > d->last)
        return STATUS_OK;
    TRY(fiber_stack_check());
    TRY(fiber_check_interrupt());
    for (uint32_t i = 0; i < count; i++) {
        Str part = jsonb_child(container, i);
        bool leaf = !jsonb_is_container(part), saved = x->ignore_structure;
        bool wanted = level >= d->first ||
                      (d->first == PATH_LEVEL_LAST && d->last == PATH_LEVEL_LAST && leaf);
        if (wanted && d->node != NULL) {
            x->ignore_structure |= d->any;
            TRY(run_item(x, d->node, json_item(part), d->unwrap, found, out));
            x->ignore_structure = saved;
        } else if (wanted) {
            TRY(run_next(x, NULL, json_item(part), found, out));
        }
        if (wanted && enough(*out, found))
            return STATUS_OK;
        if (level < d->last && !leaf) {
            TRY(run_parts(x, d, part, level + 1, found, out));
            if (enough(*out, found))
                return STATUS_OK;
        }
    }
    return STATUS_OK;
}
static Status run_elements(PathRun *x, const PathNode *node, Str array, bool unwrap,
                           PathItems *found, PathResult *out) {
    Descent d = {.node = node, .first = 1, .last = 1, .unwrap = unwrap};
    return run_parts(x, &d, array, 1, found, out);
}
/* All items of an operand; arrays among them opened. */
static Status operand_items(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                            PathItems *items, PathResult *out) {
    if (!unwrap || !x->lax)
        return run_item(x, node, item, x->lax, items, out);
    PathItems all = {0};
    TRY(run_item(x, node, item, x->lax, &all, out));
    for (size_t i = 0; i < all.count && *out != PATH_FAILED; i++) {
        PathResult ignored;
        if (kind_of(&all.items[i]) == JSON_ARRAY)
            TRY(run_elements(x, NULL, all.items[i].json, false, items, &ignored));
        else
            vec_push(items, x->arena, all.items[i]);
    }
    if (*out != PATH_FAILED)
        *out = PATH_FOUND;
    return STATUS_OK;
}
static Status quiet_operand(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                            PathItems *items, PathResult *out) {
    bool saved = x->throws;
    x->throws = false;
    Status s = items == NULL ? run_item(x, node, item, x->lax, NULL, out)
                             : operand_items(x, node, item, unwrap, items, out);
    x->throws = saved;
    return s;
}

/* ---- accessors ---- */

static Status run_key(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                      PathItems *found, PathResult *out) {
    uint32_t at;
    if (kind_of(&item) == JSON_OBJECT) {
        if (jsonb_find(item.json, node->text, &at))
            return run_next(x, node->next, json_item(jsonb_child(item.json, at)), found, out);
        if (x->ignore_structure)
            return STATUS_OK;
        return FAIL(x, out, ERR_SQL_JSON_MEMBER_NOT_FOUND,
                    "JSON object does not contain key \"%.*s\"", (int)node->text.len,
                    node->text.data);
    }
    if (unwrap && kind_of(&item) == JSON_ARRAY)
        return run_elements(x, node, item.json, false, found, out);
    if (x->ignore_structure)
        return STATUS_OK;
    return FAIL(x, out, ERR_SQL_JSON_MEMBER_NOT_FOUND,
                "jsonpath member accessor can only be applied to an object");
}
static Status run_any_key(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                          PathItems *found, PathResult *out) {
    if (kind_of(&item) == JSON_OBJECT)
        return run_elements(x, node->next, item.json, x->lax, found, out);
    if (unwrap && kind_of(&item) == JSON_ARRAY)
        return run_elements(x, node, item.json, false, found, out);
    if (x->ignore_structure)
        return STATUS_OK;
    return FAIL(x, out, ERR_SQL_JSON_OBJECT_NOT_FOUND,
                "jsonpath wildcard member accessor can only be applied to an object");
}
static Status run_any_array(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                            PathResult *out) {
    if (kind_of(&item) == JSON_ARRAY)
        return run_elements(x, node->next, item.json, x->lax, found, out);
    if (x->lax)
        return run_next(x, node->next, item, found, out);
    if (x->ignore_structure)
        return STATUS_OK;
    return FAIL(x, out, ERR_SQL_JSON_ARRAY_NOT_FOUND,
                "jsonpath wildcard array accessor can only be applied to an array");
}
static Status run_any(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                      PathResult *out) {
    bool saved = x->ignore_structure;
    if (node->first == 0) {
        x->ignore_structure = true;
        TRY(run_next(x, node->next, item, found, out));
        x->ignore_structure = saved;
        if (*out == PATH_FOUND && found == NULL)
            return STATUS_OK;
    }
    if (item.type != 0 || !jsonb_is_container(item.json))
        return STATUS_OK;
    Descent d = {.node = node->next,
                 .first = node->first,
                 .last = node->last,
                 .any = true,
                 .unwrap = x->lax};
    return run_parts(x, &d, item.json, 1, found, out);
}
static Status subscript(PathRun *x, const PathNode *node, PathItem item, int64_t *index_out,
                        PathResult *out) {
    PathItems items = {0};
    Str whole;
    int64_t v;
    TRY(run_item(x, node, item, x->lax, &items, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    if (items.count != 1 || kind_of(&items.items[0]) != JSON_NUMBER)
        return FAIL(x, out, ERR_INVALID_SQL_JSON_SUBSCRIPT,
                    "jsonpath array subscript is not a single numeric value");
    TRY(numeric_rescale(x->arena, jsonb_scalar(items.items[0].json), 0, false, &whole));
    NumVar n = num_load(x->arena, whole);
    if (!num_to_i64(x->arena, &n, &v) || v < INT32_MIN || v > INT32_MAX)
        return FAIL(x, out, ERR_INVALID_SQL_JSON_SUBSCRIPT,
                    "jsonpath array subscript is out of integer range");
    *index_out = v;
    *out = PATH_FOUND;
    return STATUS_OK;
}
/* One subscript or range of them. */
static Status run_index(PathRun *x, const PathNode *node, const PathIndex *index, PathItem item,
                        PathItems *found, PathResult *out) {
    bool array = kind_of(&item) == JSON_ARRAY;
    int64_t size = x->array_size, from, to;
    TRY(subscript(x, index->from, item, &from, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    to = from;
    if (index->to != NULL)
        TRY(subscript(x, index->to, item, &to, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    if (!x->ignore_structure && (from < 0 || from > to || to >= size))
        return FAIL(x, out, ERR_INVALID_SQL_JSON_SUBSCRIPT,
                    "jsonpath array subscript is out of bounds");
    *out = PATH_NOT_FOUND;
    for (int64_t i = MAX(from, 0); i <= MIN(to, size - 1); i++) {
        PathItem part = array ? json_item(jsonb_child(item.json, (uint32_t)i)) : item;
        TRY(run_next(x, node->next, part, found, out));
        if (enough(*out, found))
            break;
    }
    return STATUS_OK;
}
static Status run_indexes(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                          PathResult *out) {
    bool array = kind_of(&item) == JSON_ARRAY;
    if (!array && !x->lax) {
        if (x->ignore_structure)
            return STATUS_OK;
        return FAIL(x, out, ERR_SQL_JSON_ARRAY_NOT_FOUND,
                    "jsonpath array accessor can only be applied to an array");
    }
    int64_t saved = x->array_size;
    for (uint32_t i = 0; i < node->index_count; i++) {
        x->array_size = array ? jsonb_count(item.json) : 1;
        TRY(run_index(x, node, &node->indexes[i], item, found, out));
        if (enough(*out, found))
            break;
    }
    x->array_size = saved;
    return STATUS_OK;
}
static Status run_filter(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                         PathItems *found, PathResult *out) {
    Truth truth;
    if (unwrap && kind_of(&item) == JSON_ARRAY)
        return run_elements(x, node, item.json, false, found, out);
    PathItem saved = x->current;
    x->current = item;
    TRY(run_predicate(x, node->left, item, &truth));
    x->current = saved;
    if (truth == IS_TRUE)
        return run_next(x, node->next, item, found, out);
    return STATUS_OK;
}

/* ---- values ---- */

static Status run_variable(PathRun *x, const PathNode *node, PathItems *found, PathResult *out) {
    uint32_t at;
    PathItem item = json_item(str_make("", 1)); /* null */
    Str saved = x->base;
    int64_t saved_id = x->base_id;
    if (x->vars.data != NULL) {
        if (!jsonb_find(x->vars, node->text, &at))
            return error(ERR_UNDEFINED_OBJECT, "could not find jsonpath variable \"%.*s\"",
                         (int)node->text.len, node->text.data);
        item = json_item(jsonb_child(x->vars, at));
        x->base = x->vars;
        x->base_id = 1;
    }
    TRY(run_next(x, node->next, item, found, out));
    x->base = saved;
    x->base_id = saved_id;
    return STATUS_OK;
}
static Status run_root(PathRun *x, const PathNode *node, PathItems *found, PathResult *out) {
    Str saved = x->base;
    int64_t saved_id = x->base_id;
    x->base = x->root.json;
    x->base_id = 0;
    TRY(run_next(x, node->next, x->root, found, out));
    x->base = saved;
    x->base_id = saved_id;
    return STATUS_OK;
}
static bool single_number(const PathItems *items, Str *number_out) {
    if (items->count != 1 || kind_of(&items->items[0]) != JSON_NUMBER)
        return false;
    *number_out = jsonb_scalar(items->items[0].json);
    return true;
}
static Status apply_numeric(PathRun *x, FnImpl function, Str a, Str b, Str *result_out) {
    Datum args[2] = {{.str = a}, {.str = b}};
    bool nulls[2] = {false, false};
    FnSite site = {.env = x->env, .arena = x->arena};
    FnCall call = {.site = &site, .args = args, .nulls = nulls, .arena = x->arena};
    TRY(function(&call));
    *result_out = call.result.str;
    return STATUS_OK;
}
static Status calculate(PathRun *x, PathOp op, Str a, Str b, Str *result_out) {
    switch (op) {
    case PATH_ADD:
        return numeric_plus(x->arena, a, b, result_out);
    case PATH_SUB:
        return numeric_minus(x->arena, a, b, result_out);
    case PATH_MUL:
        return numeric_times(x->arena, a, b, result_out);
    case PATH_DIV:
        return numeric_divide(x->arena, a, b, result_out);
    default:
        return apply_numeric(x, fn_numeric_mod, a, b, result_out);
    }
}
static Status run_binary(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                         PathResult *out) {
    PathItems left = {0}, right = {0};
    Str a, b, result;
    TRY(operand_items(x, node->left, item, true, &left, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    TRY(operand_items(x, node->right, item, true, &right, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    if (!single_number(&left, &a))
        return FAIL(x, out, ERR_SINGLETON_SQL_JSON_ITEM_REQUIRED,
                    "left operand of jsonpath operator %s is not a single numeric value",
                    path_op_name(node->op));
    if (!single_number(&right, &b))
        return FAIL(x, out, ERR_SINGLETON_SQL_JSON_ITEM_REQUIRED,
                    "right operand of jsonpath operator %s is not a single numeric value",
                    path_op_name(node->op));
    Status s = calculate(x, node->op, a, b, &result);
    if (!status_ok(s))
        return soften(x, s, out);
    return run_next(x, node->next, number_item(x, result), found, out);
}
static Status run_sign(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                       PathResult *out) {
    PathItems items = {0};
    bool all = found != NULL || node->next != NULL;
    PathResult result = PATH_NOT_FOUND;
    TRY(operand_items(x, node->left, item, true, &items, out));
    if (*out == PATH_FAILED)
        return STATUS_OK;
    for (size_t i = 0; i < items.count; i++) {
        PathItem operand = items.items[i];
        bool number = kind_of(&operand) == JSON_NUMBER;
        if (!number && !all)
            continue;
        if (!number)
            return FAIL(x, out, ERR_SQL_JSON_NUMBER_NOT_FOUND,
                        "operand of unary jsonpath operator %s is not a numeric value",
                        path_op_name(node->op));
        if (node->op == PATH_MINUS) {
            Str negated;
            TRY(numeric_minus(x->arena, num_from_i64(x->arena, 0), jsonb_scalar(operand.json),
                              &negated));
            operand = number_item(x, negated);
        }
        TRY(run_next(x, node->next, operand, found, out));
        if (enough(*out, found))
            return STATUS_OK;
        if (*out == PATH_FOUND)
            result = PATH_FOUND;
    }
    *out = result;
    return STATUS_OK;
}

/* ---- methods ---- */

static const char *type_name(const PathItem *item) {
    switch (item->type) {
    case OID_DATE:
        return "date";
    case OID_TIME:
        return "time without time zone";
    case OID_TIMETZ:
        return "time with time zone";
    case OID_TIMESTAMP:
        return "timestamp without time zone";
    case OID_TIMESTAMPTZ:
        return "timestamp with time zone";
    default:
        return json_kind_name(kind_of(item));
    }
}
static Status run_type(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                       PathResult *out) {
    JsonNode name = {.kind = JSON_STRING, .text = str_from_cstr(type_name(&item))};
    TRY(encoded_item(x, &name, &item));
    return run_next(x, node->next, item, found, out);
}
static Status run_size(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                       PathResult *out) {
    int64_t size = 1;
    if (kind_of(&item) == JSON_ARRAY) {
        size = jsonb_count(item.json);
    } else if (!x->lax) {
        if (x->ignore_structure)
            return STATUS_OK;
        return FAIL(x, out, ERR_SQL_JSON_ARRAY_NOT_FOUND,
                    "jsonpath item method .%s() can only be applied to an array",
                    path_op_name(node->op));
    }
    return run_next(x, node->next, number_item(x, num_from_i64(x->arena, size)), found, out);
}
static Status run_numeric_method(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                                 PathResult *out) {
    Str result;
    if (kind_of(&item) != JSON_NUMBER)
        return FAIL(x, out, ERR_NON_NUMERIC_SQL_JSON_ITEM,
                    "jsonpath item method .%s() can only be applied to a numeric value",
                    path_op_name(node->op));
    FnImpl function = node->op == PATH_ABS     ? fn_numeric_abs
                      : node->op == PATH_FLOOR ? fn_numeric_floor
                                               : fn_numeric_ceil;
    TRY(apply_numeric(x, function, jsonb_scalar(item.json), jsonb_scalar(item.json), &result));
    return run_next(x, node->next, number_item(x, result), found, out);
}
static bool parse_double(Str text, double *out) {
    Status s = float8_parse(text.data, text.len, out);
    bool good = status_ok(s) && isfinite(*out);
    status_free(s);
    return good;
}
static Status run_double(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                         PathResult *out) {
    double value;
    Str text;
    const char *method = path_op_name(node->op);
    if (kind_of(&item) == JSON_NUMBER) {
        jsonb_as_text(x->arena, item.json, &text);
        if (!parse_double(text, &value))
            return FAIL(x, out, ERR_NON_NUMERIC_SQL_JSON_ITEM,
                        "numeric argument of jsonpath item method .%s() is out of range for type "
                        "double precision",
                        method);
    } else if (kind_of(&item) == JSON_STRING) {
        if (!parse_double(jsonb_scalar(item.json), &value))
            return FAIL(x, out, ERR_NON_NUMERIC_SQL_JSON_ITEM,
                        "string argument of jsonpath item method .%s() is not a valid "
                        "representation of a double precision number",
                        method);
        TRY(numeric_from_double(x->arena, value, 15, &text));
        item = number_item(x, text);
    } else {
        return FAIL(x, out, ERR_NON_NUMERIC_SQL_JSON_ITEM,
                    "jsonpath item method .%s() can only be applied to a string or numeric value",
                    method);
    }
    return run_next(x, node->next, item, found, out);
}
/* The first of the ISO forms that fits. */
static Status any_datetime(PathRun *x, Str text, TemplateTime *time_out, bool *found_out) {
    static const char *const forms[] = {"yyyy-mm-dd",
                                        "HH24:MI:SS.USTZH:TZM",
                                        "HH24:MI:SS.USTZH",
                                        "HH24:MI:SSTZH:TZM",
                                        "HH24:MI:SSTZH",
                                        "HH24:MI:SS.US",
                                        "HH24:MI:SS",
                                        "yyyy-mm-dd HH24:MI:SS.USTZH:TZM",
                                        "yyyy-mm-dd HH24:MI:SS.USTZH",
                                        "yyyy-mm-dd HH24:MI:SSTZH:TZM",
                                        "yyyy-mm-dd HH24:MI:SSTZH",
                                        "yyyy-mm-dd\"T\"HH24:MI:SS.USTZH:TZM",
                                        "yyyy-mm-dd\"T\"HH24:MI:SS.USTZH",
                                        "yyyy-mm-dd\"T\"HH24:MI:SSTZH:TZM",
                                        "yyyy-mm-dd\"T\"HH24:MI:SSTZH",
                                        "yyyy-mm-dd HH24:MI:SS.US",
                                        "yyyy-mm-dd HH24:MI:SS",
                                        "yyyy-mm-dd\"T\"HH24:MI:SS.US",
                                        "yyyy-mm-dd\"T\"HH24:MI:SS"};
    *found_out = false;
    for (size_t i = 0; i < ARRAY_LEN(forms) && !*found_out; i++) {
        ArenaMark mark = arena_mark(x->arena);
        Items items = {0};
        TRY(datetime_template(x->arena, str_from_cstr(forms[i]), true, &items));
        Status s = datetime_by_template(x->arena, text, &items, time_out);
        *found_out = status_ok(s);
        status_free(s);
        arena_release(x->arena, mark);
    }
    return STATUS_OK;
}
static Status run_datetime(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                           PathResult *out) {
    TemplateTime time;
    if (kind_of(&item) != JSON_STRING)
        return FAIL(x, out, ERR_INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
                    "jsonpath item method .%s() can only be applied to a string",
                    path_op_name(node->op));
    Str text = jsonb_scalar(item.json);
    if (node->left != NULL) {
        Items items = {0};
        TRY(datetime_template(x->arena, node->left->text, true, &items));
        Status s = datetime_by_template(x->arena, text, &items, &time);
        if (!status_ok(s))
            return soften(x, s, out);
    } else {
        bool known;
        TRY(any_datetime(x, text, &time, &known));
        if (!known)
            return status_hint(
                FAIL(x, out, ERR_INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
                     "datetime format is not recognized: \"%.*s\"", (int)text.len, text.data),
                "Use a datetime template argument to specify the input data format.");
    }
    item = (PathItem){.type = time.type, .value = time.value, .offset = time.offset};
    return run_next(x, node->next, item, found, out);
}
/* {"id": ..., "key": ..., "value": ...} for each member. */
static Status run_keyvalue(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                           PathResult *out) {
    if (kind_of(&item) != JSON_OBJECT)
        return FAIL(x, out, ERR_SQL_JSON_OBJECT_NOT_FOUND,
                    "jsonpath item method .%s() can only be applied to an object",
                    path_op_name(node->op));
    int64_t place = path_object_place(&x->place, x->arena, x->base, item.json);
    Str id = jsonb_of_numeric(x->arena, num_from_i64(x->arena, place + x->base_id * BASE_ID_STEP));
    Str saved = x->base;
    int64_t saved_id = x->base_id;
    uint32_t count = jsonb_count(item.json);
    for (uint32_t i = 0; i < count; i++) {
        PathItem pair;
        JsonNode *object = json_node(x->arena, JSON_OBJECT);
        JsonNode *members[] = {json_node_string(x->arena, jsonb_key(item.json, i)),
                               json_node_encoded(x->arena, jsonb_child(item.json, i)),
                               json_node_encoded(x->arena, id)};
        static const char *const names[] = {"key", "value", "id"};
        for (int m = 0; m < 3; m++) {
            members[m]->key = str_from_cstr(names[m]);
            json_append(object, members[m]);
        }
        TRY(encoded_item(x, object, &pair));
        x->base = pair.json;
        x->base_id = x->next_base_id++;
        TRY(run_next(x, node->next, pair, found, out));
        x->base = saved;
        x->base_id = saved_id;
        if (enough(*out, found))
            return STATUS_OK;
    }
    return STATUS_OK;
}

/* ---- dispatch ---- */

static Status run_boolean(PathRun *x, const PathNode *node, PathItem item, PathItems *found,
                          PathResult *out) {
    Truth truth;
    TRY(run_predicate(x, node, item, &truth));
    JsonNode value = {.kind = truth == IS_UNKNOWN ? JSON_NULL : JSON_BOOL,
                      .truth = truth == IS_TRUE};
    TRY(encoded_item(x, &value, &item));
    return run_next(x, node->next, item, found, out);
}
static Status run_method(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                         PathItems *found, PathResult *out) {
    if (node->op == PATH_TYPE)
        return run_type(x, node, item, found, out);
    if (node->op == PATH_SIZE)
        return run_size(x, node, item, found, out);
    if (unwrap && kind_of(&item) == JSON_ARRAY)
        return run_elements(x, node, item.json, false, found, out);
    switch (node->op) {
    case PATH_DOUBLE:
        return run_double(x, node, item, found, out);
    case PATH_DATETIME:
        return run_datetime(x, node, item, found, out);
    case PATH_KEYVALUE:
        return run_keyvalue(x, node, item, found, out);
    default:
        return run_numeric_method(x, node, item, found, out);
    }
}
static Status run_item(PathRun *x, const PathNode *node, PathItem item, bool unwrap,
                       PathItems *found, PathResult *out) {
    *out = PATH_NOT_FOUND;
    TRY(fiber_stack_check());
    switch (node->op) {
    case PATH_NULL:
    case PATH_BOOL:
    case PATH_NUMBER:
    case PATH_STRING:
        return run_next(x, node->next, json_item(node->value), found, out);
    case PATH_VARIABLE:
        return run_variable(x, node, found, out);
    case PATH_ROOT:
        return run_root(x, node, found, out);
    case PATH_CURRENT:
        return run_next(x, node->next, x->current, found, out);
    case PATH_LAST:
        item = number_item(x, num_from_i64(x->arena, x->array_size - 1));
        return run_next(x, node->next, item, found, out);
    case PATH_ADD:
    case PATH_SUB:
    case PATH_MUL:
    case PATH_DIV:
    case PATH_MOD:
        return run_binary(x, node, item, found, out);
    case PATH_PLUS:
    case PATH_MINUS:
        return run_sign(x, node, item, found, out);
    case PATH_KEY:
        return run_key(x, node, item, unwrap, found, out);
    case PATH_ANY_KEY:
        return run_any_key(x, node, item, unwrap, found, out);
    case PATH_ANY:
        return run_any(x, node, item, found, out);
    case PATH_ANY_ARRAY:
        return run_any_array(x, node, item, found, out);
    case PATH_INDEXES:
        return run_indexes(x, node, item, found, out);
    case PATH_FILTER:
        return run_filter(x, node, item, unwrap, found, out);
    default:
        if (path_op_is_predicate(node->op))
            return run_boolean(x, node, item, found, out);
        return run_method(x, node, item, unwrap, found, out);
    }
}

/* ---- predicates ---- */

static Status day_micros(PathRun *x, const PathItem *item, bool utc, int64_t *out) {
    int64_t t = item->type == OID_DATE ? item->value.i32 * USECS_PER_DAY : item->value.i64;
    *out = t;
    return utc && item->type != OID_TIMESTAMPTZ ? timestamp_to_utc(t, env_zone(x->env), out)
                                                : STATUS_OK;
}
static const char *short_type(Oid type) {
    return type == OID_DATE ? "date" : type == OID_TIME ? "time" : "timestamp";
}
/* *comparable_out false: a time against a date. Error: 0A000 where the time zone would count. */
static Status order_times(PathRun *x, const PathItem *a, const PathItem *b, int *order_out,
                          bool *comparable_out) {
    bool a_time = a->type == OID_TIME || a->type == OID_TIMETZ;
    bool b_time = b->type == OID_TIME || b->type == OID_TIMETZ;
    bool a_zone = a->type == OID_TIMETZ || a->type == OID_TIMESTAMPTZ;
    bool b_zone = b->type == OID_TIMETZ || b->type == OID_TIMESTAMPTZ;
    *comparable_out = a_time == b_time;
    if (!*comparable_out)
        return STATUS_OK;
    if (a_zone != b_zone && !x->with_zone)
        return status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                 "cannot convert value from %s to %s without time zone usage",
                                 short_type(a_zone ? b->type : a->type),
                                 a_time ? "timetz" : "timestamptz"),
                           "Use *_tz() function for time zone support.");
    if (a_time && (a_zone || b_zone)) {
        Datum values[2] = {a->value, b->value};
        bool null = false;
        FnSite site = {.env = x->env, .arena = x->arena};
        for (int i = 0; i < 2; i++) {
            if (i == 0 ? a_zone : b_zone)
                continue;
            FnCall call = {.site = &site, .args = &values[i], .nulls = &null, .arena = x->arena};
            TRY(fn_time_timetz(&call));
            values[i] = call.result;
        }
        const TypeInfo *info = type_builtin(OID_TIMETZ);
        *order_out = info->compare(info, 0, values[0], values[1]);
        return STATUS_OK;
    }
    int64_t va, vb;
    TRY(day_micros(x, a, !a_time && a_zone != b_zone, &va));
    TRY(day_micros(x, b, !b_time && a_zone != b_zone, &vb));
    *order_out = (va > vb) - (va < vb);
    return STATUS_OK;
}
static int order_bytes(Str a, Str b) {
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
static Status compare(PathRun *x, PathOp op, const PathItem *a, const PathItem *b, Truth *out) {
    JsonKind kind = kind_of(a), other = kind_of(b);
    int order = 0;
    bool comparable = true;
    *out = IS_UNKNOWN;
    if (kind != other) {
        if (kind == JSON_NULL || other == JSON_NULL)
            *out = op == PATH_NOT_EQUAL ? IS_TRUE : IS_FALSE;
        return STATUS_OK;
    }
    if (kind == JSON_ENCODED)
        TRY(order_times(x, a, b, &order, &comparable));
    else if (kind == JSON_BOOL)
        order = (int)jsonb_truth(a->json) - (int)jsonb_truth(b->json);
    else if (kind == JSON_NUMBER)
        order = numeric_order(jsonb_scalar(a->json), jsonb_scalar(b->json));
    else if (kind == JSON_STRING)
        order = order_bytes(jsonb_scalar(a->json), jsonb_scalar(b->json));
    else
        comparable = kind == JSON_NULL;
    if (!comparable)
        return STATUS_OK;
    bool holds = op == PATH_EQUAL        ? order == 0
                 : op == PATH_NOT_EQUAL  ? order != 0
                 : op == PATH_LESS       ? order < 0
                 : op == PATH_GREATER    ? order > 0
                 : op == PATH_LESS_EQUAL ? order <= 0
                                         : order >= 0;
    *out = holds ? IS_TRUE : IS_FALSE;
    return STATUS_OK;
}
static Status test_pair(PathRun *x, const PathNode *node, const PathItem *a, const PathItem *b,
                        Truth *out) {
    bool holds;
    *out = IS_UNKNOWN;
    if (node->op == PATH_LIKE_REGEX) {
        if (kind_of(a) != JSON_STRING)
            return STATUS_OK;
        TRY(regex_search(node->regex, x->arena, jsonb_scalar(a->json), 0, NULL, 0, &holds));
        *out = holds ? IS_TRUE : IS_FALSE;
        return STATUS_OK;
    }
    if (node->op != PATH_STARTS_WITH)
        return compare(x, node->op, a, b, out);
    if (kind_of(a) != JSON_STRING || kind_of(b) != JSON_STRING)
        return STATUS_OK;
    Str whole = jsonb_scalar(a->json), initial = jsonb_scalar(b->json);
    holds = whole.len >= initial.len && memcmp(whole.data, initial.data, initial.len) == 0;
    *out = holds ? IS_TRUE : IS_FALSE;
    return STATUS_OK;
}
/* True where a pair of items satisfies it; strict mode looks at all pairs for errors. */
static Status run_test(PathRun *x, const PathNode *node, PathItem item, Truth *out) {
    PathItems left = {0}, right = {0};
    PathResult result;
    bool failed = false, holds = false;
    *out = IS_UNKNOWN;
    TRY(quiet_operand(x, node->left, item, true, &left, &result));
    if (result == PATH_FAILED)
        return STATUS_OK;
    if (node->right != NULL)
        TRY(quiet_operand(x, node->right, item, node->op != PATH_STARTS_WITH, &right, &result));
    if (result == PATH_FAILED)
        return STATUS_OK;
    size_t pairs = node->right == NULL ? 1 : right.count;
    for (size_t i = 0; i < left.count; i++)
        for (size_t k = 0; k < pairs; k++) {
            Truth truth;
            TRY(test_pair(x, node, &left.items[i], node->right == NULL ? NULL : &right.items[k],
                          &truth));
            if (truth == IS_FALSE)
                continue;
            *out = truth;
            if ((truth == IS_TRUE) == x->lax)
                return STATUS_OK;
            failed |= truth == IS_UNKNOWN;
            holds |= truth == IS_TRUE;
        }
    *out = holds ? IS_TRUE : failed ? IS_UNKNOWN : IS_FALSE;
    return STATUS_OK;
}
static Status run_exists(PathRun *x, const PathNode *node, PathItem item, Truth *out) {
    PathItems items = {0};
    PathResult result;
    TRY(quiet_operand(x, node->left, item, false, x->lax ? NULL : &items, &result));
    if (result == PATH_FAILED)
        *out = IS_UNKNOWN;
    else
        *out = (x->lax ? result == PATH_FOUND : items.count > 0) ? IS_TRUE : IS_FALSE;
    return STATUS_OK;
}
static Status run_predicate(PathRun *x, const PathNode *node, PathItem item, Truth *out) {
    Truth right;
    TRY(fiber_stack_check());
    switch (node->op) {
    case PATH_AND:
        TRY(run_predicate(x, node->left, item, out));
        if (*out == IS_FALSE)
            return STATUS_OK;
        TRY(run_predicate(x, node->right, item, &right));
        if (right != IS_TRUE)
            *out = right;
        return STATUS_OK;
    case PATH_OR:
        TRY(run_predicate(x, node->left, item, out));
        if (*out == IS_TRUE)
            return STATUS_OK;
        TRY(run_predicate(x, node->right, item, &right));
        if (right != IS_FALSE)
            *out = right;
        return STATUS_OK;
    case PATH_NOT:
        TRY(run_predicate(x, node->left, item, out));
        if (*out != IS_UNKNOWN)
            *out = *out == IS_TRUE ? IS_FALSE : IS_TRUE;
        return STATUS_OK;
    case PATH_IS_UNKNOWN:
        TRY(run_predicate(x, node->left, item, out));
        *out = *out == IS_UNKNOWN ? IS_TRUE : IS_FALSE;
        return STATUS_OK;
    case PATH_EXISTS:
        return run_exists(x, node, item, out);
    default:
        return run_test(x, node, item, out);
    }
}

Status path_run(EvalEnv *env, Arena *arena, const PathExpr *path, Str document, Str vars,
                bool quiet, bool with_zone, PathItems *items, PathResult *result_out) {
    PathRun x = {.env = env,
                 .arena = arena,
                 .vars = vars,
                 .root = {.json = document},
                 .current = {.json = document},
                 .base = document,
                 .next_base_id = vars.data != NULL ? 2 : 1,
                 .array_size = -1,
                 .lax = path->lax,
                 .ignore_structure = path->lax,
                 .throws = !quiet,
                 .with_zone = with_zone};
    PathItems all = {0};
    if (vars.data != NULL && jsonb_kind(vars) != JSON_OBJECT)
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE, "\"vars\" argument is not an object"),
            "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.");
    /* Strict mode looks at everything, to be sure that there are no errors. */
    bool collect = items == NULL && !x.lax;
    TRY(run_item(&x, path->root, x.root, x.lax, collect ? &all : items, result_out));
    if (collect && *result_out != PATH_FAILED)
        *result_out = all.count > 0 ? PATH_FOUND : PATH_NOT_FOUND;
    return STATUS_OK;
}

static void put_offset(StrBuf *text, int offset) {
    int s = offset < 0 ? -offset : offset;
    strbuf_printf(text, "%c%02d:%02d", offset < 0 ? '-' : '+', s / 3600, s / 60 % 60);
}
Status path_item_json(Arena *arena, const PathItem *item, Str *json_out) {
    StrBuf text;
    Datum value;
    int64_t t = item->value.i64;
    EvalEnv iso = {.date_style = DATE_STYLE_ISO};
    TypeIo io = {.type = type_builtin(item->type == OID_TIMETZ        ? OID_TIME
                                      : item->type == OID_TIMESTAMPTZ ? OID_TIMESTAMP
                                                                      : item->type),
                 .typmod = -1,
                 .env = &iso,
                 .arena = arena};
    if (item->type == 0) {
        *json_out = item->json;
        return STATUS_OK;
    }
    strbuf_init(&text, arena);
    value = item->value;
    if (item->type == OID_TIMETZ)
        value = datum_i64(value.timetz.micros);
    else if (item->type == OID_TIMESTAMPTZ)
        value = datum_i64(t + item->offset * USECS_PER_SEC);
    TRY(io.type->output(&io, value, &text));
    char *blank = item->type == OID_TIMESTAMP || item->type == OID_TIMESTAMPTZ
                      ? memchr(text.data, ' ', text.len)
                      : NULL;
    if (blank != NULL)
        *blank = 'T';
    bool bc = text.len > 3 && memcmp(text.data + text.len - 3, " BC", 3) == 0;
    if (item->type == OID_TIMETZ || item->type == OID_TIMESTAMPTZ) {
        strbuf_truncate(&text, text.len - (bc ? 3 : 0));
        put_offset(&text, item->offset);
        strbuf_puts(&text, bc ? " BC" : "");
    }
    JsonNode node = {.kind = JSON_STRING, .text = str_make(strbuf_cstr(&text), text.len)};
    TRY(jsonb_encode(arena, &node, &value));
    *json_out = value.str;
    return STATUS_OK;
}
