/*
 * rewrite_rule.c: rules on INSERT, UPDATE and DELETE, and writing to views.
 *
 * A statement whose target has rules becomes several: for each action of each rule a query that joins
 * the statement's own FROM and WHERE to the action's, with OLD standing for the target's row and NEW
 * for the row the statement would store; and the statement itself, unless an unconditional DO INSTEAD
 * rule replaces it, restricted to rows for which no conditional one does. Actions are rewritten in
 * turn; a relation whose rules lead back to it is an error.
 */
#include "planner/rewrite_int.h"

/* ---- indexes ---- */

static void offset_set_op(SetOpNode *node, uint32_t offset) {
    if (node->rt_index != 0) {
        node->rt_index += offset;
        return;
    }
    offset_set_op(node->left, offset);
    offset_set_op(node->right, offset);
}

static void move_entries(Arena *arena, Query *query, uint32_t offset) {
    tree_offset_query(arena, query, offset);
    if (query->set_op != NULL)
        offset_set_op(query->set_op, offset);
    if (query->on_conflict != NULL && query->on_conflict->excluded_rt_index != 0)
        query->on_conflict->excluded_rt_index += offset;
}

typedef struct IndexChange {
    Arena *arena;
    uint32_t from, to;
    uint32_t level;
} IndexChange;

static Expr *change_map(Expr *expr, void *arg) {
    IndexChange *change = arg;
    if (expr->tag == EXPR_COLUMN || expr->tag == EXPR_CURRENT_OF)
        return tree_change_index(change->arena, expr, change->from, change->to, change->level);
    return expr_map_levels(change->arena, expr, &change->level, change_map, arg);
}

static void change_from(FromNode *node, uint32_t from, uint32_t to) {
    if (node == NULL)
        return;
    if (node->kind != FROM_LIST && node->rt_index == from)
        node->rt_index = to;
    change_from(node->left, from, to);
    change_from(node->right, from, to);
    for (uint32_t i = 0; i < node->item_count; i++)
        change_from(node->items[i], from, to);
}

static void change_entry(Arena *arena, Query *query, uint32_t from, uint32_t to) {
    IndexChange change = {arena, from, to, 0};
    query_map(arena, query, &change.level, change_map, &change);
    change_from(query->from, from, to);
    if (query->result_rt_index == from)
        query->result_rt_index = to;
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        if (query->row_marks[i].rt_index == from)
            query->row_marks[i].rt_index = to;
}

static bool in_from(const FromNode *node, uint32_t rt_index) {
    if (node == NULL)
        return false;
    if (node->kind != FROM_LIST && node->rt_index == rt_index)
        return true;
    bool found = in_from(node->left, rt_index) || in_from(node->right, rt_index);
    for (uint32_t i = 0; i < node->item_count && !found; i++)
        found = in_from(node->items[i], rt_index);
    return found;
}

/* ---- NEW ---- */

typedef struct NewRow {
    Arena *arena;
    Analyzer *an;
    const Query *statement;
    const RelationDesc *relation;
    uint32_t target_rt; /* UPDATE: columns it does not set are the target's; 0: NULL */
    Status failed;
} NewRow;

static Expr *null_value(NewRow *row, const ExprColumn *like) {
    Expr *null = NULL;
    Status s = an_null_const(row->an, like->type, like->typmod, like->collation, &null);
    if (status_ok(row->failed))
        row->failed = s;
    return null;
}

