/*
 * session_log.h: what a session writes into the server's log (manual: Error Reporting and Logging).
 * Layer: pgwire, private.
 */
#ifndef PGWIRE_SESSION_LOG_H
#define PGWIRE_SESSION_LOG_H

#include "base/datum.h"
#include "base/strbuf.h"
#include "pgwire/hba.h"
#include "planner/ast.h"
#include "runtime/log.h"

typedef struct ClientSession ClientSession;
typedef struct Portal Portal;
typedef struct Prepared Prepared;

typedef enum LoggedStatements { LOGGED_NONE, LOGGED_DDL, LOGGED_MOD, LOGGED_ALL } LoggedStatements;

/* The session's settings that logging asks at every statement. */
typedef struct SessionLog {
    LogLevel min_messages, min_error_statement;
    LoggedStatements statements; /* log_statement */
    bool duration;               /* log_duration */
    int64_t min_duration_ms;     /* log_min_duration_statement; -1: none */
    int64_t parameter_max_bytes; /* log_parameter_max_length; -1: whole; 0: none are shown */
    int64_t parameter_max_bytes_on_error; /* log_parameter_max_length_on_error; the same */
    bool opened;                          /* the session got as far as its first query */
    bool statement_shown;                 /* the statement at work is in the log already */
    uint64_t started_us;                  /* when it began, where durations are logged */
} SessionLog;

/* log_min_messages by its name. */
LogLevel session_log_level(const char *name);
/* Takes a changed setting; false: it is none of these. */
bool session_log_assign(SessionLog *log, const char *name, const char *value);
/* log_line_prefix; arg: the Server. */
size_t session_log_prefix(void *arg, const void *session, char *buf, size_t size);

bool session_log_wants(const ClientSession *client, LogLevel level);
void session_log_error(ClientSession *client, LogLevel level, Status status);

/* Anything to do around statements? */
static inline bool session_log_watches(const SessionLog *log) {
    return log->statements != LOGGED_NONE || log->duration || log->min_duration_ms >= 0;
}
void session_log_start(ClientSession *client);
/* A simple query. */
void session_log_query(ClientSession *client, const AstList *statements);
void session_log_query_done(ClientSession *client);
void session_log_execute(ClientSession *client, const Portal *portal);
/* 'text', quotes doubled; of more than max bytes (-1: any number) the beginning and "...". */
void session_log_put_quoted(StrBuf *buf, Str text, int64_t max);
/* "$1 = '1', $2 = NULL", on arena; texts: as the client spelled them (data NULL: binary), or NULL. */
const char *session_log_parameters(ClientSession *client, const Portal *portal, const Str *texts,
                                   int64_t max, Arena *arena);
/* step: "parse", "bind" or "execute"; portal NULL: parse. */
void session_log_step_done(ClientSession *client, const char *step, const Prepared *prepared,
                           const Portal *portal);

void session_log_received(ClientSession *client);
/* Who the client has proven to be, as the rule of pg_hba.conf asks. */
void session_log_authenticated(ClientSession *client, const char *identity, const HbaRule *rule);
void session_log_authorized(ClientSession *client, const char *application_name);
void session_log_disconnected(ClientSession *client);

#endif
