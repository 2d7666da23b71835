/* settings_server.c: the settings of the whole server: command line and configuration files. */
#include "executor/settings_int.h"

#include "runtime/log.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

SettingsServer *settings_server_make(MemAccount *account) {
    SettingsServer *server = mem_alloc(account, sizeof(*server));
    memset(server, 0, sizeof(*server));
    server->account = account;
    arena_init(&server->arena, account);
    return server;
}

void settings_server_free(SettingsServer *server) {
    arena_destroy(&server->arena);
    mem_free(server->account, server, sizeof(*server));
}

Status settings_server_set(SettingsServer *server, const char *name, const char *value) {
    int index = setting_find(name);
    if (index < 0)
        return setting_unrecognized(name);
    const char *canonical;
    TRY(setting_canonical(setting_info((size_t)index), value, &server->arena, &canonical));
    atomic_store(&server->values[index], arena_strdup(&server->arena, canonical));
    atomic_store(&server->sources[index], SETTING_FROM_SERVER);
    return STATUS_OK;
}

const char *settings_server_value(const SettingsServer *server, int index) {
    const char *value = atomic_load_explicit(&server->values[index], memory_order_acquire);
    return value != NULL ? value : setting_info((size_t)index)->boot;
}

const char *settings_server_custom(const SettingsServer *server, const char *name) {
    for (ServerCustom *c = atomic_load(&server->customs); c != NULL; c = c->next)
        if (strcasecmp(c->name, name) == 0)
            return atomic_load(&c->value);
    return NULL;
}

const char *settings_server_get(const SettingsServer *server, const char *name) {
    int index = setting_find(name);
    return index < 0 ? NULL : settings_server_value(server, index);
}

int64_t settings_server_int(const SettingsServer *server, const char *name) {
    return (int64_t)strtoll(settings_server_get(server, name), NULL, 10);
}

bool settings_server_bool(const SettingsServer *server, const char *name) {
    return strcmp(settings_server_get(server, name), "on") == 0;
}

bool settings_server_origin(const SettingsServer *server, int index, const char **file_out,
                            int *line_out) {
    *file_out = atomic_load(&server->files[index]);
    *line_out = atomic_load(&server->lines[index]);
    return *file_out != NULL;
}

bool settings_server_pending(const SettingsServer *server, int index) {
    return atomic_load(&server->pending[index]);
}

static Status check_full(int index, const char *value, SettingCheck check_value, Arena *arena,
                         const char **canonical_out) {
    const SettingInfo *info = setting_info((size_t)index);
    if (info->context == SETTING_INTERNAL)
        return error(ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed",
                     info->name);
    TRY(setting_canonical(info, value, arena, canonical_out));
    return check_value == NULL ? STATUS_OK
                               : check_value(index, *canonical_out, arena, canonical_out);
}

Status settings_server_validate(const char *name, const char *value, SettingCheck check_value,
                                Arena *arena, const char **canonical_out) {
    int index = setting_find(name);
    *canonical_out = NULL;
    return index < 0 ? setting_unrecognized(name)
                     : check_full(index, value, check_value, arena, canonical_out);
}

/* ---- loading files ---- */

typedef struct Loading {
    SettingsServer *server;
    unsigned flags;
    SettingCheck check_value;
    Arena *arena;
    uint32_t generation; /* what changes now gets it */
    bool changed, failed;
} Loading;

static void complain(Loading *loading, Status status) {
    if ((loading->flags & SETTINGS_DRY_RUN) == 0)
        log_error(LOG_LEVEL_LOG, status, NULL);
    status_free(status);
}

/* An index of the last line of each setting; the others only have to be well-formed. */
static bool find_last_lines(Loading *loading, SettingLine *lines, size_t count, int32_t *last) {
    for (int i = 0; i < SETTING_COUNT; i++)
        last[i] = -1;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        lines[i].applied = false;
        if (lines[i].error != NULL) {
            good = false;
            continue;
        }
        int index = setting_find(lines[i].name);
        if (index >= 0) {
            last[index] = (int32_t)i;
        } else if (!setting_is_custom_name(lines[i].name)) {
            complain(loading,
                     error(ERR_UNDEFINED_OBJECT,
                           "unrecognized configuration parameter \"%s\" in file \"%s\" line %d",
                           lines[i].name, lines[i].file, lines[i].line));
            lines[i].error = "unrecognized configuration parameter";
            good = false;
        }
    }
    return good;
}

