/*
 * txn.h: transactions, snapshots, savepoints. Layer: mvcc.
 *
 * A transaction's commit sequence number is the LSN of its commit record. A snapshot at `lsn` sees
 * every transaction with CSN < lsn, and, of its own transaction, every version whose record lies
 * below `own_lsn` (so commands and savepoints are LSNs too). Transactions get an Xid at their first
 * write.
 */
#ifndef MVCC_TXN_H
#define MVCC_TXN_H

#include "engine/blob.h"
#include "engine/engine.h"

typedef struct Mvcc Mvcc; /* the transaction system over one Engine */
typedef struct Txn Txn;

typedef struct MvccConfig {
    Engine *engine;
    MemAccount *account;
    bool background;         /* start the purge fibre */
    size_t kept_bytes;       /* memory for versions that old snapshots see; 0: the default */
    size_t kept_after_bytes; /* old: when the log has grown by so much; 0: the default */
} MvccConfig;

/* Rolls back what recovery left, restores prepared transactions, calls engine_recovery_done. */
Status mvcc_open(const MvccConfig *config, Mvcc **mvcc_out);
Status mvcc_close(Mvcc *mvcc);
void mvcc_abandon(Mvcc *mvcc);
Engine *mvcc_engine(Mvcc *mvcc);

typedef enum Isolation {
    ISOLATION_READ_UNCOMMITTED,
    ISOLATION_READ_COMMITTED,
    ISOLATION_REPEATABLE_READ,
    ISOLATION_SERIALIZABLE
} Isolation;

typedef enum SyncCommit { SYNC_OFF, SYNC_LOCAL, SYNC_ON } SyncCommit;

typedef struct Snapshot {
    Lsn lsn;            /* commits below it are visible */
    Lsn own_lsn;        /* own versions below it are visible; LSN_MAX: all */
    Xid xmin;           /* every xid below it was finished: no look-up needed */
    Xid xmax;           /* first xid not yet given out */
    Xid own_xid;        /* follows the transaction's: 0 until its first write */
    struct SsiTxn *ssi; /* SERIALIZABLE: who is told what is read through it; else NULL */
} Snapshot;

/* A handle of its own (session memory); cheap: no allocation after the first of a session. */
Status txn_begin(Mvcc *mvcc, Isolation isolation, bool read_only, bool deferrable, Txn **txn_out);
Isolation txn_isolation(const Txn *txn);
void txn_set_isolation(Txn *txn, Isolation isolation); /* before the first snapshot only */
bool txn_read_only(const Txn *txn);
void txn_set_read_only(Txn *txn, bool read_only);
bool txn_deferrable(const Txn *txn);
void txn_set_deferrable(Txn *txn, bool deferrable);
bool txn_has_snapshot(const Txn *txn);
/* Did any statement of it take one? */
bool txn_had_snapshot(const Txn *txn);
/* 0 until the first write. */
Xid txn_xid(const Txn *txn);
/* Gives it one now. */
Status txn_assign_xid(Txn *txn, Xid *xid_out);
Lsn txn_last_lsn(const Txn *txn);
/* For records that upper layers append under this transaction (sequences, stores, blobs): keeps the
 * undo chain whole. */
void txn_note_record(Txn *txn, Lsn lsn);

/* The statement's snapshot: fresh under READ COMMITTED, the transaction's own from REPEATABLE READ
 * up. Starts a command: own earlier writes become visible to it. It stays valid and pins the horizon
 * until txn_snapshot_release or the end of the transaction. At SERIALIZABLE reads through it are noted;
 * the first one of a READ ONLY DEFERRABLE transaction parks until nothing can endanger it. */
Status txn_snapshot(Txn *txn, const Snapshot **snapshot_out);
/* A snapshot of now, whatever the isolation: catalog reads, foreign-key checks. */
Status txn_snapshot_latest(Txn *txn, const Snapshot **snapshot_out);
/* From here on snapshots see every commit that has released its locks, durable or not; the end of the
 * transaction waits for them. For checks that rely on a lock-only lock having been given up: foreign
 * keys. */
void txn_catch_up(Txn *txn);
/* A second reference (cursors, portals), with own_lsn frozen. */
const Snapshot *txn_snapshot_retain(Txn *txn, const Snapshot *snapshot);
void txn_snapshot_release(Txn *txn, const Snapshot *snapshot);
/* Text a second session can SET TRANSACTION SNAPSHOT to. */
Status txn_snapshot_export(Txn *txn, Arena *arena, const char **id_out);
Status txn_snapshot_import(Txn *txn, const char *id);

/*
 * Commit: appends the commit record, makes the writes visible, releases locks, waits for durability
 * as `sync` says (SYNC_ON and SYNC_LOCAL wait for the highest LSN the transaction depends on; a
 * read-only transaction waits only if what it saw is not durable yet). The Txn is gone afterwards,
 * unless an error came before the commit record (it is then still to be rolled back).
 * Parks. Error: 40001 at SERIALIZABLE.
 */
