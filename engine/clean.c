/*
 * clean.c: writing dirty pages back, a batch at a time.
 *
 * A page must not be lost to a write that a crash tears. So a batch goes first, in one write, to the
 * double-write file and is synced there; only then do the pages go to their places, and only when
 * those are synced is the area used again. At start the pages of the last batch whose place is
 * damaged are put back. A copy counts only if the area's header names it with its checksum, so what
 * an older, larger batch left behind it is never taken.
 *
 *   double-write file     offset  bytes
 *     magic               0       8
 *     sequence            8       8
 *     pages in the batch  16      4
 *     CRC-32C of the rest 20      4    of bytes 24..4095
 *     per page            24      8    page number, checksum
 *     zeros up to         4096
 *     the pages           4096    16384 each
 *
 * One batch is written at a time (clean_mutex); all waits happen without latches.
 *
 * Stop points: clean_before_double, clean_after_double, clean_after_write.
 */
#include "base/hash.h"
#include "engine/pool.h"
#include "runtime/clock.h"
#include "runtime/os.h"
#include "runtime/stop_point.h"

#include <stdlib.h>

#define DOUBLE_MAGIC UINT64_C(0x31454c4255424f44)
#define DOUBLE_HEADER_BYTES 4096u

typedef struct DoubleEntry {
    PageNo page_no;
    uint32_t checksum;
} DoubleEntry;

typedef struct DoubleHeader {
    uint64_t magic;
    uint64_t sequence;
    uint32_t count;
    uint32_t crc;
    DoubleEntry entries[(DOUBLE_HEADER_BYTES - 24) / sizeof(DoubleEntry)];
} DoubleHeader;
_Static_assert(sizeof(DoubleHeader) == DOUBLE_HEADER_BYTES, "on-disk size");
_Static_assert(CLEAN_BATCH_PAGES <= ARRAY_LEN(((DoubleHeader *)0)->entries), "a batch fits");

typedef struct Candidate {
    PageNo page_no;
    Frame *frame;
} Candidate;

typedef struct CleanBatch {
    uint8_t *buf; /* header, then pages: the double-write file's layout */
    uint32_t count;
    Lsn lsn_max;
    Candidate items[CLEAN_BATCH_PAGES];
    IoRequest writes[CLEAN_BATCH_PAGES];
    FiberGroup group;
} CleanBatch;

#define BATCH_BUF_BYTES (DOUBLE_HEADER_BYTES + (size_t)CLEAN_BATCH_PAGES * PAGE_BYTES)

Status clean_batch_create(Pool *pool) {
    pool->batch = mem_alloc(pool->account, sizeof(CleanBatch));
    memset(pool->batch, 0, sizeof(CleanBatch));
    pool->batch->buf = os_map(BATCH_BUF_BYTES, false);
    return pool->batch->buf == NULL ? status_out_of_memory() : STATUS_OK;
}

void clean_batch_destroy(Pool *pool) {
    if (pool->batch == NULL)
        return;
    os_unmap(pool->batch->buf, BATCH_BUF_BYTES);
    mem_free(pool->account, pool->batch, sizeof(CleanBatch));
    pool->batch = NULL;
}

static Page *batch_page(const CleanBatch *batch, uint32_t i) {
    return (Page *)(batch->buf + DOUBLE_HEADER_BYTES + (size_t)i * PAGE_BYTES);
}

static int by_page(const void *a, const void *b) {
    PageNo x = ((const Candidate *)a)->page_no, y = ((const Candidate *)b)->page_no;
    return (x > y) - (x < y);
}

/* ---- collecting ---- */

/* Waits until nobody changes the frame. A change whose record lies below an LSN that the caller has
 * read before is then visible in rec_lsn. */
static void wait_unlatched(const Frame *frame) {
    for (;;) {
        uint64_t version = atomic_load(&frame->version);
        if (!(version & FRAME_LATCHED) || (version & FRAME_LOADING))
            return;
        fiber_yield();
    }
}

/* Adds frames [*cursor, end) that are dirty below limit, until the batch is full. cold: only those
 * that nobody used lately. */
