/*
 * modify.c: INSERT, UPDATE, DELETE, MERGE on top of the plan that finds the rows: what to store
 * where, which checks, indexes and generated columns it takes.
 */
#include "planner/partition.h"
#include "planner/upper_int.h"

/* ---- expressions over the target's row ---- */

typedef struct TargetSlots {
    Level *level;
    Planner *planner;
    uint32_t target; /* range-table index of the row changed; 1 in stored expressions */
    uint32_t excluded;
    const Node *child; /* whose outputs other columns are; NULL: none */
    Status failed;
    const Rel *rel; /* the child table whose rows the target's are; NULL: its own */
} TargetSlots;

/* The target's column in a child's row. */
static Expr *child_slot(TargetSlots *context, const ExprColumn *column) {
    Arena *arena = context->planner->arena;
    const Rel *rel = context->rel;
    if (column->attno > 0)
        return (Expr *)expr_slot(arena, SLOT_TARGET, rel->from_parent[column->attno - 1] - 1,
                                 (const Expr *)column);
    const Expr *own = base_column(context->level, rel, column->attno);
    if (column->attno < 0)
        return (Expr *)expr_slot(arena, SLOT_TARGET, column->attno, own);
    ExprRowCoerce *coerce = EXPR_NEW(arena, ExprRowCoerce, EXPR_ROW_COERCE);
    coerce->arg = (Expr *)expr_slot(arena, SLOT_TARGET, SLOT_WHOLE_ROW, own);
    if (own->type == column->type)
        return coerce->arg;
    coerce->type = column->type;
    coerce->typmod = column->typmod;
    coerce->form = CALL_IMPLICIT;
    coerce->location = -1;
    return (Expr *)coerce;
}

static Expr *row_slot(TargetSlots *context, const ExprColumn *column, SlotSide side) {
    if (side == SLOT_TARGET && context->rel != NULL)
        return child_slot(context, column);
    int32_t at = column->attno > 0    ? column->attno - 1
                 : column->attno == 0 ? SLOT_WHOLE_ROW
                                      : column->attno;
    return (Expr *)expr_slot(context->planner->arena, side, at, (const Expr *)column);
}

static Expr *target_slots(Expr *expr, void *arg) {
    TargetSlots *context = arg;
    if (expr->tag == EXPR_COLUMN && ((ExprColumn *)expr)->levels_up == 0) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->rt_index == context->target)
            return row_slot(context, column, SLOT_TARGET);
        if (context->excluded != 0 && column->rt_index == context->excluded)
            return row_slot(context, column, SLOT_EXCLUDED);
        Expr *out = expr;
        if (context->child == NULL)
            context->failed = error(ERR_INTERNAL_ERROR, "column of an unknown relation");
        else
            context->failed = node_above(context->level, context->child, expr, &out);
        return out;
    }
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_MULTI &&
        context->child != NULL) {
        Expr *out = expr;
        context->failed = node_above(context->level, context->child, expr, &out);
        return out;
    }
    return expr_map(context->planner->arena, expr, target_slots, arg);
}

static Status over_target(Level *level, const Node *child, uint32_t excluded, const Rel *rel,
                          Expr *expr, Expr **out) {
    TargetSlots context = {
        level, level->planner, level->query->result_rt_index, excluded, child, STATUS_OK, rel};
    *out = expr == NULL ? NULL : target_slots(expr, &context);
    return context.failed;
}

Status relation_expr(Planner *planner, const char *text, Expr **out) {
    TargetSlots context = {NULL, planner, 1, 0, NULL, STATUS_OK, NULL};
    Expr *expr;
    TRY(expr_from_string(planner->arena, text, strlen(text), &expr));
    TRY(fold_expr(planner, expr, &expr));
    *out = target_slots(expr, &context);
    return context.failed;
}

/* ---- before planning ---- */

Expr *row_mark_expr(Level *level, const Rel *rel) {
    return base_column(level, rel, rel->entry->kind == RTE_RELATION ? SYS_ROWID : 0);
}

