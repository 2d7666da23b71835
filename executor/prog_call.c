/*
 * prog_call.c: functions and operators: kernels over whole vectors where there is one, else the
 * function row by row; conversions through text; operators over arrays (= ANY).
 */
#include "executor/plpgsql.h"
#include "executor/program.h"

#include "base/mem_guard.h"
#include "executor/sql_function.h"

#include "base/array.h"
#include "base/strbuf.h"
#include "types/collate.h"

/* ---- finding the code ---- */

/* A function without code is an error only where a row asks for it: the catalogs' queries name many
 * that they seldom call. */
static Status unsupported_call(FnCall *call) {
    const ProcDesc *proc;
    TRY(catalog_proc(call->site->env->catalog, call->site->function, &proc));
    return error(ERR_FEATURE_NOT_SUPPORTED, "function \"%s\" is not supported",
                 proc == NULL ? "?" : proc->name);
}

/* What is called, and how; the site is the caller's to fill in. */
static Status find_impl(Executor *exec, Oid function, FnCaller *out, const char **prosrc_out) {
    const FnEntry *entry = fn_by_oid(function);
    const ProcDesc *proc = NULL;
    CatalogSession *catalog = exec->env.catalog;
    *prosrc_out = "";
    if (catalog != NULL) {
        TRY(catalog_proc_require(catalog, function, &proc));
        if (entry == NULL && language_has_code(proc->language))
            entry = fn_by_prosrc(proc->source);
    }
    out->is_volatile = proc != NULL && proc->volatility == 'v';
    if (entry != NULL && entry->kind == FN_SCALAR) {
        out->impl = entry->scalar;
        out->strict = proc != NULL ? proc->strict : entry->strict;
        *prosrc_out = entry->prosrc;
        out->is_pure = fn_by_oid(function) == entry && !fn_is_registered(function);
        return STATUS_OK;
    }
    if (proc != NULL && proc->language == OID_LANGUAGE_SQL) {
        out->impl = sql_function_call;
        out->strict = proc->strict;
        return STATUS_OK;
    }
    if (proc != NULL && proc->language == OID_LANGUAGE_PLPGSQL) {
        out->impl = plpgsql_call;
        out->strict = proc->strict;
        return STATUS_OK;
    }
    if (entry != NULL && entry->kind == FN_AGGREGATE)
        return error(ERR_INTERNAL_ERROR, "aggregate function called in non-aggregate context");
    if (entry != NULL && entry->kind == FN_WINDOW)
        return error(ERR_INTERNAL_ERROR, "window function called in non-window context");
    if (entry != NULL && entry->kind == FN_SET)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "set-valued function called in context that cannot accept a set");
    out->impl = unsupported_call;
    out->strict = proc != NULL && proc->strict;
    return STATUS_OK;
}

Status fn_caller_make(Executor *exec, Oid function, const Oid *arg_types, uint32_t arg_count,
                      Oid result_type, Oid collation, const Expr *expr, FnCaller *caller_out) {
    const char *prosrc;
    *caller_out = (FnCaller){0};
    TRY(find_impl(exec, function, caller_out, &prosrc));
    caller_out->site =
        (FnSite){.function = function,
                 .arg_count = (int)arg_count,
                 .arg_types = arena_memdup(&exec->arena, arg_types, sizeof(Oid) * arg_count),
                 .result_type = result_type,
                 .result_typmod = expr == NULL ? -1 : expr->typmod,
                 .collation = collation,
                 .env = &exec->env,
                 .arena = &exec->arena,
                 .expr = expr};
    return STATUS_OK;
}

typedef struct CallOnce {
    Status (*impl)(FnCall *call);
    FnCall *call;
} CallOnce;

static Status call_once(void *arg) {
    const CallOnce *once = arg;
    return once->impl(once->call);
}

