/* published.h: what publications ask of a table that is written. Layer: executor, private. */
#ifndef EXECUTOR_PUBLISHED_H
#define EXECUTOR_PUBLISHED_H

#include "executor/executor.h"

/*
 * May rows of the table be updated (or deleted), for all that publications say? Where one publishes the
 * change, the row's old version must be identified: there must be a replica identity, columns of its
 * row filter must be part of it, and its column list must cover it. Tables that no publication could
 * name cost nothing.
 * Errors: 55000, 42P10.
 */
Status published_check(Session *session, Arena *arena, const RelationDesc *relation,
                       bool is_delete);

#endif