static void collect(Pool *pool, uint64_t *cursor, uint64_t end, Lsn limit, bool cold, bool wait) {
    CleanBatch *batch = pool->batch;
    for (; *cursor < end && batch->count < CLEAN_BATCH_PAGES; ++*cursor) {
        Frame *frame = &pool->frames[*cursor % pool->frame_count];
        if (wait)
            wait_unlatched(frame);
        Lsn rec_lsn = atomic_load_explicit(&frame->rec_lsn, memory_order_acquire);
        if (cold && atomic_load_explicit(&frame->referenced, memory_order_relaxed))
            continue;
        if (rec_lsn != LSN_INVALID && rec_lsn < limit)
            batch->items[batch->count++] = (Candidate){.frame = frame};
    }
}

/* Copies the page; false if it must be left alone for now. */
static bool copy_page(Frame *frame, Page *copy, bool wait) {
    for (;;) {
        /* a dirty page keeps its frame, so its number is stable */
        PageNo page_no = atomic_load(&frame->page_no);
        if (frame_try_latch(frame, page_no))
            break;
        if (!wait)
            return false;
        fiber_yield();
    }
    memcpy(copy, frame->page, PAGE_BYTES);
    atomic_store(&frame->writing_lsn, atomic_load(&frame->rec_lsn));
    atomic_store(&frame->rec_lsn, LSN_INVALID);
    frame_unlatch_unchanged(frame);
    return true;
}

/* Sorts the candidates and copies their pages. */
static void copy_pages(Pool *pool, bool wait) {
    CleanBatch *batch = pool->batch;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count; i++)
        batch->items[i].page_no = atomic_load(&batch->items[i].frame->page_no);
    qsort(batch->items, batch->count, sizeof(Candidate), by_page);
    batch->lsn_max = LSN_INVALID;
    for (uint32_t i = 0; i < batch->count; i++) {
        Page *copy = batch_page(batch, kept);
        if (!copy_page(batch->items[i].frame, copy, wait))
            continue;
        check(copy->page_no == batch->items[i].page_no);
        batch->lsn_max = MAX(batch->lsn_max, copy->lsn);
        copy->checksum = page_checksum(copy);
        batch->items[kept++] = batch->items[i];
    }
    batch->count = kept;
}

/* ---- writing ---- */

static Status write_double(Pool *pool) {
    CleanBatch *batch = pool->batch;
    DoubleHeader *header = (DoubleHeader *)batch->buf;
    *header = (DoubleHeader){
        .magic = DOUBLE_MAGIC, .sequence = ++pool->double_sequence, .count = batch->count};
    for (uint32_t i = 0; i < batch->count; i++)
        header->entries[i] = (DoubleEntry){batch->items[i].page_no, batch_page(batch, i)->checksum};
    header->crc = crc32c(0, header->entries, sizeof(header->entries));
    return file_write_durable(pool->double_file, batch->buf,
                              DOUBLE_HEADER_BYTES + (size_t)batch->count * PAGE_BYTES, 0);
}

static void write_done(IoRequest *request) { fiber_group_done(request->arg); }

/* Neighbours go out in one write; all writes at once. */
static Status write_places(Pool *pool) {
    CleanBatch *batch = pool->batch;
    uint32_t runs = 0;
    for (uint32_t i = 0, next; i < batch->count; i = next) {
        check(wal_durable_lsn(pool->wal) > batch_page(batch, i)->lsn ||
              pool->faults->skip_wal_wait);
        next = i + 1;
        while (next < batch->count &&
               batch->items[next].page_no == batch->items[i].page_no + (next - i)) {
            check(wal_durable_lsn(pool->wal) > batch_page(batch, next)->lsn ||
                  pool->faults->skip_wal_wait);
            next++;
        }
        batch->writes[runs++] =
            (IoRequest){.file = pool->file,
                        .buf = batch_page(batch, i),
                        .offset = (uint64_t)batch->items[i].page_no * PAGE_BYTES,
                        .len = (uint64_t)(next - i) * PAGE_BYTES,
                        .op = IO_WRITE,
                        .done = write_done,
                        .arg = &batch->group};
    }
    fiber_group_init(&batch->group, runs);
    for (uint32_t i = 0; i < runs; i++)
        io_submit(&batch->writes[i]);
    fiber_group_wait(&batch->group);
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < runs; i++) {
        Status one = io_status(&batch->writes[i]);
        if (status_ok(status))
            status = one;
        else
            status_free(one);
    }
    return status;
}

