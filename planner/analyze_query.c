/*
 * analyze_query.c: SELECT, VALUES, set operations, row locking; the way in to analysis.
 */
#include "planner/analyze_int.h"

Query *query_new(Analyzer *an, CommandKind command) {
    Query *query = arena_new(an->arena, Query);
    query->command = command;
    query->can_set_tag = true;
    query->from = arena_new(an->arena, FromNode);
    query->from->kind = FROM_LIST;
    query->location = -1;
    return query;
}

void query_finish(Scope *scope, Query *query) {
    query->has_aggs = scope->has_aggs;
    query->has_windows = scope->has_windows;
    query->has_target_srfs = scope->has_target_srfs;
    query->has_sub_links = scope->has_sub_links;
    query->has_modifying_cte = scope->has_modifying_cte;
    for (size_t i = 0; i < scope->ctes.count && query->ctes.count < scope->ctes.count; i++) {
        TargetList *list = (TargetList *)&query->ctes; /* the same layout: pointers */
        target_list_add(scope->an->arena, list, (Target *)scope->ctes.items[i]);
    }
}

static Status query_with(Scope *scope, Query *query, const AstWith *with) {
    if (with == NULL)
        return STATUS_OK;
    query->recursive_with = with->recursive;
    return with_analyze(scope, with);
}

static void query_windows(Scope *scope, const AstList *windows) {
    for (uint32_t i = 0; i < windows->count; i++)
        vec_push(&scope->windows, scope->an->arena, AST_AT(const AstWindowDef, *windows, i));
}

/* ---- row locking ---- */

static const char *lock_name(AstLockStrength strength) {
    static const char *const names[] = {[AST_LOCK_KEY_SHARE] = "FOR KEY SHARE",
                                        [AST_LOCK_SHARE] = "FOR SHARE",
                                        [AST_LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
                                        [AST_LOCK_UPDATE] = "FOR UPDATE"};
    return names[strength];
}

static Status locking_allowed(const Query *query, AstLockStrength strength) {
    const char *what = query->set_op != NULL       ? "UNION/INTERSECT/EXCEPT"
                       : query->distinct.count > 0 ? "DISTINCT clause"
                       : query->group_by.count > 0 || query->grouping_set_count > 0
                           ? "GROUP BY clause"
                       : query->having != NULL  ? "HAVING clause"
                       : query->has_aggs        ? "aggregate functions"
                       : query->has_windows     ? "window functions"
                       : query->has_target_srfs ? "set-returning functions in the target list"
                                                : NULL;
    if (what == NULL)
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed with %s", lock_name(strength), what);
}

static void row_mark_add(Arena *arena, Query *query, uint32_t rt_index, const AstLocking *locking,
                         bool pushed_down) {
    RowLockStrength strength = (RowLockStrength)(locking->strength + 1);
    RowLockWait wait = (RowLockWait)locking->wait;
    if (!pushed_down)
        query->has_for_update = true;
    for (uint32_t i = 0; i < query->row_mark_count; i++) {
        RowMark *mark = &query->row_marks[i];
        if (mark->rt_index != rt_index)
            continue;
        mark->strength = MAX(mark->strength, strength);
        mark->wait = MAX(mark->wait, wait);
        mark->pushed_down &= pushed_down;
        return;
    }
    RowMark *marks = arena_array(arena, RowMark, query->row_mark_count + 1);
    if (query->row_mark_count > 0)
        memcpy(marks, query->row_marks, query->row_mark_count * sizeof(RowMark));
    marks[query->row_mark_count++] = (RowMark){rt_index, strength, wait, pushed_down};
    query->row_marks = marks;
}

static Status lock_entry(Scope *scope, Query *query, uint32_t rt_index, const AstLocking *locking,
                         bool pushed_down) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = query_rte(query, rt_index);
    if (entry->kind == RTE_RELATION && entry->relkind == 'm') {
        const RelationDesc *view;
        TRY(catalog_relation_require(scope->an->catalog, entry->relation, &view));
        return error(ERR_WRONG_OBJECT_TYPE, "cannot lock rows in materialized view \"%s\"",
                     view->name);
    }
    if (entry->kind == RTE_RELATION) {
        row_mark_add(arena, query, rt_index, locking, pushed_down);
        entry->required_rights |= ACL_UPDATE;
    } else if (entry->kind == RTE_SUBQUERY) {
        AstLocking *all = AST_NEW(arena, AstLocking, AST_LOCKING, locking->location);
        all->strength = locking->strength;
        all->wait = locking->wait;
        row_mark_add(arena, query, rt_index, locking, pushed_down);
        return row_marks_analyze(scope, entry->subquery, all, true);
    }
    return STATUS_OK;
}

