/*
 * scan_index.c: scans through an index, and the row of a unique key.
 *
 * Bounds become a list of key ranges: one per combination of the values that leading columns are
 * equal to, in key order, so that a backward or forward walk over the ranges keeps the index's
 * order. Index entries are unversioned: every row found is fetched under the snapshot and its key
 * made again; the row counts only if that is the entry's key. So a row with several entries (old
 * versions) is seen exactly once, and no other recheck of the bounds is needed.
 */
#include "executor/index_ranges.h"
#include "executor/scan.h"

#include <stdlib.h>

typedef struct IndexScanNode {
    ScanNode base;
    const PlanIndexScan *plan;
    IndexKey *key;
    IndexCheck check;
    IndexRanges ranges;
    uint32_t range_next;
    bool ready;
    IndexScan *scan;
    bool scan_open;
    IndexEntry *entries;
    uint32_t entry_capacity;
    Arena check_arena;
} IndexScanNode;

/* ---- the scan ---- */

static Status range_open(IndexScanNode *s, const KeyRange *r) {
    const Str *low = r->has_low ? &r->low : NULL, *high = r->has_high ? &r->high : NULL;
    s->scan_open = true;
    TRY(index_note_read(s->base.node.exec->snapshot, s->base.rel->table, index_key_index(s->key),
                        low, r->low_inclusive, high, r->high_inclusive));
    if (s->scan != NULL)
        return index_scan_reset(s->scan, low, r->low_inclusive, high, r->high_inclusive);
    return index_scan_open(index_key_index(s->key), low, r->low_inclusive, high, r->high_inclusive,
                           s->plan->backward, &s->base.node.exec->arena, &s->scan);
}

/* The visible row of an entry, if its key is still the entry's. */
static Status entry_fetch(IndexScanNode *s, Str key, RowId rowid, RowView *view, bool *found_out) {
    Node *node = &s->base.node;
    TRY(table_fetch(node->exec->snapshot, s->base.rel->table, rowid, &node->batch_arena, view,
                    found_out));
    if (node->stats != NULL && *found_out)
        node->stats->heap_fetches += 1;
    if (!*found_out)
        return STATUS_OK;
    return index_row_matches(&s->check, view, key, found_out);
}

/* The next entries of the ranges; none: the end. */
static Status entries_next(IndexScanNode *s, IndexEntry *entries, uint32_t capacity,
                           uint32_t *count_out) {
    *count_out = 0;
    while (*count_out == 0) {
        if (!s->scan_open) {
            if (s->range_next == s->ranges.count)
                return STATUS_OK;
            uint32_t at = s->plan->backward ? s->ranges.count - 1 - s->range_next : s->range_next;
            s->range_next++;
            TRY(range_open(s, &s->ranges.items[at]));
        }
        TRY(index_scan_next(s->scan, entries, capacity, count_out));
        if (*count_out == 0)
            s->scan_open = false;
    }
    return STATUS_OK;
}

static int compare_entries(const void *a, const void *b) {
    RowId x = ((const IndexEntry *)a)->rowid, y = ((const IndexEntry *)b)->rowid;
    return (x > y) - (x < y);
}

/* Entries by the place of their rows, a batch at a time: rows that lie together are read together. */
static Status entries_sorted(IndexScanNode *s, uint32_t capacity, uint32_t *count_out) {
    Arena *arena = &s->base.node.batch_arena;
    uint32_t total = 0, got;
    do {
        TRY(entries_next(s, s->entries + total, capacity - total, &got));
        for (uint32_t i = 0; i < got && s->ranges.count > 1;
             i++) { /* the next range's overwrite them */
            Str *key = &s->entries[total + i].key;
            *key = str_make(arena_memdup(arena, key->data, key->len), key->len);
        }
        total += got;
    } while (got > 0 && total < capacity && s->ranges.count > 1);
    if (total > 1)
        qsort(s->entries, total, sizeof(IndexEntry), compare_entries);
    *count_out = total;
    return STATUS_OK;
}

static Status index_scan_fill(IndexScanNode *s, uint32_t capacity, uint32_t *count_out) {
    uint32_t count = 0;
    bool sorted = !s->plan->ordered && !s->plan->index_only;
    while (count == 0) {
        uint32_t got;
        if (sorted)
            TRY(entries_sorted(s, capacity, &got));
        else
            TRY(entries_next(s, s->entries, capacity, &got));
        if (got == 0)
            break;
        for (uint32_t i = 0; i < got; i++) {
            bool found;
            TRY(entry_fetch(s, s->entries[i].key, s->entries[i].rowid, &s->base.views[count],
                            &found));
            count += found;
        }
        TRY(fiber_check_interrupt());
    }
    *count_out = count;
    return STATUS_OK;
}

static Status index_scan_produce(Node *node) {
    IndexScanNode *s = (IndexScanNode *)node;
    bool handled;
    uint32_t count;
    TRY(scan_epq(&s->base, &handled));
    if (handled)
        return STATUS_OK;
    if (!s->ready) {
        s->ready = true;
        s->range_next = 0;
        TRY(index_ranges_make(&s->ranges, node));
    }
    uint32_t capacity = scan_capacity(&s->base);
    if (s->entry_capacity < capacity) {
        s->entries = arena_alloc(&node->exec->arena, sizeof(IndexEntry) * capacity);
        s->entry_capacity = capacity;
    }
    TRY(index_scan_fill(s, capacity, &count));
    return count == 0 ? STATUS_OK : scan_emit(&s->base, count);
}