static Expr *tableoid_column(Level *level, uint32_t rt_index) {
    return (Expr *)expr_column(level->planner->arena, rt_index, SYS_TABLEOID, OID_OID, -1, 0, 0);
}

static Expr *rowid_column(Level *level, uint32_t rt_index) {
    return (Expr *)expr_column(level->planner->arena, rt_index, SYS_ROWID, OID_INT8, -1, 0, 0);
}

static void add_junk(Level *level, Expr *expr) {
    TargetList *targets = &level->query->targets;
    for (uint32_t i = 0; i < targets->count; i++)
        if (expr_equal(targets->items[i]->expr, expr))
            return;
    target_list_add(
        level->planner->arena, targets,
        target_make(level->planner->arena, expr, (int16_t)(targets->count + 1), NULL, true));
}

/* What finds an entry's row again: its rowid, and whose it is. */
static Status add_row_identity(Level *level, uint32_t rt_index) {
    bool several;
    add_junk(level, rowid_column(level, rt_index));
    TRY(inherit_has_children(level->planner, query_rte(level->query, rt_index), &several));
    if (several)
        add_junk(level, tableoid_column(level, rt_index));
    return STATUS_OK;
}

typedef struct OtherColumns {
    Level *level;
    uint32_t target;
    uint32_t depth; /* of the query visited, below the statement's */
} OtherColumns;

static bool other_columns_visit(Expr *expr, void *arg) {
    OtherColumns *context = arg;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->levels_up == context->depth && column->rt_index != context->target)
            add_junk(context->level, tree_shift_levels(context->level->planner->arena, expr,
                                                       -(int)context->depth, 0));
        return false;
    }
    return expr_walk_levels(expr, &context->depth, other_columns_visit, arg);
}

static void merge_to_join(Level *level) {
    Query *query = level->query;
    Arena *arena = level->planner->arena;
    FromNode *join = arena_new(arena, FromNode), *target = arena_new(arena, FromNode);
    FromNode *list = arena_new(arena, FromNode);
    target->rt_index = query->result_rt_index;
    join->kind = FROM_JOIN;
    join->join_kind = query->merge_use_outer_join ? JOIN_LEFT : JOIN_INNER;
    join->left = query->from->item_count == 1 ? query->from->items[0] : query->from;
    join->right = target;
    join->condition = query->from->condition;
    query->from->condition = NULL;
    list->kind = FROM_LIST;
    from_add(arena, list, join);
    query->from = list;
}

/* FOR UPDATE: what finds the rows again comes up through sorts like any column. */
static Status lock_identities(Level *level) {
    Query *query = level->query;
    for (uint32_t i = 0; i < query->row_mark_count; i++) {
        const RangeEntry *entry = query_rte(query, query->row_marks[i].rt_index);
        if (query->row_marks[i].strength != ROW_LOCK_NONE && entry->kind == RTE_RELATION &&
            entry->relkind != 'v')
            TRY(add_row_identity(level, query->row_marks[i].rt_index));
    }
    return STATUS_OK;
}

void modify_keep_columns(Level *level) {
    Query *query = level->query;
    OtherColumns context = {level, query->result_rt_index, 0};
    if (query->command != COMMAND_UPDATE && query->command != COMMAND_DELETE &&
        query->command != COMMAND_MERGE)
        return;
    for (uint32_t i = 0; i < query->returning.count; i++)
        other_columns_visit(query->returning.items[i]->expr, &context);
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        MergeAction *action = query->merge_actions[i];
        if (action->condition != NULL)
            other_columns_visit(action->condition, &context);
        for (uint32_t t = 0; t < action->targets.count; t++)
            other_columns_visit(action->targets.items[t]->expr, &context);
    }
}

