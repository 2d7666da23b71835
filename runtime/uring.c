/*
 * uring.c: the io_uring backend. One ring per worker, made and used by its thread alone.
 *
 * Everything submitted during a turn goes to the kernel with the one call that also waits. User
 * data is the address of a Completion; 0 is an operation whose end interests nobody.
 *
 * Receiving: one multishot receive per connection that wants input, all from one ring of shared
 * buffers. A buffer is handed to the owner and given back before the next one is looked at, so the
 * ring runs dry only within one batch of completions; receives that ended for want of buffers are
 * armed again after the batch.
 *
 * A ring outlives a killed process by some milliseconds and keeps the files that its requests name:
 * a listening socket would block the next server's bind. So listeners and signals are watched by an
 * epoll descriptor, and the ring polls only that. What must outlive the process is the data
 * directory's lock, until the last write that was in flight has landed: uring_hold.
 *
 * Memory that the kernel may still write is not freed before its completion has come: a Conn waits
 * for receive_open and send_open, a watch for armed.
 */
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/runtime_int.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SQ_ENTRIES 1024u
#define CQ_ENTRIES 16384u
#define CQE_BATCH 64u
#define EVENT_BATCH 64
#define BUF_COUNT 512u
#define BUF_BYTES 8192u
#define BUF_GROUP 1
#define IO_PART_MAX (UINT64_C(1) << 30) /* a request's length is 32 bits in the kernel */

typedef struct Uring {
    struct io_uring ring;
    struct io_uring_buf_ring *bufs;
    char *buf_memory;
    Conn *starved; /* receives to arm again */
    bool multishot;
    int epoll_fd;
    Completion epoll_ready;
    FdWatch *gone; /* their memory may go after the batch of events */
} Uring;

static Uring *uring_of(Worker *worker) { return worker->backend_state; }

/* ---- the ring ---- */

static int ring_init(struct io_uring *ring) {
    static const unsigned flags[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    };
    int e = 0;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        struct io_uring_params params = {
            .flags = flags[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
            .cq_entries = CQ_ENTRIES,
        };
        e = -io_uring_queue_init_params(SQ_ENTRIES, ring, &params);
        if (e == 0 && (params.features & IORING_FEAT_NODROP) &&
            (params.features & IORING_FEAT_EXT_ARG))
            return 0;
        if (e == 0) {
            io_uring_queue_exit(ring);
            e = ENOSYS;
        }
    }
    return e;
}

static int bufs_init(Uring *uring) {
    size_t ring_bytes = BUF_COUNT * sizeof(struct io_uring_buf);
    void *memory = mmap(NULL, ring_bytes + BUF_COUNT * BUF_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return errno;
    struct io_uring_buf_reg reg = {
        .ring_addr = (uintptr_t)memory, .ring_entries = BUF_COUNT, .bgid = BUF_GROUP};
    int e = -io_uring_register_buf_ring(&uring->ring, &reg, 0);
    if (e != 0) {
        munmap(memory, ring_bytes + BUF_COUNT * BUF_BYTES);
        return e;
    }
    uring->bufs = memory;
    uring->buf_memory = (char *)memory + ring_bytes;
    io_uring_buf_ring_init(uring->bufs);
    for (unsigned i = 0; i < BUF_COUNT; i++)
        io_uring_buf_ring_add(uring->bufs, uring->buf_memory + i * BUF_BYTES, BUF_BYTES,
                              (unsigned short)i, io_uring_buf_ring_mask(BUF_COUNT), (int)i);
    io_uring_buf_ring_advance(uring->bufs, BUF_COUNT);
    return 0;
}

static void uring_close(Uring *uring) {
    /* Closing a ring ends its requests some time later; sockets would stay open that long. */
    struct io_uring_sync_cancel_reg all = {
        .flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
        .timeout = {.tv_sec = 1},
    };
    (void)io_uring_register_sync_cancel(&uring->ring, &all); /* not before 6.0 */
    io_uring_queue_exit(&uring->ring);
    if (uring->bufs != NULL)
        munmap(uring->bufs, BUF_COUNT * (sizeof(struct io_uring_buf) + BUF_BYTES));
    if (uring->epoll_fd >= 0)
        close(uring->epoll_fd);
}

static int uring_open(Uring *uring) {
    *uring = (Uring){.multishot = true, .epoll_fd = -1};
    int e = ring_init(&uring->ring);
    if (e != 0)
        return e;
    e = bufs_init(uring);
    if (e == 0) {
        uring->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        e = uring->epoll_fd < 0 ? errno : 0;
    }
    if (e != 0)
        uring_close(uring);
    return e;
}

bool uring_works(void) {
    Uring uring;
    if (uring_open(&uring) != 0)
        return false;
    uring_close(&uring);
    return true;
}

static void uring_stop(Worker *worker) {
    Uring *uring = uring_of(worker);
    uring_close(uring);
    mem_free(&worker->runtime->account, uring, sizeof(*uring));
    worker->backend_state = NULL;
}

static struct io_uring_sqe *get_sqe(Uring *uring) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
    while (UNLIKELY(sqe == NULL)) {
        int n = io_uring_submit(&uring->ring);
        check(n >= 0 || n == -EAGAIN || n == -EBUSY || n == -EINTR);
        sqe = io_uring_get_sqe(&uring->ring);
    }
    return sqe;
}

