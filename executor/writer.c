/* writer.c: see writer.h. */
#include "executor/writer.h"

#include "executor/fk.h"
#include "executor/trigger.h"

#include "base/utf8.h"

/* ---- setting up ---- */

static Status writer_indexes(Writer *w) {
    Executor *exec = w->exec;
    const RelationDesc *desc = w->rel.desc;
    w->indexes = arena_array(&exec->arena, WriterIndex, desc->index_count + 1u);
    for (uint16_t i = 0; i < desc->index_count && desc->kind != 'p'; i++) {
        const IndexDesc *index = &desc->indexes[i];
        bool keyed;
        TRY(index_is_keyed(exec->session->catalog, index, &keyed));
        if (!keyed || !index->ready)
            continue;
        WriterIndex *wi = &w->indexes[w->index_count++];
        TRY(index_key_make(exec->session, &exec->arena, desc, index, &wi->key));
        wi->check = (IndexCheck){wi->key, desc, w->rel.table, &w->arena};
        wi->touched = true;
        for (uint32_t j = 0; j < w->plan->index_count; j++)
            if (w->plan->indexes[j].index == index->oid)
                wi->touched = w->plan->indexes[j].touched;
        wi->deferred = (index->unique || index->exclusion) && !index->immediate;
        if (index->exclusion)
            TRY(exclusion_make(exec, desc, index, w->rel.table, wi->key, &wi->exclusion));
        w->any_unique |= index->unique;
    }
    return STATUS_OK;
}

Status writer_make(Executor *exec, const PlanResultRelation *plan, Writer **writer_out) {
    Writer *w = arena_new(&exec->arena, Writer);
    *writer_out = w;
    w->exec = exec;
    w->plan = plan;
    arena_init(&w->arena, &exec->account);
    TRY(exec_open_relation(exec, plan->relation, &w->rel));
    const RelationDesc *desc = w->rel.desc;
    if (w->rel.table == NULL && desc->kind != 'p' && desc->kind != 'v')
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot change relation \"%s\"", desc->name);
    w->column_count = desc->column_count;
    w->checks = arena_array(&exec->arena, ProgNode *, plan->check_count + 1);
    for (uint32_t i = 0; i < plan->check_count; i++)
        TRY(prog_compile(exec, plan->checks[i].condition, &w->checks[i]));
    w->generated = arena_array(&exec->arena, ProgNode *, plan->generated_count + 1);
    w->generated_regs = arena_array(&exec->arena, Register, plan->generated_count + 1);
    for (uint32_t i = 0; i < plan->generated_count; i++)
        TRY(prog_compile(exec, plan->generated[i].expr, &w->generated[i]));
    w->with_checks = arena_array(&exec->arena, ProgNode *, plan->with_check_count + 1);
    for (uint32_t i = 0; i < plan->with_check_count; i++)
        TRY(prog_compile(exec, plan->with_checks[i].condition, &w->with_checks[i]));
    if (plan->partition_check != NULL)
        TRY(prog_compile(exec, plan->partition_check, &w->partition_check));
    TRY(writer_indexes(w));
    return w->rel.table == NULL ? STATUS_OK : fk_target_make(exec, desc, w->rel.table, &w->fks);
}

void writer_free(Writer *w) {
    if (w == NULL)
        return;
    for (uint32_t i = 0; i < w->index_count; i++)
        index_key_end(w->indexes[i].key);
    fk_target_free(w->fks);
    arena_destroy(&w->arena);
}

void writer_set_triggers(Writer *w, TriggerSet *triggers) {
    w->triggers = triggers;
    w->after_insert = trigger_wants_after(triggers, TRIGGER_OP_INSERT);
    w->after_update = trigger_wants_after(triggers, TRIGGER_OP_UPDATE);
    w->after_delete = trigger_wants_after(triggers, TRIGGER_OP_DELETE);
}

void writer_reset(Writer *w) { arena_reset(&w->arena); }

static Status plan_text(Session *session, Arena *arena, const char *text, Expr **out) {
    Expr *expr;
    TRY(expr_from_string(arena, text, strlen(text), &expr));
    return plan_expr(&session->env, arena, &session->planner, expr, SLOT_TARGET, out);
}

