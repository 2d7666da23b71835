/* test_mvcc.c: visibility, savepoints, conflicts, waits, purge, large values, two-phase commit. */
#include "mvcc/tests/world.h"

#include <check.h>
#include <stdlib.h>

#define OK(expr)                                                                                   \
    do {                                                                                           \
        Status ok_status_ = (expr);                                                                \
        if (!status_ok(ok_status_))                                                                \
            ck_abort_msg("%s: %s", #expr, ok_status_.error->message);                              \
    } while (0)

#define FAILS(expr, code)                                                                          \
    do {                                                                                           \
        Status fails_status_ = (expr);                                                             \
        ck_assert_msg(!status_ok(fails_status_), "%s succeeded", #expr);                           \
        ck_assert_msg(fails_status_.error->state == (code), "%s: %s", #expr,                       \
                      fails_status_.error->message);                                               \
        status_free(fails_status_);                                                                \
    } while (0)

static World world;
static Arena arena;

static Txn *begin(Isolation isolation) {
    Txn *txn;
    OK(txn_begin(world.mvcc, isolation, false, false, &txn));
    return txn;
}
static Txn *begin_rc(void) { return begin(ISOLATION_READ_COMMITTED); }

static const Snapshot *snap(Txn *txn) {
    const Snapshot *snapshot;
    OK(txn_snapshot(txn, &snapshot));
    return snapshot;
}

static WorldWrite insert(Txn *txn, int64_t id, int64_t n, const char *note) {
    WorldWrite outcome;
    OK(world_insert(&world, txn, id, n, str_from_cstr(note), &outcome));
    return outcome;
}

static Row need(const Snapshot *snapshot, int64_t id) {
    Row row;
    bool found;
    OK(world_get(&world, snapshot, id, &arena, &row, &found));
    ck_assert_msg(found, "id %lld is missing", (long long)id);
    return row;
}

static bool exists(const Snapshot *snapshot, int64_t id) {
    Row row;
    bool found;
    OK(world_get(&world, snapshot, id, &arena, &row, &found));
    return found;
}

static void set_n(Txn *txn, int64_t id, int64_t n) {
    const Snapshot *snapshot = snap(txn);
    Row row = need(snapshot, id);
    WorldWrite outcome;
    OK(world_update(&world, txn, snapshot, &row, id, n, row.note, &arena, &outcome));
    ck_assert_int_eq(outcome, WORLD_OK);
    txn_snapshot_release(txn, snapshot);
}

static void delete_id(Txn *txn, int64_t id) {
    const Snapshot *snapshot = snap(txn);
    Row row = need(snapshot, id);
    WorldWrite outcome;
    OK(world_delete(&world, txn, snapshot, &row, &arena, &outcome));
    ck_assert_int_eq(outcome, WORLD_OK);
    txn_snapshot_release(txn, snapshot);
}

static void commit(Txn *txn) { OK(txn_commit(txn, SYNC_ON)); }

static void seed_rows(int64_t count) {
    Txn *txn = begin_rc();
    for (int64_t id = 1; id <= count; id++)
        insert(txn, id, id * 10, "seed");
    commit(txn);
}

static uint32_t agree(void) {
    char problem[200];
    uint32_t rows;
    Txn *txn = begin_rc();
    OK(world_agree(&world, snap(txn), problem, sizeof(problem), &rows));
    ck_assert_msg(problem[0] == '\0', "%s", problem);
    commit(txn);
    return rows;
}

static uint32_t physical(StoreId store) {
    uint32_t count;
    OK(world_physical(&world, store, &count));
    return count;
}

static void purge_all(void) {
    uint32_t done = 1;
    while (done > 0)
        OK(mvcc_purge(world.mvcc, 1000, &done));
}

static void reopen(void) {
    OK(world_close(&world));
    OK(world_open_system(&world));
    OK(world_open_table(&world));
}

/* Runs a body on a fresh machine. */
typedef void (*Body)(void);

static void run_body(void *arg) {
    OK(world_open_system(&world));
    OK(world_create(&world));
    (*(Body *)arg)();
    if (world.mvcc != NULL)
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

/* ---- visibility ---- */

MACHINE_TEST(visibility) {
    seed_rows(3);
    Txn *reader = begin(ISOLATION_REPEATABLE_READ), *committed = begin_rc(), *writer = begin_rc();
    const Snapshot *old = snap(reader);
    set_n(writer, 1, 111);
    delete_id(writer, 2);
    insert(writer, 4, 40, "new");
    /* its own, at once; nobody else's */
    ck_assert_int_eq(need(snap(writer), 1).n, 111);
    ck_assert(!exists(snap(writer), 2));
    ck_assert(exists(snap(writer), 4));
    ck_assert_int_eq(need(snap(committed), 1).n, 10);
    ck_assert(exists(snap(committed), 2));
    ck_assert(!exists(snap(committed), 4));
    commit(writer);
    ck_assert_int_eq(need(snap(committed), 1).n, 111);
    ck_assert(!exists(snap(committed), 2));
    ck_assert(exists(snap(committed), 4));
    ck_assert_int_eq(need(old, 1).n, 10);
    ck_assert_int_eq(need(snap(reader), 1).n, 10);
    ck_assert(exists(snap(reader), 2));
    ck_assert(!exists(snap(reader), 4));
    for (int i = 0; i < 500; i++) { /* a long chain */
        Txn *txn = begin_rc();
        set_n(txn, 1, 1000 + i);
        commit(txn);
    }
    ck_assert_int_eq(need(old, 1).n, 10);
    TableScan *scan;
    RowView rows[10];
    uint32_t count;
    OK(table_scan_open(world.table, old, 1, UINT64_MAX, false, &arena, &scan));
    OK(table_scan_next(scan, rows, 10, &count));
    ck_assert_int_eq(count, 3);
    ck_assert_int_eq(world_row(&world, &rows[0], &arena).n, 10);
    commit(reader);
    commit(committed);
    ck_assert_int_eq(agree(), 3);
}

MACHINE_TEST(commands) {
    seed_rows(1);
    Txn *txn = begin_rc();
    const Snapshot *first = snap(txn);
    set_n(txn, 1, 11);
    const Snapshot *cursor = txn_snapshot_retain(txn, snap(txn));
    set_n(txn, 1, 12);
    ck_assert_int_eq(need(first, 1).n, 10);
    ck_assert_int_eq(need(cursor, 1).n, 11);
    ck_assert_int_eq(need(snap(txn), 1).n, 12);
    /* a command does not touch what it has written itself */
    RowView latest;
    RowWrite outcome;
    Row row = need(cursor, 1);
    OK(table_delete(txn, cursor, world.table, row.rowid, row.version, &arena, &latest, &outcome));
    ck_assert_int_eq(outcome, ROW_SELF_MODIFIED);
    commit(txn);
}

/* ---- rollback ---- */

MACHINE_TEST(rollback) {
    seed_rows(3);
    Txn *txn = begin_rc();
    set_n(txn, 1, 11);
    set_n(txn, 1, 12);
    delete_id(txn, 2);
    insert(txn, 4, 40, "x");
    delete_id(txn, 4);
    insert(txn, 2, 20, "again");
    OK(txn_rollback(txn));
    Txn *after = begin_rc();
    const Snapshot *now = snap(after);
    ck_assert_int_eq(need(now, 1).n, 10);
    ck_assert(str_equal(need(now, 2).note, str_from_cstr("seed")));
    ck_assert(!exists(now, 4));
    commit(after);
    ck_assert_int_eq(agree(), 3);
    ck_assert_int_eq(physical(world.table_store), 3);
    ck_assert_int_eq(physical(world.id_store), 3);
    ck_assert_int_eq(physical(world.n_store), 3);
}

MACHINE_TEST(savepoints) {
    seed_rows(2);
    Txn *txn = begin_rc();
    SavepointMark empty = txn_savepoint(txn);
    set_n(txn, 1, 11);
    OK(txn_rollback_to(txn, empty));
    SavepointMark start = txn_savepoint(txn);
    set_n(txn, 1, 12);
    SavepointMark middle = txn_savepoint(txn);
    set_n(txn, 1, 13);
    delete_id(txn, 2);
    insert(txn, 3, 30, "x");
    OK(txn_rollback_to(txn, middle));
    ck_assert_int_eq(need(snap(txn), 1).n, 12);
    ck_assert(exists(snap(txn), 2));
    ck_assert(!exists(snap(txn), 3));
    insert(txn, 3, 31, "y");
    OK(txn_rollback_to(txn, middle));
    ck_assert(!exists(snap(txn), 3));
    insert(txn, 3, 32, "z");
    OK(txn_rollback_to(txn, start));
    ck_assert_int_eq(need(snap(txn), 1).n, 10);
    insert(txn, 5, 50, "kept");
    SavepointMark last = txn_savepoint(txn);
    delete_id(txn, 5);
    insert(txn, 5, 51, "not kept");
    OK(txn_rollback_to(txn, last));
    commit(txn);
    purge_all(); /* nothing that was rolled back may count as dead */
    Txn *after = begin_rc();
    ck_assert_int_eq(need(snap(after), 5).n, 50);
    ck_assert_int_eq(need(snap(after), 1).n, 10);
    commit(after);
    ck_assert_int_eq(agree(), 3);
    Txn *all = begin_rc();
    SavepointMark mark = txn_savepoint(all);
    set_n(all, 1, 99);
    OK(txn_rollback_to(all, mark));
    set_n(all, 1, 98);
    OK(txn_rollback(all));
    ck_assert_int_eq(agree(), 3);
}

/* ---- conflicts ---- */

typedef struct Actor {
    void (*fn)(struct Actor *);
    Txn *txn;
    int64_t id, n;
    int done;
    SqlState state;
    char detail[300];
    FiberGroup *group;
} Actor;

static void actor_main(void *arg) {
    Actor *actor = arg;
    actor->fn(actor);
    actor->done = 1;
    fiber_group_done(actor->group);
}

static void start(Actor *actor, FiberGroup *group) {
    actor->group = group;
    fiber_spawn(SCHED_OLTP, actor_main, actor);
    fiber_sleep(1000);
}

static void note_error(Actor *actor, Status status) {
    if (status_ok(status))
        return;
    actor->state = status.error->state;
    snprintf(actor->detail, sizeof(actor->detail), "%s",
             status.error->detail ? status.error->detail : status.error->message);
    status_free(status);
}

/* Sets n of id in its own transaction, following concurrent updates; commits. */
static void act_update(Actor *actor) {
    Txn *txn = actor->txn;
    const Snapshot *snapshot = snap(txn);
    Row row = need(snapshot, actor->id);
    Datum values[3] = {datum_i64(row.id), datum_i64(actor->n), datum_cstr("acted")};
    RowView latest;
    RowWrite outcome = ROW_UPDATED_BY_OTHER;
    Lsn expected = row.version;
    Status status = STATUS_OK;
    while (status_ok(status) && outcome == ROW_UPDATED_BY_OTHER) {
        status = table_update(txn, snapshot, world.table, row.rowid, expected, &world.shape, values,
                              NULL, false, &arena, &latest, &outcome);
        expected = latest.version;
        if (outcome == ROW_UPDATED_BY_OTHER)
            values[1].i64 = world_row(&world, &latest, &arena).n + actor->n;
    }
    bool failed = !status_ok(status);
    note_error(actor, status);
    if (failed)
        OK(txn_rollback(txn));
    else
        commit(txn);
}

MACHINE_TEST(lost_update) {
    seed_rows(1);
    FiberGroup group;
    fiber_group_init(&group, 2);
    Txn *first = begin_rc();
    Actor follower = {.fn = act_update, .txn = begin_rc(), .id = 1, .n = 5};
    Actor repeatable = {.fn = act_update, .txn = begin(ISOLATION_REPEATABLE_READ), .id = 1, .n = 7};
    set_n(first, 1, 100);
    start(&follower, &group);
    start(&repeatable, &group);
    ck_assert(!follower.done && !repeatable.done);
    commit(first);
    fiber_group_wait(&group);
    ck_assert_int_eq(follower.state, 0);
    ck_assert_int_eq(repeatable.state, ERR_T_R_SERIALIZATION_FAILURE);
    Txn *after = begin_rc();
    ck_assert_int_eq(need(snap(after), 1).n, 105);
    commit(after);
}

MACHINE_TEST(wait_then_rollback) {
    seed_rows(1);
    FiberGroup group;
    fiber_group_init(&group, 1);
    Txn *first = begin_rc();
    set_n(first, 1, 100);
    Actor actor = {.fn = act_update, .txn = begin(ISOLATION_REPEATABLE_READ), .id = 1, .n = 7};
    start(&actor, &group);
    OK(txn_rollback(first));
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.state, 0);
    Txn *after = begin_rc();
    ck_assert_int_eq(need(snap(after), 1).n, 7);
    commit(after);
}

/* Rolling back to a savepoint frees the row for who waits. */
MACHINE_TEST(wait_then_savepoint) {
    seed_rows(1);
    FiberGroup group;
    fiber_group_init(&group, 1);
    Txn *first = begin_rc();
    SavepointMark mark = txn_savepoint(first);
    set_n(first, 1, 100);
    Actor actor = {.fn = act_update, .txn = begin_rc(), .id = 1, .n = 7};
    start(&actor, &group);
    ck_assert(!actor.done);
    OK(txn_rollback_to(first, mark));
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.state, 0);
    commit(first);
}

MACHINE_TEST(row_deadlock) {
    seed_rows(2);
    FiberGroup group;
    fiber_group_init(&group, 1);
    Txn *first = begin_rc(), *second = begin_rc();
    txn_set_owner(first, 101);
    txn_set_owner(second, 102);
    set_n(first, 1, 11);
    set_n(second, 2, 22);
    Actor actor = {.fn = act_update, .txn = second, .id = 1, .n = 7};
    start(&actor, &group);
    const Snapshot *snapshot = snap(first);
    Row row = need(snapshot, 2);
    Datum values[3] = {datum_i64(2), datum_i64(0), datum_cstr("")};
    RowView latest;
    RowWrite outcome;
    Status status = table_update(first, snapshot, world.table, row.rowid, row.version, &world.shape,
                                 values, NULL, false, &arena, &latest, &outcome);
    /* The one that waited first would look first. */
    ck_assert(status_ok(status));
    ck_assert_int_eq(outcome, ROW_WRITTEN);
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.state, ERR_T_R_DEADLOCK_DETECTED);
    ck_assert_ptr_nonnull(strstr(actor.detail, "Process 102 waits for ShareLock on transaction "));
    ck_assert_ptr_nonnull(
        strstr(actor.detail, "; blocked by process 101.\nProcess 101 waits for "));
    ck_assert_ptr_nonnull(strstr(actor.detail, "; blocked by process 102."));
    commit(first);
}

