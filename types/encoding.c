/* encoding.c: see the header. */
#include "types/encoding.h"

#include "types/text.h"

#include <stdio.h>
#include <unicode/ucnv.h>

typedef struct Encoding {
    const char *name;
    const char *icu;      /* NULL: not through ICU */
    const uint16_t *high; /* code points of 0x80..0xff; NULL: not single-byte */
    int max_bytes;
} Encoding;

#define SINGLE(number, name, ...) static const uint16_t high_##name[128] = {__VA_ARGS__};
#include "types/def/encodings.def"
#undef SINGLE

static const Encoding encodings[ENCODING_COUNT] = {
    [0] = {"SQL_ASCII", NULL, NULL, 1},
    [1] = {"EUC_JP", "EUC-JP", NULL, 3},
    [2] = {"EUC_CN", "ibm-1383_P110-1999", NULL, 3},
    [3] = {"EUC_KR", "ibm-970_P110_P110-2006_U2", NULL, 3},
    [4] = {"EUC_TW", "ibm-964_P110-1999", NULL, 4},
    [5] = {"EUC_JIS_2004", NULL, NULL, 3},
    [6] = {"UTF8", NULL, NULL, 4},
    [7] = {"MULE_INTERNAL", NULL, NULL, 4},
#define SINGLE(number, name, ...) [number] = {#name, NULL, high_##name, 1},
#include "types/def/encodings.def"
#undef SINGLE
    [35] = {"SJIS", "ibm-943_P15A-2003", NULL, 2},
    [36] = {"BIG5", "windows-950-2000", NULL, 2},
    [37] = {"GBK", "windows-936-2000", NULL, 2},
    [38] = {"UHC", "windows-949-2000", NULL, 2},
    [39] = {"GB18030", "gb18030", NULL, 4},
    [40] = {"JOHAB", NULL, NULL, 3},
    [41] = {"SHIFT_JIS_2004", NULL, NULL, 2},
};
static const struct {
    const char *name;
    int encoding;
} aliases[] = {
    {"unicode", 6},    {"iso88591", 8},    {"iso88592", 9},   {"iso88593", 10},
    {"iso88594", 11},  {"iso88599", 12},   {"iso885910", 13}, {"iso885913", 14},
    {"iso885914", 15}, {"iso885915", 16},  {"iso885916", 17}, {"abc", 19},
    {"tcvn", 19},      {"tcvn5712", 19},   {"vscii", 19},     {"alt", 20},
    {"win", 23},       {"koi8", 22},       {"mskanji", 35},   {"shiftjis", 35},
    {"win932", 35},    {"windows932", 35}, {"win936", 37},    {"windows936", 37},
    {"win949", 38},    {"windows949", 38}, {"win950", 36},    {"windows950", 36},
};

int encoding_by_name(const char *name, size_t len) {
    char clean[64], own[64];
    size_t n = 0;
    for (size_t i = 0; i < len && n < sizeof(clean) - 1; i++)
        if (is_alpha(name[i]) || is_digit(name[i]))
            clean[n++] = to_lower(name[i]);
    clean[n] = '\0';
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcmp(clean, aliases[i].name) == 0)
            return aliases[i].encoding;
    const char *number = strncmp(clean, "windows", 7) == 0 ? clean + 4 : clean;
    for (int e = 0; e < ENCODING_COUNT; e++) {
        size_t k = 0;
        for (const char *p = encodings[e].name; *p != '\0'; p++)
            if (*p != '_')
                own[k++] = to_lower(*p);
        own[k] = '\0';
        if (strcmp(clean, own) == 0 ||
            (number != clean && strncmp(own, "win", 3) == 0 && strcmp(number + 3, own + 3) == 0))
            return e;
    }
    return -1;
}
const char *encoding_name(int e) { return e >= 0 && e < ENCODING_COUNT ? encodings[e].name : ""; }
int encoding_max_bytes(int e) { return e >= 0 && e < ENCODING_COUNT ? encodings[e].max_bytes : 0; }
bool encoding_converts(int e) {
    return e == ENCODING_SQL_ASCII || e == ENCODING_UTF8 || encodings[e].high != NULL ||
           encodings[e].icu != NULL;
}

/* ---- errors ---- */

