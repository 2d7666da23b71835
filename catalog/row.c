/*
 * row.c: reading and writing catalog rows.
 *
 * Indexes are unversioned, so a row found through one counts only if its visible version has the
 * entry's very key; that also keeps a row with several entries from being seen twice.
 */
#include "catalog/catalog_int.h"

#define SCAN_ENTRIES 32u

struct CatalogScan {
    CatalogSession *session;
    const CatalogTable *table;
    const CatalogIndex *index; /* NULL: the whole catalog */
    Table *handle;
    const Snapshot *snapshot;
    bool snapshot_owned;
    bool ended;
    Arena *arena;
    ArenaMark mark;
    TableScan *rows;
    IndexScan *entries;
    uint32_t count, next;
    StrBuf key;
    RowView *views;
    RowId *rowids;
    Str *keys;
    CatalogRow row;
};

Status session_snapshot(CatalogSession *session, const Snapshot **snapshot_out, bool *owned_out) {
    *owned_out = session->read_snapshot == NULL;
    *snapshot_out = session->read_snapshot;
    if (!*owned_out)
        return STATUS_OK;
    check(session->txn != NULL);
    return txn_snapshot_latest(session->txn, snapshot_out);
}

void session_snapshot_end(CatalogSession *session, const Snapshot *snapshot, bool owned) {
    if (owned && session->txn != NULL)
        txn_snapshot_release(session->txn, snapshot);
}

void catalog_shape(const CatalogTable *table, Arena *arena, TupleShape *shape) {
    uint8_t *phys = arena_alloc(arena, table->column_count);
    for (unsigned i = 0; i < table->column_count; i++)
        phys[i] = (uint8_t)table->columns[i].phys;
    tuple_shape_init(shape, arena, phys, table->column_count);
}

Status row_decode(CatalogSession *session, const CatalogTable *table, Table *handle,
                  const RowView *view, Arena *arena, CatalogRow *row_out) {
    TupleShape shape;
    catalog_shape(table, arena, &shape);
    memset(row_out->nulls, 0, sizeof(row_out->nulls));
    row_out->rowid = view->rowid;
    row_out->version = view->version;
    row_out->xmin = view->xmin;
    for (unsigned i = 0; i < table->column_count; i++) {
        bool damaged = false;
        Datum *value = &row_out->values[i];
        *value = (Datum){.i64 = 0};
        TupleGet got = tuple_get(&shape, view->body, view->len, i, value, &damaged);
        if (damaged)
            return error(ERR_DATA_CORRUPTED, "row %llu of catalog \"%s\" is damaged",
                         (unsigned long long)view->rowid, table->name);
        if (got == TUPLE_EXTERNAL)
            TRY(table_read_external(handle, value->str, arena, value));
        row_out->nulls[i] = got == TUPLE_NULL || got == TUPLE_MISSING;
    }
    return STATUS_OK;
}

/* Is the key that of the row's index columns? */
static bool row_has_key(const CatalogScan *scan, StrBuf *scratch, Str key) {
    strbuf_truncate(scratch, 0);
    key_of_row(scratch, scan->table, scan->index, scan->row.values);
    return scratch->len == key.len && memcmp(scratch->data, key.data, key.len) == 0;
}

static Status scan_start(CatalogScan *scan, const Datum *keys, uint32_t key_count) {
    if (scan->index == NULL)
        return table_scan_open(scan->handle, scan->snapshot, 0, UINT64_MAX, false, scan->arena,
                               &scan->rows);
    Index *index;
    TRY(session_index(scan->session, scan->table, scan->index, &index));
    strbuf_init(&scan->key, scan->arena);
    StrBuf prefix;
    strbuf_init(&prefix, scan->arena);
    key_of_keys(&prefix, scan->table, scan->index, keys, key_count);
    Str bound = str_make(strbuf_cstr(&prefix), prefix.len);
    if (scan->index->unique && key_count == scan->index->key_count) {
        TRY(index_get(index, bound, scan->arena, &scan->rowids, &scan->count));
        scan->keys = arena_array(scan->arena, Str, scan->count + 1);
        for (uint32_t i = 0; i < scan->count; i++)
            scan->keys[i] = bound;
        scan->ended = true;
        return STATUS_OK;
    }
    const Str *limit = key_count == 0 ? NULL : &bound;
    scan->rowids = arena_array(scan->arena, RowId, SCAN_ENTRIES);
    scan->keys = arena_array(scan->arena, Str, SCAN_ENTRIES);
    return index_scan_open(index, limit, true, limit, true, false, scan->arena, &scan->entries);
}

