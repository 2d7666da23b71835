/*
 * group.c: many commits, one write.
 *
 * Greedy: whoever asks for durability schedules a flush at the end of its worker's turn, so that
 * every fibre that is ready to run gets its records in first; a flush seals what is there and
 * submits it if fewer than depth_max groups are in flight. A completion starts the next. No timers,
 * no delay: at light load a commit's latency is one write, under load groups grow by themselves.
 *
 * Durability is one O_DIRECT write with RWF_DSYNC into space that was written before, so that no
 * metadata changes. Any error is final: the kernel may have dropped the bytes, and what a later
 * sync says of them is worthless.
 */
#include "wal/wal_int.h"

#include <errno.h>

uint32_t group_header_crc(const GroupHeader *header) {
    return crc32c(0, (const char *)header + 8, GROUP_HEADER_BYTES - 8);
}

Status wal_failure(const Wal *wal) {
    int e = atomic_load(&wal->failed_errno);
    if (e == 0)
        return STATUS_OK;
    return status_severity(file_error(e, "could not write to log in directory", wal->directory),
                           SEV_PANIC);
}

bool wal_failed(const Wal *wal) { return atomic_load(&wal->failed_errno) != 0; }

/* Wakes everyone below durable; all of them where the log has failed. */
static void wake_waiters(Wal *wal) {
    Lsn durable = wal_failed(wal) ? LSN_MAX : wal_durable_lsn(wal);
    latch_lock(&wal->wait_latch);
    while (!list_empty(&wal->waiters)) {
        Waiter *waiter = LIST_ENTRY(wal->waiters.next, Waiter, node);
        if (waiter->lsn >= durable)
            break;
        list_remove(&waiter->node);
        fiber_unpark(waiter->fiber);
    }
    latch_unlock(&wal->wait_latch);
    fiber_cond_broadcast(&wal->space_cond);
}

/* Takes finished flights off the front; returns true if durable_lsn moved. */
static bool retire_flights(Wal *wal) {
    bool moved = false;
    latch_lock(&wal->flight_latch);
    while (wal->flight_count > 0 && wal->flights[wal->flight_head].done) {
        Flight *flight = &wal->flights[wal->flight_head];
        atomic_store_explicit(&wal->durable_lsn, flight->group.end, memory_order_release);
        flight->done = false;
        wal->flight_head = (wal->flight_head + 1) % DEPTH_LIMIT;
        wal->flight_count--;
        moved = true;
    }
    latch_unlock(&wal->flight_latch);
    return moved;
}

static void write_done(IoRequest *request) {
    Flight *flight = request->arg;
    Wal *wal = flight->wal;
    int e = request->error_number;
    if (e == 0 && request->done_bytes != request->len)
        e = EIO;
    if (e != 0) {
        atomic_store(&wal->failed_errno, e);
        wake_waiters(wal);
        return;
    }
    latch_lock(&wal->flight_latch);
    flight->done = true;
    latch_unlock(&wal->flight_latch);
    if (!retire_flights(wal))
        return;
    Lsn durable = wal_durable_lsn(wal);
    wake_waiters(wal);
    bool behind = atomic_load(&wal->provisioned_end) <
                  wal_append_lsn(wal) + WAL_RESERVES * wal->headroom_bytes + wal->segment_bytes;
    if (!atomic_exchange(&wal->mark_due, true) || behind)
        fiber_cond_signal(&wal->provision_cond);
    for (uint32_t i = 0; i < wal->listener_count; i++)
        wal->listeners[i].fn(wal->listeners[i].arg, durable);
    flush_now(wal);
}

static bool pop_sealed(Wal *wal, Group *group_out) {
    latch_lock(&wal->append_latch);
    if (wal->sealed_count == 0 && atomic_load(&wal->wanted_lsn) >
                                      atomic_load_explicit(&wal->sealed_lsn, memory_order_relaxed))
        group_seal(wal);
    bool found = wal->sealed_count > 0;
    if (found) {
        *group_out = wal->sealed[wal->sealed_head];
        wal->sealed_head = (wal->sealed_head + 1) % wal->sealed_capacity;
        wal->sealed_count--;
    }
    latch_unlock(&wal->append_latch);
    return found;
}

static void header_fill(Wal *wal, const Group *group) {
    uint8_t *p = ring_at(wal, group->start);
    GroupHeader header = {.magic = GROUP_MAGIC,
                          .lsn = group->start,
                          .sequence = wal->next_sequence++,
                          .epoch = wal->epoch,
                          .payload_len = group->payload_len,
                          .prev_crc = wal->last_header_crc,
                          .durable_lsn = wal_durable_lsn(wal)};
    header.payload_crc = crc32c(0, p + GROUP_HEADER_BYTES, group->payload_len);
    header.header_crc = group_header_crc(&header);
    wal->last_header_crc = header.header_crc;
    memcpy(p, &header, sizeof(header));
}

