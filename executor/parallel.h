/*
 * parallel.h: what those who run a gather's input share. Layer: executor, private.
 *
 * A gather runs its input in the statement's own fibre and in fibres of other workers, each with nodes
 * of its own. Nodes that are parallel_aware find their ParallelPart by their plan's id, in
 * Executor.parts; it tells who does what.
 */
#ifndef EXECUTOR_PARALLEL_H
#define EXECUTOR_PARALLEL_H

#include "executor/exec_int.h"
#include "runtime/latch.h"

typedef struct ParallelPart {
    /* a scan: rowids [next, end) are to be given out yet, `step` at a time */
    _Atomic RowId next;
    RowId end;
    uint64_t step;
    /* an append */
    RwLatch latch;
    uint32_t turn;
    bool *closed; /* by child: nobody is to begin it any more */
} ParallelPart;

/* What is not to be freed before the rows that came with it have been read: states of groups. */
typedef struct Leftover {
    struct Leftover *next;
    void (*free)(struct Leftover *leftover);
} Leftover;

/* The next rowids of the table, low..high. False: there are none left. */
bool parallel_next_rows(ParallelPart *part, RowId *low_out, RowId *high_out);
/* A child to run: one that is not partial and nobody has, else a partial one with rows left. -1: none. */
int32_t parallel_next_child(ParallelPart *part, const PlanAppend *append, const BitSet *live);
/* The rows of a partial child have all been given out. */
void parallel_close_child(ParallelPart *part, uint32_t child);

/* exec.c: an executor of a part of the leader's plan, under a snapshot that is the leader's. The parameters
 * named have their values. */
Status executor_start_worker(Session *session, const Executor *leader, const Snapshot *snapshot,
                             const PlanGather *gather, Executor **executor_out);
/* Hands a leftover to the gather above; it is freed once the rows made so far have been read. */
static inline void exec_leave(Executor *exec, Leftover *leftover) {
    leftover->next = exec->leftovers;
    exec->leftovers = leftover;
}

#endif
