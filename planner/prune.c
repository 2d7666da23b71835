/*
 * prune.c: see prune.h. Building: conjuncts that compare a key with something become steps; what says
 * nothing of the key is left out (within OR that makes the whole OR say nothing).
 *
 * Evaluating AND: comparisons of all keys are put together, as range bounds of several columns and
 * hashes need; ORs are intersected. For range keys the comparisons give two byte strings between which
 * the rows' keys lie; partitions between them stay.
 */
#include "planner/prune.h"

#include "base/array.h"
#include "planner/prune_int.h"
#include "types/array_ops.h"

#define ARRAY_LIMIT 10000u

/* ---- building ---- */

static PruneStep *step_new(PruneBuild *b, PruneKind kind, uint16_t key) {
    PruneStep *step = arena_new(b->level->planner->arena, PruneStep);
    step->kind = kind;
    step->key = key;
    return step;
}

static void step_add(PruneBuild *b, PruneStep *parent, PruneStep *child) {
    if (parent->count % 8 == 0) {
        PruneStep **wider = arena_array(b->level->planner->arena, PruneStep *, parent->count + 8);
        if (parent->count > 0)
            memcpy(wider, parent->steps, parent->count * sizeof(PruneStep *));
        parent->steps = wider;
    }
    parent->steps[parent->count++] = child;
}

static Expr *bare(Expr *expr) { return expr_strip_relabel(expr); }

static int key_of(const PruneBuild *b, Expr *expr) {
    for (uint16_t i = 0; i < b->key->count; i++)
        if (expr_equal(bare(expr), bare(b->key->columns[i].expr)))
            return i;
    return -1;
}

/* A value that can be known before the partitions are read. */
static bool usable(PruneBuild *b, Expr *value) {
    Planner *planner = b->level->planner;
    BitSet *rels = tree_rels(planner->arena, NULL, value, 0);
    if (!bitset_empty(rels) && (!b->with_columns || bitset_overlap(rels, b->rel->relids)))
        return false;
    return value->tag == EXPR_CONST || !expr_is_volatile(planner, value);
}

/* The operator's strategy in the key's family; *negated: it is <>. */
static bool strategy_of(PruneBuild *b, Oid op, uint16_t key, int16_t *strategy_out) {
    Planner *planner = b->level->planner;
    const OperatorFamilies *families = NULL;
    const OperatorDesc *oper = NULL;
    Oid family = b->key->columns[key].family;
    bool hash = b->key->strategy == 'h';
    for (int negated = 0; negated < 2; negated++) {
        status_free(catalog_operator_families(planner->catalog, op, &families));
        for (uint32_t i = 0; families != NULL && i < families->count; i++) {
            if (families->members[i].family != family || families->members[i].purpose != 's')
                continue;
            int16_t strategy = families->members[i].strategy;
            *strategy_out = negated ? 0 : hash ? BTREE_EQUAL : strategy;
            return !negated || (b->key->strategy == 'l' && strategy == BTREE_EQUAL);
        }
        status_free(catalog_operator(planner->catalog, op, &oper));
        if (oper == NULL || oper->negator == 0)
            return false;
        op = oper->negator;
    }
    return false;
}

static PruneStep *comparison(PruneBuild *b, uint16_t key, Oid op, Oid collation, Expr *value,
                             bool swapped) {
    int16_t strategy;
    const PartitionColumn *column = &b->key->columns[key];
    if (!usable(b, value) || !strategy_of(b, op, key, &strategy) ||
        (column->collation != 0 && collation != column->collation))
        return NULL;
    if (value->tag == EXPR_CONST && ((ExprConst *)value)->is_null)
        return step_new(b, PRUNE_NEVER, key); /* strict */
    PruneStep *step = step_new(b, PRUNE_OP, key);
    step->strategy = strategy == 0 || !swapped ? strategy : (int16_t)(6 - strategy);
    step->value = value;
    b->open |= value->tag != EXPR_CONST;
    return step;
}

