/*
 * prep.c: the join tree made as flat as it can be before relations are looked at.
 *
 * IN and EXISTS in WHERE become semi- and antijoins, plain subqueries in FROM dissolve into their
 * parent, outer joins whose NULL rows cannot survive become inner joins. Then every expression is
 * folded, its sublinks planned, its references to outer levels made parameters.
 */
#include "planner/plan_int.h"

/* ---- sublinks to joins ---- */

typedef struct PullUp {
    Level *level;
    Query *query;
} PullUp;

static FromNode *join_new(Arena *arena, JoinKind kind, FromNode *left, FromNode *right,
                          Expr *condition) {
    FromNode *join = arena_new(arena, FromNode);
    join->kind = FROM_JOIN;
    join->join_kind = kind;
    join->left = left;
    join->right = right;
    join->condition = condition;
    return join;
}

static BitSet *from_rels(Arena *arena, BitSet *set, const FromNode *node) {
    if (node == NULL)
        return set;
    if (node->kind == FROM_RTE)
        return bitset_add(arena, set, (int)node->rt_index);
    set = from_rels(arena, set, node->left);
    set = from_rels(arena, set, node->right);
    for (uint32_t i = 0; i < node->item_count; i++)
        set = from_rels(arena, set, node->items[i]);
    return set;
}

static RangeEntry *subquery_entry(Arena *arena, Query *query, const char *name) {
    RangeEntry *entry = arena_new(arena, RangeEntry);
    uint32_t count = 0;
    entry->kind = RTE_SUBQUERY;
    entry->subquery = query;
    entry->name = name;
    entry->in_from = true;
    entry->column_names = arena_array(arena, const char *, query->targets.count + 1);
    entry->column_types = arena_array(arena, Oid, query->targets.count + 1);
    entry->column_typmods = arena_array(arena, int32_t, query->targets.count + 1);
    entry->column_collations = arena_array(arena, Oid, query->targets.count + 1);
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *target = query->targets.items[i];
        if (target->junk)
            continue;
        entry->column_names[count] = target->name != NULL ? target->name : "";
        entry->column_types[count] = target->expr->type;
        entry->column_typmods[count] = target->expr->typmod;
        entry->column_collations[count] = target->expr->collation;
        count++;
    }
    entry->column_count = count;
    return entry;
}

typedef struct ColumnsFor {
    Arena *arena;
    uint32_t rt_index;
} ColumnsFor;

/* PARAM_SUB_LINK n becomes column n of the new entry. */
static Expr *sub_link_columns(Expr *expr, void *arg) {
    ColumnsFor *to = arg;
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_SUB_LINK)
        return (Expr *)expr_column(to->arena, to->rt_index, (int16_t)((ExprParam *)expr)->number,
                                   expr->type, expr->typmod, expr->collation, 0);
    if (expr->tag == EXPR_SUB_LINK) /* its test's numbers are its own */
        return expr;
    return expr_map(to->arena, expr, sub_link_columns, arg);
}

/* x IN (SELECT ..): *right_out NULL where it cannot be a join. */
static Status any_to_join(PullUp *pull, ExprSubLink *link, const BitSet *available,
                          FromNode **right_out, Expr **condition_out) {
    Planner *planner = pull->level->planner;
    Arena *arena = planner->arena;
    *right_out = NULL;
    if (query_contains_columns_of_level(link->query, 1))
        return STATUS_OK;
    BitSet *test_rels = tree_rels(arena, NULL, link->test, 0);
    if (bitset_empty(test_rels) || !bitset_subset(test_rels, available) ||
        expr_is_volatile(planner, link->test))
        return STATUS_OK;
    query_add_rte(arena, pull->query, subquery_entry(arena, link->query, "ANY_subquery"));
    ColumnsFor to = {arena, pull->query->range_count};
    FromNode *right = arena_new(arena, FromNode);
    right->rt_index = to.rt_index;
    *condition_out = sub_link_columns(link->test, &to);
    *right_out = right;
    return STATUS_OK;
}

