/* xml.c: the type xml: its forms, its declaration, and what makes XML of SQL values. */
#include "types/xml.h"

#include "base/utf8.h"
#include "catalog/catalogs.h"
#include "types/array_ops.h"
#include "types/datetime.h"
#include "types/numeric.h"
#include "types/text.h"
#include "types/types_int.h"

#include <libxml/chvalid.h>
#include <stdlib.h>

DECLARE_TYPE_IO(xml);

/* ---- the declaration ---- */

typedef struct Scan {
    const char *p, *end;
} Scan;
static bool at(const Scan *s, const char *word) {
    size_t n = strlen(word);
    return (size_t)(s->end - s->p) >= n && memcmp(s->p, word, n) == 0;
}
static bool blank(const Scan *s) {
    return s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r');
}
static void skip_blanks(Scan *s) {
    while (blank(s))
        s->p++;
}
/* = "value" */
static bool quoted(Scan *s, Str *out) {
    skip_blanks(s);
    if (!at(s, "="))
        return false;
    s->p++;
    skip_blanks(s);
    if (s->p >= s->end || (*s->p != '"' && *s->p != '\''))
        return false;
    const char *close = memchr(s->p + 1, *s->p, (size_t)(s->end - s->p - 1));
    if (close == NULL)
        return false;
    *out = str_make(s->p + 1, (size_t)(close - s->p - 1));
    s->p = close + 1;
    return true;
}
static bool is_name_char(uint32_t c) {
    return xmlIsBaseCharQ(c) || xmlIsIdeographicQ(c) || xmlIsDigitQ(c) || c == '.' || c == '-' ||
           c == '_' || c == ':' || xmlIsCombiningQ(c) || xmlIsExtenderQ(c);
}
static bool is_name_start(uint32_t c) {
    return xmlIsBaseCharQ(c) || xmlIsIdeographicQ(c) || c == '_' || c == ':';
}
static uint32_t char_at(const Scan *s) {
    const char *p = s->p;
    return s->p < s->end ? utf8_decode(&p) : 0;
}
static XmlDeclarationError read_declaration(Scan *s, XmlDeclaration *out) {
    Str standalone;
    if (!blank(s))
        return XML_DECL_SPACE;
    skip_blanks(s);
    if (!at(s, "version"))
        return XML_DECL_VERSION;
    s->p += 7;
    if (!quoted(s, &out->version))
        return XML_DECL_VERSION;
    bool space = blank(s);
    skip_blanks(s);
    if (at(s, "encoding")) {
        if (!space)
            return XML_DECL_SPACE;
        s->p += 8;
        if (!quoted(s, &out->encoding))
            return XML_DECL_ENCODING;
        space = blank(s);
        skip_blanks(s);
    }
    if (at(s, "standalone")) {
        if (!space)
            return XML_DECL_SPACE;
        s->p += 10;
        if (!quoted(s, &standalone))
            return XML_DECL_STANDALONE;
        out->standalone = str_equal(standalone, str_make("yes", 3))  ? 1
                          : str_equal(standalone, str_make("no", 2)) ? 0
                                                                     : -2;
        if (out->standalone == -2)
            return XML_DECL_STANDALONE;
        skip_blanks(s);
    }
    if (!at(s, "?>"))
        return XML_DECL_END;
    s->p += 2;
    return XML_DECL_OK;
}
XmlDeclarationError xml_declaration(Str text, XmlDeclaration *out) {
    Scan s = {text.data, text.data + text.len};
    *out = (XmlDeclaration){.standalone = -1};
    if (!at(&s, "<?xml"))
        return XML_DECL_OK;
    s.p += 5;
    if (is_name_char(char_at(&s)))
        return XML_DECL_OK;
    XmlDeclarationError e = read_declaration(&s, out);
    if (e != XML_DECL_OK)
        return e;
    out->len = (size_t)(s.p - text.data);
    for (size_t i = 0; i < out->len; i++)
        if ((text.data[i] & 0x80) != 0)
            return XML_DECL_CHARACTER;
    return XML_DECL_OK;
}
bool xml_put_declaration(StrBuf *out, Str version, int standalone) {
    bool plain = version.data == NULL || str_equal(version, str_make("1.0", 3));
    if (plain && standalone == -1)
        return false;
    if (version.data == NULL)
        version = str_make("1.0", 3);
    strbuf_printf(out, "<?xml version=\"%.*s\"%s?>", (int)version.len, version.data,
                  standalone == 1   ? " standalone=\"yes\""
                  : standalone == 0 ? " standalone=\"no\""
                                    : "");
    return true;
}

/* ---- forms ---- */

