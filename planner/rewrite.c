/*
 * rewrite.c: from what was written to what is meant: defaults into INSERT and UPDATE, views into
 * their queries.
 */
#include "catalog/depend.h"
#include "planner/rewrite_int.h"

/* ---- defaults ---- */

static Status identity_sequence(Analyzer *an, const RelationDesc *relation, int16_t attno,
                                Oid *sequence_out) {
    DependRow *rows;
    size_t count;
    *sequence_out = 0;
    TRY(depend_list_on(an->catalog, object_address(PG_CLASS, relation->oid, attno), an->arena,
                       &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == DEPEND_INTERNAL && rows[i].depender.class_id == PG_CLASS)
            *sequence_out = rows[i].depender.object;
    if (*sequence_out == 0)
        return error(ERR_INTERNAL_ERROR, "no owned sequence found");
    return STATUS_OK;
}

static Status stored_default(Analyzer *an, const char *text, Expr **expr_out) {
    return expr_from_string(an->arena, text, strlen(text), expr_out);
}

Status column_default(Analyzer *an, const RelationDesc *relation, const ColumnDesc *column,
                      Expr **expr_out) {
    *expr_out = NULL;
    if (column->identity != 0) {
        ExprNextValue *next = EXPR_NEW(an->arena, ExprNextValue, EXPR_NEXT_VALUE);
        next->type = column->type;
        TRY(identity_sequence(an, relation, column->attnum, &next->sequence));
        *expr_out = (Expr *)next;
        return STATUS_OK;
    }
    Oid type = column->type;
    if (column->default_expr != NULL) {
        TRY(stored_default(an, column->default_expr, expr_out));
    } else {
        TRY(an_type_default(an, type, expr_out));
    }
    if (*expr_out != NULL && ((*expr_out)->type != type || (*expr_out)->typmod != column->typmod))
        return coerce_to_target(an, *expr_out, (*expr_out)->type, type, column->typmod,
                                COERCION_ASSIGNMENT, CALL_IMPLICIT, -1, expr_out);
    return STATUS_OK;
}

static Status null_for(Analyzer *an, const ColumnDesc *column, Expr **expr_out) {
    if (column->dropped)
        return an_null_const(an, OID_INT4, -1, 0, expr_out);
    Oid base;
    int32_t typmod = column->typmod;
    TRY(an_base_type_mod(an, column->type, &base, &typmod));
    TRY(an_null_const(an, base, typmod, column->collation, expr_out));
    if (base != column->type) /* a domain may refuse NULL */
        return coerce_type(an, *expr_out, base, column->type, column->typmod, COERCION_IMPLICIT,
                           CALL_IMPLICIT, -1, expr_out);
    return STATUS_OK;
}

/* ---- target lists ---- */

/* What a nested assignment (col.f, col[i]) changes: its innermost source. */
static Expr **assignment_base(Expr *expr) {
    while (expr->tag == EXPR_COERCE_DOMAIN)
        expr = ((ExprCoerceDomain *)expr)->arg;
    if (expr->tag == EXPR_FIELD_STORE)
        return &((ExprFieldStore *)expr)->arg;
    if (expr->tag == EXPR_SUBSCRIPT && ((ExprSubscript *)expr)->value != NULL)
        return &((ExprSubscript *)expr)->arg;
    return NULL;
}

/* Two assignments to parts of one column: the later works on the earlier's result. */
static Status combine(Analyzer *an, Target *earlier, Target *later, const char *column,
                      Target **out) {
    if (earlier == NULL) {
        *out = later;
        return STATUS_OK;
    }
    Expr *copy = expr_copy(an->arena, later->expr);
    Expr **base = assignment_base(copy);
    if (base == NULL || assignment_base(earlier->expr) == NULL)
        return error(ERR_SYNTAX_ERROR, "multiple assignments to same column \"%s\"", column);
    while (*base != NULL && assignment_base(*base) != NULL)
        base = assignment_base(*base);
    /* Only the whole must meet the domain. */
    Expr *inner = earlier->expr;
    while (inner->tag == EXPR_COERCE_DOMAIN)
        inner = ((ExprCoerceDomain *)inner)->arg;
    *base = inner;
    *out = target_make(an->arena, copy, later->resno, later->name, false);
    return STATUS_OK;
}

typedef struct TargetFill {
    Rewriter *rw;
    Query *query;
    const RelationDesc *relation;
    CommandKind command;
    AstOverriding overriding;
    RangeEntry *values; /* of a multi-row INSERT; or NULL */
    uint32_t values_rt;
} TargetFill;

/* Column of the VALUES list that a target shows; 0: none. */
static int16_t values_column(const TargetFill *fill, const Target *target) {
    if (fill->values == NULL || target == NULL || target->expr->tag != EXPR_COLUMN)
        return 0;
    const ExprColumn *column = (const ExprColumn *)target->expr;
    return column->rt_index == fill->values_rt && column->levels_up == 0 ? column->attno : 0;
}

static bool all_defaults(const RangeEntry *values, int16_t column) {
    for (uint32_t i = 0; i < values->row_count; i++)
        if (values->rows[i].items[column - 1]->tag != EXPR_SET_TO_DEFAULT)
            return false;
    return true;
}

static Status generated_always(const ColumnDesc *column, bool insert, bool identity) {
    Status s = insert ? error(ERR_GENERATED_ALWAYS,
                              "cannot insert a non-DEFAULT value into column \"%s\"", column->name)
                      : error(ERR_GENERATED_ALWAYS, "column \"%s\" can only be updated to DEFAULT",
                              column->name);
    s = status_detail(s,
                      identity ? "Column \"%s\" is an identity column defined as GENERATED ALWAYS."
                               : "Column \"%s\" is a generated column.",
                      column->name);
    return insert && identity ? status_hint(s, "Use OVERRIDING SYSTEM VALUE to override.") : s;
}

static Status insert_default_wanted(const TargetFill *fill, const ColumnDesc *column,
                                    const Target *target, bool *default_io) {
    int16_t from_values = values_column(fill, target);
    bool defaults_only = from_values != 0 && all_defaults(fill->values, from_values);
    if (column->identity == 'a' && !*default_io) {
        if (fill->overriding == AST_OVERRIDING_USER || defaults_only)
            *default_io = fill->overriding != AST_OVERRIDING_SYSTEM;
        else if (fill->overriding != AST_OVERRIDING_SYSTEM)
            return generated_always(column, true, true);
    }
    if (column->identity == 'd' && fill->overriding == AST_OVERRIDING_USER)
        *default_io = true;
    if (column->generated != 0 && !*default_io) {
        if (!defaults_only)
            return generated_always(column, true, false);
        *default_io = true;
    }
    return STATUS_OK;
}

static Status fill_column(const TargetFill *fill, const ColumnDesc *column, Target *target,
                          Target **out) {
    Analyzer *an = &fill->rw->an;
    bool insert = fill->command == COMMAND_INSERT;
    bool use_default =
        (target == NULL && insert) || (target != NULL && target->expr->tag == EXPR_SET_TO_DEFAULT);
    Expr *value = NULL;
    *out = target;
    if (column->dropped) {
        if (insert) {
            TRY(null_for(an, column, &value));
            *out = target_make(an->arena, value, column->attnum, "", false);
        }
        return STATUS_OK;
    }
    if (insert)
        TRY(insert_default_wanted(fill, column, target, &use_default));
    else if (target != NULL && !use_default && (column->identity == 'a' || column->generated != 0))
        return generated_always(column, false, column->identity == 'a');
    if (column->generated != 0) {
        *out = NULL;
        if (!insert)
            return STATUS_OK;
        TRY(an_null_const(an, column->type, column->typmod, column->collation, &value));
    } else if (!use_default) {
        return STATUS_OK;
    } else {
        TRY(column_default(an, fill->relation, column, &value));
        bool passed_on = fill->relation->kind == 'v' && !fill->query->instead;
        if (value == NULL && passed_on && target == NULL) {
            *out = NULL; /* its table has a default, perhaps */
            return STATUS_OK;
        }
        if (value == NULL && passed_on) /* DEFAULT: likewise */
            return STATUS_OK;
        if (value == NULL)
            TRY(null_for(an, column, &value));
    }
    *out =
        target_make(an->arena, value, column->attnum, arena_strdup(an->arena, column->name), false);
    return STATUS_OK;
}

/* INSERT: a value for each column, in order. UPDATE: the columns set, in order. */
static Status fill_targets(const TargetFill *fill, TargetList *targets) {
    Analyzer *an = &fill->rw->an;
    uint32_t count = fill->relation->column_count;
    Target **by_column = arena_array(an->arena, Target *, count + 1);
    TargetList out = {0};
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->junk)
            continue;
        uint32_t at = (uint32_t)target->resno - 1;
        TRY(combine(an, by_column[at], target, fill->relation->columns[at].name, &by_column[at]));
    }
    for (uint32_t i = 0; i < count; i++) {
        Target *target;
        TRY(fill_column(fill, &fill->relation->columns[i], by_column[i], &target));
        if (target != NULL)
            target_list_add(an->arena, &out, target);
    }
    for (uint32_t i = 0; i < targets->count; i++)
        if (targets->items[i]->junk)
            target_list_add(an->arena, &out, targets->items[i]);
    *targets = out;
    return STATUS_OK;
}

