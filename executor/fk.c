/* fk.c: foreign keys and deferred unique checks: see fk.h. */
#include "executor/fk_int.h"

#include "base/vec.h"
#include "catalog/row.h"
#include "executor/trigger.h"
#include "executor/utility.h"

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
        collations[i] = OID_COLLATION_C; /* keys that the referenced side may tell apart differ */
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
    for (uint32_t i = 0; i < desc->referencing_count; i++)
        if (is_enabled(exec->session, desc->referencing[i].action_enabled))
            TRY(side_init(t, &t->referred[t->referred_count++], &desc->referencing[i], false));
    return STATUS_OK;
}

static void target_free(FkTarget *t) {
    for (uint32_t i = 0; i < t->refers_count; i++) {
        FkSide *side = &t->refers[i];
        row_table_free(&side->seen);
        for (FkPlace *p = side->place; p != NULL; p = p->next)
            index_key_end(p->key);
        router_free(side->router);
    }
    arena_destroy(&t->arena);
}

void fk_target_free(FkTarget *t) {
    if (t != NULL)
        target_free(t);
}

void fk_target_moving(FkTarget *t, bool moving) {
    if (t != NULL)
        t->moving = moving;
}

/* ---- events ---- */

/* Whose queue takes the events: those of a foreign key's action go to the statement that caused it. */
static Executor *owner_of(Executor *exec) {
    return exec->events_to == NULL ? exec : exec->events_to;
}

static FkEvents *events_of(Executor *owner) {
    if (owner->fk_events == NULL)
        owner->fk_events = arena_new(&owner->arena, FkEvents);
    return owner->fk_events;
}

static FkEvent *event_add(Executor *exec, FkEventKind kind, Oid constraint, Oid relation,
                          RowId rowid) {
    Executor *owner = owner_of(exec);
    FkEvents *events = events_of(owner);
    FkEvent *e = arena_new(&owner->arena, FkEvent);
    *e = (FkEvent){.place = trigger_noted(owner),
                   .kind = kind,
                   .constraint = constraint,
                   .relation = relation,
                   .rowid = rowid};
    if (events->last == NULL)
        events->first = e;
    else
        events->last->next = e;
    events->last = e;
    return e;
}

/* The table as the queue's own executor sees it. */
static Status own_target(Executor *owner, Oid relation, FkTarget **out) {
    FkEvents *events = events_of(owner);
    RelState rel = {0};
    for (*out = events->targets; *out != NULL; *out = (*out)->next)
        if ((*out)->desc->oid == relation)
            return STATUS_OK;
    TRY(exec_open_relation(owner, relation, &rel));
    TRY(fk_target_make(owner, rel.desc, rel.table, out));
    if (*out != NULL) {
        (*out)->next = events->targets;
        events->targets = *out;
    }
    return STATUS_OK;
}

static FkSide *find_side(FkTarget *t, bool refers, Oid constraint) {
    uint32_t count = refers ? t->refers_count : t->referred_count;
    FkSide *sides = refers ? t->refers : t->referred;
    for (uint32_t i = 0; i < count; i++)
        if (sides[i].fk->oid == constraint)
            return &sides[i];
    return NULL;
}

