/*
 * ddl_reindex.c: REINDEX: indexes are built again from their tables, in fresh stores.
 *
 * CONCURRENTLY builds the same way, with waits for other transactions before and after.
 * The catalogs keep their own indexes.
 */
#include "executor/ddl_int.h"

typedef struct Reindex {
    Ddl *ddl;
    const AstReindex *statement;
    bool concurrently, verbose;
    bool moves; /* TABLESPACE was given */
    Oid tablespace;
} Reindex;

static Status read_options(Reindex *reindex) {
    AST_FOREACH(AstOption, option, reindex->statement->options) {
        const char *name;
        if (strcmp(option->name, "verbose") == 0) {
            TRY(ddl_option_bool(option, &reindex->verbose));
        } else if (strcmp(option->name, "concurrently") == 0) {
            TRY(ddl_option_bool(option, &reindex->concurrently));
        } else if (strcmp(option->name, "tablespace") == 0) {
            TRY(ddl_option_string(option, &name));
            reindex->moves = true;
            TRY(tablespace_by_name(reindex->ddl->catalog, name, false, &reindex->tablespace));
        } else {
            return status_at(
                error(ERR_SYNTAX_ERROR, "unrecognized REINDEX option \"%s\"", option->name),
                option->location);
        }
    }
    return STATUS_OK;
}

static Status check_move(const Reindex *reindex, const RelationDesc *relation) {
    if (!reindex->moves)
        return STATUS_OK;
    if (relation->oid < OID_FIRST_NORMAL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot move system relation \"%s\"",
                     relation->index_count > 0 ? relation->indexes[0].name : relation->name);
    if (reindex->tablespace != OID_TABLESPACE_GLOBAL)
        return STATUS_OK;
    return reindex->concurrently
               ? error(ERR_FEATURE_NOT_SUPPORTED,
                       "cannot move non-shared relation to tablespace \"pg_global\"")
               : error(ERR_INVALID_PARAMETER_VALUE,
                       "only shared relations can be placed in pg_global tablespace");
}

static Status move_index(const Reindex *reindex, Oid index) {
    const DatabaseDesc *database;
    CatalogRow row;
    CatalogSession *catalog = reindex->ddl->catalog;
    TRY(catalog_database(catalog, session_database(catalog), &database));
    Oid usual = database == NULL ? OID_TABLESPACE_DEFAULT : database->tablespace;
    TRY(relation_row(catalog, index, reindex->ddl->arena, &row));
    row.values[PG_CLASS_RELTABLESPACE] =
        datum_oid(reindex->tablespace == usual ? OID_INVALID : reindex->tablespace);
    return catalog_update(catalog, PG_CLASS, &row);
}

static Status reindex_one(const Reindex *reindex, const RelationDesc *table,
                          const IndexDesc *index) {
    Ddl *ddl = reindex->ddl;
    StoreId store;
    const char *name = index->name;
    if (table->oid < OID_FIRST_NORMAL)
        return STATUS_OK;
    if (reindex->moves)
        TRY(move_index(reindex, index->oid));
    TRY(index_new_store(ddl->catalog, index->oid, &store));
    catalog_touch_relation(ddl->catalog, table->oid);
    TRY(ddl_build_index(ddl, table->oid, index->oid));
    if (reindex->verbose && !reindex->concurrently)
        ddl->session->ops->notice(
            ddl->session, NOTICE_INFO,
            error(ERR_SUCCESSFUL_COMPLETION, "index \"%s\" was reindexed", name));
    return STATUS_OK;
}

static Status reindex_table(const Reindex *reindex, const RelationDesc *table) {
    TRY(check_move(reindex, table));
    for (uint16_t i = 0; i < table->index_count; i++) {
        const IndexDesc *index = &table->indexes[i];
        if (reindex->concurrently && index->exclusion) {
            ddl_warning(
                reindex->ddl, ERR_FEATURE_NOT_SUPPORTED,
                "cannot reindex exclusion constraint index \"%s.%s\" concurrently, skipping",
                table->nsp_name, index->name);
            continue;
        }
        if (reindex->concurrently && !index->valid) {
            ddl_warning(reindex->ddl, ERR_FEATURE_NOT_SUPPORTED,
                        "cannot reindex invalid index \"%s.%s\" concurrently, skipping",
                        table->nsp_name, index->name);
            continue;
        }
        TRY(reindex_one(reindex, table, index));
    }
    return STATUS_OK;
}

