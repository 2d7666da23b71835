/*
 * access_stats.h: how often a table or index was scanned, read and written (manual: the cumulative
 * statistics system). Layer: mvcc.
 *
 * Each worker adds to counters of its own, so counting costs a load and a store. They begin at 0 when
 * the server starts, and when a store is replaced (TRUNCATE, ALTER TABLE that rewrites).
 */
#ifndef MVCC_ACCESS_STATS_H
#define MVCC_ACCESS_STATS_H

#include "engine/engine.h"
#include "runtime/worker.h"

#include <stdatomic.h>

typedef enum AccessCounter {
    ACCESS_SCANS,   /* of the whole table or by the index */
    ACCESS_READ,    /* rows or entries that scans gave */
    ACCESS_FETCHED, /* rows by their ids */
    ACCESS_INSERTED,
    ACCESS_UPDATED,
    ACCESS_DELETED,
    ACCESS_COUNTER_COUNT
} AccessCounter;

#define ACCESS_SLOT_COUNTERS 8u /* a cache line */

typedef enum AccessUpkeep { ACCESS_VACUUM, ACCESS_ANALYZE, ACCESS_UPKEEP_COUNT } AccessUpkeep;

typedef struct AccessUpkeepLog {
    _Atomic int64_t last_us;  /* since 2000-01-01 UTC */
    _Atomic uint64_t count;   /* 0: last_us means nothing */
    _Atomic uint64_t changes; /* counted up to then: inserts; for ACCESS_ANALYZE all writes */
} AccessUpkeepLog;

typedef struct AccessStats {
    AccessUpkeepLog upkeep[ACCESS_UPKEEP_COUNT];
    uint32_t slot_count;
    _Atomic uint64_t *slots; /* [slot_count][ACCESS_SLOT_COUNTERS] */
} AccessStats;

typedef struct Mvcc Mvcc;

void access_stats_init(AccessStats *stats, MemAccount *account);
void access_stats_free(AccessStats *stats, MemAccount *account);
/* What all workers counted. False: nobody has opened the store since the start; all 0. */
bool table_access_stats(Mvcc *mvcc, StoreId store, uint64_t sums_out[ACCESS_COUNTER_COUNT]);
bool index_access_stats(Mvcc *mvcc, StoreId store, uint64_t sums_out[ACCESS_COUNTER_COUNT]);
/* Back to 0; what is counted at the same time may survive. */
void table_access_reset(Mvcc *mvcc, StoreId store);
void index_access_reset(Mvcc *mvcc, StoreId store);
void access_stats_clear(AccessStats *stats);
/* A table's rows moved to another store: what was counted of them goes along. */
void table_access_carry(Mvcc *mvcc, StoreId from, StoreId to);
/* Remembers that a table was vacuumed or analyzed at now_us; nothing if nobody has opened it. */
void table_note_upkeep(Mvcc *mvcc, StoreId store, AccessUpkeep what, int64_t now_us);
/* When it was last, how often, and how much was written since then. False: never. */
bool table_upkeep(Mvcc *mvcc, StoreId store, AccessUpkeep what, int64_t *last_us_out,
                  uint64_t *count_out, uint64_t *since_out);

static inline void access_count(const AccessStats *stats, AccessCounter counter, uint64_t n) {
    uint32_t slot = (uint32_t)(worker_id() + 1);
    _Atomic uint64_t *at =
        &stats->slots[(slot < stats->slot_count ? slot : 0) * ACCESS_SLOT_COUNTERS + counter];
    atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

#endif
