/* exec_check.c: what must hold before a plan runs: locks, its validity, rights, transaction mode. */
#include "executor/exec_int.h"

Status exec_lock_relations(Session *session, const PlannedStatement *statement, bool *valid_out) {
    *valid_out = false;
    for (uint32_t i = 0; i < statement->relation_count; i++) {
        const PlanRelation *r = &statement->relations[i];
        if (r->lock_mode != 0)
            TRY(relation_lock(session->catalog, r->relation, (LockMode)r->lock_mode, LOCK_WAIT,
                              NULL));
    }
    for (uint32_t i = 0; i < statement->relation_count; i++) {
        const PlanRelation *r = &statement->relations[i];
        const RelationDesc *desc;
        if (r->version == 0)
            continue;
        TRY(catalog_relation(session->catalog, r->relation, &desc));
        if (desc == NULL || desc->desc.version != r->version)
            return STATUS_OK;
    }
    *valid_out = true;
    return STATUS_OK;
}

/* ---- rights ---- */

static Status columns_allowed(Session *session, Oid relation, Oid role, const BitSet *columns,
                              uint32_t right, bool *allowed_out) {
    const RelationDesc *desc;
    uint32_t held;
    *allowed_out = false;
    TRY(catalog_relation_require(session->catalog, relation, &desc));
    if (bitset_empty(columns)) { /* SELECT count(*): a right on any column will do */
        for (uint16_t i = 0; i < desc->column_count && !*allowed_out; i++) {
            if (desc->columns[i].dropped)
                continue;
            TRY(column_acl_mask(session->catalog, relation, desc->columns[i].attnum, role, right,
                                &held));
            *allowed_out = held != 0;
        }
        return STATUS_OK;
    }
    for (int member = bitset_next(columns, -1); member >= 0;
         member = bitset_next(columns, member)) {
        int attno = member - ATTNO_OFFSET;
        int first = attno == 0 ? 1 : attno, last = attno == 0 ? desc->column_count : attno;
        for (int a = first; a <= last; a++) {
            if (attno == 0 && desc->columns[a - 1].dropped)
                continue;
            TRY(column_acl_mask(session->catalog, relation, (int16_t)a, role, right, &held));
            if (held == 0)
                return STATUS_OK;
        }
    }
    *allowed_out = true;
    return STATUS_OK;
}

static Status check_relation(Session *session, const PlanPermission *p) {
    Oid role = p->check_as_user != 0 ? p->check_as_user : session_role(session->catalog);
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(session->catalog, PG_CLASS, p->relation, role, p->rights, &held, &missing));
    uint32_t lacking = p->rights & ~held;
    if (lacking == 0)
        return STATUS_OK;
    const struct {
        uint32_t right;
        const BitSet *columns;
    } by_column[] = {{ACL_SELECT, p->selected_columns},
                     {ACL_INSERT, p->inserted_columns},
                     {ACL_UPDATE, p->updated_columns}};
    for (size_t i = 0; i < ARRAY_LEN(by_column); i++) {
        bool allowed = false;
        if (!(lacking & by_column[i].right))
            continue;
        TRY(columns_allowed(session, p->relation, role, by_column[i].columns, by_column[i].right,
                            &allowed));
        if (allowed)
            lacking &= ~by_column[i].right;
    }
    return lacking == 0 ? STATUS_OK : acl_error_denied(session->catalog, PG_CLASS, p->relation);
}

Status exec_check_permissions(Session *session, const PlannedStatement *statement) {
    for (uint32_t i = 0; i < statement->permission_count; i++)
        TRY(check_relation(session, &statement->permissions[i]));
    for (uint32_t i = 0; i < statement->function_count; i++)
        TRY(object_check_acl(session->catalog, PG_PROC, statement->functions[i], ACL_EXECUTE));
    return STATUS_OK;
}

/* ---- read-only transactions ---- */

static const char *lock_command(const PlannedStatement *statement) {
    RowLockStrength strongest = ROW_LOCK_NONE;
    for (uint32_t i = 0; statement->query != NULL && i < statement->query->row_mark_count; i++)
        strongest = MAX(strongest, statement->query->row_marks[i].strength);
    static const char *const names[] = {"SELECT", "SELECT FOR KEY SHARE", "SELECT FOR SHARE",
                                        "SELECT FOR NO KEY UPDATE", "SELECT FOR UPDATE"};
    return names[strongest];
}

Status exec_check_read_only(Session *session, const PlannedStatement *statement, unsigned flags) {
    static const char *const names[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"};
    const uint32_t writes = ACL_INSERT | ACL_UPDATE | ACL_DELETE;
    if (statement->read_only)
        return STATUS_OK;
    const char *name = statement->command == COMMAND_SELECT    ? lock_command(statement)
                       : statement->command < ARRAY_LEN(names) ? names[statement->command]
                                                               : "statement";
    if (flags & EXEC_READ_ONLY)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed in a non-volatile function",
                     name);
    if (!txn_read_only(session->txn))
        return STATUS_OK;
    for (uint32_t i = 0; i < statement->permission_count; i++) {
        const RelationDesc *desc;
        if ((statement->permissions[i].rights & writes) == 0)
            continue;
        TRY(catalog_relation_require(session->catalog, statement->permissions[i].relation, &desc));
        if (desc->persistence != 't')
            return error(ERR_READ_ONLY_SQL_TRANSACTION,
                         "cannot execute %s in a read-only transaction", name);
    }
    return STATUS_OK;
}
