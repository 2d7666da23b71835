/* window.c: block-aligned reads of the segment files, and the check of one group. */
#include "wal/wal_int.h"

void window_init(Window *window, Wal *wal, Arena *arena, size_t capacity) {
    uintptr_t p = (uintptr_t)arena_alloc(arena, capacity + WAL_BLOCK_BYTES);
    *window = (Window){.wal = wal,
                       .buffer = (uint8_t *)ALIGN_UP(p, (uintptr_t)WAL_BLOCK_BYTES),
                       .capacity = capacity};
}

void window_init_ahead(Window *window, Wal *wal, Ahead *ahead) {
    *window = (Window){.wal = wal, .ahead = ahead, .capacity = SIZE_MAX};
}

Status window_get(Window *window, Lsn lsn, size_t len, const uint8_t **bytes_out, bool *found_out) {
    Wal *wal = window->wal;
    *bytes_out = NULL;
    *found_out = true;
    if (lsn >= window->start && lsn + len <= window->start + window->len) {
        *bytes_out = window->buffer + (lsn - window->start);
        return STATUS_OK;
    }
    check(lsn + len <= segment_end(wal, lsn));
    if (window->ahead != NULL) {
        TRY(ahead_get(window->ahead, window, lsn, len, found_out));
        if (*found_out)
            *bytes_out = window->buffer + (lsn - window->start);
        return STATUS_OK;
    }
    Lsn start = lsn - lsn % WAL_BLOCK_BYTES;
    check(lsn + len - start <= window->capacity);
    latch_lock_shared(&wal->segment_latch);
    *found_out = u64map_get(&wal->segments, lsn / wal->segment_bytes) != NULL;
    latch_unlock_shared(&wal->segment_latch);
    if (!*found_out)
        return STATUS_OK;
    Segment *segment;
    TRY(segment_pin(wal, lsn / wal->segment_bytes, &segment));
    size_t bytes = MIN(window->capacity, segment_end(wal, lsn) - start);
    window->len = 0;
    Status status = file_read(segment->file, window->buffer, bytes, start % wal->segment_bytes);
    segment_unpin(wal, segment);
    TRY(status);
    window->start = start;
    window->len = bytes;
    *bytes_out = window->buffer + (lsn - start);
    return STATUS_OK;
}

Status window_group(Window *window, Lsn lsn, GroupHeader *header, GroupState *state_out) {
    const uint8_t *bytes;
    bool found;
    *header = (GroupHeader){0};
    *state_out = GROUP_ABSENT;
    TRY(window_get(window, lsn, WAL_BLOCK_BYTES, &bytes, &found));
    if (!found)
        return STATUS_OK;
    *state_out = GROUP_BAD_HEADER;
    memcpy(header, bytes, sizeof(*header));
    if (header->magic != GROUP_MAGIC || header->lsn != lsn ||
        header->header_crc != group_header_crc(header) || header->payload_len > GROUP_BYTES_MAX ||
        group_records_end(header) > segment_end(window->wal, lsn))
        return STATUS_OK;
    size_t whole = GROUP_HEADER_BYTES + (size_t)header->payload_len;
    TRY(window_get(window, lsn, whole, &bytes, &found));
    bool sound = crc32c(0, bytes + GROUP_HEADER_BYTES, header->payload_len) == header->payload_crc;
    *state_out = sound ? GROUP_OK : GROUP_BAD_PAYLOAD;
    return STATUS_OK;
}
