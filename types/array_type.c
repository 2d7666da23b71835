/* array_type.c: text and binary forms, order, hash and keys of arrays of any element type. */
#include "types/array_ops.h"

DECLARE_TYPE_IO(array);
DECLARE_TYPE_ORDER(array);
DECLARE_TYPE_IO(int2vector);
DECLARE_TYPE_IO(oidvector);
DECLARE_TYPE_ORDER(oidvector);

Status array_element_type(EvalEnv *env, const TypeInfo *array, const TypeInfo **elem_out) {
    *elem_out = array->element_type;
    return *elem_out != NULL ? STATUS_OK : type_lookup(env, array->element, elem_out);
}
char array_delimiter(const TypeInfo *elem) { return elem->oid == 603 ? ';' : ','; }

typedef struct ArrayParser {
    TypeIo *io;
    TypeIo elem_io;
    char delimiter;
    const char *text, *p, *end;
    int dim_count; /* 0 until the first element is met */
    int32_t dims[ARRAY_DIMS_MAX];
    bool known[ARRAY_DIMS_MAX];
    VEC(Datum) values;
    VEC(bool) nulls;
} ArrayParser;

static Status malformed(ArrayParser *a, const char *detail) {
    return status_detail(error(ERR_INVALID_TEXT_REPRESENTATION, "malformed array literal: \"%.*s\"",
                               (int)(a->end - a->text), a->text),
                         "%s", detail);
}
static Status ragged(ArrayParser *a) {
    return malformed(a, "Multidimensional arrays must have sub-arrays with matching dimensions.");
}
static void skip_blanks(ArrayParser *a) {
    while (a->p < a->end && is_space(*a->p))
        a->p++;
}

/* One element: quoted, or bare up to a delimiter or brace. */
static Status parse_element(ArrayParser *a) {
    StrBuf buf;
    strbuf_init(&buf, a->io->arena);
    bool quoted = false, escaped = false;
    size_t bare_len = 0;
    if (a->p < a->end && *a->p == '"') {
        quoted = true;
        a->p++;
        for (;; a->p++) {
            if (a->p >= a->end)
                return malformed(a, "Unexpected end of input.");
            if (*a->p == '"')
                break;
            if (*a->p == '\\' && ++a->p >= a->end)
                return malformed(a, "Unexpected end of input.");
            strbuf_putc(&buf, *a->p);
        }
        a->p++;
        skip_blanks(a);
        if (a->p < a->end && *a->p != a->delimiter && *a->p != '}')
            return *a->p == '{' || *a->p == '"'
                       ? malformed(a, *a->p == '"' ? "Unexpected array element."
                                                   : "Unexpected \"{\" character.")
                       : malformed(a, "Unexpected array element.");
    } else {
        for (; a->p < a->end && *a->p != a->delimiter && *a->p != '}'; a->p++) {
            if (*a->p == '{')
                return malformed(a, "Unexpected \"{\" character.");
            if (*a->p == '"')
                return malformed(a, "Unexpected array element.");
            if (*a->p == '\\') {
                escaped = true;
                if (++a->p >= a->end)
                    return malformed(a, "Unexpected end of input.");
                strbuf_putc(&buf, *a->p);
                bare_len = buf.len;
                continue;
            }
            strbuf_putc(&buf, *a->p);
            if (!is_space(*a->p))
                bare_len = buf.len;
        }
        strbuf_truncate(&buf, bare_len);
        if (bare_len == 0) {
            if (a->p >= a->end)
                return malformed(a, "Unexpected end of input.");
            return malformed(a, *a->p == '}' ? "Unexpected \"}\" character."
                                             : "Unexpected \",\" character.");
        }
    }
    bool is_null = !quoted && !escaped && text_is_word(strbuf_cstr(&buf), buf.len, "null") &&
                   (a->io->env == NULL || a->io->env->array_nulls);
    Datum value = {0};
    if (is_null)
        TRY(type_check_domain(a->io->env, a->elem_io.type, value, true));
    else
        TRY(a->elem_io.type->input(&a->elem_io, strbuf_cstr(&buf), buf.len, &value));
    vec_push(&a->values, a->io->arena, value);
    vec_push(&a->nulls, a->io->arena, is_null);
    return STATUS_OK;
}