Status fn_caller_call(FnCaller *caller, Arena *arena, const Datum *args, const bool *nulls,
                      Datum *value_out, bool *null_out) {
    static const bool no_nulls[16];
    if (caller->strict && nulls != NULL)
        for (int i = 0; i < caller->site.arg_count; i++)
            if (nulls[i]) {
                *null_out = true;
                return STATUS_OK;
            }
    FnCall call = {.site = &caller->site,
                   .args = args,
                   .nulls = nulls == NULL ? no_nulls : nulls,
                   .arena = arena};
    CallOnce once = {caller->impl, &call};
    TRY(!caller->is_pure        ? mem_barrier(call_once, &once)
        : mem_guard_top != NULL ? call_once(&once)
                                : mem_guarded(call_once, &once));
    *value_out = call.result;
    *null_out = call.result_null;
    return STATUS_OK;
}

Status operator_function(Executor *exec, Oid op, Oid *function_out) {
    const OperatorDesc *desc;
    TRY(catalog_operator_require(exec->env.catalog, op, &desc));
    if (desc->code == 0)
        return error(ERR_UNDEFINED_FUNCTION, "operator is only a shell: %s", desc->name);
    *function_out = desc->code;
    return STATUS_OK;
}

/* ---- calls ---- */

typedef struct CallNode {
    ProgNode node;
    FnCaller caller;
    KernelFn kernel;
    const Vector **inputs; /* [arg_count] */
    Datum *values;         /* [arg_count] one row's arguments */
    bool *nulls;
} CallNode;

typedef struct CallRows {
    CallNode *call;
    ProgContext *ctx;
    Selection sel;
    Vector *result;
} CallRows;

static Status call_each_row(void *arg) {
    const CallRows *rows = arg;
    CallNode *call = rows->call;
    ProgContext *ctx = rows->ctx;
    Selection sel = rows->sel;
    Vector *result = rows->result;
    ProgNode *node = &call->node;
    uint32_t n = node->arg_count;
    FnCall fn = {.site = &call->caller.site,
                 .args = call->values,
                 .nulls = call->nulls,
                 .arena = ctx->arena};
    bool strict = call->caller.strict;
    SELECTION_FOREACH(sel, row) {
        bool any_null = false;
        for (uint32_t i = 0; i < n; i++) {
            const Vector *v = call->inputs[i];
            uint32_t at = v->form == VEC_CONSTANT ? 0 : row;
            bool is_null = v->nulls != NULL && v->nulls[at];
            call->nulls[i] = is_null;
            any_null |= is_null;
            if (!is_null)
                call->values[i] = vector_at(v, row);
        }
        fn.result_null = strict && any_null;
        if (!fn.result_null)
            TRY(call->caller.impl(&fn));
        if (fn.result_null) {
            if (result->nulls == NULL)
                register_nulls(&node->reg, node->reg.capacity);
            result->nulls[row] = 1;
        } else {
            vector_put(result, row, fn.result, false);
        }
    }
    return STATUS_OK;
}

/* Calls the function for each row of sel. result is set up flat, without NULLs. */
static Status call_rows(CallNode *call, ProgContext *ctx, Selection sel, Vector *result) {
    CallRows rows = {call, ctx, sel, result};
    if (!call->caller.is_pure)
        return mem_barrier(call_each_row, &rows);
    return mem_guard_top != NULL ? call_each_row(&rows) : mem_guarded(call_each_row, &rows);
}

/* NULL where an argument is NULL. */
static void merge_nulls(CallNode *call, Selection sel, Vector *result) {
    for (uint32_t i = 0; i < call->node.arg_count; i++) {
        const Vector *v = call->inputs[i];
        if (v->nulls == NULL)
            continue;
        if (result->nulls == NULL)
            register_nulls(&call->node.reg, call->node.reg.capacity);
        if (v->form == VEC_CONSTANT) {
            if (v->nulls[0])
                SELECTION_FOREACH(sel, row)
                    result->nulls[row] = 1;
        } else {
            SELECTION_FOREACH(sel, row)
                result->nulls[row] |= v->nulls[row];
        }
    }
}

