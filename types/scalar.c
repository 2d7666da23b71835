/*
 * scalar.c: order, hashing and index keys by physical type, and the text and binary forms of bool,
 * "char", the integers, oid and its kin.
 */
#include "types/text.h"
#include "types/types_int.h"

#include <errno.h>
#include <stdlib.h>

DECLARE_TYPE_ORDER(bool);
DECLARE_TYPE_ORDER(char);
DECLARE_TYPE_ORDER(i16);
DECLARE_TYPE_ORDER(i32);
DECLARE_TYPE_ORDER(u32);
DECLARE_TYPE_ORDER(i64);
DECLARE_TYPE_ORDER(u64);
DECLARE_TYPE_ORDER(tid);
DECLARE_TYPE_IO(bool);
DECLARE_TYPE_IO(char);
DECLARE_TYPE_IO(int2);
DECLARE_TYPE_IO(int4);
DECLARE_TYPE_IO(int8);
DECLARE_TYPE_IO(oid);
DECLARE_TYPE_IO(xid);
DECLARE_TYPE_IO(xid8);
DECLARE_TYPE_IO(tid);
DECLARE_TYPE_IO(pg_lsn);

/* Order of whole numbers; key: big-endian with the sign bit turned. Equal numbers of different
 * widths hash alike, so that int4 = int8 can be a hash join. */
#define ORDER_OF_INTEGER(name, member, utype, bits, flip)                                          \
    int name##_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {                    \
        return (a.member > b.member) - (a.member < b.member);                                      \
    }                                                                                              \
    uint64_t name##_hash(const TypeInfo *type, Oid collation, Datum value) {                       \
        return hash_u64((uint64_t)(int64_t)value.member);                                          \
    }                                                                                              \
    Status name##_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {      \
        strbuf_put_be##bits(key, (utype)((utype)value.member ^ (utype)(flip)));                    \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,   \
                             Datum *value_out, size_t *used_out) {                                 \
        if (len < sizeof(utype))                                                                   \
            return error(ERR_INDEX_CORRUPTED, "index key is too short");                           \
        *value_out = (Datum){.i64 = 0};                                                            \
        value_out->member = (__typeof__(value_out->member))(load_be##bits(key) ^ (utype)(flip));   \
        *used_out = sizeof(utype);                                                                 \
        return STATUS_OK;                                                                          \
    }

ORDER_OF_INTEGER(i16, i16, uint16_t, 16, 0x8000)
ORDER_OF_INTEGER(i32, i32, uint32_t, 32, 0x80000000u)
ORDER_OF_INTEGER(u32, u32, uint32_t, 32, 0)
ORDER_OF_INTEGER(i64, i64, uint64_t, 64, UINT64_C(0x8000000000000000))
ORDER_OF_INTEGER(u64, u64, uint64_t, 64, 0)
ORDER_OF_INTEGER(tid, u64, uint64_t, 64, 0)

#define ORDER_OF_BYTE(name, expr_a, expr_b)                                                        \
    int name##_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {                    \
        return (int)(expr_a) - (int)(expr_b);                                                      \
    }                                                                                              \
    uint64_t name##_hash(const TypeInfo *type, Oid collation, Datum value) {                       \
        return hash_u64(value.byte);                                                               \
    }                                                                                              \
    Status name##_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {      \
        strbuf_putc(key, (char)value.byte);                                                        \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,   \
                             Datum *value_out, size_t *used_out) {                                 \
        if (len < 1)                                                                               \
            return error(ERR_INDEX_CORRUPTED, "index key is too short");                           \
        *value_out = (Datum){.byte = key[0]};                                                      \
        *used_out = 1;                                                                             \
        return STATUS_OK;                                                                          \
    }
ORDER_OF_BYTE(bool, a.b, b.b)
ORDER_OF_BYTE(char, a.byte, b.byte)

static bool word_prefix(const char *text, size_t len, const char *word, size_t least) {
    if (len < least || len > strlen(word))
        return false;
    for (size_t i = 0; i < len; i++)
        if (to_lower(text[i]) != word[i])
            return false;
    return true;
}

/* True where text is one of the spellings of a truth value. */
static bool bool_parse(const char *text, size_t len, bool *value_out) {
    *value_out = word_prefix(text, len, "true", 1) || word_prefix(text, len, "yes", 1) ||
                 word_prefix(text, len, "on", 2) || (len == 1 && *text == '1');
    return *value_out || word_prefix(text, len, "false", 1) || word_prefix(text, len, "no", 1) ||
           word_prefix(text, len, "off", 2) || (len == 1 && *text == '0');
}