/* DEFAULT items of a multi-row VALUES. */
static Status fill_values(const TargetFill *fill, const TargetList *targets) {
    Analyzer *an = &fill->rw->an;
    RangeEntry *values = fill->values;
    for (uint32_t c = 0; c < values->column_count; c++) {
        const ColumnDesc *column = NULL;
        for (uint32_t t = 0; t < targets->count; t++)
            if (values_column(fill, targets->items[t]) == (int16_t)(c + 1))
                column = &fill->relation->columns[targets->items[t]->resno - 1];
        for (uint32_t r = 0; r < values->row_count; r++) {
            Expr *item = values->rows[r].items[c], *value = NULL;
            if (item->tag != EXPR_SET_TO_DEFAULT)
                continue;
            if (column == NULL) {
                TRY(an_null_const(an, item->type, item->typmod, item->collation, &value));
            } else {
                if (column->generated == 0)
                    TRY(column_default(an, fill->relation, column, &value));
                if (value == NULL && fill->relation->kind == 'v' && !fill->query->instead)
                    continue; /* its table has a default, perhaps */
                if (value == NULL)
                    TRY(null_for(an, column, &value));
            }
            values->rows[r].items[c] = value;
        }
    }
    return STATUS_OK;
}

Status rewrite_fill(Rewriter *rw, Query *query, const RelationDesc *relation) {
    if (query->targets_filled)
        return STATUS_OK;
    query->targets_filled = true;
    TargetFill fill = {.rw = rw,
                       .query = query,
                       .relation = relation,
                       .command = query->command,
                       .overriding = query->overriding};
    if (query->command == COMMAND_INSERT)
        for (uint32_t i = 0; i < query->from->item_count; i++) {
            /* In what a rule made of the statement its own VALUES are the last. */
            uint32_t rt = query->from->items[i]->rt_index;
            if (rt > fill.values_rt && query_rte(query, rt)->kind == RTE_VALUES) {
                fill.values = query_rte(query, rt);
                fill.values_rt = rt;
            }
        }
    if (query->command == COMMAND_INSERT || query->command == COMMAND_UPDATE) {
        TargetList written = query->targets;
        TRY(fill_targets(&fill, &query->targets));
        if (fill.values != NULL) {
            TRY(fill_values(&fill, &query->targets));
            /* Columns left out because only defaults stood there. */
            TRY(fill_values(&fill, &written));
        }
    }
    if (query->on_conflict != NULL && query->on_conflict->update) {
        fill.command = COMMAND_UPDATE;
        TRY(fill_targets(&fill, &query->on_conflict->set));
    }
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        MergeAction *action = query->merge_actions[i];
        fill.command = action->command;
        fill.overriding = action->overriding;
        fill.values = NULL;
        if (action->command == COMMAND_INSERT || action->command == COMMAND_UPDATE)
            TRY(fill_targets(&fill, &action->targets));
    }
    return STATUS_OK;
}

