/*
 * plpgsql.h: PL/pgSQL from text to tree. Layer: planner.
 *
 * A body is read once, names resolved as PostgreSQL does: what is a variable is known while the text is
 * read, so that statements can be told apart. What SQL there is inside stays text (PlExpr) together
 * with the names that were visible where it stood; it is analysed when it runs first.
 *
 * Locations are byte offsets into the body. All memory is the arena's given to pl_parse.
 */
#ifndef PLANNER_PLPGSQL_H
#define PLANNER_PLPGSQL_H

#include "planner/parser.h"
#include "planner/planner.h"

/* ---- variables ---- */

typedef struct PlExpr PlExpr;

typedef enum PlDatumKind {
    PL_VAR,  /* a value */
    PL_REC,  /* a row whose fields have names */
    PL_ROW,  /* several variables that are set together */
    PL_FIELD /* a field of a PL_REC */
} PlDatumKind;

typedef struct PlType {
    Oid oid;
    int32_t typmod;
    Oid collation;
    Oid relation; /* whose columns a composite type has; 0: another kind */
    bool is_domain;
} PlType;

typedef struct PlDatum {
    PlDatumKind kind;
    uint32_t number;
    const char *name;
    int32_t line;
    PlType type; /* PL_REC: a composite type or OID_RECORD */
    bool is_const, not_null;
    PlExpr *default_value;
    PlExpr *cursor_query;        /* a bound cursor; else NULL */
    struct PlDatum *cursor_args; /* its PL_ROW; NULL: none */
    unsigned cursor_options;     /* AstCursorOptions */
    struct PlDatum *parent;      /* PL_FIELD */
    const char *field;
    uint32_t part_count; /* PL_ROW */
    struct PlDatum **parts;
    const char **part_names;
} PlDatum;

/* ---- names ---- */

typedef enum PlNameKind {
    PL_LABEL_BLOCK,
    PL_LABEL_LOOP,
    PL_LABEL_OTHER,
    PL_NAME_VAR,
    PL_NAME_REC
} PlNameKind;

/* A chain, innermost first. A label opens a level; its names stand before it in the chain. */
typedef struct PlName {
    struct PlName *outer;
    PlNameKind kind;
    PlDatum *datum;
    char name[];
} PlName;

/* names[0..count) as block.variable, variable.field and so on; *used_out: how many of them name the
 * variable. local: in the innermost level only. NULL: unknown. */
const PlName *pl_name_find(const PlName *top, bool local, const char *const *names, uint32_t count,
                           uint32_t *used_out);

/* ---- statements ---- */

typedef enum PlExprMode {
    PL_SQL_STATEMENT,
    PL_SQL_EXPRESSION, /* what may follow SELECT */
    PL_SQL_ASSIGNMENT  /* target := expression */
} PlExprMode;

struct PlExpr {
    uint32_t number; /* within the function */
    PlExprMode mode;
    const char *text;
    int32_t location;    /* of the text's first byte in the body; -1: made up */
    int32_t value_at;    /* PL_SQL_ASSIGNMENT: where the value begins in text */
    uint32_t name_count; /* and how many names identify the target */
    const PlName *names;
    PlDatum *target; /* PL_SQL_ASSIGNMENT */
};

typedef struct PlExprs {
    PlExpr **items;
    size_t count;
    size_t capacity;
} PlExprs;

typedef enum PlStmtKind {
    PL_BLOCK,
    PL_ASSIGN,
    PL_IF,
    PL_CASE,
    PL_LOOP,
    PL_WHILE,
    PL_FOR_INT,
    PL_FOR_QUERY,
    PL_FOR_CURSOR,
    PL_FOR_EXECUTE,
    PL_FOREACH,
    PL_EXIT,
    PL_RETURN,
    PL_RETURN_NEXT,
    PL_RETURN_QUERY,
    PL_RAISE,
    PL_ASSERT,
    PL_SQL,
    PL_EXECUTE,
    PL_GET_DIAGNOSTICS,
    PL_OPEN,
    PL_FETCH,
    PL_CLOSE,
    PL_PERFORM,
    PL_CALL,
    PL_COMMIT,
    PL_ROLLBACK
} PlStmtKind;

#define PL_STMT_HEAD                                                                               \
    PlStmtKind kind;                                                                               \
    int32_t line

typedef struct PlStmt {
    PL_STMT_HEAD;
} PlStmt;

typedef struct PlBody {
    PlStmt **items;
    size_t count;
    size_t capacity;
} PlBody;

/* WHEN conditions of an exception block: a state, a whole class, or OTHERS. */
typedef struct PlCondition {
    struct PlCondition *next;
    bool others;
    bool is_class;
    SqlState state;
} PlCondition;

typedef struct PlHandler {
    PlCondition *conditions;
    PlBody body;
} PlHandler;

