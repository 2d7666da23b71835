/* strbuf.c: see the header. */
#include "base/strbuf.h"

#include "base/bits.h"

#include <stdio.h>

void strbuf_init(StrBuf *buf, Arena *arena) { *buf = (StrBuf){.arena = arena}; }

void strbuf_reserve(StrBuf *buf, size_t bytes) {
    size_t needed = buf->len + bytes + 1;
    if (needed <= buf->capacity)
        return;
    size_t capacity = MAX(needed, MAX(buf->capacity * 2, (size_t)64));
    buf->data = arena_grow(buf->arena, buf->data, buf->capacity, capacity);
    buf->capacity = capacity;
}

void strbuf_append(StrBuf *buf, const void *data, size_t len) {
    strbuf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void strbuf_puts(StrBuf *buf, const char *s) { strbuf_append(buf, s, strlen(s)); }

void strbuf_printf(StrBuf *buf, const char *fmt, ...) {
    strbuf_reserve(buf, 64);
    va_list args;
    va_start(args, fmt);
    size_t room = buf->capacity - buf->len;
    int len = vsnprintf(buf->data + buf->len, room, fmt, args);
    va_end(args);
    check(len >= 0);
    if ((size_t)len >= room) {
        strbuf_reserve(buf, (size_t)len);
        va_start(args, fmt);
        vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    buf->len += (size_t)len;
}

void strbuf_truncate(StrBuf *buf, size_t len) {
    check(len <= buf->len);
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

const char *strbuf_cstr(const StrBuf *buf) { return buf->data == NULL ? "" : buf->data; }

void strbuf_put_i64(StrBuf *buf, int64_t value) {
    char digits[20];
    size_t n = sizeof(digits);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        digits[--n] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude != 0);
    if (value < 0)
        strbuf_putc(buf, '-');
    strbuf_append(buf, digits + n, sizeof(digits) - n);
}

void strbuf_put_be16(StrBuf *buf, uint16_t value) {
    value = __builtin_bswap16(value);
    strbuf_append(buf, &value, sizeof(value));
}

void strbuf_put_be32(StrBuf *buf, uint32_t value) {
    value = __builtin_bswap32(value);
    strbuf_append(buf, &value, sizeof(value));
}

void strbuf_put_be64(StrBuf *buf, uint64_t value) {
    value = __builtin_bswap64(value);
    strbuf_append(buf, &value, sizeof(value));
}
