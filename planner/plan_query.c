/* plan_query.c: the way in to planning, and what is settled once the tree stands: node numbers,
 * parameters, permissions, micro-programs. */
#include "mvcc/table.h"
#include "planner/upper_int.h"

#include <math.h>

Status note_relation(Planner *planner, const RelationDesc *desc, uint8_t lock_mode) {
    for (size_t i = 0; i < planner->relations.count; i++) {
        PlanRelation *known = &planner->relations.items[i];
        if (known->relation == desc->oid) {
            known->lock_mode = MAX(known->lock_mode, lock_mode);
            return STATUS_OK;
        }
    }
    PlanRelation entry = {desc->oid, desc->desc.version, lock_mode};
    vec_push(&planner->relations, planner->arena, entry);
    return STATUS_OK;
}

/* ---- the finished tree ---- */

typedef struct Finish {
    Planner *planner;
    BitSet *params; /* exec params read below, not set there */
} Finish;

static BitSet *finish_plan(Planner *planner, Plan *plan);

static bool params_visit(Expr *expr, void *arg) {
    Finish *finish = arg;
    Arena *arena = finish->planner->arena;
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_EXEC) {
        uint32_t number = ((ExprParam *)expr)->number;
        finish->params = bitset_add(arena, finish->params, (int)number);
        finish->params =
            bitset_add_set(arena, finish->params, finish->planner->param_sources[number]);
    }
    if (expr->tag == EXPR_SUB_PLAN) {
        ExprSubPlan *sub = (ExprSubPlan *)expr;
        Plan *plan = finish->planner->subplans.items[sub->plan];
        BitSet *below = bitset_copy(arena, plan->params);
        Finish test = {finish->planner, NULL};
        for (uint32_t i = 0; i < sub->args.count; i++)
            bitset_remove(below, (int)sub->param_ids[i]);
        if (sub->test != NULL)
            params_visit(sub->test, &test);
        for (uint32_t i = 0; i < sub->column_param_count; i++)
            bitset_remove(test.params, (int)sub->column_params[i]);
        if (!bitset_empty(below) && sub->use_hash) {
            sub->use_hash = false; /* the table would be that of other values */
            sub->name = arena_printf(arena, "SubPlan %u", sub->plan + 1);
        }
        finish->params = bitset_add_set(arena, finish->params, below);
        finish->params = bitset_add_set(arena, finish->params, test.params);
        return expr_list_walk(&sub->args, params_visit, arg);
    }
    return expr_walk(expr, params_visit, arg);
}

static void visit_expr(Finish *finish, Expr *expr) {
    if (expr != NULL)
        params_visit(expr, finish);
}

static void visit_list(Finish *finish, const ExprList *list) {
    expr_list_walk(list, params_visit, finish);
}

static void visit_bounds(Finish *finish, const IndexBound *bounds, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        visit_expr(finish, bounds[i].low);
        visit_expr(finish, bounds[i].high);
        visit_list(finish, &bounds[i].low_rest);
        visit_list(finish, &bounds[i].high_rest);
    }
}

static void visit_bitmap(Finish *finish, const PlanBitmap *bitmap) {
    visit_bounds(finish, bitmap->bounds, bitmap->bound_count);
    for (uint32_t i = 0; i < bitmap->part_count; i++)
        visit_bitmap(finish, bitmap->parts[i]);
}

static void visit_index_scan(Finish *finish, const PlanIndexScan *scan) {
    visit_bounds(finish, scan->bounds, scan->bound_count);
    for (uint32_t i = 0; i < scan->gin_count; i++)
        visit_expr(finish, scan->gin[i].query);
}

static void visit_table_func(Finish *finish, TableFunc *func) {
    visit_expr(finish, func->document);
    visit_expr(finish, func->row);
    visit_list(finish, &func->namespace_uris);
    for (uint32_t i = 0; i < func->column_count; i++) {
        visit_expr(finish, func->paths[i]);
        visit_expr(finish, func->defaults[i]);
    }
}

static void visit_hash_keys(Finish *finish, PlanHashJoin *join) {
    Finish keys = {finish->planner, NULL};
    visit_list(finish, &join->left_keys);
    visit_list(&keys, &join->right_keys);
    join->right_key_params = keys.params;
    finish->params = bitset_add_set(finish->planner->arena, finish->params, keys.params);
}

