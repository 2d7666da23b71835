/*
 * sim_engine.c: the crash campaign. Each seed tells a story: a few fibres change several stores on a
 * simulated disk, checkpoints and write-back run beside them, the machine crashes at a random I/O,
 * often again during recovery, and goes on. After each recovery:
 *   - the log must reach at least as far as anything that was reported durable;
 *   - every store must hold exactly what the log says up to its end;
 *   - the list of unfinished transactions must be the right one;
 *   - the integrity checker must find nothing.
 *
 *     sim_engine [--seeds N] [--from SEED] [--fault NAME] [--jobs N] [--verbose]
 *
 * With --fault a defect is planted, and the campaign succeeds if it is found. Batches of seeds run in
 * child processes: a crash leaves memory behind that nobody owns.
 */
#include "engine/blob.h"
#include "engine/engine_int.h"
#include "engine/tests/model.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/sim.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STORES_MAX 6
#define TXNS_MAX 4096
#define BLOBS_MAX 64
#define WRITERS 3
#define WAL_SEGMENT ((uint64_t)1 << 20)

typedef enum StoreState {
    STORE_ABSENT,
    STORE_LIVE,
    STORE_BUSY,
    STORE_GONE,
    STORE_UNSURE
} StoreState;

typedef struct StoreStory {
    StoreState state;
    StoreId id;
    StoreKind kind;
    Btree *tree;
    Lsn created;
    Lsn drop_from,
        drop_to; /* the drop's records lie in between; drop_to LSN_MAX: it has not returned */
    Model model;
    uint64_t next_rowid;
    uint32_t users; /* fibres within an operation on it */
} StoreStory;

typedef struct TxnStory {
    Xid xid;
    Lsn first, last, commit; /* 0: none */
} TxnStory;

typedef struct TxnLsn {
    Xid xid;
    Lsn lsn;
} TxnLsn;

typedef struct BlobStory {
    BlobRef ref;
    uint32_t store; /* index */
    StoreId owner;
    uint64_t pattern;
    Lsn lsn;        /* of its last record */
    Lsn freed_from; /* 0: not freed */
} BlobStory;

typedef struct Story {
    uint64_t seed;
    Sim *sim;
    Rng rng;
    EngineFaults faults;
    Engine *engine;
    bool verbose;
    const char *failure;
    char failure_text[600];

    StoreStory stores[STORES_MAX];
    TxnStory txns[TXNS_MAX];
    size_t txn_count;
    TxnLsn txn_lsns[TXNS_MAX * 8];
    size_t txn_lsn_count;
    Xid next_xid;
    BlobStory blobs[BLOBS_MAX];
    size_t blob_count;
    Lsn durable; /* everything below was reported durable */
    uint64_t ops_left;
    uint32_t running;
    bool quiet;    /* the run only verifies */
    bool finished; /* verified */
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
    if (story->verbose)
        fprintf(stderr, "seed %llu: %s\n", (unsigned long long)story->seed, story->failure);
}

/* True where the status is an error: notes it and frees it. */
static bool failed(Story *story, Status status, const char *what) {
    if (status_ok(status))
        return false;
    fail(story, "%s: %s (%s) %s", what, status.error->message,
         status.error->detail ? status.error->detail : "",
         status.error->context ? status.error->context : "");
    status_free(status);
    return true;
}

static uint64_t draw(Story *story, uint64_t bound) { return rng_below(&story->rng, bound); }

/* ---- what is written ---- */

static uint32_t draw_key(Story *story, const StoreStory *store, char *key) {
    if (store->kind == STORE_TABLE) {
        store_be64(key, 1 + draw(story, 600));
        return 8;
    }
    static const char *prefixes[] = {"a", "customer/0001/", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
                                     ""};
    uint32_t len = (uint32_t)sprintf(key, "%s%llu", prefixes[draw(story, 4)],
                                     (unsigned long long)draw(story, 300));
    if (draw(story, 60) == 0) {
        uint32_t more = (uint32_t)draw(story, 2000);
        memset(key + len, 'x', more);
        len += more;
    }
    return len;
}

