/*
 * purge.c: removing what nobody can see any more, and the housekeeping fibre.
 *
 *   commit -> queue -> (commit LSN below the horizon) -> removed
 *                `-> too many: only the range of the log is kept, and read again later
 *
 * Correctness never depends on it. Every removal checks that what it finds is what died (a tombstone
 * by its version, an entry by its stamp, a large value by its id), so removing twice is harmless, and
 * after a crash the same range of the log is simply read again. Small transactions keep their dead in
 * memory; for others the queue has only the commit's LSN, and their chain is walked.
 *
 * One purge runs at a time. It excludes the dropping of stores item by item (store_mutex).
 */
#include "mvcc/mvcc_int.h"

#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/stop_point.h"

#define BATCH_ITEMS 512u
#define BLOCKED_SLEEP_US UINT64_C(100000)
#define GATHER_SLEEP_US UINT64_C(10000)
#define START_DELAY_US UINT64_C(1000000)

/* ---- the queue ---- */

void purge_init(Mvcc *mvcc) {
    PurgeQueue *queue = &mvcc->purge;
    list_init(&queue->entries);
    queue->reread_from = queue->reread_begin = queue->scan_begin = LSN_MAX;
}

void purge_destroy(Mvcc *mvcc) {
    LIST_FOREACH_SAFE(node, next, &mvcc->purge.entries) {
        PurgeEntry *entry = LIST_ENTRY(node, PurgeEntry, link);
        mem_free(&mvcc->account, entry, entry->bytes);
    }
}

void purge_wake(Mvcc *mvcc) {
    PurgeQueue *queue = &mvcc->purge;
    if (!mvcc->background)
        return;
    latch_lock(&queue->latch);
    if (queue->asleep) {
        queue->asleep = false;
        fiber_unpark(queue->sleeper);
    }
    latch_unlock(&queue->latch);
}

static void extend_reread(PurgeQueue *queue, Lsn from, Lsn to, Lsn begin_lsn) {
    queue->reread_from = MIN(queue->reread_from, from);
    queue->reread_to = MAX(queue->reread_to, to);
    queue->reread_begin = MIN(queue->reread_begin, begin_lsn);
}

void purge_reread(Mvcc *mvcc, Lsn from, Lsn to, Lsn begin_lsn) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    extend_reread(queue, from, to, begin_lsn);
    latch_unlock(&queue->latch);
    purge_wake(mvcc);
}

/* Takes the entry, or (false) leaves its commit to be read again. */
static bool enqueue(Mvcc *mvcc, PurgeEntry *entry) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    bool full = queue->reread_from != LSN_MAX || queue->count >= PURGE_QUEUE_ENTRIES;
    if (full) {
        extend_reread(queue, entry->commit_lsn, entry->commit_lsn, entry->begin_lsn);
    } else {
        list_push_back(&queue->entries, &entry->link);
        queue->bytes += entry->bytes;
        queue->count++;
    }
    latch_unlock(&queue->latch);
    if (full)
        mem_free(&mvcc->account, entry, entry->bytes);
    return !full;
}

static PurgeEntry *entry_make(Mvcc *mvcc, Lsn commit_lsn, Lsn begin_lsn, const DeadList *dead) {
    size_t bytes = sizeof(PurgeEntry), count = dead == NULL ? 0 : dead->count;
    for (size_t i = 0; i < count; i++)
        bytes += sizeof(DeadItem) + dead->items[i].key.len;
    PurgeEntry *entry = mem_alloc(&mvcc->account, bytes);
    *entry = (PurgeEntry){.commit_lsn = commit_lsn,
                          .begin_lsn = begin_lsn,
                          .next_lsn = commit_lsn,
                          .item_count = count,
                          .bytes = bytes};
    if (dead == NULL)
        return entry;
    entry->items = (DeadItem *)(entry + 1);
    char *keys = (char *)(entry->items + count);
    for (size_t i = 0; i < count; i++) {
        DeadItem *item = &entry->items[i];
        *item = dead->items[i];
        if (item->key.len == 0)
            continue;
        memcpy(keys, item->key.data, item->key.len);
        item->key.data = keys;
        keys += item->key.len;
    }
    return entry;
}

