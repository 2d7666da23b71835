/*
 * extended.c: Parse, Bind, Describe, Execute, Close, Flush, Sync (manual: Extended Query).
 *
 * After an error everything is skipped up to Sync. Without BEGIN, all up to Sync is one transaction.
 */
#include "base/mem_guard.h"
#include "pgwire/client_int.h"
#include "pgwire/reader.h"
#include "pgwire/session_log.h"

#include "base/utf8.h"
#include "types/text.h"

#define TYPE_MACADDR8 774u

static Status check_reader(const Reader *r, bool at_end) {
    if (r->no_end)
        return error(ERR_PROTOCOL_VIOLATION, "invalid string in message");
    if (r->bad)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (at_end && r->p != r->end)
        return error(ERR_PROTOCOL_VIOLATION, "invalid message format");
    return STATUS_OK;
}

/* The letter that Describe and Close begin with. */
static Status read_kind(Reader *r, char *kind_out) {
    *kind_out = '\0';
    if (r->p == r->end)
        return error(ERR_PROTOCOL_VIOLATION, "no data left in message");
    *kind_out = *r->p++;
    return STATUS_OK;
}

/* ---- Parse ---- */

static Status handle_parse(ClientSession *client, Reader *r) {
    const char *name = read_cstr(r);
    const char *text = read_cstr(r);
    uint32_t count = read_u16(r);
    Oid *types = arena_array(&client->message_arena, Oid, count);
    for (uint32_t i = 0; i < count; i++)
        types[i] = read_u32(r);
    TRY(check_reader(r, true));
    size_t len = strlen(text);
    if (UNLIKELY(wire_recodes(client))) {
        Str utf8, name_utf8;
        TRY(wire_decode(client, str_make(text, len), &utf8));
        TRY(wire_decode(client, str_make(name, strlen(name)), &name_utf8));
        text = utf8.data;
        len = utf8.len;
        name = name_utf8.data;
    }
    TRY(text_verify(text, len));
    TRY(text_verify(name, strlen(name)));
    client->query_text = text;
    client->query_len = len;
    client_set_activity(client, text, len);
    session_log_start(client);
    if (name[0] == '\0')
        prepared_drop(client, name);
    else if (prepared_find(client, name) != NULL)
        return error(ERR_DUPLICATE_PSTATEMENT, "prepared statement \"%s\" already exists", name);
    Prepared *prepared;
    if (name[0] == '\0')
        TRY(statement_cache_parse(client, text, len, types, count, &prepared));
    else
        TRY(prepared_make(client, name, text, len, types, count, false, &prepared));
    TRY(prepared_store(client, prepared));
    session_log_step_done(client, "parse", prepared, NULL);
    message_empty(client, '1');
    return STATUS_OK;
}

/* ---- Bind ---- */

static Status read_formats(ClientSession *client, Reader *r, int16_t **formats_out,
                           uint32_t *count_out) {
    *count_out = read_u16(r);
    *formats_out = arena_array(&client->message_arena, int16_t, *count_out);
    for (uint32_t i = 0; i < *count_out; i++) {
        (*formats_out)[i] = (int16_t)read_u16(r);
        if (!r->bad && ((*formats_out)[i] < 0 || (*formats_out)[i] > 1))
            return error(ERR_INVALID_PARAMETER_VALUE, "unsupported format code: %d",
                         (*formats_out)[i]);
    }
    return check_reader(r, false);
}

static Status text_parameter(TypeIo *io, const char *data, uint32_t len, Datum *value_out) {
    TRY(text_verify(data, len));
    return io->type->input(io, data, len, value_out);
}

/* The bytes of a value that is sent as it is stored; 0: no fixed number, as an enum's label. */
static uint32_t binary_width(const TypeInfo *type, uint32_t len) {
    if (type->oid == TYPE_MACADDR8 && len == 6) /* a macaddr will do */
        return 6;
    bool fixed = type->kind == TYPE_BASE || type->kind == TYPE_PSEUDO;
    return fixed && type->typlen > 0 && type->typlen <= 8 ? (uint32_t)type->typlen : 0;
}