static uint32_t draw_value(Story *story, const StoreStory *store, uint32_t key_len, char *value) {
    uint32_t least = store->kind == STORE_TABLE ? ROW_HEADER_BYTES : 0;
    uint32_t len = least + (uint32_t)draw(story, draw(story, 30) == 0 ? 4900 : 500);
    len = MIN(len, BTREE_ENTRY_MAX - key_len);
    uint64_t pattern = rng_next(&story->rng);
    for (uint32_t i = 0; i < len; i++)
        value[i] = (char)(pattern >> (i % 7 * 8));
    if (draw(story, 2) == 0 && len > 20)
        memset(value + 16, 'c', len - 18);
    return len;
}

static void note_txn(Story *story, TxnStory *txn, Lsn lsn) {
    if (txn == NULL)
        return;
    if (txn->first == 0)
        txn->first = lsn;
    txn->last = lsn;
    if (story->txn_lsn_count < ARRAY_LEN(story->txn_lsns))
        story->txn_lsns[story->txn_lsn_count++] = (TxnLsn){txn->xid, lsn};
}

static WriteContext context_of(const TxnStory *txn, const StoreStory *store, bool stamp) {
    return (WriteContext){.xid = txn == NULL ? XID_INVALID : txn->xid,
                          .prev_txn_lsn = txn == NULL ? LSN_INVALID : txn->last,
                          .stamp_lsn = stamp && store->kind == STORE_TABLE};
}

static void stamp_copy(char *value, uint32_t len, Lsn lsn) {
    if (len >= ROW_HEADER_BYTES)
        store_le48(value + 8, lsn);
}

/* Checks a record's before-image against what stood there. */
static void check_before_image(Story *story, Lsn lsn, Str newer, const Str *older) {
    Arena arena;
    arena_init(&arena, mem_root());
    WalRecord record;
    Str image;
    bool existed;
    if (!wal_read_ring(story->engine->wal, lsn, &arena, &record))
        fail(story, "a record just written is not in the ring");
    else if (!failed(story, btree_record_before_image(&record, newer, &arena, &image, &existed),
                     "before image") &&
             (existed != (older != NULL) || (existed && !str_equal(image, *older))))
        fail(story, "wrong before-image");
    arena_destroy(&arena);
}

/* One change of one key. The leaf is latched from the decision to the model's change. */
static void change_key(Story *story, StoreStory *store, TxnStory *txn) {
    static char key_buf[BTREE_KEY_MAX], value_buf[BTREE_ENTRY_MAX], old_buf[BTREE_ENTRY_MAX];
    char key_copy[BTREE_KEY_MAX];
    uint32_t key_len = draw_key(story, store, key_buf);
    memcpy(key_copy, key_buf, key_len);
    Str key = str_make(key_copy, key_len);
    uint64_t action = draw(story, 10);
    bool stamp = draw(story, 2) == 0;
    for (;;) {
        BtreeLeaf leaf;
        if (failed(story, btree_write_begin(store->tree, key, &leaf), "write_begin"))
            return;
        const ModelEntry *old = model_get(&store->model, key);
        if ((old != NULL) != leaf.found) {
            fail(story, "store %u: found %d, expected %d", store->id, leaf.found, old != NULL);
            btree_write_end(&leaf);
            return;
        }
        WriteContext context = context_of(txn, store, stamp);
        if (leaf.found && action < 3) {
            Lsn lsn = btree_leaf_remove(&leaf, &context);
            model_change(&store->model, lsn, key, NULL);
            note_txn(story, txn, lsn);
            btree_write_end(&leaf);
            return;
        }
        if (leaf.found && action == 3 && store->kind == STORE_TABLE) {
            uint32_t len = old->value_len;
            memcpy(value_buf, old->value, len);
            for (uint32_t i = 0; i < ROW_HEADER_BYTES; i++)
                value_buf[i] = (char)draw(story, 256);
            Lsn lsn = btree_leaf_set_header(&leaf, (uint8_t *)value_buf, &context);
            if (stamp)
                stamp_copy(value_buf, len, lsn);
            Str value = str_make(value_buf, len), before = model_value(old);
            check_before_image(story, lsn, value, &before);
            model_change(&store->model, lsn, key, &value);
            note_txn(story, txn, lsn);
            btree_write_end(&leaf);
            return;
        }
        uint32_t len = draw_value(story, store, key_len, value_buf);
        Str value = str_make(value_buf, len);
        if (!btree_leaf_fits(&leaf, key.len, value.len)) {
            btree_write_end(&leaf);
            if (failed(story, btree_make_room(store->tree, key, key.len + value.len), "make_room"))
                return;
            continue;
        }
        Lsn lsn;
        Str before = str_make("", 0);
        if (leaf.found) {
            memcpy(old_buf, old->value, old->value_len);
            before = str_make(old_buf, old->value_len);
            lsn = btree_leaf_update(&leaf, value, &context);
        } else {
            lsn = btree_leaf_insert(&leaf, key, value, &context);
        }
        if (context.stamp_lsn)
            stamp_copy(value_buf, len, lsn);
        if (!str_equal(btree_leaf_value(&leaf), value))
            fail(story, "store %u: the value just written is another", store->id);
        check_before_image(story, lsn, value, old == NULL ? NULL : &before);
        model_change(&store->model, lsn, key, &value);
        note_txn(story, txn, lsn);
        btree_write_end(&leaf);
        return;
    }
}

