/*
 * sysfuncs_stat.c: counters of the cumulative statistics system.
 *
 * Live rows and what the storage engine counts are real; what is not counted is 0, and times that
 * never came are NULL, as on a server that has just started.
 */
#include "executor/sysfuncs_int.h"
#include "mvcc/access_stats.h"

static Status fn_zero_i64(FnCall *call) { return give_i64(call, 0); }
static Status fn_zero_f64(FnCall *call) {
    call->result.f64 = 0;
    return STATUS_OK;
}
static Status fn_never(FnCall *call) { return give_null(call); }

static Status fn_live_tuples(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    Table *table;
    TRY(catalog_relation(session, arg_oid(call, 0), &rel));
    if (rel == NULL || rel->store == 0 || strchr("rmt", rel->kind) == NULL)
        return give_i64(call, 0);
    TRY(table_open(catalog_mvcc(session_catalog(session)), rel->store, &table));
    return give_i64(call, (int64_t)table_row_estimate(table));
}

/* Counters of a table or an index; all 0 where it has no store, or nobody has opened it. */
static Status counters(FnCall *call, uint64_t sums[ACCESS_COUNTER_COUNT], bool *index_out) {
    CatalogSession *session = call_catalog(call);
    Mvcc *mvcc = catalog_mvcc(session_catalog(session));
    const RelationDesc *rel;
    memset(sums, 0, ACCESS_COUNTER_COUNT * sizeof(*sums));
    *index_out = false;
    TRY(catalog_relation(session, arg_oid(call, 0), &rel));
    if (rel == NULL || rel->store == 0)
        return STATUS_OK;
    *index_out = rel->kind == 'i';
    if (*index_out)
        index_access_stats(mvcc, rel->store, sums);
    else if (strchr("rmt", rel->kind) != NULL)
        table_access_stats(mvcc, rel->store, sums);
    return STATUS_OK;
}

static Status give_counter(FnCall *call, AccessCounter of_table, AccessCounter of_index) {
    uint64_t sums[ACCESS_COUNTER_COUNT];
    bool index;
    TRY(counters(call, sums, &index));
    return give_i64(call, (int64_t)sums[index ? of_index : of_table]);
}

static Status fn_scans(FnCall *call) { return give_counter(call, ACCESS_SCANS, ACCESS_SCANS); }
static Status fn_returned(FnCall *call) { return give_counter(call, ACCESS_READ, ACCESS_READ); }
static Status fn_fetched(FnCall *call) { return give_counter(call, ACCESS_FETCHED, ACCESS_READ); }
static Status fn_inserted(FnCall *call) {
    return give_counter(call, ACCESS_INSERTED, ACCESS_INSERTED);
}
static Status fn_updated(FnCall *call) {
    return give_counter(call, ACCESS_UPDATED, ACCESS_UPDATED);
}
static Status fn_deleted(FnCall *call) {
    return give_counter(call, ACCESS_DELETED, ACCESS_DELETED);
}

/* What is known of a table's VACUUM or ANALYZE; all 0 where it is not known. */
typedef struct Upkeep {
    int64_t last_us;
    uint64_t count, since;
} Upkeep;

