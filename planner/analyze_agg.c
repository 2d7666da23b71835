/*
 * analyze_agg.c: aggregates, grouping and window calls: which query level they belong to, and that
 * nothing ungrouped slips by (manual: SELECT, GROUP BY Clause).
 */
#include "planner/analyze_int.h"
#include "planner/tree.h"

/* ---- searches ---- */

typedef struct Search {
    uint32_t level;
    ExprTag tag;
    int32_t location;
} Search;

static bool find_tag_visit(Expr *expr, void *arg) {
    Search *search = arg;
    bool hit = expr->tag == search->tag;
    if (hit && expr->tag == EXPR_AGG)
        hit = ((ExprAgg *)expr)->levels_up == search->level;
    if (hit && expr->tag == EXPR_GROUPING)
        hit = ((ExprGrouping *)expr)->levels_up == search->level;
    if (hit && expr->tag == EXPR_COLUMN)
        hit = ((ExprColumn *)expr)->levels_up == search->level;
    if (hit) {
        search->location = expr->location;
        return true;
    }
    if (search->tag == EXPR_WINDOW_CALL)
        return expr_walk(expr, find_tag_visit, arg);
    return expr_walk_levels(expr, &search->level, find_tag_visit, arg);
}

static bool find_tag(const Expr *expr, ExprTag tag, uint32_t level, int32_t *location_out) {
    Search search = {level, tag, -1};
    bool found = expr != NULL && find_tag_visit((Expr *)(uintptr_t)expr, &search);
    if (found && location_out != NULL)
        *location_out = search.location;
    return found;
}

bool contains_agg(const Expr *expr, int32_t *location_out) {
    return find_tag(expr, EXPR_AGG, 0, location_out) ||
           find_tag(expr, EXPR_GROUPING, 0, location_out);
}

bool contains_window(const Expr *expr, int32_t *location_out) {
    return find_tag(expr, EXPR_WINDOW_CALL, 0, location_out);
}

bool contains_sub_link(const Expr *expr) { return tree_has_tag(expr, EXPR_SUB_LINK); }

bool contains_columns_of_level(const Expr *expr, uint32_t level) {
    return find_tag(expr, EXPR_COLUMN, level, NULL);
}

int32_t location_of_column(const Expr *expr, uint32_t level) {
    int32_t location = -1;
    find_tag(expr, EXPR_COLUMN, level, &location);
    return location;
}

bool query_contains_columns_of_level(const Query *query, uint32_t level) {
    Search search = {level, EXPR_COLUMN, -1};
    return query_walk((Query *)(uintptr_t)query, &search.level, find_tag_visit, &search);
}

/* ---- the level of an aggregate ---- */

typedef struct Levels {
    uint32_t level;
    int32_t column; /* lowest level a column, an aggregate, a CTE belongs to; -1: none */
    int32_t agg;
    int32_t cte;
    const RangeEntry *cte_entry;
    Status failed;
} Levels;

static void lower(int32_t *known, uint32_t levels_up, uint32_t level) {
    int32_t found = (int32_t)levels_up - (int32_t)level;
    if (found >= 0 && (*known < 0 || found < *known))
        *known = found;
}

static void levels_of_entries(Levels *levels, const Query *query, uint32_t level) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        const RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_CTE) {
            int32_t before = levels->cte;
            lower(&levels->cte, entry->cte_levels_up, level);
            if (levels->cte != before)
                levels->cte_entry = entry;
        } else if (entry->kind == RTE_SUBQUERY) {
            levels_of_entries(levels, entry->subquery, level + 1);
        }
    }
}

