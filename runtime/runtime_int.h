/* runtime_int.h: what the files of this module share. Layer: runtime. */
#ifndef RUNTIME_RUNTIME_INT_H
#define RUNTIME_RUNTIME_INT_H

#include "base/list.h"
#include "runtime/fiber.h"
#include "runtime/file.h"
#include "runtime/latch.h"
#include "runtime/net.h"
#include "runtime/worker.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct Sim Sim;
typedef struct StopPoints StopPoints;
typedef struct Backend Backend;
typedef struct FsOps FsOps;

/* A kernel operation in flight; its address is the completion's user data. */
typedef struct Completion {
    void (*fn)(Worker *worker, struct Completion *completion, int result, unsigned flags);
} Completion;

/* Readiness of a descriptor, level-triggered: fn runs from the loop while fd is readable. */
typedef struct FdWatch {
    Completion completion;
    int fd;
    bool active;
    void (*fn)(struct FdWatch *watch);
    void (*gone)(struct FdWatch *watch); /* after unwatch, when the memory may go; NULL: none */
    void *arg;
    struct FdWatch *gone_next;
} FdWatch;

/* ---- stacks ---- */

typedef struct StackSlab StackSlab;
typedef struct FiberStack {
    struct FiberStack *next; /* in the free list */
    char *base;              /* lowest usable byte */
    void *tsan_fiber;
    bool deep; /* went below stack_warm_end in this use */
} FiberStack;

typedef struct StackPool {
    FiberStack *free;
    StackSlab *slabs;
    MemAccount *account;
    uint32_t free_count;
    uint32_t total_count;
} StackPool;

void stack_pool_init(StackPool *pool, MemAccount *account);
void stack_pool_destroy(StackPool *pool);
FiberStack *stack_take(StackPool *pool); /* NULL: the system has no more */
void stack_give(StackPool *pool, FiberStack *stack);
char *stack_warm_end(const FiberStack *stack);

/* ---- fibres ---- */

/*
 * Fiber.state: generation << 32 | interrupts << 8 | FIBER_*.
 * One word, so that a wake-up or an interrupt meets exactly the life that it was meant for.
 */
#define FIBER_PERMIT UINT64_C(1)
#define FIBER_PARKED UINT64_C(2)
#define FIBER_INTERRUPT_SHIFT 8
#define FIBER_INTERRUPT_MASK (UINT64_C(0xff) << FIBER_INTERRUPT_SHIFT)
#define FIBER_GENERATION_SHIFT 32

struct Fiber {
    _Atomic uint64_t state;
    void *sp; /* saved stack pointer while it does not run */
    Worker *worker;
    Fiber *queue_next;
    Task wake; /* carries it to its worker */
    FiberStack *stack;
    FiberFn fn;
    void *arg;
    uint8_t sched_class;
    bool timed_out;
    uint32_t hold_depth; /* of fiber_interrupts_hold */
    Timer park_timer;
    ListNode live_node;  /* in Worker.live_fibers */
    Fiber *created_next; /* in Runtime.fibers, for freeing */
    void *locals[FIBER_LOCAL_COUNT];
    char *stack_mark;     /* fiber_stack_mark while it runs */
    uint32_t depth_bytes; /* of stack that recursion may take */
    void *asan_fake_stack;
};

typedef struct RunQueue {
    Fiber *head;
    Fiber *tail;
    uint32_t count;
    uint64_t pass; /* virtual time used, scaled by the class's weight */
} RunQueue;

typedef struct TimerHeap {
    Timer **items; /* 1-based binary heap */
    uint32_t count;
    uint32_t capacity;
    MemAccount *account;
} TimerHeap;

void timer_heap_destroy(TimerHeap *heap);
/* Fires what is due. */
void timer_heap_run(TimerHeap *heap, uint64_t now_us);
uint64_t timer_heap_next(const TimerHeap *heap); /* DEADLINE_NONE: none */

/* ---- workers ---- */

typedef struct OutBuf OutBuf;

/* The connections of a worker. */
typedef struct WorkerNet {
    ListNode listeners;
    ListNode conns;
    ListNode dead; /* finished; on_closed is due at the end of the turn */
    OutBuf *small_free;
    uint32_t small_free_count;
    _Atomic uint32_t conn_count;
} WorkerNet;