Status txn_commit(Txn *txn, SyncCommit sync);
/* Undoes every write, releases locks. The Txn is gone. Errors are I/O errors: the server must stop. */
Status txn_rollback(Txn *txn);

/* Savepoints: a mark, and the way back to it. Names are the session's business. Row and table locks
 * taken after the mark are released by the rollback. */
typedef struct SavepointMark {
    Lsn lsn;
    uint64_t lock_mark;
    uint64_t action_mark;
    Lsn outer; /* the savepoint around it; LSN_INVALID: the transaction itself */
} SavepointMark;
/* What follows belongs to it until txn_release; rolling back to it goes on within it. */
SavepointMark txn_savepoint(Txn *txn);
void txn_release(Txn *txn, SavepointMark mark);
Status txn_rollback_to(Txn *txn, SavepointMark mark);

/* What runs at the end of the transaction: before_commit may fail (deferred constraints); after
 * runs once the outcome is certain, in order, and must not fail. Undone savepoints drop theirs
 * (after is then called with committed = false). */
typedef struct TxnAction {
    Status (*before_commit)(void *arg);
    void (*after)(void *arg, bool committed, Lsn commit_lsn);
    void *arg;
} TxnAction;
void txn_add_action(Txn *txn, const TxnAction *action);

/* Stores made or dropped under the transaction: made ones vanish with it, dropped ones at commit. */
Status txn_store_create(Txn *txn, StoreKind kind, StoreId *store_out);
/* Was it made since the innermost savepoint, or within one that has been released? */
bool txn_made_store(const Txn *txn, StoreId store);
Status txn_store_drop(Txn *txn, StoreId store);

/*
 * Two-phase commit. txn_prepare runs before_commit, drops the actions (after is called with committed =
 * false: what must happen at the end goes through `state`), waits until it is durable, and detaches the
 * Txn from the session. On error it is still to be rolled back.
 * Errors: 42710 the gid is in use; 22023 it is too long; 42704 (finish) there is none.
 */
Status txn_prepare(Txn *txn, const char *gid, const void *state, size_t state_len);
Status txn_finish_prepared(Mvcc *mvcc, const char *gid, bool commit);
typedef struct PreparedTxn {
    const char *gid;
    Xid xid;
    int64_t prepared_micros;
    const void *state;
    size_t state_len;
} PreparedTxn;
size_t mvcc_prepared_count(Mvcc *mvcc);
Status mvcc_prepared_list(Mvcc *mvcc, Arena *arena, const PreparedTxn **list_out,
                          size_t *count_out);

/* Waits until xid is finished; in the wait-for graph. Errors: 40P01, 55P03, 57014. */
Status txn_wait_for(Txn *txn, Xid xid);

/* XID_TOO_OLD: of before this start, before mvcc_forget_finished, or a million ids ago. */
typedef enum XidStatus { XID_IN_PROGRESS, XID_COMMITTED, XID_ABORTED, XID_TOO_OLD } XidStatus;
XidStatus mvcc_xid_status(Mvcc *mvcc, Xid xid);
/* The ids given out so far count as too old: those that made a new server's catalogs. */
void mvcc_forget_finished(Mvcc *mvcc);
/* xmin/xmax/xip for pg_current_snapshot; oldest snapshot LSN for purge. */
Lsn mvcc_horizon(Mvcc *mvcc);
Xid mvcc_next_xid(Mvcc *mvcc);
/* The transactions in progress that a snapshot of now would look up: [xmin, xmax) of the snapshot,
 * ascending. */
Status mvcc_in_progress(Mvcc *mvcc, const Snapshot *snapshot, Arena *arena, const Xid **xids_out,
                        size_t *count_out);
/* What housekeeping does by itself where MvccConfig.background is set: purges what is past the
 * horizon, at most item_max items. Parks. One caller at a time. */
Status mvcc_purge(Mvcc *mvcc, uint32_t item_max, uint32_t *done_out);

/* Waits are bounded by these, set by the session before each statement; 0: none. */
void txn_set_lock_timeout(Txn *txn, uint64_t timeout_micros);
void txn_set_deadlock_timeout(Txn *txn, uint64_t timeout_micros);
/* Who it is, for pg_locks and messages: the backend's process id. */
void txn_set_owner(Txn *txn, int32_t process_id);
/* The session's own last commit (0 to start; the session keeps it, commits write it): snapshots see
 * that far even where it is not durable yet (synchronous_commit = off). Right after txn_begin. */
void txn_set_session_lsn(Txn *txn, Lsn *last_commit_lsn);
int32_t mvcc_xid_owner(Mvcc *mvcc, Xid xid);

#endif
