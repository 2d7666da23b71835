/* paths.c: which of a relation's paths are worth keeping. */
#include "planner/plan_int.h"

#define FUZZ 1.01

typedef enum Better { BETTER_NONE, BETTER_FIRST, BETTER_SECOND, BETTER_EQUAL } Better;

static Better compare_costs(const Path *a, const Path *b) {
    if (a->total > b->total * FUZZ)
        return b->startup > a->startup * FUZZ ? BETTER_NONE : BETTER_SECOND;
    if (b->total > a->total * FUZZ)
        return a->startup > b->startup * FUZZ ? BETTER_NONE : BETTER_FIRST;
    if (a->startup > b->startup * FUZZ)
        return BETTER_SECOND;
    if (b->startup > a->startup * FUZZ)
        return BETTER_FIRST;
    return BETTER_EQUAL;
}

/* True: b does nothing that a does not do as cheaply. */
static bool dominates(const Path *a, const Path *b) {
    Better costs = compare_costs(a, b);
    if (costs == BETTER_SECOND || costs == BETTER_NONE)
        return false;
    bool keys =
        bitset_empty(a->outer) && bitset_empty(b->outer) ? keys_contained(b->keys, a->keys) : true;
    if (a->gathers && !b->gathers)
        return false;
    if (!keys || !bitset_subset(a->outer, b->outer) || a->rows > b->rows)
        return false;
    if (costs == BETTER_EQUAL && keys_contained(a->keys, b->keys) &&
        bitset_equal(a->outer, b->outer))
        return a->total <= b->total;
    return true;
}

void path_add(Rel *rel, Path *path, Arena *arena) {
    size_t kept = 0;
    for (size_t i = 0; i < rel->paths.count; i++)
        if (dominates(rel->paths.items[i], path))
            return;
    for (size_t i = 0; i < rel->paths.count; i++)
        if (!dominates(path, rel->paths.items[i]))
            rel->paths.items[kept++] = rel->paths.items[i];
    rel->paths.count = kept;
    vec_push(&rel->paths, arena, path);
}

void paths_choose(Rel *rel, Arena *arena) {
    rel->cheapest_startup = rel->cheapest_total = NULL;
    rel->cheapest_params.count = 0;
    for (size_t i = 0; i < rel->paths.count; i++) {
        Path *path = rel->paths.items[i];
        if (!bitset_empty(path->outer)) {
            vec_push(&rel->cheapest_params, arena, path);
            continue;
        }
        if (rel->cheapest_total == NULL || path->total < rel->cheapest_total->total)
            rel->cheapest_total = path;
        if (rel->cheapest_startup == NULL || path->startup < rel->cheapest_startup->startup)
            rel->cheapest_startup = path;
    }
    if (rel->cheapest_total == NULL && rel->paths.count > 0) { /* only with values of others */
        rel->cheapest_total = rel->paths.items[0];
        for (size_t i = 1; i < rel->paths.count; i++)
            if (rel->paths.items[i]->total < rel->cheapest_total->total)
                rel->cheapest_total = rel->paths.items[i];
        rel->cheapest_startup = rel->cheapest_total;
    }
}

Path *path_for_keys(Rel *rel, PathKeys keys, bool startup) {
    Path *best = NULL;
    for (size_t i = 0; i < rel->paths.count; i++) {
        Path *path = rel->paths.items[i];
        if (!bitset_empty(path->outer) || !keys_contained(keys, path->keys))
            continue;
        if (best == NULL || (startup ? path->startup < best->startup : path->total < best->total))
            best = path;
    }
    return best;
}
