/* config.c: see the header. */
#include "pgwire/config.h"

#include "pgwire/client_int.h"
#include "runtime/file.h"
#include "runtime/log.h"
#include "runtime/os.h"

#include <errno.h>
#include <strings.h>

static const char *setting(const Server *server, const char *name) {
    return settings_server_get(server->options->settings, name);
}

static const char *auto_path(const ServerOptions *options, Arena *arena) {
    return arena_printf(arena, "%s/postgresql.auto.conf", options->data_directory);
}

/* ---- settings ---- */

static void read_settings(const ServerOptions *options, Arena *arena, bool log,
                          ConfigLines *lines) {
    *lines = (ConfigLines){0};
    config_file_read(arena, settings_server_get(options->settings, "config_file"), false, log,
                     lines);
    config_file_read(arena, auto_path(options, arena), true, log, lines);
}

/* The setting becomes an absolute path, below the data directory unless given; a relative one counts from
 * there. */
static Status name_file(ServerOptions *options, const char *name, const char *default_name,
                        Arena *arena) {
    const char *given = settings_server_get(options->settings, name);
    if (given[0] == '/')
        return STATUS_OK;
    const char *path = given[0] == '\0'
                           ? arena_printf(arena, "%s/%s", options->data_directory, default_name)
                           : os_absolute_path(given, arena);
    return settings_server_set(options->settings, name, path);
}

static Status load_at_start(ServerOptions *options, Arena *arena) {
    ConfigLines lines = {0};
    const char *path = settings_server_get(options->settings, "config_file");
    const char *own = arena_printf(arena, "%s/postgresql.conf", options->data_directory);
    config_file_read(arena, path, strcmp(path, own) == 0, true, &lines);
    config_file_read(arena, auto_path(options, arena), true, true, &lines);
    if (settings_server_load(options->settings, lines.items, lines.count, SETTINGS_STARTING,
                             variables_check, arena))
        return STATUS_OK;
    return status_severity(
        error(ERR_CONFIG_FILE_ERROR, "configuration file \"%s\" contains errors", path), SEV_FATAL);
}

Status config_start(ServerOptions *options) {
    Arena arena;
    arena_init(&arena, mem_root());
    const char *directory = os_absolute_path(options->data_directory, &arena);
    Status status = settings_server_set(options->settings, "data_directory", directory);
    options->data_directory = settings_server_get(options->settings, "data_directory");
    if (status_ok(status))
        status = name_file(options, "config_file", "postgresql.conf", &arena);
    if (status_ok(status))
        status = load_at_start(options, &arena);
    if (status_ok(status))
        status = name_file(options, "hba_file", "pg_hba.conf", &arena);
    if (status_ok(status))
        status = name_file(options, "ident_file", "pg_ident.conf", &arena);
    arena_destroy(&arena);
    return status;
}

void config_preview(Server *server, Arena *arena, ConfigLines *lines_out) {
    read_settings(server->options, arena, false, lines_out);
    (void)settings_server_load(server->options->settings, lines_out->items, lines_out->count,
                               SETTINGS_DRY_RUN, variables_check, arena);
}

static void reload_settings(Server *server, Arena *arena) {
    ConfigLines lines;
    read_settings(server->options, arena, true, &lines);
    bool readable = true;
    for (size_t i = 0; i < lines.count; i++)
        readable &= lines.items[i].error == NULL;
    if (settings_server_load(server->options->settings, lines.items, lines.count, 0,
                             variables_check, arena))
        return;
    for (size_t i = 0; i < lines.count; i++)
        if (lines.items[i].error != NULL && lines.items[i].name != NULL)
            readable &= strcmp(lines.items[i].error, "unrecognized configuration parameter") != 0;
    log_write(LOG_LEVEL_LOG, "configuration file \"%s\" contains errors; %s",
              setting(server, "config_file"),
              readable ? "unaffected changes were applied" : "no changes were applied");
}

/* ---- rules ---- */

static AuthRules *rules_make(void) {
    AuthRules *rules = mem_alloc(mem_root(), sizeof(*rules));
    *rules = (AuthRules){.references = 1};
    arena_init(&rules->arena, mem_root());
    return rules;
}

void auth_rules_unref(AuthRules *rules) {
    if (rules == NULL || atomic_fetch_sub(&rules->references, 1) > 1)
        return;
    arena_destroy(&rules->arena);
    mem_free(mem_root(), rules, sizeof(*rules));
}