static Status binary_parameter(TypeIo *io, const char *data, uint32_t len, uint32_t number,
                               Datum *value_out) {
    if (io->type->receive == NULL)
        return error(ERR_UNDEFINED_FUNCTION, "no binary input function available for type %s",
                     io->type->name);
    uint32_t width = binary_width(io->type, len);
    if (len < width)
        return error(ERR_PROTOCOL_VIOLATION, width == 1 || io->type->oid == TYPE_MACADDR8
                                                 ? "no data left in message" /* read byte by byte */
                                                 : "insufficient data left in message");
    Status status = io->type->receive(io, (const uint8_t *)data, len, value_out);
    if (width > 0 && len > width && !status_ok(status)) {
        status_free(status);
        status = error(ERR_INVALID_BINARY_REPRESENTATION,
                       "incorrect binary data format in bind parameter %u", number);
    }
    return status;
}

typedef struct Parameter {
    TypeIo *io;
    bool binary;
    const char *data;
    uint32_t len, number;
    Datum *value_out;
} Parameter;

static Status convert_parameter(void *arg) {
    const Parameter *p = arg;
    char *copy = arena_strndup(p->io->arena, p->data, p->len); /* the value may point into it */
    return p->binary ? binary_parameter(p->io, copy, p->len, p->number, p->value_out)
                     : text_parameter(p->io, copy, p->len, p->value_out);
}

Status parameter_value(TypeIo *io, bool binary, const char *data, uint32_t len, uint32_t number,
                       Datum *value_out) {
    Parameter parameter = {io, binary, data, len, number, value_out};
    return len < MEM_LONG_VALUE_BYTES ? convert_parameter(&parameter)
                                      : mem_guarded(convert_parameter, &parameter);
}

/* Which parameter it was that could not be read. */
static Status parameter_context(ClientSession *client, Status status, const Portal *portal,
                                uint32_t number, const Str *text) {
    if (status_ok(status))
        return status;
    StrBuf shown;
    strbuf_init(&shown, &client->message_arena);
    if (text != NULL) {
        strbuf_puts(&shown, " = ");
        session_log_put_quoted(&shown, *text, client->log.parameter_max_bytes_on_error);
    }
    if (portal->name[0] == '\0')
        return status_context(status, "unnamed portal parameter $%u%s", number,
                              strbuf_cstr(&shown));
    return status_context(status, "portal \"%s\" parameter $%u%s", portal->name, number,
                          strbuf_cstr(&shown));
}

/* Errors from Bind's end on say what the parameters were. */
static Status portal_context(const char *name, const char *params, Status status) {
    if (status_ok(status) || params == NULL)
        return status;
    return name[0] == '\0'
               ? status_context(status, "unnamed portal with parameters: %s", params)
               : status_context(status, "portal \"%s\" with parameters: %s", name, params);
}

static Status read_parameter(ClientSession *client, Portal *portal, Reader *r, uint32_t i,
                             bool binary, Str *text_out) {
    uint32_t len = read_u32(r);
    *text_out = (Str){0};
    TRY(check_reader(r, false));
    portal->param_nulls[i] = len == UINT32_MAX;
    if (portal->param_nulls[i])
        return STATUS_OK;
    if (len > (size_t)(r->end - r->p))
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    const char *data = r->p;
    r->p += len;
    if (!binary && UNLIKELY(wire_recodes(client))) {
        Str utf8;
        TRY(wire_decode(client, str_make(data, len), &utf8));
        data = utf8.data;
        len = utf8.len;
    }
    TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = &portal->arena};
    TRY(type_lookup(io.env, portal->param_types[i], &io.type));
    Status status = parameter_value(&io, binary, data, len, i + 1, &portal->params[i]);
    if (!binary)
        *text_out = str_make(data, len);
    bool show = !binary && (status_ok(status) || utf8_valid(data, len, NULL));
    return parameter_context(client, status, portal, i + 1, show ? text_out : NULL);
}