void fk_events_free(Executor *exec) {
    FkEvents *events = exec->fk_events;
    for (FkTarget *t = events == NULL ? NULL : events->targets; t != NULL; t = t->next)
        target_free(t);
    exec->fk_events = NULL;
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

uint32_t fk_null_count(const int16_t *columns, uint32_t count, const bool *nulls) {
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
    uint32_t n = fk->column_count, empty = fk_null_count(fk->columns, n, nulls);
    if (empty > 0) {
        if (fk->match == 'f' && empty < n)
            return match_full_error(t, fk);
        return STATUS_OK;
    }
    if (constraint_is_deferred(exec->session, fk->oid, fk->deferrable, fk->deferred)) {
        FkEvent *e = event_add(exec, FK_REFERS, fk->oid, t->desc->oid, rowid);
        return copy_key(&owner_of(exec)->arena, t->desc, fk->columns, n, values, nulls,
                        &e->values);
    }
    if (exec->events_to != NULL) { /* the keys outlive this statement */
        exec = exec->events_to;
        TRY(own_target(exec, t->desc->oid, &t));
        side = t == NULL ? NULL : find_side(t, true, fk->oid);
        if (side == NULL)
            return STATUS_OK;
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
        FkEvent *e = event_add(exec, FK_REFERS, side->fk->oid, t->desc->oid, 0);
        e->target = t;
        e->side = side;
    }
    return STATUS_OK;
}

/* Did the key that refers change? */
static Status key_changed(FkTarget *t, const FkSide *side, const Datum *old_values,
                          const bool *old_nulls, const Datum *values, const bool *nulls,
                          bool *changed_out) {
    *changed_out = false;
    for (uint32_t i = 0; i < side->fk->column_count && !*changed_out; i++) {
        uint32_t c = (uint32_t)side->fk->columns[i] - 1;
        bool equal = old_nulls[c] == nulls[c];
        if (equal && !nulls[c])
            TRY(row_equal_pair(&side->equal, &t->arena, i, old_values[c], values[c], &equal));
        *changed_out = !equal;
    }
    return STATUS_OK;
}

/* Is the value the same, bit by bit? CASCADE hands down differences that no operator sees. */
static bool same_image(PhysType phys, Datum a, Datum b) {
    switch (phys) {
    case PHYS_STR:
        return str_equal(a.str, b.str);
    case PHYS_W16:
        return memcmp(&a, &b, 16) == 0;
    case PHYS_I64:
    case PHYS_F64:
        return a.u64 == b.u64;
    case PHYS_I32:
    case PHYS_F32:
        return a.u32 == b.u32;
    case PHYS_I16:
        return a.i16 == b.i16;
    default:
        return a.byte == b.byte;
    }
}

/* Did the key that is referred to change? */
static bool referred_changed(const FkTarget *t, const FkSide *side, const Datum *old_values,
                             const bool *old_nulls, const Datum *values, const bool *nulls) {
    for (uint32_t i = 0; i < side->fk->column_count; i++) {
        uint32_t c = (uint32_t)side->fk->referenced_columns[i] - 1;
        if (old_nulls[c] != nulls[c])
            return true;
        if (!nulls[c] && !same_image(t->desc->columns[c].phys, old_values[c], values[c]))
            return true;
    }
    return false;
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
    if (fk_null_count(fk->referenced_columns, n, old_nulls) > 0)
        return STATUS_OK; /* nobody can refer to it */
    Arena *arena = &owner_of(exec)->arena;
    FkEvent *e = event_add(exec, kind, fk->oid, t->desc->oid, rowid);
    TRY(copy_key(arena, t->desc, fk->referenced_columns, n, old_values, old_nulls, &e->values));
    if (kind != FK_REFERRED_UPDATE)
        return STATUS_OK;
    e->new_nulls = arena_array(arena, bool, n + 1);
    for (uint32_t i = 0; i < n; i++)
        e->new_nulls[i] = nulls[fk->referenced_columns[i] - 1];
    return copy_key(arena, t->desc, fk->referenced_columns, n, values, nulls, &e->new_values);
}

static Status referred_updated(FkTarget *t, RowId rowid, const Datum *old_values,
                               const bool *old_nulls, const Datum *values, const bool *nulls) {
    for (uint32_t i = 0; i < t->referred_count; i++)
        if (referred_changed(t, &t->referred[i], old_values, old_nulls, values, nulls))
            TRY(referred_event(t, &t->referred[i], FK_REFERRED_UPDATE, rowid, old_values, old_nulls,
                               values, nulls));
    return STATUS_OK;
}

Status fk_after_update(FkTarget *t, RowId rowid, const Datum *old_values, const bool *old_nulls,
                       const Datum *values, const bool *nulls) {
    bool changed;
    for (uint32_t i = 0; t != NULL && i < t->refers_count; i++) {
        TRY(key_changed(t, &t->refers[i], old_values, old_nulls, values, nulls, &changed));
        if (changed)
            TRY(refers_event(t, &t->refers[i], values, nulls, rowid));
    }
    return t == NULL ? STATUS_OK
                     : referred_updated(t, rowid, old_values, old_nulls, values, nulls);
}

Status fk_after_delete(FkTarget *t, RowId rowid, const Datum *old_values, const bool *old_nulls) {
    for (uint32_t i = 0; t != NULL && i < t->referred_count; i++)
        if (!t->moving || !t->referred[i].fk->action_cloned)
            TRY(referred_event(t, &t->referred[i], FK_REFERRED_DELETE, rowid, old_values, old_nulls,
                               NULL, NULL));
    return STATUS_OK;
}

Status fk_after_move(FkTarget *t, const Datum *old_values, const bool *old_nulls,
                     const Datum *values, const bool *nulls) {
    if (t == NULL)
        return STATUS_OK;
    return values == NULL ? fk_after_delete(t, 0, old_values, old_nulls)
                          : referred_updated(t, 0, old_values, old_nulls, values, nulls);
}

bool fk_is_own_target(const RelationDesc *relation) {
    for (uint32_t i = 0; i < relation->referencing_count; i++)
        if (!relation->referencing[i].action_cloned)
            return true;
    return false;
}

Status fk_recheck_unique(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                         Str key, RowId rowid) {
    FkEvent *e = event_add(exec, FK_UNIQUE, index->constraint, relation->oid, rowid);
    e->index = index->oid;
    e->key = str_make(arena_memdup(&owner_of(exec)->arena, key.data, key.len), key.len);
    return STATUS_OK;
}

Status fk_recheck_exclusion(Executor *exec, const RelationDesc *relation, const IndexDesc *index,
                            RowId rowid) {
    FkEvent *e = event_add(exec, FK_EXCLUSION, index->constraint, relation->oid, rowid);
    e->index = index->oid;
    return STATUS_OK;
}

/* ---- running events ---- */

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
    changed = fk_null_count(side->fk->columns, side->fk->column_count, nulls) > 0;
    for (uint32_t i = 0; i < side->fk->column_count && !changed; i++) {
        bool equal;
        TRY(row_equal_pair(&side->equal, &exec->arena, i, key[i], e->values[i], &equal));
        changed = !equal;
    }
    return changed ? STATUS_OK : fk_check_refers(t, side, key);
}

