/*
 * row_encode.c: rows with values stored outside.
 *
 * A string of more than LARGE_BYTES goes into a blob, and so do the largest ones of a row that would
 * not fit a leaf entry. The row keeps 16 bytes for each, and behind its body a trailer that says where
 * they lie, so that whoever deletes the row needs no column types to find what dies with it.
 *
 * An update that leaves a large value as it is keeps the old blob: equal length and equal bytes.
 */
#include "mvcc/table_int.h"

#define LARGE_BYTES 2048u
#define SPILL_BYTES_MIN 32u
#define COMPARE_BYTES ((size_t)64 << 10)

bool row_is_large(const TupleShape *shape, const Datum *values, const bool *nulls,
                  size_t *size_out) {
    size_t size = *size_out = tuple_size(shape, values, nulls);
    if (LIKELY(size <= LARGE_BYTES))
        return false;
    if (size > ROW_BODY_MAX)
        return true;
    for (int i = shape->str_before[shape->column_count]; i >= 0; i = shape->str_before[i])
        if ((nulls == NULL || !nulls[i]) && values[i].str.len > LARGE_BYTES)
            return true;
    return false;
}

uint32_t row_refs(Str value, Arena *arena, const uint8_t **refs_out) {
    *refs_out = NULL;
    RowHeader header = row_header_load(value.data);
    if (!(header.flags & ROW_EXTERNAL) || value.len < ROW_HEADER_BYTES + 2)
        return 0;
    uint32_t body = row_body_len(&header, (const uint8_t *)value.data, value.len);
    uint32_t count = body == 0 ? 0 : load_le16(value.data + value.len - 2);
    uint8_t *refs = arena_alloc(arena, (size_t)count * BLOB_REF_BYTES + 1);
    const char *offsets = value.data + ROW_HEADER_BYTES + body;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = load_le16(offsets + 2 * i);
        if (at + BLOB_REF_BYTES > body)
            return 0;
        memcpy(refs + i * BLOB_REF_BYTES, value.data + ROW_HEADER_BYTES + at, BLOB_REF_BYTES);
    }
    *refs_out = refs;
    return count;
}

Status row_refs_die(Txn *txn, const uint8_t *old, uint32_t old_count, const uint8_t *kept,
                    uint32_t kept_count) {
    for (uint32_t i = 0; i < old_count; i++) {
        const uint8_t *ref = old + i * BLOB_REF_BYTES;
        bool lives = false;
        for (uint32_t k = 0; k < kept_count && !lives; k++)
            lives = memcmp(ref, kept + k * BLOB_REF_BYTES, BLOB_REF_BYTES) == 0;
        BlobRef blob = blob_ref_load(ref);
        if (!lives)
            TRY(dead_add(txn, &(DeadItem){.kind = DEAD_BLOB,
                                          .store = blob.store,
                                          .id = blob.id,
                                          .raw_len = blob.raw_len}));
    }
    return STATUS_OK;
}

static Status same_bytes(Engine *engine, const BlobRef *ref, Str value, Arena *scratch,
                         bool *same_out) {
    *same_out = false;
    char *buf = arena_alloc(scratch, COMPARE_BYTES);
    for (size_t at = 0; at < value.len; at += COMPARE_BYTES) {
        size_t part = MIN(COMPARE_BYTES, value.len - at);
        TRY(blob_read(engine, ref, at, part, buf));
        if (memcmp(buf, value.data + at, part) != 0)
            return STATUS_OK;
    }
    *same_out = true;
    return STATUS_OK;
}

/* Stores value outside, or finds it among the old row's. */
static Status put_outside(Txn *txn, Table *table, Str value, const uint8_t *old, uint32_t old_count,
                          uint8_t ref_out[BLOB_REF_BYTES], bool *shared) {
    Engine *engine = txn->mvcc->engine;
    for (uint32_t i = 0; i < old_count; i++) {
        BlobRef ref = blob_ref_load(old + i * BLOB_REF_BYTES);
        bool same = false;
        ArenaMark mark = arena_mark(&txn->scratch);
        if (ref.raw_len == value.len)
            TRY(same_bytes(engine, &ref, value, &txn->scratch, &same));
        arena_release(&txn->scratch, mark);
        if (same) {
            blob_ref_store(&ref, ref_out);
            *shared = true;
            return STATUS_OK;
        }
    }
    BlobRef ref;
    txn_append_begin_long(txn);
    Status status = blob_write(engine, table->store, value.data, value.len, txn_own_xid(txn),
                               (Lsn *)&txn->last_lsn, &ref);
    txn_append_end(txn, LSN_INVALID);
    blob_ref_store(&ref, ref_out);
    return status;
}

