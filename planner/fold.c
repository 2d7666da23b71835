/*
 * fold.c: expressions simplified before planning (manual: Function Volatility Categories).
 *
 * Immutable calls of constants are evaluated, strict ones of NULL become NULL, AND/OR/NOT, CASE,
 * COALESCE and tests are cut down. An error in evaluation is the statement's error, as the value
 * would be asked for anyway.
 */
#include "base/array.h"
#include "base/mem_guard.h"
#include "planner/plan_int.h"
#include "types/array_ops.h"
#include "types/datetime.h"
#include "types/record.h"

/* Functions whose bodies stand around: one that calls itself stays a call. */
typedef struct Inlined {
    const struct Inlined *outer;
    Oid function;
} Inlined;

typedef struct Fold {
    Planner *planner;
    const Inlined *inlined;
    bool estimate;         /* stable functions too */
    const Expr *case_test; /* what CASE compares, where it is a constant */
    Status failed;
} Fold;

static Expr *fold(Expr *expr, void *arg);

Status func_props(Planner *planner, Oid function, const ProcDesc **proc_out) {
    return catalog_proc_require(planner->catalog, function, proc_out);
}

static bool is_const(const Expr *expr) { return expr->tag == EXPR_CONST; }
static bool is_null(const Expr *expr) {
    return expr->tag == EXPR_CONST && ((const ExprConst *)expr)->is_null;
}
bool expr_is_true_const(const Expr *expr) {
    return is_const(expr) && !is_null(expr) && expr->type == OID_BOOL &&
           ((const ExprConst *)expr)->value.b;
}
bool expr_is_false_const(const Expr *expr) {
    return is_const(expr) && expr->type == OID_BOOL &&
           (is_null(expr) || !((const ExprConst *)expr)->value.b);
}

Expr *expr_strip_relabel(Expr *expr) {
    while (expr->tag == EXPR_RELABEL)
        expr = ((ExprRelabel *)expr)->arg;
    return expr;
}

static Expr *fail(Fold *context, Status s, Expr *expr) {
    if (status_ok(context->failed))
        context->failed = s;
    else
        status_free(s);
    return expr;
}

static Expr *const_of(Fold *context, const Expr *like, Datum value, bool null) {
    PhysType phys = PHYS_STR;
    Status s = an_phys(&context->planner->an, like->type, &phys);
    if (!status_ok(s))
        return fail(context, s, (Expr *)(uintptr_t)like);
    ExprConst *node = expr_const(context->planner->arena, like->type, like->typmod, like->collation,
                                 phys, value, null);
    node->location = like->location;
    return (Expr *)node;
}

static Expr *null_of(Fold *context, const Expr *like) {
    return const_of(context, like, (Datum){0}, true);
}

static Expr *bool_of(Fold *context, bool value) {
    return (Expr *)expr_bool_const(context->planner->arena, value, false);
}

/* ---- calls ---- */

static const FnEntry *code_of(const ProcDesc *proc) {
    const FnEntry *entry = fn_by_oid(proc->oid);
    if (entry == NULL && language_has_code(proc->language) && proc->source != NULL)
        entry = fn_by_prosrc(proc->source);
    return entry;
}

typedef struct FoldRun {
    const FnEntry *entry;
    FnCall *call;
} FoldRun;

static Status run_entry(void *arg) {
    const FoldRun *run = arg;
    return run->entry->scalar(run->call);
}

/* Runs a function on constants. *done_out false: it cannot be run here. */
static Status evaluate(Fold *context, const ProcDesc *proc, const ExprList *args, Oid collation,
                       const Expr *call, bool variadic, bool *done_out, Expr **out) {
    Arena *arena = context->planner->arena;
    const FnEntry *entry = code_of(proc);
    *done_out = false;
    if (entry == NULL || entry->kind != FN_SCALAR || args->count > FUNC_ARGS_MAX)
        return STATUS_OK;
    Oid *types = arena_array(arena, Oid, args->count + 1);
    Datum *values = arena_array(arena, Datum, args->count + 1);
    bool *nulls = arena_array(arena, bool, args->count + 1);
    for (uint32_t i = 0; i < args->count; i++) {
        const ExprConst *constant = (const ExprConst *)args->items[i];
        types[i] = constant->type;
        values[i] = constant->value;
        nulls[i] = constant->is_null;
    }
    FnSite site = {.function = proc->oid,
                   .arg_count = (int)args->count,
                   .arg_types = types,
                   .result_type = call->type,
                   .result_typmod = call->typmod,
                   .collation = collation,
                   .variadic = variadic,
                   .env = context->planner->env,
                   .arena = arena,
                   .expr = call};
    FnCall run = {.site = &site, .args = values, .nulls = nulls, .arena = arena};
    FoldRun fold = {entry, &run};
    Status s = fn_is_registered(entry->oid) ? run_entry(&fold) : mem_guarded(run_entry, &fold);
    if (!status_ok(s) && proc->language == OID_LANGUAGE_SQL) /* there it is a query */
        s = status_context(s, "SQL function \"%s\" statement 1", proc->name);
    TRY(s);
    *done_out = true;
    *out = const_of(context, call, run.result, run.result_null);
    return STATUS_OK;
}

