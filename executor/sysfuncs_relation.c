/* sysfuncs_relation.c: sequences, sizes, partitions, properties of relations. */
#include "executor/sysfuncs_int.h"

#include "planner/planner.h"

#include "engine/btree.h"
#include "mvcc/index.h"

/* ---- sequences ---- */

static Status sequence_of(FnCall *call, Oid oid, const RelationDesc **rel_out) {
    TRY(catalog_relation(call_catalog(call), oid, rel_out));
    if (*rel_out == NULL)
        return error(ERR_UNDEFINED_TABLE, "could not open relation with OID %u", oid);
    if ((*rel_out)->sequence == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", (*rel_out)->name);
    return STATUS_OK;
}

static Status check_sequence(FnCall *call, const RelationDesc *rel, uint32_t mask) {
    CatalogSession *session = call_catalog(call);
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(session, PG_CLASS, rel->oid, session_role(session), mask, &held, &missing));
    if (held == 0)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied for sequence %s", rel->name);
    return STATUS_OK;
}

static Status check_writable(FnCall *call, const RelationDesc *rel, const char *command) {
    Txn *txn = session_txn(call_catalog(call));
    if (txn_read_only(txn) && rel->persistence != 't')
        return error(ERR_READ_ONLY_SQL_TRANSACTION, "cannot execute %s in a read-only transaction",
                     command);
    return STATUS_OK;
}

