/*
 * cache.c: descriptors shared by all sessions, and the private ones of a transaction that changes
 * catalogs.
 *
 * An entry is named by {database (0: shared catalogs), cache, key}; its 64-bit hash stands for it in
 * the sets of changes. A negative entry remembers that there is no such object.
 *
 * I1 A writer collects the names that its rows affect (cache_note_row), old and new keys alike.
 * I2 Once the commit is durable, so that every snapshot from then on sees it, and before those who
 *    waited for the writer's strong locks go on, each name's slot counter is raised and the entry
 *    leaves the map.
 * I3 A reader that misses takes the slot counter before its snapshot and publishes only if the
 *    counter is still the same under the latch: what it read is then what a reader of now would.
 * I4 A session never looks up a name that it has changed itself in the shared map: it keeps its own
 *    entries for those until the transaction ends. Other names it may share: its changes do not
 *    touch them.
 * I5 An entry's memory goes when its last pin does; the map holds one.
 *
 * A partition's latch is held for a few probes only, never across a park. No other latch is taken
 * under it.
 */
#include "catalog/catalog_int.h"

enum { KEY_OID, KEY_NAME, KEY_I16, KEY_BOOL };

typedef struct CacheDef {
    CacheBuild build;
    bool shared; /* of a shared catalog: one for all databases */
    uint8_t key_count;
    uint8_t keys[CACHE_KEYS_MAX];
} CacheDef;

static const CacheDef cache_defs[CACHE_COUNT] = {
    [CACHE_RELATION] = {build_relation, false, 1, {KEY_OID}},
    [CACHE_RELATION_NAME] = {build_relation_name, false, 2, {KEY_NAME, KEY_OID}},
    [CACHE_TYPE] = {build_type, false, 1, {KEY_OID}},
    [CACHE_TYPE_NAME] = {build_type_name, false, 2, {KEY_NAME, KEY_OID}},
    [CACHE_ENUM] = {build_enum, false, 1, {KEY_OID}},
    [CACHE_RANGE] = {build_range, false, 1, {KEY_OID}},
    [CACHE_MULTIRANGE] = {build_multirange, false, 1, {KEY_OID}},
    [CACHE_PROC] = {build_proc, false, 1, {KEY_OID}},
    [CACHE_PROC_LIST] = {build_proc_list, false, 1, {KEY_NAME}},
    [CACHE_AGGREGATE] = {build_aggregate, false, 1, {KEY_OID}},
    [CACHE_OPERATOR] = {build_operator, false, 1, {KEY_OID}},
    [CACHE_OPERATOR_LIST] = {build_operator_list, false, 1, {KEY_NAME}},
    [CACHE_CAST] = {build_cast, false, 2, {KEY_OID, KEY_OID}},
    [CACHE_OPCLASS] = {build_opclass, false, 1, {KEY_OID}},
    [CACHE_AM_OPCLASSES] = {build_am_opclasses, false, 1, {KEY_OID}},
    [CACHE_OPFAMILY] = {build_opfamily, false, 1, {KEY_OID}},
    [CACHE_OPERATOR_FAMILIES] = {build_operator_families, false, 1, {KEY_OID}},
    [CACHE_NAMESPACE] = {build_namespace, false, 1, {KEY_OID}},
    [CACHE_NAMESPACE_NAME] = {build_namespace_name, false, 1, {KEY_NAME}},
    [CACHE_ROLE] = {build_role, true, 1, {KEY_OID}},
    [CACHE_ROLE_NAME] = {build_role_name, true, 1, {KEY_NAME}},
    [CACHE_DATABASE] = {build_database, true, 1, {KEY_OID}},
    [CACHE_DATABASE_NAME] = {build_database_name, true, 1, {KEY_NAME}},
    [CACHE_COLLATION] = {build_collation, false, 1, {KEY_OID}},
    [CACHE_LANGUAGE] = {build_language, false, 1, {KEY_OID}},
    [CACHE_AM] = {build_am, false, 1, {KEY_OID}},
    [CACHE_TABLESPACE] = {build_tablespace, true, 1, {KEY_OID}},
    [CACHE_STATISTICS] = {build_statistics, false, 3, {KEY_OID, KEY_I16, KEY_BOOL}},
};