static Status eval_call(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    CallNode *call = (CallNode *)node;
    bool all_constant = !call->caller.is_volatile;
    for (uint32_t i = 0; i < node->arg_count; i++) {
        TRY(prog_arg(node, i, ctx, sel, &call->inputs[i]));
        all_constant &= call->inputs[i]->form == VEC_CONSTANT;
    }
    if (all_constant && sel.count > 0) {
        Vector *result = register_flat(&node->reg, node->arena, node->phys, 1);
        TRY(call_rows(call, ctx, selection_all(1), result));
        result->form = VEC_CONSTANT;
        *out = result;
        return STATUS_OK;
    }
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    *out = result;
    if (call->kernel != NULL && sel.count > 0) {
        merge_nulls(call, sel, result);
        if (LIKELY(call->kernel(call->inputs, result, sel)))
            return STATUS_OK;
        result->nulls = NULL;
    }
    return call_rows(call, ctx, sel, result);
}

static bool type_is_text(Oid type) {
    return type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_NAME;
}

static Status call_make(Executor *exec, const Expr *expr, Oid function, Oid collation,
                        const ExprList *args, CallNode **out) {
    CallNode *call;
    TRY(prog_node(exec, sizeof(*call), eval_call, expr, &call));
    TRY(prog_compile_args(exec, &call->node, args));
    uint32_t n = args->count == 0 ? 1 : args->count;
    Oid *types = arena_array(&exec->arena, Oid, n);
    for (uint32_t i = 0; i < args->count; i++)
        types[i] = args->items[i]->type;
    const char *prosrc;
    TRY(find_impl(exec, function, &call->caller, &prosrc));
    call->caller.site = (FnSite){.function = function,
                                 .arg_count = (int)args->count,
                                 .arg_types = types,
                                 .result_type = expr->type,
                                 .result_typmod = expr->typmod,
                                 .collation = collation,
                                 .env = &exec->env,
                                 .arena = &exec->arena,
                                 .expr = expr,
                                 .row = expr == exec->row_call ? exec->row_shape : NULL};
    call->kernel = kernel_find(prosrc);
    if (n > 0 && args->count > 0 && type_is_text(types[0]) &&
        (collation == OID_INVALID || !collation_is_deterministic(collation)))
        call->kernel = NULL; /* compares bytes */
    call->inputs = arena_array(&exec->arena, const Vector *, n);
    call->values = arena_array(&exec->arena, Datum, n);
    call->nulls = arena_array(&exec->arena, bool, n);
    call->node.is_volatile |= call->caller.is_volatile;
    bool runs_code = call->caller.is_volatile || fn_by_oid(function) == NULL;
    call->node.runs_code |= runs_code;
    exec->runs_code |= runs_code;
    *out = call;
    return STATUS_OK;
}

Status prog_compile_func(Executor *exec, const ExprFunc *expr, ProgNode **out) {
    CallNode *call;
    if (expr->returns_set)
        return status_at(error(ERR_FEATURE_NOT_SUPPORTED,
                               "set-valued function called in context that cannot accept a set"),
                         expr->location);
    TRY(call_make(exec, (const Expr *)expr, expr->function, expr->input_collation, &expr->args,
                  &call));
    call->caller.site.variadic = expr->variadic;
    *out = &call->node;
    return STATUS_OK;
}

/* ---- IS DISTINCT FROM, NULLIF ---- */

typedef struct DistinctNode {
    ProgNode node; /* args: both sides */
    FnCaller caller;
    bool is_nullif;
} DistinctNode;

static Status eval_distinct(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    DistinctNode *d = (DistinctNode *)node;
    const Vector *a, *b;
    TRY(prog_arg(node, 0, ctx, sel, &a));
    TRY(prog_arg(node, 1, ctx, sel, &b));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    if (d->is_nullif)
        register_nulls(&node->reg, extent);
    SELECTION_FOREACH(sel, row) {
        bool nulls[2] = {vector_is_null(a, row), vector_is_null(b, row)};
        Datum values[2], equal = {.i64 = 0};
        bool is_null = nulls[0] || nulls[1];
        values[0] = nulls[0] ? equal : vector_at(a, row);
        values[1] = nulls[1] ? equal : vector_at(b, row);
        if (!is_null)
            TRY(fn_caller_call(&d->caller, ctx->arena, values, nulls, &equal, &is_null));
        if (d->is_nullif)
            vector_put(result, row, values[0], nulls[0] || (!is_null && equal.b));
        else if (nulls[0] || nulls[1])
            vector_put(result, row, datum_bool(nulls[0] != nulls[1]), false);
        else
            vector_put(result, row, datum_bool(is_null || !equal.b), false);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_distinct(Executor *exec, const ExprFunc *expr, ProgNode **out) {
    DistinctNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_distinct, (const Expr *)expr, &node));
    TRY(prog_compile_args(exec, &node->node, &expr->args));
    Oid types[2] = {expr->args.items[0]->type, expr->args.items[1]->type};
    node->is_nullif = expr->tag == EXPR_NULLIF;
    if (node->is_nullif)
        node->node.phys = node->node.args[0]->phys;
    TRY(fn_caller_make(exec, expr->function, types, 2, OID_BOOL, expr->input_collation,
                       (const Expr *)expr, &node->caller));
    *out = &node->node;
    return STATUS_OK;
}