static Status lock_named(Scope *scope, Query *query, const AstLocking *locking,
                         const AstRangeVar *var, bool pushed_down) {
    static const char *const kinds[] = {[RTE_JOIN] = "a join",
                                        [RTE_FUNCTION] = "a function",
                                        [RTE_TABLE_FUNC] = "a table function",
                                        [RTE_VALUES] = "VALUES",
                                        [RTE_CTE] = "a WITH query",
                                        [RTE_TRANSITION] = "a named tuplestore"};
    if (var->schema != NULL)
        return AT(var->location,
                  error(ERR_SYNTAX_ERROR, "%s must specify unqualified relation names",
                        lock_name(locking->strength)));
    for (uint32_t i = 1; i <= query->range_count; i++) {
        const RangeEntry *entry = query_rte(query, i);
        const char *name = entry->name;
        if (!entry->in_from)
            continue;
        if (entry->kind == RTE_JOIN && entry->alias == NULL)
            name = entry->using_alias;
        if (name == NULL || strcmp(name, var->name) != 0)
            continue;
        if (entry->kind == RTE_RELATION || entry->kind == RTE_SUBQUERY)
            return lock_entry(scope, query, i, locking, pushed_down);
        return AT(var->location, error(ERR_FEATURE_NOT_SUPPORTED, "%s cannot be applied to %s",
                                       lock_name(locking->strength), kinds[entry->kind]));
    }
    return AT(var->location,
              error(ERR_UNDEFINED_TABLE, "relation \"%s\" in %s clause not found in FROM clause",
                    var->name, lock_name(locking->strength)));
}

Status row_marks_analyze(Scope *scope, Query *query, const AstLocking *locking, bool pushed_down) {
    TRY(locking_allowed(query, locking->strength));
    for (uint32_t i = 0; i < locking->relations.count; i++)
        TRY(lock_named(scope, query, locking, AST_AT(AstRangeVar, locking->relations, i),
                       pushed_down));
    if (locking->relations.count > 0)
        return STATUS_OK;
    for (uint32_t i = 1; i <= query->range_count; i++)
        if (query_rte(query, i)->in_from)
            TRY(lock_entry(scope, query, i, locking, pushed_down));
    return STATUS_OK;
}

/* ---- SELECT ---- */

static Status select_clauses(Scope *scope, const AstSelect *ast, Query *query) {
    TRY(order_by_analyze(scope, &ast->order_by, &query->targets, EXPR_KIND_ORDER_BY, false,
                         &query->order_by));
    TRY(group_by_analyze(scope, &ast->group_by, &query->targets, &query->order_by, query));
    query->has_group_by = ast->group_by_given || ast->group_by.count > 0;
    query->group_distinct = ast->group_distinct;
    if (ast->distinct_on.count > 0) {
        query->has_distinct_on = true;
        TRY(distinct_on_analyze(scope, &ast->distinct_on, &query->targets, &query->order_by,
                                &query->distinct));
    } else if (ast->distinct) {
        TRY(distinct_analyze(scope, &query->targets, &query->order_by, false, &query->distinct));
    }
    TRY(limit_analyze(scope, ast->offset, EXPR_KIND_OFFSET, "OFFSET", ast->limit_kind,
                      &query->offset));
    TRY(limit_analyze(scope, ast->limit, EXPR_KIND_LIMIT, "LIMIT", ast->limit_kind, &query->limit));
    query->with_ties = ast->limit_kind == AST_LIMIT_WITH_TIES;
    return STATUS_OK;
}

