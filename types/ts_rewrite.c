/*
 * ts_rewrite.c: ts_rewrite: one query in another replaced by a third.
 *
 * AND and OR are flattened to as many operands as they have and sorted, so that a part of them may match,
 * too. What was put in is not looked at again in the same pass.
 */
#include "types/ts_rewrite.h"

#include <stdlib.h>

#define DEPTH_MAX 500 /* levels; each costs some hundred bytes of stack */

typedef struct Tree {
    TsNode node;
    struct Tree **children; /* the right operand first */
    uint32_t count;
    bool fresh; /* was put in during this pass */
} Tree;
struct TsRewrite {
    Arena *arena;
    Str original;
    Tree *root; /* NULL: nothing is left */
    bool empty; /* from the beginning */
};

static bool flattens(const TsNode *n) { return n->op == TS_AND || n->op == TS_OR; }

/* Nodes from the back, as they end. levels_out: of the deepest path. */
static Tree *open_tree(Arena *arena, Str value, uint32_t *levels_out) {
    TsQuery q = ts_query(arena, value);
    Tree **stack = arena_alloc(arena, (q.count + 1) * sizeof(Tree *));
    uint32_t *levels = arena_zalloc(arena, (q.count + 1) * sizeof(uint32_t));
    uint32_t depth = 0;
    for (uint32_t i = q.count; i-- > 0;) {
        Tree *t = arena_new(arena, Tree);
        uint32_t deepest = 0;
        t->node = q.nodes[i];
        if (t->node.kind == TS_OPERATOR) {
            t->count = t->node.op == TS_NOT ? 1 : 2;
            t->children = arena_alloc(arena, 2 * sizeof(Tree *));
        }
        for (uint32_t k = 0; k < t->count; k++) {
            t->children[k] = stack[--depth];
            deepest = levels[depth] > deepest ? levels[depth] : deepest;
        }
        levels[depth] = deepest + 1;
        stack[depth++] = t;
    }
    *levels_out = levels[0];
    return q.count == 0 ? NULL : stack[0];
}

static int compare_trees(const Tree *a, const Tree *b) {
    if (a->node.kind != b->node.kind)
        return a->node.kind > b->node.kind ? -1 : 1;
    if (a->node.kind == TS_OPERAND) {
        if (a->node.crc != b->node.crc)
            return a->node.crc > b->node.crc ? -1 : 1;
        return ts_compare(a->node.text, a->node.len, b->node.text, b->node.len, false);
    }
    if (a->node.op != b->node.op)
        return a->node.op > b->node.op ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    for (uint32_t i = 0; i < a->count; i++) {
        int order = compare_trees(a->children[i], b->children[i]);
        if (order != 0)
            return order;
    }
    if (a->node.op == TS_PHRASE && a->node.distance != b->node.distance)
        return a->node.distance > b->node.distance ? -1 : 1;
    return 0;
}
static int order_trees(const void *a, const void *b) {
    return compare_trees(*(Tree *const *)a, *(Tree *const *)b);
}
/* Puts the operands of AND and OR in order, at every level. */
static void sort_tree(Tree *t) {
    for (uint32_t i = 0; i < t->count; i++)
        sort_tree(t->children[i]);
    if (t->count > 1 && flattens(&t->node))
        qsort(t->children, t->count, sizeof(Tree *), order_trees);
}
/* Flattens and sorts: children first. A chain of one operator is walked in a loop. */
static Status flatten(Arena *arena, Tree *t, int depth) {
    if (depth > DEPTH_MAX)
        return fiber_stack_error();
    if (t->node.kind != TS_OPERATOR)
        return STATUS_OK;
    if (!flattens(&t->node)) {
        for (uint32_t i = 0; i < t->count; i++)
            TRY(flatten(arena, t->children[i], depth + 1));
        return STATUS_OK;
    }
    VEC(Tree *) all = {0}, waiting = {0};
    for (uint32_t i = t->count; i-- > 0;)
        vec_push(&waiting, arena, t->children[i]);
    while (waiting.count > 0) {
        Tree *c = waiting.items[--waiting.count];
        if (c->node.kind == TS_OPERATOR && c->node.op == t->node.op) {
            for (uint32_t i = c->count; i-- > 0;)
                vec_push(&waiting, arena, c->children[i]);
            continue;
        }
        TRY(flatten(arena, c, depth + 1));
        vec_push(&all, arena, c);
    }
    t->children = all.items;
    t->count = (uint32_t)all.count;
    qsort(t->children, t->count, sizeof(Tree *), order_trees);
    return STATUS_OK;
}