typedef struct PlBlock {
    PL_STMT_HEAD;
    const char *label;
    PlDatum **variables; /* set at entry */
    uint32_t variable_count;
    PlBody body;
    bool has_handlers;
    PlDatum *sqlstate, *sqlerrm;
    PlHandler *handlers;
    uint32_t handler_count;
} PlBlock;

typedef struct PlAssign {
    PL_STMT_HEAD;
    PlExpr *expr;
} PlAssign;

typedef struct PlBranch {
    PlExpr *condition;
    PlBody body;
} PlBranch;

/* IF: the branches with conditions, then the other one. */
typedef struct PlIf {
    PL_STMT_HEAD;
    PlBranch *branches;
    uint32_t branch_count;
    PlBody otherwise;
} PlIf;

/* With a test expression the conditions compare variable with theirs. */
typedef struct PlCase {
    PL_STMT_HEAD;
    PlExpr *test;
    PlDatum *variable;
    PlBranch *branches;
    uint32_t branch_count;
    bool has_else;
    PlBody otherwise;
} PlCase;

typedef struct PlLoop { /* LOOP, WHILE */
    PL_STMT_HEAD;
    const char *label;
    PlExpr *condition; /* NULL: for ever */
    PlBody body;
} PlLoop;

typedef struct PlForInt {
    PL_STMT_HEAD;
    const char *label;
    PlDatum *variable;
    PlExpr *lower, *upper, *step;
    bool reverse;
    PlBody body;
} PlForInt;

/* FOR over a query, a cursor or a dynamic query. */
typedef struct PlForRows {
    PL_STMT_HEAD;
    const char *label;
    PlDatum *target;
    PlExpr *query;  /* the query, or the text of one; a cursor's arguments, or NULL */
    PlExprs params; /* USING */
    PlDatum *cursor;
    PlBody body;
} PlForRows;

typedef struct PlForeach {
    PL_STMT_HEAD;
    const char *label;
    PlDatum *target;
    int32_t slice;
    PlExpr *array;
    PlBody body;
} PlForeach;

typedef struct PlExit {
    PL_STMT_HEAD;
    bool is_exit; /* else CONTINUE */
    const char *label;
    PlExpr *condition;
} PlExit;

typedef struct PlReturn { /* RETURN, RETURN NEXT */
    PL_STMT_HEAD;
    PlExpr *value;
    PlDatum *variable; /* instead of value */
} PlReturn;

typedef struct PlReturnQuery {
    PL_STMT_HEAD;
    PlExpr *query;
    PlExpr *dynamic; /* instead: its text */
    PlExprs params;
} PlReturnQuery;

typedef enum PlRaiseLevel {
    PL_RAISE_DEBUG,
    PL_RAISE_LOG,
    PL_RAISE_INFO,
    PL_RAISE_NOTICE,
    PL_RAISE_WARNING,
    PL_RAISE_EXCEPTION
} PlRaiseLevel;

typedef enum PlRaiseOption {
    PL_OPTION_ERRCODE,
    PL_OPTION_MESSAGE,
    PL_OPTION_DETAIL,
    PL_OPTION_HINT,
    PL_OPTION_COLUMN,
    PL_OPTION_CONSTRAINT,
    PL_OPTION_DATATYPE,
    PL_OPTION_TABLE,
    PL_OPTION_SCHEMA,
    PL_OPTION_COUNT
} PlRaiseOption;

typedef struct PlRaiseUsing {
    PlRaiseOption option;
    PlExpr *value;
} PlRaiseUsing;

typedef struct PlRaise {
    PL_STMT_HEAD;
    bool again; /* RAISE alone */
    PlRaiseLevel level;
    const char *condition; /* a name or five characters; NULL: none */
    const char *format;    /* NULL: none */
    PlExprs params;
    PlRaiseUsing *usings;
    uint32_t using_count;
} PlRaise;

typedef struct PlAssert {
    PL_STMT_HEAD;
    PlExpr *condition, *message;
} PlAssert;

typedef struct PlSql { /* SQL, PERFORM, CALL, DO */
    PL_STMT_HEAD;
    PlExpr *query;
    bool into, strict;
    PlDatum *target;
    bool is_call; /* PL_CALL: else DO */
    bool modifies, modifies_known;
} PlSql;

typedef struct PlExecute {
    PL_STMT_HEAD;
    PlExpr *query;
    PlExprs params;
    bool into, strict;
    PlDatum *target;
} PlExecute;

typedef enum PlDiagnostic {
    PL_DIAG_ROW_COUNT,
    PL_DIAG_CONTEXT,
    PL_DIAG_ERROR_CONTEXT,
    PL_DIAG_ERROR_DETAIL,
    PL_DIAG_ERROR_HINT,
    PL_DIAG_RETURNED_SQLSTATE,
    PL_DIAG_COLUMN_NAME,
    PL_DIAG_CONSTRAINT_NAME,
    PL_DIAG_DATATYPE_NAME,
    PL_DIAG_MESSAGE_TEXT,
    PL_DIAG_TABLE_NAME,
    PL_DIAG_SCHEMA_NAME
} PlDiagnostic;

