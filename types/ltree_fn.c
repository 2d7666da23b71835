/* ltree_fn.c: the functions of the extension ltree. */
#include "types/ltree_int.h"

#include "catalog/catalogs.h"
#include "types/extension_type.h"

#define LTREE_OID 9240 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

/* ---- order ---- */

static int order(const FnCall *call) {
    return ltree_model.compare(NULL, 0, call->args[0], call->args[1]);
}
static Status fn_lt(FnCall *call) { return ret_bool(call, order(call) < 0); }
static Status fn_le(FnCall *call) { return ret_bool(call, order(call) <= 0); }
static Status fn_eq(FnCall *call) { return ret_bool(call, order(call) == 0); }
static Status fn_ge(FnCall *call) { return ret_bool(call, order(call) >= 0); }
static Status fn_gt(FnCall *call) { return ret_bool(call, order(call) > 0); }
static Status fn_ne(FnCall *call) { return ret_bool(call, order(call) != 0); }

static Status labels_arg(FnCall *call, int arg, Labels *out) {
    return ltree_labels(call->arena, ARG_STR(arg), out);
}

/* How far apart the first bytes are that differ, or the lengths of labels, or of the paths. */
static Status fn_cmp(FnCall *call) {
    Labels a, b;
    uint32_t i = 0, k = 0;
    TRY(labels_arg(call, 0, &a));
    TRY(labels_arg(call, 1, &b));
    while (i < a.count && i < b.count && str_equal(a.items[i], b.items[i]))
        i++;
    if (i == a.count || i == b.count)
        return ret_i32(call, (int32_t)a.count - (int32_t)b.count);
    Str x = a.items[i], y = b.items[i];
    while (k < x.len && k < y.len && x.data[k] == y.data[k])
        k++;
    if (k < x.len && k < y.len)
        return ret_i32(call, (uint8_t)x.data[k] - (uint8_t)y.data[k]);
    return ret_i32(call, (int32_t)x.len - (int32_t)y.len);
}

/* ---- parts ---- */

static Str joined(const Labels *path, uint32_t from, uint32_t to) {
    if (from >= to)
        return str_make("", 0);
    const char *begin = path->items[from].data;
    const char *end = path->items[to - 1].data + path->items[to - 1].len;
    return str_make(begin, (size_t)(end - begin));
}
static Status ret_part(FnCall *call, const Labels *path, int64_t from, int64_t to) {
    if (from < 0 || to < 0 || from >= path->count || from > to)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid positions");
    return ret_str(call, joined(path, (uint32_t)from, (uint32_t)MIN(to, path->count)));
}
static Status fn_subltree(FnCall *call) {
    Labels path;
    TRY(labels_arg(call, 0, &path));
    return ret_part(call, &path, ARG_I32(1), ARG_I32(2));
}
static Status fn_subpath(FnCall *call) {
    Labels path;
    TRY(labels_arg(call, 0, &path));
    bool has_len = call->site->arg_count == 3;
    int64_t start = ARG_I32(1), len = has_len ? ARG_I32(2) : 0;
    for (int i = 0; i < 2 && start < 0; i++)
        start += path.count;
    int64_t end = start + len;
    if (len < 0)
        end = path.count + len;
    else if (!has_len)
        end = UINT16_MAX;
    return ret_part(call, &path, start, end);
}
static Status fn_index(FnCall *call) {
    Labels a, b;
    TRY(labels_arg(call, 0, &a));
    TRY(labels_arg(call, 1, &b));
    int64_t start = call->site->arg_count == 3 ? ARG_I32(2) : 0;
    if (start < 0)
        start = -start >= a.count ? 0 : a.count + start;
    for (int64_t i = start; a.count > 0 && b.count > 0 && i + b.count <= a.count; i++) {
        uint32_t k = 0;
        while (k < b.count && str_equal(a.items[i + k], b.items[k]))
            k++;
        if (k == b.count)
            return ret_i32(call, (int32_t)i);
    }
    return ret_i32(call, -1);
}
static Status fn_nlevel(FnCall *call) {
    Labels path;
    TRY(labels_arg(call, 0, &path));
    return ret_i32(call, (int32_t)path.count);
}
static Status fn_to_text(FnCall *call) { return ret_datum(call, call->args[0]); }
static Status fn_from_text(FnCall *call) {
    TRY(ltree_check(ARG_STR(0)));
    return ret_datum(call, call->args[0]);
}

