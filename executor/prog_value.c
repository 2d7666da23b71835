/*
 * prog_value.c: values made of values: rows, arrays, fields, subscripts, whole rows of tables; and
 * values of the session: domains' checks, CURRENT_TIMESTAMP and its kin, identity sequences.
 */
#include "executor/program.h"

#include "base/array.h"
#include "base/vec.h"
#include "catalog/sequence.h"
#include "types/record.h"

static Vector *value_result(ProgNode *node, Selection sel) {
    uint32_t extent = selection_extent(sel);
    return register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
}

static void value_put(ProgNode *node, Vector *result, uint32_t row, Datum value, bool is_null) {
    if (is_null && result->nulls == NULL)
        register_nulls(&node->reg, node->reg.capacity);
    vector_put(result, row, value, is_null);
}

/* Evaluates all arguments; their vectors are on ctx->arena. */
static Status value_args(ProgNode *node, ProgContext *ctx, Selection sel, const Vector ***out) {
    *out = arena_array(ctx->arena, const Vector *, node->arg_count + 1);
    for (uint32_t i = 0; i < node->arg_count; i++)
        TRY(prog_eval(node->args[i], ctx, sel, &(*out)[i]));
    return STATUS_OK;
}

/* One row of the arguments. */
static void value_row(const Vector **v, uint32_t count, uint32_t row, Datum *values, bool *nulls) {
    for (uint32_t i = 0; i < count; i++) {
        nulls[i] = vector_is_null(v[i], row);
        values[i] = nulls[i] ? (Datum){.i64 = 0} : vector_at(v[i], row);
    }
}

/* ---- ROW(..) and whole rows ---- */

typedef struct RowNode {
    ProgNode node;
    Oid *types;
    PhysType *phys;
    Datum *values;
    bool *nulls;
    Str names; /* packed, for record_build_named */
} RowNode;

static void row_node_shape(Executor *exec, RowNode *node, uint32_t count) {
    node->types = arena_array(&exec->arena, Oid, count + 1);
    node->phys = arena_array(&exec->arena, PhysType, count + 1);
    node->values = arena_array(&exec->arena, Datum, count + 1);
    node->nulls = arena_array(&exec->arena, bool, count + 1);
}

static Status eval_row(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    RowNode *r = (RowNode *)node;
    const Vector **v;
    TRY(value_args(node, ctx, sel, &v));
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        Datum record;
        value_row(v, node->arg_count, row, r->values, r->nulls);
        TRY(record_build_named(ctx->arena, node->type, node->arg_count, r->types, r->phys,
                               r->values, r->nulls, r->names, &record));
        vector_put(result, row, record, false);
    }
    *out = result;
    return STATUS_OK;
}

/* The columns of a composite type: types and physical types, dropped columns as they lie. */
static Status composite_columns(Executor *exec, Oid type, const RelationDesc **desc_out) {
    const TypeDesc *desc;
    Oid base = type;
    TRY(catalog_base_type(exec->env.catalog, type, &base, NULL));
    TRY(catalog_type_require(exec->env.catalog, base, &desc));
    if (desc->relation == 0)
        return error(ERR_DATATYPE_MISMATCH, "type %s is not composite", desc->name);
    TRY(catalog_relation_require(exec->env.catalog, desc->relation, desc_out));
    exec_pin(exec, &(*desc_out)->desc);
    return STATUS_OK;
}

Status prog_compile_row(Executor *exec, const ExprRow *expr, ProgNode **out) {
    RowNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_row, (const Expr *)expr, &node));
    TRY(prog_compile_args(exec, &node->node, &expr->args));
    row_node_shape(exec, node, expr->args.count);
    if (expr->type == OID_RECORD)
        node->names = record_pack_names(&exec->arena, expr->names, expr->args.count);
    for (uint32_t i = 0; i < expr->args.count; i++) {
        node->types[i] = expr->args.items[i]->type;
        node->phys[i] = node->node.args[i]->phys;
    }
    if (expr->type != OID_RECORD) {
        const RelationDesc *desc;
        TRY(composite_columns(exec, expr->type, &desc));
        for (uint32_t i = 0; i < expr->args.count && i < desc->column_count; i++)
            if (desc->columns[i].dropped)
                node->types[i] = OID_INVALID;
    }
    *out = &node->node;
    return STATUS_OK;
}

