/*
 * epoll.c: the portable backend: epoll for sockets, pread and pwrite for files. File requests run
 * on the worker's thread at its next poll and hold it meanwhile; callbacks come after, as with a
 * ring. For systems without io_uring, and for sanitizers, which see every byte that moves here.
 */
#include "runtime/clock.h"
#include "runtime/runtime_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define EVENT_BATCH 256
#define RECEIVE_BYTES 65536u
#define IO_PART_MAX (UINT64_C(1) << 30)

typedef struct Epoll {
    int fd;
    IoRequest *io_head; /* linked through backend[0], in order */
    IoRequest *io_tail;
    FdWatch *gone; /* their memory may go after the batch */
    Worker *worker;
    char buf[RECEIVE_BYTES];
} Epoll;

static Epoll *epoll_of(Worker *worker) { return worker->backend_state; }

static Status epoll_start(Worker *worker) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return error(ERR_SYSTEM_ERROR, "could not create an epoll descriptor: %m");
    Epoll *epoll = mem_alloc(&worker->runtime->account, sizeof(*epoll));
    epoll->fd = fd;
    epoll->io_head = epoll->io_tail = NULL;
    epoll->gone = NULL;
    epoll->worker = worker;
    worker->backend_state = epoll;
    return STATUS_OK;
}

static void epoll_stop(Worker *worker) {
    Epoll *epoll = epoll_of(worker);
    close(epoll->fd);
    mem_free(&worker->runtime->account, epoll, sizeof(*epoll));
    worker->backend_state = NULL;
}

/* ---- files ---- */

static void epoll_submit(Worker *worker, IoRequest *request) {
    Epoll *epoll = epoll_of(worker);
    request->backend[0] = 0;
    if (epoll->io_head == NULL)
        epoll->io_head = request;
    else
        epoll->io_tail->backend[0] = (uintptr_t)request;
    epoll->io_tail = request;
}

static int allocate(int fd, uint64_t offset, uint64_t len) {
    if (fallocate(fd, 0, (off_t)offset, (off_t)len) == 0)
        return 0;
    return -errno;
}

/* One system call; its result or -errno. */
static int64_t perform(const IoRequest *request) {
    int fd = request->file->fd;
    uint64_t part = MIN(request->len - request->done_bytes, IO_PART_MAX);
    off_t offset = (off_t)(request->offset + request->done_bytes);
    struct iovec iov = {(char *)request->buf + request->done_bytes, part};
    int64_t n = 0;
    switch (request->op) {
    case IO_READ:
        n = preadv(fd, &iov, 1, offset);
        break;
    case IO_WRITE:
        n = pwritev2(fd, &iov, 1, offset, request->dsync ? RWF_DSYNC : 0);
        if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS) && request->dsync) {
            n = pwritev(fd, &iov, 1, offset);
            if (n > 0 && fdatasync(fd) != 0)
                n = -1;
        }
        break;
    case IO_SYNC:
        n = fsync(fd);
        break;
    case IO_DATASYNC:
        n = fdatasync(fd);
        break;
    case IO_ALLOCATE:
        return allocate(fd, request->offset, request->len);
    }
    return n < 0 ? -errno : n;
}

static bool run_requests(Epoll *epoll) {
    IoRequest *request = epoll->io_head;
    if (request == NULL)
        return false;
    epoll->io_head = epoll->io_tail = NULL; /* callbacks may submit more, for the next poll */
    while (request != NULL) {
        IoRequest *next = (IoRequest *)(uintptr_t)request->backend[0];
        int64_t n;
        do {
            n = perform(request);
        } while (n == -EINTR || n == -EAGAIN || io_advance(request, n));
        request->done(request);
        request = next;
    }
    return true;
}

static void epoll_kick(Worker *worker) {}

/* ---- the loop's side ---- */

/* Rounded up: waking early would only make the loop turn once more. */
static int timeout_ms(uint64_t wait_until_us) {
    if (wait_until_us == 0 || wait_until_us == DEADLINE_NONE)
        return wait_until_us == 0 ? 0 : -1;
    uint64_t now_us = clock_mono_us();
    if (wait_until_us <= now_us)
        return 0;
    return (int)MIN((wait_until_us - now_us + 999) / 1000, 3600u * 1000u);
}

static bool epoll_poll(Worker *worker, uint64_t wait_until_us) {
    Epoll *epoll = epoll_of(worker);
    struct epoll_event events[EVENT_BATCH];
    bool any = run_requests(epoll);
    if (any || epoll->io_head != NULL)
        wait_until_us = 0;
    int count = epoll_wait(epoll->fd, events, EVENT_BATCH, timeout_ms(wait_until_us));
    check(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        Completion *completion = events[i].data.ptr;
        completion->fn(worker, completion, 0, events[i].events);
    }
    while (epoll->gone != NULL) {
        FdWatch *watch = epoll->gone;
        epoll->gone = watch->gone_next;
        watch->gone(watch);
    }
    return any || count > 0;
}

