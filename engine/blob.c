/*
 * blob.c: large values in pieces.
 *
 * A value is cut into frames of FRAME_BYTES, each compressed by itself if that makes it smaller, so
 * reading a part costs only the frames it touches. A frame is stored in pieces, four of which fit a
 * leaf, under ascending keys: blobs are appended to their store, and leaves are full.
 *
 *   key: id u64, frame u16, piece u8, all big-endian
 *   value of piece 0: raw length u32, stored length u32, CRC-32C of the raw frame u32, bytes
 *   value of others: bytes
 *
 * A stored length less than the raw one: lz4.
 */
#include "engine/blob.h"

#include "base/hash.h"
#include "engine/engine_int.h"

#include <lz4.h>

#define PIECE_BYTES 4050u
#define FRAME_HEADER_BYTES 12u
#define FRAME_BYTES (16u * PIECE_BYTES - FRAME_HEADER_BYTES)
#define BLOB_KEY_BYTES 11u
_Static_assert(BLOB_BYTES_MAX / FRAME_BYTES < UINT16_MAX, "frames are numbered by 16 bits");

void blob_ref_store(const BlobRef *ref, uint8_t out[BLOB_REF_BYTES]) {
    store_le32(out, ref->store);
    store_le32(out + 4, ref->raw_len);
    store_le64(out + 8, ref->id);
}

BlobRef blob_ref_load(const uint8_t in[BLOB_REF_BYTES]) {
    return (BlobRef){.store = load_le32(in), .raw_len = load_le32(in + 4), .id = load_le64(in + 8)};
}

static Str piece_key(uint64_t id, uint32_t frame, uint32_t piece, char buf[BLOB_KEY_BYTES]) {
    store_be64(buf, id);
    store_be16(buf + 8, (uint16_t)frame);
    buf[10] = (char)piece;
    return str_make(buf, BLOB_KEY_BYTES);
}

/* ---- writing ---- */

static Status insert_piece(Btree *tree, Str key, Str value, Xid xid, Lsn *last_lsn) {
    for (;;) {
        BtreeLeaf leaf;
        TRY(btree_write_begin(tree, key, &leaf));
        check(!leaf.found);
        if (btree_leaf_fits(&leaf, key.len, value.len)) {
            WriteContext context = {.xid = xid, .prev_txn_lsn = *last_lsn};
            *last_lsn = btree_leaf_insert(&leaf, key, value, &context);
            btree_write_end(&leaf);
            return STATUS_OK;
        }
        btree_write_end(&leaf);
        TRY(btree_make_room(tree, key, key.len + value.len));
    }
}

typedef struct BlobWriter {
    Btree *tree;
    uint64_t id;
    Xid xid;
    Lsn *last_lsn;
    char *frame; /* header and stored bytes */
    void *lz4_state;
} BlobWriter;

