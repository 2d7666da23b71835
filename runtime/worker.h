/*
 * worker.h: one thread per core, its loop, its timers, and the runtime that holds them.
 * Layer: runtime.
 *
 * A worker runs ready fibres, then hands everything that they submitted to the kernel and waits for
 * completions, messages of other workers and timers in one call. Callbacks (I/O, timers, tasks,
 * connections) run on the worker's own stack and must not park: they wake or spawn fibres.
 */
#ifndef RUNTIME_WORKER_H
#define RUNTIME_WORKER_H

#include "base/arena.h"
#include "runtime/fiber.h"

typedef struct Runtime Runtime;
typedef struct Worker Worker;

typedef enum IoBackendKind {
    IO_BACKEND_AUTO, /* PHANTOM_IO=uring|epoll in the environment, else io_uring where it works */
    IO_BACKEND_URING,
    IO_BACKEND_EPOLL, /* epoll + pread/pwrite; file I/O blocks the worker */
    IO_BACKEND_SIM    /* only through sim.h */
} IoBackendKind;

typedef struct RuntimeOptions {
    int worker_count; /* 0: one per core that the process may use */
    bool pin; /* bind worker i to the i-th of those cores: for hosts that serve nothing else */
    IoBackendKind backend;
    uint32_t stall_us; /* log what holds a worker longer; 0: 2000; UINT32_MAX: never */
    uint32_t spin_us;  /* look for work that long before sleeping; 0: 50; UINT32_MAX: not at all */
    MemAccount *account; /* parent of the runtime's account; NULL: mem_root() */
} RuntimeOptions;

/* Errors: 58000 where a forced backend does not work here. */
Status runtime_create(const RuntimeOptions *options, Runtime **runtime_out);
/* Starts the workers; the calling thread becomes worker 0 and fn its first fibre (SCHED_OLTP).
 * Returns after runtime_stop. */
Status runtime_run(Runtime *runtime, FiberFn fn, void *arg);
/* Every worker leaves its loop soon. Fibres that have not returned are abandoned, so finish them
 * first. From any thread. */
void runtime_stop(Runtime *runtime);
void runtime_destroy(Runtime *runtime);
/* For tests and tools: a one-worker runtime that runs fn on a fibre and ends when it returns. */
Status runtime_run_sync(FiberFn fn, void *arg);

IoBackendKind runtime_backend(const Runtime *runtime);
MemAccount *runtime_account(Runtime *runtime);
/* The calling worker's runtime; NULL on a foreign thread. */
Runtime *runtime_self(void);

/* NULL on a foreign thread. */
Worker *worker_self(void);
/* 0 .. worker_count() - 1. On a foreign thread: id -1, count 0. */
int worker_id(void);
int worker_count(void);

/* A message to a worker. The memory is the sender's until fn runs; fn may free or resend it. */
typedef struct Task {
    struct Task *next;
    void (*fn)(struct Task *task);
} Task;
/* Queues a task and wakes the worker. Never fails; order is kept per sender. From any thread. */
void worker_post_task(Runtime *runtime, int worker_id, Task *task);
/* The same with memory of its own. From any thread of the runtime. */
void worker_post(int worker_id, void (*fn)(void *arg), void *arg);

/*
 * One-shot timers of the calling worker. A Timer is embedded in what it times and zeroed to start;
 * it is stopped before its memory goes.
 */
typedef struct Timer {
    uint64_t deadline_us;
    void (*fn)(struct Timer *timer);
    uint32_t heap_index; /* 1-based; 0: not running */
} Timer;
/* (Re)starts it: fn runs on the worker's stack at or after deadline_us. */
void timer_start(Timer *timer, uint64_t deadline_us, void (*fn)(Timer *timer));
/* Harmless where it does not run. */
void timer_stop(Timer *timer);
static inline bool timer_running(const Timer *timer) { return timer->heap_index != 0; }

/* Calls fn(signal_number, arg) on worker 0 when the process gets the signal. Call before
 * runtime_run: the signal is blocked in every thread. */
Status runtime_watch_signal(Runtime *runtime, int signal_number, void (*fn)(int, void *),
                            void *arg);

/* Counters of one worker since its start, for statistics views. */
typedef struct WorkerStats {
    uint64_t loops;
    uint64_t switches;
    uint64_t busy_us;
    uint64_t stalls;
    uint64_t tasks;
    uint64_t io_requests;
    uint32_t fibers;
    uint32_t connections;
} WorkerStats;
void worker_stats(Runtime *runtime, int worker_id, WorkerStats *stats_out);

#endif
