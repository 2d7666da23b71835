/*
 * copy_in.c: COPY .. FROM: bytes to rows to batches.
 *
 * The stream is cut into pieces as the client sends it. Bytes are appended to a buffer; whole lines
 * are parsed where they lie (strings of a batch point into its buffers); the tail moves to a fresh
 * buffer when the batch goes out. Plain lines of the text format take one pass (copy_scan.h); others
 * one for their end, one for backslashes, one a field.
 *
 * Columns are filled by vectors and handed to the writer 2,048 rows at a time. Errors name the line,
 * the column and the text, as PostgreSQL's do.
 */
#include "base/mem_guard.h"
#include "base/vec.h"
#include "executor/copy_int.h"
#include "executor/copy_scan.h"
#include "executor/fk.h"
#include "executor/route.h"
#include "executor/trigger.h"
#include "executor/writer.h"

#include "base/bits.h"
#include "catalog/depend.h"
#include "planner/partition.h"
#include "types/encoding.h"
#include "types/text.h"

#define BUFFER_BYTES (256u * 1024u)
#define BATCH_BYTES_MAX (8u * 1024u * 1024u)

/* Bytes as they came. Rows of the batch point into these; all but the newest go with the batch. */
typedef struct CopyBuffer {
    struct CopyBuffer *next;
    size_t capacity;
    char data[];
} CopyBuffer;

typedef struct CopyColumn {
    int16_t attnum;
    const ColumnDesc *desc;
    TypeIo io;
    bool force_not_null, force_null;
    Register reg;
} CopyColumn;

struct CopyIn {
    Session *session;
    Arena *arena;
    CopyOptions options;
    const RelationDesc *desc;
    Executor *exec;
    PlanResultRelation plan;
    Writer *writer;
    Router *router; /* a partitioned table's; NULL */
    VEC(Writer *) partitions;
    TriggerSet *named;   /* the table's own triggers; NULL: none */
    CopyColumn *columns; /* in the order of the fields */
    uint32_t column_count;
    ProgNode **defaults; /* by table column; NULL: none */
    Register *default_regs;
    ProgNode *where;
    /* input */
    CopyBuffer *buffers; /* newest first: data is its */
    char *data;          /* the buffer at hand */
    size_t used, capacity;
    size_t parsed;  /* bytes of it that are rows already */
    size_t scanned; /* bytes of the open line that need no second look */
    bool in_quote;  /* CSV: the open line stands within quotes at `scanned` */
    size_t batch_bytes;
    bool saw_end; /* "\." */
    bool header_done;
    char newline; /* 0: not known yet; 'n', 'r', 'b' (both) */
    CopyScan scan;
    /* batch */
    uint32_t row_count;
    uint64_t line;       /* lines read */
    uint64_t *row_lines; /* [BATCH_ROWS] */
    Str *row_texts;
    RowId *rowids;
    uint64_t stored;
    Arena values; /* results of input functions */
    /* binary */
    bool binary_header;
    /* another encoding: the beginning of a character whose rest has not come */
    bool recodes;
    char pending[8];
    size_t pending_len;
};

/* ---- setting up ---- */

Status copy_relation(Session *session, const AstRangeVar *name, LockMode mode,
                     const RelationDesc **desc_out) {
    Oid oid;
    TRY(relation_by_name_lock(session->catalog, name->catalog, name->schema, name->name, mode,
                              LOCK_WAIT, false, &oid));
    TRY(catalog_relation_require(session->catalog, oid, desc_out));
    if ((*desc_out)->kind == 'i' || (*desc_out)->kind == 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an index", (*desc_out)->name);
    if ((*desc_out)->kind == 'c')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", (*desc_out)->name);
    return STATUS_OK;
}

static bool has_instead_trigger(const RelationDesc *desc) {
    enum { INSERT = 4, INSTEAD = 64 };
    for (uint16_t i = 0; i < desc->trigger_count; i++)
        if ((desc->triggers[i].type & (INSERT | INSTEAD)) == (INSERT | INSTEAD))
            return true;
    return false;
}

static Status check_kind(const RelationDesc *desc) {
    switch (desc->kind) {
    case 'r':
        return STATUS_OK;
    case 'v':
        if (has_instead_trigger(desc))
            return STATUS_OK;
        return status_hint(error(ERR_WRONG_OBJECT_TYPE, "cannot copy to view \"%s\"", desc->name),
                           "To enable copying to a view, provide an INSTEAD OF INSERT trigger.");
    case 'm':
        return error(ERR_WRONG_OBJECT_TYPE, "cannot copy to materialized view \"%s\"", desc->name);
    case 'S':
        return error(ERR_WRONG_OBJECT_TYPE, "cannot copy to sequence \"%s\"", desc->name);
    case 'p':
        return STATUS_OK;
    default:
        return error(ERR_WRONG_OBJECT_TYPE, "cannot copy to non-table relation \"%s\"", desc->name);
    }
}

static Status check_rights(CopyIn *c) {
    BitSet *columns = NULL;
    CatalogSession *catalog = c->session->catalog;
    for (uint32_t i = 0; i < c->column_count; i++)
        columns = bitset_add(c->arena, columns, c->columns[i].attnum + ATTNO_OFFSET);
    PlanPermission permission = {
        .relation = c->desc->oid, .rights = ACL_INSERT, .inserted_columns = columns};
    PlannedStatement statement = {.permissions = &permission, .permission_count = 1};
    TRY(exec_check_permissions(c->session, &statement));
    if (txn_read_only(c->session->txn) && c->desc->persistence != 't')
        return error(ERR_READ_ONLY_SQL_TRANSACTION,
                     "cannot execute COPY FROM in a read-only transaction");
    if (!c->desc->row_security)
        return STATUS_OK;
    const RoleDesc *role;
    bool owner;
    TRY(catalog_role(catalog, session_role(catalog), &role));
    TRY(object_is_owner(catalog, PG_CLASS, c->desc->oid, session_role(catalog), &owner));
    if (role != NULL && (role->superuser || role->bypass_rls))
        return STATUS_OK;
    if (owner && !c->desc->force_row_security)
        return STATUS_OK;
    if (!c->session->planner.row_security)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "query would be affected by row-level security policy for table \"%s\"",
                     c->desc->name);
    return status_hint(
        error(ERR_FEATURE_NOT_SUPPORTED, "COPY FROM not supported with row-level security"),
        "Use INSERT statements instead.");
}

