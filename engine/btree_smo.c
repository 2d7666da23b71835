/*
 * btree_smo.c: splits, merges, growing and shrinking at the root, dropping.
 *
 * A split moves the upper part of a page to a new right neighbour; its parent must have room for the
 * separator, else the parent is split first. The root keeps its place: when it is full, its content
 * moves down into a new page and the root becomes that page's parent.
 *
 * Where to split: an entry that comes behind all others of its page gets a page of its own, so
 * ascending inserts leave full pages; likewise in front of all, at the tree's left edge. Otherwise in
 * the middle by bytes. Leaf separators are cut to what tells the neighbours apart.
 *
 * A merge puts a page's content into its left neighbour, both children of one parent. It happens
 * right when a removal leaves little in a leaf, and goes up as far as it leaves little there.
 *
 * Each step prepares (pages in memory, a free page reserved, room in the log: all of that may park),
 * then latches every page at the version it has seen, decides, and commits one record.
 */
#include "engine/engine_int.h"

#define MERGED_BYTES_MAX (PAGE_BYTES / 10 * 8)

/* Where a key would stand and how large its entry is. */
typedef struct Incoming {
    Str key;
    uint32_t bytes;
} Incoming;

typedef struct SplitPoint {
    uint32_t slot; /* the first that moves right */
    Str separator;
} SplitPoint;

/* ---- choosing ---- */

static uint32_t common_len(Str a, Str b) {
    uint32_t n = MIN(a.len, b.len), i = 0;
    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}

/* The shortest start of `above` that is greater than `below`. */
static Str separate(Str below, Str above) {
    uint32_t len = common_len(below, above) + 1;
    check(len <= above.len);
    return str_make(above.data, len);
}

static uint32_t slot_bytes(const Page *page, uint32_t slot) {
    return (uint32_t)sizeof(PageSlot) + PAGE_VALUE_LEN_BYTES + page->slots[slot].suffix_len +
           page_value(page, slot).len;
}

/* The slot in [1, count - 1] that balances the halves, fences included, with extra bytes to come at
 * position at. Entries are at most a third of a page, so both halves have room for the separator as
 * their fence. */
static uint32_t middle_slot(const Page *page, uint32_t at, uint32_t extra) {
    uint32_t right = page->high_len + extra, left = page->low_len, best = 1, best_max = UINT32_MAX;
    for (uint32_t i = 0; i < page->slot_count; i++)
        right += slot_bytes(page, i);
    for (uint32_t i = 0; i + 1 < page->slot_count; i++) {
        uint32_t bytes = slot_bytes(page, i) + (i == at ? extra : 0);
        left += bytes;
        right -= bytes;
        if (MAX(left, right) < best_max) {
            best_max = MAX(left, right);
            best = i + 1;
        }
    }
    return best;
}

/* Do slots [from, to) fit a page with fences of fence_bytes? */
static bool range_fits(const Page *page, uint32_t from, uint32_t to, uint32_t fence_bytes) {
    uint32_t bytes = PAGE_HEADER_BYTES + fence_bytes;
    for (uint32_t i = from; i < to; i++)
        bytes += slot_bytes(page, i);
    return bytes <= PAGE_BYTES;
}

static SplitPoint choose_leaf_split(const Page *page, const Incoming *incoming, char *buf) {
    bool found;
    uint32_t at = page_search(page, incoming->key, &found), count = page->slot_count;
    check(count > 0);
    char below[BTREE_KEY_MAX];
    if (!found && at == count) {
        Str separator = separate(page_key(page, count - 1, below), incoming->key);
        if (count == 1 || range_fits(page, 0, count, page->low_len + separator.len))
            return (SplitPoint){count, separator};
    }
    if (!found && at == 0 && (page->low_len == 0 || count == 1)) {
        Str separator = separate(incoming->key, page_key(page, 0, buf));
        if (count == 1 || range_fits(page, 0, count, separator.len + page->high_len))
            return (SplitPoint){0, separator};
    }
    check(count > 1);
    uint32_t slot = middle_slot(page, at, found ? 0 : incoming->bytes);
    return (SplitPoint){slot, separate(page_key(page, slot - 1, below), page_key(page, slot, buf))};
}

