/* string_format.c: concat, format() and quoting. */
#include "types/array_ops.h"
#include "types/text.h"

#include <stdio.h>

Status quote_identifier(EvalEnv *env, Str s, StrBuf *out);

/* The i-th of the variadic arguments from first on, as text; through the array where VARIADIC. */
typedef struct Variadic {
    FnCall *call;
    int first, count;
    bool is_array, array_null;
    ArrayView view;
} Variadic;

static Status variadic_init(Variadic *v, FnCall *call, int first) {
    *v = (Variadic){.call = call, .first = first, .count = call->site->arg_count - first};
    if (call->site->variadic) {
        v->is_array = true;
        v->array_null = call->nulls[first];
        if (!v->array_null) {
            TRY(array_view(ARG_STR(first), &v->view));
            v->count = (int)v->view.elem_count;
        }
    }
    return STATUS_OK;
}
static Status variadic_text(Variadic *v, int i, Str *out, bool *null_out) {
    FnCall *call = v->call;
    Oid type;
    Datum value;
    if (v->is_array) {
        *null_out = array_is_null(&v->view, (uint32_t)i);
        type = v->view.elem_type;
        value = *null_out ? datum_i64(0) : array_get(&v->view, (uint32_t)i);
    } else {
        *null_out = call->nulls[v->first + i];
        type = call->site->arg_types[v->first + i];
        value = call->args[v->first + i];
    }
    if (*null_out)
        return STATUS_OK;
    if (type == 25 || type == 1043 || type == 2275 || type == 705 || type == 19 || type == 1042) {
        *out = value.str;
        return STATUS_OK;
    }
    return type_output_text(call_env(call), call->arena, type, value, out);
}

static Status concatenate(FnCall *call, int first, Str separator) {
    Variadic v;
    StrBuf buf;
    bool any = false;
    TRY(variadic_init(&v, call, first));
    if (v.array_null)
        return ret_null(call);
    strbuf_init(&buf, call->arena);
    for (int i = 0; i < v.count; i++) {
        Str s;
        bool is_null;
        TRY(variadic_text(&v, i, &s, &is_null));
        if (is_null)
            continue;
        if (any)
            strbuf_append(&buf, separator.data, separator.len);
        any = true;
        strbuf_append(&buf, s.data, s.len);
    }
    return ret_buf(call, &buf);
}
SCALAR(text_concat) { return concatenate(call, 0, str_make("", 0)); }
SCALAR(text_concat_ws) {
    return call->nulls[0] ? ret_null(call) : concatenate(call, 1, ARG_STR(0));
}

/* How many of the arguments, or of the elements of a VARIADIC array, are NULL. */
static Status count_nulls(FnCall *call, bool wanted) {
    Variadic v;
    int32_t nulls = 0;
    TRY(variadic_init(&v, call, 0));
    if (v.array_null)
        return ret_null(call);
    for (int i = 0; i < v.count; i++)
        nulls += v.is_array ? array_is_null(&v.view, (uint32_t)i) : call->nulls[i];
    return ret_i32(call, wanted ? nulls : v.count - nulls);
}
SCALAR(pg_num_nulls) { return count_nulls(call, true); }
SCALAR(pg_num_nonnulls) { return count_nulls(call, false); }

/* Words that a quoted identifier must be quoted for: reserved in some way. Sorted. */
static const char *const keywords[] = {
#define KEYWORD(word) word,
#include "types/def/reserved_words.def"
#undef KEYWORD
};
static bool is_keyword(Str s) {
    size_t low = 0, high = ARRAY_LEN(keywords);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(keywords[middle], s.data, s.len);
        if (order == 0 && keywords[middle][s.len] != '\0')
            order = 1;
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

Status quote_identifier(EvalEnv *env, Str s, StrBuf *out) {
    bool safe = s.len > 0 && ((s.data[0] >= 'a' && s.data[0] <= 'z') || s.data[0] == '_') &&
                !(env != NULL && env->quote_all_identifiers);
    for (uint32_t i = 0; i < s.len && safe; i++)
        safe = (s.data[i] >= 'a' && s.data[i] <= 'z') || is_digit(s.data[i]) || s.data[i] == '_';
    if (safe && !is_keyword(s)) {
        strbuf_append(out, s.data, s.len);
        return STATUS_OK;
    }
    strbuf_putc(out, '"');
    for (uint32_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, s.data[i]);
    }
    strbuf_putc(out, '"');
    return STATUS_OK;
}
static void quote_literal(Str s, StrBuf *out) {
    if (memchr(s.data, '\\', s.len) != NULL)
        strbuf_putc(out, 'E');
    strbuf_putc(out, '\'');
    for (uint32_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\'' || s.data[i] == '\\')
            strbuf_putc(out, s.data[i]);
        strbuf_putc(out, s.data[i]);
    }
    strbuf_putc(out, '\'');
}
SCALAR(quote_ident) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(quote_identifier(call_env(call), ARG_STR(0), &buf));
    return ret_buf(call, &buf);
}
SCALAR(quote_literal) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    quote_literal(ARG_STR(0), &buf);
    return ret_buf(call, &buf);
}
SCALAR(quote_nullable) {
    return call->nulls[0] ? ret_datum(call, datum_cstr("NULL")) : fn_quote_literal(call);
}

static Status too_few(void) {
    return error(ERR_INVALID_PARAMETER_VALUE, "too few arguments for format()");
}
static Status unterminated(void) {
    return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "unterminated format() type specifier"),
                       "For a single \"%%\" use \"%%%%\".");
}

