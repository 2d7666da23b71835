/*
 * mvcc_int.h: what the files of mvcc/ share.
 *
 * Latches, in the order in which they may be taken (all are short, none is held across a park):
 *   leaf of a tree -> lock graph -> lock partitions, ascending -> a LockOwner's -> (leaf-level ones:
 *   xid table, transaction directory, store map, purge queue)
 *
 * Transactions live in a directory that only grows, so other workers may look at any Txn at any time;
 * what they look at is atomic.
 */
#ifndef MVCC_INT_H
#define MVCC_INT_H

#include "base/bits.h"
#include "base/map.h"
#include "base/vec.h"
#include "mvcc/access_stats.h"
#include "mvcc/index.h"
#include "mvcc/ssi.h"
#include "runtime/clock.h"
#include "runtime/latch.h"
#include "runtime/worker.h"

/* ---- row headers ---- */

#define ROW_KEY_CHANGED 0x0002u /* the writer changed a key that foreign keys may refer to */
#define ROW_MOVED 0x0008u       /* with ROW_DELETED: it went to another partition */
#define ROW_EXTERNAL 0x0004u    /* behind the body: offsets u16[n] of BlobRefs in it, then n u16 */

#define ROW_VALUE_MAX (BTREE_ENTRY_MAX - 8u)
#define ROW_BODY_MAX (ROW_VALUE_MAX - ROW_HEADER_BYTES)

typedef struct RowHeader {
    Xid xid;
    uint16_t flags;
    Lsn undo_lsn;
} RowHeader;

static inline RowHeader row_header_load(const void *p) {
    return (RowHeader){load_le48(p), load_le16((const char *)p + 6),
                       load_le48((const char *)p + 8)};
}
static inline void row_header_store(void *p, RowHeader header) {
    store_le48(p, header.xid);
    store_le16((char *)p + 6, header.flags);
    store_le48((char *)p + 8, header.undo_lsn);
}
/* Bytes of the body alone; 0 where the trailer is damaged. */
uint32_t row_body_len(const RowHeader *header, const uint8_t *value, uint32_t value_len);

static inline Str rowid_key(RowId rowid, uint8_t buf[8]) {
    store_be64(buf, rowid);
    return str_make((const char *)buf, 8);
}
static inline RowId rowid_of_key(Str key) { return key.len == 8 ? load_be64(key.data) : 0; }

/* ---- xids (xid.c) ---- */

#define XID_FIRST ((Xid)3)
#define XID_CHUNK 4096u
#define XID_DIRECTORY 65536u
#define XID_ABORTS_KEPT (1u << 20) /* ids, a multiple of XID_CHUNK */

/* The state word: LSN in the low 48 bits (CSN, or where the rollback ended), then: */
#define XID_STATE_MASK ((uint64_t)3 << 48)
#define XID_STATE_RUNNING ((uint64_t)0 << 48)
#define XID_STATE_COMMITTING ((uint64_t)1 << 48) /* the commit record is being appended: spin */
#define XID_STATE_COMMITTED ((uint64_t)2 << 48)
#define XID_STATE_ABORTED ((uint64_t)3 << 48)
#define XID_WAITED ((uint64_t)1 << 50) /* while running: somebody waits for its end */
#define XID_LSN(word) ((word) & (((uint64_t)1 << 48) - 1))

typedef struct XidSlot {
    _Atomic uint64_t state;
    _Atomic Lsn begin_lsn; /* its records are at or above; 0: not known yet */
    _Atomic(Txn *) txn;
} XidSlot;

/* Recycled, never unmapped: readers check base before and after. */
typedef struct XidChunk {
    _Atomic Xid base; /* first xid + 1; 0: free */
    Lsn lsn_max;      /* highest LSN of its finished xids that the floor has passed */
    struct XidChunk *next_free;
    struct XidChunk *next_made;
    XidSlot slots[XID_CHUNK];
} XidChunk;

