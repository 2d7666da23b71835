/* access_stats.c: counters of tables and indexes, one set a worker. */
#include "mvcc/access_stats.h"

#include "mvcc/mvcc_int.h"

static size_t bytes_of(uint32_t slot_count) {
    return (size_t)slot_count * ACCESS_SLOT_COUNTERS * sizeof(_Atomic uint64_t);
}

void access_stats_init(AccessStats *stats, MemAccount *account) {
    stats->slot_count = (uint32_t)worker_count() + 1;
    stats->slots = mem_alloc(account, bytes_of(stats->slot_count));
    memset(stats->upkeep, 0, sizeof(stats->upkeep));
    memset((void *)stats->slots, 0, bytes_of(stats->slot_count));
}

void access_stats_free(AccessStats *stats, MemAccount *account) {
    mem_free(account, (void *)stats->slots, bytes_of(stats->slot_count));
}

static void sum_up(const AccessStats *stats, uint64_t *sums_out) {
    for (uint32_t slot = 0; slot < stats->slot_count; slot++)
        for (unsigned c = 0; c < ACCESS_COUNTER_COUNT; c++)
            sums_out[c] += atomic_load_explicit(&stats->slots[slot * ACCESS_SLOT_COUNTERS + c],
                                                memory_order_relaxed);
}

bool table_access_stats(Mvcc *mvcc, StoreId store, uint64_t sums_out[ACCESS_COUNTER_COUNT]) {
    memset(sums_out, 0, ACCESS_COUNTER_COUNT * sizeof(*sums_out));
    latch_lock_shared(&mvcc->stores_latch);
    const Table *table = u64map_get(&mvcc->tables, store);
    if (table != NULL)
        sum_up(&table->stats, sums_out);
    latch_unlock_shared(&mvcc->stores_latch);
    return table != NULL;
}

bool index_access_stats(Mvcc *mvcc, StoreId store, uint64_t sums_out[ACCESS_COUNTER_COUNT]) {
    memset(sums_out, 0, ACCESS_COUNTER_COUNT * sizeof(*sums_out));
    latch_lock_shared(&mvcc->stores_latch);
    const Index *index = u64map_get(&mvcc->indexes, store);
    if (index != NULL)
        sum_up(&index->stats, sums_out);
    latch_unlock_shared(&mvcc->stores_latch);
    return index != NULL;
}

void table_access_carry(Mvcc *mvcc, StoreId from, StoreId to) {
    latch_lock_shared(&mvcc->stores_latch);
    Table *old = u64map_get(&mvcc->tables, from), *now = u64map_get(&mvcc->tables, to);
    if (old != NULL && now != NULL) {
        uint64_t sums[ACCESS_COUNTER_COUNT] = {0};
        sum_up(&old->stats, sums);
        access_stats_clear(&now->stats);
        for (unsigned c = 0; c < ACCESS_COUNTER_COUNT; c++)
            atomic_store_explicit(&now->stats.slots[c], sums[c], memory_order_relaxed);
        for (unsigned what = 0; what < ACCESS_UPKEEP_COUNT; what++) {
            AccessUpkeepLog *log = &now->stats.upkeep[what], *was = &old->stats.upkeep[what];
            atomic_store(&log->last_us, atomic_load(&was->last_us));
            atomic_store(&log->count, atomic_load(&was->count));
            atomic_store(&log->changes, atomic_load(&was->changes));
        }
    }
    latch_unlock_shared(&mvcc->stores_latch);
}

static uint64_t changes(const AccessStats *stats, AccessUpkeep what) {
    uint64_t sums[ACCESS_COUNTER_COUNT] = {0};
    sum_up(stats, sums);
    uint64_t inserted = sums[ACCESS_INSERTED];
    return what == ACCESS_VACUUM ? inserted
                                 : inserted + sums[ACCESS_UPDATED] + sums[ACCESS_DELETED];
}

void table_note_upkeep(Mvcc *mvcc, StoreId store, AccessUpkeep what, int64_t now_us) {
    latch_lock_shared(&mvcc->stores_latch);
    Table *table = u64map_get(&mvcc->tables, store);
    if (table != NULL) {
        AccessUpkeepLog *log = &table->stats.upkeep[what];
        atomic_store(&log->changes, changes(&table->stats, what));
        atomic_store(&log->last_us, now_us);
        atomic_fetch_add(&log->count, 1);
    }
    latch_unlock_shared(&mvcc->stores_latch);
}

bool table_upkeep(Mvcc *mvcc, StoreId store, AccessUpkeep what, int64_t *last_us_out,
                  uint64_t *count_out, uint64_t *since_out) {
    *last_us_out = 0;
    *count_out = *since_out = 0;
    latch_lock_shared(&mvcc->stores_latch);
    Table *table = u64map_get(&mvcc->tables, store);
    if (table != NULL) {
        AccessUpkeepLog *log = &table->stats.upkeep[what];
        *count_out = atomic_load(&log->count);
        *last_us_out = atomic_load(&log->last_us);
        *since_out = changes(&table->stats, what) - atomic_load(&log->changes);
    }
    latch_unlock_shared(&mvcc->stores_latch);
    return *count_out > 0;
}

void access_stats_clear(AccessStats *stats) {
    for (unsigned what = 0; what < ACCESS_UPKEEP_COUNT; what++) {
        AccessUpkeepLog *log = &stats->upkeep[what];
        atomic_store(&log->count, 0);
        atomic_store(&log->changes, 0);
    }
    for (uint32_t i = 0; i < stats->slot_count * ACCESS_SLOT_COUNTERS; i++)
        atomic_store_explicit(&stats->slots[i], 0, memory_order_relaxed);
}

void table_access_reset(Mvcc *mvcc, StoreId store) {
    latch_lock_shared(&mvcc->stores_latch);
    Table *table = u64map_get(&mvcc->tables, store);
    if (table != NULL)
        access_stats_clear(&table->stats);
    latch_unlock_shared(&mvcc->stores_latch);
}

void index_access_reset(Mvcc *mvcc, StoreId store) {
    latch_lock_shared(&mvcc->stores_latch);
    Index *index = u64map_get(&mvcc->indexes, store);
    if (index != NULL)
        access_stats_clear(&index->stats);
    latch_unlock_shared(&mvcc->stores_latch);
}
