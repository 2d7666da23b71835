/*
 * fk_check.c: a key must exist in the referenced table; deferred unique and exclusion constraints.
 *
 * The referenced row is found in the constraint's unique index, or, where the table is partitioned, in
 * that of the partition which takes the key, and locked FOR KEY SHARE, so that it keeps its key until
 * the transaction ends. A key is looked for once a statement. Where it is missing, rows that had it may
 * be gone meanwhile: then there is nothing to complain of.
 */
#include "executor/fk_int.h"

#include "catalog/name.h"
#include "executor/exclusion.h"

/* ---- a key must exist ---- */

static Status place_make(FkTarget *t, FkSide *side, const RelState *rel, const IndexDesc *index,
                         const int16_t *from_root, FkPlace **out) {
    Executor *exec = t->exec;
    FkPlace *p = arena_new(&exec->arena, FkPlace);
    *p = (FkPlace){
        .next = side->place, .desc = rel->desc, .table = rel->table, .from_root = from_root};
    TRY(index_key_make(exec->session, &exec->arena, rel->desc, index, &p->key));
    p->check = (IndexCheck){p->key, rel->desc, rel->table, &t->arena};
    side->place = *out = p;
    return STATUS_OK;
}

static Status side_ready(FkTarget *t, FkSide *side) {
    Executor *exec = t->exec;
    FkPlace *place;
    if (side->ready)
        return STATUS_OK;
    TRY(relation_lock(exec->session->catalog, side->fk->referenced, LOCK_ROW_SHARE, LOCK_WAIT,
                      NULL));
    TRY(exec_open_relation(exec, side->fk->referenced, &side->referenced));
    if (side->referenced.desc->kind == 'p') {
        TRY(router_make(exec, side->fk->referenced, &side->router));
        router_set_lock(side->router, LOCK_ROW_SHARE);
        side->ready = true;
        return STATUS_OK;
    }
    const IndexDesc *index = relation_index(side->referenced.desc, side->fk->index);
    if (index == NULL)
        return error(ERR_INTERNAL_ERROR, "index %u of a foreign key is missing", side->fk->index);
    TRY(place_make(t, side, &side->referenced, index, NULL, &place));
    side->ready = true;
    return STATUS_OK;
}

/* The partition's part of the constraint's index. */
static Status leaf_index(FkTarget *t, FkSide *side, const RelationDesc *leaf,
                         const IndexDesc **index_out) {
    for (uint16_t i = 0; i < leaf->index_count; i++) {
        Oid at = leaf->indexes[i].oid;
        *index_out = &leaf->indexes[i];
        while (at != side->fk->index) {
            const RelationDesc *desc;
            TRY(catalog_relation_require(t->exec->session->catalog, at, &desc));
            if (desc->parent_count == 0)
                break;
            at = desc->parents[0];
        }
        if (at == side->fk->index)
            return STATUS_OK;
    }
    return error(ERR_INTERNAL_ERROR, "index for %u not found in partition %s", side->fk->index,
                 leaf->name);
}

/* A referring value as the referenced type has it; FIT_EXACT, or nothing equals it. */
static Status convert_value(FkTarget *t, FkSide *side, uint32_t j, const TypeInfo *type,
                            Datum value, Datum *out, BoundFit *fit_out) {
    Oid own = t->desc->columns[side->fk->columns[j] - 1].type;
    *out = value;
    *fit_out = FIT_EXACT;
    if (own == type->oid || (side->phys[j] == PHYS_STR && type->phys == PHYS_STR))
        return STATUS_OK;
    return index_bound_convert(&t->exec->env, &t->arena, type->oid, own, value, out, fit_out);
}

