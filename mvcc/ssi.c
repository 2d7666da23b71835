/*
 * ssi.c: the graph of conflicts between serializable transactions, and its verdicts.
 *
 * Source: Cahill, Röhm, Fekete, "Serializable isolation for snapshot databases", SIGMOD'08; Ports and
 * Grittner, "Serializable snapshot isolation in PostgreSQL", VLDB'12.
 *
 * Why: on snapshots that first-updater-wins protects, a history that no serial order explains has two
 * edges in a row, T1 -> T2 -> T3, "does not see what that one writes", between transactions that
 * overlap, and T3 commits first of them. T2, the pivot, or one of its neighbours must go. So each
 * transaction notes what it reads (ssi_reads.c); a write that meets a note, and a read that meets a
 * version it does not see, are edges; and nothing waits for anybody.
 *
 *   active -> (pre-commit: may it?) -> prepared -> committed: finished, until nobody overlaps it
 *        `-> doomed by another one: fails at its next read, write or commit
 *
 * I1 Order. `clock` counts begins and ends; a and b overlap if neither ended before the other began.
 *    A snapshot is taken under the latch and sees every commit whose ssi_end has run (txn_catch_up):
 *    who is not overlapped was seen.
 * I2 Readers note before they look, writers look at the notes after they wrote: one meets the other.
 * I3 commit_seq orders prepares and commits; only what prepared first can be T3.
 * I4 Only one that has not prepared is given up.
 * I5 Bounded: at most SSI_FINISHED_MAX finished ones are kept one by one. Older ones are summarised:
 *    their notes belong to `old`, their edges are flags of the neighbours, and of their xids only the
 *    commit that their earliest edge out goes to is known.
 *
 * Read-only: a declared reader is in danger only from a writer that overlaps it and has an edge to one
 * that committed before the reader's snapshot. `unsafe` pairs it with the writers that may come to
 * that; once all have ended well it is safe and stops noting. DEFERRABLE waits for that to begin with.
 */
#include "mvcc/ssi_int.h"

static bool has(const SsiTxn *txn, uint32_t flags) { return (txn->flags & flags) != 0; }

static Status refuse(const char *reason) {
    return status_hint(status_detail(error(ERR_T_R_SERIALIZATION_FAILURE,
                                           "could not serialize access due to read/write "
                                           "dependencies among transactions"),
                                     "Reason code: %s", reason),
                       "The transaction might succeed if retried.");
}

Status ssi_doomed(const char *reason) { return refuse(reason); }

static Status refuse_xid(const char *before, uint64_t xid, const char *after) {
    return status_hint(status_detail(error(ERR_T_R_SERIALIZATION_FAILURE,
                                           "could not serialize access due to read/write "
                                           "dependencies among transactions"),
                                     "Reason code: %s%llu%s", before, (unsigned long long)xid,
                                     after),
                       "The transaction might succeed if retried.");
}

/* ---- life ---- */

static void txn_init(Ssi *ssi, SsiTxn *txn) {
    memset(txn, 0, sizeof(*txn));
    txn->ssi = ssi;
    txn->finish_seq = txn->prepare_seq = txn->commit_seq = SSI_SEQ_MAX;
    list_init(&txn->outs);
    list_init(&txn->ins);
    list_init(&txn->unsafe);
    list_init(&txn->node);
    list_init(&txn->reads);
    u64map_init(&txn->read_counts, &ssi->account);
}

static Status txn_make(Ssi *ssi, SsiTxn **txn_out) {
    *txn_out = mem_try_alloc(&ssi->account, sizeof(SsiTxn));
    if (*txn_out == NULL)
        return status_out_of_memory();
    txn_init(ssi, *txn_out);
    return STATUS_OK;
}

static void conflict_free(Ssi *ssi, SsiConflict *conflict) {
    list_remove(&conflict->in_out);
    list_remove(&conflict->in_in);
    mem_free(&ssi->account, conflict, sizeof(*conflict));
}

static Status conflict_make(Ssi *ssi, SsiTxn *out, SsiTxn *in, ListNode *out_list,
                            ListNode *in_list) {
    SsiConflict *conflict = mem_try_alloc(&ssi->account, sizeof(*conflict));
    if (conflict == NULL)
        return status_out_of_memory();
    conflict->out = out;
    conflict->in = in;
    list_push_back(out_list, &conflict->in_out);
    list_push_back(in_list, &conflict->in_in);
    return STATUS_OK;
}

