/*
 * rewrite.c: Query -> Query: views become subqueries, DML gets its defaults (manual: The Rule System,
 * Updatable Views).
 *
 * A view in FROM is replaced by the query of its _RETURN rule, whose tables are checked as the view's
 * owner. A view as DML target is replaced by its base table where it is simple enough; its columns are
 * then the base table's, its WHERE joins the statement's, its check option becomes a WithCheck.
 */
#include "planner/query.h"

#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "planner/analyze_int.h"
#include "planner/planner.h"
#include "planner/stack.h"
#include "planner/tree.h"

#include <stdio.h>
#include <strings.h>

typedef struct Rewriter {
    EvalEnv *env;
    CatalogSession *catalog;
    Arena *arena;
    const PlannerSettings *settings;
    Oid views[64]; /* being expanded: a view that contains itself is an error */
    uint32_t view_depth;
    Status failure; /* of a visitor */
} Rewriter;

static Status rewrite_level(Rewriter *rw, Query *query);

/* ---- defaults ---- */

static Expr *null_of(Rewriter *rw, const ColumnDesc *column) {
    if (column->dropped)
        return (Expr *)expr_null(rw->arena, 23, -1, OID_INVALID, PHYS_I32);
    return (Expr *)expr_null(rw->arena, column->type, column->typmod, column->collation,
                             column->phys);
}

static Status identity_sequence(Rewriter *rw, Oid relation, const ColumnDesc *column,
                                Oid *sequence_out) {
    const Oid *sequences;
    size_t count;
    TRY(depend_owned_sequences(rw->catalog, relation, column->attnum, 'i', rw->arena, &sequences,
                               &count));
    if (count != 1)
        return error(ERR_INTERNAL_ERROR, count == 0 ? "no owned sequence found"
                                                    : "more than one owned sequence found");
    *sequence_out = sequences[0];
    return STATUS_OK;
}

/* What a column gets where the statement gives nothing. */
static Status column_default(Rewriter *rw, const RelationDesc *relation, const ColumnDesc *column,
                             Expr **expr_out) {
    if (column->dropped || column->generated != 0) {
        *expr_out = null_of(rw, column);
        return STATUS_OK;
    }
    if (column->identity != 0) {
        ExprNextValue *next = EXPR_NEW(rw->arena, ExprNextValue, EXPR_NEXT_VALUE);
        next->type = column->type;
        *expr_out = (Expr *)next;
        return identity_sequence(rw, relation->oid, column, &next->sequence);
    }
    const char *text = column->default_expr;
    if (text == NULL) {
        const TypeDesc *type;
        TRY(catalog_type_require(rw->catalog, column->type, &type));
        text = type->default_expr;
    }
    if (text != NULL)
        return expr_from_string(rw->arena, text, strlen(text), expr_out);
    *expr_out = null_of(rw, column);
    return STATUS_OK;
}

static bool is_default_marker(const Expr *expr) {
    while (expr != NULL && expr->tag == EXPR_COERCE_DOMAIN)
        expr = ((const ExprCoerceDomain *)expr)->arg;
    return expr != NULL && expr->tag == EXPR_SET_TO_DEFAULT;
}

static Status not_default_error(const ColumnDesc *column, bool insert) {
    const char *what = column->generated != 0 ? "Column \"%s\" is a generated column."
                                              : "Column \"%s\" is an identity column defined as "
                                                "GENERATED ALWAYS.";
    char detail[256];
    snprintf(detail, sizeof(detail), what, column->name);
    Status status =
        status_detail(error(ERR_GENERATED_ALWAYS,
                            insert ? "cannot insert a non-DEFAULT value into column \"%s\""
                                   : "column \"%s\" can only be updated to DEFAULT",
                            column->name),
                      "%s", detail);
    if (insert && column->generated == 0)
        status = status_hint(status, "Use OVERRIDING SYSTEM VALUE to override.");
    return status;
}

static Target *target_of(const TargetList *list, int16_t resno) {
    for (uint32_t i = 0; i < list->count; i++)
        if (!list->items[i]->junk && list->items[i]->resno == resno)
            return list->items[i];
    return NULL;
}

/* The VALUES entry that a target reads, and its column; NULL: none. */
static RangeEntry *values_behind(const Query *query, const Target *target, int16_t *attno_out) {
    if (target == NULL || target->expr->tag != EXPR_COLUMN)
        return NULL;
    const ExprColumn *column = (const ExprColumn *)target->expr;
    if (column->levels_up != 0 || column->attno < 1)
        return NULL;
    RangeEntry *entry = query_rte(query, column->rt_index);
    *attno_out = column->attno;
    return entry->kind == RTE_VALUES ? entry : NULL;
}