static bool levels_visit(Expr *expr, void *arg) {
    Levels *levels = arg;
    if (expr->tag == EXPR_COLUMN) {
        lower(&levels->column, ((ExprColumn *)expr)->levels_up, levels->level);
        return false;
    }
    if (expr->tag == EXPR_AGG)
        lower(&levels->agg, ((ExprAgg *)expr)->levels_up, levels->level);
    else if (expr->tag == EXPR_GROUPING)
        lower(&levels->agg, ((ExprGrouping *)expr)->levels_up, levels->level);
    else if (expr->tag == EXPR_SUB_LINK)
        levels_of_entries(levels, ((ExprSubLink *)expr)->query, levels->level + 1);
    if (levels->level == 0 && expr->tag == EXPR_FUNC && ((ExprFunc *)expr)->returns_set) {
        levels->failed = AT(
            expr_location(expr),
            status_hint(error(ERR_FEATURE_NOT_SUPPORTED, "aggregate function calls cannot contain "
                                                         "set-returning function calls"),
                        "You might be able to move the set-returning function into "
                        "a LATERAL FROM item."));
        return true;
    }
    if (levels->level == 0 && expr->tag == EXPR_WINDOW_CALL) {
        levels->failed =
            AT(expr->location, error(ERR_GROUPING_ERROR, "aggregate function calls cannot contain "
                                                         "window function calls"));
        return true;
    }
    return expr_walk_levels(expr, &levels->level, levels_visit, arg);
}

static Status levels_of(const ExprList *list, const Expr *filter, Levels *levels) {
    *levels = (Levels){.column = -1, .agg = -1, .cte = -1};
    if (!expr_list_walk(list, levels_visit, levels) && filter != NULL)
        levels_visit((Expr *)(uintptr_t)filter, levels);
    return levels->failed;
}

static int32_t agg_location(const ExprList *list, const Expr *filter, uint32_t level) {
    int32_t location = -1;
    for (uint32_t i = 0; i < list->count && location < 0; i++)
        if (!find_tag(list->items[i], EXPR_AGG, level, &location))
            find_tag(list->items[i], EXPR_GROUPING, level, &location);
    if (location < 0)
        find_tag(filter, EXPR_AGG, level, &location);
    return location;
}

static Status nested_cte(const Levels *levels, int32_t location) {
    return AT(location,
              status_detail(
                  error(ERR_FEATURE_NOT_SUPPORTED, "outer-level aggregate cannot use a nested CTE"),
                  "CTE \"%s\" is below the aggregate's semantic level.", levels->cte_entry->name));
}

static Status agg_level(const ExprList *direct, const ExprList *args, const Expr *filter,
                        int32_t location, uint32_t *level_out) {
    Levels levels;
    TRY(levels_of(args, filter, &levels));
    int32_t level = levels.column < 0 ? MAX(levels.agg, 0)
                    : levels.agg < 0  ? levels.column
                                      : MIN(levels.column, levels.agg);
    if (level == levels.agg)
        return AT(agg_location(args, filter, (uint32_t)level),
                  error(ERR_GROUPING_ERROR, "aggregate function calls cannot be nested"));
    if (levels.cte >= 0 && levels.cte < level)
        return nested_cte(&levels, location);
    *level_out = (uint32_t)level;
    if (direct == NULL || direct->count == 0)
        return STATUS_OK;
    TRY(levels_of(direct, NULL, &levels));
    if (levels.column >= 0 && levels.column < level) {
        int32_t at = -1;
        for (uint32_t i = 0; i < direct->count && at < 0; i++)
            at = location_of_column(direct->items[i], (uint32_t)levels.column);
        return AT(at, error(ERR_GROUPING_ERROR, "outer-level aggregate cannot contain a "
                                                "lower-level variable in its direct arguments"));
    }
    if (levels.agg >= 0 && levels.agg <= level)
        return AT(agg_location(direct, NULL, (uint32_t)levels.agg),
                  error(ERR_GROUPING_ERROR, "aggregate function calls cannot be nested"));
    if (levels.cte >= 0 && levels.cte < level)
        return nested_cte(&levels, location);
    return STATUS_OK;
}

static Status check_place(Scope *scope, uint32_t level, bool grouping, int32_t location) {
    Scope *owner = scope_up(scope, level);
    if (owner == NULL)
        return error(ERR_INTERNAL_ERROR, "aggregate of an unknown query level");
    owner->has_aggs = true;
    return kind_check_agg(owner, grouping, location);
}

