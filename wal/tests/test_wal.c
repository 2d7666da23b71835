/*
 * test_wal.c: the log on the simulated disk: what was acknowledged survives crashes, damage is told
 * from a torn tail, segments are recycled, records read back from ring and file.
 */
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/sim.h"
#include "wal/wal_int.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define SEGMENT ((uint64_t)512 << 10)

/* Check's own assertions write to a pipe each time. */
#define must(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond))                                                                               \
            ck_abort_msg("%s", #cond);                                                             \
    } while (0)
static void must_ok(Status status) {
    if (!status_ok(status))
        ck_abort_msg("%s", status.error->message);
}

typedef struct Ledger {
    Lsn start;
    Lsn acknowledged; /* records up to here were reported durable */
    uint64_t count;   /* records appended, payload = serial */
    Lsn lsns[4096];
    uint64_t acknowledged_count;
    bool close;
    bool expect_damage;
    Status open_status;
} Ledger;

typedef struct Run {
    Ledger ledger;
    Sim *sim;
} Run;

static WalConfig config(void) {
    return (WalConfig){.directory = "wal",
                       .segment_bytes = SEGMENT,
                       .ring_bytes = 8 * SEGMENT,
                       .depth_max = 2,
                       .account = mem_root()};
}

static Lsn append_serial(Wal *wal, uint64_t serial, uint32_t len) {
    static uint8_t body[WAL_RECORD_MAX];
    memset(body, (int)(serial & 0xff), len);
    WalRecord record = {.kind = WAL_LEAF_INSERT, .xid = serial, .store = 7, .page = 9};
    WalPart parts[2] = {{&serial, sizeof(serial)}, {body, len}};
    return wal_append(wal, &record, parts, 2);
}

static void write_main(void *arg) {
    Ledger *ledger = arg;
    must_ok(dir_create("wal"));
    must_ok(dir_sync("."));
    WalConfig c = config();
    Wal *wal;
    must_ok(wal_open(&c, &wal));
    must_ok(wal_recover(wal, ledger->start, NULL, NULL));
    if (ledger->start == LSN_INVALID)
        ledger->start = wal_append_lsn(wal);
    Rng *rng = sim_rng(((Run *)arg)->sim);
    while (ledger->count < 400) {
        must_ok(wal_prepare(wal, WAL_RECORD_MAX));
        uint32_t len =
            (uint32_t)(rng_one_in(rng, 20) ? rng_below(rng, 60000) : rng_below(rng, 300));
        ledger->lsns[ledger->count] = append_serial(wal, ledger->count, len);
        ledger->count++;
        if (rng_one_in(rng, 3)) {
            Lsn last = ledger->lsns[ledger->count - 1];
            uint64_t count = ledger->count;
            must_ok(wal_wait_durable(wal, last));
            ledger->acknowledged_count = count;
        }
    }
    must_ok(wal_close(wal));
}

/* Every acknowledged record is there, in order, whole; nothing else before the first gap. */
static void verify_main(void *arg) {
    Ledger *ledger = arg;
    WalConfig c = config();
    Wal *wal;
    must_ok(wal_open(&c, &wal));
    ledger->open_status = wal_recover(wal, ledger->start, NULL, NULL);
    if (!status_ok(ledger->open_status)) {
        must_ok(wal_close(wal));
        return;
    }
    Arena arena;
    arena_init(&arena, mem_root());
    WalReader *reader;
    must_ok(wal_reader_open(wal, ledger->start + GROUP_HEADER_BYTES, &arena, &reader));
    uint64_t serial = 0;
    for (;; serial++) {
        WalRecord record;
        bool found;
        must_ok(wal_reader_next(reader, &record, &found));
        if (!found)
            break;
        must(record.xid == serial);
        must(record.lsn == ledger->lsns[serial]);
        must(load_le64(record.payload) == serial);
        for (uint32_t i = 8; i < record.payload_len; i++)
            must(record.payload[i] == (serial & 0xff));
    }
    must(serial >= ledger->acknowledged_count);
    WalRecord record;
    if (serial > 0) {
        must_ok(wal_read(wal, ledger->lsns[serial / 2], &arena, &record));
        must(record.xid == serial / 2);
    }
    arena_destroy(&arena);
    must_ok(wal_close(wal));
}

