/*
 * rels.c: the relations of a level: what is known of each table, how many rows are expected, and
 * the ways to read what is no table: subqueries, functions, VALUES, CTEs.
 */
#include "mvcc/table.h"
#include "planner/rels_int.h"

/* ---- tables ---- */

#define NEW_TABLE_PAGES 10.0 /* a small new table is planned as if it had so many */

static Status index_columns(Level *level, Rel *rel, IndexInfo *info) {
    Planner *planner = level->planner;
    const IndexDesc *desc = info->desc;
    ExprList expressions = {0};
    uint32_t next = 0;
    if (desc->expressions != NULL)
        TRY(expr_list_from_string(planner->arena, desc->expressions, strlen(desc->expressions),
                                  &expressions));
    for (uint16_t i = 0; i < desc->column_count; i++) {
        int16_t attno = desc->attnums[i];
        if (attno > 0) {
            const ColumnDesc *column = &rel->desc->columns[attno - 1];
            expr_list_add(planner->arena, &info->columns,
                          expr_column(planner->arena, rel->rt_index, attno, column->type,
                                      column->typmod, column->collation, 0));
            continue;
        }
        if (next >= expressions.count)
            return error(ERR_DATA_CORRUPTED, "index %u lacks an expression", desc->oid);
        Expr *expr;
        TRY(fold_expr(planner, expressions.items[next++], &expr));
        expr_list_add(planner->arena, &info->columns,
                      tree_change_index(planner->arena, expr, 1, rel->rt_index, 0));
    }
    if (desc->predicate != NULL) {
        Expr *predicate;
        TRY(expr_from_string(planner->arena, desc->predicate, strlen(desc->predicate), &predicate));
        TRY(fold_expr(planner, predicate, &predicate));
        predicate = tree_change_index(planner->arena, predicate, 1, rel->rt_index, 0);
        expr_conjuncts(planner->arena, predicate, &info->predicate);
    }
    return STATUS_OK;
}

static Status table_size(Level *level, Rel *rel) {
    const RelationDesc *desc = rel->desc;
    double width = 0;
    for (uint16_t i = 0; i < desc->column_count; i++)
        if (!desc->columns[i].dropped)
            width += type_width(level->planner, desc->columns[i].type, desc->columns[i].typmod);
    rel->tuples = desc->tuples >= 0 ? desc->tuples : 0;
    rel->pages = desc->pages;
    if (desc->store != 0) {
        Table *table;
        TRY(table_open(catalog_mvcc(session_catalog(level->planner->catalog)), desc->store,
                       &table));
        rel->tuples = (double)table_row_estimate(table);
        rel->pages = (double)table_page_count(table);
    }
    rel->one_page = rel->pages <= 1;
    if (rel->pages < 1)
        rel->pages = relation_pages_bytes(rel->tuples, width);
    /* Never analyzed and small: new and maybe just being filled, while plans are kept. */
    if (desc->tuples < 0 && rel->pages < NEW_TABLE_PAGES && !desc->has_subclass) {
        rel->tuples = fmax(rel->tuples, NEW_TABLE_PAGES * floor(8168 / (width + 28)));
        rel->pages = NEW_TABLE_PAGES;
    }
    return STATUS_OK;
}

/* NULL: the index is not inverted. */
static Status inverted_kinds(Planner *planner, const IndexDesc *desc, const GinKind **kinds_out) {
    *kinds_out = NULL;
    if (desc->am == OID_AM_BTREE || desc->am == OID_AM_HASH || desc->store == 0)
        return STATUS_OK;
    GinIndex *gin = arena_new(planner->arena, GinIndex);
    TRY(gin_index(planner->catalog, desc, gin));
    if (gin->inverted)
        *kinds_out = gin->kinds;
    return STATUS_OK;
}

