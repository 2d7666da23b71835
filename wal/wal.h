/*
 * wal.h: the one log: redo, undo and version chains. Layer: wal.
 *
 * An LSN is a byte position in the log; 48 bits are stored. Records are appended to a ring in memory
 * and leave it in flush groups. All bytes below wal_durable_lsn() are on disk, so the record that
 * starts at `lsn` is durable iff wal_durable_lsn(wal) > lsn.
 *
 * Rules for callers:
 *   - wal_prepare() first (may park), then latch pages, then wal_append() (never parks, never
 *     fails). Between the two the fibre must not park, or prepare again.
 *   - A page may be written to its place only when wal_durable_lsn() > page LSN.
 */
#ifndef WAL_WAL_H
#define WAL_WAL_H

#include "base/arena.h"
#include "base/status.h"

typedef uint64_t Lsn;
typedef uint64_t Xid; /* 48 bits; 0: none */
#define LSN_INVALID ((Lsn)0)
#define XID_INVALID ((Xid)0)
#define LSN_MAX ((Lsn)UINT64_MAX)

#define WAL_SEGMENT_BYTES ((uint64_t)16 << 20) /* unless WalConfig says otherwise */
/* The largest record, header included. One atomic multi-page change fits. */
#define WAL_RECORD_MAX ((uint32_t)128 << 10)

/* Every record begins with these 32 bytes (little-endian, packed):
 *   0 len u32 (all of it)   4 crc32c u32 (of what follows)   8 kind u8   9 flags u8   10 aux u16
 *   12 xid u48   18 prev_txn_lsn u48   24 store u32   28 page u32   32 payload
 */
#define WAL_RECORD_HEADER_BYTES 32u

typedef enum WalKind {
#define WAL_KIND(name, code, description) WAL_##name = code,
#include "wal/kinds.def"
#undef WAL_KIND
} WalKind;

/* flags */
#define WAL_COMPENSATION                                                                           \
    0x01u               /* undo of an earlier record: redo-only; payload starts with the
                                  u48 undo_next LSN */
#define WAL_PURGE 0x02u /* purge has something to do once this commits */
#define WAL_STAMP 0x04u /* the row header's undo_lsn is this record's own LSN */

typedef struct WalRecord {
    Lsn lsn; /* where it starts; set by reads */
    uint8_t kind;
    uint8_t flags;
    uint16_t aux; /* the kind's own: mostly a slot */
    Xid xid;
    Lsn prev_txn_lsn;
    uint32_t store;
    uint32_t page;
    const uint8_t *payload;
    uint32_t payload_len;
} WalRecord;

/* A piece of a payload. */
typedef struct WalPart {
    const void *data;
    uint32_t len;
} WalPart;

typedef struct Wal Wal;

typedef struct WalConfig {
    const char *directory;  /* holds the segments; exists */
    uint64_t segment_bytes; /* a power of two >= 4 * WAL_RECORD_MAX; 0: WAL_SEGMENT_BYTES. Fixed for
                               the life of the log */
    size_t ring_bytes;      /* a multiple of segment_bytes, and >= WAL_RING_MIN(workers) */
    uint32_t depth_max;     /* groups in flight, 1..8 */
    MemAccount *account;
} WalConfig;
#define WAL_RING_MIN(worker_count) ((size_t)(2 * ((worker_count) + 1)) * 6 * WAL_RECORD_MAX)

/* Of the directory's segments nothing is read yet: wal_recover comes next. Parks. Errors: I/O. */
Status wal_open(const WalConfig *config, Wal **wal_out);
/* The record lives until the visit returns. What the log holds so far is readable and counts as durable. May
 * park; an error ends the recovery. */
typedef Status (*WalVisit)(void *arg, const WalRecord *record);
/*
 * Reads an existing log from start_lsn (a checkpoint's redo LSN) on, once: shows each record (visit NULL:
 * none) and finds the end, the last group of the unbroken chain. Or makes an empty log, where start_lsn is
 * LSN_INVALID. Then the log may grow. Parks.
 * Errors: XX001 where a later group proves that a damaged one was durable, or the log ends before
 * start_lsn; 58030 for I/O.
 */
