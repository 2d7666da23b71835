/* fk.c: foreign keys and deferred unique checks: see fk.h. */
#include "executor/fk.h"

#include "base/vec.h"
#include "catalog/row.h"
#include "executor/exclusion.h"
#include "executor/index_key.h"
#include "executor/row_table.h"
#include "executor/trigger.h"
#include "executor/utility.h"

typedef enum FkEventKind {
    FK_REFERS,
    FK_REFERRED_UPDATE,
    FK_REFERRED_DELETE,
    FK_UNIQUE,
    FK_EXCLUSION
} FkEventKind;

typedef struct FkEvent {
    struct FkEvent *next;
    FkEventKind kind;
    Oid constraint;
    Oid relation; /* the table that was written */
    Oid index;    /* FK_UNIQUE, FK_EXCLUSION */
    RowId rowid;
    Datum *values;     /* key: FK_REFERS the new one, FK_REFERRED_* the old one */
    Datum *new_values; /* FK_REFERRED_UPDATE */
    bool *new_nulls;
    Str key;          /* FK_UNIQUE */
    FkTarget *target; /* FK_REFERS without a row: all keys that `side` of a live writer has seen */
    struct FkSide *side;
} FkEvent;

typedef struct FkEvents {
    FkEvent *first, *last;
    bool running;
} FkEvents;

/* One foreign key of a table being written. */
typedef struct FkSide {
    const FkDesc *fk;
    RowEqual equal; /* its own key columns */
    PhysType *phys;
    bool ready;
    /* FK_REFERS: keys met in this statement, each checked once */
    RowTable seen;
    bool has_seen;
    RowShape shape;
    Register *registers;
    const Vector **vectors;
    /* the referenced table */
    RelState referenced;
    IndexKey *key;
    IndexCheck check;
} FkSide;

struct FkTarget {
    Executor *exec;
    const RelationDesc *desc;
    Table *table;
    FkSide *refers, *referred;
    uint32_t refers_count, referred_count;
    Arena arena;
};

/* ---- SET CONSTRAINTS ---- */

typedef struct FkMode {
    Oid constraint; /* 0: all */
    bool deferred;
} FkMode;
typedef struct FkModes {
    Session *session;
    Arena arena;
    uint32_t count, capacity;
    FkMode *modes; /* later ones win */
} FkModes;

bool constraint_is_deferred(Session *session, Oid constraint, bool deferrable, bool initially) {
    const FkModes *modes = session->constraint_modes;
    bool deferred = initially;
    if (!deferrable)
        return false;
    for (uint32_t i = 0; modes != NULL && i < modes->count; i++)
        if (modes->modes[i].constraint == 0 || modes->modes[i].constraint == constraint)
            deferred = modes->modes[i].deferred;
    return deferred;
}

static void modes_end(void *arg, bool committed, Lsn commit_lsn) {
    FkModes *modes = arg;
    modes->session->constraint_modes = NULL;
    Session *session = modes->session;
    arena_destroy(&modes->arena);
    mem_free(&session->account, modes, sizeof(*modes));
}

static void modes_add(Session *session, Oid constraint, bool deferred) {
    FkModes *modes = session->constraint_modes;
    if (modes == NULL) {
        modes = mem_alloc(&session->account, sizeof(*modes));
        *modes = (FkModes){.session = session};
        arena_init(&modes->arena, &session->account);
        session->constraint_modes = modes;
        TxnAction action = {.after = modes_end, .arg = modes};
        txn_add_action(session->txn, &action);
    }
    if (modes->count == modes->capacity) {
        uint32_t capacity = MAX(modes->capacity * 2, 8u);
        modes->modes = arena_grow(&modes->arena, modes->modes, modes->capacity * sizeof(FkMode),
                                  capacity * sizeof(FkMode));
        modes->capacity = capacity;
    }
    modes->modes[modes->count++] = (FkMode){constraint, deferred};
}

/* ---- targets ---- */

static Status side_init(FkTarget *t, FkSide *side, const FkDesc *fk, bool refers) {
    uint32_t n = fk->column_count;
    Executor *exec = t->exec;
    const int16_t *columns = refers ? fk->columns : fk->referenced_columns;
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    Oid *collations = arena_array(&exec->arena, Oid, n + 1);
    side->fk = fk;
    side->phys = arena_array(&exec->arena, PhysType, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const ColumnDesc *column = &t->desc->columns[columns[i] - 1];
        types[i] = column->type;
        collations[i] = column->collation;
        side->phys[i] = column->phys;
    }
    row_shape_init(&side->shape, &exec->arena, n, side->phys);
    side->registers = arena_array(&exec->arena, Register, n + 1);
    side->vectors = arena_array(&exec->arena, const Vector *, n + 1);
    return row_equal_init_types(&side->equal, exec, n, types, types, NULL, collations);
}

