/*
 * btree.c: finding a leaf, reading from it, changing it.
 *
 * A descent holds nothing. At each page it notes the version, picks the child, and goes on only if
 * both the parent's version (read again after the child's) and so the link still hold; else it starts
 * over at the root, whose place never changes. As every structure change latches the parent, a child
 * reached so owns the key: no moving right.
 *
 *     read parent's version .. pick child .. read child's version .. parent unchanged?
 *
 * Restarts are bounded by giving the core away after a few.
 */
#include "engine/btree_ahead.h"
#include "runtime/worker.h"

#define RESTARTS_BEFORE_YIELD 32u

Status btree_damaged(const Btree *tree, PageNo page_no, const char *wrong) {
    return status_context(pool_damaged(&tree->engine->pool, page_no, wrong), "store %u",
                          tree->store);
}

static void restart(uint32_t *restarts) {
    if (++*restarts % RESTARTS_BEFORE_YIELD == 0)
        fiber_yield();
}

/* One step: from a reference to an inner page to its child that holds key. *again: start over. */
PAGE_TORN static Status step_down(Btree *tree, PageRef parent, Str key, bool before,
                                  uint32_t *slot_out, PageNo *child_no_out, PageRef *child_out,
                                  bool *again) {
    Pool *pool = &tree->engine->pool;
    const Page *page = parent.frame->page;
    uint32_t level = page->level;
    *slot_out = page_child_slot(page, key, before);
    PageNo child_no = *child_no_out = page_child(page, *slot_out);
    *again = !page_ref_valid(parent);
    if (UNLIKELY(*again))
        return STATUS_OK;
    if (UNLIKELY(!pool_try_ref(pool, child_no, child_out))) {
        Status status = pool_ref_slow(pool, child_no, child_out);
        if (!status_ok(status)) {
            if (page_ref_valid(parent))
                return status;
            status_free(status);
            *again = true;
            return STATUS_OK;
        }
    }
    *again = !page_ref_valid(parent);
    if (UNLIKELY(*again))
        return STATUS_OK;
    const Page *child = child_out->frame->page;
    if (UNLIKELY(child->store != tree->store || child->level != level - 1u ||
                 (child->type != PAGE_LEAF && child->type != PAGE_INNER))) {
        *again = !page_ref_valid(*child_out);
        return *again ? STATUS_OK : btree_damaged(tree, child_no, "not the child its parent says");
    }
    return STATUS_OK;
}

/* A valid reference to the root, and its level. */
PAGE_TORN static Status ref_root(Btree *tree, PageRef *ref_out, uint32_t *level_out) {
    for (;;) {
        TRY(pool_ref(&tree->engine->pool, tree->root, ref_out));
        const Page *page = ref_out->frame->page;
        *level_out = page->level;
        bool mine = page->store == tree->store;
        if (!page_ref_valid(*ref_out))
            continue;
        return mine ? STATUS_OK : btree_damaged(tree, tree->root, "not the store's root");
    }
}

static void count_hits(Engine *engine, uint64_t count) {
    _Atomic uint64_t *hits = &engine->counts[worker_id()].page_hits;
    uint64_t before = atomic_load_explicit(hits, memory_order_relaxed);
    atomic_store_explicit(hits, before + count, memory_order_relaxed);
}

Status btree_descend(Btree *tree, Str key, bool before, PageRef *leaf_out) {
    uint32_t restarts = 0;
    for (;;) {
        PageRef ref;
        uint32_t level, slot;
        TRY(ref_root(tree, &ref, &level));
        count_hits(tree->engine, level + 1);
        bool again = false;
        while (level > 0 && !again) {
            PageNo child_no;
            PageRef child;
            TRY(step_down(tree, ref, key, before, &slot, &child_no, &child, &again));
            ref = child;
            level--;
        }
        if (LIKELY(!again)) {
            *leaf_out = ref;
            return STATUS_OK;
        }
        restart(&restarts);
    }
}

Status btree_descend_path(Btree *tree, Str key, bool before, uint8_t level, TreePath *path_out) {
    uint32_t restarts = 0;
    for (;;) {
        uint32_t depth = 0, at, slot = 0;
        TRY(ref_root(tree, &path_out->refs[0], &at));
        path_out->pages[0] = tree->root;
        bool again = false;
        while (at > level && !again) {
            if (depth + 1 >= TREE_HEIGHT_MAX)
                return btree_damaged(tree, path_out->pages[depth], "the tree is too high");
            TRY(step_down(tree, path_out->refs[depth], key, before, &slot,
                          &path_out->pages[depth + 1], &path_out->refs[depth + 1], &again));
            path_out->slots[depth++] = (uint16_t)slot;
            at--;
        }
        path_out->depth = depth;
        if (!again)
            return STATUS_OK;
        restart(&restarts);
    }
}