/* Which columns of which catalog name an entry of a cache. */
static const struct CacheRule {
    Oid catalog;
    CacheId cache;
    uint8_t columns[CACHE_KEYS_MAX];
} cache_rules[] = {
    {PG_CLASS, CACHE_RELATION, {PG_CLASS_OID}},
    {PG_CLASS, CACHE_RELATION_NAME, {PG_CLASS_RELNAME, PG_CLASS_RELNAMESPACE}},
    {PG_ATTRIBUTE, CACHE_RELATION, {PG_ATTRIBUTE_ATTRELID}},
    {PG_INDEX, CACHE_RELATION, {PG_INDEX_INDRELID}},
    {PG_INDEX, CACHE_RELATION, {PG_INDEX_INDEXRELID}},
    {PG_CONSTRAINT, CACHE_RELATION, {PG_CONSTRAINT_CONRELID}},
    {PG_CONSTRAINT, CACHE_RELATION, {PG_CONSTRAINT_CONFRELID}},
    {PG_CONSTRAINT, CACHE_TYPE, {PG_CONSTRAINT_CONTYPID}},
    {PG_ATTRDEF, CACHE_RELATION, {PG_ATTRDEF_ADRELID}},
    {PG_TRIGGER, CACHE_RELATION, {PG_TRIGGER_TGRELID}},
    {PG_REWRITE, CACHE_RELATION, {PG_REWRITE_EV_CLASS}},
    {PG_POLICY, CACHE_RELATION, {PG_POLICY_POLRELID}},
    {PG_INHERITS, CACHE_RELATION, {PG_INHERITS_INHRELID}},
    {PG_INHERITS, CACHE_RELATION, {PG_INHERITS_INHPARENT}},
    {PG_SEQUENCE, CACHE_RELATION, {PG_SEQUENCE_SEQRELID}},
    {PG_PARTITIONED_TABLE, CACHE_RELATION, {PG_PARTITIONED_TABLE_PARTRELID}},
    {PG_STATISTIC_EXT, CACHE_RELATION, {PG_STATISTIC_EXT_STXRELID}},
    {PG_TYPE, CACHE_TYPE, {PG_TYPE_OID}},
    {PG_TYPE, CACHE_TYPE_NAME, {PG_TYPE_TYPNAME, PG_TYPE_TYPNAMESPACE}},
    {PG_ENUM, CACHE_ENUM, {PG_ENUM_ENUMTYPID}},
    {PG_RANGE, CACHE_RANGE, {PG_RANGE_RNGTYPID}},
    {PG_RANGE, CACHE_MULTIRANGE, {PG_RANGE_RNGMULTITYPID}},
    {PG_PROC, CACHE_PROC, {PG_PROC_OID}},
    {PG_PROC, CACHE_PROC_LIST, {PG_PROC_PRONAME}},
    {PG_AGGREGATE, CACHE_AGGREGATE, {PG_AGGREGATE_AGGFNOID}},
    {PG_OPERATOR, CACHE_OPERATOR, {PG_OPERATOR_OID}},
    {PG_OPERATOR, CACHE_OPERATOR_LIST, {PG_OPERATOR_OPRNAME}},
    {PG_CAST, CACHE_CAST, {PG_CAST_CASTSOURCE, PG_CAST_CASTTARGET}},
    {PG_OPCLASS, CACHE_OPCLASS, {PG_OPCLASS_OID}},
    {PG_OPCLASS, CACHE_AM_OPCLASSES, {PG_OPCLASS_OPCMETHOD}},
    {PG_OPFAMILY, CACHE_OPFAMILY, {PG_OPFAMILY_OID}},
    {PG_AMOP, CACHE_OPFAMILY, {PG_AMOP_AMOPFAMILY}},
    {PG_AMOP, CACHE_OPERATOR_FAMILIES, {PG_AMOP_AMOPOPR}},
    {PG_AMPROC, CACHE_OPFAMILY, {PG_AMPROC_AMPROCFAMILY}},
    {PG_NAMESPACE, CACHE_NAMESPACE, {PG_NAMESPACE_OID}},
    {PG_NAMESPACE, CACHE_NAMESPACE_NAME, {PG_NAMESPACE_NSPNAME}},
    {PG_AUTHID, CACHE_ROLE, {PG_AUTHID_OID}},
    {PG_AUTHID, CACHE_ROLE_NAME, {PG_AUTHID_ROLNAME}},
    {PG_AUTH_MEMBERS, CACHE_ROLE, {PG_AUTH_MEMBERS_MEMBER}},
    {PG_DATABASE, CACHE_DATABASE, {PG_DATABASE_OID}},
    {PG_DATABASE, CACHE_DATABASE_NAME, {PG_DATABASE_DATNAME}},
    {PG_COLLATION, CACHE_COLLATION, {PG_COLLATION_OID}},
    {PG_LANGUAGE, CACHE_LANGUAGE, {PG_LANGUAGE_OID}},
    {PG_AM, CACHE_AM, {PG_AM_OID}},
    {PG_TABLESPACE, CACHE_TABLESPACE, {PG_TABLESPACE_OID}},
    {PG_STATISTIC,
     CACHE_STATISTICS,
     {PG_STATISTIC_STARELID, PG_STATISTIC_STAATTNUM, PG_STATISTIC_STAINHERIT}},
};