Status bool_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *trimmed = text;
    size_t trimmed_len = len;
    bool v;
    text_trim(&trimmed, &trimmed_len);
    if (!bool_parse(trimmed, trimmed_len, &v))
        return type_input_error("boolean", text, len);
    *value_out = datum_bool(v);
    return STATUS_OK;
}
Status bool_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_putc(text, value.b ? 't' : 'f');
    return STATUS_OK;
}
Status bool_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 1)
        return type_receive_error();
    *value_out = datum_bool(bytes[0] != 0);
    return STATUS_OK;
}
Status bool_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_putc(bytes, value.b ? 1 : 0);
    return STATUS_OK;
}

static bool is_octal(char c) { return c >= '0' && c <= '7'; }
uint8_t char_parse(const char *text, size_t len) {
    if (len == 4 && text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3]))
        return (uint8_t)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
    return len > 0 ? (uint8_t)text[0] : 0;
}
void char_print(uint8_t c, StrBuf *text) {
    if (c >= 0x80)
        strbuf_printf(text, "\\%03o", c);
    else if (c != 0)
        strbuf_putc(text, (char)c);
}
Status char_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = (Datum){.byte = char_parse(text, len)};
    return STATUS_OK;
}
Status char_output(TypeIo *io, Datum value, StrBuf *text) {
    char_print(value.byte, text);
    return STATUS_OK;
}
Status char_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 1)
        return type_receive_error();
    *value_out = (Datum){.byte = bytes[0]};
    return STATUS_OK;
}
Status char_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_putc(bytes, (char)value.byte);
    return STATUS_OK;
}

/* Reads [+-]digits between optional white space. */
static Status integer_parse(const char *text, size_t len, int64_t least, int64_t most,
                            const char *type_name, int64_t *value_out) {
    const char *p = text;
    size_t n = len;
    text_trim(&p, &n);
    bool negative = n > 0 && *p == '-';
    size_t i = n > 0 && (*p == '-' || *p == '+');
    if (i == n)
        return type_input_error(type_name, text, len);
    uint64_t v = 0, limit = negative ? -(uint64_t)least : (uint64_t)most;
    bool over = false;
    for (; i < n; i++) {
        unsigned digit = (unsigned char)p[i] - '0';
        if (digit > 9)
            return type_input_error(type_name, text, len);
        over = v > (limit - digit) / 10; /* said before what may follow is looked at */
        if (over)
            break;
        v = v * 10 + digit;
    }
    if (over)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value \"%.*s\" is out of range for type %s",
                     (int)len, text, type_name);
    *value_out = (int64_t)(negative ? -v : v);
    return STATUS_OK;
}

#define IO_OF_INTEGER(name, member, bits, least, most, sql_name)                                   \
    Status name##_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {              \
        int64_t v = 0;                                                                             \
        TRY(integer_parse(text, len, least, most, sql_name, &v));                                  \
        *value_out = (Datum){.i64 = 0};                                                            \
        value_out->member = (int##bits##_t)v;                                                      \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_output(TypeIo *io, Datum value, StrBuf *text) {                                  \
        strbuf_put_i64(text, value.member);                                                        \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {        \
        if (len != sizeof(int##bits##_t))                                                          \
            return type_receive_error();                                                           \
        *value_out = (Datum){.i64 = 0};                                                            \
        value_out->member = (int##bits##_t)load_be##bits(bytes);                                   \
        return STATUS_OK;                                                                          \
    }                                                                                              \
    Status name##_send(TypeIo *io, Datum value, StrBuf *bytes) {                                   \
        strbuf_put_be##bits(bytes, (uint##bits##_t)value.member);                                  \
        return STATUS_OK;                                                                          \
    }
IO_OF_INTEGER(int2, i16, 16, INT16_MIN, INT16_MAX, "smallint")
IO_OF_INTEGER(int4, i32, 32, INT32_MIN, INT32_MAX, "integer")
IO_OF_INTEGER(int8, i64, 64, INT64_MIN, INT64_MAX, "bigint")

/* Unsigned numbers as strtoul reads them: any base prefix, a sign wraps around. */
static Status unsigned_parse(const char *text, size_t len, int base, const char *type_name,
                             uint64_t *value_out, bool *over_out) {
    char buf[64];
    const char *p = text;
    size_t n = len;
    text_trim(&p, &n);
    if (n == 0 || n >= sizeof(buf))
        return type_input_error(type_name, text, len);
    memcpy(buf, p, n);
    buf[n] = '\0';
    char *end;
    errno = 0;
    *value_out = strtoull(buf, &end, base);
    *over_out = errno == ERANGE;
    if (*end != '\0' || end == buf)
        return type_input_error(type_name, text, len);
    return STATUS_OK;
}

Status oid_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    uint64_t v;
    bool over;
    TRY(unsigned_parse(text, len, 10, "oid", &v, &over));
    if (over || (v > UINT32_MAX && v < (uint64_t)INT32_MIN))
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "value \"%.*s\" is out of range for type %s",
                     (int)len, text, "oid");
    *value_out = datum_oid((Oid)v);
    return STATUS_OK;
}
Status oid_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_put_i64(text, value.u32);
    return STATUS_OK;
}
Status oid_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 4)
        return type_receive_error();
    *value_out = datum_oid(load_be32(bytes));
    return STATUS_OK;
}
Status oid_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be32(bytes, value.u32);
    return STATUS_OK;
}

