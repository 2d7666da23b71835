/* bits.h: unaligned loads and stores, byte order, checked arithmetic. Layer: base. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include "base/defs.h"

#include <string.h>

#define BITS_ACCESSORS(width)                                                                      \
    static inline uint##width##_t load_le##width(const void *p) {                                  \
        uint##width##_t v;                                                                         \
        memcpy(&v, p, sizeof(v));                                                                  \
        return v;                                                                                  \
    }                                                                                              \
    static inline void store_le##width(void *p, uint##width##_t v) { memcpy(p, &v, sizeof(v)); }   \
    static inline uint##width##_t load_be##width(const void *p) {                                  \
        return __builtin_bswap##width(load_le##width(p));                                          \
    }                                                                                              \
    static inline void store_be##width(void *p, uint##width##_t v) {                               \
        store_le##width(p, __builtin_bswap##width(v));                                             \
    }
BITS_ACCESSORS(16)
BITS_ACCESSORS(32)
BITS_ACCESSORS(64)
#undef BITS_ACCESSORS

static inline uint64_t load_le48(const void *p) {
    return (uint64_t)load_le32(p) | (uint64_t)load_le16((const char *)p + 4) << 32;
}
static inline void store_le48(void *p, uint64_t v) {
    store_le32(p, (uint32_t)v);
    store_le16((char *)p + 4, (uint16_t)(v >> 32));
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Phantom's files are little-endian");

/* LEB128. Returns bytes written, 1..10. */
static inline size_t varint_put(uint8_t *p, uint64_t v) {
    size_t n = 0;
    while (v >= 0x80) {
        p[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    p[n++] = (uint8_t)v;
    return n;
}
/* Returns bytes read, 0 where the input ends early or the value does not fit. */
static inline size_t varint_get(const uint8_t *p, const uint8_t *end, uint64_t *value_out) {
    uint64_t v = 0;
    for (unsigned shift = 0, n = 0; shift < 64 && p + n < end; shift += 7) {
        uint8_t b = p[n++];
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *value_out = v;
            return n;
        }
    }
    *value_out = 0;
    return 0;
}

static inline bool add_i64(int64_t a, int64_t b, int64_t *sum_out) {
    return !__builtin_add_overflow(a, b, sum_out);
}
static inline bool sub_i64(int64_t a, int64_t b, int64_t *difference_out) {
    return !__builtin_sub_overflow(a, b, difference_out);
}
static inline bool mul_i64(int64_t a, int64_t b, int64_t *product_out) {
    return !__builtin_mul_overflow(a, b, product_out);
}

#endif