Status writer_plan(Session *session, Arena *arena, const RelationDesc *desc,
                   PlanResultRelation *plan_out) {
    *plan_out = (PlanResultRelation){.relation = desc->oid};
    plan_out->checks = arena_array(arena, PlanCheck, desc->check_count + 1u);
    for (uint16_t i = 0; i < desc->check_count; i++) {
        PlanCheck *c = &plan_out->checks[plan_out->check_count++];
        c->name = desc->checks[i].name;
        TRY(plan_text(session, arena, desc->checks[i].expr, &c->condition));
    }
    plan_out->generated = arena_array(arena, PlanColumnExpr, desc->column_count + 1u);
    for (uint16_t i = 0; i < desc->column_count; i++) {
        if (desc->columns[i].generated == 0 || desc->columns[i].dropped)
            continue;
        PlanColumnExpr *g = &plan_out->generated[plan_out->generated_count++];
        g->attno = desc->columns[i].attnum;
        TRY(plan_text(session, arena, desc->columns[i].default_expr, &g->expr));
    }
    return STATUS_OK;
}

/* ---- errors ---- */

#define DESCRIBE_VALUE_MAX 64u

/* Has the statement given the column a value? */
static bool column_given(const Executor *exec, Oid relation, int16_t attnum) {
    for (uint32_t i = 0; exec->statement != NULL && i < exec->statement->permission_count; i++) {
        const PlanPermission *p = &exec->statement->permissions[i];
        if (p->relation == relation && (bitset_has(p->inserted_columns, attnum + ATTNO_OFFSET) ||
                                        bitset_has(p->updated_columns, attnum + ATTNO_OFFSET)))
            return true;
    }
    return false;
}

static Status describe_value(Session *session, const ColumnDesc *column, Datum given, Arena *arena,
                             StrBuf *text) {
    const TypeInfo *info;
    StrBuf value;
    strbuf_init(&value, arena);
    TRY(type_lookup(&session->env, column->type, &info));
    TypeIo io = {.type = info, .typmod = column->typmod, .env = &session->env, .arena = arena};
    TRY(info->output(&io, given, &value));
    const char *p = strbuf_cstr(&value);
    size_t len = value.len;
    if (len > DESCRIBE_VALUE_MAX) {
        len = DESCRIBE_VALUE_MAX;
        while (len > 0 && ((uint8_t)p[len] & 0xc0) == 0x80)
            len--;
    }
    strbuf_append(text, p, len);
    if (len < value.len)
        strbuf_puts(text, "...");
    return STATUS_OK;
}

/* May the user see the column, or has given it? */
static Status column_shown(Executor *exec, const RelationDesc *desc, int16_t attnum,
                           bool *shown_out) {
    CatalogSession *catalog = exec->session->catalog;
    uint32_t held;
    TRY(column_acl_mask(catalog, desc->oid, attnum, session_role(catalog), ACL_SELECT, &held));
    *shown_out = held != 0 || column_given(exec, desc->oid, attnum);
    return STATUS_OK;
}

Status row_describe(Executor *exec, const RelationDesc *desc, const Datum *values,
                    const bool *nulls, Arena *arena, const char **text_out) {
    Session *session = exec->session;
    uint32_t held;
    bool missing, hidden, first = true;
    StrBuf names, text;
    *text_out = NULL;
    TRY(row_hidden_by_policy(session, desc, &hidden));
    if (hidden)
        return STATUS_OK;
    TRY(object_acl_mask(session->catalog, PG_CLASS, desc->oid, session_role(session->catalog),
                        ACL_SELECT, &held, &missing));
    strbuf_init(&names, arena);
    strbuf_init(&text, arena);
    for (uint16_t i = 0; i < desc->column_count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        bool shown = held != 0;
        if (column->dropped)
            continue;
        if (!shown)
            TRY(column_shown(exec, desc, column->attnum, &shown));
        if (!shown)
            continue;
        strbuf_puts(&names, first ? "(" : ", ");
        strbuf_puts(&names, column->name);
        strbuf_puts(&text, first ? "(" : ", ");
        first = false;
        if (nulls[i])
            strbuf_puts(&text, "null");
        else
            TRY(describe_value(session, column, values[i], arena, &text));
    }
    if (first && held == 0)
        return STATUS_OK;
    strbuf_puts(&text, first ? "()" : ")");
    *text_out = held != 0
                    ? strbuf_cstr(&text)
                    : arena_printf(arena, "%s) = %s", strbuf_cstr(&names), strbuf_cstr(&text));
    return STATUS_OK;
}

static void load_row(const Batch *batch, uint32_t row, uint32_t count, Datum *values, bool *nulls) {
    for (uint32_t i = 0; i < count; i++) {
        const Vector *v = &batch->columns[i];
        nulls[i] = vector_is_null(v, row);
        values[i] = nulls[i] ? (Datum){.i64 = 0} : vector_at(v, row);
    }
}

