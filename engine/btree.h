/*
 * btree.h: B-link trees of byte-string keys on pool pages. Layer: engine.
 *
 * Keys compare by memcmp and are unique within a tree. key + value <= BTREE_ENTRY_MAX, key <=
 * BTREE_KEY_MAX, no empty key.
 * Readers are optimistic (Leis et al., "Optimistic Lock Coupling", 2019): they copy and then check
 * the page's version; nothing they return points into the pool. Writers latch one leaf exclusively,
 * and between btree_write_begin and btree_write_end the fibre must not park, allocate large memory
 * or touch another tree.
 *
 *     for (;;) {
 *         TRY(btree_write_begin(tree, key, &leaf));     (prepares the log for the one record, too)
 *         decide by leaf.found and btree_leaf_value(&leaf);
 *         if (btree_leaf_fits(...)) { lsn = btree_leaf_...(...); btree_write_end(&leaf); break; }
 *         btree_write_end(&leaf);
 *         TRY(btree_make_room(tree, key, bytes));
 *     }
 */
#ifndef ENGINE_BTREE_H
#define ENGINE_BTREE_H

#include "base/datum.h"
#include "engine/engine.h"

/* Limits: two entries and two fences fit a page. Above them callers refuse or store outside. */
#define BTREE_ENTRY_MAX 5000u
#define BTREE_KEY_MAX 3000u

/* Row header at the start of each STORE_TABLE value (14 bytes, little-endian):
 *   0 xid u48   6 flags u16   8 undo_lsn u48 */
#define ROW_HEADER_BYTES 14u
#define ROW_DELETED 0x0001u /* a tombstone: the row body stays for older snapshots */

/* Who writes, for the log. */
typedef struct WriteContext {
    Xid xid;
    Lsn prev_txn_lsn;
    uint8_t wal_flags; /* WAL_COMPENSATION, WAL_PURGE */
    Lsn undo_next;     /* with WAL_COMPENSATION */
    bool stamp_lsn;    /* STORE_TABLE: write the record's LSN into the row header's undo_lsn */
} WriteContext;

/* ---- reading ---- */

/* Copies the value at exactly key to the arena. May park on a page miss. */
Status btree_get(Btree *tree, Str key, Arena *arena, Str *value_out, bool *found_out);
/* The same for a table's rowid: no key encoding, the hot path. */
Status btree_get_row(Btree *tree, uint64_t rowid, Arena *arena, Str *value_out, bool *found_out);

/*
 * Says that these keys are about to be read: brings what their descents touch into the processor's
 * cache, for up to BTREE_AHEAD_MAX of them together. A hint, which changes nothing and can't fail; pages
 * that are not in memory are left out. Never parks. values NULL, or room for value_bytes a key: their
 * values as they are just now, lens_out 0 where there is none, a longer one, or it is changing.
 */
#define BTREE_AHEAD_MAX 16u
void btree_ahead(Btree *tree, const Str *keys, uint32_t count, char *values, uint32_t value_bytes,
                 uint32_t *lens_out);

/*
 * A scan copies one leaf at a time into its own 16 KB buffer and walks that copy, so entries stay
 * valid until the next leaf is fetched. It sees each key that existed throughout exactly once, in
 * order; concurrent splits and merges are handled by keys, not positions.
 */
typedef struct BtreeScan BtreeScan;
typedef struct BtreeEntry {
    Str key;
    Str value;
} BtreeEntry;
/* low/high NULL: unbounded. Keys k with low <= k (or < if !low_inclusive) and k <= high (or <).
 * The bound's bytes are copied. The scan lives on the arena; no closing needed. */
Status btree_scan_open(Btree *tree, const Str *low, bool low_inclusive, const Str *high,
                       bool high_inclusive, bool backward, Arena *arena, BtreeScan **scan_out);
/* The next run of entries in scan order, all from one leaf copy: valid until the next call.
 * count_out 0: the end. May park. */
Status btree_scan_next(BtreeScan *scan, const BtreeEntry **entries_out, uint32_t *count_out);
/* Does nothing follow what btree_scan_next gave last? Known without reading further. */
bool btree_scan_at_end(const BtreeScan *scan);
/* Continue from a bound: for inner scans that restart with other keys without reallocating. */
Status btree_scan_reset(BtreeScan *scan, const Str *low, bool low_inclusive, const Str *high,
                        bool high_inclusive);
/* Splits the key space into about `parts` ranges of equal page counts, for parallel scans.
 * keys_out: the part_count_out - 1 boundaries. */
Status btree_partition(Btree *tree, uint32_t parts, Arena *arena, Str **keys_out,
                       uint32_t *part_count_out);

/* ---- writing ---- */

