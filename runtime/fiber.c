/*
 * fiber.c: the life of a fibre.
 *
 * I1 Only the fibre's worker switches to it; state.PARKED is set by the fibre before it leaves and
 *    cleared by exactly one waker, who then owns making it ready. So it is queued at most once.
 * I2 A Fiber's memory lives as long as the runtime, so a stale reference reads a state word whose
 *    generation differs and does nothing.
 * I3 While a fibre is parked its worker may not run it even if it sits in no queue: a remote waker
 *    sends it home as a task.
 */
#include "base/mem_guard.h"
#include "runtime/clock.h"
#include "runtime/context.h"
#include "runtime/runtime_int.h"

#ifdef RUNTIME_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef RUNTIME_TSAN
#include <sanitizer/tsan_interface.h>
#endif

static __thread uint32_t no_park_depth;
__thread char *fiber_stack_mark;

static uint32_t generation_of(uint64_t state) {
    return (uint32_t)(state >> FIBER_GENERATION_SHIFT);
}

static bool refers(FiberRef ref, uint64_t state) { return generation_of(state) == ref.generation; }

/* ---- switching ---- */

static void enter_fiber(Worker *worker, Fiber *fiber) {
#ifdef RUNTIME_ASAN
    __sanitizer_start_switch_fiber(&worker->loop_asan_fake_stack, fiber->stack->base,
                                   FIBER_STACK_BYTES);
#endif
#ifdef RUNTIME_TSAN
    worker->loop_tsan_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber->stack->tsan_fiber, 0);
#endif
    context_switch(&worker->loop_sp, fiber->sp);
#ifdef RUNTIME_ASAN
    __sanitizer_finish_switch_fiber(worker->loop_asan_fake_stack, NULL, NULL);
#endif
}

static void arrived(Worker *worker, Fiber *fiber) {
#ifdef RUNTIME_ASAN
    __sanitizer_finish_switch_fiber(fiber->asan_fake_stack, &worker->loop_stack_bottom,
                                    &worker->loop_stack_bytes);
#endif
    (void)worker;
    (void)fiber;
}

static void leave_fiber(Worker *worker, Fiber *fiber, bool for_good) {
#ifdef RUNTIME_ASAN
    __sanitizer_start_switch_fiber(for_good ? NULL : &fiber->asan_fake_stack,
                                   worker->loop_stack_bottom, worker->loop_stack_bytes);
#endif
#ifdef RUNTIME_TSAN
    __tsan_switch_to_fiber(worker->loop_tsan_fiber, 0);
#endif
    (void)for_good;
    MemGuard *guard = mem_guard_top;
    mem_guard_top = NULL;
    context_switch(&fiber->sp, worker->loop_sp);
    mem_guard_top = guard;
    arrived(worker, fiber);
}

void fiber_switch_out(Worker *worker) { leave_fiber(worker, worker->current, false); }

static void fiber_entry(void) {
    Worker *worker = tls_worker;
    Fiber *fiber = worker->current;
    arrived(worker, fiber);
    fiber->fn(fiber->arg);
    check(no_park_depth == 0);
    worker->finished = fiber;
    leave_fiber(worker, fiber, true);
    UNREACHABLE();
}

static void retire(Worker *worker, Fiber *fiber) {
    timer_stop(&fiber->park_timer);
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_relaxed);
    uint64_t next = (uint64_t)(uint32_t)(generation_of(state) + 1) << FIBER_GENERATION_SHIFT;
    atomic_store_explicit(&fiber->state, next, memory_order_release);
    list_remove(&fiber->live_node);
    if (fiber->stack != NULL) {
        stack_give(&worker->stacks, fiber->stack);
        fiber->stack = NULL;
    }
    fiber->queue_next = worker->free_fibers;
    worker->free_fibers = fiber;
    STAT_ADD(worker->stats.fibers, -1u);
    if (UNLIKELY(worker->no_stack != NULL)) {
        Fiber *waiting = worker->no_stack;
        worker->no_stack = waiting->queue_next;
        fiber_make_ready(waiting);
    }
}

