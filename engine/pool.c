/* pool.c: residence, latches, eviction. The rules stand in pool.h. */
#include "engine/engine_int.h"

#include "runtime/os.h"

#include <stdlib.h>

#define SPINS_BEFORE_YIELD 256u
#define PREFETCH_MAX 64u
#define POPULATE_FRAMES 512u

static inline void cpu_relax(void) { __builtin_ia32_pause(); }

Status pool_open(Pool *pool, Engine *engine, size_t bytes, File *pages, File *double_file) {
    MemAccount *account = engine->account;
    uint32_t frame_count = (uint32_t)(bytes / PAGE_BYTES);
    check(bytes >= POOL_BYTES_MIN && bytes / PAGE_BYTES < UINT32_MAX);
    *pool = (Pool){.account = account,
                   .frame_count = frame_count,
                   .engine = engine,
                   .file = pages,
                   .double_file = double_file,
                   .faults = &engine->faults,
                   .dirty_high = frame_count / 4,
                   .dirty_max = frame_count < 1024 ? frame_count / 2 : frame_count / 4 * 3};
    size_t total = frame_count * ((size_t)PAGE_BYTES + sizeof(Frame));
    if (!mem_account_grow(account, total))
        return status_out_of_memory();
    pool->accounted_bytes = total;
    atomic_store(&pool->virgin_count, frame_count);
    pool->memory = os_map(frame_count * (size_t)PAGE_BYTES, true);
    pool->frames = os_map(frame_count * sizeof(Frame), true);
    pool->chunks = os_map(POOL_CHUNKS * sizeof(FrameIndex *), false);
    if (pool->memory == NULL || pool->frames == NULL || pool->chunks == NULL) {
        pool_close(pool);
        return status_out_of_memory();
    }
    fiber_mutex_init(&pool->clean_mutex);
    for (uint32_t i = 0; i < POOL_LOAD_CONDS; i++)
        fiber_cond_init(&pool->load_conds[i]);
    return clean_batch_create(pool);
}

void pool_close(Pool *pool) {
    clean_batch_destroy(pool);
    if (pool->chunks != NULL) {
        size_t chunk_count =
            atomic_load(&pool->chunk_bytes) / (POOL_CHUNK_PAGES * sizeof(FrameIndex));
        for (size_t i = 0; chunk_count > 0; i++) {
            FrameIndex *chunk = atomic_load(&pool->chunks[i]);
            if (chunk == NULL)
                continue;
            os_unmap(chunk, POOL_CHUNK_PAGES * sizeof(FrameIndex));
            chunk_count--;
        }
        mem_account_shrink(pool->account, atomic_load(&pool->chunk_bytes));
    }
    os_unmap(pool->chunks, POOL_CHUNKS * sizeof(FrameIndex *));
    os_unmap(pool->frames, pool->frame_count * sizeof(Frame));
    os_unmap(pool->memory, pool->frame_count * (size_t)PAGE_BYTES);
    mem_account_shrink(pool->account, pool->accounted_bytes);
    *pool = (Pool){0};
}

Status pool_damaged(const Pool *pool, PageNo page_no, const char *wrong) {
    return status_detail(error(ERR_DATA_CORRUPTED, "invalid page in block %u of relation %s",
                               page_no, file_path(pool->file)),
                         "%s.", wrong);
}

/* ---- page -> frame ---- */

/* The place where page_no's frame stands; maps its chunk at first use. NULL: no memory. */
static FrameIndex *translation(Pool *pool, PageNo page_no) {
    _Atomic(FrameIndex *) *slot = &pool->chunks[page_no / POOL_CHUNK_PAGES];
    FrameIndex *chunk = atomic_load_explicit(slot, memory_order_acquire);
    if (UNLIKELY(chunk == NULL)) {
        size_t bytes = POOL_CHUNK_PAGES * sizeof(FrameIndex);
        latch_lock(&pool->chunk_latch);
        chunk = atomic_load(slot);
        if (chunk == NULL && (chunk = os_map(bytes, false)) != NULL) {
            mem_account_force(pool->account, bytes);
            atomic_fetch_add(&pool->chunk_bytes, bytes);
            atomic_store_explicit(slot, chunk, memory_order_release);
        }
        latch_unlock(&pool->chunk_latch);
        if (chunk == NULL)
            return NULL;
    }
    return &chunk[page_no % POOL_CHUNK_PAGES];
}