/* By the state of the triggers that stand for it, and session_replication_role. */
static bool is_enabled(const Session *session, char enabled) {
    return enabled == 'A' || enabled == (session->settings.replication_role_replica ? 'R' : 'O');
}

Status fk_target_make(Executor *exec, const RelationDesc *desc, Table *table,
                      FkTarget **target_out) {
    *target_out = NULL;
    if (desc->fk_count == 0 && desc->referencing_count == 0)
        return STATUS_OK;
    FkTarget *t = arena_new(&exec->arena, FkTarget);
    *target_out = t;
    t->exec = exec;
    t->desc = desc;
    t->table = table;
    arena_init(&t->arena, &exec->account);
    t->refers = arena_array(&exec->arena, FkSide, desc->fk_count + 1u);
    t->referred = arena_array(&exec->arena, FkSide, desc->referencing_count + 1u);
    for (uint32_t i = 0; i < desc->fk_count; i++)
        if (is_enabled(exec->session, desc->fks[i].check_enabled))
            TRY(side_init(t, &t->refers[t->refers_count++], &desc->fks[i], true));
    for (uint32_t i = 0; i < desc->referencing_count; i++) {
        if (!is_enabled(exec->session, desc->referencing[i].action_enabled))
            continue;
        const RelationDesc
            *other; /* a partitioned table's key stands for those of its partitions */
        TRY(catalog_relation(exec->session->catalog, desc->referencing[i].relation, &other));
        if (other != NULL && other->kind != 'p')
            TRY(side_init(t, &t->referred[t->referred_count++], &desc->referencing[i], false));
    }
    return STATUS_OK;
}

void fk_target_free(FkTarget *t) {
    if (t == NULL)
        return;
    for (uint32_t i = 0; i < t->refers_count; i++) {
        row_table_free(&t->refers[i].seen);
        index_key_end(t->refers[i].key);
    }
    arena_destroy(&t->arena);
}

/* ---- events ---- */

static FkEvent *event_add(Executor *exec, FkEventKind kind, Oid constraint, Oid relation,
                          RowId rowid) {
    if (exec->fk_events == NULL)
        exec->fk_events = arena_new(&exec->arena, FkEvents);
    FkEvents *events = exec->fk_events;
    FkEvent *e = arena_new(&exec->arena, FkEvent);
    *e = (FkEvent){.kind = kind, .constraint = constraint, .relation = relation, .rowid = rowid};
    if (events->last == NULL)
        events->first = e;
    else
        events->last->next = e;
    events->last = e;
    return e;
}

static Status copy_key(Arena *arena, const RelationDesc *desc, const int16_t *columns,
                       uint32_t count, const Datum *values, const bool *nulls, Datum **out) {
    *out = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t c = (uint32_t)columns[i] - 1;
        if (!nulls[c])
            TRY(datum_copy(arena, desc->columns[c].phys, values[c], &(*out)[i]));
    }
    return STATUS_OK;
}

static uint32_t null_count(const int16_t *columns, uint32_t count, const bool *nulls) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += nulls[columns[i] - 1];
    return n;
}

