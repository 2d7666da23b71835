/*
 * plpgsql_int.h: a PL/pgSQL function at work. Private to executor/plpgsql_*.c.
 *
 * I1 What a statement computes lies on frame->eval, which is reset before each simple statement: a
 *    statement that contains others keeps nothing there across them.
 * I2 Values of variables lie in buffers of their own (PlValue.bytes).
 * I3 Code made under another stamp is not run again; what runs it still keeps it (running).
 */
#ifndef EXECUTOR_PLPGSQL_INT_H
#define EXECUTOR_PLPGSQL_INT_H

#include "base/map.h"
#include "executor/plpgsql.h"
#include "executor/program.h"
#include "executor/row_store.h"
#include "executor/trigger_call.h"
#include "planner/plpgsql.h"

/* ---- values ---- */

typedef struct PlValue {
    Datum value;
    bool is_null;
    PhysType phys;
    char *bytes; /* what value points to */
    uint32_t capacity;
} PlValue;

/* The columns of a row. */
typedef struct PlShape {
    uint32_t count;
    const char **names; /* "": dropped */
    Oid *types;         /* 0: dropped */
    int32_t *typmods;
    PhysType *phys;
    uint64_t serial; /* a hash of all this: equal shapes have equal ones */
} PlShape;

typedef struct PlRecord {
    const PlShape *shape; /* NULL: not assigned yet */
    bool is_null;
    PlValue *fields;
    Arena arena; /* shape and fields of a RECORD */
} PlRecord;

typedef struct PlCell {
    union {
        PlValue v;
        PlRecord r;
    };
} PlCell;

/* ---- code ---- */

/* Where a parameter's value comes from. */
typedef struct PlParamSource {
    PlDatum *datum;    /* PL_VAR, or PL_REC: the whole row or a field */
    const char *field; /* NULL: whole */
    Oid type;
    uint32_t place; /* of the field, in the shape with this serial */
    uint64_t serial;
} PlParamSource;

typedef struct PlProgram {
    struct PlProgram *next; /* free ones of an expression */
    ProgNode *node;
    Datum *params;
    bool *nulls;
} PlProgram;

/* Shapes that an expression relies on. */
typedef struct PlDepend {
    struct PlDepend *next;
    PlDatum *record;
    uint64_t serial;
} PlDepend;

/* Simple expressions and casts of a function under one stamp. */
typedef struct PlCode {
    Arena arena;
    MemAccount account;
    Session *session;
    Executor *exec;
    uint64_t stamp;
    uint64_t serial; /* no other code of the session has it */
    uint32_t running;
    bool retired;
    struct PlCast *casts;
} PlCode;

typedef struct PlCast {
    struct PlCast *next;
    Oid from, to;
    int32_t from_typmod, to_typmod;
    Expr *expr; /* NULL: nothing to do */
    PhysType phys;
    PlProgram *free;
} PlCast;

/* A statement's plan. */
typedef struct PlPlan {
    Arena arena;
    Session *session;
    uint64_t stamp;
    uint32_t running;
    bool retired;
    const AstRawStatement *raw;
    const char *text; /* what raw's offsets refer to */
    PlannedStatement *plan;
    PlParamSource *params;
    uint32_t param_count;
    Oid *param_types;
    PlDepend *depends;
} PlPlan;

/* What an expression has become. */
typedef struct PlCompiled {
    PlCode *code;         /* simple: whose it is; NULL: not compiled */
    uint64_t code_serial; /* code may be gone: only where this is the serial of today's it is not */
    Expr *expr;
    Oid type; /* of the result; after the cast, where want was asked for */
    int32_t typmod;
    PhysType phys;
    bool cast_done;
    PlParamSource *params;
    uint32_t param_count;
    PlDepend *depends;
    PlProgram *free;
    PlPlan *plan; /* not simple */
    /* variable[index] := element, of fixed width: stored in place where it can be */
    Expr *index, *element; /* NULL: not such an assignment */
    PhysType element_phys;
    PlProgram *free_index, *free_element;
} PlCompiled;

typedef struct PlFunction {
    Oid oid; /* 0: DO */
    uint64_t key;
    MemAccount *parent;
    MemAccount account;
    Arena arena;
    Session *session;
    PlTree *tree;
    const char *name;
    const char *signature; /* as contexts name it */
    const char *source;
    uint64_t stamp;    /* under which it was last known to be right */
    uint64_t row_hash; /* of what pg_proc said */
    bool has_user_types;
    bool strict, returns_set, is_procedure, security_definer;
    char volatility;
    Oid result;
    const TypeInfo *result_info; /* NULL: composite, void, trigger */
    PhysType result_phys;
    bool result_is_row; /* composite or RECORD */
    PlTriggerKind trigger;
    PlCompiled *exprs; /* by PlExpr.number */
    PlCode *code;
    uint32_t running;
    bool retired;
    struct PlFrame *spare;
    unsigned extra_warnings, extra_errors;
} PlFunction;

/* ---- running ---- */

typedef enum PlFlow { PL_GO_ON, PL_EXITING, PL_CONTINUING, PL_RETURNING } PlFlow;

