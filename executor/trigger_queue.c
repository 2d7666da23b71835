/*
 * trigger_queue.c: AFTER triggers and transition tables: rows that wait for the end of the statement
 * or of the transaction. See trigger.h.
 *
 * A capture holds the rows of one table and operation: which of its triggers they fire (a bit each),
 * OLD, NEW. Runs say in what order captures were added to, so that rows of several tables fire in the
 * order in which they were written. What is deferred moves to a chunk of the transaction's, one for
 * each statement, which goes with the statement's savepoint.
 */
#include "executor/trigger_int.h"

#include "base/vec.h"
#include "executor/fk.h"

typedef struct Capture {
    struct Capture *next;
    TriggerSet *set;
    TriggerOp op;
    struct ChangedRows *changed; /* what its triggers see; NULL: nothing */
    RowStore *rows;
    uint32_t words; /* of 64 trigger bits a row */
    bool has_old, has_new;
    Datum *values; /* of one row */
    bool *nulls;
    const Oid *triggers; /* by bit */
    bool *done;          /* by bit: SET CONSTRAINTS has fired them */
    uint64_t fired;      /* rows that are done with */
    uint32_t number;     /* of a chunk's */
} Capture;

struct StatementEvent;
typedef struct Run {
    Capture *capture; /* NULL: statement triggers, `event` */
    uint64_t count;
    struct StatementEvent *event;
} Run;

/* The rows of a table that a statement has changed. Once a trigger has seen them, those that foreign
 * keys' actions still change begin others. */
struct ChangedRows {
    struct ChangedRows *next;
    Oid relation;
    TriggerOp op;
    bool closed;
    RowStore *old_rows, *new_rows;
};

typedef struct StatementEvent {
    struct StatementEvent *next;
    TriggerSet *set;
    TriggerOp op;
    ChangedRows *changed; /* as in Capture */
    bool before;          /* only noted: it has fired */
} StatementEvent;

struct TriggerQueue {
    Capture *captures;
    VEC(Run) runs;
    uint64_t noted, done; /* rows and statements: foreign keys take their turns between them */
    ChangedRows *changed;
    StatementEvent *events, **events_end;
    TriggerSet *sets; /* made for sets of foreign keys' actions, which end before */
};

typedef struct TriggerChunk {
    struct TriggerChunk *next;
    Session *session;
    Arena arena;
    Executor *exec;
    TriggerQueue queue;
    uint32_t capture_count;
} TriggerChunk;

/* Whose queue takes what waits: an action's goes to the statement that caused it. */
static Executor *owner_of(Executor *exec) {
    return exec->events_to == NULL ? exec : exec->events_to;
}

static TriggerQueue *queue_of(Executor *exec) {
    if (exec->triggers == NULL) {
        exec->triggers = arena_new(&exec->arena, TriggerQueue);
        exec->triggers->events_end = &exec->triggers->events;
    }
    return exec->triggers;
}

/* The same triggers, of the queue's own executor. */
static Status owned_set(TriggerSet *set, TriggerSet **out) {
    Executor *owner = owner_of(set->exec);
    TriggerSet *named = NULL;
    BitSet *updated = NULL;
    *out = set;
    if (owner == set->exec)
        return STATUS_OK;
    TriggerQueue *queue = queue_of(owner);
    uint16_t n = set->desc->column_count;
    for (*out = queue->sets; *out != NULL; *out = (*out)->next_owned)
        if ((*out)->desc->oid == set->desc->oid && (*out)->desc->column_count == n &&
            memcmp((*out)->updated, set->updated, n) == 0 &&
            ((*out)->named == NULL) == (set->named == NULL))
            return STATUS_OK;
    if (set->named != NULL && set->named != set)
        TRY(owned_set(set->named, &named));
    for (uint16_t i = 0; i < n; i++)
        if (set->updated[i])
            updated = bitset_add(&owner->arena, updated, i + 1 + ATTNO_OFFSET);
    exec_pin(owner, &set->desc->desc);
    TRY(trigger_set_make(owner, set->desc, updated, named, out));
    check(*out != NULL);
    (*out)->next_owned = queue->sets;
    queue->sets = *out;
    return STATUS_OK;
}

