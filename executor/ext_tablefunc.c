/*
 * ext_tablefunc.c: the functions of the extension tablefunc: crosstab, connectby, normal_rand.
 *
 * Queries run whole at the first row; their values are kept as text and read again as what the columns of
 * the call are.
 */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"

#include "base/hash.h"
#include "catalog/name.h"
#include "executor/exec_int.h"

#include <math.h>

/* Rows of texts; NULL has data NULL. */
typedef struct TextRows {
    uint32_t column_count;
    const Oid *types;
    const int32_t *typmods;
    VEC(Str) values;
} TextRows;

typedef struct TextSink {
    RowSink sink;
    EvalEnv *env;
    Arena *arena;
    TextRows *rows;
} TextSink;

static uint64_t row_count(const TextRows *rows) {
    return rows->column_count == 0 ? 0 : rows->values.count / rows->column_count;
}
static Str *row_at(const TextRows *rows, uint64_t row) {
    return &rows->values.items[row * rows->column_count];
}

static Status take_rows(RowSink *sink, const Batch *batch) {
    TextSink *s = (TextSink *)sink;
    for (uint32_t i = 0; i < batch->selection.count; i++) {
        uint32_t row = batch->selection.rows == NULL ? i : batch->selection.rows[i];
        for (uint32_t c = 0; c < s->rows->column_count; c++) {
            Str text = {0};
            if (!vector_is_null(&batch->columns[c], row)) {
                TRY(type_output_text(s->env, s->arena, s->rows->types[c],
                                     vector_get(&batch->columns[c], row), &text));
                text = str_make(arena_strndup(s->arena, text.data, text.len), text.len);
            }
            vec_push(&s->rows->values, s->arena, text);
        }
    }
    return arena_check(s->arena);
}

static Status plan_text(Session *session, Arena *arena, const char *sql, PlannedStatement **out) {
    AstList statements;
    TRY(parse_sql(arena, sql, strlen(sql), NULL, &statements));
    *out = NULL;
    if (statements.count == 0)
        return STATUS_OK;
    return executor_plan(session, arena, AST_AT(AstRawStatement, statements, 0), NULL, out);
}

static Status with_query(Status s, const char *sql) {
    if (status_ok(s))
        return s;
    if (s.error->byte_location >= 0 || s.error->position > 0)
        return status_internal(s, sql);
    return status_context(s, "SQL statement \"%s\"", sql);
}

/* What is no SELECT gives no rows. */
static Status run_query(SetCall *set, const char *sql, TextRows *rows) {
    EvalEnv *env = set->call.site->env;
    Session *session = env->session;
    Arena *arena = set->scan_arena;
    PlannedStatement *plan;
    const Snapshot *snapshot;
    *rows = (TextRows){0};
    TRY(fiber_stack_check());
    TRY(with_query(plan_text(session, arena, sql, &plan), sql));
    if (plan == NULL || plan->command != COMMAND_SELECT)
        return STATUS_OK;
    Oid *types = arena_array(arena, Oid, plan->column_count + 1);
    int32_t *typmods = arena_array(arena, int32_t, plan->column_count + 1);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        types[i] = plan->columns[i].type;
        typmods[i] = plan->columns[i].typmod;
    }
    rows->column_count = plan->column_count;
    rows->types = types;
    rows->typmods = typmods;
    TextSink sink = {.sink = {take_rows}, .env = env, .arena = arena, .rows = rows};
    TRY(txn_snapshot_latest(session->txn, &snapshot));
    ExecOptions options = {.snapshot = snapshot, .flags = EXEC_READ_ONLY};
    Status s = executor_run(session, plan, &options, &sink.sink, NULL);
    txn_snapshot_release(session->txn, snapshot);
    return with_query(s, sql);
}

/* ---- the result ---- */

typedef struct Output {
    uint32_t column_count;
    const Oid *types;
    const int32_t *typmods;
    VEC(Str) values;
    uint64_t next;
} Output;

