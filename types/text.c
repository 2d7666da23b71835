/*
 * text.c: text, varchar, bpchar, name, cstring, bytea: forms, order, length coercion.
 *
 * A bpchar is kept padded to its length, trailing blanks mean nothing in comparisons. A name is kept
 * unpadded, at most 63 bytes. Order and case under a collation are the business of collate.h.
 */
#include "types/text.h"

#include "types/collate.h"

#include <stdio.h>

DECLARE_TYPE_IO(text);
DECLARE_TYPE_IO(varchar);
DECLARE_TYPE_IO(bpchar);
DECLARE_TYPE_IO(name);
DECLARE_TYPE_IO(cstring);
DECLARE_TYPE_IO(bytea);
DECLARE_TYPE_IO(pseudo);
DECLARE_TYPE_IO(void);
DECLARE_TYPE_ORDER(text);
DECLARE_TYPE_ORDER(bpchar);
DECLARE_TYPE_ORDER(bytea);
DECLARE_TYPMOD(varchar);
DECLARE_TYPMOD(bpchar);

int text_compare_collated(Oid collation, Str a, Str b) {
    return collation <= COLLATION_UCS_BASIC_LAST ? str_compare(a, b)
                                                 : collation_compare(collation, a, b);
}

int text_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return text_compare_collated(collation, a.str, b.str);
}
uint64_t text_hash(const TypeInfo *type, Oid collation, Datum value) {
    return collation <= COLLATION_UCS_BASIC_LAST ? hash_bytes(value.str.data, value.str.len)
                                                 : collation_hash(collation, value.str);
}
Status text_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    if (collation <= COLLATION_UCS_BASIC_LAST)
        key_put_bytes(key, value.str.data, value.str.len);
    else
        collation_key(collation, value.str, key);
    return STATUS_OK;
}
Status text_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                       Datum *value_out, size_t *used_out) {
    *value_out = (Datum){.i64 = 0};
    if (!key_get_bytes(key, len, arena, &value_out->str, used_out))
        return error(ERR_INDEX_CORRUPTED, "index key is malformed");
    return STATUS_OK;
}

int bytea_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return str_compare(a.str, b.str);
}
uint64_t bytea_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
Status bytea_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    return text_key_encode(type, 0, value, key);
}
Status bytea_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                        Datum *value_out, size_t *used_out) {
    return text_key_decode(type, key, len, arena, value_out, used_out);
}

size_t bpchar_true_length(Str s) {
    size_t n = s.len;
    while (n > 0 && s.data[n - 1] == ' ')
        n--;
    return n;
}
static Str bpchar_trimmed(Datum d) { return str_make(d.str.data, bpchar_true_length(d.str)); }

int bpchar_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return text_compare_collated(collation, bpchar_trimmed(a), bpchar_trimmed(b));
}
uint64_t bpchar_hash(const TypeInfo *type, Oid collation, Datum value) {
    return text_hash(type, collation, (Datum){.str = bpchar_trimmed(value)});
}
Status bpchar_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    return text_key_encode(type, collation, (Datum){.str = bpchar_trimmed(value)}, key);
}
Status text_verify(const void *bytes, size_t len) {
    size_t bad;
    const uint8_t *p = bytes;
    if (utf8_valid(bytes, len, &bad))
        return STATUS_OK;
    char hex[32];
    size_t n = 0, width = utf8_claimed_bytes(p[bad]);
    for (size_t i = bad; i < len && i < bad + width; i++)
        n += (size_t)snprintf(hex + n, sizeof(hex) - n, n == 0 ? "0x%02x" : " 0x%02x", p[i]);
    return error(ERR_CHARACTER_NOT_IN_REPERTOIRE, "invalid byte sequence for encoding \"UTF8\": %s",
                 hex);
}

Status text_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = datum_str(arena_strndup(io->arena, text, len), len);
    return STATUS_OK;
}
Status text_output(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_append(text, value.str.data, value.str.len);
    return STATUS_OK;
}
Status text_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TRY(text_verify(bytes, len));
    return text_input(io, (const char *)bytes, len, value_out);
}
Status text_send(TypeIo *io, Datum value, StrBuf *bytes) { return text_output(io, value, bytes); }

