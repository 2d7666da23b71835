/* copy_int.h: what the files of COPY share. Layer: executor, private. */
#ifndef EXECUTOR_COPY_INT_H
#define EXECUTOR_COPY_INT_H

#include "executor/copy.h"
#include "executor/exec_int.h"

typedef enum CopyForm { COPY_TEXT, COPY_CSV, COPY_BINARY } CopyForm;
typedef enum CopyHeader { COPY_HEADER_NO, COPY_HEADER_YES, COPY_HEADER_MATCH } CopyHeader;

typedef struct CopyOptions {
    Arena *arena;
    CopyForm form;
    bool freeze;
    int encoding; /* of the stream */
    char delimiter;
    const char *null_text;
    size_t null_len;
    CopyHeader header;
    char quote, escape; /* CSV */
    bool force_quote_all, force_not_null_all, force_null_all;
    const StrList *force_quote, *force_not_null, *force_null;
} CopyOptions;

/* Reads and checks the options as PostgreSQL does. */
Status copy_options(UtilityCall *call, const AstCopy *copy, CopyOptions *options_out);

/* The columns a COPY names, as attribute numbers: all that are neither dropped nor generated where
 * it names none. */
Status copy_columns(const RelationDesc *desc, const StrList *names, Arena *arena, int16_t **out,
                    uint32_t *count_out);
/* Marks the columns of a list among the copied ones; option: how errors call it. */
Status copy_column_flags(const RelationDesc *desc, const int16_t *columns, uint32_t count,
                         const StrList *names, bool all, const char *option, Arena *arena,
                         bool **flags_out);

extern const char copy_binary_signature[11];

/* Must text be converted between the stream's encoding and the server's? */
bool copy_recodes(const CopyOptions *options);

/* The relation of a COPY: locked, looked up. */
Status copy_relation(Session *session, const AstRangeVar *name, LockMode mode,
                     const RelationDesc **desc_out);
void copy_register(void);

#endif
