/*
 * ahead.c: what a pipeline will ask next.
 *
 * A client that sends many statements before it reads the first answer has told which keys it wants.
 * Those of the Binds that have arrived and run the same program are read ahead, as a group, so that
 * the point executor can fetch their memory side by side. Nothing here fails or changes anything: a
 * message that is not understood ends the search, and is answered when its turn comes.
 */
#include "pgwire/client_int.h"
#include "pgwire/reader.h"

#define TYPE_INT8 20u
#define TYPE_INT2 21u
#define TYPE_INT4 23u
#define TYPE_TEXT 25u
#define TYPE_OID 26u
#define TYPE_VARCHAR 1043u
#define TYPE_UUID 2950u
#define MESSAGES_MAX 64u
#define PARAMS_MAX 64u
#define VALUE_BYTES_MAX 1024u

/* Their input needs neither catalogs nor settings. */
static bool reads_plainly(Oid type) {
    return type == TYPE_INT4 || type == TYPE_INT8 || type == TYPE_TEXT || type == TYPE_VARCHAR ||
           type == TYPE_UUID || type == TYPE_INT2 || type == TYPE_OID;
}

static bool read_value(ClientSession *client, Oid type, bool binary, const char *data, uint32_t len,
                       Datum *value_out) {
    TypeIo io = {.typmod = -1, .env = &client->exec.env, .arena = &client->message_arena};
    Status status = type_lookup(io.env, type, &io.type);
    if (status_ok(status))
        status = parameter_value(&io, binary, data, len, 1, value_out);
    bool good = status_ok(status);
    status_free(status);
    return good;
}

/* Would this statement run the portal's program, or one made from the same plan? */
static bool runs_the_same(ClientSession *client, const Portal *portal, const char *name) {
    const Prepared *prepared = prepared_find(client, name);
    return prepared != NULL && prepared->cached != NULL &&
           prepared->cached->shared == portal->cached->shared;
}

/* The parameters of a Bind that are keys, behind its names. False: something is wrong with it. */
static bool read_keys(ClientSession *client, const Portal *portal, Reader r, Datum *params,
                      bool *nulls) {
    uint32_t format_count = read_u16(&r);
    Reader formats = r;
    if (r.bad || (size_t)(r.end - r.p) < format_count * 2)
        return false;
    r.p += format_count * 2;
    bool binary = false;
    if (read_u16(&r) != portal->param_count || format_count > MAX(portal->param_count, 1u))
        return false;
    for (uint32_t i = 0; i < portal->param_count; i++) {
        if (i < format_count)
            binary = read_u16(&formats) == 1;
        else if (format_count != 1)
            binary = false;
        uint32_t len = read_u32(&r);
        nulls[i] = true;
        if (r.bad)
            return false;
        if (len == UINT32_MAX)
            continue;
        if (len > (size_t)(r.end - r.p))
            return false;
        const char *data = r.p;
        r.p += len;
        if (!micro_key_has_param(portal->cached->micro, i))
            continue;
        if (len > VALUE_BYTES_MAX || !reads_plainly(portal->param_types[i]) ||
            !read_value(client, portal->param_types[i], binary, data, len, &params[i]))
            return false;
        nulls[i] = false;
    }
    return true;
}

/* The keys of one Bind, if it is for the same statement. */
static void add_bind(ClientSession *client, const Portal *portal, Str body, MicroAhead *ahead) {
    Arena *arena = &client->message_arena;
    Reader r = {.p = body.data, .end = body.data + body.len};
    read_cstr(&r);
    if (!runs_the_same(client, portal, read_cstr(&r)))
        return;
    Datum *params = arena_array(arena, Datum, portal->param_count);
    bool *nulls = arena_array(arena, bool, portal->param_count);
    ahead->params[ahead->count] = params;
    ahead->param_nulls[ahead->count] = nulls;
    ahead->count += read_keys(client, portal, r, params, nulls);
}

const MicroAhead *ahead_collect(ClientSession *client, const Portal *portal) {
    if (client->ahead_left > 0) {
        client->ahead_left--;
        return NULL;
    }
    const char *p = client->in + client->in_pos, *end = client->in + client->in_len;
    if (end - p <= 10 || portal->prepared == NULL || portal->param_count > PARAMS_MAX ||
        wire_recodes(client) ||
        !micro_wants_ahead(portal->cached->micro)) /* ten bytes: an Execute or a Sync, no Bind */
        return NULL;
    MicroAhead *ahead = arena_new(&client->message_arena, MicroAhead);
    ahead->params[0] = portal->params;
    ahead->param_nulls[0] = portal->param_nulls;
    ahead->count = 1;
    uint32_t binds = 0;
    for (uint32_t i = 0; i < MESSAGES_MAX && ahead->count < MICRO_AHEAD_MAX && end - p >= 5; i++) {
        uint32_t len = load_be32(p + 1);
        if (len < 4 || len > (size_t)(end - p) - 1)
            break;
        if (*p == 'B') {
            add_bind(client, portal, str_make(p + 5, len - 4), ahead);
            binds++;
        }
        p += 1 + len;
    }
    /* Where other statements fill the pipeline, it is not searched again for each of them. */
    client->ahead_left = ahead->count > 1 ? ahead->count - 1 : binds;
    return ahead->count > 1 ? ahead : NULL;
}
