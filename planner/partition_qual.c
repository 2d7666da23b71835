/* partition_qual.c: what a partition's rows meet, as expressions over its columns. */
#include "planner/partition.h"

#include "catalog/name.h"
#include "planner/plan_int.h"

#include <stdlib.h>

typedef struct QualBuilder {
    EvalEnv *env;
    Arena *arena;
    PartitionKey key;
    Oid parent;
} QualBuilder;

static Expr *bool_expr(QualBuilder *b, BoolOp op, const ExprList *args) {
    if (args->count == 1 && op != BOOL_NOT)
        return args->items[0];
    ExprBool *expr = EXPR_NEW(b->arena, ExprBool, EXPR_BOOL);
    expr->op = op;
    expr->type = OID_BOOL;
    expr->typmod = -1;
    expr->location = -1;
    expr->args = *args;
    return (Expr *)expr;
}

static Expr *null_test(QualBuilder *b, Expr *arg, bool is_not) {
    ExprNullTest *test = EXPR_NEW(b->arena, ExprNullTest, EXPR_NULL_TEST);
    test->type = OID_BOOL;
    test->typmod = -1;
    test->location = -1;
    test->arg = arg;
    test->is_not = is_not;
    return (Expr *)test;
}

static Status key_operator(QualBuilder *b, const PartitionColumn *column, int16_t strategy,
                           Oid *op_out, Oid *function_out) {
    const OpfamilyDesc *family;
    const OperatorDesc *oper;
    TRY(catalog_opfamily(b->env->catalog, column->family, &family));
    *op_out = family == NULL
                  ? 0
                  : opfamily_operator(family, column->input_type, column->input_type, strategy);
    if (*op_out == 0)
        return error(ERR_INTERNAL_ERROR, "missing operator %d(%u,%u) in partition opfamily %u",
                     strategy, column->input_type, column->input_type, column->family);
    TRY(catalog_operator_require(b->env->catalog, *op_out, &oper));
    *function_out = oper->code;
    return STATUS_OK;
}

/* The key as the operator takes it. */
static Expr *operand(QualBuilder *b, const PartitionColumn *column, Expr *expr) {
    bool polymorphic = column->input_type == OID_ANYARRAY || column->input_type == OID_ANYENUM ||
                       column->input_type == OID_RECORD || column->input_type == OID_ANYRANGE;
    if (column->input_type == column->type || polymorphic)
        return expr;
    ExprRelabel *relabel = EXPR_NEW(b->arena, ExprRelabel, EXPR_RELABEL);
    relabel->arg = expr;
    relabel->type = column->input_type;
    relabel->typmod = -1;
    relabel->collation = column->collation;
    relabel->form = CALL_IMPLICIT;
    relabel->location = -1;
    return (Expr *)relabel;
}

static Status comparison(QualBuilder *b, const PartitionColumn *column, int16_t strategy,
                         Expr *value, Expr **out) {
    ExprFunc *call = EXPR_NEW(b->arena, ExprFunc, EXPR_FUNC);
    TRY(key_operator(b, column, strategy, &call->op, &call->function));
    call->type = OID_BOOL;
    call->typmod = -1;
    call->input_collation = column->collation;
    call->location = -1;
    call->args =
        expr_list_of(b->arena, 2, operand(b, column, column->expr), operand(b, column, value));
    *out = (Expr *)call;
    return STATUS_OK;
}

/* ---- list ---- */

