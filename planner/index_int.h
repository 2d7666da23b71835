/* index_int.h: conditions and the columns of an index. Between index_paths.c and bitmap_paths.c. */
#ifndef PLANNER_INDEX_INT_H
#define PLANNER_INDEX_INT_H

#include "planner/rels_int.h"

/* A condition that fits an index's column. */
typedef struct Match {
    IndexBoundKind kind;
    Expr *value;
    bool is_low; /* RANGE: a lower bound; else an upper one */
    bool inclusive;
    ExprList rest;  /* of a row comparison: the following key columns' values */
    BitSet *others; /* relations the values need */
    Qual *qual;
} Match;

typedef struct ColumnMatches {
    Match *items;
    size_t count;
    size_t capacity;
} ColumnMatches;

/* May the condition be tested before all others of the table? */
bool qual_comes_first(const Rel *rel, const Qual *qual);
/* Adds those of quals that fit the column. */
void index_match_quals(Level *level, const Rel *rel, const IndexInfo *index, uint32_t column,
                       const QualVec *quals, ColumnMatches *matches);
/* Does the index have all rows that meet the relation's conditions and `more` (NULL: none)? */
bool index_holds_rows(Planner *planner, const Rel *rel, const QualVec *more,
                      const IndexInfo *index);
/* With the bounds of matches[key_count] that need no other values than those of `available`; no costs. */
Path *index_path(Level *level, Rel *rel, IndexInfo *index, ColumnMatches *matches,
                 const BitSet *available);
/* Pages fetched of a table when so many rows are read in no order (Mackert and Lohman). */
double pages_fetched(double tuples, double pages, double cache);
double index_search_cost(Level *level, Rel *rel, IndexPath *index, double loops,
                         double *startup_out, double *tuples_out);
/* How often a parameterised scan runs: estimated. */
double index_loops(Level *level, const BitSet *outer);

/* bitmap_paths.c: ways to read the table through several indexes at once. */
void bitmap_paths(Level *level, Rel *rel, const QualVec *movable);

#endif