/* The partition that a row of the key must lie in; *out NULL: none takes it. */
static Status find_place(FkTarget *t, FkSide *side, const Datum *values, FkPlace **out) {
    const RelationDesc *root = side->referenced.desc;
    const FkDesc *fk = side->fk;
    Register *regs = arena_array(&t->arena, Register, root->column_count + 1u);
    Batch one = {.column_count = root->column_count,
                 .row_count = 1,
                 .selection = selection_all(1),
                 .columns = arena_array(&t->arena, Vector, root->column_count + 1u)};
    RouteLeaf *leaf = NULL;
    *out = side->place;
    if (side->router == NULL)
        return STATUS_OK;
    *out = NULL;
    for (uint16_t c = 0; c < root->column_count; c++) {
        uint32_t j = 0;
        Datum value = {.i64 = 0};
        BoundFit fit;
        const TypeInfo *info;
        while (j < fk->column_count && fk->referenced_columns[j] != c + 1)
            j++;
        if (j < fk->column_count) {
            TRY(exec_type(t->exec, root->columns[c].type, &info));
            TRY(convert_value(t, side, j, info, values[j], &value, &fit));
            if (fit != FIT_EXACT)
                return STATUS_OK;
        }
        one.columns[c] = *register_constant(&regs[c], &t->arena, root->columns[c].phys, value,
                                            j == fk->column_count);
    }
    Status s = router_route(side->router, &one, one.selection, &leaf);
    if (!status_ok(s)) {
        if (s.error->state != ERR_CHECK_VIOLATION)
            return s;
        status_free(s);
        return STATUS_OK;
    }
    if (leaf->owner == NULL) {
        const IndexDesc *index;
        FkPlace *made;
        TRY(leaf_index(t, side, leaf->rel.desc, &index));
        TRY(place_make(t, side, &leaf->rel, index, leaf->from_root, &made));
        leaf->owner = made;
    }
    *out = leaf->owner;
    return STATUS_OK;
}

/* The referring key as the referenced index has it; *none_out: no row can have it. */
static Status referenced_key(FkTarget *t, FkSide *side, const FkPlace *place, const Datum *values,
                             Str *key_out, bool *none_out) {
    const FkDesc *fk = side->fk;
    const IndexDesc *index = index_key_desc(place->key);
    StrBuf buf;
    strbuf_init(&buf, &t->arena);
    *none_out = false;
    for (uint16_t i = 0; i < index->key_count; i++) {
        const IndexColumn *c = index_key_column(place->key, i);
        int16_t attnum = index->attnums[i];
        if (place->from_root != NULL && attnum > 0)
            attnum = place->from_root[attnum - 1];
        uint32_t j = 0;
        while (j < fk->column_count && fk->referenced_columns[j] != attnum)
            j++;
        if (j == fk->column_count)
            return error(ERR_INTERNAL_ERROR, "index %u does not fit its foreign key", index->oid);
        Datum value;
        BoundFit fit;
        TRY(convert_value(t, side, j, c->type, values[j], &value, &fit));
        if (fit != FIT_EXACT) {
            *none_out = true;
            return STATUS_OK;
        }
        TRY(key_encode_column(c->type, c->collation, c->descending, c->nulls_first, value, false,
                              &buf));
    }
    *key_out = str_make(strbuf_cstr(&buf), buf.len);
    return STATUS_OK;
}

/* From REPEATABLE READ up only a row that the transaction sees can be referred to, but for partitioned
 * tables: their rows are taken as they are now. */
static Status key_snapshot(FkTarget *t, const FkSide *side, const Snapshot **snapshot_out) {
    Txn *txn = t->exec->session->txn;
    if (txn_isolation(txn) < ISOLATION_REPEATABLE_READ || side->referenced.desc->kind == 'p')
        return txn_snapshot_latest(txn, snapshot_out);
    return txn_snapshot(txn, snapshot_out);
}