Status wal_recover(Wal *wal, Lsn start_lsn, WalVisit visit, void *arg);
/* Flushes and closes. The Wal is freed whatever the outcome. */
Status wal_close(Wal *wal);
/* Frees memory without flushing: after a simulated crash. */
void wal_abandon(Wal *wal);

/* Makes sure that records of up to bytes (<= 4 * WAL_RECORD_MAX, headers included) can be appended.
 * May park. Errors: 53100 the log's disk is full (the caller may try again later); 58030 the log has
 * failed: nothing more can be written. */
Status wal_prepare(Wal *wal, uint32_t bytes);
/* The same for rollback and commit, which may use the reserve that wal_prepare keeps: they fail
 * only where the log has failed. On a full disk they may wait for a checkpoint. */
Status wal_prepare_reserved(Wal *wal, uint32_t bytes);
/* The same for the records of a checkpoint, which lets old segments go: it has a reserve of its own,
 * so it never waits for those who wait for it. */
Status wal_prepare_checkpoint(Wal *wal, uint32_t bytes);
/* Appends; returns the record's LSN. rec->lsn, payload and payload_len are ignored: the payload is
 * the concatenation of parts. Any worker. */
Lsn wal_append(Wal *wal, const WalRecord *rec, const WalPart *parts, unsigned part_count);

/* Where the next record will start at the earliest: every record so far is below it. */
Lsn wal_append_lsn(const Wal *wal);
Lsn wal_durable_lsn(const Wal *wal);
/* Parks until the record at lsn is durable; starts a flush at once. Not cancellable. */
Status wal_wait_durable(Wal *wal, Lsn lsn);
/* Starts a flush without waiting (asynchronous commit calls it through a timer). */
void wal_kick(Wal *wal);
/* Calls fn(arg) on a worker's loop each time durable_lsn has advanced. At most 8 listeners. */
void wal_on_durable(Wal *wal, void (*fn)(void *arg, Lsn durable_lsn), void *arg);

/* Calls fn(arg) on the provisioner's fibre each time (about once a second) the disk had no space for
 * a segment. Set once, before the first append. */
void wal_on_full(Wal *wal, void (*fn)(void *arg), void *arg);

/*
 * Read one record. The payload is copied to the arena. From the ring where it is still there (then
 * it does not park), else from the segment file, checked by its CRC.
 * Errors: XX001 damaged; 58P01 segment gone (snapshot too old to be served).
 */
Status wal_read(Wal *wal, Lsn lsn, Arena *arena, WalRecord *record_out);
/* The same without parking: false where the record is not in the ring. */
bool wal_read_ring(Wal *wal, Lsn lsn, Arena *arena, WalRecord *record_out);

/* Reading records that lie near each other, in any order: large reads of the files are shared. The
 * cursor lives on the arena. As wal_read but that the payload lives until the next call. */
typedef struct WalCursor WalCursor;
WalCursor *wal_cursor_open(Wal *wal, Arena *arena);
Status wal_cursor_read(WalCursor *cursor, Lsn lsn, WalRecord *record_out);

/* Sequential reading for purge and archive. */
typedef struct WalReader WalReader;
Status wal_reader_open(Wal *wal, Lsn from, Arena *arena, WalReader **reader_out);
/* False at the end of what was durable at the opening. The record lives until the next call.
 * Error: XX001 damaged. */
Status wal_reader_next(WalReader *reader, WalRecord *record_out, bool *found_out);
void wal_reader_close(WalReader *reader);

/* True once a write has failed: every later prepare and wait fails. */
bool wal_failed(const Wal *wal);

typedef struct WalStats {
    uint64_t record_count, record_bytes; /* appended */
    uint64_t group_count, group_bytes;   /* written, with headers and padding */
    uint64_t segment_count;
} WalStats;
void wal_stats(const Wal *wal, WalStats *stats_out);

/* Segments wholly below lsn may be recycled. Never retreats. */
void wal_retain_from(Wal *wal, Lsn lsn);
/* Segments since the opening: made, taken again for later parts of the log, removed. */
typedef struct WalSegmentCounts {
    uint64_t added, recycled, removed;
} WalSegmentCounts;
void wal_segment_counts(const Wal *wal, WalSegmentCounts *counts_out);
Lsn wal_oldest_lsn(const Wal *wal);

#endif