typedef struct WholeRowNode {
    RowNode row;
    SlotSide side;
    uint32_t count;
} WholeRowNode;

static Status eval_whole_row(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    WholeRowNode *w = (WholeRowNode *)node;
    const Batch *side = ctx->side[w->side];
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        for (uint32_t i = 0; i < w->count; i++) {
            const Vector *v = &side->columns[i];
            w->row.nulls[i] = vector_is_null(v, row);
            if (!w->row.nulls[i])
                w->row.values[i] = vector_at(v, row);
        }
        Datum record;
        TRY(record_build(ctx->arena, node->type, -1, w->count, w->row.types, w->row.phys,
                         w->row.values, w->row.nulls, &record));
        vector_put(result, row, record, false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_whole_row(Executor *exec, const ExprSlot *expr, ProgNode **out) {
    WholeRowNode *node;
    const RelationDesc *desc;
    TRY(prog_node(exec, sizeof(*node), eval_whole_row, (const Expr *)expr, &node));
    TRY(composite_columns(exec, expr->type, &desc));
    row_node_shape(exec, &node->row, desc->column_count);
    node->side = expr->side;
    node->count = desc->column_count;
    for (uint32_t i = 0; i < node->count; i++) {
        node->row.types[i] = desc->columns[i].type;
        node->row.phys[i] = desc->columns[i].phys;
    }
    *out = &node->row.node;
    return STATUS_OK;
}

/* ---- fields ---- */

typedef struct FieldNode {
    ProgNode node;
    int16_t field;
} FieldNode;

static Status eval_field_select(ProgNode *node, ProgContext *ctx, Selection sel,
                                const Vector **out) {
    uint32_t field = (uint32_t)((FieldNode *)node)->field - 1;
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null = vector_is_null(v, row);
        if (!is_null) {
            RecordView view;
            TRY(record_view(vector_at(v, row).str, &view));
            is_null = field >= view.column_count || record_column_is_null(&view, field);
            if (!is_null) {
                if (record_column_phys(&view, field) != node->phys)
                    return status_detail(
                        error(ERR_DATATYPE_MISMATCH, "attribute %u has wrong type", field + 1),
                        "Table has type %u, but query expects %u.",
                        record_column_type(&view, field), node->type);
                value = record_column(&view, field);
            }
        }
        value_put(node, result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_field_select(Executor *exec, const ExprFieldSelect *expr, ProgNode **out) {
    FieldNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_field_select, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->node, expr->arg));
    node->field = expr->field;
    *out = &node->node;
    return STATUS_OK;
}

typedef struct FieldStoreNode {
    RowNode row; /* args: the composite, then the values */
    const int16_t *fields;
    uint32_t count;
    bool nested; /* a value is itself an assignment to a part of the field */
} FieldStoreNode;

/* A field of the composite as it was: what an assignment to a part of the field builds on. */
static Status old_field(FieldStoreNode *f, ProgContext *ctx, Selection sel, const Vector *whole,
                        uint32_t i, const Vector **out) {
    uint32_t field = (uint32_t)f->fields[i] - 1, extent = selection_extent(sel);
    Register *reg = arena_new(ctx->arena, Register);
    register_flat(reg, ctx->arena, f->row.phys[field], extent == 0 ? 1 : extent);
    register_nulls(reg, reg->capacity);
    SELECTION_FOREACH(sel, row) {
        RecordView view = {0};
        if (!vector_is_null(whole, row))
            TRY(record_view(vector_at(whole, row).str, &view));
        bool is_null = field >= view.column_count || record_column_is_null(&view, field);
        vector_put(&reg->v, row, is_null ? (Datum){.i64 = 0} : record_column(&view, field),
                   is_null);
    }
    *out = &reg->v;
    return STATUS_OK;
}

static Status eval_field_store(ProgNode *node, ProgContext *ctx, Selection sel,
                               const Vector **out) {
    FieldStoreNode *f = (FieldStoreNode *)node;
    const Vector **v = arena_array(ctx->arena, const Vector *, node->arg_count + 1);
    const Vector *saved = ctx->case_test;
    TRY(prog_eval(node->args[0], ctx, sel, &v[0]));
    for (uint32_t i = 1; i < node->arg_count; i++) {
        if (f->nested)
            TRY(old_field(f, ctx, sel, v[0], i - 1, &ctx->case_test));
        TRY(prog_eval(node->args[i], ctx, sel, &v[i]));
        ctx->case_test = saved;
    }
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        RecordView view = {0};
        if (!vector_is_null(v[0], row))
            TRY(record_view(vector_at(v[0], row).str, &view));
        for (uint32_t i = 0; i < f->count; i++) {
            f->row.nulls[i] = i >= view.column_count || record_column_is_null(&view, i);
            if (!f->row.nulls[i])
                f->row.values[i] = record_column(&view, i);
        }
        for (uint32_t i = 1; i < node->arg_count; i++) {
            uint32_t field = (uint32_t)f->fields[i - 1] - 1;
            f->row.nulls[field] = vector_is_null(v[i], row);
            if (!f->row.nulls[field])
                f->row.values[field] = vector_at(v[i], row);
        }
        Datum record;
        TRY(record_build(ctx->arena, node->type, -1, f->count, f->row.types, f->row.phys,
                         f->row.values, f->row.nulls, &record));
        vector_put(result, row, record, false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_field_store(Executor *exec, const ExprFieldStore *expr, ProgNode **out) {
    FieldStoreNode *node;
    const RelationDesc *desc;
    TRY(prog_node(exec, sizeof(*node), eval_field_store, (const Expr *)expr, &node));
    TRY(composite_columns(exec, expr->type, &desc));
    ExprList all = {0};
    expr_list_add(&exec->arena, &all, expr->arg);
    expr_list_concat(&exec->arena, &all, &expr->values);
    TRY(prog_compile_args(exec, &node->row.node, &all));
    row_node_shape(exec, &node->row, desc->column_count);
    node->count = desc->column_count;
    node->fields = expr->fields;
    for (uint32_t i = 0; i < expr->values.count; i++)
        node->nested |= expr->values.items[i]->tag == EXPR_FIELD_STORE ||
                        expr->values.items[i]->tag == EXPR_SUBSCRIPT ||
                        expr->values.items[i]->tag == EXPR_COERCE_DOMAIN;
    for (uint32_t i = 0; i < node->count; i++) {
        node->row.types[i] = desc->columns[i].type;
        node->row.phys[i] = desc->columns[i].phys;
    }
    *out = &node->row.node;
    return STATUS_OK;
}

/* A row of one composite type as another: columns go by name. */
typedef struct RowCoerceNode {
    RowNode row;
    uint32_t count;
    int32_t *from; /* source field of each column; -1: NULL */
} RowCoerceNode;

static Status eval_row_coerce(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    RowCoerceNode *c = (RowCoerceNode *)node;
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        if (vector_is_null(v, row)) {
            value_put(node, result, row, (Datum){.i64 = 0}, true);
            continue;
        }
        RecordView view;
        TRY(record_view(vector_at(v, row).str, &view));
        for (uint32_t i = 0; i < c->count; i++) {
            uint32_t from = (uint32_t)c->from[i];
            c->row.nulls[i] =
                c->from[i] < 0 || from >= view.column_count || record_column_is_null(&view, from);
            if (!c->row.nulls[i])
                c->row.values[i] = record_column(&view, from);
        }
        Datum record;
        TRY(record_build(ctx->arena, node->type, -1, c->count, c->row.types, c->row.phys,
                         c->row.values, c->row.nulls, &record));
        value_put(node, result, row, record, false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_row_coerce(Executor *exec, const ExprRowCoerce *expr, ProgNode **out) {
    RowCoerceNode *node;
    const RelationDesc *from, *to;
    TRY(prog_node(exec, sizeof(*node), eval_row_coerce, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->row.node, expr->arg));
    TRY(composite_columns(exec, expr->type, &to));
    TRY(composite_columns(exec, expr->arg->type, &from));
    row_node_shape(exec, &node->row, to->column_count);
    node->count = to->column_count;
    node->from = arena_array(&exec->arena, int32_t, node->count + 1);
    for (uint32_t i = 0; i < node->count; i++) {
        const ColumnDesc *column = &to->columns[i];
        node->row.types[i] = column->type;
        node->row.phys[i] = column->phys;
        const ColumnDesc *source = column->dropped ? NULL : relation_column(from, column->name);
        node->from[i] = source == NULL ? -1 : source->attnum - 1;
    }
    *out = &node->row.node;
    return STATUS_OK;
}

/* ---- ARRAY[..] ---- */

typedef struct ArrayNode {
    ProgNode node;
    bool multi;
    Oid element;
    PhysType element_phys;
    Datum *values;
    bool *nulls;
} ArrayNode;

/* Sub-arrays of equal shape become one array with one more dimension; NULLs and empty arrays count
 * as empty. */
static Status build_multi(ArrayNode *a, Arena *arena, Datum *out) {
    ArrayView first = {0};
    uint32_t total = 0, present = 0;
    ArrayView *views = arena_array(arena, ArrayView, a->node.arg_count + 1);
    for (uint32_t i = 0; i < a->node.arg_count; i++) {
        if (a->nulls[i])
            continue;
        TRY(array_view(a->values[i].str, &views[i]));
        if (views[i].dim_count == 0)
            continue;
        if (present++ == 0)
            first = views[i];
        total += views[i].elem_count;
    }
    if (present == 0)
        return array_build(arena, a->element, a->element_phys, 0, NULL, NULL, NULL, NULL, out);
    if (first.dim_count + 1 > ARRAY_DIMS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED,
                     "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                     first.dim_count + 1, ARRAY_DIMS_MAX);
    Datum *values = arena_array(arena, Datum, total + 1);
    bool *nulls = arena_array(arena, bool, total + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->node.arg_count; i++) {
        bool same = !a->nulls[i] && views[i].dim_count == first.dim_count &&
                    memcmp(views[i].dims, first.dims, sizeof(int32_t) * first.dim_count) == 0 &&
                    memcmp(views[i].lower, first.lower, sizeof(int32_t) * first.dim_count) == 0;
        if (!same)
            return error(ERR_ARRAY_SUBSCRIPT_ERROR, "multidimensional arrays must have array "
                                                    "expressions with matching dimensions");
        for (uint32_t j = 0; j < views[i].elem_count; j++, n++) {
            nulls[n] = array_is_null(&views[i], j);
            if (!nulls[n])
                values[n] = array_get(&views[i], j);
        }
    }
    int32_t dims[ARRAY_DIMS_MAX] = {(int32_t)a->node.arg_count}, lower[ARRAY_DIMS_MAX] = {1};
    memcpy(dims + 1, first.dims, sizeof(int32_t) * first.dim_count);
    memcpy(lower + 1, first.lower, sizeof(int32_t) * first.dim_count);
    return array_build(arena, a->element, a->element_phys, first.dim_count + 1, dims, lower, values,
                       nulls, out);
}

static Status eval_array(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    ArrayNode *a = (ArrayNode *)node;
    const Vector **v;
    TRY(value_args(node, ctx, sel, &v));
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        Datum array;
        value_row(v, node->arg_count, row, a->values, a->nulls);
        if (a->multi)
            TRY(build_multi(a, ctx->arena, &array));
        else
            TRY(array_build_1d(ctx->arena, a->element, a->element_phys, a->values, a->nulls,
                               node->arg_count, &array));
        vector_put(result, row, array, false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_array(Executor *exec, const ExprArray *expr, ProgNode **out) {
    ArrayNode *node;
    const TypeInfo *element;
    TRY(prog_node(exec, sizeof(*node), eval_array, (const Expr *)expr, &node));
    TRY(prog_compile_args(exec, &node->node, &expr->elements));
    TRY(exec_type(exec, expr->element_type, &element));
    node->multi = expr->multi;
    node->element = expr->element_type;
    node->element_phys = element->phys;
    node->values = arena_array(&exec->arena, Datum, expr->elements.count + 1);
    node->nulls = arena_array(&exec->arena, bool, expr->elements.count + 1);
    *out = &node->node;
    return STATUS_OK;
}

/* ---- domains ---- */

typedef struct DomainCheck {
    const char *name; /* NULL: NOT NULL */
    ProgNode *condition;
} DomainCheck;

typedef struct DomainNode {
    ProgNode node;
    uint32_t check_count;
    DomainCheck *checks;
} DomainNode;

static Status domain_error(Executor *exec, Oid domain, const DomainCheck *failed) {
    const TypeDesc *desc;
    const char *text;
    TRY(catalog_type_require(exec->env.catalog, domain, &desc));
    TRY(format_type_brief(exec->env.catalog, &exec->arena, domain, &text));
    Status s =
        failed->name == NULL
            ? error(ERR_NOT_NULL_VIOLATION, "domain %s does not allow null values", text)
            : error(ERR_CHECK_VIOLATION, "value for domain %s violates check constraint \"%s\"",
                    text, failed->name);
    const char *schema;
    TRY(namespace_name(exec->env.catalog, desc->nsp, &schema));
    return status_object(s, schema, NULL, NULL, desc->name, failed->name);
}

static Status eval_domain(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    DomainNode *d = (DomainNode *)node;
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    *out = v;
    const Vector *saved = ctx->domain_value;
    for (uint32_t i = 0; i < d->check_count; i++) {
        const DomainCheck *c = &d->checks[i];
        if (c->name == NULL) {
            SELECTION_FOREACH(sel, row)
                if (vector_is_null(v, row))
                    return domain_error(ctx->exec, node->type, c);
            continue;
        }
        const Vector *truth;
        ctx->domain_value = v;
        TRY(prog_eval(c->condition, ctx, sel, &truth));
        ctx->domain_value = saved;
        SELECTION_FOREACH(sel, row) {
            if (!vector_is_null(truth, row) && !vector_at(truth, row).b)
                return domain_error(ctx->exec, node->type, c);
        }
    }
    return STATUS_OK;
}

/* The constraints of a domain and of those it is made of, innermost base first. */
static Status domain_checks(Executor *exec, DomainNode *node, Oid domain) {
    CatalogSession *catalog = exec->env.catalog;
    VEC(DomainCheck) checks = {0};
    VEC(const TypeDesc *) chain = {0};
    for (Oid type = domain; type != 0;) {
        const TypeDesc *desc;
        TRY(catalog_type_require(catalog, type, &desc));
        if (desc->kind != 'd')
            break;
        exec_pin(exec, &desc->desc);
        vec_push(&chain, &exec->arena, desc);
        type = desc->base;
    }
    for (size_t i = chain.count; i-- > 0;) {
        const TypeDesc *desc = chain.items[i];
        if (desc->not_null)
            vec_push(&checks, &exec->arena, ((DomainCheck){.name = NULL}));
        for (uint16_t j = 0; j < desc->check_count; j++) {
            Expr *expr, *planned;
            const char *text = desc->checks[j].expr;
            DomainCheck c = {.name = desc->checks[j].name};
            TRY(expr_from_string(&exec->arena, text, strlen(text), &expr));
            TRY(plan_expr(&exec->env, &exec->arena, &exec->session->planner, expr, SLOT_TARGET,
                          &planned));
            TRY(prog_compile(exec, planned, &c.condition));
            vec_push(&checks, &exec->arena, c);
        }
    }
    node->checks = checks.items;
    node->check_count = (uint32_t)checks.count;
    return STATUS_OK;
}

Status prog_compile_domain(Executor *exec, const ExprCoerceDomain *expr, ProgNode **out) {
    DomainNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_domain, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->node, expr->arg));
    node->node.phys = node->node.args[0]->phys;
    TRY(domain_checks(exec, node, expr->type));
    *out = &node->node;
    return STATUS_OK;
}

/* ---- CURRENT_TIMESTAMP and its kin ---- */

typedef struct ValueFuncNode {
    ProgNode node;
    ValueFuncKind kind;
    int32_t typmod;
    FnCaller convert, scale;
    bool has_convert, has_scale;
} ValueFuncNode;

/* Built-in conversions from timestamptz, and the functions that round to a precision. */
static const struct {
    Oid convert; /* 0: none */
    Oid scale;
    Oid type;
} value_times[] = {
    [VALUE_CURRENT_DATE] = {1178, 0, OID_DATE},
    [VALUE_CURRENT_TIME] = {1388, 1969, OID_TIMETZ},
    [VALUE_CURRENT_TIMESTAMP] = {0, 1967, OID_TIMESTAMPTZ},
    [VALUE_LOCALTIME] = {2019, 1968, OID_TIME},
    [VALUE_LOCALTIMESTAMP] = {2027, 1961, OID_TIMESTAMP},
};

static Status value_name(ProgContext *ctx, ValueFuncKind kind, Datum *out, bool *null_out) {
    CatalogSession *catalog = ctx->exec->env.catalog;
    const char *name = NULL;
    switch (kind) {
    case VALUE_SESSION_USER:
        TRY(role_name(catalog, session_user_oid(catalog), &name));
        break;
    case VALUE_CURRENT_CATALOG:
        TRY(database_name(catalog, session_database(catalog), &name));
        break;
    case VALUE_CURRENT_SCHEMA: {
        const SearchPath *path;
        TRY(session_search_path(catalog, &path));
        if (path->creation != 0)
            TRY(namespace_name(catalog, path->creation, &name));
        break;
    }
    default:
        TRY(role_name(catalog, session_role(catalog), &name));
        break;
    }
    *null_out = name == NULL;
    if (name != NULL)
        *out = datum_cstr(arena_strdup(ctx->arena, name));
    return STATUS_OK;
}

static Status eval_value_func(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    ValueFuncNode *f = (ValueFuncNode *)node;
    Datum value = {.i64 = ctx->exec->env.transaction_start_micros};
    bool is_null = false;
    if (f->kind > VALUE_LOCALTIMESTAMP)
        TRY(value_name(ctx, f->kind, &value, &is_null));
    if (f->has_convert)
        TRY(fn_caller_call(&f->convert, ctx->arena, &value, NULL, &value, &is_null));
    if (f->has_scale) {
        Datum args[2] = {value, datum_i32(f->typmod)};
        TRY(fn_caller_call(&f->scale, ctx->arena, args, NULL, &value, &is_null));
    }
    return prog_eval_constant(node, ctx, value, is_null, out);
}

Status prog_compile_value_func(Executor *exec, const ExprValueFunc *expr, ProgNode **out) {
    ValueFuncNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_value_func, (const Expr *)expr, &node));
    node->kind = expr->kind;
    node->typmod = expr->typmod;
    if (expr->kind <= VALUE_LOCALTIMESTAMP) {
        Oid from[2] = {OID_TIMESTAMPTZ, OID_INT4};
        Oid type = value_times[expr->kind].type;
        node->has_convert = value_times[expr->kind].convert != 0;
        node->has_scale = expr->typmod >= 0 && value_times[expr->kind].scale != 0;
        if (node->has_convert)
            TRY(fn_caller_make(exec, value_times[expr->kind].convert, from, 1, type, 0, NULL,
                               &node->convert));
        from[0] = type;
        if (node->has_scale)
            TRY(fn_caller_make(exec, value_times[expr->kind].scale, from, 2, type, 0, NULL,
                               &node->scale));
    }
    *out = &node->node;
    return STATUS_OK;
}

/* ---- identity columns ---- */

typedef struct NextValueNode {
    ProgNode node;
    const RelationDesc *sequence;
} NextValueNode;

static Status eval_next_value(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    NextValueNode *n = (NextValueNode *)node;
    Vector *result = value_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        int64_t value;
        TRY(sequence_next(ctx->exec->env.catalog, n->sequence, &value));
        Datum d = {.i64 = value};
        if (node->phys == PHYS_I32)
            d.i32 = (int32_t)value;
        else if (node->phys == PHYS_I16)
            d.i16 = (int16_t)value;
        vector_put(result, row, d, false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_next_value(Executor *exec, const ExprNextValue *expr, ProgNode **out) {
    NextValueNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_next_value, (const Expr *)expr, &node));
    TRY(catalog_relation_require(exec->env.catalog, expr->sequence, &node->sequence));
    exec_pin(exec, &node->sequence->desc);
    node->node.is_volatile = node->node.runs_code = exec->runs_code = true;
    *out = &node->node;
    return STATUS_OK;
}

/* ---- what is not there ---- */

Status prog_compile_current_of(Executor *exec, const ExprCurrentOf *expr, ProgNode **out) {
    return error(ERR_FEATURE_NOT_SUPPORTED,
                 "WHERE CURRENT OF is not supported for this table type");
}