Status cstring_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return text_input(io, text, len, value_out);
}
Status cstring_output(TypeIo *io, Datum value, StrBuf *text) {
    return text_output(io, value, text);
}
Status cstring_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return text_receive(io, bytes, len, value_out);
}
Status cstring_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return text_output(io, value, bytes);
}

/* Whether only blanks follow the first byte_limit bytes. */
static bool only_blanks(Str s, size_t from) {
    for (size_t i = from; i < s.len; i++)
        if (s.data[i] != ' ')
            return false;
    return true;
}

Status varchar_coerce(Str s, int32_t typmod, bool is_explicit, Str *out) {
    *out = s;
    if (typmod < 4 || s.len <= (uint32_t)(typmod - 4))
        return STATUS_OK;
    size_t keep = utf8_offset(s.data, s.len, (size_t)(typmod - 4));
    if (!is_explicit && !only_blanks(s, keep))
        return error(ERR_STRING_DATA_RIGHT_TRUNCATION,
                     "value too long for type character varying(%d)", typmod - 4);
    *out = str_make(s.data, keep);
    return STATUS_OK;
}

Status bpchar_coerce(Arena *arena, Str s, int32_t typmod, bool is_explicit, Str *out) {
    *out = s;
    if (typmod < 4)
        return STATUS_OK;
    size_t wanted = (size_t)(typmod - 4), chars = utf8_length(s.data, s.len);
    if (chars > wanted) {
        size_t keep = utf8_offset(s.data, s.len, wanted);
        if (!is_explicit && !only_blanks(s, keep))
            return error(ERR_STRING_DATA_RIGHT_TRUNCATION, "value too long for type character(%zu)",
                         wanted);
        *out = str_make(s.data, keep);
    } else if (chars < wanted) {
        void *p;
        size_t len = s.len + (wanted - chars);
        TRY(arena_try_alloc(arena, len, &p));
        memcpy(p, s.data, s.len);
        memset((char *)p + s.len, ' ', wanted - chars);
        *out = str_make(p, len);
    }
    return STATUS_OK;
}

Status varchar_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    TRY(varchar_coerce(str_make(text, len), io->typmod, false, &value_out->str));
    return text_input(io, text, value_out->str.len, value_out);
}
Status varchar_output(TypeIo *io, Datum value, StrBuf *text) {
    return text_output(io, value, text);
}
Status varchar_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TRY(text_verify(bytes, len));
    return varchar_input(io, (const char *)bytes, len, value_out);
}
Status varchar_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return text_output(io, value, bytes);
}
static Status char_typmod_in(const int32_t *args, int count, const char *name, int32_t *out) {
    if (count != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (args[0] < 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "length for type %s must be at least 1", name);
    if (args[0] > 10 * 1024 * 1024)
        return error(ERR_INVALID_PARAMETER_VALUE, "length for type %s cannot exceed %d", name,
                     10 * 1024 * 1024);
    *out = args[0] + 4;
    return STATUS_OK;
}
Status varchar_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    return char_typmod_in(args, count, "varchar", typmod_out);
}
void varchar_typmod_out(int32_t typmod, StrBuf *text) {
    if (typmod > 4)
        strbuf_printf(text, "(%d)", typmod - 4);
}
Status bpchar_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    return char_typmod_in(args, count, "char", typmod_out);
}
void bpchar_typmod_out(int32_t typmod, StrBuf *text) { varchar_typmod_out(typmod, text); }

Status bpchar_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Str in = str_make(text, len), out;
    TRY(bpchar_coerce(io->arena, in, io->typmod, false, &out));
    if (out.data == text)
        return text_input(io, text, out.len, value_out);
    *value_out = (Datum){.str = out};
    return STATUS_OK;
}
Status bpchar_output(TypeIo *io, Datum value, StrBuf *text) { return text_output(io, value, text); }
Status bpchar_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TRY(text_verify(bytes, len));
    return bpchar_input(io, (const char *)bytes, len, value_out);
}
Status bpchar_send(TypeIo *io, Datum value, StrBuf *bytes) { return text_output(io, value, bytes); }

