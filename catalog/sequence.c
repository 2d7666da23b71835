/*
 * sequence.c: what sequences give out.
 *
 * The state of a sequence in use is in memory, one a store, under its own mutex. Its store holds rows
 * {last_value, log_cnt, is_called}; the one with the highest rowid counts. A state is written ahead
 * of use in a transaction of its own that appends a row and deletes those before it: appending,
 * because the first row may belong to a transaction that is still open, the very one that now asks
 * for values.
 *
 * I1 What the newest row says lies at or behind every value given out.
 * I2 A transaction that made the state be written does not commit before that row is durable: its
 *    own commit record lies behind it in the log, or, if it writes nothing else, it waits.
 *
 * Lock order: state mutex, then whatever table writes take. The map's latch is a leaf.
 */
#include "catalog/catalog_int.h"

enum { SEQ_LAST, SEQ_LOG, SEQ_CALLED, SEQ_COLUMNS };

typedef struct SequenceState {
    FiberMutex mutex;
    StoreId store;
    bool loaded;
    bool ahead; /* the row says more than was given out */
    int64_t last;
    int64_t log_count; /* values that may be given out without writing */
    bool called;
} SequenceState;

static void sequence_shape(TupleShape *shape, Arena *arena) {
    static const uint8_t phys[SEQ_COLUMNS] = {PHYS_I64, PHYS_I64, PHYS_BYTE};
    tuple_shape_init(shape, arena, phys, SEQ_COLUMNS);
}

const ColumnSpec *sequence_columns(uint32_t *count_out) {
    static const ColumnSpec columns[SEQ_COLUMNS] = {
        {.name = "last_value",
         .type = OID_INT8,
         .typmod = -1,
         .not_null = true,
         .is_local = true,
         .stats_target = -1},
        {.name = "log_cnt",
         .type = OID_INT8,
         .typmod = -1,
         .not_null = true,
         .is_local = true,
         .stats_target = -1},
        {.name = "is_called",
         .type = OID_BOOL,
         .typmod = -1,
         .not_null = true,
         .is_local = true,
         .stats_target = -1},
    };
    *count_out = SEQ_COLUMNS;
    return columns;
}

/* ---- the store ---- */

static Status append_row(Txn *txn, Table *table, int64_t last, int64_t log_count, bool called,
                         Arena *arena) {
    TupleShape shape;
    sequence_shape(&shape, arena);
    Datum values[SEQ_COLUMNS] = {datum_i64(last), datum_i64(log_count), datum_bool(called)};
    bool nulls[SEQ_COLUMNS] = {false};
    RowId rowid;
    return table_insert(txn, table, &shape, values, nulls, &rowid);
}

static Status delete_rows(Txn *txn, Table *table, const Snapshot *snapshot, Arena *arena) {
    TableScan *scan;
    RowView views[8], latest;
    uint32_t count;
    TRY(table_scan_open(table, snapshot, 0, UINT64_MAX, false, arena, &scan));
    for (;;) {
        TRY(table_scan_next(scan, views, ARRAY_LEN(views), &count));
        if (count == 0)
            return STATUS_OK;
        for (uint32_t i = 0; i < count; i++) {
            RowWrite outcome;
            TRY(table_delete(txn, snapshot, table, views[i].rowid, views[i].version, arena, &latest,
                             &outcome));
        }
    }
}

static Status replace_row(Txn *txn, Table *table, int64_t last, bool called, Arena *arena) {
    const Snapshot *snapshot;
    TRY(txn_snapshot_latest(txn, &snapshot));
    Status status = delete_rows(txn, table, snapshot, arena);
    txn_snapshot_release(txn, snapshot);
    return status_ok(status) ? append_row(txn, table, last, 0, called, arena) : status;
}

/* In a transaction of its own. lsn_out: its commit. */
static Status write_state(Catalog *catalog, StoreId store, int64_t last, bool called,
                          Lsn *lsn_out) {
    Table *table;
    Txn *txn;
    *lsn_out = LSN_INVALID;
    TRY(table_open(catalog->mvcc, store, &table));
    TRY(txn_begin(catalog->mvcc, ISOLATION_READ_COMMITTED, false, false, &txn));
    txn_set_session_lsn(txn, lsn_out);
    Arena arena;
    arena_init(&arena, &catalog->account);
    Status status = replace_row(txn, table, last, called, &arena);
    arena_destroy(&arena);
    if (status_ok(status))
        return txn_commit(txn, SYNC_OFF);
    Status undo = txn_rollback(txn);
    if (!status_ok(undo))
        status_free(undo);
    return status;
}

/* ---- what the asking transaction owes (I2) ---- */

