/*
 * rewrite_cte.c: SEARCH and CYCLE of recursive WITH queries.
 *
 * Both sides of the UNION get a SELECT around them that adds the clause's columns:
 *
 *   depth first    ARRAY[ROW(cols)], then seq || ARRAY[ROW(cols)]
 *   breadth first  ROW(0, cols), then ROW(depth of seq + 1, cols)
 *   CYCLE          default mark and ARRAY[ROW(cols)], then whether ROW(cols) = ANY (path), and
 *                  path || ARRAY[ROW(cols)]; rows whose mark is set are not followed
 *
 * The recursive side's own SELECT passes the columns of its reference to the query through.
 */
#include "planner/rewrite_int.h"

#define OID_ARRAY_CAT 383u
#define OID_INT8_INC 1219u
#define OID_RECORD_EQUAL 2988u
#define OID_RECORD_EQ_FUNCTION 2981u

typedef struct Widen {
    Analyzer *an;
    Cte *cte;
    uint32_t count;               /* columns before */
    int16_t sequence, mark, path; /* attribute numbers of the new ones; 0: none */
    uint32_t total;
    const char **names;
    Oid *types;
    int32_t *typmods;
    Oid *collations;
} Widen;

static int16_t widen_add(Widen *w, const char *name, Oid type, int32_t typmod, Oid collation) {
    uint32_t at = w->total++;
    w->names[at] = name;
    w->types[at] = type;
    w->typmods[at] = typmod;
    w->collations[at] = collation;
    return (int16_t)(at + 1);
}

static void widen_init(Widen *w) {
    Arena *arena = w->an->arena;
    const Cte *cte = w->cte;
    uint32_t n = w->count = cte->column_count, room = n + 4;
    w->names = arena_array(arena, const char *, room);
    w->types = arena_array(arena, Oid, room);
    w->typmods = arena_array(arena, int32_t, room);
    w->collations = arena_array(arena, Oid, room);
    for (uint32_t i = 0; i < n; i++)
        widen_add(w, cte->column_names[i], cte->column_types[i], cte->column_typmods[i],
                  cte->column_collations[i]);
    if (cte->search != NULL)
        w->sequence = widen_add(w, cte->search->sequence_column,
                                cte->search->breadth_first ? OID_RECORD : OID_RECORD_ARRAY, -1, 0);
    if (cte->cycle == NULL)
        return;
    w->mark = widen_add(w, cte->cycle->mark_column, cte->cycle->mark_type, cte->cycle->mark_typmod,
                        cte->cycle->mark_collation);
    w->path = widen_add(w, cte->cycle->path_column, OID_RECORD_ARRAY, -1, 0);
}

static void entry_columns(const Widen *w, RangeEntry *entry) {
    entry->column_count = w->total;
    entry->column_names = w->names;
    entry->column_types = w->types;
    entry->column_typmods = w->typmods;
    entry->column_collations = w->collations;
}

static Expr *column_of(const Widen *w, uint32_t rt_index, int16_t attno) {
    uint32_t at = (uint32_t)attno - 1;
    return (Expr *)expr_column(w->an->arena, rt_index, attno, w->types[at], w->typmods[at],
                               w->collations[at], 0);
}

/* ROW(first, columns); first may be NULL. */
static Expr *row_of(const Widen *w, Expr *first, const char **columns, uint32_t count) {
    Arena *arena = w->an->arena;
    ExprRow *row = EXPR_NEW(arena, ExprRow, EXPR_ROW);
    row->type = OID_RECORD;
    row->form = CALL_EXPLICIT;
    row->names = arena_array(arena, const char *, count + 2);
    if (first != NULL) {
        row->names[0] = "*DEPTH*";
        expr_list_add(arena, &row->args, first);
    }
    for (uint32_t c = 0; c < count; c++)
        for (uint32_t i = 0; i < w->count; i++)
            if (strcmp(w->names[i], columns[c]) == 0) {
                row->names[row->args.count] = columns[c];
                expr_list_add(arena, &row->args, column_of(w, 1, (int16_t)(i + 1)));
                break;
            }
    return (Expr *)row;
}

static Expr *array_of(const Widen *w, Expr *row) {
    ExprArray *array = EXPR_NEW(w->an->arena, ExprArray, EXPR_ARRAY);
    array->type = OID_RECORD_ARRAY;
    array->element_type = OID_RECORD;
    expr_list_add(w->an->arena, &array->elements, row);
    return (Expr *)array;
}