static PruneStep *operator_step(PruneBuild *b, const ExprFunc *op) {
    if (op->op == 0 || op->args.count != 2)
        return NULL;
    int left = key_of(b, op->args.items[0]), right = key_of(b, op->args.items[1]);
    if (left >= 0)
        return comparison(b, (uint16_t)left, op->op, op->input_collation, op->args.items[1], false);
    return right < 0 ? NULL
                     : comparison(b, (uint16_t)right, op->op, op->input_collation,
                                  op->args.items[0], true);
}

static bool array_values(PruneBuild *b, const Expr *array, ExprList *out) {
    Planner *planner = b->level->planner;
    ArrayView view;
    Datum *values = NULL;
    bool *nulls = NULL;
    Oid element = 0;
    PhysType phys;
    if (array->tag == EXPR_ARRAY && !((const ExprArray *)array)->multi) {
        *out = ((const ExprArray *)array)->elements;
        return out->count <= ARRAY_LIMIT;
    }
    if (array->tag != EXPR_CONST || ((const ExprConst *)array)->is_null ||
        !status_ok(array_view(((const ExprConst *)array)->value.str, &view)) ||
        view.elem_count > ARRAY_LIMIT)
        return false;
    status_free(catalog_array_element(planner->catalog, array->type, &element));
    status_free(array_deconstruct(planner->arena, &view, &values, &nulls));
    if (element == 0 || (values == NULL && view.elem_count > 0))
        return false;
    status_free(an_phys(&planner->an, element, &phys));
    for (uint32_t i = 0; i < view.elem_count; i++)
        expr_list_add(planner->arena, out,
                      expr_const(planner->arena, element, -1, array->collation, phys, values[i],
                                 nulls != NULL && nulls[i]));
    return true;
}

static PruneStep *array_step(PruneBuild *b, const ExprScalarArrayOp *any) {
    int key = key_of(b, any->args.items[0]);
    ExprList values = {0};
    if (key < 0)
        return NULL;
    const Expr *array = any->args.items[1];
    if (array->tag == EXPR_CONST && ((const ExprConst *)array)->is_null)
        return step_new(b, PRUNE_NEVER, (uint16_t)key);
    if (!array_values(b, array, &values))
        return NULL;
    PruneStep *out = step_new(b, any->use_or ? PRUNE_OR : PRUNE_AND, 0);
    for (uint32_t i = 0; i < values.count; i++) {
        PruneStep *one =
            comparison(b, (uint16_t)key, any->op, any->input_collation, values.items[i], false);
        if (one == NULL)
            return NULL;
        step_add(b, out, one);
    }
    return out;
}

static PruneStep *boolean_step(PruneBuild *b, Expr *expr, bool truth) {
    int key = key_of(b, expr);
    if (key < 0 || b->key->columns[key].type != OID_BOOL)
        return NULL;
    PruneStep *step = step_new(b, PRUNE_OP, (uint16_t)key);
    step->strategy = BTREE_EQUAL;
    step->value = (Expr *)expr_bool_const(b->level->planner->arena, truth, false);
    return step;
}

static PruneStep *test_step(PruneBuild *b, const ExprBooleanTest *test) {
    int key = key_of(b, test->arg);
    switch (test->kind) {
    case TEST_TRUE:
        return boolean_step(b, test->arg, true);
    case TEST_FALSE:
        return boolean_step(b, test->arg, false);
    case TEST_UNKNOWN:
        return key < 0 ? NULL : step_new(b, PRUNE_NULL, (uint16_t)key);
    case TEST_NOT_UNKNOWN:
        return key < 0 ? NULL : step_new(b, PRUNE_NOT_NULL, (uint16_t)key);
    default:
        return NULL;
    }
}