/* The row as the table has it that the statement names. */
static void row_as_root(Writer *w, Datum **values_io, bool **nulls_io) {
    uint16_t count = w->root->column_count;
    Datum *values = arena_array(&w->arena, Datum, count + 1u);
    bool *nulls = arena_array(&w->arena, bool, count + 1u);
    for (uint16_t i = 0; i < count; i++) {
        int16_t own = w->root_map[i];
        nulls[i] = own == 0 || (*nulls_io)[own - 1];
        if (!nulls[i])
            values[i] = (*values_io)[own - 1];
    }
    *values_io = values;
    *nulls_io = nulls;
}

static Status failing_row(Writer *w, Status s, const Batch *batch, uint32_t row) {
    Datum *values = arena_array(&w->arena, Datum, w->column_count + 1);
    bool *nulls = arena_array(&w->arena, bool, w->column_count + 1);
    const char *text;
    const RelationDesc *shown = w->root != NULL ? w->root : w->rel.desc;
    load_row(batch, row, w->column_count, values, nulls);
    if (w->root != NULL)
        row_as_root(w, &values, &nulls);
    Status described = row_describe(w->exec, shown, values, nulls, &w->arena, &text);
    if (!status_ok(described)) {
        status_free(described);
        return s;
    }
    return text == NULL ? s : status_detail(s, "Failing row contains %s.", text);
}

