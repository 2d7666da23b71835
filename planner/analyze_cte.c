/*
 * analyze_cte.c: WITH (manual 7.8): order of definition, recursion and its rules, columns.
 */
#include "planner/analyze_int.h"
#include "planner/ast_walk.h"

typedef enum SelfContext {
    SELF_OK,
    SELF_NON_RECURSIVE_TERM,
    SELF_SUB_LINK,
    SELF_OUTER_JOIN,
    SELF_INTERSECT,
    SELF_EXCEPT
} SelfContext;

static const char *const self_errors[] = {
    [SELF_NON_RECURSIVE_TERM] =
        "recursive reference to query \"%s\" must not appear within its non-recursive term",
    [SELF_SUB_LINK] = "recursive reference to query \"%s\" must not appear within a subquery",
    [SELF_OUTER_JOIN] = "recursive reference to query \"%s\" must not appear within an outer join",
    [SELF_INTERSECT] = "recursive reference to query \"%s\" must not appear within INTERSECT",
    [SELF_EXCEPT] = "recursive reference to query \"%s\" must not appear within EXCEPT",
};

/* An inner WITH whose names hide ours; visible: how many of them do so far. */
typedef struct InnerWith {
    struct InnerWith *outer;
    const AstWith *with;
    uint32_t visible;
} InnerWith;

typedef struct With {
    Scope *scope;
    const AstWith *ast;
    Cte **ctes;
    BitSet **depends;
    uint32_t count;
    uint32_t current;
    InnerWith *inner;
    bool checking; /* self-references are judged, else dependencies are collected */
    SelfContext context;
    uint32_t self_count;
    Status failed;
} With;

static bool with_visit(const Ast *ast, void *arg);

static bool hidden(const With *with, const char *name) {
    for (const InnerWith *inner = with->inner; inner != NULL; inner = inner->outer)
        for (uint32_t i = 0; i < inner->visible; i++)
            if (strcmp(AST_AT(AstCte, inner->with->ctes, i)->name, name) == 0)
                return true;
    return false;
}

static bool visit_reference(With *with, const AstRangeVar *var) {
    if (var->schema != NULL || hidden(with, var->name))
        return false;
    if (!with->checking) {
        for (uint32_t i = 0; i < with->count; i++)
            if (strcmp(with->ctes[i]->name, var->name) == 0) {
                if (i == with->current)
                    with->ctes[i]->recursive = true;
                else
                    with->depends[with->current] =
                        bitset_add(with->scope->an->arena, with->depends[with->current], (int)i);
                break;
            }
        return false;
    }
    const char *name = with->ctes[with->current]->name;
    if (strcmp(var->name, name) != 0)
        return false;
    if (with->context != SELF_OK)
        with->failed =
            AT(var->location, error(ERR_INVALID_RECURSION, self_errors[with->context], name));
    else if (++with->self_count > 1)
        with->failed =
            AT(var->location,
               error(ERR_INVALID_RECURSION,
                     "recursive reference to query \"%s\" must not appear more than once", name));
    return !status_ok(with->failed);
}

static bool visit_in(With *with, const void *ast, SelfContext context) {
    SelfContext saved = with->context;
    with->context = context;
    bool stop = ast != NULL && with_visit(ast, with);
    with->context = saved;
    return stop;
}

/* The parts of a SELECT, its WITH excepted. */
static bool visit_select_body(With *with, const AstSelect *ast) {
    AstSelect bare = *ast;
    bare.with = NULL;
    if (!with->checking || with->context != SELF_OK ||
        (ast->op != AST_SETOP_INTERSECT && ast->op != AST_SETOP_EXCEPT))
        return ast_walk((const Ast *)&bare, with_visit, with);
    bool except = ast->op == AST_SETOP_EXCEPT;
    SelfContext left = !ast->all ? SELF_OK : except ? SELF_EXCEPT : SELF_INTERSECT;
    SelfContext right = except ? SELF_EXCEPT : left;
    if (visit_in(with, ast->left, left) || visit_in(with, ast->right, right))
        return true;
    bare.left = bare.right = NULL;
    return ast_walk((const Ast *)&bare, with_visit, with);
}

