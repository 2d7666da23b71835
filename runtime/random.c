#include "runtime/random.h"

#include "runtime/runtime_int.h"

#include <errno.h>
#include <sys/random.h>

void random_bytes(void *buf, size_t len) {
    Worker *worker = tls_worker;
    if (UNLIKELY(worker != NULL && worker->sim != NULL)) {
        sim_random(worker->sim, buf, len);
        return;
    }
    for (char *p = buf; len > 0;) {
        ssize_t n = getrandom(p, len, 0);
        check(n > 0 || errno == EINTR);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

uint64_t random_u64(void) {
    uint64_t value;
    random_bytes(&value, sizeof(value));
    return value;
}

/* splitmix64, to spread a small seed over the state */
static uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_seed(Rng *rng, uint64_t seed) {
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&seed);
}

static uint64_t rotate_left(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256**: Blackman & Vigna, "Scrambled linear pseudorandom number generators" (2018). */
uint64_t rng_next(Rng *rng) {
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_below(Rng *rng, uint64_t bound) {
    check(bound > 0);
    return (uint64_t)(((unsigned __int128)rng_next(rng) * bound) >> 64);
}

double rng_double(Rng *rng) { return (double)(rng_next(rng) >> 11) * 0x1.0p-53; }
