/* gin_rows.c: see gin_rows.h. */
#include "executor/gin_rows.h"

#include "runtime/fiber.h"

#include <stdlib.h>

#define BUFFER_ENTRIES 64u

static bool is_leaf(const GinNode *node) {
    return node->tag == GIN_KEY || node->tag == GIN_PREFIX || node->tag == GIN_RANGE;
}

bool gin_is_flat(const GinNode *node) {
    if (is_leaf(node))
        return true;
    if (node->tag != GIN_OR)
        return false;
    for (uint32_t i = 0; i < node->count; i++)
        if (!is_leaf(node->items[i]))
            return false;
    return true;
}

/* low and high: how keys begin. */
typedef struct KeySpan {
    Str low, high;
} KeySpan;

static KeySpan span_of(const GinNode *leaf) {
    return (KeySpan){leaf->key, leaf->tag == GIN_RANGE ? leaf->high : leaf->key};
}
static int compare_spans(const void *a, const void *b) {
    return str_compare(((const KeySpan *)a)->low, ((const KeySpan *)b)->low);
}
/* A key against how others begin. */
static int compare_beginning(Str key, Str beginning) {
    return str_compare(str_make(key.data, MIN(key.len, beginning.len)), beginning);
}

/* Takes what of the entries lies in the spans from *at on. *seek_out: the rest is to be looked for. */
static Status take(const IndexEntry *entries, uint32_t count, const KeySpan *spans,
                   uint32_t span_count, uint32_t *at, Arena *arena, RowIds *rows, bool *seek_out) {
    *seek_out = false;
    for (uint32_t i = 0; i < count; i++) {
        Str key = entries[i].key;
        while (*at < span_count && compare_beginning(key, spans[*at].high) > 0)
            ++*at;
        if (*at == span_count)
            return STATUS_OK;
        *seek_out = compare_beginning(key, spans[*at].low) < 0;
        if (!*seek_out)
            TRY(row_ids_add(rows, arena, entries[i].rowid));
    }
    return STATUS_OK;
}

static Status read_spans(Index *index, const KeySpan *spans, uint32_t span_count, Str last,
                         Arena *arena, RowIds *rows) {
    IndexScan *scan;
    IndexEntry entries[BUFFER_ENTRIES];
    uint32_t at = 0, count;
    TRY(index_scan_open(index, &spans[0].low, true, &last, true, false, arena, &scan));
    while (at < span_count) {
        bool seek;
        TRY(index_scan_next(scan, entries, BUFFER_ENTRIES, &count));
        if (count == 0)
            break;
        TRY(take(entries, count, spans, span_count, &at, arena, rows, &seek));
        if (at < span_count && seek)
            TRY(index_scan_reset(scan, &spans[at].low, true, &last, true));
        TRY(fiber_check_interrupt());
    }
    return STATUS_OK;
}

Status gin_rows_gather(const Snapshot *snapshot, const Table *table, Index *index,
                       const GinNode *node, Arena *arena, RowIds *rows_out) {
    *rows_out = (RowIds){0};
    uint32_t count = is_leaf(node) ? 1 : node->count;
    void *room;
    TRY(arena_try_alloc(arena, (count + 1) * sizeof(KeySpan), &room));
    KeySpan *spans = room;
    Str last = {0};
    for (uint32_t i = 0; i < count; i++) {
        spans[i] = span_of(is_leaf(node) ? node : node->items[i]);
        if (snapshot != NULL)
            TRY(index_note_read(snapshot, table, index, &spans[i].low, true, &spans[i].high, true));
        if (i == 0 || str_compare(spans[i].high, last) > 0)
            last = spans[i].high;
    }
    if (count == 0)
        return STATUS_OK;
    if (count > 1)
        qsort(spans, count, sizeof(*spans), compare_spans);
    TRY(read_spans(index, spans, count, last, arena, rows_out));
    row_ids_sort(rows_out);
    return STATUS_OK;
}