static Status fn_nextval(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    TRY(relation_lock(session, arg_oid(call, 0), LOCK_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(sequence_of(call, arg_oid(call, 0), &rel));
    TRY(check_sequence(call, rel, ACL_USAGE | ACL_UPDATE));
    TRY(check_writable(call, rel, "nextval()"));
    return sequence_next(session, rel, &call->result.i64);
}

static Status fn_currval(FnCall *call) {
    const RelationDesc *rel;
    TRY(sequence_of(call, arg_oid(call, 0), &rel));
    TRY(check_sequence(call, rel, ACL_USAGE | ACL_SELECT));
    return sequence_current(call_catalog(call), rel, &call->result.i64);
}

static Status fn_lastval(FnCall *call) {
    Oid oid;
    const RelationDesc *rel;
    TRY(sequence_last(call_catalog(call), &oid, &call->result.i64));
    TRY(sequence_of(call, oid, &rel));
    return check_sequence(call, rel, ACL_USAGE | ACL_SELECT);
}

static Status set_value(FnCall *call, bool is_called) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    TRY(relation_lock(session, arg_oid(call, 0), LOCK_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(sequence_of(call, arg_oid(call, 0), &rel));
    TRY(check_sequence(call, rel, ACL_UPDATE));
    TRY(check_writable(call, rel, "setval()"));
    TRY(sequence_set(session, rel, call->args[1].i64, is_called));
    return give_i64(call, call->args[1].i64);
}
static Status fn_setval(FnCall *call) { return set_value(call, true); }
static Status fn_setval3(FnCall *call) { return set_value(call, call->args[2].b); }

static Status fn_sequence_last_value(FnCall *call) {
    const RelationDesc *rel;
    int64_t log_count;
    bool is_called;
    TRY(sequence_of(call, arg_oid(call, 0), &rel));
    TRY(check_sequence(call, rel, ACL_SELECT | ACL_USAGE));
    TRY(sequence_read(call_catalog(call), rel, &call->result.i64, &log_count, &is_called));
    call->result_null = !is_called;
    return STATUS_OK;
}

static Status fn_sequence_parameters(FnCall *call) {
    static const Oid types[] = {OID_INT8, OID_INT8, OID_INT8, OID_INT8,
                                OID_BOOL, OID_INT8, OID_OID};
    static const PhysType phys[] = {PHYS_I64,  PHYS_I64, PHYS_I64, PHYS_I64,
                                    PHYS_BYTE, PHYS_I64, PHYS_I32};
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL)
        return error(ERR_UNDEFINED_TABLE, "relation with OID %u does not exist", arg_oid(call, 0));
    TRY(check_sequence(call, rel, ACL_SELECT | ACL_UPDATE | ACL_USAGE));
    if (rel->sequence == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for sequence %u", rel->oid);
    const SequenceDesc *s = rel->sequence;
    Datum values[] = {datum_i64(s->start),     datum_i64(s->min),    datum_i64(s->max),
                      datum_i64(s->increment), datum_bool(s->cycle), datum_i64(s->cache),
                      datum_oid(s->type)};
    return record_build(call->arena, OID_RECORD, -1, ARRAY_LEN(types), types, phys, values, NULL,
                        &call->result);
}

static Status fn_serial_sequence(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const char *const *parts, *column_name = arg_text(call, 1), *text;
    uint32_t part_count;
    Oid oid;
    const RelationDesc *rel;
    const Oid *sequences;
    size_t count;
    TRY(name_parse(call->arena, call->args[0].str.data, call->args[0].str.len, &parts,
                   &part_count));
    TRY(relation_by_name(session, part_count == 3 ? parts[0] : NULL,
                         part_count >= 2 ? parts[part_count - 2] : NULL, parts[part_count - 1],
                         false, &oid));
    TRY(catalog_relation_require(session, oid, &rel));
    const ColumnDesc *column = relation_column(rel, column_name);
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                     column_name, rel->name);
    TRY(depend_owned_sequences(session, oid, column->attnum, 0, call->arena, &sequences, &count));
    if (count == 0)
        return give_null(call);
    TRY(catalog_relation_require(session, sequences[0], &rel));
    text = quote_qualified(session, call->arena, rel->nsp_name, rel->name);
    return give_text(call, text);
}

/* ---- sizes ---- */

/* Bytes of a relation's own store; -1: there is no such relation. */
static Status store_bytes(FnCall *call, Oid oid, int64_t *bytes_out) {
    CatalogSession *session = call_catalog(call);
    Engine *engine = mvcc_engine(catalog_mvcc(session_catalog(session)));
    const RelationDesc *rel;
    Btree *tree;
    *bytes_out = -1;
    TRY(catalog_relation(session, oid, &rel));
    if (rel == NULL)
        return STATUS_OK;
    *bytes_out = 0;
    if (rel->store == 0 || !engine_store_exists(engine, rel->store))
        return STATUS_OK;
    TRY(engine_store_open(engine, rel->store, &tree));
    *bytes_out = (int64_t)btree_page_count(tree) * PAGE_BYTES;
    return STATUS_OK;
}

static Status add_indexes(FnCall *call, Oid oid, int64_t *bytes) {
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), oid, &rel));
    for (unsigned i = 0; rel != NULL && i < rel->index_count; i++) {
        int64_t one;
        if (rel->indexes[i].oid == oid)
            continue;
        TRY(store_bytes(call, rel->indexes[i].oid, &one));
        *bytes += MAX(one, 0);
    }
    return STATUS_OK;
}

static Status fn_relation_size(FnCall *call) {
    static const char *const forks[] = {"main", "fsm", "vm", "init"};
    const char *fork = arg_text(call, 1);
    unsigned at = 0;
    while (at < ARRAY_LEN(forks) && strcmp(forks[at], fork) != 0)
        at++;
    if (at == ARRAY_LEN(forks))
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE, "invalid fork name"),
                           "Valid fork names are \"main\", \"fsm\", \"vm\", and \"init\".");
    int64_t bytes;
    TRY(store_bytes(call, arg_oid(call, 0), &bytes));
    return bytes < 0 ? give_null(call) : give_i64(call, at == 0 ? bytes : 0);
}

static Status fn_table_size(FnCall *call) {
    int64_t bytes;
    TRY(store_bytes(call, arg_oid(call, 0), &bytes));
    return bytes < 0 ? give_null(call) : give_i64(call, bytes);
}

static Status fn_indexes_size(FnCall *call) {
    int64_t bytes = 0, self;
    TRY(store_bytes(call, arg_oid(call, 0), &self));
    if (self < 0)
        return give_null(call);
    TRY(add_indexes(call, arg_oid(call, 0), &bytes));
    return give_i64(call, bytes);
}