/* %[position$][-][width | *[position$]]type */
typedef struct Spec {
    int position, width_position, width; /* positions: 0 next, -1 none */
    bool left;
    char type;
} Spec;

static Status digits(const char **p, const char *end, int *value_out, bool *any_out) {
    int v = 0;
    *any_out = false;
    for (; *p < end && is_digit(**p); (*p)++) {
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, **p - '0', &v))
            return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
        *any_out = true;
    }
    *value_out = v;
    return STATUS_OK;
}
static Status parse_spec(const char **p, const char *end, Spec *spec) {
    int n;
    bool any;
    *spec = (Spec){.width_position = -1};
    TRY(digits(p, end, &n, &any));
    if (*p >= end)
        return unterminated();
    if (any && **p == '$') {
        if (n == 0)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "format specifies argument 0, but arguments are numbered from 1");
        spec->position = n;
        (*p)++;
        any = false;
        if (*p >= end)
            return unterminated();
    }
    if (any) {
        spec->width = n;
    } else {
        for (; *p < end && **p == '-'; (*p)++)
            spec->left = true;
        if (*p >= end)
            return unterminated();
        if (**p == '*') {
            (*p)++;
            spec->width_position = 0;
            TRY(digits(p, end, &n, &any));
            if (*p >= end)
                return unterminated();
            if (any) {
                if (**p != '$')
                    return error(ERR_INVALID_PARAMETER_VALUE,
                                 "width argument position must be ended by \"$\"");
                if (n == 0)
                    return error(ERR_INVALID_PARAMETER_VALUE,
                                 "format specifies argument 0, but arguments are numbered from 1");
                spec->width_position = n;
                (*p)++;
            }
        } else {
            TRY(digits(p, end, &spec->width, &any));
        }
    }
    if (*p >= end)
        return unterminated();
    spec->type = **p;
    return STATUS_OK;
}
static void put_padded(StrBuf *buf, Str s, int width, bool left) {
    int64_t blanks = (int64_t)width - (int64_t)utf8_length(s.data, s.len);
    for (int64_t i = 0; !left && i < blanks; i++)
        strbuf_putc(buf, ' ');
    strbuf_append(buf, s.data, s.len);
    for (int64_t i = 0; left && i < blanks; i++)
        strbuf_putc(buf, ' ');
}

static Status format_width(Variadic *v, Spec *spec, int *next) {
    Str s = {0};
    bool is_null;
    if (spec->width_position < 0)
        return STATUS_OK;
    int i = spec->width_position > 0 ? spec->width_position - 1 : (*next)++;
    *next = i + 1;
    if (i >= v->count)
        return too_few();
    TRY(variadic_text(v, i, &s, &is_null));
    if (is_null)
        return STATUS_OK;
    Datum width;
    TRY(type_input_text(call_env(v->call), v->call->arena, 23, -1, s, &width));
    spec->width = width.i32;
    if (spec->width < 0) {
        spec->left = true;
        if (spec->width == INT32_MIN)
            return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
        spec->width = -spec->width;
    }
    return STATUS_OK;
}

static Status format_one(Variadic *v, Spec *spec, int *next, StrBuf *out) {
    FnCall *call = v->call;
    Str s = str_make("", 0);
    bool is_null;
    StrBuf quoted;
    strbuf_init(&quoted, call->arena);
    if (spec->type != 's' && spec->type != 'I' && spec->type != 'L')
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                 "unrecognized format() type specifier \"%c\"", spec->type),
                           "For a single \"%%\" use \"%%%%\".");
    TRY(format_width(v, spec, next));
    int i = spec->position > 0 ? spec->position - 1 : *next;
    *next = i + 1;
    if (i >= v->count)
        return too_few();
    TRY(variadic_text(v, i, &s, &is_null));
    if (is_null && spec->type == 'I')
        return error(ERR_NULL_VALUE_NOT_ALLOWED,
                     "null values cannot be formatted as an SQL identifier");
    if (is_null)
        s = spec->type == 'L' ? str_make("NULL", 4) : str_make("", 0);
    else if (spec->type == 'L') {
        quote_literal(s, &quoted);
        s = buf_datum(&quoted).str;
    } else if (spec->type == 'I') {
        TRY(quote_identifier(call_env(call), s, &quoted));
        s = buf_datum(&quoted).str;
    }
    put_padded(out, s, spec->width, spec->left);
    return STATUS_OK;
}

SCALAR(text_format) {
    Variadic v = {.call = call};
    StrBuf buf;
    int next = 0;
    if (call->nulls[0])
        return ret_null(call);
    if (call->site->arg_count > 1)
        TRY(variadic_init(&v, call, 1));
    if (v.array_null)
        v.count = 0;
    strbuf_init(&buf, call->arena);
    const char *p = ARG_STR(0).data, *end = p + ARG_STR(0).len;
    for (; p < end; p++) {
        if (*p != '%') {
            strbuf_putc(&buf, *p);
            continue;
        }
        if (++p >= end)
            return unterminated();
        if (*p == '%') {
            strbuf_putc(&buf, '%');
            continue;
        }
        Spec spec;
        TRY(parse_spec(&p, end, &spec));
        TRY(format_one(&v, &spec, &next, &buf));
    }
    return ret_buf(call, &buf);
}
ALIAS(text_format_nv, text_format)
