/* quote.c: names as text: quoting, cutting, parsing. */
#include "base/utf8.h"
#include "catalog/catalog_int.h"

static bool ident_is_safe(const CatalogSession *session, const char *name) {
    if (session != NULL && session->quote_all)
        return false;
    if (!((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_'))
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
            return false;
    return session == NULL || session->is_keyword == NULL || !session->is_keyword(name);
}

void append_ident(const CatalogSession *session, StrBuf *buf, const char *name) {
    if (ident_is_safe(session, name)) {
        strbuf_puts(buf, name);
        return;
    }
    strbuf_putc(buf, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            strbuf_putc(buf, '"');
        strbuf_putc(buf, *name);
    }
    strbuf_putc(buf, '"');
}

const char *quote_ident(const CatalogSession *session, Arena *arena, const char *name) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    append_ident(session, &buf, name);
    return strbuf_cstr(&buf);
}

const char *quote_qualified(const CatalogSession *session, Arena *arena, const char *schema,
                            const char *name) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (schema != NULL) {
        append_ident(session, &buf, schema);
        strbuf_putc(&buf, '.');
    }
    append_ident(session, &buf, name);
    return strbuf_cstr(&buf);
}

const char *quote_literal(Arena *arena, const char *text, size_t len) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (memchr(text, '\\', len) != NULL)
        strbuf_putc(&buf, 'E');
    strbuf_putc(&buf, '\'');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'' || text[i] == '\\')
            strbuf_putc(&buf, text[i]);
        strbuf_putc(&buf, text[i]);
    }
    strbuf_putc(&buf, '\'');
    return strbuf_cstr(&buf);
}

const char *quote_standard_literal(Arena *arena, const char *text, size_t len) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    strbuf_putc(&buf, '\'');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            strbuf_putc(&buf, '\'');
        strbuf_putc(&buf, text[i]);
    }
    strbuf_putc(&buf, '\'');
    return strbuf_cstr(&buf);
}

/* The longest whole characters within limit bytes. */
static size_t clip(const char *name, size_t len, size_t limit) {
    if (len <= limit)
        return len;
    while (limit > 0 && ((unsigned char)name[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

const char *name_truncate(CatalogSession *session, Arena *arena, const char *name) {
    size_t len = strlen(name);
    if (len < NAME_BYTES)
        return name;
    const char *cut = arena_strndup(arena, name, clip(name, len, NAME_BYTES - 1));
    session_notice(session, "NOTICE", ERR_NAME_TOO_LONG,
                   "identifier \"%s\" will be truncated to \"%s\"", name, cut);
    return cut;
}

const char *name_make_object(Arena *arena, const char *prefix, const char *middle,
                             const char *suffix) {
    size_t overhead = (middle != NULL) + (suffix != NULL ? 1 + strlen(suffix) : 0);
    size_t room = NAME_BYTES - 1 - overhead;
    size_t n1 = strlen(prefix), n2 = middle != NULL ? strlen(middle) : 0;
    while (n1 + n2 > room) {
        if (n1 > n2)
            n1--;
        else
            n2--;
    }
    n1 = clip(prefix, strlen(prefix), n1);
    if (middle != NULL)
        n2 = clip(middle, strlen(middle), n2);
    StrBuf buf;
    strbuf_init(&buf, arena);
    strbuf_append(&buf, prefix, n1);
    if (middle != NULL) {
        strbuf_putc(&buf, '_');
        strbuf_append(&buf, middle, n2);
    }
    if (suffix != NULL) {
        strbuf_putc(&buf, '_');
        strbuf_puts(&buf, suffix);
    }
    return strbuf_cstr(&buf);
}

static Status name_is_used(CatalogSession *session, Arena *arena, const char *name, Oid nsp,
                           bool for_constraint, bool *used_out) {
    CatalogRow *row = row_new(arena);
    TRY(catalog_find_name(session, PG_CLASS_RELNAME_NSP_INDEX, name, nsp, arena, row, used_out));
    if (!*used_out && for_constraint)
        TRY(catalog_find_name(session, PG_CONSTRAINT_CONNAME_NSP_INDEX, name, nsp, arena, row,
                              used_out));
    return STATUS_OK;
}

Status name_choose_relation(CatalogSession *session, Arena *arena, const char *prefix,
                            const char *middle, const char *suffix, Oid nsp, bool for_constraint,
                            const char **name_out) {
    for (unsigned pass = 0;; pass++) {
        const char *mark = suffix;
        if (pass > 0)
            mark = arena_printf(arena, "%s%u", suffix != NULL ? suffix : "", pass);
        bool used;
        *name_out = name_make_object(arena, prefix, middle, mark);
        TRY(name_is_used(session, arena, *name_out, nsp, for_constraint, &used));
        if (!used)
            return STATUS_OK;
    }
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* One identifier at *p: quoted, or folded to lower case. NULL if there is none. separators end it. */
static const char *parse_ident(Arena *arena, const char **p, const char *end, char separator) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    if (*p < end && **p == '"') {
        for ((*p)++;; (*p)++) {
            if (*p >= end)
                return NULL;
            if (**p == '"') {
                if (*p + 1 >= end || (*p)[1] != '"')
                    break;
                (*p)++;
            }
            strbuf_putc(&buf, **p);
        }
        (*p)++;
    } else {
        while (*p < end && **p != separator && !is_blank(**p)) {
            char c = **p;
            strbuf_putc(&buf, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
            (*p)++;
        }
        if (buf.len == 0)
            return NULL;
    }
    const char *text = strbuf_cstr(&buf);
    return arena_strndup(arena, text, clip(text, buf.len, NAME_BYTES - 1));
}

/* Identifiers between separators, with blanks around them. */
static bool parse_idents(Arena *arena, const char *text, size_t len, char separator,
                         bool allow_none, const char *const **items_out, uint32_t *count_out) {
    VEC(const char *) items = {0};
    const char *p = text, *end = text + len;
    *items_out = NULL;
    *count_out = 0;
    while (p < end && is_blank(*p))
        p++;
    if (p == end)
        return allow_none;
    for (;;) {
        while (p < end && is_blank(*p))
            p++;
        const char *item = parse_ident(arena, &p, end, separator);
        if (item == NULL)
            return false;
        vec_push(&items, arena, item);
        while (p < end && is_blank(*p))
            p++;
        if (p == end)
            break;
        if (*p++ != separator)
            return false;
    }
    *items_out = (const char *const *)items.items;
    *count_out = (uint32_t)items.count;
    return true;
}

Status name_parse(Arena *arena, const char *text, size_t len, const char *const **parts_out,
                  uint32_t *count_out) {
    if (!parse_idents(arena, text, len, '.', false, parts_out, count_out))
        return error(ERR_INVALID_NAME, "invalid name syntax");
    return STATUS_OK;
}

bool name_parse_list(Arena *arena, const char *text, const char *const **names_out,
                     uint32_t *count_out) {
    return parse_idents(arena, text, strlen(text), ',', true, names_out, count_out);
}
