/* rels_int.h: between rels.c, index_paths.c and build.c. Private to planner/. */
#ifndef PLANNER_RELS_INT_H
#define PLANNER_RELS_INT_H

#include "planner/plan_int.h"

Status table_paths(Level *level, Rel *rel);
Status table_rel(Level *level, Rel *rel);
/* Could a scan of rel test the join condition if it had the others' values? */
bool qual_is_movable_to(const Qual *qual, const Rel *rel);
/* All those. */
void movable_quals(Level *level, Rel *rel, QualVec *out);
Path *seq_path(Level *level, Rel *rel);

/* ---- inherit.c ---- */

/* Does the entry stand for several tables, or, with ONLY a partitioned one, for none? */
Status inherit_has_children(Planner *planner, const RangeEntry *entry, bool *yes_out);
/* The ways to read a table with all that inherit from it. */
Status inherit_paths(Level *level, Rel *rel);
/* An expression about the parent, about the child. */
Expr *inherit_to_child(Level *level, const Rel *child, Expr *expr);
/* The other way; NULL where it has a column that the parent lacks. */
Expr *inherit_to_parent(Level *level, const Rel *child, Expr *expr);
/* Every row that meets `clause` (an immutable one) meets `predicate`, an index's: exclude.c. False: not
 * proven. */
bool predicate_implied(Planner *planner, Expr *predicate, Expr *clause);
/* Its constraints say that no row can meet its conditions: exclude.c. */
bool inherit_excluded(Level *level, const Rel *child);
Status append_build_path(Level *level, Path *path, Node **node_out);
Status cte_of(Level *level, const RangeEntry *entry, Level **owner_out, uint32_t *index_out);
Level *worktable_owner(Level *level, const RangeEntry *entry);
/* index_paths.c: is the expression the index's key column? */
bool index_key_is(const IndexInfo *index, uint32_t column, Expr *expr);
/* The operator's strategy in a family; 0: it is not in it. */
int16_t index_strategy(Planner *planner, Oid op, Oid family);
/* index_derive.c: conditions on a key column that follow from qual, which is about it: out[2]. */
uint32_t index_derived_quals(Level *level, const IndexInfo *index, uint32_t column, Qual *qual,
                             Qual **out);
/* Rows a set-returning expression makes per call. */
double set_rows(Level *level, const Expr *expr);

#endif
