/*
 * simple.c: the simple query protocol: a string of statements, each run to its end.
 *
 * Several statements in one string are one transaction unless they begin and end their own
 * (manual: Multiple Statements in a Simple Query).
 */
#include "pgwire/client_int.h"

#include "types/text.h"

/* Rows on their way to the client, described before the first of them. */
typedef struct Description {
    RowSink sink;
    WireSink wire;
    ClientSession *client;
    const ResultColumn *columns;
    uint32_t count;
    const int16_t *formats;
    uint32_t format_count;
    bool sent;
} Description;

static void describe(void *arg) {
    Description *d = arg;
    if (!d->sent)
        report_row_description(d->client, d->columns, d->count, d->formats, d->format_count);
    d->sent = true;
}

static Status described_rows(RowSink *sink, const Batch *batch) {
    Description *d = (Description *)sink;
    describe(d);
    return d->wire.sink.rows(&d->wire.sink, batch);
}

/* Rows are described once the rights are there; those of changes when all is changed. */
static Status run_rows(ClientSession *client, const PlannedStatement *plan, ExecOptions *options,
                       Arena *arena, uint64_t *processed_out) {
    Executor *exec;
    const Batch *batch;
    bool rows = plan->column_count > 0 || plan->command == COMMAND_SELECT;
    Description to = {
        .client = client, .columns = plan->columns, .count = plan->column_count, .sent = !rows};
    options->allowed_arg = &to;
    if (plan->command == COMMAND_SELECT && plan->modifying_count == 0)
        options->allowed = describe;
    if (rows)
        TRY(wire_sink_init(&to.wire, client, arena, plan->columns, plan->column_count, NULL, 0));
    TRY(executor_start(&client->exec, plan, options, &exec));
    Status s = STATUS_OK;
    do {
        s = executor_next(exec, &batch);
        if (status_ok(s))
            describe(&to);
        if (status_ok(s) && batch != NULL && rows)
            s = to.wire.sink.rows(&to.wire.sink, batch);
    } while (status_ok(s) && batch != NULL);
    if (status_ok(s))
        s = executor_finish(exec);
    *processed_out = executor_rows_processed(exec);
    executor_end(exec);
    return s;
}

/* A result of its own for each SELECT that rules put beside a statement without one. */
typedef struct OtherResults {
    OtherRows rows;
    ClientSession *client;
    Arena *arena;
} OtherResults;

static Status run_other(OtherRows *rows, const PlannedStatement *plan, const ExecOptions *options) {
    OtherResults *to = (OtherResults *)rows;
    ExecOptions own = *options;
    uint64_t processed;
    return run_rows(to->client, plan, &own, to->arena, &processed);
}

static Status run_plan(ClientSession *client, const PlannedStatement *plan, Arena *arena,
                       const char **tag_out) {
    OtherResults others = {{run_other}, client, arena};
    ExecOptions options = {.others = plan->column_count == 0 ? &others.rows : NULL};
    uint64_t processed;
    TRY(run_rows(client, plan, &options, arena, &processed));
    *tag_out = command_tag(client, plan, processed, arena);
    return STATUS_OK;
}

/* A simple FETCH has the format its cursor was declared with. */
static bool fetches_binary(ClientSession *client, const Ast *statement) {
    if (statement->tag != AST_FETCH || ((const AstFetch *)statement)->move)
        return false;
    const Portal *portal = portal_find(client, ((const AstFetch *)statement)->portal);
    return portal != NULL && portal->binary;
}

/* A utility command whose rows, if it has any, go to the client. */
static Status run_utility(ClientSession *client, const AstRawStatement *raw, Arena *arena,
                          const char **tag_out) {
    OtherResults others = {{run_other}, client, arena};
    UtilityCall call = {.session = &client->exec,
                        .others = &others.rows,
                        .raw = raw,
                        .text = client->query_text,
                        .text_len = client->query_len,
                        .arena = arena,
                        .top_level = true};
    const UtilityCommand *command = utility_find(raw->statement->tag);
    Description to = {.sink = {described_rows}, .client = client, .sent = true};
    static const int16_t binary = 1;
    to.format_count = fetches_binary(client, raw->statement);
    to.formats = &binary;
    if (command != NULL && (command->flags & UTILITY_RETURNS_ROWS)) {
        ResultColumn *columns;
        uint32_t count;
        TRY(utility_describe(&call, &columns, &count));
        if (count > 0) {
            TRY(wire_sink_init(&to.wire, client, arena, columns, count, to.formats,
                               to.format_count));
            to.columns = columns;
            to.count = count;
            to.sent = false;
            call.sink = &to.sink;
        }
    }
    TRY(utility_execute(&call));
    describe(&to);
    *tag_out = call.tag_has_count
                   ? arena_printf(arena, "%s %llu", call.tag, (unsigned long long)call.processed)
                   : call.tag;
    return STATUS_OK;
}

