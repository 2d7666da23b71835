/*
 * dead.c: what dies with a commit: tombstones, index entries, large values, stores.
 *
 * Each death has a record in the transaction's chain, so a savepoint's rollback undoes it like
 * anything else, and what memory does not hold can be read back:
 *
 *   LEAF_HEADER with WAL_PURGE   a tombstone
 *   TXN_DEAD                     0 kind u8   1 list u8   2 raw_len u32   6 id u64   14 key
 */
#include "mvcc/mvcc_int.h"

#define DEAD_HEAD_BYTES 14u

static Status log_item(Txn *txn, const DeadItem *item, Lsn *lsn_out) {
    uint8_t head[DEAD_HEAD_BYTES];
    head[0] = (uint8_t)item->kind;
    head[1] = item->list;
    store_le32(head + 2, item->raw_len);
    store_le64(head + 6, item->id);
    WalPart parts[2] = {{head, sizeof(head)}, {item->key.data, item->key.len}};
    return txn_append(txn, WAL_TXN_DEAD, 0, item->store, parts, item->key.len > 0 ? 2 : 1, lsn_out);
}

Status dead_add(Txn *txn, const DeadItem *item) {
    DeadItem kept = *item;
    if (item->kind != DEAD_ROW)
        TRY(log_item(txn, item, &kept.lsn));
    txn->purge_flagged = true;
    if (txn->dead.count >= DEAD_LIST_MAX)
        txn->dead_lost = true;
    if (txn->dead_lost && item->kind != DEAD_STORE) /* those say which drops a savepoint undoes */
        return STATUS_OK;
    if (item->key.len > 0)
        kept.key =
            str_make(arena_memdup(&txn->arena, item->key.data, item->key.len), item->key.len);
    vec_push(&txn->dead, &txn->arena, kept);
    return STATUS_OK;
}

void dead_rollback_to(Txn *txn, Lsn mark) {
    while (txn->dead.count > 0 && txn->dead.items[txn->dead.count - 1].lsn > mark) {
        if (txn->dead.items[--txn->dead.count].kind == DEAD_STORE)
            txn->drops.count--;
    }
}

Status dead_decode(const WalRecord *record, Arena *arena, DeadItem *item_out, bool *found_out) {
    *item_out = (DeadItem){.store = record->store, .lsn = record->lsn};
    *found_out = true;
    if (record->kind == WAL_TXN_DEAD) {
        const uint8_t *p = record->payload;
        if (record->payload_len < DEAD_HEAD_BYTES)
            return error(ERR_DATA_CORRUPTED, "log record %llu is damaged",
                         (unsigned long long)record->lsn);
        item_out->kind = (DeadKind)p[0];
        item_out->list = p[1];
        item_out->raw_len = load_le32(p + 2);
        item_out->id = load_le64(p + 6);
        uint32_t key_len = record->payload_len - DEAD_HEAD_BYTES;
        if (key_len > 0)
            item_out->key = str_make(arena_memdup(arena, p + DEAD_HEAD_BYTES, key_len), key_len);
        return STATUS_OK;
    }
    if (record->kind == WAL_LEAF_HEADER && (record->flags & WAL_PURGE)) {
        Str key;
        uint32_t count;
        TRY(btree_record_key(record, arena, &key, &count));
        item_out->kind = DEAD_ROW;
        item_out->id = rowid_of_key(key);
        return STATUS_OK;
    }
    *found_out = false;
    return STATUS_OK;
}