MACHINE_TEST(lock_timeout) {
    seed_rows(1);
    FiberGroup group;
    fiber_group_init(&group, 1);
    Txn *first = begin_rc();
    set_n(first, 1, 11);
    Actor actor = {.fn = act_update, .txn = begin_rc(), .id = 1, .n = 7};
    txn_set_lock_timeout(actor.txn, 50000);
    start(&actor, &group);
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.state, ERR_LOCK_NOT_AVAILABLE);
    commit(first);
}

/* ---- row locks ---- */

static RowWrite lock_row(Txn *txn, int64_t id, RowLockMode mode) {
    const Snapshot *snapshot = snap(txn);
    Row row = need(snapshot, id);
    RowView latest;
    RowWrite outcome;
    OK(table_lock_row(txn, snapshot, world.table, row.rowid, row.version, mode, LOCK_NOWAIT, &arena,
                      &latest, &outcome));
    txn_snapshot_release(txn, snapshot);
    return outcome;
}

MACHINE_TEST(row_locks) {
    static const bool conflicts[4][4] = {
        {false, false, false, true},
        {false, false, true, true},
        {false, true, true, true},
        {true, true, true, true},
    };
    seed_rows(2);
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 4; b++) {
            Txn *first = begin_rc(), *second = begin_rc();
            ck_assert_int_eq(lock_row(first, 1, (RowLockMode)a), ROW_WRITTEN);
            ck_assert_int_eq(lock_row(second, 1, (RowLockMode)b),
                             conflicts[a][b] ? ROW_WOULD_BLOCK : ROW_WRITTEN);
            OK(txn_rollback(first));
            OK(txn_rollback(second));
        }
    }
    /* a writer that leaves the key alone and a key-share locker do not meet */
    Txn *writer = begin_rc(), *locker = begin_rc();
    set_n(writer, 1, 5);
    ck_assert_int_eq(lock_row(locker, 1, ROW_KEY_SHARE), ROW_WRITTEN);
    ck_assert_int_eq(lock_row(locker, 1, ROW_SHARE), ROW_WOULD_BLOCK);
    set_n(writer, 1, 6);
    /* but the key may not change now */
    FiberGroup group;
    fiber_group_init(&group, 1);
    Actor actor = {.fn = act_update, .txn = begin_rc(), .id = 1, .n = 7};
    start(&actor, &group);
    ck_assert(!actor.done);
    commit(writer);
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.state, 0);
    OK(txn_rollback(locker));
    ck_assert_int_eq(atomic_load(world.table->row_locks), 0);
}