static Status index_scan_rescan(Node *node, const Rescan *rescan) {
    IndexScanNode *s = (IndexScanNode *)node;
    s->base.epq_done = false;
    s->ready = false;
    s->scan_open = false;
    s->base.capacity = MIN(s->base.capacity, 128u);
    return STATUS_OK;
}

static void index_scan_close(Node *node) {
    IndexScanNode *s = (IndexScanNode *)node;
    index_key_end(s->key);
    index_ranges_end(&s->ranges);
    arena_destroy(&s->check_arena);
}

Status scan_index_key(ScanNode *scan, Oid index, IndexKey **key_out) {
    Executor *exec = scan->node.exec;
    const IndexDesc *desc = relation_index(scan->rel->desc, index);
    if (desc == NULL)
        return error(ERR_UNDEFINED_OBJECT, "could not open relation with OID %u", index);
    return index_key_make(exec->session, &exec->arena, scan->rel->desc, desc, key_out);
}

Status index_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanIndexScan *p = (const PlanIndexScan *)plan;
    IndexScanNode *s;
    if (p->gin_count > 0)
        return gin_scan_build(exec, plan, node_out);
    TRY(node_init(exec, plan, sizeof(*s), index_scan_produce, index_scan_rescan, &s));
    s->plan = p;
    s->base.node.close = index_scan_close;
    arena_init(&s->check_arena, &exec->account);
    TRY(scan_init(&s->base, &p->conditions));
    TRY(scan_index_key(&s->base, p->index, &s->key));
    s->check = (IndexCheck){s->key, s->base.rel->desc, s->base.rel->table, &s->check_arena};
    TRY(index_ranges_init(&s->ranges, exec, s->key, p->bounds, p->bound_count));
    *node_out = &s->base.node;
    return STATUS_OK;
}

/* ---- the row of a unique key ---- */

typedef struct PointGet {
    ScanNode base;
    IndexKey *key;
    IndexCheck check;
    ProgNode **keys;
    uint32_t key_count;
    bool finished;
    Arena check_arena;
} PointGet;

/* The encoded key; *none_out where no row can have it. */
static Status point_key(PointGet *p, StrBuf *buf, bool *none_out) {
    Node *node = &p->base.node;
    ProgContext ctx = node_context(node, NULL, NULL);
    *none_out = false;
    for (uint32_t i = 0; i < p->key_count; i++) {
        const IndexColumn *c = index_key_column(p->key, i);
        Datum value;
        bool is_null;
        BoundFit fit = FIT_EXACT;
        TRY(prog_eval_single(p->keys[i], &ctx, &value, &is_null));
        bool same = p->keys[i]->type == c->type->oid ||
                    (p->keys[i]->phys == PHYS_STR && c->type->phys == PHYS_STR);
        if (!is_null && !same)
            TRY(index_bound_convert(&node->exec->env, &node->batch_arena, c->type->oid,
                                    p->keys[i]->type, value, &value, &fit));
        if (is_null || fit != FIT_EXACT) {
            *none_out = true;
            return STATUS_OK;
        }
        TRY(key_encode_column(c->type, c->collation, c->descending, c->nulls_first, value, false,
                              buf));
    }
    return STATUS_OK;
}

static Status point_get_produce(Node *node) {
    PointGet *p = (PointGet *)node;
    bool handled, none;
    TRY(scan_epq(&p->base, &handled));
    if (handled || p->finished)
        return STATUS_OK;
    p->finished = true;
    scan_capacity(&p->base);
    StrBuf buf;
    strbuf_init(&buf, &node->batch_arena);
    TRY(point_key(p, &buf, &none));
    if (none)
        return STATUS_OK;
    Str key = str_make(strbuf_cstr(&buf), buf.len);
    RowId *rowids;
    uint32_t count;
    TRY(index_note_read(node->exec->snapshot, p->base.rel->table, index_key_index(p->key), &key,
                        true, &key, true));
    TRY(index_get(index_key_index(p->key), key, &node->batch_arena, &rowids, &count));
    for (uint32_t i = 0; i < count; i++) {
        bool found;
        TRY(table_fetch(node->exec->snapshot, p->base.rel->table, rowids[i], &node->batch_arena,
                        &p->base.views[0], &found));
        if (found)
            TRY(index_row_matches(&p->check, &p->base.views[0], key, &found));
        if (found)
            return scan_emit(&p->base, 1);
    }
    return STATUS_OK;
}

static Status point_get_rescan(Node *node, const Rescan *rescan) {
    PointGet *p = (PointGet *)node;
    p->finished = false;
    p->base.epq_done = false;
    return STATUS_OK;
}

static void point_get_close(Node *node) {
    PointGet *p = (PointGet *)node;
    index_key_end(p->key);
    arena_destroy(&p->check_arena);
}

Status point_get_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanPointGet *point = (const PlanPointGet *)plan;
    PointGet *p;
    TRY(node_init(exec, plan, sizeof(*p), point_get_produce, point_get_rescan, &p));
    p->base.node.close = point_get_close;
    arena_init(&p->check_arena, &exec->account);
    TRY(scan_init(&p->base, &point->conditions));
    TRY(scan_index_key(&p->base, point->index, &p->key));
    p->check = (IndexCheck){p->key, p->base.rel->desc, p->base.rel->table, &p->check_arena};
    p->key_count = point->keys.count;
    TRY(prog_compile_list(exec, &point->keys, &p->keys));
    *node_out = &p->base.node;
    return STATUS_OK;
}
