/*
 * kept.c: versions kept in memory for snapshots that stay.
 *
 * What a snapshot sees of a row is found by walking the row's chain through the log; a row that is
 * changed a thousand times while the snapshot stays would cost it a thousand reads. So once the log has
 * grown by kept_after_bytes since a snapshot was taken, the snapshot gets a KeptPin: from then on the
 * first writer of each row finds what the snapshot sees of the row, while that is near, and keeps it.
 *
 *   a row whose version is older than `since`   nobody has looked at it: the writer does
 *   a row whose version is later                somebody did, or it is newer than the snapshot
 *   a rowid at or above the table's mark        given out after the snapshot: not seen
 *
 * Nothing depends on a row's being kept: where it is not (the writer raced with the pin's beginning, the
 * memory is used up) the chain is walked. Rows that change often are among the first to be kept, so a
 * limit on memory costs little. What is kept stays right as long as the snapshot: commits below its LSN
 * are known when it is taken.
 *
 * Pins come and go on the housekeeping fibre. One that nobody needs loses its LSN first, and its memory
 * when nobody uses it any more.
 */
#include "mvcc/mvcc_int.h"

#include "base/hash.h"

typedef struct KeptRow {
    uint8_t key[12]; /* store, rowid */
    bool found;
    uint32_t len;
    Xid xmin;
    Lsn version;
    uint8_t body[];
} KeptRow;

static void row_key(StoreId store, RowId rowid, uint8_t key[12]) {
    store_le32(key, store);
    store_le64(key + 4, rowid);
}

static KeptShard *shard_of(KeptPin *pin, const uint8_t key[12]) {
    return &pin->shards[hash_u64(load_le64(key + 4) ^ (uint64_t)load_le32(key) << 48) %
                        KEPT_SHARDS];
}

/* The pin at lsn, in use until pin_leave; NULL: none. */
static KeptPin *pin_enter(KeptPin *pin, Lsn lsn) {
    if (lsn == LSN_INVALID || atomic_load_explicit(&pin->lsn, memory_order_relaxed) != lsn)
        return NULL;
    atomic_fetch_add(&pin->users, 1);
    if (LIKELY(atomic_load(&pin->lsn) == lsn))
        return pin;
    atomic_fetch_sub(&pin->users, 1);
    return NULL;
}

static void pin_leave(KeptPin *pin) { atomic_fetch_sub(&pin->users, 1); }

/* ---- reading ---- */

static bool above_mark(const KeptPin *pin, StoreId store, RowId rowid) {
    const RowId *mark = u64map_get(&pin->marks, store);
    return mark != NULL && rowid >= *mark;
}

static bool pin_find(KeptPin *pin, StoreId store, RowId rowid, Arena *arena, RowView *view_out,
                     bool *found_out) {
    *found_out = false;
    if (above_mark(pin, store, rowid))
        return true;
    uint8_t key[12];
    row_key(store, rowid, key);
    KeptShard *shard = shard_of(pin, key);
    latch_lock_shared(&shard->latch);
    const KeptRow *row = strmap_get(&shard->rows, key, sizeof(key));
    latch_unlock_shared(&shard->latch);
    if (row == NULL)
        return false;
    /* Rows never change, and stay until the pin is nobody's. */
    *found_out = row->found;
    if (row->found)
        *view_out = (RowView){.rowid = rowid,
                              .xmin = row->xmin,
                              .version = row->version,
                              .body = arena_memdup(arena, row->body, row->len),
                              .len = row->len};
    return true;
}

bool kept_find(Mvcc *mvcc, const Snapshot *snapshot, StoreId store, RowId rowid, Arena *arena,
               RowView *view_out, bool *found_out) {
    for (uint32_t i = 0; i < KEPT_PINS; i++) {
        KeptPin *pin = pin_enter(&mvcc->kept.pins[i], snapshot->lsn);
        if (pin == NULL)
            continue;
        bool known = pin_find(pin, store, rowid, arena, view_out, found_out);
        pin_leave(pin);
        return known;
    }
    return false;
}