Status catalog_scan_open(CatalogSession *session, Oid catalog, Oid index, const Datum *keys,
                         uint32_t key_count, Arena *arena, CatalogScan **scan_out) {
    CatalogScan *scan = arena_new(arena, CatalogScan);
    *scan_out = scan;
    scan->session = session;
    scan->arena = arena;
    if (index != 0)
        scan->index = catalog_index(index, &scan->table);
    else
        scan->table = catalog_table(catalog);
    check(scan->table != NULL && (catalog == 0 || scan->table->oid == catalog));
    TRY(session_table(session, scan->table, &scan->handle));
    TRY(session_snapshot(session, &scan->snapshot, &scan->snapshot_owned));
    Status status = scan_start(scan, keys, key_count);
    if (!status_ok(status))
        catalog_scan_close(scan);
    return status;
}

static Status scan_start_between(CatalogScan *scan, const Datum *low, const Datum *high,
                                 bool backward) {
    Index *index;
    StrBuf keys[2];
    const Datum *values[2] = {low, high};
    Str bounds[2];
    TRY(session_index(scan->session, scan->table, scan->index, &index));
    strbuf_init(&scan->key, scan->arena);
    for (int i = 0; i < 2; i++) {
        strbuf_init(&keys[i], scan->arena);
        key_of_keys(&keys[i], scan->table, scan->index, values[i], scan->index->key_count);
        bounds[i] = str_make(strbuf_cstr(&keys[i]), keys[i].len);
    }
    scan->rowids = arena_array(scan->arena, RowId, SCAN_ENTRIES);
    scan->keys = arena_array(scan->arena, Str, SCAN_ENTRIES);
    return index_scan_open(index, &bounds[0], true, &bounds[1], true, backward, scan->arena,
                           &scan->entries);
}

Status catalog_scan_open_between(CatalogSession *session, Oid index, const Datum *low,
                                 const Datum *high, bool backward, Arena *arena,
                                 CatalogScan **scan_out) {
    CatalogScan *scan = arena_new(arena, CatalogScan);
    *scan_out = scan;
    scan->session = session;
    scan->arena = arena;
    scan->index = catalog_index(index, &scan->table);
    check(scan->index != NULL);
    TRY(session_table(session, scan->table, &scan->handle));
    TRY(session_snapshot(session, &scan->snapshot, &scan->snapshot_owned));
    Status status = scan_start_between(scan, low, high, backward);
    if (!status_ok(status))
        catalog_scan_close(scan);
    return status;
}

static Status scan_fill(CatalogScan *scan) {
    scan->next = 0;
    scan->count = 0;
    if (scan->ended)
        return STATUS_OK;
    if (scan->index == NULL) {
        if (scan->views == NULL)
            scan->views = arena_array(scan->arena, RowView, SCAN_ENTRIES);
        return table_scan_next(scan->rows, scan->views, SCAN_ENTRIES, &scan->count);
    }
    IndexEntry entries[SCAN_ENTRIES];
    TRY(index_scan_next(scan->entries, entries, SCAN_ENTRIES, &scan->count));
    for (uint32_t i = 0; i < scan->count; i++) {
        scan->rowids[i] = entries[i].rowid;
        char *copy = arena_memdup(scan->arena, entries[i].key.data, entries[i].key.len);
        scan->keys[i] = str_make(copy, entries[i].key.len);
    }
    return STATUS_OK;
}

Status catalog_scan_next(CatalogScan *scan, CatalogRow **row_out) {
    *row_out = NULL;
    for (;;) {
        if (scan->next == scan->count) {
            TRY(scan_fill(scan));
            if (scan->count == 0)
                return STATUS_OK;
        }
        uint32_t i = scan->next++;
        RowView view;
        if (scan->index == NULL) {
            TRY(row_decode(scan->session, scan->table, scan->handle, &scan->views[i], scan->arena,
                           &scan->row));
            *row_out = &scan->row;
            return STATUS_OK;
        }
        bool found;
        TRY(table_fetch(scan->snapshot, scan->handle, scan->rowids[i], scan->arena, &view, &found));
        if (!found)
            continue;
        TRY(row_decode(scan->session, scan->table, scan->handle, &view, scan->arena, &scan->row));
        if (!row_has_key(scan, &scan->key, scan->keys[i]))
            continue;
        *row_out = &scan->row;
        return STATUS_OK;
    }
}

