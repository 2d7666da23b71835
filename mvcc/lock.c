/*
 * lock.c: the table of locks: granting, queueing, releasing.
 *
 * A lock exists while somebody holds it or waits for it; it lies in one of 16 partitions by the hash
 * of its tag. Each (owner, mode) has one LockHold on it. Grants are first come, first served, but for
 * an owner that already holds the lock in a way that a waiter ahead is waiting for: it goes before
 * that waiter, else both would wait for ever.
 *
 * The fast way. ACCESS SHARE, ROW SHARE and ROW EXCLUSIVE on relations never conflict among each other,
 * and every statement takes one. They are noted in the owner's own array as long as nobody holds or
 * wants a stronger mode on (a relation that hashes like) this one: strong[slot] counts those. Who comes
 * with a stronger mode first counts itself, then moves the notes of everybody into the table; an
 * owner's latch orders the two.
 *
 * Waiting for a transaction. Its xid is its lock: the first who waits marks the xid's state word and
 * makes the hold in the holder's name, so an end that nobody waits for costs nothing.
 */
#include "mvcc/mvcc_int.h"

#include "base/hash.h"

#define BIT(mode) (1u << (mode))
#define AS BIT(LOCK_ACCESS_SHARE)
#define RS BIT(LOCK_ROW_SHARE)
#define RX BIT(LOCK_ROW_EXCLUSIVE)
#define SUX BIT(LOCK_SHARE_UPDATE_EXCLUSIVE)
#define S BIT(LOCK_SHARE)
#define SRX BIT(LOCK_SHARE_ROW_EXCLUSIVE)
#define X BIT(LOCK_EXCLUSIVE)
#define AX BIT(LOCK_ACCESS_EXCLUSIVE)

const uint16_t lock_conflicts[LOCK_MODES] = {
    [LOCK_ACCESS_SHARE] = AX,
    [LOCK_ROW_SHARE] = X | AX,
    [LOCK_ROW_EXCLUSIVE] = S | SRX | X | AX,
    [LOCK_SHARE_UPDATE_EXCLUSIVE] = SUX | S | SRX | X | AX,
    [LOCK_SHARE] = RX | SUX | SRX | X | AX,
    [LOCK_SHARE_ROW_EXCLUSIVE] = RX | SUX | S | SRX | X | AX,
    [LOCK_EXCLUSIVE] = RS | RX | SUX | S | SRX | X | AX,
    [LOCK_ACCESS_EXCLUSIVE] = AS | RS | RX | SUX | S | SRX | X | AX,
};

const char *const lock_mode_names[LOCK_MODES] = {
    "INVALID",
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
};

#define SLAB_LOCKS 64u
#define SLAB_HOLDS 64u

typedef struct LockSlab {
    struct LockSlab *next;
    size_t bytes;
} LockSlab;

/* ---- the table ---- */

uint64_t lock_tag_hash(const LockTag *tag) {
    uint64_t h = hash_u64(tag->key1 ^ (uint64_t)tag->kind << 56 ^ (uint64_t)tag->key3 << 48);
    return hash_u64(h ^ tag->key2 ^ (uint64_t)tag->database << 32);
}

static bool tag_equal(const LockTag *a, const LockTag *b) {
    return a->kind == b->kind && a->key1 == b->key1 && a->key2 == b->key2 &&
           a->database == b->database && a->key3 == b->key3;
}

LockPartition *lock_partition(Mvcc *mvcc, uint64_t hash) {
    return &mvcc->locks.partitions[hash >> 60];
}
_Static_assert(LOCK_PARTITIONS == 16, "chosen by the hash's highest four bits");

Lock *lock_find(LockPartition *partition, const LockTag *tag, uint64_t hash) {
    Lock *lock = partition->buckets[hash & (partition->bucket_count - 1)];
    while (lock != NULL && !(lock->hash == hash && tag_equal(&lock->tag, tag)))
        lock = lock->next;
    return lock;
}

static void *slab_new(Mvcc *mvcc, LockPartition *partition, size_t bytes) {
    LockSlab *slab = mem_alloc(&mvcc->account, sizeof(LockSlab) + bytes);
    slab->next = partition->slabs;
    slab->bytes = sizeof(LockSlab) + bytes;
    partition->slabs = slab;
    return slab + 1;
}