Status modify_prepare(Level *level) {
    Query *query = level->query;
    if (query->command == COMMAND_SELECT)
        return lock_identities(level);
    if (query->command == COMMAND_UTILITY)
        return STATUS_OK;
    if (query->command == COMMAND_MERGE)
        merge_to_join(level);
    if (query->command == COMMAND_INSERT)
        return STATUS_OK;
    tree_flatten_query_joins(level->planner->arena, query);
    if (!query->instead)
        TRY(add_row_identity(level, query->result_rt_index));
    modify_keep_columns(level);
    /* The other tables' rows must be found again should a row have changed meanwhile. */
    for (uint32_t i = 1; i <= query->range_count; i++)
        if (i != query->result_rt_index && query_rte(query, i)->kind == RTE_RELATION &&
            query_rte(query, i)->in_from && query_rte(query, i)->relkind != 'v')
            TRY(add_row_identity(level, i));
    return STATUS_OK;
}

static Status mark_children(Level *level, Node **node, const Rel *rel, PlanRowMark *mark) {
    uint32_t column;
    TRY(node_need(level, node, tableoid_column(level, rel->rt_index), &column));
    mark->tableoid_column = (int32_t)column;
    mark->child_count = (uint32_t)rel->children.count;
    mark->children = arena_array(level->planner->arena, PlanMarkChild, mark->child_count + 1);
    for (uint32_t i = 0; i < mark->child_count; i++)
        mark->children[i] = (PlanMarkChild){rel->children.items[i]->desc->oid,
                                            level->rt_offset + rel->children.items[i]->rt_index};
    return STATUS_OK;
}

Status row_marks_plan(Level *level, Node **node, PlanRowMark *marks, uint32_t *count_out,
                      const Rel *skip) {
    const Query *query = level->query;
    *count_out = 0;
    for (uint32_t i = 1; i < level->rel_count; i++) {
        Rel *rel = level->rels[i];
        if (rel == NULL || rel == skip)
            continue;
        PlanRowMark *mark = &marks[*count_out];
        *mark = (PlanRowMark){.rt_index = level->rt_offset + i,
                              .relation = rel->entry->relation,
                              .rowid_column = -1,
                              .whole_row_column = -1,
                              .tableoid_column = -1};
        for (uint32_t m = 0; m < query->row_mark_count; m++)
            if (query->row_marks[m].rt_index == i) {
                mark->strength = query->row_marks[m].strength;
                mark->wait = query->row_marks[m].wait;
            }
        bool table = rel->entry->kind == RTE_RELATION;
        if (!table)
            mark->strength = ROW_LOCK_NONE;
        Expr *expr = row_mark_expr(level, rel);
        int32_t at = node_find(*node, expr);
        if (at < 0 && query->command == COMMAND_SELECT && mark->strength != ROW_LOCK_NONE) {
            uint32_t column;
            TRY(node_need(level, node, expr, &column));
            at = (int32_t)column;
        }
        if (at < 0)
            continue;
        if (table)
            mark->rowid_column = at;
        else
            mark->whole_row_column = at;
        if (rel->inherits)
            TRY(mark_children(level, node, rel, mark));
        (*count_out)++;
    }
    return STATUS_OK;
}

/* ---- the relation changed ---- */

static BitSet *expr_attnos(Planner *planner, const char *text, bool list) {
    ExprList exprs = {0};
    BitSet *set = NULL;
    Status s = STATUS_OK;
    if (text == NULL)
        return NULL;
    if (list) {
        s = expr_list_from_string(planner->arena, text, strlen(text), &exprs);
    } else {
        Expr *expr = NULL;
        s = expr_from_string(planner->arena, text, strlen(text), &expr);
        if (status_ok(s))
            expr_list_add(planner->arena, &exprs, expr);
    }
    status_free(s);
    for (uint32_t i = 0; i < exprs.count; i++)
        set = tree_columns_of(planner->arena, set, exprs.items[i], 1);
    return set;
}

