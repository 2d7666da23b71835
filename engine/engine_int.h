/* engine_int.h: the engine's inside. Layer: engine, private. */
#ifndef ENGINE_ENGINE_INT_H
#define ENGINE_ENGINE_INT_H

#include "base/map.h"
#include "engine/btree.h"
#include "engine/checkpoint_report.h"
#include "engine/pending.h"
#include "engine/pool.h"

/* Fixed places. */
#define FILE_PAGE ((PageNo)0)
#define DIRECTORY_ROOT ((PageNo)2)
#define DIRECTORY_STORE ((StoreId)1)
#define STORE_ID_FIRST 16u

/* Counters behind the public ones. */
#define COUNTERS_PUBLIC 8u
#define COUNTER_STORE 8u
#define COUNTER_BLOB 9u
#define COUNTER_FILE_PAGES 15u /* not counted: the page file's size */
#define COUNTER_COUNT 16u

/* The most that one leaf operation or structure change prepares the log for. */
#define LOG_PREPARE_BYTES (2u * WAL_RECORD_MAX)

/* ---- space: which pages are used (space.c) ---- */

#define SPACE_BITS_OFFSET 64u
#define SPACE_SPAN ((PAGE_BYTES - SPACE_BITS_OFFSET) * 8u) /* pages that one bitmap covers */
#define SPACE_CACHE 64u

typedef struct Space {
    FiberMutex mutex; /* searching and growing; parks */
    RwLatch latch;    /* over cache and reserved */
    PageNo cache[SPACE_CACHE];
    uint32_t cache_count;
    U64Map reserved; /* pages given out or cached, not yet logged as used */
    PageNo cursor;   /* where the next search starts */
    _Atomic uint32_t file_pages;
    _Atomic int64_t free_pages; /* clear bits below file_pages */
} Space;

static inline PageNo space_page_of(PageNo page_no) { return page_no / SPACE_SPAN * SPACE_SPAN + 1; }
bool space_bit(const Page *space_page, PageNo page_no);

/* Finds a free page and keeps others from getting it; the bitmap page is in memory afterwards, for
 * now. Logging it as used ends the reservation. reserved: for rollback, may take the last ones.
 * Parks. Errors: 53100. */
Status space_reserve(Engine *engine, bool reserved, PageNo *page_no_out);
void space_unreserve(Engine *engine, PageNo page_no);
/* Reads the bitmap page that covers page_no. Parks. */
Status space_touch(Engine *engine, PageNo page_no);
/* Counts free pages: after recovery. */
Status space_open(Engine *engine);
/* A page's bit was changed by a record just logged. */
void space_note(Engine *engine, PageNo page_no, bool used);

/* ---- multi-page changes (smo.c) ---- */

/*
 * One atomic record that changes several pages: a list of changes, each for one page. The same
 * function applies them when they are made and when they are redone.
 *
 *   payload: per page  page number u32, action u8, zero u8, aux u16, data bytes u32, data
 */
typedef enum ChangeAction {
    CHANGE_INIT = 1,         /* data: page image */
    CHANGE_TRUNCATE = 2,     /* aux: slots that stay; data: right u32, high fence */
    CHANGE_INSERT_CHILD = 3, /* aux: slot; data: child u32, key */
    CHANGE_REMOVE = 4,       /* aux: slot */
    CHANGE_ABSORB = 5,       /* data: image of the right neighbour */
    CHANGE_FREE = 6,         /* nothing is left of the page */
    CHANGE_SPACE_INIT = 7,   /* an empty bitmap */
    CHANGE_SPACE = 8,        /* aux: pages that become used; data: those, then those freed, u32 */
    CHANGE_INSERT = 9,       /* aux: slot; data: key length u16, key, value */
    CHANGE_SET_VALUE = 10,   /* aux: slot; data: value */
    CHANGE_CUT = 11,         /* aux: slots that stay; fences and sibling as they are */
} ChangeAction;
#define CHANGE_HEADER_BYTES 12u
#define SMO_PAGES_MAX 24u

typedef struct SmoPage {
    Frame *frame;
    uint32_t change_offset; /* in buf; 0: latched only */
} SmoPage;

typedef struct Smo {
    Engine *engine;
    uint8_t *buf; /* the payload; byte 0..3 unused so that no offset is 0 */
    uint32_t len;
    uint32_t page_count;
    SmoPage pages[SMO_PAGES_MAX];
} Smo;

void smo_begin(Smo *smo, Engine *engine);
/* Latches the page at that version; false: it changed, start over (after smo_abandon). */
bool smo_latch(Smo *smo, PageRef ref);
/* A page already latched by the caller; the Smo lets go of it. */
void smo_adopt(Smo *smo, Frame *frame);
/* Latches the bitmap pages and logs the bits. Last of all latches. False: not in memory, start over
 * after space_touch. */
bool smo_space(Smo *smo, const PageNo *used, uint32_t used_count, const PageNo *freed,
               uint32_t freed_count);