static Status read_upkeep(FnCall *call, AccessUpkeep what, Upkeep *out) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    *out = (Upkeep){0};
    TRY(catalog_relation(session, arg_oid(call, 0), &rel));
    if (rel != NULL && rel->store != 0 && strchr("rmt", rel->kind) != NULL)
        table_upkeep(catalog_mvcc(session_catalog(session)), rel->store, what, &out->last_us,
                     &out->count, &out->since);
    return STATUS_OK;
}
static Status give_last(FnCall *call, AccessUpkeep what) {
    Upkeep upkeep;
    TRY(read_upkeep(call, what, &upkeep));
    return upkeep.count == 0 ? give_null(call) : give_i64(call, upkeep.last_us);
}
static Status give_count(FnCall *call, AccessUpkeep what) {
    Upkeep upkeep;
    TRY(read_upkeep(call, what, &upkeep));
    return give_i64(call, (int64_t)upkeep.count);
}
static Status give_since(FnCall *call, AccessUpkeep what) {
    Upkeep upkeep;
    TRY(read_upkeep(call, what, &upkeep));
    return give_i64(call, (int64_t)upkeep.since);
}
static Status fn_last_vacuum(FnCall *call) { return give_last(call, ACCESS_VACUUM); }
static Status fn_last_analyze(FnCall *call) { return give_last(call, ACCESS_ANALYZE); }
static Status fn_vacuum_count(FnCall *call) { return give_count(call, ACCESS_VACUUM); }
static Status fn_analyze_count(FnCall *call) { return give_count(call, ACCESS_ANALYZE); }
static Status fn_inserts_since_vacuum(FnCall *call) { return give_since(call, ACCESS_VACUUM); }
static Status fn_changes_since_analyze(FnCall *call) { return give_since(call, ACCESS_ANALYZE); }