static void grow_buckets(Mvcc *mvcc, LockPartition *partition) {
    uint32_t count = partition->bucket_count * 2;
    Lock **buckets = mem_alloc(&mvcc->account, count * sizeof(Lock *));
    memset(buckets, 0, count * sizeof(Lock *));
    for (uint32_t i = 0; i < partition->bucket_count; i++) {
        for (Lock *lock = partition->buckets[i]; lock != NULL;) {
            Lock *next = lock->next;
            Lock **bucket = &buckets[lock->hash & (count - 1)];
            lock->next = *bucket;
            *bucket = lock;
            lock = next;
        }
    }
    mem_free(&mvcc->account, partition->buckets, partition->bucket_count * sizeof(Lock *));
    partition->buckets = buckets;
    partition->bucket_count = count;
}

Lock *lock_find_or_make(Mvcc *mvcc, LockPartition *partition, const LockTag *tag, uint64_t hash) {
    Lock *lock = lock_find(partition, tag, hash);
    if (lock != NULL)
        return lock;
    if (partition->free_locks == NULL) {
        Lock *slab = slab_new(mvcc, partition, SLAB_LOCKS * sizeof(Lock));
        for (uint32_t i = 0; i < SLAB_LOCKS; i++) {
            slab[i].next = partition->free_locks;
            partition->free_locks = &slab[i];
        }
    }
    if (partition->lock_count >= partition->bucket_count)
        grow_buckets(mvcc, partition);
    lock = partition->free_locks;
    partition->free_locks = lock->next;
    *lock = (Lock){.tag = *tag, .hash = hash};
    list_init(&lock->holds);
    list_init(&lock->waiters);
    Lock **bucket = &partition->buckets[hash & (partition->bucket_count - 1)];
    lock->next = *bucket;
    *bucket = lock;
    partition->lock_count++;
    return lock;
}

void lock_drop_if_idle(LockPartition *partition, Lock *lock) {
    if (!list_empty(&lock->holds) || !list_empty(&lock->waiters))
        return;
    Lock **link = &partition->buckets[lock->hash & (partition->bucket_count - 1)];
    while (*link != lock)
        link = &(*link)->next;
    *link = lock->next;
    lock->next = partition->free_locks;
    partition->free_locks = lock;
    partition->lock_count--;
}

LockHold *lock_hold_new(Mvcc *mvcc, LockPartition *partition) {
    if (partition->free_holds == NULL) {
        LockHold *slab = slab_new(mvcc, partition, SLAB_HOLDS * sizeof(LockHold));
        for (uint32_t i = 0; i < SLAB_HOLDS; i++)
            lock_hold_free(partition, &slab[i]);
    }
    LockHold *hold = partition->free_holds;
    partition->free_holds = (LockHold *)hold->lock;
    *hold = (LockHold){.count = 1};
    list_init(&hold->in_lock);
    list_init(&hold->in_owner);
    return hold;
}

void lock_hold_free(LockPartition *partition, LockHold *hold) {
    hold->lock = (Lock *)partition->free_holds; /* the free list runs through this field */
    partition->free_holds = hold;
}

static bool counts_as_strong(const LockTag *tag, LockMode mode) {
    return tag->kind == LOCK_RELATION && mode > LOCK_SHARE_UPDATE_EXCLUSIVE;
}

static _Atomic uint32_t *strong_counter(Mvcc *mvcc, uint32_t database, uint64_t relation) {
    uint64_t hash = hash_u64(relation ^ (uint64_t)database << 32);
    return &mvcc->locks.strong[hash % LOCK_STRONG_SLOTS];
}

_Atomic uint32_t *lock_row_counter(Mvcc *mvcc, StoreId store) {
    return &mvcc->locks.rows[hash_u64(store) % LOCK_ROW_SLOTS];
}

