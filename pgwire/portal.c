/*
 * portal.c: statements being run: what Bind makes and Execute fetches from, and SQL's cursors.
 *
 * A portal whose rows are wanted all at once streams them from the executor. One that is fetched in
 * parts, or that DECLARE made, has an ExecCursor, which knows where it stands.
 */
#include "pgwire/client_int.h"

#define SPARE_BYTES_MAX ((size_t)16 << 10)

Portal *portal_find(ClientSession *client, const char *name) {
    if (name[0] == '\0')
        return client->unnamed_portal;
    return strmap_get(&client->portals, name, strlen(name));
}

Status portal_require(ClientSession *client, const char *name, Portal **portal_out) {
    *portal_out = portal_find(client, name);
    if (*portal_out != NULL)
        return STATUS_OK;
    return error(ERR_UNDEFINED_CURSOR, "portal \"%s\" does not exist", name);
}

static Portal *new_portal(ClientSession *client) {
    Portal *portal = client->spare_portal;
    if (portal != NULL) {
        client->spare_portal = NULL;
        return portal;
    }
    portal = mem_alloc(&client->exec.account, sizeof(*portal));
    *portal = (Portal){0};
    mem_account_init(&portal->account, &client->exec.account, "portal", SIZE_MAX);
    arena_init(&portal->arena, &portal->account);
    return portal;
}

static void free_portal(ClientSession *client, Portal *portal) {
    arena_destroy(&portal->arena);
    mem_free(&client->exec.account, portal, sizeof(*portal));
}

/* Unnamed portals come and go with every statement: one is kept, with its first chunk. */
static void keep_spare(ClientSession *client, Portal *portal) {
    arena_reset(&portal->arena);
    Arena arena = portal->arena;
    *portal = (Portal){.arena = arena};
    mem_account_init(&portal->account, &client->exec.account, "portal", SIZE_MAX);
    atomic_store_explicit(&portal->account.used_bytes, arena.reserved_bytes, memory_order_relaxed);
    client->spare_portal = portal;
}

void portal_free_spare(ClientSession *client) {
    if (client->spare_portal == NULL)
        return;
    free_portal(client, client->spare_portal);
    client->spare_portal = NULL;
}

Status portal_make(ClientSession *client, const char *name, Portal **portal_out) {
    *portal_out = NULL;
    Portal *old = portal_find(client, name);
    if (old != NULL && name[0] != '\0')
        return error(ERR_DUPLICATE_CURSOR, "cursor \"%s\" already exists", name);
    if (old != NULL)
        portal_drop(client, old);
    Portal *portal = new_portal(client);
    portal->serial = ++client->portal_serial;
    portal->created_micros = client->exec.env.statement_start_micros;
    portal->name = arena_strdup(&portal->arena, name);
    if (name[0] == '\0')
        client->unnamed_portal = portal;
    else
        strmap_put(&client->portals, portal->name, strlen(portal->name), portal);
    *portal_out = portal;
    return STATUS_OK;
}

void portal_drop(ClientSession *client, Portal *portal) {
    if (client->unnamed_portal == portal)
        client->unnamed_portal = NULL;
    else
        strmap_remove(&client->portals, portal->name, strlen(portal->name));
    if (portal->cursor != NULL)
        cursor_close(portal->cursor);
    cached_plan_unref(client, portal->cached);
    if (portal->prepared != NULL)
        prepared_unref(client, portal->prepared);
    if (client->spare_portal == NULL && portal->arena.reserved_bytes <= SPARE_BYTES_MAX)
        keep_spare(client, portal);
    else
        free_portal(client, portal);
}

/* Drops those for which the condition holds; starts anew after each, as dropping moves entries. */
static void drop_where(ClientSession *client, bool keep_held, uint64_t serial_above) {
    for (bool again = true; again;) {
        again = false;
        size_t cursor = 0;
        const void *key;
        size_t len;
        void *item;
        while (strmap_next(&client->portals, &cursor, &key, &len, &item)) {
            Portal *portal = item;
            if ((keep_held && portal->held) || portal->serial <= serial_above)
                continue;
            portal_drop(client, portal);
            again = true;
            break;
        }
    }
    Portal *unnamed = client->unnamed_portal;
    if (unnamed != NULL && unnamed->serial > serial_above && !(keep_held && unnamed->held))
        portal_drop(client, unnamed);
}

