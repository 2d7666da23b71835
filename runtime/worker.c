/*
 * worker.c: the runtime and the loops of its workers.
 *
 *   turn:  posted tasks -> due timers -> ready fibres (for at most TURN_US) -> ended connections
 *   poll:  submit, run completions, and sleep if nothing is ready
 *
 * Scheduling among the classes is by stride: each class has a pass that grows by the time its
 * fibres ran divided by its weight, and the class with the least pass goes next. A class that was
 * empty joins at the present pass, so it neither owes nor is owed. Under full load the shares are
 * 15 : 4 : 1, which gives the analytic class its floor of a fifth.
 *
 * Waking: a sender pushes to the inbox, then looks at sleeping; the worker sets sleeping, then
 * looks at its inbox. Both with sequential consistency, so one of them sees the other.
 */
#include "base/mem_guard.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/os.h"
#include "runtime/runtime_int.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TURN_US 1000u
#define SLICE_US 500u
#define SIM_TURN_FIBERS 16
#define STALL_US_DEFAULT 2000u
#define STALL_LOG_EVERY_US 1000000u
#define STALL_LOUD_US 100000u
#define PASS_SCALE 1024u
#define SPIN_US_DEFAULT 50u
#define SPIN_CREDIT_MAX 16u
#define SPIN_PROBE_EVERY 16u

typedef struct SignalWatch {
    struct SignalWatch *next;
    FdWatch watch;
    int signal_number;
    void (*fn)(int, void *);
    void *arg;
} SignalWatch;

__thread Worker *tls_worker;

static const uint32_t class_weights[SCHED_CLASS_COUNT] = {15, 4, 1};

Worker *worker_self(void) { return tls_worker; }
int worker_id(void) { return tls_worker == NULL ? -1 : tls_worker->id; }
int worker_count(void) { return tls_worker == NULL ? 0 : tls_worker->runtime->worker_count; }
Runtime *runtime_self(void) { return tls_worker == NULL ? NULL : tls_worker->runtime; }
IoBackendKind runtime_backend(const Runtime *runtime) { return runtime->backend->kind; }
MemAccount *runtime_account(Runtime *runtime) { return &runtime->account; }

/* ---- scheduling ---- */

void fiber_make_ready(Fiber *fiber) {
    Worker *worker = fiber->worker;
    RunQueue *queue = &worker->queues[fiber->sched_class];
    fiber->queue_next = NULL;
    if (queue->head == NULL) {
        queue->head = fiber;
        queue->pass = MAX(queue->pass, worker->pass_now);
    } else {
        queue->tail->queue_next = fiber;
    }
    queue->tail = fiber;
    queue->count++;
}

static RunQueue *next_queue(Worker *worker) {
    RunQueue *best = NULL;
    for (int i = 0; i < SCHED_CLASS_COUNT; i++) {
        RunQueue *queue = &worker->queues[i];
        if (queue->head != NULL && (best == NULL || queue->pass < best->pass))
            best = queue;
    }
    return best;
}

static Fiber *queue_pop(RunQueue *queue) {
    Fiber *fiber = queue->head;
    queue->head = fiber->queue_next;
    queue->count--;
    return fiber;
}

/* The simulation's way to try other orders. */
static void queue_rotate(RunQueue *queue) {
    if (queue->count < 2)
        return;
    Fiber *fiber = queue->head;
    queue->head = fiber->queue_next;
    fiber->queue_next = NULL;
    queue->tail->queue_next = fiber;
    queue->tail = fiber;
}

static void note_stall(Worker *worker, const Fiber *fiber, uint64_t held_us, uint64_t now_us) {
    STAT_ADD(worker->stats.stalls, 1);
    if (now_us - worker->stall_logged_us < STALL_LOG_EVERY_US)
        return;
    worker->stall_logged_us = now_us;
    log_write(held_us >= STALL_LOUD_US ? LOG_LEVEL_LOG : LOG_LEVEL_DEBUG1,
              "worker %d was held for %llu.%03llu ms by a fiber of class %d", worker->id,
              (unsigned long long)held_us / 1000, (unsigned long long)held_us % 1000,
              fiber->sched_class);
}