static Status agg_arguments(Scope *scope, ExprAgg *agg, ExprList *args, const AstList *order_by,
                            bool distinct, TargetList *targets) {
    Arena *arena = scope->an->arena;
    uint32_t direct = 0;
    if (agg->kind != AGG_KIND_NORMAL)
        direct = args->count - MIN(order_by->count, args->count);
    for (uint32_t i = 0; i < args->count; i++) {
        if (i < direct) {
            expr_list_add(arena, &agg->direct_args, args->items[i]);
            continue;
        }
        target_list_add(
            arena, targets,
            target_make(arena, args->items[i], (int16_t)(targets->count + 1), NULL, false));
        if (agg->kind != AGG_KIND_NORMAL)
            TRY(sort_clause_add(scope, targets->items[targets->count - 1], &agg->order_by, targets,
                                AST_AT(AstSortBy, *order_by, i - direct)));
    }
    agg->call_arg_count = targets->count;
    if (agg->kind != AGG_KIND_NORMAL)
        return STATUS_OK;
    TRY(order_by_analyze(scope, order_by, targets, EXPR_KIND_ORDER_BY, true, &agg->order_by));
    if (!distinct)
        return STATUS_OK;
    TRY(distinct_analyze(scope, targets, &agg->order_by, true, &agg->distinct));
    for (uint32_t i = 0; i < agg->distinct.count; i++)
        if (agg->distinct.items[i].sort_op == 0) {
            Expr *expr = target_by_ref(targets, agg->distinct.items[i].ref)->expr;
            return AT(expr_location(expr),
                      status_detail(error(ERR_UNDEFINED_FUNCTION,
                                          "could not identify an ordering operator for type %s",
                                          an_format_type(scope->an, expr->type)),
                                    "Aggregates with DISTINCT must be able to sort their inputs."));
        }
    return STATUS_OK;
}

/* Sort refs become positions in args. */
static void number_refs(SortList *list, const TargetList *targets) {
    for (uint32_t i = 0; i < list->count; i++)
        for (uint32_t t = 0; t < targets->count; t++)
            if (targets->items[t]->sort_ref == list->items[i].ref) {
                list->items[i].ref = t + 1;
                break;
            }
}

Status agg_finish(Scope *scope, ExprAgg *agg, ExprList *args, const AstList *order_by,
                  bool distinct) {
    TargetList targets = {0};
    TRY(agg_arguments(scope, agg, args, order_by, distinct, &targets));
    number_refs(&agg->order_by, &targets);
    number_refs(&agg->distinct, &targets);
    for (uint32_t i = 0; i < targets.count; i++)
        expr_list_add(scope->an->arena, &agg->args, targets.items[i]->expr);
    TRY(agg_level(&agg->direct_args, &agg->args, agg->filter, agg->location, &agg->levels_up));
    return check_place(scope, agg->levels_up, false, agg->location);
}

Status grouping_make(Scope *scope, const AstGroupingFunc *ast, Expr **expr_out) {
    ExprGrouping *node = EXPR_NEW(scope->an->arena, ExprGrouping, EXPR_GROUPING);
    node->type = OID_INT4;
    node->location = ast->location;
    if (ast->args.count > 31)
        return AT(ast->location,
                  error(ERR_TOO_MANY_ARGUMENTS, "GROUPING must have fewer than 32 arguments"));
    for (uint32_t i = 0; i < ast->args.count; i++) {
        Expr *arg;
        TRY(expr_analyze_inner(scope, ast->args.items[i], &arg));
        expr_list_add(scope->an->arena, &node->args, arg);
    }
    node->refs = arena_array(scope->an->arena, uint32_t, node->args.count + 1);
    TRY(agg_level(NULL, &node->args, NULL, ast->location, &node->levels_up));
    TRY(check_place(scope, node->levels_up, true, ast->location));
    *expr_out = (Expr *)node;
    return STATUS_OK;
}

/* ---- window calls ---- */

static bool same_ast(const Ast *a, const Ast *b);

