/*
 * smo.c: changes that span pages: splits, merges, stores made and dropped.
 *
 * All pages are latched, the record is built from what they hold, appended, applied, and the latches
 * go. So no reader sees half of it, and no crash does: one record, one LSN on all pages. A page
 * stands in a record at most once, as redo skips a page whose LSN is the record's.
 */
#include "engine/engine_int.h"

#include "runtime/worker.h"

void smo_begin(Smo *smo, Engine *engine) {
    smo->engine = engine;
    smo->buf = engine->scratch[worker_id()];
    smo->len = 4;
    smo->page_count = 0;
}

Page *engine_work_page(Engine *engine) {
    return (Page *)(engine->scratch[worker_id()] + WAL_RECORD_MAX);
}

Page *engine_scratch_page(Engine *engine) {
    return (Page *)(engine->scratch[worker_id()] + WAL_RECORD_MAX + PAGE_BYTES);
}

void smo_adopt(Smo *smo, Frame *frame) {
    check(smo->page_count < SMO_PAGES_MAX && frame_is_latched(frame));
    smo->pages[smo->page_count++] = (SmoPage){.frame = frame};
}

bool smo_latch(Smo *smo, PageRef ref) {
    if (!page_ref_upgrade(ref))
        return false;
    smo_adopt(smo, ref.frame);
    return true;
}

void smo_abandon(Smo *smo) {
    for (uint32_t i = 0; i < smo->page_count; i++)
        frame_unlatch_unchanged(smo->pages[i].frame);
    smo->page_count = 0;
}

uint8_t *smo_change(Smo *smo, Frame *frame, ChangeAction action, uint16_t aux, uint32_t len) {
    uint32_t i = 0;
    while (i < smo->page_count && smo->pages[i].frame != frame)
        i++;
    check(i < smo->page_count && smo->pages[i].change_offset == 0);
    check(smo->len + CHANGE_HEADER_BYTES + len <= WAL_RECORD_MAX - WAL_RECORD_HEADER_BYTES);
    smo->pages[i].change_offset = smo->len;
    uint8_t *p = smo->buf + smo->len;
    store_le32(p, atomic_load_explicit(&frame->page_no, memory_order_relaxed));
    p[4] = (uint8_t)action;
    p[5] = 0;
    store_le16(p + 6, aux);
    store_le32(p + 8, len);
    smo->len += CHANGE_HEADER_BYTES + len;
    return p + CHANGE_HEADER_BYTES;
}

void smo_change_image(Smo *smo, Frame *frame, ChangeAction action, const Page *page) {
    WalPart parts[2];
    page_image_parts(page, parts);
    uint8_t *p = smo_change(smo, frame, action, 0, parts[0].len + parts[1].len);
    memcpy(p, parts[0].data, parts[0].len);
    memcpy(p + parts[0].len, parts[1].data, parts[1].len);
}

/* The smallest bitmap page above `after` that covers one of the pages; PAGE_NONE: no more. */
static PageNo next_space_page(PageNo after, const PageNo *a, uint32_t a_count, const PageNo *b,
                              uint32_t b_count) {
    PageNo best = PAGE_NONE;
    for (uint32_t i = 0; i < a_count + b_count; i++) {
        PageNo space = space_page_of(i < a_count ? a[i] : b[i - a_count]);
        if (space > after && (best == PAGE_NONE || space < best))
            best = space;
    }
    return best;
}

static uint32_t count_covered(PageNo space, const PageNo *pages, uint32_t count) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += space_page_of(pages[i]) == space;
    return n;
}

static uint8_t *put_covered(uint8_t *p, PageNo space, const PageNo *pages, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (space_page_of(pages[i]) != space)
            continue;
        store_le32(p, pages[i]);
        p += 4;
    }
    return p;
}

bool smo_space(Smo *smo, const PageNo *used, uint32_t used_count, const PageNo *freed,
               uint32_t freed_count) {
    Pool *pool = &smo->engine->pool;
    PageNo space = PAGE_NONE;
    while ((space = next_space_page(space, used, used_count, freed, freed_count)) != PAGE_NONE) {
        Frame *frame = pool_find(pool, space);
        if (frame == NULL || !frame_latch_last(frame, space))
            return false;
        frame_touch(frame);
        smo_adopt(smo, frame);
        uint32_t used_here = count_covered(space, used, used_count);
        uint32_t freed_here = count_covered(space, freed, freed_count);
        uint8_t *p =
            smo_change(smo, frame, CHANGE_SPACE, (uint16_t)used_here, 4 * (used_here + freed_here));
        p = put_covered(p, space, used, used_count);
        put_covered(p, space, freed, freed_count);
    }
    return true;
}

