/*
 * ssi_reads.c: the table of what serializable transactions read.
 *
 * Three kinds of entries: a row, a whole table, a range of an index's keys. A row's entries are in the
 * bucket of (store, rowid), a table's and an index's in that of the store. Who reads more than
 * SSI_STORE_READS_MAX rows or ranges of a store reads all of it from then on. Entries of transactions
 * that are no longer kept belong to `old` and say when the last of their readers finished; equal ones
 * are one.
 */
#include "mvcc/ssi_int.h"

#define BUCKETS_INITIAL 256u

static uint64_t place_hash(StoreId store, uint64_t rowid) {
    uint64_t h = (rowid + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ store * UINT64_C(0xc2b2ae3d27d4eb4f);
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 32;
}

static ListNode *bucket_of(const Ssi *ssi, StoreId store, uint64_t rowid) {
    return &ssi->buckets[place_hash(store, rowid) & (ssi->bucket_count - 1)];
}

static ListNode *buckets_make(Ssi *ssi, size_t count) {
    ListNode *buckets = mem_alloc(&ssi->account, count * sizeof(ListNode));
    for (size_t i = 0; i < count; i++)
        list_init(&buckets[i]);
    return buckets;
}

void ssi_reads_init(Ssi *ssi) {
    ssi->bucket_count = BUCKETS_INITIAL;
    ssi->buckets = buckets_make(ssi, BUCKETS_INITIAL);
}

static void grow(Ssi *ssi) {
    size_t old_count = ssi->bucket_count;
    ListNode *old = ssi->buckets;
    ssi->bucket_count *= 4;
    ssi->buckets = buckets_make(ssi, ssi->bucket_count);
    for (size_t i = 0; i < old_count; i++) {
        LIST_FOREACH_SAFE(node, next, &old[i]) {
            SsiRead *read = LIST_ENTRY(node, SsiRead, in_bucket);
            list_remove(node);
            list_push_back(bucket_of(ssi, read->store, read->rowid), node);
        }
    }
    mem_free(&ssi->account, old, old_count * sizeof(ListNode));
}

static size_t read_bytes(const SsiRead *read) {
    return sizeof(SsiRead) + read->low_len + read->high_len;
}

static void read_free(Ssi *ssi, SsiRead *read) {
    list_remove(&read->in_bucket);
    list_remove(&read->in_owner);
    ssi->read_count--;
    mem_free(&ssi->account, read, read_bytes(read));
}

static bool same_place(const SsiRead *a, const SsiRead *b, const void *b_low, const void *b_high) {
    return a->kind == b->kind && a->store == b->store && a->rowid == b->rowid &&
           a->has_low == b->has_low && a->has_high == b->has_high && a->low_len == b->low_len &&
           a->high_len == b->high_len &&
           (a->low_len == 0 || memcmp(a->bytes, b_low, a->low_len) == 0) &&
           (a->high_len == 0 || memcmp(a->bytes + a->low_len, b_high, a->high_len) == 0);
}

static SsiRead *find(const Ssi *ssi, const SsiTxn *owner, const SsiRead *wanted, const void *low,
                     const void *high) {
    LIST_FOREACH(node, bucket_of(ssi, wanted->store, wanted->rowid)) {
        SsiRead *read = LIST_ENTRY(node, SsiRead, in_bucket);
        if (read->owner == owner && same_place(read, wanted, low, high))
            return read;
    }
    return NULL;
}

static bool has_whole(const SsiTxn *owner, StoreId store, SsiReadKind kind) {
    SsiRead whole = {.kind = kind, .store = store};
    return find(owner->ssi, owner, &whole, NULL, NULL) != NULL;
}

/* ---- adding ---- */

static Status no_room(void) {
    return status_hint(error(ERR_OUT_OF_MEMORY, "out of shared memory"),
                       "You might need to increase max_pred_locks_per_transaction.");
}

static Status add(SsiTxn *owner, const SsiRead *wanted, const void *low, const void *high) {
    Ssi *ssi = owner->ssi;
    while (ssi->read_count >= SSI_READS_MAX && ssi->finished_count > 0)
        ssi_summarise_oldest(ssi);
    if (ssi->read_count >= SSI_READS_MAX)
        return no_room();
    if (ssi->read_count >= ssi->bucket_count)
        grow(ssi);
    SsiRead *read = mem_try_alloc(&ssi->account, read_bytes(wanted));
    if (read == NULL)
        return status_out_of_memory();
    *read = *wanted;
    read->owner = owner;
    if (wanted->low_len > 0)
        memcpy(read->bytes, low, wanted->low_len);
    if (wanted->high_len > 0)
        memcpy(read->bytes + wanted->low_len, high, wanted->high_len);
    list_push_back(bucket_of(ssi, read->store, read->rowid), &read->in_bucket);
    list_push_back(&owner->reads, &read->in_owner);
    ssi->read_count++;
    return STATUS_OK;
}

/* Its reads of parts of the store go: it has one of the whole now. */
static void drop_parts(SsiTxn *owner, StoreId store) {
    LIST_FOREACH_SAFE(node, next, &owner->reads) {
        SsiRead *read = LIST_ENTRY(node, SsiRead, in_owner);
        bool whole = read->kind == SSI_STORE ||
                     (read->kind == SSI_RANGE && !read->has_low && !read->has_high);
        if (read->store == store && !whole)
            read_free(owner->ssi, read);
    }
}

static Status add_whole(SsiTxn *owner, StoreId store, SsiReadKind kind) {
    SsiRead whole = {.kind = kind, .store = store};
    if (has_whole(owner, store, kind))
        return STATUS_OK;
    TRY(add(owner, &whole, NULL, NULL));
    drop_parts(owner, store);
    return STATUS_OK;
}

/* True: there are too many; it becomes one of the whole. */
static bool count_part(SsiTxn *owner, StoreId store) {
    uintptr_t count = (uintptr_t)u64map_get(&owner->read_counts, store) + 1;
    u64map_put(&owner->read_counts, store, (void *)count); // NOLINT(performance-no-int-to-ptr)
    return count > SSI_STORE_READS_MAX;
}

Status ssi_read_store(SsiTxn *self, StoreId store) {
    latch_lock(&self->ssi->latch);
    Status status = ssi_needs_reads(self) ? add_whole(self, store, SSI_STORE) : STATUS_OK;
    latch_unlock(&self->ssi->latch);
    return status;
}

Status ssi_read_row(SsiTxn *self, StoreId store, uint64_t rowid) {
    Ssi *ssi = self->ssi;
    SsiRead row = {.kind = SSI_ROW, .store = store, .rowid = rowid};
    Status status = STATUS_OK;
    latch_lock(&ssi->latch);
    if (ssi_needs_reads(self) && !has_whole(self, store, SSI_STORE) &&
        find(ssi, self, &row, NULL, NULL) == NULL)
        status = count_part(self, store) ? add_whole(self, store, SSI_STORE)
                                         : add(self, &row, NULL, NULL);
    latch_unlock(&ssi->latch);
    return status;
}

Status ssi_read_range(SsiTxn *self, StoreId index, const Str *low, const Str *high) {
    Ssi *ssi = self->ssi;
    SsiRead range = {.kind = SSI_RANGE,
                     .store = index,
                     .has_low = low != NULL,
                     .has_high = high != NULL,
                     .low_len = low == NULL ? 0 : low->len,
                     .high_len = high == NULL ? 0 : high->len};
    const void *low_at = low == NULL ? NULL : low->data,
               *high_at = high == NULL ? NULL : high->data;
    Status status = STATUS_OK;
    latch_lock(&ssi->latch);
    if (ssi_needs_reads(self) && !has_whole(self, index, SSI_RANGE) &&
        find(ssi, self, &range, low_at, high_at) == NULL) {
        bool all = (low == NULL && high == NULL) || count_part(self, index);
        status = all ? add_whole(self, index, SSI_RANGE) : add(self, &range, low_at, high_at);
    }
    latch_unlock(&ssi->latch);
    return status;
}

/* ---- writes meet them ---- */

static int bytes_compare(Str a, const void *b, uint32_t b_len) {
    int order = memcmp(a.data, b, MIN(a.len, b_len));
    return order != 0 ? order : (a.len > b_len) - (a.len < b_len);
}

static bool in_range(const SsiRead *read, Str key) {
    if (read->has_low && bytes_compare(key, read->bytes, read->low_len) < 0)
        return false;
    return !read->has_high || bytes_compare(key, read->bytes + read->low_len, read->high_len) < 0;
}

static bool touches(const SsiRead *read, SsiReadKind kind, StoreId store, uint64_t rowid, Str key) {
    if (read->kind != kind || read->store != store || read->rowid != rowid)
        return false;
    return kind != SSI_RANGE || in_range(read, key);
}

/* seen_lsn: readers whose snapshot is not above it met a conflict before this one; 0: none. */
static Status meet(SsiTxn *self, SsiReadKind kind, StoreId store, uint64_t rowid, Str key,
                   Lsn seen_lsn) {
    LIST_FOREACH_SAFE(node, next, bucket_of(self->ssi, store, rowid)) {
        SsiRead *read = LIST_ENTRY(node, SsiRead, in_bucket);
        if (read->owner != self && touches(read, kind, store, rowid, key) &&
            (read->owner == &self->ssi->old || read->owner->snapshot_lsn > seen_lsn))
            TRY(ssi_met_reader(self, read));
    }
    return STATUS_OK;
}

/* Those of whom nobody knows any more what they read. */
static Status meet_readers_of_all(SsiTxn *self) {
    Ssi *ssi = self->ssi;
    if (UNLIKELY(ssi->old_all_finish > self->begin_seq)) {
        SsiRead any = {.owner = &ssi->old,
                       .finish_seq = ssi->old_all_finish,
                       .commit_seq = ssi->old_all_commit};
        TRY(ssi_met_reader(self, &any));
    }
    if (LIKELY(ssi->read_all_count == 0))
        return STATUS_OK;
    ListNode *lists[] = {&ssi->active, &ssi->finished};
    for (int i = 0; i < 2; i++) {
        LIST_FOREACH_SAFE(node, next, lists[i]) {
            SsiTxn *other = LIST_ENTRY(node, SsiTxn, node);
            SsiRead any = {.owner = other};
            if ((other->flags & SSI_READ_ALL) != 0 && other != self)
                TRY(ssi_met_reader(self, &any));
        }
    }
    return STATUS_OK;
}

static Status writes_begin(SsiTxn *self) {
    if (self->flags & SSI_DOOMED)
        return ssi_doomed("Canceled on identification as a pivot, during conflict in checking.");
    self->flags |= SSI_WROTE;
    return meet_readers_of_all(self);
}

Status ssi_wrote_row(SsiTxn *self, StoreId store, uint64_t rowid, uint64_t before) {
    Lsn seen_lsn = 0;
    if (rowid != 0 && before != self->xid) {
        uint64_t state = xid_state(self->ssi->mvcc, before);
        seen_lsn = xid_running(state) ? 0 : XID_LSN(state);
    }
    latch_lock(&self->ssi->latch);
    Status status = writes_begin(self);
    if (status_ok(status) && rowid != 0)
        status = meet(self, SSI_ROW, store, rowid, (Str){0}, seen_lsn);
    if (status_ok(status))
        status = meet(self, SSI_STORE, store, 0, (Str){0}, 0);
    latch_unlock(&self->ssi->latch);
    return status;
}

Status ssi_wrote_key(SsiTxn *self, StoreId index, Str key) {
    latch_lock(&self->ssi->latch);
    Status status = writes_begin(self);
    if (status_ok(status))
        status = meet(self, SSI_RANGE, index, 0, key, 0);
    latch_unlock(&self->ssi->latch);
    return status;
}

Status ssi_wrote_store(SsiTxn *self, StoreId store) {
    Ssi *ssi = self->ssi;
    latch_lock(&ssi->latch);
    Status status = writes_begin(self);
    for (size_t i = 0; i < ssi->bucket_count && status_ok(status); i++) {
        LIST_FOREACH_SAFE(node, next, &ssi->buckets[i]) {
            SsiRead *read = LIST_ENTRY(node, SsiRead, in_bucket);
            if (read->store != store || read->owner == self)
                continue;
            status = ssi_met_reader(self, read);
            if (!status_ok(status))
                break;
        }
    }
    latch_unlock(&ssi->latch);
    return status;
}

/* ---- going ---- */

static void reads_all(SsiTxn *owner, const SsiRead *read) {
    Ssi *ssi = owner->ssi;
    if (owner == &ssi->old) {
        ssi->old_all_finish = MAX(ssi->old_all_finish, read->finish_seq);
        ssi->old_all_commit = MAX(ssi->old_all_commit, read->commit_seq);
    } else if ((owner->flags & SSI_READ_ALL) == 0) {
        owner->flags |= SSI_READ_ALL;
        ssi->read_all_count++;
    }
}

void ssi_store_gone(Ssi *ssi, StoreId store) {
    latch_lock(&ssi->latch);
    for (size_t i = 0; ssi->read_count > 0 && i < ssi->bucket_count; i++) {
        LIST_FOREACH(node, &ssi->buckets[i]) {
            const SsiRead *read = LIST_ENTRY(node, SsiRead, in_bucket);
            if (read->store == store)
                reads_all(read->owner, read);
        }
    }
    latch_unlock(&ssi->latch);
}

void ssi_reads_drop(SsiTxn *owner) {
    while (!list_empty(&owner->reads))
        read_free(owner->ssi, LIST_ENTRY(owner->reads.next, SsiRead, in_owner));
    u64map_destroy(&owner->read_counts);
    u64map_init(&owner->read_counts, &owner->ssi->account);
}

static void give_to_old(Ssi *ssi, SsiRead *read, uint64_t finish_seq, uint64_t commit_seq) {
    SsiRead *same = find(ssi, &ssi->old, read, read->bytes, read->bytes + read->low_len);
    if (same != NULL) {
        read_free(ssi, read);
        read = same;
    }
    read->owner = &ssi->old; /* its list is in the order of finish_seq */
    list_remove(&read->in_owner);
    list_push_back(&ssi->old.reads, &read->in_owner);
    read->finish_seq = MAX(read->finish_seq, finish_seq);
    read->commit_seq = MAX(read->commit_seq, commit_seq);
}

void ssi_reads_summarise(SsiTxn *owner) {
    while (!list_empty(&owner->reads))
        give_to_old(owner->ssi, LIST_ENTRY(owner->reads.next, SsiRead, in_owner), owner->finish_seq,
                    owner->commit_seq);
}

void ssi_reads_expire(Ssi *ssi, uint64_t finish_seq) {
    while (!list_empty(&ssi->old.reads)) {
        SsiRead *read = LIST_ENTRY(ssi->old.reads.next, SsiRead, in_owner);
        if (read->finish_seq > finish_seq)
            break;
        read_free(ssi, read);
    }
}

void ssi_reads_destroy(Ssi *ssi) {
    ssi_reads_drop(&ssi->old);
    u64map_destroy(&ssi->old.read_counts);
    mem_free(&ssi->account, ssi->buckets, ssi->bucket_count * sizeof(ListNode));
}