static FiberCond *load_cond(Pool *pool, PageNo page_no) {
    return &pool->load_conds[page_no % POOL_LOAD_CONDS];
}

/* ---- latches ---- */

bool frame_try_latch(Frame *frame, PageNo page_no) {
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_acquire);
    if ((version & FRAME_BUSY) || !page_ref_upgrade((PageRef){frame, version}))
        return false;
    if (atomic_load_explicit(&frame->page_no, memory_order_relaxed) == page_no)
        return true;
    frame_unlatch_unchanged(frame);
    return false;
}

bool frame_latch_last(Frame *frame, PageNo page_no) {
    for (;;) {
        uint64_t version = atomic_load_explicit(&frame->version, memory_order_acquire);
        if (atomic_load_explicit(&frame->page_no, memory_order_relaxed) != page_no ||
            (version & FRAME_LOADING))
            return false;
        if (frame_try_latch(frame, page_no))
            return true;
        cpu_relax();
    }
}

void pool_count_dirty(Pool *pool) {
    if (atomic_fetch_add(&pool->dirty_count, 1) + 1 == pool->dirty_high && pool->kick != NULL)
        pool->kick(pool->kick_arg);
}

/* ---- eviction ---- */

/* LATCHED|LOADING without the no-park mark: a load is not a critical section. */
static bool claim(Frame *frame) {
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_acquire);
    if (version & FRAME_BUSY)
        return false;
    return atomic_compare_exchange_strong_explicit(&frame->version, &version, version | FRAME_BUSY,
                                                   memory_order_acquire, memory_order_relaxed);
}

static void unclaim(Frame *frame) {
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_relaxed);
    atomic_store_explicit(&frame->version, (version & ~FRAME_BUSY) + FRAME_STEP,
                          memory_order_release);
}

static bool frame_is_dirty(const Frame *frame) {
    return atomic_load_explicit(&frame->rec_lsn, memory_order_relaxed) != LSN_INVALID ||
           atomic_load_explicit(&frame->writing_lsn, memory_order_relaxed) != LSN_INVALID;
}

/* A pool that fills quickly spends more time on the kernel's clearing of its memory than on its pages:
 * the frames after the next POPULATE_FRAMES are asked for ahead. */
static void populate_ahead(Pool *pool, uint32_t index) {
    uint32_t from = index + POPULATE_FRAMES;
    if (index == 0 || index % POPULATE_FRAMES != 0 || from >= pool->frame_count)
        return;
    uint32_t count = MIN(POPULATE_FRAMES, pool->frame_count - from);
    os_populate(pool->memory + (size_t)from * PAGE_BYTES, (size_t)count * PAGE_BYTES);
}

static Frame *take_virgin(Pool *pool) {
    uint32_t left = atomic_load_explicit(&pool->virgin_count, memory_order_relaxed);
    while (left > 0) {
        if (atomic_compare_exchange_weak(&pool->virgin_count, &left, left - 1)) {
            uint32_t index = pool->frame_count - left;
            Frame *frame = &pool->frames[index];
            check(claim(frame));
            frame->page = (Page *)(pool->memory + (size_t)index * PAGE_BYTES);
            populate_ahead(pool, index);
            return frame;
        }
    }
    return NULL;
}

/* Takes the frame away from its page if it may go. */
static bool try_evict(Pool *pool, Frame *frame) {
    if (atomic_load_explicit(&frame->referenced, memory_order_relaxed)) {
        atomic_store_explicit(&frame->referenced, 0, memory_order_relaxed);
        return false;
    }
    if (frame_is_dirty(frame) || !claim(frame))
        return false;
    if (frame->page == NULL || frame_is_dirty(frame)) {
        uint64_t version = atomic_load_explicit(&frame->version, memory_order_relaxed);
        atomic_store_explicit(&frame->version, version & ~FRAME_BUSY, memory_order_release);
        return false;
    }
    PageNo page_no = atomic_load_explicit(&frame->page_no, memory_order_relaxed);
    if (page_no != PAGE_NONE) {
        atomic_store_explicit(translation(pool, page_no), 0, memory_order_release);
        atomic_store_explicit(&frame->page_no, PAGE_NONE, memory_order_relaxed);
        atomic_fetch_add_explicit(&pool->evictions, 1, memory_order_relaxed);
    }
    return true;
}

/* A claimed, empty frame, or NULL where none may go now: the clock finds none, or so few are clean
 * that the pages of one descent would evict each other in turn. */