/* ---- names of entries ---- */

static uint32_t cache_key(Oid database, CacheId cache, const Datum *keys,
                          char key[CACHE_KEY_BYTES_MAX]) {
    const CacheDef *def = &cache_defs[cache];
    store_le32(key, def->shared ? 0 : database);
    key[4] = (char)cache;
    uint32_t len = 5;
    for (unsigned i = 0; i < def->key_count; i++) {
        switch (def->keys[i]) {
        case KEY_OID:
            store_le32(key + len, keys[i].u32);
            len += 4;
            break;
        case KEY_NAME: {
            /* Longer than any stored name: still told apart, as far as it matters. */
            uint32_t n = MIN(keys[i].str.len, 4u * NAME_BYTES - 1);
            key[len++] = (char)n;
            memcpy(key + len, keys[i].str.data, n);
            len += n;
            break;
        }
        case KEY_I16:
            store_le16(key + len, (uint16_t)keys[i].i16);
            len += 2;
            break;
        default:
            key[len++] = (char)keys[i].b;
        }
    }
    return len;
}

static CachePartition *partition_of(Catalog *catalog, uint64_t hash) {
    return &catalog->partitions[hash >> 60];
}
static _Atomic uint32_t *slot_of(Catalog *catalog, uint64_t hash) {
    return &catalog->slots[hash % INVALIDATION_SLOTS];
}

/* ---- life of an entry ---- */

static CacheEntry *entry_make(Catalog *catalog, uint64_t hash, const char *key, uint32_t key_len) {
    CacheEntry *entry = mem_alloc(&catalog->account, sizeof(CacheEntry) + key_len);
    memset(entry, 0, sizeof(*entry));
    entry->catalog = catalog;
    entry->hash = hash;
    entry->key_len = key_len;
    memcpy(entry->key, key, key_len);
    arena_init(&entry->arena, &catalog->account);
    list_init(&entry->clock);
    return entry;
}

static void entry_free(CacheEntry *entry) {
    Catalog *catalog = entry->catalog;
    DescExtra *extra = atomic_load(&entry->extra);
    if (extra != NULL)
        extra->free(extra);
    arena_destroy(&entry->arena);
    mem_free(&catalog->account, entry, sizeof(CacheEntry) + entry->key_len);
}

DescExtra *desc_extra(const Desc *desc) {
    return atomic_load_explicit(&desc->entry->extra, memory_order_acquire);
}

DescExtra *desc_extra_attach(const Desc *desc, DescExtra *extra) {
    DescExtra *expected = NULL;
    if (atomic_compare_exchange_strong(&desc->entry->extra, &expected, extra))
        return extra;
    extra->free(extra);
    return expected;
}

MemAccount *desc_extra_account(const Desc *desc) { return &desc->entry->catalog->account; }

void desc_pin(const Desc *desc) {
    atomic_fetch_add_explicit(&((Desc *)(uintptr_t)desc)->pins, 1, memory_order_relaxed);
}

void desc_unpin(const Desc *desc) {
    Desc *d = (Desc *)(uintptr_t)desc;
    uint32_t before = atomic_fetch_sub_explicit(&d->pins, 1, memory_order_acq_rel);
    check(before > 0);
    if (before == 1)
        entry_free(d->entry);
}

