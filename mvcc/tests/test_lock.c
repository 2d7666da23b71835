/* test_lock.c: the eight modes, fairness, the fast way, sessions, deadlocks of two to four. */
#include "mvcc/tests/world.h"

#include <check.h>
#include <stdlib.h>

#define OK(expr)                                                                                   \
    do {                                                                                           \
        Status ok_status_ = (expr);                                                                \
        if (!status_ok(ok_status_))                                                                \
            ck_abort_msg("%s: %s", #expr, ok_status_.error->message);                              \
    } while (0)

static World world;

typedef void (*Body)(void);

static void run_body(void *arg) {
    OK(world_open_system(&world));
    (*(Body *)arg)();
    OK(world_close(&world));
}

static void on_machine(Body body) {
    world = (World){0};
    world.sim = sim_create(7);
    ck_assert_int_eq(sim_run(world.sim, run_body, &body), SIM_DONE);
    sim_destroy(world.sim);
    arena_destroy(&world.arena);
}

#define MACHINE_TEST(name)                                                                         \
    static void name##_body(void);                                                                 \
    START_TEST(name) { on_machine(name##_body); }                                                  \
    END_TEST                                                                                       \
    static void name##_body(void)

static Txn *begin(int32_t process_id) {
    Txn *txn;
    OK(txn_begin(world.mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    txn_set_owner(txn, process_id);
    return txn;
}

static LockTag relation(uint64_t oid) {
    return (LockTag){.kind = LOCK_RELATION, .database = 5, .key1 = oid};
}
static LockTag advisory(uint64_t key) {
    return (LockTag){.kind = LOCK_ADVISORY, .database = 5, .key1 = key, .key3 = 1};
}

static bool try_lock(Txn *txn, LockTag tag, LockMode mode) {
    bool got;
    OK(lock_acquire(txn, &tag, mode, LOCK_NOWAIT, &got));
    return got;
}

static void end(Txn *txn) { OK(txn_rollback(txn)); }

/* As the manual's table 13.2 has it. */
static const char *const matrix[9] = {"",         "       X", "      XX", "    XXXX", "   XXXXX",
                                      "  XX XXX", "  XXXXXX", " XXXXXXX", "XXXXXXXX"};

MACHINE_TEST(modes) {
    for (int kind = 0; kind < 2; kind++) {
        for (LockMode a = 1; a <= 8; a++) {
            for (LockMode b = 1; b <= 8; b++) {
                Txn *first = begin(1), *second = begin(2);
                LockTag tag = kind == 0 ? relation(100) : advisory(100);
                ck_assert(try_lock(first, tag, a));
                ck_assert_msg(try_lock(second, tag, b) == (matrix[a][b - 1] == ' '),
                              "%d against %d", b, a);
                ck_assert(try_lock(first, tag, a)); /* again */
                end(first);
                ck_assert(try_lock(second, tag, b));
                end(second);
            }
        }
    }
}

/* A strong lock finds notes that were taken on the fast way, and the way back is open after it. */
MACHINE_TEST(fast_way) {
    Txn *many = begin(1), *strong = begin(2);
    for (uint64_t oid = 1; oid <= 40; oid++)
        ck_assert(try_lock(many, relation(oid), LOCK_ROW_EXCLUSIVE));
    for (uint64_t oid = 1; oid <= 40; oid++)
        ck_assert(!try_lock(strong, relation(oid), LOCK_SHARE));
    ck_assert(try_lock(strong, relation(1), LOCK_ACCESS_SHARE));
    SavepointMark mark = txn_savepoint(many);
    ck_assert(try_lock(many, relation(77), LOCK_ACCESS_SHARE));
    ck_assert(try_lock(many, advisory(77), LOCK_EXCLUSIVE));
    OK(txn_rollback_to(many, mark));
    ck_assert(try_lock(strong, relation(77), LOCK_ACCESS_EXCLUSIVE));
    ck_assert(try_lock(strong, advisory(77), LOCK_EXCLUSIVE));
    ck_assert(!try_lock(strong, relation(40), LOCK_ACCESS_EXCLUSIVE));
    end(many);
    ck_assert(try_lock(strong, relation(40), LOCK_ACCESS_EXCLUSIVE));
    end(strong);
    for (unsigned i = 0; i < LOCK_STRONG_SLOTS; i++)
        ck_assert_int_eq(atomic_load(&world.mvcc->locks.strong[i]), 0);
    for (unsigned i = 0; i < LOCK_PARTITIONS; i++)
        ck_assert_int_eq(world.mvcc->locks.partitions[i].lock_count, 0);
}

/* ---- with fibres ---- */

typedef struct Step {
    LockTag tag;
    LockMode mode;
} Step;

typedef struct Actor {
    int32_t process_id;
    Step steps[3];
    int count;
    uint64_t pause_us, hold_us, deadlock_us, timeout_us;
    FiberGroup *group;
    int got;   /* steps */
    int order; /* in which the last one was got */
    SqlState state;
    char detail[600];
} Actor;

static int order_next;

static void act(void *arg) {
    Actor *actor = arg;
    Txn *txn = begin(actor->process_id);
    if (actor->deadlock_us != 0)
        txn_set_deadlock_timeout(txn, actor->deadlock_us);
    txn_set_lock_timeout(txn, actor->timeout_us);
    for (int i = 0; i < actor->count; i++) {
        Status status =
            lock_acquire(txn, &actor->steps[i].tag, actor->steps[i].mode, LOCK_WAIT, NULL);
        if (!status_ok(status)) {
            actor->state = status.error->state;
            snprintf(actor->detail, sizeof(actor->detail), "%s",
                     status.error->detail ? status.error->detail : status.error->message);
            status_free(status);
            break;
        }
        actor->got++;
        actor->order = ++order_next;
        fiber_sleep(actor->pause_us);
    }
    if (actor->state == 0)
        fiber_sleep(actor->hold_us);
    end(txn);
    fiber_group_done(actor->group);
}

static void run_actors(Actor *actors, uint32_t count, uint64_t apart_us) {
    FiberGroup group;
    order_next = 0;
    fiber_group_init(&group, count);
    for (uint32_t i = 0; i < count; i++) {
        actors[i].group = &group;
        actors[i].process_id = 101 + (int32_t)i;
        fiber_spawn(SCHED_OLTP, act, &actors[i]);
        fiber_sleep(apart_us);
    }
    fiber_group_wait(&group);
}

MACHINE_TEST(fairness) {
    LockTag tag = relation(9);
    /* a reader that comes behind a waiting writer waits behind it */
    Actor actors[4] = {
        {.steps = {{tag, LOCK_ACCESS_SHARE}}, .count = 1, .hold_us = 10000},
        {.steps = {{tag, LOCK_ACCESS_EXCLUSIVE}}, .count = 1, .hold_us = 1000},
        {.steps = {{tag, LOCK_ACCESS_SHARE}}, .count = 1, .hold_us = 1000},
        {.steps = {{tag, LOCK_ROW_EXCLUSIVE}}, .count = 1, .hold_us = 1000},
    };
    run_actors(actors, 4, 100);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(actors[i].order, i + 1);
    /* but who holds it already goes before: else both would wait for ever */
    Actor upgrade[2] = {
        {.steps = {{tag, LOCK_ACCESS_SHARE}, {tag, LOCK_ROW_EXCLUSIVE}},
         .count = 2,
         .pause_us = 1000,
         .hold_us = 1000},
        {.steps = {{tag, LOCK_ACCESS_EXCLUSIVE}}, .count = 1},
    };
    run_actors(upgrade, 2, 100);
    ck_assert_int_eq(upgrade[0].order, 2);
    ck_assert_int_eq(upgrade[1].order, 3);
}

MACHINE_TEST(lock_timeout) {
    LockTag tag = relation(9);
    Actor actors[2] = {
        {.steps = {{tag, LOCK_ACCESS_EXCLUSIVE}}, .count = 1, .hold_us = 100000},
        {.steps = {{tag, LOCK_ACCESS_SHARE}}, .count = 1, .timeout_us = 5000},
    };
    run_actors(actors, 2, 100);
    ck_assert_int_eq(actors[1].state, ERR_LOCK_NOT_AVAILABLE);
    ck_assert_str_eq(actors[1].detail, "canceling statement due to lock timeout");
}

/* A ring: each holds its own and wants the next one's. Exactly one gives up. */
static void ring(uint32_t count, int short_one) {
    Actor actors[4] = {0};
    for (uint32_t i = 0; i < count; i++) {
        actors[i].steps[0] = (Step){relation(10 + i), LOCK_SHARE_ROW_EXCLUSIVE};
        actors[i].steps[1] = (Step){relation(10 + (i + 1) % count), LOCK_ROW_EXCLUSIVE};
        actors[i].count = 2;
        actors[i].pause_us = 1000;
        actors[i].deadlock_us = (int)i == short_one ? 10000 : 1000000;
    }
    run_actors(actors, count, 10);
    uint32_t victims = 0;
    for (uint32_t i = 0; i < count; i++) {
        victims += actors[i].state == ERR_T_R_DEADLOCK_DETECTED;
        if ((int)i == short_one)
            ck_assert_int_eq(actors[i].state, ERR_T_R_DEADLOCK_DETECTED);
    }
    ck_assert_int_eq(victims, 1);
    char expected[200];
    snprintf(expected, sizeof(expected),
             "Process %d waits for RowExclusiveLock on relation %u of database 5; blocked by "
             "process %d.",
             101 + short_one, (unsigned)(10 + (uint32_t)(short_one + 1) % count),
             101 + (int)((uint32_t)(short_one + 1) % count));
    ck_assert_ptr_nonnull(strstr(actors[short_one].detail, expected));
    uint32_t lines = 1;
    for (const char *p = actors[short_one].detail; *p != '\0'; p++)
        lines += *p == '\n';
    ck_assert_int_eq(lines, count);
}

MACHINE_TEST(deadlocks) {
    for (uint32_t count = 2; count <= 4; count++)
        for (int victim = 0; victim < (int)count; victim++)
            ring(count, victim);
}

/* Two upgrade against each other. */
MACHINE_TEST(upgrade_deadlock) {
    LockTag tag = relation(3);
    Actor actors[2] = {
        {.steps = {{tag, LOCK_SHARE}, {tag, LOCK_ROW_EXCLUSIVE}}, .count = 2, .pause_us = 1000},
        {.steps = {{tag, LOCK_SHARE}, {tag, LOCK_ROW_EXCLUSIVE}}, .count = 2, .pause_us = 1000},
    };
    run_actors(actors, 2, 10);
    ck_assert_int_eq((actors[0].state != 0) + (actors[1].state != 0), 1);
}

/* A cycle only through the order of a queue: overtaking resolves it. */
MACHINE_TEST(soft_deadlock) {
    LockTag a = relation(1), b = relation(2);
    Actor actors[4] = {
        {.steps = {{a, LOCK_ACCESS_SHARE}}, .count = 1, .hold_us = 20000},
        /* waits for the first on a, holding b */
        {.steps = {{b, LOCK_ACCESS_EXCLUSIVE}, {a, LOCK_ACCESS_EXCLUSIVE}},
         .count = 2,
         .pause_us = 10},
        /* behind the second in the queue for a: would go well with the first */
        {.steps = {{b, LOCK_ACCESS_SHARE}}, .count = 1},
    };
    run_actors(actors, 3, 200);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(actors[i].state, 0);
    Actor soft[3] = {
        {.steps = {{a, LOCK_ACCESS_SHARE}, {b, LOCK_ACCESS_SHARE}}, .count = 2, .pause_us = 5000},
        {.steps = {{b, LOCK_ACCESS_SHARE}, {a, LOCK_ACCESS_EXCLUSIVE}},
         .count = 2,
         .pause_us = 200},
        {.steps = {{b, LOCK_ACCESS_EXCLUSIVE}}, .count = 1},
    };
    run_actors(soft, 3, 100);
    /* the third waits for both on b; the first must pass it there, for the second waits for it */
    for (int i = 0; i < 3; i++)
        ck_assert_msg(soft[i].state == 0, "%d: %s", i, soft[i].detail);
}

MACHINE_TEST(sessions) {
    LockOwner *mine, *other;
    OK(lock_owner_make(world.mvcc, 1, &mine));
    OK(lock_owner_make(world.mvcc, 2, &other));
    Txn *txn = begin(1), *stranger = begin(2);
    LockTag tag = advisory(55);
    bool got;
    OK(lock_session_acquire(txn, mine, &tag, LOCK_EXCLUSIVE, LOCK_NOWAIT, &got));
    ck_assert(got);
    OK(lock_session_acquire(txn, mine, &tag, LOCK_EXCLUSIVE, LOCK_NOWAIT, &got));
    ck_assert(got);
    ck_assert(try_lock(txn, tag, LOCK_EXCLUSIVE)); /* the same process does not block itself */
    ck_assert(!try_lock(stranger, tag, LOCK_SHARE));
    end(txn);
    ck_assert(!try_lock(stranger, tag, LOCK_SHARE));
    Arena arena;
    arena_init(&arena, mem_root());
    const LockInfo *list;
    size_t count;
    OK(lock_list(world.mvcc, &arena, &list, &count));
    ck_assert_int_eq(count, 1);
    ck_assert_int_eq(list[0].process_id, 1);
    arena_destroy(&arena);
    ck_assert(lock_session_release(mine, &tag, LOCK_EXCLUSIVE));
    ck_assert(!try_lock(stranger, tag, LOCK_SHARE));
    ck_assert(lock_session_release(mine, &tag, LOCK_EXCLUSIVE));
    ck_assert(!lock_session_release(mine, &tag, LOCK_EXCLUSIVE));
    OK(lock_session_acquire(stranger, other, &tag, LOCK_SHARE, LOCK_NOWAIT, &got));
    ck_assert(got);
    end(stranger);
    txn = begin(1);
    ck_assert(!try_lock(txn, tag, LOCK_EXCLUSIVE));
    lock_owner_free(other);
    ck_assert(try_lock(txn, tag, LOCK_EXCLUSIVE));
    end(txn);
    lock_owner_free(mine);
}

static void check_blockers(void *arg) {
    FiberGroup *group = arg;
    fiber_sleep(2000);
    Arena arena;
    const int32_t *pids;
    size_t count;
    arena_init(&arena, mem_root());
    OK(lock_blockers(world.mvcc, 102, &arena, &pids, &count));
    ck_assert_int_eq(count, 1);
    ck_assert_int_eq(pids[0], 101);
    OK(lock_blockers(world.mvcc, 101, &arena, &pids, &count));
    ck_assert_int_eq(count, 0);
    arena_destroy(&arena);
    fiber_group_done(group);
}

MACHINE_TEST(blockers) {
    FiberGroup group;
    fiber_group_init(&group, 1);
    Actor actors[2] = {
        {.steps = {{relation(1), LOCK_SHARE}}, .count = 1, .hold_us = 10000},
        {.steps = {{relation(1), LOCK_EXCLUSIVE}}, .count = 1},
    };
    fiber_spawn(SCHED_OLTP, check_blockers, &group);
    run_actors(actors, 2, 100);
    fiber_group_wait(&group);
}

int main(void) {
    log_set_min_level(LOG_LEVEL_PANIC);
    Suite *suite = suite_create("lock");
    TCase *tcase = tcase_create("locks");
    const TTest *tests[] = {modes,         fast_way,  fairness,
                            lock_timeout,  deadlocks, upgrade_deadlock,
                            soft_deadlock, sessions,  blockers};
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