static Status list_values(QualBuilder *b, const ExprList *values, Expr **out) {
    const PartitionColumn *column = &b->key.columns[0];
    Oid array;
    *out = NULL;
    if (values->count == 0)
        return STATUS_OK;
    TRY(catalog_array_type(b->env->catalog, column->type, &array));
    if (values->count == 1 || array == 0 || column->info->element_type != NULL) {
        ExprList any = {0};
        for (uint32_t i = 0; i < values->count; i++) {
            Expr *one;
            TRY(comparison(b, column, BTREE_EQUAL, values->items[i], &one));
            expr_list_add(b->arena, &any, one);
        }
        *out = bool_expr(b, BOOL_OR, &any);
        return STATUS_OK;
    }
    ExprScalarArrayOp *any = EXPR_NEW(b->arena, ExprScalarArrayOp, EXPR_SCALAR_ARRAY_OP);
    ExprArray *items = EXPR_NEW(b->arena, ExprArray, EXPR_ARRAY);
    items->type = array;
    items->typmod = -1;
    items->collation = column->collation;
    items->location = -1;
    items->element_type = column->type;
    items->elements = *values;
    TRY(key_operator(b, column, BTREE_EQUAL, &any->op, &any->function));
    any->use_or = true;
    any->type = OID_BOOL;
    any->typmod = -1;
    any->location = -1;
    any->input_collation = column->collation;
    any->args = expr_list_of(b->arena, 2, operand(b, column, column->expr), items);
    *out = (Expr *)any;
    return STATUS_OK;
}

static Status list_qual(QualBuilder *b, const ExprList *values, Expr **out) {
    ExprList plain = {0}, parts = {0};
    bool has_null = false;
    Expr *any, *key = b->key.columns[0].expr;
    for (uint32_t i = 0; i < values->count; i++) {
        bool is_null = ((ExprConst *)values->items[i])->is_null;
        has_null |= is_null;
        if (!is_null)
            expr_list_add(b->arena, &plain, values->items[i]);
    }
    TRY(list_values(b, &plain, &any));
    expr_list_add(b->arena, &parts, null_test(b, key, !has_null));
    if (any != NULL)
        expr_list_add(b->arena, &parts, any);
    *out = bool_expr(b, has_null ? BOOL_OR : BOOL_AND, &parts);
    return STATUS_OK;
}

/* ---- range ---- */

static void not_null_keys(QualBuilder *b, ExprList *out) {
    for (uint16_t i = 0; i < b->key.count; i++)
        expr_list_add(b->arena, out, null_test(b, b->key.columns[i].expr, true));
}

static Status same_value(QualBuilder *b, const PartitionColumn *column, const Expr *x,
                         const Expr *y, bool *same_out) {
    StrBuf a, c;
    strbuf_init(&a, b->arena);
    strbuf_init(&c, b->arena);
    TRY(partition_encode(column, ((const ExprConst *)x)->value, &a));
    TRY(partition_encode(column, ((const ExprConst *)y)->value, &c));
    *same_out = a.len == c.len && memcmp(strbuf_cstr(&a), strbuf_cstr(&c), a.len) == 0;
    return STATUS_OK;
}

/* a > 1 OR (a = 1 AND b > 2) OR (a = 1 AND b = 2 AND c >= 3): one side of a row comparison. */
static Status side_qual(QualBuilder *b, uint32_t from, const char *kinds, const ExprList *values,
                        bool lower, ExprList *out) {
    ExprList arms = {0};
    uint32_t count = b->key.count;
    char closing = lower ? 'm' : 'M';
    for (uint32_t last = from; last < count && kinds[last] == 'v'; last++) {
        ExprList arm = {0};
        for (uint32_t i = from; i <= last; i++) {
            bool next_open = i + 1 < count && kinds[i + 1] == closing;
            int16_t strategy = BTREE_EQUAL;
            Expr *one;
            if (i == last && lower)
                strategy = i + 1 == count || next_open ? BTREE_GREATER_EQUAL : BTREE_GREATER;
            else if (i == last)
                strategy = next_open ? BTREE_LESS_EQUAL : BTREE_LESS;
            TRY(comparison(b, &b->key.columns[i], strategy, values->items[i], &one));
            expr_list_add(b->arena, &arm, one);
        }
        expr_list_add(b->arena, &arms, bool_expr(b, BOOL_AND, &arm));
    }
    if (arms.count > 0)
        expr_list_add(b->arena, out, bool_expr(b, BOOL_OR, &arms));
    return STATUS_OK;
}

