/* exclusion.c: see exclusion.h. */
#include "executor/exclusion.h"

#include "executor/gin_rows.h"
#include "runtime/fiber.h"

#define CANDIDATES 256u

struct Exclusion {
    Executor *exec;
    const RelationDesc *relation;
    const IndexDesc *index;
    Table *table;
    IndexKey *key;
    FnCaller *callers;                         /* by column; unused where it is keyed */
    Datum *values;                             /* the row to be checked: its key columns */
    Arena *arena;                              /* of the check that runs */
    const char *columns, *new_text, *old_text; /* of the last conflict */
};

Status exclusion_make(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                      Table *table, IndexKey *key, Exclusion **exclusion_out) {
    Exclusion *x = arena_new(&exec->arena, Exclusion);
    uint32_t n = index_key_columns(key);
    *exclusion_out = x;
    *x =
        (Exclusion){.exec = exec, .relation = relation, .index = index, .table = table, .key = key};
    x->callers = arena_array(&exec->arena, FnCaller, n + 1);
    x->values = arena_array(&exec->arena, Datum, n + 1);
    check(index->exclusion_operators != NULL);
    for (uint32_t i = 0; i < n; i++) {
        const IndexColumn *column = index_key_column(key, i);
        Oid function, types[2] = {column->type->oid, column->type->oid};
        if (column->keyed && !index_key_is_inverted(key))
            continue;
        TRY(operator_function(exec, index->exclusion_operators[i], &function));
        TRY(fn_caller_make(exec, function, types, 2, OID_BOOL, column->collation, NULL,
                           &x->callers[i]));
    }
    return STATUS_OK;
}

