/* test_ssi.c: serializable transactions: what must fail, what must not, and what is remembered. */
#include "mvcc/ssi_int.h"
#include "mvcc/tests/world.h"

#include <check.h>
#include <stdlib.h>

#define OK(expr)                                                                                   \
    do {                                                                                           \
        Status ok_status_ = (expr);                                                                \
        if (!status_ok(ok_status_))                                                                \
            ck_abort_msg("%s: %s", #expr, ok_status_.error->message);                              \
    } while (0)

#define REFUSED(expr)                                                                              \
    do {                                                                                           \
        Status refused_status_ = (expr);                                                           \
        ck_assert_msg(!status_ok(refused_status_), "%s succeeded", #expr);                         \
        ck_assert_int_eq(refused_status_.error->state, ERR_T_R_SERIALIZATION_FAILURE);             \
        status_free(refused_status_);                                                              \
    } while (0)

static World world;
static Arena arena;

static Txn *begin_as(bool read_only, bool deferrable) {
    Txn *txn;
    OK(txn_begin(world.mvcc, ISOLATION_SERIALIZABLE, read_only, deferrable, &txn));
    return txn;
}

/* With its snapshot. */
static Txn *begin(void) {
    Txn *txn = begin_as(false, false);
    const Snapshot *snapshot;
    OK(txn_snapshot(txn, &snapshot));
    return txn;
}

static const Snapshot *snap(Txn *txn) {
    const Snapshot *snapshot;
    OK(txn_snapshot(txn, &snapshot));
    return snapshot;
}

static Status read_id(Txn *txn, int64_t id) {
    Row row;
    bool found;
    const Snapshot *snapshot = snap(txn);
    uint8_t buf[8];
    Str key = world_key(id, buf);
    TRY(index_note_read(snapshot, world.table, world.by_id, &key, true, &key, true));
    return world_get(&world, snapshot, id, &arena, &row, &found);
}

static Status read_all(Txn *txn, uint32_t *count_out) {
    TableScan *scan;
    RowView rows[16];
    uint32_t count = 1;
    *count_out = 0;
    TRY(table_scan_open(world.table, snap(txn), 0, UINT64_MAX, false, &arena, &scan));
    while (count > 0) {
        TRY(table_scan_next(scan, rows, 16, &count));
        *count_out += count;
    }
    return STATUS_OK;
}

static Status write_id(Txn *txn, int64_t id, int64_t n) {
    Row row;
    bool found;
    WorldWrite outcome;
    const Snapshot *snapshot = snap(txn);
    TRY(world_get(&world, snapshot, id, &arena, &row, &found));
    ck_assert(found);
    return world_update(&world, txn, snapshot, &row, id, n, row.note, &arena, &outcome);
}

static Status insert_id(Txn *txn, int64_t id) {
    WorldWrite outcome;
    return world_insert(&world, txn, id, id, str_from_cstr("new"), &outcome);
}

static void commit(Txn *txn) { OK(txn_commit(txn, SYNC_ON)); }

static void refused_commit(Txn *txn) {
    REFUSED(txn_commit(txn, SYNC_ON));
    OK(txn_rollback(txn));
}

static void seed_rows(int64_t count) {
    Txn *txn;
    OK(txn_begin(world.mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    for (int64_t id = 1; id <= count; id++)
        OK(insert_id(txn, id));
    commit(txn);
}

static void nothing_remembered(void) {
    size_t txns, reads;
    ssi_count(world.mvcc->ssi, &txns, &reads);
    ck_assert_uint_eq(txns, 0);
    ck_assert_uint_eq(reads, 0);
}

typedef void (*Body)(void);

static void run_body(void *arg) {
    OK(world_open_system(&world));
    OK(world_create(&world));
    (*(Body *)arg)();
    nothing_remembered();
    OK(world_close(&world));
}

static void on_machine(Body body) {
    world = (World){0};
    arena_init(&arena, mem_root());
    world.sim = sim_create(42);
    ck_assert_int_eq(sim_run(world.sim, run_body, &body), SIM_DONE);
    sim_destroy(world.sim);
    arena_destroy(&arena);
    arena_destroy(&world.arena);
}

#define MACHINE_TEST(name)                                                                         \
    static void name##_body(void);                                                                 \
    START_TEST(name) { on_machine(name##_body); }                                                  \
    END_TEST                                                                                       \
    static void name##_body(void)

MACHINE_TEST(write_skew) {
    seed_rows(2);
    Txn *a = begin(), *b = begin();
    OK(read_id(a, 1));
    OK(read_id(b, 2));
    OK(write_id(a, 2, 20));
    OK(write_id(b, 1, 10));
    commit(a);
    refused_commit(b);
}

MACHINE_TEST(no_cycle) {
    seed_rows(2);
    Txn *a = begin(), *b = begin();
    OK(read_id(a, 1)); /* a -> b alone harms nobody */
    OK(write_id(b, 1, 10));
    commit(b);
    OK(write_id(a, 2, 20));
    commit(a);
}

MACHINE_TEST(one_after_the_other) {
    seed_rows(2);
    Txn *a = begin();
    OK(read_id(a, 1));
    OK(write_id(a, 2, 20));
    commit(a);
    Txn *b = begin();
    OK(read_id(b, 2));
    OK(write_id(b, 1, 10));
    commit(b);
}

MACHINE_TEST(phantom_of_a_scan) {
    seed_rows(2);
    uint32_t count;
    Txn *a = begin(), *b = begin();
    OK(read_all(a, &count));
    ck_assert_uint_eq(count, 2);
    OK(read_all(b, &count));
    OK(insert_id(a, 10));
    commit(a);
    REFUSED(insert_id(b, 11));
    OK(txn_rollback(b));
}

MACHINE_TEST(phantom_of_a_key) {
    Txn *a = begin(), *b = begin();
    OK(read_id(a, 5));
    OK(read_id(b, 6));
    OK(insert_id(a, 6));
    OK(insert_id(b, 5));
    commit(b);
    refused_commit(a);
}

MACHINE_TEST(other_keys) {
    Txn *a = begin(), *b = begin();
    OK(read_id(a, 5));
    OK(read_id(b, 6));
    OK(insert_id(a, 7));
    OK(insert_id(b, 8));
    commit(a);
    commit(b);
}

/* A deposit is missed by a withdrawal; a report that sees the one and not the other makes the cycle. */
MACHINE_TEST(read_only_anomaly) {
    seed_rows(2);
    Txn *withdraw = begin(), *deposit = begin();
    OK(read_id(withdraw, 1));
    OK(read_id(withdraw, 2));
    OK(write_id(deposit, 2, 20));
    commit(deposit);
    Txn *report = begin_as(true, false);
    OK(read_id(report, 1));
    OK(read_id(report, 2));
    commit(report);
    REFUSED(write_id(withdraw, 1, -11));
    OK(txn_rollback(withdraw));
}

MACHINE_TEST(safe_reader) {
    seed_rows(2);
    Txn *reader = begin_as(true, true); /* nobody writes: no wait, no notes */
    OK(read_id(reader, 1));
    ck_assert_ptr_null(snap(reader)->ssi);
    size_t txns, reads;
    ssi_count(world.mvcc->ssi, &txns, &reads);
    ck_assert_uint_eq(txns, 0);
    commit(reader);
    Txn *writer = begin();
    Txn *other = begin_as(true, false);
    OK(read_id(other, 1));
    ck_assert_ptr_nonnull(snap(other)->ssi);
    OK(write_id(writer, 2, 20));
    commit(writer); /* it endangered nobody: the reader stops noting */
    OK(read_id(other, 2));
    ssi_count(world.mvcc->ssi, &txns, &reads);
    ck_assert_uint_eq(reads, 0);
    commit(other);
}

MACHINE_TEST(prepared) {
    seed_rows(2);
    Txn *a = begin(), *b = begin();
    OK(read_id(a, 1));
    OK(read_id(b, 2));
    OK(write_id(a, 2, 20));
    OK(txn_prepare(a, "a", "", 0));
    REFUSED(write_id(b, 1, 10));
    OK(txn_rollback(b));
    OK(txn_finish_prepared(world.mvcc, "a", true));
}

MACHINE_TEST(prepared_before_a_restart) {
    seed_rows(2);
    Txn *a = begin();
    OK(read_id(a, 1));
    OK(write_id(a, 2, 20));
    OK(txn_prepare(a, "a", "", 0));
    OK(world_close(&world));
    OK(world_open_system(&world));
    OK(world_open_table(&world));
    Txn *b = begin();
    OK(write_id(b, 1, 10)); /* the other one may have read it, */
    REFUSED(read_id(b, 2)); /* and is not seen */
    OK(txn_rollback(b));
    OK(txn_finish_prepared(world.mvcc, "a", true));
}

/* One that stays open while thousands come and go: bounded memory, and no missed cycle. */
MACHINE_TEST(summarised) {
    seed_rows(3000);
    Txn *old = begin();
    OK(read_id(old, 1));
    for (int64_t i = 0; i < SSI_FINISHED_MAX + 200; i++) {
        Txn *txn = begin();
        OK(read_id(txn, 2000));
        OK(write_id(txn, 1 + i, -i));
        commit(txn);
        arena_reset(&arena);
    }
    size_t txns, reads;
    ssi_count(world.mvcc->ssi, &txns, &reads);
    ck_assert_uint_le(txns, SSI_FINISHED_MAX + 1);
    REFUSED(
        write_id(old, 2000, 0)); /* the first of them is what it read, and read what it writes */
    OK(txn_rollback(old));
}

MACHINE_TEST(many_rows_are_the_table) {
    seed_rows(600);
    Txn *a = begin();
    for (int64_t id = 1; id <= 600; id++)
        OK(read_id(a, id));
    size_t txns, reads;
    ssi_count(world.mvcc->ssi, &txns, &reads);
    ck_assert_uint_eq(reads, 2); /* all of the table, all of the index */
    Txn *b = begin();
    OK(read_id(b, 601));
    OK(write_id(b, 600, 1));
    OK(insert_id(a, 601));
    commit(b);
    refused_commit(a);
}

MACHINE_TEST(dropped_by_another) {
    seed_rows(2);
    Txn *a = begin();
    OK(read_id(a, 1));
    ssi_store_gone(world.mvcc->ssi, world.table_store);
    Txn *b = begin();
    OK(read_id(b, 7));
    OK(insert_id(a, 7));
    commit(a);
    REFUSED(insert_id(b, 8));
    OK(txn_rollback(b));
}

int main(void) {
    log_set_min_level(LOG_LEVEL_PANIC);
    Suite *suite = suite_create("ssi");
    TCase *tcase = tcase_create("serializable");
    const TTest *tests[] = {write_skew,
                            no_cycle,
                            one_after_the_other,
                            phantom_of_a_scan,
                            phantom_of_a_key,
                            other_keys,
                            read_only_anomaly,
                            safe_reader,
                            prepared,
                            prepared_before_a_restart,
                            summarised,
                            many_rows_are_the_table,
                            dropped_by_another};
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
