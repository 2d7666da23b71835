/*
 * event_trigger.h: event triggers fire around commands that change the catalogs. Layer: executor,
 * private.
 *
 *   ddl_command_start, the command, sql_drop if it dropped something, ddl_command_end
 *   table_rewrite before a table is written anew
 *
 * While a command runs whose end somebody waits for, the session notes what it drops and makes.
 */
#ifndef EXECUTOR_EVENT_TRIGGER_H
#define EXECUTOR_EVENT_TRIGGER_H

#include "executor/utility.h"

#define REWRITE_ALTER_PERSISTENCE 1
#define REWRITE_DEFAULT 2
#define REWRITE_COLUMN 4
#define REWRITE_ACCESS_METHOD 8

/* Is it a command tag that event triggers know? */
bool event_trigger_knows_tag(const char *tag);
/* Runs the command with the event triggers that it fires. tag: as far as it is known before. */
Status event_trigger_execute(UtilityCall *call, const UtilityCommand *command, const char *tag);
Status event_trigger_table_rewrite(Session *session, Oid relation, int reason);
void event_trigger_register(void);

#endif
