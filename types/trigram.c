/* trigram.c: see trigram.h. */
#include "types/trigram.h"

#include "base/strbuf.h"
#include "base/utf8.h"
#include "types/collate.h"

#include <stdlib.h>

int trigram_compare(const Trigram *a, const Trigram *b) {
    for (int i = 0; i < 3; i++)
        if (a->bytes[i] != b->bytes[i])
            return a->bytes[i] < b->bytes[i] ? -1 : 1;
    return 0;
}
int trigram_by_bytes(const void *a, const void *b) { return trigram_compare(a, b); }

/* PostgreSQL's traditional checksum: a reflected table, used from the other end. */
static uint32_t checksum(const char *data, size_t len) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        uint32_t entry = ((crc >> 24) ^ (uint8_t)data[i]) & 0xff;
        for (int k = 0; k < 8; k++)
            entry = entry & 1 ? UINT32_C(0xedb88320) ^ (entry >> 1) : entry >> 1;
        crc = entry ^ (crc << 8);
    }
    return ~crc;
}

bool trigram_in_word(uint32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* Of a padded word: characters begin at at[i]. */
static void add_word(TrigramVec *out, Arena *arena, const char *text, const uint32_t *at,
                     size_t count) {
    for (size_t i = 0; i + 3 <= count; i++) {
        Trigram t = {.first = i == 0, .last = i + 3 == count};
        const char *from = text + at[i];
        uint32_t len = at[i + 3] - at[i];
        if (len == 3) {
            memcpy(t.bytes, from, 3);
        } else {
            uint32_t crc = checksum(from, len);
            memcpy(t.bytes, &crc, 3);
        }
        vec_push(out, arena, t);
    }
}

void trigrams_of_part(Arena *arena, Str part, bool begins, bool ends, TrigramVec *out) {
    StrBuf word;
    VEC(uint32_t) at = {0};
    strbuf_init(&word, arena);
    for (int i = 0; i < 2 && begins; i++) {
        vec_push(&at, arena, (uint32_t)word.len);
        strbuf_putc(&word, ' ');
    }
    for (const char *p = part.data, *end = p + part.len; p < end;) {
        char bytes[4];
        uint32_t c = utf8_decode(&p);
        c = c >= 'A' && c <= 'Z' ? c + 32 : c < 0x80 ? c : collation_lower_char(100, c);
        vec_push(&at, arena, (uint32_t)word.len);
        strbuf_append(&word, bytes, utf8_encode(c, bytes));
    }
    if (ends) {
        vec_push(&at, arena, (uint32_t)word.len);
        strbuf_putc(&word, ' ');
    }
    vec_push(&at, arena, (uint32_t)word.len);
    add_word(out, arena, word.data, at.items, at.count - 1);
}

Status trigrams_of(Arena *arena, Str text, TrigramVec *out) {
    const char *p = text.data, *end = p + text.len;
    *out = (TrigramVec){0};
    while (p < end) {
        const char *next = p, *word = p;
        if (!trigram_in_word(utf8_decode(&next))) {
            p = next;
            continue;
        }
        for (; p < end; p = next) {
            next = p;
            if (!trigram_in_word(utf8_decode(&next)))
                break;
        }
        trigrams_of_part(arena, str_make(word, (size_t)(p - word)), true, true, out);
        TRY(arena_check(arena));
    }
    return STATUS_OK;
}

void trigrams_sort_unique(TrigramVec *v) {
    size_t kept = 0;
    if (v->count > 1)
        qsort(v->items, v->count, sizeof(*v->items), trigram_by_bytes);
    for (size_t i = 0; i < v->count; i++)
        if (kept == 0 || trigram_compare(&v->items[kept - 1], &v->items[i]) != 0)
            v->items[kept++] = v->items[i];
    v->count = kept;
}
