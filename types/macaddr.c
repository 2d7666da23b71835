/*
 * macaddr.c: macaddr and macaddr8: hardware addresses of six and eight bytes. A macaddr8 read from six
 * bytes gets ff:fe in its middle.
 */
#include "types/types_int.h"

DECLARE_TYPE_IO(macaddr);
DECLARE_TYPE_IO(macaddr8);
DECLARE_TYPE_ORDER(macaddr);

static int hex_value(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Octets of one or two digits, all with the same mark between them. */
static bool read_octets(const char *p, const char *end, uint8_t *bytes, bool *too_large_out) {
    char mark = '\0';
    bool large = false;
    for (int i = 0; i < 6; i++) {
        unsigned v = 0;
        const char *start = p;
        if (i > 0) {
            if (p >= end || (*p != ':' && *p != '-') || (mark != '\0' && *p != mark))
                return false;
            mark = *p++;
            start = p;
        }
        for (; p < end && hex_value(*p) >= 0 && p - start < 8; p++)
            v = v * 16 + (unsigned)hex_value(*p);
        if (p == start)
            return false;
        large |= v > 255;
        bytes[i] = (uint8_t)v;
    }
    *too_large_out = large && p == end;
    return p == end;
}
/* Pairs of digits; the one mark, if any, after every `every` bytes. */
static bool read_groups(const char *p, const char *end, const char *marks, int every,
                        uint8_t *bytes) {
    char mark = '\0';
    for (int i = 0; i < 6; i++) {
        if (i > 0 && every > 0 && i % every == 0) {
            if (p >= end || strchr(marks, *p) == NULL || (mark != '\0' && *p != mark))
                return false;
            mark = *p++;
        }
        if (end - p < 2 || hex_value(p[0]) < 0 || hex_value(p[1]) < 0)
            return false;
        bytes[i] = (uint8_t)(hex_value(p[0]) << 4 | hex_value(p[1]));
        p += 2;
    }
    return p == end;
}
Status macaddr_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    uint8_t bytes[6];
    bool too_large = false;
    const char *p = text;
    size_t n = len;
    text_trim(&p, &n);
    if (!read_octets(p, p + n, bytes, &too_large) && !read_groups(p, p + n, ":-", 3, bytes) &&
        !read_groups(p, p + n, ".-", 2, bytes) && !read_groups(p, p + n, "", 0, bytes))
        return type_input_error("macaddr", text, len);
    if (too_large)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                     "invalid octet value in \"macaddr\" value: \"%.*s\"", (int)len, text);
    *value_out = datum_str(arena_memdup(io->arena, bytes, 6), 6);
    return STATUS_OK;
}

static Datum widened(Arena *arena, const uint8_t *six) {
    uint8_t *p = arena_alloc(arena, 8);
    memcpy(p, six, 3);
    p[3] = 0xff;
    p[4] = 0xfe;
    memcpy(p + 5, six + 3, 3);
    return datum_str((char *)p, 8);
}
/* Pairs of digits, one mark anywhere between them. */
Status macaddr8_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    uint8_t bytes[8];
    int n = 0;
    char mark = '\0';
    const char *p = text;
    size_t left = len;
    text_trim(&p, &left);
    for (const char *end = p + left; p < end;) {
        if (n == 8 || end - p < 2 || hex_value(p[0]) < 0 || hex_value(p[1]) < 0)
            return type_input_error("macaddr8", text, len);
        bytes[n++] = (uint8_t)(hex_value(p[0]) << 4 | hex_value(p[1]));
        p += 2;
        if (p < end && (*p == ':' || *p == '-' || *p == '.')) {
            if ((mark != '\0' && *p != mark) || p + 1 == end)
                return type_input_error("macaddr8", text, len);
            mark = *p++;
        }
    }
    if (n != 6 && n != 8)
        return type_input_error("macaddr8", text, len);
    *value_out =
        n == 6 ? widened(io->arena, bytes) : datum_str(arena_memdup(io->arena, bytes, 8), 8);
    return STATUS_OK;
}
Status macaddr_output(TypeIo *io, Datum value, StrBuf *text) {
    for (uint32_t i = 0; i < value.str.len; i++)
        strbuf_printf(text, i == 0 ? "%02x" : ":%02x", (uint8_t)value.str.data[i]);
    return STATUS_OK;
}
Status macaddr8_output(TypeIo *io, Datum value, StrBuf *text) {
    return macaddr_output(io, value, text);
}
Status macaddr_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 6)
        return type_receive_error();
    *value_out = datum_str(arena_memdup(io->arena, bytes, len), len);
    return STATUS_OK;
}
Status macaddr8_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 6 && len != 8)
        return type_receive_error();
    *value_out =
        len == 6 ? widened(io->arena, bytes) : datum_str(arena_memdup(io->arena, bytes, len), len);
    return STATUS_OK;
}
Status macaddr_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_append(bytes, value.str.data, value.str.len);
    return STATUS_OK;
}
Status macaddr8_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return macaddr_send(io, value, bytes);
}