static Status fn_total_size(FnCall *call) {
    int64_t bytes;
    TRY(store_bytes(call, arg_oid(call, 0), &bytes));
    if (bytes < 0)
        return give_null(call);
    TRY(add_indexes(call, arg_oid(call, 0), &bytes));
    return give_i64(call, bytes);
}

/* All databases lie in one file: a database's size is its share, as its stores tell; for another
 * database than the session's that is unknown without reading its catalogs, so the file counts. */
static Status database_size(FnCall *call, Oid database) {
    CatalogSession *session = call_catalog(call);
    EngineStats stats;
    if (database != session_database(session)) {
        engine_stats(mvcc_engine(catalog_mvcc(session_catalog(session))), &stats);
        return give_i64(call, (int64_t)(stats.file_pages - stats.free_pages) * PAGE_BYTES);
    }
    CatalogScan *scan;
    CatalogRow *row;
    int64_t total = 0;
    Status status;
    TRY(catalog_scan_open(session, PG_CLASS, 0, NULL, 0, call->arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &row)) && row != NULL) {
        int64_t bytes;
        if (!status_ok(status = store_bytes(call, row_oid(row, PG_CLASS_OID), &bytes)))
            break;
        total += MAX(bytes, 0);
    }
    catalog_scan_close(scan);
    return status_ok(status) ? give_i64(call, total) : status;
}
static Status fn_database_size_oid(FnCall *call) {
    const DatabaseDesc *desc;
    TRY(catalog_database(call_catalog(call), arg_oid(call, 0), &desc));
    return desc == NULL ? give_null(call) : database_size(call, desc->oid);
}
static Status fn_database_size_name(FnCall *call) {
    Oid database;
    TRY(database_by_name(call_catalog(call), arg_text(call, 0), false, &database));
    return database_size(call, database);
}

static Status tablespace_size(FnCall *call, Oid tablespace) {
    EngineStats stats;
    if (tablespace != OID_TABLESPACE_DEFAULT)
        return give_i64(call, 0);
    engine_stats(mvcc_engine(catalog_mvcc(session_catalog(call_catalog(call)))), &stats);
    return give_i64(call, (int64_t)stats.file_pages * PAGE_BYTES);
}
static Status fn_tablespace_size_oid(FnCall *call) {
    const TablespaceDesc *desc;
    TRY(catalog_tablespace(call_catalog(call), arg_oid(call, 0), &desc));
    return desc == NULL ? give_null(call) : tablespace_size(call, desc->oid);
}
static Status fn_tablespace_size_name(FnCall *call) {
    Oid tablespace;
    TRY(tablespace_by_name(call_catalog(call), arg_text(call, 0), false, &tablespace));
    return tablespace_size(call, tablespace);
}
static Status fn_tablespace_location(FnCall *call) { return give_text(call, ""); }

static Status fn_relation_filenode(FnCall *call) {
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    return give_oid_or_null(call, rel != NULL ? rel->store : 0);
}

static Status fn_relation_filepath(FnCall *call) {
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL || rel->store == 0)
        return give_null(call);
    if (rel->is_shared)
        return give_text(call, arena_printf(call->arena, "global/%u", rel->store));
    return give_text(call, arena_printf(call->arena, "base/%u/%u",
                                        session_database(call_catalog(call)), rel->store));
}

static Status fn_filenode_relation(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    Oid found = 0;
    CatalogScan *scan;
    CatalogRow *row;
    Status status;
    TRY(catalog_scan_open(session, PG_CLASS, 0, NULL, 0, call->arena, &scan));
    while (found == 0 && status_ok(status = catalog_scan_next(scan, &row)) && row != NULL)
        if (row_oid(row, PG_CLASS_RELFILENODE) == arg_oid(call, 1) && arg_oid(call, 1) != 0)
            found = row_oid(row, PG_CLASS_OID);
    catalog_scan_close(scan);
    return give_oid_or_null(call, found);
}

