/* status.c: errors as values. */
#include "base/status.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *code;
    const char *condition;
} sqlstates[] = {
#define SQLSTATE(name, code, condition) {code, condition},
#include "base/sqlstate.def"
#undef SQLSTATE
};

static Error out_of_memory_error = {.state = ERR_OUT_OF_MEMORY,
                                    .code = "53200",
                                    .message = (char *)"out of memory",
                                    .byte_location = -1,
                                    .file = __FILE__,
                                    .routine = "malloc"};

void check_failed(const char *cond, const char *file, int line) {
    fprintf(stderr, "PANIC:  check failed: %s (%s:%d)\n", cond, file, line);
    abort();
}

/* States that are in no table are numbers above: their five characters in base 36. */
#define STATE_FREE 0x10000000u

const char *sqlstate_code(SqlState state) {
    return (unsigned)state < SQLSTATE_COUNT ? sqlstates[state].code : NULL;
}

void sqlstate_spell(SqlState state, char code[6]) {
    uint32_t rest = (uint32_t)state - STATE_FREE;
    code[5] = '\0';
    if ((unsigned)state < SQLSTATE_COUNT) {
        memcpy(code, sqlstates[state].code, 5);
        return;
    }
    check((unsigned)state >= STATE_FREE);
    for (int i = 4; i >= 0; i--, rest /= 36)
        code[i] = (char)(rest % 36 < 10 ? '0' + rest % 36 : 'A' + rest % 36 - 10);
}

const char *sqlstate_condition(SqlState state) {
    return (unsigned)state < SQLSTATE_COUNT ? sqlstates[state].condition : NULL;
}

bool sqlstate_make(const char *code, SqlState *state_out) {
    if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || code[5] != '\0')
        return false;
    if (sqlstate_by_code(code, state_out))
        return true;
    uint32_t number = 0;
    for (int i = 0; i < 5; i++)
        number = number * 36 + (uint32_t)(code[i] <= '9' ? code[i] - '0' : code[i] - 'A' + 10);
    *state_out = (SqlState)(STATE_FREE + number);
    return true;
}

bool sqlstate_in_class(SqlState state, SqlState class_state) {
    char code[6], class_code[6];
    sqlstate_spell(state, code);
    sqlstate_spell(class_state, class_code);
    return memcmp(code, class_code, 2) == 0;
}

bool sqlstate_by_code(const char *code, SqlState *state_out) {
    *state_out = ERR_INTERNAL_ERROR;
    for (unsigned i = 0; i < SQLSTATE_COUNT; i++) {
        if (memcmp(sqlstates[i].code, code, 5) == 0) {
            *state_out = (SqlState)i;
            return true;
        }
    }
    return false;
}

/* NULL where memory is out: the field is then absent. */
static char *format(const char *fmt, va_list args) {
    char *text = NULL;
    return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

Status status_make(SqlState state, const char *file, int line, const char *routine, const char *fmt,
                   ...) {
    Error *e = calloc(1, sizeof(*e));
    if (e == NULL)
        return status_out_of_memory();
    e->state = state;
    sqlstate_spell(state, e->code);
    e->file = file;
    e->line = line;
    e->routine = routine;
    e->byte_location = -1;
    va_list args;
    va_start(args, fmt);
    e->message = format(fmt, args);
    va_end(args);
    if (e->message == NULL) {
        free(e);
        return status_out_of_memory();
    }
    return (Status){e};
}

Status status_out_of_memory(void) { return (Status){&out_of_memory_error}; }

static bool is_static(Status s) { return s.error == NULL || s.error == &out_of_memory_error; }

#define SET_FIELD(s, field, fmt)                                                                   \
    do {                                                                                           \
        if (!is_static(s)) {                                                                       \
            va_list args;                                                                          \
            va_start(args, fmt);                                                                   \
            free((s).error->field);                                                                \
            (s).error->field = format(fmt, args);                                                  \
            va_end(args);                                                                          \
        }                                                                                          \
    } while (0)

Status status_detail(Status s, const char *fmt, ...) {
    SET_FIELD(s, detail, fmt);
    return s;
}

Status status_hint(Status s, const char *fmt, ...) {
    SET_FIELD(s, hint, fmt);
    return s;
}

Status status_context(Status s, const char *fmt, ...) {
    if (is_static(s) || (!status_ok(s) && s.error->context_closed))
        return s;
    va_list args;
    va_start(args, fmt);
    char *line = format(fmt, args);
    va_end(args);
    if (s.error->context == NULL || line == NULL) {
        if (line != NULL)
            s.error->context = line;
        return s;
    }
    char *both = NULL;
    if (asprintf(&both, "%s\n%s", s.error->context, line) >= 0) {
        free(s.error->context);
        s.error->context = both;
    }
    free(line);
    return s;
}

Status status_severity(Status s, Severity severity) {
    if (!is_static(s))
        s.error->severity = severity;
    return s;
}

Status status_at(Status s, int32_t byte_location) {
    if (!is_static(s) && s.error->byte_location < 0 && byte_location >= 0)
        s.error->byte_location = byte_location;
    return s;
}

Status status_internal(Status s, const char *query) {
    if (status_ok(s) || s.error == &out_of_memory_error || s.error->byte_location < 0)
        return s;
    size_t at = MIN((size_t)s.error->byte_location, strlen(query));
    s.error->internal_position = (int32_t)utf8_length(query, at) + 1;
    s.error->byte_location = -1;
    free(s.error->internal_query);
    s.error->internal_query = strdup(query);
    return s;
}

Status status_unplaced(Status s) {
    if (!status_ok(s) && !is_static(s)) {
        s.error->byte_location = -1;
        s.error->position = 0;
    }
    return s;
}

static void set_name(char **field, const char *name) {
    if (name == NULL)
        return;
    free(*field);
    *field = strdup(name);
}

Status status_object(Status s, const char *schema, const char *table, const char *column,
                     const char *datatype, const char *constraint) {
    if (is_static(s))
        return s;
    set_name(&s.error->schema_name, schema);
    set_name(&s.error->table_name, table);
    set_name(&s.error->column_name, column);
    set_name(&s.error->datatype_name, datatype);
    set_name(&s.error->constraint_name, constraint);
    return s;
}

void status_free(Status s) {
    if (is_static(s))
        return;
    Error *e = s.error;
    char *fields[] = {e->message,         e->detail,        e->hint,        e->context,
                      e->schema_name,     e->table_name,    e->column_name, e->datatype_name,
                      e->constraint_name, e->internal_query};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        free(fields[i]);
    free(e);
}

Status status_copy(Status s) {
    if (is_static(s))
        return s;
    Error *copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return status_out_of_memory();
    *copy = *s.error;
    char **fields[] = {&copy->message,       &copy->detail,        &copy->hint,
                       &copy->context,       &copy->schema_name,   &copy->table_name,
                       &copy->column_name,   &copy->datatype_name, &copy->constraint_name,
                       &copy->internal_query};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (*fields[i] != NULL)
            *fields[i] = strdup(*fields[i]);
    return (Status){copy};
}

void status_replace_detail(Status s, const char *detail) {
    if (is_static(s))
        return;
    free(s.error->detail);
    s.error->detail = strdup(detail);
}