#define OUT_OF(node) LIST_ENTRY(node, SsiConflict, in_out)
#define INTO_OF(node) LIST_ENTRY(node, SsiConflict, in_in)

/* Its place in each `unsafe` pair: a declared reader is the `in` of its own. */
static void unsafe_release(SsiTxn *txn, bool declared_reader) {
    while (!list_empty(&txn->unsafe))
        conflict_free(txn->ssi,
                      declared_reader ? INTO_OF(txn->unsafe.next) : OUT_OF(txn->unsafe.next));
}

/* Forgets it. summarise: what it was goes on in its neighbours and in `old`. */
static void txn_forget(SsiTxn *txn, bool summarise) {
    Ssi *ssi = txn->ssi;
    while (!list_empty(&txn->outs)) {
        SsiConflict *conflict = OUT_OF(txn->outs.next);
        conflict->in->flags |= summarise ? SSI_SUMMARY_IN : 0;
        conflict_free(ssi, conflict);
    }
    while (!list_empty(&txn->ins)) {
        SsiConflict *conflict = INTO_OF(txn->ins.next);
        conflict->out->flags |= summarise ? SSI_SUMMARY_OUT : 0;
        conflict_free(ssi, conflict);
    }
    if (summarise) {
        ssi_reads_summarise(txn);
        if (has(txn, SSI_READ_ALL)) {
            ssi->old_all_finish = MAX(ssi->old_all_finish, txn->finish_seq);
            ssi->old_all_commit = MAX(ssi->old_all_commit, txn->commit_seq);
        }
    }
    ssi_reads_drop(txn);
    if (txn->xid != 0)
        u64map_remove(&ssi->by_xid, txn->xid);
    if (has(txn, SSI_READ_ALL))
        ssi->read_all_count--;
    u64map_destroy(&txn->read_counts);
    list_remove(&txn->node);
    ssi->txn_count--;
    mem_free(&ssi->account, txn, sizeof(*txn));
}

static void old_xids_limit(Ssi *ssi) {
    if (ssi->old_xids.count < SSI_OLD_XIDS_MAX)
        return;
    size_t cursor = 0;
    uint64_t xid;
    void *value;
    while (u64map_next(&ssi->old_xids, &cursor, &xid, &value)) {
        ssi->old_unknown_low = MIN(ssi->old_unknown_low, xid);
        ssi->old_unknown_high = MAX(ssi->old_unknown_high, xid + 1);
    }
    u64map_destroy(&ssi->old_xids);
    u64map_init(&ssi->old_xids, &ssi->account);
}

static void old_xids_forget(Ssi *ssi) {
    u64map_destroy(&ssi->old_xids);
    u64map_init(&ssi->old_xids, &ssi->account);
    ssi->old_unknown_low = UINT64_MAX;
    ssi->old_unknown_high = 0;
}

void ssi_summarise_oldest(Ssi *ssi) {
    SsiTxn *txn = LIST_ENTRY(ssi->finished.next, SsiTxn, node);
    ssi->old.finish_seq = txn->finish_seq; /* the latest so far */
    if (txn->xid != 0) {
        uint64_t earliest = has(txn, SSI_CONFLICT_OUT) ? txn->earliest_out : 0;
        u64map_put(&ssi->old_xids, txn->xid,
                   (void *)(uintptr_t)(earliest + 1)); // NOLINT(performance-no-int-to-ptr)
        old_xids_limit(ssi);
    }
    ssi->finished_count--;
    txn_forget(txn, true);
}

/* When the oldest began that finished ones can still matter to. */
static uint64_t oldest_begin(const Ssi *ssi) {
    LIST_FOREACH(node, &ssi->active) {
        const SsiTxn *txn = LIST_ENTRY(node, SsiTxn, node);
        if (!has(txn, SSI_RO_SAFE))
            return txn->begin_seq;
    }
    return ssi->clock + 1;
}

static void clear_finished(Ssi *ssi) {
    uint64_t begin = oldest_begin(ssi);
    while (!list_empty(&ssi->finished)) {
        SsiTxn *txn = LIST_ENTRY(ssi->finished.next, SsiTxn, node);
        if (txn->finish_seq > begin)
            break;
        ssi->finished_count--;
        txn_forget(txn, false);
    }
    while (ssi->finished_count > SSI_FINISHED_MAX)
        ssi_summarise_oldest(ssi);
    ssi_reads_expire(ssi, begin);
    if (ssi->old.finish_seq <= begin && ssi->old.finish_seq != 0) {
        old_xids_forget(ssi);
        ssi->old.finish_seq = 0;
    }
}