static SplitPoint choose_inner_split(const Page *page, uint32_t child_slot, char *buf) {
    uint32_t count = page->slot_count;
    check(count >= 2);
    uint32_t slot = child_slot + 1 == count ? count - 1 : middle_slot(page, count, 0);
    if (!range_fits(page, 0, slot, page->low_len + page_key_len(page, slot)))
        slot = middle_slot(page, count, 0);
    return (SplitPoint){slot, page_key(page, slot, buf)};
}

/* ---- splitting ---- */

typedef enum Step { STEP_DONE, STEP_AGAIN, STEP_PARENT_FULL } Step;

/* A change whose data are a page and a key: CHANGE_TRUNCATE, CHANGE_INSERT_CHILD. */
static void change_link(Smo *smo, Frame *frame, ChangeAction action, uint32_t aux, PageNo link,
                        Str key) {
    uint8_t *p = smo_change(smo, frame, action, (uint16_t)aux, 4 + key.len);
    store_le32(p, link);
    memcpy(p + 4, key.data, key.len);
}

/* Latches three pages; false (and none is held) if one has changed. */
static bool latch_three(Smo *smo, PageRef a, PageRef b, PageRef c) {
    if (smo_latch(smo, a) && smo_latch(smo, b) && smo_latch(smo, c))
        return true;
    smo_abandon(smo);
    return false;
}

/* The right half, built in the work page. */
static Page *build_right(Engine *engine, const Page *page, PageNo page_no, SplitPoint point) {
    Page *right = engine_work_page(engine);
    Str high = page_high(page);
    page_format(right, page_no, page->store, page->level, point.separator,
                page_high_infinite(page) ? NULL : &high, page->right);
    right->max_xid = page->max_xid;
    page_append_range(right, page, point.slot, page->slot_count);
    return right;
}

/* Latches page, parent and the new page, and splits if the parent has room. */
static Step split_latched(Btree *tree, const TreePath *path, uint32_t at, const Incoming *incoming,
                          PageNo new_no, PageRef new_ref) {
    Engine *engine = tree->engine;
    PageRef ref = path->refs[at], parent_ref = path->refs[at - 1];
    Smo smo;
    smo_begin(&smo, engine);
    if (!latch_three(&smo, ref, parent_ref, new_ref))
        return STEP_AGAIN;
    const Page *page = ref.frame->page, *parent = parent_ref.frame->page;
    char buf[BTREE_KEY_MAX];
    SplitPoint point = page->level == 0 ? choose_leaf_split(page, incoming, buf)
                                        : choose_inner_split(page, path->slots[at], buf);
    Str separator = point.separator;
    if (page_entry_bytes(parent, separator.len, 4) > page_free_bytes(parent)) {
        smo_abandon(&smo);
        return STEP_PARENT_FULL;
    }
    change_link(&smo, ref.frame, CHANGE_TRUNCATE, point.slot, new_no, separator);
    smo_change_image(&smo, new_ref.frame, CHANGE_INIT, build_right(engine, page, new_no, point));
    change_link(&smo, parent_ref.frame, CHANGE_INSERT_CHILD, path->slots[at - 1] + 1u, new_no,
                separator);
    if (!smo_space(&smo, &new_no, 1, NULL, 0)) {
        smo_abandon(&smo);
        return STEP_AGAIN;
    }
    smo_commit(&smo, WAL_TREE_SPLIT, tree->store, XID_INVALID, LSN_INVALID);
    return STEP_DONE;
}

/* Moves the root's content into a new page below it. */
static Step grow_root(Btree *tree, PageRef root_ref, PageNo new_no, PageRef new_ref) {
    Engine *engine = tree->engine;
    Smo smo;
    smo_begin(&smo, engine);
    if (!smo_latch(&smo, root_ref) || !smo_latch(&smo, new_ref)) {
        smo_abandon(&smo);
        return STEP_AGAIN;
    }
    const Page *root = root_ref.frame->page;
    Page *work = engine_work_page(engine);
    memcpy(work, root, PAGE_BYTES);
    work->page_no = new_no;
    smo_change_image(&smo, new_ref.frame, CHANGE_INIT, work);
    uint8_t level = root->level;
    page_format(work, tree->root, tree->store, level + 1, str_make("", 0), NULL, PAGE_NONE);
    page_insert_child(work, 0, str_make("", 0), new_no, NULL);
    smo_change_image(&smo, root_ref.frame, CHANGE_INIT, work);
    if (!smo_space(&smo, &new_no, 1, NULL, 0)) {
        smo_abandon(&smo);
        return STEP_AGAIN;
    }
    smo_commit(&smo, WAL_TREE_SPLIT, tree->store, XID_INVALID, LSN_INVALID);
    return STEP_DONE;
}