static Status plain_select(Scope *scope, const AstSelect *ast, Query **query_out) {
    Query *query = query_new(scope->an, COMMAND_SELECT);
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    TRY(query_with(scope, query, ast->with));
    if (ast->into != NULL)
        return AT(ast->into->relation->location,
                  error(ERR_SYNTAX_ERROR, "SELECT ... INTO is not allowed here"));
    scope->locking = &ast->locking;
    query_windows(scope, &ast->windows);
    TRY(from_analyze(scope, &ast->from));
    TRY(targets_analyze(scope, &ast->targets, EXPR_KIND_SELECT_TARGET, &query->targets));
    targets_mark_origins(scope, &query->targets);
    TRY(expr_analyze_where(scope, ast->where, EXPR_KIND_WHERE, "WHERE", &query->from->condition));
    TRY(expr_analyze_where(scope, ast->having, EXPR_KIND_HAVING, "HAVING", &query->having));
    TRY(select_clauses(scope, ast, query));
    TRY(windows_analyze(scope, query, &query->targets));
    if (scope->resolve_unknowns)
        TRY(targets_resolve_unknowns(scope, &query->targets));
    query_finish(scope, query);
    for (uint32_t i = 0; i < ast->locking.count; i++)
        TRY(row_marks_analyze(scope, query, AST_AT(AstLocking, ast->locking, i), false));
    TRY(collate_query(scope, query));
    if (scope->has_aggs || query->group_by.count > 0 || query->grouping_set_count > 0 ||
        query->having != NULL)
        TRY(agg_check(scope, query));
    return STATUS_OK;
}

/* ---- VALUES ---- */

static Status values_rows(Scope *scope, const AstSelect *ast, RangeEntry *entry) {
    Arena *arena = scope->an->arena;
    entry->row_count = ast->values.count;
    entry->rows = arena_array(arena, ExprList, entry->row_count + 1);
    for (uint32_t i = 0; i < entry->row_count; i++) {
        const AstExprList *row = AST_AT(AstExprList, ast->values, i);
        TRY(exprs_analyze(scope, &row->items, EXPR_KIND_VALUES, false, &entry->rows[i]));
        if (entry->rows[i].count != entry->rows[0].count)
            return AT(ast_list_location(&row->items),
                      error(ERR_SYNTAX_ERROR, "VALUES lists must all be the same length"));
    }
    entry->column_count = entry->rows[0].count;
    return STATUS_OK;
}

static Status values_columns(Scope *scope, RangeEntry *entry) {
    Analyzer *an = scope->an;
    uint32_t count = entry->column_count;
    entry->column_names = arena_array(an->arena, const char *, count + 1);
    entry->column_types = arena_array(an->arena, Oid, count + 1);
    entry->column_typmods = arena_array(an->arena, int32_t, count + 1);
    entry->column_collations = arena_array(an->arena, Oid, count + 1);
    for (uint32_t c = 0; c < count; c++) {
        ExprList column = {0};
        for (uint32_t r = 0; r < entry->row_count; r++)
            expr_list_add(an->arena, &column, entry->rows[r].items[c]);
        TRY(coerce_common_type(an, &column, "VALUES", &entry->column_types[c], NULL));
        for (uint32_t r = 0; r < entry->row_count; r++) {
            TRY(coerce_to_common(an, column.items[r], entry->column_types[c], "VALUES",
                                 &column.items[r]));
            entry->rows[r].items[c] = column.items[r];
        }
        entry->column_typmods[c] = coerce_common_typmod(&column, entry->column_types[c]);
        TRY(collate_select_common(scope, &column, true, &entry->column_collations[c]));
        entry->column_names[c] = arena_printf(an->arena, "column%u", c + 1);
    }
    return STATUS_OK;
}

static Status values_select(Scope *scope, const AstSelect *ast, Query **query_out) {
    Arena *arena = scope->an->arena;
    Query *query = query_new(scope->an, COMMAND_SELECT);
    RangeEntry *entry = arena_new(arena, RangeEntry);
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    TRY(query_with(scope, query, ast->with));
    entry->kind = RTE_VALUES;
    entry->name = "*VALUES*";
    entry->in_from = true;
    TRY(values_rows(scope, ast, entry));
    for (uint32_t r = 0; scope->rule != NULL && r < entry->row_count; r++) /* OLD and NEW */
        for (uint32_t c = 0; c < entry->rows[r].count; c++)
            entry->lateral |= contains_columns_of_level(entry->rows[r].items[c], 0);
    TRY(values_columns(scope, entry));
    ScopeItem *item = scope_add_entry(scope, entry, NULL, 0);
    scope_see(scope, item, true, true);
    FromNode *node = arena_new(arena, FromNode);
    node->rt_index = item->rt_index;
    from_add(arena, query->from, node);
    ExprList columns;
    const char **names;
    TRY(scope_expand_item(scope, item, 0, -1, &columns, &names));
    for (uint32_t i = 0; i < columns.count; i++)
        target_list_add(arena, &query->targets,
                        target_make(arena, columns.items[i], (int16_t)(i + 1), names[i], false));
    TRY(select_clauses(scope, ast, query));
    if (ast->locking.count > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s cannot be applied to VALUES",
                     lock_name(AST_AT(AstLocking, ast->locking, 0)->strength));
    query_finish(scope, query);
    return collate_query(scope, query);
}

