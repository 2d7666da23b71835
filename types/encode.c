/* encode.c: encode and decode, digests, conversion between encodings, quoting of bytes. */
#include "types/text.h"

#include <openssl/evp.h>
#include <stdio.h>

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static Status hex_encode(FnCall *call, Str s) {
    static const char digits[] = "0123456789abcdef";
    char *p;
    TRY(call_alloc(call, 2 * (size_t)s.len, &p));
    for (size_t i = 0; i < s.len; i++) {
        p[2 * i] = digits[(uint8_t)s.data[i] >> 4];
        p[2 * i + 1] = digits[s.data[i] & 15];
    }
    return ret_bytes(call, p, 2 * (size_t)s.len);
}
/* Lines of 76 characters. */
static Status base64_encode(FnCall *call, Str s) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    strbuf_reserve(&buf, (size_t)s.len * 4 / 3 + s.len / 57 + 8);
    int column = 0;
    for (size_t i = 0; i < s.len; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < s.len ? (uint8_t)s.data[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            strbuf_putc(&buf, i + k <= s.len ? base64_digits[group >> (18 - 6 * k) & 63] : '=');
        column += 4;
        if (column >= 76) {
            strbuf_putc(&buf, '\n');
            column = 0;
        }
    }
    return ret_buf(call, &buf);
}
static Status escape_encode(FnCall *call, Str s) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.data[i];
        if (c == 0 || c >= 0x80)
            strbuf_printf(&buf, "\\%03o", c);
        else if (c == '\\')
            strbuf_puts(&buf, "\\\\");
        else
            strbuf_putc(&buf, (char)c);
    }
    return ret_buf(call, &buf);
}
static int hex_value(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static Status bad_symbol(const char *what, const char *p) {
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid %s: \"%.*s\"", what,
                 (int)utf8_char_bytes((unsigned char)*p), p);
}
static Status hex_decode(FnCall *call, Str s) {
    char *out;
    size_t n = 0;
    TRY(call_alloc(call, s.len / 2 + 1, &out));
    for (size_t i = 0; i < s.len;) {
        if (is_space(s.data[i])) {
            i++;
            continue;
        }
        int high = hex_value(s.data[i]);
        if (high < 0)
            return bad_symbol("hexadecimal digit", s.data + i);
        if (++i >= s.len)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "invalid hexadecimal data: odd number of digits");
        int low = hex_value(s.data[i]);
        if (low < 0)
            return bad_symbol("hexadecimal digit", s.data + i);
        out[n++] = (char)(high << 4 | low);
        i++;
    }
    return ret_bytes(call, out, n);
}
static Status base64_decode(FnCall *call, Str s) {
    char *out;
    size_t n = 0;
    uint32_t group = 0;
    int have = 0, ends = 0;
    TRY(call_alloc(call, (size_t)s.len * 3 / 4 + 4, &out));
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (is_space(c))
            continue;
        const char *digit = c == '\0' ? NULL : strchr(base64_digits, c);
        if (c == '=') {
            if (ends == 0) {
                if (have == 2)
                    ends = 1;
                else if (have == 3)
                    ends = 2;
                else
                    return error(ERR_INVALID_PARAMETER_VALUE,
                                 "unexpected \"=\" while decoding base64 sequence");
            }
            digit = base64_digits;
        } else if (digit == NULL) {
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "invalid symbol \"%.*s\" found while decoding base64 sequence",
                         (int)utf8_char_bytes((unsigned char)c), s.data + i);
        }
        group = group << 6 | (uint32_t)(digit - base64_digits);
        if (++have == 4) {
            out[n++] = (char)(group >> 16);
            if (ends == 0 || ends > 1)
                out[n++] = (char)(group >> 8);
            if (ends == 0)
                out[n++] = (char)group;
            group = 0;
            have = 0;
        }
    }
    if (have != 0)
        return status_hint(
            error(ERR_INVALID_PARAMETER_VALUE, "invalid base64 end sequence"),
            "Input data is missing padding, is truncated, or is otherwise corrupted.");
    return ret_bytes(call, out, n);
}
static Status escape_decode(FnCall *call, Str s) {
    TypeIo io = {.typmod = -1, .env = NULL, .arena = call->arena};
    if (s.len >= 2 && s.data[0] == '\\' && s.data[1] == 'x')
        return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s", "bytea");
    return type_builtin(17)->input(&io, s.data, s.len, &call->result);
}
static Status unknown_encoding(Str name) {
    return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized encoding: \"%.*s\"", (int)name.len,
                 name.data);
}
SCALAR(binary_encode) {
    Str s = ARG_STR(0), name = ARG_STR(1);
    if (text_is_word(name.data, name.len, "hex"))
        return hex_encode(call, s);
    if (text_is_word(name.data, name.len, "base64"))
        return base64_encode(call, s);
    if (text_is_word(name.data, name.len, "escape"))
        return escape_encode(call, s);
    return unknown_encoding(name);
}
SCALAR(binary_decode) {
    Str s = ARG_STR(0), name = ARG_STR(1);
    if (text_is_word(name.data, name.len, "hex"))
        return hex_decode(call, s);
    if (text_is_word(name.data, name.len, "base64"))
        return base64_decode(call, s);
    if (text_is_word(name.data, name.len, "escape"))
        return escape_decode(call, s);
    return unknown_encoding(name);
}

