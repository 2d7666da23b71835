/* size_fn.c: sizes for people: pg_size_pretty, pg_size_bytes; and parse_ident. */
#include "types/numeric.h"

#include <strings.h>

typedef struct SizeUnit {
    const char *name;
    uint32_t limit; /* below it this unit serves, counted with one binary digit more if rounded */
    bool round;
    int bits;
} SizeUnit;
static const SizeUnit units[] = {{"bytes", 10 * 1024, false, 0},  {"kB", 20 * 1024 - 1, true, 10},
                                 {"MB", 20 * 1024 - 1, true, 20}, {"GB", 20 * 1024 - 1, true, 30},
                                 {"TB", 20 * 1024 - 1, true, 40}, {"PB", 20 * 1024 - 1, true, 50}};
#define UNIT_LAST (ARRAY_LEN(units) - 1)

/* Binary digits between a unit and the next; rounded units keep one more until the end. */
static int step_bits(const SizeUnit *u) { return u[1].bits - u[0].bits - u[1].round + u[0].round; }

SCALAR(pg_size_pretty) {
    int64_t size = ARG_I64(0);
    const SizeUnit *u = units;
    for (; u < units + UNIT_LAST; u++) {
        uint64_t magnitude = size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
        if (magnitude < u->limit)
            break;
        size /= INT64_C(1) << step_bits(u);
    }
    if (u->round)
        size = (size + (size < 0 ? -1 : 1)) / 2;
    return ret_datum(call,
                     datum_cstr(arena_printf(call->arena, "%lld %s", (long long)size, u->name)));
}
static Status divide(FnCall *call, Str *size, int64_t by) {
    if (num_class(*size) != NUM_FINITE)
        return STATUS_OK;
    NumVar whole = num_load(call->arena, *size), part = num_var_i64(call->arena, by);
    whole = num_div_trunc(call->arena, &whole, &part);
    return num_store(call->arena, &whole, size);
}
SCALAR(pg_size_pretty_numeric) {
    Str size = ARG_STR(0);
    const SizeUnit *u = units;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    for (; u < units + UNIT_LAST; u++) {
        Str limit = num_from_i64(call->arena, u->limit),
            low = num_from_i64(call->arena, -(int64_t)u->limit);
        if (numeric_order(size, limit) < 0 && numeric_order(size, low) > 0)
            break;
        TRY(divide(call, &size, INT64_C(1) << step_bits(u)));
    }
    if (u->round) {
        int sign = numeric_order(size, num_from_i64(call->arena, 0)) < 0 ? -1 : 1;
        TRY(numeric_plus(call->arena, size, num_from_i64(call->arena, sign), &size));
        TRY(divide(call, &size, 2));
    }
    numeric_print(size, &buf);
    strbuf_printf(&buf, " %s", u->name);
    return ret_buf(call, &buf);
}

