/* wal.c: opening, closing and retention. */
#include "wal/wal_int.h"

#include "runtime/os.h"

#define HEADROOM_PER_WORKER ((uint64_t)6 * WAL_RECORD_MAX)

static Wal *wal_make(const WalConfig *config) {
    Wal *wal = mem_alloc(config->account, sizeof(*wal));
    *wal = (Wal){.account = config->account};
    wal->segment_bytes = config->segment_bytes == 0 ? WAL_SEGMENT_BYTES : config->segment_bytes;
    wal->ring_bytes = config->ring_bytes;
    wal->worker_count = worker_count();
    wal->headroom_bytes = HEADROOM_PER_WORKER * ((uint64_t)wal->worker_count + 1);
    check((wal->segment_bytes & (wal->segment_bytes - 1)) == 0);
    check(wal->segment_bytes >= 4 * (uint64_t)WAL_RECORD_MAX);
    check(wal->ring_bytes % wal->segment_bytes == 0);
    check(wal->ring_bytes >= WAL_RING_MIN((size_t)wal->worker_count));
    check(config->depth_max >= 1 && config->depth_max <= DEPTH_LIMIT);
    wal->depth_max = config->depth_max;

    size_t path_bytes = strlen(config->directory) + 1;
    wal->directory = memcpy(mem_alloc(wal->account, path_bytes), config->directory, path_bytes);
    wal->sealed_capacity = (uint32_t)(wal->ring_bytes / MIN(wal->segment_bytes, GROUP_BYTES_MAX) +
                                      wal->ring_bytes / wal->segment_bytes) +
                           8;
    wal->sealed = mem_alloc(wal->account, wal->sealed_capacity * sizeof(Group));
    size_t task_bytes = (size_t)wal->worker_count * sizeof(FlushTask);
    wal->flush_tasks = memset(mem_alloc(wal->account, task_bytes), 0, task_bytes);
    for (int i = 0; i < wal->worker_count; i++)
        wal->flush_tasks[i].wal = wal;
    list_init(&wal->waiters);
    u64map_init(&wal->segments, wal->account);
    fiber_cond_init(&wal->provision_cond);
    fiber_cond_init(&wal->space_cond);
    return wal;
}

static void wal_free(Wal *wal) {
    segments_close(wal);
    if (wal->mark_file != NULL)
        file_close(wal->mark_file);
    if (wal->ring != NULL) {
        os_unmap(wal->ring, wal->ring_bytes);
        mem_account_shrink(wal->account, wal->ring_bytes);
    }
    mem_free(wal->account, wal->flush_tasks, (size_t)wal->worker_count * sizeof(FlushTask));
    mem_free(wal->account, wal->sealed, wal->sealed_capacity * sizeof(Group));
    mem_free(wal->account, wal->directory, strlen(wal->directory) + 1);
    mem_free(wal->account, wal, sizeof(*wal));
}

void log_set_end(Wal *wal, Lsn end) {
    atomic_store(&wal->append_lsn, end);
    atomic_store(&wal->claimed_lsn, end);
    atomic_store(&wal->sealed_lsn, end);
    atomic_store(&wal->durable_lsn, end);
}

Status wal_open(const WalConfig *config, Wal **wal_out) {
    *wal_out = NULL;
    Wal *wal = wal_make(config);
    wal->ring_from = LSN_MAX; /* nothing is there */
    wal->ring = os_map(wal->ring_bytes, true);
    Status status = wal->ring == NULL ? status_out_of_memory() : STATUS_OK;
    if (status_ok(status)) {
        mem_account_force(wal->account, wal->ring_bytes);
        status = segments_load(wal);
    }
    if (status_ok(status))
        *wal_out = wal;
    else
        wal_free(wal);
    return status;
}

static Status find_end(Wal *wal, Lsn start_lsn, WalVisit visit, void *arg) {
    if (start_lsn != LSN_INVALID)
        return scan_log(wal, start_lsn, visit, arg);
    if (wal->segments.count > 0)
        return error(ERR_DATA_CORRUPTED, "log directory \"%s\" is not empty", wal->directory);
    wal->group_start = wal->segment_bytes;
    wal->next_sequence = 1;
    wal->epoch = 1;
    return STATUS_OK;
}

Status wal_recover(Wal *wal, Lsn start_lsn, WalVisit visit, void *arg) {
    TRY(find_end(wal, start_lsn, visit, arg));
    Lsn end = wal->group_start;
    wal->ring_from = end;
    log_set_end(wal, end);
    atomic_store(&wal->retain_lsn, LSN_INVALID); /* what undo needs lies below start_lsn */
    while (atomic_load(&wal->provisioned_end) < end + WAL_RESERVES * wal->headroom_bytes)
        TRY(segment_provide(wal));
    /* the flusher may not park, so every segment that it may write is open before */
    for (uint64_t i = end / wal->segment_bytes;
         i < atomic_load(&wal->provisioned_end) / wal->segment_bytes; i++) {
        Segment *segment;
        TRY(segment_pin(wal, i, &segment));
        segment_unpin(wal, segment);
    }
    provisioner_start(wal);
    return STATUS_OK;
}

static bool is_busy(Wal *wal) {
    latch_lock(&wal->flight_latch);
    bool busy = wal->flight_count > 0;
    latch_unlock(&wal->flight_latch);
    for (int i = 0; i < wal->worker_count; i++)
        busy |= atomic_load(&wal->flush_tasks[i].posted);
    return busy || atomic_load(&wal->flush_state) != 0;
}

Status wal_close(Wal *wal) {
    Status status = STATUS_OK;
    Lsn end = wal_append_lsn(wal);
    if (wal_durable_lsn(wal) < end)
        status = wal_wait_durable(wal, end - 1);
    provisioner_stop(wal);
    while (is_busy(wal) && !wal_failed(wal))
        fiber_sleep(100);
    wal_free(wal);
    return status;
}

void wal_abandon(Wal *wal) { wal_free(wal); }

void wal_retain_from(Wal *wal, Lsn lsn) {
    Lsn old = atomic_load(&wal->retain_lsn);
    while (old < lsn && !atomic_compare_exchange_weak(&wal->retain_lsn, &old, lsn)) {
    }
    fiber_cond_signal(&wal->provision_cond);
}

void wal_segment_counts(const Wal *wal, WalSegmentCounts *counts_out) {
    *counts_out = (WalSegmentCounts){.added = atomic_load(&wal->added_count),
                                     .recycled = atomic_load(&wal->recycled_count),
                                     .removed = atomic_load(&wal->removed_count)};
}

Lsn wal_oldest_lsn(const Wal *wal) { return wal->oldest_lsn; }
