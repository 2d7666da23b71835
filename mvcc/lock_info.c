/* lock_info.c: what pg_locks and pg_blocking_pids show. */
#include "mvcc/mvcc_int.h"

typedef VEC(LockInfo) LockInfos;

static Xid owner_xid(const LockOwner *owner) {
    return owner->txn == NULL ? XID_INVALID : txn_own_xid(owner->txn);
}

static void list_lock(const Lock *lock, Arena *arena, LockInfos *infos) {
    LIST_FOREACH(node, &lock->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (lock->tag.kind == LOCK_TRANSACTION)
            continue; /* listed with its transaction */
        vec_push(infos, arena,
                 ((LockInfo){.tag = lock->tag,
                             .mode = hold->mode,
                             .granted = true,
                             .process_id = hold->owner->process_id,
                             .xid = owner_xid(hold->owner)}));
    }
    LIST_FOREACH(node, &lock->waiters) {
        const LockWaiter *waiter = LIST_ENTRY(node, LockWaiter, in_lock);
        vec_push(infos, arena,
                 ((LockInfo){.tag = lock->tag,
                             .mode = waiter->mode,
                             .process_id = waiter->owner->process_id,
                             .xid = owner_xid(waiter->owner),
                             .wait_start_micros = waiter->wait_start_us}));
    }
}

/* The fast notes, and each running transaction's own id. */
static void list_txn(Mvcc *mvcc, Txn *txn, Arena *arena, LockInfos *infos) {
    LockOwner *owner = &txn->locks;
    Xid xid = txn_own_xid(txn);
    int32_t process_id = atomic_load(&txn->process_id);
    latch_lock(&owner->latch);
    for (uint32_t i = 0; i < owner->fast_count; i++) {
        const LockFast *fast = &owner->fast[i];
        for (LockMode mode = LOCK_ACCESS_SHARE; mode <= LOCK_ROW_EXCLUSIVE; mode++)
            if (fast->modes >> mode & 1)
                vec_push(infos, arena,
                         ((LockInfo){.tag = {.kind = LOCK_RELATION,
                                             .database = fast->database,
                                             .key1 = fast->key1},
                                     .mode = mode,
                                     .granted = true,
                                     .process_id = process_id,
                                     .xid = xid}));
    }
    latch_unlock(&owner->latch);
    if (xid != XID_INVALID && xid_running(xid_state(mvcc, xid)))
        vec_push(infos, arena,
                 ((LockInfo){.tag = {.kind = LOCK_TRANSACTION, .key1 = xid},
                             .mode = LOCK_EXCLUSIVE,
                             .granted = true,
                             .process_id = process_id,
                             .xid = xid}));
}

Status lock_list(Mvcc *mvcc, Arena *arena, const LockInfo **list_out, size_t *count_out) {
    LockInfos infos = {0};
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++) {
        LockPartition *partition = &mvcc->locks.partitions[i];
        latch_lock(&partition->latch);
        for (uint32_t b = 0; b < partition->bucket_count; b++)
            for (const Lock *lock = partition->buckets[b]; lock != NULL; lock = lock->next)
                list_lock(lock, arena, &infos);
        latch_unlock(&partition->latch);
    }
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++)
        list_txn(mvcc, txn_at(mvcc, i), arena, &infos);
    *list_out = infos.items;
    *count_out = infos.count;
    return arena_check(arena);
}

typedef VEC(int32_t) Pids;

static void add_pid(Pids *pids, Arena *arena, int32_t pid) {
    for (size_t i = 0; i < pids->count; i++)
        if (pids->items[i] == pid)
            return;
    vec_push(pids, arena, pid);
}

static void list_blockers(const Lock *lock, const LockWaiter *waiter, Arena *arena, Pids *pids) {
    LIST_FOREACH(node, &lock->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (hold->number <= waiter->upto && hold->owner->group != waiter->owner->group &&
            lock_conflict(waiter->mode, hold->mode))
            add_pid(pids, arena, hold->owner->process_id);
    }
    LIST_FOREACH(node, &lock->waiters) {
        const LockWaiter *ahead = LIST_ENTRY(node, LockWaiter, in_lock);
        if (ahead == waiter || waiter->bystander)
            break;
        if (!ahead->bystander && lock_conflict(waiter->mode, ahead->mode))
            add_pid(pids, arena, ahead->owner->process_id);
    }
}

Status lock_blockers(Mvcc *mvcc, int32_t process_id, Arena *arena, const int32_t **pids_out,
                     size_t *count_out) {
    Pids pids = {0};
    LockManager *manager = &mvcc->locks;
    latch_lock(&manager->graph_latch);
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++)
        latch_lock(&manager->partitions[i].latch);
    LockWaiter *waiter = u64map_get(&manager->waiting, (uint32_t)process_id);
    if (waiter != NULL && !atomic_load(&waiter->granted))
        list_blockers(waiter->lock, waiter, arena, &pids);
    for (uint32_t i = LOCK_PARTITIONS; i-- > 0;)
        latch_unlock(&manager->partitions[i].latch);
    latch_unlock(&manager->graph_latch);
    *pids_out = pids.items;
    *count_out = pids.count;
    return arena_check(arena);
}

typedef struct SafeBlockers {
    Pids pids;
    Arena *arena;
} SafeBlockers;

static void add_safe_blocker(void *arg, int32_t process_id) {
    SafeBlockers *blockers = arg;
    vec_push(&blockers->pids, blockers->arena, process_id);
}

Status lock_safe_snapshot_blockers(Mvcc *mvcc, int32_t process_id, Arena *arena,
                                   const int32_t **pids_out, size_t *count_out) {
    SafeBlockers blockers = {.arena = arena};
    ssi_blockers(mvcc->ssi, process_id, add_safe_blocker, &blockers);
    *pids_out = blockers.pids.items;
    *count_out = blockers.pids.count;
    return arena_check(arena);
}
