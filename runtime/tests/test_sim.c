/* What the simulated disk keeps, tears, loses and replays. */
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/latch.h"
#include "runtime/sim.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_OK(expr)                                                                             \
    do {                                                                                           \
        Status s_ = (expr);                                                                        \
        ck_assert_msg(status_ok(s_), "%s: %s", #expr, status_ok(s_) ? "" : s_.error->message);     \
    } while (0)

#define SECTORS 64

static void fill(char *buf, char value) { memset(buf, value, SECTORS * 512); }

/* Creates f with all 'a', durable. */
static void make_base(void *arg) {
    char *buf = malloc(SECTORS * 512);
    File *file;
    fill(buf, 'a');
    CHECK_OK(dir_create("d"));
    CHECK_OK(file_open("d/f", FILE_CREATE, &file));
    CHECK_OK(file_write(file, buf, SECTORS * 512, 0));
    CHECK_OK(file_sync(file));
    CHECK_OK(dir_sync("d"));
    CHECK_OK(dir_sync("."));
    file_close(file);
    free(buf);
}

static void write_unsynced(void *arg) {
    static char buf[SECTORS * 512];
    File *file;
    fill(buf, 'b');
    CHECK_OK(file_open("d/f", FILE_WRITE, &file));
    CHECK_OK(file_write(file, buf, SECTORS * 512, 0));
    CHECK_OK(file_open("d/new", FILE_CREATE, &file));
    CHECK_OK(file_write_durable(file, buf, 512, 0));
}

/* Counts old and new sectors; every sector is one of them as a whole. */
typedef struct Census {
    int old_count;
    int new_count;
    bool new_name;
} Census;

static void take_census(void *arg) {
    Census *census = arg;
    static char buf[SECTORS * 512];
    File *file;
    CHECK_OK(file_open("d/f", FILE_READ, &file));
    CHECK_OK(file_read(file, buf, SECTORS * 512, 0));
    file_close(file);
    for (int i = 0; i < SECTORS; i++) {
        char first = buf[i * 512];
        ck_assert(first == 'a' || first == 'b');
        ck_assert_int_eq(memcmp(buf + i * 512, buf + i * 512 + 1, 511), 0);
        census->old_count += first == 'a';
        census->new_count += first == 'b';
    }
    census->new_name = file_exists("d/new");
}

START_TEST(test_unsynced) {
    int names_kept = 0, mixed = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        Census census = {0};
        Sim *sim = sim_create(seed);
        ck_assert_int_eq(sim_run(sim, make_base, NULL), SIM_DONE);
        sim_crash(sim);
        ck_assert_int_eq(sim_run(sim, take_census, &census), SIM_DONE);
        ck_assert_int_eq(census.old_count, SECTORS);
        census = (Census){0};
        ck_assert_int_eq(sim_run(sim, write_unsynced, NULL), SIM_DONE);
        sim_crash(sim);
        ck_assert_int_eq(sim_run(sim, take_census, &census), SIM_DONE);
        mixed += census.old_count > 0 && census.new_count > 0;
        names_kept += census.new_name;
        sim_destroy(sim);
    }
    ck_assert_int_gt(mixed, 190);
    ck_assert_int_gt(names_kept, 60);
    ck_assert_int_lt(names_kept, 195);
}
END_TEST

/* ---- crash at every I/O of a commit protocol ---- */

typedef struct Ledger {
    int acknowledged;
    int found;
} Ledger;

static void run_commits(void *arg) {
    Ledger *ledger = arg;
    for (int i = 1; i <= 10; i++) {
        CHECK_OK(file_replace("d/state", &i, sizeof(i)));
        ledger->acknowledged = i;
    }
}

static void read_state(void *arg) {
    Ledger *ledger = arg;
    Arena arena;
    arena_init(&arena, mem_root());
    char *data;
    size_t len;
    if (file_exists("d/state")) {
        CHECK_OK(file_read_all("d/state", &arena, &data, &len));
        ck_assert_uint_eq(len, sizeof(int)); /* old or new, never torn */
        memcpy(&ledger->found, data, sizeof(int));
    }
    arena_destroy(&arena);
}

START_TEST(test_crash_everywhere) {
    int crashes = 0;
    for (uint64_t nth = 1; nth < 100; nth++) {
        Ledger ledger = {0};
        Sim *sim = sim_create(nth);
        sim_run(sim, make_base, NULL);
        sim_set_crash_at(sim, nth);
        SimResult result = sim_run(sim, run_commits, &ledger);
        if (result == SIM_CRASHED)
            crashes++;
        sim_set_crash_at(sim, 0);
        sim_crash(sim);
        ck_assert_int_eq(sim_run(sim, read_state, &ledger), SIM_DONE);
        ck_assert_int_ge(ledger.found, ledger.acknowledged);
        ck_assert_int_le(ledger.found, ledger.acknowledged + 1);
        sim_destroy(sim);
    }
    ck_assert_int_gt(crashes, 40);
}
END_TEST

