/* session_log.c: statements, durations, connections and errors as lines of the server's log. */
#include "pgwire/session_log.h"

#include "pgwire/client_int.h"
#include "pgwire/statement_stats.h"
#include "runtime/clock.h"
#include "runtime/os.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- settings ---- */

LogLevel session_log_level(const char *name) {
    static const struct {
        const char *name;
        LogLevel level;
    } levels[] = {
        {"debug5", LOG_LEVEL_DEBUG5}, {"debug4", LOG_LEVEL_DEBUG4},   {"debug3", LOG_LEVEL_DEBUG3},
        {"debug2", LOG_LEVEL_DEBUG2}, {"debug1", LOG_LEVEL_DEBUG1},   {"info", LOG_LEVEL_INFO},
        {"notice", LOG_LEVEL_NOTICE}, {"warning", LOG_LEVEL_WARNING}, {"error", LOG_LEVEL_ERROR},
        {"log", LOG_LEVEL_LOG},       {"fatal", LOG_LEVEL_FATAL},     {"panic", LOG_LEVEL_PANIC}};
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strcmp(levels[i].name, name) == 0)
            return levels[i].level;
    return LOG_LEVEL_DEBUG1; /* "debug" */
}

bool session_log_assign(SessionLog *log, const char *name, const char *value) {
    if (strncmp(name, "log_", 4) != 0)
        return false;
    if (strcmp(name, "log_min_messages") == 0)
        log->min_messages = session_log_level(value);
    else if (strcmp(name, "log_min_error_statement") == 0)
        log->min_error_statement = session_log_level(value);
    else if (strcmp(name, "log_statement") == 0)
        log->statements = strcmp(value, "all") == 0   ? LOGGED_ALL
                          : strcmp(value, "mod") == 0 ? LOGGED_MOD
                          : strcmp(value, "ddl") == 0 ? LOGGED_DDL
                                                      : LOGGED_NONE;
    else if (strcmp(name, "log_duration") == 0)
        log->duration = strcmp(value, "on") == 0;
    else if (strcmp(name, "log_min_duration_statement") == 0)
        log->min_duration_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "log_parameter_max_length") == 0)
        log->parameter_max_bytes = strtoll(value, NULL, 10);
    else if (strcmp(name, "log_parameter_max_length_on_error") == 0)
        log->parameter_max_bytes_on_error = strtoll(value, NULL, 10);
    else
        return false;
    return true;
}

bool session_log_wants(const ClientSession *client, LogLevel level) {
    return client->settings == NULL ? log_enabled(level) : level >= client->log.min_messages;
}

/* ---- the prefix ---- */

static const char *host_of(const ClientSession *client) {
    return client->remote_address[0] == '\0' ? "[local]" : client->remote_address;
}

static const char *name_or_unknown(const char *name) {
    return name == NULL || name[0] == '\0' ? "[unknown]" : name;
}

static void session_id(const ClientSession *client, char *buf, size_t size) {
    int64_t start = client->activity == NULL ? 0 : client->activity->backend_start;
    snprintf(buf, size, "%llx.%x", (unsigned long long)((start + CLOCK_EPOCH_2000_US) / 1000000),
             (unsigned)client->exec.process_id);
}

/* One escape of log_line_prefix; text of what only sessions have is empty for the server. */
static void expand(char escape, const ClientSession *client, char *buf, size_t size) {
    buf[0] = '\0';
    switch (escape) {
    case 'm':
        log_timestamp(buf, size, clock_wall_us(), true);
        return;
    case 't':
        log_timestamp(buf, size, clock_wall_us(), false);
        return;
    case 'n':
        snprintf(buf, size, "%llu.%03u", (unsigned long long)(clock_wall_us() / 1000000),
                 (unsigned)(clock_wall_us() / 1000 % 1000));
        return;
    case 'p':
        snprintf(buf, size, "%d",
                 client == NULL || client->exec.process_id == 0 ? os_pid()
                                                                : client->exec.process_id);
        return;
    case 'b':
        snprintf(buf, size, "%s", client == NULL ? "postmaster" : "client backend");
        return;
    default:
        break;
    }
    if (client == NULL)
        return;
    switch (escape) {
    case 'a':
        snprintf(buf, size, "%s", name_or_unknown(client->application_name));
        break;
    case 'u':
        snprintf(buf, size, "%s", name_or_unknown(client->user_name));
        break;
    case 'd':
        snprintf(buf, size, "%s", name_or_unknown(client->database_name));
        break;
    case 'r':
        if (client->remote_address[0] == '\0')
            snprintf(buf, size, "[local]");
        else
            snprintf(buf, size, "%s(%u)", client->remote_address, client->remote_port);
        break;
    case 'h':
        snprintf(buf, size, "%s", host_of(client));
        break;
    case 'c':
        session_id(client, buf, size);
        break;
    case 'v':
        snprintf(buf, size, "%u/%u", client->registry_slot + 1, client->exec.txn != NULL ? 1u : 0u);
        break;
    case 'x':
        snprintf(buf, size, "%llu",
                 client->exec.txn == NULL ? 0ull : (unsigned long long)txn_xid(client->exec.txn));
        break;
    case 'e':
        snprintf(buf, size, "%s", client->log_sqlstate == NULL ? "00000" : client->log_sqlstate);
        break;
    default:
        break;
    }
}

