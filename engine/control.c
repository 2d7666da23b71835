/*
 * control.c: where the newest checkpoint is.
 *
 *   block, 4 KiB        offset  bytes
 *     magic             0       8
 *     version           8       4
 *     CRC-32C of 16..   12      4
 *     sequence          16      8
 *     system id         24      8
 *     redo LSN          32      8
 *     checkpoint LSN    40      8
 *     next xid          48      8
 *     purge LSN         56      8
 *     log segment bytes 64      8
 *     pages in the file 72      4
 *     shut down         76      4    1: an orderly end, nothing was logged after it
 *     counters          80      8 each
 *     time              208     8    us since 1970
 *
 * Sequence n goes to block n % 2, so the block that counts is never the one being written.
 */
#include "base/hash.h"
#include "engine/engine_int.h"

#define CONTROL_MAGIC UINT64_C(0x314c5254434d4e50)
#define CONTROL_VERSION 1u
#define CONTROL_BLOCK_BYTES 4096u

typedef struct ControlBlock {
    uint64_t magic;
    uint32_t version;
    uint32_t crc;
    uint64_t sequence;
    uint64_t system_id;
    uint64_t redo_lsn;
    uint64_t checkpoint_lsn;
    uint64_t next_xid;
    uint64_t purge_lsn;
    uint64_t wal_segment_bytes;
    uint32_t file_pages;
    uint32_t shut_down;
    uint64_t counters[COUNTER_COUNT];
    int64_t time_us;
    uint8_t rest[CONTROL_BLOCK_BYTES - 88 - 8 * COUNTER_COUNT];
} ControlBlock;
_Static_assert(sizeof(ControlBlock) == CONTROL_BLOCK_BYTES, "on-disk size");

static uint32_t block_crc(const ControlBlock *block) {
    return crc32c(0, (const char *)block + 16, CONTROL_BLOCK_BYTES - 16);
}

Status control_write(File *file, const ControlState *state) {
    ControlBlock block = {.magic = CONTROL_MAGIC,
                          .version = CONTROL_VERSION,
                          .sequence = state->sequence,
                          .system_id = state->system_id,
                          .redo_lsn = state->redo_lsn,
                          .checkpoint_lsn = state->checkpoint_lsn,
                          .next_xid = state->next_xid,
                          .purge_lsn = state->purge_lsn,
                          .wal_segment_bytes = state->wal_segment_bytes,
                          .file_pages = state->file_pages,
                          .shut_down = state->shut_down,
                          .time_us = state->time_us};
    memcpy(block.counters, state->counters, sizeof(block.counters));
    block.crc = block_crc(&block);
    return file_write_durable(file, &block, sizeof(block),
                              state->sequence % 2 * CONTROL_BLOCK_BYTES);
}

static bool block_sound(const ControlBlock *block) {
    return block->magic == CONTROL_MAGIC && block->crc == block_crc(block);
}

Status control_read(File *file, Arena *arena, ControlState *state_out) {
    *state_out = (ControlState){0};
    ControlBlock *blocks = arena_zalloc(arena, 2 * sizeof(ControlBlock));
    size_t len;
    TRY(file_read_some(file, blocks, 2 * sizeof(ControlBlock), 0, &len));
    const ControlBlock *best = NULL;
    for (unsigned i = 0; i < 2; i++)
        if (block_sound(&blocks[i]) && (best == NULL || blocks[i].sequence > best->sequence))
            best = &blocks[i];
    if (best == NULL)
        return error(ERR_DATA_CORRUPTED, "control file \"%s\" is damaged", file_path(file));
    if (best->version != CONTROL_VERSION)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "database files are incompatible with server: format %u, expected %u",
                     best->version, CONTROL_VERSION);
    *state_out = (ControlState){.system_id = best->system_id,
                                .sequence = best->sequence,
                                .redo_lsn = best->redo_lsn,
                                .checkpoint_lsn = best->checkpoint_lsn,
                                .next_xid = best->next_xid,
                                .purge_lsn = best->purge_lsn,
                                .file_pages = best->file_pages,
                                .shut_down = best->shut_down != 0,
                                .time_us = best->time_us,
                                .wal_segment_bytes = best->wal_segment_bytes};
    memcpy(state_out->counters, best->counters, sizeof(best->counters));
    return STATUS_OK;
}
