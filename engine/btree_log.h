/*
 * btree_log.h: payloads of the leaf records. Layer: engine, private.
 *
 * aux is the slot. WAL_COMPENSATION: the payload starts with undo_next u48. WAL_STAMP: the row
 * header's undo_lsn, wherever a new header stands below, is to be the record's own LSN.
 *
 *   LEAF_INSERT       key length u16, key, value
 *   LEAF_REMOVE       the same; value: what stood there
 *   LEAF_INSERT_MANY  first rowid u64, count u16, count lengths u16, values
 *   LEAF_HEADER       key length u16, key, old header (14 bytes), new header
 *   LEAF_UPDATE       key length u16, key, offset u16, old length u16, new length u16, headers u8,
 *                     headers = 1: old header, new header (14 bytes each),
 *                     old middle, new middle
 *     The value's bytes [offset, offset + old length) become the new middle, the rest stays. With
 *     headers the middle lies behind them.
 */
#ifndef ENGINE_BTREE_LOG_H
#define ENGINE_BTREE_LOG_H

#include "engine/engine_int.h"

typedef struct LeafRecord {
    Str key;
    Str value;
    uint64_t first_rowid; /* LEAF_INSERT_MANY */
    uint32_t count;
    const uint8_t *lens;
    const uint8_t *old_header, *new_header; /* NULL: none */
    uint32_t offset;
    Str old_middle, new_middle;
} LeafRecord;

/* False where the payload is no leaf record's. Points into the payload. */
bool leaf_record_decode(const WalRecord *record, LeafRecord *out);

/* The change itself, on a latched page: the same when it is made and when it is redone.
 * NULL, or why it does not fit. */
const char *leaf_record_apply(Page *page, const WalRecord *record, const LeafRecord *leaf, Lsn lsn,
                              Page *scratch);

#endif
