/*
 * store.c: where each database's catalogs lie.
 *
 * pg_class says where tables lie, so something else must say where pg_class lies: the root, a table
 * of {database, stores}, one row a database (0: the shared catalogs), whose row names the store of
 * every catalog and catalog index of that database by its ordinal in def/catalogs.def. The root is
 * the first table store of the directory: the one with the lowest id. Its rows are as transactional
 * as any, so CREATE DATABASE rolls back.
 */
#include "catalog/catalog_int.h"

#include "engine/btree.h"

#include <stdlib.h>

enum { ROOT_DATABASE, ROOT_STORES, ROOT_COMPLETE, ROOT_COLUMN_COUNT };
#define ROOT_SEARCH_MAX 64u

static void root_shape(TupleShape *shape, Arena *arena) {
    static const uint8_t phys[ROOT_COLUMN_COUNT] = {PHYS_I32, PHYS_STR, PHYS_BYTE};
    tuple_shape_init(shape, arena, phys, ROOT_COLUMN_COUNT);
}

Status root_find(Catalog *catalog) {
    Engine *engine = mvcc_engine(catalog->mvcc);
    for (StoreId id = 1; id < ROOT_SEARCH_MAX; id++) {
        if (!engine_store_exists(engine, id))
            continue;
        Btree *tree;
        TRY(engine_store_open(engine, id, &tree));
        if (btree_kind(tree) == STORE_TABLE)
            return table_open(catalog->mvcc, id, &catalog->root);
    }
    catalog->root = NULL;
    return STATUS_OK;
}

static void handle_init(StoreMap *map, Oid database) {
    memset(map, 0, sizeof(*map));
    map->database = database;
}

void store_map_free(Catalog *catalog, StoreMap *map) {
    mem_free(&catalog->account, map, sizeof(*map));
}

Status store_map_create(Catalog *catalog, Txn *txn, Oid database, StoreMap **map_out) {
    StoreMap *map = mem_alloc(&catalog->account, sizeof(StoreMap));
    *map_out = map;
    handle_init(map, database);
    size_t count;
    const CatalogTable *tables = catalog_tables(&count);
    Status status = STATUS_OK;
    for (size_t t = 0; t < count && status_ok(status); t++) {
        if (tables[t].shared != (database == 0))
            continue;
        status = txn_store_create(txn, STORE_TABLE, &map->stores[t]);
        for (unsigned i = 0; i < tables[t].index_count && status_ok(status); i++)
            status = txn_store_create(txn, STORE_INDEX,
                                      &map->stores[catalog_index_ordinal(&tables[t].indexes[i])]);
    }
    if (!status_ok(status)) {
        store_map_free(catalog, map);
        *map_out = NULL;
    }
    return status;
}

Status store_map_insert(Catalog *catalog, Txn *txn, const StoreMap *map, bool complete) {
    Arena arena;
    arena_init(&arena, &catalog->account);
    TupleShape shape;
    root_shape(&shape, &arena);
    uint8_t *bytes = arena_alloc(&arena, 4 * CATALOG_STORE_COUNT);
    for (unsigned i = 0; i < CATALOG_STORE_COUNT; i++)
        store_le32(bytes + 4 * i, map->stores[i]);
    Datum values[ROOT_COLUMN_COUNT] = {[ROOT_DATABASE] = datum_oid(map->database),
                                       [ROOT_STORES] =
                                           datum_str((char *)bytes, 4 * CATALOG_STORE_COUNT),
                                       [ROOT_COMPLETE] = datum_bool(complete)};
    bool nulls[ROOT_COLUMN_COUNT] = {false};
    RowId rowid;
    Status status = table_insert(txn, catalog->root, &shape, values, nulls, &rowid);
    arena_destroy(&arena);
    return status;
}

typedef struct RootRow {
    RowView view;
    Datum values[ROOT_COLUMN_COUNT];
} RootRow;

/* The root's row of a database, on the arena. */
static Status root_row(Catalog *catalog, const Snapshot *snapshot, Oid database, Arena *arena,
                       RootRow *row, bool *found_out) {
    *found_out = false;
    TupleShape shape;
    root_shape(&shape, arena);
    TableScan *scan;
    TRY(table_scan_open(catalog->root, snapshot, 0, UINT64_MAX, false, arena, &scan));
    for (;;) {
        RowView views[16];
        uint32_t count;
        TRY(table_scan_next(scan, views, ARRAY_LEN(views), &count));
        if (count == 0)
            return STATUS_OK;
        for (uint32_t i = 0; i < count; i++) {
            bool damaged = false;
            for (unsigned c = 0; c < ROOT_COLUMN_COUNT; c++)
                if (tuple_get(&shape, views[i].body, views[i].len, c, &row->values[c], &damaged) !=
                    TUPLE_VALUE)
                    damaged = true;
            if (damaged || row->values[ROOT_STORES].str.len != 4 * CATALOG_STORE_COUNT)
                return error(ERR_DATA_CORRUPTED, "the catalog root is damaged");
            if (row->values[ROOT_DATABASE].u32 != database)
                continue;
            row->view = views[i];
            row->values[ROOT_STORES] = datum_str(
                arena_memdup(arena, row->values[ROOT_STORES].str.data, 4 * CATALOG_STORE_COUNT),
                4 * CATALOG_STORE_COUNT);
            *found_out = true;
            return STATUS_OK;
        }
    }
}

