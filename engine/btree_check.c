/*
 * btree_check.c: is a tree sound? Walks every page and checks its structure, the order of its keys
 * against its fences, that siblings meet where their fences say, and that no page hangs in two
 * places. For a quiescent engine.
 */
#include "engine/engine_int.h"

#include <stdarg.h>
#include <stdio.h>

void check_report(CheckContext *context, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    context->problems++;
    if (context->report != NULL)
        context->report(context->arg, text);
}

typedef struct TreeCheck {
    Btree *tree;
    CheckContext *context;
    Page *copies[TREE_HEIGHT_MAX];          /* the path walked */
    PageNo expected_right[TREE_HEIGHT_MAX]; /* of the last page seen on a level */
    bool seen_level[TREE_HEIGHT_MAX];
    bool remains; /* a store being dropped: only what is left of it is marked */
} TreeCheck;

static void mark_seen(TreeCheck *walk, PageNo page_no) {
    CheckContext *context = walk->context;
    if (context->seen == NULL)
        return;
    if (page_no >= context->page_limit) {
        check_report(context, "store %u: page %u lies beyond the end of the file",
                     walk->tree->store, page_no);
        return;
    }
    if (context->seen[page_no / 8] >> (page_no % 8) & 1)
        check_report(context, "store %u: page %u hangs in two places", walk->tree->store, page_no);
    context->seen[page_no / 8] |= (uint8_t)(1u << (page_no % 8));
}

/* Copies the page; false where it cannot be read, which is reported. */
static bool fetch(TreeCheck *walk, PageNo page_no, Page *copy) {
    PageRef ref;
    do {
        Status status = pool_ref(&walk->tree->engine->pool, page_no, &ref);
        if (!status_ok(status)) {
            check_report(walk->context, "store %u: %s (%s)", walk->tree->store,
                         status.error->message, status.error->detail ? status.error->detail : "");
            status_free(status);
            return false;
        }
        page_copy_torn(copy, ref.frame->page, PAGE_BYTES);
    } while (!page_ref_valid(ref));
    return true;
}

static void check_keys(TreeCheck *walk, const Page *page) {
    char buffers[2][BTREE_KEY_MAX];
    Str last = {0};
    StoreId store = walk->tree->store;
    for (uint32_t i = 0; i < page->slot_count; i++) {
        if (page_key_len(page, i) > BTREE_KEY_MAX) {
            check_report(walk->context, "store %u: page %u slot %u: the key is too long", store,
                         page->page_no, i);
            return;
        }
        if (page->type == PAGE_INNER && i == 0)
            continue;
        Str key = page_key(page, i, buffers[i % 2]);
        if (!page_owns(page, key))
            check_report(walk->context,
                         "store %u: page %u slot %u: the key lies outside the fences", store,
                         page->page_no, i);
        if (last.data != NULL && str_compare(last, key) >= 0)
            check_report(walk->context, "store %u: page %u slot %u: keys out of order", store,
                         page->page_no, i);
        if (walk->tree->kind == STORE_TABLE && page->type == PAGE_LEAF && key.len != 8)
            check_report(walk->context, "store %u: page %u slot %u: not a rowid", store,
                         page->page_no, i);
        last = key;
    }
}

static void check_header(TreeCheck *walk, const Page *page, uint8_t level, Str low,
                         const Str *high) {
    StoreId store = walk->tree->store;
    const char *wrong = page_verify_structure(page);
    if (wrong != NULL)
        check_report(walk->context, "store %u: page %u: %s", store, page->page_no, wrong);
    if (page->store != store || page->level != level)
        check_report(walk->context, "store %u: page %u belongs to store %u, level %u", store,
                     page->page_no, page->store, page->level);
    if (!str_equal(page_low(page), low))
        check_report(walk->context, "store %u: page %u: the low fence is not its parent's", store,
                     page->page_no);
    if ((high == NULL) != page_high_infinite(page) ||
        (high != NULL && !str_equal(page_high(page), *high)))
        check_report(walk->context, "store %u: page %u: the high fence is not its parent's", store,
                     page->page_no);
    if (walk->seen_level[level] && walk->expected_right[level] != page->page_no)
        check_report(walk->context, "store %u: page %u is not the right sibling of its neighbour",
                     store, page->page_no);
    walk->seen_level[level] = true;
    walk->expected_right[level] = page->right;
}

