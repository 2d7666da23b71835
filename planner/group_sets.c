/* group_sets.c: see group_sets.h. */
#include "planner/group_sets.h"

#include "base/array.h"

#define UNREACHED UINT32_MAX
#define PATH_MAX_STEPS 1000u /* of an augmenting path: bounds the recursion */

/* Distinct sets are numbered from 1, smallest first; 0 stands for none. */
typedef struct Chains {
    const BitSet **sets;
    uint32_t *sizes;
    uint32_t *repeats; /* how often each was written */
    uint32_t count;
    uint32_t *below;    /* the set that follows in the chain */
    uint32_t *above;    /* the one in front of it */
    uint32_t *distance; /* of free sets along alternating paths; [0]: the nearest end */
    uint32_t *queue;
} Chains;

static void chains_init(Chains *c, Arena *arena, BitSet *const *sets, uint32_t count) {
    uint32_t same_size = 1;
    *c = (Chains){.sets = arena_array(arena, const BitSet *, count + 1),
                  .sizes = arena_array(arena, uint32_t, count + 1),
                  .repeats = arena_array(arena, uint32_t, count + 1),
                  .below = arena_array(arena, uint32_t, count + 1),
                  .above = arena_array(arena, uint32_t, count + 1),
                  .distance = arena_array(arena, uint32_t, count + 1),
                  .queue = arena_array(arena, uint32_t, count + 1)};
    for (uint32_t end = count; end > 0;) { /* runs of one size, from the smallest size on */
        uint32_t size = (uint32_t)bitset_count(sets[end - 1]), start = end;
        while (start > 0 && (uint32_t)bitset_count(sets[start - 1]) == size)
            start--;
        same_size = c->count + 1;
        for (uint32_t i = start; i < end; i++) {
            uint32_t twin = same_size;
            while (twin <= c->count && !bitset_equal(c->sets[twin], sets[i]))
                twin++;
            c->sets[twin] = sets[i];
            c->sizes[twin] = size;
            c->repeats[twin]++;
            c->count = twin > c->count ? twin : c->count;
        }
        end = start;
    }
}

static bool chains_fit(const Chains *c, uint32_t large, uint32_t small) {
    return c->sizes[small] > 0 && c->sizes[small] < c->sizes[large] &&
           bitset_subset(c->sets[small], c->sets[large]);
}

/* Lays the sets out by distance from those without a follower. False: no path can be augmented. */
static bool chains_measure(Chains *c) {
    uint32_t head = 0, tail = 0;
    c->distance[0] = UNREACHED;
    for (uint32_t u = 1; u <= c->count; u++) {
        c->distance[u] = c->below[u] == 0 ? 0 : UNREACHED;
        if (c->below[u] == 0)
            c->queue[tail++] = u;
    }
    while (head < tail) {
        uint32_t u = c->queue[head++];
        if (c->distance[u] >= c->distance[0])
            continue;
        for (uint32_t v = 1; v < u; v++) {
            uint32_t next = c->above[v];
            if (c->distance[next] != UNREACHED || !chains_fit(c, u, v))
                continue;
            c->distance[next] = c->distance[u] + 1;
            if (next != 0)
                c->queue[tail++] = next;
        }
    }
    return c->distance[0] != UNREACHED;
}

static bool chains_augment(Chains *c, uint32_t u, uint32_t steps) {
    if (u == 0)
        return true;
    if (c->distance[u] == UNREACHED || steps == 0)
        return false;
    for (uint32_t v = 1; v < u; v++) {
        if (c->distance[c->above[v]] != c->distance[u] + 1 || !chains_fit(c, u, v) ||
            !chains_augment(c, c->above[v], steps - 1))
            continue;
        c->above[v] = u;
        c->below[u] = v;
        return true;
    }
    c->distance[u] = UNREACHED;
    return false;
}

