/*
 * op_gather.c: a plan run by several workers at once (manual: Parallel Query).
 *
 * The statement's own fibre, the leader, starts fibres on other workers. Each has a session of its own
 * (catalogs, memory, a transaction that only reads) and an executor of the gather's input under the leader's
 * snapshot. Batches are copied into chunks and queued for the leader, which runs its own copy of the input
 * while the queue is empty.
 *
 * I1 A worker lives until it is released: what chunks point to (states of groups) is the worker's.
 * I2 The leader ends only after every worker has: they read its snapshot, parameters and plan.
 * I3 At most CHUNKS_PER_WORKER chunks a worker wait: a slow reader stops the workers.
 */
#include "executor/parallel.h"

#include "executor/program.h"
#include "runtime/worker.h"

#define CHUNKS_PER_WORKER 4u

/* Rows that a scan hands out at once: small enough that nobody waits long at the end. */
#define STEP_MIN 2048u
#define STEP_MAX 131072u
#define STEPS 64u

typedef struct GatherChunk {
    struct GatherChunk *next;
    Arena arena; /* holds the chunk, too */
    Batch batch;
    Leftover *leftovers; /* read once the chunk has been */
} GatherChunk;

typedef struct GatherNotice {
    struct GatherNotice *next;
    NoticeLevel level;
    Status notice;
} GatherNotice;

typedef struct GatherNode GatherNode;

typedef struct GatherWorker {
    Session session; /* first: the ops find the worker by it */
    GatherNode *gather;
    Snapshot snapshot;
    Executor *exec;
    FiberRef fiber;
    int core;
} GatherWorker;

struct GatherNode {
    Node node;
    const PlanGather *plan;
    GatherWorker *workers;
    uint32_t worker_count;
    bool started, leader_done, merged;
    _Atomic uint32_t *counted; /* where the leader counts as making rows; NULL: it does not */
    Leftover *leftovers;       /* of rows that the leader's own run made */
    GatherChunk *current;      /* whose rows the node shows */
    _Atomic uint32_t alive;
    RwLatch latch; /* of what follows */
    FiberRef leader;
    GatherChunk *first, *last;
    uint32_t queued;
    uint32_t producing;
    bool stop, released;
    Status failure;
    GatherNotice *notices;
};

/* Of all statements: max_parallel_workers. */
static _Atomic uint32_t running_workers;

/* How many leaders and workers of gathers make rows on each core: one that has some gets no worker more, as
 * all its time is taken. Cores beyond share a place. */
#define CORES 64u
static _Atomic uint32_t making_rows[CORES];

static _Atomic uint32_t *makers_on(int core) { return &making_rows[(uint32_t)core % CORES]; }

/* ---- what is shared ---- */

bool parallel_next_rows(ParallelPart *part, RowId *low_out, RowId *high_out) {
    RowId low = atomic_fetch_add_explicit(&part->next, part->step, memory_order_relaxed);
    if (low >= part->end)
        return false;
    *low_out = low;
    *high_out = MIN(low + part->step, part->end) - 1;
    return true;
}

int32_t parallel_next_child(ParallelPart *part, const PlanAppend *append, const BitSet *live) {
    int32_t found = -1;
    uint32_t partial = append->child_count - append->first_partial;
    latch_lock(&part->latch);
    for (uint32_t i = 0; i < append->child_count && found < 0; i++) {
        uint32_t child = i;
        if (i >= append->first_partial)
            child = append->first_partial + (i - append->first_partial + part->turn) % partial;
        if (part->closed[child] || (append->prune != NULL && !bitset_has(live, (int)child)))
            continue;
        part->closed[child] = child < append->first_partial;
        part->turn += child >= append->first_partial;
        found = (int32_t)child;
    }
    latch_unlock(&part->latch);
    return found;
}

void parallel_close_child(ParallelPart *part, uint32_t child) {
    latch_lock(&part->latch);
    part->closed[child] = true;
    latch_unlock(&part->latch);
}

static ParallelPart *part_of(GatherNode *g, const Plan *plan) {
    Executor *exec = g->node.exec;
    if (exec->parts[plan->id] == NULL)
        exec->parts[plan->id] = arena_new(&exec->arena, ParallelPart);
    return exec->parts[plan->id];
}

