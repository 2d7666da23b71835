/*
 * program.h: compiled expressions. Layer: executor, private.
 *
 * An expression becomes a tree of ProgNodes, each of which owns the register of its result and runs
 * a fused kernel over the rows of a selection. Vectors are indexed by the rows of the batch, so a
 * node that narrows the selection (AND, CASE, COALESCE) evaluates its arguments for just the rows
 * that need them: laziness costs nothing and errors arise only where SQL says so. The same tree runs
 * single rows (defaults, keys, checks): a batch of one.
 *
 * I1 A node's result is valid until the node is evaluated again.
 * I2 Only rows of the selection given are valid in a result; a constant result is valid for all.
 * I3 Bytes of results live on ctx->arena, in an input, or in the program.
 */
#ifndef EXECUTOR_PROGRAM_H
#define EXECUTOR_PROGRAM_H

#include "executor/exec_int.h"
#include "executor/vector.h"

/* System columns of the rows that SLOT_TARGET shows. */
typedef struct TargetSystem {
    const RowId *rowids; /* by row */
    const Xid *xmins;
    Oid relation;
} TargetSystem;

typedef struct ProgContext {
    Executor *exec;
    const Batch *side[4]; /* by SlotSide; only columns are read */
    const TargetSystem *target_system;
    uint32_t row_count; /* rows the sides hold */
    Arena *arena;
    const Vector *case_test;
    const Vector *domain_value;
} ProgContext;

typedef struct ProgNode ProgNode;
typedef Status (*ProgEval)(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out);

struct ProgNode {
    ProgEval eval;
    const TypeInfo *info; /* of the result */
    Oid type;
    PhysType phys;
    bool is_volatile; /* gives another value each time */
    bool runs_code;   /* is seen when evaluated again: users' functions, which may say something */
    bool has_plan;    /* a subplan is below */
    uint32_t arg_count;
    ProgNode **args;
    Register reg;
    Register *arg_regs; /* [arg_count] for flattening dictionaries */
    Arena *arena;       /* registers live here */
};

/* Compiles one expression; everything lives on exec->arena. */
Status prog_compile(Executor *exec, const Expr *expr, ProgNode **node_out);
Status prog_compile_list(Executor *exec, const ExprList *list, ProgNode ***nodes_out);

static inline Status prog_eval(ProgNode *node, ProgContext *ctx, Selection sel,
                               const Vector **out) {
    return node->eval(node, ctx, sel, out);
}
/* Argument i, flat or constant. */
static inline Status prog_arg(ProgNode *node, uint32_t i, ProgContext *ctx, Selection sel,
                              const Vector **out) {
    TRY(prog_eval(node->args[i], ctx, sel, out));
    if (UNLIKELY((*out)->form == VEC_DICTIONARY))
        *out = vector_flatten(*out, &node->arg_regs[i], node->arena, sel);
    return STATUS_OK;
}
/* One row: row 0 of the sides. */
Status prog_eval_single(ProgNode *node, ProgContext *ctx, Datum *value_out, bool *null_out);
/* The same for a given row. */
Status prog_eval_row(ProgNode *node, ProgContext *ctx, uint32_t row, Datum *value_out,
                     bool *null_out);
/* Narrows sel to the rows for which all conditions are true. rows: room for sel.count; may be what
 * sel points to. */
Status prog_filter(ProgNode *const *conditions, uint32_t count, ProgContext *ctx, Selection *sel,
                   uint16_t *rows);
/* Whether evaluating them again is seen by nobody. Builds the statement's subplans if one is below. */
bool prog_may_repeat(Executor *exec, ProgNode *const *nodes, uint32_t count);
/* Evaluates conditions for one row; *true_out: all are. Then, if they are, what else is computed of the row. */
Status prog_try_row(ProgNode *const *conditions, uint32_t condition_count, ProgNode *const *targets,
                    uint32_t target_count, ProgContext *ctx, uint16_t row, bool *true_out);

/* ---- between the files of the compiler ---- */

/* A kernel computes whole vectors: in flat or constant (never all constant, which the caller folds
 * into one row). It returns false where a row fails (overflow and so on): the caller then runs the
 * function row by row, which reports the error. */
typedef bool (*KernelFn)(const Vector *const *args, Vector *result, Selection sel);
/* NULL: no kernel for this function. */
KernelFn kernel_find(const char *prosrc);

