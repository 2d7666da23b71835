/*
 * cursor.c: an executor with a position.
 *
 * Rows are numbered from 1. A forward-only cursor keeps just the batch at hand; one that scrolls, or
 * is held past its transaction, keeps all rows passed in a store. Behind the result columns the store
 * keeps the rowid that WHERE CURRENT OF asks for, where the plan is a plain scan.
 */
#include "executor/row_store.h"
#include "executor/scan.h"

struct ExecCursor {
    Session *session;
    Executor *executor; /* NULL: held */
    MemAccount account;
    bool scroll;
    RowStore *store;  /* scroll, hold */
    Executor *keeper; /* owns the store once the executor is gone */
    RowShape shape;   /* columns, then the rowid */
    uint32_t column_count;
    Register *registers;
    Arena arena, fetch_arena;
    Batch out;
    uint64_t position;  /* 0: before the first row; rows + 1: behind the last */
    uint64_t row_count; /* known once at_end_known */
    bool at_end_known;
    const Batch *batch; /* forward only: the one at hand */
    uint32_t place;     /* its rows already given */
    uint64_t seen;      /* rows pulled from the executor in all */
    uint64_t gone;      /* held: given before the store began; positions count from there */
    Node *source;       /* a scan, Append or LockRows whose rows the result's are, one to one */
    const Plan *source_plan; /* likewise; outlives the executor's nodes */
    uint16_t *rows;
};

/* ---- whose rows are they? ---- */

static void find_source(ExecCursor *c, Node *node) {
    while (node != NULL) {
        switch (node->plan->tag) {
        case PLAN_SEQ_SCAN:
        case PLAN_INDEX_SCAN:
        case PLAN_BITMAP_SCAN:
        case PLAN_TID_SCAN:
        case PLAN_POINT_GET:
        case PLAN_APPEND:
        case PLAN_LOCK_ROWS:
            c->source = node;
            c->source_plan = node->plan;
            return;
        case PLAN_RESULT:
        case PLAN_LIMIT:
        case PLAN_SUBQUERY_SCAN:
            node = node->left;
            break;
        default:
            return;
        }
    }
}

/* Scans of a table below, each row of which is one of the result. */
static uint32_t count_scans(const Plan *plan, Oid relation) {
    uint32_t count = 0;
    switch (plan == NULL ? PLAN_SORT : plan->tag) {
    case PLAN_SEQ_SCAN:
    case PLAN_INDEX_SCAN:
    case PLAN_BITMAP_SCAN:
    case PLAN_TID_SCAN:
    case PLAN_POINT_GET:
        return ((const PlanScan *)plan)->relation == relation;
    case PLAN_RESULT:
    case PLAN_LIMIT:
    case PLAN_SUBQUERY_SCAN:
        return count_scans(plan->left, relation);
    case PLAN_APPEND:
        for (uint32_t i = 0; i < ((const PlanAppend *)plan)->child_count; i++)
            count += count_scans(((const PlanAppend *)plan)->children[i], relation);
        return count;
    default:
        return 0;
    }
}

/* Whether a mark locks rows of the table. */
static bool mark_locks(const PlanRowMark *mark, Oid relation) {
    bool found = mark->relation == relation;
    for (uint32_t i = 0; i < mark->child_count && !found; i++)
        found = mark->children[i].relation == relation;
    return found && mark->strength != ROW_LOCK_NONE && mark->rowid_column >= 0;
}

/* The scan that gave the batch at hand; NULL: not one of a table. */
static const ScanNode *live_scan(const Node *node) {
    while (node != NULL) {
        switch (node->plan->tag) {
        case PLAN_SEQ_SCAN:
        case PLAN_INDEX_SCAN:
        case PLAN_BITMAP_SCAN:
        case PLAN_TID_SCAN:
        case PLAN_POINT_GET:
            return (const ScanNode *)node;
        case PLAN_RESULT:
        case PLAN_LIMIT:
        case PLAN_SUBQUERY_SCAN:
            node = node->left;
            break;
        case PLAN_APPEND:
            node = append_current(node);
            break;
        default:
            return NULL;
        }
    }
    return NULL;
}