typedef struct SequenceDebt {
    CatalogSession *session;
    Txn *txn;
    Lsn lsn;
} SequenceDebt;

static Status debt_pay(void *arg) {
    SequenceDebt *debt = arg;
    if (txn_last_lsn(debt->txn) != LSN_INVALID)
        return STATUS_OK;
    return wal_wait_durable(engine_wal(mvcc_engine(session_mvcc(debt->session))), debt->lsn);
}

static void debt_end(void *arg, bool committed, Lsn commit_lsn) {
    SequenceDebt *debt = arg;
    debt->session->sequence_debt = NULL;
    mem_free(&debt->session->account, debt, sizeof(*debt));
}

static void debt_note(CatalogSession *session, Lsn lsn) {
    SequenceDebt *debt = session->sequence_debt;
    if (debt == NULL) {
        debt = mem_alloc(&session->account, sizeof(*debt));
        *debt = (SequenceDebt){.session = session, .txn = session->txn};
        session->sequence_debt = debt;
        TxnAction action = {.before_commit = debt_pay, .after = debt_end, .arg = debt};
        txn_add_action(session->txn, &action);
    }
    debt->lsn = lsn;
}

static Status read_state(CatalogSession *session, SequenceState *state, Arena *arena) {
    Table *table;
    TableScan *scan;
    const Snapshot *snapshot;
    RowView view;
    uint32_t count = 0;
    TRY(table_open(session_mvcc(session), state->store, &table));
    TRY(txn_snapshot_latest(session->txn, &snapshot));
    Status status = table_scan_open(table, snapshot, 0, UINT64_MAX, true, arena, &scan);
    if (status_ok(status))
        status = table_scan_next(scan, &view, 1, &count);
    if (status_ok(status) && count == 1) {
        TupleShape shape;
        Datum last, called;
        bool damaged = false;
        sequence_shape(&shape, arena);
        if (tuple_get(&shape, view.body, view.len, SEQ_LAST, &last, &damaged) != TUPLE_VALUE ||
            tuple_get(&shape, view.body, view.len, SEQ_CALLED, &called, &damaged) != TUPLE_VALUE)
            damaged = true;
        if (damaged)
            status = error(ERR_DATA_CORRUPTED, "the value of a sequence is damaged");
        state->last = last.i64;
        state->called = called.b;
        state->log_count = 0;
        state->loaded = !damaged;
    } else if (status_ok(status)) {
        status = error(ERR_DATA_CORRUPTED, "a sequence has lost its value");
    }
    txn_snapshot_release(session->txn, snapshot);
    return status;
}

/* ---- states ---- */

static SequenceState *state_of(Catalog *catalog, StoreId store) {
    latch_lock(&catalog->sequences_latch);
    SequenceState *state = u64map_get(&catalog->sequences, store);
    if (state == NULL) {
        state = mem_alloc(&catalog->account, sizeof(*state));
        memset(state, 0, sizeof(*state));
        state->store = store;
        fiber_mutex_init(&state->mutex);
        u64map_put(&catalog->sequences, store, state);
    }
    latch_unlock(&catalog->sequences_latch);
    return state;
}

void sequence_states_free(Catalog *catalog) {
    size_t cursor = 0;
    uint64_t key;
    void *state;
    while (u64map_next(&catalog->sequences, &cursor, &key, &state))
        mem_free(&catalog->account, state, sizeof(SequenceState));
    u64map_destroy(&catalog->sequences);
}

static Status state_flush(Catalog *catalog, SequenceState *state) {
    Status status = STATUS_OK;
    fiber_mutex_lock(&state->mutex);
    if (state->loaded && state->ahead &&
        engine_store_exists(mvcc_engine(catalog->mvcc), state->store)) {
        Lsn lsn;
        status = write_state(catalog, state->store, state->last, state->called, &lsn);
        if (status_ok(status)) {
            state->ahead = false;
            state->log_count = 0;
        }
    }
    fiber_mutex_unlock(&state->mutex);
    return status;
}

Status sequence_flush_all(Catalog *catalog) {
    size_t cursor = 0;
    uint64_t key;
    void *state;
    while (u64map_next(&catalog->sequences, &cursor, &key, &state))
        TRY(state_flush(catalog, state));
    return STATUS_OK;
}

/* Locks the state, loaded. The caller unlocks it. */
static Status state_lock(CatalogSession *session, const RelationDesc *sequence,
                         SequenceState **state_out) {
    SequenceState *state = state_of(session->catalog, sequence->store);
    fiber_mutex_lock(&state->mutex);
    Status status = STATUS_OK;
    if (!state->loaded) {
        Arena arena;
        arena_init(&arena, &session->account);
        status = read_state(session, state, &arena);
        arena_destroy(&arena);
    }
    if (!status_ok(status))
        fiber_mutex_unlock(&state->mutex);
    *state_out = state;
    return status;
}