static Status digest(FnCall *call, const EVP_MD *kind, bool hex) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(ARG_STR(0).data, ARG_STR(0).len, out, &len, kind, NULL) != 1)
        return error(ERR_INTERNAL_ERROR, "could not compute a digest");
    if (hex)
        return hex_encode(call, str_make((char *)out, len));
    return ret_bytes(call, arena_memdup(call->arena, out, len), len);
}
SCALAR(md5_text) { return digest(call, EVP_md5(), true); }
ALIAS(md5_bytea, md5_text)
SCALAR(sha224_bytea) { return digest(call, EVP_sha224(), false); }
SCALAR(sha256_bytea) { return digest(call, EVP_sha256(), false); }
SCALAR(sha384_bytea) { return digest(call, EVP_sha384(), false); }
SCALAR(sha512_bytea) { return digest(call, EVP_sha512(), false); }

SCALAR(getdatabaseencoding) { return ret_datum(call, datum_cstr("UTF8")); }
SCALAR(pg_client_encoding) { return ret_datum(call, datum_cstr("UTF8")); }

/* Code points as U+XXXX escapes in a normal string. */
SCALAR(unistr) {
    const char *p = ARG_STR(0).data, *end = p + ARG_STR(0).len;
    StrBuf buf;
    uint32_t high = 0;
    strbuf_init(&buf, call->arena);
    while (p < end) {
        int width = 0, skip = 1;
        if (*p != '\\') {
            if (high != 0)
                return error(ERR_SYNTAX_ERROR, "invalid Unicode surrogate pair");
            strbuf_putc(&buf, *p++);
            continue;
        }
        if (p + 1 < end && p[1] == '\\') {
            strbuf_putc(&buf, '\\');
            p += 2;
            continue;
        }
        if (p + 1 < end && p[1] == 'u')
            width = 4, skip = 2;
        else if (p + 1 < end && p[1] == 'U')
            width = 8, skip = 2;
        else if (p + 1 < end && p[1] == '+')
            width = 6, skip = 2;
        else
            width = 4;
        uint32_t c = 0;
        for (int i = 0; i < width; i++) {
            int d = p + skip + i < end ? hex_value(p[skip + i]) : -1;
            if (d < 0)
                return status_hint(error(ERR_SYNTAX_ERROR, "invalid Unicode escape"),
                                   "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or "
                                   "\\UXXXXXXXX.");
            c = c << 4 | (uint32_t)d;
        }
        p += skip + width;
        if (c == 0 || c > 0x10ffff)
            return error(ERR_INVALID_PARAMETER_VALUE, "invalid Unicode code point: %04X", c);
        if (high != 0) {
            if (c < 0xdc00 || c > 0xdfff)
                return error(ERR_SYNTAX_ERROR, "invalid Unicode surrogate pair");
            c = 0x10000 + ((high & 0x3ff) << 10) + (c & 0x3ff);
            high = 0;
        } else if (c >= 0xd800 && c <= 0xdbff) {
            high = c;
            continue;
        } else if (c >= 0xdc00 && c <= 0xdfff) {
            return error(ERR_SYNTAX_ERROR, "invalid Unicode surrogate pair");
        }
        char out[4];
        strbuf_append(&buf, out, utf8_encode(c, out));
    }
    if (high != 0)
        return error(ERR_SYNTAX_ERROR, "invalid Unicode surrogate pair");
    return ret_buf(call, &buf);
}
