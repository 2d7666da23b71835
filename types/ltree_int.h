/* ltree_int.h: what the files of ltree share. Private to types/. */
#ifndef TYPES_LTREE_INT_H
#define TYPES_LTREE_INT_H

#include "types/ltree.h"
#include "types/types_int.h"

#define LTREE_LABEL_MAX 255
#define LTREE_KEY_DOT 1 /* between labels in keys; 0 ends them */

static inline bool ltree_in_label(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }
/* A label of len characters ends before character `at`. what: "ltree", "lquery". */
Status ltree_label_end(const char *what, uint32_t len, uint32_t at);
/* The labels in the form of keys, without an end. */
void ltree_put_key(Str path, StrBuf *key);

Status ltree_put_text(TypeIo *io, Datum value, StrBuf *text);
Status ltree_receive_text(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out);
Status ltree_send_text(TypeIo *io, Datum value, StrBuf *bytes);

#endif