/* ---- begin ---- */

static Status pair_with_writers(SsiTxn *self) {
    LIST_FOREACH(node, &self->ssi->active) {
        SsiTxn *other = LIST_ENTRY(node, SsiTxn, node);
        if (!has(other, SSI_COMMITTED | SSI_DOOMED | SSI_READ_ONLY))
            TRY(conflict_make(self->ssi, other, self, &other->unsafe, &self->unsafe));
    }
    return STATUS_OK;
}

/* *self_out NULL: safe at once. */
static Status begin_once(Ssi *ssi, Txn *txn, void (*take)(Txn *txn), SsiTxn **self_out) {
    SsiTxn *self;
    Status status = STATUS_OK;
    bool reads = txn_read_only(txn);
    TRY(txn_make(ssi, &self));
    latch_lock(&ssi->latch);
    txn_catch_up(txn);
    take(txn);
    self->begin_seq = ++ssi->clock;
    self->last_commit = ssi->commit_seq;
    self->flags = reads ? SSI_READ_ONLY : 0;
    self->process_id = atomic_load(&txn->process_id);
    self->snapshot_lsn = txn->base.lsn;
    self->waiting = reads && txn_deferrable(txn);
    ssi->txn_count++;
    if (reads)
        status = pair_with_writers(self);
    if (!status_ok(status) || (reads && list_empty(&self->unsafe))) {
        unsafe_release(self, true);
        txn_forget(self, false);
        self = NULL;
    } else {
        list_push_back(&ssi->active, &self->node);
    }
    latch_unlock(&ssi->latch);
    *self_out = self;
    return status;
}

static Status wait_until_decided(SsiTxn *self) {
    Ssi *ssi = self->ssi;
    FiberWaiter waiter;
    Status status = STATUS_OK;
    fiber_cond_enter(&ssi->safe_cond, &waiter);
    for (bool decided = false; !decided && status_ok(status);) {
        latch_lock(&ssi->latch);
        decided = has(self, SSI_RO_SAFE | SSI_RO_UNSAFE);
        latch_unlock(&ssi->latch);
        if (!decided && fiber_park(DEADLINE_NONE) == PARK_INTERRUPTED)
            status = fiber_check_interrupt();
    }
    fiber_cond_leave(&ssi->safe_cond, &waiter);
    return status;
}

Status ssi_begin(Ssi *ssi, Txn *txn, void (*take)(Txn *txn), SsiTxn **ssi_out) {
    *ssi_out = NULL;
    for (;;) {
        SsiTxn *self;
        TRY(begin_once(ssi, txn, take, &self));
        if (self == NULL || !txn_read_only(txn) || !txn_deferrable(txn)) {
            *ssi_out = self;
            return STATUS_OK;
        }
        Status status = wait_until_decided(self);
        latch_lock(&ssi->latch);
        bool safe = !has(self, SSI_RO_UNSAFE);
        unsafe_release(self, true);
        txn_forget(self, false);
        clear_finished(ssi);
        latch_unlock(&ssi->latch);
        TRY(status);
        if (safe)
            return STATUS_OK;
    }
}

Status ssi_restore(Ssi *ssi, uint64_t xid, SsiTxn **ssi_out) {
    TRY(txn_make(ssi, ssi_out));
    SsiTxn *txn = *ssi_out;
    latch_lock(&ssi->latch);
    txn->begin_seq = ++ssi->clock;
    txn->prepare_seq = ++ssi->commit_seq;
    txn->flags = SSI_PREPARED | SSI_WROTE | SSI_SUMMARY_IN | SSI_SUMMARY_OUT | SSI_READ_ALL;
    txn->xid = xid;
    ssi->txn_count++;
    ssi->read_all_count++;
    u64map_put(&ssi->by_xid, xid, txn);
    list_push_back(&ssi->active, &txn->node);
    latch_unlock(&ssi->latch);
    return STATUS_OK;
}