/* ---- partitions ---- */

static Status parent_of(CatalogSession *session, Oid relation, Oid *parent_out) {
    const RelationDesc *rel;
    *parent_out = 0;
    TRY(catalog_relation(session, relation, &rel));
    if (rel != NULL && rel->is_partition && rel->parent_count > 0)
        *parent_out = rel->parents[0];
    return STATUS_OK;
}

static bool takes_part(const RelationDesc *rel) {
    return rel != NULL && (rel->is_partition || rel->kind == 'p' || rel->kind == 'I');
}

static Status fn_partition_root(FnCall *call) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    Oid root = arg_oid(call, 0), parent;
    TRY(catalog_relation(session, root, &rel));
    if (!takes_part(rel))
        return give_null(call);
    for (;;) {
        TRY(parent_of(session, root, &parent));
        if (parent == 0)
            return give_oid(call, root);
        root = parent;
    }
}

typedef struct OidList {
    const Oid *items;
    size_t count, next;
    Oid root;
} OidList;

static Status tree_start(SetCall *set) {
    OidList *list = arena_new(set->scan_arena, OidList);
    CatalogSession *session = call_catalog(&set->call);
    const RelationDesc *rel;
    set->state = list;
    list->root = arg_oid(&set->call, 0);
    TRY(catalog_relation(session, list->root, &rel));
    return takes_part(rel) ? relation_descendants(session, list->root, set->scan_arena,
                                                  &list->items, &list->count)
                           : STATUS_OK;
}

static Status tree_next(SetCall *set, bool *row_out) {
    OidList *list = set->state;
    CatalogSession *session = call_catalog(&set->call);
    *row_out = list->next < list->count;
    if (!*row_out)
        return STATUS_OK;
    Oid oid = list->items[list->next++], parent, up;
    const RelationDesc *rel;
    int32_t level = 0;
    TRY(catalog_relation_require(session, oid, &rel));
    TRY(parent_of(session, oid, &parent));
    for (up = oid; up != list->root && up != 0; level++)
        TRY(parent_of(session, up, &up));
    set_oid(set, 0, oid);
    set_oid(set, 1, parent);
    set->column_nulls[1] = parent == 0;
    set_bool(set, 2, rel->kind != 'p' && rel->kind != 'I');
    set_i32(set, 3, level);
    return STATUS_OK;
}

static Status ancestors_start(SetCall *set) {
    OidList *list = arena_new(set->scan_arena, OidList);
    const RelationDesc *rel;
    set->state = list;
    TRY(catalog_relation(call_catalog(&set->call), arg_oid(&set->call, 0), &rel));
    list->root = takes_part(rel) ? arg_oid(&set->call, 0) : 0;
    return STATUS_OK;
}

static Status ancestors_next(SetCall *set, bool *row_out) {
    OidList *list = set->state;
    *row_out = list->root != 0;
    if (!*row_out)
        return STATUS_OK;
    set_oid(set, 0, list->root);
    return parent_of(call_catalog(&set->call), list->root, &list->root);
}

/* ---- properties of access methods and indexes ---- */

static bool btree_like(Oid am) { return am == OID_AM_BTREE; }

/* *known_out false: no such property. */
static bool am_property(const AmDesc *desc, const char *name, bool *known_out) {
    Oid am = desc->oid;
    *known_out = true;
    if (strcmp(name, "can_order") == 0)
        return btree_like(am);
    if (strcmp(name, "can_unique") == 0)
        return btree_like(am);
    if (strcmp(name, "can_multi_col") == 0)
        return am != OID_AM_HASH && am != OID_AM_SPGIST;
    if (strcmp(name, "can_exclude") == 0)
        return am != OID_AM_GIN && am != OID_AM_BRIN && !am_is_bloom(desc);
    if (strcmp(name, "can_include") == 0)
        return am == OID_AM_BTREE || am == OID_AM_GIST || am == OID_AM_SPGIST;
    *known_out = false;
    return false;
}