static Status concat(FnCall *call, Str a, Str b) {
    StrBuf out;
    int32_t levels = 0;
    Str parts[2] = {a, b};
    TRY(ltree_check(a));
    TRY(ltree_check(b));
    strbuf_init(&out, call->arena);
    for (int p = 0; p < 2; p++) {
        levels += parts[p].len > 0;
        for (uint32_t i = 0; i < parts[p].len; i++)
            levels += parts[p].data[i] == '.';
    }
    if (levels > LTREE_LEVELS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of ltree levels (%d) exceeds the maximum allowed (%d)", levels,
                     LTREE_LEVELS_MAX);
    strbuf_append(&out, a.data, a.len);
    strbuf_puts(&out, a.len > 0 && b.len > 0 ? "." : "");
    strbuf_append(&out, b.data, b.len);
    return ret_buf(call, &out);
}
static Status fn_concat(FnCall *call) { return concat(call, ARG_STR(0), ARG_STR(1)); }

/* The longest path above all of them; NULL where one has no labels. */
static Status ret_ancestor(FnCall *call, const Labels *paths, uint32_t count) {
    if (count == 0)
        return ret_null(call);
    uint32_t same = paths[0].count == 0 ? 0 : paths[0].count - 1;
    for (uint32_t i = 0; i < count; i++) {
        if (paths[i].count == 0)
            return ret_null(call);
        uint32_t k = 0, most = MIN(same, paths[i].count - 1);
        while (k < most && str_equal(paths[0].items[k], paths[i].items[k]))
            k++;
        same = k;
    }
    return ret_str(call, joined(&paths[0], 0, same));
}
static Status fn_lca(FnCall *call) {
    int count = call->site->arg_count;
    Labels *paths = arena_array(call->arena, Labels, (size_t)count + 1);
    for (int i = 0; i < count; i++)
        TRY(labels_arg(call, i, &paths[i]));
    return ret_ancestor(call, paths, (uint32_t)count);
}

/* ---- tests ---- */

typedef Status (*Test)(FnCall *call, Str path, Str other, bool *holds_out);

static bool is_below(Str path, Str above) {
    return path.len >= above.len && memcmp(path.data, above.data, above.len) == 0 &&
           (above.len == 0 || path.len == above.len || path.data[above.len] == '.');
}
static Status test_above(FnCall *call, Str path, Str other, bool *out) {
    *out = is_below(other, path);
    return STATUS_OK;
}
static Status test_below(FnCall *call, Str path, Str other, bool *out) {
    *out = is_below(path, other);
    return STATUS_OK;
}
static Status test_pattern(FnCall *call, Str path, Str other, bool *out) {
    Labels labels;
    TRY(ltree_labels(call->arena, path, &labels));
    return lquery_matches(call->arena, other, &labels, out);
}
static Status test_condition(FnCall *call, Str path, Str other, bool *out) {
    Labels labels;
    TRY(ltree_labels(call->arena, path, &labels));
    return ltxtquery_matches(call->arena, other, &labels, out);
}

static Status plain_array(Str bytes, ArrayView *view) {
    TRY(array_view(bytes, view));
    if (view->dim_count > 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array must be one-dimensional");
    for (uint32_t i = 0; i < view->elem_count; i++)
        if (array_is_null(view, i))
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "array must not contain nulls");
    return STATUS_OK;
}

/* The first path of an array that passes; -1: none. */
static Status first_of(FnCall *call, const ArrayView *paths, Str other, Test test, int64_t *at_out) {
    *at_out = -1;
    for (uint32_t i = 0; i < paths->elem_count && *at_out < 0; i++) {
        bool holds;
        TRY(test(call, array_get(paths, i).str, other, &holds));
        if (holds)
            *at_out = i;
    }
    return STATUS_OK;
}

