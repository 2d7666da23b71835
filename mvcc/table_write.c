/*
 * table_write.c: inserting, updating and deleting rows.
 *
 * Rowids are given out ascending, so inserts fill the tree's leaves from left to right. A bulk insert
 * reserves a range; where its next row is above all of its leaf, as many as the leaf takes go into one
 * record, else (somebody inserts beside it) they go one by one.
 */
#include "mvcc/table_int.h"

#define ROWID_MAX (((RowId)1 << 48) - 2)

/* ---- inserting ---- */

/* A row under a rowid that is given out already. */
static Status insert_row(Txn *txn, Table *table, RowId rowid, Str value) {
    uint8_t buf[8];
    Str key = rowid_key(rowid, buf);
    for (;;) {
        BtreeLeaf leaf;
        TRY(btree_write_begin(table->tree, key, &leaf));
        bool fits = btree_leaf_fits(&leaf, 8, value.len);
        if (LIKELY(fits)) {
            WriteContext context = txn_write_context(txn, 0);
            txn_append_begin(txn);
            txn_append_end(txn, btree_leaf_insert(&leaf, key, value, &context));
        }
        btree_write_end(&leaf);
        if (LIKELY(fits))
            return STATUS_OK;
        TRY(btree_make_room(table->tree, key, 8 + value.len));
    }
}

/* Tells readers of the row and of the table; 0: the row is new. */
static Status note_write(Txn *txn, const Table *table, RowId rowid, Xid before) {
    SsiTxn *writer = writer_of(txn, table);
    return LIKELY(writer == NULL) ? STATUS_OK : ssi_wrote_row(writer, table->store, rowid, before);
}

static RowId rowids_reserve(Table *table, uint32_t count) {
    RowId rowid = atomic_fetch_add_explicit(&table->rowid_next, count, memory_order_relaxed);
    check(rowid + count < ROWID_MAX);
    return rowid;
}

Status table_insert(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                    const bool *nulls, RowId *rowid_out) {
    uint8_t buf[ROW_VALUE_MAX];
    RowImage image;
    *rowid_out = 0;
    TRY(txn_need_xid(txn));
    ArenaMark mark = arena_mark(&txn->scratch);
    Status status = row_encode(txn, table, shape, values, nulls, NULL, buf, &image);
    if (status_ok(status)) {
        *rowid_out = rowids_reserve(table, 1);
        status = insert_row(txn, table, *rowid_out, image.value);
    }
    if (status_ok(status)) {
        access_count(&table->stats, ACCESS_INSERTED, 1);
        status = note_write(txn, table, 0, XID_INVALID);
    }
    arena_release(&txn->scratch, mark);
    return status;
}

/* Appends some of the rows; done_out 0: there are others above. */
static Status append_some(Txn *txn, Table *table, RowId rowid, const Str *values, uint32_t count,
                          uint32_t *done_out) {
    uint8_t buf[8];
    Str key = rowid_key(rowid, buf);
    *done_out = 0;
    for (;;) {
        BtreeLeaf leaf;
        TRY(btree_write_begin(table->tree, key, &leaf));
        bool at_end = btree_leaf_at_end(&leaf);
        if (at_end) {
            WriteContext context = txn_write_context(txn, 0);
            txn_append_begin(txn);
            Lsn lsn = btree_leaf_append_rows(&leaf, rowid, values, count, &context, done_out);
            txn_append_end(txn, lsn);
        }
        btree_write_end(&leaf);
        if (!at_end || *done_out > 0)
            return STATUS_OK;
        TRY(btree_make_room(table->tree, key, 8 + values[0].len));
    }
}

static Status insert_range(Txn *txn, Table *table, RowId rowid, const Str *values, uint32_t count) {
    while (count > 0) {
        uint32_t done;
        TRY(append_some(txn, table, rowid, values, count, &done));
        if (done == 0) {
            TRY(insert_row(txn, table, rowid, values[0]));
            done = 1;
        }
        rowid += done;
        values += done;
        count -= done;
    }
    return STATUS_OK;
}