/* ---- the transaction's events ---- */

typedef struct FkDeferred FkDeferred;
static Status run_event(Executor *exec, FkEvent *e, FkDeferred **chunk);

struct FkDeferred {
    struct FkDeferred *next;
    Session *session;
    Arena arena;
    FkEvent *first, *last;
};

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
        FkSide *side = find_side(t, e->kind == FK_REFERS, e->constraint);
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
                s = run_event(exec, e, NULL);
                /* Cascades may have left work of their own. */
                if (status_ok(s))
                    s = trigger_statement_end(exec);
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

/* chunk NULL: a deferred event whose time has come. */
static Status run_event(Executor *exec, FkEvent *e, FkDeferred **chunk) {
    FkTarget *t;
    bool later = false;
    /* A row lock of the other side may have gone with a commit that is not durable yet. */
    txn_catch_up(exec->session->txn);
    if (e->side != NULL)
        return fk_check_seen(e->target, e->side);
    if (e->kind == FK_UNIQUE || e->kind == FK_EXCLUSION) {
        RelState rel = {0};
        TRY(exec_open_relation(exec, e->relation, &rel));
        if (chunk != NULL)
            TRY(unique_is_deferred(exec, rel.desc, e, &later));
        if (later)
            return defer_event(exec, NULL, e, chunk);
        return e->kind == FK_UNIQUE ? fk_check_unique(rel.desc, rel.table, exec, e)
                                    : fk_check_exclusion(rel.desc, rel.table, exec, e);
    }
    TRY(own_target(exec, e->relation, &t));
    FkSide *side = t == NULL ? NULL : find_side(t, e->kind == FK_REFERS, e->constraint);
    if (side == NULL)
        return STATUS_OK;
    const FkDesc *fk = side->fk;
    char action = e->kind == FK_REFERRED_DELETE ? fk->on_delete : fk->on_update;
    /* Only NO ACTION can wait; the actions run with the statement. */
    bool may_wait = e->kind == FK_REFERS || action == 'a';
    if (chunk != NULL && may_wait &&
        constraint_is_deferred(exec->session, fk->oid, fk->deferrable, fk->deferred))
        return defer_event(exec, t, e, chunk);
    return e->kind == FK_REFERS ? run_refers_later(t, side, e) : fk_run_referred(t, side, e);
}