static bool visit_select(With *with, const AstSelect *ast) {
    if (ast->with == NULL)
        return visit_select_body(with, ast);
    InnerWith inner = {with->inner, ast->with, ast->with->recursive ? ast->with->ctes.count : 0};
    bool stop = false;
    with->inner = &inner;
    for (uint32_t i = 0; i < ast->with->ctes.count && !stop; i++) {
        stop = with_visit(AST_AT(AstCte, ast->with->ctes, i)->query, with);
        if (!ast->with->recursive)
            inner.visible++;
    }
    stop = stop || visit_select_body(with, ast);
    with->inner = inner.outer;
    return stop;
}

static bool visit_join(With *with, const AstJoin *ast) {
    SelfContext here = with->context;
    SelfContext outer = with->checking && here == SELF_OK ? SELF_OUTER_JOIN : here;
    bool left = ast->kind == AST_JOIN_FULL || ast->kind == AST_JOIN_RIGHT;
    bool right = ast->kind == AST_JOIN_FULL || ast->kind == AST_JOIN_LEFT;
    return visit_in(with, ast->left, left ? outer : here) ||
           visit_in(with, ast->right, right ? outer : here) || visit_in(with, ast->on, here);
}

static bool with_visit(const Ast *ast, void *arg) {
    With *with = arg;
    with->failed = fiber_stack_check();
    if (!status_ok(with->failed))
        return true;
    switch (ast->tag) {
    case AST_RANGE_VAR:
        return visit_reference(with, (const AstRangeVar *)ast);
    case AST_SELECT:
        return visit_select(with, (const AstSelect *)ast);
    case AST_JOIN:
        return visit_join(with, (const AstJoin *)ast);
    case AST_SUB_LINK:
        return visit_in(with, ((const AstSubLink *)ast)->query,
                        with->checking ? SELF_SUB_LINK : with->context) ||
               visit_in(with, ((const AstSubLink *)ast)->test, with->context);
    default:
        return ast_walk(ast, with_visit, arg);
    }
}

/* ---- order and recursion ---- */

static Status collect_dependencies(With *with) {
    for (uint32_t i = 0; i < with->count; i++) {
        with->current = i;
        with_visit(AST_AT(AstCte, with->ast->ctes, i)->query, with);
        TRY(with->failed);
    }
    return STATUS_OK;
}

/* order[]: places of the CTEs so that each comes after those it needs. */
static Status sort_ctes(With *with, uint32_t *order) {
    BitSet *done = NULL;
    for (uint32_t n = 0; n < with->count; n++) {
        uint32_t pick = with->count;
        for (uint32_t i = 0; i < with->count && pick == with->count; i++)
            if (!bitset_has(done, (int)i) && bitset_subset(with->depends[i], done))
                pick = i;
        if (pick == with->count) {
            for (pick = 0; bitset_has(done, (int)pick);)
                pick++;
            return AT(with->ctes[pick]->location,
                      error(ERR_FEATURE_NOT_SUPPORTED,
                            "mutual recursion between WITH items is not implemented"));
        }
        order[n] = pick;
        done = bitset_add(with->scope->an->arena, done, (int)pick);
    }
    return STATUS_OK;
}

static Status not_implemented(const char *what, int32_t location) {
    return AT(location,
              error(ERR_FEATURE_NOT_SUPPORTED, "%s in a recursive query is not implemented", what));
}

static Status check_recursive(With *with, uint32_t index) {
    const AstCte *cte = AST_AT(AstCte, with->ast->ctes, index);
    const AstSelect *select = (const AstSelect *)cte->query;
    if (cte->query->tag != AST_SELECT)
        return AT(cte->location,
                  error(ERR_INVALID_RECURSION,
                        "recursive query \"%s\" must not contain data-modifying statements",
                        cte->name));
    if (select->op != AST_SETOP_UNION)
        return AT(cte->location,
                  error(ERR_INVALID_RECURSION,
                        "recursive query \"%s\" does not have the form non-recursive-term UNION "
                        "[ALL] recursive-term",
                        cte->name));
    with->current = index;
    with->checking = true;
    with->inner = NULL;
    with->self_count = 0;
    if (select->with != NULL) {
        for (uint32_t i = 0; i < select->with->ctes.count; i++)
            visit_in(with, AST_AT(AstCte, select->with->ctes, i)->query, SELF_SUB_LINK);
        TRY(with->failed);
    }
    if (select->order_by.count > 0)
        return not_implemented("ORDER BY",
                               ast_location(AST_AT(AstSortBy, select->order_by, 0)->value));
    if (select->offset != NULL)
        return not_implemented("OFFSET", ast_location(select->offset));
    if (select->limit != NULL)
        return not_implemented("LIMIT", ast_location(select->limit));
    if (select->locking.count > 0)
        return not_implemented("FOR UPDATE/SHARE", -1);
    visit_in(with, select->left, SELF_NON_RECURSIVE_TERM);
    TRY(with->failed);
    visit_in(with, select->right, SELF_OK);
    TRY(with->failed);
    with->checking = false;
    return with->self_count == 1 ? STATUS_OK
                                 : error(ERR_INTERNAL_ERROR, "missing recursive reference");
}

