/*
 * index.c: entries of secondary indexes: adding, checking uniqueness, taking out.
 *
 * Entries carry no versions. An entry (key, row) may go when no snapshot can see a version of the row
 * with that key. Deaths are known when they happen (index_mark_dead); a death is the LSN of its log
 * record, and purge takes the entry out past the horizon unless its stamp is later than the death: a
 * row that comes back to a key finds its old entry standing, and stamps it anew instead of inserting.
 * So purge needs no look at rows, and doing it twice (after a crash) is harmless.
 *
 * Undo. A fresh entry is a LEAF_INSERT of the transaction's: undo takes the row out of it, whoever
 * else is listed there by then. Where an entry stands already, the change itself is logged outside of
 * the transaction, and a TXN_ENTRY note goes before it: undo then looks for the note's LSN as stamp.
 *
 * Uniqueness. The entry of a key lists every row that has or had it. Each listed row is looked at
 * without a latch: gone or changed, alive, or in the hands of a running transaction (then wait for it
 * and start over). If none is alive, the entry is latched and must be as it was; a row that came to
 * the key meanwhile would have stamped it.
 */
#include "mvcc/mvcc_int.h"

#include <stdlib.h>

/* ---- keys and values ---- */

typedef struct EntryKey {
    uint8_t bytes[INDEX_KEY_MAX + ENTRY_ROWID_BYTES];
    Str str;
} EntryKey;

static void entry_key(EntryKey *out, Str key, bool list, RowId rowid) {
    memcpy(out->bytes, key.data, key.len);
    uint32_t len = key.len;
    if (!list) {
        store_be48(out->bytes + len, rowid);
        len += ENTRY_ROWID_BYTES;
    }
    out->str = str_make((char *)out->bytes, len);
}

static Lsn entry_stamp(Str value) { return value.len == 6 ? load_le48(value.data) : 0; }

static void put_item(uint8_t *p, EntryItem item) {
    store_le64(p, item.rowid);
    store_le48(p + 8, item.stamp);
}

/* Position of rowid in a list; its count if absent. */
static uint32_t find_item(Str value, RowId rowid) {
    uint32_t count = entry_count(value), i = 0;
    while (i < count && entry_item(value, i).rowid != rowid)
        i++;
    return i;
}

static Status key_check(Str key) {
    if (LIKELY(key.len <= INDEX_KEY_MAX))
        return STATUS_OK;
    return status_hint(error(ERR_PROGRAM_LIMIT_EXCEEDED, "index row size %u exceeds maximum %u",
                             key.len, INDEX_KEY_MAX),
                       "Values larger than 1/3 of a buffer page cannot be indexed.\n"
                       "Consider a function index of an MD5 hash of the value, "
                       "or use full text indexing.");
}

static WriteContext entry_context(const Txn *txn) {
    return (WriteContext){.xid = txn_own_xid(txn), .prev_txn_lsn = txn_prev_lsn(txn)};
}

/* ---- notes ---- */

static Status append_note(Txn *txn, Btree *tree, const EntryNote *note, Lsn *lsn_out) {
    uint8_t head[16];
    head[0] = note->list;
    head[1] = note->existed;
    store_le48(head + 2, note->old_stamp);
    store_le64(head + 8, note->rowid);
    WalPart parts[2] = {{head, sizeof(head)}, {note->key.data, note->key.len}};
    return txn_append(txn, WAL_TXN_ENTRY, 0, btree_store(tree), parts, 2, lsn_out);
}

Status entry_note_decode(const WalRecord *record, EntryNote *note_out) {
    if (record->payload_len < 16 || record->payload_len - 16 > INDEX_KEY_MAX)
        return error(ERR_DATA_CORRUPTED, "log record %llu is damaged",
                     (unsigned long long)record->lsn);
    const uint8_t *p = record->payload;
    *note_out = (EntryNote){.list = p[0],
                            .existed = p[1],
                            .old_stamp = load_le48(p + 2),
                            .rowid = load_le64(p + 8),
                            .key = str_make((const char *)p + 16, record->payload_len - 16)};
    return STATUS_OK;
}

/* ---- changing an entry that stands ---- */