/* BEFORE UPDATE triggers may change any column. */
static bool changes_rows(const RelationDesc *desc) {
    enum { ROW = 1, BEFORE = 2, UPDATE = 16 };
    for (uint16_t i = 0; i < desc->trigger_count; i++)
        if ((desc->triggers[i].type & (ROW | BEFORE | UPDATE)) == (ROW | BEFORE | UPDATE))
            return true;
    return false;
}

static Status generated_columns(Level *level, const RelationDesc *desc,
                                PlanResultRelation *relation) {
    Planner *planner = level->planner;
    bool update = level->query->command == COMMAND_UPDATE;
    relation->generated = arena_array(planner->arena, PlanColumnExpr, desc->column_count + 1u);
    for (uint16_t i = 0; i < desc->column_count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        if (column->generated == 0 || column->dropped || column->default_expr == NULL)
            continue;
        BitSet *reads = expr_attnos(planner, column->default_expr, false);
        bool touched = !update || bitset_overlap(reads, relation->updated_columns);
        if (!touched && !changes_rows(desc))
            continue;
        PlanColumnExpr *out = &relation->generated[relation->generated_count++];
        out->attno = column->attnum;
        TRY(relation_expr(planner, column->default_expr, &out->expr));
        if (touched)
            relation->updated_columns = bitset_add(planner->arena, relation->updated_columns,
                                                   column->attnum + ATTNO_OFFSET);
    }
    return STATUS_OK;
}

static Status kept_indexes(Level *level, const RelationDesc *desc, PlanResultRelation *relation) {
    Planner *planner = level->planner;
    relation->indexes = arena_array(planner->arena, PlanIndexInfo, desc->index_count + 1u);
    for (uint16_t i = 0; i < desc->index_count; i++) {
        const IndexDesc *index = &desc->indexes[i];
        if (!index->ready && !index->live)
            continue;
        PlanIndexInfo *info = &relation->indexes[relation->index_count++];
        info->index = index->oid;
        if (index->expressions != NULL) {
            ExprList list;
            TRY(expr_list_from_string(planner->arena, index->expressions,
                                      strlen(index->expressions), &list));
            TRY(fold_list(planner, &list, &list));
            TargetSlots context = {NULL, planner, 1, 0, NULL, STATUS_OK, NULL};
            info->expressions = expr_list_map(planner->arena, &list, target_slots, &context);
            TRY(context.failed);
        }
        if (index->predicate != NULL) {
            Expr *predicate;
            TRY(relation_expr(planner, index->predicate, &predicate));
            expr_conjuncts(planner->arena, predicate, &info->predicate);
        }
        BitSet *reads = expr_attnos(planner, index->expressions, true);
        reads =
            bitset_add_set(planner->arena, reads, expr_attnos(planner, index->predicate, false));
        for (uint16_t c = 0; c < index->column_count; c++)
            if (index->attnums[c] > 0)
                reads = bitset_add(planner->arena, reads, index->attnums[c] + ATTNO_OFFSET);
        info->touched = bitset_overlap(reads, relation->updated_columns) || changes_rows(desc);
    }
    return STATUS_OK;
}

static Status relation_checks(Level *level, const RelationDesc *desc,
                              PlanResultRelation *relation) {
    Planner *planner = level->planner;
    relation->checks = arena_array(planner->arena, PlanCheck, desc->check_count + 1u);
    for (uint16_t i = 0; i < desc->check_count; i++) {
        PlanCheck *check = &relation->checks[relation->check_count++];
        check->name = arena_strdup(planner->arena, desc->checks[i].name);
        TRY(relation_expr(planner, desc->checks[i].expr, &check->condition));
    }
    return STATUS_OK;
}