static void cancel(Uring *uring, Completion *completion) {
    struct io_uring_sqe *sqe = get_sqe(uring);
    io_uring_prep_cancel(sqe, completion, 0);
    io_uring_sqe_set_data(sqe, NULL);
}

/* ---- the loop's side ---- */

static void arm_starved(Worker *worker);

static bool run_completions(Worker *worker) {
    Uring *uring = uring_of(worker);
    struct io_uring_cqe *cqes[CQE_BATCH];
    struct {
        Completion *completion;
        int result;
        unsigned flags;
    } batch[CQE_BATCH];
    unsigned total = 0;
    while (total < CQ_ENTRIES) {
        unsigned count = io_uring_peek_batch_cqe(&uring->ring, cqes, CQE_BATCH);
        if (count == 0)
            break;
        /* Out of the ring first: a callback may submit, and that may write to it. */
        for (unsigned i = 0; i < count; i++) {
            batch[i].completion = io_uring_cqe_get_data(cqes[i]);
            batch[i].result = cqes[i]->res;
            batch[i].flags = cqes[i]->flags;
        }
        io_uring_cq_advance(&uring->ring, count);
        for (unsigned i = 0; i < count; i++) {
            if (batch[i].completion != NULL)
                batch[i].completion->fn(worker, batch[i].completion, batch[i].result,
                                        batch[i].flags);
        }
        arm_starved(worker);
        total += count;
    }
    return total > 0;
}

static void run_gone(Uring *uring) {
    while (uring->gone != NULL) {
        FdWatch *watch = uring->gone;
        uring->gone = watch->gone_next;
        watch->gone(watch);
    }
}

