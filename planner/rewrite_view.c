/* rewrite_view.c: simple views as targets of DML (manual: CREATE VIEW, Updatable Views). */
#include "planner/rewrite_int.h"

/* ---- is it simple enough? ---- */

const char *view_not_updatable(const Query *query) {
    if (query->distinct.count > 0)
        return "Views containing DISTINCT are not automatically updatable.";
    if (query->group_by.count > 0 || query->grouping_set_count > 0)
        return "Views containing GROUP BY are not automatically updatable.";
    if (query->having != NULL)
        return "Views containing HAVING are not automatically updatable.";
    if (query->set_op != NULL)
        return "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.";
    if (query->ctes.count > 0)
        return "Views containing WITH are not automatically updatable.";
    if (query->limit != NULL || query->offset != NULL)
        return "Views containing LIMIT or OFFSET are not automatically updatable.";
    if (query->has_aggs)
        return "Views that return aggregate functions are not automatically updatable.";
    if (query->has_windows)
        return "Views that return window functions are not automatically updatable.";
    if (query->has_target_srfs)
        return "Views that return set-returning functions are not automatically updatable.";
    if (query->from == NULL || query->from->item_count != 1 ||
        query->from->items[0]->kind != FROM_RTE)
        return "Views that do not select from a single table or view are not automatically "
               "updatable.";
    const RangeEntry *base = query_rte(query, query->from->items[0]->rt_index);
    if (base->kind != RTE_RELATION || (base->relkind != 'r' && base->relkind != 'f' &&
                                       base->relkind != 'v' && base->relkind != 'p'))
        return "Views that do not select from a single table or view are not automatically "
               "updatable.";
    if (base->sample != NULL)
        return "Views containing TABLESAMPLE are not automatically updatable.";
    return NULL;
}

static Status refuse(const Query *query, const RelationDesc *view, const char *why) {
    static const char *const verbs[] = {[COMMAND_INSERT] = "insert into",
                                        [COMMAND_UPDATE] = "update",
                                        [COMMAND_DELETE] = "delete from",
                                        [COMMAND_MERGE] = "merge into"};
    static const char *const doing[] = {[COMMAND_INSERT] = "inserting into",
                                        [COMMAND_UPDATE] = "updating",
                                        [COMMAND_DELETE] = "deleting from"};
    static const char *const names[] = {
        [COMMAND_INSERT] = "INSERT", [COMMAND_UPDATE] = "UPDATE", [COMMAND_DELETE] = "DELETE"};
    Status s = status_detail(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "cannot %s view \"%s\"",
                                   verbs[query->command], view->name),
                             "%s", why);
    if (query->command == COMMAND_MERGE)
        return s;
    return status_hint(s,
                       "To enable %s the view, provide an INSTEAD OF %s trigger or an "
                       "unconditional ON %s DO INSTEAD rule.",
                       doing[query->command], names[query->command], names[query->command]);
}

/* ---- INSTEAD OF triggers ---- */

bool rewrite_has_instead(const RelationDesc *view, CommandKind command) {
    enum { INSERT = 4, DELETE = 8, UPDATE = 16, INSTEAD = 64 };
    int event = command == COMMAND_INSERT   ? INSERT
                : command == COMMAND_UPDATE ? UPDATE
                : command == COMMAND_DELETE ? DELETE
                                            : 0;
    for (uint16_t i = 0; i < view->trigger_count; i++)
        if ((view->triggers[i].type & INSTEAD) && (view->triggers[i].type & event))
            return true;
    return false;
}

void rewrite_view_instead(Rewriter *rw, Query *query, const RelationDesc *view) {
    Arena *arena = rw->an.arena;
    uint32_t source = query->result_rt_index;
    RangeEntry *entry = arena_memdup(arena, query_rte(query, source), sizeof(RangeEntry));
    entry->in_from = false;
    query_add_rte(arena, query, entry);
    query->result_rt_index = query->range_count;
    for (uint32_t i = 0; i < query->returning.count; i++)
        query->returning.items[i]->expr = tree_change_index(arena, query->returning.items[i]->expr,
                                                            source, query->result_rt_index, 0);
    for (uint32_t i = 0; i < query->with_check_count; i++)
        query->with_checks[i].condition = tree_change_index(arena, query->with_checks[i].condition,
                                                            source, query->result_rt_index, 0);
    Expr *row = (Expr *)expr_column(arena, source, 0, view->row_type, -1, 0, 0);
    target_list_add(arena, &query->targets,
                    target_make(arena, row, (int16_t)(query->targets.count + 1), "wholerow", true));
}

/* ---- the view's columns as the table's ---- */

typedef struct ViewMap {
    Arena *arena;
    const Query *view;
    uint32_t base_rt; /* in the view's query */
    uint32_t new_rt;  /* in the statement */
    const RangeEntry *entry;
} ViewMap;

static const Target *view_column(const Query *view, int16_t attno) {
    for (uint32_t i = 0; i < view->targets.count; i++)
        if (view->targets.items[i]->resno == attno && !view->targets.items[i]->junk)
            return view->targets.items[i];
    return NULL;
}

