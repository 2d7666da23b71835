/*
 * statement_stats.h: what pg_stat_statements counts: statements by their text without literals, role and
 * database. Layer: pgwire, private.
 *
 * Only counted where shared_preload_libraries names it; otherwise Server.statement_stats is NULL, and a
 * statement costs one look at that. Kept in memory since the server started.
 */
#ifndef PGWIRE_STATEMENT_STATS_H
#define PGWIRE_STATEMENT_STATS_H

#include "base/defs.h"

typedef struct ClientSession ClientSession;
typedef struct Server Server;
typedef struct StatementStats StatementStats;

/* Makes server->statement_stats if the settings ask for it. */
void statement_stats_init(Server *server);
void statement_stats_register(void); /* its SQL functions */
/* The session begins a statement, or goes on to the next of its string. */
void statement_stats_start(ClientSession *client);
/* The statement at work (client->statement_text, or the whole query_text) has ended well. */
void statement_stats_count(ClientSession *client, const char *tag);

#endif