/* ---- columns ---- */

Status cte_analyze_targets(Scope *scope, Cte *cte, const TargetList *targets) {
    Arena *arena = scope->an->arena;
    uint32_t count = 0;
    cte->column_names = arena_array(arena, const char *, targets->count + 1);
    cte->column_types = arena_array(arena, Oid, targets->count + 1);
    cte->column_typmods = arena_array(arena, int32_t, targets->count + 1);
    cte->column_collations = arena_array(arena, Oid, targets->count + 1);
    for (uint32_t i = 0; i < targets->count; i++) {
        const Target *target = targets->items[i];
        if (target->junk)
            continue;
        cte->column_names[count] = count < cte->alias_count ? cte->aliases[count] : target->name;
        cte->column_types[count] = target->expr->type;
        cte->column_typmods[count] = target->expr->typmod;
        cte->column_collations[count] = target->expr->collation;
        if (cte->recursive && target->expr->type == OID_UNKNOWN) {
            cte->column_types[count] = OID_TEXT;
            cte->column_typmods[count] = -1;
            if (target->expr->collation == 0)
                cte->column_collations[count] = OID_COLLATION_DEFAULT;
        }
        count++;
    }
    cte->column_count = count;
    if (count < cte->alias_count)
        return AT(cte->location,
                  error(ERR_INVALID_COLUMN_REFERENCE,
                        "WITH query \"%s\" has %u columns available but %u columns specified",
                        cte->name, count, cte->alias_count));
    return STATUS_OK;
}

static Status check_recursive_columns(Scope *scope, const Cte *cte) {
    Analyzer *an = scope->an;
    uint32_t column = 0;
    for (uint32_t i = 0; i < cte->query->targets.count; i++) {
        const Target *target = cte->query->targets.items[i];
        const Expr *expr = target->expr;
        if (target->junk || column >= cte->column_count)
            continue;
        if (expr->type != cte->column_types[column] || expr->typmod != cte->column_typmods[column])
            return AT(expr_location(expr),
                      status_hint(error(ERR_DATATYPE_MISMATCH,
                                        "recursive query \"%s\" column %u has type %s in "
                                        "non-recursive term but type %s overall",
                                        cte->name, column + 1,
                                        an_format_type_mod(an, cte->column_types[column],
                                                           cte->column_typmods[column]),
                                        an_format_type_mod(an, expr->type, expr->typmod)),
                                  "Cast the output of the non-recursive term to the correct "
                                  "type."));
        if (expr->collation != cte->column_collations[column]) {
            const char *a = NULL, *b = NULL;
            TRY(collation_name(an->catalog, cte->column_collations[column], &a));
            TRY(collation_name(an->catalog, expr->collation, &b));
            return AT(
                expr_location(expr),
                status_hint(error(ERR_COLLATION_MISMATCH,
                                  "recursive query \"%s\" column %u has collation \"%s\" in "
                                  "non-recursive term but collation \"%s\" overall",
                                  cte->name, column + 1, a == NULL ? "" : a, b == NULL ? "" : b),
                            "Use the COLLATE clause to set the collation of the "
                            "non-recursive term."));
        }
        column++;
    }
    return STATUS_OK;
}

/* ---- SEARCH and CYCLE ---- */

static bool has_column(const Cte *cte, const char *name) {
    for (uint32_t i = 0; i < cte->column_count; i++)
        if (strcmp(cte->column_names[i], name) == 0)
            return true;
    return false;
}

static Status check_column_list(const Cte *cte, const StrList *columns, const char *what,
                                int32_t location) {
    for (uint32_t i = 0; i < columns->count; i++) {
        if (!has_column(cte, columns->items[i]))
            return AT(location,
                      error(ERR_SYNTAX_ERROR, "%s column \"%s\" not in WITH query column list",
                            what, columns->items[i]));
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(columns->items[i], columns->items[j]) == 0)
                return AT(location,
                          error(ERR_DUPLICATE_COLUMN, "%s column \"%s\" specified more than once",
                                what, columns->items[i]));
    }
    return STATUS_OK;
}

