/* auth_file.c: see the header. */
#include "pgwire/auth_file.h"

#include "base/strbuf.h"
#include "runtime/os.h"

#include <errno.h>
#include <string.h>

#define TOKEN_BYTES_MAX 10240u
#define NESTING_MAX 10

typedef struct Splitter {
    Arena *arena;
    const char *path;
    int depth;
    const char *error;
} Splitter;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* False: the line has no more, or an error. */
static bool next_token(Splitter *splitter, const char **at, AuthToken *token_out, bool *comma_out) {
    StrBuf text;
    strbuf_init(&text, splitter->arena);
    const char *p = *at;
    bool in_quote = false, was_quote = false, saw_quote = false;
    *token_out = (AuthToken){0};
    *comma_out = false;
    while (is_blank(*p) || *p == ',')
        p++;
    for (; *p != '\0' && (in_quote || !is_blank(*p)); p++) {
        if (*p == '#' && !in_quote) {
            p += strlen(p);
            break;
        }
        if (text.len >= TOKEN_BYTES_MAX - 1) {
            splitter->error = "authentication file token too long";
            *at = p + strlen(p);
            return false;
        }
        if (*p == ',' && !in_quote) {
            *comma_out = true;
            break;
        }
        if (*p != '"' || was_quote)
            strbuf_putc(&text, *p);
        was_quote = in_quote && *p == '"' && !was_quote;
        if (*p == '"') {
            in_quote = !in_quote;
            saw_quote = true;
            token_out->quoted |= text.len == 0;
        }
    }
    *at = p;
    token_out->text = strbuf_cstr(&text);
    return saw_quote || text.len > 0;
}

static void split(Arena *arena, const char *path, const char *text, int depth,
                  AuthLines *lines_out);

/* The tokens of another file, all in one field. */
static void include(Splitter *splitter, const char *name, AuthField *field) {
    Arena *arena = splitter->arena;
    const char *path = name, *slash = strrchr(splitter->path, '/');
    if (name[0] != '/' && slash != NULL)
        path = arena_printf(arena, "%.*s/%s", (int)(slash - splitter->path), splitter->path, name);
    char *text;
    size_t len;
    int code = splitter->depth >= NESTING_MAX ? ELOOP : os_read_text_file(path, arena, &text, &len);
    if (code != 0) {
        splitter->error = arena_printf(
            arena, "could not open secondary authentication file \"@%s\" as \"%s\": %s", name, path,
            strerror(code));
        return;
    }
    AuthLines lines;
    split(arena, path, text, splitter->depth + 1, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const AuthLine *line = &lines.items[i];
        if (line->error != NULL) {
            splitter->error = line->error;
            return;
        }
        for (size_t f = 0; f < line->fields.count; f++)
            for (size_t t = 0; t < line->fields.items[f].count; t++)
                vec_push(field, arena, line->fields.items[f].items[t]);
    }
}

static void next_field(Splitter *splitter, const char **at, AuthField *field_out) {
    bool comma = true;
    *field_out = (AuthField){0};
    while (comma && splitter->error == NULL) {
        AuthToken token;
        if (!next_token(splitter, at, &token, &comma))
            return;
        if (token.text[0] == '@' && token.text[1] != '\0' && !token.quoted)
            include(splitter, token.text + 1, field_out);
        else
            vec_push(field_out, splitter->arena, token);
    }
}

/* One line with those that it goes on in; moves *at behind them. */
static const char *take_line(Arena *arena, const char **at, int *line_count_out) {
    StrBuf line;
    strbuf_init(&line, arena);
    *line_count_out = 0;
    for (bool more = true; more && **at != '\0';) {
        size_t len = strcspn(*at, "\n");
        const char *start = *at;
        *at += len + (start[len] == '\n');
        ++*line_count_out;
        while (len > 0 && start[len - 1] == '\r')
            len--;
        more = len > 0 && start[len - 1] == '\\';
        strbuf_append(&line, start, len - more);
    }
    return strbuf_cstr(&line);
}

static void split(Arena *arena, const char *path, const char *text, int depth,
                  AuthLines *lines_out) {
    *lines_out = (AuthLines){0};
    int number = 1, line_count;
    for (const char *at = text; *at != '\0'; number += line_count) {
        Splitter splitter = {.arena = arena, .path = path, .depth = depth};
        AuthLine line = {.number = number, .raw = take_line(arena, &at, &line_count)};
        for (const char *p = line.raw; *p != '\0' && splitter.error == NULL;) {
            AuthField field;
            next_field(&splitter, &p, &field);
            if (field.count > 0)
                vec_push(&line.fields, arena, field);
        }
        line.error = splitter.error;
        if (line.fields.count > 0 || line.error != NULL)
            vec_push(lines_out, arena, line);
    }
}

void auth_file_split(Arena *arena, const char *path, const char *text, AuthLines *lines_out) {
    split(arena, path, text, 0, lines_out);
}