static bool exists_is_simple(Planner *planner, Query *query) {
    if (query->command != COMMAND_SELECT || query->set_op != NULL || query->has_aggs ||
        query->grouping_set_count > 0 || query->has_windows || query->has_target_srfs ||
        query->has_modifying_cte || query->having != NULL || query->offset != NULL ||
        query->row_mark_count > 0 || query->ctes.count > 0)
        return false;
    if (query->limit != NULL) {
        Expr *limit = query->limit;
        status_free(fold_expr(planner, limit, &limit));
        if (limit->tag != EXPR_CONST ||
            (!((ExprConst *)limit)->is_null && ((ExprConst *)limit)->value.i64 <= 0))
            return false;
        query->limit = NULL;
    }
    query->targets = (TargetList){0};
    query->group_by = query->order_by = query->distinct = (SortList){0};
    query->windows = (WindowList){0};
    query->has_distinct_on = query->has_group_by = false;
    return true;
}

static Status exists_to_join(PullUp *pull, ExprSubLink *link, const BitSet *available,
                             FromNode **right_out, Expr **condition_out) {
    Planner *planner = pull->level->planner;
    Arena *arena = planner->arena;
    Query *parent = pull->query;
    *right_out = NULL;
    if (link->query->from == NULL || link->query->from->item_count == 0)
        return STATUS_OK;
    Query *query = query_copy(arena, link->query);
    if (!exists_is_simple(planner, query))
        return STATUS_OK;
    tree_flatten_query_joins(arena, query);
    Expr *where = query->from->condition;
    query->from->condition = NULL;
    if (query_contains_columns_of_level(query, 1) || where == NULL ||
        !contains_columns_of_level(where, 1) || !contains_columns_of_level(where, 0) ||
        expr_is_volatile(planner, where))
        return STATUS_OK;
    if (!bitset_subset(tree_rels(arena, NULL, where, 1), available))
        return STATUS_OK;
    uint32_t offset = parent->range_count;
    tree_offset_query(arena, query, offset);
    where = tree_shift_levels(arena, tree_offset(arena, where, offset), -1, 1);
    tree_shift_query_levels(arena, query, -1, 1);
    for (uint32_t i = 0; i < query->range_count; i++)
        query_add_rte(arena, parent, query->range_table[i]);
    *right_out = query->from->item_count == 1 ? query->from->items[0] : query->from;
    *condition_out = where;
    return STATUS_OK;
}

/* One conjunct; *kept_out: what is left of it (NULL: nothing). */
static Status conjunct_to_join(PullUp *pull, Expr *conjunct, FromNode **from,
                               const BitSet *available, Expr **kept_out) {
    Expr *inner = conjunct;
    bool negated = false;
    *kept_out = conjunct;
    if (inner->tag == EXPR_BOOL && ((ExprBool *)inner)->op == BOOL_NOT) {
        inner = ((ExprBool *)inner)->args.items[0];
        negated = true;
    }
    if (inner->tag != EXPR_SUB_LINK)
        return STATUS_OK;
    ExprSubLink *link = (ExprSubLink *)inner;
    FromNode *right = NULL;
    Expr *condition = NULL;
    if (link->kind == SUBLINK_ANY && !negated)
        TRY(any_to_join(pull, link, available, &right, &condition));
    else if (link->kind == SUBLINK_EXISTS)
        TRY(exists_to_join(pull, link, available, &right, &condition));
    if (right == NULL)
        return STATUS_OK;
    *from = join_new(pull->level->planner->arena, negated ? JOIN_ANTI : JOIN_SEMI, *from, right,
                     condition);
    *kept_out = NULL;
    return STATUS_OK;
}

