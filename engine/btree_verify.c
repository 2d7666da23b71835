/*
 * btree_verify.c: is a tree that is in use sound?
 *
 * The leaves are visited in order, each by a descent of its own. On the way every page must be what its
 * parent says: of this store, a level lower, with the separators as its fences; its keys in order between
 * them; and a leaf's right sibling must begin where the leaf ends. What two pages say of each other is
 * compared only if the first has not changed until the second was read; otherwise the descent starts
 * over. So splits and merges go on meanwhile, and nobody waits.
 */
#include "engine/engine_int.h"

#define RESTARTS_MAX 1000u /* of one descent, before it gives way to writers */

typedef struct Level {
    Page *page;     /* a copy */
    PageRef ref;    /* of what was copied */
    PageNo checked; /* its keys are known to be in order, at checked_lsn */
    Lsn checked_lsn;
} Level;

struct BtreeVerify {
    Btree *tree;
    Level levels[TREE_HEIGHT_MAX];
    Level sibling;
    char low[BTREE_KEY_MAX], high[BTREE_KEY_MAX]; /* what the parent says */
    char next[BTREE_KEY_MAX];
    uint32_t next_len; /* the first key not visited yet */
    BtreeFlaw flaw;
};

void btree_verify_open(Btree *tree, Arena *arena, BtreeVerify **verify_out) {
    BtreeVerify *verify = *verify_out = arena_alloc(arena, sizeof(*verify));
    memset(verify, 0, sizeof(*verify));
    verify->tree = tree;
    for (uint32_t i = 0; i < TREE_HEIGHT_MAX; i++)
        verify->levels[i].page = arena_alloc(arena, PAGE_BYTES);
    verify->sibling.page = arena_alloc(arena, PAGE_BYTES);
}

static Status copy_page(BtreeVerify *verify, PageNo page_no, Level *level) {
    do {
        TRY(pool_ref(&verify->tree->engine->pool, page_no, &level->ref));
        page_copy_torn(level->page, level->ref.frame->page, PAGE_BYTES);
    } while (!page_ref_valid(level->ref));
    return STATUS_OK;
}

static void flaw(BtreeVerify *verify, const Page *page, uint32_t slot, const char *what) {
    verify->flaw = (BtreeFlaw){.what = what, .page = page->page_no, .slot = slot};
}

/* Keys in order, between the fences. */
static void check_keys(BtreeVerify *verify, const Page *page) {
    char buffers[2][BTREE_KEY_MAX];
    Str last = {0};
    bool is_table = verify->tree->kind == STORE_TABLE && page->type == PAGE_LEAF;
    for (uint32_t i = page->type == PAGE_INNER ? 1 : 0; i < page->slot_count; i++) {
        if (page_key_len(page, i) > BTREE_KEY_MAX) {
            flaw(verify, page, i, "a key is too long");
            return;
        }
        Str key = page_key(page, i, buffers[i % 2]);
        if (!page_owns(page, key))
            flaw(verify, page, i, "a key lies outside of its page's bounds");
        else if (last.data != NULL && str_compare(last, key) >= 0)
            flaw(verify, page, i, "keys are out of order");
        else if (is_table && key.len != 8)
            flaw(verify, page, i, "a key is no row's number");
        if (verify->flaw.what != NULL)
            return;
        last = key;
    }
}

/* What stands on the page alone. */
static void check_page(BtreeVerify *verify, Level *level) {
    const Page *page = level->page;
    const char *wrong = page_verify_structure(page);
    if (wrong != NULL)
        flaw(verify, page, 0, wrong);
    else if (page->store != verify->tree->store)
        flaw(verify, page, 0, "the page belongs to another relation");
    else if (level->checked != page->page_no || level->checked_lsn != page->lsn)
        check_keys(verify, page);
    level->checked = page->page_no;
    level->checked_lsn = page->lsn;
}

/* What its parent says of it. high NULL: it is the last of its level. */
static void check_place(BtreeVerify *verify, const Page *page, uint8_t level, Str low,
                        const Str *high) {
    if (page->level != level)
        flaw(verify, page, 0, "the page is of another level than its parent says");
    else if (!str_equal(page_low(page), low))
        flaw(verify, page, 0, "the page begins elsewhere than its parent says");
    else if ((high == NULL) != page_high_infinite(page) ||
             (high != NULL && !str_equal(page_high(page), *high)))
        flaw(verify, page, 0, "the page ends elsewhere than its parent says");
}