/* The end of the number at s; NULL where there is none. */
static const char *number_end(const char *s, const char *end) {
    bool any = false;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    for (; s < end && is_digit(*s); s++)
        any = true;
    if (s < end && *s == '.')
        for (s++; s < end && is_digit(*s); s++)
            any = true;
    if (any && s < end && (*s == 'e' || *s == 'E')) {
        const char *p = s + 1;
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p < end && is_digit(*p)) {
            while (p < end && is_digit(*p))
                p++;
            s = p;
        }
    }
    return any ? s : NULL;
}
SCALAR(pg_size_bytes) {
    Str arg = ARG_STR(0), number;
    const char *text = arg.data;
    size_t len = arg.len;
    text_trim(&text, &len);
    const char *end = text + len, *unit = number_end(text, end);
    if (unit == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid size: \"%.*s\"", (int)arg.len, arg.data);
    TRY(numeric_parse(call->arena, text, (size_t)(unit - text), &number));
    while (unit < end && is_space(*unit))
        unit++;
    if (unit < end) {
        const SizeUnit *u = units;
        while (u < units + ARRAY_LEN(units) &&
               (strlen(u->name) != (size_t)(end - unit) ||
                strncasecmp(u->name, unit, (size_t)(end - unit)) != 0))
            u++;
        if (u == units + ARRAY_LEN(units))
            return status_hint(
                status_detail(error(ERR_INVALID_PARAMETER_VALUE, "invalid size: \"%.*s\"",
                                    (int)arg.len, arg.data),
                              "Invalid size unit: \"%.*s\".", (int)(end - unit), unit),
                "Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
        TRY(numeric_times(call->arena, num_from_i64(call->arena, INT64_C(1) << u->bits), number,
                          &number));
    }
    NumVar v = num_load(call->arena, number);
    int64_t result;
    if (!num_to_i64(call->arena, &v, &result))
        return int8_range_error();
    return ret_i64(call, result);
}

/* ---- parse_ident ---- */

static bool starts_identifier(char c) { return is_alpha(c) || c == '_' || (c & 0x80) != 0; }
static bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c) || c == '$'; }
static Status bad_identifier(Str s, const char *detail) {
    Status e = error(ERR_INVALID_PARAMETER_VALUE, "string is not a valid identifier: \"%.*s\"",
                     (int)s.len, s.data);
    return detail == NULL ? e : status_detail(e, "%s", detail);
}
static Status quoted_part(FnCall *call, const char **at, const char *end, Datum *part) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    const char *p = *at + 1;
    for (;; p++) {
        if (p >= end)
            return bad_identifier(ARG_STR(0), "String has unclosed double quotes.");
        if (*p == '"' && !(p + 1 < end && p[1] == '"'))
            break;
        p += *p == '"';
        strbuf_putc(&buf, *p);
    }
    if (buf.len == 0)
        return bad_identifier(ARG_STR(0), "Quoted identifier must not be empty.");
    *at = p + 1;
    *part = buf_datum(&buf);
    return STATUS_OK;
}
SCALAR(parse_ident) {
    Str s = ARG_STR(0);
    const char *p = s.data, *end = p + s.len;
    VEC(Datum) parts = {0};
    bool after_dot = false;
    while (p < end && is_space(*p))
        p++;
    for (;;) {
        Datum part;
        if (p < end && *p == '"') {
            TRY(quoted_part(call, &p, end, &part));
        } else if (p < end && starts_identifier(*p)) {
            const char *start = p;
            while (p < end && continues_identifier(*p))
                p++;
            char *lower = arena_strndup(call->arena, start, (size_t)(p - start));
            for (char *c = lower; *c != '\0'; c++)
                *c = to_lower(*c);
            part = datum_str(lower, (size_t)(p - start));
        } else {
            return bad_identifier(s, p < end && *p == '.' ? "No valid identifier before \".\"."
                                     : after_dot          ? "No valid identifier after \".\"."
                                                          : NULL);
        }
        vec_push(&parts, call->arena, part);
        while (p < end && is_space(*p))
            p++;
        if (p >= end || *p != '.')
            break;
        after_dot = true;
        for (p++; p < end && is_space(*p);)
            p++;
    }
    if (p < end && ARG_BOOL(1))
        return bad_identifier(s, NULL);
    return array_build_1d(call->arena, 25, PHYS_STR, parts.items, NULL, (uint32_t)parts.count,
                          &call->result);
}

/* ---- of any value ---- */

SCALAR(pg_typeof) { return ret_oid(call, call->site->arg_types[0]); }

/* What the value's bytes take in a row; the header of a short one is a byte. */
SCALAR(pg_column_size) {
    const TypeInfo *info;
    if (call->nulls[0])
        return ret_null(call);
    TRY(type_lookup(call_env(call), call->site->arg_types[0], &info));
    if (info->typlen > 0)
        return ret_i32(call, info->typlen);
    size_t len = ARG_STR(0).len;
    return ret_i32(call, (int32_t)(len + (info->typlen == -2 || len <= 126 ? 1 : 4)));
}