/* Inner joins directly in the list become items of it, so that their conditions are WHERE's. */
static void flatten_inner(Arena *arena, FromNode *list, FromNode *item, ExprList *conditions) {
    if (item->kind == FROM_JOIN && item->join_kind == JOIN_INNER) {
        flatten_inner(arena, list, item->left, conditions);
        flatten_inner(arena, list, item->right, conditions);
        expr_conjuncts(arena, item->condition, conditions);
    } else if (item->kind == FROM_LIST) {
        for (uint32_t i = 0; i < item->item_count; i++)
            flatten_inner(arena, list, item->items[i], conditions);
        expr_conjuncts(arena, item->condition, conditions);
    } else {
        from_add(arena, list, item);
    }
}

static Status pull_up_sub_links(PullUp *pull, FromNode *top) {
    Arena *arena = pull->level->planner->arena;
    ExprList conditions = {0}, kept = {0};
    FromNode *list = arena_new(arena, FromNode);
    list->kind = FROM_LIST;
    bool any = false;
    for (uint32_t i = 0; i < top->item_count; i++)
        any |= tree_has_tag(top->items[i]->condition, EXPR_SUB_LINK);
    if (!any && !tree_has_tag(top->condition, EXPR_SUB_LINK))
        return STATUS_OK;
    for (uint32_t i = 0; i < top->item_count; i++)
        flatten_inner(arena, list, top->items[i], &conditions);
    expr_conjuncts(arena, top->condition, &conditions);
    if (list->item_count == 0)
        return STATUS_OK;
    FromNode *from = list->item_count == 1 ? list->items[0] : list;
    BitSet *available = from_rels(arena, NULL, from);
    for (uint32_t i = 0; i < conditions.count; i++) {
        Expr *rest;
        TRY(conjunct_to_join(pull, conditions.items[i], &from, available, &rest));
        if (rest != NULL)
            expr_list_add(arena, &kept, rest);
    }
    top->items = NULL;
    top->item_count = top->item_capacity = 0;
    if (from == list)
        for (uint32_t i = 0; i < list->item_count; i++)
            from_add(arena, top, list->items[i]);
    else
        from_add(arena, top, from);
    top->condition = expr_and(arena, &kept);
    return STATUS_OK;
}

/* ---- subqueries dissolved ---- */

static bool has_volatile_targets(Planner *planner, const Query *query) {
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (expr_is_volatile(planner, query->targets.items[i]->expr))
            return true;
    return false;
}

static bool plain_targets(const Query *query) {
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Expr *expr = query->targets.items[i]->expr;
        if (expr->tag != EXPR_COLUMN || ((const ExprColumn *)expr)->levels_up != 0)
            return false;
    }
    return true;
}

typedef struct OuterRefs {
    uint32_t level;    /* deeper than the query looked at */
    uint32_t rt_index; /* 0: any column of the level */
    bool found;
} OuterRefs;

static bool refs_visit(Expr *expr, void *arg) {
    OuterRefs *refs = arg;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        refs->found |=
            column->levels_up == refs->level &&
            (refs->rt_index == 0 || (column->rt_index == refs->rt_index && column->attno == 0));
        return refs->found;
    }
    return expr_walk_levels(expr, &refs->level, refs_visit, arg);
}

/* Outer joins whose conditions, or what they join, look at the queries around: LATERAL. */
static bool outer_join_looks_out(const Query *query, const FromNode *node, bool below) {
    if (node == NULL)
        return false;
    if (node->kind == FROM_RTE) {
        const RangeEntry *entry = query_rte(query, node->rt_index);
        return below && entry->lateral;
    }
    if (node->kind == FROM_JOIN && node->join_kind != JOIN_INNER)
        below = true;
    OuterRefs refs = {.level = 1};
    if (below && node->condition != NULL)
        refs_visit(node->condition, &refs);
    bool found = refs.found;
    for (uint32_t i = 0; i < node->item_count && !found; i++)
        found = outer_join_looks_out(query, node->items[i], below);
    return found || outer_join_looks_out(query, node->left, below) ||
           outer_join_looks_out(query, node->right, below);
}