static Expr *replace_column(const ExprColumn *column, void *arg) {
    ViewMap *map = arg;
    if (column->attno == 0) {
        ExprRow *row = EXPR_NEW(map->arena, ExprRow, EXPR_ROW);
        row->type = column->type;
        row->form = CALL_IMPLICIT;
        row->names = map->entry->column_names;
        for (uint32_t i = 0; i < map->entry->column_count; i++) {
            const Target *target = view_column(map->view, (int16_t)(i + 1));
            expr_list_add(
                map->arena, &row->args,
                tree_change_index(map->arena, target->expr, map->base_rt, map->new_rt, 0));
        }
        return (Expr *)row;
    }
    const Target *target = view_column(map->view, column->attno);
    if (target == NULL)
        return (Expr *)(uintptr_t)column;
    return tree_change_index(map->arena, target->expr, map->base_rt, map->new_rt, 0);
}

int16_t view_base_column(const Target *target, uint32_t base_rt) {
    if (target == NULL || target->junk || target->expr->tag != EXPR_COLUMN)
        return 0;
    const ExprColumn *column = (const ExprColumn *)target->expr;
    return column->rt_index == base_rt && column->levels_up == 0 ? column->attno : 0;
}

static bool has_updatable_column(const Query *view) {
    for (uint32_t i = 0; i < view->targets.count; i++)
        if (view_base_column(view->targets.items[i], view->from->items[0]->rt_index) > 0)
            return true;
    return false;
}

static int16_t base_attno(const ViewMap *map, int16_t attno) {
    int16_t base = view_base_column(view_column(map->view, attno), map->base_rt);
    return base > 0 ? base : 0;
}

static const char *why_not_column(const ViewMap *map, int16_t attno) {
    const Target *target = view_column(map->view, attno);
    const ExprColumn *column = target == NULL || target->expr->tag != EXPR_COLUMN
                                   ? NULL
                                   : (const ExprColumn *)target->expr;
    if (column == NULL || column->rt_index != map->base_rt || column->levels_up != 0)
        return "View columns that are not columns of their base relation are not updatable.";
    return column->attno < 0 ? "View columns that refer to system columns are not updatable."
                             : "View columns that return whole-row references are not updatable.";
}

static BitSet *map_columns(const ViewMap *map, const BitSet *columns) {
    BitSet *out = NULL;
    for (int m = bitset_next(columns, -1); m >= 0; m = bitset_next(columns, m)) {
        int16_t base = base_attno(map, (int16_t)(m - ATTNO_OFFSET));
        if (base != 0)
            out = bitset_add(map->arena, out, base + ATTNO_OFFSET);
    }
    return out;
}

static Status map_targets(const RelationDesc *view, const RelationDesc *base, const ViewMap *map,
                          TargetList *targets, bool insert) {
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->junk)
            continue;
        int16_t attno = base_attno(map, target->resno);
        if (attno == 0)
            return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot %s column \"%s\" of view \"%s\"",
                                       insert ? "insert into" : "update",
                                       view->columns[target->resno - 1].name, view->name),
                                 "%s", why_not_column(map, target->resno));
        for (uint32_t j = 0; j < i; j++)
            if (!targets->items[j]->junk && targets->items[j]->resno == attno)
                return error(ERR_SYNTAX_ERROR, "multiple assignments to same column \"%s\"",
                             base->columns[attno - 1].name);
        target->resno = attno;
    }
    return STATUS_OK;
}

static void replace_in_from(FromNode *node, uint32_t from, uint32_t to) {
    if (node == NULL)
        return;
    if (node->kind == FROM_RTE && node->rt_index == from)
        node->rt_index = to;
    replace_in_from(node->left, from, to);
    replace_in_from(node->right, from, to);
    for (uint32_t i = 0; i < node->item_count; i++)
        replace_in_from(node->items[i], from, to);
}

static void add_check(Arena *arena, Query *query, WithCheck check) {
    WithCheck *checks = arena_array(arena, WithCheck, query->with_check_count + 1);
    if (query->with_check_count > 0)
        memcpy(checks + 1, query->with_checks, query->with_check_count * sizeof(WithCheck));
    checks[0] = check;
    query->with_checks = checks;
    query->with_check_count++;
}

static void add_check_option(Rewriter *rw, Query *query, const RelationDesc *view,
                             Expr *condition) {
    const char *option = relation_option(view, "check_option");
    bool inherited = false, cascaded = option != NULL && strcmp(option, "cascaded") == 0;
    for (uint32_t i = 0; i < query->with_check_count; i++)
        inherited |= query->with_checks[i].cascaded;
    if (option == NULL && !inherited)
        return;
    if (condition == NULL && !cascaded && !inherited)
        return;
    add_check(rw->an.arena, query,
              (WithCheck){.kind = CHECK_VIEW_LOCAL,
                          .relation_name = arena_strdup(rw->an.arena, view->name),
                          .condition = condition,
                          .cascaded = cascaded || inherited});
}

