/*
 * scan.c: where does the log end, and was anything lost before that?
 *
 * The chain of groups is followed from the start of the segment that holds the redo LSN: each group
 * must carry the sequence and the hash of the one before. Where it breaks, one of two things
 * happened: the crash tore a group that nobody had been told of (a torn tail: the log ends here), or
 * a durable group was damaged later. It is damage where
 *   - flipping one bit makes the group whole (CRC-32C finds the place; the chance that a torn group
 *     looks like that is nil, since each record's own CRC must agree): the bit is put right;
 *   - a later group says that everything below some LSN past the break was durable;
 *   - the redo LSN, or the idle mark, lies past the break.
 * Then the log is refused with the place (XX001): starting would drop acknowledged commits.
 */
#include "runtime/log.h"
#include "wal/wal_int.h"

#define CRC32C_POLYNOMIAL_REVERSED 0x82f63b78u

typedef struct Scan {
    Wal *wal;
    Window window;
    Window spot; /* for single blocks further on */
    Arena arena;
    Lsn start_lsn; /* records are shown from here on */
    WalVisit visit;
    void *visit_arg;
    bool chained; /* expected_* are known */
    uint64_t expected_sequence;
    uint32_t expected_prev_crc;
    uint32_t epoch_max;
    Lsn at; /* where the next group should start */
} Scan;

static bool continues_chain(const Scan *scan, const GroupHeader *header) {
    return !scan->chained || (header->sequence == scan->expected_sequence &&
                              header->prev_crc == scan->expected_prev_crc);
}

static void accept_group(Scan *scan, const GroupHeader *header) {
    scan->chained = true;
    scan->expected_sequence = header->sequence + 1;
    scan->expected_prev_crc = header->header_crc;
    scan->epoch_max = MAX(scan->epoch_max, header->epoch);
    scan->at = ALIGN_UP(group_records_end(header), (Lsn)WAL_BLOCK_BYTES);
}

/* Each record's length and CRC inside a group's payload. */
static bool records_sound(const uint8_t *payload, size_t len) {
    size_t at = 0;
    while (at < len) {
        if (len - at < WAL_RECORD_HEADER_BYTES)
            return false;
        uint32_t record_len = load_le32(payload + at);
        if (record_len < WAL_RECORD_HEADER_BYTES || record_len > len - at ||
            load_le32(payload + at + 4) != crc32c(0, payload + at + 8, record_len - 8))
            return false;
        at += ALIGN_UP((size_t)record_len, 8);
    }
    return true;
}

/*
 * The bit whose flip turns a CRC into another: CRC is linear, so the difference depends only on the
 * bit's distance from the end. Returns false if no single bit does.
 */
static bool find_flipped_bit(uint32_t difference, size_t len, size_t *byte_out, unsigned *bit_out) {
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int k = 0; k < 8; k++)
            table[i] = (table[i] >> 1) ^ ((table[i] & 1) ? CRC32C_POLYNOMIAL_REVERSED : 0);
    }
    uint32_t effect[8];
    for (unsigned bit = 0; bit < 8; bit++)
        effect[bit] = table[1u << bit];
    for (size_t distance = 0; distance < len; distance++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            if (effect[bit] == difference) {
                *byte_out = len - 1 - distance;
                *bit_out = bit;
                return true;
            }
            effect[bit] = (effect[bit] >> 8) ^ table[effect[bit] & 0xff];
        }
    }
    return false;
}

