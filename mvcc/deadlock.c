/*
 * deadlock.c: waiting for a lock, and the search for cycles.
 *
 * Who has queued up looks for a cycle at once, so a deadlock lives microseconds. Edges lead from a
 * waiter to the groups that hold the lock in a conflicting mode (hard), and to the waiters ahead of it
 * with conflicting requests (soft). The search holds the graph latch and all partitions, so what it
 * sees is exact. It is skipped while nobody else waits; of two that queue up at once, the second to
 * enter itself in `waiting` sees the other.
 *
 * A cycle with a soft edge is broken by letting the waiter go before the one ahead, where that makes
 * no other cycle. Else one waiter of the cycle gives up: the one whose deadlock_timeout, counted from
 * the start of its wait, would run out next, as that is whom PostgreSQL picks.
 */
#include "mvcc/mvcc_int.h"

#include <stdio.h>

void lock_waiter_init(LockWaiter *waiter, const Txn *txn, Lock *lock, LockOwner *owner,
                      LockMode mode, LockHold *hold) {
    *waiter = (LockWaiter){.lock = lock,
                           .owner = owner,
                           .mode = mode,
                           .hold = hold,
                           .upto = UINT64_MAX,
                           .fiber = fiber_self_ref(),
                           .wait_start_us = clock_timestamp_us(),
                           .expiry_us = clock_mono_us() + txn->deadlock_timeout_us};
    list_init(&waiter->in_lock);
}

/* ---- the search ---- */

static void latch_all(LockManager *manager) {
    latch_lock(&manager->graph_latch);
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++)
        latch_lock(&manager->partitions[i].latch);
}

static void unlatch_all(LockManager *manager) {
    for (uint32_t i = LOCK_PARTITIONS; i-- > 0;)
        latch_unlock(&manager->partitions[i].latch);
    latch_unlock(&manager->graph_latch);
}

typedef struct Search {
    LockManager *manager;
    LockWaiter *start;
    LockWaiter *head, **tail; /* to be looked at */
    LockWaiter *last;         /* the one whose edge leads back to start; NULL: no cycle */
    bool last_soft;
} Search;

/* from waits for `group`. True: the cycle is closed. */
static bool search_edge(Search *search, LockWaiter *from, uint64_t group, bool soft) {
    if (group == search->start->owner->group) {
        search->last = from;
        search->last_soft = soft;
        return true;
    }
    LockWaiter *next = u64map_get(&search->manager->waiting, group);
    if (next == NULL || next->visit == search->manager->visit || atomic_load(&next->granted) ||
        next->victim)
        return false;
    next->visit = search->manager->visit;
    next->from = from;
    next->from_soft = soft;
    next->queue_next = NULL;
    *search->tail = next;
    search->tail = &next->queue_next;
    return false;
}

static bool search_edges(Search *search, LockWaiter *waiter) {
    Lock *lock = waiter->lock;
    uint64_t group = waiter->owner->group;
    LIST_FOREACH(node, &lock->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (hold->number <= waiter->upto && hold->owner->group != group &&
            lock_conflict(waiter->mode, hold->mode) &&
            search_edge(search, waiter, hold->owner->group, false))
            return true;
    }
    LIST_FOREACH(node, &lock->waiters) {
        const LockWaiter *ahead = LIST_ENTRY(node, LockWaiter, in_lock);
        if (ahead == waiter || waiter->bystander)
            break;
        if (!ahead->bystander && ahead->owner->group != group && lock_conflict(waiter->mode, ahead->mode) &&
            search_edge(search, waiter, ahead->owner->group, true))
            return true;
    }
    return false;
}

/* Breadth first, so the cycle is a shortest one. */
static bool search_cycle(Search *search, LockManager *manager, LockWaiter *start) {
    manager->visit++;
    *search = (Search){.manager = manager, .start = start, .head = start};
    start->visit = manager->visit;
    start->from = NULL;
    start->queue_next = NULL;
    search->tail = &start->queue_next;
    for (LockWaiter *waiter = start; waiter != NULL; waiter = waiter->queue_next)
        if (search_edges(search, waiter))
            return true;
    return false;
}

/* ---- breaking a cycle ---- */

