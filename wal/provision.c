/*
 * provision.c: the fibre that keeps segments ahead of the log, lets old ones go, and leaves a mark
 * when the log falls idle.
 *
 * Ahead: three headrooms (what a checkpoint may use, what commits and rollbacks leave to it, and what
 * ordinary writers leave to both) and one segment more. On a full disk it tries again every second,
 * so writers go on soon after space appears, and tells whoever may free space by a checkpoint.
 *
 * The mark, a block outside the log, says how far the log was durable. The newest group has no
 * successor that could vouch for it; with the mark, damage to it is told from a torn tail.
 */
#include "runtime/clock.h"
#include "wal/wal_int.h"

#include <stdio.h>

#define IDLE_US 20000u
#define DISK_FULL_RETRY_US 1000000u
#define MARK_MAGIC 0x4b524d57u

typedef struct Mark {
    uint32_t magic;
    uint32_t crc; /* of durable_lsn */
    uint64_t durable_lsn;
} Mark;

static bool is_behind(const Wal *wal) {
    return atomic_load(&wal->provisioned_end) <
           wal_append_lsn(wal) + WAL_RESERVES * wal->headroom_bytes + wal->segment_bytes;
}

static Status mark_open(Wal *wal) {
    if (wal->mark_file != NULL)
        return STATUS_OK;
    char path[4096];
    snprintf(path, sizeof(path), "%s/mark", wal->directory);
    return file_open(path, FILE_CREATE, &wal->mark_file);
}

static Status mark_write(Wal *wal) {
    TRY(mark_open(wal));
    Mark mark = {.magic = MARK_MAGIC, .durable_lsn = wal_durable_lsn(wal)};
    mark.crc = crc32c(0, &mark.durable_lsn, sizeof(mark.durable_lsn));
    return file_write(wal->mark_file, &mark, sizeof(mark), 0);
}

Status mark_read(Wal *wal, Lsn *durable_out) {
    *durable_out = LSN_INVALID;
    TRY(mark_open(wal));
    Mark mark;
    size_t len;
    TRY(file_read_some(wal->mark_file, &mark, sizeof(mark), 0, &len));
    if (len == sizeof(mark) && mark.magic == MARK_MAGIC &&
        mark.crc == crc32c(0, &mark.durable_lsn, sizeof(mark.durable_lsn)))
        *durable_out = mark.durable_lsn;
    return STATUS_OK;
}

static void provide_ahead(Wal *wal) {
    while (!atomic_load(&wal->closing) && is_behind(wal)) {
        Status status = segment_provide(wal);
        bool failed = !status_ok(status);
        status_free(status);
        atomic_store(&wal->disk_full, failed);
        fiber_cond_broadcast(&wal->space_cond);
        if (failed) {
            if (wal->full_fn != NULL)
                wal->full_fn(wal->full_arg);
            return;
        }
    }
}

static void provisioner_main(void *arg) {
    Wal *wal = arg;
    Lsn seen = LSN_INVALID;
    while (!atomic_load(&wal->closing)) {
        FiberWaiter waiter; /* entered before the work, so a signal during it is not lost */
        fiber_cond_enter(&wal->provision_cond, &waiter);
        provide_ahead(wal);
        if (!is_behind(wal)) /* else they are the next to be provided, which needs no space */
            segments_retire(wal);
        uint64_t deadline = DEADLINE_NONE;
        if (atomic_load(&wal->disk_full)) {
            deadline = clock_mono_us() + DISK_FULL_RETRY_US;
        } else if (atomic_load(&wal->mark_due)) {
            Lsn durable = wal_durable_lsn(wal);
            if (durable == seen) {
                atomic_store(&wal->mark_due, false);
                status_free(mark_write(wal));
            } else {
                seen = durable;
                deadline = clock_mono_us() + IDLE_US;
            }
        }
        /* the work parks, too, and may have used the signal's wake-up */
        latch_lock(&wal->provision_cond.guard);
        bool signalled = waiter.signalled;
        latch_unlock(&wal->provision_cond.guard);
        if (!signalled && !atomic_load(&wal->closing))
            fiber_park_uninterruptible(deadline);
        fiber_cond_leave(&wal->provision_cond, &waiter);
    }
    atomic_fetch_sub(&wal->background_count, 1);
}

void provisioner_start(Wal *wal) {
    atomic_fetch_add(&wal->background_count, 1);
    wal->provisioner = fiber_spawn(SCHED_BACKGROUND, provisioner_main, wal);
}

void provisioner_stop(Wal *wal) {
    atomic_store(&wal->closing, true);
    while (atomic_load(&wal->background_count) > 0) {
        fiber_unpark(wal->provisioner);
        fiber_sleep(100);
    }
}
