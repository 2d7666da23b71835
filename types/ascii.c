/* ascii.c: to_ascii(): the plainest look-alikes of what the bytes mean in a single-byte encoding. */
#include "types/encoding.h"

#define ASCII_FIRST 0x80

static const struct {
    int encoding;
    const char *text; /* for the bytes from ASCII_FIRST on */
} ascii_tables[] = {
#define ASCII_TABLE(encoding, text) {encoding, text},
#include "types/def/ascii.def"
#undef ASCII_TABLE
};

/* The server's text is UTF-8, whose bytes are read as if they were of that encoding. */
static Status to_ascii(FnCall *call, int encoding) {
    const char *table = NULL;
    for (size_t i = 0; i < ARRAY_LEN(ascii_tables); i++)
        if (ascii_tables[i].encoding == encoding)
            table = ascii_tables[i].text;
    if (table == NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "encoding conversion from %s to ASCII not supported", encoding_name(encoding));
    Str s = ARG_STR(0);
    size_t known = strlen(table);
    char *text;
    TRY(call_alloc(call, s.len, &text));
    for (uint32_t i = 0; i < s.len; i++) {
        uint8_t byte = (uint8_t)s.data[i];
        if (byte >= ASCII_FIRST)
            byte = (size_t)byte - ASCII_FIRST < known ? (uint8_t)table[byte - ASCII_FIRST] : ' ';
        text[i] = (char)byte;
    }
    return ret_bytes(call, text, s.len);
}
SCALAR(to_ascii_default) { return to_ascii(call, ENCODING_UTF8); }
SCALAR(to_ascii_enc) {
    int encoding = ARG_I32(1);
    if (encoding < 0 || encoding_name(encoding)[0] == '\0')
        return error(ERR_UNDEFINED_OBJECT, "%d is not a valid encoding code", encoding);
    return to_ascii(call, encoding);
}
SCALAR(to_ascii_encname) {
    Str name = ARG_STR(1);
    int encoding = encoding_by_name(name.data, name.len);
    if (encoding < 0)
        return error(ERR_UNDEFINED_OBJECT, "%.*s is not a valid encoding name", (int)name.len,
                     name.data);
    return to_ascii(call, encoding);
}
