/* utf8.h: UTF-8, the one server encoding. Layer: base. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/defs.h"

/* True if data is well-formed UTF-8 without NUL. Else *bad_out (may be NULL) is the offset of the
 * first byte of the bad sequence. */
bool utf8_valid(const void *data, size_t len, size_t *bad_out);
/* Characters in well-formed UTF-8. */
size_t utf8_length(const void *data, size_t len);
/* Byte offset of the char_index-th character (0-based), len where there are fewer. */
size_t utf8_offset(const void *data, size_t len, size_t char_index);
/* Bytes of the character that starts with this byte: 1..4. */
static inline unsigned utf8_char_bytes(unsigned char lead) {
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}
/* Bytes of a character in ill-formed text: a byte that starts none stands for itself. */
static inline unsigned utf8_claimed_bytes(unsigned char lead) {
    return lead < 0xc0 || lead >= 0xf8 ? 1 : utf8_char_bytes(lead);
}
/* Decodes one character of well-formed text and moves *p behind it. */
uint32_t utf8_decode(const char **p);
/* Encodes a code point; returns bytes written, 0 for a surrogate or past 0x10FFFF. */
unsigned utf8_encode(uint32_t code_point, char out[4]);

#endif
