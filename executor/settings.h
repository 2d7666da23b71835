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
/* From the command line: stronger than the files; any context. Before sessions exist. */
Status settings_server_set(SettingsServer *server, const char *name, const char *value);
/* Canonical text. NULL: no such setting. */
const char *settings_server_get(const SettingsServer *server, const char *name);
int64_t settings_server_int(const SettingsServer *server, const char *name);
bool settings_server_bool(const SettingsServer *server, const char *name);

/* A line of a configuration file. */
typedef struct SettingLine {
    const char *name, *value; /* NULL: the line could not be read, see error */
    const char *file;
    int line;
    bool applied;      /* out: its value is in effect, or a stronger one hides it */
    const char *error; /* out; NULL: none */
} SettingLine;

/* What the table does not know about a value: refuses it or rewrites it. */
typedef Status (*SettingCheck)(int index, const char *value, Arena *arena,
                               const char **canonical_out);

#define SETTINGS_STARTING 1u /* no session exists yet: everything may change */
#define SETTINGS_DRY_RUN 2u  /* only tells what would happen */
/*
 * Puts what the configuration files say in place of what they said before; of several lines for a
 * setting the last one counts. A line that cannot be read, or has an unknown name: nothing changes. What
 * cannot be applied is left as it was, says so in its line and in the log. Returns false where there was
 * any error. One caller at a time; sessions may be reading (they see the change once they call
 * settings_refresh).
 */
bool settings_server_load(SettingsServer *server, SettingLine *lines, size_t count, unsigned flags,
                          SettingCheck check_value, Arena *arena);
/* Where the value in the configuration files stands. False: it is from elsewhere. */
bool settings_server_origin(const SettingsServer *server, int index, const char **file_out,
                            int *line_out);
/* Do the files have another value, which waits for a restart? */
bool settings_server_pending(const SettingsServer *server, int index);
/* Would a value do? For ALTER SYSTEM. *canonical_out on arena. */
Status settings_server_validate(const char *name, const char *value, SettingCheck check_value,
                                Arena *arena, const char **canonical_out);

/* Where a value comes from, weakest first. */
typedef enum SettingSource {
    SETTING_FROM_DEFAULT,
    SETTING_FROM_FILE,
    SETTING_FROM_SERVER, /* the command line */
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
/* Takes over what the server's settings have become; tells assign of each change. */
void settings_refresh(Settings *settings);
/* Did the server's settings change since? */
bool settings_stale(const Settings *settings);

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
/* What it does, in a sentence, and what is to be known beyond (NULL: nothing). */
const char *setting_description(const SettingInfo *info);
const char *setting_description_more(const SettingInfo *info);
/* Without its unit, as pg_settings has it. */
const char *setting_plain(const SettingInfo *info, const char *canonical, Arena *arena);
const char *setting_display(const SettingInfo *info, const char *canonical, Arena *arena);

/* Transactions. A mark is the undo list's length. */
size_t settings_mark(const Settings *settings);
void settings_rollback_to(Settings *settings, size_t mark);
void settings_commit(Settings *settings);

#endif
