/* btree_log.c: leaf records read again: redo, before-images, keys. Formats: btree_log.h. */
#include "engine/btree_log.h"

typedef struct Cursor {
    const uint8_t *p, *end;
    bool ok;
} Cursor;

static const uint8_t *take(Cursor *cursor, size_t len) {
    if ((size_t)(cursor->end - cursor->p) < len) {
        cursor->ok = false;
        return NULL;
    }
    const uint8_t *p = cursor->p;
    cursor->p += len;
    return p;
}

static uint32_t take_u16(Cursor *cursor) {
    const uint8_t *p = take(cursor, 2);
    return p == NULL ? 0 : load_le16(p);
}

static Str take_str(Cursor *cursor, size_t len) {
    const uint8_t *p = take(cursor, len);
    return p == NULL ? str_make("", 0) : str_make((const char *)p, len);
}

static Str take_rest(Cursor *cursor) { return take_str(cursor, (size_t)(cursor->end - cursor->p)); }

static void decode_many(Cursor *cursor, LeafRecord *out) {
    const uint8_t *first = take(cursor, 8);
    out->first_rowid = first == NULL ? 0 : load_le64(first);
    out->count = take_u16(cursor);
    out->lens = take(cursor, 2 * (size_t)out->count);
    out->value = take_rest(cursor);
    size_t sum = 0;
    for (uint32_t i = 0; cursor->ok && i < out->count; i++)
        sum += load_le16(out->lens + 2 * i);
    cursor->ok = cursor->ok && sum == out->value.len;
}

static void decode_update(Cursor *cursor, LeafRecord *out) {
    out->offset = take_u16(cursor);
    uint32_t old_len = take_u16(cursor), new_len = take_u16(cursor);
    const uint8_t *headers = take(cursor, 1);
    if (headers != NULL && *headers == 1) {
        out->old_header = take(cursor, ROW_HEADER_BYTES);
        out->new_header = take(cursor, ROW_HEADER_BYTES);
    }
    out->old_middle = take_str(cursor, old_len);
    out->new_middle = take_str(cursor, new_len);
}

bool leaf_record_decode(const WalRecord *record, LeafRecord *out) {
    *out = (LeafRecord){.count = 1, .old_middle = str_make("", 0), .new_middle = str_make("", 0)};
    Cursor cursor = {record->payload, record->payload + record->payload_len, true};
    if (record->flags & WAL_COMPENSATION)
        take(&cursor, 6);
    if (record->kind == WAL_LEAF_INSERT_MANY) {
        decode_many(&cursor, out);
        return cursor.ok;
    }
    out->key = take_str(&cursor, take_u16(&cursor));
    switch (record->kind) {
    case WAL_LEAF_INSERT:
    case WAL_LEAF_REMOVE:
        out->value = take_rest(&cursor);
        break;
    case WAL_LEAF_HEADER:
        out->old_header = take(&cursor, ROW_HEADER_BYTES);
        out->new_header = take(&cursor, ROW_HEADER_BYTES);
        break;
    case WAL_LEAF_UPDATE:
        decode_update(&cursor, out);
        break;
    default:
        return false;
    }
    return cursor.ok;
}

/* ---- applying ---- */

static const char *apply_insert(Page *page, uint32_t slot, Str key, Str value, Page *scratch) {
    if (slot > page->slot_count || key.len < page->prefix_len ||
        page_entry_bytes(page, key.len, value.len) > page_free_bytes(page))
        return "no place for the entry";
    page_insert(page, slot, key, value, scratch);
    return NULL;
}

static void stamp(Page *page, uint32_t slot, Lsn lsn) {
    Str value = page_value(page, slot);
    if (value.len >= ROW_HEADER_BYTES)
        store_le48((char *)value.data + 8, lsn);
}

static const char *apply_many(Page *page, const WalRecord *record, const LeafRecord *leaf, Lsn lsn,
                              Page *scratch) {
    const char *p = leaf->value.data;
    for (uint32_t i = 0; i < leaf->count; i++) {
        char key[8];
        store_be64(key, leaf->first_rowid + i);
        uint32_t len = load_le16(leaf->lens + 2 * i);
        const char *wrong =
            apply_insert(page, record->aux + i, str_make(key, 8), str_make(p, len), scratch);
        if (wrong != NULL)
            return wrong;
        if (record->flags & WAL_STAMP)
            stamp(page, record->aux + i, lsn);
        p += len;
    }
    return NULL;
}

static const char *apply_update(Page *page, const WalRecord *record, const LeafRecord *leaf,
                                Page *scratch) {
    uint32_t slot = record->aux;
    Str value = page_value(page, slot);
    uint32_t header = leaf->new_header == NULL ? 0 : ROW_HEADER_BYTES;
    uint32_t old_len = leaf->old_middle.len, new_len = leaf->new_middle.len;
    if (leaf->offset < header || leaf->offset + old_len > value.len ||
        value.len - old_len + new_len > BTREE_ENTRY_MAX ||
        (new_len > old_len && new_len - old_len > page_free_bytes(page)))
        return "the change does not fit the entry";
    if (record->kind == WAL_LEAF_UPDATE)
        page_splice_value(page, slot, leaf->offset, old_len, leaf->new_middle, scratch);
    if (header != 0)
        memcpy((char *)page_value(page, slot).data, leaf->new_header, header);
    return NULL;
}