static void submit_group(Wal *wal, const Group *group) {
    header_fill(wal, group);
    Segment *segment = u64map_get(&wal->segments, group->start / wal->segment_bytes);
    latch_lock(&wal->flight_latch);
    Flight *flight = &wal->flights[(wal->flight_head + wal->flight_count++) % DEPTH_LIMIT];
    flight->wal = wal;
    flight->group = *group;
    flight->done = false;
    latch_unlock(&wal->flight_latch);
    flight->request = (IoRequest){.file = segment->file,
                                  .buf = ring_at(wal, group->start),
                                  .offset = group->start % wal->segment_bytes,
                                  .len = group->end - group->start,
                                  .op = IO_WRITE,
                                  .dsync = true,
                                  .done = write_done,
                                  .arg = flight};
    wal->group_count++;
    wal->group_bytes += flight->request.len;
    io_submit(&flight->request);
}

static void flush_pass(Wal *wal) {
    Group group;
    while (!wal_failed(wal)) {
        latch_lock(&wal->flight_latch);
        bool full = wal->flight_count >= wal->depth_max;
        latch_unlock(&wal->flight_latch);
        if (full || !pop_sealed(wal, &group))
            return;
        latch_lock_shared(&wal->segment_latch);
        submit_group(wal, &group);
        latch_unlock_shared(&wal->segment_latch);
    }
}

void flush_now(Wal *wal) {
    uint32_t idle = 0;
    if (!atomic_compare_exchange_strong(&wal->flush_state, &idle, 1)) {
        /* a flusher is at work: make it look again, unless it just left */
        uint32_t running = 1;
        if (atomic_compare_exchange_strong(&wal->flush_state, &running, 2) || running == 2)
            return;
        flush_now(wal);
        return;
    }
    for (;;) {
        flush_pass(wal);
        uint32_t running = 1;
        if (atomic_compare_exchange_strong(&wal->flush_state, &running, 0))
            return;
        atomic_store(&wal->flush_state, 1);
    }
}

static void flush_task_run(Task *task) {
    FlushTask *flush = CONTAINER_OF(task, FlushTask, task);
    atomic_store(&flush->posted, false);
    flush_now(flush->wal);
}

void flush_schedule(Wal *wal) {
    FlushTask *flush = &wal->flush_tasks[worker_id()];
    if (atomic_exchange(&flush->posted, true))
        return;
    flush->task.fn = flush_task_run;
    worker_post_task(runtime_self(), worker_id(), &flush->task);
}

/* Raises wanted_lsn so that the record at lsn gets flushed. */
static void want(Wal *wal, Lsn lsn) {
    Lsn wanted = atomic_load(&wal->wanted_lsn);
    while (wanted <= lsn && !atomic_compare_exchange_weak(&wal->wanted_lsn, &wanted, lsn + 1)) {
    }
}

void wal_kick(Wal *wal) {
    want(wal, wal_append_lsn(wal) - 1);
    flush_schedule(wal);
}

/* Nearly sorted arrivals: the place is found from the back. */
static void waiter_insert(Wal *wal, Waiter *waiter) {
    ListNode *at = wal->waiters.prev;
    while (at != &wal->waiters && LIST_ENTRY(at, Waiter, node)->lsn > waiter->lsn)
        at = at->prev;
    list_insert_after(at, &waiter->node);
}

Status wal_wait_durable(Wal *wal, Lsn lsn) {
    if (LIKELY(wal_durable_lsn(wal) > lsn))
        return STATUS_OK;
    check(lsn < wal_append_lsn(wal));
    Waiter waiter = {.lsn = lsn, .fiber = fiber_self_ref()};
    latch_lock(&wal->wait_latch);
    waiter_insert(wal, &waiter);
    latch_unlock(&wal->wait_latch);
    want(wal, lsn);
    flush_schedule(wal);
    while (wal_durable_lsn(wal) <= lsn && !wal_failed(wal))
        fiber_park_uninterruptible(DEADLINE_NONE);
    latch_lock(&wal->wait_latch);
    list_remove(&waiter.node);
    latch_unlock(&wal->wait_latch);
    return wal_durable_lsn(wal) > lsn ? STATUS_OK : wal_failure(wal);
}

void wal_on_durable(Wal *wal, void (*fn)(void *arg, Lsn durable_lsn), void *arg) {
    check(wal->listener_count < ARRAY_LEN(wal->listeners));
    wal->listeners[wal->listener_count] = (DurableListener){fn, arg};
    wal->listener_count++;
}

void wal_on_full(Wal *wal, void (*fn)(void *arg), void *arg) {
    wal->full_arg = arg;
    wal->full_fn = fn;
}

void wal_stats(const Wal *wal, WalStats *stats) {
    *stats = (WalStats){.record_count = wal->record_count,
                        .record_bytes = wal->record_bytes,
                        .group_count = wal->group_count,
                        .group_bytes = wal->group_bytes,
                        .segment_count = wal->segments.count};
}
