/*
 * fk_action.c: a key that rows may refer to is gone: NO ACTION and RESTRICT look for them, CASCADE, SET
 * NULL and SET DEFAULT change them, by SQL. What those changes lead to (further keys, triggers) joins
 * what waits for the end of the statement.
 */
#include "executor/fk_int.h"

#include "catalog/name.h"
#include "runtime/fiber.h"

static const char *only(const RelationDesc *desc) { return desc->kind == 'p' ? "" : "ONLY "; }

static const char *quoted_table(Executor *exec, const RelationDesc *desc) {
    return quote_qualified(exec->session->catalog, &exec->arena, desc->nsp_name, desc->name);
}

static Status put_change(Executor *exec, StrBuf *sql, const RelationDesc *refers, const FkDesc *fk,
                         char action, bool is_delete) {
    const CatalogSession *catalog = exec->session->catalog;
    uint32_t n = fk->column_count;
    bool listed = is_delete && action != 'c' && fk->delete_set_count > 0;
    uint32_t count = listed ? fk->delete_set_count : n;
    strbuf_printf(sql, "UPDATE %s%s SET ", only(refers), quoted_table(exec, refers));
    for (uint32_t i = 0; i < count; i++) {
        int16_t attnum = listed ? fk->delete_set_columns[i] : fk->columns[i];
        if (i > 0)
            strbuf_puts(sql, ", ");
        append_ident(catalog, sql, refers->columns[attnum - 1].name);
        if (action == 'c')
            strbuf_printf(sql, " = $%u", n + 1 + i);
        else
            strbuf_puts(sql, action == 'n' ? " = NULL" : " = DEFAULT");
    }
    return STATUS_OK;
}

/* The statement that looks for rows which refer, or changes them. $1.. the old key, then the new one. */
static Status action_sql(FkTarget *t, FkSide *side, const RelationDesc *refers, char action,
                         bool is_delete, const char **sql_out) {
    Executor *exec = t->exec;
    StrBuf sql;
    const char **kept = &side->sql[action == 'a' ? 2 : is_delete];
    *sql_out = *kept;
    if (*sql_out != NULL)
        return STATUS_OK;
    strbuf_init(&sql, &exec->arena);
    if (action == 'a' || action == 'r')
        strbuf_printf(&sql, "SELECT 1 FROM %s%s x", only(refers), quoted_table(exec, refers));
    else if (action == 'c' && is_delete)
        strbuf_printf(&sql, "DELETE FROM %s%s", only(refers), quoted_table(exec, refers));
    else
        TRY(put_change(exec, &sql, refers, side->fk, action, is_delete));
    TRY(fk_put_condition(exec, &sql, side->fk, t->desc, refers, 'f', 1));
    if (action == 'a' || action == 'r')
        strbuf_puts(&sql, " FOR KEY SHARE OF x");
    *sql_out = *kept = strbuf_cstr(&sql);
    return STATUS_OK;
}

static Status still_referred_error(FkTarget *t, const FkDesc *fk, const RelationDesc *refers,
                                   const Datum *values) {
    const char *columns, *texts;
    TRY(fk_describe_key(t, t->desc, fk->referenced_columns, fk->column_count, values, &columns,
                        &texts));
    Status s = error(ERR_FOREIGN_KEY_VIOLATION,
                     "update or delete on table \"%s\" violates foreign key constraint \"%s\" on "
                     "table \"%s\"",
                     t->desc->name, fk->name, refers->name);
    bool hidden;
    Status rights = row_values_hidden(t->exec->session, t->desc, fk->referenced_columns,
                                      fk->column_count, &hidden);
    if (!status_ok(rights)) {
        status_free(s);
        return rights;
    }
    s = hidden ? status_detail(s, "Key is still referenced from table \"%s\".", refers->name)
               : status_detail(s, "Key (%s)=(%s) is still referenced from table \"%s\".", columns,
                               texts, refers->name);
    return status_object(s, refers->nsp_name, refers->name, NULL, NULL, fk->name);
}

