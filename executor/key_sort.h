/*
 * key_sort.h: sorts index entries (key bytes, then rowid) of any number within a memory budget, for
 * index builds. Layer: executor.
 *
 * Entries are collected until the budget is full, sorted, and written out as a run; the runs are merged
 * at the end. Everything that fits the budget never touches a file.
 */
#ifndef EXECUTOR_KEY_SORT_H
#define EXECUTOR_KEY_SORT_H

#include "base/arena.h"
#include "base/datum.h"

typedef struct KeySort KeySort;

typedef struct KeyEntry {
    Str key;
    uint64_t rowid;
    bool has_null;
} KeyEntry;

/* directory: for runs; exists. */
KeySort *key_sort_make(MemAccount *account, size_t budget_bytes, const char *directory);
/* Copies the key. May park. */
Status key_sort_add(KeySort *sort, Str key, uint64_t rowid, bool has_null);
/* After the last add, before the first next. */
Status key_sort_finish(KeySort *sort);
/* In order; the key lives until the next call. May park. */
Status key_sort_next(KeySort *sort, KeyEntry *entry_out, bool *found_out);
/* Any state; removes the runs. */
void key_sort_free(KeySort *sort);

#endif