typedef struct PlDiagnosticItem {
    PlDatum *target;
    PlDiagnostic what;
} PlDiagnosticItem;

typedef struct PlGetDiagnostics {
    PL_STMT_HEAD;
    bool stacked;
    PlDiagnosticItem *items;
    uint32_t item_count;
} PlGetDiagnostics;

typedef struct PlOpen {
    PL_STMT_HEAD;
    PlDatum *cursor;
    unsigned options;
    PlExpr *query;     /* of an unbound cursor */
    PlExpr *dynamic;   /* likewise */
    PlExpr *arguments; /* of a bound one; NULL: none */
    PlExprs params;
} PlOpen;

typedef struct PlFetch { /* FETCH, MOVE */
    PL_STMT_HEAD;
    PlDatum *cursor;
    PlDatum *target;
    AstFetchDirection direction;
    int64_t count;
    PlExpr *count_expr; /* instead of count */
    bool many;
    bool is_move;
} PlFetch;

typedef struct PlClose {
    PL_STMT_HEAD;
    PlDatum *cursor;
} PlClose;

typedef struct PlTransaction {
    PL_STMT_HEAD;
    bool chain;
} PlTransaction;

/* ---- functions ---- */

typedef enum PlConflict { PL_CONFLICT_ERROR, PL_CONFLICT_VARIABLE, PL_CONFLICT_COLUMN } PlConflict;

typedef enum PlTriggerKind { PL_NO_TRIGGER, PL_ROW_TRIGGER, PL_EVENT_TRIGGER } PlTriggerKind;

/* Checks that #option, plpgsql.extra_errors and its kin ask for. */
typedef enum PlChecks {
    PL_CHECK_SHADOWED = 1 << 0,
    PL_CHECK_TOO_MANY_ROWS = 1 << 1,
    PL_CHECK_MULTI_ASSIGNMENT = 1 << 2
} PlChecks;

/* What is known of a function before its body is read. */
typedef struct PlParam {
    const char *name; /* "": none */
    char mode;        /* i o b v t */
    Oid type;         /* polymorphic ones resolved */
} PlParam;

typedef struct PlOptions {
    const char *name; /* the outermost label; NULL: a DO block */
    const char *source;
    const PlParam *params;
    uint32_t param_count;
    Oid result; /* polymorphic ones resolved; OID_VOID of procedures */
    bool polymorphic_result;
    bool returns_set;
    bool is_procedure;
    PlTriggerKind trigger;
    Oid collation;
    PlConflict conflict;
    bool print_strict_params;
    bool check_syntax;                      /* of the SQL inside */
    unsigned extra_warnings, extra_errors;  /* PlChecks */
    void (*warn)(void *arg, Status notice); /* takes it */
    void *warn_arg;
} PlOptions;

typedef struct PlTree {
    PlBlock *body;
    PlDatum **datums;
    uint32_t datum_count;
    uint32_t expr_count;
    PlDatum **inputs; /* by IN parameter */
    uint32_t input_count;
    PlDatum *found;
    PlDatum *output; /* OUT parameters: one variable or a PL_ROW; NULL: none */
    PlDatum *new_row, *old_row;
    PlDatum *tg_first; /* of the TG_ variables, numbers in the order of PlTriggerVar */
    PlConflict conflict;
    bool print_strict_params;
} PlTree;

typedef enum PlTriggerVar {
    PL_TG_NAME,
    PL_TG_WHEN,
    PL_TG_LEVEL,
    PL_TG_OP,
    PL_TG_RELID,
    PL_TG_RELNAME,
    PL_TG_TABLE_NAME,
    PL_TG_TABLE_SCHEMA,
    PL_TG_NARGS,
    PL_TG_ARGV,
    PL_TG_COUNT
} PlTriggerVar;
typedef enum PlEventVar { PL_TG_EVENT, PL_TG_TAG } PlEventVar;

/*
 * Reads a body. Errors: those of PostgreSQL's PL/pgSQL compiler; byte_location is an offset into
 * options->source, and *line_out the line reached (for "near line").
 */
Status pl_parse(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                const PlOptions *options, PlTree **tree_out, int32_t *line_out);

/* A condition by its name or, with codes, its five characters; all codes of that name are added to
 * the list. Error: 42704. */
Status pl_conditions(Arena *arena, const char *name, PlCondition **list_io);

/* The statement's kind as error contexts name it: "assignment", "IF". */
const char *pl_statement_name(const PlStmt *stmt);

#endif