/* Is the whole row of an entry asked for anywhere? Below an outer join it may be NULL as a whole. */
static bool whole_row_used(Query *query, uint32_t rt_index) {
    OuterRefs refs = {.level = 0, .rt_index = rt_index};
    query_walk(query, &refs.level, refs_visit, &refs);
    return refs.found;
}

static bool can_dissolve(Planner *planner, const RangeEntry *entry, bool below_outer,
                         bool in_outer_join) {
    const Query *query = entry->subquery;
    if (entry->security_barrier || entry->security_quals.count > 0 ||
        query->command != COMMAND_SELECT || query->set_op != NULL || query->has_aggs ||
        query->has_windows || query->has_target_srfs || query->group_by.count > 0 ||
        query->grouping_set_count > 0 || query->having != NULL || query->order_by.count > 0 ||
        query->distinct.count > 0 || query->limit != NULL || query->offset != NULL ||
        query->row_mark_count > 0 || query->ctes.count > 0)
        return false;
    if (query->from == NULL || query->from->item_count == 0)
        return !in_outer_join && !below_outer && query->from != NULL &&
               query->from->condition == NULL && !has_volatile_targets(planner, query);
    if ((entry->lateral && (below_outer || in_outer_join)) ||
        (below_outer && !plain_targets(query)))
        return false;
    return !has_volatile_targets(planner, query) &&
           !(entry->lateral && outer_join_looks_out(query, query->from, false));
}

typedef struct Dissolve {
    Planner *planner;
    Query *parent;
    uint32_t rt_index;
    const RangeEntry *entry;
    const Query *query;
} Dissolve;

static const Target *target_at(const Query *query, int16_t attno) {
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (query->targets.items[i]->resno == attno && !query->targets.items[i]->junk)
            return query->targets.items[i];
    return NULL;
}

/* Keeps a value apart from what looks the same: as a column it may be NULL in some grouping sets. */
static Expr *placeholder(Arena *arena, Expr *expr, uint32_t id) {
    ExprPlaceholder *out = EXPR_NEW(arena, ExprPlaceholder, EXPR_PLACEHOLDER);
    out->type = expr->type;
    out->typmod = expr->typmod;
    out->collation = expr->collation;
    out->location = expr->location;
    out->arg = expr;
    out->id = id;
    return (Expr *)out;
}

static Expr *dissolved_column(const ExprColumn *column, void *arg) {
    Dissolve *d = arg;
    Arena *arena = d->planner->arena;
    if (column->attno != 0) {
        const Target *target = target_at(d->query, column->attno);
        if (target == NULL)
            return (Expr *)(uintptr_t)column;
        return d->parent->grouping_set_count > 0 && target->expr->tag != EXPR_COLUMN
                   ? placeholder(arena, target->expr, d->rt_index << 16 | (uint16_t)column->attno)
                   : target->expr;
    }
    ExprRow *row = EXPR_NEW(arena, ExprRow, EXPR_ROW);
    row->type = column->type;
    row->form = CALL_IMPLICIT;
    row->names = d->entry->column_names;
    for (uint32_t i = 0; i < d->entry->column_count; i++) {
        const Target *target = target_at(d->query, (int16_t)(i + 1));
        if (target != NULL)
            expr_list_add(arena, &row->args, target->expr);
    }
    return (Expr *)row;
}

/* A query of nothing but one row of VALUES: its columns are those values. */
static void dissolve_values(Planner *planner, Query *query) {
    Arena *arena = planner->arena;
    if (query->command != COMMAND_SELECT || query->range_count != 1 || query->from == NULL ||
        query->from->item_count != 1 || query->from->items[0]->kind != FROM_RTE)
        return;
    const RangeEntry *entry = query_rte(query, 1);
    if (entry->kind != RTE_VALUES || entry->row_count != 1)
        return;
    Query values = {.command = COMMAND_SELECT};
    for (uint32_t i = 0; i < entry->column_count; i++) {
        Expr *value = entry->rows[0].items[i];
        if (expr_is_volatile(planner, value))
            return;
        target_list_add(arena, &values.targets,
                        target_make(arena, value, (int16_t)(i + 1), entry->column_names[i], false));
    }
    Dissolve d = {planner, query, 1, entry, &values};
    tree_replace_query_columns(arena, query, 0, 1, dissolved_column, &d);
    query->from->item_count = 0;
    query->range_count = 0;
}

