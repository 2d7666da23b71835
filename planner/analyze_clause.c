/* analyze_clause.c: ORDER BY, GROUP BY, DISTINCT, LIMIT, WINDOW: clauses that refer to targets. */
#include "planner/analyze_int.h"

/* ---- references to targets ---- */

uint32_t target_sort_ref(Target *target, const TargetList *targets) {
    if (target->sort_ref != 0)
        return target->sort_ref;
    uint32_t max = 0;
    for (uint32_t i = 0; i < targets->count; i++)
        max = MAX(max, targets->items[i]->sort_ref);
    target->sort_ref = max + 1;
    return target->sort_ref;
}

/* sort_op 0: whatever the operator. A sort by its commutator counts as the same. */
static bool in_sort_list(Scope *scope, const Target *target, Oid sort_op, const SortList *list) {
    for (uint32_t i = 0; target->sort_ref != 0 && i < list->count; i++) {
        if (list->items[i].ref != target->sort_ref)
            continue;
        if (sort_op == 0 || list->items[i].sort_op == sort_op)
            return true;
        const OperatorDesc *oper = NULL;
        status_free(catalog_operator(scope->an->catalog, sort_op, &oper));
        if (oper != NULL && oper->commutator == list->items[i].sort_op)
            return true;
    }
    return false;
}

static Status check_target_92(Scope *scope, const Target *target, ExprKind kind) {
    int32_t location = -1;
    (void)scope;
    if (kind != EXPR_KIND_GROUP_BY)
        return STATUS_OK;
    if (contains_agg(target->expr, &location))
        return AT(location, error(ERR_GROUPING_ERROR, "aggregate functions are not allowed in %s",
                                  expr_kind_name(kind)));
    if (contains_window(target->expr, &location))
        return AT(location, error(ERR_WINDOWING_ERROR, "window functions are not allowed in %s",
                                  expr_kind_name(kind)));
    return STATUS_OK;
}

static const Expr *without_implicit_casts(const Expr *expr) {
    for (;;) {
        const ExprFunc *call = (const ExprFunc *)expr;
        if (expr->tag == EXPR_RELABEL && ((const ExprRelabel *)expr)->form == CALL_IMPLICIT)
            expr = ((const ExprRelabel *)expr)->arg;
        else if (expr->tag == EXPR_FUNC && call->form == CALL_IMPLICIT && call->args.count > 0)
            expr = call->args.items[0];
        else
            return expr;
    }
}

Status find_target_sql99(Scope *scope, const Ast *ast, TargetList *targets, ExprKind kind,
                         Target **target_out) {
    Arena *arena = scope->an->arena;
    Expr *expr;
    TRY(expr_analyze(scope, ast, kind, &expr));
    for (uint32_t i = 0; i < targets->count; i++) {
        /* An explicit cast is not what an implicit one like it was made of. */
        if (expr_equal(expr, without_implicit_casts(targets->items[i]->expr))) {
            *target_out = targets->items[i];
            return STATUS_OK;
        }
    }
    TRY(target_analyze(scope, ast, expr, kind, NULL, true, target_out));
    target_list_add(arena, targets, *target_out);
    (*target_out)->resno = (int16_t)targets->count;
    return STATUS_OK;
}

static Status find_by_name(Scope *scope, const AstColumnRef *ref, TargetList *targets,
                           ExprKind kind, Target **target_out) {
    const char *name = ref->fields.items[0];
    *target_out = NULL;
    if (kind == EXPR_KIND_GROUP_BY) { /* here an input column comes before an output column */
        Expr *column;
        TRY(scope_column(scope, name, true, ref->location, &column));
        if (column != NULL)
            return STATUS_OK;
    }
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->junk || target->name == NULL || strcmp(target->name, name) != 0)
            continue;
        if (*target_out != NULL && !expr_equal((*target_out)->expr, target->expr))
            return AT(ref->location, error(ERR_AMBIGUOUS_COLUMN, "%s \"%s\" is ambiguous",
                                           expr_kind_name(kind), name));
        if (*target_out == NULL)
            *target_out = target;
    }
    return STATUS_OK;
}

