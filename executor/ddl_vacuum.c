/*
 * ddl_vacuum.c: VACUUM, ANALYZE, CLUSTER.
 *
 * Old versions are purged all the time in the background and freed space is reused at once, so VACUUM
 * only brings the counts of pages and rows up to date. VACUUM FULL and CLUSTER write the table anew.
 */
#include "executor/ddl_analyze.h"

#include "executor/index_key.h"
#include "executor/key_sort.h"
#include "mvcc/access_stats.h"
#include "runtime/clock.h"

#include <strings.h>

typedef struct VacuumOptions {
    bool vacuum, analyze, full, verbose, process_toast, skips_pages_never, skip_locked;
    int64_t parallel; /* workers asked for; -1: not said */
} VacuumOptions;

Status ddl_not_in_block(UtilityCall *call, const char *what) {
    TransactionContext context = call->session->ops->transaction_context(call->session);
    if (context == TRANSACTION_FUNCTION || (!call->top_level && context == TRANSACTION_IMPLICIT))
        return error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot be executed from a function", what);
    if (context == TRANSACTION_IMPLICIT)
        return STATUS_OK;
    return error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block", what);
}

#define PARALLEL_WORKERS_MAX 1024

static Status read_parallel(const AstOption *option, int64_t *workers_out) {
    if (option->value == NULL)
        return status_at(error(ERR_SYNTAX_ERROR,
                               "parallel option requires a value between 0 and %d",
                               PARALLEL_WORKERS_MAX),
                         option->location);
    TRY(ddl_option_int(option, workers_out));
    return *workers_out >= 0 && *workers_out <= PARALLEL_WORKERS_MAX
               ? STATUS_OK
               : status_at(error(ERR_SYNTAX_ERROR,
                                 "parallel workers for vacuum must be between 0 and %d",
                                 PARALLEL_WORKERS_MAX),
                           option->location);
}

static Status check_index_cleanup(const AstOption *option) {
    const char *text;
    bool ignored;
    if (option->value == NULL)
        return STATUS_OK;
    if (option->value->tag == AST_CONST &&
        ((const AstConst *)option->value)->kind == AST_CONST_INTEGER)
        return ddl_option_bool(option, &ignored);
    TRY(ddl_option_string(option, &text));
    return strcasecmp(text, "auto") == 0 ? STATUS_OK : ddl_option_bool(option, &ignored);
}

static Status check_options(const VacuumOptions *options) {
    if (options->full && options->parallel > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "VACUUM FULL cannot be performed in parallel");
    if (options->full && options->skips_pages_never)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL");
    if (options->full && !options->process_toast)
        return error(ERR_FEATURE_NOT_SUPPORTED, "PROCESS_TOAST required with VACUUM FULL");
    return STATUS_OK;
}

static Status read_options(const AstVacuum *statement, VacuumOptions *out) {
    static const char *const ignored[] = {"freeze", "truncate"};
    *out = (VacuumOptions){.vacuum = statement->vacuum,
                           .analyze = !statement->vacuum,
                           .process_toast = true,
                           .parallel = -1};
    AST_FOREACH(AstOption, option, statement->options) {
        bool known = false;
        if (strcmp(option->name, "verbose") == 0)
            TRY(ddl_option_bool(option, &out->verbose));
        else if (strcmp(option->name, "skip_locked") == 0)
            TRY(ddl_option_bool(option, &out->skip_locked));
        else if (strcmp(option->name, "analyze") == 0 && statement->vacuum)
            TRY(ddl_option_bool(option, &out->analyze));
        else if (strcmp(option->name, "full") == 0 && statement->vacuum)
            TRY(ddl_option_bool(option, &out->full));
        else if (strcmp(option->name, "process_toast") == 0 && statement->vacuum)
            TRY(ddl_option_bool(option, &out->process_toast));
        else if (strcmp(option->name, "disable_page_skipping") == 0 && statement->vacuum)
            TRY(ddl_option_bool(option, &out->skips_pages_never));
        else if (strcmp(option->name, "parallel") == 0 && statement->vacuum)
            TRY(read_parallel(option, &out->parallel));
        else if (strcmp(option->name, "index_cleanup") == 0 && statement->vacuum)
            TRY(check_index_cleanup(option));
        else {
            bool ignored_value;
            for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
                known |= strcmp(option->name, ignored[i]) == 0 && statement->vacuum;
            if (known)
                TRY(ddl_option_bool(option, &ignored_value));
            if (!known)
                return status_at(error(ERR_SYNTAX_ERROR, "unrecognized %s option \"%s\"",
                                       statement->vacuum ? "VACUUM" : "ANALYZE", option->name),
                                 option->location);
        }
    }
    return check_options(out);
}