static Status with_checks(Level *level, const Node *child, const Rel *rel,
                          PlanResultRelation *relation) {
    Planner *planner = level->planner;
    const Query *query = level->query;
    uint32_t count = query->with_check_count;
    relation->with_checks = arena_array(planner->arena, PlanCheck, count + 1);
    relation->with_check_kinds = arena_array(planner->arena, WithCheckKind, count + 1);
    relation->with_check_policies = arena_array(planner->arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const WithCheck *check = &query->with_checks[i];
        if (check->condition == NULL)
            continue;
        uint32_t at = relation->with_check_count++;
        relation->with_checks[at].name = check->relation_name;
        relation->with_check_kinds[at] = check->kind;
        relation->with_check_policies[at] = check->policy_name;
        TRY(over_target(level, child, 0, rel, check->condition,
                        &relation->with_checks[at].condition));
    }
    return STATUS_OK;
}

/* What a partition's row must meet, where the statement may break it. */
static Status partition_check(Level *level, const RelationDesc *desc,
                              PlanResultRelation *relation) {
    Planner *planner = level->planner;
    TargetSlots context = {NULL, planner, 1, 0, NULL, STATUS_OK, NULL};
    Expr *expr;
    if (!desc->is_partition || level->query->command == COMMAND_DELETE)
        return STATUS_OK;
    TRY(partition_constraint(planner->env, planner->arena, desc, true, &expr));
    if (expr == NULL)
        return STATUS_OK;
    BitSet *reads = tree_columns_of(planner->arena, NULL, expr, 1);
    if (level->query->command == COMMAND_UPDATE && !changes_rows(desc) &&
        !bitset_overlap(reads, relation->updated_columns))
        return STATUS_OK;
    TRY(fold_expr(planner, expr, &expr));
    relation->partition_check = target_slots(expr, &context);
    return context.failed;
}

static void updated_columns(Level *level, const TargetList *targets, const Rel *rel,
                            PlanResultRelation *relation) {
    for (uint32_t i = 0; i < targets->count; i++) {
        int16_t attno = targets->items[i]->resno;
        if (targets->items[i]->junk)
            continue;
        if (rel != NULL)
            attno = rel->from_parent[attno - 1];
        relation->updated_columns =
            bitset_add(level->planner->arena, relation->updated_columns, attno + ATTNO_OFFSET);
    }
}

/* rel: the child table that it is; NULL: the table that the statement names. */
static Status result_relation(Level *level, const Node *child, const RelationDesc *desc,
                              const Rel *rel, PlanResultRelation *relation) {
    const Query *query = level->query;
    relation->rt_index = level->rt_offset + (rel != NULL ? rel->rt_index : query->result_rt_index);
    relation->relation = desc->oid;
    relation->has_triggers = desc->trigger_count > 0;
    if (query->command == COMMAND_UPDATE)
        updated_columns(level, &query->targets, rel, relation);
    if (query->on_conflict != NULL)
        updated_columns(level, &query->on_conflict->set, rel, relation);
    for (uint32_t i = 0; i < query->merge_action_count; i++)
        if (query->merge_actions[i]->command == COMMAND_UPDATE)
            updated_columns(level, &query->merge_actions[i]->targets, rel, relation);
    if (desc->kind == 'p') /* only a way to its partitions */
        return with_checks(level, child, rel, relation);
    TRY(generated_columns(level, desc, relation));
    TRY(kept_indexes(level, desc, relation));
    if (query->command != COMMAND_DELETE)
        TRY(relation_checks(level, desc, relation));
    TRY(partition_check(level, desc, relation));
    return with_checks(level, child, rel, relation);
}

/* ---- ON CONFLICT ---- */