/* ---- reading ---- */

/* Copies the value if the leaf holds key. *valid_out: what was read counts. */
PAGE_TORN static void copy_value(PageRef leaf, Str key, const uint64_t *rowid, Arena *arena,
                                 char **buf, uint32_t *capacity, Str *value_out, bool *found_out,
                                 bool *valid_out) {
    const Page *page = leaf.frame->page;
    uint32_t slot = rowid != NULL ? page_search_row(page, *rowid, found_out)
                                  : page_search(page, key, found_out);
    const uint8_t *data;
    uint32_t len;
    if (*found_out) {
        *valid_out = page_value_torn(page, slot, &data, &len);
        if (!*valid_out)
            return;
        if (len > *capacity) {
            *buf = arena_alloc(arena, len);
            *capacity = len;
        }
        page_copy_torn(*buf, data, len);
        *value_out = (Str){.len = len, .data = *buf};
    }
    *valid_out = page_ref_valid(leaf);
}

static Status get(Btree *tree, Str key, const uint64_t *rowid, Arena *arena, Str *value_out,
                  bool *found_out) {
    char *buf = NULL;
    uint32_t capacity = 0, restarts = 0;
    *value_out = (Str){0};
    for (;;) {
        PageRef leaf;
        bool valid;
        AheadSpots *spots = &tree->engine->ahead[worker_id()];
        if (LIKELY(spots->live == 0) || !btree_ahead_take(spots, tree, key, &leaf))
            TRY(btree_descend(tree, key, false, &leaf));
        copy_value(leaf, key, rowid, arena, &buf, &capacity, value_out, found_out, &valid);
        if (LIKELY(valid)) {
            if (*found_out)
                *value_out = str_make(value_out->len > 0 ? buf : "", value_out->len);
            return STATUS_OK;
        }
        restart(&restarts);
    }
}

Status btree_get(Btree *tree, Str key, Arena *arena, Str *value_out, bool *found_out) {
    return get(tree, key, NULL, arena, value_out, found_out);
}

Status btree_get_row(Btree *tree, uint64_t rowid, Arena *arena, Str *value_out, bool *found_out) {
    char key[8];
    store_be64(key, rowid);
    return get(tree, str_make(key, 8), &rowid, arena, value_out, found_out);
}

/* ---- changing one leaf ---- */

static Status write_begin(Btree *tree, Str key, bool reserved, BtreeLeaf *leaf_out) {
    uint32_t restarts = 0;
    check(key.len > 0 && key.len <= BTREE_KEY_MAX);
    for (;;) {
        PageRef leaf;
        TRY(btree_descend(tree, key, false, &leaf));
        bool found;
        uint32_t slot = tree->kind == STORE_TABLE && key.len == 8
                            ? page_search_row(leaf.frame->page, load_be64(key.data), &found)
                            : page_search(leaf.frame->page, key, &found);
        TRY(engine_prepare_log(tree->engine, reserved));
        if (LIKELY(page_ref_upgrade(leaf))) {
            *leaf_out =
                (BtreeLeaf){.tree = tree, .frame = leaf.frame, .slot = slot, .found = found};
            return STATUS_OK;
        }
        restart(&restarts);
    }
}

Status btree_write_begin(Btree *tree, Str key, BtreeLeaf *leaf_out) {
    return write_begin(tree, key, false, leaf_out);
}

Status btree_write_begin_reserved(Btree *tree, Str key, BtreeLeaf *leaf_out) {
    return write_begin(tree, key, true, leaf_out);
}

void btree_write_end(BtreeLeaf *leaf) {
    const Page *page = leaf->frame->page;
    Btree *tree = leaf->tree;
    check(frame_is_latched(leaf->frame));
    bool merge = leaf->removed && page_used_bytes(page) < LEAF_UNDERFULL &&
                 atomic_load_explicit(&leaf->frame->page_no, memory_order_relaxed) != tree->root;
    if (LIKELY(!merge)) {
        frame_unlatch(leaf->frame);
        leaf->frame = NULL;
        return;
    }
    char low[BTREE_KEY_MAX];
    uint32_t low_len = page->low_len;
    memcpy(low, page_low(page).data, low_len);
    frame_unlatch(leaf->frame);
    leaf->frame = NULL;
    btree_merge(tree, str_make(low, low_len));
}

Str btree_leaf_value(const BtreeLeaf *leaf) {
    check(leaf->found);
    return page_value(leaf->frame->page, leaf->slot);
}

