/* ltree.c: paths: how they are read, printed and ordered. */
#include "types/ltree.h"

#include "types/ltree_int.h"

Status ltree_labels(Arena *arena, Str path, Labels *out) {
    const char *at = path.data, *end = at + path.len;
    void *room;
    uint32_t count = path.len > 0;
    for (uint32_t i = 0; i < path.len; i++)
        count += path.data[i] == '.';
    TRY(arena_try_alloc(arena, (count + (size_t)1) * sizeof(Str), &room));
    *out = (Labels){room, 0};
    while (out->count < count) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        const char *to = dot == NULL ? end : dot;
        out->items[out->count++] = str_make(at, (size_t)(to - at));
        at = to + 1;
    }
    return STATUS_OK;
}

Status ltree_label_end(const char *what, uint32_t len, uint32_t at) {
    if (len == 0)
        return status_detail(error(ERR_SYNTAX_ERROR, "%s syntax error at character %u", what, at),
                             "Empty labels are not allowed.");
    if (len > LTREE_LABEL_MAX)
        return status_detail(error(ERR_NAME_TOO_LONG, "label string is too long"),
                             "Label length is %u, must be at most %d, at character %u.", len,
                             LTREE_LABEL_MAX, at);
    return STATUS_OK;
}

Status ltree_check(Str text) {
    uint32_t levels = 1, len = 0, at = 1;
    const char *p = text.data, *end = p + text.len;
    for (uint32_t i = 0; i < text.len; i++)
        levels += text.data[i] == '.';
    if (levels > LTREE_LEVELS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of ltree labels (%u) exceeds the maximum allowed (%d)", levels,
                     LTREE_LEVELS_MAX);
    for (; p < end; p++, at++) { /* whatever is of several bytes is refused at its first one */
        if (ltree_in_label(*p)) {
            len++;
        } else if (*p == '.' && len > 0) {
            TRY(ltree_label_end("ltree", len, at));
            len = 0;
        } else {
            return error(ERR_SYNTAX_ERROR, "ltree syntax error at character %u", at);
        }
    }
    if (len > 0)
        return ltree_label_end("ltree", len, at);
    return text.len == 0 ? STATUS_OK
                         : status_detail(error(ERR_SYNTAX_ERROR, "ltree syntax error"),
                                         "Unexpected end of input.");
}

static Status ltree_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    TRY(ltree_check(str_make(text, len)));
    *value_out = datum_str(arena_memdup(io->arena, text, len), len);
    return STATUS_OK;
}

Status ltree_put_text(TypeIo *io, Datum value, StrBuf *text) {
    strbuf_append(text, value.str.data, value.str.len);
    return STATUS_OK;
}

/* Behind a version, which is one. */
Status ltree_receive_text(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len == 0)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    if (bytes[0] != 1)
        return error(ERR_INTERNAL_ERROR, "unsupported %s version number %d", io->type->name,
                     bytes[0]);
    if (!utf8_valid(bytes + 1, len - 1, NULL))
        return type_receive_error();
    return io->type->input(io, (const char *)bytes + 1, len - 1, value_out);
}
Status ltree_send_text(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_putc(bytes, 1);
    strbuf_append(bytes, value.str.data, value.str.len);
    return STATUS_OK;
}

/* A dot comes before whatever is in a label. */
static unsigned rank(char c) { return c == '.' ? 0 : (uint8_t)c; }

static int ltree_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    uint32_t len = MIN(a.str.len, b.str.len);
    for (uint32_t i = 0; i < len; i++)
        if (a.str.data[i] != b.str.data[i])
            return rank(a.str.data[i]) < rank(b.str.data[i]) ? -1 : 1;
    return (a.str.len > b.str.len) - (a.str.len < b.str.len);
}
static uint64_t ltree_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
static Status ltree_key(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    ltree_put_key(value.str, key);
    strbuf_putc(key, 0);
    return STATUS_OK;
}

void ltree_put_key(Str path, StrBuf *key) {
    for (uint32_t i = 0; i < path.len; i++)
        strbuf_putc(key, path.data[i] == '.' ? LTREE_KEY_DOT : path.data[i]);
}

const TypeInfo ltree_model = {
    .name = "ltree",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'U',
    .input = ltree_input,
    .output = ltree_put_text,
    .receive = ltree_receive_text,
    .send = ltree_send_text,
    .compare = ltree_compare,
    .hash = ltree_hash,
    .key_encode = ltree_key,
};
