/* fastpath.c: FunctionCall messages: one function by OID, arguments in either format. */
#include "pgwire/client_int.h"

typedef struct FastCall {
    Oid function;
    uint32_t arg_count;
    const char *p, *end;
    const int16_t *formats;
    uint32_t format_count;
} FastCall;

static Status malformed(void) {
    return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
}

static Status parse_head(ClientSession *client, Str body, FastCall *call) {
    call->p = body.data;
    call->end = body.data + body.len;
    if (body.len < 8)
        return malformed();
    call->function = load_be32(call->p);
    call->format_count = load_be16(call->p + 4);
    call->p += 6;
    if ((size_t)(call->end - call->p) < call->format_count * 2u + 2)
        return malformed();
    int16_t *formats = arena_array(&client->message_arena, int16_t, call->format_count);
    for (uint32_t i = 0; i < call->format_count; i++, call->p += 2)
        formats[i] = (int16_t)load_be16(call->p);
    call->formats = formats;
    call->arg_count = load_be16(call->p);
    call->p += 2;
    return STATUS_OK;
}

static Status read_argument(ClientSession *client, FastCall *call, Oid type, uint32_t i,
                            Datum *value_out, bool *null_out) {
    if (call->end - call->p < 4)
        return malformed();
    uint32_t len = load_be32(call->p);
    call->p += 4;
    *null_out = len == UINT32_MAX;
    if (*null_out)
        return STATUS_OK;
    if (len > (size_t)(call->end - call->p))
        return malformed();
    const char *data = call->p;
    call->p += len;
    int16_t format = call->format_count == 0   ? 0
                     : call->format_count == 1 ? call->formats[0]
                     : i < call->format_count  ? call->formats[i]
                                               : 0;
    TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = &client->message_arena};
    TRY(type_lookup(io.env, type, &io.type));
    return format == 1 ? io.type->receive(&io, (const uint8_t *)data, len, value_out)
                       : io.type->input(&io, data, len, value_out);
}

static Status send_result(ClientSession *client, const FnCall *call, bool binary) {
    TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = &client->message_arena};
    TRY(type_lookup(io.env, call->site->result_type, &io.type));
    size_t at = message_begin(client, 'V');
    if (call->result_null) {
        strbuf_put_be32(&client->out, UINT32_MAX);
    } else {
        size_t len_at = client->out.len;
        strbuf_put_be32(&client->out, 0);
        Status status = binary ? io.type->send(&io, call->result, &client->out)
                               : io.type->output(&io, call->result, &client->out);
        if (!status_ok(status)) {
            strbuf_truncate(&client->out, at);
            return status;
        }
        store_be32(client->out.data + len_at, (uint32_t)(client->out.len - len_at - 4));
    }
    message_end(client, at);
    return STATUS_OK;
}

static Status run_call(ClientSession *client, FastCall *head) {
    const ProcDesc *proc;
    TRY(catalog_proc(client->exec.catalog, head->function, &proc));
    if (proc == NULL)
        return error(ERR_UNDEFINED_FUNCTION, "function with OID %u does not exist", head->function);
    if (proc->arg_count != head->arg_count)
        return error(ERR_PROTOCOL_VIOLATION,
                     "function call message contains %u arguments but function requires %u",
                     head->arg_count, (unsigned)proc->arg_count);
    TRY(object_check_acl(client->exec.catalog, PG_PROC, head->function, ACL_EXECUTE));
    const FnEntry *entry = fn_by_oid(head->function);
    if (entry == NULL || entry->kind != FN_SCALAR)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "function \"%s\" cannot be called via fastpath interface", proc->name);
    Arena *arena = &client->message_arena;
    Datum *args = arena_array(arena, Datum, head->arg_count);
    bool *nulls = arena_array(arena, bool, head->arg_count);
    bool any_null = false;
    for (uint32_t i = 0; i < head->arg_count; i++) {
        TRY(read_argument(client, head, proc->arg_types[i], i, &args[i], &nulls[i]));
        any_null |= nulls[i];
    }
    if (head->end - head->p != 2)
        return error(ERR_PROTOCOL_VIOLATION, "invalid message format");
    bool binary = load_be16(head->p) == 1;
    FnSite site = {.function = head->function,
                   .arg_count = (int)head->arg_count,
                   .arg_types = proc->arg_types,
                   .result_type = proc->result,
                   .result_typmod = -1,
                   .env = &client->exec.env,
                   .arena = arena};
    FnCall call = {.site = &site, .args = args, .nulls = nulls, .arena = arena};
    call.result_null = entry->strict && any_null;
    if (!call.result_null)
        TRY(entry->scalar(&call));
    return send_result(client, &call, binary);
}

Status fastpath_call(ClientSession *client, Str body) {
    FastCall head;
    Status status = parse_head(client, body, &head);
    if (status_ok(status))
        status = command_check_failed_block(client, NULL);
    if (status_ok(status))
        status = command_begin(client);
    client->exec.env.statement_arena = &client->message_arena;
    if (status_ok(status))
        status = run_call(client, &head);
    if (status_ok(status))
        status = command_end(client);
    client->exec.env.statement_arena = NULL;
    if (!status_ok(status)) {
        report_error(client, status);
        command_abort(client);
    }
    report_ready(client);
    return STATUS_OK;
}