/* "{...}" at nesting level depth (0-based); p stands on the brace. */
static Status parse_level(ArrayParser *a, int depth) {
    int32_t count = 0;
    bool has_arrays = false;
    if (depth >= ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth + 1,
                     ARRAY_DIMS_MAX);
    a->p++;
    skip_blanks(a);
    while (a->p < a->end && *a->p != '}') {
        if (count > 0) {
            if (*a->p != a->delimiter)
                return malformed(a, *a->p == '{' ? "Unexpected \"{\" character."
                                                 : "Unexpected array element.");
            a->p++;
            skip_blanks(a);
        }
        bool sub = a->p < a->end && *a->p == '{';
        if (count > 0 && sub && !has_arrays)
            return malformed(a, "Unexpected \"{\" character.");
        if (count > 0 && !sub && has_arrays)
            return malformed(a, a->p >= a->end  ? "Unexpected end of input."
                                : *a->p == '}'  ? "Unexpected \"}\" character."
                                : *a->p == '\\' ? "Unexpected \"\\\" character."
                                                : "Unexpected array element.");
        has_arrays = sub;
        if (sub) {
            TRY(parse_level(a, depth + 1));
        } else {
            if (a->dim_count == 0)
                a->dim_count = depth + 1;
            if (a->dim_count != depth + 1)
                return ragged(a);
            TRY(parse_element(a));
        }
        count++;
        skip_blanks(a);
    }
    if (a->p >= a->end)
        return malformed(a, "Unexpected end of input.");
    a->p++;
    if (count == 0 && depth > 0)
        return malformed(a, "Unexpected \"}\" character.");
    if (a->known[depth] && a->dims[depth] != count)
        return ragged(a);
    a->known[depth] = true;
    a->dims[depth] = count;
    return STATUS_OK;
}

static bool parse_bound(ArrayParser *a, int32_t *out) {
    bool negative = a->p < a->end && *a->p == '-';
    const char *start = a->p;
    int64_t v = 0;
    if (a->p < a->end && (*a->p == '-' || *a->p == '+'))
        a->p++;
    for (; a->p < a->end && is_digit(*a->p) && v < INT32_MAX; a->p++)
        v = v * 10 + (*a->p - '0');
    *out = (int32_t)(negative ? -v : v);
    return a->p > start;
}

