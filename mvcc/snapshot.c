/*
 * snapshot.c: taking snapshots, and the horizon below which nobody looks.
 *
 * A snapshot is four loads, one store and one check, without a latch. Its transaction publishes the
 * lowest LSN that it may read at (pin_lsn); the horizon is the minimum over all transactions. The
 * race between publishing and scanning is Dekker's:
 *
 *   taker    pin := durable; fence; if candidate > pin then start again
 *   scanner  candidate := durable; fence; read every pin
 *
 * Either the scanner sees the pin, or the taker sees the candidate and takes a later LSN. So
 *
 * I1 no snapshot, existing or future, is below `candidate` unless the scan saw its pin;
 * I2 the horizon never retreats and no snapshot is below it.
 *
 * Undo: what a snapshot may have to undo was written by ids at or above its xmin, hence lies at or
 * above the floor_lsn that was read before xmin: pin_undo holds the log that far back, by the same
 * play with undo_candidate.
 *
 * Snapshots read at the durable LSN. Where the transaction depends on commits that are not durable
 * yet (its session's own asynchronous ones, those that it waited for, DDL), it reads as far as that,
 * and its end waits for them.
 */
#include "mvcc/mvcc_int.h"

static void pin_publish(Txn *txn, Lsn lsn, Lsn undo_lsn, Xid xmax) {
    if (undo_lsn < atomic_load_explicit(&txn->pin_undo, memory_order_relaxed))
        atomic_store_explicit(&txn->pin_undo, undo_lsn, memory_order_relaxed);
    if (xmax > atomic_load_explicit(&txn->pin_xmax, memory_order_relaxed))
        atomic_store_explicit(&txn->pin_xmax, xmax, memory_order_relaxed);
    if (lsn > atomic_load_explicit(&txn->pin_high, memory_order_relaxed))
        atomic_store_explicit(&txn->pin_high, lsn, memory_order_relaxed);
    Lsn pin = atomic_load_explicit(&txn->pin_lsn, memory_order_relaxed);
    atomic_store_explicit(&txn->pin_lsn, MIN(pin, lsn), memory_order_seq_cst);
}

static Lsn snapshot_lsn(Txn *txn) {
    Mvcc *mvcc = txn->mvcc;
    Lsn see = atomic_load_explicit(&mvcc->see_lsn, memory_order_acquire);
    if (txn->depends_lsn > see)
        see = txn->depends_lsn;
    if (txn->session_lsn != NULL && *txn->session_lsn > see)
        see = *txn->session_lsn;
    Lsn durable = wal_durable_lsn(mvcc->wal);
    if (LIKELY(see < durable))
        return durable;
    txn_depend(txn, see);
    return see + 1;
}

static void snapshot_take(Txn *txn, Snapshot *snapshot_out, Lsn *undo_out) {
    Mvcc *mvcc = txn->mvcc;
    for (;;) {
        Lsn undo = atomic_load_explicit(&mvcc->xids.floor_lsn, memory_order_acquire);
        Xid xmin = atomic_load_explicit(&mvcc->xids.floor, memory_order_acquire);
        Lsn lsn = snapshot_lsn(txn);
        Xid xmax = atomic_load_explicit(&mvcc->xids.next, memory_order_acquire);
        pin_publish(txn, lsn, undo, xmax);
        if (UNLIKELY(atomic_load_explicit(&mvcc->candidate, memory_order_seq_cst) > lsn ||
                     atomic_load_explicit(&mvcc->undo_candidate, memory_order_seq_cst) > undo))
            continue;
        snapshot_out->lsn = lsn;
        snapshot_out->xmin = xmin;
        snapshot_out->xmax = xmax;
        *undo_out = undo;
        return;
    }
}