void catalog_scan_close(CatalogScan *scan) {
    if (scan->snapshot != NULL)
        session_snapshot_end(scan->session, scan->snapshot, scan->snapshot_owned);
    scan->snapshot = NULL;
}

Status catalog_find(CatalogSession *session, Oid index, const Datum *keys, uint32_t key_count,
                    Arena *arena, CatalogRow *row_out, bool *found_out) {
    *found_out = false;
    CatalogScan *scan;
    TRY(catalog_scan_open(session, 0, index, keys, key_count, arena, &scan));
    CatalogRow *row;
    Status status = catalog_scan_next(scan, &row);
    if (status_ok(status) && row != NULL) {
        *row_out = *row;
        *found_out = true;
    }
    catalog_scan_close(scan);
    return status;
}

Status catalog_find_all(CatalogSession *session, Oid index, const Datum *keys, uint32_t key_count,
                        Arena *arena, CatalogRow **rows_out, size_t *count_out) {
    VEC(CatalogRow) rows = {0};
    *rows_out = NULL;
    *count_out = 0;
    CatalogScan *scan;
    TRY(catalog_scan_open(session, 0, index, keys, key_count, arena, &scan));
    Status status;
    for (;;) {
        CatalogRow *row;
        status = catalog_scan_next(scan, &row);
        if (!status_ok(status) || row == NULL)
            break;
        vec_push(&rows, arena, *row);
    }
    catalog_scan_close(scan);
    *rows_out = rows.items;
    *count_out = rows.count;
    return status;
}

Status catalog_find_oid(CatalogSession *session, Oid index, Oid oid, Arena *arena,
                        CatalogRow *row_out, bool *found_out) {
    Datum key = datum_oid(oid);
    return catalog_find(session, index, &key, 1, arena, row_out, found_out);
}

Status catalog_find_name(CatalogSession *session, Oid index, const char *name, Oid second,
                         Arena *arena, CatalogRow *row_out, bool *found_out) {
    const CatalogTable *table = NULL;
    const CatalogIndex *def = catalog_index(index, &table);
    Datum keys[2];
    unsigned name_at = table->columns[def->columns[0]].type == OID_NAME ? 0 : 1;
    keys[name_at] = datum_cstr(name);
    keys[1 - name_at] = datum_oid(second);
    return catalog_find(session, index, keys, def->key_count < 2 ? 1 : 2, arena, row_out,
                        found_out);
}

/* ---- writing ---- */

typedef struct MatchArg {
    CatalogSession *session;
    const CatalogTable *table;
    const CatalogIndex *index;
    Table *handle;
    Arena *arena;
} MatchArg;

static Status key_matches(void *arg, const RowView *view, Str key, bool *matches_out) {
    MatchArg *match = arg;
    CatalogRow *row = row_new(match->arena);
    TRY(row_decode(match->session, match->table, match->handle, view, match->arena, row));
    StrBuf buf;
    strbuf_init(&buf, match->arena);
    key_of_row(&buf, match->table, match->index, row->values);
    *matches_out = buf.len == key.len && memcmp(buf.data, key.data, key.len) == 0;
    return STATUS_OK;
}

static void print_key_value(StrBuf *buf, const CatalogColumn *column, Datum value) {
    switch (column->phys) {
    case PHYS_BYTE:
        if (column->type == OID_BOOL)
            strbuf_puts(buf, value.b ? "t" : "f");
        else
            strbuf_putc(buf, (char)value.byte);
        break;
    case PHYS_I16:
        strbuf_printf(buf, "%d", value.i16);
        break;
    case PHYS_I32:
        strbuf_printf(buf, column->type == OID_INT4 ? "%d" : "%u", value.u32);
        break;
    case PHYS_I64:
        strbuf_put_i64(buf, value.i64);
        break;
    case PHYS_F32:
        strbuf_printf(buf, "%g", (double)value.f32);
        break;
    default:
        if (column->type == OID_OIDVECTOR) {
            uint32_t count;
            const Oid *oids = row_get_oids(buf->arena, value, &count);
            for (uint32_t i = 0; i < count; i++)
                strbuf_printf(buf, i ? " %u" : "%u", oids[i]);
        } else {
            strbuf_append(buf, value.str.data, value.str.len);
        }
    }
}

