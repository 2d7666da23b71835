/* int_array.c: see int_array.h. */
#include "types/int_array.h"

#include "catalog/catalogs.h"
#include "types/extension_type.h"

#include <limits.h>
#include <stdlib.h>

#define INT_ARRAY_OID 9170 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

/* ---- arrays ---- */

typedef struct Ints {
    int32_t *items;
    uint32_t count;
} Ints;

static Status ints_arg(FnCall *call, int arg, Ints *out) {
    ArrayView view;
    void *room;
    TRY(array_view(ARG_STR(arg), &view));
    TRY(arena_try_alloc(call->arena, (view.elem_count + (size_t)1) * sizeof(int32_t), &room));
    *out = (Ints){room, view.elem_count};
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (array_is_null(&view, i))
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "array must not contain nulls");
        out->items[i] = array_get(&view, i).i32;
    }
    return STATUS_OK;
}

static Status ret_ints(FnCall *call, const int32_t *items, uint32_t count) {
    void *room;
    TRY(arena_try_alloc(call->arena, (count + (size_t)1) * sizeof(Datum), &room));
    Datum *values = room;
    for (uint32_t i = 0; i < count; i++)
        values[i] = datum_i32(items[i]);
    return array_build_1d(call->arena, OID_INT4, PHYS_I32, values, NULL, count, &call->result);
}

static int ascending(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}
static int descending(const void *a, const void *b) { return ascending(b, a); }
static void sort_ints(Ints *v, bool up) {
    if (v->count > 1)
        qsort(v->items, v->count, sizeof(int32_t), up ? ascending : descending);
}
static void unique_ints(Ints *v) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (kept == 0 || v->items[kept - 1] != v->items[i])
            v->items[kept++] = v->items[i];
    v->count = kept;
}
static Status set_arg(FnCall *call, int arg, Ints *out) {
    TRY(ints_arg(call, arg, out));
    sort_ints(out, true);
    unique_ints(out);
    return STATUS_OK;
}
static Status two_sets(FnCall *call, Ints *a, Ints *b) {
    TRY(set_arg(call, 0, a));
    return set_arg(call, 1, b);
}

typedef enum Part { ONLY_FIRST = 1, BOTH = 2, ONLY_SECOND = 4 } Part;

/* Elements of the parts wanted, merged. */
static Status merge(FnCall *call, const Ints *a, const Ints *b, unsigned wanted, Ints *out) {
    void *room;
    uint32_t i = 0, k = 0;
    TRY(arena_try_alloc(call->arena, ((size_t)a->count + b->count + 1) * sizeof(int32_t), &room));
    *out = (Ints){room, 0};
    while (i < a->count || k < b->count) {
        bool first = k == b->count || (i < a->count && a->items[i] <= b->items[k]);
        bool second = i == a->count || (k < b->count && b->items[k] <= a->items[i]);
        unsigned part = first && second ? BOTH : first ? ONLY_FIRST : ONLY_SECOND;
        if (part & wanted)
            out->items[out->count++] = first ? a->items[i] : b->items[k];
        i += first;
        k += second;
    }
    return STATUS_OK;
}
static Status ret_merged(FnCall *call, unsigned wanted) {
    Ints a, b, out;
    TRY(two_sets(call, &a, &b));
    TRY(merge(call, &a, &b, wanted, &out));
    return ret_ints(call, out.items, out.count);
}
static Status merged_count(FnCall *call, unsigned wanted, uint32_t *count_out) {
    Ints a, b, out;
    TRY(two_sets(call, &a, &b));
    TRY(merge(call, &a, &b, wanted, &out));
    *count_out = out.count;
    return STATUS_OK;
}

