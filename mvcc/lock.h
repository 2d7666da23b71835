/*
 * lock.h: heavyweight locks: tables in PostgreSQL's eight modes, advisory locks, rows' lock-only
 * modes, waits for transactions; one wait-for graph. Layer: mvcc.
 *
 * Queues are fair (FIFO but for compatible upgrades). Each wait searches the graph at once; the
 * victim gets 40P01 "deadlock detected" with PostgreSQL's detail.
 */
#ifndef MVCC_LOCK_H
#define MVCC_LOCK_H

#include "mvcc/txn.h"

typedef enum LockMode {
    LOCK_ACCESS_SHARE = 1,
    LOCK_ROW_SHARE,
    LOCK_ROW_EXCLUSIVE,
    LOCK_SHARE_UPDATE_EXCLUSIVE,
    LOCK_SHARE,
    LOCK_SHARE_ROW_EXCLUSIVE,
    LOCK_EXCLUSIVE,
    LOCK_ACCESS_EXCLUSIVE
} LockMode;

typedef enum LockKind {
    LOCK_RELATION,
    LOCK_ADVISORY,
    LOCK_OBJECT,
    LOCK_TRANSACTION,
    LOCK_ROW
} LockKind;

typedef struct LockTag {
    LockKind kind;
    uint32_t database;
    uint64_t key1; /* relation OID; advisory: the bigint, or the first int4; object: its catalog */
    uint64_t key2; /* row: rowid; advisory: second int4; object: its OID */
    uint32_t key3; /* advisory: 1 bigint, 2 two ints, as objsubid in pg_locks */
} LockTag;

typedef enum LockWait { LOCK_WAIT, LOCK_NOWAIT } LockWait;

/* Granted until the end of the transaction (or rollback to a savepoint before it). got_out (may be
 * NULL with LOCK_WAIT) is false where NOWAIT would have waited. Errors: 40P01, 55P03 lock timeout,
 * 57014. */
Status lock_acquire(Txn *txn, const LockTag *tag, LockMode mode, LockWait wait, bool *got_out);
/* Waits until nobody else holds the lock in a way that conflicts with mode any more of those who do now.
 * Takes nothing itself and keeps nobody from it. Errors as lock_acquire. */
Status lock_wait_holders(Txn *txn, const LockTag *tag, LockMode mode);
/* Session-level advisory locks live in a LockOwner of the session's. */
typedef struct LockOwner LockOwner;
Status lock_owner_make(Mvcc *mvcc, int32_t process_id, LockOwner **owner_out);
void lock_owner_free(LockOwner *owner); /* releases all */
Status lock_session_acquire(Txn *txn, LockOwner *owner, const LockTag *tag, LockMode mode,
                            LockWait wait, bool *got_out);
/* False where it was not held. */
bool lock_session_release(LockOwner *owner, const LockTag *tag, LockMode mode);
void lock_session_release_all(LockOwner *owner);
/* Does the session hold an advisory lock that the transaction holds, too? */
bool lock_session_shares(LockOwner *owner, Txn *txn);

typedef enum RowLockMode { ROW_KEY_SHARE, ROW_SHARE, ROW_NO_KEY_UPDATE, ROW_UPDATE } RowLockMode;

/* A line of pg_locks. */
typedef struct LockInfo {
    LockTag tag;
    LockMode mode;
    bool granted;
    int32_t process_id;
    Xid xid;
    int64_t wait_start_micros;
} LockInfo;
Status lock_list(Mvcc *mvcc, Arena *arena, const LockInfo **list_out, size_t *count_out);
/* pg_blocking_pids. */
/* pg_safe_snapshot_blocking_pids. */
Status lock_safe_snapshot_blockers(Mvcc *mvcc, int32_t process_id, Arena *arena,
                                   const int32_t **pids_out, size_t *count_out);
Status lock_blockers(Mvcc *mvcc, int32_t process_id, Arena *arena, const int32_t **pids_out,
                     size_t *count_out);

#endif