START_TEST(test_crashes) {
    int verified = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        Run run = {.sim = sim_create(seed)};
        SimFaults faults = {.writeback_ppm = 20000};
        sim_set_faults(run.sim, &faults);
        /* names the first segment durably before crashes start */
        sim_set_crash_at(run.sim, 30 + seed % 150);
        SimResult result = sim_run(run.sim, write_main, &run);
        must(result != SIM_STUCK);
        if (result == SIM_CRASHED)
            sim_crash(run.sim);
        sim_set_crash_at(run.sim, 0);
        if (run.ledger.start != LSN_INVALID && run.ledger.acknowledged_count > 0) {
            must(sim_run(run.sim, verify_main, &run) == SIM_DONE);
            must_ok(run.ledger.open_status);
            verified++;
        }
        sim_destroy(run.sim);
    }
    must(verified > 200);
}
END_TEST

/* Every single bit of the log's used bytes: the log opens with everything, or is refused. */
START_TEST(test_bit_flips) {
    Run run = {.sim = sim_create(77)};
    must(sim_run(run.sim, write_main, &run) == SIM_DONE);
    Rng rng;
    rng_seed(&rng, 5);
    Lsn end = run.ledger.lsns[run.ledger.count - 1];
    for (int i = 0; i < 400; i++) {
        Sim *copy = sim_clone(run.sim, (uint64_t)i + 1);
        Lsn at = run.ledger.start + rng_below(&rng, end - run.ledger.start);
        char path[64];
        snprintf(path, sizeof(path), "wal/%012llX", (unsigned long long)(at / SEGMENT));
        must(sim_flip_bit(copy, path, at % SEGMENT * 8 + rng_below(&rng, 8)));
        Run flipped = {.ledger = run.ledger, .sim = copy};
        flipped.ledger.acknowledged_count = flipped.ledger.count;
        must(sim_run(copy, verify_main, &flipped) == SIM_DONE);
        if (!status_ok(flipped.ledger.open_status)) {
            must(flipped.ledger.open_status.error->state == ERR_DATA_CORRUPTED);
            status_free(flipped.ledger.open_status);
        }
        sim_destroy(copy);
    }
    sim_destroy(run.sim);
}
END_TEST

static void overwrite_main(void *arg) {
    Run *run = arg;
    must_ok(dir_create("wal"));
    WalConfig c = config();
    Wal *wal;
    must_ok(wal_open(&c, &wal));
    must_ok(wal_recover(wal, LSN_INVALID, NULL, NULL));
    Arena arena;
    arena_init(&arena, mem_root());
    Lsn first = LSN_INVALID;
    for (uint64_t serial = 0; serial < 3000; serial++) {
        must_ok(wal_prepare(wal, WAL_RECORD_MAX));
        Lsn lsn = append_serial(wal, serial, 5000);
        if (serial == 0)
            first = lsn;
        if (serial % 50 == 0)
            must_ok(wal_wait_durable(wal, lsn));
    }
    WalRecord record;
    must(!wal_read_ring(wal, first, &arena, &record)); /* long out of the ring */
    must_ok(wal_read(wal, first, &arena, &record));
    must(record.xid == 0);
    wal_retain_from(wal, wal_append_lsn(wal));
    while (wal_oldest_lsn(wal) <= first)
        fiber_sleep(1000);
    Status gone = wal_read(wal, first, &arena, &record);
    must(!status_ok(gone));
    must(gone.error->state == ERR_UNDEFINED_FILE);
    status_free(gone);
    arena_destroy(&arena);
    must_ok(wal_close(wal));
    run->ledger.close = true;
}

START_TEST(test_ring_and_recycling) {
    Run run = {.sim = sim_create(3)};
    must(sim_run(run.sim, overwrite_main, &run) == SIM_DONE);
    must(run.ledger.close);
    sim_destroy(run.sim);
}
END_TEST