static Status run_action(FkTarget *t, FkSide *side, const FkEvent *e, char action) {
    Executor *exec = t->exec;
    Session *session = exec->session;
    const FkDesc *fk = side->fk;
    bool is_delete = e->kind == FK_REFERRED_DELETE;
    uint32_t n = fk->column_count;
    const RelationDesc *refers;
    TRY(catalog_relation_require(session->catalog, fk->relation, &refers));
    exec_pin(exec, &refers->desc);
    const char *sql;
    TRY(action_sql(t, side, refers, action, is_delete, &sql));
    Datum *params = arena_array(&t->arena, Datum, 2 * n + 1);
    bool *nulls = arena_array(&t->arena, bool, 2 * n + 1);
    Oid *types = arena_array(&t->arena, Oid, 2 * n + 1);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = types[n + i] = t->desc->columns[fk->referenced_columns[i] - 1].type;
        params[i] = e->values[i];
        if (!is_delete) {
            params[n + i] = e->new_values[i];
            nulls[n + i] = e->new_nulls[i];
        }
    }
    bool checks = action == 'a' || action == 'r';
    TRY(fiber_stack_check());
    session->function_depth++;
    NestedQuery query = {.sql = sql,
                         .param_count = action == 'c' && !is_delete ? 2 * n : n,
                         .param_types = types,
                         .params = params,
                         .param_nulls = nulls,
                         .run_as = refers->owner,
                         .events_to = exec,
                         .flags = EXEC_SKIP_PERMISSIONS};
    uint64_t processed = 0;
    Status s = executor_run_sql(session, &query, NULL, &processed);
    session->function_depth--;
    TRY(s);
    return checks && processed > 0 ? still_referred_error(t, fk, refers, e->values) : STATUS_OK;
}

/* Another row may have the key by now: then nothing dangles. */
static Status key_is_back(FkTarget *t, FkSide *side, const Datum *values, bool *back_out) {
    const FkDesc *fk = side->fk;
    Executor *exec = t->exec;
    StrBuf sql;
    strbuf_init(&sql, &exec->arena);
    const RelationDesc *refers;
    TRY(catalog_relation_require(exec->session->catalog, fk->relation, &refers));
    strbuf_printf(&sql, "SELECT 1 FROM %s%s x", only(t->desc), quoted_table(exec, t->desc));
    TRY(fk_put_condition(exec, &sql, fk, t->desc, refers, 'p', 1));
    Oid *types = arena_array(&exec->arena, Oid, fk->column_count + 1u);
    for (uint32_t i = 0; i < fk->column_count; i++)
        types[i] = t->desc->columns[fk->referenced_columns[i] - 1].type;
    strbuf_puts(&sql, " FOR KEY SHARE OF x");
    bool *nulls = arena_array(&exec->arena, bool, fk->column_count + 1u);
    NestedQuery query = {.sql = strbuf_cstr(&sql),
                         .param_count = fk->column_count,
                         .param_types = types,
                         .params = values,
                         .param_nulls = nulls,
                         .run_as = t->desc->owner,
                         .flags = EXEC_SKIP_PERMISSIONS};
    uint64_t processed = 0;
    TRY(executor_run_sql(exec->session, &query, NULL, &processed));
    *back_out = processed > 0;
    return STATUS_OK;
}

Status fk_run_referred(FkTarget *t, FkSide *side, const FkEvent *e) {
    char action = e->kind == FK_REFERRED_DELETE ? side->fk->on_delete : side->fk->on_update;
    bool back = false;
    arena_reset(&t->arena);
    if (action != 'a')
        TRY(run_action(t, side, e, action));
    if (action != 'a' && action != 'd')
        return STATUS_OK;
    /* SET DEFAULT: rows that had the defaults before count as unchanged, and refer to nothing */
    TRY(key_is_back(t, side, e->values, &back));
    return back ? STATUS_OK : run_action(t, side, e, 'a');
}
