/*
 * scan.c: scans of tables: sequential, by tid, by unique key. Index scans are in scan_index.c.
 */
#include "executor/scan.h"

#include "executor/parallel.h"

#include "base/array.h"
#include "base/hash.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "types/record.h"

#include <stdlib.h>

/* ---- shared ---- */

static bool mark_slots(Expr *expr, void *arg) {
    ScanNode *scan = arg;
    if (expr->tag == EXPR_SLOT && ((ExprSlot *)expr)->side == SLOT_LEFT &&
        (uint32_t)((ExprSlot *)expr)->column < scan->scan->column_count)
        scan->in_filter[((ExprSlot *)expr)->column] = true;
    return expr_walk(expr, mark_slots, arg);
}

Status scan_init(ScanNode *scan, const ExprList *index_conditions) {
    Executor *exec = scan->node.exec;
    const PlanScan *plan = (const PlanScan *)scan->node.plan;
    uint32_t n = plan->column_count;
    scan->scan = plan;
    TRY(exec_relation(exec, plan->rt_index, plan->relation, &scan->rel));
    scan->registers = arena_array(&exec->arena, Register, n + 1);
    scan->compact = arena_array(&exec->arena, Register, n + 1);
    scan->in_filter = arena_array(&exec->arena, bool, n + 1);
    scan->filter = scan->node.filter;
    scan->filter_count = scan->node.filter_count;
    scan->node.filter_count = 0;
    scan->capacity = 32;
    scan->capacity_max = BATCH_ROWS;
    for (uint32_t i = 0; i < n; i++)
        if (plan->columns[i] > 0 && scan->rel->desc->columns[plan->columns[i] - 1].phys == PHYS_STR)
            scan->capacity = 4; /* one of them may be a gigabyte */
    node_row_shape(&scan->node, n);
    for (uint32_t i = 0; i < plan->filter.count; i++)
        mark_slots(plan->filter.items[i], scan);
    if (exec->epq != NULL && index_conditions != NULL) {
        scan->recheck_count = index_conditions->count;
        TRY(prog_compile_list(exec, index_conditions, &scan->recheck));
        for (uint32_t i = 0; i < index_conditions->count; i++)
            mark_slots(index_conditions->items[i], scan);
    }
    return STATUS_OK;
}

uint32_t scan_capacity(ScanNode *scan) {
    Arena *arena = &scan->node.exec->arena;
    uint32_t want = MIN(scan->capacity, scan->capacity_max);
    if (scan->node.exec->batch_limit != 0 && want > scan->node.exec->batch_limit)
        want = scan->node.exec->batch_limit;
    if (scan->filter_count == 0 && scan->node.limit_rows < want)
        want = (uint32_t)scan->node.limit_rows;
    scan->capacity = MIN(scan->capacity * 8, BATCH_ROWS);
    if (scan->allocated < want) {
        scan->views = arena_alloc(arena, sizeof(RowView) * want);
        scan->bodies = arena_alloc(arena, sizeof(uint8_t *) * want);
        scan->lens = arena_alloc(arena, sizeof(uint32_t) * want);
        scan->codes = arena_alloc(arena, want);
        scan->rows = arena_alloc(arena, sizeof(uint16_t) * want);
        scan->allocated = want;
    }
    return want;
}

static Status fill_whole_row(ScanNode *scan, uint32_t count, Vector *v) {
    const RelationDesc *desc = scan->rel->desc;
    Arena *arena = &scan->node.batch_arena;
    uint16_t n = desc->column_count;
    Datum *values = arena_array(arena, Datum, n + 1u);
    bool *nulls = arena_array(arena, bool, n + 1u);
    Oid *types = arena_array(arena, Oid, n + 1u);
    PhysType *phys = arena_array(arena, PhysType, n + 1u);
    for (uint16_t i = 0; i < n; i++) {
        types[i] = desc->columns[i].type;
        phys[i] = desc->columns[i].phys;
    }
    for (uint32_t row = 0; row < count; row++) {
        Datum record;
        TRY(relation_decode(desc, scan->rel->table, &scan->views[row], arena, values, nulls));
        TRY(record_build(arena, desc->row_type, -1, n, types, phys, values, nulls, &record));
        vector_put(v, row, record, false);
    }
    return STATUS_OK;
}

