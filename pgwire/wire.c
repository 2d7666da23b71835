/*
 * wire.c: bytes between the connection and the session.
 *
 * A message is copied to the session's message arena, which is reset before the next: `in` moves when
 * more bytes arrive, and they do whenever the fibre parks in the middle of one. Output collects in
 * `out` and goes to the connection when it is large or when no message is left to handle.
 */
#include "pgwire/client_int.h"

#include "runtime/log.h"
#include "runtime/random.h"
#include "types/encoding.h"

#define IN_CAPACITY_MIN ((size_t)1024)
#define IN_PAUSE_BYTES ((size_t)1 << 20)
#define OUT_DRAIN_BYTES ((size_t)64 << 10)
#define OUT_RESERVE_BYTES ((size_t)8192)
#define MESSAGE_BYTES_MAX ((uint32_t)0x3fffffff + 65536)
#define AUTH_MESSAGE_BYTES_MAX 65536u
#define SMALL_MESSAGE_BYTES_MAX 10000u
#define STARTUP_PACKET_BYTES_MAX 10000u
#define MESSAGES_PER_YIELD 8u
#define WARM_SESSIONS_MAX 128u
#define WARM_BYTES_MAX ((size_t)64 << 10)

static void session_main(void *arg);

/* ---- input ---- */

static size_t in_available(const ClientSession *client) { return client->in_len - client->in_pos; }

/* The length word of the message at the front, the type byte excluded; false: not there yet. */
static bool peek_length(const ClientSession *client, uint32_t *len_out) {
    size_t skip = client->phase == PHASE_STARTUP ? 0 : 1;
    if (in_available(client) < skip + 4)
        return false;
    *len_out = load_be32(client->in + client->in_pos + skip);
    return true;
}

static uint32_t length_limit(const ClientSession *client) {
    switch (client->phase) {
    case PHASE_STARTUP:
        return STARTUP_PACKET_BYTES_MAX;
    case PHASE_READY: /* only what carries data may be long */
        return memchr("QFBPd", client->in[client->in_pos], 5) != NULL ? MESSAGE_BYTES_MAX
                                                                      : SMALL_MESSAGE_BYTES_MAX;
    default:
        return AUTH_MESSAGE_BYTES_MAX;
    }
}

/* True where the fibre has something to do: a message, or a length that is an error. */
bool wire_has_message(const ClientSession *client) {
    uint32_t len;
    if (!peek_length(client, &len))
        return false;
    if (len < 4 || len > length_limit(client))
        return true;
    return in_available(client) >= len + (client->phase == PHASE_STARTUP ? 0u : 1u);
}

Status wire_next_message(ClientSession *client, char *type_out, Str *body_out, bool *found_out) {
    *type_out = 0;
    *body_out = str_make("", 0);
    *found_out = false;
    uint32_t len;
    if (!peek_length(client, &len))
        return STATUS_OK;
    if (len < 4 || len > length_limit(client)) {
        log_write_session(LOG_LEVEL_LOG, client,
                          client->phase == PHASE_STARTUP ? "invalid length of startup packet"
                                                         : "invalid message length");
        client->input_ended = client->out_of_step = true;
        client->in_pos = client->in_len;
        return STATUS_OK;
    }
    const char *p = client->in + client->in_pos;
    size_t skip = client->phase == PHASE_STARTUP ? 0 : 1;
    if (in_available(client) < skip + len)
        return STATUS_OK;
    *type_out = skip == 1 ? p[0] : 0;
    void *copy;
    TRY(arena_try_alloc(&client->message_arena, len - 4 + 1, &copy));
    memcpy(copy, p + skip + 4, len - 4);
    ((char *)copy)[len - 4] = '\0';
    *body_out = str_make(copy, len - 4);
    client->in_pos += skip + len;
    *found_out = true;
    return STATUS_OK;
}

/* In the middle of something that wants more. Who only stopped to write is told. */
static Status input_lost(ClientSession *client) {
    if (client->phase == PHASE_READY && !client->peer_gone) {
        report_error(client,
                     error(ERR_CONNECTION_FAILURE, "unexpected EOF on client connection with "
                                                   "an open transaction"));
        if (client->out_of_step)
            return status_severity(error(ERR_PROTOCOL_VIOLATION,
                                         "terminating connection because "
                                         "protocol synchronization was lost"),
                                   SEV_FATAL);
        status_free(wire_flush(client));
    }
    client->peer_gone = true;
    return status_severity(error(ERR_CONNECTION_FAILURE, "unexpected EOF on client connection"),
                           SEV_FATAL);
}

