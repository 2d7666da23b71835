/*
 * null_server.c: what the runtime, the kernel and the client leave to a database that does nothing.
 *
 * It speaks enough of the wire protocol to answer `pgbench -S` in every mode with canned rows. Its
 * rate is the ceiling for point selects on the machine; a difference to it is what parsing,
 * planning, reading and formatting cost.
 *
 *     null_server SOCKET_DIR PORT [workers] [fiber]
 *
 * With "fiber", each batch of messages is answered on a fibre of its own, as statements are.
 */
#include "base/bits.h"
#include "runtime/fiber.h"
#include "runtime/net.h"
#include "runtime/os.h"
#include "runtime/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES 16384u

typedef struct Session {
    Conn *conn;
    bool started;
    size_t len;
    char input[INPUT_BYTES];
} Session;

typedef struct Config {
    const char *socket_dir;
    const char *port;
    Listener *listener;
    bool use_fibers;
} Config;

static Config config;

/* ---- replies ---- */

static void put_message(Conn *conn, char type, const void *body, size_t len) {
    char *p = conn_reserve(conn, len + 5);
    p[0] = type;
    store_be32(p + 1, (uint32_t)len + 4);
    if (len > 0)
        memcpy(p + 5, body, len);
    conn_commit(conn, len + 5);
}

static void put_ready(Conn *conn) { put_message(conn, 'Z', "I", 1); }

/* One int4 column. */
static void put_row_description(Conn *conn) {
    static const char body[] = "\0\1abalance\0\0\0\0\0\0\0\0\0\0\27\0\4\377\377\377\377\0\0";
    put_message(conn, 'T', body, sizeof(body) - 1);
}

static void put_row(Conn *conn) {
    put_message(conn, 'D',
                "\0\1\0\0\0\1"
                "1",
                7); /* also the scale that pgbench asks for */
    put_message(conn, 'C', "SELECT 1", 9);
}

/* pgbench asks how its tables are partitioned: (1, NULL, 0). */
static void put_partitions(Conn *conn) {
    static const char columns[] = "\0\3"
                                  "n\0\0\0\0\0\0\0\0\0\0\27\0\4\377\377\377\377\0\0"
                                  "s\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0\0"
                                  "c\0\0\0\0\0\0\0\0\0\0\24\0\10\377\377\377\377\0\0";
    put_message(conn, 'T', columns, sizeof(columns) - 1);
    put_message(conn, 'D',
                "\0\3\0\0\0\1"
                "1\377\377\377\377\0\0\0\1"
                "0",
                16);
    put_message(conn, 'C', "SELECT 1", 9);
}

static void put_parameter(Conn *conn, const char *name, const char *value) {
    char body[128];
    int len = snprintf(body, sizeof(body), "%s%c%s", name, 0, value);
    put_message(conn, 'S', body, (size_t)len + 1);
}

static void greet(Conn *conn) {
    put_message(conn, 'R', "\0\0\0\0", 4);
    put_parameter(conn, "server_version", "15.0");
    put_parameter(conn, "server_encoding", "UTF8");
    put_parameter(conn, "client_encoding", "UTF8");
    put_parameter(conn, "standard_conforming_strings", "on");
    put_message(conn, 'K', "\0\0\0\1\0\0\0\1", 8);
    put_ready(conn);
}

/* ---- messages ---- */

static void answer_query(Conn *conn, const char *text) {
    if (strstr(text, "partstrat") != NULL) {
        put_partitions(conn);
    } else if (strncasecmp(text, "select", 6) == 0) {
        put_row_description(conn);
        put_row(conn);
    } else {
        put_message(conn, 'C', "SET", 4);
    }
    put_ready(conn);
}

static void answer(Conn *conn, char type, const char *body) {
    switch (type) {
    case 'Q':
        answer_query(conn, body);
        break;
    case 'P':
        put_message(conn, '1', "", 0);
        break;
    case 'B':
        put_message(conn, '2', "", 0);
        break;
    case 'D':
        put_row_description(conn);
        break;
    case 'E':
        put_row(conn);
        break;
    case 'S':
        put_ready(conn);
        break;
    case 'X':
        conn_close(conn);
        break;
    }
}

/* Takes one message off; false where it is incomplete. */
static bool take_message(Session *session, size_t *at) {
    const char *p = session->input + *at;
    size_t left = session->len - *at;
    size_t head = session->started ? 5 : 4;
    if (left < head)
        return false;
    size_t len = load_be32(p + head - 4) + head - 4;
    check(len >= head && len <= INPUT_BYTES);
    if (left < len)
        return false;
    *at += len;
    if (session->started) {
        answer(session->conn, p[0], p + 5);
    } else if (load_be32(p + 4) == 196608) {
        session->started = true;
        greet(session->conn);
    } else {
        conn_send(session->conn, "N", 1); /* neither TLS nor GSSAPI */
    }
    return true;
}

static void run_messages(void *arg) {
    Session *session = arg;
    size_t at = 0;
    while (take_message(session, &at)) {
    }
    session->len -= at;
    if (session->len > 0)
        memmove(session->input, session->input + at, session->len);
    conn_flush(session->conn);
}

static void on_open(Conn *conn, void *arg) {
    Session *session = mem_alloc(mem_root(), sizeof(*session));
    session->conn = conn;
    session->started = false;
    session->len = 0;
    conn_set_user(conn, session);
}

static void on_data(Conn *conn, const char *data, size_t len) {
    Session *session = conn_user(conn);
    check(session->len + len <= INPUT_BYTES);
    memcpy(session->input + session->len, data, len);
    session->len += len;
    if (config.use_fibers)
        fiber_spawn(SCHED_OLTP, run_messages, session);
    else
        run_messages(session);
}

static void on_eof(Conn *conn, int error_number) { conn_close(conn); }
static void on_closed(Conn *conn) { mem_free(mem_root(), conn_user(conn), sizeof(Session)); }

static const ConnHandler handler = {on_open, on_data, on_eof, on_closed};

static void stop(int signal_number, void *arg) { runtime_stop(runtime_self()); }

static void serve(void *arg) {
    char path[100];
    snprintf(path, sizeof(path), "%s/.s.PGSQL.%s", config.socket_dir, config.port);
    Status status = net_listen_unix(path, 0777, &handler, NULL, &config.listener);
    if (status_ok(status))
        status = net_listen_tcp("127.0.0.1", (uint16_t)atoi(config.port), &handler, NULL,
                                &config.listener);
    if (!status_ok(status)) {
        fprintf(stderr, "null_server: %s\n", status.error->message);
        os_exit_now(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: null_server SOCKET_DIR PORT [workers] [fiber]\n");
        return 1;
    }
    config.socket_dir = argv[1];
    config.port = argv[2];
    config.use_fibers = argc > 4 && strcmp(argv[4], "fiber") == 0;
    RuntimeOptions options = {.worker_count = argc > 3 ? atoi(argv[3]) : 1,
                              .pin = os_env("NULL_SERVER_PIN") != NULL};
    Runtime *runtime;
    Status status = runtime_create(&options, &runtime);
    if (status_ok(status))
        status = runtime_watch_signal(runtime, SIGINT, stop, NULL);
    if (status_ok(status))
        status = runtime_watch_signal(runtime, SIGTERM, stop, NULL);
    if (status_ok(status))
        status = runtime_run(runtime, serve, NULL);
    if (!status_ok(status)) {
        fprintf(stderr, "null_server: %s\n", status.error->message);
        return 1;
    }
    runtime_destroy(runtime);
    return 0;
}
