/* uuid.c: uuid: forms, order, gen_random_uuid. */
#include "types/types_int.h"

#include "runtime/random.h"

DECLARE_TYPE_IO(uuid);
DECLARE_TYPE_ORDER(uuid);

static int hex_digit(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 digits, braces around them allowed, a hyphen after any group of four. */
Status uuid_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const char *p = text, *end = text + len;
    bool braces = p < end && *p == '{';
    *value_out = datum_i64(0);
    p += braces;
    for (int i = 0; i < 16; i++) {
        if (end - p < 2 || hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
            return type_input_error("uuid", text, len);
        value_out->w16[i] = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
        p += 2;
        if (p < end && *p == '-' && i % 2 == 1 && i < 15)
            p++;
    }
    if (braces && (p >= end || *p++ != '}'))
        return type_input_error("uuid", text, len);
    return p == end ? STATUS_OK : type_input_error("uuid", text, len);
}
Status uuid_output(TypeIo *io, Datum value, StrBuf *text) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            strbuf_putc(text, '-');
        strbuf_putc(text, digits[value.w16[i] >> 4]);
        strbuf_putc(text, digits[value.w16[i] & 15]);
    }
    return STATUS_OK;
}
Status uuid_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 16)
        return type_receive_error();
    memcpy(value_out->w16, bytes, 16);
    return STATUS_OK;
}
Status uuid_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_append(bytes, value.w16, 16);
    return STATUS_OK;
}
int uuid_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    int order = memcmp(a.w16, b.w16, 16);
    return (order > 0) - (order < 0);
}
uint64_t uuid_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_combine(load_le64(value.w16), load_le64(value.w16 + 8));
}
Status uuid_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    strbuf_append(key, value.w16, 16);
    return STATUS_OK;
}
Status uuid_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                       Datum *value_out, size_t *used_out) {
    if (len < 16)
        return error(ERR_INDEX_CORRUPTED, "index key is too short");
    memcpy(value_out->w16, key, 16);
    *used_out = 16;
    return STATUS_OK;
}
static int order(FnCall *call) { return uuid_compare(NULL, 0, call->args[0], call->args[1]); }
SCALAR(uuid_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(uuid_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(uuid_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(uuid_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(uuid_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(uuid_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(uuid_cmp) {
    return ret_i32(call, memcmp(call->args[0].w16, call->args[1].w16, 16)); /* by how much */
}
SCALAR(gen_random_uuid) {
    Datum d;
    random_bytes(d.w16, 16);
    d.w16[6] = (uint8_t)((d.w16[6] & 0x0f) | 0x40);
    d.w16[8] = (uint8_t)((d.w16[8] & 0x3f) | 0x80);
    return ret_datum(call, d);
}