size_t session_log_prefix(void *arg, const void *session, char *buf, size_t size) {
    const Server *server = arg;
    const ClientSession *client = session;
    const char *format = settings_server_get(server->options->settings, "log_line_prefix");
    size_t len = 0;
    for (const char *p = format; *p != '\0' && len + 1 < size; p++) {
        if (*p != '%') {
            buf[len++] = *p;
            continue;
        }
        char *behind;
        long width = strtol(++p, &behind, 10);
        p = behind;
        if (*p == '\0')
            break;
        if (*p == '%') {
            buf[len++] = '%';
            continue;
        }
        if (*p == 'q' && client == NULL)
            break;
        if (*p == 'q')
            continue;
        char text[128];
        expand(*p, client, text, sizeof(text));
        width = MAX(-(long)sizeof(text), MIN(width, (long)sizeof(text)));
        int written = snprintf(buf + len, size - len, "%*s", (int)width, text);
        len = MIN(len + (size_t)MAX(written, 0), size - 1);
    }
    return len;
}

/* ---- errors ---- */

void session_log_error(ClientSession *client, LogLevel level, Status status) {
    if (!session_log_wants(client, level))
        return;
    const char *statement = NULL;
    if (client->query_text != NULL && level >= client->log.min_error_statement)
        statement = arena_strndup(&client->message_arena, client->query_text, client->query_len);
    client->log_sqlstate = sqlstate_code(status.error->state);
    log_error_session(level, client, status, statement);
    client->log_sqlstate = NULL;
}

/* ---- statements ---- */

/* What log_statement takes a statement for, by what it is called in the tree. */
static LoggedStatements class_of(const Ast *statement) {
    static const char *const names[] = {"INVALID",
#define TAG_NAME(name) #name,
                                        AST_TAGS(TAG_NAME)
#undef TAG_NAME
    };
    static const char *const ddl[] = {"CREATE",   "ALTER",  "DROP",     "COMMENT", "GRANT",
                                      "REVOKE",   "RENAME", "IMPORT",   "REFRESH", "SECURITY",
                                      "REASSIGN", "DEFINE", "COMPOSITE"};
    const char *name = names[statement->tag];
    for (size_t i = 0; i < ARRAY_LEN(ddl); i++)
        if (strncmp(name, ddl[i], strlen(ddl[i])) == 0)
            return LOGGED_DDL;
    switch (statement->tag) {
    case AST_INSERT:
    case AST_UPDATE:
    case AST_DELETE:
    case AST_MERGE:
    case AST_TRUNCATE:
        return LOGGED_MOD;
    case AST_COPY:
        return ((const AstCopy *)statement)->from ? LOGGED_MOD : LOGGED_ALL;
    case AST_SELECT:
        return ((const AstSelect *)statement)->into != NULL ? LOGGED_DDL : LOGGED_ALL;
    default:
        return LOGGED_ALL;
    }
}

static bool shows(const SessionLog *log, const Ast *statement) {
    return log->statements == LOGGED_ALL ||
           (log->statements != LOGGED_NONE && class_of(statement) <= log->statements);
}

void session_log_start(ClientSession *client) {
    client->log.statement_shown = false;
    statement_stats_start(client);
    if (session_log_watches(&client->log))
        client->log.started_us = clock_mono_us();
}

