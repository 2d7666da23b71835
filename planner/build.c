/* build.c: the chosen paths become plan nodes. */
#include "planner/rels_int.h"

/* ---- filters ---- */

/* What tells nothing and costs little may come first. */
static uint32_t qual_rank(const Level *level, const Qual *qual) {
    bool first =
        qual->leakproof && qual->cost_per_tuple <= 10 * level->planner->settings->cpu_operator_cost;
    return first ? 0 : qual->security;
}

static int qual_order(const Level *level, const Qual *x, const Qual *y) {
    uint32_t a = qual_rank(level, x), b = qual_rank(level, y);
    if (a != b)
        return a < b ? -1 : 1;
    return (x->cost_per_tuple > y->cost_per_tuple) - (x->cost_per_tuple < y->cost_per_tuple);
}

static bool listed(const QualVec *quals, const Qual *qual) {
    for (size_t i = 0; i < quals->count; i++)
        if (quals->items[i] == qual)
            return true;
    return false;
}

/* Adds the conditions, by security, cheapest first, without those in `done`. */
static Status add_filter(Level *level, Node *node, const QualVec *quals, const QualVec *done,
                         ExprList *out) {
    Arena *arena = level->planner->arena;
    QualVec sorted = {0};
    double startup, per_tuple;
    for (size_t i = 0; i < quals->count; i++) {
        Qual *qual = quals->items[i];
        if ((done == NULL || !listed(done, qual)) && qual->clause->tag != EXPR_CURRENT_OF)
            vec_push(&sorted, arena, qual);
    }
    quals_cost(level->planner, &sorted, &startup, &per_tuple);
    for (size_t i = 1; i < sorted.count; i++) /* stable, few */
        for (size_t j = i; j > 0 && qual_order(level, sorted.items[j - 1], sorted.items[j]) > 0;
             j--) {
            Qual *swap = sorted.items[j];
            sorted.items[j] = sorted.items[j - 1];
            sorted.items[j - 1] = swap;
        }
    for (size_t i = 0; i < sorted.count; i++) {
        Expr *resolved;
        TRY(node_resolve(level, node, sorted.items[i]->clause, &resolved));
        expr_list_add(arena, out, resolved);
    }
    return STATUS_OK;
}

/* The condition with the side first that is made of these relations, where that can be said. */
static Expr *clause_facing(Level *level, const Qual *qual, const BitSet *first) {
    const ExprFunc *op = (const ExprFunc *)qual->clause;
    Arena *arena = level->planner->arena;
    if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2 ||
        bitset_overlap(tree_rels(arena, NULL, op->args.items[0], 0), first) ||
        !bitset_overlap(tree_rels(arena, NULL, op->args.items[1], 0), first))
        return qual->clause;
    Expr *commuted = qual_commuted(level, qual);
    return commuted == NULL ? qual->clause : commuted;
}

/* first: relations whose side of an operator is to be written first, as PostgreSQL has it. */
static Status clauses_of(Level *level, Node *node, const QualVec *quals, const BitSet *first,
                         ExprList *out) {
    for (size_t i = 0; i < quals->count; i++) {
        Expr *resolved;
        TRY(node_resolve(level, node, clause_facing(level, quals->items[i], first), &resolved));
        expr_list_add(level->planner->arena, out, resolved);
    }
    return STATUS_OK;
}

/* ---- scans ---- */

static Node *scan_node(Level *level, Path *path, size_t bytes, PlanTag tag) {
    Node *node = arena_new(level->planner->arena, Node);
    Plan *plan = plan_new(level->planner, bytes, tag);
    node->shape = NODE_SCAN;
    node->plan = plan;
    node->rel = path->rel;
    node->keys = path->keys;
    plan_costs(plan, path->startup, path->total, path->rows, path->rel->width);
    return node;
}

static Status scan_finish(Level *level, Path *path, Node *node, const QualVec *done) {
    rel_targets(level, path->rel);
    TRY(node_project(level, &node, &path->rel->targets, NULL, NULL));
    TRY(add_filter(level, node, &path->rel->restrict_, done, &node->plan->filter));
    TRY(add_filter(level, node, &path->param_quals, done, &node->plan->filter));
    node_set_identity(node);
    return STATUS_OK;
}

