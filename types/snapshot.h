/*
 * snapshot.h: values of pg_snapshot and txid_snapshot. Layer: types.
 *
 *   uint64 xmin, uint64 xmax, uint64 each transaction in progress, ascending, once each
 */
#ifndef TYPES_SNAPSHOT_H
#define TYPES_SNAPSHOT_H

#include "base/arena.h"
#include "base/datum.h"

/* xids ascending. Errors: 54000, 53200. */
Status snapshot_store(Arena *arena, uint64_t xmin, uint64_t xmax, const uint64_t *xids,
                      size_t count, Datum *value_out);

#endif
