/*
 * engine.c: opening, closing, counters.
 *
 * A directory holds
 *     pages      the page file; page 0 names it, 1 is its first bitmap, 2 the directory's root
 *     double     the double-write area (clean.c)
 *     control    two control blocks (control.c)
 *     wal/       the log
 *
 * Initialisation is repeatable: while it goes on, the directory holds "initialising", and `control`
 * appears last, whole. A directory without `control` and without that mark is taken only if it holds
 * none of the files above: a lost control file must not lead to a new, empty database.
 */
#include "engine/engine_int.h"

#include "base/hash.h"
#include "runtime/clock.h"
#include "runtime/os.h"
#include "runtime/random.h"
#include "runtime/worker.h"

#include <stdio.h>

#define COUNTER_STEP 64u
#define EXTENT_PAGES_DEFAULT 256u
#define FILE_MAGIC "phantom pages 1"

/* ---- counters ---- */

static void log_counter(Engine *engine, unsigned counter, uint64_t limit) {
    uint8_t payload[8];
    store_le64(payload, limit);
    WalRecord record = {.kind = WAL_COUNTER, .aux = (uint16_t)counter};
    WalPart part = {payload, sizeof(payload)};
    wal_append(engine->wal, &record, &part, 1);
}

Status engine_counter_next(Engine *engine, unsigned counter, uint64_t count, uint64_t *first_out) {
    check(counter < COUNTER_COUNT && count > 0);
    Counter *c = &engine->counters[counter];
    *first_out = 0;
    for (bool prepared = false;; prepared = true) {
        latch_lock(&engine->counter_latch);
        bool enough = c->limit - c->next >= count;
        if (!enough && prepared) {
            c->limit = c->next + count + COUNTER_STEP;
            log_counter(engine, counter, c->limit);
            enough = true;
        }
        if (enough) {
            *first_out = c->next;
            c->next += count;
        }
        latch_unlock(&engine->counter_latch);
        if (enough)
            return STATUS_OK;
        TRY(engine_prepare_log(engine, false));
    }
}

Status counter_redo(Engine *engine, const WalRecord *record) {
    if (record->payload_len != 8 || record->aux >= COUNTER_COUNT)
        return error(ERR_DATA_CORRUPTED, "invalid counter record in the log at %lX",
                     (unsigned long)record->lsn);
    uint64_t limit = load_le64(record->payload);
    if (record->aux == COUNTER_FILE_PAGES) {
        atomic_store(&engine->space.file_pages, (uint32_t)limit);
        return STATUS_OK;
    }
    Counter *c = &engine->counters[record->aux];
    c->next = c->limit = MAX(c->limit, limit);
    return STATUS_OK;
}

Status engine_log_file_pages(Engine *engine, uint32_t file_pages) {
    TRY(engine_prepare_log(engine, true));
    log_counter(engine, COUNTER_FILE_PAGES, file_pages);
    return STATUS_OK;
}

/* ---- making and unmaking the struct ---- */

static char *path_in(const Engine *engine, Arena *arena, const char *name) {
    return arena_printf(arena, "%s/%s", engine->directory_path, name);
}

static Engine *engine_make(const EngineConfig *config) {
    Engine *engine = mem_alloc(config->account, sizeof(Engine));
    *engine = (Engine){.config = *config, .account = config->account};
    size_t len = strlen(config->directory) + 1;
    engine->directory_path = memcpy(mem_alloc(engine->account, len), config->directory, len);
    engine->config.directory = engine->directory_path;
    if (engine->config.extent_pages == 0)
        engine->config.extent_pages = EXTENT_PAGES_DEFAULT;
    arena_init(&engine->recovery_arena, engine->account);
    fiber_mutex_init(&engine->space.mutex);
    fiber_mutex_init(&engine->blob_mutex);
    fiber_mutex_init(&engine->checkpoint_mutex);
    fiber_cond_init(&engine->cleaner_cond);
    fiber_cond_init(&engine->checkpointer_cond);
    fiber_cond_init(&engine->stopped_cond);
    u64map_init(&engine->space.reserved, engine->account);
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        engine->counters[i] = (Counter){1, 1};
    engine->counters[COUNTER_STORE] = (Counter){STORE_ID_FIRST, STORE_ID_FIRST};
    engine->worker_count = worker_count();
    engine->scratch = mem_alloc(engine->account, (size_t)engine->worker_count * sizeof(uint8_t *));
    for (int i = 0; i < engine->worker_count; i++)
        engine->scratch[i] = mem_alloc(engine->account, SCRATCH_BYTES);
    size_t counts_bytes = (size_t)engine->worker_count * sizeof(WorkerCounts);
    engine->counts = memset(mem_alloc(engine->account, counts_bytes), 0, counts_bytes);
    size_t ahead_bytes = (size_t)engine->worker_count * sizeof(AheadSpots);
    engine->ahead = memset(mem_alloc(engine->account, ahead_bytes), 0, ahead_bytes);
    pending_init(engine);
    engine_tune(engine, &config->tuning);
    store_registry_open(engine);
    return engine;
}

