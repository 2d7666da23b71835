/* copy_scan.h: fields of a line of COPY's text format in one pass. Layer: executor, private. */
#ifndef EXECUTOR_COPY_SCAN_H
#define EXECUTOR_COPY_SCAN_H

#include "base/defs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Readable bytes, of any content, that copy_scan_line wants behind the end. */
#define COPY_SCAN_PADDING 16u

typedef struct CopyScan {
    char delimiter;
    char null_escape; /* `N` where NULL is "\N"; 0 where it has no backslash */
    uint32_t field_max;
    uint32_t *ends;       /* [field_max]: where each field ends, from the start of the line */
    uint32_t field_count; /* out */
    bool plain_ascii;     /* out; false: look at the line's encoding */
} CopyScan;

typedef enum CopyScanResult {
    COPY_SCAN_LINE,   /* ends[field_count - 1] is the line feed's place */
    COPY_SCAN_PART,   /* the bytes end before the line does, and hold no line feed */
    COPY_SCAN_UNUSUAL /* an escape, a carriage return, too many fields: nothing is known */
} CopyScanResult;

/* The line that begins at p; end - p < 2^31. */
CopyScanResult copy_scan_line(CopyScan *scan, const char *p, const char *end);

#endif