/* DEFAULT inside a multi-row VALUES. all_default_out: every row says so. */
static Status fill_values(Rewriter *rw, const RelationDesc *relation, const ColumnDesc *column,
                          RangeEntry *values, int16_t attno, bool force, bool *all_default_out) {
    *all_default_out = true;
    for (uint32_t r = 0; r < values->row_count; r++) {
        Expr **item = &values->rows[r].items[attno - 1];
        if (!is_default_marker(*item) && !force) {
            *all_default_out = false;
            continue;
        }
        TRY(column_default(rw, relation, column, item));
    }
    return STATUS_OK;
}

static Status complete_insert_column(Rewriter *rw, const Query *query, const RelationDesc *relation,
                                     const ColumnDesc *column, AstOverriding overriding,
                                     Target *target, Expr **expr_out) {
    bool always = column->identity == 'a' && overriding != AST_OVERRIDING_SYSTEM;
    bool use_default = target == NULL || is_default_marker(target->expr);
    if (!use_default && column->identity != 0 && overriding == AST_OVERRIDING_USER)
        use_default = true;
    int16_t attno = 0;
    RangeEntry *values = values_behind(query, target, &attno);
    if (values != NULL) {
        bool all_default;
        TRY(fill_values(rw, relation, column, values, attno, use_default, &all_default));
        if (!all_default && (column->generated != 0 || (always && !use_default)))
            return not_default_error(column, true);
        if (column->generated != 0)
            *expr_out = null_of(rw, column);
        else
            *expr_out = target->expr;
        return STATUS_OK;
    }
    if (!use_default && (column->generated != 0 || always))
        return not_default_error(column, true);
    if (use_default)
        return column_default(rw, relation, column, expr_out);
    *expr_out = target->expr;
    return STATUS_OK;
}

/* INSERT's list becomes one target for every column, in order. */
static Status complete_insert(Rewriter *rw, const Query *query, const RelationDesc *relation,
                              AstOverriding overriding, TargetList *targets) {
    TargetList full = {0};
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const ColumnDesc *column = &relation->columns[i];
        Target *target = target_of(targets, column->attnum);
        Expr *expr;
        TRY(complete_insert_column(rw, query, relation, column, overriding, target, &expr));
        Target *made = target_make(rw->arena, expr, column->attnum, column->name, false);
        if (target != NULL)
            made->sort_ref = target->sort_ref;
        target_list_add(rw->arena, &full, made);
    }
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->items[i]->junk) {
            targets->items[i]->resno = (int16_t)(full.count + 1);
            target_list_add(rw->arena, &full, targets->items[i]);
        }
    }
    *targets = full;
    return STATUS_OK;
}

static Status complete_update(Rewriter *rw, const RelationDesc *relation, TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->junk || target->resno < 1 || target->resno > relation->column_count)
            continue;
        const ColumnDesc *column = &relation->columns[target->resno - 1];
        if (!is_default_marker(target->expr)) {
            if (column->generated != 0 || column->identity == 'a')
                return not_default_error(column, false);
            continue;
        }
        TRY(column_default(rw, relation, column, &target->expr));
    }
    return STATUS_OK;
}

static Status complete_merge(Rewriter *rw, const Query *query, const RelationDesc *relation) {
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        MergeAction *action = query->merge_actions[i];
        if (action->command == COMMAND_INSERT)
            TRY(complete_insert(rw, query, relation, action->overriding, &action->targets));
        else if (action->command == COMMAND_UPDATE)
            TRY(complete_update(rw, relation, &action->targets));
    }
    return STATUS_OK;
}

static Status complete_targets(Rewriter *rw, Query *query) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(rw->catalog, query_rte(query, query->result_rt_index)->relation,
                                 &relation));
    switch (query->command) {
    case COMMAND_INSERT:
        if (query->on_conflict != NULL && query->on_conflict->update)
            TRY(complete_update(rw, relation, &query->on_conflict->set));
        return complete_insert(rw, query, relation, query->overriding, &query->targets);
    case COMMAND_UPDATE:
        return complete_update(rw, relation, &query->targets);
    case COMMAND_MERGE:
        return complete_merge(rw, query, relation);
    default:
        return STATUS_OK;
    }
}

/* ---- views in FROM ---- */

