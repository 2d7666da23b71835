/* ssi_int.h: what ssi.c (the graph) and ssi_reads.c (the table of reads) share. */
#ifndef MVCC_SSI_INT_H
#define MVCC_SSI_INT_H

#include "base/map.h"
#include "mvcc/mvcc_int.h"
#include "mvcc/ssi.h"

#define SSI_READS_MAX ((size_t)1 << 20)
#define SSI_STORE_READS_MAX 256u /* rows or ranges of a store that one may hold: then all of it */
#define SSI_FINISHED_MAX 1024u   /* committed transactions kept one by one */
#define SSI_OLD_XIDS_MAX ((size_t)1 << 18)
#define SSI_SEQ_MAX UINT64_MAX

#define SSI_COMMITTED 1u
#define SSI_PREPARED 2u /* also once committed */
#define SSI_DOOMED 4u
#define SSI_READ_ONLY 8u
#define SSI_WROTE 16u
#define SSI_CONFLICT_OUT 32u /* to one that committed first: earliest_out */
#define SSI_SUMMARY_IN 64u   /* conflicts with transactions that are no longer kept */
#define SSI_SUMMARY_OUT 128u
#define SSI_RO_SAFE 256u
#define SSI_RO_UNSAFE 512u
#define SSI_READ_ALL 1024u /* restored: may have read anything */
#define SSI_FINISHED 2048u

typedef enum SsiReadKind { SSI_ROW, SSI_STORE, SSI_RANGE } SsiReadKind;

/* One thing that somebody read. */
typedef struct SsiRead {
    SsiTxn *owner;
    ListNode in_bucket, in_owner;
    uint64_t finish_seq, commit_seq; /* of the latest one, where the owner is `old` */
    uint64_t rowid;
    StoreId store;
    SsiReadKind kind;
    bool has_low, has_high;
    uint32_t low_len, high_len;
    uint8_t bytes[]; /* low, high */
} SsiRead;

/* reader -> writer: the reader does not see what the writer wrote. Or, in the `unsafe` lists: out may
 * come to endanger the read-only `in`. */
typedef struct SsiConflict {
    SsiTxn *out, *in;
    ListNode in_out, in_in;
} SsiConflict;

struct SsiTxn {
    Ssi *ssi;
    uint64_t xid; /* 0: wrote nothing yet */
    uint32_t flags;
    int32_t process_id;
    bool waiting; /* until it is known to be safe */
    Lsn snapshot_lsn;
    uint64_t begin_seq, finish_seq;   /* the manager's clock */
    uint64_t last_commit;             /* commit_seq when its snapshot was taken */
    uint64_t prepare_seq, commit_seq; /* SSI_SEQ_MAX: not yet */
    uint64_t earliest_out;
    ListNode outs, ins; /* SsiConflicts where it is the reader, the writer */
    ListNode unsafe;    /* read-only: who may endanger it; else whom it may */
    ListNode node;      /* in active or finished */
    ListNode reads;
    U64Map read_counts; /* store -> rows or ranges */
};

struct Ssi {
    Mvcc *mvcc;
    MemAccount account;
    RwLatch latch; /* of everything below, and of what hangs on it */
    uint64_t clock, commit_seq;
    ListNode active, finished; /* finished: in order */
    size_t finished_count, txn_count;
    SsiTxn old; /* holds the reads of those that are not kept */
    U64Map by_xid;
    U64Map old_xids;                            /* xid -> earliest_out + 1 */
    uint64_t old_unknown_low, old_unknown_high; /* xids of which nothing is known any more */
    size_t read_all_count;
    uint64_t old_all_finish, old_all_commit; /* of those of `old` that may have read anything */
    ListNode *buckets;
    size_t bucket_count, read_count;
    FiberCond safe_cond;
};

/* ssi_reads.c; all under the latch. */
void ssi_reads_init(Ssi *ssi);
void ssi_reads_destroy(Ssi *ssi);
void ssi_reads_drop(SsiTxn *owner);
/* Into ssi->old. */
void ssi_reads_summarise(SsiTxn *owner);
/* Reads of `old` that finished by then. */
void ssi_reads_expire(Ssi *ssi, uint64_t finish_seq);

/* ssi.c; under the latch. */
Status ssi_doomed(const char *reason);
/* The owner of a read meets a write of self's. */
Status ssi_met_reader(SsiTxn *self, SsiRead *read);
void ssi_summarise_oldest(Ssi *ssi);
/* A read-only transaction that became safe stops. False: nothing is to be noted. */
bool ssi_needs_reads(SsiTxn *self);

#endif