#define CHUNK_ROWS 256u
#define CHUNK_BYTES (32u << 10)

Status table_insert_many(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                         const bool *nulls, uint32_t row_count, RowId *first_rowid_out) {
    TRY(txn_need_xid(txn));
    RowId rowid = *first_rowid_out = rowids_reserve(table, row_count);
    Status status = STATUS_OK;
    for (uint32_t row = 0; row < row_count && status_ok(status);) {
        ArenaMark mark = arena_mark(&txn->scratch);
        Str *chunk = arena_alloc(&txn->scratch, CHUNK_ROWS * sizeof(Str));
        uint32_t count = 0;
        size_t bytes = 0;
        while (count < CHUNK_ROWS && bytes < CHUNK_BYTES && row + count < row_count &&
               status_ok(status)) {
            size_t at = (size_t)(row + count) * shape->column_count;
            const bool *row_nulls = nulls == NULL ? NULL : nulls + at;
            size_t size;
            RowImage image;
            if (LIKELY(!row_is_large(shape, values + at, row_nulls, &size)))
                row_encode_small(txn, shape, values + at, row_nulls, size,
                                 arena_alloc(&txn->scratch, ROW_HEADER_BYTES + size), &image);
            else
                status = row_encode(txn, table, shape, values + at, row_nulls, NULL,
                                    arena_alloc(&txn->scratch, ROW_VALUE_MAX), &image);
            chunk[count++] = image.value;
            bytes += image.value.len;
        }
        if (status_ok(status))
            status = insert_range(txn, table, rowid + row, chunk, count);
        row += count;
        arena_release(&txn->scratch, mark);
    }
    if (status_ok(status)) {
        access_count(&table->stats, ACCESS_INSERTED, row_count);
        status = note_write(txn, table, 0, XID_INVALID);
    }
    return status;
}

/* ---- updating ---- */

typedef struct Update {
    RowClaim claim;
    const TupleShape *shape;
    const Datum *values;
    const bool *nulls;
    bool key_changed;
    uint8_t *buf;
} Update;

/* The newest version, for its large values. */
static Status old_row(Update *update, Str *old_out, bool *found_out) {
    return btree_get_row(update->claim.table->tree, update->claim.rowid,
                         &update->claim.txn->scratch, old_out, found_out);
}

static Status encode_update(Update *update, RowImage *image_out) {
    Str old;
    size_t size;
    bool found = false;
    if (row_is_large(update->shape, update->values, update->nulls, &size))
        TRY(old_row(update, &old, &found));
    return row_encode(update->claim.txn, update->claim.table, update->shape, update->values,
                      update->nulls, found ? &old : NULL, update->buf, image_out);
}

/* The version that is about to be overwritten, where an old snapshot may need it; else empty. */
static Str copy_to_keep(Txn *txn, const BtreeLeaf *leaf, const RowHeader *header) {
    if (LIKELY(!kept_wants(txn->mvcc, header->undo_lsn)))
        return (Str){0};
    Str value = btree_leaf_value(leaf);
    return str_make(arena_memdup(&txn->scratch, value.data, value.len), value.len);
}