static Status write_batch(Pool *pool) {
    if (!pool->faults->skip_wal_wait)
        TRY(wal_wait_durable(pool->wal, pool->batch->lsn_max));
    STOP_POINT("clean_before_double");
    if (!pool->faults->skip_double_write)
        TRY(write_double(pool));
    STOP_POINT("clean_after_double");
    TRY(write_places(pool));
    STOP_POINT("clean_after_write");
    if (pool->faults->skip_data_sync)
        return STATUS_OK;
    uint64_t start_us = clock_mono_us();
    TRY(file_datasync(pool->file));
    uint64_t us = clock_mono_us() - start_us;
    atomic_fetch_add(&pool->syncs, 1);
    atomic_fetch_add(&pool->sync_us, us);
    atomic_store(&pool->sync_us_max, MAX(us, atomic_load(&pool->sync_us_max)));
    return STATUS_OK;
}

/* Writes the candidates. A failure is final: what is on disk is not known any more. */
static Status flush_batch(Pool *pool, bool wait) {
    CleanBatch *batch = pool->batch;
    if (atomic_load(&pool->failed))
        return status_severity(
            error(ERR_IO_ERROR, "could not write to file \"%s\" earlier", file_path(pool->file)),
            SEV_PANIC);
    copy_pages(pool, wait);
    if (batch->count == 0)
        return STATUS_OK;
    Status status = write_batch(pool);
    if (!status_ok(status)) {
        atomic_store(&pool->failed, true);
        return status_severity(status, SEV_PANIC);
    }
    for (uint32_t i = 0; i < batch->count; i++)
        atomic_store_explicit(&batch->items[i].frame->writing_lsn, LSN_INVALID,
                              memory_order_release);
    atomic_fetch_sub(&pool->dirty_count, batch->count);
    atomic_fetch_add_explicit(&pool->writes, batch->count, memory_order_relaxed);
    return STATUS_OK;
}

Status pool_clean_some(Pool *pool) {
    fiber_mutex_lock(&pool->clean_mutex);
    uint64_t start = atomic_load(&pool->hand) % pool->frame_count, cursor = start;
    pool->batch->count = 0;
    collect(pool, &cursor, start + pool->frame_count, LSN_MAX, true, false);
    if (pool->batch->count < CLEAN_BATCH_PAGES / 4) {
        pool->batch->count = 0;
        cursor = start;
        collect(pool, &cursor, start + pool->frame_count, LSN_MAX, false, false);
    }
    Status status = flush_batch(pool, false);
    fiber_mutex_unlock(&pool->clean_mutex);
    return status;
}

Status pool_clean_below(Pool *pool, Lsn limit) {
    Status status = STATUS_OK;
    for (uint64_t cursor = 0; cursor < pool->frame_count && status_ok(status);) {
        fiber_mutex_lock(&pool->clean_mutex);
        pool->batch->count = 0;
        collect(pool, &cursor, pool->frame_count, limit, false, true);
        status = flush_batch(pool, true);
        fiber_mutex_unlock(&pool->clean_mutex);
        fiber_yield_if_due();
    }
    return status;
}

Lsn pool_rec_lsn_min(Pool *pool) {
    Lsn min = LSN_MAX;
    if (pool->faults->forget_rec_lsn)
        return min;
    for (uint32_t i = 0; i < pool->frame_count; i++) {
        const Frame *frame = &pool->frames[i];
        wait_unlatched(frame);
        Lsn rec_lsn = atomic_load(&frame->rec_lsn), writing_lsn = atomic_load(&frame->writing_lsn);
        if (rec_lsn != LSN_INVALID)
            min = MIN(min, rec_lsn);
        if (writing_lsn != LSN_INVALID)
            min = MIN(min, writing_lsn);
    }
    return min;
}