/* SQL-92's reading: a name or a number may be an output column. */
static Status find_target_sql92(Scope *scope, const Ast *ast, TargetList *targets, ExprKind kind,
                                Target **target_out) {
    *target_out = NULL;
    if (ast->tag == AST_COLUMN_REF && ((const AstColumnRef *)ast)->fields.count == 1 &&
        !((const AstColumnRef *)ast)->star) {
        TRY(find_by_name(scope, (const AstColumnRef *)ast, targets, kind, target_out));
        if (*target_out != NULL)
            return check_target_92(scope, *target_out, kind);
    }
    if (ast->tag == AST_CONST) {
        const AstConst *constant = (const AstConst *)ast;
        int32_t position = 0;
        if (constant->kind != AST_CONST_INTEGER)
            return AT(ast->location,
                      error(ERR_SYNTAX_ERROR, "non-integer constant in %s", expr_kind_name(kind)));
        for (uint32_t i = 0; i < targets->count; i++)
            if (!targets->items[i]->junk && ++position == constant->ival) {
                *target_out = targets->items[i];
                return check_target_92(scope, *target_out, kind);
            }
        return AT(ast->location,
                  error(ERR_INVALID_COLUMN_REFERENCE, "%s position %d is not in select list",
                        expr_kind_name(kind), constant->ival));
    }
    return find_target_sql99(scope, ast, targets, kind, target_out);
}

/* ---- ORDER BY ---- */

static Status known_type(Scope *scope, Target *target) {
    if (target->expr->type != OID_UNKNOWN)
        return STATUS_OK;
    return coerce_type(scope->an, target->expr, OID_UNKNOWN, OID_TEXT, -1, COERCION_IMPLICIT,
                       CALL_IMPLICIT, -1, &target->expr);
}

static Status sort_using(Scope *scope, const AstSortBy *by, Oid type, int32_t location,
                         SortClause *clause) {
    TRY(oper_find_compatible(scope->an, &by->using_op, type, type, location, &clause->sort_op));
    TRY(oper_equality_for_ordering(scope->an, clause->sort_op, &clause->eq_op,
                                   &clause->descending));
    if (clause->eq_op == 0)
        return AT(
            location,
            status_hint(error(ERR_WRONG_OBJECT_TYPE, "operator %s is not a valid ordering operator",
                              str_list_last(&by->using_op)),
                        "Ordering operators must be \"<\" or \">\" members of btree operator "
                        "families."));
    Oid eq;
    bool hashable;
    TRY(oper_sort_group(scope->an, type, false, false, false, NULL, &eq, NULL, &hashable));
    clause->hashable = eq == clause->eq_op && hashable;
    return STATUS_OK;
}

Status sort_clause_add(Scope *scope, Target *target, SortList *list, TargetList *targets,
                       const AstSortBy *by) {
    SortClause clause = {0};
    TRY(known_type(scope, target));
    int32_t location = by->location >= 0 ? by->location : ast_location(by->value);
    Oid type = target->expr->type;
    if (by->direction == AST_SORT_USING) {
        TRY(sort_using(scope, by, type, location, &clause));
    } else if (by->direction == AST_SORT_DESC) {
        clause.descending = true;
        TRY(AT(location, oper_sort_group(scope->an, type, false, true, true, NULL, &clause.eq_op,
                                         &clause.sort_op, &clause.hashable)));
    } else {
        TRY(AT(location, oper_sort_group(scope->an, type, true, true, false, &clause.sort_op,
                                         &clause.eq_op, NULL, &clause.hashable)));
    }
    if (in_sort_list(scope, target, clause.sort_op, list))
        return STATUS_OK;
    clause.ref = target_sort_ref(target, targets);
    clause.nulls_first =
        by->nulls == AST_NULLS_DEFAULT ? clause.descending : by->nulls == AST_NULLS_FIRST;
    sort_list_add(scope->an->arena, list, clause);
    return STATUS_OK;
}

Status order_by_analyze(Scope *scope, const AstList *order, TargetList *targets, ExprKind kind,
                        bool sql99, SortList *sort_out) {
    *sort_out = (SortList){0};
    for (uint32_t i = 0; i < order->count; i++) {
        const AstSortBy *by = AST_AT(AstSortBy, *order, i);
        Target *target;
        if (sql99)
            TRY(find_target_sql99(scope, by->value, targets, kind, &target));
        else
            TRY(find_target_sql92(scope, by->value, targets, kind, &target));
        TRY(sort_clause_add(scope, target, sort_out, targets, by));
    }
    return STATUS_OK;
}