static Expr *new_value(NewRow *row, int16_t attno, const ExprColumn *like) {
    for (uint32_t i = 0; i < row->statement->targets.count; i++) {
        const Target *target = row->statement->targets.items[i];
        if (target->junk || target->resno != attno)
            continue;
        if (target->expr->tag == EXPR_SET_TO_DEFAULT) /* of a view's column that has none */
            return null_value(row, like);
        if (target->expr->type == like->type)
            return target->expr;
        Expr *cast = target->expr;
        Status s = coerce_to_target(row->an, cast, cast->type, like->type, like->typmod,
                                    COERCION_ASSIGNMENT, CALL_IMPLICIT, -1, &cast);
        if (status_ok(row->failed))
            row->failed = s;
        return cast != NULL ? cast : target->expr;
    }
    if (row->target_rt != 0) {
        ExprColumn *column = arena_memdup(row->arena, like, sizeof(*like));
        column->rt_index = row->target_rt;
        column->levels_up = 0;
        return (Expr *)column;
    }
    return null_value(row, like);
}

static Expr *replace_new(const ExprColumn *column, void *arg) {
    NewRow *row = arg;
    if (column->attno != 0)
        return new_value(row, column->attno, column);
    ExprRow *whole = EXPR_NEW(row->arena, ExprRow, EXPR_ROW);
    const char **names = arena_array(row->arena, const char *, row->relation->column_count + 1u);
    whole->type = column->type;
    whole->form = CALL_IMPLICIT;
    whole->names = names;
    for (uint16_t i = 0; i < row->relation->column_count; i++) {
        const ColumnDesc *each = &row->relation->columns[i];
        Expr *value = NULL;
        names[i] = each->name;
        if (each->dropped) {
            Status s = an_null_const(row->an, OID_INT4, -1, 0, &value);
            if (status_ok(row->failed))
                row->failed = s;
        } else {
            ExprColumn *like = expr_column(row->arena, column->rt_index, each->attnum, each->type,
                                           each->typmod, each->collation, 0);
            value = new_value(row, each->attnum, like);
        }
        expr_list_add(row->arena, &whole->args, value);
    }
    return (Expr *)whole;
}

/* ---- one action ---- */

static void add_condition(Arena *arena, Query *query, Expr *condition) {
    ExprList list = {0};
    if (condition == NULL)
        return;
    expr_conjuncts(arena, query->from->condition, &list);
    expr_conjuncts(arena, condition, &list);
    query->from->condition = expr_and(arena, &list);
}

/* The statement's FROM before the action's; the target only where the action does not have it and the
 * conditions need it. */
static void join_statement(Rewriter *rw, const Query *statement, Query *action,
                           const Expr *condition, uint32_t target_rt) {
    Arena *arena = rw->an.arena;
    BitSet *used = tree_rels(arena, NULL, condition, 0);
    used = tree_rels(arena, used, statement->from->condition, 0);
    bool keep = !in_from(action->from, target_rt) && bitset_has(used, (int)target_rt);
    FromNode *joined = arena_new(arena, FromNode);
    joined->kind = FROM_LIST;
    for (uint32_t i = 0; i < statement->from->item_count; i++) {
        FromNode *item = statement->from->items[i];
        if (keep || item->kind != FROM_RTE || item->rt_index != target_rt)
            from_add(arena, joined, item);
    }
    for (uint32_t i = 0; i < action->from->item_count; i++)
        from_add(arena, joined, action->from->items[i]);
    joined->condition = action->from->condition;
    action->from = joined;
    for (uint32_t i = 1; i <= action->range_count; i++)
        if (!in_from(action->from, i))
            query_rte(action, i)->in_from = false;
}

typedef struct Firing {
    Rewriter *rw;
    Query *statement;
    const RelationDesc *relation;
    QueryList products;
    bool instead;
    bool returning; /* a rule's action gives it */
    Query *rest;    /* the statement without the rows of conditional INSTEAD rules; or NULL */
} Firing;