static bool infers_index(Planner *planner, const OnConflict *conflict, const RelationDesc *desc,
                         const IndexDesc *index, uint32_t target_rt) {
    ExprList expressions = {0};
    if (!index->unique || !index->valid || !index->ready)
        return false;
    if (index->expressions != NULL)
        status_free(expr_list_from_string(planner->arena, index->expressions,
                                          strlen(index->expressions), &expressions));
    BitSet *matched = NULL;
    for (uint32_t e = 0; e < conflict->elem_count; e++) {
        const InferElem *elem = &conflict->elems[e];
        uint32_t next = 0;
        bool found = false;
        for (uint16_t c = 0; c < index->key_count; c++) {
            bool same;
            if (index->attnums[c] > 0) {
                same = elem->expr->tag == EXPR_COLUMN &&
                       ((ExprColumn *)elem->expr)->attno == index->attnums[c];
            } else {
                Expr *own = next < expressions.count ? expressions.items[next++] : NULL;
                if (own != NULL)
                    status_free(fold_expr(planner, own, &own));
                same =
                    own != NULL &&
                    expr_equal(tree_change_index(planner->arena, own, 1, target_rt, 0), elem->expr);
            }
            if (!same || (elem->collation != 0 && elem->collation != index->collations[c]) ||
                (elem->op_class != 0 && elem->op_class != index->opclasses[c]))
                continue;
            matched = bitset_add(planner->arena, matched, c);
            found = true;
        }
        if (!found)
            return false;
    }
    (void)desc;
    if (bitset_count(matched) != index->key_count)
        return false;
    if (index->predicate == NULL)
        return true;
    Expr *predicate = NULL;
    ExprList needs = {0}, given = {0};
    status_free(
        expr_from_string(planner->arena, index->predicate, strlen(index->predicate), &predicate));
    if (predicate != NULL)
        status_free(fold_expr(planner, predicate, &predicate));
    expr_conjuncts(planner->arena, tree_change_index(planner->arena, predicate, 1, target_rt, 0),
                   &needs);
    expr_conjuncts(planner->arena, conflict->where_infer, &given);
    for (uint32_t i = 0; i < needs.count; i++) {
        bool implied = false;
        for (uint32_t g = 0; g < given.count && !implied; g++)
            implied = predicate_implied(planner, needs.items[i], given.items[g]);
        if (!implied)
            return false;
    }
    return true;
}

static Status infer_arbiters(Level *level, const RelationDesc *desc, PlanOnConflict *plan) {
    Planner *planner = level->planner;
    const OnConflict *conflict = level->query->on_conflict;
    plan->arbiters = arena_array(planner->arena, Oid, desc->index_count + 1u);
    if (conflict->elem_count == 0 && conflict->constraint == 0)
        return STATUS_OK;
    for (uint16_t i = 0; i < desc->index_count; i++) {
        const IndexDesc *index = &desc->indexes[i];
        if (conflict->constraint != 0) {
            if (index->constraint != conflict->constraint)
                continue;
            if (!index->unique && conflict->update)
                return error(ERR_WRONG_OBJECT_TYPE,
                             "ON CONFLICT DO UPDATE not supported with exclusion constraints");
            if (!index->immediate)
                return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                             "ON CONFLICT does not support deferrable unique "
                             "constraints/exclusion constraints as arbiters");
            plan->arbiters[plan->arbiter_count++] = index->oid;
        } else if (infers_index(planner, conflict, desc, index, level->query->result_rt_index)) {
            plan->arbiters[plan->arbiter_count++] = index->oid;
        }
    }
    if (plan->arbiter_count > 0)
        return STATUS_OK;
    if (conflict->constraint != 0)
        return error(ERR_WRONG_OBJECT_TYPE,
                     "constraint in ON CONFLICT clause has no associated index");
    return error(ERR_INVALID_COLUMN_REFERENCE, "there is no unique or exclusion constraint "
                                               "matching the ON CONFLICT specification");
}

/*
 * The columns' new values; `attnos`: a child's numbers of them. Subqueries that give several columns
 * come first, as column 0: the values refer to what they found.
 */
static Status assignments(Level *level, const Node *child, uint32_t excluded, const Rel *rel,
                          const TargetList *targets, const int16_t *attnos, PlanColumnExpr *set,
                          uint32_t *count_out) {
    *count_out = 0;
    for (int junk = 1; junk >= 0; junk--)
        for (uint32_t i = 0; i < targets->count; i++) {
            const Target *target = targets->items[i];
            if (target->junk != (junk == 1))
                continue;
            set[*count_out].attno = target->junk     ? 0
                                    : attnos != NULL ? attnos[target->resno - 1]
                                                     : target->resno;
            TRY(over_target(level, child, excluded, rel, target->expr, &set[(*count_out)++].expr));
        }
    return STATUS_OK;
}