/* ---- keeping ---- */

static bool already_kept(KeptPin *pin, const uint8_t key[12]) {
    KeptShard *shard = shard_of(pin, key);
    latch_lock_shared(&shard->latch);
    bool there = strmap_get(&shard->rows, key, 12) != NULL;
    latch_unlock_shared(&shard->latch);
    return there;
}

static void add(Mvcc *mvcc, KeptPin *pin, const uint8_t key[12], const RowView *view, bool found) {
    if (mem_account_over(&mvcc->kept.account))
        return;
    uint32_t len = found ? view->len : 0;
    KeptShard *shard = shard_of(pin, key);
    latch_lock(&shard->latch);
    if (strmap_get(&shard->rows, key, 12) == NULL) {
        KeptRow *row = arena_alloc(&shard->arena, sizeof(KeptRow) + len);
        *row = (KeptRow){.found = found, .len = len};
        memcpy(row->key, key, sizeof(row->key));
        if (found) {
            row->xmin = view->xmin;
            row->version = view->version;
            memcpy(row->body, view->body, len);
        }
        strmap_put(&shard->rows, row->key, sizeof(row->key), row);
    }
    latch_unlock(&shard->latch);
}

/* value: the row's version before the write that was just made. */
static Status keep_for(Mvcc *mvcc, KeptPin *pin, Lsn lsn, StoreId store, RowId rowid, Str value,
                       Arena *arena) {
    uint8_t key[12];
    row_key(store, rowid, key);
    if (row_header_load(value.data).undo_lsn >= atomic_load(&pin->since) ||
        above_mark(pin, store, rowid) || already_kept(pin, key))
        return STATUS_OK;
    /* Its xmax is not known, nor needed: later transactions' versions are above its LSN. */
    Snapshot snapshot = {.lsn = lsn, .xmin = XID_FIRST, .xmax = UINT64_MAX};
    RowView view;
    bool found;
    Status status = version_resolve(mvcc, &snapshot, store, rowid, value, arena, &view, &found);
    if (status_ok(status))
        add(mvcc, pin, key, &view, found);
    else if (status.error->state == ERR_SNAPSHOT_TOO_OLD) {
        status_free(status);
        return STATUS_OK;
    }
    return status;
}

Status kept_before_write(Mvcc *mvcc, StoreId store, RowId rowid, Str value, Arena *arena) {
    if (mem_account_over(&mvcc->kept.account))
        return STATUS_OK;
    for (uint32_t i = 0; i < KEPT_PINS; i++) {
        Lsn lsn = atomic_load_explicit(&mvcc->kept.pins[i].lsn, memory_order_relaxed);
        KeptPin *pin = pin_enter(&mvcc->kept.pins[i], lsn);
        if (pin == NULL)
            continue;
        Status status = keep_for(mvcc, pin, lsn, store, rowid, value, arena);
        pin_leave(pin);
        TRY(status);
    }
    return STATUS_OK;
}

/* ---- pins ---- */

static void note_marks(Mvcc *mvcc, KeptPin *pin) {
    size_t cursor = 0;
    uint64_t store;
    void *value;
    latch_lock(&mvcc->stores_latch);
    while (u64map_next(&mvcc->tables, &cursor, &store, &value)) {
        RowId *mark = arena_new(&pin->arena, RowId);
        *mark = atomic_load(&((Table *)value)->rowid_next);
        u64map_put(&pin->marks, store, mark);
    }
    latch_unlock(&mvcc->stores_latch);
}