/* Splits the page at depth `at` of the path, or grows the root. The reserved page is used on
 * STEP_DONE. Parks. */
static Status split_step(Btree *tree, const TreePath *path, uint32_t at, const Incoming *incoming,
                         PageNo new_no, bool reserved, Step *step_out) {
    Engine *engine = tree->engine;
    PageRef new_ref;
    *step_out = STEP_AGAIN;
    TRY(space_touch(engine, new_no));
    TRY(pool_ref_fresh(&engine->pool, new_no, &new_ref));
    TRY(engine_prepare_log(engine, reserved));
    *step_out = at == 0 ? grow_root(tree, path->refs[0], new_no, new_ref)
                        : split_latched(tree, path, at, incoming, new_no, new_ref);
    if (*step_out == STEP_DONE) {
        atomic_fetch_add_explicit(&tree->page_count, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&engine->split_count, 1, memory_order_relaxed);
    }
    return STATUS_OK;
}

/* Free bytes of a page at a version; false if it changed. */
PAGE_TORN static bool read_room(PageRef ref, uint32_t *free_out) {
    const Page *page = ref.frame->page;
    *free_out = page_free_bytes(page);
    return page_ref_valid(ref);
}

static Status make_room(Btree *tree, const Incoming *incoming, bool reserved) {
    Engine *engine = tree->engine;
    PageNo new_no = PAGE_NONE;
    Status status = STATUS_OK;
    TreePath path;
    for (uint32_t lift = 0;;) { /* how far above the leaf to split */
        uint32_t room;
        status = btree_descend_path(tree, incoming->key, false, 0, &path);
        if (!status_ok(status))
            break;
        if (!read_room(path.refs[path.depth], &room))
            continue;
        if (room >= incoming->bytes)
            break;
        if (new_no == PAGE_NONE)
            status = space_reserve(engine, reserved, &new_no);
        Step step = STEP_AGAIN;
        if (status_ok(status))
            status = split_step(tree, &path, path.depth - MIN(lift, path.depth), incoming, new_no,
                                reserved, &step);
        if (!status_ok(status))
            break;
        if (step == STEP_DONE) {
            new_no = PAGE_NONE;
            lift = 0;
        } else if (step == STEP_PARENT_FULL) {
            lift++;
        }
        fiber_yield_if_due();
    }
    space_unreserve(engine, new_no);
    return status;
}

static Status make_room_for(Btree *tree, Str key, uint32_t bytes, bool reserved) {
    check(key.len > 0 && key.len <= BTREE_KEY_MAX && bytes <= BTREE_ENTRY_MAX);
    Incoming incoming = {key, (uint32_t)sizeof(PageSlot) + PAGE_VALUE_LEN_BYTES + bytes};
    return make_room(tree, &incoming, reserved);
}

Status btree_make_room(Btree *tree, Str key, uint32_t bytes) {
    return make_room_for(tree, key, bytes, false);
}

Status btree_make_room_reserved(Btree *tree, Str key, uint32_t bytes) {
    return make_room_for(tree, key, bytes, true);
}

/* ---- merging ---- */

/* The pages of one merge: right goes into left. */
typedef struct MergePair {
    PageRef parent, left, right;
    PageNo right_no;
    uint32_t right_slot;
} MergePair;

/* Finds the neighbour to merge with, without latches. *found false: there is none. */
PAGE_TORN static Status find_pair(Btree *tree, const TreePath *path, uint32_t at, MergePair *pair,
                                  bool *found) {
    PageRef parent = path->refs[at - 1];
    const Page *page = parent.frame->page;
    uint32_t slot = path->slots[at - 1], count = page->slot_count;
    *found = false;
    if (count < 2)
        return STATUS_OK;
    bool is_left = slot + 1 < count;
    PageNo other_no = page_child(page, is_left ? slot + 1 : slot - 1);
    if (!page_ref_valid(parent) || other_no == PAGE_NONE)
        return STATUS_OK;
    PageRef other;
    TRY(pool_ref(&tree->engine->pool, other_no, &other));
    *pair = (MergePair){.parent = parent,
                        .left = is_left ? path->refs[at] : other,
                        .right = is_left ? other : path->refs[at],
                        .right_no = is_left ? other_no : path->pages[at],
                        .right_slot = is_left ? slot + 1 : slot};
    *found = page_ref_valid(parent);
    return STATUS_OK;
}