static Status run_statement(ClientSession *client, const AstRawStatement *raw, Arena *arena,
                            const char **tag_out) {
    if (raw->statement->tag == AST_COPY &&
        copy_direction((const AstCopy *)raw->statement) != COPY_FILE) {
        uint64_t processed;
        TRY(copy_stream_run(client, arena, raw, client->query_text, &processed));
        *tag_out = arena_printf(arena, "COPY %llu", (unsigned long long)processed);
        return STATUS_OK;
    }
    PlannedStatement *plan;
    TRY(executor_plan(&client->exec, arena, raw, NULL, &plan));
    if (plan->command != COMMAND_UTILITY)
        return run_plan(client, plan, arena, tag_out);
    AstRawStatement utility = *raw;
    if (plan->utility != NULL) /* SELECT INTO is CREATE TABLE AS */
        utility.statement = plan->utility;
    return run_utility(client, &utility, arena, tag_out);
}

static Status run_one(ClientSession *client, const AstRawStatement *raw, bool several, bool last) {
    MemAccount account;
    Arena arena;
    mem_account_init(&account, &client->exec.account, "statement", SIZE_MAX);
    arena_init(&arena, &account);
    const char *tag = NULL;
    client->exec.env.statement_arena = &arena;
    if (several)
        client->statement_text = str_make(client->query_text + raw->location, (size_t)raw->length);
    Status status = command_check_failed_block(client, raw->statement);
    if (status_ok(status))
        status = command_begin(client);
    if (status_ok(status) && several && client->block == BLOCK_STATEMENT)
        client->block = BLOCK_IMPLICIT;
    if (status_ok(status))
        status = run_statement(client, raw, &arena, &tag);
    if (status_ok(status)) {
        if (last && client->block == BLOCK_IMPLICIT)
            client->block = BLOCK_STATEMENT;
        status = command_end(client);
    }
    if (status_ok(status))
        report_complete(client, tag);
    client->exec.env.statement_arena = NULL;
    arena_destroy(&arena);
    return status;
}

static Status run_string(ClientSession *client, const char *text, size_t len) {
    TRY(text_verify(text, len));
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = client->exec.env.standard_conforming_strings;
    options.escape_string_warning = client->exec.env.escape_string_warning;
    Fingerprint print;
    bool cacheable = false, handled = false;
    bool quiet = options.standard_conforming_strings || !options.escape_string_warning;
    /* what is logged or warned of is parsed */
    if (LIKELY(client->log.statements == LOGGED_NONE && quiet))
        TRY(simple_cache_run(client, text, len, &options, &print, &cacheable, &handled));
    if (handled)
        return STATUS_OK;
    AstList statements;
    ParseNotices notices = {0};
    options.notices = &notices;
    Status parsed = parse_sql(&client->message_arena, text, len, &options, &statements);
    report_parse_notices(client, &notices);
    TRY(parsed);
    session_log_query(client, &statements);
    if (statements.count == 0)
        message_empty(client, 'I');
    for (uint32_t i = 0; i < statements.count; i++)
        TRY(run_one(client, AST_AT(AstRawStatement, statements, i), statements.count > 1,
                    i + 1 == statements.count));
    if (cacheable && notices.first == NULL)
        simple_cache_note(client, text, len, &options, &print);
    return STATUS_OK;
}

/* The text of the message, in UTF-8. */
static Status read_text(ClientSession *client, Str *body) {
    size_t len = strlen(body->data); /* a NUL stands behind every message */
    if (len == body->len)
        return error(ERR_PROTOCOL_VIOLATION, "invalid string in message");
    if (len + 1 < body->len)
        return error(ERR_PROTOCOL_VIOLATION, "invalid message format");
    body->len = (uint32_t)len;
    return UNLIKELY(wire_recodes(client)) ? wire_decode(client, *body, body) : STATUS_OK;
}

Status simple_query(ClientSession *client, Str body) {
    Status readable = read_text(client, &body);
    if (UNLIKELY(!status_ok(readable))) {
        report_error(client, readable);
        command_abort(client);
        report_ready(client);
        return STATUS_OK;
    }
    client->query_text = body.data;
    client->query_len = body.len;
    client_set_activity(client, client->query_text, client->query_len);
    if (client->unnamed_statement != NULL) {
        prepared_unref(client, client->unnamed_statement);
        client->unnamed_statement = NULL;
    }
    session_log_start(client);
    Status status = run_string(client, client->query_text, client->query_len);
    if (status_ok(status)) {
        session_log_query_done(client);
    } else {
        if (client->block == BLOCK_IMPLICIT)
            client->block = BLOCK_STATEMENT;
        report_error(client, status);
        command_abort(client);
    }
    client->query_text = NULL;
    if (client->terminate_after_error) {
        client->phase = PHASE_CLOSING;
        return STATUS_OK;
    }
    report_ready(client);
    return STATUS_OK;
}
