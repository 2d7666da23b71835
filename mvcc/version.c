/*
 * version.c: which version of a row a snapshot sees.
 *
 * The tree holds a row's newest version. Its undo_lsn names the record that made it, and that record
 * holds the version before (its header with the next undo_lsn included): the chain runs through the
 * log. It is copied row and immutable log from here on, so nothing is latched and reads may park.
 *
 * A copy may be of a version whose transaction has been rolled back since: its xid is then found
 * aborted (ids stay known as long as a snapshot could meet them) and the walk passes over it.
 */
#include "mvcc/mvcc_int.h"

bool version_visible_slow(Mvcc *mvcc, const Snapshot *snapshot, Xid xid, Lsn version) {
    if (xid == snapshot->own_xid)
        return version < snapshot->own_lsn;
    /* A commit lies above the writes that it commits. */
    if (xid >= snapshot->xmax || version >= snapshot->lsn)
        return false;
    uint64_t state = xid_state(mvcc, xid);
    return (state & XID_STATE_MASK) == XID_STATE_COMMITTED && XID_LSN(state) < snapshot->lsn;
}

uint32_t row_body_len(const RowHeader *header, const uint8_t *value, uint32_t value_len) {
    uint32_t len = value_len - ROW_HEADER_BYTES;
    if (LIKELY(!(header->flags & ROW_EXTERNAL)))
        return len;
    if (len < 2)
        return 0;
    uint32_t trailer = 2 + 2 * (uint32_t)load_le16(value + value_len - 2);
    return trailer < len ? len - trailer : 0;
}

static Status damaged_row(RowId rowid) {
    return error(ERR_DATA_CORRUPTED, "row %llu is damaged", (unsigned long long)rowid);
}

Status row_view(RowId rowid, Str value, RowView *view_out) {
    if (UNLIKELY(value.len <= ROW_HEADER_BYTES))
        return damaged_row(rowid);
    RowHeader header = row_header_load(value.data);
    *view_out = (RowView){.rowid = rowid,
                          .xmin = header.xid,
                          .version = header.undo_lsn,
                          .body = (const uint8_t *)value.data + ROW_HEADER_BYTES,
                          .len = row_body_len(&header, (const uint8_t *)value.data, value.len)};
    return LIKELY(view_out->len > 0) ? STATUS_OK : damaged_row(rowid);
}

/* The log is gone where a snapshot needs it: told as what it means to the client. */
static Status too_old_if_gone(Status status) {
    if (!status_ok(status) && status.error->state == ERR_UNDEFINED_FILE) {
        status_free(status);
        return snapshot_too_old();
    }
    return status;
}

Status version_before(Mvcc *mvcc, Str value, Arena *arena, Str *older_out, bool *existed_out) {
    *existed_out = false;
    WalRecord record;
    Lsn lsn = row_header_load(value.data).undo_lsn;
    if (!wal_read_ring(mvcc->wal, lsn, arena, &record))
        TRY(too_old_if_gone(wal_read(mvcc->wal, lsn, arena, &record)));
    TRY(btree_record_before_image(&record, value, arena, older_out, existed_out));
    if (*existed_out && older_out->len <= ROW_HEADER_BYTES)
        return error(ERR_DATA_CORRUPTED, "log record %llu has a damaged before-image",
                     (unsigned long long)lsn);
    return STATUS_OK;
}

/* One version: seen (found or deleted), or the one before it to go on with. */
typedef enum Step { STEP_FOUND, STEP_ABSENT, STEP_ON } Step;

static Status step(Mvcc *mvcc, const Snapshot *snapshot, Str *value, Arena *arena, Step *step_out) {
    RowHeader header = row_header_load(value->data);
    if (version_visible(mvcc, snapshot, header.xid, header.undo_lsn)) {
        *step_out = header.flags & ROW_DELETED ? STEP_ABSENT : STEP_FOUND;
        return STATUS_OK;
    }
    if (UNLIKELY(snapshot->ssi != NULL) && header.xid != snapshot->own_xid)
        TRY(ssi_saw_writer(snapshot->ssi, header.xid));
    Str older;
    bool existed;
    *step_out = STEP_ABSENT;
    TRY(version_before(mvcc, *value, arena, &older, &existed));
    if (existed) {
        *value = older;
        *step_out = STEP_ON;
    }
    return STATUS_OK;
}

/* A long chain in bounded memory: two arenas take turns. */
static Status walk_far(Mvcc *mvcc, const Snapshot *snapshot, Arena turns[2], Str *value,
                       Step *step_out) {
    for (unsigned at = 0;; at ^= 1) {
        arena_reset(&turns[at]);
        *value = str_make(arena_memdup(&turns[at], value->data, value->len), value->len);
        for (unsigned i = 0; i < 64; i++) {
            TRY(step(mvcc, snapshot, value, &turns[at], step_out));
            if (*step_out != STEP_ON)
                return STATUS_OK;
        }
        TRY(fiber_check_interrupt());
        fiber_yield_if_due();
    }
}

#define STEPS_NEAR 8u

/* Is the answer kept? Not asked for rows that the snapshot sees or has written itself; nor by
 * serializable transactions, which must meet every writer. */
static bool ask_kept(Mvcc *mvcc, const Snapshot *snapshot, StoreId store, RowId rowid, Str value,
                     Arena *arena, RowView *view_out, bool *found_out) {
    RowHeader header = row_header_load(value.data);
    return atomic_load_explicit(&mvcc->kept.since, memory_order_relaxed) != 0 &&
           snapshot->ssi == NULL && header.xid != snapshot->own_xid &&
           !version_visible(mvcc, snapshot, header.xid, header.undo_lsn) &&
           kept_find(mvcc, snapshot, store, rowid, arena, view_out, found_out);
}

Status version_resolve(Mvcc *mvcc, const Snapshot *snapshot, StoreId store, RowId rowid, Str value,
                       Arena *arena, RowView *view_out, bool *found_out) {
    *found_out = false;
    if (ask_kept(mvcc, snapshot, store, rowid, value, arena, view_out, found_out))
        return STATUS_OK;
    Step at = STEP_ON;
    for (uint32_t i = 0; i < STEPS_NEAR && at == STEP_ON; i++)
        TRY(step(mvcc, snapshot, &value, arena, &at));
    if (UNLIKELY(at == STEP_ON)) {
        Arena turns[2];
        arena_init(&turns[0], arena->account);
        arena_init(&turns[1], arena->account);
        Status status = walk_far(mvcc, snapshot, turns, &value, &at);
        if (status_ok(status) && at == STEP_FOUND)
            value = str_make(arena_memdup(arena, value.data, value.len), value.len);
        arena_destroy(&turns[0]);
        arena_destroy(&turns[1]);
        TRY(status);
    }
    if (at != STEP_FOUND)
        return STATUS_OK;
    *found_out = true;
    return row_view(rowid, value, view_out);
}