/*
 * floor: every xid below it is finished, and if committed then its CSN was below the durable LSN.
 * floor_lsn: every record of an xid at or above floor is at or above it. floor is stored first and
 * read last. An xid below next without a chunk was finished before every snapshot.
 */
typedef struct XidTable {
    _Atomic Xid floor;
    _Atomic Lsn floor_lsn;
    _Atomic Xid next;
    RwLatch advance_latch;
    RwLatch chunk_latch;
    XidChunk *free;
    XidChunk *made;
    _Atomic(XidChunk *) *directory;
    /* For pg_xact_status alone: which of the last XID_ABORTS_KEPT ids were rolled back, a ring of bits;
     * ids below known_from are too old. */
    _Atomic uint64_t *aborts;
    _Atomic Xid known_from;
} XidTable;

Status xid_table_init(Mvcc *mvcc, Xid next, Xid floor, Lsn floor_lsn);
void xid_table_destroy(Mvcc *mvcc);
/* A chunk for xid, its ids committed long ago; xid_restore then marks what is not. */
Status xid_table_cover(Mvcc *mvcc, Xid xid);
Status xid_new(Mvcc *mvcc, Txn *txn, Xid *xid_out);
/* Registers a transaction that recovery found. */
void xid_restore(Mvcc *mvcc, Txn *txn, Xid xid, Lsn begin_lsn);
/* NULL: finished before every snapshot. */
XidSlot *xid_slot(Mvcc *mvcc, Xid xid);
/* The state word with COMMITTING waited out; COMMITTED | 0 where nothing is kept. */
uint64_t xid_state(Mvcc *mvcc, Xid xid);
static inline bool xid_running(uint64_t state) {
    return (state & XID_STATE_MASK) == XID_STATE_RUNNING;
}
/* Ends an xid; returns the word that stood there. */
uint64_t xid_set_state(Mvcc *mvcc, Xid xid, uint64_t state);
void xid_advance(Mvcc *mvcc);
/* Recycles chunks that no snapshot needs. */
void xid_recycle(Mvcc *mvcc);

/* ---- locks (lock*.c) ---- */

#define LOCK_PARTITIONS 16u
#define LOCK_MODES 9u
#define LOCK_FAST_SLOTS 16u
#define LOCK_STRONG_SLOTS 1024u
#define LOCK_ROW_SLOTS 1024u

/* LOCK_ROW: key3. */
#define ROW_LOCK_HELD 0u  /* a lock-only mode */
#define ROW_LOCK_QUEUE 1u /* the token of the first in the queue for a row that is being written */

typedef struct Lock {
    LockTag tag;
    uint64_t hash;
    struct Lock *next;
    ListNode holds;
    ListNode waiters;
    uint32_t granted[LOCK_MODES];
    uint32_t granted_mask;
    uint64_t hold_number; /* of the latest hold */
} Lock;

typedef struct LockHold {
    Lock *lock;
    struct LockOwner *owner;
    ListNode in_lock;
    ListNode in_owner;
    uint64_t seq;
    uint64_t number; /* on this lock, ascending */
    uint32_t count;
    uint8_t mode;
} LockHold;

typedef struct LockFast {
    uint32_t database;
    uint32_t modes; /* bit m: mode m is held */
    uint64_t key1;
    uint64_t seq[4]; /* by mode */
} LockFast;

struct LockOwner {
    Mvcc *mvcc;
    uint64_t group; /* owners of one group never conflict */
    int32_t process_id;
    Txn *txn; /* NULL: a session */
    RwLatch latch;
    ListNode holds;
    ListNode in_sessions;
    uint32_t fast_count;
    LockFast fast[LOCK_FAST_SLOTS];
};

