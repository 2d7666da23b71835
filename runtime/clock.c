#include "runtime/clock.h"

#include "runtime/runtime_int.h"

#include <time.h>

/* 2024-01-01: where a simulation's wall clock starts. */
#define SIM_WALL_START_US INT64_C(1704067200000000)

uint64_t clock_mono_ns(void) {
    Worker *worker = tls_worker;
    if (UNLIKELY(worker != NULL && worker->sim != NULL))
        return sim_clock_us(worker->sim) * 1000;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_us(void) { return clock_mono_ns() / 1000; }

int64_t clock_wall_us(void) {
    Worker *worker = tls_worker;
    if (UNLIKELY(worker != NULL && worker->sim != NULL))
        return SIM_WALL_START_US + (int64_t)sim_clock_us(worker->sim);
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
