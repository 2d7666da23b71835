/* config_file.c: see the header. */
#include "pgwire/config_file.h"

#include "runtime/file.h"
#include "runtime/log.h"
#include "runtime/os.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define NESTING_MAX 10
#define ERRORS_MAX 100

typedef struct Reader {
    Arena *arena;
    const char *path;
    int depth;
    bool log;
    ConfigLines *lines;
} Reader;

static void read_file(Reader *reader, bool missing_ok);

/* ---- errors ---- */

/* Logs the message and leaves a line that says so. */
static void note(Reader *reader, int line, const char *message, const char *short_message) {
    if (reader->log) {
        Status status = error(ERR_CONFIG_FILE_ERROR, "%s", message);
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
    }
    SettingLine bad = {.file = reader->path, .line = line, .error = short_message};
    vec_push(reader->lines, reader->arena, bad);
}

static void note_syntax(Reader *reader, int line, const char *at) {
    size_t len = strcspn(at, " \t\r\n");
    const char *message =
        len == 0
            ? arena_printf(reader->arena, "syntax error in file \"%s\" line %d, near end of line",
                           reader->path, line)
            : arena_printf(reader->arena,
                           "syntax error in file \"%s\" line %d, near token \"%.*s\"", reader->path,
                           line, (int)len, at);
    note(reader, line, message, "syntax error");
}

/* ---- tokens ---- */

static bool is_letter(char c) { return isalpha((unsigned char)c) || c == '_' || (c & 0x80) != 0; }
static bool is_letter_or_digit(char c) { return is_letter(c) || isdigit((unsigned char)c); }

/* A name, with dots between its parts. 0: none. */
static size_t name_length(const char *p) {
    size_t n = 0;
    do {
        if (n > 0)
            n++; /* the dot */
        if (!is_letter(p[n]))
            return 0;
        while (is_letter_or_digit(p[n]))
            n++;
    } while (p[n] == '.');
    return n;
}

/* 'it''s' or 'it\'s'; returns behind it, NULL: it has no end. */
static const char *read_quoted(const char *p, StrBuf *value) {
    for (p++; *p != '\0' && *p != '\n'; p++) {
        if (*p == '\'' && p[1] != '\'')
            return p + 1;
        char c = *p;
        if (c == '\'') {
            p++;
        } else if (c == '\\' && p[1] != '\0' && p[1] != '\n') {
            static const char letters[] = "bfnrt", codes[] = "\b\f\n\r\t";
            c = *++p;
            const char *letter = strchr(letters, c);
            if (c >= '0' && c <= '7') {
                int code = 0;
                for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
                    code = code * 8 + *p++ - '0';
                p--;
                c = (char)code;
            } else if (letter != NULL) {
                c = codes[letter - letters];
            }
        }
        if (c != '\0')
            strbuf_putc(value, c);
    }
    return NULL;
}

/* A number with a unit, or a word that may have -._:/ in it. 0: neither. */
static size_t plain_length(const char *p) {
    size_t n = 0;
    if (is_letter(*p)) {
        while (is_letter_or_digit(p[n]) || (p[n] != '\0' && strchr("-._:/", p[n]) != NULL))
            n++;
        return n;
    }
    if (*p == '-' || *p == '+')
        n++;
    size_t digits = strspn(p + n, "0123456789.");
    if (digits == 0)
        return 0;
    n += digits;
    while (isalnum((unsigned char)p[n]) ||
           ((p[n] == '-' || p[n] == '+') && (p[n - 1] == 'e' || p[n - 1] == 'E')))
        n++;
    return n;
}

static const char *skip_blanks(const char *p) { return p + strspn(p, " \t\r"); }

/* name [=] value [# …]. NULL: good; else where it goes wrong. Both NULL: nothing in it. */
static const char *read_line(Arena *arena, const char *p, const char **name_out,
                             const char **value_out) {
    *name_out = *value_out = NULL;
    p = skip_blanks(p);
    if (*p == '#' || *p == '\n' || *p == '\0')
        return NULL;
    size_t len = name_length(p);
    if (len == 0)
        return p;
    const char *name = arena_strndup(arena, p, len);
    p = skip_blanks(p + len);
    if (*p == '=')
        p = skip_blanks(p + 1);
    StrBuf value;
    strbuf_init(&value, arena);
    if (*p == '\'') {
        const char *end = read_quoted(p, &value);
        if (end == NULL)
            return p;
        p = end;
    } else {
        len = plain_length(p);
        if (len == 0)
            return p;
        strbuf_append(&value, p, len);
        p += len;
    }
    p = skip_blanks(p);
    if (*p != '#' && *p != '\n' && *p != '\0')
        return p;
    *name_out = name;
    *value_out = strbuf_cstr(&value);
    return NULL;
}