/* ---- unique indexes ---- */

static void act_insert(Actor *actor) {
    WorldWrite outcome;
    Status status =
        world_insert(&world, actor->txn, actor->id, actor->n, str_from_cstr("i"), &outcome);
    note_error(actor, status);
    actor->n = outcome;
    if (status_ok(status) && outcome == WORLD_OK)
        commit(actor->txn);
    else
        OK(txn_rollback(actor->txn));
}

MACHINE_TEST(unique) {
    seed_rows(2);
    Txn *txn = begin_rc();
    SavepointMark mark = txn_savepoint(txn);
    ck_assert_int_eq(insert(txn, 1, 0, "dup"), WORLD_DUPLICATE);
    OK(txn_rollback_to(txn, mark));
    delete_id(txn, 1);
    ck_assert_int_eq(insert(txn, 1, 0, "reborn"), WORLD_OK);
    commit(txn);
    ck_assert_int_eq(agree(), 2);
    for (int ends = 0; ends < 2; ends++) { /* rolled back, committed */
        FiberGroup group;
        fiber_group_init(&group, 1);
        Txn *first = begin_rc();
        insert(first, 7, 70, "first");
        Actor actor = {.fn = act_insert, .txn = begin_rc(), .id = 7, .n = 71};
        start(&actor, &group);
        ck_assert(!actor.done);
        if (ends == 0)
            OK(txn_rollback(first));
        else
            commit(first);
        fiber_group_wait(&group);
        ck_assert_int_eq(actor.n, ends == 0 ? WORLD_OK : WORLD_DUPLICATE);
        if (ends == 0) {
            Txn *cleaner = begin_rc();
            delete_id(cleaner, 7);
            commit(cleaner);
        }
    }
    /* a key that a running transaction has left may come back */
    Txn *mover = begin_rc();
    const Snapshot *snapshot = snap(mover);
    Row row = need(snapshot, 2);
    WorldWrite outcome;
    OK(world_update(&world, mover, snapshot, &row, 20, row.n, row.note, &arena, &outcome));
    FiberGroup group;
    fiber_group_init(&group, 1);
    Actor actor = {.fn = act_insert, .txn = begin_rc(), .id = 2, .n = 1};
    start(&actor, &group);
    ck_assert(!actor.done);
    OK(txn_rollback(mover));
    fiber_group_wait(&group);
    ck_assert_int_eq(actor.n, WORLD_DUPLICATE);
    purge_all();
    ck_assert_int_eq(agree(), 3);
}

