/* table_read.c: fetching rows by rowid, scanning tables, large values. */
#include <stdlib.h>

#include "mvcc/table_int.h"

/* ---- by rowid ---- */

Status table_fetch(const Snapshot *snapshot, Table *table, RowId rowid, Arena *arena,
                   RowView *view_out, bool *found_out) {
    Str value;
    SsiTxn *reader = reader_of(snapshot, table);
    if (UNLIKELY(reader != NULL))
        TRY(ssi_read_row(reader, table->store, rowid));
    TRY(btree_get_row(table->tree, rowid, arena, &value, found_out));
    if (*found_out)
        TRY(version_resolve(table->mvcc, snapshot, table->store, rowid, value, arena, view_out,
                            found_out));
    if (*found_out)
        access_count(&table->stats, ACCESS_FETCHED, 1);
    return snapshot_check(table->mvcc, snapshot);
}

Status table_note_read(const Snapshot *snapshot, Table *table, const RowView *view) {
    SsiTxn *reader = reader_of(snapshot, table);
    if (LIKELY(reader == NULL))
        return STATUS_OK;
    TRY(ssi_read_row(reader, table->store, view->rowid));
    if (view->xmin == snapshot->own_xid ||
        version_visible(table->mvcc, snapshot, view->xmin, view->version))
        return STATUS_OK;
    return ssi_saw_writer(reader, view->xmin);
}

void table_set_untracked(Table *table) {
    if (!atomic_load_explicit(&table->untracked, memory_order_relaxed))
        atomic_store_explicit(&table->untracked, true, memory_order_relaxed);
}

Status table_fetch_latest(Txn *txn, Table *table, RowId rowid, Arena *arena, RowView *view_out,
                          Xid *writer_out, bool *found_out) {
    Str value;
    *writer_out = XID_INVALID;
    TRY(btree_get_row(table->tree, rowid, arena, &value, found_out));
    if (!*found_out)
        return STATUS_OK;
    RowHeader header = row_header_load(value.data);
    if (header.xid != txn_own_xid(txn)) {
        uint64_t state = xid_state(table->mvcc, header.xid);
        /* An aborted one: the row is as it was before by now; a copy of the past means nothing. */
        if ((state & XID_STATE_MASK) == XID_STATE_ABORTED)
            return table_fetch_latest(txn, table, rowid, arena, view_out, writer_out, found_out);
        if (xid_running(state))
            *writer_out = header.xid;
        else
            txn_depend(txn, XID_LSN(state));
    }
    *found_out = *writer_out != XID_INVALID || !(header.flags & ROW_DELETED);
    return *found_out ? row_view(rowid, value, view_out) : STATUS_OK;
}

/* ---- scans ---- */

#define OLD_BYTES ((size_t)64 << 10)

struct TableScan {
    Table *table;
    const Snapshot *snapshot;
    BtreeScan *scan;
    const BtreeEntry *entries; /* of the current leaf's copy */
    uint32_t entry_count;
    uint32_t at;
    bool more;
    bool whole; /* nothing was left out so far: the rows may be all of the table */
    BtreeEntry *ordered;
    uint64_t *order; /* of each entry: LSN of the version seen, place in the leaf */
    uint32_t order_capacity;
    Arena *arena;
    uint8_t *old; /* bodies of older versions, for one call */
    size_t old_used;
};

Status table_scan_open(Table *table, const Snapshot *snapshot, RowId low, RowId high, bool backward,
                       Arena *arena, TableScan **scan_out) {
    TableScan *scan = arena_new(arena, TableScan);
    uint8_t low_buf[8], high_buf[8];
    Str low_key = rowid_key(low, low_buf), high_key = rowid_key(high, high_buf);
    *scan_out = scan;
    scan->table = table;
    scan->snapshot = snapshot;
    scan->arena = arena;
    scan->more = true;
    scan->whole = !backward && low == 0 && high == UINT64_MAX;
    access_count(&table->stats, ACCESS_SCANS, 1);
    SsiTxn *reader = reader_of(snapshot, table);
    if (UNLIKELY(reader != NULL))
        TRY(ssi_read_store(reader, table->store));
    return btree_scan_open(table->tree, &low_key, true, &high_key, true, backward, arena,
                           &scan->scan);
}

void table_scan_reset(TableScan *scan, RowId low, RowId high) {
    uint8_t low_buf[8], high_buf[8];
    Str low_key = rowid_key(low, low_buf), high_key = rowid_key(high, high_buf);
    scan->entry_count = scan->at = 0;
    scan->whole = low == 0 && high == UINT64_MAX;
    /* Bounds of eight bytes always fit the scan's: this cannot fail. */
    Status status = btree_scan_reset(scan->scan, &low_key, true, &high_key, true);
    scan->more = status_ok(status);
    status_free(status);
}