/* Looks at the row's item in the latched entry; notes its stamp. True: it is to be changed. */
static bool find_change(EntryChange *change, const BtreeLeaf *leaf, Str *value_out) {
    change->done = false;
    change->lsn = change->stamp = LSN_INVALID;
    *value_out = leaf->found ? btree_leaf_value(leaf) : (Str){0};
    if (!leaf->found)
        return false;
    if (change->list) {
        uint32_t at = find_item(*value_out, change->rowid);
        if (at == entry_count(*value_out))
            return false;
        change->stamp = entry_item(*value_out, at).stamp;
    } else {
        change->stamp = entry_stamp(*value_out);
    }
    return change->stamp >= change->stamp_min && change->stamp <= change->stamp_max;
}

Status index_take_out(EntryChange *change) {
    EntryKey entry;
    BtreeLeaf leaf;
    Str value;
    TRY(key_check(change->key));
    entry_key(&entry, change->key, change->list, change->rowid);
    TRY(btree_write_begin_reserved(change->tree, entry.str, &leaf));
    if (find_change(change, &leaf, &value)) {
        uint8_t left[BTREE_ENTRY_MAX];
        uint32_t left_len = 0, count = change->list ? entry_count(value) : 0;
        for (uint32_t i = 0; i < count; i++) {
            EntryItem item = entry_item(value, i);
            if (item.rowid == change->rowid)
                continue;
            put_item(left + left_len, item);
            left_len += ENTRY_ITEM_BYTES;
        }
        change->lsn = left_len == 0 ? btree_leaf_remove(&leaf, &change->context)
                                    : btree_leaf_update(&leaf, str_make((char *)left, left_len),
                                                        &change->context);
        change->done = true;
    }
    btree_write_end(&leaf);
    return STATUS_OK;
}

/* The value with rowid's stamp replaced, or the rowid added to a list. Into buf. */
static Str value_stamped(Str value, bool list, RowId rowid, Lsn stamp, uint8_t *buf) {
    if (!list) {
        store_le48(buf, stamp);
        return str_make((char *)buf, 6);
    }
    uint32_t count = entry_count(value), at = find_item(value, rowid);
    for (uint32_t i = 0; i < count; i++)
        put_item(buf + i * ENTRY_ITEM_BYTES, entry_item(value, i));
    put_item(buf + at * ENTRY_ITEM_BYTES, (EntryItem){rowid, stamp});
    return str_make((char *)buf, MAX(count, at + 1) * ENTRY_ITEM_BYTES);
}

Status index_restamp(EntryChange *change, Lsn stamp) {
    EntryKey entry;
    TRY(key_check(change->key));
    entry_key(&entry, change->key, change->list, change->rowid);
    for (;;) {
        uint8_t buf[BTREE_ENTRY_MAX];
        BtreeLeaf leaf;
        Str value;
        TRY(btree_write_begin_reserved(change->tree, entry.str, &leaf));
        bool wanted = find_change(change, &leaf, &value);
        if (wanted) {
            value = value_stamped(value, change->list, change->rowid, stamp, buf);
            change->done = btree_leaf_fits(&leaf, entry.str.len, value.len);
            if (change->done)
                change->lsn = btree_leaf_update(&leaf, value, &change->context);
        }
        btree_write_end(&leaf);
        if (!wanted || change->done)
            return STATUS_OK;
        TRY(btree_make_room_reserved(change->tree, entry.str, entry.str.len + value.len));
    }
}

/* ---- inserting ---- */

typedef enum Added { ADDED, ADDED_NOT, ADDED_STANDS } Added;

/* Inserts the entry if there is none at its key. ADDED_NOT: no room yet. */
static Status add_fresh(Txn *txn, Index *index, Str entry, bool list, RowId rowid,
                        Added *added_out) {
    BtreeLeaf leaf;
    uint8_t buf[ENTRY_ITEM_BYTES];
    uint32_t len = list ? ENTRY_ITEM_BYTES : 6;
    TRY(btree_write_begin(index->tree, entry, &leaf));
    *added_out = leaf.found                               ? ADDED_STANDS
                 : btree_leaf_fits(&leaf, entry.len, len) ? ADDED
                                                          : ADDED_NOT;
    if (*added_out == ADDED) {
        Lsn stamp = wal_append_lsn(index->mvcc->wal);
        if (list)
            put_item(buf, (EntryItem){rowid, stamp});
        else
            store_le48(buf, stamp);
        WriteContext context = entry_context(txn);
        txn_append_begin(txn);
        txn_append_end(txn, btree_leaf_insert(&leaf, entry, str_make((char *)buf, len), &context));
    }
    btree_write_end(&leaf);
    if (*added_out == ADDED_NOT)
        TRY(btree_make_room(index->tree, entry, entry.len + len));
    return STATUS_OK;
}