Status table_rel(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    TRY(catalog_relation_require(planner->catalog, rel->entry->relation, &rel->desc));
    TRY(note_relation(planner, rel->desc, rel->entry->lock_mode));
    TRY(table_size(level, rel));
    level->has_ext_stats |= rel->desc->statistics_count > 0;
    rel->indexes = arena_array(planner->arena, IndexInfo, rel->desc->index_count + 1u);
    for (uint16_t i = 0; i < rel->desc->index_count; i++) {
        const IndexDesc *desc = &rel->desc->indexes[i];
        const GinKind *kinds;
        if (!desc->valid || !desc->ready)
            continue;
        TRY(inverted_kinds(planner, desc, &kinds));
        if (desc->am != OID_AM_BTREE && desc->am != OID_AM_HASH && kinds == NULL)
            continue;
        IndexInfo *info = &rel->indexes[rel->index_count];
        *info =
            (IndexInfo){.desc = desc, .can_order = desc->am == OID_AM_BTREE, .gin_kinds = kinds};
        info->pages = fmax(1, rel->pages * desc->column_count * 0.15);
        TRY(index_columns(level, rel, info));
        rel->index_count++;
    }
    return STATUS_OK;
}

static Status entry_rel(Level *level, uint32_t rt_index) {
    Planner *planner = level->planner;
    Rel *rel = arena_new(planner->arena, Rel);
    rel->entry = query_rte(level->query, rt_index);
    rel->rt_index = rt_index;
    rel->relids = bitset_single(planner->arena, (int)rt_index);
    rel->attr_count = rel->entry->column_count + ATTNO_OFFSET + 1;
    rel->attr_needed = arena_array(planner->arena, BitSet *, rel->attr_count);
    level->rels[rt_index] = rel;
    level->all_rels = bitset_add(planner->arena, level->all_rels, (int)rt_index);
    if (rel->entry->kind != RTE_RELATION)
        return STATUS_OK;
    TRY(table_rel(level, rel));
    return inherit_has_children(planner, rel->entry, &rel->inherits);
}

static Status entries(Level *level, const FromNode *node) {
    if (node == NULL)
        return STATUS_OK;
    if (node->kind == FROM_RTE)
        return entry_rel(level, node->rt_index);
    TRY(entries(level, node->left));
    TRY(entries(level, node->right));
    for (uint32_t i = 0; i < node->item_count; i++)
        TRY(entries(level, node->items[i]));
    return STATUS_OK;
}

/* What LATERAL entries need of others. */
static void lateral_needs(Level *level, Rel *rel) {
    Arena *arena = level->planner->arena;
    RangeEntry *entry = rel->entry;
    BitSet *rels = NULL;
    for (uint32_t i = 0; i < entry->function_count; i++)
        rels = tree_rels(arena, rels, entry->functions[i].call, 0);
    for (uint32_t i = 0; i < entry->row_count; i++)
        for (uint32_t c = 0; c < entry->rows[i].count; c++)
            rels = tree_rels(arena, rels, entry->rows[i].items[c], 0);
    if (entry->table_func != NULL) {
        const TableFunc *func = entry->table_func;
        rels = tree_rels(arena, rels, func->document, 0);
        rels = tree_rels(arena, rels, func->row, 0);
        for (uint32_t i = 0; i < func->namespace_uris.count; i++)
            rels = tree_rels(arena, rels, func->namespace_uris.items[i], 0);
        for (uint32_t i = 0; i < func->column_count; i++) {
            rels = tree_rels(arena, rels, func->paths[i], 0);
            rels = tree_rels(arena, rels, func->defaults[i], 0);
        }
    }
    if (entry->sample != NULL) {
        for (uint32_t i = 0; i < entry->sample->args.count; i++)
            rels = tree_rels(arena, rels, entry->sample->args.items[i], 0);
        rels = tree_rels(arena, rels, entry->sample->repeatable, 0);
    }
    if (entry->kind == RTE_SUBQUERY)
        rels = tree_query_rels(arena, rels, entry->subquery, 1);
    rel->lateral = bitset_minus(arena, rels, rel->relids);
    if (bitset_empty(rel->lateral))
        return;
    level->has_lateral = true;
    if (entry->sample != NULL) {
        for (uint32_t i = 0; i < entry->sample->args.count; i++)
            need_columns(level, entry->sample->args.items[i], rel->relids);
        need_columns(level, entry->sample->repeatable, rel->relids);
    }
    for (uint32_t i = 0; i < entry->function_count; i++)
        need_columns(level, entry->functions[i].call, rel->relids);
    for (uint32_t i = 0; i < entry->row_count; i++)
        for (uint32_t c = 0; c < entry->rows[i].count; c++)
            need_columns(level, entry->rows[i].items[c], rel->relids);
    if (entry->table_func != NULL) {
        const TableFunc *func = entry->table_func;
        need_columns(level, func->document, rel->relids);
        need_columns(level, func->row, rel->relids);
        for (uint32_t i = 0; i < func->namespace_uris.count; i++)
            need_columns(level, func->namespace_uris.items[i], rel->relids);
        for (uint32_t i = 0; i < func->column_count; i++) {
            need_columns(level, func->paths[i], rel->relids);
            need_columns(level, func->defaults[i], rel->relids);
        }
    }
}

