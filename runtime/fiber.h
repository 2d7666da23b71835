/*
 * fiber.h: cooperative threads that belong to one worker. Layer: runtime.
 *
 * A fibre lives for a statement or a background job. It never migrates: it runs on the worker that
 * it was spawned on until it returns. It gives the core up only by parking, yielding or returning,
 * so code between two such calls is atomic towards other fibres of the same worker (not towards
 * those of other workers).
 *
 *   READY -> RUNNING -> PARKED -> READY        a permit given to a running fibre makes its next
 *               `-----> (returned)             park return at once: no wake-up is ever lost
 *
 * Parks are loops: a park may return PARK_WOKEN without a reason, so callers test their condition.
 */
#ifndef RUNTIME_FIBER_H
#define RUNTIME_FIBER_H

#include "base/status.h"

typedef struct Fiber Fiber;

/* Names one life of a fibre. A stale reference (the fibre returned) is harmless everywhere. */
typedef struct FiberRef {
    Fiber *fiber; /* NULL: nobody */
    uint32_t generation;
} FiberRef;

typedef enum SchedClass {
    SCHED_OLTP,       /* client statements until they prove long */
    SCHED_ANALYTIC,   /* morsels of long statements; a floor of a fifth of the core */
    SCHED_BACKGROUND, /* checkpoint, cleaning, compaction */
    SCHED_CLASS_COUNT
} SchedClass;

typedef void (*FiberFn)(void *arg);

/* Address space; memory is taken by touching it. Recursion that asks fiber_stack_check gets the session's
 * max_stack_depth, FIBER_STACK_DEPTH_MAX_BYTES at most; the rest is for what it calls, and for walks
 * of structures whose depth was checked, or is bounded, where they were made. */
#define FIBER_STACK_BYTES (16u << 20)
#define FIBER_STACK_DEPTH_MAX_BYTES (7680u * 1024u)
#define FIBER_STACK_DEPTH_DEFAULT_BYTES (2048u * 1024u)
#define DEADLINE_NONE UINT64_MAX

/* Spawn on the calling worker. The fibre starts from the run queue, never inside this call. Never
 * fails: where no stack can be mapped the fibre waits until another returns. */
FiberRef fiber_spawn(SchedClass sched_class, FiberFn fn, void *arg);
/* Spawn on worker worker_id of the calling worker's runtime. */
FiberRef fiber_spawn_on(int worker_id, SchedClass sched_class, FiberFn fn, void *arg);

/* The running fibre; NULL on the worker's own stack (callbacks of I/O, timers, connections). */
Fiber *fiber_self(void);
FiberRef fiber_self_ref(void);
SchedClass fiber_class(void);
/* Takes effect when the fibre is queued next. */
void fiber_set_class(SchedClass sched_class);

/* To the back of the class's run queue. */
void fiber_yield(void);
/* True once the fibre has held the worker for its slice (500 us). Costs one clock read: ask once a
 * batch or every few hundred rows. */
bool fiber_should_yield(void);
/* Names the fibre's present turn on its worker: another value once it has parked or yielded, so what is
 * as old as the value is at most a slice old. */
uint64_t fiber_slice(void);
static inline void fiber_yield_if_due(void) {
    if (fiber_should_yield())
        fiber_yield();
}

typedef enum ParkResult { PARK_WOKEN, PARK_TIMEOUT, PARK_INTERRUPTED } ParkResult;

/* Sleeps until fiber_unpark, deadline_us (clock_mono_us; DEADLINE_NONE) or an interrupt that is not
 * held off. An interrupt that is pending already returns at once; it stays pending until
 * fiber_check_interrupt takes it. Only from a fibre, never in a no-park section. */
ParkResult fiber_park(uint64_t deadline_us);
/* The same, deaf to interrupts: for I/O, group commit and rollback. Never PARK_INTERRUPTED. */
ParkResult fiber_park_uninterruptible(uint64_t deadline_us);
/* Gives the fibre one permit (permits do not add up). From any thread. A stale or empty reference
 * does nothing. */
void fiber_unpark(FiberRef ref);
/* Sleeps. Returns early on an interrupt. */
ParkResult fiber_sleep(uint64_t duration_us);

typedef enum InterruptReason {
    INTERRUPT_CANCEL = 1,            /* 57014 canceling statement due to user request */
    INTERRUPT_STATEMENT_TIMEOUT = 2, /* 57014 canceling statement due to statement timeout */
    INTERRUPT_TERMINATE = 4,         /* 57P01 FATAL, pg_terminate_backend or shutdown */
    INTERRUPT_CLIENT_LOST = 8,       /* 08006 FATAL connection to client lost */
} InterruptReason;

/* Asks the fibre to stop soon: it is unparked, and its next fiber_check_interrupt fails. From any
 * thread. */
void fiber_interrupt(FiberRef ref, InterruptReason reason);
/* Ok, or the error of the most severe pending reason; takes all pending reasons. Ok inside
 * fiber_interrupts_hold. Cheap: one load. Off a fibre: ok. */
Status fiber_check_interrupt(void);
/* True while a reason is pending, held off or not. */
bool fiber_interrupt_pending(void);
/* Drops reasons that came too late (the statement is over). */
void fiber_interrupts_clear(void);
/* Between these the fibre is deaf to interrupts. They nest. */
void fiber_interrupts_hold(void);
void fiber_interrupts_release(void);

/* Between these a park or yield ends the process: a latch is held. They nest; per thread. The
 * latches of latch.h call them. */
void fiber_no_park_begin(void);
void fiber_no_park_end(void);

/* Pointers that go with the fibre; NULL at its start. Off a fibre they belong to the worker. */
typedef enum FiberLocal {
    FIBER_LOCAL_SESSION,
    FIBER_LOCAL_STATEMENT,
    FIBER_LOCAL_TXN,
    FIBER_LOCAL_SPARE,
    FIBER_LOCAL_COUNT
} FiberLocal;
void *fiber_get_local(FiberLocal slot);
void fiber_set_local(FiberLocal slot, void *value);

/* ---- depth of recursion ---- */

/* Below this address code that recurses has to look closer; NULL off a fibre. Kept by fiber.c. */
extern __thread char *fiber_stack_mark;
Status fiber_stack_below_mark(void);
/* Whatever recurses on users' input asks this at each level. Two instructions where there is room.
 * Error: 54001 with the hint about max_stack_depth. Off a fibre: ok. */
static inline Status fiber_stack_check(void) {
    if (LIKELY((char *)__builtin_frame_address(0) >= fiber_stack_mark))
        return STATUS_OK;
    return fiber_stack_below_mark();
}
/* The same for those with an error of their own. */
bool fiber_stack_fits(void);
/* The error of fiber_stack_check, for other bounds of depth. */
Status fiber_stack_error(void);
/* How deep fiber_stack_check lets the running fibre go. */
void fiber_stack_limit(uint32_t depth_bytes);

#endif
