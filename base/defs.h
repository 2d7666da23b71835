/* defs.h: the few macros that every file may use. Layer: base. */
#ifndef BASE_DEFS_H
#define BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types marked with it must not be dropped by a caller. */
#ifdef __clang__
#define NODISCARD __attribute__((warn_unused_result))
#else
#define NODISCARD [[nodiscard]]
#endif

#define PRINTF_LIKE(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))
#define LIKELY(cond) __builtin_expect(!!(cond), 1)
#define UNLIKELY(cond) __builtin_expect(!!(cond), 0)
#define NOINLINE __attribute__((noinline))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ALIGN_UP(n, to) (((n) + ((to)-1)) & ~((__typeof__(n))(to)-1))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* check: an invariant that stays on in every build. Failing it ends the process: a database that
 * goes on with a broken invariant loses data. Never applied to bytes from disk or from a client. */
#define check(cond) (LIKELY(cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
void check_failed(const char *cond, const char *file, int line) __attribute__((noreturn, cold));

/* check_slow: an invariant that costs more than O(1); on in sanitizer builds only. */
#ifdef PHANTOM_SLOW_CHECKS
#define check_slow(cond) check(cond)
#else
#define check_slow(cond) ((void)0)
#endif

#define UNREACHABLE() check_failed("unreachable", __FILE__, __LINE__)

#endif
