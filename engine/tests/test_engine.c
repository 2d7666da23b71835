/* test_engine.c: trees, space, blobs, damage and full disks, each on a simulated machine. */
#include "engine/blob.h"
#include "engine/engine_int.h"
#include "engine/tests/model.h"
#include "runtime/log.h"
#include "runtime/sim.h"

#include <check.h>
#include <stdio.h>

#define WAL_SEGMENT ((uint64_t)1 << 20)

#define must(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond))                                                                               \
            ck_abort_msg("%s", #cond);                                                             \
    } while (0)
static void must_ok(Status status) {
    if (!status_ok(status))
        ck_abort_msg("%s (%s)", status.error->message,
                     status.error->detail ? status.error->detail : "");
}

typedef struct World {
    Sim *sim;
    Engine *engine;
    Btree *table, *index;
    size_t pool_bytes;
    bool reopen;
} World;

static void open_engine(World *world) {
    EngineConfig config = {.directory = "data",
                           .pool_bytes = world->pool_bytes ? world->pool_bytes : POOL_BYTES_MIN,
                           .wal_ring_bytes = 4 * WAL_SEGMENT,
                           .wal_segment_bytes = WAL_SEGMENT,
                           .wal_depth_max = 2,
                           .tuning.max_wal_bytes = 8 << 20,
                           .extent_pages = 64,
                           .account = mem_root()};
    if (!dir_exists("data"))
        must_ok(dir_create("data"));
    must_ok(dir_sync("."));
    must_ok(engine_open(&config, &world->engine));
    must_ok(engine_recovery_done(world->engine));
}

static void report(void *arg, const char *text) { ck_abort_msg("checker: %s", text); }

static void close_engine(World *world) {
    uint64_t problems;
    must_ok(engine_check(world->engine, report, NULL, &problems));
    must(problems == 0);
    must_ok(engine_close(world->engine));
}

static Btree *make_store(World *world, StoreKind kind) {
    StoreId store;
    Lsn lsn;
    Btree *tree;
    must_ok(engine_store_create(world->engine, kind, 0, 0, &store, &lsn));
    must_ok(engine_store_open(world->engine, store, &tree));
    return tree;
}

static Status try_put(Btree *tree, Str key, Str value) {
    for (;;) {
        BtreeLeaf leaf;
        TRY(btree_write_begin(tree, key, &leaf));
        if (btree_leaf_fits(&leaf, key.len, value.len)) {
            if (leaf.found)
                btree_leaf_update(&leaf, value, &(WriteContext){0});
            else
                btree_leaf_insert(&leaf, key, value, &(WriteContext){0});
            btree_write_end(&leaf);
            return STATUS_OK;
        }
        btree_write_end(&leaf);
        TRY(btree_make_room(tree, key, key.len + value.len));
    }
}

static void put(Btree *tree, Str key, Str value) { must_ok(try_put(tree, key, value)); }

static void put_row(Btree *tree, uint64_t rowid, uint32_t len) {
    char key[8], value[4900];
    store_be64(key, rowid);
    memset(value, (int)rowid, len);
    put(tree, str_make(key, 8), str_make(value, len));
}

static void remove_key(Btree *tree, Str key) {
    BtreeLeaf leaf;
    must_ok(btree_write_begin(tree, key, &leaf));
    must(leaf.found);
    btree_leaf_remove(&leaf, &(WriteContext){0});
    btree_write_end(&leaf);
}

static uint64_t count_entries(Btree *tree, const Str *low, const Str *high, bool backward) {
    Arena arena;
    BtreeScan *scan;
    uint64_t total = 0;
    uint32_t count = 1;
    arena_init(&arena, mem_root());
    must_ok(btree_scan_open(tree, low, true, high, false, backward, &arena, &scan));
    while (count > 0) {
        const BtreeEntry *entries;
        must_ok(btree_scan_next(scan, &entries, &count));
        total += count;
    }
    arena_destroy(&arena);
    return total;
}