static Status prep_from(PullUp *pull, FromNode **at, bool below_outer, bool in_outer_join);

static Status dissolve(PullUp *pull, FromNode **at, bool below_outer, bool in_outer_join) {
    Planner *planner = pull->level->planner;
    Arena *arena = planner->arena;
    Query *parent = pull->query;
    uint32_t rt_index = (*at)->rt_index;
    RangeEntry *entry = query_rte(parent, rt_index);
    Query *query = query_copy(arena, entry->subquery);
    Dissolve d = {planner, parent, rt_index, entry, query};
    tree_flatten_query_joins(arena, query);
    PullUp inner = {pull->level, query};
    TRY(pull_up_sub_links(&inner, query->from));
    if (!can_dissolve(
            planner,
            &(RangeEntry){.kind = RTE_SUBQUERY, .subquery = query, .lateral = entry->lateral},
            below_outer, in_outer_join))
        return STATUS_OK;
    uint32_t offset = parent->range_count;
    tree_offset_query(arena, query, offset);
    tree_shift_query_levels(arena, query, -1, 1);
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *own = query->range_table[i];
        if (entry->lateral && (own->kind == RTE_SUBQUERY || own->kind == RTE_FUNCTION ||
                               own->kind == RTE_VALUES || own->kind == RTE_TABLE_FUNC))
            own->lateral = true;
        query_add_rte(arena, parent, own);
    }
    parent->has_sub_links |= query->has_sub_links;
    tree_replace_query_columns(arena, parent, 0, rt_index, dissolved_column, &d);
    entry->subquery = NULL; /* its entries are the parent's now: none walks them twice */
    FromNode *from = query->from;
    *at = from->item_count == 1 && from->condition == NULL ? from->items[0] : from;
    return prep_from(pull, at, below_outer, in_outer_join);
}

static Status prep_from(PullUp *pull, FromNode **at, bool below_outer, bool in_outer_join) {
    FromNode *node = *at;
    TRY(fiber_stack_check());
    TRY(fiber_check_interrupt());
    fiber_yield_if_due();
    if (node->kind == FROM_RTE) {
        RangeEntry *entry = query_rte(pull->query, node->rt_index);
        if (entry->kind == RTE_FUNCTION)
            TRY(inline_set(pull->level->planner, entry));
        if (entry->kind == RTE_SUBQUERY)
            dissolve_values(pull->level->planner, entry->subquery);
        if (entry->kind == RTE_SUBQUERY &&
            can_dissolve(pull->level->planner, entry, below_outer, in_outer_join) &&
            !(below_outer && whole_row_used(pull->query, node->rt_index)))
            return dissolve(pull, at, below_outer, in_outer_join);
        return STATUS_OK;
    }
    if (node->kind == FROM_LIST) {
        for (uint32_t i = 0; i < node->item_count; i++)
            TRY(prep_from(pull, &node->items[i], below_outer, in_outer_join));
        return STATUS_OK;
    }
    JoinKind kind = node->join_kind;
    bool left_null = kind == JOIN_FULL || kind == JOIN_RIGHT;
    bool right_null = kind == JOIN_FULL || kind == JOIN_LEFT || kind == JOIN_ANTI;
    bool special = kind != JOIN_INNER || in_outer_join;
    TRY(prep_from(pull, &node->left, below_outer || left_null, special));
    return prep_from(pull, &node->right, below_outer || right_null, special);
}

/* Lists without items (dissolved constants) leave the tree. */
static void drop_empty(FromNode *list) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->item_count; i++) {
        FromNode *item = list->items[i];
        if (item->kind == FROM_LIST && item->item_count == 0 && item->condition == NULL)
            continue;
        list->items[kept++] = item;
    }
    list->item_count = kept;
}