/* A line of level LOG, which goes with it. */
static void put_line(ClientSession *client, Status line) {
    if (session_log_wants(client, LOG_LEVEL_LOG))
        log_error_session(LOG_LEVEL_LOG, client, line, NULL);
    status_free(line);
}

static const char *prepared_text(ClientSession *client, const AstExecute *execute) {
    const Prepared *prepared = prepared_find(client, execute->name);
    return prepared == NULL
               ? NULL
               : arena_strndup(&client->message_arena, prepared->text, prepared->text_len);
}

/* prepared: the text of what an EXECUTE runs; NULL. */
static void put_query(ClientSession *client, const char *before, const char *prepared) {
    Status line = error(ERR_SUCCESSFUL_COMPLETION, "%s%.*s", before, (int)client->query_len,
                        client->query_text);
    if (prepared != NULL)
        line = status_detail(line, "prepare: %s", prepared);
    put_line(client, line);
}

void session_log_query(ClientSession *client, const AstList *statements) {
    SessionLog *log = &client->log;
    if (LIKELY(log->statements == LOGGED_NONE))
        return;
    const char *prepared = NULL;
    for (uint32_t i = 0; i < statements->count; i++) {
        const Ast *statement = AST_AT(AstRawStatement, *statements, i)->statement;
        log->statement_shown |= shows(log, statement);
        if (prepared == NULL && statement->tag == AST_EXECUTE)
            prepared = prepared_text(client, (const AstExecute *)statement);
    }
    if (log->statement_shown)
        put_query(client, "statement: ", prepared);
}

/* The time since the start, where the settings ask for it: 0 no line, 1 alone, 2 with the statement. */
static int duration_wanted(ClientSession *client, double *ms_out) {
    SessionLog *log = &client->log;
    if (LIKELY(!log->duration && log->min_duration_ms < 0))
        return 0;
    *ms_out = (double)(clock_mono_us() - log->started_us) / 1000;
    bool exceeded = log->min_duration_ms >= 0 && *ms_out >= (double)log->min_duration_ms;
    if (exceeded && !log->statement_shown)
        return 2;
    return exceeded || log->duration ? 1 : 0;
}

void session_log_query_done(ClientSession *client) {
    double ms;
    int wanted = duration_wanted(client, &ms);
    if (wanted == 1)
        put_line(client, error(ERR_SUCCESSFUL_COMPLETION, "duration: %.3f ms", ms));
    else if (wanted == 2)
        put_query(client,
                  arena_printf(&client->message_arena, "duration: %.3f ms  statement: ", ms), NULL);
}

void session_log_put_quoted(StrBuf *buf, Str text, int64_t max) {
    uint32_t len = max >= 0 && text.len > (uint64_t)max ? (uint32_t)max : text.len;
    while (len < text.len && len > 0 && ((uint8_t)text.data[len] & 0xc0) == 0x80)
        len--;
    strbuf_putc(buf, '\'');
    for (uint32_t i = 0; i < len; i++) {
        if (text.data[i] == '\'')
            strbuf_putc(buf, '\'');
        strbuf_putc(buf, text.data[i]);
    }
    strbuf_append(buf, len < text.len ? "...'" : "'", len < text.len ? 4 : 1);
}

const char *session_log_parameters(ClientSession *client, const Portal *portal, const Str *texts,
                                   int64_t max, Arena *arena) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    for (uint32_t i = 0; i < portal->param_count; i++) {
        Str text = texts == NULL ? (Str){0} : texts[i];
        strbuf_printf(&buf, "%s$%u = ", i == 0 ? "" : ", ", i + 1);
        if (portal->param_nulls[i]) {
            strbuf_append(&buf, "NULL", 4);
            continue;
        }
        Status status = STATUS_OK;
        if (text.data == NULL)
            status = type_output_text(&client->exec.env, &client->message_arena,
                                      portal->param_types[i], portal->params[i], &text);
        if (status_ok(status))
            session_log_put_quoted(&buf, text, max);
        status_free(status);
    }
    return strbuf_cstr(&buf);
}

/* NULL: none, or they are not to be logged. */
static const char *parameters_text(ClientSession *client, const Portal *portal) {
    int64_t max = client->log.parameter_max_bytes;
    if (portal == NULL || portal->param_count == 0 || max == 0)
        return NULL;
    return session_log_parameters(client, portal, NULL, max, &client->message_arena);
}

