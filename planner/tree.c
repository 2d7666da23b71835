/* tree.c: work on column references: joins seen through, levels and range-table indexes shifted,
 * columns replaced, columns collected. */
#include "planner/tree.h"

/* ---- joins seen through ---- */

typedef struct Flatten {
    Arena *arena;
    const Query *query;
    uint32_t level;
} Flatten;

static Expr *flatten_map(Expr *expr, void *arg);

static Expr *join_whole_row(Flatten *flatten, const RangeEntry *entry, const ExprColumn *column) {
    ExprRow *row = EXPR_NEW(flatten->arena, ExprRow, EXPR_ROW);
    row->type = column->type;
    row->form = CALL_IMPLICIT;
    row->location = column->location;
    row->names = entry->column_names;
    for (uint32_t i = 0; i < entry->column_count; i++) {
        Expr *value = entry->join_columns[i].expr;
        if (flatten->level > 0)
            value = tree_shift_levels(flatten->arena, value, (int)flatten->level, 0);
        expr_list_add(flatten->arena, &row->args, flatten_map(value, flatten));
    }
    return (Expr *)row;
}

static Expr *flatten_map(Expr *expr, void *arg) {
    Flatten *flatten = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_map_levels(flatten->arena, expr, &flatten->level, flatten_map, arg);
    const ExprColumn *column = (const ExprColumn *)expr;
    if (column->levels_up != flatten->level || column->rt_index == 0 ||
        column->rt_index > flatten->query->range_count)
        return expr;
    const RangeEntry *entry = query_rte(flatten->query, column->rt_index);
    if (entry->kind != RTE_JOIN)
        return expr;
    if (column->attno == 0)
        return join_whole_row(flatten, entry, column);
    Expr *value = entry->join_columns[column->attno - 1].expr;
    if (flatten->level > 0)
        value = tree_shift_levels(flatten->arena, value, (int)flatten->level, 0);
    return flatten_map(value, flatten);
}

static bool has_joins(const Query *query) {
    for (uint32_t i = 0; i < query->range_count; i++)
        if (query->range_table[i]->kind == RTE_JOIN)
            return true;
    return false;
}

Expr *tree_flatten_joins(Arena *arena, const Query *query, Expr *expr) {
    Flatten flatten = {arena, query, 0};
    return expr == NULL || !has_joins(query) ? expr : flatten_map(expr, &flatten);
}

void tree_flatten_query_joins(Arena *arena, Query *query) {
    Flatten flatten = {arena, query, 0};
    if (has_joins(query))
        query_map(arena, query, &flatten.level, flatten_map, &flatten);
}

/* ---- levels ---- */

typedef struct Shift {
    Arena *arena;
    int delta;
    uint32_t min_level;
    uint32_t level;
} Shift;

static bool shifts(const Shift *shift, uint32_t levels_up) {
    return levels_up >= shift->level + shift->min_level;
}

static Expr *shift_map(Expr *expr, void *arg);

/* CTE entries of queries nested in the tree. */
static void shift_entries(Shift *shift, Query *query, uint32_t level) {
    for (uint32_t i = 0; i < query->range_count; i++) {
        RangeEntry *entry = query->range_table[i];
        if (entry->kind == RTE_CTE && entry->cte_levels_up >= level + shift->min_level) {
            query->range_table[i] = entry = arena_memdup(shift->arena, entry, sizeof(RangeEntry));
            entry->cte_levels_up = (uint32_t)((int)entry->cte_levels_up + shift->delta);
        } else if (entry->kind == RTE_SUBQUERY) {
            shift_entries(shift, entry->subquery, level + 1);
        }
    }
    for (uint32_t i = 0; i < query->ctes.count; i++)
        shift_entries(shift, query->ctes.items[i]->query, level + 1);
}