Status wire_wait_message_until(ClientSession *client, uint64_t deadline_us, char *type_out,
                               Str *body_out, bool *found_out) {
    for (;;) {
        TRY(wire_next_message(client, type_out, body_out, found_out));
        if (*found_out)
            return STATUS_OK;
        if (client->peer_gone || client->input_ended)
            return input_lost(client);
        TRY(fiber_check_interrupt());
        if (client->reading_paused) {
            client->reading_paused = false;
            conn_resume(client->conn);
        }
        if (deadline_us != DEADLINE_NONE && clock_mono_us() >= deadline_us)
            return STATUS_OK;
        client->waiting_input = true;
        fiber_park(deadline_us);
        client->waiting_input = false;
    }
}

Status wire_wait_message(ClientSession *client, char *type_out, Str *body_out) {
    bool found;
    return wire_wait_message_until(client, DEADLINE_NONE, type_out, body_out, &found);
}

/* Makes room for len more bytes behind what is there. False: the limit. */
static bool in_reserve(ClientSession *client, size_t len) {
    if (client->in_pos == client->in_len)
        client->in_pos = client->in_len = 0;
    if (client->in_len + len <= client->in_capacity)
        return true; /* what was read already goes when its room is needed */
    if (client->in_pos > 0) {
        memmove(client->in, client->in + client->in_pos, in_available(client));
        client->in_len -= client->in_pos;
        client->in_pos = 0;
    }
    size_t needed = client->in_len + len;
    if (needed <= client->in_capacity)
        return true;
    size_t capacity = MAX(MAX(needed, client->in_capacity * 2), IN_CAPACITY_MIN);
    char *in = mem_try_realloc(&client->exec.account, client->in, client->in_capacity, capacity);
    if (in == NULL)
        return false;
    client->in = in;
    client->in_capacity = capacity;
    return true;
}

/* ---- buffers of idle sessions ---- */

/* Gives back what only work needs. */
static void free_buffers(ClientSession *client) {
    arena_destroy(&client->message_arena);
    arena_destroy(&client->out_arena);
    strbuf_init(&client->out, &client->out_arena);
    portal_free_spare(client);
    if (client->exec.catalog != NULL && client->exec.txn == NULL)
        catalog_session_trim(client->exec.catalog);
    if (in_available(client) == 0) {
        mem_free(&client->exec.account, client->in, client->in_capacity);
        client->in = NULL;
        client->in_pos = client->in_len = client->in_capacity = 0;
    }
}

static void leave_warm(ClientSession *client) {
    if (list_empty(&client->warm))
        return;
    list_remove(&client->warm);
    client->server->warm[client->worker].count--;
}

/* A session that went idle keeps small buffers for its next statement, unless too many others have
 * gone idle since. */
static void enter_warm(ClientSession *client) {
    WarmSessions *warm = &client->server->warm[client->worker];
    if (client->in_capacity + client->out_arena.reserved_bytes +
            client->message_arena.reserved_bytes >
        WARM_BYTES_MAX) {
        free_buffers(client);
        return;
    }
    list_push_back(&warm->list, &client->warm);
    if (++warm->count > WARM_SESSIONS_MAX) {
        ClientSession *oldest = LIST_ENTRY(warm->list.next, ClientSession, warm);
        leave_warm(oldest);
        free_buffers(oldest);
    }
}

static void spawn_if_needed(ClientSession *client) {
    if (client->running) {
        if (client->waiting_input)
            fiber_unpark(client->fiber);
        return;
    }
    if (!wire_has_message(client) && !client->peer_gone && !client->input_ended)
        return;
    client->running = true;
    timer_stop(&client->idle_timer);
    leave_warm(client);
    client->fiber = fiber_spawn(SCHED_OLTP, session_main, client);
    atomic_store(&client->fiber_live, true);
}

static void append_plain(void *arg, const char *data, size_t len) {
    ClientSession *client = arg;
    if (!in_reserve(client, len)) {
        log_write_session(LOG_LEVEL_LOG, client,
                          "out of memory for a message of the client; connection closed");
        client->peer_gone = true;
        return;
    }
    memcpy(client->in + client->in_len, data, len);
    client->in_len += len;
}