/* ---- left op ANY/ALL (array) ---- */

/* For a constant array with this many elements or more, = ANY and <> ALL look a hash table up. */
#define ANY_HASH_MIN 9

typedef struct ArrayOpNode {
    ProgNode node; /* args: scalar, array */
    FnCaller caller;
    bool use_or;
    KernelFn kernel;
    bool hashable; /* = ANY or <> ALL of one type */
    const TypeInfo *element;
    Str hashed_bytes; /* the array that the table was made of */
    uint64_t *hashes; /* open addressing; 0: free */
    uint32_t *places;
    uint32_t hash_mask;
    bool has_null;
    ArrayView view;
} ArrayOpNode;

static void hash_array(ArrayOpNode *op, Executor *exec) {
    uint32_t size = 16;
    while (size < op->view.elem_count * 2)
        size *= 2;
    op->hashes = arena_array(&exec->arena, uint64_t, size);
    op->places = arena_array(&exec->arena, uint32_t, size);
    op->hash_mask = size - 1;
    op->has_null = false;
    for (uint32_t i = 0; i < op->view.elem_count; i++) {
        if (array_is_null(&op->view, i)) {
            op->has_null = true;
            continue;
        }
        uint64_t h =
            op->element->hash(op->element, op->caller.site.collation, array_get(&op->view, i)) | 1;
        uint32_t at = (uint32_t)(h >> 1) & op->hash_mask;
        while (op->hashes[at] != 0)
            at = (at + 1) & op->hash_mask;
        op->hashes[at] = h;
        op->places[at] = i;
    }
}

