/*
 * op_set_returning.c: set-returning functions, in FROM and in a target list.
 *
 * A SetSource gives the rows of one call, whatever stands behind it: a set function, an SQL function,
 * a plain function (one row), any other expression. Records are spread into columns.
 */
#include "executor/compare.h"
#include "executor/plpgsql.h"
#include "executor/program.h"
#include "executor/sql_function.h"

#include "base/array.h"
#include "catalog/name.h"
#include "types/record.h"

/* What a function with several output parameters gives for one row. */
typedef struct SetFields {
    uint32_t count;
    Oid *types;
    const char **names;
    PhysType *phys;
    Datum *values;
    bool *nulls;
} SetFields;

typedef struct SetSource {
    Executor *exec;
    ProgNode *scalar; /* not a set: evaluated once */
    ProgNode **args;
    uint32_t arg_count;
    FnSite site;
    SetStart start;
    SetNext next;
    bool strict;
    SetCall call;
    Datum *arg_values;
    bool *arg_nulls;
    Arena scan_arena; /* of one run of the function */
    uint32_t column_count;
    const Oid *column_types;
    PhysType *phys;
    bool spread; /* the value is a record: its fields are the columns */
    bool done;
    Datum *columns;
    bool *nulls;
    SetFields *fields; /* a built-in function's output columns, to be made one record; NULL */
} SetSource;

/* NULL where the function has fewer than two output parameters. */
static Status fields_make(Executor *exec, const ProcDesc *proc, SetFields **out) {
    Arena *arena = &exec->arena;
    SetFields *fields = arena_new(arena, SetFields);
    uint32_t count = proc->arg_modes == NULL ? 0 : proc->all_arg_count, n = 0;
    *fields = (SetFields){.types = arena_array(arena, Oid, count + 1),
                          .names = arena_array(arena, const char *, count + 1),
                          .phys = arena_array(arena, PhysType, count + 1),
                          .values = arena_array(arena, Datum, count + 1),
                          .nulls = arena_array(arena, bool, count + 1)};
    for (uint32_t i = 0; i < count; i++) {
        const TypeInfo *info;
        if (strchr("obt", proc->arg_modes[i]) == NULL)
            continue;
        TRY(exec_type(exec, proc->all_arg_types[i], &info));
        fields->types[n] = proc->all_arg_types[i];
        fields->names[n] = proc->arg_names == NULL ? "" : proc->arg_names[i];
        fields->phys[n++] = info->phys;
    }
    fields->count = n;
    *out = n < 2 ? NULL : fields;
    return STATUS_OK;
}

static Status source_find(SetSource *s, const ExprFunc *f) {
    const FnEntry *entry = fn_by_oid(f->function);
    const ProcDesc *proc = NULL;
    if (s->exec->env.catalog != NULL) {
        TRY(catalog_proc_require(s->exec->env.catalog, f->function, &proc));
        if (entry == NULL && language_has_code(proc->language))
            entry = fn_by_prosrc(proc->source);
    }
    s->strict = proc != NULL ? proc->strict : entry != NULL && entry->strict;
    if (entry != NULL && entry->kind == FN_SET) {
        s->start = entry->set_start;
        s->next = entry->set_next;
        return s->spread || proc == NULL ? STATUS_OK : fields_make(s->exec, proc, &s->fields);
    }
    if (proc != NULL && proc->language == OID_LANGUAGE_SQL) {
        s->start = sql_function_set_start;
        s->next = sql_function_set_next;
        return STATUS_OK;
    }
    if (proc != NULL && proc->language == OID_LANGUAGE_PLPGSQL) {
        s->start = plpgsql_set_start;
        s->next = plpgsql_set_next;
        return STATUS_OK;
    }
    return error(ERR_FEATURE_NOT_SUPPORTED, "function \"%s\" is not supported",
                 proc == NULL ? "?" : proc->name);
}

