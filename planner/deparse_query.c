/* deparse_query.c: SELECT as text, with PostgreSQL's line breaks. */
#include "planner/deparse_int.h"

#define PROC_UNNEST 2331 /* unnest(anyarray) */

static Status put_set_op(Deparse *d, const Query *query, const SetOpNode *node,
                         const char *const *result_names);

/* ---- clauses that refer to targets ---- */

static Status put_sort_target(Deparse *d, const SortClause *clause, const TargetList *targets,
                              const ExprList *args, bool force_number) {
    if (args != NULL)
        return put_expr(d, args->items[clause->ref - 1], true);
    const Target *target = target_by_ref(targets, clause->ref);
    if (force_number) {
        strbuf_printf(d->buf, "%d", target->resno);
        return STATUS_OK;
    }
    const Expr *expr = target->expr;
    if (expr->tag == EXPR_CONST)
        return put_const(d, (const ExprConst *)expr, 1);
    if (expr->tag == EXPR_COLUMN)
        return put_expr(d, expr, true);
    bool need = (d->flags & DEPARSE_PAREN) != 0 || expr->tag == EXPR_FUNC || true;
    bool call = expr->tag == EXPR_FUNC && ((const ExprFunc *)expr)->op == OID_INVALID;
    need = need && !call && expr->tag != EXPR_AGG && expr->tag != EXPR_WINDOW_CALL;
    if (need)
        put(d, "(");
    TRY(put_expr(d, expr, true));
    if (need)
        put(d, ")");
    return STATUS_OK;
}

static Status put_direction(Deparse *d, const SortClause *clause, Oid type) {
    const OperatorDesc *op;
    TRY(catalog_operator(d->catalog, clause->sort_op, &op));
    bool usual = op != NULL && (strcmp(op->name, "<") == 0 || strcmp(op->name, ">") == 0);
    (void)type;
    if (!usual && op != NULL) {
        put(d, " USING ");
        TRY(put_operator_name(d, clause->sort_op));
        put(d, clause->nulls_first ? " NULLS FIRST" : " NULLS LAST");
        return STATUS_OK;
    } else if (clause->descending) {
        put(d, " DESC");
    }
    if (clause->nulls_first && !clause->descending)
        put(d, " NULLS FIRST");
    else if (!clause->nulls_first && clause->descending)
        put(d, " NULLS LAST");
    return STATUS_OK;
}

Status put_sort_list(Deparse *d, const SortList *list, const TargetList *targets,
                     const ExprList *args) {
    bool force_number = d->scope->query != NULL && d->scope->query->set_op != NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_sort_target(d, &list->items[i], targets, args, args == NULL && force_number));
        TRY(put_direction(d, &list->items[i], OID_INVALID));
    }
    return STATUS_OK;
}

static Status put_bound(Deparse *d, FrameBound bound, const Expr *offset) {
    switch (bound) {
    case BOUND_UNBOUNDED_PRECEDING:
        put(d, "UNBOUNDED PRECEDING ");
        return STATUS_OK;
    case BOUND_CURRENT_ROW:
        put(d, "CURRENT ROW ");
        return STATUS_OK;
    case BOUND_UNBOUNDED_FOLLOWING:
        put(d, "UNBOUNDED FOLLOWING ");
        return STATUS_OK;
    default:
        TRY(put_expr(d, offset, false));
        put(d, bound == BOUND_PRECEDING ? " PRECEDING " : " FOLLOWING ");
        return STATUS_OK;
    }
}