static Status replace_returning(Firing *f, const Query *statement, Query *action) {
    Arena *arena = f->rw->an.arena;
    if (statement->returning.count == 0) {
        action->returning = (TargetList){0};
        return STATUS_OK;
    }
    if (action->returning.count == 0)
        return STATUS_OK;
    if (f->returning)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot have RETURNING lists in multiple rules");
    f->returning = true;
    Query given = {.targets = action->returning};
    NewRow row = {.arena = arena, .an = &f->rw->an, .statement = &given, .relation = f->relation};
    TargetList out = {0};
    for (uint32_t i = 0; i < statement->returning.count; i++) {
        Target *copy = arena_memdup(arena, statement->returning.items[i], sizeof(Target));
        copy->expr =
            tree_replace_columns(arena, copy->expr, statement->result_rt_index, replace_new, &row);
        target_list_add(arena, &out, copy);
    }
    action->returning = out;
    return row.failed;
}

static Status copy_ctes(const Query *statement, Query *action, Arena *arena) {
    if (statement->ctes.count == 0)
        return STATUS_OK;
    for (uint32_t i = 0; i < statement->ctes.count; i++)
        for (uint32_t k = 0; k < action->ctes.count; k++)
            if (strcmp(statement->ctes.items[i]->name, action->ctes.items[k]->name) == 0)
                return error(ERR_FEATURE_NOT_SUPPORTED,
                             "WITH query name \"%s\" appears in both a rule action and the query "
                             "being rewritten",
                             statement->ctes.items[i]->name);
    CteList all = {0};
    TargetList *list = (TargetList *)&all; /* the same layout: pointers */
    for (uint32_t i = 0; i < statement->ctes.count; i++)
        target_list_add(arena, list, (Target *)statement->ctes.items[i]);
    for (uint32_t i = 0; i < action->ctes.count; i++)
        target_list_add(arena, list, (Target *)action->ctes.items[i]);
    action->ctes = all;
    action->recursive_with |= statement->recursive_with;
    action->has_modifying_cte |= statement->has_modifying_cte;
    return STATUS_OK;
}

static Status fire_action(Firing *f, Query *action, Expr *condition, QuerySource source) {
    Arena *arena = f->rw->an.arena;
    Query *statement = query_copy(arena, f->statement);
    TRY(rewrite_null_defaults(f->rw, statement));
    uint32_t target_rt = statement->result_rt_index, offset = statement->range_count;
    Query *inner = rule_inner_query(action);
    condition = tree_offset(arena, condition, offset);
    condition = tree_change_index(arena, condition, RULE_OLD + offset, target_rt, 0);
    move_entries(arena, inner, offset);
    change_entry(arena, inner, RULE_OLD + offset, target_rt);
    RangeEntry **entries = inner->range_table;
    uint32_t count = inner->range_count;
    inner->range_table = NULL;
    inner->range_count = inner->range_capacity = 0;
    for (uint32_t i = 0; i < offset; i++)
        query_add_rte(arena, inner, statement->range_table[i]);
    for (uint32_t i = 0; i < count; i++)
        query_add_rte(arena, inner, entries[i]);
    inner->has_sub_links |= statement->has_sub_links || condition != NULL;
    join_statement(f->rw, statement, inner, condition, target_rt);
    if (inner != action && statement->has_modifying_cte)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "INSERT...SELECT rule actions are not supported for queries having "
                     "data-modifying statements in WITH");
    TRY(copy_ctes(statement, inner, arena));
    if (inner->set_op != NULL && (condition != NULL || statement->from->condition != NULL))
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    add_condition(arena, inner, condition);
    add_condition(arena, inner, statement->from->condition);
    if (f->statement->command != COMMAND_DELETE) {
        NewRow row = {.arena = arena,
                      .an = &f->rw->an,
                      .statement = statement,
                      .relation = f->relation,
                      .target_rt = statement->command == COMMAND_UPDATE ? target_rt : 0};
        tree_replace_query_columns(arena, inner, 0, RULE_NEW + offset, replace_new, &row);
        TRY(row.failed);
    }
    TRY(replace_returning(f, statement, action));
    action->source = source;
    action->can_set_tag = false;
    query_list_add(arena, &f->products, action);
    return STATUS_OK;
}