static void run_world(World *world, FiberFn fn) {
    world->sim = sim_create(7);
    must(sim_run(world->sim, fn, world) == SIM_DONE);
    sim_destroy(world->sim);
}

/* ---- trees ---- */

static void ascending_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_TABLE);
    uint64_t rows = 20000, bytes = rows * (8 + 10 + 100);
    for (uint64_t i = 1; i <= rows; i++)
        put_row(tree, i, 100);
    double fill = (double)bytes / ((double)btree_page_count(tree) * PAGE_BYTES);
    if (fill < 0.9)
        ck_abort_msg("ascending inserts fill pages by %.2f", fill);
    must(btree_entry_count(tree) == rows);
    must(count_entries(tree, NULL, NULL, false) == rows);
    must(count_entries(tree, NULL, NULL, true) == rows);
    Arena arena;
    arena_init(&arena, mem_root());
    Str *keys;
    uint32_t parts;
    must_ok(btree_partition(tree, 4, &arena, &keys, &parts));
    must(parts == 4);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < parts; i++) {
        uint64_t n = count_entries(tree, i == 0 ? NULL : &keys[i - 1],
                                   i == parts - 1 ? NULL : &keys[i], i % 2);
        must(n > rows / 8);
        sum += n;
    }
    must(sum == rows);
    arena_destroy(&arena);
    close_engine(world);
    open_engine(world);
    must_ok(engine_store_open(world->engine, STORE_ID_FIRST, &tree));
    uint64_t estimate = btree_entry_count(tree);
    must(estimate > rows / 2 && estimate < rows * 2);
    close_engine(world);
}
START_TEST(test_ascending) { run_world(&(World){0}, ascending_main); }
END_TEST

static void shrink_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_TABLE);
    EngineStats before, after;
    engine_stats(world->engine, &before);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint64_t i = 1; i <= 5000; i++)
            put_row(tree, round == 1 ? 5001 - i : i, 150);
        for (uint64_t i = 1; i <= 5000; i++) {
            char key[8];
            store_be64(key, round == 0 ? i : round == 1 ? 5001 - i : 1 + i * 2711 % 5000);
            if (round == 2 && i == 5000)
                break; /* 5000 and 2711 have no common divisor: all but one are gone */
            remove_key(tree, str_make(key, 8));
        }
        if (round < 2)
            must(count_entries(tree, NULL, NULL, false) == 0);
    }
    must(btree_page_count(tree) <= 3);
    engine_stats(world->engine, &after);
    must(after.merges > 50);
    must(before.free_pages + (after.file_pages - before.file_pages) - after.free_pages <= 3);
    close_engine(world);
}
START_TEST(test_shrink) { run_world(&(World){0}, shrink_main); }
END_TEST

static void long_keys_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_INDEX);
    static char key[BTREE_KEY_MAX], value[BTREE_ENTRY_MAX];
    Rng *rng = sim_rng(world->sim);
    Model model = {0};
    memset(value, 'v', sizeof(value));
    for (uint32_t i = 0; i < 1500; i++) {
        uint32_t len =
            rng_one_in(rng, 3) ? BTREE_KEY_MAX : 1 + (uint32_t)rng_below(rng, BTREE_KEY_MAX);
        memset(key, 'a' + (int)rng_below(rng, 3), len);
        for (uint32_t k = 0; k < 3; k++)
            key[rng_below(rng, len)] = (char)('a' + rng_below(rng, 26));
        Str key_str = str_make(key, len);
        Str value_str =
            str_make(value, rng_one_in(rng, 2) ? BTREE_ENTRY_MAX - len : rng_below(rng, 40));
        put(tree, key_str, value_str);
        model_set(&model, key_str, &value_str);
        if (rng_one_in(rng, 3)) {
            const ModelEntry *entry = &model.entries[rng_below(rng, model.count)];
            memcpy(key, entry->key, entry->key_len);
            Str gone = str_make(key, entry->key_len);
            remove_key(tree, gone);
            model_set(&model, gone, NULL);
        }
    }
    must(count_entries(tree, NULL, NULL, false) == model.count);
    must(count_entries(tree, NULL, NULL, true) == model.count);
    /* bounds longer than any key */
    static char longer[BTREE_KEY_MAX + 10];
    for (uint32_t i = 0; i < model.count; i += 7) {
        memcpy(longer, model.entries[i].key, model.entries[i].key_len);
        memset(longer + model.entries[i].key_len, 'x', sizeof(longer) - model.entries[i].key_len);
        Str bound = str_make(longer, sizeof(longer));
        bool found;
        size_t at = model_search(&model, bound, &found);
        must(count_entries(tree, NULL, &bound, false) == at);
        must(count_entries(tree, &bound, NULL, true) == model.count - at);
    }
    model_free(&model);
    close_engine(world);
}
START_TEST(test_long_keys) { run_world(&(World){0}, long_keys_main); }
END_TEST