Status put_window_spec(Deparse *d, const WindowClause *window, const TargetList *targets) {
    bool space = false;
    put(d, "(");
    if (window->ref_name != NULL) {
        put_ident(d, window->ref_name);
        space = true;
    }
    if (window->partition_by.count > 0 && window->ref_name == NULL) {
        put(d, space ? " PARTITION BY " : "PARTITION BY ");
        for (uint32_t i = 0; i < window->partition_by.count; i++) {
            if (i > 0)
                put(d, ", ");
            TRY(put_sort_target(d, &window->partition_by.items[i], targets, NULL, false));
        }
        space = true;
    }
    if (window->order_by.count > 0 && !window->copied_order) {
        put(d, space ? " ORDER BY " : "ORDER BY ");
        for (uint32_t i = 0; i < window->order_by.count; i++) {
            if (i > 0)
                put(d, ", ");
            TRY(put_sort_target(d, &window->order_by.items[i], targets, NULL, false));
            TRY(put_direction(d, &window->order_by.items[i], OID_INVALID));
        }
        space = true;
    }
    if (window->frame.given) {
        static const char *const modes[] = {"RANGE ", "ROWS ", "GROUPS "};
        static const char *const excludes[] = {"", "EXCLUDE CURRENT ROW ", "EXCLUDE GROUP ",
                                               "EXCLUDE TIES "};
        if (space)
            put(d, " ");
        put(d, modes[window->frame.mode]);
        if (window->frame.between)
            put(d, "BETWEEN ");
        TRY(put_bound(d, window->frame.start, window->frame.start_offset));
        if (window->frame.between) {
            put(d, "AND ");
            TRY(put_bound(d, window->frame.end, window->frame.end_offset));
        }
        put(d, excludes[window->frame.exclude]);
        strbuf_truncate(d->buf, d->buf->len - 1);
    }
    put(d, ")");
    return STATUS_OK;
}

/* ---- FROM ---- */

static const DeparseColumns *entry_columns(const Deparse *d, uint32_t rt_index) {
    return &d->scope->columns[rt_index - 1];
}

static void put_column_aliases(Deparse *d, uint32_t rt_index) {
    const DeparseColumns *columns = entry_columns(d, rt_index);
    for (uint32_t i = 0; i < columns->new_count; i++) {
        put(d, i == 0 ? "(" : ", ");
        put_ident(d, columns->new_names[i]);
    }
    put(d, columns->new_count > 0 ? ")" : "");
}

Status put_values_rows(Deparse *d, const RangeEntry *entry) {
    put(d, "VALUES ");
    for (uint32_t r = 0; r < entry->row_count; r++) {
        put(d, r > 0 ? ", (" : "(");
        for (uint32_t c = 0; c < entry->rows[r].count; c++) {
            if (c > 0)
                put(d, ",");
            TRY(put_whole(d, entry->rows[r].items[c], false));
        }
        put(d, ")");
    }
    return STATUS_OK;
}

/* A query whose column names can be referred to. */
static Status put_visible_query(Deparse *d, const Query *query) {
    bool hidden = d->hide_names;
    d->hide_names = false;
    Status s = put_query(d, query, NULL);
    d->hide_names = hidden;
    return s;
}

Status put_hidden_query(Deparse *d, const Query *query) {
    bool hidden = d->hide_names;
    d->hide_names = true;
    Status s = put_query(d, query, NULL);
    d->hide_names = hidden;
    return s;
}

/* Several unnest() of one array each were written as one of several arrays. */
static bool are_unnest(const RangeEntry *entry) {
    for (uint32_t i = 0; i < entry->function_count; i++) {
        const ExprFunc *call = (const ExprFunc *)entry->functions[i].call;
        if (call->tag != EXPR_FUNC || call->function != PROC_UNNEST || call->args.count != 1 ||
            entry->functions[i].column_types != NULL)
            return false;
    }
    return entry->function_count > 1;
}

static Status put_range_functions(Deparse *d, const RangeEntry *entry) {
    bool unnest = are_unnest(entry);
    if (entry->function_count > 1)
        put(d, unnest ? "UNNEST(" : "ROWS FROM(");
    for (uint32_t i = 0; i < entry->function_count; i++) {
        const Expr *call = entry->functions[i].call;
        if (i > 0)
            put(d, ", ");
        TRY(put_expr(d, unnest ? ((const ExprFunc *)call)->args.items[0] : call, true));
    }
    if (entry->function_count > 1)
        put(d, ")");
    return STATUS_OK;
}

static Status put_sample(Deparse *d, const RangeEntry *entry) {
    const TableSample *sample = entry->sample;
    const ProcDesc *method;
    if (entry->kind != RTE_RELATION || sample == NULL)
        return STATUS_OK;
    TRY(catalog_proc(d->catalog, sample->handler, &method));
    put(d, " TABLESAMPLE ");
    put_ident(d, method == NULL ? "???" : method->name);
    put(d, " (");
    for (uint32_t i = 0; i < sample->args.count; i++) {
        put(d, i > 0 ? ", " : "");
        TRY(put_expr(d, sample->args.items[i], false));
    }
    put(d, ")");
    if (sample->repeatable != NULL) {
        put(d, " REPEATABLE (");
        TRY(put_expr(d, sample->repeatable, false));
        put(d, ")");
    }
    return STATUS_OK;
}