/* A KeyMatches: does this version exclude the row that is checked? */
static Status version_excludes(void *arg, const RowView *row, Str key, bool *matches_out) {
    Exclusion *x = arg;
    uint16_t n = x->relation->column_count;
    Datum *values = arena_array(x->arena, Datum, n + 1u);
    bool *nulls = arena_array(x->arena, bool, n + 1u), wanted, has_null;
    const bool *key_nulls;
    Str own;
    *matches_out = false;
    TRY(relation_decode(x->relation, x->table, row, x->arena, values, nulls));
    TRY(index_key_wanted(x->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    bool inverted = index_key_is_inverted(x->key);
    if (inverted) {
        TRY(index_key_evaluate(x->key, values, nulls));
    } else {
        TRY(index_key_encode(x->key, values, nulls, &own, &has_null));
        if (has_null || !str_equal(own, key))
            return STATUS_OK;
    }
    const Datum *others = index_key_values(x->key, &key_nulls);
    for (uint32_t i = 0; i < index_key_columns(x->key); i++) {
        Datum args[2] = {others[i], x->values[i]}, holds;
        bool is_null;
        if (key_nulls[i])
            return STATUS_OK;
        if (index_key_column(x->key, i)->keyed && !inverted)
            continue;
        TRY(fn_caller_call(&x->callers[i], x->arena, args, NULL, &holds, &is_null));
        if (is_null || !holds.b)
            return STATUS_OK;
    }
    *matches_out = true;
    return index_key_describe(x->exec->session, x->key, &x->exec->arena, &x->columns, &x->old_text);
}

/* One candidate: alive and in the way? */
static Status candidate(Exclusion *x, RowId rowid, Str key, bool *excludes_out) {
    Txn *txn = x->exec->session->txn;
    for (;;) {
        Xid writer;
        ArenaMark mark = arena_mark(x->arena);
        Status s =
            index_row_alive(txn, x->table, rowid, key, version_excludes, x, excludes_out, &writer);
        arena_release(x->arena, mark);
        if (!status_ok(s) || writer == XID_INVALID)
            return s;
        TRY(txn_wait_for(txn, writer));
    }
}

/* The keys that rows in the way may have, by the first column that is not compared for equality. */
static Status keys_in_the_way(Exclusion *x, GinNode **node_out) {
    GinColumn column;
    bool has_null;
    EvalEnv *env = &x->exec->session->env;
    TRY(index_key_exclusion_prefix(x->key, x->arena, &column, &has_null));
    TRY(gin_query(env, &column, index_key_exclusion_strategy(x->key),
                  x->values[index_key_exclusion_column(x->key)], column.type->oid, x->arena,
                  node_out));
    if ((*node_out)->tag != GIN_ALL && (*node_out)->tag != GIN_AND)
        return STATUS_OK;
    /* all of the column's keys */
    const uint8_t number = column.number;
    (*node_out)->tag = GIN_PREFIX;
    (*node_out)->key = column.prefix.data != NULL
                           ? column.prefix
                           : str_make(arena_memdup(x->arena, &number, 1), 1);
    return STATUS_OK;
}

static Status search_candidates(Exclusion *x, RowId self, RowId *rowid_out) {
    GinNode *node;
    RowIds rows;
    TRY(keys_in_the_way(x, &node));
    if (node->tag == GIN_NOTHING)
        return STATUS_OK;
    TRY(gin_rows_gather(NULL, x->table, index_key_index(x->key), node, x->arena, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        bool excludes;
        if (rows.items[i] == self)
            continue;
        TRY(candidate(x, rows.items[i], (Str){0}, &excludes));
        if (excludes) {
            *rowid_out = rows.items[i];
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static Status scan_candidates(Exclusion *x, Str key, RowId self, RowId *rowid_out) {
    IndexScan *scan;
    IndexEntry *entries = arena_array(x->arena, IndexEntry, CANDIDATES);
    RowId *rowids = arena_array(x->arena, RowId, CANDIDATES);
    TRY(index_scan_open(index_key_index(x->key), &key, true, &key, true, false, x->arena, &scan));
    for (;;) {
        uint32_t count;
        TRY(fiber_check_interrupt());
        fiber_yield_if_due();
        TRY(index_scan_next(scan, entries, CANDIDATES, &count));
        if (count == 0)
            return STATUS_OK;
        for (uint32_t i = 0; i < count; i++)
            rowids[i] = entries[i].rowid;
        for (uint32_t i = 0; i < count; i++) {
            bool excludes;
            if (rowids[i] == self)
                continue;
            TRY(candidate(x, rowids[i], key, &excludes));
            if (excludes) {
                *rowid_out = rowids[i];
                return STATUS_OK;
            }
        }
    }
}

Status exclusion_find(Exclusion *x, const Datum *values, const bool *nulls, RowId self,
                      Arena *arena, RowId *rowid_out) {
    bool wanted, has_null = false, inverted = index_key_is_inverted(x->key);
    const bool *key_nulls;
    Str key = {0};
    *rowid_out = 0;
    TRY(index_key_wanted(x->key, values, nulls, &wanted));
    if (!wanted)
        return STATUS_OK;
    if (inverted)
        TRY(index_key_evaluate(x->key, values, nulls));
    else
        TRY(index_key_encode(x->key, values, nulls, &key, &has_null));
    index_key_values(x->key, &key_nulls);
    for (uint32_t i = 0; i < index_key_columns(x->key) && inverted; i++)
        has_null |= key_nulls[i];
    if (has_null)
        return STATUS_OK;
    /* The key's buffers are used again for each candidate: keep ours. */
    x->arena = arena;
    ArenaMark mark = arena_mark(arena);
    if (!inverted)
        key = str_make(arena_memdup(arena, key.data, key.len), key.len);
    const Datum *own = index_key_values(x->key, &key_nulls);
    for (uint32_t i = 0; i < index_key_columns(x->key); i++) {
        x->values[i] = own[i];
        if (index_key_column(x->key, i)->type->phys == PHYS_STR)
            x->values[i] =
                datum_str(arena_memdup(arena, own[i].str.data, own[i].str.len), own[i].str.len);
    }
    Status s = inverted ? search_candidates(x, self, rowid_out)
                        : scan_candidates(x, key, self, rowid_out);
    if (status_ok(s) && *rowid_out != 0) {
        const char *columns;
        s = inverted ? index_key_evaluate(x->key, values, nulls)
                     : index_key_encode(x->key, values, nulls, &key, &has_null);
        if (status_ok(s))
            s = index_key_describe(x->exec->session, x->key, &x->exec->arena, &columns,
                                   &x->new_text);
    }
    arena_release(arena, mark);
    return s;
}

Status exclusion_error(Exclusion *x, bool building) {
    Status s;
    if (building)
        s = status_detail(error(ERR_EXCLUSION_VIOLATION,
                                "could not create exclusion constraint \"%s\"", x->index->name),
                          "Key (%s)=(%s) conflicts with key (%s)=(%s).", x->columns, x->new_text,
                          x->columns, x->old_text);
    else
        s = status_detail(error(ERR_EXCLUSION_VIOLATION,
                                "conflicting key value violates exclusion constraint \"%s\"",
                                x->index->name),
                          "Key (%s)=(%s) conflicts with existing key (%s)=(%s).", x->columns,
                          x->new_text, x->columns, x->old_text);
    return status_object(s, x->relation->nsp_name, x->relation->name, NULL, NULL, x->index->name);
}
