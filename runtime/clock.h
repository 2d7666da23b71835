/* clock.h: time. In a simulation both clocks are virtual. Layer: runtime. */
#ifndef RUNTIME_CLOCK_H
#define RUNTIME_CLOCK_H

#include "base/defs.h"

/* Never goes back; for deadlines and durations. */
uint64_t clock_mono_us(void);
uint64_t clock_mono_ns(void);
/* Microseconds since 1970-01-01 UTC. */
int64_t clock_wall_us(void);
/* Microseconds since 2000-01-01 UTC: a timestamptz. */
#define CLOCK_EPOCH_2000_US INT64_C(946684800000000)
static inline int64_t clock_timestamp_us(void) { return clock_wall_us() - CLOCK_EPOCH_2000_US; }

#endif
