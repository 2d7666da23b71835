/*
 * encoding.h: character encodings of clients; UTF-8 is the server's. Layer: types.
 *
 * Single-byte encodings go through tables taken from PostgreSQL; the larger ones through ICU's
 * converters, which run without parking and are opened per text.
 */
#ifndef TYPES_ENCODING_H
#define TYPES_ENCODING_H

#include "types/types_int.h"

enum { ENCODING_SQL_ASCII = 0, ENCODING_UTF8 = 6, ENCODING_LATIN1 = 8, ENCODING_COUNT = 42 };

/* PostgreSQL's number of a name, however it is spelt; -1. */
int encoding_by_name(const char *name, size_t len);
/* "LATIN1"; "" for no encoding's number. Static. */
const char *encoding_name(int encoding);
/* Bytes of its longest character. */
int encoding_max_bytes(int encoding);
/* Can texts be converted? */
bool encoding_converts(int encoding);
/* To and from UTF-8. Errors: 22021, 22P05. */
Status encoding_decode(int encoding, Arena *arena, Str text, Str *utf8_out);
Status encoding_encode(int encoding, Arena *arena, Str utf8, Str *text_out);
/* Bytes of the whole characters at the beginning: what is left is the beginning of one more. */
size_t encoding_whole_bytes(int encoding, Str text);
/* For messages that must get through: '?' for what the encoding lacks. */
Str encoding_encode_lossy(int encoding, Arena *arena, Str utf8);

#endif
