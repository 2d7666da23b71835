/*
 * bench_engine.c: how long a point get, an insert, an update and a scan take on one worker, with the
 * log written in the background and nobody waiting for it.
 *
 *     bench_engine DIRECTORY [ROWS]       DIRECTORY must not exist
 */
#include "base/bits.h"
#include "engine/btree.h"
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/random.h"
#include "runtime/worker.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Bench {
    const char *directory;
    uint64_t rows;
    Engine *engine;
    Btree *table, *index;
    Rng rng;
} Bench;

static void must(Status status) {
    if (status_ok(status))
        return;
    fprintf(stderr, "%s (%s)\n", status.error->message,
            status.error->detail ? status.error->detail : "");
    exit(1);
}

static void report(const char *what, uint64_t count, uint64_t start_ns) {
    uint64_t ns = clock_mono_ns() - start_ns;
    printf("%-28s %8.1f ns each, %.2f M/s\n", what, (double)ns / (double)count,
           (double)count * 1e3 / (double)ns);
}

static void put(Btree *tree, Str key, Str value, const WriteContext *context) {
    for (;;) {
        BtreeLeaf leaf;
        must(btree_write_begin(tree, key, &leaf));
        if (btree_leaf_fits(&leaf, key.len, value.len)) {
            if (leaf.found)
                btree_leaf_update(&leaf, value, context);
            else
                btree_leaf_insert(&leaf, key, value, context);
            btree_write_end(&leaf);
            return;
        }
        btree_write_end(&leaf);
        must(btree_make_room(tree, key, key.len + value.len));
    }
}

static void inserts(Bench *bench) {
    char key[8], value[100] = {0};
    WriteContext context = {.xid = 7, .stamp_lsn = true};
    uint64_t start = clock_mono_ns();
    for (uint64_t i = 1; i <= bench->rows; i++) {
        store_be64(key, i);
        store_le64(value + 20, i);
        put(bench->table, str_make(key, 8), str_make(value, sizeof(value)), &context);
    }
    report("ascending insert, 100 B", bench->rows, start);
    start = clock_mono_ns();
    for (uint64_t i = 0; i < bench->rows; i++) {
        store_be64(key, rng_next(&bench->rng));
        put(bench->index, str_make(key, 8), str_make(value, 8), &(WriteContext){.xid = 7});
    }
    report("random index insert", bench->rows, start);
    start = clock_mono_ns();
    for (uint64_t i = 0; i < bench->rows; i++) {
        store_be64(key, 1 + rng_below(&bench->rng, bench->rows));
        store_le64(value + 20, i);
        put(bench->table, str_make(key, 8), str_make(value, sizeof(value)), &context);
    }
    report("random update, 100 B", bench->rows, start);
    start = clock_mono_ns();
    for (uint64_t i = bench->rows + 1; i <= 2 * bench->rows; i++) {
        store_be64(key, i);
        put(bench->table, str_make(key, 8), str_make(value, sizeof(value)), &context);
    }
    report("ascending insert again", bench->rows, start);
}

/* The same as a pipeline does it: groups of keys, announced. */
static void reads_ahead(Bench *bench, Arena *arena, uint64_t n) {
    uint64_t start = clock_mono_ns();
    for (uint64_t i = 0; i < n; i += BTREE_AHEAD_MAX) {
        uint64_t rowids[BTREE_AHEAD_MAX];
        char bytes[BTREE_AHEAD_MAX][8];
        Str keys[BTREE_AHEAD_MAX];
        for (uint32_t k = 0; k < BTREE_AHEAD_MAX; k++) {
            rowids[k] = 1 + rng_below(&bench->rng, bench->rows);
            store_be64(bytes[k], rowids[k]);
            keys[k] = str_make(bytes[k], 8);
        }
        btree_ahead(bench->table, keys, BTREE_AHEAD_MAX, NULL, 0, NULL);
        for (uint32_t k = 0; k < BTREE_AHEAD_MAX; k++) {
            Str value;
            bool found;
            must(btree_get_row(bench->table, rowids[k], arena, &value, &found));
            if (!found)
                abort();
        }
        arena_reset(arena);
    }
    report("get by rowid, all rows, announced", n, start);
}

static void reads(Bench *bench) {
    Arena arena;
    arena_init(&arena, mem_root());
    uint64_t n = 2000000;
    for (int pass = 0; pass < 2; pass++) {
        uint64_t range = pass == 0 ? bench->rows : MIN(bench->rows, (uint64_t)10000);
        uint64_t start = clock_mono_ns();
        for (uint64_t i = 0; i < n; i++) {
            Str value;
            bool found;
            must(btree_get_row(bench->table, 1 + rng_below(&bench->rng, range), &arena, &value,
                               &found));
            if (!found)
                abort();
            arena_reset(&arena);
        }
        report(pass == 0 ? "get by rowid, all rows" : "get by rowid, 10,000 rows", n, start);
    }
    reads_ahead(bench, &arena, n);
    uint64_t start = clock_mono_ns(), seen = 0;
    BtreeScan *scan;
    const BtreeEntry *entries;
    uint32_t count = 1;
    must(btree_scan_open(bench->table, NULL, false, NULL, false, false, &arena, &scan));
    while (count > 0) {
        must(btree_scan_next(scan, &entries, &count));
        seen += count;
    }
    report("scan", seen, start);
    arena_destroy(&arena);
}

static void run(void *arg) {
    Bench *bench = arg;
    EngineConfig config = {.directory = bench->directory,
                           .pool_bytes = (size_t)1 << 30,
                           .wal_ring_bytes = (size_t)64 << 20,
                           .wal_depth_max = 2,
                           .tuning.max_wal_bytes = (uint64_t)1 << 30,
                           .background = true,
                           .account = mem_root()};
    must(dir_create(bench->directory));
    must(engine_open(&config, &bench->engine));
    must(engine_recovery_done(bench->engine));
    StoreId store;
    Lsn lsn;
    must(engine_store_create(bench->engine, STORE_TABLE, 0, 0, &store, &lsn));
    must(engine_store_open(bench->engine, store, &bench->table));
    must(engine_store_create(bench->engine, STORE_INDEX, 0, 0, &store, &lsn));
    must(engine_store_open(bench->engine, store, &bench->index));
    rng_seed(&bench->rng, 1);
    inserts(bench);
    reads(bench);
    EngineStats stats;
    engine_stats(bench->engine, &stats);
    printf("pages of the table %llu (%.1f rows each), index %llu (%.1f); splits %llu\n",
           (unsigned long long)btree_page_count(bench->table),
           (double)bench->rows / (double)btree_page_count(bench->table),
           (unsigned long long)btree_page_count(bench->index),
           (double)bench->rows / (double)btree_page_count(bench->index),
           (unsigned long long)stats.splits);
    must(engine_close(bench->engine));
    must(dir_remove_tree(bench->directory));
}

int main(int argc, char **argv) {
    Bench bench = {.directory = argc > 1 ? argv[1] : "bench_engine.data",
                   .rows = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000};
    must(runtime_run_sync(run, &bench));
    return 0;
}