/* ---- GROUP BY ---- */

static Status group_clause_add(Scope *scope, Target *target, SortList *list,
                               const TargetList *targets, int32_t location) {
    SortClause clause = {0};
    TRY(known_type(scope, target));
    if (in_sort_list(scope, target, 0, list))
        return STATUS_OK;
    TRY(AT(location, oper_sort_group(scope->an, target->expr->type, false, true, false,
                                     &clause.sort_op, &clause.eq_op, NULL, &clause.hashable)));
    clause.ref = target_sort_ref(target, targets);
    sort_list_add(scope->an->arena, list, clause);
    return STATUS_OK;
}

typedef struct Grouping {
    Scope *scope;
    TargetList *targets;
    const SortList *order_by;
    ExprKind kind;
    bool sql99;
    SortList flat;
} Grouping;

/* *ref_out 0: the same target came before in this list. */
static Status group_expr(Grouping *grouping, const Ast *ast, const BitSet *seen, bool top_level,
                         uint32_t *ref_out) {
    Target *target;
    *ref_out = 0;
    if (grouping->sql99)
        TRY(find_target_sql99(grouping->scope, ast, grouping->targets, grouping->kind, &target));
    else
        TRY(find_target_sql92(grouping->scope, ast, grouping->targets, grouping->kind, &target));
    if (target->sort_ref != 0) {
        if (bitset_has(seen, (int)target->sort_ref))
            return STATUS_OK;
        *ref_out = target->sort_ref;
        if (in_sort_list(grouping->scope, target, 0, &grouping->flat))
            return STATUS_OK;
        for (uint32_t i = 0; grouping->order_by != NULL && i < grouping->order_by->count; i++) {
            SortClause clause = grouping->order_by->items[i];
            if (clause.ref != target->sort_ref)
                continue;
            if (!top_level)
                clause.nulls_first = false; /* grouping sets put their own NULLs last */
            sort_list_add(grouping->scope->an->arena, &grouping->flat, clause);
            return STATUS_OK;
        }
    }
    TRY(group_clause_add(grouping->scope, target, &grouping->flat, grouping->targets,
                         ast_location(ast)));
    *ref_out = target->sort_ref;
    return STATUS_OK;
}

static GroupingSet *simple_set(Arena *arena, int32_t location) {
    GroupingSet *set = arena_new(arena, GroupingSet);
    set->kind = GROUPING_SIMPLE;
    set->location = location;
    return set;
}

static void set_add_ref(Arena *arena, GroupingSet *set, uint32_t ref) {
    uint32_t *refs = arena_array(arena, uint32_t, set->ref_count + 1);
    if (set->ref_count > 0)
        memcpy(refs, set->refs, set->ref_count * sizeof(uint32_t));
    refs[set->ref_count++] = ref;
    set->refs = refs;
}

static void set_add_child(Arena *arena, GroupingSet *set, GroupingSet *child) {
    GroupingSet **children = arena_array(arena, GroupingSet *, set->child_count + 1);
    if (set->child_count > 0)
        memcpy(children, set->children, set->child_count * sizeof(*children));
    children[set->child_count++] = child;
    set->children = children;
}

static bool implicit_row(const Ast *ast) {
    return ast->tag == AST_ROW && !((const AstRow *)ast)->explicit_row;
}

/* (a, (b, c)) flattened. */
static void flatten_row(Arena *arena, const AstList *list, AstList *out) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (implicit_row(list->items[i]))
            flatten_row(arena, &((const AstRow *)list->items[i])->args, out);
        else
            ast_list_add(arena, out, list->items[i]);
    }
}

static Status grouping_set(Grouping *grouping, const AstGroupingSet *ast, GroupingSet **out);