static Status prepare_scan(GatherNode *g, const PlanSeqScan *scan) {
    RelState *rel;
    ParallelPart *part = part_of(g, (const Plan *)scan);
    TRY(exec_relation(g->node.exec, scan->rt_index, scan->relation, &rel));
    RowId end = rel->table == NULL ? 0 : table_rowid_high(rel->table);
    part->end = end;
    part->step = MIN(MAX(end / STEPS, STEP_MIN), STEP_MAX);
    atomic_store(&part->next, 0);
    return STATUS_OK;
}

/* Every part of the input as it is at the start. */
static Status prepare_parts(GatherNode *g, const Plan *plan) {
    TRY(fiber_stack_check());
    if (plan == NULL)
        return STATUS_OK;
    if (plan->parallel_aware && plan->tag == PLAN_SEQ_SCAN)
        TRY(prepare_scan(g, (const PlanSeqScan *)plan));
    if (plan->tag == PLAN_APPEND) {
        const PlanAppend *append = (const PlanAppend *)plan;
        if (plan->parallel_aware) {
            ParallelPart *part = part_of(g, plan);
            part->turn = 0;
            part->closed = arena_array(&g->node.exec->arena, bool, append->child_count + 1);
        }
        for (uint32_t i = 0; i < append->child_count; i++)
            TRY(prepare_parts(g, append->children[i]));
    }
    TRY(prepare_parts(g, plan->left));
    return prepare_parts(g, plan->right);
}

/* ---- chunks ---- */

static void free_leftovers(Leftover **list) {
    while (*list != NULL) {
        Leftover *leftover = *list;
        *list = leftover->next;
        leftover->free(leftover);
    }
}

static void chunk_free(GatherChunk *chunk) {
    if (chunk == NULL)
        return;
    free_leftovers(&chunk->leftovers);
    Arena arena = chunk->arena;
    arena_destroy(&arena);
}

static Status chunk_column(Arena *arena, const Vector *from, Selection sel, Vector *to) {
    Register reg = {0};
    uint32_t at = 0;
    register_flat(&reg, arena, from->phys, sel.count);
    if (from->nulls != NULL)
        register_nulls(&reg, sel.count);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null = vector_is_null(from, row);
        if (!is_null)
            TRY(datum_copy(arena, from->phys, vector_at(from, row), &value));
        vector_put(&reg.v, at++, value, is_null);
    }
    *to = reg.v;
    return STATUS_OK;
}

static Status chunk_make(MemAccount *account, const Batch *batch, GatherChunk **chunk_out) {
    Arena arena;
    arena_init(&arena, account);
    GatherChunk *chunk = arena_new(&arena, GatherChunk);
    chunk->batch.columns = arena_array(&arena, Vector, batch->column_count + 1);
    chunk->batch.column_count = batch->column_count;
    chunk->batch.row_count = batch->selection.count;
    chunk->batch.selection = selection_all(batch->selection.count);
    Status s = STATUS_OK;
    for (uint32_t c = 0; c < batch->column_count && status_ok(s); c++)
        s = chunk_column(&arena, &batch->columns[c], batch->selection, &chunk->batch.columns[c]);
    if (!status_ok(s)) {
        arena_destroy(&arena);
        return s;
    }
    chunk->arena = arena;
    *chunk_out = chunk;
    return STATUS_OK;
}

/* ---- workers ---- */

static void worker_notice(Session *session, NoticeLevel level, Status notice) {
    GatherNode *g = ((GatherWorker *)session)->gather;
    GatherNotice *item = mem_alloc(&g->node.exec->account, sizeof(*item));
    item->level = level;
    item->notice = notice;
    latch_lock(&g->latch);
    item->next = g->notices;
    g->notices = item;
    latch_unlock(&g->latch);
}

/* Plans that workers run ask for nothing else (planner: parallel.c). */
static const SessionOps worker_ops = {.notice = worker_notice};

/* Queues a chunk; parks while the queue is full. False: the leader wants no more. */
static bool worker_push(GatherWorker *w, GatherChunk *chunk) {
    GatherNode *g = w->gather;
    for (;;) {
        latch_lock(&g->latch);
        bool stop = g->stop, room = g->queued < g->worker_count * CHUNKS_PER_WORKER;
        FiberRef leader = g->leader;
        if (!stop && room) {
            chunk->next = NULL;
            if (g->first == NULL)
                g->first = chunk;
            else
                g->last->next = chunk;
            g->last = chunk;
            g->queued++;
        }
        latch_unlock(&g->latch);
        if (!stop && room) {
            fiber_unpark(leader);
            return true;
        }
        if (stop) {
            chunk_free(chunk);
            return false;
        }
        fiber_park(DEADLINE_NONE);
        if (fiber_interrupt_pending()) {
            chunk_free(chunk);
            return false;
        }
    }
}