Status root_is_complete(Catalog *catalog, Txn *txn, bool *complete_out) {
    Arena arena;
    arena_init(&arena, &catalog->account);
    const Snapshot *snapshot;
    RootRow row;
    bool found = false;
    Status status = txn_snapshot_latest(txn, &snapshot);
    if (status_ok(status)) {
        status = root_row(catalog, snapshot, 0, &arena, &row, &found);
        txn_snapshot_release(txn, snapshot);
    }
    *complete_out = found && row.values[ROOT_COMPLETE].b;
    arena_destroy(&arena);
    return status;
}

static Status root_change(Catalog *catalog, Txn *txn, const Snapshot *snapshot, Oid database,
                          bool complete, Arena *arena) {
    RootRow row;
    bool found;
    TRY(root_row(catalog, snapshot, database, arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_DATABASE, "database %u does not exist", database);
    RowView latest;
    RowWrite outcome;
    if (complete) {
        TupleShape shape;
        root_shape(&shape, arena);
        bool nulls[ROOT_COLUMN_COUNT] = {false};
        row.values[ROOT_COMPLETE] = datum_bool(true);
        TRY(table_update(txn, snapshot, catalog->root, row.view.rowid, row.view.version, &shape,
                         row.values, nulls, false, arena, &latest, &outcome));
    } else {
        TRY(table_delete(txn, snapshot, catalog->root, row.view.rowid, row.view.version, arena,
                         &latest, &outcome));
    }
    if (outcome != ROW_WRITTEN)
        return error(ERR_INTERNAL_ERROR, "tuple concurrently updated");
    return STATUS_OK;
}

static Status root_change_now(Catalog *catalog, Txn *txn, Oid database, bool complete) {
    Arena arena;
    arena_init(&arena, &catalog->account);
    const Snapshot *snapshot;
    Status status = txn_snapshot_latest(txn, &snapshot);
    if (status_ok(status)) {
        status = root_change(catalog, txn, snapshot, database, complete, &arena);
        txn_snapshot_release(txn, snapshot);
    }
    arena_destroy(&arena);
    return status;
}

Status root_mark_complete(Catalog *catalog, Txn *txn) {
    return root_change_now(catalog, txn, 0, true);
}
Status root_delete(Catalog *catalog, Txn *txn, Oid database) {
    return root_change_now(catalog, txn, database, false);
}

static StoreMap *map_find(Catalog *catalog, Oid database) {
    latch_lock_shared(&catalog->maps_latch);
    StoreMap *map = u64map_get(&catalog->maps, (uint64_t)database + 1);
    latch_unlock_shared(&catalog->maps_latch);
    return map;
}

Status store_map_load(Catalog *catalog, CatalogSession *session, Oid database,
                      const StoreMap **map_out) {
    StoreMap *map = map_find(catalog, database);
    *map_out = map;
    if (map != NULL)
        return STATUS_OK;
    const Snapshot *snapshot;
    bool owned, found = false;
    TRY(session_snapshot(session, &snapshot, &owned));
    Arena arena;
    arena_init(&arena, &catalog->account);
    RootRow row;
    Status status = root_row(catalog, snapshot, database, &arena, &row, &found);
    session_snapshot_end(session, snapshot, owned);
    if (status_ok(status) && !found)
        status = error(ERR_UNDEFINED_DATABASE, "database %u does not exist", database);
    if (status_ok(status)) {
        map = mem_alloc(&catalog->account, sizeof(StoreMap));
        handle_init(map, database);
        for (unsigned i = 0; i < CATALOG_STORE_COUNT; i++)
            map->stores[i] = load_le32(row.values[ROOT_STORES].str.data + 4 * i);
        latch_lock(&catalog->maps_latch);
        StoreMap *other = u64map_get(&catalog->maps, (uint64_t)database + 1);
        if (other == NULL)
            u64map_put(&catalog->maps, (uint64_t)database + 1, map);
        latch_unlock(&catalog->maps_latch);
        if (other != NULL)
            store_map_free(catalog, map);
        *map_out = other != NULL ? other : map;
    }
    arena_destroy(&arena);
    return status;
}

StoreId map_store(const StoreMap *map, unsigned ordinal) { return map->stores[ordinal]; }

Status map_table(Catalog *catalog, const StoreMap *map, const CatalogTable *table,
                 Table **handle_out) {
    _Atomic(void *) *slot = &((StoreMap *)(uintptr_t)map)->handles[catalog_table_ordinal(table)];
    *handle_out = atomic_load_explicit(slot, memory_order_acquire);
    if (*handle_out != NULL)
        return STATUS_OK;
    TRY(table_open(catalog->mvcc, map->stores[catalog_table_ordinal(table)], handle_out));
    atomic_store_explicit(slot, *handle_out, memory_order_release);
    return STATUS_OK;
}

Status map_index(Catalog *catalog, const StoreMap *map, const CatalogIndex *index,
                 Index **handle_out) {
    _Atomic(void *) *slot = &((StoreMap *)(uintptr_t)map)->handles[catalog_index_ordinal(index)];
    *handle_out = atomic_load_explicit(slot, memory_order_acquire);
    if (*handle_out != NULL)
        return STATUS_OK;
    TRY(index_open(catalog->mvcc, map->stores[catalog_index_ordinal(index)], index->unique,
                   handle_out));
    atomic_store_explicit(slot, *handle_out, memory_order_release);
    return STATUS_OK;
}

static Status session_map(CatalogSession *session, const CatalogTable *table,
                          const StoreMap **map_out) {
    const StoreMap **kept = table->shared ? &session->shared_map : &session->map;
    if (*kept == NULL)
        TRY(store_map_load(session->catalog, session, table->shared ? 0 : session->database, kept));
    *map_out = *kept;
    return STATUS_OK;
}

Status session_table(CatalogSession *session, const CatalogTable *table, Table **handle_out) {
    const StoreMap *map;
    TRY(session_map(session, table, &map));
    return map_table(session->catalog, map, table, handle_out);
}

Status session_index(CatalogSession *session, const CatalogTable *table, const CatalogIndex *index,
                     Index **handle_out) {
    const StoreMap *map;
    TRY(session_map(session, table, &map));
    return map_index(session->catalog, map, index, handle_out);
}

Status session_catalog_store(CatalogSession *session, Oid relation, StoreId *store_out) {
    const CatalogTable *table = catalog_table(relation);
    const CatalogIndex *index = NULL;
    *store_out = 0;
    if (table == NULL)
        index = catalog_index(relation, &table);
    if (table == NULL)
        return STATUS_OK;
    const StoreMap *map;
    TRY(session_map(session, table, &map));
    *store_out =
        map->stores[index != NULL ? catalog_index_ordinal(index) : catalog_table_ordinal(table)];
    return STATUS_OK;
}

/* ---- bulk loading ---- */

typedef struct LoadEntry {
    Str key;
    RowId rowid;
} LoadEntry;

static int compare_entries(const void *a, const void *b) {
    const LoadEntry *x = a, *y = b;
    int order = str_compare(x->key, y->key);
    return order != 0 ? order : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

static Status load_index(CatalogSession *session, const StoreMap *map, const CatalogTable *table,
                         const CatalogIndex *def, const Datum *values, uint32_t row_count,
                         RowId first, Arena *arena) {
    Index *index;
    IndexBuild *build;
    TRY(map_index(session->catalog, map, def, &index));
    LoadEntry *entries = arena_array(arena, LoadEntry, row_count);
    for (uint32_t i = 0; i < row_count; i++) {
        StrBuf key;
        strbuf_init(&key, arena);
        key_of_row(&key, table, def, values + (size_t)i * table->column_count);
        entries[i] = (LoadEntry){str_make(strbuf_cstr(&key), key.len), first + i};
    }
    qsort(entries, row_count, sizeof(LoadEntry), compare_entries);
    TRY(index_build_begin(session->txn, index, arena, &build));
    for (uint32_t i = 0; i < row_count; i++) {
        bool duplicate = false;
        TRY(index_build_add(build, entries[i].key, false, entries[i].rowid, &duplicate));
        if (duplicate)
            return error(ERR_UNIQUE_VIOLATION, "catalog \"%s\" has duplicate keys in \"%s\"",
                         table->name, def->name);
    }
    return index_build_end(build);
}

Status bulk_load(CatalogSession *session, const StoreMap *map, const CatalogTable *table,
                 const Datum *values, const bool *nulls, uint32_t row_count) {
    if (row_count == 0)
        return STATUS_OK;
    Table *handle;
    TRY(map_table(session->catalog, map, table, &handle));
    Arena arena;
    arena_init(&arena, &session->account);
    TupleShape shape;
    catalog_shape(table, &arena, &shape);
    RowId first;
    Status status =
        table_insert_many(session->txn, handle, &shape, values, nulls, row_count, &first);
    for (unsigned i = 0; i < table->index_count && status_ok(status); i++)
        status =
            load_index(session, map, table, &table->indexes[i], values, row_count, first, &arena);
    arena_destroy(&arena);
    return status;
}
