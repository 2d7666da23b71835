/*
 * rows.c: batches of results as DataRow messages.
 *
 * Text of the commonest types is written here without a call through TypeInfo; the rest goes
 * through the type's output or send function.
 */
#include "pgwire/client_int.h"

#include "base/mem_guard.h"
#include "catalog/name.h"

#define TYPE_BOOL 16u
#define TYPE_INT8 20u
#define TYPE_INT2 21u
#define TYPE_INT4 23u
#define TYPE_TEXT 25u
#define TYPE_OID 26u
#define TYPE_BPCHAR 1042u
#define TYPE_VARCHAR 1043u
#define TYPE_NAME 19u
#define OUT_DRAIN_BYTES ((size_t)64 << 10)

typedef enum ColumnWriter {
    WRITE_GENERIC_TEXT,
    WRITE_GENERIC_BINARY,
    WRITE_BYTES, /* the value's own bytes, in either format */
    WRITE_I16_TEXT,
    WRITE_I32_TEXT,
    WRITE_U32_TEXT,
    WRITE_I64_TEXT,
    WRITE_BOOL_TEXT,
    WRITE_I16_BINARY,
    WRITE_I32_BINARY,
    WRITE_I64_BINARY,
    WRITE_BOOL_BINARY
} ColumnWriter;

struct WireColumn {
    ColumnWriter writer;
    bool varying; /* its values are strings of bytes */
    TypeIo io;
};

static ColumnWriter choose_writer(Oid type, bool binary) {
    switch (type) {
    case TYPE_BOOL:
        return binary ? WRITE_BOOL_BINARY : WRITE_BOOL_TEXT;
    case TYPE_INT2:
        return binary ? WRITE_I16_BINARY : WRITE_I16_TEXT;
    case TYPE_INT4:
        return binary ? WRITE_I32_BINARY : WRITE_I32_TEXT;
    case TYPE_OID:
        return binary ? WRITE_I32_BINARY : WRITE_U32_TEXT;
    case TYPE_INT8:
        return binary ? WRITE_I64_BINARY : WRITE_I64_TEXT;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BPCHAR:
    case TYPE_NAME:
        return WRITE_BYTES;
    default:
        return binary ? WRITE_GENERIC_BINARY : WRITE_GENERIC_TEXT;
    }
}

static Status write_generic(ClientSession *client, struct WireColumn *column, Datum value) {
    ArenaMark mark = arena_mark(column->io.arena);
    Status (*convert)(TypeIo *, Datum, StrBuf *) =
        column->writer == WRITE_GENERIC_BINARY ? column->io.type->send : column->io.type->output;
    if (convert == NULL)
        return error(ERR_UNDEFINED_FUNCTION, "no %s output function available for type %s",
                     column->writer == WRITE_GENERIC_BINARY ? "binary" : "text",
                     column->io.type->name);
    Status status = convert(&column->io, value, &client->out);
    arena_release(column->io.arena, mark);
    return status;
}

static Status write_short_value(ClientSession *client, struct WireColumn *column, Datum value) {
    StrBuf *out = &client->out;
    size_t at = out->len;
    strbuf_put_be32(out, 0);
    Status status = STATUS_OK;
    switch (column->writer) {
    case WRITE_GENERIC_TEXT:
    case WRITE_GENERIC_BINARY:
        status = write_generic(client, column, value);
        break;
    case WRITE_BYTES:
        strbuf_append(out, value.str.data, value.str.len);
        break;
    case WRITE_I16_TEXT:
        strbuf_put_i64(out, value.i16);
        break;
    case WRITE_I32_TEXT:
        strbuf_put_i64(out, value.i32);
        break;
    case WRITE_U32_TEXT:
        strbuf_put_i64(out, value.u32);
        break;
    case WRITE_I64_TEXT:
        strbuf_put_i64(out, value.i64);
        break;
    case WRITE_BOOL_TEXT:
        strbuf_putc(out, value.b ? 't' : 'f');
        break;
    case WRITE_I16_BINARY:
        strbuf_put_be16(out, (uint16_t)value.i16);
        break;
    case WRITE_I32_BINARY:
        strbuf_put_be32(out, value.u32);
        break;
    case WRITE_I64_BINARY:
        strbuf_put_be64(out, value.u64);
        break;
    case WRITE_BOOL_BINARY:
        strbuf_putc(out, value.b ? 1 : 0);
        break;
    }
    bool text = column->writer == WRITE_GENERIC_TEXT || column->writer == WRITE_BYTES;
    if (text && status_ok(status) && UNLIKELY(wire_recodes(client)))
        status = wire_encode_from(client, at + 4);
    store_be32(out->data + at, (uint32_t)(out->len - at - 4));
    return status;
}