/* "[1:3][-1:4]=" before the braces. */
static Status parse_dimensions(ArrayParser *a, int32_t *lens, int32_t *lower, int *count_out) {
    *count_out = 0;
    while (skip_blanks(a), a->p < a->end && *a->p == '[') {
        int32_t low = 1, high;
        if (*count_out >= ARRAY_DIMS_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                         "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                         *count_out + 1, ARRAY_DIMS_MAX);
        a->p++;
        if (!parse_bound(a, &high))
            return malformed(a, "\"[\" must introduce explicitly-specified array dimensions.");
        if (a->p < a->end && *a->p == ':') {
            a->p++;
            low = high;
            if (!parse_bound(a, &high))
                return malformed(a, "Missing array dimension value.");
        }
        if (a->p >= a->end || *a->p != ']')
            return malformed(a, "Missing \"]\" after array dimensions.");
        a->p++;
        if (high < low)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
        int64_t len = (int64_t)high - low + 1;
        if (len > INT32_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         134217727);
        lens[*count_out] = (int32_t)len;
        lower[(*count_out)++] = low;
    }
    if (*count_out > 0) {
        if (a->p >= a->end || *a->p != '=')
            return malformed(a, "Missing \"=\" after array dimensions.");
        a->p++;
        skip_blanks(a);
        if (a->p >= a->end || *a->p != '{')
            return malformed(a, "Array contents must start with \"{\".");
    }
    return STATUS_OK;
}

Status array_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    ArrayParser a = {.io = io, .text = text, .p = text, .end = text + len};
    int32_t lens[ARRAY_DIMS_MAX], lower[ARRAY_DIMS_MAX];
    int explicit_dims;
    TRY(fiber_stack_check());
    if (io->type->kind == TYPE_PSEUDO)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", io->type->name);
    a.elem_io = *io;
    TRY(array_element_type(io->env, io->type, &a.elem_io.type));
    a.delimiter = array_delimiter(a.elem_io.type);
    TRY(parse_dimensions(&a, lens, lower, &explicit_dims));
    if (a.p >= a.end || *a.p != '{')
        return malformed(&a, "Array value must start with \"{\" or dimension information.");
    TRY(parse_level(&a, 0));
    skip_blanks(&a);
    if (a.p < a.end)
        return malformed(&a, "Junk after closing right brace.");
    if (explicit_dims > 0) {
        bool same = a.dim_count == explicit_dims;
        for (int i = 0; same && i < explicit_dims; i++)
            same = a.dims[i] == lens[i];
        if (!same)
            return malformed(&a, "Specified array dimensions do not match array contents.");
    } else {
        for (int i = 0; i < ARRAY_DIMS_MAX; i++)
            lower[i] = 1;
    }
    return array_build(io->arena, a.elem_io.type->oid, a.elem_io.type->phys, a.dim_count, a.dims,
                       lower, a.values.items, a.nulls.items, value_out);
}

static bool needs_quotes(const char *s, size_t len, char delimiter) {
    if (len == 0 || text_is_word(s, len, "null"))
        return true;
    for (size_t i = 0; i < len; i++)
        if (s[i] == '"' || s[i] == '\\' || s[i] == '{' || s[i] == '}' || s[i] == delimiter ||
            is_space(s[i]))
            return true;
    return false;
}

/* Types whose text never needs quotes. */
static bool is_plain(const TypeInfo *elem) {
    return elem->phys == PHYS_I16 || elem->oid == 23 || elem->oid == 20 || elem->oid == 26;
}

static Status put_element(TypeIo *io, char delimiter, Datum value, StrBuf *text) {
    size_t start = text->len;
    TRY(io->type->output(io, value, text));
    if (is_plain(io->type))
        return STATUS_OK;
    size_t len = text->len - start;
    if (!needs_quotes(strbuf_cstr(text) + start, len, delimiter))
        return STATUS_OK;
    char *copy = arena_strndup(io->arena, strbuf_cstr(text) + start, len);
    strbuf_truncate(text, start);
    strbuf_putc(text, '"');
    for (size_t i = 0; i < len; i++) {
        if (copy[i] == '"' || copy[i] == '\\')
            strbuf_putc(text, '\\');
        strbuf_putc(text, copy[i]);
    }
    strbuf_putc(text, '"');
    return STATUS_OK;
}

Status array_output(TypeIo *io, Datum value, StrBuf *text) {
    ArrayView view;
    TypeIo elem_io = *io;
    TRY(fiber_stack_check());
    TRY(array_view(value.str, &view));
    TRY(type_lookup(io->env, view.elem_type, &elem_io.type));
    char delimiter = array_delimiter(elem_io.type);
    if (view.elem_count == 0) {
        strbuf_puts(text, "{}");
        return STATUS_OK;
    }
    bool bounds = false;
    for (int d = 0; d < view.dim_count; d++)
        bounds |= view.lower[d] != 1;
    for (int d = 0; bounds && d < view.dim_count; d++)
        strbuf_printf(text, "[%d:%d]", view.lower[d], view.lower[d] + view.dims[d] - 1);
    if (bounds)
        strbuf_putc(text, '=');
    int32_t at[ARRAY_DIMS_MAX] = {0};
    for (uint32_t i = 0; i < view.elem_count; i++) {
        int d = view.dim_count - 1, opened = view.dim_count;
        while (opened > 0 && at[opened - 1] == 0)
            opened--;
        if (i > 0)
            strbuf_putc(text, delimiter);
        for (int k = opened; k < view.dim_count; k++)
            strbuf_putc(text, '{');
        if (array_is_null(&view, i))
            strbuf_puts(text, "NULL");
        else
            TRY(put_element(&elem_io, delimiter, array_get(&view, i), text));
        for (; d >= 0 && ++at[d] == view.dims[d]; d--) {
            at[d] = 0;
            strbuf_putc(text, '}');
        }
    }
    return STATUS_OK;
}

