/* Fibres, scheduling, timers, latches, interrupts, messages. */
#include "runtime/clock.h"
#include "runtime/latch.h"
#include "runtime/random.h"
#include "runtime/sim.h"
#include "runtime/stop_point.h"
#include "runtime/worker.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Runs fn as the first fibre of a runtime with some workers, on each real backend. */
static void run_on(IoBackendKind backend, int workers, FiberFn fn, void *arg) {
    RuntimeOptions options = {.worker_count = workers, .backend = backend, .stall_us = UINT32_MAX};
    Runtime *runtime;
    Status status = runtime_create(&options, &runtime);
    ck_assert(status_ok(status));
    status = runtime_run(runtime, fn, arg);
    ck_assert(status_ok(status));
    runtime_destroy(runtime);
}

static const IoBackendKind backends[] = {
#if !defined(__SANITIZE_THREAD__)
    IO_BACKEND_URING,
#endif
    IO_BACKEND_EPOLL};

/* ---- one worker ---- */

typedef struct Trace {
    char text[64];
    int len;
} Trace;

static void trace_fiber(void *arg) {
    Trace *trace = arg;
    char name = (char)('a' + trace->len % 3);
    for (int i = 0; i < 3; i++) {
        trace->text[trace->len++] = name;
        fiber_yield();
    }
}

static void yield_main(void *arg) {
    Trace trace = {0};
    FiberGroup unused;
    fiber_group_init(&unused, 0);
    for (int i = 0; i < 3; i++)
        fiber_spawn(SCHED_OLTP, trace_fiber, &trace);
    ck_assert_int_eq(trace.len, 0); /* never inside fiber_spawn */
    for (int i = 0; i < 8; i++)
        fiber_yield();
    ck_assert_str_eq(trace.text, "abcabcabc");
    runtime_stop(runtime_self());
}

START_TEST(test_yield) { run_on(backends[_i], 1, yield_main, NULL); }
END_TEST

static void park_main(void *arg) {
    uint64_t start_us = clock_mono_us();
    ck_assert_int_eq(fiber_park(start_us + 3000), PARK_TIMEOUT);
    ck_assert_uint_ge(clock_mono_us(), start_us + 3000);
    /* A permit that came first is not lost, and permits do not add up. */
    fiber_unpark(fiber_self_ref());
    fiber_unpark(fiber_self_ref());
    ck_assert_int_eq(fiber_park(DEADLINE_NONE), PARK_WOKEN);
    ck_assert_int_eq(fiber_park(clock_mono_us() + 100), PARK_TIMEOUT);

    /* Interrupts: pending ones return at once until they are taken. */
    fiber_interrupt(fiber_self_ref(), INTERRUPT_CANCEL);
    ck_assert_int_eq(fiber_park(DEADLINE_NONE), PARK_INTERRUPTED);
    ck_assert_int_eq(fiber_park(DEADLINE_NONE), PARK_INTERRUPTED);
    ck_assert(fiber_interrupt_pending());
    (void)fiber_park_uninterruptible(clock_mono_us() + 100);
    fiber_interrupts_hold();
    ck_assert(status_ok(fiber_check_interrupt()));
    fiber_interrupts_release();
    Status status = fiber_check_interrupt();
    ck_assert_str_eq(status.error->message, "canceling statement due to user request");
    ck_assert_str_eq(sqlstate_code(status.error->state), "57014");
    status_free(status);
    ck_assert(status_ok(fiber_check_interrupt()));
    fiber_interrupt(fiber_self_ref(), INTERRUPT_STATEMENT_TIMEOUT);
    fiber_interrupt(fiber_self_ref(), INTERRUPT_TERMINATE);
    status = fiber_check_interrupt();
    ck_assert_str_eq(sqlstate_code(status.error->state), "57P01");
    ck_assert_int_eq(status.error->severity, SEV_FATAL);
    status_free(status);
    ck_assert(!fiber_interrupt_pending());

    /* Nobody and the dead. */
    fiber_unpark((FiberRef){0});
    FiberRef self = fiber_self_ref();
    self.generation--;
    fiber_interrupt(self, INTERRUPT_CANCEL);
    ck_assert(!fiber_interrupt_pending());

    fiber_set_local(FIBER_LOCAL_STATEMENT, &self);
    fiber_yield();
    ck_assert_ptr_eq(fiber_get_local(FIBER_LOCAL_STATEMENT), &self);
    ck_assert(status_ok(fiber_stack_check()));
    runtime_stop(runtime_self());
}

