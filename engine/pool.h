/*
 * pool.h: the buffer pool: which pages are in memory, and who may touch them. Layer: engine, private.
 *
 * Frames are fixed; page -> frame goes through an array indexed by page number, in chunks that are
 * mapped at first use (4 bytes a page of the file), so a look-up takes no latch and no probing.
 *
 * Each frame has a version word:
 *
 *     counter << 2 | LOADING | LATCHED
 *
 *   free to read     neither bit. A reader notes the word, reads, and looks again: equal means that
 *                    what it read was consistent. It writes nothing shared and pins nothing.
 *   LATCHED          one fibre changes the page. It does not park until it lets go, which adds one to
 *                    the counter. Taken by try or by upgrading a version, never by waiting for it
 *                    while another latch is held (space pages, always last, are the exception).
 *   LATCHED|LOADING  the page is on its way from disk; whoever wants it parks.
 *
 * Eviction (second chance) latches the frame, so readers notice. Only clean frames are evicted; when
 * they are few, the fibre that needs one writes a batch of dirty ones back itself.
 *
 *   EMPTY -> LOADING -> CLEAN <-> DIRTY -> WRITING (a copy is on its way; may be dirtied again)
 *
 * P1 rec_lsn = LSN of the first record since the page was last copied to be written, 0 if none.
 *    writing_lsn = what rec_lsn was when the copy was made, 0 once that is on disk. All records below
 *    the minimum of both over all frames are in the page file.
 * P2 A page's copy is written only when the log is durable beyond its LSN, and first to the
 *    double-write area, which is synced before the page's place is touched.
 * P3 A frame that is dirty or being written is not evicted.
 *
 * Lock order: clean_mutex (parks), then latches.
 */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "engine/page.h"
#include "runtime/file.h"
#include "runtime/latch.h"

#define FRAME_LATCHED UINT64_C(1)
#define FRAME_LOADING UINT64_C(2)
#define FRAME_BUSY (FRAME_LATCHED | FRAME_LOADING)
#define FRAME_STEP UINT64_C(4)

typedef struct Frame {
    _Atomic uint64_t version;
    _Atomic PageNo page_no; /* PAGE_NONE: empty */
    _Atomic uint8_t referenced;
    _Atomic Lsn rec_lsn;
    _Atomic Lsn writing_lsn;
    Page *page;
} __attribute__((aligned(64))) Frame;

/* Faults that tests plant to see that they are found. */
typedef struct EngineFaults {
    bool skip_double_write;
    bool skip_data_sync;
    bool redo_ignores_page_lsn;
    bool skip_wal_wait;
    bool forget_rec_lsn;
    bool forget_pending;
} EngineFaults;

#define POOL_CHUNK_PAGES 16384u
#define POOL_CHUNKS (UINT64_C(0x100000000) / POOL_CHUNK_PAGES)
#define POOL_LOAD_CONDS 64u
#define CLEAN_BATCH_PAGES 128u

typedef _Atomic uint32_t FrameIndex; /* index + 1; 0: not in memory */

typedef struct Pool {
    MemAccount *account;
    size_t accounted_bytes;
    Frame *frames;
    uint8_t *memory;
    uint32_t frame_count;
    _Atomic uint32_t virgin_count; /* frames never used so far; counts down */
    _Atomic uint32_t hand;
    _Atomic(FrameIndex *) *chunks;
    RwLatch chunk_latch;
    _Atomic uint64_t chunk_bytes;

    struct Engine *engine;
    File *file;
    File *double_file;
    Wal *wal;
    _Atomic bool failed; /* a page could not be written: nothing more may be */
    bool replaying;      /* the log's end is not known yet */
    PageNo newest_page;  /* of those loaded meanwhile, the one with */
    Lsn newest_lsn;      /* the highest LSN; LSN_INVALID: none */

    FiberMutex clean_mutex;
    struct CleanBatch *batch;
    uint64_t double_sequence;
    _Atomic uint32_t dirty_count;
    uint32_t dirty_high; /* kick is called when dirty_count reaches it */
    uint32_t dirty_max;  /* beyond it, whoever needs a frame writes a batch back first */
    void (*kick)(void *arg);
    void *kick_arg;

    FiberCond load_conds[POOL_LOAD_CONDS];
    _Atomic uint32_t prefetch_count;
    EngineFaults *faults;

    _Atomic uint64_t reads, writes, evictions;
    _Atomic uint64_t syncs, sync_us; /* of the page file */
    _Atomic uint64_t sync_us_max;    /* since the newest checkpoint began */
} Pool;

/* pages: the page file. wal may be set later, before the first dirty page. */
Status pool_open(Pool *pool, struct Engine *engine, size_t bytes, File *pages, File *double_file);
/* Frees the memory; writes nothing. */
void pool_close(Pool *pool);
/* The log has been replayed to its end. Error XX001: a page that was loaded meanwhile is newer than that. */
Status pool_replayed(Pool *pool);

/* ---- reading ---- */

/* A frame at a version. */
typedef struct PageRef {
    Frame *frame;
    uint64_t version;
} PageRef;

/* NULL: not in memory. */
static inline Frame *pool_find(const Pool *pool, PageNo page_no) {
    FrameIndex *chunk =
        atomic_load_explicit(&pool->chunks[page_no / POOL_CHUNK_PAGES], memory_order_acquire);
    if (UNLIKELY(chunk == NULL))
        return NULL;
    uint32_t index = atomic_load_explicit(&chunk[page_no % POOL_CHUNK_PAGES], memory_order_acquire);
    if (index == 0)
        return NULL;
    /* frame and page are fetched side by side */
    __builtin_prefetch(pool->memory + (size_t)(index - 1) * PAGE_BYTES);
    return &pool->frames[index - 1];
}