static const RuleDesc *return_rule(const RelationDesc *view) {
    for (uint16_t i = 0; i < view->rule_count; i++)
        if (view->rules[i].event == '1')
            return &view->rules[i];
    return NULL;
}

static bool has_option(const RelationDesc *relation, const char *name) {
    const char *value = relation_option(relation, name);
    return value != NULL && (strcasecmp(value, "true") == 0 || strcasecmp(value, "on") == 0 ||
                             strcmp(value, "1") == 0);
}

typedef struct OwnerVisit {
    Oid owner;
} OwnerVisit;

static void check_entries_as(Query *query, Oid owner);

static bool check_sublinks_as(Expr *expr, void *arg) {
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_SUB_LINK)
        check_entries_as(((ExprSubLink *)expr)->query, ((OwnerVisit *)arg)->owner);
    return expr_walk(expr, check_sublinks_as, arg);
}

/* The view's tables are used in the name of its owner. */
static void check_entries_as(Query *query, Oid owner) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_SUBQUERY)
            check_entries_as(entry->subquery, owner);
        else
            entry->check_as_user = owner;
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        check_entries_as(query->ctes.items[i]->query, owner);
    OwnerVisit visit = {owner};
    query_walk(query, NULL, check_sublinks_as, &visit);
}

static Status load_view(Rewriter *rw, const RelationDesc *view, Query **query_out) {
    const RuleDesc *rule = return_rule(view);
    if (rule == NULL)
        return error(ERR_INTERNAL_ERROR, "view \"%s\" has no rule", view->name);
    TRY(query_from_string(rw->arena, rule->actions, strlen(rule->actions), query_out));
    if (!has_option(view, "security_invoker"))
        check_entries_as(*query_out, view->owner);
    for (uint32_t i = 0; i < (*query_out)->range_count; i++) {
        const RangeEntry *entry = (*query_out)->range_table[i];
        if (entry->kind == RTE_RELATION)
            TRY(relation_lock(rw->catalog, entry->relation, LOCK_ACCESS_SHARE, LOCK_WAIT, NULL));
    }
    return STATUS_OK;
}

static Status expand_view(Rewriter *rw, RangeEntry *entry, const RelationDesc *view) {
    for (uint32_t i = 0; i < rw->view_depth; i++)
        if (rw->views[i] == view->oid)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "infinite recursion detected in rules for relation \"%s\"", view->name);
    if (rw->view_depth == ARRAY_LEN(rw->views))
        return error(ERR_STATEMENT_TOO_COMPLEX, "views are nested too deeply");
    TRY(load_view(rw, view, &entry->subquery));
    entry->kind = RTE_SUBQUERY;
    entry->view = view->oid;
    entry->security_barrier = has_option(view, "security_barrier");
    rw->views[rw->view_depth++] = view->oid;
    Status status = rewrite_level(rw, entry->subquery);
    rw->view_depth--;
    return status;
}

static Status rewrite_entry(Rewriter *rw, Query *query, uint32_t rt_index) {
    RangeEntry *entry = query_rte(query, rt_index);
    if (entry->kind == RTE_SUBQUERY && entry->subquery != NULL)
        return rewrite_level(rw, entry->subquery);
    if (entry->kind != RTE_RELATION || entry->relkind != 'v' ||
        rt_index == query->result_rt_index)
        return STATUS_OK;
    const RelationDesc *view;
    TRY(catalog_relation_require(rw->catalog, entry->relation, &view));
    return expand_view(rw, entry, view);
}

/* ---- views as DML targets ---- */

static Status not_updatable(const Query *query, const RelationDesc *view, const char *why) {
    static const char *const verbs[] = {[COMMAND_INSERT] = "insert into",
                                        [COMMAND_UPDATE] = "update",
                                        [COMMAND_DELETE] = "delete from",
                                        [COMMAND_MERGE] = "merge into"};
    static const char *const triggers[] = {
        [COMMAND_INSERT] = "To enable inserting into the view, provide an INSTEAD OF INSERT trigger "
                           "or an unconditional ON INSERT DO INSTEAD rule.",
        [COMMAND_UPDATE] = "To enable updating the view, provide an INSTEAD OF UPDATE trigger or an "
                           "unconditional ON UPDATE DO INSTEAD rule.",
        [COMMAND_DELETE] = "To enable deleting from the view, provide an INSTEAD OF DELETE trigger "
                           "or an unconditional ON DELETE DO INSTEAD rule.",
        [COMMAND_MERGE] = ""};
    return status_hint(status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                           "cannot %s view \"%s\"", verbs[query->command],
                                           view->name),
                                     "%s", why),
                       "%s", triggers[query->command]);
}