static Status conflict_plan(Level *level, const Node *child, const RelationDesc *desc,
                            PlanOnConflict **out) {
    Planner *planner = level->planner;
    const OnConflict *conflict = level->query->on_conflict;
    if (conflict == NULL)
        return STATUS_OK;
    PlanOnConflict *plan = arena_new(planner->arena, PlanOnConflict);
    *out = plan;
    plan->update = conflict->update;
    TRY(infer_arbiters(level, desc, plan));
    if (!conflict->update)
        return STATUS_OK;
    plan->set = arena_array(planner->arena, PlanColumnExpr, conflict->set.count + 1);
    TRY(assignments(level, child, conflict->excluded_rt_index, NULL, &conflict->set, NULL,
                    plan->set, &plan->set_count));
    Expr *where;
    TRY(over_target(level, child, conflict->excluded_rt_index, NULL, conflict->where, &where));
    expr_conjuncts(planner->arena, where, &plan->where);
    return STATUS_OK;
}

/* ---- MERGE ---- */

static Status merge_plan(Level *level, const Node *child, const Rel *rel,
                         PlanMergeAction **actions_out) {
    Planner *planner = level->planner;
    const Query *query = level->query;
    PlanMergeAction *actions =
        arena_array(planner->arena, PlanMergeAction, query->merge_action_count + 1);
    *actions_out = actions;
    for (uint32_t i = 0; i < query->merge_action_count; i++) {
        const MergeAction *action = query->merge_actions[i];
        PlanMergeAction *out = &actions[i];
        Expr *condition;
        out->matched = action->matched;
        out->command = action->command;
        TRY(over_target(level, child, 0, rel, action->condition, &condition));
        expr_conjuncts(planner->arena, condition, &out->condition);
        out->set = arena_array(planner->arena, PlanColumnExpr, action->targets.count + 1);
        TRY(assignments(level, child, 0, rel, &action->targets,
                        rel != NULL && action->matched ? rel->from_parent : NULL, out->set,
                        &out->set_count));
    }
    return STATUS_OK;
}

/* ---- the node ---- */

static Status returning_targets(Level *level, const Node *child, PlanModify *plan, Node *over) {
    Planner *planner = level->planner;
    const TargetList *returning = &level->query->returning;
    plan->targets = arena_array(planner->arena, PlanTarget, returning->count + 1);
    plan->target_count = returning->count;
    plan->returning = returning->count > 0;
    plan->identity = false;
    over->outputs = (ExprList){0};
    for (uint32_t i = 0; i < returning->count; i++) {
        plan->targets[i].name = returning->items[i]->name;
        TRY(over_target(level, child, 0, NULL, returning->items[i]->expr, &plan->targets[i].expr));
        expr_list_add(planner->arena, &over->outputs, returning->items[i]->expr);
    }
    return STATUS_OK;
}

static void modify_columns(Level *level, const Node *child, PlanModify *plan) {
    const Query *query = level->query;
    plan->rowid_column = plan->row_column = -1;
    plan->tableoid_column = -1;
    for (uint32_t i = 0; query->instead && i < query->targets.count; i++)
        if (query->targets.items[i]->junk && query->targets.items[i]->name != NULL &&
            strcmp(query->targets.items[i]->name, "wholerow") == 0)
            plan->row_column = node_find(child, query->targets.items[i]->expr);
    if (query->command != COMMAND_INSERT && !query->instead)
        plan->rowid_column = node_find(child, rowid_column(level, query->result_rt_index));
    const Rel *target = level_rel(level, query->result_rt_index);
    if (target != NULL && target->inherits)
        plan->tableoid_column = node_find(child, tableoid_column(level, query->result_rt_index));
    if (query->command != COMMAND_UPDATE)
        return;
    plan->update_columns = arena_array(level->planner->arena, int16_t, query->targets.count + 1);
    for (uint32_t i = 0; i < query->targets.count; i++)
        if (!query->targets.items[i]->junk)
            plan->update_columns[plan->update_count++] = query->targets.items[i]->resno;
}