/* ---- which tables ---- */

static Status may_maintain(Ddl *ddl, const RelationDesc *relation, bool *yes_out) {
    Oid role = session_role(ddl->catalog);
    TRY(object_is_owner(ddl->catalog, PG_CLASS, relation->oid, role, yes_out));
    if (!*yes_out && !relation->is_shared)
        TRY(object_is_owner(ddl->catalog, PG_DATABASE, session_database(ddl->catalog), role,
                            yes_out));
    return STATUS_OK;
}

Status ddl_all_relations(Ddl *ddl, const char *kinds, OidVec *list) {
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(ddl->catalog, PG_CLASS, 0, NULL, 0, ddl->arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
        if (strchr(kinds, (char)row->values[PG_CLASS_RELKIND].byte) != NULL)
            vec_push(list, ddl->arena, row_oid(row, PG_CLASS_OID));
    catalog_scan_close(scan);
    return status;
}

static Status rewrite_table(Ddl *ddl, const RelationDesc *relation, const IndexDesc *order);

static Status update_counts(Ddl *ddl, const RelationDesc *relation) {
    Table *table;
    TRY(table_open(ddl->session->mvcc, relation->store, &table));
    return relation_set_stats(ddl->catalog, relation->oid, (int32_t)table_page_count(table),
                              (float)table_row_estimate(table));
}

/* *allowed_out false: told why. */
static Status check_may_maintain(Ddl *ddl, const VacuumOptions *options,
                                 const RelationDesc *relation, bool *allowed_out) {
    TRY(may_maintain(ddl, relation, allowed_out));
    if (!*allowed_out)
        ddl_warning(ddl, ERR_WARNING,
                    relation->is_shared ? "skipping \"%s\" --- only superuser can %s it"
                    : relation->nsp == OID_NAMESPACE_CATALOG
                        ? "skipping \"%s\" --- only superuser or database owner can %s it"
                        : "skipping \"%s\" --- only table or database owner can %s it",
                    relation->name, options->vacuum ? "vacuum" : "analyze");
    return STATUS_OK;
}

static Status gone(Ddl *ddl, const char *what, const char *named) {
    if (named != NULL)
        ddl_warning(ddl, ERR_UNDEFINED_TABLE, "skipping %s of \"%s\" --- relation no longer exists",
                    what, named);
    return STATUS_OK;
}

/* named: as the statement names it, or NULL. The relation locked; *relation_out NULL: there is nothing to do for us. */
static Status lock_to_maintain(Ddl *ddl, const VacuumOptions *options, Oid oid, const char *named,
                               const RelationDesc **relation_out) {
    const RelationDesc *relation;
    const char *what = options->vacuum ? "vacuum" : "analyze";
    bool allowed, got = true;
    *relation_out = NULL;
    TRY(catalog_relation(ddl->catalog, oid, &relation));
    if (relation == NULL)
        return gone(ddl, what, named);
    /* Who has no right to it waits for nobody. */
    TRY(check_may_maintain(ddl, options, relation, &allowed));
    if (!allowed)
        return STATUS_OK;
    TRY(relation_lock(ddl->catalog, oid,
                      options->full ? LOCK_ACCESS_EXCLUSIVE : LOCK_SHARE_UPDATE_EXCLUSIVE,
                      options->skip_locked ? LOCK_NOWAIT : LOCK_WAIT, &got));
    if (!got) {
        if (named != NULL)
            ddl_warning(ddl, ERR_LOCK_NOT_AVAILABLE, "skipping %s of \"%s\" --- lock not available",
                        what, named);
        return STATUS_OK;
    }
    TRY(catalog_relation(ddl->catalog, oid, relation_out));
    return *relation_out == NULL ? gone(ddl, what, named) : STATUS_OK;
}

static Status maintain(Ddl *ddl, const VacuumOptions *options, Oid oid, const StrList *columns,
                       const char *named) {
    const RelationDesc *relation;
    TRY(lock_to_maintain(ddl, options, oid, named, &relation));
    if (relation == NULL)
        return STATUS_OK;
    if (strchr("rmpt", relation->kind) == NULL) {
        if (named != NULL)
            ddl_warning(
                ddl, ERR_WARNING,
                options->vacuum
                    ? "skipping \"%s\" --- cannot vacuum non-tables or special system tables"
                    : "skipping \"%s\" --- cannot analyze non-tables or special system "
                      "tables",
                relation->name);
        return STATUS_OK;
    }
    if (relation->store == 0)
        return options->analyze && relation->kind == 'p' ? ddl_analyze_table(ddl, oid, columns)
                                                         : STATUS_OK;
    if (options->vacuum && !options->full && options->parallel > 0 && relation->persistence == 't')
        ddl_warning(ddl, ERR_WARNING,
                    "disabling parallel option of vacuum on \"%s\" --- cannot vacuum temporary "
                    "tables in parallel",
                    relation->name);
    if (options->full && relation->oid >= OID_FIRST_NORMAL)
        TRY(rewrite_table(ddl, relation, NULL));
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    Mvcc *mvcc = ddl->session->mvcc;
    TRY(options->analyze ? ddl_analyze_table(ddl, oid, columns) : update_counts(ddl, relation));
    if (options->vacuum && !options->full)
        table_note_upkeep(mvcc, relation->store, ACCESS_VACUUM, clock_timestamp_us());
    if (options->analyze)
        table_note_upkeep(mvcc, relation->store, ACCESS_ANALYZE, clock_timestamp_us());
    return STATUS_OK;
}

/* A partitioned table's own columns are what the statement names. */
static Status check_named_columns(const RelationDesc *relation, const StrList *names) {
    for (uint32_t i = 0; i < names->count && relation->kind == 'p'; i++) {
        if (relation_column(relation, names->items[i]) == NULL)
            return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                         names->items[i], relation->name);
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(names->items[i], names->items[k]) == 0)
                return error(ERR_DUPLICATE_COLUMN,
                             "column \"%s\" of relation \"%s\" appears more than once",
                             names->items[i], relation->name);
    }
    return STATUS_OK;
}