/* A cursor that a loop reads. */
typedef struct PlLoopCursor {
    struct PlLoopCursor *next;
    const char *name;
} PlLoopCursor;

/* A query read row by row, of which its transaction may end. */
typedef struct PlRows PlRows;

typedef struct PlFrame {
    struct PlFrame *caller;
    Session *session;
    PlFunction *fn;
    PlCell *cells; /* by datum number */
    Arena arena;   /* lives as long as the frame */
    Arena eval;
    uint32_t turns;     /* of loops */
    const PlStmt *stmt; /* at work; NULL: `phase` says where it is */
    const char *phase;
    int32_t phase_line; /* 0: stmt's */
    const char *sql;    /* text of the SQL that runs; NULL: none */
    PlExprMode sql_mode;
    bool may_commit;
    uint32_t subtransactions;
    bool read_only;
    const Snapshot *snapshot; /* of a function that is not volatile */
    bool own_snapshot;
    const char *label; /* of EXIT, CONTINUE */
    uint64_t row_count;
    Status handled; /* the error that a handler is at work on */
    bool handling;
    PlRows *open_rows;
    struct PlLoopCursor *loop_cursors;
    /* results */
    bool returned;
    Datum result;
    bool result_null;
    Oid result_type;
    int32_t result_typmod;
    RowStore *set;
    RowShape set_shape;
    const PlShape *set_columns;
    PhysType *set_phys;
    Arena *result_arena;
    FnSite *site;
    TriggerCall *trigger;
} PlFrame;

typedef struct PlSession {
    U64Map functions;
    PlFrame *top;
    bool allow_commit;
    uint64_t code_serial;
} PlSession;

PlSession *pl_session(Session *session);

/* ---- plpgsql_compile.c: functions ---- */

typedef struct PlCallInfo {
    Oid function;
    const Oid *arg_types;
    uint32_t arg_count;
    Oid result_type;    /* as the call has it; 0: not known */
    Oid relation;       /* of a trigger */
    bool per_statement; /* a trigger without rows */
    PlTriggerKind trigger;
    bool validate;
    PlSourcePlace place; /* of the body, where it is validated */
} PlCallInfo;
/* The function, kept by the session, or read now. */
Status pl_function_get(Session *session, const PlCallInfo *info, PlFunction **fn_out);
Status pl_function_inline(Session *session, const char *source, const PlSourcePlace *place,
                          PlFunction **fn_out);
/* The place in the statement of one in the body; -1: not known. */
int32_t pl_place_in(const PlSourcePlace *place, const char *source, int32_t inside);
void pl_function_free(PlFunction *fn);
Status pl_stamp(Session *session, uint64_t *stamp_out);
PlConflict pl_setting_conflict(Session *session);
/* Error contexts of compiling. */
Status pl_compile_context(Status s, const char *name, int32_t line);

/* ---- plpgsql_var.c: variables ---- */

Status pl_frame_make(PlFunction *fn, PlFrame **frame_out);
void pl_frame_free(PlFrame *frame);
/* Copies the value into the cell. */
Status pl_store(PlFrame *frame, PlValue *cell, Datum value, bool is_null);
void pl_value_clear(PlFrame *frame, PlValue *cell);
/* Puts a value of fixed width into a one-dimensional array at `index`: over an element, or behind the
 * last. *done_out false: the array is not such a one. */
Status pl_store_element(PlFrame *frame, PlValue *cell, int32_t index, Datum value, PhysType phys,
                        bool *done_out);
/* Converts and assigns; eval memory. */
Status pl_assign(PlFrame *frame, PlDatum *datum, Datum value, bool is_null, Oid type,
                 int32_t typmod);
/* To a variable's type already. */
Status pl_assign_exact(PlFrame *frame, PlDatum *datum, Datum value, bool is_null);
Status pl_assign_text(PlFrame *frame, PlDatum *datum, const char *text);
/* A row of a query: columns by place. */
typedef struct PlRow {
    uint32_t count;
    const char *const *names;
    const Oid *types;
    const int32_t *typmods; /* NULL: none */
    const Datum *values;
    const bool *nulls;
} PlRow;
/* row NULL: all NULL, with the columns of shape_of, where a RECORD needs some (NULL: none). */
Status pl_assign_row(PlFrame *frame, PlDatum *target, const PlRow *row, const PlRow *shape_of);
Status pl_record_shape(PlFrame *frame, PlDatum *record, const PlShape **shape_out);
Status pl_record_field(PlFrame *frame, PlDatum *field, PlRecord **record_out, uint32_t *place_out);
Status pl_shape_of_relation(PlFrame *frame, Arena *arena, Oid relation, PlShape **shape_out);
/* A variable's value; records and rows become one Datum on the eval arena. */
Status pl_read(PlFrame *frame, PlDatum *datum, Datum *value_out, bool *null_out, Oid *type_out,
               int32_t *typmod_out);