START_TEST(test_park) { run_on(backends[_i], 1, park_main, NULL); }
END_TEST

typedef struct Alarm {
    Timer timer;
    int fired;
    FiberRef waiter;
    uint64_t seen_us[200];
} Alarm;

typedef struct OneAlarm {
    Timer timer;
    Alarm *all;
} OneAlarm;

static void alarm_rings(Timer *timer) {
    OneAlarm *one = (OneAlarm *)timer;
    one->all->seen_us[one->all->fired++] = timer->deadline_us;
    fiber_unpark(one->all->waiter);
}

static void timer_main(void *arg) {
    static OneAlarm ones[200];
    Alarm all = {.waiter = fiber_self_ref()};
    Rng rng;
    rng_seed(&rng, 7);
    memset(ones, 0, sizeof(ones));
    uint64_t start_us = clock_mono_us();
    for (int i = 0; i < 200; i++) {
        ones[i].all = &all;
        timer_start(&ones[i].timer, start_us + 1000 + rng_below(&rng, 5000), alarm_rings);
    }
    for (int i = 0; i < 200; i += 2)
        timer_stop(&ones[i].timer);
    timer_start(&ones[1].timer, start_us + 9000, alarm_rings); /* moved */
    while (all.fired < 100)
        (void)fiber_park(DEADLINE_NONE);
    for (int i = 1; i < 100; i++)
        ck_assert_uint_le(all.seen_us[i - 1], all.seen_us[i]);
    ck_assert_uint_eq(all.seen_us[99], start_us + 9000);
    runtime_stop(runtime_self());
}

START_TEST(test_timers) { run_on(backends[_i], 1, timer_main, NULL); }
END_TEST

/* ---- classes share the core ---- */

typedef struct Share {
    uint64_t ran_us[SCHED_CLASS_COUNT];
    uint64_t end_us;
    FiberGroup group;
} Share;

typedef struct Hog {
    Share *share;
    SchedClass sched_class;
} Hog;

static void hog(void *arg) {
    Hog *self = arg;
    while (clock_mono_us() < self->share->end_us) {
        uint64_t start_us = clock_mono_us();
        while (!fiber_should_yield()) {
        }
        self->share->ran_us[self->sched_class] += clock_mono_us() - start_us;
        fiber_yield();
    }
    fiber_group_done(&self->share->group);
}

static void share_main(void *arg) {
    Share share = {.end_us = clock_mono_us() + 200000};
    Hog hogs[] = {{&share, SCHED_OLTP},
                  {&share, SCHED_OLTP},
                  {&share, SCHED_ANALYTIC},
                  {&share, SCHED_BACKGROUND}};
    fiber_group_init(&share.group, ARRAY_LEN(hogs));
    for (size_t i = 0; i < ARRAY_LEN(hogs); i++)
        fiber_spawn(hogs[i].sched_class, hog, &hogs[i]);
    fiber_group_wait(&share.group);
    ck_assert_uint_gt(share.ran_us[SCHED_OLTP], share.ran_us[SCHED_ANALYTIC] * 2);
    ck_assert_uint_gt(share.ran_us[SCHED_ANALYTIC], share.ran_us[SCHED_BACKGROUND]);
    ck_assert_uint_gt(share.ran_us[SCHED_ANALYTIC], 15000);
    ck_assert_uint_gt(share.ran_us[SCHED_BACKGROUND], 1000);
    runtime_stop(runtime_self());
}

