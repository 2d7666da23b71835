/*
 * log.c: log entries. Built on the stack where they fit, so that logging works when memory is
 * short: what does not fit is cut where there is no memory for it.
 */
#include "runtime/log.h"

#include "base/arena.h"
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

static _Atomic int min_level = LOG_LEVEL_WARNING;
static _Atomic(LogSink) log_sink;
static void *_Atomic log_sink_arg;
static _Atomic(LogPrefixFn) log_prefix;
static void *_Atomic log_prefix_arg;

typedef struct Entry {
    char *text; /* own, or from the heap once that is full */
    size_t size;
    size_t len;
    char own[ENTRY_BYTES];
    char prefix[LOG_PREFIX_BYTES];
    size_t prefix_len;
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

static void emit(Entry *entry) {
    LogSink sink = atomic_load(&log_sink);
    if (sink != NULL) {
        sink(atomic_load(&log_sink_arg), entry->text, entry->len);
    } else {
        ssize_t ignored = write(STDERR_FILENO, entry->text, entry->len);
        (void)ignored;
    }
    if (entry->text != entry->own)
        mem_free(mem_root(), entry->text, entry->size);
}

void log_set_prefix(LogPrefixFn fn, void *arg) {
    atomic_store(&log_prefix_arg, arg);
    atomic_store(&log_prefix, fn);
}

size_t log_timestamp(char *buf, size_t size, int64_t wall_us, bool millis) {
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm tm;
    char stamp[32], fraction[8] = "";
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
    if (millis)
        snprintf(fraction, sizeof(fraction), ".%03u", (unsigned)(wall_us / 1000 % 1000));
    int len = snprintf(buf, size, "%s%s UTC", stamp, fraction);
    return MIN((size_t)len, size - 1);
}

static void begin(Entry *entry, const void *session) {
    LogPrefixFn prefix = atomic_load(&log_prefix);
    entry->len = 0;
    entry->text = entry->own;
    entry->size = ENTRY_BYTES;
    if (prefix != NULL) {
        entry->prefix_len =
            prefix(atomic_load(&log_prefix_arg), session, entry->prefix, sizeof(entry->prefix));
        return;
    }
    size_t len = log_timestamp(entry->prefix, sizeof(entry->prefix), clock_wall_us(), true);
    len += (size_t)snprintf(entry->prefix + len, sizeof(entry->prefix) - len, " [%d] ", os_pid());
    entry->prefix_len = len;
}

static void grow(Entry *entry, size_t wanted) {
    size_t size = MAX(2 * entry->size, wanted);
    char *old = entry->text == entry->own ? NULL : entry->text;
    char *text = mem_try_realloc(mem_root(), old, old == NULL ? 0 : entry->size, size);
    if (text == NULL)
        return;
    if (old == NULL)
        memcpy(text, entry->own, entry->len);
    entry->text = text;
    entry->size = size;
}

/* Appends as much as there is room for. */
static void put(Entry *entry, const char *text, size_t len) {
    if (len > entry->size - entry->len)
        grow(entry, entry->len + len);
    len = MIN(len, entry->size - entry->len);
    memcpy(entry->text + entry->len, text, len);
    entry->len += len;
}

/* "prefix LABEL:  text", later lines of the text led by a tab as PostgreSQL does. */
static void put_line(Entry *entry, const char *label, const char *text) {
    put(entry, entry->prefix, entry->prefix_len);
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
    entry->text[entry->len - 1] = '\n'; /* where it was cut, too */
}

static void write_entry(LogLevel level, const void *session, const char *fmt, va_list args) {
    Entry entry;
    char message[2048];
    vsnprintf(message, sizeof(message), fmt, args);
    begin(&entry, session);
    put_line(&entry, level_names[level], message);
    emit(&entry);
}

void log_write(LogLevel level, const char *fmt, ...) {
    if (!log_enabled(level))
        return;
    va_list args;
    va_start(args, fmt);
    write_entry(level, NULL, fmt, args);
    va_end(args);
}

void log_write_session(LogLevel level, const void *session, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    write_entry(level, session, fmt, args);
    va_end(args);
}

/* " at character 8" behind the message. */
static void put_position(Entry *entry, const Error *e) {
    char text[64];
    int32_t position = e->position > 0 ? e->position : e->internal_position;
    if (position <= 0 || entry->len == 0)
        return;
    entry->len--; /* the newline */
    put(entry, text, (size_t)snprintf(text, sizeof(text), " at character %d\n", position));
}

void log_error_session(LogLevel level, const void *session, Status status, const char *statement) {
    const Error *e = status.error;
    if (e == NULL)
        return;
    Entry entry;
    begin(&entry, session);
    put_line(&entry, level_names[level], e->message);
    put_position(&entry, e);
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
    if (log_enabled(level))
        log_error_session(level, NULL, status, statement);
}
