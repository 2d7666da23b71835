/* read.c: records by LSN (version chains, rollback) and in order (recovery, purge, archive). */
#include "wal/wal_int.h"

#define READ_BYTES_FIRST ((size_t)8192)
#define READER_WINDOW_BYTES ((size_t)1 << 20)

void record_decode(const uint8_t *bytes, uint32_t len, Lsn lsn, WalRecord *record) {
    *record = (WalRecord){.lsn = lsn,
                          .kind = bytes[8],
                          .flags = bytes[9],
                          .aux = load_le16(bytes + 10),
                          .xid = load_le48(bytes + 12),
                          .prev_txn_lsn = load_le48(bytes + 18),
                          .store = load_le32(bytes + 24),
                          .page = load_le32(bytes + 28),
                          .payload = bytes + WAL_RECORD_HEADER_BYTES,
                          .payload_len = len - WAL_RECORD_HEADER_BYTES};
}

Status damaged_record(Lsn lsn) {
    return error(ERR_DATA_CORRUPTED, "damaged log record at %X/%X", (unsigned)(lsn >> 32),
                 (unsigned)lsn);
}

/* The writer may be overwriting the source; the caller finds out afterwards and discards the copy. */
__attribute__((no_sanitize("thread"))) static void copy_racy(void *to, const void *from,
                                                             size_t len) {
    memcpy(to, from, len);
}

static bool still_in_ring(const Wal *wal, Lsn lsn) {
    return lsn >= wal->ring_from &&
           atomic_load_explicit(&wal->claimed_lsn, memory_order_seq_cst) <= lsn + wal->ring_bytes;
}

bool wal_read_ring(Wal *wal, Lsn lsn, Arena *arena, WalRecord *record_out) {
    *record_out = (WalRecord){0};
    if (!still_in_ring(wal, lsn) || lsn >= wal_append_lsn(wal))
        return false;
    uint32_t len;
    copy_racy(&len, ring_at(wal, lsn), sizeof(len));
    atomic_thread_fence(memory_order_seq_cst);
    if (!still_in_ring(wal, lsn))
        return false;
    check(len >= WAL_RECORD_HEADER_BYTES && len <= WAL_RECORD_MAX);
    uint8_t *copy = arena_alloc(arena, len);
    copy_racy(copy, ring_at(wal, lsn), len);
    atomic_thread_fence(memory_order_seq_cst);
    if (!still_in_ring(wal, lsn))
        return false;
    record_decode(copy, len, lsn, record_out);
    return true;
}

static Status read_file(Wal *wal, Lsn lsn, Arena *arena, WalRecord *record_out) {
    Window window;
    window_init(&window, wal, arena, READ_BYTES_FIRST);
    size_t left = segment_end(wal, lsn) - lsn;
    const uint8_t *bytes;
    bool found;
    if (left < WAL_RECORD_HEADER_BYTES)
        return damaged_record(lsn);
    TRY(window_get(&window, lsn, WAL_RECORD_HEADER_BYTES, &bytes, &found));
    if (!found)
        return error(ERR_UNDEFINED_FILE, "log record at %X/%X has already been removed",
                     (unsigned)(lsn >> 32), (unsigned)lsn);
    uint32_t len = load_le32(bytes);
    if (len < WAL_RECORD_HEADER_BYTES || len > WAL_RECORD_MAX || len > left)
        return damaged_record(lsn);
    if (lsn + len > window.start + window.len)
        window_init(&window, wal, arena, ALIGN_UP((size_t)len, WAL_BLOCK_BYTES) + WAL_BLOCK_BYTES);
    TRY(window_get(&window, lsn, len, &bytes, &found));
    if (load_le32(bytes + 4) != crc32c(0, bytes + 8, len - 8))
        return damaged_record(lsn);
    record_decode(bytes, len, lsn, record_out);
    return STATUS_OK;
}

Status wal_read(Wal *wal, Lsn lsn, Arena *arena, WalRecord *record_out) {
    *record_out = (WalRecord){0};
    if (lsn < wal->segment_bytes || lsn % 8 != 0 || lsn >= wal_append_lsn(wal))
        return damaged_record(lsn);
    if (wal_read_ring(wal, lsn, arena, record_out))
        return STATUS_OK;
    return read_file(wal, lsn, arena, record_out);
}

#define CURSOR_BYTES ((size_t)512 << 10)
#define CURSOR_BYTES_BEFORE ((size_t)64 << 10) /* chains lead backward */

struct WalCursor {
    Wal *wal;
    Window window; /* buffer NULL: not needed yet */
    Arena *arena;
    ArenaMark mark;
};

WalCursor *wal_cursor_open(Wal *wal, Arena *arena) {
    WalCursor *cursor = arena_new(arena, WalCursor);
    cursor->wal = wal;
    cursor->arena = arena;
    cursor->mark = arena_mark(arena);
    return cursor;
}