static Frame *take_frame_now(Pool *pool) {
    Frame *frame = take_virgin(pool);
    if (frame != NULL)
        return frame;
    if (atomic_load_explicit(&pool->dirty_count, memory_order_relaxed) > pool->dirty_max)
        return NULL;
    uint32_t dirty = 0;
    for (uint64_t i = 0; i < 2 * (uint64_t)pool->frame_count; i++) {
        uint32_t at = atomic_fetch_add_explicit(&pool->hand, 1, memory_order_relaxed);
        frame = &pool->frames[at % pool->frame_count];
        if (try_evict(pool, frame))
            return frame;
        dirty += frame_is_dirty(frame);
        if (dirty > CLEAN_BATCH_PAGES)
            return NULL;
    }
    return NULL;
}

static Status take_frame(Pool *pool, Frame **frame_out) {
    for (uint32_t round = 0;; round++) {
        *frame_out = take_frame_now(pool);
        if (*frame_out != NULL)
            return STATUS_OK;
        if (round >= 100000)
            return error(ERR_OUT_OF_MEMORY, "no unpinned buffers available");
        if (atomic_load(&pool->dirty_count) == 0)
            fiber_yield(); /* all frames are loading for others */
        else
            TRY(pool_clean_some(pool));
    }
}

static void give_back(Frame *frame) {
    atomic_store_explicit(&frame->page_no, PAGE_NONE, memory_order_relaxed);
    unclaim(frame);
}

/* ---- loading ---- */

/* Makes the claimed frame the one for page_no. False: another fibre was first; it is given back. */
static bool install(Pool *pool, Frame *frame, PageNo page_no) {
    FrameIndex *place = translation(pool, page_no);
    uint32_t none = 0;
    atomic_store_explicit(&frame->page_no, page_no, memory_order_relaxed);
    atomic_store_explicit(&frame->referenced, 0, memory_order_relaxed);
    if (place != NULL &&
        atomic_compare_exchange_strong(place, &none, (uint32_t)(frame - pool->frames) + 1))
        return true;
    give_back(frame);
    return false;
}

/* Ends a load: the frame becomes readable, or empty again. */
static void finish_load(Pool *pool, Frame *frame, PageNo page_no, bool ok) {
    if (ok) {
        unclaim(frame);
    } else {
        atomic_store_explicit(translation(pool, page_no), 0, memory_order_release);
        give_back(frame);
    }
    fiber_cond_broadcast(load_cond(pool, page_no));
}

static const char newer_than_log[] = "the page is newer than the log";

/* A page whose record the log does not hold was damaged, or the log was. */
static const char *verify_loaded(Pool *pool, const Page *page, PageNo page_no) {
    const char *wrong = page_verify(page, page_no);
    if (wrong != NULL || pool->wal == NULL || page->lsn < wal_append_lsn(pool->wal))
        return wrong;
    if (!pool->replaying)
        return newer_than_log;
    if (page->lsn > pool->newest_lsn) {
        pool->newest_lsn = page->lsn;
        pool->newest_page = page_no;
    }
    return NULL;
}

Status pool_replayed(Pool *pool) {
    pool->replaying = false;
    return pool->newest_lsn < wal_append_lsn(pool->wal)
               ? STATUS_OK
               : pool_damaged(pool, pool->newest_page, newer_than_log);
}

/* A page just read: what recovery kept for it is applied before anybody sees it. */
static const char *bring_up_to_date(Pool *pool, Frame *frame, PageNo page_no) {
    Lsn first, last;
    const char *wrong = verify_loaded(pool, frame->page, page_no);
    if (wrong == NULL)
        wrong = pending_apply(pool->engine, frame->page, page_no, &first, &last);
    if (wrong != NULL)
        return wrong;
    if (first != LSN_INVALID) {
        frame_set_lsn(pool, frame, first);
        frame->page->lsn = last;
    }
    pending_forget(pool->engine, page_no);
    return NULL;
}

static Status read_page(Pool *pool, Frame *frame, PageNo page_no) {
    size_t len;
    TRY(file_read_some(pool->file, frame->page, PAGE_BYTES, (uint64_t)page_no * PAGE_BYTES, &len));
    atomic_fetch_add_explicit(&pool->reads, 1, memory_order_relaxed);
    if (len != PAGE_BYTES)
        return pool_damaged(pool, page_no, "the page lies beyond the end of the file");
    const char *wrong = bring_up_to_date(pool, frame, page_no);
    return wrong == NULL ? STATUS_OK : pool_damaged(pool, page_no, wrong);
}

