/*
 * map.h: hash maps from 64-bit keys and from byte strings to pointers. Layer: base.
 *
 * Open addressing, linear probing, power-of-two capacity, at most 3/4 full, backward-shift
 * deletion. Not thread-safe. Memory comes from the account; keys of a StrMap are not copied.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

typedef struct U64Map {
    MemAccount *account;
    struct U64MapSlot *slots;
    size_t capacity;
    size_t count;
} U64Map;

void u64map_init(U64Map *map, MemAccount *account);
void u64map_destroy(U64Map *map);
/* NULL where absent (so values must not be NULL). */
void *u64map_get(const U64Map *map, uint64_t key);
/* Returns the value that stood there, or NULL. value != NULL. */
void *u64map_put(U64Map *map, uint64_t key, void *value);
/* Returns the value removed, or NULL. */
void *u64map_remove(U64Map *map, uint64_t key);
/* Iteration: cursor starts at 0. False at the end. The map must not change meanwhile. */
bool u64map_next(const U64Map *map, size_t *cursor, uint64_t *key_out, void **value_out);

typedef struct StrMap {
    MemAccount *account;
    struct StrMapSlot *slots;
    size_t capacity;
    size_t count;
} StrMap;

void strmap_init(StrMap *map, MemAccount *account);
void strmap_destroy(StrMap *map);
void *strmap_get(const StrMap *map, const void *key, size_t len);
/* The key's bytes must outlive the entry. */
void *strmap_put(StrMap *map, const void *key, size_t len, void *value);
void *strmap_remove(StrMap *map, const void *key, size_t len);
bool strmap_next(const StrMap *map, size_t *cursor, const void **key_out, size_t *len_out,
                 void **value_out);

#endif