/* The pins of what is still held. */
static void pin_recompute(Txn *txn) {
    Lsn lsn = LSN_MAX, high = 0, undo = LSN_MAX;
    Xid xmax = 0;
    if (txn->has_base) {
        lsn = high = txn->base.lsn;
        undo = txn->base_undo;
        xmax = txn->base.xmax;
    }
    for (SnapshotEntry *entry = txn->live_entries; entry != NULL; entry = entry->next) {
        lsn = MIN(lsn, entry->snapshot.lsn);
        high = MAX(high, entry->snapshot.lsn);
        undo = MIN(undo, entry->undo_lsn);
        xmax = MAX(xmax, entry->snapshot.xmax);
    }
    atomic_store_explicit(&txn->pin_lsn, lsn, memory_order_release);
    atomic_store_explicit(&txn->pin_high, high, memory_order_relaxed);
    atomic_store_explicit(&txn->pin_undo, undo, memory_order_relaxed);
    atomic_store_explicit(&txn->pin_xmax, xmax, memory_order_relaxed);
}

static SnapshotEntry *entry_new(Txn *txn) {
    SnapshotEntry *entry = txn->free_entries;
    if (entry != NULL)
        txn->free_entries = entry->next;
    else
        entry = arena_new(&txn->arena, SnapshotEntry);
    entry->refs = 1;
    entry->next = txn->live_entries;
    txn->live_entries = entry;
    entry->snapshot.own_xid = txn_own_xid(txn);
    entry->snapshot.ssi = NULL;
    entry->snapshot.own_lsn = txn_prev_lsn(txn) + 1;
    return entry;
}

void snapshot_reset(Txn *txn) {
    txn->live_entries = NULL;
    txn->free_entries = NULL;
    for (uint32_t i = 0; i < TXN_SNAPSHOTS; i++) {
        txn->entries[i].next = txn->free_entries;
        txn->free_entries = &txn->entries[i];
    }
    txn->has_base = false;
    pin_recompute(txn);
}

bool txn_had_snapshot(const Txn *txn) { return txn->had_snapshot; }
bool txn_has_snapshot(const Txn *txn) { return txn->has_base || txn->live_entries != NULL; }

/* Instead of the one that was taken before, if any. */
static void take_base(Txn *txn) {
    txn->has_base = false;
    pin_recompute(txn);
    snapshot_take(txn, &txn->base, &txn->base_undo);
    txn->has_base = true;
}

static Status take_serializable(Txn *txn) {
    Status status = ssi_begin(txn->mvcc->ssi, txn, take_base, &txn->ssi);
    if (!status_ok(status)) {
        txn->has_base = false;
        pin_recompute(txn);
    } else if (txn->ssi != NULL && txn_own_xid(txn) != XID_INVALID) {
        ssi_set_xid(txn->ssi, txn_own_xid(txn));
    }
    return status;
}

Status txn_snapshot(Txn *txn, const Snapshot **snapshot_out) {
    check(txn->active);
    if (UNLIKELY(txn->isolation == ISOLATION_SERIALIZABLE && !txn->has_base))
        TRY(take_serializable(txn));
    SnapshotEntry *entry = entry_new(txn);
    txn->had_snapshot = true;
    if (txn->isolation < ISOLATION_REPEATABLE_READ) {
        snapshot_take(txn, &entry->snapshot, &entry->undo_lsn);
    } else {
        if (!txn->has_base) {
            snapshot_take(txn, &txn->base, &txn->base_undo);
            txn->has_base = true;
        }
        entry->snapshot.lsn = txn->base.lsn;
        entry->snapshot.xmin = txn->base.xmin;
        entry->snapshot.xmax = txn->base.xmax;
        entry->snapshot.ssi = txn->ssi;
        entry->undo_lsn = txn->base_undo;
    }
    *snapshot_out = &entry->snapshot;
    return STATUS_OK;
}

Status txn_snapshot_latest(Txn *txn, const Snapshot **snapshot_out) {
    check(txn->active);
    SnapshotEntry *entry = entry_new(txn);
    snapshot_take(txn, &entry->snapshot, &entry->undo_lsn);
    *snapshot_out = &entry->snapshot;
    return STATUS_OK;
}