/* column_types: what the rows look like; a single column of the call's own type is not spread. */
static Status source_init(SetSource *s, Executor *exec, const Expr *expr, uint32_t column_count,
                          const Oid *column_types, bool spread, const FnRow *row) {
    s->exec = exec;
    s->column_count = column_count;
    s->spread = spread;
    s->column_types = column_types;
    s->phys = arena_array(&exec->arena, PhysType, column_count + 1);
    s->columns = arena_array(&exec->arena, Datum, column_count + 1);
    s->nulls = arena_array(&exec->arena, bool, column_count + 1);
    arena_init(&s->scan_arena, &exec->account);
    for (uint32_t i = 0; i < column_count; i++) {
        const TypeInfo *info;
        TRY(exec_type(exec, column_types[i] == 0 ? OID_INT4 : column_types[i],
                      &info)); /* dropped */
        s->phys[i] = info->phys;
    }
    if (expr->tag != EXPR_FUNC || !((const ExprFunc *)expr)->returns_set) {
        exec->row_call = row == NULL ? NULL : expr;
        exec->row_shape = row;
        Status compiled = prog_compile(exec, expr, &s->scalar);
        exec->row_call = NULL;
        return compiled;
    }
    const ExprFunc *f = (const ExprFunc *)expr;
    uint32_t n = s->arg_count = f->args.count;
    TRY(source_find(s, f));
    TRY(prog_compile_list(exec, &f->args, &s->args));
    Oid *types = arena_array(&exec->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        types[i] = f->args.items[i]->type;
    s->site = (FnSite){.row_types = spread ? column_types : NULL,
                       .row_count = spread ? column_count : 0,
                       .function = f->function,
                       .arg_count = (int)n,
                       .arg_types = types,
                       .result_type = f->type,
                       .result_typmod = f->typmod,
                       .collation = f->input_collation,
                       .variadic = f->variadic,
                       .env = &exec->env,
                       .arena = &exec->arena,
                       .expr = expr,
                       .row = row};
    s->arg_values = arena_array(&exec->arena, Datum, n + 1);
    s->arg_nulls = arena_array(&exec->arena, bool, n + 1);
    return STATUS_OK;
}

/* Starts a run for row `row` of the context's input. */
static Status source_start(SetSource *s, ProgContext *ctx, uint32_t row) {
    s->done = false;
    if (s->scalar != NULL)
        return STATUS_OK;
    arena_reset(&s->scan_arena);
    bool any_null = false;
    for (uint32_t i = 0; i < s->arg_count; i++) {
        Datum value;
        TRY(prog_eval_row(s->args[i], ctx, row, &value, &s->arg_nulls[i]));
        any_null |= s->arg_nulls[i];
        if (!s->arg_nulls[i])
            TRY(datum_copy(&s->scan_arena, s->args[i]->phys, value, &s->arg_values[i]));
    }
    if (s->strict && any_null) {
        s->done = true;
        return STATUS_OK;
    }
    bool spread = s->spread || s->fields != NULL;
    s->call =
        (SetCall){.call = {.site = &s->site,
                           .args = s->arg_values,
                           .nulls = s->arg_nulls,
                           .arena = &s->scan_arena},
                  .scan_arena = &s->scan_arena,
                  .column_count = (int)(s->fields != NULL ? s->fields->count : s->column_count),
                  .whole = !spread,
                  .columns = s->fields != NULL ? s->fields->values : s->columns,
                  .column_nulls = s->fields != NULL ? s->fields->nulls : s->nulls};
    return s->start(&s->call);
}

static Status wrong_type(const SetSource *s, Oid given, uint32_t column) {
    const char *is, *wanted;
    CatalogSession *catalog = s->exec->env.catalog;
    Arena *arena = &s->exec->arena;
    TRY(format_type(catalog, arena, given, -1, 0, &is));
    TRY(format_type(catalog, arena, s->column_types[column], -1, 0, &wanted));
    return status_detail(error(ERR_DATATYPE_MISMATCH, "function return row and query-specified "
                                                      "return row do not match"),
                         "Returned type %s at ordinal position %u, but query expects %s.", is,
                         column + 1, wanted);
}

static Status source_spread(SetSource *s, Datum record, bool is_null) {
    RecordView view = {0};
    if (!is_null)
        TRY(record_view(record.str, &view));
    if (!is_null && view.column_count != s->column_count)
        return status_detail(
            error(ERR_DATATYPE_MISMATCH,
                  "function return row and query-specified return row do not match"),
            "Returned row contains %u attribute%s, but query expects %u.", view.column_count,
            view.column_count == 1 ? "" : "s", s->column_count);
    for (uint32_t i = 0; i < s->column_count; i++) {
        s->nulls[i] = is_null || record_column_is_null(&view, i);
        if (s->nulls[i])
            continue;
        if (record_column_phys(&view, i) != s->phys[i])
            return wrong_type(s, record_column_type(&view, i), i);
        s->columns[i] = record_column(&view, i);
    }
    return STATUS_OK;
}

/* The next row in s->columns; bytes on `arena` or the scan's. */
static Status source_next(SetSource *s, ProgContext *ctx, uint32_t row, Arena *arena,
                          bool *row_out) {
    *row_out = false;
    if (s->done)
        return STATUS_OK;
    if (s->scalar != NULL) {
        Datum value;
        bool is_null;
        s->done = true;
        *row_out = true;
        TRY(prog_eval_row(s->scalar, ctx, row, &value, &is_null));
        if (s->spread)
            return source_spread(s, value, is_null);
        s->columns[0] = value;
        s->nulls[0] = is_null;
        return STATUS_OK;
    }
    s->call.call.arena = arena;
    memset(s->call.column_nulls, 0, (size_t)s->call.column_count);
    TRY(s->next(&s->call, row_out));
    s->done = !*row_out;
    const SetFields *fields = s->fields;
    if (fields == NULL || !*row_out)
        return STATUS_OK;
    s->nulls[0] = false;
    return record_build_named(
        arena, s->site.result_type, fields->count, fields->types, fields->phys, fields->values,
        fields->nulls, record_pack_names(arena, fields->names, fields->count), &s->columns[0]);
}

/* ---- in FROM ---- */

typedef struct FunctionScan {
    Node node;
    const PlanFunctionScan *plan;
    SetSource *sources;
    bool started;
    uint64_t ordinal;
    Register *registers;
    PhysType *phys;
} FunctionScan;

static Status function_scan_row(FunctionScan *f, ProgContext *ctx, uint32_t row, bool *row_out) {
    uint32_t c = 0;
    bool any = false, got[64] = {0};
    for (uint32_t i = 0; i < f->plan->function_count; i++) {
        TRY(source_next(&f->sources[i], ctx, 0, &f->node.batch_arena, &got[i & 63]));
        SetSource *s = &f->sources[i];
        any |= got[i & 63];
        for (uint32_t j = 0; j < s->column_count; j++, c++) {
            Register *reg = &f->registers[c];
            bool is_null = !got[i & 63] || s->nulls[j];
            if (is_null && reg->v.nulls == NULL)
                register_nulls(reg, reg->capacity);
            vector_put(&reg->v, row, s->columns[j], is_null);
        }
    }
    f->ordinal += any;
    if (f->plan->ordinality)
        vector_put(&f->registers[c].v, row, (Datum){.i64 = (int64_t)f->ordinal}, false);
    *row_out = any;
    return STATUS_OK;
}

static Status function_scan_produce(Node *node) {
    FunctionScan *f = (FunctionScan *)node;
    ProgContext ctx = node_context(node, NULL, NULL);
    if (!f->started) {
        f->started = true;
        f->ordinal = 0;
        for (uint32_t i = 0; i < f->plan->function_count; i++)
            TRY(source_start(&f->sources[i], &ctx, 0));
    }
    uint32_t capacity = (uint32_t)MIN((uint64_t)BATCH_ROWS, MAX(node->limit_rows, (uint64_t)1));
    if (node->exec->batch_limit != 0)
        capacity = MIN(capacity, node->exec->batch_limit);
    for (uint32_t c = 0; c < f->plan->column_count; c++)
        register_flat(&f->registers[c], &node->exec->arena, f->phys[c], capacity);
    uint32_t count = 0;
    bool more = true;
    while (count < capacity) {
        TRY(function_scan_row(f, &ctx, count, &more));
        if (!more)
            break;
        count++;
    }
    for (uint32_t c = 0; c < f->plan->column_count; c++)
        node->row.columns[c] = f->registers[c].v;
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status function_scan_rescan(Node *node, const Rescan *rescan) {
    ((FunctionScan *)node)->started = false;
    return STATUS_OK;
}

static void function_scan_close(Node *node) {
    FunctionScan *f = (FunctionScan *)node;
    for (uint32_t i = 0; f->sources != NULL && i < f->plan->function_count; i++)
        arena_destroy(&f->sources[i].scan_arena);
}

/* Columns of row types that are no longer what the query was made for. */
typedef struct SlotCheck {
    const bool *changed;
    uint32_t column_count;
    int32_t found; /* one that is used; -1: none */
} SlotCheck;

static bool slot_visit(Expr *expr, void *arg) {
    SlotCheck *c = arg;
    const ExprSlot *slot = (const ExprSlot *)expr;
    if (expr->tag != EXPR_SLOT)
        return expr_walk(expr, slot_visit, arg);
    if (slot->side == SLOT_LEFT && slot->column >= 0 && (uint32_t)slot->column < c->column_count &&
        c->changed[slot->column])
        c->found = slot->column;
    return c->found >= 0;
}

/* A stored query may expect columns of a row type as they were: dependencies keep that from happening,
 * but they can be deleted. first: the call's first column in the scan. */
static Status check_row_type(const FunctionScan *f, const RangeFunction *call, uint32_t first) {
    Executor *exec = f->node.exec;
    CatalogSession *catalog = exec->session->catalog;
    const TypeDesc *type;
    const RelationDesc *relation;
    SlotCheck c = {arena_array(&exec->arena, bool, f->plan->column_count + 1),
                   f->plan->column_count, -1};
    bool *changed = (bool *)c.changed, any = false;
    TRY(catalog_type_require(catalog, call->call->type, &type));
    if (type->kind != 'c' || type->relation == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_relation_require(catalog, type->relation, &relation));
    for (uint32_t i = 0; i < call->column_count && i < relation->column_count; i++) {
        Oid wanted = f->plan->column_types[first + i];
        const TypeInfo *info;
        if (relation->columns[i].dropped || wanted == 0 || wanted == relation->columns[i].type)
            continue;
        TRY(exec_type(exec, wanted, &info));
        changed[first + i] = info->phys != relation->columns[i].phys;
        any |= changed[first + i];
    }
    const Plan *plan = f->node.plan;
    for (uint32_t i = 0; any && i < plan->target_count && c.found < 0; i++)
        (void)slot_visit(plan->targets[i].expr, &c);
    for (uint32_t i = 0; any && i < plan->filter.count && c.found < 0; i++)
        (void)slot_visit(plan->filter.items[i], &c);
    if (c.found < 0)
        return STATUS_OK;
    const char *has, *query;
    uint32_t at = (uint32_t)c.found - first;
    TRY(format_type(catalog, &exec->arena, relation->columns[at].type, -1, 0, &has));
    TRY(format_type(catalog, &exec->arena, f->plan->column_types[c.found], -1, 0, &query));
    return status_detail(
        error(ERR_DATATYPE_MISMATCH, "attribute %d of type record has wrong type", c.found + 1),
        "Table has type %s, but query expects %s.", has, query);
}

Status function_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    const PlanFunctionScan *p = (const PlanFunctionScan *)plan;
    FunctionScan *f;
    TRY(node_init(exec, plan, sizeof(*f), function_scan_produce, function_scan_rescan, &f));
    f->plan = p;
    if (p->function_count > 64)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "too many functions in ROWS FROM");
    f->sources = arena_array(&exec->arena, SetSource, p->function_count + 1);
    f->node.close = function_scan_close;
    f->registers = arena_array(&exec->arena, Register, p->column_count + 1);
    f->phys = arena_array(&exec->arena, PhysType, p->column_count + 1);
    uint32_t c = 0;
    for (uint32_t i = 0; i < p->function_count; i++) {
        const RangeFunction *rf = &p->functions[i];
        const TypeInfo *info;
        TRY(exec_type(exec, rf->call->type, &info));
        bool composite = info->kind == TYPE_COMPOSITE || rf->call->type == OID_RECORD ||
                         (info->kind == TYPE_DOMAIN && info->element_type != NULL &&
                          info->element_type->kind == TYPE_COMPOSITE);
        FnRow *row = NULL;
        if (rf->column_types != NULL) {
            row = arena_new(&exec->arena, FnRow);
            *row = (FnRow){.column_count = rf->column_count,
                           .names = rf->column_names,
                           .types = rf->column_types,
                           .typmods = rf->column_typmods};
        }
        TRY(source_init(&f->sources[i], exec, rf->call, rf->column_count, p->column_types + c,
                        composite, row));
        if (composite && rf->column_types != NULL)
            f->sources[i].site.row_typmods = rf->column_typmods;
        if (composite)
            TRY(check_row_type(f, rf, c));
        c += rf->column_count;
    }
    for (c = 0; c < p->column_count; c++) {
        const TypeInfo *info;
        TRY(exec_type(exec, p->column_types[c] == 0 ? OID_INT4 : p->column_types[c], &info));
        f->phys[c] = info->phys;
    }
    node_row_shape(&f->node, p->column_count);
    *node_out = &f->node;
    return STATUS_OK;
}