/* Finds the referenced row and locks it against losing its key. */
static Status lock_referenced(FkTarget *t, const FkSide *side, FkPlace *place, Str key,
                              bool *found_out) {
    Txn *txn = t->exec->session->txn;
    Table *table = place->table;
    for (bool again = true; again;) {
        const Snapshot *snapshot;
        RowId *rowids;
        uint32_t count;
        Status s = STATUS_OK;
        again = *found_out = false;
        TRY(index_get(index_key_index(place->key), key, &t->arena, &rowids, &count));
        TRY(key_snapshot(t, side, &snapshot));
        for (uint32_t i = 0; i < count && status_ok(s) && !*found_out && !again; i++) {
            RowView view, latest;
            RowWrite outcome = ROW_DELETED_BY_OTHER;
            bool matches = false;
            s = table_fetch(snapshot, table, rowids[i], &t->arena, &view, &matches);
            if (status_ok(s) && matches)
                s = index_row_matches(&place->check, &view, key, &matches);
            if (status_ok(s) && matches)
                s = table_lock_row(txn, snapshot, table, rowids[i], view.version, ROW_KEY_SHARE,
                                   LOCK_WAIT, &t->arena, &latest, &outcome);
            *found_out = outcome == ROW_WRITTEN || outcome == ROW_SELF_MODIFIED;
            again = outcome == ROW_UPDATED_BY_OTHER;
        }
        txn_snapshot_release(txn, snapshot);
        TRY(s);
    }
    return STATUS_OK;
}

Status fk_describe_key(FkTarget *t, const RelationDesc *desc, const int16_t *columns,
                       uint32_t count, const Datum *values, const char **columns_out,
                       const char **values_out) {
    StrBuf names, texts;
    strbuf_init(&names, &t->arena);
    strbuf_init(&texts, &t->arena);
    for (uint32_t i = 0; i < count; i++) {
        const ColumnDesc *column = &desc->columns[columns[i] - 1];
        const TypeInfo *info;
        if (i > 0) {
            strbuf_puts(&names, ", ");
            strbuf_puts(&texts, ", ");
        }
        strbuf_puts(&names, column->name);
        TRY(exec_type(t->exec, column->type, &info));
        TypeIo io = {
            .type = info, .typmod = column->typmod, .env = &t->exec->env, .arena = &t->arena};
        TRY(info->output(&io, values[i], &texts));
    }
    *columns_out = strbuf_cstr(&names);
    *values_out = strbuf_cstr(&texts);
    return STATUS_OK;
}

/* Values of different types meet as the operator takes them. */
static Status put_operand(Executor *exec, StrBuf *sql, const char *text, Oid type, Oid wanted) {
    const CatalogSession *catalog = exec->session->catalog;
    const TypeDesc *desc;
    const char *nsp;
    strbuf_puts(sql, text);
    if (type == wanted)
        return STATUS_OK;
    TRY(catalog_type_require(exec->session->catalog, wanted, &desc));
    if (desc->kind == 'p')
        return STATUS_OK;
    TRY(namespace_name(exec->session->catalog, desc->nsp, &nsp));
    strbuf_printf(sql, "::%s", quote_qualified(catalog, &exec->arena, nsp, desc->name));
    return STATUS_OK;
}

/* Keys of different collations compare by the referenced column's. */
static Status put_collation(Executor *exec, StrBuf *sql, Oid pk, Oid fk) {
    const CollationDesc *desc;
    const char *nsp;
    if (pk == OID_INVALID || pk == fk)
        return STATUS_OK;
    TRY(catalog_collation(exec->session->catalog, pk, &desc));
    TRY(namespace_name(exec->session->catalog, desc->nsp, &nsp));
    strbuf_printf(sql, " COLLATE %s",
                  quote_qualified(exec->session->catalog, &exec->arena, nsp, desc->name));
    return STATUS_OK;
}

