/* pending.c: see pending.h. */
#include "engine/btree_log.h"
#include "engine/engine_int.h"

#include <stdlib.h>

#define CHUNK_BYTES ((size_t)1 << 20)
#define AHEAD_PAGES 64u

typedef struct PendingRecord {
    struct PendingRecord *next;
    Lsn lsn;
    Xid xid;
    uint32_t store;
    uint32_t payload_len;
    uint16_t aux;
    uint8_t kind;
    uint8_t flags;
    uint8_t payload[];
} PendingRecord;

typedef struct PendingPage {
    PendingRecord *first, *last;
} PendingPage;

typedef struct PendingChunk {
    struct PendingChunk *older;
    size_t bytes, used;
    uint8_t data[];
} PendingChunk;

void pending_init(Engine *engine) {
    engine->pending = (Pending){.count = 0};
    u64map_init(&engine->pending.pages, engine->account);
}

static void free_all(Engine *engine) {
    Pending *pending = &engine->pending;
    while (pending->chunks != NULL) {
        PendingChunk *chunk = pending->chunks;
        pending->chunks = chunk->older;
        mem_free(engine->account, chunk, sizeof(*chunk) + chunk->bytes);
    }
    pending->bytes = 0;
    u64map_destroy(&pending->pages);
    u64map_init(&pending->pages, engine->account);
}

void pending_destroy(Engine *engine) {
    free_all(engine);
    u64map_destroy(&engine->pending.pages);
}

/* ---- keeping ---- */

static void *take_room(Engine *engine, size_t bytes) {
    Pending *pending = &engine->pending;
    bytes = ALIGN_UP(bytes, sizeof(uint64_t));
    PendingChunk *chunk = pending->chunks;
    if (chunk == NULL || chunk->bytes - chunk->used < bytes) {
        size_t size = MAX(CHUNK_BYTES, bytes);
        chunk = mem_try_alloc(engine->account, sizeof(*chunk) + size);
        if (chunk == NULL)
            return NULL;
        chunk->older = pending->chunks;
        chunk->bytes = size;
        chunk->used = 0;
        pending->chunks = chunk;
        pending->bytes += size;
    }
    void *room = chunk->data + chunk->used;
    chunk->used += bytes;
    return room;
}

static bool keep(Engine *engine, PageNo page_no, const WalRecord *record) {
    Pending *pending = &engine->pending;
    PendingPage *page = u64map_get(&pending->pages, page_no);
    PendingRecord *kept = take_room(engine, sizeof(*kept) + record->payload_len);
    if (kept == NULL)
        return false;
    *kept = (PendingRecord){.lsn = record->lsn,
                            .xid = record->xid,
                            .store = record->store,
                            .payload_len = record->payload_len,
                            .aux = record->aux,
                            .kind = record->kind,
                            .flags = record->flags};
    memcpy(kept->payload, record->payload, record->payload_len);
    if (page == NULL) {
        page = take_room(engine, sizeof(*page));
        if (page == NULL)
            return false;
        page->first = page->last = kept;
        u64map_put(&pending->pages, page_no, page);
        atomic_store_explicit(&pending->count, pending->pages.count, memory_order_release);
        return true;
    }
    page->last->next = kept;
    page->last = kept;
    return true;
}

Status pending_add(Engine *engine, PageNo page_no, const WalRecord *record) {
    Pending *pending = &engine->pending;
    latch_lock(&pending->latch);
    bool kept = pending->bytes < PENDING_BYTES_MAX && keep(engine, page_no, record);
    latch_unlock(&pending->latch);
    if (kept)
        return STATUS_OK;
    TRY(pending_drain(engine, NULL));
    latch_lock(&pending->latch);
    kept = keep(engine, page_no, record);
    latch_unlock(&pending->latch);
    return kept ? STATUS_OK : status_out_of_memory();
}

/* ---- applying ---- */