ClientSession *client_make(Server *server, Conn *conn) {
    ClientSession *client = mem_alloc(&server->sessions_account, sizeof(*client));
    memset(client, 0, sizeof(*client));
    client->server = server;
    client->conn = conn;
    client->worker = worker_id();
    list_init(&client->warm);
    client->isolation_next = ISOLATION_READ_COMMITTED;
    client->sync_commit = SYNC_ON;
    client->exec.ops = &client_ops;
    client->exec.mvcc = server->mvcc;
    client->exec.function_stats = server->function_stats;
    client->encoding = ENCODING_UTF8;
    client->exec.settings.client_encoding = ENCODING_UTF8;
    client->exec.settings.max_stack_depth_bytes = FIBER_STACK_DEPTH_DEFAULT_BYTES;
    client->exec.data_directory = server->options->data_directory;
    client->exec.env.data_directory = server->options->data_directory;
    client->exec.temp_directory = server->temp_directory;
    random_bytes(client->random_state, sizeof(client->random_state));
    mem_account_init(&client->exec.account, &server->sessions_account, "session", SIZE_MAX);
    arena_init_small(&client->exec.arena, &client->exec.account);
    arena_init(&client->out_arena, &client->exec.account);
    arena_init(&client->txn_arena, &client->exec.account);
    arena_init(&client->message_arena, &client->exec.account);
    strbuf_init(&client->out, &client->out_arena);
    strmap_init(&client->prepared, &client->exec.account);
    strmap_init(&client->portals, &client->exec.account);
    return client;
}

static void login_timeout(Timer *timer) {
    ClientSession *client = CONTAINER_OF(timer, ClientSession, login_timer);
    client->peer_gone = true;
    if (client->running)
        fiber_interrupt(client->fiber, INTERRUPT_CLIENT_LOST);
    else
        spawn_if_needed(client);
}

static void on_open(Conn *conn, void *arg) {
    ClientSession *client = client_make(arg, conn);
    conn_set_user(conn, client);
    conn_remote_address(conn, client->remote_address, &client->remote_port);
    uint64_t limit_s =
        (uint64_t)settings_server_int(client->server->options->settings, "authentication_timeout");
    timer_start(&client->login_timer, clock_mono_us() + limit_s * 1000000, login_timeout);
    session_log_received(client);
}

static void on_data(Conn *conn, const char *data, size_t len) {
    ClientSession *client = conn_user(conn);
    if (client->peer_gone || client->phase == PHASE_CLOSING)
        return;
    if (client->tls != NULL) {
        Status status = tls_receive(client->tls, data, len, append_plain, client);
        tls_flush_to(client->tls, conn);
        conn_flush(conn);
        if (status_ok(status) && client->phase == PHASE_TLS_HANDSHAKE &&
            tls_established(client->tls)) {
            client->phase = PHASE_STARTUP;
            status = tls_describe(client->tls, &client->exec.arena, &client->tls_info);
        }
        if (!status_ok(status)) {
            log_error_session(LOG_LEVEL_LOG, client, status, NULL);
            status_free(status);
            client->peer_gone = true;
        }
    } else {
        append_plain(client, data, len);
    }
    if (client->running && in_available(client) > IN_PAUSE_BYTES && !client->waiting_input) {
        client->reading_paused = true;
        conn_pause(conn);
    }
    spawn_if_needed(client);
}

static void on_eof(Conn *conn, int error_number) {
    ClientSession *client = conn_user(conn);
    if (error_number == 0 &&
        (client->settings == NULL ||
         settings_int(client->settings, "client_connection_check_interval") == 0)) {
        client->input_ended = true;
        spawn_if_needed(client);
        return;
    }
    client->peer_gone = true;
    if (client->running)
        fiber_interrupt(client->fiber, INTERRUPT_CLIENT_LOST);
    spawn_if_needed(client);
}

static void on_closed(Conn *conn) {
    ClientSession *client = conn_user(conn);
    Server *server = client->server;
    leave_warm(client);
    mem_free(&client->exec.account, client->in, client->in_capacity);
    portal_free_spare(client);
    arena_destroy(&client->out_arena);
    arena_destroy(&client->txn_arena);
    arena_destroy(&client->message_arena);
    arena_destroy(&client->exec.arena);
    strmap_destroy(&client->prepared);
    strmap_destroy(&client->portals);
    mem_free(&server->sessions_account, client, sizeof(*client));
}