static Tree *copy_tree(Arena *arena, const Tree *t) {
    if (t == NULL)
        return NULL;
    Tree *copy = arena_memdup(arena, t, sizeof(Tree));
    copy->children = arena_alloc(arena, (t->count + 1) * sizeof(Tree *));
    for (uint32_t i = 0; i < t->count; i++)
        copy->children[i] = copy_tree(arena, t->children[i]);
    return copy;
}
static Tree *fresh_copy(Arena *arena, const Tree *to) {
    Tree *copy = copy_tree(arena, to);
    if (copy != NULL)
        copy->fresh = true;
    return copy;
}
/* Some of an AND's or OR's operands are all of from's: those go, one comes. */
static void replace_some(Arena *arena, Tree *t, const Tree *from, const Tree *to) {
    bool *matched = arena_zalloc(arena, t->count);
    uint32_t i = 0, k = 0, n = 0, kept = 0;
    while (i < t->count && k < from->count) {
        int order = compare_trees(t->children[i], from->children[k]);
        if (order > 0)
            break;
        matched[i++] = order == 0;
        k += order == 0;
        n += order == 0;
    }
    if (n < from->count)
        return;
    for (i = 0; i < t->count; i++)
        if (!matched[i])
            t->children[kept++] = t->children[i];
    Tree *put = fresh_copy(arena, to);
    if (put != NULL)
        t->children[kept++] = put;
    t->count = kept;
    sort_tree(t);
}
static Tree *replace(Arena *arena, Tree *t, const Tree *from, const Tree *to) {
    if (t->fresh)
        return t;
    if (t->node.kind == from->node.kind &&
        (t->node.kind == TS_OPERAND || t->node.op == from->node.op)) {
        if (t->count == from->count) {
            if (compare_trees(t, from) == 0)
                return fresh_copy(arena, to);
        } else if (t->count > from->count && from->count > 0) {
            replace_some(arena, t, from, to);
        }
    }
    if (t->node.kind != TS_OPERATOR)
        return t;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        Tree *child = replace(arena, t->children[i], from, to);
        if (child != NULL)
            t->children[kept++] = child;
    }
    t->count = kept;
    if (kept == 0)
        return NULL;
    return kept == 1 && t->node.op != TS_NOT ? t->children[0] : t;
}
static void settle(Tree *t) {
    t->fresh = false;
    for (uint32_t i = 0; i < t->count; i++)
        settle(t->children[i]);
}

Status ts_rewrite_open(Arena *arena, Str query, TsRewrite **rewrite_out) {
    TsRewrite *r = *rewrite_out = arena_new(arena, TsRewrite);
    uint32_t levels;
    r->arena = arena;
    r->original = query;
    r->root = open_tree(arena, query, &levels);
    r->empty = r->root == NULL;
    return ts_rewrite_tidy(r);
}
Status ts_rewrite_apply(TsRewrite *r, Str from, Str to) {
    uint32_t levels;
    Tree *what = open_tree(r->arena, from, &levels), *with = open_tree(r->arena, to, &levels);
    if (r->root == NULL || what == NULL)
        return STATUS_OK;
    if (levels > DEPTH_MAX)
        return fiber_stack_error();
    TRY(flatten(r->arena, what, 0));
    r->root = replace(r->arena, r->root, what, with);
    if (r->root != NULL)
        settle(r->root);
    return STATUS_OK;
}
Status ts_rewrite_tidy(TsRewrite *r) {
    return r->root == NULL ? STATUS_OK : flatten(r->arena, r->root, 0);
}

/* Operators of two operands again: the first two make one, then the last comes, and so on. */
static void write_tree(Arena *arena, const Tree *t, TsQuery *out, TsNode **at) {
    if (t->node.kind == TS_OPERAND) {
        *(*at)++ = t->node;
        return;
    }
    if (t->count <= 2) {
        *(*at)++ = t->node;
        for (uint32_t i = 0; i < t->count; i++)
            write_tree(arena, t->children[i], out, at);
        return;
    }
    /* ((0 1) n-1) n-2 .. 2: the innermost pair comes first in prefix order */
    for (uint32_t i = 0; i < t->count - 1; i++)
        *(*at)++ = t->node;
    write_tree(arena, t->children[0], out, at);
    write_tree(arena, t->children[1], out, at);
    for (uint32_t i = t->count - 1; i >= 2; i--)
        write_tree(arena, t->children[i], out, at);
}
static uint32_t count_nodes(const Tree *t) {
    uint32_t n = t->count > 2 ? t->count - 1 : 1;
    for (uint32_t i = 0; i < t->count; i++)
        n += count_nodes(t->children[i]);
    return n;
}
Status ts_rewrite_close(TsRewrite *r, Datum *value_out) {
    TsQuery q = {0};
    if (r->empty) {
        *value_out = (Datum){.str = r->original};
        return STATUS_OK;
    }
    if (r->root != NULL) {
        q.count = count_nodes(r->root);
        q.nodes = arena_alloc(r->arena, q.count * sizeof(TsNode));
        TsNode *at = q.nodes;
        write_tree(r->arena, r->root, &q, &at);
    }
    return ts_query_build(r->arena, &q, value_out);
}
