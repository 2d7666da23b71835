/* ddl_rule.c: CREATE RULE. What rules do: planner/rewrite_rule.c. */
#include "executor/ddl_int.h"

typedef struct RulePlan {
    Ddl *ddl;
    const AstCreateRule *statement;
    const RelationDesc *relation;
    Expr *condition;
    QueryList actions;
} RulePlan;

static Status not_supported(const char *text, const char *hint) {
    Status s = error(ERR_FEATURE_NOT_SUPPORTED, "%s", text);
    return hint == NULL ? s : status_hint(s, "%s", hint);
}

static Status check_relation(Ddl *ddl, const RelationDesc *relation) {
    if (strchr("rvmp", relation->kind) == NULL)
        return status_detail(
            error(ERR_WRONG_OBJECT_TYPE, "relation \"%s\" cannot have rules", relation->name),
            "This operation is not supported for %ss.", ddl_relation_kind_name(relation->kind));
    if (relation->oid < OID_FIRST_NORMAL)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     relation->name);
    return object_check_owner(ddl->catalog, PG_CLASS, relation->oid);
}

/* ---- what a query gives as the relation's row ---- */

static Status format_column_type(Ddl *ddl, Oid type, int32_t typmod, const char **out) {
    return format_type(ddl->catalog, ddl->arena, type, typmod, FORMAT_TYPE_TYPMOD, out);
}

static Status check_entry(RulePlan *plan, const char *what, uint32_t number, const Target *target,
                          const ColumnDesc *column, bool select) {
    Ddl *ddl = plan->ddl;
    const char *given, *wanted;
    const Expr *expr = target->expr;
    if (select && strcmp(target->name, column->name) != 0)
        return status_detail(error(ERR_INVALID_OBJECT_DEFINITION,
                                   "SELECT rule's target entry %u has different column name from "
                                   "column \"%s\"",
                                   number, column->name),
                             "SELECT target entry is named \"%s\".", target->name);
    if (expr->type != column->type) {
        TRY(format_column_type(ddl, expr->type, -1, &given));
        TRY(format_column_type(ddl, column->type, -1, &wanted));
        return status_detail(error(ERR_INVALID_OBJECT_DEFINITION,
                                   "%s entry %u has different type from column \"%s\"",
                                   select ? "SELECT rule's target" : "RETURNING list's", number,
                                   column->name),
                             "%s entry has type %s, but column has type %s.", what, given, wanted);
    }
    if (expr->typmod != column->typmod && expr->typmod != -1 && column->typmod != -1) {
        TRY(format_column_type(ddl, expr->type, expr->typmod, &given));
        TRY(format_column_type(ddl, column->type, column->typmod, &wanted));
        return status_detail(error(ERR_INVALID_OBJECT_DEFINITION,
                                   "%s entry %u has different size from column \"%s\"",
                                   select ? "SELECT rule's target" : "RETURNING list's", number,
                                   column->name),
                             "%s entry has type %s, but column has type %s.", what, given, wanted);
    }
    return STATUS_OK;
}

static Status check_result_list(RulePlan *plan, const TargetList *list, bool select) {
    const RelationDesc *relation = plan->relation;
    uint16_t at = 0;
    uint32_t number = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const Target *target = list->items[i];
        if (target->junk)
            continue;
        number++;
        if (at >= relation->column_count)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         select ? "SELECT rule's target list has too many entries"
                                : "RETURNING list has too many entries");
        const ColumnDesc *column = &relation->columns[at++];
        if (column->dropped)
            return not_supported(select
                                     ? "cannot convert relation containing dropped columns to view"
                                     : "cannot create a RETURNING list for a relation containing "
                                       "dropped columns",
                                 NULL);
        TRY(check_entry(plan, select ? "SELECT target" : "RETURNING list", number, target, column,
                        select));
    }
    if (at < relation->column_count)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     select ? "SELECT rule's target list has too few entries"
                            : "RETURNING list has too few entries");
    return STATUS_OK;
}

/* ---- rules on SELECT: views ---- */

static Status check_select_rule(RulePlan *plan) {
    const AstCreateRule *statement = plan->statement;
    if (plan->actions.count > 1)
        return not_supported("multiple actions for rules on SELECT are not implemented", NULL);
    Query *query = plan->actions.count == 0 ? NULL : plan->actions.items[0];
    if (!statement->instead || query == NULL || query->command != COMMAND_SELECT)
        return not_supported("rules on SELECT must have action INSTEAD SELECT", NULL);
    if (query->has_modifying_cte)
        return not_supported("rules on SELECT must not contain data-modifying statements in WITH",
                             NULL);
    if (plan->condition != NULL)
        return not_supported("event qualifications are not implemented for rules on SELECT", NULL);
    TRY(check_result_list(plan, &query->targets, true));
    for (uint16_t i = 0; !statement->replace && i < plan->relation->rule_count; i++)
        if (plan->relation->rules[i].event == '1')
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "\"%s\" is already a view",
                         plan->relation->name);
    if (strcmp(statement->name, "_RETURN") != 0)
        return error(ERR_INVALID_OBJECT_DEFINITION, "view rule for \"%s\" must be named \"%s\"",
                     plan->relation->name, "_RETURN");
    if (plan->relation->kind == 'v')
        return STATUS_OK;
    return ddl_check_to_view(plan->ddl, plan->relation);
}

