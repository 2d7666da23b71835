/* settings_int.h: what the server's settings and the sessions' share. Layer: executor, private. */
#ifndef EXECUTOR_SETTINGS_INT_H
#define EXECUTOR_SETTINGS_INT_H

#include "executor/settings.h"

#include <stdatomic.h>

enum {
    SETTING_COUNT = 0
#define SETTING(name, type, context, boot, unit, min, max, values, category, flags) +1
#include "executor/settings.def"
#undef SETTING
};

/* A custom setting that the files have. Never freed: sessions may be looking. */
typedef struct ServerCustom {
    const char *name;
    _Atomic(const char *) value; /* NULL: no longer in the files */
    struct ServerCustom *next;
} ServerCustom;

/*
 * Written by one thread at a time (before sessions exist, or under the reload's lock), read by all.
 * Texts stay until the end: what a reload replaces is small and rare.
 */
struct SettingsServer {
    MemAccount *account;
    Arena arena;
    _Atomic(const char *) values[SETTING_COUNT]; /* NULL: the boot value */
    _Atomic(SettingSource) sources[SETTING_COUNT];
    _Atomic(const char *) files[SETTING_COUNT]; /* NULL: not from a file */
    _Atomic int lines[SETTING_COUNT];
    _Atomic bool pending[SETTING_COUNT];
    _Atomic uint32_t changed_at[SETTING_COUNT]; /* generation */
    _Atomic uint32_t generation;
    _Atomic(ServerCustom *) customs;
};

/* The value as it is kept. Errors: 22023. May be value itself. */
Status setting_canonical(const SettingInfo *info, const char *value, Arena *arena,
                         const char **out);
Status setting_unrecognized(const char *name);
/* "a.b", each part an identifier. */
bool setting_is_custom_name(const char *name);
const char *settings_server_value(const SettingsServer *server, int index);
/* NULL: the files have none of that name. */
const char *settings_server_custom(const SettingsServer *server, const char *name);

#endif