static PruneStep *bool_step(PruneBuild *b, const ExprBool *expr) {
    if (expr->op == BOOL_NOT)
        return boolean_step(b, expr->args.items[0], false);
    PruneStep *out = step_new(b, expr->op == BOOL_AND ? PRUNE_AND : PRUNE_OR, 0);
    for (uint32_t i = 0; i < expr->args.count; i++) {
        PruneStep *one = prune_step(b, expr->args.items[i]);
        if (one != NULL)
            step_add(b, out, one);
        else if (expr->op == BOOL_OR)
            return NULL;
    }
    return out->count > 0 ? out : NULL;
}

PruneStep *prune_step(PruneBuild *b, Expr *expr) {
    PruneStep *step = NULL;
    if (expr_is_false_const(expr))
        return step_new(b, PRUNE_NEVER, 0);
    if (!status_ok(fiber_stack_check()))
        return NULL;
    switch (expr->tag) {
    case EXPR_BOOL:
        return bool_step(b, (const ExprBool *)expr);
    case EXPR_FUNC:
        step = operator_step(b, (const ExprFunc *)expr);
        break;
    case EXPR_SCALAR_ARRAY_OP:
        step = array_step(b, (const ExprScalarArrayOp *)expr);
        break;
    case EXPR_BOOLEAN_TEST:
        return test_step(b, (const ExprBooleanTest *)expr);
    case EXPR_NULL_TEST: {
        const ExprNullTest *test = (const ExprNullTest *)expr;
        int key = key_of(b, test->arg);
        if (key >= 0 && !test->arg_is_row)
            return step_new(b, test->is_not ? PRUNE_NOT_NULL : PRUNE_NULL, (uint16_t)key);
        break;
    }
    default:
        break;
    }
    return step != NULL ? step : boolean_step(b, expr, true);
}

PruneStep *prune_build(PruneBuild *b, const QualVec *quals, const QualVec *more) {
    PruneStep *all = step_new(b, PRUNE_AND, 0);
    const QualVec *both[2] = {quals, more};
    for (int q = 0; q < 2; q++)
        for (size_t i = 0; both[q] != NULL && i < both[q]->count; i++) {
            PruneStep *one = prune_step(b, both[q]->items[i]->clause);
            if (one != NULL)
                step_add(b, all, one);
        }
    return all->count > 0 ? all : NULL;
}

Status prune_constant(void *arg, const PruneStep *step, Datum *value_out, bool *null_out,
                      bool *known_out) {
    const ExprConst *value = (const ExprConst *)step->value;
    *known_out = value->tag == EXPR_CONST;
    if (*known_out) {
        *value_out = value->value;
        *null_out = value->is_null;
    }
    return STATUS_OK;
}

/* ---- evaluating ---- */

/* A comparison whose value is known, of the key's type. */
typedef struct Known {
    int16_t strategy;
    Str key; /* encoded; list and range */
    Datum value;
} Known;

typedef struct Leaf {
    VEC(Known) ops[PARTITION_KEYS_MAX];
    bool is_null[PARTITION_KEYS_MAX], not_null[PARTITION_KEYS_MAX];
    bool never;
} Leaf;

static BitSet *every(PruneContext *c) {
    BitSet *all = NULL;
    for (uint32_t i = c->table->count; i-- > 0;)
        all = bitset_add(c->arena, all, (int)i);
    return all;
}