static const char *lower(FnCall *call, int arg) {
    char *text = arena_strdup(call->arena, arg_text(call, arg));
    for (char *p = text; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    return text;
}

static Status fn_am_property(FnCall *call) {
    const AmDesc *am;
    bool known;
    TRY(catalog_am(call_catalog(call), arg_oid(call, 0), &am));
    if (am == NULL || am->type != 'i')
        return give_null(call);
    bool yes = am_property(am, lower(call, 1), &known);
    return known ? give_bool(call, yes) : give_null(call);
}

static Status fn_index_property(FnCall *call) {
    const IndexDesc *index;
    const char *name = lower(call, 1);
    TRY(catalog_index_desc(call_catalog(call), arg_oid(call, 0), &index, NULL));
    if (index == NULL)
        return give_null(call);
    const AmDesc *am;
    TRY(catalog_am(call_catalog(call), index->am, &am));
    bool btree = index->am == OID_AM_BTREE;
    if (strcmp(name, "clusterable") == 0)
        return give_bool(call, btree || index->am == OID_AM_GIST);
    if (strcmp(name, "index_scan") == 0)
        return give_bool(call,
                         index->am != OID_AM_GIN && index->am != OID_AM_BRIN && !am_is_bloom(am));
    if (strcmp(name, "bitmap_scan") == 0)
        return give_bool(call, true);
    if (strcmp(name, "backward_scan") == 0)
        return give_bool(call, btree || index->am == OID_AM_HASH);
    return give_null(call);
}

static Status fn_column_property(FnCall *call) {
    const IndexDesc *index;
    const char *name = lower(call, 2);
    int32_t n = call->args[1].i32;
    TRY(catalog_index_desc(call_catalog(call), arg_oid(call, 0), &index, NULL));
    if (index == NULL || n < 1 || n > index->column_count)
        return give_null(call);
    bool key = n <= index->key_count, btree = index->am == OID_AM_BTREE;
    int16_t options = key ? index->options[n - 1] : 0;
    bool ordered = key && btree;
    if (strcmp(name, "asc") == 0)
        return key ? give_bool(call, ordered && !(options & INDEX_OPTION_DESC)) : give_null(call);
    if (strcmp(name, "desc") == 0)
        return key ? give_bool(call, ordered && (options & INDEX_OPTION_DESC)) : give_null(call);
    if (strcmp(name, "nulls_first") == 0)
        return key ? give_bool(call, ordered && (options & INDEX_OPTION_NULLS_FIRST))
                   : give_null(call);
    if (strcmp(name, "nulls_last") == 0)
        return key ? give_bool(call, ordered && !(options & INDEX_OPTION_NULLS_FIRST))
                   : give_null(call);
    if (strcmp(name, "orderable") == 0)
        return give_bool(call, ordered);
    if (strcmp(name, "distance_orderable") == 0)
        return give_bool(call, false);
    if (strcmp(name, "returnable") == 0)
        return give_bool(call, btree);
    if (strcmp(name, "search_array") == 0 || strcmp(name, "search_nulls") == 0)
        return key ? give_bool(call, btree) : give_null(call);
    return give_null(call);
}

/* ---- updatability ---- */

/* Bits of (1 << CmdType): 4 UPDATE, 8 INSERT, 16 DELETE. */
static Status fn_relation_is_updatable(FnCall *call) {
    unsigned events;
    TRY(view_events(call->site->env, call->arena, arg_oid(call, 0), 0, call->args[1].b, &events));
    return give_i32(call, (int32_t)events);
}

static Status fn_column_is_updatable(FnCall *call) {
    unsigned events, needed = VIEW_UPDATE | VIEW_DELETE;
    if (call->args[1].i16 <= 0)
        return give_bool(call, false);
    if (call->args[1].i16 > INT16_MAX - 7) /* no column has such a number */
        return error(ERR_INTERNAL_ERROR, "negative bitmapset member not allowed");
    TRY(view_events(call->site->env, call->arena, arg_oid(call, 0), call->args[1].i16,
                    call->args[2].b, &events));
    return give_bool(call, (events & needed) == needed);
}

static Status fn_is_publishable(FnCall *call) {
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL)
        return give_null(call);
    return give_bool(call, (rel->kind == 'r' || rel->kind == 'p') && rel->persistence == 'p' &&
                               rel->oid >= OID_FIRST_NORMAL);
}