const ConnHandler client_handler = {
    .on_open = on_open, .on_data = on_data, .on_eof = on_eof, .on_closed = on_closed};

/* ---- output ---- */

size_t message_begin(ClientSession *client, char type) {
    strbuf_reserve(&client->out, OUT_RESERVE_BYTES);
    size_t at = client->out.len;
    strbuf_putc(&client->out, type);
    strbuf_put_be32(&client->out, 0);
    return at;
}

bool wire_recodes(const ClientSession *client) {
    return client->encoding != ENCODING_UTF8 && client->encoding != ENCODING_SQL_ASCII;
}

Status wire_decode(ClientSession *client, Str text, Str *utf8_out) {
    TRY(encoding_decode(client->encoding, &client->message_arena, text, utf8_out));
    const char *copy = arena_strndup(&client->message_arena, utf8_out->data, utf8_out->len);
    *utf8_out = str_make(copy, utf8_out->len);
    return STATUS_OK;
}

static bool is_ascii(const char *p, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (p[i] & 0x80)
            return false;
    return true;
}

Status wire_encode_from(ClientSession *client, size_t at) {
    StrBuf *out = &client->out;
    Str text;
    if (is_ascii(out->data + at, out->len - at))
        return STATUS_OK;
    ArenaMark mark = arena_mark(&client->message_arena);
    Status status = encoding_encode(client->encoding, &client->message_arena,
                                    str_make(out->data + at, out->len - at), &text);
    if (status_ok(status)) {
        strbuf_truncate(out, at);
        strbuf_append(out, text.data, text.len);
    }
    arena_release(&client->message_arena, mark);
    return status;
}

/* Messages about the session rather than data: errors, notices, column names and their kin consist of
 * NUL-ended texts with a few bytes between them. These must get through. */
static void recode_message(ClientSession *client, size_t at) {
    StrBuf *out = &client->out;
    char type = out->data[at];
    size_t start = at + 5, len = out->len - start;
    if (strchr("ENTSCA", type) == NULL || is_ascii(out->data + start, len))
        return;
    Arena *arena = &client->message_arena;
    const char *copy = arena_memdup(arena, out->data + start, len), *p = copy, *end = copy + len;
    size_t before = type == 'T' ? 2 : type == 'A' ? 4 : 0, between = type == 'T' ? 18 : 0;
    strbuf_truncate(out, start);
    strbuf_append(out, p, before);
    for (p += before; p < end;) {
        size_t n = strnlen(p, (size_t)(end - p));
        Str text = encoding_encode_lossy(client->encoding, arena, str_make(p, n));
        strbuf_append(out, text.data, text.len);
        p += n;
        size_t rest = 1 + between < (size_t)(end - p) ? 1 + between : (size_t)(end - p);
        strbuf_append(out, p, rest);
        p += rest;
    }
}

void message_end(ClientSession *client, size_t at) {
    if (UNLIKELY(wire_recodes(client)))
        recode_message(client, at);
    store_be32(client->out.data + at + 1, (uint32_t)(client->out.len - at - 1));
}

void message_empty(ClientSession *client, char type) {
    message_end(client, message_begin(client, type));
}

/* Of output that goes to the connection at once. */
#define DRAIN_SLICE_BYTES ((size_t)1 << 20)

static Status out_hand(ClientSession *client, const char *data, size_t len) {
    if (client->tls == NULL || !tls_established(client->tls)) {
        conn_send(client->conn, data, len);
        return STATUS_OK;
    }
    TRY(tls_send(client->tls, data, len));
    tls_flush_to(client->tls, client->conn);
    return STATUS_OK;
}

/* Nothing is buffered any more. */
static void out_empty(ClientSession *client) {
    if (client->out.capacity > 4 * OUT_DRAIN_BYTES) {
        arena_reset(&client->out_arena);
        strbuf_init(&client->out, &client->out_arena);
    } else {
        strbuf_truncate(&client->out, 0);
    }
}

void wire_send(ClientSession *client) {
    if (client->conn == NULL || client->out.len == 0)
        return;
    /* a connection that is gone is met at the next flush */
    status_free(out_hand(client, client->out.data, client->out.len));
    out_empty(client);
    conn_flush(client->conn);
}