static Status range_parts(QualBuilder *b, const PartitionBound *bound, ExprList *out) {
    uint32_t from = 0;
    for (; from < b->key.count; from++) {
        bool same = bound->lower_kinds[from] == 'v' && bound->upper_kinds[from] == 'v';
        Expr *one;
        if (same)
            TRY(same_value(b, &b->key.columns[from], bound->lower.items[from],
                           bound->upper.items[from], &same));
        if (!same || from + 1 == b->key.count)
            break;
        TRY(comparison(b, &b->key.columns[from], BTREE_EQUAL, bound->lower.items[from], &one));
        expr_list_add(b->arena, out, one);
    }
    TRY(side_qual(b, from, bound->lower_kinds, &bound->lower, true, out));
    return side_qual(b, from, bound->upper_kinds, &bound->upper, false, out);
}

static Status range_qual(QualBuilder *b, const PartitionBound *bound, Expr **out) {
    ExprList parts = {0};
    not_null_keys(b, &parts);
    TRY(range_parts(b, bound, &parts));
    *out = bool_expr(b, BOOL_AND, &parts);
    return STATUS_OK;
}

/* ---- hash, default ---- */

static Status hash_qual(QualBuilder *b, const PartitionBound *bound, Expr **out) {
    ExprFunc *call = EXPR_NEW(b->arena, ExprFunc, EXPR_FUNC);
    call->function = 5028; /* satisfies_hash_partition */
    call->type = OID_BOOL;
    call->typmod = -1;
    call->location = -1;
    call->args = expr_list_of(
        b->arena, 3,
        expr_const(b->arena, OID_OID, -1, 0, PHYS_I32, (Datum){.u32 = b->parent}, false),
        expr_const(b->arena, OID_INT4, -1, 0, PHYS_I32, (Datum){.i32 = bound->modulus}, false),
        expr_const(b->arena, OID_INT4, -1, 0, PHYS_I32, (Datum){.i32 = bound->remainder}, false));
    for (uint16_t i = 0; i < b->key.count; i++)
        expr_list_add(b->arena, &call->args, b->key.columns[i].expr);
    *out = (Expr *)call;
    return STATUS_OK;
}

typedef struct SortedValue {
    StrBuf key;
    Expr *value;
} SortedValue;