static const char *apply_one(Engine *engine, Page *page, PageNo page_no,
                             const PendingRecord *kept) {
    WalRecord record = {.lsn = kept->lsn,
                        .kind = kept->kind,
                        .flags = kept->flags,
                        .aux = kept->aux,
                        .xid = kept->xid,
                        .store = kept->store,
                        .page = page_no,
                        .payload = kept->payload,
                        .payload_len = kept->payload_len};
    LeafRecord leaf;
    if (!is_leaf_record(record.kind))
        return smo_change_apply(engine, page, page_no, record.payload);
    if (!leaf_record_decode(&record, &leaf))
        return "an invalid record in the log";
    if (page->store != record.store)
        return "the page belongs to another store than the log says";
    return leaf_record_apply(page, &record, &leaf, record.lsn, engine_scratch_page(engine));
}

const char *pending_apply(Engine *engine, Page *page, PageNo page_no, Lsn *first_out,
                          Lsn *last_out) {
    Pending *pending = &engine->pending;
    *first_out = *last_out = LSN_INVALID;
    if (LIKELY(atomic_load_explicit(&pending->count, memory_order_acquire) == 0))
        return NULL;
    latch_lock(&pending->latch);
    const PendingPage *records = u64map_get(&pending->pages, page_no);
    latch_unlock(&pending->latch);
    for (const PendingRecord *it = records == NULL ? NULL : records->first; it != NULL;
         it = it->next) {
        if (page->lsn >= it->lsn && !engine->faults.redo_ignores_page_lsn)
            continue;
        const char *wrong = apply_one(engine, page, page_no, it);
        if (wrong != NULL)
            return wrong;
        page->lsn = it->lsn;
        *first_out = *first_out == LSN_INVALID ? it->lsn : *first_out;
        *last_out = it->lsn;
    }
    return NULL;
}

void pending_forget(Engine *engine, PageNo page_no) {
    Pending *pending = &engine->pending;
    if (LIKELY(atomic_load_explicit(&pending->count, memory_order_acquire) == 0))
        return;
    latch_lock(&pending->latch);
    if (u64map_remove(&pending->pages, page_no) != NULL) {
        size_t left = pending->pages.count;
        if (left == 0)
            free_all(engine);
        atomic_store_explicit(&pending->count, left, memory_order_release);
    }
    latch_unlock(&pending->latch);
}

Lsn pending_lsn_min(Engine *engine) {
    Pending *pending = &engine->pending;
    Lsn min = LSN_MAX;
    size_t cursor = 0;
    uint64_t page_no;
    void *page;
    if (engine->faults.forget_pending)
        return min;
    latch_lock(&pending->latch);
    while (u64map_next(&pending->pages, &cursor, &page_no, &page))
        min = MIN(min, ((PendingPage *)page)->first->lsn);
    latch_unlock(&pending->latch);
    return min;
}

/* ---- all of them ---- */

static int by_number(const void *a, const void *b) {
    PageNo x = *(const PageNo *)a, y = *(const PageNo *)b;
    return (x > y) - (x < y);
}

/* The pages' numbers, in order: they are read in the file's order. *count_out: how many. */
static PageNo *list_pages(Engine *engine, size_t *bytes_out, size_t *count_out) {
    Pending *pending = &engine->pending;
    size_t cursor = 0, n = 0;
    uint64_t page_no;
    void *page;
    latch_lock(&pending->latch);
    *bytes_out = (pending->pages.count + 1) * sizeof(PageNo);
    PageNo *pages = mem_try_alloc(engine->account, *bytes_out);
    while (pages != NULL && u64map_next(&pending->pages, &cursor, &page_no, &page))
        pages[n++] = (PageNo)page_no;
    latch_unlock(&pending->latch);
    if (n > 1)
        qsort(pages, n, sizeof(PageNo), by_number);
    *count_out = n;
    return pages;
}

Status pending_drain(Engine *engine, const _Atomic bool *stop) {
    size_t bytes, count, ahead = 0;
    PageNo *pages = list_pages(engine, &bytes, &count);
    Status status = STATUS_OK;
    if (pages == NULL)
        return status_out_of_memory();
    for (size_t i = 0; i < count && status_ok(status); i++) {
        PageRef ref;
        if (stop != NULL && atomic_load(stop))
            break;
        for (; ahead < count && ahead < i + AHEAD_PAGES; ahead++)
            pool_prefetch(&engine->pool, pages[ahead]);
        status = pool_ref(&engine->pool, pages[i], &ref);
        fiber_yield_if_due();
    }
    mem_free(engine->account, pages, bytes);
    return status;
}