void portals_drop_transaction(ClientSession *client) { drop_where(client, true, 0); }
void portals_drop_since(ClientSession *client, uint64_t serial_mark) {
    drop_where(client, true, serial_mark);
}
void portals_drop_all(ClientSession *client) {
    drop_where(client, false, 0);
    strmap_destroy(&client->portals);
}

bool portals_will_hold(ClientSession *client) {
    size_t cursor = 0;
    const void *key;
    size_t len;
    void *item;
    while (strmap_next(&client->portals, &cursor, &key, &len, &item))
        if (((Portal *)item)->hold && !((Portal *)item)->held)
            return true;
    return false;
}

Status portals_hold(ClientSession *client) {
    size_t cursor = 0;
    const void *key;
    size_t len;
    void *item;
    while (strmap_next(&client->portals, &cursor, &key, &len, &item)) {
        Portal *portal = item;
        if (!portal->hold || portal->held || portal->cursor == NULL)
            continue;
        TRY(cursor_hold(portal->cursor));
        portal->held = true;
    }
    return STATUS_OK;
}

/* Locks what the portal's plan reads and writes; where that has changed since Bind, plans anew. */
static Status portal_admit(ClientSession *client, Portal *portal) {
    if (portal->cached == NULL) /* DECLARE: planned and locked just now */
        return STATUS_OK;
    bool valid;
    TRY(executor_lock(&client->exec, portal->plan, &valid));
    if (valid)
        return STATUS_OK;
    TRY(prepared_admit(client, portal->prepared));
    cached_plan_unref(client, portal->cached);
    portal->cached = portal->prepared->cached;
    portal->cached->references++;
    portal->plan = portal->cached->plan;
    return STATUS_OK;
}

Status portal_open_cursor(ClientSession *client, Portal *portal, bool scroll) {
    TRY(portal_admit(client, portal));
    ExecOptions options = {.params = portal->params, .param_nulls = portal->param_nulls};
    Executor *executor;
    TRY(executor_start(&client->exec, portal->plan, &options, &executor));
    Status status = cursor_open(executor, scroll, &portal->cursor);
    if (!status_ok(status))
        executor_end(executor);
    return status;
}

/* ---- Execute ---- */

static Status sink_for(ClientSession *client, Portal *portal, const ResultColumn *columns,
                       uint32_t count, WireSink *sink) {
    return wire_sink_init(sink, client, &client->message_arena, columns, count, portal->formats,
                          portal->format_count);
}

static Status execute_utility(ClientSession *client, Portal *portal) {
    const AstRawStatement *raw = portal->raw;
    if (raw->statement->tag == AST_COPY &&
        copy_direction((const AstCopy *)raw->statement) != COPY_FILE) {
        uint64_t processed;
        TRY(copy_stream_run(client, &portal->arena, raw, portal->text, &processed));
        report_complete(client, arena_printf(&client->message_arena, "COPY %llu",
                                             (unsigned long long)processed));
        return STATUS_OK;
    }
    AstRawStatement utility = *raw;
    if (portal->plan != NULL && portal->plan->utility != NULL) /* SELECT INTO is CREATE TABLE AS */
        utility.statement = portal->plan->utility;
    UtilityCall call = {.session = &client->exec,
                        .raw = &utility,
                        .text = portal->text,
                        .text_len = portal->text_len,
                        .arena = &client->message_arena,
                        .params = portal->params,
                        .param_nulls = portal->param_nulls,
                        .param_types = portal->param_types,
                        .param_count = portal->param_count,
                        .top_level = true};
    WireSink sink;
    if (portal->prepared->column_count > 0) {
        TRY(sink_for(client, portal, portal->prepared->columns, portal->prepared->column_count,
                     &sink));
        call.sink = &sink.sink;
    }
    Prepared *prepared =
        portal->prepared; /* the command may drop the portal: COMMIT, CLOSE, DISCARD */
    prepared->references++;
    Status status = utility_execute(&call);
    prepared_unref(client, prepared);
    TRY(status);
    report_complete(client, call.tag_has_count
                                ? arena_printf(&client->message_arena, "%s %llu", call.tag,
                                               (unsigned long long)call.processed)
                                : call.tag);
    return STATUS_OK;
}