static void append_rows(Story *story, StoreStory *store, TxnStory *txn) {
    static char bytes[40][200];
    Str values[40];
    uint32_t count = 1 + (uint32_t)draw(story, 40), done = 0;
    uint64_t first = store->next_rowid;
    store->next_rowid += count;
    uint32_t lens[40];
    for (uint32_t i = 0; i < count; i++)
        lens[i] = ROW_HEADER_BYTES + (uint32_t)draw(story, 150);
    uint64_t pattern = rng_next(&story->rng);
    while (done < count && story->failure == NULL) {
        char key_buf[8];
        store_be64(key_buf, first + done);
        Str key = str_make(key_buf, 8);
        BtreeLeaf leaf;
        if (failed(story, btree_write_begin(store->tree, key, &leaf), "write_begin"))
            return;
        if (leaf.found || leaf.slot != leaf.frame->page->slot_count ||
            !page_high_infinite(leaf.frame->page)) {
            /* another fibre was faster */
            btree_write_end(&leaf);
            return;
        }
        for (uint32_t i = 0; i < count; i++) {
            memset(bytes[i], (int)(pattern >> (i % 8 * 8)), lens[i]);
            values[i] = str_make(bytes[i], lens[i]);
        }
        WriteContext context = context_of(txn, store, true);
        uint32_t fitted;
        Lsn lsn = btree_leaf_append_rows(&leaf, first + done, values + done, count - done, &context,
                                         &fitted);
        for (uint32_t i = 0; i < fitted; i++) {
            store_be64(key_buf, first + done + i);
            stamp_copy(bytes[done + i], lens[done + i], lsn);
            model_change(&store->model, lsn, key, &values[done + i]);
        }
        if (fitted > 0)
            note_txn(story, txn, lsn);
        done += fitted;
        btree_write_end(&leaf);
        store_be64(key_buf, first + done);
        if (done < count &&
            failed(story, btree_make_room(store->tree, key, 8 + lens[done]), "make_room"))
            return;
    }
}

/* ---- what is read ---- */

static void read_key(Story *story, StoreStory *store) {
    char key_buf[BTREE_KEY_MAX];
    Str key = str_make(key_buf, draw_key(story, store, key_buf));
    Arena arena;
    arena_init(&arena, mem_root());
    uint64_t version = store->model.version;
    Str value;
    bool found;
    Status status = store->kind == STORE_TABLE
                        ? btree_get_row(store->tree, load_be64(key.data), &arena, &value, &found)
                        : btree_get(store->tree, key, &arena, &value, &found);
    if (!failed(story, status, "get") && version == store->model.version) {
        const ModelEntry *entry = model_get(&store->model, key);
        if (found != (entry != NULL) || (found && !str_equal(value, model_value(entry))))
            fail(story, "store %u: a get differs from the model", store->id);
    }
    arena_destroy(&arena);
}