static Status one(FnCall *call, int path, Test test) {
    bool holds;
    TRY(test(call, ARG_STR(path), ARG_STR(1 - path), &holds));
    return ret_bool(call, holds);
}
static Status many(FnCall *call, int paths, Test test) {
    ArrayView view;
    int64_t at;
    TRY(plain_array(ARG_STR(paths), &view));
    TRY(first_of(call, &view, ARG_STR(1 - paths), test, &at));
    return ret_bool(call, at >= 0);
}
static Status extract(FnCall *call, Test test) {
    ArrayView view;
    int64_t at;
    TRY(plain_array(ARG_STR(0), &view));
    TRY(first_of(call, &view, ARG_STR(1), test, &at));
    return at < 0 ? ret_null(call) : ret_datum(call, array_get(&view, (uint32_t)at));
}
/* A path, or one of several, against several patterns. */
static Status patterns(FnCall *call, int path, bool array) {
    ArrayView queries, paths;
    TRY(plain_array(ARG_STR(1 - path), &queries));
    if (array)
        TRY(plain_array(ARG_STR(path), &paths));
    for (uint32_t i = 0; i < queries.elem_count; i++) {
        Str query = array_get(&queries, i).str;
        int64_t at;
        bool holds;
        if (array) {
            TRY(first_of(call, &paths, query, test_pattern, &at));
            holds = at >= 0;
        } else {
            TRY(test_pattern(call, ARG_STR(path), query, &holds));
        }
        if (holds)
            return ret_bool(call, true);
    }
    return ret_bool(call, false);
}

static Status fn_isparent(FnCall *call) { return one(call, 0, test_above); }
static Status fn_risparent(FnCall *call) { return one(call, 0, test_below); }
static Status fn_regex(FnCall *call) { return one(call, 0, test_pattern); }
static Status fn_rregex(FnCall *call) { return one(call, 1, test_pattern); }
static Status fn_exec(FnCall *call) { return one(call, 0, test_condition); }
static Status fn_rexec(FnCall *call) { return one(call, 1, test_condition); }
static Status fn_q_regex(FnCall *call) { return patterns(call, 0, false); }
static Status fn_q_rregex(FnCall *call) { return patterns(call, 1, false); }

static Status fn_array_isparent(FnCall *call) { return many(call, 0, test_above); }
static Status fn_array_r_isparent(FnCall *call) { return many(call, 1, test_above); }
static Status fn_array_risparent(FnCall *call) { return many(call, 0, test_below); }
static Status fn_array_r_risparent(FnCall *call) { return many(call, 1, test_below); }
static Status fn_array_regex(FnCall *call) { return many(call, 0, test_pattern); }
static Status fn_array_rregex(FnCall *call) { return many(call, 1, test_pattern); }
static Status fn_array_q_regex(FnCall *call) { return patterns(call, 0, true); }
static Status fn_array_q_rregex(FnCall *call) { return patterns(call, 1, true); }
static Status fn_array_exec(FnCall *call) { return many(call, 0, test_condition); }
static Status fn_array_rexec(FnCall *call) { return many(call, 1, test_condition); }
static Status fn_extract_isparent(FnCall *call) { return extract(call, test_above); }
static Status fn_extract_risparent(FnCall *call) { return extract(call, test_below); }
static Status fn_extract_regex(FnCall *call) { return extract(call, test_pattern); }
static Status fn_extract_exec(FnCall *call) { return extract(call, test_condition); }

static Status fn_array_lca(FnCall *call) {
    ArrayView view;
    void *room;
    TRY(plain_array(ARG_STR(0), &view));
    TRY(arena_try_alloc(call->arena, (view.elem_count + (size_t)1) * sizeof(Labels), &room));
    Labels *paths = room;
    for (uint32_t i = 0; i < view.elem_count; i++)
        TRY(ltree_labels(call->arena, array_get(&view, i).str, &paths[i]));
    return ret_ancestor(call, paths, view.elem_count);
}
static Status fn_gist_in(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "ltree_gist_in() not implemented");
}
static Status fn_gist_out(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "ltree_gist_out() not implemented");
}

