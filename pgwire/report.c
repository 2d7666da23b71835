/* report.c: what the server says besides rows (manual: Message Formats). */
#include "pgwire/client_int.h"
#include "pgwire/statement_stats.h"

#include "base/utf8.h"
#include "runtime/log.h"

static void put_field(ClientSession *client, char code, const char *text) {
    if (text == NULL)
        return;
    strbuf_putc(&client->out, code);
    strbuf_append(&client->out, text, strlen(text) + 1);
}

static void put_number_field(ClientSession *client, char code, int64_t value) {
    strbuf_putc(&client->out, code);
    strbuf_put_i64(&client->out, value);
    strbuf_putc(&client->out, '\0');
}

/* Byte offsets become character positions: only the session holds the text. */
static void resolve_position(const ClientSession *client, Error *e) {
    if (e->byte_location < 0 || e->position != 0 || client->query_text == NULL)
        return;
    size_t at = MIN((size_t)e->byte_location, client->query_len);
    e->position = (int32_t)utf8_length(client->query_text, at) + 1;
}

static void put_error_fields(ClientSession *client, const char *severity, const Error *e) {
    put_field(client, 'S', severity);
    put_field(client, 'V', severity);
    put_field(client, 'C', e->code);
    put_field(client, 'M', e->message);
    put_field(client, 'D', e->detail);
    put_field(client, 'H', e->hint);
    if (e->position > 0)
        put_number_field(client, 'P', e->position);
    if (e->internal_position > 0)
        put_number_field(client, 'p', e->internal_position);
    put_field(client, 'q', e->internal_query);
    put_field(client, 'W', e->context);
    put_field(client, 's', e->schema_name);
    put_field(client, 't', e->table_name);
    put_field(client, 'c', e->column_name);
    put_field(client, 'd', e->datatype_name);
    put_field(client, 'n', e->constraint_name);
    put_field(client, 'F', e->file);
    put_number_field(client, 'L', e->line);
    put_field(client, 'R', e->routine);
    strbuf_putc(&client->out, '\0');
}

void report_error(ClientSession *client, Status status) {
    check(!status_ok(status));
    Error *e = status.error;
    Error local;
    if (e == status_out_of_memory().error) { /* static and shared: positions go to a copy */
        local = *e;
        e = &local;
    }
    resolve_position(client, e);
    static const char *const severities[] = {"ERROR", "FATAL", "PANIC"};
    session_log_error(client, e->severity == SEV_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_FATAL, status);
    size_t at = message_begin(client, 'E');
    put_error_fields(client, severities[e->severity], e);
    message_end(client, at);
    if (e->severity != SEV_ERROR)
        client->terminate_after_error = true;
    status_free(status);
}

/* client_min_messages' order, as indexes into its enum values. */
static int level_rank(NoticeLevel level) {
    static const int ranks[] = {[NOTICE_DEBUG] = 4,
                                [NOTICE_LOG] = 5,
                                [NOTICE_INFO] = 100,
                                [NOTICE_NOTICE] = 6,
                                [NOTICE_WARNING] = 7};
    return ranks[level];
}

static int minimum_rank(const ClientSession *client) {
    static const char *const names[] = {"debug5", "debug4", "debug3",  "debug2", "debug1",
                                        "log",    "notice", "warning", "error"};
    if (client->settings == NULL)
        return 6;
    const char *value = settings_get(client->settings, "client_min_messages");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(value, names[i]) == 0)
            return (int)i;
    return 6;
}

void report_notice(ClientSession *client, NoticeLevel level, Status notice) {
    static const char *const names[] = {"DEBUG", "LOG", "INFO", "NOTICE", "WARNING"};
    static const LogLevel levels[] = {[NOTICE_DEBUG] = LOG_LEVEL_DEBUG1,
                                      [NOTICE_LOG] = LOG_LEVEL_LOG,
                                      [NOTICE_INFO] = LOG_LEVEL_INFO,
                                      [NOTICE_NOTICE] = LOG_LEVEL_NOTICE,
                                      [NOTICE_WARNING] = LOG_LEVEL_WARNING};
    check(!status_ok(notice));
    session_log_error(client, levels[level], notice);
    if (level_rank(level) >= minimum_rank(client)) {
        resolve_position(client, notice.error);
        size_t at = message_begin(client, 'N');
        put_error_fields(client, names[level], notice.error);
        message_end(client, at);
        wire_send(client); /* at once: the statement may take long yet */
    }
    status_free(notice);
}