static void visit_own(Finish *finish, Plan *plan) {
    switch (plan->tag) {
    case PLAN_TID_SCAN:
        visit_list(finish, &((PlanTidScan *)plan)->tids);
        break;
    case PLAN_INDEX_SCAN:
        visit_index_scan(finish, (PlanIndexScan *)plan);
        break;
    case PLAN_BITMAP_SCAN:
        visit_bitmap(finish, ((PlanBitmapScan *)plan)->bitmap);
        break;
    case PLAN_POINT_GET:
        visit_list(finish, &((PlanPointGet *)plan)->keys);
        break;
    case PLAN_FUNCTION_SCAN:
        for (uint32_t i = 0; i < ((PlanFunctionScan *)plan)->function_count; i++)
            visit_expr(finish, ((PlanFunctionScan *)plan)->functions[i].call);
        break;
    case PLAN_TABLE_FUNC_SCAN:
        visit_table_func(finish, ((PlanTableFuncScan *)plan)->func);
        break;
    case PLAN_VALUES_SCAN:
        for (uint32_t i = 0; i < ((PlanValuesScan *)plan)->value_count; i++)
            visit_list(finish, &((PlanValuesScan *)plan)->values[i]);
        break;
    case PLAN_NESTED_LOOP:
    case PLAN_HASH_JOIN:
    case PLAN_MERGE_JOIN:
        visit_list(finish, &((PlanJoin *)plan)->conditions);
        if (plan->tag == PLAN_HASH_JOIN)
            visit_hash_keys(finish, (PlanHashJoin *)plan);
        break;
    case PLAN_AGGREGATE: {
        PlanAggregate *agg = (PlanAggregate *)plan;
        visit_list(finish, &agg->keys);
        for (uint32_t i = 0; i < agg->agg_count; i++)
            visit_expr(finish, (Expr *)agg->aggs[i]);
        break;
    }
    case PLAN_WINDOW: {
        PlanWindow *window = (PlanWindow *)plan;
        for (uint32_t i = 0; i < window->call_count; i++)
            visit_expr(finish, (Expr *)window->calls[i]);
        visit_expr(finish, window->frame.start_offset);
        visit_expr(finish, window->frame.end_offset);
        break;
    }
    case PLAN_LIMIT:
        visit_expr(finish, ((PlanLimit *)plan)->limit);
        visit_expr(finish, ((PlanLimit *)plan)->offset);
        break;
    case PLAN_MEMOIZE:
        visit_list(finish, &((PlanMemoize *)plan)->keys);
        break;
    case PLAN_APPEND:
        if (((PlanAppend *)plan)->prune != NULL)
            visit_list(finish, &((PlanAppend *)plan)->prune->values);
        break;
    case PLAN_MERGE_APPEND:
        if (((PlanMergeAppend *)plan)->prune != NULL)
            visit_list(finish, &((PlanMergeAppend *)plan)->prune->values);
        break;
    default:
        break;
    }
}

static void children_finish(Planner *planner, Plan *plan, Finish *finish) {
    Arena *arena = planner->arena;
    if (plan->left != NULL)
        finish->params = bitset_add_set(arena, finish->params, finish_plan(planner, plan->left));
    if (plan->right != NULL) {
        BitSet *right = bitset_copy(arena, finish_plan(planner, plan->right));
        if (plan->tag == PLAN_NESTED_LOOP) {
            PlanNestedLoop *loop = (PlanNestedLoop *)plan;
            for (uint32_t i = 0; i < loop->loop_param_count; i++) {
                bitset_remove(right, (int)loop->loop_params[i].param);
                visit_expr(finish, loop->loop_params[i].value);
            }
        }
        finish->params = bitset_add_set(arena, finish->params, right);
    }
    if (plan->tag == PLAN_CTE_SCAN)
        finish->params = bitset_add_set(
            arena, finish->params, planner->subplans.items[((PlanCteScan *)plan)->plan]->params);
    if (plan->tag == PLAN_MERGE_APPEND)
        for (uint32_t i = 0; i < ((PlanMergeAppend *)plan)->child_count; i++)
            finish->params =
                bitset_add_set(arena, finish->params,
                               finish_plan(planner, ((PlanMergeAppend *)plan)->children[i]));
    if (plan->tag == PLAN_APPEND)
        for (uint32_t i = 0; i < ((PlanAppend *)plan)->child_count; i++)
            finish->params = bitset_add_set(
                arena, finish->params, finish_plan(planner, ((PlanAppend *)plan)->children[i]));
}