/* The view's own query: analysed by itself, as it has no OLD and NEW. */
static Status store_select_rule(RulePlan *plan) {
    AnalyzedStatement analyzed;
    TRY(ddl_analyze_query(plan->ddl, AST_AT(Ast, plan->statement->actions, 0), NULL, &analyzed));
    if (plan->relation->kind != 'v')
        TRY(relation_into_view(plan->ddl->catalog, plan->relation->oid));
    return ddl_store_view_rule(plan->ddl, plan->relation->oid, analyzed.query,
                               plan->statement->replace);
}

/* ---- the others ---- */

static Status check_actions(RulePlan *plan) {
    for (uint32_t i = 0; i < plan->actions.count; i++) {
        const Query *query = plan->actions.items[i];
        const RangeEntry *target =
            query->result_rt_index == 0 ? NULL : query_rte(query, query->result_rt_index);
        if (target == NULL || query->result_rt_index > 2 || target->relation != plan->relation->oid)
            continue;
        if (target->alias != NULL && strcmp(target->alias, "old") == 0)
            return not_supported("rule actions on OLD are not implemented",
                                 "Use views or triggers instead.");
        if (target->alias != NULL && strcmp(target->alias, "new") == 0)
            return not_supported("rule actions on NEW are not implemented",
                                 "Use triggers instead.");
    }
    return STATUS_OK;
}

static Status check_returning(RulePlan *plan) {
    bool seen = false;
    for (uint32_t i = 0; i < plan->actions.count; i++) {
        const Query *query = plan->actions.items[i];
        if (query->returning.count == 0)
            continue;
        if (seen)
            return not_supported("cannot have multiple RETURNING lists in a rule", NULL);
        seen = true;
        if (plan->condition != NULL)
            return not_supported("RETURNING lists are not supported in conditional rules", NULL);
        if (!plan->statement->instead)
            return not_supported("RETURNING lists are not supported in non-INSTEAD rules", NULL);
        TRY(check_result_list(plan, &query->returning, false));
    }
    if (strcmp(plan->statement->name, "_RETURN") == 0)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "non-view rule for \"%s\" must not be named \"%s\"", plan->relation->name,
                     "_RETURN");
    return STATUS_OK;
}

static Status store(RulePlan *plan) {
    Ddl *ddl = plan->ddl;
    AddressList addresses = {0};
    for (uint32_t i = 0; i < plan->actions.count; i++)
        ddl_query_addresses(ddl, plan->actions.items[i], &addresses);
    if (plan->condition != NULL)
        ddl_expr_addresses(ddl, plan->condition, plan->relation->oid, &addresses);
    AstTag event = plan->statement->event;
    RuleSpec rule = {
        .name = plan->statement->name,
        .relation = plan->relation->oid,
        .event = event == AST_UPDATE   ? '2'
                 : event == AST_INSERT ? '3'
                                       : '4',
        .instead = plan->statement->instead,
        .enabled = 'O',
        .condition = plan->condition == NULL ? NULL : expr_to_string(ddl->arena, plan->condition),
        .actions = query_list_to_string(ddl->arena, &plan->actions),
        .referenced = addresses.items,
        .referenced_count = addresses.count,
        .replace = plan->statement->replace};
    Oid oid;
    return rule_store(ddl->catalog, &rule, &oid);
}

static Status execute_create_rule(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    RulePlan plan = {.ddl = &ddl, .statement = (const AstCreateRule *)call->raw->statement};
    TRY(ddl_relation(&ddl, plan.statement->relation, LOCK_ACCESS_EXCLUSIVE, false, &plan.relation));
    desc_pin(&plan.relation->desc);
    Status s = analyze_rule(&ddl.session->env, ddl.arena, &ddl.session->planner, plan.statement,
                            plan.relation, &plan.condition, &plan.actions);
    if (status_ok(s))
        s = check_relation(&ddl, plan.relation);
    if (status_ok(s))
        s = check_actions(&plan);
    if (status_ok(s) && plan.statement->event == AST_SELECT) {
        s = check_select_rule(&plan);
        if (status_ok(s))
            s = store_select_rule(&plan);
    } else if (status_ok(s)) {
        s = check_returning(&plan);
        if (status_ok(s))
            s = store(&plan);
    }
    desc_unpin(&plan.relation->desc);
    return s;
}

static const UtilityCommand commands[] = {
    {AST_CREATE_RULE, "CREATE RULE", UTILITY_WRITES, execute_create_rule, NULL},
};

void ddl_rule_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