static Status not_null_error(Writer *w, const Batch *batch, uint32_t row, uint16_t column) {
    const RelationDesc *desc = w->rel.desc;
    const char *name = desc->columns[column].name;
    Status s = error(ERR_NOT_NULL_VIOLATION,
                     "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                     name, desc->name);
    s = failing_row(w, s, batch, row);
    return status_object(s, desc->nsp_name, desc->name, name, NULL, NULL);
}

static Status check_error(Writer *w, const Batch *batch, uint32_t row, const char *name) {
    const RelationDesc *desc = w->rel.desc;
    Status s =
        error(ERR_CHECK_VIOLATION, "new row for relation \"%s\" violates check constraint \"%s\"",
              desc->name, name);
    s = failing_row(w, s, batch, row);
    return status_object(s, desc->nsp_name, desc->name, NULL, NULL, name);
}

/* ---- constraints over a batch ---- */

static Status fill_generated(Writer *w, ProgContext *ctx, Batch *batch, Selection sel) {
    for (uint32_t i = 0; i < w->plan->generated_count; i++) {
        const Vector *v;
        TRY(prog_eval(w->generated[i], ctx, sel, &v));
        batch->columns[w->plan->generated[i].attno - 1] = *v;
    }
    return STATUS_OK;
}

/* The first row of sel (by place) below `limit` whose value is NULL; sel.count: none. */
static uint32_t first_null(const Vector *v, Selection sel, uint32_t limit) {
    if (v->nulls == NULL)
        return limit;
    for (uint32_t i = 0; i < limit; i++)
        if (vector_is_null(v, selection_row(sel, i)))
            return i;
    return limit;
}

static Status first_check_failure(Writer *w, ProgContext *ctx, Selection sel, uint32_t *place,
                                  uint32_t *check_out) {
    for (uint32_t c = 0; c < w->plan->check_count; c++) {
        const Vector *v;
        Selection open = {sel.rows, *place};
        if (open.count == 0)
            return STATUS_OK;
        TRY(prog_eval(w->checks[c], ctx, open, &v));
        for (uint32_t i = 0; i < open.count; i++) {
            uint32_t row = selection_row(open, i);
            if (!vector_is_null(v, row) && !vector_at(v, row).b) {
                *place = i;
                *check_out = c;
                break;
            }
        }
    }
    return STATUS_OK;
}

bool writer_in_partition(Writer *w, ProgContext *ctx, uint32_t row, Status *status) {
    Datum truth;
    bool is_null;
    *status = STATUS_OK;
    if (w->partition_check == NULL)
        return true;
    *status = prog_eval_row(w->partition_check, ctx, row, &truth, &is_null);
    return !status_ok(*status) || is_null || truth.b;
}

static Status partition_error(Writer *w, const Batch *batch, uint32_t row) {
    const RelationDesc *desc = w->rel.desc;
    Status s = status_object(error(ERR_CHECK_VIOLATION,
                                   "new row for relation \"%s\" violates partition constraint",
                                   desc->name),
                             desc->nsp_name, desc->name, NULL, NULL, NULL);
    return failing_row(w, s, batch, row);
}

/* The first row that is not in its partition; place as in first_check_failure. */
static Status first_outside(Writer *w, ProgContext *ctx, Selection sel, uint32_t *place) {
    const Vector *v;
    Selection open = {sel.rows, *place};
    if (open.count == 0)
        return STATUS_OK;
    TRY(prog_eval(w->partition_check, ctx, open, &v));
    for (uint32_t i = 0; i < open.count; i++) {
        uint32_t row = selection_row(open, i);
        if (!vector_is_null(v, row) && !vector_at(v, row).b) {
            *place = i;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

Status writer_prepare(Writer *w, ProgContext *ctx, Batch *batch, Selection *sel,
                      Status *failed_out) {
    const RelationDesc *desc = w->rel.desc;
    uint32_t place = sel->count, check = UINT32_MAX;
    uint16_t column = 0;
    *failed_out = STATUS_OK;
    const TargetSystem own = {.relation = desc->oid}, *given = ctx->target_system;
    ctx->target_system = &own; /* of a new row's system columns, checks may read tableoid only */
    TRY(fill_generated(w, ctx, batch, *sel));
    for (uint16_t i = 0; i < desc->column_count; i++) {
        if (!desc->columns[i].not_null || desc->columns[i].dropped)
            continue;
        uint32_t at = first_null(&batch->columns[i], *sel, place);
        if (at < place) {
            place = at;
            column = i;
        }
    }
    uint32_t null_place = place;
    TRY(first_check_failure(w, ctx, *sel, &place, &check));
    ctx->target_system = given;
    uint32_t check_place = place;
    if (w->partition_check != NULL && !w->moves)
        TRY(first_outside(w, ctx, *sel, &place));
    if (place == sel->count)
        return STATUS_OK;
    uint32_t row = selection_row(*sel, place);
    w->failed_row = row;
    w->failed_check = true;
    *failed_out = place < check_place  ? partition_error(w, batch, row)
                  : place < null_place ? check_error(w, batch, row, w->plan->checks[check].name)
                                       : not_null_error(w, batch, row, column);
    sel->count = place;
    return STATUS_OK;
}

static Status with_check_error(Writer *w, const Batch *batch, uint32_t row, uint32_t i) {
    const char *relation = w->plan->with_checks[i].name;
    const char *policy =
        w->plan->with_check_policies == NULL ? NULL : w->plan->with_check_policies[i];
    if (w->plan->with_check_kinds[i] == CHECK_VIEW_LOCAL) {
        Status s = error(ERR_WITH_CHECK_OPTION_VIOLATION,
                         "new row violates check option for view \"%s\"", relation);
        return failing_row(w, s, batch, row);
    }
    if (w->plan->with_check_kinds[i] == CHECK_VIEW_CONFLICT)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "conflicting row is not visible through view \"%s\"", relation);
    bool conflict = w->plan->with_check_kinds[i] == CHECK_RLS_CONFLICT_UPDATE;
    bool target = w->plan->with_check_kinds[i] == CHECK_RLS_MERGE_UPDATE ||
                  w->plan->with_check_kinds[i] == CHECK_RLS_MERGE_DELETE || conflict;
    if (target && policy != NULL)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "%s row violates row-level security policy \"%s\" (USING expression) for "
                     "table \"%s\"",
                     conflict ? "new" : "target", policy, relation);
    if (target)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "%s row violates row-level security policy (USING expression) for table "
                     "\"%s\"",
                     conflict ? "new" : "target", relation);
    if (policy != NULL)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "new row violates row-level security policy \"%s\" for table \"%s\"", policy,
                     relation);
    return error(ERR_INSUFFICIENT_PRIVILEGE,
                 "new row violates row-level security policy for table \"%s\"", relation);
}

Status writer_with_checks(Writer *w, ProgContext *ctx, Selection sel, unsigned kinds) {
    for (uint32_t i = 0; i < w->plan->with_check_count && sel.count > 0; i++) {
        const Vector *v;
        if (!(kinds & WITH_CHECK_BIT(w->plan->with_check_kinds[i])))
            continue;
        TRY(prog_eval(w->with_checks[i], ctx, sel, &v));
        /* Unlike CHECK, NULL is a violation. */
        SELECTION_FOREACH(sel, row) {
            if (vector_is_null(v, row) || !vector_at(v, row).b)
                return with_check_error(w, ctx->side[SLOT_TARGET], row, i);
        }
    }
    return STATUS_OK;
}

/* ---- indexes ---- */

/* The row stands in the index: holds it against the others, now or later. */
static Status exclusion_add(Writer *w, WriterIndex *wi, const Datum *values, const bool *nulls,
                            RowId rowid, bool *conflict_out) {
    RowId other;
    if (wi->deferred)
        return fk_recheck_exclusion(w->exec, w->rel.desc, index_key_desc(wi->key), rowid);
    TRY(exclusion_find(wi->exclusion, values, nulls, rowid, &w->arena, &other));
    if (other == 0)
        return STATUS_OK;
    if (conflict_out != NULL && wi->arbiter) {
        *conflict_out = true;
        return STATUS_OK;
    }
    return exclusion_error(wi->exclusion, false);
}

