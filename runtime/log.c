/*
 * log.c: log entries. Built on the stack where they fit, so that logging works when memory is
 * short; a long statement is cut.
 */
#include "runtime/log.h"

#include "runtime/clock.h"
#include "runtime/os.h"
#include "runtime/runtime_int.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ENTRY_BYTES 6000
#define PREFIX_BYTES 64

static _Atomic int min_level = LOG_LEVEL_WARNING;
static _Atomic(LogSink) log_sink;
static void *_Atomic log_sink_arg;

typedef struct Entry {
    char text[ENTRY_BYTES];
    char prefix[PREFIX_BYTES];
    size_t len;
} Entry;

/* PostgreSQL's order: LOG ranks between ERROR and FATAL, as in log_min_messages. */
static const char *const level_names[] = {"DEBUG",  "DEBUG",   "DEBUG", "DEBUG", "DEBUG", "INFO",
                                          "NOTICE", "WARNING", "ERROR", "LOG",   "FATAL", "PANIC"};

void log_set_min_level(LogLevel level) { atomic_store(&min_level, level); }

bool log_enabled(LogLevel level) {
    if ((int)level < atomic_load_explicit(&min_level, memory_order_relaxed))
        return false;
    bool simulated = tls_worker != NULL && tls_worker->sim != NULL;
    return !simulated || atomic_load_explicit(&log_sink, memory_order_relaxed) != NULL;
}

void log_set_sink(LogSink sink, void *arg) {
    atomic_store(&log_sink_arg, arg);
    atomic_store(&log_sink, sink);
}

static void emit(const Entry *entry) {
    LogSink sink = atomic_load(&log_sink);
    if (sink != NULL) {
        sink(atomic_load(&log_sink_arg), entry->text, entry->len);
        return;
    }
    ssize_t ignored = write(STDERR_FILENO, entry->text, entry->len);
    (void)ignored;
}

static void begin(Entry *entry, int pid) {
    int64_t now_us = clock_wall_us();
    time_t seconds = (time_t)(now_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char stamp[32];
    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(entry->prefix, sizeof(entry->prefix), "%s.%03d UTC [%d] ", stamp,
             (int)(now_us / 1000 % 1000), pid);
    entry->len = 0;
}

/* Appends, keeping one byte for the last newline. */
static void put(Entry *entry, const char *text, size_t len) {
    len = MIN(len, ENTRY_BYTES - 1 - entry->len);
    memcpy(entry->text + entry->len, text, len);
    entry->len += len;
}

/* "prefix LABEL:  text", later lines of the text led by a tab as PostgreSQL does. */
static void put_line(Entry *entry, const char *label, const char *text) {
    put(entry, entry->prefix, strlen(entry->prefix));
    put(entry, label, strlen(label));
    put(entry, ":  ", 3);
    for (;;) {
        size_t len = strcspn(text, "\n");
        put(entry, text, len);
        put(entry, "\n", 1);
        if (text[len] == '\0' || text[len + 1] == '\0')
            break;
        put(entry, "\t", 1);
        text += len + 1;
    }
    if (entry->text[entry->len - 1] != '\n')
        entry->text[entry->len++] = '\n';
}

static void write_entry(LogLevel level, int pid, const char *fmt, va_list args) {
    Entry entry;
    char message[2048];
    vsnprintf(message, sizeof(message), fmt, args);
    begin(&entry, pid);
    put_line(&entry, level_names[level], message);
    emit(&entry);
}

void log_write(LogLevel level, const char *fmt, ...) {
    if (!log_enabled(level))
        return;
    va_list args;
    va_start(args, fmt);
    write_entry(level, os_pid(), fmt, args);
    va_end(args);
}

void log_write_pid(LogLevel level, int pid, const char *fmt, ...) {
    if (!log_enabled(level))
        return;
    va_list args;
    va_start(args, fmt);
    write_entry(level, pid, fmt, args);
    va_end(args);
}

void log_error_pid(LogLevel level, int pid, Status status, const char *statement) {
    const Error *e = status.error;
    if (e == NULL || !log_enabled(level))
        return;
    Entry entry;
    begin(&entry, pid);
    put_line(&entry, level_names[level], e->message);
    if (e->detail != NULL)
        put_line(&entry, "DETAIL", e->detail);
    if (e->hint != NULL)
        put_line(&entry, "HINT", e->hint);
    if (e->internal_query != NULL)
        put_line(&entry, "QUERY", e->internal_query);
    if (e->context != NULL)
        put_line(&entry, "CONTEXT", e->context);
    if (statement != NULL)
        put_line(&entry, "STATEMENT", statement);
    emit(&entry);
}

void log_error(LogLevel level, Status status, const char *statement) {
    log_error_pid(level, os_pid(), status, statement);
}