static Status read_parameters(ClientSession *client, Portal *portal, Reader *r,
                              const int16_t *formats, uint32_t format_count) {
    const Prepared *prepared = portal->prepared;
    uint32_t count = read_u16(r);
    TRY(check_reader(r, false));
    if (format_count > 1 && format_count != count)
        return error(ERR_PROTOCOL_VIOLATION,
                     "bind message has %u parameter formats but %u parameters", format_count,
                     count);
    if (count != prepared->param_count)
        return error(ERR_PROTOCOL_VIOLATION,
                     "bind message supplies %u parameters, but prepared statement \"%s\" "
                     "requires %u",
                     count, prepared->name, prepared->param_count);
    portal->param_count = count;
    portal->param_types = prepared->param_types;
    portal->params = arena_array(&portal->arena, Datum, count);
    portal->param_nulls = arena_array(&portal->arena, bool, count);
    bool shown = count > 0 && UNLIKELY(client->log.parameter_max_bytes_on_error != 0);
    Str one, *texts = shown ? arena_array(&client->message_arena, Str, count) : &one;
    for (uint32_t i = 0; i < count; i++) {
        bool binary = format_count == 1 ? formats[0] == 1 : format_count > 1 && formats[i] == 1;
        TRY(read_parameter(client, portal, r, i, binary, shown ? &texts[i] : &one));
    }
    if (shown)
        portal->params_shown = session_log_parameters(
            client, portal, texts, client->log.parameter_max_bytes_on_error, &portal->arena);
    return STATUS_OK;
}

static Status fill_portal(ClientSession *client, Portal *portal, Prepared *prepared, Reader *r,
                          const int16_t *formats, uint32_t format_count) {
    portal->prepared = prepared;
    prepared->references++;
    portal->raw = prepared->raw;
    portal->text = prepared->text;
    portal->text_len = prepared->text_len;
    if (prepared->raw != NULL && client->block != BLOCK_FAILED)
        TRY(prepared_plan(client, prepared));
    TRY(read_parameters(client, portal, r, formats, format_count));
    int16_t *result_formats;
    TRY(read_formats(client, r, &result_formats, &portal->format_count));
    TRY(check_reader(r, true));
    portal->formats =
        arena_memdup(&portal->arena, result_formats, portal->format_count * sizeof(int16_t));
    if (portal->format_count > 1 && portal->format_count != prepared->column_count)
        return error(ERR_PROTOCOL_VIOLATION,
                     "bind message has %u result formats but query has %u columns",
                     portal->format_count, prepared->column_count);
    portal->cached = prepared->cached;
    if (portal->cached != NULL) {
        portal->cached->references++;
        portal->plan = portal->cached->plan;
    }
    return STATUS_OK;
}

static Status handle_bind(ClientSession *client, Reader *r) {
    const char *portal_name = read_cstr(r);
    const char *statement_name = read_cstr(r);
    int16_t *formats;
    uint32_t format_count;
    TRY(read_formats(client, r, &formats, &format_count));
    Prepared *prepared;
    TRY(prepared_require(client, statement_name, &prepared));
    client->query_text = prepared->text;
    client->query_len = prepared->text_len;
    session_log_start(client);
    TRY(command_check_failed_block(client,
                                   prepared->raw == NULL ? NULL : prepared->raw->statement));
    if (client->block != BLOCK_FAILED)
        TRY(command_begin(client));
    Portal *portal;
    TRY(portal_make(client, portal_name, &portal));
    Status status = fill_portal(client, portal, prepared, r, formats, format_count);
    if (!status_ok(status)) {
        portal_drop(client, portal);
        return status;
    }
    session_log_step_done(client, "bind", prepared, portal);
    message_empty(client, '2');
    return STATUS_OK;
}

/* ---- Describe, Execute, Close ---- */

static void describe_columns(ClientSession *client, Prepared *prepared, const int16_t *formats,
                             uint32_t format_count) {
    const PlannedStatement *plan =
        prepared->cached != NULL ? prepared->cached->plan : prepared->origin->plan;
    bool rows = prepared->column_count > 0 || (plan != NULL && plan->command == COMMAND_SELECT);
    if (rows)
        report_prepared_description(client, prepared, formats, format_count);
    else
        message_empty(client, 'n');
}

static Status describe_statement(ClientSession *client, const char *name) {
    Prepared *prepared;
    TRY(prepared_require(client, name, &prepared));
    if (client->block == BLOCK_FAILED && prepared->column_count > 0)
        return command_check_failed_block(client, NULL);
    if (client->block != BLOCK_FAILED) {
        TRY(command_begin(client));
        if (prepared->cached != NULL || !prepared->described) /* not of one that can't be planned */
            TRY(prepared_plan(client, prepared));
    }
    size_t at = message_begin(client, 't');
    strbuf_put_be16(&client->out, (uint16_t)prepared->param_count);
    for (uint32_t i = 0; i < prepared->param_count; i++)
        strbuf_put_be32(&client->out, prepared->param_types[i]);
    message_end(client, at);
    describe_columns(client, prepared, NULL, 0);
    return STATUS_OK;
}