typedef struct BtreeLeaf {
    Btree *tree;
    struct Frame *frame;
    uint32_t slot; /* of the key, or where it would stand */
    bool found;
    bool removed; /* something was: btree_write_end looks whether to merge */
} BtreeLeaf;

/* Finds and latches the leaf that owns key. May park before it latches. On error nothing is held.
 * Does wal_prepare for the records of one leaf operation. Errors: as wal_prepare; XX001; I/O. */
Status btree_write_begin(Btree *tree, Str key, BtreeLeaf *leaf_out);
/* The same for rollback and commit (wal_prepare_reserved). */
Status btree_write_begin_reserved(Btree *tree, Str key, BtreeLeaf *leaf_out);
/* Lets go. May park afterwards: where a removal left little in the leaf, it is merged now. */
void btree_write_end(BtreeLeaf *leaf);
/* The current value, in the page: valid while latched. */
Str btree_leaf_value(const BtreeLeaf *leaf);
/* Would an insert of that size / an update to that size fit? */
bool btree_leaf_fits(const BtreeLeaf *leaf, uint32_t key_len, uint32_t value_len);
/* Is no key of the leaf above the one that was sought? */
bool btree_leaf_at_end(const BtreeLeaf *leaf);
/* Splits until the leaf that owns key has room for an entry of `bytes` (key and value; for an update,
 * the new value's bytes suffice). May park. Not latched. Errors: 53100 where the file cannot grow. */
Status btree_make_room(Btree *tree, Str key, uint32_t bytes);
Status btree_make_room_reserved(Btree *tree, Str key, uint32_t bytes);

/* Each changes the latched leaf and appends one record; returns its LSN. They cannot fail. */
Lsn btree_leaf_insert(BtreeLeaf *leaf, Str key, Str value, const WriteContext *context);
/* Logs only the middle that differs (both images), so the record is redo and undo. */
Lsn btree_leaf_update(BtreeLeaf *leaf, Str value, const WriteContext *context);
/* STORE_TABLE: replace the 14 header bytes (delete mark, lock, revert). */
Lsn btree_leaf_set_header(BtreeLeaf *leaf, const uint8_t header[ROW_HEADER_BYTES],
                          const WriteContext *context);
Lsn btree_leaf_remove(BtreeLeaf *leaf, const WriteContext *context);
/* STORE_TABLE: append rows with consecutive rowids starting at first_rowid, the key sought, to a leaf
 * with btree_leaf_at_end; as many as the leaf owns and has room for; count_out says how many (0: make room first). One record. */
Lsn btree_leaf_append_rows(BtreeLeaf *leaf, uint64_t first_rowid, const Str *values, uint32_t count,
                           const WriteContext *context, uint32_t *count_out);

/* ---- undo and version chains: interpreting the records above ---- */

/* From the newer value (header included) and the LEAF_UPDATE / LEAF_HEADER record that made it, the
 * older value. A LEAF_INSERT(_MANY) has none: existed_out false. Memory on the arena. */
Status btree_record_before_image(const WalRecord *record, Str newer, Arena *arena, Str *older_out,
                                 bool *existed_out);
/* The key(s) a leaf record is about: first key, and how many consecutive rowids. */
Status btree_record_key(const WalRecord *record, Arena *arena, Str *key_out, uint32_t *count_out);
/* The value a LEAF_INSERT / LEAF_REMOVE record carries. */
Status btree_record_value(const WalRecord *record, Arena *arena, Str *value_out);

/* ---- building ---- */

/* Bottom-up from sorted entries into an empty tree: full pages, one record a page. Error: XX000 for
 * keys out of order. */
typedef struct BtreeBuild BtreeBuild;
Status btree_build_begin(Btree *tree, Arena *arena, BtreeBuild **build_out);
Status btree_build_add(BtreeBuild *build, Str key, Str value);
Status btree_build_end(BtreeBuild *build);

/*
 * Is a tree that is in use sound? A leaf a call, in order, with all that leads to it; writers go on meanwhile and
 * nobody waits. Ends at the first flaw. The walk lives on the arena. Parks. Errors: those of reading pages.
 */
typedef struct BtreeVerify BtreeVerify;
typedef struct BtreeFlaw {
    const char *what; /* NULL: none. Static */
    PageNo page;
    uint32_t slot;
} BtreeFlaw;
void btree_verify_open(Btree *tree, Arena *arena, BtreeVerify **verify_out);
Status btree_verify_next(BtreeVerify *verify, BtreeFlaw *flaw_out, bool *more_out);

/* Whole-tree invariant check; test and checker use. */
Status btree_check(Btree *tree, void (*report)(void *, const char *), void *arg,
                   uint64_t *problem_count_out);

#endif