static void run_fibers(Worker *worker, uint64_t now_us) {
    uint64_t turn_end_us = now_us + TURN_US;
    int left = worker->sim != NULL ? SIM_TURN_FIBERS : INT32_MAX;
    RunQueue *queue;
    while (left-- > 0 && now_us < turn_end_us && (queue = next_queue(worker)) != NULL) {
        if (worker->sim != NULL && sim_coin_rotate(worker->sim))
            queue_rotate(queue);
        Fiber *fiber = queue_pop(queue);
        worker->pass_now = queue->pass;
        worker->slice_end_us = now_us + SLICE_US;
        fiber_resume(worker, fiber);
        uint64_t end_us = clock_mono_us();
        uint64_t held_us = end_us - now_us;
        queue->pass += (held_us + 1) * PASS_SCALE / class_weights[queue - worker->queues];
        if (UNLIKELY(held_us > worker->runtime->options.stall_us))
            note_stall(worker, fiber, held_us, end_us);
        now_us = end_us;
    }
}

bool worker_turn(Worker *worker) {
    uint64_t start_us = clock_mono_us();
    STAT_ADD(worker->stats.loops, 1);
    worker_run_inbox(worker);
    timer_heap_run(&worker->timers, start_us);
    run_fibers(worker, start_us);
    net_run_dead(worker);
    STAT_ADD(worker->stats.busy_us, clock_mono_us() - start_us);
    return next_queue(worker) != NULL;
}

/* ---- messages ---- */

static void wake(Worker *worker) {
    uint64_t one = 1;
    ssize_t ignored = write(worker->wake_fd, &one, sizeof(one)); /* full means awake soon */
    (void)ignored;
}

void worker_post_task(Runtime *runtime, int id, Task *task) {
    check(id >= 0 && id < runtime->worker_count && task->fn != NULL);
    Worker *worker = &runtime->workers[id];
    Task *head = atomic_load_explicit(&worker->inbox, memory_order_relaxed);
    do {
        task->next = head;
    } while (!atomic_compare_exchange_weak(&worker->inbox, &head, task));
    if (worker != tls_worker && atomic_load(&worker->sleeping) &&
        atomic_exchange(&worker->sleeping, false))
        wake(worker);
}

void worker_run_inbox(Worker *worker) {
    if (atomic_load_explicit(&worker->inbox, memory_order_relaxed) == NULL)
        return;
    Task *newest = atomic_exchange(&worker->inbox, NULL);
    Task *oldest = NULL;
    while (newest != NULL) {
        Task *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        Task *task = oldest;
        oldest = task->next;
        STAT_ADD(worker->stats.tasks, 1);
        task->fn(task);
    }
}

typedef struct Call {
    Task task;
    Runtime *runtime;
    void (*fn)(void *arg);
    void *arg;
} Call;

static void run_call(Task *task) {
    Call call = *CONTAINER_OF(task, Call, task);
    mem_free(&call.runtime->account, CONTAINER_OF(task, Call, task), sizeof(Call));
    call.fn(call.arg);
}

void worker_post(int id, void (*fn)(void *arg), void *arg) {
    check(tls_worker != NULL);
    Runtime *runtime = tls_worker->runtime;
    Call *call = mem_alloc(&runtime->account, sizeof(*call));
    *call = (Call){.task.fn = run_call, .runtime = runtime, .fn = fn, .arg = arg};
    worker_post_task(runtime, id, &call->task);
}

static void woken(FdWatch *watch) {
    uint64_t count;
    ssize_t ignored = read(watch->fd, &count, sizeof(count));
    (void)ignored;
}

/* ---- signals ---- */

static void signal_arrived(FdWatch *watch) {
    SignalWatch *signal_watch = watch->arg;
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        signal_watch->fn(signal_watch->signal_number, signal_watch->arg);
}