/* Frees memory and handles; waits for nothing. */
static void engine_free(Engine *engine) {
    store_registry_close(engine);
    pending_destroy(engine);
    if (engine->pool.frames != NULL)
        pool_close(&engine->pool);
    File *files[] = {engine->pages, engine->double_file, engine->control_file};
    for (unsigned i = 0; i < ARRAY_LEN(files); i++)
        if (files[i] != NULL)
            file_close(files[i]);
    for (int i = 0; i < engine->worker_count; i++)
        mem_free(engine->account, engine->scratch[i], SCRATCH_BYTES);
    mem_free(engine->account, engine->scratch, (size_t)engine->worker_count * sizeof(uint8_t *));
    mem_free(engine->account, engine->counts, (size_t)engine->worker_count * sizeof(WorkerCounts));
    mem_free(engine->account, engine->ahead, (size_t)engine->worker_count * sizeof(AheadSpots));
    u64map_destroy(&engine->space.reserved);
    arena_destroy(&engine->recovery_arena);
    mem_free(engine->account, engine->directory_path, strlen(engine->directory_path) + 1);
    mem_free(engine->account, engine, sizeof(Engine));
}

void engine_abandon(Engine *engine) {
    if (engine->wal != NULL)
        wal_abandon(engine->wal);
    engine_free(engine);
}

/* ---- initialisation ---- */

/* Page 0: what the file is. */
static void format_file_page(Page *page, uint64_t system_id) {
    memset(page, 0, PAGE_BYTES);
    page->type = PAGE_FILE;
    uint8_t *p = (uint8_t *)page + PAGE_HEADER_BYTES;
    memcpy(p, FILE_MAGIC, sizeof(FILE_MAGIC));
    store_le64(p + 16, system_id);
}

static void format_first_space_page(Page *page) {
    memset(page, 0, PAGE_BYTES);
    page->page_no = 1;
    page->type = PAGE_SPACE;
    ((uint8_t *)page)[SPACE_BITS_OFFSET] = 7; /* pages 0, 1, 2 */
}

static Status write_first_pages(File *pages, uint64_t system_id) {
    uint8_t *buf = os_map(3 * PAGE_BYTES, false);
    if (buf == NULL)
        return status_out_of_memory();
    Page *page[3];
    for (uint32_t i = 0; i < 3; i++)
        page[i] = (Page *)(buf + i * PAGE_BYTES);
    format_file_page(page[0], system_id);
    format_first_space_page(page[1]);
    page_format(page[2], DIRECTORY_ROOT, DIRECTORY_STORE, 0, str_make("", 0), NULL, PAGE_NONE);
    for (uint32_t i = 0; i < 3; i++)
        page[i]->checksum = page_checksum(page[i]);
    Status status = file_write(pages, buf, 3 * PAGE_BYTES, 0);
    os_unmap(buf, 3 * PAGE_BYTES);
    return status;
}