/* Lists or stamps the row in an entry that stands, if that is still as `seen` (NULL: however it is).
 * *done_out false: look again. */
static Status add_standing(Txn *txn, Index *index, Str key, const EntryKey *entry, bool list,
                           RowId rowid, const Str *seen, bool *done_out) {
    uint8_t buf[BTREE_ENTRY_MAX];
    Str value;
    bool found;
    *done_out = false;
    ArenaMark mark = arena_mark(&txn->scratch);
    Status status = btree_get(index->tree, entry->str, &txn->scratch, &value, &found);
    uint32_t at = status_ok(status) && found && list ? find_item(value, rowid) : 0;
    bool existed = found && (!list || at < entry_count(value));
    EntryNote note = {.list = list, .existed = existed, .rowid = rowid, .key = key};
    if (existed)
        note.old_stamp = list ? entry_item(value, at).stamp : entry_stamp(value);
    arena_release(&txn->scratch, mark);
    TRY(status);
    if (!found)
        return STATUS_OK;
    Lsn stamp;
    TRY(append_note(txn, index->tree, &note, &stamp));
    BtreeLeaf leaf;
    TRY(btree_write_begin(index->tree, entry->str, &leaf));
    Str now = leaf.found ? btree_leaf_value(&leaf) : (Str){0};
    bool as_seen = leaf.found && (seen == NULL || str_equal(now, *seen));
    if (as_seen && list) {
        uint32_t now_at = find_item(now, rowid);
        bool exists = now_at < entry_count(now);
        as_seen = exists == existed && (!exists || entry_item(now, now_at).stamp == note.old_stamp);
    } else if (as_seen) {
        as_seen = entry_stamp(now) == note.old_stamp;
    }
    Str stamped = now;
    bool too_long = as_seen && list && key.len + now.len + 2 * ENTRY_ITEM_BYTES > BTREE_ENTRY_MAX;
    bool room = true;
    if (as_seen && !too_long) {
        stamped = value_stamped(now, list, rowid, stamp, buf);
        room = btree_leaf_fits(&leaf, entry->str.len, stamped.len);
        if (room) {
            WriteContext context = {.xid = XID_INVALID};
            btree_leaf_update(&leaf, stamped, &context);
            *done_out = true;
        }
    }
    btree_write_end(&leaf);
    if (too_long)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "too many dead rows with the same key wait for an old snapshot");
    if (!room)
        return btree_make_room(index->tree, entry->str, entry->str.len + stamped.len);
    return STATUS_OK;
}

/* Tells readers of the key. */
static Status note_key(const Txn *txn, const Index *index, Str key) {
    return LIKELY(txn->ssi == NULL) ? STATUS_OK : ssi_wrote_key(txn->ssi, index->store, key);
}

Status index_insert_unchecked(Txn *txn, Index *index, Str key, bool key_has_null, RowId rowid) {
    EntryKey entry;
    bool list = index->unique && !key_has_null;
    TRY(key_check(key));
    TRY(txn_need_xid(txn));
    entry_key(&entry, key, list, rowid);
    for (;;) {
        Added added;
        bool done = false;
        TRY(add_fresh(txn, index, entry.str, list, rowid, &added));
        if (added == ADDED)
            return note_key(txn, index, key);
        if (added == ADDED_STANDS)
            TRY(add_standing(txn, index, key, &entry, list, rowid, NULL, &done));
        if (done)
            return note_key(txn, index, key);
    }
}

/* ---- uniqueness ---- */

typedef struct UniqueCheck {
    Txn *txn;
    Table *table;
    Str key;
    KeyMatches matches;
    void *arg;
} UniqueCheck;

static Status version_matches(UniqueCheck *unique, RowId rowid, Str value, bool *matches_out) {
    RowView view;
    TRY(row_view(rowid, value, &view));
    return unique->matches(unique->arg, &view, unique->key, matches_out);
}

/* May the row have the key once the writer has ended, either way? */
static Status writer_may_leave_key(UniqueCheck *unique, RowId rowid, Str value, Xid writer,
                                   bool *may_out) {
    *may_out = false;
    for (;;) {
        RowHeader header = row_header_load(value.data);
        bool its = header.xid == writer, existed, matches;
        if (its || !(header.flags & ROW_DELETED)) {
            TRY(version_matches(unique, rowid, value, &matches));
            if (matches) {
                *may_out = true;
                return STATUS_OK;
            }
        }
        if (!its)
            return STATUS_OK;
        Str older;
        TRY(version_before(unique->txn->mvcc, value, &unique->txn->scratch, &older, &existed));
        if (!existed)
            return STATUS_OK;
        value = older;
    }
}