static const char no_columns[] = "materialize mode required, but it is not allowed in this context";

/* without_types: the message where the call does not say its columns. */
static Status output_start(SetCall *set, const char *without_types, Output **out) {
    const FnSite *site = set->call.site;
    Output *o = *out = arena_new(set->scan_arena, Output);
    set->state = o;
    if (site->row != NULL) {
        o->column_count = site->row->column_count;
        o->types = site->row->types;
        o->typmods = site->row->typmods;
    } else {
        o->column_count = site->row_count;
        o->types = site->row_types;
        o->typmods = site->row_typmods;
    }
    return o->types != NULL ? STATUS_OK : error(ERR_FEATURE_NOT_SUPPORTED, "%s", without_types);
}

/* A row of NULLs at the end, to be filled. Valid until the next one. */
static Str *output_row(SetCall *set, Output *o) {
    for (uint32_t i = 0; i < o->column_count; i++)
        vec_push(&o->values, set->scan_arena, (Str){0});
    return &o->values.items[o->values.count - o->column_count];
}

static Status output_next(SetCall *set, bool *row_out) {
    Output *o = set->state;
    EvalEnv *env = set->call.site->env;
    *row_out = o->next < o->values.count;
    if (!*row_out)
        return STATUS_OK;
    Datum *values = arena_array(set->call.arena, Datum, o->column_count + 1);
    bool *nulls = arena_array(set->call.arena, bool, o->column_count + 1);
    for (uint32_t i = 0; i < o->column_count; i++) {
        Str text = o->values.items[o->next++];
        nulls[i] = text.data == NULL;
        if (!nulls[i])
            TRY(type_input_text(env, set->call.arena, o->types[i],
                                o->typmods == NULL ? -1 : o->typmods[i], text, &values[i]));
    }
    return record_set_row(set, o->types, values, nulls, o->column_count);
}

static const char *set_arg(SetCall *set, int i) {
    Str text = set->call.args[i].str;
    return arena_strndup(set->scan_arena, text.data, text.len);
}
static Status invalid_return(void) { return error(ERR_DATATYPE_MISMATCH, "invalid return type"); }
static bool same_text(Str a, Str b) {
    return a.data == NULL || b.data == NULL ? a.data == b.data : str_equal(a, b);
}

/* ---- crosstab(sql): values fill the columns from the left ---- */

static Status crosstab_types(const Output *o, const TextRows *rows) {
    bool same = o->column_count >= 2;
    if (rows->column_count != 3)
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE, "invalid source data SQL statement"),
            "The provided SQL must return 3 columns: rowid, category, and values.");
    if (same && o->types[0] != rows->types[0])
        return status_detail(invalid_return(),
                             "SQL rowid datatype does not match return rowid datatype.");
    for (uint32_t i = 1; i < o->column_count; i++)
        same &= o->types[i] == rows->types[2];
    return same ? STATUS_OK
                : error(ERR_SYNTAX_ERROR, "return and sql tuple descriptions are incompatible");
}

static Status crosstab_start(SetCall *set) {
    Output *o;
    TextRows rows;
    TRY(output_start(
        set, "function returning record called in context that cannot accept type record", &o));
    TRY(run_query(set, set_arg(set, 0), &rows));
    if (row_count(&rows) == 0)
        return STATUS_OK;
    TRY(crosstab_types(o, &rows));
    Str *out = NULL, last = {0};
    uint32_t filled = 0;
    for (uint64_t i = 0; i < row_count(&rows); i++) {
        const Str *row = row_at(&rows, i);
        if (out == NULL || !same_text(last, row[0])) {
            out = output_row(set, o);
            out[0] = last = row[0];
            filled = 1;
        }
        if (filled < o->column_count)
            out[filled++] = row[2];
    }
    return STATUS_OK;
}

