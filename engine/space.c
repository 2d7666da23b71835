/*
 * space.c: which pages of the file are free.
 *
 * Page g * SPACE_SPAN + 1 holds a bit for each of SPACE_SPAN pages from g * SPACE_SPAN on: 1 used. A
 * bit changes in the same record as the page it is about, so no crash leaks a page or gives one out
 * twice. Between choosing a page and logging it, the page is reserved in memory only.
 *
 * Searches go round the file; pages freed behind the cursor are found on the next round. The file
 * grows only when less than a few pages are free, by an eighth, within limits. The last free pages
 * are for rollbacks: they must be able to finish on a full disk.
 *
 * A bitmap page is logged when the file grows into its span, and the new size behind it.
 */
#include "engine/engine_int.h"

#define GROWTH_PAGES_MAX 8192u
#define ROLLBACK_PAGES 16

bool space_bit(const Page *space_page, PageNo page_no) {
    uint32_t at = page_no % SPACE_SPAN;
    return page_at(space_page, SPACE_BITS_OFFSET)[at / 8] >> (at % 8) & 1;
}

void space_note(Engine *engine, PageNo page_no, bool used) {
    Space *space = &engine->space;
    atomic_fetch_add(&space->free_pages, used ? -1 : 1);
    if (!used)
        return;
    latch_lock(&space->latch);
    u64map_remove(&space->reserved, page_no);
    latch_unlock(&space->latch);
}

Status space_touch(Engine *engine, PageNo page_no) {
    PageRef ref;
    return pool_ref(&engine->pool, space_page_of(page_no), &ref);
}

/* Latches the bitmap page that covers page_no. Parks before that. */
static Status latch_space(Engine *engine, PageNo page_no, Frame **frame_out) {
    PageRef ref;
    do
        TRY(pool_ref(&engine->pool, space_page_of(page_no), &ref));
    while (!page_ref_upgrade(ref));
    *frame_out = ref.frame;
    if (ref.frame->page->type == PAGE_SPACE)
        return STATUS_OK;
    frame_unlatch_unchanged(ref.frame);
    return pool_damaged(&engine->pool, space_page_of(page_no), "not a bitmap page");
}

Status space_open(Engine *engine) {
    uint32_t file_pages = atomic_load(&engine->space.file_pages);
    int64_t free_pages = 0;
    for (PageNo base = 0; base < file_pages; base += SPACE_SPAN) {
        Frame *frame;
        TRY(latch_space(engine, base, &frame));
        const uint8_t *bits = page_at(frame->page, SPACE_BITS_OFFSET);
        uint32_t count = MIN(SPACE_SPAN, file_pages - base), used = 0;
        for (uint32_t i = 0; i < count / 8; i++)
            used += (uint32_t)__builtin_popcount(bits[i]);
        for (uint32_t i = count / 8 * 8; i < count; i++)
            used += space_bit(frame->page, base + i);
        frame_unlatch_unchanged(frame);
        free_pages += count - used;
    }
    atomic_store(&engine->space.free_pages, free_pages);
    return STATUS_OK;
}

/* ---- growing ---- */

/* Logs the bitmap page of a span that the file grows into. */
static Status init_space_page(Engine *engine, PageNo page_no) {
    for (;;) {
        PageRef ref;
        TRY(pool_ref_fresh(&engine->pool, page_no, &ref));
        TRY(engine_prepare_log(engine, true));
        Smo smo;
        smo_begin(&smo, engine);
        if (!smo_latch(&smo, ref))
            continue;
        smo_change(&smo, ref.frame, CHANGE_SPACE_INIT, 0, 0);
        smo_commit(&smo, WAL_SPACE_ALLOC, 0, XID_INVALID, LSN_INVALID);
        return STATUS_OK;
    }
}

/* Extends the file by count pages, durably. */
static Status extend_file(Engine *engine, uint32_t from, uint32_t count) {
    TRY(file_allocate(engine->pages, (uint64_t)from * PAGE_BYTES, (uint64_t)count * PAGE_BYTES));
    return file_sync(engine->pages);
}

