/*
 * key_sort.c: see the header.
 *
 * A collected entry is {len u32, flags u8, rowid u64, key bytes}, unaligned; an array of pointers is
 * sorted, the key's first 8 bytes beside each so that most comparisons need no memory access. A run
 * file has the same entries in order.
 */
#include "executor/key_sort.h"

#include "base/bits.h"
#include "base/vec.h"
#include "runtime/file.h"
#include "runtime/random.h"

#include <stdlib.h>

#define ENTRY_HEAD_BYTES 13u
#define RUN_BUFFER_BYTES ((size_t)256 << 10)

typedef struct Item {
    uint64_t head; /* first 8 bytes of the key, big-endian */
    const uint8_t *entry;
} Item;

typedef struct Run {
    File *file;
    uint64_t size, at;
    uint8_t *buffer;
    size_t pos, len, capacity;
} Run;

struct KeySort {
    MemAccount *parent;
    MemAccount account;
    Arena arena;     /* entries */
    Arena run_arena; /* runs, their buffers */
    size_t budget_bytes;
    const char *directory;
    VEC(Item) items;
    size_t entry_bytes;
    VEC(Run) runs;
    bool merging;
    size_t next_item;
    uint32_t *heap; /* run numbers, the least entry first */
    uint32_t heap_count;
    uint32_t advance; /* run whose entry was handed out; UINT32_MAX: none */
};

KeySort *key_sort_make(MemAccount *account, size_t budget_bytes, const char *directory) {
    KeySort *sort = mem_alloc(account, sizeof(*sort));
    *sort = (KeySort){.parent = account,
                      .budget_bytes = budget_bytes,
                      .directory = directory,
                      .advance = UINT32_MAX};
    mem_account_init(&sort->account, account, "index build", SIZE_MAX);
    arena_init(&sort->arena, &sort->account);
    arena_init(&sort->run_arena, &sort->account);
    return sort;
}

void key_sort_free(KeySort *sort) {
    for (size_t i = 0; i < sort->runs.count; i++)
        file_close(sort->runs.items[i].file);
    arena_destroy(&sort->arena);
    arena_destroy(&sort->run_arena);
    mem_free(sort->parent, sort, sizeof(*sort));
}

static Str entry_key(const uint8_t *entry) {
    return str_make((const char *)entry + ENTRY_HEAD_BYTES, load_le32(entry));
}

static int compare_entries(const uint8_t *a, const uint8_t *b) {
    int order = str_compare(entry_key(a), entry_key(b));
    if (order != 0)
        return order;
    uint64_t x = load_le64(a + 5), y = load_le64(b + 5);
    return (x > y) - (x < y);
}

static int compare_items(const void *a, const void *b) {
    const Item *x = a, *y = b;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    return compare_entries(x->entry, y->entry);
}

static void sort_items(KeySort *sort) {
    if (sort->items.count > 1)
        qsort(sort->items.items, sort->items.count, sizeof(Item), compare_items);
}

static Status write_all(KeySort *sort, File *file, uint64_t *size_out) {
    uint8_t *buffer = arena_alloc(&sort->run_arena, RUN_BUFFER_BYTES);
    size_t used = 0;
    *size_out = 0;
    for (size_t i = 0; i < sort->items.count; i++) {
        const uint8_t *entry = sort->items.items[i].entry;
        size_t bytes = ENTRY_HEAD_BYTES + load_le32(entry);
        if (used + bytes > RUN_BUFFER_BYTES) {
            TRY(file_write(file, buffer, used, *size_out));
            *size_out += used;
            used = 0;
        }
        memcpy(buffer + used, entry, bytes);
        used += bytes;
    }
    TRY(file_write(file, buffer, used, *size_out));
    *size_out += used;
    return STATUS_OK;
}

static Status spill(KeySort *sort) {
    sort_items(sort);
    Run run = {0};
    char *path = arena_printf(&sort->run_arena, "%s/sort%016llx", sort->directory,
                              (unsigned long long)random_u64());
    TRY(file_open(path, FILE_CREATE | FILE_EXCLUSIVE, &run.file));
    Status status = write_all(sort, run.file, &run.size);
    if (status_ok(status))
        status = file_unlink(path); /* it lives as long as it is open */
    if (!status_ok(status)) {
        file_close(run.file);
        return status;
    }
    vec_push(&sort->runs, &sort->run_arena, run);
    arena_reset(&sort->arena);
    sort->items.items = NULL;
    sort->items.count = sort->items.capacity = 0;
    sort->entry_bytes = 0;
    return STATUS_OK;
}