static Status put_entry(Deparse *d, uint32_t rt_index) {
    const RangeEntry *entry = query_rte(d->scope->query, rt_index);
    const char *name = deparse_entry_name(d->scope, rt_index);
    bool print_alias = entry->alias != NULL || entry_columns(d, rt_index)->print_aliases;
    if (entry->lateral)
        put(d, "LATERAL ");
    switch (entry->kind) {
    case RTE_RELATION: {
        const RelationDesc *desc;
        TRY(catalog_relation_require(d->catalog, entry->relation, &desc));
        if (!entry->inherit && desc->kind != 'v')
            put(d, desc->has_subclass ? "ONLY " : "");
        TRY(put_relation_name(d, entry->relation));
        print_alias = print_alias || strcmp(name, desc->name) != 0;
        break;
    }
    case RTE_SUBQUERY:
        put(d, "(");
        TRY(put_visible_query(d, entry->subquery));
        put(d, ")");
        break;
    case RTE_FUNCTION:
        TRY(put_range_functions(d, entry));
        if (entry->ordinality)
            put(d, " WITH ORDINALITY");
        print_alias = true;
        break;
    case RTE_VALUES:
        put(d, "(");
        TRY(put_values_rows(d, entry));
        put(d, ")");
        print_alias = true;
        break;
    case RTE_TABLE_FUNC:
        TRY(put_table_func(d, entry->table_func));
        break;
    case RTE_CTE:
        put_ident(d, entry->cte_name);
        print_alias = print_alias || strcmp(name, entry->cte_name) != 0;
        break;
    default:
        break;
    }
    if (!print_alias)
        return put_sample(d, entry);
    put(d, " ");
    put_ident(d, name);
    if (entry->kind == RTE_VALUES || entry_columns(d, rt_index)->print_aliases)
        put_column_aliases(d, rt_index);
    return put_sample(d, entry);
}

static Status put_from_node(Deparse *d, const Query *query, const FromNode *node);

static Status put_join(Deparse *d, const Query *query, const FromNode *node) {
    const RangeEntry *entry = node->rt_index == 0 ? NULL : query_rte(query, node->rt_index);
    bool alias = entry != NULL && entry->alias != NULL;
    bool parens = (d->flags & DEPARSE_PAREN) == 0 || alias;
    if (parens)
        put(d, "(");
    TRY(put_from_node(d, query, node->left));
    static const char *const words[] = {[JOIN_INNER] = " JOIN ",
                                        [JOIN_LEFT] = " LEFT JOIN ",
                                        [JOIN_FULL] = " FULL JOIN ",
                                        [JOIN_RIGHT] = " RIGHT JOIN "};
    bool cross = node->join_kind == JOIN_INNER && node->condition == NULL && node->using_count == 0;
    put_keyword(d, cross ? " CROSS JOIN " : words[node->join_kind], -INDENT_STD, INDENT_STD,
                INDENT_JOIN);
    bool right_parens = (d->flags & DEPARSE_PAREN) != 0 && node->right->kind == FROM_JOIN;
    if (right_parens)
        put(d, "(");
    TRY(put_from_node(d, query, node->right));
    if (right_parens)
        put(d, ")");
    if (node->using_count > 0) {
        put(d, " USING (");
        const StrList *names = &entry_columns(d, node->rt_index)->using_names;
        for (uint32_t i = 0; i < names->count; i++) {
            if (i > 0)
                put(d, ", ");
            put_ident(d, names->items[i]);
        }
        put(d, ")");
        if (entry != NULL && entry->using_alias != NULL) {
            put(d, " AS ");
            put_ident(d, entry->using_alias);
        }
    } else if (node->condition != NULL) {
        bool paren = (d->flags & DEPARSE_PAREN) == 0;
        put(d, paren ? " ON (" : " ON ");
        TRY(put_expr(d, node->condition, false));
        if (paren)
            put(d, ")");
    } else if (!cross) {
        put(d, " ON TRUE");
    }
    if (parens)
        put(d, ")");
    if (alias) {
        put(d, " ");
        put_ident(d, deparse_entry_name(d->scope, node->rt_index));
        if (entry_columns(d, node->rt_index)->print_aliases)
            put_column_aliases(d, node->rt_index);
    }
    return STATUS_OK;
}

