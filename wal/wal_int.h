/*
 * wal_int.h: the log's inside. Layer: wal, private.
 *
 * LSN = byte position. The log is a row of segment files of equal size; segment i holds LSNs
 * [i * segment_bytes, (i + 1) * segment_bytes), and segment 0 does not exist, so LSN 0 is no record.
 * The ring holds LSN x at x % ring_bytes. A record never crosses a segment's end, so neither file
 * reads nor ring copies wrap.
 *
 * Flush group: what one write carries. It starts at a multiple of 4 KiB with a header (below), goes on
 * with records (each padded to 8 bytes) and is padded with zeros to the next multiple. A segment
 * starts with a group. The first u32 at any 8-byte boundary tells what follows: 0 padding (go to the
 * next 4 KiB), GROUP_MAGIC a group header, else a record's length.
 *
 *   group header, 64 bytes          offset  bytes
 *     magic                         0       4
 *     CRC-32C of bytes 8..63        4       4
 *     lsn of this header            8       8
 *     sequence                      16      8   one more than the group before
 *     epoch                         24      4   raised by every recovery
 *     payload bytes                 28      4   records with their padding to 8
 *     CRC-32C of the payload        32      4
 *     previous group's header CRC   36      4   the chain
 *     durable_lsn at sealing        40      8   all below was acknowledged as durable
 *     zero                          48      16
 *
 *   OPEN (appending) -> SEALED -> IN FLIGHT -> DURABLE (when all before it are)
 *                                     `-error-> the log has FAILED (terminal)
 *
 * I1 durable_lsn <= sealed_lsn <= append_lsn; none retreats.
 * I2 A group's bytes do not change once it is sealed, and are written once.
 * I3 append_lsn - durable_lsn <= ring_bytes - headroom, kept by wal_prepare.
 * I4 Below provisioned_end every segment exists, whole, with its name durable.
 *
 * Lock order: segment_latch > flight_latch; append_latch and wait_latch stand alone.
 */
#ifndef WAL_WAL_INT_H
#define WAL_WAL_INT_H

#include "base/bits.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "runtime/file.h"
#include "runtime/latch.h"
#include "runtime/worker.h"
#include "wal/wal.h"

#define WAL_BLOCK_BYTES 4096u
#define GROUP_HEADER_BYTES 64u
#define GROUP_MAGIC 0x50574c47u
_Static_assert(GROUP_MAGIC > WAL_RECORD_MAX, "a magic is no record length");
#define GROUP_BYTES_MAX ((uint64_t)1 << 20)
#define DEPTH_LIMIT 8u

typedef struct GroupHeader {
    uint32_t magic;
    uint32_t header_crc;
    uint64_t lsn;
    uint64_t sequence;
    uint32_t epoch;
    uint32_t payload_len;
    uint32_t payload_crc;
    uint32_t prev_crc;
    uint64_t durable_lsn;
    uint64_t zero[2];
} GroupHeader;
_Static_assert(sizeof(GroupHeader) == GROUP_HEADER_BYTES, "on-disk size");

/* A sealed group: [start, end), end on a block boundary; the next group starts at next. */
typedef struct Group {
    Lsn start, end, next;
    uint32_t payload_len;
} Group;

typedef struct Flight {
    IoRequest request;
    Wal *wal;
    Group group;
    bool done;
} Flight;

typedef struct Segment {
    uint64_t index;
    File *file;
    uint32_t pins; /* readers; a pinned segment is not retired */
} Segment;

typedef struct FlushTask {
    Task task;
    Wal *wal;
    _Atomic bool posted;
} FlushTask;

typedef struct Waiter {
    ListNode node;
    Lsn lsn;
    FiberRef fiber;
} Waiter;

typedef struct DurableListener {
    void (*fn)(void *arg, Lsn durable_lsn);
    void *arg;
} DurableListener;

/* Headrooms kept on disk ahead of the log: one for a checkpoint, one more for commits and rollbacks,
 * one more for ordinary writers. */
#define WAL_RESERVES 3

struct Wal {
    MemAccount *account;
    char *directory;
    uint64_t segment_bytes;
    size_t ring_bytes;
    uint8_t *ring;
    uint64_t headroom_bytes; /* what all workers may append between prepare and append */
    Lsn ring_from;           /* the ring holds nothing older */

    /* appending */
    RwLatch append_latch;
    _Atomic Lsn append_lsn;  /* end of the newest record */
    _Atomic Lsn claimed_lsn; /* ring bytes up to here may be being overwritten */
    Lsn group_start;         /* of the open group; its header's place is kept */
    bool group_open;         /* the open group has a record */
    Group *sealed;           /* queue, in order */
    uint32_t sealed_capacity, sealed_head, sealed_count;
    _Atomic Lsn sealed_lsn; /* records below it are in sealed groups */
    uint64_t record_count, record_bytes;

