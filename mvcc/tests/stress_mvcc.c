/*
 * stress_mvcc.c: several workers at once. Fibres transfer between accounts, insert and delete, change
 * keys, lock rows, take savepoints; others audit the accounts under snapshots, by table and by index.
 * Made for the thread and address sanitizers; also tells how many transactions ran.
 *
 *     stress_mvcc DIRECTORY [SECONDS] [WORKERS]      DIRECTORY must not exist
 */
#include "mvcc/tests/world.h"

#include <stdlib.h>

#define ACCOUNTS 64
#define IDS 512
#define ACTORS 12
#define OPENING 1000

typedef struct Stress {
    World world;
    const char *directory;
    uint64_t until_us;
    int workers;
    FiberGroup group;
    _Atomic uint64_t committed, rolled_back, conflicts, audits;
    _Atomic bool failed;
} Stress;

static Stress stress;

static void must(Status status) {
    if (status_ok(status))
        return;
    fprintf(stderr, "%s (%s)\n", status.error->message,
            status.error->detail ? status.error->detail : "");
    abort();
}

/* Expected ways to fail. */
static bool ends(Status status) {
    if (status_ok(status))
        return false;
    SqlState state = status.error->state;
    if (state != ERR_T_R_SERIALIZATION_FAILURE && state != ERR_T_R_DEADLOCK_DETECTED)
        must(status);
    status_free(status);
    atomic_fetch_add(&stress.conflicts, 1);
    return true;
}

static bool change(Txn *txn, const Snapshot *snapshot, int64_t id, int64_t add, Arena *arena) {
    World *world = &stress.world;
    Row row;
    bool found;
    WorldWrite outcome;
    if (ends(world_get(world, snapshot, id, arena, &row, &found)) || !found)
        return false;
    if (ends(world_update(world, txn, snapshot, &row, id, row.n + add, row.note, arena, &outcome)))
        return false;
    return outcome == WORLD_OK;
}

static bool churn(Txn *txn, const Snapshot *snapshot, Rng *rng, Arena *arena) {
    World *world = &stress.world;
    int64_t id = ACCOUNTS + 1 + (int64_t)rng_below(rng, IDS - ACCOUNTS);
    Row row;
    bool found;
    WorldWrite outcome;
    static const char text[3000];
    if (ends(world_get(world, snapshot, id, arena, &row, &found)))
        return false;
    if (!found) {
        size_t len = rng_below(rng, rng_one_in(rng, 50) ? sizeof(text) : 100);
        return !ends(world_insert(world, txn, id, (int64_t)rng_below(rng, 9), str_make(text, len),
                                  &outcome)) &&
               outcome == WORLD_OK;
    }
    if (rng_one_in(rng, 2))
        return !ends(world_delete(world, txn, snapshot, &row, arena, &outcome)) &&
               outcome == WORLD_OK;
    int64_t to = ACCOUNTS + 1 + (int64_t)rng_below(rng, IDS - ACCOUNTS);
    return to == id ||
           (!ends(world_update(world, txn, snapshot, &row, to, row.n, row.note, arena, &outcome)) &&
            outcome == WORLD_OK);
}

static bool work(Txn *txn, Rng *rng, Arena *arena) {
    const Snapshot *snapshot;
    must(txn_snapshot(txn, &snapshot));
    int64_t amount = (int64_t)rng_below(rng, 100);
    int64_t a = 1 + (int64_t)rng_below(rng, ACCOUNTS), b = 1 + (int64_t)rng_below(rng, ACCOUNTS);
    bool ok = a == b ||
              (change(txn, snapshot, a, -amount, arena) && change(txn, snapshot, b, amount, arena));
    txn_snapshot_release(txn, snapshot);
    for (uint64_t i = rng_below(rng, 4); ok && i > 0; i--) {
        SavepointMark mark = txn_savepoint(txn);
        must(txn_snapshot(txn, &snapshot));
        ok = churn(txn, snapshot, rng, arena);
        txn_snapshot_release(txn, snapshot);
        if (ok && rng_one_in(rng, 4))
            must(txn_rollback_to(txn, mark));
    }
    return ok;
}

static void audit(Txn *txn, Arena *arena) {
    World *world = &stress.world;
    const Snapshot *snapshot;
    TableScan *scan;
    RowView views[64];
    int64_t sum = 0;
    uint32_t count = 1;
    must(txn_snapshot(txn, &snapshot));
    must(table_scan_open(world->table, snapshot, 1, UINT64_MAX, false, arena, &scan));
    while (count > 0) {
        must(table_scan_next(scan, views, 64, &count));
        for (uint32_t i = 0; i < count; i++) {
            Row row = world_row(world, &views[i], arena);
            sum += row.id <= ACCOUNTS ? row.n : 0;
        }
        if (txn->number % 3 == 0)
            fiber_yield();
    }
    int64_t by_index = 0;
    for (int64_t id = 1; id <= ACCOUNTS; id++) {
        Row row;
        bool found;
        must(world_get(world, snapshot, id, arena, &row, &found));
        by_index += found ? row.n : 0;
    }
    if (sum != ACCOUNTS * OPENING || by_index != sum) {
        fprintf(stderr, "the accounts hold %lld, by index %lld\n", (long long)sum,
                (long long)by_index);
        atomic_store(&stress.failed, true);
    }
    txn_snapshot_release(txn, snapshot);
    atomic_fetch_add(&stress.audits, 1);
}

