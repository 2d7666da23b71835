/*
 * ext_amcheck.c: the functions of the extension amcheck: are tables and B-tree indexes sound?
 *
 * An index is walked while it is in use; asked for heapallindexed, every row that a snapshot sees must stand in it
 * under its key. A table is walked the same way, and each of its rows is taken apart. "Blocks" are those of ctid.
 * amcheck.h has the same for all of a database.
 */
#include "executor/amcheck.h"

#include "executor/ddl_extension.h"
#include "executor/ddl_int.h"
#include "executor/exec_int.h"
#include "executor/index_key.h"
#include "executor/sysfuncs_int.h"

#include "catalog/row.h"
#include "engine/btree.h"
#include "engine/engine.h"
#include "runtime/fiber.h"

/* ---- trees ---- */

/* The first flaw of a relation's tree; more than a look now and then at whether the client waits. */
static Status find_flaw(Session *session, StoreId store, Arena *arena, BtreeFlaw *flaw_out) {
    Btree *tree;
    BtreeVerify *verify;
    TRY(engine_store_open(mvcc_engine(session->mvcc), store, &tree));
    btree_verify_open(tree, arena, &verify);
    for (bool more = true; more;) {
        TRY(btree_verify_next(verify, flaw_out, &more));
        TRY(fiber_check_interrupt());
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

/* ---- indexes ---- */

typedef struct EntryCheck {
    IndexKey *key;
    const RelationDesc *relation;
    Arena arena;
    bool writers_wait; /* nobody writes meanwhile */
} EntryCheck;

static Status check_entry(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    EntryCheck *check = arg;
    bool wanted, has_null, found;
    Str key;
    TRY(index_key_wanted(check->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    TRY(index_key_encode(check->key, values, nulls, &key, &has_null));
    TRY(index_has_entry(index_key_index(check->key), key, has_null, rowid, &check->arena, &found));
    arena_reset(&check->arena);
    if (found)
        return STATUS_OK;
    uint64_t tid = (uint64_t)rowid_to_tid(rowid);
    Status status = error(ERR_DATA_CORRUPTED,
                          "heap tuple (%u,%u) from table \"%s\" lacks matching index tuple within "
                          "index \"%s\"",
                          (unsigned)(tid >> 16), (unsigned)(tid & 0xffff), check->relation->name,
                          index_key_desc(check->key)->name);
    return check->writers_wait
               ? status
               : status_hint(status,
                             "Retrying verification using the function "
                             "bt_index_parent_check() might provide a more specific error.");
}

/* Every row that a snapshot of now sees. */
static Status check_entries(Session *session, Arena *arena, const RelationDesc *relation,
                            const IndexDesc *index, bool writers_wait) {
    Ddl ddl = {.session = session, .catalog = session->catalog, .arena = arena};
    EntryCheck check = {.relation = relation, .writers_wait = writers_wait};
    TRY(index_key_make(session, arena, relation, index, &check.key));
    arena_init(&check.arena, &session->account);
    Status status = ddl_each_row(&ddl, relation, check_entry, &check);
    arena_destroy(&check.arena);
    index_key_end(check.key);
    return status;
}

static Status check_is_btree(FnCall *call, Oid oid, const IndexDesc **index_out,
                             const RelationDesc **table_out) {
    const RelationDesc *relation;
    *index_out = NULL;
    TRY(catalog_relation_require(call_catalog(call), oid, &relation));
    if (relation->kind == 'i')
        TRY(catalog_index_desc(call_catalog(call), oid, index_out, table_out));
    if (relation->kind != 'i' && relation->kind != 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index", relation->name);
    if (*index_out == NULL || (*index_out)->am != OID_AM_BTREE)
        return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                   "only B-Tree indexes are supported as targets for verification"),
                             "Relation \"%s\" is not a B-Tree index.", relation->name);
    if (!(*index_out)->valid)
        return status_detail(
            error(ERR_FEATURE_NOT_SUPPORTED, "cannot check index \"%s\"", relation->name),
            "Index is not valid.");
    return STATUS_OK;
}

/* The index's expressions are code of the table's owner, whoever checks. */
static Status check_index(FnCall *call, LockMode mode) {
    Session *session = call->site->env->session;
    Oid oid = arg_oid(call, 0);
    const IndexDesc *index;
    const RelationDesc *table;
    BtreeFlaw flaw = {0};
    TRY(check_is_btree(call, oid, &index, &table));
    TRY(relation_lock(session->catalog, table->oid, mode, LOCK_WAIT, NULL));
    TRY(relation_lock(session->catalog, oid, mode, LOCK_WAIT, NULL));
    TRY(check_is_btree(call, oid, &index, &table));
    call->result = datum_str("", 0); /* void */
    if (index->store == 0)
        return STATUS_OK;
    TRY(find_flaw(session, index->store, call->arena, &flaw));
    if (flaw.what != NULL)
        return status_detail(error(ERR_INDEX_CORRUPTED, "index \"%s\" is corrupted", index->name),
                             "Page %u, item %u: %s.", flaw.page, flaw.slot, flaw.what);
    if (call->site->arg_count < 2 || !call->args[1].b)
        return STATUS_OK;
    SavedRole saved = session_push_role(session->catalog, table->owner, ROLE_RESTRICTED);
    Status status = check_entries(session, call->arena, table, index, mode == LOCK_SHARE);
    session_pop_role(session->catalog, saved);
    return status;
}

static Status fn_index_check(FnCall *call) { return check_index(call, LOCK_ACCESS_SHARE); }

/* A descent for each leaf is what every check does here, so rootdescend adds nothing. */
static Status fn_index_parent_check(FnCall *call) { return check_index(call, LOCK_SHARE); }

/* ---- tables ---- */

typedef struct Finding {
    int64_t block;
    int32_t offset; /* 0: the page as a whole */
    const char *text;
} Finding;

typedef struct HeapCheck {
    Session *session;
    Arena *arena; /* of the findings */
    const RelationDesc *relation;
    Table *table;
    bool stop_at_first;
    RowId low, high;
    VEC(Finding) findings;
    size_t next;
} HeapCheck;

static void note(HeapCheck *check, int64_t block, int32_t offset, const char *text) {
    Finding finding = {.block = block, .offset = offset, .text = text};
    vec_push(&check->findings, check->arena, finding);
}

static bool is_enough(const HeapCheck *check) {
    return check->stop_at_first && check->findings.count > 0;
}

/* Damage is a finding; anything else ends the check. */
static Status take_damage(HeapCheck *check, Status status, RowId rowid) {
    if (status_ok(status) || status.error->state != ERR_DATA_CORRUPTED)
        return status;
    uint64_t tid = (uint64_t)rowid_to_tid(rowid);
    note(check, (int64_t)(tid >> 16), (int32_t)(tid & 0xffff),
         arena_strdup(check->arena, status.error->message));
    status_free(status);
    return STATUS_OK;
}

static Status check_rows(HeapCheck *check, const Snapshot *snapshot, Arena *scratch) {
    const RelationDesc *relation = check->relation;
    Datum *values = arena_array(check->arena, Datum, relation->column_count);
    bool *nulls = arena_array(check->arena, bool, relation->column_count);
    RowView *rows = arena_array(check->arena, RowView, BATCH_ROWS);
    TableScan *scan;
    TRY(table_scan_open(check->table, snapshot, check->low, check->high, false, check->arena,
                        &scan));
    for (uint32_t count = 1; count > 0 && !is_enough(check);) {
        RowId last = check->low;
        Status status = table_scan_next(scan, rows, BATCH_ROWS, &count);
        if (!status_ok(status))
            return take_damage(check, status, last);
        for (uint32_t i = 0; i < count && !is_enough(check); i++) {
            last = rows[i].rowid;
            status = relation_decode(relation, check->table, &rows[i], scratch, values, nulls);
            TRY(take_damage(check, status, last));
            arena_reset(scratch);
        }
        TRY(fiber_check_interrupt());
        fiber_yield_if_due();
    }
    return STATUS_OK;
}

static Status check_table(HeapCheck *check) {
    Session *session = check->session;
    BtreeFlaw flaw = {0};
    Arena scratch;
    const Snapshot *snapshot;
    TRY(table_open(session->mvcc, check->relation->store, &check->table));
    TRY(find_flaw(session, check->relation->store, check->arena, &flaw));
    if (flaw.what != NULL)
        note(check, flaw.page, (int32_t)flaw.slot, flaw.what);
    if (flaw.what != NULL)
        return STATUS_OK; /* rows would be looked for in a tree that leads astray */
    arena_init(&scratch, &session->account);
    Status status = txn_snapshot_latest(session->txn, &snapshot);
    if (status_ok(status)) {
        status = check_rows(check, snapshot, &scratch);
        txn_snapshot_release(session->txn, snapshot);
    }
    arena_destroy(&scratch);
    return status;
}

/* ---- verify_heapam ---- */

static Status required(const FnCall *call, int arg, const char *name) {
    return call->nulls != NULL && call->nulls[arg]
               ? error(ERR_INVALID_PARAMETER_VALUE, "%s cannot be null", name)
               : STATUS_OK;
}

static Status check_skip(const char *skip) {
    static const char *const options[] = {"all-visible", "all-frozen", "none"};
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (strcasecmp(skip, options[i]) == 0)
            return STATUS_OK;
    return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "invalid skip option"),
                       "Valid skip options are \"all-visible\", \"all-frozen\", and \"none\".");
}

/* NULL: the whole. */
static Status block_arg(const FnCall *call, int arg, const char *what, int64_t last,
                        int64_t *block_out) {
    if (call->nulls != NULL && call->nulls[arg])
        return STATUS_OK;
    *block_out = call->args[arg].i64;
    return *block_out >= 0 && *block_out <= last
               ? STATUS_OK
               : error(ERR_INVALID_PARAMETER_VALUE, "%s block number must be between 0 and %lld",
                       what, (long long)last);
}

static Status check_arguments(FnCall *call) {
    static const char *const names[] = {"relation", "on_error_stop", "check_toast", "skip"};
    for (int i = 0; i < (int)ARRAY_LEN(names); i++)
        TRY(required(call, i, names[i]));
    return check_skip(arg_text(call, 3));
}

static Status check_relation(FnCall *call, HeapCheck *check) {
    const RelationDesc *relation;
    TRY(relation_lock(call_catalog(call), arg_oid(call, 0), LOCK_ACCESS_SHARE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(call_catalog(call), arg_oid(call, 0), &relation));
    check->relation = relation;
    if (strchr("rmtS", relation->kind) != NULL)
        return STATUS_OK;
    return status_detail(
        error(ERR_WRONG_OBJECT_TYPE, "cannot check relation \"%s\"", relation->name),
        "This operation is not supported for %s.", ddl_relation_kind_plural(relation->kind));
}

/* All is checked at the first row. */
static Status heap_start(SetCall *set) {
    FnCall *call = &set->call;
    HeapCheck *check = arena_new(set->scan_arena, HeapCheck);
    set->state = check;
    TRY(check_arguments(call));
    *check = (HeapCheck){.session = call->site->env->session,
                         .arena = set->scan_arena,
                         .stop_at_first = call->args[1].b};
    TRY(check_relation(call, check));
    if (check->relation->store == 0 || check->relation->kind == 'S')
        return STATUS_OK; /* sequences are rows of a catalog */
    TRY(table_open(check->session->mvcc, check->relation->store, &check->table));
    RowId end = table_rowid_high(check->table);
    int64_t blocks = (int64_t)((end + 254) >> 8), first = 0, last = blocks - 1;
    if (blocks == 0)
        return STATUS_OK;
    TRY(block_arg(call, 4, "starting", last, &first));
    TRY(block_arg(call, 5, "ending", last, &last));
    check->low = rowid_of_tid(first << 16 | 1);
    check->high = rowid_of_tid(last << 16 | 256);
    return check_table(check);
}

static Status heap_next(SetCall *set, bool *row_out) {
    HeapCheck *check = set->state;
    *row_out = check->next < check->findings.count;
    if (!*row_out)
        return STATUS_OK;
    const Finding *finding = &check->findings.items[check->next++];
    set->column_nulls[0] = false;
    set->columns[0] = datum_i64(finding->block);
    set_i32(set, 1, finding->offset);
    set_null(set, 2);
    set_text(set, 3, finding->text);
    return STATUS_OK;
}

/* ---- a whole database ---- */

typedef struct DatabaseCheck {
    Session *session;
    DatabaseReport *report;
    Arena arena; /* of a relation */
} DatabaseCheck;

static void found(DatabaseCheck *check, const RelationDesc *relation, const char *text) {
    DatabaseReport *report = check->report;
    report->problems++;
    report->line(report,
                 arena_printf(&check->arena, "%s \"%s\": %s",
                              relation->kind == 'i' ? "index" : "table", relation->name, text));
}

/* An error is what is wrong with the relation, but for those that end every statement. */
static Status take_problem(DatabaseCheck *check, const RelationDesc *relation, Status status) {
    if (status_ok(status) || status.error->severity >= SEV_FATAL)
        return status;
    found(check, relation, status.error->message);
    status_free(status);
    return STATUS_OK;
}

static Status check_index_of(DatabaseCheck *check, const RelationDesc *table,
                             const IndexDesc *index) {
    BtreeFlaw flaw = {0};
    TRY(find_flaw(check->session, index->store, &check->arena, &flaw));
    if (flaw.what != NULL)
        return error(ERR_INDEX_CORRUPTED, "page %u, item %u: %s", flaw.page, flaw.slot, flaw.what);
    if (index->am != OID_AM_BTREE || !index->valid)
        return STATUS_OK;
    CatalogSession *catalog = check->session->catalog;
    SavedRole saved = session_push_role(catalog, table->owner, ROLE_RESTRICTED);
    Status status = check_entries(check->session, &check->arena, table, index, true);
    session_pop_role(catalog, saved);
    return status;
}

static Status check_indexes_of(DatabaseCheck *check, const RelationDesc *table) {
    for (uint16_t i = 0; i < table->index_count; i++) {
        const IndexDesc *index = &table->indexes[i];
        const RelationDesc *relation;
        if (index->store == 0)
            continue;
        TRY(catalog_relation_require(check->session->catalog, index->oid, &relation));
        check->report->indexes++;
        TRY(take_problem(check, relation, check_index_of(check, table, index)));
    }
    return STATUS_OK;
}

static Status check_one(DatabaseCheck *check, Oid oid) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(check->session->catalog, oid, &relation));
    if (relation->store == 0 || strchr("rmt", relation->kind) == NULL)
        return STATUS_OK;
    HeapCheck rows = {.session = check->session,
                      .arena = &check->arena,
                      .relation = relation,
                      .high = UINT64_MAX};
    check->report->tables++;
    TRY(take_problem(check, relation, check_table(&rows)));
    for (size_t i = 0; i < rows.findings.count; i++) {
        const Finding *finding = &rows.findings.items[i];
        found(check, relation,
              arena_printf(&check->arena, "%lld, %d: %s", (long long)finding->block,
                           finding->offset, finding->text));
    }
    /* Rows that cannot be read would be missed in every index again. */
    return rows.findings.count > 0 ? STATUS_OK : check_indexes_of(check, relation);
}