static Status wait_writable(ClientSession *client) {
    if (UNLIKELY(conn_write_failed(client->conn)))
        return status_severity(error(ERR_CONNECTION_FAILURE, "connection to client lost"),
                               SEV_FATAL);
    return conn_queued(client->conn) > CONN_QUEUE_HIGH ? conn_wait_writable(client->conn)
                                                       : STATUS_OK;
}

/* A large message is not copied into the connection's buffers as a whole. A cancel counts once all of it is
 * out; what ends the session ends it within the message. */
static Status drain_slices(ClientSession *client) {
    Status cancelled = STATUS_OK;
    for (size_t at = 0, len; at < client->out.len; at += len) {
        len = MIN(client->out.len - at, DRAIN_SLICE_BYTES);
        Status s = out_hand(client, client->out.data + at, len);
        conn_flush(client->conn);
        if (status_ok(s))
            s = wait_writable(client);
        if (!status_ok(s) && s.error->severity >= SEV_FATAL) {
            status_free(cancelled);
            return s;
        }
        if (!status_ok(s)) {
            status_free(cancelled);
            cancelled = s;
        }
    }
    return cancelled;
}

Status wire_drain(ClientSession *client) {
    if (client->out.len == 0)
        return STATUS_OK;
    Status s;
    if (UNLIKELY(client->out.len > DRAIN_SLICE_BYTES)) {
        s = drain_slices(client);
        out_empty(client);
        return s;
    }
    s = out_hand(client, client->out.data, client->out.len);
    out_empty(client);
    TRY(s);
    return wait_writable(client);
}

Status wire_flush(ClientSession *client) {
    TRY(wire_drain(client));
    conn_flush(client->conn);
    return STATUS_OK;
}

/* ---- the fibre ---- */

static Status handle_ready_message(ClientSession *client, char type, Str body) {
    if (type == 'X') {
        client->phase = PHASE_CLOSING;
        return STATUS_OK;
    }
    if (client->skip_to_sync && type != 'S')
        return STATUS_OK;
    if (type == 'Q')
        return simple_query(client, body);
    if (type == 'F')
        return fastpath_call(client, body);
    return extended_message(client, type, body);
}

static bool is_message_type(char type) {
    switch (type) {
    case 'Q':
    case 'P':
    case 'B':
    case 'E':
    case 'D':
    case 'C':
    case 'S':
    case 'H':
    case 'F':
    case 'X':
    case 'd':
    case 'c':
    case 'f':
        return true;
    default:
        return false;
    }
}

static Status handle_one(ClientSession *client, bool *found_out) {
    *found_out = true;
    if (client->phase != PHASE_READY) {
        if (!wire_has_message(client)) {
            *found_out = false;
            return STATUS_OK;
        }
        return startup_message(client);
    }
    if (UNLIKELY(atomic_load_explicit(&client->terminating, memory_order_relaxed)))
        return status_severity(
            error(ERR_ADMIN_SHUTDOWN, "terminating connection due to administrator command"),
            SEV_FATAL);
    char type;
    Str body;
    arena_reset(&client->message_arena);
    if (in_available(client) >= 5 && !is_message_type(client->in[client->in_pos]))
        return status_severity(error(ERR_PROTOCOL_VIOLATION, "invalid frontend message type %d",
                                     (unsigned char)client->in[client->in_pos]),
                               SEV_FATAL);
    TRY(wire_next_message(client, &type, &body, found_out));
    if (UNLIKELY(settings_stale(client->settings)))
        variables_refresh(client);
    return *found_out ? handle_ready_message(client, type, body) : STATUS_OK;
}

/* A FATAL error, or one that no message handler could deal with: tell the client and end. */
static void end_with_error(ClientSession *client, Status status) {
    if (status_ok(status))
        return;
    if (!client->peer_gone)
        report_error(client, status_severity(status, SEV_FATAL));
    else
        status_free(status);
    client->phase = PHASE_CLOSING;
}

/* With a last word. Not while a fibre runs. */
static void end_idle(ClientSession *client, Status reason) {
    if (client->phase == PHASE_READY)
        report_error(client, status_severity(reason, SEV_FATAL));
    else
        status_free(reason);
    client->phase = PHASE_CLOSING;
    client->running = true;
    client->fiber = fiber_spawn(SCHED_OLTP, session_main, client);
}

