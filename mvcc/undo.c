/*
 * undo.c: taking writes back, by reading one's own records.
 *
 * The records of a transaction form a chain through prev_txn_lsn. Undo walks it backward; whatever it
 * does is logged with WAL_COMPENSATION and undo_next, the next record to undo, so that a crash in the
 * middle of a rollback goes on where it was, and a later rollback skips what a savepoint has undone.
 *
 *   table    LEAF_INSERT(_MANY)    the row goes, if its newest version is this record's
 *            LEAF_UPDATE, _HEADER  the before-image comes back, header included
 *   index    LEAF_INSERT           the row leaves the entry, logically: others may have joined it
 *            TXN_ENTRY             likewise; or an old stamp comes back
 *   blobs    LEAF_INSERT           the piece goes
 *   STORE_CREATE                   the store goes
 *
 * Each step checks first whether there is something to undo, so doing it twice is harmless.
 */
#include "mvcc/mvcc_int.h"

typedef struct Undo {
    Txn *txn;
    Mvcc *mvcc;
    WalRecord record;
    Lsn next; /* where the walk goes on once this record is undone */
    bool compensated;
} Undo;

static WriteContext undo_context(Undo *undo, Lsn undo_next) {
    return (WriteContext){.xid = txn_own_xid(undo->txn),
                          .prev_txn_lsn = txn_prev_lsn(undo->txn),
                          .wal_flags = WAL_COMPENSATION,
                          .undo_next = undo_next};
}

/* ---- tables ---- */

static Status undo_row_insert(Undo *undo, Btree *tree, RowId rowid, Lsn undo_next) {
    uint8_t key[8];
    BtreeLeaf leaf;
    TRY(btree_write_begin_reserved(tree, rowid_key(rowid, key), &leaf));
    if (leaf.found) {
        Str value = btree_leaf_value(&leaf);
        RowHeader header = row_header_load(value.data);
        if (header.xid == undo->record.xid && header.undo_lsn == undo->record.lsn) {
            WriteContext context = undo_context(undo, undo_next);
            txn_append_begin(undo->txn);
            txn_append_end(undo->txn, btree_leaf_remove(&leaf, &context));
            undo->compensated = true;
        }
    }
    btree_write_end(&leaf);
    return STATUS_OK;
}

static Status undo_row_inserts(Undo *undo, Btree *tree) {
    Str key;
    uint32_t count;
    TRY(btree_record_key(&undo->record, &undo->txn->scratch, &key, &count));
    RowId first = rowid_of_key(key);
    for (uint32_t i = count; i-- > 0;) {
        /* Until the last one is gone a crash starts over with this record. */
        TRY(undo_row_insert(undo, tree, first + i, i == 0 ? undo->next : undo->record.lsn));
    }
    return STATUS_OK;
}

static Status undo_row_change(Undo *undo, Btree *tree) {
    Arena *scratch = &undo->txn->scratch;
    Str key;
    uint32_t count;
    TRY(btree_record_key(&undo->record, scratch, &key, &count));
    for (;;) {
        BtreeLeaf leaf;
        TRY(btree_write_begin_reserved(tree, key, &leaf));
        RowHeader header = {0};
        if (leaf.found)
            header = row_header_load(btree_leaf_value(&leaf).data);
        if (!leaf.found || header.xid != undo->record.xid || header.undo_lsn != undo->record.lsn) {
            btree_write_end(&leaf);
            return STATUS_OK;
        }
        Str older;
        bool existed;
        Status status = btree_record_before_image(&undo->record, btree_leaf_value(&leaf), scratch,
                                                  &older, &existed);
        if (status_ok(status) && !existed)
            status = error(ERR_DATA_CORRUPTED, "log record %llu has no before-image",
                           (unsigned long long)undo->record.lsn);
        if (!status_ok(status) || btree_leaf_fits(&leaf, key.len, older.len)) {
            if (status_ok(status)) {
                WriteContext context = undo_context(undo, undo->next);
                txn_append_begin(undo->txn);
                txn_append_end(undo->txn, btree_leaf_update(&leaf, older, &context));
                undo->compensated = true;
            }
            btree_write_end(&leaf);
            return status;
        }
        btree_write_end(&leaf);
        TRY(btree_make_room_reserved(tree, key, older.len));
    }
}

/* ---- indexes and large values ---- */

static Status undo_entry_insert(Undo *undo, Btree *tree) {
    Arena *scratch = &undo->txn->scratch;
    Str key, value;
    uint32_t count;
    if (undo->mvcc->faults.undo_skips_entries)
        return STATUS_OK;
    TRY(btree_record_key(&undo->record, scratch, &key, &count));
    TRY(btree_record_value(&undo->record, scratch, &value));
    bool list = entry_is_list(value);
    RowId rowid;
    if (list) {
        rowid = entry_item(value, 0).rowid;
    } else {
        if (key.len < ENTRY_ROWID_BYTES)
            return error(ERR_DATA_CORRUPTED, "index entry without a row in log record %llu",
                         (unsigned long long)undo->record.lsn);
        rowid = load_be48(key.data + key.len - ENTRY_ROWID_BYTES);
        key = str_make(key.data, key.len - ENTRY_ROWID_BYTES);
    }
    EntryChange change = {.tree = tree,
                          .key = key,
                          .list = list,
                          .rowid = rowid,
                          .stamp_max = LSN_MAX,
                          .context = undo_context(undo, undo->next)};
    txn_append_begin_long(undo->txn);
    Status status = index_take_out(&change);
    txn_append_end(undo->txn, change.lsn);
    undo->compensated = change.done;
    return status;
}