static bool may_run(const Fold *context, const ProcDesc *proc) {
    return proc->volatility == 'i' || (context->estimate && proc->volatility == 's');
}

/* Defaults as the types that the call's arguments make of the declared ones. */
static Status coerce_defaults(Fold *context, const ProcDesc *proc, const bool *given,
                              ExprList *args) {
    Arena *arena = context->planner->arena;
    Analyzer *an = &context->planner->an;
    Oid *actual = arena_array(arena, Oid, args->count + 1), result;
    Oid *declared = arena_memdup(arena, proc->arg_types, args->count * sizeof(Oid));
    bool polymorphic = false;
    for (uint32_t i = 0; i < args->count; i++) {
        actual[i] = args->items[i]->type;
        polymorphic |= is_polymorphic(declared[i]);
    }
    if (polymorphic)
        TRY(coerce_enforce_generic(an, actual, declared, args->count, proc->result, &result));
    for (uint32_t i = 0; i < args->count; i++)
        if (!given[i])
            TRY(coerce_type(an, args->items[i], actual[i],
                            is_polymorphic(declared[i]) ? actual[i] : declared[i], -1,
                            COERCION_IMPLICIT, CALL_IMPLICIT, -1, &args->items[i]));
    return STATUS_OK;
}

/* Positional arguments, with defaults where none was given. */
static Status normal_args(Fold *context, const ProcDesc *proc, const ExprList *given_args,
                          ExprList *args) {
    Arena *arena = context->planner->arena;
    ExprList defaults;
    bool named = false;
    *args = *given_args;
    for (uint32_t i = 0; i < given_args->count; i++)
        named |= given_args->items[i]->tag == EXPR_NAMED_ARG;
    if (!named && (given_args->count >= proc->arg_count || proc->kind == 'a'))
        return STATUS_OK;
    ExprList out = {proc->arg_count, proc->arg_count,
                    arena_array(arena, Expr *, proc->arg_count + 1)};
    bool *given = arena_array(arena, bool, proc->arg_count + 1u);
    memset(given, 1, proc->arg_count);
    for (uint32_t i = 0; i < given_args->count; i++) {
        Expr *arg = given_args->items[i];
        uint32_t place = i;
        if (arg->tag == EXPR_NAMED_ARG) {
            place = (uint32_t)((ExprNamedArg *)arg)->number;
            arg = ((ExprNamedArg *)arg)->arg;
        }
        if (place >= proc->arg_count)
            return error(ERR_INTERNAL_ERROR, "argument number out of range");
        out.items[place] = arg;
    }
    TRY(func_defaults(&context->planner->an, proc, &defaults));
    uint32_t first = proc->arg_count - proc->default_count;
    for (uint32_t i = 0; i < proc->arg_count; i++) {
        if (out.items[i] != NULL)
            continue;
        if (i < first || i - first >= defaults.count)
            return error(ERR_INTERNAL_ERROR, "not enough default arguments");
        out.items[i] = defaults.items[i - first];
        given[i] = false;
    }
    *args = out;
    return coerce_defaults(context, proc, given, args);
}

/* A function written in SQL: its body, where that can stand here. evaluated: it has a value now, and errors
 * say so. */
static Expr *fold_sql_call(Fold *context, const ProcDesc *proc, ExprFunc *call, bool evaluated) {
    Expr *body;
    for (const Inlined *i = context->inlined; i != NULL; i = i->outer)
        if (i->function == proc->oid)
            return (Expr *)call;
    Status s = inline_call(context->planner, proc, call, &call->args,
                           evaluated ? "startup" : "inlining", &body);
    if (!status_ok(s))
        return fail(context, s, (Expr *)call);
    if (body == NULL)
        return (Expr *)call;
    Inlined here = {context->inlined, proc->oid};
    context->inlined = &here;
    body = fold(body, context);
    context->inlined = here.outer;
    if (!status_ok(context->failed))
        context->failed = status_context(status_unplaced(context->failed), "SQL function \"%s\" %s",
                                         proc->name, evaluated ? "statement 1" : "during inlining");
    return body;
}

enum { INTERVAL_TO_TYPMOD = 1200 };

/* interval(x, n): what n means is looked at beforehand. */
static Status check_interval_typmod(const Expr *typmod) {
    if (!is_const(typmod) || is_null(typmod) ||
        interval_typmod_is_known(((const ExprConst *)typmod)->value.i32))
        return STATUS_OK;
    return error(ERR_INTERNAL_ERROR, "invalid INTERVAL typmod: 0x%x",
                 (unsigned)((const ExprConst *)typmod)->value.i32);
}