typedef struct LockWaiter {
    Lock *lock;
    LockOwner *owner; /* who will hold it */
    LockMode mode;
    FiberRef fiber;
    ListNode in_lock;
    LockHold *hold; /* made before the wait; NULL: a wait for a transaction's end */
    uint64_t upto;  /* holds of a higher number are not in its way */
    bool bystander; /* waits until others let go, and is in nobody's way: lock_wait_holders */
    _Atomic bool granted;
    bool victim;
    Status victim_error;
    int64_t wait_start_us; /* timestamptz */
    uint64_t expiry_us;    /* when PostgreSQL would look for a deadlock: picks the victim */
    /* the search's */
    struct LockWaiter *from;
    struct LockWaiter *queue_next;
    uint64_t visit;
    bool from_soft;
} LockWaiter;

typedef struct LockPartition {
    RwLatch latch;
    Lock **buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t lock_count;
    Lock *free_locks;
    LockHold *free_holds;
    struct LockSlab *slabs;
} __attribute__((aligned(64))) LockPartition;

typedef struct LockManager {
    LockPartition partitions[LOCK_PARTITIONS];
    RwLatch graph_latch;
    U64Map waiting; /* group -> LockWaiter */
    uint64_t visit;
    RwLatch sessions_latch;
    ListNode sessions;
    _Atomic uint64_t group_next;
    _Atomic uint32_t strong[LOCK_STRONG_SLOTS];
    _Atomic uint32_t rows[LOCK_ROW_SLOTS]; /* held row locks, by store */
} LockManager;

void lock_manager_init(Mvcc *mvcc);
void lock_manager_destroy(Mvcc *mvcc);
void lock_owner_init(LockOwner *owner, Mvcc *mvcc, Txn *txn);
void lock_owner_set_process(LockOwner *owner, int32_t process_id);
/* From now on it is nobody's but its own. */
void lock_owner_detach(LockOwner *owner);
/* Everything, or what was taken after the mark. */
void lock_release_owner(LockOwner *owner, uint64_t after_seq);
/* One hold of one mode; nothing where it is not held. */
void lock_release(Txn *txn, const LockTag *tag, LockMode mode);
bool lock_held(Txn *txn, const LockTag *tag, LockMode mode);
/* Is anyone else's hold of a row in the way of mode? No parks: called under a leaf latch. */
bool lock_row_blocked(Txn *txn, const LockTag *tag, LockMode mode);
static inline LockTag lock_row_tag(StoreId store, RowId rowid, uint32_t key3) {
    return (LockTag){.kind = LOCK_ROW, .key1 = store, .key2 = rowid, .key3 = key3};
}
_Atomic uint32_t *lock_row_counter(Mvcc *mvcc, StoreId store);
/* Wakes who waits for the end of xid (all may look again). */
void lock_wake_xid(Mvcc *mvcc, Xid xid, bool finished);
/* Waits until xid has ended, or has rolled back to a savepoint: look again. */
Status lock_wait_xid(Txn *txn, Xid xid);
typedef void (*LockVisit)(void *arg, const LockTag *tag, LockMode mode);
void lock_visit(LockOwner *owner, LockVisit visit, void *arg);

/* Shared by the lock files. */
extern const uint16_t lock_conflicts[LOCK_MODES];
extern const char *const lock_mode_names[LOCK_MODES];
static inline bool lock_conflict(LockMode a, LockMode b) { return lock_conflicts[a] >> b & 1; }
LockPartition *lock_partition(Mvcc *mvcc, uint64_t hash);
uint64_t lock_tag_hash(const LockTag *tag);
Lock *lock_find(LockPartition *partition, const LockTag *tag, uint64_t hash);
Lock *lock_find_or_make(Mvcc *mvcc, LockPartition *partition, const LockTag *tag, uint64_t hash);
void lock_drop_if_idle(LockPartition *partition, Lock *lock);
LockHold *lock_hold_new(Mvcc *mvcc, LockPartition *partition);
void lock_hold_free(LockPartition *partition, LockHold *hold);
void lock_hold_link(Lock *lock, LockHold *hold, LockOwner *owner, LockMode mode);
void lock_hold_unlink(LockHold *hold);
/* Grants what can be granted, in order. Under the partition's latch. */
void lock_grant_waiters(Mvcc *mvcc, LockPartition *partition, Lock *lock);
/* Does a hold of another group conflict? */
bool lock_holders_block(const Lock *lock, uint64_t group, LockMode mode);
/* The calling fibre's. */
void lock_waiter_init(LockWaiter *waiter, const Txn *txn, Lock *lock, LockOwner *owner,
                      LockMode mode, LockHold *hold);