/* ---- other files ---- */

static const char *beside(Reader *reader, const char *name) {
    const char *slash = strrchr(reader->path, '/');
    if (name[0] == '/' || slash == NULL)
        return name;
    return arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->path), reader->path, name);
}

static void include(Reader *reader, int line, const char *name, bool missing_ok) {
    if (*name == '\0') {
        note(reader, line,
             arena_printf(reader->arena, "empty configuration file name: \"%s\"", name),
             "empty configuration file name");
        return;
    }
    Reader inner = *reader;
    inner.path = beside(reader, name);
    if (++inner.depth > NESTING_MAX) {
        note(
            reader, line,
            arena_printf(reader->arena,
                         "could not open configuration file \"%s\": maximum nesting depth exceeded",
                         inner.path),
            "nesting depth exceeded");
        return;
    }
    read_file(&inner, missing_ok);
}

static void include_directory(Reader *reader, int line, const char *name) {
    const char *directory = beside(reader, name), **names;
    size_t count;
    Status status = *name == '\0' ? error(ERR_CONFIG_FILE_ERROR, "empty")
                                  : dir_list(directory, reader->arena, &names, &count);
    if (!status_ok(status)) {
        status_free(status);
        note(
            reader, line,
            arena_printf(reader->arena, "could not open configuration directory \"%s\"", directory),
            arena_printf(reader->arena, "could not open directory \"%s\"", directory));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names[i]);
        if (names[i][0] != '.' && len > 5 && strcmp(names[i] + len - 5, ".conf") == 0)
            include(reader, line, arena_printf(reader->arena, "%s/%s", directory, names[i]), false);
    }
}

/* ---- a file ---- */

static void take_line(Reader *reader, int number, const char *text, int *error_count) {
    const char *name, *value, *wrong = read_line(reader->arena, text, &name, &value);
    if (wrong != NULL) {
        note_syntax(reader, number, wrong);
        ++*error_count;
        return;
    }
    if (name == NULL)
        return;
    if (strcasecmp(name, "include_dir") == 0) {
        include_directory(reader, number, value);
    } else if (strcasecmp(name, "include_if_exists") == 0) {
        include(reader, number, value, true);
    } else if (strcasecmp(name, "include") == 0) {
        include(reader, number, value, false);
    } else {
        SettingLine line = {.name = name, .value = value, .file = reader->path, .line = number};
        vec_push(reader->lines, reader->arena, line);
    }
}

static void read_file(Reader *reader, bool missing_ok) {
    char *text;
    size_t len;
    int code = os_read_text_file(reader->path, reader->arena, &text, &len);
    if (code == ENOENT && missing_ok) {
        return;
    } else if (code != 0) {
        note(reader, 0,
             arena_printf(reader->arena, "could not open configuration file \"%s\": %s",
                          reader->path, strerror(code)),
             arena_printf(reader->arena, "could not open file \"%s\"", reader->path));
        return;
    }
    int number = 1, error_count = 0;
    for (const char *p = text; *p != '\0'; number++) {
        take_line(reader, number, p, &error_count);
        if (error_count > 0 && !reader->log)
            return;
        if (error_count >= ERRORS_MAX) {
            log_write(LOG_LEVEL_LOG, "too many syntax errors found, abandoning file \"%s\"",
                      reader->path);
            return;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
}

void config_file_read(Arena *arena, const char *path, bool missing_ok, bool log,
                      ConfigLines *lines) {
    Reader reader = {.arena = arena, .path = path, .log = log, .lines = lines};
    read_file(&reader, missing_ok);
}

void config_file_put(StrBuf *out, const char *name, const char *value) {
    strbuf_puts(out, name);
    strbuf_puts(out, " = '");
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            strbuf_putc(out, *value);
        strbuf_putc(out, *value);
    }
    strbuf_puts(out, "'\n");
}
