/*
 * append.c: into the ring.
 *
 * Position and copy happen under one spin latch: a record is a few hundred bytes, so the section is
 * tens of nanoseconds, and everything below append_lsn is complete the moment it is seen. (Rejected:
 * reserve by fetch-add and publish marks; it pays from about eight cores on, and then every flush
 * has to wait for the slowest copier.)
 */
#include "wal/wal_int.h"

_Static_assert(WAL_RECORD_HEADER_BYTES == 32, "the layout below");

static void header_encode(uint8_t *p, const WalRecord *rec, uint32_t len) {
    store_le32(p, len);
    p[8] = rec->kind;
    p[9] = rec->flags;
    store_le16(p + 10, rec->aux);
    store_le48(p + 12, rec->xid);
    store_le48(p + 18, rec->prev_txn_lsn);
    store_le32(p + 24, rec->store);
    store_le32(p + 28, rec->page);
}

/* Where a record of len bytes (padded) goes; opens a group, or a segment, as needed. */
static Lsn place_record(Wal *wal, uint64_t len) {
    Lsn at = atomic_load_explicit(&wal->append_lsn, memory_order_relaxed);
    if (wal->group_open && (at + len > segment_end(wal, wal->group_start) ||
                            at + len > wal->group_start + GROUP_BYTES_MAX)) {
        group_seal(wal);
        at = wal->group_start;
    }
    if (!wal->group_open) {
        if (wal->group_start + GROUP_HEADER_BYTES + len > segment_end(wal, wal->group_start))
            wal->group_start = segment_end(wal, wal->group_start);
        wal->group_open = true;
        at = wal->group_start + GROUP_HEADER_BYTES;
    }
    return at;
}

Lsn wal_append(Wal *wal, const WalRecord *rec, const WalPart *parts, unsigned part_count) {
    uint32_t len = WAL_RECORD_HEADER_BYTES;
    for (unsigned i = 0; i < part_count; i++)
        len += parts[i].len;
    check(len <= WAL_RECORD_MAX);
    uint64_t padded = ALIGN_UP((uint64_t)len, 8);

    latch_lock(&wal->append_latch);
    Lsn sealed_before = atomic_load_explicit(&wal->sealed_lsn, memory_order_relaxed);
    Lsn lsn = place_record(wal, padded);
    atomic_store_explicit(&wal->claimed_lsn, lsn + padded, memory_order_seq_cst);
    uint8_t *p = ring_at(wal, lsn);
    header_encode(p, rec, len);
    uint8_t *q = p + WAL_RECORD_HEADER_BYTES;
    for (unsigned i = 0; i < part_count; i++) {
        memcpy(q, parts[i].data, parts[i].len);
        q += parts[i].len;
    }
    memset(q, 0, padded - len);
    store_le32(p + 4, crc32c(0, p + 8, len - 8));
    wal->record_count++;
    wal->record_bytes += padded;
    atomic_store_explicit(&wal->append_lsn, lsn + padded, memory_order_release);
    bool sealed = sealed_before != atomic_load_explicit(&wal->sealed_lsn, memory_order_relaxed);
    latch_unlock(&wal->append_latch);
    if (sealed)
        flush_schedule(wal);
    return lsn;
}

void group_seal(Wal *wal) {
    if (!wal->group_open)
        return;
    Lsn end_of_records = atomic_load_explicit(&wal->append_lsn, memory_order_relaxed);
    Lsn end = ALIGN_UP(end_of_records, (Lsn)WAL_BLOCK_BYTES);
    atomic_store_explicit(&wal->claimed_lsn, end, memory_order_seq_cst);
    memset(ring_at(wal, wal->group_start + (end_of_records - wal->group_start)), 0,
           end - end_of_records);
    check(wal->sealed_count < wal->sealed_capacity);
    Group *group = &wal->sealed[(wal->sealed_head + wal->sealed_count++) % wal->sealed_capacity];
    group->start = wal->group_start;
    group->end = end;
    group->payload_len = (uint32_t)(end_of_records - wal->group_start - GROUP_HEADER_BYTES);
    wal->group_start = end;
    wal->group_open = false;
    atomic_store_explicit(&wal->sealed_lsn, end_of_records, memory_order_release);
}

/* True once bytes fit below both the ring's and the segments' limits. */
static bool has_room(const Wal *wal, uint64_t reserve_bytes) {
    Lsn at = atomic_load_explicit(&wal->append_lsn, memory_order_relaxed);
    Lsn durable = atomic_load_explicit(&wal->durable_lsn, memory_order_relaxed);
    return at + wal->headroom_bytes <= durable + wal->ring_bytes &&
           at + wal->headroom_bytes + reserve_bytes <=
               atomic_load_explicit(&wal->provisioned_end, memory_order_acquire);
}

static Status wait_for_room(Wal *wal, uint64_t reserve_bytes) {
    for (;;) {
        FiberWaiter waiter;
        fiber_cond_enter(&wal->space_cond, &waiter);
        bool room = has_room(wal, reserve_bytes);
        bool full = reserve_bytes > wal->headroom_bytes && atomic_load(&wal->disk_full);
        if (room || full || wal_failed(wal)) {
            fiber_cond_leave(&wal->space_cond, &waiter);
            if (room)
                return STATUS_OK;
            TRY(wal_failure(wal));
            return error(ERR_DISK_FULL,
                         "could not extend the write-ahead log: no space left on device");
        }
        /* whoever may use the reserve wants what is in the ring on disk, too */
        atomic_store(&wal->wanted_lsn, wal_append_lsn(wal));
        flush_schedule(wal);
        if (!atomic_load(&wal->disk_full)) /* else it looks again when that may help */
            fiber_cond_signal(&wal->provision_cond);
        fiber_park_uninterruptible(DEADLINE_NONE);
        fiber_cond_leave(&wal->space_cond, &waiter);
    }
}

static Status prepare(Wal *wal, uint32_t bytes, uint64_t reserve_bytes) {
    check(bytes <= 4 * WAL_RECORD_MAX);
    if (UNLIKELY(atomic_load_explicit(&wal->failed_errno, memory_order_relaxed) != 0))
        return wal_failure(wal);
    if (LIKELY(has_room(wal, reserve_bytes)))
        return STATUS_OK;
    return wait_for_room(wal, reserve_bytes);
}

Status wal_prepare(Wal *wal, uint32_t bytes) {
    return prepare(wal, bytes, 2 * wal->headroom_bytes);
}

Status wal_prepare_reserved(Wal *wal, uint32_t bytes) {
    return prepare(wal, bytes, wal->headroom_bytes);
}

Status wal_prepare_checkpoint(Wal *wal, uint32_t bytes) { return prepare(wal, bytes, 0); }

Lsn wal_append_lsn(const Wal *wal) {
    return atomic_load_explicit(&wal->append_lsn, memory_order_acquire);
}

Lsn wal_durable_lsn(const Wal *wal) {
    return atomic_load_explicit(&wal->durable_lsn, memory_order_acquire);
}