/* ---- views ---- */

static bool owner_visit(Expr *expr, void *arg);

typedef struct OwnerSet {
    Rewriter *rw;
    Oid owner;
} OwnerSet;

static void set_owner(OwnerSet *set, Query *query) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_RELATION)
            entry->check_as_user = set->owner;
        else if (entry->kind == RTE_SUBQUERY)
            set_owner(set, entry->subquery);
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        set_owner(set, query->ctes.items[i]->query);
    query_walk(query, NULL, owner_visit, set);
}

static bool owner_visit(Expr *expr, void *arg) {
    if (expr->tag == EXPR_SUB_LINK)
        set_owner(arg, ((ExprSubLink *)expr)->query);
    return expr_walk(expr, owner_visit, arg);
}

void rewrite_set_owner(Rewriter *rw, Oid owner, Query *query) {
    OwnerSet set = {rw, owner};
    set_owner(&set, query);
}

bool rewrite_option_is_true(const RelationDesc *relation, const char *name) {
    const char *value = relation_option(relation, name);
    return value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "on") == 0 ||
                             strcmp(value, "1") == 0 || strcmp(value, "yes") == 0);
}

Status view_query(Rewriter *rw, const RelationDesc *view, Query **query_out) {
    for (uint16_t i = 0; i < view->rule_count; i++) {
        const RuleDesc *rule = &view->rules[i];
        if (rule->event != '1' || rule->actions == NULL)
            continue;
        TRY(query_from_string(rw->an.arena, rule->actions, strlen(rule->actions), query_out));
        if (!rewrite_option_is_true(view, "security_invoker")) {
            OwnerSet set = {rw, view->owner};
            set_owner(&set, *query_out);
        }
        return STATUS_OK;
    }
    return error(ERR_INTERNAL_ERROR, "could not find rule of view \"%s\"", view->name);
}