static Status describe_portal(ClientSession *client, const char *name) {
    Portal *portal;
    TRY(portal_require(client, name, &portal));
    if (portal->sql_cursor) {
        report_row_description(client, portal->plan->columns, portal->plan->column_count,
                               portal->formats, portal->format_count);
        return STATUS_OK;
    }
    describe_columns(client, portal->prepared, portal->formats, portal->format_count);
    return STATUS_OK;
}

static Status handle_describe(ClientSession *client, Reader *r) {
    char kind;
    TRY(read_kind(r, &kind));
    const char *name = read_cstr(r);
    TRY(check_reader(r, true));
    if (kind != 'S' && kind != 'P')
        return error(ERR_PROTOCOL_VIOLATION, "invalid DESCRIBE message subtype %d", kind);
    return kind == 'S' ? describe_statement(client, name) : describe_portal(client, name);
}

static Status handle_execute(ClientSession *client, Reader *r) {
    const char *name = read_cstr(r);
    uint32_t limit = read_u32(r);
    TRY(check_reader(r, true));
    if ((int32_t)limit < 0)
        limit = 0;
    Portal *portal;
    TRY(portal_require(client, name, &portal));
    client->query_text = portal->text;
    client->query_len = portal->text_len;
    TRY(command_check_failed_block(client, portal->raw == NULL ? NULL : portal->raw->statement));
    session_log_start(client);
    session_log_execute(client, portal);
    if (portal->raw != NULL)
        TRY(command_begin(client));
    const char *params = portal->params_shown == NULL
                             ? NULL
                             : arena_strdup(&client->message_arena, portal->params_shown);
    TRY(portal_context(name, params, portal_execute(client, portal, limit)));
    if (portal_find(client, name) == portal) /* COMMIT drops it */
        session_log_step_done(client, "execute", portal->prepared, portal);
    if (client->block == BLOCK_STATEMENT) /* it goes on until Sync */
        client->block = BLOCK_IMPLICIT;
    return STATUS_OK;
}

static Status handle_close(ClientSession *client, Reader *r) {
    char kind;
    TRY(read_kind(r, &kind));
    const char *name = read_cstr(r);
    TRY(check_reader(r, true));
    if (kind == 'S') {
        prepared_drop(client, name);
    } else if (kind == 'P') {
        Portal *portal = portal_find(client, name);
        if (portal != NULL)
            portal_drop(client, portal);
    } else {
        return error(ERR_PROTOCOL_VIOLATION, "invalid CLOSE message subtype %d", kind);
    }
    message_empty(client, '3');
    return STATUS_OK;
}

static Status handle_sync(ClientSession *client) {
    client->skip_to_sync = false;
    if (client->block == BLOCK_IMPLICIT)
        client->block = BLOCK_STATEMENT;
    return command_end(client);
}

static Status dispatch(ClientSession *client, char type, Reader *r) {
    switch (type) {
    case 'P':
        return handle_parse(client, r);
    case 'B':
        return handle_bind(client, r);
    case 'D':
        return handle_describe(client, r);
    case 'E':
        return handle_execute(client, r);
    case 'C':
        return handle_close(client, r);
    case 'H':
        return wire_flush(client);
    case 'S':
        return handle_sync(client);
    case 'd': /* COPY data that an error made pointless */
    case 'c':
    case 'f':
        return STATUS_OK;
    default:
        return status_severity(
            error(ERR_PROTOCOL_VIOLATION, "invalid frontend message type %d", type), SEV_FATAL);
    }
}

Status extended_message(ClientSession *client, char type, Str body) {
    if (client->skip_to_sync && type != 'S')
        return STATUS_OK;
    Reader r = {.p = body.data, .end = body.data + body.len};
    client->exec.env.statement_arena = &client->message_arena; /* for looking types up */
    Status status = dispatch(client, type, &r);
    if (!status_ok(status)) {
        if (client->block == BLOCK_IMPLICIT)
            client->block = BLOCK_STATEMENT;
        bool fatal = status.error->severity != SEV_ERROR;
        report_error(client, status);
        command_abort(client);
        client->skip_to_sync = type != 'S';
        if (fatal)
            client->phase = PHASE_CLOSING;
    }
    client->exec.env.statement_arena = NULL;
    client->query_text = NULL;
    if (type == 'S' && client->phase == PHASE_READY)
        report_ready(client);
    return STATUS_OK;
}