/* ---- captures ---- */

static Status capture_make(Executor *exec, TriggerSet *set, TriggerOp op, Capture **out) {
    const RelationDesc *desc = set->desc;
    Capture *c = arena_new(&exec->arena, Capture);
    RowShape shape;
    uint32_t n = desc->column_count, at = 0;
    c->set = set;
    c->op = op;
    c->words = (set->count + 63) / 64;
    c->has_old = op != TRIGGER_OP_INSERT;
    c->has_new = op != TRIGGER_OP_DELETE;
    uint32_t width = c->words + 2 + n * ((uint32_t)c->has_old + c->has_new);
    PhysType *phys = arena_array(&exec->arena, PhysType, width + 1);
    for (; at < c->words + 2; at++)
        phys[at] = PHYS_I64;
    for (int side = 0; side < c->has_old + c->has_new; side++)
        for (uint32_t i = 0; i < n; i++)
            phys[at++] = desc->columns[i].phys;
    row_shape_init(&shape, &exec->arena, width, phys);
    TRY(row_store_make(exec, &shape, exec->work_mem, &c->rows));
    c->values = arena_array(&exec->arena, Datum, width + 1);
    c->nulls = arena_array(&exec->arena, bool, width + 1);
    c->done = arena_array(&exec->arena, bool, set->count + 1);
    Oid *triggers = arena_array(&exec->arena, Oid, set->count + 1);
    for (uint32_t i = 0; i < set->count; i++)
        triggers[i] = set->states[i].desc->oid;
    c->triggers = triggers;
    *out = c;
    return STATUS_OK;
}

static void note_run(Executor *exec, TriggerQueue *queue, Capture *c) {
    queue->noted++;
    if (queue->runs.count > 0 && queue->runs.items[queue->runs.count - 1].capture == c)
        queue->runs.items[queue->runs.count - 1].count++;
    else
        vec_push(&queue->runs, &exec->arena, ((Run){c, 1, NULL}));
}

static void put_side(const Capture *c, const TriggerRow *row, uint32_t at) {
    uint16_t n = c->set->desc->column_count;
    memcpy(c->values + at, row->values, sizeof(Datum) * n);
    memcpy(c->nulls + at, row->nulls, n);
    for (uint16_t i = 0; i < n; i++)
        if (c->set->desc->columns[i].dropped)
            c->nulls[at + i] = true;
}

static Status capture_add(Executor *exec, TriggerQueue *queue, Capture *c, const uint64_t *mask,
                          const TriggerRow *old_row, const TriggerRow *new_row) {
    uint32_t at = c->words + 2;
    for (uint32_t i = 0; i < c->words; i++)
        c->values[i] = (Datum){.u64 = mask[i]};
    c->values[c->words] = (Datum){.u64 = old_row == NULL ? 0 : old_row->rowid};
    c->values[c->words + 1] = (Datum){.u64 = new_row == NULL ? 0 : new_row->rowid};
    memset(c->nulls, 0, at);
    if (c->has_old) {
        put_side(c, old_row, at);
        at += c->set->desc->column_count;
    }
    if (c->has_new)
        put_side(c, new_row, at);
    TRY(row_store_add_row(c->rows, c->values, c->nulls));
    note_run(exec, queue, c);
    return STATUS_OK;
}

/* One row's events as it was put there. */
static Status capture_read(Capture *c, uint64_t index, uint64_t *mask, TriggerRow *old_row,
                           TriggerRow *new_row) {
    const RowShape *shape = row_store_shape(c->rows);
    const uint8_t *row;
    TRY(row_store_get(c->rows, index, &row));
    for (uint32_t i = 0; i < shape->column_count; i++) {
        c->nulls[i] = row_is_null(row, i);
        c->values[i] = c->nulls[i] ? (Datum){.i64 = 0} : row_get(shape, row, i);
    }
    for (uint32_t i = 0; i < c->words; i++)
        mask[i] = c->values[i].u64;
    uint32_t at = c->words + 2;
    *old_row = (TriggerRow){c->values + at, c->nulls + at, c->values[c->words].u64};
    if (c->has_old)
        at += c->set->desc->column_count;
    *new_row = (TriggerRow){c->values + at, c->nulls + at, c->values[c->words + 1].u64};
    return STATUS_OK;
}