/* A parent whose expressions alone say which columns of its input it reads. */
static bool picks_columns(const Plan *plan) {
    return plan->tag == PLAN_AGGREGATE || plan->tag == PLAN_NESTED_LOOP ||
           plan->tag == PLAN_HASH_JOIN || plan->tag == PLAN_MERGE_JOIN;
}

/* A subquery scan that does nothing is its subquery. */
static Plan *skip_trivial(const Plan *parent, Plan *plan) {
    while (parent != NULL && picks_columns(parent) && plan != NULL &&
           plan->tag == PLAN_SUBQUERY_SCAN && plan->target_count == 0 && plan->filter.count == 0 &&
           plan->init_count == 0 && plan->left != NULL)
        plan = plan->left;
    while (plan != NULL && plan->tag == PLAN_SUBQUERY_SCAN && plan->identity &&
           plan->filter.count == 0 && plan->init_count == 0 && plan->left != NULL &&
           plan->left->target_count == plan->target_count) {
        for (uint32_t i = 0; i < plan->target_count; i++)
            if (plan->targets[i].name != NULL)
                plan->left->targets[i].name = plan->targets[i].name;
        plan = plan->left;
    }
    return plan;
}

/* What of its input's parameters init plans set is known before workers start. */
static void gather_params(Planner *planner, PlanGather *plan) {
    const BitSet *read = plan->left->params;
    plan->evaluated = arena_array(planner->arena, uint32_t, (size_t)bitset_count(read) + 1);
    for (int param = bitset_next(read, -1); param >= 0; param = bitset_next(read, param))
        if (bitset_has(planner->init_params, param))
            plan->evaluated[plan->evaluated_count++] = (uint32_t)param;
}

static BitSet *finish_plan(Planner *planner, Plan *plan) {
    Finish finish = {planner, NULL};
    Arena *arena = planner->arena;
    plan->left = skip_trivial(plan, plan->left);
    plan->right = skip_trivial(plan, plan->right);
    if (plan->tag == PLAN_APPEND)
        for (uint32_t i = 0; i < ((PlanAppend *)plan)->child_count; i++)
            ((PlanAppend *)plan)->children[i] =
                skip_trivial(plan, ((PlanAppend *)plan)->children[i]);
    plan->id = planner->out->node_count++;
    for (uint32_t i = 0; i < plan->init_count; i++)
        for (uint32_t p = 0; p < plan->inits[i].param_count; p++)
            planner->param_sources[plan->inits[i].params[p]] =
                planner->subplans.items[plan->inits[i].plan]->params;
    for (uint32_t i = 0; i < plan->target_count; i++)
        visit_expr(&finish, plan->targets[i].expr);
    visit_list(&finish, &plan->filter);
    visit_expr(&finish, plan->one_time);
    visit_own(&finish, plan);
    children_finish(planner, plan, &finish);
    for (uint32_t i = 0; i < plan->init_count; i++) {
        const PlanInit *init = &plan->inits[i];
        finish.params =
            bitset_add_set(arena, finish.params, planner->subplans.items[init->plan]->params);
        for (uint32_t p = 0; p < init->param_count; p++)
            bitset_remove(finish.params, (int)init->params[p]);
    }
    if (plan->tag == PLAN_GATHER)
        gather_params(planner, (PlanGather *)plan);
    plan->params = bitset_empty(finish.params) ? NULL : finish.params;
    return plan->params;
}

/* ---- the statement's facts ---- */

static void result_columns(PlannedStatement *out, const Query *query, Arena *arena) {
    const TargetList *targets =
        query->command == COMMAND_SELECT ? &query->targets : &query->returning;
    out->columns = arena_array(arena, ResultColumn, targets->count + 1);
    for (uint32_t i = 0; i < targets->count; i++) {
        const Target *target = targets->items[i];
        if (target->junk)
            continue;
        out->columns[out->column_count++] =
            (ResultColumn){target->name != NULL ? target->name : "?column?", target->expr->type,
                           target->expr->typmod, target->origin_table, target->origin_column};
    }
    out->has_returning = query->command != COMMAND_SELECT && out->column_count > 0;
}

