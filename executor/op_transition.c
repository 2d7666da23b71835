/* op_transition.c: scans of a trigger's transition tables. */
#include "executor/exec_int.h"
#include "executor/row_store.h"

typedef struct TransitionScan {
    Node node;
    RowStore *rows;
    uint64_t position;
    Register *registers;
} TransitionScan;

static Status transition_produce(Node *node) {
    TransitionScan *t = (TransitionScan *)node;
    uint32_t count;
    TRY(row_store_read(t->rows, &t->position, BATCH_ROWS, t->registers, &node->exec->arena,
                       &node->batch_arena, node->row.columns, &count));
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}

static Status transition_rescan(Node *node, const Rescan *rescan) {
    ((TransitionScan *)node)->position = 0;
    return STATUS_OK;
}

Status transition_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    TransitionScan *t;
    const char *name = ((const PlanTransitionScan *)plan)->name;
    const TransitionTable *table = exec->session->env.transitions;
    while (table != NULL && strcmp(table->name, name) != 0)
        table = table->next;
    if (table == NULL || table->rows == NULL)
        return error(ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", name);
    TRY(node_init(exec, plan, sizeof(*t), transition_produce, transition_rescan, &t));
    t->rows = table->rows;
    uint32_t n = row_store_shape(t->rows)->column_count;
    t->registers = arena_array(&exec->arena, Register, n + 1);
    node_row_shape(&t->node, n);
    *node_out = &t->node;
    return STATUS_OK;
}
