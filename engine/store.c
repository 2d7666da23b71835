/*
 * store.c: the directory of stores, making and dropping them.
 *
 * The directory is a tree at a fixed root: store id (u32, big-endian) -> entry. Making a store is one
 * record: its root page, the page's bit, the directory entry. Dropping starts by marking the entry:
 * from then on the store does not exist, whatever happens. Its pages are freed from the tree's end, so
 * that what is left can always be reached; the entry and the root page go last, in one record. A
 * start finds the marked entries and goes on.
 *
 *   entry: kind u8, dropping u8, root u32, blob store u32
 */
#include "base/vec.h"
#include "engine/engine_int.h"
#include "runtime/log.h"

void store_entry_encode(const StoreEntry *entry, uint8_t out[STORE_ENTRY_BYTES]) {
    out[0] = entry->kind;
    out[1] = entry->dropping;
    store_le32(out + 2, entry->root);
    store_le32(out + 6, entry->blob_store);
}

bool store_entry_decode(Str value, StoreEntry *entry_out) {
    *entry_out = (StoreEntry){0};
    if (value.len != STORE_ENTRY_BYTES)
        return false;
    const uint8_t *p = (const uint8_t *)value.data;
    *entry_out = (StoreEntry){
        .kind = p[0], .dropping = p[1], .root = load_le32(p + 2), .blob_store = load_le32(p + 6)};
    return entry_out->kind >= STORE_TABLE && entry_out->kind <= STORE_BLOB;
}

static Str entry_key(StoreId store, char buf[4]) {
    store_be32(buf, store);
    return str_make(buf, 4);
}

/* ---- the registry ---- */

Btree *btree_make(Engine *engine, StoreId store, StoreKind kind, PageNo root, StoreId blob_store) {
    Btree *tree = mem_alloc(engine->account, sizeof(Btree));
    *tree = (Btree){.engine = engine, .store = store, .kind = kind, .root = root};
    atomic_store(&tree->blob_store, blob_store);
    atomic_store(&tree->page_count, 1);
    return tree;
}

void store_registry_open(Engine *engine) {
    u64map_init(&engine->stores, engine->account);
    engine->directory = btree_make(engine, DIRECTORY_STORE, STORE_INDEX, DIRECTORY_ROOT, 0);
}

void store_registry_close(Engine *engine) {
    if (engine->directory == NULL)
        return;
    size_t cursor = 0;
    uint64_t store;
    void *tree;
    while (u64map_next(&engine->stores, &cursor, &store, &tree))
        mem_free(engine->account, tree, sizeof(Btree));
    u64map_destroy(&engine->stores);
    mem_free(engine->account, engine->directory, sizeof(Btree));
    engine->directory = NULL;
}

StoreId btree_store(const Btree *tree) { return tree->store; }
StoreKind btree_kind(const Btree *tree) { return tree->kind; }

/* Found false: no such entry, marked ones included only with `dropped`. */
static Status find_entry(Engine *engine, StoreId store, bool dropped, StoreEntry *entry_out,
                         bool *found_out) {
    Arena arena;
    char key[4];
    Str value;
    arena_init(&arena, engine->account);
    Status status = btree_get(engine->directory, entry_key(store, key), &arena, &value, found_out);
    if (status_ok(status) && *found_out) {
        if (!store_entry_decode(value, entry_out))
            status = error(ERR_DATA_CORRUPTED, "invalid directory entry of store %u", store);
        else if (entry_out->dropping && !dropped)
            *found_out = false;
    }
    arena_destroy(&arena);
    return status;
}

static Btree *registry_get(Engine *engine, StoreId store) {
    latch_lock_shared(&engine->stores_latch);
    Btree *tree = u64map_get(&engine->stores, store);
    latch_unlock_shared(&engine->stores_latch);
    return tree;
}

/* Adds the tree unless another fibre did; returns the one that stands. */
static Btree *registry_put(Engine *engine, Btree *tree) {
    latch_lock(&engine->stores_latch);
    Btree *standing = u64map_get(&engine->stores, tree->store);
    if (standing == NULL)
        u64map_put(&engine->stores, tree->store, tree);
    latch_unlock(&engine->stores_latch);
    if (standing == NULL)
        return tree;
    mem_free(engine->account, tree, sizeof(Btree));
    return standing;
}

static void registry_remove(Engine *engine, StoreId store) {
    latch_lock(&engine->stores_latch);
    Btree *tree = u64map_remove(&engine->stores, store);
    latch_unlock(&engine->stores_latch);
    if (tree != NULL)
        mem_free(engine->account, tree, sizeof(Btree));
}