/* ---- crosstab(sql, categories) ---- */

static Status bad_categories(void) {
    return error(ERR_SYNTAX_ERROR,
                 "provided \"categories\" SQL must return 1 column of at least one row");
}

/* Categories by their text: open addressing. */
typedef struct Categories {
    const Str *names;
    uint32_t count, mask;
    uint32_t *slots; /* 0: free; else the place + 1 */
} Categories;

static uint32_t *category_slot(const Categories *c, Str name) {
    uint32_t at = (uint32_t)hash_bytes(name.data, name.len) & c->mask;
    while (c->slots[at] != 0 && !str_equal(c->names[c->slots[at] - 1], name))
        at = (at + 1) & c->mask;
    return &c->slots[at];
}

static Status read_categories(SetCall *set, const char *sql, Categories *out) {
    TextRows rows;
    TRY(run_query(set, sql, &rows));
    uint32_t count = (uint32_t)row_count(&rows), size = 8;
    *out = (Categories){0};
    if (count == 0)
        return STATUS_OK;
    if (rows.column_count != 1)
        return bad_categories();
    while (size < 2 * count)
        size *= 2;
    *out = (Categories){.names = rows.values.items, .count = count, .mask = size - 1};
    out->slots = arena_array(set->scan_arena, uint32_t, size);
    for (uint32_t i = 0; i < count; i++) {
        if (rows.values.items[i].data == NULL)
            return error(ERR_SYNTAX_ERROR,
                         "provided \"categories\" SQL must not return NULL values");
        uint32_t *slot = category_slot(out, rows.values.items[i]);
        if (*slot != 0)
            return error(ERR_DUPLICATE_OBJECT, "duplicate category name");
        *slot = i + 1;
    }
    return STATUS_OK;
}

static Status categories_types(const Output *o, const TextRows *rows, const Categories *c) {
    if (c->count == 0)
        return bad_categories();
    if (rows->column_count < 3)
        return status_detail(
            error(ERR_INVALID_PARAMETER_VALUE, "invalid source data SQL statement"),
            "The provided SQL must return 3  columns; rowid, category, and values.");
    uint32_t wanted = rows->column_count - 2 + c->count;
    if (o->column_count != wanted)
        return status_detail(error(ERR_SYNTAX_ERROR, "invalid return type"),
                             "Query-specified return tuple has %u columns but crosstab returns %u.",
                             o->column_count, wanted);
    return STATUS_OK;
}

static Status crosstab_hash_start(SetCall *set) {
    Output *o;
    TextRows rows;
    Categories categories;
    TRY(output_start(set, no_columns, &o));
    if (o->column_count < 2)
        return error(ERR_SYNTAX_ERROR,
                     "query-specified return tuple and crosstab function are not compatible");
    TRY(read_categories(set, set_arg(set, 1), &categories));
    TRY(run_query(set, set_arg(set, 0), &rows));
    if (row_count(&rows) == 0)
        return STATUS_OK;
    TRY(categories_types(o, &rows, &categories));
    uint32_t extra = rows.column_count - 2;
    Str *out = NULL, last = {0};
    for (uint64_t i = 0; i < row_count(&rows); i++) {
        const Str *row = row_at(&rows, i);
        if (out == NULL || !same_text(last, row[0])) {
            out = output_row(set, o);
            memcpy(out, row, extra * sizeof(Str));
            last = row[0];
        }
        if (row[extra].data == NULL)
            continue;
        uint32_t place = *category_slot(&categories, row[extra]);
        if (place > 0)
            out[extra + place - 1] = row[extra + 1];
    }
    return STATUS_OK;
}

/* ---- connectby ---- */

typedef struct Tree {
    SetCall *set;
    Output *out;
    const char *relation, *key, *parent, *order, *delimiter;
    int32_t depth_max, serial;
    bool shows_branch;
} Tree;

