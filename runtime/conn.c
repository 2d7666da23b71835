/*
 * conn.c: connections, the part that all backends share.
 *
 * Output is a chain of buffers. A send covers [sent, len) of the first one; bytes appended to that
 * buffer meanwhile lie behind the range that the kernel reads, so nothing moves or is copied twice.
 *
 * End of life. conn_close sends what is queued, shuts the write side, and drops input until the
 * peer closes too (closing earlier would reset the connection and could take the last message from
 * the peer); a timer bounds both. A Conn is dead when it is closing and the backend has nothing in
 * flight for it; dead ones are freed at the end of the worker's turn, never under a caller's feet.
 */
#include "runtime/clock.h"
#include "runtime/runtime_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SMALL_KEPT_MAX 256u
#define SEND_LINGER_US (10u * 1000u * 1000u)
#define CLOSE_LINGER_US (1000u * 1000u)

/* ---- output buffers ---- */

static MemAccount *account_of(const Worker *worker) { return &worker->runtime->account; }

static OutBuf *out_take(Worker *worker, uint32_t capacity) {
    WorkerNet *net = &worker->net;
    OutBuf *buf = net->small_free;
    if (capacity == OUT_SMALL_BYTES && buf != NULL) {
        net->small_free = buf->next;
        net->small_free_count--;
    } else {
        buf = mem_alloc(account_of(worker), sizeof(OutBuf) + capacity);
    }
    *buf = (OutBuf){.capacity = capacity};
    return buf;
}

static void out_give(Worker *worker, OutBuf *buf) {
    WorkerNet *net = &worker->net;
    if (buf->capacity == OUT_SMALL_BYTES && net->small_free_count < SMALL_KEPT_MAX) {
        buf->next = net->small_free;
        net->small_free = buf;
        net->small_free_count++;
        return;
    }
    mem_free(account_of(worker), buf, sizeof(OutBuf) + buf->capacity);
}

static void pop_head(Conn *conn) {
    OutBuf *buf = conn->out_head;
    conn->out_head = buf->next;
    if (conn->out_head == NULL)
        conn->out_tail = NULL;
    out_give(conn->worker, buf);
}

/* Not while a send is open: the kernel reads the first buffer. */
static void drop_output(Conn *conn) {
    check(!conn->send_open);
    while (conn->out_head != NULL)
        pop_head(conn);
    conn->queued = 0;
}

/* ---- life ---- */

void net_init(Worker *worker) {
    list_init(&worker->net.listeners);
    list_init(&worker->net.conns);
    list_init(&worker->net.dead);
}

static void linger_over(Timer *timer) { conn_abort(CONTAINER_OF(timer, Conn, linger)); }

void conn_settle(Conn *conn) {
    if (conn->dead || !conn->closing || conn->receive_open || conn->send_open || conn->rearm)
        return;
    if (!conn->eof || (conn->out_head != NULL && !conn->write_failed))
        return;
    conn->dead = true;
    timer_stop(&conn->linger);
    list_remove(&conn->node);
    list_push_back(&conn->worker->net.dead, &conn->node);
}

static void conn_free(Conn *conn) {
    Worker *worker = conn->worker;
    drop_output(conn);
    worker->backend->conn_forget(conn);
    close(conn->fd);
    atomic_fetch_sub_explicit(&worker->net.conn_count, 1, memory_order_relaxed);
    mem_free(account_of(worker), conn, sizeof(*conn));
}

void net_run_dead(Worker *worker) {
    while (!list_empty(&worker->net.dead)) {
        Conn *conn = LIST_ENTRY(worker->net.dead.next, Conn, node);
        list_remove(&conn->node);
        conn->handler->on_closed(conn);
        conn_free(conn);
    }
}

/* The loop has ended: descriptors and memory go, callbacks stay out. */
void net_destroy(Worker *worker) {
    while (!list_empty(&worker->net.listeners))
        listener_free(listener_of_node(worker->net.listeners.next));
    ListNode *lists[] = {&worker->net.conns, &worker->net.dead};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        while (!list_empty(lists[i])) {
            Conn *conn = LIST_ENTRY(lists[i]->next, Conn, node);
            list_remove(&conn->node);
            timer_stop(&conn->linger);
            shutdown(conn->fd, SHUT_RDWR);
            conn->send_open = false;
            conn_free(conn);
        }
    }
    while (worker->net.small_free != NULL) {
        OutBuf *buf = worker->net.small_free;
        worker->net.small_free = buf->next;
        mem_free(account_of(worker), buf, sizeof(OutBuf) + buf->capacity);
    }
}