#define SHORT_MESSAGE() error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message")

Status array_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TypeIo elem_io = *io;
    const uint8_t *p = bytes, *end = bytes + len;
    int32_t dims[ARRAY_DIMS_MAX], lower[ARRAY_DIMS_MAX];
    TRY(fiber_stack_check());
    TRY(array_element_type(io->env, io->type, &elem_io.type));
    if (len < 12)
        return SHORT_MESSAGE();
    int32_t dim_count = (int32_t)load_be32(p);
    uint32_t flags = load_be32(p + 4), elem = load_be32(p + 8);
    if (dim_count < 0)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid number of dimensions: %d",
                     dim_count);
    if (dim_count > ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%d) exceeds the maximum allowed (%d)", dim_count,
                     ARRAY_DIMS_MAX);
    if (flags > 1)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid array flags");
    if (elem != elem_io.type->oid)
        return error(ERR_DATATYPE_MISMATCH,
                     "binary data has array element type %u (%s) instead of expected %u (%s)", elem,
                     type_builtin(elem) ? type_builtin(elem)->name : "???", elem_io.type->oid,
                     elem_io.type->name);
    p += 12;
    int64_t count = dim_count > 0;
    for (int d = 0; d < dim_count; d++, p += 8) {
        if (end - p < 8)
            return SHORT_MESSAGE();
        dims[d] = (int32_t)load_be32(p);
        lower[d] = (int32_t)load_be32(p + 4);
        if (dims[d] >= 0 && lower[d] > INT32_MAX - dims[d])
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array lower bound is too large: %d",
                         lower[d]);
        if (dims[d] < 0 || (count *= dims[d]) > 134217727)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         134217727);
    }
    if (count * 4 > end - p)
        return SHORT_MESSAGE();
    Datum *values = arena_zalloc(io->arena, (size_t)(count + 1) * sizeof(Datum));
    bool *nulls = arena_zalloc(io->arena, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++) {
        if (end - p < 4)
            return SHORT_MESSAGE();
        int32_t size = (int32_t)load_be32(p);
        p += 4;
        nulls[i] = size == -1;
        if (size < -1 || size > end - p)
            return SHORT_MESSAGE();
        if (nulls[i])
            TRY(type_check_domain(io->env, elem_io.type, values[i], true));
        if (size >= 0) {
            TRY(elem_io.type->receive(&elem_io, p, (size_t)size, &values[i]));
            p += size;
        }
    }
    if (p != end)
        return type_receive_error();
    return array_build(io->arena, elem, elem_io.type->phys, count == 0 ? 0 : dim_count, dims, lower,
                       values, nulls, value_out);
}

Status array_send(TypeIo *io, Datum value, StrBuf *bytes) {
    ArrayView view;
    TypeIo elem_io = *io;
    TRY(array_view(value.str, &view));
    TRY(type_lookup(io->env, view.elem_type, &elem_io.type));
    if (view.elem_type == 1033) /* it says that it cannot */
        return elem_io.type->send(&elem_io, (Datum){.str = {0}}, bytes);
    strbuf_put_be32(bytes, (uint32_t)view.dim_count);
    strbuf_put_be32(bytes, view.null_bits != NULL);
    strbuf_put_be32(bytes, view.elem_type);
    for (int d = 0; d < view.dim_count; d++) {
        strbuf_put_be32(bytes, (uint32_t)view.dims[d]);
        strbuf_put_be32(bytes, (uint32_t)view.lower[d]);
    }
    for (uint32_t i = 0; i < view.elem_count; i++) {
        size_t at = bytes->len;
        if (array_is_null(&view, i)) {
            strbuf_put_be32(bytes, UINT32_MAX);
            continue;
        }
        strbuf_put_be32(bytes, 0);
        TRY(elem_io.type->send(&elem_io, array_get(&view, i), bytes));
        store_be32(bytes->data + at, (uint32_t)(bytes->len - at - 4));
    }
    return STATUS_OK;
}