Status engine_store_open(Engine *engine, StoreId store, Btree **tree_out) {
    *tree_out = registry_get(engine, store);
    if (*tree_out != NULL)
        return STATUS_OK;
    StoreEntry entry;
    bool found;
    TRY(find_entry(engine, store, false, &entry, &found));
    if (!found)
        return error(ERR_UNDEFINED_FILE, "could not open store %u: it does not exist", store);
    Btree *tree = btree_make(engine, store, entry.kind, entry.root, entry.blob_store);
    btree_count(tree);
    *tree_out = registry_put(engine, tree);
    return STATUS_OK;
}

bool engine_store_exists(Engine *engine, StoreId store) {
    StoreEntry entry;
    bool found = false;
    Status status = find_entry(engine, store, false, &entry, &found);
    bool exists = status_ok(status) && found;
    status_free(status);
    return exists;
}

/* ---- making ---- */

/* The new store's record, with the directory's leaf latched; false: start over. */
static bool create_latched(Engine *engine, BtreeLeaf *leaf, StoreId store, StoreKind kind,
                           PageNo root, PageRef root_ref, Xid xid, Lsn prev_txn_lsn, Lsn *lsn_out) {
    Smo smo;
    char key[4];
    StoreEntry entry = {.kind = (uint8_t)kind, .root = root};
    smo_begin(&smo, engine);
    smo_adopt(&smo, leaf->frame);
    if (!smo_latch(&smo, root_ref)) {
        smo_abandon(&smo);
        return false;
    }
    uint8_t *p =
        smo_change(&smo, leaf->frame, CHANGE_INSERT, (uint16_t)leaf->slot, 6 + STORE_ENTRY_BYTES);
    store_le16(p, 4);
    memcpy(p + 2, entry_key(store, key).data, 4);
    store_entry_encode(&entry, p + 6);
    Page *work = engine_work_page(engine);
    page_format(work, root, store, 0, str_make("", 0), NULL, PAGE_NONE);
    smo_change_image(&smo, root_ref.frame, CHANGE_INIT, work);
    if (!smo_space(&smo, &root, 1, NULL, 0)) {
        smo_abandon(&smo);
        return false;
    }
    *lsn_out = smo_commit(&smo, WAL_STORE_CREATE, store, xid, prev_txn_lsn);
    return true;
}

static Status create_with_root(Engine *engine, StoreId store, StoreKind kind, PageNo root, Xid xid,
                               Lsn prev_txn_lsn, Lsn *lsn_out) {
    char buf[4];
    Str key = entry_key(store, buf);
    for (;;) {
        PageRef root_ref;
        BtreeLeaf leaf;
        TRY(space_touch(engine, root));
        TRY(pool_ref_fresh(&engine->pool, root, &root_ref));
        TRY(btree_write_begin(engine->directory, key, &leaf));
        check(!leaf.found);
        if (!btree_leaf_fits(&leaf, key.len, STORE_ENTRY_BYTES)) {
            btree_write_end(&leaf);
            TRY(btree_make_room(engine->directory, key, key.len + STORE_ENTRY_BYTES));
            continue;
        }
        if (create_latched(engine, &leaf, store, kind, root, root_ref, xid, prev_txn_lsn, lsn_out))
            return STATUS_OK;
        fiber_yield();
    }
}

Status engine_store_create(Engine *engine, StoreKind kind, Xid xid, Lsn prev_txn_lsn,
                           StoreId *store_out, Lsn *lsn_out) {
    *store_out = 0;
    *lsn_out = LSN_INVALID;
    uint64_t id;
    TRY(engine_counter_next(engine, COUNTER_STORE, 1, &id));
    if (id > UINT32_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "no more store ids");
    PageNo root;
    TRY(space_reserve(engine, false, &root));
    Status status = create_with_root(engine, (StoreId)id, kind, root, xid, prev_txn_lsn, lsn_out);
    if (!status_ok(status)) {
        space_unreserve(engine, root);
        return status;
    }
    registry_put(engine, btree_make(engine, (StoreId)id, kind, root, 0));
    *store_out = (StoreId)id;
    return STATUS_OK;
}