/* Is the row alive under the key? writer_out: undecided until that one has ended. */
static Status check_row(UniqueCheck *unique, RowId rowid, bool *alive_out, Xid *writer_out) {
    Txn *txn = unique->txn;
    Mvcc *mvcc = txn->mvcc;
    for (;;) {
        Str value;
        bool found;
        *alive_out = false;
        *writer_out = XID_INVALID;
        TRY(btree_get_row(unique->table->tree, rowid, &txn->scratch, &value, &found));
        if (!found)
            return STATUS_OK;
        RowHeader header = row_header_load(value.data);
        if (header.xid != txn_own_xid(txn)) {
            uint64_t state = xid_state(mvcc, header.xid);
            if ((state & XID_STATE_MASK) == XID_STATE_ABORTED)
                continue; /* reverted by now */
            if (xid_running(state)) {
                if (mvcc->faults.unique_ignores_running)
                    return STATUS_OK;
                bool may;
                Status status = writer_may_leave_key(unique, rowid, value, header.xid, &may);
                if (status_ok(status)) {
                    *writer_out = may ? header.xid : XID_INVALID;
                    return STATUS_OK;
                }
                /* Its log may be gone because it has ended. */
                if (xid_running(xid_state(mvcc, header.xid)))
                    return status;
                status_free(status);
                continue;
            }
            txn_depend(txn, XID_LSN(state));
        }
        if (header.flags & ROW_DELETED)
            return STATUS_OK;
        return version_matches(unique, rowid, value, alive_out);
    }
}

Status index_row_alive(Txn *txn, Table *table, RowId rowid, Str key, KeyMatches matches, void *arg,
                       bool *alive_out, Xid *writer_out) {
    UniqueCheck check = {txn, table, key, matches, arg};
    ArenaMark mark = arena_mark(&txn->scratch);
    Status status = check_row(&check, rowid, alive_out, writer_out);
    arena_release(&txn->scratch, mark);
    return status;
}

/* The entry's value if no listed row but rowid itself has the key. */
static Status check_list(UniqueCheck *unique, Str value, RowId rowid, RowId *alive_out,
                         Xid *writer_out) {
    *alive_out = 0;
    *writer_out = XID_INVALID;
    for (uint32_t i = 0; i < entry_count(value); i++) {
        RowId listed = entry_item(value, i).rowid;
        bool alive;
        Xid writer;
        if (listed == rowid)
            continue;
        TRY(check_row(unique, listed, &alive, &writer));
        if (alive) {
            *alive_out = listed;
            return STATUS_OK;
        }
        if (writer != XID_INVALID)
            *writer_out = writer; /* another one may be alive for certain */
    }
    return STATUS_OK;
}

/* ---- keeping lists short ---- */

#define LIST_LONG 64u
#define LIST_PRUNE_EACH 16u

/* When the listed row was deleted for good: the commit's LSN; LSN_INVALID: not, or not known. */
static Status row_death(UniqueCheck *unique, RowId rowid, bool *gone_out, Lsn *death_out) {
    Mvcc *mvcc = unique->txn->mvcc;
    Str value;
    bool found;
    *gone_out = false;
    *death_out = LSN_INVALID;
    TRY(btree_get_row(unique->table->tree, rowid, &unique->txn->scratch, &value, &found));
    *gone_out = !found;
    if (!found)
        return STATUS_OK;
    RowHeader header = row_header_load(value.data);
    uint64_t state = xid_state(mvcc, header.xid);
    if ((header.flags & ROW_DELETED) && (state & XID_STATE_MASK) == XID_STATE_COMMITTED)
        *death_out = XID_LSN(state);
    return STATUS_OK;
}

/* A key that is deleted and inserted again and again while an old snapshot holds purge up: takes out
 * the rows that came and went between the snapshots. */
static Status prune_list(UniqueCheck *unique, Index *index, Str value) {
    for (uint32_t i = 0; i < entry_count(value); i++) {
        EntryItem item = entry_item(value, i);
        bool gone;
        Lsn death;
        TRY(row_death(unique, item.rowid, &gone, &death));
        if (!gone &&
            (death == LSN_INVALID || !snapshot_none_between(index->mvcc, item.stamp, death)))
            continue;
        EntryChange change = {.tree = index->tree,
                              .key = unique->key,
                              .list = true,
                              .rowid = item.rowid,
                              .stamp_min = item.stamp,
                              .stamp_max = item.stamp,
                              .context = {.xid = XID_INVALID}};
        TRY(index_take_out(&change));
    }
    return STATUS_OK;
}