/* ---- transition tables ---- */

static bool keeps_rows(const TriggerSet *set, TriggerOp op, bool new_rows) {
    static const int bits[] = {TG_INSERT, TG_UPDATE, TG_DELETE};
    for (uint32_t i = 0; i < set->count; i++) {
        const TriggerDesc *t = set->states[i].desc;
        if ((t->type & bits[op]) && (new_rows ? t->new_table : t->old_table) != NULL)
            return true;
    }
    return false;
}

static Status changed_rows(TriggerSet *named, TriggerOp op, ChangedRows **out) {
    Executor *exec = owner_of(named->exec);
    TriggerQueue *queue = queue_of(exec);
    const RelationDesc *desc = named->desc;
    RowShape shape;
    for (*out = queue->changed; *out != NULL; *out = (*out)->next)
        if ((*out)->relation == desc->oid && (*out)->op == op && !(*out)->closed)
            return STATUS_OK;
    ChangedRows *c = arena_new(&exec->arena, ChangedRows);
    *c = (ChangedRows){.next = queue->changed, .relation = desc->oid, .op = op};
    PhysType *phys = arena_array(&exec->arena, PhysType, desc->column_count + 1u);
    uint32_t n = 0;
    for (uint16_t i = 0; i < desc->column_count; i++)
        if (!desc->columns[i].dropped)
            phys[n++] = desc->columns[i].phys;
    row_shape_init(&shape, &exec->arena, n, phys);
    queue->changed = *out = c;
    if (keeps_rows(named, op, false))
        TRY(row_store_make(exec, &shape, exec->work_mem, &c->old_rows));
    if (keeps_rows(named, op, true))
        TRY(row_store_make(exec, &shape, exec->work_mem, &c->new_rows));
    return STATUS_OK;
}

static Status changed_by(TriggerSet *set, TriggerOp op, ChangedRows **out) {
    *out = NULL;
    return set->named == set ? changed_rows(set, op, out) : STATUS_OK;
}

static Status find_capture(Executor *exec, TriggerQueue *queue, TriggerSet *set, TriggerOp op,
                           Capture **out) {
    ChangedRows *changed;
    TRY(changed_by(set, op, &changed));
    for (Capture *c = queue->captures; c != NULL; c = c->next)
        if (c->op == op && c->set == set && c->changed == changed) {
            *out = c;
            return STATUS_OK;
        }
    TRY(capture_make(exec, set, op, out));
    (*out)->changed = changed;
    (*out)->next = queue->captures;
    queue->captures = *out;
    return STATUS_OK;
}

static Status keep_row(TriggerSet *set, RowStore *store, const TriggerRow *row) {
    const RelationDesc *named = set->named->desc;
    if (store == NULL || row == NULL)
        return STATUS_OK;
    Datum *values = arena_array(&set->arena, Datum, named->column_count + 1u);
    bool *nulls = arena_array(&set->arena, bool, named->column_count + 1u);
    uint32_t n = 0;
    for (uint16_t i = 0; i < named->column_count; i++) {
        int16_t own = set->map == NULL ? (int16_t)(i + 1) : set->map[i];
        if (named->columns[i].dropped)
            continue;
        nulls[n] = own == 0 || row->nulls[own - 1];
        if (!nulls[n])
            values[n] = row->values[own - 1];
        n++;
    }
    Status s = row_store_add_row(store, values, nulls);
    arena_reset(&set->arena);
    return s;
}

