/*
 * mem_guard.h: large requests for memory that may be refused where nobody looks. Layer: base.
 *
 * Values of hundreds of megabytes are made by functions that allocate with arena_alloc and StrBuf, which do not
 * fail. A call under a guard is left at once where a request of MEM_LARGE_BYTES or more goes beyond a limit, or the
 * system refuses it; the caller gets 53200 in its place. So what is called under a guard must own nothing but
 * memory of arenas: no latches, pins, open files, nor frames of others that do. What does is called under a
 * barrier, which takes the guards outside of it away; then such a request is granted, or ends the process.
 *
 * Small requests are not refused: the system's refusal is met by giving up a reserve, which large requests have to
 * restore first.
 */
#ifndef BASE_MEM_GUARD_H
#define BASE_MEM_GUARD_H

#include "base/status.h"

#define MEM_LARGE_BYTES ((size_t)1 << 20)
/* What is made of a value shorter than this stays below MEM_LARGE_BYTES, or nearly; it needs no guard of its own. */
#define MEM_LONG_VALUE_BYTES ((size_t)64 << 10)

typedef struct MemGuard MemGuard;
struct MemGuard {
    void *jump[5];
    MemGuard *outer;
    size_t refused_bytes;
    const char *account;
};

/* The innermost guard of the running fibre; NULL: none, or a barrier. runtime/ swaps it with fibres. */
extern __thread MemGuard *mem_guard_top;

/* Calls fn(arg) under a guard. Its result, or 53200. */
Status mem_guarded(Status (*fn)(void *arg), void *arg);
/* Calls fn(arg) under a barrier. */
static inline Status mem_barrier(Status (*fn)(void *arg), void *arg) {
    MemGuard *outer = mem_guard_top;
    mem_guard_top = NULL;
    Status status = fn(arg);
    mem_guard_top = outer;
    return status;
}

/* May the running code be left? Set by runtime/: not while a latch is held. NULL: always. */
extern bool (*mem_guard_may_leave)(void);

/* Takes the reserve; once, before the first statement. */
void mem_reserve_init(void);

#endif