static void fill_system(ScanNode *scan, int16_t attno, uint32_t count, Vector *v) {
    for (uint32_t row = 0; row < count; row++) {
        const RowView *view = &scan->views[row];
        Datum d = {.i64 = 0};
        switch (attno) {
        case SYS_CTID:
            d.i64 = rowid_to_tid(view->rowid);
            break;
        case SYS_ROWID:
            d.u64 = view->rowid;
            break;
        case SYS_XMIN:
            d.u32 = (uint32_t)view->xmin;
            break;
        case SYS_TABLEOID:
            d.u32 = scan->rel->desc->oid;
            break;
        default:
            break;
        }
        vector_put(v, row, d, false);
    }
}

static PhysType system_phys(int16_t attno) {
    return attno == SYS_CTID || attno == SYS_ROWID ? PHYS_I64 : PHYS_I32;
}

/* Values outside, and columns newer than the row. */
static Status fill_odd(ScanNode *scan, int16_t attno, uint32_t count, Vector *v) {
    const ColumnDesc *column = &scan->rel->desc->columns[attno - 1];
    for (uint32_t row = 0; row < count; row++) {
        if (scan->codes[row] == TUPLE_EXTERNAL) {
            Datum value = vector_at(v, row);
            TRY(table_read_external(scan->rel->table, value.str, &scan->node.batch_arena, &value));
            vector_put(v, row, value, false);
        } else if (scan->codes[row] == TUPLE_MISSING) {
            vector_put(v, row, column->missing, !column->has_missing);
        }
    }
    return STATUS_OK;
}

static Status fill_column(ScanNode *scan, uint32_t c, uint32_t count, Register *reg) {
    Arena *arena = &scan->node.exec->arena;
    int16_t attno = scan->scan->columns[c];
    const RelationDesc *desc = scan->rel->desc;
    if (attno <= 0) {
        PhysType phys = attno == 0 ? PHYS_STR : system_phys(attno);
        Vector *v = register_flat(reg, arena, phys, count);
        if (attno == 0)
            return fill_whole_row(scan, count, v);
        fill_system(scan, attno, count, v);
        return STATUS_OK;
    }
    Vector *v = register_flat(reg, arena, desc->columns[attno - 1].phys, count);
    register_nulls(reg, count);
    bool damaged = false;
    tuple_get_column(&desc->shape, scan->bodies, scan->lens, count, (uint32_t)attno - 1, v,
                     scan->codes, &damaged);
    if (UNLIKELY(damaged))
        return error(ERR_DATA_CORRUPTED, "a row of relation \"%s\" is damaged", desc->name);
    uint8_t odd = 0;
    for (uint32_t i = 0; i < count; i++)
        odd |= scan->codes[i];
    if (odd == TUPLE_VALUE)
        v->nulls = NULL;
    else if (odd != TUPLE_NULL)
        return fill_odd(scan, attno, count, v);
    return STATUS_OK;
}

static void scan_point(ScanNode *scan, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        scan->bodies[i] = scan->views[i].body;
        scan->lens[i] = scan->views[i].len;
    }
}

/* The rows before the first that fails, as node_until_failure. */
static Status scan_until_failure(ScanNode *scan, ProgContext *ctx, uint32_t count, Selection *sel,
                                 Status failure) {
    uint32_t kept = 0;
    if (count <= 1 || (scan->recheck_count > 0 && scan->epq_done) ||
        !prog_may_repeat(ctx->exec, scan->filter, scan->filter_count))
        return failure;
    status_free(failure);
    for (uint32_t row = 0; row < count; row++) {
        bool passes;
        Status s =
            prog_try_row(scan->filter, scan->filter_count, NULL, 0, ctx, (uint16_t)row, &passes);
        if (!status_ok(s) && kept == 0)
            return s;
        if (!status_ok(s)) {
            scan->node.pending = s;
            break;
        }
        if (passes)
            scan->rows[kept++] = (uint16_t)row;
    }
    *sel = (Selection){scan->rows, kept};
    return STATUS_OK;
}