static void put_hex(char *out, size_t room, const char *p, size_t len) {
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < len && i < 8; i++)
        n += (size_t)snprintf(out + n, room - n, i == 0 ? "0x%02x" : " 0x%02x", (uint8_t)p[i]);
}
static Status invalid_bytes(int e, const char *p, size_t len) {
    char hex[64];
    put_hex(hex, sizeof(hex), p, len);
    return error(ERR_CHARACTER_NOT_IN_REPERTOIRE, "invalid byte sequence for encoding \"%s\": %s",
                 encodings[e].name, hex);
}
static Status no_equivalent(int from, int to, const char *p, size_t len) {
    char hex[64];
    put_hex(hex, sizeof(hex), p, len);
    return error(ERR_UNTRANSLATABLE_CHARACTER,
                 "character with byte sequence %s in encoding \"%s\" has no equivalent in encoding "
                 "\"%s\"",
                 hex, encodings[from].name, encodings[to].name);
}
static bool is_ascii(Str s) {
    for (uint32_t i = 0; i < s.len; i++)
        if (s.data[i] <= 0)
            return false;
    return true;
}

/* ---- single bytes ---- */

static Status decode_single(int e, Arena *arena, Str text, Str *out) {
    void *block;
    TRY(arena_try_alloc(arena, (size_t)text.len * 3 + 1, &block));
    char *p = block;
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        uint32_t c = byte < 0x80 ? byte : encodings[e].high[byte - 0x80];
        if (byte == 0)
            return invalid_bytes(e, &text.data[i], 1);
        if (c == 0)
            return no_equivalent(e, ENCODING_UTF8, &text.data[i], 1);
        p += utf8_encode(c, p);
    }
    *out = str_make(block, (size_t)(p - (char *)block));
    return STATUS_OK;
}
/* 0: the encoding lacks it */
static uint8_t single_byte(int e, uint32_t c) {
    if (c < 0x80)
        return (uint8_t)c;
    for (int i = 0; i < 128; i++)
        if (encodings[e].high[i] == c)
            return (uint8_t)(0x80 + i);
    return 0;
}
static Status encode_single(int e, Arena *arena, Str utf8, Str *out, bool lossy) {
    void *block;
    TRY(arena_try_alloc(arena, (size_t)utf8.len + 1, &block));
    char *to = block;
    for (const char *p = utf8.data, *end = p + utf8.len; p < end;) {
        const char *start = p;
        uint8_t byte = single_byte(e, utf8_decode(&p));
        if (byte == 0 && !lossy)
            return no_equivalent(ENCODING_UTF8, e, start, (size_t)(p - start));
        *to++ = byte == 0 ? '?' : (char)byte;
    }
    *out = str_make(block, (size_t)(to - (char *)block));
    return STATUS_OK;
}

/* ---- characters of several bytes ---- */

static bool in(uint8_t c, uint8_t low, uint8_t high) { return c >= low && c <= high; }
/* Bytes that a character with these first ones claims; 1 where it claims none. */
static size_t char_bytes(int e, const uint8_t *p, size_t len) {
    if (p[0] < 0x80)
        return 1;
    switch (e) {
    case 1:
        return p[0] == 0x8f ? 3 : 2;
    case 4:
        return p[0] == 0x8e ? 4 : p[0] == 0x8f ? 3 : 2;
    case 3:
        return p[0] == 0x8f ? 3 : 2;
    case 35:
        return in(p[0], 0xa1, 0xdf) ? 1 : 2;
    case 39:
        return len > 1 && in(p[1], 0x30, 0x39) ? 4 : 2;
    default:
        return 2;
    }
}
/* Is it one, as far as its form goes? p has all its bytes. */
static bool well_formed(int e, const uint8_t *p) {
    if (p[0] < 0x80)
        return true;
    switch (e) {
    case 1:
        if (p[0] == 0x8e)
            return in(p[1], 0xa1, 0xdf);
        if (p[0] == 0x8f)
            return in(p[1], 0xa1, 0xfe) && in(p[2], 0xa1, 0xfe);
        return in(p[0], 0xa1, 0xfe) && in(p[1], 0xa1, 0xfe);
    case 2:
    case 3:
        return in(p[0], 0xa1, 0xfe) && in(p[1], 0xa1, 0xfe);
    case 4:
        if (p[0] == 0x8e)
            return in(p[1], 0xa1, 0xa7) && in(p[2], 0xa1, 0xfe) && in(p[3], 0xa1, 0xfe);
        return p[0] != 0x8f && in(p[1], 0xa1, 0xfe);
    case 35:
        return in(p[0], 0xa1, 0xdf) || ((in(p[0], 0x81, 0x9f) || in(p[0], 0xe0, 0xfc)) &&
                                        (in(p[1], 0x40, 0x7e) || in(p[1], 0x80, 0xfc)));
    case 39:
        if (in(p[1], 0x30, 0x39))
            return in(p[0], 0x81, 0xfe) && in(p[2], 0x81, 0xfe) && in(p[3], 0x30, 0x39);
        return in(p[0], 0x81, 0xfe) && (in(p[1], 0x40, 0x7e) || in(p[1], 0x80, 0xfe));
    default:
        return true;
    }
}
static Status check_form(int e, Str text) {
    for (uint32_t at = 0; at < text.len;) {
        const uint8_t *p = (const uint8_t *)text.data + at;
        size_t left = text.len - at, n = char_bytes(e, p, left);
        if (n > left || !well_formed(e, p))
            return invalid_bytes(e, text.data + at, n > left ? left : n);
        at += (uint32_t)n;
    }
    return STATUS_OK;
}
/* The character around an offset has no code point. */
static Status unmapped(int e, Str text, size_t offset) {
    size_t at = 0, n = 1;
    while (at < text.len) {
        n = char_bytes(e, (const uint8_t *)text.data + at, text.len - at);
        if (at + n > offset)
            break;
        at += n;
    }
    n = at + n > text.len ? text.len - at : n;
    return no_equivalent(e, ENCODING_UTF8, text.data + at, n);
}

