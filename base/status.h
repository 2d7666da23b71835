/*
 * status.h: how a function says that it failed. Layer: base.
 *
 * An error is made once, where it arises, with everything a client will see (manual: Protocol
 * Error and Notice Message Fields), and travels up untouched as a Status. Expected outcomes (no row,
 * conflict, end) are not errors: they get an enum of their own.
 *
 *     return status_hint(status_detail(error(ERR_UNDEFINED_FUNCTION, "function %s does not exist",
 *                                            name), "..."), "...");
 *
 * Ownership: a Status with an error owns it; whoever swallows one calls status_free. The only error
 * that is not heap memory is the out-of-memory one, so making an error never fails.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/defs.h"

typedef enum SqlState {
#define SQLSTATE(name, code, condition) ERR_##name,
#include "base/sqlstate.def"
#undef SQLSTATE
    SQLSTATE_COUNT
} SqlState;

typedef enum Severity { SEV_ERROR, SEV_FATAL, SEV_PANIC } Severity;

typedef struct Error {
    SqlState state;
    char code[6]; /* of the state */
    Severity severity;
    char *message; /* primary text, UTF-8, no trailing newline */
    char *detail;  /* the rest: NULL where absent */
    char *hint;
    char *context;       /* lines, innermost first */
    bool context_closed; /* it is complete: no more lines */
    char *internal_query;
    char *schema_name;
    char *table_name;
    char *column_name;
    char *datatype_name;
    char *constraint_name;
    int32_t position;          /* 1-based, in characters of the query; 0: absent */
    int32_t internal_position; /* the same within internal_query */
    int32_t byte_location;     /* 0-based byte offset in the query, -1: absent; the session turns
                                  it into position, as only it holds the text */
    const char *file;          /* where error() stands */
    const char *routine;
    int line;
} Error;

typedef struct NODISCARD Status {
    Error *error; /* NULL: success */
} Status;

#define STATUS_OK ((Status){NULL})

static inline bool status_ok(Status s) { return s.error == NULL; }

/* The one macro that returns: passes a failure up. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        Status try_status_ = (expr);                                                               \
        if (UNLIKELY(try_status_.error != NULL))                                                   \
            return try_status_;                                                                    \
    } while (0)

/* Make an error of severity ERROR. fmt as printf's. */
#define error(state, ...) status_make((state), __FILE__, __LINE__, __func__, __VA_ARGS__)
Status status_make(SqlState state, const char *file, int line, const char *routine, const char *fmt,
                   ...) PRINTF_LIKE(5, 6) __attribute__((cold));

/* Each adds a field to a failed status and returns it; on STATUS_OK they do nothing. */
Status status_detail(Status s, const char *fmt, ...) PRINTF_LIKE(2, 3) __attribute__((cold));
void status_replace_detail(Status s, const char *detail);
Status status_hint(Status s, const char *fmt, ...) PRINTF_LIKE(2, 3) __attribute__((cold));
/* Appends one line of context (outermost comes last). */
Status status_context(Status s, const char *fmt, ...) PRINTF_LIKE(2, 3) __attribute__((cold));
Status status_severity(Status s, Severity severity);
/* Sets the byte offset of the offending token unless one is set already. byte < 0 does nothing. */
Status status_at(Status s, int32_t byte_location);
/* Forgets the position. */
Status status_unplaced(Status s);
/* The position is one in the query given, which is not the client's. */
Status status_internal(Status s, const char *query);
/* Object fields (s, t, c, d, n of the protocol). NULL leaves a field as it is. Copies. */
Status status_object(Status s, const char *schema, const char *table, const char *column,
                     const char *datatype, const char *constraint);

/* The error that stands for failed allocation (53200); preallocated. */
Status status_out_of_memory(void);

void status_free(Status s);

/* A deep copy (for an error that several waiters receive). */
Status status_copy(Status s);

/* "42P01" for ERR_UNDEFINED_TABLE. Static. NULL: a state that sqlstate_make made up. */
const char *sqlstate_code(SqlState state);
/* Its five characters, whatever it is. */
void sqlstate_spell(SqlState state, char code[6]);
/* "undefined_table", the condition name PL/pgSQL knows. Static. NULL: a state made up. */
const char *sqlstate_condition(SqlState state);
/* The state of any five digits and upper-case letters, known or not. False: these are not. */
bool sqlstate_make(const char *code, SqlState *state_out);
/* Do the codes begin with the same two characters? */
bool sqlstate_in_class(SqlState state, SqlState class_state);
/* The state with that 5-character code. False if there is none. */
bool sqlstate_by_code(const char *code, SqlState *state_out);

#endif
