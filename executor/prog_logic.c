/*
 * prog_logic.c: what chooses: AND, OR, NOT, CASE, COALESCE, GREATEST, NULL and boolean tests, row
 * comparisons. Each argument is evaluated for only those rows that still depend on it.
 */
#include "executor/program.h"

#include "types/record.h"

/* A buffer of row numbers that grows with the batches seen. */
typedef struct RowList {
    uint16_t *rows;
    uint32_t capacity;
} RowList;

static uint16_t *row_list(RowList *list, Arena *arena, uint32_t count) {
    if (list->capacity < count) {
        list->capacity = count <= 16 ? 16 : BATCH_ROWS;
        list->rows = arena_alloc(arena, list->capacity * sizeof(uint16_t));
    }
    return list->rows;
}

static Vector *logic_result(ProgNode *node, Selection sel) {
    uint32_t extent = selection_extent(sel);
    return register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
}

static void result_set_null(ProgNode *node, Vector *result, uint32_t row) {
    if (result->nulls == NULL)
        register_nulls(&node->reg, node->reg.capacity);
    result->nulls[row] = 1;
}

/* result[row] = v[row] for the rows of sel. */
static void copy_rows(ProgNode *node, Vector *result, const Vector *v, Selection sel) {
    SELECTION_FOREACH(sel, row) {
        if (vector_is_null(v, row)) {
            result_set_null(node, result, row);
        } else {
            vector_put(result, row, vector_at(v, row), false);
        }
    }
}

/* ---- AND, OR, NOT ---- */

typedef struct BoolNode {
    ProgNode node;
    bool decides; /* the argument's value that settles it: false for AND, true for OR */
    RowList open;
} BoolNode;

static Status eval_and_or(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    BoolNode *b = (BoolNode *)node;
    Vector *result = logic_result(node, sel);
    uint8_t *truth = result->values;
    uint16_t *rows = row_list(&b->open, node->arena, selection_extent(sel) + 1);
    Selection open = sel;
    SELECTION_FOREACH(sel, row)
        truth[row] = !b->decides;
    for (uint32_t i = 0; i < node->arg_count && open.count > 0; i++) {
        const Vector *v;
        TRY(prog_eval(node->args[i], ctx, open, &v));
        const uint8_t *values = v->values;
        uint32_t left = 0;
        SELECTION_FOREACH(open, row) {
            uint32_t at = vector_index(v, row);
            rows[left] = (uint16_t)row;
            if (v->nulls != NULL && v->nulls[at]) {
                result_set_null(node, result, row);
                left++;
            } else if ((values[at] != 0) == b->decides) {
                truth[row] = b->decides;
                if (result->nulls != NULL)
                    result->nulls[row] = 0;
            } else {
                left++;
            }
        }
        open = (Selection){rows, left};
    }
    *out = result;
    return STATUS_OK;
}