/* ---- outer joins reduced ---- */

/* RIGHT turned into LEFT, so that only LEFT and FULL remain. */
static void flip_right(FromNode *node) {
    if (node == NULL)
        return;
    for (uint32_t i = 0; i < node->item_count; i++)
        flip_right(node->items[i]);
    flip_right(node->left);
    flip_right(node->right);
    if (node->kind == FROM_JOIN && node->join_kind == JOIN_RIGHT) {
        FromNode *swap = node->left;
        node->left = node->right;
        node->right = swap;
        node->join_kind = JOIN_LEFT;
    }
}

static void reduce_outer(Level *level, FromNode *node, BitSet *nonnullable) {
    Planner *planner = level->planner;
    Arena *arena = planner->arena;
    if (node->kind == FROM_RTE)
        return;
    if (node->kind == FROM_LIST) {
        BitSet *own =
            bitset_union(arena, nonnullable, nonnullable_rels(planner, node->condition, true));
        for (uint32_t i = 0; i < node->item_count; i++)
            reduce_outer(level, node->items[i], own);
        return;
    }
    BitSet *left = from_rels(arena, NULL, node->left), *right = from_rels(arena, NULL, node->right);
    if (node->join_kind == JOIN_FULL) {
        bool left_safe = bitset_overlap(nonnullable, left);
        bool right_safe = bitset_overlap(nonnullable, right);
        if (left_safe && right_safe)
            node->join_kind = JOIN_INNER;
        else if (left_safe)
            node->join_kind = JOIN_LEFT;
        else if (right_safe)
            node->join_kind = JOIN_RIGHT;
        flip_right(node);
        left = from_rels(arena, NULL, node->left);
        right = from_rels(arena, NULL, node->right);
    }
    if (node->join_kind == JOIN_LEFT && bitset_overlap(nonnullable, right))
        node->join_kind = JOIN_INNER;
    BitSet *own = nonnullable_rels(planner, node->condition, true);
    BitSet *both = bitset_union(arena, nonnullable, own);
    JoinKind kind = node->join_kind;
    reduce_outer(level, node->left,
                 kind == JOIN_INNER || kind == JOIN_SEMI ? both
                 : kind == JOIN_FULL                     ? NULL
                                                         : nonnullable);
    reduce_outer(level, node->right,
                 kind == JOIN_INNER || kind == JOIN_SEMI ? both
                 : kind == JOIN_FULL                     ? NULL
                                                         : own);
}

/* ---- expressions ---- */

typedef struct Prepare {
    Level *level;
    Status failed;
} Prepare;

static Expr *prepare(Prepare *context, Expr *expr, bool is_qual) {
    if (expr == NULL || !status_ok(context->failed))
        return expr;
    Status s = fold_expr(context->level->planner, expr, &expr);
    if (status_ok(s) && is_qual)
        expr = or_factor(context->level->planner->arena, expr);
    if (status_ok(s) && tree_has_tag(expr, EXPR_SUB_LINK))
        s = sublinks_replace(context->level, expr, is_qual, &expr);
    if (status_ok(s) && context->level->parent != NULL)
        s = outer_refs_replace(context->level, expr, &expr);
    if (!status_ok(s))
        context->failed = s;
    return expr;
}

static void prepare_list(Prepare *context, ExprList *list) {
    ExprList out = {list->count, list->count, NULL};
    if (list->count == 0)
        return;
    out.items = arena_array(context->level->planner->arena, Expr *, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        out.items[i] = prepare(context, list->items[i], false);
    *list = out;
}

static void prepare_targets(Prepare *context, TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++)
        targets->items[i]->expr = prepare(context, targets->items[i]->expr, false);
}

static Expr *prepare_qual(Prepare *context, Expr *condition) {
    condition = prepare(context, condition, true);
    return condition != NULL && expr_is_true_const(condition) ? NULL : condition;
}