/* Enqueued already; parks until granted, refused or interrupted, and then is not enqueued. */
Status lock_wait(Txn *txn, LockWaiter *waiter, LockPartition *partition);
/* Looks for a cycle through the waiter, and picks the victim. */
void lock_search(Mvcc *mvcc, LockWaiter *waiter);

/* ---- transactions (txn.c, snapshot.c, undo.c, prepared.c) ---- */

#define TXN_BLOCK 64u
#define TXN_BLOCKS_MAX 2048u
#define TXN_WORKERS_MAX 256u
#define TXN_SNAPSHOTS 4u

typedef struct SnapshotEntry {
    Snapshot snapshot; /* first: the public pointer */
    struct SnapshotEntry *next;
    Lsn undo_lsn;
    uint32_t refs;
} SnapshotEntry;

typedef enum DeadKind { DEAD_ROW = 1, DEAD_KEY = 2, DEAD_BLOB = 3, DEAD_STORE = 4 } DeadKind;

/* Something that dies when the transaction commits. */
typedef struct DeadItem {
    DeadKind kind;
    StoreId store;
    bool list;   /* DEAD_KEY: an entry with rowids for its value */
    Lsn lsn;     /* DEAD_ROW: the tombstone's version; DEAD_KEY: entries stamped later live on */
    uint64_t id; /* rowid, or the blob's id */
    uint32_t raw_len; /* DEAD_BLOB */
    Str key;          /* DEAD_KEY: without the rowid */
} DeadItem;

typedef VEC(DeadItem) DeadList;
#define DEAD_LIST_MAX 256u

/* A store that the transaction has made, and its record. */
typedef struct MadeStore {
    StoreId store;
    Lsn lsn;
} MadeStore;

struct Txn {
    Mvcc *mvcc;
    /* read by other workers */
    _Atomic Lsn pin_lsn;  /* its lowest snapshot; LSN_MAX: none */
    _Atomic Lsn pin_high; /* its highest one */
    _Atomic Lsn pin_undo;
    _Atomic Xid pin_xmax;
    _Atomic Xid xid;
    _Atomic Lsn begin_lsn;
    _Atomic Lsn last_lsn;
    _Atomic uint32_t appending; /* last_lsn lags: a record is being made */
    _Atomic Lsn finishing_lsn;  /* committed with stores to drop; LSN_MAX: no */
    _Atomic int32_t process_id;
    _Atomic bool prepared; /* from before its record on: a checkpoint must not miss it */

    /* its own fibre's */
    struct Txn *next_free;
    uint32_t number; /* in the directory */
    Isolation isolation;
    bool read_only, deferrable, active;
    bool any_strong; /* holds a lock whose release others rely on: DDL */
    bool purge_flagged;
    Lsn depends_lsn; /* commits up to here were observed: wait for them before replying */
    Lsn *session_lsn;
    uint64_t lock_timeout_us, deadlock_timeout_us;
    uint64_t lock_seq;
    Snapshot base; /* REPEATABLE READ up: the one snapshot */
    Lsn base_undo;
    bool has_base, had_snapshot;
    SsiTxn *ssi; /* SERIALIZABLE, from its first snapshot on; NULL: nothing is noted */
    SnapshotEntry entries[TXN_SNAPSHOTS];
    SnapshotEntry *free_entries;
    SnapshotEntry *live_entries;
    Arena arena;   /* until the end */
    Arena scratch; /* within one call */
    VEC(TxnAction) actions;
    DeadList dead;      /* while it is short; */
    bool dead_lost;     /* else it is read back from the log */
    VEC(StoreId) drops; /* the DEAD_STOREs */
    VEC(MadeStore) made;
    Lsn savepoint_lsn; /* of the innermost savepoint; LSN_INVALID: there is none */
    struct PreparedState *prepared_state; /* while prepared */
    LockOwner locks;
};