static Expr *function_of(const Widen *w, Oid function, Oid type, Expr *a, Expr *b) {
    ExprFunc *f = EXPR_NEW(w->an->arena, ExprFunc, EXPR_FUNC);
    f->function = function;
    f->type = type;
    f->form = CALL_EXPLICIT;
    expr_list_add(w->an->arena, &f->args, a);
    if (b != NULL)
        expr_list_add(w->an->arena, &f->args, b);
    return (Expr *)f;
}

static void add_target(const Widen *w, Query *query, Expr *expr) {
    uint32_t at = query->targets.count;
    target_list_add(w->an->arena, &query->targets,
                    target_make(w->an->arena, expr, (int16_t)(at + 1), w->names[at], false));
}

/* SELECT columns FROM (inner) AS name: what stands where `entry` had its query. */
static Query *wrap(const Widen *w, RangeEntry *entry, const char *name) {
    Arena *arena = w->an->arena;
    Query *outer = query_new(w->an, COMMAND_SELECT);
    RangeEntry *inner = arena_memdup(arena, entry, sizeof(RangeEntry));
    tree_shift_query_levels(arena, entry->subquery, 1, 1);
    inner->name = inner->alias = name;
    inner->in_from = true;
    query_add_rte(arena, outer, inner);
    FromNode *node = arena_new(arena, FromNode);
    node->rt_index = 1;
    from_add(arena, outer->from, node);
    for (uint32_t i = 0; i < w->count; i++)
        add_target(w, outer, column_of(w, 1, (int16_t)(i + 1)));
    entry->subquery = outer;
    entry_columns(w, entry);
    return outer;
}

static void wrap_left(const Widen *w, RangeEntry *entry) {
    const CteSearch *search = w->cte->search;
    const CteCycle *cycle = w->cte->cycle;
    Arena *arena = w->an->arena;
    Query *query = wrap(w, entry, "*TLOCRN*");
    if (search != NULL && search->breadth_first) {
        Expr *zero = (Expr *)expr_const(arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(0), false);
        add_target(w, query, row_of(w, zero, search->columns, search->column_count));
    } else if (search != NULL) {
        add_target(w, query, array_of(w, row_of(w, NULL, search->columns, search->column_count)));
    }
    if (cycle == NULL)
        return;
    add_target(w, query, expr_copy(arena, cycle->mark_default));
    add_target(w, query, array_of(w, row_of(w, NULL, cycle->columns, cycle->column_count)));
}

static Expr *next_sequence(const Widen *w) {
    const CteSearch *search = w->cte->search;
    Expr *sequence = column_of(w, 1, w->sequence);
    if (!search->breadth_first)
        return function_of(w, OID_ARRAY_CAT, OID_RECORD_ARRAY, sequence,
                           array_of(w, row_of(w, NULL, search->columns, search->column_count)));
    ExprFieldSelect *depth = EXPR_NEW(w->an->arena, ExprFieldSelect, EXPR_FIELD_SELECT);
    depth->arg = sequence;
    depth->field = 1;
    depth->type = OID_INT8;
    return row_of(w, function_of(w, OID_INT8_INC, OID_INT8, (Expr *)depth, NULL), search->columns,
                  search->column_count);
}

static Expr *next_mark(const Widen *w) {
    const CteCycle *cycle = w->cte->cycle;
    Arena *arena = w->an->arena;
    ExprScalarArrayOp *seen = EXPR_NEW(arena, ExprScalarArrayOp, EXPR_SCALAR_ARRAY_OP);
    seen->type = OID_BOOL;
    seen->op = OID_RECORD_EQUAL;
    seen->function = OID_RECORD_EQ_FUNCTION;
    seen->use_or = true;
    expr_list_add(arena, &seen->args, row_of(w, NULL, cycle->columns, cycle->column_count));
    expr_list_add(arena, &seen->args, column_of(w, 1, w->path));
    ExprCase *mark = EXPR_NEW(arena, ExprCase, EXPR_CASE);
    mark->type = cycle->mark_type;
    mark->typmod = cycle->mark_typmod;
    mark->collation = cycle->mark_collation;
    expr_list_add(arena, &mark->conditions, (Expr *)seen);
    expr_list_add(arena, &mark->results, expr_copy(arena, cycle->mark_value));
    mark->otherwise = expr_copy(arena, cycle->mark_default);
    return (Expr *)mark;
}

/* Rows whose mark is set lead nowhere. */
static Status follow_condition(const Widen *w, Query *query) {
    const CteCycle *cycle = w->cte->cycle;
    const OperatorDesc *op;
    TRY(catalog_operator(w->an->catalog, cycle->mark_neq_op, &op));
    if (op == NULL)
        return error(ERR_INTERNAL_ERROR, "operator %u of a CYCLE clause is gone",
                     cycle->mark_neq_op);
    ExprFunc *differs = (ExprFunc *)function_of(w, op->code, OID_BOOL, column_of(w, 1, w->mark),
                                                expr_copy(w->an->arena, cycle->mark_value));
    differs->op = cycle->mark_neq_op;
    differs->input_collation = cycle->mark_collation;
    query->from->condition = (Expr *)differs;
    return STATUS_OK;
}

