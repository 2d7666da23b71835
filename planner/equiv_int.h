/* equiv_int.h: between quals.c and equiv.c. Private to planner/. */
#ifndef PLANNER_EQUIV_INT_H
#define PLANNER_EQUIV_INT_H

#include "planner/plan_int.h"

/* *taken_out: the equality lives in an equivalence class now. */
Status ec_process(Level *level, Qual *qual, bool below_outer, bool *taken_out);
void qual_place(Level *level, Qual *qual);

#endif