static void build_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Arena arena;
    arena_init(&arena, mem_root());
    for (uint32_t kind = 0; kind < 3; kind++) {
        Btree *tree = make_store(world, STORE_INDEX);
        BtreeBuild *build;
        must_ok(btree_build_begin(tree, &arena, &build));
        uint64_t count = kind == 0 ? 30000 : kind == 1 ? 800 : 0;
        static char key[BTREE_KEY_MAX];
        memset(key, 'k', sizeof(key));
        for (uint64_t i = 0; i < count; i++) {
            uint32_t len = kind == 0 ? 16 : 16 + (uint32_t)(i * 977 % 2900);
            store_be64(key + 8, i * 3);
            must_ok(btree_build_add(build, str_make(key, len), str_make("value", 5)));
        }
        if (count > 0) {
            Status status = btree_build_add(build, str_make("a", 1), str_make("", 0));
            must(!status_ok(status));
            status_free(status);
        }
        must_ok(btree_build_end(build));
        must(count_entries(tree, NULL, NULL, false) == count);
        must(btree_entry_count(tree) == count);
        if (kind == 0)
            must(30000.0 * 31 / ((double)btree_page_count(tree) * PAGE_BYTES) > 0.75);
        for (uint64_t i = 0; i < count; i += 5) {
            uint32_t len = kind == 0 ? 16 : 16 + (uint32_t)(i * 977 % 2900);
            memset(key, 'k', sizeof(key));
            store_be64(key + 8, i * 3);
            Str value;
            bool found;
            must_ok(btree_get(tree, str_make(key, len), &arena, &value, &found));
            must(found && value.len == 5);
            store_be64(key + 8, i * 3 + 1);
            put(tree, str_make(key, len), str_make("more", 4));
        }
        uint64_t problems;
        must_ok(btree_check(tree, report, NULL, &problems));
        must(problems == 0);
    }
    arena_destroy(&arena);
    close_engine(world);
}
START_TEST(test_build) { run_world(&(World){.pool_bytes = 4 << 20}, build_main); }
END_TEST

/* A table much larger than the pool. */
static void eviction_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_TABLE);
    uint64_t rows = 6000;
    for (uint64_t i = 1; i <= rows; i++)
        put_row(tree, i * 7919 % 10007, 1000);
    Arena arena;
    arena_init(&arena, mem_root());
    for (uint64_t i = 1; i <= rows; i += 3) {
        Str value;
        bool found;
        uint64_t rowid = i * 7919 % 10007;
        must_ok(btree_get_row(tree, rowid, &arena, &value, &found));
        must(found && value.len == 1000 && value.data[999] == (char)rowid);
        arena_reset(&arena);
    }
    arena_destroy(&arena);
    must(count_entries(tree, NULL, NULL, false) == rows);
    must(count_entries(tree, NULL, NULL, true) == rows);
    EngineStats stats;
    engine_stats(world->engine, &stats);
    must(stats.evictions > 1000 && stats.page_reads > 1000);
    close_engine(world);
}
START_TEST(test_eviction) { run_world(&(World){0}, eviction_main); }
END_TEST