void lock_hold_link(Lock *lock, LockHold *hold, LockOwner *owner, LockMode mode) {
    hold->lock = lock;
    hold->owner = owner;
    hold->mode = (uint8_t)mode;
    hold->number = ++lock->hold_number;
    list_push_back(&lock->holds, &hold->in_lock);
    lock->granted[mode]++;
    lock->granted_mask |= BIT(mode);
    if (lock->tag.kind == LOCK_ROW && lock->tag.key3 == ROW_LOCK_HELD)
        atomic_fetch_add(lock_row_counter(owner->mvcc, (StoreId)lock->tag.key1), 1);
    if (lock->tag.kind != LOCK_TRANSACTION) {
        latch_lock(&owner->latch);
        list_push_back(&owner->holds, &hold->in_owner);
        latch_unlock(&owner->latch);
    }
}

void lock_hold_unlink(LockHold *hold) {
    Lock *lock = hold->lock;
    LockOwner *owner = hold->owner;
    list_remove(&hold->in_lock);
    if (--lock->granted[hold->mode] == 0)
        lock->granted_mask &= ~BIT(hold->mode);
    if (lock->tag.kind == LOCK_ROW && lock->tag.key3 == ROW_LOCK_HELD)
        atomic_fetch_sub(lock_row_counter(owner->mvcc, (StoreId)lock->tag.key1), 1);
    if (counts_as_strong(&lock->tag, hold->mode))
        atomic_fetch_sub(strong_counter(owner->mvcc, lock->tag.database, lock->tag.key1), 1);
    if (lock->tag.kind != LOCK_TRANSACTION) {
        latch_lock(&owner->latch);
        list_remove(&hold->in_owner);
        latch_unlock(&owner->latch);
    }
}

static bool blocked_upto(const Lock *lock, uint64_t group, LockMode mode, uint64_t upto) {
    if (!(lock_conflicts[mode] & lock->granted_mask))
        return false;
    LIST_FOREACH(node, &lock->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (hold->number <= upto && hold->owner->group != group && lock_conflict(mode, hold->mode))
            return true;
    }
    return false;
}

bool lock_holders_block(const Lock *lock, uint64_t group, LockMode mode) {
    return blocked_upto(lock, group, mode, UINT64_MAX);
}

static LockHold *find_hold(const Lock *lock, const LockOwner *owner, LockMode mode) {
    if (!(lock->granted_mask & BIT(mode)))
        return NULL;
    LIST_FOREACH(node, &lock->holds) {
        LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (hold->owner == owner && hold->mode == mode)
            return hold;
    }
    return NULL;
}

/* Modes that the group holds already. */
static uint32_t group_modes(const Lock *lock, uint64_t group) {
    uint32_t modes = 0;
    LIST_FOREACH(node, &lock->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
        if (hold->owner->group == group)
            modes |= BIT(hold->mode);
    }
    return modes;
}

/* The waiter to go before (the list's head: to the end), and whether one ahead is in the way. */
static ListNode *queue_place(const Lock *lock, uint64_t group, LockMode mode, bool *blocked_out) {
    uint32_t held = list_empty((ListNode *)&lock->holds) ? 0 : group_modes(lock, group);
    *blocked_out = false;
    ListNode *head = (ListNode *)&lock->waiters;
    for (ListNode *node = head->next; node != head; node = node->next) {
        const LockWaiter *waiter = LIST_ENTRY(node, LockWaiter, in_lock);
        if (waiter->bystander || waiter->owner->group == group)
            continue;
        if (lock_conflicts[waiter->mode] & held)
            return node;
        if (lock_conflict(mode, waiter->mode))
            *blocked_out = true;
    }
    return head;
}

void lock_grant_waiters(Mvcc *mvcc, LockPartition *partition, Lock *lock) {
    uint32_t ahead = 0; /* modes of those ahead that go on waiting */
    LIST_FOREACH_SAFE(node, next, &lock->waiters) {
        LockWaiter *waiter = LIST_ENTRY(node, LockWaiter, in_lock);
        if ((!waiter->bystander && (lock_conflicts[waiter->mode] & ahead)) ||
            blocked_upto(lock, waiter->owner->group, waiter->mode, waiter->upto)) {
            ahead |= waiter->bystander ? 0 : BIT(waiter->mode);
            continue;
        }
        list_remove(node);
        if (waiter->hold != NULL)
            lock_hold_link(lock, waiter->hold, waiter->owner, waiter->mode);
        FiberRef fiber = waiter->fiber;
        atomic_store(&waiter->granted, true); /* the waiter may be gone after this */
        fiber_unpark(fiber);
    }
}