static const TypeInfo *element_of(const TypeInfo *type, const ArrayView *view) {
    return type->element_type != NULL ? type->element_type : type_builtin(view->elem_type);
}

int array_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    ArrayView x, y;
    if (!status_ok(array_view(a.str, &x)) || !status_ok(array_view(b.str, &y)))
        return str_compare(a.str, b.str);
    const TypeInfo *elem = element_of(type, &x);
    uint32_t n = MIN(x.elem_count, y.elem_count);
    for (uint32_t i = 0; i < n; i++) {
        bool xn = array_is_null(&x, i), yn = array_is_null(&y, i);
        if (xn || yn) {
            if (xn != yn)
                return xn ? 1 : -1;
            continue;
        }
        int order = elem->compare(elem, collation, array_get(&x, i), array_get(&y, i));
        if (order != 0)
            return order;
    }
    if (x.elem_count != y.elem_count)
        return x.elem_count < y.elem_count ? -1 : 1;
    if (x.dim_count != y.dim_count)
        return x.dim_count < y.dim_count ? -1 : 1;
    for (int d = 0; d < x.dim_count; d++)
        if (x.dims[d] != y.dims[d])
            return x.dims[d] < y.dims[d] ? -1 : 1;
    for (int d = 0; d < x.dim_count; d++)
        if (x.lower[d] != y.lower[d])
            return x.lower[d] < y.lower[d] ? -1 : 1;
    return 0;
}

uint64_t array_hash(const TypeInfo *type, Oid collation, Datum value) {
    ArrayView view;
    uint64_t h = 1;
    if (!status_ok(array_view(value.str, &view)))
        return 0;
    const TypeInfo *elem = element_of(type, &view);
    for (uint32_t i = 0; i < view.elem_count; i++)
        h = hash_combine(
            h, array_is_null(&view, i) ? 0 : elem->hash(elem, collation, array_get(&view, i)));
    return h;
}

/* Elements, each after a byte 2 (3: NULL, above all values), a byte 1, then the shape. */
Status array_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    ArrayView view;
    TRY(array_view(value.str, &view));
    const TypeInfo *elem = element_of(type, &view);
    for (uint32_t i = 0; i < view.elem_count; i++) {
        bool is_null = array_is_null(&view, i);
        strbuf_putc(key, is_null ? 3 : 2);
        if (!is_null)
            TRY(elem->key_encode(elem, collation, array_get(&view, i), key));
    }
    strbuf_putc(key, 1);
    strbuf_putc(key, (char)view.dim_count);
    for (int d = 0; d < view.dim_count; d++)
        strbuf_put_be32(key, (uint32_t)view.dims[d]);
    for (int d = 0; d < view.dim_count; d++)
        strbuf_put_be32(key, (uint32_t)view.lower[d] ^ 0x80000000u);
    return STATUS_OK;
}

/* ---- int2vector and oidvector: numbers between blanks; lower bound 0 ---- */

/* The shorter one first. */
int oidvector_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    ArrayView x, y;
    if (!status_ok(array_view(a.str, &x)) || !status_ok(array_view(b.str, &y)))
        return str_compare(a.str, b.str);
    if (x.elem_count != y.elem_count)
        return x.elem_count < y.elem_count ? -1 : 1;
    for (uint32_t i = 0; i < x.elem_count; i++) {
        Oid m = array_get(&x, i).u32, n = array_get(&y, i).u32;
        if (m != n)
            return m < n ? -1 : 1;
    }
    return 0;
}

