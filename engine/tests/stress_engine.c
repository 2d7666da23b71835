/*
 * stress_engine.c: two workers, several fibres each, on the same trees, with a pool much smaller than
 * the data, the cleaner and checkpoints beside them. Each fibre owns the keys of its residue class and
 * knows what they must hold; scans must see each of them exactly once. At the end the checker runs, and
 * again after a restart. Meant for ThreadSanitizer, too.
 *
 *     stress_engine [DIRECTORY [OPERATIONS]]
 */
#include "base/bits.h"
#include "engine/blob.h"
#include "engine/tests/model.h"
#include "runtime/file.h"
#include "runtime/latch.h"
#include "runtime/random.h"
#include "runtime/worker.h"

#include <stdio.h>

#define WORKERS 2
#define FIBERS 6
#define KEYS 400u

typedef struct Stress Stress;

typedef struct Actor {
    Stress *stress;
    uint32_t id;
    Rng rng;
    Model models[2];
} Actor;

struct Stress {
    const char *directory;
    uint64_t operations;
    Engine *engine;
    Btree *trees[2]; /* a table, an index */
    StoreId stores[2];
    Actor actors[FIBERS];
    FiberGroup group;
};

static void die(const char *what) {
    fprintf(stderr, "stress: %s\n", what);
    abort();
}
static void must(Status status) {
    if (!status_ok(status)) {
        fprintf(stderr, "stress: %s (%s) %s\n", status.error->message,
                status.error->detail ? status.error->detail : "",
                status.error->context ? status.error->context : "");
        abort();
    }
}

/* Keys of different owners lie next to each other. */
static Str draw_key(Actor *actor, unsigned which, char *buf) {
    uint64_t n = rng_below(&actor->rng, KEYS) * FIBERS + actor->id;
    if (which == 0) {
        store_be64(buf, n + 1);
        return str_make(buf, 8);
    }
    return str_make(buf, (size_t)sprintf(buf, "key/%06llu/%s", (unsigned long long)n,
                                         n % 50 == 0 ? "and a rather long tail of it" : ""));
}

static uint32_t owner_of(unsigned which, Str key) {
    if (which == 0)
        return (uint32_t)((load_be64(key.data) - 1) % FIBERS);
    return (uint32_t)(strtoull(key.data + 4, NULL, 10) % FIBERS);
}

/* Times of growing and of shrinking take turns. */
static void change(Actor *actor, unsigned which, bool shrinking) {
    char key_buf[64], value_buf[1200];
    Btree *tree = actor->stress->trees[which];
    Model *model = &actor->models[which];
    Str key = draw_key(actor, which, key_buf);
    uint32_t len = ROW_HEADER_BYTES + (uint32_t)rng_below(&actor->rng, 200);
    if (rng_one_in(&actor->rng, 50))
        len = 1200;
    memset(value_buf, (int)rng_below(&actor->rng, 256), len);
    Str value = str_make(value_buf, len);
    bool remove = rng_below(&actor->rng, 10) < (shrinking ? 9 : 1);
    WriteContext context = {.xid = actor->id + 1};
    for (;;) {
        BtreeLeaf leaf;
        must(btree_write_begin(tree, key, &leaf));
        const ModelEntry *entry = model_get(model, key);
        if (leaf.found != (entry != NULL) ||
            (leaf.found && !str_equal(btree_leaf_value(&leaf), model_value(entry))))
            die("a writer finds something else than it left");
        if (leaf.found && remove) {
            btree_leaf_remove(&leaf, &context);
            model_set(model, key, NULL);
        } else if (!btree_leaf_fits(&leaf, key.len, len)) {
            btree_write_end(&leaf);
            must(btree_make_room(tree, key, key.len + len));
            continue;
        } else {
            if (leaf.found)
                btree_leaf_update(&leaf, value, &context);
            else
                btree_leaf_insert(&leaf, key, value, &context);
            model_set(model, key, &value);
        }
        btree_write_end(&leaf);
        return;
    }
}