static Status keep_rows(TriggerSet *set, TriggerOp op, const TriggerRow *old_row,
                        const TriggerRow *new_row) {
    ChangedRows *changed;
    if (set->moving)
        op = TRIGGER_OP_UPDATE;
    TRY(changed_rows(set->named, op, &changed));
    TRY(keep_row(set, changed->old_rows, old_row));
    return keep_row(set, changed->new_rows, new_row);
}

Status trigger_call_with_tables(TriggerSet *set, ChangedRows *changed, TriggerCall *call) {
    const TriggerDesc *t = call->trigger;
    TransitionTable tables[2] = {{0}};
    if (changed == NULL || (t->old_table == NULL && t->new_table == NULL))
        return trigger_call(call);
    changed->closed = true;
    RowStore *stores[2] = {changed->old_rows, changed->new_rows};
    const char *names[2] = {t->old_table, t->new_table};
    for (int i = 0; i < 2; i++) {
        if (names[i] == NULL)
            continue;
        tables[i] = (TransitionTable){.next = call->transitions,
                                      .name = names[i],
                                      .relation = set->desc->oid,
                                      .count = row_store_count(stores[i]),
                                      .rows = stores[i]};
        call->transitions = &tables[i];
    }
    return trigger_call(call);
}

/* ---- noting ---- */

Status trigger_after_row(TriggerSet *set, TriggerOp op, const TriggerRow *old_row,
                         const TriggerRow *new_row) {
    Executor *owner = owner_of(set->exec);
    TriggerSet *own;
    Capture *c;
    bool any = false;
    if (set->named != NULL)
        TRY(keep_rows(set, op, old_row, new_row));
    if (!trigger_fires_row(set, TRIGGER_WHEN_AFTER, op))
        return STATUS_OK;
    uint64_t mask[TRIGGER_WORDS_MAX] = {0};
    for (uint32_t i = 0; i < set->count; i++) {
        bool applies;
        TRY(trigger_applies(set, &set->states[i], TRIGGER_WHEN_AFTER, op, old_row, new_row,
                            &applies));
        if (applies)
            mask[i / 64] |= UINT64_C(1) << (i % 64);
        any |= applies;
    }
    if (!any)
        return STATUS_OK;
    TRY(owned_set(set, &own));
    TRY(find_capture(owner, queue_of(owner), own, op, &c));
    return capture_add(owner, queue_of(owner), c, mask, old_row, new_row);
}

static StatementEvent *statement_noted(const TriggerQueue *queue, const TriggerSet *set,
                                       TriggerOp op, bool before) {
    for (StatementEvent *e = queue->events; e != NULL; e = e->next)
        if (e->set->desc->oid == set->desc->oid && e->op == op && e->before == before &&
            (e->changed == NULL || !e->changed->closed))
            return e;
    return NULL;
}

/* Once for a table and operation: AFTER triggers behind all rows, those of actions included. */
static Status note_statement(TriggerSet *set, TriggerOp op, bool before, bool *first_out) {
    Executor *owner = owner_of(set->exec);
    TriggerQueue *queue = queue_of(owner);
    StatementEvent *e = statement_noted(queue, set, op, before);
    *first_out = e == NULL;
    if (e == NULL) {
        e = arena_new(&owner->arena, StatementEvent);
        *e = (StatementEvent){.op = op, .before = before};
        TRY(owned_set(set, &e->set));
        TRY(changed_by(e->set, op, &e->changed));
        *queue->events_end = e;
        queue->events_end = &e->next;
    }
    if (before)
        return STATUS_OK;
    for (size_t i = 0; i < queue->runs.count; i++)
        if (queue->runs.items[i].event == e)
            queue->runs.items[i].event = NULL;
    queue->noted++;
    vec_push(&queue->runs, &owner->arena, ((Run){NULL, 0, e}));
    return STATUS_OK;
}

Status trigger_before_statement(TriggerSet *set, TriggerOp op) {
    bool first = false;
    if (set != NULL)
        TRY(note_statement(set, op, true, &first));
    return first ? trigger_fire_statement(set, TRIGGER_WHEN_BEFORE, op, NULL) : STATUS_OK;
}

