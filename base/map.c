/* map.c: see the header. A slot is empty where its value is NULL. */
#include "base/map.h"

#include "base/hash.h"

struct U64MapSlot {
    uint64_t key;
    void *value;
};

struct StrMapSlot {
    const void *key;
    size_t len;
    uint64_t hash;
    void *value;
};

#define MAP_CAPACITY_MIN 16

void u64map_init(U64Map *map, MemAccount *account) { *map = (U64Map){.account = account}; }

void u64map_destroy(U64Map *map) {
    mem_free(map->account, map->slots, map->capacity * sizeof(*map->slots));
    u64map_init(map, map->account);
}

static size_t u64map_find(const U64Map *map, uint64_t key) {
    size_t mask = map->capacity - 1;
    size_t i = hash_u64(key) & mask;
    while (map->slots[i].value != NULL && map->slots[i].key != key)
        i = (i + 1) & mask;
    return i;
}

void *u64map_get(const U64Map *map, uint64_t key) {
    return map->count == 0 ? NULL : map->slots[u64map_find(map, key)].value;
}

static void u64map_resize(U64Map *map) {
    U64Map bigger = {.account = map->account, .count = map->count};
    bigger.capacity = map->capacity == 0 ? MAP_CAPACITY_MIN : map->capacity * 2;
    size_t bytes = bigger.capacity * sizeof(*bigger.slots);
    bigger.slots = memset(mem_alloc(map->account, bytes), 0, bytes);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value != NULL)
            bigger.slots[u64map_find(&bigger, map->slots[i].key)] = map->slots[i];
    mem_free(map->account, map->slots, map->capacity * sizeof(*map->slots));
    *map = bigger;
}

void *u64map_put(U64Map *map, uint64_t key, void *value) {
    check(value != NULL);
    if (map->count * 4 >= map->capacity * 3)
        u64map_resize(map);
    struct U64MapSlot *slot = &map->slots[u64map_find(map, key)];
    void *old = slot->value;
    *slot = (struct U64MapSlot){key, value};
    map->count += old == NULL;
    return old;
}

void *u64map_remove(U64Map *map, uint64_t key) {
    if (map->count == 0)
        return NULL;
    size_t mask = map->capacity - 1;
    size_t hole = u64map_find(map, key);
    void *old = map->slots[hole].value;
    if (old == NULL)
        return NULL;
    for (size_t i = (hole + 1) & mask; map->slots[i].value != NULL; i = (i + 1) & mask) {
        size_t home = hash_u64(map->slots[i].key) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].value = NULL;
    map->count--;
    return old;
}

bool u64map_next(const U64Map *map, size_t *cursor, uint64_t *key_out, void **value_out) {
    for (; *cursor < map->capacity; (*cursor)++) {
        if (map->slots[*cursor].value != NULL) {
            *key_out = map->slots[*cursor].key;
            *value_out = map->slots[*cursor].value;
            (*cursor)++;
            return true;
        }
    }
    return false;
}

void strmap_init(StrMap *map, MemAccount *account) { *map = (StrMap){.account = account}; }

void strmap_destroy(StrMap *map) {
    mem_free(map->account, map->slots, map->capacity * sizeof(*map->slots));
    strmap_init(map, map->account);
}

static size_t strmap_find(const StrMap *map, const void *key, size_t len, uint64_t hash) {
    size_t mask = map->capacity - 1;
    size_t i = hash & mask;
    for (;; i = (i + 1) & mask) {
        const struct StrMapSlot *slot = &map->slots[i];
        if (slot->value == NULL)
            return i;
        if (slot->hash == hash && slot->len == len && memcmp(slot->key, key, len) == 0)
            return i;
    }
}

void *strmap_get(const StrMap *map, const void *key, size_t len) {
    if (map->count == 0)
        return NULL;
    return map->slots[strmap_find(map, key, len, hash_bytes(key, len))].value;
}

static void strmap_resize(StrMap *map) {
    StrMap bigger = {.account = map->account, .count = map->count};
    bigger.capacity = map->capacity == 0 ? MAP_CAPACITY_MIN : map->capacity * 2;
    size_t bytes = bigger.capacity * sizeof(*bigger.slots);
    bigger.slots = memset(mem_alloc(map->account, bytes), 0, bytes);
    for (size_t i = 0; i < map->capacity; i++) {
        const struct StrMapSlot *slot = &map->slots[i];
        if (slot->value != NULL)
            bigger.slots[strmap_find(&bigger, slot->key, slot->len, slot->hash)] = *slot;
    }
    mem_free(map->account, map->slots, map->capacity * sizeof(*map->slots));
    *map = bigger;
}

void *strmap_put(StrMap *map, const void *key, size_t len, void *value) {
    check(value != NULL);
    if (map->count * 4 >= map->capacity * 3)
        strmap_resize(map);
    uint64_t hash = hash_bytes(key, len);
    struct StrMapSlot *slot = &map->slots[strmap_find(map, key, len, hash)];
    void *old = slot->value;
    *slot = (struct StrMapSlot){key, len, hash, value};
    map->count += old == NULL;
    return old;
}

void *strmap_remove(StrMap *map, const void *key, size_t len) {
    if (map->count == 0)
        return NULL;
    size_t mask = map->capacity - 1;
    size_t hole = strmap_find(map, key, len, hash_bytes(key, len));
    void *old = map->slots[hole].value;
    if (old == NULL)
        return NULL;
    for (size_t i = (hole + 1) & mask; map->slots[i].value != NULL; i = (i + 1) & mask) {
        size_t home = map->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].value = NULL;
    map->count--;
    return old;
}

bool strmap_next(const StrMap *map, size_t *cursor, const void **key_out, size_t *len_out,
                 void **value_out) {
    for (; *cursor < map->capacity; (*cursor)++) {
        const struct StrMapSlot *slot = &map->slots[*cursor];
        if (slot->value != NULL) {
            *key_out = slot->key;
            *len_out = slot->len;
            *value_out = slot->value;
            (*cursor)++;
            return true;
        }
    }
    return false;
}
