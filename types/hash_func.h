/*
 * hash_func.h: the hash behind SQL's hash functions: Bob Jenkins' lookup3 (public domain, 2006), begun
 * as PostgreSQL begins it, so that hash partitions hold the same rows. Layer: types.
 */
#ifndef TYPES_HASH_FUNC_H
#define TYPES_HASH_FUNC_H

#include "base/defs.h"

#include <string.h>

typedef struct HashState {
    uint32_t a, b, c;
} HashState;

static inline uint32_t hash_rotate(uint32_t x, unsigned k) { return x << k | x >> (32 - k); }

static inline void hash_func_mix(HashState *s) {
    static const unsigned turns[6] = {4, 6, 8, 16, 19, 4};
    uint32_t *v[3] = {&s->a, &s->b, &s->c};
    for (unsigned i = 0; i < 6; i++) {
        uint32_t *x = v[i % 3], *y = v[(i + 1) % 3], *z = v[(i + 2) % 3];
        *x -= *z;
        *x ^= hash_rotate(*z, turns[i]);
        *z += *y;
    }
}

static inline void hash_func_final(HashState *s) {
    static const unsigned turns[7] = {14, 11, 25, 16, 4, 14, 24};
    uint32_t *v[3] = {&s->c, &s->a, &s->b};
    for (unsigned i = 0; i < 7; i++) {
        uint32_t *x = v[i % 3], *from = v[(i + 2) % 3];
        *x ^= *from;
        *x -= hash_rotate(*from, turns[i]);
    }
}

static inline HashState hash_func_begin(uint32_t len, uint64_t seed) {
    uint32_t start = UINT32_C(0x9e3779b9) + len + 3923095;
    HashState s = {start, start, start};
    if (seed != 0) {
        s.a += (uint32_t)(seed >> 32);
        s.b += (uint32_t)seed;
        hash_func_mix(&s);
    }
    return s;
}

static inline uint64_t hash_func_value(const HashState *s) { return (uint64_t)s->b << 32 | s->c; }

/* The low half is the plain hash, where seed is 0. */
static inline uint64_t hash_func_u32(uint32_t value, uint64_t seed) {
    HashState s = hash_func_begin(4, seed);
    s.a += value;
    hash_func_final(&s);
    return hash_func_value(&s);
}

/* Integers of any width that are equal hash alike. */
static inline uint64_t hash_func_i64(int64_t value, uint64_t seed) {
    uint32_t high = (uint32_t)((uint64_t)value >> 32);
    return hash_func_u32((uint32_t)value ^ (value >= 0 ? high : ~high), seed);
}

static inline uint64_t hash_func_bytes(const void *bytes, size_t len, uint64_t seed) {
    const uint8_t *p = bytes;
    HashState s = hash_func_begin((uint32_t)len, seed);
    for (; len >= 12; p += 12, len -= 12) {
        uint32_t word[3];
        memcpy(word, p, sizeof(word));
        s.a += word[0];
        s.b += word[1];
        s.c += word[2];
        hash_func_mix(&s);
    }
    for (size_t i = 0; i < len; i++) { /* c's lowest byte stands for the length */
        uint32_t *word = i < 4 ? &s.a : i < 8 ? &s.b : &s.c;
        *word += (uint32_t)p[i] << (i < 8 ? 8 * (i % 4) : 8 * (i - 7));
    }
    hash_func_final(&s);
    return hash_func_value(&s);
}

#endif