/* The statement leaves out the rows for which a conditional DO INSTEAD rule stands in. */
static Status leave_out(Firing *f, Expr *condition) {
    Arena *arena = f->rw->an.arena;
    uint32_t target_rt = f->statement->result_rt_index;
    if (f->rest == NULL) {
        f->rest = query_copy(arena, f->statement);
        f->rest->targets_filled = f->statement->targets_filled;
    }
    NewRow row = {.arena = arena,
                  .an = &f->rw->an,
                  .statement = f->rest,
                  .relation = f->relation,
                  .target_rt = f->statement->command == COMMAND_UPDATE ? target_rt : 0};
    condition = tree_change_index(arena, condition, RULE_OLD, target_rt, 0);
    if (f->statement->command != COMMAND_DELETE)
        condition = tree_replace_columns(arena, condition, RULE_NEW, replace_new, &row);
    TRY(row.failed);
    ExprBooleanTest *test = EXPR_NEW(arena, ExprBooleanTest, EXPR_BOOLEAN_TEST);
    test->type = OID_BOOL;
    test->arg = condition;
    test->kind = TEST_NOT_TRUE;
    add_condition(arena, f->rest, (Expr *)test);
    f->rest->has_sub_links = true;
    return STATUS_OK;
}

static Status fire_rule(Firing *f, const RuleDesc *rule) {
    Arena *arena = f->rw->an.arena;
    Expr *condition = NULL;
    QueryList actions = {0};
    if (rule->condition != NULL)
        TRY(expr_from_string(arena, rule->condition, strlen(rule->condition), &condition));
    if (rule->actions != NULL)
        TRY(query_list_from_string(arena, rule->actions, strlen(rule->actions), &actions));
    QuerySource source = !rule->instead      ? SOURCE_RULE
                         : condition != NULL ? SOURCE_QUALIFIED_INSTEAD
                                             : SOURCE_INSTEAD;
    if (source == SOURCE_INSTEAD)
        f->instead = true;
    if (source == SOURCE_QUALIFIED_INSTEAD && !f->instead)
        TRY(leave_out(f, condition));
    for (uint32_t i = 0; i < actions.count; i++) {
        if (actions.items[i]->command == COMMAND_UTILITY) { /* whatever the rows are */
            actions.items[i]->source = source;
            query_list_add(arena, &f->products, actions.items[i]);
            continue;
        }
        rewrite_set_owner(f->rw, f->relation->owner, actions.items[i]);
        TRY(fire_action(f, actions.items[i], condition, source));
    }
    return STATUS_OK;
}

/* ---- the statement ---- */

static char event_of(CommandKind command) {
    return command == COMMAND_UPDATE   ? '2'
           : command == COMMAND_INSERT ? '3'
           : command == COMMAND_DELETE ? '4'
                                       : 0;
}

/* Under session_replication_role. */
static bool rule_fires(const Rewriter *rw, const RuleDesc *rule, char event) {
    bool replica = rw->an.settings != NULL && rw->an.settings->replication_role_replica;
    return rule->event == event && (rule->enabled == 'A' || rule->enabled == (replica ? 'R' : 'O'));
}

static bool has_rules(const Rewriter *rw, const RelationDesc *relation, char event) {
    for (uint16_t i = 0; i < relation->rule_count; i++)
        if (rule_fires(rw, &relation->rules[i], event))
            return true;
    return false;
}

static Status no_returning(const Query *statement, const RelationDesc *relation) {
    static const char *const names[] = {
        [COMMAND_INSERT] = "INSERT", [COMMAND_UPDATE] = "UPDATE", [COMMAND_DELETE] = "DELETE"};
    const char *name = names[statement->command];
    return status_hint(
        error(ERR_FEATURE_NOT_SUPPORTED, "cannot perform %s RETURNING on relation \"%s\"", name,
              relation->name),
        "You need an unconditional ON %s DO INSTEAD rule with a RETURNING clause.", name);
}

