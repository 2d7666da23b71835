/*
 * sim_mvcc.c: histories on a machine that crashes. Each seed tells a story: a few fibres run random
 * transactions (transfers between accounts, inserts, deletes, changes of keys, savepoints, large values,
 * prepared transactions) beside checkpoints and purge; the machine crashes at a random I/O, often again
 * during recovery, and goes on.
 *
 * The model knows for each key every committed state and the commit's LSN, so it can tell what a
 * snapshot at any LSN must see. Readers note what they saw; it is compared when the commits up to
 * there are known. After each recovery:
 *   - every commit that was acknowledged is there, each other one wholly or not at all;
 *   - the table holds exactly what the model says, indexes and table agree both ways;
 *   - prepared transactions that were acknowledged are prepared;
 *   - after purge nothing is left of the dead.
 *
 *     sim_mvcc [--seeds N] [--from SEED] [--fault NAME] [--jobs N] [--verbose]
 */
#include "mvcc/tests/world.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNTS 12
#define IDS 48 /* accounts are 1 .. ACCOUNTS; the rest comes and goes */
#define OPENING 1000
#define ACTORS 5
#define OPS_MAX 24
#define OBSERVED_MAX 60000
#define PREPARED_MAX 8

typedef struct State {
    bool exists;
    int64_t n;
    uint32_t note; /* its length; bytes follow from length and id */
} State;

typedef struct Version {
    Lsn commit; /* seen by snapshots above */
    State state;
} Version;

typedef struct History {
    Version *versions; /* by commit */
    size_t count, capacity;
} History;

typedef struct Observed {
    Lsn lsn;
    int64_t id;
    State state;
} Observed;

/* What one transaction has done so far. */
typedef struct Changes {
    bool touched[IDS + 1];
    State state[IDS + 1];
} Changes;

typedef struct Doing {
    Txn *txn; /* NULL: nothing is under way */
    Xid xid;
    Changes changes;
} Doing;

typedef struct Prepared {
    bool used;
    bool sure; /* acknowledged */
    bool busy; /* being finished */
    char gid[20];
    Xid xid;
    Changes changes;
} Prepared;

typedef struct Story {
    uint64_t seed;
    Sim *sim;
    Rng rng;
    World world;
    bool verbose, quiet, finished, created;
    const char *failure;
    char failure_text[600];
    History history[IDS + 1];
    Observed *observed;
    size_t observed_count;
    Doing doing[ACTORS];
    Prepared prepared[PREPARED_MAX];
    Lsn acknowledged; /* the log reaches at least here */
    uint64_t txns_left, gids;
    uint32_t running;
    uint64_t committed, rolled_back, conflicts;
    char *note_bytes;
} Story;