static Status scan_filter(ScanNode *scan, uint32_t count, uint32_t *left_out) {
    Node *node = &scan->node;
    Selection sel = selection_all(count);
    bool recheck = scan->recheck_count > 0 && scan->epq_done;
    for (uint32_t c = 0; c < node->row.column_count; c++) {
        if (!scan->in_filter[c])
            continue;
        TRY(fill_column(scan, c, count, &scan->registers[c]));
        node->row.columns[c] = scan->registers[c].v;
    }
    node->row.row_count = count;
    ProgContext ctx = node_context(node, &node->row, NULL);
    if (recheck)
        TRY(prog_filter(scan->recheck, scan->recheck_count, &ctx, &sel, scan->rows));
    Status s = prog_filter(scan->filter, scan->filter_count, &ctx, &sel, scan->rows);
    if (UNLIKELY(!status_ok(s)))
        TRY(scan_until_failure(scan, &ctx, count, &sel, s));
    if (node->stats != NULL)
        node->stats->filtered += count - sel.count;
    *left_out = sel.count;
    if (sel.count == count)
        return STATUS_OK;
    for (uint32_t c = 0; c < node->row.column_count; c++) {
        if (!scan->in_filter[c] || sel.count == 0)
            continue;
        vector_gather(&scan->registers[c].v, scan->rows, sel.count, &scan->compact[c],
                      &node->exec->arena);
        node->row.columns[c] = scan->compact[c].v;
    }
    for (uint32_t i = 0; i < sel.count; i++)
        scan->views[i] = scan->views[scan->rows[i]];
    return STATUS_OK;
}

/* Bytes of values outside of rows that a batch reads. */
#define SCAN_BYTES_MAX ((size_t)16 << 20)

/* The next batch is smaller where values are large, and larger again where they are not. */
static void scan_adapt(ScanNode *scan, uint32_t count) {
    size_t bytes = scan->node.batch_arena.reserved_bytes;
    if (bytes > SCAN_BYTES_MAX)
        scan->capacity_max = MAX((uint32_t)((double)count * SCAN_BYTES_MAX / (double)bytes), 1u);
    else if (scan->capacity_max < BATCH_ROWS)
        scan->capacity_max = MIN(scan->capacity_max * 2, BATCH_ROWS);
}

Status scan_emit(ScanNode *scan, uint32_t count) {
    Node *node = &scan->node;
    uint32_t left = count;
    scan_point(scan, count);
    bool filtered = scan->filter_count > 0 || (scan->recheck_count > 0 && scan->epq_done);
    if (filtered && count > 0) {
        TRY(scan_filter(scan, count, &left));
        if (left != count)
            scan_point(scan, left);
    }
    for (uint32_t c = 0; c < node->row.column_count && left > 0; c++) {
        if (filtered && scan->in_filter[c])
            continue;
        TRY(fill_column(scan, c, left, &scan->registers[c]));
        node->row.columns[c] = scan->registers[c].v;
    }
    /* row_count 0 would mean the end: an emptied batch shows as rows without a selection. */
    node->row.row_count = count == 0 ? 0 : MAX(left, 1u);
    node->row.selection = selection_all(left);
    scan_adapt(scan, count);
    return STATUS_OK;
}

Status scan_epq(ScanNode *scan, bool *handled_out) {
    Executor *exec = scan->node.exec;
    *handled_out = false;
    if (exec->epq == NULL)
        return STATUS_OK;
    EpqRow *row = &exec->epq->rows[scan->scan->rt_index - 1];
    if (!row->active)
        return STATUS_OK;
    *handled_out = true;
    if (scan->epq_done || row->absent)
        return STATUS_OK;
    scan->epq_done = true;
    scan_capacity(scan);
    scan->views[0] = row->view;
    return scan_emit(scan, 1);
}

/* ---- sequential scan ---- */

typedef struct SeqScan {
    ScanNode base;
    TableScan *scan;
    bool in_range; /* of rowids: it may have more rows */
    bool sequence_done;
    double sample_fraction; /* < 0: no sampling */
    uint64_t sample_seed;
    bool sample_ready;
} SeqScan;

/* SELECT * FROM a sequence. */
static Status seq_scan_sequence(SeqScan *s) {
    Node *node = &s->base.node;
    if (s->sequence_done)
        return STATUS_OK;
    s->sequence_done = true;
    int64_t last, log_count;
    bool called;
    TRY(sequence_read(node->exec->env.catalog, s->base.rel->desc, &last, &log_count, &called));
    for (uint32_t c = 0; c < node->row.column_count; c++) {
        int16_t attno = s->base.scan->columns[c];
        Datum d = {.i64 = attno == 1 ? last : attno == 2 ? log_count : 0};
        PhysType phys = attno == 3 ? PHYS_BYTE : attno > 0 ? PHYS_I64 : system_phys(attno);
        if (attno == 3)
            d = datum_bool(called);
        else if (attno == SYS_TABLEOID)
            d.u32 = s->base.rel->desc->oid;
        register_constant(&s->base.registers[c], &node->exec->arena, phys, d, false);
        node->row.columns[c] = s->base.registers[c].v;
    }
    node->row.row_count = 1;
    Selection sel = selection_all(1);
    ProgContext ctx = node_context(node, &node->row, NULL);
    scan_capacity(&s->base);
    TRY(prog_filter(s->base.filter, s->base.filter_count, &ctx, &sel, s->base.rows));
    node->row.selection = sel;
    return STATUS_OK;
}