static Status fn_union(FnCall *call) { return ret_merged(call, ONLY_FIRST | BOTH | ONLY_SECOND); }
static Status fn_inter(FnCall *call) { return ret_merged(call, BOTH); }
static Status fn_subtract(FnCall *call) { return ret_merged(call, ONLY_FIRST); }
static Status fn_overlap(FnCall *call) {
    uint32_t n;
    TRY(merged_count(call, BOTH, &n));
    return ret_bool(call, n > 0);
}
static Status fn_contains(FnCall *call) {
    uint32_t n;
    TRY(merged_count(call, ONLY_SECOND, &n));
    return ret_bool(call, n == 0);
}
static Status fn_contained(FnCall *call) {
    uint32_t n;
    TRY(merged_count(call, ONLY_FIRST, &n));
    return ret_bool(call, n == 0);
}
static Status is_same(FnCall *call, bool *same_out) {
    Ints a, b;
    TRY(ints_arg(call, 0, &a));
    TRY(ints_arg(call, 1, &b));
    sort_ints(&a, true);
    sort_ints(&b, true);
    *same_out = a.count == b.count && memcmp(a.items, b.items, a.count * sizeof(int32_t)) == 0;
    return STATUS_OK;
}
static Status fn_same(FnCall *call) {
    bool same;
    TRY(is_same(call, &same));
    return ret_bool(call, same);
}
static Status fn_different(FnCall *call) {
    bool same;
    TRY(is_same(call, &same));
    return ret_bool(call, !same);
}

static Status fn_intset(FnCall *call) { return ret_ints(call, &call->args[0].i32, 1); }
static Status fn_icount(FnCall *call) {
    ArrayView view;
    TRY(array_view(ARG_STR(0), &view));
    return ret_i32(call, (int32_t)view.elem_count);
}
static Status sorted(FnCall *call, bool up) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    sort_ints(&v, up);
    return ret_ints(call, v.items, v.count);
}
static Status fn_sort(FnCall *call) {
    ArrayView view;
    TRY(array_view(ARG_STR(0), &view));
    if (call->site->arg_count == 1 || view.elem_count < 2)
        return sorted(call, true);
    bool up = text_is_word(ARG_STR(1).data, ARG_STR(1).len, "asc");
    if (!up && !text_is_word(ARG_STR(1).data, ARG_STR(1).len, "desc"))
        return error(ERR_INVALID_PARAMETER_VALUE, "second parameter must be \"ASC\" or \"DESC\"");
    return sorted(call, up);
}
static Status fn_sort_asc(FnCall *call) { return sorted(call, true); }
static Status fn_sort_desc(FnCall *call) { return sorted(call, false); }
static Status fn_uniq(FnCall *call) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    unique_ints(&v);
    return ret_ints(call, v.items, v.count);
}
static Status fn_idx(FnCall *call) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    for (uint32_t i = 0; i < v.count; i++)
        if (v.items[i] == ARG_I32(1))
            return ret_i32(call, (int32_t)i + 1);
    return ret_i32(call, 0);
}
static Status fn_subarray(FnCall *call) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    int64_t count = v.count, start = ARG_I32(1) > 0 ? (int64_t)ARG_I32(1) - 1 : ARG_I32(1);
    int64_t len = call->site->arg_count == 3 ? ARG_I32(2) : 0;
    if (start < 0)
        start += count;
    int64_t end = len < 0 ? count + len : len == 0 ? count : start + len;
    start = MAX(start, 0);
    end = MIN(end, count);
    if (start >= end)
        return ret_ints(call, NULL, 0);
    return ret_ints(call, v.items + start, (uint32_t)(end - start));
}
static Status fn_push_array(FnCall *call) {
    Ints a, b;
    void *room;
    TRY(ints_arg(call, 0, &a));
    TRY(ints_arg(call, 1, &b));
    TRY(arena_try_alloc(call->arena, ((size_t)a.count + b.count + 1) * sizeof(int32_t), &room));
    memcpy(room, a.items, a.count * sizeof(int32_t));
    memcpy((int32_t *)room + a.count, b.items, b.count * sizeof(int32_t));
    return ret_ints(call, room, a.count + b.count);
}
/* ints_arg leaves room for one more. */
static Status fn_push_elem(FnCall *call) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    v.items[v.count++] = ARG_I32(1);
    return ret_ints(call, v.items, v.count);
}
static Status fn_union_elem(FnCall *call) {
    Ints v;
    TRY(ints_arg(call, 0, &v));
    v.items[v.count++] = ARG_I32(1);
    sort_ints(&v, true);
    unique_ints(&v);
    return ret_ints(call, v.items, v.count);
}
static Status fn_del_elem(FnCall *call) {
    Ints v;
    uint32_t kept = 0;
    TRY(ints_arg(call, 0, &v));
    for (uint32_t i = 0; i < v.count; i++)
        if (v.items[i] != ARG_I32(1))
            v.items[kept++] = v.items[i];
    return ret_ints(call, v.items, kept);
}