void fiber_resume(Worker *worker, Fiber *fiber) {
    if (UNLIKELY(fiber->stack == NULL)) {
        fiber->stack = stack_take(&worker->stacks);
        if (fiber->stack == NULL) {
            check(worker->stacks.total_count > 0);
            fiber->queue_next = worker->no_stack;
            worker->no_stack = fiber;
            return;
        }
        fiber->sp = context_make(fiber->stack->base, FIBER_STACK_BYTES, fiber_entry);
        fiber->asan_fake_stack = NULL;
        fiber->stack_mark = stack_warm_end(fiber->stack);
    }
    worker->current = fiber;
    fiber_stack_mark = fiber->stack_mark;
    STAT_ADD(worker->stats.switches, 1);
    enter_fiber(worker, fiber);
    worker->current = NULL;
    fiber_stack_mark = NULL;
    if (worker->finished != NULL) {
        worker->finished = NULL;
        retire(worker, fiber);
    }
}

void fibers_abandon(Worker *worker) {
    no_park_depth = 0;
    for (int i = 0; i < SCHED_CLASS_COUNT; i++)
        worker->queues[i] = (RunQueue){0};
    worker->no_stack = NULL;
    while (!list_empty(&worker->live_fibers))
        retire(worker, LIST_ENTRY(worker->live_fibers.next, Fiber, live_node));
}

void fibers_destroy(Runtime *runtime) {
    while (runtime->fibers != NULL) {
        Fiber *fiber = runtime->fibers;
        runtime->fibers = fiber->created_next;
        mem_free(&runtime->account, fiber, sizeof(*fiber));
    }
}

/* ---- spawning ---- */

static void wake_home(Task *task) { fiber_make_ready(CONTAINER_OF(task, Fiber, wake)); }

static Fiber *fiber_take(Worker *worker) {
    Fiber *fiber = worker->free_fibers;
    if (LIKELY(fiber != NULL)) {
        worker->free_fibers = fiber->queue_next;
        return fiber;
    }
    Runtime *runtime = worker->runtime;
    fiber = mem_alloc(&runtime->account, sizeof(*fiber));
    memset(fiber, 0, sizeof(*fiber));
    fiber->wake.fn = wake_home;
    list_init(&fiber->live_node);
    atomic_init(&fiber->state, UINT64_C(1) << FIBER_GENERATION_SHIFT);
    latch_lock(&runtime->fibers_latch);
    fiber->created_next = runtime->fibers;
    runtime->fibers = fiber;
    latch_unlock(&runtime->fibers_latch);
    return fiber;
}

/* The first wake-up of a fibre that was made elsewhere. */
static void start_here(Task *task) {
    Fiber *fiber = CONTAINER_OF(task, Fiber, wake);
    task->fn = wake_home;
    list_push_back(&fiber->worker->live_fibers, &fiber->live_node);
    STAT_ADD(fiber->worker->stats.fibers, 1);
    fiber_make_ready(fiber);
}

static FiberRef spawn(Worker *home, SchedClass sched_class, FiberFn fn, void *arg) {
    Fiber *fiber = fiber_take(tls_worker);
    fiber->worker = home;
    fiber->sched_class = (uint8_t)sched_class;
    fiber->fn = fn;
    fiber->arg = arg;
    fiber->stack = NULL;
    fiber->hold_depth = 0;
    fiber->depth_bytes = FIBER_STACK_DEPTH_DEFAULT_BYTES;
    memset(fiber->locals, 0, sizeof(fiber->locals));
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_relaxed);
    FiberRef ref = {fiber, generation_of(state)};
    if (home == tls_worker) {
        start_here(&fiber->wake);
    } else {
        fiber->wake.fn = start_here;
        worker_post_task(home->runtime, home->id, &fiber->wake);
    }
    return ref;
}

FiberRef fiber_spawn(SchedClass sched_class, FiberFn fn, void *arg) {
    check(tls_worker != NULL && fn != NULL);
    return spawn(tls_worker, sched_class, fn, arg);
}

FiberRef fiber_spawn_on(int id, SchedClass sched_class, FiberFn fn, void *arg) {
    check(tls_worker != NULL && fn != NULL && id >= 0 && id < tls_worker->runtime->worker_count);
    return spawn(&tls_worker->runtime->workers[id], sched_class, fn, arg);
}

Fiber *fiber_self(void) { return tls_worker == NULL ? NULL : tls_worker->current; }

FiberRef fiber_self_ref(void) {
    Fiber *fiber = fiber_self();
    if (fiber == NULL)
        return (FiberRef){0};
    return (FiberRef){fiber,
                      generation_of(atomic_load_explicit(&fiber->state, memory_order_relaxed))};
}

SchedClass fiber_class(void) {
    Fiber *fiber = fiber_self();
    return fiber == NULL ? SCHED_OLTP : (SchedClass)fiber->sched_class;
}