static void fail(Story *story, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fail(Story *story, const char *fmt, ...) {
    if (story->failure != NULL)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(story->failure_text, sizeof(story->failure_text), fmt, args);
    va_end(args);
    story->failure = story->failure_text;
}

static bool failed(Story *story, Status status, const char *what) {
    if (status_ok(status))
        return false;
    fail(story, "%s: %s %s", what, status.error->message,
         status.error->context ? status.error->context : "");
    status_free(status);
    return true;
}

static uint64_t draw(Story *story, uint64_t bound) { return rng_below(&story->rng, bound); }

/* ---- the model ---- */

static void history_add(History *history, Lsn commit, State state) {
    if (history->count == history->capacity) {
        history->capacity = history->capacity ? 2 * history->capacity : 16;
        history->versions = realloc(history->versions, history->capacity * sizeof(Version));
    }
    size_t at = history->count++;
    while (at > 0 && history->versions[at - 1].commit > commit) {
        history->versions[at] = history->versions[at - 1];
        at--;
    }
    history->versions[at] = (Version){commit, state};
}

static State history_at(const History *history, Lsn lsn) {
    State state = {0};
    for (size_t i = 0; i < history->count && history->versions[i].commit < lsn; i++)
        state = history->versions[i].state;
    return state;
}

static void model_commit(Story *story, const Changes *changes, Lsn commit) {
    for (int64_t id = 1; id <= IDS; id++)
        if (changes->touched[id])
            history_add(&story->history[id], commit, changes->state[id]);
    story->committed++;
}

static bool state_equal(State a, State b) {
    return a.exists == b.exists && (!a.exists || (a.n == b.n && a.note == b.note));
}

static Str note_of(Story *story, uint32_t len, int64_t id) {
    return str_make(story->note_bytes + id, len);
}

static State state_of(Story *story, const Row *row, bool found) {
    if (!found)
        return (State){0};
    if (!str_equal(row->note, note_of(story, row->note.len, row->note.len % 61)))
        fail(story, "the note of id %lld has wrong bytes", (long long)row->id);
    return (State){true, row->n, row->note.len};
}

static uint32_t draw_note(Story *story) {
    uint64_t kind = draw(story, 40);
    return (uint32_t)(kind == 0 ? 2000 + draw(story, 40000) : draw(story, kind < 5 ? 1500 : 40));
}

static Str make_note(Story *story, uint32_t len) { return note_of(story, len, len % 61); }

/* Compares what readers saw, as far as the log is known to reach. */
static void check_observed(Story *story, Lsn end) {
    for (size_t i = 0; i < story->observed_count; i++) {
        const Observed *seen = &story->observed[i];
        if (seen->lsn > end)
            continue;
        State expected = history_at(&story->history[seen->id], seen->lsn);
        if (!state_equal(expected, seen->state))
            fail(story, "at %llx id %lld was %s n %lld note %u, expected %s n %lld note %u",
                 (unsigned long long)seen->lsn, (long long)seen->id,
                 seen->state.exists ? "there" : "absent", (long long)seen->state.n,
                 seen->state.note, expected.exists ? "there" : "absent", (long long)expected.n,
                 expected.note);
    }
    story->observed_count = 0;
}

/* ---- an actor's transaction ---- */

typedef struct Act {
    Story *story;
    Doing *doing;
    Txn *txn;
    Arena arena;
    Lsn session_lsn;
    bool stop; /* roll back */
} Act;

/* Expected failures end the transaction; others the story. */
static bool ends(Act *act, Status status, const char *what) {
    if (status_ok(status))
        return false;
    act->stop = true;
    SqlState state = status.error->state;
    if (state == ERR_T_R_SERIALIZATION_FAILURE || state == ERR_T_R_DEADLOCK_DETECTED) {
        act->story->conflicts++;
        status_free(status);
        return true;
    }
    return failed(act->story, status, what);
}

static void note_change(Act *act, int64_t id, State state) {
    act->doing->changes.touched[id] = true;
    act->doing->changes.state[id] = state;
}

static bool get(Act *act, const Snapshot *snapshot, int64_t id, Row *row, bool *found) {
    Story *story = act->story;
    if (ends(act, world_get(&story->world, snapshot, id, &act->arena, row, found), "get"))
        return false;
    State seen = state_of(story, row, *found);
    const Changes *changes = &act->doing->changes;
    if (changes->touched[id]) {
        if (snapshot->own_lsn > txn_last_lsn(act->txn) && !state_equal(seen, changes->state[id]))
            fail(story, "a transaction does not see its own change of id %lld", (long long)id);
    } else if (story->observed_count < OBSERVED_MAX) {
        story->observed[story->observed_count++] = (Observed){snapshot->lsn, id, seen};
    }
    return true;
}

static void transfer(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    int64_t amount = (int64_t)draw(story, 50), ids[2];
    ids[0] = 1 + (int64_t)draw(story, ACCOUNTS);
    ids[1] = 1 + (int64_t)draw(story, ACCOUNTS);
    if (ids[0] == ids[1])
        return;
    for (int i = 0; i < 2 && !act->stop; i++) {
        Row row;
        bool found;
        if (!get(act, snapshot, ids[i], &row, &found))
            return;
        if (!found) {
            fail(story, "account %lld is missing", (long long)ids[i]);
            return;
        }
        WorldWrite outcome;
        State next = {true, row.n + (i == 0 ? -amount : amount), draw_note(story)};
        if (ends(act,
                 world_update(&story->world, act->txn, snapshot, &row, row.id, next.n,
                              make_note(story, next.note), &act->arena, &outcome),
                 "update"))
            return;
        if (outcome != WORLD_OK)
            act->stop = true;
        else
            note_change(act, ids[i], next);
    }
}

/* From REPEATABLE READ up a transaction may insert a key that was deleted behind its snapshot's back,
 * and then sees both rows: not here. */
static bool may_take(Act *act, const Snapshot *snapshot, int64_t id) {
    Row row;
    bool found;
    if (txn_isolation(act->txn) < ISOLATION_REPEATABLE_READ)
        return true;
    return get(act, snapshot, id, &row, &found) && !found;
}

static void insert_one(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    int64_t id = ACCOUNTS + 1 + (int64_t)draw(story, IDS - ACCOUNTS);
    if (!may_take(act, snapshot, id))
        return;
    SavepointMark mark = txn_savepoint(act->txn);
    State next = {true, (int64_t)draw(story, 20), draw_note(story)};
    WorldWrite outcome;
    if (ends(act,
             world_insert(&story->world, act->txn, id, next.n, make_note(story, next.note),
                          &outcome),
             "insert"))
        return;
    if (outcome == WORLD_OK)
        note_change(act, id, next);
    else
        ends(act, txn_rollback_to(act->txn, mark), "rollback to");
}

static void delete_one(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    int64_t id = ACCOUNTS + 1 + (int64_t)draw(story, IDS - ACCOUNTS);
    Row row;
    bool found;
    WorldWrite outcome;
    if (!get(act, snapshot, id, &row, &found) || !found)
        return;
    if (ends(act, world_delete(&story->world, act->txn, snapshot, &row, &act->arena, &outcome),
             "delete"))
        return;
    if (outcome != WORLD_OK)
        act->stop = true;
    else
        note_change(act, id, (State){0});
}

static void rekey_one(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    int64_t from = ACCOUNTS + 1 + (int64_t)draw(story, IDS - ACCOUNTS);
    int64_t to = ACCOUNTS + 1 + (int64_t)draw(story, IDS - ACCOUNTS);
    Row row;
    bool found;
    WorldWrite outcome;
    if (from == to || !may_take(act, snapshot, to) || !get(act, snapshot, from, &row, &found) ||
        !found)
        return;
    SavepointMark mark = txn_savepoint(act->txn);
    if (ends(act,
             world_update(&story->world, act->txn, snapshot, &row, to, row.n, row.note, &act->arena,
                          &outcome),
             "rekey"))
        return;
    if (outcome == WORLD_OK) {
        note_change(act, from, (State){0});
        note_change(act, to, (State){true, row.n, row.note.len});
    } else if (outcome == WORLD_DUPLICATE) {
        ends(act, txn_rollback_to(act->txn, mark), "rollback to");
    } else {
        act->stop = true;
    }
}

static void lock_one(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    Row row;
    bool found;
    RowView latest;
    RowWrite outcome;
    if (!get(act, snapshot, 1 + (int64_t)draw(story, IDS), &row, &found) || !found)
        return;
    ends(act,
         table_lock_row(act->txn, snapshot, story->world.table, row.rowid, row.version,
                        (RowLockMode)draw(story, 4), (LockWait)draw(story, 2), &act->arena, &latest,
                        &outcome),
         "lock row");
}

/* Everything a snapshot sees; accounts keep their sum. */
static void audit(Act *act, const Snapshot *snapshot) {
    Story *story = act->story;
    TableScan *scan;
    RowView views[16];
    int64_t sum = 0;
    bool seen[IDS + 1] = {false};
    uint32_t count = 1;
    if (ends(act,
             table_scan_open(story->world.table, snapshot, 1, UINT64_MAX, draw(story, 2),
                             &act->arena, &scan),
             "scan"))
        return;
    while (count > 0) {
        if (ends(act, table_scan_next(scan, views, 1 + (uint32_t)draw(story, 16), &count), "scan"))
            return;
        for (uint32_t i = 0; i < count; i++) {
            Row row = world_row(&story->world, &views[i], &act->arena);
            if (row.id < 1 || row.id > IDS || seen[row.id]) {
                fail(story, "id %lld was seen twice, or never was", (long long)row.id);
                return;
            }
            seen[row.id] = true;
            if (row.id <= ACCOUNTS)
                sum += row.n;
            if (!act->doing->changes.touched[row.id] && story->observed_count < OBSERVED_MAX)
                story->observed[story->observed_count++] =
                    (Observed){snapshot->lsn, row.id, state_of(story, &row, true)};
        }
        if (draw(story, 3) == 0)
            fiber_sleep(draw(story, 300));
    }
    for (int64_t id = 1; id <= IDS; id++)
        if (!seen[id] && !act->doing->changes.touched[id] && story->observed_count < OBSERVED_MAX)
            story->observed[story->observed_count++] = (Observed){snapshot->lsn, id, {0}};
    if (sum != ACCOUNTS * OPENING && txn_xid(act->txn) == XID_INVALID)
        fail(story, "the accounts hold %lld", (long long)sum);
}

static void command(Act *act) {
    Story *story = act->story;
    const Snapshot *snapshot;
    arena_reset(&act->arena);
    if (ends(act, txn_snapshot(act->txn, &snapshot), "snapshot"))
        return;
    switch (draw(story, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        transfer(act, snapshot);
        break;
    case 4:
    case 5:
        insert_one(act, snapshot);
        break;
    case 6:
    case 7:
        delete_one(act, snapshot);
        break;
    case 8:
        rekey_one(act, snapshot);
        break;
    case 9:
        lock_one(act, snapshot);
        break;
    default:
        audit(act, snapshot);
        break;
    }
    if (draw(story, 2) == 0)
        txn_snapshot_release(act->txn, snapshot);
    if (draw(story, 4) == 0)
        fiber_sleep(draw(story, 500));
}

/* Some commands behind a savepoint, perhaps taken back. */
static void section(Act *act) {
    Story *story = act->story;
    Changes before = act->doing->changes;
    SavepointMark mark = txn_savepoint(act->txn);
    for (uint64_t ops = 1 + draw(story, 4); ops > 0 && !act->stop && story->failure == NULL; ops--)
        command(act);
    if (act->stop || draw(story, 2) == 0)
        return;
    if (!ends(act, txn_rollback_to(act->txn, mark), "rollback to"))
        act->doing->changes = before;
}

static Lsn commit_lsn_of(Story *story, Xid xid) {
    XidSlot *slot = xid == XID_INVALID ? NULL : xid_slot(story->world.mvcc, xid);
    uint64_t state = slot == NULL ? 0 : atomic_load(&slot->state);
    return (state & XID_STATE_MASK) == XID_STATE_COMMITTED ? XID_LSN(state) : LSN_INVALID;
}

static Prepared *prepared_slot(Story *story, bool used) {
    for (int i = 0; i < PREPARED_MAX; i++)
        if (story->prepared[i].used == used && !story->prepared[i].busy)
            return &story->prepared[i];
    return NULL;
}

static void prepare(Act *act, Prepared *slot) {
    Story *story = act->story;
    Doing *doing = act->doing;
    *slot = (Prepared){.used = true, .busy = true, .changes = doing->changes};
    snprintf(slot->gid, sizeof(slot->gid), "g%llu", (unsigned long long)++story->gids);
    Xid xid;
    if (ends(act, txn_assign_xid(act->txn, &xid), "xid"))
        return;
    slot->xid = doing->xid = xid;
    if (ends(act, txn_prepare(act->txn, slot->gid, slot->gid, strlen(slot->gid)), "prepare"))
        return;
    slot->sure = true;
    slot->busy = false;
    act->txn = doing->txn = NULL;
}

static void finish_prepared(Story *story, Prepared *slot) {
    slot->busy = true;
    bool commit = draw(story, 3) > 0;
    if (failed(story, txn_finish_prepared(story->world.mvcc, slot->gid, commit), "finish prepared"))
        return;
    Lsn lsn = commit_lsn_of(story, slot->xid);
    if (commit != (lsn != LSN_INVALID))
        fail(story, "a prepared transaction ended wrongly");
    if (commit)
        model_commit(story, &slot->changes, lsn);
    story->acknowledged = MAX(story->acknowledged, lsn + 1);
    *slot = (Prepared){0};
}

static void end_txn(Act *act) {
    Story *story = act->story;
    Doing *doing = act->doing;
    Prepared *slot = prepared_slot(story, false);
    if (!act->stop && slot != NULL && draw(story, 12) == 0) {
        prepare(act, slot);
        if (act->txn == NULL)
            return;
        slot->used = false;
        act->stop = true;
    }
    Xid xid = doing->xid = txn_xid(act->txn);
    if (act->stop || draw(story, 8) == 0) {
        failed(story, txn_rollback(act->txn), "rollback");
        story->rolled_back++;
    } else {
        SyncCommit sync = draw(story, 5) == 0 ? SYNC_OFF : SYNC_ON;
        Lsn seen_before = act->session_lsn;
        if (!failed(story, txn_commit(act->txn, sync), "commit")) {
            Lsn lsn = commit_lsn_of(story, xid);
            if (lsn != LSN_INVALID)
                model_commit(story, &doing->changes, lsn);
            if (sync == SYNC_ON)
                story->acknowledged = MAX(story->acknowledged, MAX(seen_before, lsn) + 1);
        }
    }
    act->txn = doing->txn = NULL;
}

typedef struct Actor {
    Story *story;
    int number;
} Actor;

static void actor_main(void *arg) {
    Actor self = *(Actor *)arg;
    Story *story = self.story;
    Act act = {.story = story, .doing = &story->doing[self.number]};
    arena_init(&act.arena, mem_root());
    while (story->txns_left > 0 && story->failure == NULL) {
        story->txns_left--;
        Prepared *old = prepared_slot(story, true);
        if (old != NULL && draw(story, 10) == 0) {
            finish_prepared(story, old);
            continue;
        }
        act.stop = false;
        *act.doing = (Doing){0};
        Isolation isolation =
            draw(story, 2) == 0 ? ISOLATION_READ_COMMITTED : ISOLATION_REPEATABLE_READ;
        if (failed(story, txn_begin(story->world.mvcc, isolation, false, false, &act.txn), "begin"))
            break;
        act.doing->txn = act.txn;
        txn_set_owner(act.txn, self.number + 1);
        txn_set_session_lsn(act.txn, &act.session_lsn);
        for (uint64_t ops = 1 + draw(story, 6); ops > 0 && !act.stop && story->failure == NULL;
             ops--) {
            if (draw(story, 4) == 0)
                section(&act);
            else
                command(&act);
        }
        end_txn(&act);
        if (draw(story, 4) == 0)
            fiber_sleep(draw(story, 1000));
    }
    arena_destroy(&act.arena);
    story->running--;
}

/* Checkpoints and purge. */
static void keeper(void *arg) {
    Story *story = arg;
    while (story->txns_left > 0 && story->failure == NULL) {
        uint32_t done;
        if (failed(story, mvcc_purge(story->world.mvcc, 1 + (uint32_t)draw(story, 50), &done),
                   "purge"))
            break;
        if (draw(story, 6) == 0 &&
            failed(story, engine_checkpoint(story->world.engine), "checkpoint"))
            break;
        /* somebody must finish what others wait for */
        Prepared *old = prepared_slot(story, true);
        if (old != NULL && draw(story, 3) == 0)
            finish_prepared(story, old);
        fiber_sleep(100 + draw(story, 3000));
    }
    while (story->running > 1 && story->failure == NULL) {
        Prepared *old = prepared_slot(story, true);
        if (old != NULL)
            finish_prepared(story, old);
        fiber_sleep(1000);
    }
    story->running--;
}

/* ---- checking ---- */

static void check_rows(Story *story, const Snapshot *snapshot, Arena *arena) {
    for (int64_t id = 1; id <= IDS; id++) {
        Row row;
        bool found;
        if (failed(story, world_get(&story->world, snapshot, id, arena, &row, &found), "get"))
            return;
        State seen = state_of(story, &row, found);
        State expected = history_at(&story->history[id], LSN_MAX);
        if (!state_equal(seen, expected))
            fail(story, "id %lld is %s n %lld note %u, expected %s n %lld note %u", (long long)id,
                 seen.exists ? "there" : "absent", (long long)seen.n, seen.note,
                 expected.exists ? "there" : "absent", (long long)expected.n, expected.note);
    }
}

static void check_now(Story *story) {
    char problem[300];
    Txn *txn;
    const Snapshot *snapshot;
    Arena arena;
    uint32_t rows = 0;
    arena_init(&arena, mem_root());
    /* asynchronous commits are seen by others only then */
    failed(story,
           wal_wait_durable(story->world.mvcc->wal, atomic_load(&story->world.mvcc->last_commit)),
           "wait");
    if (!failed(story, txn_begin(story->world.mvcc, ISOLATION_READ_COMMITTED, true, false, &txn),
                "begin") &&
        !failed(story, txn_snapshot(txn, &snapshot), "snapshot")) {
        check_rows(story, snapshot, &arena);
        if (!failed(story, world_agree(&story->world, snapshot, problem, sizeof(problem), &rows),
                    "agree") &&
            problem[0] != '\0')
            fail(story, "%s", problem);
        failed(story, txn_commit(txn, SYNC_ON), "commit");
    }
    arena_destroy(&arena);
}

static void report(void *arg, const char *text) { fail(arg, "checker: %s", text); }

/* Nothing is left of the dead, and the file is sound. */
static void check_clean(Story *story) {
    uint32_t done = 1, rows = 0, count;
    uint64_t problems;
    for (int i = 0; i < 40 && story->failure == NULL; i++)
        failed(story, mvcc_purge(story->world.mvcc, 100000, &done), "purge");
    for (int64_t id = 1; id <= IDS; id++)
        rows += history_at(&story->history[id], LSN_MAX).exists;
    StoreId stores[] = {story->world.table_store, story->world.id_store, story->world.n_store};
    for (unsigned i = 0; i < ARRAY_LEN(stores) && story->failure == NULL; i++) {
        if (!failed(story, world_physical(&story->world, stores[i], &count), "count") &&
            count != rows)
            fail(story, "%u rows, but %u entries in %s", rows, count,
                 i == 0   ? "the table"
                 : i == 1 ? "the index of ids"
                          : "the index of n");
    }
    if (story->failure == NULL)
        failed(story, engine_check(story->world.engine, report, story, &problems), "check");
}

/* What was under way at the crash: did it happen? Of what was answered, only asynchronous commits may
 * be gone (`acknowledged` sees to the others). */
static void settle(Story *story, Lsn end) {
    for (int id = 1; id <= IDS; id++) {
        History *history = &story->history[id];
        while (history->count > 0 && history->versions[history->count - 1].commit >= end)
            history->count--;
    }
    for (int i = 0; i < ACTORS; i++) {
        Doing *doing = &story->doing[i];
        Lsn lsn = doing->xid;
        if (doing->txn != NULL && lsn != LSN_INVALID && lsn < end)
            model_commit(story, &doing->changes, lsn);
        *doing = (Doing){0};
    }
}

/* Before memory goes: xid fields become commit LSNs. */
static void note_outcomes(Story *story) {
    for (int i = 0; i < ACTORS; i++) {
        Doing *doing = &story->doing[i];
        if (doing->txn != NULL)
            doing->xid = commit_lsn_of(story, doing->xid);
    }
}

/* Prepared transactions that were being finished: their xid has become their commit's LSN. */
static void settle_finishing(Story *story, Lsn end) {
    for (int i = 0; i < PREPARED_MAX; i++) {
        Prepared *slot = &story->prepared[i];
        if (!slot->used || !slot->busy || !slot->sure)
            continue;
        if (slot->xid != LSN_INVALID && slot->xid < end) {
            model_commit(story, &slot->changes, slot->xid);
            *slot = (Prepared){0};
        }
    }
}

static void settle_prepared(Story *story) {
    const PreparedTxn *list;
    size_t count;
    Arena arena;
    arena_init(&arena, mem_root());
    if (failed(story, mvcc_prepared_list(story->world.mvcc, &arena, &list, &count), "prepared"))
        return;
    size_t known = 0;
    for (int i = 0; i < PREPARED_MAX; i++) {
        Prepared *slot = &story->prepared[i];
        if (!slot->used)
            continue;
        bool listed = false;
        for (size_t p = 0; p < count; p++)
            listed |= strcmp(list[p].gid, slot->gid) == 0;
        known += listed;
        if (!listed && slot->sure && !slot->busy)
            fail(story, "prepared transaction %s is lost", slot->gid);
        if (listed)
            slot->sure = true, slot->busy = false;
        else
            *slot = (Prepared){0}; /* rolled back, or never prepared */
    }
    if (known != count)
        fail(story, "%zu prepared transactions, %zu known", count, known);
    for (size_t p = 0; p < count; p++)
        for (int i = 0; i < PREPARED_MAX; i++)
            if (story->prepared[i].used && strcmp(list[p].gid, story->prepared[i].gid) == 0)
                story->prepared[i].xid = list[p].xid;
    arena_destroy(&arena);
}

static void note_prepared_outcomes(Story *story) {
    for (int i = 0; i < PREPARED_MAX; i++) {
        Prepared *slot = &story->prepared[i];
        if (slot->used && slot->busy)
            slot->xid = commit_lsn_of(story, slot->xid);
    }
}

/* ---- a life ---- */

static void open_accounts(Story *story) {
    Txn *txn;
    if (failed(story, world_create(&story->world), "create") ||
        failed(story, txn_begin(story->world.mvcc, ISOLATION_READ_COMMITTED, false, false, &txn),
               "begin"))
        return;
    Changes changes = {0};
    for (int64_t id = 1; id <= ACCOUNTS; id++) {
        WorldWrite outcome;
        if (failed(story,
                   world_insert(&story->world, txn, id, OPENING, make_note(story, 5), &outcome),
                   "insert"))
            return;
        changes.touched[id] = true;
        changes.state[id] = (State){true, OPENING, 5};
    }
    Xid xid = txn_xid(txn);
    if (failed(story, txn_commit(txn, SYNC_ON), "commit"))
        return;
    model_commit(story, &changes, commit_lsn_of(story, xid));
    story->acknowledged = commit_lsn_of(story, xid) + 1;
    story->created = true;
}

static bool open_life(Story *story) {
    if (failed(story, world_open_engine(&story->world), "open"))
        return false;
    /* From here on the log grows again, over what a crash cut off. */
    Lsn end = engine_recovery(story->world.engine)->redo_to;
    settle(story, end);
    settle_finishing(story, end);
    check_observed(story, end);
    if (end < story->acknowledged)
        fail(story, "the log ends at %llx, before what was acknowledged (%llx)",
             (unsigned long long)end, (unsigned long long)story->acknowledged);
    if (failed(story, world_open_mvcc(&story->world), "open"))
        return false;
    if (!story->created) {
        open_accounts(story);
        return story->failure == NULL;
    }
    settle_prepared(story);
    if (!failed(story, world_open_table(&story->world), "open table"))
        check_now(story);
    return story->failure == NULL;
}

static void live(void *arg) {
    Story *story = arg;
    Actor actors[ACTORS];
    if (!open_life(story)) {
        sim_crash_now();
        return;
    }
    if (!story->quiet) {
        story->running = ACTORS + 1;
        for (int i = 0; i < ACTORS; i++) {
            actors[i] = (Actor){story, i};
            fiber_spawn(SCHED_OLTP, actor_main, &actors[i]);
        }
        fiber_spawn(SCHED_BACKGROUND, keeper, story);
        while (story->running > 0 && story->failure == NULL)
            fiber_sleep(1000);
        if (story->failure != NULL || draw(story, 2) == 0) {
            sim_crash_now();
            fiber_sleep(1);
            return;
        }
        check_observed(story, LSN_MAX);
        check_now(story);
    }
    for (Prepared *old; story->failure == NULL && (old = prepared_slot(story, true)) != NULL;)
        finish_prepared(story, old);
    if (story->failure == NULL && (story->quiet || draw(story, 2) == 0))
        check_clean(story);
    if (story->failure == NULL && !failed(story, world_close(&story->world), "close")) {
        story->finished = story->quiet;
    } else {
        sim_crash_now();
        fiber_sleep(1);
    }
}

static void run_story(Story *story) {
    SimFaults disk = {.writeback_ppm = 200000, .io_delay_us_max = 200};
    story->sim = sim_create(story->seed);
    rng_seed(&story->rng, story->seed * 7919 + 1);
    sim_set_faults(story->sim, &disk);
    story->world.pool_bytes = POOL_BYTES_MIN + draw(story, 3) * ((size_t)1 << 20);
    uint64_t lives = 2 + draw(story, 4);
    for (uint64_t i = 0; i <= lives && story->failure == NULL; i++) {
        story->quiet = i == lives;
        story->txns_left = 20 + draw(story, 150);
        /* the first start is left alone until there is something to lose */
        uint64_t io = draw(story, 6) == 0 ? 1 + draw(story, 30) : 1 + draw(story, 900);
        sim_set_crash_at(story->sim, story->quiet || !story->created ? 0 : io);
        SimResult result = sim_run(story->sim, live, story);
        sim_set_crash_at(story->sim, 0);
        if (result == SIM_STUCK)
            fail(story, "stuck");
        if (story->world.mvcc != NULL) {
            note_outcomes(story);
            note_prepared_outcomes(story);
        }
        if (result == SIM_CRASHED || story->world.engine != NULL)
            sim_crash(story->sim);
        world_abandon(&story->world);
        if (story->verbose)
            fprintf(stderr, "  life %llu: %llu committed, %llu rolled back, %llu conflicts\n",
                    (unsigned long long)i, (unsigned long long)story->committed,
                    (unsigned long long)story->rolled_back, (unsigned long long)story->conflicts);
    }
    if (story->failure == NULL && !story->finished)
        fail(story, "the last life did not end well");
    sim_destroy(story->sim);
    for (int id = 0; id <= IDS; id++)
        free(story->history[id].versions);
    arena_destroy(&story->world.arena);
}

/* ---- the campaign ---- */

typedef struct Options {
    uint64_t seeds, from;
    int jobs;
    MvccFaults faults;
    bool planted, verbose;
} Options;

static int run_batch(const Options *options, uint64_t from, uint64_t to) {
    int bad = 0;
    Story *story = malloc(sizeof(*story));
    Observed *observed = malloc(OBSERVED_MAX * sizeof(Observed));
    char *bytes = malloc(70000);
    for (int i = 0; i < 70000; i++)
        bytes[i] = (char)(i * 7919 >> 5 ^ i);
    for (uint64_t seed = from; seed < to; seed++) {
        *story = (Story){.seed = seed,
                         .verbose = options->verbose,
                         .observed = observed,
                         .note_bytes = bytes,
                         .world = {.faults = options->faults}};
        if (options->verbose)
            fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        run_story(story);
        if (story->failure == NULL)
            continue;
        bad = 1;
        if (!options->planted)
            printf("seed %llu: %s\n", (unsigned long long)seed, story->failure);
        else
            break;
    }
    free(story);
    free(observed);
    free(bytes);
    fflush(stdout);
    return bad;
}

static bool plant(MvccFaults *faults, const char *name) {
    bool *places[] = {&faults->early_reply,           &faults->undo_skips_entries,
                      &faults->purge_ignores_horizon, &faults->purge_ignores_stamps,
                      &faults->writes_over_running,   &faults->unique_ignores_running};
    const char *names[] = {"early_reply",          "undo_skips_entries",  "purge_ignores_horizon",
                           "purge_ignores_stamps", "writes_over_running", "unique_ignores_running"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return *places[i] = true;
    return false;
}

static bool parse(int argc, char **argv, Options *options) {
    *options = (Options){.seeds = 100, .from = 1, .jobs = 1};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--verbose") == 0) {
            options->verbose = true;
            continue;
        }
        if (strcmp(argv[i], "--seeds") == 0)
            options->seeds = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--from") == 0)
            options->from = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--jobs") == 0)
            options->jobs = atoi(value);
        else if (strcmp(argv[i], "--fault") == 0 && plant(&options->faults, value))
            options->planted = true;
        else
            return false;
        i++;
    }
    return true;
}

/* Batches run in child processes: a crash leaves memory behind that nobody owns. */
static uint64_t run_all(const Options *options) {
    uint64_t batch = 10, next = options->from, stop = options->from + options->seeds, bad = 0;
    int running = 0;
    while (next < stop || running > 0) {
        if (next < stop && running < options->jobs && !(options->planted && bad > 0)) {
            uint64_t to = MIN(next + batch, stop);
            fflush(NULL);
            pid_t pid = fork();
            if (pid == 0) {
                if (options->planted && !options->verbose &&
                    freopen("/dev/null", "w", stderr) == NULL)
                    _exit(3);
                _exit(run_batch(options, next, to));
            }
            running++;
            next = to;
            continue;
        }
        if (running == 0)
            break;
        int status;
        wait(&status);
        running--;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            bad++;
            if (!WIFEXITED(status) && !options->planted)
                printf("a batch ended by signal %d\n", WTERMSIG(status));
        }
    }
    return bad;
}

int main(int argc, char **argv) {
    Options options;
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: sim_mvcc [--seeds N] [--from SEED] [--fault NAME] [--jobs N]\n");
        return 2;
    }
    log_set_min_level(options.verbose ? LOG_LEVEL_WARNING : LOG_LEVEL_PANIC);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    uint64_t bad = run_all(&options);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double ms =
        (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    if (options.planted) {
        printf("planted fault %s\n", bad > 0 ? "found" : "NOT FOUND");
        return bad > 0 ? 0 : 1;
    }
    printf("%llu seeds, %.1f ms a seed, %s\n", (unsigned long long)options.seeds,
           ms / (double)options.seeds, bad > 0 ? "FAILED" : "all sound");
    return bad > 0 ? 1 : 0;
}