/* Depth is bounded by the level, which falls by one each time. */
static void check_subtree(TreeCheck *walk, PageNo page_no, uint8_t level, Str low,
                          const Str *high) {
    Page *page = walk->copies[level];
    mark_seen(walk, page_no);
    if (!fetch(walk, page_no, page))
        return;
    uint64_t before = walk->context->problems;
    if (!walk->remains) {
        check_header(walk, page, level, low, high);
        if (walk->context->problems != before)
            return;
        check_keys(walk, page);
    }
    if (level == 0)
        return;
    if (page->slot_count == 0 && !walk->remains)
        check_report(walk->context, "store %u: page %u has no children", walk->tree->store,
                     page_no);
    for (uint32_t i = 0; i < page->slot_count; i++) {
        ArenaMark mark = arena_mark(walk->context->arena);
        Str child_low = low, child_high = {0};
        if (i > 0)
            child_low = page_key(page, i, arena_alloc(walk->context->arena, BTREE_KEY_MAX));
        bool last = i + 1u == page->slot_count;
        if (!last)
            child_high = page_key(page, i + 1, arena_alloc(walk->context->arena, BTREE_KEY_MAX));
        check_subtree(walk, page_child(page, i), level - 1, child_low, last ? high : &child_high);
        arena_release(walk->context->arena, mark);
    }
}

static Status check_tree(Btree *tree, CheckContext *context, bool remains) {
    TreeCheck walk = {.tree = tree, .context = context, .remains = remains};
    ArenaMark mark = arena_mark(context->arena);
    for (uint32_t i = 0; i < TREE_HEIGHT_MAX; i++)
        walk.copies[i] = arena_alloc(context->arena, PAGE_BYTES);
    Page *root = walk.copies[0];
    if (fetch(&walk, tree->root, root)) {
        if (root->level >= TREE_HEIGHT_MAX || root->store != tree->store)
            check_report(context, "store %u: page %u is not its root", tree->store, tree->root);
        else
            check_subtree(&walk, tree->root, root->level, str_make("", 0), NULL);
    }
    for (uint32_t i = 0; i < TREE_HEIGHT_MAX; i++)
        if (walk.seen_level[i] && walk.expected_right[i] != PAGE_NONE)
            check_report(context, "store %u: the last page of level %u has a right sibling",
                         tree->store, i);
    arena_release(context->arena, mark);
    return STATUS_OK;
}

Status btree_check_tree(Btree *tree, CheckContext *context) {
    return check_tree(tree, context, false);
}

Status btree_mark_remains(Btree *tree, CheckContext *context) {
    return check_tree(tree, context, true);
}

Status btree_check(Btree *tree, void (*report)(void *, const char *), void *arg,
                   uint64_t *problem_count_out) {
    Arena arena;
    arena_init(&arena, tree->engine->account);
    CheckContext context = {.report = report, .arg = arg, .arena = &arena};
    Status status = btree_check_tree(tree, &context);
    arena_destroy(&arena);
    *problem_count_out = context.problems;
    return status;
}

/* ---- counting ---- */

#define SAMPLE_COUNT 8u

/* The average fan-out of a level, from a few pages spread over it. */
static Status sample_level(Btree *tree, uint8_t level, Page *copy, double *average_out) {
    double sum = 0;
    for (uint32_t i = 0; i < SAMPLE_COUNT; i++) {
        /* keys are not spread evenly: walk down by slots instead */
        PageRef ref;
        PageNo page_no = tree->root;
        for (uint32_t height = TREE_HEIGHT_MAX;;) {
            do {
                TRY(pool_ref(&tree->engine->pool, page_no, &ref));
                page_copy_torn(copy, ref.frame->page, PAGE_BYTES);
            } while (!page_ref_valid(ref));
            if (copy->level <= level || copy->slot_count == 0 || copy->level >= height)
                break;
            height = copy->level;
            page_no = page_child(copy, (2 * i + 1) * copy->slot_count / (2 * SAMPLE_COUNT));
        }
        sum += copy->slot_count;
    }
    *average_out = sum / SAMPLE_COUNT;
    return STATUS_OK;
}

static Status count_by_samples(Btree *tree, Page *copy, double *pages_out, double *entries_out) {
    double pages_of_level = 1, fanout;
    *pages_out = 1;
    TRY(sample_level(tree, UINT8_MAX, copy, &fanout)); /* the root itself */
    for (uint32_t level = copy->level; level > 0; level--) {
        TRY(sample_level(tree, (uint8_t)level, copy, &fanout));
        pages_of_level *= fanout;
        *pages_out += pages_of_level;
    }
    TRY(sample_level(tree, 0, copy, &fanout));
    *entries_out = fanout * pages_of_level;
    return STATUS_OK;
}

void btree_count(Btree *tree) {
    Arena arena;
    double pages, entries;
    arena_init(&arena, tree->engine->account);
    Status status = count_by_samples(tree, arena_alloc(&arena, PAGE_BYTES), &pages, &entries);
    if (status_ok(status)) {
        atomic_store(&tree->page_count, (int64_t)pages);
        atomic_store(&tree->entry_count, (int64_t)entries);
    }
    status_free(status);
    arena_destroy(&arena);
}

uint64_t btree_page_count(const Btree *tree) {
    int64_t count = atomic_load_explicit(&tree->page_count, memory_order_relaxed);
    return count < 1 ? 1 : (uint64_t)count;
}

uint64_t btree_entry_count(const Btree *tree) {
    int64_t count = atomic_load_explicit(&tree->entry_count, memory_order_relaxed);
    return count < 0 ? 0 : (uint64_t)count;
}