static Status default_expr(CopyIn *c, const ColumnDesc *column, Expr **out) {
    Session *session = c->session;
    Expr *expr;
    *out = NULL;
    if (column->identity != 0) {
        const Oid *sequences;
        size_t count;
        TRY(depend_owned_sequences(session->catalog, c->desc->oid, column->attnum, 'i', c->arena,
                                   &sequences, &count));
        if (count == 0)
            return STATUS_OK;
        ExprNextValue *next = EXPR_NEW(c->arena, ExprNextValue, EXPR_NEXT_VALUE);
        next->sequence = sequences[0];
        next->type = column->type;
        *out = (Expr *)next;
        return STATUS_OK;
    }
    if (column->generated != 0)
        return STATUS_OK;
    if (column->default_expr != NULL)
        TRY(expr_from_string(c->arena, column->default_expr, strlen(column->default_expr), &expr));
    else
        TRY(analyze_type_default(&session->env, c->arena, &session->planner, column->type,
                                 column->typmod, &expr));
    if (expr == NULL)
        return STATUS_OK;
    return plan_expr(&session->env, c->arena, &session->planner, expr, SLOT_TARGET, out);
}

static Status setup_defaults(CopyIn *c) {
    c->defaults = arena_array(c->arena, ProgNode *, c->desc->column_count + 1u);
    c->default_regs = arena_array(c->arena, Register, c->desc->column_count + 1u);
    for (uint16_t i = 0; i < c->desc->column_count; i++) {
        const ColumnDesc *column = &c->desc->columns[i];
        bool named = column->dropped;
        Expr *expr = NULL;
        for (uint32_t j = 0; j < c->column_count && !named; j++)
            named = c->columns[j].attnum == column->attnum;
        if (!named)
            TRY(default_expr(c, column, &expr));
        if (expr != NULL)
            TRY(prog_compile(c->exec, expr, &c->defaults[i]));
    }
    return STATUS_OK;
}

static Status setup_where(CopyIn *c, const AstCopy *copy) {
    Session *session = c->session;
    ExprScope scope = {.relation = c->desc->oid};
    Expr *expr, *planned;
    if (copy->where == NULL)
        return STATUS_OK;
    TRY(analyze_expr(&session->env, c->arena, &session->planner, copy->where, &scope,
                     EXPR_KIND_COPY_WHERE, &expr));
    TRY(analyze_coerce_boolean(&session->env, c->arena, expr, "WHERE", &expr));
    TRY(plan_expr(&session->env, c->arena, &session->planner, expr, SLOT_TARGET, &planned));
    return prog_compile(c->exec, planned, &c->where);
}

static Status setup_columns(CopyIn *c, const AstCopy *copy) {
    int16_t *attnums;
    bool *not_null, *null;
    const CopyOptions *o = &c->options;
    TRY(copy_columns(c->desc, &copy->columns, c->arena, &attnums, &c->column_count));
    TRY(copy_column_flags(c->desc, attnums, c->column_count, o->force_not_null,
                          o->force_not_null_all, "FORCE_NOT_NULL", c->arena, &not_null));
    TRY(copy_column_flags(c->desc, attnums, c->column_count, o->force_null, o->force_null_all,
                          "FORCE_NULL", c->arena, &null));
    c->columns = arena_array(c->arena, CopyColumn, c->column_count + 1);
    for (uint32_t i = 0; i < c->column_count; i++) {
        CopyColumn *column = &c->columns[i];
        column->attnum = attnums[i];
        column->desc = &c->desc->columns[attnums[i] - 1];
        column->force_not_null = not_null[i];
        column->force_null = null[i];
        column->io =
            (TypeIo){.typmod = column->desc->typmod, .env = &c->exec->env, .arena = &c->values};
        TRY(exec_type(c->exec, column->desc->type, &column->io.type));
    }
    return STATUS_OK;
}

/* A partition named itself takes only rows of its own. */
static Status setup_partition_check(CopyIn *c) {
    Session *session = c->session;
    Expr *expr;
    TRY(partition_constraint(&session->env, c->arena, c->desc, true, &expr));
    if (expr == NULL)
        return STATUS_OK;
    return plan_expr(&session->env, c->arena, &session->planner, expr, SLOT_TARGET,
                     &c->plan.partition_check);
}

static Status copy_in_setup(CopyIn *c, const AstCopy *copy) {
    Session *session = c->session;
    TRY(copy_relation(session, copy->relation, LOCK_ROW_EXCLUSIVE, &c->desc));
    TRY(exec_light(session, c->arena, NULL, &c->exec));
    exec_pin(c->exec, &c->desc->desc);
    TRY(setup_columns(c, copy));
    TRY(check_rights(c));
    TRY(check_kind(c->desc));
    TRY(txn_snapshot(session->txn, &c->exec->snapshot));
    c->exec->own_snapshot = true;
    TRY(setup_defaults(c));
    TRY(setup_where(c, copy));
    TRY(trigger_set_make(c->exec, c->desc, NULL, NULL, &c->named));
    TRY(trigger_before_statement(c->named, TRIGGER_OP_INSERT));
    if (c->desc->kind == 'p') {
        TRY(router_make(c->exec, c->desc->oid, &c->router));
        c->plan.relation = c->desc->oid; /* rows are checked where they go */
        return writer_make(c->exec, &c->plan, &c->writer);
    }
    TRY(writer_plan(session, c->arena, c->desc, &c->plan));
    if (c->desc->is_partition)
        TRY(setup_partition_check(c));
    TRY(writer_make(c->exec, &c->plan, &c->writer));
    writer_set_triggers(c->writer, c->named);
    return STATUS_OK;
}

static void setup_scan(CopyIn *c) {
    const CopyOptions *o = &c->options;
    bool escaped = o->null_len == 2 && o->null_text[0] == '\\';
    c->scan = (CopyScan){.delimiter = o->delimiter,
                         .null_escape = escaped ? o->null_text[1] : '\0',
                         .field_max = c->column_count,
                         .ends = arena_array(c->arena, uint32_t, c->column_count + 1u)};
}