/* The rowid behind a row of the batch at hand, and its table; 0: unknown. */
static RowId source_rowid(const ExecCursor *c, uint32_t row, Oid wanted, Oid *relation_out) {
    *relation_out = 0;
    if (c->source == NULL)
        return 0;
    if (c->source->plan->tag != PLAN_LOCK_ROWS) {
        const ScanNode *scan = live_scan(c->source);
        if (scan == NULL || scan->views == NULL)
            return 0;
        *relation_out = ((const PlanScan *)scan->node.plan)->relation;
        return scan->views[row].rowid;
    }
    const PlanLockRows *lock = (const PlanLockRows *)c->source->plan;
    for (uint32_t i = 0; i < lock->mark_count; i++) {
        const PlanRowMark *mark = &lock->marks[i];
        if (mark->rowid_column < 0 || (wanted != 0 && !mark_locks(mark, wanted)))
            continue;
        const Vector *rowid = &c->source->row.columns[mark->rowid_column];
        *relation_out =
            mark->tableoid_column < 0
                ? mark->relation
                : (Oid)vector_at(&c->source->row.columns[mark->tableoid_column], row).u32;
        return vector_is_null(rowid, row) ? 0 : vector_at(rowid, row).u64;
    }
    return 0;
}

/* ---- life ---- */

static Status cursor_shape(ExecCursor *c) {
    const PlannedStatement *statement = c->executor->statement;
    uint32_t n = c->column_count = statement->column_count;
    PhysType *phys = arena_array(&c->arena, PhysType, n + 3);
    for (uint32_t i = 0; i < n; i++) {
        const TypeInfo *info;
        TRY(exec_type(c->executor, statement->columns[i].type, &info));
        phys[i] = info->phys;
    }
    phys[n] = phys[n + 1] = PHYS_I64;
    row_shape_init(&c->shape, &c->arena, n + 2, phys);
    c->registers = arena_array(&c->arena, Register, n + 3);
    c->out = (Batch){.column_count = n, .columns = arena_array(&c->arena, Vector, n + 3)};
    c->rows = arena_alloc(&c->arena, sizeof(uint16_t) * BATCH_ROWS);
    return STATUS_OK;
}

static Status cursor_store(ExecCursor *c) {
    if (c->store != NULL)
        return STATUS_OK;
    TRY(exec_light(c->session, &c->arena, NULL, &c->keeper));
    return row_store_make(c->keeper, &c->shape, c->executor->work_mem, &c->store);
}

Status cursor_open(Executor *executor, bool scroll, ExecCursor **cursor_out) {
    *cursor_out = NULL;
    Session *session = executor->session;
    ExecCursor *c = mem_alloc(&session->account, sizeof(*c));
    memset(c, 0, sizeof(*c));
    c->session = session;
    c->executor = executor;
    c->scroll = scroll;
    arena_init(&c->arena, &session->account);
    arena_init(&c->fetch_arena, &session->account);
    find_source(c, executor->root);
    Status s = cursor_shape(c);
    if (status_ok(s) && scroll)
        s = cursor_store(c);
    if (!status_ok(s)) {
        c->executor = NULL; /* stays the caller's */
        cursor_close(c);
        return s;
    }
    *cursor_out = c;
    return STATUS_OK;
}

void cursor_close(ExecCursor *c) {
    if (c == NULL)
        return;
    executor_end(c->executor);
    row_store_free(c->store);
    if (c->keeper != NULL)
        exec_light_end(c->keeper);
    arena_destroy(&c->fetch_arena);
    arena_destroy(&c->arena);
    Session *session = c->session;
    mem_free(&session->account, c, sizeof(*c));
}

bool cursor_at_end(const ExecCursor *c) { return c->at_end_known && c->position > c->row_count; }
bool cursor_at_start(const ExecCursor *c) { return c->position == 0; }

/* ---- pulling ---- */

/* The next batch of the executor; *batch_out NULL: its end, which is finished then. */
static Status pull(ExecCursor *c, uint64_t wanted, const Batch **batch_out) {
    executor_limit_batch(c->executor, wanted < BATCH_ROWS ? (uint32_t)wanted : 0);
    TRY(executor_next(c->executor, batch_out));
    if (*batch_out != NULL) {
        c->seen += (*batch_out)->selection.count;
        return STATUS_OK;
    }
    c->at_end_known = true;
    c->row_count = c->seen;
    return executor_finish(c->executor);
}

