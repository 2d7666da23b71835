/*
 * latch.h: mutual exclusion. Layer: runtime.
 *
 * RwLatch is for sections of a few hundred nanoseconds: it spins, then lets the thread's core go.
 * While one is held, parking ends the process, so a holder is always running or preempted, and a
 * spin is short. FiberMutex and FiberCond park, and may be held across parks. Neither is
 * recursive. All work between workers, and from foreign threads where they need no park.
 */
#ifndef RUNTIME_LATCH_H
#define RUNTIME_LATCH_H

#include "base/list.h"
#include "runtime/fiber.h"

#include <stdatomic.h>

/* Zeroed to start. A count of readers, a writer's bit, and the bit of a writer that waits: it holds
 * new readers off. */
typedef struct RwLatch {
    _Atomic uint32_t word;
} RwLatch;

void latch_lock(RwLatch *latch);
bool latch_try_lock(RwLatch *latch);
void latch_unlock(RwLatch *latch);
void latch_lock_shared(RwLatch *latch);
bool latch_try_lock_shared(RwLatch *latch);
void latch_unlock_shared(RwLatch *latch);
bool latch_is_locked(const RwLatch *latch); /* exclusively, by anyone; for checks */

/* First come, first served; the holder may park. */
typedef struct FiberMutex {
    RwLatch guard;
    bool locked;
    ListNode waiters;
} FiberMutex;

void fiber_mutex_init(FiberMutex *mutex);
void fiber_mutex_lock(FiberMutex *mutex); /* [parks], deaf to interrupts */
bool fiber_mutex_try_lock(FiberMutex *mutex);
void fiber_mutex_unlock(FiberMutex *mutex);

/* Waits for a change that a signaller announces. Spurious wake-ups happen. */
typedef struct FiberCond {
    RwLatch guard;
    ListNode waiters;
} FiberCond;

void fiber_cond_init(FiberCond *cond);
/* [parks] Gives mutex (NULL: none) up and takes it again before it returns. */
ParkResult fiber_cond_wait(FiberCond *cond, FiberMutex *mutex, uint64_t deadline_us);
/* The same, deaf to interrupts. */
ParkResult fiber_cond_wait_uninterruptible(FiberCond *cond, FiberMutex *mutex,
                                           uint64_t deadline_us);
/* Without a mutex a waiter that must not miss the change adds itself first:
 *     fiber_cond_enter(cond, &waiter); while (!changed) fiber_park(...); fiber_cond_leave(...) */
typedef struct FiberWaiter {
    ListNode node;
    FiberRef ref;
    bool signalled;
} FiberWaiter;
void fiber_cond_enter(FiberCond *cond, FiberWaiter *waiter);
void fiber_cond_leave(FiberCond *cond, FiberWaiter *waiter);
/* From any thread, also from callbacks. */
void fiber_cond_signal(FiberCond *cond);
void fiber_cond_broadcast(FiberCond *cond);

/* Counts jobs; one fibre waits until all are done. */
typedef struct FiberGroup {
    _Atomic uint32_t open;
    FiberRef waiter;
} FiberGroup;
/* The calling fibre will be the one that waits. */
void fiber_group_init(FiberGroup *group, uint32_t open);
void fiber_group_add(FiberGroup *group, uint32_t count); /* while open > 0 or before the wait */
/* From any thread. The group may be gone right after the last one. */
void fiber_group_done(FiberGroup *group);
void fiber_group_wait(FiberGroup *group); /* [parks], deaf to interrupts */

#endif