Status rels_build(Level *level) {
    level->rel_count = level->query->range_count + 1;
    level->rels = arena_array(level->planner->arena, Rel *, level->rel_count);
    TRY(entries(level, level->query->from));
    for (uint32_t i = 1; i < level->rel_count; i++)
        if (level->rels[i] != NULL &&
            (level->rels[i]->entry->lateral || level->rels[i]->entry->sample != NULL))
            lateral_needs(level, level->rels[i]);
    return STATUS_OK;
}

/* ---- subqueries ---- */

typedef struct PushColumns {
    Arena *arena;
    const Query *query;
    uint32_t rt_index;
    bool ok;
} PushColumns;

static bool sorts_by(const SortList *list, const Target *target) {
    bool found = false;
    for (uint32_t i = 0; i < list->count && target->sort_ref != 0; i++)
        found |= list->items[i].ref == target->sort_ref;
    return found;
}

/* Of a window's partition, or a group of DISTINCT ON, all rows must go or none: is the target the same in
 * all of them? */
static bool takes_whole_groups(const Query *query, const Target *target) {
    bool same = !query->has_distinct_on || sorts_by(&query->distinct, target);
    for (uint32_t i = 0; i < query->windows.count && same && query->has_windows; i++)
        same = sorts_by(&query->windows.items[i]->partition_by, target);
    return same;
}

static Expr *pushed_column(const ExprColumn *column, void *arg) {
    PushColumns *push = arg;
    for (uint32_t i = 0; i < push->query->targets.count; i++) {
        const Target *target = push->query->targets.items[i];
        if (!target->junk && target->resno == column->attno) {
            push->ok &= takes_whole_groups(push->query, target);
            return target->expr;
        }
    }
    push->ok = false;
    return (Expr *)(uintptr_t)column;
}

/* A condition on the subquery's result as one inside it; NULL: it must stay outside. */
static Expr *pushable(Planner *planner, const Query *query, uint32_t rt_index, const Qual *qual,
                      bool lateral_ok) {
    PushColumns push = {planner->arena, query, rt_index, true};
    (void)lateral_ok;
    if (qual->volatile_ || expr_has_subplan(qual->clause))
        return NULL;
    Expr *inside =
        tree_replace_columns(planner->arena, qual->clause, rt_index, pushed_column, &push);
    if (!push.ok || expr_is_volatile(planner, inside) || expr_has_set(inside))
        return NULL;
    return inside;
}

static bool query_takes_conditions(const Query *query) {
    return query->command == COMMAND_SELECT && query->limit == NULL && query->offset == NULL &&
           query->row_mark_count == 0;
}

static bool push_into(Planner *planner, Query *query, uint32_t rt_index, const Qual *qual);

static bool push_into_set_op(Planner *planner, Query *query, const SetOpNode *node,
                             uint32_t rt_index, const Qual *qual, bool try_only) {
    if (node->rt_index == 0)
        return push_into_set_op(planner, query, node->left, rt_index, qual, try_only) &&
               push_into_set_op(planner, query, node->right, rt_index, qual, try_only);
    Query *leaf = query_rte(query, node->rt_index)->subquery;
    if (!query_takes_conditions(leaf) || leaf->set_op != NULL || leaf->grouping_set_count > 0)
        return false;
    for (uint32_t i = 0; i < query->set_op->column_count && i < leaf->targets.count; i++)
        if (leaf->targets.items[i]->expr->type != query->set_op->types[i])
            return false;
    if (try_only)
        return pushable(planner, leaf, rt_index, qual, false) != NULL;
    return push_into(planner, leaf, rt_index, qual);
}