Status trigger_after_statement(TriggerSet *set, TriggerOp op) {
    bool first;
    return set == NULL ? STATUS_OK : note_statement(set, op, false, &first);
}

/* ---- firing ---- */

static Status fire_one(Capture *c, uint32_t bit, const TriggerRow *old_row,
                       const TriggerRow *new_row, Arena *arena) {
    TriggerSet *set = c->set;
    const TriggerDesc *desc = NULL;
    for (uint32_t i = 0; i < set->count; i++)
        if (set->states[i].desc->oid == c->triggers[bit])
            desc = set->states[i].desc;
    if (desc == NULL)
        return STATUS_OK;
    TriggerCall call = {.session = set->exec->session,
                        .arena = arena,
                        .trigger = desc,
                        .relation = set->desc,
                        .when = TRIGGER_WHEN_AFTER,
                        .op = c->op,
                        .for_row = true,
                        .old_row = c->has_old ? old_row : NULL,
                        .new_row = c->has_new ? new_row : NULL,
                        .updated = set->updated};
    return trigger_call_with_tables(set, c->changed, &call);
}

static bool waits(const Capture *c, uint32_t bit) {
    const TriggerDesc *t = c->set->states[bit].desc;
    return t->constraint != 0 &&
           constraint_is_deferred(c->set->exec->session, t->constraint, t->deferrable, t->deferred);
}

static Status defer_row(Executor *exec, Capture *c, const uint64_t *mask, TriggerChunk **chunk,
                        const TriggerRow *old_row, const TriggerRow *new_row);

/* A row's triggers: those that may fire now do, the others are put by. */
static Status fire_row(Executor *exec, Capture *c, uint64_t index, TriggerChunk **chunk,
                       Arena *arena) {
    uint64_t mask[TRIGGER_WORDS_MAX] = {0}, later[TRIGGER_WORDS_MAX] = {0};
    TriggerRow old_row, new_row;
    bool deferred = false;
    TRY(capture_read(c, index, mask, &old_row, &new_row));
    for (uint32_t bit = 0; bit < c->set->count; bit++) {
        if (!(mask[bit / 64] >> (bit % 64) & 1))
            continue;
        if (waits(c, bit)) {
            TRY(session_check_unrestricted(exec->session->catalog, "fire deferred trigger"));
            later[bit / 64] |= UINT64_C(1) << (bit % 64);
            deferred = true;
            continue;
        }
        TRY(fire_one(c, bit, &old_row, &new_row, arena));
        arena_reset(arena);
        TRY(fiber_check_interrupt());
    }
    return deferred ? defer_row(exec, c, later, chunk, &old_row, &new_row) : STATUS_OK;
}

/* The next run: what it grew by while its rows fired too. */
static Status fire_run(Executor *exec, TriggerQueue *queue, size_t at, TriggerChunk **chunk,
                       Arena *arena) {
    Capture *c = queue->runs.items[at].capture;
    if (c == NULL) {
        TRY(fk_run_until(exec, queue->done));
        const StatementEvent *e = queue->runs.items[at].event; /* NULL: it moved to the end */
        queue->done++;
        return e == NULL ? STATUS_OK
                         : trigger_fire_statement(e->set, TRIGGER_WHEN_AFTER, e->op, e->changed);
    }
    for (uint64_t i = 0; i < queue->runs.items[at].count; i++) {
        TRY(fk_run_until(exec, queue->done));
        queue->done++;
        TRY(fire_row(exec, c, c->fired++, chunk, arena));
    }
    return STATUS_OK;
}

uint64_t trigger_noted(const Executor *exec) {
    return exec->triggers == NULL ? 0 : exec->triggers->noted;
}