/* Takes an entry out of its partition, latched. The caller unpins it after the latch. */
static void entry_unlink(CachePartition *partition, CacheEntry *entry) {
    CacheEntry *out = strmap_remove(&partition->entries, entry->key, entry->key_len);
    check(out == entry);
    list_remove(&entry->clock);
    partition->bytes -= entry->bytes;
    atomic_store_explicit(&entry->desc->valid, false, memory_order_release);
}

void cache_init(Catalog *catalog) {
    for (unsigned i = 0; i < CACHE_PARTITIONS; i++) {
        strmap_init(&catalog->partitions[i].entries, &catalog->account);
        list_init(&catalog->partitions[i].clock);
    }
}

static void partition_clear(CachePartition *partition) {
    for (;;) {
        latch_lock(&partition->latch);
        CacheEntry *entry = NULL;
        if (!list_empty(&partition->clock)) {
            entry = LIST_ENTRY(partition->clock.next, CacheEntry, clock);
            entry_unlink(partition, entry);
        }
        latch_unlock(&partition->latch);
        if (entry == NULL)
            return;
        desc_unpin(entry->desc);
    }
}

void cache_destroy(Catalog *catalog) {
    for (unsigned i = 0; i < CACHE_PARTITIONS; i++) {
        partition_clear(&catalog->partitions[i]);
        strmap_destroy(&catalog->partitions[i].entries);
    }
}

/* Frees what nobody has used for a round of the clock; a bounded number of steps. Latched; what it
 * unlinks is unpinned by the caller. */
static size_t partition_evict(CachePartition *partition, size_t limit, CacheEntry *out[8]) {
    size_t count = 0;
    for (unsigned step = 0; step < 64 && partition->bytes > limit && count < 8; step++) {
        if (list_empty(&partition->clock))
            break;
        CacheEntry *entry = LIST_ENTRY(partition->clock.next, CacheEntry, clock);
        bool used = atomic_exchange_explicit(&entry->referenced, false, memory_order_relaxed);
        if (used || atomic_load_explicit(&entry->desc->pins, memory_order_relaxed) > 1) {
            list_remove(&entry->clock);
            list_push_back(&partition->clock, &entry->clock);
        } else {
            entry_unlink(partition, entry);
            out[count++] = entry;
        }
    }
    return count;
}

/* ---- look-up ---- */

#define RECENT_BYTES (RECENT_SLOTS * sizeof(RecentEntry))

static CacheEntry *recent_find(const CatalogSession *session, uint64_t hash, const char *key,
                               uint32_t key_len) {
    if (session->recent == NULL)
        return NULL;
    const RecentEntry *recent = &session->recent[hash % RECENT_SLOTS];
    CacheEntry *entry = recent->entry;
    bool same = entry != NULL && recent->hash == hash && desc_is_valid(entry->desc) &&
                entry->key_len == key_len && memcmp(entry->key, key, key_len) == 0;
    return same ? entry : NULL;
}

static void recent_forget(CatalogSession *session) {
    if (session->recent_used)
        memset(session->recent, 0, RECENT_BYTES);
    session->recent_used = false;
}

void catalog_session_trim(CatalogSession *session) {
    mem_free(&session->account, session->recent, RECENT_BYTES);
    session->recent = NULL;
    session->recent_used = false;
}

static void session_pin(CatalogSession *session, CacheEntry *entry) {
    vec_push(&session->pins, &session->arena, entry);
    if (session->recent == NULL) {
        session->recent = mem_alloc(&session->account, RECENT_BYTES);
        memset(session->recent, 0, RECENT_BYTES);
    }
    session->recent[entry->hash % RECENT_SLOTS] = (RecentEntry){entry->hash, entry};
    session->recent_used = true;
}

static CacheEntry *shared_find(Catalog *catalog, uint64_t hash, const char *key, uint32_t key_len) {
    CachePartition *partition = partition_of(catalog, hash);
    latch_lock_shared(&partition->latch);
    CacheEntry *entry = strmap_get(&partition->entries, key, key_len);
    if (entry != NULL) {
        desc_pin(entry->desc);
        atomic_store_explicit(&entry->referenced, true, memory_order_relaxed);
    }
    latch_unlock_shared(&partition->latch);
    return entry;
}