const Snapshot *txn_snapshot_retain(Txn *txn, const Snapshot *snapshot) {
    SnapshotEntry *entry = CONTAINER_OF(snapshot, SnapshotEntry, snapshot);
    check(entry->refs > 0);
    entry->refs++;
    return snapshot;
}

void txn_snapshot_release(Txn *txn, const Snapshot *snapshot) {
    SnapshotEntry *entry = CONTAINER_OF(snapshot, SnapshotEntry, snapshot);
    check(entry->refs > 0);
    if (--entry->refs > 0)
        return;
    SnapshotEntry **link = &txn->live_entries;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry->next = txn->free_entries;
    txn->free_entries = entry;
    pin_recompute(txn);
}

/* ---- export ---- */

/* A name is the directory number and the xid-independent facts, as hexadecimal. */
Status txn_snapshot_export(Txn *txn, Arena *arena, const char **id_out) {
    *id_out = NULL;
    Snapshot snapshot;
    if (txn->has_base) {
        snapshot = txn->base;
    } else {
        /* Held until the end, so that an importer finds it pinned. */
        const Snapshot *held;
        TRY(txn_snapshot_latest(txn, &held));
        snapshot = *held;
    }
    *id_out = arena_printf(arena, "%08X-%012llX-%012llX-%012llX", (unsigned)txn->number,
                           (unsigned long long)snapshot.lsn, (unsigned long long)snapshot.xmin,
                           (unsigned long long)snapshot.xmax);
    return STATUS_OK;
}

static bool hex_field(const char **p, unsigned digits, char end, uint64_t *value_out) {
    uint64_t value = 0;
    for (unsigned i = 0; i < digits; i++) {
        char c = *(*p)++;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return false;
        value = value << 4 | (unsigned)digit;
    }
    *value_out = value;
    return *(*p)++ == end;
}

Status txn_snapshot_import(Txn *txn, const char *id) {
    check(txn->active && !txn->has_base);
    uint64_t number, lsn, xmin, xmax;
    const char *p = id;
    if (!hex_field(&p, 8, '-', &number) || !hex_field(&p, 12, '-', &lsn) ||
        !hex_field(&p, 12, '-', &xmin) || !hex_field(&p, 12, '\0', &xmax))
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid snapshot identifier: \"%s\"", id);
    Mvcc *mvcc = txn->mvcc;
    Txn *exporter = number < atomic_load(&mvcc->txn_count) ? txn_at(mvcc, (uint32_t)number) : NULL;
    if (exporter == NULL || exporter == txn)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid snapshot identifier: \"%s\"", id);
    /* No scan runs now: while the exporter still has its pin, nothing was given up. */
    if (txn->isolation == ISOLATION_SERIALIZABLE) {
        if (exporter->isolation != ISOLATION_SERIALIZABLE)
            return error(ERR_FEATURE_NOT_SUPPORTED, "a serializable transaction cannot import a "
                                                    "snapshot from a non-serializable transaction");
        if (!txn->read_only && exporter->read_only)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "a non-read-only serializable transaction cannot import a snapshot from a "
                         "read-only transaction");
        if (exporter->ssi != NULL)
            return error(ERR_FEATURE_NOT_SUPPORTED, "importing the snapshot of a serializable "
                                                    "transaction that is not known to be safe");
    }
    latch_lock(&mvcc->horizon_latch);
    Lsn undo = atomic_load(&exporter->pin_undo);
    pin_publish(txn, lsn, undo, xmax);
    bool pinned =
        atomic_load(&exporter->pin_lsn) <= lsn && atomic_load(&exporter->pin_undo) <= undo;
    latch_unlock(&mvcc->horizon_latch);
    if (!pinned) {
        pin_recompute(txn);
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid snapshot identifier: \"%s\"", id);
    }
    txn->base = (Snapshot){.lsn = lsn, .xmin = xmin, .xmax = xmax};
    txn->base_undo = undo;
    txn->has_base = true;
    if (lsn > wal_durable_lsn(mvcc->wal))
        txn_depend(txn, lsn - 1);
    return STATUS_OK;
}