static Status fn_replica_identity(FnCall *call) {
    const RelationDesc *rel;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL)
        return error(ERR_INTERNAL_ERROR, "could not open relation with OID %u", arg_oid(call, 0));
    Oid index = 0;
    for (unsigned i = 0; rel != NULL && i < rel->index_count; i++)
        if (rel->replica_identity == 'i' ? rel->indexes[i].replica_identity
                                         : rel->replica_identity == 'd' && rel->primary == (int)i)
            index = rel->indexes[i].oid;
    return give_oid_or_null(call, index);
}

/* ---- options: "name=value" to rows ---- */

typedef struct Options {
    const char *const *items;
    uint32_t count, next;
} Options;

static Status options_start(SetCall *set) {
    Options *options = arena_new(set->scan_arena, Options);
    set->state = options;
    options->items = row_get_texts(set->scan_arena, set->call.args[0], &options->count);
    return STATUS_OK;
}
static Status options_next(SetCall *set, bool *row_out) {
    Options *options = set->state;
    *row_out = options->next < options->count;
    if (!*row_out)
        return STATUS_OK;
    const char *item = options->items[options->next++], *equals = strchr(item, '=');
    set->column_nulls[0] = false;
    set->columns[0] = datum_str(item, equals != NULL ? (size_t)(equals - item) : strlen(item));
    set_text(set, 1, equals != NULL ? equals + 1 : NULL);
    return STATUS_OK;
}

/* ---- pg_get_publication_tables ---- */

typedef struct PublishedRow {
    Oid relation;
    CatalogRow *member; /* NULL: all columns, no filter */
} PublishedRow;
typedef struct PublishedRows {
    VEC(PublishedRow) rows;
    size_t next;
    bool all_tables, via_root;
    Oid publication;
} PublishedRows;

static void add_published(SetCall *set, PublishedRows *rows, Oid relation, CatalogRow *member) {
    for (size_t i = 0; i < rows->rows.count; i++)
        if (rows->rows.items[i].relation == relation)
            return;
    PublishedRow row = {relation, member};
    vec_push(&rows->rows, set->scan_arena, row);
}

/* A partitioned table counts as itself where changes are published as the root's, else its leaves do. */
static Status expand_published(SetCall *set, PublishedRows *rows, Oid relation,
                               CatalogRow *member) {
    CatalogSession *catalog = call_catalog(&set->call);
    const RelationDesc *desc;
    TRY(catalog_relation(catalog, relation, &desc));
    if (desc == NULL || (desc->kind != 'r' && desc->kind != 'p') || desc->persistence != 'p')
        return STATUS_OK;
    if (desc->kind == 'r' || rows->via_root) {
        add_published(set, rows, relation, member);
        return STATUS_OK;
    }
    const Oid *all;
    size_t count;
    TRY(relation_descendants(catalog, relation, set->scan_arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(catalog_relation(catalog, all[i], &desc));
        if (desc != NULL && desc->kind == 'r')
            add_published(set, rows, all[i], NULL);
    }
    return STATUS_OK;
}

static bool in_published_schema(const CatalogRow *schemas, size_t count, const PublishedRows *rows,
                                Oid nsp) {
    for (size_t i = 0; i < count; i++)
        if (row_oid(&schemas[i], PG_PUBLICATION_NAMESPACE_PNPUBID) == rows->publication &&
            row_oid(&schemas[i], PG_PUBLICATION_NAMESPACE_PNNSPID) == nsp)
            return true;
    return false;
}

/* Of every table, or of the schemas published whole. */
static Status published_by_schema(SetCall *set, PublishedRows *rows) {
    CatalogSession *catalog = call_catalog(&set->call);
    CatalogScan *scan;
    CatalogRow *each;
    Status status;
    VEC(CatalogRow) schemas = {0};
    VEC(Oid) relations = {0};
    TRY(catalog_scan_open(catalog, PG_PUBLICATION_NAMESPACE, 0, NULL, 0, set->scan_arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &each)) && each != NULL)
        vec_push(&schemas, set->scan_arena, *each);
    catalog_scan_close(scan);
    TRY(status);
    TRY(catalog_scan_open(catalog, PG_CLASS, 0, NULL, 0, set->scan_arena, &scan));
    while (status_ok(status = catalog_scan_next(scan, &each)) && each != NULL) {
        bool partition = each->values[PG_CLASS_RELISPARTITION].b;
        if (row_oid(each, PG_CLASS_OID) < OID_FIRST_NORMAL ||
            (partition && rows->via_root && rows->all_tables))
            continue;
        if (rows->all_tables || in_published_schema(schemas.items, schemas.count, rows,
                                                    row_oid(each, PG_CLASS_RELNAMESPACE)))
            vec_push(&relations, set->scan_arena, row_oid(each, PG_CLASS_OID));
    }
    catalog_scan_close(scan);
    TRY(status);
    for (size_t i = 0; i < relations.count; i++)
        TRY(expand_published(set, rows, relations.items[i], NULL));
    return STATUS_OK;
}

