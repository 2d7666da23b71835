/*
 * scan_gin.c: scans through an inverted index.
 *
 * The conditions become a tree of keys. Entries of one key lie in the order of their rows, so the tree
 * is walked as a stream: each node tells its next row from a given one on, AND leaps its parts forward
 * to where they meet, OR takes the least. Only what has no such order is gathered and sorted first: the
 * ranges of keys, and long lists of alternatives. Rows are then fetched under the snapshot,
 * in their own order, and the filter, which has the conditions too, looks at each: entries are
 * unversioned, and keys only tell what may match.
 *
 * A query without keys asks for every row: then the table is read instead.
 */
#include "executor/gin_rows.h"
#include "executor/scan.h"

#include "base/vec.h"
#include "runtime/fiber.h"

#include <stdlib.h>

#define BUFFER_ENTRIES 64u
#define STREAMS_MAX 32u /* alternatives more than these are gathered */
#define PARTS_MAX 32u   /* of an AND: more make it no more exact, the filter is */
#define ROWID_END UINT64_MAX

typedef struct Stream {
    GinTag tag; /* GIN_KEY, GIN_AND, GIN_OR; GIN_PREFIX: gathered rows */
    RowId current;
    bool has_current;
    /* GIN_KEY */
    Str key;
    IndexScan *scan;
    IndexEntry *entries;
    uint32_t at, count;
    bool ended;
    /* gathered */
    RowIds rows;
    /* GIN_AND, GIN_OR */
    struct Stream **parts;
    uint32_t part_count;
} Stream;

typedef struct GinScan {
    ScanNode base;
    const PlanIndexScan *plan;
    IndexKey *key;
    ProgNode **queries;
    Stream *root;
    TableScan *whole; /* every row is asked for */
    RowId next;
    bool ready, nothing, all;
    Arena arena; /* of one run: reset by each rescan */
} GinScan;

/* ---- streams ---- */

static Status note_key(GinScan *s, Str key) {
    return index_note_read(s->base.node.exec->snapshot, s->base.rel->table, index_key_index(s->key),
                           &key, true, &key, true);
}

static bool has_range(const GinNode *node) {
    for (uint32_t i = 0; i < node->count; i++)
        if (node->items[i]->tag == GIN_RANGE)
            return true;
    return node->tag == GIN_RANGE;
}