Status trigger_statement_end(Executor *exec) {
    TriggerChunk *chunk = NULL;
    Arena arena;
    size_t at = 0;
    if (exec->events_to != NULL)
        return STATUS_OK;
    arena_init(&arena, &exec->account);
    Status s = STATUS_OK;
    do {
        TriggerQueue *queue = exec->triggers;
        for (; status_ok(s) && queue != NULL && at < queue->runs.count; at++)
            s = fire_run(exec, queue, at, &chunk, &arena);
        if (status_ok(s)) /* which may lead to more triggers */
            s = fk_run_until(exec, UINT64_MAX);
    } while (status_ok(s) && exec->triggers != NULL && at < exec->triggers->runs.count);
    if (exec->triggers != NULL)
        exec->triggers->runs.count = 0;
    arena_destroy(&arena);
    return s;
}

static void captures_free(TriggerQueue *queue) {
    for (Capture *c = queue->captures; c != NULL; c = c->next)
        row_store_free(c->rows);
    for (ChangedRows *c = queue->changed; c != NULL; c = c->next) {
        row_store_free(c->old_rows);
        row_store_free(c->new_rows);
    }
    for (TriggerSet *set = queue->sets; set != NULL; set = set->next_owned)
        trigger_set_free(set);
}

void trigger_queue_free(Executor *exec) {
    if (exec->triggers != NULL)
        captures_free(exec->triggers);
    exec->triggers = NULL;
}

/* ---- the transaction's events ---- */

static Status chunk_before_commit(void *arg) {
    TriggerChunk *chunk = arg;
    return trigger_run_deferred(chunk->session, NULL, 0, true);
}

static void chunk_after(void *arg, bool committed, Lsn commit_lsn) {
    TriggerChunk *chunk = arg;
    Session *session = chunk->session;
    TriggerChunk **link = &session->deferred_triggers;
    while (*link != NULL && *link != chunk)
        link = &(*link)->next;
    if (*link != NULL)
        *link = chunk->next;
    for (Capture *c = chunk->queue.captures; c != NULL; c = c->next)
        trigger_set_free(c->set);
    captures_free(&chunk->queue);
    exec_light_end(chunk->exec);
    arena_destroy(&chunk->arena);
    mem_free(&session->account, chunk, sizeof(*chunk));
}

static Status chunk_make(Session *session, TriggerChunk **out) {
    TriggerChunk *chunk = mem_alloc(&session->account, sizeof(*chunk)), **link;
    *chunk = (TriggerChunk){.session = session};
    arena_init(&chunk->arena, &session->account);
    TRY(exec_light(session, &chunk->arena, NULL, &chunk->exec));
    for (link = &session->deferred_triggers; *link != NULL;)
        link = &(*link)->next;
    *link = chunk;
    TxnAction action = {chunk_before_commit, chunk_after, chunk};
    txn_add_action(session->txn, &action);
    *out = chunk;
    return STATUS_OK;
}

static Status chunk_capture(TriggerChunk *chunk, const Capture *like, Capture **out) {
    Executor *exec = chunk->exec;
    const TriggerSet *set = like->set;
    for (*out = chunk->queue.captures; *out != NULL; *out = (*out)->next)
        if ((*out)->op == like->op && (*out)->set->desc->oid == set->desc->oid &&
            (*out)->set->count == set->count)
            return STATUS_OK;
    TriggerSet *own = arena_new(&exec->arena, TriggerSet);
    *own = (TriggerSet){.exec = exec, .desc = set->desc, .count = set->count};
    exec_pin(exec, &set->desc->desc);
    own->states = arena_memdup(&exec->arena, set->states, sizeof(TriggerState) * (set->count + 1));
    own->updated = arena_memdup(&exec->arena, set->updated, set->desc->column_count + 1u);
    arena_init(&own->arena, &exec->account);
    TRY(capture_make(exec, own, like->op, out));
    (*out)->number = chunk->capture_count++;
    (*out)->next = chunk->queue.captures;
    chunk->queue.captures = *out;
    return STATUS_OK;
}

