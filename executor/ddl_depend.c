/*
 * ddl_depend.c: what stored expressions and queries depend on: functions, operators, types, and columns of
 * tables one by one, so that dropping another column is allowed.
 */
#include "executor/ddl_int.h"

/* A query being walked, and those around it. */
typedef struct DependLevel {
    const struct DependLevel *outer;
    const Query *query;
} DependLevel;

typedef struct DependWalk {
    Ddl *ddl;
    Oid relation; /* columns outside of any query are its */
    const DependLevel *level;
    AddressList *list;
} DependWalk;

static bool visit(Expr *expr, void *arg);

static void add(DependWalk *walk, Oid class_id, Oid object, int32_t sub) {
    if (object != OID_INVALID && object >= OID_FIRST_UNPINNED)
        vec_push(walk->list, walk->ddl->arena, object_address(class_id, object, sub));
}

/* The table of a composite type; 0: it is none. */
static Oid relation_of_type(DependWalk *walk, Oid type) {
    const TypeDesc *desc = NULL;
    Status s = catalog_type(walk->ddl->catalog, type, &desc);
    bool composite = status_ok(s) && desc != NULL && desc->kind == 'c';
    status_free(s);
    return composite ? desc->relation : OID_INVALID;
}

/* A column of a function in FROM that returns a composite type. */
static void function_column(DependWalk *walk, const RangeEntry *entry, int16_t attno) {
    uint32_t before = 0;
    for (uint32_t i = 0; i < entry->function_count; i++) {
        const RangeFunction *function = &entry->functions[i];
        if ((uint32_t)attno > before && (uint32_t)attno <= before + function->column_count) {
            Oid relation = function->call == NULL || function->column_types != NULL
                               ? OID_INVALID
                               : relation_of_type(walk, function->call->type);
            if (relation != OID_INVALID)
                add(walk, PG_CLASS, relation, (int32_t)((uint32_t)attno - before));
            return;
        }
        before += function->column_count;
    }
}

static void visit_column(DependWalk *walk, const ExprColumn *column) {
    const DependLevel *level = walk->level;
    if (level == NULL) {
        if (walk->relation != OID_INVALID)
            add(walk, PG_CLASS, walk->relation, column->attno);
        return;
    }
    for (uint32_t up = column->levels_up; up > 0 && level != NULL; up--)
        level = level->outer;
    if (level == NULL || column->rt_index == 0 || column->rt_index > level->query->range_count)
        return;
    const RangeEntry *entry = level->query->range_table[column->rt_index - 1];
    if (column->attno <= 0)
        return;
    if (entry->kind == RTE_RELATION) {
        add(walk, PG_CLASS, entry->relation, column->attno);
    } else if (entry->kind == RTE_FUNCTION) {
        function_column(walk, entry, column->attno);
    }
    /* A join's merged columns count with the join (walk_expressions). */
}

/* Literals that name objects: nextval('s') keeps s. */
static void visit_const(DependWalk *walk, const ExprConst *c) {
    static const struct {
        Oid type, class_id;
    } names[] = {{OID_REGCLASS, PG_CLASS}, {OID_REGPROC, PG_PROC}, {2202, PG_PROC},
                 {2203, PG_OPERATOR},      {2204, PG_OPERATOR},    {2206, PG_TYPE},
                 {3734, PG_TS_CONFIG},     {3769, PG_TS_DICT},     {4191, PG_COLLATION},
                 {4089, PG_NAMESPACE}};
    add(walk, PG_TYPE, c->type, 0);
    for (size_t i = 0; i < ARRAY_LEN(names) && !c->is_null; i++)
        if (names[i].type == c->type)
            add(walk, names[i].class_id, c->value.u32, 0);
}

static void walk_query(DependWalk *walk, Query *query);

static void visit_field(DependWalk *walk, const ExprFieldSelect *select) {
    Oid relation = relation_of_type(walk, select->arg->type);
    if (relation != OID_INVALID)
        add(walk, PG_CLASS, relation, select->field);
    else
        add(walk, PG_TYPE, select->type, 0);
}

static void visit_operators(DependWalk *walk, const Expr *expr) {
    if (expr->tag == EXPR_SCALAR_ARRAY_OP) {
        add(walk, PG_OPERATOR, ((const ExprScalarArrayOp *)expr)->op, 0);
    } else if (expr->tag == EXPR_ROW_COMPARE) {
        const ExprRowCompare *row = (const ExprRowCompare *)expr;
        for (uint32_t i = 0; i < row->left.count; i++)
            add(walk, PG_OPERATOR, row->ops[i], 0);
    } else {
        add(walk, PG_OPERATOR, ((const ExprFunc *)expr)->op, 0);
    }
}

