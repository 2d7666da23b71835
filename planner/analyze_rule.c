/*
 * analyze_rule.c: CREATE RULE.
 *
 * The condition and each action are queries of their own whose first two entries are OLD and NEW, both
 * standing for the rule's relation. Rewriting puts the statement's own tables in their place
 * (rewrite_rule.c). An action that reads OLD, or NEW in a rule on UPDATE, joins OLD to its FROM.
 */
#include "planner/analyze_int.h"
#include "planner/tree.h"

static Status add_entry(Scope *scope, const char *name, bool visible, bool columns) {
    ScopeItem *item;
    AstAlias *alias = AST_NEW(scope->an->arena, AstAlias, AST_ALIAS, -1);
    alias->name = name;
    TRY(scope_add_relation(scope, scope->rule->relation, LOCK_ACCESS_SHARE, alias, false, false,
                           &item));
    item->entry->required_rights = 0;
    if (visible)
        scope_see(scope, item, true, columns);
    return STATUS_OK;
}

Status rule_scope_enter(Scope *scope) {
    if (LIKELY(scope->rule == NULL))
        return STATUS_OK;
    bool columns = scope->rule->sees_columns;
    TRY(add_entry(scope, "old", scope->rule->sees_old, columns));
    return add_entry(scope, "new", scope->rule->sees_new, columns);
}

static Status bad_rule(const char *text) {
    return error(ERR_INVALID_OBJECT_DEFINITION, "%s", text);
}
static Status not_in_rules(const char *text) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "%s", text);
}

/* The query that has OLD and NEW: of INSERT ... SELECT the latter. */
Query *rule_inner_query(Query *action) {
    if (action->command != COMMAND_INSERT || action->from == NULL ||
        action->from->item_count != 1 || action->from->items[0]->kind != FROM_RTE)
        return action;
    if (action->range_count >= 2 && strcmp(query_rte(action, 1)->name, "old") == 0 &&
        strcmp(query_rte(action, 2)->name, "new") == 0)
        return action;
    RangeEntry *entry = query_rte(action, action->from->items[0]->rt_index);
    return entry->kind == RTE_SUBQUERY ? entry->subquery : action;
}

static Status check_ctes(Arena *arena, const Query *query) {
    for (uint32_t i = 0; i < query->ctes.count; i++) {
        BitSet *used = tree_query_rels(arena, NULL, query->ctes.items[i]->query, 1);
        if (bitset_has(used, RULE_OLD))
            return not_in_rules("cannot refer to OLD within WITH query");
        if (bitset_has(used, RULE_NEW))
            return not_in_rules("cannot refer to NEW within WITH query");
    }
    return STATUS_OK;
}

static Status check_rows(const AstCreateRule *ast, bool old, bool new) {
    if (ast->event == AST_SELECT && old)
        return bad_rule("ON SELECT rule cannot use OLD");
    if (ast->event == AST_SELECT && new)
        return bad_rule("ON SELECT rule cannot use NEW");
    if (ast->event == AST_INSERT && old)
        return bad_rule("ON INSERT rule cannot use OLD");
    if (ast->event == AST_DELETE && new)
        return bad_rule("ON DELETE rule cannot use NEW");
    return STATUS_OK;
}

static Status rule_action(Analyzer *an, const AstCreateRule *ast, const RelationDesc *relation,
                          const Ast *statement, const Expr *condition, Query **query_out) {
    RuleScope rule = {relation, true, true, false};
    Scope *scope = scope_make(an, NULL);
    scope->rule = &rule;
    TRY(query_analyze(scope, statement, query_out));
    if ((*query_out)->command == COMMAND_UTILITY) {
        if (condition != NULL)
            return bad_rule("rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or "
                            "DELETE actions");
        check((*query_out)->utility->tag == AST_NOTIFY);
        const AstNotify *notify = (const AstNotify *)(*query_out)->utility;
        (*query_out)->notify_channel = notify->channel;
        (*query_out)->notify_payload =
            notify->payload != NULL && notify->payload[0] != 0 ? notify->payload : NULL;
        return STATUS_OK;
    }
    Query *inner = rule_inner_query(*query_out);
    if (inner->set_op != NULL && condition != NULL)
        return not_in_rules("conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    BitSet *used = tree_query_rels(an->arena, NULL, inner, 0);
    used = tree_rels(an->arena, used, condition, 0);
    bool old = bitset_has(used, RULE_OLD), new = bitset_has(used, RULE_NEW);
    TRY(check_rows(ast, old, new));
    TRY(check_ctes(an->arena, *query_out));
    if (inner != *query_out)
        TRY(check_ctes(an->arena, inner));
    if (!old && !(new && ast->event == AST_UPDATE))
        return STATUS_OK;
    if (inner->set_op != NULL)
        return not_in_rules("conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    FromNode *node = arena_new(an->arena, FromNode);
    node->rt_index = RULE_OLD;
    from_add(an->arena, inner->from, node);
    return STATUS_OK;
}

static Status rule_condition(Analyzer *an, const AstCreateRule *ast, const RelationDesc *relation,
                             Expr **condition_out) {
    RuleScope rule = {relation, ast->event != AST_INSERT,
                      ast->event == AST_INSERT || ast->event == AST_UPDATE, true};
    Scope *scope = scope_make(an, NULL);
    scope->query = query_new(an, COMMAND_SELECT);
    scope->rule = &rule;
    TRY(rule_scope_enter(scope));
    TRY(expr_analyze_where(scope, ast->where, EXPR_KIND_WHERE, "WHERE", condition_out));
    if (scope->query->range_count != 2)
        return bad_rule("rule WHERE condition cannot contain references to other relations");
    return *condition_out == NULL ? STATUS_OK : collate_expr(scope, *condition_out);
}

Status analyze_rule(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                    const AstCreateRule *ast, const RelationDesc *relation, Expr **condition_out,
                    QueryList *actions_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    *an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
    *actions_out = (QueryList){0};
    *condition_out = NULL;
    if (relation->kind == 'm')
        return not_in_rules("rules on materialized views are not supported");
    TRY(rule_condition(an, ast, relation, condition_out));
    for (uint32_t i = 0; i < ast->actions.count; i++) {
        Query *query;
        TRY(rule_action(an, ast, relation, ast->actions.items[i], *condition_out, &query));
        query_list_add(arena, actions_out, query);
    }
    return STATUS_OK;
}
