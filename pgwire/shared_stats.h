/* shared_stats.h: counters of the server as a whole, and setting counters back. Layer: pgwire. */
#ifndef PGWIRE_SHARED_STATS_H
#define PGWIRE_SHARED_STATS_H

#include "pgwire/server.h"

typedef struct SharedStats SharedStats;

/* Makes server->shared_stats; its start time is known. */
void shared_stats_init(Server *server);
void shared_stats_register(void);

#endif