void purge_enqueue(Txn *txn, Lsn commit_lsn) {
    Mvcc *mvcc = txn->mvcc;
    if (!txn->dead_lost && txn->dead.count == 0)
        return;
    bool in_memory = !txn->dead_lost && mvcc->purge.bytes < PURGE_QUEUE_BYTES;
    enqueue(mvcc, entry_make(mvcc, commit_lsn, atomic_load(&txn->begin_lsn),
                             in_memory ? &txn->dead : NULL));
    purge_wake(mvcc);
}

Lsn purge_lsn(Mvcc *mvcc) {
    PurgeQueue *queue = &mvcc->purge;
    Lsn lowest = LSN_MAX;
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++)
        lowest = MIN(lowest, atomic_load(&txn_at(mvcc, i)->finishing_lsn));
    latch_lock(&queue->latch);
    lowest = MIN(lowest, MIN(queue->reread_begin, queue->scan_begin));
    LIST_FOREACH(node, &queue->entries)
        lowest = MIN(lowest, LIST_ENTRY(node, PurgeEntry, link)->begin_lsn);
    latch_unlock(&queue->latch);
    return lowest;
}

/* ---- removing ---- */

static Status remove_row(Mvcc *mvcc, Btree *tree, const DeadItem *item) {
    uint8_t key[8];
    BtreeLeaf leaf;
    TRY(btree_write_begin(tree, rowid_key(item->id, key), &leaf));
    if (leaf.found) {
        RowHeader header = row_header_load(btree_leaf_value(&leaf).data);
        if ((header.flags & ROW_DELETED) && header.undo_lsn == item->lsn) {
            WriteContext context = {.xid = XID_INVALID};
            btree_leaf_remove(&leaf, &context);
        }
    }
    btree_write_end(&leaf);
    return STATUS_OK;
}

/* Is the transaction that stamped an entry still running? It may yet take the stamp back. */
static bool stamper_runs(Mvcc *mvcc, Lsn stamp) {
    Arena arena;
    WalRecord record;
    arena_init(&arena, &mvcc->account);
    Status status = wal_read(mvcc->wal, stamp, &arena, &record);
    bool runs = status_ok(status) && record.kind == WAL_TXN_ENTRY &&
                xid_running(xid_state(mvcc, record.xid));
    status_free(status); /* gone: it ended long ago */
    arena_destroy(&arena);
    return runs;
}

static Status remove_entry(Mvcc *mvcc, Btree *tree, const DeadItem *item, bool *defer_out) {
    EntryChange change = {.tree = tree,
                          .key = item->key,
                          .list = item->list,
                          .rowid = item->id,
                          .stamp_max = mvcc->faults.purge_ignores_stamps ? LSN_MAX : item->lsn - 1};
    TRY(index_take_out(&change));
    *defer_out = !change.done && change.stamp > item->lsn && stamper_runs(mvcc, change.stamp);
    return STATUS_OK;
}

/* defer_out: not yet. */
static Status purge_item(Mvcc *mvcc, const DeadItem *item, bool *defer_out) {
    *defer_out = false;
    if (item->kind == DEAD_STORE)
        return mvcc_drop_store(mvcc, item->store);
    Status status = STATUS_OK;
    Btree *tree;
    fiber_mutex_lock(&mvcc->store_mutex);
    if (engine_store_exists(mvcc->engine, item->store)) {
        if (item->kind == DEAD_BLOB) {
            BlobRef ref = {.store = item->store, .raw_len = item->raw_len, .id = item->id};
            status = blob_free(mvcc->engine, &ref);
        } else {
            status = engine_store_open(mvcc->engine, item->store, &tree);
            if (status_ok(status))
                status = item->kind == DEAD_ROW ? remove_row(mvcc, tree, item)
                                                : remove_entry(mvcc, tree, item, defer_out);
        }
    }
    fiber_mutex_unlock(&mvcc->store_mutex);
    return status;
}

