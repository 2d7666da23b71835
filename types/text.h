/* text.h: what text-like types share. Private to types/. */
#ifndef TYPES_TEXT_H
#define TYPES_TEXT_H

#include "types/types_int.h"

#define OID_COLLATION_DEFAULT 100
#define OID_COLLATION_C 950

/* Order under a collation. <0, 0, >0. */
int text_compare_collated(Oid collation, Str a, Str b);
/* Length without trailing blanks. */
size_t bpchar_true_length(Str s);
/* Blank-pads or cuts to typmod; an explicit cast cuts silently. */
Status bpchar_coerce(Arena *arena, Str s, int32_t typmod, bool is_explicit, Str *out);
Status varchar_coerce(Str s, int32_t typmod, bool is_explicit, Str *out);
/* Cut to 63 bytes at a character boundary. */
Str name_cut(Str s);
/* The type "char": a byte, written \ooo where it is no ASCII. */
uint8_t char_parse(const char *text, size_t len);
void char_print(uint8_t c, StrBuf *text);
/* Error: 22021 where the bytes are not UTF-8. */
Status text_verify(const void *bytes, size_t len);

#endif
