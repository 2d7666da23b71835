/*
 * scan_bitmap.c: rows that several indexes find.
 *
 * Each index gives the set of rows that its entries name, the sets are united or intersected, and the
 * rows are fetched in their own order. Index entries are unversioned, so a set only tells what may
 * match: the filter has all conditions.
 */
#include "executor/index_ranges.h"
#include "executor/row_ids.h"
#include "executor/scan.h"

#include "runtime/fiber.h"

#define ENTRIES 256u

/* A node of the plan's bitmap. */
typedef struct BitmapPart {
    const PlanBitmap *plan;
    IndexKey *key; /* BITMAP_INDEX */
    IndexRanges ranges;
    IndexScan *scan;
    struct BitmapPart *parts; /* [plan->part_count] */
} BitmapPart;

typedef struct BitmapScan {
    ScanNode base;
    BitmapPart root;
    RowIds rows;
    size_t next;
    bool ready;
    Arena arena; /* the sets of one run */
} BitmapScan;

/* ---- finding ---- */

static Status range_open(BitmapScan *s, BitmapPart *part, const KeyRange *r) {
    const Str *low = r->has_low ? &r->low : NULL, *high = r->has_high ? &r->high : NULL;
    Index *index = index_key_index(part->key);
    TRY(index_note_read(s->base.node.exec->snapshot, s->base.rel->table, index, low,
                        r->low_inclusive, high, r->high_inclusive));
    if (part->scan != NULL)
        return index_scan_reset(part->scan, low, r->low_inclusive, high, r->high_inclusive);
    return index_scan_open(index, low, r->low_inclusive, high, r->high_inclusive, false,
                           &s->base.node.exec->arena, &part->scan);
}

static Status find_by_index(BitmapScan *s, BitmapPart *part, RowIds *out) {
    IndexEntry entries[ENTRIES];
    *out = (RowIds){0};
    TRY(index_ranges_make(&part->ranges, &s->base.node));
    for (uint32_t r = 0; r < part->ranges.count; r++) {
        uint32_t count;
        TRY(range_open(s, part, &part->ranges.items[r]));
        do {
            TRY(index_scan_next(part->scan, entries, ENTRIES, &count));
            for (uint32_t i = 0; i < count; i++)
                TRY(row_ids_add(out, &s->arena, entries[i].rowid));
            TRY(fiber_check_interrupt());
        } while (count > 0);
    }
    row_ids_sort(out);
    return STATUS_OK;
}

static Status find(BitmapScan *s, BitmapPart *part, RowIds *out) {
    TRY(fiber_stack_check());
    if (part->plan->kind == BITMAP_INDEX)
        return find_by_index(s, part, out);
    bool all = part->plan->kind == BITMAP_AND;
    TRY(find(s, &part->parts[0], out));
    for (uint32_t i = 1; i < part->plan->part_count && !(all && out->count == 0); i++) {
        RowIds one, sum;
        TRY(find(s, &part->parts[i], &one));
        TRY(all ? row_ids_intersect(out, &one, &s->arena, &sum)
                : row_ids_union(out, &one, &s->arena, &sum));
        *out = sum;
    }
    return STATUS_OK;
}

/* ---- the node ---- */

static Status fetch_rows(BitmapScan *s, uint32_t capacity, uint32_t *count_out) {
    Node *node = &s->base.node;
    while (*count_out < capacity && s->next < s->rows.count) {
        bool found;
        TRY(table_fetch(node->exec->snapshot, s->base.rel->table, s->rows.items[s->next++],
                        &node->batch_arena, &s->base.views[*count_out], &found));
        *count_out += found;
    }
    return fiber_check_interrupt();
}

static Status bitmap_scan_produce(Node *node) {
    BitmapScan *s = (BitmapScan *)node;
    bool handled;
    uint32_t count = 0;
    TRY(scan_epq(&s->base, &handled));
    if (handled)
        return STATUS_OK;
    if (!s->ready) {
        s->ready = true;
        s->next = 0;
        arena_reset(&s->arena);
        TRY(find(s, &s->root, &s->rows));
    }
    uint32_t capacity = scan_capacity(&s->base);
    TRY(fetch_rows(s, capacity, &count));
    return count == 0 ? STATUS_OK : scan_emit(&s->base, count);
}

static Status bitmap_scan_rescan(Node *node, const Rescan *rescan) {
    BitmapScan *s = (BitmapScan *)node;
    s->base.epq_done = false;
    s->ready = false;
    return STATUS_OK;
}

static void part_end(BitmapPart *part) {
    if (part->key != NULL) {
        index_key_end(part->key);
        index_ranges_end(&part->ranges);
    }
    for (uint32_t i = 0; part->parts != NULL && i < part->plan->part_count; i++)
        part_end(&part->parts[i]);
}

static void bitmap_scan_close(Node *node) {
    BitmapScan *s = (BitmapScan *)node;
    part_end(&s->root);
    arena_destroy(&s->arena);
}

static Status part_init(BitmapScan *s, BitmapPart *part, const PlanBitmap *plan) {
    Executor *exec = s->base.node.exec;
    part->plan = plan;
    if (plan->kind == BITMAP_INDEX) {
        TRY(scan_index_key(&s->base, plan->index, &part->key));
        return index_ranges_init(&part->ranges, exec, part->key, plan->bounds, plan->bound_count);
    }
    part->parts = arena_array(&exec->arena, BitmapPart, plan->part_count);
    for (uint32_t i = 0; i < plan->part_count; i++)
        TRY(part_init(s, &part->parts[i], plan->parts[i]));
    return STATUS_OK;
}

Status bitmap_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    BitmapScan *s;
    TRY(node_init(exec, plan, sizeof(*s), bitmap_scan_produce, bitmap_scan_rescan, &s));
    s->base.node.close = bitmap_scan_close;
    arena_init(&s->arena, &exec->account);
    TRY(scan_init(&s->base, NULL));
    TRY(part_init(s, &s->root, ((const PlanBitmapScan *)plan)->bitmap));
    *node_out = &s->base.node;
    return STATUS_OK;
}