/* ---- the horizon ---- */

Status snapshot_too_old(void) { return error(ERR_SNAPSHOT_TOO_OLD, "snapshot too old"); }

/* The lowest pin of those that are not too old already. */
static Lsn lowest_pin(Mvcc *mvcc, Lsn lowest, Lsn too_old, bool of_undo) {
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        Txn *txn = txn_at(mvcc, i);
        Lsn pin = atomic_load(&txn->pin_lsn);
        if (pin < too_old)
            continue;
        lowest = MIN(lowest, of_undo ? atomic_load(&txn->pin_undo) : pin);
    }
    return lowest;
}

Lsn horizon_refresh(Mvcc *mvcc) {
    if (!latch_try_lock(&mvcc->horizon_latch))
        return atomic_load(&mvcc->horizon);
    Lsn candidate = MAX(wal_durable_lsn(mvcc->wal), atomic_load(&mvcc->candidate));
    atomic_store(&mvcc->candidate, candidate);
    atomic_thread_fence(memory_order_seq_cst);
    Lsn horizon = lowest_pin(mvcc, candidate, atomic_load(&mvcc->too_old), false);
    if (horizon > atomic_load(&mvcc->horizon))
        atomic_store(&mvcc->horizon, horizon);
    else
        horizon = atomic_load(&mvcc->horizon);
    latch_unlock(&mvcc->horizon_latch);
    return horizon;
}

Lsn mvcc_horizon(Mvcc *mvcc) { return horizon_refresh(mvcc); }

bool snapshot_none_between(Mvcc *mvcc, Lsn from, Lsn to) {
    horizon_refresh(mvcc);            /* new snapshots are at or above the candidate */
    latch_lock(&mvcc->horizon_latch); /* none is imported meanwhile */
    bool none = to < atomic_load(&mvcc->candidate);
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count && none; i++) {
        Txn *txn = txn_at(mvcc, i);
        Lsn low = atomic_load(&txn->pin_lsn);
        none = low == LSN_MAX || low > to || atomic_load(&txn->pin_high) <= from;
    }
    latch_unlock(&mvcc->horizon_latch);
    return none;
}

/* Gives up the snapshots that hold the log below limit. */
static void give_up_below(Mvcc *mvcc, Lsn limit) {
    Lsn too_old = atomic_load(&mvcc->too_old);
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        Txn *txn = txn_at(mvcc, i);
        Lsn pin = atomic_load(&txn->pin_lsn);
        if (pin != LSN_MAX && atomic_load(&txn->pin_undo) < limit)
            too_old = MAX(too_old, pin + 1);
    }
    atomic_store(&mvcc->too_old, too_old);
}

Lsn horizon_undo_lsn(Mvcc *mvcc, bool space_needed) {
    latch_lock(&mvcc->horizon_latch);
    Lsn floor_lsn = atomic_load(&mvcc->xids.floor_lsn);
    atomic_store(&mvcc->undo_candidate, floor_lsn);
    atomic_thread_fence(memory_order_seq_cst);
    Lsn append_lsn = wal_append_lsn(mvcc->wal);
    Lsn lowest = lowest_pin(mvcc, floor_lsn, atomic_load(&mvcc->too_old), true);
    Lsn limit =
        space_needed && append_lsn > mvcc->undo_left_bytes ? append_lsn - mvcc->undo_left_bytes : 0;
    if (lowest < limit && lowest < floor_lsn) {
        give_up_below(mvcc, MIN(limit, floor_lsn));
        lowest = lowest_pin(mvcc, floor_lsn, atomic_load(&mvcc->too_old), true);
    }
    latch_unlock(&mvcc->horizon_latch);
    return lowest;
}
