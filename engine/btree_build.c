/*
 * btree_build.c: a tree from sorted entries.
 *
 * Leaves are filled in private memory and hung, whole, behind the last leaf of the tree: one record a
 * page, and at every moment a valid tree whose pages are all reachable, so a build that a crash or an
 * error cuts short is dropped like any store. Parents split at the right edge, so they are full too.
 */
#include "engine/engine_int.h"

#define FILL_BYTES (PAGE_BYTES / 100 * 96) /* leaves are not filled to the last byte */

struct BtreeBuild {
    Btree *tree;
    Page *page;
    uint32_t last_len;
    char *last; /* the key added last */
    bool any;
};

static void start_page(BtreeBuild *build, Str low) {
    page_format(build->page, PAGE_NONE, build->tree->store, 0, low, NULL, PAGE_NONE);
}

Status btree_build_begin(Btree *tree, Arena *arena, BtreeBuild **build_out) {
    BtreeBuild *build = arena_new(arena, BtreeBuild);
    build->tree = tree;
    build->page = arena_zalloc(arena, PAGE_BYTES);
    build->last = arena_alloc(arena, BTREE_KEY_MAX);
    start_page(build, str_make("", 0));
    *build_out = build;
    return STATUS_OK;
}

/* The high fence comes when the next page begins; it is at most a byte longer than the last key. */
static bool page_is_full(const BtreeBuild *build, Str key, Str value) {
    const Page *page = build->page;
    uint32_t used = page_used_bytes(page) + page_entry_bytes(page, key.len, value.len);
    return page->slot_count > 0 && (used > FILL_BYTES || used + key.len + 1 > PAGE_BYTES);
}

Status btree_build_add(BtreeBuild *build, Str key, Str value) {
    if (key.len == 0 || key.len > BTREE_KEY_MAX || key.len + value.len > BTREE_ENTRY_MAX)
        return error(ERR_INTERNAL_ERROR, "entry of %u bytes is too large to build from",
                     key.len + value.len);
    Str last = str_make(build->last, build->last_len);
    if (build->any && str_compare(last, key) >= 0)
        return error(ERR_INTERNAL_ERROR, "entries to build from are out of order");
    if (page_is_full(build, key, value)) {
        TRY(btree_append_leaf(build->tree, build->page));
        uint32_t same = 0;
        while (same < last.len && last.data[same] == key.data[same])
            same++;
        start_page(build, str_make(key.data, same + 1));
        fiber_yield_if_due();
    }
    page_insert(build->page, build->page->slot_count, key, value, NULL);
    memcpy(build->last, key.data, key.len);
    build->last_len = key.len;
    build->any = true;
    return STATUS_OK;
}

Status btree_build_end(BtreeBuild *build) {
    if (build->page->slot_count == 0)
        return STATUS_OK;
    return btree_append_leaf(build->tree, build->page);
}