static Status add_known(PruneContext *c, Leaf *leaf, const PruneStep *step) {
    const PartitionColumn *column = &c->key->columns[step->key];
    Datum value;
    bool is_null, known;
    BoundFit fit = FIT_EXACT;
    int16_t strategy = step->strategy;
    TRY(c->value(c->arg, step, &value, &is_null, &known));
    if (!known)
        return STATUS_OK;
    if (is_null) {
        leaf->never = true;
        return STATUS_OK;
    }
    bool whole = column->info->key_encode != NULL;
    if (c->table->strategy != 'h' && !whole)
        return STATUS_OK;
    if (step->value->type != column->type)
        TRY(index_bound_convert(c->env, c->arena, column->type, step->value->type, value, &value,
                                &fit));
    if (fit != FIT_EXACT && strategy == 0)
        return STATUS_OK;
    if (fit == FIT_BETWEEN && strategy != BTREE_EQUAL) {
        strategy = strategy >= BTREE_GREATER_EQUAL ? BTREE_GREATER : BTREE_LESS_EQUAL;
    } else if (fit != FIT_EXACT) {
        bool above = fit == FIT_ABOVE, wants_above = strategy >= BTREE_GREATER_EQUAL;
        leaf->never |= strategy == BTREE_EQUAL || above == wants_above;
        return STATUS_OK;
    }
    Known out = {.strategy = strategy, .value = value};
    if (c->table->strategy != 'h') {
        StrBuf key;
        strbuf_init(&key, c->arena);
        TRY(partition_encode(column, value, &key));
        out.key = str_make(strbuf_cstr(&key), key.len);
    }
    vec_push(&leaf->ops[step->key], c->arena, out);
    return STATUS_OK;
}

/* ---- list ---- */

static bool list_slot_passes(const PartitionTable *t, uint32_t slot, const Known *op) {
    Str bound = t->bounds[slot];
    int order = memcmp(bound.data, op->key.data, MIN(bound.len, op->key.len));
    if (order == 0)
        order = (bound.len > op->key.len) - (bound.len < op->key.len);
    switch (op->strategy) {
    case BTREE_LESS:
        return order < 0;
    case BTREE_LESS_EQUAL:
        return order <= 0;
    case BTREE_EQUAL:
        return order == 0;
    case BTREE_GREATER_EQUAL:
        return order >= 0;
    case BTREE_GREATER:
        return order > 0;
    default:
        return order != 0;
    }
}

static Status list_places(PruneContext *c, const Leaf *leaf, BitSet **out) {
    const PartitionTable *t = c->table;
    bool any_op = leaf->ops[0].count > 0, only_equal = any_op;
    *out = NULL;
    if (leaf->is_null[0]) {
        if (any_op || leaf->not_null[0])
            return STATUS_OK;
        int32_t at = t->null_at >= 0 ? t->null_at : t->default_at;
        *out = at < 0 ? NULL : bitset_single(c->arena, at);
        return STATUS_OK;
    }
    const Known *equal = NULL;
    for (size_t i = 0; i < leaf->ops[0].count; i++) {
        only_equal &= leaf->ops[0].items[i].strategy == BTREE_EQUAL;
        if (leaf->ops[0].items[i].strategy == BTREE_EQUAL)
            equal = &leaf->ops[0].items[i];
    }
    uint32_t from = 0, to = t->bound_count;
    if (equal != NULL) {
        from = partition_search(t, equal->key, false);
        to = partition_search(t, equal->key, true);
    }
    for (uint32_t i = from; i < to; i++) {
        bool passes = true;
        for (size_t k = 0; k < leaf->ops[0].count && passes; k++)
            passes = list_slot_passes(t, i, &leaf->ops[0].items[k]);
        if (passes)
            *out = bitset_add(c->arena, *out, t->slots[i]);
    }
    if (!any_op && !leaf->not_null[0] && t->null_at >= 0)
        *out = bitset_add(c->arena, *out, t->null_at);
    bool elsewhere = equal == NULL || from == to;
    if (elsewhere && t->default_at >= 0)
        *out = bitset_add(c->arena, *out, t->default_at);
    return STATUS_OK;
}

/* ---- range ---- */

static const Known *strategy_find(const Leaf *leaf, uint16_t key, int16_t a, int16_t b) {
    for (size_t i = 0; i < leaf->ops[key].count; i++)
        if (leaf->ops[key].items[i].strategy == a || leaf->ops[key].items[i].strategy == b)
            return &leaf->ops[key].items[i];
    return NULL;
}