    /* flushing: one flusher at a time, by flush_state */
    _Atomic uint32_t flush_state; /* 0 idle, 1 running, 2 running and asked again */
    _Atomic Lsn wanted_lsn;       /* someone wants records below it flushed */
    Flight flights[DEPTH_LIMIT];
    uint32_t depth_max;
    RwLatch flight_latch; /* over flight_head, flight_count and done */
    uint32_t flight_head, flight_count;
    uint64_t next_sequence;
    uint32_t epoch;
    uint32_t last_header_crc;
    _Atomic Lsn durable_lsn;
    _Atomic int failed_errno;
    FlushTask *flush_tasks; /* one a worker */
    int worker_count;
    uint64_t group_count, group_bytes;

    RwLatch wait_latch;
    ListNode waiters; /* by lsn */
    DurableListener listeners[8];
    uint32_t listener_count;

    /* segments */
    RwLatch segment_latch;
    U64Map segments; /* index -> Segment */
    _Atomic Lsn provisioned_end;
    _Atomic Lsn retain_lsn;
    Lsn oldest_lsn;
    _Atomic uint64_t added_count, recycled_count, removed_count; /* of segments */
    void (*full_fn)(void *arg);
    void *full_arg;
    _Atomic bool disk_full;
    FiberCond provision_cond; /* the provisioner waits */
    FiberCond space_cond;     /* writers wait for it */
    _Atomic bool closing;
    _Atomic uint32_t background_count;
    FiberRef provisioner;

    /* the mark: what was durable when the log fell idle */
    File *mark_file;
    _Atomic bool mark_due;
};

/* Ring address of an LSN. */
static inline uint8_t *ring_at(const Wal *wal, Lsn lsn) {
    return wal->ring + lsn % wal->ring_bytes;
}
static inline Lsn segment_end(const Wal *wal, Lsn lsn) {
    return (lsn / wal->segment_bytes + 1) * wal->segment_bytes;
}

/* wal.c */
/* While the log is recovered: all below is durable, the next record comes there or later. */
void log_set_end(Wal *wal, Lsn end);

/* append.c */
/* Closes the open group where it has records. Under append_latch. */
void group_seal(Wal *wal);

/* group.c */
void flush_schedule(Wal *wal); /* at the end of the worker's turn */
void flush_now(Wal *wal);
Status wal_failure(const Wal *wal);
uint32_t group_header_crc(const GroupHeader *header);

/* read.c */
/* bytes: the whole record, already known to be len long. */
void record_decode(const uint8_t *bytes, uint32_t len, Lsn lsn, WalRecord *record);
Status damaged_record(Lsn lsn);

/* segment.c */
Status segments_load(Wal *wal);
/* Makes the segment at provisioned_end, recycling a retired file where there is one. Parks. */
Status segment_provide(Wal *wal);
/* An open handle that stays until segment_unpin. Parks. Error 58P01 where it is gone. */
Status segment_pin(Wal *wal, uint64_t index, Segment **segment_out);
void segment_unpin(Wal *wal, Segment *segment);
void segments_retire(Wal *wal);
void segments_close(Wal *wal);

/* provision.c */
void provisioner_start(Wal *wal);
void provisioner_stop(Wal *wal);
/* What the idle mark says was durable; LSN_INVALID where there is none. */
Status mark_read(Wal *wal, Lsn *durable_out);

/* scan.c */
/* Follows the chain from the segment that holds start_lsn to its end, shows the records from start_lsn on as it
 * goes, sets the append position. */
Status scan_log(Wal *wal, Lsn start_lsn, WalVisit visit, void *arg);

/* window.c: a sliding view of the segment files */
typedef struct Ahead Ahead;
typedef struct Window {
    Wal *wal;
    Ahead *ahead;    /* reads, and owns the buffer; NULL: the window does */
    uint8_t *buffer; /* block-aligned */
    size_t capacity;
    Lsn start; /* block-aligned; within one segment */
    size_t len;
} Window;
void window_init(Window *window, Wal *wal, Arena *arena, size_t capacity);
/* One that looks at segments in order, each part once, whatever the length. */
void window_init_ahead(Window *window, Wal *wal, Ahead *ahead);
/* A pointer to [lsn, lsn + len), which lies in one segment and is at most capacity - a block long.
 * Valid until the next call. found_out false: the segment does not exist. Parks. */
Status window_get(Window *window, Lsn lsn, size_t len, const uint8_t **bytes_out, bool *found_out);
typedef enum GroupState { GROUP_ABSENT, GROUP_BAD_HEADER, GROUP_BAD_PAYLOAD, GROUP_OK } GroupState;
/* What stands at lsn. The header is set from GROUP_BAD_PAYLOAD up. */
Status window_group(Window *window, Lsn lsn, GroupHeader *header_out, GroupState *state_out);
static inline Lsn group_records_end(const GroupHeader *header) {
    return header->lsn + GROUP_HEADER_BYTES + header->payload_len;
}

/* ahead.c */
/* For the calling fibre alone. On error, too, *ahead_out is to be closed. */
Status ahead_open(Wal *wal, Ahead **ahead_out);
/* Waits for what is under way. */
void ahead_close(Ahead *ahead);
/* Puts the window over [lsn, lsn + len), and perhaps more. Parks. Errors: I/O, XX001 a file that ends early. */
Status ahead_get(Ahead *ahead, Window *window, Lsn lsn, size_t len, bool *found_out);

#endif