static void add_condition(Arena *arena, Query *query, Expr *condition) {
    if (condition == NULL)
        return;
    ExprList list = {0};
    expr_conjuncts(arena, query->from->condition, &list);
    expr_conjuncts(arena, condition, &list);
    query->from->condition = expr_and(arena, &list);
}

/* What the view hides, and what views above hide: that is tested before what the statement says, and
 * after what this one hides. */
static void hide_rows(Arena *arena, Query *query, const RelationDesc *view, RangeEntry *view_entry,
                      RangeEntry *entry, Expr *condition) {
    entry->security_quals = (ExprList){0};
    if (query->command != COMMAND_INSERT && condition != NULL) {
        if (rewrite_option_is_true(view, "security_barrier"))
            expr_list_add(arena, &entry->security_quals, condition);
        else
            add_condition(arena, query, condition);
    }
    for (uint32_t i = 0; i < view_entry->security_quals.count; i++)
        expr_list_add(arena, &entry->security_quals, view_entry->security_quals.items[i]);
    view_entry->security_quals = (ExprList){0};
}

Status rewrite_view_target(Rewriter *rw, Query *query, const RelationDesc *view) {
    Arena *arena = rw->an.arena;
    uint32_t view_rt = query->result_rt_index;
    RangeEntry *view_entry = query_rte(query, view_rt);
    Query *inner;
    const RelationDesc *base;
    TRY(view_query(rw, view, &inner));
    const char *why = view_not_updatable(inner);
    if (why == NULL && query->command != COMMAND_DELETE && !has_updatable_column(inner))
        why = "Views that have no updatable columns are not automatically updatable.";
    if (why != NULL)
        return refuse(query, view, why);
    if (query->from != NULL && query->from->condition != NULL &&
        tree_has_tag(query->from->condition, EXPR_CURRENT_OF))
        return error(ERR_FEATURE_NOT_SUPPORTED, "WHERE CURRENT OF on a view is not implemented");
    ViewMap map = {arena, inner, inner->from->items[0]->rt_index, query->range_count + 1,
                   view_entry};
    RangeEntry *entry = arena_memdup(arena, query_rte(inner, map.base_rt), sizeof(RangeEntry));
    entry->lock_mode = LOCK_ROW_EXCLUSIVE;
    TRY(relation_lock(rw->an.catalog, entry->relation, LOCK_ROW_EXCLUSIVE, LOCK_WAIT, NULL));
    TRY(catalog_relation_require(rw->an.catalog, entry->relation, &base));
    entry->required_rights |= view_entry->required_rights;
    entry->inserted_columns = map_columns(&map, view_entry->inserted_columns);
    entry->updated_columns = map_columns(&map, view_entry->updated_columns);
    entry->in_from = false;
    query_add_rte(arena, query, entry);
    if (query->command == COMMAND_INSERT || query->command == COMMAND_UPDATE)
        TRY(map_targets(view, base, &map, &query->targets, query->command == COMMAND_INSERT));
    if (query->on_conflict != NULL && query->on_conflict->update) {
        TRY(map_targets(view, base, &map, &query->on_conflict->set, true));
        uint32_t excluded = query->on_conflict->excluded_rt_index;
        RangeEntry *proposed = arena_memdup(arena, entry, sizeof(RangeEntry));
        ViewMap excluded_map = map;
        proposed->name = proposed->alias = "excluded";
        proposed->relkind = 'c';
        proposed->required_rights = 0;
        query_add_rte(arena, query, proposed);
        excluded_map.new_rt = query->range_count;
        tree_replace_query_columns(arena, query, 0, excluded, replace_column, &excluded_map);
        query->on_conflict->excluded_rt_index = query->range_count;
    }
    for (uint32_t i = 0; i < query->merge_action_count; i++)
        if (query->merge_actions[i]->command != COMMAND_UTILITY)
            TRY(map_targets(view, base, &map, &query->merge_actions[i]->targets,
                            query->merge_actions[i]->command == COMMAND_INSERT));
    tree_replace_query_columns(arena, query, 0, view_rt, replace_column, &map);
    replace_in_from(query->from, view_rt, map.new_rt);
    query->result_rt_index = map.new_rt;
    Expr *condition = tree_change_index(arena, inner->from->condition, map.base_rt, map.new_rt, 0);
    hide_rows(arena, query, view, view_entry, entry, condition);
    if (query->command == COMMAND_INSERT || query->command == COMMAND_UPDATE)
        add_check_option(rw, query, view, condition);
    if (query->on_conflict != NULL && query->on_conflict->update && condition != NULL)
        add_check(arena, query,
                  (WithCheck){.kind = CHECK_VIEW_CONFLICT,
                              .relation_name = arena_strdup(arena, view->name),
                              .condition = condition});
    query->has_sub_links |= inner->has_sub_links;
    view_entry->kind = RTE_RESULT; /* stays for its permissions */
    view_entry->view = view->oid;
    return STATUS_OK;
}
