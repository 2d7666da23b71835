/* inet.c: inet and cidr: forms and order. */
#include "types/inet.h"

DECLARE_TYPE_IO(inet);
DECLARE_TYPE_IO(cidr);
DECLARE_TYPE_ORDER(inet);

NetAddress net_load(Datum value) {
    NetAddress a = {.family = 4};
    Str s = value.str;
    if (s.len >= 6 && (s.data[0] == 4 || s.data[0] == 6)) {
        a.family = s.data[0];
        memcpy(a.bytes, s.data + 2, MIN((size_t)net_bytes(&a), s.len - 2u));
        a.bits = MIN((int)(uint8_t)s.data[1], net_bits_max(&a));
    }
    return a;
}
Datum net_store(Arena *arena, const NetAddress *a) {
    size_t n = (size_t)net_bytes(a);
    char *p = arena_alloc(arena, n + 2);
    p[0] = (char)a->family;
    p[1] = (char)a->bits;
    memcpy(p + 2, a->bytes, n);
    return datum_str(p, n + 2);
}
bool net_same_bits(const NetAddress *a, const NetAddress *b, int bits) {
    if (memcmp(a->bytes, b->bytes, (size_t)bits / 8) != 0)
        return false;
    return bits % 8 == 0 || ((a->bytes[bits / 8] ^ b->bytes[bits / 8]) >> (8 - bits % 8)) == 0;
}
NetAddress net_masked(const NetAddress *a) {
    NetAddress m = *a;
    for (int i = 0; i < net_bytes(a); i++) {
        int kept = MIN(MAX(a->bits - 8 * i, 0), 8);
        m.bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
    return m;
}
static bool is_network(const NetAddress *a) {
    NetAddress m = net_masked(a);
    return memcmp(m.bytes, a->bytes, 16) == 0;
}

/* ---- reading ---- */

static bool read_number(const char **p, const char *end, int max, int *out) {
    const char *start = *p;
    int v = 0;
    for (; *p < end && is_digit(**p) && v <= max; (*p)++)
        v = v * 10 + (**p - '0');
    *out = v;
    return *p > start && v <= max;
}
/* Up to four octets; *count_out of them. */
static bool read_octets(const char **p, const char *end, uint8_t *bytes, int *count_out) {
    int n = 0;
    for (;; (*p)++) {
        int v;
        if (n == 4 || !read_number(p, end, 255, &v))
            return false;
        bytes[n++] = (uint8_t)v;
        if (*p >= end || **p != '.')
            break;
    }
    *count_out = n;
    return true;
}
/* The mask that goes with a network's class; no less than the octets given. */
static int class_bits(const uint8_t *bytes, int count) {
    int bits = bytes[0] >= 240   ? 32
               : bytes[0] >= 224 ? 8
               : bytes[0] >= 192 ? 24
               : bytes[0] >= 128 ? 16
                                 : 8;
    if (bits < 8 * count)
        bits = 8 * count;
    return bits == 8 && bytes[0] == 224 ? 4 : bits;
}
static bool read_mask(const char **p, const char *end, int max, int *bits) {
    if (*p >= end || **p != '/')
        return true;
    (*p)++;
    return read_number(p, end, max, bits);
}
static bool read_v4(const char *p, const char *end, bool cidr, NetAddress *a) {
    int count;
    a->family = 4;
    a->bits = -1;
    if (!read_octets(&p, end, a->bytes, &count) || !read_mask(&p, end, 32, &a->bits) || p != end)
        return false;
    if (a->bits < 0 && !cidr && count < 4)
        return false;
    if (a->bits < 0)
        a->bits = cidr ? class_bits(a->bytes, count) : 32;
    return true;
}
static int hex_value(char c) {
    c = to_lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static bool read_v6(const char *p, const char *end, NetAddress *a) {
    int n = 0, gap = -1; /* bytes so far; where the double colon stands */
    a->family = 6;
    a->bits = 128;
    if (p + 1 < end && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    }
    while (p < end && *p != '/') {
        const char *start = p;
        unsigned v = 0;
        for (; p < end && hex_value(*p) >= 0 && p - start < 5; p++)
            v = v * 16 + (unsigned)hex_value(*p);
        if (p < end && *p == '.' && n <= 12) {
            int count;
            p = start;
            if (!read_octets(&p, end, a->bytes + n, &count) || count != 4)
                return false;
            n += 4;
            break;
        }
        if (p == start || p - start > 4 || n > 14)
            return false;
        a->bytes[n++] = (uint8_t)(v >> 8);
        a->bytes[n++] = (uint8_t)v;
        if (p >= end || *p != ':')
            break;
        p++;
        if (p < end && *p == ':') {
            if (gap >= 0)
                return false;
            gap = n;
            p++;
        } else if (p >= end || *p == '/') {
            return false;
        }
    }
    if (!read_mask(&p, end, 128, &a->bits) || p != end || (gap < 0 ? n != 16 : n > 14))
        return false;
    if (gap >= 0) {
        memmove(a->bytes + 16 - (n - gap), a->bytes + gap, (size_t)(n - gap));
        memset(a->bytes + gap, 0, (size_t)(16 - n));
    }
    return true;
}
static Status input(TypeIo *io, const char *text, size_t len, bool cidr, Datum *value_out) {
    NetAddress a = {0};
    const char *name = cidr ? "cidr" : "inet";
    bool good = memchr(text, ':', len) != NULL ? read_v6(text, text + len, &a)
                                               : read_v4(text, text + len, cidr, &a);
    if (!good)
        return type_input_error(name, text, len);
    if (cidr && !is_network(&a))
        return status_detail(
            error(ERR_INVALID_TEXT_REPRESENTATION, "invalid cidr value: \"%.*s\"", (int)len, text),
            "Value has bits set to right of mask.");
    *value_out = net_store(io->arena, &a);
    return STATUS_OK;
}
Status inet_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return input(io, text, len, false, value_out);
}
Status cidr_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return input(io, text, len, true, value_out);
}