static Status seq_sample_setup(SeqScan *s) {
    const PlanSeqScan *plan = (const PlanSeqScan *)s->base.node.plan;
    Executor *exec = s->base.node.exec;
    ProgContext ctx = node_context(&s->base.node, NULL, NULL);
    ProgNode *percent;
    Datum value;
    bool is_null;
    s->sample_ready = true;
    s->sample_fraction = -1;
    if (plan->sample == NULL)
        return STATUS_OK;
    TRY(prog_compile(exec, plan->sample->args.items[0], &percent));
    TRY(prog_eval_single(percent, &ctx, &value, &is_null));
    double p = is_null ? -1 : percent->phys == PHYS_F32 ? value.f32 : value.f64;
    if (is_null)
        return error(ERR_INVALID_TABLESAMPLE_ARGUMENT, "TABLESAMPLE parameter cannot be null");
    if (!(p >= 0 && p <= 100))
        return error(ERR_INVALID_TABLESAMPLE_ARGUMENT,
                     "sample percentage must be between 0 and 100");
    s->sample_fraction = p / 100;
    s->sample_seed = exec->env.random_state != NULL ? *exec->env.random_state : 1;
    if (plan->sample->repeatable != NULL) {
        ProgNode *seed;
        TRY(prog_compile(exec, plan->sample->repeatable, &seed));
        TRY(prog_eval_single(seed, &ctx, &value, &is_null));
        if (is_null)
            return error(ERR_INVALID_TABLESAMPLE_REPEAT,
                         "TABLESAMPLE REPEATABLE parameter cannot be null");
        s->sample_seed = value.u64;
    }
    return STATUS_OK;
}

/* Each row by a hash of its place: the same rows each time for one seed. */
static uint32_t seq_sample(SeqScan *s, uint32_t count) {
    uint32_t left = 0;
    double limit = s->sample_fraction * 18446744073709551616.0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t h = hash_combine(s->sample_seed, s->base.views[i].rowid);
        if ((double)h < limit)
            s->base.views[left++] = s->base.views[i];
    }
    return left;
}

/* No wrapper has a handler. */
static Status refuse_foreign(Executor *exec, const RelationDesc *desc) {
    CatalogSession *catalog = exec->env.catalog;
    Arena *arena = &exec->arena;
    CatalogRow *row = arena_new(arena, CatalogRow);
    bool found;
    const char *wrapper = "";
    TRY(catalog_find_oid(catalog, PG_FOREIGN_TABLE_RELID_INDEX, desc->oid, arena, row, &found));
    if (found)
        TRY(catalog_find_oid(catalog, PG_FOREIGN_SERVER_OID_INDEX,
                             row_oid(row, PG_FOREIGN_TABLE_FTSERVER), arena, row, &found));
    if (found)
        TRY(catalog_find_oid(catalog, PG_FOREIGN_DATA_WRAPPER_OID_INDEX,
                             row_oid(row, PG_FOREIGN_SERVER_SRVFDW), arena, row, &found));
    if (found)
        wrapper = row_name(row, PG_FOREIGN_DATA_WRAPPER_FDWNAME, arena);
    return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "foreign-data wrapper \"%s\" has no handler",
                 wrapper);
}

/* Rowids to scan: the table's, or those that it is this executor's turn to take. */
static bool seq_scan_range(SeqScan *s, RowId *low, RowId *high) {
    Executor *exec = s->base.node.exec;
    *low = 0;
    *high = UINT64_MAX;
    if (s->base.node.plan->parallel_aware)
        return parallel_next_rows(exec->parts[s->base.node.plan->id], low, high);
    return s->scan == NULL;
}