static bool is_published(const PublishedRows *rows, Oid relation) {
    for (size_t i = 0; i < rows->rows.count; i++)
        if (rows->rows.items[i].relation == relation)
            return true;
    return false;
}

/* What is published as an ancestor's does not count by itself. */
static Status drop_covered(SetCall *set, PublishedRows *rows) {
    size_t kept = 0;
    PublishedRow *all = arena_array(set->scan_arena, PublishedRow, rows->rows.count + 1);
    for (size_t i = 0; i < rows->rows.count; i++) {
        const RelationDesc *at;
        bool covered = false;
        TRY(catalog_relation(call_catalog(&set->call), rows->rows.items[i].relation, &at));
        while (at != NULL && at->is_partition && at->parent_count > 0 && !covered) {
            covered = is_published(rows, at->parents[0]);
            TRY(catalog_relation(call_catalog(&set->call), at->parents[0], &at));
        }
        if (!covered)
            all[kept++] = rows->rows.items[i];
    }
    rows->rows.items = all;
    rows->rows.count = kept;
    return STATUS_OK;
}

static Status published_start(SetCall *set) {
    CatalogSession *catalog = call_catalog(&set->call);
    PublishedRows *rows = arena_new(set->scan_arena, PublishedRows);
    const char *name = arg_text(&set->call, 0);
    CatalogRow row, *members;
    size_t count;
    bool found;
    set->state = rows;
    TRY(catalog_find_name(catalog, PG_PUBLICATION_PUBNAME_INDEX, name, OID_INVALID, set->scan_arena,
                          &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "publication \"%s\" does not exist", name);
    rows->publication = row_oid(&row, PG_PUBLICATION_OID);
    rows->all_tables = row.values[PG_PUBLICATION_PUBALLTABLES].b;
    rows->via_root = row.values[PG_PUBLICATION_PUBVIAROOT].b;
    if (!rows->all_tables) {
        Datum key = datum_oid(rows->publication);
        TRY(catalog_find_all(catalog, PG_PUBLICATION_REL_PRPUBID_INDEX, &key, 1, set->scan_arena,
                             &members, &count));
        for (size_t i = 0; i < count; i++)
            TRY(expand_published(set, rows, row_oid(&members[i], PG_PUBLICATION_REL_PRRELID),
                                 &members[i]));
    }
    TRY(published_by_schema(set, rows));
    return rows->via_root ? drop_covered(set, rows) : STATUS_OK;
}

static Status published_attributes(SetCall *set, Oid relation, Datum *vector_out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(call_catalog(&set->call), relation, &desc));
    int16_t *numbers = arena_array(set->scan_arena, int16_t, desc->column_count + 1);
    uint32_t count = 0;
    for (uint16_t i = 0; i < desc->column_count; i++)
        if (!desc->columns[i].dropped)
            numbers[count++] = desc->columns[i].attnum;
    *vector_out = row_int2_vector(set->scan_arena, numbers, count);
    return STATUS_OK;
}