static Status run_micro(ClientSession *client, Portal *portal, bool *handled_out) {
    *handled_out = false;
    if (portal->cached == NULL || portal->cached->micro == NULL)
        return STATUS_OK;
    MicroResult result;
    TRY(micro_execute(portal->cached->micro, &client->exec, portal->params, portal->param_nulls,
                      ahead_collect(client, portal), &client->message_arena, &result, handled_out));
    if (!*handled_out)
        return STATUS_OK;
    if (result.has_row && portal->plan->column_count > 0) {
        WireSink sink;
        TRY(sink_for(client, portal, portal->plan->columns, portal->plan->column_count, &sink));
        TRY(wire_sink_row(&sink, result.values, result.nulls));
    }
    portal->done = true;
    report_complete(client,
                    command_tag(client, portal->plan, result.processed, &client->message_arena));
    return STATUS_OK;
}

static Status run_whole(ClientSession *client, Portal *portal) {
    TRY(portal_admit(client, portal));
    const PlannedStatement *plan = portal->plan;
    WireSink sink;
    bool rows = plan->column_count > 0 || plan->command == COMMAND_SELECT;
    if (rows)
        TRY(sink_for(client, portal, plan->columns, plan->column_count, &sink));
    ExecOptions options = {.params = portal->params, .param_nulls = portal->param_nulls};
    uint64_t processed;
    TRY(executor_run(&client->exec, plan, &options, rows ? &sink.sink : NULL, &processed));
    portal->done = true;
    report_complete(client, command_tag(client, plan, processed, &client->message_arena));
    return STATUS_OK;
}

static Status run_part(ClientSession *client, Portal *portal, uint32_t limit) {
    if (portal->cursor == NULL) {
        TRY(portal_open_cursor(client, portal, false));
        if (portal->plan->command != COMMAND_SELECT) /* writes happen whole, whatever is fetched */
            TRY(cursor_hold(portal->cursor));
    }
    const PlannedStatement *plan = portal->plan;
    WireSink sink;
    TRY(sink_for(client, portal, plan->columns, plan->column_count, &sink));
    uint64_t count;
    int64_t wanted = limit == 0 ? AST_FETCH_ALL : (int64_t)limit;
    TRY(cursor_fetch(portal->cursor, AST_FETCH_FORWARD, wanted, &sink.sink, &count));
    if (limit > 0 && count == limit) {
        message_empty(client, 's');
        return STATUS_OK;
    }
    portal->done = true;
    report_complete(client, command_tag(client, plan, count, &client->message_arena));
    return STATUS_OK;
}

Status portal_execute(ClientSession *client, Portal *portal, uint32_t limit) {
    if (portal->raw == NULL) {
        message_empty(client, 'I');
        return STATUS_OK;
    }
    /* Without a plan: COMMIT or ROLLBACK, bound in a failed block. */
    if (portal->plan == NULL || portal->plan->command == COMMAND_UTILITY) {
        if (portal->done)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run",
                         portal->name);
        portal->done = true;
        return execute_utility(client, portal);
    }
    if (portal->done) {
        if (portal->plan->column_count == 0)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run",
                         portal->name);
        report_complete(client, command_tag(client, portal->plan, 0, &client->message_arena));
        return STATUS_OK;
    }
    if (portal->cursor == NULL && (limit == 0 || portal->plan->column_count == 0)) {
        bool handled;
        TRY(run_micro(client, portal, &handled));
        return handled ? STATUS_OK : run_whole(client, portal);
    }
    return run_part(client, portal, limit);
}