/* ---- in a target list ---- */

typedef struct ProjectItem {
    SetSource *source; /* a set */
    ProgNode *plain;   /* or an expression */
    const Vector *value;
    bool got;
} ProjectItem;

typedef struct ProjectSet {
    Node node;
    ProjectItem *items;
    uint32_t count;
    const Batch *input;
    Batch one_row;
    uint32_t place; /* in the input's selection */
    bool in_row;
    Register *registers;
    PhysType *phys;
    Arena input_arena; /* plain expressions over the input batch */
} ProjectSet;

static ProgContext project_context(ProjectSet *p) {
    ProgContext ctx = node_context(&p->node, p->input, NULL);
    ctx.arena = &p->input_arena;
    return ctx;
}

/* The next input row with its sets started; *end_out at the end of the input. */
static Status project_advance(ProjectSet *p, bool *end_out) {
    *end_out = false;
    if (p->input != NULL)
        p->place++;
    while (p->input == NULL || p->place >= p->input->selection.count) {
        if (p->node.left == NULL && p->input != NULL) {
            *end_out = true;
            return STATUS_OK;
        }
        arena_reset(&p->input_arena);
        if (p->node.left == NULL)
            p->input = &p->one_row;
        else
            TRY(node_next(p->node.left, &p->input));
        if (p->input == NULL) {
            *end_out = true;
            return STATUS_OK;
        }
        p->place = 0;
        ProgContext ctx = project_context(p);
        for (uint32_t i = 0; i < p->count; i++)
            if (p->items[i].plain != NULL)
                TRY(prog_eval(p->items[i].plain, &ctx, p->input->selection, &p->items[i].value));
    }
    ProgContext ctx = project_context(p);
    uint32_t row = selection_row(p->input->selection, p->place);
    for (uint32_t i = 0; i < p->count; i++)
        if (p->items[i].source != NULL)
            TRY(source_start(p->items[i].source, &ctx, row));
    p->in_row = true;
    return STATUS_OK;
}