static void get_key(Actor *actor, unsigned which, Str key, Arena *arena) {
    Str value;
    bool found;
    if (which == 0)
        must(btree_get_row(actor->stress->trees[0], load_be64(key.data), arena, &value, &found));
    else
        must(btree_get(actor->stress->trees[1], key, arena, &value, &found));
    const ModelEntry *entry = model_get(&actor->models[which], key);
    if (found != (entry != NULL) || (found && !str_equal(value, model_value(entry))))
        die("a get differs");
}

static void get(Actor *actor, unsigned which, Arena *arena) {
    char key_buf[64];
    get_key(actor, which, draw_key(actor, which, key_buf), arena);
}

/* Keys announced, then read: the leaves may have changed meanwhile, by this actor or by others. */
static void get_announced(Actor *actor, unsigned which, Arena *arena) {
    char key_bufs[BTREE_AHEAD_MAX][64];
    Str keys[BTREE_AHEAD_MAX];
    for (uint32_t i = 0; i < BTREE_AHEAD_MAX; i++)
        keys[i] = draw_key(actor, which, key_bufs[i]);
    btree_ahead(actor->stress->trees[which], keys, BTREE_AHEAD_MAX, NULL, 0, NULL);
    if (rng_one_in(&actor->rng, 2))
        fiber_yield();
    for (uint32_t i = 0; i < BTREE_AHEAD_MAX; i++) {
        if (rng_one_in(&actor->rng, 4))
            change(actor, which, rng_one_in(&actor->rng, 2));
        get_key(actor, which, keys[i], arena);
    }
}

/* A range in which the own keys do not change meanwhile; the others' do. */
static void scan(Actor *actor, unsigned which, Arena *arena) {
    char low_buf[64], high_buf[64];
    Str low = draw_key(actor, which, low_buf), high = draw_key(actor, which, high_buf);
    if (str_compare(low, high) > 0) {
        Str other = low;
        low = high;
        high = other;
    }
    bool backward = rng_one_in(&actor->rng, 2);
    const Model *model = &actor->models[which];
    bool found;
    size_t from = model_search(model, low, &found), to = model_search(model, high, &found),
           seen = 0;
    BtreeScan *s;
    uint32_t count = 1;
    must(btree_scan_open(actor->stress->trees[which], &low, true, &high, false, backward, arena,
                         &s));
    while (count > 0) {
        const BtreeEntry *entries;
        must(btree_scan_next(s, &entries, &count));
        for (uint32_t i = 0; i < count; i++) {
            if (owner_of(which, entries[i].key) != actor->id)
                continue;
            if (seen >= to - from)
                die("a scan sees too much");
            const ModelEntry *entry = &model->entries[backward ? to - 1 - seen : from + seen];
            if (!str_equal(entries[i].key, model_key(entry)) ||
                !str_equal(entries[i].value, model_value(entry)))
                die("a scan differs");
            seen++;
        }
        if (seen > 300)
            return;
    }
    if (seen != to - from)
        die("a scan misses something");
}

/* The checker beside writers: what they leave for a moment must not look like a flaw. */
static void verify(Actor *actor, unsigned which, Arena *arena) {
    BtreeVerify *verify;
    BtreeFlaw flaw;
    btree_verify_open(actor->stress->trees[which], arena, &verify);
    for (bool more = true; more;) {
        must(btree_verify_next(verify, &flaw, &more));
        if (flaw.what != NULL)
            die(flaw.what);
        if (rng_one_in(&actor->rng, 20))
            fiber_yield();
    }
}

static void stores(Actor *actor) {
    Engine *engine = actor->stress->engine;
    StoreId store;
    Lsn lsn, last = 0;
    BlobRef ref;
    char data[30000], got[30000];
    must(engine_store_create(engine, STORE_INDEX, 0, 0, &store, &lsn));
    memset(data, (int)store, sizeof(data));
    must(blob_write(engine, store, data, sizeof(data), 0, &last, &ref));
    must(blob_read(engine, &ref, 0, sizeof(got), got));
    if (memcmp(data, got, sizeof(got)) != 0)
        die("a blob differs");
    must(engine_store_drop(engine, store));
}

