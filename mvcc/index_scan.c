/*
 * index_scan.c: ranges of an index.
 *
 * The caller's bounds are prefixes of keys. "Up to and with everything that starts with p" is "below
 * the first string that is greater than all of them": p with its last byte that is not 0xff raised by
 * one and the rest cut off.
 */
#include "mvcc/mvcc_int.h"

struct IndexScan {
    Index *index;
    BtreeScan *tree;
    Arena *arena;
    const BtreeEntry *entries;
    uint32_t entry_count;
    uint32_t at;      /* entry */
    uint32_t item_at; /* within its list */
    bool backward;
    bool more;
    uint8_t low[INDEX_KEY_MAX], high[INDEX_KEY_MAX]; /* raised bounds */
};

/* False: nothing is greater. */
static bool raise_prefix(Str prefix, uint8_t *buf, Str *raised_out) {
    uint32_t len = MIN(prefix.len, INDEX_KEY_MAX);
    memcpy(buf, prefix.data, len);
    while (len > 0 && buf[len - 1] == 0xff)
        len--;
    if (len == 0)
        return false;
    buf[len - 1]++;
    *raised_out = str_make((char *)buf, len);
    return true;
}

typedef struct Bounds {
    Str low, high;
    bool has_low, has_high, high_inclusive, empty;
} Bounds;

static Bounds make_bounds(uint8_t *low_buf, uint8_t *high_buf, const Str *low, bool low_inclusive,
                          const Str *high, bool high_inclusive) {
    Bounds bounds = {0};
    /* An empty prefix covers everything: unbounded or nothing. */
    if (low != NULL && low->len > 0) {
        bounds.has_low = true;
        bounds.low = *low;
        if (!low_inclusive)
            bounds.empty = !raise_prefix(*low, low_buf, &bounds.low);
    } else if (low != NULL && !low_inclusive) {
        bounds.empty = true;
    }
    if (high != NULL && high->len > 0) {
        bounds.high = *high;
        bounds.has_high = !high_inclusive || raise_prefix(*high, high_buf, &bounds.high);
    } else if (high != NULL && !high_inclusive) {
        bounds.empty = true;
    }
    return bounds;
}

Status index_note_read(const Snapshot *snapshot, const Table *table, const Index *index,
                       const Str *low, bool low_inclusive, const Str *high, bool high_inclusive) {
    SsiTxn *reader = reader_of(snapshot, table);
    if (LIKELY(reader == NULL))
        return STATUS_OK;
    uint8_t low_buf[INDEX_KEY_MAX], high_buf[INDEX_KEY_MAX];
    Bounds bounds = make_bounds(low_buf, high_buf, low, low_inclusive, high, high_inclusive);
    if (bounds.empty)
        return STATUS_OK;
    return ssi_read_range(reader, index->store, bounds.has_low ? &bounds.low : NULL,
                          bounds.has_high ? &bounds.high : NULL);
}

Status index_scan_open(Index *index, const Str *low, bool low_inclusive, const Str *high,
                       bool high_inclusive, bool backward, Arena *arena, IndexScan **scan_out) {
    IndexScan *scan = *scan_out = arena_alloc(arena, sizeof(IndexScan));
    *scan = (IndexScan){.index = index, .arena = arena, .backward = backward};
    Bounds bounds = make_bounds(scan->low, scan->high, low, low_inclusive, high, high_inclusive);
    scan->more = !bounds.empty;
    access_count(&index->stats, ACCESS_SCANS, 1);
    return btree_scan_open(index->tree, bounds.has_low ? &bounds.low : NULL, true,
                           bounds.has_high ? &bounds.high : NULL, false, backward, arena,
                           &scan->tree);
}

Status index_scan_reset(IndexScan *scan, const Str *low, bool low_inclusive, const Str *high,
                        bool high_inclusive) {
    Bounds bounds = make_bounds(scan->low, scan->high, low, low_inclusive, high, high_inclusive);
    scan->more = !bounds.empty;
    scan->entry_count = scan->at = scan->item_at = 0;
    access_count(&scan->index->stats, ACCESS_SCANS, 1);
    return btree_scan_reset(scan->tree, bounds.has_low ? &bounds.low : NULL, true,
                            bounds.has_high ? &bounds.high : NULL, false);
}

/* The rows of one entry, as far as there is room. True: all of them. */
static bool take_entry(IndexScan *scan, const BtreeEntry *entry, IndexEntry *entries_out,
                       uint32_t capacity, uint32_t *count) {
    if (!entry_is_list(entry->value)) {
        uint32_t key_len = entry->key.len - ENTRY_ROWID_BYTES;
        entries_out[(*count)++] = (IndexEntry){.key = str_make(entry->key.data, key_len),
                                               .rowid = load_be48(entry->key.data + key_len)};
        return true;
    }
    uint32_t items = entry_count(entry->value);
    while (scan->item_at < items && *count < capacity) {
        uint32_t i = scan->backward ? items - 1 - scan->item_at : scan->item_at;
        entries_out[(*count)++] =
            (IndexEntry){.key = entry->key, .rowid = entry_item(entry->value, i).rowid};
        scan->item_at++;
    }
    if (scan->item_at < items)
        return false;
    scan->item_at = 0;
    return true;
}

Status index_scan_next(IndexScan *scan, IndexEntry *entries_out, uint32_t capacity,
                       uint32_t *count_out) {
    uint32_t count = 0;
    *count_out = 0;
    while (count == 0) {
        if (scan->at == scan->entry_count) {
            if (!scan->more)
                return STATUS_OK;
            scan->at = 0;
            TRY(btree_scan_next(scan->tree, &scan->entries, &scan->entry_count));
            TRY(fiber_check_interrupt());
            scan->more = scan->entry_count > 0;
            continue;
        }
        while (scan->at < scan->entry_count && count < capacity) {
            const BtreeEntry *entry = &scan->entries[scan->at];
            if (UNLIKELY(!entry_is_list(entry->value) && entry->key.len <= ENTRY_ROWID_BYTES))
                return error(ERR_DATA_CORRUPTED, "damaged entry in index store %u",
                             scan->index->store);
            if (!take_entry(scan, entry, entries_out, capacity, &count))
                break;
            scan->at++;
        }
    }
    access_count(&scan->index->stats, ACCESS_READ, count);
    *count_out = count;
    return STATUS_OK;
}