/* ---- printing ---- */

static void print_v6(const NetAddress *a, StrBuf *text) {
    int best = -1, best_len = 1, words[8];
    for (int i = 0; i < 8; i++)
        words[i] = load_be16(a->bytes + 2 * i);
    for (int i = 0, run = 0; i < 8; i++) {
        run = words[i] == 0 ? run + 1 : 0;
        if (run > best_len) {
            best_len = run;
            best = i - run + 1;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (best >= 0 && i >= best && i < best + best_len) {
            if (i == best)
                strbuf_putc(text, ':');
            continue;
        }
        if (i > 0)
            strbuf_putc(text, ':');
        if (i == 6 && best == 0 && (best_len == 6 || (best_len == 5 && words[5] == 0xffff))) {
            strbuf_printf(text, "%d.%d.%d.%d", a->bytes[12], a->bytes[13], a->bytes[14],
                          a->bytes[15]);
            return;
        }
        strbuf_printf(text, "%x", words[i]);
    }
    if (best >= 0 && best + best_len == 8)
        strbuf_putc(text, ':');
}
void net_print_address(const NetAddress *a, StrBuf *text) {
    if (a->family == 6)
        print_v6(a, text);
    else
        strbuf_printf(text, "%d.%d.%d.%d", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
}
Status inet_output(TypeIo *io, Datum value, StrBuf *text) {
    NetAddress a = net_load(value);
    net_print_address(&a, text);
    if (a.bits != net_bits_max(&a))
        strbuf_printf(text, "/%d", a.bits);
    return STATUS_OK;
}
Status cidr_output(TypeIo *io, Datum value, StrBuf *text) {
    NetAddress a = net_load(value);
    net_print_address(&a, text);
    strbuf_printf(text, "/%d", a.bits);
    return STATUS_OK;
}

/* Binary: family (2 or 3), bits, 1 for cidr, bytes of the address, the address. */
static Status receive(TypeIo *io, const uint8_t *bytes, size_t len, bool cidr, Datum *value_out) {
    NetAddress a = {0};
    const char *name = cidr ? "cidr" : "inet";
    if (len < 4)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (bytes[0] != 2 && bytes[0] != 3)
        return error(ERR_INVALID_BINARY_REPRESENTATION,
                     "invalid address family in external \"%s\" value", name);
    a.family = bytes[0] == 2 ? 4 : 6;
    a.bits = bytes[1];
    if (a.bits > net_bits_max(&a))
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid bits in external \"%s\" value",
                     name);
    if (bytes[3] != net_bytes(&a) || len != 4u + bytes[3])
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid length in external \"%s\" value",
                     name);
    memcpy(a.bytes, bytes + 4, bytes[3]);
    if (cidr && !is_network(&a))
        return status_detail(
            error(ERR_INVALID_BINARY_REPRESENTATION, "invalid external \"cidr\" value"),
            "Value has bits set to right of mask.");
    *value_out = net_store(io->arena, &a);
    return STATUS_OK;
}
Status inet_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return receive(io, bytes, len, false, value_out);
}
Status cidr_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return receive(io, bytes, len, true, value_out);
}
static Status net_send(Datum value, bool cidr, StrBuf *bytes) {
    NetAddress a = net_load(value);
    strbuf_putc(bytes, a.family == 4 ? 2 : 3);
    strbuf_putc(bytes, (char)a.bits);
    strbuf_putc(bytes, cidr);
    strbuf_putc(bytes, (char)net_bytes(&a));
    strbuf_append(bytes, a.bytes, (size_t)net_bytes(&a));
    return STATUS_OK;
}
Status inet_send(TypeIo *io, Datum value, StrBuf *bytes) { return net_send(value, false, bytes); }
Status cidr_send(TypeIo *io, Datum value, StrBuf *bytes) { return net_send(value, true, bytes); }