/* ---- applying ---- */

static const char *apply_space(Page *page, uint16_t used_count, const uint8_t *data, uint32_t len) {
    if (page->type != PAGE_SPACE || len % 4 != 0)
        return "not a bitmap page";
    uint8_t *bits = (uint8_t *)page + SPACE_BITS_OFFSET;
    for (uint32_t i = 0; i < len / 4; i++) {
        uint32_t at = load_le32(data + 4 * i) % SPACE_SPAN;
        bool was_used = bits[at / 8] >> (at % 8) & 1;
        if (was_used == (i < used_count))
            return "a page is allocated or freed twice";
        bits[at / 8] ^= (uint8_t)(1u << (at % 8));
    }
    return NULL;
}

static void space_format(Page *page, PageNo page_no) {
    memset(page, 0, PAGE_BYTES);
    page->page_no = page_no;
    page->type = PAGE_SPACE;
    uint8_t *bits = (uint8_t *)page + SPACE_BITS_OFFSET;
    bits[0] = 2; /* itself */
    if (page_no == 1)
        bits[0] |= 1; /* page 0 */
}

static const char *apply_insert(Page *page, uint16_t slot, const uint8_t *data, uint32_t len,
                                Page *scratch) {
    if (len < 2 || len < 2u + load_le16(data))
        return "a short record";
    Str key = str_make((const char *)data + 2, load_le16(data));
    Str value = str_make(key.data + key.len, len - 2 - key.len);
    if (page->type != PAGE_LEAF || slot > page->slot_count || key.len < page->prefix_len ||
        page_entry_bytes(page, key.len, value.len) > page_free_bytes(page))
        return "no place for the entry";
    page_insert(page, slot, key, value, scratch);
    return NULL;
}

static const char *apply_insert_child(Page *page, uint16_t slot, const uint8_t *data, uint32_t len,
                                      Page *scratch) {
    if (len < 4)
        return "a short record";
    Str key = str_make((const char *)data + 4, len - 4);
    if (page->type != PAGE_INNER || slot == 0 || slot > page->slot_count ||
        key.len < page->prefix_len || page_entry_bytes(page, key.len, 4) > page_free_bytes(page))
        return "no place for the child";
    page_insert_child(page, slot, key, load_le32(data), scratch);
    return NULL;
}

static const char *apply_absorb(Page *page, const uint8_t *data, uint32_t len, Engine *engine) {
    Page *work = engine_work_page(engine);
    if (!page_restore(work, data, len) || work->type != page->type)
        return "not an image of a neighbour";
    if (!page_can_absorb(page, work, PAGE_BYTES))
        return "no place for the neighbour's entries";
    page_absorb(page, work, engine_scratch_page(engine));
    return NULL;
}

static const char *apply_tree(Page *page, ChangeAction action, uint16_t aux, const uint8_t *data,
                              uint32_t len, Engine *engine) {
    Page *scratch = engine_scratch_page(engine);
    if (page->type != PAGE_LEAF && page->type != PAGE_INNER)
        return "not a tree page";
    switch (action) {
    case CHANGE_TRUNCATE: {
        if (len < 4 || aux > page->slot_count || len - 4 > BTREE_KEY_MAX)
            return "a bad fence";
        Str high = str_make((const char *)data + 4, len - 4);
        page_truncate(page, aux, &high, load_le32(data), scratch);
        return NULL;
    }
    case CHANGE_INSERT_CHILD:
        return apply_insert_child(page, aux, data, len, scratch);
    case CHANGE_REMOVE:
        if (aux >= page->slot_count)
            return "no such slot";
        page_remove(page, aux);
        return NULL;
    case CHANGE_ABSORB:
        return apply_absorb(page, data, len, engine);
    case CHANGE_INSERT:
        return apply_insert(page, aux, data, len, scratch);
    case CHANGE_SET_VALUE:
        if (aux >= page->slot_count)
            return "no such slot";
        page_set_value(page, aux, str_make((const char *)data, len), scratch);
        return NULL;
    case CHANGE_CUT:
        while (page->slot_count > aux)
            page_remove(page, page->slot_count - 1u);
        return NULL;
    default:
        return "unknown change";
    }
}