static Status undo_piece(Undo *undo, Btree *tree) {
    Str key;
    uint32_t count;
    TRY(btree_record_key(&undo->record, &undo->txn->scratch, &key, &count));
    BtreeLeaf leaf;
    TRY(btree_write_begin_reserved(tree, key, &leaf));
    if (leaf.found) {
        WriteContext context = undo_context(undo, undo->next);
        txn_append_begin(undo->txn);
        txn_append_end(undo->txn, btree_leaf_remove(&leaf, &context));
        undo->compensated = true;
    }
    btree_write_end(&leaf);
    return STATUS_OK;
}

/* TXN_ENTRY: see index.c for its payload. */
static Status undo_entry_note(Undo *undo, Btree *tree) {
    EntryNote note;
    TRY(entry_note_decode(&undo->record, &note));
    EntryChange change = {.tree = tree,
                          .key = note.key,
                          .list = note.list,
                          .rowid = note.rowid,
                          .stamp_min = undo->record.lsn,
                          .stamp_max = undo->record.lsn,
                          .context = undo_context(undo, undo->next)};
    txn_append_begin_long(undo->txn);
    Status status = note.existed ? index_restamp(&change, note.old_stamp) : index_take_out(&change);
    txn_append_end(undo->txn, change.lsn);
    undo->compensated = change.done;
    return status;
}

/* ---- the walk ---- */

static Status undo_leaf(Undo *undo) {
    if (!engine_store_exists(undo->mvcc->engine, undo->record.store))
        return STATUS_OK;
    Btree *tree;
    TRY(engine_store_open(undo->mvcc->engine, undo->record.store, &tree));
    StoreKind store_kind = btree_kind(tree);
    switch (undo->record.kind) {
    case WAL_LEAF_INSERT:
        if (store_kind == STORE_INDEX)
            return undo_entry_insert(undo, tree);
        if (store_kind == STORE_BLOB)
            return undo_piece(undo, tree);
        return undo_row_inserts(undo, tree);
    case WAL_LEAF_INSERT_MANY:
        return undo_row_inserts(undo, tree);
    case WAL_LEAF_UPDATE:
    case WAL_LEAF_HEADER:
        return store_kind == STORE_TABLE ? undo_row_change(undo, tree) : STATUS_OK;
    case WAL_TXN_ENTRY:
        return undo_entry_note(undo, tree);
    default:
        return STATUS_OK;
    }
}

/* Undoes undo->record. */
static Status undo_record(Undo *undo) {
    switch (undo->record.kind) {
    case WAL_LEAF_INSERT:
    case WAL_LEAF_INSERT_MANY:
    case WAL_LEAF_UPDATE:
    case WAL_LEAF_HEADER:
    case WAL_TXN_ENTRY:
        return undo_leaf(undo);
    case WAL_STORE_CREATE:
        return mvcc_drop_store(undo->mvcc, undo->record.store);
    default:
        return STATUS_OK; /* nothing to undo: notes, sequences */
    }
}

Status undo_chain(Txn *txn, Lsn down_to, bool goes_on) {
    Undo undo = {.txn = txn, .mvcc = txn->mvcc};
    Lsn lsn = txn_prev_lsn(txn);
    bool skipped = false; /* undone without a compensation that says so */
    while (lsn > down_to) {
        arena_reset(&txn->scratch);
        TRY(wal_read(txn->mvcc->wal, lsn, &txn->scratch, &undo.record));
        if (undo.record.xid != txn_own_xid(txn))
            return error(ERR_DATA_CORRUPTED, "log record %llu belongs to another transaction",
                         (unsigned long long)lsn);
        if (undo.record.flags & WAL_COMPENSATION) {
            if (undo.record.payload_len < 6)
                return error(ERR_DATA_CORRUPTED, "log record %llu is too short",
                             (unsigned long long)lsn);
            lsn = load_le48(undo.record.payload);
            continue;
        }
        undo.next = undo.record.prev_txn_lsn;
        undo.compensated = false;
        TRY(undo_record(&undo));
        skipped = !undo.compensated;
        lsn = undo.next;
    }
    arena_reset(&txn->scratch);
    if (!skipped || !goes_on)
        return STATUS_OK;
    /* Later walks, purge's too, must pass over what was undone. */
    uint8_t next[6];
    store_le48(next, lsn);
    WalPart part = {next, sizeof(next)};
    Lsn note;
    return txn_append(txn, WAL_TXN_UNDONE, WAL_COMPENSATION, 0, &part, 1, &note);
}