static bool push_into(Planner *planner, Query *query, uint32_t rt_index, const Qual *qual) {
    Arena *arena = planner->arena;
    if (!query_takes_conditions(query) || query->grouping_set_count > 0)
        return false;
    if (query->set_op != NULL)
        return push_into_set_op(planner, query, query->set_op, rt_index, qual, true) &&
               push_into_set_op(planner, query, query->set_op, rt_index, qual, false);
    Expr *inside = pushable(planner, query, rt_index, qual, false);
    if (inside == NULL)
        return false;
    ExprList list = {0};
    bool grouped = query->has_aggs || query->group_by.count > 0 || query->having != NULL;
    Expr **at = grouped ? &query->having : &query->from->condition;
    if (!grouped && query->from->item_count == 0 && query->from->condition == NULL &&
        query->has_target_srfs)
        return false;
    if (query->has_target_srfs)
        return false;
    expr_conjuncts(arena, *at, &list);
    expr_conjuncts(arena, inside, &list);
    *at = expr_and(arena, &list);
    return true;
}

static void push_conditions(Level *level, Rel *rel) {
    QualVec kept = {0};
    for (size_t i = 0; i < rel->restrict_.count; i++) {
        Qual *qual = rel->restrict_.items[i];
        if (qual->pseudo_constant ||
            (rel->entry->security_barrier && !expr_is_leakproof(level->planner, qual->clause)) ||
            !push_into(level->planner, rel->entry->subquery, rel->rt_index, qual))
            vec_push(&kept, level->planner->arena, qual);
    }
    rel->restrict_ = kept;
}

/* What LATERAL entries read is not known before they are planned. */
static bool is_read_laterally(const Level *level, const Rel *rel) {
    for (int m = bitset_next(level->all_rels, -1); m >= 0; m = bitset_next(level->all_rels, m))
        if (bitset_overlap(level->rels[m]->lateral, rel->relids))
            return true;
    return false;
}

/* Columns of a subquery that nobody reads are not computed. */
static Status drop_unread(Level *level, Rel *rel) {
    Query *query = rel->entry->subquery;
    if (query->command != COMMAND_SELECT || query->set_op != NULL || query->distinct.count > 0 ||
        !bitset_empty(rel->attr_needed[ATTNO_OFFSET]) || is_read_laterally(level, rel))
        return STATUS_OK;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        Target *target = query->targets.items[i];
        Expr *expr = target->expr;
        bool read = target->junk || target->sort_ref != 0 ||
                    (uint32_t)(target->resno + ATTNO_OFFSET) >= rel->attr_count ||
                    !bitset_empty(rel->attr_needed[target->resno + ATTNO_OFFSET]);
        for (size_t q = 0; q < rel->restrict_.count && !read; q++)
            read = bitset_has(tree_columns_of(level->planner->arena, NULL,
                                              rel->restrict_.items[q]->clause, rel->rt_index),
                              target->resno + ATTNO_OFFSET);
        if (!read && expr->tag != EXPR_CONST && expr->tag != EXPR_COLUMN && !expr_has_set(expr) &&
            !expr_is_volatile(level->planner, expr))
            TRY(an_null_const(&level->planner->an, expr->type, expr->typmod, expr->collation,
                              &target->expr));
    }
    return STATUS_OK;
}