static Status write_claimed(Update *update, RowImage *image, bool *written_out) {
    RowClaim *claim = &update->claim;
    Txn *txn = claim->txn;
    const uint8_t *old_refs = NULL;
    uint32_t old_count = 0;
    Str before = {0};
    *written_out = false;
    if (UNLIKELY(image->basis != LSN_INVALID && image->basis != claim->header.undo_lsn)) {
        btree_write_end(&claim->leaf);
        return encode_update(update, image);
    }
    *written_out = btree_leaf_fits(&claim->leaf, 8, image->value.len);
    if (*written_out) {
        uint16_t flags = image->flags;
        bool own = claim->header.xid == txn_own_xid(txn);
        if (update->key_changed || (own && (claim->header.flags & ROW_KEY_CHANGED)))
            flags |= ROW_KEY_CHANGED;
        row_header_store(update->buf, (RowHeader){.xid = txn_own_xid(txn), .flags = flags});
        if (claim->header.flags & ROW_EXTERNAL)
            old_count = row_refs(btree_leaf_value(&claim->leaf), &txn->scratch, &old_refs);
        before = copy_to_keep(txn, &claim->leaf, &claim->header);
        WriteContext context = txn_write_context(txn, 0);
        txn_append_begin(txn);
        txn_append_end(txn, btree_leaf_update(&claim->leaf, image->value, &context));
    }
    btree_write_end(&claim->leaf);
    if (UNLIKELY(before.len > 0))
        TRY(kept_before_write(txn->mvcc, claim->table->store, claim->rowid, before, &txn->scratch));
    if (*written_out)
        return row_refs_die(txn, old_refs, old_count, image->refs, image->ref_count);
    uint8_t key[8];
    return btree_make_room(claim->table->tree, rowid_key(claim->rowid, key), 8 + image->value.len);
}

static Status update_row(Update *update) {
    RowClaim *claim = &update->claim;
    RowImage image;
    TRY(encode_update(update, &image));
    for (bool written = false; !written;) {
        TRY(row_claim(claim));
        if (claim->outcome != ROW_WRITTEN)
            return STATUS_OK;
        TRY(write_claimed(update, &image, &written));
    }
    return STATUS_OK;
}

Status table_update(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                    const TupleShape *shape, const Datum *values, const bool *nulls,
                    bool key_changed, Arena *arena, RowView *latest_out, RowWrite *outcome_out) {
    uint8_t buf[ROW_VALUE_MAX];
    *latest_out = (RowView){0};
    TRY(txn_need_xid(txn));
    Update update = {.claim = {.txn = txn,
                               .snapshot = snapshot,
                               .table = table,
                               .rowid = rowid,
                               .expected = expected,
                               .mode = key_changed ? LOCK_ACCESS_EXCLUSIVE : LOCK_EXCLUSIVE,
                               .wait = LOCK_WAIT,
                               .arena = arena,
                               .latest = latest_out},
                     .shape = shape,
                     .values = values,
                     .nulls = nulls,
                     .key_changed = key_changed,
                     .buf = buf};
    ArenaMark mark = arena_mark(&txn->scratch);
    Status status = update_row(&update);
    if (status_ok(status) && update.claim.outcome == ROW_WRITTEN) {
        access_count(&table->stats, ACCESS_UPDATED, 1);
        status = note_write(txn, table, rowid, update.claim.header.xid);
    }
    row_claim_end(&update.claim);
    arena_release(&txn->scratch, mark);
    *outcome_out = update.claim.outcome;
    return status;
}

/* ---- deleting ---- */

static Status delete_row(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                         Lsn expected, uint16_t how, Arena *arena, RowView *latest_out,
                         RowWrite *outcome_out) {
    *latest_out = (RowView){0};
    TRY(txn_need_xid(txn));
    RowClaim claim = {.txn = txn,
                      .snapshot = snapshot,
                      .table = table,
                      .rowid = rowid,
                      .expected = expected,
                      .mode = LOCK_ACCESS_EXCLUSIVE,
                      .wait = LOCK_WAIT,
                      .arena = arena,
                      .latest = latest_out};
    ArenaMark mark = arena_mark(&txn->scratch);
    Status status = row_claim(&claim);
    if (status_ok(status) && claim.outcome == ROW_WRITTEN) {
        const uint8_t *refs;
        uint32_t ref_count = row_refs(btree_leaf_value(&claim.leaf), &txn->scratch, &refs);
        uint8_t header[ROW_HEADER_BYTES];
        uint16_t flags = (claim.header.flags & ROW_EXTERNAL) | how;
        row_header_store(header, (RowHeader){.xid = txn_own_xid(txn), .flags = flags});
        WriteContext context = txn_write_context(txn, WAL_PURGE);
        txn_append_begin(txn);
        Lsn lsn = btree_leaf_set_header(&claim.leaf, header, &context);
        txn_append_end(txn, lsn);
        btree_write_end(&claim.leaf);
        status = dead_add(
            txn, &(DeadItem){.kind = DEAD_ROW, .store = table->store, .id = rowid, .lsn = lsn});
        if (status_ok(status))
            status = row_refs_die(txn, refs, ref_count, NULL, 0);
        access_count(&table->stats, ACCESS_DELETED, 1);
        if (status_ok(status))
            status = note_write(txn, table, rowid, claim.header.xid);
    }
    row_claim_end(&claim);
    arena_release(&txn->scratch, mark);
    *outcome_out = claim.outcome;
    return status;
}