Status fk_run_until(Executor *exec, uint64_t place) {
    FkEvents *events = exec->fk_events;
    while (events != NULL && events->first != NULL && events->first->place <= place) {
        FkEvent *e = events->first;
        events->first = e->next;
        if (events->first == NULL)
            events->last = NULL;
        TRY(fiber_check_interrupt());
        TRY(run_event(exec, e, &events->chunk));
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

/* Those of the name in one schema. */
static Status constraints_in(UtilityCall *call, Oid schema, const char *name, bool deferred,
                             ConstraintList *list, bool *found_out) {
    Datum keys[2] = {datum_cstr(name), datum_oid(schema)};
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(call->session->catalog, PG_CONSTRAINT_CONNAME_NSP_INDEX, keys, 2,
                         call->arena, &rows, &count));
    *found_out = count > 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].values[PG_CONSTRAINT_CONDEFERRABLE].b)
            vec_push(list, call->arena, row_oid(&rows[i], PG_CONSTRAINT_OID));
        else if (deferred)
            return error(ERR_WRONG_OBJECT_TYPE, "constraint \"%s\" is not deferrable", name);
    }
    return STATUS_OK;
}

/* Constraints of the name in its schema, or in the first of the search path that has any. */
static Status find_constraints(UtilityCall *call, const AstRangeVar *name, bool deferred,
                               ConstraintList *list) {
    CatalogSession *catalog = call->session->catalog;
    const SearchPath *path;
    bool found = false;
    if (name->schema != NULL) {
        Oid schema;
        TRY(namespace_for_lookup(catalog, name->schema, false, &schema));
        TRY(constraints_in(call, schema, name->name, deferred, list, &found));
    } else {
        TRY(session_search_path(catalog, &path));
        uint32_t count = path->count;
        const Oid *schemas = arena_memdup(call->arena, path->namespaces, sizeof(Oid) * count);
        for (uint32_t i = 0; i < count && !found; i++)
            TRY(constraints_in(call, schemas[i], name->name, deferred, list, &found));
    }
    return found ? STATUS_OK
                 : error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" does not exist", name->name);
}

/* Those that partitions have of them. */
static Status add_parts(UtilityCall *call, ConstraintList *list) {
    for (size_t i = 0; i < list->count; i++) {
        CatalogRow *rows;
        size_t count;
        Datum key = datum_oid(list->items[i]);
        TRY(catalog_find_all(call->session->catalog, PG_CONSTRAINT_CONPARENTID_INDEX, &key, 1,
                             call->arena, &rows, &count));
        for (size_t r = 0; r < count; r++) {
            Oid oid = row_oid(&rows[r], PG_CONSTRAINT_OID);
            bool known = false;
            for (size_t k = 0; k < list->count && !known; k++)
                known = list->items[k] == oid;
            if (!known)
                vec_push(list, call->arena, oid);
        }
    }
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
        TRY(find_constraints(call, AST_AT(AstRangeVar, ast->constraints, i), ast->deferred, &list));
    TRY(add_parts(call, &list));
    return fk_set_constraints(call->session, list.items, (uint32_t)list.count,
                              ast->constraints.count == 0, ast->deferred);
}

static const UtilityCommand fk_commands[] = {
    {AST_CONSTRAINTS_SET, "SET CONSTRAINTS", 0, set_constraints, NULL},
};

void fk_register(void) { utility_register(fk_commands, ARRAY_LEN(fk_commands)); }