/* Compares a scan with the model; bounds may be NULL. */
static void compare_scan(Story *story, StoreStory *store, const Str *low, bool low_inclusive,
                         const Str *high, bool high_inclusive, bool backward) {
    Model *model = &store->model;
    uint64_t version = model->version;
    bool found;
    size_t from = 0, to = model->count;
    if (low != NULL) {
        from = model_search(model, *low, &found);
        from += found && !low_inclusive;
    }
    if (high != NULL) {
        to = model_search(model, *high, &found);
        to += found && high_inclusive;
    }
    Arena arena;
    arena_init(&arena, mem_root());
    BtreeScan *scan;
    uint32_t count = 1;
    size_t seen = 0, expected = to > from ? to - from : 0;
    Status status = btree_scan_open(store->tree, low, low_inclusive, high, high_inclusive, backward,
                                    &arena, &scan);
    while (status_ok(status) && count > 0) {
        const BtreeEntry *entries;
        status = btree_scan_next(scan, &entries, &count);
        if (version != model->version || !status_ok(status))
            break;
        for (uint32_t i = 0; i < count; i++, seen++) {
            if (seen >= expected) {
                fail(story, "store %u: a scan sees too much", store->id);
                count = 0;
                break;
            }
            const ModelEntry *entry = &model->entries[backward ? to - 1 - seen : from + seen];
            if (!str_equal(entries[i].key, model_key(entry)) ||
                !str_equal(entries[i].value, model_value(entry))) {
                fail(story, "store %u: a scan differs at entry %zu of %zu", store->id, seen,
                     expected);
                count = 0;
                break;
            }
        }
    }
    if (!failed(story, status, "scan") && version == model->version && seen != expected)
        fail(story, "store %u: a scan sees %zu of %zu entries", store->id, seen, expected);
    arena_destroy(&arena);
}

static void scan_some(Story *story, StoreStory *store) {
    char low_buf[BTREE_KEY_MAX], high_buf[BTREE_KEY_MAX];
    Str low = str_make(low_buf, draw_key(story, store, low_buf));
    Str high = str_make(high_buf, draw_key(story, store, high_buf));
    compare_scan(story, store, draw(story, 4) ? &low : NULL, draw(story, 2),
                 draw(story, 4) ? &high : NULL, draw(story, 2), draw(story, 2));
}

/* ---- blobs ---- */

static void fill_pattern(char *p, size_t len, uint64_t pattern) {
    for (size_t i = 0; i < len; i++)
        p[i] = (char)(pattern >> (i % 61 % 8 * 8)) ^ (char)(i >> 9);
}

static void write_blob(Story *story, StoreStory *store, TxnStory *txn) {
    if (story->blob_count == BLOBS_MAX || txn->first == 0)
        return;
    uint32_t len = (uint32_t)draw(story, 20000);
    char *data = malloc(len + 1u);
    uint64_t pattern = rng_next(&story->rng);
    fill_pattern(data, len, pattern);
    BlobRef ref;
    Status status = blob_write(story->engine, store->id, data, len, txn->xid, &txn->last, &ref);
    if (!failed(story, status, "blob_write") && story->blob_count < BLOBS_MAX) {
        note_txn(story, txn, txn->last);
        story->blobs[story->blob_count++] = (BlobStory){.ref = ref,
                                                        .store = (uint32_t)(store - story->stores),
                                                        .owner = store->id,
                                                        .pattern = pattern,
                                                        .lsn = txn->last};
    }
    free(data);
}

static void read_blob(Story *story, BlobStory *blob) {
    uint32_t len = blob->ref.raw_len;
    uint32_t offset = (uint32_t)draw(story, len + 1),
             part = (uint32_t)draw(story, len - offset + 1);
    char *data = malloc(len + 1u), *got = malloc(len + 1u);
    fill_pattern(data, len, blob->pattern);
    if (!failed(story, blob_read(story->engine, &blob->ref, offset, part, got), "blob_read") &&
        memcmp(data + offset, got, part) != 0)
        fail(story, "a blob reads as something else");
    free(data);
    free(got);
}

/* ---- the story's actions ---- */

static void make_store(Story *story, StoreStory *store) {
    store->kind = draw(story, 2) ? STORE_TABLE : STORE_INDEX;
    store->state = STORE_BUSY; /* nobody else takes the place */
    store->users = 1;
    StoreId id;
    Lsn lsn;
    Status status =
        engine_store_create(story->engine, store->kind, XID_INVALID, LSN_INVALID, &id, &lsn);
    store->users = 0;
    store->state = STORE_ABSENT;
    if (failed(story, status, "store_create"))
        return;
    store->id = id;
    store->created = lsn;
    store->next_rowid = 1000;
    store->drop_from = store->drop_to = 0;
    if (!failed(story, engine_store_open(story->engine, id, &store->tree), "store_open"))
        store->state = STORE_LIVE;
}