static void prepare_from(Prepare *context, FromNode *node) {
    if (node == NULL)
        return;
    for (uint32_t i = 0; i < node->item_count; i++)
        prepare_from(context, node->items[i]);
    prepare_from(context, node->left);
    prepare_from(context, node->right);
    node->condition = prepare_qual(context, node->condition);
}

static void prepare_entry(Prepare *context, RangeEntry *entry) {
    for (uint32_t i = 0; i < entry->function_count; i++)
        entry->functions[i].call = prepare(context, entry->functions[i].call, false);
    for (uint32_t i = 0; i < entry->row_count; i++)
        prepare_list(context, &entry->rows[i]);
    prepare_list(context, &entry->security_quals);
    if (entry->table_func != NULL) {
        TableFunc *func = entry->table_func;
        func->document = prepare(context, func->document, false);
        func->row = prepare(context, func->row, false);
        prepare_list(context, &func->namespace_uris);
        for (uint32_t i = 0; i < func->column_count; i++) {
            func->paths[i] = prepare(context, func->paths[i], false);
            func->defaults[i] = prepare(context, func->defaults[i], false);
        }
    }
    if (entry->sample != NULL) {
        prepare_list(context, &entry->sample->args);
        entry->sample->repeatable = prepare(context, entry->sample->repeatable, false);
    }
}

static void prepare_conflict(Prepare *context, OnConflict *conflict) {
    if (conflict == NULL)
        return;
    for (uint32_t i = 0; i < conflict->elem_count; i++)
        conflict->elems[i].expr = prepare(context, conflict->elems[i].expr, false);
    conflict->where_infer = prepare_qual(context, conflict->where_infer);
    prepare_targets(context, &conflict->set);
    conflict->where = prepare_qual(context, conflict->where);
}

/* ---- keys with subqueries ---- */

/* Group keys as they were and as they are prepared. */
typedef struct SubLinkKeys {
    Arena *arena;
    ExprList written, prepared;
} SubLinkKeys;

static Expr *as_prepared_key(Expr *expr, void *arg) {
    SubLinkKeys *keys = arg;
    if (expr->tag == EXPR_AGG || !tree_has_tag(expr, EXPR_SUB_LINK))
        return expr;
    for (uint32_t i = 0; i < keys->written.count; i++)
        if (expr_equal(expr, keys->written.items[i]))
            return keys->prepared.items[i];
    return expr->tag == EXPR_SUB_LINK ? expr : expr_map(keys->arena, expr, as_prepared_key, keys);
}

/* A subquery that is a key, or part of one, becomes one plan wherever else it stands: only so is it known as the key. */
static void share_keys(Prepare *context) {
    Query *query = context->level->query;
    SubLinkKeys keys = {context->level->planner->arena, {0}, {0}};
    for (uint32_t i = 0; i < query->group_by.count; i++) {
        Target *target = target_by_ref(&query->targets, query->group_by.items[i].ref);
        if (!tree_has_tag(target->expr, EXPR_SUB_LINK))
            continue;
        expr_list_add(keys.arena, &keys.written, target->expr);
        target->expr = prepare(context, target->expr, false);
        expr_list_add(keys.arena, &keys.prepared, target->expr);
    }
    if (keys.written.count == 0)
        return;
    for (uint32_t i = 0; i < query->targets.count; i++)
        query->targets.items[i]->expr = as_prepared_key(query->targets.items[i]->expr, &keys);
    if (query->having != NULL)
        query->having = as_prepared_key(query->having, &keys);
}

