/*
 * arena.h: memory by lifetime, accounted. Layer: base.
 *
 * An arena hands out memory that is freed all at once. Arenas form the lifetimes session >
 * transaction > statement > batch, each passed explicitly. Every arena belongs to a MemAccount; the
 * accounts form a tree whose limits bound a statement, a session and the server.
 *
 * Small requests (up to ARENA_SMALL_MAX) never fail: past the limit they are still served and the
 * account is marked, and arena_check() at the next statement, operator or batch boundary returns
 * 53200. Larger requests, whose size a user chooses, go through arena_try_alloc and are refused
 * before they are made. So code that builds trees needs no error path, and memory stays bounded by
 * limit + small requests between two checks.
 *
 * Thread: an arena is used by one fibre at a time. Accounts may be shared (atomic counters).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/defs.h"
#include "base/status.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#define ARENA_SMALL_MAX (64u * 1024u)
#define ARENA_ALLOC_MAX ((size_t)0x3fffffff) /* one value: 1 GB - 1, as PostgreSQL's */

typedef struct MemAccount {
    struct MemAccount *parent;
    const char *name;
    size_t limit_bytes; /* SIZE_MAX: none */
    _Atomic size_t used_bytes;
} MemAccount;

void mem_account_init(MemAccount *account, MemAccount *parent, const char *name,
                      size_t limit_bytes);
/* Adds to the account and its parents. False (and nothing added) where a limit would be passed. */
bool mem_account_grow(MemAccount *account, size_t bytes);
/* Adds whatever the limits say. */
void mem_account_force(MemAccount *account, size_t bytes);
void mem_account_shrink(MemAccount *account, size_t bytes);
bool mem_account_over(const MemAccount *account);
/* The process-wide root account: no limit until the server sets one. */
MemAccount *mem_root(void);

/* The raw layer, for containers whose lifetime is no arena's: accounted, checked multiplication,
 * never NULL for small sizes. mem_try_alloc returns NULL at a limit. mem_free needs the size. */
void *mem_alloc(MemAccount *account, size_t bytes);
void *mem_try_alloc(MemAccount *account, size_t bytes);
void *mem_try_realloc(MemAccount *account, void *ptr, size_t old_bytes, size_t new_bytes);
void mem_free(MemAccount *account, void *ptr, size_t bytes);
/* Test hook: the nth raw allocation from now fails (0: never). Small ones then abort the process
 * only if they may not fail. */
void mem_fail_nth(uint64_t nth);

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    MemAccount *account;
    char *cursor; /* next free byte of the newest chunk */
    char *limit;
    ArenaChunk *chunks; /* newest first */
    size_t chunk_bytes_next;
    size_t reserved_bytes; /* sum of chunk sizes */
} Arena;

void arena_init(Arena *arena, MemAccount *account);
/* For arenas that there are thousands of, most of them nearly empty: starts with a chunk of 256 bytes. */
void arena_init_small(Arena *arena, MemAccount *account);
/* Frees everything but keeps the first chunk for reuse. */
void arena_reset(Arena *arena);
void arena_destroy(Arena *arena);
/* Returns 53200 if the arena's account or a parent is over its limit. */
Status arena_check(const Arena *arena);

void *arena_alloc_slow(Arena *arena, size_t bytes);

/* Uninitialised, 16-byte aligned. Never NULL. bytes <= ARENA_SMALL_MAX unless the size is bounded by
 * something already in memory (a copy of a value that exists). */
static inline void *arena_alloc(Arena *arena, size_t bytes) {
    size_t rounded = ALIGN_UP(bytes, 16);
    if (LIKELY(rounded <= (size_t)(arena->limit - arena->cursor))) {
        void *p = arena->cursor;
        arena->cursor += rounded;
        return p;
    }
    return arena_alloc_slow(arena, rounded);
}
static inline void *arena_zalloc(Arena *arena, size_t bytes) {
    return memset(arena_alloc(arena, bytes), 0, bytes);
}
/* For sizes a user chooses. Errors: 54000 past ARENA_ALLOC_MAX, 53200 at a limit. */
Status arena_try_alloc(Arena *arena, size_t bytes, void **ptr_out);
/* Grows the newest allocation in place where possible, else copies. */
void *arena_grow(Arena *arena, void *ptr, size_t old_bytes, size_t new_bytes);

#define arena_new(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define arena_array(arena, type, count)                                                            \
    ((type *)arena_zalloc((arena), arena_array_bytes((count), sizeof(type))))
/* count * size, checked: overflow ends the process (such a count was never in memory). */
size_t arena_array_bytes(size_t count, size_t size);

char *arena_strdup(Arena *arena, const char *s);
char *arena_strndup(Arena *arena, const char *s, size_t len);
void *arena_memdup(Arena *arena, const void *p, size_t bytes);
char *arena_printf(Arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(Arena *arena, const char *fmt, va_list args);

/* A mark to free back to: scratch work inside a longer-lived arena. */
typedef struct ArenaMark {
    ArenaChunk *chunk;
    char *cursor;
} ArenaMark;
ArenaMark arena_mark(const Arena *arena);
void arena_release(Arena *arena, ArenaMark mark);
/* Of chunks made since. */
size_t arena_bytes_since(const Arena *arena, ArenaMark mark);

#endif