Status amcheck_database(Session *session, DatabaseReport *report) {
    DatabaseCheck check = {.session = session, .report = report};
    CatalogScan *scan;
    CatalogRow *row;
    Arena list;
    VEC(Oid) relations = {0};
    arena_init(&list, &session->account);
    arena_init(&check.arena, &session->account);
    Status status = catalog_scan_open(session->catalog, PG_CLASS, 0, NULL, 0, &list, &scan);
    if (status_ok(status)) {
        while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
            vec_push(&relations, &list, row_oid(row, PG_CLASS_OID));
        catalog_scan_close(scan);
    }
    for (size_t i = 0; status_ok(status) && i < relations.count; i++) {
        status = check_one(&check, relations.items[i]);
        arena_reset(&check.arena);
    }
    arena_destroy(&check.arena);
    arena_destroy(&list);
    return status;
}

static const FnEntry entries[] = {
    SYSFUNC(EXT_AMCHECK_OID, "bt_index_check", fn_index_check),
    SYSFUNC(EXT_AMCHECK_OID + 1, "bt_index_parent_check", fn_index_parent_check),
    {.oid = EXT_AMCHECK_OID + 2,
     .prosrc = "verify_heapam",
     .kind = FN_SET,
     .set_start = heap_start,
     .set_next = heap_next},
};
void ext_amcheck_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