static Status published_next(SetCall *set, bool *row_out) {
    PublishedRows *rows = set->state;
    *row_out = rows->next < rows->rows.count;
    if (!*row_out)
        return STATUS_OK;
    const PublishedRow *row = &rows->rows.items[rows->next++];
    const CatalogRow *member = row->member;
    set->column_nulls[0] = set->column_nulls[1] = false;
    set->columns[0] = datum_oid(row->relation);
    if (member != NULL && !member->nulls[PG_PUBLICATION_REL_PRATTRS])
        set->columns[1] = member->values[PG_PUBLICATION_REL_PRATTRS];
    else
        TRY(published_attributes(set, row->relation, &set->columns[1]));
    set->column_nulls[2] = member == NULL || member->nulls[PG_PUBLICATION_REL_PRQUAL];
    if (!set->column_nulls[2])
        set->columns[2] = member->values[PG_PUBLICATION_REL_PRQUAL];
    return STATUS_OK;
}

static const FnEntry entries[] = {
    SYSFUNC_SET(6119, "pg_get_publication_tables", published_start, published_next),
    SYSFUNC(1574, "nextval_oid", fn_nextval),
    SYSFUNC(1575, "currval_oid", fn_currval),
    SYSFUNC(1576, "setval_oid", fn_setval),
    SYSFUNC(1765, "setval3_oid", fn_setval3),
    SYSFUNC(2559, "lastval", fn_lastval),
    SYSFUNC(4032, "pg_sequence_last_value", fn_sequence_last_value),
    SYSFUNC(3078, "pg_sequence_parameters", fn_sequence_parameters),
    SYSFUNC(1665, "pg_get_serial_sequence", fn_serial_sequence),
    SYSFUNC(2332, "pg_relation_size", fn_relation_size),
    SYSFUNC(2325, "pg_relation_size_main", fn_table_size),
    SYSFUNC(2997, "pg_table_size", fn_table_size),
    SYSFUNC(2998, "pg_indexes_size", fn_indexes_size),
    SYSFUNC(2286, "pg_total_relation_size", fn_total_size),
    SYSFUNC(2324, "pg_database_size_oid", fn_database_size_oid),
    SYSFUNC(2168, "pg_database_size_name", fn_database_size_name),
    SYSFUNC(2322, "pg_tablespace_size_oid", fn_tablespace_size_oid),
    SYSFUNC(2323, "pg_tablespace_size_name", fn_tablespace_size_name),
    SYSFUNC(3778, "pg_tablespace_location", fn_tablespace_location),
    SYSFUNC(2999, "pg_relation_filenode", fn_relation_filenode),
    SYSFUNC(3034, "pg_relation_filepath", fn_relation_filepath),
    SYSFUNC(3454, "pg_filenode_relation", fn_filenode_relation),
    SYSFUNC(3424, "pg_partition_root", fn_partition_root),
    SYSFUNC_SET(3423, "pg_partition_tree", tree_start, tree_next),
    SYSFUNC_SET(3425, "pg_partition_ancestors", ancestors_start, ancestors_next),
    SYSFUNC(636, "pg_indexam_has_property", fn_am_property),
    SYSFUNC(637, "pg_index_has_property", fn_index_property),
    SYSFUNC(638, "pg_index_column_has_property", fn_column_property),
    SYSFUNC(3842, "pg_relation_is_updatable", fn_relation_is_updatable),
    SYSFUNC(3843, "pg_column_is_updatable", fn_column_is_updatable),
    SYSFUNC(6121, "pg_relation_is_publishable", fn_is_publishable),
    SYSFUNC(6120, "pg_get_replica_identity_index", fn_replica_identity),
    SYSFUNC_SET(2289, "pg_options_to_table", options_start, options_next),
};

void sysfuncs_relation_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
