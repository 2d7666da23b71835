/*
 * config_file.h: postgresql.conf and its kin as lines of settings (manual: Parameter Interaction via the
 * Configuration File). Layer: pgwire.
 */
#ifndef PGWIRE_CONFIG_FILE_H
#define PGWIRE_CONFIG_FILE_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "executor/settings.h"

typedef VEC(SettingLine) ConfigLines;

/* Adds the lines of the file and of those that it includes. What cannot be read becomes a line with an
 * error, and is logged where `log` is set. missing_ok: an absent file is an empty one. Everything on
 * arena. Blocks. */
void config_file_read(Arena *arena, const char *path, bool missing_ok, bool log,
                      ConfigLines *lines);
/* name = 'value' */
void config_file_put(StrBuf *out, const char *name, const char *value);

#endif