/* Makes the page resident, from disk or as zeros, unless another fibre is at it. */
static Status load(Pool *pool, PageNo page_no, bool fresh) {
    Frame *frame;
    TRY(take_frame(pool, &frame));
    if (!install(pool, frame, page_no))
        return STATUS_OK;
    Status status = STATUS_OK;
    if (fresh) {
        memset(frame->page, 0, PAGE_BYTES);
        frame->page->page_no = page_no;
        pending_forget(pool->engine, page_no);
    } else {
        status = read_page(pool, frame, page_no);
    }
    finish_load(pool, frame, page_no, status_ok(status));
    return status;
}

/* Parks while the page's frame is loading. */
static void wait_loaded(Pool *pool, PageNo page_no) {
    FiberCond *cond = load_cond(pool, page_no);
    FiberWaiter waiter;
    fiber_cond_enter(cond, &waiter);
    Frame *frame = pool_find(pool, page_no);
    if (frame != NULL && (atomic_load(&frame->version) & FRAME_LOADING) &&
        atomic_load(&frame->page_no) == page_no)
        fiber_park_uninterruptible(DEADLINE_NONE);
    fiber_cond_leave(cond, &waiter);
}

static Status ref_or_load(Pool *pool, PageNo page_no, bool fresh, PageRef *ref_out) {
    for (uint32_t spins = 0;; spins++) {
        if (pool_try_ref(pool, page_no, ref_out))
            return STATUS_OK;
        Frame *frame = pool_find(pool, page_no);
        if (frame == NULL) {
            TRY(load(pool, page_no, fresh));
            continue;
        }
        uint64_t version = atomic_load_explicit(&frame->version, memory_order_acquire);
        if (version & FRAME_LOADING)
            wait_loaded(pool, page_no);
        else if (spins < SPINS_BEFORE_YIELD)
            cpu_relax();
        else
            fiber_yield();
    }
}

Status pool_ref_slow(Pool *pool, PageNo page_no, PageRef *ref_out) {
    if (page_no == PAGE_NONE)
        return pool_damaged(pool, page_no, "a reference to no page");
    return ref_or_load(pool, page_no, false, ref_out);
}

Status pool_ref_fresh(Pool *pool, PageNo page_no, PageRef *ref_out) {
    check(page_no != PAGE_NONE);
    return ref_or_load(pool, page_no, true, ref_out);
}

/* ---- reading ahead ---- */

typedef struct Prefetch {
    IoRequest request;
    Pool *pool;
    Frame *frame;
    PageNo page_no;
} Prefetch;

static void prefetch_done(IoRequest *request) {
    Prefetch *prefetch = request->arg;
    Pool *pool = prefetch->pool;
    bool ok = request->error_number == 0 && request->done_bytes == PAGE_BYTES &&
              bring_up_to_date(pool, prefetch->frame, prefetch->page_no) == NULL;
    atomic_fetch_add_explicit(&pool->reads, 1, memory_order_relaxed);
    /* an error is found again by whoever really wants the page */
    finish_load(pool, prefetch->frame, prefetch->page_no, ok);
    mem_free(pool->account, prefetch, sizeof(*prefetch));
    atomic_fetch_sub(&pool->prefetch_count, 1);
}

void pool_prefetch(Pool *pool, PageNo page_no) {
    if (page_no == PAGE_NONE || pool_find(pool, page_no) != NULL ||
        atomic_load(&pool->prefetch_count) >= MIN(PREFETCH_MAX, pool->frame_count / 8))
        return;
    Frame *frame = take_frame_now(pool);
    if (frame == NULL || !install(pool, frame, page_no))
        return;
    atomic_fetch_add(&pool->prefetch_count, 1);
    Prefetch *prefetch = mem_alloc(pool->account, sizeof(*prefetch));
    *prefetch = (Prefetch){.request = {.file = pool->file,
                                       .buf = frame->page,
                                       .offset = (uint64_t)page_no * PAGE_BYTES,
                                       .len = PAGE_BYTES,
                                       .op = IO_READ,
                                       .done = prefetch_done,
                                       .arg = prefetch},
                           .pool = pool,
                           .frame = frame,
                           .page_no = page_no};
    io_submit(&prefetch->request);
}