static void table_head(Level *level, Path *path, Node *node) {
    PlanScan *scan = (PlanScan *)node->plan;
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->relation = path->rel->entry->relation;
}

/* `column op constant` conditions that storage can use to skip. */
static void seq_ranges(Level *level, Path *path, PlanSeqScan *scan) {
    Arena *arena = level->planner->arena;
    scan->ranges = arena_array(arena, ScanRange, path->rel->restrict_.count + 1);
    for (size_t i = 0; i < path->rel->restrict_.count; i++) {
        const ExprFunc *op = (const ExprFunc *)path->rel->restrict_.items[i]->clause;
        const OperatorFamilies *families = NULL;
        if (op->tag != EXPR_FUNC || op->op == 0 || op->args.count != 2)
            continue;
        Expr *column = expr_strip_relabel(op->args.items[0]), *value = op->args.items[1];
        bool swapped = column->tag != EXPR_COLUMN;
        if (swapped) {
            column = expr_strip_relabel(op->args.items[1]);
            value = op->args.items[0];
        }
        if (column->tag != EXPR_COLUMN || ((ExprColumn *)column)->attno <= 0 ||
            (value->tag != EXPR_CONST &&
             !(value->tag == EXPR_PARAM && ((ExprParam *)value)->kind == PARAM_EXTERNAL)) ||
            value->type != column->type)
            continue;
        status_free(catalog_operator_families(level->planner->catalog, op->op, &families));
        for (uint32_t f = 0; families != NULL && f < families->count; f++) {
            int16_t strategy = families->members[f].strategy;
            if (families->members[f].am != OID_AM_BTREE || families->members[f].purpose != 's')
                continue;
            if (swapped)
                strategy = (int16_t)(6 - strategy);
            ScanRange *range = &scan->ranges[scan->range_count++];
            *range = (ScanRange){.attno = ((ExprColumn *)column)->attno};
            if (strategy >= BTREE_EQUAL) {
                range->low = value;
                range->low_inclusive = strategy != BTREE_GREATER;
            }
            if (strategy <= BTREE_EQUAL) {
                range->high = value;
                range->high_inclusive = strategy != BTREE_LESS;
            }
            break;
        }
    }
}

static Status build_seq(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanSeqScan), PLAN_SEQ_SCAN);
    PlanSeqScan *scan = (PlanSeqScan *)node->plan;
    table_head(level, path, node);
    if (path->rel->entry->sample != NULL) {
        TableSample *sample =
            arena_memdup(level->planner->arena, path->rel->entry->sample, sizeof(TableSample));
        TRY(node_resolve_list(level, node, &path->rel->entry->sample->args, &sample->args));
        TRY(node_resolve(level, node, sample->repeatable, &sample->repeatable));
        scan->sample = sample;
    }
    scan->parallel_aware = path->workers > 0;
    seq_ranges(level, path, scan);
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_tid(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanTidScan), PLAN_TID_SCAN);
    PlanTidScan *scan = (PlanTidScan *)node->plan;
    table_head(level, path, node);
    scan->current_of = path->current_of;
    if (scan->current_of != NULL) {
        scan->current_of =
            arena_memdup(level->planner->arena, scan->current_of, sizeof(ExprCurrentOf));
        scan->current_of->rt_index += level->rt_offset;
    }
    TRY(node_resolve_list(level, node, &path->tids, &scan->tids));
    if (path->current_of == NULL)
        TRY(clauses_of(level, node, &path->tid_quals, path->rel->relids, &scan->conditions));
    *node_out = node;
    return scan_finish(level, path, node, &path->tid_quals);
}