/* ---- set operations ---- */

static const char *set_op_name(AstSetOp op) {
    return op == AST_SETOP_UNION ? "UNION" : op == AST_SETOP_INTERSECT ? "INTERSECT" : "EXCEPT";
}

static Status set_op_leaf(Scope *scope, const AstSelect *ast, SetOpNode *node,
                          TargetList *targets_out) {
    Arena *arena = scope->an->arena;
    Query *query;
    ScopeItem *item;
    TRY(subquery_analyze(scope, (const Ast *)ast, NULL, false, false, &query));
    if (scope->items.count > 0 && query_contains_columns_of_level(query, 1))
        return error(ERR_INVALID_COLUMN_REFERENCE,
                     "UNION/INTERSECT/EXCEPT member statement cannot refer to other relations of "
                     "same query level");
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (!query->targets.items[i]->junk)
            target_list_add(arena, targets_out, query->targets.items[i]);
    AstAlias *alias = AST_NEW(arena, AstAlias, AST_ALIAS, -1);
    alias->name = arena_printf(arena, "*SELECT* %u", scope->query->range_count + 1);
    TRY(scope_add_subquery(scope, query, alias, false, false, &item));
    node->rt_index = item->rt_index;
    return STATUS_OK;
}

static Status set_op_side(Scope *scope, Target *target, Oid type, const char *context,
                          Expr **value_out) {
    Expr *value = target->expr;
    *value_out = value;
    if (value->type != OID_UNKNOWN)
        return coerce_to_common(scope->an, value, type, context, value_out);
    if (value->tag == EXPR_CONST || value->tag == EXPR_PARAM) {
        TRY(coerce_to_common(scope->an, value, type, context, value_out));
        target->expr = *value_out;
    }
    return STATUS_OK;
}

static Status set_op_column(Scope *scope, const AstSelect *ast, SetOpNode *node, uint32_t i,
                            Target *left, Target *right, bool recursive, Target **target_out) {
    Analyzer *an = scope->an;
    const char *context = set_op_name(ast->op);
    ExprList pair = expr_list_of(an->arena, 2, left->expr, right->expr);
    Expr *best, *l, *r;
    TRY(coerce_common_type(an, &pair, context, &node->types[i], &best));
    int32_t location = expr_location(best);
    TRY(set_op_side(scope, left, node->types[i], context, &l));
    TRY(set_op_side(scope, right, node->types[i], context, &r));
    pair = expr_list_of(an->arena, 2, l, r);
    node->typmods[i] = coerce_common_typmod(&pair, node->types[i]);
    TRY(collate_select_common(scope, &pair, ast->op == AST_SETOP_UNION && ast->all,
                              &node->collations[i]));
    if (ast->op != AST_SETOP_UNION || !ast->all) {
        SortClause clause = {.ref = i + 1};
        TRY(AT(location, oper_sort_group(an, node->types[i], false, true, false, &clause.sort_op,
                                         &clause.eq_op, NULL, &clause.hashable)));
        if (recursive && !clause.hashable && node->types[i] == OID_RECORD)
            clause.hashable = true;
        sort_list_add(an->arena, &node->group, clause);
    }
    Expr *value = EXPR_NEW(an->arena, Expr, EXPR_SET_TO_DEFAULT); /* stands for the result column */
    value->type = node->types[i];
    value->typmod = node->typmods[i];
    value->collation = node->collations[i];
    /* Of a recursive query, the term that is left fixes the columns. */
    value->location = recursive ? expr_location(left->expr) : location;
    *target_out = target_make(an->arena, value, (int16_t)(i + 1), NULL, false);
    return STATUS_OK;
}

static Query *leftmost_query(Scope *scope, const SetOpNode *node, uint32_t *rt_index_out) {
    while (node->rt_index == 0)
        node = node->left;
    *rt_index_out = node->rt_index;
    return query_rte(scope->query, node->rt_index)->subquery;
}

/* The non-recursive term fixes a recursive query's columns. */
static Status recursive_columns(Scope *scope, const SetOpNode *left, const TargetList *targets) {
    Arena *arena = scope->an->arena;
    uint32_t rt_index;
    TargetList named = {0};
    Query *query = leftmost_query(scope, left, &rt_index);
    for (uint32_t i = 0; i < targets->count && i < query->targets.count; i++)
        target_list_add(arena, &named,
                        target_make(arena, targets->items[i]->expr, (int16_t)(i + 1),
                                    query->targets.items[i]->name, false));
    return cte_analyze_targets(scope, scope->parent_cte, &named);
}