static Status put_from_node(Deparse *d, const Query *query, const FromNode *node) {
    if (node->kind == FROM_RTE)
        return put_entry(d, node->rt_index);
    if (node->kind == FROM_JOIN)
        return put_join(d, query, node);
    for (uint32_t i = 0; i < node->item_count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_from_node(d, query, node->items[i]));
    }
    return STATUS_OK;
}

/* Puts what fn writes on a line of its own where it would pass the wrap column. */
static size_t line_start(const Deparse *d) {
    size_t at = d->buf->len;
    while (at > 0 && d->buf->data[at - 1] != '\n')
        at--;
    return at;
}

static bool must_wrap(const Deparse *d, size_t item_at) {
    if ((d->flags & DEPARSE_INDENT) == 0 || d->wrap_column < 0)
        return false;
    return d->wrap_column == 0 || d->buf->len - line_start(d) > (size_t)d->wrap_column ||
           memchr(d->buf->data + item_at, '\n', d->buf->len - item_at) != NULL;
}

/* Moves the text from item_at on to a new, indented line. */
static void wrap_item(Deparse *d, size_t item_at) {
    char *item = arena_strndup(d->arena, d->buf->data + item_at, d->buf->len - item_at);
    strbuf_truncate(d->buf, item_at);
    put_keyword(d, "", -INDENT_STD, INDENT_STD, INDENT_VAR);
    put(d, item);
}

static bool is_hidden(const Query *query, const FromNode *item) {
    return item->kind == FROM_RTE && !query_rte(query, item->rt_index)->in_from;
}

Status put_from(Deparse *d, const Query *query, const char *word) {
    bool first = true;
    for (uint32_t i = 0; query->from != NULL && i < query->from->item_count; i++) {
        if (is_hidden(query, query->from->items[i]))
            continue;
        if (first) {
            put_keyword(d, word, -INDENT_STD, INDENT_STD, 2);
            first = false;
            TRY(put_from_node(d, query, query->from->items[i]));
            continue;
        }
        put(d, ", ");
        size_t at = d->buf->len;
        TRY(put_from_node(d, query, query->from->items[i]));
        if (must_wrap(d, at))
            wrap_item(d, at);
    }
    return STATUS_OK;
}

/* ---- SELECT ---- */

Status put_targets(Deparse *d, const TargetList *targets, const char *const *result_names) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < targets->count; i++) {
        const Target *target = targets->items[i];
        if (target->junk)
            continue;
        put(d, shown > 0 ? ", " : " ");
        size_t at = d->buf->len;
        bool is_column = target->expr->tag == EXPR_COLUMN;
        TRY(put_expr(d, target->expr, true));
        if (is_column && ((const ExprColumn *)target->expr)->attno == 0) {
            put(d, "::");
            TRY(put_type(d, target->expr->type, -1));
            is_column = false;
        }
        const char *name = result_names != NULL ? result_names[shown] : target->name;
        const char *own = is_column ? strrchr(d->buf->data + at, '.') : NULL;
        own = own != NULL ? own + 1 : is_column ? d->buf->data + at : "";
        if (name != NULL && *name != '\0' &&
            strcmp(own, quote_ident(d->catalog, d->arena, name)) != 0 &&
            !(strcmp(name, "?column?") == 0 && !is_column && d->hide_names)) {
            put(d, " AS ");
            put_ident(d, name);
        }
        bool own_line = d->buf->data[at - 1] == '\n'; /* CASE took the space before it */
        if (shown > 0 && !own_line && must_wrap(d, at))
            wrap_item(d, at);
        shown++;
    }
    return STATUS_OK;
}

static Status put_grouping_set(Deparse *d, const GroupingSet *set, const TargetList *targets,
                               bool omit_parens) {
    static const char *const words[] = {[GROUPING_ROLLUP] = "ROLLUP(",
                                        [GROUPING_CUBE] = "CUBE(",
                                        [GROUPING_SETS] = "GROUPING SETS ("};
    if (set->kind == GROUPING_EMPTY) {
        put(d, "()");
        return STATUS_OK;
    }
    if (set->kind == GROUPING_SIMPLE) {
        bool parens = !omit_parens || set->ref_count != 1;
        if (parens)
            put(d, "(");
        for (uint32_t i = 0; i < set->ref_count; i++) {
            SortClause clause = {.ref = set->refs[i]};
            if (i > 0)
                put(d, ", ");
            TRY(put_sort_target(d, &clause, targets, NULL, false));
        }
        if (parens)
            put(d, ")");
        return STATUS_OK;
    }
    put(d, words[set->kind]);
    for (uint32_t i = 0; i < set->child_count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_grouping_set(d, set->children[i], targets, set->kind != GROUPING_SETS));
    }
    put(d, ")");
    return STATUS_OK;
}