struct Worker {
    Runtime *runtime;
    int id;
    const Backend *backend;
    void *backend_state;
    Sim *sim; /* NULL: the real world */

    Fiber *current;  /* NULL: the loop runs */
    Fiber *finished; /* returned just now; its stack is still to be given back */
    void *loop_sp;
    RunQueue queues[SCHED_CLASS_COUNT];
    uint64_t pass_now;
    uint64_t slice_end_us;
    Fiber *no_stack; /* waits for a stack */
    ListNode live_fibers;
    Fiber *free_fibers;
    StackPool stacks;
    void *locals[FIBER_LOCAL_COUNT];

    TimerHeap timers;
    char pad_before[64];   /* other workers write what is between the pads */
    _Atomic(Task *) inbox; /* newest first */
    _Atomic bool sleeping; /* a sender must wake it */
    char pad_after[64];
    int wake_fd;
    FdWatch wake_watch;
    WorkerNet net;

    uint64_t stall_logged_us;
    uint32_t spin_credit; /* grows as spinning finds work */
    uint32_t sleeps;
    WorkerStats stats;
    pthread_t thread;
    const void *loop_stack_bottom; /* for ASan */
    size_t loop_stack_bytes;
    void *loop_asan_fake_stack;
    void *loop_tsan_fiber;
};

/* Counters are written by their worker and read by anyone. */
#define STAT_ADD(field, n) __atomic_store_n(&(field), (field) + (n), __ATOMIC_RELAXED)

struct Runtime {
    MemAccount account;
    RuntimeOptions options;
    const Backend *backend;
    Worker *workers;
    int worker_count;
    _Atomic bool stopping;
    _Atomic uint32_t next_worker; /* breaks ties when connections are spread */
    RwLatch fibers_latch;
    Fiber *fibers; /* all ever made */
    StopPoints *stop_points;
    struct SignalWatch *signal_watches;
    cpu_set_t cpus; /* that the process may use */
    pthread_barrier_t started;
    RwLatch start_latch;
    Status start_status; /* the first failure of a worker to start */
    FiberFn main_fn;
    void *main_arg;
};

/* What a kind of kernel (or a simulation) does for a worker. All on the worker's thread. */
struct Backend {
    IoBackendKind kind;
    Status (*start)(Worker *worker);
    void (*stop)(Worker *worker);
    void (*submit)(Worker *worker, IoRequest *request);
    void (*kick)(Worker *worker);
    /* Submits everything; runs what completed; waits for something until wait_until_us (0: does
     * not wait, DEADLINE_NONE: as long as it takes). True if anything had completed. */
    bool (*poll)(Worker *worker, uint64_t wait_until_us);
    void (*watch)(Worker *worker, FdWatch *watch);
    void (*unwatch)(Worker *worker, FdWatch *watch);
    /* Keeps fd (-1: none any more) open until all I/O that the worker submitted has ended, even if
     * the process is killed. */
    void (*hold)(Worker *worker, int fd);
    void (*conn_start)(Conn *conn); /* once, before the rest */
    void (*conn_receive)(Conn *conn, bool on);
    void (*conn_send)(Conn *conn);   /* out_head is not empty and no send is open */
    void (*conn_forget)(Conn *conn); /* the descriptor is about to be closed */
    /* Backs memory with pages in the background; NULL: the first touch does. */
    void (*populate)(Worker *worker, void *ptr, size_t bytes);
    const FsOps *fs;
};
extern const Backend uring_backend;
extern const Backend epoll_backend;
extern const Backend sim_backend;
/* True where io_uring and what is needed of it work here. */
bool uring_works(void);

extern __thread Worker *tls_worker;

/* A runtime whose workers are set up but for their backend. */
Runtime *runtime_alloc(const RuntimeOptions *options, const Backend *backend, int worker_count);
void runtime_free(Runtime *runtime);
/* Runs what is ready and due; true where more is ready. */
bool worker_turn(Worker *worker);
/* Takes the tasks that were posted. */
void worker_run_inbox(Worker *worker);