Status runtime_watch_signal(Runtime *runtime, int signal_number, void (*fn)(int, void *),
                            void *arg) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return error(ERR_SYSTEM_ERROR, "could not block signal %d", signal_number);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return error(ERR_SYSTEM_ERROR, "could not watch signal %d: %m", signal_number);
    SignalWatch *watch = mem_alloc(&runtime->account, sizeof(*watch));
    *watch = (SignalWatch){.next = runtime->signal_watches,
                           .watch = {.fd = fd, .fn = signal_arrived, .arg = watch},
                           .signal_number = signal_number,
                           .fn = fn,
                           .arg = arg};
    runtime->signal_watches = watch;
    return STATUS_OK;
}

static void signal_watches_free(Runtime *runtime) {
    while (runtime->signal_watches != NULL) {
        SignalWatch *watch = runtime->signal_watches;
        runtime->signal_watches = watch->next;
        close(watch->watch.fd);
        mem_free(&runtime->account, watch, sizeof(*watch));
    }
}

/* ---- the runtime ---- */

static void worker_init(Worker *worker, Runtime *runtime, int id) {
    *worker = (Worker){.runtime = runtime, .id = id, .backend = runtime->backend, .wake_fd = -1};
    list_init(&worker->live_fibers);
    stack_pool_init(&worker->stacks, &runtime->account);
    worker->timers.account = &runtime->account;
    net_init(worker);
}

Runtime *runtime_alloc(const RuntimeOptions *options, const Backend *backend, int count) {
    MemAccount *parent = options->account != NULL ? options->account : mem_root();
    Runtime *runtime = mem_alloc(parent, sizeof(*runtime));
    memset(runtime, 0, sizeof(*runtime));
    mem_account_init(&runtime->account, parent, "runtime", SIZE_MAX);
    runtime->options = *options;
    runtime->options.account = parent;
    if (runtime->options.stall_us == 0)
        runtime->options.stall_us = STALL_US_DEFAULT;
    if (runtime->options.spin_us == 0)
        runtime->options.spin_us = SPIN_US_DEFAULT;
    runtime->backend = backend;
    runtime->worker_count = count;
    runtime->workers = mem_alloc(&runtime->account, (size_t)count * sizeof(Worker));
    for (int i = 0; i < count; i++)
        worker_init(&runtime->workers[i], runtime, i);
    return runtime;
}

void runtime_free(Runtime *runtime) {
    MemAccount *parent = runtime->options.account;
    for (int i = 0; i < runtime->worker_count; i++) {
        stack_pool_destroy(&runtime->workers[i].stacks);
        timer_heap_destroy(&runtime->workers[i].timers);
    }
    fibers_destroy(runtime);
    stop_points_destroy(runtime);
    signal_watches_free(runtime);
    mem_free(&runtime->account, runtime->workers, (size_t)runtime->worker_count * sizeof(Worker));
    mem_free(parent, runtime, sizeof(*runtime));
}

static const Backend *choose_backend(IoBackendKind kind) {
    if (kind == IO_BACKEND_AUTO) {
        const char *wish = getenv("PHANTOM_IO");
        if (wish != NULL && strcmp(wish, "epoll") == 0)
            kind = IO_BACKEND_EPOLL;
        else if (wish != NULL && strcmp(wish, "uring") == 0)
            kind = IO_BACKEND_URING;
        else
            return uring_works() ? &uring_backend : &epoll_backend;
    }
    if (kind == IO_BACKEND_URING)
        return uring_works() ? &uring_backend : NULL;
    return kind == IO_BACKEND_EPOLL ? &epoll_backend : NULL;
}

Status runtime_create(const RuntimeOptions *options, Runtime **runtime_out) {
    *runtime_out = NULL;
    const Backend *backend = choose_backend(options->backend);
    if (backend == NULL)
        return error(ERR_SYSTEM_ERROR, "io_uring is not available on this system");
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        CPU_SET(0, &set);
    int count = options->worker_count > 0 ? options->worker_count : CPU_COUNT(&set);
    Runtime *runtime = runtime_alloc(options, backend, count);
    mem_guard_may_leave = fiber_may_leave;
    runtime->cpus = set;
    *runtime_out = runtime;
    return STATUS_OK;
}