/* ---- order: the common part of the networks, then the wider network, then the address ---- */

int net_order(const NetAddress *a, const NetAddress *b) {
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    NetAddress x = net_masked(a), y = net_masked(b);
    x.bits = y.bits = MIN(a->bits, b->bits);
    x = net_masked(&x);
    y = net_masked(&y);
    size_t whole = (size_t)x.bits / 8;
    int order = memcmp(x.bytes, y.bytes, whole);
    if (order == 0) { /* the bits of the last byte tell only which is greater */
        order = memcmp(x.bytes + whole, y.bytes + whole, 16 - whole);
        order = (order > 0) - (order < 0);
    }
    if (order == 0 && a->bits != b->bits)
        return a->bits - b->bits;
    if (order == 0)
        order = memcmp(a->bytes, b->bytes, 16);
    return order;
}
int inet_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    NetAddress x = net_load(a), y = net_load(b);
    return net_order(&x, &y);
}
uint64_t inet_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_bytes(value.str.data, value.str.len);
}
Status inet_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    NetAddress a = net_load(value), network = net_masked(&a);
    size_t n = (size_t)net_bytes(&a);
    strbuf_putc(key, (char)a.family);
    strbuf_append(key, network.bytes, n);
    strbuf_putc(key, (char)a.bits);
    strbuf_append(key, a.bytes, n);
    return STATUS_OK;
}
Status inet_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                       Datum *value_out, size_t *used_out) {
    NetAddress a = {.family = len > 0 && key[0] == 6 ? 6 : 4};
    size_t n = (size_t)net_bytes(&a);
    if (len < 2 + 2 * n)
        return error(ERR_INDEX_CORRUPTED, "index key is too short");
    a.bits = key[1 + n];
    memcpy(a.bytes, key + 2 + n, n);
    *value_out = net_store(arena, &a);
    *used_out = 2 + 2 * n;
    return STATUS_OK;
}