Status table_delete(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                    Arena *arena, RowView *latest_out, RowWrite *outcome_out) {
    return delete_row(txn, snapshot, table, rowid, expected, ROW_DELETED, arena, latest_out,
                      outcome_out);
}

Status table_delete_moved(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                          Lsn expected, Arena *arena, RowView *latest_out, RowWrite *outcome_out) {
    return delete_row(txn, snapshot, table, rowid, expected, ROW_DELETED | ROW_MOVED, arena,
                      latest_out, outcome_out);
}

/* ---- the micro-program's update ---- */

/* Is the latched row the version the snapshot sees, and free to be written? */
static bool may_write_in_place(Txn *txn, const Snapshot *snapshot, Table *table,
                               const RowHeader *header) {
    if (header->flags & (ROW_DELETED | ROW_EXTERNAL))
        return false;
    if (header->xid == txn_own_xid(txn)) {
        if (header->undo_lsn >= snapshot->own_lsn)
            return false;
    } else if (!version_visible(txn->mvcc, snapshot, header->xid, header->undo_lsn)) {
        return false;
    }
    return atomic_load(table->row_locks) == 0;
}

Status table_update_in_place(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                             RowChange change, void *arg, Arena *arena, bool *applied_out) {
    uint8_t buf[ROW_VALUE_MAX], key[8];
    BtreeLeaf leaf;
    Xid before = XID_INVALID;
    Str keep = {0};
    *applied_out = false;
    TRY(txn_need_xid(txn));
    ArenaMark mark = arena_mark(&txn->scratch);
    TRY(btree_write_begin(table->tree, rowid_key(rowid, key), &leaf));
    if (leaf.found) {
        Str value = btree_leaf_value(&leaf);
        RowHeader header = row_header_load(value.data);
        before = header.xid;
        uint32_t len = 0;
        if (may_write_in_place(txn, snapshot, table, &header) &&
            change(arg, (const uint8_t *)value.data + ROW_HEADER_BYTES,
                   value.len - ROW_HEADER_BYTES, buf + ROW_HEADER_BYTES, &len) &&
            len <= ROW_BODY_MAX && btree_leaf_fits(&leaf, 8, ROW_HEADER_BYTES + len)) {
            uint16_t flags = header.xid == txn_own_xid(txn) ? header.flags & ROW_KEY_CHANGED : 0;
            row_header_store(buf, (RowHeader){.xid = txn_own_xid(txn), .flags = flags});
            keep = copy_to_keep(txn, &leaf, &header);
            WriteContext context = txn_write_context(txn, 0);
            txn_append_begin(txn);
            txn_append_end(
                txn,
                btree_leaf_update(&leaf, str_make((char *)buf, ROW_HEADER_BYTES + len), &context));
            *applied_out = true;
        }
    }
    btree_write_end(&leaf);
    if (!*applied_out)
        return STATUS_OK;
    access_count(&table->stats, ACCESS_UPDATED, 1);
    if (UNLIKELY(keep.len > 0)) {
        Status status = kept_before_write(txn->mvcc, table->store, rowid, keep, &txn->scratch);
        arena_release(&txn->scratch, mark);
        TRY(status);
    }
    return note_write(txn, table, rowid, before);
}