static void chains_match(Chains *c) {
    for (bool grown = true; grown && chains_measure(c);) {
        grown = false;
        for (uint32_t u = 1; u <= c->count; u++)
            if (c->below[u] == 0 && c->sizes[u] > 0)
                grown |= chains_augment(c, u, PATH_MAX_STEPS);
    }
}

/* ---- the order of keys ---- */

typedef struct KeyOrder {
    Arena *arena;
    const SortList *group_by, *order_by;
    uint32_t followed; /* leading items of order_by that the keys follow; UINT32_MAX: no more */
    Rollup *rollup;
} KeyOrder;

static bool rollup_has(const KeyOrder *o, uint32_t ref) {
    for (uint32_t i = 0; i < o->rollup->key_count; i++)
        if (o->group_by->items[o->rollup->keys[i]].ref == ref)
            return true;
    return false;
}

static void rollup_add(KeyOrder *o, uint32_t ref) {
    for (uint32_t i = 0; i < o->group_by->count; i++)
        if (o->group_by->items[i].ref == ref) {
            o->rollup->keys[o->rollup->key_count++] = i;
            return;
        }
}

/* Keys that set has beyond the smaller ones go behind theirs. */
static void rollup_grow(KeyOrder *o, const BitSet *set) {
    uint32_t size = (uint32_t)bitset_count(set);
    while (o->order_by != NULL && o->followed < o->order_by->count &&
           o->rollup->key_count == o->followed && o->rollup->key_count < size) {
        uint32_t ref = o->order_by->items[o->followed].ref;
        if (!bitset_has(set, (int)ref) || rollup_has(o, ref)) {
            o->order_by = NULL;
            break;
        }
        rollup_add(o, ref);
        o->followed++;
    }
    for (uint32_t i = 0; i < o->group_by->count; i++) {
        uint32_t ref = o->group_by->items[i].ref;
        if (bitset_has(set, (int)ref) && !rollup_has(o, ref))
            rollup_add(o, ref);
    }
}

static void rollup_of(Arena *arena, const Chains *c, uint32_t first, const SortList *group_by,
                      const SortList *order_by, Rollup *rollup) {
    KeyOrder order = {arena, group_by, order_by, 0, rollup};
    uint32_t total = 0;
    rollup->keys = arena_array(arena, uint32_t, group_by->count + 1);
    for (uint32_t s = first; s != 0; s = c->above[s])
        total += c->repeats[s];
    uint32_t empty = c->sizes[first] == 0 ? c->repeats[first] : 0;
    rollup->set_keys = arena_array(arena, uint32_t, total + 1);
    rollup->set_count = total;
    for (uint32_t s = first, at = total; s != 0; s = c->above[s]) {
        if (c->sizes[s] > 0)
            rollup_grow(&order, c->sets[s]);
        for (uint32_t i = 0; i < c->repeats[s]; i++)
            rollup->set_keys[--at] = rollup->key_count;
    }
    check(empty == 0 || rollup->set_keys[total - 1] == 0);
}

uint32_t rollups_make(Arena *arena, BitSet *const *sets, uint32_t count, const SortList *group_by,
                      const SortList *order_by, Rollup **rollups_out) {
    Chains chains;
    uint32_t made = 0, heads = 0;
    chains_init(&chains, arena, sets, count);
    chains_match(&chains);
    bool has_empty = chains.count > 0 && chains.sizes[1] == 0;
    if (has_empty && chains.count > 1) { /* the first chain ends with the empty sets */
        chains.above[1] = 2;
        chains.below[2] = 1;
    }
    for (uint32_t s = 1; s <= chains.count; s++)
        heads += chains.below[s] == 0;
    *rollups_out = arena_array(arena, Rollup, heads + 1);
    for (uint32_t s = 1; s <= chains.count; s++)
        if (chains.below[s] == 0)
            rollup_of(arena, &chains, s, group_by, heads == 1 ? order_by : NULL,
                      &(*rollups_out)[made++]);
    return made;
}