void ssi_set_xid(SsiTxn *self, uint64_t xid) {
    latch_lock(&self->ssi->latch);
    self->xid = xid;
    u64map_put(&self->ssi->by_xid, xid, self);
    latch_unlock(&self->ssi->latch);
}

bool ssi_needs_reads(SsiTxn *self) {
    if (!has(self, SSI_RO_SAFE))
        return true;
    if (!list_empty(&self->reads))
        ssi_reads_drop(self);
    return false;
}

void ssi_blockers(Ssi *ssi, int32_t process_id, void (*each)(void *arg, int32_t process_id),
                  void *arg) {
    latch_lock(&ssi->latch);
    LIST_FOREACH(node, &ssi->active) {
        const SsiTxn *txn = LIST_ENTRY(node, SsiTxn, node);
        if (txn->process_id != process_id || !txn->waiting)
            continue;
        LIST_FOREACH(pair, &txn->unsafe)
            each(arg, INTO_OF(pair)->out->process_id);
    }
    latch_unlock(&ssi->latch);
}

/* ---- edges ---- */

static bool edge_exists(const SsiTxn *reader, const SsiTxn *writer) {
    LIST_FOREACH(node, &writer->ins)
        if (INTO_OF(node)->out == reader)
            return true;
    return false;
}

/* Would reader -> writer -> somebody be dangerous? */
static bool writer_is_pivot(const SsiTxn *reader, const SsiTxn *writer) {
    if (has(writer, SSI_COMMITTED) && has(writer, SSI_CONFLICT_OUT | SSI_SUMMARY_OUT))
        return true; /* the third committed before the writer */
    if (has(writer, SSI_SUMMARY_OUT))
        return true;
    LIST_FOREACH(node, &writer->outs) {
        const SsiTxn *third = OUT_OF(node)->in;
        if (has(third, SSI_PREPARED) &&
            (!has(reader, SSI_COMMITTED) || third->prepare_seq <= reader->commit_seq) &&
            (!has(writer, SSI_COMMITTED) || third->prepare_seq <= writer->commit_seq) &&
            (!has(reader, SSI_READ_ONLY) || third->prepare_seq <= reader->last_commit))
            return true;
    }
    return false;
}

/* Would somebody -> reader -> writer be dangerous? */
static bool reader_is_pivot(const SsiTxn *reader, const SsiTxn *writer) {
    if (!has(writer, SSI_PREPARED) || has(reader, SSI_READ_ONLY))
        return false;
    if (has(reader, SSI_SUMMARY_IN))
        return true;
    LIST_FOREACH(node, &reader->ins) {
        const SsiTxn *first = INTO_OF(node)->out;
        if (!has(first, SSI_DOOMED) &&
            (!has(first, SSI_COMMITTED) || first->commit_seq >= writer->prepare_seq) &&
            (!has(first, SSI_READ_ONLY) || first->last_commit >= writer->prepare_seq))
            return true;
    }
    return false;
}

/* Adds reader -> writer, one of which is self, unless one must be given up for it. */
static Status edge_add(SsiTxn *self, SsiTxn *reader, SsiTxn *writer) {
    Ssi *ssi = self->ssi;
    if (writer_is_pivot(reader, writer) || reader_is_pivot(reader, writer)) {
        if (self == writer)
            return refuse("Canceled on identification as a pivot, during write.");
        if (has(writer, SSI_PREPARED))
            return refuse_xid("Canceled on conflict out to pivot ", writer->xid, ", during read.");
        writer->flags |= SSI_DOOMED;
    }
    if (reader == &ssi->old) {
        writer->flags |= SSI_SUMMARY_IN;
        return STATUS_OK;
    }
    return conflict_make(ssi, reader, writer, &reader->outs, &writer->ins);
}

Status ssi_met_reader(SsiTxn *self, SsiRead *read) {
    SsiTxn *reader = read->owner;
    if (reader == &self->ssi->old) {
        if (read->finish_seq <= self->begin_seq)
            return STATUS_OK;
        reader->commit_seq = read->commit_seq;
        return edge_add(self, reader, self);
    }
    if (has(reader, SSI_DOOMED | SSI_RO_SAFE) || reader->finish_seq <= self->begin_seq ||
        edge_exists(reader, self))
        return STATUS_OK;
    return edge_add(self, reader, self);
}