static void collect_permissions(Planner *planner) {
    for (size_t i = 0; i < planner->range_table.count; i++) {
        const RangeEntry *entry = planner->range_table.items[i];
        Oid relation = entry->kind == RTE_RELATION ? entry->relation : entry->view;
        if (relation == 0 || entry->required_rights == 0)
            continue;
        PlanPermission permission = {relation,
                                     entry->required_rights,
                                     entry->check_as_user,
                                     entry->selected_columns,
                                     entry->inserted_columns,
                                     entry->updated_columns};
        vec_push(&planner->permissions, planner->arena, permission);
    }
}

typedef struct Facts {
    Planner *planner;
    bool row_marks;
    uint32_t level;
} Facts;

static void note_function(Planner *planner, Oid function) {
    const ProcDesc *proc = NULL;
    status_free(catalog_proc(planner->catalog, function, &proc));
    if (proc == NULL)
        return;
    if (proc->volatility == 'v')
        planner->has_volatile = true;
    if (proc->parallel == 'u')
        planner->parallel_ok = false;
    if (proc->acl == NULL && function < OID_FIRST_NORMAL)
        return;
    for (size_t i = 0; i < planner->functions.count; i++)
        if (planner->functions.items[i] == function)
            return;
    vec_push(&planner->functions, planner->arena, function);
}

static bool facts_visit(Expr *expr, void *arg) {
    Facts *facts = arg;
    switch (expr->tag) {
    case EXPR_FUNC:
        note_function(facts->planner, ((ExprFunc *)expr)->function);
        break;
    case EXPR_AGG:
        note_function(facts->planner, ((ExprAgg *)expr)->function);
        break;
    case EXPR_WINDOW_CALL:
        note_function(facts->planner, ((ExprWindowCall *)expr)->function);
        break;
    case EXPR_SCALAR_ARRAY_OP:
        note_function(facts->planner, ((ExprScalarArrayOp *)expr)->function);
        break;
    case EXPR_NEXT_VALUE:
        facts->planner->has_volatile = true;
        facts->planner->parallel_ok = false;
        break;
    default:
        break;
    }
    return expr_walk_levels(expr, &facts->level, facts_visit, arg);
}

void planner_note_expr(Planner *planner, Expr *expr) {
    Facts facts = {.planner = planner};
    facts_visit(expr, &facts);
}

void planner_note_query(Planner *planner, Query *query) {
    Facts facts = {.planner = planner};
    query_walk(query, &facts.level, facts_visit, &facts);
    planner->out->depends_on_role |= query->has_row_security;
}

static bool has_marks(const Query *query) {
    bool any = query->row_mark_count > 0 && query->has_for_update;
    for (uint32_t i = 0; i < query->range_count; i++)
        if (query->range_table[i]->kind == RTE_SUBQUERY)
            any |= has_marks(query->range_table[i]->subquery);
    return any;
}

static MicroKind micro_kind(const Planner *planner, const Plan *plan) {
    if (planner->subplans.count > 0 || plan->init_count > 0)
        return MICRO_NONE;
    if (plan->tag == PLAN_POINT_GET)
        return MICRO_POINT_GET;
    if (plan->tag == PLAN_RESULT && plan->left == NULL)
        return MICRO_VALUE;
    if (plan->tag != PLAN_MODIFY || plan->left == NULL)
        return MICRO_NONE;
    const PlanModify *modify = (const PlanModify *)plan;
    if (modify->root != 0 || modify->tableoid_column >= 0 ||
        (modify->relation_count > 0 && modify->relations[0].partition_check != NULL))
        return MICRO_NONE;
    if (modify->command == COMMAND_INSERT && plan->left->tag == PLAN_RESULT &&
        plan->left->left == NULL && plan->left->one_time == NULL)
        return MICRO_INSERT;
    if (plan->left->tag != PLAN_POINT_GET)
        return MICRO_NONE;
    return modify->command == COMMAND_UPDATE   ? MICRO_POINT_UPDATE
           : modify->command == COMMAND_DELETE ? MICRO_POINT_DELETE
                                               : MICRO_NONE;
}

static void planner_init(Planner *planner, EvalEnv *env, Arena *arena,
                         const PlannerSettings *settings, const PlanOptions *options) {
    *planner = (Planner){.env = env,
                         .catalog = env->catalog,
                         .arena = arena,
                         .settings = settings,
                         .options = options};
    planner->an =
        (Analyzer){.env = env, .catalog = env->catalog, .arena = arena, .settings = settings};
}

