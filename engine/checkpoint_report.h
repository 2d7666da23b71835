/*
 * checkpoint_report.h: what the server's log says of a checkpoint (log_checkpoints). Layer: engine, private.
 */
#ifndef ENGINE_CHECKPOINT_REPORT_H
#define ENGINE_CHECKPOINT_REPORT_H

#include "wal/wal.h"

typedef struct Engine Engine;

typedef enum CheckpointCause {
    CHECKPOINT_ASKED,   /* by a statement */
    CHECKPOINT_WAL,     /* half the allowed log */
    CHECKPOINT_EARLY,   /* it is cheap now */
    CHECKPOINT_TIME,    /* checkpoint_timeout */
    CHECKPOINT_RESTART, /* what a restart left is written */
    CHECKPOINT_SHUTDOWN,
} CheckpointCause;

/* Sums before the checkpoint; the report says by how much they grew. */
typedef struct CheckpointReport {
    CheckpointCause cause;
    bool wanted; /* does the log want it? */
    uint64_t start_us, clean_us;
    uint64_t pages, syncs, sync_us;
    WalSegmentCounts segments;
    Lsn redo_lsn;
} CheckpointReport;

void checkpoint_report_start(Engine *engine, CheckpointCause cause, CheckpointReport *report_out);
/* The pages are written. */
void checkpoint_report_cleaned(CheckpointReport *report);
void checkpoint_report_done(Engine *engine, const CheckpointReport *report);

#endif