/* value NULL: the boot value. */
static void put(Loading *loading, int index, const char *value, const SettingLine *line) {
    SettingsServer *server = loading->server;
    const SettingInfo *info = setting_info((size_t)index);
    bool differs =
        strcmp(settings_server_value(server, index), value == NULL ? info->boot : value) != 0;
    atomic_store(&server->values[index],
                 value == NULL ? NULL : arena_strdup(&server->arena, value));
    atomic_store(&server->sources[index], line == NULL ? SETTING_FROM_DEFAULT : SETTING_FROM_FILE);
    atomic_store(&server->lines[index], line == NULL ? 0 : line->line);
    atomic_store(&server->files[index],
                 line == NULL ? NULL : arena_strdup(&server->arena, line->file));
    if (!differs)
        return;
    atomic_store(&server->changed_at[index], loading->generation);
    loading->changed = true;
    if ((loading->flags & SETTINGS_STARTING) != 0)
        return;
    if (line == NULL)
        log_write(LOG_LEVEL_LOG,
                  "parameter \"%s\" removed from configuration file, reset to default", info->name);
    else
        log_write(LOG_LEVEL_LOG, "parameter \"%s\" changed to \"%s\"", info->name,
                  setting_display(info, value, loading->arena));
}

/* What the files do not mention any more goes back. */
static void remove_one(Loading *loading, int index) {
    SettingsServer *server = loading->server;
    if (atomic_load(&server->sources[index]) != SETTING_FROM_FILE)
        return;
    const SettingInfo *info = setting_info((size_t)index);
    if (info->context == SETTING_POSTMASTER && (loading->flags & SETTINGS_STARTING) == 0) {
        loading->failed = true;
        if ((loading->flags & SETTINGS_DRY_RUN) == 0)
            atomic_store(&server->pending[index], true);
        complain(loading, error(ERR_CANT_CHANGE_RUNTIME_PARAM,
                                "parameter \"%s\" cannot be changed without restarting the server",
                                info->name));
        return;
    }
    if ((loading->flags & SETTINGS_DRY_RUN) == 0)
        put(loading, index, NULL, NULL);
}

static void apply_one(Loading *loading, int index, SettingLine *line) {
    SettingsServer *server = loading->server;
    const SettingInfo *info = setting_info((size_t)index);
    const char *value;
    bool dry = (loading->flags & SETTINGS_DRY_RUN) != 0;
    Status status = check_full(index, line->value, loading->check_value, loading->arena, &value);
    bool same = status_ok(status) && strcmp(value, settings_server_value(server, index)) == 0;
    if (status_ok(status) && !same && info->context == SETTING_POSTMASTER &&
        (loading->flags & SETTINGS_STARTING) == 0) {
        if (!dry)
            atomic_store(&server->pending[index], true);
        status =
            error(ERR_CANT_CHANGE_RUNTIME_PARAM,
                  "parameter \"%s\" cannot be changed without restarting the server", info->name);
    }
    if (!status_ok(status)) {
        complain(loading, status);
        line->error = "setting could not be applied";
        loading->failed = true;
        return;
    }
    line->applied = true;
    if (!dry && atomic_load(&server->sources[index]) != SETTING_FROM_SERVER)
        put(loading, index, value, line);
}

static void apply_customs(Loading *loading, SettingLine *lines, size_t count) {
    SettingsServer *server = loading->server;
    bool dry = (loading->flags & SETTINGS_DRY_RUN) != 0;
    for (ServerCustom *c = atomic_load(&server->customs); c != NULL && !dry; c = c->next)
        atomic_store(&c->value, NULL);
    for (size_t i = 0; i < count; i++) {
        if (setting_find(lines[i].name) >= 0)
            continue;
        lines[i].applied = true;
        for (size_t j = i + 1; j < count; j++)
            if (strcasecmp(lines[i].name, lines[j].name) == 0)
                lines[i].applied = false;
        if (dry || !lines[i].applied)
            continue;
        ServerCustom *c = atomic_load(&server->customs);
        while (c != NULL && strcasecmp(c->name, lines[i].name) != 0)
            c = c->next;
        if (c == NULL) {
            c = arena_new(&server->arena, ServerCustom);
            c->name = arena_strdup(&server->arena, lines[i].name);
            c->next = atomic_load(&server->customs);
            atomic_store(&server->customs, c);
        }
        atomic_store(&c->value, arena_strdup(&server->arena, lines[i].value));
    }
}

bool settings_server_load(SettingsServer *server, SettingLine *lines, size_t count, unsigned flags,
                          SettingCheck check_value, Arena *arena) {
    Loading loading = {.server = server,
                       .flags = flags,
                       .check_value = check_value,
                       .arena = arena,
                       .generation = atomic_load(&server->generation) + 1};
    int32_t *last = arena_array(arena, int32_t, SETTING_COUNT);
    if (!find_last_lines(&loading, lines, count, last))
        return false;
    for (int i = 0; i < SETTING_COUNT; i++) {
        if ((flags & SETTINGS_DRY_RUN) == 0)
            atomic_store(&server->pending[i], false);
        if (last[i] >= 0)
            apply_one(&loading, i, &lines[last[i]]);
        else
            remove_one(&loading, i);
    }
    apply_customs(&loading, lines, count);
    if (loading.changed && (flags & SETTINGS_STARTING) == 0)
        atomic_store(&server->generation, loading.generation);
    return !loading.failed;
}