/* ---- descriptors ---- */

static void watch_fired(Worker *worker, Completion *completion, int result, unsigned flags) {
    FdWatch *watch = CONTAINER_OF(completion, FdWatch, completion);
    if (watch->active)
        watch->fn(watch);
}

static void epoll_watch(Worker *worker, FdWatch *watch) {
    watch->completion.fn = watch_fired;
    watch->active = true;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &watch->completion};
    check(epoll_ctl(epoll_of(worker)->fd, EPOLL_CTL_ADD, watch->fd, &event) == 0);
}

static void epoll_unwatch(Worker *worker, FdWatch *watch) {
    Epoll *epoll = epoll_of(worker);
    if (watch->active)
        epoll_ctl(epoll->fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->active = false;
    if (watch->gone != NULL) {
        watch->gone_next = epoll->gone;
        epoll->gone = watch;
    }
}

/* A process without a ring leaves nothing in flight. */
static void epoll_hold(Worker *worker, int fd) {}

/* ---- connections ---- */

static void set_events(Conn *conn, uint32_t events) {
    if (events == conn->epoll_events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = &conn->receive};
    int op = conn->epoll_events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    check(epoll_ctl(epoll_of(conn->worker)->fd, op, conn->fd, &event) == 0);
    conn->epoll_events = events;
}

/* True where the first buffer moved on or failed. */
static bool send_some(Conn *conn) {
    OutBuf *buf = conn->out_head;
    ssize_t n;
    do {
        n = send(conn->fd, buf->data + buf->sent, buf->len - buf->sent,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        conn->send_open = true;
        set_events(conn, conn->epoll_events | EPOLLOUT);
        return false;
    }
    conn_sent(conn, n > 0 ? (size_t)n : 0, n < 0 ? errno : 0);
    return true;
}

/* conn_sent flushes, which comes back here: the loop of the outer call does the work. */
static void try_send(Conn *conn) {
    if (conn->sending)
        return;
    conn->sending = true;
    conn->send_open = false;
    set_events(conn, conn->epoll_events & ~(uint32_t)EPOLLOUT);
    while (conn->out_head != NULL && conn->out_head->sent < conn->out_head->len) {
        if (!send_some(conn))
            break;
    }
    conn->sending = false;
}

static void receive_some(Conn *conn) {
    Epoll *epoll = epoll_of(conn->worker);
    ssize_t n = recv(conn->fd, epoll->buf, sizeof(epoll->buf), MSG_DONTWAIT);
    if (n > 0) {
        conn_received(conn, epoll->buf, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        int e = n == 0 ? 0 : errno;
        set_events(conn, conn->epoll_events & ~(uint32_t)EPOLLIN);
        conn_receive_ended(conn, e);
    }
}

static void conn_ready(Worker *worker, Completion *completion, int result, unsigned events) {
    Conn *conn = CONTAINER_OF(completion, Conn, receive);
    if (conn->dead)
        return;
    if (conn->send_open && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
        try_send(conn);
    if (conn->dead)
        return;
    if (conn->want_read && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        receive_some(conn);
    else if (!conn->want_read && !conn->send_open && (events & (EPOLLERR | EPOLLHUP)))
        set_events(conn, 0); /* reported whatever is asked for; told when reading goes on */
}

static void epoll_conn_start(Conn *conn) { conn->receive.fn = conn_ready; }

static void epoll_conn_receive(Conn *conn, bool on) {
    uint32_t in = EPOLLIN;
    set_events(conn, on ? conn->epoll_events | in : conn->epoll_events & ~in);
    if (conn->closing && conn->write_failed)
        conn->send_open = false; /* aborted: nothing will be sent any more */
}

static void epoll_conn_forget(Conn *conn) { set_events(conn, 0); }

const Backend epoll_backend = {
    .kind = IO_BACKEND_EPOLL,
    .start = epoll_start,
    .stop = epoll_stop,
    .submit = epoll_submit,
    .kick = epoll_kick,
    .poll = epoll_poll,
    .watch = epoll_watch,
    .unwatch = epoll_unwatch,
    .hold = epoll_hold,
    .conn_start = epoll_conn_start,
    .conn_receive = epoll_conn_receive,
    .conn_send = try_send,
    .conn_forget = epoll_conn_forget,
    .fs = &posix_fs,
};
