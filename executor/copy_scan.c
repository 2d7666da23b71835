/*
 * copy_scan.c: delimiters and line feeds by sixteen bytes at a time.
 *
 * One mask of the bytes that mean something replaces a memchr for the line's end, one for a carriage
 * return, one for a backslash, one a field, and the walk over its encoding: lines of COPY are short,
 * and each of those calls costs more than the bytes it looks at.
 */
#include "executor/copy_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef struct Block {
    uint32_t stops; /* bit i: byte i is a delimiter, line feed, carriage return or backslash */
    uint32_t odd;   /* bit i: byte i is no ASCII character, or is zero */
} Block;

#ifdef __SSE2__
static Block look(const char *p, char delimiter) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i lines = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
                                 _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
    __m128i others = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')),
                                  _mm_cmpeq_epi8(v, _mm_set1_epi8(delimiter)));
    return (Block){(uint32_t)_mm_movemask_epi8(_mm_or_si128(lines, others)),
                   (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(_mm_set1_epi8(1), v))};
}
#else
static Block look(const char *p, char delimiter) {
    Block b = {0, 0};
    for (unsigned i = 0; i < 16; i++) {
        bool stop = p[i] == '\n' || p[i] == '\r' || p[i] == '\\' || p[i] == delimiter;
        b.stops |= (uint32_t)stop << i;
        b.odd |= (uint32_t)((signed char)p[i] < 1) << i;
    }
    return b;
}
#endif

/* "\N" as a whole field, which begins at p. */
static bool is_null_field(const CopyScan *scan, const char *p, const char *end) {
    return scan->null_escape != 0 && end - p >= 3 && p[1] == scan->null_escape &&
           (p[2] == scan->delimiter || p[2] == '\n');
}

CopyScanResult copy_scan_line(CopyScan *scan, const char *line, const char *end) {
    uint32_t fields = 0, odd = 0;
    const char *field = line;
    for (const char *p = line; p < end; p += 16) {
        Block b = look(p, scan->delimiter);
        if (end - p < 16)
            b.stops &= (1u << (end - p)) - 1;
        odd |= b.odd;
        for (; b.stops != 0; b.stops &= b.stops - 1) {
            const char *at = p + __builtin_ctz(b.stops);
            if (*at == '\\' && at == field && is_null_field(scan, at, end))
                continue;
            if (*at == '\\' || *at == '\r' || fields == scan->field_max)
                return COPY_SCAN_UNUSUAL;
            scan->ends[fields++] = (uint32_t)(at - line);
            field = at + 1;
            if (*at == '\n') {
                scan->field_count = fields;
                scan->plain_ascii = odd == 0;
                return COPY_SCAN_LINE;
            }
        }
    }
    return COPY_SCAN_PART;
}