static Status set_op_tree(Scope *scope, const AstSelect *ast, bool top_level, SetOpNode **node_out,
                          TargetList *targets_out);

static Status set_op_inner(Scope *scope, const AstSelect *ast, bool top_level, SetOpNode *node,
                           TargetList *targets_out) {
    Arena *arena = scope->an->arena;
    TargetList left = {0}, right = {0};
    bool recursive = scope->parent_cte != NULL && scope->parent_cte->recursive;
    static const SetOpKind kinds[] = {[AST_SETOP_UNION] = SETOP_UNION,
                                      [AST_SETOP_INTERSECT] = SETOP_INTERSECT,
                                      [AST_SETOP_EXCEPT] = SETOP_EXCEPT};
    node->op = kinds[ast->op];
    node->all = ast->all;
    TRY(set_op_tree(scope, ast->left, false, &node->left, &left));
    if (top_level && recursive)
        TRY(recursive_columns(scope, node->left, &left));
    TRY(set_op_tree(scope, ast->right, false, &node->right, &right));
    if (left.count != right.count)
        return AT(right.count > 0 ? expr_location(right.items[0]->expr) : -1,
                  error(ERR_SYNTAX_ERROR, "each %s query must have the same number of columns",
                        set_op_name(ast->op)));
    node->column_count = left.count;
    node->types = arena_array(arena, Oid, left.count + 1);
    node->typmods = arena_array(arena, int32_t, left.count + 1);
    node->collations = arena_array(arena, Oid, left.count + 1);
    for (uint32_t i = 0; i < left.count; i++) {
        Target *target;
        TRY(set_op_column(scope, ast, node, i, left.items[i], right.items[i], recursive, &target));
        target_list_add(arena, targets_out, target);
    }
    return STATUS_OK;
}

static Status set_op_tree(Scope *scope, const AstSelect *ast, bool top_level, SetOpNode **node_out,
                          TargetList *targets_out) {
    TRY(fiber_stack_check());
    SetOpNode *node = arena_new(scope->an->arena, SetOpNode);
    *node_out = node;
    if (ast->into != NULL && !top_level)
        return AT(ast->into->relation->location,
                  error(ERR_SYNTAX_ERROR,
                        "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT"));
    bool bare = top_level || (ast->order_by.count == 0 && ast->limit == NULL &&
                              ast->offset == NULL && ast->locking.count == 0 && ast->with == NULL);
    if (!top_level && ast->locking.count > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed with UNION/INTERSECT/EXCEPT",
                     lock_name(AST_AT(AstLocking, ast->locking, 0)->strength));
    if (ast->op == AST_SETOP_NONE || !bare)
        return set_op_leaf(scope, ast, node, targets_out);
    return set_op_inner(scope, ast, top_level, node, targets_out);
}

/* ORDER BY of a set operation sees the result's columns only. */
static Status set_op_order(Scope *scope, const AstSelect *ast, Query *query) {
    Arena *arena = scope->an->arena;
    uint32_t count = query->targets.count;
    ScopeItems saved = scope->items;
    ScopeItem *item = arena_new(arena, ScopeItem);
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_RESULT;
    entry->name = "unnamed_join";
    item->entry = entry;
    item->alias = entry->name;
    item->column_count = count;
    item->names = arena_array(arena, const char *, count + 1);
    item->columns = arena_array(arena, ScopeColumn, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const ExprColumn *column = (const ExprColumn *)query->targets.items[i]->expr;
        item->names[i] = query->targets.items[i]->name;
        item->columns[i] =
            (ScopeColumn){column->rt_index,  column->attno,    column->type,  column->typmod,
                          column->collation, column->rt_index, column->attno, false};
    }
    scope->items = (ScopeItems){0};
    scope_see(scope, item, false, true);
    TRY(order_by_analyze(scope, &ast->order_by, &query->targets, EXPR_KIND_ORDER_BY, false,
                         &query->order_by));
    scope->items = saved;
    if (query->targets.count > count)
        return AT(expr_location(query->targets.items[count]->expr),
                  status_hint(status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                                  "invalid UNION/INTERSECT/EXCEPT ORDER BY clause"),
                                            "Only result column names can be used, not expressions "
                                            "or functions."),
                              "Add the expression/function to every SELECT, or move the UNION into "
                              "a FROM clause."));
    return STATUS_OK;
}