static void drop_store(Story *story, StoreStory *store) {
    if (store->users > 0)
        return;
    store->state = STORE_BUSY;
    store->drop_from = wal_append_lsn(story->engine->wal);
    store->drop_to = LSN_MAX;
    if (!failed(story, engine_store_drop(story->engine, store->id), "store_drop"))
        store->drop_to = wal_append_lsn(story->engine->wal);
    /* the place stays taken until a recovery has shown what became of it */
}

static void act(Story *story, TxnStory *txn) {
    StoreStory *store = &story->stores[draw(story, STORES_MAX)];
    if (store->state == STORE_ABSENT) {
        make_store(story, store);
        return;
    }
    if (store->state != STORE_LIVE)
        return;
    uint64_t what = draw(story, 300);
    if (what < 2) {
        drop_store(story, store);
        return;
    }
    store->users++;
    if (what < 10 && store->kind == STORE_TABLE)
        append_rows(story, store, txn);
    else if (what < 13)
        write_blob(story, store, txn);
    else if (what < 40)
        read_key(story, store);
    else if (what < 48)
        scan_some(story, store);
    else
        change_key(story, store, txn);
    store->users--;
}

static void commit(Story *story, TxnStory *txn) {
    Wal *wal = story->engine->wal;
    if (txn->first == 0)
        return;
    if (failed(story, wal_prepare(wal, WAL_RECORD_MAX), "prepare"))
        return;
    WalRecord record = {.kind = WAL_TXN_COMMIT, .xid = txn->xid, .prev_txn_lsn = txn->last};
    txn->commit = wal_append(wal, &record, NULL, 0);
    if (draw(story, 3) == 0) {
        Lsn lsn = txn->commit;
        if (!failed(story, wal_wait_durable(wal, lsn), "wait"))
            story->durable = MAX(story->durable, lsn + 1);
    }
}

static void writer(void *arg) {
    Story *story = arg;
    while (story->ops_left > 0 && story->failure == NULL && story->txn_count < TXNS_MAX) {
        TxnStory *txn = &story->txns[story->txn_count++];
        *txn = (TxnStory){.xid = story->next_xid++};
        for (uint64_t n = 1 + draw(story, 12); n > 0 && story->failure == NULL; n--) {
            act(story, txn);
            story->ops_left -= story->ops_left > 0;
            if (draw(story, 4) == 0)
                fiber_yield();
        }
        if (draw(story, 10) != 0)
            commit(story, txn);
        if (draw(story, 40) == 0)
            failed(story, engine_checkpoint(story->engine), "checkpoint");
        if (draw(story, 40) == 0)
            failed(story, pool_clean_some(&story->engine->pool), "clean");
        fiber_sleep(draw(story, 300));
    }
    story->running--;
}

/* ---- checkpoint hooks ---- */

static void active_txns(void *arg, Arena *arena, const RecoveryTxn **txns_out, size_t *count_out,
                        Xid *next_xid_out) {
    Story *story = arg;
    RecoveryTxn *list = arena_alloc(arena, (story->txn_count + 1) * sizeof(RecoveryTxn));
    size_t n = 0;
    for (size_t i = 0; i < story->txn_count; i++) {
        const TxnStory *txn = &story->txns[i];
        if (txn->first != 0 && txn->commit == 0)
            list[n++] =
                (RecoveryTxn){.xid = txn->xid, .first_lsn = txn->first, .last_lsn = txn->last};
    }
    *txns_out = list;
    *count_out = n;
    *next_xid_out = story->next_xid;
}

/* ---- after a recovery ---- */

/* What became of the store, by the log up to end. */
static void judge_store(StoreStory *store, Lsn end) {
    store->users = 0;
    model_revert(&store->model, end);
    if (store->state == STORE_ABSENT || store->state == STORE_GONE || store->state == STORE_UNSURE)
        return;
    if (store->created == 0 || store->created >= end) {
        model_free(&store->model);
        *store = (StoreStory){0};
    } else if (store->drop_from == 0 || store->drop_from >= end) {
        store->state = STORE_LIVE;
        store->drop_from = store->drop_to = 0;
    } else {
        store->state = store->drop_to <= end ? STORE_GONE : STORE_UNSURE;
    }
}

/* Takes everything back that the log does not hold. Before anything parks: the next crash may come,
 * and LSNs from here on are given out again. */