/* ---- through ICU ---- */

/* p: where ICU stopped reading. */
static Status icu_error(int from, int to, UConverter *u, Str text, const char *p) {
    char bytes[8];
    int8_t len = sizeof(bytes), count = 4;
    UChar units[4];
    UErrorCode ignored = U_ZERO_ERROR;
    if (from != ENCODING_UTF8) {
        ucnv_getInvalidChars(u, bytes, &len, &ignored);
        size_t offset = (size_t)(p - text.data);
        return unmapped(from, text, offset > (size_t)len ? offset - (size_t)len : 0);
    }
    ucnv_getInvalidUChars(u, units, &count, &ignored);
    uint32_t c = count > 0 ? units[0] : 0;
    if (count > 1)
        c = 0x10000 + ((c - 0xd800) << 10) + (units[1] - 0xdc00u);
    return no_equivalent(from, to, bytes, utf8_encode(c, bytes));
}
/* from or to is UTF8; converts in pieces through UTF-16. */
static Status convert(int from, int to, Arena *arena, Str text, Str *out) {
    UErrorCode status = U_ZERO_ERROR;
    int own = from == ENCODING_UTF8 ? to : from;
    UConverter *source = ucnv_open(from == ENCODING_UTF8 ? "UTF-8" : encodings[own].icu, &status);
    UConverter *target = ucnv_open(to == ENCODING_UTF8 ? "UTF-8" : encodings[own].icu, &status);
    Status result = STATUS_OK;
    if (U_SUCCESS(status)) {
        ucnv_setToUCallBack(source, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
        ucnv_setFromUCallBack(target, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    }
    size_t room = (size_t)text.len * 4 + 16;
    void *block = NULL;
    if (U_FAILURE(status))
        result = error(ERR_FEATURE_NOT_SUPPORTED, "encoding \"%s\" is not supported",
                       encodings[own].name);
    else
        result = arena_try_alloc(arena, room, &block);
    if (status_ok(result)) {
        const char *p = text.data;
        char *q = block;
        UChar pivot[512], *low = pivot, *high = pivot;
        ucnv_convertEx(target, source, &q, q + room, &p, p + text.len, pivot, &low, &high,
                       pivot + 512, true, true, &status);
        if (U_FAILURE(status))
            result = icu_error(from, to, from == own ? source : target, text, p);
        *out = str_make(block, (size_t)(q - (char *)block));
    }
    if (source != NULL)
        ucnv_close(source);
    if (target != NULL)
        ucnv_close(target);
    return result;
}
/* ICU has private characters, and controls, for codes that PostgreSQL's encodings lack. */
static bool is_private(uint32_t c) {
    return (c >= 0xe000 && c <= 0xf8ff) || (c >= 0x80 && c < 0xa0);
}
/* The first such character of a text and its number; false: none. */
static bool find_private(Str utf8, const char **at_out, size_t *number_out) {
    const char *p = utf8.data, *end = p + utf8.len;
    for (size_t n = 0; p < end; n++) {
        *at_out = p;
        *number_out = n;
        if (is_private(utf8_decode(&p)))
            return true;
    }
    return false;
}
/* IBM's Shift JIS has three control characters in one another's places. */
static void restore_controls(Str text) {
    char *p = (char *)(uintptr_t)text.data;
    for (uint32_t i = 0; i < text.len; i++)
        p[i] = p[i] == 0x1c ? 0x1a : p[i] == 0x7f ? 0x1c : p[i] == 0x1a ? 0x7f : p[i];
}
static void restore_encoded(Str text) {
    char *p = (char *)(uintptr_t)text.data;
    for (uint32_t i = 0; i < text.len; i++)
        p[i] = p[i] == 0x1a ? 0x1c : p[i] == 0x1c ? 0x7f : p[i] == 0x7f ? 0x1a : p[i];
}
static Status decode_multi(int e, Arena *arena, Str text, Str *out) {
    const char *at;
    size_t number, offset = 0;
    TRY(convert(e, ENCODING_UTF8, arena, text, out));
    if (e == 35)
        restore_controls(*out);
    if (e == 39 || !find_private(*out, &at, &number))
        return STATUS_OK;
    for (; number > 0; number--)
        offset += char_bytes(e, (const uint8_t *)text.data + offset, text.len - offset);
    return unmapped(e, text, offset);
}
static Status encode_multi(int e, Arena *arena, Str utf8, Str *out) {
    const char *at, *end;
    size_t number;
    if (e != 39 && find_private(utf8, &at, &number)) {
        end = at;
        utf8_decode(&end);
        return no_equivalent(ENCODING_UTF8, e, at, (size_t)(end - at));
    }
    TRY(convert(ENCODING_UTF8, e, arena, utf8, out));
    if (e == 35)
        restore_encoded(*out);
    return STATUS_OK;
}
static Status not_convertible(int from, int to) {
    return error(ERR_UNDEFINED_FUNCTION,
                 "default conversion function for encoding \"%s\" to \"%s\" does not exist",
                 encodings[from].name, encodings[to].name);
}

/* ---- both ways ---- */

Status encoding_decode(int e, Arena *arena, Str text, Str *out) {
    *out = text;
    if (e == ENCODING_UTF8 || e == ENCODING_SQL_ASCII)
        return text_verify(text.data, text.len);
    if (is_ascii(text))
        return STATUS_OK;
    const char *nul = memchr(text.data, 0, text.len);
    if (nul != NULL)
        return invalid_bytes(e, nul, 1);
    if (encodings[e].high != NULL)
        return decode_single(e, arena, text, out);
    TRY(check_form(e, text));
    return encodings[e].icu == NULL ? not_convertible(e, ENCODING_UTF8)
                                    : decode_multi(e, arena, text, out);
}
Status encoding_encode(int e, Arena *arena, Str utf8, Str *out) {
    *out = utf8;
    if (e == ENCODING_UTF8 || e == ENCODING_SQL_ASCII || (encoding_converts(e) && is_ascii(utf8)))
        return STATUS_OK;
    if (encodings[e].high != NULL)
        return encode_single(e, arena, utf8, out, false);
    return encodings[e].icu == NULL ? not_convertible(ENCODING_UTF8, e)
                                    : encode_multi(e, arena, utf8, out);
}
size_t encoding_whole_bytes(int e, Str text) {
    size_t at = 0;
    if (encodings[e].icu == NULL)
        return text.len;
    while (at < text.len) {
        size_t left = text.len - at;
        const uint8_t *p = (const uint8_t *)text.data + at;
        size_t n = e == 39 && left == 1 && p[0] >= 0x80 ? 2 : char_bytes(e, p, left);
        if (n > left)
            break;
        at += n;
    }
    return at;
}
Str encoding_encode_lossy(int e, Arena *arena, Str utf8) {
    Str out;
    Status s = encodings[e].high != NULL ? encode_single(e, arena, utf8, &out, true)
                                         : encoding_encode(e, arena, utf8, &out);
    if (status_ok(s))
        return out;
    status_free(s);
    char *p = arena_alloc(arena, (size_t)utf8.len + 1);
    for (uint32_t i = 0; i < utf8.len; i++)
        p[i] = utf8.data[i] & 0x80 ? '?' : utf8.data[i];
    return str_make(p, utf8.len);
}

/* ---- SQL ---- */

static Status bad_name(const char *which, Str name) {
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid %sencoding name \"%.*s\"", which,
                 (int)name.len, name.data);
}
/* PostgreSQL converts some pairs without UTF8 between them. */
static bool converts_directly(int from, int to) {
    static const struct {
        int8_t members[4];
    } groups[] = {{{22, 23, 20, 25}}, {{9, 29, -1, -1}}, {{1, 35, -1, -1}}, {{4, 36, -1, -1}}};
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        int found = 0;
        for (int i = 0; i < 4; i++)
            found += (groups[g].members[i] == from) + (groups[g].members[i] == to);
        if (found == 2)
            return true;
    }
    return false;
}
/* Does PostgreSQL have a conversion between them? */
static bool has_conversion(int from, int to) {
    static const int8_t mule[] = {1, 2, 3, 4, 8, 9, 10, 11, 20, 22, 23, 25, 29, 35, 36};
    int other = from == 7 ? to : from;
    if (from != 7 && to != 7)
        return from == ENCODING_UTF8 || to == ENCODING_UTF8 || converts_directly(from, to) ||
               (from == 5 && to == 41) || (from == 41 && to == 5);
    for (size_t i = 0; i < sizeof(mule); i++)
        if (mule[i] == other)
            return true;
    return false;
}
static Status verify(int e, Arena *arena, Str text) {
    Str ignored;
    return e == ENCODING_SQL_ASCII || !encoding_converts(e)
               ? STATUS_OK
               : encoding_decode(e, arena, text, &ignored);
}
static Status recode(FnCall *call, int from, int to, Str text) {
    Str utf8, out;
    if (from == to || from == ENCODING_SQL_ASCII || to == ENCODING_SQL_ASCII) {
        TRY(verify(from == ENCODING_SQL_ASCII ? to : from, call->arena, text));
        return ret_str(call, text);
    }
    if (!has_conversion(from, to))
        return not_convertible(from, to);
    if (is_ascii(text))
        return ret_str(call, text);
    if (!encoding_converts(from) || !encoding_converts(to))
        return error(ERR_FEATURE_NOT_SUPPORTED, "encoding \"%s\" is not supported",
                     encodings[encoding_converts(from) ? to : from].name);
    TRY(encoding_decode(from, call->arena, text, &utf8));
    TRY(encoding_encode(to, call->arena, utf8, &out));
    return ret_str(call, out);
}
SCALAR(pg_convert_from) {
    int from = encoding_by_name(ARG_STR(1).data, ARG_STR(1).len);
    return from < 0 ? bad_name("source ", ARG_STR(1))
                    : recode(call, from, ENCODING_UTF8, ARG_STR(0));
}
SCALAR(pg_convert_to) {
    int to = encoding_by_name(ARG_STR(1).data, ARG_STR(1).len);
    return to < 0 ? bad_name("destination ", ARG_STR(1))
                  : recode(call, ENCODING_UTF8, to, ARG_STR(0));
}
SCALAR(pg_convert) {
    int from = encoding_by_name(ARG_STR(1).data, ARG_STR(1).len);
    int to = encoding_by_name(ARG_STR(2).data, ARG_STR(2).len);
    if (from < 0 || to < 0)
        return bad_name(from < 0 ? "source " : "destination ", ARG_STR(from < 0 ? 1 : 2));
    return recode(call, from, to, ARG_STR(0));
}
SCALAR(length_in_encoding) {
    int e = encoding_by_name(ARG_STR(1).data, ARG_STR(1).len);
    Str utf8 = ARG_STR(0);
    if (e < 0)
        return bad_name("", ARG_STR(1));
    if (e != ENCODING_SQL_ASCII)
        TRY(encoding_decode(e, call->arena, ARG_STR(0), &utf8));
    return ret_i32(call, e == ENCODING_SQL_ASCII ? (int32_t)utf8.len
                                                 : (int32_t)utf8_length(utf8.data, utf8.len));
}
SCALAR(PG_char_to_encoding) {
    return ret_i32(call, encoding_by_name(ARG_STR(0).data, ARG_STR(0).len));
}
SCALAR(PG_encoding_to_char) { return ret_datum(call, datum_cstr(encoding_name(ARG_I32(0)))); }
SCALAR(pg_encoding_max_length_sql) {
    int bytes = encoding_max_bytes(ARG_I32(0));
    return bytes == 0 ? ret_null(call) : ret_i32(call, bytes);
}