void fiber_set_class(SchedClass sched_class) {
    Fiber *fiber = fiber_self();
    if (fiber != NULL)
        fiber->sched_class = (uint8_t)sched_class;
}

/* ---- yielding and parking ---- */

void fiber_yield(void) {
    Worker *worker = tls_worker;
    check(worker != NULL && worker->current != NULL && no_park_depth == 0);
    fiber_make_ready(worker->current);
    fiber_switch_out(worker);
}

bool fiber_should_yield(void) {
    Worker *worker = tls_worker;
    if (worker == NULL || worker->current == NULL)
        return false;
    if (UNLIKELY(worker->sim != NULL))
        return sim_should_yield(worker->sim);
    return clock_mono_us() >= worker->slice_end_us;
}

uint64_t fiber_slice(void) {
    const Worker *worker = tls_worker;
    return worker == NULL || worker->current == NULL ? 0 : worker->slice_end_us;
}

/* Gives a permit and bits to the life that ref names. */
static void notify(FiberRef ref, uint64_t bits) {
    Fiber *fiber = ref.fiber;
    if (fiber == NULL)
        return;
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_acquire);
    do {
        if (!refers(ref, state) || ((state & FIBER_PERMIT) && (state | bits) == state))
            return;
    } while (!atomic_compare_exchange_weak_explicit(&fiber->state, &state,
                                                    (state & ~FIBER_PARKED) | FIBER_PERMIT | bits,
                                                    memory_order_acq_rel, memory_order_acquire));
    if (!(state & FIBER_PARKED))
        return;
    if (fiber->worker == tls_worker)
        fiber_make_ready(fiber);
    else
        worker_post_task(fiber->worker->runtime, fiber->worker->id, &fiber->wake);
}

void fiber_unpark(FiberRef ref) { notify(ref, 0); }

void fiber_interrupt(FiberRef ref, InterruptReason reason) {
    notify(ref, (uint64_t)reason << FIBER_INTERRUPT_SHIFT);
}

static void park_timer_fired(Timer *timer) {
    Fiber *fiber = CONTAINER_OF(timer, Fiber, park_timer);
    fiber->timed_out = true;
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_relaxed);
    notify((FiberRef){fiber, generation_of(state)}, 0);
}

static ParkResult park(uint64_t deadline_us, bool interruptible) {
    Worker *worker = tls_worker;
    check(worker != NULL && worker->current != NULL);
    check(no_park_depth == 0);
    Fiber *fiber = worker->current;
    interruptible = interruptible && fiber->hold_depth == 0;
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_acquire);
    for (;;) {
        if (interruptible && (state & FIBER_INTERRUPT_MASK))
            return PARK_INTERRUPTED;
        uint64_t next = (state & FIBER_PERMIT) ? state & ~FIBER_PERMIT : state | FIBER_PARKED;
        if (atomic_compare_exchange_weak_explicit(&fiber->state, &state, next, memory_order_acq_rel,
                                                  memory_order_acquire)) {
            if (state & FIBER_PERMIT)
                return PARK_WOKEN;
            break;
        }
    }
    fiber->timed_out = false;
    if (deadline_us != DEADLINE_NONE)
        timer_start(&fiber->park_timer, deadline_us, park_timer_fired);
    fiber_switch_out(worker);
    timer_stop(&fiber->park_timer);
    state = atomic_fetch_and_explicit(&fiber->state, ~FIBER_PERMIT, memory_order_acq_rel);
    if (interruptible && (state & FIBER_INTERRUPT_MASK))
        return PARK_INTERRUPTED;
    return fiber->timed_out ? PARK_TIMEOUT : PARK_WOKEN;
}

ParkResult fiber_park(uint64_t deadline_us) { return park(deadline_us, true); }

ParkResult fiber_park_uninterruptible(uint64_t deadline_us) { return park(deadline_us, false); }

ParkResult fiber_sleep(uint64_t duration_us) {
    uint64_t deadline_us = clock_mono_us() + duration_us;
    ParkResult result;
    do {
        result = fiber_park(deadline_us);
    } while (result == PARK_WOKEN);
    return result;
}

/* ---- interrupts ---- */

static uint64_t pending_interrupts(const Fiber *fiber) {
    uint64_t state = atomic_load_explicit(&fiber->state, memory_order_relaxed);
    return (state & FIBER_INTERRUPT_MASK) >> FIBER_INTERRUPT_SHIFT;
}