static bool visit(Expr *expr, void *arg) {
    DependWalk *walk = arg;
    if (expr == NULL)
        return false;
    if (expr->tag != EXPR_COLUMN && expr->collation >= OID_FIRST_UNPINNED)
        add(walk, PG_COLLATION, expr->collation, 0);
    switch (expr->tag) {
    case EXPR_COLUMN:
        visit_column(walk, (const ExprColumn *)expr);
        return false;
    case EXPR_CONST:
        visit_const(walk, (const ExprConst *)expr);
        return false;
    case EXPR_FUNC: {
        const ExprFunc *call = (const ExprFunc *)expr;
        if (call->op != OID_INVALID)
            add(walk, PG_OPERATOR, call->op, 0);
        else
            add(walk, PG_PROC, call->function, 0);
        break;
    }
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
    case EXPR_ROW_COMPARE:
    case EXPR_SCALAR_ARRAY_OP:
        visit_operators(walk, expr);
        break;
    case EXPR_AGG:
        add(walk, PG_PROC, ((ExprAgg *)expr)->function, 0);
        break;
    case EXPR_WINDOW_CALL:
        add(walk, PG_PROC, ((ExprWindowCall *)expr)->function, 0);
        break;
    case EXPR_FIELD_SELECT:
        visit_field(walk, (const ExprFieldSelect *)expr);
        break;
    case EXPR_PARAM:
    case EXPR_RELABEL:
    case EXPR_COERCE_VIA_IO:
    case EXPR_ARRAY_COERCE:
    case EXPR_ROW_COERCE:
    case EXPR_COERCE_DOMAIN:
    case EXPR_FIELD_STORE:
    case EXPR_ROW:
        add(walk, PG_TYPE, expr->type, 0);
        break;
    case EXPR_SUB_LINK:
        walk_query(walk, ((ExprSubLink *)expr)->query);
        break;
    case EXPR_NEXT_VALUE:
        add(walk, PG_CLASS, ((ExprNextValue *)expr)->sequence, 0);
        break;
    default:
        break;
    }
    return expr_walk(expr, visit, walk);
}

static void walk_entry(DependWalk *walk, const RangeEntry *entry) {
    switch (entry->kind) {
    case RTE_RELATION:
        add(walk, PG_CLASS, entry->relation, 0);
        if (entry->sample != NULL)
            add(walk, PG_PROC, entry->sample->handler, 0);
        break;
    case RTE_SUBQUERY:
        if (entry->subquery != NULL)
            walk_query(walk, entry->subquery);
        break;
    case RTE_FUNCTION:
        for (uint32_t f = 0; f < entry->function_count; f++)
            for (uint32_t i = 0;
                 entry->functions[f].column_types != NULL && i < entry->functions[f].column_count;
                 i++)
                add(walk, PG_TYPE, entry->functions[f].column_types[i], 0);
        break;
    case RTE_TABLE_FUNC:
        for (uint32_t i = 0; entry->table_func != NULL && i < entry->table_func->column_count; i++)
            add(walk, PG_TYPE, entry->table_func->types[i], 0);
        break;
    default:
        break;
    }
}

/* INSERT and UPDATE need the columns that they set. */
static void walk_result(DependWalk *walk, const Query *query) {
    bool sets = query->command == COMMAND_INSERT || query->command == COMMAND_UPDATE;
    if (!sets || query->result_rt_index == 0 || query->result_rt_index > query->range_count)
        return;
    const RangeEntry *entry = query->range_table[query->result_rt_index - 1];
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (!query->targets.items[i]->junk)
            add(walk, PG_CLASS, entry->relation, query->targets.items[i]->resno);
}

/* All but what joins say of the columns that they pass on: what refers to those counts. */
static void walk_expressions(DependWalk *walk, Query *query) {
    JoinColumn **columns = arena_array(walk->ddl->arena, JoinColumn *, query->range_count + 1);
    for (uint32_t i = 0; i < query->range_count; i++) {
        columns[i] = query->range_table[i]->join_columns;
        query->range_table[i]->join_columns = NULL;
    }
    query_walk(query, NULL, visit, walk);
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        entry->join_columns = columns[i];
        for (uint32_t m = 0; m < entry->merged_count && entry->join_columns != NULL; m++)
            visit(entry->join_columns[m].expr, walk);
    }
}

static void walk_query(DependWalk *walk, Query *query) {
    const DependLevel level = {walk->level, query};
    walk->level = &level;
    for (uint32_t i = 0; i < query->range_count; i++)
        walk_entry(walk, query->range_table[i]);
    walk_result(walk, query);
    for (uint32_t i = 0; i < query->ctes.count; i++)
        walk_query(walk, query->ctes.items[i]->query);
    for (uint32_t i = 0; i < query->key_count; i++)
        add(walk, PG_CONSTRAINT, query->keys[i], 0);
    if (query->on_conflict != NULL)
        add(walk, PG_CONSTRAINT, query->on_conflict->constraint, 0);
    walk_expressions(walk, query);
    walk->level = level.outer;
}

void ddl_expr_addresses(Ddl *ddl, Expr *expr, Oid relation, AddressList *list) {
    DependWalk walk = {.ddl = ddl, .relation = relation, .list = list};
    visit(expr, &walk);
}

void ddl_type_address(Ddl *ddl, Oid type, AddressList *list) {
    if (type >= OID_FIRST_UNPINNED)
        vec_push(list, ddl->arena, object_address(PG_TYPE, type, 0));
}

void ddl_query_addresses(Ddl *ddl, Query *query, AddressList *list) {
    DependWalk walk = {.ddl = ddl, .list = list};
    walk_query(&walk, query);
}