static int value_order(const void *x, const void *y) {
    const SortedValue *a = x, *b = y;
    int order = memcmp(a->key.data, b->key.data, MIN(a->key.len, b->key.len));
    return order != 0 ? order : (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

/* By the key's order, NULL first (it is told apart later). */
static Status sort_values(QualBuilder *b, ExprList *values) {
    SortedValue *sorted = arena_array(b->arena, SortedValue, values->count);
    for (uint32_t i = 0; i < values->count; i++) {
        const ExprConst *value = (const ExprConst *)values->items[i];
        strbuf_init(&sorted[i].key, b->arena);
        sorted[i].value = values->items[i];
        if (!value->is_null)
            TRY(partition_encode(&b->key.columns[0], value->value, &sorted[i].key));
    }
    qsort(sorted, values->count, sizeof(SortedValue), value_order);
    for (uint32_t i = 0; i < values->count; i++)
        values->items[i] = sorted[i].value;
    return STATUS_OK;
}

/* What is in none of the other partitions. NULL: there is no other. */
static Status default_qual(QualBuilder *b, const RelationDesc *parent, Expr **out) {
    ExprList values = {0}, arms = {0};
    *out = NULL;
    for (uint32_t i = 0; i < parent->child_count; i++) {
        const RelationDesc *child;
        PartitionBound bound;
        TRY(catalog_relation(b->env->catalog, parent->children[i], &child));
        if (child == NULL || child->partition_bound == NULL)
            continue;
        TRY(partition_bound_read(b->arena, child->partition_bound, &bound));
        if (bound.is_default)
            continue;
        for (uint32_t v = 0; v < bound.values.count; v++)
            expr_list_add(b->arena, &values, bound.values.items[v]);
        if (b->key.strategy == 'r') {
            ExprList parts = {0};
            TRY(range_parts(b, &bound, &parts));
            if (parts.count > 0)
                expr_list_add(b->arena, &arms, bool_expr(b, BOOL_AND, &parts));
            else
                expr_list_add(b->arena, &arms, expr_bool_const(b->arena, true, false));
        }
    }
    Expr *taken;
    if (b->key.strategy == 'l') {
        if (values.count == 0)
            return STATUS_OK;
        TRY(sort_values(b, &values));
        TRY(list_qual(b, &values, &taken));
    } else {
        ExprList parts = {0};
        if (arms.count == 0)
            return STATUS_OK;
        not_null_keys(b, &parts);
        expr_list_add(b->arena, &parts, bool_expr(b, BOOL_OR, &arms));
        taken = bool_expr(b, BOOL_AND, &parts);
    }
    ExprList one = {0};
    expr_list_add(b->arena, &one, taken);
    *out = bool_expr(b, BOOL_NOT, &one);
    return STATUS_OK;
}

Status partition_bound_constraint(EvalEnv *env, Arena *arena, const RelationDesc *parent,
                                  const PartitionBound *bound, Expr **out) {
    QualBuilder b = {.env = env, .arena = arena, .parent = parent->oid};
    TRY(partition_key_open(env, arena, parent, &b.key));
    if (bound->is_default)
        return default_qual(&b, parent, out);
    return bound->strategy == 'l'   ? list_qual(&b, &bound->values, out)
           : bound->strategy == 'r' ? range_qual(&b, bound, out)
                                    : hash_qual(&b, bound, out);
}

/* ---- over the partition's columns ---- */

typedef struct MapColumns {
    Arena *arena;
    const RelationDesc *parent, *child;
    Status failed;
} MapColumns;

static Expr *map_column(Expr *expr, void *arg) {
    MapColumns *m = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_map(m->arena, expr, map_column, arg);
    const ExprColumn *column = (const ExprColumn *)expr;
    if (column->attno == 0) {
        ExprRowCoerce *coerce = EXPR_NEW(m->arena, ExprRowCoerce, EXPR_ROW_COERCE);
        coerce->arg = (Expr *)expr_column(m->arena, 1, 0, m->child->row_type, -1, 0, 0);
        coerce->type = column->type;
        coerce->typmod = -1;
        coerce->form = CALL_IMPLICIT;
        coerce->location = -1;
        return (Expr *)coerce;
    }
    if (column->attno < 0)
        return expr;
    const char *name = m->parent->columns[column->attno - 1].name;
    const ColumnDesc *own = relation_column(m->child, name);
    if (own == NULL) {
        m->failed = error(ERR_INTERNAL_ERROR, "attribute \"%s\" of relation \"%s\" does not exist",
                          name, m->child->name);
        return expr;
    }
    return (Expr *)expr_column(m->arena, 1, own->attnum, column->type, column->typmod,
                               column->collation, 0);
}

Status partition_map_columns(Arena *arena, const RelationDesc *parent, const RelationDesc *child,
                             Expr *expr, Expr **out) {
    MapColumns map = {arena, parent, child, STATUS_OK};
    *out = expr == NULL ? NULL : map_column(expr, &map);
    return map.failed;
}

Status partition_constraint(EvalEnv *env, Arena *arena, const RelationDesc *partition,
                            bool ancestors, Expr **out) {
    ExprList parts = {0};
    const RelationDesc *at = partition, *parent;
    *out = NULL;
    while (at->is_partition && at->partition_bound != NULL && at->parent_count > 0) {
        PartitionBound bound;
        Expr *qual;
        TRY(catalog_relation_require(env->catalog, at->parents[0], &parent));
        TRY(partition_bound_read(arena, at->partition_bound, &bound));
        TRY(partition_bound_constraint(env, arena, parent, &bound, &qual));
        TRY(partition_map_columns(arena, parent, partition, qual, &qual));
        ExprList all = {0};
        expr_conjuncts(arena, qual, &all);
        for (uint32_t i = 0; i < parts.count; i++)
            expr_list_add(arena, &all, parts.items[i]);
        parts = all;
        if (!ancestors)
            break;
        at = parent;
    }
    if (parts.count == 0)
        return STATUS_OK;
    QualBuilder b = {.arena = arena};
    *out = bool_expr(&b, BOOL_AND, &parts);
    return STATUS_OK;
}
