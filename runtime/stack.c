/*
 * stack.c: the stacks of fibres.
 *
 * Slabs of 16 stacks in one mapping, an inaccessible page under each, so that running over the end
 * is a fault and no overwrite. Memory is taken by touching it, and nothing is set aside for what was
 * not touched. A stack that went deep, or comes back while many are free, gives its deep pages back
 * to the system. Slabs live as long as the worker: 32 mappings a slab keep 2,000 slabs (32,000
 * fibres) under the kernel's default limit of 65,530.
 */
#include "runtime/context.h"
#include "runtime/runtime_int.h"

#include <sys/mman.h>
#ifdef RUNTIME_ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef RUNTIME_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define SLAB_STACKS 16u
#define GUARD_BYTES 4096u
#define STEP_BYTES ((size_t)FIBER_STACK_BYTES + GUARD_BYTES)
#define KEEP_WARM 64u /* free stacks that keep what statements take in general */
#define WARM_BYTES (128u * 1024u)
#define COLD_BYTES (16u * 1024u) /* what the others keep */

struct StackSlab {
    StackSlab *next;
    char *map;
    FiberStack stacks[SLAB_STACKS];
};

void stack_pool_init(StackPool *pool, MemAccount *account) {
    *pool = (StackPool){.account = account};
}

void stack_pool_destroy(StackPool *pool) {
    while (pool->slabs != NULL) {
        StackSlab *slab = pool->slabs;
        pool->slabs = slab->next;
#ifdef RUNTIME_TSAN
        for (unsigned i = 0; i < SLAB_STACKS; i++)
            __tsan_destroy_fiber(slab->stacks[i].tsan_fiber);
#endif
        munmap(slab->map, SLAB_STACKS * STEP_BYTES);
        mem_free(pool->account, slab, sizeof(*slab));
    }
    pool->free = NULL;
}

static bool add_slab(StackPool *pool) {
    char *map = mmap(NULL, SLAB_STACKS * STEP_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return false;
    madvise(map, SLAB_STACKS * STEP_BYTES, MADV_NOHUGEPAGE);
    for (unsigned i = 0; i < SLAB_STACKS; i++) {
        if (mprotect(map + i * STEP_BYTES, GUARD_BYTES, PROT_NONE) != 0) {
            munmap(map, SLAB_STACKS * STEP_BYTES);
            return false;
        }
    }
    StackSlab *slab = mem_alloc(pool->account, sizeof(*slab));
    *slab = (StackSlab){.next = pool->slabs, .map = map};
    pool->slabs = slab;
    for (unsigned i = 0; i < SLAB_STACKS; i++) {
        FiberStack *stack = &slab->stacks[i];
        stack->base = map + i * STEP_BYTES + GUARD_BYTES;
        stack->next = pool->free;
#ifdef RUNTIME_TSAN
        stack->tsan_fiber = __tsan_create_fiber(0);
#endif
        pool->free = stack;
    }
    pool->free_count += SLAB_STACKS;
    pool->total_count += SLAB_STACKS;
    return true;
}

FiberStack *stack_take(StackPool *pool) {
    if (UNLIKELY(pool->free == NULL) && !add_slab(pool))
        return NULL;
    FiberStack *stack = pool->free;
    pool->free = stack->next;
    pool->free_count--;
#ifdef RUNTIME_ASAN
    /* An abandoned fibre leaves red zones behind. */
    __asan_unpoison_memory_region(stack->base, FIBER_STACK_BYTES);
#endif
    return stack;
}

char *stack_warm_end(const FiberStack *stack) {
    return stack->base + FIBER_STACK_BYTES - WARM_BYTES;
}

void stack_give(StackPool *pool, FiberStack *stack) {
    uint32_t keep = pool->free_count < KEEP_WARM ? WARM_BYTES : COLD_BYTES;
    if (stack->deep || keep == COLD_BYTES)
        madvise(stack->base, FIBER_STACK_BYTES - keep, MADV_DONTNEED);
    stack->deep = false;
    stack->next = pool->free;
    pool->free = stack;
    pool->free_count++;
}