/* Requests the memory that pool_find reads first. */
static inline void pool_request_frame_index(const Pool *pool, PageNo page_no) {
    FrameIndex *chunk =
        atomic_load_explicit(&pool->chunks[page_no / POOL_CHUNK_PAGES], memory_order_acquire);
    if (LIKELY(chunk != NULL))
        __builtin_prefetch(&chunk[page_no % POOL_CHUNK_PAGES]);
}

static inline void frame_touch(Frame *frame) {
    if (atomic_load_explicit(&frame->referenced, memory_order_relaxed) == 0)
        atomic_store_explicit(&frame->referenced, 1, memory_order_relaxed);
}

/* A reference to a page that is in memory and not latched; false otherwise. */
static inline bool pool_try_ref(const Pool *pool, PageNo page_no, PageRef *ref_out) {
    Frame *frame = pool_find(pool, page_no);
    if (UNLIKELY(frame == NULL))
        return false;
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_acquire);
    if (UNLIKELY(version & FRAME_BUSY))
        return false;
    if (UNLIKELY(atomic_load_explicit(&frame->page_no, memory_order_relaxed) != page_no))
        return false;
    frame_touch(frame);
    *ref_out = (PageRef){frame, version};
    return true;
}

Status pool_ref_slow(Pool *pool, PageNo page_no, PageRef *ref_out);
/* Reads the page in where necessary: may park, so not latched. Errors: XX001 for a damaged page, I/O
 * errors. The page may go again at any time: check with page_ref_valid after each look. */
static inline Status pool_ref(Pool *pool, PageNo page_no, PageRef *ref_out) {
    if (LIKELY(pool_try_ref(pool, page_no, ref_out)))
        return STATUS_OK;
    return pool_ref_slow(pool, page_no, ref_out);
}
/* The same without reading: for a page about to be formatted. Its bytes mean nothing. */
Status pool_ref_fresh(Pool *pool, PageNo page_no, PageRef *ref_out);
/* Starts reading a page that will be wanted, if that is possible at once. Never parks. */
void pool_prefetch(Pool *pool, PageNo page_no);

static inline bool page_ref_valid(PageRef ref) {
#ifdef PAGE_TSAN
    return atomic_load_explicit(&ref.frame->version, memory_order_acquire) == ref.version;
#else
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&ref.frame->version, memory_order_relaxed) == ref.version;
#endif
}

/* ---- writing ---- */

/* Takes the latch if the version is still the reference's. No parking from here to frame_unlatch. */
static inline bool page_ref_upgrade(PageRef ref) {
    uint64_t version = ref.version;
    if (!atomic_compare_exchange_strong_explicit(&ref.frame->version, &version,
                                                 version | FRAME_LATCHED, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
#ifndef PAGE_TSAN
    atomic_thread_fence(memory_order_release);
#endif
    fiber_no_park_begin();
    return true;
}
/* Takes the latch whatever the version, unless the frame is busy or holds another page. */
bool frame_try_latch(Frame *frame, PageNo page_no);
/* Waits for it by spinning; for the last latch of a set. False: the frame holds another page. */
bool frame_latch_last(Frame *frame, PageNo page_no);
static inline void frame_unlatch(Frame *frame) {
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_relaxed);
    atomic_store_explicit(&frame->version, (version & ~FRAME_BUSY) + FRAME_STEP,
                          memory_order_release);
    fiber_no_park_end();
}
/* For a holder that changed nothing: readers need not start over. */
static inline void frame_unlatch_unchanged(Frame *frame) {
    uint64_t version = atomic_load_explicit(&frame->version, memory_order_relaxed);
    atomic_store_explicit(&frame->version, version & ~FRAME_BUSY, memory_order_release);
    fiber_no_park_end();
}
static inline bool frame_is_latched(const Frame *frame) {
    return (atomic_load_explicit(&frame->version, memory_order_relaxed) & FRAME_LATCHED) != 0;
}

void pool_count_dirty(Pool *pool);
/* The latched page was changed by the record at lsn. */
static inline void frame_set_lsn(Pool *pool, Frame *frame, Lsn lsn) {
    frame->page->lsn = lsn;
    if (atomic_load_explicit(&frame->rec_lsn, memory_order_relaxed) == LSN_INVALID) {
        atomic_store_explicit(&frame->rec_lsn, lsn, memory_order_relaxed);
        pool_count_dirty(pool);
    }
}

/* ---- writing back (clean.c) ---- */

/* Writes back up to a batch of dirty pages, from the clock's hand on. Parks. */
Status pool_clean_some(Pool *pool);
/* Writes back every page with a rec_lsn below limit. Parks. */
Status pool_clean_below(Pool *pool, Lsn limit);
/* P1's minimum; LSN_MAX where no page is dirty. Waits for latches; parks. */
Lsn pool_rec_lsn_min(Pool *pool);
/* Before recovery: puts back pages that a crash tore while they were written. */
Status double_write_restore(File *double_file, File *pages, MemAccount *account,
                            uint64_t *sequence_out, uint32_t *restored_out);
/* Makes the double-write file. */
Status double_write_create(File *double_file);
Status clean_batch_create(Pool *pool);
void clean_batch_destroy(Pool *pool);

/* XX001 with what is wrong. */
Status pool_damaged(const Pool *pool, PageNo page_no, const char *wrong);

#endif