static Status match_full_error(FkTarget *t, const FkDesc *fk) {
    Status s = error(ERR_FOREIGN_KEY_VIOLATION,
                     "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                     t->desc->name, fk->name);
    s = status_detail(s, "MATCH FULL does not allow mixing of null and nonnull key values.");
    return status_object(s, t->desc->nsp_name, t->desc->name, NULL, NULL, fk->name);
}

/* A row now refers by this key. */
static Status refers_event(FkTarget *t, FkSide *side, const Datum *values, const bool *nulls,
                           RowId rowid) {
    const FkDesc *fk = side->fk;
    Executor *exec = t->exec;
    uint32_t n = fk->column_count, empty = null_count(fk->columns, n, nulls);
    if (empty > 0) {
        if (fk->match == 'f' && empty < n)
            return match_full_error(t, fk);
        return STATUS_OK;
    }
    if (constraint_is_deferred(exec->session, fk->oid, fk->deferrable, fk->deferred)) {
        FkEvent *e = event_add(exec, FK_REFERS, fk->oid, t->desc->oid, rowid);
        return copy_key(&exec->arena, t->desc, fk->columns, n, values, nulls, &e->values);
    }
    if (!side->has_seen) {
        TRY(row_table_init(&side->seen, &exec->account, &side->shape, &side->equal, 0));
        side->has_seen = true;
    }
    uint64_t hash = 0;
    uint8_t *stored;
    bool is_new;
    for (uint32_t i = 0; i < n; i++) {
        Datum value = values[fk->columns[i] - 1];
        side->vectors[i] =
            register_constant(&side->registers[i], &exec->arena, side->phys[i], value, false);
        hash = row_equal_hash(&side->equal, i, value, false, hash);
    }
    TRY(row_table_put(&side->seen, &t->arena, side->vectors, 0, hash, &stored, &is_new));
    if (is_new && side->seen.count == 1) { /* the statement has something to check */
        FkEvent *e = event_add(exec, FK_REFERS, fk->oid, t->desc->oid, 0);
        e->target = t;
        e->side = side;
    }
    return STATUS_OK;
}

/* Did the key columns change? */
static Status key_changed(FkTarget *t, const FkSide *side, const int16_t *columns,
                          const Datum *old_values, const bool *old_nulls, const Datum *values,
                          const bool *nulls, bool *changed_out) {
    *changed_out = false;
    for (uint32_t i = 0; i < side->fk->column_count && !*changed_out; i++) {
        uint32_t c = (uint32_t)columns[i] - 1;
        bool equal = old_nulls[c] == nulls[c];
        if (equal && !nulls[c])
            TRY(row_equal_pair(&side->equal, &t->arena, i, old_values[c], values[c], &equal));
        *changed_out = !equal;
    }
    return STATUS_OK;
}

Status fk_after_insert(FkTarget *t, const Datum *values, const bool *nulls, RowId rowid) {
    for (uint32_t i = 0; t != NULL && i < t->refers_count; i++)
        TRY(refers_event(t, &t->refers[i], values, nulls, rowid));
    return STATUS_OK;
}

static Status referred_event(FkTarget *t, FkSide *side, FkEventKind kind, RowId rowid,
                             const Datum *old_values, const bool *old_nulls, const Datum *values,
                             const bool *nulls) {
    const FkDesc *fk = side->fk;
    Executor *exec = t->exec;
    uint32_t n = fk->column_count;
    if (null_count(fk->referenced_columns, n, old_nulls) > 0)
        return STATUS_OK; /* nobody can refer to it */
    FkEvent *e = event_add(exec, kind, fk->oid, t->desc->oid, rowid);
    TRY(copy_key(&exec->arena, t->desc, fk->referenced_columns, n, old_values, old_nulls,
                 &e->values));
    if (kind != FK_REFERRED_UPDATE)
        return STATUS_OK;
    e->new_nulls = arena_array(&exec->arena, bool, n + 1);
    for (uint32_t i = 0; i < n; i++)
        e->new_nulls[i] = nulls[fk->referenced_columns[i] - 1];
    return copy_key(&exec->arena, t->desc, fk->referenced_columns, n, values, nulls,
                    &e->new_values);
}

Status fk_after_update(FkTarget *t, RowId rowid, const Datum *old_values, const bool *old_nulls,
                       const Datum *values, const bool *nulls) {
    bool changed;
    for (uint32_t i = 0; t != NULL && i < t->refers_count; i++) {
        TRY(key_changed(t, &t->refers[i], t->refers[i].fk->columns, old_values, old_nulls, values,
                        nulls, &changed));
        if (changed)
            TRY(refers_event(t, &t->refers[i], values, nulls, rowid));
    }
    for (uint32_t i = 0; t != NULL && i < t->referred_count; i++) {
        TRY(key_changed(t, &t->referred[i], t->referred[i].fk->referenced_columns, old_values,
                        old_nulls, values, nulls, &changed));
        if (changed)
            TRY(referred_event(t, &t->referred[i], FK_REFERRED_UPDATE, rowid, old_values, old_nulls,
                               values, nulls));
    }
    return STATUS_OK;
}

Status fk_after_delete(FkTarget *t, RowId rowid, const Datum *old_values, const bool *old_nulls) {
    for (uint32_t i = 0; t != NULL && i < t->referred_count; i++)
        TRY(referred_event(t, &t->referred[i], FK_REFERRED_DELETE, rowid, old_values, old_nulls,
                           NULL, NULL));
    return STATUS_OK;
}

Status fk_recheck_unique(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                         Str key, RowId rowid) {
    FkEvent *e = event_add(exec, FK_UNIQUE, index->constraint, relation->oid, rowid);
    e->index = index->oid;
    e->key = str_make(arena_memdup(&exec->arena, key.data, key.len), key.len);
    return STATUS_OK;
}

Status fk_recheck_exclusion(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                            RowId rowid) {
    FkEvent *e = event_add(exec, FK_EXCLUSION, index->constraint, relation->oid, rowid);
    e->index = index->oid;
    return STATUS_OK;
}

/* ---- a key must exist ---- */

static Status side_ready(FkTarget *t, FkSide *side) {
    Executor *exec = t->exec;
    if (side->ready)
        return STATUS_OK;
    TRY(exec_open_relation(exec, side->fk->referenced, &side->referenced));
    const IndexDesc *index = relation_index(side->referenced.desc, side->fk->index);
    if (index == NULL)
        return error(ERR_INTERNAL_ERROR, "index %u of a foreign key is missing", side->fk->index);
    TRY(index_key_make(exec->session, &exec->arena, side->referenced.desc, index, &side->key));
    side->check = (IndexCheck){side->key, side->referenced.desc, side->referenced.table, &t->arena};
    side->ready = true;
    return STATUS_OK;
}

/* The referring key as the referenced index has it; *none_out: no row can have it. */
static Status referenced_key(FkTarget *t, FkSide *side, const Datum *values, Str *key_out,
                             bool *none_out) {
    const FkDesc *fk = side->fk;
    const IndexDesc *index = index_key_desc(side->key);
    StrBuf buf;
    strbuf_init(&buf, &t->arena);
    *none_out = false;
    for (uint16_t i = 0; i < index->key_count; i++) {
        const IndexColumn *c = index_key_column(side->key, i);
        uint32_t j = 0;
        while (j < fk->column_count && fk->referenced_columns[j] != index->attnums[i])
            j++;
        if (j == fk->column_count)
            return error(ERR_INTERNAL_ERROR, "index %u does not fit its foreign key", index->oid);
        Datum value = values[j];
        Oid type = t->desc->columns[fk->columns[j] - 1].type;
        BoundFit fit = FIT_EXACT;
        if (type != c->type->oid && !(side->phys[j] == PHYS_STR && c->type->phys == PHYS_STR))
            TRY(index_bound_convert(&t->exec->env, &t->arena, c->type->oid, type, value, &value,
                                    &fit));
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

/* Finds the referenced row and locks it against losing its key. */
static Status lock_referenced(FkTarget *t, FkSide *side, Str key, bool *found_out) {
    Txn *txn = t->exec->session->txn;
    Table *table = side->referenced.table;
    for (bool again = true; again;) {
        const Snapshot *snapshot;
        RowId *rowids;
        uint32_t count;
        Status s = STATUS_OK;
        again = *found_out = false;
        TRY(index_get(index_key_index(side->key), key, &t->arena, &rowids, &count));
        TRY(txn_snapshot_latest(txn, &snapshot));
        for (uint32_t i = 0; i < count && status_ok(s) && !*found_out && !again; i++) {
            RowView view, latest;
            RowWrite outcome = ROW_DELETED_BY_OTHER;
            bool matches = false;
            s = table_fetch(snapshot, table, rowids[i], &t->arena, &view, &matches);
            if (status_ok(s) && matches)
                s = index_row_matches(&side->check, &view, key, &matches);
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

static Status describe_key(FkTarget *t, const RelationDesc *desc, const int16_t *columns,
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

static Status check_refers(FkTarget *t, FkSide *side, const Datum *values) {
    const FkDesc *fk = side->fk;
    const char *columns, *texts;
    bool none, found = false;
    Str key;
    arena_reset(&t->arena);
    TRY(side_ready(t, side));
    TRY(referenced_key(t, side, values, &key, &none));
    if (!none)
        TRY(lock_referenced(t, side, key, &found));
    if (found)
        return STATUS_OK;
    TRY(describe_key(t, t->desc, fk->columns, fk->column_count, values, &columns, &texts));
    Status s = error(ERR_FOREIGN_KEY_VIOLATION,
                     "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                     t->desc->name, fk->name);
    s = status_detail(s, "Key (%s)=(%s) is not present in table \"%s\".", columns, texts,
                      side->referenced.desc->name);
    return status_object(s, t->desc->nsp_name, t->desc->name, NULL, NULL, fk->name);
}

/* Every distinct key that the statement stored. */
static Status check_seen(FkTarget *t, FkSide *side) {
    RowTableCursor cursor = {0};
    Datum *values = arena_array(&t->exec->arena, Datum, side->fk->column_count + 1u);
    for (uint8_t *row; (row = row_table_next(&side->seen, &cursor)) != NULL;) {
        for (uint32_t i = 0; i < side->fk->column_count; i++)
            values[i] = row_get(&side->shape, row, i);
        TRY(check_refers(t, side, values));
        TRY(fiber_check_interrupt());
    }
    row_table_clear(&side->seen);
    return STATUS_OK;
}

/* ---- a key is gone ---- */

static const char *quoted_table(Executor *exec, const RelationDesc *desc) {
    return quote_qualified(exec->session->catalog, &exec->arena, desc->nsp_name, desc->name);
}

/* "a" = $1 AND ... over the referring columns; parameters start at `first`. */
static void put_key_condition(Executor *exec, StrBuf *sql, const RelationDesc *refers,
                              const FkDesc *fk, uint32_t first) {
    for (uint32_t i = 0; i < fk->column_count; i++) {
        strbuf_puts(sql, i == 0 ? " WHERE " : " AND ");
        append_ident(exec->session->catalog, sql, refers->columns[fk->columns[i] - 1].name);
        strbuf_printf(sql, " OPERATOR(pg_catalog.=) $%u", first + i);
    }
}

static void action_sql(Executor *exec, StrBuf *sql, const RelationDesc *refers, const FkDesc *fk,
                       char action, bool is_delete) {
    const CatalogSession *catalog = exec->session->catalog;
    uint32_t n = fk->column_count;
    if (action == 'c' && is_delete) {
        strbuf_printf(sql, "DELETE FROM ONLY %s", quoted_table(exec, refers));
        put_key_condition(exec, sql, refers, fk, 1);
        return;
    }
    strbuf_printf(sql, "UPDATE ONLY %s SET ", quoted_table(exec, refers));
    bool listed = is_delete && action != 'c' && fk->delete_set_count > 0;
    uint32_t count = listed ? fk->delete_set_count : n;
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
    put_key_condition(exec, sql, refers, fk, 1);
}

static Status still_referred_error(FkTarget *t, const FkDesc *fk, const RelationDesc *refers,
                                   const Datum *values) {
    const char *columns, *texts;
    TRY(describe_key(t, t->desc, fk->referenced_columns, fk->column_count, values, &columns,
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

#define CASCADE_DEPTH_MAX 500u

static Status run_action(FkTarget *t, FkSide *side, const FkEvent *e) {
    Executor *exec = t->exec;
    Session *session = exec->session;
    const FkDesc *fk = side->fk;
    bool is_delete = e->kind == FK_REFERRED_DELETE;
    char action = is_delete ? fk->on_delete : fk->on_update;
    uint32_t n = fk->column_count;
    const RelationDesc *refers;
    TRY(catalog_relation_require(session->catalog, fk->relation, &refers));
    exec_pin(exec, &refers->desc);
    StrBuf sql;
    strbuf_init(&sql, &exec->arena);
    Datum *params = arena_array(&exec->arena, Datum, 2 * n + 1);
    bool *nulls = arena_array(&exec->arena, bool, 2 * n + 1);
    Oid *types = arena_array(&exec->arena, Oid, 2 * n + 1);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = types[n + i] = t->desc->columns[fk->referenced_columns[i] - 1].type;
        params[i] = e->values[i];
        if (!is_delete) {
            params[n + i] = e->new_values[i];
            nulls[n + i] = e->new_nulls[i];
        }
    }
    bool checks = action == 'a' || action == 'r';
    if (checks) {
        strbuf_printf(&sql, "SELECT 1 FROM ONLY %s x", quoted_table(exec, refers));
        put_key_condition(exec, &sql, refers, fk, 1);
        strbuf_puts(&sql, " FOR KEY SHARE OF x");
    } else {
        action_sql(exec, &sql, refers, fk, action, is_delete);
    }
    if (++session->function_depth > CASCADE_DEPTH_MAX) {
        session->function_depth--;
        return error(ERR_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
    }
    NestedQuery query = {.sql = strbuf_cstr(&sql),
                         .param_count = action == 'c' && !is_delete ? 2 * n : n,
                         .param_types = types,
                         .params = params,
                         .param_nulls = nulls,
                         .run_as = refers->owner,
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
    strbuf_printf(&sql, "SELECT 1 FROM ONLY %s x", quoted_table(exec, t->desc));
    Oid *types = arena_array(&exec->arena, Oid, fk->column_count + 1u);
    for (uint32_t i = 0; i < fk->column_count; i++) {
        const ColumnDesc *column = &t->desc->columns[fk->referenced_columns[i] - 1];
        types[i] = column->type;
        strbuf_puts(&sql, i == 0 ? " WHERE " : " AND ");
        append_ident(exec->session->catalog, &sql, column->name);
        strbuf_printf(&sql, " OPERATOR(pg_catalog.=) $%u", i + 1);
    }
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

static Status run_referred(FkTarget *t, FkSide *side, const FkEvent *e) {
    char action = e->kind == FK_REFERRED_DELETE ? side->fk->on_delete : side->fk->on_update;
    bool back = false;
    arena_reset(&t->arena);
    if (action == 'a')
        TRY(key_is_back(t, side, e->values, &back));
    return back ? STATUS_OK : run_action(t, side, e);
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
static Status run_exclusion(const RelationDesc *desc, Table *table, Executor *exec,
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

static Status run_unique(const RelationDesc *desc, Table *table, Executor *exec, const FkEvent *e) {
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

/* ---- running events ---- */

static FkSide *find_side(FkTarget *t, const FkEvent *e) {
    uint32_t count = e->kind == FK_REFERS ? t->refers_count : t->referred_count;
    FkSide *sides = e->kind == FK_REFERS ? t->refers : t->referred;
    for (uint32_t i = 0; i < count; i++)
        if (sides[i].fk->oid == e->constraint)
            return &sides[i];
    return NULL;
}

/* A deferred event: the row may have changed since. */
static Status run_refers_later(FkTarget *t, FkSide *side, const FkEvent *e) {
    Executor *exec = t->exec;
    RowView view;
    Xid writer;
    bool found, changed;
    uint16_t n = t->desc->column_count;
    TRY(table_fetch_latest(exec->session->txn, t->table, e->rowid, &exec->arena, &view, &writer,
                           &found));
    if (!found)
        return STATUS_OK;
    Datum *values = arena_array(&exec->arena, Datum, n + 1u), *key;
    bool *nulls = arena_array(&exec->arena, bool, n + 1u);
    TRY(relation_decode(t->desc, t->table, &view, &exec->arena, values, nulls));
    TRY(copy_key(&exec->arena, t->desc, side->fk->columns, side->fk->column_count, values, nulls,
                 &key));
    changed = null_count(side->fk->columns, side->fk->column_count, nulls) > 0;
    for (uint32_t i = 0; i < side->fk->column_count && !changed; i++) {
        bool equal;
        TRY(row_equal_pair(&side->equal, &exec->arena, i, key[i], e->values[i], &equal));
        changed = !equal;
    }
    return changed ? STATUS_OK : check_refers(t, side, key);
}

/* One event, in an executor made for it. */
static Status run_event_alone(Executor *exec, const FkEvent *e) {
    RelState rel;
    FkTarget *target;
    txn_catch_up(exec->session->txn);
    memset(&rel, 0, sizeof(rel));
    TRY(exec_open_relation(exec, e->relation, &rel));
    if (e->kind == FK_UNIQUE)
        return run_unique(rel.desc, rel.table, exec, e);
    if (e->kind == FK_EXCLUSION)
        return run_exclusion(rel.desc, rel.table, exec, e);
    TRY(fk_target_make(exec, rel.desc, rel.table, &target));
    FkSide *side = target == NULL ? NULL : find_side(target, e);
    Status s = STATUS_OK;
    if (side != NULL)
        s = e->kind == FK_REFERS ? run_refers_later(target, side, e)
                                 : run_referred(target, side, e);
    fk_target_free(target);
    return s;
}

/* ---- the transaction's events ---- */

typedef struct FkDeferred {
    struct FkDeferred *next;
    Session *session;
    Arena arena;
    FkEvent *first, *last;
} FkDeferred;

static Status deferred_before_commit(void *arg) {
    FkDeferred *d = arg;
    return fk_run_deferred(d->session, NULL, 0, true);
}

static void deferred_after(void *arg, bool committed, Lsn commit_lsn) {
    FkDeferred *d = arg;
    Session *session = d->session;
    FkDeferred **link = &session->deferred;
    while (*link != NULL && *link != d)
        link = &(*link)->next;
    if (*link != NULL)
        *link = d->next;
    arena_destroy(&d->arena);
    mem_free(&session->account, d, sizeof(*d));
}

static Datum *copy_values(Arena *arena, const Datum *values, const PhysType *phys, uint32_t count,
                          Status *status) {
    if (values == NULL)
        return NULL;
    Datum *copy = arena_array(arena, Datum, count + 1);
    for (uint32_t i = 0; i < count && status_ok(*status); i++)
        *status = datum_copy(arena, phys[i], values[i], &copy[i]);
    return copy;
}

/* Puts an event by for the end of the transaction. chunk: the statement's, made when needed. */
static Status defer_event(Executor *exec, FkTarget *t, const FkEvent *e, FkDeferred **chunk) {
    Session *session = exec->session;
    FkDeferred *d = *chunk;
    Status s = STATUS_OK;
    if (d == NULL) {
        d = mem_alloc(&session->account, sizeof(*d));
        *d = (FkDeferred){.session = session, .next = NULL};
        arena_init(&d->arena, &session->account);
        FkDeferred **link = &session->deferred; /* behind earlier statements' events */
        while (*link != NULL)
            link = &(*link)->next;
        *link = d;
        TxnAction action = {deferred_before_commit, deferred_after, d};
        txn_add_action(session->txn, &action);
        *chunk = d;
    }
    FkEvent *copy = arena_memdup(&d->arena, e, sizeof(*e));
    copy->next = NULL;
    if (e->kind == FK_UNIQUE) {
        copy->key = str_make(arena_memdup(&d->arena, e->key.data, e->key.len), e->key.len);
    } else if (e->kind != FK_EXCLUSION) {
        FkSide *side = find_side(t, e);
        uint32_t n = side->fk->column_count;
        copy->values = copy_values(&d->arena, e->values, side->phys, n, &s);
        copy->new_values = copy_values(&d->arena, e->new_values, side->phys, n, &s);
        if (e->new_nulls != NULL)
            copy->new_nulls = arena_memdup(&d->arena, e->new_nulls, n);
    }
    if (d->last == NULL)
        d->first = copy;
    else
        d->last->next = copy;
    d->last = copy;
    return s;
}

static bool event_selected(const FkEvent *e, const Oid *constraints, uint32_t count, bool all) {
    bool selected = all;
    for (uint32_t i = 0; i < count && !selected; i++)
        selected = constraints[i] == e->constraint;
    return selected;
}

Status fk_run_deferred(Session *session, const Oid *constraints, uint32_t count, bool all) {
    for (FkDeferred *d = session->deferred; d != NULL; d = d->next) {
        for (FkEvent **link = &d->first; *link != NULL;) {
            FkEvent *e = *link;
            Executor *exec;
            if (!event_selected(e, constraints, count, all)) {
                link = &e->next;
                continue;
            }
            *link = e->next;
            if (d->last == e)
                d->last = NULL;
            Arena arena;
            arena_init(&arena, &session->account);
            Status s = exec_light(session, &arena, NULL, &exec);
            if (status_ok(s)) {
                s = run_event_alone(exec, e);
                /* Cascades may have left work of their own. */
                if (status_ok(s))
                    s = fk_statement_end(exec);
                exec_light_end(exec);
            }
            arena_destroy(&arena);
            TRY(s);
        }
        for (FkEvent *e = d->first; e != NULL; e = e->next)
            d->last = e;
    }
    return STATUS_OK;
}

/* ---- the statement's events ---- */

static Status unique_is_deferred(Executor *exec, const RelationDesc *desc, const FkEvent *e,
                                 bool *deferred_out) {
    const IndexDesc *index = relation_index(desc, e->index);
    *deferred_out = index != NULL && constraint_is_deferred(exec->session, e->constraint,
                                                            index->deferrable, index->deferred);
    return STATUS_OK;
}

static Status run_event(Executor *exec, FkEvent *e, FkDeferred **chunk) {
    RelState rel;
    FkTarget *t;
    bool later = false;
    /* A row lock of the other side may have gone with a commit that is not durable yet. */
    txn_catch_up(exec->session->txn);
    memset(&rel, 0, sizeof(rel));
    if (e->side != NULL)
        return check_seen(e->target, e->side);
    TRY(exec_open_relation(exec, e->relation, &rel));
    if (e->kind == FK_UNIQUE || e->kind == FK_EXCLUSION) {
        TRY(unique_is_deferred(exec, rel.desc, e, &later));
        if (later)
            return defer_event(exec, NULL, e, chunk);
        return e->kind == FK_UNIQUE ? run_unique(rel.desc, rel.table, exec, e)
                                    : run_exclusion(rel.desc, rel.table, exec, e);
    }
    TRY(fk_target_make(exec, rel.desc, rel.table, &t));
    FkSide *side = t == NULL ? NULL : find_side(t, e);
    Status s = STATUS_OK;
    if (side != NULL) {
        const FkDesc *fk = side->fk;
        char action = e->kind == FK_REFERRED_DELETE ? fk->on_delete : fk->on_update;
        /* Only NO ACTION can wait; the actions run with the statement. */
        bool may_wait = e->kind == FK_REFERS || action == 'a';
        later = may_wait &&
                constraint_is_deferred(exec->session, fk->oid, fk->deferrable, fk->deferred);
        if (later)
            s = defer_event(exec, t, e, chunk);
        else
            s = e->kind == FK_REFERS ? run_refers_later(t, side, e) : run_referred(t, side, e);
    }
    fk_target_free(t);
    return s;
}

Status fk_statement_end(Executor *exec) {
    FkEvents *events = exec->fk_events;
    FkDeferred *chunk = NULL;
    if (events == NULL)
        return STATUS_OK;
    while (events->first != NULL) {
        FkEvent *e = events->first;
        events->first = e->next;
        if (events->first == NULL)
            events->last = NULL;
        TRY(fiber_check_interrupt());
        TRY(run_event(exec, e, &chunk));
    }
    return STATUS_OK;
}

static Status pending_error(const RelationDesc *relation, const char *what) {
    return error(ERR_OBJECT_IN_USE, "cannot %s \"%s\" because it has pending trigger events", what,
                 relation->name);
}

Status fk_check_idle(Session *session, const RelationDesc *relation, const char *what) {
    for (const Executor *e = session->changing; e != NULL; e = e->changing_outer)
        for (uint32_t i = 0; i < e->statement->range_count; i++)
            if (e->statement->range_table[i] != NULL &&
                e->statement->range_table[i]->relation == relation->oid)
                return error(ERR_OBJECT_IN_USE,
                             "cannot %s \"%s\" because it is being used by active queries in this "
                             "session",
                             what, relation->name);
    if (trigger_is_pending(session, relation->oid))
        return pending_error(relation, what);
    for (const FkDeferred *d = session->deferred; d != NULL; d = d->next)
        for (const FkEvent *e = d->first; e != NULL; e = e->next)
            if (e->relation == relation->oid)
                return pending_error(relation, what);
    return STATUS_OK;
}

/* ---- SET CONSTRAINTS ---- */

Status fk_set_constraints(Session *session, const Oid *constraints, uint32_t count, bool all,
                          bool deferred) {
    if (all)
        modes_add(session, 0, deferred);
    for (uint32_t i = 0; i < count; i++)
        modes_add(session, constraints[i], deferred);
    if (deferred)
        return STATUS_OK;
    TRY(fk_run_deferred(session, constraints, count, all));
    return trigger_run_deferred(session, constraints, count, all);
}

typedef VEC(Oid) ConstraintList;

/* Constraints of the name along the search path (or in its schema); partitions have theirs of the same
 * name. */
static Status find_constraints(UtilityCall *call, const AstRangeVar *name, ConstraintList *list) {
    CatalogSession *catalog = call->session->catalog;
    Datum keys[1] = {datum_cstr(name->name)};
    CatalogRow *rows;
    size_t count;
    size_t before = list->count;
    Oid found_in = 0;
    TRY(catalog_find_all(catalog, PG_CONSTRAINT_CONNAME_NSP_INDEX, keys, 1, call->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++) {
        const NamespaceDesc *nsp;
        Oid schema = row_oid(&rows[i], PG_CONSTRAINT_CONNAMESPACE);
        TRY(catalog_namespace(catalog, schema, &nsp));
        if (found_in != 0 && schema != found_in)
            continue;
        if (name->schema != NULL && (nsp == NULL || strcmp(nsp->name, name->schema) != 0))
            continue;
        if (!rows[i].values[PG_CONSTRAINT_CONDEFERRABLE].b)
            return error(ERR_WRONG_OBJECT_TYPE, "constraint \"%s\" is not deferrable", name->name);
        found_in = schema;
        vec_push(list, call->arena, row_oid(&rows[i], PG_CONSTRAINT_OID));
    }
    if (list->count == before)
        return error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" does not exist", name->name);
    return STATUS_OK;
}

static Status set_constraints(UtilityCall *call) {
    if (call->session->ops->transaction_context(call->session) == TRANSACTION_IMPLICIT)
        call->session->ops->notice(call->session, NOTICE_WARNING,
                                   error(ERR_NO_ACTIVE_SQL_TRANSACTION,
                                         "SET CONSTRAINTS can only be used in transaction blocks"));
    const AstConstraintsSet *ast = (const AstConstraintsSet *)call->raw->statement;
    ConstraintList list = {0};
    for (uint32_t i = 0; i < ast->constraints.count; i++)
        TRY(find_constraints(call, AST_AT(AstRangeVar, ast->constraints, i), &list));
    return fk_set_constraints(call->session, list.items, (uint32_t)list.count,
                              ast->constraints.count == 0, ast->deferred);
}

static const UtilityCommand fk_commands[] = {
    {AST_CONSTRAINTS_SET, "SET CONSTRAINTS", 0, set_constraints, NULL},
};

void fk_register(void) { utility_register(fk_commands, ARRAY_LEN(fk_commands)); }