/* NULL, or why the change does not fit the page. */
static const char *apply(Page *page, PageNo page_no, ChangeAction action, uint16_t aux,
                         const uint8_t *data, uint32_t len, Engine *engine) {
    switch (action) {
    case CHANGE_INIT:
        if (!page_restore(page, data, len))
            return "not a page image";
        page->page_no = page_no;
        return NULL;
    case CHANGE_FREE:
        memset(page, 0, PAGE_HEADER_BYTES);
        page->page_no = page_no;
        return NULL;
    case CHANGE_SPACE_INIT:
        space_format(page, page_no);
        return NULL;
    case CHANGE_SPACE:
        return apply_space(page, aux, data, len);
    default:
        return apply_tree(page, action, aux, data, len, engine);
    }
}

static void note_space(Engine *engine, const uint8_t *change) {
    uint32_t used = load_le16(change + 6), count = load_le32(change + 8) / 4;
    for (uint32_t i = 0; i < count; i++)
        space_note(engine, load_le32(change + CHANGE_HEADER_BYTES + 4 * i), i < used);
}

Lsn smo_commit(Smo *smo, WalKind kind, StoreId store, Xid xid, Lsn prev_txn_lsn) {
    Engine *engine = smo->engine;
    WalRecord record = {.kind = (uint8_t)kind,
                        .xid = xid,
                        .prev_txn_lsn = prev_txn_lsn,
                        .store = store,
                        .page = load_le32(smo->buf + 4)};
    WalPart part = {smo->buf + 4, smo->len - 4};
    Lsn lsn = wal_append(engine->wal, &record, &part, 1);
    /* the images are in buf: the work page is free */
    for (uint32_t i = 0; i < smo->page_count; i++) {
        Frame *frame = smo->pages[i].frame;
        if (smo->pages[i].change_offset == 0) {
            frame_unlatch_unchanged(frame);
            continue;
        }
        const uint8_t *p = smo->buf + smo->pages[i].change_offset;
        const char *wrong = apply(frame->page, load_le32(p), p[4], load_le16(p + 6),
                                  p + CHANGE_HEADER_BYTES, load_le32(p + 8), engine);
        check(wrong == NULL);
        frame_set_lsn(&engine->pool, frame, lsn);
        if (p[4] == CHANGE_SPACE)
            note_space(engine, p);
        frame_unlatch(frame);
    }
    smo->page_count = 0;
    return lsn;
}

/* ---- redo ---- */

const char *smo_change_apply(Engine *engine, Page *page, PageNo page_no, const uint8_t *change) {
    return apply(page, page_no, change[4], load_le16(change + 6), change + CHANGE_HEADER_BYTES,
                 load_le32(change + 8), engine);
}

static Status keep_change(Engine *engine, const WalRecord *record, const uint8_t *p) {
    WalRecord one = *record;
    one.payload = p;
    one.payload_len = CHANGE_HEADER_BYTES + load_le32(p + 8);
    return pending_add(engine, load_le32(p), &one);
}

static Status redo_one(Engine *engine, const WalRecord *record, const uint8_t *p) {
    PageNo page_no = load_le32(p);
    ChangeAction action = p[4];
    bool blind = action == CHANGE_INIT || action == CHANGE_SPACE_INIT;
    PageRef ref;
    if (!blind && action != CHANGE_SPACE && pool_find(&engine->pool, page_no) == NULL)
        return keep_change(engine, record, p);
    do {
        if (blind)
            TRY(pool_ref_fresh(&engine->pool, page_no, &ref));
        else
            TRY(pool_ref(&engine->pool, page_no, &ref));
    } while (!page_ref_upgrade(ref));
    Page *page = ref.frame->page;
    if (page->lsn >= record->lsn && !engine->faults.redo_ignores_page_lsn) {
        frame_unlatch_unchanged(ref.frame);
        return STATUS_OK;
    }
    const char *wrong = smo_change_apply(engine, page, page_no, p);
    frame_set_lsn(&engine->pool, ref.frame, record->lsn);
    frame_unlatch(ref.frame);
    return wrong == NULL ? STATUS_OK : pool_damaged(&engine->pool, page_no, wrong);
}

Status smo_redo(Engine *engine, const WalRecord *record) {
    const uint8_t *p = record->payload, *end = p + record->payload_len;
    while (p < end) {
        if (end - p < (ptrdiff_t)CHANGE_HEADER_BYTES ||
            (uint64_t)(end - p) < (uint64_t)CHANGE_HEADER_BYTES + load_le32(p + 8))
            return error(ERR_DATA_CORRUPTED, "invalid record in the log at %lX",
                         (unsigned long)record->lsn);
        TRY(redo_one(engine, record, p));
        p += CHANGE_HEADER_BYTES + load_le32(p + 8);
    }
    return STATUS_OK;
}