static Status grouping_content(Grouping *grouping, const Ast *ast, GroupingSet *parent) {
    Arena *arena = grouping->scope->an->arena;
    if (ast->tag == AST_GROUPING_SET) {
        const AstGroupingSet *inner = (const AstGroupingSet *)ast;
        GroupingSet *child;
        TRY(fiber_stack_check());
        TRY(grouping_set(grouping, inner, &child));
        if (inner->kind == AST_GROUPING_SETS && parent->kind == GROUPING_SETS) {
            for (uint32_t i = 0; i < child->child_count; i++)
                set_add_child(arena, parent, child->children[i]);
        } else {
            set_add_child(arena, parent, child);
        }
        return STATUS_OK;
    }
    AstList items = {0};
    BitSet *seen = NULL;
    if (implicit_row(ast))
        flatten_row(arena, &((const AstRow *)ast)->args, &items);
    else
        ast_list_add(arena, &items, (void *)(uintptr_t)ast);
    GroupingSet *set = simple_set(arena, ast_location(ast));
    for (uint32_t i = 0; i < items.count; i++) {
        uint32_t ref;
        TRY(group_expr(grouping, items.items[i], seen, false, &ref));
        if (ref == 0)
            continue;
        seen = bitset_add(arena, seen, (int)ref);
        set_add_ref(arena, set, ref);
    }
    set_add_child(arena, parent, set);
    return STATUS_OK;
}

static Status grouping_set(Grouping *grouping, const AstGroupingSet *ast, GroupingSet **out) {
    static const GroupingSetKind kinds[] = {[AST_GROUPING_EMPTY] = GROUPING_EMPTY,
                                            [AST_GROUPING_ROLLUP] = GROUPING_ROLLUP,
                                            [AST_GROUPING_CUBE] = GROUPING_CUBE,
                                            [AST_GROUPING_SETS] = GROUPING_SETS};
    GroupingSet *set = arena_new(grouping->scope->an->arena, GroupingSet);
    set->kind = kinds[ast->kind];
    set->location = ast->location;
    for (uint32_t i = 0; i < ast->content.count; i++)
        TRY(grouping_content(grouping, ast->content.items[i], set));
    if (set->kind == GROUPING_CUBE && set->child_count > 12)
        return AT(ast->location, error(ERR_TOO_MANY_COLUMNS, "CUBE is limited to 12 elements"));
    *out = set;
    return STATUS_OK;
}

static void query_add_set(Arena *arena, Query *query, GroupingSet *set) {
    GroupingSet holder = {.child_count = query->grouping_set_count,
                          .children = query->grouping_sets};
    set_add_child(arena, &holder, set);
    query->grouping_sets = holder.children;
    query->grouping_set_count = holder.child_count;
}

static Status group_items(Grouping *grouping, const AstList *list, Query *query) {
    Arena *arena = grouping->scope->an->arena;
    AstList flat = {0};
    bool has_sets = false;
    BitSet *seen = NULL;
    flatten_row(arena, list, &flat);
    uint32_t plain = 0;
    for (uint32_t i = 0; i < flat.count; i++) {
        bool set = flat.items[i]->tag == AST_GROUPING_SET;
        has_sets |= set;
        plain += !(set && ((AstGroupingSet *)flat.items[i])->kind == AST_GROUPING_EMPTY);
    }
    if (has_sets && plain == 0) {
        GroupingSet *empty = arena_new(arena, GroupingSet);
        empty->location = ast_list_location(list);
        query_add_set(arena, query, empty);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < flat.count; i++) {
        const Ast *ast = flat.items[i];
        uint32_t ref;
        if (ast->tag == AST_GROUPING_SET) {
            GroupingSet *set;
            if (((const AstGroupingSet *)ast)->kind == AST_GROUPING_EMPTY)
                continue; /* adds nothing beside others */
            TRY(grouping_set(grouping, (const AstGroupingSet *)ast, &set));
            query_add_set(arena, query, set);
            continue;
        }
        TRY(group_expr(grouping, ast, seen, true, &ref));
        if (ref == 0)
            continue;
        seen = bitset_add(arena, seen, (int)ref);
        if (has_sets) {
            GroupingSet *set = simple_set(arena, ast_location(ast));
            set_add_ref(arena, set, ref);
            query_add_set(arena, query, set);
        }
    }
    return STATUS_OK;
}

Status group_by_analyze(Scope *scope, const AstList *list, TargetList *targets,
                        const SortList *order_by, Query *query) {
    Grouping grouping = {scope, targets, order_by, EXPR_KIND_GROUP_BY, false, {0}};
    TRY(group_items(&grouping, list, query));
    query->group_by = grouping.flat;
    return STATUS_OK;
}