/* ---- stores ---- */

static void drop_main(void *arg) {
    World *world = arg;
    open_engine(world);
    EngineStats before, after;
    Btree *first = make_store(world, STORE_TABLE);
    engine_stats(world->engine, &before);
    Btree *tree = make_store(world, STORE_TABLE);
    StoreId store = btree_store(tree);
    for (uint64_t i = 1; i <= 3000; i++)
        put_row(tree, i, 1200);
    Lsn last = 0;
    BlobRef ref;
    static char data[200000];
    must_ok(blob_write(world->engine, store, data, sizeof(data), 0, &last, &ref));
    must_ok(engine_store_drop(world->engine, store));
    must(!engine_store_exists(world->engine, store));
    must(!engine_store_exists(world->engine, ref.store));
    must_ok(engine_store_drop(world->engine, store));
    Status status = engine_store_open(world->engine, store, &tree);
    must(!status_ok(status) && status.error->state == ERR_UNDEFINED_FILE);
    status_free(status);
    engine_stats(world->engine, &after);
    must(after.file_pages - after.free_pages == before.file_pages - before.free_pages);
    for (uint32_t i = 0; i < 500; i++) {
        /* more entries than a directory page holds */
        StoreId other;
        Lsn lsn;
        must_ok(engine_store_create(world->engine, STORE_INDEX, 0, 0, &other, &lsn));
        must(other > store);
    }
    put_row(first, 1, 20);
    close_engine(world);
}
START_TEST(test_drop) { run_world(&(World){0}, drop_main); }
END_TEST

static void counters_main(void *arg) {
    World *world = arg;
    uint64_t highest = 0;
    for (uint32_t life = 0; life < 4; life++) {
        open_engine(world);
        for (uint32_t i = 0; i < 300; i++) {
            uint64_t first;
            must_ok(engine_counter_next(world->engine, 3, 1 + i % 5, &first));
            must(first > highest);
            highest = first + i % 5;
        }
        close_engine(world);
    }
}
START_TEST(test_counters) { run_world(&(World){0}, counters_main); }
END_TEST

/* ---- blobs ---- */

static void blob_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *table = make_store(world, STORE_TABLE);
    static const uint32_t lens[] = {0, 1, 2000, 4050, 4051, 64787, 64788, 64789, 300000, 1000000};
    static char data[1000000], got[1000000];
    Rng *rng = sim_rng(world->sim);
    BlobRef refs[ARRAY_LEN(lens) * 2];
    Lsn last = 0;
    for (uint32_t i = 0; i < ARRAY_LEN(refs); i++) {
        uint32_t len = lens[i / 2];
        rng_seed(rng, i);
        for (uint32_t k = 0; k < len; k++)
            data[k] = (char)(i % 2 ? rng_next(rng) : k / 100);
        must_ok(blob_write(world->engine, btree_store(table), data, len, 5, &last, &refs[i]));
        for (uint32_t k = 0; k < 20; k++) {
            uint32_t from = (uint32_t)rng_below(rng, len + 1);
            uint32_t part = (uint32_t)rng_below(rng, len - from + 1);
            must_ok(blob_read(world->engine, &refs[i], from, part, got));
            must(memcmp(got, data + from, part) == 0);
        }
        uint8_t bytes[BLOB_REF_BYTES];
        blob_ref_store(&refs[i], bytes);
        BlobRef loaded = blob_ref_load(bytes);
        must(loaded.store == refs[i].store && loaded.id == refs[i].id && loaded.raw_len == len);
    }
    Status status = blob_read(world->engine, &refs[3], 0, 2001, got);
    must(!status_ok(status));
    status_free(status);
    for (uint32_t i = 0; i < ARRAY_LEN(refs); i++) {
        must_ok(blob_free(world->engine, &refs[i]));
        must_ok(blob_free(world->engine, &refs[i]));
    }
    Btree *blobs;
    must_ok(engine_store_open(world->engine, refs[0].store, &blobs));
    must(count_entries(blobs, NULL, NULL, false) == 0);
    must(btree_page_count(blobs) <= 3);
    close_engine(world);
}
START_TEST(test_blob) { run_world(&(World){.pool_bytes = 2 << 20}, blob_main); }
END_TEST