static AuthRules *take(Server *server, AuthRules *const *place) {
    latch_lock(&server->registry_latch);
    AuthRules *rules = *place;
    if (rules != NULL)
        atomic_fetch_add(&rules->references, 1);
    latch_unlock(&server->registry_latch);
    return rules;
}

static void replace(Server *server, AuthRules **place, AuthRules *rules) {
    latch_lock(&server->registry_latch);
    AuthRules *old = *place;
    *place = rules;
    latch_unlock(&server->registry_latch);
    auth_rules_unref(old);
}

AuthRules *config_hba_rules(Server *server) { return take(server, &server->hba_rules); }
AuthRules *config_ident_rules(Server *server) { return take(server, &server->ident_rules); }

static void log_line(const char *path, int line, const char *message, const char *hint) {
    Status status = error(ERR_CONFIG_FILE_ERROR, "%s", message);
    if (hint != NULL)
        status = status_hint(status, "%s", hint);
    status = status_context(status, "line %d of configuration file \"%s\"", line, path);
    log_error(LOG_LEVEL_LOG, status, NULL);
    status_free(status);
}

static HbaEnvironment environment_of(Server *server, const char *path) {
    return (HbaEnvironment){.path = path,
                            .ssl = settings_server_bool(server->options->settings, "ssl")};
}

static Status read_text(const char *what, const char *path, Arena *arena, const char **text_out) {
    char *text;
    size_t len;
    int code = os_read_text_file(path, arena, &text, &len);
    *text_out = text;
    return code == 0 ? STATUS_OK
                     : error(code == ENOENT ? ERR_UNDEFINED_FILE : ERR_IO_ERROR,
                             "could not open %s file \"%s\": %s", what, path, strerror(code));
}

/* False: there are errors, which are logged. */
static bool load_hba(Server *server) {
    AuthRules *rules = rules_make();
    const char *path = setting(server, "hba_file"), *text = NULL;
    Status status = STATUS_OK;
    if (server->options->auth != NULL)
        text = hba_default_text(&rules->arena, server->options->auth);
    else
        status = read_text("configuration", path, &rules->arena, &text);
    bool good = status_ok(status);
    if (!good) {
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
    }
    HbaLines lines = {0};
    HbaEnvironment environment = environment_of(server, path);
    if (good)
        hba_parse(&rules->arena, &environment, text, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const HbaLine *line = &lines.items[i];
        if (line->error != NULL)
            log_line(path, line->number, line->error, line->hint);
        good &= line->has_rule;
        if (line->has_rule)
            vec_push(&rules->hba, &rules->arena, line->rule);
    }
    if (good && rules->hba.count == 0) {
        log_write(LOG_LEVEL_LOG, "configuration file \"%s\" contains no entries", path);
        good = false;
    }
    if (good)
        replace(server, &server->hba_rules, rules);
    else
        auth_rules_unref(rules);
    return good;
}

static bool load_ident(Server *server) {
    AuthRules *rules = rules_make();
    const char *path = setting(server, "ident_file"), *text;
    Status status = read_text("usermap", path, &rules->arena, &text);
    bool good = status_ok(status);
    if (!good) {
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
    }
    IdentLines lines = {0};
    if (good)
        ident_parse(&rules->arena, path, text, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const IdentLine *line = &lines.items[i];
        good &= line->has_rule;
        if (line->has_rule)
            vec_push(&rules->ident, &rules->arena, line->rule);
        else
            log_line(path, line->number, line->error, NULL);
    }
    if (good)
        replace(server, &server->ident_rules, rules);
    else
        auth_rules_unref(rules);
    return good;
}

Status config_load_rules(Server *server) {
    const char *path = setting(server, "hba_file");
    if (!load_hba(server)) {
        Status status =
            status_severity(error(ERR_CONFIG_FILE_ERROR, "could not load %s", path), SEV_FATAL);
        return file_exists(path)
                   ? status
                   : status_hint(status, "Start once with -A METHOD to have the file written.");
    }
    (void)load_ident(server);
    return STATUS_OK;
}

Status config_preview_hba(Server *server, Arena *arena, HbaLines *lines_out) {
    const char *path = setting(server, "hba_file"), *text;
    HbaEnvironment environment = environment_of(server, path);
    *lines_out = (HbaLines){0};
    TRY(read_text("configuration", path, arena, &text));
    hba_parse(arena, &environment, text, lines_out);
    return STATUS_OK;
}

Status config_preview_ident(Server *server, Arena *arena, IdentLines *lines_out) {
    const char *path = setting(server, "ident_file"), *text;
    *lines_out = (IdentLines){0};
    TRY(read_text("usermap", path, arena, &text));
    ident_parse(arena, path, text, lines_out);
    return STATUS_OK;
}