/* The writer is one of those that are not kept any more, or never was serializable. */
static Status saw_old_writer(SsiTxn *self, uint64_t xid) {
    Ssi *ssi = self->ssi;
    uintptr_t known = (uintptr_t)u64map_get(&ssi->old_xids, xid);
    bool unknown = xid >= ssi->old_unknown_low && xid < ssi->old_unknown_high;
    if (known == 0 && !unknown)
        return STATUS_OK;
    uint64_t earliest = known == 0 ? 1 : known - 1; /* 0: it had no edge out */
    if (earliest != 0 && (!has(self, SSI_READ_ONLY) || earliest <= self->last_commit))
        return refuse_xid("Canceled on conflict out to old pivot ", xid, ".");
    if (has(self, SSI_SUMMARY_IN) || !list_empty(&self->ins))
        return refuse_xid("Canceled on identification as a pivot, with conflict out to old "
                          "committed transaction ",
                          xid, ".");
    self->flags |= SSI_SUMMARY_OUT;
    return STATUS_OK;
}

static Status saw_writer(SsiTxn *self, uint64_t xid) {
    if (has(self, SSI_RO_SAFE))
        return STATUS_OK;
    if (has(self, SSI_DOOMED))
        return refuse("Canceled on identification as a pivot, during conflict out checking.");
    SsiTxn *writer = u64map_get(&self->ssi->by_xid, xid);
    if (writer == NULL)
        return saw_old_writer(self, xid);
    if (writer == self || has(writer, SSI_DOOMED))
        return STATUS_OK;
    if (has(writer, SSI_SUMMARY_OUT)) {
        if (has(writer, SSI_PREPARED))
            return refuse_xid("Canceled on conflict out to old pivot ", xid, ".");
        writer->flags |= SSI_DOOMED;
        return STATUS_OK;
    }
    if (has(self, SSI_READ_ONLY) && has(writer, SSI_COMMITTED) &&
        (!has(writer, SSI_CONFLICT_OUT) || self->last_commit < writer->earliest_out))
        return STATUS_OK;
    if (edge_exists(self, writer))
        return STATUS_OK;
    return edge_add(self, self, writer);
}

Status ssi_saw_writer(SsiTxn *self, uint64_t xid) {
    latch_lock(&self->ssi->latch);
    Status status = saw_writer(self, xid);
    latch_unlock(&self->ssi->latch);
    return status;
}

/* ---- the end ---- */

/* Who would be the pivot if self, its neighbour on the way out, commits first? */
static bool makes_pivot(const SsiTxn *self, const SsiTxn *near) {
    LIST_FOREACH(node, &near->ins) {
        const SsiTxn *far = INTO_OF(node)->out;
        if (far == self || !has(far, SSI_COMMITTED | SSI_READ_ONLY | SSI_DOOMED))
            return true;
    }
    return false;
}

static Status pre_commit(SsiTxn *self) {
    if (has(self, SSI_RO_SAFE))
        return STATUS_OK;
    if (has(self, SSI_DOOMED))
        return refuse("Canceled on identification as a pivot, during commit attempt.");
    LIST_FOREACH(node, &self->ins) {
        SsiTxn *near = INTO_OF(node)->out;
        if (has(near, SSI_COMMITTED | SSI_DOOMED) || !makes_pivot(self, near))
            continue;
        if (has(near, SSI_PREPARED))
            return refuse("Canceled on commit attempt with conflict in from prepared pivot.");
        near->flags |= SSI_DOOMED;
    }
    self->prepare_seq = ++self->ssi->commit_seq;
    self->flags |= SSI_PREPARED;
    return STATUS_OK;
}

Status ssi_pre_commit(SsiTxn *self) {
    latch_lock(&self->ssi->latch);
    Status status = pre_commit(self);
    latch_unlock(&self->ssi->latch);
    return status;
}

static void settle_outs(SsiTxn *self, bool committed) {
    LIST_FOREACH_SAFE(node, next, &self->outs) {
        const SsiTxn *writer = OUT_OF(node)->in;
        bool done = has(writer, SSI_COMMITTED);
        if (committed && done && !has(self, SSI_READ_ONLY)) {
            if (!has(self, SSI_CONFLICT_OUT) || writer->prepare_seq < self->earliest_out)
                self->earliest_out = writer->prepare_seq;
            self->flags |= SSI_CONFLICT_OUT;
        }
        if (!committed || done || writer->last_commit >= self->prepare_seq)
            conflict_free(self->ssi, OUT_OF(node));
    }
}