/* ---- damage ---- */

static void fill_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_TABLE);
    for (uint64_t i = 1; i <= 4000; i++)
        put_row(tree, i, 1000);
    close_engine(world);
}

static void damaged_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree;
    must_ok(engine_store_open(world->engine, STORE_ID_FIRST, &tree));
    Arena arena;
    arena_init(&arena, mem_root());
    uint32_t good = 0, bad = 0;
    for (uint64_t i = 1; i <= 4000; i++) {
        Str value;
        bool found;
        Status status = btree_get_row(tree, i, &arena, &value, &found);
        if (status_ok(status)) {
            must(found && value.len == 1000 && value.data[500] == (char)i);
            good++;
        } else {
            must(status.error->state == ERR_DATA_CORRUPTED);
            must(strncmp(status.error->message, "invalid page in block ", 22) == 0);
            bad++;
        }
        status_free(status);
    }
    must(good > 3000 && bad > 0);
    uint64_t problems;
    must_ok(engine_check(world->engine, NULL, NULL, &problems));
    must(problems > 0);
    arena_destroy(&arena);
    must_ok(engine_close(world->engine));
}

START_TEST(test_damage) {
    World world = {.sim = sim_create(3)};
    must(sim_run(world.sim, fill_main, &world) == SIM_DONE);
    /* leaves of the table; those of the last batch written are put right at the start */
    for (uint64_t page_no = 9; page_no < 20; page_no++)
        must(sim_flip_bit(world.sim, "data/pages", (page_no * PAGE_BYTES + 9000) * 8 + 3));
    must(sim_run(world.sim, damaged_main, &world) == SIM_DONE);
    sim_destroy(world.sim);
}
END_TEST

/* ---- the checker of trees in use ---- */

static BtreeFlaw verified(Btree *tree) {
    Arena arena;
    BtreeVerify *verify;
    BtreeFlaw flaw;
    arena_init(&arena, mem_root());
    btree_verify_open(tree, &arena, &verify);
    for (bool more = true; more;)
        must_ok(btree_verify_next(verify, &flaw, &more));
    arena_destroy(&arena);
    return flaw;
}

/* The first leaf's page, to be spoilt where it stands. */
static Page *first_leaf(World *world, Btree *tree) {
    PageRef ref;
    PageNo page_no = tree->root;
    for (;;) {
        must_ok(pool_ref(&world->engine->pool, page_no, &ref));
        if (ref.frame->page->level == 0)
            return ref.frame->page;
        page_no = page_child(ref.frame->page, 0);
    }
}

static void expect_flaw(Btree *tree, const char *what) {
    BtreeFlaw flaw = verified(tree);
    must(flaw.what != NULL && strcmp(flaw.what, what) == 0);
}

static void verify_main(void *arg) {
    World *world = arg;
    world->pool_bytes = (size_t)4000 * PAGE_BYTES;
    open_engine(world);
    Btree *tree;
    must_ok(engine_store_open(world->engine, STORE_ID_FIRST, &tree));
    must(verified(tree).what == NULL);
    static uint8_t saved[PAGE_BYTES];
    Page *page = first_leaf(world, tree);
    must(page->slot_count > 3 && page->right != PAGE_NONE);
    memcpy(saved, page, sizeof(saved));

    PageSlot slot = page->slots[1];
    page->slots[1] = page->slots[2];
    page->slots[2] = slot;
    page->lsn++;
    expect_flaw(tree, "keys are out of order");
    memcpy(page, saved, sizeof(saved));

    page->right = PAGE_NONE;
    expect_flaw(tree, "the page has bounds that do not agree with its right sibling");
    page->right = tree->root;
    expect_flaw(tree, "the page's right sibling does not begin where the page ends");
    memcpy(page, saved, sizeof(saved));

    page->store++;
    expect_flaw(tree, "the page belongs to another relation");
    memcpy(page, saved, sizeof(saved));

    page->level = 1;
    must(verified(tree).what != NULL);
    memcpy(page, saved, sizeof(saved));

    must(verified(tree).what == NULL);
    must_ok(engine_close(world->engine));
}

