/* main.c: the command line, with PostgreSQL's letters. */
#include "base/defs.h"
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
    "               [-A trust|scram-sha-256] [-c NAME=VALUE]... [--allow-root]\n"
    "\n"
    "An empty or absent DIR is initialised.\n";

typedef struct Parsed {
    ServerOptions server;
    bool allow_root;
} Parsed;

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

static Status set_option(Parsed *parsed, int letter, char *value) {
    SettingsServer *settings = parsed->server.settings;
    switch (letter) {
    case 'D':
        parsed->server.data_directory = value;
        return settings_server_set(settings, "data_directory", value);
    case 'p':
        return settings_server_set(settings, "port", value);
    case 'h':
        return settings_server_set(settings, "listen_addresses", value);
    case 'k':
        return settings_server_set(settings, "unix_socket_directories", value);
    case 'U':
        parsed->server.superuser = value;
        return STATUS_OK;
    case 'A':
        if (strcmp(value, "trust") != 0 && strcmp(value, "scram-sha-256") != 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "unknown authentication method \"%s\"",
                         value);
        parsed->server.auth = strcmp(value, "trust") == 0 ? AUTH_TRUST : AUTH_SCRAM;
        return STATUS_OK;
    case 'c':
        return set_pair(settings, value);
    case 'R':
        parsed->allow_root = true;
        return STATUS_OK;
    default:
        return error(ERR_SYNTAX_ERROR, "invalid argument");
    }
}

int main(int argc, char **argv) {
    static const struct option long_options[] = {{"allow-root", no_argument, NULL, 'R'},
                                                 {"help", no_argument, NULL, '?'},
                                                 {"version", no_argument, NULL, 'V'},
                                                 {NULL, 0, NULL, 0}};
    Parsed parsed = {.server = {.auth = AUTH_SCRAM, .superuser = "postgres"}};
    SettingsServer *settings = settings_server_make(mem_root());
    parsed.server.settings = settings;
    for (int letter; (letter = getopt_long(argc, argv, "D:p:h:k:U:A:c:", long_options, NULL)) != -1;) {
        if (letter == 'V') {
            puts("phantom (PostgreSQL) 15.18 (Phantom 0.1)");
            return 0;
        }
        if (letter == '?') {
            fputs(usage, stderr);
            return 2;
        }
        Status status = set_option(&parsed, letter, optarg);
        if (!status_ok(status)) {
            int code = fail("", status.error->message);
            status_free(status);
            return code;
        }
    }
    if (parsed.server.data_directory == NULL)
        return fail("no data directory: use -D DIR", "");
    if (os_uid() == 0 && !parsed.allow_root)
        return fail("\"root\" execution is not permitted; use another user, or --allow-root in a "
                    "container", "");
    parsed.server.port = (uint16_t)settings_server_int(settings, "port");
    parsed.server.listen_addresses = settings_server_get(settings, "listen_addresses");
    parsed.server.socket_directory = settings_server_get(settings, "unix_socket_directories");
    log_set_min_level(LOG_LEVEL_LOG);
    return server_run(&parsed.server);
}
