/*
 * sim_disk.c: files in memory that know what a crash would leave of them.
 *
 * Content is kept in chunks of 32 sectors. The volatile image is complete; of the durable one only
 * the sectors that differ are kept, in chunk->old. Three masks tell why a sector differs:
 *
 *   dirty   written since its last sync: a crash keeps it or not, sector by sector
 *   cut     zeroed by a truncation that is not durable: a crash keeps all of that or none
 *   lost    its sync failed: a crash takes it back, and no later sync helps
 *
 * I1 A sector in no mask is the same in both images.
 * I2 Every chunk with a mask set is in its file's unsynced list.
 *
 * Names form a sorted table; changes that are not durable are a list in order. A sync of directory d
 * makes durable the changes that touch d and, as they come in order, those before them that touch a
 * directory of one of these.
 */
#include "runtime/sim_int.h"

#include "base/hash.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

#define SECTOR 512u
#define CHUNK_SECTORS 32u
#define CHUNK (SECTOR * CHUNK_SECTORS)

typedef struct Chunk {
    struct Chunk *unsynced_next;
    uint32_t index;
    uint32_t dirty;
    uint32_t cut;
    uint32_t lost;
    bool listed;
    uint8_t *old; /* CHUNK bytes, while a mask is set */
    uint8_t now[CHUNK];
} Chunk;

struct SimFile {
    ListNode node; /* in SimDisk.files */
    uint32_t refs; /* names of both kinds, changes of names, handles */
    bool is_dir;
    bool locked;
    bool size_cut; /* a truncation is not durable */
    uint64_t size;
    uint64_t size_durable;
    uint64_t size_least; /* since the last sync */
    uint64_t charged_bytes;
    Chunk **chunks;
    size_t chunk_capacity;
    Chunk *unsynced;
    MemAccount *account;
};

struct SimNameOp {
    ListNode node;
    size_t count;
    struct {
        char *path;
        SimFile *file; /* NULL: the name goes */
    } sets[];
};

/* ---- content ---- */

static bool coin(SimDisk *disk) { return (rng_next(disk->rng) >> 63) != 0; }

static SimFile *file_make(SimDisk *disk, bool is_dir) {
    SimFile *file = mem_alloc(disk->account, sizeof(*file));
    *file = (SimFile){.is_dir = is_dir, .account = disk->account};
    list_push_back(&disk->files, &file->node);
    return file;
}

static void chunk_free(SimFile *file, Chunk *chunk) {
    if (chunk == NULL)
        return;
    if (chunk->old != NULL)
        mem_free(file->account, chunk->old, CHUNK);
    mem_free(file->account, chunk, sizeof(*chunk));
}

static void file_free(SimDisk *disk, SimFile *file) {
    for (size_t i = 0; i < file->chunk_capacity; i++)
        chunk_free(file, file->chunks[i]);
    mem_free(file->account, file->chunks, file->chunk_capacity * sizeof(Chunk *));
    disk->used_bytes -= file->charged_bytes;
    list_remove(&file->node);
    mem_free(disk->account, file, sizeof(*file));
}

void sim_file_ref(SimFile *file) { file->refs++; }

void sim_file_unref(SimDisk *disk, SimFile *file) {
    if (file == NULL)
        return;
    check(file->refs > 0);
    if (--file->refs == 0)
        file_free(disk, file);
}

bool sim_file_is_dir(const SimFile *file) { return file->is_dir; }
uint64_t sim_file_bytes(const SimFile *file) { return file->size; }

bool sim_file_lock(SimFile *file) {
    bool taken = !file->locked;
    file->locked = true;
    return taken;
}

void sim_file_unlock(SimFile *file) { file->locked = false; }

static Chunk *chunk_at(const SimFile *file, uint64_t index) {
    return index < file->chunk_capacity ? file->chunks[index] : NULL;
}