static Status stream_make(GinScan *s, const GinNode *node, Stream **out) {
    Stream *stream = arena_new(&s->arena, Stream);
    *out = stream;
    stream->tag = node->tag;
    TRY(fiber_stack_check());
    if (node->tag == GIN_PREFIX || node->tag == GIN_RANGE ||
        (node->tag == GIN_OR && (node->count > STREAMS_MAX || has_range(node)) &&
         gin_is_flat(node))) {
        stream->tag = GIN_PREFIX;
        return gin_rows_gather(s->base.node.exec->snapshot, s->base.rel->table,
                               index_key_index(s->key), node, &s->arena, &stream->rows);
    }
    if (node->tag == GIN_KEY) {
        stream->key = node->key;
        return note_key(s, node->key);
    }
    uint32_t count = node->tag == GIN_AND ? MIN(node->count, PARTS_MAX) : node->count;
    stream->parts = arena_array(&s->arena, Stream *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        TRY(stream_make(s, node->items[i], &stream->parts[stream->part_count++]));
    return STATUS_OK;
}

/* ---- walking ---- */

static Status stream_next(GinScan *s, Stream *stream, RowId from, RowId *out);

/* Goes to the first entry of a row from `from` on, by the tree: the entries between are not read. */
static Status key_seek(GinScan *s, Stream *stream, RowId from) {
    char *low = arena_alloc(&s->base.node.batch_arena, stream->key.len + 6u);
    memcpy(low, stream->key.data, stream->key.len);
    for (int i = 0; i < 6; i++)
        low[stream->key.len + (uint32_t)i] = (char)(from >> (40 - 8 * i));
    Str start = str_make(low, stream->key.len + 6u);
    if (stream->scan != NULL)
        return index_scan_reset(stream->scan, &start, true, &stream->key, true);
    stream->entries = arena_alloc(&s->arena, sizeof(IndexEntry) * BUFFER_ENTRIES);
    return index_scan_open(index_key_index(s->key), &start, true, &stream->key, true, false,
                           &s->arena, &stream->scan);
}

static Status key_next(GinScan *s, Stream *stream, RowId from, RowId *out) {
    bool far = stream->scan == NULL;
    for (;;) {
        while (stream->at < stream->count && stream->entries[stream->at].rowid < from)
            stream->at++;
        if (stream->at < stream->count) {
            *out = stream->entries[stream->at].rowid;
            return STATUS_OK;
        }
        *out = ROWID_END;
        if (stream->ended)
            return STATUS_OK;
        if (far)
            TRY(key_seek(s, stream, from));
        TRY(index_scan_next(stream->scan, stream->entries, BUFFER_ENTRIES, &stream->count));
        stream->at = 0;
        stream->ended = stream->count == 0;
        /* a whole buffer before `from`: the rest of the way by the tree */
        far = stream->count > 0 && stream->entries[stream->count - 1].rowid < from;
    }
}

static RowId gathered_next(Stream *stream, RowId from) {
    size_t low = stream->at, high = stream->rows.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stream->rows.items[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    stream->at = (uint32_t)MIN(low, UINT32_MAX);
    return low < stream->rows.count ? stream->rows.items[low] : ROWID_END;
}

static Status and_next(GinScan *s, Stream *stream, RowId from, RowId *out) {
    for (uint32_t agreed = 0, i = 0; agreed < stream->part_count;) {
        RowId found;
        TRY(stream_next(s, stream->parts[i], from, &found));
        agreed = found == from ? agreed + 1 : 1;
        from = found;
        if (found == ROWID_END)
            break;
        i = i + 1 == stream->part_count ? 0 : i + 1;
    }
    *out = from;
    return STATUS_OK;
}

static Status or_next(GinScan *s, Stream *stream, RowId from, RowId *out) {
    *out = ROWID_END;
    for (uint32_t i = 0; i < stream->part_count; i++) {
        RowId found;
        TRY(stream_next(s, stream->parts[i], from, &found));
        *out = MIN(*out, found);
    }
    return STATUS_OK;
}

/* The first row from `from` on, which never goes back; ROWID_END: none. */
static Status stream_next(GinScan *s, Stream *stream, RowId from, RowId *out) {
    if (!stream->has_current || stream->current < from) {
        switch (stream->tag) {
        case GIN_KEY:
            TRY(key_next(s, stream, from, &stream->current));
            break;
        case GIN_AND:
            TRY(and_next(s, stream, from, &stream->current));
            break;
        case GIN_OR:
            TRY(or_next(s, stream, from, &stream->current));
            break;
        default:
            stream->current = gathered_next(stream, from);
            break;
        }
        stream->has_current = true;
    }
    *out = stream->current;
    return STATUS_OK;
}

/* ---- the node ---- */

static Status gin_start(GinScan *s) {
    Node *node = &s->base.node;
    GinNode *tree = arena_new(&s->arena, GinNode);
    tree->tag = s->plan->gin_any ? GIN_NOTHING : GIN_ALL;
    for (uint32_t i = 0; i < s->plan->gin_count; i++) {
        const PlanGinClause *clause = &s->plan->gin[i];
        ProgContext ctx = node_context(node, NULL, NULL);
        GinNode *part = arena_new(&s->arena, GinNode);
        Datum query;
        bool is_null;
        ctx.arena = &s->arena;
        TRY(prog_eval_single(s->queries[i], &ctx, &query, &is_null));
        part->tag = GIN_NOTHING;
        if (!is_null)
            TRY(gin_query(&node->exec->env, index_key_gin_column(s->key, clause->column),
                          clause->strategy, query, s->queries[i]->type, &s->arena, &part));
        tree = s->plan->gin_any ? gin_or(&s->arena, tree, part) : gin_and(&s->arena, tree, part);
    }
    s->nothing = tree->tag == GIN_NOTHING;
    s->all = tree->tag == GIN_ALL;
    s->next = 0;
    if (s->nothing || s->all)
        return STATUS_OK;
    return stream_make(s, tree, &s->root);
}

static Status read_whole(GinScan *s, uint32_t capacity, uint32_t *count_out) {
    Executor *exec = s->base.node.exec;
    if (s->whole == NULL)
        TRY(table_scan_open(s->base.rel->table, exec->snapshot, 0, UINT64_MAX, false, &exec->arena,
                            &s->whole));
    return table_scan_next(s->whole, s->base.views, capacity, count_out);
}

static Status fetch_rows(GinScan *s, uint32_t capacity, uint32_t *count_out) {
    Node *node = &s->base.node;
    uint32_t looked = 0;
    while (*count_out < capacity) {
        RowId rowid;
        bool found;
        TRY(stream_next(s, s->root, s->next, &rowid));
        if (rowid == ROWID_END)
            return STATUS_OK;
        s->next = rowid + 1;
        TRY(table_fetch(node->exec->snapshot, s->base.rel->table, rowid, &node->batch_arena,
                        &s->base.views[*count_out], &found));
        *count_out += found;
        if (++looked % 256 == 0)
            TRY(fiber_check_interrupt());
    }
    return STATUS_OK;
}

static Status gin_scan_produce(Node *node) {
    GinScan *s = (GinScan *)node;
    bool handled;
    uint32_t count = 0;
    TRY(scan_epq(&s->base, &handled));
    if (handled)
        return STATUS_OK;
    if (!s->ready) {
        s->ready = true;
        TRY(gin_start(s));
    }
    if (s->nothing)
        return STATUS_OK;
    uint32_t capacity = scan_capacity(&s->base);
    TRY(s->all ? read_whole(s, capacity, &count) : fetch_rows(s, capacity, &count));
    return count == 0 ? STATUS_OK : scan_emit(&s->base, count);
}

static Status gin_scan_rescan(Node *node, const Rescan *rescan) {
    GinScan *s = (GinScan *)node;
    s->base.epq_done = false;
    s->ready = false;
    s->root = NULL;
    arena_reset(&s->arena);
    if (s->whole != NULL)
        table_scan_reset(s->whole, 0, UINT64_MAX);
    return STATUS_OK;
}

static void gin_scan_close(Node *node) {
    GinScan *s = (GinScan *)node;
    index_key_end(s->key);
    arena_destroy(&s->arena);
}

Status gin_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanIndexScan *p = (const PlanIndexScan *)plan;
    GinScan *s;
    TRY(node_init(exec, plan, sizeof(*s), gin_scan_produce, gin_scan_rescan, &s));
    s->plan = p;
    s->base.node.close = gin_scan_close;
    arena_init(&s->arena, &exec->account);
    TRY(scan_init(&s->base, NULL));
    TRY(scan_index_key(&s->base, p->index, &s->key));
    if (!index_key_is_inverted(s->key))
        return error(ERR_UNDEFINED_OBJECT, "could not open relation with OID %u", p->index);
    s->queries = arena_array(&exec->arena, ProgNode *, p->gin_count + 1);
    for (uint32_t i = 0; i < p->gin_count; i++)
        TRY(prog_compile(exec, p->gin[i].query, &s->queries[i]));
    *node_out = &s->base.node;
    return STATUS_OK;
}