Status copy_in_begin(Session *session, Arena *arena, const AstRawStatement *raw, const char *text,
                     CopyFormat *format_out, CopyIn **copy_out) {
    UtilityCall call = {.session = session, .raw = raw, .text = text, .arena = arena};
    const AstCopy *copy = (const AstCopy *)raw->statement;
    *copy_out = NULL;
    CopyIn *c = arena_new(arena, CopyIn);
    c->session = session;
    c->arena = arena;
    session->env.catalog = session->catalog;
    session->env.txn = session->txn;
    TRY(copy_options(&call, copy, &c->options));
    c->recodes = copy_recodes(&c->options);
    arena_init(&c->values, &session->account);
    Status s = copy_in_setup(c, copy);
    if (!status_ok(s)) {
        copy_in_end(c);
        return s;
    }
    c->row_lines = arena_alloc(arena, sizeof(uint64_t) * BATCH_ROWS);
    c->row_texts = arena_alloc(arena, sizeof(Str) * BATCH_ROWS);
    c->rowids = arena_alloc(arena, sizeof(RowId) * BATCH_ROWS);
    c->header_done = c->options.header == COPY_HEADER_NO;
    if (c->options.form == COPY_TEXT)
        setup_scan(c);
    *format_out = (CopyFormat){c->options.form == COPY_BINARY, c->column_count};
    *copy_out = c;
    return STATUS_OK;
}

static size_t buffer_size(size_t capacity) {
    return sizeof(CopyBuffer) + capacity + COPY_SCAN_PADDING;
}

static void buffers_free(CopyIn *c, CopyBuffer *buffer) {
    for (CopyBuffer *next; buffer != NULL; buffer = next) {
        next = buffer->next;
        mem_free(&c->session->account, buffer, buffer_size(buffer->capacity));
    }
}

void copy_in_end(CopyIn *c) {
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->partitions.count; i++) {
        trigger_set_free(c->partitions.items[i]->triggers);
        writer_free(c->partitions.items[i]);
    }
    trigger_set_free(c->named);
    router_free(c->router);
    writer_free(c->writer);
    if (c->exec != NULL) {
        if (c->exec->own_snapshot)
            txn_snapshot_release(c->session->txn, c->exec->snapshot);
        exec_light_end(c->exec);
    }
    buffers_free(c, c->buffers);
    arena_destroy(&c->values);
}

/* ---- where an error is ---- */

#define CONTEXT_TEXT_MAX 100

static int shown(Str text, const char **dots) {
    uint32_t len = text.len;
    if (len > CONTEXT_TEXT_MAX) {
        len = CONTEXT_TEXT_MAX;
        while (len > 0 && ((uint8_t)text.data[len] & 0xc0) == 0x80)
            len--;
    }
    *dots = len < text.len ? "..." : "";
    return (int)len;
}

static Status at_line(const CopyIn *c, Status s, uint64_t line, const Str *text) {
    const char *dots;
    if (text == NULL || text->data == NULL)
        return status_context(s, "COPY %s, line %llu", c->desc->name, (unsigned long long)line);
    int len = shown(*text, &dots);
    return status_context(s, "COPY %s, line %llu: \"%.*s%s\"", c->desc->name,
                          (unsigned long long)line, len, text->data, dots);
}

static Status at_field(const CopyIn *c, Status s, const CopyColumn *column, const Str *text) {
    const char *dots;
    if (text == NULL)
        return status_context(s, "COPY %s, line %llu, column %s: null input", c->desc->name,
                              (unsigned long long)c->line, column->desc->name);
    int len = shown(*text, &dots);
    return status_context(s, "COPY %s, line %llu, column %s: \"%.*s%s\"", c->desc->name,
                          (unsigned long long)c->line, column->desc->name, len, text->data, dots);
}

/* ---- batches ---- */

static void batch_begin(CopyIn *c) {
    for (uint32_t i = 0; i < c->column_count; i++)
        register_flat(&c->columns[i].reg, &c->exec->arena, c->columns[i].io.type->phys, BATCH_ROWS);
}

/* Columns of the table: fields, defaults, NULL. */
static Status batch_columns(CopyIn *c, Batch *batch, Selection sel, bool defaults) {
    ProgContext ctx = {.exec = c->exec, .row_count = c->row_count, .arena = &c->writer->arena};
    for (uint16_t i = 0; i < c->desc->column_count; i++) {
        if (defaults && c->defaults[i] != NULL) {
            const Vector *v;
            TRY(prog_eval(c->defaults[i], &ctx, sel, &v));
            batch->columns[i] = *v;
        } else if (!defaults) {
            batch->columns[i] =
                *register_constant(&c->default_regs[i], &c->exec->arena, c->desc->columns[i].phys,
                                   (Datum){.i64 = 0}, true);
        }
    }
    for (uint32_t i = 0; i < c->column_count; i++)
        batch->columns[c->columns[i].attnum - 1] = c->columns[i].reg.v;
    return STATUS_OK;
}

static Status partition_writer(CopyIn *c, RouteLeaf *leaf, Writer **out) {
    *out = leaf->owner;
    if (*out != NULL)
        return STATUS_OK;
    PlanResultRelation *plan = arena_new(c->arena, PlanResultRelation);
    TRY(route_plan(c->router, leaf, NULL, plan));
    TRY(writer_make(c->exec, plan, out));
    (*out)->root = c->desc;
    (*out)->root_map = leaf->to_leaf;
    vec_push(&c->partitions, c->arena, *out);
    leaf->owner = *out;
    TriggerSet *set;
    TRY(trigger_set_make(c->exec, leaf->rel.desc, NULL, c->named, &set));
    writer_set_triggers(*out, set);
    return STATUS_OK;
}