MACHINE_TEST(key_comes_back) {
    seed_rows(1);
    for (int round = 0; round < 4; round++) {
        Txn *txn = begin_rc();
        set_n(txn, 1, 77);
        SavepointMark mark = txn_savepoint(txn);
        set_n(txn, 1, 10); /* the old entry stands: stamped anew */
        if (round & 1)
            OK(txn_rollback_to(txn, mark));
        if (round & 2)
            OK(txn_rollback(txn));
        else
            commit(txn);
        purge_all();
        ck_assert_int_eq(agree(), 1);
        ck_assert_int_eq(physical(world.n_store), 1);
        Txn *back = begin_rc();
        set_n(back, 1, 10);
        commit(back);
        purge_all();
        ck_assert_int_eq(agree(), 1);
        ck_assert_int_eq(physical(world.n_store), 1);
    }
}

/* ---- purge ---- */

MACHINE_TEST(purge) {
    seed_rows(20);
    Txn *reader = begin(ISOLATION_REPEATABLE_READ);
    const Snapshot *old = snap(reader);
    Txn *txn = begin_rc();
    for (int64_t id = 1; id <= 10; id++)
        delete_id(txn, id);
    set_n(txn, 11, 0);
    commit(txn);
    purge_all();
    ck_assert_int_eq(physical(world.table_store), 20);
    ck_assert_int_eq(need(old, 5).n, 50);
    ck_assert_int_eq(need(old, 11).n, 110);
    commit(reader);
    purge_all();
    ck_assert_int_eq(physical(world.table_store), 10);
    ck_assert_int_eq(physical(world.id_store), 10);
    ck_assert_int_eq(physical(world.n_store), 10);
    ck_assert_int_eq(agree(), 10);
}