static Status store_batch(ExecCursor *c, const Batch *batch) {
    Datum *values = arena_array(&c->fetch_arena, Datum, c->column_count + 3);
    bool *nulls = arena_array(&c->fetch_arena, bool, c->column_count + 3);
    SELECTION_FOREACH(batch->selection, row) {
        for (uint32_t i = 0; i < c->column_count; i++) {
            nulls[i] = vector_is_null(&batch->columns[i], row);
            if (!nulls[i])
                values[i] = vector_at(&batch->columns[i], row);
        }
        Oid relation;
        values[c->column_count].u64 = source_rowid(c, row, 0, &relation);
        values[c->column_count + 1].u64 = relation;
        TRY(row_store_add_row(c->store, values, nulls));
    }
    return STATUS_OK;
}

/* The store has rows up to `count`, or all there are. */
static Status store_until(ExecCursor *c, uint64_t count) {
    while (!c->at_end_known && row_store_count(c->store) < count) {
        const Batch *batch;
        TRY(pull(c, count - row_store_count(c->store), &batch));
        if (batch != NULL)
            TRY(store_batch(c, batch));
    }
    return STATUS_OK;
}

Status cursor_hold(ExecCursor *c) {
    if (c->executor == NULL)
        return STATUS_OK;
    uint64_t missing = 0;
    if (c->store == NULL) {
        TRY(cursor_store(c));
        /* Rows given already are gone; the store starts behind them. */
        if (c->batch != NULL) {
            Batch rest = *c->batch;
            uint32_t left = rest.selection.count - c->place;
            for (uint32_t i = 0; i < left; i++)
                c->rows[i] = (uint16_t)selection_row(rest.selection, c->place + i);
            rest.selection = (Selection){c->rows, left};
            missing = c->seen - left;
            TRY(store_batch(c, &rest));
        } else {
            missing = c->seen;
        }
        c->batch = NULL;
    }
    while (!c->at_end_known) {
        const Batch *batch;
        TRY(pull(c, UINT64_MAX, &batch));
        if (batch != NULL)
            TRY(store_batch(c, batch));
    }
    c->row_count = row_store_count(c->store);
    c->position -= MIN(c->position, missing);
    c->gone = missing;
    c->source = NULL;
    Executor *executor = c->executor;
    c->executor = NULL;
    executor_end(executor);
    return STATUS_OK;
}

/* ---- giving rows ---- */

static Status give(RowSink *sink, const Batch *batch) {
    return sink == NULL || batch->selection.count == 0 ? STATUS_OK : sink->rows(sink, batch);
}

/* Rows first, first + step, ... of the store. */
static Status give_stored(ExecCursor *c, uint64_t first, int step, uint64_t count, RowSink *sink) {
    while (count > 0) {
        uint32_t n = (uint32_t)MIN(count, (uint64_t)BATCH_ROWS);
        arena_reset(&c->fetch_arena);
        const uint8_t **rows = arena_array(&c->fetch_arena, const uint8_t *, n);
        for (uint32_t i = 0; i < n; i++) {
            const uint8_t *row;
            uint64_t index = step > 0 ? first - 1 + i : first - 1 - i;
            TRY(row_store_get(c->store, index, &row));
            rows[i] = row;
            if (row_store_disk(c->store) > 0)
                rows[i] = arena_memdup(&c->fetch_arena, row, row_bytes(row));
        }
        rows_to_batch(&c->shape, rows, n, c->registers, &c->arena, c->out.columns);
        c->out.row_count = n;
        c->out.selection = selection_all(n);
        TRY(give(sink, &c->out));
        first = step > 0 ? first + n : first - n;
        count -= n;
    }
    return STATUS_OK;
}

static Status forward_stored(ExecCursor *c, uint64_t count, RowSink *sink, uint64_t *got_out) {
    uint64_t until = count > UINT64_MAX - c->position ? UINT64_MAX : c->position + count;
    TRY(store_until(c, until));
    uint64_t last = MIN(until, row_store_count(c->store));
    *got_out = last > c->position ? last - c->position : 0;
    TRY(give_stored(c, c->position + 1, 1, *got_out, sink));
    c->position = until > row_store_count(c->store) ? row_store_count(c->store) + 1 : until;
    return STATUS_OK;
}

