/* checkpoint.h: CHECKPOINT records read again. Layer: engine, private. */
#ifndef ENGINE_CHECKPOINT_H
#define ENGINE_CHECKPOINT_H

#include "engine/engine_int.h"

typedef struct CheckpointPart {
    uint32_t part, part_count;
    Lsn redo_lsn, purge_lsn;
    Xid next_xid;
    uint64_t counters[COUNTER_COUNT];
    uint32_t txn_count;
    const uint8_t *txns;
} CheckpointPart;

/* False where the payload is none. Points into it. */
bool checkpoint_decode(const WalRecord *record, CheckpointPart *out);
RecoveryTxn checkpoint_txn(const CheckpointPart *part, uint32_t i);

#endif