bool btree_leaf_at_end(const BtreeLeaf *leaf) {
    return leaf->slot + leaf->found == leaf->frame->page->slot_count;
}

bool btree_leaf_fits(const BtreeLeaf *leaf, uint32_t key_len, uint32_t value_len) {
    const Page *page = leaf->frame->page;
    if (!leaf->found)
        return page_entry_bytes(page, key_len, value_len) <= page_free_bytes(page);
    uint32_t old_len = page_value(page, leaf->slot).len;
    return value_len <= old_len || value_len - old_len <= page_free_bytes(page);
}

/* Logs and applies the change: parts are the payload without undo_next, decoded what they say. */
static Lsn change_leaf(BtreeLeaf *leaf, WalKind kind, const WriteContext *context,
                       const LeafRecord *decoded, WalPart *parts, unsigned part_count) {
    Engine *engine = leaf->tree->engine;
    Frame *frame = leaf->frame;
    uint8_t undo_next[6];
    check(frame_is_latched(frame));
    WalRecord record = {.kind = (uint8_t)kind,
                        .flags = context->wal_flags,
                        .aux = (uint16_t)leaf->slot,
                        .xid = context->xid,
                        .prev_txn_lsn = context->prev_txn_lsn,
                        .store = leaf->tree->store,
                        .page = atomic_load_explicit(&frame->page_no, memory_order_relaxed)};
    if (context->stamp_lsn)
        record.flags |= WAL_STAMP;
    /* parts[0] is kept free for it */
    parts[0] = (WalPart){undo_next, 0};
    if (record.flags & WAL_COMPENSATION) {
        store_le48(undo_next, context->undo_next);
        parts[0].len = sizeof(undo_next);
    }
    Lsn lsn = wal_append(engine->wal, &record, parts, part_count);
    const char *wrong =
        leaf_record_apply(frame->page, &record, decoded, lsn, engine_scratch_page(engine));
    check(wrong == NULL);
    frame_set_lsn(&engine->pool, frame, lsn);
    return lsn;
}

static void count_entries(Btree *tree, int64_t delta) {
    atomic_fetch_add_explicit(&tree->entry_count, delta, memory_order_relaxed);
}

Lsn btree_leaf_insert(BtreeLeaf *leaf, Str key, Str value, const WriteContext *context) {
    check(!leaf->found && key.len > 0 && key.len <= BTREE_KEY_MAX &&
          key.len + value.len <= BTREE_ENTRY_MAX);
    uint16_t key_len = (uint16_t)key.len;
    LeafRecord decoded = {.key = key, .value = value};
    WalPart parts[] = {{0}, {&key_len, 2}, {key.data, key.len}, {value.data, value.len}};
    Lsn lsn = change_leaf(leaf, WAL_LEAF_INSERT, context, &decoded, parts, ARRAY_LEN(parts));
    leaf->found = true;
    count_entries(leaf->tree, 1);
    return lsn;
}

Lsn btree_leaf_remove(BtreeLeaf *leaf, const WriteContext *context) {
    check(leaf->found);
    char buf[BTREE_KEY_MAX];
    Str key = page_key(leaf->frame->page, leaf->slot, buf);
    Str value = page_value(leaf->frame->page, leaf->slot);
    uint16_t key_len = (uint16_t)key.len;
    LeafRecord decoded = {.key = key, .value = value};
    WalPart parts[] = {{0}, {&key_len, 2}, {key.data, key.len}, {value.data, value.len}};
    Lsn lsn = change_leaf(leaf, WAL_LEAF_REMOVE, context, &decoded, parts, ARRAY_LEN(parts));
    leaf->found = false;
    leaf->removed = true;
    count_entries(leaf->tree, -1);
    return lsn;
}

Lsn btree_leaf_set_header(BtreeLeaf *leaf, const uint8_t header[ROW_HEADER_BYTES],
                          const WriteContext *context) {
    check(leaf->found && leaf->tree->kind == STORE_TABLE);
    char buf[BTREE_KEY_MAX];
    Str key = page_key(leaf->frame->page, leaf->slot, buf);
    uint16_t key_len = (uint16_t)key.len;
    const char *old_header = page_value(leaf->frame->page, leaf->slot).data;
    LeafRecord decoded = {.key = key, .new_header = header};
    WalPart parts[] = {{0},
                       {&key_len, 2},
                       {key.data, key.len},
                       {old_header, ROW_HEADER_BYTES},
                       {header, ROW_HEADER_BYTES}};
    return change_leaf(leaf, WAL_LEAF_HEADER, context, &decoded, parts, ARRAY_LEN(parts));
}