static void pin_begin(Mvcc *mvcc, KeptPin *pin, Lsn lsn) {
    MemAccount *account = &mvcc->kept.account;
    arena_init(&pin->arena, account);
    u64map_init(&pin->marks, account);
    pin->shards = arena_array(&pin->arena, KeptShard, KEPT_SHARDS);
    for (uint32_t i = 0; i < KEPT_SHARDS; i++) {
        arena_init(&pin->shards[i].arena, account);
        strmap_init(&pin->shards[i].rows, account);
    }
    note_marks(mvcc, pin);
    /* Rows written meanwhile may be looked at twice rather than not at all. */
    Lsn since = wal_append_lsn(mvcc->wal) + mvcc->kept.after_bytes / 8;
    atomic_store(&pin->since, since);
    atomic_store(&pin->lsn, lsn);
    lsn_raise(&mvcc->kept.since, since);
}

static void pin_free(KeptPin *pin) {
    for (uint32_t i = 0; i < KEPT_SHARDS; i++) {
        arena_destroy(&pin->shards[i].arena);
        strmap_destroy(&pin->shards[i].rows);
    }
    u64map_destroy(&pin->marks);
    arena_destroy(&pin->arena);
    pin->shards = NULL;
}

/* Does somebody's lowest snapshot lie at lsn? */
static bool still_pinned(Mvcc *mvcc, Lsn lsn) {
    uint32_t count = atomic_load(&mvcc->txn_count);
    if (lsn < atomic_load(&mvcc->too_old))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (atomic_load(&txn_at(mvcc, i)->pin_lsn) == lsn)
            return true;
    return false;
}

static void end_pins(Mvcc *mvcc) {
    Lsn since = 0;
    for (uint32_t i = 0; i < KEPT_PINS; i++) {
        KeptPin *pin = &mvcc->kept.pins[i];
        Lsn lsn = atomic_load(&pin->lsn);
        if (lsn != LSN_INVALID && !still_pinned(mvcc, lsn))
            atomic_store(&pin->lsn, lsn = LSN_INVALID);
        if (lsn != LSN_INVALID)
            since = MAX(since, atomic_load(&pin->since));
        else if (pin->shards != NULL && atomic_load(&pin->users) == 0)
            pin_free(pin);
    }
    atomic_store(&mvcc->kept.since, since);
}

/* A place for a snapshot at lsn; NULL: it has one, or there is none. */
static KeptPin *place_for(Mvcc *mvcc, Lsn lsn) {
    KeptPin *place = NULL;
    for (uint32_t i = 0; i < KEPT_PINS; i++) {
        KeptPin *pin = &mvcc->kept.pins[i];
        if (atomic_load(&pin->lsn) == lsn)
            return NULL;
        if (pin->shards == NULL)
            place = pin;
    }
    return place;
}

void kept_refresh(Mvcc *mvcc) {
    Lsn append_lsn = wal_append_lsn(mvcc->wal);
    bool any = atomic_load(&mvcc->kept.since) != 0;
    for (uint32_t i = 0; i < KEPT_PINS && !any; i++)
        any = mvcc->kept.pins[i].shards != NULL;
    if (append_lsn < atomic_load(&mvcc->kept.look_at) && !any)
        return;
    end_pins(mvcc);
    atomic_store(&mvcc->kept.look_at, append_lsn + mvcc->kept.after_bytes / 2);
    Lsn too_old = atomic_load(&mvcc->too_old);
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++) {
        Lsn lsn = atomic_load(&txn_at(mvcc, i)->pin_lsn);
        if (lsn == LSN_MAX || lsn < too_old || lsn + mvcc->kept.after_bytes > append_lsn)
            continue;
        KeptPin *pin = place_for(mvcc, lsn);
        if (pin != NULL)
            pin_begin(mvcc, pin, lsn);
    }
}

void kept_init(Mvcc *mvcc, size_t bytes, size_t after_bytes) {
    mem_account_init(&mvcc->kept.account, &mvcc->account, "versions kept for old snapshots", bytes);
    mvcc->kept.after_bytes = after_bytes;
    atomic_store(&mvcc->kept.look_at, after_bytes);
}

void kept_destroy(Mvcc *mvcc) {
    for (uint32_t i = 0; i < KEPT_PINS; i++)
        if (mvcc->kept.pins[i].shards != NULL)
            pin_free(&mvcc->kept.pins[i]);
}
