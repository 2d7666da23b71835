/*
 * inet.h: network addresses. Private to types/. inet and cidr have the same bytes; cidr has none set
 * right of its mask, and prints the mask always.
 *
 *   byte 0  family: 4 or 6
 *   byte 1  bits of the mask
 *   2..     the address, 4 or 16 bytes, in network order
 */
#ifndef TYPES_INET_H
#define TYPES_INET_H

#include "types/types_int.h"

#define OID_INET 869
#define OID_CIDR 650

typedef struct NetAddress {
    int family;
    int bits;
    uint8_t bytes[16]; /* the rest is zero */
} NetAddress;

static inline int net_bytes(const NetAddress *a) { return a->family == 4 ? 4 : 16; }
static inline int net_bits_max(const NetAddress *a) { return a->family == 4 ? 32 : 128; }
NetAddress net_load(Datum value);
Datum net_store(Arena *arena, const NetAddress *a);
/* The address alone. */
void net_print_address(const NetAddress *a, StrBuf *text);
/* Whether the first bits of both are the same. */
bool net_same_bits(const NetAddress *a, const NetAddress *b, int bits);
/* Bits right of the mask cleared. */
NetAddress net_masked(const NetAddress *a);
int net_order(const NetAddress *a, const NetAddress *b);

#endif
