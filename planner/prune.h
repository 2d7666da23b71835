/*
 * prune.h: which partitions can have rows that meet conditions on the partition key. Layer: planner.
 *
 * Conditions become a tree of steps, made once (prune_build). It is evaluated when all values are
 * known: while planning for constants, by the executor for parameters.
 */
#ifndef PLANNER_PRUNE_H
#define PLANNER_PRUNE_H

#include "planner/partition.h"
#include "planner/plan.h"

/* The value of a step. *known_out false: not now. */
typedef Status (*PruneValue)(void *arg, const PruneStep *step, Datum *value_out, bool *null_out,
                             bool *known_out);

typedef struct PruneContext {
    EvalEnv *env;
    Arena *arena;
    const PartitionTable *table;
    const PartitionKey *key;
    PruneValue value;
    void *arg;
} PruneContext;

/* Places of partitions that may have rows. steps NULL: all. */
Status prune_evaluate(PruneContext *context, const PruneStep *steps, BitSet **places_out);

#endif