START_TEST(test_shares) { run_on(backends[_i], 1, share_main, NULL); }
END_TEST

/* ---- many fibres ---- */

static void deep(void *arg) {
    volatile char page[32 * 1024];
    page[0] = page[sizeof(page) - 1] = 1;
    (void)fiber_sleep(1000);
    fiber_group_done(arg);
}

static void many_main(void *arg) {
    FiberGroup group;
    for (int round = 0; round < 3; round++) {
        fiber_group_init(&group, 2000);
        for (int i = 0; i < 2000; i++)
            fiber_spawn(SCHED_OLTP, deep, &group);
        fiber_group_wait(&group);
    }
    runtime_stop(runtime_self());
}

START_TEST(test_many) { run_on(backends[_i], 1, many_main, NULL); }
END_TEST

/* ---- two workers ---- */

typedef struct PingPong {
    FiberRef sides[2];
    _Atomic int ball;
    _Atomic int ready;
    FiberGroup group;
    int rounds;
} PingPong;

static void side(PingPong *game, int me) {
    game->sides[me] = fiber_self_ref();
    atomic_fetch_add(&game->ready, 1);
    while (atomic_load(&game->ready) < 2)
        fiber_yield();
    for (int i = 0; i < game->rounds; i++) {
        while (atomic_load(&game->ball) != me)
            (void)fiber_park(DEADLINE_NONE);
        atomic_store(&game->ball, !me);
        fiber_unpark(game->sides[!me]);
    }
    fiber_group_done(&game->group);
}
static void side0(void *arg) { side(arg, 0); }
static void side1(void *arg) { side(arg, 1); }

static void ping_main(void *arg) {
    PingPong game = {.rounds = 5000};
    fiber_group_init(&game.group, 2);
    fiber_spawn_on(0, SCHED_OLTP, side0, &game);
    fiber_spawn_on(1, SCHED_OLTP, side1, &game);
    fiber_group_wait(&game.group);
    runtime_stop(runtime_self());
}

START_TEST(test_ping_pong) { run_on(backends[_i], 2, ping_main, NULL); }
END_TEST

typedef struct Counter {
    FiberMutex mutex;
    FiberCond cond;
    RwLatch latch;
    long by_mutex;
    long by_latch;
    int tokens;
    FiberGroup group;
} Counter;

static void count(void *arg) {
    Counter *counter = arg;
    for (int i = 0; i < 500; i++) {
        fiber_mutex_lock(&counter->mutex);
        long seen = counter->by_mutex;
        if (i % 7 == 0)
            fiber_yield(); /* a mutex may be held over it */
        counter->by_mutex = seen + 1;
        fiber_mutex_unlock(&counter->mutex);
        latch_lock(&counter->latch);
        counter->by_latch++;
        latch_unlock(&counter->latch);
        latch_lock_shared(&counter->latch);
        latch_unlock_shared(&counter->latch);
    }
    fiber_group_done(&counter->group);
}

static void consume(void *arg) {
    Counter *counter = arg;
    fiber_mutex_lock(&counter->mutex);
    for (int i = 0; i < 200; i++) {
        while (counter->tokens == 0)
            (void)fiber_cond_wait(&counter->cond, &counter->mutex, DEADLINE_NONE);
        counter->tokens--;
    }
    fiber_mutex_unlock(&counter->mutex);
    fiber_group_done(&counter->group);
}

static void produce(void *arg) {
    Counter *counter = arg;
    for (int i = 0; i < 400; i++) {
        fiber_mutex_lock(&counter->mutex);
        counter->tokens++;
        fiber_cond_signal(&counter->cond);
        fiber_mutex_unlock(&counter->mutex);
        if (i % 10 == 0)
            fiber_yield();
    }
    fiber_group_done(&counter->group);
}

