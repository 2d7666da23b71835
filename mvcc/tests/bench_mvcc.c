/*
 * bench_mvcc.c: what transactions cost on one worker, nobody waiting for the disk.
 *
 *     bench_mvcc DIRECTORY [ROWS]       DIRECTORY must not exist
 */
#include "mvcc/tests/world.h"

#include <stdlib.h>
#include <time.h>

typedef struct Bench {
    World world;
    int64_t rows;
    Rng rng;
    Arena arena;
} Bench;

static void must(Status status) {
    if (status_ok(status))
        return;
    fprintf(stderr, "%s (%s)\n", status.error->message,
            status.error->detail ? status.error->detail : "");
    exit(1);
}

/* The thread's own time: other processes on the machine do not count. */
static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void report(const char *what, uint64_t count, uint64_t start_ns) {
    uint64_t ns = cpu_ns() - start_ns;
    printf("%-34s %9.1f ns each, %.2f M/s\n", what, (double)ns / (double)count,
           (double)count * 1e3 / (double)ns);
}

static Txn *begin(Bench *bench) {
    Txn *txn;
    must(txn_begin(bench->world.mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    return txn;
}

static void load(Bench *bench) {
    uint64_t start = cpu_ns();
    Txn *txn = begin(bench);
    for (int64_t id = 1; id <= bench->rows; id++) {
        WorldWrite outcome;
        must(world_insert(&bench->world, txn, id, id,
                          str_from_cstr("a note of some thirty bytes...."), &outcome));
    }
    must(txn_commit(txn, SYNC_OFF));
    report("insert, two indexes", (uint64_t)bench->rows, start);
}

static void load_many(Bench *bench) {
    enum { BATCH = 1000 };
    static Datum values[BATCH * 3];
    for (int i = 0; i < BATCH; i++) {
        values[3 * i] = datum_i64(i);
        values[3 * i + 1] = datum_i64(i);
        values[3 * i + 2] = datum_cstr("a note of some thirty bytes....");
    }
    StoreId store;
    Table *table;
    Txn *txn = begin(bench);
    must(txn_store_create(txn, STORE_TABLE, &store));
    must(table_open(bench->world.mvcc, store, &table));
    uint64_t start = cpu_ns();
    for (int64_t i = 0; i < bench->rows; i += BATCH) {
        RowId first;
        must(table_insert_many(txn, table, &bench->world.shape, values, NULL, BATCH, &first));
    }
    report("insert many, no index", (uint64_t)bench->rows, start);
    must(txn_rollback(txn));
}

static void empty_transactions(Bench *bench) {
    uint64_t n = 5000000, start = cpu_ns();
    for (uint64_t i = 0; i < n; i++) {
        const Snapshot *snapshot;
        Txn *txn = begin(bench);
        LockTag tag = {.kind = LOCK_RELATION, .database = 1, .key1 = 16384};
        must(lock_acquire(txn, &tag, LOCK_ACCESS_SHARE, LOCK_WAIT, NULL));
        must(txn_snapshot(txn, &snapshot));
        txn_snapshot_release(txn, snapshot);
        must(txn_commit(txn, SYNC_ON));
    }
    report("begin, lock, snapshot, commit", n, start);
}

static void point_selects(Bench *bench) {
    uint64_t n = 1000000, start = cpu_ns();
    for (uint64_t i = 0; i < n; i++) {
        const Snapshot *snapshot;
        Row row;
        bool found;
        Txn *txn = begin(bench);
        must(txn_snapshot(txn, &snapshot));
        must(world_get(&bench->world, snapshot, 1 + (int64_t)rng_below(&bench->rng, bench->rows),
                       &bench->arena, &row, &found));
        check(found);
        txn_snapshot_release(txn, snapshot);
        must(txn_commit(txn, SYNC_ON));
        arena_reset(&bench->arena);
    }
    report("point select through an index", n, start);
}

static bool add_one(void *arg, const uint8_t *body, uint32_t len, uint8_t *body_out,
                    uint32_t *len_out) {
    Bench *bench = arg;
    memcpy(body_out, body, len);
    uint32_t at = bench->world.shape.offsets[1];
    store_le64(body_out + at, load_le64(body + at) + 1);
    *len_out = len;
    return true;
}

static void updates(Bench *bench, bool in_place) {
    uint64_t n = 300000, start = cpu_ns();
    Lsn session = 0;
    for (uint64_t i = 0; i < n; i++) {
        const Snapshot *snapshot;
        Txn *txn = begin(bench);
        RowId rowid = 1 + rng_below(&bench->rng, (uint64_t)bench->rows);
        txn_set_session_lsn(txn, &session);
        must(txn_snapshot(txn, &snapshot));
        if (in_place) {
            bool applied;
            must(table_update_in_place(txn, snapshot, bench->world.table, rowid, add_one, bench,
                                       &bench->arena, &applied));
            check(applied);
        } else {
            RowView view, latest;
            bool found;
            RowWrite outcome;
            must(table_fetch(snapshot, bench->world.table, rowid, &bench->arena, &view, &found));
            Row row = world_row(&bench->world, &view, &bench->arena);
            Datum values[3] = {datum_i64(row.id), datum_i64(row.n + 1), {.str = row.note}};
            must(table_update(txn, snapshot, bench->world.table, rowid, view.version,
                              &bench->world.shape, values, NULL, false, &bench->arena, &latest,
                              &outcome));
            check(outcome == ROW_WRITTEN);
        }
        must(txn_commit(txn, SYNC_OFF));
        arena_reset(&bench->arena);
    }
    report(in_place ? "update in place, commit" : "fetch, update, commit", n, start);
}

static void scans(Bench *bench) {
    Txn *txn = begin(bench);
    const Snapshot *snapshot;
    TableScan *scan;
    static RowView views[BATCH_ROWS];
    static const uint8_t *bodies[BATCH_ROWS];
    static uint32_t lens[BATCH_ROWS];
    static uint8_t nulls[BATCH_ROWS], codes[BATCH_ROWS];
    static _Alignas(64) int64_t numbers[BATCH_ROWS];
    uint32_t count = 1;
    int64_t sum = 0, seen = 0;
    bool damaged = false;
    Vector out = {.phys = PHYS_I64, .form = VEC_FLAT, .values = numbers, .nulls = nulls};
    must(txn_snapshot(txn, &snapshot));
    uint64_t start = cpu_ns();
    must(table_scan_open(bench->world.table, snapshot, 1, UINT64_MAX, false, &bench->arena, &scan));
    while (count > 0) {
        must(table_scan_next(scan, views, BATCH_ROWS, &count));
        seen += count;
    }
    report("scan", (uint64_t)seen, start);
    start = cpu_ns();
    must(table_scan_open(bench->world.table, snapshot, 1, UINT64_MAX, false, &bench->arena, &scan));
    for (count = 1; count > 0;) {
        must(table_scan_next(scan, views, BATCH_ROWS, &count));
        for (uint32_t i = 0; i < count; i++) {
            bodies[i] = views[i].body;
            lens[i] = views[i].len;
        }
        tuple_get_column(&bench->world.shape, bodies, lens, count, 1, &out, codes, &damaged);
        for (uint32_t i = 0; i < count; i++)
            sum += numbers[i];
    }
    report("scan and add a column up", (uint64_t)seen, start);
    start = cpu_ns();
    must(table_scan_open(bench->world.table, snapshot, 1, 1000, false, &bench->arena, &scan));
    must(table_scan_next(scan, views, BATCH_ROWS, &count));
    for (uint32_t i = 0; i < count; i++) {
        bodies[i] = views[i].body;
        lens[i] = views[i].len;
    }
    for (int i = 0; i < 10000; i++)
        tuple_get_column(&bench->world.shape, bodies, lens, count, 1, &out, codes, &damaged);
    report("one column of a row, cached", (uint64_t)count * 10000, start);
    check(sum != 0);
    must(txn_commit(txn, SYNC_ON));
}

static void run(void *arg) {
    Bench *bench = arg;
    must(world_open_system(&bench->world));
    must(world_create(&bench->world));
    rng_seed(&bench->rng, 5);
    arena_init(&bench->arena, mem_root());
    load(bench);
    load_many(bench);
    empty_transactions(bench);
    point_selects(bench);
    updates(bench, false);
    updates(bench, true);
    scans(bench);
    must(world_close(&bench->world));
    must(dir_remove_tree(bench->world.directory));
    arena_destroy(&bench->arena);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_mvcc DIRECTORY [ROWS]\n");
        return 2;
    }
    Bench bench = {
        .world = {.directory = argv[1], .pool_bytes = (size_t)512 << 20, .background = true},
        .rows = argc > 2 ? atoll(argv[2]) : 500000};
    must(runtime_run_sync(run, &bench));
    return 0;
}