static Status conditional_view(const Query *statement, const RelationDesc *view) {
    static const char *const verbs[] = {[COMMAND_INSERT] = "insert into",
                                        [COMMAND_UPDATE] = "update",
                                        [COMMAND_DELETE] = "delete from"};
    static const char *const doing[] = {[COMMAND_INSERT] = "inserting into",
                                        [COMMAND_UPDATE] = "updating",
                                        [COMMAND_DELETE] = "deleting from"};
    static const char *const names[] = {
        [COMMAND_INSERT] = "INSERT", [COMMAND_UPDATE] = "UPDATE", [COMMAND_DELETE] = "DELETE"};
    Status s = status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "cannot %s view \"%s\"",
                                   verbs[statement->command], view->name),
                             "Views with conditional DO INSTEAD rules are not automatically "
                             "updatable.");
    return status_hint(s,
                       "To enable %s the view, provide an INSTEAD OF %s trigger or an "
                       "unconditional ON %s DO INSTEAD rule.",
                       doing[statement->command], names[statement->command],
                       names[statement->command]);
}

static Status rewrite_event(Rewriter *rw, Query *query, QueryList *out);

static Status rewrite_fired(Firing *f, QueryList *out) {
    Rewriter *rw = f->rw;
    if (f->products.count == 0)
        return STATUS_OK;
    for (uint32_t i = 0; i < rw->events.count; i++)
        if (rw->events.items[i].relation == f->relation->oid &&
            rw->events.items[i].event == f->statement->command)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "infinite recursion detected in rules for relation \"%s\"",
                         f->relation->name);
    RewriteEvent event = {f->relation->oid, f->statement->command};
    vec_push(&rw->events, rw->an.arena, event);
    for (uint32_t i = 0; i < f->products.count; i++)
        TRY(rewrite_event(rw, f->products.items[i], out));
    rw->events.count--;
    return STATUS_OK;
}

/* A view without a rule that replaces the statement: it goes to the view's table. */
static Status fire_view(Firing *f, bool *updatable_out) {
    Rewriter *rw = f->rw;
    bool insert = f->statement->command == COMMAND_INSERT;
    if (f->rest != NULL)
        return conditional_view(f->statement, f->relation);
    TRY(rewrite_view_target(rw, f->statement, f->relation));
    f->statement->targets_filled = false;
    QueryList all = {0};
    if (insert)
        query_list_add(rw->an.arena, &all, f->statement);
    for (uint32_t i = 0; i < f->products.count; i++)
        query_list_add(rw->an.arena, &all, f->products.items[i]);
    if (!insert)
        query_list_add(rw->an.arena, &all, f->statement);
    f->products = all;
    f->instead = f->returning = *updatable_out = true;
    return STATUS_OK;
}

static Status fire_all(Rewriter *rw, Query *query, const RelationDesc *relation, QueryList *out) {
    Firing f = {.rw = rw, .statement = query, .relation = relation};
    char event = event_of(query->command);
    CommandKind command = query->command;
    bool updatable = false, returns = query->returning.count > 0;
    desc_pin(&relation->desc);
    query->instead = relation->kind == 'v' && rewrite_has_instead(relation, command);
    Status s = rewrite_fill(rw, query, relation);
    for (uint16_t i = 0; i < relation->rule_count && status_ok(s); i++)
        if (rule_fires(rw, &relation->rules[i], event))
            s = fire_rule(&f, &relation->rules[i]);
    if (status_ok(s) && !f.instead && relation->kind == 'v' && !query->instead)
        s = fire_view(&f, &updatable);
    QueryList rewritten = {0};
    if (status_ok(s))
        s = rewrite_fired(&f, &rewritten);
    if (status_ok(s) && (f.instead || f.rest != NULL) && returns && !f.returning)
        s = no_returning(query, relation);
    bool rules = f.products.count > 0 || has_rules(rw, relation, '2');
    if (status_ok(s) && query->on_conflict != NULL && !updatable && rules)
        s = error(ERR_FEATURE_NOT_SUPPORTED, "INSERT with ON CONFLICT clause cannot be used with "
                                             "table that has INSERT or UPDATE rules");
    desc_unpin(&relation->desc);
    TRY(s);
    Query *self = f.rest != NULL ? f.rest : query;
    if (!f.instead && command == COMMAND_INSERT)
        query_list_add(rw->an.arena, out, self);
    for (uint32_t i = 0; i < rewritten.count; i++)
        query_list_add(rw->an.arena, out, rewritten.items[i]);
    if (!f.instead && command != COMMAND_INSERT)
        query_list_add(rw->an.arena, out, self);
    return STATUS_OK;
}

