/*
 * btree_scan.c: ranges of a tree, a leaf at a time.
 *
 * Each step copies the entries in range out of one leaf (the slots and their bytes, at the places
 * they have in the page), checks the leaf's version, and then reads the copy at leisure. Between
 * steps a scan remembers a key, never a place: forward the leaf's high fence, backward its low one.
 * Keys only move between leaves by splits and merges, which keep them in order, so a scan sees each
 * exactly once.
 *
 * Going forward the right link saves the descent: the page counts if it begins where the last one
 * ended. While it runs on, a scan knows the next leaves from their parent and has them read ahead;
 * when these are used up it descends again.
 */
#include "base/vec.h"
#include "engine/engine_int.h"

#define UPCOMING_MAX 32u
#define AHEAD_MAX 8u

struct BtreeScan {
    Btree *tree;
    Arena *arena;
    bool backward;
    bool done;
    bool low_bounded, high_bounded;
    bool low_inclusive, high_inclusive;
    uint32_t low_len, high_len;
    uint8_t *low, *high; /* BTREE_KEY_MAX each; the one the scan moves on from advances */
    Page *copy;
    BtreeEntry *entries;
    uint32_t entry_capacity;
    char *keys;
    size_t key_capacity;
    PageNo next_page; /* the right link; forward only */
    uint32_t leaf_count;
    PageNo upcoming[UPCOMING_MAX]; /* leaves in scan order */
    uint32_t upcoming_count, upcoming_at, ahead_at;
};

static Str low_bound(const BtreeScan *scan) {
    return str_make((const char *)scan->low, scan->low_len);
}
static Str high_bound(const BtreeScan *scan) {
    return str_make((const char *)scan->high, scan->high_len);
}

/* ---- copying ---- */

/* [torn] Copies len bytes at offset, where they lie in the page. */
PAGE_TORN static bool copy_bytes(Page *copy, const Page *page, uint32_t offset, uint32_t len) {
    if (offset + len > PAGE_BYTES)
        return false;
    page_copy_torn((uint8_t *)copy + offset, page_at(page, offset), len);
    return true;
}

PAGE_TORN static bool copy_entry(Page *copy, const Page *page, uint32_t slot) {
    const PageSlot *s = &copy->slots[slot];
    if (!copy_bytes(copy, page, s->offset, PAGE_VALUE_LEN_BYTES))
        return false;
    uint32_t len = load_le16(page_at(copy, s->offset));
    return copy_bytes(copy, page, s->offset, PAGE_VALUE_LEN_BYTES + s->suffix_len + len);
}

/* Where the range begins and ends among the leaf's slots. */
PAGE_TORN static void find_slots(const BtreeScan *scan, const Page *page, uint32_t *from,
                                 uint32_t *to) {
    bool found;
    *from = 0;
    *to = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX);
    if (scan->low_bounded) {
        *from = page_search(page, low_bound(scan), &found);
        *from += found && !scan->low_inclusive;
    }
    if (scan->high_bounded) {
        *to = page_search(page, high_bound(scan), &found);
        *to += found && scan->high_inclusive;
    }
}

typedef enum Copied { COPIED, COPY_AGAIN } Copied;

/* Compares a bound with a fence of the copy. */
static int compare_bound(Str bound, Str fence) { return str_compare(bound, fence); }