static int key_order(Str a, Str b) {
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* The tightest of a key's lower (upper) bounds. */
static const Known *tightest(const Leaf *leaf, uint16_t key, bool lower) {
    const Known *best = NULL;
    for (size_t i = 0; i < leaf->ops[key].count; i++) {
        const Known *op = &leaf->ops[key].items[i];
        bool fits = lower ? op->strategy >= BTREE_GREATER_EQUAL
                          : op->strategy == BTREE_LESS || op->strategy == BTREE_LESS_EQUAL;
        if (!fits)
            continue;
        int order = best == NULL ? 0 : key_order(op->key, best->key);
        bool tighter =
            best == NULL || (lower ? order > 0 : order < 0) ||
            (order == 0 && (op->strategy == BTREE_LESS || op->strategy == BTREE_GREATER));
        if (tighter)
            best = op;
    }
    return best;
}

static void slots_between(PruneContext *c, uint32_t first, uint32_t last, bool all_keys,
                          BitSet **out) {
    const PartitionTable *t = c->table;
    bool gap = !all_keys;
    for (uint32_t i = first; i <= last && i <= t->bound_count; i++) {
        if (t->slots[i] >= 0)
            *out = bitset_add(c->arena, *out, t->slots[i]);
        else
            gap = true;
    }
    if (gap && t->default_at >= 0)
        *out = bitset_add(c->arena, *out, t->default_at);
}

static Status range_places(PruneContext *c, const Leaf *leaf, BitSet **out) {
    const PartitionTable *t = c->table;
    StrBuf low, high;
    uint16_t at = 0;
    *out = NULL;
    for (uint16_t i = 0; i < t->key_count; i++) {
        if (leaf->is_null[i] && (leaf->ops[i].count > 0 || leaf->not_null[i]))
            return STATUS_OK;
        if (leaf->is_null[i]) {
            *out = t->default_at < 0 ? NULL : bitset_single(c->arena, t->default_at);
            return STATUS_OK;
        }
    }
    strbuf_init(&low, c->arena);
    for (; at < t->key_count; at++) {
        const Known *equal = strategy_find(leaf, at, BTREE_EQUAL, BTREE_EQUAL);
        if (equal == NULL)
            break;
        for (size_t i = 0; i < leaf->ops[at].count; i++) { /* they must agree */
            const Known *op = &leaf->ops[at].items[i];
            int order = key_order(equal->key, op->key);
            bool holds = op->strategy == BTREE_EQUAL           ? order == 0
                         : op->strategy == BTREE_LESS          ? order < 0
                         : op->strategy == BTREE_LESS_EQUAL    ? order <= 0
                         : op->strategy == BTREE_GREATER_EQUAL ? order >= 0
                                                               : order > 0;
            if (!holds)
                return STATUS_OK;
        }
        strbuf_append(&low, equal->key.data, equal->key.len);
    }
    strbuf_init(&high, c->arena);
    strbuf_append(&high, strbuf_cstr(&low), low.len);
    const Known *lower = at < t->key_count ? tightest(leaf, at, true) : NULL;
    const Known *upper = at < t->key_count ? tightest(leaf, at, false) : NULL;
    bool constrained = at + (lower != NULL || upper != NULL) >= t->key_count;
    bool high_closed = upper == NULL || upper->strategy == BTREE_LESS_EQUAL;
    if (lower != NULL) {
        strbuf_append(&low, lower->key.data, lower->key.len);
        if (lower->strategy == BTREE_GREATER)
            strbuf_putc(&low, (char)0xff);
    }
    if (upper != NULL)
        strbuf_append(&high, upper->key.data, upper->key.len);
    if (high_closed && (at < t->key_count || upper != NULL))
        strbuf_putc(&high, (char)0xff);
    Str from = str_make(strbuf_cstr(&low), low.len), to = str_make(strbuf_cstr(&high), high.len);
    bool exact = at == t->key_count;
    uint32_t first = partition_search(t, from, true);
    uint32_t last = exact ? first : partition_search(t, to, false);
    if (!exact && key_order(from, to) > 0)
        return STATUS_OK;
    slots_between(c, first, MAX(first, last), constrained || exact, out);
    return STATUS_OK;
}

/* ---- hash ---- */

static Status hash_places(PruneContext *c, const Leaf *leaf, BitSet **out) {
    uint64_t hash = 0;
    for (uint16_t i = 0; i < c->table->key_count; i++) {
        const PartitionColumn *column = &c->key->columns[i];
        if (leaf->is_null[i] && leaf->ops[i].count > 0)
            return STATUS_OK;
        if (leaf->is_null[i])
            continue;
        if (leaf->ops[i].count == 0) {
            *out = every(c);
            return STATUS_OK;
        }
        Expr *value = (Expr *)expr_const(c->arena, column->type, column->typmod, column->collation,
                                         column->phys, leaf->ops[i].items[0].value, false);
        Expr *call = partition_hash_expr(c->arena, column, value);
        TRY(fold_alone(c->env, c->arena, call, &call));
        if (call->tag != EXPR_CONST || ((ExprConst *)call)->is_null) {
            *out = every(c);
            return STATUS_OK;
        }
        hash = partition_hash_mix(hash, (uint64_t)((ExprConst *)call)->value.i64);
    }
    int32_t at = partition_find_hash(c->table, hash);
    *out = at < 0 ? NULL : bitset_single(c->arena, at);
    return STATUS_OK;
}

/* ---- all together ---- */

static Status and_places(PruneContext *c, PruneStep *const *steps, uint32_t count, BitSet **out) {
    Leaf *leaf = arena_zalloc(c->arena, sizeof(Leaf));
    bool any = false;
    for (uint32_t i = 0; i < count && !leaf->never; i++) {
        const PruneStep *step = steps[i];
        any |= step->kind != PRUNE_AND && step->kind != PRUNE_OR;
        if (step->kind == PRUNE_NEVER)
            leaf->never = true;
        else if (step->kind == PRUNE_NULL)
            leaf->is_null[step->key] = true;
        else if (step->kind == PRUNE_NOT_NULL)
            leaf->not_null[step->key] = true;
        else if (step->kind == PRUNE_OP)
            TRY(add_known(c, leaf, step));
    }
    *out = NULL;
    if (leaf->never)
        return STATUS_OK;
    if (!any)
        *out = every(c);
    else
        TRY(c->table->strategy == 'l'   ? list_places(c, leaf, out)
            : c->table->strategy == 'r' ? range_places(c, leaf, out)
                                        : hash_places(c, leaf, out));
    for (uint32_t i = 0; i < count; i++) {
        BitSet *one;
        if (steps[i]->kind != PRUNE_AND && steps[i]->kind != PRUNE_OR)
            continue;
        TRY(prune_evaluate(c, steps[i], &one));
        *out = bitset_intersect(c->arena, *out, one);
    }
    return STATUS_OK;
}

Status prune_evaluate(PruneContext *c, const PruneStep *steps, BitSet **out) {
    *out = NULL;
    if (steps == NULL) {
        *out = every(c);
        return STATUS_OK;
    }
    TRY(fiber_stack_check());
    if (steps->kind == PRUNE_AND)
        return and_places(c, steps->steps, steps->count, out);
    if (steps->kind != PRUNE_OR) {
        PruneStep *one = (PruneStep *)(uintptr_t)steps;
        return and_places(c, &one, 1, out);
    }
    for (uint32_t i = 0; i < steps->count; i++) {
        BitSet *one;
        TRY(prune_evaluate(c, steps->steps[i], &one));
        *out = bitset_add_set(c->arena, *out, one);
    }
    return STATUS_OK;
}