static Status check_new_column(const Cte *cte, const char *name, const char *what,
                               int32_t location) {
    if (!has_column(cte, name))
        return STATUS_OK;
    return AT(location,
              error(ERR_SYNTAX_ERROR,
                    "%s column name \"%s\" already used in WITH query column list", what, name));
}

static Status cycle_mark(Scope *scope, const AstCteCycle *ast, CteCycle *cycle) {
    Analyzer *an = scope->an;
    const OperatorDesc *eq_desc;
    Oid eq;
    TRY(expr_analyze(scope, ast->mark_value, EXPR_KIND_CYCLE_MARK, &cycle->mark_value));
    TRY(expr_analyze(scope, ast->mark_default, EXPR_KIND_CYCLE_MARK, &cycle->mark_default));
    ExprList pair = expr_list_of(an->arena, 2, cycle->mark_value, cycle->mark_default);
    TRY(coerce_common_type(an, &pair, "CYCLE", &cycle->mark_type, NULL));
    TRY(coerce_to_common(an, cycle->mark_value, cycle->mark_type, "CYCLE/SET/TO",
                         &cycle->mark_value));
    TRY(coerce_to_common(an, cycle->mark_default, cycle->mark_type, "CYCLE/SET/DEFAULT",
                         &cycle->mark_default));
    pair = expr_list_of(an->arena, 2, cycle->mark_value, cycle->mark_default);
    cycle->mark_typmod = coerce_common_typmod(&pair, cycle->mark_type);
    TRY(collate_select_common(scope, &pair, true, &cycle->mark_collation));
    TRY(oper_sort_group(an, cycle->mark_type, false, true, false, NULL, &eq, NULL, NULL));
    TRY(catalog_operator_require(an->catalog, eq, &eq_desc));
    cycle->mark_neq_op = eq_desc->negator;
    if (cycle->mark_neq_op == 0)
        return error(ERR_UNDEFINED_FUNCTION,
                     "could not identify an inequality operator for type %s",
                     an_format_type(an, cycle->mark_type));
    return STATUS_OK;
}

static Status check_search_cycle(Cte *cte, const AstCte *ast) {
    const AstCteSearch *search = ast->search;
    const AstCteCycle *cycle = ast->cycle;
    if (!cte->recursive)
        return AT(cte->location, error(ERR_SYNTAX_ERROR, "WITH query is not recursive"));
    const SetOpNode *op = cte->query->set_op;
    if (op->left->rt_index == 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "with a SEARCH or CYCLE clause, the left side of "
                                                "the UNION must be a SELECT");
    if (op->right->rt_index == 0)
        return error(ERR_SYNTAX_ERROR, "with a SEARCH or CYCLE clause, the right side of the UNION "
                                       "must be a SELECT");
    if (search != NULL) {
        TRY(check_column_list(cte, &search->columns, "search", search->location));
        TRY(check_new_column(cte, search->sequence_column, "search sequence", search->location));
    }
    if (cycle != NULL) {
        TRY(check_column_list(cte, &cycle->columns, "cycle", cycle->location));
        TRY(check_new_column(cte, cycle->mark_column, "cycle mark", cycle->location));
        TRY(check_new_column(cte, cycle->path_column, "cycle path", cycle->location));
        if (strcmp(cycle->mark_column, cycle->path_column) == 0)
            return AT(cycle->location,
                      error(ERR_SYNTAX_ERROR,
                            "cycle mark column name and cycle path column name are the same"));
    }
    if (search != NULL && cycle != NULL) {
        if (strcmp(search->sequence_column, cycle->mark_column) == 0)
            return AT(search->location,
                      error(ERR_SYNTAX_ERROR,
                            "search sequence column name and cycle mark column name are the same"));
        if (strcmp(search->sequence_column, cycle->path_column) == 0)
            return AT(search->location,
                      error(ERR_SYNTAX_ERROR,
                            "search sequence column name and cycle path column name are the same"));
    }
    return STATUS_OK;
}