static Chunk *chunk_make(SimFile *file, uint64_t index) {
    if (index >= file->chunk_capacity) {
        size_t capacity = MAX(file->chunk_capacity * 2, 16);
        while (capacity <= index)
            capacity *= 2;
        Chunk **chunks = mem_alloc(file->account, capacity * sizeof(Chunk *));
        memset(chunks, 0, capacity * sizeof(Chunk *));
        if (file->chunk_capacity > 0)
            memcpy(chunks, file->chunks, file->chunk_capacity * sizeof(Chunk *));
        mem_free(file->account, file->chunks, file->chunk_capacity * sizeof(Chunk *));
        file->chunks = chunks;
        file->chunk_capacity = capacity;
    }
    Chunk *chunk = file->chunks[index];
    if (chunk == NULL) {
        chunk = mem_alloc(file->account, sizeof(*chunk));
        memset(chunk, 0, sizeof(*chunk));
        chunk->index = (uint32_t)index;
        file->chunks[index] = chunk;
    }
    return chunk;
}

/* The sectors that [start, end) of a chunk touches. */
static uint32_t sector_mask(uint32_t start, uint32_t end) {
    uint32_t first = start / SECTOR, last = (end - 1) / SECTOR;
    uint32_t upto = last == 31 ? UINT32_MAX : (UINT32_C(1) << (last + 1)) - 1;
    return upto & ~((UINT32_C(1) << first) - 1);
}

/* Saves the durable content of the sectors about to change. */
static void keep_old(SimFile *file, Chunk *chunk, uint32_t mask) {
    uint32_t fresh = mask & ~(chunk->dirty | chunk->cut | chunk->lost);
    if (chunk->old == NULL)
        chunk->old = mem_alloc(file->account, CHUNK);
    for (uint32_t m = fresh; m != 0; m &= m - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(m) * SECTOR;
        memcpy(chunk->old + at, chunk->now + at, SECTOR);
    }
    if (!chunk->listed) {
        chunk->listed = true;
        chunk->unsynced_next = file->unsynced;
        file->unsynced = chunk;
    }
}

static void forget_old(SimFile *file, Chunk *chunk) {
    chunk->dirty = chunk->cut = chunk->lost = 0;
    chunk->listed = false;
    mem_free(file->account, chunk->old, CHUNK);
    chunk->old = NULL;
}

/* Walks the chunks under [offset, offset + len): zeroed to start, then once for each. */
typedef struct ChunkPart {
    uint64_t index;
    uint32_t start;
    uint32_t end;
    uint64_t done; /* bytes of the range before this part */
} ChunkPart;

static bool next_part(ChunkPart *part, uint64_t offset, uint64_t len) {
    uint64_t done = part->done + (part->end - part->start);
    if (done >= len)
        return false;
    part->done = done;
    part->index = (offset + done) / CHUNK;
    part->start = (uint32_t)((offset + done) % CHUNK);
    part->end = (uint32_t)MIN((uint64_t)CHUNK, part->start + (len - done));
    return true;
}

size_t sim_file_read(const SimFile *file, void *buf, size_t len, uint64_t offset) {
    if (offset >= file->size)
        return 0;
    len = MIN(len, file->size - offset);
    for (ChunkPart part = {0}; next_part(&part, offset, len);) {
        const Chunk *chunk = chunk_at(file, part.index);
        char *to = (char *)buf + part.done;
        if (chunk == NULL)
            memset(to, 0, part.end - part.start);
        else
            memcpy(to, chunk->now + part.start, part.end - part.start);
    }
    return len;
}

/* Accounts for disk space up to end. */
static int charge(SimDisk *disk, SimFile *file, uint64_t end) {
    if (end <= file->charged_bytes)
        return 0;
    uint64_t more = end - file->charged_bytes;
    if (disk->bytes_max != 0 && disk->used_bytes + more > disk->bytes_max)
        return ENOSPC;
    disk->used_bytes += more;
    file->charged_bytes = end;
    return 0;
}

int sim_file_write(SimDisk *disk, SimFile *file, const void *data, size_t len, uint64_t offset) {
    int e = charge(disk, file, offset + len);
    if (e != 0)
        return e;
    for (ChunkPart part = {0}; next_part(&part, offset, len);) {
        Chunk *chunk = chunk_make(file, part.index);
        uint32_t mask = sector_mask(part.start, part.end);
        keep_old(file, chunk, mask);
        chunk->dirty |= mask;
        chunk->lost &= ~mask;
        memcpy(chunk->now + part.start, (const char *)data + part.done, part.end - part.start);
    }
    file->size = MAX(file->size, offset + len);
    return 0;
}