/* ---- DISTINCT ---- */

Status distinct_analyze(Scope *scope, TargetList *targets, const SortList *order_by, bool is_agg,
                        SortList *distinct_out) {
    *distinct_out = (SortList){0};
    for (uint32_t i = 0; i < order_by->count; i++) {
        const Target *target = target_by_ref(targets, order_by->items[i].ref);
        if (target->junk)
            return AT(expr_location(target->expr),
                      error(ERR_INVALID_COLUMN_REFERENCE,
                            is_agg ? "in an aggregate with DISTINCT, ORDER BY expressions must "
                                     "appear in argument list"
                                   : "for SELECT DISTINCT, ORDER BY expressions must appear in "
                                     "select list"));
        sort_list_add(scope->an->arena, distinct_out, order_by->items[i]);
    }
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (!target->junk)
            TRY(group_clause_add(scope, target, distinct_out, targets,
                                 expr_location(target->expr)));
    }
    if (distinct_out->count == 0)
        return error(ERR_SYNTAX_ERROR,
                     is_agg ? "an aggregate with DISTINCT must have at least one argument"
                            : "SELECT DISTINCT must have at least one column");
    return STATUS_OK;
}

static Status distinct_on_mismatch(int32_t location) {
    return AT(location, error(ERR_INVALID_COLUMN_REFERENCE,
                              "SELECT DISTINCT ON expressions must match initial ORDER BY "
                              "expressions"));
}

Status distinct_on_analyze(Scope *scope, const AstList *exprs, TargetList *targets,
                           const SortList *order_by, SortList *distinct_out) {
    Arena *arena = scope->an->arena;
    Target **found = arena_array(arena, Target *, exprs->count + 1);
    bool skipped = false;
    *distinct_out = (SortList){0};
    for (uint32_t i = 0; i < exprs->count; i++) {
        TRY(find_target_sql92(scope, exprs->items[i], targets, EXPR_KIND_DISTINCT_ON, &found[i]));
        target_sort_ref(found[i], targets);
    }
    for (uint32_t i = 0; i < order_by->count; i++) {
        uint32_t match = 0;
        while (match < exprs->count && found[match]->sort_ref != order_by->items[i].ref)
            match++;
        if (match == exprs->count)
            skipped = true;
        else if (skipped)
            return distinct_on_mismatch(ast_location(exprs->items[match]));
        else
            sort_list_add(arena, distinct_out, order_by->items[i]);
    }
    for (uint32_t i = 0; i < exprs->count; i++) {
        if (in_sort_list(scope, found[i], 0, distinct_out))
            continue;
        if (skipped)
            return distinct_on_mismatch(ast_location(exprs->items[i]));
        TRY(group_clause_add(scope, found[i], distinct_out, targets,
                             ast_location(exprs->items[i])));
    }
    return STATUS_OK;
}

/* ---- LIMIT ---- */

static Status check_no_columns(const Expr *expr, const char *construct) {
    if (!contains_columns_of_level(expr, 0))
        return STATUS_OK;
    return AT(location_of_column(expr, 0),
              error(ERR_INVALID_COLUMN_REFERENCE, "argument of %s must not contain variables",
                    construct));
}

Status limit_analyze(Scope *scope, const Ast *ast, ExprKind kind, const char *construct,
                     AstLimitKind limit_kind, Expr **expr_out) {
    *expr_out = NULL;
    if (ast == NULL)
        return STATUS_OK;
    TRY(expr_analyze(scope, ast, kind, expr_out));
    TRY(coerce_to_specific(scope->an, *expr_out, OID_INT8, construct, expr_out));
    TRY(check_no_columns(*expr_out, construct));
    if (kind == EXPR_KIND_LIMIT && limit_kind == AST_LIMIT_WITH_TIES && ast->tag == AST_CONST &&
        ((const AstConst *)ast)->kind == AST_CONST_NULL)
        return error(ERR_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE,
                     "row count cannot be null in FETCH FIRST ... WITH TIES clause");
    return STATUS_OK;
}

/* ---- WINDOW ---- */