static Expr *shift_map(Expr *expr, void *arg) {
    Shift *shift = arg;
    Arena *arena = shift->arena;
    if (expr->tag == EXPR_COLUMN) {
        if (!shifts(shift, ((ExprColumn *)expr)->levels_up))
            return expr;
        ExprColumn *copy = arena_memdup(arena, expr, sizeof(ExprColumn));
        copy->levels_up = (uint32_t)((int)copy->levels_up + shift->delta);
        return (Expr *)copy;
    }
    Expr *out = expr_map_levels(arena, expr, &shift->level, shift_map, arg);
    if (out->tag == EXPR_SUB_LINK)
        shift_entries(shift, ((ExprSubLink *)out)->query, shift->level + 1);
    uint32_t *levels_up = out->tag == EXPR_AGG           ? &((ExprAgg *)out)->levels_up
                          : out->tag == EXPR_GROUPING    ? &((ExprGrouping *)out)->levels_up
                          : out->tag == EXPR_PLACEHOLDER ? &((ExprPlaceholder *)out)->levels_up
                                                         : NULL;
    if (levels_up == NULL || !shifts(shift, *levels_up))
        return out;
    size_t bytes = out->tag == EXPR_AGG        ? sizeof(ExprAgg)
                   : out->tag == EXPR_GROUPING ? sizeof(ExprGrouping)
                                               : sizeof(ExprPlaceholder);
    size_t offset = (size_t)((char *)levels_up - (char *)out);
    if (out == expr)
        out = arena_memdup(arena, expr, bytes);
    levels_up = (uint32_t *)((char *)out + offset);
    *levels_up = (uint32_t)((int)*levels_up + shift->delta);
    return out;
}

Expr *tree_shift_levels(Arena *arena, Expr *expr, int delta, uint32_t min_level) {
    Shift shift = {arena, delta, min_level, 0};
    return expr == NULL || delta == 0 ? expr : shift_map(expr, &shift);
}

void tree_shift_query_levels(Arena *arena, Query *query, int delta, uint32_t min_level) {
    Shift shift = {arena, delta, min_level, 0};
    if (delta == 0)
        return;
    query_map(arena, query, &shift.level, shift_map, &shift);
    shift_entries(&shift, query, 0);
}

/* ---- indexes ---- */

typedef struct Offset {
    Arena *arena;
    uint32_t offset;
    uint32_t from; /* 0: all */
    uint32_t to;
    uint32_t level;
} Offset;

static Expr *offset_map(Expr *expr, void *arg) {
    Offset *offset = arg;
    if (expr->tag == EXPR_COLUMN) {
        ExprColumn *column = (ExprColumn *)expr;
        if (column->levels_up != offset->level ||
            (offset->from != 0 && column->rt_index != offset->from))
            return expr;
        ExprColumn *copy = arena_memdup(offset->arena, column, sizeof(*column));
        if (offset->from != 0) {
            copy->rt_index = offset->to;
            if (copy->syntax_rt_index == offset->from)
                copy->syntax_rt_index = offset->to;
        } else {
            copy->rt_index += offset->offset;
            if (copy->syntax_rt_index != 0)
                copy->syntax_rt_index += offset->offset;
        }
        return (Expr *)copy;
    }
    if (expr->tag == EXPR_CURRENT_OF && offset->level == 0) {
        ExprCurrentOf *copy = arena_memdup(offset->arena, expr, sizeof(ExprCurrentOf));
        if (offset->from == 0)
            copy->rt_index += offset->offset;
        else if (copy->rt_index == offset->from)
            copy->rt_index = offset->to;
        return (Expr *)copy;
    }
    Expr *out = expr_map_levels(offset->arena, expr, &offset->level, offset_map, arg);
    if (out->tag == EXPR_PLACEHOLDER && ((ExprPlaceholder *)out)->levels_up == offset->level &&
        offset->from == 0) {
        ExprPlaceholder *copy = arena_memdup(offset->arena, out, sizeof(ExprPlaceholder));
        BitSet *rels = NULL;
        for (int m = bitset_next(copy->rels, -1); m >= 0; m = bitset_next(copy->rels, m))
            rels = bitset_add(offset->arena, rels, m + (int)offset->offset);
        copy->rels = rels;
        return (Expr *)copy;
    }
    return out;
}

Expr *tree_offset(Arena *arena, Expr *expr, uint32_t offset) {
    Offset context = {arena, offset, 0, 0, 0};
    return expr == NULL || offset == 0 ? expr : offset_map(expr, &context);
}

static void offset_from(FromNode *node, uint32_t offset) {
    if (node->rt_index != 0)
        node->rt_index += offset;
    if (node->left != NULL)
        offset_from(node->left, offset);
    if (node->right != NULL)
        offset_from(node->right, offset);
    for (uint32_t i = 0; i < node->item_count; i++)
        offset_from(node->items[i], offset);
}