/* "<unnamed>: select $1", "name/portal: …"; the parameters as DETAIL. */
static void put_step(ClientSession *client, const char *before, const Prepared *prepared,
                     const Portal *portal) {
    bool with_portal = portal != NULL && portal->name[0] != '\0';
    bool named = prepared != NULL && prepared->name[0] != '\0';
    Status line = error(ERR_SUCCESSFUL_COMPLETION, "%s%s%s%s: %.*s", before,
                        named ? prepared->name : "<unnamed>", with_portal ? "/" : "",
                        with_portal ? portal->name : "",
                        (int)(portal != NULL ? portal->text_len : prepared->text_len),
                        portal != NULL ? portal->text : prepared->text);
    const char *parameters = parameters_text(client, portal);
    if (parameters != NULL)
        line = status_detail(line, "parameters: %s", parameters);
    put_line(client, line);
}

void session_log_execute(ClientSession *client, const Portal *portal) {
    SessionLog *log = &client->log;
    if (LIKELY(log->statements == LOGGED_NONE) || portal->raw == NULL ||
        !shows(log, portal->raw->statement))
        return;
    put_step(client, portal->started ? "execute fetch from " : "execute ", portal->prepared,
             portal);
    log->statement_shown = true;
}

void session_log_step_done(ClientSession *client, const char *step, const Prepared *prepared,
                           const Portal *portal) {
    double ms;
    int wanted = duration_wanted(client, &ms);
    if (wanted == 1)
        put_line(client, error(ERR_SUCCESSFUL_COMPLETION, "duration: %.3f ms", ms));
    else if (wanted == 2)
        put_step(client, arena_printf(&client->message_arena, "duration: %.3f ms  %s ", ms, step),
                 prepared, portal);
}

/* ---- connections ---- */

static bool server_wants(const ClientSession *client, const char *setting) {
    return strcmp(settings_server_get(client->server->options->settings, setting), "on") == 0;
}

void session_log_received(ClientSession *client) {
    if (!server_wants(client, "log_connections"))
        return;
    if (client->remote_address[0] == '\0')
        log_write_session(LOG_LEVEL_LOG, client, "connection received: host=[local]");
    else
        log_write_session(LOG_LEVEL_LOG, client, "connection received: host=%s port=%u",
                          client->remote_address, client->remote_port);
}

void session_log_authenticated(ClientSession *client, const char *identity, const HbaRule *rule) {
    if (server_wants(client, "log_connections"))
        log_write_session(
            LOG_LEVEL_LOG, client, "connection authenticated: identity=\"%s\" method=%s (%s:%d)",
            identity, hba_method_name(rule->method),
            settings_server_get(client->server->options->settings, "hba_file"), rule->line);
}

void session_log_authorized(ClientSession *client, const char *application_name) {
    if (!server_wants(client, "log_connections"))
        return;
    bool named = application_name != NULL && application_name[0] != '\0';
    char tls[128] = "";
    if (client->tls != NULL)
        snprintf(tls, sizeof(tls), " SSL enabled (protocol=%s, cipher=%s, bits=%d)",
                 client->tls_info.version, client->tls_info.cipher, client->tls_info.bits);
    log_write_session(LOG_LEVEL_LOG, client, "connection authorized: user=%s database=%s%s%s%s",
                      client->user_name, client->database_name, named ? " application_name=" : "",
                      named ? application_name : "", tls);
}

void session_log_disconnected(ClientSession *client) {
    if (!client->log.opened ||
        strcmp(settings_get(client->settings, "log_disconnections"), "on") != 0)
        return;
    int64_t us = clock_timestamp_us() - client->activity->backend_start;
    int64_t seconds = us / 1000000;
    char port[16] = "";
    if (client->remote_address[0] != '\0')
        snprintf(port, sizeof(port), " port=%u", client->remote_port);
    log_write_session(LOG_LEVEL_LOG, client,
                      "disconnection: session time: %lld:%02d:%02d.%03d user=%s database=%s "
                      "host=%s%s",
                      (long long)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60),
                      (int)(us / 1000 % 1000), name_or_unknown(client->user_name),
                      name_or_unknown(client->database_name), host_of(client), port);
}