/* All values of a type have one length, so bytes decide and delimit themselves. */
int macaddr_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    int order = str_compare(a.str, b.str);
    return (order > 0) - (order < 0);
}
uint64_t macaddr_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
Status macaddr_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    strbuf_append(key, value.str.data, value.str.len);
    return STATUS_OK;
}
Status macaddr_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                          Datum *value_out, size_t *used_out) {
    size_t n = (size_t)type->typlen;
    if (len < n)
        return error(ERR_INDEX_CORRUPTED, "index key is too short");
    *value_out = datum_str(arena_memdup(arena, key, n), n);
    *used_out = n;
    return STATUS_OK;
}

static int order(FnCall *call) { return macaddr_compare(NULL, 0, call->args[0], call->args[1]); }
SCALAR(macaddr_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(macaddr_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(macaddr_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(macaddr_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(macaddr_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(macaddr_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(macaddr_cmp) { return ret_i32(call, order(call)); }

typedef enum Bits { BITS_NOT, BITS_AND, BITS_OR, BITS_TRUNC } Bits;
static Status bitwise(FnCall *call, Bits how) {
    Str a = ARG_STR(0), b = how == BITS_AND || how == BITS_OR ? ARG_STR(1) : a;
    char *out = arena_alloc(call->arena, a.len + 1u);
    for (uint32_t i = 0; i < a.len; i++) {
        uint8_t x = (uint8_t)a.data[i], y = (uint8_t)b.data[i < b.len ? i : 0];
        out[i] = (char)(how == BITS_NOT   ? ~x
                        : how == BITS_AND ? x & y
                        : how == BITS_OR  ? x | y
                        : i < 3           ? x
                                          : 0);
    }
    return ret_bytes(call, out, a.len);
}
SCALAR(macaddr_not) { return bitwise(call, BITS_NOT); }
SCALAR(macaddr_and) { return bitwise(call, BITS_AND); }
SCALAR(macaddr_or) { return bitwise(call, BITS_OR); }
SCALAR(macaddr_trunc) { return bitwise(call, BITS_TRUNC); }
ALIAS(macaddr8_eq, macaddr_eq)
ALIAS(macaddr8_ne, macaddr_ne)
ALIAS(macaddr8_lt, macaddr_lt)
ALIAS(macaddr8_le, macaddr_le)
ALIAS(macaddr8_gt, macaddr_gt)
ALIAS(macaddr8_ge, macaddr_ge)
ALIAS(macaddr8_cmp, macaddr_cmp)
ALIAS(macaddr8_not, macaddr_not)
ALIAS(macaddr8_and, macaddr_and)
ALIAS(macaddr8_or, macaddr_or)
ALIAS(macaddr8_trunc, macaddr_trunc)

SCALAR(macaddrtomacaddr8) {
    return ret_datum(call, widened(call->arena, (const uint8_t *)ARG_STR(0).data));
}
SCALAR(macaddr8tomacaddr) {
    const uint8_t *p = (const uint8_t *)ARG_STR(0).data;
    if (p[3] != 0xff || p[4] != 0xfe)
        return status_hint(
            error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                  "macaddr8 data out of range to convert to macaddr"),
            "Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, "
            "for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to "
            "macaddr.");
    char *out = arena_alloc(call->arena, 6);
    memcpy(out, p, 3);
    memcpy(out + 3, p + 5, 3);
    return ret_bytes(call, out, 6);
}
SCALAR(macaddr8_set7bit) {
    char *out = arena_memdup(call->arena, ARG_STR(0).data, ARG_STR(0).len);
    out[0] |= 0x02;
    return ret_bytes(call, out, ARG_STR(0).len);
}