static Status probe_array(ArrayOpNode *op, Arena *arena, Datum value, bool *found_out) {
    Oid collation = op->caller.site.collation;
    uint64_t h = op->element->hash(op->element, collation, value) | 1;
    *found_out = false;
    for (uint32_t at = (uint32_t)(h >> 1) & op->hash_mask; op->hashes[at] != 0;
         at = (at + 1) & op->hash_mask) {
        if (op->hashes[at] != h)
            continue;
        Datum args[2] = {value, array_get(&op->view, op->places[at])}, equal;
        bool is_null;
        TRY(fn_caller_call(&op->caller, arena, args, NULL, &equal, &is_null));
        if (!is_null && equal.b == op->use_or) {
            *found_out = true;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static Status array_op_row(ArrayOpNode *op, Arena *arena, Datum left, bool left_null,
                           const ArrayView *view, bool *value_out, bool *null_out) {
    *value_out = !op->use_or;
    *null_out = false;
    if (view->elem_count == 0)
        return STATUS_OK;
    if (left_null && op->caller.strict) {
        *null_out = true;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < view->elem_count; i++) {
        bool nulls[2] = {left_null, array_is_null(view, i)}, is_null;
        Datum args[2] = {left, nulls[1] ? left : array_get(view, i)}, result = {.i64 = 0};
        TRY(fn_caller_call(&op->caller, arena, args, nulls, &result, &is_null));
        if (is_null) {
            *null_out = true;
        } else if (result.b == op->use_or) {
            *value_out = op->use_or;
            *null_out = false;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static bool same_bytes(Str a, Str b) { return a.data == b.data && a.len == b.len; }

static Status array_op_value(ArrayOpNode *op, ProgContext *ctx, Datum left, bool left_null,
                             Str bytes, bool *value_out, bool *null_out) {
    if (!same_bytes(bytes, op->hashed_bytes) || op->hashed_bytes.data == NULL) {
        TRY(array_view(bytes, &op->view));
        op->hashed_bytes = bytes;
        op->hashes = NULL;
    }
    if (!op->hashable || left_null || op->view.elem_count < ANY_HASH_MIN)
        return array_op_row(op, ctx->arena, left, left_null, &op->view, value_out, null_out);
    if (op->hashes == NULL)
        hash_array(op, ctx->exec);
    bool found;
    TRY(probe_array(op, ctx->arena, left, &found));
    *value_out = found == op->use_or;
    *null_out = !found && op->has_null;
    return STATUS_OK;
}

static Status eval_array_op(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    ArrayOpNode *op = (ArrayOpNode *)node;
    const Vector *left, *array;
    TRY(prog_arg(node, 0, ctx, sel, &left));
    TRY(prog_arg(node, 1, ctx, sel, &array));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, PHYS_BYTE, extent == 0 ? 1 : extent);
    /* Bytes at the same address may be another array now, unless it is a constant. */
    bool keep = array->form == VEC_CONSTANT;
    if (!keep || op->node.args[1]->is_volatile)
        op->hashed_bytes.data = NULL;
    bool hashable = op->hashable;
    op->hashable = hashable && keep;
    SELECTION_FOREACH(sel, row) {
        bool value = false, is_null = true;
        bool left_null = vector_is_null(left, row);
        if (!vector_is_null(array, row)) {
            Datum l = left_null ? (Datum){.i64 = 0} : vector_at(left, row);
            if (!keep)
                op->hashed_bytes.data = NULL;
            TRY(array_op_value(op, ctx, l, left_null, vector_at(array, row).str, &value, &is_null));
        }
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, datum_bool(value), is_null);
    }
    op->hashable = hashable;
    *out = result;
    return STATUS_OK;
}

/* Whether a function of two values of one type is its equality, or the opposite of it. */
static bool is_equality(const FnEntry *entry, const char *suffix) {
    size_t len = entry == NULL ? 0 : strlen(entry->prosrc);
    return len > 2 && strcmp(entry->prosrc + len - 2, suffix) == 0 &&
           strstr(entry->prosrc, "regex") == NULL;
}

Status prog_compile_scalar_array(Executor *exec, const ExprScalarArrayOp *expr, ProgNode **out) {
    ArrayOpNode *op;
    TRY(prog_node(exec, sizeof(*op), eval_array_op, (const Expr *)expr, &op));
    TRY(prog_compile_args(exec, &op->node, &expr->args));
    op->use_or = expr->use_or;
    Oid types[2] = {expr->args.items[0]->type, op->node.args[1]->info->element};
    TRY(fn_caller_make(exec, expr->function, types, 2, OID_BOOL, expr->input_collation,
                       (const Expr *)expr, &op->caller));
    const FnEntry *entry = fn_by_oid(expr->function);
    op->element = op->node.args[1]->info->element_type;
    op->hashable = is_equality(entry, expr->use_or ? "eq" : "ne") && types[0] == types[1] &&
                   op->element != NULL && op->element->hash != NULL;
    *out = &op->node;
    return STATUS_OK;
}

/* ---- through text ---- */

typedef struct ViaIoNode {
    ProgNode node;
    TypeIo in, out;
} ViaIoNode;

typedef struct ViaIoRows {
    ViaIoNode *io;
    Arena *arena;
    const Vector *from;
    Vector *result;
    Selection sel;
} ViaIoRows;

static Status convert_rows(void *arg) {
    const ViaIoRows *rows = arg;
    ViaIoNode *io = rows->io;
    const Vector *v = rows->from;
    Vector *result = rows->result;
    io->in.arena = rows->arena;
    io->out.arena = rows->arena;
    SELECTION_FOREACH(rows->sel, row) {
        if (vector_is_null(v, row)) {
            result->nulls[row] = 1;
            continue;
        }
        StrBuf text;
        strbuf_init(&text, rows->arena);
        TRY(io->out.type->output(&io->out, vector_at(v, row), &text));
        Datum value;
        TRY(io->in.type->input(&io->in, strbuf_cstr(&text), text.len, &value));
        vector_put(result, row, value, false);
    }
    return STATUS_OK;
}

static Status eval_via_io(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    const Vector *v;
    TRY(prog_arg(node, 0, ctx, sel, &v));
    bool constant = v->form == VEC_CONSTANT && sel.count > 0;
    Selection work = constant ? selection_all(1) : sel;
    uint32_t extent = selection_extent(work);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    if (v->nulls != NULL)
        register_nulls(&node->reg, extent);
    ViaIoRows rows = {(ViaIoNode *)node, ctx->arena, v, result, work};
    TRY(mem_guard_top != NULL ? convert_rows(&rows) : mem_guarded(convert_rows, &rows));
    if (constant)
        result->form = VEC_CONSTANT;
    *out = result;
    return STATUS_OK;
}

Status prog_compile_via_io(Executor *exec, const ExprCoerceViaIo *expr, ProgNode **out) {
    ViaIoNode *io;
    TRY(prog_node(exec, sizeof(*io), eval_via_io, (const Expr *)expr, &io));
    TRY(prog_compile_arg(exec, &io->node, expr->arg));
    io->in = (TypeIo){.type = io->node.info, .typmod = -1, .env = &exec->env};
    io->out = (TypeIo){.type = io->node.args[0]->info, .typmod = -1, .env = &exec->env};
    *out = &io->node;
    return STATUS_OK;
}

/* ---- element by element ---- */

typedef struct ArrayCoerceNode {
    ProgNode node; /* args[0]: the array */
    ProgNode *element;
    Register element_reg;
    const TypeInfo *from, *to;
} ArrayCoerceNode;

static Status coerce_array(ArrayCoerceNode *c, ProgContext *ctx, Str bytes, Datum *out) {
    ArrayView view;
    TRY(array_view(bytes, &view));
    Datum *values = arena_array(ctx->arena, Datum, view.elem_count + 1);
    bool *nulls = arena_array(ctx->arena, bool, view.elem_count + 1);
    const Vector *saved = ctx->case_test;
    for (uint32_t i = 0; i < view.elem_count; i++) {
        bool is_null = array_is_null(&view, i);
        Datum element = is_null ? (Datum){.i64 = 0} : array_get(&view, i);
        ctx->case_test =
            register_constant(&c->element_reg, c->node.arena, view.elem_phys, element, is_null);
        const Vector *v;
        TRY(prog_eval(c->element, ctx, selection_all(1), &v));
        nulls[i] = vector_is_null(v, 0);
        if (!nulls[i])
            values[i] = vector_at(v, 0);
    }
    ctx->case_test = saved;
    return array_build(ctx->arena, c->to->oid, c->to->phys, view.dim_count, view.dims, view.lower,
                       values, nulls, out);
}

static Status eval_array_coerce(ProgNode *node, ProgContext *ctx, Selection sel,
                                const Vector **out) {
    ArrayCoerceNode *c = (ArrayCoerceNode *)node;
    const Vector *v;
    TRY(prog_arg(node, 0, ctx, sel, &v));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, PHYS_STR, extent == 0 ? 1 : extent);
    if (v->nulls != NULL)
        register_nulls(&node->reg, extent);
    SELECTION_FOREACH(sel, row) {
        bool is_null = vector_is_null(v, row);
        Datum value = {.i64 = 0};
        if (!is_null)
            TRY(coerce_array(c, ctx, vector_at(v, row).str, &value));
        vector_put(result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_array_coerce(Executor *exec, const ExprArrayCoerce *expr, ProgNode **out) {
    ArrayCoerceNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_array_coerce, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->node, expr->arg));
    TRY(prog_compile(exec, expr->element, &node->element));
    node->node.is_volatile |= node->element->is_volatile;
    node->node.runs_code |= node->element->runs_code;
    node->from = node->node.args[0]->info->element_type;
    node->to = node->node.info->element_type;
    check(node->to != NULL);
    *out = &node->node;
    return STATUS_OK;
}