/* Enters a row under those of its keys that `but` has not; both are in order. */
static Status entries_add(Writer *w, WriterIndex *wi, const GinKeys *keys, const GinKeys *but,
                          RowId rowid) {
    Txn *txn = w->exec->session->txn;
    for (size_t i = 0, k = 0; i < keys->count; i++) {
        while (k < but->count && str_compare(but->items[k], keys->items[i]) < 0)
            k++;
        if (k < but->count && str_equal(but->items[k], keys->items[i]))
            continue;
        TRY(index_insert_unchecked(txn, index_key_index(wi->key), keys->items[i], false, rowid));
    }
    return STATUS_OK;
}

/* The row leaves those keys that `but` has not. */
static Status entries_leave(Writer *w, WriterIndex *wi, const GinKeys *keys, const GinKeys *but,
                            RowId rowid) {
    Txn *txn = w->exec->session->txn;
    for (size_t i = 0, k = 0; i < keys->count; i++) {
        while (k < but->count && str_compare(but->items[k], keys->items[i]) < 0)
            k++;
        if (k < but->count && str_equal(but->items[k], keys->items[i]))
            continue;
        TRY(index_mark_dead(txn, index_key_index(wi->key), keys->items[i], false, rowid));
    }
    return STATUS_OK;
}

/* Keys of the row in an inverted index; none where the index's predicate leaves it out. */
static Status entries_of(Writer *w, WriterIndex *wi, const Datum *values, const bool *nulls,
                         GinKeys *keys_out) {
    bool wanted;
    *keys_out = (GinKeys){0};
    TRY(index_key_wanted(wi->key, values, nulls, &wanted));
    return wanted ? index_key_entries(wi->key, values, nulls, &w->arena, keys_out) : STATUS_OK;
}

/* From the keys of one version to those of the next; either may be NULL. */
static Status entries_move(Writer *w, WriterIndex *wi, RowId rowid, const Datum *old_values,
                           const bool *old_nulls, const Datum *values, const bool *nulls) {
    GinKeys before = {0}, after = {0};
    ArenaMark mark = arena_mark(&w->arena);
    Status s = STATUS_OK;
    if (old_values != NULL)
        s = entries_of(w, wi, old_values, old_nulls, &before);
    if (status_ok(s) && values != NULL)
        s = entries_of(w, wi, values, nulls, &after);
    if (status_ok(s))
        s = entries_leave(w, wi, &before, &after, rowid);
    if (status_ok(s))
        s = entries_add(w, wi, &after, &before, rowid);
    arena_release(&w->arena, mark);
    return s;
}

