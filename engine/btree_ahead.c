/*
 * btree_ahead.c: descending for several keys side by side, before they are asked for.
 *
 * A descent is a chain of reads, each of which needs the one before it: the page's frame, its header,
 * its slots, the entry. In a tree larger than the processor's caches nearly each waits for memory. Here
 * every step is taken for all keys before the next one, and the memory of the next is requested
 * meanwhile, so the waits overlap (Chen, Ailamaki, Gibbons, Mowry, "Improving Hash Join Performance
 * through Prefetching", 2004).
 *
 * What is left behind is a warm cache and, per worker, the leaves found: a reader of one of the keys
 * starts at its leaf if that has not changed since (a leaf that gave keys away has).
 */
#include "engine/btree_ahead.h"
#include "runtime/worker.h"

typedef struct Walk {
    PageRef ref;
    PageNo child;
    bool live;
} Walk;

typedef struct Group {
    Pool *pool;
    const Str *keys;
    uint32_t count;
    Walk walks[BTREE_AHEAD_MAX];
} Group;

static void drop_if_changed(Walk *w) { w->live = w->live && page_ref_valid(w->ref); }

/* The lines that a search of these pages will touch. */
PAGE_TORN static void request_search(Group *g) {
    for (uint32_t i = 0; i < g->count; i++)
        if (g->walks[i].live)
            page_request_bounds(g->walks[i].ref.frame->page);
    for (uint32_t i = 0; i < g->count; i++)
        if (g->walks[i].live)
            page_request_slot(g->walks[i].ref.frame->page, g->keys[i]);
    for (uint32_t i = 0; i < g->count; i++)
        if (g->walks[i].live)
            page_request_entry(g->walks[i].ref.frame->page, g->keys[i]);
}

/* From inner pages of one level to their children. */
PAGE_TORN static void step_down(Group *g, const Btree *tree, uint32_t level) {
    for (uint32_t i = 0; i < g->count; i++) {
        Walk *w = &g->walks[i];
        if (!w->live)
            continue;
        const Page *page = w->ref.frame->page;
        w->child = page_child(page, page_child_slot(page, g->keys[i], false));
        drop_if_changed(w);
        if (w->live)
            pool_request_frame_index(g->pool, w->child);
    }
    for (uint32_t i = 0; i < g->count; i++) {
        Walk *w = &g->walks[i];
        Frame *frame = w->live ? pool_find(g->pool, w->child) : NULL;
        w->live = frame != NULL;
        if (w->live)
            __builtin_prefetch(frame);
    }
    for (uint32_t i = 0; i < g->count; i++) {
        Walk *w = &g->walks[i];
        PageRef parent = w->ref;
        w->live = w->live && pool_try_ref(g->pool, w->child, &w->ref) && page_ref_valid(parent);
        const Page *page = w->live ? w->ref.frame->page : NULL;
        w->live = w->live && page->store == tree->store && page->level == level - 1;
    }
}

/* The value of a key, up to its room. */
PAGE_TORN static void copy_value(const Walk *w, Str key, char *room, uint32_t *len) {
    const Page *page = w->ref.frame->page;
    bool found;
    uint32_t slot = page_search(page, key, &found), value_len;
    const uint8_t *data;
    if (!found || !page_value_torn(page, slot, &data, &value_len) || value_len > *len) {
        *len = 0;
        return;
    }
    page_copy_torn(room, data, value_len);
    *len = page_ref_valid(w->ref) ? value_len : 0;
}

/* ---- leaves found, by key ---- */

static BtreeSpot *spot_of(AheadSpots *spots, Str key) {
    uint64_t bits =
        key.len < 8 ? (uint8_t)key.data[key.len - 1] : load_be64(key.data + key.len - 8);
    return &spots->spots[(bits * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - AHEAD_SPOTS_BITS)];
}

static void remember(AheadSpots *spots, Btree *tree, const Group *g) {
    for (uint32_t i = 0; i < g->count; i++) {
        const Walk *w = &g->walks[i];
        Str key = g->keys[i];
        if (!w->live || key.len > AHEAD_KEY_BYTES)
            continue;
        BtreeSpot *spot = spot_of(spots, key);
        spots->live += spot->tree == NULL;
        *spot = (BtreeSpot){.tree = tree, .leaf = w->ref, .key_len = key.len};
        memcpy(spot->key, key.data, key.len);
    }
}

PAGE_TORN bool btree_ahead_take(AheadSpots *spots, const Btree *tree, Str key, PageRef *leaf_out) {
    if (key.len > AHEAD_KEY_BYTES)
        return false;
    BtreeSpot *spot = spot_of(spots, key);
    if (spot->tree != tree || spot->key_len != key.len || memcmp(spot->key, key.data, key.len) != 0)
        return false;
    *leaf_out = spot->leaf;
    spot->tree = NULL;
    spots->live--;
    const Page *page = leaf_out->frame->page;
    bool mine = page->store == tree->store && page->type == PAGE_LEAF;
    return page_ref_valid(*leaf_out) && mine;
}

PAGE_TORN void btree_ahead(Btree *tree, const Str *keys, uint32_t count, char *values,
                           uint32_t value_bytes, uint32_t *lens_out) {
    Group g = {.pool = &tree->engine->pool, .keys = keys, .count = MIN(count, BTREE_AHEAD_MAX)};
    PageRef root;
    bool live = pool_try_ref(g.pool, tree->root, &root);
    uint32_t level = live ? root.frame->page->level : 0;
    live = live && root.frame->page->store == tree->store && page_ref_valid(root);
    for (uint32_t i = 0; i < g.count; i++)
        g.walks[i] = (Walk){.ref = root, .live = live};
    for (bool top = true; level > 0; level--, top = false) {
        if (!top)
            request_search(&g);
        step_down(&g, tree, level);
    }
    request_search(&g);
    remember(&tree->engine->ahead[worker_id()], tree, &g);
    for (uint32_t i = 0; i < g.count && values != NULL; i++) {
        lens_out[i] = g.walks[i].live ? value_bytes : 0;
        if (g.walks[i].live)
            copy_value(&g.walks[i], keys[i], values + (size_t)i * value_bytes, &lens_out[i]);
    }
}