void runtime_destroy(Runtime *runtime) {
    if (runtime != NULL)
        runtime_free(runtime);
}

void runtime_stop(Runtime *runtime) {
    atomic_store(&runtime->stopping, true);
    for (int i = 0; i < runtime->worker_count; i++) {
        if (runtime->workers[i].wake_fd >= 0)
            wake(&runtime->workers[i]);
    }
}

static void pin_worker(const Worker *worker) {
    const cpu_set_t *cpus = &worker->runtime->cpus;
    int nth = worker->id % CPU_COUNT(cpus);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, cpus) && nth-- == 0) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(cpu, &set);
            /* A container may forbid it; the server works unpinned. */
            (void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
            return;
        }
    }
}

static Status start_worker(Worker *worker) {
    worker->wake_watch = (FdWatch){.fd = worker->wake_fd, .fn = woken};
    if (worker->runtime->options.pin)
        pin_worker(worker);
    TRY(worker->backend->start(worker));
    worker->backend->watch(worker, &worker->wake_watch);
    if (worker->id == 0) {
        for (SignalWatch *it = worker->runtime->signal_watches; it != NULL; it = it->next)
            worker->backend->watch(worker, &it->watch);
    }
    return STATUS_OK;
}

static bool has_messages(Worker *worker) {
    return atomic_load_explicit(&worker->inbox, memory_order_relaxed) != NULL ||
           atomic_load_explicit(&worker->runtime->stopping, memory_order_relaxed);
}

/*
 * Looks for work a little longer before the core goes to sleep: waking it again costs more than a
 * whole statement. Each look lets others have the core, so a client that shares it runs at once. It
 * pays only where answers come that soon, so it lives on credit that its finds earn.
 */
static bool spin_for_work(Worker *worker) {
    uint32_t spin_us = worker->runtime->options.spin_us;
    if (spin_us == UINT32_MAX ||
        (worker->spin_credit == 0 && ++worker->sleeps % SPIN_PROBE_EVERY != 0))
        return false;
    uint64_t start_us = clock_mono_us();
    uint64_t now_us = start_us;
    bool found = false;
    while (!found && now_us - start_us < spin_us && now_us < timer_heap_next(&worker->timers)) {
        sched_yield();
        found = worker->backend->poll(worker, 0) || has_messages(worker);
        now_us = clock_mono_us();
    }
    if (found && now_us - start_us < spin_us)
        worker->spin_credit = MIN(worker->spin_credit + 1, SPIN_CREDIT_MAX);
    else if (worker->spin_credit > 0)
        worker->spin_credit--;
    return found;
}

static void loop(Worker *worker) {
    Runtime *runtime = worker->runtime;
    while (!atomic_load_explicit(&runtime->stopping, memory_order_relaxed)) {
        if (worker_turn(worker) || has_messages(worker)) {
            (void)worker->backend->poll(worker, 0);
            continue;
        }
        if (worker->backend->poll(worker, 0) || spin_for_work(worker))
            continue;
        atomic_store(&worker->sleeping, true);
        bool wait = atomic_load(&worker->inbox) == NULL && !atomic_load(&runtime->stopping);
        (void)worker->backend->poll(worker, wait ? timer_heap_next(&worker->timers) : 0);
        atomic_store_explicit(&worker->sleeping, false, memory_order_relaxed);
    }
}

/* A worker's thread, from its start to its end. */
static void run_worker(Worker *worker) {
    Runtime *runtime = worker->runtime;
    Worker *outer = tls_worker;
    tls_worker = worker;
    Status status = start_worker(worker);
    bool started = status_ok(status);
    if (!started) {
        latch_lock(&runtime->start_latch);
        if (status_ok(runtime->start_status))
            runtime->start_status = status;
        else
            status_free(status);
        latch_unlock(&runtime->start_latch);
    }
    pthread_barrier_wait(&runtime->started);
    if (status_ok(runtime->start_status)) {
        if (worker->id == 0)
            fiber_spawn(SCHED_OLTP, runtime->main_fn, runtime->main_arg);
        loop(worker);
    }
    /* Nobody may send to a worker that is gone. */
    pthread_barrier_wait(&runtime->started);
    net_destroy(worker);
    if (started)
        worker->backend->stop(worker);
    fibers_abandon(worker);
    tls_worker = outer;
}

