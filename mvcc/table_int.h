/* table_int.h: what the table files share: encoding rows with values outside, claiming a row. */
#ifndef MVCC_TABLE_INT_H
#define MVCC_TABLE_INT_H

#include "mvcc/mvcc_int.h"

/* The value to write: header (xid and flags; the LSN is stamped), body, trailer. */
typedef struct RowImage {
    Str value;
    uint16_t flags;      /* ROW_EXTERNAL */
    const uint8_t *refs; /* count BlobRefs, 16 bytes each */
    uint32_t ref_count;
    Lsn basis; /* not 0: valid only in place of this version, whose large values it shares */
} RowImage;

/* Encodes into buf (ROW_VALUE_MAX bytes), storing large values outside. old (may be NULL): a version
 * whose large values are used again where they are the same. Parks. Errors: 54000 row too big. */
Status row_encode(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                  const bool *nulls, const Str *old, uint8_t *buf, RowImage *image_out);
/* Would row_encode store something outside? *size_out: tuple_size. */
bool row_is_large(const TupleShape *shape, const Datum *values, const bool *nulls,
                  size_t *size_out);
/* row_encode of a row that is not large, into ROW_HEADER_BYTES + size bytes. */
void row_encode_small(Txn *txn, const TupleShape *shape, const Datum *values, const bool *nulls,
                      size_t size, uint8_t *buf, RowImage *image_out);
/* The BlobRefs of a stored row, copied to the arena. */
uint32_t row_refs(Str value, Arena *arena, const uint8_t **refs_out);
/* Those of old that are not among kept die with the commit. Parks. */
Status row_refs_die(Txn *txn, const uint8_t *old, uint32_t old_count, const uint8_t *kept,
                    uint32_t kept_count);

/* The way to a row that may be written or locked. */
typedef struct RowClaim {
    Txn *txn;
    const Snapshot *snapshot;
    Table *table;
    RowId rowid;
    Lsn expected;
    LockMode mode;   /* the lock table's name for the strength of the write or lock */
    bool lock_only;  /* at success the lock is held, too */
    bool reads;      /* lock_only: of a statement that reads */
    bool moved_goes; /* a row that moved to another partition counts as deleted */
    LockWait wait;
    Arena *arena;
    RowView *latest;
    /* out */
    RowWrite outcome; /* ROW_WRITTEN: leaf is latched */
    BtreeLeaf leaf;
    RowHeader header;
    /* private */
    bool token; /* first in the row's queue */
    bool held;  /* took the row's lock while waiting for its holders */
} RowClaim;

/* Parks. */
Status row_claim(RowClaim *claim);
/* Gives up what the wait needed. */
void row_claim_end(RowClaim *claim);

#endif