/* Puts a fresh entry into the map unless its name changed since slot_count was read or another
 * reader was faster. */
static void shared_publish(Catalog *catalog, CacheEntry *entry, uint32_t slot_count,
                           uint64_t all_generation) {
    CachePartition *partition = partition_of(catalog, entry->hash);
    CacheEntry *evicted[8];
    size_t evicted_count = 0;
    latch_lock(&partition->latch);
    if (atomic_load(slot_of(catalog, entry->hash)) == slot_count &&
        atomic_load(&catalog->all_generation) == all_generation &&
        strmap_get(&partition->entries, entry->key, entry->key_len) == NULL) {
        entry->desc->shared = true;
        atomic_store_explicit(&entry->desc->valid, true, memory_order_release);
        desc_pin(entry->desc);
        strmap_put(&partition->entries, entry->key, entry->key_len, entry);
        list_push_back(&partition->clock, &entry->clock);
        partition->bytes += entry->bytes;
        evicted_count =
            partition_evict(partition, catalog->cache_bytes_max / CACHE_PARTITIONS, evicted);
    }
    latch_unlock(&partition->latch);
    for (size_t i = 0; i < evicted_count; i++)
        desc_unpin(evicted[i]->desc);
}

static Status entry_build(CatalogSession *session, CacheId cache, const Datum *keys,
                          CacheEntry *entry) {
    /* A build within a build takes a snapshot of its own, younger than its slot count (I3). */
    const Snapshot *snapshot;
    check(session->txn != NULL);
    TRY(txn_snapshot_latest(session->txn, &snapshot));
    const Snapshot *outer = session->read_snapshot;
    session->read_snapshot = snapshot;
    Status status = cache_defs[cache].build(session, keys, &entry->arena, &entry->desc);
    session->read_snapshot = outer;
    txn_snapshot_release(session->txn, snapshot);
    if (!status_ok(status))
        return status;
    entry->negative = entry->desc == NULL;
    if (entry->negative)
        entry->desc = arena_new(&entry->arena, Desc);
    entry->desc->entry = entry;
    entry->desc->version =
        atomic_fetch_add_explicit(&session->catalog->version, 1, memory_order_relaxed) + 1;
    atomic_store(&entry->desc->pins, 1);
    entry->bytes = sizeof(CacheEntry) + entry->key_len + entry->arena.reserved_bytes;
    return STATUS_OK;
}

static bool session_is_dirty(const CatalogSession *session, uint64_t hash, bool shared) {
    const DirtySet *dirty = session->dirty;
    if (dirty == NULL)
        return false;
    return dirty->shared_everything || (dirty->everything && !shared) ||
           u64map_get(&dirty->hashes, hash) != NULL;
}

/* The entry, with one pin for the caller. */
static Status entry_get(CatalogSession *session, CacheId cache, const Datum *keys, uint64_t hash,
                        const char *key, uint32_t key_len, CacheEntry **entry_out) {
    Catalog *catalog = session->catalog;
    bool private = session_is_dirty(session, hash, cache_defs[cache].shared);
    CacheEntry *entry;
    if (private) {
        entry = u64map_get(&session->private, hash);
        if (entry != NULL && entry->key_len == key_len && memcmp(entry->key, key, key_len) == 0) {
            desc_pin(entry->desc);
            *entry_out = entry;
            return STATUS_OK;
        }
    } else {
        entry = shared_find(catalog, hash, key, key_len);
        if (entry != NULL) {
            *entry_out = entry;
            return STATUS_OK;
        }
    }
    uint32_t slot_count = atomic_load(slot_of(catalog, hash));
    uint64_t all_generation = atomic_load(&catalog->all_generation);
    entry = entry_make(catalog, hash, key, key_len);
    Status status = entry_build(session, cache, keys, entry);
    if (!status_ok(status)) {
        entry_free(entry);
        return status;
    }
    if (private) {
        atomic_store(&entry->desc->valid, true);
        desc_pin(entry->desc);
        CacheEntry *old = u64map_put(&session->private, hash, entry);
        if (old != NULL)
            desc_unpin(old->desc);
    } else {
        shared_publish(catalog, entry, slot_count, all_generation);
    }
    *entry_out = entry;
    return STATUS_OK;
}