static uint32_t same_start(const char *a, const char *b, uint32_t n) {
    uint32_t i = 0;
    while (i + 8 <= n && load_le64(a + i) == load_le64(b + i))
        i += 8;
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

static uint32_t same_end(const char *a_end, const char *b_end, uint32_t n) {
    uint32_t i = 0;
    while (i + 8 <= n && load_le64(a_end - i - 8) == load_le64(b_end - i - 8))
        i += 8;
    while (i < n && a_end[-(ptrdiff_t)i - 1] == b_end[-(ptrdiff_t)i - 1])
        i++;
    return i;
}

Lsn btree_leaf_update(BtreeLeaf *leaf, Str value, const WriteContext *context) {
    check(leaf->found);
    char buf[BTREE_KEY_MAX];
    Str key = page_key(leaf->frame->page, leaf->slot, buf);
    Str old = page_value(leaf->frame->page, leaf->slot);
    check(key.len + value.len <= BTREE_ENTRY_MAX);
    uint32_t header = leaf->tree->kind == STORE_TABLE ? ROW_HEADER_BYTES : 0;
    check(value.len >= header && old.len >= header);
    uint32_t shorter = MIN(old.len, value.len);
    uint32_t start = header + same_start(old.data + header, value.data + header, shorter - header);
    uint32_t end = same_end(old.data + old.len, value.data + value.len, shorter - start);
    Str old_middle = str_make(old.data + start, old.len - start - end);
    Str new_middle = str_make(value.data + start, value.len - start - end);
    uint8_t sizes[7];
    store_le16(sizes, (uint16_t)start);
    store_le16(sizes + 2, (uint16_t)old_middle.len);
    store_le16(sizes + 4, (uint16_t)new_middle.len);
    sizes[6] = header != 0;
    uint16_t key_len = (uint16_t)key.len;
    LeafRecord decoded = {.key = key,
                          .offset = start,
                          .new_header = header ? (const uint8_t *)value.data : NULL,
                          .old_middle = old_middle,
                          .new_middle = new_middle};
    WalPart parts[] = {{0},
                       {&key_len, 2},
                       {key.data, key.len},
                       {sizes, sizeof(sizes)},
                       {old.data, header},
                       {value.data, header},
                       {old_middle.data, old_middle.len},
                       {new_middle.data, new_middle.len}};
    return change_leaf(leaf, WAL_LEAF_UPDATE, context, &decoded, parts, ARRAY_LEN(parts));
}

/* How many of the rows the leaf takes. */
static uint32_t rows_that_fit(const Page *page, uint64_t first_rowid, const Str *values,
                              uint32_t count) {
    uint32_t room = page_free_bytes(page), n = 0;
    uint64_t limit = UINT64_MAX; /* rowids from here on are the next leaf's */
    if (!page_high_infinite(page)) {
        char high[8] = {0};
        memcpy(high, page_high(page).data, MIN(page->high_len, 8u));
        limit = load_be64(high);
    }
    for (; n < count && first_rowid + n < limit; n++) {
        uint32_t bytes = page_entry_bytes(page, 8, values[n].len);
        if (bytes > room)
            break;
        room -= bytes;
    }
    return n;
}

Lsn btree_leaf_append_rows(BtreeLeaf *leaf, uint64_t first_rowid, const Str *values, uint32_t count,
                           const WriteContext *context, uint32_t *count_out) {
    const Page *page = leaf->frame->page;
    check(leaf->tree->kind == STORE_TABLE && !leaf->found && leaf->slot == page->slot_count);
    uint32_t n = *count_out = rows_that_fit(page, first_rowid, values, count);
    if (n == 0)
        return LSN_INVALID;
    uint8_t *payload = leaf->tree->engine->scratch[worker_id()];
    store_le64(payload, first_rowid);
    store_le16(payload + 8, (uint16_t)n);
    uint8_t *p = payload + 10 + 2 * (size_t)n;
    for (uint32_t i = 0; i < n; i++) {
        store_le16(payload + 10 + 2 * i, (uint16_t)values[i].len);
        memcpy(p, values[i].data, values[i].len);
        p += values[i].len;
    }
    LeafRecord decoded = {
        .first_rowid = first_rowid,
        .count = n,
        .lens = payload + 10,
        .value = str_make((char *)payload + 10 + 2 * n, (size_t)(p - payload) - 10 - 2 * n)};
    WalPart parts[] = {{0}, {payload, (uint32_t)(p - payload)}};
    Lsn lsn = change_leaf(leaf, WAL_LEAF_INSERT_MANY, context, &decoded, parts, ARRAY_LEN(parts));
    leaf->slot += n;
    count_entries(leaf->tree, n);
    return lsn;
}