static Status wrap_right(const Widen *w, RangeEntry *entry, uint32_t self) {
    const CteCycle *cycle = w->cte->cycle;
    Query *inner = entry->subquery;
    entry_columns(w, query_rte(inner, self));
    TargetList targets = {0};
    for (uint32_t i = 0; i < inner->targets.count; i++) {
        if (targets.count == w->count) /* the new columns before junk */
            break;
        target_list_add(w->an->arena, &targets, inner->targets.items[i]);
    }
    uint32_t rest = targets.count;
    for (uint32_t at = w->count; at < w->total; at++)
        target_list_add(w->an->arena, &targets,
                        target_make(w->an->arena, column_of(w, self, (int16_t)(at + 1)),
                                    (int16_t)(at + 1), w->names[at], false));
    for (uint32_t i = rest; i < inner->targets.count; i++) {
        Target *junk = arena_memdup(w->an->arena, inner->targets.items[i], sizeof(Target));
        junk->resno = (int16_t)(targets.count + 1);
        target_list_add(w->an->arena, &targets, junk);
    }
    inner->targets = targets;
    Query *query = wrap(w, entry, "*TROCRN*");
    entry_columns(w, query_rte(query, 1));
    if (w->sequence != 0)
        add_target(w, query, next_sequence(w));
    if (cycle == NULL)
        return STATUS_OK;
    add_target(w, query, next_mark(w));
    add_target(w, query,
               function_of(w, OID_ARRAY_CAT, OID_RECORD_ARRAY, column_of(w, 1, w->path),
                           array_of(w, row_of(w, NULL, cycle->columns, cycle->column_count))));
    return follow_condition(w, query);
}

static Status widen_set_op(const Widen *w, Query *query) {
    SetOpNode *op = query->set_op;
    op->column_count = w->total;
    op->types = w->types;
    op->typmods = w->typmods;
    op->collations = w->collations;
    for (uint32_t at = w->count; at < w->total; at++) {
        target_list_add(w->an->arena, &query->targets,
                        target_make(w->an->arena,
                                    column_of(w, op->left->rt_index, (int16_t)(at + 1)),
                                    (int16_t)(at + 1), w->names[at], false));
        if (op->all)
            continue;
        SortClause clause = {.ref = at + 1};
        TRY(oper_sort_group(w->an, w->types[at], false, true, false, &clause.sort_op, &clause.eq_op,
                            NULL, &clause.hashable));
        clause.hashable |= w->types[at] == OID_RECORD || w->types[at] == OID_RECORD_ARRAY;
        sort_list_add(w->an->arena, &op->group, clause);
    }
    return STATUS_OK;
}

Status rewrite_search_cycle(Rewriter *rw, Cte *cte) {
    if (cte->search == NULL && cte->cycle == NULL)
        return STATUS_OK;
    Widen w = {.an = &rw->an, .cte = cte};
    Query *query = cte->query;
    const SetOpNode *op = query->set_op;
    if (op == NULL || op->rt_index != 0 || op->left->rt_index == 0 || op->right->rt_index == 0)
        return error(ERR_INTERNAL_ERROR, "WITH query \"%s\" with SEARCH or CYCLE is no union",
                     cte->name);
    RangeEntry *left = query_rte(query, op->left->rt_index);
    RangeEntry *right = query_rte(query, op->right->rt_index);
    uint32_t self = 0;
    for (uint32_t i = 1; i <= right->subquery->range_count; i++) {
        const RangeEntry *entry = query_rte(right->subquery, i);
        if (entry->kind == RTE_CTE && entry->cte_levels_up == 2 &&
            strcmp(entry->cte_name, cte->name) == 0)
            self = i;
    }
    if (self == 0)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "with a SEARCH or CYCLE clause, the recursive reference to WITH query \"%s\" "
                     "must be at the top level of its right-hand SELECT",
                     cte->name);
    widen_init(&w);
    wrap_left(&w, left);
    TRY(wrap_right(&w, right, self));
    TRY(widen_set_op(&w, query));
    cte->column_count = w.total;
    cte->column_names = w.names;
    cte->column_types = w.types;
    cte->column_typmods = w.typmods;
    cte->column_collations = w.collations;
    cte->search = NULL;
    cte->cycle = NULL;
    return STATUS_OK;
}