static bool same_list(const AstList *a, const AstList *b) {
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!same_ast(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool same_names(const StrList *a, const StrList *b) {
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

/* Alike as written, for the commonest expressions; anything else counts as different. */
static bool same_ast(const Ast *a, const Ast *b) {
    if (a == b || a == NULL || b == NULL || a->tag != b->tag)
        return a == b;
    switch (a->tag) {
    case AST_COLUMN_REF:
        return ((const AstColumnRef *)a)->star == ((const AstColumnRef *)b)->star &&
               same_names(&((const AstColumnRef *)a)->fields, &((const AstColumnRef *)b)->fields);
    case AST_CONST: {
        const AstConst *x = (const AstConst *)a, *y = (const AstConst *)b;
        return x->kind == y->kind && x->bval == y->bval && x->ival == y->ival &&
               x->text_len == y->text_len &&
               (x->text == y->text || memcmp(x->text, y->text, x->text_len) == 0);
    }
    case AST_SORT_BY: {
        const AstSortBy *x = (const AstSortBy *)a, *y = (const AstSortBy *)b;
        return x->direction == y->direction && x->nulls == y->nulls &&
               same_names(&x->using_op, &y->using_op) && same_ast(x->value, y->value);
    }
    case AST_OP: {
        const AstOp *x = (const AstOp *)a, *y = (const AstOp *)b;
        return x->kind == y->kind && same_names(&x->name, &y->name) && same_ast(x->left, y->left) &&
               same_ast(x->right, y->right);
    }
    case AST_FUNC_CALL: {
        const AstFuncCall *x = (const AstFuncCall *)a, *y = (const AstFuncCall *)b;
        return same_names(&x->name, &y->name) && same_list(&x->args, &y->args) &&
               x->star == y->star && x->distinct == y->distinct && x->filter == NULL &&
               y->filter == NULL && x->over == NULL && y->over == NULL &&
               same_list(&x->order_by, &y->order_by);
    }
    default:
        return false;
    }
}

static bool same_window(const AstWindowDef *a, const AstWindowDef *b) {
    if ((a->ref_name == NULL) != (b->ref_name == NULL) ||
        (a->ref_name != NULL && strcmp(a->ref_name, b->ref_name) != 0))
        return false;
    return same_list(&a->partition_by, &b->partition_by) && same_list(&a->order_by, &b->order_by) &&
           a->frame_given == b->frame_given && a->frame_mode == b->frame_mode &&
           a->frame_start == b->frame_start && a->frame_end == b->frame_end &&
           a->frame_exclude == b->frame_exclude && same_ast(a->start_offset, b->start_offset) &&
           same_ast(a->end_offset, b->end_offset);
}

Status window_call_finish(Scope *scope, ExprWindowCall *call, const AstWindowDef *over) {
    int32_t location;
    for (uint32_t i = 0; i < call->args.count; i++)
        if (contains_window(call->args.items[i], &location))
            return AT(location,
                      error(ERR_WINDOWING_ERROR, "window function calls cannot be nested"));
    TRY(kind_check_window(scope, call->location));
    scope->has_windows = true;
    if (over->reference || (over->name != NULL && over->ref_name == NULL)) {
        for (size_t i = 0; i < scope->windows.count; i++) {
            const AstWindowDef *def = scope->windows.items[i];
            if (def->name != NULL && strcmp(def->name, over->name) == 0) {
                call->window_ref = (uint32_t)i + 1;
                return STATUS_OK;
            }
        }
        return AT(over->location,
                  error(ERR_UNDEFINED_OBJECT, "window \"%s\" does not exist", over->name));
    }
    for (size_t i = 0; i < scope->windows.count; i++)
        if (same_window(scope->windows.items[i], over)) {
            call->window_ref = (uint32_t)i + 1;
            return STATUS_OK;
        }
    vec_push(&scope->windows, scope->an->arena, over);
    call->window_ref = (uint32_t)scope->windows.count;
    return STATUS_OK;
}

/* ---- grouping sets spelled out ---- */

static void sets_add(Arena *arena, RefSets *sets, BitSet *set) {
    if (sets->count % 16 == 0) {
        BitSet **wider = arena_array(arena, BitSet *, sets->count + 16);
        if (sets->count > 0)
            memcpy(wider, sets->items, sets->count * sizeof(*wider));
        sets->items = wider;
    }
    sets->items[sets->count++] = set;
}

static BitSet *refs_of(Arena *arena, const GroupingSet *set) {
    BitSet *refs = NULL;
    for (uint32_t i = 0; i < set->ref_count; i++)
        refs = bitset_add(arena, refs, (int)set->refs[i]);
    return refs;
}

/* The sets one item stands for (manual 7.2.4). */
static void expand_one(Arena *arena, const GroupingSet *set, RefSets *out) {
    if (set->kind == GROUPING_EMPTY) {
        sets_add(arena, out, NULL);
    } else if (set->kind == GROUPING_SIMPLE) {
        sets_add(arena, out, refs_of(arena, set));
    } else if (set->kind == GROUPING_ROLLUP) {
        for (uint32_t keep = set->child_count + 1; keep-- > 0;) {
            BitSet *refs = NULL;
            for (uint32_t i = 0; i < keep; i++)
                refs = bitset_add_set(arena, refs, refs_of(arena, set->children[i]));
            sets_add(arena, out, refs);
        }
    } else if (set->kind == GROUPING_CUBE) {
        for (uint32_t mask = 1u << set->child_count; mask-- > 0;) {
            BitSet *refs = NULL;
            for (uint32_t i = 0; i < set->child_count; i++)
                if (mask & 1u << (set->child_count - 1 - i))
                    refs = bitset_add_set(arena, refs, refs_of(arena, set->children[i]));
            sets_add(arena, out, refs);
        }
    } else {
        for (uint32_t i = 0; i < set->child_count; i++)
            expand_one(arena, set->children[i], out);
    }
}

static int set_size_order(const void *a, const void *b) {
    return bitset_count(*(BitSet *const *)b) - bitset_count(*(BitSet *const *)a);
}

Status grouping_expand(Arena *arena, const Query *query, uint32_t limit, RefSets *sets_out) {
    RefSets all = {0};
    sets_add(arena, &all, NULL);
    for (uint32_t i = 0; i < query->grouping_set_count; i++) {
        RefSets one = {0}, product = {0};
        expand_one(arena, query->grouping_sets[i], &one);
        if ((uint64_t)all.count * one.count > limit)
            return error(ERR_STATEMENT_TOO_COMPLEX, "too many grouping sets present (maximum %u)",
                         limit);
        for (uint32_t a = 0; a < all.count; a++)
            for (uint32_t b = 0; b < one.count; b++)
                sets_add(arena, &product, bitset_union(arena, all.items[a], one.items[b]));
        all = product;
    }
    if (query->group_distinct) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < all.count; i++) {
            bool repeated = false;
            for (uint32_t j = 0; j < kept && !repeated; j++)
                repeated = bitset_equal(all.items[i], all.items[j]);
            if (!repeated)
                all.items[kept++] = all.items[i];
        }
        all.count = kept;
    }
    /* Largest first, otherwise as written. */
    for (uint32_t i = 1; i < all.count; i++)
        for (uint32_t j = i; j > 0 && set_size_order(&all.items[j - 1], &all.items[j]) > 0; j--) {
            BitSet *swap = all.items[j];
            all.items[j] = all.items[j - 1];
            all.items[j - 1] = swap;
        }
    *sets_out = all;
    return STATUS_OK;
}

/* ---- nothing ungrouped ---- */

typedef struct GroupCheck {
    Scope *scope;
    Query *query;
    uint32_t level;
    Target **groups;
    uint32_t group_count;
    const Expr **common_columns; /* grouped in every grouping set */
    uint32_t common_count;
    bool expressions;   /* some group is no plain column */
    BitSet *determined; /* entries whose primary key is grouped */
    bool direct_args;
    bool has_joins;
    Status failed;
} GroupCheck;

static bool same_column(const Expr *a, const Expr *b) {
    return a->tag == EXPR_COLUMN && b->tag == EXPR_COLUMN &&
           ((const ExprColumn *)a)->rt_index == ((const ExprColumn *)b)->rt_index &&
           ((const ExprColumn *)a)->attno == ((const ExprColumn *)b)->attno &&
           ((const ExprColumn *)b)->levels_up == 0;
}

/* Is every column of the primary key grouped? Then all columns follow from it. */
static Status key_grouped(GroupCheck *check, const RangeEntry *entry, uint32_t rt_index,
                          bool *yes_out) {
    const RelationDesc *desc;
    *yes_out = false;
    TRY(catalog_relation_require(check->scope->an->catalog, entry->relation, &desc));
    if (desc->primary < 0 || desc->indexes[desc->primary].deferrable)
        return STATUS_OK;
    const IndexDesc *key = &desc->indexes[desc->primary];
    for (uint16_t k = 0; k < key->key_count; k++) {
        bool found = false;
        for (uint32_t i = 0; i < check->common_count && !found; i++) {
            const ExprColumn *column = (const ExprColumn *)check->common_columns[i];
            found = column->rt_index == rt_index && column->attno == key->attnums[k];
        }
        if (!found)
            return STATUS_OK;
    }
    *yes_out = true;
    Oid *keys = arena_array(check->scope->an->arena, Oid, check->query->key_count + 1);
    if (check->query->key_count > 0)
        memcpy(keys, check->query->keys, check->query->key_count * sizeof(Oid));
    keys[check->query->key_count++] = key->constraint;
    check->query->keys = keys;
    return STATUS_OK;
}

static bool check_column(GroupCheck *check, const ExprColumn *column) {
    if (column->levels_up != check->level)
        return false;
    if (!check->expressions || check->level != 0)
        for (uint32_t i = 0; i < check->group_count; i++)
            if (same_column((const Expr *)column, check->groups[i]->expr))
                return false;
    if (bitset_has(check->determined, (int)column->rt_index))
        return false;
    const RangeEntry *entry = query_rte(check->query, column->rt_index);
    if (entry->kind == RTE_RELATION) {
        bool grouped;
        check->failed = key_grouped(check, entry, column->rt_index, &grouped);
        if (!status_ok(check->failed))
            return true;
        if (grouped) {
            check->determined =
                bitset_add(check->scope->an->arena, check->determined, (int)column->rt_index);
            return false;
        }
    }
    static const char *const system[] = {"", "ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    const char *name = "*";
    if (column->attno > 0)
        name = entry->column_names[column->attno - 1];
    else if (column->attno < 0 && column->attno >= -6)
        name = system[-column->attno];
    if (check->level == 0) {
        check->failed = error(ERR_GROUPING_ERROR,
                              "column \"%s.%s\" must appear in the GROUP BY clause or be used in "
                              "an aggregate function",
                              entry->name, name);
        if (check->direct_args)
            check->failed = status_detail(check->failed,
                                          "Direct arguments of an ordered-set aggregate must use "
                                          "only grouped columns.");
    } else {
        check->failed =
            error(ERR_GROUPING_ERROR, "subquery uses ungrouped column \"%s.%s\" from outer query",
                  entry->name, name);
    }
    check->failed = AT(column->location, check->failed);
    return true;
}

static bool ungrouped_visit(Expr *expr, void *arg);

/* What a subquery returns is complained about before its FROM and WHERE. */
static bool targets_visit(GroupCheck *check, const ExprSubLink *link) {
    const Query *query = link->query;
    if (link->test != NULL && ungrouped_visit(link->test, check))
        return true;
    bool found = false;
    check->level++;
    for (uint32_t i = 0; i < query->targets.count && !found; i++)
        found = ungrouped_visit(query->targets.items[i]->expr, check);
    check->level--;
    return found;
}

static bool ungrouped_visit(Expr *expr, void *arg) {
    GroupCheck *check = arg;
    if (expr->tag == EXPR_CONST || expr->tag == EXPR_PARAM)
        return false;
    if (expr->tag == EXPR_AGG) {
        ExprAgg *agg = (ExprAgg *)expr;
        if (agg->levels_up == check->level) {
            check->direct_args = true;
            bool stop = expr_list_walk(&agg->direct_args, ungrouped_visit, arg);
            check->direct_args = false;
            return stop;
        }
        if (agg->levels_up > check->level)
            return false;
    }
    if (expr->tag == EXPR_GROUPING && ((ExprGrouping *)expr)->levels_up >= check->level)
        return false;
    if (check->expressions && check->level == 0)
        for (uint32_t i = 0; i < check->group_count; i++)
            if (expr_equal(expr, check->groups[i]->expr))
                return false;
    if (expr->tag == EXPR_COLUMN)
        return check_column(check, (ExprColumn *)expr);
    if (expr->tag == EXPR_SUB_LINK && check->level == 0 &&
        targets_visit(check, (ExprSubLink *)expr))
        return true;
    return expr_walk_levels(expr, &check->level, ungrouped_visit, arg);
}

/* Fills in ExprGrouping.refs. */
static bool grouping_visit(Expr *expr, void *arg) {
    GroupCheck *check = arg;
    if (expr->tag == EXPR_AGG && ((ExprAgg *)expr)->levels_up >= check->level)
        return ((ExprAgg *)expr)->levels_up == check->level &&
               expr_list_walk(&((ExprAgg *)expr)->direct_args, grouping_visit, arg);
    if (expr->tag != EXPR_GROUPING || ((ExprGrouping *)expr)->levels_up != check->level)
        return expr_walk_levels(expr, &check->level, grouping_visit, arg);
    ExprGrouping *node = (ExprGrouping *)expr;
    for (uint32_t i = 0; i < node->args.count; i++) {
        Expr *arg_expr = node->args.items[i];
        if (check->level == 0)
            arg_expr = tree_flatten_joins(check->scope->an->arena, check->query, arg_expr);
        node->refs[i] = 0;
        for (uint32_t g = 0; g < check->group_count && node->refs[i] == 0; g++) {
            const Expr *group = check->groups[g]->expr;
            bool same = arg_expr->tag == EXPR_COLUMN
                            ? same_column(arg_expr, group) &&
                                  ((ExprColumn *)arg_expr)->levels_up == check->level
                            : check->level == 0 && expr_equal(arg_expr, group);
            if (same)
                node->refs[i] = check->groups[g]->sort_ref;
        }
        if (node->refs[i] == 0) {
            check->failed = AT(expr_location(arg_expr),
                               error(ERR_GROUPING_ERROR, "arguments to GROUPING must be grouping "
                                                         "expressions of the associated query "
                                                         "level"));
            return true;
        }
    }
    return false;
}

static Status check_clause(GroupCheck *check, Expr *clause) {
    if (clause == NULL)
        return STATUS_OK;
    grouping_visit(clause, check);
    TRY(check->failed);
    if (check->has_joins)
        clause = tree_flatten_joins(check->scope->an->arena, check->query, clause);
    ungrouped_visit(clause, check);
    return check->failed;
}

static Status common_refs(Scope *scope, Query *query, BitSet **common_out) {
    RefSets sets;
    TRY(grouping_expand(scope->an->arena, query, 4096, &sets));
    *common_out = bitset_copy(scope->an->arena, sets.items[0]);
    for (uint32_t i = 1; i < sets.count; i++)
        *common_out = bitset_intersect(scope->an->arena, *common_out, sets.items[i]);
    if (sets.count == 1 && query->group_by.count > 0)
        query->grouping_set_count = 0; /* as plain GROUP BY */
    return STATUS_OK;
}

static void collect_groups(GroupCheck *check, const BitSet *common, bool sets) {
    Arena *arena = check->scope->an->arena;
    const Query *query = check->query;
    check->groups = arena_array(arena, Target *, query->group_by.count + 1);
    check->common_columns = arena_array(arena, const Expr *, query->group_by.count + 1);
    for (uint32_t i = 0; i < query->group_by.count; i++) {
        Target *target = target_by_ref(&query->targets, query->group_by.items[i].ref);
        Target *flat = arena_memdup(arena, target, sizeof(Target));
        if (check->has_joins)
            flat->expr = tree_flatten_joins(arena, query, flat->expr);
        check->groups[check->group_count++] = flat;
        if (flat->expr->tag != EXPR_COLUMN)
            check->expressions = true;
        else if (!sets || bitset_has(common, (int)flat->sort_ref))
            check->common_columns[check->common_count++] = flat->expr;
    }
}

Status agg_check(Scope *scope, Query *query) {
    GroupCheck check = {.scope = scope, .query = query};
    BitSet *common = NULL;
    bool sets = query->grouping_set_count > 0, self_reference = false;
    if (sets)
        TRY(common_refs(scope, query, &common));
    for (uint32_t i = 0; i < query->range_count; i++) {
        check.has_joins |= query->range_table[i]->kind == RTE_JOIN;
        self_reference |=
            query->range_table[i]->kind == RTE_CTE && query->range_table[i]->self_reference;
    }
    collect_groups(&check, common, sets);
    for (uint32_t i = 0; i < query->targets.count; i++)
        TRY(check_clause(&check, query->targets.items[i]->expr));
    TRY(check_clause(&check, query->having));
    if (scope->has_aggs && self_reference) {
        int32_t location = -1;
        for (uint32_t i = 0; i < query->targets.count && location < 0; i++)
            contains_agg(query->targets.items[i]->expr, &location);
        return AT(location, error(ERR_INVALID_RECURSION,
                                  "aggregate functions are not allowed in a recursive query's "
                                  "recursive term"));
    }
    return STATUS_OK;
}