Str name_cut(Str s) {
    if (s.len < 64)
        return s;
    size_t n = 63;
    while (n > 0 && ((unsigned char)s.data[n] & 0xc0) == 0x80)
        n--;
    return str_make(s.data, n);
}
Status name_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return text_input(io, text, name_cut(str_make(text, len)).len, value_out);
}
Status name_output(TypeIo *io, Datum value, StrBuf *text) { return text_output(io, value, text); }
Status name_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    TRY(text_verify(bytes, len));
    if (len >= 64)
        return status_detail(error(ERR_NAME_TOO_LONG, "identifier too long"),
                             "Identifier must be less than %d characters.", 64);
    return text_input(io, (const char *)bytes, len, value_out);
}
Status name_send(TypeIo *io, Datum value, StrBuf *bytes) { return text_output(io, value, bytes); }

static int hex_digit(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\x48 65": white space may stand between bytes. */
static Status bytea_hex_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    char *out = arena_alloc(io->arena, len / 2 + 1);
    size_t n = 0;
    for (size_t i = 2; i < len;) {
        if (is_space(text[i])) {
            i++;
            continue;
        }
        int high = hex_digit(text[i]);
        if (high < 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"%.*s\"",
                         (int)utf8_char_bytes((unsigned char)text[i]), text + i);
        if (i + 1 >= len)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "invalid hexadecimal data: odd number of digits");
        int low = hex_digit(text[i + 1]);
        if (low < 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"%.*s\"",
                         (int)utf8_char_bytes((unsigned char)text[i + 1]), text + i + 1);
        out[n++] = (char)(high << 4 | low);
        i += 2;
    }
    *value_out = datum_str(out, n);
    return STATUS_OK;
}
static bool is_octal(char c, char most) { return c >= '0' && c <= most; }

Status bytea_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    if (len >= 2 && text[0] == '\\' && text[1] == 'x')
        return bytea_hex_input(io, text, len, value_out);
    char *out = arena_alloc(io->arena, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (text[i] != '\\') {
            out[n++] = text[i++];
        } else if (i + 3 < len && is_octal(text[i + 1], '3') && is_octal(text[i + 2], '7') &&
                   is_octal(text[i + 3], '7')) {
            out[n++] =
                (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
            i += 4;
        } else if (i + 1 < len && text[i + 1] == '\\') {
            out[n++] = '\\';
            i += 2;
        } else {
            return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s",
                         "bytea");
        }
    }
    *value_out = datum_str(out, n);
    return STATUS_OK;
}

Status bytea_output(TypeIo *io, Datum value, StrBuf *text) {
    static const char digits[] = "0123456789abcdef";
    Str s = value.str;
    if (io->env == NULL || io->env->bytea_output == 0) {
        strbuf_reserve(text, 2 * (size_t)s.len + 2);
        char *p = text->data + text->len;
        *p++ = '\\';
        *p++ = 'x';
        for (uint32_t i = 0; i < s.len; i++) {
            *p++ = digits[(uint8_t)s.data[i] >> 4];
            *p++ = digits[s.data[i] & 15];
        }
        *p = '\0';
        text->len += 2 * (size_t)s.len + 2;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.data[i];
        if (c == '\\')
            strbuf_puts(text, "\\\\");
        else if (c < 0x20 || c > 0x7e)
            strbuf_printf(text, "\\%03o", c);
        else
            strbuf_putc(text, (char)c);
    }
    return STATUS_OK;
}
Status bytea_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return text_input(io, (const char *)bytes, len, value_out);
}
Status bytea_send(TypeIo *io, Datum value, StrBuf *bytes) { return text_output(io, value, bytes); }

DECLARE_TYPE_IO(node_tree);

/* pg_node_tree: clients may read it, but not make it. */
Status node_tree_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return text_input(io, text, len, value_out);
}
Status node_tree_output(TypeIo *io, Datum value, StrBuf *text) {
    return text_output(io, value, text);
}
Status node_tree_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", io->type->name);
}
Status node_tree_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return text_send(io, value, bytes);
}

Status pseudo_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", io->type->name);
}
Status pseudo_output(TypeIo *io, Datum value, StrBuf *text) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of type %s", io->type->name);
}
Status pseudo_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return pseudo_input(io, (const char *)bytes, len, value_out);
}
Status pseudo_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return pseudo_output(io, value, bytes);
}

Status void_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    *value_out = (Datum){.i64 = 0};
    return STATUS_OK;
}
Status void_output(TypeIo *io, Datum value, StrBuf *text) { return STATUS_OK; }
Status void_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return void_input(io, NULL, 0, value_out);
}
Status void_send(TypeIo *io, Datum value, StrBuf *bytes) { return STATUS_OK; }