/* NULL: simple enough to be updated through. */
static const char *why_not_updatable(const Query *view) {
    if (view->distinct.count > 0)
        return "Views containing DISTINCT are not automatically updatable.";
    if (view->group_by.count > 0 || view->grouping_set_count > 0)
        return "Views containing GROUP BY are not automatically updatable.";
    if (view->having != NULL)
        return "Views containing HAVING are not automatically updatable.";
    if (view->set_op != NULL)
        return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.";
    if (view->ctes.count > 0)
        return "Views containing WITH are not automatically updatable.";
    if (view->limit != NULL || view->offset != NULL)
        return "Views containing LIMIT or OFFSET are not automatically updatable.";
    if (view->has_aggs)
        return "Views that return aggregate functions are not automatically updatable.";
    if (view->has_windows)
        return "Views that return window functions are not automatically updatable.";
    if (view->has_target_srfs)
        return "Views that return set-returning functions are not automatically updatable.";
    if (view->from == NULL || view->from->item_count != 1 ||
        view->from->items[0]->kind != FROM_RTE)
        return "Views that do not select from a single table or view are not automatically "
               "updatable.";
    const RangeEntry *base = query_rte(view, view->from->items[0]->rt_index);
    if (base->kind != RTE_RELATION || base->sample != NULL)
        return "Views that do not select from a single table or view are not automatically "
               "updatable.";
    return NULL;
}

typedef struct ViewMap {
    Rewriter *rw;
    const Query *view;
    uint32_t base_in_view; /* its index in the view's range table */
    uint32_t base;         /* and in the statement's */
} ViewMap;

static Expr *view_column(const ExprColumn *column, void *arg) {
    ViewMap *map = arg;
    if (column->attno <= 0)
        return (Expr *)expr_column(map->rw->arena, map->base, column->attno, column->type,
                                   column->typmod, column->collation, 0);
    const Target *target = target_of(&map->view->targets, column->attno);
    return tree_change_index(map->rw->arena, expr_copy(map->rw->arena, target->expr),
                             map->base_in_view, map->base, 0);
}

/* resno of the view becomes the base table's. */
static Status map_targets(ViewMap *map, const Query *query, const RelationDesc *view,
                          TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->junk)
            continue;
        const Target *source = target_of(&map->view->targets, target->resno);
        const ExprColumn *column =
            source == NULL || source->expr->tag != EXPR_COLUMN ? NULL : (ExprColumn *)source->expr;
        if (column == NULL || column->rt_index != map->base_in_view || column->attno <= 0) {
            const char *verb = query->command == COMMAND_INSERT ? "insert into" : "update";
            return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot %s column \"%s\" of view \"%s\"", verb,
                                       source == NULL ? target->name : source->name, view->name),
                                 "View columns that are not columns of their base relation are not "
                                 "updatable.");
        }
        target->resno = column->attno;
    }
    return STATUS_OK;
}

static void add_condition(Rewriter *rw, Query *query, Expr *condition) {
    if (query->from->condition == NULL) {
        query->from->condition = condition;
        return;
    }
    ExprBool *both = EXPR_NEW(rw->arena, ExprBool, EXPR_BOOL);
    both->type = 16;
    both->op = BOOL_AND;
    expr_list_add(rw->arena, &both->args, condition);
    expr_list_add(rw->arena, &both->args, query->from->condition);
    query->from->condition = (Expr *)both;
}

static void add_check(Rewriter *rw, Query *query, const RelationDesc *view, Expr *condition,
                      bool cascaded) {
    WithCheck *checks = arena_array(rw->arena, WithCheck, query->with_check_count + 1);
    memcpy(checks, query->with_checks, query->with_check_count * sizeof(WithCheck));
    checks[query->with_check_count++] = (WithCheck){.kind = CHECK_VIEW_LOCAL,
                                                    .relation_name = view->name,
                                                    .condition = condition,
                                                    .cascaded = cascaded};
    query->with_checks = checks;
}

static BitSet *map_columns(Rewriter *rw, const ViewMap *map, const BitSet *columns) {
    BitSet *mapped = NULL;
    for (int member = bitset_next(columns, -1); member >= 0; member = bitset_next(columns, member)) {
        const Target *target =
            target_of(&map->view->targets, (int16_t)(member - ATTNO_OFFSET));
        if (target != NULL && target->expr->tag == EXPR_COLUMN)
            mapped = bitset_add(rw->arena, mapped,
                                ((ExprColumn *)target->expr)->attno + ATTNO_OFFSET);
    }
    return mapped;
}