#define ENTRY(n, src, fn) {.oid = LTREE_OID + (n), .prosrc = src, .strict = true, .scalar = fn}
static const FnEntry functions[] = {
    ENTRY(0, "ltree_in", extension_type_in),
    ENTRY(1, "ltree_out", extension_type_out),
    ENTRY(2, "ltree_recv", extension_type_recv),
    ENTRY(3, "ltree_send", extension_type_send),
    ENTRY(4, "lquery_in", extension_type_in),
    ENTRY(5, "lquery_out", extension_type_out),
    ENTRY(6, "lquery_recv", extension_type_recv),
    ENTRY(7, "lquery_send", extension_type_send),
    ENTRY(8, "ltxtq_in", extension_type_in),
    ENTRY(9, "ltxtq_out", extension_type_out),
    ENTRY(10, "ltxtq_recv", extension_type_recv),
    ENTRY(11, "ltxtq_send", extension_type_send),
    ENTRY(12, "ltree_cmp", fn_cmp),
    ENTRY(13, "ltree_lt", fn_lt),
    ENTRY(14, "ltree_le", fn_le),
    ENTRY(15, "ltree_eq", fn_eq),
    ENTRY(16, "ltree_ge", fn_ge),
    ENTRY(17, "ltree_gt", fn_gt),
    ENTRY(18, "ltree_ne", fn_ne),
    ENTRY(19, "subltree", fn_subltree),
    ENTRY(20, "subpath", fn_subpath),
    ENTRY(21, "ltree_index", fn_index),
    ENTRY(22, "nlevel", fn_nlevel),
    ENTRY(23, "ltree2text", fn_to_text),
    ENTRY(24, "text2ltree", fn_from_text),
    ENTRY(25, "lca", fn_lca),
    ENTRY(26, "_lca", fn_array_lca),
    ENTRY(27, "ltree_isparent", fn_isparent),
    ENTRY(28, "ltree_risparent", fn_risparent),
    ENTRY(29, "ltree_addltree", fn_concat),
    ENTRY(30, "ltree_addtext", fn_concat),
    ENTRY(31, "ltree_textadd", fn_concat),
    ENTRY(32, "ltq_regex", fn_regex),
    ENTRY(33, "ltq_rregex", fn_rregex),
    ENTRY(34, "lt_q_regex", fn_q_regex),
    ENTRY(35, "lt_q_rregex", fn_q_rregex),
    ENTRY(36, "ltxtq_exec", fn_exec),
    ENTRY(37, "ltxtq_rexec", fn_rexec),
    ENTRY(38, "_ltree_isparent", fn_array_isparent),
    ENTRY(39, "_ltree_r_isparent", fn_array_r_isparent),
    ENTRY(40, "_ltree_risparent", fn_array_risparent),
    ENTRY(41, "_ltree_r_risparent", fn_array_r_risparent),
    ENTRY(42, "_ltq_regex", fn_array_regex),
    ENTRY(43, "_ltq_rregex", fn_array_rregex),
    ENTRY(44, "_lt_q_regex", fn_array_q_regex),
    ENTRY(45, "_lt_q_rregex", fn_array_q_rregex),
    ENTRY(46, "_ltxtq_exec", fn_array_exec),
    ENTRY(47, "_ltxtq_rexec", fn_array_rexec),
    ENTRY(48, "_ltree_extract_isparent", fn_extract_isparent),
    ENTRY(49, "_ltree_extract_risparent", fn_extract_risparent),
    ENTRY(50, "_ltq_extract_regex", fn_extract_regex),
    ENTRY(51, "_ltxtq_extract_exec", fn_extract_exec),
    ENTRY(52, "ltree_gist_in", fn_gist_in),
    ENTRY(53, "ltree_gist_out", fn_gist_out),
};
void ltree_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
