/*
 * table.h: versioned rows by rowid. Layer: mvcc.
 *
 * Rows lie newest version in place (see engine/btree.h); older versions come out of the log along
 * undo_lsn. All calls may park; none holds a latch when it returns.
 */
#ifndef MVCC_TABLE_H
#define MVCC_TABLE_H

#include "mvcc/lock.h"
#include "mvcc/tuple.h"

typedef uint64_t RowId; /* 1.. ; shown to clients as ctid, 256 rows a block: 1 is (0,1) */

typedef struct Table Table; /* an open table store; shared, owned by the Mvcc */

Status table_open(Mvcc *mvcc, StoreId store, Table **table_out);

/* A version of a row as a reader sees it. */
typedef struct RowView {
    RowId rowid;
    Xid xmin;            /* who wrote this version */
    Lsn version;         /* its undo_lsn: identifies the version */
    const uint8_t *body; /* as tuple.h has it, without the header */
    uint32_t len;
} RowView;

/* ---- writing: values in, large ones stored outside ---- */

Status table_insert(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                    const bool *nulls, RowId *rowid_out);
/* Many rows with one log record a leaf: COPY, INSERT … SELECT. values/nulls: row-major,
 * row_count * shape->column_count. rowids are consecutive from *first_rowid_out. */
Status table_insert_many(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                         const bool *nulls, uint32_t row_count, RowId *first_rowid_out);

typedef enum RowWrite {
    ROW_WRITTEN,
    ROW_UPDATED_BY_OTHER, /* committed since `expected` was read: latest_out is the version to recheck
                             (READ COMMITTED); from REPEATABLE READ up it is error 40001 instead */
    ROW_DELETED_BY_OTHER, /* likewise */
    ROW_SELF_MODIFIED,    /* this command wrote it already */
    ROW_WOULD_BLOCK       /* LOCK_NOWAIT */
} RowWrite;

/* expected: RowView.version the decision was made on. Waits for a concurrent writer. latest_out: on
 * ROW_UPDATED_BY_OTHER the newest committed version, on the arena. key_changed: a column of a unique
 * index that foreign keys may refer to changes (conflicts with KEY SHARE lockers). */
Status table_update(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                    const TupleShape *shape, const Datum *values, const bool *nulls,
                    bool key_changed, Arena *arena, RowView *latest_out, RowWrite *outcome_out);
Status table_delete(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                    Arena *arena, RowView *latest_out, RowWrite *outcome_out);
/* The row goes on in another table, as an UPDATE that leaves a partition has it: who wanted to write or
 * lock it meanwhile gets error 40001. */
Status table_delete_moved(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                          Lsn expected, Arena *arena, RowView *latest_out, RowWrite *outcome_out);
/* SELECT … FOR …: SKIP LOCKED is NOWAIT by the caller. */
Status table_lock_row(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid, Lsn expected,
                      RowLockMode mode, LockWait wait, Arena *arena, RowView *latest_out,
                      RowWrite *outcome_out);
/* The same as the first part of writing it, waiting: differs in the words of error 40001. moved_goes: a
 * row that went to another partition is no error but ROW_DELETED_BY_OTHER. */
Status table_lock_row_to_write(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                               Lsn expected, RowLockMode mode, bool moved_goes, Arena *arena,
                               RowView *latest_out, RowWrite *outcome_out);

/* The micro-program's update: finds the visible version, lets `change` compute the next body from it
 * (called latched: no parks, no allocation beyond arena, fixed-width columns only), writes it: one
 * descent. applied_out false where the row is absent, not visible, or must take the general path
 * (a concurrent writer, a lock, no room): nothing was written then. */
typedef bool (*RowChange)(void *arg, const uint8_t *body, uint32_t len, uint8_t *body_out,
                          uint32_t *len_out);
Status table_update_in_place(Txn *txn, const Snapshot *snapshot, Table *table, RowId rowid,
                             RowChange change, void *arg, Arena *arena, bool *applied_out);

/* ---- reading ---- */

/* The version the snapshot sees. body on the arena. */
Status table_fetch(const Snapshot *snapshot, Table *table, RowId rowid, Arena *arena,
                   RowView *view_out, bool *found_out);
/* The newest version whatever its state, for unique checks and foreign keys.
 * writer_out: its xid if in progress (and not ours), else 0. found_out false: absent or a committed
 * (or own) deletion. */
Status table_fetch_latest(Txn *txn, Table *table, RowId rowid, Arena *arena, RowView *view_out,
                          Xid *writer_out, bool *found_out);

/* A serializable transaction decided something by this version, which table_fetch_latest showed. */
Status table_note_read(const Snapshot *snapshot, Table *table, const RowView *view);
/* What serializable transactions read and write here makes no difference: catalogs, temporary tables. */
void table_set_untracked(Table *table);

typedef struct TableScan TableScan;
/* Rowids in [low, high]; ascending or backward. A table that is one leaf, read forward as a whole, comes in the
 * order of its versions, as a heap has it that puts the newest at its end. Lives on the arena. */
Status table_scan_open(Table *table, const Snapshot *snapshot, RowId low, RowId high, bool backward,
                       Arena *arena, TableScan **scan_out);
/* Up to capacity (<= BATCH_ROWS) visible rows; count_out 0: the end. Bodies are valid until the next
 * call. */
Status table_scan_next(TableScan *scan, RowView *rows_out, uint32_t capacity, uint32_t *count_out);
void table_scan_reset(TableScan *scan, RowId low, RowId high);
/* Rowid boundaries for parallel scans. */
Status table_partition(Table *table, uint32_t parts, Arena *arena, RowId **bounds_out,
                       uint32_t *part_count_out);

/* The value behind a TUPLE_EXTERNAL column. */
Status table_read_external(Table *table, Str blob_ref, Arena *arena, Datum *value_out);

uint64_t table_row_estimate(const Table *table);
uint64_t table_page_count(const Table *table);
RowId table_rowid_high(const Table *table); /* first rowid not yet given out */

#endif