static void publish(Planner *planner, Node *node) {
    PlannedStatement *out = planner->out;
    planner->param_sources =
        arena_zalloc(planner->arena, (planner->exec_params.count + 1) * sizeof(BitSet *));
    out->plan = skip_trivial(NULL, node->plan);
    for (size_t i = 0; i < planner->subplans.count; i++) {
        planner->subplans.items[i] = skip_trivial(NULL, planner->subplans.items[i]);
        finish_plan(planner, planner->subplans.items[i]);
    }
    finish_plan(planner, out->plan);
    collect_permissions(planner);
    out->range_table = planner->range_table.items;
    out->range_count = (uint32_t)planner->range_table.count;
    out->subplans = planner->subplans.items;
    out->subplan_count = (uint32_t)planner->subplans.count;
    out->exec_param_count = (uint32_t)planner->exec_params.count;
    out->exec_param_types = planner->exec_params.items;
    out->modifying_subplans = planner->modifying.items;
    out->modifying_count = (uint32_t)planner->modifying.count;
    out->relations = planner->relations.items;
    out->relation_count = (uint32_t)planner->relations.count;
    out->permissions = planner->permissions.items;
    out->permission_count = (uint32_t)planner->permissions.count;
    out->functions = planner->functions.items;
    out->function_count = (uint32_t)planner->functions.count;
    out->has_volatile = planner->has_volatile;
    out->micro = micro_kind(planner, out->plan);
}

/* Plans one rewritten query into out. */
static Status plan_rewritten(const Planner *like, Query *query, PlannedStatement *out) {
    Planner *planner = arena_new(like->arena, Planner);
    planner_init(planner, like->env, like->arena, like->settings, like->options);
    planner->out = out;
    out->query = query;
    Facts facts = {.planner = planner};
    planner->parallel_ok = query->command == COMMAND_SELECT && !has_marks(query) &&
                           !query->has_modifying_cte &&
                           (planner->options == NULL || planner->options->tuple_fraction == 0);
    query_walk(query, &facts.level, facts_visit, &facts);
    out->depends_on_role = query->has_row_security;
    out->read_only =
        query->command == COMMAND_SELECT && !has_marks(query) && !query->has_modifying_cte;
    result_columns(out, query, planner->arena);
    Node *node;
    Level *level = level_make(planner, NULL, query);
    TRY(level_plan(level, planner->options != NULL ? planner->options->tuple_fraction : 0, &node));
    if (level->outer_params.count > 0)
        return error(ERR_INTERNAL_ERROR, "a subquery refers to values nobody provides");
    publish(planner, node);
    return STATUS_OK;
}

/* No rows, nothing done: what is left of a statement that rules replaced. */
static Query *empty_query(Arena *arena) {
    Query *query = arena_new(arena, Query);
    query->from = arena_new(arena, FromNode);
    query->from->kind = FROM_LIST;
    query->from->condition = (Expr *)expr_bool_const(arena, false, false);
    query->location = -1;
    return query;
}

static void merge_relations(Arena *arena, PlannedStatement *out, const PlannedStatement *other) {
    PlanRelation *all =
        arena_array(arena, PlanRelation, out->relation_count + other->relation_count + 1);
    if (out->relation_count > 0)
        memcpy(all, out->relations, out->relation_count * sizeof(PlanRelation));
    if (other->relation_count > 0)
        memcpy(all + out->relation_count, other->relations,
               other->relation_count * sizeof(PlanRelation));
    out->relations = all;
    out->relation_count += other->relation_count;
    out->depends_on_role |= other->depends_on_role;
    out->has_volatile |= other->has_volatile;
    out->has_stable |= other->has_stable;
}

/* A rule's NOTIFY as the statement that it is. */
static void plan_notify(Arena *arena, const Query *query, PlannedStatement *out) {
    AstNotify *notify = AST_NEW(arena, AstNotify, AST_NOTIFY, -1);
    notify->channel = query->notify_channel;
    notify->payload = query->notify_payload;
    out->utility = (Ast *)notify;
}