static Status prepare_query(Level *level) {
    Prepare context = {level, STATUS_OK};
    Query *query = level->query;
    share_keys(&context);
    /* SET (a, b) = (SELECT ..) first: other targets read what it puts into parameters. */
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (query->targets.items[i]->junk && query->targets.items[i]->expr->tag == EXPR_SUB_LINK)
            query->targets.items[i]->expr = prepare(&context, query->targets.items[i]->expr, false);
    prepare_targets(&context, &query->targets);
    prepare_targets(&context, &query->returning);
    prepare_from(&context, query->from);
    query->having = prepare(&context, query->having, true);
    /* Without GROUP BY it says, even if always true, that there is one group. */
    if (query->having != NULL && query->group_by.count > 0 && expr_is_true_const(query->having))
        query->having = NULL;
    for (uint32_t i = 0; i < query->windows.count; i++) {
        WindowFrame *frame = &query->windows.items[i]->frame;
        frame->start_offset = prepare(&context, frame->start_offset, false);
        frame->end_offset = prepare(&context, frame->end_offset, false);
    }
    query->limit = prepare(&context, query->limit, false);
    query->offset = prepare(&context, query->offset, false);
    prepare_conflict(&context, query->on_conflict);
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        prepare_targets(&context, &query->merge_actions[i]->targets);
        query->merge_actions[i]->condition =
            prepare_qual(&context, query->merge_actions[i]->condition);
    }
    for (uint32_t i = 0; i < query->with_check_count; i++)
        query->with_checks[i].condition = prepare_qual(&context, query->with_checks[i].condition);
    for (uint32_t i = 0; i < query->range_count; i++)
        prepare_entry(&context, query->range_table[i]);
    return context.failed;
}

/* ---- HAVING ---- */

/* Conditions without aggregates are better tested before grouping. */
static void having_to_where(Level *level) {
    Query *query = level->query;
    Arena *arena = level->planner->arena;
    ExprList conjuncts = {0}, kept = {0}, moved = {0};
    if (query->having == NULL || query->grouping_set_count > 0)
        return;
    expr_conjuncts(arena, query->having, &conjuncts);
    for (uint32_t i = 0; i < conjuncts.count; i++) {
        Expr *condition = conjuncts.items[i];
        bool stays = tree_has_tag(condition, EXPR_AGG) || tree_has_tag(condition, EXPR_GROUPING) ||
                     expr_is_volatile(level->planner, condition) || expr_has_subplan(condition) ||
                     query->group_by.count == 0;
        expr_list_add(arena, stays ? &kept : &moved, condition);
    }
    if (moved.count == 0)
        return;
    ExprList where = {0};
    expr_conjuncts(arena, query->from->condition, &where);
    expr_list_concat(arena, &where, &moved);
    query->from->condition = expr_and(arena, &where);
    query->having = expr_and(arena, &kept);
}

static bool is_earlier_key(const Query *query, uint32_t key, const Expr *expr) {
    for (uint32_t i = 0; i < key; i++)
        if (expr_equal(target_by_ref(&query->targets, query->group_by.items[i].ref)->expr, expr))
            return true;
    return false;
}

/* Keys of grouping sets that are constants, or another key again, each NULL where its own set says. */
static void keep_keys_apart(Level *level) {
    const Query *query = level->query;
    for (uint32_t i = 0; i < query->group_by.count && query->grouping_set_count > 0; i++) {
        Target *target = target_by_ref(&query->targets, query->group_by.items[i].ref);
        if (target->expr->tag == EXPR_CONST || is_earlier_key(query, i, target->expr))
            target->expr =
                placeholder(level->planner->arena, target->expr, (uint16_t)target->resno);
    }
}

Status prep_query(Level *level) {
    Query *query = level->query;
    Arena *arena = level->planner->arena;
    PullUp pull = {level, query};
    if (query->from == NULL) {
        query->from = arena_new(arena, FromNode);
        query->from->kind = FROM_LIST;
    }
    dissolve_values(level->planner, query);
    tree_flatten_query_joins(arena, query);
    if (query->has_sub_links)
        TRY(pull_up_sub_links(&pull, query->from));
    for (uint32_t i = 0; i < query->from->item_count; i++)
        TRY(prep_from(&pull, &query->from->items[i], false, false));
    drop_empty(query->from);
    TRY(prepare_query(level));
    having_to_where(level);
    keep_keys_apart(level);
    flip_right(query->from);
    reduce_outer(level, query->from, NULL);
    return STATUS_OK;
}