/* A change to a latched page; the caller fills the data. */
uint8_t *smo_change(Smo *smo, Frame *frame, ChangeAction action, uint16_t aux, uint32_t len);
/* CHANGE_INIT or CHANGE_ABSORB with the image of `page`. */
void smo_change_image(Smo *smo, Frame *frame, ChangeAction action, const Page *page);
/* Logs, applies, lets go. */
Lsn smo_commit(Smo *smo, WalKind kind, StoreId store, Xid xid, Lsn prev_txn_lsn);
/* Lets go; nothing happened. */
void smo_abandon(Smo *smo);
/* The worker's own until the fibre parks: a page to build an image in, and one that page functions
 * compact with. */
Page *engine_work_page(Engine *engine);
Page *engine_scratch_page(Engine *engine);
/* Redoes a record's changes of pages in memory and of those it writes whole, keeps the others (pending.h). */
Status smo_redo(Engine *engine, const WalRecord *record);
/* One change of such a record. NULL, or why it does not fit the page. */
const char *smo_change_apply(Engine *engine, Page *page, PageNo page_no, const uint8_t *change);

/* ---- trees ---- */

#define TREE_HEIGHT_MAX 16u
#define LEAF_UNDERFULL (PAGE_BYTES / 4)

struct Btree {
    Engine *engine;
    StoreId store;
    StoreKind kind;
    PageNo root;
    _Atomic StoreId blob_store; /* 0: none yet */
    _Atomic int64_t page_count;
    _Atomic int64_t entry_count;
};

typedef struct TreePath {
    uint32_t depth; /* of the leaf; 0: the root is the leaf */
    PageRef refs[TREE_HEIGHT_MAX];
    PageNo pages[TREE_HEIGHT_MAX];
    uint16_t slots[TREE_HEIGHT_MAX]; /* of the child taken */
} TreePath;

/* The leaf whose range holds key (with `before`: what comes just below key). Parks. */
Status btree_descend(Btree *tree, Str key, bool before, PageRef *leaf_out);
/* The same down to a level, with the way there. */
Status btree_descend_path(Btree *tree, Str key, bool before, uint8_t level, TreePath *path_out);
Status btree_damaged(const Btree *tree, PageNo page_no, const char *wrong);
/* btree_smo.c */
void btree_merge(Btree *tree, Str key);
/* Hangs a filled page, built in a private copy, behind the last leaf. */
Status btree_append_leaf(Btree *tree, Page *page);
/* Frees pages from the end of the tree until only the root is left; then *done_out. */
Status btree_drop_some(Btree *tree, bool *done_out);
/* Counts pages and entries: exactly in small trees, by samples in larger ones. A sample that cannot
 * be read (whoever needs the page will say so) leaves the counts as they are. */
void btree_count(Btree *tree);
static inline bool is_leaf_record(uint8_t kind) {
    return kind >= WAL_LEAF_INSERT && kind <= WAL_LEAF_REMOVE;
}
/* Redoes the record where its page is in memory, else keeps it (pending.h). */
Status leaf_redo(Engine *engine, const WalRecord *record);
/* What a check carries: each problem is reported, the pages met are marked. */
typedef struct CheckContext {
    void (*report)(void *arg, const char *text);
    void *arg;
    uint64_t problems;
    uint8_t *seen; /* a bit a page; NULL: not wanted */
    uint32_t page_limit;
    Arena *arena;
} CheckContext;
void check_report(CheckContext *context, const char *fmt, ...) PRINTF_LIKE(2, 3);
Status btree_check_tree(Btree *tree, CheckContext *context);
/* The same for a store that is being dropped: marks what can still be reached. */
Status btree_mark_remains(Btree *tree, CheckContext *context);

/* Each large value's frames. */
Status blob_check_store(Btree *tree, CheckContext *context);

/* ---- stores (store.c) ---- */

/* A directory entry; key: store u32 big-endian. */
typedef struct StoreEntry {
    uint8_t kind;
    uint8_t dropping; /* being freed: does not exist any more */
    PageNo root;
    StoreId blob_store;
} StoreEntry;
#define STORE_ENTRY_BYTES 10u
void store_entry_encode(const StoreEntry *entry, uint8_t out[STORE_ENTRY_BYTES]);
bool store_entry_decode(Str value, StoreEntry *entry_out);
void store_registry_open(Engine *engine);
void store_registry_close(Engine *engine);
/* The blob store beside owner, made where there is none. */
Status store_blob_tree(Engine *engine, StoreId owner, Btree **tree_out);
/* Goes on with drops that a crash cut short. */
Status store_resume_drops(Engine *engine);
Status store_check_all(Engine *engine, CheckContext *context);
Btree *btree_make(Engine *engine, StoreId store, StoreKind kind, PageNo root, StoreId blob_store);

/* ---- the engine ---- */

typedef struct Counter {
    uint64_t next;
    uint64_t limit; /* logged */
} Counter;

