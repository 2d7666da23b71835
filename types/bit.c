/*
 * bit.c: bit strings. A value is a little-endian uint32 count of bits, then the bits, the first one
 * highest in the first byte; bits past the end are zero.
 */
#include "types/types_int.h"

DECLARE_TYPE_IO(bit);
DECLARE_TYPE_IO(varbit);
DECLARE_TYPE_ORDER(bit);
DECLARE_TYPMOD(bit);
DECLARE_TYPMOD(varbit);

#define BITS_MAX (INT32_MAX - 7)
static uint32_t bit_count(Str s) { return load_le32(s.data); }
static const uint8_t *bit_data(Str s) { return (const uint8_t *)s.data + 4; }
static bool bit_at(Str s, uint32_t i) { return bit_data(s)[i / 8] >> (7 - i % 8) & 1; }

/* Zeroed. */
static Status make(Arena *arena, uint32_t bits, uint8_t **data_out, Str *out) {
    void *p;
    size_t len = 4 + ((size_t)bits + 7) / 8;
    TRY(arena_try_alloc(arena, len, &p));
    memset(p, 0, len);
    store_le32(p, bits);
    *data_out = (uint8_t *)p + 4;
    *out = str_make(p, len);
    out->prefix = bits;
    return STATUS_OK;
}
static void set_bit(uint8_t *data, uint32_t i) { data[i / 8] |= (uint8_t)(0x80 >> (i % 8)); }
/* Bits from..from+count of s, moved to position at of data. */
static void copy_bits(uint8_t *data, uint32_t at, Str s, uint32_t from, uint32_t count) {
    if (at % 8 == 0 && from % 8 == 0) {
        memcpy(data + at / 8, bit_data(s) + from / 8, count / 8);
        uint32_t whole = count / 8 * 8;
        at += whole, from += whole, count -= whole;
    }
    for (uint32_t i = 0; i < count; i++)
        if (bit_at(s, from + i))
            set_bit(data, at + i);
}

static Status length_mismatch(uint32_t bits, int32_t typmod) {
    return error(ERR_STRING_DATA_LENGTH_MISMATCH,
                 "bit string length %u does not match type bit(%d)", bits, typmod);
}
static Status too_long(int32_t typmod) {
    return error(ERR_STRING_DATA_RIGHT_TRUNCATION, "bit string too long for type bit varying(%d)",
                 typmod);
}
static Status parse(TypeIo *io, const char *text, size_t len, bool varying, Datum *out) {
    bool hex = len > 0 && (*text == 'x' || *text == 'X');
    size_t skip = hex || (len > 0 && (*text == 'b' || *text == 'B'));
    const char *p = text + skip;
    size_t n = len - skip;
    uint8_t *data;
    if (n > BITS_MAX / 4)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "bit string length exceeds the maximum allowed (%d)", BITS_MAX);
    uint32_t bits = (uint32_t)(hex ? n * 4 : n);
    if (io->typmod > 0 && !varying && bits != (uint32_t)io->typmod)
        return length_mismatch(bits, io->typmod);
    if (io->typmod > 0 && varying && bits > (uint32_t)io->typmod)
        return too_long(io->typmod);
    TRY(make(io->arena, bits, &data, &out->str));
    for (size_t i = 0; i < n; i++) {
        char c = to_lower(p[i]);
        int v = is_digit(c) ? c - '0' : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (v < 0 || (!hex && v > 1))
            return error(ERR_INVALID_TEXT_REPRESENTATION,
                         hex ? "\"%.*s\" is not a valid hexadecimal digit"
                             : "\"%.*s\" is not a valid binary digit",
                         (int)utf8_char_bytes((uint8_t)p[i]), p + i);
        for (int k = 0; k < (hex ? 4 : 1); k++)
            if (v >> (hex ? 3 - k : 0) & 1)
                set_bit(data, (uint32_t)(hex ? i * 4 + (size_t)k : i));
    }
    return STATUS_OK;
}
static Status receive(TypeIo *io, const uint8_t *bytes, size_t len, bool varying, Datum *out) {
    uint8_t *data;
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    uint32_t bits = load_be32(bytes);
    if (bits > BITS_MAX)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid length in external bit string");
    if (io->typmod > 0 && !varying && bits != (uint32_t)io->typmod)
        return length_mismatch(bits, io->typmod);
    if (io->typmod > 0 && varying && bits > (uint32_t)io->typmod)
        return too_long(io->typmod);
    if (len != 4 + ((size_t)bits + 7) / 8)
        return type_receive_error();
    TRY(make(io->arena, bits, &data, &out->str));
    memcpy(data, bytes + 4, len - 4);
    if (bits % 8 != 0)
        data[bits / 8] &= (uint8_t)(0xff00 >> (bits % 8));
    return STATUS_OK;
}
Status bit_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return parse(io, text, len, false, value_out);
}
Status varbit_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return parse(io, text, len, true, value_out);
}
Status bit_output(TypeIo *io, Datum value, StrBuf *text) {
    for (uint32_t i = 0; i < bit_count(value.str); i++)
        strbuf_putc(text, bit_at(value.str, i) ? '1' : '0');
    return STATUS_OK;
}
Status varbit_output(TypeIo *io, Datum value, StrBuf *text) { return bit_output(io, value, text); }
Status bit_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return receive(io, bytes, len, false, value_out);
}
Status varbit_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return receive(io, bytes, len, true, value_out);
}
Status bit_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be32(bytes, bit_count(value.str));
    strbuf_append(bytes, bit_data(value.str), value.str.len - 4);
    return STATUS_OK;
}
Status varbit_send(TypeIo *io, Datum value, StrBuf *bytes) { return bit_send(io, value, bytes); }

