/* ddl_common.c: names, options, dependencies of expressions, scans of a table's rows. */
#include "executor/ddl_int.h"

#include "executor/index_key.h"
#include "runtime/fiber.h"

#include <stdlib.h>
#include <strings.h>

Status ddl_role(Ddl *ddl, const AstRoleSpec *spec, Oid *oid_out) {
    switch (spec->kind) {
    case AST_ROLE_CURRENT_ROLE:
    case AST_ROLE_CURRENT_USER:
        *oid_out = session_role(ddl->catalog);
        return STATUS_OK;
    case AST_ROLE_SESSION_USER:
        *oid_out = session_user_oid(ddl->catalog);
        return STATUS_OK;
    case AST_ROLE_PUBLIC:
        *oid_out = OID_INVALID;
        return status_at(error(ERR_UNDEFINED_OBJECT, "role \"public\" does not exist"),
                         spec->location);
    case AST_ROLE_NAMED:
        break;
    }
    return role_by_name(ddl->catalog, spec->name, false, oid_out);
}

Status ddl_relation(Ddl *ddl, const AstRangeVar *name, LockMode mode, bool missing_ok,
                    const RelationDesc **relation_out) {
    Oid oid;
    *relation_out = NULL;
    TRY(status_at(relation_by_name_lock(ddl->catalog, name->catalog, name->schema, name->name, mode,
                                        LOCK_WAIT, missing_ok, &oid),
                  -1));
    if (oid == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, oid, relation_out));
    if ((*relation_out)->persistence == 't')
        session_note_temp(ddl->catalog);
    return STATUS_OK;
}

Status ddl_creation_namespace(Ddl *ddl, const AstRangeVar *name, Oid *nsp_out,
                              char *persistence_out) {
    *persistence_out = (char)name->persistence;
    if (name->persistence == AST_PERSISTENCE_TEMPORARY) {
        if (name->schema != NULL && strcmp(name->schema, "pg_temp") != 0)
            return error(ERR_INVALID_TABLE_DEFINITION,
                         "cannot create temporary relation in non-temporary schema");
        return session_temp_namespace(ddl->catalog, true, nsp_out);
    }
    TRY(namespace_for_creation(ddl->catalog, name->schema, nsp_out));
    bool any, own;
    TRY(catalog_is_temp_namespace(ddl->catalog, *nsp_out, &any, &own));
    if (own && name->persistence == AST_PERSISTENCE_UNLOGGED)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "only temporary relations may be created in temporary schemas");
    if (own)
        *persistence_out = 't';
    else if (any)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot create relations in temporary schemas of other sessions");
    return STATUS_OK;
}

Status ddl_qualified(Ddl *ddl, const StrList *name, const char **schema_out,
                     const char **name_out) {
    *schema_out = NULL;
    *name_out = str_list_last(name);
    if (name->count > 3)
        return error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                     str_list_join(ddl->arena, name));
    if (name->count > 1)
        *schema_out = name->items[name->count - 2];
    return STATUS_OK;
}

void ddl_notice(Ddl *ddl, SqlState state, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(ddl->arena, fmt, args);
    va_end(args);
    ddl->session->ops->notice(ddl->session, NOTICE_NOTICE, error(state, "%s", text));
}

void ddl_warning(Ddl *ddl, SqlState state, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(ddl->arena, fmt, args);
    va_end(args);
    ddl->session->ops->notice(ddl->session, NOTICE_WARNING, error(state, "%s", text));
}

/* ---- options ---- */

Status ddl_option_string(const AstOption *option, const char **text_out) {
    *text_out = NULL;
    const Ast *value = option->value;
    if (value == NULL)
        return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
    if (value->tag == AST_CONST) {
        const AstConst *c = (const AstConst *)value;
        *text_out = c->kind == AST_CONST_BOOL ? (c->bval ? "true" : "false") : c->text;
        if (*text_out != NULL)
            return STATUS_OK;
    }
    if (value->tag == AST_TYPE_NAME) {
        *text_out = str_list_last(&((const AstTypeName *)value)->names);
        return STATUS_OK;
    }
    if (value->tag == AST_NAME_LIST) {
        *text_out = str_list_last(&((const AstNameList *)value)->names);
        return STATUS_OK;
    }
    return error(ERR_SYNTAX_ERROR, "%s requires a parameter", option->name);
}

Status ddl_option_text(Ddl *ddl, const AstOption *option, const char **text_out) {
    const AstConst *value = (const AstConst *)option->value;
    if (value != NULL && value->tag == AST_CONST && value->kind == AST_CONST_INTEGER) {
        *text_out = arena_printf(ddl->arena, "%d", value->ival);
        return STATUS_OK;
    }
    if (value != NULL && value->tag == AST_STAR) {
        *text_out = "*";
        return STATUS_OK;
    }
    return ddl_option_string(option, text_out);
}