/* ---- the fast way ---- */

static LockFast *fast_find(LockOwner *owner, const LockTag *tag) {
    for (uint32_t i = 0; i < owner->fast_count; i++)
        if (owner->fast[i].key1 == tag->key1 && owner->fast[i].database == tag->database)
            return &owner->fast[i];
    return NULL;
}

static bool fast_acquire(Txn *txn, const LockTag *tag, LockMode mode) {
    LockOwner *owner = &txn->locks;
    bool got = false;
    latch_lock(&owner->latch);
    LockFast *fast = fast_find(owner, tag);
    if (fast != NULL && (fast->modes & BIT(mode))) {
        got = true;
    } else if (atomic_load(strong_counter(txn->mvcc, tag->database, tag->key1)) == 0 &&
               (fast != NULL || owner->fast_count < LOCK_FAST_SLOTS)) {
        if (fast == NULL) {
            fast = &owner->fast[owner->fast_count++];
            *fast = (LockFast){.database = tag->database, .key1 = tag->key1};
        }
        fast->modes |= BIT(mode);
        fast->seq[mode] = ++txn->lock_seq;
        got = true;
    }
    latch_unlock(&owner->latch);
    return got;
}

/* Moves the owner's notes about a relation into the table. Under the partition's latch. */
static void fast_transfer(Mvcc *mvcc, LockPartition *partition, const LockTag *tag, uint64_t hash,
                          LockOwner *owner) {
    LockFast moved = {0};
    latch_lock(&owner->latch);
    LockFast *fast = fast_find(owner, tag);
    if (fast != NULL) {
        moved = *fast;
        *fast = owner->fast[--owner->fast_count];
        for (LockMode mode = LOCK_ACCESS_SHARE; mode <= LOCK_ROW_EXCLUSIVE; mode++) {
            if (!(moved.modes & BIT(mode)))
                continue;
            Lock *lock = lock_find_or_make(mvcc, partition, tag, hash);
            LockHold *hold = lock_hold_new(mvcc, partition);
            hold->seq = moved.seq[mode];
            hold->lock = lock;
            hold->owner = owner;
            hold->mode = (uint8_t)mode;
            hold->number = ++lock->hold_number;
            list_push_back(&lock->holds, &hold->in_lock);
            lock->granted[mode]++;
            lock->granted_mask |= BIT(mode);
            list_push_back(&owner->holds, &hold->in_owner);
        }
    }
    latch_unlock(&owner->latch);
}

static void fast_transfer_all(Mvcc *mvcc, LockPartition *partition, const LockTag *tag,
                              uint64_t hash) {
    uint32_t count = atomic_load(&mvcc->txn_count);
    for (uint32_t i = 0; i < count; i++)
        fast_transfer(mvcc, partition, tag, hash, &txn_at(mvcc, i)->locks);
}

/* ---- acquiring ---- */