/* Sets a record's row to NULL. */
Status pl_record_clear(PlFrame *frame, PlDatum *record);
/* A composite value (or NULL) as a row. */
Status pl_row_of_record(PlFrame *frame, Datum value, PlRow *row_out);
Status pl_default(PlFrame *frame, PlDatum *datum);

/* ---- plpgsql_expr.c: expressions ---- */

/* Looks whether the catalogs changed, and takes over the session's environment. */
Status pl_refresh(PlFrame *frame);
/* want 0: as it is. Result on the eval arena or in a variable. */
Status pl_eval(PlFrame *frame, PlExpr *expr, Oid want, int32_t want_typmod, Datum *value_out,
               bool *null_out);
Oid pl_eval_type(const PlFrame *frame, const PlExpr *expr, int32_t *typmod_out);
Status pl_eval_bool(PlFrame *frame, PlExpr *expr, bool *value_out, bool *null_out);
/* *text_out NULL: SQL's NULL. */
Status pl_eval_text(PlFrame *frame, PlExpr *expr, const char **text_out);
Status pl_run_assign(PlFrame *frame, PlExpr *expr);
Status pl_cast(PlFrame *frame, Datum value, bool is_null, Oid from, int32_t from_typmod, Oid to,
               int32_t to_typmod, Datum *value_out, bool *null_out);
/* The expression's plan, ready to run and locked; simple expressions get none: only statements. */
Status pl_plan(PlFrame *frame, PlExpr *expr, PlPlan **plan_out);
void pl_plan_done(PlPlan *plan);
/* Plans text that is none of the function's, with parameters by number. */
Status pl_plan_text(PlFrame *frame, const AstRawStatement *raw, const char *text,
                    const Oid *param_types, uint32_t param_count, Arena *arena,
                    PlannedStatement **plan_out);
Status pl_bind(PlFrame *frame, const PlParamSource *params, uint32_t count, Datum *values,
               bool *nulls);
/* Adds what SPI adds to an error of the SQL text. */
Status pl_sql_context(Status s, PlExprMode mode, const char *text);
/* The plan analysed with the frame's names, on an arena of the caller's. */
Status pl_plan_fresh(PlFrame *frame, const PlExpr *expr, Arena *arena, PlPlan *plan);
/* A CALL, with the function's names; plan gets raw and params. */
Status pl_call_analyze(PlFrame *frame, const PlExpr *expr, Arena *arena, PlPlan *plan,
                       ExprFunc **call_out, ProcOutputs *outputs_out);
void pl_code_free(PlCode *code);

/* ---- plpgsql_sql.c ---- */

Status pl_run_sql(PlFrame *frame, const PlSql *stmt);
Status pl_run_execute(PlFrame *frame, const PlExecute *stmt);
Status pl_run_perform(PlFrame *frame, const PlSql *stmt);
Status pl_run_call(PlFrame *frame, const PlSql *stmt);
Status pl_run_return_query(PlFrame *frame, const PlReturnQuery *stmt);
Status pl_run_for_rows(PlFrame *frame, const PlForRows *stmt, PlFlow *flow_out);
Status pl_run_transaction(PlFrame *frame, const PlTransaction *stmt);
void pl_set_found(PlFrame *frame, bool found);

/* ---- plpgsql_cursor.c ---- */

Status pl_run_open(PlFrame *frame, const PlOpen *stmt);
Status pl_run_fetch(PlFrame *frame, const PlFetch *stmt);
Status pl_run_close(PlFrame *frame, const PlClose *stmt);
Status pl_run_for_cursor(PlFrame *frame, const PlForRows *stmt, PlFlow *flow_out);

/* ---- plpgsql_raise.c ---- */

Status pl_run_raise(PlFrame *frame, const PlRaise *stmt);
Status pl_run_assert(PlFrame *frame, const PlAssert *stmt);
Status pl_run_get_diagnostics(PlFrame *frame, const PlGetDiagnostics *stmt);
Status pl_run_handlers(PlFrame *frame, const PlBlock *block, Status failed, PlFlow *flow_out);
bool pl_handles(const PlBlock *block, const Error *e, const PlHandler **handler_out);
/* Context lines of what runs now, innermost first. */
const char *pl_context(const PlFrame *frame, Arena *arena);
Status pl_frame_context(const PlFrame *frame, Status s);

/* ---- plpgsql_run.c ---- */

Status pl_run_body(PlFrame *frame, const PlBody *body, PlFlow *flow_out);
Status pl_run_block(PlFrame *frame, const PlBlock *block, PlFlow *flow_out);
/* After a loop's body: whether to go round again; *flow_io becomes what the loop leaves with. */
bool pl_loop_again(PlFrame *frame, const char *label, PlFlow *flow_io);
/* Adds to the set that is returned; a row without values is only checked. */
Status pl_add_row(PlFrame *frame, const PlRow *row);

/* Once a turn of a loop: interrupts are seen, and other fibres of the worker get their share. */
static inline Status pl_turn(PlFrame *frame) {
    if (UNLIKELY((++frame->turns & 63) == 0))
        fiber_yield_if_due();
    return fiber_check_interrupt();
}

#endif