static Status typmod_in(const int32_t *args, int count, const char *name, int32_t *out) {
    if (count != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (args[0] < 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "length for type %s must be at least 1", name);
    if (args[0] > 83886080)
        return error(ERR_INVALID_PARAMETER_VALUE, "length for type %s cannot exceed %d", name,
                     83886080);
    *out = args[0];
    return STATUS_OK;
}
Status bit_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    return typmod_in(args, count, "bit", typmod_out);
}
Status varbit_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    return typmod_in(args, count, "varbit", typmod_out);
}
void bit_typmod_out(int32_t typmod, StrBuf *text) {
    if (typmod >= 0)
        strbuf_printf(text, "(%d)", typmod);
}
void varbit_typmod_out(int32_t typmod, StrBuf *text) { bit_typmod_out(typmod, text); }

int bit_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    uint32_t x = a.str.len - 4, y = b.str.len - 4, m = bit_count(a.str), n = bit_count(b.str);
    int order = memcmp(bit_data(a.str), bit_data(b.str), MIN(x, y));
    return order != 0 ? order : (m > n) - (m < n);
}
uint64_t bit_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
Status bit_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    key_put_bytes(key, bit_data(value.str), value.str.len - 4);
    key_put_u32(key, bit_count(value.str));
    return STATUS_OK;
}
Status bit_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                      Datum *value_out, size_t *used_out) {
    Str bytes;
    uint8_t *data;
    if (!key_get_bytes(key, len, arena, &bytes, used_out) || len - *used_out < 4)
        return error(ERR_INDEX_CORRUPTED, "index key is malformed");
    uint32_t bits = load_be32(key + *used_out);
    *used_out += 4;
    if (((uint64_t)bits + 7) / 8 != bytes.len)
        return error(ERR_INDEX_CORRUPTED, "index key is malformed");
    TRY(make(arena, bits, &data, &value_out->str));
    memcpy(data, bytes.data, bytes.len);
    return STATUS_OK;
}

static int order(FnCall *call) {
    int o = bit_compare(NULL, 0, call->args[0], call->args[1]);
    return (o > 0) - (o < 0);
}
SCALAR(biteq) { return ret_bool(call, order(call) == 0); }
SCALAR(bitne) { return ret_bool(call, order(call) != 0); }
SCALAR(bitlt) { return ret_bool(call, order(call) < 0); }
SCALAR(bitle) { return ret_bool(call, order(call) <= 0); }
SCALAR(bitgt) { return ret_bool(call, order(call) > 0); }
SCALAR(bitge) { return ret_bool(call, order(call) >= 0); }
SCALAR(bitcmp) { return ret_i32(call, bit_compare(NULL, 0, call->args[0], call->args[1])); }
SCALAR(bitlength) { return ret_i32(call, (int32_t)bit_count(ARG_STR(0))); }
SCALAR(bitoctetlength) { return ret_i32(call, (int32_t)ARG_STR(0).len - 4); }
SCALAR(bit_bit_count) {
    int64_t n = 0;
    for (uint32_t i = 4; i < ARG_STR(0).len; i++)
        n += __builtin_popcount((uint8_t)ARG_STR(0).data[i]);
    return ret_i64(call, n);
}