/* The one ahead of waiter, in its queue, that belongs to group. */
static LockWaiter *ahead_of(LockWaiter *waiter, uint64_t group) {
    LIST_FOREACH(node, &waiter->lock->waiters) {
        LockWaiter *ahead = LIST_ENTRY(node, LockWaiter, in_lock);
        if (ahead == waiter)
            return NULL;
        if (!ahead->bystander && ahead->owner->group == group &&
            lock_conflict(waiter->mode, ahead->mode))
            return ahead;
    }
    return NULL;
}

/* Lets waiter go before the one of `group`; stays so where the cycle is gone and none came up. */
static bool try_overtake(LockManager *manager, Mvcc *mvcc, LockWaiter *start, LockWaiter *waiter,
                         uint64_t group) {
    LockWaiter *ahead = ahead_of(waiter, group);
    if (ahead == NULL)
        return false;
    ListNode *old_prev = waiter->in_lock.prev;
    list_remove(&waiter->in_lock);
    list_push_back(&ahead->in_lock, &waiter->in_lock); /* before it */
    Search search;
    if (search_cycle(&search, manager, start) || search_cycle(&search, manager, ahead)) {
        list_remove(&waiter->in_lock);
        list_insert_after(old_prev, &waiter->in_lock);
        return false;
    }
    lock_grant_waiters(mvcc, lock_partition(mvcc, waiter->lock->hash), waiter->lock);
    return true;
}

static void describe_tag(const LockTag *tag, char *buf, size_t capacity) {
    unsigned database = tag->database;
    switch (tag->kind) {
    case LOCK_RELATION:
        snprintf(buf, capacity, "relation %u of database %u", (unsigned)tag->key1, database);
        break;
    case LOCK_ADVISORY:
        if (tag->key3 == 1)
            snprintf(buf, capacity, "advisory lock [%u,%u,%u,%u]", database,
                     (unsigned)(tag->key1 >> 32), (unsigned)tag->key1, (unsigned)tag->key3);
        else
            snprintf(buf, capacity, "advisory lock [%u,%u,%u,%u]", database, (unsigned)tag->key1,
                     (unsigned)tag->key2, (unsigned)tag->key3);
        break;
    case LOCK_OBJECT:
        snprintf(buf, capacity, "object %u of class %u of database %u", (unsigned)tag->key2,
                 (unsigned)tag->key1, database);
        break;
    case LOCK_TRANSACTION:
        snprintf(buf, capacity, "transaction %u", (unsigned)tag->key1);
        break;
    case LOCK_ROW:
        snprintf(buf, capacity, "tuple (%u,%u) of relation %u of database %u",
                 (unsigned)(tag->key2 >> 8), (unsigned)(tag->key2 & 255) + 1, (unsigned)tag->key1,
                 database);
        break;
    }
}

static LockWaiter *pick_victim(const Search *search, uint64_t now) {
    LockWaiter *victim = search->start;
    /* Two that hold a lock and both want more of it: the second knows at once. */
    if (search->last->from == victim && search->last->lock == victim->lock)
        return victim;
    for (LockWaiter *waiter = search->last; waiter != NULL; waiter = waiter->from)
        if (waiter->expiry_us >= now && waiter->expiry_us < victim->expiry_us)
            victim = waiter;
    return victim;
}

/* The cycle, told from the victim on. */
static Status deadlock_error(const Search *search, const LockWaiter *victim, Arena *arena) {
    VEC(const LockWaiter *) cycle = {0}; /* each waits for the one before it */
    for (const LockWaiter *waiter = search->last; waiter != NULL; waiter = waiter->from)
        vec_push(&cycle, arena, waiter);
    size_t at = 0;
    while (cycle.items[at] != victim)
        at++;
    const char *detail = "";
    for (size_t i = 0; i < cycle.count; i++) {
        const LockWaiter *waiter = cycle.items[at];
        at = at == 0 ? cycle.count - 1 : at - 1;
        char what[160];
        describe_tag(&waiter->lock->tag, what, sizeof(what));
        detail =
            arena_printf(arena, "%s%sProcess %d waits for %s on %s; blocked by process %d.", detail,
                         i == 0 ? "" : "\n", waiter->owner->process_id,
                         lock_mode_names[waiter->mode], what, cycle.items[at]->owner->process_id);
    }
    Status status = error(ERR_T_R_DEADLOCK_DETECTED, "deadlock detected");
    return status_hint(status_detail(status, "%s", detail), "See server log for query details.");
}

