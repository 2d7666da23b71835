/*
 * world.h: a small database on a simulated machine, for tests of mvcc: one table (id int8, n int8,
 * note text) with a unique index on id and a plain one on n.
 */
#ifndef MVCC_TESTS_WORLD_H
#define MVCC_TESTS_WORLD_H

#include "mvcc/mvcc_int.h"
#include "runtime/file.h"
#include "runtime/log.h"
#include "runtime/sim.h"

#include <stdio.h>

#define WORLD_WAL_SEGMENT ((uint64_t)1 << 20)

typedef struct World {
    Sim *sim;
    Engine *engine;
    Mvcc *mvcc;
    StoreId table_store, id_store, n_store;
    Table *table;
    Index *by_id, *by_n;
    TupleShape shape;
    Arena arena; /* the shape's */
    size_t pool_bytes;
    bool background;
    const char *directory; /* NULL: "data" */
    MvccFaults faults;
} World;

static inline Str world_key(int64_t value, uint8_t buf[8]) {
    store_be64(buf, (uint64_t)value ^ (uint64_t)1 << 63);
    return str_make((char *)buf, 8);
}

static inline const char *world_directory(const World *world) {
    return world->directory != NULL ? world->directory : "data";
}

static inline EngineConfig world_config(const World *world) {
    return (EngineConfig){.directory = world_directory(world),
                          .pool_bytes = world->pool_bytes ? world->pool_bytes : (size_t)4 << 20,
                          .wal_ring_bytes = (world->background ? 32 : 8) * WORLD_WAL_SEGMENT,
                          .wal_segment_bytes = WORLD_WAL_SEGMENT,
                          .wal_depth_max = 2,
                          .tuning.max_wal_bytes = (world->background ? 512 : 16) << 20,
                          .extent_pages = 64,
                          .background = world->background,
                          .account = mem_root()};
}

static inline Status world_open_engine(World *world) {
    static const uint8_t phys[] = {PHYS_I64, PHYS_I64, PHYS_STR};
    EngineConfig config = world_config(world);
    if (world->shape.phys == NULL) {
        arena_init(&world->arena, mem_root());
        tuple_shape_init(&world->shape, &world->arena, phys, 3);
    }
    if (!dir_exists(world_directory(world))) {
        TRY(dir_create(world_directory(world)));
        if (world->directory == NULL)
            TRY(dir_sync("."));
    }
    return engine_open(&config, &world->engine);
}

static inline Status world_open_mvcc(World *world) {
    TRY(mvcc_open(&(MvccConfig){.engine = world->engine,
                                .account = mem_root(),
                                .background = world->background,
                                .kept_after_bytes = (size_t)16 << 10},
                  &world->mvcc));
    world->mvcc->faults = world->faults;
    return STATUS_OK;
}

/* Engine and mvcc, not the table. */
static inline Status world_open_system(World *world) {
    TRY(world_open_engine(world));
    return world_open_mvcc(world);
}

static inline Status world_open_table(World *world) {
    TRY(table_open(world->mvcc, world->table_store, &world->table));
    TRY(index_open(world->mvcc, world->id_store, true, &world->by_id));
    return index_open(world->mvcc, world->n_store, false, &world->by_n);
}