/* The next item of an entry; *found_out false: that was all. */
static Status next_item(PurgeEntry *entry, WalCursor *cursor, Arena *scratch, DeadItem *item_out,
                        bool *found_out) {
    *found_out = false;
    if (entry->items != NULL) {
        if (entry->next_item < entry->item_count) {
            *item_out = entry->items[entry->next_item++];
            *found_out = true;
        }
        return STATUS_OK;
    }
    while (!*found_out && entry->next_lsn != LSN_INVALID) {
        WalRecord record;
        arena_reset(scratch);
        Status status = wal_cursor_read(cursor, entry->next_lsn, &record);
        if (!status_ok(status) && status.error->state == ERR_UNDEFINED_FILE) {
            /* The log is kept for whatever is unfinished: this one was done before a restart. */
            status_free(status);
            entry->next_lsn = LSN_INVALID;
            break;
        }
        TRY(status);
        if (record.flags & WAL_COMPENSATION) {
            if (record.payload_len < 6)
                return error(ERR_DATA_CORRUPTED, "log record %llu is too short",
                             (unsigned long long)record.lsn);
            entry->next_lsn = load_le48(record.payload);
            continue;
        }
        entry->next_lsn = record.prev_txn_lsn;
        TRY(dead_decode(&record, scratch, item_out, found_out));
    }
    return STATUS_OK;
}

static PurgeEntry *queue_head(Mvcc *mvcc) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    PurgeEntry *entry =
        list_empty(&queue->entries) ? NULL : LIST_ENTRY(queue->entries.next, PurgeEntry, link);
    latch_unlock(&queue->latch);
    return entry;
}

static void queue_pop(Mvcc *mvcc, PurgeEntry *entry) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    list_remove(&entry->link);
    queue->bytes -= entry->bytes;
    queue->count--;
    latch_unlock(&queue->latch);
    mem_free(&mvcc->account, entry, entry->bytes);
}

/* ---- reading the log again ---- */

/* Queues the commits in [from, to] that left something; stops where the queue is full. */
static Status scan_commits(Mvcc *mvcc, Lsn from, Lsn to, Lsn begin_lsn, Arena *scratch) {
    WalReader *reader;
    from = MAX(from, wal_oldest_lsn(mvcc->wal));
    TRY(wal_wait_durable(mvcc->wal, to));
    TRY(wal_reader_open(mvcc->wal, from, scratch, &reader));
    Status status = STATUS_OK;
    for (bool more = true; more;) {
        WalRecord record;
        status = wal_reader_next(reader, &record, &more);
        if (!status_ok(status) || !more || record.lsn > to)
            break;
        if (record.kind == WAL_TXN_COMMIT && (record.flags & WAL_PURGE)) {
            PurgeEntry *entry = entry_make(mvcc, record.lsn, begin_lsn, NULL);
            if (!enqueue(mvcc, entry)) {
                purge_reread(mvcc, record.lsn, to, begin_lsn);
                break;
            }
        }
        fiber_yield_if_due();
    }
    wal_reader_close(reader);
    return status;
}

static Status reread(Mvcc *mvcc, Arena *scratch) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    Lsn from = queue->reread_from, to = queue->reread_to;
    Lsn begin_lsn = queue->scan_begin = queue->reread_begin;
    queue->reread_from = queue->reread_begin = LSN_MAX;
    queue->reread_to = 0;
    latch_unlock(&queue->latch);
    if (from == LSN_MAX)
        return STATUS_OK;
    Status status = scan_commits(mvcc, from, to, begin_lsn, scratch);
    latch_lock(&queue->latch);
    if (!status_ok(status))
        extend_reread(queue, from, to, begin_lsn);
    queue->scan_begin = LSN_MAX;
    latch_unlock(&queue->latch);
    return status;
}