static void settle_ins(SsiTxn *self, bool committed) {
    LIST_FOREACH_SAFE(node, next, &self->ins) {
        const SsiTxn *reader = INTO_OF(node)->out;
        if (!committed || has(reader, SSI_COMMITTED | SSI_READ_ONLY))
            conflict_free(self->ssi, INTO_OF(node));
    }
}

/* The readers that waited to know what becomes of self. */
static void settle_unsafe(SsiTxn *self, bool committed) {
    bool decided = false;
    while (!list_empty(&self->unsafe)) {
        SsiConflict *pair = OUT_OF(self->unsafe.next);
        SsiTxn *reader = pair->in;
        if (committed && has(self, SSI_WROTE) && has(self, SSI_CONFLICT_OUT) &&
            self->earliest_out <= reader->last_commit) {
            reader->flags |= SSI_RO_UNSAFE;
            unsafe_release(reader, true);
        } else {
            conflict_free(self->ssi, pair);
            if (list_empty(&reader->unsafe) && !has(reader, SSI_RO_UNSAFE))
                reader->flags |= SSI_RO_SAFE;
        }
        decided |= has(reader, SSI_RO_SAFE | SSI_RO_UNSAFE);
    }
    if (decided)
        fiber_cond_broadcast(&self->ssi->safe_cond);
}

void ssi_end(SsiTxn *self, bool committed) {
    Ssi *ssi = self->ssi;
    latch_lock(&ssi->latch);
    bool declared_reader = has(self, SSI_READ_ONLY);
    self->finish_seq = ++ssi->clock;
    if (committed) {
        self->commit_seq = ++ssi->commit_seq;
        self->flags |= SSI_COMMITTED | SSI_PREPARED;
        if (!has(self, SSI_WROTE))
            self->flags |= SSI_READ_ONLY;
    } else {
        self->flags |= SSI_DOOMED;
    }
    settle_outs(self, committed);
    settle_ins(self, committed);
    if (declared_reader)
        unsafe_release(self, true);
    else
        settle_unsafe(self, committed);
    list_remove(&self->node);
    if (committed && !has(self, SSI_RO_SAFE)) {
        list_push_back(&ssi->finished, &self->node);
        ssi->finished_count++;
    } else {
        txn_forget(self, false);
    }
    clear_finished(ssi);
    latch_unlock(&ssi->latch);
}

/* ---- the manager ---- */

Ssi *ssi_make(Mvcc *mvcc, MemAccount *account) {
    Ssi *ssi = mem_alloc(account, sizeof(*ssi));
    memset(ssi, 0, sizeof(*ssi));
    ssi->mvcc = mvcc;
    mem_account_init(&ssi->account, account, "serializable", SIZE_MAX);
    ssi->commit_seq = 1;
    list_init(&ssi->active);
    list_init(&ssi->finished);
    txn_init(ssi, &ssi->old);
    ssi->old.flags = SSI_COMMITTED | SSI_PREPARED;
    ssi->old.finish_seq = 0;
    u64map_init(&ssi->by_xid, &ssi->account);
    u64map_init(&ssi->old_xids, &ssi->account);
    ssi->old_unknown_low = UINT64_MAX;
    fiber_cond_init(&ssi->safe_cond);
    ssi_reads_init(ssi);
    return ssi;
}

void ssi_free(Ssi *ssi) {
    MemAccount *account = ssi->account.parent;
    while (!list_empty(&ssi->finished))
        txn_forget(LIST_ENTRY(ssi->finished.next, SsiTxn, node), false);
    while (!list_empty(&ssi->active)) { /* those that stay prepared */
        SsiTxn *txn = LIST_ENTRY(ssi->active.next, SsiTxn, node);
        unsafe_release(txn, has(txn, SSI_READ_ONLY));
        txn_forget(txn, false);
    }
    ssi_reads_destroy(ssi);
    u64map_destroy(&ssi->by_xid);
    u64map_destroy(&ssi->old_xids);
    mem_free(account, ssi, sizeof(*ssi));
}

void ssi_count(Ssi *ssi, size_t *txns_out, size_t *reads_out) {
    latch_lock(&ssi->latch);
    *txns_out = ssi->txn_count;
    *reads_out = ssi->read_count;
    latch_unlock(&ssi->latch);
}