static Status tree_types(const Tree *t) {
    const Output *o = t->out;
    uint32_t columns = 3 + t->shows_branch + (t->order != NULL);
    if (o->column_count != columns)
        return status_detail(invalid_return(),
                             "Query-specified return tuple has wrong number of columns.");
    if (o->types[0] != o->types[1])
        return status_detail(invalid_return(), "First two columns must be the same type.");
    if (o->types[2] != OID_INT4)
        return status_detail(invalid_return(), "Third column must be type integer.");
    if (t->shows_branch && o->types[3] != OID_TEXT)
        return status_detail(invalid_return(), "Fourth column must be type text.");
    if (t->order != NULL && o->types[columns - 1] != OID_INT4)
        return error(ERR_DATATYPE_MISMATCH,
                     "query-specified return tuple not valid for Connectby: %s column must be type "
                     "integer",
                     t->shows_branch ? "fifth" : "fourth");
    return STATUS_OK;
}

static Status type_words(Tree *t, Oid type, int32_t typmod, const char **out) {
    return format_type(t->set->call.site->env->catalog, t->set->scan_arena, type, typmod,
                       FORMAT_TYPE_TYPMOD, out);
}
static Status tree_column(Tree *t, const TextRows *rows, int column, const char *what) {
    const Output *o = t->out;
    int32_t typmod = o->typmods == NULL ? -1 : o->typmods[column];
    const char *wanted, *given;
    if (o->types[column] == rows->types[column] && (typmod < 0 || typmod == rows->typmods[column]))
        return STATUS_OK;
    TRY(type_words(t, o->types[column], typmod, &wanted));
    TRY(type_words(t, rows->types[column], rows->typmods[column], &given));
    return status_detail(invalid_return(),
                         "SQL %s field type %s does not match return %s field type %s.", what,
                         wanted, what, given);
}

static void tree_row(Tree *t, Str key, Str parent, int32_t level, Str branch) {
    Arena *arena = t->set->scan_arena;
    Str *row = output_row(t->set, t->out);
    row[0] = key;
    row[1] = parent;
    row[2] = str_from_cstr(arena_printf(arena, "%d", level));
    if (t->shows_branch)
        row[3] = branch;
    if (t->order != NULL)
        row[t->out->column_count - 1] = str_from_cstr(arena_printf(arena, "%d", t->serial++));
}

static Str joined(Arena *arena, const char *a, Str b, const char *c, Str d) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    strbuf_puts(&buf, a);
    strbuf_append(&buf, b.data, b.len);
    strbuf_puts(&buf, c);
    strbuf_append(&buf, d.data, d.len);
    return str_make(strbuf_cstr(&buf), buf.len);
}

static Status tree_below(Tree *t, Str start, Str branch, int32_t level) {
    Arena *arena = t->set->scan_arena;
    TextRows rows;
    if (t->depth_max > 0 && level > t->depth_max)
        return STATUS_OK;
    const char *sql = arena_printf(
        arena, "SELECT %s, %s FROM %s WHERE %s = %s AND %s IS NOT NULL AND %s <> %s%s%s", t->key,
        t->parent, t->relation, t->parent, quote_literal(arena, start.data, start.len), t->key,
        t->key, t->parent, t->order == NULL ? "" : " ORDER BY ", t->order == NULL ? "" : t->order);
    TRY(run_query(t->set, sql, &rows));
    if (row_count(&rows) == 0)
        return STATUS_OK;
    if (rows.column_count < 2)
        return status_detail(invalid_return(), "Query must return at least two columns.");
    TRY(tree_column(t, &rows, 0, "key"));
    TRY(tree_column(t, &rows, 1, "parent key"));
    Str delimiter = str_from_cstr(t->delimiter),
        way = joined(arena, t->delimiter, branch, "", delimiter);
    for (uint64_t i = 0; i < row_count(&rows); i++) {
        const Str *row = row_at(&rows, i);
        Str key = row[0], below = joined(arena, "", branch, t->delimiter, key);
        Str mark = joined(arena, t->delimiter, key, "", delimiter);
        if (strstr(way.data, mark.data) != NULL)
            return error(ERR_INVALID_RECURSION, "infinite recursion detected");
        tree_row(t, key, row[1], level, below);
        TRY(tree_below(t, key, below, level + 1));
    }
    return STATUS_OK;
}