/* The record in what the window holds now. False: not all of it, or from before it was written. */
static bool cursor_look(const Window *window, Lsn lsn, WalRecord *record_out) {
    if (lsn < window->start || lsn + WAL_RECORD_HEADER_BYTES > window->start + window->len)
        return false;
    const uint8_t *bytes = window->buffer + (lsn - window->start);
    uint32_t len = load_le32(bytes);
    if (len < WAL_RECORD_HEADER_BYTES || len > WAL_RECORD_MAX ||
        lsn + len > window->start + window->len ||
        load_le32(bytes + 4) != crc32c(0, bytes + 8, len - 8))
        return false;
    record_decode(bytes, len, lsn, record_out);
    return true;
}

Status wal_cursor_read(WalCursor *cursor, Lsn lsn, WalRecord *record_out) {
    Window *window = &cursor->window;
    Wal *wal = cursor->wal;
    arena_release(cursor->arena, cursor->mark);
    *record_out = (WalRecord){0};
    if (lsn < wal->segment_bytes || lsn % 8 != 0 || lsn >= wal_append_lsn(wal))
        return damaged_record(lsn);
    if (cursor_look(window, lsn, record_out) || wal_read_ring(wal, lsn, cursor->arena, record_out))
        return STATUS_OK;
    if (window->buffer == NULL) {
        window_init(window, wal, cursor->arena, CURSOR_BYTES);
        cursor->mark = arena_mark(cursor->arena);
    }
    Lsn from = MAX(lsn - MIN(CURSOR_BYTES_BEFORE, lsn), lsn - lsn % wal->segment_bytes);
    const uint8_t *bytes;
    bool found;
    window->len = 0;
    TRY(window_get(window, from, 1, &bytes, &found));
    if (found && cursor_look(window, lsn, record_out))
        return STATUS_OK;
    return wal_read(wal, lsn, cursor->arena, record_out);
}

struct WalReader {
    Window window;
    Lsn at;          /* next record or group header */
    Lsn records_end; /* of the group that at lies in; == at: a header is next */
    Lsn end;
};

/* Moves to the records of the next group: at `at`'s block boundary, or at the next segment. */
static Status enter_group(WalReader *reader, bool *found_out) {
    *found_out = false;
    Wal *wal = reader->window.wal;
    Lsn at = ALIGN_UP(reader->at, (Lsn)WAL_BLOCK_BYTES);
    Lsn candidates[2] = {at, segment_end(wal, at)};
    unsigned count = at % wal->segment_bytes == 0 ? 1 : 2;
    for (unsigned i = 0; i < count; i++) {
        if (candidates[i] >= reader->end)
            return STATUS_OK;
        GroupHeader header;
        GroupState state;
        TRY(window_group(&reader->window, candidates[i], &header, &state));
        if (state == GROUP_BAD_PAYLOAD)
            return damaged_record(candidates[i]);
        if (state == GROUP_OK) {
            reader->at = candidates[i] + GROUP_HEADER_BYTES;
            reader->records_end = group_records_end(&header);
            *found_out = true;
            return STATUS_OK;
        }
    }
    return damaged_record(at);
}

Status wal_reader_open(Wal *wal, Lsn from, Arena *arena, WalReader **reader_out) {
    *reader_out = NULL;
    WalReader *reader = arena_new(arena, WalReader);
    window_init(&reader->window, wal, arena,
                MIN(2 * READER_WINDOW_BYTES, (size_t)wal->segment_bytes));
    reader->end = wal_durable_lsn(wal);
    reader->at = reader->records_end = from - from % wal->segment_bytes;
    bool found = true;
    while (reader->records_end <= from) {
        reader->at = reader->records_end;
        TRY(enter_group(reader, &found));
        if (!found)
            break;
    }
    if (found && reader->at < from)
        reader->at = from;
    *reader_out = reader;
    return STATUS_OK;
}

Status wal_reader_next(WalReader *reader, WalRecord *record_out, bool *found_out) {
    *record_out = (WalRecord){0};
    *found_out = true;
    while (reader->at >= reader->records_end) {
        TRY(enter_group(reader, found_out));
        if (!*found_out)
            return STATUS_OK;
    }
    const uint8_t *bytes;
    bool found;
    size_t left = reader->records_end - reader->at;
    TRY(window_get(&reader->window, reader->at, MIN(left, (size_t)WAL_RECORD_MAX), &bytes, &found));
    uint32_t len = load_le32(bytes);
    if (len < WAL_RECORD_HEADER_BYTES || len > WAL_RECORD_MAX || len > left ||
        load_le32(bytes + 4) != crc32c(0, bytes + 8, len - 8))
        return damaged_record(reader->at);
    record_decode(bytes, len, reader->at, record_out);
    reader->at += ALIGN_UP((Lsn)len, 8);
    return STATUS_OK;
}

void wal_reader_close(WalReader *reader) { reader->at = reader->end = LSN_MAX; }