/* xid and cid take what strtoul takes and ignore the rest. */
static uint64_t lenient_unsigned(const char *text, size_t len) {
    char buf[64];
    size_t n = MIN(len, sizeof(buf) - 1);
    memcpy(buf, text, n);
    buf[n] = '\0';
    return strtoull(buf, NULL, 0);
}
Status xid_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = datum_oid((Oid)lenient_unsigned(text, len));
    return STATUS_OK;
}
Status xid_output(TypeIo *io, Datum value, StrBuf *text) { return oid_output(io, value, text); }
Status xid_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return oid_receive(io, bytes, len, value_out);
}
Status xid_send(TypeIo *io, Datum value, StrBuf *bytes) { return oid_send(io, value, bytes); }

Status xid8_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = (Datum){.u64 = lenient_unsigned(text, len)};
    return STATUS_OK;
}
Status xid8_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_printf(text, "%llu", (unsigned long long)value.u64);
    return STATUS_OK;
}
Status xid8_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return int8_receive(io, bytes, len, value_out);
}
Status xid8_send(TypeIo *io, Datum value, StrBuf *bytes) { return int8_send(io, value, bytes); }

/* "(block,offset)" */
Status tid_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    char buf[64];
    unsigned long block, offset;
    char *end;
    if (len >= sizeof(buf))
        return type_input_error("tid", text, len);
    memcpy(buf, text, len);
    buf[len] = '\0';
    if (len == 0 || buf[0] != '(')
        return type_input_error("tid", text, len);
    errno = 0;
    block = strtoul(buf + 1, &end, 10);
    if (errno != 0 || *end != ',' || (block > UINT32_MAX && (long)block != (int32_t)block))
        return type_input_error("tid", text, len);
    offset = strtoul(end + 1, &end, 10);
    if (errno != 0 || *end != ')' || offset > UINT16_MAX)
        return type_input_error("tid", text, len);
    *value_out = (Datum){.u64 = (uint64_t)(uint32_t)block << 16 | offset};
    return STATUS_OK;
}
Status tid_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_printf(text, "(%u,%u)", (uint32_t)(value.u64 >> 16), (uint32_t)(value.u64 & 0xffff));
    return STATUS_OK;
}
Status tid_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 6)
        return type_receive_error();
    *value_out = (Datum){.u64 = (uint64_t)load_be32(bytes) << 16 | load_be16(bytes + 4)};
    return STATUS_OK;
}
Status tid_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be32(bytes, (uint32_t)(value.u64 >> 16));
    strbuf_put_be16(bytes, (uint16_t)value.u64);
    return STATUS_OK;
}

static bool hex_part(const char *text, size_t len, uint32_t *value_out) {
    *value_out = 0;
    if (len < 1 || len > 8)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = to_lower(text[i]);
        if (!is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *value_out = *value_out << 4 | (uint32_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return true;
}
Status pg_lsn_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    uint32_t high, low;
    const char *slash = memchr(text, '/', len);
    if (slash == NULL || !hex_part(text, (size_t)(slash - text), &high) ||
        !hex_part(slash + 1, len - (size_t)(slash + 1 - text), &low))
        return type_input_error("pg_lsn", text, len);
    *value_out = (Datum){.u64 = (uint64_t)high << 32 | low};
    return STATUS_OK;
}
Status pg_lsn_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_printf(text, "%X/%X", (uint32_t)(value.u64 >> 32), (uint32_t)value.u64);
    return STATUS_OK;
}
Status pg_lsn_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return int8_receive(io, bytes, len, value_out);
}
Status pg_lsn_send(TypeIo *io, Datum value, StrBuf *bytes) { return int8_send(io, value, bytes); }