/* Merges the pair if it fits. */
static bool merge_latched(Btree *tree, const MergePair *pair) {
    Engine *engine = tree->engine;
    Smo smo;
    smo_begin(&smo, engine);
    bool ok = smo_latch(&smo, pair->parent) && smo_latch(&smo, pair->left) &&
              smo_latch(&smo, pair->right);
    if (ok) {
        const Page *left = pair->left.frame->page, *right = pair->right.frame->page;
        bool one_empty = left->slot_count == 0 || right->slot_count == 0;
        uint32_t limit = one_empty ? PAGE_BYTES : MERGED_BYTES_MAX;
        ok = page_can_absorb(left, right, limit) &&
             MIN(page_used_bytes(left), page_used_bytes(right)) < LEAF_UNDERFULL;
    }
    if (ok) {
        smo_change_image(&smo, pair->left.frame, CHANGE_ABSORB, pair->right.frame->page);
        smo_change(&smo, pair->parent.frame, CHANGE_REMOVE, (uint16_t)pair->right_slot, 0);
        smo_change(&smo, pair->right.frame, CHANGE_FREE, 0, 0);
        ok = smo_space(&smo, NULL, 0, &pair->right_no, 1);
    }
    if (!ok) {
        smo_abandon(&smo);
        return false;
    }
    smo_commit(&smo, WAL_TREE_MERGE, tree->store, XID_INVALID, LSN_INVALID);
    return true;
}

/* The root takes over its only child's content. */
static bool shrink_latched(Btree *tree, PageRef root_ref, PageRef child_ref, PageNo child_no) {
    Engine *engine = tree->engine;
    Smo smo;
    smo_begin(&smo, engine);
    bool ok = smo_latch(&smo, root_ref) && smo_latch(&smo, child_ref) &&
              root_ref.frame->page->slot_count == 1;
    if (ok) {
        Page *work = engine_work_page(engine);
        memcpy(work, child_ref.frame->page, PAGE_BYTES);
        work->page_no = tree->root;
        smo_change_image(&smo, root_ref.frame, CHANGE_INIT, work);
        smo_change(&smo, child_ref.frame, CHANGE_FREE, 0, 0);
        ok = smo_space(&smo, NULL, 0, &child_no, 1);
    }
    if (!ok) {
        smo_abandon(&smo);
        return false;
    }
    smo_commit(&smo, WAL_TREE_MERGE, tree->store, XID_INVALID, LSN_INVALID);
    return true;
}

PAGE_TORN static bool root_is_chain(PageRef root) {
    bool chain = root.frame->page->level > 0 && root.frame->page->slot_count == 1;
    return chain && page_ref_valid(root);
}

/* One merge at a level, or one step of the root. *merged_out: something changed. */
static Status merge_step(Btree *tree, Str key, uint8_t level, bool *merged_out) {
    Engine *engine = tree->engine;
    TreePath path;
    *merged_out = false;
    TRY(btree_descend_path(tree, key, false, level, &path));
    if (path.depth == 0)
        return STATUS_OK;
    if (path.depth == 1 && root_is_chain(path.refs[0])) {
        TRY(space_touch(engine, path.pages[1]));
        TRY(engine_prepare_log(engine, false));
        *merged_out = shrink_latched(tree, path.refs[0], path.refs[1], path.pages[1]);
    } else {
        MergePair pair;
        bool found;
        TRY(find_pair(tree, &path, path.depth, &pair, &found));
        if (!found)
            return STATUS_OK;
        TRY(space_touch(engine, pair.right_no));
        TRY(engine_prepare_log(engine, false));
        *merged_out = merge_latched(tree, &pair);
    }
    if (*merged_out) {
        atomic_fetch_sub_explicit(&tree->page_count, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&engine->merge_count, 1, memory_order_relaxed);
    }
    return STATUS_OK;
}