static Status worker_rows(GatherWorker *w) {
    for (;;) {
        const Batch *batch;
        GatherChunk *chunk;
        TRY(node_next(w->exec->root, &batch));
        if (batch == NULL)
            return STATUS_OK;
        TRY(chunk_make(&w->gather->node.exec->account, batch, &chunk));
        chunk->leftovers = w->exec->leftovers; /* of rows in chunks before */
        w->exec->leftovers = NULL;
        if (!worker_push(w, chunk))
            return fiber_check_interrupt();
    }
}

static Status worker_run(GatherWorker *w) {
    Session *session = &w->session;
    const Executor *leader = w->gather->node.exec;
    fiber_stack_limit(session->settings.max_stack_depth_bytes);
    TRY(txn_begin(session->mvcc, ISOLATION_READ_COMMITTED, true, false, &session->txn));
    session->env.txn = session->txn;
    catalog_session_begin(session->catalog, session->txn);
    TRY(executor_start_worker(session, leader, &w->snapshot, w->gather->plan, &w->exec));
    return worker_rows(w);
}

static void worker_end(GatherWorker *w) {
    Session *session = &w->session;
    if (w->exec != NULL) {
        free_leftovers(&w->exec->leftovers);
        executor_end(w->exec);
    }
    if (session->txn != NULL)
        status_free(txn_rollback(session->txn));
    catalog_session_release(session->catalog);
    catalog_session_close(session->catalog);
    arena_destroy(&session->arena);
}

static void worker_main(void *arg) {
    GatherWorker *w = arg;
    GatherNode *g = w->gather;
    Status s = worker_run(w);
    atomic_fetch_sub(makers_on(w->core), 1);
    latch_lock(&g->latch);
    if (!status_ok(s) && !g->stop && status_ok(g->failure)) {
        g->failure = s;
        s = STATUS_OK;
    }
    g->producing--;
    FiberRef leader = g->leader;
    latch_unlock(&g->latch);
    status_free(s);
    fiber_unpark(leader);
    for (bool released = false; !released;) {
        latch_lock(&g->latch);
        released = g->released;
        leader = g->leader;
        latch_unlock(&g->latch);
        if (!released)
            fiber_park_uninterruptible(DEADLINE_NONE);
    }
    worker_end(w);
    atomic_fetch_sub(&running_workers, 1);
    atomic_fetch_sub(&g->alive, 1); /* the last that is seen of the gather from here */
    fiber_unpark(leader);
}

/* ---- the leader ---- */

/* A core that makes no rows for a gather, from the leader's on; -1: there is none. It counts from now on. */
static int core_to_use(void) {
    int count = worker_count();
    for (int i = 1; i < count; i++) {
        int core = (worker_id() + i) % count;
        uint32_t none = 0;
        if (atomic_compare_exchange_strong(makers_on(core), &none, 1))
            return core;
    }
    return -1;
}

/* One more within max_parallel_workers? */
static bool worker_allowed(const GatherNode *g) {
    uint32_t max = (uint32_t)g->node.exec->session->planner.max_parallel_workers;
    uint32_t running = atomic_load(&running_workers);
    do
        if (running >= max)
            return false;
    while (!atomic_compare_exchange_weak(&running_workers, &running, running + 1));
    return true;
}

/* Chooses the workers' cores, for as many as there may be. */
static uint32_t workers_to_have(GatherNode *g) {
    const Executor *exec = g->node.exec;
    uint32_t count = 0;
    if (exec->batch_limit != 0 || exec->epq != NULL || exec->snapshot->ssi != NULL ||
        session_has_own_changes(exec->session->catalog))
        return 0;
    for (; count < g->plan->workers && worker_allowed(g); count++) {
        int core = core_to_use();
        if (core < 0) {
            atomic_fetch_sub(&running_workers, 1);
            break;
        }
        g->workers[count].core = core;
    }
    return count;
}

static void worker_prepare(GatherNode *g, GatherWorker *w) {
    Executor *exec = g->node.exec;
    const Session *from = exec->session;
    Session *session = &w->session;
    *w = (GatherWorker){.gather = g, .snapshot = *exec->snapshot, .core = w->core};
    session->ops = &worker_ops;
    session->mvcc = from->mvcc;
    session->catalog = catalog_session_clone(from->catalog);
    session->env = exec->env;
    session->env.catalog = session->catalog;
    session->env.session = session;
    session->env.random_state = NULL;
    session->settings = from->settings;
    session->planner = from->planner;
    session->process_id = from->process_id;
    session->temp_directory = from->temp_directory;
    session->data_directory = from->data_directory;
    mem_account_init(&session->account, &exec->account, "parallel worker", SIZE_MAX);
    arena_init(&session->arena, &session->account);
}