static void revert_story(Story *story, Lsn end) {
    for (uint32_t i = 0; i < STORES_MAX; i++)
        judge_store(&story->stores[i], end);
    size_t kept = 0;
    for (size_t i = 0; i < story->blob_count; i++)
        if (story->blobs[i].lsn < end)
            story->blobs[kept++] = story->blobs[i];
    story->blob_count = kept;
    kept = 0;
    for (size_t i = 0; i < story->txn_lsn_count; i++)
        if (story->txn_lsns[i].lsn < end)
            story->txn_lsns[kept++] = story->txn_lsns[i];
    story->txn_lsn_count = kept;
    kept = 0;
    for (size_t i = 0; i < story->txn_count; i++) {
        TxnStory *txn = &story->txns[i];
        if (txn->first == 0 || txn->first >= end)
            continue;
        if (txn->commit >= end)
            txn->commit = 0;
        story->txns[kept++] = *txn;
    }
    story->txn_count = kept;
}

/* Compares the stores that exist with those that should. */
static void compare_stores(Story *story) {
    for (uint32_t i = 0; i < STORES_MAX; i++) {
        StoreStory *store = &story->stores[i];
        if (store->state == STORE_ABSENT)
            continue;
        bool exists = engine_store_exists(story->engine, store->id);
        if ((store->state == STORE_LIVE && !exists) || (store->state == STORE_GONE && exists))
            fail(story, "store %u: exists %d", store->id, exists);
        if (!exists) {
            model_free(&store->model);
            *store = (StoreStory){0};
            continue;
        }
        store->state = STORE_LIVE;
        store->drop_from = store->drop_to = 0;
        failed(story, engine_store_open(story->engine, store->id, &store->tree), "open");
    }
    size_t kept = 0;
    for (size_t i = 0; i < story->blob_count; i++) {
        const BlobStory *blob = &story->blobs[i];
        const StoreStory *store = &story->stores[blob->store];
        if (store->state == STORE_LIVE && store->id == blob->owner)
            story->blobs[kept++] = *blob;
    }
    story->blob_count = kept;
}

static void compare_losers(Story *story, Lsn end) {
    const Recovery *recovery = engine_recovery(story->engine);
    for (size_t i = 0; i < story->txn_count; i++) {
        const TxnStory *txn = &story->txns[i];
        if (txn->commit != 0)
            continue;
        Lsn last = 0;
        for (size_t k = 0; k < story->txn_lsn_count; k++)
            if (story->txn_lsns[k].xid == txn->xid)
                last = story->txn_lsns[k].lsn;
        bool listed = false;
        for (size_t k = 0; k < recovery->loser_count; k++) {
            const RecoveryTxn *loser = &recovery->losers[k];
            if (loser->xid != txn->xid)
                continue;
            listed = true;
            /* blobs log records that the story knows the last of only */
            if (loser->first_lsn > txn->first || loser->last_lsn < last)
                fail(story, "loser %llu has the wrong range", (unsigned long long)txn->xid);
        }
        if (!listed)
            fail(story,
                 "transaction %llu (%llx .. %llx, commit %llx) is not listed as unfinished; "
                 "redo %llx .. %llx",
                 (unsigned long long)txn->xid, (unsigned long long)txn->first,
                 (unsigned long long)last, (unsigned long long)txn->commit,
                 (unsigned long long)recovery->redo_from, (unsigned long long)end);
    }
    for (size_t k = 0; k < recovery->loser_count; k++) {
        Xid xid = recovery->losers[k].xid;
        for (size_t i = 0; i < story->txn_count; i++)
            if (story->txns[i].xid == xid && story->txns[i].commit != 0)
                fail(story, "committed transaction %llu is listed as unfinished",
                     (unsigned long long)xid);
    }
    if (recovery->next_xid < 1)
        fail(story, "no next xid");
}