static Status eval_not(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    Vector *result = logic_result(node, sel);
    const uint8_t *values = v->values;
    uint8_t *truth = result->values;
    SELECTION_FOREACH(sel, row) {
        uint32_t at = vector_index(v, row);
        if (v->nulls != NULL && v->nulls[at])
            result_set_null(node, result, row);
        truth[row] = !values[at];
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_bool(Executor *exec, const ExprBool *expr, ProgNode **out) {
    BoolNode *node;
    TRY(prog_node(exec, sizeof(*node), expr->op == BOOL_NOT ? eval_not : eval_and_or,
                  (const Expr *)expr, &node));
    node->decides = expr->op == BOOL_OR;
    TRY(prog_compile_args(exec, &node->node, &expr->args));
    *out = &node->node;
    return STATUS_OK;
}

/* ---- CASE ---- */

typedef struct CaseNode {
    ProgNode node; /* args: conditions, results, otherwise, then the tested value if any */
    uint32_t when_count;
    bool has_arg;
    RowList open, taken;
    Register arg_copy;
} CaseNode;

static Status eval_case(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    CaseNode *c = (CaseNode *)node;
    const Vector *saved = ctx->case_test, *arg = NULL;
    if (c->has_arg)
        TRY(prog_eval(node->args[node->arg_count - 1], ctx, sel, &arg));
    Vector *result = logic_result(node, sel);
    uint32_t extent = selection_extent(sel);
    uint16_t *open_rows = row_list(&c->open, node->arena, extent + 1);
    uint16_t *taken_rows = row_list(&c->taken, node->arena, extent + 1);
    Selection open = sel;
    for (uint32_t i = 0; i < c->when_count && open.count > 0; i++) {
        const Vector *v;
        if (c->has_arg)
            ctx->case_test = arg;
        TRY(prog_eval(node->args[i], ctx, open, &v));
        ctx->case_test = saved;
        const uint8_t *truth = v->values;
        uint32_t taken = 0, left = 0;
        SELECTION_FOREACH(open, row) {
            uint32_t at = vector_index(v, row);
            if (truth[at] && !(v->nulls != NULL && v->nulls[at]))
                taken_rows[taken++] = (uint16_t)row;
            else
                open_rows[left++] = (uint16_t)row;
        }
        open = (Selection){open_rows, left};
        if (taken == 0)
            continue;
        Selection chosen = {taken_rows, taken};
        TRY(prog_eval(node->args[c->when_count + i], ctx, chosen, &v));
        copy_rows(node, result, v, chosen);
    }
    if (open.count > 0) {
        const Vector *v;
        TRY(prog_eval(node->args[2 * c->when_count], ctx, open, &v));
        copy_rows(node, result, v, open);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_case(Executor *exec, const ExprCase *expr, ProgNode **out) {
    CaseNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_case, (const Expr *)expr, &node));
    ExprList all = {0};
    expr_list_concat(&exec->arena, &all, &expr->conditions);
    expr_list_concat(&exec->arena, &all, &expr->results);
    expr_list_add(&exec->arena, &all, expr->otherwise);
    if (expr->arg != NULL)
        expr_list_add(&exec->arena, &all, expr->arg);
    TRY(prog_compile_args(exec, &node->node, &all));
    node->when_count = expr->conditions.count;
    node->has_arg = expr->arg != NULL;
    *out = &node->node;
    return STATUS_OK;
}

/* ---- COALESCE ---- */

typedef struct CoalesceNode {
    ProgNode node;
    RowList open;
} CoalesceNode;

static Status eval_coalesce(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    CoalesceNode *c = (CoalesceNode *)node;
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    if (v->nulls == NULL) {
        *out = v;
        return STATUS_OK;
    }
    Vector *result = logic_result(node, sel);
    uint16_t *rows = row_list(&c->open, node->arena, selection_extent(sel) + 1);
    Selection open = sel;
    for (uint32_t i = 0;;) {
        uint32_t left = 0;
        SELECTION_FOREACH(open, row) {
            if (vector_is_null(v, row))
                rows[left++] = (uint16_t)row;
            else
                vector_put(result, row, vector_at(v, row), false);
        }
        open = (Selection){rows, left};
        if (left == 0 || ++i == node->arg_count)
            break;
        TRY(prog_eval(node->args[i], ctx, open, &v));
    }
    SELECTION_FOREACH(open, null_row)
        result_set_null(node, result, null_row);
    *out = result;
    return STATUS_OK;
}

Status prog_compile_coalesce(Executor *exec, const ExprCoalesce *expr, ProgNode **out) {
    CoalesceNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_coalesce, (const Expr *)expr, &node));
    TRY(prog_compile_args(exec, &node->node, &expr->args));
    *out = &node->node;
    return STATUS_OK;
}

/* ---- GREATEST, LEAST ---- */

typedef struct MinMaxNode {
    ProgNode node;
    bool greatest;
    Oid collation;
} MinMaxNode;

static Status eval_min_max(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    MinMaxNode *m = (MinMaxNode *)node;
    Vector *result = logic_result(node, sel);
    register_nulls(&node->reg, node->reg.capacity);
    SELECTION_FOREACH(sel, null_row)
        result->nulls[null_row] = 1;
    for (uint32_t i = 0; i < node->arg_count; i++) {
        const Vector *v;
        TRY(prog_eval(node->args[i], ctx, sel, &v));
        SELECTION_FOREACH(sel, row) {
            if (vector_is_null(v, row))
                continue;
            Datum value = vector_at(v, row);
            if (!result->nulls[row]) {
                int order =
                    node->info->compare(node->info, m->collation, value, vector_at(result, row));
                if (m->greatest ? order <= 0 : order >= 0)
                    continue;
            }
            vector_put(result, row, value, false);
        }
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_min_max(Executor *exec, const ExprMinMax *expr, ProgNode **out) {
    MinMaxNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_min_max, (const Expr *)expr, &node));
    TRY(prog_compile_args(exec, &node->node, &expr->args));
    if (node->node.info->compare == NULL) {
        const char *name;
        TRY(format_type_brief(exec->env.catalog, &exec->arena, node->node.info->oid, &name));
        return error(ERR_UNDEFINED_FUNCTION, "could not identify a comparison function for type %s",
                     name);
    }
    node->greatest = expr->greatest;
    node->collation = expr->input_collation;
    *out = &node->node;
    return STATUS_OK;
}