Status cache_get(CatalogSession *session, CacheId cache, const Datum *keys, const Desc **desc_out) {
    char key[CACHE_KEY_BYTES_MAX];
    *desc_out = NULL;
    uint32_t key_len = cache_key(session->database, cache, keys, key);
    uint64_t hash = hash_bytes(key, key_len);
    CacheEntry *entry = recent_find(session, hash, key, key_len);
    if (entry == NULL) {
        TRY(entry_get(session, cache, keys, hash, key, key_len, &entry));
        session_pin(session, entry);
    }
    *desc_out = entry->negative ? NULL : entry->desc;
    return STATUS_OK;
}

void cache_session_release(CatalogSession *session) {
    recent_forget(session);
    for (size_t i = 0; i < session->pins.count; i++)
        desc_unpin(session->pins.items[i]->desc);
    session->pins.count = 0;
}

/* ---- changes ---- */

static void dirty_free(DirtySet *dirty) {
    u64map_destroy(&dirty->hashes);
    arena_destroy(&dirty->arena);
    mem_free(&dirty->catalog->account, dirty, sizeof(*dirty));
}

void cache_session_forget_private(CatalogSession *session) {
    size_t cursor = 0;
    uint64_t hash;
    void *value;
    while (u64map_next(&session->private, &cursor, &hash, &value)) {
        CacheEntry *entry = value;
        atomic_store(&entry->desc->valid, false);
        desc_unpin(entry->desc);
    }
    u64map_destroy(&session->private);
    u64map_init(&session->private, &session->account);
    recent_forget(session);
    session->path_valid = false;
    session->dirty_count++;
}

static void invalidate_key(Catalog *catalog, uint64_t hash, const DirtyKey *key) {
    CachePartition *partition = partition_of(catalog, hash);
    latch_lock(&partition->latch);
    atomic_fetch_add(slot_of(catalog, hash), 1);
    CacheEntry *found = strmap_get(&partition->entries, key->key, key->len);
    if (found != NULL)
        entry_unlink(partition, found);
    latch_unlock(&partition->latch);
    if (found != NULL)
        desc_unpin(found->desc);
}

void catalog_flush(Catalog *catalog) {
    atomic_fetch_add(&catalog->all_generation, 1);
    for (unsigned i = 0; i < CACHE_PARTITIONS; i++)
        partition_clear(&catalog->partitions[i]);
    atomic_fetch_add(&catalog->epoch, 1);
}

/* End of a transaction that changed catalogs. */
static void dirty_finish(void *arg, bool committed, Lsn commit_lsn) {
    DirtySet *dirty = arg;
    CatalogSession *session = dirty->session;
    if (committed) {
        /* Snapshots of others see what is durable (I2): with synchronous_commit off, a reader could
         * else cache the past after its name was struck out. A log that cannot be written stops the
         * server. */
        status_free(wal_wait_durable(engine_wal(mvcc_engine(dirty->catalog->mvcc)), commit_lsn));
        if (dirty->everything || dirty->shared_everything) {
            catalog_flush(dirty->catalog);
        } else {
            size_t cursor = 0;
            uint64_t hash;
            void *value;
            while (u64map_next(&dirty->hashes, &cursor, &hash, &value))
                for (const DirtyKey *key = value; key != NULL; key = key->next)
                    invalidate_key(dirty->catalog, hash, key);
            atomic_fetch_add(&dirty->catalog->epoch, 1);
        }
    }
    if (session != NULL && session->dirty == dirty) {
        session->dirty = NULL;
        cache_session_forget_private(session);
    }
    dirty_free(dirty);
}

static DirtySet *dirty_of(CatalogSession *session) {
    if (session->dirty == NULL) {
        Catalog *catalog = session->catalog;
        DirtySet *dirty = mem_alloc(&catalog->account, sizeof(DirtySet));
        *dirty = (DirtySet){.catalog = catalog, .session = session, .database = session->database};
        arena_init(&dirty->arena, &catalog->account);
        u64map_init(&dirty->hashes, &catalog->account);
        session->dirty = dirty;
        TxnAction action = {.after = dirty_finish, .arg = dirty};
        txn_add_action(session->txn, &action);
    }
    return session->dirty;
}