static bool repair_header(const Scan *scan, Lsn lsn, uint8_t *bytes) {
    for (unsigned i = 0; i < GROUP_HEADER_BYTES * 8; i++) {
        GroupHeader header;
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        memcpy(&header, bytes, sizeof(header));
        if (header.magic == GROUP_MAGIC && header.lsn == lsn &&
            header.header_crc == group_header_crc(&header) && continues_chain(scan, &header))
            return true;
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    return false;
}

static bool repair_payload(const GroupHeader *header, uint8_t *payload) {
    uint32_t difference = crc32c(0, payload, header->payload_len) ^ header->payload_crc;
    size_t byte;
    unsigned bit;
    if (!find_flipped_bit(difference, header->payload_len, &byte, &bit))
        return false;
    payload[byte] ^= (uint8_t)(1u << bit);
    if (records_sound(payload, header->payload_len))
        return true;
    payload[byte] ^= (uint8_t)(1u << bit);
    return false;
}

/* Tries to put one bit right in the group at lsn, in the window and on disk. */
static Status try_repair(Scan *scan, Lsn lsn, bool *repaired_out) {
    *repaired_out = false;
    GroupHeader header;
    GroupState state;
    TRY(window_group(&scan->window, lsn, &header, &state));
    uint8_t *bytes = scan->window.buffer + (lsn - scan->window.start);
    if (state == GROUP_BAD_HEADER)
        *repaired_out = repair_header(scan, lsn, bytes);
    else if (state == GROUP_BAD_PAYLOAD && continues_chain(scan, &header))
        *repaired_out = repair_payload(&header, bytes + GROUP_HEADER_BYTES);
    if (!*repaired_out)
        return STATUS_OK;
    TRY(window_group(&scan->window, lsn, &header, &state));
    *repaired_out = state == GROUP_OK;
    if (!*repaired_out)
        return STATUS_OK;
    log_write(LOG_LEVEL_WARNING, "repaired a flipped bit in the write-ahead log at %X/%X",
              (unsigned)(lsn >> 32), (unsigned)lsn);
    Segment *segment;
    TRY(segment_pin(scan->wal, lsn / scan->wal->segment_bytes, &segment));
    size_t len = ALIGN_UP((size_t)(group_records_end(&header) - lsn), (size_t)WAL_BLOCK_BYTES);
    bytes = scan->window.buffer + (lsn - scan->window.start);
    Status status = file_write_durable(segment->file, bytes, len, lsn % scan->wal->segment_bytes);
    segment_unpin(scan->wal, segment);
    return status;
}

/* Shows the group's records, whose sum has just been checked. */
static Status show_records(Scan *scan, const GroupHeader *header) {
    Lsn lsn = header->lsn + GROUP_HEADER_BYTES, end = group_records_end(header);
    const uint8_t *bytes;
    bool found;
    log_set_end(scan->wal, end);
    while (scan->visit != NULL && lsn < end) {
        WalRecord record;
        TRY(window_get(&scan->window, lsn, end - lsn, &bytes, &found));
        uint32_t len = end - lsn < WAL_RECORD_HEADER_BYTES ? 0 : load_le32(bytes);
        if (len < WAL_RECORD_HEADER_BYTES || len > WAL_RECORD_MAX || len > end - lsn)
            return damaged_record(lsn);
        record_decode(bytes, len, lsn, &record);
        if (lsn >= scan->start_lsn)
            TRY(scan->visit(scan->visit_arg, &record));
        lsn += ALIGN_UP((Lsn)len, 8);
    }
    return STATUS_OK;
}

/* Follows the chain one group on, from `at` or from the next segment's start. */
static Status next_group(Scan *scan, bool *found_out) {
    *found_out = true;
    Lsn candidates[2] = {scan->at, segment_end(scan->wal, scan->at)};
    unsigned count = scan->at % scan->wal->segment_bytes == 0 ? 1 : 2;
    for (unsigned i = 0; i < count; i++) {
        GroupHeader header;
        GroupState state;
        TRY(window_group(&scan->window, candidates[i], &header, &state));
        if (state == GROUP_OK && continues_chain(scan, &header)) {
            accept_group(scan, &header);
            return show_records(scan, &header);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        bool repaired;
        TRY(try_repair(scan, candidates[i], &repaired));
        if (repaired)
            return next_group(scan, found_out);
    }
    *found_out = false;
    return STATUS_OK;
}

static Status damaged(const Scan *scan, const char *why) {
    return status_hint(
        status_detail(error(ERR_DATA_CORRUPTED, "write-ahead log is damaged at %X/%X",
                            (unsigned)(scan->at >> 32), (unsigned)scan->at),
                      "%s Starting here would lose committed transactions.", why),
        "Restore the file %012llX in \"%s\", or the whole directory, from a backup.",
        (unsigned long long)(scan->at / scan->wal->segment_bytes), scan->wal->directory);
}

/* Does the block at lsn start a group that says that the break was durable? */
static Status vouches(Scan *scan, Window *window, Lsn lsn, bool *vouches_out, bool *exists_out) {
    const uint8_t *bytes;
    *vouches_out = false;
    TRY(window_get(window, lsn, WAL_BLOCK_BYTES, &bytes, exists_out));
    if (!*exists_out)
        return STATUS_OK;
    GroupHeader header;
    memcpy(&header, bytes, sizeof(header));
    *vouches_out = header.magic == GROUP_MAGIC && header.lsn == lsn &&
                   header.header_crc == group_header_crc(&header) && header.durable_lsn > scan->at;
    return STATUS_OK;
}

/* A damaged group has a successor that vouches for it within the groups that may be in flight. */
static Status check_torn_not_damaged(Scan *scan) {
    Lsn mark;
    TRY(mark_read(scan->wal, &mark));
    if (mark > scan->at)
        return damaged(scan, "The log was once durable past that place.");
    Lsn reach = scan->at + (DEPTH_LIMIT / 2 + 1) * GROUP_BYTES_MAX;
    bool found, exists;
    for (Lsn lsn = scan->at + WAL_BLOCK_BYTES; lsn < reach; lsn += WAL_BLOCK_BYTES) {
        TRY(vouches(scan, &scan->window, lsn, &found, &exists));
        if (found)
            return damaged(scan, "A later part of the log proves that it was durable there.");
        if (!exists)
            return STATUS_OK;
    }
    for (Lsn lsn = segment_end(scan->wal, reach);; lsn += scan->wal->segment_bytes) {
        TRY(vouches(scan, &scan->spot, lsn, &found, &exists));
        if (found)
            return damaged(scan, "A later part of the log proves that it was durable there.");
        if (!exists)
            return STATUS_OK;
    }
}

static Status follow_chain(Scan *scan) {
    Wal *wal = scan->wal;
    scan->at = scan->start_lsn - scan->start_lsn % wal->segment_bytes;
    for (bool found = true; found;)
        TRY(next_group(scan, &found));
    if (!scan->chained || scan->at <= scan->start_lsn)
        return damaged(scan, "A checkpoint refers to a later place.");
    TRY(check_torn_not_damaged(scan));
    wal->next_sequence = scan->expected_sequence;
    wal->last_header_crc = scan->expected_prev_crc;
    wal->epoch = scan->epoch_max + 1;
    return STATUS_OK;
}

Status scan_log(Wal *wal, Lsn start_lsn, WalVisit visit, void *arg) {
    Scan scan = {.wal = wal, .start_lsn = start_lsn, .visit = visit, .visit_arg = arg};
    Ahead *ahead;
    arena_init(&scan.arena, wal->account);
    window_init(&scan.spot, wal, &scan.arena, 2 * WAL_BLOCK_BYTES);
    Status status = ahead_open(wal, &ahead);
    if (status_ok(status)) {
        window_init_ahead(&scan.window, wal, ahead);
        status = follow_chain(&scan);
    }
    ahead_close(ahead);
    arena_destroy(&scan.arena);
    TRY(status);
    wal->group_start = scan.at;
    return STATUS_OK;
}
