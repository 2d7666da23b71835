/*
 * ddl_rewrite.c: ALTER TABLE that changes every row: the table is read from its old store and written
 * to a new one, then its indexes are built. The old store goes at commit.
 */
#include "executor/ddl_alter.h"
#include "executor/event_trigger.h"
#include "executor/vector.h"

typedef struct Rewrite {
    Alter *alter;
    AlteredTable *table;
    const RelationDesc *now;
    ExprEval *eval;   /* values over the old row */
    ExprEval *second; /* generated columns over the new one */
    VEC(int16_t) attnums;
    VEC(int16_t) generated;
    DdlLoader *loader;
    const Datum *missing; /* by column: what new ones have that need no evaluation; NULL: nothing */
    const bool *has_missing;
    Datum *values;
    bool *nulls;
} Rewrite;

static Status compile(Rewrite *rewrite, bool generated, ExprEval **eval_out) {
    Ddl *ddl = rewrite->alter->ddl;
    VEC(Expr *) exprs = {0};
    for (size_t i = 0; i < rewrite->table->values.count; i++) {
        const NewValue *value = &rewrite->table->values.items[i];
        if (value->generated != generated)
            continue;
        Expr *planned;
        TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                      expr_copy(ddl->arena, value->expr), SLOT_LEFT, &planned));
        vec_push(&exprs, ddl->arena, planned);
        if (generated)
            vec_push(&rewrite->generated, ddl->arena, value->attnum);
        else
            vec_push(&rewrite->attnums, ddl->arena, value->attnum);
    }
    *eval_out = NULL;
    if (exprs.count == 0)
        return STATUS_OK;
    return expr_eval_make(ddl->session, ddl->arena, exprs.items, (uint32_t)exprs.count, eval_out);
}

static Status null_violation(const RelationDesc *relation, const ColumnDesc *column) {
    return status_object(error(ERR_NOT_NULL_VIOLATION,
                               "column \"%s\" of relation \"%s\" contains null values",
                               column->name, relation->name),
                         relation->nsp_name, relation->name, column->name, NULL, NULL);
}

static Status rewrite_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    Rewrite *rewrite = arg;
    const RelationDesc *now = rewrite->now;
    for (uint16_t i = 0; i < now->column_count; i++) {
        bool there = i < rewrite->table->old->column_count && !now->columns[i].dropped;
        rewrite->nulls[i] = !there || nulls[i];
        if (!rewrite->nulls[i])
            rewrite->values[i] = values[i];
        if (i < rewrite->table->old->column_count || !rewrite->has_missing[i])
            continue;
        rewrite->nulls[i] = false;
        rewrite->values[i] = rewrite->missing[i];
    }
    for (size_t i = 0; i < rewrite->attnums.count; i++) {
        int at = rewrite->attnums.items[i] - 1;
        TRY(expr_eval_row(rewrite->eval, (uint32_t)i, values, nulls, &rewrite->values[at],
                          &rewrite->nulls[at]));
    }
    for (size_t i = 0; i < rewrite->generated.count; i++) {
        int at = rewrite->generated.items[i] - 1;
        TRY(expr_eval_row(rewrite->second, (uint32_t)i, rewrite->values, rewrite->nulls,
                          &rewrite->values[at], &rewrite->nulls[at]));
    }
    for (uint16_t i = 0; i < now->column_count; i++)
        if (now->columns[i].not_null && rewrite->nulls[i])
            return null_violation(now, &now->columns[i]);
    TRY(ddl_loader_add(rewrite->loader, rewrite->values, rewrite->nulls));
    if (rewrite->eval != NULL)
        expr_eval_reset(rewrite->eval);
    if (rewrite->second != NULL)
        expr_eval_reset(rewrite->second);
    return STATUS_OK;
}

/* Rows are whole from now on: nobody needs the values that stood for missing ones. */
static Status forget_missing(Ddl *ddl, const RelationDesc *relation) {
    for (uint16_t i = 0; i < relation->column_count; i++) {
        if (!relation->columns[i].has_missing)
            continue;
        CatalogRow row;
        TRY(column_row(ddl->catalog, relation->oid, (int16_t)(i + 1), ddl->arena, &row));
        row.values[PG_ATTRIBUTE_ATTHASMISSING] = datum_bool(false);
        row.nulls[PG_ATTRIBUTE_ATTMISSINGVAL] = true;
        TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    }
    return STATUS_OK;
}