typedef struct WireValue {
    ClientSession *client;
    struct WireColumn *column;
    Datum value;
} WireValue;

static Status write_guarded(void *arg) {
    const WireValue *v = arg;
    return write_short_value(v->client, v->column, v->value);
}

/* The row so far counts, too: it is one message. */
static Status write_value(ClientSession *client, struct WireColumn *column, Datum value) {
    if (LIKELY(!column->varying || client->out.len + value.str.len < 2 * MEM_LONG_VALUE_BYTES))
        return write_short_value(client, column, value);
    WireValue guarded = {client, column, value};
    return mem_guarded(write_guarded, &guarded);
}

static Status write_row(WireSink *sink, const Datum *values, const bool *nulls) {
    StrBuf *out = &sink->client->out;
    strbuf_put_be16(out, (uint16_t)sink->column_count);
    for (uint32_t i = 0; i < sink->column_count; i++)
        if (nulls[i])
            strbuf_put_be32(out, UINT32_MAX);
        else
            TRY(write_value(sink->client, &sink->columns[i], values[i]));
    return STATUS_OK;
}

Status wire_sink_row(WireSink *sink, const Datum *values, const bool *nulls) {
    ClientSession *client = sink->client;
    if (UNLIKELY(sink->unsendable != NULL)) /* NULLs neither */
        return error(ERR_UNDEFINED_FUNCTION, "no binary output function available for type %s",
                     sink->unsendable);
    size_t at = message_begin(client, 'D');
    Status status = write_row(sink, values, nulls);
    if (!status_ok(status)) {
        strbuf_truncate(&client->out, at); /* no half message */
        return status;
    }
    message_end(client, at);
    sink->row_count++;
    return client->out.len > OUT_DRAIN_BYTES ? wire_drain(client) : STATUS_OK;
}

static Status sink_batch(RowSink *base, const Batch *batch) {
    WireSink *sink = (WireSink *)base;
    uint32_t count = batch->selection.count;
    Datum *values = arena_alloc(&sink->client->message_arena, sink->column_count * sizeof(Datum));
    bool *nulls = arena_alloc(&sink->client->message_arena, sink->column_count * sizeof(bool));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = batch->selection.rows == NULL ? i : batch->selection.rows[i];
        for (uint32_t c = 0; c < sink->column_count; c++) {
            nulls[c] = vector_is_null(&batch->columns[c], row);
            if (!nulls[c])
                values[c] = vector_get(&batch->columns[c], row);
        }
        TRY(wire_sink_row(sink, values, nulls));
    }
    return STATUS_OK;
}

static Status sink_rows(RowSink *base, const Batch *batch) {
    Arena *arena = &((WireSink *)base)->client->message_arena;
    ArenaMark mark = arena_mark(arena);
    Status status = sink_batch(base, batch);
    arena_release(arena, mark);
    return status;
}

/* Types that the catalog knows no binary form of. */
static Status note_unsendable(WireSink *sink, Arena *arena, const TypeInfo *type) {
    const TypeDesc *desc;
    if (type->kind != TYPE_PSEUDO && type->oid != OID_ACLITEM)
        return STATUS_OK;
    TRY(catalog_type(sink->client->exec.catalog, type->oid, &desc));
    if (desc != NULL && desc->send == OID_INVALID)
        return format_type_brief(sink->client->exec.catalog, arena, type->oid, &sink->unsendable);
    return STATUS_OK;
}

Status wire_sink_init(WireSink *sink, ClientSession *client, Arena *arena,
                      const ResultColumn *columns, uint32_t count, const int16_t *formats,
                      uint32_t format_count) {
    *sink = (WireSink){.sink.rows = sink_rows, .client = client, .column_count = count};
    sink->columns = arena_array(arena, struct WireColumn, count);
    for (uint32_t i = 0; i < count; i++) {
        int16_t format = format_count == 0 ? 0 : format_count == 1 ? formats[0] : formats[i];
        struct WireColumn *column = &sink->columns[i];
        column->writer = choose_writer(columns[i].type, format == 1);
        column->io = (TypeIo){
            .typmod = columns[i].typmod, .env = &client->exec.env, .arena = &client->message_arena};
        TRY(type_lookup(&client->exec.env, columns[i].type, &column->io.type));
        column->varying = column->io.type->typlen < 0;
        if (column->writer == WRITE_GENERIC_BINARY && sink->unsendable == NULL)
            TRY(note_unsendable(sink, arena, column->io.type));
    }
    return STATUS_OK;
}