Status fk_put_condition(Executor *exec, StrBuf *sql, const FkDesc *fk,
                        const RelationDesc *referenced, const RelationDesc *refers, char pairs,
                        uint32_t first) {
    const CatalogSession *catalog = exec->session->catalog;
    for (uint32_t i = 0; i < fk->column_count; i++) {
        const ColumnDesc *pk = &referenced->columns[fk->referenced_columns[i] - 1];
        const ColumnDesc *own = &refers->columns[fk->columns[i] - 1];
        const ColumnDesc *left = pairs == 'c' ? own : pk, *right = pairs == 'p' ? pk : own;
        const OperatorDesc *op;
        const char *nsp;
        Oid oper = pairs == 'f'   ? fk->pf_equal[i]
                   : pairs == 'p' ? fk->pp_equal[i]
                                  : fk->ff_equal[i];
        TRY(catalog_operator_require(exec->session->catalog, oper, &op));
        TRY(namespace_name(exec->session->catalog, op->nsp, &nsp));
        strbuf_puts(sql, i == 0 ? " WHERE " : " AND ");
        TRY(put_operand(exec, sql, arena_printf(&exec->arena, "$%u", first + i), left->type,
                        op->left));
        strbuf_printf(sql, " OPERATOR(%s.%s) ", quote_ident(catalog, &exec->arena, nsp), op->name);
        TRY(put_operand(exec, sql, quote_ident(catalog, &exec->arena, right->name), right->type,
                        op->right));
        if (pairs == 'f')
            TRY(put_collation(exec, sql, pk->collation, own->collation));
    }
    return STATUS_OK;
}

/* Does any row of the table still refer by the key? */
static Status still_refers(FkTarget *t, FkSide *side, const Datum *values, bool *yes_out) {
    Executor *exec = t->exec;
    const FkDesc *fk = side->fk;
    uint32_t n = fk->column_count;
    StrBuf sql;
    strbuf_init(&sql, &exec->arena);
    strbuf_printf(
        &sql, "SELECT 1 FROM ONLY %s",
        quote_qualified(exec->session->catalog, &exec->arena, t->desc->nsp_name, t->desc->name));
    TRY(fk_put_condition(exec, &sql, fk, side->referenced.desc, t->desc, 'c', 1));
    strbuf_puts(&sql, " LIMIT 1");
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        types[i] = t->desc->columns[fk->columns[i] - 1].type;
    NestedQuery query = {.sql = strbuf_cstr(&sql),
                         .param_count = n,
                         .param_types = types,
                         .params = values,
                         .param_nulls = arena_array(&exec->arena, bool, n + 1),
                         .run_as = t->desc->owner,
                         .flags = EXEC_SKIP_PERMISSIONS};
    uint64_t processed = 0;
    TRY(executor_run_sql(exec->session, &query, NULL, &processed));
    *yes_out = processed > 0;
    return STATUS_OK;
}