static Status put_group_by(Deparse *d, const Query *query) {
    if (query->group_by.count == 0 && query->grouping_set_count == 0)
        return STATUS_OK;
    put_keyword(d, " GROUP BY ", -INDENT_STD, INDENT_STD, 1);
    if (query->group_distinct)
        put(d, "DISTINCT ");
    if (query->grouping_set_count > 0) {
        for (uint32_t i = 0; i < query->grouping_set_count; i++) {
            if (i > 0)
                put(d, ", ");
            TRY(put_grouping_set(d, query->grouping_sets[i], &query->targets, true));
        }
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < query->group_by.count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_sort_target(d, &query->group_by.items[i], &query->targets, NULL, false));
    }
    return STATUS_OK;
}

/* VALUES alone; a rule's has OLD and NEW beside it, unseen. */
static const RangeEntry *only_values(const Query *query) {
    const FromNode *only = NULL;
    for (uint32_t i = 0; query->from != NULL && i < query->from->item_count; i++) {
        if (is_hidden(query, query->from->items[i]))
            continue;
        if (only != NULL)
            return NULL;
        only = query->from->items[i];
    }
    if (only == NULL || only->kind != FROM_RTE || query->from->condition != NULL)
        return NULL;
    const RangeEntry *entry = query_rte(query, only->rt_index);
    return entry->kind == RTE_VALUES && entry->alias == NULL ? entry : NULL;
}

static Status put_basic_select(Deparse *d, const Query *query, const char *const *result_names) {
    if (d->flags & DEPARSE_INDENT) {
        d->indent += INDENT_STD;
        put(d, " ");
    }
    const RangeEntry *values = only_values(query);
    if (values != NULL && query->order_by.count == 0)
        return put_values_rows(d, values);
    put(d, query->is_return ? "RETURN" : "SELECT");
    if (query->distinct.count > 0) {
        put(d, " DISTINCT");
        if (query->has_distinct_on) {
            put(d, " ON (");
            for (uint32_t i = 0; i < query->distinct.count; i++) {
                if (i > 0)
                    put(d, ", ");
                TRY(put_sort_target(d, &query->distinct.items[i], &query->targets, NULL, false));
            }
            put(d, ")");
        }
    }
    TRY(put_targets(d, &query->targets, result_names));
    TRY(put_from(d, query, " FROM "));
    if (query->from != NULL && query->from->condition != NULL) {
        put_keyword(d, " WHERE ", -INDENT_STD, INDENT_STD, 1);
        TRY(put_expr(d, query->from->condition, false));
    }
    TRY(put_group_by(d, query));
    if (query->having != NULL) {
        put_keyword(d, " HAVING ", -INDENT_STD, INDENT_STD, 0);
        TRY(put_expr(d, query->having, false));
    }
    bool any = false;
    for (uint32_t i = 0; i < query->windows.count; i++) {
        const WindowClause *window = query->windows.items[i];
        if (window->name == NULL)
            continue;
        if (any)
            put(d, ", ");
        else
            put_keyword(d, " WINDOW ", -INDENT_STD, INDENT_STD, 1);
        put_ident(d, window->name);
        put(d, " AS ");
        TRY(put_window_spec(d, window, &query->targets));
        any = true;
    }
    return STATUS_OK;
}

static Status put_set_op_side(Deparse *d, const Query *query, const SetOpNode *node,
                              const SetOpNode *parent, bool left, const char *const *names) {
    if (node->rt_index != 0) {
        const Query *sub = query_rte(query, node->rt_index)->subquery;
        bool parens = sub->ctes.count > 0 || sub->order_by.count > 0 || sub->row_mark_count > 0 ||
                      sub->limit != NULL || sub->offset != NULL || sub->set_op != NULL;
        if (parens)
            put(d, "(");
        TRY(put_query(d, sub, names));
        if (parens)
            put(d, ")");
        return STATUS_OK;
    }
    bool parens = left ? !(node->op == parent->op && node->all == parent->all) : true;
    int subindent = parens ? INDENT_STD : 0;
    if (parens) {
        put(d, "(");
        put_keyword(d, "", subindent, 0, 0);
    }
    TRY(put_set_op(d, query, node, names));
    if (parens)
        put_keyword(d, left ? ") " : ")", -subindent, 0, 0);
    return STATUS_OK;
}