static Status forward_live(ExecCursor *c, uint64_t count, RowSink *sink, uint64_t *got_out) {
    *got_out = 0;
    while (count > 0) {
        if (c->batch == NULL || c->place == c->batch->selection.count) {
            if (c->at_end_known) {
                c->position = c->row_count + 1;
                return STATUS_OK;
            }
            c->place = 0;
            c->batch = NULL;
            TRY(pull(c, count, &c->batch));
            if (c->batch == NULL)
                continue;
        }
        uint32_t left = c->batch->selection.count - c->place;
        uint32_t n = (uint32_t)MIN((uint64_t)left, count);
        for (uint32_t i = 0; i < n; i++)
            c->rows[i] = (uint16_t)selection_row(c->batch->selection, c->place + i);
        Batch part = *c->batch;
        part.selection = (Selection){c->rows, n};
        TRY(give(sink, &part));
        c->place += n;
        c->position += n;
        *got_out += n;
        count -= n;
    }
    return STATUS_OK;
}

static Status forward(ExecCursor *c, uint64_t count, RowSink *sink, uint64_t *got_out) {
    *got_out = 0;
    if (cursor_at_end(c) || count == 0)
        return STATUS_OK;
    return c->store != NULL ? forward_stored(c, count, sink, got_out)
                            : forward_live(c, count, sink, got_out);
}

static bool plan_goes_back(const Plan *plan) {
    if (plan->one_time != NULL && plan->one_time->tag == EXPR_CONST)
        return false;
    switch (plan->tag) {
    case PLAN_SEQ_SCAN:
        return ((const PlanSeqScan *)plan)->sample == NULL;
    case PLAN_INDEX_SCAN:
        return ((const PlanIndexScan *)plan)->gin_count == 0;
    case PLAN_TID_SCAN:
    case PLAN_POINT_GET:
    case PLAN_FUNCTION_SCAN:
    case PLAN_VALUES_SCAN:
    case PLAN_CTE_SCAN:
    case PLAN_MATERIALIZE:
    case PLAN_SORT:
        return true;
    case PLAN_RESULT:
    case PLAN_SUBQUERY_SCAN:
    case PLAN_LIMIT:
        return plan->left != NULL && plan_goes_back(plan->left);
    case PLAN_APPEND: {
        const PlanAppend *append = (const PlanAppend *)plan;
        for (uint32_t i = 0; i < append->child_count; i++)
            if (!plan_goes_back(append->children[i]))
                return false;
        return true;
    }
    default:
        return false;
    }
}

bool cursor_is_scrollable(const PlannedStatement *statement) {
    return statement->read_only && statement->plan != NULL && plan_goes_back(statement->plan);
}

static Status no_scroll_error(void) {
    return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "cursor can only scan forward"),
                       "Declare it with SCROLL option to enable backward scan.");
}

static Status backward(ExecCursor *c, uint64_t count, RowSink *sink, uint64_t *got_out) {
    *got_out = 0;
    if (count == 0)
        return STATUS_OK;
    if (!c->scroll)
        return no_scroll_error();
    uint64_t before = c->position == 0 ? 0 : c->position - 1;
    *got_out = MIN(count, before);
    TRY(give_stored(c, before, -1, *got_out, sink));
    c->position = count > before ? 0 : c->position - count;
    return STATUS_OK;
}

/* The current row again. */
static Status again(ExecCursor *c, RowSink *sink, uint64_t *got_out) {
    *got_out = 0;
    if (c->position == 0 || cursor_at_end(c))
        return STATUS_OK;
    *got_out = 1;
    if (sink == NULL) /* MOVE 0 only asks whether there is a row */
        return STATUS_OK;
    if (!c->scroll)
        return no_scroll_error();
    return give_stored(c, c->position, 1, 1, sink);
}

/* To just before row `target`, then that row. */
static Status absolute(ExecCursor *c, uint64_t target, RowSink *sink, uint64_t *got_out) {
    uint64_t passed;
    *got_out = 0;
    if (target == 0) {
        if (c->position > 0 && !c->scroll)
            return no_scroll_error();
        c->position = 0;
        return STATUS_OK;
    }
    if (target == c->position) /* gone to once more, from before it */
        return c->scroll ? again(c, sink, got_out) : no_scroll_error();
    if (target > c->position) {
        TRY(forward(c, target - c->position - 1, NULL, &passed));
        return forward(c, 1, sink, got_out);
    }
    if (!c->scroll)
        return no_scroll_error();
    c->position = target - 1;
    return forward(c, 1, sink, got_out);
}

