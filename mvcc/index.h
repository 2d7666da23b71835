/*
 * index.h: secondary indexes: key bytes -> rowids, unversioned. Layer: mvcc.
 *
 * A unique index has one entry per key (value: its rowids, mostly one); any other, and a unique key
 * with a NULL in it, has one entry per (key, rowid). Entries of old versions stay until purge, so
 * whoever reads through an index checks the row: visible, and its key still this one.
 *
 * Keys are encoded by the layer above so that memcmp orders them and no key is a prefix of another
 * one of the same index. Up to INDEX_KEY_MAX bytes.
 */
#ifndef MVCC_INDEX_H
#define MVCC_INDEX_H

#include "mvcc/table.h"

#define INDEX_KEY_MAX 2900u

typedef struct Index Index;

Status index_open(Mvcc *mvcc, StoreId store, bool unique, Index **index_out);

/* Does this version of the row have this key (and satisfy the index's predicate)? Supplied by the
 * layer that knows how keys are made. */
typedef Status (*KeyMatches)(void *arg, const RowView *row, Str key, bool *matches_out);

typedef enum IndexInsert {
    INDEX_INSERTED,
    INDEX_CONFLICT, /* a live row has this key: conflict_out */
    INDEX_WAIT /* a row of a transaction in progress has it; only with wait = false: wait_out */
} IndexInsert;

/* Non-unique: adds the entry. Unique: adds it if no other live row has the key; waits for
 * transactions in progress that may decide it (in the wait-for graph), unless wait is false. */
Status index_insert(Txn *txn, Index *index, Table *table, Str key, bool key_has_null, RowId rowid,
                    KeyMatches matches, void *arg, bool wait, RowId *conflict_out, Xid *wait_out,
                    IndexInsert *outcome_out);
/* Adds the entry whatever stands there: deferred unique constraints check later. */
Status index_insert_unchecked(Txn *txn, Index *index, Str key, bool key_has_null, RowId rowid);
/* Tells purge that the row leaves this key when the transaction commits: called after each delete,
 * and after each update that changes the key (before index_insert of the next one). */
Status index_mark_dead(Txn *txn, Index *index, Str key, bool key_has_null, RowId rowid);

/* Is the row alive in a version that `matches` accepts (key is handed through)? writer_out: undecided
 * until that transaction has ended. Parks for page reads only. */
Status index_row_alive(Txn *txn, Table *table, RowId rowid, Str key, KeyMatches matches, void *arg,
                       bool *alive_out, Xid *writer_out);

/* Exact key of a unique index: candidate rowids (to be checked). */
Status index_get(Index *index, Str key, Arena *arena, RowId **rowids_out, uint32_t *count_out);
/* index_get of each key, and table_fetch of what it finds, are about to come: brings the pages' memory
 * into the processor's cache. A hint; never parks. At most INDEX_AHEAD_MAX keys of a unique index. */
#define INDEX_AHEAD_MAX 16u
void index_ahead(Index *index, Table *table, const Str *keys, uint32_t count);

typedef struct IndexScan IndexScan;
typedef struct IndexEntry {
    Str key; /* without the rowid; valid until the next call */
    RowId rowid;
} IndexEntry;
/* Keys are prefixes: an entry is in range if low <= its leading bytes and so on; a bound that is a
 * prefix covers all keys that start with it (inclusive) or none (exclusive). */
Status index_scan_open(Index *index, const Str *low, bool low_inclusive, const Str *high,
                       bool high_inclusive, bool backward, Arena *arena, IndexScan **scan_out);
Status index_scan_next(IndexScan *scan, IndexEntry *entries_out, uint32_t capacity,
                       uint32_t *count_out);
Status index_scan_reset(IndexScan *scan, const Str *low, bool low_inclusive, const Str *high,
                        bool high_inclusive);

/* Does the row stand under the key? For checks: nothing is said of its versions. */
Status index_has_entry(Index *index, Str key, bool key_has_null, RowId rowid, Arena *arena,
                       bool *found_out);

/* Before a range, or a key, is looked at: a serializable transaction remembers that it was. */
Status index_note_read(const Snapshot *snapshot, const Table *table, const Index *index,
                       const Str *low, bool low_inclusive, const Str *high, bool high_inclusive);

/* Bottom-up build from entries sorted by (key, rowid). duplicate_out: first key that two live rows
 * share in a unique index (then nothing is built). */
typedef struct IndexBuild IndexBuild;
Status index_build_begin(Txn *txn, Index *index, Arena *arena, IndexBuild **build_out);
Status index_build_add(IndexBuild *build, Str key, bool key_has_null, RowId rowid,
                       bool *duplicate_out);
Status index_build_end(IndexBuild *build);

uint64_t index_page_count(const Index *index);

#endif
