/* utf8.c: validation by the table of RFC 3629, section 4. */
#include "base/utf8.h"

#include <string.h>

/* Bytes of the well-formed character at p, 0 if malformed. */
static unsigned char_bytes_checked(const unsigned char *p, size_t left) {
    unsigned char lead = p[0];
    if (lead < 0x80)
        return lead != 0;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    unsigned n = utf8_char_bytes(lead);
    if (left < n)
        return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (unsigned i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool utf8_valid(const void *data, size_t len, size_t *bad_out) {
    const unsigned char *p = data;
    size_t i = 0;
    while (i < len) {
        if (len - i >= 8) { /* eight ASCII bytes, none of them zero */
            uint64_t word;
            memcpy(&word, p + i, 8);
            uint64_t has_zero = (word - UINT64_C(0x0101010101010101)) & ~word;
            if (((word | has_zero) & UINT64_C(0x8080808080808080)) == 0) {
                i += 8;
                continue;
            }
        }
        unsigned n = char_bytes_checked(p + i, len - i);
        if (n == 0) {
            if (bad_out != NULL)
                *bad_out = i;
            return false;
        }
        i += n;
    }
    return true;
}

size_t utf8_length(const void *data, size_t len) {
    const unsigned char *p = data;
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += (p[i] & 0xc0) != 0x80;
    return count;
}

size_t utf8_offset(const void *data, size_t len, size_t char_index) {
    const unsigned char *p = data;
    size_t i = 0;
    while (i < len && char_index > 0) {
        i += utf8_char_bytes(p[i]);
        char_index--;
    }
    return i < len ? i : len;
}

uint32_t utf8_decode(const char **p) {
    const unsigned char *s = (const unsigned char *)*p;
    unsigned n = utf8_char_bytes(s[0]);
    *p += n;
    switch (n) {
    case 1:
        return s[0];
    case 2:
        return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
    case 3:
        return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
    default:
        return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
               (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
    }
}

unsigned utf8_encode(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        if (c >= 0xd800 && c < 0xe000)
            return 0;
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    if (c > 0x10ffff)
        return 0;
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}