static Status duplicate_error(const CatalogTable *table, const CatalogIndex *index,
                              const CatalogRow *row, Arena *arena) {
    StrBuf names, values;
    strbuf_init(&names, arena);
    strbuf_init(&values, arena);
    for (unsigned i = 0; i < index->key_count; i++) {
        const CatalogColumn *column = &table->columns[index->columns[i]];
        if (i > 0) {
            strbuf_puts(&names, ", ");
            strbuf_puts(&values, ", ");
        }
        strbuf_puts(&names, column->name);
        print_key_value(&values, column, row->values[index->columns[i]]);
    }
    Status s = error(ERR_UNIQUE_VIOLATION, "duplicate key value violates unique constraint \"%s\"",
                     index->name);
    s = status_detail(s, "Key (%s)=(%s) already exists.", strbuf_cstr(&names),
                      strbuf_cstr(&values));
    return status_object(s, "pg_catalog", table->name, NULL, NULL, index->name);
}

static Status index_add(CatalogSession *session, const CatalogTable *table,
                        const CatalogIndex *index, Table *handle, const CatalogRow *row, Str key,
                        RowId rowid, Arena *arena) {
    Index *index_handle;
    TRY(session_index(session, table, index, &index_handle));
    MatchArg match = {session, table, index, handle, arena};
    RowId conflict;
    Xid wait;
    IndexInsert outcome;
    TRY(index_insert(session->txn, index_handle, handle, key, false, rowid, key_matches, &match,
                     true, &conflict, &wait, &outcome));
    if (outcome == INDEX_CONFLICT)
        return duplicate_error(table, index, row, arena);
    return STATUS_OK;
}

static Str row_key(Arena *arena, const CatalogTable *table, const CatalogIndex *index,
                   const CatalogRow *row) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    key_of_row(&buf, table, index, row->values);
    return str_make(strbuf_cstr(&buf), buf.len);
}

/* A temporary arena for one write. */
static Status write_begin(CatalogSession *session, Oid catalog, const CatalogTable **table_out,
                          Table **handle_out) {
    *table_out = catalog_table(catalog);
    check(*table_out != NULL && session->txn != NULL);
    return session_table(session, *table_out, handle_out);
}

static Status insert_row(CatalogSession *session, const CatalogTable *table, Table *handle,
                         CatalogRow *row, Arena *arena) {
    TupleShape shape;
    catalog_shape(table, arena, &shape);
    for (unsigned i = 0; i < table->column_count; i++)
        check(!row->nulls[i] || !table->columns[i].not_null);
    TRY(table_insert(session->txn, handle, &shape, row->values, row->nulls, &row->rowid));
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        TRY(index_add(session, table, index, handle, row, row_key(arena, table, index, row),
                      row->rowid, arena));
    }
    return cache_note_row(session, table, NULL, row);
}

Status catalog_insert(CatalogSession *session, Oid catalog, CatalogRow *row) {
    const CatalogTable *table;
    Table *handle;
    TRY(write_begin(session, catalog, &table, &handle));
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = insert_row(session, table, handle, row, &arena);
    arena_destroy(&arena);
    if (session->insert_hook != NULL && status_ok(status))
        session->insert_hook(session->insert_hook_arg, catalog, row);
    return status;
}

static Status write_outcome(RowWrite outcome) {
    if (outcome == ROW_WRITTEN)
        return STATUS_OK;
    if (outcome == ROW_DELETED_BY_OTHER)
        return error(ERR_INTERNAL_ERROR, "tuple concurrently deleted");
    if (outcome == ROW_SELF_MODIFIED)
        return error(ERR_INTERNAL_ERROR, "tuple already updated by self");
    return error(ERR_INTERNAL_ERROR, "tuple concurrently updated");
}

/* The row as it stands, to know its keys. ROW_WRITTEN: its version is the one that was read. */
static Status read_old(CatalogSession *session, const CatalogTable *table, Table *handle,
                       const Snapshot *snapshot, RowId rowid, Lsn version, Arena *arena,
                       CatalogRow *old, RowWrite *outcome_out) {
    RowView view;
    bool found;
    TRY(table_fetch(snapshot, handle, rowid, arena, &view, &found));
    *outcome_out = !found                    ? ROW_DELETED_BY_OTHER
                   : view.version != version ? ROW_UPDATED_BY_OTHER
                                             : ROW_WRITTEN;
    return *outcome_out == ROW_WRITTEN ? row_decode(session, table, handle, &view, arena, old)
                                       : STATUS_OK;
}