Status key_sort_add(KeySort *sort, Str key, uint64_t rowid, bool has_null) {
    uint8_t *entry = arena_alloc(&sort->arena, ENTRY_HEAD_BYTES + key.len);
    store_le32(entry, key.len);
    entry[4] = has_null;
    store_le64(entry + 5, rowid);
    memcpy(entry + ENTRY_HEAD_BYTES, key.data, key.len);
    uint8_t head[8] = {0};
    memcpy(head, key.data, MIN(key.len, 8u));
    Item item = {load_be64(head), entry};
    vec_push(&sort->items, &sort->arena, item);
    sort->entry_bytes += ENTRY_HEAD_BYTES + key.len + sizeof(Item);
    return sort->entry_bytes > sort->budget_bytes ? spill(sort) : STATUS_OK;
}

/* Makes the run's next entry whole in its buffer; *found_out false at its end. */
static Status run_fill(KeySort *sort, Run *run, bool *found_out) {
    size_t have = run->len - run->pos;
    size_t need = have < ENTRY_HEAD_BYTES ? ENTRY_HEAD_BYTES
                                          : ENTRY_HEAD_BYTES + load_le32(run->buffer + run->pos);
    *found_out = true;
    while (have < need) {
        if (run->at == run->size) {
            *found_out = false;
            return have == 0 ? STATUS_OK
                             : error(ERR_DATA_CORRUPTED, "a sorted run ends in the middle");
        }
        if (need > run->capacity) {
            uint8_t *bigger = arena_alloc(&sort->run_arena, need);
            memcpy(bigger, run->buffer + run->pos, have);
            run->buffer = bigger;
            run->capacity = need;
        } else {
            memmove(run->buffer, run->buffer + run->pos, have);
        }
        run->pos = 0;
        size_t bytes = MIN(run->capacity - have, run->size - run->at);
        TRY(file_read(run->file, run->buffer + have, bytes, run->at));
        run->at += bytes;
        run->len = have + bytes;
        have = run->len;
        if (have >= ENTRY_HEAD_BYTES)
            need = ENTRY_HEAD_BYTES + load_le32(run->buffer);
    }
    return STATUS_OK;
}

static bool run_less(const KeySort *sort, uint32_t a, uint32_t b) {
    const Run *x = &sort->runs.items[a], *y = &sort->runs.items[b];
    return compare_entries(x->buffer + x->pos, y->buffer + y->pos) < 0;
}

static void sift_down(KeySort *sort, uint32_t i) {
    for (;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < sort->heap_count; child++)
            if (run_less(sort, sort->heap[child], sort->heap[least]))
                least = child;
        if (least == i)
            return;
        uint32_t swap = sort->heap[i];
        sort->heap[i] = sort->heap[least];
        sort->heap[least] = swap;
        i = least;
    }
}

Status key_sort_finish(KeySort *sort) {
    if (sort->runs.count == 0) {
        sort_items(sort);
        return STATUS_OK;
    }
    if (sort->items.count > 0)
        TRY(spill(sort));
    sort->merging = true;
    sort->heap = arena_array(&sort->run_arena, uint32_t, sort->runs.count);
    for (uint32_t i = 0; i < sort->runs.count; i++) {
        Run *run = &sort->runs.items[i];
        run->capacity = RUN_BUFFER_BYTES;
        run->buffer = arena_alloc(&sort->run_arena, run->capacity);
        bool found;
        TRY(run_fill(sort, run, &found));
        if (found)
            sort->heap[sort->heap_count++] = i;
    }
    for (uint32_t i = sort->heap_count / 2; i-- > 0;)
        sift_down(sort, i);
    return STATUS_OK;
}

/* The entry that was handed out last is done with: its run moves on. */
static Status advance(KeySort *sort) {
    if (sort->advance == UINT32_MAX)
        return STATUS_OK;
    Run *run = &sort->runs.items[sort->advance];
    sort->advance = UINT32_MAX;
    run->pos += ENTRY_HEAD_BYTES + load_le32(run->buffer + run->pos);
    bool found;
    TRY(run_fill(sort, run, &found));
    if (!found)
        sort->heap[0] = sort->heap[--sort->heap_count];
    sift_down(sort, 0);
    return STATUS_OK;
}

Status key_sort_next(KeySort *sort, KeyEntry *entry_out, bool *found_out) {
    *entry_out = (KeyEntry){0};
    const uint8_t *entry;
    if (sort->merging) {
        TRY(advance(sort));
        *found_out = sort->heap_count > 0;
        if (!*found_out)
            return STATUS_OK;
        sort->advance = sort->heap[0];
        const Run *run = &sort->runs.items[sort->advance];
        entry = run->buffer + run->pos;
    } else {
        *found_out = sort->next_item < sort->items.count;
        if (!*found_out)
            return STATUS_OK;
        entry = sort->items.items[sort->next_item++].entry;
    }
    *entry_out = (KeyEntry){entry_key(entry), load_le64(entry + 5), entry[4] != 0};
    return STATUS_OK;
}