Status ddl_reindex_relation(Ddl *ddl, Oid relation) {
    static const AstReindex plain;
    const RelationDesc *table;
    Reindex reindex = {.ddl = ddl, .statement = &plain};
    TRY(catalog_relation_require(ddl->catalog, relation, &table));
    return reindex_table(&reindex, table);
}

static Status named_table(const Reindex *reindex, const RelationDesc *table) {
    const Oid *all;
    size_t count;
    uint32_t indexes = 0;
    if (strchr("rmp", table->kind) == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table or materialized view",
                     table->name);
    if (reindex->concurrently && table->oid < OID_FIRST_NORMAL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot reindex system catalogs concurrently");
    TRY(relation_descendants(reindex->ddl->catalog, table->oid, reindex->ddl->arena, &all, &count));
    for (size_t i = 0; i < (table->kind == 'p' ? count : 1); i++) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(reindex->ddl->catalog, all[i], &relation));
        if (relation->kind == 'p')
            continue;
        indexes += relation->index_count;
        TRY(reindex_table(reindex, relation));
    }
    if (indexes == 0 && table->kind != 'p')
        ddl_notice(reindex->ddl, ERR_SUCCESSFUL_COMPLETION,
                   reindex->concurrently
                       ? "table \"%s\" has no indexes that can be reindexed concurrently"
                       : "table \"%s\" has no indexes to reindex",
                   table->name);
    return STATUS_OK;
}

/* A partitioned index: those of the partitions. */
static Status reindex_parts(const Reindex *reindex, const RelationDesc *relation) {
    Ddl *ddl = reindex->ddl;
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, relation->oid, ddl->arena, &all, &count));
    for (size_t i = 1; i < count; i++) {
        const IndexDesc *index;
        const RelationDesc *table;
        TRY(catalog_index_desc(ddl->catalog, all[i], &index, &table));
        if (index == NULL || table->kind == 'p')
            continue;
        TRY(relation_lock(ddl->catalog, index->relation, LOCK_SHARE, LOCK_WAIT, NULL));
        TRY(catalog_index_desc(ddl->catalog, all[i], &index, &table));
        if (index != NULL)
            TRY(reindex_one(reindex, table, index));
    }
    return STATUS_OK;
}

static Status named_index(const Reindex *reindex, const RelationDesc *relation) {
    const IndexDesc *index;
    const RelationDesc *table;
    Ddl *ddl = reindex->ddl;
    if (relation->kind != 'i' && relation->kind != 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index", relation->name);
    if (reindex->concurrently && relation->oid < OID_FIRST_NORMAL)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot reindex system catalogs concurrently");
    TRY(check_move(reindex, relation));
    TRY(catalog_index_desc(ddl->catalog, relation->oid, &index, &table));
    if (index == NULL)
        return STATUS_OK;
    if (relation->kind == 'I')
        return reindex_parts(reindex, relation);
    if (reindex->concurrently && index->exclusion)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "concurrent index creation for exclusion constraints is not supported");
    TRY(relation_lock(ddl->catalog, index->relation, LOCK_SHARE, LOCK_WAIT, NULL));
    TRY(catalog_index_desc(ddl->catalog, relation->oid, &index, &table));
    return index == NULL ? STATUS_OK : reindex_one(reindex, table, index);
}

/* ---- SCHEMA, SYSTEM, DATABASE ---- */

static Status check_many(const Reindex *reindex, Oid *nsp_out) {
    Ddl *ddl = reindex->ddl;
    const char *database, *name = reindex->statement->name;
    *nsp_out = OID_INVALID;
    if (reindex->statement->kind == AST_REINDEX_SCHEMA) {
        TRY(namespace_by_name(ddl->catalog, name, false, nsp_out));
        return object_check_owner(ddl->catalog, PG_NAMESPACE, *nsp_out);
    }
    if (reindex->statement->kind == AST_REINDEX_SYSTEM && reindex->concurrently)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot reindex system catalogs concurrently");
    TRY(database_name(ddl->catalog, session_database(ddl->catalog), &database));
    if (name != NULL && strcmp(name, database) != 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "can only reindex the currently open database");
    return object_check_owner(ddl->catalog, PG_DATABASE, session_database(ddl->catalog));
}