static inline Lsn txn_prev_lsn(const Txn *txn) {
    return atomic_load_explicit(&txn->last_lsn, memory_order_relaxed);
}
static inline Xid txn_own_xid(const Txn *txn) {
    return atomic_load_explicit(&txn->xid, memory_order_relaxed);
}
/* Around everything that appends a record of the transaction: a checkpoint waits for the end (or,
 * where the section may park, until it has seen last_lsn move). */
#define TXN_APPENDING 1u
#define TXN_APPENDING_LONG 2u
static inline void txn_append_begin(Txn *txn) {
    atomic_store_explicit(&txn->appending, TXN_APPENDING, memory_order_relaxed);
}
static inline void txn_append_begin_long(Txn *txn) {
    atomic_store_explicit(&txn->appending, TXN_APPENDING_LONG, memory_order_relaxed);
}
static inline void txn_append_end(Txn *txn, Lsn lsn) {
    if (lsn != LSN_INVALID)
        atomic_store_explicit(&txn->last_lsn, lsn, memory_order_relaxed);
    atomic_store_explicit(&txn->appending, 0, memory_order_release);
}
static inline void txn_depend(Txn *txn, Lsn lsn) {
    if (lsn > txn->depends_lsn)
        txn->depends_lsn = lsn;
}
/* The context of an ordinary write. */
static inline WriteContext txn_write_context(const Txn *txn, uint8_t wal_flags) {
    return (WriteContext){.xid = txn_own_xid(txn),
                          .prev_txn_lsn = txn_prev_lsn(txn),
                          .wal_flags = wal_flags,
                          .stamp_lsn = true};
}
static inline void lsn_raise(_Atomic Lsn *target, Lsn lsn) {
    Lsn old = atomic_load_explicit(target, memory_order_relaxed);
    while (old < lsn && !atomic_compare_exchange_weak(target, &old, lsn))
        continue;
}
/* Gives it an xid if it has none. */
static inline Status txn_need_xid(Txn *txn) {
    if (LIKELY(txn_own_xid(txn) != XID_INVALID))
        return STATUS_OK;
    Xid xid;
    return txn_assign_xid(txn, &xid);
}

/* A record that has no page. Parks. */
Status txn_append(Txn *txn, WalKind kind, uint8_t flags, StoreId store, const WalPart *parts,
                  unsigned part_count, Lsn *lsn_out);
Txn *txn_at(Mvcc *mvcc, uint32_t number);
/* For recovery and prepared transactions: an object from the directory, begun. */
Status txn_take(Mvcc *mvcc, Txn **txn_out);
void txn_give_back(Txn *txn);
/* Its xid is over: waiters go on, locks go. */
void txn_end_locks(Txn *txn, uint64_t old_state);
/* After the commit record: drops stores, queues what died, runs actions. */
Status txn_finish_commit(Txn *txn, Lsn commit_lsn, SyncCommit sync, uint64_t old_state);
Status txn_append_commit(Txn *txn, Lsn *commit_lsn_out, uint64_t *old_state_out);
void txn_run_actions(Txn *txn, size_t from, bool committed, Lsn commit_lsn);
Status txn_before_commit(Txn *txn);
Status mvcc_drop_store(Mvcc *mvcc, StoreId store);

void snapshot_reset(Txn *txn);
/* Recomputes the horizon: no snapshot, now or later, is below it. */
Lsn horizon_refresh(Mvcc *mvcc);
/* Begin-LSN of the oldest transaction that some snapshot may have to undo. Where space is needed, snapshots
 * that hold the log further back than undo_left_bytes are given up: they become too old. */
Lsn horizon_undo_lsn(Mvcc *mvcc, bool space_needed);
Status snapshot_too_old(void);
/* True if no snapshot, now or later, sees what was committed at or above `from` as it was before the
 * commit at `to`. */
