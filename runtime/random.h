/* random.h: random numbers. In a simulation they follow from the seed. Layer: runtime. */
#ifndef RUNTIME_RANDOM_H
#define RUNTIME_RANDOM_H

#include "base/defs.h"

/* Unpredictable bytes from the kernel: keys, salts, nonces, UUIDs. */
void random_bytes(void *buf, size_t len);
uint64_t random_u64(void);

/* A fast, seeded, predictable generator (xoshiro256**): tests, sampling, SQL's random(). */
typedef struct Rng {
    uint64_t s[4];
} Rng;
void rng_seed(Rng *rng, uint64_t seed);
uint64_t rng_next(Rng *rng);
/* 0 .. bound - 1; bound > 0. */
uint64_t rng_below(Rng *rng, uint64_t bound);
/* True once in n. */
static inline bool rng_one_in(Rng *rng, uint64_t n) { return rng_below(rng, n) == 0; }
/* [0, 1) */
double rng_double(Rng *rng);

#endif