static Status build_point(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanPointGet), PLAN_POINT_GET);
    PlanPointGet *get = (PlanPointGet *)node->plan;
    table_head(level, path, node);
    get->index = path->index->index->desc->oid;
    for (uint32_t i = 0; i < path->index->bound_count; i++) {
        Expr *key;
        TRY(node_resolve(level, node, path->index->bounds[i].low, &key));
        expr_list_add(level->planner->arena, &get->keys, key);
    }
    TRY(clauses_of(level, node, &path->index->conditions, path->rel->relids, &get->conditions));
    *node_out = node;
    return scan_finish(level, path, node, &path->index->conditions);
}

/* Its conditions stay in the filter. */
static Status finish_gin(Level *level, Path *path, Node *node) {
    PlanIndexScan *scan = (PlanIndexScan *)node->plan;
    IndexPath *ip = path->index;
    scan->gin_count = ip->gin_count;
    scan->gin_any = ip->gin_any;
    scan->gin = arena_array(level->planner->arena, PlanGinClause, ip->gin_count + 1);
    for (uint32_t i = 0; i < ip->gin_count; i++) {
        scan->gin[i] = ip->gin[i];
        TRY(node_resolve(level, node, ip->gin[i].query, &scan->gin[i].query));
    }
    return scan_finish(level, path, node, NULL);
}

static Status bounds_of(Level *level, Node *node, const IndexPath *ip, IndexBound **out) {
    IndexBound *bounds = arena_array(level->planner->arena, IndexBound, ip->bound_count + 1);
    for (uint32_t i = 0; i < ip->bound_count; i++) {
        const IndexBound *from = &ip->bounds[i];
        bounds[i] = *from;
        TRY(node_resolve(level, node, from->low, &bounds[i].low));
        TRY(node_resolve(level, node, from->high, &bounds[i].high));
        TRY(node_resolve_list(level, node, &from->low_rest, &bounds[i].low_rest));
        TRY(node_resolve_list(level, node, &from->high_rest, &bounds[i].high_rest));
    }
    *out = bounds;
    return STATUS_OK;
}

static Status build_index(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanIndexScan), PLAN_INDEX_SCAN);
    PlanIndexScan *scan = (PlanIndexScan *)node->plan;
    IndexPath *ip = path->index;
    table_head(level, path, node);
    scan->index = ip->index->desc->oid;
    scan->index_only = ip->index_only;
    scan->backward = ip->backward;
    scan->ordered = ip->ordered || !ip->by_rowid;
    scan->bound_count = ip->bound_count;
    TRY(bounds_of(level, node, ip, &scan->bounds));
    TRY(clauses_of(level, node, &ip->conditions, ip->gin_count > 0 ? NULL : path->rel->relids,
                   &scan->conditions));
    *node_out = node;
    if (ip->gin_count > 0)
        return finish_gin(level, path, node);
    return scan_finish(level, path, node, &ip->conditions);
}

static Status bitmap_of(Level *level, Path *path, Node *node, const PathBitmap *from,
                        PlanBitmap **out) {
    Arena *arena = level->planner->arena;
    PlanBitmap *bitmap = arena_new(arena, PlanBitmap);
    *out = bitmap;
    bitmap->kind = from->kind;
    bitmap->total_cost = from->cost;
    bitmap->rows = from->rows;
    if (from->kind == BITMAP_INDEX) {
        bitmap->index = from->index->index->desc->oid;
        bitmap->bound_count = from->index->bound_count;
        TRY(bounds_of(level, node, from->index, &bitmap->bounds));
        return clauses_of(level, node, &from->index->conditions, path->rel->relids,
                          &bitmap->conditions);
    }
    bitmap->part_count = (uint32_t)from->parts.count;
    bitmap->parts = arena_array(arena, PlanBitmap *, from->parts.count);
    for (uint32_t i = 0; i < bitmap->part_count; i++)
        TRY(bitmap_of(level, path, node, from->parts.items[i], &bitmap->parts[i]));
    return STATUS_OK;
}