static Status defer_row(Executor *exec, Capture *c, const uint64_t *mask, TriggerChunk **chunk,
                        const TriggerRow *old_row, const TriggerRow *new_row) {
    Capture *own;
    if (*chunk == NULL)
        TRY(chunk_make(exec->session, chunk));
    TRY(chunk_capture(*chunk, c, &own));
    return capture_add((*chunk)->exec, &(*chunk)->queue, own, mask, old_row, new_row);
}

static bool is_selected(const TriggerDesc *t, const Oid *constraints, uint32_t count, bool all) {
    bool selected = all;
    for (uint32_t i = 0; i < count && !selected; i++)
        selected = constraints[i] == t->constraint;
    return selected;
}

static Status chunk_fire_row(Capture *c, uint64_t index, const bool *chosen, Arena *arena) {
    uint64_t mask[TRIGGER_WORDS_MAX] = {0};
    TriggerRow old_row, new_row;
    TRY(capture_read(c, index, mask, &old_row, &new_row));
    for (uint32_t bit = 0; bit < c->set->count; bit++)
        if (chosen[bit] && (mask[bit / 64] >> (bit % 64) & 1)) {
            TRY(fire_one(c, bit, &old_row, &new_row, arena));
            arena_reset(arena);
            TRY(fiber_check_interrupt());
        }
    return STATUS_OK;
}

/* What one pass over a chunk fires of a capture. */
typedef struct ChunkPass {
    bool *chosen; /* by bit */
    bool any;
    uint64_t next; /* row */
} ChunkPass;

static ChunkPass *choose(TriggerChunk *chunk, Arena *arena, const Oid *constraints, uint32_t count,
                         bool all, bool *any_out) {
    ChunkPass *passes = arena_array(arena, ChunkPass, chunk->capture_count + 1);
    *any_out = false;
    for (Capture *c = chunk->queue.captures; c != NULL; c = c->next) {
        ChunkPass *pass = &passes[c->number];
        pass->chosen = arena_array(arena, bool, c->set->count + 1);
        for (uint32_t bit = 0; bit < c->set->count; bit++) {
            pass->chosen[bit] =
                !c->done[bit] && is_selected(c->set->states[bit].desc, constraints, count, all);
            c->done[bit] |= pass->chosen[bit];
            pass->any |= pass->chosen[bit];
        }
        *any_out |= pass->any;
    }
    return passes;
}

/* Fires the chosen triggers of every row; they are then done with. */
static Status chunk_run(TriggerChunk *chunk, const Oid *constraints, uint32_t count, bool all) {
    Arena arena, row_arena;
    bool any;
    Status s = STATUS_OK;
    arena_init(&arena, &chunk->session->account);
    arena_init(&row_arena, &chunk->session->account);
    ChunkPass *passes = choose(chunk, &arena, constraints, count, all, &any);
    for (size_t r = 0; any && r < chunk->queue.runs.count && status_ok(s); r++) {
        Capture *c = chunk->queue.runs.items[r].capture;
        ChunkPass *pass = &passes[c->number];
        for (uint64_t i = 0; i < chunk->queue.runs.items[r].count && status_ok(s);
             i++, pass->next++)
            if (pass->any)
                s = chunk_fire_row(c, pass->next, pass->chosen, &row_arena);
    }
    arena_destroy(&row_arena);
    arena_destroy(&arena);
    return s;
}

Status trigger_run_deferred(Session *session, const Oid *constraints, uint32_t count, bool all) {
    for (TriggerChunk *chunk = session->deferred_triggers; chunk != NULL; chunk = chunk->next)
        TRY(chunk_run(chunk, constraints, count, all));
    return STATUS_OK;
}

bool trigger_is_pending(const Session *session, Oid relation) {
    for (const TriggerChunk *chunk = session->deferred_triggers; chunk != NULL; chunk = chunk->next)
        for (const Capture *c = chunk->queue.captures; c != NULL; c = c->next) {
            bool open = false;
            for (uint32_t bit = 0; bit < c->set->count; bit++)
                open |= !c->done[bit];
            if (open && c->set->desc->oid == relation)
                return true;
        }
    return false;
}