/* ---- tests ---- */

typedef struct TestNode {
    ProgNode node;
    bool is_not;
    bool arg_is_row;
    BooleanTestKind kind;
} TestNode;

/* A row value IS NULL if all its fields are, IS NOT NULL if none is. */
static Status row_is_null(Str bytes, bool is_not, bool *result_out) {
    RecordView view;
    TRY(record_view(bytes, &view));
    *result_out = true;
    for (uint32_t i = 0; i < view.column_count; i++)
        if (record_column_is_null(&view, i) == is_not)
            *result_out = false;
    return STATUS_OK;
}

static Status eval_null_test(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    TestNode *t = (TestNode *)node;
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    Vector *result = logic_result(node, sel);
    uint8_t *truth = result->values;
    SELECTION_FOREACH(sel, row) {
        bool is_null = vector_is_null(v, row);
        bool answer = is_null != t->is_not;
        if (t->arg_is_row && !is_null)
            TRY(row_is_null(vector_at(v, row).str, t->is_not, &answer));
        truth[row] = answer;
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_null_test(Executor *exec, const ExprNullTest *expr, ProgNode **out) {
    TestNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_null_test, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->node, expr->arg));
    node->is_not = expr->is_not;
    node->arg_is_row = expr->arg_is_row;
    *out = &node->node;
    return STATUS_OK;
}

static Status eval_boolean_test(ProgNode *node, ProgContext *ctx, Selection sel,
                                const Vector **out) {
    static const uint8_t answers[6][3] = {
        /* false, true, NULL */
        [TEST_TRUE] = {0, 1, 0},      [TEST_NOT_TRUE] = {1, 0, 1}, [TEST_FALSE] = {1, 0, 0},
        [TEST_NOT_FALSE] = {0, 1, 1}, [TEST_UNKNOWN] = {0, 0, 1},  [TEST_NOT_UNKNOWN] = {1, 1, 0},
    };
    const uint8_t *answer = answers[((TestNode *)node)->kind];
    const Vector *v;
    TRY(prog_eval(node->args[0], ctx, sel, &v));
    Vector *result = logic_result(node, sel);
    uint8_t *truth = result->values;
    const uint8_t *values = v->values;
    SELECTION_FOREACH(sel, row) {
        uint32_t at = vector_index(v, row);
        truth[row] = answer[v->nulls != NULL && v->nulls[at] ? 2 : values[at] != 0];
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_boolean_test(Executor *exec, const ExprBooleanTest *expr, ProgNode **out) {
    TestNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_boolean_test, (const Expr *)expr, &node));
    TRY(prog_compile_arg(exec, &node->node, expr->arg));
    node->kind = expr->kind;
    *out = &node->node;
    return STATUS_OK;
}

/* ---- (a, b) < (c, d) ---- */

typedef struct RowCompareNode {
    ProgNode node; /* args: left values, then right ones */
    RowCompareKind kind;
    uint32_t count;
    FnCaller *less, *greater; /* of columns whose sides differ in type */
    const TypeInfo **infos;
    Oid *collations;
    bool *same_type;
} RowCompareNode;

static bool row_compare_answer(RowCompareKind kind, int order) {
    switch (kind) {
    case ROW_LT:
        return order < 0;
    case ROW_LE:
        return order <= 0;
    case ROW_EQ:
        return order == 0;
    case ROW_GE:
        return order >= 0;
    case ROW_GT:
        return order > 0;
    default:
        return order != 0;
    }
}

/* Order of one pair of values: by the type, or by < and > of their operator family. */
static Status row_compare_pair(RowCompareNode *r, ProgContext *ctx, uint32_t i, Datum a, Datum b,
                               int *order_out, bool *null_out) {
    *null_out = false;
    if (r->same_type[i]) {
        *order_out = r->infos[i]->compare(r->infos[i], r->collations[i], a, b);
        return STATUS_OK;
    }
    Datum args[2] = {a, b}, less, greater = {.i64 = 0};
    TRY(fn_caller_call(&r->less[i], ctx->arena, args, NULL, &less, null_out));
    if (!*null_out && !less.b)
        TRY(fn_caller_call(&r->greater[i], ctx->arena, args, NULL, &greater, null_out));
    *order_out = *null_out ? 0 : less.b ? -1 : greater.b ? 1 : 0;
    return STATUS_OK;
}