static SequenceValue *session_value(CatalogSession *session, const RelationDesc *sequence) {
    SequenceValue *value = session->sequences;
    while (value != NULL && value->relation != sequence->oid)
        value = value->next;
    if (value == NULL) {
        value = arena_new(&session->arena, SequenceValue);
        value->relation = sequence->oid;
        value->next = session->sequences;
        session->sequences = value;
        value->store = sequence->store;
    }
    if (value->store != sequence->store) { /* restarted: what was cached is void */
        value->store = sequence->store;
        value->cached = value->last;
    }
    return value;
}

/* ---- nextval ---- */

/* The value after `last`; false past the bounds of a sequence that does not cycle. */
static bool step(const SequenceDesc *desc, int64_t last, int64_t *next_out, bool *wrapped_out) {
    *wrapped_out = false;
    if (desc->increment > 0) {
        bool past = desc->max >= 0
                        ? last > desc->max - desc->increment
                        : last > INT64_MAX - desc->increment || last + desc->increment > desc->max;
        if (!past) {
            *next_out = last + desc->increment;
            return true;
        }
        *next_out = desc->min;
    } else {
        bool past = desc->min < 0
                        ? last < desc->min - desc->increment
                        : last < INT64_MIN - desc->increment || last + desc->increment < desc->min;
        if (!past) {
            *next_out = last + desc->increment;
            return true;
        }
        *next_out = desc->max;
    }
    *wrapped_out = true;
    return desc->cycle;
}

static Status limit_error(const RelationDesc *sequence) {
    const SequenceDesc *desc = sequence->sequence;
    return desc->increment > 0 ? error(ERR_SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
                                       "nextval: reached maximum value of sequence \"%s\" (%lld)",
                                       sequence->name, (long long)desc->max)
                               : error(ERR_SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
                                       "nextval: reached minimum value of sequence \"%s\" (%lld)",
                                       sequence->name, (long long)desc->min);
}

/* Takes `cache` values from the state: the first is *result_out, the last *last_out. */
static Status take_values(CatalogSession *session, const RelationDesc *sequence,
                          SequenceState *state, int64_t *result_out, int64_t *last_out) {
    const SequenceDesc *desc = sequence->sequence;
    int64_t fetch = desc->cache, taken = 0, log = state->log_count;
    int64_t last = state->last, next = state->last;
    if (!state->called) {
        *result_out = last;
        taken = 1;
        fetch--;
    }
    bool write = log < fetch || !state->called;
    if (write)
        fetch = log = fetch + SEQUENCE_LOG_AHEAD;
    while (fetch > 0) {
        int64_t after;
        bool wrapped;
        if (!step(desc, next, &after, &wrapped) || (wrapped && taken > 0)) {
            if (taken > 0)
                break;
            return limit_error(sequence);
        }
        next = after;
        fetch--;
        if (taken < desc->cache) {
            log--;
            last = next;
            if (taken++ == 0)
                *result_out = next;
        }
    }
    log -= fetch;
    if (write) {
        Lsn lsn;
        TRY(write_state(session->catalog, state->store, next, true, &lsn));
        debt_note(session, lsn);
    }
    state->last = last;
    state->called = true;
    state->log_count = log;
    state->ahead = true;
    *last_out = last;
    return STATUS_OK;
}

Status sequence_next(CatalogSession *session, const RelationDesc *sequence, int64_t *value_out) {
    check(sequence->sequence != NULL);
    SequenceValue *value = session_value(session, sequence);
    *value_out = 0;
    if (value->last != value->cached) {
        value->last += sequence->sequence->increment;
        *value_out = value->last;
        session->last_sequence = value;
        return STATUS_OK;
    }
    SequenceState *state;
    TRY(state_lock(session, sequence, &state));
    int64_t last = 0;
    Status status = take_values(session, sequence, state, value_out, &last);
    fiber_mutex_unlock(&state->mutex);
    TRY(status);
    value->last = *value_out;
    value->cached = last;
    value->valid = true;
    session->last_sequence = value;
    return STATUS_OK;
}

Status sequence_current(CatalogSession *session, const RelationDesc *sequence, int64_t *value_out) {
    SequenceValue *value = session_value(session, sequence);
    *value_out = value->last;
    if (!value->valid)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "currval of sequence \"%s\" is not yet defined in this session",
                     sequence->name);
    return STATUS_OK;
}