static Status index_add(Writer *w, WriterIndex *wi, const Datum *values, const bool *nulls,
                        RowId rowid, bool *conflict_out) {
    Txn *txn = w->exec->session->txn;
    const IndexDesc *desc = index_key_desc(wi->key);
    Str key;
    bool has_null, wanted;
    if (index_key_is_inverted(wi->key)) {
        TRY(entries_move(w, wi, rowid, NULL, NULL, values, nulls));
        return wi->exclusion == NULL ? STATUS_OK
                                     : exclusion_add(w, wi, values, nulls, rowid, conflict_out);
    }
    TRY(index_key_wanted(wi->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
    if (wi->exclusion != NULL) {
        TRY(index_insert_unchecked(txn, index_key_index(wi->key), key, has_null, rowid));
        return exclusion_add(w, wi, values, nulls, rowid, conflict_out);
    }
    if (wi->deferred) {
        TRY(index_insert_unchecked(txn, index_key_index(wi->key), key, has_null, rowid));
        return has_null ? STATUS_OK : fk_recheck_unique(w->exec, w->rel.desc, desc, key, rowid);
    }
    RowId conflict;
    Xid wait_for;
    IndexInsert outcome;
    /* Matching a concurrent row makes its key in the same buffer: keep ours. */
    if (desc->unique)
        key = str_make(arena_memdup(&w->arena, key.data, key.len), key.len);
    TRY(index_insert(txn, index_key_index(wi->key), w->rel.table, key, has_null, rowid,
                     index_row_matches, &wi->check, true, &conflict, &wait_for, &outcome));
    if (outcome != INDEX_CONFLICT)
        return STATUS_OK;
    if (conflict_out != NULL && wi->arbiter) {
        *conflict_out = true;
        return STATUS_OK;
    }
    TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
    return index_duplicate_error(w->exec->session, wi->key, w->rel.desc, &w->arena);
}

static Status indexes_add(Writer *w, const Datum *values, const bool *nulls, RowId rowid,
                          bool *conflict_out) {
    for (uint32_t i = 0; i < w->index_count; i++) {
        TRY(index_add(w, &w->indexes[i], values, nulls, rowid, conflict_out));
        if (conflict_out != NULL && *conflict_out)
            return STATUS_OK;
    }
    return STATUS_OK;
}

/* The row leaves its key in an index. */
static Status index_leave(Writer *w, WriterIndex *wi, const Datum *values, const bool *nulls,
                          RowId rowid) {
    Str key;
    bool has_null, wanted;
    if (index_key_is_inverted(wi->key))
        return entries_move(w, wi, rowid, values, nulls, NULL, NULL);
    TRY(index_key_wanted(wi->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
    return index_mark_dead(w->exec->session->txn, index_key_index(wi->key), key, has_null, rowid);
}

/* ---- rows ---- */

static TriggerRow trigger_row(const Datum *values, const bool *nulls, RowId rowid) {
    return (TriggerRow){(Datum *)(uintptr_t)values, (bool *)(uintptr_t)nulls, rowid};
}

/* The row is stored: what looks at it now or later. */
static Status inserted(Writer *w, const Datum *values, const bool *nulls, RowId rowid) {
    TRY(fk_after_insert(w->fks, values, nulls, rowid));
    if (LIKELY(!w->after_insert))
        return STATUS_OK;
    TriggerRow new_row = trigger_row(values, nulls, rowid);
    return trigger_after_row(w->triggers, TRIGGER_OP_INSERT, NULL, &new_row);
}

Status writer_insert_row(Writer *w, const Datum *values, const bool *nulls, RowId *rowid_out,
                         bool *conflict_out) {
    Txn *txn = w->exec->session->txn;
    SavepointMark mark = {0};
    if (conflict_out != NULL) {
        *conflict_out = false;
        mark = txn_savepoint(txn);
    }
    TRY(table_insert(txn, w->rel.table, &w->rel.desc->shape, values, nulls, rowid_out));
    TRY(indexes_add(w, values, nulls, *rowid_out, conflict_out));
    if (conflict_out != NULL && *conflict_out)
        return txn_rollback_to(txn, mark);
    return inserted(w, values, nulls, *rowid_out);
}

static void writer_reserve(Writer *w, uint32_t rows) {
    if (w->values_capacity >= rows)
        return;
    w->values_capacity = rows <= 16 ? 16 : MAX(rows, BATCH_ROWS);
    size_t n = (size_t)w->values_capacity * (w->column_count + 1);
    w->values = arena_alloc(&w->exec->arena, n * sizeof(Datum));
    w->nulls = arena_alloc(&w->exec->arena, n);
}

/* Column by column into the row-major arrays. */
static void transpose(Writer *w, const Batch *batch, Selection sel) {
    uint32_t n = w->column_count;
    for (uint32_t c = 0; c < n; c++) {
        const Vector *v = &batch->columns[c];
        for (uint32_t i = 0; i < sel.count; i++) {
            uint32_t row = selection_row(sel, i);
            bool is_null = vector_is_null(v, row);
            w->nulls[(size_t)i * n + c] = is_null;
            w->values[(size_t)i * n + c] = is_null ? (Datum){.i64 = 0} : vector_at(v, row);
        }
    }
}

static Status insert_prepared(Writer *w, const Batch *batch, Selection sel, RowId *rowids_out) {
    Txn *txn = w->exec->session->txn;
    uint32_t n = w->column_count;
    RowId first;
    if (sel.count == 0)
        return STATUS_OK;
    writer_reserve(w, sel.count);
    transpose(w, batch, sel);
    if (sel.count == 1)
        TRY(table_insert(txn, w->rel.table, &w->rel.desc->shape, w->values, w->nulls, &first));
    else
        TRY(table_insert_many(txn, w->rel.table, &w->rel.desc->shape, w->values, w->nulls,
                              sel.count, &first));
    for (uint32_t i = 0; i < sel.count; i++) {
        const Datum *values = w->values + (size_t)i * n;
        const bool *nulls = w->nulls + (size_t)i * n;
        w->failed_row = selection_row(sel, i);
        w->failed_check = false;
        TRY(indexes_add(w, values, nulls, first + i, NULL));
        TRY(inserted(w, values, nulls, first + i));
        rowids_out[selection_row(sel, i)] = first + i;
    }
    return STATUS_OK;
}

Status writer_insert(Writer *w, Batch *batch, RowId *rowids_out) {
    ProgContext ctx = {.exec = w->exec,
                       .side = {NULL, NULL, batch, NULL},
                       .row_count = batch->row_count,
                       .arena = &w->arena};
    Selection sel = batch->selection;
    Status failed;
    TRY(writer_prepare(w, &ctx, batch, &sel, &failed));
    uint32_t failed_row = w->failed_row;
    Status s = writer_with_checks(
        w, &ctx, sel, WITH_CHECK_BIT(CHECK_RLS_INSERT) | WITH_CHECK_BIT(CHECK_VIEW_LOCAL));
    /* Rows before the one that failed may fail otherwise: theirs comes first. */
    if (status_ok(s))
        s = insert_prepared(w, batch, sel, rowids_out);
    if (!status_ok(s)) {
        status_free(failed);
        return s;
    }
    w->failed_row = failed_row;
    w->failed_check = true;
    return failed;
}

/* Do keys that foreign keys may refer to change? Decides how strong the row's lock is. */
static Status unique_keys_change(Writer *w, const Datum *old_values, const bool *old_nulls,
                                 const Datum *values, const bool *nulls, bool *change_out) {
    *change_out = false;
    for (uint32_t i = 0; i < w->index_count && !*change_out; i++) {
        WriterIndex *wi = &w->indexes[i];
        const IndexDesc *desc = index_key_desc(wi->key);
        Str key, old_key;
        bool has_null;
        if (!wi->touched || !desc->unique || desc->expressions != NULL || desc->predicate != NULL)
            continue;
        TRY(index_key_encode(wi->key, old_values, old_nulls, &key, &has_null));
        old_key = str_make(arena_memdup(&w->arena, key.data, key.len), key.len);
        TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
        *change_out = !str_equal(key, old_key);
    }
    return STATUS_OK;
}

static bool refers_to(const IndexDesc *desc, int16_t attnum) {
    for (uint16_t k = 0; k < desc->key_count; k++)
        if (desc->attnums[k] == attnum)
            return true;
    return false;
}

bool writer_key_has(const Writer *w, int16_t attnum) {
    for (uint32_t i = 0; i < w->index_count; i++) {
        const IndexDesc *desc = index_key_desc(w->indexes[i].key);
        if (desc->unique && desc->expressions == NULL && desc->predicate == NULL &&
            refers_to(desc, attnum))
            return true;
    }
    return false;
}

/* Moves a row from its old key to its new one where they differ. */
static Status index_move(Writer *w, WriterIndex *wi, RowId rowid, const Datum *old_values,
                         const bool *old_nulls, const Datum *values, const bool *nulls) {
    Str old_key = {0}, key = {0};
    bool had, has, has_null;
    if (index_key_is_inverted(wi->key)) {
        TRY(entries_move(w, wi, rowid, old_values, old_nulls, values, nulls));
        return wi->exclusion == NULL ? STATUS_OK : exclusion_add(w, wi, values, nulls, rowid, NULL);
    }
    TRY(index_key_wanted(wi->key, old_values, old_nulls, &had));
    TRY(index_key_wanted(wi->key, values, nulls, &has));
    if (had) {
        TRY(index_key_encode(wi->key, old_values, old_nulls, &old_key, &has_null));
        old_key = str_make(arena_memdup(&w->arena, old_key.data, old_key.len), old_key.len);
    }
    if (has)
        TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
    if (had && has && str_equal(old_key, key))
        return wi->exclusion == NULL ? STATUS_OK : exclusion_add(w, wi, values, nulls, rowid, NULL);
    if (had)
        TRY(index_leave(w, wi, old_values, old_nulls, rowid));
    return has ? index_add(w, wi, values, nulls, rowid, NULL) : STATUS_OK;
}

/* What a foreign key's action finds by a snapshot of now must be what the transaction sees. */
static Status check_seen(Writer *w, const RowView *old, Arena *arena) {
    Txn *txn = w->exec->session->txn;
    const Snapshot *snapshot;
    RowView seen;
    bool found;
    if (LIKELY(w->exec->events_to == NULL) || txn_isolation(txn) < ISOLATION_REPEATABLE_READ)
        return STATUS_OK;
    TRY(txn_snapshot(txn, &snapshot));
    Status s = table_fetch(snapshot, w->rel.table, old->rowid, arena, &seen, &found);
    txn_snapshot_release(txn, snapshot);
    TRY(s);
    if (found && seen.version == old->version)
        return STATUS_OK;
    return error(ERR_T_R_SERIALIZATION_FAILURE,
                 "could not serialize access due to concurrent update");
}

Status writer_update_row(Writer *w, const RowView *old, const Datum *old_values,
                         const bool *old_nulls, const Datum *values, const bool *nulls,
                         Arena *arena, RowView *latest_out, RowWrite *outcome_out) {
    Executor *exec = w->exec;
    bool key_changed;
    TRY(check_seen(w, old, arena));
    TRY(unique_keys_change(w, old_values, old_nulls, values, nulls, &key_changed));
    TRY(table_update(exec->session->txn, exec->snapshot, w->rel.table, old->rowid, old->version,
                     &w->rel.desc->shape, values, nulls, key_changed, arena, latest_out,
                     outcome_out));
    if (*outcome_out != ROW_WRITTEN)
        return STATUS_OK;
    for (uint32_t i = 0; i < w->index_count; i++)
        if (w->indexes[i].touched)
            TRY(index_move(w, &w->indexes[i], old->rowid, old_values, old_nulls, values, nulls));
    TRY(fk_after_update(w->fks, old->rowid, old_values, old_nulls, values, nulls));
    if (!w->after_update)
        return STATUS_OK;
    TriggerRow old_row = trigger_row(old_values, old_nulls, old->rowid);
    TriggerRow new_row = trigger_row(values, nulls, old->rowid);
    return trigger_after_row(w->triggers, TRIGGER_OP_UPDATE, &old_row, &new_row);
}

Status writer_delete_row(Writer *w, const RowView *old, const Datum *old_values,
                         const bool *old_nulls, Arena *arena, RowView *latest_out,
                         RowWrite *outcome_out) {
    Executor *exec = w->exec;
    TRY(check_seen(w, old, arena));
    TRY((w->moving ? table_delete_moved : table_delete)(exec->session->txn, exec->snapshot,
                                                        w->rel.table, old->rowid, old->version,
                                                        arena, latest_out, outcome_out));
    if (*outcome_out != ROW_WRITTEN)
        return STATUS_OK;
    for (uint32_t i = 0; i < w->index_count; i++)
        TRY(index_leave(w, &w->indexes[i], old_values, old_nulls, old->rowid));
    TRY(fk_after_delete(w->fks, old->rowid, old_values, old_nulls));
    if (!w->after_delete)
        return STATUS_OK;
    TriggerRow old_row = trigger_row(old_values, old_nulls, old->rowid);
    return trigger_after_row(w->triggers, TRIGGER_OP_DELETE, &old_row, NULL);
}

/* ---- ON CONFLICT ---- */

static Status conflict_in_index(Writer *w, WriterIndex *wi, const Datum *values, const bool *nulls,
                                Arena *arena, RowView *view_out, bool *found_out) {
    Txn *txn = w->exec->session->txn;
    Str key;
    bool has_null, wanted;
    *found_out = false;
    if (wi->exclusion != NULL) {
        RowId other;
        TRY(exclusion_find(wi->exclusion, values, nulls, 0, arena, &other));
        *found_out = other != 0;
        return STATUS_OK;
    }
    TRY(index_key_wanted(wi->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    TRY(index_key_encode(wi->key, values, nulls, &key, &has_null));
    if (has_null)
        return STATUS_OK;
    key = str_make(arena_memdup(arena, key.data, key.len), key.len);
    TRY(index_note_read(w->exec->snapshot, w->rel.table, index_key_index(wi->key), &key, true, &key,
                        true));
    for (bool waited = true; waited;) {
        RowId *rowids;
        uint32_t count;
        waited = false;
        TRY(index_get(index_key_index(wi->key), key, arena, &rowids, &count));
        for (uint32_t i = 0; i < count && !waited; i++) {
            Xid writer;
            bool found, matches = false;
            TRY(table_fetch_latest(txn, w->rel.table, rowids[i], arena, view_out, &writer, &found));
            if (found)
                TRY(index_row_matches(&wi->check, view_out, key, &matches));
            if (writer != 0 && (matches || !found)) {
                TRY(txn_wait_for(txn, writer));
                waited = true;
            } else if (matches) {
                TRY(table_note_read(w->exec->snapshot, w->rel.table, view_out));
                *found_out = true;
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}

Status writer_find_conflict(Writer *w, const Datum *values, const bool *nulls, Arena *arena,
                            RowView *view_out, bool *found_out) {
    *found_out = false;
    for (uint32_t i = 0; i < w->index_count && !*found_out; i++)
        if (w->indexes[i].arbiter)
            TRY(conflict_in_index(w, &w->indexes[i], values, nulls, arena, view_out, found_out));
    return STATUS_OK;
}