static Status subquery_paths(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    Path *path = arena_new(planner->arena, Path);
    double startup, per_tuple;
    rel->entry->subquery = query_copy(planner->arena, rel->entry->subquery);
    push_conditions(level, rel);
    TRY(drop_unread(level, rel));
    __typeof__(level->outer_params) saved = level->outer_params;
    memset(&level->outer_params, 0, sizeof(level->outer_params));
    TRY(level_subplan(level, rel->entry->subquery,
                      bitset_count(level->all_rels) == 1 ? level->tuple_fraction : 0, &rel->sub,
                      &rel->sub_node));
    for (size_t i = 0; i < level->outer_params.count; i++) {
        LoopBinding binding = {level->outer_params.items[i].expr,
                               level->outer_params.items[i].param, NULL};
        binding.rels = tree_rels(planner->arena, NULL, binding.expr, 0);
        rel->lateral = bitset_union(planner->arena, rel->lateral, binding.rels);
        need_columns(level, binding.expr, rel->relids);
        vec_push(&rel->lateral_params, planner->arena, binding);
    }
    level->outer_params = saved;
    const Plan *plan = rel->sub_node->plan;
    rel->tuples = plan->rows;
    rel->width = plan->width;
    rel->rows =
        clamp_rows(plan->rows * quals_selectivity(level, &rel->restrict_, rel, JOIN_INNER, NULL));
    quals_cost(planner, &rel->restrict_, &startup, &per_tuple);
    path->kind = PATH_SUBQUERY;
    path->rel = rel;
    path->rows = rel->rows;
    path->startup = plan->startup_cost + startup;
    path->total = plan->total_cost + startup;
    if (rel->restrict_.count > 0)
        path->total += plan->rows * (planner->settings->cpu_tuple_cost + per_tuple);
    path->outer = rel->lateral;
    path_add(rel, path, planner->arena);
    return STATUS_OK;
}

/* ---- functions, VALUES, CTEs ---- */

static double function_rows(Level *level, const Expr *call) {
    const ProcDesc *proc = NULL;
    if (call->tag != EXPR_FUNC || !((const ExprFunc *)call)->returns_set)
        return 1;
    const ExprFunc *func = (const ExprFunc *)call;
    status_free(catalog_proc(level->planner->catalog, func->function, &proc));
    double rows = proc == NULL ? 1000 : proc->rows;
    /* generate_series over integers tells exactly. */
    if (proc != NULL && strcmp(proc->name, "generate_series") == 0 && func->args.count >= 2) {
        int64_t v[3] = {0, 0, 1};
        for (uint32_t i = 0; i < func->args.count && i < 3; i++) {
            Expr *arg = func->args.items[i];
            status_free(fold_estimate(level->planner, arg, &arg));
            if (arg->tag != EXPR_CONST || ((ExprConst *)arg)->is_null ||
                (arg->type != OID_INT4 && arg->type != OID_INT8))
                return rows;
            v[i] = arg->type == OID_INT4 ? ((ExprConst *)arg)->value.i32
                                         : ((ExprConst *)arg)->value.i64;
        }
        if (v[2] != 0)
            rows = fmax(0, floor(((double)v[1] - (double)v[0]) / (double)v[2]) + 1);
    }
    if (proc != NULL && strcmp(proc->name, "unnest") == 0 && func->args.count == 1 &&
        func->args.items[0]->tag == EXPR_ARRAY)
        rows = ((ExprArray *)func->args.items[0])->elements.count;
    return rows;
}

double set_rows(Level *level, const Expr *expr) { return function_rows(level, expr); }

static void simple_path(Level *level, Rel *rel, PathKind kind, double startup, double per_tuple) {
    Planner *planner = level->planner;
    Path *path = arena_new(planner->arena, Path);
    double qual_startup, qual_per_tuple;
    quals_cost(planner, &rel->restrict_, &qual_startup, &qual_per_tuple);
    rel->rows =
        clamp_rows(rel->tuples * quals_selectivity(level, &rel->restrict_, rel, JOIN_INNER, NULL));
    for (uint32_t i = 0; i < rel->entry->column_count; i++)
        if (rel->entry->column_types != NULL && rel->entry->column_types[i] != 0)
            rel->width +=
                type_width(planner, rel->entry->column_types[i], rel->entry->column_typmods[i]);
    path->kind = kind;
    path->rel = rel;
    path->rows = rel->rows;
    path->startup = startup + qual_startup;
    path->total = path->startup +
                  rel->tuples * (planner->settings->cpu_tuple_cost + per_tuple + qual_per_tuple);
    path->outer = rel->lateral;
    path_add(rel, path, planner->arena);
}

static void function_paths(Level *level, Rel *rel) {
    double startup = 0, per_call = 0;
    rel->tuples = 0;
    for (uint32_t i = 0; i < rel->entry->function_count; i++) {
        double s, p;
        expr_cost(level->planner, rel->entry->functions[i].call, &s, &p);
        startup += s;
        per_call += p;
        rel->tuples = fmax(rel->tuples, function_rows(level, rel->entry->functions[i].call));
    }
    rel->tuples = clamp_rows(rel->tuples);
    simple_path(level, rel, PATH_FUNCTION, startup + per_call, 0);
}