Status sequence_last(CatalogSession *session, Oid *relation_out, int64_t *value_out) {
    const RelationDesc *rel = NULL;
    if (session->last_sequence != NULL)
        TRY(catalog_relation(session, session->last_sequence->relation, &rel));
    if (rel == NULL)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "lastval is not yet defined in this session");
    *relation_out = rel->oid;
    *value_out = session->last_sequence->last;
    return STATUS_OK;
}

Status sequence_set(CatalogSession *session, const RelationDesc *sequence, int64_t value,
                    bool is_called) {
    const SequenceDesc *desc = sequence->sequence;
    if (value < desc->min || value > desc->max)
        return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                     "setval: value %lld is out of bounds for sequence \"%s\" (%lld..%lld)",
                     (long long)value, sequence->name, (long long)desc->min, (long long)desc->max);
    SequenceValue *mine = session_value(session, sequence);
    SequenceState *state;
    Lsn lsn;
    TRY(state_lock(session, sequence, &state));
    Status status = write_state(session->catalog, state->store, value, is_called, &lsn);
    if (status_ok(status)) {
        debt_note(session, lsn);
        state->last = value;
        state->called = is_called;
        state->log_count = 0;
        state->ahead = false;
    }
    fiber_mutex_unlock(&state->mutex);
    TRY(status);
    if (is_called) {
        mine->last = value;
        mine->valid = true;
    }
    mine->cached = mine->last;
    return STATUS_OK;
}

Status sequence_read(CatalogSession *session, const RelationDesc *sequence, int64_t *last_value_out,
                     int64_t *log_count_out, bool *is_called_out) {
    SequenceState *state;
    TRY(state_lock(session, sequence, &state));
    *last_value_out = state->last;
    *log_count_out = state->log_count;
    *is_called_out = state->called;
    fiber_mutex_unlock(&state->mutex);
    return STATUS_OK;
}

void sequence_forget_all(CatalogSession *session) {
    session->sequences = NULL; /* the session's arena keeps them */
    session->last_sequence = NULL;
}

/* ---- definition ---- */

static Status first_row(CatalogSession *session, StoreId store, int64_t last_value,
                        bool is_called) {
    Table *table;
    TRY(table_open(session_mvcc(session), store, &table));
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = append_row(session->txn, table, last_value, 0, is_called, &arena);
    arena_destroy(&arena);
    return status;
}

Status sequence_restart(CatalogSession *session, Oid sequence, int64_t last_value, bool is_called) {
    StoreId store;
    TRY(relation_new_store(session, sequence, &store));
    return first_row(session, store, last_value, is_called);
}

static void fill_row(CatalogRow *row, Oid sequence, const SequenceDesc *options) {
    row_set_oid(row, PG_SEQUENCE_SEQRELID, sequence);
    row_set_oid(row, PG_SEQUENCE_SEQTYPID, options->type);
    row_set_i64(row, PG_SEQUENCE_SEQSTART, options->start);
    row_set_i64(row, PG_SEQUENCE_SEQINCREMENT, options->increment);
    row_set_i64(row, PG_SEQUENCE_SEQMAX, options->max);
    row_set_i64(row, PG_SEQUENCE_SEQMIN, options->min);
    row_set_i64(row, PG_SEQUENCE_SEQCACHE, options->cache);
    row_set_bool(row, PG_SEQUENCE_SEQCYCLE, options->cycle);
}

Status sequence_create(CatalogSession *session, const RelationSpec *spec,
                       const SequenceDesc *options, int64_t last_value, bool is_called,
                       Oid *oid_out) {
    RelationSpec relation = *spec;
    const RelationDesc *rel;
    CatalogRow row = {0};
    relation.kind = 'S';
    relation.columns = sequence_columns(&relation.column_count);
    TRY(relation_create(session, &relation, oid_out));
    fill_row(&row, *oid_out, options);
    TRY(catalog_insert(session, PG_SEQUENCE, &row));
    TRY(catalog_relation_require(session, *oid_out, &rel));
    return first_row(session, rel->store, last_value, is_called);
}

Status sequence_change(CatalogSession *session, Oid sequence, const SequenceDesc *options) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    bool found;
    Status status =
        catalog_find_oid(session, PG_SEQUENCE_SEQRELID_INDEX, sequence, &arena, row, &found);
    if (status_ok(status) && !found)
        status = error(ERR_INTERNAL_ERROR, "cache lookup failed for sequence %u", sequence);
    if (status_ok(status)) {
        fill_row(row, sequence, options);
        status = catalog_update(session, PG_SEQUENCE, row);
    }
    arena_destroy(&arena);
    return status;
}