/* FOR UPDATE of a view locks the rows of what it reads, which its owner must be allowed to. */
static void lock_below(Rewriter *rw, Query *query, const RowMark *mark, const FromNode *node) {
    if (node == NULL)
        return;
    lock_below(rw, query, mark, node->left);
    lock_below(rw, query, mark, node->right);
    for (uint32_t i = 0; i < node->item_count; i++)
        lock_below(rw, query, mark, node->items[i]);
    if (node->kind != FROM_RTE)
        return;
    RangeEntry *entry = query_rte(query, node->rt_index);
    if (entry->kind == RTE_RELATION)
        entry->required_rights |= ACL_UPDATE;
    else if (entry->kind == RTE_SUBQUERY)
        lock_below(rw, entry->subquery, mark, entry->subquery->from);
    bool plain = query->distinct.count == 0 && query->group_by.count == 0 &&
                 query->grouping_set_count == 0 && query->having == NULL && !query->has_aggs &&
                 !query->has_windows && !query->has_target_srfs && query->set_op == NULL;
    if (!plain || (entry->kind != RTE_RELATION && entry->kind != RTE_SUBQUERY))
        return;
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].rt_index == node->rt_index)
            return;
    RowMark *marks = arena_array(rw->an.arena, RowMark, query->row_mark_count + 1);
    if (query->row_mark_count > 0)
        memcpy(marks, query->row_marks, query->row_mark_count * sizeof(RowMark));
    marks[query->row_mark_count++] = (RowMark){.rt_index = node->rt_index,
                                               .strength = mark->strength,
                                               .wait = mark->wait,
                                               .pushed_down = true};
    query->row_marks = marks;
    query->has_for_update = true;
}

static Status expand_view(Rewriter *rw, RangeEntry *entry, const RelationDesc *view,
                          const RowMark *mark) {
    Query *query;
    for (uint32_t i = 0; i < rw->views.count; i++)
        if (rw->views.items[i] == view->oid)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "infinite recursion detected in rules for relation \"%s\"", view->name);
    TRY(view_query(rw, view, &query));
    if (mark != NULL)
        lock_below(rw, query, mark, query->from);
    vec_push(&rw->views, rw->an.arena, view->oid);
    TRY(rewrite_one(rw, query));
    rw->views.count--;
    entry->kind = RTE_SUBQUERY;
    entry->subquery = query;
    entry->view = view->oid;
    entry->security_barrier = rewrite_option_is_true(view, "security_barrier");
    return STATUS_OK;
}