typedef struct ToMaintain {
    Oid relation;
    const char *named; /* by the statement; NULL: not */
    const StrList *columns;
} ToMaintain;

typedef VEC(ToMaintain) ToMaintainVec;

static Status find_named(Ddl *ddl, const VacuumOptions *options, const AstVacuumRelation *named,
                         ToMaintainVec *list) {
    Oid oid;
    const Oid *all;
    size_t count;
    TRY(relation_by_name(ddl->catalog, named->relation->catalog, named->relation->schema,
                         named->relation->name, false, &oid));
    if (named->columns.count > 0 && !options->analyze)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "ANALYZE option must be specified when a column list is provided");
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(check_named_columns(relation, &named->columns));
    /* The parent is told first, but done last: who drops a partition meanwhile needs its lock. */
    bool allowed;
    TRY(check_may_maintain(ddl, options, relation, &allowed));
    if (relation->kind == 'p') {
        TRY(relation_descendants(ddl->catalog, oid, ddl->arena, &all, &count));
        for (size_t i = 1; i < count; i++)
            vec_push(list, ddl->arena, ((ToMaintain){all[i], NULL, &named->columns}));
    }
    if (allowed)
        vec_push(list, ddl->arena, ((ToMaintain){oid, named->relation->name, &named->columns}));
    return STATUS_OK;
}

static Status execute_vacuum(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstVacuum *statement = (const AstVacuum *)call->raw->statement;
    VacuumOptions options;
    call->tag = statement->vacuum ? "VACUUM" : "ANALYZE";
    TRY(read_options(statement, &options));
    if (statement->vacuum)
        TRY(ddl_not_in_block(call, "VACUUM"));
    ToMaintainVec found = {0};
    AST_FOREACH(AstVacuumRelation, named, statement->relations) {
        TRY(find_named(&ddl, &options, named, &found));
    }
    for (size_t i = 0; i < found.count; i++)
        TRY(maintain(&ddl, &options, found.items[i].relation, found.items[i].columns,
                     found.items[i].named));
    if (statement->relations.count > 0)
        return STATUS_OK;
    OidVec list = {0};
    StrList none = {0};
    TRY(ddl_all_relations(&ddl, options.analyze ? "rmp" : "rm", &list));
    for (size_t i = 0; i < list.count; i++)
        TRY(maintain(&ddl, &options, list.items[i], &none, NULL));
    return STATUS_OK;
}