static Status gather_start(GatherNode *g) {
    Executor *exec = g->node.exec;
    g->started = true;
    for (uint32_t i = 0; i < g->plan->evaluated_count; i++) {
        Datum value;
        bool is_null;
        TRY(exec_param_get(exec, g->plan->evaluated[i], &value, &is_null));
    }
    TRY(prepare_parts(g, g->plan->left));
    g->leader = fiber_self_ref();
    if (g->workers == NULL)
        g->workers = arena_array(&exec->arena, GatherWorker, g->plan->workers + 1);
    g->worker_count = workers_to_have(g);
    g->producing = g->worker_count;
    atomic_store(&g->alive, g->worker_count);
    for (uint32_t i = 0; i < g->worker_count; i++)
        worker_prepare(g, &g->workers[i]);
    for (uint32_t i = 0; i < g->worker_count; i++) {
        GatherWorker *w = &g->workers[i];
        w->fiber = fiber_spawn_on(w->core, SCHED_ANALYTIC, worker_main, w);
    }
    bool participates = exec->session->planner.parallel_leader_participation;
    g->leader_done = g->worker_count > 0 && !participates;
    if (!g->leader_done) {
        g->counted = makers_on(worker_id());
        atomic_fetch_add(g->counted, 1);
    }
    if (g->node.stats != NULL)
        g->node.stats->workers_launched = g->worker_count;
    return STATUS_OK;
}

static void wake_workers(GatherNode *g) {
    for (uint32_t i = 0; i < g->worker_count; i++)
        fiber_unpark(g->workers[i].fiber);
}

static GatherChunk *gather_pop(GatherNode *g) {
    latch_lock(&g->latch);
    GatherChunk *chunk = g->first;
    bool was_full = g->queued >= g->worker_count * CHUNKS_PER_WORKER;
    if (chunk != NULL) {
        g->first = chunk->next;
        g->queued--;
    }
    latch_unlock(&g->latch);
    if (chunk != NULL && was_full)
        wake_workers(g);
    return chunk;
}

/* What the worker saw of each node, to the leader's. */
static void merge_stats(PlanStats *to, const PlanStats *from) {
    to->executed |= from->executed;
    to->startup_micros += from->startup_micros;
    to->total_micros += from->total_micros;
    to->rows += from->rows;
    to->loops += from->loops;
    to->filtered += from->filtered;
    to->join_filtered += from->join_filtered;
    to->heap_fetches += from->heap_fetches;
    to->blocks_hit += from->blocks_hit;
    to->blocks_read += from->blocks_read;
    to->blocks_dirtied += from->blocks_dirtied;
    to->blocks_written += from->blocks_written;
    to->temp_read += from->temp_read;
    to->temp_written += from->temp_written;
    if (to->sort_method == NULL)
        to->sort_method = from->sort_method;
    to->memory_kb = MAX(to->memory_kb, from->memory_kb);
    to->disk_kb += from->disk_kb;
    to->hash_buckets = MAX(to->hash_buckets, from->hash_buckets);
    to->hash_batches = MAX(to->hash_batches, from->hash_batches);
    to->cache_hits += from->cache_hits;
    to->cache_misses += from->cache_misses;
    to->cache_evictions += from->cache_evictions;
    to->cache_overflows += from->cache_overflows;
}

/* Every worker has made its rows. */
static void gather_merge_stats(GatherNode *g) {
    Executor *exec = g->node.exec;
    for (uint32_t i = 0; i < g->worker_count && exec->stats != NULL && !g->merged; i++) {
        const Executor *worker = g->workers[i].exec;
        for (uint32_t n = 0; worker != NULL && n < exec->statement->node_count; n++)
            merge_stats(&exec->stats[n], &worker->stats[n]);
    }
    g->merged = true;
}

/* What workers have said goes to the client in its order. */
static void send_notices(GatherNode *g) {
    Session *session = g->node.exec->session;
    GatherNotice *list = NULL;
    latch_lock(&g->latch);
    GatherNotice *item = g->notices;
    g->notices = NULL;
    latch_unlock(&g->latch);
    while (item != NULL) {
        GatherNotice *next = item->next;
        item->next = list;
        list = item;
        item = next;
    }
    while (list != NULL) {
        item = list;
        list = item->next;
        session->ops->notice(session, item->level, item->notice);
        mem_free(&g->node.exec->account, item, sizeof(*item));
    }
}