/* ---- query_int ---- */

typedef struct QueryReader {
    const char *at, *end;
    Arena *arena;
} QueryReader;

static Status bad_query(void) { return error(ERR_SYNTAX_ERROR, "syntax error"); }
static char peek(QueryReader *r) {
    while (r->at < r->end && is_space(*r->at))
        r->at++;
    return r->at < r->end ? *r->at : '\0';
}

/* Nodes are kept as bytes in prefix order. */
static Status read_or(QueryReader *r, StrBuf *out);

static void put_value(StrBuf *out, int32_t value) {
    strbuf_putc(out, 'v');
    strbuf_append(out, &value, sizeof(value));
}

static Status read_unary(QueryReader *r, StrBuf *out) {
    char c = peek(r);
    strbuf_init(out, r->arena);
    TRY(fiber_stack_check());
    if (c == '!') {
        StrBuf operand;
        r->at++;
        TRY(read_unary(r, &operand));
        strbuf_putc(out, '!');
        strbuf_append(out, operand.data, operand.len);
    } else if (c == '(') {
        r->at++;
        TRY(read_or(r, out));
        if (peek(r) != ')')
            return bad_query();
        r->at++;
    } else {
        char *rest;
        if (!is_digit(c) && !(c == '-' && r->at + 1 < r->end && is_digit(r->at[1])))
            return bad_query();
        long value = strtol(r->at, &rest, 10);
        if (value < INT_MIN || value > INT_MAX)
            return bad_query();
        r->at = rest;
        put_value(out, (int32_t)value);
    }
    return STATUS_OK;
}

/* Operands of one operator, joined from the left. */
static Status read_joined(QueryReader *r, char op, Status (*operand)(QueryReader *, StrBuf *),
                          StrBuf *out) {
    TRY(operand(r, out));
    while (peek(r) == op) {
        StrBuf right, both;
        r->at++;
        TRY(operand(r, &right));
        strbuf_init(&both, r->arena);
        strbuf_putc(&both, op);
        strbuf_append(&both, out->data, out->len);
        strbuf_append(&both, right.data, right.len);
        *out = both;
    }
    return STATUS_OK;
}
static Status read_and(QueryReader *r, StrBuf *out) { return read_joined(r, '&', read_unary, out); }
static Status read_or(QueryReader *r, StrBuf *out) { return read_joined(r, '|', read_and, out); }

static Status query_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *copy = arena_strndup(io->arena, text, len);
    QueryReader r = {.at = copy, .end = copy + len, .arena = io->arena};
    StrBuf out;
    if (len > 16384)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many query elements in %s", "query_int");
    TRY(read_or(&r, &out));
    if (peek(&r) != '\0')
        return bad_query();
    *value_out = buf_datum(&out);
    return STATUS_OK;
}

/* How deep the tree of joined operands is does not follow from its brackets: it leans to the left. */
static const char *skip_node(const char *at) {
    for (int open = 1; open > 0; open--) {
        if (*at == 'v')
            at += 5;
        else
            open += *at++ == '!' ? 1 : 2;
    }
    return at;
}