static void act(void *arg) {
    Actor *actor = arg;
    Arena arena;
    arena_init(&arena, mem_root());
    for (uint64_t i = 0; i < actor->stress->operations; i++) {
        unsigned which = (unsigned)rng_below(&actor->rng, 2);
        uint64_t what = rng_below(&actor->rng, 1000);
        if (what < 500)
            change(actor, which, i / 5000 % 2 == 1);
        else if (what < 940)
            get(actor, which, &arena);
        else if (what < 980)
            get_announced(actor, which, &arena);
        else if (what < 995)
            scan(actor, which, &arena);
        else if (what < 998)
            stores(actor);
        else if (what == 998 && rng_one_in(&actor->rng, 40))
            verify(actor, which, &arena);
        else if (what == 999 && rng_one_in(&actor->rng, 10))
            must(engine_checkpoint(actor->stress->engine));
        arena_reset(&arena);
        if (i % 64 == 0)
            fiber_yield();
    }
    arena_destroy(&arena);
    fiber_group_done(&actor->stress->group);
}

static void report(void *arg, const char *text) { die(text); }

static void open_engine(Stress *stress) {
    EngineConfig config = {.directory = stress->directory,
                           .pool_bytes = (size_t)40 * PAGE_BYTES,
                           .wal_ring_bytes = (size_t)32 << 20,
                           .wal_depth_max = 2,
                           .tuning.max_wal_bytes = (uint64_t)16 << 20,
                           .background = true,
                           .account = mem_root()};
    must(engine_open(&config, &stress->engine));
    must(engine_recovery_done(stress->engine));
}

static void check_all(Stress *stress) {
    uint64_t problems;
    must(engine_check(stress->engine, report, NULL, &problems));
    for (unsigned which = 0; which < 2; which++) {
        must(engine_store_open(stress->engine, stress->stores[which], &stress->trees[which]));
        Arena arena;
        arena_init(&arena, mem_root());
        for (uint32_t i = 0; i < FIBERS; i++)
            for (uint32_t k = 0; k < 20; k++)
                scan(&stress->actors[i], which, &arena);
        arena_destroy(&arena);
    }
}

static void run(void *arg) {
    Stress *stress = arg;
    if (dir_exists(stress->directory))
        must(dir_remove_tree(stress->directory));
    must(dir_create(stress->directory));
    open_engine(stress);
    for (unsigned which = 0; which < 2; which++) {
        Lsn lsn;
        must(engine_store_create(stress->engine, which == 0 ? STORE_TABLE : STORE_INDEX, 0, 0,
                                 &stress->stores[which], &lsn));
        must(engine_store_open(stress->engine, stress->stores[which], &stress->trees[which]));
    }
    fiber_group_init(&stress->group, FIBERS);
    for (uint32_t i = 0; i < FIBERS; i++) {
        stress->actors[i] = (Actor){.stress = stress, .id = i};
        rng_seed(&stress->actors[i].rng, i + 1);
        fiber_spawn_on((int)(i % WORKERS), SCHED_OLTP, act, &stress->actors[i]);
    }
    fiber_group_wait(&stress->group);
    EngineStats stats;
    engine_stats(stress->engine, &stats);
    must(engine_close(stress->engine));
    open_engine(stress);
    check_all(stress);
    must(engine_close(stress->engine));
    must(dir_remove_tree(stress->directory));
    printf("%llu operations, %llu splits, %llu merges, %llu evictions, %llu reads, %llu writes, "
           "%llu checkpoints\n",
           (unsigned long long)stress->operations * FIBERS, (unsigned long long)stats.splits,
           (unsigned long long)stats.merges, (unsigned long long)stats.evictions,
           (unsigned long long)stats.page_reads, (unsigned long long)stats.page_writes,
           (unsigned long long)stats.checkpoints);
    runtime_stop(runtime_self());
}

int main(int argc, char **argv) {
    static Stress stress;
    stress.directory = argc > 1 ? argv[1] : "stress_engine.data";
    stress.operations = argc > 2 ? strtoull(argv[2], NULL, 10) : 15000;
    RuntimeOptions options = {.worker_count = WORKERS, .stall_us = UINT32_MAX};
    Runtime *runtime;
    must(runtime_create(&options, &runtime));
    must(runtime_run(runtime, run, &stress));
    runtime_destroy(runtime);
    for (uint32_t i = 0; i < FIBERS; i++)
        for (unsigned which = 0; which < 2; which++)
            model_free(&stress.actors[i].models[which]);
    return 0;
}