static Status make_page_files(Engine *engine, Arena *arena) {
    File *pages = NULL, *double_file = NULL;
    uint64_t bytes = (uint64_t)engine->config.extent_pages * PAGE_BYTES;
    TRY(file_open(path_in(engine, arena, "pages"), FILE_CREATE | FILE_TRUNCATE | FILE_DIRECT,
                  &pages));
    engine->pages = pages;
    TRY(file_allocate(pages, 0, bytes));
    TRY(write_first_pages(pages, engine->system_id));
    TRY(file_sync(pages));
    TRY(file_open(path_in(engine, arena, "double"), FILE_CREATE | FILE_TRUNCATE | FILE_DIRECT,
                  &double_file));
    engine->double_file = double_file;
    TRY(double_write_create(double_file));
    atomic_store(&engine->space.file_pages, engine->config.extent_pages);
    return dir_sync(engine->directory_path);
}

static WalConfig wal_config(const Engine *engine, Arena *arena) {
    return (WalConfig){.directory = path_in(engine, arena, "wal"),
                       .segment_bytes = engine->config.wal_segment_bytes,
                       .ring_bytes = engine->config.wal_ring_bytes,
                       .depth_max = engine->config.wal_depth_max,
                       .account = engine->account};
}

/* The mark that initialisation goes on; refuses a directory with files of unknown origin. */
static Status claim_directory(Engine *engine, Arena *arena) {
    char *mark = path_in(engine, arena, "initialising"), *wal = path_in(engine, arena, "wal");
    if (!file_exists(mark)) {
        if (file_exists(path_in(engine, arena, "pages")) || dir_exists(wal))
            return status_hint(error(ERR_DATA_CORRUPTED, "could not find the control file \"%s\"",
                                     path_in(engine, arena, "control")),
                               "Restore it, or the whole directory, from a backup.");
        TRY(file_replace(mark, "", 0));
    }
    if (dir_exists(wal))
        TRY(dir_remove_tree(wal));
    TRY(dir_create(wal));
    return dir_sync(engine->directory_path);
}

/* The first control file goes into its place whole; later ones are written block by block. */
static Status make_control(Engine *engine, Arena *arena, const ControlState *state) {
    const char *temporary = path_in(engine, arena, "control.new");
    File *file;
    TRY(file_open(temporary, FILE_CREATE | FILE_TRUNCATE, &file));
    Status status = file_allocate(file, 0, 8192);
    if (status_ok(status))
        status = control_write(file, state);
    if (status_ok(status))
        status = file_sync(file);
    file_close(file);
    TRY(status);
    TRY(file_rename(temporary, path_in(engine, arena, "control")));
    TRY(dir_sync(engine->directory_path));
    TRY(file_unlink(path_in(engine, arena, "initialising")));
    TRY(dir_sync(engine->directory_path));
    return file_open(path_in(engine, arena, "control"), FILE_WRITE, &engine->control_file);
}

static Status log_start(Engine *engine, Lsn *lsn_out) {
    uint8_t payload[8] = {0};
    WalRecord record = {.kind = WAL_COUNTER, .aux = 0};
    WalPart part = {payload, sizeof(payload)};
    TRY(wal_prepare(engine->wal, LOG_PREPARE_BYTES));
    *lsn_out = wal_append(engine->wal, &record, &part, 1);
    return wal_wait_durable(engine->wal, *lsn_out);
}

static Status initialise(Engine *engine, Arena *arena) {
    engine->system_id = random_u64();
    TRY(claim_directory(engine, arena));
    TRY(make_page_files(engine, arena));
    WalConfig config = wal_config(engine, arena);
    TRY(wal_open(&config, &engine->wal));
    TRY(wal_recover(engine->wal, LSN_INVALID, NULL, NULL));
    Lsn lsn;
    TRY(log_start(engine, &lsn));
    ControlState state = {.system_id = engine->system_id,
                          .redo_lsn = lsn,
                          .checkpoint_lsn = lsn,
                          .next_xid = 1,
                          .purge_lsn = lsn,
                          .time_us = clock_wall_us(),
                          .file_pages = engine->config.extent_pages,
                          .wal_segment_bytes = engine->config.wal_segment_bytes};
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        state.counters[i] = engine->counters[i].limit;
    TRY(make_control(engine, arena, &state));
    checkpoint_note_control(engine, &state);
    engine->recovery = (Recovery){
        .initialised = true, .redo_from = lsn, .redo_to = lsn, .next_xid = 1, .purge_from = lsn};
    atomic_store(&engine->redo_lsn, lsn);
    TRY(pool_open(&engine->pool, engine, engine->config.pool_bytes, engine->pages,
                  engine->double_file));
    engine->pool.wal = engine->wal;
    return space_open(engine);
}