/* ---- rewriting: VACUUM FULL, CLUSTER ---- */

static Status copy_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    return ddl_loader_add(arg, values, nulls);
}

typedef struct OrderScan {
    IndexKey *key;
    KeySort *sort;
} OrderScan;

static Status sort_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    OrderScan *scan = arg;
    Str key;
    bool has_null;
    TRY(index_key_encode(scan->key, values, nulls, &key, &has_null));
    return key_sort_add(scan->sort, key, rowid, has_null);
}

static Status copy_sorted(Ddl *ddl, const RelationDesc *old, KeySort *sort, DdlLoader *loader) {
    Table *table;
    const Snapshot *snapshot;
    TRY(table_open(ddl->session->mvcc, old->store, &table));
    TRY(txn_snapshot_latest(ddl->session->txn, &snapshot));
    Arena scratch;
    arena_init(&scratch, &ddl->session->account);
    Datum *values = arena_array(ddl->arena, Datum, old->column_count);
    bool *nulls = arena_array(ddl->arena, bool, old->column_count);
    Status status;
    for (;;) {
        KeyEntry entry;
        RowView row;
        bool found;
        status = key_sort_next(sort, &entry, &found);
        if (!status_ok(status) || !found)
            break;
        status = table_fetch(snapshot, table, entry.rowid, &scratch, &row, &found);
        if (status_ok(status) && found)
            status = relation_decode(old, table, &row, &scratch, values, nulls);
        if (status_ok(status) && found)
            status = ddl_loader_add(loader, values, nulls);
        arena_reset(&scratch);
        if (!status_ok(status))
            break;
    }
    arena_destroy(&scratch);
    txn_snapshot_release(ddl->session->txn, snapshot);
    return status;
}

static Status copy_in_order(Ddl *ddl, const RelationDesc *old, const IndexDesc *order,
                            DdlLoader *loader) {
    OrderScan scan;
    TRY(index_key_make(ddl->session, ddl->arena, old, order, &scan.key));
    scan.sort =
        key_sort_make(&ddl->session->account, ddl->session->settings.maintenance_work_mem_bytes,
                      ddl->session->temp_directory);
    Status status = ddl_each_row(ddl, old, sort_row, &scan);
    if (status_ok(status))
        status = key_sort_finish(scan.sort);
    if (status_ok(status))
        status = copy_sorted(ddl, old, scan.sort, loader);
    key_sort_free(scan.sort);
    index_key_end(scan.key);
    return status;
}

/* order: NULL: as the rows lie. */
static Status rewrite_table(Ddl *ddl, const RelationDesc *old, const IndexDesc *order) {
    StoreId store, old_store = old->store;
    uint64_t count;
    const RelationDesc *now;
    DdlLoader *loader;
    TRY(relation_new_store(ddl->catalog, old->oid, &store));
    TRY(catalog_relation_require(ddl->catalog, old->oid, &now));
    Status status = ddl_loader_open(ddl, now, &loader);
    SavedRole saved = session_push_role(ddl->catalog, old->owner, ROLE_RESTRICTED);
    if (status_ok(status))
        status = order == NULL ? ddl_each_row(ddl, old, copy_row, loader)
                               : copy_in_order(ddl, old, order, loader);
    session_pop_role(ddl->catalog, saved);
    TRY(ddl_loader_close(loader, status, &count));
    table_access_carry(ddl->session->mvcc, old_store, store);
    return ddl_rebuild_indexes(ddl, old->oid);
}

/* ---- CLUSTER ---- */

static const IndexDesc *index_named(const RelationDesc *relation, const char *name) {
    for (uint16_t i = 0; i < relation->index_count; i++)
        if (name == NULL ? relation->indexes[i].clustered
                         : strcmp(relation->indexes[i].name, name) == 0)
            return &relation->indexes[i];
    return NULL;
}

static Status mark_clustered(Ddl *ddl, const RelationDesc *relation, const IndexDesc *chosen) {
    for (uint16_t i = 0; i < relation->index_count; i++) {
        CatalogRow row;
        bool found, wanted = &relation->indexes[i] == chosen;
        if (relation->indexes[i].clustered == wanted)
            continue;
        TRY(catalog_find_oid(ddl->catalog, PG_INDEX_INDEXRELID_INDEX, relation->indexes[i].oid,
                             ddl->arena, &row, &found));
        row.values[PG_INDEX_INDISCLUSTERED] = datum_bool(wanted);
        TRY(catalog_update(ddl->catalog, PG_INDEX, &row));
    }
    return STATUS_OK;
}