/* One key over and over, with an old reader: its entry keeps what the reader needs, and little else. */
MACHINE_TEST(same_key) {
    seed_rows(2);
    Txn *reader = begin(ISOLATION_REPEATABLE_READ);
    const Snapshot *old = snap(reader);
    for (int i = 0; i < 1000; i++) {
        Txn *txn = begin_rc();
        delete_id(txn, 1);
        insert(txn, 1, i, "again");
        commit(txn);
        arena_reset(&arena);
        if (i % 100 == 50)
            purge_all();
    }
    ck_assert_int_eq(need(old, 1).n, 10);
    ck_assert_uint_lt(physical(world.id_store), 150);
    commit(reader);
    purge_all();
    ck_assert_int_eq(agree(), 2);
    ck_assert_int_eq(physical(world.id_store), 2);
    ck_assert_int_eq(physical(world.table_store), 2);
}

/* More than memory keeps: read back from the chain; and after a restart from the log. */
MACHINE_TEST(purge_from_log) {
    seed_rows(600);
    for (int round = 0; round < 2; round++) {
        Txn *txn = begin_rc();
        for (int64_t id = round * 300 + 1; id <= round * 300 + 300; id++) {
            SavepointMark mark = txn_savepoint(txn);
            delete_id(txn, id);
            if (id % 3 == 0)
                OK(txn_rollback_to(txn, mark));
        }
        commit(txn);
        if (round == 1)
            reopen();
        purge_all();
        ck_assert_int_eq(agree(), 600 - 200 * (uint32_t)(round + 1));
        ck_assert_int_eq(physical(world.table_store), 600 - 200 * (uint32_t)(round + 1));
        ck_assert_int_eq(physical(world.n_store), 600 - 200 * (uint32_t)(round + 1));
    }
}