Status xml_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    TRY(xml_check(io->env, io->arena, str_make(text, len), io->env->xml_option == 1));
    *value_out = datum_str(arena_memdup(io->arena, text, len), len);
    return STATUS_OK;
}
/* Without the encoding, which the connection decides. */
Status xml_output(TypeIo *io, Datum value, StrBuf *text) {
    XmlDeclaration d;
    Str v = value.str;
    if (xml_declaration(v, &d) != XML_DECL_OK)
        d = (XmlDeclaration){.standalone = -1};
    if (!xml_put_declaration(text, d.version, d.standalone) && d.len < v.len &&
        v.data[d.len] == '\n')
        d.len++;
    strbuf_append(text, v.data + d.len, v.len - d.len);
    return STATUS_OK;
}
Status xml_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    size_t bad;
    if (!utf8_valid((const char *)bytes, len, &bad)) /* a zero byte ends no document */
        return bytes[bad] == 0 ? text_verify(bytes, len)
                               : error(ERR_INVALID_XML_CONTENT, "invalid XML content");
    return xml_input(io, (const char *)bytes, len, value_out);
}
Status xml_send(TypeIo *io, Datum value, StrBuf *bytes) { return xml_output(io, value, bytes); }

/* ---- constructs ---- */

void xml_concat(Arena *arena, const Str *values, uint32_t count, StrBuf *out) {
    StrBuf body;
    Str version = {0};
    bool no_version = false;
    int standalone = 1;
    strbuf_init(&body, arena);
    for (uint32_t i = 0; i < count; i++) {
        XmlDeclaration d;
        if (xml_declaration(values[i], &d) != XML_DECL_OK)
            d = (XmlDeclaration){.standalone = -1};
        if (d.standalone == 0 && standalone == 1)
            standalone = 0;
        if (d.standalone < 0)
            standalone = -1;
        if (d.version.data == NULL)
            no_version = true;
        else if (version.data == NULL)
            version = d.version;
        else if (!str_equal(version, d.version))
            no_version = true;
        strbuf_append(&body, values[i].data + d.len, values[i].len - d.len);
    }
    if (!no_version || standalone >= 0)
        xml_put_declaration(out, no_version ? (Str){0} : version, standalone);
    strbuf_append(out, strbuf_cstr(&body), body.len);
}
void xml_root(Str value, Str version, int standalone, StrBuf *out) {
    XmlDeclaration d;
    if (xml_declaration(value, &d) != XML_DECL_OK)
        d = (XmlDeclaration){.standalone = -1};
    xml_put_declaration(out, version, standalone == -2 ? d.standalone : standalone);
    strbuf_append(out, value.data + d.len, value.len - d.len);
}
Status xml_pi(const char *target, Str arg, StrBuf *out) {
    if (text_is_word(target, strlen(target), "xml"))
        return status_detail(error(ERR_SYNTAX_ERROR, "invalid XML processing instruction"),
                             "XML processing instruction target name cannot be \"%s\".", target);
    strbuf_printf(out, "<?%s", target);
    if (arg.data != NULL) {
        for (size_t i = 0; i + 1 < arg.len; i++)
            if (arg.data[i] == '?' && arg.data[i + 1] == '>')
                return status_detail(error(ERR_INVALID_XML_PROCESSING_INSTRUCTION,
                                           "invalid XML processing instruction"),
                                     "XML processing instruction cannot contain \"?>\".");
        while (arg.len > 0 && *arg.data == ' ')
            arg = str_make(arg.data + 1, arg.len - 1);
        strbuf_putc(out, ' ');
        strbuf_append(out, arg.data, arg.len);
    }
    strbuf_puts(out, "?>");
    return STATUS_OK;
}
void xml_escape(StrBuf *out, Str text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '&')
            strbuf_puts(out, "&amp;");
        else if (c == '<')
            strbuf_puts(out, "&lt;");
        else if (c == '>')
            strbuf_puts(out, "&gt;");
        else if (c == '\r')
            strbuf_puts(out, "&#x0d;");
        else
            strbuf_putc(out, c);
    }
}
void xml_put_attribute(StrBuf *out, const char *name, Str value) {
    const char *p = value.data, *end = p + value.len;
    strbuf_printf(out, " %s=\"", name);
    while (p < end) {
        uint32_t c = utf8_decode(&p);
        if (c >= 0x80) /* whoever reads a document without a declaration may take it for another encoding */
            strbuf_printf(out, "&#x%X;", c);
        else if (c == '"')
            strbuf_puts(out, "&quot;");
        else if (c == '&')
            strbuf_puts(out, "&amp;");
        else if (c == '<')
            strbuf_puts(out, "&lt;");
        else if (c == '>')
            strbuf_puts(out, "&gt;");
        else if (c == '\n' || c == '\r' || c == '\t')
            strbuf_printf(out, "&#%u;", c);
        else
            strbuf_putc(out, (char)c);
    }
    strbuf_putc(out, '"');
}
void xml_put_name(StrBuf *out, const char *identifier, bool full, bool escape_period) {
    const char *p = identifier, *end = identifier + strlen(identifier);
    if (full && end - p >= 3 && text_is_word(p, 3, "xml")) {
        strbuf_puts(out, *p == 'x' ? "_x0078_" : "_x0058_");
        p++;
    }
    while (p < end) {
        bool first = p == identifier;
        const char *start = p;
        uint32_t c = utf8_decode(&p);
        if (c == ':' && (first || full))
            strbuf_puts(out, "_x003A_");
        else if (c == '_' && *p == 'x')
            strbuf_puts(out, "_x005F_");
        else if (escape_period && c == '.')
            strbuf_puts(out, "_x002E_");
        else if (first ? !is_name_start(c) : !is_name_char(c))
            strbuf_printf(out, "_x%04X_", c);
        else
            strbuf_append(out, start, (size_t)(p - start));
    }
}

