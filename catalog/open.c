/* open.c: the server-wide part: opening, initialisation, OIDs. */
#include "catalog/catalog_int.h"

#define COUNTER_OIDS 0u           /* of the engine's named counters */
#define COUNTER_BOOTSTRAP_OIDS 1u /* what initdb makes: 12000 .. 16383 */
#define CACHE_BYTES_DEFAULT ((size_t)64 << 20)

static Catalog *catalog_make(const CatalogConfig *config) {
    Catalog *catalog = mem_alloc(config->account, sizeof(Catalog));
    memset(catalog, 0, sizeof(*catalog));
    catalog->mvcc = config->mvcc;
    mem_account_init(&catalog->account, config->account, "catalog", SIZE_MAX);
    catalog->cache_bytes_max =
        config->cache_bytes_max != 0 ? config->cache_bytes_max : CACHE_BYTES_DEFAULT;
    u64map_init(&catalog->maps, &catalog->account);
    u64map_init(&catalog->sequences, &catalog->account);
    cache_init(catalog);
    return catalog;
}

void catalog_close(Catalog *catalog) {
    cache_destroy(catalog);
    sequence_states_free(catalog);
    size_t cursor = 0;
    uint64_t key;
    void *map;
    while (u64map_next(&catalog->maps, &cursor, &key, &map))
        store_map_free(catalog, map);
    u64map_destroy(&catalog->maps);
    MemAccount *account = catalog->account.parent;
    mem_free(account, catalog, sizeof(*catalog));
}

/* A session in template1 by the bootstrap superuser with a transaction begun. */
static Status boot_session(Catalog *catalog, CatalogSession **session_out, Txn **txn_out) {
    CatalogSessionConfig config = {.database = OID_DATABASE_TEMPLATE1,
                                   .role = OID_ROLE_BOOTSTRAP,
                                   .backend_id = 0,
                                   .bootstrap = true};
    *session_out = NULL;
    TRY(txn_begin(catalog->mvcc, ISOLATION_READ_COMMITTED, false, false, txn_out));
    *session_out = catalog_session_open(catalog, &config);
    catalog_session_begin(*session_out, *txn_out);
    return STATUS_OK;
}

static Status boot_end(CatalogSession *session, Txn *txn, Status status) {
    if (status_ok(status)) {
        status = txn_commit(txn, SYNC_ON);
        catalog_session_close(session);
        return status;
    }
    Status undo = txn_rollback(txn);
    if (!status_ok(undo))
        status_free(undo);
    catalog_session_close(session);
    return status;
}

static Status initialise(Catalog *catalog, const char *superuser) {
    CatalogSession *session;
    Txn *txn;
    TRY(boot_session(catalog, &session, &txn));
    StoreId root;
    Status status = txn_store_create(txn, STORE_TABLE, &root);
    if (status_ok(status))
        status = table_open(catalog->mvcc, root, &catalog->root);
    if (status_ok(status))
        status = boot_fill(catalog, session, superuser);
    return boot_end(session, txn, status);
}

static Status check_complete(Catalog *catalog) {
    Txn *txn;
    bool complete = false;
    TRY(txn_begin(catalog->mvcc, ISOLATION_READ_COMMITTED, true, false, &txn));
    Status status = root_is_complete(catalog, txn, &complete);
    Status end = txn_rollback(txn);
    if (!status_ok(status)) {
        status_free(end);
        return status;
    }
    TRY(end);
    if (!complete)
        return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                 "the data directory was not completely initialised"),
                           "Remove it and initialise it again.");
    return STATUS_OK;
}

Status catalog_open(const CatalogConfig *config, Catalog **catalog_out, bool *initialise_out) {
    Catalog *catalog = catalog_make(config);
    *catalog_out = NULL;
    *initialise_out = false;
    Status status = root_find(catalog);
    if (status_ok(status)) {
        *initialise_out = catalog->root == NULL;
        status = *initialise_out
                     ? initialise(catalog, config->superuser_name != NULL ? config->superuser_name
                                                                          : "postgres")
                     : check_complete(catalog);
    }
    if (!status_ok(status)) {
        catalog_close(catalog);
        return status;
    }
    *catalog_out = catalog;
    return STATUS_OK;
}

static Status make_databases(Catalog *catalog, CatalogSession *session, Txn *txn) {
    const DatabaseDesc *template;
    TRY(catalog_database(session, OID_DATABASE_TEMPLATE1, &template));
    DatabaseSpec spec = {.name = "template0",
                         .owner = OID_ROLE_BOOTSTRAP,
                         .template_database = OID_DATABASE_TEMPLATE1,
                         .tablespace = OID_TABLESPACE_DEFAULT,
                         .encoding = template->encoding,
                         .locale_provider = template->locale_provider,
                         .collate = template->collate,
                         .ctype = template->ctype,
                         .is_template = true,
                         .allow_connections = false,
                         .connection_limit = -1,
                         .oid = OID_DATABASE_TEMPLATE0};
    Oid oid;
    TRY(init_privileges(session));
    TRY(database_create(session, &spec, &oid));
    ObjectAddress object = object_address(PG_DATABASE, oid, 0);
    TRY(object_set_acl(session, object, template->acl));
    spec.name = "postgres";
    spec.is_template = false;
    spec.allow_connections = true;
    spec.oid = OID_DATABASE_POSTGRES;
    TRY(database_create(session, &spec, &oid));
    return root_mark_complete(catalog, txn);
}

Status catalog_init_finish(Catalog *catalog) {
    CatalogSession *session;
    Txn *txn;
    TRY(boot_session(catalog, &session, &txn));
    return boot_end(session, txn, make_databases(catalog, session, txn));
}

Mvcc *catalog_mvcc(Catalog *catalog) { return catalog->mvcc; }

uint64_t catalog_epoch(const Catalog *catalog) {
    return atomic_load_explicit(&((Catalog *)(uintptr_t)catalog)->epoch, memory_order_acquire);
}

/* ---- OIDs ---- */

/* The counter never repeats, but it wraps, and a catalog may hold OIDs that were given explicitly. */
static Status oid_candidate(CatalogSession *session, Oid *oid_out) {
    Engine *engine = mvcc_engine(session->catalog->mvcc);
    uint64_t n;
    if (session->bootstrap) {
        TRY(engine_counter_next(engine, COUNTER_BOOTSTRAP_OIDS, 1, &n));
        n += OID_FIRST_UNPINNED;
        if (n >= OID_FIRST_NORMAL)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "initialisation needs too many OIDs");
    } else {
        TRY(engine_counter_next(engine, COUNTER_OIDS, 1, &n));
        n = OID_FIRST_NORMAL + n % ((uint64_t)UINT32_MAX - OID_FIRST_NORMAL);
    }
    *oid_out = (Oid)n;
    return STATUS_OK;
}

static Oid oid_index_of(const CatalogTable *table) {
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        if (index->key_count == 1 && index->columns[0] == 0 && table->columns[0].type == OID_OID)
            return index->oid;
    }
    return 0;
}

Status catalog_new_oid(CatalogSession *session, Oid catalog, Oid *oid_out) {
    const CatalogTable *table = catalog_table(catalog);
    check(table != NULL);
    Oid index = oid_index_of(table);
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    Status status;
    bool found;
    do {
        found = false;
        status = oid_candidate(session, oid_out);
        if (status_ok(status) && index != 0)
            status = catalog_find_oid(session, index, *oid_out, &arena, row, &found);
    } while (status_ok(status) && found);
    arena_destroy(&arena);
    return status;
}