static Status put_set_op(Deparse *d, const Query *query, const SetOpNode *node,
                         const char *const *result_names) {
    static const char *const words[] = {"UNION ", "INTERSECT ", "EXCEPT "};
    TRY(fiber_stack_check());
    if (node->rt_index != 0)
        return put_set_op_side(d, query, node, node, true, result_names);
    TRY(put_set_op_side(d, query, node->left, node, true, result_names));
    const SetOpNode *left = node->left;
    if (left->rt_index != 0 || (left->op == node->op && left->all == node->all))
        put_keyword(d, (d->flags & DEPARSE_INDENT) != 0 ? "" : " ", 0, 0, 0);
    put(d, words[node->op]);
    if (node->all)
        put(d, "ALL ");
    put_keyword(d, "", 0, 0, 0);
    bool hidden = d->hide_names;
    d->hide_names = true;
    Status s = put_set_op_side(d, query, node->right, node, false, result_names);
    d->hide_names = hidden;
    return s;
}

static void put_names(Deparse *d, const char *const *names, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            put(d, ", ");
        put_ident(d, names[i]);
    }
}

static bool is_bool(const Expr *expr, bool value) {
    const ExprConst *c = (const ExprConst *)expr;
    return expr->tag == EXPR_CONST && c->type == OID_BOOL && !c->is_null && c->value.b == value;
}

static Status put_search_cycle(Deparse *d, const Cte *cte) {
    if (cte->search != NULL) {
        put(d,
            cte->search->breadth_first ? " SEARCH BREADTH FIRST BY " : " SEARCH DEPTH FIRST BY ");
        put_names(d, cte->search->columns, cte->search->column_count);
        put(d, " SET ");
        put_ident(d, cte->search->sequence_column);
    }
    const CteCycle *cycle = cte->cycle;
    if (cycle == NULL)
        return STATUS_OK;
    put(d, " CYCLE ");
    put_names(d, cycle->columns, cycle->column_count);
    put(d, " SET ");
    put_ident(d, cycle->mark_column);
    if (!is_bool(cycle->mark_value, true) || !is_bool(cycle->mark_default, false)) {
        put(d, " TO ");
        TRY(put_expr(d, cycle->mark_value, false));
        put(d, " DEFAULT ");
        TRY(put_expr(d, cycle->mark_default, false));
    }
    put(d, " USING ");
    put_ident(d, cycle->path_column);
    return STATUS_OK;
}

Status put_ctes(Deparse *d, const Query *query) {
    if (query->ctes.count == 0)
        return STATUS_OK;
    if (d->flags & DEPARSE_INDENT) {
        d->indent += INDENT_STD;
        put(d, " ");
    }
    put(d, query->recursive_with ? "WITH RECURSIVE " : "WITH ");
    for (uint32_t i = 0; i < query->ctes.count; i++) {
        const Cte *cte = query->ctes.items[i];
        if (i > 0)
            put(d, ", ");
        put_ident(d, cte->name);
        for (uint32_t c = 0; c < cte->alias_count; c++) {
            put(d, c == 0 ? "(" : ", ");
            put_ident(d, cte->aliases[c]);
        }
        put(d, cte->alias_count > 0 ? ") AS " : " AS ");
        if (cte->materialized != AST_MATERIALIZED_DEFAULT)
            put(d, cte->materialized == AST_MATERIALIZED_ALWAYS ? "MATERIALIZED "
                                                                : "NOT MATERIALIZED ");
        put(d, "(");
        if (d->flags & DEPARSE_INDENT)
            put_keyword(d, "", 0, 0, 0);
        TRY(put_visible_query(d, cte->query));
        if (d->flags & DEPARSE_INDENT)
            put_keyword(d, "", 0, 0, 0);
        put(d, ")");
        TRY(put_search_cycle(d, cte));
    }
    if (d->flags & DEPARSE_INDENT) {
        d->indent -= INDENT_STD;
        put_keyword(d, "", 0, 0, 0);
    } else {
        put(d, " ");
    }
    return STATUS_OK;
}