static Status seq_scan_rows(SeqScan *s, uint32_t *count_out) {
    Executor *exec = s->base.node.exec;
    uint32_t capacity = scan_capacity(&s->base);
    RowId low, high;
    *count_out = 0;
    for (;;) {
        if (s->in_range)
            TRY(table_scan_next(s->scan, s->base.views, capacity, count_out));
        if (*count_out > 0)
            return STATUS_OK;
        s->in_range = seq_scan_range(s, &low, &high);
        if (!s->in_range)
            return STATUS_OK;
        if (s->scan != NULL)
            table_scan_reset(s->scan, low, high);
        else
            TRY(table_scan_open(s->base.rel->table, exec->snapshot, low, high, false, &exec->arena,
                                &s->scan));
    }
}

static Status seq_scan_produce(Node *node) {
    SeqScan *s = (SeqScan *)node;
    bool handled;
    TRY(scan_epq(&s->base, &handled));
    if (handled)
        return STATUS_OK;
    if (s->base.rel->desc->kind == 'S')
        return seq_scan_sequence(s);
    if (s->base.rel->table == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"", s->base.rel->desc->name);
    if (!s->sample_ready)
        TRY(seq_sample_setup(s));
    uint32_t count;
    do {
        TRY(seq_scan_rows(s, &count));
        if (s->sample_fraction < 0 || count == 0)
            break;
        count = seq_sample(s, count);
    } while (count == 0);
    if (count == 0)
        return STATUS_OK;
    return scan_emit(&s->base, count);
}

static Status seq_scan_rescan(Node *node, const Rescan *rescan) {
    SeqScan *s = (SeqScan *)node;
    s->base.epq_done = false;
    s->sequence_done = false;
    s->sample_ready = false;
    s->in_range = s->scan != NULL && !node->plan->parallel_aware;
    if (s->in_range)
        table_scan_reset(s->scan, 0, UINT64_MAX);
    return STATUS_OK;
}

Status seq_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    SeqScan *s;
    TRY(node_init(exec, plan, sizeof(*s), seq_scan_produce, seq_scan_rescan, &s));
    TRY(scan_init(&s->base, NULL));
    if (s->base.rel->desc->kind == 'f')
        return refuse_foreign(exec, s->base.rel->desc);
    *node_out = &s->base.node;
    return STATUS_OK;
}

/* ---- by tid ---- */

typedef struct TidScan {
    ScanNode base;
    ProgNode **tids;
    uint32_t tid_count;
    ProgNode *low, *high;
    RowId *rowids; /* ascending, distinct */
    uint32_t rowid_count, next;
    bool ready;
    TableScan *range;
} TidScan;

static int compare_rowids(const void *a, const void *b) {
    RowId x = *(const RowId *)a, y = *(const RowId *)b;
    return x < y ? -1 : x > y;
}

static void tid_scan_add(TidScan *t, uint32_t *capacity, RowId rowid) {
    Arena *arena = &t->base.node.exec->arena;
    if (rowid == 0)
        return;
    if (t->rowid_count == *capacity) {
        uint32_t more = MAX(*capacity * 2, 8u);
        t->rowids = arena_grow(arena, t->rowids, *capacity * sizeof(RowId), more * sizeof(RowId));
        *capacity = more;
    }
    t->rowids[t->rowid_count++] = rowid;
}

static Status tid_scan_list(TidScan *t) {
    ProgContext ctx = node_context(&t->base.node, NULL, NULL);
    uint32_t capacity = 0;
    t->rowids = NULL;
    t->rowid_count = t->next = 0;
    for (uint32_t i = 0; i < t->tid_count; i++) {
        Datum value;
        bool is_null;
        TRY(prog_eval_single(t->tids[i], &ctx, &value, &is_null));
        if (is_null)
            continue;
        if (t->tids[i]->phys != PHYS_STR) {
            tid_scan_add(t, &capacity, rowid_of_tid(value.i64));
            continue;
        }
        ArrayView view;
        TRY(array_view(value.str, &view));
        for (uint32_t j = 0; j < view.elem_count; j++)
            if (!array_is_null(&view, j))
                tid_scan_add(t, &capacity, rowid_of_tid(array_get(&view, j).i64));
    }
    if (t->rowid_count > 1)
        qsort(t->rowids, t->rowid_count, sizeof(RowId), compare_rowids);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < t->rowid_count; i++)
        if (i == 0 || t->rowids[i] != t->rowids[distinct - 1])
            t->rowids[distinct++] = t->rowids[i];
    t->rowid_count = distinct;
    return STATUS_OK;
}