/* A row whose newest version is not simply visible. False in *room_out: no memory left in this call. */
static Status scan_old(TableScan *scan, const BtreeEntry *entry, Arena *scratch, RowView *row_out,
                       bool *found_out, bool *room_out) {
    if (scan->old == NULL)
        scan->old = arena_alloc(scan->arena, OLD_BYTES);
    *room_out = OLD_BYTES - scan->old_used >= ROW_BODY_MAX;
    *found_out = false;
    if (!*room_out)
        return STATUS_OK;
    arena_reset(scratch);
    TRY(version_resolve(scan->table->mvcc, scan->snapshot, scan->table->store,
                        rowid_of_key(entry->key), entry->value, scratch, row_out, found_out));
    const uint8_t *leaf_copy = (const uint8_t *)entry->value.data + ROW_HEADER_BYTES;
    if (*found_out && row_out->body != leaf_copy) {
        memcpy(scan->old + scan->old_used, row_out->body, row_out->len);
        row_out->body = scan->old + scan->old_used;
        scan->old_used += row_out->len;
    }
    return STATUS_OK;
}

/* ---- the order of versions ---- */

#define ORDER_PLACE_BITS 16u
_Static_assert(PAGE_BYTES < 1u << ORDER_PLACE_BITS, "a place in a leaf fits");

/* The LSN of the version that the scan sees; anything where it sees none. */
static Status seen_version(TableScan *scan, const BtreeEntry *entry, Arena *scratch, Lsn *lsn_out) {
    RowHeader header = {0};
    RowView view;
    bool found = false;
    *lsn_out = 0;
    if (entry->value.len > ROW_HEADER_BYTES)
        header = row_header_load(entry->value.data);
    *lsn_out = header.undo_lsn;
    if (LIKELY(header.xid < scan->snapshot->xmin))
        return STATUS_OK;
    arena_reset(scratch);
    TRY(version_resolve(scan->table->mvcc, scan->snapshot, scan->table->store,
                        rowid_of_key(entry->key), entry->value, scratch, &view, &found));
    if (found)
        *lsn_out = view.version;
    return STATUS_OK;
}

