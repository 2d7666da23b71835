/*
 * net.h: listeners and connections. Layer: runtime.
 *
 * A connection belongs to one worker; every call on it and every callback happens on that worker's
 * thread. Callbacks run on the worker's own stack and must not park. No fibre is needed while a
 * connection is idle, and an idle one costs under 300 bytes here: input arrives in buffers that all
 * connections of the worker share, output buffers exist while there is output.
 *
 *   accepted -> on_open -> (on_data)* -> [on_eof] -> conn_close -> on_closed -> freed
 *
 * on_eof tells that the peer closed or failed; on_data never follows it. The connection stays
 * until the owner calls conn_close or conn_abort, after which only on_closed comes, once.
 */
#ifndef RUNTIME_NET_H
#define RUNTIME_NET_H

#include "base/status.h"
#include "runtime/worker.h"

#include <sys/types.h>

typedef struct Conn Conn;
typedef struct Listener Listener;

typedef struct ConnHandler {
    /* First call, on the worker that will own it. */
    void (*on_open)(Conn *conn, void *listener_arg);
    /* All bytes are the handler's to copy or consume before it returns. A call may still come after
     * conn_pause. */
    void (*on_data)(Conn *conn, const char *data, size_t len);
    /* error_number 0: an orderly end of the peer's stream. */
    void (*on_eof)(Conn *conn, int error_number);
    /* Last call; the Conn is freed after it. */
    void (*on_closed)(Conn *conn);
} ConnHandler;

/* Listens on a numeric address ("127.0.0.1", "::1", "0.0.0.0", "::") and port. Port 0 picks one.
 * Accepted connections go to the worker with the fewest. From a fibre of any worker.
 * Errors: PostgreSQL's `could not bind %s address "%s": %m` (the code by errno). */
Status net_listen_tcp(const char *address, uint16_t port, const ConnHandler *handler, void *arg,
                      Listener **listener_out);
/* Listens on a Unix socket. A socket file that nobody serves is replaced. mode: its permissions. */
Status net_listen_unix(const char *path, unsigned mode, const ConnHandler *handler, void *arg,
                       Listener **listener_out);
uint16_t net_listener_port(const Listener *listener);
/* No connection is accepted after it; a Unix socket's file goes. Connections that it accepted stay.
 * On the worker that listened. */
void net_listener_close(Listener *listener);

void *conn_user(const Conn *conn);
void conn_set_user(Conn *conn, void *user);
Worker *conn_worker(const Conn *conn);
/* True if the owner may no longer expect input: on_eof came or it is closing. */
bool conn_at_eof(const Conn *conn);

/* Reading: pauses by request, for backpressure. */
void conn_pause(Conn *conn);
void conn_resume(Conn *conn);

/* Has writing failed? What is sent then gets dropped. A peer that only ended its stream may still read. */
bool conn_write_failed(const Conn *conn);
/* Queues a copy of the bytes. Nothing goes out before conn_flush, except when much is queued. On a
 * connection whose peer is gone the bytes are dropped. */
void conn_send(Conn *conn, const void *data, size_t len);
/* Room for len (up to CONN_RESERVE_MAX) bytes in place; conn_commit queues the first used of them.
 * One at a time. */
#define CONN_RESERVE_MAX 65536u
void *conn_reserve(Conn *conn, size_t len);
void conn_commit(Conn *conn, size_t used);
/* Submits what is queued; at most one send is open, so the order is kept. */
void conn_flush(Conn *conn);
/* Queued bytes that the kernel has not taken. */
size_t conn_queued(const Conn *conn);
/* Flushes, and parks the fibre while more than CONN_QUEUE_HIGH bytes are queued.
 * Errors: 08006 where the peer is gone, or the interrupt's. */
#define CONN_QUEUE_HIGH (1024u * 1024u)
Status conn_wait_writable(Conn *conn);

/* Sends what is queued (for at most 10 s), then closes. */
void conn_close(Conn *conn);
/* Closes at once; the peer of a TCP connection gets a reset. */
void conn_abort(Conn *conn);

typedef enum ConnKind { CONN_TCP4, CONN_TCP6, CONN_UNIX } ConnKind;
ConnKind conn_kind(const Conn *conn);
/* The peer's numeric address and port; "" and 0 for Unix sockets and once the peer is gone: ask in
 * on_open. */
#define CONN_ADDRESS_BYTES 64
void conn_remote_address(const Conn *conn, char address_out[CONN_ADDRESS_BYTES],
                         uint16_t *port_out);
void conn_local_address(const Conn *conn, char address_out[CONN_ADDRESS_BYTES], uint16_t *port_out);
/* The peer process of a Unix socket (SO_PEERCRED). False for TCP. */
bool conn_peer_credentials(const Conn *conn, uid_t *uid_out, gid_t *gid_out, pid_t *pid_out);
/* TCP keepalive in seconds; 0: the system's default. */
void conn_set_keepalive(Conn *conn, int idle_s, int interval_s, int count);

#endif
