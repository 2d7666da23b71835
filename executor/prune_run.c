/* prune_run.c: see prune_run.h. */
#include "executor/prune_run.h"

#include "planner/prune.h"

typedef struct PruneTable {
    const PartitionTable *partitions;
    PartitionKey key;
} PruneTable;

struct PruneRun {
    Executor *exec;
    const PlanPrune *plan;
    ProgNode **values;
    PruneTable *tables;
    BitSet *live;
    Arena arena; /* of one decision */
};

Status prune_run_make(Executor *exec, const PlanPrune *plan, PruneRun **out) {
    PruneRun *run = arena_new(&exec->arena, PruneRun);
    EvalEnv *env = &exec->session->env;
    run->exec = exec;
    run->plan = plan;
    arena_init(&run->arena, &exec->account);
    TRY(prog_compile_list(exec, &plan->values, &run->values));
    run->tables = arena_array(&exec->arena, PruneTable, plan->table_count + 1);
    for (uint32_t i = 0; i < plan->table_count; i++) {
        RelState state = {0};
        TRY(exec_open_relation(exec, plan->tables[i].relation, &state));
        TRY(partition_table_open(env, state.desc, &run->tables[i].partitions));
        TRY(partition_key_open(env, &exec->arena, state.desc, &run->tables[i].key));
        if (run->tables[i].partitions->count != plan->tables[i].count)
            return error(ERR_INTERNAL_ERROR, "partitions of \"%s\" have changed", state.desc->name);
    }
    *out = run;
    return STATUS_OK;
}

void prune_run_free(PruneRun *run) {
    if (run != NULL)
        arena_destroy(&run->arena);
}

static Status step_value(void *arg, const PruneStep *step, Datum *value_out, bool *null_out,
                         bool *known_out) {
    PruneRun *run = arg;
    const ExprConst *constant = (const ExprConst *)step->value;
    *known_out = true;
    if (constant->tag == EXPR_CONST) {
        *value_out = constant->value;
        *null_out = constant->is_null;
        return STATUS_OK;
    }
    ProgContext ctx = {.exec = run->exec, .row_count = 1, .arena = &run->arena};
    return prog_eval_single(run->values[step->number], &ctx, value_out, null_out);
}

static Status decide(PruneRun *run, uint32_t at) {
    const PlanPruneTable *plan = &run->plan->tables[at];
    PruneTable *t = &run->tables[at];
    PruneContext context = {
        &run->exec->session->env, &run->arena, t->partitions, &t->key, step_value, run};
    BitSet *places;
    TRY(fiber_stack_check());
    TRY(prune_evaluate(&context, plan->steps, &places));
    for (int p = bitset_next(places, -1); p >= 0; p = bitset_next(places, p)) {
        if (plan->children[p] >= 0)
            run->live = bitset_add(&run->arena, run->live, plan->children[p]);
        if (plan->tables[p] >= 0)
            TRY(decide(run, (uint32_t)plan->tables[p]));
    }
    return STATUS_OK;
}

Status prune_run_live(PruneRun *run, const BitSet **children_out) {
    arena_reset(&run->arena);
    run->live = NULL;
    TRY(decide(run, 0));
    *children_out = run->live;
    return STATUS_OK;
}