static Status print_node(const char **at, bool first, StrBuf *text) {
    char op = *(*at)++;
    int32_t value;
    TRY(fiber_stack_check());
    if (op == 'v') {
        memcpy(&value, *at, 4);
        *at += 4;
        strbuf_printf(text, "%d", value);
        return STATUS_OK;
    }
    if (op == '!') {
        bool bracket = **at != 'v';
        strbuf_puts(text, bracket ? "!( " : "!");
        TRY(print_node(at, bracket, text));
        strbuf_puts(text, bracket ? " )" : "");
        return STATUS_OK;
    }
    bool bracket = op == '|' && !first;
    strbuf_puts(text, bracket ? "( " : "");
    TRY(print_node(at, false, text));
    strbuf_printf(text, " %c ", op);
    TRY(print_node(at, false, text));
    strbuf_puts(text, bracket ? " )" : "");
    return STATUS_OK;
}
static Status query_output(TypeIo *io, Datum value, StrBuf *text) {
    const char *at = value.str.data;
    return print_node(&at, true, text);
}

const TypeInfo query_int_model = {
    .name = "query_int",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = query_input,
    .output = query_output,
};

static bool matches(const char **at, const Ints *v) {
    char op = *(*at)++;
    if (op == 'v') {
        int32_t value;
        memcpy(&value, *at, 4);
        *at += 4;
        return v->count > 0 &&
               bsearch(&value, v->items, v->count, sizeof(int32_t), ascending) != NULL;
    }
    if (op == '!')
        return !matches(at, v);
    bool left = matches(at, v);
    if (left == (op == '|')) {
        *at = skip_node(*at);
        return left;
    }
    return matches(at, v);
}
static Status query_matches(FnCall *call, int array, int query) {
    Ints v;
    const char *at = ARG_STR(query).data;
    TRY(ints_arg(call, array, &v));
    sort_ints(&v, true);
    return ret_bool(call, matches(&at, &v));
}
static Status fn_boolop(FnCall *call) { return query_matches(call, 0, 1); }
static Status fn_rboolop(FnCall *call) { return query_matches(call, 1, 0); }
static Status fn_querytree(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "querytree is no longer implemented");
}

#define ENTRY(n, src, fn)                                                                          \
    { .oid = INT_ARRAY_OID + (n), .prosrc = src, .strict = true, .scalar = fn }
static const FnEntry functions[] = {
    ENTRY(0, "bqarr_in", extension_type_in),
    ENTRY(1, "bqarr_out", extension_type_out),
    ENTRY(2, "querytree", fn_querytree),
    ENTRY(3, "boolop", fn_boolop),
    ENTRY(4, "rboolop", fn_rboolop),
    ENTRY(5, "_int_contains", fn_contains),
    ENTRY(6, "_int_contained", fn_contained),
    ENTRY(7, "_int_overlap", fn_overlap),
    ENTRY(8, "_int_same", fn_same),
    ENTRY(9, "_int_different", fn_different),
    ENTRY(10, "_int_union", fn_union),
    ENTRY(11, "_int_inter", fn_inter),
    ENTRY(12, "intset", fn_intset),
    ENTRY(13, "icount", fn_icount),
    ENTRY(14, "sort", fn_sort),
    ENTRY(15, "sort_asc", fn_sort_asc),
    ENTRY(16, "sort_desc", fn_sort_desc),
    ENTRY(17, "uniq", fn_uniq),
    ENTRY(18, "idx", fn_idx),
    ENTRY(19, "subarray", fn_subarray),
    ENTRY(20, "intarray_push_elem", fn_push_elem),
    ENTRY(21, "intarray_push_array", fn_push_array),
    ENTRY(22, "intarray_del_elem", fn_del_elem),
    ENTRY(23, "intset_union_elem", fn_union_elem),
    ENTRY(24, "intset_subtract", fn_subtract),
    ENTRY(25, "_intbig_in", extension_no_input),
    ENTRY(26, "_intbig_out", extension_no_output),
};
void int_array_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