/* Entries of the join tree: only those are scanned. */
static BitSet *scanned_entries(Arena *arena, BitSet *set, const FromNode *node) {
    if (node == NULL)
        return set;
    if (node->kind == FROM_RTE)
        return bitset_add(arena, set, (int)node->rt_index);
    set = scanned_entries(arena, set, node->left);
    set = scanned_entries(arena, set, node->right);
    for (uint32_t i = 0; i < node->item_count; i++)
        set = scanned_entries(arena, set, node->items[i]);
    return set;
}

static Status lock_relation(Rewriter *rw, const RangeEntry *entry) {
    return relation_lock(rw->an.catalog, entry->relation,
                         (LockMode)(entry->lock_mode != 0 ? entry->lock_mode : LOCK_ACCESS_SHARE),
                         LOCK_WAIT, NULL);
}

static const RowMark *row_mark_of(const Query *query, uint32_t rt_index) {
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].rt_index == rt_index)
            return &query->row_marks[i];
    return NULL;
}

/* Does its WHERE say CURRENT OF about the entry? */
static bool stands_on(const Query *query, uint32_t rt_index, Arena *arena) {
    ExprList conjuncts = {0};
    if (query->from != NULL)
        expr_conjuncts(arena, query->from->condition, &conjuncts);
    for (uint32_t i = 0; i < conjuncts.count; i++)
        if (conjuncts.items[i]->tag == EXPR_CURRENT_OF &&
            ((const ExprCurrentOf *)conjuncts.items[i])->rt_index == rt_index)
            return true;
    return false;
}

static Status rewrite_entries(Rewriter *rw, Query *query) {
    BitSet *scanned = scanned_entries(rw->an.arena, NULL, query->from);
    for (uint32_t i = 1; i <= query->range_count; i++) {
        RangeEntry *entry = query_rte(query, i);
        const RelationDesc *desc;
        if (entry->kind == RTE_SUBQUERY) {
            TRY(rewrite_one(rw, entry->subquery));
            continue;
        }
        if (entry->kind != RTE_RELATION || entry->relkind == 'c')
            continue;
        if (rw->views.count > 0)
            TRY(lock_relation(rw, entry));
        TRY(catalog_relation_require(rw->an.catalog, entry->relation, &desc));
        if (desc->kind == 'v' && i != query->result_rt_index && bitset_has(scanned, (int)i)) {
            if (stands_on(query, i, rw->an.arena))
                return error(ERR_FEATURE_NOT_SUPPORTED,
                             "WHERE CURRENT OF on a view is not implemented");
            TRY(expand_view(rw, entry, desc, row_mark_of(query, i)));
        } else if (desc->kind == 'm' && !desc->is_populated && bitset_has(scanned, (int)i))
            return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                     "materialized view \"%s\" has not been populated", desc->name),
                               "Use the REFRESH MATERIALIZED VIEW command.");
    }
    return STATUS_OK;
}

static bool sub_links_visit(Expr *expr, void *arg) {
    Rewriter *rw = arg;
    if (expr->tag == EXPR_SUB_LINK) {
        rw->failed = rewrite_one(rw, ((ExprSubLink *)expr)->query);
        if (!status_ok(rw->failed))
            return true;
    }
    return expr_walk(expr, sub_links_visit, arg);
}

typedef struct PolicyLinks {
    Rewriter *rw;
    Oid owner;
    bool any;
} PolicyLinks;

static bool policy_links_visit(Expr *expr, void *arg) {
    PolicyLinks *links = arg;
    if (expr->tag == EXPR_SUB_LINK) {
        Query *query = ((ExprSubLink *)expr)->query;
        links->any = true;
        if (links->owner != OID_INVALID)
            rewrite_set_owner(links->rw, links->owner, query);
        links->rw->failed = rewrite_one(links->rw, query);
        if (!status_ok(links->rw->failed))
            return true;
    }
    return expr_walk(expr, policy_links_visit, arg);
}

Status rewrite_policy_sub_links(Rewriter *rw, Query *query, Expr *condition, Oid owner) {
    PolicyLinks links = {rw, owner, false};
    policy_links_visit(condition, &links);
    query->has_sub_links |= links.any;
    return rw->failed;
}