static Status set_op_select(Scope *scope, const AstSelect *ast, Query **query_out) {
    Arena *arena = scope->an->arena;
    Query *query = query_new(scope->an, COMMAND_SELECT);
    TargetList targets = {0};
    uint32_t leftmost;
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    const AstSelect *first = ast;
    while (first->op != AST_SETOP_NONE)
        first = first->left;
    if (first->into != NULL)
        return AT(first->into->relation->location,
                  error(ERR_SYNTAX_ERROR, "SELECT ... INTO is not allowed here"));
    if (ast->locking.count > 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "%s is not allowed with UNION/INTERSECT/EXCEPT",
                     lock_name(AST_AT(AstLocking, ast->locking, 0)->strength));
    TRY(query_with(scope, query, ast->with));
    TRY(set_op_tree(scope, ast, true, &query->set_op, &targets));
    Query *left = leftmost_query(scope, query->set_op, &leftmost);
    for (uint32_t i = 0; i < targets.count; i++) {
        Target *target = targets.items[i];
        const Target *own = left->targets.items[i];
        ExprColumn *column = expr_column(arena, leftmost, own->resno, target->expr->type,
                                         target->expr->typmod, target->expr->collation, 0);
        column->location = target->expr->location;
        target->expr = (Expr *)column;
        target->name = own->name;
        target_list_add(arena, &query->targets, target);
    }
    TRY(set_op_order(scope, ast, query));
    TRY(limit_analyze(scope, ast->offset, EXPR_KIND_OFFSET, "OFFSET", ast->limit_kind,
                      &query->offset));
    TRY(limit_analyze(scope, ast->limit, EXPR_KIND_LIMIT, "LIMIT", ast->limit_kind, &query->limit));
    query->with_ties = ast->limit_kind == AST_LIMIT_WITH_TIES;
    query_finish(scope, query);
    TRY(collate_query(scope, query));
    return scope->has_aggs ? agg_check(scope, query) : STATUS_OK;
}

/* ---- ways in ---- */

bool values_is_plain(const AstSelect *select) {
    return select->values.count > 0 && select->op == AST_SETOP_NONE &&
           select->order_by.count == 0 && select->limit == NULL && select->offset == NULL &&
           select->locking.count == 0 && select->with == NULL;
}

Status select_analyze(Scope *scope, const AstSelect *select, Query **query_out) {
    if (select->op != AST_SETOP_NONE)
        return set_op_select(scope, select, query_out);
    if (select->values.count > 0)
        return values_select(scope, select, query_out);
    return plain_select(scope, select, query_out);
}

static Status return_analyze(Scope *scope, const AstReturn *ast, Query **query_out) {
    Query *query = query_new(scope->an, COMMAND_SELECT);
    Expr *expr;
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    query->is_return = true;
    TRY(expr_analyze(scope, ast->value, EXPR_KIND_SELECT_TARGET, &expr));
    target_list_add(scope->an->arena, &query->targets,
                    target_make(scope->an->arena, expr, 1, "", false));
    if (scope->resolve_unknowns)
        TRY(targets_resolve_unknowns(scope, &query->targets));
    query_finish(scope, query);
    return collate_query(scope, query);
}

Status query_analyze(Scope *scope, const Ast *statement, Query **query_out) {
    switch (statement->tag) {
    case AST_SELECT:
        return select_analyze(scope, (const AstSelect *)statement, query_out);
    case AST_INSERT:
        return insert_analyze(scope, (const AstInsert *)statement, query_out);
    case AST_UPDATE:
        return update_analyze(scope, (const AstUpdate *)statement, query_out);
    case AST_DELETE:
        return delete_analyze(scope, (const AstDelete *)statement, query_out);
    case AST_MERGE:
        return merge_analyze(scope, (const AstMerge *)statement, query_out);
    case AST_RETURN:
        return return_analyze(scope, (const AstReturn *)statement, query_out);
    default:
        *query_out = query_new(scope->an, COMMAND_UTILITY);
        (*query_out)->from = NULL;
        (*query_out)->utility = (Ast *)(uintptr_t)statement;
        return STATUS_OK;
    }
}

Status subquery_analyze(Scope *parent, const Ast *ast, Cte *parent_cte, bool locked_from_parent,
                        bool resolve_unknowns, Query **query_out) {
    TRY(fiber_stack_check());
    Scope *scope = scope_make(parent->an, parent);
    scope->parent_cte = parent_cte;
    scope->locked_from_parent = locked_from_parent;
    scope->resolve_unknowns = resolve_unknowns;
    return query_analyze(scope, ast, query_out);
}