static Expr *fold_call(Fold *context, ExprFunc *call) {
    const ProcDesc *proc;
    ExprList args;
    bool any_null = false, all_const = true, done = false;
    Status s = func_props(context->planner, call->function, &proc);
    if (status_ok(s))
        s = normal_args(context, proc, &call->args, &args);
    if (!status_ok(s))
        return fail(context, s, (Expr *)call);
    args = expr_list_map(context->planner->arena, &args, fold, context);
    if (!status_ok(context->failed))
        return (Expr *)call;
    if (args.items != call->args.items) {
        ExprFunc *copy = arena_memdup(context->planner->arena, call, sizeof(*call));
        copy->args = args;
        call = copy;
    }
    for (uint32_t i = 0; i < args.count; i++) {
        any_null |= is_null(args.items[i]);
        all_const &= is_const(args.items[i]);
    }
    if (call->returns_set || proc->result == OID_RECORD)
        return (Expr *)call;
    if (proc->strict && any_null && proc->kind == 'f')
        return null_of(context, (Expr *)call);
    if (proc->language == OID_LANGUAGE_SQL && code_of(proc) == NULL)
        return fold_sql_call(context, proc, call, all_const && may_run(context, proc));
    if (!all_const && proc->oid == INTERVAL_TO_TYPMOD)
        context->failed = check_interval_typmod(args.items[1]);
    if (!all_const || !may_run(context, proc))
        return (Expr *)call;
    Expr *value = (Expr *)call;
    s = evaluate(context, proc, &args, call->input_collation, (Expr *)call, call->variadic, &done,
                 &value);
    if (!status_ok(s)) {
        if (!context->estimate)
            return fail(context, s, (Expr *)call);
        status_free(s);
    }
    return done ? value : (Expr *)call;
}