/* The level, plan and rows of the CTE that an entry names. */
Status cte_of(Level *level, const RangeEntry *entry, Level **owner_out, uint32_t *index_out) {
    Level *owner = level;
    for (uint32_t i = 0; i < entry->cte_levels_up && owner != NULL; i++)
        owner = owner->parent;
    *owner_out = owner;
    for (uint32_t i = 0; owner != NULL && i < owner->query->ctes.count; i++)
        if (strcmp(owner->query->ctes.items[i]->name, entry->cte_name) == 0) {
            *index_out = i;
            return STATUS_OK;
        }
    return error(ERR_INTERNAL_ERROR, "could not find CTE \"%s\"", entry->cte_name);
}

Level *worktable_owner(Level *level, const RangeEntry *entry) {
    for (Level *at = level; at != NULL; at = at->parent)
        if (at->worktable_cte != NULL && strcmp(at->worktable_cte->name, entry->cte_name) == 0)
            return at;
    return NULL;
}

static Status transition_paths(Level *level, Rel *rel) {
    const TransitionTable *t = level->planner->env->transitions;
    const RelationDesc *desc;
    while (t != NULL && strcmp(t->name, rel->entry->cte_name) != 0)
        t = t->next;
    TRY(catalog_relation_require(level->planner->catalog, rel->entry->relation, &desc));
    TRY(note_relation(level->planner, desc, LOCK_ACCESS_SHARE));
    rel->tuples = clamp_rows(t == NULL ? 1000 : (double)t->count);
    simple_path(level, rel, PATH_TRANSITION, 0, level->planner->settings->cpu_tuple_cost);
    return STATUS_OK;
}

static Status cte_paths(Level *level, Rel *rel) {
    const RangeEntry *entry = rel->entry;
    if (entry->self_reference) {
        Level *owner = worktable_owner(level, entry);
        if (owner == NULL)
            return error(ERR_INTERNAL_ERROR, "no work table for query \"%s\"", entry->cte_name);
        rel->tuples = clamp_rows(10 * owner->worktable_rows);
        simple_path(level, rel, PATH_WORK_TABLE, 0, level->planner->settings->cpu_tuple_cost);
        return STATUS_OK;
    }
    Level *owner;
    uint32_t index;
    TRY(cte_of(level, entry, &owner, &index));
    if (owner->cte_plans[index] == UINT32_MAX)
        return error(ERR_INTERNAL_ERROR, "no plan was made for CTE \"%s\"", entry->cte_name);
    rel->tuples = level->planner->subplans.items[owner->cte_plans[index]]->rows;
    simple_path(level, rel, PATH_CTE, 0, level->planner->settings->cpu_tuple_cost);
    return STATUS_OK;
}

Status base_paths(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    switch (rel->entry->kind) {
    case RTE_RELATION:
        TRY(rel->inherits ? inherit_paths(level, rel) : table_paths(level, rel));
        break;
    case RTE_SUBQUERY:
        TRY(subquery_paths(level, rel));
        break;
    case RTE_FUNCTION:
        function_paths(level, rel);
        break;
    case RTE_TABLE_FUNC:
        rel->tuples = 100;
        simple_path(level, rel, PATH_TABLE_FUNC, 0, 0);
        break;
    case RTE_VALUES:
        rel->tuples = rel->entry->row_count;
        simple_path(level, rel, PATH_VALUES, 0, planner->settings->cpu_operator_cost);
        break;
    case RTE_CTE:
        TRY(cte_paths(level, rel));
        break;
    case RTE_TRANSITION:
        TRY(transition_paths(level, rel));
        break;
    default:
        rel->tuples = 1;
        simple_path(level, rel, PATH_RESULT, 0, 0);
        break;
    }
    for (size_t i = 0; i < rel->restrict_.count; i++)
        if (expr_is_false_const(rel->restrict_.items[i]->clause))
            rel->dummy = true;
    parallel_gather_path(level, rel);
    paths_choose(rel, planner->arena);
    return STATUS_OK;
}