void net_adopt(Worker *worker, int fd, ConnKind kind, const ConnHandler *handler, void *arg) {
    check(worker == tls_worker);
    Conn *conn = mem_alloc(account_of(worker), sizeof(*conn));
    *conn = (Conn){.worker = worker, .handler = handler, .fd = fd, .kind = (uint8_t)kind};
    list_push_back(&worker->net.conns, &conn->node);
    if (kind != CONN_UNIX) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    worker->backend->conn_start(conn);
    handler->on_open(conn, arg);
    conn->want_read = true;
    if (!conn->eof)
        worker->backend->conn_receive(conn, true);
}

void conn_close(Conn *conn) {
    if (conn->closing)
        return;
    conn->closing = true;
    uint64_t linger_us = SEND_LINGER_US;
    timer_start(&conn->linger, clock_mono_us() + linger_us, linger_over);
    conn_resume(conn); /* to see the peer's end */
    conn_flush(conn);
    conn_settle(conn);
}

void conn_abort(Conn *conn) {
    if (conn->dead)
        return;
    if (conn->kind != CONN_UNIX && !conn->write_shut) {
        struct linger hard = {.l_onoff = 1};
        setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    }
    conn->closing = true;
    conn->eof = true;
    conn->write_failed = true;
    conn->want_read = false;
    shutdown(conn->fd, SHUT_RDWR); /* ends what is in flight */
    conn->worker->backend->conn_receive(conn, false);
    conn_settle(conn);
    fiber_unpark(conn->writer);
}

/* ---- input ---- */

void conn_received(Conn *conn, const char *data, size_t len) {
    if (!conn->closing && !conn->eof)
        conn->handler->on_data(conn, data, len);
}

void conn_receive_ended(Conn *conn, int error_number) {
    conn->want_read = false;
    if (!conn->eof) {
        conn->eof = true;
        if (error_number != 0)
            conn->write_failed = true;
        if (!conn->closing)
            conn->handler->on_eof(conn, error_number);
        fiber_unpark(conn->writer);
    }
    conn_settle(conn);
}

void conn_pause(Conn *conn) {
    if (!conn->want_read || conn->eof)
        return;
    conn->want_read = false;
    conn->worker->backend->conn_receive(conn, false);
}

void conn_resume(Conn *conn) {
    if (conn->want_read || conn->eof)
        return;
    conn->want_read = true;
    conn->worker->backend->conn_receive(conn, true);
}

/* ---- output ---- */

void *conn_reserve(Conn *conn, size_t len) {
    check(len <= CONN_RESERVE_MAX && conn->worker == tls_worker);
    OutBuf *tail = conn->out_tail;
    if (LIKELY(tail != NULL && tail->capacity - tail->len >= len))
        return tail->data + tail->len;
    bool small = tail == NULL && len <= OUT_SMALL_BYTES;
    if (tail != NULL)
        conn_flush(conn); /* the full ones may go */
    OutBuf *buf = out_take(conn->worker, small ? OUT_SMALL_BYTES : OUT_LARGE_BYTES);
    if (conn->out_tail == NULL)
        conn->out_head = buf;
    else
        conn->out_tail->next = buf;
    conn->out_tail = buf;
    return buf->data;
}

void conn_commit(Conn *conn, size_t used) {
    OutBuf *tail = conn->out_tail;
    check(tail != NULL && used <= tail->capacity - tail->len);
    tail->len += (uint32_t)used;
    conn->queued += used;
}

void conn_send(Conn *conn, const void *data, size_t len) {
    for (const char *p = data; len > 0;) {
        OutBuf *tail = conn->out_tail;
        size_t room = tail == NULL ? 0 : tail->capacity - tail->len;
        size_t part = MIN(len, room > 0 ? room : OUT_LARGE_BYTES);
        memcpy(conn_reserve(conn, part), p, part);
        conn_commit(conn, part);
        p += part;
        len -= part;
    }
}

