/* prune_run.h: which children of an Append parameters leave out. Layer: executor, private. */
#ifndef EXECUTOR_PRUNE_RUN_H
#define EXECUTOR_PRUNE_RUN_H

#include "executor/program.h"

typedef struct PruneRun PruneRun;

Status prune_run_make(Executor *exec, const PlanPrune *plan, PruneRun **run_out);
void prune_run_free(PruneRun *run); /* NULL: nothing to do */
/* The children to be read with the parameters' present values. The set lives until the next call. */
Status prune_run_live(PruneRun *run, const BitSet **children_out);

#endif