static Status update_indexes(CatalogSession *session, const CatalogTable *table, Table *handle,
                             const CatalogRow *old, const CatalogRow *row, Arena *arena) {
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        Str before = row_key(arena, table, index, old);
        Str after = row_key(arena, table, index, row);
        if (str_equal(before, after))
            continue;
        Index *index_handle;
        TRY(session_index(session, table, index, &index_handle));
        TRY(index_mark_dead(session->txn, index_handle, before, false, row->rowid));
        TRY(index_add(session, table, index, handle, row, after, row->rowid, arena));
    }
    return STATUS_OK;
}

static Status update_row(CatalogSession *session, const CatalogTable *table, Table *handle,
                         const Snapshot *snapshot, CatalogRow *row, Arena *arena,
                         RowWrite *outcome_out) {
    CatalogRow *old = row_new(arena);
    TRY(read_old(session, table, handle, snapshot, row->rowid, row->version, arena, old,
                 outcome_out));
    if (*outcome_out != ROW_WRITTEN)
        return STATUS_OK;
    TupleShape shape;
    catalog_shape(table, arena, &shape);
    RowView latest;
    TRY(table_update(session->txn, snapshot, handle, row->rowid, row->version, &shape, row->values,
                     row->nulls, false, arena, &latest, outcome_out));
    if (*outcome_out != ROW_WRITTEN)
        return STATUS_OK;
    TRY(update_indexes(session, table, handle, old, row, arena));
    return cache_note_row(session, table, old, row);
}

static Status update_outcome(CatalogSession *session, Oid catalog, CatalogRow *row,
                             RowWrite *outcome_out) {
    const CatalogTable *table;
    Table *handle;
    const Snapshot *snapshot;
    TRY(write_begin(session, catalog, &table, &handle));
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = txn_snapshot_latest(session->txn, &snapshot);
    if (status_ok(status)) {
        status = update_row(session, table, handle, snapshot, row, &arena, outcome_out);
        txn_snapshot_release(session->txn, snapshot);
    }
    arena_destroy(&arena);
    return status;
}

Status catalog_update(CatalogSession *session, Oid catalog, CatalogRow *row) {
    RowWrite outcome;
    TRY(update_outcome(session, catalog, row, &outcome));
    if (session->insert_hook != NULL && outcome == ROW_WRITTEN && catalog == PG_PROC)
        session->insert_hook(session->insert_hook_arg, catalog, row);
    return write_outcome(outcome);
}

Status catalog_try_update(CatalogSession *session, Oid catalog, CatalogRow *row,
                          bool *written_out) {
    RowWrite outcome;
    TRY(update_outcome(session, catalog, row, &outcome));
    *written_out = outcome == ROW_WRITTEN;
    return *written_out || outcome == ROW_UPDATED_BY_OTHER ? STATUS_OK : write_outcome(outcome);
}

static Status delete_row(CatalogSession *session, const CatalogTable *table, Table *handle,
                         const Snapshot *snapshot, const CatalogRow *row, Arena *arena) {
    CatalogRow *old = row_new(arena);
    RowWrite outcome;
    TRY(read_old(session, table, handle, snapshot, row->rowid, row->version, arena, old, &outcome));
    TRY(write_outcome(outcome));
    RowView latest;
    TRY(table_delete(session->txn, snapshot, handle, row->rowid, row->version, arena, &latest,
                     &outcome));
    TRY(write_outcome(outcome));
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        Index *index_handle;
        TRY(session_index(session, table, index, &index_handle));
        TRY(index_mark_dead(session->txn, index_handle, row_key(arena, table, index, old), false,
                            row->rowid));
    }
    return cache_note_row(session, table, old, NULL);
}

Status catalog_delete(CatalogSession *session, Oid catalog, const CatalogRow *row) {
    const CatalogTable *table;
    Table *handle;
    const Snapshot *snapshot;
    TRY(write_begin(session, catalog, &table, &handle));
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = txn_snapshot_latest(session->txn, &snapshot);
    if (status_ok(status)) {
        status = delete_row(session, table, handle, snapshot, row, &arena);
        txn_snapshot_release(session->txn, snapshot);
    }
    arena_destroy(&arena);
    return status;
}

Status catalog_delete_all(CatalogSession *session, Oid index, const Datum *keys,
                          uint32_t key_count) {
    const CatalogTable *table = NULL;
    catalog_index(index, &table);
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *rows;
    size_t count;
    Status status = catalog_find_all(session, index, keys, key_count, &arena, &rows, &count);
    for (size_t i = 0; status_ok(status) && i < count; i++)
        status = catalog_delete(session, table->oid, &rows[i]);
    arena_destroy(&arena);
    return status;
}