/* ---- opening what exists ---- */

static Status check_file_page(Engine *engine) {
    uint8_t *buf = os_map(PAGE_BYTES, false);
    if (buf == NULL)
        return status_out_of_memory();
    size_t len;
    Status status = file_read_some(engine->pages, buf, PAGE_BYTES, 0, &len);
    if (status_ok(status)) {
        const char *wrong =
            len == PAGE_BYTES ? page_verify((Page *)buf, 0) : "the file is too short";
        if (wrong == NULL &&
            (memcmp(buf + PAGE_HEADER_BYTES, FILE_MAGIC, sizeof(FILE_MAGIC)) != 0 ||
             load_le64(buf + PAGE_HEADER_BYTES + 16) != engine->system_id))
            wrong = "the file belongs to another database";
        if (wrong != NULL)
            status = pool_damaged(&engine->pool, 0, wrong);
    }
    os_unmap(buf, PAGE_BYTES);
    return status;
}

/* The file was synced at its size before that was logged. */
static Status check_file_size(Engine *engine) {
    uint64_t size, wanted = (uint64_t)atomic_load(&engine->space.file_pages) * PAGE_BYTES;
    TRY(file_size(engine->pages, &size));
    if (size < wanted)
        return error(ERR_DATA_CORRUPTED, "file \"%s\" is too short: %llu of %llu bytes",
                     file_path(engine->pages), (unsigned long long)size,
                     (unsigned long long)wanted);
    return STATUS_OK;
}

static Status open_existing(Engine *engine, Arena *arena) {
    ControlState state;
    TRY(file_open(path_in(engine, arena, "control"), FILE_WRITE, &engine->control_file));
    TRY(control_read(engine->control_file, arena, &state));
    engine->system_id = state.system_id;
    engine->control_sequence = state.sequence;
    engine->config.wal_segment_bytes = state.wal_segment_bytes;
    atomic_store(&engine->redo_lsn, state.redo_lsn);
    checkpoint_note_control(engine, &state);
    atomic_store(&engine->space.file_pages, state.file_pages);
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        engine->counters[i] = (Counter){state.counters[i], state.counters[i]};
    TRY(file_open(path_in(engine, arena, "pages"), FILE_WRITE | FILE_DIRECT, &engine->pages));
    TRY(file_open(path_in(engine, arena, "double"), FILE_WRITE | FILE_DIRECT,
                  &engine->double_file));
    uint64_t double_sequence;
    uint32_t restored;
    TRY(double_write_restore(engine->double_file, engine->pages, engine->account, &double_sequence,
                             &restored));
    TRY(pool_open(&engine->pool, engine, engine->config.pool_bytes, engine->pages,
                  engine->double_file));
    engine->pool.double_sequence = double_sequence;
    TRY(check_file_page(engine));
    WalConfig config = wal_config(engine, arena);
    TRY(wal_open(&config, &engine->wal));
    engine->pool.wal = engine->wal;
    if (engine->config.background)
        engine_start_cleaner(engine);
    TRY(engine_recover(engine, &state));
    TRY(check_file_size(engine));
    return space_open(engine);
}

Status engine_open_with_faults(const EngineConfig *config, const EngineFaults *faults,
                               Engine **engine_out) {
    *engine_out = NULL;
    if (config->pool_bytes < POOL_BYTES_MIN)
        return error(ERR_INVALID_PARAMETER_VALUE, "the buffer pool is too small");
    /* known to the caller at once: a simulated crash may come before this returns */
    Engine *engine = *engine_out = engine_make(config);
    if (faults != NULL)
        engine->faults = *faults;
    Arena arena;
    arena_init(&arena, engine->account);
    bool exists = file_exists(path_in(engine, &arena, "control"));
    Status status = exists ? open_existing(engine, &arena) : initialise(engine, &arena);
    arena_destroy(&arena);
    if (status_ok(status)) {
        if (!exists && config->background)
            engine_start_cleaner(engine);
        return STATUS_OK;
    }
    *engine_out = NULL;
    engine_stop_background(engine);
    if (engine->wal != NULL)
        status_free(wal_close(engine->wal));
    engine_free(engine);
    return status;
}