/* Written by one worker only, so that counting costs no shared cache line. */
/* Leaves that btree_ahead has found for keys about to be read (btree_ahead.c). */
#define AHEAD_KEY_BYTES 32u
#define AHEAD_SPOTS_BITS 7
typedef struct BtreeSpot {
    const Btree *tree; /* NULL: none */
    PageRef leaf;
    uint32_t key_len;
    char key[AHEAD_KEY_BYTES];
} BtreeSpot;

typedef struct AheadSpots {
    uint32_t live;
    BtreeSpot spots[1 << AHEAD_SPOTS_BITS]; /* by the key's hash; the last comer stays */
} AheadSpots;

typedef struct WorkerCounts {
    _Atomic uint64_t page_hits;
    uint8_t apart[120];
} WorkerCounts;

struct Engine {
    EngineConfig config;
    MemAccount *account;
    char *directory_path;
    File *pages, *double_file, *control_file;
    Wal *wal;
    Pool pool;
    Space space;
    uint64_t system_id;
    uint64_t control_sequence;
    RwLatch control_latch;
    EngineControl control; /* what the newest control block says */

    RwLatch stores_latch;
    U64Map stores; /* StoreId -> Btree */
    Btree *directory;
    FiberMutex blob_mutex; /* making a blob store */

    RwLatch counter_latch;
    Counter counters[COUNTER_COUNT];

    CheckpointHooks hooks;
    bool hooks_gone; /* no checkpoints: who knows the transactions has closed */
    FiberMutex checkpoint_mutex;
    _Atomic Lsn redo_lsn;         /* of the newest checkpoint */
    uint64_t checkpoint_distance; /* as checkpoints estimate it */
    _Atomic uint64_t max_wal_bytes, checkpoint_timeout_us;
    _Atomic bool log_checkpoints;
    _Atomic uint64_t checkpoint_us; /* when the newest was done, clock_mono_us */
    _Atomic Lsn checkpoint_end_lsn; /* nothing logged past it: nothing to do */
    _Atomic uint64_t checkpoint_count, split_count, merge_count;
    Recovery recovery;
    Pending pending;
    Arena recovery_arena;

    uint8_t **scratch;    /* one a worker */
    WorkerCounts *counts; /* one a worker */
    AheadSpots *ahead;    /* one a worker */
    int worker_count;

    _Atomic bool stopping;
    _Atomic uint32_t background_count;
    RwLatch background_latch;
    FiberCond cleaner_cond, checkpointer_cond, stopped_cond;
    _Atomic bool cleaner_kicked, checkpointer_kicked;
    _Atomic bool trim_asked;       /* a checkpoint only if it lets much of the log go */
    _Atomic bool space_needed;     /* by the next checkpoint */
    _Atomic bool space_asked;      /* the disk is full */
    _Atomic uint64_t trim_next_us; /* not before */
    EngineFaults faults;
};

#define SCRATCH_BYTES ((size_t)WAL_RECORD_MAX + 2 * PAGE_BYTES)

/* The log's room for one record, for ordinary writers or for rollback. */
static inline Status engine_prepare_log(Engine *engine, bool reserved) {
    if (UNLIKELY(atomic_load_explicit(&engine->pool.failed, memory_order_relaxed)))
        return status_severity(error(ERR_IO_ERROR, "could not write data pages earlier"),
                               SEV_PANIC);
    return reserved ? wal_prepare_reserved(engine->wal, LOG_PREPARE_BYTES)
                    : wal_prepare(engine->wal, LOG_PREPARE_BYTES);
}

/* ---- control blocks (control.c) ---- */

/* Two blocks of 4 KiB that are written in turn; the valid one with the higher sequence counts. */
typedef struct ControlState {
    uint64_t system_id;
    uint64_t sequence;
    Lsn redo_lsn;
    Lsn checkpoint_lsn;
    Xid next_xid;
    Lsn purge_lsn;
    uint32_t file_pages;
    bool shut_down; /* an orderly end, nothing was logged after it */
    int64_t time_us;
    uint64_t wal_segment_bytes;
    uint64_t counters[COUNTER_COUNT];
} ControlState;
Status control_write(File *file, const ControlState *state);
/* Error: XX001 where neither block is sound. */
Status control_read(File *file, Arena *arena, ControlState *state_out);

Status counter_redo(Engine *engine, const WalRecord *record);
void checkpoint_note_control(Engine *engine, const ControlState *state);
Status checkpoint_take(Engine *engine, CheckpointCause cause);
/* Raises the log's copy of the file's size. */
Status engine_log_file_pages(Engine *engine, uint32_t file_pages);
/* Background fibres. */
void engine_start_cleaner(Engine *engine);
void engine_start_checkpointer(Engine *engine);
void engine_start_drain(Engine *engine);
void engine_stop_background(Engine *engine);
bool engine_spawn(Engine *engine, FiberFn fn, void *arg);
void engine_background_done(Engine *engine);

Status engine_open_with_faults(const EngineConfig *config, const EngineFaults *faults,
                               Engine **engine_out);
/* recovery.c */
Status engine_recover(Engine *engine, const ControlState *state);

#endif