static int compare_order(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Puts the entries of the only leaf into the order of the versions seen. */
static Status order_versions(TableScan *scan, Arena *scratch) {
    uint32_t count = scan->entry_count;
    bool sorted = true;
    if (count > scan->order_capacity) {
        scan->order_capacity = MAX(count, 2 * scan->order_capacity);
        scan->order = arena_array(scan->arena, uint64_t, scan->order_capacity);
        scan->ordered = arena_array(scan->arena, BtreeEntry, scan->order_capacity);
    }
    for (uint32_t i = 0; i < count; i++) {
        Lsn lsn;
        TRY(seen_version(scan, &scan->entries[i], scratch, &lsn));
        scan->order[i] = lsn << ORDER_PLACE_BITS | i;
        sorted = sorted && (i == 0 || scan->order[i - 1] < scan->order[i]);
    }
    if (sorted)
        return STATUS_OK;
    qsort(scan->order, count, sizeof(uint64_t), compare_order);
    for (uint32_t i = 0; i < count; i++)
        scan->ordered[i] = scan->entries[scan->order[i] & ((1u << ORDER_PLACE_BITS) - 1)];
    scan->entries = scan->ordered;
    return STATUS_OK;
}

/* The next leaf, if there is one. */
static Status scan_leaf(TableScan *scan, Arena *scratch) {
    scan->at = scan->entry_count = 0;
    scan->more = false;
    TRY(btree_scan_next(scan->scan, &scan->entries, &scan->entry_count));
    TRY(fiber_check_interrupt());
    scan->more = scan->entry_count > 0;
    if (scan->whole && scan->more && btree_scan_at_end(scan->scan))
        TRY(order_versions(scan, scratch));
    scan->whole = false;
    return STATUS_OK;
}

static Status scan_entries(TableScan *scan, Arena *scratch, RowView *rows_out, uint32_t capacity,
                           uint32_t *count_out, bool *room_out) {
    const Xid xmin = scan->snapshot->xmin;
    uint32_t count = *count_out, at = scan->at;
    Status status = STATUS_OK;
    *room_out = true;
    for (; at < scan->entry_count && count < capacity; at++) {
        const BtreeEntry *entry = &scan->entries[at];
        if (UNLIKELY(entry->value.len <= ROW_HEADER_BYTES)) {
            status = row_view(rowid_of_key(entry->key), entry->value, &rows_out[count]);
            break;
        }
        RowHeader header = row_header_load(entry->value.data);
        if (LIKELY(header.xid < xmin && !(header.flags & (ROW_DELETED | ROW_EXTERNAL)))) {
            rows_out[count++] =
                (RowView){.rowid = rowid_of_key(entry->key),
                          .xmin = header.xid,
                          .version = header.undo_lsn,
                          .body = (const uint8_t *)entry->value.data + ROW_HEADER_BYTES,
                          .len = entry->value.len - ROW_HEADER_BYTES};
            continue;
        }
        if (header.xid < xmin && (header.flags & ROW_DELETED))
            continue;
        bool found;
        status = scan_old(scan, entry, scratch, &rows_out[count], &found, room_out);
        if (!status_ok(status) || !*room_out)
            break;
        count += found;
    }
    scan->at = at;
    *count_out = count;
    return status;
}

Status table_scan_next(TableScan *scan, RowView *rows_out, uint32_t capacity, uint32_t *count_out) {
    Arena scratch;
    Status status = STATUS_OK;
    bool room = true;
    *count_out = 0;
    scan->old_used = 0;
    arena_init(&scratch, scan->arena->account);
    while (*count_out == 0 && room && status_ok(status)) {
        if (scan->at == scan->entry_count) {
            if (!scan->more)
                break;
            status = scan_leaf(scan, &scratch);
            continue;
        }
        status = scan_entries(scan, &scratch, rows_out, capacity, count_out, &room);
    }
    arena_destroy(&scratch);
    access_count(&scan->table->stats, ACCESS_READ, *count_out);
    if (status_ok(status))
        status = snapshot_check(scan->table->mvcc, scan->snapshot);
    return status;
}

Status table_partition(Table *table, uint32_t parts, Arena *arena, RowId **bounds_out,
                       uint32_t *part_count_out) {
    Str *keys;
    TRY(btree_partition(table->tree, parts, arena, &keys, part_count_out));
    uint32_t count = *part_count_out == 0 ? 0 : *part_count_out - 1;
    RowId *bounds = arena_array(arena, RowId, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t key[8] = {0}; /* a separator may be shorter than a key */
        memcpy(key, keys[i].data, MIN(keys[i].len, 8u));
        bounds[i] = load_be64(key);
    }
    *bounds_out = bounds;
    return STATUS_OK;
}

Status table_read_external(Table *table, Str blob_ref, Arena *arena, Datum *value_out) {
    if (blob_ref.len != BLOB_REF_BYTES)
        return error(ERR_DATA_CORRUPTED, "reference to a large value is damaged");
    BlobRef ref = blob_ref_load((const uint8_t *)blob_ref.data);
    void *data;
    TRY(arena_try_alloc(arena, (size_t)ref.raw_len + 1, &data));
    ((char *)data)[ref.raw_len] = '\0';
    TRY(blob_read(table->mvcc->engine, &ref, 0, ref.raw_len, data));
    *value_out = datum_str(data, ref.raw_len);
    return STATUS_OK;
}

/* ---- the open table ---- */

static Status find_rowid_next(Btree *tree, MemAccount *account, RowId *next_out) {
    Arena arena;
    BtreeScan *scan;
    const BtreeEntry *entries;
    uint32_t count = 0;
    *next_out = 1;
    arena_init(&arena, account);
    Status status = btree_scan_open(tree, NULL, true, NULL, true, true, &arena, &scan);
    if (status_ok(status))
        status = btree_scan_next(scan, &entries, &count);
    if (status_ok(status) && count > 0)
        *next_out = rowid_of_key(entries[0].key) + 1;
    arena_destroy(&arena);
    return status;
}

void table_free(Table *table) {
    access_stats_free(&table->stats, &table->mvcc->account);
    mem_free(&table->mvcc->account, table, sizeof(*table));
}

Status table_open(Mvcc *mvcc, StoreId store, Table **table_out) {
    latch_lock_shared(&mvcc->stores_latch);
    *table_out = u64map_get(&mvcc->tables, store);
    latch_unlock_shared(&mvcc->stores_latch);
    if (LIKELY(*table_out != NULL))
        return STATUS_OK;
    Btree *tree;
    RowId next;
    TRY(engine_store_open(mvcc->engine, store, &tree));
    TRY(find_rowid_next(tree, &mvcc->account, &next));
    Table *table = mem_alloc(&mvcc->account, sizeof(Table));
    *table = (Table){.mvcc = mvcc, .tree = tree, .store = store};
    access_stats_init(&table->stats, &mvcc->account);
    atomic_store(&table->rowid_next, next);
    table->row_locks = lock_row_counter(mvcc, store);
    latch_lock(&mvcc->stores_latch);
    Table *other = u64map_get(&mvcc->tables, store);
    if (other == NULL)
        u64map_put(&mvcc->tables, store, table);
    latch_unlock(&mvcc->stores_latch);
    if (other != NULL)
        table_free(table);
    *table_out = other != NULL ? other : table;
    return STATUS_OK;
}

uint64_t table_row_estimate(const Table *table) { return btree_entry_count(table->tree); }
uint64_t table_page_count(const Table *table) { return btree_page_count(table->tree); }
RowId table_rowid_high(const Table *table) {
    return atomic_load((_Atomic RowId *)&table->rowid_next);
}