static Status cluster_table(Ddl *ddl, const RelationDesc *relation, const char *index_name) {
    const IndexDesc *index = index_named(relation, index_name);
    if (index == NULL)
        return index_name == NULL
                   ? error(ERR_UNDEFINED_OBJECT,
                           "there is no previously clustered index for table \"%s\"",
                           relation->name)
                   : error(ERR_UNDEFINED_OBJECT, "index \"%s\" for table \"%s\" does not exist",
                           index_name, relation->name);
    if (index->store == 0 || index->am != OID_AM_BTREE)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot cluster on index \"%s\" because access method does not support "
                     "clustering",
                     index->name);
    if (index->predicate != NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot cluster on partial index \"%s\"",
                     index->name);
    if (!index->valid)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot cluster on invalid index \"%s\"",
                     index->name);
    TRY(mark_clustered(ddl, relation, index));
    return rewrite_table(ddl, relation, index);
}

/* Each partition that the user owns, by its part of the partitioned index. */
static Status cluster_partitions(UtilityCall *call, const RelationDesc *relation,
                                 const char *index_name) {
    Ddl ddl = ddl_of(call);
    const IndexDesc *index = index_named(relation, index_name);
    if (index_name == NULL)
        return error(ERR_UNDEFINED_OBJECT,
                     "there is no previously clustered index for table \"%s\"", relation->name);
    if (index == NULL)
        return error(ERR_UNDEFINED_OBJECT, "index \"%s\" for table \"%s\" does not exist",
                     index_name, relation->name);
    if (index->am != OID_AM_BTREE)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot cluster on index \"%s\" because access method does not support "
                     "clustering",
                     index->name);
    if (index->predicate != NULL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot cluster on partial index \"%s\"",
                     index->name);
    if (!index->valid)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot cluster on invalid index \"%s\"",
                     index->name);
    TRY(ddl_not_in_block(call, "CLUSTER"));
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl.catalog, index->oid, ddl.arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *table;
        const IndexDesc *part;
        bool owner;
        TRY(catalog_index_desc(ddl.catalog, all[i], &part, &table));
        if (part == NULL || table == NULL || table->store == 0)
            continue;
        TRY(object_is_owner(ddl.catalog, PG_CLASS, table->oid, session_role(ddl.catalog), &owner));
        if (!owner)
            continue;
        TRY(relation_lock(ddl.catalog, table->oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(catalog_index_desc(ddl.catalog, all[i], &part, &table));
        if (part == NULL)
            continue;
        TRY(mark_clustered(&ddl, table, part));
        TRY(catalog_index_desc(ddl.catalog, all[i], &part, &table));
        if (part != NULL)
            TRY(rewrite_table(&ddl, table, part));
    }
    return STATUS_OK;
}

static Status execute_cluster(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCluster *statement = (const AstCluster *)call->raw->statement;
    const RelationDesc *relation;
    if (statement->relation != NULL) {
        TRY(ddl_relation(&ddl, statement->relation, LOCK_ACCESS_EXCLUSIVE, false, &relation));
        TRY(object_check_owner(ddl.catalog, PG_CLASS, relation->oid));
        if (relation->kind == 'p')
            return cluster_partitions(call, relation, statement->index);
        if (relation->kind != 'r' && relation->kind != 'm')
            return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or materialized view",
                         relation->name);
        return cluster_table(&ddl, relation, statement->index);
    }
    TRY(ddl_not_in_block(call, "CLUSTER"));
    OidVec list = {0};
    TRY(ddl_all_relations(&ddl, "rm", &list));
    for (size_t i = 0; i < list.count; i++) {
        bool owner;
        TRY(catalog_relation(ddl.catalog, list.items[i], &relation));
        if (relation == NULL || index_named(relation, NULL) == NULL)
            continue;
        TRY(object_is_owner(ddl.catalog, PG_CLASS, relation->oid, session_role(ddl.catalog),
                            &owner));
        if (!owner)
            continue;
        TRY(relation_lock(ddl.catalog, list.items[i], LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        TRY(cluster_table(&ddl, relation, NULL));
    }
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_VACUUM, NULL, 0, execute_vacuum, NULL},
    {AST_CLUSTER, "CLUSTER", UTILITY_WRITES, execute_cluster, NULL},
};

void ddl_vacuum_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