/* Rewrites a directory entry. */
static Status set_entry(Engine *engine, StoreId store, const StoreEntry *entry, WalKind kind) {
    char buf[4];
    BtreeLeaf leaf;
    TRY(btree_write_begin_reserved(engine->directory, entry_key(store, buf), &leaf));
    if (!leaf.found) {
        btree_write_end(&leaf);
        return error(ERR_DATA_CORRUPTED, "directory entry of store %u vanished", store);
    }
    Smo smo;
    smo_begin(&smo, engine);
    smo_adopt(&smo, leaf.frame);
    uint8_t *p =
        smo_change(&smo, leaf.frame, CHANGE_SET_VALUE, (uint16_t)leaf.slot, STORE_ENTRY_BYTES);
    store_entry_encode(entry, p);
    smo_commit(&smo, kind, store, XID_INVALID, LSN_INVALID);
    return STATUS_OK;
}

Status store_blob_tree(Engine *engine, StoreId owner, Btree **tree_out) {
    Btree *tree;
    TRY(engine_store_open(engine, owner, &tree));
    StoreId blob_store = atomic_load(&tree->blob_store);
    if (blob_store != 0)
        return engine_store_open(engine, blob_store, tree_out);
    fiber_mutex_lock(&engine->blob_mutex);
    Status status = STATUS_OK;
    blob_store = atomic_load(&tree->blob_store);
    if (blob_store == 0) {
        /* outside of any transaction: others will use it, too. A crash between the two records
         * leaves a store that nobody refers to; the next start drops it. */
        Lsn lsn;
        StoreEntry entry;
        bool found = false;
        status =
            engine_store_create(engine, STORE_BLOB, XID_INVALID, LSN_INVALID, &blob_store, &lsn);
        if (status_ok(status))
            status = find_entry(engine, owner, false, &entry, &found);
        if (status_ok(status) && !found)
            status = error(ERR_UNDEFINED_FILE, "could not open store %u: it does not exist", owner);
        entry.blob_store = blob_store;
        if (status_ok(status))
            status = set_entry(engine, owner, &entry, WAL_STORE_META);
        if (status_ok(status))
            atomic_store(&tree->blob_store, blob_store);
    }
    fiber_mutex_unlock(&engine->blob_mutex);
    TRY(status);
    return engine_store_open(engine, blob_store, tree_out);
}

/* ---- dropping ---- */

/* The last record of a drop: entry and root page. */
static Status drop_root(Engine *engine, StoreId store, PageNo root) {
    char buf[4];
    Str key = entry_key(store, buf);
    for (;;) {
        BtreeLeaf leaf;
        PageRef root_ref;
        TRY(space_touch(engine, root));
        TRY(pool_ref(&engine->pool, root, &root_ref));
        TRY(btree_write_begin_reserved(engine->directory, key, &leaf));
        if (!leaf.found) {
            btree_write_end(&leaf);
            return STATUS_OK;
        }
        Smo smo;
        smo_begin(&smo, engine);
        smo_adopt(&smo, leaf.frame);
        if (smo_latch(&smo, root_ref)) {
            smo_change(&smo, leaf.frame, CHANGE_REMOVE, (uint16_t)leaf.slot, 0);
            smo_change(&smo, root_ref.frame, CHANGE_FREE, 0, 0);
            if (smo_space(&smo, NULL, 0, &root, 1)) {
                smo_commit(&smo, WAL_STORE_DROP, store, XID_INVALID, LSN_INVALID);
                btree_merge(engine->directory, key);
                return STATUS_OK;
            }
        }
        smo_abandon(&smo);
        fiber_yield();
    }
}

/* Frees what a marked store has left. */
static Status free_store(Engine *engine, StoreId store, const StoreEntry *entry) {
    if (entry->blob_store != 0)
        TRY(engine_store_drop(engine, entry->blob_store));
    Btree *tree = btree_make(engine, store, entry->kind, entry->root, 0);
    Status status = STATUS_OK;
    for (bool done = false; !done && status_ok(status);) {
        status = btree_drop_some(tree, &done);
        if (atomic_load(&engine->stopping))
            break;
        fiber_yield_if_due();
    }
    mem_free(engine->account, tree, sizeof(Btree));
    if (!status_ok(status) || atomic_load(&engine->stopping))
        return status;
    return drop_root(engine, store, entry->root);
}

typedef struct DropJob {
    Engine *engine;
    StoreId store;
    StoreEntry entry;
} DropJob;

static void drop_fiber(void *arg) {
    DropJob *job = arg;
    Engine *engine = job->engine;
    Status status = free_store(engine, job->store, &job->entry);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_LOG, status, NULL); /* the next start goes on */
        status_free(status);
    }
    mem_free(engine->account, job, sizeof(*job));
    engine_background_done(engine);
}