static Status absent_error(FkTarget *t, FkSide *side, const Datum *values) {
    const FkDesc *fk = side->fk;
    const char *columns, *texts;
    bool hidden;
    TRY(fk_describe_key(t, t->desc, fk->columns, fk->column_count, values, &columns, &texts));
    TRY(row_values_hidden(t->exec->session, t->desc, fk->columns, fk->column_count, &hidden));
    Status s = error(ERR_FOREIGN_KEY_VIOLATION,
                     "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                     t->desc->name, fk->name);
    s = hidden
            ? status_detail(s, "Key is not present in table \"%s\".", side->referenced.desc->name)
            : status_detail(s, "Key (%s)=(%s) is not present in table \"%s\".", columns, texts,
                            side->referenced.desc->name);
    return status_object(s, t->desc->nsp_name, t->desc->name, NULL, NULL, fk->name);
}

Status fk_check_refers(FkTarget *t, FkSide *side, const Datum *values) {
    FkPlace *place;
    bool none = true, found = false, refers = true;
    Str key;
    arena_reset(&t->arena);
    TRY(side_ready(t, side));
    TRY(find_place(t, side, values, &place));
    if (place != NULL)
        TRY(referenced_key(t, side, place, values, &key, &none));
    if (!none)
        TRY(lock_referenced(t, side, place, key, &found));
    if (!found)
        TRY(still_refers(t, side, values, &refers));
    return found || !refers ? STATUS_OK : absent_error(t, side, values);
}

/* Every distinct key that the statement stored. */
Status fk_check_seen(FkTarget *t, FkSide *side) {
    RowTableCursor cursor = {0};
    Datum *values = arena_array(&t->exec->arena, Datum, side->fk->column_count + 1u);
    for (uint8_t *row; (row = row_table_next(&side->seen, &cursor)) != NULL;) {
        for (uint32_t i = 0; i < side->fk->column_count; i++)
            values[i] = row_get(&side->shape, row, i);
        TRY(fk_check_refers(t, side, values));
        TRY(fiber_check_interrupt());
    }
    row_table_clear(&side->seen);
    return STATUS_OK;
}

/* ---- deferrable unique constraints ---- */

/* The row as it is now, against the others. */
static Status exclusion_still_holds(const RelationDesc *desc, Table *table, Executor *exec,
                                    IndexKey *key, RowId rowid, Arena *arena) {
    Datum *values = arena_array(arena, Datum, desc->column_count + 1u);
    bool *nulls = arena_array(arena, bool, desc->column_count + 1u);
    RowView view;
    Xid writer;
    bool found;
    RowId other;
    Exclusion *exclusion;
    TRY(table_fetch_latest(exec->session->txn, table, rowid, arena, &view, &writer, &found));
    if (!found || writer != 0)
        return STATUS_OK;
    TRY(relation_decode(desc, table, &view, arena, values, nulls));
    TRY(exclusion_make(exec, desc, index_key_desc(key), table, key, &exclusion));
    TRY(exclusion_find(exclusion, values, nulls, rowid, arena, &other));
    return other == 0 ? STATUS_OK : exclusion_error(exclusion, false);
}

Status fk_check_exclusion(const RelationDesc *desc, Table *table, Executor *exec,
                          const FkEvent *e) {
    const IndexDesc *index = relation_index(desc, e->index);
    Arena arena;
    IndexKey *key;
    if (index == NULL)
        return STATUS_OK;
    arena_init(&arena, &exec->account);
    Status s = index_key_make(exec->session, &arena, desc, index, &key);
    if (status_ok(s)) {
        s = exclusion_still_holds(desc, table, exec, key, e->rowid, &arena);
        index_key_end(key);
    }
    arena_destroy(&arena);
    return s;
}

Status fk_check_unique(const RelationDesc *desc, Table *table, Executor *exec, const FkEvent *e) {
    const IndexDesc *index = relation_index(desc, e->index);
    Arena arena;
    IndexKey *key;
    if (index == NULL)
        return STATUS_OK;
    arena_init(&arena, &exec->account);
    Status s = index_key_make(exec->session, &arena, desc, index, &key);
    RowId *rowids;
    uint32_t count = 0, live = 0;
    Datum *values = arena_array(&arena, Datum, desc->column_count + 1u);
    bool *nulls = arena_array(&arena, bool, desc->column_count + 1u);
    if (status_ok(s))
        s = index_get(index_key_index(key), e->key, &arena, &rowids, &count);
    IndexCheck check = {key, desc, table, &arena};
    for (uint32_t i = 0; i < count && status_ok(s) && live < 2; i++) {
        RowView view;
        Xid writer;
        bool matches;
        s = table_fetch_latest(exec->session->txn, table, rowids[i], &arena, &view, &writer,
                               &matches);
        if (status_ok(s) && writer != 0) {
            s = txn_wait_for(exec->session->txn, writer);
            i--; /* look again */
            continue;
        }
        if (status_ok(s) && matches)
            s = index_row_matches(&check, &view, e->key, &matches);
        if (status_ok(s) && matches && ++live == 1)
            s = relation_decode(desc, table, &view, &arena, values, nulls);
    }
    if (status_ok(s) && live >= 2) {
        Str bytes;
        bool has_null;
        s = index_key_encode(key, values, nulls, &bytes, &has_null);
        if (status_ok(s))
            s = index_duplicate_error(exec->session, key, desc, &arena);
    }
    index_key_end(key);
    arena_destroy(&arena);
    return s;
}