static bool is_hex(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }
void xml_name_to_identifier(const char *name, StrBuf *out) {
    for (const char *p = name; *p != '\0'; p++) {
        char bytes[4];
        if (p[0] == '_' && p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) &&
            is_hex(p[5]) && p[6] == '_') {
            uint32_t code = (uint32_t)strtoul(p + 2, NULL, 16);
            strbuf_append(out, bytes, utf8_encode(code, bytes));
            p += 6;
        } else {
            strbuf_putc(out, *p);
        }
    }
}

/* ---- values ---- */

static Status infinite(const char *what) {
    return status_detail(error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "%s out of range", what),
                         "XML does not support infinite %s values.", what);
}
static void put_binary(StrBuf *out, Str bytes, bool hex) {
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; hex && i < bytes.len; i++)
        strbuf_printf(out, "%02X", (uint8_t)bytes.data[i]);
    for (size_t i = 0; !hex && i < bytes.len; i += 3) {
        size_t n = MIN((size_t)3, bytes.len - i);
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (k < n ? (uint8_t)bytes.data[i + k] : 0);
        if (i > 0 && i % 54 == 0)
            strbuf_puts(out, "\r\n");
        for (size_t k = 0; k < 4; k++)
            strbuf_putc(out, k <= n ? base64[v >> (18 - 6 * k) & 63] : '=');
    }
}
static Status put_array(EvalEnv *env, Arena *arena, Str array, StrBuf *out) {
    ArrayView view;
    TRY(array_view(array, &view));
    for (uint32_t i = 0; i < view.elem_count; i++) {
        if (array_is_null(&view, i))
            continue;
        strbuf_puts(out, "<element>");
        TRY(xml_put_value(env, arena, view.elem_type, array_get(&view, i), true, out));
        strbuf_puts(out, "</element>");
    }
    return STATUS_OK;
}
/* ISO 8601 with T; whole minutes of the offset. */
static Status put_time(EvalEnv *env, Arena *arena, const TypeInfo *info, Datum value, StrBuf *out) {
    EvalEnv iso = *env;
    TypeIo io = {.type = info, .typmod = -1, .env = &iso, .arena = arena};
    StrBuf text;
    if (info->oid == OID_DATE ? !date_is_finite(value.i32) : !timestamp_is_finite(value.i64))
        return infinite(info->oid == OID_DATE ? "date" : "timestamp");
    iso.date_style = DATE_STYLE_ISO;
    strbuf_init(&text, arena);
    TRY(info->output(&io, value, &text));
    char *space = info->oid == OID_DATE ? NULL : memchr(text.data, ' ', text.len);
    if (space != NULL)
        *space = 'T';
    size_t n = text.len;
    if (info->oid == OID_TIMESTAMPTZ && n > 3 &&
        (text.data[n - 3] == '+' || text.data[n - 3] == '-'))
        strbuf_puts(&text, ":00");
    strbuf_append(out, text.data, text.len);
    return STATUS_OK;
}
Status xml_put_value(EvalEnv *env, Arena *arena, Oid type, Datum value, bool escape, StrBuf *out) {
    const TypeInfo *info;
    Str text;
    TRY(type_lookup(env, type, &info));
    while (info->kind == TYPE_DOMAIN)
        info = info->element_type;
    bool vector = info->oid == OID_INT2VECTOR || info->oid == OID_OIDVECTOR;
    if (vector || (info->category == 'A' && info->element_type != NULL))
        return put_array(env, arena, value.str, out);
    switch (info->oid) {
    case OID_BOOL:
        strbuf_puts(out, value.b ? "true" : "false");
        return STATUS_OK;
    case OID_DATE:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return put_time(env, arena, info, value, out);
    case OID_BYTEA:
        put_binary(out, value.str, env->xml_binary == 1);
        return STATUS_OK;
    default:
        break;
    }
    TRY(type_output_text(env, arena, info->oid, value, &text));
    if (info->oid == OID_XML || !escape)
        strbuf_append(out, text.data, text.len);
    else
        xml_escape(out, text);
    return STATUS_OK;
}