START_TEST(test_verify) {
    World world = {.sim = sim_create(3)};
    must(sim_run(world.sim, fill_main, &world) == SIM_DONE);
    must(sim_run(world.sim, verify_main, &world) == SIM_DONE);
    sim_destroy(world.sim);
}
END_TEST

static void refuse_main(void *arg) {
    World *world = arg;
    EngineConfig config = {.directory = "data",
                           .pool_bytes = POOL_BYTES_MIN,
                           .wal_ring_bytes = 4 * WAL_SEGMENT,
                           .wal_depth_max = 2,
                           .tuning.max_wal_bytes = 8 << 20,
                           .account = mem_root()};
    Status status = engine_open(&config, &world->engine);
    must(!status_ok(status) && status.error->state == ERR_DATA_CORRUPTED);
    must(world->engine == NULL);
    status_free(status);
}

static void lose_control_main(void *arg) { must_ok(file_unlink("data/control")); }

START_TEST(test_lost_control) {
    World world = {.sim = sim_create(3)};
    must(sim_run(world.sim, fill_main, &world) == SIM_DONE);
    must(sim_flip_bit(world.sim, "data/control", 40 * 8));
    must(sim_flip_bit(world.sim, "data/control", (4096 + 40) * 8));
    must(sim_run(world.sim, refuse_main, &world) == SIM_DONE);
    must(sim_run(world.sim, lose_control_main, &world) == SIM_DONE);
    must(sim_run(world.sim, refuse_main, &world) == SIM_DONE);
    sim_destroy(world.sim);
}
END_TEST

/* ---- full disks ---- */

static void full_main(void *arg) {
    World *world = arg;
    open_engine(world);
    Btree *tree = make_store(world, STORE_TABLE);
    put_row(tree, 1, 1000);
    SimFaults faults = {.disk_bytes_max = 12 << 20};
    sim_set_faults(world->sim, &faults);
    Status status = STATUS_OK;
    char key[8];
    static char value[1000];
    uint64_t rows = 1;
    while (status_ok(status)) {
        must(++rows < 100000);
        store_be64(key, rows);
        status = try_put(tree, str_make(key, 8), str_make(value, sizeof(value)));
    }
    must(status.error->state == ERR_DISK_FULL);
    status_free(status);
    /* reading goes on, and so does what makes no page */
    must(count_entries(tree, NULL, NULL, false) == rows - 1);
    /* space again */
    sim_set_faults(world->sim, &(SimFaults){0});
    fiber_sleep(5000000);
    for (uint64_t i = 0; i < 500; i++)
        put_row(tree, rows + i, 1000);
    must(count_entries(tree, NULL, NULL, true) == rows - 1 + 500);
    close_engine(world);
}
START_TEST(test_disk_full) { run_world(&(World){0}, full_main); }
END_TEST

int main(void) {
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("engine");
    log_set_min_level(LOG_LEVEL_PANIC);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_ascending);
    tcase_add_test(tcase, test_shrink);
    tcase_add_test(tcase, test_long_keys);
    tcase_add_test(tcase, test_build);
    tcase_add_test(tcase, test_eviction);
    tcase_add_test(tcase, test_drop);
    tcase_add_test(tcase, test_counters);
    tcase_add_test(tcase, test_blob);
    tcase_add_test(tcase, test_damage);
    tcase_add_test(tcase, test_verify);
    tcase_add_test(tcase, test_lost_control);
    tcase_add_test(tcase, test_disk_full);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