/* Waits for rows; *end_out: there will be none. */
static Status gather_wait(GatherNode *g, bool *end_out) {
    latch_lock(&g->latch);
    g->leader = fiber_self_ref();
    Status failure = g->failure;
    g->failure = STATUS_OK;
    *end_out = g->producing == 0 && g->first == NULL;
    bool wait = status_ok(failure) && !*end_out && g->first == NULL;
    latch_unlock(&g->latch);
    if (!status_ok(failure))
        return status_context(failure, "parallel worker");
    if (wait)
        fiber_park(DEADLINE_NONE);
    return fiber_check_interrupt();
}

static void gather_show(GatherNode *g, const Batch *batch) { g->node.row = *batch; }

static void leader_made_all(GatherNode *g) {
    if (g->counted != NULL)
        atomic_fetch_sub(g->counted, 1);
    g->counted = NULL;
}

/* The next rows of the leader's own run. */
static Status gather_own(GatherNode *g, const Batch **batch_out) {
    Executor *exec = g->node.exec;
    Leftover *others = exec->leftovers;
    free_leftovers(&g->leftovers);
    exec->leftovers = NULL;
    Status s = node_next(g->node.left, batch_out);
    g->leftovers = exec->leftovers;
    exec->leftovers = others;
    return s;
}

static Status gather_produce(Node *node) {
    GatherNode *g = (GatherNode *)node;
    const Batch *batch;
    if (!g->started)
        TRY(gather_start(g));
    chunk_free(g->current);
    g->current = NULL;
    for (bool end = false; !end;) {
        if (g->notices != NULL)
            send_notices(g);
        g->current = gather_pop(g);
        if (g->current != NULL) {
            gather_show(g, &g->current->batch);
            return STATUS_OK;
        }
        if (!g->leader_done) {
            TRY(gather_own(g, &batch));
            g->leader_done = batch == NULL;
            if (batch == NULL) {
                leader_made_all(g);
            } else {
                gather_show(g, batch);
                return STATUS_OK;
            }
        }
        TRY(gather_wait(g, &end));
    }
    gather_merge_stats(g);
    node->row.row_count = 0;
    node->row.selection = selection_all(0);
    return STATUS_OK;
}

/* Ends the workers and what they have made. [parks] */
static void gather_stop(GatherNode *g) {
    leader_made_all(g);
    latch_lock(&g->latch);
    g->leader = fiber_self_ref();
    g->stop = true; /* nothing is queued from here on */
    latch_unlock(&g->latch);
    for (GatherChunk *chunk; (chunk = gather_pop(g)) != NULL;)
        chunk_free(chunk);
    chunk_free(g->current);
    g->current = NULL;
    latch_lock(&g->latch);
    g->released = true;
    latch_unlock(&g->latch);
    for (uint32_t i = 0; i < g->worker_count && atomic_load(&g->alive) > 0; i++)
        fiber_interrupt(g->workers[i].fiber, INTERRUPT_CANCEL);
    wake_workers(g);
    while (atomic_load(&g->alive) > 0)
        fiber_park_uninterruptible(DEADLINE_NONE);
    send_notices(g);
    free_leftovers(&g->leftovers);
    status_free(g->failure);
    g->failure = STATUS_OK;
    g->worker_count = 0;
    g->stop = g->released = g->started = g->merged = false;
}

static Status gather_rescan(Node *node, const Rescan *rescan) {
    Rescan all = *rescan;
    gather_stop((GatherNode *)node);
    all.everything = true; /* what the leader kept is but a part */
    return node_rescan(node->left, &all);
}

static void gather_close(Node *node) { gather_stop((GatherNode *)node); }

Status gather_build(Executor *exec, const Plan *plan, Node **node_out) {
    GatherNode *g;
    if (exec->parts == NULL)
        exec->parts = arena_array(&exec->arena, ParallelPart *, exec->statement->node_count + 1);
    TRY(node_init(exec, plan, sizeof(*g), gather_produce, gather_rescan, &g));
    g->plan = (const PlanGather *)plan;
    g->node.close = gather_close;
    node_row_shape(&g->node, plan->left->target_count);
    *node_out = &g->node;
    return STATUS_OK;
}
