/*
 * xid.c: what is known of each transaction id.
 *
 * Only a window of ids needs an answer: those at or above the floor, and those that some snapshot
 * found running. They lie in chunks of 4,096 behind a ring of pointers; everything else was finished
 * before every snapshot, and a look-up never comes to it.
 *
 * I1 The chunk of an id stands in the directory before the id is given out.
 * I2 An id leaves RUNNING only through COMMITTING (the commit record is being appended; readers spin
 *    a few dozen nanoseconds) or to ABORTED (after every row was reverted).
 * I3 The floor passes committed ids only once their commit is durable, so a snapshot at the durable
 *    LSN that was read after the floor sees all of them.
 * I4 A chunk is recycled when the floor has passed it and no snapshot at or below its lsn_max looks
 *    at it. Chunks are never unmapped: a reader checks `base` again after it has read.
 */
#include "mvcc/mvcc_int.h"

#define CHUNK_BASE(xid) ((xid) & ~(Xid)(XID_CHUNK - 1))

static _Atomic(XidChunk *) *directory_cell(const XidTable *xids, Xid xid) {
    return &xids->directory[xid / XID_CHUNK % XID_DIRECTORY];
}

static XidChunk *chunk_take(Mvcc *mvcc) {
    XidTable *xids = &mvcc->xids;
    XidChunk *chunk = xids->free;
    if (chunk != NULL) {
        xids->free = chunk->next_free;
        return chunk;
    }
    chunk = mem_try_alloc(&mvcc->account, sizeof(XidChunk));
    if (chunk == NULL)
        return NULL;
    memset(chunk, 0, sizeof(*chunk));
    chunk->next_made = xids->made;
    xids->made = chunk;
    return chunk;
}

static _Atomic uint64_t *abort_word(const XidTable *xids, Xid xid) {
    return &xids->aborts[xid % XID_ABORTS_KEPT / 64];
}

/* Makes the chunk for xid stand in the directory, each slot with that state. */
static Status chunk_make(Mvcc *mvcc, Xid xid, uint64_t state) {
    XidTable *xids = &mvcc->xids;
    _Atomic(XidChunk *) *cell = directory_cell(xids, xid);
    Status status = STATUS_OK;
    latch_lock(&xids->chunk_latch);
    /* Somebody else made it, gave its ids out, and it may be gone again. */
    if (state == XID_STATE_RUNNING && atomic_load(&xids->next) != xid)
        goto done;
    XidChunk *old = atomic_load(cell);
    if (old != NULL && atomic_load(&old->base) == CHUNK_BASE(xid) + 1)
        goto done;
    if (old != NULL) {
        status = error(ERR_PROGRAM_LIMIT_EXCEEDED,
                       "database is not accepting commands: a transaction or snapshot has been "
                       "open for too long");
        goto done;
    }
    XidChunk *chunk = chunk_take(mvcc);
    if (chunk == NULL) {
        status = status_out_of_memory();
        goto done;
    }
    chunk->lsn_max = 0;
    for (uint32_t i = 0; i < XID_CHUNK; i++) {
        atomic_store_explicit(&chunk->slots[i].state, state, memory_order_relaxed);
        atomic_store_explicit(&chunk->slots[i].begin_lsn, 0, memory_order_relaxed);
        atomic_store_explicit(&chunk->slots[i].txn, NULL, memory_order_relaxed);
    }
    for (Xid of = CHUNK_BASE(xid); state == XID_STATE_RUNNING && of < CHUNK_BASE(xid) + XID_CHUNK;
         of += 64)
        atomic_store_explicit(abort_word(xids, of), 0, memory_order_relaxed);
    /* base is offset by one so that 0 means free even for the chunk of xid 0 */
    atomic_store(&chunk->base, CHUNK_BASE(xid) + 1);
    atomic_store(cell, chunk);
done:
    latch_unlock(&xids->chunk_latch);
    return status;
}

Status xid_table_init(Mvcc *mvcc, Xid next, Xid floor, Lsn floor_lsn) {
    XidTable *xids = &mvcc->xids;
    size_t bytes = XID_DIRECTORY * sizeof(*xids->directory);
    xids->directory = mem_alloc(&mvcc->account, bytes);
    memset((void *)xids->directory, 0, bytes);
    xids->aborts = mem_alloc(&mvcc->account, XID_ABORTS_KEPT / 8);
    memset((void *)xids->aborts, 0, XID_ABORTS_KEPT / 8);
    atomic_store(&xids->next, next);
    atomic_store(&xids->known_from, next);
    atomic_store(&xids->floor, floor);
    atomic_store(&xids->floor_lsn, floor_lsn);
    /* The first chunk: what lies below next in it was finished before the start. */
    TRY(chunk_make(mvcc, next, XID_STATE_COMMITTED));
    for (Xid xid = next; xid < CHUNK_BASE(next) + XID_CHUNK; xid++)
        atomic_store(&xid_slot(mvcc, xid)->state, XID_STATE_RUNNING);
    return STATUS_OK;
}