/* Best effort: what cannot be merged now is tried at the next removal. */
void btree_merge(Btree *tree, Str key) {
    uint8_t level = 0;
    for (uint32_t i = 0; i < 4 * TREE_HEIGHT_MAX && level < TREE_HEIGHT_MAX; i++) {
        bool merged;
        Status status = merge_step(tree, key, level, &merged);
        if (!status_ok(status)) {
            status_free(status);
            return;
        }
        if (!merged)
            return;
        level++;
    }
}

/* ---- building from the right ---- */

/* Latches the last leaf, its parent and the new page; hangs the new one behind. */
static Step append_latched(Btree *tree, const TreePath *path, Page *page, PageNo new_no,
                           PageRef new_ref) {
    uint32_t at = path->depth;
    PageRef last_ref = path->refs[at], parent_ref = path->refs[at - 1];
    Smo smo;
    smo_begin(&smo, tree->engine);
    if (!latch_three(&smo, last_ref, parent_ref, new_ref))
        return STEP_AGAIN;
    const Page *last = last_ref.frame->page, *parent = parent_ref.frame->page;
    Str low = page_low(page);
    check(page_high_infinite(last));
    if (page_entry_bytes(parent, low.len, 4) > page_free_bytes(parent)) {
        smo_abandon(&smo);
        return STEP_PARENT_FULL;
    }
    page->page_no = new_no;
    change_link(&smo, last_ref.frame, CHANGE_TRUNCATE, last->slot_count, new_no, low);
    change_link(&smo, parent_ref.frame, CHANGE_INSERT_CHILD, path->slots[at - 1] + 1u, new_no, low);
    smo_change_image(&smo, new_ref.frame, CHANGE_INIT, page);
    if (!smo_space(&smo, &new_no, 1, NULL, 0)) {
        smo_abandon(&smo);
        return STEP_AGAIN;
    }
    smo_commit(&smo, WAL_TREE_BUILD, tree->store, XID_INVALID, LSN_INVALID);
    return STEP_DONE;
}

/* The first page becomes the empty root's content. */
static Status fill_root(Btree *tree, Page *page) {
    Engine *engine = tree->engine;
    page->page_no = tree->root;
    for (;;) {
        PageRef root;
        TRY(pool_ref(&engine->pool, tree->root, &root));
        TRY(engine_prepare_log(engine, false));
        Smo smo;
        smo_begin(&smo, engine);
        if (!smo_latch(&smo, root))
            continue;
        if (root.frame->page->level != 0 || root.frame->page->slot_count != 0) {
            smo_abandon(&smo);
            return error(ERR_INTERNAL_ERROR, "store %u to be built is not empty", tree->store);
        }
        smo_change_image(&smo, root.frame, CHANGE_INIT, page);
        smo_commit(&smo, WAL_TREE_BUILD, tree->store, XID_INVALID, LSN_INVALID);
        atomic_fetch_add_explicit(&tree->entry_count, page->slot_count, memory_order_relaxed);
        return STATUS_OK;
    }
}

/* One step of hanging the page behind the last leaf: that, or what must come first. */
static Status append_step(Btree *tree, Page *page, const TreePath *path, uint32_t lift,
                          PageNo new_no, Step *step_out, bool *appended_out) {
    Engine *engine = tree->engine;
    Incoming incoming = {page_low(page), 0};
    *appended_out = false;
    if (path->depth == 0 || lift > 0)
        return split_step(tree, path, path->depth - MIN(lift, path->depth), &incoming, new_no,
                          false, step_out);
    PageRef new_ref;
    TRY(space_touch(engine, new_no));
    TRY(pool_ref_fresh(&engine->pool, new_no, &new_ref));
    TRY(engine_prepare_log(engine, false));
    *step_out = append_latched(tree, path, page, new_no, new_ref);
    *appended_out = *step_out == STEP_DONE;
    return STATUS_OK;
}