/* Where FROM names the view (UPDATE, DELETE), it names the base table instead. */
static void retarget_from(FromNode *node, uint32_t from, uint32_t to) {
    if (node == NULL)
        return;
    if (node->kind == FROM_RTE && node->rt_index == from)
        node->rt_index = to;
    if (node->kind == FROM_JOIN) {
        retarget_from(node->left, from, to);
        retarget_from(node->right, from, to);
    }
    for (uint32_t i = 0; i < node->item_count; i++)
        retarget_from(node->items[i], from, to);
}

static Status through_view(Rewriter *rw, Query *query, const RelationDesc *view) {
    Query *definition;
    TRY(load_view(rw, view, &definition));
    const char *why = why_not_updatable(definition);
    if (why != NULL)
        return not_updatable(query, view, why);
    uint32_t view_index = query->result_rt_index;
    RangeEntry *entry = query_rte(query, view_index);
    ViewMap map = {.rw = rw, .view = definition};
    map.base_in_view = definition->from->items[0]->rt_index;
    RangeEntry *base = arena_memdup(rw->arena, query_rte(definition, map.base_in_view),
                                    sizeof(RangeEntry));
    query_add_rte(rw->arena, query, base);
    map.base = query->range_count;
    base->lock_mode = LOCK_ROW_EXCLUSIVE;
    TRY(relation_lock(rw->catalog, base->relation, LOCK_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    base->required_rights = entry->required_rights;
    base->selected_columns = map_columns(rw, &map, entry->selected_columns);
    base->inserted_columns = map_columns(rw, &map, entry->inserted_columns);
    base->updated_columns = map_columns(rw, &map, entry->updated_columns);
    TRY(map_targets(&map, query, view, &query->targets));
    if (query->on_conflict != NULL)
        TRY(map_targets(&map, query, view, &query->on_conflict->set));
    tree_replace_query_columns(rw->arena, query, 0, view_index, view_column, &map);
    query->result_rt_index = map.base;
    retarget_from(query->from, view_index, map.base);
    Expr *condition = definition->from->condition;
    if (condition != NULL) {
        condition = tree_change_index(rw->arena, condition, map.base_in_view, map.base, 0);
        if (query->command != COMMAND_INSERT)
            add_condition(rw, query, expr_copy(rw->arena, condition));
        const char *option = relation_option(view, "check_option");
        if (option != NULL && query->command != COMMAND_DELETE)
            add_check(rw, query, view, condition, strcmp(option, "cascaded") == 0);
    }
    return STATUS_OK;
}

static Status resolve_target(Rewriter *rw, Query *query) {
    for (;;) {
        const RangeEntry *entry = query_rte(query, query->result_rt_index);
        if (entry->kind != RTE_RELATION || entry->relkind != 'v')
            return STATUS_OK;
        const RelationDesc *view;
        TRY(catalog_relation_require(rw->catalog, entry->relation, &view));
        TRY(through_view(rw, query, view));
    }
}

/* ---- levels ---- */

static bool visit_sublinks(Expr *expr, void *arg) {
    Rewriter *rw = arg;
    if (expr == NULL || !status_ok(rw->failure))
        return expr != NULL;
    if (expr->tag == EXPR_SUB_LINK) {
        rw->failure = rewrite_level(rw, ((ExprSubLink *)expr)->query);
        if (!status_ok(rw->failure))
            return true;
    }
    return expr_walk(expr, visit_sublinks, rw);
}

static Status rewrite_level(Rewriter *rw, Query *query) {
    if (query == NULL || query->command == COMMAND_UTILITY)
        return STATUS_OK;
    TRY(stack_check());
    if (query->result_rt_index != 0) {
        TRY(resolve_target(rw, query));
        TRY(complete_targets(rw, query));
    }
    for (uint32_t i = 1; i <= query->range_count; i++)
        TRY(rewrite_entry(rw, query, i));
    for (uint32_t i = 0; i < query->ctes.count; i++)
        TRY(rewrite_level(rw, query->ctes.items[i]->query));
    if (query_walk(query, NULL, visit_sublinks, rw)) {
        Status status = rw->failure;
        rw->failure = STATUS_OK;
        return status;
    }
    return STATUS_OK;
}

Status rewrite_query(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Query *query) {
    Rewriter rw = {.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
    return rewrite_level(&rw, query);
}
