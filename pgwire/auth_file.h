/*
 * auth_file.h: the lines of pg_hba.conf and pg_ident.conf as fields of tokens (manual: The pg_hba.conf
 * File). Layer: pgwire.
 *
 * A field is a list of tokens with commas between; blanks end a field. Double quotes take away the
 * meaning of keywords, blanks, commas and #; @name stands for the tokens of another file; a
 * backslash at the end joins two lines.
 */
#ifndef PGWIRE_AUTH_FILE_H
#define PGWIRE_AUTH_FILE_H

#include "base/vec.h"

typedef struct AuthToken {
    const char *text;
    bool quoted; /* began with a quote */
} AuthToken;

typedef VEC(AuthToken) AuthField;

typedef struct AuthLine {
    VEC(AuthField) fields; /* at least one, unless there is an error */
    int number;            /* of its first line, from 1 */
    const char *raw;
    const char *error; /* NULL: none */
} AuthLine;

typedef VEC(AuthLine) AuthLines;

/* Lines without tokens are left out. path: that of the text, for @name. Everything is on arena.
 * Blocks to read the files that are named. */
void auth_file_split(Arena *arena, const char *path, const char *text, AuthLines *lines_out);

#endif
