#include "runtime/latch.h"

#include <sched.h>

#define WRITER 0x80000000u
#define WRITER_WAITS 0x40000000u
#define READERS 0x3fffffffu
#define SPINS_BEFORE_YIELD 200

static void pause_cpu(unsigned *spins) {
    if (++*spins % SPINS_BEFORE_YIELD == 0) {
        sched_yield(); /* the holder may have been preempted */
        return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

bool latch_try_lock(RwLatch *latch) {
    uint32_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);
    if ((word & (WRITER | READERS)) != 0 ||
        !atomic_compare_exchange_strong_explicit(&latch->word, &word, WRITER, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    fiber_no_park_begin();
    return true;
}

void latch_lock(RwLatch *latch) {
    unsigned spins = 0;
    while (!latch_try_lock(latch)) {
        uint32_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);
        if ((word & READERS) != 0 && !(word & WRITER_WAITS))
            atomic_fetch_or_explicit(&latch->word, WRITER_WAITS, memory_order_relaxed);
        pause_cpu(&spins);
    }
}

void latch_unlock(RwLatch *latch) {
    check(latch_is_locked(latch));
    atomic_fetch_and_explicit(&latch->word, ~WRITER, memory_order_release);
    fiber_no_park_end();
}

bool latch_try_lock_shared(RwLatch *latch) {
    uint32_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);
    do {
        /* A waiting writer goes first; with no reader left its mark is stale and is dropped. */
        if ((word & WRITER) || ((word & WRITER_WAITS) && (word & READERS)))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&latch->word, &word, (word & READERS) + 1,
                                                    memory_order_acquire, memory_order_relaxed));
    fiber_no_park_begin();
    return true;
}

void latch_lock_shared(RwLatch *latch) {
    unsigned spins = 0;
    while (!latch_try_lock_shared(latch))
        pause_cpu(&spins);
}

void latch_unlock_shared(RwLatch *latch) {
    uint32_t word = atomic_fetch_sub_explicit(&latch->word, 1, memory_order_release);
    check((word & READERS) > 0);
    fiber_no_park_end();
}

bool latch_is_locked(const RwLatch *latch) {
    return (atomic_load_explicit(&latch->word, memory_order_relaxed) & WRITER) != 0;
}

/* ---- FiberMutex ---- */

void fiber_mutex_init(FiberMutex *mutex) {
    *mutex = (FiberMutex){0};
    list_init(&mutex->waiters);
}

bool fiber_mutex_try_lock(FiberMutex *mutex) {
    latch_lock(&mutex->guard);
    bool taken = !mutex->locked;
    mutex->locked = true;
    latch_unlock(&mutex->guard);
    return taken;
}

void fiber_mutex_lock(FiberMutex *mutex) {
    FiberWaiter waiter = {.ref = fiber_self_ref()};
    latch_lock(&mutex->guard);
    if (!mutex->locked) {
        mutex->locked = true;
        latch_unlock(&mutex->guard);
        return;
    }
    list_push_back(&mutex->waiters, &waiter.node);
    latch_unlock(&mutex->guard);
    for (bool owned = false; !owned;) {
        (void)fiber_park_uninterruptible(DEADLINE_NONE);
        latch_lock(&mutex->guard);
        owned = waiter.signalled; /* the last holder handed it over */
        latch_unlock(&mutex->guard);
    }
}

void fiber_mutex_unlock(FiberMutex *mutex) {
    FiberRef next = {0};
    latch_lock(&mutex->guard);
    check(mutex->locked);
    if (list_empty(&mutex->waiters)) {
        mutex->locked = false;
    } else {
        FiberWaiter *waiter = LIST_ENTRY(mutex->waiters.next, FiberWaiter, node);
        list_remove(&waiter->node);
        waiter->signalled = true;
        next = waiter->ref;
    }
    latch_unlock(&mutex->guard);
    fiber_unpark(next);
}

/* ---- FiberCond ---- */

void fiber_cond_init(FiberCond *cond) {
    *cond = (FiberCond){0};
    list_init(&cond->waiters);
}

void fiber_cond_enter(FiberCond *cond, FiberWaiter *waiter) {
    waiter->ref = fiber_self_ref();
    waiter->signalled = false;
    latch_lock(&cond->guard);
    list_push_back(&cond->waiters, &waiter->node);
    latch_unlock(&cond->guard);
}

void fiber_cond_leave(FiberCond *cond, FiberWaiter *waiter) {
    latch_lock(&cond->guard);
    list_remove(&waiter->node);
    latch_unlock(&cond->guard);
}

static bool is_signalled(FiberCond *cond, FiberWaiter *waiter) {
    latch_lock(&cond->guard);
    bool signalled = waiter->signalled;
    latch_unlock(&cond->guard);
    return signalled;
}

static ParkResult cond_wait(FiberCond *cond, FiberMutex *mutex, uint64_t deadline_us,
                            bool interruptible) {
    FiberWaiter waiter;
    ParkResult result = PARK_WOKEN;
    fiber_cond_enter(cond, &waiter);
    if (mutex != NULL)
        fiber_mutex_unlock(mutex);
    while (result == PARK_WOKEN && !is_signalled(cond, &waiter))
        result = interruptible ? fiber_park(deadline_us) : fiber_park_uninterruptible(deadline_us);
    fiber_cond_leave(cond, &waiter);
    if (waiter.signalled)
        result = PARK_WOKEN;
    if (mutex != NULL)
        fiber_mutex_lock(mutex);
    return result;
}

ParkResult fiber_cond_wait(FiberCond *cond, FiberMutex *mutex, uint64_t deadline_us) {
    return cond_wait(cond, mutex, deadline_us, true);
}

ParkResult fiber_cond_wait_uninterruptible(FiberCond *cond, FiberMutex *mutex,
                                           uint64_t deadline_us) {
    return cond_wait(cond, mutex, deadline_us, false);
}

/* Takes the first waiter off the list; the guard is held. The waiter's memory may go as soon as the
 * guard is free. */
static FiberRef take_waiter(FiberCond *cond) {
    FiberWaiter *waiter = LIST_ENTRY(cond->waiters.next, FiberWaiter, node);
    list_remove(&waiter->node);
    waiter->signalled = true;
    return waiter->ref;
}

void fiber_cond_signal(FiberCond *cond) {
    FiberRef ref = {0};
    latch_lock(&cond->guard);
    if (!list_empty(&cond->waiters))
        ref = take_waiter(cond);
    latch_unlock(&cond->guard);
    fiber_unpark(ref);
}

void fiber_cond_broadcast(FiberCond *cond) {
    latch_lock(&cond->guard);
    while (!list_empty(&cond->waiters))
        fiber_unpark(take_waiter(cond));
    latch_unlock(&cond->guard);
}

/* ---- FiberGroup ---- */

void fiber_group_init(FiberGroup *group, uint32_t open) {
    atomic_init(&group->open, open);
    group->waiter = fiber_self_ref();
}

void fiber_group_add(FiberGroup *group, uint32_t count) {
    atomic_fetch_add_explicit(&group->open, count, memory_order_relaxed);
}

void fiber_group_done(FiberGroup *group) {
    FiberRef waiter = group->waiter;
    if (atomic_fetch_sub_explicit(&group->open, 1, memory_order_acq_rel) == 1)
        fiber_unpark(waiter);
}

void fiber_group_wait(FiberGroup *group) {
    while (atomic_load_explicit(&group->open, memory_order_acquire) > 0)
        (void)fiber_park_uninterruptible(DEADLINE_NONE);
}