void fiber_make_ready(Fiber *fiber);
/* Switches to the fibre until it parks, yields or returns. */
void fiber_resume(Worker *worker, Fiber *fiber);
/* Forgets every live fibre and takes the stacks back. */
void fibers_abandon(Worker *worker);
void fibers_destroy(Runtime *runtime);
/* From a fibre to the loop, for good or until it is made ready. */
void fiber_switch_out(Worker *worker);

/* ---- connections ---- */

#define OUT_SMALL_BYTES 4096u
#define OUT_LARGE_BYTES 65536u

struct OutBuf {
    OutBuf *next;
    uint32_t capacity;
    uint32_t len;
    uint32_t sent;
    char data[];
};

struct Conn {
    ListNode node;
    Worker *worker;
    const ConnHandler *handler;
    void *user;
    int fd;
    uint8_t kind;
    bool want_read;    /* the owner wants input */
    bool receive_open; /* the backend has a receive in flight */
    bool send_open;    /* the backend has a send in flight */
    bool eof;          /* on_eof was called or is not wanted any more */
    bool closing;      /* the owner is done with it */
    bool write_failed; /* output is dropped */
    bool write_shut;   /* everything was sent; waits for the peer's end */
    bool rearm;        /* in the backend's list of starved receivers */
    bool sending;      /* the backend is in its send loop */
    bool dead;
    uint32_t epoll_events;
    Conn *rearm_next;
    Completion receive;
    Completion send;
    OutBuf *out_head;
    OutBuf *out_tail;
    size_t queued;
    FiberRef writer; /* parked in conn_wait_writable */
    Timer linger;
};

/* Backend to connection. */
void conn_received(Conn *conn, const char *data, size_t len);
void conn_receive_ended(Conn *conn, int error_number);
void conn_sent(Conn *conn, size_t len, int error_number);
/* Dies when nothing is in flight any more. */
void conn_settle(Conn *conn);
void net_init(Worker *worker);
void net_run_dead(Worker *worker);
void net_destroy(Worker *worker);
void listener_free(Listener *listener);
Listener *listener_of_node(ListNode *node);
void net_adopt(Worker *worker, int fd, ConnKind kind, const ConnHandler *handler, void *arg);

/* ---- files ---- */

/* Takes the result of one system call into the request: true where the rest must be asked for. */
bool io_advance(IoRequest *request, int64_t result);

struct File {
    const FsOps *fs;
    int fd;
    bool direct;
    bool locked;    /* a simulated lock file */
    void *sim_file; /* of a simulation: its file, its place among the open ones, its owner */
    ListNode sim_node;
    Sim *sim;
    size_t bytes; /* of this struct */
    char path[];
};

/* A file system. Calls return 0 or an errno. */
struct FsOps {
    int (*open)(const char *path, unsigned flags, File *file);
    void (*close)(File *file);
    int (*truncate)(File *file, uint64_t size);
    int (*size)(File *file, uint64_t *size_out);
    int (*unlink)(const char *path);
    int (*rename)(const char *from, const char *to);
    int (*link)(const char *from, const char *to);
    int (*mkdir)(const char *path);
    int (*rmdir)(const char *path);
    /* An open handle of a directory, to sync it. */
    int (*open_dir)(const char *path, File *file);
    int (*list)(const char *path, void (*each)(void *arg, const char *name), void *arg);
    bool (*exists)(const char *path, bool want_dir);
    /* Holds path exclusively; *pid_out is the other holder's. EEXIST: held. */
    int (*lock)(const char *path, File *file, int *pid_out);
};
extern const FsOps posix_fs;
extern const FsOps sim_fs;

/* ---- simulation hooks ---- */

uint64_t sim_clock_us(Sim *sim);
void sim_keep_file(Sim *sim, File *file);
void sim_random(Sim *sim, void *buf, size_t len);
bool sim_should_yield(Sim *sim);
bool sim_coin_rotate(Sim *sim);
/* A stop point's crash. */
void sim_request_crash(Sim *sim);

void stop_points_destroy(Runtime *runtime);

/* fiber.c: no latch is held: mem_guard_may_leave. */
bool fiber_may_leave(void);

#endif