static Status put_row_marks(Deparse *d, const Query *query) {
    static const char *const words[] = {"", " FOR KEY SHARE", " FOR SHARE", " FOR NO KEY UPDATE",
                                        " FOR UPDATE"};
    for (uint32_t i = 0; i < query->row_mark_count; i++) {
        const RowMark *mark = &query->row_marks[i];
        if (mark->pushed_down)
            continue;
        put_keyword(d, words[mark->strength], -INDENT_STD, INDENT_STD, 0);
        put(d, " OF ");
        put_ident(d, deparse_entry_name(d->scope, mark->rt_index));
        if (mark->wait != ROW_WAIT_BLOCK)
            put(d, mark->wait == ROW_WAIT_SKIP ? " SKIP LOCKED" : " NOWAIT");
    }
    return STATUS_OK;
}

static Status put_select(Deparse *d, const Query *query, const char *const *result_names) {
    TRY(put_ctes(d, query));
    if (query->set_op != NULL)
        TRY(put_set_op(d, query, query->set_op, result_names));
    else
        TRY(put_basic_select(d, query, result_names));
    if (query->order_by.count > 0) {
        put_keyword(d, " ORDER BY ", query->set_op != NULL ? 0 : -INDENT_STD,
                    query->set_op != NULL ? 0 : INDENT_STD, 1);
        TRY(put_sort_list(d, &query->order_by, &query->targets, NULL));
    }
    if (query->offset != NULL) {
        put_keyword(d, " OFFSET ", -INDENT_STD, INDENT_STD, 0);
        TRY(put_expr(d, query->offset, false));
    }
    if (query->limit != NULL) {
        bool ties = query->with_ties;
        put_keyword(d, ties ? " FETCH FIRST (" : " LIMIT ", -INDENT_STD, INDENT_STD, 0);
        const ExprConst *c = (const ExprConst *)query->limit;
        if (query->limit->tag == EXPR_CONST && c->is_null)
            put(d, "ALL");
        else
            TRY(put_expr(d, query->limit, false));
        if (ties)
            put(d, ") ROWS WITH TIES");
    }
    return put_row_marks(d, query);
}

static Status put_notify(Deparse *d, const Query *query) {
    check(query->notify_channel != NULL);
    put_keyword(d, "", 0, INDENT_STD, 1);
    put(d, "NOTIFY ");
    put_ident(d, query->notify_channel);
    if (query->notify_payload != NULL) {
        put(d, ", ");
        put(d,
            quote_standard_literal(d->arena, query->notify_payload, strlen(query->notify_payload)));
    }
    return STATUS_OK;
}

Status put_query(Deparse *d, const Query *query, const char *const *result_names) {
    TRY(fiber_stack_check());
    DeparseScope scope = {.outer = d->scope, .query = query};
    TRY(deparse_scope_init(d, &scope));
    const DeparseScope *outer = d->scope;
    int indent = d->indent;
    bool prefix = d->prefix;
    d->scope = &scope;
    d->prefix = outer != NULL || query->range_count != 1 || prefix;
    Status status = query->command == COMMAND_SELECT    ? put_select(d, query, result_names)
                    : query->command == COMMAND_UTILITY ? put_notify(d, query)
                                                        : put_modification(d, query);
    d->scope = outer;
    d->indent = indent;
    d->prefix = prefix;
    return status;
}

Status deparse_body_query(EvalEnv *env, Arena *arena, Query *query, unsigned flags, int indent,
                          const DeparseParams *params, const char **text_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    Deparse d = {.env = env,
                 .catalog = env->catalog,
                 .arena = arena,
                 .buf = &buf,
                 .flags = flags,
                 .indent = indent,
                 .prefix = true,
                 .hide_names = true,
                 .params = params};
    TRY(put_query(&d, query, NULL));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}

Status deparse_query(EvalEnv *env, Arena *arena, Query *query, unsigned flags, int wrap_column,
                     const char *const *result_names, const char **text_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    Deparse d = {.env = env,
                 .catalog = env->catalog,
                 .arena = arena,
                 .buf = &buf,
                 .flags = flags,
                 .wrap_column = wrap_column,
                 .prefix = true};
    TRY(put_query(&d, query, result_names));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