static Status interrupt_error(uint64_t reasons) {
    if (reasons & INTERRUPT_CLIENT_LOST)
        return status_severity(error(ERR_CONNECTION_FAILURE, "connection to client lost"),
                               SEV_FATAL);
    if (reasons & INTERRUPT_TERMINATE)
        return status_severity(
            error(ERR_ADMIN_SHUTDOWN, "terminating connection due to administrator command"),
            SEV_FATAL);
    if (reasons & INTERRUPT_STATEMENT_TIMEOUT)
        return error(ERR_QUERY_CANCELED, "canceling statement due to statement timeout");
    return error(ERR_QUERY_CANCELED, "canceling statement due to user request");
}

Status fiber_check_interrupt(void) {
    Fiber *fiber = fiber_self();
    if (fiber == NULL || LIKELY(pending_interrupts(fiber) == 0) || fiber->hold_depth > 0)
        return STATUS_OK;
    uint64_t state =
        atomic_fetch_and_explicit(&fiber->state, ~FIBER_INTERRUPT_MASK, memory_order_acq_rel);
    return interrupt_error((state & FIBER_INTERRUPT_MASK) >> FIBER_INTERRUPT_SHIFT);
}

bool fiber_interrupt_pending(void) {
    Fiber *fiber = fiber_self();
    return fiber != NULL && pending_interrupts(fiber) != 0;
}

void fiber_interrupts_clear(void) {
    Fiber *fiber = fiber_self();
    if (fiber != NULL)
        atomic_fetch_and_explicit(&fiber->state, ~FIBER_INTERRUPT_MASK, memory_order_acq_rel);
}

void fiber_interrupts_hold(void) {
    Fiber *fiber = fiber_self();
    if (fiber != NULL)
        fiber->hold_depth++;
}

void fiber_interrupts_release(void) {
    Fiber *fiber = fiber_self();
    if (fiber != NULL) {
        check(fiber->hold_depth > 0);
        fiber->hold_depth--;
    }
}

void fiber_no_park_begin(void) { no_park_depth++; }

bool fiber_may_leave(void) { return no_park_depth == 0; }

void fiber_no_park_end(void) {
    check(no_park_depth > 0);
    no_park_depth--;
}

/* ---- the rest ---- */

static void **local_slot(FiberLocal slot) {
    check(tls_worker != NULL && slot < FIBER_LOCAL_COUNT);
    Fiber *fiber = tls_worker->current;
    return fiber == NULL ? &tls_worker->locals[slot] : &fiber->locals[slot];
}

void *fiber_get_local(FiberLocal slot) { return *local_slot(slot); }

void fiber_set_local(FiberLocal slot, void *value) { *local_slot(slot) = value; }

/* ---- depth of recursion ---- */

/* The mark is first the end of what stays warm: a stack that went past it gives memory back. Then
 * it is the limit. */
static void set_mark(Fiber *fiber) {
    char *limit = fiber->stack->base + FIBER_STACK_BYTES - fiber->depth_bytes;
    fiber->stack_mark = fiber->stack->deep ? limit : MAX(limit, stack_warm_end(fiber->stack));
    fiber_stack_mark = fiber->stack_mark;
}

Status fiber_stack_error(void) {
    Fiber *fiber = fiber_self();
    uint32_t bytes = fiber == NULL ? FIBER_STACK_DEPTH_DEFAULT_BYTES : fiber->depth_bytes;
    return status_hint(error(ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded"),
                       "Increase the configuration parameter \"max_stack_depth\" (currently %ukB), "
                       "after ensuring the platform's stack depth limit is adequate.",
                       bytes / 1024);
}

bool fiber_stack_fits(void) {
    char *here = __builtin_frame_address(0);
    if (LIKELY(here >= fiber_stack_mark))
        return true;
    Fiber *fiber = fiber_self();
    check(fiber != NULL);
    fiber->stack->deep = fiber->stack->deep || here < stack_warm_end(fiber->stack);
    set_mark(fiber);
    return here >= fiber->stack_mark;
}

Status fiber_stack_below_mark(void) { return fiber_stack_fits() ? STATUS_OK : fiber_stack_error(); }

void fiber_stack_limit(uint32_t depth_bytes) {
    Fiber *fiber = fiber_self();
    check(depth_bytes <= FIBER_STACK_DEPTH_MAX_BYTES);
    if (fiber == NULL || fiber->depth_bytes == depth_bytes)
        return;
    fiber->depth_bytes = depth_bytes;
    set_mark(fiber);
}
