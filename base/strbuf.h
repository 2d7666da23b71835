/* strbuf.h: a growing byte string on an arena. Layer: base. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/arena.h"

typedef struct StrBuf {
    Arena *arena;
    char *data; /* NUL-terminated once anything was appended */
    size_t len;
    size_t capacity;
} StrBuf;

void strbuf_init(StrBuf *buf, Arena *arena);
/* Room for at least bytes more. */
void strbuf_reserve(StrBuf *buf, size_t bytes);
void strbuf_append(StrBuf *buf, const void *data, size_t len);
void strbuf_puts(StrBuf *buf, const char *s);
void strbuf_printf(StrBuf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_truncate(StrBuf *buf, size_t len);
static inline void strbuf_putc(StrBuf *buf, char c) {
    if (UNLIKELY(buf->len + 2 > buf->capacity))
        strbuf_reserve(buf, 1);
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}
/* The text so far; "" where nothing was appended. Owned by the arena. */
const char *strbuf_cstr(const StrBuf *buf);
/* Decimal digits, faster than printf. */
void strbuf_put_i64(StrBuf *buf, int64_t value);
/* Big-endian integers, as the wire protocol and index keys have them. */
void strbuf_put_be16(StrBuf *buf, uint16_t value);
void strbuf_put_be32(StrBuf *buf, uint32_t value);
void strbuf_put_be64(StrBuf *buf, uint64_t value);

#endif