static inline Status world_create(World *world) {
    Txn *txn;
    TRY(txn_begin(world->mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    TRY(txn_store_create(txn, STORE_TABLE, &world->table_store));
    TRY(txn_store_create(txn, STORE_INDEX, &world->id_store));
    TRY(txn_store_create(txn, STORE_INDEX, &world->n_store));
    TRY(txn_commit(txn, SYNC_ON));
    return world_open_table(world);
}

static inline Status world_close(World *world) {
    TRY(mvcc_close(world->mvcc));
    TRY(engine_close(world->engine));
    world->mvcc = NULL;
    world->engine = NULL;
    return STATUS_OK;
}

static inline void world_abandon(World *world) {
    if (world->mvcc != NULL)
        mvcc_abandon(world->mvcc);
    if (world->engine != NULL)
        engine_abandon(world->engine);
    world->mvcc = NULL;
    world->engine = NULL;
}

typedef struct Row {
    RowId rowid;
    Lsn version;
    int64_t id, n;
    Str note;
} Row;

static inline Row world_row(World *world, const RowView *view, Arena *arena) {
    Row row = {.rowid = view->rowid, .version = view->version};
    Datum value;
    bool damaged = false;
    check(tuple_get(&world->shape, view->body, view->len, 0, &value, &damaged) == TUPLE_VALUE);
    row.id = value.i64;
    check(tuple_get(&world->shape, view->body, view->len, 1, &value, &damaged) == TUPLE_VALUE);
    row.n = value.i64;
    TupleGet got = tuple_get(&world->shape, view->body, view->len, 2, &value, &damaged);
    if (got == TUPLE_EXTERNAL) {
        Status status = table_read_external(world->table, value.str, arena, &value);
        check(status_ok(status));
    }
    row.note = value.str;
    check(!damaged);
    return row;
}

static inline Status world_matches(void *arg, const RowView *row, Str key, bool *matches_out) {
    World *world = arg;
    Datum value;
    bool damaged = false;
    uint8_t buf[8];
    tuple_get(&world->shape, row->body, row->len, 0, &value, &damaged);
    *matches_out = !damaged && str_equal(world_key(value.i64, buf), key);
    return STATUS_OK;
}

typedef enum WorldWrite { WORLD_OK, WORLD_DUPLICATE, WORLD_GONE } WorldWrite;

static inline Status world_insert(World *world, Txn *txn, int64_t id, int64_t n, Str note,
                                  WorldWrite *outcome) {
    Datum values[3] = {datum_i64(id), datum_i64(n), {.str = note}};
    uint8_t buf[8];
    RowId rowid, conflict;
    Xid waiting;
    IndexInsert inserted;
    *outcome = WORLD_OK;
    TRY(table_insert(txn, world->table, &world->shape, values, NULL, &rowid));
    TRY(index_insert(txn, world->by_id, world->table, world_key(id, buf), false, rowid,
                     world_matches, world, true, &conflict, &waiting, &inserted));
    if (inserted == INDEX_CONFLICT) {
        *outcome = WORLD_DUPLICATE;
        return STATUS_OK;
    }
    return index_insert(txn, world->by_n, world->table, world_key(n, buf), false, rowid,
                        world_matches, world, true, &conflict, &waiting, &inserted);
}

/* By id through the index. */
static inline Status world_get(World *world, const Snapshot *snapshot, int64_t id, Arena *arena,
                               Row *row_out, bool *found_out) {
    uint8_t buf[8];
    RowId *rowids;
    uint32_t count;
    *found_out = false;
    TRY(index_get(world->by_id, world_key(id, buf), arena, &rowids, &count));
    for (uint32_t i = 0; i < count; i++) {
        RowView view;
        bool found;
        TRY(table_fetch(snapshot, world->table, rowids[i], arena, &view, &found));
        if (!found)
            continue;
        Row row = world_row(world, &view, arena);
        if (row.id != id)
            continue;
        check(!*found_out);
        *row_out = row;
        *found_out = true;
    }
    return STATUS_OK;
}

/* Rewrites a row; its keys may change. GONE: deleted meanwhile (READ COMMITTED). */
static inline Status world_update(World *world, Txn *txn, const Snapshot *snapshot, const Row *old,
                                  int64_t id, int64_t n, Str note, Arena *arena,
                                  WorldWrite *outcome) {
    Datum values[3] = {datum_i64(id), datum_i64(n), {.str = note}};
    uint8_t buf[8];
    RowView latest;
    RowWrite written;
    RowId conflict;
    Xid waiting;
    IndexInsert inserted;
    *outcome = WORLD_GONE;
    TRY(table_update(txn, snapshot, world->table, old->rowid, old->version, &world->shape, values,
                     NULL, id != old->id, arena, &latest, &written));
    if (written != ROW_WRITTEN)
        return STATUS_OK;
    *outcome = WORLD_OK;
    if (id != old->id) {
        TRY(index_mark_dead(txn, world->by_id, world_key(old->id, buf), false, old->rowid));
        TRY(index_insert(txn, world->by_id, world->table, world_key(id, buf), false, old->rowid,
                         world_matches, world, true, &conflict, &waiting, &inserted));
        if (inserted == INDEX_CONFLICT) {
            *outcome = WORLD_DUPLICATE;
            return STATUS_OK;
        }
    }
    if (n != old->n) {
        TRY(index_mark_dead(txn, world->by_n, world_key(old->n, buf), false, old->rowid));
        TRY(index_insert(txn, world->by_n, world->table, world_key(n, buf), false, old->rowid,
                         world_matches, world, true, &conflict, &waiting, &inserted));
    }
    return STATUS_OK;
}

static inline Status world_delete(World *world, Txn *txn, const Snapshot *snapshot, const Row *old,
                                  Arena *arena, WorldWrite *outcome) {
    uint8_t buf[8];
    RowView latest;
    RowWrite written;
    *outcome = WORLD_GONE;
    TRY(table_delete(txn, snapshot, world->table, old->rowid, old->version, arena, &latest,
                     &written));
    if (written != ROW_WRITTEN)
        return STATUS_OK;
    *outcome = WORLD_OK;
    TRY(index_mark_dead(txn, world->by_id, world_key(old->id, buf), false, old->rowid));
    return index_mark_dead(txn, world->by_n, world_key(old->n, buf), false, old->rowid);
}

/* Checks that table and indexes say the same to the snapshot, both ways. problem: where to tell. */
static inline Status world_agree(World *world, const Snapshot *snapshot, char *problem,
                                 size_t capacity, uint32_t *row_count_out) {
    Arena arena;
    arena_init(&arena, mem_root());
    TableScan *scan;
    uint32_t rows = 0, entries[2] = {0, 0};
    problem[0] = '\0';
    Status status = table_scan_open(world->table, snapshot, 1, UINT64_MAX, false, &arena, &scan);
    for (uint32_t count = 1; status_ok(status) && count > 0;) {
        RowView views[64];
        status = table_scan_next(scan, views, 64, &count);
        for (uint32_t i = 0; status_ok(status) && i < count; i++, rows++) {
            Row found, row = world_row(world, &views[i], &arena);
            bool by_id = false;
            status = world_get(world, snapshot, row.id, &arena, &found, &by_id);
            if (status_ok(status) && (!by_id || found.rowid != row.rowid))
                snprintf(problem, capacity, "row %llu (id %lld) is not in its index",
                         (unsigned long long)row.rowid, (long long)row.id);
        }
    }
    for (int which = 0; which < 2 && status_ok(status); which++) {
        IndexScan *index_scan;
        Index *index = which == 0 ? world->by_id : world->by_n;
        status = index_scan_open(index, NULL, true, NULL, true, which == 1, &arena, &index_scan);
        for (uint32_t count = 1; status_ok(status) && count > 0;) {
            IndexEntry found[50];
            status = index_scan_next(index_scan, found, 50, &count);
            for (uint32_t i = 0; status_ok(status) && i < count; i++) {
                RowView view;
                bool seen;
                status = table_fetch(snapshot, world->table, found[i].rowid, &arena, &view, &seen);
                if (!status_ok(status) || !seen)
                    continue;
                Row row = world_row(world, &view, &arena);
                uint8_t buf[8];
                if (str_equal(world_key(which == 0 ? row.id : row.n, buf), found[i].key))
                    entries[which]++;
            }
        }
    }
    arena_destroy(&arena);
    if (status_ok(status) && problem[0] == '\0' && (entries[0] != rows || entries[1] != rows))
        snprintf(problem, capacity, "%u rows, %u by id, %u by n", rows, entries[0], entries[1]);
    *row_count_out = rows;
    return status;
}

/* Physical entries: tombstones and dead entries count. */
static inline Status world_physical(World *world, StoreId store, uint32_t *count_out) {
    Arena arena;
    Btree *tree;
    BtreeScan *scan;
    *count_out = 0;
    TRY(engine_store_open(world->engine, store, &tree));
    arena_init(&arena, mem_root());
    Status status = btree_scan_open(tree, NULL, true, NULL, true, false, &arena, &scan);
    for (uint32_t count = 1; status_ok(status) && count > 0;) {
        const BtreeEntry *entries;
        status = btree_scan_next(scan, &entries, &count);
        for (uint32_t i = 0; i < count; i++)
            *count_out += entries[i].key.len > 8 || store != world->id_store
                              ? 1
                              : entry_count(entries[i].value);
    }
    arena_destroy(&arena);
    return status;
}

#endif
