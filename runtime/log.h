/*
 * log.h: the server log, in PostgreSQL's line format. Layer: runtime.
 *
 *     2024-01-01 00:00:00.000 UTC [4711] LOG:  database system is ready to accept connections
 */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include "base/status.h"

/* In order of log_min_messages. */
typedef enum LogLevel {
    LOG_LEVEL_DEBUG5,
    LOG_LEVEL_DEBUG4,
    LOG_LEVEL_DEBUG3,
    LOG_LEVEL_DEBUG2,
    LOG_LEVEL_DEBUG1,
    LOG_LEVEL_INFO,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_LOG,
    LOG_LEVEL_FATAL,
    LOG_LEVEL_PANIC
} LogLevel;

/* One message, possibly of several lines. Below the minimum level it costs one load. A line goes
 * out in one write, to standard error unless log_set_sink says otherwise; simulations log to a sink
 * only. From any thread. */
void log_write(LogLevel level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same as one entry: the error's message with DETAIL, HINT, CONTEXT and, where given, the
 * statement. */
void log_error(LogLevel level, Status status, const char *statement);
/* A session's entries: whether they are wanted is for the session to say, who it is for the prefix. */
void log_write_session(LogLevel level, const void *session, const char *fmt, ...) PRINTF_LIKE(3, 4);
void log_error_session(LogLevel level, const void *session, Status status, const char *statement);

/* For entries of no session; process-wide; LOG_LEVEL_WARNING to start with. */
void log_set_min_level(LogLevel level);
bool log_enabled(LogLevel level);

/* Writes what stands before every line (log_line_prefix), at most size bytes, and returns how many.
 * session: NULL for the server itself. Called by several threads at once. Without one it is the
 * time and the process. */
#define LOG_PREFIX_BYTES 512
typedef size_t (*LogPrefixFn)(void *arg, const void *session, char *buf, size_t size);
void log_set_prefix(LogPrefixFn fn, void *arg);
/* "2024-05-06 07:08:09.010 UTC", and without the milliseconds. wall_us: since 1970. */
size_t log_timestamp(char *buf, size_t size, int64_t wall_us, bool millis);

/* Gets each complete entry, ending in a newline; may be called by several threads at once. NULL:
 * standard error. */
typedef void (*LogSink)(void *arg, const char *text, size_t len);
void log_set_sink(LogSink sink, void *arg);

#endif