/* Where INTO would stand: in the first of the SELECTs. */
static const AstSelect *select_target(const Ast *statement) {
    const AstSelect *first = (const AstSelect *)statement;
    while (first->op != AST_SETOP_NONE)
        first = first->left;
    return first;
}

/* SELECT .. INTO t is CREATE TABLE t AS SELECT .. */
static const Ast *select_into(Arena *arena, const Ast *statement) {
    if (statement->tag != AST_SELECT)
        return statement;
    const AstSelect *first = select_target(statement);
    if (first->into == NULL)
        return statement;
    AstCreateTableAs *create =
        AST_NEW(arena, AstCreateTableAs, AST_CREATE_TABLE_AS, statement->location);
    create->into = first->into;
    ((AstSelect *)(uintptr_t)first)->into = NULL;
    create->query = (Ast *)(uintptr_t)statement;
    return (const Ast *)create;
}

static bool param_visit(Expr *expr, void *arg) {
    Analyzer *an = arg;
    uint32_t level = 0;
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_EXTERNAL) {
        ExprParam *param = (ExprParam *)expr;
        if (param->number <= an->param_count && param->type == OID_UNKNOWN &&
            an->param_types[param->number - 1] != OID_UNKNOWN)
            return true;
        return false;
    }
    return expr_walk_levels(expr, &level, param_visit, arg);
}

/* Every use of a parameter must have got the type that was found for it, and each must have one. */
static Status params_check(Analyzer *an, Query *query) {
    uint32_t level = 0;
    if (!an->infer_params)
        return STATUS_OK;
    if (query->command != COMMAND_UTILITY && an->param_count > 0 &&
        query_walk(query, &level, param_visit, an))
        return error(ERR_AMBIGUOUS_PARAMETER, "could not determine data type of parameter");
    for (uint32_t i = 0; i < an->param_count; i++)
        if (an->param_types[i] == 0 || an->param_types[i] == OID_UNKNOWN)
            return error(ERR_INDETERMINATE_DATATYPE,
                         "could not determine data type of parameter $%u", i + 1);
    return STATUS_OK;
}

static bool is_external_param(Expr *expr, void *arg) {
    uint32_t level = 0;
    if (expr->tag == EXPR_PARAM)
        return ((const ExprParam *)expr)->kind == PARAM_EXTERNAL;
    return expr_walk_levels(expr, &level, is_external_param, arg);
}

static Status as_params(Analyzer *an, const AstCreateTableAs *statement) {
    Query *query;
    uint32_t level = 0;
    if (statement->query->tag != AST_SELECT)
        return STATUS_OK;
    TRY(query_analyze(scope_make(an, NULL), statement->query, &query));
    if (statement->matview && query_walk(query, &level, is_external_param, NULL))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "materialized views may not be defined using bound parameters");
    return params_check(an, query);
}

/* The types of the parameters in the query of a command, which analyzes it again when it runs. */
static Status command_params(Analyzer *an, const Ast *statement) {
    Query *query;
    switch (statement->tag) {
    case AST_EXPLAIN:
        return command_params(an, ((const AstExplain *)statement)->query);
    case AST_DECLARE_CURSOR:
        return command_params(an, (const Ast *)((const AstDeclareCursor *)statement)->query);
    case AST_CREATE_TABLE_AS:
        return as_params(an, (const AstCreateTableAs *)statement);
    case AST_CALL:
        return call_infer_params(an, ((const AstCall *)statement)->call);
    case AST_SELECT:
        if (select_target(statement)->into != NULL) /* refused, or made CREATE TABLE AS, then */
            return STATUS_OK;
        /* fallthrough */
    case AST_INSERT:
    case AST_UPDATE:
    case AST_DELETE:
    case AST_MERGE:
        TRY(query_analyze(scope_make(an, NULL), statement, &query));
        return params_check(an, query);
    default:
        return STATUS_OK;
    }
}

void analyzer_init(Analyzer *an, EvalEnv *env, Arena *arena, const PlannerSettings *settings) {
    *an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
}

