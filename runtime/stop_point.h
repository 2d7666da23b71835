/*
 * stop_point.h: named places where a test can stop, fail or end the program. Layer: runtime.
 *
 * Compiled in with -Dstop_points=true only; else they cost nothing. Armed points belong to a
 * runtime (or a simulation), so instances side by side do not meet.
 *
 *     STOP_POINT("wal_before_sync");                 wait, crash, delay; an error is ignored
 *     TRY(STOP_POINT_STATUS("btree_before_split"));  all four
 */
#ifndef RUNTIME_STOP_POINT_H
#define RUNTIME_STOP_POINT_H

#include "base/status.h"
#include "runtime/worker.h"

typedef enum StopAction {
    STOP_NONE,
    STOP_WAIT,  /* the fibre parks until stop_point_release */
    STOP_CRASH, /* the process ends without cleaning up; a simulation crashes */
    STOP_ERROR, /* XX000 */
    STOP_DELAY  /* the fibre sleeps for delay_us */
} StopAction;

/* Arms name: passes the first skip_count hits, then acts on each. STOP_NONE disarms. Names are
 * copied; at most 64 are armed at a time. Error 0A000 where stop points are compiled out. */
Status stop_point_arm(Runtime *runtime, const char *name, StopAction action, uint64_t skip_count,
                      uint64_t delay_us);
/* The fibres that wait at name go on, and it is disarmed. */
void stop_point_release(Runtime *runtime, const char *name);
/* How often an armed name was reached, and how many fibres wait there. */
uint64_t stop_point_hits(Runtime *runtime, const char *name);
uint32_t stop_point_waiting(Runtime *runtime, const char *name);

Status stop_point_hit(const char *name);

#ifdef PHANTOM_STOP_POINTS
#define STOP_POINT(name) status_free(stop_point_hit(name))
#define STOP_POINT_STATUS(name) stop_point_hit(name)
#else
#define STOP_POINT(name) ((void)0)
#define STOP_POINT_STATUS(name) STATUS_OK
#endif

#endif