/* The values that stand for missing ones outlive the descriptor that is about to forget them. */
static Status keep_missing(Rewrite *rewrite) {
    const RelationDesc *now = rewrite->now;
    Arena *arena = rewrite->alter->ddl->arena;
    Datum *missing = arena_array(arena, Datum, now->column_count + 1u);
    bool *has_missing = arena_array(arena, bool, now->column_count + 1u);
    for (uint16_t i = 0; i < now->column_count; i++) {
        const ColumnDesc *column = &now->columns[i];
        has_missing[i] = column->has_missing && !column->dropped;
        if (has_missing[i])
            TRY(datum_copy(arena, column->phys, column->missing, &missing[i]));
    }
    rewrite->missing = missing;
    rewrite->has_missing = has_missing;
    return STATUS_OK;
}

static Status copy_rows(Rewrite *rewrite) {
    Ddl *ddl = rewrite->alter->ddl;
    StoreId store;
    uint64_t count;
    TRY(compile(rewrite, false, &rewrite->eval));
    TRY(compile(rewrite, true, &rewrite->second));
    TRY(catalog_relation_require(ddl->catalog, rewrite->table->oid, &rewrite->now));
    TRY(keep_missing(rewrite));
    TRY(forget_missing(ddl, rewrite->now));
    TRY(relation_new_store(ddl->catalog, rewrite->table->oid, &store));
    TRY(catalog_relation_require(ddl->catalog, rewrite->table->oid, &rewrite->now));
    rewrite->values = arena_array(ddl->arena, Datum, rewrite->now->column_count);
    rewrite->nulls = arena_array(ddl->arena, bool, rewrite->now->column_count);
    Status status = ddl_loader_open(ddl, rewrite->now, &rewrite->loader);
    if (status_ok(status))
        status = ddl_each_row(ddl, rewrite->table->old, rewrite_row, rewrite);
    return ddl_loader_close(rewrite->loader, status, &count);
}

/* Event triggers hear why. */
static Status tell_rewrite(Alter *alter, const AlteredTable *table) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *now;
    int reason = 0;
    TRY(catalog_relation_require(ddl->catalog, table->oid, &now));
    for (uint16_t i = 0; i < table->old->column_count; i++)
        if (!now->columns[i].dropped && (now->columns[i].type != table->old->columns[i].type ||
                                         now->columns[i].typmod != table->old->columns[i].typmod))
            reason |= REWRITE_COLUMN;
    for (size_t i = 0; i < table->values.count; i++)
        if (table->values.items[i].attnum <= (int16_t)table->old->column_count)
            reason |= REWRITE_COLUMN;
    if (now->persistence != table->old->persistence)
        reason |= REWRITE_ALTER_PERSISTENCE;
    if (reason == 0)
        reason |= REWRITE_DEFAULT;
    return event_trigger_table_rewrite(ddl->session, table->oid, reason);
}

static Status rewrite_table(Alter *alter, AlteredTable *table) {
    Rewrite rewrite = {.alter = alter, .table = table};
    Status status = copy_rows(&rewrite);
    if (rewrite.eval != NULL)
        expr_eval_free(rewrite.eval);
    if (rewrite.second != NULL)
        expr_eval_free(rewrite.second);
    TRY(status);
    return ddl_rebuild_indexes(alter->ddl, table->oid);
}

static Status run_text(Ddl *ddl, const char *sql) {
    AstList statements;
    TRY(parse_sql(ddl->arena, sql, strlen(sql), NULL, &statements));
    AST_FOREACH(AstRawStatement, raw, statements) {
        UtilityCall call = {.session = ddl->session,
                            .raw = raw,
                            .text = sql,
                            .text_len = strlen(sql),
                            .arena = ddl->arena};
        TRY(utility_execute(&call));
    }
    return STATUS_OK;
}

Status alter_rewrite_tables(Alter *alter) {
    for (size_t i = 0; i < alter->tables.count; i++) {
        AlteredTable *table = alter->tables.items[i];
        if ((table->values.count > 0 || table->new_values) && table->old->store != 0)
            TRY(ddl_check_row_type_unused(alter->ddl, table->old));
        if (table->rewrite && table->old->store != 0) {
            TRY(tell_rewrite(alter, table));
            TRY(rewrite_table(alter, table));
        }
        for (size_t k = 0; !table->rewrite && k < table->not_null.count; k++)
            TRY(alter_verify_not_null(alter, table->oid, table->not_null.items[k]));
    }
    /* children first: what they have of their own is there when their parents' checks come */
    for (size_t i = alter->tables.count; i-- > 0;) {
        AlteredTable *table = alter->tables.items[i];
        for (size_t k = 0; k < table->rebuild.count; k++)
            TRY(run_text(alter->ddl, table->rebuild.items[k]));
        for (size_t k = 0; k < table->foreign_keys.count; k++)
            TRY(ddl_verify_foreign_key(alter->ddl, table->oid, table->foreign_keys.items[k]));
    }
    return STATUS_OK;
}