/* ABSOLUTE -n: from the end. */
static Status absolute_from_end(ExecCursor *c, uint64_t n, RowSink *sink, uint64_t *got_out) {
    if (!c->scroll)
        return no_scroll_error();
    TRY(store_until(c, UINT64_MAX));
    uint64_t count = row_store_count(c->store);
    if (n > count) {
        c->position = 0;
        *got_out = 0;
        return STATUS_OK;
    }
    c->position = count - n;
    return forward(c, 1, sink, got_out);
}

Status cursor_fetch(ExecCursor *c, AstFetchDirection direction, int64_t count, RowSink *sink,
                    uint64_t *row_count_out) {
    uint64_t n = count < 0 ? (uint64_t)0 - (uint64_t)count : (uint64_t)count;
    *row_count_out = 0;
    if (direction == AST_FETCH_RELATIVE) {
        if (count == 0)
            return again(c, sink, row_count_out);
        if (count < 0)
            return absolute(c, c->position > n ? c->position - n : 0, sink, row_count_out);
        return absolute(c, c->position > UINT64_MAX - n ? UINT64_MAX : c->position + n, sink,
                        row_count_out);
    }
    if (direction == AST_FETCH_ABSOLUTE && count >= 0 && c->gone > 0)
        return n > c->gone ? absolute(c, n - c->gone, sink, row_count_out) : no_scroll_error();
    if (direction == AST_FETCH_ABSOLUTE)
        return count < 0 ? absolute_from_end(c, n, sink, row_count_out)
                         : absolute(c, n, sink, row_count_out);
    if (count == 0)
        return again(c, sink, row_count_out);
    bool go_forward = (direction == AST_FETCH_FORWARD) == (count > 0);
    if (n == (uint64_t)AST_FETCH_ALL)
        n = UINT64_MAX;
    return go_forward ? forward(c, n, sink, row_count_out) : backward(c, n, sink, row_count_out);
}

/* Does the cursor's query tell which row of the table it is on? */
static Status current_row_check(ExecCursor *c, Oid relation, const char *name) {
    const char *table;
    uint32_t locks = 0;
    if (c->executor == NULL)
        return error(ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is held from a previous transaction",
                     name);
    TRY(relation_name(c->session->catalog, relation, &table));
    table = table == NULL ? "?" : table;
    if (c->source_plan != NULL && c->source_plan->tag == PLAN_LOCK_ROWS) {
        const PlanLockRows *lock = (const PlanLockRows *)c->source_plan;
        for (uint32_t i = 0; i < lock->mark_count; i++)
            locks += mark_locks(&lock->marks[i], relation);
        if (locks == 1)
            return STATUS_OK;
        return error(ERR_INVALID_CURSOR_STATE,
                     locks > 1
                         ? "cursor \"%s\" has multiple FOR UPDATE/SHARE references to table "
                           "\"%s\""
                         : "cursor \"%s\" does not have a FOR UPDATE/SHARE reference to table "
                           "\"%s\"",
                     name, table);
    }
    if (count_scans(c->source_plan, relation) == 1)
        return STATUS_OK;
    return error(ERR_INVALID_CURSOR_STATE,
                 "cursor \"%s\" is not a simply updatable scan of table \"%s\"", name, table);
}

Status cursor_current_row(ExecCursor *c, Oid relation, const char *name, RowId *rowid_out) {
    Oid of = 0;
    *rowid_out = 0;
    TRY(current_row_check(c, relation, name));
    if (c->position == 0 || cursor_at_end(c))
        return error(ERR_INVALID_CURSOR_STATE, "cursor \"%s\" is not positioned on a row", name);
    if (c->store != NULL) {
        const uint8_t *row;
        TRY(row_store_get(c->store, c->position - 1, &row));
        *rowid_out = row_get(&c->shape, row, c->column_count).u64;
        of = (Oid)row_get(&c->shape, row, c->column_count + 1).u64;
    } else if (c->batch != NULL && c->place > 0) {
        *rowid_out =
            source_rowid(c, selection_row(c->batch->selection, c->place - 1), relation, &of);
    }
    if (of != relation)
        *rowid_out = 0;
    return STATUS_OK;
}