static void mutex_main(void *arg) {
    Counter counter = {0};
    fiber_mutex_init(&counter.mutex);
    fiber_cond_init(&counter.cond);
    fiber_group_init(&counter.group, 11);
    for (int i = 0; i < 8; i++)
        fiber_spawn_on(i % worker_count(), SCHED_OLTP, count, &counter);
    for (int i = 0; i < 2; i++)
        fiber_spawn_on(i % worker_count(), SCHED_OLTP, consume, &counter);
    fiber_spawn_on(0, SCHED_OLTP, produce, &counter);
    fiber_group_wait(&counter.group);
    ck_assert_int_eq(counter.by_mutex, 4000);
    ck_assert_int_eq(counter.by_latch, 4000);
    ck_assert_int_eq(counter.tokens, 0);
    runtime_stop(runtime_self());
}

START_TEST(test_mutex) { run_on(backends[_i], 2, mutex_main, NULL); }
END_TEST

typedef struct Posts {
    int seen[2];
    FiberGroup group;
} Posts;

static void posted(void *arg) {
    Posts *posts = arg;
    ck_assert_ptr_null(fiber_self());
    posts->seen[worker_id()]++;
    fiber_group_done(&posts->group);
}

static void post_main(void *arg) {
    Posts posts = {0};
    fiber_group_init(&posts.group, 2000);
    for (int i = 0; i < 2000; i++)
        worker_post(i % 2, posted, &posts);
    fiber_group_wait(&posts.group);
    ck_assert_int_eq(posts.seen[0], 1000);
    ck_assert_int_eq(posts.seen[1], 1000);
    runtime_stop(runtime_self());
}

START_TEST(test_post) { run_on(backends[_i], 2, post_main, NULL); }
END_TEST

/* ---- stop points ---- */

static void stopper(void *arg) {
    status_free(stop_point_hit("here"));
    *(bool *)arg = true;
}

static void stop_main(void *arg) {
    Runtime *runtime = runtime_self();
    bool passed = false;
    Status status = stop_point_arm(runtime, "here", STOP_WAIT, 0, 0);
    if (!status_ok(status)) { /* compiled out */
        status_free(status);
        runtime_stop(runtime);
        return;
    }
    fiber_spawn(SCHED_OLTP, stopper, &passed);
    while (stop_point_waiting(runtime, "here") == 0)
        fiber_yield();
    ck_assert(!passed);
    stop_point_release(runtime, "here");
    while (!passed)
        fiber_yield();
    ck_assert(status_ok(stop_point_arm(runtime, "there", STOP_ERROR, 2, 0)));
    ck_assert(status_ok(stop_point_hit("there")));
    ck_assert(status_ok(stop_point_hit("there")));
    status = stop_point_hit("there");
    ck_assert(!status_ok(status));
    status_free(status);
    runtime_stop(runtime);
}

START_TEST(test_stop_points) { run_on(backends[_i], 1, stop_main, NULL); }
END_TEST

static void sync_body(void *arg) { *(int *)arg = worker_count(); }

START_TEST(test_run_sync) {
    int seen = 0;
    ck_assert(status_ok(runtime_run_sync(sync_body, &seen)));
    ck_assert_int_eq(seen, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fiber");
    TCase *tcase = tcase_create("fiber");
    int last = ARRAY_LEN(backends);
    tcase_add_loop_test(tcase, test_yield, 0, last);
    tcase_add_loop_test(tcase, test_park, 0, last);
    tcase_add_loop_test(tcase, test_timers, 0, last);
    tcase_add_loop_test(tcase, test_shares, 0, last);
    tcase_add_loop_test(tcase, test_many, 0, last);
    tcase_add_loop_test(tcase, test_ping_pong, 0, last);
    tcase_add_loop_test(tcase, test_mutex, 0, last);
    tcase_add_loop_test(tcase, test_post, 0, last);
    tcase_add_loop_test(tcase, test_stop_points, 0, last);
    tcase_add_test(tcase, test_run_sync);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
