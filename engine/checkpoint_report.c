/* checkpoint_report.c: see checkpoint_report.h. The lines are PostgreSQL's, which tools parse. */
#include "engine/checkpoint_report.h"

#include "engine/engine_int.h"
#include "runtime/clock.h"
#include "runtime/log.h"

static const char *const cause_texts[] = {
    [CHECKPOINT_ASKED] = "immediate force wait",
    [CHECKPOINT_WAL] = "wal",
    [CHECKPOINT_EARLY] = "wal",
    [CHECKPOINT_TIME] = "time",
    [CHECKPOINT_RESTART] = "end-of-recovery",
    [CHECKPOINT_SHUTDOWN] = "shutdown immediate",
};

void checkpoint_report_start(Engine *engine, CheckpointCause cause, CheckpointReport *report_out) {
    Pool *pool = &engine->pool;
    *report_out = (CheckpointReport){
        .cause = cause,
        /* early ones come every few seconds under load: no news to anybody */
        .wanted = atomic_load(&engine->log_checkpoints) && cause != CHECKPOINT_EARLY,
        .start_us = clock_mono_us(),
        .pages = atomic_load(&pool->writes),
        .syncs = atomic_load(&pool->syncs),
        .sync_us = atomic_load(&pool->sync_us),
        .redo_lsn = atomic_load(&engine->redo_lsn)};
    wal_segment_counts(engine->wal, &report_out->segments);
    atomic_store(&pool->sync_us_max, 0);
    if (report_out->wanted)
        log_write(LOG_LEVEL_LOG, "checkpoint starting: %s", cause_texts[cause]);
}

void checkpoint_report_cleaned(CheckpointReport *report) { report->clean_us = clock_mono_us(); }

typedef struct Seconds {
    unsigned long whole, thousandths;
} Seconds;

static Seconds seconds_of(uint64_t us) {
    return (Seconds){(unsigned long)(us / 1000000), (unsigned long)(us % 1000000 / 1000)};
}

/* How far apart checkpoints are: grows at once, shrinks slowly. Under the checkpoint mutex. */
static uint64_t estimate(Engine *engine, uint64_t distance) {
    uint64_t old = engine->checkpoint_distance;
    engine->checkpoint_distance = distance > old ? distance : (old * 9 + distance) / 10;
    return engine->checkpoint_distance;
}

void checkpoint_report_done(Engine *engine, const CheckpointReport *report) {
    Pool *pool = &engine->pool;
    uint64_t distance = atomic_load(&engine->redo_lsn) - report->redo_lsn;
    uint64_t estimated = estimate(engine, distance);
    if (!report->wanted)
        return;
    WalSegmentCounts segments;
    wal_segment_counts(engine->wal, &segments);
    uint64_t pages = atomic_load(&pool->writes) - report->pages;
    uint64_t syncs = atomic_load(&pool->syncs) - report->syncs;
    uint64_t sync_us = atomic_load(&pool->sync_us) - report->sync_us;
    uint64_t clean_us = report->clean_us - report->start_us;
    Seconds write = seconds_of(clean_us - MIN(sync_us, clean_us)), sync = seconds_of(sync_us);
    Seconds total = seconds_of(clock_mono_us() - report->start_us);
    Seconds longest = seconds_of(atomic_load(&pool->sync_us_max));
    Seconds average = seconds_of(syncs == 0 ? 0 : sync_us / syncs);
    log_write(
        LOG_LEVEL_LOG,
        "checkpoint complete: wrote %lu buffers (%.1f%%); %lu WAL file(s) added, %lu removed, "
        "%lu recycled; write=%lu.%03lu s, sync=%lu.%03lu s, total=%lu.%03lu s; sync "
        "files=%lu, longest=%lu.%03lu s, average=%lu.%03lu s; distance=%lu kB, "
        "estimate=%lu kB",
        (unsigned long)pages, 100.0 * (double)pages / (double)pool->frame_count,
        (unsigned long)(segments.added - report->segments.added),
        (unsigned long)(segments.removed - report->segments.removed),
        (unsigned long)(segments.recycled - report->segments.recycled), write.whole,
        write.thousandths, sync.whole, sync.thousandths, total.whole, total.thousandths,
        (unsigned long)syncs, longest.whole, longest.thousandths, average.whole,
        average.thousandths, (unsigned long)(distance / 1024), (unsigned long)(estimated / 1024));
}
