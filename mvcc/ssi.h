/*
 * ssi.h: serializable snapshot isolation: who read what another one writes. Layer: mvcc, internal.
 *
 * Readers come here through their Snapshot (`ssi` is NULL below SERIALIZABLE and for snapshots that
 * nobody can be hurt by), writers through their Txn. See ssi.c for the rules. All errors are 40001 but
 * for 53200 (the table of reads is full). Nothing here parks but ssi_begin of a deferrable one.
 */
#ifndef MVCC_SSI_H
#define MVCC_SSI_H

#include "mvcc/txn.h"

typedef struct Ssi Ssi;       /* the manager: one an Mvcc */
typedef struct SsiTxn SsiTxn; /* a serializable transaction, or what is left of one */

Ssi *ssi_make(Mvcc *mvcc, MemAccount *account);
void ssi_free(Ssi *ssi);

/* The transaction's snapshot is to be taken by `take` and is known to the others from the same moment
 * on. *ssi_out NULL: it reads only, and is safe. Parks where it is deferrable. Error: 57014. */
Status ssi_begin(Ssi *ssi, Txn *txn, void (*take)(Txn *txn), SsiTxn **ssi_out);
/* It got its xid. */
void ssi_set_xid(SsiTxn *self, uint64_t xid);
/* Before the commit or prepare record: may it? From then on only others are given up. */
Status ssi_pre_commit(SsiTxn *self);
/* After the commit record, before its locks go; or after its undo. self is no longer the caller's. */
void ssi_end(SsiTxn *self, bool committed);
/* One that was prepared before a restart: nobody knows any more what it read. */
Status ssi_restore(Ssi *ssi, uint64_t xid, SsiTxn **ssi_out);

/* ---- reads: before looking ---- */

Status ssi_read_store(SsiTxn *self, StoreId store);
Status ssi_read_row(SsiTxn *self, StoreId store, uint64_t rowid);
/* Keys in [low, high) of an index; NULL: no bound. */
Status ssi_read_range(SsiTxn *self, StoreId index, const Str *low, const Str *high);
/* It met a version of xid's that its snapshot does not see. */
Status ssi_saw_writer(SsiTxn *self, uint64_t xid);

/* ---- writes: after writing, so that who reads at the same time meets one or the other ---- */

/* rowid 0: a new row. before: who wrote the version that was replaced; who did not see that one either
 * conflicts with its writer only. */
Status ssi_wrote_row(SsiTxn *self, StoreId store, uint64_t rowid, uint64_t before);
Status ssi_wrote_key(SsiTxn *self, StoreId index, Str key);
/* All of it goes: TRUNCATE, DROP. */
Status ssi_wrote_store(SsiTxn *self, StoreId store);

/* The store goes by somebody else's hand, perhaps replaced by another one: who read of it counts as having
 * read everything. */
void ssi_store_gone(Ssi *ssi, StoreId store);

/* Whom the deferrable transaction of process_id waits for. */
void ssi_blockers(Ssi *ssi, int32_t process_id, void (*each)(void *arg, int32_t process_id),
                  void *arg);

/* How many transactions and reads are remembered. For tests. */
void ssi_count(Ssi *ssi, size_t *txns_out, size_t *reads_out);

#endif