/* Data-modifying WITH queries may become other queries, but not several. */
static Status rewrite_ctes(Rewriter *rw, Query *query) {
    static const char *const texts[] = {
        [SOURCE_WRITTEN] = "multi-statement DO INSTEAD rules are not supported for data-modifying "
                           "statements in WITH",
        [SOURCE_RULE] = "DO ALSO rules are not supported for data-modifying statements in WITH",
        [SOURCE_INSTEAD] = "multi-statement DO INSTEAD rules are not supported for data-modifying "
                           "statements in WITH",
        [SOURCE_QUALIFIED_INSTEAD] = "conditional DO INSTEAD rules are not supported for "
                                     "data-modifying statements in WITH"};
    for (uint32_t i = 0; i < query->ctes.count; i++) {
        Cte *cte = query->ctes.items[i];
        QueryList products = {0};
        if (cte->query->command == COMMAND_SELECT)
            continue;
        TRY(rewrite_event(rw, cte->query, &products));
        if (products.count == 0)
            return error(ERR_FEATURE_NOT_SUPPORTED, "DO INSTEAD NOTHING rules are not supported "
                                                    "for data-modifying statements in WITH");
        if (products.count > 1) {
            QuerySource source = SOURCE_INSTEAD;
            for (uint32_t k = 0; k < products.count; k++)
                if (products.items[k]->source == SOURCE_QUALIFIED_INSTEAD ||
                    products.items[k]->source == SOURCE_RULE)
                    source = products.items[k]->source;
            return error(ERR_FEATURE_NOT_SUPPORTED, "%s", texts[source]);
        }
        if (products.items[0]->command == COMMAND_UTILITY)
            return error(ERR_FEATURE_NOT_SUPPORTED, "DO INSTEAD NOTIFY rules are not supported "
                                                    "for data-modifying statements in WITH");
        cte->query = products.items[0];
    }
    return STATUS_OK;
}

static Status rewrite_event(Rewriter *rw, Query *query, QueryList *out) {
    TRY(fiber_stack_check());
    TRY(rewrite_ctes(rw, query));
    char event = event_of(query->command);
    const RelationDesc *relation = NULL;
    if (event != 0 && query->result_rt_index != 0)
        TRY(catalog_relation_require(
            rw->an.catalog, query_rte(query, query->result_rt_index)->relation, &relation));
    uint32_t before = out->count;
    if (relation != NULL && (relation->kind == 'v' || has_rules(rw, relation, event) ||
                             (query->on_conflict != NULL && has_rules(rw, relation, '2'))))
        TRY(fire_all(rw, query, relation, out));
    else
        query_list_add(rw->an.arena, out, query);
    if (query->ctes.count > 0 && out->count - before > 1)
        return error(ERR_FEATURE_NOT_SUPPORTED, "WITH cannot be used in a query that is rewritten "
                                                "by rules into multiple queries");
    return STATUS_OK;
}

Status rewrite_rules(Rewriter *rw, Query *query, QueryList *out) {
    return rewrite_event(rw, query, out);
}