static Status eval_row_compare(ProgNode *node, ProgContext *ctx, Selection sel,
                               const Vector **out) {
    RowCompareNode *r = (RowCompareNode *)node;
    const Vector **v = arena_array(ctx->arena, const Vector *, node->arg_count);
    for (uint32_t i = 0; i < node->arg_count; i++)
        TRY(prog_eval(node->args[i], ctx, sel, &v[i]));
    Vector *result = logic_result(node, sel);
    SELECTION_FOREACH(sel, row) {
        int order = 0;
        bool is_null = false;
        for (uint32_t i = 0; i < r->count && order == 0 && !is_null; i++) {
            const Vector *a = v[i], *b = v[r->count + i];
            is_null = vector_is_null(a, row) || vector_is_null(b, row);
            if (!is_null)
                TRY(row_compare_pair(r, ctx, i, vector_at(a, row), vector_at(b, row), &order,
                                     &is_null));
        }
        if (is_null)
            result_set_null(node, result, row);
        else
            vector_put(result, row, datum_bool(row_compare_answer(r->kind, order)), false);
    }
    *out = result;
    return STATUS_OK;
}

Status order_callers_make(Executor *exec, Oid op, const Oid *types, Oid collation, FnCaller *less,
                          FnCaller *greater) {
    const OperatorFamilies *families;
    const OperatorDesc *desc;
    TRY(catalog_operator_families(exec->env.catalog, op, &families));
    TRY(catalog_operator(exec->env.catalog, op, &desc));
    for (uint32_t i = 0; i < families->count && desc != NULL; i++) {
        const OpfamilyDesc *family;
        Oid ops[2], functions[2];
        if (families->members[i].am != OID_AM_BTREE)
            continue;
        TRY(catalog_opfamily(exec->env.catalog, families->members[i].family, &family));
        ops[0] = opfamily_operator(family, types[0], types[1], BTREE_LESS);
        ops[1] = opfamily_operator(family, types[0], types[1], BTREE_GREATER);
        if (ops[0] == 0 || ops[1] == 0) { /* polymorphic ones stand there as declared */
            ops[0] = opfamily_operator(family, desc->left, desc->right, BTREE_LESS);
            ops[1] = opfamily_operator(family, desc->left, desc->right, BTREE_GREATER);
        }
        if (ops[0] == 0 || ops[1] == 0)
            continue;
        TRY(operator_function(exec, ops[0], &functions[0]));
        TRY(operator_function(exec, ops[1], &functions[1]));
        TRY(fn_caller_make(exec, functions[0], types, 2, OID_BOOL, collation, NULL, less));
        return fn_caller_make(exec, functions[1], types, 2, OID_BOOL, collation, NULL, greater);
    }
    return error(ERR_INTERNAL_ERROR, "missing support function for operator %u", op);
}

Status prog_compile_row_compare(Executor *exec, const ExprRowCompare *expr, ProgNode **out) {
    RowCompareNode *node;
    TRY(prog_node(exec, sizeof(*node), eval_row_compare, (const Expr *)expr, &node));
    ExprList all = {0};
    expr_list_concat(&exec->arena, &all, &expr->left);
    expr_list_concat(&exec->arena, &all, &expr->right);
    TRY(prog_compile_args(exec, &node->node, &all));
    uint32_t n = node->count = expr->left.count;
    node->kind = expr->kind;
    node->less = arena_array(&exec->arena, FnCaller, n);
    node->greater = arena_array(&exec->arena, FnCaller, n);
    node->infos = arena_array(&exec->arena, const TypeInfo *, n);
    node->collations = expr->input_collations;
    node->same_type = arena_array(&exec->arena, bool, n);
    for (uint32_t i = 0; i < n; i++) {
        Oid types[2] = {expr->left.items[i]->type, expr->right.items[i]->type};
        TRY(exec_type(exec, types[0], &node->infos[i]));
        node->same_type[i] = types[0] == types[1] && node->infos[i]->compare != NULL;
        if (!node->same_type[i])
            TRY(order_callers_make(exec, expr->ops[i], types, expr->input_collations[i],
                                   &node->less[i], &node->greater[i]));
    }
    *out = &node->node;
    return STATUS_OK;
}