static Status acquire_slow(Txn *txn, LockOwner *owner, const LockTag *tag, LockMode mode,
                           LockWait wait, bool *got_out) {
    Mvcc *mvcc = txn->mvcc;
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(mvcc, hash);
    bool strong = counts_as_strong(tag, mode);
    *got_out = false;
    if (strong)
        atomic_fetch_add(strong_counter(mvcc, tag->database, tag->key1), 1);
    latch_lock(&partition->latch);
    if (strong)
        fast_transfer_all(mvcc, partition, tag, hash);
    Lock *lock = lock_find_or_make(mvcc, partition, tag, hash);
    LockHold *hold = find_hold(lock, owner, mode);
    bool again = hold != NULL, waits = false;
    Status status = STATUS_OK;
    if (again) {
        if (owner->txn == NULL)
            hold->count++;
        *got_out = true;
    } else {
        bool ahead_blocks;
        ListNode *place = queue_place(lock, owner->group, mode, &ahead_blocks);
        /* Who waits for a row keeps nobody out who may hold it together with those who do. */
        ahead_blocks &= !(tag->kind == LOCK_ROW && tag->key3 == ROW_LOCK_HELD);
        waits = ahead_blocks || lock_holders_block(lock, owner->group, mode);
        if (!waits || wait == LOCK_WAIT) {
            hold = lock_hold_new(mvcc, partition);
            hold->seq = ++txn->lock_seq;
        }
        if (!waits) {
            lock_hold_link(lock, hold, owner, mode);
            *got_out = true;
        } else if (wait == LOCK_WAIT) {
            LockWaiter waiter;
            lock_waiter_init(&waiter, txn, lock, owner, mode, hold);
            list_push_back(place, &waiter.in_lock); /* before place */
            latch_unlock(&partition->latch);
            status = lock_wait(txn, &waiter, partition);
            latch_lock(&partition->latch);
            *got_out = status_ok(status);
            if (!status_ok(status))
                lock_hold_free(partition, hold);
        } else {
            lock_drop_if_idle(partition, lock);
        }
    }
    latch_unlock(&partition->latch);
    if (strong && (again || !*got_out))
        atomic_fetch_sub(strong_counter(mvcc, tag->database, tag->key1), 1);
    return status;
}

/* Who gets such a lock acts on what others committed before they gave it up. */
static void note_got(Txn *txn, const LockTag *tag, LockMode mode) {
    if (tag->kind == LOCK_ROW || (tag->kind == LOCK_RELATION && mode < LOCK_SHARE_UPDATE_EXCLUSIVE))
        return;
    if (tag->kind != LOCK_ADVISORY && mode >= LOCK_SHARE_UPDATE_EXCLUSIVE)
        txn->any_strong = true;
    txn_catch_up(txn);
}

void txn_catch_up(Txn *txn) {
    Lsn last = atomic_load(&txn->mvcc->last_commit);
    if (last >= wal_durable_lsn(txn->mvcc->wal))
        txn_depend(txn, last);
}

Status lock_acquire(Txn *txn, const LockTag *tag, LockMode mode, LockWait wait, bool *got_out) {
    check(txn->active && mode >= LOCK_ACCESS_SHARE && mode <= LOCK_ACCESS_EXCLUSIVE);
    bool got;
    if (got_out == NULL)
        got_out = &got;
    *got_out = false;
    if (tag->kind == LOCK_RELATION && mode < LOCK_SHARE_UPDATE_EXCLUSIVE &&
        fast_acquire(txn, tag, mode)) {
        *got_out = true;
        return STATUS_OK;
    }
    TRY(acquire_slow(txn, &txn->locks, tag, mode, wait, got_out));
    if (*got_out)
        note_got(txn, tag, mode);
    return STATUS_OK;
}

Status lock_wait_holders(Txn *txn, const LockTag *tag, LockMode mode) {
    Mvcc *mvcc = txn->mvcc;
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(mvcc, hash);
    bool strong = counts_as_strong(tag, mode);
    Status status = STATUS_OK;
    if (strong) /* meanwhile nobody goes the fast way: who comes later gets a higher number */
        atomic_fetch_add(strong_counter(mvcc, tag->database, tag->key1), 1);
    latch_lock(&partition->latch);
    if (strong)
        fast_transfer_all(mvcc, partition, tag, hash);
    Lock *lock = lock_find_or_make(mvcc, partition, tag, hash);
    if (lock_holders_block(lock, txn->locks.group, mode)) {
        LockWaiter waiter;
        lock_waiter_init(&waiter, txn, lock, &txn->locks, mode, NULL);
        waiter.upto = lock->hold_number;
        waiter.bystander = true;
        list_push_back(&lock->waiters, &waiter.in_lock);
        latch_unlock(&partition->latch);
        status = lock_wait(txn, &waiter, partition);
    } else {
        lock_drop_if_idle(partition, lock);
        latch_unlock(&partition->latch);
    }
    if (strong)
        atomic_fetch_sub(strong_counter(mvcc, tag->database, tag->key1), 1);
    txn_catch_up(txn);
    return status;
}