/* ---- at start ---- */

Status double_write_create(File *double_file) {
    TRY(file_allocate(double_file, 0, BATCH_BUF_BYTES));
    return file_sync(double_file);
}

static bool header_sound(const DoubleHeader *header) {
    return header->magic == DOUBLE_MAGIC && header->count <= CLEAN_BATCH_PAGES &&
           header->crc == crc32c(0, header->entries, sizeof(header->entries));
}

typedef struct Restore {
    uint8_t *buf; /* the double-write file's layout, then what lies at the pages' places */
    IoRequest reads[CLEAN_BATCH_PAGES];
    FiberGroup group;
} Restore;
#define RESTORE_BUF_BYTES (BATCH_BUF_BYTES + (size_t)CLEAN_BATCH_PAGES * PAGE_BYTES)

static Page *restore_place(const Restore *restore, uint32_t i) {
    return (Page *)(restore->buf + BATCH_BUF_BYTES + (size_t)i * PAGE_BYTES);
}

static void read_done(IoRequest *request) { fiber_group_done(request->arg); }

/* All at once; what comes of each is in its request. */
static void read_places(Restore *restore, File *pages, const DoubleHeader *header) {
    fiber_group_init(&restore->group, header->count);
    for (uint32_t i = 0; i < header->count; i++) {
        restore->reads[i] = (IoRequest){.file = pages,
                                        .buf = restore_place(restore, i),
                                        .offset = (uint64_t)header->entries[i].page_no * PAGE_BYTES,
                                        .len = PAGE_BYTES,
                                        .op = IO_READ,
                                        .done = read_done,
                                        .arg = &restore->group};
        io_submit(&restore->reads[i]);
    }
    fiber_group_wait(&restore->group);
}

/* Puts one copy back if its place is damaged. */
static Status restore_page(const Restore *restore, File *pages, uint32_t i, DoubleEntry entry,
                           uint32_t *restored) {
    const Page *copy = (const Page *)(restore->buf + DOUBLE_HEADER_BYTES + (size_t)i * PAGE_BYTES);
    const IoRequest *read = &restore->reads[i];
    if (copy->checksum != entry.checksum || page_verify(copy, entry.page_no) != NULL)
        return STATUS_OK;
    if (read->error_number != 0)
        return io_status(read);
    if (read->done_bytes == PAGE_BYTES &&
        page_verify(restore_place(restore, i), entry.page_no) == NULL)
        return STATUS_OK;
    ++*restored;
    return file_write(pages, copy, PAGE_BYTES, (uint64_t)entry.page_no * PAGE_BYTES);
}

static Status restore_batch(Restore *restore, File *double_file, File *pages,
                            uint64_t *sequence_out, uint32_t *restored_out) {
    const DoubleHeader *header = (const DoubleHeader *)restore->buf;
    size_t len;
    TRY(file_read_some(double_file, restore->buf, BATCH_BUF_BYTES, 0, &len));
    if (len < DOUBLE_HEADER_BYTES || !header_sound(header))
        return STATUS_OK;
    *sequence_out = header->sequence;
    read_places(restore, pages, header);
    for (uint32_t i = 0; i < header->count; i++)
        TRY(restore_page(restore, pages, i, header->entries[i], restored_out));
    return *restored_out > 0 ? file_sync(pages) : STATUS_OK;
}

Status double_write_restore(File *double_file, File *pages, MemAccount *account,
                            uint64_t *sequence_out, uint32_t *restored_out) {
    *sequence_out = 0;
    *restored_out = 0;
    Restore *restore = mem_alloc(account, sizeof(*restore));
    restore->buf = os_map(RESTORE_BUF_BYTES, false);
    Status status = restore->buf == NULL
                        ? status_out_of_memory()
                        : restore_batch(restore, double_file, pages, sequence_out, restored_out);
    if (restore->buf != NULL)
        os_unmap(restore->buf, RESTORE_BUF_BYTES);
    mem_free(account, restore, sizeof(*restore));
    return status;
}