int sim_file_extend(SimDisk *disk, SimFile *file, uint64_t size) {
    int e = charge(disk, file, size);
    if (e == 0)
        file->size = MAX(file->size, size);
    return e;
}

void sim_file_truncate(SimDisk *disk, SimFile *file, uint64_t size) {
    uint64_t end = file->size;
    file->size = size;
    if (size >= end)
        return;
    file->size_cut = true;
    file->size_least = MIN(file->size_least, size);
    for (ChunkPart part = {0}; next_part(&part, size, end - size);) {
        Chunk *chunk = chunk_at(file, part.index);
        if (chunk == NULL)
            continue;
        uint32_t mask = sector_mask(part.start, part.end);
        keep_old(file, chunk, mask);
        if (part.start % SECTOR != 0) {
            /* The sector that stays in part is a write like any other. */
            uint32_t first = UINT32_C(1) << (part.start / SECTOR);
            chunk->dirty |= first;
            mask &= ~first;
        }
        chunk->cut |= mask;
        chunk->dirty &= ~mask;
        memset(chunk->now + part.start, 0, part.end - part.start);
    }
    if (file->charged_bytes > size) {
        disk->used_bytes -= file->charged_bytes - size;
        file->charged_bytes = size;
    }
}

/* The truncation is durable: what it zeroed is zero on disk. */
static void commit_cut(SimFile *file) {
    if (!file->size_cut)
        return;
    file->size_cut = false;
    for (Chunk *chunk = file->unsynced; chunk != NULL; chunk = chunk->unsynced_next) {
        for (uint32_t m = chunk->cut; m != 0; m &= m - 1)
            memset(chunk->old + (uint32_t)__builtin_ctz(m) * SECTOR, 0, SECTOR);
        chunk->cut = 0;
    }
}

static void commit_size(SimFile *file, uint64_t size) {
    file->size_durable = size;
    file->size_least = file->size;
}

/* Drops chunks without a mask from the list. */
static void prune_unsynced(SimFile *file) {
    Chunk **link = &file->unsynced;
    while (*link != NULL) {
        Chunk *chunk = *link;
        if ((chunk->dirty | chunk->cut | chunk->lost) != 0) {
            link = &chunk->unsynced_next;
            continue;
        }
        *link = chunk->unsynced_next;
        forget_old(file, chunk);
    }
}

void sim_file_sync_range(SimFile *file, uint64_t offset, uint64_t len) {
    commit_cut(file);
    for (ChunkPart part = {0}; next_part(&part, offset, len);) {
        Chunk *chunk = chunk_at(file, part.index);
        if (chunk != NULL)
            chunk->dirty &= ~sector_mask(part.start, part.end);
    }
    commit_size(file, MIN(file->size, MAX(file->size_durable, offset + len)));
    prune_unsynced(file);
}

void sim_file_sync(SimDisk *disk, SimFile *file) {
    commit_cut(file);
    for (Chunk *chunk = file->unsynced; chunk != NULL; chunk = chunk->unsynced_next)
        chunk->dirty = 0;
    commit_size(file, file->size);
    prune_unsynced(file);
}

void sim_file_sync_failed(SimDisk *disk, SimFile *file) {
    for (Chunk *chunk = file->unsynced; chunk != NULL; chunk = chunk->unsynced_next) {
        for (uint32_t m = chunk->dirty; m != 0; m &= m - 1) {
            if (coin(disk))
                chunk->lost |= m & -m;
        }
        chunk->dirty = 0;
    }
    prune_unsynced(file);
}

void sim_file_writeback(SimFile *file, uint64_t offset, uint64_t len) {
    for (ChunkPart part = {0}; next_part(&part, offset, len);) {
        Chunk *chunk = chunk_at(file, part.index);
        if (chunk == NULL)
            continue;
        uint32_t mask = sector_mask(part.start, part.end) & chunk->dirty & ~chunk->cut;
        for (uint32_t m = mask; m != 0; m &= m - 1) {
            uint32_t at = (uint32_t)__builtin_ctz(m) * SECTOR;
            memcpy(chunk->old + at, chunk->now + at, SECTOR);
        }
    }
}