void conn_flush(Conn *conn) {
    if (conn->send_open)
        return; /* its end starts the next */
    if (conn->write_failed)
        drop_output(conn);
    while (conn->out_head != NULL && conn->out_head->sent == conn->out_head->len) {
        if (conn->out_head == conn->out_tail && !conn->closing)
            break; /* reserved, nothing committed yet */
        pop_head(conn);
    }
    if (conn->out_head != NULL && conn->out_head->sent < conn->out_head->len) {
        conn->worker->backend->conn_send(conn);
    } else if (conn->closing && !conn->write_shut) {
        conn->write_shut = true;
        shutdown(conn->fd, SHUT_WR);
        if (!conn->eof)
            timer_start(&conn->linger, clock_mono_us() + CLOSE_LINGER_US, linger_over);
    }
}

/* The backend took len bytes of the first buffer, or failed. */
void conn_sent(Conn *conn, size_t len, int error_number) {
    conn->send_open = false;
    if (error_number != 0) {
        conn->write_failed = true;
        drop_output(conn);
    } else if (conn->out_head != NULL) {
        OutBuf *head = conn->out_head;
        head->sent += (uint32_t)len;
        conn->queued -= len;
        if (head->sent == head->len)
            pop_head(conn);
    }
    conn_flush(conn);
    if (conn->queued <= CONN_QUEUE_HIGH)
        fiber_unpark(conn->writer);
    conn_settle(conn);
}

size_t conn_queued(const Conn *conn) { return conn->queued; }
bool conn_write_failed(const Conn *conn) { return conn->write_failed; }

static Status client_lost(void) {
    return status_severity(error(ERR_CONNECTION_FAILURE, "connection to client lost"), SEV_FATAL);
}

Status conn_wait_writable(Conn *conn) {
    check(conn->worker == tls_worker);
    conn_flush(conn);
    Status status = STATUS_OK;
    conn->writer = fiber_self_ref();
    while (status_ok(status) && conn->queued > CONN_QUEUE_HIGH && !conn->write_failed) {
        if (fiber_park(DEADLINE_NONE) == PARK_INTERRUPTED)
            status = fiber_check_interrupt();
    }
    conn->writer = (FiberRef){0};
    if (status_ok(status) && conn->write_failed)
        status = client_lost();
    return status;
}

/* ---- properties ---- */

void *conn_user(const Conn *conn) { return conn->user; }
void conn_set_user(Conn *conn, void *user) { conn->user = user; }
Worker *conn_worker(const Conn *conn) { return conn->worker; }
bool conn_at_eof(const Conn *conn) { return conn->eof || conn->closing; }
ConnKind conn_kind(const Conn *conn) { return (ConnKind)conn->kind; }

typedef union SocketAddress {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_storage storage;
} SocketAddress;

static void format_address(const SocketAddress *address, char out[CONN_ADDRESS_BYTES],
                           uint16_t *port_out) {
    out[0] = '\0';
    *port_out = 0;
    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->in4.sin_addr, out, CONN_ADDRESS_BYTES);
        *port_out = ntohs(address->in4.sin_port);
    } else if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->in6.sin6_addr, out, CONN_ADDRESS_BYTES);
        *port_out = ntohs(address->in6.sin6_port);
    }
}

void conn_remote_address(const Conn *conn, char out[CONN_ADDRESS_BYTES], uint16_t *port_out) {
    SocketAddress address = {0};
    socklen_t len = sizeof(address);
    if (getpeername(conn->fd, &address.any, &len) != 0)
        address.any.sa_family = AF_UNSPEC;
    format_address(&address, out, port_out);
}

void conn_local_address(const Conn *conn, char out[CONN_ADDRESS_BYTES], uint16_t *port_out) {
    SocketAddress address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(conn->fd, &address.any, &len) != 0)
        address.any.sa_family = AF_UNSPEC;
    format_address(&address, out, port_out);
}

bool conn_peer_credentials(const Conn *conn, uid_t *uid_out, gid_t *gid_out, pid_t *pid_out) {
    struct ucred cred;
    socklen_t len = sizeof(cred);
    if (conn->kind != CONN_UNIX || getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
        return false;
    *uid_out = cred.uid;
    *gid_out = cred.gid;
    *pid_out = cred.pid;
    return true;
}

void conn_set_keepalive(Conn *conn, int idle_s, int interval_s, int count) {
    if (conn->kind == CONN_UNIX)
        return;
    const struct {
        int name;
        int value;
    } options[] = {{TCP_KEEPIDLE, idle_s}, {TCP_KEEPINTVL, interval_s}, {TCP_KEEPCNT, count}};
    int on = 1;
    setsockopt(conn->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].value > 0)
            setsockopt(conn->fd, IPPROTO_TCP, options[i].name, &options[i].value, sizeof(int));
    }
}
