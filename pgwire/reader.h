/* reader.h: the fields of one message, in order. Layer: pgwire, private. */
#ifndef PGWIRE_READER_H
#define PGWIRE_READER_H

#include "base/bits.h"

/* A cursor over a message's body; `bad` sticks. */
typedef struct Reader {
    const char *p, *end;
    bool bad;    /* it ended too early */
    bool no_end; /* a text in it has no end */
} Reader;

static inline uint16_t read_u16(Reader *r) {
    if (r->end - r->p < 2) {
        r->bad = true;
        return 0;
    }
    uint16_t v = load_be16(r->p);
    r->p += 2;
    return v;
}

static inline uint32_t read_u32(Reader *r) {
    if (r->end - r->p < 4) {
        r->bad = true;
        return 0;
    }
    uint32_t v = load_be32(r->p);
    r->p += 4;
    return v;
}

static inline const char *read_cstr(Reader *r) {
    const char *nul = r->p >= r->end ? NULL : memchr(r->p, '\0', (size_t)(r->end - r->p));
    if (nul == NULL) {
        r->no_end |= !r->bad;
        r->bad = true;
        r->p = r->end;
        return "";
    }
    const char *text = r->p;
    r->p = nul + 1;
    return text;
}

#endif