MACHINE_TEST(too_old) {
    world.mvcc->undo_left_bytes = 4 << 20;
    seed_rows(2);
    Txn *reader = begin(ISOLATION_REPEATABLE_READ);
    const Snapshot *old = snap(reader);
    char note[1000];
    memset(note, 'a', sizeof(note));
    Lsn session = 0;
    for (int i = 0; i < 6000; i++) {
        Txn *txn = begin_rc();
        txn_set_session_lsn(txn, &session);
        const Snapshot *snapshot = snap(txn);
        Row row = need(snapshot, 1);
        WorldWrite outcome;
        memset(note, 'a' + i % 20, sizeof(note));
        OK(world_update(&world, txn, snapshot, &row, 1, i, str_make(note, sizeof(note)), &arena,
                        &outcome));
        ck_assert_int_eq(outcome, WORLD_OK);
        OK(txn_commit(txn, i % 100 == 0 ? SYNC_ON : SYNC_OFF));
        arena_reset(&arena);
    }
    for (int i = 0; i < 3; i++)
        OK(engine_checkpoint(world.engine));
    need(old, 1); /* as long as there is space nothing is given up */
    engine_need_space(world.engine);
    OK(engine_checkpoint(world.engine));
    Row row;
    bool found;
    FAILS(world_get(&world, old, 1, &arena, &row, &found), ERR_SNAPSHOT_TOO_OLD);
    ck_assert_uint_gt(mvcc_horizon(world.mvcc), old->lsn);
    OK(txn_rollback(reader));
    ck_assert_int_eq(agree(), 2);
}

/* ---- large values ---- */

MACHINE_TEST(large) {
    char *big = malloc(100000);
    for (int i = 0; i < 100000; i++)
        big[i] = (char)(i * 7919 >> 3);
    Txn *txn = begin_rc();
    WorldWrite outcome;
    OK(world_insert(&world, txn, 1, 1, str_make(big, 100000), &outcome));
    OK(world_insert(&world, txn, 2, 2, str_make(big, 3000), &outcome));
    commit(txn);
    Txn *reader = begin(ISOLATION_REPEATABLE_READ);
    const Snapshot *old = snap(reader);
    set_n((txn = begin_rc()), 1, 11); /* keeps its value */
    commit(txn);
    purge_all();
    Txn *now = begin_rc();
    ck_assert(str_equal(need(snap(now), 1).note, str_make(big, 100000)));
    const Snapshot *snapshot = snap(now);
    Row row = need(snapshot, 1);
    OK(world_update(&world, now, snapshot, &row, 1, 12, str_make(big, 50000), &arena, &outcome));
    commit(now);
    delete_id((txn = begin_rc()), 2);
    OK(txn_rollback(txn));
    delete_id((txn = begin_rc()), 2);
    commit(txn);
    purge_all();
    ck_assert(str_equal(need(old, 1).note, str_make(big, 100000)));
    ck_assert(str_equal(need(old, 2).note, str_make(big, 3000)));
    OK(world_insert(&world, (txn = begin_rc()), 3, 3, str_make(big, 70000), &outcome));
    OK(txn_rollback(txn));
    commit(reader);
    purge_all();
    now = begin_rc();
    ck_assert(str_equal(need(snap(now), 1).note, str_make(big, 50000)));
    commit(now);
    Btree *blobs;
    uint64_t left = 0;
    OK(engine_store_open(world.engine, world.table_store + 0, &blobs));
    for (StoreId store = 1; store < 50; store++)
        if (engine_store_exists(world.engine, store)) {
            OK(engine_store_open(world.engine, store, &blobs));
            if (btree_kind(blobs) == STORE_BLOB)
                left = btree_entry_count(blobs);
        }
    ck_assert_uint_le(left, 14); /* one of 50,000 bytes */
    free(big);
}

