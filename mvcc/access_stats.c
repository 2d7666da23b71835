/* access_stats.c: counters of tables and indexes, one set a worker. */
#include "mvcc/access_stats.h"

#include "mvcc/mvcc_int.h"

static size_t bytes_of(uint32_t slot_count) {
    return (size_t)slot_count * ACCESS_SLOT_COUNTERS * sizeof(_Atomic uint64_t);
}

void access_stats_init(AccessStats *stats, MemAccount *account) {
    stats->slot_count = (uint32_t)worker_count() + 1;
    stats->slots = mem_alloc(account, bytes_of(stats->slot_count));
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

void access_stats_clear(const AccessStats *stats) {
    for (uint32_t i = 0; i < stats->slot_count * ACCESS_SLOT_COUNTERS; i++)
        atomic_store_explicit(&stats->slots[i], 0, memory_order_relaxed);
}

void table_access_reset(Mvcc *mvcc, StoreId store) {
    latch_lock_shared(&mvcc->stores_latch);
    const Table *table = u64map_get(&mvcc->tables, store);
    if (table != NULL)
        access_stats_clear(&table->stats);
    latch_unlock_shared(&mvcc->stores_latch);
}

void index_access_reset(Mvcc *mvcc, StoreId store) {
    latch_lock_shared(&mvcc->stores_latch);
    const Index *index = u64map_get(&mvcc->indexes, store);
    if (index != NULL)
        access_stats_clear(&index->stats);
    latch_unlock_shared(&mvcc->stores_latch);
}