void xid_table_destroy(Mvcc *mvcc) {
    XidTable *xids = &mvcc->xids;
    for (XidChunk *chunk = xids->made; chunk != NULL;) {
        XidChunk *next = chunk->next_made;
        mem_free(&mvcc->account, chunk, sizeof(*chunk));
        chunk = next;
    }
    if (xids->directory != NULL)
        mem_free(&mvcc->account, (void *)xids->directory, XID_DIRECTORY * sizeof(*xids->directory));
    if (xids->aborts != NULL)
        mem_free(&mvcc->account, (void *)xids->aborts, XID_ABORTS_KEPT / 8);
}

Status xid_table_cover(Mvcc *mvcc, Xid xid) { return chunk_make(mvcc, xid, XID_STATE_COMMITTED); }

void xid_restore(Mvcc *mvcc, Txn *txn, Xid xid, Lsn begin_lsn) {
    XidSlot *slot = xid_slot(mvcc, xid);
    check(slot != NULL);
    atomic_store(&slot->txn, txn);
    atomic_store(&slot->begin_lsn, begin_lsn);
    atomic_store(&slot->state, XID_STATE_RUNNING);
}

Status xid_new(Mvcc *mvcc, Txn *txn, Xid *xid_out) {
    XidTable *xids = &mvcc->xids;
    *xid_out = XID_INVALID;
    /* Read before the id is given out: every record of this id and of later ones lies above. */
    Lsn begin_lsn = wal_append_lsn(mvcc->wal);
    atomic_store(&txn->begin_lsn, begin_lsn);
    Xid xid = atomic_load(&xids->next);
    for (;;) {
        if (xid % XID_CHUNK == 0)
            TRY(chunk_make(mvcc, xid, XID_STATE_RUNNING));
        if (atomic_compare_exchange_weak(&xids->next, &xid, xid + 1))
            break;
    }
    XidSlot *slot = xid_slot(mvcc, xid);
    atomic_store(&slot->txn, txn);
    atomic_store(&slot->begin_lsn, begin_lsn);
    *xid_out = xid;
    return STATUS_OK;
}

XidSlot *xid_slot(Mvcc *mvcc, Xid xid) {
    XidChunk *chunk = atomic_load_explicit(directory_cell(&mvcc->xids, xid), memory_order_acquire);
    if (chunk == NULL ||
        atomic_load_explicit(&chunk->base, memory_order_acquire) != CHUNK_BASE(xid) + 1)
        return NULL;
    return &chunk->slots[xid % XID_CHUNK];
}

/* Not by the floor: a snapshot older than that must learn the CSN. */
uint64_t xid_state(Mvcc *mvcc, Xid xid) {
    for (;;) {
        XidSlot *slot = xid_slot(mvcc, xid);
        if (slot == NULL)
            return XID_STATE_COMMITTED;
        uint64_t state = atomic_load_explicit(&slot->state, memory_order_acquire);
        if (UNLIKELY((state & XID_STATE_MASK) == XID_STATE_COMMITTING)) {
            __builtin_ia32_pause();
            continue;
        }
        atomic_thread_fence(memory_order_acquire);
        if (UNLIKELY(xid_slot(mvcc, xid) != slot))
            return XID_STATE_COMMITTED;
        return state;
    }
}

uint64_t xid_set_state(Mvcc *mvcc, Xid xid, uint64_t state) {
    XidSlot *slot = xid_slot(mvcc, xid);
    check(slot != NULL);
    if (UNLIKELY((state & XID_STATE_MASK) == XID_STATE_ABORTED))
        atomic_fetch_or(abort_word(&mvcc->xids, xid), 1ull << xid % 64);
    return atomic_exchange(&slot->state, state);
}

/* Passes finished ids; returns where it stops. */
static Xid floor_find(Mvcc *mvcc, Xid floor, Xid next, Lsn durable) {
    while (floor < next) {
        XidChunk *chunk = atomic_load(directory_cell(&mvcc->xids, floor));
        if (chunk == NULL || atomic_load(&chunk->base) != CHUNK_BASE(floor) + 1) {
            floor = MIN(CHUNK_BASE(floor) + XID_CHUNK, next);
            continue;
        }
        uint64_t state = atomic_load(&chunk->slots[floor % XID_CHUNK].state);
        uint64_t kind = state & XID_STATE_MASK;
        if (kind != XID_STATE_ABORTED && !(kind == XID_STATE_COMMITTED && XID_LSN(state) < durable))
            break;
        chunk->lsn_max = MAX(chunk->lsn_max, XID_LSN(state));
        floor++;
    }
    return floor;
}