static Status tree_start(SetCall *set, bool serial) {
    int n = serial ? 4 : 3; /* where the start stands */
    Tree t = {.set = set,
              .relation = set_arg(set, 0),
              .key = set_arg(set, 1),
              .parent = set_arg(set, 2),
              .order = serial ? set_arg(set, 3) : NULL,
              .depth_max = set->call.args[n + 1].i32,
              .serial = 1,
              .delimiter = "~"};
    t.shows_branch = set->call.site->arg_count > n + 2;
    if (t.shows_branch)
        t.delimiter = set_arg(set, n + 2);
    TRY(output_start(set, no_columns, &t.out));
    TRY(tree_types(&t));
    Str start = str_from_cstr(set_arg(set, n));
    Datum key; /* is it one? */
    TRY(type_input_text(set->call.site->env, set->scan_arena, t.out->types[0], -1, start, &key));
    tree_row(&t, start, (Str){0}, 0, start);
    return tree_below(&t, start, start, 1);
}
static Status connectby_start(SetCall *set) { return tree_start(set, false); }
static Status connectby_serial_start(SetCall *set) { return tree_start(set, true); }

/* ---- normal_rand: the polar method (Knuth, volume 2, 3.4.1) ---- */

typedef struct Normal {
    int32_t left;
    bool has_spare;
    double spare;
} Normal;

static Status uniform(FnCall *call, double *out) {
    const FnEntry *random = fn_by_prosrc("drandom");
    FnCall inner = *call;
    TRY(random->scalar(&inner));
    *out = inner.result.f64;
    return STATUS_OK;
}

static Status normal_start(SetCall *set) {
    Normal *n = arena_new(set->scan_arena, Normal);
    n->left = set->call.args[0].i32;
    set->state = n;
    return n->left >= 0 ? STATUS_OK
                        : error(ERR_INVALID_PARAMETER_VALUE, "number of rows cannot be negative");
}
static Status normal_next(SetCall *set, bool *row_out) {
    Normal *n = set->state;
    double value, x, y, s;
    *row_out = n->left > 0;
    if (!*row_out)
        return STATUS_OK;
    n->left--;
    value = n->spare;
    n->has_spare = !n->has_spare;
    if (n->has_spare) {
        do {
            TRY(uniform(&set->call, &x));
            TRY(uniform(&set->call, &y));
            x = 2 * x - 1;
            y = 2 * y - 1;
            s = x * x + y * y;
        } while (s >= 1 || s == 0);
        s = sqrt(-2 * log(s) / s);
        value = x * s;
        n->spare = y * s;
    }
    set->column_nulls[0] = false;
    set->columns[0].f64 = set->call.args[1].f64 + value * set->call.args[2].f64;
    return STATUS_OK;
}

static const FnEntry entries[] = {
    SYSFUNC_SET(EXT_TABLEFUNC_OID, "crosstab", crosstab_start, output_next),
    SYSFUNC_SET(EXT_TABLEFUNC_OID + 1, "crosstab_hash", crosstab_hash_start, output_next),
    SYSFUNC_SET(EXT_TABLEFUNC_OID + 2, "connectby_text", connectby_start, output_next),
    SYSFUNC_SET(EXT_TABLEFUNC_OID + 3, "connectby_text_serial", connectby_serial_start,
                output_next),
    SYSFUNC_SET(EXT_TABLEFUNC_OID + 4, "normal_rand", normal_start, normal_next),
};
void ext_tablefunc_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