static void disk_full_main(void *arg) {
    Run *run = arg;
    must_ok(dir_create("wal"));
    WalConfig c = config();
    Wal *wal;
    must_ok(wal_open(&c, &wal));
    must_ok(wal_recover(wal, LSN_INVALID, NULL, NULL));
    Status status = STATUS_OK;
    for (uint64_t serial = 0; status_ok(status) && serial < 5000; serial++) {
        status = wal_prepare(wal, WAL_RECORD_MAX);
        if (status_ok(status))
            must_ok(wal_wait_durable(wal, append_serial(wal, serial, 50000)));
    }
    must(!status_ok(status));
    must(status.error->state == ERR_DISK_FULL);
    status_free(status);
    status = STATUS_OK;
    must_ok(wal_prepare_reserved(wal, WAL_RECORD_MAX)); /* rollback still can */
    must_ok(wal_wait_durable(wal, append_serial(wal, 1, 100)));
    SimFaults faults = {0};
    sim_set_faults(run->sim, &faults);
    do {
        fiber_sleep(500000);
        status_free(status);
        status = wal_prepare(wal, WAL_RECORD_MAX);
    } while (!status_ok(status));
    must_ok(wal_close(wal));
    run->ledger.close = true;
}

START_TEST(test_disk_full) {
    Run run = {.sim = sim_create(9)};
    SimFaults faults = {.disk_bytes_max = 24 * SEGMENT};
    sim_set_faults(run.sim, &faults);
    must(sim_run(run.sim, disk_full_main, &run) == SIM_DONE);
    must(run.ledger.close);
    sim_destroy(run.sim);
}
END_TEST

typedef struct RollingBack {
    Wal *wal;
    uint64_t appended;
    bool stop, done;
} RollingBack;

/* Rollbacks without end, until they are stopped: they use up what is kept for them. */
static void roll_back_main(void *arg) {
    RollingBack *back = arg;
    while (!back->stop) {
        must_ok(wal_prepare_reserved(back->wal, WAL_RECORD_MAX));
        must_ok(wal_wait_durable(back->wal, append_serial(back->wal, back->appended, 50000)));
        back->appended++;
    }
    back->done = true;
}

static void count_full(void *arg) { ++*(uint64_t *)arg; }

static void checkpoint_room_main(void *arg) {
    Run *run = arg;
    must_ok(dir_create("wal"));
    WalConfig c = config();
    RollingBack back = {0};
    uint64_t full_count = 0;
    must_ok(wal_open(&c, &back.wal));
    must_ok(wal_recover(back.wal, LSN_INVALID, NULL, NULL));
    wal_on_full(back.wal, count_full, &full_count);
    fiber_spawn(0, roll_back_main, &back);
    uint64_t before;
    do {
        before = back.appended;
        fiber_sleep(3000000);
    } while (back.appended != before);
    must(full_count > 0);
    /* they wait; the checkpoint does not, and what it lets go is theirs */
    must_ok(wal_prepare_checkpoint(back.wal, WAL_RECORD_MAX));
    must_ok(wal_wait_durable(back.wal, append_serial(back.wal, 1, 100)));
    wal_retain_from(back.wal, wal_append_lsn(back.wal));
    fiber_sleep(3000000);
    must(back.appended > before);
    sim_set_faults(run->sim, &(SimFaults){0});
    back.stop = true;
    while (!back.done)
        fiber_sleep(100000);
    must_ok(wal_close(back.wal));
    run->ledger.close = true;
}

START_TEST(test_checkpoint_room) {
    Run run = {.sim = sim_create(11)};
    SimFaults faults = {.disk_bytes_max = 24 * SEGMENT};
    sim_set_faults(run.sim, &faults);
    must(sim_run(run.sim, checkpoint_room_main, &run) == SIM_DONE);
    must(run.ledger.close);
    sim_destroy(run.sim);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wal");
    TCase *cases = tcase_create("wal");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, test_crashes);
    tcase_add_test(cases, test_bit_flips);
    tcase_add_test(cases, test_ring_and_recycling);
    tcase_add_test(cases, test_disk_full);
    tcase_add_test(cases, test_checkpoint_room);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