void sim_file_tear(SimDisk *disk, SimFile *file, const void *data, size_t len, uint64_t offset) {
    for (uint64_t at = 0; at < len;) {
        uint64_t part = MIN(len - at, SECTOR - (offset + at) % SECTOR);
        if (coin(disk) &&
            sim_file_write(disk, file, (const char *)data + at, part, offset + at) == 0)
            sim_file_sync_range(file, offset + at, part);
        at += part;
    }
}

bool sim_file_tamper(SimFile *file, uint64_t offset, const void *data, size_t len) {
    if (offset > file->size || len > file->size - offset)
        return false;
    for (ChunkPart part = {0}; next_part(&part, offset, len);) {
        Chunk *chunk = chunk_make(file, part.index);
        const char *from = (const char *)data + part.done;
        memcpy(chunk->now + part.start, from, part.end - part.start);
        if (chunk->old != NULL)
            memcpy(chunk->old + part.start, from, part.end - part.start);
    }
    return true;
}

/* ---- a file at a crash ---- */

static void settle_chunk(SimDisk *disk, Chunk *chunk, bool cut_kept) {
    uint32_t all = chunk->dirty | chunk->cut | chunk->lost;
    for (uint32_t m = all; m != 0; m &= m - 1) {
        uint32_t bit = m & -m;
        uint8_t *now = chunk->now + (uint32_t)__builtin_ctz(m) * SECTOR;
        const uint8_t *old = chunk->old + (uint32_t)__builtin_ctz(m) * SECTOR;
        if ((chunk->dirty & bit) && coin(disk))
            continue;
        if ((chunk->cut & bit) && cut_kept)
            memset(now, 0, SECTOR);
        else
            memcpy(now, old, SECTOR);
    }
}

static void zero_behind(SimFile *file) {
    uint64_t end = file->chunk_capacity * (uint64_t)CHUNK;
    if (file->size >= end)
        return;
    for (ChunkPart part = {0}; next_part(&part, file->size, end - file->size);) {
        Chunk *chunk = chunk_at(file, part.index);
        if (chunk != NULL)
            memset(chunk->now + part.start, 0, part.end - part.start);
    }
}

static void file_crash(SimDisk *disk, SimFile *file) {
    bool cut_kept = file->size_cut && coin(disk);
    uint64_t other = file->size_cut ? file->size_least : file->size_durable;
    if (file->size_cut && !cut_kept)
        file->size = file->size_durable;
    else if (file->size != other)
        file->size = coin(disk) ? file->size : other;
    for (Chunk *chunk = file->unsynced; chunk != NULL; chunk = chunk->unsynced_next) {
        settle_chunk(disk, chunk, cut_kept);
        chunk->dirty = chunk->cut = chunk->lost = 0;
    }
    prune_unsynced(file);
    zero_behind(file);
    file->size_cut = false;
    file->locked = false;
    commit_size(file, file->size);
}

/* ---- names ---- */

static const char *const roots[] = {"/", ".", ""};