/* Under the mutex. */
static Status grow(Engine *engine) {
    Space *space = &engine->space;
    uint32_t from = atomic_load(&space->file_pages);
    uint32_t least = engine->config.extent_pages;
    uint32_t count = MAX(least, MIN(from / 8, GROWTH_PAGES_MAX));
    if (from > UINT32_MAX - count)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "cannot extend file \"%s\" beyond %u blocks",
                     file_path(engine->pages), from);
    Status status = extend_file(engine, from, count);
    if (!status_ok(status) && count > least) {
        status_free(status);
        count = least;
        status = extend_file(engine, from, count);
    }
    if (!status_ok(status))
        return status_hint(status, "Check free disk space.");
    uint32_t to = from + count, space_pages = 0;
    for (PageNo base = (from + SPACE_SPAN - 1) / SPACE_SPAN * SPACE_SPAN; base < to;
         base += SPACE_SPAN) {
        if (base + 1 >= to) {
            to = base; /* the span's bitmap page must lie in the file */
            break;
        }
        TRY(init_space_page(engine, base + 1));
        space_pages++;
    }
    TRY(engine_log_file_pages(engine, to));
    atomic_store(&space->file_pages, to);
    atomic_fetch_add(&space->free_pages, (int64_t)(to - from) - space_pages);
    space->cursor = from;
    return STATUS_OK;
}

/* ---- reserving ---- */

/* Fills the cache with free pages from [from, to), which lie in one span. */
static Status search(Engine *engine, PageNo from, PageNo to) {
    Space *space = &engine->space;
    Frame *frame;
    TRY(latch_space(engine, from, &frame));
    latch_lock(&space->latch);
    PageNo at = from;
    for (; at < to && space->cache_count < SPACE_CACHE; at++) {
        uint32_t bit = at % SPACE_SPAN;
        if (bit % 8 == 0 && page_at(frame->page, SPACE_BITS_OFFSET)[bit / 8] == 0xff) {
            at += 7;
            continue;
        }
        if (space_bit(frame->page, at) || u64map_get(&space->reserved, at) != NULL)
            continue;
        u64map_put(&space->reserved, at, space);
        /* lowest first, as the cache gives from its end */
        memmove(&space->cache[1], &space->cache[0], space->cache_count * sizeof(PageNo));
        space->cache[0] = at;
        space->cache_count++;
    }
    space->cursor = MIN(at, to);
    latch_unlock(&space->latch);
    frame_unlatch_unchanged(frame);
    return STATUS_OK;
}

/* Under the mutex, with an empty cache. */
static Status refill(Engine *engine) {
    Space *space = &engine->space;
    uint32_t file_pages = atomic_load(&space->file_pages);
    PageNo start = space->cursor < file_pages ? space->cursor : 0, at = start;
    bool wrapped = false;
    while (space->cache_count == 0) {
        if (at >= file_pages) {
            if (wrapped)
                return STATUS_OK;
            wrapped = true;
            at = 0;
        }
        if (wrapped && at > start)
            return STATUS_OK;
        PageNo to = MIN(file_pages, at / SPACE_SPAN * SPACE_SPAN + SPACE_SPAN);
        TRY(search(engine, at, to));
        at = to;
    }
    return STATUS_OK;
}

static bool take_cached(Space *space, PageNo *page_no_out) {
    latch_lock(&space->latch);
    bool found = space->cache_count > 0;
    if (found)
        *page_no_out = space->cache[--space->cache_count];
    latch_unlock(&space->latch);
    return found;
}

/* Pages that may still be given out. */
static int64_t available(Space *space) {
    latch_lock(&space->latch);
    int64_t held = (int64_t)space->reserved.count - space->cache_count;
    latch_unlock(&space->latch);
    return atomic_load(&space->free_pages) - held;
}

Status space_reserve(Engine *engine, bool reserved, PageNo *page_no_out) {
    Space *space = &engine->space;
    *page_no_out = PAGE_NONE;
    Status status = STATUS_OK;
    if (available(space) <= ROLLBACK_PAGES) {
        fiber_mutex_lock(&space->mutex);
        if (available(space) <= ROLLBACK_PAGES)
            status = grow(engine);
        fiber_mutex_unlock(&space->mutex);
        if (!status_ok(status) && !reserved)
            return status;
        status_free(status);
        status = STATUS_OK;
    }
    while (!take_cached(space, page_no_out)) {
        fiber_mutex_lock(&space->mutex);
        if (space->cache_count == 0)
            status = refill(engine);
        if (status_ok(status) && space->cache_count == 0)
            status = grow(engine);
        fiber_mutex_unlock(&space->mutex);
        TRY(status);
    }
    status = space_touch(engine, *page_no_out);
    if (!status_ok(status))
        space_unreserve(engine, *page_no_out);
    return status;
}

void space_unreserve(Engine *engine, PageNo page_no) {
    Space *space = &engine->space;
    if (page_no == PAGE_NONE)
        return;
    latch_lock(&space->latch);
    if (space->cache_count < SPACE_CACHE)
        space->cache[space->cache_count++] = page_no;
    else
        u64map_remove(&space->reserved, page_no);
    latch_unlock(&space->latch);
}