static Status free_or_spawn(Engine *engine, StoreId store, const StoreEntry *entry) {
    if (!engine->config.background)
        return free_store(engine, store, entry);
    DropJob *job = mem_alloc(engine->account, sizeof(*job));
    *job = (DropJob){engine, store, *entry};
    if (!engine_spawn(engine, drop_fiber, job))
        mem_free(engine->account, job, sizeof(*job));
    return STATUS_OK;
}

Status engine_store_drop(Engine *engine, StoreId store) {
    StoreEntry entry;
    bool found;
    TRY(find_entry(engine, store, false, &entry, &found));
    registry_remove(engine, store);
    if (!found)
        return STATUS_OK;
    entry.dropping = 1;
    TRY(set_entry(engine, store, &entry, WAL_STORE_DROP));
    return free_or_spawn(engine, store, &entry);
}

/* Calls fn for each directory entry. */
static Status each_entry(Engine *engine, Arena *arena,
                         void (*fn)(void *arg, StoreId store, const StoreEntry *entry), void *arg) {
    BtreeScan *scan;
    const BtreeEntry *entries;
    uint32_t count = 1;
    TRY(btree_scan_open(engine->directory, NULL, false, NULL, false, false, arena, &scan));
    while (count > 0) {
        TRY(btree_scan_next(scan, &entries, &count));
        for (uint32_t i = 0; i < count; i++) {
            StoreEntry entry;
            if (entries[i].key.len == 4 && store_entry_decode(entries[i].value, &entry))
                fn(arg, load_be32(entries[i].key.data), &entry);
        }
    }
    return STATUS_OK;
}

typedef struct Unfinished {
    Arena *arena;
    VEC(StoreId) dropping;
    VEC(StoreId) blobs;
    U64Map owned; /* blob stores that an owner refers to */
} Unfinished;

static void note_unfinished(void *arg, StoreId store, const StoreEntry *entry) {
    Unfinished *unfinished = arg;
    if (entry->dropping)
        vec_push(&unfinished->dropping, unfinished->arena, store);
    else if (entry->kind == STORE_BLOB)
        vec_push(&unfinished->blobs, unfinished->arena, store);
    if (entry->blob_store != 0)
        u64map_put(&unfinished->owned, entry->blob_store, unfinished);
}

static Status resume_drop(Engine *engine, StoreId store) {
    StoreEntry entry;
    bool found;
    TRY(find_entry(engine, store, true, &entry, &found));
    return found ? free_or_spawn(engine, store, &entry) : STATUS_OK;
}

Status store_resume_drops(Engine *engine) {
    Arena arena;
    arena_init(&arena, engine->account);
    Unfinished unfinished = {.arena = &arena};
    u64map_init(&unfinished.owned, engine->account);
    Status status = each_entry(engine, &arena, note_unfinished, &unfinished);
    for (size_t i = 0; i < unfinished.dropping.count && status_ok(status); i++)
        status = resume_drop(engine, unfinished.dropping.items[i]);
    for (size_t i = 0; i < unfinished.blobs.count && status_ok(status); i++)
        if (u64map_get(&unfinished.owned, unfinished.blobs.items[i]) == NULL)
            status = engine_store_drop(engine, unfinished.blobs.items[i]);
    u64map_destroy(&unfinished.owned);
    arena_destroy(&arena);
    return status;
}

/* ---- checking ---- */

typedef struct StoreCheck {
    Engine *engine;
    CheckContext *context;
} StoreCheck;

static Status check_one(Btree *tree, bool dropping, CheckContext *context) {
    if (dropping)
        return btree_mark_remains(tree, context);
    uint64_t before = context->problems;
    TRY(btree_check_tree(tree, context));
    bool look_inside = tree->kind == STORE_BLOB && context->problems == before;
    return look_inside ? blob_check_store(tree, context) : STATUS_OK;
}

static void check_store(void *arg, StoreId store, const StoreEntry *entry) {
    StoreCheck *all = arg;
    Btree tree = {.engine = all->engine, .store = store, .kind = entry->kind, .root = entry->root};
    Status status = check_one(&tree, entry->dropping, all->context);
    if (!status_ok(status))
        check_report(all->context, "store %u: %s", store, status.error->message);
    status_free(status);
}

Status store_check_all(Engine *engine, CheckContext *context) {
    StoreCheck all = {engine, context};
    TRY(btree_check_tree(engine->directory, context));
    if (context->problems > 0)
        return STATUS_OK;
    Arena arena;
    arena_init(&arena, engine->account);
    Status status = each_entry(engine, &arena, check_store, &all);
    arena_destroy(&arena);
    return status;
}