static bool kernel_has_work(struct io_uring *ring) {
    unsigned flags = __atomic_load_n(ring->sq.kflags, __ATOMIC_RELAXED);
    return io_uring_sq_ready(ring) > 0 ||
           (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

static bool uring_poll(Worker *worker, uint64_t wait_until_us) {
    struct io_uring *ring = &uring_of(worker)->ring;
    int n = 0;
    uint64_t now_us = 0;
    if (wait_until_us != 0 && wait_until_us != DEADLINE_NONE)
        now_us = clock_mono_us();
    if (wait_until_us <= now_us) {
        if (kernel_has_work(ring))
            n = io_uring_submit_and_get_events(ring);
    } else if (wait_until_us == DEADLINE_NONE) {
        n = io_uring_submit_and_wait(ring, 1);
    } else {
        uint64_t left_us = wait_until_us - now_us;
        struct __kernel_timespec ts = {.tv_sec = (int64_t)(left_us / 1000000),
                                       .tv_nsec = (int64_t)(left_us % 1000000 * 1000)};
        struct io_uring_cqe *cqe;
        n = io_uring_submit_and_wait_timeout(ring, &cqe, 1, &ts, NULL);
    }
    check(n >= 0 || n == -ETIME || n == -EINTR || n == -EAGAIN || n == -EBUSY);
    bool any = run_completions(worker);
    run_gone(uring_of(worker));
    return any;
}

static void uring_kick(Worker *worker) {
    struct io_uring *ring = &uring_of(worker)->ring;
    if (io_uring_sq_ready(ring) > 0)
        io_uring_submit(ring);
}

/* ---- descriptors ---- */

static void arm_poll(Uring *uring, int fd, Completion *completion) {
    struct io_uring_sqe *sqe = get_sqe(uring);
    io_uring_prep_poll_add(sqe, fd, POLLIN);
    io_uring_sqe_set_data(sqe, completion);
}

/* The wake-up descriptor, the one watch that the ring polls itself. */
static void wake_fired(Worker *worker, Completion *completion, int result, unsigned flags) {
    FdWatch *watch = CONTAINER_OF(completion, FdWatch, completion);
    watch->fn(watch);
    arm_poll(uring_of(worker), watch->fd, completion);
}

static void epoll_fired(Worker *worker, Completion *completion, int result, unsigned flags) {
    Uring *uring = uring_of(worker);
    struct epoll_event events[EVENT_BATCH];
    int count = epoll_wait(uring->epoll_fd, events, EVENT_BATCH, 0);
    for (int i = 0; i < count; i++) {
        FdWatch *watch = events[i].data.ptr;
        if (watch->active)
            watch->fn(watch);
    }
    arm_poll(uring, uring->epoll_fd, completion);
}

static void uring_watch(Worker *worker, FdWatch *watch) {
    Uring *uring = uring_of(worker);
    watch->active = true;
    if (watch == &worker->wake_watch) {
        watch->completion.fn = wake_fired;
        arm_poll(uring, watch->fd, &watch->completion);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};
    check(epoll_ctl(uring->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0);
}

static void uring_unwatch(Worker *worker, FdWatch *watch) {
    Uring *uring = uring_of(worker);
    check(watch != &worker->wake_watch);
    if (watch->active)
        epoll_ctl(uring->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->active = false;
    if (watch->gone != NULL) {
        watch->gone_next = uring->gone;
        uring->gone = watch;
    }
}

static Status uring_start(Worker *worker) {
    Uring *uring = mem_alloc(&worker->runtime->account, sizeof(*uring));
    int e = uring_open(uring);
    if (e != 0) {
        mem_free(&worker->runtime->account, uring, sizeof(*uring));
        return error(ERR_SYSTEM_ERROR, "could not set up io_uring: %s", strerror(e));
    }
    (void)io_uring_register_ring_fd(&uring->ring); /* saves a look-up; older kernels have it not */
    worker->backend_state = uring;
    uring->epoll_ready.fn = epoll_fired;
    arm_poll(uring, uring->epoll_fd, &uring->epoll_ready);
    return STATUS_OK;
}

/* ---- files ---- */

static void io_completed(Worker *worker, Completion *completion, int result, unsigned flags);

static Completion *completion_of(IoRequest *request) {
    _Static_assert(sizeof(Completion) <= sizeof(request->backend), "a Completion fits in");
    return (Completion *)(void *)request->backend;
}

static void uring_submit(Worker *worker, IoRequest *request) {
    struct io_uring_sqe *sqe = get_sqe(uring_of(worker));
    int fd = request->file->fd;
    char *at = (char *)request->buf + request->done_bytes;
    unsigned part = (unsigned)MIN(request->len - request->done_bytes, IO_PART_MAX);
    uint64_t offset = request->offset + request->done_bytes;
    switch (request->op) {
    case IO_READ:
        io_uring_prep_read(sqe, fd, at, part, offset);
        break;
    case IO_WRITE:
        io_uring_prep_write(sqe, fd, at, part, offset);
        sqe->rw_flags = request->dsync ? RWF_DSYNC : 0;
        break;
    case IO_SYNC:
        io_uring_prep_fsync(sqe, fd, 0);
        break;
    case IO_DATASYNC:
        io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
        break;
    case IO_ALLOCATE:
        io_uring_prep_fallocate(sqe, fd, 0, (off_t)request->offset, (off_t)request->len);
        break;
    }
    completion_of(request)->fn = io_completed;
    io_uring_sqe_set_data(sqe, completion_of(request));
}

static void io_completed(Worker *worker, Completion *completion, int result, unsigned flags) {
    IoRequest *request = CONTAINER_OF((uint64_t(*)[4])(void *)completion, IoRequest, backend);
    if (result == -EINTR || result == -EAGAIN || io_advance(request, result))
        uring_submit(worker, request);
    else
        request->done(request);
}

/* The ring keeps fd open until its last request has ended, even past the process. */
static void uring_hold(Worker *worker, int fd) {
    struct io_uring *ring = &uring_of(worker)->ring;
    (void)io_uring_unregister_files(ring);
    if (fd >= 0)
        check(io_uring_register_files(ring, &fd, 1) == 0);
}

/* ---- memory ---- */

/* Older headers lack it; a kernel that does too answers EINVAL, and the first touch does the work. */
#define ADVICE_POPULATE_WRITE 23

static void populate_completed(Worker *worker, Completion *completion, int result, unsigned flags) {
}
static Completion populated = {.fn = populate_completed};

static void uring_populate(Worker *worker, void *ptr, size_t bytes) {
    struct io_uring_sqe *sqe = get_sqe(uring_of(worker));
    io_uring_prep_madvise(sqe, ptr, (off_t)bytes, ADVICE_POPULATE_WRITE);
    io_uring_sqe_set_data(sqe, &populated);
}

/* ---- connections ---- */

static void receive_completed(Worker *worker, Completion *completion, int result, unsigned flags);
static void send_completed(Worker *worker, Completion *completion, int result, unsigned flags);

static void arm_receive(Uring *uring, Conn *conn) {
    struct io_uring_sqe *sqe = get_sqe(uring);
    io_uring_prep_recv(sqe, conn->fd, NULL, 0, 0);
    if (uring->multishot)
        sqe->ioprio |= IORING_RECV_MULTISHOT;
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUF_GROUP;
    io_uring_sqe_set_data(sqe, &conn->receive);
    conn->receive_open = true;
}

static void arm_starved(Worker *worker) {
    Uring *uring = uring_of(worker);
    while (uring->starved != NULL) {
        Conn *conn = uring->starved;
        uring->starved = conn->rearm_next;
        conn->rearm = false;
        if (conn->want_read)
            arm_receive(uring, conn);
        else
            conn_settle(conn);
    }
}

static void give_buffer_back(Uring *uring, unsigned id) {
    io_uring_buf_ring_add(uring->bufs, uring->buf_memory + (size_t)id * BUF_BYTES, BUF_BYTES,
                          (unsigned short)id, io_uring_buf_ring_mask(BUF_COUNT), 0);
    io_uring_buf_ring_advance(uring->bufs, 1);
}

static void receive_completed(Worker *worker, Completion *completion, int result, unsigned flags) {
    Uring *uring = uring_of(worker);
    Conn *conn = CONTAINER_OF(completion, Conn, receive);
    conn->receive_open = (flags & IORING_CQE_F_MORE) != 0;
    if (flags & IORING_CQE_F_BUFFER) {
        unsigned id = flags >> IORING_CQE_BUFFER_SHIFT;
        if (result > 0)
            conn_received(conn, uring->buf_memory + (size_t)id * BUF_BYTES, (size_t)result);
        give_buffer_back(uring, id);
    }
    if (conn->receive_open)
        return;
    if (result == -EINVAL && uring->multishot) {
        uring->multishot = false; /* a kernel before 6.0 */
        result = -ENOBUFS;
    }
    bool again = result > 0 || result == -ENOBUFS || result == -EINTR || result == -EAGAIN;
    if (!again && result != -ECANCELED) {
        conn_receive_ended(conn, -result);
    } else if (conn->want_read && !conn->rearm) {
        conn->rearm = true;
        conn->rearm_next = uring->starved;
        uring->starved = conn;
    } else {
        conn_settle(conn);
    }
}

static void uring_conn_start(Conn *conn) {
    conn->receive.fn = receive_completed;
    conn->send.fn = send_completed;
}

static void uring_conn_receive(Conn *conn, bool on) {
    Uring *uring = uring_of(conn->worker);
    if (!on && conn->receive_open)
        cancel(uring, &conn->receive);
    else if (on && !conn->receive_open && !conn->rearm)
        arm_receive(uring, conn);
}

static void uring_conn_send(Conn *conn) {
    OutBuf *buf = conn->out_head;
    struct io_uring_sqe *sqe = get_sqe(uring_of(conn->worker));
    io_uring_prep_send(sqe, conn->fd, buf->data + buf->sent, buf->len - buf->sent, MSG_NOSIGNAL);
    io_uring_sqe_set_data(sqe, &conn->send);
    conn->send_open = true;
}

static void send_completed(Worker *worker, Completion *completion, int result, unsigned flags) {
    Conn *conn = CONTAINER_OF(completion, Conn, send);
    if (result == -EINTR || result == -EAGAIN)
        uring_conn_send(conn);
    else
        conn_sent(conn, result > 0 ? (size_t)result : 0, result < 0 ? -result : 0);
}

static void uring_conn_forget(Conn *conn) {}

const Backend uring_backend = {
    .kind = IO_BACKEND_URING,
    .start = uring_start,
    .stop = uring_stop,
    .submit = uring_submit,
    .kick = uring_kick,
    .populate = uring_populate,
    .poll = uring_poll,
    .watch = uring_watch,
    .unwatch = uring_unwatch,
    .hold = uring_hold,
    .conn_start = uring_conn_start,
    .conn_receive = uring_conn_receive,
    .conn_send = uring_conn_send,
    .conn_forget = uring_conn_forget,
    .fs = &posix_fs,
};
