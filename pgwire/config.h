/*
 * config.h: the server's files of configuration: postgresql.conf with postgresql.auto.conf, pg_hba.conf,
 * pg_ident.conf. Layer: pgwire.
 *
 * They are read at start, and again on SIGHUP and by pg_reload_conf(). A file with errors changes
 * nothing: what was read before stays in force. At start a pg_hba.conf that cannot be read or has errors
 * ends the server. With -A METHOD the rules are those that initialisation would write for METHOD, whatever
 * pg_hba.conf says.
 */
#ifndef PGWIRE_CONFIG_H
#define PGWIRE_CONFIG_H

#include "pgwire/config_file.h"
#include "pgwire/hba.h"
#include "pgwire/server.h"

/* One load of pg_hba.conf or pg_ident.conf. */
typedef struct AuthRules {
    _Atomic uint32_t references;
    Arena arena;
    VEC(HbaRule) hba;
    VEC(IdentRule) ident;
} AuthRules;

/* Names the files and reads the settings: before the runtime exists. Errors: F0000. */
Status config_start(ServerOptions *options);
/* [parks] Writes the files that are missing, for a new data directory. */
Status config_write_defaults(Server *server);
/* [parks] Reads pg_hba.conf and pg_ident.conf. Errors: F0000, where there is no usable pg_hba.conf. */
Status config_load_rules(Server *server);
/* [parks] Reads all again. What is wrong goes to the log. */
void config_reload(Server *server);

/* References to the rules in force: the caller gives them back. */
AuthRules *config_hba_rules(Server *server);
AuthRules *config_ident_rules(Server *server);
void auth_rules_unref(AuthRules *rules);

/* The files as they are now, for pg_file_settings, pg_hba_file_rules and pg_ident_file_mappings. */
void config_preview(Server *server, Arena *arena, ConfigLines *lines_out);
Status config_preview_hba(Server *server, Arena *arena, HbaLines *lines_out);
Status config_preview_ident(Server *server, Arena *arena, IdentLines *lines_out);

/* [parks] ALTER SYSTEM: puts the setting into postgresql.auto.conf, or takes it out (value NULL), or takes
 * all out (name NULL). */
Status config_auto_change(Server *server, const char *name, const char *value);

/* variables.c: what the table of settings does not know about a value. */
Status variables_check(int index, const char *value, Arena *arena, const char **canonical_out);

#endif
