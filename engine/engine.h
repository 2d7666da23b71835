/*
 * engine.h: the storage engine as a whole: one page file, its pool, its stores, checkpoints.
 * Layer: engine.
 *
 * Everything hangs off an Engine value; several may live in one process (tests do that).
 *
 * Start-up: engine_open reads the control blocks, opens the log and redoes it; the caller (mvcc) then
 * rolls losers back with engine_recovery()'s list and calls engine_recovery_done.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "wal/wal.h"

#define PAGE_BYTES 16384u
typedef uint32_t PageNo; /* 0: none; page 0 holds nothing a store uses */
#define PAGE_NONE ((PageNo)0)
typedef uint32_t StoreId; /* never reused; also pg_class.relfilenode. 0: none */

typedef enum StoreKind {
    STORE_TABLE = 1, /* key: rowid, 8 bytes big-endian; value: row header + row */
    STORE_INDEX = 2, /* key: bytes; value: bytes */
    STORE_BLOB = 3,  /* the engine's own: pieces of large values */
} StoreKind;

typedef struct Engine Engine;
typedef struct Btree
    Btree; /* an open store; owned by the engine, lives until the store is dropped */

#define POOL_BYTES_MIN ((size_t)32 * PAGE_BYTES)

/* What may change while the engine runs. */
typedef struct EngineTuning {
    uint64_t max_wal_bytes;         /* checkpoints come at half of it at the latest */
    uint64_t checkpoint_timeout_us; /* and after this time; 0: never for the time's sake */
    bool log_checkpoints;
} EngineTuning;

typedef struct EngineConfig {
    const char *directory; /* exists; empty: initialised */
    size_t pool_bytes;     /* at least POOL_BYTES_MIN */
    size_t wal_ring_bytes;
    uint64_t wal_segment_bytes; /* 0: the default; fixed at initialisation */
    uint32_t wal_depth_max;
    EngineTuning tuning;
    uint32_t extent_pages; /* the page file grows by at least so many; 0: the default */
    bool background;       /* start cleaner and checkpointer fibres (simulation may drive them) */
    MemAccount *account;
} EngineConfig;

/* A transaction that was active at the crash. */
typedef struct RecoveryTxn {
    Xid xid;
    Lsn first_lsn;
    Lsn last_lsn;
    bool prepared;
} RecoveryTxn;

typedef struct Recovery {
    bool initialised;      /* the directory was empty: nothing to recover */
    bool was_shut_down;    /* orderly: nothing was left to redo */
    int64_t last_known_us; /* when the newest checkpoint was, or the shutdown; us since 1970 */
    Lsn redo_from, redo_to;
    uint64_t record_count;
    const RecoveryTxn *losers;
    size_t loser_count;
    Xid next_xid;
    Lsn purge_from; /* oldest record whose purge may not be finished */
} Recovery;

/* Parks. engine_out is set from the start, so that a simulation can abandon what a crash left; NULL
 * where it fails. Errors: XX001 for damage, 58030, 53100. */
Status engine_open(const EngineConfig *config, Engine **engine_out);
const Recovery *engine_recovery(const Engine *engine);
/* After the losers' rollback: takes a checkpoint, in the background where there is one. */
Status engine_recovery_done(Engine *engine);
/* Cleans, checkpoints, closes. */
Status engine_close(Engine *engine);
/* Drops everything in memory: after a simulated crash. */
void engine_abandon(Engine *engine);

Wal *engine_wal(Engine *engine);

/*
 * Checkpoints are fuzzy: they never stop writers. The caller above supplies what it knows through
 * these hooks, called on the checkpointing fibre, not under any latch.
 */
typedef struct CheckpointHooks {
    void *arg;
    /* Fills transactions that have written and are not finished. Memory on arena. */
    void (*active)(void *arg, Arena *arena, const RecoveryTxn **txns_out, size_t *count_out,
                   Xid *next_xid_out);
    /* The oldest LSN that undo, snapshots or purge may still read. */
    /* space_needed: the disk is full; what can be done without should be given up. */
    Lsn (*retain_lsn)(void *arg, bool space_needed);
    Lsn (*purge_lsn)(void *arg);
} CheckpointHooks;
/* Waits for a checkpoint that is under way. NULL: the layer above has closed; none is taken from now
 * on. Parks. */
void engine_set_hooks(Engine *engine, const CheckpointHooks *hooks);
Status engine_checkpoint(Engine *engine);
/* The one that an orderly end leaves: a start finds nothing to redo. Parks. */
Status engine_last_checkpoint(Engine *engine);
/* The disk is full: the next checkpoint is to let go of what log it can. */
void engine_need_space(Engine *engine);
void engine_tune(Engine *engine, const EngineTuning *tuning);

/* What the control file says. */
typedef struct EngineControl {
    uint64_t system_id;
    Lsn checkpoint_lsn, redo_lsn;
    Xid next_xid;
    int64_t time_us; /* since 1970 */
} EngineControl;
void engine_control(Engine *engine, EngineControl *control_out);

/* Named persistent counters (next OID, ...): returns a value never returned before, even across a
 * crash (logged in steps). counter in 0..7. */
Status engine_counter_next(Engine *engine, unsigned counter, uint64_t count, uint64_t *first_out);

/* Make a store; logged under (xid, prev_txn_lsn) so that rollback drops it. lsn_out: its record. */
Status engine_store_create(Engine *engine, StoreKind kind, Xid xid, Lsn prev_txn_lsn,
                           StoreId *store_out, Lsn *lsn_out);
/* Free all its pages, in the background; idempotent. The caller knows that nobody uses it. */
Status engine_store_drop(Engine *engine, StoreId store);
/* Error: 58P01 if it does not exist. */
Status engine_store_open(Engine *engine, StoreId store, Btree **tree_out);
bool engine_store_exists(Engine *engine, StoreId store);
StoreId btree_store(const Btree *tree);
StoreKind btree_kind(const Btree *tree);
/* Pages in use, for sizes and costs. */
uint64_t btree_page_count(const Btree *tree);
/* Entries, approximate (kept by the leaf operations, recounted at open from a sample). */
uint64_t btree_entry_count(const Btree *tree);

typedef struct EngineStats {
    uint64_t page_hits, page_reads, page_writes, evictions, splits, merges, checkpoints;
    uint64_t file_pages, free_pages;
} EngineStats;
void engine_stats(const Engine *engine, EngineStats *stats_out);

/*
 * The integrity checker: every page's checksum and address, key order, sibling and child links,
 * fences, free space against reachability, blob chains. report is called a line a finding.
 * problem_count_out 0: sound. Runs on a quiescent engine.
 */
Status engine_check(Engine *engine, void (*report)(void *arg, const char *text), void *arg,
                    uint64_t *problem_count_out);

#endif