static Status write_frame(BlobWriter *writer, uint32_t frame_no, const char *raw,
                          uint32_t raw_len) {
    char *stored = writer->frame + FRAME_HEADER_BYTES;
    int packed = LZ4_compress_fast_extState(writer->lz4_state, raw, stored, (int)raw_len,
                                            (int)raw_len - 1, 1);
    uint32_t stored_len = packed > 0 ? (uint32_t)packed : raw_len;
    if (packed <= 0)
        memcpy(stored, raw, raw_len);
    store_le32(writer->frame, raw_len);
    store_le32(writer->frame + 4, stored_len);
    store_le32(writer->frame + 8, crc32c(0, raw, raw_len));
    uint32_t total = FRAME_HEADER_BYTES + stored_len;
    for (uint32_t at = 0, piece = 0; at < total; at += PIECE_BYTES, piece++) {
        char key[BLOB_KEY_BYTES];
        TRY(insert_piece(writer->tree, piece_key(writer->id, frame_no, piece, key),
                         str_make(writer->frame + at, MIN(PIECE_BYTES, total - at)), writer->xid,
                         writer->last_lsn));
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

Status blob_write(Engine *engine, StoreId owner, const void *data, size_t len, Xid xid,
                  Lsn *last_lsn, BlobRef *ref_out) {
    *ref_out = (BlobRef){0};
    if (len > BLOB_BYTES_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "invalid memory alloc request size %zu", len);
    Btree *tree;
    uint64_t id;
    TRY(store_blob_tree(engine, owner, &tree));
    TRY(engine_counter_next(engine, COUNTER_BLOB, 1, &id));
    Arena arena;
    arena_init(&arena, engine->account);
    BlobWriter writer = {.tree = tree,
                         .id = id,
                         .xid = xid,
                         .last_lsn = last_lsn,
                         .frame = arena_alloc(&arena, FRAME_HEADER_BYTES + FRAME_BYTES),
                         .lz4_state = arena_alloc(&arena, (size_t)LZ4_sizeofState())};
    Status status = STATUS_OK;
    for (size_t at = 0, frame = 0; at < len && status_ok(status); at += FRAME_BYTES, frame++)
        status = write_frame(&writer, (uint32_t)frame, (const char *)data + at,
                             (uint32_t)MIN(FRAME_BYTES, len - at));
    arena_destroy(&arena);
    if (status_ok(status))
        *ref_out = (BlobRef){.store = btree_store(tree), .raw_len = (uint32_t)len, .id = id};
    return status;
}

/* ---- reading ---- */

static Status damaged_blob(const BlobRef *ref, uint32_t frame) {
    return error(ERR_DATA_CORRUPTED, "missing chunk number %u for large value %llu in store %u",
                 frame, (unsigned long long)ref->id, ref->store);
}

typedef struct BlobReader {
    Btree *tree;
    const BlobRef *ref;
    Arena arena;
    char *stored, *raw; /* a frame each */
} BlobReader;

/* Gathers the frame's pieces behind each other; not whole where one is missing or makes no sense. */
static Status read_pieces(BlobReader *reader, uint32_t frame, uint32_t *raw_len,
                          uint32_t *stored_len, uint32_t *crc, bool *whole_out) {
    uint32_t total = FRAME_HEADER_BYTES;
    *whole_out = false;
    for (uint32_t at = 0, piece = 0; at < total; piece++) {
        char key[BLOB_KEY_BYTES];
        Str value;
        bool found;
        ArenaMark mark = arena_mark(&reader->arena);
        TRY(btree_get(reader->tree, piece_key(reader->ref->id, frame, piece, key), &reader->arena,
                      &value, &found));
        if (!found || value.len == 0 || value.len > FRAME_HEADER_BYTES + FRAME_BYTES - at ||
            (piece == 0 && value.len < FRAME_HEADER_BYTES))
            return STATUS_OK;
        memcpy(reader->stored + at, value.data, value.len);
        at += value.len;
        arena_release(&reader->arena, mark);
        if (piece == 0) {
            *raw_len = load_le32(reader->stored);
            *stored_len = load_le32(reader->stored + 4);
            *crc = load_le32(reader->stored + 8);
            if (*stored_len > FRAME_BYTES)
                return STATUS_OK;
            total += *stored_len;
        }
        if (at > total)
            return STATUS_OK;
    }
    *whole_out = true;
    return STATUS_OK;
}

/* The stored frame into reader->raw; false where it is damaged. */
static bool unpack_frame(BlobReader *reader, uint32_t raw_len, uint32_t stored_len, uint32_t crc) {
    const char *stored = reader->stored + FRAME_HEADER_BYTES;
    if (stored_len > raw_len || raw_len > FRAME_BYTES)
        return false;
    if (stored_len == raw_len)
        memcpy(reader->raw, stored, raw_len);
    else if (LZ4_decompress_safe(stored, reader->raw, (int)stored_len, (int)raw_len) !=
             (int)raw_len)
        return false;
    return crc32c(0, reader->raw, raw_len) == crc;
}

/* The raw frame into reader->raw. */
static Status read_frame(BlobReader *reader, uint32_t frame) {
    uint32_t raw_len = 0, stored_len = 0, crc = 0;
    uint32_t expected = MIN(FRAME_BYTES, reader->ref->raw_len - frame * FRAME_BYTES);
    bool whole;
    TRY(read_pieces(reader, frame, &raw_len, &stored_len, &crc, &whole));
    if (!whole || raw_len != expected || !unpack_frame(reader, raw_len, stored_len, crc))
        return damaged_blob(reader->ref, frame);
    return STATUS_OK;
}

static Status read_range(BlobReader *reader, size_t offset, size_t len, char *buf) {
    for (size_t done = 0; done < len;) {
        uint32_t frame = (uint32_t)((offset + done) / FRAME_BYTES);
        size_t within = (offset + done) % FRAME_BYTES;
        size_t part = MIN(FRAME_BYTES - within, len - done);
        TRY(read_frame(reader, frame));
        memcpy(buf + done, reader->raw + within, part);
        done += part;
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

Status blob_read(Engine *engine, const BlobRef *ref, size_t offset, size_t len, void *buf) {
    if (offset > ref->raw_len || len > ref->raw_len - offset)
        return damaged_blob(ref, (uint32_t)(offset / FRAME_BYTES));
    BlobReader reader = {.ref = ref};
    TRY(engine_store_open(engine, ref->store, &reader.tree));
    arena_init(&reader.arena, engine->account);
    reader.stored = arena_alloc(&reader.arena, FRAME_HEADER_BYTES + FRAME_BYTES);
    reader.raw = arena_alloc(&reader.arena, FRAME_BYTES);
    Status status = read_range(&reader, offset, len, buf);
    arena_destroy(&reader.arena);
    return status;
}

/* ---- freeing ---- */

static Status remove_key(Btree *tree, Str key) {
    BtreeLeaf leaf;
    TRY(btree_write_begin(tree, key, &leaf));
    if (leaf.found)
        btree_leaf_remove(&leaf, &(WriteContext){0});
    btree_write_end(&leaf);
    return STATUS_OK;
}

static Status remove_all(Btree *tree, uint64_t id, Arena *arena) {
    char low[8], high[8];
    store_be64(low, id);
    store_be64(high, id + 1);
    Str low_key = str_make(low, 8), high_key = str_make(high, 8);
    BtreeScan *scan;
    const BtreeEntry *entries;
    uint32_t count = 1;
    TRY(btree_scan_open(tree, &low_key, true, &high_key, false, false, arena, &scan));
    while (count > 0) {
        TRY(btree_scan_next(scan, &entries, &count));
        for (uint32_t i = 0; i < count; i++)
            TRY(remove_key(tree, entries[i].key));
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

Status blob_free(Engine *engine, const BlobRef *ref) {
    if (!engine_store_exists(engine, ref->store))
        return STATUS_OK;
    Btree *tree;
    TRY(engine_store_open(engine, ref->store, &tree));
    Arena arena;
    arena_init(&arena, engine->account);
    Status status = remove_all(tree, ref->id, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- checking ---- */

/* Checks each frame that begins in the store; one that a crash cut short is not damaged, its
 * transaction will be rolled back. */
static Status check_frame(BlobReader *reader, Str key, Str first, CheckContext *context) {
    uint64_t id = load_be64(key.data);
    uint32_t frame = load_be16(key.data + 8), raw_len = load_le32(first.data);
    BlobRef ref = {.store = btree_store(reader->tree), .id = id, .raw_len = BLOB_BYTES_MAX};
    if (raw_len > FRAME_BYTES) {
        check_report(context, "store %u: large value %llu frame %u has %u bytes", ref.store,
                     (unsigned long long)id, frame, raw_len);
        return STATUS_OK;
    }
    reader->ref = &ref;
    uint32_t stored_len = 0, crc = 0;
    bool whole;
    TRY(read_pieces(reader, frame, &raw_len, &stored_len, &crc, &whole));
    if (whole && !unpack_frame(reader, raw_len, stored_len, crc))
        check_report(context, "store %u: large value %llu frame %u is damaged", ref.store,
                     (unsigned long long)id, frame);
    return STATUS_OK;
}

static Status check_frames(BlobReader *reader, CheckContext *context) {
    BtreeScan *scan;
    const BtreeEntry *entries;
    uint32_t count = 1;
    TRY(btree_scan_open(reader->tree, NULL, false, NULL, false, false, context->arena, &scan));
    while (count > 0) {
        TRY(btree_scan_next(scan, &entries, &count));
        for (uint32_t i = 0; i < count; i++) {
            Str key = entries[i].key;
            if (key.len != BLOB_KEY_BYTES)
                check_report(context, "store %u: not the key of a large value",
                             btree_store(reader->tree));
            else if (key.data[10] == 0 && entries[i].value.len >= FRAME_HEADER_BYTES)
                TRY(check_frame(reader, key, entries[i].value, context));
        }
    }
    return STATUS_OK;
}

Status blob_check_store(Btree *tree, CheckContext *context) {
    BlobReader reader = {.tree = tree};
    arena_init(&reader.arena, tree->engine->account);
    ArenaMark mark = arena_mark(context->arena);
    reader.stored = arena_alloc(&reader.arena, FRAME_HEADER_BYTES + FRAME_BYTES);
    reader.raw = arena_alloc(&reader.arena, FRAME_BYTES);
    Status status = check_frames(&reader, context);
    arena_release(context->arena, mark);
    arena_destroy(&reader.arena);
    return status;
}