/* Length coercion: explicit casts pad with zeros or cut. */
static Status coerce(FnCall *call, bool varying) {
    Str s = ARG_STR(0);
    int32_t typmod = ARG_I32(1);
    uint32_t n = bit_count(s);
    uint8_t *data;
    if (typmod <= 0 || (varying ? n <= (uint32_t)typmod : n == (uint32_t)typmod))
        return ret_str(call, s);
    if (!ARG_BOOL(2))
        return varying ? too_long(typmod) : length_mismatch(n, typmod);
    TRY(make(call->arena, (uint32_t)typmod, &data, &call->result.str));
    copy_bits(data, 0, s, 0, MIN(n, (uint32_t)typmod));
    return STATUS_OK;
}
SCALAR(bit) { return coerce(call, false); }
SCALAR(varbit) { return coerce(call, true); }

static Status combine(FnCall *call, const char *name, char op) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    uint8_t *data;
    if (bit_count(a) != bit_count(b))
        return error(ERR_STRING_DATA_LENGTH_MISMATCH, "cannot %s bit strings of different sizes",
                     name);
    TRY(make(call->arena, bit_count(a), &data, &call->result.str));
    for (uint32_t i = 0; i < a.len - 4; i++) {
        uint8_t x = bit_data(a)[i], y = bit_data(b)[i];
        data[i] = op == '&' ? x & y : op == '|' ? x | y : x ^ y;
    }
    return STATUS_OK;
}
SCALAR(bit_and) { return combine(call, "AND", '&'); }
SCALAR(bit_or) { return combine(call, "OR", '|'); }
SCALAR(bitxor) { return combine(call, "XOR", '^'); }
SCALAR(bitnot) {
    Str s = ARG_STR(0);
    uint8_t *data;
    uint32_t n = bit_count(s);
    TRY(make(call->arena, n, &data, &call->result.str));
    for (uint32_t i = 0; i < s.len - 4; i++)
        data[i] = (uint8_t)~bit_data(s)[i];
    if (n % 8 != 0)
        data[n / 8] &= (uint8_t)(0xff00 >> (n % 8));
    return STATUS_OK;
}
static Status shift(FnCall *call, int64_t left) {
    Str s = ARG_STR(0);
    uint8_t *data;
    int64_t n = bit_count(s);
    TRY(make(call->arena, (uint32_t)n, &data, &call->result.str));
    if (left >= n || left <= -n)
        return STATUS_OK;
    if (left >= 0)
        copy_bits(data, 0, s, (uint32_t)left, (uint32_t)(n - left));
    else
        copy_bits(data, (uint32_t)-left, s, 0, (uint32_t)(n + left));
    return STATUS_OK;
}
SCALAR(bitshiftleft) { return shift(call, ARG_I32(1)); }
SCALAR(bitshiftright) { return shift(call, -(int64_t)ARG_I32(1)); }
static Status join(Arena *arena, Str a, Str b, Str *out) {
    uint8_t *data;
    uint64_t n = (uint64_t)bit_count(a) + bit_count(b);
    if (n > BITS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "bit string length exceeds the maximum allowed (%d)", BITS_MAX);
    TRY(make(arena, (uint32_t)n, &data, out));
    copy_bits(data, 0, a, 0, bit_count(a));
    copy_bits(data, bit_count(a), b, 0, bit_count(b));
    return STATUS_OK;
}
SCALAR(bitcat) { return join(call->arena, ARG_STR(0), ARG_STR(1), &call->result.str); }
static Status part(Arena *arena, Str s, int64_t start, int64_t length, bool has_length, Str *out) {
    uint8_t *data;
    int64_t first = MAX(start, 1) - 1, end = bit_count(s);
    if (has_length && length < 0)
        return error(ERR_SUBSTRING_ERROR, "negative substring length not allowed");
    if (has_length)
        end = MIN(end, start - 1 + length);
    uint32_t n = end > first ? (uint32_t)(end - first) : 0;
    TRY(make(arena, n, &data, out));
    if (n > 0)
        copy_bits(data, 0, s, (uint32_t)first, n);
    return STATUS_OK;
}
SCALAR(bitsubstr) {
    return part(call->arena, ARG_STR(0), ARG_I32(1), ARG_I32(2), true, &call->result.str);
}
SCALAR(bitsubstr_no_len) {
    return part(call->arena, ARG_STR(0), ARG_I32(1), 0, false, &call->result.str);
}
static Status overlay(FnCall *call, int64_t length) {
    Str s = ARG_STR(0), head, tail;
    int64_t start = ARG_I32(2);
    if (start <= 0)
        return error(ERR_SUBSTRING_ERROR, "negative substring length not allowed");
    if (start + length > INT32_MAX)
        return int4_range_error();
    TRY(part(call->arena, s, 1, start - 1, true, &head));
    TRY(part(call->arena, s, start + length, 0, false, &tail));
    TRY(join(call->arena, head, ARG_STR(1), &head));
    return join(call->arena, head, tail, &call->result.str);
}
SCALAR(bitoverlay) { return overlay(call, ARG_I32(3)); }
SCALAR(bitoverlay_no_len) { return overlay(call, bit_count(ARG_STR(1))); }
SCALAR(bitposition) {
    Str s = ARG_STR(0), sub = ARG_STR(1);
    uint32_t n = bit_count(s), m = bit_count(sub);
    if (n == 0 || m > n)
        return ret_i32(call, 0);
    for (uint32_t i = 0; i + m <= n; i++) {
        uint32_t k = 0;
        while (k < m && bit_at(s, i + k) == bit_at(sub, k))
            k++;
        if (k == m)
            return ret_i32(call, (int32_t)i + 1);
    }
    return ret_i32(call, 0);
}
static Status check_index(Str s, int32_t n) {
    if (n >= 0 && (uint32_t)n < bit_count(s))
        return STATUS_OK;
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "bit index %d out of valid range (0..%d)", n,
                 (int)bit_count(s) - 1);
}
SCALAR(bitgetbit) {
    TRY(check_index(ARG_STR(0), ARG_I32(1)));
    return ret_i32(call, bit_at(ARG_STR(0), (uint32_t)ARG_I32(1)));
}
SCALAR(bitsetbit) {
    Str s = ARG_STR(0);
    uint8_t *data;
    uint32_t n = (uint32_t)ARG_I32(1);
    TRY(check_index(s, ARG_I32(1)));
    if (ARG_I32(2) != 0 && ARG_I32(2) != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
    TRY(make(call->arena, bit_count(s), &data, &call->result.str));
    memcpy(data, bit_data(s), s.len - 4);
    data[n / 8] =
        (uint8_t)((data[n / 8] & ~(0x80 >> (n % 8))) | (ARG_I32(2) ? 0x80 >> (n % 8) : 0));
    return STATUS_OK;
}
static Status from_integer(FnCall *call, int64_t v, int width, int32_t typmod) {
    uint8_t *data;
    uint32_t n = typmod > 0 ? (uint32_t)typmod : 1;
    TRY(make(call->arena, n, &data, &call->result.str));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = n - 1 - i;
        if (v >> MIN(place, (uint32_t)width - 1) & 1)
            set_bit(data, i);
    }
    return STATUS_OK;
}
SCALAR(bitfromint4) { return from_integer(call, ARG_I32(0), 32, ARG_I32(1)); }
SCALAR(bitfromint8) { return from_integer(call, ARG_I64(0), 64, ARG_I32(1)); }
static uint64_t to_integer(Str s) {
    uint64_t v = 0;
    for (uint32_t i = 0; i < bit_count(s); i++)
        v = v << 1 | bit_at(s, i);
    return v;
}
SCALAR(bittoint4) {
    if (bit_count(ARG_STR(0)) > 32)
        return int4_range_error();
    return ret_i32(call, (int32_t)to_integer(ARG_STR(0)));
}
SCALAR(bittoint8) {
    if (bit_count(ARG_STR(0)) > 64)
        return int8_range_error();
    return ret_i64(call, (int64_t)to_integer(ARG_STR(0)));
}