static void encode(const TupleShape *shape, const Datum *values, const bool *nulls,
                   const bool *external, size_t size, uint8_t *buf, RowImage *image) {
    tuple_encode(shape, values, nulls, external, buf + ROW_HEADER_BYTES);
    image->value = (Str){.len = ROW_HEADER_BYTES + (uint32_t)size, .data = (char *)buf};
}

/* Which columns go outside: the large ones, then the largest until the rest fits. */
static Status choose_outside(const TupleShape *shape, Datum *values, const bool *nulls,
                             bool *external, uint32_t *count_out) {
    uint32_t count = 0;
    size_t size = tuple_size(shape, values, nulls);
    for (bool more = true; more;) {
        int pick = -1;
        for (int i = shape->str_before[shape->column_count]; i >= 0; i = shape->str_before[i])
            if ((nulls == NULL || !nulls[i]) && !external[i] &&
                values[i].str.len > SPILL_BYTES_MIN &&
                (pick < 0 || values[i].str.len > values[pick].str.len))
                pick = i;
        bool too_big = size + 2 + 2 * count > ROW_BODY_MAX;
        more = pick >= 0 && (too_big || values[pick].str.len > LARGE_BYTES);
        if (too_big && !more)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "row is too big: size %zu, maximum size %u",
                         size, ROW_BODY_MAX);
        if (more) {
            external[pick] = true;
            size -= values[pick].str.len - BLOB_REF_BYTES;
            count++;
        }
    }
    *count_out = count;
    return STATUS_OK;
}

static Status encode_large(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                           const bool *nulls, const Str *old, uint8_t *buf, RowImage *image) {
    Arena *scratch = &txn->scratch;
    Datum *shortened = arena_array(scratch, Datum, shape->column_count);
    bool *external = arena_array(scratch, bool, shape->column_count);
    const uint8_t *old_refs;
    uint32_t old_count = old == NULL ? 0 : row_refs(*old, scratch, &old_refs), count;
    if (old == NULL)
        old_refs = NULL;
    memcpy(shortened, values, shape->column_count * sizeof(Datum));
    TRY(choose_outside(shape, shortened, nulls, external, &count));
    uint8_t *refs = arena_alloc(scratch, (size_t)count * BLOB_REF_BYTES + 1);
    bool shared = false;
    for (uint32_t i = 0, n = 0; i < shape->column_count; i++) {
        if (!external[i])
            continue;
        uint8_t *ref = refs + BLOB_REF_BYTES * n++;
        TRY(put_outside(txn, table, values[i].str, old_refs, old_count, ref, &shared));
        shortened[i].str = str_make((char *)ref, BLOB_REF_BYTES);
    }
    if (shared)
        image->basis = row_header_load(old->data).undo_lsn;
    size_t size = tuple_size(shape, shortened, nulls);
    encode(shape, shortened, nulls, external, size, buf, image);
    /* The trailer: where the refs lie. Strings lie in column order behind each other. */
    uint8_t *trailer = buf + ROW_HEADER_BYTES + size;
    bool damaged = false;
    for (uint32_t i = 0, n = 0; i < shape->column_count; i++) {
        Datum at;
        if (external[i] &&
            tuple_get(shape, buf + ROW_HEADER_BYTES, size, i, &at, &damaged) == TUPLE_EXTERNAL)
            store_le16(trailer + 2 * n++,
                       (uint16_t)((const uint8_t *)at.str.data - buf - ROW_HEADER_BYTES));
    }
    store_le16(trailer + (size_t)2 * count, (uint16_t)count);
    image->value.len += 2 * count + 2;
    image->flags = ROW_EXTERNAL;
    image->refs = refs;
    image->ref_count = count;
    return STATUS_OK;
}

Status row_encode(Txn *txn, Table *table, const TupleShape *shape, const Datum *values,
                  const bool *nulls, const Str *old, uint8_t *buf, RowImage *image_out) {
    size_t size;
    *image_out = (RowImage){0};
    if (LIKELY(!row_is_large(shape, values, nulls, &size))) {
        row_encode_small(txn, shape, values, nulls, size, buf, image_out);
        return STATUS_OK;
    }
    TRY(encode_large(txn, table, shape, values, nulls, old, buf, image_out));
    row_header_store(buf, (RowHeader){.xid = txn_own_xid(txn), .flags = image_out->flags});
    return STATUS_OK;
}

void row_encode_small(Txn *txn, const TupleShape *shape, const Datum *values, const bool *nulls,
                      size_t size, uint8_t *buf, RowImage *image_out) {
    *image_out = (RowImage){0};
    encode(shape, values, nulls, NULL, size, buf, image_out);
    row_header_store(buf, (RowHeader){.xid = txn_own_xid(txn)});
}