uint64_t oidvector_hash(const TypeInfo *type, Oid collation, Datum value) {
    return array_hash(type, collation, value);
}

Status oidvector_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    ArrayView view;
    TRY(array_view(value.str, &view));
    strbuf_put_be32(key, view.elem_count);
    for (uint32_t i = 0; i < view.elem_count; i++)
        strbuf_put_be32(key, array_get(&view, i).u32);
    return STATUS_OK;
}

/* Numbers follow each other without more than blanks; oids may stand side by side ("1-2"). A complaint shows
 * the rest of the text. */
static Status vector_item(TypeIo *elem_io, const char **at, const char *end, Datum *value_out) {
    const char *p = *at;
    size_t rest = (size_t)(end - p);
    bool is_oid = elem_io->type->oid == 26;
    p += p < end && (*p == '-' || *p == '+');
    const char *digits = p;
    while (p < end && is_digit(*p))
        p++;
    if (p == digits || (!is_oid && p < end && *p != ' '))
        return type_input_error(elem_io->type->oid == 26 ? "oid" : "smallint", *at, rest);
    Status s = elem_io->type->input(elem_io, *at, (size_t)(p - *at), value_out);
    if (!status_ok(s)) {
        status_free(s);
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value \"%.*s\" is out of range for type %s",
                     (int)rest, *at, is_oid ? "oid" : "smallint");
    }
    *at = p;
    return STATUS_OK;
}

static Status vector_input(TypeIo *io, Oid elem_type, const char *text, size_t len, Datum *out) {
    TypeIo elem_io = *io;
    elem_io.type = type_builtin(elem_type);
    VEC(Datum) values = {0};
    const char *p = text, *end = text + len;
    for (;;) {
        Datum v;
        while (p < end && is_space(*p))
            p++;
        if (p >= end)
            break;
        TRY(vector_item(&elem_io, &p, end, &v));
        vec_push(&values, io->arena, v);
    }
    int32_t count = (int32_t)values.count, lower = 0;
    return array_build(io->arena, elem_type, elem_io.type->phys, 1, &count, &lower, values.items,
                       NULL, out);
}

/* Binary arrays of one dimension from 0 without NULLs; an empty one has none. */
static Status vector_receive(TypeIo *io, const char *name, const uint8_t *bytes, size_t len,
                             Datum *value_out) {
    ArrayView view;
    TRY(array_receive(io, bytes, len, value_out));
    TRY(array_view(value_out->str, &view));
    if (view.dim_count != 1 || view.null_bits != NULL || view.lower[0] != 0)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid %s data", name);
    return STATUS_OK;
}
static Status vector_output(TypeIo *io, Datum value, StrBuf *text) {
    ArrayView view;
    TRY(array_view(value.str, &view));
    for (uint32_t i = 0; i < view.elem_count; i++) {
        Datum v = array_get(&view, i);
        if (i > 0)
            strbuf_putc(text, ' ');
        strbuf_put_i64(text, view.elem_phys == PHYS_I16 ? (int64_t)v.i16 : (int64_t)v.u32);
    }
    return STATUS_OK;
}
Status int2vector_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return vector_input(io, 21, text, len, value_out);
}
Status int2vector_output(TypeIo *io, Datum value, StrBuf *text) {
    return vector_output(io, value, text);
}
Status int2vector_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return vector_receive(io, "int2vector", bytes, len, value_out);
}
Status int2vector_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return array_send(io, value, bytes);
}
Status oidvector_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return vector_input(io, 26, text, len, value_out);
}
Status oidvector_output(TypeIo *io, Datum value, StrBuf *text) {
    return vector_output(io, value, text);
}
Status oidvector_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return vector_receive(io, "oidvector", bytes, len, value_out);
}
Status oidvector_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return array_send(io, value, bytes);
}
