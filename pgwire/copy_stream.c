/* copy_stream.c: COPY FROM STDIN and TO STDOUT as messages (manual: COPY Operations). */
#include "pgwire/client_int.h"

#define OUT_DRAIN_BYTES ((size_t)64 << 10)

/* A client that is silent for so long gets what it sent inserted, and its errors told. */
#define SETTLE_AFTER_US 20000

static void send_copy_response(ClientSession *client, char type, const CopyFormat *format) {
    size_t at = message_begin(client, type);
    strbuf_putc(&client->out, format->binary ? 1 : 0);
    strbuf_put_be16(&client->out, (uint16_t)format->column_count);
    for (uint32_t i = 0; i < format->column_count; i++)
        strbuf_put_be16(&client->out, format->binary ? 1 : 0);
    message_end(client, at);
}

static Status copy_failed(Str body) {
    if (memchr(body.data, '\0', body.len) == NULL)
        return error(ERR_PROTOCOL_VIOLATION, "invalid string in message");
    return error(ERR_QUERY_CANCELED, "COPY from stdin failed: %.*s",
                 (int)strnlen(body.data, body.len), body.data);
}

/* The next message; rows that are still to be inserted do not wait for a slow client. */
static Status next_piece(ClientSession *client, CopyIn *copy, char *type_out, Str *body_out) {
    bool found;
    TRY(wire_wait_message_until(client, clock_mono_us() + SETTLE_AFTER_US, type_out, body_out,
                                &found));
    if (found)
        return STATUS_OK;
    TRY(copy_in_settle(copy));
    return wire_wait_message(client, type_out, body_out);
}

/* Feeds until CopyDone. */
static Status feed_all(ClientSession *client, CopyIn *copy) {
    for (;;) {
        ArenaMark mark = arena_mark(&client->message_arena);
        char type;
        Str body;
        TRY(next_piece(client, copy, &type, &body));
        Status status = STATUS_OK;
        switch (type) {
        case 'd':
            status = copy_in_feed(copy, body.data, body.len);
            break;
        case 'c':
            return STATUS_OK;
        case 'f':
            return copy_in_context(copy, copy_failed(body));
        case 'H':
        case 'S':
            break;
        default:
            report_error(client, error(ERR_PROTOCOL_VIOLATION,
                                       "unexpected message type 0x%02X during COPY from stdin",
                                       (unsigned char)type));
            return status_severity(error(ERR_PROTOCOL_VIOLATION,
                                         "terminating connection because "
                                         "protocol synchronization was lost"),
                                   SEV_FATAL);
        }
        TRY(status);
        arena_release(&client->message_arena, mark);
        fiber_yield_if_due();
    }
}

static Status copy_in(ClientSession *client, Arena *arena, const AstRawStatement *raw,
                      const char *text, uint64_t *processed_out) {
    CopyFormat format;
    CopyIn *copy;
    TRY(copy_in_begin(&client->exec, arena, raw, text, &format, &copy));
    send_copy_response(client, 'G', &format);
    Status status = wire_flush(client);
    if (status_ok(status))
        status = feed_all(client, copy);
    if (status_ok(status))
        status = copy_in_finish(copy, processed_out);
    copy_in_end(copy);
    return status;
}

static Status send_rows(ClientSession *client, CopyOut *copy) {
    for (;;) {
        Str chunk;
        const uint32_t *ends;
        uint32_t count;
        TRY(copy_out_next(copy, &chunk, &ends, &count));
        if (count == 0)
            return STATUS_OK;
        for (uint32_t i = 0, start = 0; i < count; start = ends[i++]) {
            size_t at = message_begin(client, 'd');
            strbuf_append(&client->out, chunk.data + start, ends[i] - start);
            message_end(client, at);
            if (client->out.len > OUT_DRAIN_BYTES)
                TRY(wire_drain(client));
        }
        fiber_yield_if_due();
    }
}

static Status copy_out(ClientSession *client, Arena *arena, const AstRawStatement *raw,
                       const char *text, uint64_t *processed_out) {
    CopyFormat format;
    CopyOut *copy;
    TRY(copy_out_begin(&client->exec, arena, raw, text, &format, &copy));
    send_copy_response(client, 'H', &format);
    Status status = send_rows(client, copy);
    *processed_out = copy_out_rows(copy);
    copy_out_end(copy);
    TRY(status);
    message_empty(client, 'c');
    return STATUS_OK;
}

Status copy_stream_run(ClientSession *client, Arena *arena, const AstRawStatement *raw,
                       const char *text, uint64_t *processed_out) {
    *processed_out = 0;
    return ((const AstCopy *)raw->statement)->from
               ? copy_in(client, arena, raw, text, processed_out)
               : copy_out(client, arena, raw, text, processed_out);
}