bool snapshot_none_between(Mvcc *mvcc, Lsn from, Lsn to);

/* Undoes records from last_lsn down to (not including) the one at or below down_to. goes_on: a
 * savepoint's; the transaction may still commit. */
Status undo_chain(Txn *txn, Lsn down_to, bool goes_on);
Status rollback_all(Txn *txn);

typedef struct PreparedState {
    PreparedTxn shown; /* on the Txn's arena */
} PreparedState;
/* txn has xid and LSNs of a transaction that recovery says is prepared. *restored_out false: its
 * rollback had begun. */
Status prepared_restore(Txn *txn, bool *restored_out);

/* ---- versions (version.c) ---- */

bool version_visible_slow(Mvcc *mvcc, const Snapshot *snapshot, Xid xid, Lsn version);
static inline bool version_visible(Mvcc *mvcc, const Snapshot *snapshot, Xid xid, Lsn version) {
    if (LIKELY(xid < snapshot->xmin))
        return true;
    return version_visible_slow(mvcc, snapshot, xid, version);
}
/* value: the row as it lies in the tree, or a version of it. What the snapshot sees of it. */
Status version_resolve(Mvcc *mvcc, const Snapshot *snapshot, StoreId store, RowId rowid, Str value,
                       Arena *arena, RowView *view_out, bool *found_out);
/* The version before this one; existed_out false: the row began with it. */
Status version_before(Mvcc *mvcc, Str value, Arena *arena, Str *older_out, bool *existed_out);
Status row_view(RowId rowid, Str value, RowView *view_out);

/* ---- tables and indexes ---- */

struct Table {
    ListNode grave;
    Mvcc *mvcc;
    Btree *tree;
    StoreId store;
    _Atomic RowId rowid_next;
    _Atomic uint32_t *row_locks;
    _Atomic bool untracked; /* a catalog or temporary: serializable transactions note nothing */
    AccessStats stats;
};

struct Index {
    ListNode grave;
    Mvcc *mvcc;
    Btree *tree;
    StoreId store;
    bool unique;
    AccessStats stats;
};

void table_free(Table *table);
void index_free(Index *index);

/*
 * Values of index entries:
 *   key + rowid u48be   none, or stamp u48            one entry per row
 *   key                 rowid u64, or {rowid u64, stamp u48}[]   unique
 * stamp: above the LSN of the row write that (re)made the entry; none: built.
 */
#define ENTRY_BUILT_BYTES 8u
#define ENTRY_ITEM_BYTES 14u
#define ENTRY_ROWID_BYTES 6u

typedef struct EntryItem {
    RowId rowid;
    Lsn stamp;
} EntryItem;

static inline void store_be48(void *p, uint64_t v) {
    store_be16(p, (uint16_t)(v >> 32));
    store_be32((char *)p + 2, (uint32_t)v);
}
static inline uint64_t load_be48(const void *p) {
    return (uint64_t)load_be16(p) << 32 | load_be32((const char *)p + 2);
}
static inline bool entry_is_list(Str value) { return value.len >= ENTRY_BUILT_BYTES; }
static inline uint32_t entry_count(Str value) {
    return value.len == ENTRY_BUILT_BYTES ? 1 : value.len / ENTRY_ITEM_BYTES;
}
static inline EntryItem entry_item(Str value, uint32_t i) {
    if (value.len == ENTRY_BUILT_BYTES)
        return (EntryItem){load_le64(value.data), 0};
    const char *p = value.data + (size_t)i * ENTRY_ITEM_BYTES;
    return (EntryItem){load_le64(p), load_le48(p + 8)};
}
/* A row in an entry, for rollback and purge. */
typedef struct EntryChange {
    Btree *tree;
    Str key; /* without the rowid */
    bool list;
    RowId rowid;
    Lsn stamp_min, stamp_max; /* nothing is done where its stamp lies outside */
    WriteContext context;
    /* out */
    bool done;
    Lsn lsn;   /* of the record; LSN_INVALID: none */
    Lsn stamp; /* as it stood; LSN_INVALID: built, or no such entry */
} EntryChange;
/* Takes the row out. Parks. */
Status index_take_out(EntryChange *change);
/* Puts another stamp there. Parks. */
Status index_restamp(EntryChange *change, Lsn stamp);