/* What differs where the row is a child's. */
static Status child_result(Level *level, const Node *child, const PlanModify *plan, const Rel *rel,
                           PlanResultRelation *out) {
    Arena *arena = level->planner->arena;
    const TargetList *returning = &level->query->returning;
    TRY(result_relation(level, child, rel->desc, rel, out));
    out->update_columns = arena_array(arena, int16_t, plan->update_count + 1);
    for (uint32_t i = 0; i < plan->update_count; i++)
        out->update_columns[i] = rel->from_parent[plan->update_columns[i] - 1];
    out->returning = arena_array(arena, Expr *, returning->count + 1);
    for (uint32_t i = 0; i < returning->count; i++)
        TRY(over_target(level, child, 0, rel, returning->items[i]->expr, &out->returning[i]));
    return level->query->command == COMMAND_MERGE
               ? merge_plan(level, child, rel, &out->merge_actions)
               : STATUS_OK;
}

static Status result_relations(Level *level, const Node *child, const RelationDesc *desc,
                               PlanModify *plan) {
    const Rel *target = level_rel(level, level->query->result_rt_index);
    uint32_t count = target != NULL && target->inherits ? (uint32_t)target->children.count : 0;
    bool named = count == 0 || plan->command == COMMAND_MERGE; /* the table itself takes rows */
    plan->relations = arena_array(level->planner->arena, PlanResultRelation, count + 2);
    for (uint32_t i = 0; i < count; i++) {
        const Rel *rel = target->children.items[i];
        if (rel->desc->oid == desc->oid && named) {
            plan->insert_target = i;
            named = false;
        }
        TRY(child_result(level, child, plan, rel, &plan->relations[plan->relation_count++]));
    }
    if (!named)
        return STATUS_OK;
    plan->insert_target = plan->relation_count;
    return result_relation(level, child, desc, NULL, &plan->relations[plan->relation_count++]);
}

Status modify_plan(Level *level, Node *node, Node **node_out) {
    Planner *planner = level->planner;
    Query *query = level->query;
    const RelationDesc *desc;
    PlanModify *plan = PLAN_NEW(planner, PlanModify, PLAN_MODIFY);
    RangeEntry *entry = query_rte(query, query->result_rt_index);
    TRY(catalog_relation_require(planner->catalog, entry->relation, &desc));
    TRY(note_relation(planner, desc, LOCK_ROW_EXCLUSIVE));
    plan->command = query->command;
    plan->rt_index = level->rt_offset + query->result_rt_index;
    plan->root = desc->kind == 'p' ? desc->oid : 0;
    plan->set_tag = query->can_set_tag;
    plan->marks = arena_array(planner->arena, PlanRowMark, level->rel_count + 1);
    TRY(row_marks_plan(level, &node, plan->marks, &plan->mark_count,
                       level_rel(level, query->result_rt_index)));
    Node *over = node_over(planner, (Plan *)plan, node);
    modify_columns(level, node, plan);
    TRY(result_relations(level, node, desc, plan));
    TRY(returning_targets(level, node, plan, over));
    TRY(conflict_plan(level, node, desc, &plan->on_conflict));
    plan->merge_action_count = query->merge_action_count;
    TRY(merge_plan(level, node, NULL, &plan->merge_actions));
    const Plan *child = node->plan;
    plan_costs((Plan *)plan, child->startup_cost, child->total_cost,
               plan->returning ? child->rows : 0, plan->returning ? child->width : 0);
    over->keys = (PathKeys){0};
    *node_out = over;
    return STATUS_OK;
}
