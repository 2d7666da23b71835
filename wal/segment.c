/*
 * segment.c: the files that hold the log.
 *
 * A segment is written whole with zeros, synced and renamed into place before the log may reach it,
 * so a group write changes no metadata. Retired segments are renamed forward rather than removed:
 * what they hold is told from this log's groups by each header's own LSN.
 */
#include "wal/wal_int.h"

#include <stdio.h>
#include <stdlib.h>

#define FILL_BYTES ((uint64_t)1 << 20)
#define PATH_BYTES_MAX 4096

static void segment_path(const Wal *wal, uint64_t index, char *path) {
    snprintf(path, PATH_BYTES_MAX, "%s/%012llX", wal->directory, (unsigned long long)index);
}

static Segment *segment_add(Wal *wal, uint64_t index, File *file) {
    Segment *segment = mem_alloc(wal->account, sizeof(*segment));
    *segment = (Segment){.index = index, .file = file};
    latch_lock(&wal->segment_latch);
    check(u64map_put(&wal->segments, index, segment) == NULL);
    latch_unlock(&wal->segment_latch);
    return segment;
}

static void segment_free(Wal *wal, Segment *segment) {
    if (segment->file != NULL)
        file_close(segment->file);
    mem_free(wal->account, segment, sizeof(*segment));
}

/* True for a segment's name. */
static bool parse_name(const char *name, uint64_t *index_out) {
    char *end;
    *index_out = strtoull(name, &end, 16);
    return strlen(name) == 12 && *end == '\0' && *index_out != 0;
}

Status segments_load(Wal *wal) {
    Arena arena;
    arena_init(&arena, wal->account);
    const char **names;
    size_t count;
    Status status = dir_list(wal->directory, &arena, &names, &count);
    uint64_t lowest = UINT64_MAX, highest = 0, index;
    for (size_t i = 0; status_ok(status) && i < count; i++) {
        if (!parse_name(names[i], &index))
            continue;
        segment_add(wal, index, NULL);
        lowest = MIN(lowest, index);
        highest = MAX(highest, index);
    }
    arena_destroy(&arena);
    TRY(status);
    if (highest == 0)
        lowest = 1;
    wal->oldest_lsn = lowest * wal->segment_bytes;
    atomic_store(&wal->provisioned_end, (highest + 1) * wal->segment_bytes);
    return STATUS_OK;
}

static Status fill_with_zeros(Wal *wal, File *file) {
    Arena arena;
    arena_init(&arena, wal->account);
    uint64_t chunk = MIN(FILL_BYTES, wal->segment_bytes);
    uintptr_t p = (uintptr_t)arena_zalloc(&arena, chunk + WAL_BLOCK_BYTES);
    void *zeros = (void *)ALIGN_UP(p, (uintptr_t)WAL_BLOCK_BYTES);
    Status status = STATUS_OK;
    for (uint64_t at = 0; status_ok(status) && at < wal->segment_bytes; at += chunk)
        status = file_write(file, zeros, chunk, at);
    arena_destroy(&arena);
    TRY(status);
    return file_sync(file);
}

static Status make_file(Wal *wal, const char *path) {
    char temporary[PATH_BYTES_MAX];
    snprintf(temporary, sizeof(temporary), "%s/next", wal->directory);
    File *file;
    TRY(file_open(temporary, FILE_CREATE | FILE_TRUNCATE | FILE_DIRECT, &file));
    Status status = fill_with_zeros(wal, file);
    file_close(file);
    if (status_ok(status))
        status = file_rename(temporary, path);
    if (!status_ok(status))
        status_free(file_unlink_if_exists(temporary));
    return status;
}

/* Takes the oldest segment below retain_lsn that nobody reads out of the map. */
static Segment *take_retired(Wal *wal) {
    Segment *segment = NULL;
    latch_lock(&wal->segment_latch);
    uint64_t index = wal->oldest_lsn / wal->segment_bytes;
    if ((index + 1) * wal->segment_bytes <= atomic_load(&wal->retain_lsn)) {
        segment = u64map_get(&wal->segments, index);
        if (segment == NULL || segment->pins == 0) {
            wal->oldest_lsn = (index + 1) * wal->segment_bytes;
            if (segment != NULL)
                u64map_remove(&wal->segments, index);
        } else {
            segment = NULL;
        }
    }
    latch_unlock(&wal->segment_latch);
    return segment;
}

Status segment_provide(Wal *wal) {
    uint64_t index = atomic_load(&wal->provisioned_end) / wal->segment_bytes;
    char path[PATH_BYTES_MAX];
    segment_path(wal, index, path);
    Segment *retired = take_retired(wal);
    if (retired != NULL) {
        char old_path[PATH_BYTES_MAX];
        segment_path(wal, retired->index, old_path);
        segment_free(wal, retired);
        TRY(file_rename(old_path, path));
        atomic_fetch_add(&wal->recycled_count, 1);
    } else {
        TRY(make_file(wal, path));
        atomic_fetch_add(&wal->added_count, 1);
    }
    TRY(dir_sync(wal->directory));
    File *file;
    TRY(file_open(path, FILE_WRITE | FILE_DIRECT, &file));
    segment_add(wal, index, file);
    atomic_store_explicit(&wal->provisioned_end, (index + 1) * wal->segment_bytes,
                          memory_order_release);
    return STATUS_OK;
}

void segments_retire(Wal *wal) {
    for (Segment *segment; (segment = take_retired(wal)) != NULL;) {
        char path[PATH_BYTES_MAX];
        segment_path(wal, segment->index, path);
        segment_free(wal, segment);
        status_free(file_unlink_if_exists(path));
        atomic_fetch_add(&wal->removed_count, 1);
    }
}

Status segment_pin(Wal *wal, uint64_t index, Segment **segment_out) {
    *segment_out = NULL;
    latch_lock(&wal->segment_latch);
    Segment *segment = u64map_get(&wal->segments, index);
    if (segment != NULL)
        segment->pins++;
    latch_unlock(&wal->segment_latch);
    if (segment == NULL)
        return error(ERR_UNDEFINED_FILE, "log segment %012llX has already been removed",
                     (unsigned long long)index);
    if (segment->file == NULL) {
        char path[PATH_BYTES_MAX];
        segment_path(wal, index, path);
        File *file = NULL;
        Status status = file_open(path, FILE_WRITE | FILE_DIRECT, &file);
        if (!status_ok(status)) {
            segment_unpin(wal, segment);
            return status;
        }
        latch_lock(&wal->segment_latch);
        File *unused = segment->file == NULL ? NULL : file;
        if (unused == NULL)
            segment->file = file;
        latch_unlock(&wal->segment_latch);
        if (unused != NULL)
            file_close(unused);
    }
    *segment_out = segment;
    return STATUS_OK;
}

void segment_unpin(Wal *wal, Segment *segment) {
    latch_lock(&wal->segment_latch);
    check(segment->pins > 0);
    segment->pins--;
    latch_unlock(&wal->segment_latch);
}

void segments_close(Wal *wal) {
    size_t cursor = 0;
    uint64_t index;
    void *segment;
    while (u64map_next(&wal->segments, &cursor, &index, &segment))
        segment_free(wal, segment);
    u64map_destroy(&wal->segments);
}