void xid_advance(Mvcc *mvcc) {
    XidTable *xids = &mvcc->xids;
    if (!latch_try_lock(&xids->advance_latch))
        return;
    Lsn append_lsn = wal_append_lsn(mvcc->wal);
    Lsn durable = wal_durable_lsn(mvcc->wal);
    Xid next = atomic_load(&xids->next);
    Xid old = atomic_load(&xids->floor);
    Xid floor = floor_find(mvcc, old, next, durable);
    Lsn floor_lsn = append_lsn;
    if (floor < next) {
        XidSlot *slot = xid_slot(mvcc, floor);
        floor_lsn = slot == NULL ? 0 : atomic_load(&slot->begin_lsn);
    }
    if (floor != old)
        atomic_store(&xids->floor, floor);
    if (floor_lsn > atomic_load(&xids->floor_lsn))
        atomic_store(&xids->floor_lsn, floor_lsn);
    latch_unlock(&xids->advance_latch);
}

/* Does a snapshot of some transaction still look at the chunk? */
static bool chunk_needed(Mvcc *mvcc, const XidChunk *chunk, Xid base) {
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        Txn *txn = txn_at(mvcc, i);
        if (atomic_load(&txn->pin_lsn) <= chunk->lsn_max && atomic_load(&txn->pin_xmax) > base)
            return true;
    }
    return false;
}

void xid_recycle(Mvcc *mvcc) {
    XidTable *xids = &mvcc->xids;
    if (!latch_try_lock(&xids->advance_latch))
        return;
    Xid floor = atomic_load(&xids->floor);
    /* New snapshots are at or above the candidate: what they need is finished below it. */
    Lsn candidate = atomic_load(&mvcc->candidate);
    latch_lock(&xids->chunk_latch);
    for (XidChunk *chunk = xids->made; chunk != NULL; chunk = chunk->next_made) {
        Xid tagged = atomic_load(&chunk->base);
        if (tagged == 0 || tagged - 1 + XID_CHUNK > floor || chunk->lsn_max >= candidate ||
            chunk_needed(mvcc, chunk, tagged - 1))
            continue;
        atomic_store(directory_cell(xids, tagged - 1), NULL);
        atomic_store(&chunk->base, 0);
        chunk->next_free = xids->free;
        xids->free = chunk;
    }
    latch_unlock(&xids->chunk_latch);
    latch_unlock(&xids->advance_latch);
}

XidStatus mvcc_xid_status(Mvcc *mvcc, Xid xid) {
    const XidTable *xids = &mvcc->xids;
    if (xid >= atomic_load(&xids->next) || xid_running(xid_state(mvcc, xid)))
        return XID_IN_PROGRESS;
    /* The word may be a later id's already: read before `next` is. */
    bool aborted = atomic_load(abort_word(xids, xid)) >> xid % 64 & 1;
    if (xid < atomic_load(&xids->known_from) ||
        xid + XID_ABORTS_KEPT - XID_CHUNK <= atomic_load(&xids->next))
        return XID_TOO_OLD;
    return aborted ? XID_ABORTED : XID_COMMITTED;
}

void mvcc_forget_finished(Mvcc *mvcc) {
    atomic_store(&mvcc->xids.known_from, atomic_load(&mvcc->xids.next));
}

Xid mvcc_next_xid(Mvcc *mvcc) { return atomic_load(&mvcc->xids.next); }

int32_t mvcc_xid_owner(Mvcc *mvcc, Xid xid) {
    if (xid >= atomic_load(&mvcc->xids.next) || !xid_running(xid_state(mvcc, xid)))
        return 0;
    XidSlot *slot = xid_slot(mvcc, xid);
    Txn *txn = slot == NULL ? NULL : atomic_load(&slot->txn);
    return txn != NULL && txn_own_xid(txn) == xid ? atomic_load(&txn->process_id) : 0;
}

Status mvcc_in_progress(Mvcc *mvcc, const Snapshot *snapshot, Arena *arena, const Xid **xids_out,
                        size_t *count_out) {
    VEC(Xid) running = {0};
    for (Xid xid = snapshot->xmin; xid < snapshot->xmax; xid++) {
        uint64_t state = xid_state(mvcc, xid);
        bool seen =
            (state & XID_STATE_MASK) == XID_STATE_ABORTED ||
            ((state & XID_STATE_MASK) == XID_STATE_COMMITTED && XID_LSN(state) < snapshot->lsn);
        if (!seen)
            vec_push(&running, arena, xid);
    }
    *xids_out = running.items;
    *count_out = running.count;
    return arena_check(arena);
}
