/* rels_int.h: between rels.c, index_paths.c and build.c. Private to planner/. */
#ifndef PLANNER_RELS_INT_H
#define PLANNER_RELS_INT_H

#include "planner/plan_int.h"

Status table_paths(Level *level, Rel *rel);
Status cte_of(Level *level, const RangeEntry *entry, Level **owner_out, uint32_t *index_out);
Level *worktable_owner(Level *level, const RangeEntry *entry);
/* Rows a set-returning expression makes per call. */
double set_rows(Level *level, const Expr *expr);

#endif
