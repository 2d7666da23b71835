/* ts_option.c: lists of options in text. */
#include "types/ts_option.h"

typedef struct Reader {
    Arena *arena;
    Str whole;
    const char *at, *end;
} Reader;

static Status format_error(const Reader *r) {
    return error(ERR_SYNTAX_ERROR, "invalid parameter list format: \"%.*s\"", (int)r->whole.len,
                 r->whole.data);
}
static void skip(Reader *r, bool commas) {
    while (r->at < r->end && (is_space(*r->at) || (commas && *r->at == ',')))
        r->at++;
}
/* Up to the closing mark; doubled ones and, in strings, doubled backslashes stand for one. */
static Status read_quoted(Reader *r, char mark, const char **out) {
    StrBuf buf;
    strbuf_init(&buf, r->arena);
    for (r->at++; r->at < r->end; r->at++) {
        bool twice = r->at + 1 < r->end && r->at[1] == *r->at;
        if (*r->at == mark && !twice) {
            r->at++;
            *out = strbuf_cstr(&buf);
            return STATUS_OK;
        }
        strbuf_putc(&buf, *r->at);
        if (twice && (*r->at == mark || (mark == '\'' && *r->at == '\\')))
            r->at++;
    }
    return format_error(r);
}
static Status read_key(Reader *r, const char **out) {
    if (*r->at == '"')
        return read_quoted(r, '"', out);
    const char *start = r->at;
    while (r->at < r->end && !is_space(*r->at) && *r->at != '=')
        r->at++;
    *out = arena_strndup(r->arena, start, (size_t)(r->at - start));
    return STATUS_OK;
}
static Status read_value(Reader *r, const char **out) {
    if (r->end - r->at > 1 && *r->at == 'E' && r->at[1] == '\'')
        r->at++;
    if (*r->at == '\'' || *r->at == '"')
        return read_quoted(r, *r->at, out);
    const char *start = r->at;
    while (r->at < r->end && !is_space(*r->at) && *r->at != ',')
        r->at++;
    *out = arena_strndup(r->arena, start, (size_t)(r->at - start));
    return STATUS_OK;
}
Status ts_options_parse(Arena *arena, Str text, TsOptions *options_out) {
    Reader r = {arena, text, text.data, text.data + text.len};
    VEC(TsOption) all = {0};
    for (;;) {
        TsOption o = {0};
        skip(&r, true);
        if (r.at >= r.end)
            break;
        TRY(read_key(&r, &o.name));
        skip(&r, false);
        if (r.at >= r.end || *r.at++ != '=')
            return format_error(&r);
        skip(&r, false);
        if (r.at >= r.end)
            return format_error(&r);
        o.bare = is_digit(*r.at) || *r.at == '-';
        TRY(read_value(&r, &o.value));
        vec_push(&all, arena, o);
    }
    *options_out = (TsOptions){all.items, (uint32_t)all.count};
    return STATUS_OK;
}

static bool plain_key(const char *s) {
    if (!(*s >= 'a' && *s <= 'z') && *s != '_')
        return false;
    for (; *s != '\0'; s++)
        if (!(*s >= 'a' && *s <= 'z') && *s != '_' && !is_digit(*s))
            return false;
    return true;
}
void ts_options_print(const TsOptions *options, StrBuf *text) {
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        strbuf_puts(text, i == 0 ? "" : ", ");
        if (plain_key(o->name)) {
            strbuf_puts(text, o->name);
        } else {
            strbuf_putc(text, '"');
            for (const char *p = o->name; *p != '\0'; p++) {
                if (*p == '"')
                    strbuf_putc(text, '"');
                strbuf_putc(text, *p);
            }
            strbuf_putc(text, '"');
        }
        if (o->bare) {
            strbuf_puts(text, " = ");
            strbuf_puts(text, o->value);
            continue;
        }
        strbuf_puts(text, strchr(o->value, '\\') != NULL ? " = E'" : " = '");
        for (const char *p = o->value; *p != '\0'; p++) {
            if (*p == '\'' || *p == '\\')
                strbuf_putc(text, *p);
            strbuf_putc(text, *p);
        }
        strbuf_putc(text, '\'');
    }
}
Status ts_option_bool(const TsOption *o, bool *value_out) {
    size_t n = strlen(o->value);
    *value_out = text_is_word(o->value, n, "true") || text_is_word(o->value, n, "on") ||
                 strcmp(o->value, "1") == 0;
    if (*value_out || text_is_word(o->value, n, "false") || text_is_word(o->value, n, "off") ||
        strcmp(o->value, "0") == 0)
        return STATUS_OK;
    return error(ERR_SYNTAX_ERROR, "%s requires a Boolean value", o->name);
}