static WindowClause *find_window(const WindowList *windows, const char *name) {
    for (uint32_t i = 0; i < windows->count; i++)
        if (windows->items[i]->name != NULL && strcmp(windows->items[i]->name, name) == 0)
            return windows->items[i];
    return NULL;
}

/* Which in_range function goes with an offset of the written type (manual: btree support 3). */
static Status range_offset(Scope *scope, const SortClause *sort, Expr *expr, Oid *func_out,
                           Expr **expr_out) {
    Analyzer *an = scope->an;
    const OperatorFamilies *families;
    const OpfamilyDesc *family = NULL;
    Oid column = 0;
    TRY(catalog_operator_families(an->catalog, sort->sort_op, &families));
    for (uint32_t i = 0; families != NULL && i < families->count && family == NULL; i++)
        if (families->members[i].am == OID_AM_BTREE && families->members[i].purpose == 's') {
            TRY(catalog_opfamily(an->catalog, families->members[i].family, &family));
            column = families->members[i].left;
        }
    if (family == NULL)
        return error(ERR_INTERNAL_ERROR, "operator %u is not a valid ordering operator",
                     sort->sort_op);
    Oid preferred = expr->type != OID_UNKNOWN ? expr->type : column, selected = 0;
    uint32_t funcs = 0, matches = 0;
    for (uint32_t i = 0; i < family->proc_count; i++) {
        const FamilyProc *proc = &family->procs[i];
        bool can;
        if (proc->number != 3 || proc->left != column)
            continue;
        funcs++;
        TRY(coerce_can(an, 1, &expr->type, &proc->right, COERCION_IMPLICIT, &can));
        if (!can)
            continue;
        matches++;
        if (selected != preferred) {
            selected = proc->right;
            *func_out = proc->proc;
        }
    }
    const char *column_name = an_format_type(an, column);
    if (funcs == 0)
        return AT(expr_location(expr),
                  error(ERR_FEATURE_NOT_SUPPORTED,
                        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s",
                        column_name));
    if (matches == 0)
        return AT(expr_location(expr),
                  status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                    "RANGE with offset PRECEDING/FOLLOWING is not supported for "
                                    "column type %s and offset type %s",
                                    column_name, an_format_type(an, expr->type)),
                              "Cast the offset value to an appropriate type."));
    if (matches != 1 && selected != preferred)
        return AT(expr_location(expr),
                  status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                    "RANGE with offset PRECEDING/FOLLOWING has multiple "
                                    "interpretations for column type %s and offset type %s",
                                    column_name, an_format_type(an, expr->type)),
                              "Cast the offset value to the exact intended type."));
    return coerce_to_specific(an, expr, selected, "RANGE", expr_out);
}

static Status frame_offset(Scope *scope, const AstWindowDef *def, const Ast *ast,
                           const SortClause *sort, Oid *func_out, Expr **expr_out) {
    static const ExprKind kinds[] = {[AST_FRAME_RANGE] = EXPR_KIND_WINDOW_FRAME_RANGE,
                                     [AST_FRAME_ROWS] = EXPR_KIND_WINDOW_FRAME_ROWS,
                                     [AST_FRAME_GROUPS] = EXPR_KIND_WINDOW_FRAME_GROUPS};
    static const char *const names[] = {
        [AST_FRAME_RANGE] = "RANGE", [AST_FRAME_ROWS] = "ROWS", [AST_FRAME_GROUPS] = "GROUPS"};
    *expr_out = NULL;
    if (ast == NULL)
        return STATUS_OK;
    Expr *expr;
    TRY(expr_analyze(scope, ast, kinds[def->frame_mode], &expr));
    if (def->frame_mode == AST_FRAME_RANGE)
        TRY(range_offset(scope, sort, expr, func_out, expr_out));
    else
        TRY(coerce_to_specific(scope->an, expr, OID_INT8, names[def->frame_mode], expr_out));
    return check_no_columns(*expr_out, names[def->frame_mode]);
}