/* ---- stores, actions ---- */

static int actions_run;
static void count_action(void *arg, bool committed, Lsn lsn) { actions_run += committed ? 1 : 100; }

MACHINE_TEST(stores_and_actions) {
    StoreId store;
    actions_run = 0;
    Txn *txn = begin_rc();
    txn_add_action(txn, &(TxnAction){.after = count_action});
    SavepointMark mark = txn_savepoint(txn);
    txn_add_action(txn, &(TxnAction){.after = count_action});
    OK(txn_store_create(txn, STORE_TABLE, &store));
    OK(txn_rollback_to(txn, mark));
    ck_assert(!engine_store_exists(world.engine, store));
    ck_assert_int_eq(actions_run, 100);
    OK(txn_store_create(txn, STORE_TABLE, &store));
    commit(txn);
    ck_assert_int_eq(actions_run, 101);
    ck_assert(engine_store_exists(world.engine, store));
    txn = begin_rc();
    OK(txn_store_drop(txn, store));
    OK(txn_rollback(txn));
    ck_assert(engine_store_exists(world.engine, store));
    txn = begin_rc();
    mark = txn_savepoint(txn);
    OK(txn_store_drop(txn, store));
    OK(txn_rollback_to(txn, mark));
    commit(txn);
    ck_assert(engine_store_exists(world.engine, store));
    txn = begin_rc();
    OK(txn_store_drop(txn, store));
    commit(txn);
    ck_assert(!engine_store_exists(world.engine, store));
    purge_all();
}

/* ---- two-phase commit ---- */

static void prepare_two(void) {
    Txn *txn = begin_rc();
    set_n(txn, 1, 111);
    delete_id(txn, 2);
    ck_assert_int_eq(lock_row(txn, 3, ROW_UPDATE), ROW_WRITTEN);
    OK(txn_prepare(txn, "one", "state", 5));
    txn = begin_rc();
    insert(txn, 9, 90, "nine");
    OK(txn_prepare(txn, "two", "", 0));
}

MACHINE_TEST(two_phase) {
    seed_rows(3);
    prepare_two();
    for (int round = 0; round < 2; round++) {
        const PreparedTxn *list;
        size_t count;
        OK(mvcc_prepared_list(world.mvcc, &arena, &list, &count));
        ck_assert_int_eq(count, 2);
        size_t one = strcmp(list[0].gid, "one") == 0 ? 0 : 1;
        ck_assert_int_eq(list[one].state_len, 5);
        Txn *txn = begin_rc();
        ck_assert_int_eq(need(snap(txn), 1).n, 10);
        ck_assert(!exists(snap(txn), 9));
        ck_assert_int_eq(lock_row(txn, 3, ROW_UPDATE), ROW_WOULD_BLOCK);
        ck_assert_int_eq(lock_row(txn, 2, ROW_SHARE), ROW_WOULD_BLOCK);
        FAILS(txn_prepare(txn, "one", "", 0), ERR_DUPLICATE_OBJECT);
        OK(txn_rollback(txn));
        if (round == 0)
            reopen();
    }
    FAILS(txn_finish_prepared(world.mvcc, "three", true), ERR_UNDEFINED_OBJECT);
    OK(txn_finish_prepared(world.mvcc, "one", true));
    OK(txn_finish_prepared(world.mvcc, "two", false));
    purge_all();
    Txn *txn = begin_rc();
    ck_assert_int_eq(need(snap(txn), 1).n, 111);
    ck_assert(!exists(snap(txn), 2) && !exists(snap(txn), 9));
    ck_assert_int_eq(lock_row(txn, 3, ROW_UPDATE), ROW_WRITTEN);
    commit(txn);
    ck_assert_int_eq(agree(), 2);
    ck_assert_int_eq(physical(world.table_store), 2);
}

