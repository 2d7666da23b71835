/*
 * ddl_concurrent.c: what CONCURRENTLY does in several transactions.
 *
 * An index is made invalid first, and that is committed: what fails later leaves it so, to be dropped
 * or built again. Between the steps come waits for transactions that may not know of the one before:
 * those that write the table before it is built, and those that may still use the index before it
 * goes. They keep nobody else out.
 */
#include "executor/ddl_int.h"

Status ddl_next_transaction(Ddl *ddl) {
    Session *session = ddl->session;
    TRY(session->ops->transaction_end(session, true, false));
    ddl->catalog = session->catalog;
    return STATUS_OK;
}

Status ddl_concurrent_build(Ddl *ddl, Oid index_oid) {
    const IndexDesc *index;
    const RelationDesc *table;
    TRY(catalog_index_desc(ddl->catalog, index_oid, &index, &table));
    if (index == NULL || (index->valid && index->ready) || table->persistence == 't')
        return STATUS_OK;
    Oid relation = table->oid;
    TRY(ddl_next_transaction(ddl));
    TRY(relation_wait_holders(ddl->catalog, relation, LOCK_SHARE));
    TRY(relation_lock(ddl->catalog, relation, LOCK_SHARE, LOCK_WAIT, NULL));
    TRY(catalog_index_desc(ddl->catalog, index_oid, &index, &table));
    if (index == NULL)
        return error(ERR_UNDEFINED_OBJECT, "index with OID %u does not exist", index_oid);
    return ddl_build_index(ddl, relation, index_oid);
}

/* An index that constraints or a partitioned index need is refused before anything is committed. */
static Status is_needed(Ddl *ddl, const IndexDesc *index, bool *yes_out) {
    const RelationDesc *relation;
    DependRow *dependents;
    size_t count;
    TRY(catalog_relation_require(ddl->catalog, index->oid, &relation));
    TRY(depend_list_on(ddl->catalog, object_address(PG_CLASS, index->oid, 0), ddl->arena,
                       &dependents, &count));
    *yes_out = count > 0 || index->constraint != OID_INVALID || relation->is_partition;
    return STATUS_OK;
}

Status ddl_concurrent_drop_index(Ddl *ddl, Oid index_oid) {
    const IndexDesc *index;
    const RelationDesc *table;
    bool needed;
    TRY(catalog_index_desc(ddl->catalog, index_oid, &index, &table));
    if (index == NULL || table->persistence == 't')
        return STATUS_OK;
    TRY(is_needed(ddl, index, &needed));
    if (needed)
        return STATUS_OK;
    Oid relation = table->oid;
    TRY(relation_lock(ddl->catalog, relation, LOCK_SHARE_UPDATE_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(index_set_state(ddl->catalog, index_oid, index->ready, false, true));
    TRY(ddl_next_transaction(ddl));
    TRY(relation_wait_holders(ddl->catalog, relation, LOCK_ACCESS_EXCLUSIVE));
    return relation_lock(ddl->catalog, index_oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL);
}