/* A zeroed node of `bytes` (a struct that starts with a ProgNode) into *(void **)node_out. */
Status prog_node(Executor *exec, size_t bytes, ProgEval eval, const Expr *expr, void *node_out);
/* Compiles args into node->args. */
Status prog_compile_args(Executor *exec, ProgNode *node, const ExprList *args);
Status prog_compile_arg(Executor *exec, ProgNode *node, const Expr *arg);
/* A function's call over compiled arguments. */
Status prog_eval_constant(ProgNode *node, ProgContext *ctx, Datum value, bool is_null,
                          const Vector **out);

Status prog_compile_func(Executor *exec, const ExprFunc *expr, ProgNode **out);
Status prog_compile_scalar_array(Executor *exec, const ExprScalarArrayOp *expr, ProgNode **out);
Status prog_compile_via_io(Executor *exec, const ExprCoerceViaIo *expr, ProgNode **out);
Status prog_compile_array_coerce(Executor *exec, const ExprArrayCoerce *expr, ProgNode **out);
Status prog_compile_bool(Executor *exec, const ExprBool *expr, ProgNode **out);
Status prog_compile_case(Executor *exec, const ExprCase *expr, ProgNode **out);
Status prog_compile_coalesce(Executor *exec, const ExprCoalesce *expr, ProgNode **out);
Status prog_compile_min_max(Executor *exec, const ExprMinMax *expr, ProgNode **out);
Status prog_compile_null_test(Executor *exec, const ExprNullTest *expr, ProgNode **out);
Status prog_compile_boolean_test(Executor *exec, const ExprBooleanTest *expr, ProgNode **out);
Status prog_compile_distinct(Executor *exec, const ExprFunc *expr, ProgNode **out);
Status prog_compile_row(Executor *exec, const ExprRow *expr, ProgNode **out);
Status prog_compile_array(Executor *exec, const ExprArray *expr, ProgNode **out);
Status prog_compile_row_compare(Executor *exec, const ExprRowCompare *expr, ProgNode **out);
Status prog_compile_field_select(Executor *exec, const ExprFieldSelect *expr, ProgNode **out);
Status prog_compile_field_store(Executor *exec, const ExprFieldStore *expr, ProgNode **out);
Status prog_compile_row_coerce(Executor *exec, const ExprRowCoerce *expr, ProgNode **out);
Status prog_compile_subscript(Executor *exec, const ExprSubscript *expr, ProgNode **out);
Status prog_compile_json_subscript(Executor *exec, const ExprSubscript *expr, ProgNode **out);
Status prog_compile_domain(Executor *exec, const ExprCoerceDomain *expr, ProgNode **out);
Status prog_compile_whole_row(Executor *exec, const ExprSlot *expr, ProgNode **out);
Status prog_compile_value_func(Executor *exec, const ExprValueFunc *expr, ProgNode **out);
Status prog_compile_next_value(Executor *exec, const ExprNextValue *expr, ProgNode **out);
Status prog_compile_sub_plan(Executor *exec, const ExprSubPlan *expr, ProgNode **out);
Status prog_compile_current_of(Executor *exec, const ExprCurrentOf *expr, ProgNode **out);
Status prog_compile_xml(Executor *exec, const ExprXml *expr, ProgNode **out);

/* A function ready to be called on Datums: comparison operators of joins, sets, subplans. */
typedef struct FnCaller {
    FnSite site;
    FnImpl impl;
    bool strict;
    bool is_volatile;
    bool
        is_pure; /* works on its arguments alone: may be left where memory ends (base/mem_guard.h) */
} FnCaller;
Status fn_caller_make(Executor *exec, Oid function, const Oid *arg_types, uint32_t arg_count,
                      Oid result_type, Oid collation, const Expr *expr, FnCaller *caller_out);
Status fn_caller_call(FnCaller *caller, Arena *arena, const Datum *args, const bool *nulls,
                      Datum *value_out, bool *null_out);
/* < and > of the b-tree family that `op` is a member of, over two types. */
Status order_callers_make(Executor *exec, Oid op, const Oid *types, Oid collation, FnCaller *less,
                          FnCaller *greater);
/* The function behind an operator. */
Status operator_function(Executor *exec, Oid op, Oid *function_out);

#endif