static void *worker_thread(void *arg) {
    run_worker(arg);
    return NULL;
}

static Status open_wake_fds(Runtime *runtime) {
    for (int i = 0; i < runtime->worker_count; i++) {
        Worker *worker = &runtime->workers[i];
        worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (worker->wake_fd < 0)
            return error(ERR_SYSTEM_ERROR, "could not create an event descriptor: %m");
    }
    return STATUS_OK;
}

static Status start_threads(Runtime *runtime, int *started_out) {
    for (*started_out = 0; *started_out < runtime->worker_count - 1; ++*started_out) {
        Worker *worker = &runtime->workers[*started_out + 1];
        int e = pthread_create(&worker->thread, NULL, worker_thread, worker);
        if (e != 0)
            return error(ERR_SYSTEM_ERROR, "could not create a worker thread: %s", strerror(e));
    }
    return STATUS_OK;
}

Status runtime_run(Runtime *runtime, FiberFn fn, void *arg) {
    runtime->main_fn = fn;
    runtime->main_arg = arg;
    signal(SIGPIPE, SIG_IGN);
    Status status = open_wake_fds(runtime);
    if (status_ok(status)) {
        pthread_barrier_init(&runtime->started, NULL, (unsigned)runtime->worker_count);
        int started;
        status = start_threads(runtime, &started);
        /* Threads that wait for workers that never come cannot be called back. */
        check(status_ok(status) || started == 0);
        if (status_ok(status))
            run_worker(&runtime->workers[0]);
        for (int i = 1; i <= started; i++)
            pthread_join(runtime->workers[i].thread, NULL);
        pthread_barrier_destroy(&runtime->started);
        if (status_ok(status))
            status = runtime->start_status;
    }
    for (int i = 0; i < runtime->worker_count; i++) {
        if (runtime->workers[i].wake_fd >= 0)
            close(runtime->workers[i].wake_fd);
        runtime->workers[i].wake_fd = -1;
    }
    return status;
}

typedef struct SyncRun {
    FiberFn fn;
    void *arg;
} SyncRun;

static void sync_main(void *arg) {
    SyncRun *run = arg;
    run->fn(run->arg);
    runtime_stop(tls_worker->runtime);
}

Status runtime_run_sync(FiberFn fn, void *arg) {
    RuntimeOptions options = {.worker_count = 1, .stall_us = UINT32_MAX};
    Runtime *runtime;
    TRY(runtime_create(&options, &runtime));
    SyncRun run = {fn, arg};
    Status status = runtime_run(runtime, sync_main, &run);
    runtime_destroy(runtime);
    return status;
}

void worker_stats(Runtime *runtime, int id, WorkerStats *stats_out) {
    check(id >= 0 && id < runtime->worker_count);
    Worker *worker = &runtime->workers[id];
    const WorkerStats *stats = &worker->stats;
    *stats_out = (WorkerStats){
        .loops = __atomic_load_n(&stats->loops, __ATOMIC_RELAXED),
        .switches = __atomic_load_n(&stats->switches, __ATOMIC_RELAXED),
        .busy_us = __atomic_load_n(&stats->busy_us, __ATOMIC_RELAXED),
        .stalls = __atomic_load_n(&stats->stalls, __ATOMIC_RELAXED),
        .tasks = __atomic_load_n(&stats->tasks, __ATOMIC_RELAXED),
        .io_requests = __atomic_load_n(&stats->io_requests, __ATOMIC_RELAXED),
        .fibers = __atomic_load_n(&stats->fibers, __ATOMIC_RELAXED),
        .connections = atomic_load_explicit(&worker->net.conn_count, memory_order_relaxed),
    };
}

/* ---- memory ---- */

void os_populate(void *ptr, size_t bytes) {
    Worker *worker = tls_worker;
    if (worker != NULL && worker->runtime->backend->populate != NULL)
        worker->runtime->backend->populate(worker, ptr, bytes);
}