/* ---- snapshots of others, sessions ---- */

MACHINE_TEST(exported) {
    seed_rows(1);
    Txn *exporter = begin(ISOLATION_REPEATABLE_READ);
    snap(exporter);
    const char *id;
    OK(txn_snapshot_export(exporter, &arena, &id));
    Txn *writer = begin_rc();
    set_n(writer, 1, 5);
    commit(writer);
    Txn *importer = begin(ISOLATION_REPEATABLE_READ);
    OK(txn_snapshot_import(importer, id));
    ck_assert_int_eq(need(snap(importer), 1).n, 10);
    commit(exporter);
    ck_assert_int_eq(need(snap(importer), 1).n, 10);
    commit(importer);
    Txn *late = begin(ISOLATION_REPEATABLE_READ);
    FAILS(txn_snapshot_import(late, id), ERR_INVALID_PARAMETER_VALUE);
    FAILS(txn_snapshot_import(late, "nonsense"), ERR_INVALID_PARAMETER_VALUE);
    OK(txn_rollback(late));
}

MACHINE_TEST(asynchronous) {
    Lsn session = 0;
    Txn *txn = begin_rc();
    txn_set_session_lsn(txn, &session);
    insert(txn, 1, 1, "async");
    OK(txn_commit(txn, SYNC_OFF));
    txn = begin_rc();
    txn_set_session_lsn(txn, &session);
    ck_assert(exists(snap(txn), 1));
    OK(txn_commit(txn, SYNC_OFF));
    txn = begin_rc(); /* another session: waits for nothing, sees what is durable */
    bool seen = exists(snap(txn), 1);
    OK(txn_commit(txn, SYNC_ON));
    (void)seen;
    txn = begin_rc();
    txn_set_session_lsn(txn, &session);
    OK(txn_commit(txn, SYNC_ON));
}

static bool add_one(void *arg, const uint8_t *body, uint32_t len, uint8_t *body_out,
                    uint32_t *len_out) {
    memcpy(body_out, body, len);
    uint32_t at = world.shape.offsets[1];
    store_le64(body_out + at, load_le64(body + at) + 1);
    *len_out = len;
    return true;
}

MACHINE_TEST(in_place) {
    seed_rows(1);
    Txn *txn = begin_rc(), *other = begin_rc();
    bool applied;
    OK(table_update_in_place(txn, snap(txn), world.table, 1, add_one, NULL, &arena, &applied));
    ck_assert(applied);
    const Snapshot *command = snap(txn);
    OK(table_update_in_place(txn, command, world.table, 1, add_one, NULL, &arena, &applied));
    ck_assert(applied);
    OK(table_update_in_place(txn, command, world.table, 1, add_one, NULL, &arena, &applied));
    ck_assert(!applied); /* this command's own */
    OK(table_update_in_place(other, snap(other), world.table, 1, add_one, NULL, &arena, &applied));
    ck_assert(!applied);
    OK(table_update_in_place(txn, snap(txn), world.table, 77, add_one, NULL, &arena, &applied));
    ck_assert(!applied);
    commit(txn);
    OK(table_update_in_place(other, snap(other), world.table, 1, add_one, NULL, &arena, &applied));
    ck_assert(applied);
    ck_assert_int_eq(need(snap(other), 1).n, 13);
    commit(other);
}

int main(void) {
    log_set_min_level(LOG_LEVEL_PANIC);
    Suite *suite = suite_create("mvcc");
    TCase *tcase = tcase_create("transactions");
    const TTest *tests[] = {visibility,
                            commands,
                            rollback,
                            savepoints,
                            lost_update,
                            wait_then_rollback,
                            wait_then_savepoint,
                            row_deadlock,
                            lock_timeout,
                            row_locks,
                            unique,
                            key_comes_back,
                            purge,
                            same_key,
                            purge_from_log,
                            too_old,
                            large,
                            stores_and_actions,
                            two_phase,
                            exported,
                            asynchronous,
                            in_place};
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