/* What rules made: the query that gives the tag is the statement, the others run before or after it. */
static Status plan_products(const Planner *like, const QueryList *products, CommandKind command,
                            PlannedStatement *out) {
    Arena *arena = like->arena;
    uint32_t main = products->count, n = products->count;
    for (uint32_t i = 0; i < n; i++)
        if (products->items[i]->can_set_tag)
            main = i;
    TRY(plan_rewritten(like, main < n ? products->items[main] : empty_query(arena), out));
    out->command = command;
    out->replaced = main == n;
    out->read_only = false;
    out->micro = MICRO_NONE;
    out->before = arena_array(arena, PlannedStatement *, n + 1);
    out->after = arena_array(arena, PlannedStatement *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        PlannedStatement *other = arena_new(arena, PlannedStatement);
        if (i == main)
            continue;
        other->command = products->items[i]->command;
        other->param_count = out->param_count;
        other->param_types = out->param_types;
        other->catalog_version = out->catalog_version;
        if (other->command == COMMAND_UTILITY)
            plan_notify(arena, products->items[i], other);
        else
            TRY(plan_rewritten(like, products->items[i], other));
        merge_relations(arena, out, other);
        if (i < main)
            out->before[out->before_count++] = other;
        else
            out->after[out->after_count++] = other;
    }
    return STATUS_OK;
}

Status plan_query(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                  const AnalyzedStatement *analyzed, const PlanOptions *options,
                  PlannedStatement **plan_out) {
    Planner *like = arena_new(arena, Planner);
    PlannedStatement *out = arena_new(arena, PlannedStatement);
    Query *query = analyzed->query;
    CommandKind command = query->command;
    QueryList products;
    planner_init(like, env, arena, settings, options);
    *plan_out = NULL;
    out->command = command;
    out->query = query;
    out->utility = query->utility;
    out->param_count = analyzed->param_count;
    out->param_types = analyzed->param_types;
    out->catalog_version = catalog_epoch(session_catalog(env->catalog));
    if (command != COMMAND_UTILITY)
        TRY(rewrite_query(env, arena, settings, query, &products));
    *plan_out = out;
    if (command == COMMAND_UTILITY)
        return STATUS_OK;
    if (products.count == 1 && products.items[0]->can_set_tag)
        return plan_rewritten(like, products.items[0], out);
    return plan_products(like, &products, command, out);
}

/* ---- lone expressions ---- */

typedef struct LoneSlots {
    Planner *planner;
    SlotSide side;
    SlotSide other; /* of columns whose rt_index is not 1 */
    bool sub_link;
} LoneSlots;

static Expr *lone_slots(Expr *expr, void *arg) {
    LoneSlots *context = arg;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        int32_t at = column->attno > 0    ? column->attno - 1
                     : column->attno == 0 ? SLOT_WHOLE_ROW
                                          : column->attno;
        SlotSide side = column->rt_index == 1 ? context->side : context->other;
        return (Expr *)expr_slot(context->planner->arena, side, at, expr);
    }
    if (expr->tag == EXPR_SUB_LINK)
        context->sub_link = true;
    return expr_map(context->planner->arena, expr, lone_slots, arg);
}

static Status lone_plan(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Expr *expr,
                        SlotSide side, SlotSide other, Expr **expr_out) {
    Planner *planner = arena_new(arena, Planner);
    planner_init(planner, env, arena, settings, NULL);
    planner->out = arena_new(arena, PlannedStatement);
    TRY(fold_expr(planner, expr, expr_out));
    LoneSlots context = {planner, side, other, false};
    *expr_out = lone_slots(*expr_out, &context);
    if (context.sub_link)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot use subquery in this expression");
    return STATUS_OK;
}

Status plan_expr(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Expr *expr,
                 SlotSide side, Expr **expr_out) {
    return lone_plan(env, arena, settings, expr, side, side, expr_out);
}

Status plan_trigger_when(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Expr *when,
                         Expr **out) {
    return lone_plan(env, arena, settings, when, SLOT_EXCLUDED, SLOT_TARGET, out);
}

Status plan_expr_volatility(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                            const Expr *expr, char *volatility_out) {
    Planner *planner = arena_new(arena, Planner);
    Expr *folded;
    planner_init(planner, env, arena, settings, NULL);
    planner->out = arena_new(arena, PlannedStatement);
    TRY(fold_expr(planner, expr_copy(arena, expr), &folded));
    *volatility_out = expr_is_volatile(planner, folded)  ? 'v'
                      : expr_is_mutable(planner, folded) ? 's'
                                                         : 'i';
    return STATUS_OK;
}

/* ---- bounds of other types ---- */

static int64_t integer_of(Oid type, Datum value) {
    return type == OID_INT2 ? value.i16 : type == OID_INT4 ? value.i32 : value.i64;
}