/* Tries each soft edge of the cycle. */
static bool break_softly(const Search *found, Mvcc *mvcc, Arena *arena) {
    typedef struct Edge {
        LockWaiter *waiter;
        uint64_t group;
    } Edge;
    VEC(Edge) edges = {0}; /* copied: trying overwrites the marks */
    uint64_t group = found->start->owner->group;
    bool soft = found->last_soft;
    for (LockWaiter *waiter = found->last; waiter != NULL; waiter = waiter->from) {
        if (soft)
            vec_push(&edges, arena, ((Edge){waiter, group}));
        group = waiter->owner->group;
        soft = waiter->from_soft;
    }
    for (size_t i = 0; i < edges.count; i++)
        if (try_overtake(found->manager, mvcc, found->start, edges.items[i].waiter,
                         edges.items[i].group))
            return true;
    return false;
}

void lock_search(Mvcc *mvcc, LockWaiter *waiter) {
    LockManager *manager = &mvcc->locks;
    Arena arena;
    arena_init(&arena, &mvcc->account);
    latch_all(manager);
    /* Each round refuses one waiter or lets one overtake: a bound for the odd graph. */
    for (uint32_t round = 0; round < 16; round++) {
        Search search;
        if (waiter->victim || atomic_load(&waiter->granted) ||
            !search_cycle(&search, manager, waiter))
            break;
        if (break_softly(&search, mvcc, &arena))
            continue;
        /* The tries have overwritten the way back. */
        if (!search_cycle(&search, manager, waiter))
            break;
        LockWaiter *victim = pick_victim(&search, clock_mono_us());
        victim->victim_error = deadlock_error(&search, victim, &arena);
        victim->victim = true;
        fiber_unpark(victim->fiber);
    }
    unlatch_all(manager);
    arena_destroy(&arena);
}

/* ---- the wait ---- */

static bool enter_waiting(LockManager *manager, LockWaiter *waiter) {
    latch_lock(&manager->graph_latch);
    u64map_put(&manager->waiting, waiter->owner->group, waiter);
    bool others = manager->waiting.count > 1;
    latch_unlock(&manager->graph_latch);
    return others;
}

/* Why to stop waiting; ok: go on. Under the partition's latch. */
static Status wait_verdict(LockWaiter *waiter, ParkResult parked, uint64_t deadline) {
    if (waiter->victim)
        return waiter->victim_error;
    TRY(fiber_check_interrupt());
    if (parked == PARK_TIMEOUT && clock_mono_us() >= deadline)
        return error(ERR_LOCK_NOT_AVAILABLE, "canceling statement due to lock timeout");
    return STATUS_OK;
}

Status lock_wait(Txn *txn, LockWaiter *waiter, LockPartition *partition) {
    Mvcc *mvcc = txn->mvcc;
    LockManager *manager = &mvcc->locks;
    uint64_t deadline = DEADLINE_NONE;
    if (txn->lock_timeout_us != 0)
        deadline = clock_mono_us() + txn->lock_timeout_us;
    if (enter_waiting(manager, waiter))
        lock_search(mvcc, waiter);
    Status status = STATUS_OK;
    for (ParkResult parked = PARK_WOKEN;;) {
        latch_lock(&partition->latch);
        bool granted = atomic_load(&waiter->granted);
        if (!granted) {
            status = wait_verdict(waiter, parked, deadline);
            if (!status_ok(status)) {
                list_remove(&waiter->in_lock);
                lock_grant_waiters(mvcc, partition, waiter->lock);
                lock_drop_if_idle(partition, waiter->lock);
            }
        }
        latch_unlock(&partition->latch);
        if (granted || !status_ok(status))
            break;
        parked = fiber_park(deadline);
    }
    latch_lock(&manager->graph_latch);
    u64map_remove(&manager->waiting, waiter->owner->group);
    latch_unlock(&manager->graph_latch);
    if (status_ok(status) && waiter->victim)
        status_free(waiter->victim_error); /* granted before it heard of it */
    return status;
}