static size_t parent_len(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

/* True if path's directory is dir (without a slash at its end). */
static bool is_in(const char *path, const char *dir) {
    size_t len = parent_len(path);
    if (strcmp(dir, "/") == 0 || strcmp(dir, ".") == 0)
        return len == 0;
    return strlen(dir) == len && memcmp(path, dir, len) == 0;
}

static size_t entry_slot(const SimDisk *disk, const char *path, size_t len, bool *found_out) {
    size_t low = 0, high = disk->entry_count;
    *found_out = false;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strncmp(disk->entries[mid].path, path, len);
        if (order == 0 && disk->entries[mid].path[len] != '\0')
            order = 1;
        if (order == 0) {
            *found_out = true;
            return mid;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static SimEntry *entry_find(const SimDisk *disk, const char *path, size_t len) {
    bool found;
    size_t slot = entry_slot(disk, path, len, &found);
    return found ? &disk->entries[slot] : NULL;
}

static char *copy_path(SimDisk *disk, const char *path) {
    char *copy = mem_alloc(disk->account, strlen(path) + 1);
    return memcpy(copy, path, strlen(path) + 1);
}

static void free_path(SimDisk *disk, char *path) {
    mem_free(disk->account, path, strlen(path) + 1);
}

static SimEntry *entry_make(SimDisk *disk, const char *path) {
    bool found;
    size_t slot = entry_slot(disk, path, strlen(path), &found);
    if (found)
        return &disk->entries[slot];
    if (disk->entry_count == disk->entry_capacity) {
        size_t capacity = MAX(disk->entry_capacity * 2, 32);
        SimEntry *entries = mem_alloc(disk->account, capacity * sizeof(SimEntry));
        if (disk->entry_count > 0)
            memcpy(entries, disk->entries, disk->entry_count * sizeof(SimEntry));
        mem_free(disk->account, disk->entries, disk->entry_capacity * sizeof(SimEntry));
        disk->entries = entries;
        disk->entry_capacity = capacity;
    }
    memmove(&disk->entries[slot + 1], &disk->entries[slot],
            (disk->entry_count - slot) * sizeof(SimEntry));
    disk->entry_count++;
    disk->entries[slot] = (SimEntry){.path = copy_path(disk, path)};
    return &disk->entries[slot];
}

SimFile *sim_disk_find(SimDisk *disk, const char *path) {
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const SimEntry *entry = entry_find(disk, path, len);
    return entry == NULL ? NULL : entry->now;
}

static bool is_root(const char *path) {
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        if (strcmp(path, roots[i]) == 0)
            return true;
    }
    return false;
}

static bool dir_is_there(SimDisk *disk, const char *path, size_t len) {
    if (len == 0)
        return true;
    const SimEntry *entry = entry_find(disk, path, len);
    return entry != NULL && entry->now != NULL && entry->now->is_dir;
}

static void set_file(SimDisk *disk, SimFile **place, SimFile *file) {
    if (file != NULL)
        sim_file_ref(file);
    sim_file_unref(disk, *place);
    *place = file;
}

static SimNameOp *op_make(SimDisk *disk, size_t count) {
    SimNameOp *op = mem_alloc(disk->account, sizeof(*op) + count * sizeof(op->sets[0]));
    op->count = 0;
    list_push_back(&disk->name_ops, &op->node);
    return op;
}

/* Part of a change: path means file from now on. */
static void op_set(SimDisk *disk, SimNameOp *op, const char *path, SimFile *file) {
    op->sets[op->count].path = copy_path(disk, path);
    op->sets[op->count++].file = file;
    if (file != NULL)
        sim_file_ref(file);
    set_file(disk, &entry_make(disk, path)->now, file);
}

static void op_free(SimDisk *disk, SimNameOp *op, size_t capacity) {
    for (size_t i = 0; i < op->count; i++) {
        sim_file_unref(disk, op->sets[i].file);
        free_path(disk, op->sets[i].path);
    }
    list_remove(&op->node);
    mem_free(disk->account, op, sizeof(*op) + capacity * sizeof(op->sets[0]));
}

static void op_apply(SimDisk *disk, SimNameOp *op) {
    for (size_t i = 0; i < op->count; i++)
        set_file(disk, &entry_make(disk, op->sets[i].path)->durable, op->sets[i].file);
    op_free(disk, op, op->count);
}

int sim_disk_open(SimDisk *disk, const char *path, unsigned flags, SimFile **file_out) {
    SimFile *file = sim_disk_find(disk, path);
    if (file == NULL) {
        if (!(flags & FILE_CREATE) || !dir_is_there(disk, path, parent_len(path)))
            return ENOENT;
        file = file_make(disk, false);
        op_set(disk, op_make(disk, 1), path, file);
    } else if ((flags & FILE_CREATE) && (flags & FILE_EXCLUSIVE)) {
        return EEXIST;
    } else if (file->is_dir) {
        return EISDIR;
    } else if (flags & FILE_TRUNCATE) {
        sim_file_truncate(disk, file, 0);
    }
    *file_out = file;
    return 0;
}

int sim_disk_open_dir(SimDisk *disk, const char *path, SimFile **file_out) {
    *file_out = NULL; /* a root, which has no entry */
    if (is_root(path))
        return 0;
    *file_out = sim_disk_find(disk, path);
    if (*file_out == NULL)
        return ENOENT;
    return (*file_out)->is_dir ? 0 : ENOTDIR;
}

int sim_disk_mkdir(SimDisk *disk, const char *path) {
    if (is_root(path) || sim_disk_find(disk, path) != NULL)
        return EEXIST;
    if (!dir_is_there(disk, path, parent_len(path)))
        return ENOENT;
    op_set(disk, op_make(disk, 1), path, file_make(disk, true));
    return 0;
}

static bool has_children(SimDisk *disk, const char *path) {
    for (size_t i = 0; i < disk->entry_count; i++) {
        if (disk->entries[i].now != NULL && is_in(disk->entries[i].path, path))
            return true;
    }
    return false;
}

int sim_disk_remove(SimDisk *disk, const char *path, bool dir) {
    SimFile *file = sim_disk_find(disk, path);
    if (file == NULL)
        return ENOENT;
    if (file->is_dir != dir)
        return dir ? ENOTDIR : EISDIR;
    if (dir && has_children(disk, path))
        return ENOTEMPTY;
    op_set(disk, op_make(disk, 1), path, NULL);
    return 0;
}

/* True if path lies below dir at any depth; *rest_out is what follows dir. */
static bool is_below(const char *path, const char *dir, const char **rest_out) {
    size_t len = strlen(dir);
    *rest_out = path + len;
    return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Moves everything below from; the entries' table grows meanwhile, so it starts over each time. */
static size_t count_below(SimDisk *disk, const char *dir) {
    size_t count = 0;
    const char *rest;
    for (size_t i = 0; i < disk->entry_count; i++)
        count += disk->entries[i].now != NULL && is_below(disk->entries[i].path, dir, &rest);
    return count;
}

static void move_below(SimDisk *disk, SimNameOp *op, const char *from, const char *to) {
    for (size_t i = 0; i < disk->entry_count; i++) {
        const char *rest;
        if (disk->entries[i].now == NULL || !is_below(disk->entries[i].path, from, &rest))
            continue;
        size_t bytes = strlen(to) + strlen(rest) + 1;
        char *path = mem_alloc(disk->account, bytes);
        memcpy(path, to, strlen(to));
        memcpy(path + strlen(to), rest, strlen(rest) + 1);
        char *old_path = copy_path(disk, disk->entries[i].path);
        op_set(disk, op, path, disk->entries[i].now);
        op_set(disk, op, old_path, NULL);
        free_path(disk, old_path);
        mem_free(disk->account, path, bytes);
        i = SIZE_MAX; /* the table has moved: from the start */
    }
}

int sim_disk_rename(SimDisk *disk, const char *from, const char *to) {
    SimFile *file = sim_disk_find(disk, from);
    SimFile *target = sim_disk_find(disk, to);
    if (file == NULL || !dir_is_there(disk, to, parent_len(to)))
        return ENOENT;
    if (file == target)
        return 0;
    if (target != NULL && target->is_dir != file->is_dir)
        return file->is_dir ? ENOTDIR : EISDIR;
    if (target != NULL && target->is_dir && has_children(disk, to))
        return ENOTEMPTY;
    size_t below = file->is_dir ? count_below(disk, from) : 0;
    SimNameOp *op = op_make(disk, 2 + 2 * below);
    op_set(disk, op, to, file);
    op_set(disk, op, from, NULL);
    if (below > 0)
        move_below(disk, op, from, to);
    return 0;
}

int sim_disk_link(SimDisk *disk, const char *from, const char *to) {
    SimFile *file = sim_disk_find(disk, from);
    if (file == NULL || !dir_is_there(disk, to, parent_len(to)))
        return ENOENT;
    if (sim_disk_find(disk, to) != NULL)
        return EEXIST;
    if (file->is_dir)
        return EPERM;
    op_set(disk, op_make(disk, 1), to, file);
    return 0;
}

int sim_disk_list(SimDisk *disk, const char *path, void (*each)(void *arg, const char *name),
                  void *arg) {
    SimFile *dir;
    int e = sim_disk_open_dir(disk, path, &dir);
    if (e != 0)
        return e;
    for (size_t i = 0; i < disk->entry_count; i++) {
        const char *name = disk->entries[i].path;
        if (disk->entries[i].now != NULL && is_in(name, path))
            each(arg, name[parent_len(name)] == '/' ? name + parent_len(name) + 1 : name);
    }
    return 0;
}

/* ---- durability of names ---- */

static bool touches(const SimNameOp *op, const char *dir) {
    for (size_t i = 0; i < op->count; i++) {
        if (is_in(op->sets[i].path, dir))
            return true;
    }
    return false;
}

/* True if two changes have a directory in common. */
static bool share_dir(const SimNameOp *a, const SimNameOp *b) {
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            size_t len = parent_len(a->sets[i].path);
            if (len == parent_len(b->sets[j].path) &&
                memcmp(a->sets[i].path, b->sets[j].path, len) == 0)
                return true;
        }
    }
    return false;
}

/* Applies op after everything before it that it depends on. */
static void apply_in_order(SimDisk *disk, SimNameOp *op) {
    for (;;) {
        SimNameOp *first = NULL;
        LIST_FOREACH(it, &disk->name_ops) {
            SimNameOp *other = LIST_ENTRY(it, SimNameOp, node);
            if (other == op)
                break;
            if (share_dir(other, op)) {
                first = other;
                break;
            }
        }
        if (first == NULL)
            break;
        apply_in_order(disk, first);
    }
    op_apply(disk, op);
}

static void sync_dir(SimDisk *disk, const char *dir) {
    for (bool again = true; again;) {
        again = false;
        LIST_FOREACH(it, &disk->name_ops) {
            if (touches(LIST_ENTRY(it, SimNameOp, node), dir)) {
                apply_in_order(disk, LIST_ENTRY(it, SimNameOp, node));
                again = true;
                break;
            }
        }
    }
}

void sim_disk_sync_dir(SimDisk *disk, const char *path) {
    size_t len = strlen(path);
    char *dir = copy_path(disk, path);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    char saved = dir[len];
    dir[len] = '\0';
    sync_dir(disk, dir);
    dir[len] = saved;
    free_path(disk, dir);
}

/* A random prefix of the changes survives, for each directory on its own. */
static void names_crash(SimDisk *disk) {
    ListNode dropped;
    list_init(&dropped);
    while (!list_empty(&disk->name_ops)) {
        SimNameOp *op = LIST_ENTRY(disk->name_ops.next, SimNameOp, node);
        bool drop = rng_one_in(disk->rng, 3);
        LIST_FOREACH(it, &dropped)
            drop = drop || share_dir(op, LIST_ENTRY(it, SimNameOp, node));
        if (drop) {
            list_remove(&op->node);
            list_push_back(&dropped, &op->node);
        } else {
            op_apply(disk, op);
        }
    }
    while (!list_empty(&dropped)) {
        SimNameOp *op = LIST_ENTRY(dropped.next, SimNameOp, node);
        op_free(disk, op, op->count);
    }
}

/* What is durable is what there is; a name whose directory went has gone with it. */
static void names_settle(SimDisk *disk) {
    for (size_t i = 0; i < disk->entry_count; i++) {
        SimEntry *entry = &disk->entries[i]; /* sorted: directories come before what is in them */
        if (entry->durable != NULL && !dir_is_there(disk, entry->path, parent_len(entry->path)))
            set_file(disk, &entry->durable, NULL);
        set_file(disk, &entry->now, entry->durable);
    }
}

void sim_disk_crash(SimDisk *disk) {
    names_crash(disk);
    /* Parents first needs every directory's durable state in place. */
    for (size_t i = 0; i < disk->entry_count; i++)
        set_file(disk, &disk->entries[i].now, disk->entries[i].durable);
    names_settle(disk);
    LIST_FOREACH(it, &disk->files)
        file_crash(disk, LIST_ENTRY(it, SimFile, node));
}

/* ---- the whole disk ---- */

void sim_disk_init(SimDisk *disk, MemAccount *account, Rng *rng) {
    *disk = (SimDisk){.account = account, .rng = rng};
    list_init(&disk->files);
    list_init(&disk->name_ops);
    list_init(&disk->handles);
}

void sim_disk_destroy(SimDisk *disk) {
    while (!list_empty(&disk->name_ops)) {
        SimNameOp *op = LIST_ENTRY(disk->name_ops.next, SimNameOp, node);
        op_free(disk, op, op->count);
    }
    while (!list_empty(&disk->handles))
        file_close(LIST_ENTRY(disk->handles.next, File, sim_node));
    for (size_t i = 0; i < disk->entry_count; i++) {
        sim_file_unref(disk, disk->entries[i].now);
        sim_file_unref(disk, disk->entries[i].durable);
        free_path(disk, disk->entries[i].path);
    }
    mem_free(disk->account, disk->entries, disk->entry_capacity * sizeof(SimEntry));
    check(list_empty(&disk->files));
}

static SimFile *file_copy(SimDisk *to, const SimFile *from) {
    SimFile *file = file_make(to, from->is_dir);
    ListNode node = file->node;
    *file = *from;
    file->node = node;
    file->refs = 0;
    file->locked = false;
    file->account = to->account;
    file->unsynced = NULL;
    file->chunks = mem_alloc(to->account, from->chunk_capacity * sizeof(Chunk *));
    to->used_bytes += file->charged_bytes;
    for (size_t i = 0; i < from->chunk_capacity; i++) {
        const Chunk *source = from->chunks[i];
        file->chunks[i] = NULL;
        if (source == NULL)
            continue;
        Chunk *chunk = mem_alloc(to->account, sizeof(*chunk));
        *chunk = *source;
        file->chunks[i] = chunk;
        if (source->old != NULL) {
            chunk->old = mem_alloc(to->account, CHUNK);
            memcpy(chunk->old, source->old, CHUNK);
            chunk->unsynced_next = file->unsynced;
            file->unsynced = chunk;
        }
    }
    return file;
}

void sim_disk_copy(SimDisk *to, const SimDisk *from) {
    U64Map twins;
    u64map_init(&twins, to->account);
    LIST_FOREACH(it, &from->files) {
        const SimFile *file = LIST_ENTRY(it, SimFile, node);
        u64map_put(&twins, (uintptr_t)file, file_copy(to, file));
    }
#define TWIN(file) ((file) == NULL ? NULL : u64map_get(&twins, (uintptr_t)(file)))
    for (size_t i = 0; i < from->entry_count; i++) {
        const SimEntry *source = &from->entries[i];
        SimEntry *entry = entry_make(to, source->path);
        set_file(to, &entry->now, TWIN(source->now));
        set_file(to, &entry->durable, TWIN(source->durable));
    }
    LIST_FOREACH(it, &from->name_ops) {
        const SimNameOp *source = LIST_ENTRY(it, SimNameOp, node);
        SimNameOp *op = op_make(to, source->count);
        for (size_t i = 0; i < source->count; i++) {
            op->sets[i].path = copy_path(to, source->sets[i].path);
            op->sets[i].file = NULL;
            set_file(to, &op->sets[i].file, TWIN(source->sets[i].file));
        }
        op->count = source->count;
    }
#undef TWIN
    to->bytes_max = from->bytes_max;
    u64map_destroy(&twins);
    /* A file that only a handle kept has no name here. */
    LIST_FOREACH_SAFE(it, tmp, &to->files) {
        SimFile *file = LIST_ENTRY(it, SimFile, node);
        if (file->refs == 0)
            file_free(to, file);
    }
}

static uint64_t hash_chunk(const Chunk *chunk) {
    static const uint8_t zeros[SECTOR];
    uint64_t hash = 0;
    uint32_t differing = chunk->dirty | chunk->cut | chunk->lost;
    for (uint32_t i = 0; i < CHUNK_SECTORS; i++) {
        bool from_old = (differing >> i) & 1;
        const uint8_t *sector = (from_old ? chunk->old : chunk->now) + i * SECTOR;
        if (memcmp(sector, zeros, SECTOR) != 0)
            hash = hash_combine(hash, hash_combine(i, hash_bytes_stable(sector, SECTOR)));
    }
    return hash;
}

uint64_t sim_disk_durable_hash(const SimDisk *disk) {
    uint64_t hash = 0;
    for (size_t i = 0; i < disk->entry_count; i++) {
        const SimEntry *entry = &disk->entries[i];
        const SimFile *file = entry->durable;
        if (file == NULL)
            continue;
        hash = hash_combine(hash, hash_bytes_stable(entry->path, strlen(entry->path)));
        hash = hash_combine(hash, file->size_durable);
        for (size_t c = 0; c < file->chunk_capacity; c++) {
            uint64_t part = file->chunks[c] == NULL ? 0 : hash_chunk(file->chunks[c]);
            if (part != 0)
                hash = hash_combine(hash, hash_combine(c, part));
        }
    }
    return hash;
}