static void actor(void *arg) {
    int number = (int)(intptr_t)arg;
    Rng rng;
    Arena arena;
    rng_seed(&rng, (uint64_t)number * 77 + 1);
    arena_init(&arena, mem_root());
    while (clock_mono_us() < stress.until_us && !atomic_load(&stress.failed)) {
        Txn *txn;
        bool reader = number % 6 == 0;
        must(txn_begin(stress.world.mvcc,
                       reader || rng_one_in(&rng, 3) ? ISOLATION_REPEATABLE_READ
                                                     : ISOLATION_READ_COMMITTED,
                       reader, false, &txn));
        txn_set_owner(txn, number + 1);
        LockTag tag = {.kind = LOCK_RELATION, .database = 1, .key1 = 1};
        bool ok = !ends(lock_acquire(txn, &tag,
                                     reader                  ? LOCK_ACCESS_SHARE
                                     : rng_one_in(&rng, 500) ? LOCK_SHARE_ROW_EXCLUSIVE
                                                             : LOCK_ROW_EXCLUSIVE,
                                     LOCK_WAIT, NULL));
        if (ok && reader)
            audit(txn, &arena);
        else if (ok)
            ok = work(txn, &rng, &arena);
        if (ok) {
            must(txn_commit(txn, rng_one_in(&rng, 4) ? SYNC_OFF : SYNC_ON));
            atomic_fetch_add(&stress.committed, 1);
        } else {
            must(txn_rollback(txn));
            atomic_fetch_add(&stress.rolled_back, 1);
        }
        arena_reset(&arena);
    }
    arena_destroy(&arena);
    fiber_group_done(&stress.group);
}

static void open_accounts(void) {
    Txn *txn;
    must(txn_begin(stress.world.mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    for (int64_t id = 1; id <= ACCOUNTS; id++) {
        WorldWrite outcome;
        must(world_insert(&stress.world, txn, id, OPENING, str_from_cstr("x"), &outcome));
    }
    must(txn_commit(txn, SYNC_ON));
}

static void finish(void) {
    char problem[200];
    uint32_t rows, entries, done = 1;
    Txn *txn;
    const Snapshot *snapshot;
    for (int i = 0; i < 100 && (done > 0 || stress.world.mvcc->purge.count > 0); i++) {
        fiber_sleep(50000);
        done = 0;
    }
    must(txn_begin(stress.world.mvcc, ISOLATION_READ_COMMITTED, true, false, &txn));
    must(txn_snapshot(txn, &snapshot));
    must(world_agree(&stress.world, snapshot, problem, sizeof(problem), &rows));
    must(txn_commit(txn, SYNC_ON));
    StoreId stores[] = {stress.world.table_store, stress.world.id_store, stress.world.n_store};
    for (int i = 0; i < 3 && problem[0] == '\0'; i++) {
        must(world_physical(&stress.world, stores[i], &entries));
        if (entries != rows)
            snprintf(problem, sizeof(problem), "%u rows, %u entries in store %u", rows, entries,
                     stores[i]);
    }
    if (problem[0] != '\0') {
        fprintf(stderr, "%s\n", problem);
        atomic_store(&stress.failed, true);
    }
}

static void run(void *arg) {
    must(world_open_system(&stress.world));
    must(world_create(&stress.world));
    open_accounts();
    fiber_group_init(&stress.group, ACTORS);
    for (int i = 0; i < ACTORS; i++)
        fiber_spawn_on(i % stress.workers, SCHED_OLTP, actor, (void *)(intptr_t)i);
    fiber_group_wait(&stress.group);
    finish();
    must(world_close(&stress.world));
    runtime_stop(runtime_self());
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: stress_mvcc DIRECTORY [SECONDS] [WORKERS]\n");
        return 2;
    }
    uint64_t seconds = argc > 2 ? strtoull(argv[2], NULL, 10) : 2;
    stress.workers = argc > 3 ? atoi(argv[3]) : 2;
    stress.world.background = true;
    stress.world.directory = argv[1];
    stress.until_us = clock_mono_us() + seconds * 1000000;
    Runtime *runtime;
    must(runtime_create(&(RuntimeOptions){.worker_count = stress.workers, .stall_us = UINT32_MAX},
                        &runtime));
    must(runtime_run(runtime, run, NULL));
    runtime_destroy(runtime);
    printf("%llu committed, %llu rolled back (%llu conflicts), %llu audits: %s\n",
           (unsigned long long)stress.committed, (unsigned long long)stress.rolled_back,
           (unsigned long long)stress.conflicts, (unsigned long long)stress.audits,
           stress.failed ? "FAILED" : "sound");
    return stress.failed ? 1 : 0;
}