bool lock_row_blocked(Txn *txn, const LockTag *tag, LockMode mode) {
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(txn->mvcc, hash);
    latch_lock(&partition->latch);
    Lock *lock = lock_find(partition, tag, hash);
    bool blocked = lock != NULL && lock_holders_block(lock, txn->locks.group, mode);
    latch_unlock(&partition->latch);
    return blocked;
}

bool lock_held(Txn *txn, const LockTag *tag, LockMode mode) {
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(txn->mvcc, hash);
    latch_lock(&partition->latch);
    Lock *lock = lock_find(partition, tag, hash);
    bool held = lock != NULL && find_hold(lock, &txn->locks, mode) != NULL;
    latch_unlock(&partition->latch);
    return held;
}

/* ---- releasing ---- */

/* Under the partition's latch. */
static void release_hold(Mvcc *mvcc, LockPartition *partition, LockHold *hold) {
    Lock *lock = hold->lock;
    lock_hold_unlink(hold);
    lock_hold_free(partition, hold);
    if (!list_empty(&lock->waiters))
        lock_grant_waiters(mvcc, partition, lock);
    lock_drop_if_idle(partition, lock);
}

void lock_release(Txn *txn, const LockTag *tag, LockMode mode) {
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(txn->mvcc, hash);
    latch_lock(&partition->latch);
    Lock *lock = lock_find(partition, tag, hash);
    LockHold *hold = lock == NULL ? NULL : find_hold(lock, &txn->locks, mode);
    if (hold != NULL)
        release_hold(txn->mvcc, partition, hold);
    latch_unlock(&partition->latch);
}

/* Drops notes taken after the mark. Under the owner's latch. */
static void fast_release(LockOwner *owner, uint64_t after_seq) {
    for (uint32_t i = owner->fast_count; i-- > 0;) {
        LockFast *fast = &owner->fast[i];
        for (LockMode mode = LOCK_ACCESS_SHARE; mode <= LOCK_ROW_EXCLUSIVE; mode++)
            if (fast->seq[mode] > after_seq)
                fast->modes &= ~BIT(mode);
        if (fast->modes == 0)
            *fast = owner->fast[--owner->fast_count];
    }
}

void lock_release_owner(LockOwner *owner, uint64_t after_seq) {
    latch_lock(&owner->latch);
    if (after_seq == 0)
        owner->fast_count = 0;
    else
        fast_release(owner, after_seq);
    /* Only the owner's fibre takes holds away, so `kept` stays where it is; others may add behind. */
    ListNode *kept = &owner->holds;
    while (kept->next != &owner->holds) {
        LockHold *hold = LIST_ENTRY(kept->next, LockHold, in_owner);
        if (hold->seq <= after_seq) {
            kept = kept->next;
            continue;
        }
        latch_unlock(&owner->latch);
        LockPartition *partition = lock_partition(owner->mvcc, hold->lock->hash);
        latch_lock(&partition->latch);
        release_hold(owner->mvcc, partition, hold);
        latch_unlock(&partition->latch);
        latch_lock(&owner->latch);
    }
    latch_unlock(&owner->latch);
}

void lock_visit(LockOwner *owner, LockVisit visit, void *arg) {
    latch_lock(&owner->latch);
    for (uint32_t i = 0; i < owner->fast_count; i++) {
        const LockFast *fast = &owner->fast[i];
        LockTag tag = {.kind = LOCK_RELATION, .database = fast->database, .key1 = fast->key1};
        for (LockMode mode = LOCK_ACCESS_SHARE; mode <= LOCK_ROW_EXCLUSIVE; mode++)
            if (fast->modes & BIT(mode))
                visit(arg, &tag, mode);
    }
    LIST_FOREACH(node, &owner->holds) {
        const LockHold *hold = LIST_ENTRY(node, LockHold, in_owner);
        visit(arg, &hold->lock->tag, (LockMode)hold->mode);
    }
    latch_unlock(&owner->latch);
}

/* ---- waiting for transactions ---- */