typedef struct UniqueInsert {
    UniqueCheck check;
    Index *index;
    EntryKey entry;
    RowId rowid;
    bool wait;
    bool pruned;
} UniqueInsert;

/* One try. *again_out: something changed, or room was made, or a wait is over. */
static Status unique_try(UniqueInsert *insert, RowId *conflict_out, Xid *wait_out,
                         IndexInsert *outcome_out, bool *again_out) {
    Txn *txn = insert->check.txn;
    Added added;
    *again_out = false;
    *outcome_out = INDEX_INSERTED;
    TRY(add_fresh(txn, insert->index, insert->entry.str, true, insert->rowid, &added));
    if (added != ADDED_STANDS) {
        *again_out = added == ADDED_NOT;
        return STATUS_OK;
    }
    Str value;
    bool found;
    TRY(btree_get(insert->index->tree, insert->entry.str, &txn->scratch, &value, &found));
    if (!found) {
        *again_out = true;
        return STATUS_OK;
    }
    uint32_t listed = entry_count(value);
    if (UNLIKELY(listed >= LIST_LONG && listed % LIST_PRUNE_EACH == 0 && !insert->pruned)) {
        insert->pruned = *again_out = true;
        return prune_list(&insert->check, insert->index, value);
    }
    RowId alive;
    Xid writer;
    TRY(check_list(&insert->check, value, insert->rowid, &alive, &writer));
    if (alive != 0) {
        *conflict_out = alive;
        *outcome_out = INDEX_CONFLICT;
        return STATUS_OK;
    }
    if (writer != XID_INVALID && !insert->wait) {
        *wait_out = writer;
        *outcome_out = INDEX_WAIT;
        return STATUS_OK;
    }
    *again_out = true;
    if (writer != XID_INVALID)
        return lock_wait_xid(txn, writer);
    bool done;
    TRY(add_standing(txn, insert->index, insert->check.key, &insert->entry, true, insert->rowid,
                     &value, &done));
    *again_out = !done;
    return STATUS_OK;
}

Status index_insert(Txn *txn, Index *index, Table *table, Str key, bool key_has_null, RowId rowid,
                    KeyMatches matches, void *arg, bool wait, RowId *conflict_out, Xid *wait_out,
                    IndexInsert *outcome_out) {
    *conflict_out = 0;
    *wait_out = XID_INVALID;
    *outcome_out = INDEX_INSERTED;
    if (!index->unique || key_has_null)
        return index_insert_unchecked(txn, index, key, key_has_null, rowid);
    TRY(key_check(key));
    TRY(txn_need_xid(txn));
    UniqueInsert insert = {
        .check = {txn, table, key, matches, arg}, .index = index, .rowid = rowid, .wait = wait};
    entry_key(&insert.entry, key, true, rowid);
    for (bool again = true; again;) {
        ArenaMark mark = arena_mark(&txn->scratch);
        Status status = unique_try(&insert, conflict_out, wait_out, outcome_out, &again);
        arena_release(&txn->scratch, mark);
        TRY(status);
    }
    return note_key(txn, index, key); /* a conflict, too: who waits for the key must fail first */
}

Status index_mark_dead(Txn *txn, Index *index, Str key, bool key_has_null, RowId rowid) {
    return dead_add(txn, &(DeadItem){.kind = DEAD_KEY,
                                     .store = index->store,
                                     .list = index->unique && !key_has_null,
                                     .id = rowid,
                                     .key = key});
}

/* ---- reading one key ---- */

Status index_get(Index *index, Str key, Arena *arena, RowId **rowids_out, uint32_t *count_out) {
    Str value;
    bool found;
    *rowids_out = NULL;
    *count_out = 0;
    check(index->unique);
    access_count(&index->stats, ACCESS_SCANS, 1);
    if (key.len > INDEX_KEY_MAX)
        return STATUS_OK;
    TRY(btree_get(index->tree, key, arena, &value, &found));
    if (!found)
        return STATUS_OK;
    uint32_t count = entry_count(value);
    *rowids_out = arena_alloc(arena, count * sizeof(RowId) + 1);
    for (uint32_t i = 0; i < count; i++)
        (*rowids_out)[i] = entry_item(value, i).rowid;
    *count_out = count;
    access_count(&index->stats, ACCESS_READ, count);
    return STATUS_OK;
}

