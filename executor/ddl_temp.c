/*
 * ddl_temp.c: temporary tables that forget at commit.
 *
 * The session keeps a list of tables with ON COMMIT DELETE ROWS or DROP. It is looked at before each
 * commit, after deferred constraints have run. A table that is gone by then, dropped or never committed,
 * leaves the list; OIDs are not used again meanwhile.
 */
#include "executor/ddl_int.h"

#include "executor/fk.h"

typedef struct OnCommitTable {
    struct OnCommitTable *next;
    Oid relation;
    AstOnCommit action;
} OnCommitTable;

Status ddl_on_commit(Ddl *ddl, Oid relation, AstOnCommit action) {
    if (action == AST_ON_COMMIT_NOOP || action == AST_ON_COMMIT_PRESERVE_ROWS)
        return STATUS_OK;
    Session *session = ddl->session;
    OnCommitTable *table = mem_alloc(&session->account, sizeof(*table));
    *table = (OnCommitTable){session->on_commit, relation, action};
    session->on_commit = table;
    return STATUS_OK;
}

static void remove_table(Session *session, OnCommitTable **link) {
    OnCommitTable *table = *link;
    *link = table->next;
    mem_free(&session->account, table, sizeof(*table));
}

void session_forget_temp(Session *session) {
    while (session->on_commit != NULL)
        remove_table(session, &session->on_commit);
}

static Status any_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    *(bool *)arg = true;
    return error(ERR_SUCCESSFUL_COMPLETION, "enough");
}

static Status has_rows(Ddl *ddl, const RelationDesc *relation, bool *yes_out) {
    *yes_out = false;
    Status status = ddl_each_row(ddl, relation, any_row, yes_out);
    if (!*yes_out)
        return status;
    status_free(status);
    return STATUS_OK;
}

static bool is_emptied(const AddressList *emptied, Oid relation) {
    for (size_t i = 0; i < emptied->count; i++)
        if (emptied->items[i].object == relation)
            return true;
    return false;
}

static Status check_references(Ddl *ddl, const RelationDesc *relation, const AddressList *emptied) {
    for (uint16_t i = 0; i < relation->referencing_count; i++) {
        const RelationDesc *other;
        Oid oid = relation->referencing[i].relation;
        if (is_emptied(emptied, oid))
            continue;
        TRY(catalog_relation_require(ddl->catalog, oid, &other));
        return status_detail(
            error(ERR_FEATURE_NOT_SUPPORTED, "unsupported ON COMMIT and foreign key combination"),
            "Table \"%s\" references \"%s\", but they do not have the same ON COMMIT "
            "setting.",
            other->name, relation->name);
    }
    return STATUS_OK;
}

static Status empty_tables(Ddl *ddl, const AddressList *emptied) {
    for (size_t i = 0; i < emptied->count; i++) {
        const RelationDesc *relation;
        bool rows;
        TRY(catalog_relation_require(ddl->catalog, emptied->items[i].object, &relation));
        TRY(check_references(ddl, relation, emptied));
        TRY(has_rows(ddl, relation, &rows));
        if (rows)
            TRY(ddl_empty_table(ddl, relation->oid));
    }
    return STATUS_OK;
}

static Status forget(Ddl *ddl) {
    Session *session = ddl->session;
    AddressList emptied = {0}, dropped = {0};
    for (OnCommitTable **link = &session->on_commit; *link != NULL;) {
        const RelationDesc *relation;
        TRY(catalog_relation(ddl->catalog, (*link)->relation, &relation));
        if (relation == NULL) {
            remove_table(session, link);
            continue;
        }
        ObjectAddress address = object_address(PG_CLASS, relation->oid, 0);
        if ((*link)->action == AST_ON_COMMIT_DELETE_ROWS)
            vec_push(&emptied, ddl->arena, address);
        else
            vec_push(&dropped, ddl->arena, address);
        link = &(*link)->next;
    }
    TRY(empty_tables(ddl, &emptied));
    if (dropped.count == 0)
        return STATUS_OK;
    return object_drop(ddl->catalog, dropped.items, dropped.count, DROP_CASCADE,
                       DROP_INTERNAL | DROP_QUIET);
}

Status session_before_commit(Session *session) {
    if (session->on_commit == NULL)
        return STATUS_OK;
    TRY(fk_run_deferred(session, NULL, 0, true));
    Arena arena;
    arena_init(&arena, &session->account);
    Ddl ddl = {.session = session, .catalog = session->catalog, .arena = &arena};
    Status status = forget(&ddl);
    arena_destroy(&arena);
    return status;
}