/* Marks the xid as waited for. False: it is over. */
static bool mark_waited(Mvcc *mvcc, Xid xid, Txn **holder_out) {
    uint64_t state = xid_state(mvcc, xid);
    XidSlot *slot = xid_slot(mvcc, xid);
    while (xid_running(state) && slot != NULL) {
        if ((state & XID_WAITED) ||
            atomic_compare_exchange_strong(&slot->state, &state, state | XID_WAITED)) {
            *holder_out = atomic_load(&slot->txn);
            return *holder_out != NULL;
        }
        state = xid_state(mvcc, xid);
    }
    return false;
}

Status lock_wait_xid(Txn *txn, Xid xid) {
    Mvcc *mvcc = txn->mvcc;
    LockTag tag = {.kind = LOCK_TRANSACTION, .key1 = xid};
    uint64_t hash = lock_tag_hash(&tag);
    LockPartition *partition = lock_partition(mvcc, hash);
    Txn *holder;
    latch_lock(&partition->latch);
    if (!mark_waited(mvcc, xid, &holder)) {
        latch_unlock(&partition->latch);
        return STATUS_OK;
    }
    Lock *lock = lock_find_or_make(mvcc, partition, &tag, hash);
    if (list_empty(&lock->holds))
        lock_hold_link(lock, lock_hold_new(mvcc, partition), &holder->locks, LOCK_EXCLUSIVE);
    LockWaiter waiter;
    lock_waiter_init(&waiter, txn, lock, &txn->locks, LOCK_SHARE, NULL);
    list_push_back(&lock->waiters, &waiter.in_lock);
    latch_unlock(&partition->latch);
    return lock_wait(txn, &waiter, partition);
}

void lock_wake_xid(Mvcc *mvcc, Xid xid, bool finished) {
    LockTag tag = {.kind = LOCK_TRANSACTION, .key1 = xid};
    uint64_t hash = lock_tag_hash(&tag);
    LockPartition *partition = lock_partition(mvcc, hash);
    latch_lock(&partition->latch);
    Lock *lock = lock_find(partition, &tag, hash);
    if (lock != NULL) {
        LIST_FOREACH_SAFE(node, next, &lock->waiters) {
            LockWaiter *waiter = LIST_ENTRY(node, LockWaiter, in_lock);
            FiberRef fiber = waiter->fiber;
            list_remove(node);
            atomic_store(&waiter->granted, true);
            fiber_unpark(fiber);
        }
        LIST_FOREACH_SAFE(node, next, &lock->holds) {
            LockHold *hold = LIST_ENTRY(node, LockHold, in_lock);
            if (!finished)
                continue;
            lock_hold_unlink(hold);
            lock_hold_free(partition, hold);
        }
        lock_drop_if_idle(partition, lock);
    }
    latch_unlock(&partition->latch);
}

Status txn_wait_for(Txn *txn, Xid xid) {
    for (;;) {
        uint64_t state = xid_state(txn->mvcc, xid);
        if (!xid_running(state)) {
            if ((state & XID_STATE_MASK) == XID_STATE_COMMITTED)
                txn_depend(txn, XID_LSN(state));
            return STATUS_OK;
        }
        TRY(lock_wait_xid(txn, xid));
    }
}

/* ---- owners ---- */

void lock_owner_init(LockOwner *owner, Mvcc *mvcc, Txn *txn) {
    memset(owner, 0, sizeof(*owner));
    owner->mvcc = mvcc;
    owner->txn = txn;
    owner->group = ((uint64_t)1 << 40) + atomic_fetch_add(&mvcc->locks.group_next, 1);
    list_init(&owner->holds);
    list_init(&owner->in_sessions);
}

void lock_owner_set_process(LockOwner *owner, int32_t process_id) {
    owner->process_id = process_id;
    if (process_id != 0)
        owner->group = (uint32_t)process_id;
}

void lock_owner_detach(LockOwner *owner) {
    LockManager *manager = &owner->mvcc->locks;
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++)
        latch_lock(&manager->partitions[i].latch);
    owner->process_id = 0;
    owner->group = ((uint64_t)1 << 40) + atomic_fetch_add(&manager->group_next, 1);
    for (uint32_t i = LOCK_PARTITIONS; i-- > 0;)
        latch_unlock(&manager->partitions[i].latch);
}