/* A TXN_ENTRY record: the row `rowid` is about to be stamped with this record's LSN at key.
 *   0 list u8   1 existed u8   2 old_stamp u48   8 rowid u64   16 key */
typedef struct EntryNote {
    bool list;
    bool existed;
    Lsn old_stamp;
    RowId rowid;
    Str key; /* without the rowid */
} EntryNote;
Status entry_note_decode(const WalRecord *record, EntryNote *note_out);

/* ---- what dies (dead.c) and purge (purge.c) ---- */

/* Remembers an item and logs it (its lsn is the record's), but for a DEAD_ROW: that one's record is
 * the tombstone's, item->lsn. Parks. */
Status dead_add(Txn *txn, const DeadItem *item);
void dead_rollback_to(Txn *txn, Lsn mark);
/* The item of a TXN_DEAD record or of a tombstone's; found_out false: the record has none. */
Status dead_decode(const WalRecord *record, Arena *arena, DeadItem *item_out, bool *found_out);

/* One committed transaction's dead. */
typedef struct PurgeEntry {
    ListNode link;
    Lsn commit_lsn;
    Lsn begin_lsn;
    Lsn next_lsn;    /* items == NULL: the record of its chain to look at next */
    DeadItem *items; /* behind the entry, in one allocation of `bytes` */
    size_t item_count;
    size_t next_item;
    size_t bytes;
} PurgeEntry;

#define PURGE_QUEUE_BYTES ((size_t)32 << 20)
#define PURGE_QUEUE_ENTRIES 65536u

typedef struct PurgeQueue {
    RwLatch latch;
    ListNode entries; /* by arrival */
    _Atomic size_t bytes;
    size_t count;
    Lsn reread_from; /* commits from here to reread_to did not fit; LSN_MAX: none */
    Lsn reread_to;
    Lsn reread_begin; /* the lowest begin-LSN among them */
    Lsn scan_begin;   /* of the range that is being read again now; LSN_MAX: none */
    FiberRef sleeper;
    bool asleep;
} PurgeQueue;

void purge_init(Mvcc *mvcc);
void purge_destroy(Mvcc *mvcc);
void purge_enqueue(Txn *txn, Lsn commit_lsn);
/* What committed between the two is to be found in the log. */
void purge_reread(Mvcc *mvcc, Lsn from, Lsn to, Lsn begin_lsn);
/* The oldest record that purge has not finished with; LSN_MAX: none. */
Lsn purge_lsn(Mvcc *mvcc);
/* The fibre that housekeeping runs on. */
void housekeeping(void *mvcc);
void purge_wake(Mvcc *mvcc);

/* ---- versions kept for old snapshots (kept.c) ---- */

#define KEPT_PINS 8u
#define KEPT_SHARDS 64u

typedef struct KeptShard {
    RwLatch latch;
    StrMap rows; /* of KeptRow */
    Arena arena;
} KeptShard;

/* What one snapshot sees of rows that were written since. */
typedef struct KeptPin {
    _Atomic Lsn lsn;   /* the snapshot's; LSN_INVALID: none */
    _Atomic Lsn since; /* versions below it have not been looked at */
    _Atomic uint32_t users;
    KeptShard *shards; /* NULL: the place is free */
    U64Map marks;      /* store -> the RowId from which on it sees nothing */
    Arena arena;
} KeptPin;

typedef struct Kept {
    _Atomic Lsn since;   /* the highest of the pins'; 0: none */
    _Atomic Lsn look_at; /* look for snapshots that stay once the log is as long as this */
    size_t after_bytes;
    MemAccount account;
    KeptPin pins[KEPT_PINS];
} Kept;