static Str keep(char *buffer, Str key) {
    memcpy(buffer, key.data, key.len);
    return str_make(buffer, key.len);
}

/* The child that owns the key, and its bounds; *high_out is NULL for none. */
static PageNo step_down(BtreeVerify *verify, const Page *page, Str key, Str *low, Str *high_buffer,
                        const Str **high) {
    char scratch[BTREE_KEY_MAX];
    uint32_t slot = page_child_slot(page, key, false);
    if (slot > 0)
        *low = keep(verify->low, page_key(page, slot, scratch));
    if (slot + 1 < page->slot_count) {
        *high_buffer = keep(verify->high, page_key(page, slot + 1, scratch));
        *high = high_buffer;
    }
    return page_child(page, slot);
}

/* Where the leaf ends its right sibling begins. *stale_out: the leaf has changed meanwhile. */
static Status check_sibling(BtreeVerify *verify, const Level *leaf, bool *stale_out) {
    const Page *page = leaf->page, *sibling = verify->sibling.page;
    *stale_out = false;
    if ((page->right == PAGE_NONE) != page_high_infinite(page)) {
        flaw(verify, page, 0, "the page has bounds that do not agree with its right sibling");
        return STATUS_OK;
    }
    if (page->right == PAGE_NONE)
        return STATUS_OK;
    TRY(copy_page(verify, page->right, &verify->sibling));
    *stale_out = !page_ref_valid(leaf->ref);
    if (!*stale_out && (page_verify_structure(sibling) != NULL || sibling->store != page->store ||
                        sibling->level != 0 || !str_equal(page_low(sibling), page_high(page))))
        flaw(verify, page, 0, "the page's right sibling does not begin where the page ends");
    return STATUS_OK;
}

/* One descent to the leaf that owns the key. *stale_out: a page changed on the way, nothing is known. */
static Status descend(BtreeVerify *verify, Str key, bool *stale_out, Level **leaf_out) {
    Level *parent = NULL, *level;
    PageNo page_no = verify->tree->root;
    Str low = str_make(verify->low, 0), high_buffer = {0};
    const Str *high = NULL;
    *stale_out = false;
    for (uint8_t height = TREE_HEIGHT_MAX;; parent = level) {
        level = &verify->levels[height - 1];
        TRY(copy_page(verify, page_no, level));
        const Page *page = level->page;
        *stale_out = parent != NULL && !page_ref_valid(parent->ref);
        if (*stale_out)
            return STATUS_OK;
        if (page->level >= height) {
            flaw(verify, page, 0, "the page is of another level than its parent says");
            return STATUS_OK;
        }
        check_page(verify, level);
        if (verify->flaw.what == NULL)
            check_place(verify, page, parent == NULL ? page->level : height - 1, low, high);
        if (verify->flaw.what == NULL && page->level > 0 && page->slot_count == 0)
            flaw(verify, page, 0, "the page has no children");
        *leaf_out = level;
        if (verify->flaw.what != NULL || page->level == 0)
            return STATUS_OK;
        height = page->level;
        page_no = step_down(verify, page, key, &low, &high_buffer, &high);
    }
}

Status btree_verify_next(BtreeVerify *verify, BtreeFlaw *flaw_out, bool *more_out) {
    Str key = str_make(verify->next, verify->next_len);
    Level *leaf = NULL;
    bool stale = true;
    for (uint32_t i = 1; stale; i++) {
        TRY(descend(verify, key, &stale, &leaf));
        if (!stale && verify->flaw.what == NULL)
            TRY(check_sibling(verify, leaf, &stale));
        if (i % RESTARTS_MAX == 0)
            fiber_yield();
    }
    *flaw_out = verify->flaw;
    *more_out = verify->flaw.what == NULL && !page_high_infinite(leaf->page);
    if (*more_out)
        verify->next_len = keep(verify->next, page_high(leaf->page)).len;
    return STATUS_OK;
}