static Status build_bitmap(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanBitmapScan), PLAN_BITMAP_SCAN);
    PlanBitmapScan *scan = (PlanBitmapScan *)node->plan;
    table_head(level, path, node);
    TRY(bitmap_of(level, path, node, path->bitmap, &scan->bitmap));
    TRY(clauses_of(level, node, &path->bitmap->conditions, NULL, &scan->conditions));
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static void bind_lateral(Level *level, Rel *rel) {
    for (size_t i = 0; i < rel->lateral_params.count; i++) {
        LoopBinding *own = &rel->lateral_params.items[i];
        bool known = false;
        for (size_t b = 0; b < level->bindings.count; b++)
            known |= level->bindings.items[b].param == own->param;
        if (!known)
            vec_push(&level->bindings, level->planner->arena, *own);
    }
}

static Status build_subquery(Level *level, Path *path, Node **node_out) {
    Rel *rel = path->rel;
    Node *node = scan_node(level, path, sizeof(PlanSubqueryScan), PLAN_SUBQUERY_SCAN);
    bind_lateral(level, rel);
    node->plan->left = rel->sub_node->plan;
    ((PlanSubqueryScan *)node->plan)->rt_index = level->rt_offset + rel->rt_index;
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_function(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *node = scan_node(level, path, sizeof(PlanFunctionScan), PLAN_FUNCTION_SCAN);
    PlanFunctionScan *scan = (PlanFunctionScan *)node->plan;
    RangeEntry *entry = path->rel->entry;
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->function_count = entry->function_count;
    scan->functions = arena_array(planner->arena, RangeFunction, entry->function_count + 1);
    for (uint32_t i = 0; i < entry->function_count; i++) {
        scan->functions[i] = entry->functions[i];
        TRY(node_resolve(level, node, entry->functions[i].call, &scan->functions[i].call));
    }
    scan->ordinality = entry->ordinality;
    scan->column_count = entry->column_count;
    scan->column_types = entry->column_types;
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_table_func(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *node = scan_node(level, path, sizeof(PlanTableFuncScan), PLAN_TABLE_FUNC_SCAN);
    PlanTableFuncScan *scan = (PlanTableFuncScan *)node->plan;
    TableFunc *func = arena_memdup(planner->arena, path->rel->entry->table_func, sizeof(TableFunc));
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->func = func;
    TRY(node_resolve(level, node, func->document, &func->document));
    TRY(node_resolve(level, node, func->row, &func->row));
    func->paths = arena_memdup(planner->arena, func->paths, func->column_count * sizeof(Expr *));
    func->defaults =
        arena_memdup(planner->arena, func->defaults, func->column_count * sizeof(Expr *));
    for (uint32_t i = 0; i < func->column_count; i++) {
        TRY(node_resolve(level, node, func->paths[i], &func->paths[i]));
        TRY(node_resolve(level, node, func->defaults[i], &func->defaults[i]));
    }
    func->namespace_uris.items = arena_memdup(planner->arena, func->namespace_uris.items,
                                              func->namespace_uris.count * sizeof(Expr *));
    for (uint32_t i = 0; i < func->namespace_uris.count; i++)
        TRY(node_resolve(level, node, func->namespace_uris.items[i],
                         &func->namespace_uris.items[i]));
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_values(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *node = scan_node(level, path, sizeof(PlanValuesScan), PLAN_VALUES_SCAN);
    PlanValuesScan *scan = (PlanValuesScan *)node->plan;
    RangeEntry *entry = path->rel->entry;
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->column_count = entry->column_count;
    scan->column_types = entry->column_types;
    scan->value_count = entry->row_count;
    scan->values = arena_array(planner->arena, ExprList, entry->row_count + 1);
    for (uint32_t i = 0; i < entry->row_count; i++)
        TRY(node_resolve_list(level, node, &entry->rows[i], &scan->values[i]));
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_cte(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanCteScan), PLAN_CTE_SCAN);
    PlanCteScan *scan = (PlanCteScan *)node->plan;
    Level *owner;
    uint32_t index;
    TRY(cte_of(level, path->rel->entry, &owner, &index));
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->plan = owner->cte_plans[index];
    scan->cte_name = path->rel->entry->cte_name;
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_work_table(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanWorkTableScan), PLAN_WORK_TABLE_SCAN);
    PlanWorkTableScan *scan = (PlanWorkTableScan *)node->plan;
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->union_id = (uint32_t)worktable_owner(level, path->rel->entry)->worktable_union;
    scan->cte_name = path->rel->entry->cte_name;
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_transition(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanTransitionScan), PLAN_TRANSITION_SCAN);
    PlanTransitionScan *scan = (PlanTransitionScan *)node->plan;
    scan->rt_index = level->rt_offset + path->rel->rt_index;
    scan->name = path->rel->entry->cte_name;
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

static Status build_result(Level *level, Path *path, Node **node_out) {
    Node *node = scan_node(level, path, sizeof(PlanResult), PLAN_RESULT);
    *node_out = node;
    return scan_finish(level, path, node, NULL);
}

/* ---- joins ---- */

static Node *join_node(Level *level, Path *path, Node *left, Node *right, size_t bytes,
                       PlanTag tag) {
    Node *node = arena_new(level->planner->arena, Node);
    PlanJoin *plan = plan_new(level->planner, bytes, tag);
    node->shape = NODE_JOIN;
    node->plan = (Plan *)plan;
    node->rel = path->rel;
    node->left = left;
    node->right = right;
    node->keys = path->keys;
    plan->left = left->plan;
    plan->right = right->plan;
    plan->join_kind = path->join_kind;
    plan->inner_unique = path->inner_unique;
    plan_costs((Plan *)plan, path->startup, path->total, path->rows, path->rel->width);
    return node;
}

static Status join_finish(Level *level, Path *path, Node *node, const QualVec *keys) {
    PlanJoin *plan = (PlanJoin *)node->plan;
    QualVec match = {0}, filter = {0};
    bool outer = path->join_kind != JOIN_INNER && path->join_kind != JOIN_SEMI;
    for (size_t i = 0; i < path->join_quals.count; i++) {
        Qual *qual = path->join_quals.items[i];
        bool above =
            outer && (qual->pushed_down || !bitset_subset(qual->required, path->rel->relids));
        vec_push(above ? &filter : &match, level->planner->arena, qual);
    }
    TRY(add_filter(level, node, &match, keys, &plan->conditions));
    node->right_nulled = path->join_kind == JOIN_LEFT || path->join_kind == JOIN_FULL;
    node->left_nulled = path->join_kind == JOIN_RIGHT || path->join_kind == JOIN_FULL;
    TRY(add_filter(level, node, &filter, keys, &plan->filter));
    rel_targets(level, path->rel);
    return node_project(level, &node, &path->rel->targets, NULL, NULL);
}

/* A volatile function in FROM that needs nothing of the rows outside gives each of them the same. */
static Node *call_once(Level *level, const Path *path, Node *node) {
    const PlanFunctionScan *scan = (const PlanFunctionScan *)node->plan;
    bool is_volatile = false;
    if (node->plan->tag != PLAN_FUNCTION_SCAN || !bitset_empty(path->outer))
        return node;
    for (uint32_t i = 0; i < scan->function_count; i++)
        is_volatile |= expr_is_volatile(level->planner, scan->functions[i].call);
    if (!is_volatile)
        return node;
    Plan *plan = PLAN_NEW(level->planner, Plan, PLAN_MATERIALIZE);
    Node *material = node_over(level->planner, plan, node);
    material->rel = node->rel;
    plan_costs(plan, path->startup, path->total, path->rows, node->plan->width);
    return material;
}

static Status build_loop(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *left, *right;
    TRY(path_build(level, path->left, &left));
    BitSet *saved = level->bind_rels;
    size_t before = level->bindings.count;
    level->bind_rels = bitset_union(planner->arena, saved, path->left->rel->relids);
    TRY(path_build(level, path->right, &right));
    level->bind_rels = saved;
    right = call_once(level, path->right, right);
    Node *node = join_node(level, path, left, right, sizeof(PlanNestedLoop), PLAN_NESTED_LOOP);
    PlanNestedLoop *plan = (PlanNestedLoop *)node->plan;
    plan->loop_params = arena_array(planner->arena, LoopParam, level->bindings.count + 1);
    size_t kept = before;
    for (size_t i = before; i < level->bindings.count; i++) {
        LoopBinding binding = level->bindings.items[i];
        if (!bitset_subset(binding.rels, path->left->rel->relids)) {
            level->bindings.items[kept++] = binding;
            continue;
        }
        LoopParam *param = &plan->loop_params[plan->loop_param_count++];
        param->param = binding.param;
        uint32_t column;
        TRY(node_need(level, &left, binding.expr, &column));
        plan->left = left->plan;
        node->left = left;
        TRY(node_above(level, left, binding.expr, &param->value));
    }
    level->bindings.count = kept;
    *node_out = node;
    return join_finish(level, path, node, NULL);
}

/* The operands of a join key, left side's first. */
static Status join_key(Level *level, Path *path, Node *node, const Qual *qual, Expr **left_out,
                       Expr **right_out, Oid *op_out, Oid *collation_out) {
    const ExprFunc *op = (const ExprFunc *)qual->clause;
    bool left_first = bitset_subset(qual->left_rels, path->left->rel->relids);
    TRY(node_resolve(level, node, op->args.items[!left_first], left_out));
    TRY(node_resolve(level, node, op->args.items[left_first], right_out));
    *op_out = op->op;
    *collation_out = op->input_collation;
    if (!left_first) {
        const OperatorDesc *oper;
        TRY(catalog_operator_require(level->planner->catalog, op->op, &oper));
        if (oper->commutator != 0)
            *op_out = oper->commutator;
    }
    return STATUS_OK;
}

static Status build_hash(Level *level, Path *path, Node **node_out) {
    Arena *arena = level->planner->arena;
    Node *left, *right;
    TRY(path_build(level, path->left, &left));
    TRY(path_build(level, path->right, &right));
    Node *node = join_node(level, path, left, right, sizeof(PlanHashJoin), PLAN_HASH_JOIN);
    PlanHashJoin *plan = (PlanHashJoin *)node->plan;
    plan->ops = arena_array(arena, Oid, path->merge_quals.count + 1);
    plan->collations = arena_array(arena, Oid, path->merge_quals.count + 1);
    for (size_t i = 0; i < path->merge_quals.count; i++) {
        Expr *l, *r;
        TRY(join_key(level, path, node, path->merge_quals.items[i], &l, &r, &plan->ops[i],
                     &plan->collations[i]));
        expr_list_add(arena, &plan->left_keys, l);
        expr_list_add(arena, &plan->right_keys, r);
    }
    TRY(clauses_of(level, node, &path->merge_quals, path->left->rel->relids,
                   &plan->key_conditions));
    *node_out = node;
    return join_finish(level, path, node, &path->merge_quals);
}

static Status build_merge(Level *level, Path *path, Node **node_out) {
    Arena *arena = level->planner->arena;
    Node *left, *right;
    TRY(path_build(level, path->left, &left));
    TRY(path_build(level, path->right, &right));
    if (path->left_sort.count > 0)
        TRY(node_sort_keys(level, &left, path->left_sort));
    if (path->right_sort.count > 0)
        TRY(node_sort_keys(level, &right, path->right_sort));
    Node *node = join_node(level, path, left, right, sizeof(PlanMergeJoin), PLAN_MERGE_JOIN);
    PlanMergeJoin *plan = (PlanMergeJoin *)node->plan;
    size_t count = path->merge_quals.count;
    plan->ops = arena_array(arena, Oid, count + 1);
    plan->collations = arena_array(arena, Oid, count + 1);
    plan->descending = arena_array(arena, bool, count + 1);
    plan->nulls_first = arena_array(arena, bool, count + 1);
    PathKeys keys = path->left_sort.count > 0 ? path->left_sort : path->left->keys;
    for (size_t i = 0; i < count; i++) {
        Expr *l, *r;
        TRY(join_key(level, path, node, path->merge_quals.items[i], &l, &r, &plan->ops[i],
                     &plan->collations[i]));
        expr_list_add(arena, &plan->left_keys, l);
        expr_list_add(arena, &plan->right_keys, r);
        if (i < keys.count) {
            plan->descending[i] = keys.keys[i].descending;
            plan->nulls_first[i] = keys.keys[i].nulls_first;
        }
    }
    plan->skip_mark_restore = path->inner_unique;
    TRY(clauses_of(level, node, &path->merge_quals, path->left->rel->relids,
                   &plan->key_conditions));
    *node_out = node;
    return join_finish(level, path, node, &path->merge_quals);
}

/* ---- on top of others ---- */

static Status build_material(Level *level, Path *path, Node **node_out) {
    Node *child;
    TRY(path_build(level, path->child, &child));
    Plan *plan = PLAN_NEW(level->planner, Plan, PLAN_MATERIALIZE);
    *node_out = node_over(level->planner, plan, child);
    (*node_out)->rel = path->rel;
    plan_costs(plan, path->startup, path->total, path->rows, child->plan->width);
    return STATUS_OK;
}

static Status build_memoize(Level *level, Path *path, Node **node_out) {
    Arena *arena = level->planner->arena;
    Node *child;
    TRY(path_build(level, path->child, &child));
    PlanMemoize *plan = PLAN_NEW(level->planner, PlanMemoize, PLAN_MEMOIZE);
    plan->ops = arena_array(arena, Oid, path->memo_keys.count + 1);
    plan->collations = arena_array(arena, Oid, path->memo_keys.count + 1);
    for (uint32_t i = 0; i < path->memo_keys.count; i++) {
        const Expr *key = path->memo_keys.items[i];
        Expr *value;
        TRY(node_resolve(level, child, (Expr *)(uintptr_t)key, &value));
        expr_list_add(arena, &plan->keys, value);
        TRY(oper_sort_group(&level->planner->an, key->type, false, true, false, NULL, &plan->ops[i],
                            NULL, NULL));
        plan->collations[i] = key->collation;
    }
    plan->single_row = path->rows <= 1 && path->child->kind == PATH_POINT;
    *node_out = node_over(level->planner, (Plan *)plan, child);
    (*node_out)->rel = path->rel;
    plan_costs((Plan *)plan, path->startup, path->total, path->rows, child->plan->width);
    return STATUS_OK;
}

Status path_build(Level *level, Path *path, Node **node_out) {
    TRY(fiber_stack_check());
    switch (path->kind) {
    case PATH_SEQ:
        return build_seq(level, path, node_out);
    case PATH_TID:
        return build_tid(level, path, node_out);
    case PATH_INDEX:
        return build_index(level, path, node_out);
    case PATH_BITMAP:
        return build_bitmap(level, path, node_out);
    case PATH_POINT:
        return build_point(level, path, node_out);
    case PATH_SUBQUERY:
        return build_subquery(level, path, node_out);
    case PATH_FUNCTION:
        return build_function(level, path, node_out);
    case PATH_TABLE_FUNC:
        return build_table_func(level, path, node_out);
    case PATH_VALUES:
        return build_values(level, path, node_out);
    case PATH_CTE:
        return build_cte(level, path, node_out);
    case PATH_WORK_TABLE:
        return build_work_table(level, path, node_out);
    case PATH_TRANSITION:
        return build_transition(level, path, node_out);
    case PATH_GATHER:
        return parallel_build_gather(level, path, node_out);
    case PATH_LOOP:
        return build_loop(level, path, node_out);
    case PATH_HASH:
        return build_hash(level, path, node_out);
    case PATH_MERGE:
        return build_merge(level, path, node_out);
    case PATH_APPEND:
        return append_build_path(level, path, node_out);
    case PATH_MATERIAL:
        return build_material(level, path, node_out);
    case PATH_UNIQUE:
        return build_unique(level, path, node_out);
    case PATH_MEMOIZE:
        return build_memoize(level, path, node_out);
    default:
        return build_result(level, path, node_out);
    }
}
