/*
 * analyze_trigger.c: the condition of CREATE TRIGGER. OLD is entry 1 and NEW entry 2, both of the
 * trigger's relation.
 */
#include "planner/analyze_int.h"
#include "planner/tree.h"

typedef struct WhenCheck {
    const AstCreateTrigger *ast;
    const RelationDesc *relation;
    Status failed;
} WhenCheck;

static Status bad_when(const char *text) {
    return error(ERR_INVALID_OBJECT_DEFINITION, "%s", text);
}

static bool any_generated(const RelationDesc *relation) {
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].generated != 0 && !relation->columns[i].dropped)
            return true;
    return false;
}

static Status check_new(const WhenCheck *check, int16_t attno) {
    const RelationDesc *relation = check->relation;
    if (check->ast->events & AST_TRIGGER_DELETE)
        return bad_when("DELETE trigger's WHEN condition cannot reference NEW values");
    if (check->ast->timing != AST_TRIGGER_BEFORE)
        return STATUS_OK;
    if (attno < 0)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "BEFORE trigger's WHEN condition cannot reference NEW system columns");
    const char *text = "BEFORE trigger's WHEN condition cannot reference NEW generated columns";
    if (attno == 0 && any_generated(relation))
        return status_detail(bad_when(text), "A whole-row reference is used and the table contains "
                                             "generated columns.");
    if (attno > 0 && relation->columns[attno - 1].generated != 0)
        return status_detail(bad_when(text), "Column \"%s\" is a generated column.",
                             relation->columns[attno - 1].name);
    return STATUS_OK;
}

static Status check_column(const WhenCheck *check, const ExprColumn *column) {
    if (!check->ast->row)
        return bad_when("statement trigger's WHEN condition cannot reference column values");
    if (column->rt_index == 2)
        return check_new(check, column->attno);
    return check->ast->events & AST_TRIGGER_INSERT
               ? bad_when("INSERT trigger's WHEN condition cannot reference OLD values")
               : STATUS_OK;
}

static bool check_visit(Expr *expr, void *arg) {
    WhenCheck *check = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_walk(expr, check_visit, arg);
    Status s = check_column(check, (const ExprColumn *)expr);
    if (status_ok(s))
        return false;
    check->failed = status_at(s, expr->location);
    return true;
}

static Status add_row(Scope *scope, const RelationDesc *relation, const char *name) {
    ScopeItem *item;
    AstAlias *alias = AST_NEW(scope->an->arena, AstAlias, AST_ALIAS, -1);
    alias->name = name;
    TRY(scope_add_relation(scope, relation, LOCK_ACCESS_SHARE, alias, false, false, &item));
    item->entry->required_rights = 0;
    scope_see(scope, item, true, true);
    return STATUS_OK;
}

Status analyze_trigger_when(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                            const AstCreateTrigger *ast, const RelationDesc *relation,
                            Expr **when_out) {
    Analyzer *an = arena_new(arena, Analyzer);
    *an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
    Scope *scope = scope_make(an, NULL);
    scope->query = query_new(an, COMMAND_SELECT);
    *when_out = NULL;
    TRY(add_row(scope, relation, "old"));
    TRY(add_row(scope, relation, "new"));
    TRY(expr_analyze_where(scope, ast->when, EXPR_KIND_TRIGGER_WHEN, "WHEN", when_out));
    if (*when_out == NULL)
        return STATUS_OK;
    TRY(collate_expr(scope, *when_out));
    WhenCheck check = {ast, relation, STATUS_OK};
    check_visit(*when_out, &check);
    return check.failed;
}