static Status tid_scan_current_of(TidScan *t, const ExprCurrentOf *current) {
    Session *session = t->base.node.exec->session;
    uint32_t capacity = 0;
    RowId rowid = 0;
    const char *cursor = current->cursor;
    t->rowid_count = t->next = 0;
    if (cursor == NULL) {
        const Executor *exec = t->base.node.exec;
        if (exec->params == NULL || exec->param_nulls[current->param - 1])
            return error(ERR_UNDEFINED_OBJECT, "no value found for parameter %u", current->param);
        Str name = exec->params[current->param - 1].str;
        cursor = arena_strndup(&t->base.node.batch_arena, name.data, name.len);
    }
    TRY(session->ops->cursor_row(session, cursor, t->base.rel->desc->oid, &rowid));
    if (rowid != 0) /* the cursor may stand on another child's row */
        tid_scan_add(t, &capacity, rowid);
    return STATUS_OK;
}

/* A bound as a rowid: the tid's own place, moved by one where it is exclusive. */
static Status tid_bound(TidScan *t, ProgNode *expr, bool is_low, bool inclusive, RowId *out,
                        bool *null_out) {
    ProgContext ctx = node_context(&t->base.node, NULL, NULL);
    Datum value;
    TRY(prog_eval_single(expr, &ctx, &value, null_out));
    if (*null_out)
        return STATUS_OK;
    uint64_t block = (uint64_t)value.i64 >> 16, offset = (uint64_t)value.i64 & 0xffff;
    /* The number of rowids whose tid is below (low) or not above (high). */
    uint64_t base = (block << 8) + 1;
    bool next = is_low ? !inclusive : inclusive;
    uint64_t place = offset == 0 ? base : MIN(base + offset - 1 + next, base + 256);
    *out = is_low ? place : place == 0 ? 0 : place - 1;
    return STATUS_OK;
}

static Status tid_scan_open_range(TidScan *t) {
    const PlanTidScan *plan = (const PlanTidScan *)t->base.node.plan;
    Executor *exec = t->base.node.exec;
    RowId low = 1, high = UINT64_MAX;
    bool is_null = false;
    if (t->low != NULL)
        TRY(tid_bound(t, t->low, true, plan->low_inclusive, &low, &is_null));
    if (t->high != NULL && !is_null)
        TRY(tid_bound(t, t->high, false, plan->high_inclusive, &high, &is_null));
    if (is_null || low > high)
        low = high = 0; /* no row has rowid 0 */
    return table_scan_open(t->base.rel->table, exec->snapshot, low, high, false, &exec->arena,
                           &t->range);
}

static Status tid_scan_produce(Node *node) {
    TidScan *t = (TidScan *)node;
    const PlanTidScan *plan = (const PlanTidScan *)node->plan;
    bool handled;
    uint32_t count = 0;
    TRY(scan_epq(&t->base, &handled));
    if (handled)
        return STATUS_OK;
    uint32_t capacity = scan_capacity(&t->base);
    if (t->low != NULL || t->high != NULL) {
        if (t->range == NULL)
            TRY(tid_scan_open_range(t));
        TRY(table_scan_next(t->range, t->base.views, capacity, &count));
        return count == 0 ? STATUS_OK : scan_emit(&t->base, count);
    }
    if (!t->ready) {
        t->ready = true;
        if (plan->current_of != NULL)
            TRY(tid_scan_current_of(t, plan->current_of));
        else
            TRY(tid_scan_list(t));
    }
    while (count < capacity && t->next < t->rowid_count) {
        bool found;
        TRY(table_fetch(node->exec->snapshot, t->base.rel->table, t->rowids[t->next++],
                        &node->batch_arena, &t->base.views[count], &found));
        count += found;
    }
    return count == 0 ? STATUS_OK : scan_emit(&t->base, count);
}

static Status tid_scan_rescan(Node *node, const Rescan *rescan) {
    TidScan *t = (TidScan *)node;
    t->ready = false;
    t->range = NULL;
    t->base.epq_done = false;
    return STATUS_OK;
}

Status tid_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanTidScan *tid = (const PlanTidScan *)plan;
    TidScan *t;
    TRY(node_init(exec, plan, sizeof(*t), tid_scan_produce, tid_scan_rescan, &t));
    TRY(scan_init(&t->base, NULL));
    t->tid_count = tid->tids.count;
    TRY(prog_compile_list(exec, &tid->tids, &t->tids));
    if (tid->low != NULL)
        TRY(prog_compile(exec, tid->low, &t->low));
    if (tid->high != NULL)
        TRY(prog_compile(exec, tid->high, &t->high));
    *node_out = &t->base.node;
    return STATUS_OK;
}
