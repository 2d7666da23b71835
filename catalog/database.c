/*
 * database.c: CREATE and DROP DATABASE.
 *
 * A database is a set of stores. Creating one copies the template's catalogs row by row into new
 * stores and builds their indexes afresh; users' tables are copied with their rows in order, their
 * indexes entry by entry with the new rowids. Everything hangs on the creating transaction.
 */
#include "catalog/catalog_int.h"

#define COPY_ROWS 256u

typedef struct Copy {
    CatalogSession *from; /* in the template */
    CatalogSession *to;   /* in the new database, same transaction */
    const Snapshot *snapshot;
    const StoreMap *map; /* the new one's */
} Copy;

/* A session in another database that shares the transaction. */
static CatalogSession *session_beside(CatalogSession *session, Oid database) {
    CatalogSessionConfig config = {.database = database,
                                   .role = session->role,
                                   .backend_id = session->backend_id,
                                   .bootstrap = true};
    CatalogSession *other = catalog_session_open(session->catalog, &config);
    catalog_session_begin(other, session->txn);
    return other;
}

/* ---- catalogs ---- */

/* pg_class of the copy says where the copied catalogs lie; users' relations get theirs later. */
static void adjust_row(const Copy *copy, const CatalogTable *table, Datum *row) {
    if (table->oid != PG_CLASS || row[PG_CLASS_RELFILENODE].u32 == 0)
        return;
    Oid oid = row[PG_CLASS_OID].u32;
    const CatalogTable *self = catalog_table(oid);
    const CatalogIndex *index = self == NULL ? catalog_index(oid, NULL) : NULL;
    if (self != NULL)
        row[PG_CLASS_RELFILENODE] = datum_oid(copy->map->stores[catalog_table_ordinal(self)]);
    else if (index != NULL)
        row[PG_CLASS_RELFILENODE] = datum_oid(copy->map->stores[catalog_index_ordinal(index)]);
}

static Status copy_catalog(Copy *copy, const CatalogTable *table, Arena *arena) {
    VEC(Datum) values = {0};
    VEC(bool) nulls = {0};
    uint32_t count = 0;
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(copy->from, table->oid, 0, NULL, 0, arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        adjust_row(copy, table, row->values);
        for (unsigned c = 0; c < table->column_count; c++) {
            Datum value = row->values[c];
            if (table->columns[c].phys == PHYS_STR && !row->nulls[c])
                value =
                    datum_str(arena_memdup(arena, value.str.data, value.str.len), value.str.len);
            vec_push(&values, arena, value);
            vec_push(&nulls, arena, row->nulls[c]);
        }
        count++;
    }
    catalog_scan_close(scan);
    TRY(status);
    return bulk_load(copy->to, copy->map, table, values.items, nulls.items, count);
}

static Status copy_catalogs(Copy *copy) {
    size_t count;
    const CatalogTable *tables = catalog_tables(&count);
    Status status = STATUS_OK;
    for (size_t i = 0; i < count && status_ok(status); i++) {
        if (tables[i].shared)
            continue;
        Arena arena;
        arena_init(&arena, &copy->from->account);
        status = copy_catalog(copy, &tables[i], &arena);
        arena_destroy(&arena);
    }
    return status;
}

/* ---- users' relations ---- */

typedef struct RowMove {
    RowId from, to;
} RowMove;
typedef struct Moves { /* ascending by from */
    RowMove *items;
    size_t count;
    size_t capacity;
} Moves;