void kept_init(Mvcc *mvcc, size_t bytes, size_t after_bytes);
void kept_destroy(Mvcc *mvcc);
/* Begins and ends pins. The housekeeping fibre's. */
void kept_refresh(Mvcc *mvcc);
/* What the snapshot sees of the row, if that is kept: found_out false: nothing. Body on the arena. */
bool kept_find(Mvcc *mvcc, const Snapshot *snapshot, StoreId store, RowId rowid, Arena *arena,
               RowView *view_out, bool *found_out);
/* After a write in place of value, before another transaction may write the row. Parks. */
Status kept_before_write(Mvcc *mvcc, StoreId store, RowId rowid, Str value, Arena *arena);

/* ---- the whole ---- */

/* Defects that the crash campaign plants to see whether it would find them. All false outside of it. */
typedef struct MvccFaults {
    bool early_reply;        /* commits answer before they are durable */
    bool undo_skips_entries; /* rollback leaves index entries */
    bool purge_ignores_horizon;
    bool purge_ignores_stamps;
    bool writes_over_running; /* rows of running transactions are not waited for */
    bool unique_ignores_running;
} MvccFaults;

struct Mvcc {
    Ssi *ssi;
    Engine *engine;
    Wal *wal;
    MemAccount account;
    uint64_t undo_left_bytes; /* of log, to a snapshot on a full disk */
    XidTable xids;
    LockManager locks;

    _Atomic Lsn candidate; /* see snapshot.c */
    _Atomic Lsn undo_candidate;
    _Atomic Lsn horizon;
    _Atomic Lsn last_commit; /* the highest appended so far */
    _Atomic Lsn see_lsn;     /* commits up to here are seen though not durable: DDL */
    _Atomic Lsn too_old;     /* snapshots below it have lost their log: 72000 */
    RwLatch horizon_latch;

    RwLatch directory_latch;
    _Atomic uint32_t txn_count;
    _Atomic(Txn *) blocks[TXN_BLOCKS_MAX];
    Txn *free_txns[TXN_WORKERS_MAX];

    RwLatch stores_latch;
    U64Map tables;
    U64Map indexes;
    ListNode grave_tables, grave_indexes; /* of dropped stores, freed at the end */

    PurgeQueue purge;
    Kept kept;
    FiberMutex store_mutex; /* dropping a store excludes purge's work on it */
    FiberMutex prepared_mutex;
    StrMap prepared;

    _Atomic bool stopping;
    _Atomic bool flush_wanted; /* asynchronous commits wait in the ring */
    bool background;
    FiberGroup housekeeper;
    MvccFaults faults;
};

/* Out of the maps: the store is gone. The object stays until the end, for who still holds it. */
void mvcc_forget_store(Mvcc *mvcc, StoreId store);

/* Must the version that is about to be overwritten be copied for kept_before_write? */
static inline bool kept_wants(const Mvcc *mvcc, Lsn version) {
    return version < atomic_load_explicit(&mvcc->kept.since, memory_order_relaxed);
}

/* Whom to tell of a read (snapshot NULL: none is used) or a write of the table; NULL: nobody. */
static inline SsiTxn *reader_of(const Snapshot *snapshot, const Table *table) {
    if (LIKELY(snapshot == NULL || snapshot->ssi == NULL))
        return NULL;
    return atomic_load_explicit(&table->untracked, memory_order_relaxed) ? NULL : snapshot->ssi;
}
static inline SsiTxn *writer_of(const Txn *txn, const Table *table) {
    if (LIKELY(txn->ssi == NULL))
        return NULL;
    return atomic_load_explicit(&table->untracked, memory_order_relaxed) ? NULL : txn->ssi;
}

/* After reading: did the snapshot still hold then? */
static inline Status snapshot_check(Mvcc *mvcc, const Snapshot *snapshot) {
    if (UNLIKELY(snapshot->lsn < atomic_load_explicit(&mvcc->too_old, memory_order_acquire)))
        return snapshot_too_old();
    return STATUS_OK;
}

#endif