static Status project_row(ProjectSet *p, uint32_t out, bool *any_out) {
    ProgContext ctx = project_context(p);
    uint32_t row = selection_row(p->input->selection, p->place);
    *any_out = false;
    for (uint32_t i = 0; i < p->count; i++) {
        ProjectItem *item = &p->items[i];
        if (item->source == NULL)
            continue;
        TRY(source_next(item->source, &ctx, row, &p->node.batch_arena, &item->got));
        *any_out |= item->got;
    }
    for (uint32_t i = 0; i < p->count && *any_out; i++) {
        ProjectItem *item = &p->items[i];
        Register *reg = &p->registers[i];
        bool is_null = item->source != NULL ? !item->got || item->source->nulls[0]
                                            : vector_is_null(item->value, row);
        Datum value = {.i64 = 0};
        /* The function's own bytes may go when it starts anew for the next row. */
        if (!is_null && item->source != NULL)
            TRY(datum_copy(&p->node.batch_arena, p->phys[i], item->source->columns[0], &value));
        else if (!is_null)
            value = vector_at(item->value, row);
        if (is_null && reg->v.nulls == NULL)
            register_nulls(reg, reg->capacity);
        vector_put(&reg->v, out, value, is_null);
    }
    return STATUS_OK;
}

/* The next row, if another begins or goes on; *any_out: it is in the registers at `out`. */
static Status project_step(ProjectSet *p, uint32_t out, bool *any_out, bool *end_out) {
    *any_out = *end_out = false;
    if (!p->in_row)
        TRY(project_advance(p, end_out));
    if (!*end_out)
        TRY(project_row(p, out, any_out));
    return STATUS_OK;
}

