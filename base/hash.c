/* hash.c: XXH3 (libxxhash, inlined) and CRC-32C. */
#include "base/hash.h"

#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static uint64_t process_seed;

__attribute__((constructor)) static void choose_seed(void) {
    if (getrandom(&process_seed, sizeof(process_seed), GRND_NONBLOCK) != sizeof(process_seed))
        process_seed = (uint64_t)(uintptr_t)&process_seed;
}

uint64_t hash_bytes(const void *data, size_t len) {
    return XXH3_64bits_withSeed(data, len, process_seed);
}

uint64_t hash_bytes_stable(const void *data, size_t len) { return XXH3_64bits(data, len); }

#define CRC32C_POLYNOMIAL_REVERSED 0x82f63b78u

static uint32_t crc_table[8][256];

__attribute__((constructor)) static void fill_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) ? CRC32C_POLYNOMIAL_REVERSED : 0);
        crc_table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++)
            crc_table[k][i] = (crc_table[k - 1][i] >> 8) ^ crc_table[0][crc_table[k - 1][i] & 0xff];
}

static uint32_t crc32c_table(uint32_t crc, const uint8_t *p, size_t len) {
    for (; len > 0; len--)
        crc = (crc >> 8) ^ crc_table[0][(crc ^ *p++) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *p,
                                                               size_t len) {
    uint64_t wide = crc;
    for (; len >= 8; len -= 8, p += 8) {
        uint64_t word;
        __builtin_memcpy(&word, p, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; len > 0; len--)
        crc = __builtin_ia32_crc32qi(crc, *p++);
    return crc;
}

/*
 * The instruction takes three cycles and can start every cycle, so long inputs go as three streams of
 * `stride` bytes side by side. Appending n zero bytes multiplies a CRC by x^8n: a carry-less product
 * with a constant, reduced by the instruction itself (V. Gopal et al., "Fast CRC Computation for iSCSI
 * Polynomial Using CRC32 Instruction", Intel, 2011).
 */
typedef struct CrcStride {
    size_t bytes;
    uint64_t shift_one, shift_two; /* x^(8n - 33) for n of one and of two strides */
} CrcStride;
static CrcStride crc_strides[] = {{1360, 0, 0}, {128, 0, 0}};
static bool crc_three;

/* x^n modulo the polynomial, reflected. */
static uint32_t crc_power(size_t n) {
    uint32_t r = 0x80000000u;
    for (; n > 0; n--)
        r = (r >> 1) ^ ((r & 1) ? CRC32C_POLYNOMIAL_REVERSED : 0);
    return r;
}

__attribute__((constructor)) static void choose_crc(void) {
    crc_three = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    for (unsigned i = 0; i < sizeof(crc_strides) / sizeof(crc_strides[0]); i++) {
        crc_strides[i].shift_one = crc_power(8 * crc_strides[i].bytes - 33);
        crc_strides[i].shift_two = crc_power(16 * crc_strides[i].bytes - 33);
    }
}

typedef long long Wide __attribute__((vector_size(16)));

__attribute__((target("sse4.2,pclmul"))) static uint64_t crc_product(uint64_t crc, uint64_t power) {
    Wide a = {(long long)crc, 0}, b = {(long long)power, 0};
    return (uint64_t)((Wide)__builtin_ia32_pclmulqdq128(a, b, 0))[0];
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t
crc32c_three(uint32_t crc, const uint8_t *p, size_t len) {
    for (unsigned i = 0; i < sizeof(crc_strides) / sizeof(crc_strides[0]); i++) {
        size_t n = crc_strides[i].bytes;
        for (; len >= 3 * n; p += 3 * n, len -= 3 * n) {
            uint64_t a = crc, b = 0, c = 0, x, y, z;
            for (size_t at = 0; at < n - 8; at += 8) {
                __builtin_memcpy(&x, p + at, 8);
                __builtin_memcpy(&y, p + n + at, 8);
                __builtin_memcpy(&z, p + 2 * n + at, 8);
                a = __builtin_ia32_crc32di(a, x);
                b = __builtin_ia32_crc32di(b, y);
                c = __builtin_ia32_crc32di(c, z);
            }
            __builtin_memcpy(&x, p + n - 8, 8);
            __builtin_memcpy(&y, p + 2 * n - 8, 8);
            __builtin_memcpy(&z, p + 3 * n - 8, 8);
            a = __builtin_ia32_crc32di(a, x);
            b = __builtin_ia32_crc32di(b, y);
            z ^=
                crc_product(a, crc_strides[i].shift_two) ^ crc_product(b, crc_strides[i].shift_one);
            crc = (uint32_t)__builtin_ia32_crc32di(c, z);
        }
    }
    return crc32c_sse42(crc, p, len);
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t len) {
    crc = ~crc;
#if defined(__x86_64__)
    if (LIKELY(crc_three))
        return ~crc32c_three(crc, data, len);
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_sse42(crc, data, len);
#endif
    return ~crc32c_table(crc, data, len);
}
