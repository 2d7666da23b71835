/*
 * plan_cache.c: partitions by the key's hash, each with a latch, a map and a clock.
 *
 * I1 A plan in the map has a reference of the map's; `cached`, `key` and `clock` are the partition's,
 *    changed under its latch alone.
 * I2 A partition's plans together take PARTITION_BYTES_MAX at most: adding makes room by the clock.
 *    Plans that are taken out live on while somebody runs them.
 *
 * Lock order: a partition's latch is innermost; nothing is freed under it.
 */
#include "pgwire/plan_cache.h"

#include "base/hash.h"
#include "base/map.h"
#include "runtime/latch.h"

#define PARTITION_COUNT 16u
#define PARTITION_BYTES_MAX ((size_t)8 << 20)
#define EVICT_MAX 64u /* at once */

typedef struct Partition {
    _Alignas(64) RwLatch latch;
    StrMap plans;
    ListNode clock;
    size_t bytes;
} Partition;

struct PlanCache {
    MemAccount account;
    Partition *partitions;
    size_t block_bytes;
    char *block;
};

PlanCache *plan_cache_make(MemAccount *account) {
    PlanCache *cache = mem_alloc(account, sizeof(*cache));
    *cache = (PlanCache){.block_bytes = PARTITION_COUNT * sizeof(Partition) + 64};
    mem_account_init(&cache->account, account, "plan cache", SIZE_MAX);
    cache->block = mem_alloc(&cache->account, cache->block_bytes);
    memset(cache->block, 0, cache->block_bytes);
    cache->partitions = (Partition *)ALIGN_UP((uintptr_t)cache->block, 64);
    for (unsigned i = 0; i < PARTITION_COUNT; i++) {
        strmap_init(&cache->partitions[i].plans, &cache->account);
        list_init(&cache->partitions[i].clock);
    }
    return cache;
}

static Partition *partition_of(PlanCache *cache, Str key) {
    return &cache->partitions[hash_bytes(key.data, key.len) / 7 % PARTITION_COUNT];
}

SharedPlan *shared_plan_make(PlanCache *cache) {
    SharedPlan *plan = mem_alloc(&cache->account, sizeof(*plan));
    *plan = (SharedPlan){.references = 1};
    mem_account_init(&plan->account, &cache->account, "plan", SIZE_MAX);
    arena_init(&plan->arena, &plan->account);
    list_init(&plan->clock);
    return plan;
}

SharedPlan *shared_plan_ref(SharedPlan *plan) {
    atomic_fetch_add_explicit(&plan->references, 1, memory_order_relaxed);
    return plan;
}

void shared_plan_unref(PlanCache *cache, SharedPlan *plan) {
    if (plan == NULL || atomic_fetch_sub_explicit(&plan->references, 1, memory_order_acq_rel) > 1)
        return;
    arena_destroy(&plan->arena);
    mem_free(&cache->account, plan, sizeof(*plan));
}

/* Latched. The map's reference becomes the caller's. */
static void take_out(Partition *partition, SharedPlan *plan) {
    strmap_remove(&partition->plans, plan->key.data, plan->key.len);
    list_remove(&plan->clock);
    partition->bytes -= plan->arena.reserved_bytes;
    plan->cached = false;
}

SharedPlan *plan_cache_find(PlanCache *cache, Str key, uint64_t epoch) {
    Partition *partition = partition_of(cache, key);
    SharedPlan *stale = NULL;
    latch_lock_shared(&partition->latch);
    SharedPlan *plan = strmap_get(&partition->plans, key.data, key.len);
    if (plan != NULL && plan->epoch == epoch) {
        shared_plan_ref(plan);
        if (!atomic_load_explicit(&plan->touched, memory_order_relaxed))
            atomic_store_explicit(&plan->touched, true, memory_order_relaxed);
    }
    latch_unlock_shared(&partition->latch);
    if (plan == NULL || plan->epoch == epoch)
        return plan;
    latch_lock(&partition->latch);
    plan = strmap_get(&partition->plans, key.data, key.len);
    if (plan != NULL && plan->epoch < epoch)
        take_out(partition, stale = plan);
    latch_unlock(&partition->latch);
    shared_plan_unref(cache, stale);
    return NULL;
}

/* Latched. Takes plans out, longest unused first, until bytes more fit. */
static uint32_t make_room(Partition *partition, size_t bytes, SharedPlan **out) {
    uint32_t count = 0;
    while (partition->bytes + bytes > PARTITION_BYTES_MAX && !list_empty(&partition->clock) &&
           count < EVICT_MAX) {
        SharedPlan *oldest = LIST_ENTRY(partition->clock.next, SharedPlan, clock);
        if (atomic_exchange_explicit(&oldest->touched, false, memory_order_relaxed)) {
            list_remove(&oldest->clock);
            list_push_back(&partition->clock, &oldest->clock);
        } else {
            take_out(partition, oldest);
            out[count++] = oldest;
        }
    }
    return count;
}

void plan_cache_add(PlanCache *cache, SharedPlan *plan, Str key) {
    Partition *partition = partition_of(cache, key);
    SharedPlan *evicted[EVICT_MAX];
    uint32_t count = 0;
    Str own = str_make(arena_memdup(&plan->arena, key.data, key.len), key.len);
    size_t bytes = plan->arena.reserved_bytes;
    latch_lock(&partition->latch);
    if (!plan->cached && strmap_get(&partition->plans, key.data, key.len) == NULL) {
        count = make_room(partition, bytes, evicted);
        if (partition->bytes + bytes <= PARTITION_BYTES_MAX) {
            plan->key = own;
            plan->cached = true;
            shared_plan_ref(plan);
            strmap_put(&partition->plans, own.data, own.len, plan);
            list_push_back(&partition->clock, &plan->clock);
            partition->bytes += bytes;
        }
    }
    latch_unlock(&partition->latch);
    for (uint32_t i = 0; i < count; i++)
        shared_plan_unref(cache, evicted[i]);
}