static bool is_integer(Oid type) {
    return type == OID_INT2 || type == OID_INT4 || type == OID_INT8;
}

static void fit_integer(Oid column_type, int64_t value, Datum *out, BoundFit *fit) {
    int64_t low = column_type == OID_INT2   ? INT16_MIN
                  : column_type == OID_INT4 ? INT32_MIN
                                            : INT64_MIN;
    int64_t high = column_type == OID_INT2   ? INT16_MAX
                   : column_type == OID_INT4 ? INT32_MAX
                                             : INT64_MAX;
    *fit = value < low ? FIT_BELOW : value > high ? FIT_ABOVE : FIT_EXACT;
    *out = (Datum){0};
    if (column_type == OID_INT2)
        out->i16 = (int16_t)value;
    else if (column_type == OID_INT4)
        out->i32 = (int32_t)value;
    else
        out->i64 = value;
}

Status fold_alone(EvalEnv *env, Arena *arena, Expr *expr, Expr **expr_out) {
    Planner *planner = arena_new(arena, Planner);
    PlannerSettings settings = PLANNER_SETTINGS_DEFAULT;
    planner_init(planner, env, arena, &settings, NULL);
    planner->out = arena_new(arena, PlannedStatement);
    return fold_expr(planner, expr, expr_out);
}

static Status fit_by_cast(EvalEnv *env, Arena *arena, Oid column_type, Oid value_type, Datum value,
                          Datum *value_out, BoundFit *fit_out) {
    Planner *planner = arena_new(arena, Planner);
    PhysType phys;
    Expr *cast;
    PlannerSettings settings = PLANNER_SETTINGS_DEFAULT;
    planner_init(planner, env, arena, &settings, NULL);
    TRY(an_phys(&planner->an, value_type, &phys));
    Expr *constant = (Expr *)expr_const(arena, value_type, -1, 0, phys, value, false);
    TRY(coerce_to_target(&planner->an, constant, value_type, column_type, -1, COERCION_EXPLICIT,
                         CALL_IMPLICIT, -1, &cast));
    if (cast == NULL)
        return error(ERR_INTERNAL_ERROR, "an index bound does not fit its column");
    TRY(fold_estimate(planner, cast, &cast));
    if (cast->tag != EXPR_CONST || ((ExprConst *)cast)->is_null)
        return error(ERR_INTERNAL_ERROR, "an index bound does not fit its column");
    *value_out = ((ExprConst *)cast)->value;
    *fit_out = FIT_EXACT;
    return STATUS_OK;
}

static void fit_float4(double value, Datum *out, BoundFit *fit) {
    float narrow = (float)value;
    *fit = FIT_EXACT;
    if (isnan(value)) {
        out->f32 = (float)NAN;
        return;
    }
    if ((double)narrow == value) {
        out->f32 = narrow;
        return;
    }
    *fit = FIT_BETWEEN;
    out->f32 = (double)narrow < value ? narrow : nextafterf(narrow, -INFINITY);
}

#define MICROS_PER_DAY INT64_C(86400000000)

Status index_bound_convert(EvalEnv *env, Arena *arena, Oid column_type, Oid value_type, Datum value,
                           Datum *value_out, BoundFit *fit_out) {
    *value_out = value;
    *fit_out = FIT_EXACT;
    if (column_type == value_type)
        return STATUS_OK;
    if (is_integer(column_type) && is_integer(value_type)) {
        fit_integer(column_type, integer_of(value_type, value), value_out, fit_out);
        return STATUS_OK;
    }
    if (column_type == OID_FLOAT8 && value_type == OID_FLOAT4) {
        value_out->f64 = value.f32;
        return STATUS_OK;
    }
    if (column_type == OID_FLOAT4 && value_type == OID_FLOAT8) {
        fit_float4(value.f64, value_out, fit_out);
        return STATUS_OK;
    }
    if (column_type == OID_DATE && value_type == OID_TIMESTAMP && value.i64 != INT64_MIN &&
        value.i64 != INT64_MAX) {
        int64_t days = value.i64 / MICROS_PER_DAY - (value.i64 % MICROS_PER_DAY < 0);
        value_out->i32 = (int32_t)days;
        *fit_out = days * MICROS_PER_DAY == value.i64 ? FIT_EXACT : FIT_BETWEEN;
        return STATUS_OK;
    }
    return fit_by_cast(env, arena, column_type, value_type, value, value_out, fit_out);
}
