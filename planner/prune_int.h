/* prune_int.h: building prune steps. Private to planner/. */
#ifndef PLANNER_PRUNE_INT_H
#define PLANNER_PRUNE_INT_H

#include "planner/prune.h"
#include "planner/rels_int.h"

typedef struct PruneBuild {
    Level *level;
    const Rel *rel;
    const PartitionKey *key; /* over rel's columns */
    bool with_columns;       /* values may be other relations' columns */
    bool open;               /* out: some value is no constant */
} PruneBuild;

/* NULL: the expression says nothing of the key. */
PruneStep *prune_step(PruneBuild *build, Expr *expr);
PruneStep *prune_build(PruneBuild *build, const QualVec *quals, const QualVec *more);
/* A PruneValue: constants alone are known. */
Status prune_constant(void *arg, const PruneStep *step, Datum *value_out, bool *null_out,
                      bool *known_out);

#endif