Status ddl_option_bool(const AstOption *option, bool *value_out) {
    *value_out = true;
    if (option->value == NULL)
        return STATUS_OK;
    if (option->value->tag == AST_CONST) {
        const AstConst *c = (const AstConst *)option->value;
        if (c->kind == AST_CONST_INTEGER && (c->ival == 0 || c->ival == 1)) {
            *value_out = c->ival == 1;
            return STATUS_OK;
        }
    }
    const char *text;
    TRY(ddl_option_string(option, &text));
    if (text != NULL && (strcasecmp(text, "true") == 0 || strcasecmp(text, "on") == 0))
        return STATUS_OK;
    *value_out = false;
    if (text != NULL && (strcasecmp(text, "false") == 0 || strcasecmp(text, "off") == 0))
        return STATUS_OK;
    return error(ERR_SYNTAX_ERROR, "%s requires a Boolean value", option->name);
}

Status ddl_option_int(const AstOption *option, int64_t *value_out) {
    *value_out = 0;
    if (option->value != NULL && option->value->tag == AST_CONST) {
        const AstConst *c = (const AstConst *)option->value;
        char *end = NULL;
        if (c->kind == AST_CONST_INTEGER) {
            *value_out = c->ival;
            return STATUS_OK;
        }
        if (c->kind == AST_CONST_FLOAT || c->kind == AST_CONST_STRING) {
            *value_out = strtoll(c->text, &end, 10);
            if (end != c->text && *end == '\0')
                return STATUS_OK;
        }
    }
    return error(ERR_SYNTAX_ERROR, "%s requires an integer value", option->name);
}

/* ---- expressions and columns ---- */

Status ddl_expr_is_volatile(Ddl *ddl, Expr *expr, bool *yes_out) {
    char volatility;
    TRY(plan_expr_volatility(&ddl->session->env, ddl->arena, &ddl->session->planner, expr,
                             &volatility));
    *yes_out = volatility == 'v';
    return STATUS_OK;
}

Status ddl_expr_is_immutable(Ddl *ddl, Expr *expr, bool *yes_out) {
    char volatility;
    TRY(plan_expr_volatility(&ddl->session->env, ddl->arena, &ddl->session->planner, expr,
                             &volatility));
    *yes_out = volatility == 'i';
    return STATUS_OK;
}

bool ddl_is_system_column(const char *name) {
    static const char *const system[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    for (size_t i = 0; i < ARRAY_LEN(system); i++)
        if (strcmp(name, system[i]) == 0)
            return true;
    return false;
}

/* ---- rows ---- */

static Status scan_rows(Ddl *ddl, const RelationDesc *relation, Table *table,
                        const Snapshot *snapshot, DdlRow fn, void *arg) {
    Arena scratch;
    arena_init(&scratch, &ddl->session->account);
    Datum *values = arena_array(ddl->arena, Datum, relation->column_count);
    bool *nulls = arena_array(ddl->arena, bool, relation->column_count);
    RowView *rows = arena_array(ddl->arena, RowView, BATCH_ROWS);
    TableScan *scan;
    Status status = table_scan_open(table, snapshot, 0, UINT64_MAX, false, ddl->arena, &scan);
    uint32_t count = 1;
    while (status_ok(status) && count > 0) {
        status = table_scan_next(scan, rows, BATCH_ROWS, &count);
        for (uint32_t i = 0; status_ok(status) && i < count; i++) {
            status = relation_decode(relation, table, &rows[i], &scratch, values, nulls);
            if (status_ok(status))
                status = fn(arg, rows[i].rowid, values, nulls);
            if (i % 256 == 255)
                arena_reset(&scratch);
        }
        arena_reset(&scratch);
        if (status_ok(status))
            status = fiber_check_interrupt();
        fiber_yield_if_due();
    }
    arena_destroy(&scratch);
    return status;
}

Status ddl_each_row(Ddl *ddl, const RelationDesc *relation, DdlRow fn, void *arg) {
    if (relation->store == 0)
        return STATUS_OK;
    Table *table;
    TRY(table_open(ddl->session->mvcc, relation->store, &table));
    const Snapshot *snapshot;
    TRY(txn_snapshot_latest(ddl->session->txn, &snapshot));
    Status status = scan_rows(ddl, relation, table, snapshot, fn, arg);
    txn_snapshot_release(ddl->session->txn, snapshot);
    return status;
}
