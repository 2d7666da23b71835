/*
 * copy.h: COPY as a stream. Layer: executor.
 *
 * pgwire finds out with copy_direction what the statement wants, then either feeds CopyData to a
 * CopyIn or pulls chunks from a CopyOut. COPY to and from files runs as an ordinary utility command.
 */
#ifndef EXECUTOR_COPY_H
#define EXECUTOR_COPY_H

#include "executor/utility.h"

typedef enum CopyDirection { COPY_FILE, COPY_FROM_CLIENT, COPY_TO_CLIENT } CopyDirection;
CopyDirection copy_direction(const AstCopy *copy);

/* For CopyInResponse and CopyOutResponse. */
typedef struct CopyFormat {
    bool binary;
    uint32_t column_count;
} CopyFormat;

/* ---- FROM STDIN ---- */
typedef struct CopyIn CopyIn;
Status copy_in_begin(Session *session, Arena *arena, const AstRawStatement *raw, const char *text,
                     CopyFormat *format_out, CopyIn **copy_out);
/* Any slice of the stream. Inserts as it goes; may park. */
Status copy_in_feed(CopyIn *copy, const void *data, size_t len);
/* Inserts the whole rows fed so far, so that their errors come now. May park. */
Status copy_in_settle(CopyIn *copy);
/* The failure with the line that was waited for as its context. */
Status copy_in_context(const CopyIn *copy, Status failure);
/* After CopyDone. */
Status copy_in_finish(CopyIn *copy, uint64_t *row_count_out);
/* Any state; frees. Required after a failure too. */
void copy_in_end(CopyIn *copy);

/* ---- TO STDOUT ---- */
typedef struct CopyOut CopyOut;
Status copy_out_begin(Session *session, Arena *arena, const AstRawStatement *raw, const char *text,
                      CopyFormat *format_out, CopyOut **copy_out);
/*
 * The next rows. chunk_out: bytes of whole rows (a StrBuf of the CopyOut's, valid until the next
 * call); row_ends_out[0..row_count_out): the offset in chunk_out where each row ends, so that each may travel
 * in a CopyData of its own. row_count_out 0: the end (binary: the trailer was in the last chunk).
 */
Status copy_out_next(CopyOut *copy, Str *chunk_out, const uint32_t **row_ends_out,
                     uint32_t *row_count_out);
uint64_t copy_out_rows(const CopyOut *copy);
void copy_out_end(CopyOut *copy);

#endif