/* A planted fault is found: with syncs that do nothing, acknowledged states go missing. */
START_TEST(test_lost_sync_is_found) {
    int violations = 0;
    for (uint64_t nth = 1; nth < 60; nth++) {
        Ledger ledger = {0};
        Sim *sim = sim_create(nth);
        sim_run(sim, make_base, NULL);
        sim_set_faults(sim, &(SimFaults){.lost_sync_ppm = 1000000});
        sim_set_crash_at(sim, nth);
        sim_run(sim, run_commits, &ledger);
        sim_crash(sim);
        Arena arena;
        arena_init(&arena, mem_root());
        uint64_t size = 0;
        if (ledger.acknowledged > 0 &&
            (!sim_file_size(sim, "d/state", &size) || size != sizeof(int)))
            violations++;
        arena_destroy(&arena);
        sim_destroy(sim);
    }
    ck_assert_int_gt(violations, 5);
}
END_TEST

/* ---- replay ---- */

typedef struct Chaos {
    File *file;
    FiberGroup group;
} Chaos;

static void chaos_fiber(void *arg) {
    Chaos *chaos = arg;
    char buf[2048];
    for (int i = 0; i < 20; i++) {
        uint64_t r;
        r = rng_next(sim_rng((Sim *)fiber_get_local(FIBER_LOCAL_SPARE)));
        memset(buf, (int)(r % 251), sizeof(buf));
        CHECK_OK(file_write(chaos->file, buf, sizeof(buf), r % 60 * 1024));
        if (r % 5 == 0)
            CHECK_OK(file_sync(chaos->file));
        (void)fiber_sleep(r % 300);
    }
    fiber_group_done(&chaos->group);
}

static void chaos_child(void *arg) {
    void **args = arg;
    fiber_set_local(FIBER_LOCAL_SPARE, args[0]);
    chaos_fiber(args[1]);
}

static void chaos_main(void *arg) {
    Chaos chaos;
    void *args[2] = {arg, &chaos};
    CHECK_OK(file_open("c", FILE_CREATE, &chaos.file));
    fiber_group_init(&chaos.group, 5);
    for (int i = 0; i < 5; i++)
        fiber_spawn(SCHED_OLTP, chaos_child, args);
    fiber_group_wait(&chaos.group);
    file_close(chaos.file);
}

static uint64_t chaos_hash(uint64_t seed, uint64_t crash_at) {
    Sim *sim = sim_create(seed);
    sim_set_crash_at(sim, crash_at);
    sim_run(sim, chaos_main, sim);
    sim_crash(sim);
    uint64_t hash = sim_disk_hash(sim);
    sim_destroy(sim);
    return hash;
}

START_TEST(test_replay) {
    int same = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t hash = chaos_hash(seed, seed * 3);
        ck_assert_uint_eq(hash, chaos_hash(seed, seed * 3));
        same += hash == chaos_hash(seed + 1000, seed * 3);
    }
    ck_assert_int_lt(same, 25);
}
END_TEST

/* ---- faults ---- */

static void write_until_full(void *arg) {
    static char block[65536];
    File *file;
    CHECK_OK(file_open("big", FILE_CREATE, &file));
    Status status = STATUS_OK;
    uint64_t at = 0;
    while (status_ok(status) && at < 1 << 20) {
        status = file_write(file, block, sizeof(block), at);
        at += sizeof(block);
    }
    ck_assert(!status_ok(status));
    ck_assert_str_eq(sqlstate_code(status.error->state), "53100");
    ck_assert_str_eq(status.error->message,
                     "could not write to file \"big\": No space left on device");
    status_free(status);
    ck_assert_uint_eq(at, 5 * 65536);
    CHECK_OK(file_truncate(file, 0));
    CHECK_OK(file_write(file, block, sizeof(block), 0));
    file_close(file);
}

START_TEST(test_disk_full) {
    Sim *sim = sim_create(3);
    sim_set_faults(sim, &(SimFaults){.disk_bytes_max = 4 * 65536 + 10});
    ck_assert_int_eq(sim_run(sim, write_until_full, NULL), SIM_DONE);
    sim_destroy(sim);
}
END_TEST

static void count_errors(void *arg) {
    int *errors = arg;
    char buf[512] = {0};
    File *file;
    CHECK_OK(file_open("e", FILE_CREATE, &file));
    for (int i = 0; i < 10; i++) {
        Status status = file_write(file, buf, sizeof(buf), 0);
        if (!status_ok(status)) {
            ck_assert_str_eq(status.error->message,
                             "could not write to file \"e\": Input/output error");
            ck_assert_str_eq(sqlstate_code(status.error->state), "58030");
            *errors = i;
        }
        status_free(status);
    }
    file_close(file);
}