static Status prepare_search_cycle(Scope *scope, const AstCte *ast, Cte *cte) {
    Arena *arena = scope->an->arena;
    if (ast->search != NULL) {
        cte->search = arena_new(arena, CteSearch);
        cte->search->breadth_first = ast->search->breadth_first;
        cte->search->columns = ast->search->columns.items;
        cte->search->column_count = ast->search->columns.count;
        cte->search->sequence_column = ast->search->sequence_column;
    }
    if (ast->cycle == NULL)
        return STATUS_OK;
    cte->cycle = arena_new(arena, CteCycle);
    cte->cycle->columns = ast->cycle->columns.items;
    cte->cycle->column_count = ast->cycle->columns.count;
    cte->cycle->mark_column = ast->cycle->mark_column;
    cte->cycle->path_column = ast->cycle->path_column;
    return cycle_mark(scope, ast->cycle, cte->cycle);
}

/* ---- WITH ---- */

static Status cte_analyze(Scope *scope, const AstCte *ast, Cte *cte) {
    Query *query;
    TRY(prepare_search_cycle(scope, ast, cte));
    TRY(subquery_analyze(scope, ast->query, cte, false, true, &query));
    cte->query = query;
    if (query->command != COMMAND_SELECT && scope->parent != NULL)
        return AT(ast->location,
                  error(ERR_FEATURE_NOT_SUPPORTED, "WITH clause containing a data-modifying "
                                                   "statement must be at the top level"));
    query->can_set_tag = false;
    if (cte->recursive)
        TRY(check_recursive_columns(scope, cte));
    else
        TRY(cte_analyze_targets(
            scope, cte, query->command == COMMAND_SELECT ? &query->targets : &query->returning));
    return ast->search != NULL || ast->cycle != NULL ? check_search_cycle(cte, ast) : STATUS_OK;
}

static Status with_names(Scope *scope, const AstWith *ast, With *with) {
    Arena *arena = scope->an->arena;
    for (uint32_t i = 0; i < ast->ctes.count; i++) {
        const AstCte *item = AST_AT(AstCte, ast->ctes, i);
        if (item->query->tag == AST_MERGE)
            return AT(item->location,
                      error(ERR_FEATURE_NOT_SUPPORTED, "MERGE not supported in WITH query"));
        for (uint32_t j = i + 1; j < ast->ctes.count; j++)
            if (strcmp(item->name, AST_AT(AstCte, ast->ctes, j)->name) == 0)
                return AT(AST_AT(AstCte, ast->ctes, j)->location,
                          error(ERR_DUPLICATE_ALIAS,
                                "WITH query name \"%s\" specified more than once", item->name));
        if (item->query->tag != AST_SELECT)
            scope->has_modifying_cte = true;
        Cte *cte = arena_new(arena, Cte);
        cte->name = item->name;
        cte->aliases = item->columns.items;
        cte->alias_count = item->columns.count;
        cte->materialized = item->materialized;
        cte->location = item->location;
        with->ctes[i] = cte;
    }
    return STATUS_OK;
}

Status with_analyze(Scope *scope, const AstWith *ast) {
    Arena *arena = scope->an->arena;
    With *with = arena_new(arena, With);
    with->scope = scope;
    with->ast = ast;
    with->count = ast->ctes.count;
    with->ctes = arena_array(arena, Cte *, with->count + 1);
    with->depends = arena_array(arena, BitSet *, with->count + 1);
    uint32_t *order = arena_array(arena, uint32_t, with->count + 1);
    TRY(with_names(scope, ast, with));
    if (!ast->recursive) {
        for (uint32_t i = 0; i < with->count; i++) {
            scope->future_ctes = (const AstCte *const *)ast->ctes.items + i;
            scope->future_cte_count = with->count - i;
            TRY(cte_analyze(scope, AST_AT(AstCte, ast->ctes, i), with->ctes[i]));
            vec_push(&scope->ctes, arena, with->ctes[i]);
        }
        scope->future_cte_count = 0;
        return STATUS_OK;
    }
    TRY(collect_dependencies(with));
    TRY(sort_ctes(with, order));
    for (uint32_t i = 0; i < with->count; i++)
        if (with->ctes[i]->recursive)
            TRY(check_recursive(with, i));
    for (uint32_t i = 0; i < with->count; i++)
        vec_push(&scope->ctes, arena, with->ctes[order[i]]);
    for (uint32_t i = 0; i < with->count; i++)
        TRY(cte_analyze(scope, AST_AT(AstCte, ast->ctes, order[i]), with->ctes[order[i]]));
    return STATUS_OK;
}
