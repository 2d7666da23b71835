#include "runtime/stop_point.h"

#include "base/list.h"
#include "runtime/os.h"
#include "runtime/runtime_int.h"

#define STOP_POINTS_MAX 64
#define STOP_NAME_BYTES 64

typedef struct StopPoint {
    char name[STOP_NAME_BYTES];
    StopAction action;
    uint64_t skip_count;
    uint64_t delay_us;
    uint64_t hits;
    uint32_t waiting;
    FiberCond released;
} StopPoint;

struct StopPoints {
    RwLatch latch;
    uint32_t count;
    StopPoint points[STOP_POINTS_MAX];
};

static StopPoint *find(StopPoints *all, const char *name) {
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->points[i].name, name) == 0)
            return &all->points[i];
    }
    return NULL;
}

void stop_points_destroy(Runtime *runtime) {
    if (runtime->stop_points != NULL)
        mem_free(&runtime->account, runtime->stop_points, sizeof(StopPoints));
    runtime->stop_points = NULL;
}

#ifdef PHANTOM_STOP_POINTS

static Status arm(StopPoints *all, const char *name, StopAction action, uint64_t skip_count,
                  uint64_t delay_us) {
    StopPoint *point = find(all, name);
    if (point == NULL) {
        if (all->count == STOP_POINTS_MAX || strlen(name) >= STOP_NAME_BYTES)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many stop points");
        point = &all->points[all->count++];
        memcpy(point->name, name, strlen(name) + 1);
        fiber_cond_init(&point->released);
    }
    point->action = action;
    point->skip_count = skip_count;
    point->delay_us = delay_us;
    point->hits = 0;
    return STATUS_OK;
}

Status stop_point_arm(Runtime *runtime, const char *name, StopAction action, uint64_t skip_count,
                      uint64_t delay_us) {
    if (runtime->stop_points == NULL) {
        runtime->stop_points = mem_alloc(&runtime->account, sizeof(StopPoints));
        memset(runtime->stop_points, 0, sizeof(StopPoints));
    }
    latch_lock(&runtime->stop_points->latch);
    Status status = arm(runtime->stop_points, name, action, skip_count, delay_us);
    latch_unlock(&runtime->stop_points->latch);
    return status;
}

#else

Status stop_point_arm(Runtime *runtime, const char *name, StopAction action, uint64_t skip_count,
                      uint64_t delay_us) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "stop points are not compiled in");
}

#endif

void stop_point_release(Runtime *runtime, const char *name) {
    StopPoints *all = runtime->stop_points;
    if (all == NULL)
        return;
    latch_lock(&all->latch);
    StopPoint *point = find(all, name);
    if (point != NULL)
        point->action = STOP_NONE;
    latch_unlock(&all->latch);
    if (point != NULL)
        fiber_cond_broadcast(&point->released);
}

uint64_t stop_point_hits(Runtime *runtime, const char *name) {
    StopPoints *all = runtime->stop_points;
    if (all == NULL)
        return 0;
    latch_lock(&all->latch);
    const StopPoint *point = find(all, name);
    uint64_t hits = point == NULL ? 0 : point->hits;
    latch_unlock(&all->latch);
    return hits;
}

uint32_t stop_point_waiting(Runtime *runtime, const char *name) {
    StopPoints *all = runtime->stop_points;
    if (all == NULL)
        return 0;
    latch_lock(&all->latch);
    const StopPoint *point = find(all, name);
    uint32_t waiting = point == NULL ? 0 : point->waiting;
    latch_unlock(&all->latch);
    return waiting;
}

/* Parks until the point is disarmed; deaf to interrupts, so that a test decides the order. */
static void wait_released(StopPoints *all, StopPoint *point) {
    FiberWaiter waiter;
    for (;;) {
        fiber_cond_enter(&point->released, &waiter);
        latch_lock(&all->latch);
        bool armed = point->action == STOP_WAIT;
        latch_unlock(&all->latch);
        if (armed)
            (void)fiber_park_uninterruptible(DEADLINE_NONE);
        fiber_cond_leave(&point->released, &waiter);
        if (!armed)
            break;
    }
    latch_lock(&all->latch);
    point->waiting--;
    latch_unlock(&all->latch);
}

Status stop_point_hit(const char *name) {
    Worker *worker = tls_worker;
    StopPoints *all = worker == NULL ? NULL : worker->runtime->stop_points;
    if (LIKELY(all == NULL))
        return STATUS_OK;
    latch_lock(&all->latch);
    StopPoint *point = find(all, name);
    StopAction action = STOP_NONE;
    if (point != NULL && point->action != STOP_NONE && point->hits++ >= point->skip_count)
        action = point->action;
    if (action == STOP_WAIT)
        point->waiting++;
    latch_unlock(&all->latch);
    if (action == STOP_CRASH) {
        if (worker->sim == NULL)
            os_exit_now(137);
        sim_request_crash(worker->sim);
    } else if (action == STOP_WAIT) {
        wait_released(all, point);
    } else if (action == STOP_DELAY) {
        (void)fiber_sleep(point->delay_us);
    } else if (action == STOP_ERROR) {
        return error(ERR_INTERNAL_ERROR, "stop point \"%s\" failed", name);
    }
    return STATUS_OK;
}