/* Copies what lies in range of the leaf. The bounds may lie outside of it: fences first. */
PAGE_TORN static Copied copy_range(BtreeScan *scan, PageRef leaf, uint32_t *from, uint32_t *to) {
    const Page *page = leaf.frame->page;
    Page *copy = scan->copy;
    page_copy_torn(copy, page, PAGE_HEADER_BYTES);
    if (copy->type != PAGE_LEAF || copy->slot_count > PAGE_SLOTS_MAX ||
        !copy_bytes(copy, page, copy->low_offset, copy->low_len) ||
        !copy_bytes(copy, page, copy->high_offset, copy->high_len) || !page_ref_valid(leaf))
        return COPY_AGAIN;
    /* from here on the header and the fences are consistent */
    find_slots(scan, page, from, to);
    if (scan->low_bounded && compare_bound(low_bound(scan), page_low(copy)) < 0)
        *from = 0;
    if (scan->high_bounded && !page_high_infinite(copy) &&
        compare_bound(high_bound(scan), page_high(copy)) >= 0)
        *to = copy->slot_count;
    *to = MIN(*to, (uint32_t)copy->slot_count);
    if (*from >= *to) {
        *from = *to = 0;
        return page_ref_valid(leaf) ? COPIED : COPY_AGAIN;
    }
    uint32_t count = *to - *from;
    if (2 * count > copy->slot_count) {
        uint32_t slots_end = page_slots_end(copy);
        copy_bytes(copy, page, PAGE_HEADER_BYTES, slots_end - PAGE_HEADER_BYTES);
        copy_bytes(copy, page, copy->heap_start, PAGE_BYTES - copy->heap_start);
        return page_ref_valid(leaf) ? COPIED : COPY_AGAIN;
    }
    copy_bytes(copy, page, PAGE_HEADER_BYTES + *from * (uint32_t)sizeof(PageSlot),
               count * (uint32_t)sizeof(PageSlot));
    for (uint32_t i = *from; i < *to; i++)
        if (!copy_entry(copy, page, i))
            return COPY_AGAIN;
    return page_ref_valid(leaf) ? COPIED : COPY_AGAIN;
}

/* ---- finding the leaf ---- */

/* Notes the leaves that follow in scan order, from the leaf's parent. */
PAGE_TORN static void note_upcoming(BtreeScan *scan, const TreePath *path) {
    scan->upcoming_count = scan->upcoming_at = scan->ahead_at = 0;
    if (path->depth == 0)
        return;
    PageRef parent = path->refs[path->depth - 1];
    const Page *page = parent.frame->page;
    uint32_t slot = path->slots[path->depth - 1], n = 0;
    uint32_t slot_count = MIN((uint32_t)page->slot_count, PAGE_SLOTS_MAX);
    while (n < UPCOMING_MAX) {
        if (scan->backward ? slot == 0 : slot + 1 >= slot_count)
            break;
        slot = scan->backward ? slot - 1 : slot + 1;
        scan->upcoming[n++] = page_child(page, slot);
    }
    if (page_ref_valid(parent))
        scan->upcoming_count = n;
}

static void read_ahead(BtreeScan *scan) {
    if (scan->leaf_count < 2)
        return;
    uint32_t until = MIN(scan->upcoming_count, scan->upcoming_at + AHEAD_MAX);
    scan->ahead_at = MAX(scan->ahead_at, scan->upcoming_at);
    while (scan->ahead_at < until)
        pool_prefetch(&scan->tree->engine->pool, scan->upcoming[scan->ahead_at++]);
}

/* The leaf where the range goes on, by its key. */
static Status descend_to_range(BtreeScan *scan, PageRef *leaf_out) {
    /* nothing is greater than as many 0xff as a key may be long, as keys are shorter */
    TreePath path;
    Str key = str_make("", 0);
    bool before = scan->backward;
    if (!scan->backward) {
        if (scan->low_bounded)
            key = low_bound(scan);
    } else if (scan->high_bounded) {
        key = high_bound(scan);
        before = !scan->high_inclusive;
    } else {
        memset(scan->high, 0xff, BTREE_KEY_MAX);
        key = str_make((const char *)scan->high, BTREE_KEY_MAX);
    }
    TRY(btree_descend_path(scan->tree, key, before, 0, &path));
    *leaf_out = path.refs[path.depth];
    note_upcoming(scan, &path);
    return STATUS_OK;
}

/* Tries the right link. False: descend. */
static bool follow_link(BtreeScan *scan, uint32_t *from, uint32_t *to) {
    PageRef leaf;
    if (scan->next_page == PAGE_NONE || scan->upcoming_at >= scan->upcoming_count)
        return false;
    PageNo page_no = scan->next_page;
    scan->next_page = PAGE_NONE;
    Status status = pool_ref(&scan->tree->engine->pool, page_no, &leaf);
    if (!status_ok(status)) {
        /* the link may be stale; the descent will tell */
        status_free(status);
        return false;
    }
    if (copy_range(scan, leaf, from, to) != COPIED)
        return false;
    scan->upcoming_at++;
    return scan->copy->store == scan->tree->store &&
           str_equal(page_low(scan->copy), low_bound(scan));
}