static Status reindex_many(const Reindex *reindex) {
    Ddl *ddl = reindex->ddl;
    Oid nsp;
    OidVec list = {0};
    bool warned = false;
    TRY(check_many(reindex, &nsp));
    TRY(ddl_all_relations(ddl, "rm", &list));
    for (size_t i = 0; i < list.count; i++) {
        const RelationDesc *relation;
        TRY(catalog_relation(ddl->catalog, list.items[i], &relation));
        bool system = list.items[i] < OID_FIRST_NORMAL;
        if (relation == NULL || (nsp != OID_INVALID && relation->nsp != nsp) ||
            (system != (reindex->statement->kind == AST_REINDEX_SYSTEM) && nsp == OID_INVALID))
            continue;
        if (system && reindex->concurrently) {
            if (!warned)
                ddl_warning(ddl, ERR_FEATURE_NOT_SUPPORTED,
                            "cannot reindex system catalogs concurrently, skipping all");
            warned = true;
            continue;
        }
        if (system || relation->index_count == 0)
            continue;
        TRY(relation_lock(ddl->catalog, relation->oid, LOCK_SHARE, LOCK_WAIT, NULL));
        TRY(catalog_relation(ddl->catalog, list.items[i], &relation));
        if (relation != NULL)
            TRY(reindex_table(reindex, relation));
    }
    return STATUS_OK;
}

/* Until those that write the table now have ended; then it is locked, as without CONCURRENTLY. */
static Status wait_before(Ddl *ddl, Oid table, const RelationDesc **relation_io) {
    TRY(relation_lock(ddl->catalog, table, LOCK_SHARE_UPDATE_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(relation_wait_holders(ddl->catalog, table, LOCK_SHARE));
    TRY(relation_lock(ddl->catalog, table, LOCK_SHARE, LOCK_WAIT, NULL));
    return catalog_relation_require(ddl->catalog, (*relation_io)->oid, relation_io);
}

/* Others may know the indexes as they were: until they have ended. */
static Status wait_after(Ddl *ddl, Oid table) {
    TRY(ddl_next_transaction(ddl));
    return relation_wait_holders(ddl->catalog, table, LOCK_ACCESS_EXCLUSIVE);
}

static Status execute_reindex(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    Reindex reindex = {.ddl = &ddl, .statement = (const AstReindex *)call->raw->statement};
    static const char *const names[] = {"REINDEX INDEX", "REINDEX TABLE", "REINDEX SCHEMA",
                                        "REINDEX SYSTEM", "REINDEX DATABASE"};
    TRY(read_options(&reindex));
    if (reindex.concurrently)
        TRY(ddl_not_in_block(call, "REINDEX CONCURRENTLY"));
    if (reindex.statement->kind >= AST_REINDEX_SCHEMA) {
        TRY(ddl_not_in_block(call, names[reindex.statement->kind]));
        return reindex_many(&reindex);
    }
    const RelationDesc *relation;
    bool index = reindex.statement->kind == AST_REINDEX_INDEX;
    TRY(ddl_relation(&ddl, reindex.statement->relation,
                     reindex.concurrently ? LOCK_SHARE_UPDATE_EXCLUSIVE
                     : index              ? LOCK_ACCESS_EXCLUSIVE
                                          : LOCK_SHARE,
                     false, &relation));
    TRY(object_check_owner(ddl.catalog, PG_CLASS, relation->oid));
    if (relation->kind == 'p' || relation->kind == 'I') {
        Status s = ddl_not_in_block(call, names[reindex.statement->kind]);
        if (!status_ok(s))
            return status_context(s, "while reindexing partitioned %s \"%s.%s\"",
                                  relation->kind == 'p' ? "table" : "index", relation->nsp_name,
                                  relation->name);
    }
    Oid table = relation->oid;
    if (relation->kind == 'i' && relation->index_count == 1)
        table = relation->indexes[0].relation;
    bool waits = reindex.concurrently && strchr("rmi", relation->kind) != NULL &&
                 table >= OID_FIRST_NORMAL && relation->persistence != 't';
    if (waits)
        TRY(wait_before(&ddl, table, &relation));
    TRY(index ? named_index(&reindex, relation) : named_table(&reindex, relation));
    return waits ? wait_after(&ddl, table) : STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_REINDEX, "REINDEX", UTILITY_WRITES, execute_reindex, NULL},
};

void ddl_reindex_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