Status engine_open(const EngineConfig *config, Engine **engine_out) {
    return engine_open_with_faults(config, NULL, engine_out);
}

const Recovery *engine_recovery(const Engine *engine) { return &engine->recovery; }

Status engine_recovery_done(Engine *engine) {
    TRY(store_resume_drops(engine));
    if (!engine->config.background)
        return checkpoint_take(engine, CHECKPOINT_RESTART);
    atomic_store(&engine->checkpoint_us, clock_mono_us());
    engine_start_checkpointer(engine);
    engine_start_drain(engine);
    return STATUS_OK;
}

Status engine_close(Engine *engine) {
    engine_stop_background(engine);
    Status status = engine_last_checkpoint(engine);
    Status closed = wal_close(engine->wal);
    engine_free(engine);
    if (!status_ok(status)) {
        status_free(closed);
        return status;
    }
    return closed;
}

Wal *engine_wal(Engine *engine) { return engine->wal; }

void engine_stats(const Engine *engine, EngineStats *stats_out) {
    const Pool *pool = &engine->pool;
    int64_t free_pages = atomic_load(&engine->space.free_pages);
    uint64_t page_hits = 0;
    for (int i = 0; i < engine->worker_count; i++)
        page_hits += atomic_load_explicit(&engine->counts[i].page_hits, memory_order_relaxed);
    *stats_out = (EngineStats){.page_hits = page_hits,
                               .page_reads = atomic_load(&pool->reads),
                               .page_writes = atomic_load(&pool->writes),
                               .evictions = atomic_load(&pool->evictions),
                               .splits = atomic_load(&engine->split_count),
                               .merges = atomic_load(&engine->merge_count),
                               .checkpoints = atomic_load(&engine->checkpoint_count),
                               .file_pages = atomic_load(&engine->space.file_pages),
                               .free_pages = free_pages < 0 ? 0 : (uint64_t)free_pages};
}

/* ---- the integrity checker ---- */

static bool bit_at(const uint8_t *bits, uint32_t at) { return bits[at / 8] >> (at % 8) & 1; }

/* Compares the bitmaps with what was reached. */
static void check_space(Engine *engine, CheckContext *context) {
    Page *copy = arena_alloc(context->arena, PAGE_BYTES);
    for (PageNo base = 0; base < context->page_limit; base += SPACE_SPAN) {
        PageRef ref;
        Status status;
        do {
            status = pool_ref(&engine->pool, base + 1, &ref);
            if (!status_ok(status)) {
                check_report(context, "bitmap page %u: %s", base + 1, status.error->message);
                status_free(status);
                return;
            }
            page_copy_torn(copy, ref.frame->page, PAGE_BYTES);
        } while (!page_ref_valid(ref));
        if (copy->type != PAGE_SPACE) {
            check_report(context, "page %u is no bitmap page", base + 1);
            continue;
        }
        PageNo end = MIN(context->page_limit, base + SPACE_SPAN);
        for (PageNo page_no = base; page_no < end; page_no++) {
            bool used = space_bit(copy, page_no);
            bool seen = bit_at(context->seen, page_no) || page_no == base + 1 || page_no == 0;
            if (used && !seen)
                check_report(context, "page %u is marked as used, but nothing refers to it",
                             page_no);
            if (!used && seen)
                check_report(context, "page %u is in use, but marked as free", page_no);
        }
    }
}

Status engine_check(Engine *engine, void (*report)(void *arg, const char *text), void *arg,
                    uint64_t *problem_count_out) {
    Arena arena;
    arena_init(&arena, engine->account);
    uint32_t file_pages = atomic_load(&engine->space.file_pages);
    CheckContext context = {
        .report = report, .arg = arg, .page_limit = file_pages, .arena = &arena};
    void *seen = NULL;
    Status status = arena_try_alloc(&arena, file_pages / 8 + 1, &seen);
    if (status_ok(status)) {
        context.seen = memset(seen, 0, file_pages / 8 + 1);
        status = store_check_all(engine, &context);
    }
    if (status_ok(status))
        check_space(engine, &context);
    arena_destroy(&arena);
    *problem_count_out = context.problems;
    return status;
}
