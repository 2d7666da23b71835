/* jsonpath_fn.c: the functions and operators that apply a jsonpath to jsonb. */
#include "types/jsonpath.h"

/* The path of the first call, kept with the call site. */
typedef struct PathCache {
    Str text;
    PathExpr path;
} PathCache;

static Status compiled(FnCall *call, Arena *arena, PathExpr *path_out) {
    PathCache *cache = call->site->state;
    Str text = ARG_STR(1);
    if (cache != NULL && str_equal(cache->text, text)) {
        *path_out = cache->path;
        return STATUS_OK;
    }
    if (cache != NULL)
        return path_parse(arena, text, path_out);
    PathCache fresh = {
        .text = str_make(arena_strndup(call->site->arena, text.data, text.len), text.len)};
    TRY(path_parse(call->site->arena, fresh.text, &fresh.path));
    cache = arena_new(call->site->arena, PathCache);
    *cache = fresh;
    call->site->state = cache;
    *path_out = cache->path;
    return STATUS_OK;
}
/* The operators have no variables, and are quiet. */
static Status run(FnCall *call, Arena *arena, bool with_zone, PathItems *items,
                  PathResult *result_out) {
    PathExpr path;
    bool whole = call->site->arg_count == 4;
    Str vars = {0};
    if (whole)
        vars = ARG_STR(2);
    TRY(compiled(call, arena, &path));
    return path_run(call_env(call), arena, &path, ARG_STR(0), vars, !whole || ARG_BOOL(3),
                    with_zone, items, result_out);
}

static Status path_exists(FnCall *call, bool with_zone) {
    PathResult result;
    TRY(run(call, call->arena, with_zone, NULL, &result));
    return result == PATH_FAILED ? ret_null(call) : ret_bool(call, result == PATH_FOUND);
}
SCALAR(jsonb_path_exists) { return path_exists(call, false); }
SCALAR(jsonb_path_exists_tz) { return path_exists(call, true); }
SCALAR(jsonb_path_exists_opr) { return path_exists(call, false); }

static Status path_match(FnCall *call, bool with_zone) {
    PathItems items = {0};
    PathResult result;
    TRY(run(call, call->arena, with_zone, &items, &result));
    JsonKind kind =
        items.count == 1 && items.items[0].type == 0 ? jsonb_kind(items.items[0].json) : JSON_ARRAY;
    if (kind == JSON_BOOL)
        return ret_bool(call, jsonb_truth(items.items[0].json));
    if (kind != JSON_NULL && call->site->arg_count == 4 && !ARG_BOOL(3))
        return error(ERR_SINGLETON_SQL_JSON_ITEM_REQUIRED, "single boolean result is expected");
    return ret_null(call);
}
SCALAR(jsonb_path_match) { return path_match(call, false); }
SCALAR(jsonb_path_match_tz) { return path_match(call, true); }
SCALAR(jsonb_path_match_opr) { return path_match(call, false); }

static Status path_query_array(FnCall *call, bool with_zone) {
    PathItems items = {0};
    PathResult result;
    JsonNode *array = json_node(call->arena, JSON_ARRAY);
    TRY(run(call, call->arena, with_zone, &items, &result));
    for (size_t i = 0; i < items.count; i++) {
        Str json;
        TRY(path_item_json(call->arena, &items.items[i], &json));
        json_append(array, json_node_encoded(call->arena, json));
    }
    return jsonb_encode(call->arena, array, &call->result);
}
SCALAR(jsonb_path_query_array) { return path_query_array(call, false); }
SCALAR(jsonb_path_query_array_tz) { return path_query_array(call, true); }

static Status path_query_first(FnCall *call, bool with_zone) {
    PathItems items = {0};
    PathResult result;
    TRY(run(call, call->arena, with_zone, &items, &result));
    return items.count == 0 ? ret_null(call)
                            : path_item_json(call->arena, &items.items[0], &call->result.str);
}
SCALAR(jsonb_path_query_first) { return path_query_first(call, false); }
SCALAR(jsonb_path_query_first_tz) { return path_query_first(call, true); }

typedef struct PathRows {
    PathItems items;
    size_t next;
} PathRows;
static Status start_rows(SetCall *set, bool with_zone) {
    PathRows *rows = arena_new(set->scan_arena, PathRows);
    PathResult result;
    set->state = rows;
    return run(&set->call, set->scan_arena, with_zone, &rows->items, &result);
}
static Status next_row(SetCall *set, bool *row_out) {
    PathRows *rows = set->state;
    *row_out = rows->next < rows->items.count;
    if (!*row_out)
        return STATUS_OK;
    return path_item_json(set->call.arena, &rows->items.items[rows->next++], &set->columns[0].str);
}
SET_START(jsonb_path_query) { return start_rows(set, false); }
SET_NEXT(jsonb_path_query) { return next_row(set, row_out); }
SET_START(jsonb_path_query_tz) { return start_rows(set, true); }
SET_NEXT(jsonb_path_query_tz) { return next_row(set, row_out); }