Status index_has_entry(Index *index, Str key, bool key_has_null, RowId rowid, Arena *arena,
                       bool *found_out) {
    EntryKey entry;
    Str value;
    bool list = index->unique && !key_has_null;
    *found_out = false;
    if (key.len > INDEX_KEY_MAX)
        return STATUS_OK;
    entry_key(&entry, key, list, rowid);
    TRY(btree_get(index->tree, entry.str, arena, &value, found_out));
    if (*found_out && list)
        *found_out = find_item(value, rowid) < entry_count(value);
    return STATUS_OK;
}

_Static_assert(INDEX_AHEAD_MAX <= BTREE_AHEAD_MAX, "one group");

void index_ahead(Index *index, Table *table, const Str *keys, uint32_t count) {
    char values[INDEX_AHEAD_MAX][ENTRY_ITEM_BYTES];
    uint8_t bytes[INDEX_AHEAD_MAX][8];
    uint32_t lens[INDEX_AHEAD_MAX], n = 0;
    Str rows[INDEX_AHEAD_MAX];
    count = MIN(count, INDEX_AHEAD_MAX);
    btree_ahead(index->tree, keys, count, values[0], ENTRY_ITEM_BYTES, lens);
    for (uint32_t i = 0; i < count; i++) {
        Str value = str_make(values[i], lens[i]);
        if (entry_count(value) == 1) {
            rows[n] = rowid_key(entry_item(value, 0).rowid, bytes[n]);
            n++;
        }
    }
    if (n > 0)
        btree_ahead(table->tree, rows, n, NULL, 0, NULL);
}

/* ---- the open index ---- */

void index_free(Index *index) {
    access_stats_free(&index->stats, &index->mvcc->account);
    mem_free(&index->mvcc->account, index, sizeof(*index));
}

Status index_open(Mvcc *mvcc, StoreId store, bool unique, Index **index_out) {
    latch_lock_shared(&mvcc->stores_latch);
    *index_out = u64map_get(&mvcc->indexes, store);
    latch_unlock_shared(&mvcc->stores_latch);
    if (LIKELY(*index_out != NULL))
        return STATUS_OK;
    Btree *tree;
    TRY(engine_store_open(mvcc->engine, store, &tree));
    Index *index = mem_alloc(&mvcc->account, sizeof(Index));
    *index = (Index){.mvcc = mvcc, .tree = tree, .store = store, .unique = unique};
    access_stats_init(&index->stats, &mvcc->account);
    latch_lock(&mvcc->stores_latch);
    Index *other = u64map_get(&mvcc->indexes, store);
    if (other == NULL)
        u64map_put(&mvcc->indexes, store, index);
    latch_unlock(&mvcc->stores_latch);
    if (other != NULL)
        index_free(index);
    *index_out = other != NULL ? other : index;
    return STATUS_OK;
}

uint64_t index_page_count(const Index *index) { return btree_page_count(index->tree); }

/* ---- building ---- */

struct IndexBuild {
    Index *index;
    BtreeBuild *tree;
    Str last; /* key of the newest entry of a unique index; a buffer of INDEX_KEY_MAX */
    bool any;
};

Status index_build_begin(Txn *txn, Index *index, Arena *arena, IndexBuild **build_out) {
    IndexBuild *build = *build_out = arena_new(arena, IndexBuild);
    build->index = index;
    build->last.data = arena_alloc(arena, INDEX_KEY_MAX);
    return btree_build_begin(index->tree, arena, &build->tree);
}

Status index_build_add(IndexBuild *build, Str key, bool key_has_null, RowId rowid,
                       bool *duplicate_out) {
    *duplicate_out = false;
    TRY(key_check(key));
    bool list = build->index->unique && !key_has_null;
    if (list) {
        *duplicate_out = build->any && str_equal(build->last, key);
        if (*duplicate_out)
            return STATUS_OK;
        char *last = (char *)build->last.data;
        memcpy(last, key.data, key.len);
        build->last = str_make(last, key.len);
        build->any = true;
    }
    EntryKey entry;
    uint8_t value[ENTRY_BUILT_BYTES];
    entry_key(&entry, key, list, rowid);
    store_le64(value, rowid);
    return btree_build_add(build->tree, entry.str,
                           str_make((char *)value, list ? ENTRY_BUILT_BYTES : 0));
}

Status index_build_end(IndexBuild *build) { return btree_build_end(build->tree); }