/* NULL equals nothing: the first argument. */
static Expr *fold_nullif(Fold *context, ExprFunc *node) {
    ExprFunc *out = (ExprFunc *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    Expr *first = out->args.items[0], *second = out->args.items[1], *equal = NULL;
    const ProcDesc *proc;
    bool done = false;
    if (is_null(first) || is_null(second))
        return first;
    if (!is_const(first) || !is_const(second) || !status_ok(context->failed))
        return (Expr *)out;
    Status s = catalog_proc(context->planner->catalog, out->function, &proc);
    if (status_ok(s) && proc != NULL && may_run(context, proc))
        s = evaluate(context, proc, &out->args, out->input_collation, bool_of(context, true), false,
                     &done, &equal);
    if (!status_ok(s))
        return fail(context, s, (Expr *)out);
    if (!done || is_null(equal))
        return (Expr *)out;
    return ((ExprConst *)equal)->value.b ? null_of(context, (Expr *)out) : first;
}

/* An element, all of whose subscripts are known. */
static Expr *fold_subscript(Fold *context, ExprSubscript *node) {
    int32_t at[ARRAY_DIMS_MAX];
    Datum value = {0};
    bool null = true;
    if (!is_const(node->arg) || node->value != NULL || node->slice ||
        node->upper.count > ARRAY_DIMS_MAX)
        return (Expr *)node;
    bool known = !is_null(node->arg);
    for (uint32_t i = 0; i < node->upper.count; i++) {
        if (!is_const(node->upper.items[i]))
            return (Expr *)node;
        known &= !is_null(node->upper.items[i]) && node->upper.items[i]->type == OID_INT4;
        if (is_null(node->upper.items[i]))
            return null_of(context, (Expr *)node);
        at[i] = ((ExprConst *)node->upper.items[i])->value.i32;
    }
    if (is_null(node->arg))
        return null_of(context, (Expr *)node);
    const TypeInfo *container;
    Status s = type_lookup(context->planner->env, node->arg->type, &container);
    if (!status_ok(s))
        return fail(context, s, (Expr *)node);
    if (!known || container->category != 'A' || container->element_type == NULL ||
        container->element_type->oid != node->type)
        return (Expr *)node;
    s = array_subscript(((ExprConst *)node->arg)->value.str, (int)node->upper.count, at, &value,
                        &null);
    return status_ok(s) ? const_of(context, (Expr *)node, value, null)
                        : fail(context, s, (Expr *)node);
}

static Expr *fold_distinct(Fold *context, ExprFunc *node) {
    ExprFunc *out = (ExprFunc *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    Expr *left = out->args.items[0], *right = out->args.items[1];
    const ProcDesc *proc;
    bool done = false;
    Expr *value = NULL;
    if (is_null(left) && is_null(right))
        return bool_of(context, false);
    if ((is_null(left) && is_const(right)) || (is_null(right) && is_const(left)))
        return bool_of(context, true);
    if (!is_const(left) || !is_const(right))
        return (Expr *)out;
    Status s = func_props(context->planner, out->function, &proc);
    if (status_ok(s) && may_run(context, proc))
        s = evaluate(context, proc, &out->args, out->input_collation, (Expr *)out, false, &done,
                     &value);
    if (!status_ok(s))
        return fail(context, s, (Expr *)out);
    if (!done)
        return (Expr *)out;
    return bool_of(context, !((ExprConst *)value)->value.b);
}

/* ---- boolean structure ---- */

static Expr *negated(Fold *context, Expr *arg);

static Expr *make_bool(Arena *arena, BoolOp op, ExprList args) {
    if (args.count == 1)
        return args.items[0];
    ExprBool *node = EXPR_NEW(arena, ExprBool, EXPR_BOOL);
    node->type = OID_BOOL;
    node->op = op;
    node->args = args;
    return (Expr *)node;
}

/* AND and OR: constants taken out, nested ones of the same kind flattened. */
static Expr *fold_chain(Fold *context, ExprBool *node) {
    Arena *arena = context->planner->arena;
    bool is_and = node->op == BOOL_AND, saw_null = false;
    ExprList kept = {0};
    for (uint32_t i = 0; i < node->args.count; i++) {
        Expr *arg = fold(node->args.items[i], context);
        if (is_const(arg)) {
            if (is_null(arg))
                saw_null = true;
            else if (((ExprConst *)arg)->value.b != is_and)
                return bool_of(context, !is_and);
            continue;
        }
        if (arg->tag == EXPR_BOOL && ((ExprBool *)arg)->op == node->op)
            expr_list_concat(arena, &kept, &((ExprBool *)arg)->args);
        else
            expr_list_add(arena, &kept, arg);
    }
    if (saw_null)
        expr_list_add(arena, &kept, expr_bool_const(arena, false, true));
    if (kept.count == 0)
        return bool_of(context, is_and);
    return make_bool(arena, node->op, kept);
}

static Expr *negate_op(Fold *context, ExprFunc *call) {
    const OperatorDesc *oper, *negator;
    if (call->op == 0)
        return NULL;
    Status s = catalog_operator(context->planner->catalog, call->op, &oper);
    if (!status_ok(s) || oper == NULL || oper->negator == 0) {
        status_free(s);
        return NULL;
    }
    s = catalog_operator(context->planner->catalog, oper->negator, &negator);
    if (!status_ok(s) || negator == NULL || negator->code == 0) {
        status_free(s);
        return NULL;
    }
    ExprFunc *copy = arena_memdup(context->planner->arena, call, sizeof(*call));
    copy->op = negator->oid;
    copy->function = negator->code;
    return (Expr *)copy;
}

static Expr *negate_array_op(Fold *context, ExprScalarArrayOp *node) {
    ExprFunc as_call = {.tag = EXPR_FUNC, .op = node->op};
    Expr *other = negate_op(context, &as_call);
    if (other == NULL)
        return NULL;
    ExprScalarArrayOp *copy = arena_memdup(context->planner->arena, node, sizeof(*node));
    copy->op = ((ExprFunc *)other)->op;
    copy->function = ((ExprFunc *)other)->function;
    copy->use_or = !node->use_or;
    return (Expr *)copy;
}

static Expr *negated(Fold *context, Expr *arg) {
    Arena *arena = context->planner->arena;
    Expr *result = NULL;
    if (is_const(arg))
        return is_null(arg) ? arg : bool_of(context, !((ExprConst *)arg)->value.b);
    if (arg->tag == EXPR_BOOL) {
        ExprBool *node = (ExprBool *)arg;
        if (node->op == BOOL_NOT)
            return node->args.items[0];
        ExprList args = {0};
        for (uint32_t i = 0; i < node->args.count; i++)
            expr_list_add(arena, &args, negated(context, node->args.items[i]));
        return make_bool(arena, node->op == BOOL_AND ? BOOL_OR : BOOL_AND, args);
    }
    if (arg->tag == EXPR_FUNC) {
        result = negate_op(context, (ExprFunc *)arg);
    } else if (arg->tag == EXPR_SCALAR_ARRAY_OP) {
        result = negate_array_op(context, (ExprScalarArrayOp *)arg);
    } else if (arg->tag == EXPR_NULL_TEST && !((ExprNullTest *)arg)->arg_is_row) {
        ExprNullTest *copy = arena_memdup(arena, arg, sizeof(ExprNullTest));
        copy->is_not = !copy->is_not;
        result = (Expr *)copy;
    } else if (arg->tag == EXPR_BOOLEAN_TEST) {
        ExprBooleanTest *copy = arena_memdup(arena, arg, sizeof(ExprBooleanTest));
        copy->kind = (BooleanTestKind)(copy->kind ^ 1);
        result = (Expr *)copy;
    }
    return result != NULL ? result : expr_not(arena, arg);
}

/* ---- other constructs ---- */

static Expr *fold_branches(Fold *context, const ExprCase *node, ExprCase *out) {
    Arena *arena = context->planner->arena;
    for (uint32_t i = 0; i < node->conditions.count; i++) {
        Expr *condition = fold(node->conditions.items[i], context);
        if (is_const(condition) && expr_is_false_const(condition))
            continue;
        Expr *result = fold(node->results.items[i], context);
        if (is_const(condition)) { /* true: the rest is never reached */
            out->otherwise = result;
            if (out->conditions.count == 0)
                return result;
            return (Expr *)out;
        }
        expr_list_add(arena, &out->conditions, condition);
        expr_list_add(arena, &out->results, result);
    }
    out->otherwise = fold(node->otherwise, context);
    return out->conditions.count == 0 ? out->otherwise : (Expr *)out;
}

static Expr *fold_case(Fold *context, ExprCase *node) {
    Arena *arena = context->planner->arena;
    ExprCase *out = arena_memdup(arena, node, sizeof(*node));
    out->conditions = out->results = (ExprList){0};
    const Expr *outer_test = context->case_test;
    if (node->arg != NULL)
        out->arg = fold(node->arg, context);
    context->case_test = NULL;
    if (node->arg != NULL && is_const(out->arg)) {
        context->case_test = out->arg;
        out->arg = NULL; /* the conditions have it */
    }
    Expr *folded = fold_branches(context, node, out);
    context->case_test = outer_test;
    return folded;
}

static Expr *fold_coalesce(Fold *context, ExprCoalesce *node) {
    Arena *arena = context->planner->arena;
    ExprList kept = {0};
    for (uint32_t i = 0; i < node->args.count; i++) {
        Expr *arg = fold(node->args.items[i], context);
        if (is_null(arg))
            continue;
        expr_list_add(arena, &kept, arg);
        if (is_const(arg))
            break;
    }
    if (kept.count == 0)
        return null_of(context, (Expr *)node);
    if (kept.count == 1)
        return kept.items[0];
    ExprCoalesce *copy = arena_memdup(arena, node, sizeof(*node));
    copy->args = kept;
    return (Expr *)copy;
}

static Expr *fold_null_test(Fold *context, ExprNullTest *node) {
    ExprNullTest *out =
        (ExprNullTest *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    if (is_const(out->arg) && (!out->arg_is_row || is_null(out->arg)))
        return bool_of(context, is_null(out->arg) != out->is_not);
    return (Expr *)out;
}

static Expr *fold_boolean_test(Fold *context, ExprBooleanTest *node) {
    ExprBooleanTest *out =
        (ExprBooleanTest *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    if (!is_const(out->arg))
        return (Expr *)out;
    bool null = is_null(out->arg), value = !null && ((ExprConst *)out->arg)->value.b, result;
    switch (out->kind) {
    case TEST_TRUE:
    case TEST_NOT_TRUE:
        result = value;
        break;
    case TEST_FALSE:
    case TEST_NOT_FALSE:
        result = !null && !value;
        break;
    default:
        result = null;
    }
    return bool_of(context, result != (out->kind & 1));
}

static Expr *fold_array(Fold *context, ExprArray *node) {
    Arena *arena = context->planner->arena;
    ExprArray *out = (ExprArray *)expr_map(arena, (Expr *)node, fold, context);
    if (out->multi || !status_ok(context->failed))
        return (Expr *)out;
    uint32_t count = out->elements.count;
    Datum *values = arena_array(arena, Datum, count + 1);
    bool *nulls = arena_array(arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_const(out->elements.items[i]))
            return (Expr *)out;
        values[i] = ((ExprConst *)out->elements.items[i])->value;
        nulls[i] = is_null(out->elements.items[i]);
    }
    PhysType phys;
    Datum array;
    Status s = an_phys(&context->planner->an, out->element_type, &phys);
    if (status_ok(s))
        s = array_build_1d(arena, out->element_type, phys, values, nulls, count, &array);
    return status_ok(s) ? const_of(context, (Expr *)out, array, false)
                        : fail(context, s, (Expr *)out);
}

/* GREATEST and LEAST: of equal values the first. */
static Expr *fold_min_max(Fold *context, ExprMinMax *node) {
    ExprMinMax *out = (ExprMinMax *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    const TypeInfo *type;
    if (!status_ok(context->failed))
        return (Expr *)out;
    for (uint32_t i = 0; i < out->args.count; i++)
        if (!is_const(out->args.items[i]))
            return (Expr *)out;
    Status s = type_lookup(context->planner->env, out->type, &type);
    if (!status_ok(s))
        return fail(context, s, (Expr *)out);
    if (type->compare == NULL)
        return fail(context,
                    error(ERR_UNDEFINED_FUNCTION,
                          "could not identify a comparison function for type %s",
                          an_format_type(&context->planner->an, out->type)),
                    (Expr *)out);
    const ExprConst *best = NULL;
    for (uint32_t i = 0; i < out->args.count; i++) {
        const ExprConst *next = (const ExprConst *)out->args.items[i];
        if (next->is_null)
            continue;
        int order =
            best == NULL ? 0 : type->compare(type, out->input_collation, next->value, best->value);
        if (best == NULL || (out->greatest ? order > 0 : order < 0))
            best = next;
    }
    return best == NULL ? null_of(context, (Expr *)out)
                        : const_of(context, (Expr *)out, best->value, false);
}

static Expr *fold_relabel(Fold *context, ExprRelabel *node) {
    ExprRelabel *out =
        (ExprRelabel *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    if (out->arg->tag == EXPR_CONST) {
        ExprConst *copy = arena_memdup(context->planner->arena, out->arg, sizeof(ExprConst));
        copy->type = out->type;
        copy->typmod = out->typmod;
        copy->collation = out->collation;
        return (Expr *)copy;
    }
    if (out->arg->tag == EXPR_RELABEL) {
        ExprRelabel *copy = arena_memdup(context->planner->arena, out, sizeof(*out));
        copy->arg = ((ExprRelabel *)out->arg)->arg;
        return (Expr *)copy;
    }
    return (Expr *)out;
}

/* COLLATE has done its work once collations are assigned: a relabelling remains. */
static Expr *fold_collate(Fold *context, ExprCollate *node) {
    ExprRelabel *relabel = EXPR_NEW(context->planner->arena, ExprRelabel, EXPR_RELABEL);
    relabel->arg = fold(node->arg, context);
    relabel->type = relabel->arg->type;
    relabel->typmod = relabel->arg->typmod;
    relabel->collation = node->collation;
    relabel->location = node->location;
    relabel->form = CALL_IMPLICIT;
    return fold_relabel(context, relabel);
}

static Status io_mutable(Planner *planner, Oid from, Oid to, bool *mutable_out) {
    const TypeDesc *source, *target;
    const ProcDesc *out, *in;
    *mutable_out = true;
    TRY(an_type(&planner->an, from, &source));
    TRY(an_type(&planner->an, to, &target));
    TRY(func_props(planner, source->output, &out));
    TRY(func_props(planner, target->input, &in));
    *mutable_out = out->volatility != 'i' || in->volatility != 'i';
    return STATUS_OK;
}

static Status via_io(Fold *context, const ExprCoerceViaIo *node, Expr **out) {
    Planner *planner = context->planner;
    const ExprConst *arg = (const ExprConst *)node->arg;
    const TypeInfo *from;
    bool is_mutable;
    Datum value;
    TRY(io_mutable(planner, arg->type, node->type, &is_mutable));
    if (is_mutable && !context->estimate)
        return STATUS_OK;
    TRY(type_lookup(planner->env, arg->type, &from));
    TypeIo io = {.type = from, .typmod = -1, .env = planner->env, .arena = planner->arena};
    StrBuf text;
    strbuf_init(&text, planner->arena);
    TRY(from->output(&io, arg->value, &text));
    TRY(an_input(&planner->an, node->type, -1, str_make(strbuf_cstr(&text), text.len), -1, &value));
    *out = const_of(context, (const Expr *)node, value, false);
    return STATUS_OK;
}

static Expr *fold_via_io(Fold *context, ExprCoerceViaIo *node) {
    ExprCoerceViaIo *out =
        (ExprCoerceViaIo *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    if (is_null(out->arg))
        return null_of(context, (Expr *)out);
    Expr *value = (Expr *)out;
    if (is_const(out->arg)) {
        Status s = via_io(context, out, &value);
        if (!status_ok(s))
            return fail(context, s, (Expr *)out);
    }
    return value;
}

/* A column of a constant row, where that is of the type that was meant when the query was written. */
static Expr *constant_field(Fold *context, ExprFieldSelect *node) {
    const ExprConst *row = (const ExprConst *)node->arg;
    RecordView view;
    if (row->is_null)
        return null_of(context, (Expr *)node);
    Status s = record_view(row->value.str, &view);
    if (!status_ok(s))
        return fail(context, s, (Expr *)node);
    uint32_t column = (uint32_t)node->field - 1;
    if (node->field < 1 || column >= view.column_count ||
        record_column_type(&view, column) != node->type)
        return (Expr *)node;
    bool null = record_column_is_null(&view, column);
    return const_of(context, (Expr *)node, null ? (Datum){0} : record_column(&view, column), null);
}

static Expr *fold_field(Fold *context, ExprFieldSelect *node) {
    ExprFieldSelect *out =
        (ExprFieldSelect *)expr_map(context->planner->arena, (Expr *)node, fold, context);
    if (out->arg->tag == EXPR_ROW) {
        ExprRow *row = (ExprRow *)out->arg;
        if (out->field > 0 && (uint32_t)out->field <= row->args.count &&
            row->args.items[out->field - 1]->type == out->type)
            return row->args.items[out->field - 1];
    }
    if (is_const(out->arg) && status_ok(context->failed))
        return constant_field(context, out);
    if (out->arg->tag == EXPR_COLUMN && ((ExprColumn *)out->arg)->attno == 0 &&
        ((ExprColumn *)out->arg)->type != OID_RECORD) {
        ExprColumn *whole = (ExprColumn *)out->arg;
        return (Expr *)expr_column(context->planner->arena, whole->rt_index, out->field, out->type,
                                   out->typmod, out->collation, whole->levels_up);
    }
    return (Expr *)out;
}

static Expr *fold_param(Fold *context, ExprParam *param) {
    const PlanOptions *options = context->planner->options;
    if (param->kind != PARAM_EXTERNAL || options == NULL || options->param_values == NULL ||
        param->number == 0 || param->number > options->param_value_count)
        return (Expr *)param;
    bool null = options->param_nulls != NULL && options->param_nulls[param->number - 1];
    return const_of(context, (Expr *)param, options->param_values[param->number - 1], null);
}

static Expr *fold_window_call(Fold *context, ExprWindowCall *call) {
    const ProcDesc *proc;
    ExprWindowCall *copy = arena_memdup(context->planner->arena, call, sizeof(*call));
    Status s = func_props(context->planner, call->function, &proc);
    if (status_ok(s) && !call->is_agg)
        s = normal_args(context, proc, &call->args, &copy->args);
    if (!status_ok(s))
        return fail(context, s, (Expr *)call);
    return expr_map(context->planner->arena, (Expr *)copy, fold, context);
}

static Expr *fold(Expr *expr, void *arg) {
    Fold *context = arg;
    if (!status_ok(context->failed))
        return expr;
    context->failed = fiber_stack_check();
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_COLUMN:
        return expr;
    case EXPR_PARAM:
        return fold_param(context, (ExprParam *)expr);
    case EXPR_FUNC:
        return fold_call(context, (ExprFunc *)expr);
    case EXPR_WINDOW_CALL:
        return fold_window_call(context, (ExprWindowCall *)expr);
    case EXPR_NULLIF:
        return fold_nullif(context, (ExprFunc *)expr);
    case EXPR_DISTINCT:
        return fold_distinct(context, (ExprFunc *)expr);
    case EXPR_BOOL:
        if (((ExprBool *)expr)->op == BOOL_NOT)
            return negated(context, fold(((ExprBool *)expr)->args.items[0], context));
        return fold_chain(context, (ExprBool *)expr);
    case EXPR_ARRAY_COERCE:
    case EXPR_FIELD_STORE:
    case EXPR_SUBSCRIPT: {
        const Expr *test = context->case_test;
        context->case_test = NULL; /* it means a part of their values in there */
        Expr *mapped = expr_map(context->planner->arena, expr, fold, arg);
        context->case_test = test;
        return mapped->tag == EXPR_SUBSCRIPT && status_ok(context->failed)
                   ? fold_subscript(context, (ExprSubscript *)mapped)
                   : mapped;
    }
    case EXPR_CASE_TEST:
        return context->case_test != NULL ? (Expr *)(uintptr_t)context->case_test : expr;
    case EXPR_CASE:
        return fold_case(context, (ExprCase *)expr);
    case EXPR_COALESCE:
        return fold_coalesce(context, (ExprCoalesce *)expr);
    case EXPR_NULL_TEST:
        return fold_null_test(context, (ExprNullTest *)expr);
    case EXPR_BOOLEAN_TEST:
        return fold_boolean_test(context, (ExprBooleanTest *)expr);
    case EXPR_ARRAY:
        return fold_array(context, (ExprArray *)expr);
    case EXPR_MIN_MAX:
        return fold_min_max(context, (ExprMinMax *)expr);
    case EXPR_RELABEL:
        return fold_relabel(context, (ExprRelabel *)expr);
    case EXPR_COLLATE:
        return fold_collate(context, (ExprCollate *)expr);
    case EXPR_COERCE_VIA_IO:
        return fold_via_io(context, (ExprCoerceViaIo *)expr);
    case EXPR_FIELD_SELECT:
        return fold_field(context, (ExprFieldSelect *)expr);
    default:
        return expr_map(context->planner->arena, expr, fold, arg);
    }
}

Status fold_expr(Planner *planner, Expr *expr, Expr **expr_out) {
    Fold context = {.planner = planner};
    *expr_out = expr == NULL ? NULL : fold(expr, &context);
    return context.failed;
}

Status fold_list(Planner *planner, const ExprList *list, ExprList *out) {
    Fold context = {.planner = planner};
    *out = expr_list_map(planner->arena, list, fold, &context);
    return context.failed;
}

Status fold_estimate(Planner *planner, Expr *expr, Expr **expr_out) {
    Fold context = {.planner = planner, .estimate = true};
    *expr_out = fold(expr, &context);
    if (!status_ok(context.failed)) {
        status_free(context.failed);
        *expr_out = expr;
    }
    return STATUS_OK;
}

/* ---- properties ---- */

typedef struct Volatility {
    Planner *planner;
    bool stable_counts;
    bool found;
} Volatility;

static bool function_counts(Volatility *search, Oid function) {
    const ProcDesc *proc = NULL;
    status_free(catalog_proc(search->planner->catalog, function, &proc));
    return proc == NULL || proc->volatility == 'v' ||
           (search->stable_counts && proc->volatility == 's');
}

static bool operator_function_counts(Volatility *search, Oid op) {
    const OperatorDesc *oper = NULL;
    status_free(catalog_operator(search->planner->catalog, op, &oper));
    return oper == NULL || function_counts(search, oper->code);
}

enum { TEXTANYCAT = 2003, ANYTEXTCAT = 2004 };

static bool is_text_concat(const Expr *expr) {
    return expr->tag == EXPR_FUNC && (((const ExprFunc *)expr)->function == TEXTANYCAT ||
                                      ((const ExprFunc *)expr)->function == ANYTEXTCAT);
}

/* text || anything is as stable as the other side's output. */
static bool concat_counts(Volatility *search, const ExprFunc *call) {
    uint32_t other = call->function == TEXTANYCAT ? 1 : 0;
    bool hit = search->stable_counts;
    if (hit && call->args.count == 2)
        status_free(io_mutable(search->planner, call->args.items[other]->type, OID_TEXT, &hit));
    return hit;
}

static bool volatile_visit(Expr *expr, void *arg) {
    Volatility *search = arg;
    uint32_t level = 0;
    bool hit = false;
    switch (expr->tag) {
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        hit = is_text_concat(expr) ? concat_counts(search, (const ExprFunc *)expr)
                                   : function_counts(search, ((ExprFunc *)expr)->function);
        break;
    case EXPR_SCALAR_ARRAY_OP:
        hit = function_counts(search, ((ExprScalarArrayOp *)expr)->function);
        break;
    case EXPR_AGG:
        hit = function_counts(search, ((ExprAgg *)expr)->function);
        break;
    case EXPR_WINDOW_CALL:
        hit = function_counts(search, ((ExprWindowCall *)expr)->function);
        break;
    case EXPR_ROW_COMPARE:
        for (uint32_t i = 0; i < ((ExprRowCompare *)expr)->left.count && !hit; i++)
            hit = operator_function_counts(search, ((ExprRowCompare *)expr)->ops[i]);
        break;
    case EXPR_NEXT_VALUE:
        hit = true;
        break;
    case EXPR_VALUE_FUNC:
        hit = search->stable_counts;
        break;
    case EXPR_COERCE_VIA_IO:
        if (search->stable_counts)
            status_free(io_mutable(search->planner, ((ExprCoerceViaIo *)expr)->arg->type,
                                   expr->type, &hit));
        break;
    default:
        break;
    }
    return hit || expr_walk_levels(expr, &level, volatile_visit, arg);
}

bool expr_is_volatile(Planner *planner, const Expr *expr) {
    Volatility search = {planner, false, false};
    return expr != NULL && volatile_visit((Expr *)(uintptr_t)expr, &search);
}

bool expr_is_mutable(Planner *planner, const Expr *expr) {
    Volatility search = {planner, true, false};
    return expr != NULL && volatile_visit((Expr *)(uintptr_t)expr, &search);
}

bool expr_has_set(const Expr *expr) { return expr_returns_set(expr); }

bool expr_has_subplan(const Expr *expr) {
    return tree_has_tag(expr, EXPR_SUB_PLAN) || tree_has_tag(expr, EXPR_SUB_LINK);
}

static bool nonstrict_visit(Expr *expr, void *arg) {
    Planner *planner = arg;
    const ProcDesc *proc = NULL;
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_COLUMN:
    case EXPR_PARAM:
        return false;
    case EXPR_FUNC:
        status_free(catalog_proc(planner->catalog, ((ExprFunc *)expr)->function, &proc));
        if (proc == NULL || !proc->strict)
            return true;
        break;
    case EXPR_RELABEL:
    case EXPR_COERCE_VIA_IO:
    case EXPR_ARRAY_COERCE:
    case EXPR_COLLATE:
        break;
    default:
        return true;
    }
    return expr_walk(expr, nonstrict_visit, arg);
}

bool expr_is_strict(Planner *planner, const Expr *expr) {
    return !nonstrict_visit((Expr *)(uintptr_t)expr, planner);
}

static BitSet *nonnullable_list(Planner *planner, const ExprList *args) {
    BitSet *set = NULL;
    for (uint32_t i = 0; i < args->count; i++)
        set = bitset_add_set(planner->arena, set, nonnullable_rels(planner, args->items[i], false));
    return set;
}

/*
 * Relations such that the expression is false or NULL (top_level) or NULL (else) when all their
 * columns are NULL: proof that an outer join's NULL rows do not get through.
 */
BitSet *nonnullable_rels(Planner *planner, const Expr *expr, bool top_level) {
    const ProcDesc *proc = NULL;
    if (expr == NULL)
        return NULL;
    switch (expr->tag) {
    case EXPR_COLUMN:
        return ((const ExprColumn *)expr)->levels_up == 0
                   ? bitset_single(planner->arena, (int)((const ExprColumn *)expr)->rt_index)
                   : NULL;
    case EXPR_FUNC:
        status_free(catalog_proc(planner->catalog, ((const ExprFunc *)expr)->function, &proc));
        return proc != NULL && proc->strict
                   ? nonnullable_list(planner, &((const ExprFunc *)expr)->args)
                   : NULL;
    case EXPR_SCALAR_ARRAY_OP: {
        const ExprScalarArrayOp *node = (const ExprScalarArrayOp *)expr;
        status_free(catalog_proc(planner->catalog, node->function, &proc));
        if (proc == NULL || !proc->strict || !(node->use_or && top_level))
            return NULL;
        return nonnullable_rels(planner, node->args.items[0], false);
    }
    case EXPR_BOOL: {
        const ExprBool *node = (const ExprBool *)expr;
        if (node->op == BOOL_NOT)
            return nonnullable_rels(planner, node->args.items[0], false);
        if (node->op == BOOL_AND && top_level) {
            BitSet *set = NULL;
            for (uint32_t i = 0; i < node->args.count; i++)
                set = bitset_add_set(planner->arena, set,
                                     nonnullable_rels(planner, node->args.items[i], true));
            return set;
        }
        BitSet *common = nonnullable_rels(planner, node->args.items[0], top_level);
        for (uint32_t i = 1; i < node->args.count && common != NULL; i++)
            common = bitset_intersect(planner->arena, common,
                                      nonnullable_rels(planner, node->args.items[i], top_level));
        return common;
    }
    case EXPR_RELABEL:
        return nonnullable_rels(planner, ((const ExprRelabel *)expr)->arg, top_level);
    case EXPR_COERCE_VIA_IO:
        return nonnullable_rels(planner, ((const ExprCoerceViaIo *)expr)->arg, false);
    case EXPR_NULL_TEST: {
        const ExprNullTest *node = (const ExprNullTest *)expr;
        return top_level && node->is_not && !node->arg_is_row
                   ? nonnullable_rels(planner, node->arg, false)
                   : NULL;
    }
    case EXPR_BOOLEAN_TEST: {
        const ExprBooleanTest *node = (const ExprBooleanTest *)expr;
        bool rejects =
            node->kind == TEST_TRUE || node->kind == TEST_FALSE || node->kind == TEST_NOT_UNKNOWN;
        return top_level && rejects ? nonnullable_rels(planner, node->arg, false) : NULL;
    }
    default:
        return NULL;
    }
}
