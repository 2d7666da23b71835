/*
 * settings.h: run-time settings (SET, SHOW, -c, start-up options). Layer: executor.
 *
 * The table is settings.def. Server-wide defaults live in a SettingsServer; a session keeps only
 * what differs from them, so an idle session costs nothing for the 360 it never touched. Values are
 * kept as canonical text: numbers in the setting's base unit, booleans as on/off.
 *
 * Transactions: each change is put on an undo list; a rollback (to a savepoint) takes changes
 * back, a commit keeps the last SET of each setting and drops every SET LOCAL.
 */
#ifndef EXECUTOR_SETTINGS_H
#define EXECUTOR_SETTINGS_H

#include "base/arena.h"
#include "base/status.h"

typedef enum SettingType {
    SETTING_BOOL,
    SETTING_INTEGER,
    SETTING_REAL,
    SETTING_STRING,
    SETTING_ENUM
} SettingType;

/* Who may change it, and when; ordered as PostgreSQL's GucContext. */
typedef enum SettingContext {
    SETTING_INTERNAL,
    SETTING_POSTMASTER,
    SETTING_SIGHUP,
    SETTING_SUPERUSER_BACKEND,
    SETTING_BACKEND,
    SETTING_SUPERUSER,
    SETTING_USER
} SettingContext;

#define SETTING_REPORT 1u     /* clients are told (ParameterStatus) */
#define SETTING_LIST_QUOTE 2u /* a list of identifiers */
#define SETTING_NO_SHOW 4u    /* not in SHOW ALL */
#define SETTING_LIVE 8u       /* the session's `live` hook knows the value */

typedef struct SettingInfo {
    const char *name;
    SettingType type;
    SettingContext context;
    const char *boot;
    const char *unit; /* "": none; B kB 8kB MB ms s min */
    double min, max;
    const char *enum_values; /* comma-separated */
    const char *category;
    unsigned flags;
} SettingInfo;

size_t setting_count(void);
const SettingInfo *setting_info(size_t index);
/* Case-insensitive. -1: no such built-in setting. */
int setting_find(const char *name);
const char *setting_context_name(SettingContext context);
const char *setting_type_name(SettingType type);

typedef struct SettingsServer SettingsServer;
SettingsServer *settings_server_make(MemAccount *account);
void settings_server_free(SettingsServer *server);
/* From the command line or the configuration file; any context. Before sessions exist. */
Status settings_server_set(SettingsServer *server, const char *name, const char *value);
/* Canonical text. NULL: no such setting. */
const char *settings_server_get(const SettingsServer *server, const char *name);
int64_t settings_server_int(const SettingsServer *server, const char *name);
bool settings_server_bool(const SettingsServer *server, const char *name);

/* Where a value comes from, weakest first. */
typedef enum SettingSource {
    SETTING_FROM_DEFAULT,
    SETTING_FROM_SERVER,
    SETTING_FROM_DATABASE,
    SETTING_FROM_ROLE,
    SETTING_FROM_DATABASE_ROLE,
    SETTING_FROM_CLIENT, /* start-up packet */
    SETTING_FROM_SESSION /* SET */
} SettingSource;

typedef struct Settings Settings;

/* The session's share: validate may refuse or rewrite a value (canonical_out on the arena; leave it for
 * "as given"); assign tells that the effective value changed. index < 0: a custom setting, `name`. */
typedef struct SettingsHooks {
    void *arg;
    Status (*validate)(void *arg, int index, const char *value, SettingSource source, Arena *arena,
                    const char **canonical_out);
    void (*assign)(void *arg, int index, const char *name, const char *value);
    /* What a SETTING_LIVE setting is now; NULL: as it was set. */
    const char *(*live)(void *arg, int index);
} SettingsHooks;

Settings *settings_make(SettingsServer *server, MemAccount *account, const SettingsHooks *hooks);
void settings_free(Settings *settings);

/*
 * SET name TO value; value NULL: DEFAULT (RESET). local: until the end of the transaction.
 * superuser: whose right it is. Errors: 42704, 22023, 55P02, 42501 with PostgreSQL's texts.
 */
Status settings_set(Settings *settings, const char *name, const char *value, SettingSource source,
                    bool local, bool superuser);
/* Validates without setting: ALTER ROLE … SET. */
Status settings_validate(Settings *settings, const char *name, const char *value, bool superuser);
/* RESET ALL. */
Status settings_reset_all(Settings *settings, bool superuser);
/* The value as SHOW prints it (with units). *value_out NULL where missing_ok and there is none. */
Status settings_show(Settings *settings, const char *name, bool missing_ok, Arena *arena,
                     const char **value_out);
/* Canonical text of a built-in setting. */
const char *settings_get(const Settings *settings, const char *name);
/* Of all that the session has changed where counts(index) holds: sessions with the same hash have the
 * same values there. */
uint64_t settings_hash(const Settings *settings, bool (*counts)(int index));
const char *settings_get_index(const Settings *settings, int index);
int64_t settings_int(const Settings *settings, const char *name);
double settings_real(const Settings *settings, const char *name);
bool settings_bool(const Settings *settings, const char *name);
/* What pg_settings shows beside the value. */
SettingSource settings_source(const Settings *settings, int index);
const char *settings_reset_value(const Settings *settings, int index);
/* A value with its unit, as SHOW has it. */
const char *setting_display(const SettingInfo *info, const char *canonical, Arena *arena);

/* Transactions. A mark is the undo list's length. */
size_t settings_mark(const Settings *settings);
void settings_rollback_to(Settings *settings, size_t mark);
void settings_commit(Settings *settings);

#endif
