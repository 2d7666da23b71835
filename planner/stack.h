/* stack.h: the check that recursion over a statement makes. Private to planner/. */
#ifndef PLANNER_STACK_H
#define PLANNER_STACK_H

#include "base/status.h"
#include "runtime/fiber.h"

#define STACK_RESERVE_BYTES (56u * 1024u) /* for what walks the trees afterwards, and look-ups */

/* Error: 54001 where the fibre's stack runs low. */
static inline Status stack_check(void) {
    if (LIKELY(fiber_stack_left() > STACK_RESERVE_BYTES))
        return STATUS_OK;
    return status_hint(error(ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded"),
                       "Increase the configuration parameter \"max_stack_depth\" (currently "
                       "2048kB), after ensuring the platform's stack depth limit is adequate.");
}

#endif