static Status fetch_leaf(BtreeScan *scan, uint32_t *from, uint32_t *to) {
    if (!follow_link(scan, from, to)) {
        PageRef leaf;
        uint32_t tries = 0;
        do {
            if (++tries % 32 == 0)
                fiber_yield();
            TRY(descend_to_range(scan, &leaf));
        } while (copy_range(scan, leaf, from, to) != COPIED);
    }
    scan->leaf_count++;
    read_ahead(scan);
    return STATUS_OK;
}

/* ---- moving on ---- */

static void advance_forward(BtreeScan *scan) {
    const Page *copy = scan->copy;
    if (page_high_infinite(copy) ||
        (scan->high_bounded && compare_bound(high_bound(scan), page_high(copy)) < 0)) {
        scan->done = true;
        return;
    }
    memcpy(scan->low, page_high(copy).data, copy->high_len);
    scan->low_len = copy->high_len;
    scan->low_bounded = scan->low_inclusive = true;
    scan->next_page = copy->right;
}

static void advance_backward(BtreeScan *scan) {
    const Page *copy = scan->copy;
    if (copy->low_len == 0 ||
        (scan->low_bounded && compare_bound(low_bound(scan), page_low(copy)) >= 0)) {
        scan->done = true;
        return;
    }
    memcpy(scan->high, page_low(copy).data, copy->low_len);
    scan->high_len = copy->low_len;
    scan->high_bounded = true;
    scan->high_inclusive = false;
    scan->upcoming_at++;
}

/* ---- entries ---- */

static void reserve_entries(BtreeScan *scan, uint32_t count, size_t key_bytes) {
    if (count > scan->entry_capacity) {
        scan->entry_capacity = MAX(count, 2 * scan->entry_capacity);
        scan->entries = arena_alloc(scan->arena, scan->entry_capacity * sizeof(BtreeEntry));
    }
    if (key_bytes > scan->key_capacity) {
        scan->key_capacity = MAX(key_bytes, 2 * scan->key_capacity);
        scan->keys = arena_alloc(scan->arena, scan->key_capacity);
    }
}

static void decode_entries(BtreeScan *scan, uint32_t from, uint32_t to) {
    const Page *copy = scan->copy;
    uint32_t count = to - from;
    size_t key_bytes = (size_t)count * copy->prefix_len;
    for (uint32_t i = from; i < to; i++)
        key_bytes += copy->slots[i].suffix_len;
    reserve_entries(scan, count, key_bytes);
    Str prefix = page_prefix(copy);
    char *p = scan->keys;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = scan->backward ? to - 1 - i : from + i;
        Str suffix = page_suffix(copy, slot);
        memcpy(p, prefix.data, prefix.len);
        memcpy(p + prefix.len, suffix.data, suffix.len);
        scan->entries[i].key = str_make(p, prefix.len + suffix.len);
        scan->entries[i].value = page_value(copy, slot);
        p += prefix.len + suffix.len;
    }
}