void tree_offset_query(Arena *arena, Query *query, uint32_t offset) {
    Offset context = {arena, offset, 0, 0, 0};
    query_map(arena, query, &context.level, offset_map, &context);
    if (query->from != NULL)
        offset_from(query->from, offset);
    for (uint32_t i = 0; i < query->row_mark_count; i++)
        query->row_marks[i].rt_index += offset;
    if (query->result_rt_index != 0)
        query->result_rt_index += offset;
}

Expr *tree_change_index(Arena *arena, Expr *expr, uint32_t from, uint32_t to, uint32_t level) {
    Offset context = {arena, 0, from, to, level};
    return expr == NULL ? NULL : offset_map(expr, &context);
}

/* ---- replacing ---- */

typedef struct Replace {
    Arena *arena;
    uint32_t rt_index;
    ColumnReplace replace;
    void *arg;
    uint32_t level;
    uint32_t base; /* the level that counts as the caller's */
} Replace;

static Expr *replace_map(Expr *expr, void *arg) {
    Replace *replace = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_map_levels(replace->arena, expr, &replace->level, replace_map, arg);
    const ExprColumn *column = (const ExprColumn *)expr;
    if (column->levels_up != replace->level || column->rt_index != replace->rt_index)
        return expr;
    Expr *value = replace->replace(column, replace->arg);
    return tree_shift_levels(replace->arena, value, (int)(replace->level - replace->base), 0);
}

Expr *tree_replace_columns(Arena *arena, Expr *expr, uint32_t rt_index, ColumnReplace replace,
                           void *arg) {
    Replace context = {arena, rt_index, replace, arg, 0, 0};
    return expr == NULL ? NULL : replace_map(expr, &context);
}

void tree_replace_query_columns(Arena *arena, Query *query, uint32_t level, uint32_t rt_index,
                                ColumnReplace replace, void *arg) {
    Replace context = {arena, rt_index, replace, arg, level, 0};
    query_map(arena, query, &context.level, replace_map, &context);
}

/* ---- collecting ---- */

typedef struct Collect {
    Arena *arena;
    BitSet *set;
    uint32_t level;
    uint32_t rt_index; /* 0: entries are collected, else its columns */
} Collect;

static bool collect_visit(Expr *expr, void *arg) {
    Collect *collect = arg;
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->levels_up != collect->level)
            return false;
        if (collect->rt_index == 0)
            collect->set = bitset_add(collect->arena, collect->set, (int)column->rt_index);
        else if (collect->rt_index == column->rt_index)
            collect->set = bitset_add(collect->arena, collect->set, column->attno + ATTNO_OFFSET);
        return false;
    }
    if (expr->tag == EXPR_CURRENT_OF && collect->level == 0 && collect->rt_index == 0)
        collect->set =
            bitset_add(collect->arena, collect->set, (int)((ExprCurrentOf *)expr)->rt_index);
    return expr_walk_levels(expr, &collect->level, collect_visit, arg);
}

BitSet *tree_rels(Arena *arena, BitSet *set, const Expr *expr, uint32_t level) {
    Collect collect = {arena, set, level, 0};
    if (expr != NULL)
        collect_visit((Expr *)(uintptr_t)expr, &collect);
    return collect.set;
}

BitSet *tree_query_rels(Arena *arena, BitSet *set, const Query *query, uint32_t level) {
    Collect collect = {arena, set, level, 0};
    query_walk((Query *)(uintptr_t)query, &collect.level, collect_visit, &collect);
    return collect.set;
}

BitSet *tree_columns_of(Arena *arena, BitSet *set, const Expr *expr, uint32_t rt_index) {
    Collect collect = {arena, set, 0, rt_index};
    if (expr != NULL)
        collect_visit((Expr *)(uintptr_t)expr, &collect);
    return collect.set;
}

typedef struct TagSearch {
    ExprTag tag;
} TagSearch;

static bool tag_visit(Expr *expr, void *arg) {
    return expr->tag == ((TagSearch *)arg)->tag || expr_walk(expr, tag_visit, arg);
}

bool tree_has_tag(const Expr *expr, ExprTag tag) {
    TagSearch search = {tag};
    return expr != NULL && tag_visit((Expr *)(uintptr_t)expr, &search);
}
