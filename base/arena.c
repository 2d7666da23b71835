/*
 * arena.c: chunked bump allocation and the account tree.
 *
 * I1 A chunk's bytes are charged to the arena's account when it is made and returned when freed.
 * I2 chunk sizes double from CHUNK_BYTES_MIN (or _SMALL) to CHUNK_BYTES_MAX, so an arena of n bytes has
 *    O(log n) + n / CHUNK_BYTES_MAX chunks.
 */
#include "base/arena.h"

#include "base/mem_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
void __asan_handle_no_return(void);
#endif

#define CHUNK_BYTES_MIN ((size_t)2048)
#define CHUNK_BYTES_SMALL ((size_t)256)
#define CHUNK_BYTES_MAX ((size_t)1 << 20)

struct ArenaChunk {
    ArenaChunk *older;
    size_t bytes; /* with this header */
};
_Static_assert(sizeof(ArenaChunk) == 16, "allocations stay 16-byte aligned");

static MemAccount root_account = {.name = "server", .limit_bytes = SIZE_MAX};
static _Atomic uint64_t fail_countdown;

MemAccount *mem_root(void) { return &root_account; }

void mem_fail_nth(uint64_t nth) { atomic_store(&fail_countdown, nth); }

static bool injected_failure(void) {
    if (LIKELY(atomic_load_explicit(&fail_countdown, memory_order_relaxed) == 0))
        return false;
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

void mem_account_init(MemAccount *account, MemAccount *parent, const char *name,
                      size_t limit_bytes) {
    account->parent = parent;
    account->name = name;
    account->limit_bytes = limit_bytes;
    atomic_init(&account->used_bytes, 0);
}

void mem_account_force(MemAccount *account, size_t bytes) {
    for (MemAccount *a = account; a != NULL; a = a->parent)
        atomic_fetch_add_explicit(&a->used_bytes, bytes, memory_order_relaxed);
}

void mem_account_shrink(MemAccount *account, size_t bytes) {
    for (MemAccount *a = account; a != NULL; a = a->parent)
        atomic_fetch_sub_explicit(&a->used_bytes, bytes, memory_order_relaxed);
}

bool mem_account_over(const MemAccount *account) {
    for (const MemAccount *a = account; a != NULL; a = a->parent)
        if (atomic_load_explicit(&a->used_bytes, memory_order_relaxed) > a->limit_bytes)
            return true;
    return false;
}

bool mem_account_grow(MemAccount *account, size_t bytes) {
    mem_account_force(account, bytes);
    if (LIKELY(!mem_account_over(account)))
        return true;
    mem_account_shrink(account, bytes);
    return false;
}

void *mem_try_alloc(MemAccount *account, size_t bytes) {
    if (injected_failure() || !mem_account_grow(account, bytes))
        return NULL;
    void *p = malloc(bytes);
    if (p == NULL)
        mem_account_shrink(account, bytes);
    return p;
}

/* ---- requests that nobody expects to fail ---- */

#define RESERVE_BYTES ((size_t)32 << 20)

__thread MemGuard *mem_guard_top;
bool (*mem_guard_may_leave)(void);
static _Atomic(void *) reserve; /* address space, given up for small requests */
static bool has_reserve;

void mem_reserve_init(void) {
    atomic_store(&reserve, malloc(RESERVE_BYTES));
    has_reserve = true;
}

/* Large requests wait until the reserve is there again. */
static bool reserve_ready(void) {
    if (!has_reserve || atomic_load(&reserve) != NULL)
        return true;
    void *p = malloc(RESERVE_BYTES), *none = NULL;
    if (p != NULL && !atomic_compare_exchange_strong(&reserve, &none, p))
        free(p);
    return p != NULL;
}

Status mem_guarded(Status (*fn)(void *arg), void *arg) {
    MemGuard guard = {.outer = mem_guard_top};
    Status status;
    mem_guard_top = &guard;
    if (__builtin_setjmp(guard.jump) == 0)
        status = fn(arg);
    else
        status = status_detail(error(ERR_OUT_OF_MEMORY, "out of memory"),
                               "Failed on request of size %zu in memory context \"%s\".",
                               guard.refused_bytes, guard.account);
    mem_guard_top = guard.outer;
    return status;
}

/* The sanitizers' malloc refuses as the system's does, instead of ending the program. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
#elif defined(__SANITIZE_THREAD__)
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1"; }
#endif

static void leave(const MemAccount *account, size_t bytes) {
    MemGuard *guard = mem_guard_top;
    guard->refused_bytes = bytes;
    guard->account = account->name;
#ifdef __SANITIZE_ADDRESS__
    __asan_handle_no_return();
#endif
    __builtin_longjmp(guard->jump, 1);
}

static void *alloc_or_leave(MemAccount *account, size_t bytes) {
    void *p = NULL;
    if (!injected_failure() && reserve_ready() && mem_account_grow(account, bytes)) {
        p = malloc(bytes);
        if (p == NULL)
            mem_account_shrink(account, bytes);
    }
    if (p == NULL)
        leave(account, bytes);
    return p;
}

void *mem_alloc(MemAccount *account, size_t bytes) {
    if (UNLIKELY(bytes >= MEM_LARGE_BYTES) && mem_guard_top != NULL &&
        (mem_guard_may_leave == NULL || mem_guard_may_leave()))
        return alloc_or_leave(account, bytes);
    void *p = malloc(bytes);
    if (UNLIKELY(p == NULL)) {
        free(atomic_exchange(&reserve, NULL));
        p = malloc(bytes);
    }
    check(p != NULL);
    mem_account_force(account, bytes);
    return p;
}

void *mem_try_realloc(MemAccount *account, void *ptr, size_t old_bytes, size_t new_bytes) {
    if (injected_failure())
        return NULL;
    if (new_bytes > old_bytes && !mem_account_grow(account, new_bytes - old_bytes))
        return NULL;
    void *p = realloc(ptr, new_bytes);
    if (p == NULL) {
        if (new_bytes > old_bytes)
            mem_account_shrink(account, new_bytes - old_bytes);
        return NULL;
    }
    if (new_bytes < old_bytes)
        mem_account_shrink(account, old_bytes - new_bytes);
    return p;
}

void mem_free(MemAccount *account, void *ptr, size_t bytes) {
    if (ptr == NULL)
        return;
    mem_account_shrink(account, bytes);
    free(ptr);
}

/* Where an arena without chunks has its no bytes: not even none of them may be at NULL. */
static _Alignas(16) char nothing[16];

static void init(Arena *arena, MemAccount *account, size_t chunk_bytes) {
    *arena = (Arena){
        .account = account, .chunk_bytes_next = chunk_bytes, .cursor = nothing, .limit = nothing};
}

void arena_init(Arena *arena, MemAccount *account) { init(arena, account, CHUNK_BYTES_MIN); }

void arena_init_small(Arena *arena, MemAccount *account) {
    init(arena, account, CHUNK_BYTES_SMALL);
}

static void chunk_free(Arena *arena, ArenaChunk *chunk) {
    arena->reserved_bytes -= chunk->bytes;
    mem_free(arena->account, chunk, chunk->bytes);
}

static void use_chunk(Arena *arena, ArenaChunk *chunk) {
    arena->chunks = chunk;
    arena->cursor = chunk == NULL ? nothing : (char *)(chunk + 1);
    arena->limit = chunk == NULL ? nothing : (char *)chunk + chunk->bytes;
}

void arena_reset(Arena *arena) {
    ArenaChunk *chunk = arena->chunks;
    while (chunk != NULL && chunk->older != NULL) {
        ArenaChunk *older = chunk->older;
        chunk_free(arena, chunk);
        chunk = older;
    }
    if (chunk != NULL && chunk->bytes > CHUNK_BYTES_MAX) {
        chunk_free(arena, chunk);
        chunk = NULL;
    }
    use_chunk(arena, chunk);
    arena->chunk_bytes_next = CHUNK_BYTES_MIN;
}

void arena_destroy(Arena *arena) {
    for (ArenaChunk *chunk = arena->chunks, *older; chunk != NULL; chunk = older) {
        older = chunk->older;
        chunk_free(arena, chunk);
    }
    arena_init(arena, arena->account);
}

Status arena_check(const Arena *arena) {
    if (LIKELY(!mem_account_over(arena->account)))
        return STATUS_OK;
    return status_detail(error(ERR_OUT_OF_MEMORY, "out of memory"),
                         "The memory limit of \"%s\" was reached.", arena->account->name);
}

static bool add_chunk(Arena *arena, size_t payload_bytes, bool may_fail) {
    size_t bytes = arena->chunk_bytes_next;
    if (arena->chunk_bytes_next < CHUNK_BYTES_MAX)
        arena->chunk_bytes_next *= 2;
    if (bytes < payload_bytes + sizeof(ArenaChunk))
        bytes = payload_bytes + sizeof(ArenaChunk);
    ArenaChunk *chunk =
        may_fail ? mem_try_alloc(arena->account, bytes) : mem_alloc(arena->account, bytes);
    if (chunk == NULL)
        return false;
    chunk->bytes = bytes;
    chunk->older = arena->chunks;
    arena->reserved_bytes += bytes;
    use_chunk(arena, chunk);
    return true;
}

void *arena_alloc_slow(Arena *arena, size_t bytes) {
    check(add_chunk(arena, bytes, false));
    void *p = arena->cursor;
    arena->cursor += bytes;
    return p;
}

Status arena_try_alloc(Arena *arena, size_t bytes, void **ptr_out) {
    *ptr_out = NULL;
    if (bytes > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "invalid memory alloc request size %zu", bytes);
    size_t rounded = ALIGN_UP(bytes, 16);
    if (rounded > (size_t)(arena->limit - arena->cursor) && !add_chunk(arena, rounded, true))
        return status_detail(error(ERR_OUT_OF_MEMORY, "out of memory"),
                             "Failed on request of size %zu in memory context \"%s\".", bytes,
                             arena->account->name);
    *ptr_out = arena->cursor;
    arena->cursor += rounded;
    return STATUS_OK;
}

void *arena_grow(Arena *arena, void *ptr, size_t old_bytes, size_t new_bytes) {
    size_t rounded = ALIGN_UP(old_bytes, 16);
    if (ptr != NULL && (char *)ptr + rounded == arena->cursor && new_bytes > old_bytes) {
        size_t extra = ALIGN_UP(new_bytes, 16) - rounded;
        if (extra <= (size_t)(arena->limit - arena->cursor)) {
            arena->cursor += extra;
            return ptr;
        }
    }
    void *bigger = arena_alloc(arena, new_bytes);
    if (ptr != NULL)
        memcpy(bigger, ptr, MIN(old_bytes, new_bytes));
    return bigger;
}

size_t arena_array_bytes(size_t count, size_t size) {
    size_t bytes;
    check(!__builtin_mul_overflow(count, size, &bytes));
    return bytes;
}

char *arena_strndup(Arena *arena, const char *s, size_t len) {
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(Arena *arena, const char *s) { return arena_strndup(arena, s, strlen(s)); }

void *arena_memdup(Arena *arena, const void *p, size_t bytes) {
    void *copy = arena_alloc(arena, bytes);
    if (bytes > 0)
        memcpy(copy, p, bytes);
    return copy;
}

char *arena_vprintf(Arena *arena, const char *fmt, va_list args) {
    va_list again;
    va_copy(again, args);
    size_t room = (size_t)(arena->limit - arena->cursor);
    int len = vsnprintf(arena->cursor, room, fmt, args);
    check(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    if ((size_t)len >= room)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

ArenaMark arena_mark(const Arena *arena) { return (ArenaMark){arena->chunks, arena->cursor}; }

size_t arena_bytes_since(const Arena *arena, ArenaMark mark) {
    size_t bytes = 0;
    for (const ArenaChunk *chunk = arena->chunks; chunk != NULL && chunk != mark.chunk;
         chunk = chunk->older)
        bytes += chunk->bytes;
    return bytes;
}

void arena_release(Arena *arena, ArenaMark mark) {
    while (arena->chunks != mark.chunk) {
        ArenaChunk *chunk = arena->chunks;
        check(chunk != NULL);
        use_chunk(arena, chunk->older);
        chunk_free(arena, chunk);
    }
    if (mark.chunk != NULL) {
        arena->cursor = mark.cursor;
    }
}