/* Ends the losers, so that the next recovery does not list them. */
static void finish_losers(Story *story) {
    const Recovery *recovery = engine_recovery(story->engine);
    for (size_t i = 0; i < recovery->loser_count; i++) {
        if (failed(story, wal_prepare(story->engine->wal, WAL_RECORD_MAX), "prepare"))
            return;
        WalRecord record = {.kind = WAL_TXN_ABORT, .xid = recovery->losers[i].xid};
        Lsn lsn = wal_append(story->engine->wal, &record, NULL, 0);
        for (size_t k = 0; k < story->txn_count; k++)
            if (story->txns[k].xid == record.xid)
                story->txns[k].commit = lsn;
    }
    if (recovery->loser_count > 0) {
        wal_kick(story->engine->wal);
        if (!failed(story,
                    wal_wait_durable(story->engine->wal, wal_append_lsn(story->engine->wal) - 1),
                    "wait"))
            story->durable = MAX(story->durable, wal_append_lsn(story->engine->wal));
    }
    story->txn_count = story->txn_lsn_count = 0;
}

static void report_problem(void *arg, const char *text) { fail(arg, "checker: %s", text); }

static void verify(Story *story) {
    for (uint32_t i = 0; i < STORES_MAX && story->failure == NULL; i++) {
        StoreStory *store = &story->stores[i];
        if (store->state != STORE_LIVE)
            continue;
        compare_scan(story, store, NULL, false, NULL, false, false);
        compare_scan(story, store, NULL, false, NULL, false, true);
    }
    for (size_t i = 0; i < story->blob_count && story->failure == NULL; i++)
        read_blob(story, &story->blobs[i]);
    uint64_t problems;
    if (!failed(story, engine_check(story->engine, report_problem, story, &problems), "check") &&
        problems > 0)
        fail(story, "the checker found %llu problems", (unsigned long long)problems);
}

static EngineConfig engine_config(void) {
    return (EngineConfig){.directory = "data",
                          .pool_bytes = POOL_BYTES_MIN,
                          .wal_ring_bytes = 4 * WAL_SEGMENT,
                          .wal_segment_bytes = WAL_SEGMENT,
                          .wal_depth_max = 2,
                          .tuning.max_wal_bytes = 4 << 20,
                          .extent_pages = 64,
                          .account = mem_root()};
}

static bool open_engine(Story *story) {
    EngineConfig config = engine_config();
    if (!dir_exists("data")) {
        if (failed(story, dir_create("data"), "mkdir") || failed(story, dir_sync("."), "sync"))
            return false;
    }
    if (failed(story, engine_open_with_faults(&config, &story->faults, &story->engine), "open"))
        return false;
    const Recovery *recovery = engine_recovery(story->engine);
    if (story->verbose)
        fprintf(stderr, "  redo %llx .. %llx, %zu unfinished\n",
                (unsigned long long)recovery->redo_from, (unsigned long long)recovery->redo_to,
                recovery->loser_count);
    CheckpointHooks hooks = {.arg = story, .active = active_txns};
    if (recovery->redo_to < story->durable && !recovery->initialised)
        fail(story, "the log ends before what was durable");
    if (recovery->initialised && story->durable > 0)
        fail(story, "a database was initialised anew");
    Lsn end = recovery->initialised ? 0 : recovery->redo_to;
    revert_story(story, end);
    story->durable = MAX(story->durable, end);
    compare_losers(story, end);
    finish_losers(story);
    engine_set_hooks(story->engine, &hooks);
    compare_stores(story);
    if (failed(story, engine_recovery_done(story->engine), "recovery_done"))
        return false;
    for (uint32_t i = 0; i < STORES_MAX; i++)
        model_settle(&story->stores[i].model);
    return story->failure == NULL;
}

static void live(void *arg) {
    Story *story = arg;
    if (!open_engine(story)) {
        sim_crash_now();
        return;
    }
    if (story->quiet || draw(story, 3) == 0)
        verify(story);
    if (story->quiet) {
        story->finished = true;
        failed(story, engine_close(story->engine), "close");
        story->engine = NULL;
        return;
    }
    story->running = WRITERS;
    for (uint32_t i = 0; i < WRITERS; i++)
        fiber_spawn(SCHED_OLTP, writer, story);
    while (story->running > 0)
        fiber_sleep(1000);
    if (draw(story, 2) == 0 && story->failure == NULL) {
        Lsn end = wal_append_lsn(story->engine->wal);
        Engine *engine = story->engine;
        if (!failed(story, engine_close(engine), "close"))
            story->durable = end;
        story->engine = NULL;
        return;
    }
    sim_crash_now();
}