static Status window_frame(Scope *scope, const AstWindowDef *def, WindowClause *window,
                           const TargetList *targets) {
    WindowFrame *frame = &window->frame;
    const SortClause *sort = NULL;
    *frame = (WindowFrame){.given = def->frame_given,
                           .between = def->frame_between,
                           .mode = (FrameMode)def->frame_mode,
                           .start = (FrameBound)def->frame_start,
                           .end = (FrameBound)def->frame_end,
                           .exclude = (FrameExclude)def->frame_exclude};
    if (def->frame_mode == AST_FRAME_RANGE &&
        (def->start_offset != NULL || def->end_offset != NULL)) {
        if (window->order_by.count != 1)
            return AT(def->location,
                      error(ERR_WINDOWING_ERROR, "RANGE with offset PRECEDING/FOLLOWING requires "
                                                 "exactly one ORDER BY column"));
        sort = &window->order_by.items[0];
        frame->in_range_collation = target_by_ref(targets, sort->ref)->expr->collation;
        frame->in_range_descending = sort->descending;
        frame->in_range_nulls_first = sort->nulls_first;
    }
    if (def->frame_mode == AST_FRAME_GROUPS && window->order_by.count == 0)
        return AT(def->location,
                  error(ERR_WINDOWING_ERROR, "GROUPS mode requires an ORDER BY clause"));
    TRY(frame_offset(scope, def, def->start_offset, sort, &frame->start_in_range,
                     &frame->start_offset));
    return frame_offset(scope, def, def->end_offset, sort, &frame->end_in_range,
                        &frame->end_offset);
}

static bool frame_is_default(const WindowFrame *frame) {
    return frame->mode == FRAME_RANGE && frame->start == BOUND_UNBOUNDED_PRECEDING &&
           frame->end == BOUND_CURRENT_ROW && frame->exclude == EXCLUDE_NONE && !frame->given;
}

static Status window_base(const AstWindowDef *def, const WindowClause *base, SortList partition,
                          SortList order, WindowClause *window) {
    window->partition_by = partition;
    window->order_by = order;
    if (base == NULL)
        return STATUS_OK;
    if (partition.count > 0)
        return AT(def->location,
                  error(ERR_WINDOWING_ERROR, "cannot override PARTITION BY clause of window \"%s\"",
                        def->ref_name));
    window->partition_by = base->partition_by;
    if (order.count > 0 && base->order_by.count > 0)
        return AT(def->location,
                  error(ERR_WINDOWING_ERROR, "cannot override ORDER BY clause of window \"%s\"",
                        def->ref_name));
    if (order.count == 0) {
        window->order_by = base->order_by;
        window->copied_order = true;
    }
    if (frame_is_default(&base->frame))
        return STATUS_OK;
    Status s = AT(def->location,
                  error(ERR_WINDOWING_ERROR,
                        "cannot copy window \"%s\" because it has a frame clause", def->ref_name));
    if (def->name != NULL || order.count > 0 || def->frame_given)
        return s;
    return status_hint(s, "Omit the parentheses in this OVER clause.");
}

Status windows_analyze(Scope *scope, Query *query, TargetList *targets) {
    Arena *arena = scope->an->arena;
    for (size_t i = 0; i < scope->windows.count; i++) {
        const AstWindowDef *def = scope->windows.items[i];
        WindowClause *window = arena_new(arena, WindowClause), *base = NULL;
        SortList order;
        if (def->name != NULL && find_window(&query->windows, def->name) != NULL)
            return AT(def->location,
                      error(ERR_WINDOWING_ERROR, "window \"%s\" is already defined", def->name));
        if (def->ref_name != NULL) {
            base = find_window(&query->windows, def->ref_name);
            if (base == NULL)
                return AT(def->location, error(ERR_UNDEFINED_OBJECT, "window \"%s\" does not exist",
                                               def->ref_name));
        }
        TRY(order_by_analyze(scope, &def->order_by, targets, EXPR_KIND_WINDOW_ORDER, true, &order));
        Grouping grouping = {scope, targets, &order, EXPR_KIND_WINDOW_PARTITION, true, {0}};
        Query scratch = {0};
        TRY(group_items(&grouping, &def->partition_by, &scratch));
        window->name = def->name;
        window->ref_name = def->ref_name;
        window->ref = (uint32_t)i + 1;
        TRY(window_base(def, base, grouping.flat, order, window));
        TRY(window_frame(scope, def, window, targets));
        TargetList *list = (TargetList *)&query->windows; /* the same layout: pointers */
        target_list_add(arena, list, (Target *)window);
    }
    return STATUS_OK;
}
