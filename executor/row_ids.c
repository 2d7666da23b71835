/* row_ids.c: see row_ids.h. */
#include "executor/row_ids.h"

#include <stdlib.h>

static Status make_room(RowIds *rows, Arena *arena, size_t capacity) {
    void *room;
    TRY(arena_try_alloc(arena, capacity * sizeof(RowId), &room));
    if (rows->count > 0)
        memcpy(room, rows->items, rows->count * sizeof(RowId));
    rows->items = room;
    rows->capacity = capacity;
    return STATUS_OK;
}

Status row_ids_add(RowIds *rows, Arena *arena, RowId rowid) {
    if (rows->count == rows->capacity)
        TRY(make_room(rows, arena, MAX(rows->capacity * 2, 256u)));
    rows->items[rows->count++] = rowid;
    return STATUS_OK;
}

static int compare_rows(const void *a, const void *b) {
    RowId x = *(const RowId *)a, y = *(const RowId *)b;
    return (x > y) - (x < y);
}

void row_ids_sort(RowIds *rows) {
    size_t kept = 0;
    bool ordered = true;
    for (size_t i = 1; i < rows->count && ordered; i++)
        ordered = rows->items[i - 1] < rows->items[i];
    if (ordered)
        return;
    qsort(rows->items, rows->count, sizeof(RowId), compare_rows);
    for (size_t i = 0; i < rows->count; i++)
        if (kept == 0 || rows->items[i] != rows->items[kept - 1])
            rows->items[kept++] = rows->items[i];
    rows->count = kept;
}

Status row_ids_union(const RowIds *a, const RowIds *b, Arena *arena, RowIds *out) {
    size_t i = 0, k = 0;
    *out = (RowIds){0};
    TRY(make_room(out, arena, a->count + b->count + 1));
    while (i < a->count || k < b->count) {
        RowId x = i < a->count ? a->items[i] : UINT64_MAX;
        RowId y = k < b->count ? b->items[k] : UINT64_MAX;
        out->items[out->count++] = MIN(x, y);
        i += x <= y;
        k += y <= x;
    }
    return STATUS_OK;
}

Status row_ids_intersect(const RowIds *a, const RowIds *b, Arena *arena, RowIds *out) {
    *out = (RowIds){0};
    TRY(make_room(out, arena, MIN(a->count, b->count) + 1));
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        RowId x = a->items[i], y = b->items[k];
        if (x == y)
            out->items[out->count++] = x;
        i += x <= y;
        k += y <= x;
    }
    return STATUS_OK;
}