/* ---- purging ---- */

static Status purge_entries(Mvcc *mvcc, uint32_t item_max, WalCursor *cursor, Arena *scratch,
                            uint32_t *done_out) {
    Lsn horizon = mvcc->faults.purge_ignores_horizon ? LSN_MAX : horizon_refresh(mvcc);
    while (*done_out < item_max) {
        PurgeEntry *entry = queue_head(mvcc);
        if (entry == NULL || entry->commit_lsn >= horizon)
            break;
        DeadItem item;
        bool found;
        size_t this_item = entry->next_item;
        Lsn this_lsn = entry->next_lsn;
        TRY(next_item(entry, cursor, scratch, &item, &found));
        STOP_POINT("purge_before_item");
        if (!found) {
            queue_pop(mvcc, entry);
            continue;
        }
        bool defer;
        Status status = purge_item(mvcc, &item, &defer);
        if (defer) {
            DeadList one = {.items = &item, .count = 1};
            enqueue(mvcc, entry_make(mvcc, wal_append_lsn(mvcc->wal), entry->begin_lsn, &one));
        }
        if (!status_ok(status)) {
            entry->next_item = this_item; /* another time */
            entry->next_lsn = this_lsn;
            return status;
        }
        ++*done_out;
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

Status mvcc_purge(Mvcc *mvcc, uint32_t item_max, uint32_t *done_out) {
    Arena scratch, records;
    *done_out = 0;
    xid_advance(mvcc);
    kept_refresh(mvcc);
    arena_init(&scratch, &mvcc->account);
    arena_init(&records, &mvcc->account);
    WalCursor *cursor = wal_cursor_open(mvcc->wal, &records);
    Status status = purge_entries(mvcc, item_max, cursor, &scratch, done_out);
    if (status_ok(status) && *done_out < item_max && queue_head(mvcc) == NULL) {
        status = reread(mvcc, &scratch);
        if (status_ok(status))
            status = purge_entries(mvcc, item_max, cursor, &scratch, done_out);
    }
    arena_destroy(&scratch);
    arena_destroy(&records);
    xid_recycle(mvcc);
    return status;
}

/* Until there is something to do, or a while where it must wait for a snapshot to go. */
static void sleep_until_work(Mvcc *mvcc) {
    PurgeQueue *queue = &mvcc->purge;
    latch_lock(&queue->latch);
    bool blocked = queue->count > 0 || queue->reread_from != LSN_MAX;
    queue->sleeper = fiber_self_ref();
    queue->asleep = !blocked && !atomic_load(&mvcc->stopping) && !atomic_load(&mvcc->flush_wanted);
    bool idle = queue->asleep;
    latch_unlock(&queue->latch);
    uint64_t sleep_us =
        blocked && !atomic_load(&mvcc->flush_wanted) ? BLOCKED_SLEEP_US : GATHER_SLEEP_US;
    fiber_park_uninterruptible(idle ? DEADLINE_NONE : clock_mono_us() + sleep_us);
}

/* After a start the first clients come first: what a crash left unpurged means reading the log. */
void housekeeping(void *arg) {
    Mvcc *mvcc = arg;
    bool complained = false;
    uint64_t purge_from_us = clock_mono_us() + START_DELAY_US;
    while (!atomic_load(&mvcc->stopping)) {
        uint32_t done = 0;
        Status status = STATUS_OK;
        if (clock_mono_us() >= purge_from_us)
            status = mvcc_purge(mvcc, BATCH_ITEMS, &done);
        if (!status_ok(status) && !complained)
            log_error(LOG_LEVEL_WARNING, status, NULL);
        complained = !status_ok(status);
        status_free(status);
        if (atomic_exchange(&mvcc->flush_wanted, false))
            wal_kick(mvcc->wal);
        if (done == BATCH_ITEMS && !complained)
            fiber_yield();
        else
            sleep_until_work(mvcc);
    }
    fiber_group_done(&mvcc->housekeeper);
}