Status analyze_statement(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                         const AstRawStatement *raw, const AnalyzeOptions *options,
                         AnalyzedStatement *analyzed_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    Query *query;
    analyzer_init(an, env, arena, settings);
    *analyzed_out = (AnalyzedStatement){0};
    if (options != NULL) {
        an->hooks = options->hooks;
        an->infer_params = options->infer_params;
        an->param_count = options->param_count;
        if (an->param_count > 0)
            an->param_types =
                arena_memdup(arena, options->param_types, an->param_count * sizeof(Oid));
    }
    const Ast *statement = select_into(arena, raw->statement);
    TRY(query_analyze(scope_make(an, NULL), statement, &query));
    if (an->infer_params && query->command == COMMAND_UTILITY)
        TRY(command_params(an, statement));
    query->location = raw->location;
    query->length = raw->length;
    TRY(params_check(an, query));
    analyzed_out->query = query;
    analyzed_out->param_types = an->param_types;
    analyzed_out->param_count = an->param_count;
    return STATUS_OK;
}

/* ---- lone expressions ---- */

Status lone_scope(Scope *scope, const ExprScope *lone) {
    Analyzer *an = scope->an;
    ScopeItem *item;
    scope->query = query_new(an, COMMAND_SELECT);
    if (lone == NULL)
        return STATUS_OK;
    if (lone->domain_value) {
        Expr *value = EXPR_NEW(an->arena, Expr, EXPR_DOMAIN_VALUE);
        value->type = lone->value_type;
        value->typmod = lone->value_typmod;
        TRY(an_type_collation(an, lone->value_type, &value->collation));
        scope->domain_value = value;
    }
    if (lone->column_count > 0) {
        RangeEntry *entry = arena_new(an->arena, RangeEntry);
        entry->kind = RTE_RELATION;
        entry->relkind = 'r';
        entry->relation = lone->relation;
        entry->name = lone->alias != NULL ? lone->alias : "";
        entry->column_count = lone->column_count;
        entry->column_names = lone->column_names;
        entry->column_types = lone->column_types;
        entry->column_typmods = lone->column_typmods;
        entry->column_collations = lone->column_collations;
        item = scope_add_entry(scope, entry, NULL, 0);
        scope_see(scope, item, true, true);
    } else if (lone->relation != 0) {
        const RelationDesc *desc;
        AstAlias *alias = NULL;
        TRY(catalog_relation_require(an->catalog, lone->relation, &desc));
        if (lone->alias != NULL) {
            alias = AST_NEW(an->arena, AstAlias, AST_ALIAS, -1);
            alias->name = lone->alias;
        }
        TRY(scope_add_relation(scope, desc, LOCK_ACCESS_SHARE, alias, false, true, &item));
        scope_see(scope, item, true, true);
    }
    return STATUS_OK;
}

Status analyze_expr(EvalEnv *env, Arena *arena, const PlannerSettings *settings, const Ast *ast,
                    const ExprScope *lone, ExprKind kind, Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, settings);
    Scope *scope = scope_make(an, NULL);
    TRY(lone_scope(scope, lone));
    TRY(expr_analyze(scope, ast, kind, expr_out));
    return collate_expr(scope, *expr_out);
}

Status analyze_coerce_boolean(EvalEnv *env, Arena *arena, Expr *expr, const char *construct,
                              Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, NULL);
    TRY(coerce_to_boolean(an, expr, construct, expr_out));
    return collate_expr(scope_make(an, NULL), *expr_out);
}

Status analyze_coerce_default(EvalEnv *env, Arena *arena, Expr *expr, const char *column, Oid type,
                              int32_t typmod, Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, NULL);
    TRY(coerce_to_target(an, expr, expr->type, type, typmod, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                         expr_out));
    if (*expr_out == NULL)
        return status_hint(error(ERR_DATATYPE_MISMATCH,
                                 "column \"%s\" is of type %s but default expression is of type %s",
                                 column, an_format_type(an, type), an_format_type(an, expr->type)),
                           "You will need to rewrite or cast the expression.");
    return collate_expr(scope_make(an, NULL), *expr_out);
}

Status analyze_coerce_parameter(EvalEnv *env, Arena *arena, Expr *expr, uint32_t number, Oid type,
                                Expr **expr_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    analyzer_init(an, env, arena, NULL);
    TRY(coerce_to_target(an, expr, expr->type, type, -1, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                         expr_out));
    if (*expr_out == NULL)
        return status_at(
            status_hint(error(ERR_DATATYPE_MISMATCH,
                              "parameter $%u of type %s cannot be coerced to the expected type %s",
                              number, an_format_type(an, expr->type), an_format_type(an, type)),
                        "You will need to rewrite or cast the expression."),
            expr_location(expr));
    return collate_expr(scope_make(an, NULL), *expr_out);
}