static Status check_target_kind(const RelationDesc *relation) {
    const char *what = relation->kind == 'S'   ? "sequence"
                       : relation->kind == 't' ? "TOAST relation"
                       : relation->kind == 'm' ? "materialized view"
                                               : NULL;
    if (what == NULL)
        return STATUS_OK;
    return error(ERR_WRONG_OBJECT_TYPE, "cannot change %s \"%s\"", what, relation->name);
}

Status rewrite_null_defaults(Rewriter *rw, Query *query) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        if (entry->kind != RTE_VALUES)
            continue;
        for (uint32_t r = 0; r < entry->row_count; r++)
            for (uint32_t c = 0; c < entry->column_count; c++) {
                Expr **item = &entry->rows[r].items[c];
                if (UNLIKELY((*item)->tag == EXPR_SET_TO_DEFAULT))
                    TRY(an_null_const(&rw->an, (*item)->type, (*item)->typmod, (*item)->collation,
                                      item));
            }
    }
    return STATUS_OK;
}

Status rewrite_one(Rewriter *rw, Query *query) {
    TRY(fiber_stack_check());
    if (query->command == COMMAND_UTILITY)
        return STATUS_OK;
    for (uint32_t i = 0; i < query->ctes.count; i++) {
        TRY(rewrite_search_cycle(rw, query->ctes.items[i]));
        TRY(rewrite_one(rw, query->ctes.items[i]->query));
    }
    if (query->result_rt_index != 0) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(
            rw->an.catalog, query_rte(query, query->result_rt_index)->relation, &relation));
        TRY(check_target_kind(relation));
        for (uint32_t guard = 0;
             relation->kind == 'v' && !rewrite_has_instead(relation, query->command); guard++) {
            if (guard > 100)
                return error(ERR_INVALID_OBJECT_DEFINITION,
                             "infinite recursion detected in rules for relation \"%s\"",
                             relation->name);
            TRY(rewrite_view_target(rw, query, relation));
            TRY(catalog_relation_require(
                rw->an.catalog, query_rte(query, query->result_rt_index)->relation, &relation));
        }
        query->instead = relation->kind == 'v';
        TRY(rewrite_fill(rw, query, relation));
        if (query->instead && query->command != COMMAND_INSERT)
            rewrite_view_instead(rw, query, relation);
    }
    TRY(rewrite_null_defaults(rw, query));
    TRY(rewrite_entries(rw, query));
    query_walk(query, NULL, sub_links_visit, rw);
    TRY(rw->failed);
    return rewrite_row_security(rw, query);
}

static Status rewrite_products(Rewriter *rw, Query *query, QueryList *products) {
    TRY(rewrite_rules(rw, query, products));
    for (uint32_t i = 0; i < products->count; i++)
        TRY(rewrite_one(rw, products->items[i]));
    return STATUS_OK;
}

/* Which of the queries gives the command tag: the statement itself or, where rules stand in its place,
 * the last of them that is of its kind. */
static void choose_tag(QueryList *products, CommandKind command) {
    Query *chosen = NULL;
    for (uint32_t i = 0; i < products->count; i++) {
        Query *query = products->items[i];
        query->can_set_tag = false;
        if (query->source == SOURCE_WRITTEN)
            chosen = query;
        else if (query->source == SOURCE_INSTEAD && query->command == command &&
                 (chosen == NULL || chosen->source != SOURCE_WRITTEN))
            chosen = query;
    }
    if (chosen != NULL)
        chosen->can_set_tag = true;
}

Status rewrite_query(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Query *query,
                     QueryList *products_out) {
    Rewriter *rw = arena_new(arena, Rewriter);
    CommandKind command = query->command;
    rw->an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
    *products_out = (QueryList){0};
    if (command == COMMAND_SELECT && query->ctes.count == 0) {
        query_list_add(arena, products_out, query);
        return rewrite_one(rw, query);
    }
    TRY(rewrite_products(rw, query, products_out));
    if (products_out->count != 1 || products_out->items[0] != query)
        choose_tag(products_out, command);
    return STATUS_OK;
}