Status lock_owner_make(Mvcc *mvcc, int32_t process_id, LockOwner **owner_out) {
    LockOwner *owner = mem_alloc(&mvcc->account, sizeof(LockOwner));
    lock_owner_init(owner, mvcc, NULL);
    lock_owner_set_process(owner, process_id);
    latch_lock(&mvcc->locks.sessions_latch);
    list_push_back(&mvcc->locks.sessions, &owner->in_sessions);
    latch_unlock(&mvcc->locks.sessions_latch);
    *owner_out = owner;
    return STATUS_OK;
}

void lock_owner_free(LockOwner *owner) {
    Mvcc *mvcc = owner->mvcc;
    lock_session_release_all(owner);
    latch_lock(&mvcc->locks.sessions_latch);
    list_remove(&owner->in_sessions);
    latch_unlock(&mvcc->locks.sessions_latch);
    mem_free(&mvcc->account, owner, sizeof(*owner));
}

Status lock_session_acquire(Txn *txn, LockOwner *owner, const LockTag *tag, LockMode mode,
                            LockWait wait, bool *got_out) {
    bool got;
    if (got_out == NULL)
        got_out = &got;
    TRY(acquire_slow(txn, owner, tag, mode, wait, got_out));
    if (*got_out)
        note_got(txn, tag, mode);
    return STATUS_OK;
}

bool lock_session_release(LockOwner *owner, const LockTag *tag, LockMode mode) {
    uint64_t hash = lock_tag_hash(tag);
    LockPartition *partition = lock_partition(owner->mvcc, hash);
    latch_lock(&partition->latch);
    Lock *lock = lock_find(partition, tag, hash);
    LockHold *hold = lock == NULL ? NULL : find_hold(lock, owner, mode);
    if (hold != NULL && --hold->count == 0)
        release_hold(owner->mvcc, partition, hold);
    latch_unlock(&partition->latch);
    return hold != NULL;
}

void lock_session_release_all(LockOwner *owner) { lock_release_owner(owner, 0); }

typedef struct SharedSearch {
    LockOwner *session;
    bool found;
} SharedSearch;

static void visit_for_shared(void *arg, const LockTag *tag, LockMode mode) {
    SharedSearch *search = arg;
    (void)mode;
    if (tag->kind != LOCK_ADVISORY || search->found)
        return;
    LIST_FOREACH(node, &search->session->holds)
        search->found |= tag_equal(&LIST_ENTRY(node, LockHold, in_owner)->lock->tag, tag);
}

bool lock_session_shares(LockOwner *owner, Txn *txn) {
    SharedSearch search = {owner, false};
    latch_lock(&owner->latch);
    lock_visit(&txn->locks, visit_for_shared, &search);
    latch_unlock(&owner->latch);
    return search.found;
}

/* ---- the manager ---- */

#define BUCKETS_INITIAL 64u

void lock_manager_init(Mvcc *mvcc) {
    LockManager *manager = &mvcc->locks;
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++) {
        LockPartition *partition = &manager->partitions[i];
        partition->bucket_count = BUCKETS_INITIAL;
        partition->buckets = mem_alloc(&mvcc->account, BUCKETS_INITIAL * sizeof(Lock *));
        memset(partition->buckets, 0, BUCKETS_INITIAL * sizeof(Lock *));
    }
    u64map_init(&manager->waiting, &mvcc->account);
    list_init(&manager->sessions);
}

void lock_manager_destroy(Mvcc *mvcc) {
    LockManager *manager = &mvcc->locks;
    for (uint32_t i = 0; i < LOCK_PARTITIONS; i++) {
        LockPartition *partition = &manager->partitions[i];
        for (LockSlab *slab = partition->slabs; slab != NULL;) {
            LockSlab *next = slab->next;
            mem_free(&mvcc->account, slab, slab->bytes);
            slab = next;
        }
        mem_free(&mvcc->account, partition->buckets, partition->bucket_count * sizeof(Lock *));
    }
    LIST_FOREACH_SAFE(node, next, &manager->sessions) {
        LockOwner *owner = LIST_ENTRY(node, LockOwner, in_sessions);
        mem_free(&mvcc->account, owner, sizeof(*owner));
    }
    u64map_destroy(&manager->waiting);
}