static bool in_block(const ClientSession *client) {
    return client->block == BLOCK_IN || client->block == BLOCK_FAILED;
}

static void idle_too_long(Timer *timer) {
    ClientSession *client = CONTAINER_OF(timer, ClientSession, idle_timer);
    if (client->running || client->phase != PHASE_READY)
        return;
    leave_warm(client);
    end_idle(client, in_block(client)
                         ? error(ERR_IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                                 "terminating connection due to idle-in-transaction timeout")
                         : error(ERR_IDLE_SESSION_TIMEOUT,
                                 "terminating connection due to idle-session timeout"));
}

static void become_idle(ClientSession *client) {
    uint64_t limit_ms = in_block(client) ? client->idle_in_block_limit_ms : client->idle_limit_ms;
    if (UNLIKELY(limit_ms > 0) && client->phase == PHASE_READY)
        timer_start(&client->idle_timer, clock_mono_us() + limit_ms * 1000, idle_too_long);
    enter_warm(client);
    if (client->reading_paused) {
        client->reading_paused = false;
        conn_resume(client->conn);
    }
}

static void session_main(void *arg) {
    ClientSession *client = arg;
    uint32_t handled = 0;
    fiber_set_local(FIBER_LOCAL_SESSION, client);
    fiber_stack_limit(client->exec.settings.max_stack_depth_bytes);
    while (client->phase != PHASE_CLOSING) {
        bool found;
        Status status = handle_one(client, &found);
        if (!status_ok(status)) {
            end_with_error(client, status);
            break;
        }
        if (client->out.len > OUT_DRAIN_BYTES)
            status = wire_drain(client);
        if (!found) {
            if (status_ok(status))
                status = wire_flush(client);
            if (status_ok(status) && (client->peer_gone || client->input_ended))
                client->phase = PHASE_CLOSING;
            if (status_ok(status))
                break;
        }
        if (!status_ok(status)) {
            status_free(status);
            client->peer_gone = true;
            client->phase = PHASE_CLOSING;
        }
        if (++handled % MESSAGES_PER_YIELD == 0) /* long ones look at the clock themselves */
            fiber_yield_if_due();
    }
    if (client->phase == PHASE_CLOSING) {
        client_destroy(client);
        return;
    }
    latch_lock(&client->server->registry_latch);
    atomic_store(&client->fiber_live, false);
    latch_unlock(&client->server->registry_latch);
    become_idle(client);
    client->running = false;
    spawn_if_needed(client);
}

/* The end: rolls back, gives everything back, closes the connection. On the session's fibre. */
void client_destroy(ClientSession *client) {
    fiber_interrupts_hold();
    timer_stop(&client->statement_timer);
    timer_stop(&client->idle_timer);
    timer_stop(&client->login_timer);
    if (client->exec.catalog != NULL) {
        client->block = client->block == BLOCK_NONE ? BLOCK_NONE : BLOCK_STATEMENT;
        command_abort(client);
        portals_drop_all(client);
        prepared_drop_all(client);
        simple_cache_free(client);
        statement_cache_free(client);
        listen_end(client);
        Status status = client_txn_start(client);
        if (status_ok(status))
            status = session_drop_temp(client->exec.catalog);
        if (status_ok(status))
            status = client_commit(client);
        if (!status_ok(status)) {
            status_free(status);
            status_free(client_rollback(client));
        }
        session_executor_reset(&client->exec);
        session_forget_temp(&client->exec);
        catalog_session_close(client->exec.catalog);
        client->exec.catalog = NULL;
    }
    if (client->lock_owner != NULL)
        lock_owner_free(client->lock_owner);
    if (client->scram != NULL)
        scram_free(client, client->scram);
    session_log_disconnected(client);
    server_unregister(client->server, client);
    if (client->settings != NULL)
        settings_free(client->settings);
    if (!client->peer_gone)
        status_free(wire_drain(client));
    if (client->tls != NULL)
        tls_free(client->tls);
    client->tls = NULL;
    fiber_interrupts_release();
    conn_close(client->conn);
}

/* pg_terminate_backend and shutdown, on the session's worker. */
void client_terminate(ClientSession *client) {
    if (client->running) {
        fiber_interrupt(client->fiber, INTERRUPT_TERMINATE);
        return;
    }
    end_idle(client,
             error(ERR_ADMIN_SHUTDOWN, "terminating connection due to administrator command"));
}
