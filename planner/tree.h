/* tree.h: work on column references in expressions and queries. Private to planner/. */
#ifndef PLANNER_TREE_H
#define PLANNER_TREE_H

#include "planner/query.h"

/* Columns of join entries become what they show. query: the one whose level is 0 in expr. */
Expr *tree_flatten_joins(Arena *arena, const Query *query, Expr *expr);
void tree_flatten_query_joins(Arena *arena, Query *query);

/* levels_up += delta for all references that lie at least min_level levels up (0: all to the
 * outside of expr). CTE entries of nested queries as well. */
Expr *tree_shift_levels(Arena *arena, Expr *expr, int delta, uint32_t min_level);
void tree_shift_query_levels(Arena *arena, Query *query, int delta, uint32_t min_level);

/* rt_index += offset for references of level 0. */
Expr *tree_offset(Arena *arena, Expr *expr, uint32_t offset);
void tree_offset_query(Arena *arena, Query *query, uint32_t offset);

/* Entry `from` becomes entry `to`, at level `level`. */
Expr *tree_change_index(Arena *arena, Expr *expr, uint32_t from, uint32_t to, uint32_t level);

/* Each column of entry rt_index (at level 0 of expr) becomes replace(column); its references to the
 * level must be made for level 0, they are shifted where they land deeper. */
typedef Expr *(*ColumnReplace)(const ExprColumn *column, void *arg);
Expr *tree_replace_columns(Arena *arena, Expr *expr, uint32_t rt_index, ColumnReplace replace,
                           void *arg);
void tree_replace_query_columns(Arena *arena, Query *query, uint32_t level, uint32_t rt_index,
                                ColumnReplace replace, void *arg);

/* Entries of level `level` that expr refers to, added to set. */
BitSet *tree_rels(Arena *arena, BitSet *set, const Expr *expr, uint32_t level);
BitSet *tree_query_rels(Arena *arena, BitSet *set, const Query *query, uint32_t level);
/* Columns (attno + ATTNO_OFFSET) of one entry of level 0 that expr refers to, added to set. */
BitSet *tree_columns_of(Arena *arena, BitSet *set, const Expr *expr, uint32_t rt_index);

bool tree_has_tag(const Expr *expr, ExprTag tag);

#endif