void report_parameter(ClientSession *client, const char *name, const char *value) {
    size_t at = message_begin(client, 'S');
    strbuf_append(&client->out, name, strlen(name) + 1);
    strbuf_append(&client->out, value, strlen(value) + 1);
    message_end(client, at);
}

void report_ready(ClientSession *client) {
    variables_report_changes(client);
    listen_write_incoming(client);
    size_t at = message_begin(client, 'Z');
    strbuf_putc(&client->out, client->block == BLOCK_IN       ? 'T'
                              : client->block == BLOCK_FAILED ? 'E'
                                                              : 'I');
    message_end(client, at);
}

void report_complete(ClientSession *client, const char *tag) {
    if (UNLIKELY(client->server->statement_stats != NULL))
        statement_stats_count(client, tag);
    size_t at = message_begin(client, 'C');
    strbuf_append(&client->out, tag, strlen(tag) + 1);
    message_end(client, at);
}

static int16_t column_format(const int16_t *formats, uint32_t format_count, uint32_t column) {
    return format_count == 0 ? 0 : format_count == 1 ? formats[0] : formats[column];
}

/* False: a type was not found. */
static bool put_columns(ClientSession *client, const ResultColumn *columns, uint32_t count,
                        const int16_t *formats, uint32_t format_count) {
    bool found = true;
    strbuf_put_be16(&client->out, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        const ResultColumn *column = &columns[i];
        const TypeInfo *type;
        Oid type_oid = column->type;
        int32_t typmod = column->typmod;
        Status status = type_lookup(&client->exec.env, type_oid, &type);
        if (status_ok(status) && type->kind == TYPE_DOMAIN) { /* clients see the base type */
            status = catalog_base_type(client->exec.env.catalog, column->type, &type_oid, &typmod);
            if (status_ok(status))
                status = type_lookup(&client->exec.env, type_oid, &type);
        }
        int16_t typlen = status_ok(status) ? type->typlen : -1;
        found = found && status_ok(status);
        status_free(status);
        strbuf_append(&client->out, column->name, strlen(column->name) + 1);
        strbuf_put_be32(&client->out, column->table);
        strbuf_put_be16(&client->out, (uint16_t)column->attno);
        strbuf_put_be32(&client->out, type_oid);
        strbuf_put_be16(&client->out, (uint16_t)typlen);
        strbuf_put_be32(&client->out, (uint32_t)typmod);
        strbuf_put_be16(&client->out, (uint16_t)column_format(formats, format_count, i));
    }
    return found;
}

void report_row_description(ClientSession *client, const ResultColumn *columns, uint32_t count,
                            const int16_t *formats, uint32_t format_count) {
    size_t at = message_begin(client, 'T');
    put_columns(client, columns, count, formats, format_count);
    message_end(client, at);
}

void report_prepared_description(ClientSession *client, Prepared *prepared, const int16_t *formats,
                                 uint32_t format_count) {
    size_t at = message_begin(client, 'T'), begin = client->out.len;
    Str *kept =
        format_count > 1 ? NULL : &prepared->row_description[format_count == 1 && formats[0] == 1];
    if (kept != NULL && kept->data != NULL) {
        strbuf_append(&client->out, kept->data, kept->len);
    } else if (put_columns(client, prepared->columns, prepared->column_count, formats,
                           format_count) &&
               kept != NULL) {
        uint32_t len = (uint32_t)(client->out.len - begin);
        *kept = str_make(arena_memdup(&prepared->arena, client->out.data + begin, len), len);
    }
    message_end(client, at);
}

void report_parse_notices(ClientSession *client, const ParseNotices *notices) {
    for (const ParseNotice *n = notices->first; n != NULL; n = n->next) {
        Status status = error(n->state, "%s", n->message);
        if (n->hint != NULL)
            status = status_hint(status, "%s", n->hint);
        if (n->warning)
            status = status_at(status, n->location);
        report_notice(client, n->warning ? NOTICE_WARNING : NOTICE_NOTICE, status);
    }
}