static Status project_set_produce(Node *node) {
    ProjectSet *p = (ProjectSet *)node;
    uint32_t count = 0;
    uint32_t capacity = (uint32_t)MIN((uint64_t)BATCH_ROWS, MAX(node->limit_rows, (uint64_t)1));
    for (uint32_t i = 0; i < p->count; i++)
        register_flat(&p->registers[i], &node->exec->arena, p->phys[i], capacity);
    while (count < capacity) {
        bool end, any;
        /* Values made so far may lie in the input batch: emit them before it is replaced. */
        if (!p->in_row && count > 0 && p->place + 1 >= p->input->selection.count)
            break;
        Status s = project_step(p, count, &any, &end);
        if (UNLIKELY(!status_ok(s))) {
            TRY(node_hold_back(node, count, s));
            break;
        }
        if (end)
            break;
        if (any)
            count++;
        else
            p->in_row = false;
    }
    for (uint32_t i = 0; i < p->count; i++)
        node->row.columns[i] = p->registers[i].v;
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status project_set_rescan(Node *node, const Rescan *rescan) {
    ProjectSet *p = (ProjectSet *)node;
    p->input = NULL;
    p->in_row = false;
    p->place = 0;
    return node->left != NULL ? node_rescan(node->left, rescan) : STATUS_OK;
}

static void project_set_close(Node *node) {
    ProjectSet *p = (ProjectSet *)node;
    for (uint32_t i = 0; p->items != NULL && i < p->count; i++)
        if (p->items[i].source != NULL)
            arena_destroy(&p->items[i].source->scan_arena);
    arena_destroy(&p->input_arena);
}

Status project_set_build(Executor *exec, const Plan *plan, Node **node_out) {
    ProjectSet *p;
    TRY(node_init(exec, plan, sizeof(*p), project_set_produce, project_set_rescan, &p));
    uint32_t n = p->count = plan->target_count;
    p->items = arena_array(&exec->arena, ProjectItem, n + 1);
    arena_init(&p->input_arena, &exec->account);
    p->node.close = project_set_close;
    p->registers = arena_array(&exec->arena, Register, n + 1);
    p->phys = arena_array(&exec->arena, PhysType, n + 1);
    p->one_row = (Batch){.row_count = 1, .selection = selection_all(1)};
    for (uint32_t i = 0; i < n; i++) {
        const Expr *expr = plan->targets[i].expr;
        const TypeInfo *info;
        TRY(exec_type(exec, expr->type, &info));
        p->phys[i] = info->phys;
        if (expr->tag == EXPR_FUNC && ((const ExprFunc *)expr)->returns_set) {
            p->items[i].source = arena_new(&exec->arena, SetSource);
            TRY(source_init(p->items[i].source, exec, expr, 1, &expr->type, false, NULL));
        } else {
            TRY(prog_compile(exec, expr, &p->items[i].plain));
        }
    }
    node_row_shape(&p->node, n);
    *node_out = &p->node;
    return STATUS_OK;
}