static RowId moved_to(const Moves *moves, RowId from) {
    size_t low = 0, high = moves->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (moves->items[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < moves->count && moves->items[low].from == from ? moves->items[low].to : 0;
}

/* The values of a row; what it lacks at its end stays missing in the copy as a value. */
static Status read_values(const RelationDesc *rel, Table *table, const RowView *view, Arena *arena,
                          Datum *values, bool *nulls) {
    for (unsigned c = 0; c < rel->column_count; c++) {
        bool damaged = false;
        values[c] = (Datum){.i64 = 0};
        TupleGet got = tuple_get(&rel->shape, view->body, view->len, c, &values[c], &damaged);
        if (damaged)
            return error(ERR_DATA_CORRUPTED, "a row of relation \"%s\" is damaged", rel->name);
        if (got == TUPLE_EXTERNAL)
            TRY(table_read_external(table, values[c].str, arena, &values[c]));
        nulls[c] = got == TUPLE_NULL;
        if (got == TUPLE_MISSING) {
            nulls[c] = !rel->columns[c].has_missing;
            values[c] = rel->columns[c].missing;
        }
    }
    return STATUS_OK;
}

static Status copy_rows(Copy *copy, const RelationDesc *rel, StoreId store, Moves *moves,
                        Arena *arena) {
    Table *from, *to;
    TableScan *scan;
    TRY(table_open(session_mvcc(copy->from), rel->store, &from));
    TRY(table_open(session_mvcc(copy->from), store, &to));
    TRY(table_scan_open(from, copy->snapshot, 0, UINT64_MAX, false, arena, &scan));
    RowView *views = arena_array(arena, RowView, COPY_ROWS);
    unsigned columns = rel->column_count;
    for (;;) {
        uint32_t count;
        RowId first;
        TRY(table_scan_next(scan, views, COPY_ROWS, &count));
        if (count == 0)
            return STATUS_OK;
        Arena batch;
        arena_init(&batch, &copy->from->account);
        Datum *values = arena_array(&batch, Datum, (size_t)count * columns + 1);
        bool *nulls = arena_array(&batch, bool, (size_t)count *columns + 1);
        Status status = STATUS_OK;
        for (uint32_t i = 0; i < count && status_ok(status); i++)
            status = read_values(rel, from, &views[i], &batch, values + (size_t)i * columns,
                                 nulls + (size_t)i * columns);
        if (status_ok(status))
            status =
                table_insert_many(copy->to->txn, to, &rel->shape, values, nulls, count, &first);
        for (uint32_t i = 0; i < count && status_ok(status); i++)
            vec_push(moves, arena, ((RowMove){views[i].rowid, first + i}));
        arena_destroy(&batch);
        TRY(status);
        fiber_yield_if_due();
    }
}

static Status copy_index(Copy *copy, const IndexDesc *index, StoreId store, const Moves *moves,
                         Arena *arena) {
    Index *from, *to;
    IndexScan *scan;
    TRY(index_open(session_mvcc(copy->from), index->store, index->unique, &from));
    TRY(index_open(session_mvcc(copy->from), store, index->unique, &to));
    TRY(index_scan_open(from, NULL, true, NULL, true, false, arena, &scan));
    IndexEntry *entries = arena_array(arena, IndexEntry, COPY_ROWS);
    for (;;) {
        uint32_t count;
        TRY(index_scan_next(scan, entries, COPY_ROWS, &count));
        if (count == 0)
            return STATUS_OK;
        for (uint32_t i = 0; i < count; i++) {
            /* Of a unique index, only keys with a NULL stand for several rows. */
            bool shared = (i > 0 && str_equal(entries[i].key, entries[i - 1].key)) ||
                          (i + 1 < count && str_equal(entries[i].key, entries[i + 1].key));
            RowId rowid = moved_to(moves, entries[i].rowid);
            if (rowid != 0)
                TRY(index_insert_unchecked(copy->to->txn, to, entries[i].key,
                                           index->unique && shared, rowid));
        }
        fiber_yield_if_due();
    }
}

static Status set_store(Copy *copy, Oid relation, StoreKind kind, StoreId *store_out,
                        Arena *arena) {
    CatalogRow *row = row_new(arena);
    TRY(txn_store_create(copy->to->txn, kind, store_out));
    TRY(relation_row(copy->to, relation, arena, row));
    row_set_oid(row, PG_CLASS_RELFILENODE, *store_out);
    return catalog_update(copy->to, PG_CLASS, row);
}

static Status copy_relation(Copy *copy, Oid relation, Arena *arena) {
    const RelationDesc *rel;
    StoreId store;
    Moves moves = {0};
    TRY(catalog_relation_require(copy->from, relation, &rel));
    if (rel->store == 0 || rel->kind == 'i' || rel->persistence == 't')
        return STATUS_OK;
    TRY(set_store(copy, relation, STORE_TABLE, &store, arena));
    TRY(copy_rows(copy, rel, store, &moves, arena));
    for (unsigned i = 0; i < rel->index_count; i++) {
        TRY(set_store(copy, rel->indexes[i].oid, STORE_INDEX, &store, arena));
        TRY(copy_index(copy, &rel->indexes[i], store, &moves, arena));
    }
    return STATUS_OK;
}

static Status copy_relations(Copy *copy, Arena *arena) {
    VEC(Oid) relations = {0};
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(copy->from, PG_CLASS, 0, NULL, 0, arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        Oid oid = row_oid(row, PG_CLASS_OID);
        if (row_oid(row, PG_CLASS_RELFILENODE) != 0 && catalog_table(oid) == NULL &&
            catalog_index(oid, NULL) == NULL)
            vec_push(&relations, arena, oid);
    }
    catalog_scan_close(scan);
    for (size_t i = 0; i < relations.count && status_ok(status); i++) {
        Arena one;
        arena_init(&one, &copy->from->account);
        status = copy_relation(copy, relations.items[i], &one);
        arena_destroy(&one);
        catalog_session_release(copy->from);
        catalog_session_release(copy->to);
    }
    return status;
}

static Status copy_database(CatalogSession *session, Oid template, Oid database,
                            const StoreMap *map) {
    Copy copy = {.map = map};
    copy.from = session_beside(session, template);
    copy.to = session_beside(session, database);
    copy.to->map = map;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = txn_snapshot_latest(session->txn, &copy.snapshot);
    if (status_ok(status)) {
        status = copy_catalogs(&copy);
        if (status_ok(status))
            status = copy_relations(&copy, &arena);
        txn_snapshot_release(session->txn, copy.snapshot);
    }
    arena_destroy(&arena);
    catalog_session_close(copy.from);
    catalog_session_close(copy.to);
    return status;
}

/* Objects of the template that roles or tablespaces must not leave behind. */
static Status copy_shared_dependencies(CatalogSession *session, Oid template, Oid database,
                                       Arena *arena) {
    Datum key = datum_oid(template);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, PG_SHDEPEND_DEPENDER_INDEX, &key, 1, arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        row_set_oid(&rows[i], PG_SHDEPEND_DBID, database);
        TRY(catalog_insert(session, PG_SHDEPEND, &rows[i]));
    }
    return STATUS_OK;
}

static void fill_row(CatalogRow *row, const DatabaseSpec *spec, Oid oid) {
    row_set_oid(row, PG_DATABASE_OID, oid);
    row_set_text(row, PG_DATABASE_DATNAME, spec->name);
    row_set_oid(row, PG_DATABASE_DATDBA, spec->owner);
    row_set_i32(row, PG_DATABASE_ENCODING, spec->encoding);
    row_set_char(row, PG_DATABASE_DATLOCPROVIDER, spec->locale_provider);
    row_set_bool(row, PG_DATABASE_DATISTEMPLATE, spec->is_template);
    row_set_bool(row, PG_DATABASE_DATALLOWCONN, spec->allow_connections);
    row_set_i32(row, PG_DATABASE_DATCONNLIMIT, spec->connection_limit);
    row_set_oid(row, PG_DATABASE_DATFROZENXID, 3);
    row_set_oid(row, PG_DATABASE_DATMINMXID, 1);
    row_set_oid(row, PG_DATABASE_DATTABLESPACE, spec->tablespace);
    row_set_text(row, PG_DATABASE_DATCOLLATE, spec->collate);
    row_set_text(row, PG_DATABASE_DATCTYPE, spec->ctype);
    row_set_text(row, PG_DATABASE_DATICULOCALE, spec->icu_locale);
    row_set_null(row, PG_DATABASE_DATCOLLVERSION);
    row_set_null(row, PG_DATABASE_DATACL);
}

static Status create_database(CatalogSession *session, const DatabaseSpec *spec, Oid *oid_out,
                              Arena *arena) {
    Catalog *catalog = session->catalog;
    Oid existing;
    StoreMap *map;
    TRY(database_by_name(session, spec->name, true, &existing));
    if (existing != 0)
        return error(ERR_DUPLICATE_DATABASE, "database \"%s\" already exists", spec->name);
    *oid_out = spec->oid;
    if (*oid_out == 0)
        TRY(catalog_new_oid(session, PG_DATABASE, oid_out));
    CatalogRow *row = row_new(arena);
    fill_row(row, spec, *oid_out);
    TRY(catalog_insert(session, PG_DATABASE, row));
    TRY(shdepend_record_owner(session, PG_DATABASE, *oid_out, spec->owner));
    TRY(copy_shared_dependencies(session, spec->template_database, *oid_out, arena));
    TRY(store_map_create(catalog, session->txn, *oid_out, &map));
    Status status = store_map_insert(catalog, session->txn, map, true);
    if (status_ok(status))
        status = copy_database(session, spec->template_database, *oid_out, map);
    store_map_free(catalog, map);
    return status;
}

Status database_create(CatalogSession *session, const DatabaseSpec *spec, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    *oid_out = 0;
    Status status = create_database(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- dropping ---- */

static Status drop_stores(CatalogSession *session, Oid database, Arena *arena) {
    CatalogSession *inside = session_beside(session, database);
    CatalogScan *scan;
    CatalogRow *row;
    const StoreMap *map;
    Status status = store_map_load(session->catalog, inside, database, &map);
    if (status_ok(status))
        status = catalog_scan_open(inside, PG_CLASS, 0, NULL, 0, arena, &scan);
    if (status_ok(status)) {
        while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
            Oid oid = row_oid(row, PG_CLASS_OID), store = row_oid(row, PG_CLASS_RELFILENODE);
            if (store != 0 && catalog_table(oid) == NULL && catalog_index(oid, NULL) == NULL &&
                !status_ok(status = txn_store_drop(session->txn, store)))
                break;
        }
        catalog_scan_close(scan);
    }
    for (unsigned i = 0; i < CATALOG_STORE_COUNT && status_ok(status); i++)
        if (map->stores[i] != 0)
            status = txn_store_drop(session->txn, map->stores[i]);
    catalog_session_close(inside);
    return status;
}

static Status drop_database(CatalogSession *session, Oid database, Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    ObjectAddress self = object_address(PG_DATABASE, database, 0);
    TRY(object_row(session, PG_DATABASE, database, arena, row, &found));
    if (!found)
        return error(ERR_UNDEFINED_DATABASE, "database %u does not exist", database);
    TRY(catalog_delete(session, PG_DATABASE, row));
    TRY(comment_delete_all(session, self));
    TRY(settings_delete_of_database(session, database));
    Datum key = datum_oid(database);
    TRY(catalog_delete_all(session, PG_SHDEPEND_DEPENDER_INDEX, &key, 1));
    TRY(shdepend_delete_of(session, PG_DATABASE, database, 0));
    TRY(drop_stores(session, database, arena));
    return root_delete(session->catalog, session->txn, database);
}

Status database_drop(CatalogSession *session, Oid database) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = drop_database(session, database, &arena);
    arena_destroy(&arena);
    return status;
}