void config_reload(Server *server) {
    Arena arena;
    arena_init(&arena, mem_root());
    fiber_mutex_lock(&server->config_mutex);
    log_write(LOG_LEVEL_LOG, "reloading configuration files");
    reload_settings(server, &arena);
    EngineTuning tuning = server_tuning(server);
    engine_tune(server->engine, &tuning);
    log_set_min_level(session_log_level(setting(server, "log_min_messages")));
    if (!load_hba(server))
        log_write(LOG_LEVEL_LOG, "%s was not reloaded", setting(server, "hba_file"));
    if (!load_ident(server))
        log_write(LOG_LEVEL_LOG, "%s was not reloaded", setting(server, "ident_file"));
    void *context;
    Status status = server_tls_context(server, false, &context);
    if (status_ok(status)) {
        latch_lock(&server->registry_latch);
        void *old = server->tls_context;
        server->tls_context = context;
        latch_unlock(&server->registry_latch);
        tls_context_unref(old);
    } else {
        log_error(LOG_LEVEL_LOG, status, NULL);
        status_free(status);
        log_write(LOG_LEVEL_LOG, "SSL configuration was not reloaded");
    }
    atomic_store(&server->conf_load_micros, clock_timestamp_us());
    fiber_mutex_unlock(&server->config_mutex);
    arena_destroy(&arena);
}

/* ---- files that the server writes ---- */

static Status write_if_absent(Arena *arena, const char *directory, const char *name,
                              const char *text) {
    const char *path = arena_printf(arena, "%s/%s", directory, name);
    return file_exists(path) ? STATUS_OK : file_replace(path, text, strlen(text));
}

static const char auto_head[] =
    "# Written by ALTER SYSTEM: what is changed here by hand gets lost.\n";
static const char main_text[] =
    "# Settings of the server, one a line:  name = value\n"
    "# Read at start, on SIGHUP and by pg_reload_conf(). postgresql.auto.conf is read after it; "
    "what\n"
    "# the command line says is stronger than both. Units: B kB MB GB TB, us ms s min h d.\n"
    "# pg_settings tells every setting with its default, pg_file_settings what became of the "
    "lines.\n"
    "\n"
    "#listen_addresses = 'localhost'\n"
    "#port = 5432\n"
    "#max_connections = 10000\n"
    "#shared_buffers = 128MB\n"
    "#work_mem = 4MB\n"
    "#max_wal_size = 1GB\n"
    "#ssl = off\n"
    "#include_dir = 'conf.d'\n";

Status config_write_defaults(Server *server) {
    const char *directory = server->options->data_directory, *method = server->options->auth;
    Arena *arena = &server->arena;
    TRY(write_if_absent(arena, directory, "postgresql.conf", main_text));
    TRY(write_if_absent(arena, directory, "postgresql.auto.conf", auto_head));
    TRY(write_if_absent(arena, directory, "pg_ident.conf", ident_default_text()));
    return write_if_absent(arena, directory, "pg_hba.conf",
                           hba_default_text(arena, method == NULL ? "trust" : method));
}

static Status write_auto(Server *server, Arena *arena, const char *name, const char *value) {
    ConfigLines lines = {0};
    const char *path = auto_path(server->options, arena);
    config_file_read(arena, path, true, true, &lines);
    StrBuf text;
    strbuf_init(&text, arena);
    strbuf_puts(&text, auto_head);
    bool placed = value == NULL;
    for (size_t i = 0; i < lines.count && name != NULL; i++) {
        const SettingLine *line = &lines.items[i];
        if (line->error != NULL)
            return error(ERR_CONFIG_FILE_ERROR, "could not parse contents of file \"%s\"", path);
        bool same = strcasecmp(line->name, name) == 0;
        if (!same)
            config_file_put(&text, line->name, line->value);
        else if (!placed)
            config_file_put(&text, line->name, value);
        placed |= same;
    }
    if (!placed)
        config_file_put(&text, name, value);
    return file_replace(path, strbuf_cstr(&text), text.len);
}

Status config_auto_change(Server *server, const char *name, const char *value) {
    Arena arena;
    arena_init(&arena, mem_root());
    fiber_mutex_lock(&server->config_mutex);
    Status status = write_auto(server, &arena, name, value);
    fiber_mutex_unlock(&server->config_mutex);
    arena_destroy(&arena);
    return status;
}