START_TEST(test_fail_nth) {
    for (int nth = 0; nth < 10; nth++) {
        int failed_at = -1;
        Sim *sim = sim_create(1);
        sim_set_faults(sim, &(SimFaults){.fail_at_io = sim_io_count(sim) + 2 + (uint64_t)nth});
        ck_assert_int_eq(sim_run(sim, count_errors, &failed_at), SIM_DONE);
        ck_assert_int_eq(failed_at, nth);
        sim_destroy(sim);
    }
}
END_TEST

/* After a failed sync a later one succeeds, and still some of the sectors never arrive. */
static void sync_twice(void *arg) {
    static char buf[SECTORS * 512];
    File *file;
    fill(buf, 'b');
    CHECK_OK(file_open("d/f", FILE_WRITE, &file));
    CHECK_OK(file_write(file, buf, sizeof(buf), 0));
    sim_set_faults(arg, &(SimFaults){.sync_eio_ppm = 1000000});
    Status status = file_sync(file);
    ck_assert(!status_ok(status));
    status_free(status);
    sim_set_faults(arg, &(SimFaults){0});
    CHECK_OK(file_sync(file));
    file_close(file);
}

START_TEST(test_failed_sync) {
    Census census = {0};
    Sim *sim = sim_create(9);
    sim_run(sim, make_base, NULL);
    ck_assert_int_eq(sim_run(sim, sync_twice, sim), SIM_DONE);
    sim_crash(sim);
    ck_assert_int_eq(sim_run(sim, take_census, &census), SIM_DONE);
    ck_assert_int_gt(census.old_count, 0);
    ck_assert_int_gt(census.new_count, 0);
    sim_destroy(sim);
}
END_TEST

/* A truncation that is not synced happens as a whole or not at all. */
static void truncate_it(void *arg) {
    File *file;
    CHECK_OK(file_open("d/f", FILE_WRITE, &file));
    CHECK_OK(file_truncate(file, 0));
    file_close(file);
}

START_TEST(test_truncation) {
    int kept = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Sim *sim = sim_create(seed);
        uint64_t size;
        sim_run(sim, make_base, NULL);
        sim_run(sim, truncate_it, NULL);
        sim_crash(sim);
        ck_assert(sim_file_size(sim, "d/f", &size));
        if (size > 0) {
            Census census = {0};
            ck_assert_uint_eq(size, SECTORS * 512);
            sim_run(sim, take_census, &census);
            ck_assert_int_eq(census.old_count, SECTORS);
        }
        kept += size == 0;
        sim_destroy(sim);
    }
    ck_assert_int_gt(kept, 25);
    ck_assert_int_lt(kept, 75);
}
END_TEST

START_TEST(test_tamper_and_clone) {
    Census census = {0};
    Sim *sim = sim_create(5);
    sim_run(sim, make_base, NULL);
    Sim *twin = sim_clone(sim, 6);
    ck_assert_uint_eq(sim_disk_hash(sim), sim_disk_hash(twin));
    ck_assert(sim_flip_bit(sim, "d/f", 777));
    ck_assert_uint_ne(sim_disk_hash(sim), sim_disk_hash(twin));
    ck_assert(sim_flip_bit(sim, "d/f", 777));
    ck_assert_uint_eq(sim_disk_hash(sim), sim_disk_hash(twin));
    ck_assert(!sim_flip_bit(sim, "d/f", SECTORS * 512 * 8));
    ck_assert_str_eq(sim_file_name(sim, 0), "d/f");
    ck_assert_ptr_null(sim_file_name(sim, 1));
    sim_destroy(sim);
    ck_assert_int_eq(sim_run(twin, take_census, &census), SIM_DONE);
    ck_assert_int_eq(census.old_count, SECTORS);
    sim_destroy(twin);
}
END_TEST

static void park_for_ever(void *arg) { (void)fiber_park(DEADLINE_NONE); }

static void sleep_long(void *arg) {
    uint64_t start_us = clock_mono_us();
    (void)fiber_sleep(UINT64_C(3600) * 1000000);
    ck_assert_uint_ge(clock_mono_us() - start_us, UINT64_C(3600) * 1000000);
}

START_TEST(test_time) {
    Sim *sim = sim_create(1);
    ck_assert_int_eq(sim_run(sim, park_for_ever, NULL), SIM_STUCK);
    ck_assert_int_eq(sim_run(sim, sleep_long, NULL), SIM_DONE);
    sim_destroy(sim);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sim");
    TCase *tcase = tcase_create("sim");
    tcase_add_test(tcase, test_unsynced);
    tcase_add_test(tcase, test_crash_everywhere);
    tcase_add_test(tcase, test_lost_sync_is_found);
    tcase_add_test(tcase, test_replay);
    tcase_add_test(tcase, test_disk_full);
    tcase_add_test(tcase, test_fail_nth);
    tcase_add_test(tcase, test_failed_sync);
    tcase_add_test(tcase, test_truncation);
    tcase_add_test(tcase, test_tamper_and_clone);
    tcase_add_test(tcase, test_time);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