/* One row through its triggers and, unless they take it, into the table. */
static Status insert_one_fired(CopyIn *c, Writer *w, const Batch *batch, uint32_t row) {
    Arena *arena = &w->arena;
    bool instead = w->rel.desc->kind == 'v', skip;
    uint32_t n = w->column_count;
    uint16_t one[1] = {(uint16_t)row};
    Datum *values = arena_array(arena, Datum, n + 1);
    bool *nulls = arena_array(arena, bool, n + 1);
    Register *regs = arena_array(arena, Register, n + 1);
    TriggerRow new_row = {values, nulls, 0};
    for (uint32_t i = 0; i < n; i++) {
        nulls[i] = vector_is_null(&batch->columns[i], row);
        if (!nulls[i])
            values[i] = vector_at(&batch->columns[i], row);
    }
    TRY(instead ? trigger_instead_of(w->triggers, TRIGGER_OP_INSERT, arena, NULL, &new_row, &skip)
                : trigger_before_row(w->triggers, TRIGGER_OP_INSERT, arena, NULL, &new_row, &skip));
    c->stored -= skip;
    if (skip || instead)
        return STATUS_OK;
    Batch changed = {.column_count = n,
                     .row_count = batch->row_count,
                     .selection = {one, 1},
                     .columns = arena_array(arena, Vector, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        changed.columns[i] =
            *register_constant(&regs[i], arena, w->rel.desc->columns[i].phys, values[i], nulls[i]);
    return writer_insert(w, &changed, c->rowids);
}

static Status insert_into(CopyIn *c, Writer *w, Batch *batch) {
    if (LIKELY(!trigger_fires_row(w->triggers, TRIGGER_WHEN_BEFORE, TRIGGER_OP_INSERT) &&
               w->rel.desc->kind != 'v'))
        return writer_insert(w, batch, c->rowids);
    SELECTION_FOREACH(batch->selection, row) {
        Status s = insert_one_fired(c, w, batch, row);
        w->failed_row = row;
        w->failed_check = true; /* the line is at hand whatever fails */
        TRY(s);
        TRY(fiber_check_interrupt());
    }
    return STATUS_OK;
}

/* Rows of a partitioned table, partition by partition. */
static Status insert_routed(CopyIn *c, const Batch *batch) {
    Arena *arena = &c->writer->arena;
    RouteLeaf **leaves = arena_alloc(arena, sizeof(RouteLeaf *) * BATCH_ROWS);
    uint16_t *rows = arena_alloc(arena, sizeof(uint16_t) * BATCH_ROWS);
    Selection sel = batch->selection;
    Status s = router_route(c->router, batch, sel, leaves);
    c->writer->failed_row = router_failed_row(c->router);
    c->writer->failed_check = !status_ok(s); /* no partition for it: the context shows the line */
    for (uint32_t i = 0; i < sel.count && status_ok(s); i++) {
        RouteLeaf *leaf = leaves[selection_row(sel, i)];
        uint32_t count = 0;
        Writer *w;
        if (leaf == NULL)
            continue;
        for (uint32_t k = i; k < sel.count; k++) {
            uint32_t row = selection_row(sel, k);
            if (leaves[row] != leaf)
                continue;
            leaves[row] = NULL;
            rows[count++] = (uint16_t)row;
        }
        TRY(partition_writer(c, leaf, &w));
        Batch target = {.columns = arena_array(arena, Vector, leaf->rel.desc->column_count + 1u)};
        router_convert(c->router, leaf, batch, &target);
        target.selection = (Selection){rows, count};
        s = insert_into(c, w, &target);
        c->writer->failed_row = w->failed_row;
        c->writer->failed_check = w->failed_check;
        writer_reset(w);
    }
    return s;
}

static Status batch_insert(CopyIn *c) {
    Batch batch = {.column_count = c->desc->column_count,
                   .row_count = c->row_count,
                   .selection = selection_all(c->row_count),
                   .columns = arena_array(&c->writer->arena, Vector, c->desc->column_count + 1u)};
    uint16_t *rows = arena_alloc(&c->writer->arena, sizeof(uint16_t) * BATCH_ROWS);
    TRY(batch_columns(c, &batch, batch.selection, false));
    TRY(batch_columns(c, &batch, batch.selection, true));
    if (c->where != NULL) {
        ProgContext ctx = {.exec = c->exec,
                           .side = {NULL, NULL, &batch, NULL},
                           .row_count = c->row_count,
                           .arena = &c->writer->arena};
        TRY(prog_filter(&c->where, 1, &ctx, &batch.selection, rows));
    }
    c->writer->failed_row = 0;
    c->writer->failed_check = false;
    Status s = c->router != NULL ? insert_routed(c, &batch) : insert_into(c, c->writer, &batch);
    if (!status_ok(s)) {
        uint32_t row = c->writer->failed_row;
        return at_line(c, s, c->row_lines[row],
                       c->writer->failed_check ? &c->row_texts[row] : NULL);
    }
    c->stored += batch.selection.count;
    return STATUS_OK;
}

/* Stores the rows gathered; the bytes not yet parsed move on. */
static Status batch_flush(CopyIn *c) {
    if (c->row_count > 0)
        TRY(batch_insert(c));
    writer_reset(c->writer);
    arena_reset(&c->values);
    c->row_count = 0;
    c->batch_bytes = 0;
    if (c->buffers != NULL) {
        buffers_free(c, c->buffers->next);
        c->buffers->next = NULL;
    }
    TRY(fiber_check_interrupt());
    if (fiber_self() != NULL)
        fiber_yield_if_due();
    return arena_check(&c->exec->arena);
}

/* ---- fields ---- */

/* Plain decimal digits, the bulk of what is copied. */
static bool parse_int(Str text, int64_t low, int64_t high, int64_t *out) {
    const char *p = text.data, *end = p + text.len;
    bool negative = p < end && *p == '-';
    p += negative;
    if (p == end || end - p > 18)
        return false;
    int64_t v = 0;
    for (; p < end; p++) {
        unsigned digit = (unsigned char)*p - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    v = negative ? -v : v;
    *out = v;
    return v >= low && v <= high;
}

typedef struct FieldRead {
    CopyColumn *column;
    bool binary;
    Str bytes;
    Datum *value_out;
} FieldRead;

static Status read_bytes(void *arg) {
    const FieldRead *read = arg;
    TypeIo *io = &read->column->io;
    return read->binary ? io->type->receive(io, (const uint8_t *)read->bytes.data, read->bytes.len,
                                            read->value_out)
                        : io->type->input(io, read->bytes.data, read->bytes.len, read->value_out);
}

static Status read_field(CopyColumn *column, bool binary, Str bytes, Datum *value_out) {
    FieldRead read = {column, binary, bytes, value_out};
    return bytes.len < MEM_LONG_VALUE_BYTES ? read_bytes(&read) : mem_guarded(read_bytes, &read);
}

static Status put_field(CopyIn *c, CopyColumn *column, Str text) {
    Register *reg = &column->reg;
    const TypeInfo *type = column->io.type;
    Datum value = {.i64 = 0};
    int64_t v;
    switch (type->oid) {
    case OID_INT4:
        if (parse_int(text, INT32_MIN, INT32_MAX, &v)) {
            vector_put(&reg->v, c->row_count, datum_i32((int32_t)v), false);
            return STATUS_OK;
        }
        break;
    case OID_INT8:
        if (parse_int(text, INT64_MIN, INT64_MAX, &v)) {
            vector_put(&reg->v, c->row_count, datum_i64(v), false);
            return STATUS_OK;
        }
        break;
    case OID_TEXT:
        value.str = text;
        vector_put(&reg->v, c->row_count, value, false);
        return STATUS_OK;
    default:
        break;
    }
    Status s = read_field(column, false, text, &value);
    if (!status_ok(s))
        return at_field(c, s, column, &text);
    vector_put(&reg->v, c->row_count, value, false);
    return STATUS_OK;
}

static Status domain_null(const CopyIn *c, const TypeDesc *domain) {
    const NamespaceDesc *nsp;
    const char *name;
    Arena arena;
    TRY(catalog_namespace(c->session->catalog, domain->nsp, &nsp));
    arena_init(&arena, &c->session->account);
    Status s = format_type_brief(c->session->catalog, &arena, domain->oid, &name);
    if (status_ok(s))
        s = error(ERR_NOT_NULL_VIOLATION, "domain %s does not allow null values", name);
    arena_destroy(&arena);
    return status_object(s, nsp == NULL ? NULL : nsp->name, NULL, NULL, domain->name, NULL);
}

static Status put_null(CopyIn *c, CopyColumn *column) {
    if (column->reg.v.nulls == NULL)
        register_nulls(&column->reg, column->reg.capacity);
    vector_put(&column->reg.v, c->row_count, (Datum){.i64 = 0}, true);
    /* A domain may refuse NULL. */
    if (column->io.type->kind == TYPE_DOMAIN) {
        const TypeDesc *domain;
        TRY(catalog_type_require(c->session->catalog, column->desc->type, &domain));
        if (domain->not_null)
            return at_field(c, domain_null(c, domain), column, NULL);
    }
    return STATUS_OK;
}

static Status too_few(const CopyIn *c, uint32_t field, Str line) {
    Status s = error(ERR_BAD_COPY_FILE_FORMAT, "missing data for column \"%s\"",
                     c->columns[field].desc->name);
    return at_line(c, s, c->line, &line);
}

static Status too_many(const CopyIn *c, Str line) {
    return at_line(c, error(ERR_BAD_COPY_FILE_FORMAT, "extra data after last expected column"),
                   c->line, &line);
}

static bool is_null_text(const CopyIn *c, const char *p, size_t len) {
    return len == c->options.null_len && memcmp(p, c->options.null_text, len) == 0;
}

/* ---- text ---- */

static unsigned hex_digit(char ch) {
    return ch >= '0' && ch <= '9' ? (unsigned)(ch - '0') : (unsigned)((ch | 32) - 'a' + 10);
}
static bool is_hex(char ch) {
    return (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'f');
}

/* Copies one field up to a delimiter, undoing backslashes; *next: behind it. */
static Status unescape(CopyIn *c, const char *p, const char *end, char **out, const char **next,
                       bool *raw_null) {
    const char *start = p;
    char *q = *out;
    bool high = false;
    const char *from = q;
    while (p < end && *p != c->options.delimiter) {
        char ch = *p++;
        if (ch != '\\' || p == end) {
            *q++ = ch;
            continue;
        }
        ch = *p++;
        switch (ch) {
        case 'b':
            ch = '\b';
            break;
        case 'f':
            ch = '\f';
            break;
        case 'n':
            ch = '\n';
            break;
        case 'r':
            ch = '\r';
            break;
        case 't':
            ch = '\t';
            break;
        case 'v':
            ch = '\v';
            break;
        case 'x':
            if (p < end && is_hex(*p)) {
                unsigned v = hex_digit(*p++);
                if (p < end && is_hex(*p))
                    v = v * 16 + hex_digit(*p++);
                ch = (char)v;
                high |= v >= 0x80 || v == 0;
            }
            break;
        default:
            if (ch >= '0' && ch <= '7') {
                unsigned v = (unsigned)(ch - '0');
                for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '7'; i++)
                    v = v * 8 + (unsigned)(*p++ - '0');
                ch = (char)v;
                high |= (v & 0xff) >= 0x80 || (v & 0xff) == 0;
            }
            break;
        }
        *q++ = ch;
    }
    *raw_null = is_null_text(c, start, (size_t)(p - start));
    *next = p;
    *out = q;
    return high ? text_verify(from, (size_t)(q - from)) : STATUS_OK;
}

static Status parse_text_escaped(CopyIn *c, Str line) {
    const char *p = line.data, *end = p + line.len;
    void *room;
    TRY(arena_try_alloc(&c->values, line.len + 1u, &room));
    char *out = room;
    uint32_t field = 0;
    for (bool more = true; more; field++) {
        const char *next;
        char *start = out;
        bool null;
        if (field == c->column_count)
            return too_many(c, line);
        Status s = unescape(c, p, end, &out, &next, &null);
        if (!status_ok(s))
            return at_line(c, s, c->line, &line);
        if (null)
            TRY(put_null(c, &c->columns[field]));
        else
            TRY(put_field(c, &c->columns[field], str_make(start, (size_t)(out - start))));
        more = next < end;
        p = next + 1;
    }
    return field < c->column_count ? too_few(c, field, line) : STATUS_OK;
}

static Status parse_text(CopyIn *c, Str line) {
    const char *p = line.data, *end = p + line.len;
    if (memchr(p, '\\', line.len) != NULL && c->column_count > 0) {
        /* "\N" alone is the usual backslash: only real escapes need a copy. */
        bool only_null = c->options.null_len == 2 && c->options.null_text[0] == '\\';
        for (const char *b = p; only_null && (b = memchr(b, '\\', (size_t)(end - b))) != NULL;
             b += 2)
            only_null = b + 1 < end && b[1] == c->options.null_text[1] &&
                        (b == p || b[-1] == c->options.delimiter) &&
                        (b + 2 == end || b[2] == c->options.delimiter);
        if (!only_null)
            return parse_text_escaped(c, line);
    }
    if (c->column_count == 0)
        return line.len > 0 ? too_many(c, line) : STATUS_OK;
    uint32_t field = 0;
    for (bool more = true; more; field++) {
        if (field == c->column_count)
            return too_many(c, line);
        const char *stop = memchr(p, c->options.delimiter, (size_t)(end - p));
        more = stop != NULL;
        if (!more)
            stop = end;
        if (is_null_text(c, p, (size_t)(stop - p)))
            TRY(put_null(c, &c->columns[field]));
        else
            TRY(put_field(c, &c->columns[field], str_make(p, (size_t)(stop - p))));
        p = stop + 1;
    }
    return field < c->column_count ? too_few(c, field, line) : STATUS_OK;
}

/* ---- CSV ---- */

/* One field from p; quoted parts lose their quotes. */
static Status csv_field(CopyIn *c, const char **p_io, const char *end, char **out, bool *quoted) {
    const CopyOptions *o = &c->options;
    const char *p = *p_io;
    char *q = *out;
    bool inside = false;
    *quoted = false;
    while (p < end) {
        char ch = *p;
        if (!inside && ch == o->delimiter)
            break;
        if (!inside && ch == o->quote) {
            inside = *quoted = true;
            p++;
        } else if (inside && ch == o->escape && p + 1 < end &&
                   (p[1] == o->escape || p[1] == o->quote)) {
            *q++ = p[1];
            p += 2;
        } else if (inside && ch == o->quote) {
            inside = false;
            p++;
        } else {
            *q++ = ch;
            p++;
        }
    }
    *p_io = p;
    *out = q;
    return inside ? error(ERR_BAD_COPY_FILE_FORMAT, "unterminated CSV quoted field") : STATUS_OK;
}

static Status parse_csv(CopyIn *c, Str line) {
    const char *p = line.data, *end = p + line.len;
    void *room;
    if (c->column_count == 0)
        return line.len > 0 ? too_many(c, line) : STATUS_OK;
    TRY(arena_try_alloc(&c->values, line.len + 1u, &room));
    char *out = room;
    uint32_t field = 0;
    for (bool more = true; more; field++) {
        char *start = out;
        bool quoted;
        if (field == c->column_count)
            return too_many(c, line);
        CopyColumn *column = &c->columns[field];
        Status s = csv_field(c, &p, end, &out, &quoted);
        if (!status_ok(s))
            return at_line(c, s, c->line, &line);
        bool null = is_null_text(c, start, (size_t)(out - start));
        if (null && (quoted ? column->force_null : !column->force_not_null))
            TRY(put_null(c, column));
        else
            TRY(put_field(c, column, str_make(start, (size_t)(out - start))));
        more = p < end;
        p++;
    }
    return field < c->column_count ? too_few(c, field, line) : STATUS_OK;
}

/* ---- lines ---- */

static Status header_name(CopyIn *c, uint32_t field, Str name, bool null, Str line) {
    const char *wanted = c->columns[field].desc->name;
    if (null)
        return at_line(c,
                       error(ERR_BAD_COPY_FILE_FORMAT,
                             "column name mismatch in header line field %u: got null value "
                             "(\"%s\"), expected \"%s\"",
                             field + 1, c->options.null_text, wanted),
                       c->line, &line);
    if (name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0)
        return STATUS_OK;
    return at_line(c,
                   error(ERR_BAD_COPY_FILE_FORMAT,
                         "column name mismatch in header line field %u: got \"%.*s\", expected "
                         "\"%s\"",
                         field + 1, (int)name.len, name.data, wanted),
                   c->line, &line);
}

typedef struct HeaderField {
    Str name;
    bool null;
} HeaderField;

static Status header_line(CopyIn *c, Str line) {
    VEC(HeaderField) fields = {0};
    const char *p = line.data, *end = p + line.len;
    void *room;
    c->header_done = true;
    if (c->options.header != COPY_HEADER_MATCH)
        return STATUS_OK;
    TRY(arena_try_alloc(&c->values, line.len + 1u, &room));
    char *out = room;
    for (bool more = true; more; p++) {
        char *start = out;
        bool quoted = false, null;
        const char *next = p;
        if (c->options.form == COPY_CSV) {
            TRY(csv_field(c, &next, end, &out, &quoted));
            null = !quoted && is_null_text(c, start, (size_t)(out - start));
        } else {
            TRY(unescape(c, p, end, &out, &next, &null));
        }
        HeaderField field = {str_make(start, (size_t)(out - start)), null};
        vec_push(&fields, &c->values, field);
        p = next;
        more = p < end;
    }
    if (fields.count != c->column_count)
        return at_line(c,
                       error(ERR_BAD_COPY_FILE_FORMAT,
                             "wrong number of fields in header line: got %u, expected %u",
                             (unsigned)fields.count, c->column_count),
                       c->line, &line);
    for (uint32_t i = 0; i < c->column_count; i++)
        TRY(header_name(c, i, fields.items[i].name, fields.items[i].null, line));
    return STATUS_OK;
}

static Status check_encoding(CopyIn *c, Str line) {
    Status status = text_verify(line.data, line.len);
    return status_ok(status) ? status : at_line(c, status, c->line, NULL);
}

static Status take_line(CopyIn *c, const char *p, size_t len) {
    Str line = str_make(p, len);
    c->line++;
    TRY(check_encoding(c, line));
    if (!c->header_done)
        return header_line(c, line);
    if (c->row_count == 0)
        batch_begin(c);
    c->row_lines[c->row_count] = c->line;
    c->row_texts[c->row_count] = line;
    TRY(c->options.form == COPY_CSV ? parse_csv(c, line) : parse_text(c, line));
    c->row_count++;
    c->batch_bytes += len;
    return STATUS_OK;
}

/* A line without anything unusual in it; *result_out says whether that was so. */
static Status take_plain(CopyIn *c, const char *from, const char *end, CopyScanResult *result_out) {
    *result_out = copy_scan_line(&c->scan, from, end);
    if (*result_out == COPY_SCAN_PART)
        c->scanned = (size_t)(end - from);
    if (*result_out != COPY_SCAN_LINE)
        return STATUS_OK;
    Str line = str_make(from, c->scan.ends[c->scan.field_count - 1]);
    c->parsed += line.len + 1u;
    c->line++;
    if (!c->scan.plain_ascii)
        TRY(check_encoding(c, line));
    if (c->row_count == 0)
        batch_begin(c);
    c->row_lines[c->row_count] = c->line;
    c->row_texts[c->row_count] = line;
    uint32_t start = 0;
    for (uint32_t i = 0; i < c->scan.field_count; i++) {
        Str text = str_make(from + start, c->scan.ends[i] - start);
        if (is_null_text(c, text.data, text.len))
            TRY(put_null(c, &c->columns[i]));
        else
            TRY(put_field(c, &c->columns[i], text));
        start = c->scan.ends[i] + 1;
    }
    if (c->scan.field_count < c->column_count)
        return too_few(c, c->scan.field_count, line);
    c->row_count++;
    c->batch_bytes += line.len;
    return STATUS_OK;
}

static Status flush_if_full(CopyIn *c) {
    return c->row_count == BATCH_ROWS || c->batch_bytes > BATCH_BYTES_MAX ? batch_flush(c)
                                                                          : STATUS_OK;
}

/* The end of the line that starts at `from`, in text format: a newline that no backslash precedes.
 * NULL: not in the buffer yet. */
static const char *text_line_end(CopyIn *c, const char *from, const char *end) {
    for (const char *p = from + c->scanned;; p++) {
        p = p >= end ? NULL : memchr(p, c->newline == 'r' ? '\r' : '\n', (size_t)(end - p));
        if (p == NULL) {
            c->scanned = (size_t)(end - from);
            return NULL;
        }
        size_t slashes = 0;
        while (p - slashes > from && p[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return p;
    }
}

static const char *csv_line_end(CopyIn *c, const char *from, const char *end) {
    const CopyOptions *o = &c->options;
    char stop = c->newline == 'r' ? '\r' : '\n';
    const char *p = from + c->scanned;
    for (; p < end; p++) {
        if (c->in_quote && *p == o->escape && o->escape != o->quote) {
            if (p + 1 == end)
                break; /* what it escapes has not come yet */
            if (p[1] == o->quote || p[1] == o->escape)
                p++;
        } else if (*p == o->quote) {
            c->in_quote = !c->in_quote; /* a doubled quote leaves and enters again */
        } else if (*p == stop && !c->in_quote) {
            return p;
        }
    }
    c->scanned = (size_t)(p - from);
    return NULL;
}

/* The first newline says which kind the stream uses. False: more bytes are needed to tell. */
static bool learn_newline(CopyIn *c, const char *from, const char *end) {
    const char *cr = memchr(from, '\r', (size_t)(end - from));
    const char *lf = memchr(from, '\n', (size_t)(end - from));
    if (cr == NULL && lf == NULL)
        return false;
    if (cr == NULL || (lf != NULL && lf < cr)) {
        c->newline = 'n';
        return true;
    }
    if (cr + 1 == end)
        return false;
    c->newline = cr[1] == '\n' ? 'b' : 'r';
    return true;
}

static bool is_end_mark(const char *p, size_t len) {
    return len == 2 && p[0] == '\\' && p[1] == '.';
}

static Status check_stray(CopyIn *c, const char *p, size_t len) {
    if (c->options.form == COPY_CSV || c->newline == 'r')
        return STATUS_OK;
    const char *cr = memchr(p, '\r', len);
    if (cr == NULL || (cr > p && cr[-1] == '\\'))
        return STATUS_OK;
    c->line++;
    Str line = str_make(p, len);
    Status s = status_hint(error(ERR_BAD_COPY_FILE_FORMAT, "literal carriage return found in data"),
                           "Use \"\\r\" to represent carriage return.");
    return at_line(c, s, c->line, &line);
}

/* Takes every whole line of the buffer. */
static Status take_lines(CopyIn *c) {
    const char *end = c->data + c->used;
    while (!c->saw_end) {
        const char *from = c->data + c->parsed;
        if (from == end || (c->newline == 0 && !learn_newline(c, from, end)))
            return STATUS_OK;
        if (c->scan.field_max > 0 && c->scanned == 0 && c->newline == 'n' && c->header_done) {
            CopyScanResult result;
            TRY(take_plain(c, from, end, &result));
            if (result == COPY_SCAN_PART)
                return STATUS_OK;
            if (result == COPY_SCAN_LINE) {
                TRY(flush_if_full(c));
                continue;
            }
        }
        const char *stop =
            c->options.form == COPY_CSV ? csv_line_end(c, from, end) : text_line_end(c, from, end);
        if (stop == NULL)
            return STATUS_OK;
        size_t len = (size_t)(stop - from);
        if (c->newline == 'b' && len > 0 && from[len - 1] == '\r')
            len--;
        c->parsed = (size_t)(stop + 1 - c->data);
        c->scanned = 0;
        c->in_quote = false;
        if (is_end_mark(from, len)) {
            c->saw_end = true;
            return STATUS_OK;
        }
        TRY(check_stray(c, from, len));
        TRY(take_line(c, from, len));
        TRY(flush_if_full(c));
    }
    return STATUS_OK;
}

/* ---- buffers ---- */

/* Room for `len` more bytes behind what is not parsed yet. Rows of the batch keep their buffers. */
static Status buffer_room(CopyIn *c, size_t len) {
    if (c->capacity - c->used >= len)
        return STATUS_OK;
    size_t tail = c->used - c->parsed;
    size_t want = MAX(tail + len, (size_t)BUFFER_BYTES);
    if (tail + len > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "out of memory: a row of COPY is too long");
    if (tail > BUFFER_BYTES / 2)
        want = MAX(want, MIN(tail * 2 + len, ARENA_ALLOC_MAX));
    CopyBuffer *buffer = mem_try_alloc(&c->session->account, buffer_size(want));
    if (buffer == NULL)
        return status_out_of_memory();
    *buffer = (CopyBuffer){.next = c->buffers, .capacity = want};
    c->buffers = buffer;
    memcpy(buffer->data, c->data == NULL ? "" : c->data + c->parsed, tail);
    c->data = buffer->data;
    c->capacity = want;
    c->used = tail;
    c->parsed = 0;
    return STATUS_OK;
}

/* ---- binary ---- */

static Status binary_error(const CopyIn *c, const char *text) {
    return at_line(c, error(ERR_BAD_COPY_FILE_FORMAT, "%s", text), c->line, NULL);
}

static Status binary_field(CopyIn *c, CopyColumn *column, const char *p, int32_t len) {
    Datum value = {.i64 = 0};
    if (len == -1)
        return put_null(c, column);
    Status s = read_field(column, true, str_make(p, (uint32_t)len), &value);
    if (!status_ok(s))
        return status_context(s, "COPY %s, line %llu, column %s", c->desc->name,
                              (unsigned long long)c->line, column->desc->name);
    vector_put(&column->reg.v, c->row_count, value, false);
    return STATUS_OK;
}

/* Length of the tuple at p if it is whole, else 0. */
static Status binary_tuple_length(CopyIn *c, const char *p, size_t left, size_t *len_out) {
    size_t at = 2;
    *len_out = 0;
    if (left < 2)
        return STATUS_OK;
    int16_t fields = (int16_t)load_be16(p);
    if (fields == -1) {
        *len_out = 2;
        return STATUS_OK;
    }
    if (fields < 0 || (uint32_t)fields != c->column_count) {
        c->line++;
        return at_line(c,
                       error(ERR_BAD_COPY_FILE_FORMAT, "row field count is %d, expected %u", fields,
                             c->column_count),
                       c->line, NULL);
    }
    for (int16_t i = 0; i < fields; i++) {
        if (left - at < 4)
            return STATUS_OK;
        int32_t len = (int32_t)load_be32(p + at);
        if (len < -1)
            return binary_error(c, "invalid field size");
        at += 4;
        if (len > 0 && left - at < (size_t)len)
            return STATUS_OK;
        at += len > 0 ? (size_t)len : 0;
    }
    *len_out = at;
    return STATUS_OK;
}

static Status binary_head(CopyIn *c, bool *done_out) {
    const char *p = c->data + c->parsed;
    size_t left = c->used - c->parsed;
    *done_out = false;
    if (left < 19)
        return STATUS_OK;
    if (memcmp(p, copy_binary_signature, 11) != 0)
        return error(ERR_BAD_COPY_FILE_FORMAT, "COPY file signature not recognized");
    uint32_t flags = load_be32(p + 11), extension = load_be32(p + 15);
    if (flags & (1u << 16))
        return error(ERR_BAD_COPY_FILE_FORMAT, "invalid COPY file header (WITH OIDS)");
    if (flags & 0xffff0000u)
        return error(ERR_BAD_COPY_FILE_FORMAT, "unrecognized critical flags in COPY file header");
    if (extension > ARENA_ALLOC_MAX)
        return error(ERR_BAD_COPY_FILE_FORMAT, "invalid COPY file header (missing length)");
    if (left - 19 < extension)
        return STATUS_OK;
    c->parsed += 19u + extension;
    c->binary_header = *done_out = true;
    return STATUS_OK;
}

static Status take_tuples(CopyIn *c) {
    bool done = true;
    if (!c->binary_header)
        TRY(binary_head(c, &done));
    while (done && !c->saw_end) {
        const char *p = c->data + c->parsed;
        size_t len;
        TRY(binary_tuple_length(c, p, c->used - c->parsed, &len));
        if (len == 0)
            return STATUS_OK;
        c->parsed += len;
        if ((int16_t)load_be16(p) == -1) {
            c->saw_end = true;
            return STATUS_OK;
        }
        if (c->row_count == 0)
            batch_begin(c);
        c->row_lines[c->row_count] = ++c->line;
        c->row_texts[c->row_count] = (Str){0};
        size_t at = 2;
        for (uint32_t i = 0; i < c->column_count; i++) {
            int32_t field = (int32_t)load_be32(p + at);
            TRY(binary_field(c, &c->columns[i], p + at + 4, field));
            at += 4 + (field > 0 ? (size_t)field : 0);
        }
        c->row_count++;
        c->batch_bytes += len;
        TRY(flush_if_full(c));
    }
    return STATUS_OK;
}

/* ---- the stream ---- */

static Status feed_piece(CopyIn *c, const char *data, size_t len) {
    TRY(buffer_room(c, len));
    memcpy(c->data + c->used, data, len);
    c->used += len;
    return c->options.form == COPY_BINARY ? take_tuples(c) : take_lines(c);
}

static Status feed_utf8(CopyIn *c, const char *p, size_t len) {
    while (len > 0) {
        if (c->saw_end) {
            if (c->options.form == COPY_BINARY)
                return error(ERR_BAD_COPY_FILE_FORMAT, "received copy data after EOF marker");
            return STATUS_OK; /* what follows the end mark is not looked at */
        }
        size_t piece = MIN(len, (size_t)BUFFER_BYTES);
        TRY(feed_piece(c, p, piece));
        p += piece;
        len -= piece;
    }
    return STATUS_OK;
}

Status copy_in_context(const CopyIn *c, Status failure) {
    return status_context(failure, "COPY %s, line %llu", c->desc->name,
                          (unsigned long long)c->line + 1);
}

/* In another encoding, perhaps cut within a character. */
static Status feed_recoded(CopyIn *c, const char *data, size_t len, bool last) {
    Arena arena;
    StrBuf joined;
    Str utf8;
    arena_init(&arena, &c->session->account);
    strbuf_init(&joined, &arena);
    strbuf_append(&joined, c->pending, c->pending_len);
    strbuf_append(&joined, data, len);
    Str all = str_make(strbuf_cstr(&joined), joined.len);
    size_t whole = last ? all.len : encoding_whole_bytes(c->options.encoding, all);
    Status s = encoding_decode(c->options.encoding, &arena, str_make(all.data, whole), &utf8);
    if (!status_ok(s)) {
        s = copy_in_context(c, s);
    } else {
        c->pending_len = MIN(all.len - whole, sizeof(c->pending));
        memcpy(c->pending, all.data + whole, c->pending_len);
        s = feed_utf8(c, utf8.data, utf8.len);
    }
    arena_destroy(&arena);
    return s;
}

/* Looked at once the client has been told to send. */
static Status check_freeze(const CopyIn *c) {
    if (LIKELY(!c->options.freeze))
        return STATUS_OK;
    if (c->desc->kind == 'p')
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot perform COPY FREEZE on a partitioned table");
    return txn_made_store(c->session->txn, c->desc->store)
               ? STATUS_OK
               : error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                       "cannot perform COPY FREEZE because the table was not created or truncated "
                       "in the current subtransaction");
}

Status copy_in_feed(CopyIn *c, const void *data, size_t len) {
    const char *p = data;
    TRY(check_freeze(c));
    if (!c->recodes)
        return feed_utf8(c, p, len);
    while (len > 0) {
        size_t piece = MIN(len, (size_t)BUFFER_BYTES);
        TRY(feed_recoded(c, p, piece, false));
        p += piece;
        len -= piece;
    }
    return STATUS_OK;
}

Status copy_in_settle(CopyIn *c) { return c->row_count > 0 ? batch_flush(c) : STATUS_OK; }

/* A last line without a newline. */
static Status take_rest(CopyIn *c) {
    const char *from = c->data + c->parsed;
    size_t len = c->used - c->parsed;
    if (len == 0 || c->saw_end)
        return STATUS_OK;
    if (c->options.form == COPY_BINARY) {
        c->line++;
        return binary_error(c, "unexpected EOF in COPY data");
    }
    c->parsed = c->used;
    if (c->newline == 'b' && from[len - 1] == '\r')
        len--;
    if (is_end_mark(from, len))
        return STATUS_OK;
    return take_line(c, from, len);
}

Status copy_in_finish(CopyIn *c, uint64_t *row_count_out) {
    TRY(check_freeze(c));
    *row_count_out = 0;
    if (c->options.form == COPY_BINARY && !c->binary_header)
        return error(ERR_BAD_COPY_FILE_FORMAT, "COPY file signature not recognized");
    if (c->pending_len > 0)
        TRY(feed_recoded(c, "", 0, true));
    TRY(take_rest(c));
    if (!c->header_done && c->options.header == COPY_HEADER_MATCH) {
        TRY(check_freeze(c));
        c->line = 1; /* no line at all is one without names */
        TRY(header_line(c, str_make("", 0)));
    }
    TRY(batch_flush(c));
    TRY(trigger_after_statement(c->named, TRIGGER_OP_INSERT));
    TRY(trigger_statement_end(c->exec));
    *row_count_out = c->stored;
    return STATUS_OK;
}