Status btree_append_leaf(Btree *tree, Page *page) {
    Engine *engine = tree->engine;
    PageNo new_no = PAGE_NONE;
    Status status = STATUS_OK;
    TreePath path;
    bool appended = false;
    if (page->low_len == 0)
        return fill_root(tree, page);
    for (uint32_t lift = 0; !appended;) {
        if (new_no == PAGE_NONE)
            status = space_reserve(engine, false, &new_no);
        if (status_ok(status))
            status = btree_descend_path(tree, page_low(page), false, 0, &path);
        Step step = STEP_AGAIN;
        if (status_ok(status))
            status = append_step(tree, page, &path, lift, new_no, &step, &appended);
        if (!status_ok(status))
            break;
        if (step == STEP_DONE) {
            new_no = PAGE_NONE;
            lift = 0;
        } else if (step == STEP_PARENT_FULL) {
            lift++;
        }
        fiber_yield_if_due();
    }
    space_unreserve(engine, new_no);
    if (appended) {
        atomic_fetch_add_explicit(&tree->page_count, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&tree->entry_count, page->slot_count, memory_order_relaxed);
    }
    return status;
}

/* ---- dropping ---- */

#define DROP_PAGES_MAX 512u
#define DROP_SPANS_MAX 8u

/* The last children of the latched inner page that can go in one record. */
static uint32_t gather_last_children(const Page *page, PageNo *pages) {
    PageNo spans[DROP_SPANS_MAX];
    uint32_t span_count = 0, count = 0;
    while (count < page->slot_count && count < DROP_PAGES_MAX) {
        PageNo child = page_child(page, page->slot_count - 1u - count);
        PageNo span = space_page_of(child);
        uint32_t i = 0;
        while (i < span_count && spans[i] != span)
            i++;
        if (i == span_count) {
            if (span_count == DROP_SPANS_MAX)
                break;
            spans[span_count++] = span;
        }
        pages[count++] = child;
    }
    return count;
}

/* Frees the last children of a page: leaves, or one inner page that has none left. */
static Status drop_children(Btree *tree, PageRef ref) {
    Engine *engine = tree->engine;
    PageNo pages[DROP_PAGES_MAX];
    TRY(engine_prepare_log(engine, true));
    if (!page_ref_upgrade(ref))
        return STATUS_OK;
    Page *page = ref.frame->page;
    uint32_t count = page->level == 1 ? gather_last_children(page, pages) : 1;
    if (page->level > 1)
        pages[0] = page_child(page, page->slot_count - 1u);
    frame_unlatch_unchanged(ref.frame);
    for (uint32_t i = 0; i < count; i++)
        TRY(space_touch(engine, pages[i]));
    TRY(engine_prepare_log(engine, true));
    Smo smo;
    smo_begin(&smo, engine);
    if (!smo_latch(&smo, ref))
        return STATUS_OK;
    smo_change(&smo, ref.frame, CHANGE_CUT, (uint16_t)(page->slot_count - count), 0);
    if (!smo_space(&smo, NULL, 0, pages, count)) {
        smo_abandon(&smo);
        return STATUS_OK;
    }
    smo_commit(&smo, WAL_STORE_DROP, tree->store, XID_INVALID, LSN_INVALID);
    return STATUS_OK;
}

Status btree_drop_some(Btree *tree, bool *done_out) {
    PageRef ref;
    *done_out = false;
    TRY(pool_ref(&tree->engine->pool, tree->root, &ref));
    for (uint32_t depth = 0;; depth++) {
        if (!page_ref_upgrade(ref))
            return STATUS_OK;
        const Page *page = ref.frame->page;
        uint32_t level = page->level, count = page->slot_count;
        bool mine = page->store == tree->store;
        PageNo last = level > 0 && count > 0 ? page_child(page, count - 1) : PAGE_NONE;
        frame_unlatch_unchanged(ref.frame);
        if (!mine || depth >= TREE_HEIGHT_MAX)
            return btree_damaged(tree, tree->root, "not the store's page");
        if (level == 0 || count == 0) {
            *done_out = true; /* only the root can be so: an empty child is cut off below */
            return STATUS_OK;
        }
        PageRef child;
        if (level == 1)
            return drop_children(tree, ref);
        TRY(pool_ref(&tree->engine->pool, last, &child));
        if (!page_ref_upgrade(child))
            return STATUS_OK;
        bool empty = child.frame->page->slot_count == 0;
        frame_unlatch_unchanged(child.frame);
        if (empty)
            return drop_children(tree, ref);
        ref = child;
    }
}
