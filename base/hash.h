/* hash.h: 64-bit hashing and CRC32C. Layer: base. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/defs.h"

/* Strong enough for hash tables whose keys users choose (XXH3 with a per-process seed). */
uint64_t hash_bytes(const void *data, size_t len);
/* The same without the seed: for values that are stored. */
uint64_t hash_bytes_stable(const void *data, size_t len);

static inline uint64_t hash_u64(uint64_t x) {
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    return x;
}
static inline uint64_t hash_combine(uint64_t a, uint64_t b) {
    return hash_u64(a * UINT64_C(0x9e3779b97f4a7c15) + b);
}

/* CRC-32C (Castagnoli), continuing from crc; start with 0. Uses SSE4.2 where the CPU has it. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