static const FnEntry entries[] = {
    SYSFUNC(1928, "pg_stat_get_numscans", fn_scans),
    SYSFUNC(1929, "pg_stat_get_tuples_returned", fn_returned),
    SYSFUNC(1930, "pg_stat_get_tuples_fetched", fn_fetched),
    SYSFUNC(1931, "pg_stat_get_tuples_inserted", fn_inserted),
    SYSFUNC(1932, "pg_stat_get_tuples_updated", fn_updated),
    SYSFUNC(1933, "pg_stat_get_tuples_deleted", fn_deleted),
    SYSFUNC(1934, "pg_stat_get_blocks_fetched", fn_zero_i64),
    SYSFUNC(1935, "pg_stat_get_blocks_hit", fn_zero_i64),
    SYSFUNC(1944, "pg_stat_get_db_blocks_fetched", fn_zero_i64),
    SYSFUNC(1945, "pg_stat_get_db_blocks_hit", fn_zero_i64),
    SYSFUNC(1972, "pg_stat_get_tuples_hot_updated", fn_updated),
    SYSFUNC(2758, "pg_stat_get_db_tuples_returned", fn_zero_i64),
    SYSFUNC(2759, "pg_stat_get_db_tuples_fetched", fn_zero_i64),
    SYSFUNC(2760, "pg_stat_get_db_tuples_inserted", fn_zero_i64),
    SYSFUNC(2761, "pg_stat_get_db_tuples_updated", fn_zero_i64),
    SYSFUNC(2762, "pg_stat_get_db_tuples_deleted", fn_zero_i64),
    SYSFUNC(2769, "pg_stat_get_bgwriter_timed_checkpoints", fn_zero_i64),
    SYSFUNC(2771, "pg_stat_get_bgwriter_buf_written_checkpoints", fn_zero_i64),
    SYSFUNC(2772, "pg_stat_get_bgwriter_buf_written_clean", fn_zero_i64),
    SYSFUNC(2773, "pg_stat_get_bgwriter_maxwritten_clean", fn_zero_i64),
    SYSFUNC(2775, "pg_stat_get_buf_written_backend", fn_zero_i64),
    SYSFUNC(2781, "pg_stat_get_last_vacuum_time", fn_last_vacuum),
    SYSFUNC(2782, "pg_stat_get_last_autovacuum_time", fn_never),
    SYSFUNC(2783, "pg_stat_get_last_analyze_time", fn_last_analyze),
    SYSFUNC(2784, "pg_stat_get_last_autoanalyze_time", fn_never),
    SYSFUNC(2844, "pg_stat_get_db_blk_read_time", fn_zero_f64),
    SYSFUNC(2845, "pg_stat_get_db_blk_write_time", fn_zero_f64),
    SYSFUNC(2859, "pg_stat_get_buf_alloc", fn_zero_i64),
    SYSFUNC(2878, "pg_stat_get_live_tuples", fn_live_tuples),
    SYSFUNC(2879, "pg_stat_get_dead_tuples", fn_zero_i64),
    SYSFUNC(3037, "pg_stat_get_xact_numscans", fn_zero_i64),
    SYSFUNC(3038, "pg_stat_get_xact_tuples_returned", fn_zero_i64),
    SYSFUNC(3039, "pg_stat_get_xact_tuples_fetched", fn_zero_i64),
    SYSFUNC(3040, "pg_stat_get_xact_tuples_inserted", fn_zero_i64),
    SYSFUNC(3041, "pg_stat_get_xact_tuples_updated", fn_zero_i64),
    SYSFUNC(3042, "pg_stat_get_xact_tuples_deleted", fn_zero_i64),
    SYSFUNC(3043, "pg_stat_get_xact_tuples_hot_updated", fn_zero_i64),
    SYSFUNC(3044, "pg_stat_get_xact_blocks_fetched", fn_zero_i64),
    SYSFUNC(3045, "pg_stat_get_xact_blocks_hit", fn_zero_i64),
    SYSFUNC(3054, "pg_stat_get_vacuum_count", fn_vacuum_count),
    SYSFUNC(3055, "pg_stat_get_autovacuum_count", fn_zero_i64),
    SYSFUNC(3056, "pg_stat_get_analyze_count", fn_analyze_count),
    SYSFUNC(3057, "pg_stat_get_autoanalyze_count", fn_zero_i64),
    SYSFUNC(3063, "pg_stat_get_buf_fsync_backend", fn_zero_i64),
    SYSFUNC(3065, "pg_stat_get_db_conflict_tablespace", fn_zero_i64),
    SYSFUNC(3066, "pg_stat_get_db_conflict_lock", fn_zero_i64),
    SYSFUNC(3067, "pg_stat_get_db_conflict_snapshot", fn_zero_i64),
    SYSFUNC(3068, "pg_stat_get_db_conflict_bufferpin", fn_zero_i64),
    SYSFUNC(3069, "pg_stat_get_db_conflict_startup_deadlock", fn_zero_i64),
    SYSFUNC(3070, "pg_stat_get_db_conflict_all", fn_zero_i64),
    SYSFUNC(3150, "pg_stat_get_db_temp_files", fn_zero_i64),
    SYSFUNC(3151, "pg_stat_get_db_temp_bytes", fn_zero_i64),
    SYSFUNC(3152, "pg_stat_get_db_deadlocks", fn_zero_i64),
    SYSFUNC(3160, "pg_stat_get_checkpoint_write_time", fn_zero_f64),
    SYSFUNC(3161, "pg_stat_get_checkpoint_sync_time", fn_zero_f64),
    SYSFUNC(3177, "pg_stat_get_mod_since_analyze", fn_changes_since_analyze),
    SYSFUNC(3426, "pg_stat_get_db_checksum_failures", fn_zero_i64),
    SYSFUNC(3428, "pg_stat_get_db_checksum_last_failure", fn_never),
    SYSFUNC(3788, "pg_stat_get_snapshot_timestamp", fn_never),
    SYSFUNC(5053, "pg_stat_get_ins_since_vacuum", fn_inserts_since_vacuum),
    SYSFUNC(6185, "pg_stat_get_db_session_time", fn_zero_f64),
    SYSFUNC(6186, "pg_stat_get_db_active_time", fn_zero_f64),
    SYSFUNC(6187, "pg_stat_get_db_idle_in_transaction_time", fn_zero_f64),
    SYSFUNC(6189, "pg_stat_get_db_sessions_abandoned", fn_zero_i64),
    SYSFUNC(6190, "pg_stat_get_db_sessions_fatal", fn_zero_i64),
    SYSFUNC(6191, "pg_stat_get_db_sessions_killed", fn_zero_i64),
};

void sysfuncs_stat_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