void cache_session_close(CatalogSession *session) {
    if (session->dirty != NULL)
        session->dirty->session = NULL;
    session->dirty = NULL;
    cache_session_release(session);
    cache_session_forget_private(session);
    u64map_destroy(&session->private);
}

void cache_note_key(CatalogSession *session, CacheId cache, const Datum *keys) {
    char key[CACHE_KEY_BYTES_MAX];
    uint32_t key_len = cache_key(session->database, cache, keys, key);
    uint64_t hash = hash_bytes(key, key_len);
    DirtySet *dirty = dirty_of(session);
    DirtyKey *first = u64map_get(&dirty->hashes, hash), *known = first;
    while (known != NULL && (known->len != key_len || memcmp(known->key, key, key_len) != 0))
        known = known->next;
    if (known == NULL) {
        known = arena_alloc(&dirty->arena, sizeof(DirtyKey) + key_len);
        known->next = first;
        known->len = key_len;
        memcpy(known->key, key, key_len);
        u64map_put(&dirty->hashes, hash, known);
    }
    CacheEntry *entry = u64map_remove(&session->private, hash);
    if (entry != NULL) {
        atomic_store(&entry->desc->valid, false);
        desc_unpin(entry->desc);
    }
    if (session->recent != NULL && session->recent[hash % RECENT_SLOTS].hash == hash)
        session->recent[hash % RECENT_SLOTS].entry = NULL;
    session->dirty_count++;
}

void cache_note_everything(CatalogSession *session, bool shared) {
    DirtySet *dirty = dirty_of(session);
    dirty->everything = true;
    dirty->shared_everything |= shared;
    cache_session_forget_private(session);
}

static void note_version(CatalogSession *session, const CatalogTable *table,
                         const CatalogRow *row) {
    for (size_t i = 0; i < ARRAY_LEN(cache_rules); i++) {
        const struct CacheRule *rule = &cache_rules[i];
        if (rule->catalog != table->oid)
            continue;
        Datum keys[CACHE_KEYS_MAX];
        const CacheDef *def = &cache_defs[rule->cache];
        for (unsigned k = 0; k < def->key_count; k++)
            keys[k] = row->values[rule->columns[k]];
        if (def->keys[0] == KEY_OID && keys[0].u32 == 0)
            continue;
        cache_note_key(session, rule->cache, keys);
    }
}

/* An index's or trigger's change shows in its table's descriptor. */
static Status note_owner(CatalogSession *session, const CatalogRow *row) {
    char kind = (char)row->values[PG_CLASS_RELKIND].byte;
    if (kind != 'i' && kind != 'I')
        return STATUS_OK;
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *index = row_new(&arena);
    bool found;
    Status status = catalog_find_oid(session, PG_INDEX_INDEXRELID_INDEX, row_oid(row, PG_CLASS_OID),
                                     &arena, index, &found);
    if (status_ok(status) && found)
        cache_note_key(session, CACHE_RELATION, &index->values[PG_INDEX_INDRELID]);
    arena_destroy(&arena);
    return status;
}

Status cache_note_row(CatalogSession *session, const CatalogTable *table, const CatalogRow *old,
                      const CatalogRow *now) {
    if (table->oid == PG_LARGEOBJECT) /* data that no descriptor or plan shows */
        return STATUS_OK;
    if (old != NULL)
        note_version(session, table, old);
    if (now != NULL)
        note_version(session, table, now);
    if (table->oid == PG_CLASS && old != NULL)
        TRY(note_owner(session, old));
    /* A schema's name is in the descriptor of everything in it. */
    if (table->oid == PG_NAMESPACE && old != NULL && now != NULL &&
        !str_equal(old->values[PG_NAMESPACE_NSPNAME].str, now->values[PG_NAMESPACE_NSPNAME].str))
        cache_note_everything(session, false);
    (void)dirty_of(session);
    return STATUS_OK;
}

void catalog_touch_relation(CatalogSession *session, Oid relation) {
    Datum key = datum_oid(relation);
    cache_note_key(session, CACHE_RELATION, &key);
}
