/*
 * ahead.c: reading segments in order, ahead of whoever looks.
 *
 * Two segments are held whole: the one that is looked at and the next. They are read in pieces, of which
 * AHEAD_PIECES are asked for beyond the one that is needed, so the disk works while the log is checked
 * and replayed. One fibre looks; completions come on its own worker.
 */
#include "wal/wal_int.h"

#include "runtime/os.h"

#define PIECE_BYTES ((uint64_t)1 << 20)
#define AHEAD_PIECES 4u

typedef struct AheadSlot {
    Segment *segment; /* pinned; NULL: the slot is free */
    uint8_t *buffer;  /* a segment's bytes */
    IoRequest *pieces;
    uint32_t asked; /* for the first so many pieces */
    uint32_t read;  /* the first so many are there */
} AheadSlot;

struct Ahead {
    Wal *wal;
    AheadSlot slots[2];
    uint32_t piece_count; /* of a segment */
    uint64_t piece_bytes;
    FiberRef waiter;
};

static void piece_done(IoRequest *request) {
    Ahead *ahead = request->arg;
    request->arg = NULL; /* this is how the waiter tells */
    fiber_unpark(ahead->waiter);
}

Status ahead_open(Wal *wal, Ahead **ahead_out) {
    Ahead *ahead = *ahead_out = mem_alloc(wal->account, sizeof(*ahead));
    *ahead = (Ahead){.wal = wal, .piece_bytes = MIN(PIECE_BYTES, wal->segment_bytes)};
    ahead->piece_count = (uint32_t)(wal->segment_bytes / ahead->piece_bytes);
    ahead->waiter = fiber_self_ref();
    for (unsigned i = 0; i < ARRAY_LEN(ahead->slots); i++) {
        AheadSlot *slot = &ahead->slots[i];
        slot->pieces = mem_alloc(wal->account, ahead->piece_count * sizeof(IoRequest));
        slot->buffer = os_map(wal->segment_bytes, true);
        if (slot->buffer == NULL)
            return status_out_of_memory();
    }
    return STATUS_OK;
}

/* Waits for the first count pieces. */
static Status wait_for(AheadSlot *slot, uint32_t count) {
    for (; slot->read < count; slot->read++) {
        while (slot->pieces[slot->read].arg != NULL)
            fiber_park_uninterruptible(DEADLINE_NONE);
        TRY(io_status(&slot->pieces[slot->read]));
    }
    return STATUS_OK;
}

static void release(Ahead *ahead, AheadSlot *slot) {
    if (slot->segment == NULL)
        return;
    for (uint32_t i = 0; i < slot->asked; i++)
        while (slot->pieces[i].arg != NULL)
            fiber_park_uninterruptible(DEADLINE_NONE);
    segment_unpin(ahead->wal, slot->segment);
    slot->segment = NULL;
    slot->asked = slot->read = 0;
}

void ahead_close(Ahead *ahead) {
    for (unsigned i = 0; i < ARRAY_LEN(ahead->slots); i++) {
        AheadSlot *slot = &ahead->slots[i];
        release(ahead, slot);
        if (slot->buffer != NULL)
            os_unmap(slot->buffer, ahead->wal->segment_bytes);
        if (slot->pieces != NULL)
            mem_free(ahead->wal->account, slot->pieces, ahead->piece_count * sizeof(IoRequest));
    }
    mem_free(ahead->wal->account, ahead, sizeof(*ahead));
}

static void ask(Ahead *ahead, AheadSlot *slot, uint32_t count) {
    count = MIN(count, ahead->piece_count);
    for (; slot->asked < count; slot->asked++) {
        IoRequest *piece = &slot->pieces[slot->asked];
        uint64_t offset = slot->asked * ahead->piece_bytes;
        *piece = (IoRequest){.file = slot->segment->file,
                             .buf = slot->buffer + offset,
                             .offset = offset,
                             .len = ahead->piece_bytes,
                             .op = IO_READ,
                             .done = piece_done,
                             .arg = ahead};
        io_submit(piece);
    }
}

/* The slot for the segment, which takes the place of one before it. NULL: it does not exist. */
static Status hold(Ahead *ahead, uint64_t index, AheadSlot **slot_out) {
    Wal *wal = ahead->wal;
    AheadSlot *slot = &ahead->slots[index % ARRAY_LEN(ahead->slots)];
    *slot_out = slot;
    if (slot->segment != NULL && slot->segment->index == index)
        return STATUS_OK;
    latch_lock_shared(&wal->segment_latch);
    bool exists = u64map_get(&wal->segments, index) != NULL;
    latch_unlock_shared(&wal->segment_latch);
    *slot_out = NULL;
    if (!exists)
        return STATUS_OK;
    release(ahead, slot);
    Segment *segment;
    TRY(segment_pin(wal, index, &segment));
    slot->segment = segment;
    *slot_out = slot;
    return STATUS_OK;
}

Status ahead_get(Ahead *ahead, Window *window, Lsn lsn, size_t len, bool *found_out) {
    uint64_t segment_bytes = ahead->wal->segment_bytes, index = lsn / segment_bytes;
    AheadSlot *slot, *next;
    window->len = 0;
    TRY(hold(ahead, index, &slot));
    *found_out = slot != NULL;
    if (slot == NULL)
        return STATUS_OK;
    uint64_t end = lsn % segment_bytes + len;
    uint32_t needed = (uint32_t)((end + ahead->piece_bytes - 1) / ahead->piece_bytes);
    ask(ahead, slot, needed + AHEAD_PIECES);
    if (needed + AHEAD_PIECES > ahead->piece_count) {
        TRY(hold(ahead, index + 1, &next));
        if (next != NULL)
            ask(ahead, next, needed + AHEAD_PIECES - ahead->piece_count);
    }
    io_kick();
    TRY(wait_for(slot, needed));
    window->buffer = slot->buffer;
    window->start = index * segment_bytes;
    window->len = slot->read * ahead->piece_bytes;
    return STATUS_OK;
}