const char *leaf_record_apply(Page *page, const WalRecord *record, const LeafRecord *leaf, Lsn lsn,
                              Page *scratch) {
    if (page->type != PAGE_LEAF)
        return "not a leaf";
    page->max_xid = MAX(page->max_xid, record->xid);
    if (record->kind == WAL_LEAF_INSERT_MANY)
        return apply_many(page, record, leaf, lsn, scratch);
    const char *wrong = NULL;
    if (record->kind == WAL_LEAF_INSERT) {
        wrong = apply_insert(page, record->aux, leaf->key, leaf->value, scratch);
    } else if (record->aux >= page->slot_count) {
        wrong = "no such slot";
    } else if (record->kind == WAL_LEAF_REMOVE) {
        page_remove(page, record->aux);
        return NULL;
    } else {
        LeafRecord change = *leaf;
        change.offset = record->kind == WAL_LEAF_HEADER ? ROW_HEADER_BYTES : leaf->offset;
        wrong = apply_update(page, record, &change, scratch);
    }
    if (wrong == NULL && (record->flags & WAL_STAMP))
        stamp(page, record->aux, lsn);
    return wrong;
}

Status leaf_redo(Engine *engine, const WalRecord *record) {
    LeafRecord leaf;
    if (!leaf_record_decode(record, &leaf))
        return error(ERR_DATA_CORRUPTED, "invalid record in the log at %lX",
                     (unsigned long)record->lsn);
    PageRef ref;
    if (pool_find(&engine->pool, record->page) == NULL)
        return pending_add(engine, record->page, record);
    do
        TRY(pool_ref(&engine->pool, record->page, &ref));
    while (!page_ref_upgrade(ref));
    Page *page = ref.frame->page;
    if (page->lsn >= record->lsn && !engine->faults.redo_ignores_page_lsn) {
        frame_unlatch_unchanged(ref.frame);
        return STATUS_OK;
    }
    const char *wrong =
        page->store == record->store
            ? leaf_record_apply(page, record, &leaf, record->lsn, engine_scratch_page(engine))
            : "the page belongs to another store than the log says";
    frame_set_lsn(&engine->pool, ref.frame, record->lsn);
    frame_unlatch(ref.frame);
    return wrong == NULL ? STATUS_OK : pool_damaged(&engine->pool, record->page, wrong);
}

/* ---- interpreting ---- */

static Status not_a_leaf_record(const WalRecord *record) {
    return error(ERR_DATA_CORRUPTED, "invalid record in the log at %lX",
                 (unsigned long)record->lsn);
}

Status btree_record_before_image(const WalRecord *record, Str newer, Arena *arena, Str *older_out,
                                 bool *existed_out) {
    *older_out = (Str){0};
    *existed_out = false;
    LeafRecord leaf;
    if (!leaf_record_decode(record, &leaf))
        return not_a_leaf_record(record);
    if (record->kind == WAL_LEAF_INSERT || record->kind == WAL_LEAF_INSERT_MANY)
        return STATUS_OK;
    if (record->kind == WAL_LEAF_REMOVE)
        return not_a_leaf_record(record);
    if (record->kind == WAL_LEAF_HEADER)
        leaf.offset = ROW_HEADER_BYTES;
    uint32_t new_len = leaf.new_middle.len, old_len = leaf.old_middle.len;
    if (leaf.offset + new_len > newer.len ||
        (leaf.old_header != NULL && leaf.offset < ROW_HEADER_BYTES))
        return not_a_leaf_record(record);
    uint32_t tail = newer.len - leaf.offset - new_len, len = leaf.offset + old_len + tail;
    char *older = arena_alloc(arena, len);
    memcpy(older, newer.data, leaf.offset);
    memcpy(older + leaf.offset, leaf.old_middle.data, old_len);
    memcpy(older + leaf.offset + old_len, newer.data + leaf.offset + new_len, tail);
    if (leaf.old_header != NULL)
        memcpy(older, leaf.old_header, ROW_HEADER_BYTES);
    *older_out = str_make(older, len);
    *existed_out = true;
    return STATUS_OK;
}

Status btree_record_key(const WalRecord *record, Arena *arena, Str *key_out, uint32_t *count_out) {
    LeafRecord leaf;
    if (!leaf_record_decode(record, &leaf))
        return not_a_leaf_record(record);
    *count_out = leaf.count;
    if (record->kind == WAL_LEAF_INSERT_MANY) {
        char *key = arena_alloc(arena, 8);
        store_be64(key, leaf.first_rowid);
        *key_out = str_make(key, 8);
    } else {
        *key_out = str_make(arena_memdup(arena, leaf.key.data, leaf.key.len), leaf.key.len);
    }
    return STATUS_OK;
}

Status btree_record_value(const WalRecord *record, Arena *arena, Str *value_out) {
    LeafRecord leaf;
    if ((record->kind != WAL_LEAF_INSERT && record->kind != WAL_LEAF_REMOVE) ||
        !leaf_record_decode(record, &leaf))
        return not_a_leaf_record(record);
    char *value = arena_memdup(arena, leaf.value.data, leaf.value.len);
    if (record->kind == WAL_LEAF_INSERT && (record->flags & WAL_STAMP) &&
        leaf.value.len >= ROW_HEADER_BYTES)
        store_le48(value + 8, record->lsn);
    *value_out = str_make(value, leaf.value.len);
    return STATUS_OK;
}
