/* main.c: the command line, with PostgreSQL's letters. */
#include "base/defs.h"
#include "pgwire/config.h"
#include "pgwire/server.h"
#include "runtime/log.h"
#include "runtime/os.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "phantom: a SQL database server that speaks PostgreSQL's protocol\n"
    "\n"
    "usage: phantom -D DIR [-p PORT] [-h ADDRESSES] [-k SOCKETDIR] [-U SUPERUSER]\n"
    "               [-A METHOD] [-c NAME=VALUE]...\n"
    "       phantom check [-D] DIR [-c NAME=VALUE]...\n"
    "\n"
    "An empty or absent DIR is initialised. Without -D it is $PGDATA. METHOD (trust, "
    "scram-sha-256, md5,\n"
    "password, peer, reject) goes into a new pg_hba.conf, trust without -A; where there is one "
    "already, -A\n"
    "takes its place for this run.\n"
    "\n"
    "check looks at every page, table and index of a server that is stopped (after the recovery "
    "that a "
    "start\n"
    "would do): exit code 0 sound, 1 something is damaged, 2 it could not be looked at.\n";

static int fail(const char *what, const char *detail) {
    fprintf(stderr, "phantom: %s%s\n", what, detail);
    return 2;
}

static Status set_pair(SettingsServer *settings, char *pair) {
    char *equals = strchr(pair, '=');
    if (equals == NULL)
        return error(ERR_SYNTAX_ERROR, "-c %s requires a value", pair);
    *equals = '\0';
    return settings_server_set(settings, pair, equals + 1);
}

static Status set_option(ServerOptions *server, int letter, char *value) {
    SettingsServer *settings = server->settings;
    switch (letter) {
    case 'D':
        server->data_directory = value;
        return settings_server_set(settings, "data_directory", value);
    case 'p':
        return settings_server_set(settings, "port", value);
    case 'h':
        return settings_server_set(settings, "listen_addresses", value);
    case 'k':
        return settings_server_set(settings, "unix_socket_directories", value);
    case 'U':
        server->superuser = value;
        return STATUS_OK;
    case 'A':
        if (!hba_method_is_default(value))
            return error(ERR_INVALID_PARAMETER_VALUE, "unknown authentication method \"%s\"",
                         value);
        server->auth = value;
        return STATUS_OK;
    case 'c':
        return set_pair(settings, value);
    default:
        return error(ERR_SYNTAX_ERROR, "invalid argument");
    }
}

static Status data_directory_from_environment(ServerOptions *server) {
    const char *directory = os_env("PGDATA");
    if (server->data_directory != NULL || directory == NULL || *directory == '\0')
        return STATUS_OK;
    return set_option(server, 'D', (char *)(uintptr_t)directory);
}

int main(int argc, char **argv) {
    static const struct option long_options[] = {
        {"help", no_argument, NULL, 'H'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    ServerOptions server = {.superuser = "postgres"};
    SettingsServer *settings = settings_server_make(mem_root());
    server.settings = settings;
    server.check = argc > 1 && strcmp(argv[1], "check") == 0;
    argc -= server.check;
    argv += server.check;
    for (int letter;
         (letter = getopt_long(argc, argv, "D:p:h:k:U:A:c:", long_options, NULL)) != -1;) {
        if (letter == 'V') {
            puts("phantom (PostgreSQL) 15.18 (Phantom 0.1)");
            return 0;
        }
        if (letter == 'H' || letter == '?') {
            fputs(usage, letter == 'H' ? stdout : stderr);
            return letter == 'H' ? 0 : 2;
        }
        Status status = set_option(&server, letter, optarg);
        if (!status_ok(status)) {
            int code = fail("", status.error->message);
            status_free(status);
            return code;
        }
    }
    if (server.check && optind < argc)
        status_free(set_option(&server, 'D', argv[optind]));
    Status from_environment = data_directory_from_environment(&server);
    if (!status_ok(from_environment))
        return fail("", from_environment.error->message);
    if (server.data_directory == NULL)
        return fail("no data directory: use -D DIR, or set PGDATA", "");
    log_set_min_level(LOG_LEVEL_LOG);
    Status configured = config_start(&server);
    if (!status_ok(configured)) {
        log_error(LOG_LEVEL_FATAL, configured, NULL);
        status_free(configured);
        return 1;
    }
    server.port = (uint16_t)settings_server_int(settings, "port");
    server.listen_addresses = settings_server_get(settings, "listen_addresses");
    server.socket_directory = settings_server_get(settings, "unix_socket_directories");
    if (os_uid() == 0)
        log_write(LOG_LEVEL_WARNING, "running as root: outside of containers use another user");
    return server_run(&server);
}