static void run_story(Story *story) {
    SimFaults disk = {.writeback_ppm = 200000, .io_delay_us_max = 200};
    story->sim = sim_create(story->seed);
    rng_seed(&story->rng, story->seed * 7919 + 1);
    story->next_xid = 1;
    sim_set_faults(story->sim, &disk);
    uint64_t lives = 2 + draw(story, 3);
    for (uint64_t i = 0; i < lives && story->failure == NULL; i++) {
        story->ops_left = 50 + draw(story, 500);
        sim_set_crash_at(story->sim,
                         draw(story, 8) == 0 ? 1 + draw(story, 20) : 1 + draw(story, 400));
        SimResult result = sim_run(story->sim, live, story);
        if (result == SIM_STUCK)
            fail(story, "stuck");
        sim_set_crash_at(story->sim, 0);
        if (result == SIM_CRASHED || story->engine != NULL)
            sim_crash(story->sim);
        if (story->engine != NULL) {
            engine_abandon(story->engine);
            story->engine = NULL;
        }
    }
    story->quiet = true;
    if (story->failure == NULL && sim_run(story->sim, live, story) != SIM_DONE)
        fail(story, "the last recovery did not end");
    if (story->failure == NULL && !story->finished)
        fail(story, "not verified");
    sim_destroy(story->sim);
    for (uint32_t i = 0; i < STORES_MAX; i++)
        model_free(&story->stores[i].model);
}

/* ---- the campaign ---- */

typedef struct Options {
    uint64_t seeds, from;
    EngineFaults faults;
    bool planted, verbose;
    int jobs;
} Options;

/* Runs [from, to) in this process; the exit code says whether all were right. */
static int run_batch(const Options *options, uint64_t from, uint64_t to) {
    int bad = 0;
    Story *story = malloc(sizeof(*story));
    for (uint64_t seed = from; seed < to; seed++) {
        *story = (Story){.seed = seed, .faults = options->faults, .verbose = options->verbose};
        if (options->verbose)
            fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        run_story(story);
        if (story->failure == NULL)
            continue;
        bad = 1;
        if (!options->planted)
            printf("seed %llu: %s\n", (unsigned long long)seed, story->failure);
        if (options->planted)
            break;
    }
    free(story);
    fflush(stdout);
    return bad;
}

static bool plant(EngineFaults *faults, const char *name) {
    bool *places[] = {&faults->skip_double_write,     &faults->skip_data_sync,
                      &faults->redo_ignores_page_lsn, &faults->skip_wal_wait,
                      &faults->forget_rec_lsn,        &faults->forget_pending};
    const char *names[] = {"skip_double_write", "skip_data_sync", "redo_ignores_page_lsn",
                           "skip_wal_wait",     "forget_rec_lsn", "forget_pending"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return *places[i] = true;
    return false;
}

static bool parse(int argc, char **argv, Options *options) {
    *options = (Options){.seeds = 200, .from = 1, .jobs = 1};
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

int main(int argc, char **argv) {
    Options options;
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: sim_engine [--seeds N] [--from SEED] [--fault NAME] [--jobs N]\n");
        return 2;
    }
    log_set_min_level(options.verbose ? LOG_LEVEL_WARNING : LOG_LEVEL_PANIC);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    uint64_t batch = 50, next = options.from, stop = options.from + options.seeds;
    int running = 0;
    uint64_t bad = 0;
    while (next < stop || running > 0) {
        if (next < stop && running < options.jobs && !(options.planted && bad > 0)) {
            uint64_t to = MIN(next + batch, stop);
            fflush(NULL);
            pid_t pid = fork();
            if (pid == 0) {
                if (options.planted && !options.verbose &&
                    freopen("/dev/null", "w", stderr) == NULL)
                    _exit(3);
                _exit(run_batch(&options, next, to));
            }
            running++;
            next = to;
            continue;
        }
        if (running == 0)
            break;
        int status;
        pid_t pid = wait(&status);
        running--;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            bad++;
            if (!WIFEXITED(status) && !options.planted)
                printf("process %d ended by signal %d\n", (int)pid, WTERMSIG(status));
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    if (options.planted) {
        printf("planted fault %s\n", bad > 0 ? "found" : "NOT FOUND");
        return bad > 0 ? 0 : 1;
    }
    printf("%llu seeds, %.2f ms a seed, %s\n", (unsigned long long)options.seeds,
           seconds * 1e3 / (double)options.seeds, bad > 0 ? "FAILED" : "all sound");
    return bad > 0 ? 1 : 0;
}
