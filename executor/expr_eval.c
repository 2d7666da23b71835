/* expr_eval.c: lone expressions over one row at a time: defaults, checks, USING. */
#include "executor/program.h"

typedef struct EvalColumn {
    bool used;
    PhysType phys;
    Register reg;
} EvalColumn;

struct ExprEval {
    Executor *exec;
    ProgNode **nodes;
    uint32_t count;
    EvalColumn *columns;
    uint32_t column_count;
    Batch row;
    Arena results;
    Status failed; /* of the walk below */
};

static bool note_slot(Expr *expr, void *arg) {
    ExprEval *e = arg;
    if (expr->tag == EXPR_SLOT && ((ExprSlot *)expr)->column >= 0) {
        const TypeInfo *info;
        uint32_t column = (uint32_t)((ExprSlot *)expr)->column;
        Status s = exec_type(e->exec, expr->type, &info);
        if (!status_ok(s)) {
            e->failed = s;
            return true;
        }
        if (column >= e->column_count) {
            uint32_t count = column + 1;
            e->columns =
                arena_grow(&e->exec->arena, e->columns, e->column_count * sizeof(EvalColumn),
                           count * sizeof(EvalColumn));
            memset(e->columns + e->column_count, 0, (count - e->column_count) * sizeof(EvalColumn));
            e->column_count = count;
        }
        e->columns[column].used = true;
        e->columns[column].phys = info->phys;
    }
    return expr_walk(expr, note_slot, arg);
}

Status expr_eval_make(Session *session, Arena *arena, Expr *const *exprs, uint32_t expr_count,
                      ExprEval **eval_out) {
    ExprEval *e = arena_new(arena, ExprEval);
    *eval_out = e;
    TRY(exec_light(session, arena, NULL, &e->exec));
    arena_init(&e->results, &e->exec->account);
    e->count = expr_count;
    e->nodes = arena_array(&e->exec->arena, ProgNode *, expr_count + 1);
    for (uint32_t i = 0; i < expr_count; i++) {
        note_slot(exprs[i], e);
        TRY(e->failed);
        TRY(prog_compile(e->exec, exprs[i], &e->nodes[i]));
    }
    e->row = (Batch){.column_count = e->column_count,
                     .row_count = 1,
                     .selection = selection_all(1),
                     .columns = arena_array(&e->exec->arena, Vector, e->column_count + 1)};
    return STATUS_OK;
}

Status expr_eval_row(ExprEval *e, uint32_t index, const Datum *values, const bool *nulls,
                     Datum *value_out, bool *null_out) {
    check(index < e->count);
    for (uint32_t c = 0; c < e->column_count; c++) {
        if (!e->columns[c].used)
            continue;
        bool is_null = values == NULL || nulls[c];
        e->row.columns[c] =
            *register_constant(&e->columns[c].reg, &e->exec->arena, e->columns[c].phys,
                               is_null ? (Datum){.i64 = 0} : values[c], is_null);
    }
    ProgContext ctx = {.exec = e->exec,
                       .side = {&e->row, NULL, &e->row, NULL},
                       .row_count = 1,
                       .arena = &e->results};
    return prog_eval_single(e->nodes[index], &ctx, value_out, null_out);
}

void expr_eval_reset(ExprEval *e) { arena_reset(&e->results); }

void expr_eval_free(ExprEval *e) {
    if (e == NULL || e->exec == NULL)
        return;
    arena_destroy(&e->results);
    exec_light_end(e->exec);
}