Status btree_scan_next(BtreeScan *scan, const BtreeEntry **entries_out, uint32_t *count_out) {
    *entries_out = NULL;
    *count_out = 0;
    while (!scan->done) {
        uint32_t from, to;
        TRY(fetch_leaf(scan, &from, &to));
        if (from < to)
            decode_entries(scan, from, to);
        if (scan->backward)
            advance_backward(scan);
        else
            advance_forward(scan);
        if (from < to) {
            *entries_out = scan->entries;
            *count_out = to - from;
            return STATUS_OK;
        }
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

bool btree_scan_at_end(const BtreeScan *scan) { return scan->done; }

/* ---- opening ---- */

/* A bound longer than any key works as one cut to a byte more than that. */
static uint32_t copy_bound(uint8_t *to, const Str *bound) {
    uint32_t len = MIN(bound->len, BTREE_KEY_MAX);
    memcpy(to, bound->data, len);
    return len;
}

Status btree_scan_reset(BtreeScan *scan, const Str *low, bool low_inclusive, const Str *high,
                        bool high_inclusive) {
    scan->low_bounded = low != NULL;
    scan->high_bounded = high != NULL;
    scan->low_inclusive = low_inclusive;
    scan->high_inclusive = high_inclusive;
    scan->low_len = low == NULL ? 0 : copy_bound(scan->low, low);
    scan->high_len = high == NULL ? 0 : copy_bound(scan->high, high);
    if (low != NULL && low->len > BTREE_KEY_MAX)
        scan->low_inclusive = false;
    if (high != NULL && high->len > BTREE_KEY_MAX)
        scan->high_inclusive = true;
    scan->done = false;
    scan->next_page = PAGE_NONE;
    scan->leaf_count = 0;
    scan->upcoming_count = scan->upcoming_at = scan->ahead_at = 0;
    if (low != NULL && high != NULL) {
        int order = str_compare(low_bound(scan), high_bound(scan));
        scan->done = order > 0 || (order == 0 && !(scan->low_inclusive && scan->high_inclusive));
    }
    return STATUS_OK;
}

Status btree_scan_open(Btree *tree, const Str *low, bool low_inclusive, const Str *high,
                       bool high_inclusive, bool backward, Arena *arena, BtreeScan **scan_out) {
    BtreeScan *scan = arena_new(arena, BtreeScan);
    scan->tree = tree;
    scan->arena = arena;
    scan->backward = backward;
    scan->copy = arena_alloc(arena, PAGE_BYTES);
    scan->low = arena_alloc(arena, BTREE_KEY_MAX);
    scan->high = arena_alloc(arena, BTREE_KEY_MAX);
    *scan_out = scan;
    return btree_scan_reset(scan, low, low_inclusive, high, high_inclusive);
}

/* ---- partitioning ---- */

/* A consistent copy of the page at the end of the path. */
PAGE_TORN static bool copy_page(PageRef ref, Page *copy) {
    page_copy_torn(copy, ref.frame->page, PAGE_BYTES);
    return page_ref_valid(ref);
}

/* Gathers the separators of a whole level, left to right; the low fence of each page but the first
 * included. */
static Status gather_level(Btree *tree, uint8_t level, Arena *arena, Page *copy, Str **keys_out,
                           size_t *count_out) {
    VEC(Str) keys = {0};
    Str at = str_make("", 0);
    for (;;) {
        TreePath path;
        TRY(btree_descend_path(tree, at, false, level, &path));
        if (!copy_page(path.refs[path.depth], copy))
            continue;
        if (at.len > 0)
            vec_push(&keys, arena, at);
        for (uint32_t i = 1; i < copy->slot_count; i++) {
            char *key = arena_alloc(arena, page_key_len(copy, i));
            vec_push(&keys, arena, page_key(copy, i, key));
        }
        if (page_high_infinite(copy))
            break;
        Str high = page_high(copy);
        at = str_make(arena_memdup(arena, high.data, high.len), high.len);
        fiber_yield_if_due();
    }
    *keys_out = keys.items;
    *count_out = keys.count;
    return STATUS_OK;
}

Status btree_partition(Btree *tree, uint32_t parts, Arena *arena, Str **keys_out,
                       uint32_t *part_count_out) {
    *keys_out = NULL;
    *part_count_out = 1;
    Page *copy = arena_alloc(arena, PAGE_BYTES);
    PageRef root;
    do
        TRY(pool_ref(&tree->engine->pool, tree->root, &root));
    while (!copy_page(root, copy));
    if (parts < 2 || copy->level == 0)
        return STATUS_OK;
    uint8_t level = copy->level;
    Str *keys;
    size_t count;
    /* down until a level has several times as many pages as parts are wanted */
    for (;; level--) {
        TRY(gather_level(tree, level, arena, copy, &keys, &count));
        if (count + 1 >= 4 * (size_t)parts || level == 1)
            break;
    }
    uint32_t made = (uint32_t)MIN(count + 1, (size_t)parts);
    *keys_out = arena_array(arena, Str, made);
    for (uint32_t i = 1; i < made; i++)
        (*keys_out)[i - 1] = keys[(count + 1) * i / made - 1];
    *part_count_out = made;
    return STATUS_OK;
}
